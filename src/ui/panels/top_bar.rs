//! The top bar: the open project, the acting account, undo and redo, open, save, theme.

use mesh_text::words::{english, say, t};
use yew::prelude::*;

use crate::{
    document,
    scenario::Variant,
    store::Command,
    ui::{
        components::{
            Node, Select, SelectOption, button, button_with, el, el_fixed, fixed, select, text, text_in,
        },
        effects::{self, Theme},
        hooks::Store,
        storage,
    },
};

/// Renders the bar. `theme` is the current theme.
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
        Callback::from(move |index: usize| {
            if let Some((_, variant, _)) = scenarios().get(index.wrapping_sub(1)) {
                dispatch.run(Command::LoadScenario(*variant));
            }
        })
    };
    let step = |word: &'static str, keys: &str, label: Option<&String>, command: Command| {
        let title = vec![title(word, keys, label).into()];
        button_with("", t(word), &["title"], title, label.is_none(), store.command_callback(command))
    };
    let entry = |(value, _, words): (&'static str, Variant, &'static str)| SelectOption {
        words: words.to_owned(),
        value,
        is_language: false,
    };
    let entries = std::iter::once(t("Scenario…").to_owned().into()).chain(scenarios().map(entry));
    // This list is a menu: after a choice it shows its own name again.
    let scenario = select(labelled(t("Scenario")), entries.collect(), 0, on_scenario);
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

/// Renders the name of the open project as a button that opens the list of all projects.
fn project_button(on_projects: &Callback<()>) -> Node {
    let (name, is_kept) = storage::open_project();
    let words = if is_kept { say("Project: {0}", &[&name]) } else { say("Not saved: {0}", &[&name]) };
    let title = vec![AttrValue::from(words.clone())];
    button_with("project", &words, &["title"], title, false, on_projects.reform(|_: MouseEvent| ()))
}

/// Returns the properties of a list without a `label` element.
fn labelled(label: &str) -> Select<'static> {
    Select { label: Some(label.to_owned()), ..Select::default() }
}

/// Returns the scenarios: the value of the entry, the variant, and its label.
fn scenarios() -> [(&'static str, Variant, &'static str); 2] {
    [
        ("dns", Variant::Dns, t("Six colours, found by DNS")),
        ("cloud-map", Variant::CloudMap, t("Six colours, found by Cloud Map")),
    ]
}

/// Renders the list that selects the acting account.
fn account_select(store: &Store) -> Node {
    let world = &store.state.world;
    let on_index = {
        let (dispatch, accounts) = (store.dispatch.clone(), world.accounts.clone());
        Callback::from(move |index: usize| {
            if let Some(account) = accounts.get(index) {
                dispatch.run(Command::SwitchAccount(account.clone()));
            }
        })
    };
    let entries = world.accounts.iter().map(|account| say("Account {0}", &[account.as_str()]).into());
    let chosen = world.accounts.iter().position(|account| *account == world.account).unwrap_or_default();
    select(labelled(t("Account")), entries.collect(), chosen, on_index)
}

/// Renders the list of themes.
fn theme_select(theme: Theme, on_theme: &Callback<Theme>) -> Node {
    let on_index = on_theme.reform(|index: usize| Theme::ALL.get(index).copied().unwrap_or_default());
    let entry = |choice: &Theme| SelectOption {
        words: choice.words().to_owned(),
        value: choice.as_str(),
        is_language: false,
    };
    let chosen = Theme::ALL.iter().position(|choice| *choice == theme).unwrap_or_default();
    select(labelled(t("Theme")), Theme::ALL.iter().map(entry).collect(), chosen, on_index)
}

/// Renders the list of languages, each with its name in that language.
fn language_select() -> Node {
    let on_index = Callback::from(|index: usize| {
        if let Some((tag, _)) = effects::LANGUAGES.get(index) {
            effects::choose_language(tag);
        }
    });
    let now = effects::language();
    let entry = |(tag, name): &(&'static str, &'static str)| SelectOption {
        words: (*name).to_owned(),
        value: tag,
        is_language: true,
    };
    let chosen = effects::LANGUAGES.iter().position(|(tag, _)| *tag == now).unwrap_or_default();
    select(labelled(t("Language")), effects::LANGUAGES.iter().map(entry).collect(), chosen, on_index)
}
