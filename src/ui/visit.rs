//! How the page was come to: simply opened, from a link, or inside another page.
//!
//! What a link holds is a guest: it is shown and can be changed, but it is not saved, and nothing that is saved is
//! touched, until its reader keeps it as a project. Until then it lives in the address, so that a reload shows it again
//! with all that was done. An embedded page uses no storage at all. Start at [`begin`].

use std::rc::Rc;

use gloo::utils::window;
use wasm_bindgen::JsValue;

use super::{
    components::{Node, button, el, el_with, none, text, text_in},
    effects::Theme,
    later, storage,
};
use crate::{
    embed::Embed,
    share::{self, LinkError, Route, TooLarge},
    store::{AppState, Rights},
    words::t,
};

/// How this visit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// How the page is shown inside another one; `None` for a page of its own.
    pub embed: Option<Rc<Embed>>,
    /// Whether what is shown came from a link and is not kept.
    pub is_guest: bool,
    /// Why a link could not be opened.
    pub problem: Option<LinkError>,
}

/// Begins with what the address asks for, or with what was kept.
pub fn begin() -> (Option<Rc<AppState>>, Visit) {
    let location = window().location();
    // What an address lacks is empty; that it cannot be read at all does not happen to a page that runs.
    let query = location.search().unwrap_or_default();
    let themes = Theme::ALL.map(Theme::as_str);
    let embed = Embed::of(&query, &themes).map(Rc::new);
    if embed.is_some() {
        storage::disable();
    }
    let mut visit = Visit { embed, ..Visit::default() };
    let fragment = location.hash().unwrap_or_default();
    let opened = match Route::of(&fragment) {
        Some(Route::Link(link)) => visit.open(link),
        _ => None,
    };
    let mut state = opened.or_else(storage::load);
    if let Some(state) = &mut state {
        let shown = Rc::make_mut(state);
        if let Some(Route::Panel(panel)) = Route::of(&fragment) {
            shown.view.panel = panel;
        }
        visit.limit(shown);
    }
    (state, visit)
}

impl Visit {
    /// Opens a link as a guest; `None` where it cannot be opened, and then [`problem`](Self::problem) says why.
    pub fn open(&mut self, link: &str) -> Option<Rc<AppState>> {
        match share::open(link) {
            Ok(mut state) => {
                self.problem = None;
                self.is_guest = self.embed.is_none();
                self.limit(&mut state);
                let state = Rc::new(state);
                storage::be_guest(t("From a link"), &state);
                Some(state)
            }
            Err(error) => {
                self.problem = Some(error);
                None
            }
        }
    }

    /// Lets a state be changed only where this visit may.
    fn limit(&self, state: &mut AppState) {
        if self.embed.as_ref().is_some_and(|embed| embed.is_readonly) {
            state.rights = Rights::Look;
        }
    }

    /// Keeps a state for the next visit: a guest in the address, all else in the browser's storage. `then` hears that
    /// there may be something to say of it.
    pub fn save(&self, state: &Rc<AppState>, is_world_changed: bool, then: impl Fn() + 'static) {
        if self.embed.is_some() {
            return;
        }
        storage::save_soon(state, then);
        if is_world_changed {
            self.keep_address(state);
        }
    }

    /// Writes a guest into the address.
    pub fn keep_address(&self, state: &Rc<AppState>) {
        if self.is_guest {
            // What is too large for a link stays as the address had it; it can be kept, or saved as a file.
            link_later(state, |link| {
                if let Ok(link) = link {
                    set_fragment(&Route::Link(&link).fragment());
                }
            });
        }
    }

    /// Ends the visit of a guest, where a project has been opened meanwhile.
    pub fn follow_storage(&mut self) {
        if self.is_guest && !storage::is_guest() {
            self.end_guest();
        }
    }

    /// Ends the visit of a guest, who is kept by now or sent away.
    pub fn end_guest(&mut self) {
        self.is_guest = false;
        self.problem = None;
        set_fragment("#/");
    }

    /// What is said above the page of a guest, or of a link that could not be opened.
    pub fn banner(&self, on_answer: &yew::Callback<Answer>) -> Node {
        let answer = |class, words, answer: Answer| {
            button(class, words, "", on_answer.reform(move |_: yew::MouseEvent| answer))
        };
        let (title, words, buttons) = match &self.problem {
            Some(error) => (
                t("This link cannot be opened: "),
                error.to_string(),
                vec![answer("", t("Dismiss"), Answer::Dismiss)],
            ),
            None if self.is_guest => (
                t("Opened from a link. "),
                t("It is a copy that is not saved; what you have saved is as it was.").to_owned(),
                vec![
                    answer("primary", t("Keep it as a project"), Answer::Keep),
                    answer("", t("Discard"), Answer::Discard),
                ],
            ),
            None => return none(),
        };
        let mut parts = vec![el("p", "", vec![text_in("strong", "", title), text(&words)])];
        parts.extend(buttons);
        let role = if self.problem.is_some() { "alert" } else { "status" };
        el_with("div", &["class", "role"], vec!["banner guest".into(), role.into()], parts)
    }
}

/// What the reader does with a guest, or with the message about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Keep it as a project.
    Keep,
    /// Go back to what is saved.
    Discard,
    /// The message was read.
    Dismiss,
}

/// Makes the link of a state: its making is loaded on first use.
pub fn link_later(state: &Rc<AppState>, then: impl FnOnce(Result<String, TooLarge>) + 'static) {
    let state = state.clone();
    later::run::<later::Panels>(move || then(share::link(&state)), || ());
}

/// The address of this page without query and fragment.
pub fn page() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Writes another fragment into the address, as no step of the browser's history.
fn set_fragment(fragment: &str) {
    // Refused in frames of no origin; the address is then as it was.
    let _ = window()
        .history()
        .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(fragment)));
}
