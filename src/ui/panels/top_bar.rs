//! The top bar: the open project, who acts, undo and redo, open, save, theme.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    document,
    scenario::Variant,
    store::Command,
    ui::{
        components::{Node, button, button_with, el, el_fixed, fixed, node, text, text_in},
        effects::{self, Theme},
        hooks::Store,
        storage,
    },
    words::{english, say, t},
};

/// The bar. `theme` is how the page is coloured now.
pub fn top_bar(
    store: &Store,
    on_open: &Callback<()>,
    on_projects: &Callback<()>,
    on_share: &Callback<()>,
    theme: Theme,
    on_theme: &Callback<Theme>,
) -> Node {
    let history = &store.state.history;
    let undo = history.done().last().map(|step| step.label.clone());
    let redo = history.undone().last().map(|step| step.label.clone());
    let title = |word: &'static str, keys: &str, label: Option<&String>| match (label, word) {
        (Some(label), _) => [t(word), " (", keys, "): ", label].concat(),
        (None, "Undo") => say("Undo ({0}): nothing to Undo", &[keys]),
        (None, _) => say("Redo ({0}): nothing to Redo", &[keys]),
    };
    let save = {
        let world = store.state.world.clone();
        move |_: MouseEvent| effects::download("mesh-playground.json", &document::save(&world))
    };
    let on_scenario = {
        let dispatch = store.dispatch.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            let variant = match select.value().as_str() {
                "dns" => Some(Variant::Dns),
                "cloud-map" => Some(Variant::CloudMap),
                _ => None,
            };
            select.set_selected_index(0);
            if let Some(variant) = variant {
                dispatch.run(Command::LoadScenario(variant));
            }
        })
    };
    let step = |word: &'static str, keys: &str, label: Option<&String>, command: Command| {
        let title = vec![title(word, keys, label).into()];
        button_with("", t(word), &["title"], title, label.is_none(), store.on(command))
    };
    let scenario = node(html! {
        <select aria-label={t("Scenario")} onchange={on_scenario}>
            <option value="" selected={true}>{ t("Scenario…") }</option>
            <option value="dns">{ t("Six colours, found by DNS") }</option>
            <option value="cloud-map">{ t("Six colours, found by Cloud Map") }</option>
        </select>
    });
    let actions = vec![
        project_button(on_projects),
        step(english("Undo"), "Ctrl+Z", undo.as_ref(), Command::Undo),
        step(english("Redo"), "Ctrl+Shift+Z", redo.as_ref(), Command::Redo),
        button("primary", t("Share"), "", on_share.reform(|_: MouseEvent| ())),
        button("", t("Open…"), "", on_open.reform(|_: MouseEvent| ())),
        button("", t("Save file"), "", Callback::from(save)),
        scenario,
        account_select(store),
        theme_select(theme, on_theme),
        language_select(),
    ];
    let home = el_fixed("a", const { &[fixed("href", "#main")] }, vec![text("Mesh Playground")]);
    let parts = vec![
        el("h1", "", vec![home]),
        text_in("p", "tagline", t("AWS App Mesh, back to life in your browser")),
        el("div", "actions", actions),
    ];
    el("header", "top-bar", parts)
}

/// The name of the open project, which opens the list of all.
fn project_button(on_projects: &Callback<()>) -> Node {
    let (name, is_kept) = storage::open_project();
    let words = if is_kept { say("Project: {0}", &[&name]) } else { say("Not saved: {0}", &[&name]) };
    let title = vec![AttrValue::from(words.clone())];
    button_with("project", &words, &["title"], title, false, on_projects.reform(|_: MouseEvent| ()))
}

/// Which account acts.
fn account_select(store: &Store) -> Node {
    let world = &store.state.world;
    let onchange = {
        let (dispatch, accounts) = (store.dispatch.clone(), world.accounts.clone());
        Callback::from(move |event: Event| {
            let index =
                event.target_dyn_into::<HtmlSelectElement>().map_or(0, |select| select.selected_index());
            let account = usize::try_from(index).ok().and_then(|index| accounts.get(index));
            if let Some(account) = account {
                dispatch.run(Command::SwitchAccount(account.clone()));
            }
        })
    };
    node(html! {
        <select aria-label={t("Account")} {onchange}>
            { for world.accounts.iter().map(|account| html! {
                <option key={account.as_str()} selected={*account == world.account}>
                    { say("Account {0}", &[account.as_str()]) }
                </option>
            }) }
        </select>
    })
}

/// Light or dark.
fn theme_select(theme: Theme, on_theme: &Callback<Theme>) -> Node {
    let onchange = on_theme.reform(|event: Event| {
        let word =
            event.target_dyn_into::<HtmlSelectElement>().map_or_else(String::new, |select| select.value());
        Theme::from_word(&word)
    });
    node(html! {
        <select aria-label={t("Theme")} {onchange}>
            { for Theme::ALL.iter().map(|choice| html! {
                <option value={choice.as_str()} selected={*choice == theme}>{ choice.words() }</option>
            }) }
        </select>
    })
}

/// Which language the page speaks; each is called as its own readers call it.
fn language_select() -> Node {
    let onchange = Callback::from(|event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            let wanted = select.value();
            // It shows what is spoken: whether the wanted one can be had is not known yet.
            select.set_value(effects::language());
            effects::choose_language(&wanted);
        }
    });
    let now = effects::language();
    node(html! {
        <select aria-label={t("Language")} {onchange}>
            { for effects::LANGUAGES.iter().map(|(tag, name)| html! {
                <option value={*tag} lang={*tag} selected={*tag == now}>{ *name }</option>
            }) }
        </select>
    })
}
