//! A modal dialog: the browser's own, so that focus, Escape and the page behind are handled by it.

use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Its heading and accessible name.
    pub title: AttrValue,
    /// Closed by Escape, the close button, or a click on *Cancel*.
    pub on_close: Callback<()>,
    /// A class for its width.
    #[prop_or_default]
    pub class: Classes,
    pub children: Html,
}

#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let dialog = node.get().and_then(|node| node.dyn_into::<HtmlDialogElement>().ok());
            if let Some(dialog) = &dialog {
                // Only fails when it is open already, or gone.
                let _ = dialog.show_modal();
            }
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
            }
        });
    }
    let oncancel = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            on_close.emit(());
        })
    };
    let close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <dialog ref={node} class={props.class.clone()} {oncancel} aria-labelledby="dialog-title">
            <header>
                <h2 id="dialog-title">{ &props.title }</h2>
                <button type="button" class="quiet" onclick={close} aria-label="Close">{ "✕" }</button>
            </header>
            { props.children.clone() }
        </dialog>
    }
}
