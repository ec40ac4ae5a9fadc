//! A modal dialog: the browser's own `dialog` element, which handles focus, Escape and the page behind it.

use mesh_text::words::t;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Heading and accessible name.
    pub title: AttrValue,
    /// CSS class that sets the width.
    pub class: &'static str,
    /// Content of the form, above the buttons.
    pub children: Html,
    /// Label of the button that closes the dialog.
    pub close: &'static str,
    /// Label and class of the submit button.
    pub submit: (&'static str, &'static str),
    /// Whether the submit button is disabled.
    pub is_idle: bool,
    pub on_submit: Callback<()>,
    /// Called on Escape, the close button, or a click on *Cancel*.
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
                // This fails only if the dialog is already open or has been removed.
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
