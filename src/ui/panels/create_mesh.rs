//! The dialog *Create mesh*, in the words of the service's console.

use serde_json::{Map, Value};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    control_plane::check_name,
    environment::LabelSelector,
    model::{IpPreference, Kind, object},
    store::Command,
    ui::{
        components::{Dialog, Note, checkbox, field, preference_select, text_input},
        hooks::Store,
    },
};

#[derive(Properties, PartialEq)]
pub struct CreateMeshProps {
    pub store: Store,
    pub on_close: Callback<()>,
}

/// What is typed so far; nothing of it is in the store until *Create mesh*.
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
    /// The members of `CreateMesh`, as the API takes them.
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

/// What is wrong with a draft, by field.
#[derive(Clone, Default, PartialEq)]
struct Errors {
    name: Option<AttrValue>,
    preference: Option<AttrValue>,
    selector: Option<AttrValue>,
    tags: Option<AttrValue>,
    other: Option<AttrValue>,
}

#[component]
pub fn CreateMeshDialog(props: &CreateMeshProps) -> Html {
    let store = &props.store;
    let draft = use_state(Draft::default);
    let errors = use_state(Errors::default);
    let onsubmit = {
        let (draft, errors, dispatch) = (draft.clone(), errors.clone(), store.dispatch.clone());
        let on_close = props.on_close.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let mut found = Errors::default();
            let selector = match draft.selects_namespaces.then(|| draft.selector.parse::<LabelSelector>()) {
                Some(Err(error)) => {
                    found.selector = Some(error.to_string().into());
                    None
                }
                Some(Ok(selector)) => Some(selector),
                None => None,
            };
            if draft.overrides && draft.preference.is_none() {
                found.preference = Some("Choose a preference, or do not override the default.".into());
            }
            if found != Errors::default()
                && let Err(rule) = check_name(Kind::Mesh, &draft.name)
            {
                found.name = Some(format!("Mesh name {rule}").into());
            }
            if found == Errors::default() {
                let command = Command::CreateMesh { input: draft.input(), selector };
                match dispatch.run(command) {
                    None => return on_close.emit(()),
                    Some(refusal) if refusal.problems().is_empty() => {
                        // The service refuses a name that is taken, so its text belongs to the name.
                        found.name = Some(refusal.to_string().into());
                    }
                    Some(refusal) => {
                        for problem in refusal.problems() {
                            let text: AttrValue = problem.to_string().into();
                            match problem.path.split(['.', '[']).next() {
                                Some("meshName") => {
                                    found.name = Some(format!("Mesh name {}", problem.rule).into());
                                }
                                Some("tags") => {
                                    found.tags =
                                        Some(tag_words(&problem.path, &problem.rule.to_string()).into());
                                }
                                _ => found.other = Some(text),
                            }
                        }
                    }
                }
            }
            errors.set(found);
        })
    };
    let edit = |change: fn(&mut Draft, HtmlInputElement)| {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut next = (*draft).clone();
                change(&mut next, input);
                draft.set(next);
            }
        })
    };
    let typed =
        |change: fn(&mut Draft, HtmlInputElement)| edit(change).reform(|event: InputEvent| event.into());
    let on_preference = {
        let draft = draft.clone();
        Callback::from(move |preference| draft.set(Draft { preference, ..(*draft).clone() }))
    };
    let on_tags = {
        let draft = draft.clone();
        Callback::from(move |tags| draft.set(Draft { tags, ..(*draft).clone() }))
    };
    let cancel = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <Dialog title="Create mesh" on_close={props.on_close.clone()}>
            <form {onsubmit} novalidate={true}>
                { field(
                    "mesh-name", "Mesh name",
                    Note::new(errors.name.as_ref(), "Up to 255 letters, digits, hyphens and underscores."),
                    text_input("mesh-name", &draft.name, errors.name.is_some(), true, typed(|draft, input| draft.name = input.value())),
                ) }
                { checkbox("Allow external traffic", draft.allow_external,
                    edit(|draft, input| draft.allow_external = input.checked())) }
                <p class="hint">
                    { "Off: proxies reach only the mesh and *.amazonaws.com (DROP_ALL). On: anything (ALLOW_ALL)." }
                </p>
                { checkbox("Override default IP version behavior", draft.overrides,
                    edit(|draft, input| draft.overrides = input.checked())) }
                if draft.overrides {
                    { field(
                        "mesh-preference", "IP version preference",
                        Note::new(errors.preference.as_ref(), "For everything in the mesh; a virtual node can set its own."),
                        preference_select("mesh-preference", None, draft.preference, "Choose a preference", false, errors.preference.is_some(), &on_preference),
                    ) }
                }
                { checkbox("Select Kubernetes namespaces", draft.selects_namespaces,
                    edit(|draft, input| draft.selects_namespaces = input.checked())) }
                if draft.selects_namespaces {
                    { field(
                        "mesh-selector", "Namespace selector",
                        Note::new(errors.selector.as_ref(), "As kubectl takes it: mesh=colors, tier in (web, api), !legacy. Empty selects all namespaces."),
                        text_input("mesh-selector", &draft.selector, errors.selector.is_some(), false, typed(|draft, input| draft.selector = input.value())),
                    ) }
                }
                { tag_rows(&draft.tags, errors.tags.as_ref(), &on_tags) }
                if let Some(error) = &errors.other { <p class="error" role="alert">{ error }</p> }
                <footer class="actions">
                    <button type="button" onclick={cancel}>{ "Cancel" }</button>
                    <button type="submit" class="primary">{ "Create mesh" }</button>
                </footer>
            </form>
        </Dialog>
    }
}

/// A problem with a tag, as the rows are counted: `tags[0].key` is the key of tag 1.
fn tag_words(path: &str, rule: &str) -> String {
    let place = path.strip_prefix("tags[").and_then(|rest| rest.split_once(']'));
    let number = place.and_then(|(index, _)| index.parse::<usize>().ok());
    let member = place.map_or("", |(_, member)| member.trim_start_matches('.'));
    match number {
        Some(index) if member == "value" => format!("Value of tag {} {rule}", index + 1),
        Some(index) => format!("Key of tag {} {rule}", index + 1),
        None => format!("Tags: {rule}"),
    }
}

/// Tags: a row for each, with key and value.
fn tag_rows(
    tags: &[(String, String)],
    error: Option<&AttrValue>,
    on_change: &Callback<Vec<(String, String)>>,
) -> Html {
    let wrong = |member: &str, number: usize| {
        let place = format!("{member} of tag {number} ");
        error.is_some_and(|error| error.starts_with(&place)).then_some("true")
    };
    let change = |change: fn(&mut Vec<(String, String)>, usize, String), index: usize| {
        let (tags, on_change) = (tags.to_vec(), on_change.clone());
        Callback::from(move |text: String| {
            let mut tags = tags.clone();
            change(&mut tags, index, text);
            on_change.emit(tags);
        })
    };
    let typed = |callback: Callback<String>| {
        callback.reform(|event: InputEvent| {
            event.target_dyn_into::<HtmlInputElement>().map_or_else(String::new, |input| input.value())
        })
    };
    let add = change(|tags, _, _| tags.push(Default::default()), 0).reform(|_: MouseEvent| String::new());
    html! {
        <fieldset class="tags">
            <legend>{ "Tags" }</legend>
            { for tags.iter().enumerate().map(|(index, (key, value))| {
                let number = index + 1;
                let remove = change(|tags, index, _| drop(tags.remove(index)), index).reform(|_: MouseEvent| String::new());
                html! {
                    <div class="tag" key={index}>
                        <input type="text" aria-label={format!("Key of tag {number}")} aria-describedby="tags-note"
                            aria-invalid={wrong("Key", number)} placeholder="Key" value={key.clone()}
                            oninput={typed(change(|tags, index, text| tags[index].0 = text, index))} />
                        <input type="text" aria-label={format!("Value of tag {number}")} aria-describedby="tags-note"
                            aria-invalid={wrong("Value", number)} placeholder="Value" value={value.clone()}
                            oninput={typed(change(|tags, index, text| tags[index].1 = text, index))} />
                        <button type="button" class="quiet" onclick={remove} aria-label={format!("Remove tag {number}")}>
                            { "✕" }
                        </button>
                    </div>
                }
            }) }
            if let Some(error) = error { <p id="tags-note" class="error" role="alert">{ error }</p> }
            <button type="button" onclick={add} disabled={tags.len() >= 50}>{ "Add new tag" }</button>
        </fieldset>
    }
}
