//! Operations of the control plane, parsed from the members that a caller sends.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{Resource, Status};
use crate::model::{
    AccountId, Declared, Key, Kind, MeshId, Name, Problem, ResourceId, ResourceName, Rule, Spec, TagList,
    TextMap, check, join, object, parse,
};

/// Verb of an operation; with a [`Kind`] it names an operation of the API, such as `CreateMesh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Creates a new resource.
    Create,
    /// Reads a resource.
    Describe,
    /// Replaces the whole spec of a resource.
    Update,
    /// Removes a resource.
    Delete,
}

impl Verb {
    /// Returns the command word of the AWS CLI, such as `create`.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Describe => "describe",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// An operation with its input, checked against the declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `Create…`
    Create {
        /// The resource to create.
        id: ResourceId,
        /// The spec of the resource.
        spec: Spec,
        /// The initial tags of the resource.
        tags: TextMap,
    },
    /// `Describe…`
    Describe(ResourceId),
    /// `Update…`
    Update {
        /// The resource to update.
        id: ResourceId,
        /// The new spec, which replaces the old one as a whole.
        spec: Spec,
    },
    /// `Delete…`
    Delete(ResourceId),
}

impl Operation {
    /// Parses the members of an operation's input: names, `meshOwner`, `spec`, `tags`.
    ///
    /// Forms, documents, the wire and the terminal all use this function. `caller` owns the mesh if the input has no
    /// `meshOwner`.
    ///
    /// ```
    /// use app_mesh_engine::{control_plane::{Operation, Verb}, model::Kind};
    /// let caller = "123456789012".parse().unwrap();
    /// let input = serde_json::json!({"meshName": ""});
    /// let problems = Operation::parse(Verb::Create, Kind::Mesh, &input, &caller).unwrap_err();
    /// assert_eq!(problems[0].to_string(), "meshName must have 1 to 255 characters, not 0");
    /// ```
    ///
    /// # Errors
    /// Every rule that the input breaks, each with its path.
    pub fn parse(verb: Verb, kind: Kind, input: &Value, caller: &AccountId) -> Result<Self, Vec<Problem>> {
        let Some(members) = input.as_object() else {
            let rule = Rule::Type { expected: "an object", found: crate::model::json_type(input) };
            return Err(vec![Problem { path: String::new(), rule }]);
        };
        let mut problems = Vec::new();
        let id = read_id(kind, Some(kind), members, caller, &mut problems);
        let mut read_spec = || match members.get("spec").filter(|spec| !spec.is_null()) {
            // Only CreateMesh and UpdateMesh may omit the spec: docs/facts/api-operations.md#verbs.
            None if kind == Kind::Mesh => Spec::parse(kind, &Value::Object(Map::new()), "spec").ok(),
            None => {
                problems.push(Problem { path: "spec".to_owned(), rule: Rule::Required });
                None
            }
            Some(spec) => Spec::parse(kind, spec, "spec").map_err(|more| problems.extend(more)).ok(),
        };
        let operation = match verb {
            Verb::Create => {
                let spec = read_spec();
                let tags = read_tags(members.get("tags"), &mut problems);
                id.zip(spec).map(|(id, spec)| Self::Create { id, spec, tags })
            }
            Verb::Update => id.zip(read_spec()).map(|(id, spec)| Self::Update { id, spec }),
            Verb::Describe => id.map(Self::Describe),
            Verb::Delete => id.map(Self::Delete),
        };
        match operation {
            Some(operation) if problems.is_empty() => Ok(operation),
            _ => Err(problems),
        }
    }

    /// Returns the verb of the operation.
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Create { .. } => Verb::Create,
            Self::Describe(_) => Verb::Describe,
            Self::Update { .. } => Verb::Update,
            Self::Delete(_) => Verb::Delete,
        }
    }

    /// Returns the id of the resource that the operation acts on.
    pub const fn id(&self) -> &ResourceId {
        match self {
            Self::Create { id, .. } | Self::Update { id, .. } | Self::Describe(id) | Self::Delete(id) => id,
        }
    }
}

/// Parses the location of a list: its mesh, unless it lists meshes, and the parent if its kind has one.
pub(super) fn read_place(
    kind: Kind,
    input: &Value,
    caller: &AccountId,
    problems: &mut Vec<Problem>,
) -> (Option<MeshId>, Option<Name>) {
    let nothing = Map::new();
    let members = input.as_object().unwrap_or(&nothing);
    if kind == Kind::Mesh {
        return (None, None);
    }
    // The location is the parent or, for a kind without parent, the mesh.
    let place = read_id(kind.declaration().parent.unwrap_or(Kind::Mesh), None, members, caller, problems);
    match place {
        Some(id) => (Some(id.mesh), kind.declaration().parent.map(|_| id.key.name)),
        None => (None, None),
    }
}

/// Parses the id of a resource. `own` is the kind of the requested resource itself; all other kinds are its parents.
fn read_id(
    kind: Kind,
    own: Option<Kind>,
    members: &Map<String, Value>,
    caller: &AccountId,
    problems: &mut Vec<Problem>,
) -> Option<ResourceId> {
    let mut name_of = |kind: Kind| -> Option<Rc<str>> {
        let member = kind.declaration().name_member;
        let value = members.get(member).unwrap_or(&Value::Null);
        if value.is_null() {
            problems.push(Problem { path: member.to_owned(), rule: Rule::Required });
            return None;
        }
        // The model does not limit the name of a virtual service, but an empty name cannot be part of a path.
        let before = problems.len();
        check(ResourceName::SHAPE, value, member, problems);
        match value.as_str() {
            // An ARN instead of a name, or a slash in the name of a parent, is a bad request (400, not 404):
            // aws-app-mesh-roadmap issue 101.
            Some(name) if name.contains('/') && (Some(kind) != own || name.starts_with("arn:")) => {
                problems.truncate(before);
                if let Err(rule) = super::rules::check_name(kind, name) {
                    problems.push(Problem { path: member.to_owned(), rule });
                }
                None
            }
            Some(name) if kind == Kind::VirtualService && !name.is_empty() => {
                problems.truncate(before);
                Some(name.into())
            }
            Some(name) if problems.len() == before => Some(name.into()),
            _ => None,
        }
    };
    let mesh = name_of(Kind::Mesh);
    let parent = kind.declaration().parent.map(&mut name_of);
    let name = if kind == Kind::Mesh { mesh.clone() } else { name_of(kind) };
    let owner = match members.get("meshOwner") {
        None | Some(Value::Null) => Some(caller.clone()),
        Some(value) => match value.as_str().unwrap_or_default().parse() {
            Ok(owner) => Some(owner),
            Err(rule) => {
                problems.push(Problem { path: "meshOwner".to_owned(), rule });
                None
            }
        },
    };
    let parent = match parent {
        Some(None) => return None,
        Some(parent) => parent,
        None => None,
    };
    Some(ResourceId { mesh: MeshId { owner: owner?, name: mesh? }, key: Key { kind, parent, name: name? } })
}

/// Checks that a tag key does not begin with `aws:`, in any case. These keys are reserved for AWS: users cannot set or
/// remove them. Source: the API reference's text for `TagRef` and the user guide, page "using tags".
pub(super) fn check_tag_key(key: &str, path: &str, problems: &mut Vec<Problem>) {
    if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        let rule = Rule::Service("starts with aws:, which is reserved".to_owned());
        problems.push(Problem { path: path.to_owned(), rule });
    }
}

pub(super) fn read_tags(value: Option<&Value>, problems: &mut Vec<Problem>) -> TextMap {
    let tags = match value {
        None | Some(Value::Null) => return TextMap::new(),
        Some(value) => parse::<TagList>(value, "tags"),
    };
    let mut read = TextMap::new();
    match tags {
        Ok(tags) => {
            for (i, tag) in tags.iter().enumerate() {
                check_tag_key(tag.key(), &join(&format!("tags[{i}]"), "key"), problems);
                if read.insert(tag.key().to_owned(), tag.value().to_owned()).is_some() {
                    let rule = Rule::Service(format!("is `{}`, which an earlier tag has already", tag.key()));
                    problems.push(Problem { path: join(&format!("tags[{i}]"), "key"), rule });
                }
            }
        }
        Err(more) => problems.extend(more),
    }
    read
}

/// Response to an operation: the resource after the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The resource.
    pub resource: Rc<Resource>,
    /// `Deleted` in the response to a delete, otherwise `Active`.
    pub status: Status,
}

impl Response {
    /// Returns the response as the SDKs and the AWS CLI show it: the data object under its payload key.
    pub fn answer(&self, region: &str) -> Value {
        let member = self.resource.id.key.kind.declaration().member;
        object(&[(member, &self.resource.answer(region, self.status))])
    }
}
