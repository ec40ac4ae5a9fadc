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
    words::say,
};

/// The bar. `theme` is how the page is coloured now.
pub fn top_bar(
    store: &Store,
    on_open: &Callback<()>,
    on_projects: &Callback<bool>,
    theme: Theme,
    on_theme: &Callback<Theme>,
) -> Node {
    let history = &store.state.history;
    let undo = history.done().last().map(|step| step.label.clone());
    let redo = history.undone().last().map(|step| step.label.clone());
    let title = |word: &str, keys: &str, label: Option<&String>| match label {
        Some(label) => format!("{word} ({keys}): {label}"),
        None => format!("{word} ({keys}): nothing to {word}"),
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
        button_with("", word, &["title"], title, label.is_none(), store.on(command))
    };
    let scenario = node(html! {
        <select aria-label="Scenario" onchange={on_scenario}>
            <option value="" selected={true}>{ "Scenario…" }</option>
            <option value="dns">{ "Six colours, found by DNS" }</option>
            <option value="cloud-map">{ "Six colours, found by Cloud Map" }</option>
        </select>
    });
    let actions = vec![
        project_button(on_projects),
        step("Undo", "Ctrl+Z", undo.as_ref(), Command::Undo),
        step("Redo", "Ctrl+Shift+Z", redo.as_ref(), Command::Redo),
        button("", "Open…", "", on_open.reform(|_: MouseEvent| ())),
        button("", "Save file", "", Callback::from(save)),
        scenario,
        account_select(store),
        theme_select(theme, on_theme),
    ];
    let home = el_fixed("a", const { &[fixed("href", "#main")] }, vec![text("Mesh Playground")]);
    let parts = vec![
        el("h1", "", vec![home]),
        text_in("p", "tagline", "AWS App Mesh, back to life in your browser"),
        el("div", "actions", actions),
    ];
    el("header", "top-bar", parts)
}

/// The name of the open project, which opens the list of all.
fn project_button(on_projects: &Callback<bool>) -> Node {
    let (name, is_kept) = storage::open_project();
    let words = if is_kept { say("Project: {0}", &[&name]) } else { say("Not saved: {0}", &[&name]) };
    let title = vec![AttrValue::from(words.clone())];
    button_with("project", &words, &["title"], title, false, on_projects.reform(|_: MouseEvent| true))
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
        <select aria-label="Account" {onchange}>
            { for world.accounts.iter().map(|account| html! {
                <option key={account.as_str()} selected={*account == world.account}>
                    { format!("Account {account}") }
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
        <select aria-label="Theme" {onchange}>
            { for Theme::ALL.iter().map(|choice| html! {
                <option value={choice.as_str()} selected={*choice == theme}>{ choice.words() }</option>
            }) }
        </select>
    })
}
