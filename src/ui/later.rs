//! Parts of the page that are not in the first download; they are loaded on first use.
//!
//! The build moves all code that only [`enter`] reaches into a separate module (tools/split.mjs). A call of [`enter`]
//! before that module is loaded stops the engine, so only this file calls it, after loading.

use std::cell::Cell;

use mesh_text::words::{say, t};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use yew::prelude::*;

use super::components::{alert, button, el, text_in};

/// A part of the page with a separate module. `tools/split.mjs` finds the part by the name of its type.
pub trait LazyPart: 'static {
    /// Module that contains the part.
    const MODULE: WasmModule;
}

/// The module of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WasmModule {
    /// Name of the module in the script that loads it.
    name: &'static str,
    /// Index of the module in [`IS_LOADED`].
    index: usize,
}

/// Dialogs, forms, panels that are not visible at first, and the documents that they read and write.
pub struct Panels;

impl LazyPart for Panels {
    const MODULE: WasmModule = WasmModule { name: "panels", index: 0 };
}

/// The terminal and its tools. Its module depends on the module of [`Panels`]; the script loads both.
pub struct Terminal;

impl LazyPart for Terminal {
    const MODULE: WasmModule = WasmModule { name: "terminal", index: 1 };
}

thread_local! {
    static IS_LOADED: Cell<[bool; 2]> = const { Cell::new([false; 2]) };
}

/// Returns the script's function that loads a part; `None` if the build produced only one module.
fn loader() -> Option<js_sys::Function> {
    let name = JsValue::from_str("meshPlaygroundLater");
    js_sys::Reflect::get(&js_sys::global(), &name).ok()?.dyn_into().ok()
}

impl WasmModule {
    fn is_loaded(self) -> bool {
        IS_LOADED.get()[self.index] || loader().is_none()
    }

    /// Loads the module unless it is already loaded. Calls `then` with the outcome, immediately if the module is
    /// already loaded.
    fn load(self, then: impl FnOnce(Result<(), String>) + 'static) {
        let Some(loader) = loader().filter(|_| !self.is_loaded()) else {
            then(Ok(()));
            return;
        };
        let settled = Closure::once_into_js(move |error: JsValue| match error.is_undefined() {
            true => {
                let mut parts = IS_LOADED.get();
                parts[self.index] = true;
                IS_LOADED.set(parts);
                then(Ok(()));
            }
            false => then(Err(String::from(js_sys::Object::from(error).to_string()))),
        });
        let settled = settled.unchecked_into::<js_sys::Function>();
        if let Ok(promise) = loader.call1(&JsValue::UNDEFINED, &JsValue::from_str(self.name)) {
            // The build's own script returns the promise, so this method exists.
            let _ = js_sys::Reflect::get(&promise, &JsValue::from_str("then")).and_then(|method| {
                method.unchecked_into::<js_sys::Function>().call2(&promise, &settled, &settled)
            });
        }
    }
}

/// Runs code of a part. The build cuts here: it moves the code, and everything that only this code needs, to the part's
/// module.
#[inline(never)]
fn enter<P: LazyPart, R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Loads a part, then runs `body`, or `failed` if the part cannot be loaded.
pub fn run<P: LazyPart>(body: impl FnOnce() + 'static, failed: impl FnOnce() + 'static) {
    P::MODULE.load(move |loaded| match loaded {
        Ok(()) => enter::<P, ()>(body),
        Err(_) => failed(),
    });
}

/// Loading state of a part.
#[derive(Clone, PartialEq, Eq)]
enum LoadState {
    Loading,
    Ready,
    Failed(String),
}

/// Renders content of a part once the part is loaded.
#[inline(never)]
pub fn lazy<P: LazyPart>(render: impl Fn() -> Html + 'static) -> Html {
    let render = Callback::from(move |()| enter::<P, Html>(&render));
    html! { <Lazy file={P::MODULE} {render} /> }
}

#[derive(Properties, PartialEq)]
struct LazyProps {
    /// The module that `render` needs.
    file: WasmModule,
    render: Callback<(), Html>,
}

/// Renders content once its module is loaded. Until then, shows that the module is loading or why loading failed.
#[component]
fn Lazy(props: &LazyProps) -> Html {
    let file = props.file;
    let is_there = file.is_loaded();
    let progress = use_state(|| if is_there { LoadState::Ready } else { LoadState::Loading });
    let begin = {
        let progress = progress.clone();
        Callback::from(move |()| {
            progress.set(LoadState::Loading);
            let progress = progress.clone();
            file.load(move |result| {
                progress.set(result.map_or_else(LoadState::Failed, |()| LoadState::Ready))
            });
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
        LoadState::Ready => props.render.emit(()),
        LoadState::Loading => *text_in("p", "hint", t("Loading…")),
        LoadState::Failed(reason) => {
            let words = say("This part of the page could not be loaded: {0}. Are you offline?", &[reason]);
            let again = button("", t("Try again"), "", begin.reform(|_: MouseEvent| ()));
            *el("div", "actions", vec![alert(&words), again])
        }
    }
}
