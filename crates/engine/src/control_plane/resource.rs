//! Stored resources, and the JSON with which the service describes them.

use serde_json::{Map, Value};

use super::Timestamp;
use crate::model::{AccountId, Kind, ResourceId, Spec, TextMap, object};

/// Status of a resource. Source: API shapes `MeshStatusCode` and its six counterparts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Status of every resource from its creation on.
    Active,
    /// Only in the response to a delete.
    Deleted,
}

impl Status {
    /// Returns the word that the API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Deleted => "DELETED",
        }
    }
}

/// Data that the service stores about a resource besides its spec. Source: API shape `ResourceMetadata`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated or deleted.
    pub last_updated_at: Timestamp,
    /// The account that created it.
    pub resource_owner: AccountId,
    /// A UUID, new for each creation and stable across updates.
    pub uid: Box<str>,
    /// Version number: 1 at creation, incremented by each update.
    pub version: i64,
}

/// A resource of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Id of the resource.
    pub id: ResourceId,
    /// Creator, times and version.
    pub metadata: Metadata,
    /// Spec of the resource.
    pub spec: Spec,
    /// Its tags, by key.
    pub tags: TextMap,
}

impl Resource {
    /// Returns the bare data object of a response, for example `MeshData`, as the AWS CLI shows it.
    pub fn answer(&self, region: &str, status: Status) -> Value {
        self.answer_as(region, status, shown)
    }

    /// Returns the bare data object of a response, with the times of the wire or of the AWS CLI.
    ///
    /// Members are in the API model's order, which is alphabetical, so `serde_json`'s map order is right.
    pub(super) fn answer_as(&self, region: &str, status: Status, form: Form) -> Value {
        let mut answer = names(&self.id);
        let mut metadata = self.reference(region, form);
        metadata.insert("uid".to_owned(), Value::from(&*self.metadata.uid));
        answer.insert("metadata".to_owned(), Value::Object(metadata));
        answer.insert("spec".to_owned(), self.spec.json().clone());
        answer.insert("status".to_owned(), object(&[("status", &status.as_str())]));
        Value::Object(answer)
    }

    /// Returns the metadata of a list item: all but the uid.
    fn reference(&self, region: &str, form: Form) -> Map<String, Value> {
        let Metadata { created_at, last_updated_at, resource_owner, version, .. } = &self.metadata;
        let members = object(&[
            ("arn", &self.id.arn(region, resource_owner)),
            ("createdAt", &form(*created_at)),
            ("lastUpdatedAt", &form(*last_updated_at)),
            ("meshOwner", &self.id.mesh.owner.as_str()),
            ("resourceOwner", &resource_owner.as_str()),
            ("version", version),
        ]);
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Returns the item of a list response, for example `MeshRef`: names and metadata, without uid, spec and status.
    pub(super) fn list_item(&self, region: &str, form: Form) -> Value {
        let mut item = names(&self.id);
        item.extend(self.reference(region, form));
        Value::Object(item)
    }
}

/// Conversion of a time to JSON. It is a function, so that a program that never uses one of the two formats does not
/// contain it.
pub(super) type Form = fn(Timestamp) -> Value;

/// Formats a time for the wire: seconds since 1970, with up to three decimals. Source:
/// docs/facts/api-resources.md#timestamps.
pub(super) fn wire(time: Timestamp) -> Value {
    Value::Number(time.epoch_seconds())
}

/// Formats a time as the AWS CLI v2 shows it.
pub(super) fn shown(time: Timestamp) -> Value {
    Value::from(time.to_string())
}

/// Returns the members that name a resource: `meshName`, then those of its parent and of itself.
pub fn names(id: &ResourceId) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |kind: Kind, name: &str| {
        object.insert(kind.declaration().name_member.to_owned(), Value::from(name));
    };
    put(Kind::Mesh, &id.mesh.name);
    if let (Some(kind), Some(parent)) = (id.key.kind.declaration().parent, &id.key.parent) {
        put(kind, parent);
    }
    put(id.key.kind, &id.key.name);
    object
}

/// Returns the members by which an operation names a resource, including the owner of its mesh.
pub fn input_for(id: &ResourceId) -> Map<String, Value> {
    let mut input = names(id);
    input.insert("meshOwner".to_owned(), Value::from(id.mesh.owner.as_str()));
    input
}
