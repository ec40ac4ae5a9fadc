//! Tells that a new version of the page is here, and lets it in when the visitor says so.
//!
//! What is new is found by `static/start.js`, which knows the service worker; it says so by an attribute of the
//! document, for a page that is drawn later, and by an event. The page never reloads by itself: somebody may be in the
//! middle of something.

use gloo::{
    events::EventListener,
    utils::{document_element, window},
};
use yew::prelude::*;

use super::components::{button, el_fixed, fixed, none, text_in};
use crate::words::t;

/// Whether a new version waits.
fn is_waiting() -> bool {
    document_element().has_attribute("data-update")
}

/// Nothing, or the word of a new version.
#[component]
pub fn NewVersion() -> Html {
    let is_shown = use_state(is_waiting);
    use_effect_with((), {
        let is_shown = is_shown.clone();
        move |()| {
            let listener =
                EventListener::new(&window(), "mesh-playground-update", move |_| is_shown.set(true));
            move || drop(listener)
        }
    });
    let parts = if *is_shown {
        let reload = Callback::from(|_: MouseEvent| {
            // Only a document that is going away refuses an event, and there it does not matter.
            let _ = Event::new("mesh-playground-reload").map(|event| window().dispatch_event(&event));
        });
        let later = Callback::from(move |_: MouseEvent| is_shown.set(false));
        vec![
            text_in("p", "", t("A new version is here.")),
            button("primary", t("Reload"), "", reload),
            button("", t("Later"), "", later),
        ]
    } else {
        vec![none(), none(), none()]
    };
    // Always there, so that what comes into it is read out.
    *el_fixed("div", const { &[fixed("class", "banner"), fixed("role", "status")] }, parts)
}
