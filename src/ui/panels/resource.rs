//! The dialog that creates or changes a resource of any kind: a form built from its declaration, or its JSON.

use mesh_text::words::{say, t};
use mesh_text::yaml;
use serde_json::Value;
use web_sys::HtmlTextAreaElement;
use yew::{html::Scope, prelude::*};

use crate::{
    control_plane::{Operation, Verb, input_for, names},
    model::{Declared, Kind, MeshId, Problem, ResourceId, Shape, TagList, unknown_members},
    store::{Command, Panel},
    ui::{
        components::{
            Dialog, DialogProps, FieldNote, FormView, Node, Select, alert, bool_attribute, button_with,
            choices, el, el_with, empty_node, error_words, field, keyed, node, node_list, select, text,
            text_input,
        },
        effects,
        hooks::{ResourceDialogTarget, Store},
    },
    view_model::{Change, Control, FormField, change, form, initial_spec, label, problem_words, sentence},
};

#[derive(Properties, PartialEq)]
pub struct ResourceProps {
    pub store: Store,
    pub target: ResourceDialogTarget,
    pub on_close: Callback<()>,
}

/// The dialog *Create …* or *Edit …*.
pub struct ResourceDialog {
    kind: Kind,
    /// The current input of the operation, whether or not the service would accept it.
    draft: Value,
    /// The text of the JSON view while that is shown, and its parse error.
    json: Option<(String, Option<String>)>,
    /// Whether the user has tried to submit: from then on, every change is checked.
    was_tried: bool,
    problems: Vec<Problem>,
    /// The message with which the service refused.
    refusal: Option<AttrValue>,
}

pub enum Msg {
    Kind(Kind),
    /// The name of the resource or of its parent.
    Name(&'static str, String),
    Change(String, Change),
    /// Whether to show JSON instead of the form.
    ShowJson(bool),
    Json(String),
    Submit,
}

impl Component for ResourceDialog {
    type Message = Msg;
    type Properties = ResourceProps;

    fn create(ctx: &Context<Self>) -> Self {
        let props = ctx.props();
        let (kind, draft) = match &props.target {
            ResourceDialogTarget::Create(kind, mesh) => (*kind, new_draft(&props.store, *kind, mesh)),
            ResourceDialogTarget::Edit(id) => {
                let mut draft = names_of(&props.store, id);
                let resource = props.store.state.world.control_plane.get(id);
                draft["spec"] = resource.map(|resource| resource.spec.json().clone()).unwrap_or_default();
                (id.key.kind, draft)
            }
        };
        Self::of(kind, draft)
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        match msg {
            Msg::Kind(kind) => {
                if let ResourceDialogTarget::Create(_, mesh) = &props.target {
                    let draft = new_draft(&props.store, kind, mesh);
                    *self = Self::of(kind, draft);
                }
            }
            Msg::Name(member, name) => self.draft[member] = name.into(),
            Msg::Change(path, made) => self.change(&path, made),
            Msg::ShowJson(true) => self.json = Some((mesh_text::json::pretty(&self.draft), None)),
            Msg::ShowJson(false) => self.leave_json(),
            Msg::Json(text) => self.read(text),
            Msg::Submit => {
                self.was_tried = true;
                self.submit(props);
                effects::focus_wrong();
                return true;
            }
        }
        self.check(props);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ResourceProps { store, target, on_close } = ctx.props();
        let link = ctx.link();
        let words = t(self.kind.declaration().words);
        let (verb, title) = match target {
            ResourceDialogTarget::Create(..) => (t("Create"), say("Create {0}", &[words])),
            ResourceDialogTarget::Edit(id) => {
                (t("Save changes"), say("Edit {0}", &[&id.key.translated_plain()]))
            }
        };
        let is_json = self.json.is_some();
        let tab = |words: &str, is_shown: bool, show_json: bool| {
            let onclick = link.callback(move |_: MouseEvent| Msg::ShowJson(show_json));
            button_with("", words, &["aria-pressed"], vec![bool_attribute(is_shown)], false, onclick)
        };
        let tabs = vec![tab(t("Form"), !is_json, false), tab("JSON", is_json, true)];
        let values = vec!["tabs".into(), "group".into(), t("View of the resource").into()];
        let mut parts = vec![el_with("div", &["class", "role", "aria-label"], values, tabs)];
        match &self.json {
            Some((written, error)) => parts.push(self.json_view(link, written, error.as_deref())),
            None => parts.push(self.form_view(store, target, link)),
        }
        parts.push(self.refusal.as_ref().map_or_else(empty_node, |refusal| alert(refusal)));
        let props = DialogProps {
            title: title.into(),
            class: "wide",
            children: *node_list(parts),
            close: t("Cancel"),
            submit: (verb, "primary"),
            is_idle: false,
            on_submit: link.callback(|()| Msg::Submit),
            on_close: on_close.clone(),
        };
        html! { <Dialog ..props /> }
    }
}

impl ResourceDialog {
    fn of(kind: Kind, draft: Value) -> Self {
        Self { kind, draft, json: None, was_tried: false, problems: Vec::new(), refusal: None }
    }

    fn verb(target: &ResourceDialogTarget) -> Verb {
        match target {
            ResourceDialogTarget::Create(..) => Verb::Create,
            ResourceDialogTarget::Edit(_) => Verb::Update,
        }
    }

    fn change(&mut self, path: &str, made: Change) {
        let (member, rest) = path.split_at(path.find(['.', '[', '?']).unwrap_or(path.len()));
        let removes = matches!(made, Change::Remove(_));
        change(shape_of(self.kind, member), &mut self.draft[member], rest.trim_start_matches('.'), made);
        if removes {
            // The button that was pressed no longer exists.
            effects::focus_soon(&format!("{path}-add"));
        }
    }

    /// Parses the text of the JSON view; invalid text leaves the draft unchanged.
    fn read(&mut self, text: String) {
        let error = match yaml::parse(&text) {
            Ok(draft) if draft.is_object() => {
                self.draft = draft;
                None
            }
            Ok(_) => Some(t("The input must be an object: names and a spec.").to_owned()),
            Err(error) => Some(error.to_string()),
        };
        self.json = Some((text, error));
    }

    /// Returns to the form, unless that would lose the text.
    fn leave_json(&mut self) {
        if self.json.as_ref().is_some_and(|(_, error)| error.is_none()) {
            self.json = None;
        }
    }

    /// Checks the draft, if the user has tried to submit it.
    fn check(&mut self, props: &ResourceProps) {
        if self.was_tried {
            let account = &props.store.state.world.account;
            let found = Operation::parse(Self::verb(&props.target), self.kind, &self.draft, account);
            self.problems = found.err().unwrap_or_default();
            self.refusal = None;
        }
    }

    fn submit(&mut self, props: &ResourceProps) {
        self.problems = Vec::new();
        self.refusal = None;
        if self.json.as_ref().is_some_and(|(_, error)| error.is_some()) {
            return;
        }
        let (verb, kind, input) = (Self::verb(&props.target), self.kind, self.draft.clone());
        let account = &props.store.state.world.account;
        let key = Operation::parse(verb, kind, &input, account).map(|operation| operation.id().key.clone());
        match props.store.dispatch.run(Command::Call { verb, kind, input }) {
            None => {
                props.store.dispatch.run(Command::Select(key.ok()));
                props.store.dispatch.run(Command::ShowPanel(match props.store.state.view.panel {
                    Panel::Resources => Panel::Inspector,
                    panel => panel,
                }));
                props.on_close.emit(());
            }
            Some(refusal) if refusal.problems().is_empty() => self.refusal = Some(refusal.words().into()),
            Some(refusal) => self.problems = refusal.problems().to_vec(),
        }
    }

    fn form_view(&self, store: &Store, target: &ResourceDialogTarget, link: &Scope<Self>) -> Node {
        let mesh = store.mesh();
        let mesh = mesh.as_ref().map(|(_, mesh)| &**mesh);
        let mut items = form(shape_of(self.kind, "spec"), &self.draft["spec"], "spec", mesh);
        let is_new = matches!(target, ResourceDialogTarget::Create(..));
        if is_new {
            let tags = form(TagList::SHAPE, &self.draft["tags"], "tags", None);
            let control = Control::List { is_full: tags.len() >= 50, items: tags };
            items.push(FormField {
                path: "tags".to_owned(),
                label: t("Tags").to_owned(),
                hint: String::new(),
                control,
            });
        }
        let on_change = link.callback(|(path, made)| Msg::Change(path, made));
        let view = FormView { problems: &self.problems, on_change: &on_change };
        // All parts have keys, so that each preserves its element, and with it the focus, when another part is added or
        // removed.
        let mut parts = Vec::new();
        let mut shown: Vec<&str> = items.iter().flat_map(FormField::paths).collect();
        if is_new {
            parts.push(keyed(self.kind_select(link), "kind".to_owned()));
            let declaration = self.kind.declaration();
            let parent = declaration.parent.map(|kind| kind.declaration().name_member);
            for member in parent.into_iter().chain([declaration.name_member]) {
                parts.push(keyed(self.name_field(store, member, link), member.to_owned()));
                shown.push(member);
            }
        }
        let elsewhere = self.problems.iter().filter(|problem| !shown.contains(&&*problem.path));
        let elsewhere = elsewhere.map(|problem| alert(&problem_words(problem))).collect();
        parts.push(keyed(el("div", "", elsewhere), "elsewhere".to_owned()));
        parts.extend(view.items(&items));
        el("div", "form", parts)
    }

    /// Renders the list of kinds to create; meshes have a separate dialog.
    fn kind_select(&self, link: &Scope<Self>) -> Node {
        let kinds = || Kind::ALL.into_iter().filter(|kind| *kind != Kind::Mesh);
        let words = kinds().map(|kind| sentence(t(kind.declaration().words))).collect();
        let chosen = kinds().position(|kind| kind == self.kind).unwrap_or_default();
        let told = link.batch_callback(move |at| kinds().nth(at).map(Msg::Kind));
        let select = choices("resource-kind", words, chosen, told);
        field("resource-kind", t("Kind"), FieldNote::None, select)
    }

    /// Renders the field for the name of the resource, or the list of the parents that exist.
    fn name_field(&self, store: &Store, member: &'static str, link: &Scope<Self>) -> Node {
        let value = self.draft[member].as_str().unwrap_or_default();
        let problem = self.problems.iter().find(|problem| problem.path == member);
        let words = label(member);
        let error = problem.map(|problem| error_words(&words, &problem.rule));
        let is_own = member == self.kind.declaration().name_member;
        let control = match (is_own, store.mesh(), self.kind.declaration().parent) {
            (false, Some((_, mesh)), Some(parent)) => {
                let names: Vec<_> =
                    mesh.of_kind(parent).map(|resource| resource.id.key.name.clone()).collect();
                let chosen = names.iter().position(|name| &**name == value).unwrap_or_default();
                let entries = names.iter().map(|name| name.to_string().into()).collect();
                let on_index = link.batch_callback(move |index: usize| {
                    Some(Msg::Name(member, names.get(index)?.to_string()))
                });
                let what = Select { id: member, has_note: true, ..Select::default() };
                select(what, entries, chosen, on_index)
            }
            _ => {
                let on_text = link.callback(move |text| Msg::Name(member, text));
                text_input(member, value, error.is_some(), true, on_text)
            }
        };
        let hint = match (is_own, self.kind) {
            (false, _) if value.is_empty() => t("There is none yet: create one first."),
            (true, Kind::VirtualService) => t("The host name that callers use, for example colors.local."),
            _ => "",
        };
        field(member, &words, FieldNote::new(error.as_ref(), hint), control)
    }

    /// Renders the input of the operation as text, as `--cli-input-json` takes it.
    fn json_view(&self, link: &Scope<Self>, written: &str, error: Option<&str>) -> Node {
        let oninput = link.batch_callback(|event: InputEvent| {
            Some(Msg::Json(event.target_dyn_into::<HtmlTextAreaElement>()?.value()))
        });
        let area = node(html! {
            <textarea id="resource-json" rows="18" spellcheck="false" aria-describedby="resource-json-note"
                aria-invalid={error.is_some().then_some("true")} value={written.to_owned()} {oninput} />
        });
        let error = error.map(|error| AttrValue::from(error.to_owned()));
        let hint = t("What --cli-input-json takes. JSON or YAML; what is written here is in the form, too.");
        let mut parts = vec![field("resource-json", t("Input"), FieldNote::new(error.as_ref(), hint), area)];
        parts.extend(self.problems.iter().map(|problem| alert(&problem_words(problem))));
        let unknown = unknown_members(shape_of(self.kind, "spec"), &self.draft["spec"], "spec");
        if !unknown.is_empty() {
            let words = say("The service does not know, and ignores: {0}", &[&unknown.join(", ")]);
            parts.push(el("p", "note", vec![text(&words)]));
        }
        el("div", "form", parts)
    }
}

/// Returns the shape of a member of the draft.
fn shape_of(kind: Kind, member: &str) -> &'static Shape {
    if member == "tags" { TagList::SHAPE } else { kind.declaration().spec }
}

/// Returns the names of a resource, without the owner if that is the acting account.
fn names_of(store: &Store, id: &ResourceId) -> Value {
    let is_own = id.mesh.owner == store.state.world.account;
    Value::Object(if is_own { names(id) } else { input_for(id) })
}

fn new_draft(store: &Store, kind: Kind, mesh: &MeshId) -> Value {
    let mut draft = names_of(store, &ResourceId::of_mesh(mesh.clone()));
    let declaration = kind.declaration();
    if let Some(parent) = declaration.parent {
        let found = store.mesh().and_then(|(_, mesh)| {
            // If a parent is selected, the new resource most likely belongs to it.
            let selected = store.state.view.selected.clone().filter(|key| key.kind == parent);
            let first = mesh.of_kind(parent).next().map(|resource| resource.id.key.clone());
            selected.or(first).map(|key| key.name)
        });
        draft[parent.declaration().name_member] = found.as_deref().unwrap_or_default().into();
    }
    draft[declaration.name_member] = "".into();
    draft["spec"] = initial_spec(kind);
    draft
}
