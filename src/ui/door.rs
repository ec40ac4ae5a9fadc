//! The browser part of the page door: receives messages and sends answers and events. `crate::door` defines their
//! meaning.

use std::{cell::RefCell, rc::Rc};

use gloo::{events::EventListener, utils::window};
use js_sys::JSON;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::MessageEvent;
use yew::prelude::*;

use super::{hooks::Dispatch, later};
use crate::{
    door::{EmbedApi, MessageError, SOURCE, check_size, error_response, event},
    world::World,
};

/// Listens to messages from the parent window and from the page itself, and from no other window, while the page is
/// mounted. Notifies the parent when the page is ready, when its height changes, and when the world changes.
#[hook]
pub fn use_embed_api(dispatch: &Dispatch, world: &Rc<World>, steps: usize) {
    {
        let dispatch = dispatch.clone();
        use_effect_with((), move |()| {
            let held = Rc::new(RefCell::new(EmbedApi::default()));
            let listener = EventListener::new(&window(), "message", move |event| {
                if let Some(event) = event.dyn_ref::<MessageEvent>() {
                    handle_message(event, &held, &dispatch);
                }
            });
            let observer = observe_height();
            post_to_parent(&event("ready", &[]));
            move || {
                drop(listener);
                if let Some((observer, _)) = observer {
                    observer.disconnect();
                }
            }
        });
    }
    let is_first = use_mut_ref(|| true);
    use_effect_with(world.clone(), move |_| {
        if !is_first.replace(false) {
            post_to_parent(&event("changed", &[("steps", &i64::try_from(steps).unwrap_or(i64::MAX))]));
        }
    });
}

/// Answers a message if the parent window or the page itself sent it.
fn handle_message(event: &MessageEvent, held: &Rc<RefCell<EmbedApi>>, dispatch: &Dispatch) {
    let Some(source) = event.source() else { return };
    let is_heard =
        |other: Option<web_sys::Window>| other.is_some_and(|other| js_sys::Object::is(&other, &source));
    if !is_heard(window().parent().ok().flatten()) && !is_heard(Some(window())) {
        return;
    }
    let data = event.data();
    // Other scripts send messages, too. A foreign message is ignored before it is serialized.
    if js_sys::Reflect::get(&data, &"source".into()).ok().and_then(|source| source.as_string()).as_deref()
        != Some(SOURCE)
    {
        return;
    }
    let written = |value: &JsValue| JSON::stringify(value).ok().and_then(|text| text.as_string());
    let id = js_sys::Reflect::get(&data, &"id".into()).ok().and_then(|id| written(&id)).unwrap_or_default();
    let Some(text) = written(&data) else {
        send(&source, &error_response(&id, MessageError::NoJson));
        return;
    };
    if let Some(why) = check_size(&text) {
        send(&source, &error_response(&id, why));
        return;
    }
    let (held, dispatch) = (held.clone(), dispatch.clone());
    let refusal = (source.clone(), error_response(&id, MessageError::Unloaded));
    later::run::<later::Terminal>(
        move || {
            let mut answer = None;
            dispatch
                .with_playground(|playground| answer = held.borrow_mut().handle_message(playground, &text));
            if let Some(answer) = answer {
                send(&source, &answer);
            }
        },
        move || send(&refusal.0, &refusal.1),
    );
}

/// Sends a message to the parent page, if there is one.
fn post_to_parent(text: &str) {
    let parent = window().parent().ok().flatten();
    if let Some(parent) = parent.filter(|parent| !js_sys::Object::is(parent, &window())) {
        send(&parent, text);
    }
}

/// Sends a message to a window. The target origin is `*`, because the message contains nothing secret and a frame often
/// has no origin to name.
fn send(to: &JsValue, text: &str) {
    let Ok(message) = JSON::parse(text) else { return };
    let post = js_sys::Reflect::get(to, &"postMessage".into());
    if let Some(post) = post.ok().and_then(|post| post.dyn_into::<js_sys::Function>().ok()) {
        // A closed window cannot receive the message, so the error is ignored.
        let _ = post.call2(to, &message, &"*".into());
    }
}

type Observed = Closure<dyn FnMut()>;

/// Sends a `resize` event with the page's height whenever the height changes.
fn observe_height() -> Option<(web_sys::ResizeObserver, Observed)> {
    let told = std::cell::Cell::new(0);
    let changed = Observed::new(move || {
        let height = gloo::utils::document().document_element().map_or(0, |root| root.scroll_height());
        if told.replace(height) != height {
            post_to_parent(&event("resize", &[("height", &i64::from(height))]));
        }
    });
    let observer = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()).ok()?;
    observer.observe(&gloo::utils::body());
    Some((observer, changed))
}
