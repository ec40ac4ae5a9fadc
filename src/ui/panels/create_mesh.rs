//! The dialog *Create mesh*, with the wording of the service's console.

use mesh_text::words::{say, t};
use serde_json::{Map, Value};
use yew::{html::Scope, prelude::*};

use crate::{
    control_plane::check_name,
    environment::LabelSelector,
    model::{IpPreference, Kind, Rule, object},
    store::Command,
    ui::{
        components::{
            Dialog, DialogProps, FieldNote, Node, alert, button, button_with, checkbox, el, el_fixed, field,
            fixed, keyed, node, node_list, preference_select, text, text_in, text_input, typed,
        },
        hooks::Store,
    },
    view_model::{problem_words, rule_words},
};

#[derive(Properties, PartialEq)]
pub struct CreateMeshProps {
    pub store: Store,
    pub on_close: Callback<()>,
}

/// The entered values. They reach the store only when the user presses *Create mesh*.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    name: String,
    allow_external: bool,
    overrides: bool,
    preference: Option<IpPreference>,
    selects_namespaces: bool,
    selector: String,
    tags: Vec<(String, String)>,
}

impl Draft {
    /// Returns the input of `CreateMesh`, as the API takes it.
    fn input(&self) -> Value {
        let mut spec = Map::new();
        if self.allow_external {
            spec.insert("egressFilter".to_owned(), object(&[("type", &"ALLOW_ALL")]));
        }
        if let (true, Some(preference)) = (self.overrides, self.preference) {
            spec.insert("serviceDiscovery".to_owned(), object(&[("ipPreference", &preference.as_str())]));
        }
        let mut input = object(&[("meshName", &self.name), ("spec", &Value::Object(spec))]);
        if !self.tags.is_empty() {
            let tags = self.tags.iter().map(|(key, value)| object(&[("key", key), ("value", value)]));
            input["tags"] = tags.collect();
        }
        input
    }
}

/// The errors of a draft, by field.
#[derive(Clone, Default, PartialEq)]
struct Errors {
    name: Option<AttrValue>,
    preference: Option<AttrValue>,
    selector: Option<AttrValue>,
    tags: Option<AttrValue>,
    other: Option<AttrValue>,
}

/// A text field of the draft.
#[derive(Clone, Copy)]
pub enum Field {
    Name,
    Selector,
    TagKey(usize),
    TagValue(usize),
}

pub enum Msg {
    Text(Field, String),
    External(bool),
    Overrides(bool),
    Preference(Option<IpPreference>),
    SelectsNamespaces(bool),
    AddTag,
    RemoveTag(usize),
    Create,
}

/// The dialog *Create mesh*.
pub struct CreateMeshDialog {
    draft: Draft,
    errors: Errors,
}

impl Component for CreateMeshDialog {
    type Message = Msg;
    type Properties = CreateMeshProps;

    fn create(_: &Context<Self>) -> Self {
        Self { draft: Draft::default(), errors: Errors::default() }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let draft = &mut self.draft;
        match msg {
            Msg::Text(Field::Name, text) => draft.name = text,
            Msg::Text(Field::Selector, text) => draft.selector = text,
            Msg::Text(Field::TagKey(index), text) => {
                if let Some(tag) = draft.tags.get_mut(index) {
                    tag.0 = text;
                }
            }
            Msg::Text(Field::TagValue(index), text) => {
                if let Some(tag) = draft.tags.get_mut(index) {
                    tag.1 = text;
                }
            }
            Msg::External(allow) => draft.allow_external = allow,
            Msg::Overrides(overrides) => draft.overrides = overrides,
            Msg::Preference(preference) => draft.preference = preference,
            Msg::SelectsNamespaces(selects) => draft.selects_namespaces = selects,
            Msg::AddTag => draft.tags.push(Default::default()),
            Msg::RemoveTag(index) if index < draft.tags.len() => drop(draft.tags.remove(index)),
            Msg::RemoveTag(_) => {}
            Msg::Create => self.errors = self.create_mesh(ctx.props()),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Self { draft, errors } = self;
        let link = ctx.link();
        let typed = |field: Field| link.callback(move |text| Msg::Text(field, text));
        let name_hint = t("Up to 255 letters, digits, hyphens and underscores.");
        let name = text_input("mesh-name", &draft.name, errors.name.is_some(), true, typed(Field::Name));
        let egress =
            t("Off: proxies reach only the mesh and *.amazonaws.com (DROP_ALL). On: anything (ALLOW_ALL).");
        let mut parts = vec![
            field("mesh-name", t("Mesh name"), FieldNote::new(errors.name.as_ref(), name_hint), name),
            checkbox(t("Allow external traffic"), draft.allow_external, &link.callback(Msg::External)),
            text_in("p", "hint", egress),
            checkbox(
                t("Override default IP version behavior"),
                draft.overrides,
                &link.callback(Msg::Overrides),
            ),
        ];
        if draft.overrides {
            let hint = t("For everything in the mesh; a virtual node can set its own.");
            let select = preference_select(
                "mesh-preference",
                None,
                draft.preference,
                t("Choose a preference"),
                false,
                errors.preference.is_some(),
                &link.callback(Msg::Preference),
            );
            let note = FieldNote::new(errors.preference.as_ref(), hint);
            parts.push(field("mesh-preference", t("IP version preference"), note, select));
        }
        parts.push(checkbox(
            t("Select Kubernetes namespaces"),
            draft.selects_namespaces,
            &link.callback(Msg::SelectsNamespaces),
        ));
        if draft.selects_namespaces {
            let hint = t(
                "As kubectl takes it: mesh=colors, tier in (web, api), !legacy. Empty selects all namespaces.",
            );
            let note = FieldNote::new(errors.selector.as_ref(), hint);
            let has_error = errors.selector.is_some();
            let input =
                text_input("mesh-selector", &draft.selector, has_error, false, typed(Field::Selector));
            parts.push(field("mesh-selector", t("Namespace selector"), note, input));
        }
        parts.push(self.tag_rows(link));
        parts.extend(errors.other.as_ref().map(|error| alert(error)));
        let props = DialogProps {
            title: t("Create mesh").into(),
            class: "",
            children: *node_list(parts),
            close: t("Cancel"),
            submit: (t("Create mesh"), "primary"),
            is_idle: false,
            on_submit: link.callback(|()| Msg::Create),
            on_close: ctx.props().on_close.clone(),
        };
        html! { <Dialog ..props /> }
    }
}

impl CreateMeshDialog {
    /// Creates the mesh and closes the dialog, or returns the errors.
    fn create_mesh(&self, props: &CreateMeshProps) -> Errors {
        let draft = &self.draft;
        let mut found = Errors::default();
        let selector = draft.selects_namespaces.then(|| draft.selector.parse::<LabelSelector>()).transpose();
        if let Err(error) = &selector {
            found.selector = Some(error.to_string().into());
        }
        if draft.overrides && draft.preference.is_none() {
            found.preference = Some(t("Choose a preference, or do not override the default.").into());
        }
        if found != Errors::default() {
            if let Err(rule) = check_name(Kind::Mesh, &draft.name) {
                found.name = Some(rule_words(t("Mesh name"), &rule).into());
            }
            return found;
        }
        let command = Command::CreateMesh { input: draft.input(), selector: selector.unwrap_or_default() };
        match props.store.dispatch.run(command) {
            None => props.on_close.emit(()),
            // The service refuses a name that is already taken, so its message belongs to the name.
            Some(refusal) if refusal.problems().is_empty() => found.name = Some(refusal.words().into()),
            Some(refusal) => {
                for problem in refusal.problems() {
                    match problem.path.split(['.', '[']).next() {
                        Some("meshName") => {
                            found.name = Some(rule_words(t("Mesh name"), &problem.rule).into())
                        }
                        Some("tags") => {
                            found.tags = Some(tag_words(&problem.path, &problem.rule).into());
                        }
                        _ => found.other = Some(problem_words(problem).into()),
                    }
                }
            }
        }
        found
    }

    /// Renders the tags: a row for each, with key and value.
    fn tag_rows(&self, link: &Scope<Self>) -> Node {
        let (tags, error) = (&self.draft.tags, self.errors.tags.as_ref());
        let mut rows = vec![text_in("legend", "", t("Tags"))];
        for (index, (key, value)) in tags.iter().enumerate() {
            let number = index + 1;
            let input = |member: &'static str, name: String, value: &str, field: Field| {
                // The name of tag 1 must not match tag 11.
                let is_wrong = error
                    .and_then(|error| error.split_once(&*name))
                    .is_some_and(|(_, rest)| !rest.starts_with(|next: char| next.is_ascii_digit()));
                let oninput = typed(&link.callback(move |text| Msg::Text(field, text)));
                node(html! {
                    <input type="text" aria-label={name} aria-describedby="tags-note"
                        aria-invalid={is_wrong.then_some("true")} placeholder={member} value={value.to_owned()}
                        {oninput} />
                })
            };
            let remove = link.callback(move |_: MouseEvent| Msg::RemoveTag(index));
            let row = vec![
                input(t("Key"), key_of_tag(number), key, Field::TagKey(index)),
                input(t("Value"), value_of_tag(number), value, Field::TagValue(index)),
                button("quiet", "✕", &say("Remove tag {0}", &[&number.to_string()]), remove),
            ];
            rows.push(keyed(el("div", "tag", row), index.to_string()));
        }
        if let Some(error) = error {
            let attributes =
                const { &[fixed("id", "tags-note"), fixed("class", "error"), fixed("role", "alert")] };
            rows.push(el_fixed("p", attributes, vec![text(error)]));
        }
        let add = link.callback(|_: MouseEvent| Msg::AddTag);
        rows.push(button_with("", t("Add new tag"), &[], Vec::new(), tags.len() >= 50, add));
        el("fieldset", "tags", rows)
    }
}

fn key_of_tag(number: usize) -> String {
    say("Key of tag {0}", &[&number.to_string()])
}

fn value_of_tag(number: usize) -> String {
    say("Value of tag {0}", &[&number.to_string()])
}

/// Returns the message for a problem with a tag. The rows are counted from 1: `tags[0].key` is the key of tag 1.
fn tag_words(path: &str, rule: &Rule) -> String {
    let place = path.strip_prefix("tags[").and_then(|rest| rest.split_once(']'));
    let number = place.and_then(|(index, _)| index.parse::<usize>().ok());
    let member = place.map_or("", |(_, member)| member.trim_start_matches('.'));
    let label = match number {
        Some(index) if member == "value" => value_of_tag(index + 1),
        Some(index) => key_of_tag(index + 1),
        None => t("Tags:").to_owned(),
    };
    rule_words(&label, rule)
}
