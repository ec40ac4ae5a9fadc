//! Opening a text that somebody pasted, dropped or chose.

use std::{fmt, net::Ipv4Addr, rc::Rc};

use serde_json::{Map, Value};

use super::{
    Counts, Disposition, Note, Report,
    cloudformation::{self, Parameter, Pseudo, Template, TemplateError},
    convert,
    playground::{self, DocumentError},
    stack::{self, StackPlan},
    yaml::{self, SyntaxError},
};
use crate::{
    control_plane::{Env, Operation, Verb},
    environment::{DnsRecords, Environment, Families, Instance, Task},
    model::{Kind, MeshId, ResourceId, SpecView, TextMap, join},
    scenario,
    store::Echo,
    traffic::{self, DiscoveryMethod},
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
    /// A whole playground, as this page writes it.
    Playground(Box<World>),
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
        return playground::restore(&value)
            .map(Box::new)
            .map(Source::Playground)
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
    pub(super) items: Vec<Item>,
    notes: Vec<Note>,
    whole: Option<Box<World>>,
    label: &'static str,
    /// What a template has beside its resources.
    pub(super) stack: Option<Box<StackPlan>>,
}

/// One resource that a document asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) input: Value,
    pub(super) path: String,
}

impl Source {
    /// The parameters that somebody must, or may, give a value for.
    pub fn parameters(&self) -> &[Parameter] {
        match self {
            Self::Template(template) => &template.parameters,
            Self::AppMesh { .. } | Self::Playground(_) => &[],
        }
    }

    /// What it is, in words, with its article.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Template(_) => t("a CloudFormation template"),
            Self::AppMesh { .. } => t("App Mesh JSON"),
            Self::Playground(_) => t("a playground document"),
        }
    }

    /// What it asks for, with these values for its parameters, in the account and region of `world`.
    ///
    /// # Errors
    /// When the template refers to what is not there, or a parameter has no or a wrong value.
    pub fn plan(&self, given: &TextMap, world: &World) -> Result<Plan, OpenError> {
        self.plan_as(None, given, world)
    }

    /// The same as a stack of this name.
    ///
    /// # Errors
    /// As [`Source::plan`].
    pub(crate) fn plan_as(
        &self,
        stack: Option<&str>,
        given: &TextMap,
        world: &World,
    ) -> Result<Plan, OpenError> {
        let mut plan = Plan { label: self.words(), ..Plan::default() };
        match self {
            Self::Playground(whole) => plan.whole = Some(whole.clone()),
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
                    stack_name: stack.unwrap_or(stack::OPENED).to_owned(),
                };
                let resolved = template.resolve_with(given, &pseudo, &stack::exports(world));
                let resolved = resolved.map_err(OpenError::Template)?;
                plan.stack = Some(Box::new(StackPlan::new(stack, template, &resolved)));
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

impl Plan {
    /// A sum of all that its stack asks for; empty for what is no template.
    pub(crate) fn stack_sum(&self) -> String {
        self.stack.as_ref().map_or_else(String::new, |stack| stack.sum(&self.items))
    }

    /// What keeps it from being deployed as the stack of this name, in words of the service.
    pub(crate) fn obstacle(&self, world: &World, name: &str) -> Option<String> {
        self.stack.as_ref()?.obstacle(&self.items, world, name)
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
    if let Some(stack) = &plan.stack {
        stack.add_records(&mut world.environment);
    }
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
                guess_environment(&mut world, &id, item, &mut report.notes);
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
    if let Some(stack) = &plan.stack {
        stack.record(&mut world, &plan.items, &env.nth(u64::try_from(plan.items.len()).unwrap_or_default()));
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

/// A template says how a node is found, not what is registered there. Where nothing is known, the walkthrough's
/// own tasks are put there if the name is one of theirs; else one task with IPv4 is assumed, and said.
fn guess_environment(world: &mut World, id: &ResourceId, item: &Item, notes: &mut Vec<Note>) {
    let Some(resource) = world.control_plane.get(id).cloned() else { return };
    let SpecView::VirtualNode(spec) = resource.spec.view() else { return };
    let published = scenario::environment();
    let environment = Rc::make_mut(&mut world.environment);
    let reason = match traffic::discovery_method(spec) {
        Some(DiscoveryMethod::Dns(hostname)) if !environment.dns.contains_key(&hostname) => {
            if published.dns.contains_key(&hostname) {
                adopt(environment, &published)
            } else {
                let (name, ipv4) = add_task(environment, &id.key.name);
                let text = say(
                    "an A record for {0} and a task {1} whose application listens on IPv4",
                    &[&hostname, &name],
                );
                environment.dns.insert(hostname, Rc::new(DnsRecords { a: vec![ipv4], aaaa: Vec::new() }));
                text
            }
        }
        Some(DiscoveryMethod::CloudMap(service)) if !environment.cloud_map.contains_key(&service) => {
            if published.cloud_map.contains_key(&service) {
                adopt(environment, &published)
            } else {
                let (name, ipv4) = add_task(environment, &id.key.name);
                let discovery = spec.service_discovery().and_then(|discovery| discovery.aws_cloud_map());
                let wanted = discovery.and_then(|discovery| discovery.attributes()).unwrap_or_default();
                let mut attributes = TextMap::new();
                for wanted in wanted.iter() {
                    attributes.insert(wanted.key().to_owned(), wanted.value().to_owned());
                }
                let instance =
                    Instance { id: format!("{name}-1").into(), ipv4: Some(ipv4), ipv6: None, attributes };
                let text = say(
                    "an IPv4 instance of {0} and a task {1} with an IPv4 application",
                    &[&service.service, &name],
                );
                environment.cloud_map.insert(service, Rc::new(vec![instance]));
                text
            }
        }
        _ => return,
    };
    notes.push(Note {
        path: item.path.clone(),
        disposition: Disposition::Guessed,
        reason: say("the document does not say what is registered: assumed {0}", &[&reason]),
    });
}

fn adopt(environment: &mut Environment, published: &Environment) -> String {
    let add = |environment: &mut Environment| {
        for (name, task) in published.tasks.iter() {
            environment.tasks.try_insert(name.clone(), task.clone());
        }
        for (host, records) in published.dns.iter() {
            environment.dns.try_insert(host.clone(), records.clone());
        }
        for (service, instances) in published.cloud_map.iter() {
            environment.cloud_map.try_insert(service.clone(), instances.clone());
        }
    };
    add(environment);
    t("the six tasks of the published IPv6 walkthrough").to_owned()
}

/// A new task with free addresses, named for the node.
fn add_task(environment: &mut Environment, node: &str) -> (Rc<str>, Ipv4Addr) {
    let mut name: Rc<str> = node.into();
    let mut number = 1;
    while environment.tasks.contains_key(&name) {
        number += 1;
        name = format!("{node}-{number}").into();
    }
    // 10.1.2.0 upward; the walkthrough's tasks are in 10.0.1.0/24.
    let address = |host: u16| {
        let [high, low] = host.to_be_bytes();
        Ipv4Addr::new(10, 1u8.saturating_add(high >> 4), 2u8.saturating_add(high & 0xf), low)
    };
    // As many tasks as there are, so many addresses are taken at the most: the search begins past them.
    let start = u16::try_from(environment.tasks.len() + 1).unwrap_or(u16::MAX);
    let mut hosts = (start..=u16::MAX).chain(1..start);
    let host = hosts.find(|host| environment.task_at(address(*host).into()).is_none()).unwrap_or(start);
    let ipv4 = address(host);
    let ipv6 = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, host);
    let task = Task::new(Some(ipv4), Some(ipv6), Families::V4);
    environment.tasks.insert(name.clone(), Rc::new(task));
    (name, ipv4)
}
