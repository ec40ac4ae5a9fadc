//! A modal dialog: the browser's own, so that focus, Escape and the page behind are handled by it.

use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::words::t;

#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Its heading and accessible name.
    pub title: AttrValue,
    /// A class for its width.
    pub class: &'static str,
    /// What stands in its form, above the buttons.
    pub children: Html,
    /// What the button that leaves says.
    pub close: &'static str,
    /// What the button that does it says, and its class.
    pub submit: (&'static str, &'static str),
    /// Whether there is nothing to do.
    pub is_idle: bool,
    pub on_submit: Callback<()>,
    /// Closed by Escape, the close button, or a click on *Cancel*.
    pub on_close: Callback<()>,
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
    let oncancel = props.on_close.reform(|event: Event| event.prevent_default());
    let onsubmit = props.on_submit.reform(|event: SubmitEvent| event.prevent_default());
    let close = props.on_close.reform(|_: MouseEvent| ());
    let (submit, class) = props.submit;
    html! {
        <dialog ref={node} class={props.class} {oncancel} aria-labelledby="dialog-title">
            <header>
                <h2 id="dialog-title">{ &props.title }</h2>
                <button type="button" class="quiet" onclick={close.clone()} aria-label={t("Close")}>{ "✕" }</button>
            </header>
            <form {onsubmit} novalidate={true}>
                { props.children.clone() }
                <footer class="actions">
                    <button type="button" onclick={close}>{ props.close }</button>
                    <button type="submit" {class} disabled={props.is_idle}>{ submit }</button>
                </footer>
            </form>
        </dialog>
    }
}
