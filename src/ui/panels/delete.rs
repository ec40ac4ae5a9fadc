//! Deleting, with the console's confirmation: type `delete`.

use serde_json::Value;
use yew::prelude::*;

use crate::{
    control_plane::{Verb, input_for},
    model::ResourceId,
    store::Command,
    ui::{
        components::{Dialog, DialogProps, Note, all, el, el_fixed, field, fixed, text, text_in, text_input},
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

pub struct DeleteDialog {
    typed: String,
    error: Option<AttrValue>,
}

pub enum Msg {
    Typed(String),
    Delete,
}

impl DeleteDialog {
    fn delete(&self, props: &DeleteProps) -> Option<AttrValue> {
        if self.typed != WORD {
            return Some(format!("Type {WORD} to confirm.").into());
        }
        let (kind, input) = (props.id.key.kind, Value::Object(input_for(&props.id)));
        match props.store.dispatch.run(Command::Call { verb: Verb::Delete, kind, input }) {
            None => {
                props.on_close.emit(());
                None
            }
            Some(refusal) => Some(refusal.to_string().into()),
        }
    }
}

impl Component for DeleteDialog {
    type Message = Msg;
    type Properties = DeleteProps;

    fn create(_: &Context<Self>) -> Self {
        Self { typed: String::new(), error: None }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Typed(text) => self.typed = text,
            Msg::Delete => self.error = self.delete(ctx.props()),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let DeleteProps { store, id, on_close } = ctx.props();
        let mut parts = vec![el(
            "p",
            "",
            vec![text("Delete "), text_in("strong", "", &id.key.to_string()), text("? You can undo it.")],
        )];
        let blockers = store.state.world.control_plane.blockers(id);
        if !blockers.is_empty() {
            let items = blockers.iter().map(|key| text_in("li", "", &key.to_string())).collect();
            let words = "It is in use, so the service will refuse. Delete these first:";
            let list = const {
                &[fixed("class", "blockers"), fixed("tabindex", "0"), fixed("aria-label", "In the way")]
            };
            parts.push(el("div", "note", vec![text_in("p", "", words), el_fixed("ul", list, items)]));
        }
        let input =
            text_input("confirm", &self.typed, self.error.is_some(), true, ctx.link().callback(Msg::Typed));
        let label = format!("To confirm, type {WORD}");
        parts.push(field("confirm", &label, Note::new(self.error.as_ref(), ""), input));
        let props = DialogProps {
            title: format!("Delete {}", id.key.kind.declaration().words).into(),
            class: "",
            children: *all(parts),
            close: "Cancel",
            submit: ("Delete", "danger"),
            is_idle: false,
            on_submit: ctx.link().callback(|()| Msg::Delete),
            on_close: on_close.clone(),
        };
        html! { <Dialog ..props /> }
    }
}
