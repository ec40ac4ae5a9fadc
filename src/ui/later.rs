//! What is not in the first download, and is loaded when it is first needed.
//!
//! The build moves functions into a second module (tools/split.mjs, tools/later.json). Whatever calls them must stand
//! inside [`Later`]: the engine stops at a call of a function that is not there yet.

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use yew::prelude::*;

use super::components::{alert, button, el, text_in};
use crate::words::{say, t};

/// How far the second module is.
#[derive(Clone, PartialEq, Eq)]
enum Progress {
    Loading,
    Ready,
    Failed(String),
}

/// Loads the second module, unless it is there; `then` hears of it, at once where the build made only one.
pub fn load(then: impl Fn(Result<(), String>) + 'static) {
    let name = JsValue::from_str("meshPlaygroundLater");
    let loader = js_sys::Reflect::get(&js_sys::global(), &name).ok();
    let Some(loader) = loader.and_then(|loader| loader.dyn_into::<js_sys::Function>().ok()) else {
        then(Ok(()));
        return;
    };
    let settled = Closure::once_into_js(move |error: JsValue| match error.is_undefined() {
        true => then(Ok(())),
        false => then(Err(String::from(js_sys::Object::from(error).to_string()))),
    });
    let settled = settled.unchecked_into::<js_sys::Function>();
    if let Ok(promise) = loader.call0(&JsValue::UNDEFINED) {
        // A promise of the build's own script: it has this method.
        let _ = js_sys::Reflect::get(&promise, &JsValue::from_str("then")).and_then(|method| {
            method.unchecked_into::<js_sys::Function>().call2(&promise, &settled, &settled)
        });
    }
}

#[derive(Properties, PartialEq)]
pub struct LaterProps {
    /// Draws what needs the second module.
    pub render: Callback<(), Html>,
}

/// Draws something once the second module is there.
#[component]
pub fn Later(props: &LaterProps) -> Html {
    let progress = use_state(|| Progress::Loading);
    let begin = {
        let progress = progress.clone();
        Callback::from(move |()| {
            progress.set(Progress::Loading);
            let progress = progress.clone();
            load(move |result| progress.set(result.map_or_else(Progress::Failed, |()| Progress::Ready)));
        })
    };
    {
        let begin = begin.clone();
        use_effect_with((), move |()| begin.emit(()));
    }
    match &*progress {
        Progress::Ready => props.render.emit(()),
        Progress::Loading => *text_in("p", "hint", t("Loading…")),
        Progress::Failed(reason) => {
            let words = say("This part of the page could not be loaded: {0}. Are you offline?", &[reason]);
            let again = button("", t("Try again"), "", begin.reform(|_: MouseEvent| ()));
            *el("div", "actions", vec![alert(&words), again])
        }
    }
}
