//! The whole page: holds the store, passes snapshots to the components and performs effects.

use std::{cell::RefCell, rc::Rc};

use gloo::events::{EventListener, EventListenerOptions};
use mesh_text::words::t;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, KeyboardEvent};
use yew::prelude::*;

use super::{
    components::{Node, attribute_if, bool_attribute, button_with, el, el_fixed, el_with, fixed, node},
    door::use_embed_api,
    effects::{self, Theme, use_language},
    embed::embedded,
    hooks::{Dispatch, ResourceDialogTarget, Store},
    later::{Panels, Terminal, lazy},
    panels::{
        ComparePanel, GraphPanel, OpenDialog, OutcomeAnnouncer, ProjectsDialog, RequestPanel, ResourceDialog,
        ResourcesPanel, ShareDialog, TerminalPanel, history_panel, inspector, matrix_panel, notices,
        preference_switch, top_bar,
    },
    storage,
    visit::{self, BannerDecision, Visit},
};
use crate::{
    share::Route,
    store::{AppState, Command, Effect, Panel},
};

/// State that the page holds between commands.
struct PageState {
    state: Option<Rc<AppState>>,
    /// How the visitor reached the page.
    visit: Visit,
    announcement: AttrValue,
    /// Number of announcements, so that the same text is announced again when it is repeated.
    announcements: u32,
}

impl PageState {
    fn announce(&mut self, text: String) {
        // The backticks around names are for visual display only.
        self.announcement = text.replace('`', "").into();
        self.announcements = self.announcements.wrapping_add(1);
    }

    /// Applies the reader's answer about a guest. Returns the reason if that fails.
    fn apply_decision(&mut self, answer: BannerDecision) -> Option<String> {
        match answer {
            BannerDecision::Dismiss => self.visit.problem = None,
            BannerDecision::Keep => {
                if let Err(reason) = storage::save_as_project(t("From a link"), self.state.as_ref()?) {
                    return Some(reason);
                }
                self.visit.end_guest();
            }
            BannerDecision::Discard => {
                self.state = storage::load();
                self.visit.end_guest();
            }
        }
        None
    }
}

/// The page.
#[component]
pub fn App() -> Html {
    let held = use_memo((), |()| {
        let (state, visit) = visit::begin();
        RefCell::new(PageState { state, visit, announcement: AttrValue::default(), announcements: 0 })
    });
    let show = use_force_update();
    let dispatch = use_memo((), {
        let (held, show) = (held.clone(), show.clone());
        move |()| {
            Dispatch::new(move |act| {
                let state = held.borrow().state.clone()?;
                let update = act.apply(&state);
                let is_world_changed = !Rc::ptr_eq(&state.world, &update.state.world);
                {
                    let mut held = held.borrow_mut();
                    for effect in update.effects {
                        match effect {
                            Effect::Announce(text) => held.announce(text),
                            Effect::Save => {
                                let show = show.clone();
                                held.visit.save(&update.state, is_world_changed, move || show.force_update());
                            }
                        }
                    }
                    held.state = Some(update.state);
                    held.visit.follow_storage();
                }
                show.force_update();
                update.refusal
            })
        }
    });
    let open_dialog = use_state(|| None::<Option<AttrValue>>);
    use_page_keys(&dispatch);
    use_drop(&open_dialog);
    use_address(&held, &show, &dispatch);
    let is_sharing = use_state(|| false);
    let on_share = {
        let is_sharing = is_sharing.clone();
        Callback::from(move |is_open| is_sharing.set(is_open))
    };
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
        Callback::from(move |open: bool| are_projects_open.set(open))
    };
    let on_answer = {
        let (held, show, announce) = (held.clone(), show.clone(), announce.clone());
        Callback::from(move |answer| {
            let refused = held.borrow_mut().apply_decision(answer);
            show.force_update();
            if let Some(reason) = refused {
                announce.emit(reason);
            }
        })
    };
    use_language(&announce);
    let target = use_state(|| None::<ResourceDialogTarget>);
    let on_target = {
        let target = target.clone();
        Callback::from(move |wanted| target.set(wanted))
    };
    let asked = held.borrow().visit.embed.as_ref().and_then(|embed| embed.theme);
    let theme = use_state(|| asked.map_or_else(Theme::kept, Theme::from_word));
    use_effect_with(*theme, |theme| theme.apply());
    let on_theme = {
        let theme = theme.clone();
        Callback::from(move |chosen| theme.set(chosen))
    };
    use_panel_start(held.borrow().state.as_ref().map_or("", |state| panel_class(state.view.panel)));
    let Some(state) = held.borrow().state.clone() else {
        return html! { <p class="shell">{ t("Mesh Playground cannot start: its scenario is broken.") }</p> };
    };
    let store = Store::new(state.clone(), (*dispatch).clone());
    let panel = state.view.panel;
    let (announcement, number) = (held.borrow().announcement.clone(), held.borrow().announcements);
    if let Some(embed) = &held.borrow().visit.embed {
        return html! {
            <>
                { embedded(&store, embed, &announcement) }
                <EmbedApiListener {store} />
                <div class="announcer" role="status" aria-live="polite"><p key={number}>{ announcement }</p></div>
            </>
        };
    }
    html! {
        <>
            <a class="skip" href="#main">{ t("Skip to the mesh") }</a>
            { *top_bar(&store, &on_open, &on_projects.reform(|()| true), &on_share.reform(|()| true), *theme, &on_theme) }
            { *held.borrow().visit.banner(&on_answer) }
            <super::offline::NewVersion />
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
                <Dock store={store.clone()} />
            </div>
            if let Some(text) = &*open_dialog {
                { open_dialog_of(&store, text, on_close) }
            }
            if *is_sharing {
                { share_dialog(&store, &announce, &on_share.reform(|()| false)) }
            }
            if *are_projects_open {
                { projects_dialog(&store, &announce, &on_projects.reform(|()| false)) }
            }
            if let Some(target) = &*target {
                { resource_dialog(&store, target, on_target.reform(|()| None)) }
            }
            <OutcomeAnnouncer store={store.clone()} />
            <EmbedApiListener {store} />
            <div class="announcer" role="status" aria-live="polite"><p key={number}>{ announcement }</p></div>
        </>
    }
}

fn open_dialog_of(store: &Store, text: &Option<AttrValue>, on_close: Callback<()>) -> Html {
    let (store, text) = (store.clone(), text.clone());
    lazy::<Panels>(
        move || html! { <OpenDialog store={store.clone()} text={text.clone()} on_close={on_close.clone()} /> },
    )
}

fn resource_dialog(store: &Store, target: &ResourceDialogTarget, on_close: Callback<()>) -> Html {
    let (store, target) = (store.clone(), target.clone());
    lazy::<Panels>(move || {
        html! { <ResourceDialog store={store.clone()} target={target.clone()} on_close={on_close.clone()} /> }
    })
}

#[derive(Properties, PartialEq)]
struct EmbedApiListenerProps {
    store: Store,
}

/// Runs the page door and renders nothing.
#[component]
fn EmbedApiListener(props: &EmbedApiListenerProps) -> Html {
    let state = &props.store.state;
    use_embed_api(&props.store.dispatch, &state.world, state.history.done().len());
    Html::default()
}

/// Renders the dialog *Share* once it is loaded.
fn share_dialog(store: &Store, announce: &Callback<String>, on_close: &Callback<()>) -> Html {
    let (store, announce, on_close) = (store.clone(), announce.clone(), on_close.clone());
    lazy::<Panels>(move || {
        html! { <ShareDialog store={store.clone()} announce={announce.clone()} on_close={on_close.clone()} /> }
    })
}

/// Renders the dialog *Projects* once it is loaded.
fn projects_dialog(store: &Store, announce: &Callback<String>, on_close: &Callback<()>) -> Html {
    let (store, announce, on_close) = (store.clone(), announce.clone(), on_close.clone());
    lazy::<Panels>(move || {
        html! { <ProjectsDialog store={store.clone()} announce={announce.clone()} on_close={on_close.clone()} /> }
    })
}

#[derive(Properties, PartialEq)]
struct DockProps {
    store: Store,
}

/// The terminal at the bottom of the page, with a bar that unfolds it.
#[component]
fn Dock(props: &DockProps) -> Html {
    let is_open = use_state(|| false);
    let store = props.store.clone();
    // A narrow page shows the terminal as a separate panel, which is never folded.
    let is_shown = *is_open || store.state.view.panel == Panel::Terminal;
    let onclick = {
        let (is_open, store) = (is_open.clone(), store.clone());
        Callback::from(move |_: MouseEvent| {
            if is_shown && store.state.view.panel == Panel::Terminal {
                store.dispatch.run(Command::ShowPanel(Panel::Graph));
            }
            is_open.set(!is_shown);
        })
    };
    let bar =
        button_with("", t("Terminal"), &["aria-expanded"], vec![bool_attribute(is_shown)], false, onclick);
    let content = if is_shown {
        lazy::<Terminal>(move || html! { <TerminalPanel store={store.clone()} /> })
    } else {
        Html::default()
    };
    let parts = vec![el("div", "bar", vec![bar]), node(content)];
    let values = vec![if is_shown { "panel dock open" } else { "panel dock" }.into(), t("Terminal").into()];
    *el_with("section", &["class", "aria-label"], values, parts)
}

/// Renders the panel in the middle of the page.
fn centre(store: &Store, panel: Panel) -> Html {
    if store.mesh().is_none() {
        // The preference switch above already shows what to do.
        return Html::default();
    }
    let store = store.clone();
    match panel {
        Panel::Matrix => *matrix_panel(&store),
        Panel::Request => lazy::<Panels>(move || html! { <RequestPanel store={store.clone()} /> }),
        Panel::Compare => lazy::<Panels>(move || html! { <ComparePanel store={store.clone()} /> }),
        _ => html! { <GraphPanel {store} /> },
    }
}

/// Returns the CSS class with which a narrow page shows this panel and hides the others.
const fn panel_class(panel: Panel) -> &'static str {
    match panel {
        Panel::Graph | Panel::Matrix | Panel::Request | Panel::Compare => "show-main",
        Panel::Resources => "show-resources",
        Panel::Inspector => "show-inspector",
        Panel::History => "show-history",
        Panel::Terminal => "show-terminal",
    }
}

/// Renders the tabs of the middle: graph, matrix, request and comparison.
fn centre_tabs(store: &Store, panel: Panel) -> Node {
    // On a narrow page, the current panel may be one beside the mesh; the middle then shows the graph.
    let shown =
        if matches!(panel, Panel::Matrix | Panel::Request | Panel::Compare) { panel } else { Panel::Graph };
    let tab = |words: &str, panel: Panel| {
        let pressed = vec![bool_attribute(panel == shown)];
        button_with(
            "",
            words,
            &["aria-pressed"],
            pressed,
            false,
            store.command_callback(Command::ShowPanel(panel)),
        )
    };
    let tabs = vec![
        tab(t("Graph"), Panel::Graph),
        tab(t("Matrix"), Panel::Matrix),
        tab(t("Request"), Panel::Request),
        tab(t("Compare"), Panel::Compare),
    ];
    let values = vec!["tabs".into(), "group".into(), t("View of the mesh").into()];
    el_with("div", &["class", "role", "aria-label"], values, tabs)
}

/// Renders the tabs between the panels of a narrow page.
fn panel_tabs(store: &Store, current: Panel) -> Node {
    let is_centre = panel_class(current) == "show-main";
    let tab = |panel: Panel, is_current: bool, words: &str| {
        let current = vec![attribute_if(is_current, "true")];
        button_with(
            "",
            words,
            &["aria-current"],
            current,
            false,
            store.command_callback(Command::ShowPanel(panel)),
        )
    };
    let tabs = vec![
        tab(Panel::Graph, is_centre, t("Mesh")),
        tab(Panel::Inspector, current == Panel::Inspector, t("Details")),
        tab(Panel::Resources, current == Panel::Resources, t("Resources")),
        tab(Panel::History, current == Panel::History, t("History")),
        tab(Panel::Terminal, current == Panel::Terminal, t("Terminal")),
    ];
    el_fixed("nav", const { &[fixed("class", "panel-tabs"), fixed("aria-label", "Panels")] }, tabs)
}

/// Scrolls a narrow page to the start of a newly shown panel, however far the previous panel was scrolled.
#[hook]
fn use_panel_start(class: &'static str) {
    let before = use_mut_ref(|| class);
    use_effect_with(class, move |class| {
        let edges = |selector: &str| {
            let element = gloo::utils::document().query_selector(selector).ok().flatten();
            element.map(|element| element.get_bounding_client_rect())
        };
        if before.replace(class) != *class
            && let (Some(tabs), Some(panels)) = (edges(".panel-tabs"), edges(".workbench"))
            && tabs.height() > 0.0
            && panels.top() < tabs.bottom()
        {
            gloo::utils::window().scroll_by_with_x_and_y(0.0, panels.top() - tabs.bottom());
        }
    });
}

/// Handles undo, redo and Escape wherever the focus is, except in text fields and dialogs.
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

/// Handles a new fragment in the address: opens a link as a guest, or shows a panel.
#[hook]
fn use_address(held: &Rc<RefCell<PageState>>, show: &UseForceUpdateHandle, dispatch: &Rc<Dispatch>) {
    let (held, show, dispatch) = (held.clone(), show.clone(), dispatch.clone());
    use_effect_with((), move |()| {
        let listener = EventListener::new(&gloo::utils::window(), "hashchange", move |_| {
            let fragment = gloo::utils::window().location().hash().unwrap_or_default();
            match Route::parse(&fragment) {
                Some(Route::Panel(panel)) => drop(dispatch.run(Command::ShowPanel(panel))),
                Some(Route::Link(link)) => {
                    let mut held = held.borrow_mut();
                    if let Some(state) = held.visit.open(link) {
                        held.state = Some(state);
                    }
                    drop(held);
                    show.force_update();
                }
                None => {
                    // The fragment leads to an element of the page, like the link that skips to the mesh. Write a guest
                    // back into the address.
                    let held = held.borrow();
                    if let Some(state) = &held.state {
                        held.visit.keep_address(state);
                    }
                }
            }
        });
        move || drop(listener)
    });
}

/// Opens the dialog *Open* with a file or text that was dropped anywhere on the page.
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
                    effects::read_file(&file, move |text| open_dialog.set(Some(Some(text.into()))));
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
