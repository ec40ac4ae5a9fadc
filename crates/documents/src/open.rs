//! Opens a document that the user pasted, dropped or chose.

use std::{fmt, ops::Range};

use app_mesh_engine::{
    model::{Kind, TextMap, join},
    world::World,
};
use mesh_text::{
    job::{LocalBoxFuture, Pace, at_once},
    sorting,
    words::{english, say, t},
};
use serde_json::{Map, Value};

use super::{
    Disposition, Note,
    cloudformation::{self, Parameter, Pseudo, Template, TemplateError},
    convert,
    playground::{self, DocumentError},
    stack::{self, StackPlan},
    yaml::{self, SyntaxError},
};

/// Maximum length of a document, in bytes.
pub const MAX_DOCUMENT: usize = yaml::MAX_TEXT;

/// A parsed document, by format.
#[derive(Clone, Debug)]
pub enum Source {
    /// A CloudFormation template.
    Template(Template),
    /// App Mesh JSON: responses of `describe-…`, or inputs of `create-…`.
    AppMesh {
        /// Resources in the document.
        found: Vec<Found>,
        /// Notes on the keys beside the resources.
        notes: Vec<Note>,
    },
    /// A whole playground in this page's own format, with notes on assumptions.
    Playground(Box<World>, Vec<Note>),
}

/// One resource found in App Mesh's own JSON.
#[derive(Clone, Debug)]
pub struct Found {
    kind: Kind,
    members: Map<String, Value>,
    path: String,
}

/// Reason why a document cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The text is empty or only white space.
    Empty,
    /// The text is neither YAML nor JSON.
    Syntax(SyntaxError),
    /// The template is invalid.
    Template(TemplateError),
    /// The playground document is invalid.
    Document(DocumentError),
    /// The text is a Kubernetes manifest, which `kubectl` accepts.
    Kubernetes,
    /// The text has none of the known formats.
    Unknown {
        /// Top-level keys of the document.
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
            Self::Kubernetes => f.write_str(t(
                "this is a Kubernetes manifest: drop the file on the terminal and run `kubectl apply -f FILE` there",
            )),
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

/// Detects the format of a document and parses it.
///
/// # Errors
/// Returns an error if the text has none of the known formats or is invalid; the message gives the position and the
/// remedy.
pub fn read(text: &str) -> Result<Source, OpenError> {
    at_once(|pace| async move { read_paced(text, &pace).await })
}

/// Like [`read`], but runs in slices.
///
/// # Errors
/// As [`read`].
pub fn read_paced<'w>(text: &'w str, pace: &'w Pace) -> LocalBoxFuture<'w, Result<Source, OpenError>> {
    Box::pin(async move {
        if text.trim().is_empty() {
            return Err(OpenError::Empty);
        }
        let value = match yaml::parse_paced(text, pace).await {
            Ok(value) => value,
            Err(error) => {
                // Manifests are often several documents in one file.
                let documents = yaml::parse_all_paced(text, pace).await;
                let is_kubernetes = documents.is_ok_and(|documents| documents.iter().any(is_manifest));
                return Err(if is_kubernetes { OpenError::Kubernetes } else { OpenError::Syntax(error) });
            }
        };
        pace.work(PASS).await;
        if is_manifest(&value) {
            return Err(OpenError::Kubernetes);
        }
        if playground::is_document(&value) {
            return playground::restore_telling(&value, pace)
                .await
                .map(|(world, notes)| Source::Playground(Box::new(world), notes))
                .map_err(OpenError::Document);
        }
        if cloudformation::is_template(&value) {
            let template = Template::read_paced(&value, pace).await;
            return template.map(Source::Template).map_err(OpenError::Template);
        }
        let (mut found, mut notes) = (Vec::new(), Vec::new());
        find(&value, &mut found, &mut notes, pace).await;
        if found.is_empty() {
            let keys = value.as_object().into_iter().flat_map(Map::keys).take(5);
            return Err(OpenError::Unknown {
                keys: keys.map(|key| app_mesh_engine::model::excerpt(key)).collect(),
            });
        }
        Ok(Source::AppMesh { found, notes })
    })
}

/// Returns whether a value is a Kubernetes object or a list of them.
fn is_manifest(value: &Value) -> bool {
    let is_text = |member: &str| value.get(member).is_some_and(Value::is_string);
    is_text("apiVersion") && is_text("kind")
}

/// Work units of one pass over a whole document: small but not zero. See [`Pace::work`].
pub(super) const PASS: usize = 10_000;
/// Work units for reading one resource of App Mesh JSON, or for translating one resource of any document.
pub(super) const RESOURCE: usize = 50;

/// Finds resources: wrapped under a payload key, bare, or in lists of either. Adds a note for every other value.
async fn find(value: &Value, found: &mut Vec<Found>, notes: &mut Vec<Note>, pace: &Pace) {
    let Value::Array(items) = value else { return find_in(value, "", found, notes, pace).await };
    pace.begin(english("{0} of {1} items read"), items.len());
    // Iterators of the open lists, outermost first.
    let mut open = vec![(String::new(), items.iter().enumerate())];
    while let Some((path, items)) = open.last_mut() {
        match items.next() {
            None => drop(open.pop()),
            Some((i, item)) => {
                let at = format!("{path}[{i}]");
                if open.len() == 1 {
                    pace.reach(i);
                }
                match item {
                    Value::Array(inner) => open.push((at, inner.iter().enumerate())),
                    _ => find_in(item, &at, found, notes, pace).await,
                }
            }
        }
    }
}

/// Finds the resources in a value that is not a list.
async fn find_in(value: &Value, path: &str, found: &mut Vec<Found>, notes: &mut Vec<Note>, pace: &Pace) {
    let Value::Object(object) = value else { return not_a_resource(path.to_owned(), notes) };
    if let Some(kind) = kind_of(object) {
        found.push(Found { kind, members: object.clone(), path: path.to_owned() });
        return pace.work(RESOURCE).await;
    }
    for (key, value) in object {
        let at = join(path, key);
        let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().member == key);
        match (kind, value) {
            (Some(kind), Value::Object(members)) => {
                found.push(Found { kind, members: members.clone(), path: at });
                pace.work(RESOURCE).await;
            }
            _ => not_a_resource(at, notes),
        }
        pace.work(1).await;
    }
}

fn not_a_resource(path: String, notes: &mut Vec<Note>) {
    let reason = t("not a resource of App Mesh").to_owned();
    notes.push(Note { path, disposition: Disposition::Ignored, reason });
}

/// Returns the kind whose name members a bare object has. The innermost kind wins, so that a route is not mistaken for
/// its router.
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

/// The resources of a document, in an order in which they can be created.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub(super) items: Vec<Item>,
    pub(super) notes: Vec<Note>,
    /// World of a playground document, which replaces the current world.
    pub(super) whole: Option<Box<World>>,
    pub(super) label: &'static str,
    /// Stack of a template: its parts other than resources.
    pub(super) stack: Option<Box<StackPlan>>,
}

/// One resource of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// Input of the `Create…` operation.
    pub(super) input: Value,
    /// Path of the resource in the document.
    pub(super) path: String,
    /// Notes on the resource's keys, as indexes into [`Plan::notes`].
    pub(super) notes: Range<usize>,
}

impl Plan {
    /// Adds a resource with these members, found at `path` in the document.
    async fn add(&mut self, kind: Kind, members: &Map<String, Value>, path: String, pace: &Pace) {
        let start = self.notes.len();
        let input = convert::input(kind, members, &path, &mut self.notes);
        self.items.push(Item { kind, input, path, notes: start..self.notes.len() });
        pace.reach(self.items.len());
        pace.work(RESOURCE + 5 * (self.notes.len() - start)).await;
    }
}

const TRANSLATED: &str = english("{0} of {1} resources translated");

impl Source {
    /// Returns the parameters for which the user must or may give a value.
    pub fn parameters(&self) -> &[Parameter] {
        match self {
            Self::Template(template) => &template.parameters,
            Self::AppMesh { .. } | Self::Playground(..) => &[],
        }
    }

    /// Returns the name of the format, with its article.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Template(_) => t("a CloudFormation template"),
            Self::AppMesh { .. } => t("App Mesh JSON"),
            Self::Playground(..) => t("a playground document"),
        }
    }

    /// Plans the resources of the document with these parameter values, in the account and region of `world`.
    ///
    /// # Errors
    /// Returns an error if the template refers to something that does not exist, or a parameter value is missing or
    /// invalid.
    pub fn plan(&self, given: &TextMap, world: &World) -> Result<Plan, OpenError> {
        self.plan_as(None, given, world)
    }

    /// Like [`Source::plan`], but runs in slices.
    ///
    /// # Errors
    /// As [`Source::plan`].
    pub fn plan_paced<'w>(
        &'w self,
        given: &'w TextMap,
        world: &'w World,
        pace: &'w Pace,
    ) -> LocalBoxFuture<'w, Result<Plan, OpenError>> {
        Box::pin(async move { self.plan_as_paced(None, given, world, pace).await })
    }

    /// Like [`Source::plan`], but as a stack of this name.
    ///
    /// # Errors
    /// As [`Source::plan`].
    pub fn plan_as(&self, stack: Option<&str>, given: &TextMap, world: &World) -> Result<Plan, OpenError> {
        at_once(|pace| async move { self.plan_as_paced(stack, given, world, &pace).await })
    }

    async fn plan_as_paced(
        &self,
        stack: Option<&str>,
        given: &TextMap,
        world: &World,
        pace: &Pace,
    ) -> Result<Plan, OpenError> {
        let mut plan = Plan { label: self.words(), ..Plan::default() };
        match self {
            Self::Playground(whole, notes) => {
                plan.whole = Some(whole.clone());
                plan.notes.clone_from(notes);
            }
            Self::AppMesh { found, notes } => {
                plan.notes.clone_from(notes);
                pace.begin(TRANSLATED, found.len());
                for Found { kind, members, path } in found {
                    plan.add(*kind, members, path.clone(), pace).await;
                }
            }
            Self::Template(template) => {
                let pseudo = Pseudo {
                    account_id: world.account.to_string(),
                    region: world.region.to_string(),
                    partition: "aws".to_owned(),
                    stack_name: stack.unwrap_or(stack::OPENED).to_owned(),
                };
                let exports = stack::exports(world);
                let resolved = template.resolve_paced(given, &pseudo, &exports, pace).await;
                let resolved = resolved.map_err(OpenError::Template)?;
                let mut stack_plan = StackPlan::new(stack, template, &resolved);
                plan.notes = resolved.notes;
                pace.begin(TRANSLATED, resolved.resources.len());
                for resource in resolved.resources {
                    let Some(properties) = resource.properties.as_object() else { continue };
                    if stack.is_some() && stack_plan.invalid.is_none() {
                        let messages = convert::extraneous(resource.kind, properties);
                        stack_plan.invalid = (!messages.is_empty()).then(|| {
                            let start = ["Properties validation failed for resource ", &resource.logical_id];
                            [&start.concat(), " with message:\n", &messages.join("\n")].concat()
                        });
                    }
                    let path = format!("Resources.{}.Properties", resource.logical_id);
                    plan.add(resource.kind, properties, path, pace).await;
                }
                plan.stack = Some(Box::new(stack_plan));
            }
        }
        // A kind never refers to a later kind, so in this order every target exists before its referrer, even where the
        // template does not state the order.
        sorting::sort_by_key(&mut plan.items, |item| item.kind);
        Ok(plan)
    }
}

impl Plan {
    /// Returns a checksum of the whole stack; empty if the document is not a template.
    pub fn stack_sum(&self) -> String {
        self.stack.as_ref().map_or_else(String::new, |stack| stack.sum(&self.items))
    }

    /// Returns the reason why the plan cannot be deployed as the stack of this name, in the service's words.
    pub fn obstacle(&self, world: &World, name: &str) -> Option<String> {
        self.stack.as_ref()?.obstacle(&self.items, world, name)
    }
}
