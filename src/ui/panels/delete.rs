//! The dialog that deletes a resource, with the console's confirmation: type `delete`.

use mesh_text::words::{say, t};
use serde_json::Value;
use yew::prelude::*;

use crate::{
    control_plane::{Verb, input_for},
    model::{Kind, ResourceId},
    store::Command,
    ui::{
        components::{
            Dialog, DialogProps, FieldNote, checkbox, el, el_with, field, node_list, text, text_in,
            text_input,
        },
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
    /// Whether to delete everything in the mesh, too.
    with_all: bool,
    error: Option<AttrValue>,
}

pub enum Msg {
    Typed(String),
    WithAll(bool),
    Delete,
}

impl DeleteDialog {
    fn delete(&self, props: &DeleteProps) -> Option<AttrValue> {
        if self.typed != WORD {
            return Some(say("Type {0} to confirm.", &[WORD]).into());
        }
        let (kind, input) = (props.id.key.kind, Value::Object(input_for(&props.id)));
        let command = match self.with_all {
            true => Command::TearDown(props.id.mesh.clone()),
            false => Command::Call { verb: Verb::Delete, kind, input },
        };
        match props.store.dispatch.run(command) {
            None => {
                props.on_close.emit(());
                None
            }
            Some(refusal) => Some(refusal.words().into()),
        }
    }
}

impl Component for DeleteDialog {
    type Message = Msg;
    type Properties = DeleteProps;

    fn create(_: &Context<Self>) -> Self {
        Self { typed: String::new(), with_all: false, error: None }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Typed(text) => self.typed = text,
            Msg::WithAll(with_all) => self.with_all = with_all,
            Msg::Delete => self.error = self.delete(ctx.props()),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let DeleteProps { store, id, on_close } = ctx.props();
        let question = say("Delete {0}? You can undo it.", &["\0"]);
        let (before, after) = question.split_once('\0').unwrap_or((&question, ""));
        let name = text_in("strong", "", &id.key.translated());
        let mut parts = vec![el("p", "", vec![text(before), name, text(after)])];
        let control_plane = &store.state.world.control_plane;
        let mut listed = control_plane.blockers(id);
        if !listed.is_empty() {
            if id.key.kind == Kind::Mesh {
                let words = t("Delete everything in this mesh, in order");
                parts.push(checkbox(words, self.with_all, &ctx.link().callback(Msg::WithAll)));
            }
            let mut words = t("It is in use, so the service will refuse. Delete these first:");
            let mut name = t("In the way");
            if self.with_all {
                listed = control_plane.teardown(&id.mesh).into_iter().map(|id| id.key).collect();
                (words, name) = (t("These will be deleted, in this order, as one step:"), t("The plan"));
            }
            let items = listed.iter().map(|key| text_in("li", "", &key.translated())).collect();
            let values = vec!["blockers".into(), "0".into(), name.into()];
            let list = el_with("ol", &["class", "tabindex", "aria-label"], values, items);
            parts.push(el("div", "note", vec![text_in("p", "", words), list]));
        }
        let input =
            text_input("confirm", &self.typed, self.error.is_some(), true, ctx.link().callback(Msg::Typed));
        let label = say("To confirm, type {0}", &[WORD]);
        parts.push(field("confirm", &label, FieldNote::new(self.error.as_ref(), ""), input));
        let props = DialogProps {
            title: say("Delete {0}", &[t(id.key.kind.declaration().words)]).into(),
            class: "",
            children: *node_list(parts),
            close: t("Cancel"),
            submit: (t("Delete"), "danger"),
            is_idle: false,
            on_submit: ctx.link().callback(|()| Msg::Delete),
            on_close: on_close.clone(),
        };
        html! { <Dialog ..props /> }
    }
}
