//! How the visitor reached the page: by opening it directly, by a link, or embedded in another page.
//!
//! The state in a link is a guest: the reader can see and change it, but the page does not save it and does not touch
//! saved data until the reader keeps it as a project. Until then the guest is stored in the address, so that a reload
//! shows it again with all changes. An embedded page uses no storage at all. Start at [`begin`].

use std::rc::Rc;

use gloo::utils::window;
use mesh_text::words::t;
use wasm_bindgen::JsValue;

use super::{
    components::{Node, button, el, el_with, empty_node, text, text_in},
    effects::Theme,
    later, storage,
};
use crate::{
    embed::EmbedOptions,
    share::{self, LinkError, Route, TooLarge},
    store::{AppState, Rights},
};

/// Properties of this visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Options of an embedded page; `None` for a page that is not embedded.
    pub embed: Option<Rc<EmbedOptions>>,
    /// Whether the shown state came from a link and is not saved.
    pub is_guest: bool,
    /// Error of a link that could not be opened.
    pub problem: Option<LinkError>,
}

/// Starts the visit with the state in the address, or else with the saved state.
pub fn begin() -> (Option<Rc<AppState>>, Visit) {
    let location = window().location();
    // A part that the address lacks is empty; a running page can always read its address.
    let query = location.search().unwrap_or_default();
    let themes = Theme::ALL.map(Theme::as_str);
    let embed = EmbedOptions::parse(&query, &themes).map(Rc::new);
    if embed.is_some() {
        storage::disable();
    }
    let mut visit = Visit { embed, ..Visit::default() };
    let fragment = location.hash().unwrap_or_default();
    let opened = match Route::parse(&fragment) {
        Some(Route::Link(link)) => visit.open(link),
        _ => None,
    };
    let mut state = opened.or_else(storage::load);
    if let Some(state) = &mut state {
        let shown = Rc::make_mut(state);
        if let Some(Route::Panel(panel)) = Route::parse(&fragment) {
            shown.view.panel = panel;
        }
        visit.limit(shown);
    }
    (state, visit)
}

impl Visit {
    /// Opens a link as a guest. Returns `None` if the link cannot be opened, and stores the error in
    /// [`problem`](Self::problem).
    pub fn open(&mut self, link: &str) -> Option<Rc<AppState>> {
        match share::open(link) {
            Ok(mut state) => {
                self.problem = None;
                self.is_guest = self.embed.is_none();
                self.limit(&mut state);
                let state = Rc::new(state);
                storage::open_guest(t("From a link"), &state);
                Some(state)
            }
            Err(error) => {
                self.problem = Some(error);
                None
            }
        }
    }

    /// Makes a state read-only if this visit is read-only.
    fn limit(&self, state: &mut AppState) {
        if self.embed.as_ref().is_some_and(|embed| embed.is_readonly) {
            state.rights = Rights::Look;
        }
    }

    /// Saves a state for the next visit: a guest in the address, any other state in the browser's storage. Calls `then`
    /// when there may be new notices to show.
    pub fn save(&self, state: &Rc<AppState>, is_world_changed: bool, then: impl Fn() + 'static) {
        if self.embed.is_some() {
            return;
        }
        storage::save_soon(state, then);
        if is_world_changed {
            self.keep_address(state);
        }
    }

    /// Writes the state of a guest into the address.
    pub fn keep_address(&self, state: &Rc<AppState>) {
        if self.is_guest {
            // A state that is too large for a link leaves the address unchanged. The reader can keep it as a project or
            // save it as a file.
            create_link(state, |link| {
                if let Ok(link) = link {
                    set_fragment(&Route::Link(&link).fragment());
                }
            });
        }
    }

    /// Ends the guest visit if a project has been opened in the meantime.
    pub fn follow_storage(&mut self) {
        if self.is_guest && !storage::is_guest() {
            self.end_guest();
        }
    }

    /// Ends the guest visit: the guest was kept, discarded or left.
    pub fn end_guest(&mut self) {
        self.is_guest = false;
        self.problem = None;
        set_fragment("#/");
    }

    /// Renders the banner above the page for a guest, or for a link that could not be opened.
    pub fn banner(&self, on_answer: &yew::Callback<BannerDecision>) -> Node {
        let answer = |class, words, answer: BannerDecision| {
            button(class, words, "", on_answer.reform(move |_: yew::MouseEvent| answer))
        };
        let (title, words, buttons) = match &self.problem {
            Some(error) => (
                t("This link cannot be opened: "),
                error.to_string(),
                vec![answer("", t("Dismiss"), BannerDecision::Dismiss)],
            ),
            None if self.is_guest => (
                t("Opened from a link. "),
                t("It is a copy that is not saved; what you have saved is as it was.").to_owned(),
                vec![
                    answer("primary", t("Keep it as a project"), BannerDecision::Keep),
                    answer("", t("Discard"), BannerDecision::Discard),
                ],
            ),
            None => return empty_node(),
        };
        let mut parts = vec![el("p", "", vec![text_in("strong", "", title), text(&words)])];
        parts.extend(buttons);
        let role = if self.problem.is_some() { "alert" } else { "status" };
        el_with("div", &["class", "role"], vec!["banner guest".into(), role.into()], parts)
    }
}

/// The reader's answer to the banner about a guest or a link error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BannerDecision {
    /// Keep the guest as a project.
    Keep,
    /// Discard the guest and go back to the saved state.
    Discard,
    /// Dismiss the message.
    Dismiss,
}

/// Creates the link of a state and passes it to `then`. Loads the code that creates links on first use.
pub fn create_link(state: &Rc<AppState>, then: impl FnOnce(Result<String, TooLarge>) + 'static) {
    let state = state.clone();
    later::run::<later::Panels>(move || then(share::link(&state)), || ());
}

/// Returns the address of this page without query and fragment.
pub fn page() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Replaces the fragment of the address without a new entry in the browser's history.
fn set_fragment(fragment: &str) {
    // Frames without an origin refuse this; the address then stays unchanged.
    let _ = window()
        .history()
        .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(fragment)));
}
