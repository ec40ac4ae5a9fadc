//! Deleting, with the console's confirmation: type `delete`.

use serde_json::Value;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    control_plane::{Verb, input_for},
    model::ResourceId,
    store::Command,
    ui::{
        components::{Dialog, Note, field, text_input},
        hooks::Store,
    },
};

#[derive(Properties, PartialEq)]
pub struct DeleteProps {
    pub store: Store,
    pub id: ResourceId,
    pub on_close: Callback<()>,
}

/// The word that confirms a deletion.
const WORD: &str = "delete";

#[component]
pub fn DeleteDialog(props: &DeleteProps) -> Html {
    let store = &props.store;
    let typed = use_state(String::new);
    let error = use_state(|| None::<AttrValue>);
    let id = &props.id;
    let blockers = store.state.world.control_plane.blockers(id);
    let onsubmit = {
        let (typed, error, dispatch) = (typed.clone(), error.clone(), store.dispatch.clone());
        let (id, on_close) = (id.clone(), props.on_close.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *typed != WORD {
                error.set(Some(format!("Type {WORD} to confirm.").into()));
                return;
            }
            let command =
                Command::Call { verb: Verb::Delete, kind: id.key.kind, input: Value::Object(input_for(&id)) };
            match dispatch.run(command) {
                None => on_close.emit(()),
                Some(refusal) => error.set(Some(refusal.to_string().into())),
            }
        })
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(input.value());
            }
        })
    };
    let cancel = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <Dialog title={format!("Delete {}", id.key.kind.declaration().words)} on_close={props.on_close.clone()}>
            <form {onsubmit} novalidate={true}>
                <p>{ "Delete " }<strong>{ id.key.to_string() }</strong>{ "? You can undo it." }</p>
                if !blockers.is_empty() {
                    <div class="note">
                        <p>{ "It is in use, so the service will refuse. Delete these first:" }</p>
                        <ul class="blockers" tabindex="0" aria-label="In the way">{ for blockers.iter().map(|key| html! { <li>{ key.to_string() }</li> }) }</ul>
                    </div>
                }
                { field(
                    "confirm", &format!("To confirm, type {WORD}"), Note::new(error.as_ref(), ""),
                    text_input("confirm", &typed, error.is_some(), true, oninput),
                ) }
                <footer class="actions">
                    <button type="button" onclick={cancel}>{ "Cancel" }</button>
                    <button type="submit" class="danger">{ "Delete" }</button>
                </footer>
            </form>
        </Dialog>
    }
}
