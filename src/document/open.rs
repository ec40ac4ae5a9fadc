//! Opening a text that somebody pasted, dropped or chose.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    Counts, Disposition, Note, Report,
    cloudformation::{self, Parameter, Pseudo, Template, TemplateError},
    convert,
    guess::guess_environment,
    playground::{self, DocumentError},
    yaml::{self, SyntaxError},
};
use crate::{
    control_plane::{Env, Operation, Verb},
    model::{Kind, MeshId, ResourceId, TextMap, join},
    store::Echo,
    words::{say, t},
    world::World,
};

/// The longest text that is read, in bytes.
pub const MAX_DOCUMENT: usize = yaml::MAX_TEXT;

/// What a text turned out to be.
#[derive(Clone, Debug)]
pub enum Source {
    /// A CloudFormation template.
    Template(Template),
    /// App Mesh's own JSON: answers of `describe-…`, or inputs of `create-…`.
    AppMesh {
        /// The resources in it.
        found: Vec<Found>,
        /// What stands beside them.
        notes: Vec<Note>,
    },
    /// A whole playground, as this page writes it, and what had to be assumed for it.
    Playground(Box<World>, Vec<Note>),
}

/// One resource found in App Mesh's own JSON.
#[derive(Clone, Debug)]
pub struct Found {
    kind: Kind,
    members: Map<String, Value>,
    path: String,
}

/// Why a text cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// There is nothing in it.
    Empty,
    /// It is neither YAML nor JSON.
    Syntax(SyntaxError),
    /// The template is wrong.
    Template(TemplateError),
    /// The playground document is wrong.
    Document(DocumentError),
    /// It is none of the things that can be opened.
    Unknown {
        /// The keys at its top.
        keys: Vec<String>,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str(t("there is no text; paste a template or App Mesh JSON")),
            Self::Syntax(error) => error.fmt(f),
            Self::Template(error) => error.fmt(f),
            Self::Document(error) => error.fmt(f),
            Self::Unknown { keys } => {
                f.write_str(t(
                    "this is neither a CloudFormation template with AWS::AppMesh resources, nor App Mesh JSON (the \
                     output of a describe command, or the input of a create command), nor a playground document",
                ))?;
                match keys.is_empty() {
                    true => Ok(()),
                    false => f.write_str(&say("; its top has {0}", &[&keys.join(", ")])),
                }
            }
        }
    }
}

/// Tells what a text is.
///
/// # Errors
/// When it is nothing that can be opened; the text says where and what to do.
pub fn read(text: &str) -> Result<Source, OpenError> {
    if text.trim().is_empty() {
        return Err(OpenError::Empty);
    }
    let value = yaml::parse(text).map_err(OpenError::Syntax)?;
    if playground::is_document(&value) {
        return playground::restore_telling(&value)
            .map(|(world, notes)| Source::Playground(Box::new(world), notes))
            .map_err(OpenError::Document);
    }
    if cloudformation::is_template(&value) {
        return Template::read(&value).map(Source::Template).map_err(OpenError::Template);
    }
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    find(&value, "", &mut found, &mut notes);
    if found.is_empty() {
        let keys = value.as_object().into_iter().flat_map(Map::keys).take(5);
        return Err(OpenError::Unknown { keys: keys.map(|key| crate::model::excerpt(key)).collect() });
    }
    Ok(Source::AppMesh { found, notes })
}

/// Finds resources: wrapped under a payload key, bare, or in lists of either. What is none of these is noted.
fn find(value: &Value, path: &str, found: &mut Vec<Found>, notes: &mut Vec<Note>) {
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                find(item, &format!("{path}[{i}]"), found, notes);
            }
        }
        Value::Object(object) => {
            if let Some(kind) = kind_of(object) {
                found.push(Found { kind, members: object.clone(), path: path.to_owned() });
                return;
            }
            for (key, value) in object {
                let at = join(path, key);
                let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().member == key);
                match (kind, value) {
                    (Some(kind), Value::Object(members)) => {
                        found.push(Found { kind, members: members.clone(), path: at });
                    }
                    _ => not_a_resource(at, notes),
                }
            }
        }
        _ => not_a_resource(path.to_owned(), notes),
    }
}

fn not_a_resource(path: String, notes: &mut Vec<Note>) {
    let reason = t("not a resource of App Mesh").to_owned();
    notes.push(Note { path, disposition: Disposition::Ignored, reason });
}

/// The kind whose names a bare object has: the innermost one, so that a route is not taken for its router.
fn kind_of(object: &Map<String, Value>) -> Option<Kind> {
    let has = |kind: Kind| object.contains_key(kind.declaration().name_member);
    let innermost = [
        Kind::GatewayRoute,
        Kind::Route,
        Kind::VirtualNode,
        Kind::VirtualService,
        Kind::VirtualGateway,
        Kind::VirtualRouter,
        Kind::Mesh,
    ];
    innermost.into_iter().find(|kind| has(*kind))
}

/// What a document asks for, ready to be done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    items: Vec<Item>,
    notes: Vec<Note>,
    whole: Option<Box<World>>,
    label: &'static str,
}

/// One resource that a document asks for.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    kind: Kind,
    input: Value,
    path: String,
}

impl Source {
    /// The parameters that somebody must, or may, give a value for.
    pub fn parameters(&self) -> &[Parameter] {
        match self {
            Self::Template(template) => &template.parameters,
            Self::AppMesh { .. } | Self::Playground(..) => &[],
        }
    }

    /// What it is, in words, with its article.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Template(_) => t("a CloudFormation template"),
            Self::AppMesh { .. } => t("App Mesh JSON"),
            Self::Playground(..) => t("a playground document"),
        }
    }

    /// What it asks for, with these values for its parameters, in the account and region of `world`.
    ///
    /// # Errors
    /// When the template refers to what is not there, or a parameter has no or a wrong value.
    pub fn plan(&self, given: &TextMap, world: &World) -> Result<Plan, OpenError> {
        let mut plan = Plan { label: self.words(), ..Plan::default() };
        match self {
            Self::Playground(whole, notes) => {
                plan.whole = Some(whole.clone());
                plan.notes.clone_from(notes);
            }
            Self::AppMesh { found, notes } => {
                plan.notes.clone_from(notes);
                for Found { kind, members, path } in found {
                    let input = convert::input(*kind, members, path, &mut plan.notes);
                    plan.items.push(Item { kind: *kind, input, path: path.clone() });
                }
            }
            Self::Template(template) => {
                let pseudo = Pseudo {
                    account_id: world.account.to_string(),
                    region: world.region.to_string(),
                    partition: "aws".to_owned(),
                    stack_name: "playground".to_owned(),
                };
                let resolved = template.resolve(given, &pseudo).map_err(OpenError::Template)?;
                plan.notes = resolved.notes;
                for resource in resolved.resources {
                    let kind = resource.kind;
                    let Some(properties) = resource.properties.as_object() else { continue };
                    let path = format!("Resources.{}.Properties", resource.logical_id);
                    let input = convert::input(kind, properties, &path, &mut plan.notes);
                    plan.items.push(Item { kind, input, path });
                }
            }
        }
        // A kind never refers to a later one, so this order finds what it needs even where a template's own
        // order does not say.
        let mut items = Vec::new();
        for kind in Kind::ALL {
            items.extend(plan.items.iter().filter(|item| item.kind == kind).cloned());
        }
        plan.items = items;
        Ok(plan)
    }
}

/// What opening a document came to.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The world with the document in it.
    pub world: World,
    /// The mesh to show.
    pub mesh: Option<MeshId>,
    /// What was done, in words.
    pub label: String,
    /// The lines that do the same.
    pub echoes: Vec<Echo>,
    /// What became of every key.
    pub report: Report,
}

/// Does what a document asks for, as far as the service takes it: each resource is created, or updated where one of
/// its name exists. What is refused is told in the report and changes nothing else.
pub fn apply(world: &World, plan: &Plan, env: &Env) -> Opened {
    let mut report = Report { counts: Counts::default(), notes: plan.notes.clone() };
    let mut echoes = Vec::new();
    if let Some(whole) = &plan.whole {
        report.counts.created = whole.control_plane.meshes().map(|(_, mesh)| mesh.resources().count()).sum();
        let line = "# open a playground document".to_owned();
        echoes.push(Echo { line, answer: None });
        let mesh = whole.control_plane.visible_to(&whole.account).next().map(|(id, _)| id.clone());
        let label = t("Open a playground document").to_owned();
        return Opened { world: World::clone(whole), mesh, label, echoes, report };
    }
    let mut world = world.clone();
    // What a document holds was there once, under whatever quotas its account had.
    let enforces_quotas = std::mem::take(&mut world.control_plane.enforces_quotas);
    let mut mesh = None;
    for (index, item) in (0u64..).zip(&plan.items) {
        let env = env.nth(index);
        match apply_item(&mut world, item, &env, &mut echoes) {
            Ok((id, outcome)) => {
                mesh.get_or_insert_with(|| id.mesh.clone());
                if !matches!(outcome, ItemOutcome::Created) {
                    let tags = join(&item.path, "tags").to_ascii_lowercase();
                    for note in &mut report.notes {
                        if note.path.to_ascii_lowercase().starts_with(&tags) {
                            note.disposition = Disposition::Ignored;
                            note.reason = t("the resource exists, and an update takes no tags").to_owned();
                        }
                    }
                }
                match outcome {
                    ItemOutcome::Created => report.counts.created += 1,
                    ItemOutcome::Updated => report.counts.updated += 1,
                    ItemOutcome::Unchanged => report.counts.unchanged += 1,
                }
                guess_environment(&mut world, &id, &item.path, &mut report.notes);
            }
            Err(reasons) => {
                report.counts.refused += 1;
                for (path, reason) in reasons {
                    let path = as_written(&path, &report.notes);
                    report.notes.push(Note { path, disposition: Disposition::Refused, reason });
                }
            }
        }
    }
    world.control_plane.enforces_quotas = enforces_quotas;
    let mesh_name = mesh.as_ref().map_or(t("nothing").into(), |mesh: &MeshId| mesh.name.clone());
    Opened { world, mesh, label: say("Open {0}: {1}", &[plan.label, &mesh_name]), echoes, report }
}

/// A path of the API as the document spells it: `Properties.Spec.Listeners[0]` for `Properties.spec.listeners[0]`.
/// What the document does not have keeps the API's spelling behind the longest part that it has.
fn as_written(path: &str, notes: &[Note]) -> String {
    let common = |note: &&Note| {
        let same = note.path.bytes().zip(path.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        // Only whole names count: up to the end, or to where the next one begins.
        let ends = |text: &str| matches!(text.as_bytes().get(same), None | Some(b'.' | b'['));
        let is_whole = ends(path) && ends(&note.path);
        let whole =
            if is_whole { Some(same) } else { path.get(..same).and_then(|part| part.rfind(['.', '['])) };
        whole.unwrap_or(0)
    };
    let best = notes.iter().max_by_key(common);
    match best.and_then(|note| Some((note.path.get(..common(&note))?, path.get(common(&note)..)?))) {
        Some((written, rest)) => format!("{written}{rest}"),
        None => path.to_owned(),
    }
}

enum ItemOutcome {
    Created,
    Updated,
    Unchanged,
}

/// Creates or updates one resource; on refusal, each reason with its path.
fn apply_item(
    world: &mut World,
    item: &Item,
    env: &Env,
    echoes: &mut Vec<Echo>,
) -> Result<(ResourceId, ItemOutcome), Vec<(String, String)>> {
    let operation =
        Operation::parse(Verb::Create, item.kind, &item.input, &world.account).map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| (join(&item.path, &problem.path), problem.rule.to_string()))
                .collect::<Vec<_>>()
        })?;
    let id = operation.id().clone();
    let existing = world.control_plane.get(&id).cloned();
    let (operation, outcome) = match (existing, operation) {
        (Some(existing), Operation::Create { spec, .. }) if existing.spec == spec => {
            return Ok((id, ItemOutcome::Unchanged));
        }
        (Some(_), Operation::Create { id, spec, .. }) => {
            (Operation::Update { id, spec }, ItemOutcome::Updated)
        }
        (_, operation) => (operation, ItemOutcome::Created),
    };
    match crate::store::perform(world, &operation, env) {
        Ok((_, echo)) => {
            echoes.push(echo);
            Ok((id, outcome))
        }
        Err(error) => Err(vec![(item.path.clone(), format!("{}: {error}", error.code()))]),
    }
}
