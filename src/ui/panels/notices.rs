//! Notices to the reader about stored data: above everything else on the page, each with the possible actions.

use mesh_text::words::{say, t};
use yew::prelude::*;

use crate::{
    document,
    ui::{
        components::{Node, button, el, el_fixed, empty_node, fixed, keyed, text, text_in},
        effects,
        hooks::Store,
        storage::{self, Notice},
    },
};

/// Renders all notices, and the last deletion while it can be undone.
pub fn notices(store: &Store, announce: &Callback<String>) -> Node {
    let mut banners: Vec<_> =
        storage::notices().iter().map(|notice| banner(store, notice, announce)).collect();
    if let Some(name) = storage::deleted() {
        let undo = undo_button(store, announce);
        let words = say("Deleted project {0}.", &[&name]);
        let parts = vec![text_in("p", "", &words), undo];
        let banner = el_fixed("div", const { &[fixed("class", "banner"), fixed("role", "status")] }, parts);
        banners.push(keyed(banner, words));
    }
    el("div", "", banners)
}

/// Renders the button that restores the project deleted last.
pub fn undo_button(store: &Store, announce: &Callback<String>) -> Node {
    let (dispatch, announce) = (store.dispatch.clone(), announce.clone());
    let undo = Callback::from(move |_: MouseEvent| {
        let told = match storage::undo_delete() {
            Ok(command) => {
                command.map(|command| dispatch.run(command));
                t("The project is back.").to_owned()
            }
            Err(error) => error,
        };
        announce.emit(told);
    });
    button("", t("Undo delete"), "", undo)
}

fn banner(store: &Store, notice: &Notice, announce: &Callback<String>) -> Node {
    let dismissed = {
        let (announce, notice) = (announce.clone(), notice.clone());
        Callback::from(move |_: MouseEvent| {
            storage::dismiss(&notice);
            announce.emit(String::new());
        })
    };
    let save = |words: &'static str| {
        let world = store.state.world.clone();
        let save = move |_: MouseEvent| effects::download("mesh-playground.json", &document::save(&world));
        button("", words, "", Callback::from(save))
    };
    let dismiss = |words: &'static str| button("", words, "", dismissed);
    let (title, words, buttons) = match notice {
        Notice::Unavailable(reason) => (
            t("Not saved: "),
            reason.clone(),
            vec![save(t("Download it")), dismiss(t("Dismiss")), empty_node()],
        ),
        Notice::Damaged { reason, text, .. } => {
            let text = text.clone();
            let download = move |_: MouseEvent| effects::download("mesh-playground-damaged.json", &text);
            let words = say("{0}. You can go on; the damaged data is kept for you to download.", &[reason]);
            let buttons = vec![
                button("", t("Download damaged data"), "", Callback::from(download)),
                dismiss(t("Discard it")),
                empty_node(),
            ];
            (t("The saved playground is damaged: "), words, buttons)
        }
        Notice::Conflict(left) => {
            let name = storage::open_project().0;
            let words = say(
                "what you did here is now kept as {0}, which is open; {1} has what the other tab did.",
                &[&name, &left.name],
            );
            let open_other = {
                let (store, announce, left) = (store.clone(), announce.clone(), left.clone());
                Callback::from(move |_: MouseEvent| {
                    let all = storage::listing().unwrap_or_default();
                    let found = all.iter().find(|(listed, _)| listed.id == left.id && !listed.is_fork);
                    run(
                        &store,
                        &announce,
                        found.map_or_else(
                            || Err(say("{0} is not there any more.", &[&left.name])),
                            |(listed, _)| storage::open(listed),
                        ),
                    );
                })
            };
            let replace = {
                let (store, announce, left) = (store.clone(), announce.clone(), left.clone());
                Callback::from(move |_: MouseEvent| run(&store, &announce, storage::put_in_place(&left)))
            };
            let buttons = vec![
                button("", &say("Open {0}", &[&left.name]), "", open_other),
                button("", t("Use what is here instead"), "", replace),
                dismiss(t("Keep both")),
            ];
            (t("Two tabs changed this project at the same time: "), words, buttons)
        }
        Notice::DeletedElsewhere => {
            let words = t("what is here is kept again as soon as you change something.").to_owned();
            (
                t("This project was deleted in another tab: "),
                words,
                vec![save(t("Download it")), dismiss(t("Dismiss")), empty_node()],
            )
        }
    };
    let mut parts = vec![el("p", "", vec![text_in("strong", "", title), text(&words)])];
    parts.extend(buttons);
    let banner = el_fixed("div", const { &[fixed("class", "banner"), fixed("role", "alert")] }, parts);
    keyed(banner, format!("{title}{words}"))
}

fn run(store: &Store, announce: &Callback<String>, command: Result<crate::store::Command, String>) {
    match command {
        Ok(command) => drop(store.dispatch.run(command)),
        Err(error) => announce.emit(error),
    }
}
