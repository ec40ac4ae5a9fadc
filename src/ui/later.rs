//! What is not in the first download, and is loaded when it is first needed.
//!
//! The build moves functions into a second module (tools/split.mjs, tools/later.json). Whatever calls them must stand
//! inside [`Later`]: the engine stops at a call of a function that is not there yet.

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use yew::prelude::*;

use super::components::{alert, button, el, text_in};
use crate::words::{say, t};

thread_local! {
    static IS_THERE: Cell<bool> = const { Cell::new(false) };
}

/// The script's function that loads the second module; none where the build made only one.
fn loader() -> Option<js_sys::Function> {
    let name = JsValue::from_str("meshPlaygroundLater");
    js_sys::Reflect::get(&js_sys::global(), &name).ok()?.dyn_into().ok()
}

/// How far the second module is.
#[derive(Clone, PartialEq, Eq)]
enum Progress {
    Loading,
    Ready,
    Failed(String),
}

/// Loads the second module, unless it is there; `then` hears of it, at once where the build made only one.
pub fn load(then: impl Fn(Result<(), String>) + 'static) {
    let Some(loader) = loader().filter(|_| !IS_THERE.get()) else {
        then(Ok(()));
        return;
    };
    let settled = Closure::once_into_js(move |error: JsValue| match error.is_undefined() {
        true => {
            IS_THERE.set(true);
            then(Ok(()));
        }
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

/// Draws what needs the second module, once that is there.
#[inline(never)]
pub fn later(render: impl Fn() -> Html + 'static) -> Html {
    let render = Callback::from(move |()| render());
    html! { <Later {render} /> }
}

#[derive(Properties, PartialEq)]
pub struct LaterProps {
    /// Draws what needs the second module.
    pub render: Callback<(), Html>,
}

/// Draws something once the second module is there.
#[component]
pub fn Later(props: &LaterProps) -> Html {
    let is_there = IS_THERE.get() || loader().is_none();
    let progress = use_state(|| if is_there { Progress::Ready } else { Progress::Loading });
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
        use_effect_with((), move |()| {
            if !is_there {
                begin.emit(());
            }
        });
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
