//! Reports a new version of the page, and loads it when the visitor agrees.
//!
//! `static/start.js`, which manages the service worker, detects a new version. It reports the version with an attribute
//! of the document, for a page that is drawn later, and with an event. The page never reloads by itself, because the
//! visitor may be in the middle of something.

use gloo::{
    events::EventListener,
    utils::{document_element, window},
};
use mesh_text::words::t;
use yew::prelude::*;

use super::components::{button, el_fixed, empty_node, fixed, text_in};

/// Returns whether a new version is waiting.
fn is_waiting() -> bool {
    document_element().has_attribute("data-update")
}

/// Banner for a new version; empty if there is none.
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
            // Only a document that is being unloaded rejects an event; then the failure does not matter.
            let _ = Event::new("mesh-playground-reload").map(|event| window().dispatch_event(&event));
        });
        let later = Callback::from(move |_: MouseEvent| is_shown.set(false));
        vec![
            text_in("p", "", t("A new version is here.")),
            button("primary", t("Reload"), "", reload),
            button("", t("Later"), "", later),
        ]
    } else {
        vec![empty_node(), empty_node(), empty_node()]
    };
    // The element is always present, so that screen readers announce content that appears in it.
    *el_fixed("div", const { &[fixed("class", "banner"), fixed("role", "status")] }, parts)
}
