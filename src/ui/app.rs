//! The page as a whole: it holds the store, hands out snapshots and performs effects.

use std::{cell::RefCell, rc::Rc};

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, KeyboardEvent};
use yew::prelude::*;

use super::{
    components::{Node, button_with, el_fixed, el_with, fixed, text_in, truth, when},
    effects::{self, Theme},
    hooks::{Dispatch, Store},
    panels::{
        ComparePanel, GraphPanel, OpenDialog, ProjectsDialog, RequestPanel, ResourceDialog, ResourcesPanel,
        Target, history_panel, inspector, matrix_panel, notices, preference_switch, top_bar,
    },
    storage,
};
use crate::{
    store::{AppState, Command, Effect, Panel, update},
    words::t,
};

/// What the page holds between commands.
struct Held {
    state: Option<Rc<AppState>>,
    announcement: AttrValue,
    /// Counts announcements, so that the same text twice is told twice.
    announcements: u32,
}

impl Held {
    fn announce(&mut self, text: String) {
        self.announcement = text.into();
        self.announcements = self.announcements.wrapping_add(1);
    }
}

/// The page.
#[component]
pub fn App() -> Html {
    let held = use_memo((), |()| {
        RefCell::new(Held { state: storage::load(), announcement: AttrValue::default(), announcements: 0 })
    });
    let show = use_force_update();
    let dispatch = use_memo((), {
        let (held, show) = (held.clone(), show.clone());
        move |()| {
            Dispatch::new(move |command| {
                let state = held.borrow().state.clone()?;
                let update = update(&state, command, &effects::env());
                {
                    let mut held = held.borrow_mut();
                    for effect in update.effects {
                        match effect {
                            Effect::Announce(text) => held.announce(text),
                            Effect::Save => {
                                let show = show.clone();
                                storage::save_soon(&update.state, move || show.force_update());
                            }
                        }
                    }
                    held.state = Some(update.state);
                }
                show.force_update();
                update.refusal
            })
        }
    });
    let open_dialog = use_state(|| None::<Option<AttrValue>>);
    use_page_keys(&dispatch);
    use_drop(&open_dialog);
    storage::use_other_tabs(&dispatch, {
        let show = show.clone();
        move || show.force_update()
    });

    let on_open = {
        let open_dialog = open_dialog.clone();
        Callback::from(move |()| open_dialog.set(Some(None)))
    };
    let on_close = {
        let open_dialog = open_dialog.clone();
        Callback::from(move |()| open_dialog.set(None))
    };
    let announce = use_memo((), {
        let (held, show) = (held.clone(), show.clone());
        move |()| {
            Callback::from(move |text: String| {
                held.borrow_mut().announce(text);
                show.force_update();
            })
        }
    });
    let are_projects_open = use_state(|| false);
    let on_projects = {
        let are_projects_open = are_projects_open.clone();
        Callback::from(move |open| are_projects_open.set(open))
    };
    let target = use_state(|| None::<Target>);
    let on_target = {
        let target = target.clone();
        Callback::from(move |wanted| target.set(wanted))
    };
    let theme = use_state(Theme::kept);
    use_effect_with(*theme, |theme| theme.apply());
    let on_theme = {
        let theme = theme.clone();
        Callback::from(move |chosen| theme.set(chosen))
    };
    let Some(state) = held.borrow().state.clone() else {
        return html! { <p class="shell">{ "Mesh Playground cannot start: its scenario is broken." }</p> };
    };
    let store = Store::new(state.clone(), (*dispatch).clone());
    let panel = state.view.panel;
    let (announcement, number) = (held.borrow().announcement.clone(), held.borrow().announcements);
    html! {
        <>
            <a class="skip" href="#main">{ "Skip to the mesh" }</a>
            { *top_bar(&store, &on_open, &on_projects, *theme, &on_theme) }
            { *notices(&store, &announce) }
            { *panel_tabs(&store, panel) }
            <div class={classes!("workbench", panel_class(panel))}>
                <ResourcesPanel store={store.clone()} on_target={on_target.clone()} />
                <main id="main" tabindex="-1">
                    { *preference_switch(&store) }
                    { *centre_tabs(&store, panel) }
                    { centre(&store, panel) }
                </main>
                { *inspector(&store, &announce, &on_target) }
                { *history_panel(&store, &announce) }
            </div>
            if let Some(text) = &*open_dialog {
                <OpenDialog store={store.clone()} text={text.clone()} {on_close} />
            }
            if *are_projects_open {
                <ProjectsDialog store={store.clone()} on_close={on_projects.reform(|()| false)} announce={(*announce).clone()} />
            }
            if let Some(target) = &*target {
                <ResourceDialog store={store.clone()} target={target.clone()} on_close={on_target.reform(|()| None)} />
            }
            <div class="announcer" role="status" aria-live="polite"><p key={number}>{ announcement }</p></div>
        </>
    }
}

/// What stands in the middle.
fn centre(store: &Store, panel: Panel) -> Html {
    if store.mesh().is_none() {
        let hint = t("There is no mesh yet: create one under Resources, open a file, or choose a scenario.");
        return *text_in("p", "hint", hint);
    }
    let store = store.clone();
    match panel {
        Panel::Matrix => *matrix_panel(&store),
        Panel::Request => html! { <RequestPanel {store} /> },
        Panel::Compare => html! { <ComparePanel {store} /> },
        _ => html! { <GraphPanel {store} /> },
    }
}

/// The class by which a narrow page shows one panel at a time.
const fn panel_class(panel: Panel) -> &'static str {
    match panel {
        Panel::Graph | Panel::Matrix | Panel::Request | Panel::Compare => "show-main",
        Panel::Resources => "show-resources",
        Panel::Inspector => "show-inspector",
        Panel::History => "show-history",
    }
}

/// Graph or matrix.
fn centre_tabs(store: &Store, panel: Panel) -> Node {
    // A narrow page comes here from panels beside the mesh: the graph is then what there is.
    let shown =
        if matches!(panel, Panel::Matrix | Panel::Request | Panel::Compare) { panel } else { Panel::Graph };
    let tab = |words: &str, panel: Panel| {
        let pressed = vec![truth(panel == shown)];
        button_with("", words, &["aria-pressed"], pressed, false, store.on(Command::ShowPanel(panel)))
    };
    let tabs = vec![
        tab("Graph", Panel::Graph),
        tab("Matrix", Panel::Matrix),
        tab("Request", Panel::Request),
        tab("Compare", Panel::Compare),
    ];
    let values = vec!["tabs".into(), "group".into(), "View of the mesh".into()];
    el_with("div", &["class", "role", "aria-label"], values, tabs)
}

/// The panels of a narrow page.
fn panel_tabs(store: &Store, current: Panel) -> Node {
    let is_centre = panel_class(current) == "show-main";
    let tab = |panel: Panel, is_current: bool, words: &str| {
        let current = vec![when(is_current, "true")];
        button_with("", words, &["aria-current"], current, false, store.on(Command::ShowPanel(panel)))
    };
    let tabs = vec![
        tab(Panel::Graph, is_centre, "Mesh"),
        tab(Panel::Inspector, current == Panel::Inspector, "Details"),
        tab(Panel::Resources, current == Panel::Resources, "Resources"),
        tab(Panel::History, current == Panel::History, "History"),
    ];
    el_fixed("nav", const { &[fixed("class", "panel-tabs"), fixed("aria-label", "Panels")] }, tabs)
}

/// Undo, redo and Escape, wherever the focus is but in a text field.
#[hook]
fn use_page_keys(dispatch: &Rc<Dispatch>) {
    let dispatch = dispatch.clone();
    use_effect_with((), move |()| {
        let document = gloo::utils::document();
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&document, "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let is_typing = target.as_ref().is_some_and(|target| {
                target.matches("textarea, input:not([type=radio]):not([type=checkbox])").unwrap_or(false)
            });
            let is_modal =
                target.is_some_and(|target| target.closest("dialog").is_ok_and(|found| found.is_some()));
            let has_control = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
            let command = match event.key().as_str() {
                _ if is_typing || is_modal => None,
                "Escape" => Some(Command::Preview(None)),
                "z" if has_control && !event.shift_key() => Some(Command::Undo),
                "Z" | "z" | "y" if has_control => Some(Command::Redo),
                _ => None,
            };
            if let Some(command) = command {
                if command != Command::Preview(None) {
                    event.prevent_default();
                }
                dispatch.run(command);
            }
        });
        move || drop(listener)
    });
}

/// A file or text dropped anywhere opens the dialog with it.
#[hook]
fn use_drop(open_dialog: &UseStateHandle<Option<Option<AttrValue>>>) {
    let open_dialog = open_dialog.clone();
    use_effect_with((), move |()| {
        let document = gloo::utils::document();
        let options = EventListenerOptions::enable_prevent_default();
        let over =
            EventListener::new_with_options(&document, "dragover", options, |event| event.prevent_default());
        let dropped = EventListener::new_with_options(&document, "drop", options, move |event| {
            let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
            let Some(transfer) = transfer else { return };
            event.prevent_default();
            let file = transfer.files().and_then(|files| files.get(0));
            match file {
                Some(file) => {
                    let open_dialog = open_dialog.clone();
                    super::panels::read_file(&file, move |text| open_dialog.set(Some(Some(text.into()))));
                }
                None => {
                    let text = transfer.get_data("text").unwrap_or_default();
                    if !text.is_empty() {
                        open_dialog.set(Some(Some(text.into())));
                    }
                }
            }
        });
        move || drop((over, dropped))
    });
}
