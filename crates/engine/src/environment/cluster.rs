//! The Kubernetes cluster: the objects applied to it, as the API server stores them.
//!
//! This is data only. Controllers and webhooks are in `mesh_documents::kubernetes`; they change the objects here and,
//! from them, tasks, DNS and Cloud Map of the [environment](super::Environment).

use std::{net::IpAddr, rc::Rc};

use litemap::LiteMap;
use serde_json::Value;

use super::Family;
use crate::model::{Name, TextMap};

/// The identity of an object: its kind as in manifests, its namespace (empty for a cluster-scoped kind), its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// The kind: `VirtualNode`, `Deployment`.
    pub kind: Name,
    /// The namespace; empty for a kind that has none.
    pub namespace: Name,
    /// The name.
    pub name: Name,
}

impl ObjectKey {
    /// Creates a key from these parts.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }
}

/// Progress of the controllers with an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ObjectState {
    /// The controller has yet to reconcile App Mesh with it.
    #[default]
    Pending,
    /// App Mesh agrees with it, or no controller handles its kind.
    Settled,
    /// It was deleted and waits for its finalizers.
    Terminating,
}

impl ObjectState {
    /// Returns its name in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Settled => "settled",
            Self::Terminating => "terminating",
        }
    }

    /// Parses a word of a document; an unknown word means pending, so that a controller processes the object again.
    pub fn from_word(word: &str) -> Self {
        match word {
            "settled" => Self::Settled,
            "terminating" => Self::Terminating,
            _ => Self::Pending,
        }
    }
}

/// One object of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterObject {
    /// The manifest as it was applied.
    pub manifest: Value,
    /// Values that the API server, the webhooks and the controllers added, by a short key: `awsName`, `mesh`,
    /// `clusterIP`.
    pub added: TextMap,
    /// Its creation time, in milliseconds since 1970.
    pub created_at: i64,
    /// Its unique id.
    pub uid: Rc<str>,
    /// The generation of its spec, starting at 1.
    pub generation: i64,
    /// The progress of the controllers.
    pub state: ObjectState,
    /// The reason why the controller cannot continue, in its words; empty when it can.
    pub reason: Rc<str>,
}

impl ClusterObject {
    /// Returns a member of the spec; `Null` if it is absent.
    pub fn spec(&self, member: &str) -> &Value {
        &self.manifest["spec"][member]
    }

    /// Returns the whole spec.
    pub fn spec_value(&self) -> &Value {
        &self.manifest["spec"]
    }

    /// Returns the added value of a key.
    pub fn added(&self, word: &str) -> Option<&str> {
        self.added.get(word).map(String::as_str)
    }

    /// Returns its labels.
    pub fn labels(&self) -> TextMap {
        text_map(&self.manifest["metadata"]["labels"])
    }
}

/// Converts a JSON object to a map of strings; numbers and booleans become their JSON text.
pub fn text_map(value: &Value) -> TextMap {
    let mut map = TextMap::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        map.insert(key.clone(), text);
    }
    map
}

/// A Kubernetes cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The one IP family of its pods and services: EKS clusters have a single one.
    pub family: Family,
    /// The flag `enable-backend-groups` of the controller; off by default.
    pub backend_groups: bool,
    /// Its objects.
    pub objects: LiteMap<ObjectKey, Rc<ClusterObject>>,
    /// The pods behind the address of a Service: the addresses of its ready pods. Derived from the objects.
    pub forwards: LiteMap<IpAddr, Vec<IpAddr>>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { family: Family::V4, backend_groups: false, objects: LiteMap::new(), forwards: LiteMap::new() }
    }
}

impl Cluster {
    /// The maximum number of objects.
    pub const MOST_OBJECTS: usize = 2000;

    /// Returns an object by its kind, namespace and name.
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Rc<ClusterObject>> {
        self.objects.get(&ObjectKey::new(kind, namespace, name))
    }

    /// Returns the objects of one kind, by namespace and name.
    pub fn of_kind<'c>(
        &'c self,
        kind: &'c str,
    ) -> impl Iterator<Item = (&'c ObjectKey, &'c Rc<ClusterObject>)> {
        self.objects.iter().filter(move |(key, _)| &*key.kind == kind)
    }

    /// Returns whether it equals a new cluster.
    pub fn is_new(&self) -> bool {
        *self == Self::default()
    }
}
