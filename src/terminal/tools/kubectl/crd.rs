//! The controller's objects in the words of the API.
//!
//! Where the two spell a member differently, the difference is one of a few kinds (fact sheet on the API, section 9.2):
//! capitals (`certificateARN`), a name as a reference or an ARN (`virtualNodeRef`, `virtualNodeARN`), the kind before the
//! member (`meshServiceDiscovery`). So no member is listed here: the declarations say which is meant.

use serde_json::{Map, Value};

use super::super::Call;
use crate::{
    control_plane::Resource,
    model::{Kind, MeshId, Shape, Structure, TextMap, object},
    world::World,
};

/// An object of Kubernetes.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its kind in App Mesh; `None` for all others.
    pub kind: Option<Kind>,
    /// Its kind as written.
    pub word: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its spec.
    pub spec: Value,
    metadata: Value,
}

impl Object {
    /// Reads a document; `namespace` is the one it is in unless it says otherwise.
    pub fn read(document: &Value, namespace: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let word = text(&document["kind"]);
        let metadata = document["metadata"].clone();
        let is_ours =
            document["apiVersion"].as_str().is_some_and(|version| version.starts_with("appmesh.k8s.aws/"));
        let written = metadata["namespace"].as_str().unwrap_or(namespace).to_owned();
        Self {
            kind: Kind::from_word(&word).filter(|kind| is_ours && *kind != Kind::Route),
            name: text(&metadata["name"]),
            namespace: written,
            spec: document["spec"].clone(),
            word,
            metadata,
        }
    }

    /// An object of which only the name is known.
    pub fn named(kind: Kind, name: &str, namespace: &str) -> Self {
        Self {
            kind: Some(kind),
            word: kind.declaration().word.to_owned(),
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            spec: Value::Null,
            metadata: Value::Null,
        }
    }

    /// The object of which a resource is: its name without the namespace, where that is one there is.
    pub fn of(world: &World, resource: &Resource) -> Self {
        let (kind, name) = (resource.id.key.kind, &*resource.id.key.name);
        let known =
            |namespace: &str| namespace == "default" || world.environment.namespaces.contains_key(namespace);
        let split = match kind {
            Kind::Mesh => None,
            // `colors.shop.svc.cluster.local` is of the namespace `shop`, too.
            Kind::VirtualService => {
                let mut dots = name.match_indices('.');
                dots.find_map(|(at, _)| {
                    let (short, rest) = (name.get(..at)?, name.get(at + 1..)?);
                    let namespace = rest.split('.').next()?;
                    known(namespace).then_some((short, namespace))
                })
            }
            _ => name.rsplit_once('_').filter(|(_, namespace)| known(namespace)),
        };
        let (short, namespace) = split.unwrap_or((name, "default"));
        let mut object = Self::named(kind, short, namespace);
        object.spec = Value::from(name);
        object
    }

    /// `virtualnode.appmesh.k8s.aws`
    pub fn group(&self) -> String {
        let word = self.word.to_ascii_lowercase();
        if self.kind.is_some() { word + ".appmesh.k8s.aws" } else { word }
    }

    /// `virtualnode.appmesh.k8s.aws/red`
    pub fn told(&self) -> String {
        [&*self.group(), "/", &self.name].concat()
    }

    /// Its name in App Mesh: its `awsName`, else one that the controller makes.
    pub fn aws_name(&self) -> String {
        match (self.spec["awsName"].as_str(), self.kind) {
            (Some(name), _) => name.to_owned(),
            (None, Some(kind)) => aws_name(kind, &self.name, &self.namespace),
            (None, None) => self.name.clone(),
        }
    }

    /// The labels of its metadata.
    pub fn labels(&self) -> TextMap {
        let labels = self.metadata["labels"].as_object().into_iter().flatten();
        labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    }
}

fn aws_name(kind: Kind, name: &str, namespace: &str) -> String {
    match kind {
        Kind::Mesh => name.to_owned(),
        Kind::VirtualService => [name, ".", namespace].concat(),
        _ => [name, "_", namespace].concat(),
    }
}

/// What is needed to know whom a reference means.
struct Place<'p> {
    world: &'p World,
    mesh: &'p MeshId,
    object: &'p Object,
    known: &'p [Object],
}

/// A spec as the API takes it. What the API has no member for is noted, but for what only the controller reads.
pub fn spec(
    call: &Call,
    mesh: &MeshId,
    object: &Object,
    known: &[Object],
    shape: &Shape,
    value: &Value,
    notes: &mut Vec<String>,
) -> Value {
    let place = Place { world: call.context.playground.world(), mesh, object, known };
    match value {
        Value::Null => Value::Object(Map::new()),
        _ => place.convert(shape, value, "spec", notes),
    }
}

/// Members that are for the controller alone.
const OWN: [&str; 8] = [
    "awsName",
    "meshOwner",
    "meshRef",
    "namespaceSelector",
    "gatewayRouteSelector",
    "virtualGatewayRef",
    "routes",
    "backendGroups",
];

impl Place<'_> {
    fn convert(&self, shape: &Shape, value: &Value, path: &str, notes: &mut Vec<String>) -> Value {
        match (shape, value) {
            (Shape::Structure(structure), Value::Object(members)) => {
                let mut converted = Map::new();
                for (key, value) in members {
                    let at = [path, ".", key].concat();
                    if let Some((name, value)) = self.member(structure, key, value, &at, notes) {
                        converted.insert(name.to_owned(), value);
                    } else if !OWN.contains(&&**key) {
                        notes.push([&at, " is ignored"].concat());
                    }
                }
                Value::Object(converted)
            }
            (Shape::List { of, .. }, Value::Array(items)) => {
                Value::Array(items.iter().map(|item| self.convert(of, item, path, notes)).collect())
            }
            _ => value.clone(),
        }
    }

    /// The member of the API that one of an object means.
    fn member<'s>(
        &self,
        structure: &'s Structure,
        key: &str,
        value: &Value,
        path: &str,
        notes: &mut Vec<String>,
    ) -> Option<(&'s str, Value)> {
        let found = |name: &str| structure.member(name).or_else(|| structure.member_in_any_case(name));
        if let Some(member) = found(key).or_else(|| found(key.strip_prefix("mesh")?)) {
            return Some((member.name, self.convert(member.shape, value, path, notes)));
        }
        let base = key.strip_suffix("Ref").or_else(|| key.strip_suffix("ARN"))?;
        let member = found(&[base, "Name"].concat()).or_else(|| found(base))?;
        let name = match value {
            // The name is the last part of an ARN.
            Value::String(arn) => arn.rsplit('/').next()?.to_owned(),
            reference => self.referred(base, reference),
        };
        Some((member.name, Value::from(name)))
    }

    /// The name in App Mesh of what a reference means.
    fn referred(&self, base: &str, reference: &Value) -> String {
        let name = reference["name"].as_str().unwrap_or_default();
        let namespace = reference["namespace"].as_str().unwrap_or(&self.object.namespace);
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.declaration().member == base) else {
            return name.to_owned();
        };
        let is_meant =
            |other: &&Object| other.kind == Some(kind) && other.name == name && other.namespace == namespace;
        if let Some(object) = self.known.iter().find(is_meant) {
            return object.aws_name();
        }
        let made = aws_name(kind, name, namespace);
        // An object of an earlier file may have a name of its own in App Mesh: `colors.shop.svc.cluster.local`.
        let longer = [&*made, "."].concat();
        let mesh = self.world.control_plane.mesh(self.mesh);
        let there =
            || mesh.into_iter().flat_map(|mesh| mesh.of_kind(kind)).map(|resource| &*resource.id.key.name);
        let meant = there().find(|known| *known == made);
        let meant = meant.or_else(|| there().find(|known| *known == name || known.starts_with(&longer)));
        meant.map_or(made, str::to_owned)
    }
}

/// A resource as an object. Its spec is in the API's spelling, which `apply` reads as well.
pub fn manifest(world: &World, object_of: &Object, resource: &Resource) -> Value {
    let kind = resource.id.key.kind;
    let mut spec = resource.spec.json().clone();
    if let Value::Object(members) = &mut spec {
        members.insert("awsName".to_owned(), Value::from(&*resource.id.key.name));
        if kind == Kind::VirtualRouter {
            let mesh = world.control_plane.mesh(&resource.id.mesh);
            let routes = mesh.into_iter().flat_map(|mesh| mesh.within(Kind::Route, &resource.id.key.name));
            let routes = routes.map(|route| {
                let mut spec = route.spec.json().clone();
                if let Value::Object(members) = &mut spec {
                    members.insert("name".to_owned(), Value::from(&*route.id.key.name));
                }
                spec
            });
            members.insert("routes".to_owned(), Value::Array(routes.collect()));
        }
        if let Some(selector) = world.selectors.get(&resource.id.mesh).filter(|_| kind == Kind::Mesh)
            && selector.to_string().is_empty()
        {
            members.insert("namespaceSelector".to_owned(), Value::Object(Map::new()));
        }
    }
    let name = Value::from(&*object_of.name);
    let metadata = if kind == Kind::Mesh {
        object(&[("name", &name)])
    } else {
        object(&[("name", &name), ("namespace", &Value::from(&*object_of.namespace))])
    };
    object(&[
        ("apiVersion", &"appmesh.k8s.aws/v1beta2"),
        ("kind", &kind.declaration().word),
        ("metadata", &metadata),
        ("spec", &spec),
    ])
}
