//! Translates specs of custom resources to the API, and back.

use app_mesh_engine::{
    environment::ObjectState,
    model::{Kind, MeshId, Shape, Structure},
    world::World,
};
use serde_json::{Map, Value};

use super::{
    kinds::{app_mesh_word, aws_name_of},
    schema::{CrdMember, Spelling, members},
};

/// Translation of the spec of one object.
pub struct Translation<'w> {
    /// The world in which references resolve.
    pub world: &'w World,
    /// The mesh of the object.
    pub mesh: &'w MeshId,
    /// The namespace of the object, the default for its references.
    pub namespace: &'w str,
    /// Whether references must be active already: not required for the backends of a node.
    pub needs_active: bool,
    /// Reasons why the object waits, in the controller's words; only the first one is used.
    pub waits: Vec<String>,
}

/// Target of a reference.
pub enum Referred {
    /// An existing resource, by its name in App Mesh.
    Active(String),
    /// An object without its resource yet, by its name in App Mesh.
    Waiting(String),
    /// No object and no resource.
    Missing,
}

impl<'w> Translation<'w> {
    /// Creates a translation for an object of a mesh in a namespace.
    pub const fn new(world: &'w World, mesh: &'w MeshId, namespace: &'w str) -> Self {
        Self { world, mesh, namespace, needs_active: true, waits: Vec::new() }
    }

    /// Translates a spec to the API, without the members that only the controller reads.
    pub fn spec(&mut self, kind: Kind, value: &Value) -> Value {
        match value {
            Value::Null => Value::Object(Map::new()),
            _ => self.convert(kind.declaration().spec, value),
        }
    }

    fn convert(&mut self, shape: &Shape, value: &Value) -> Value {
        match (shape, value) {
            (Shape::Structure(structure), Value::Object(object)) => {
                let members = members(structure);
                let mut converted = Map::new();
                for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
                    // Other members are for the controller only, or the controller drops them.
                    if let Some(member) = members.iter().find(|member| member.name == *key) {
                        let value = self.member(member, value);
                        converted.insert(member.member.name.to_owned(), value);
                    }
                }
                Value::Object(converted)
            }
            (Shape::List { of, .. }, Value::Array(items)) => {
                Value::Array(items.iter().map(|item| self.convert(of, item)).collect())
            }
            _ => value.clone(),
        }
    }

    fn member(&mut self, member: &CrdMember, value: &Value) -> Value {
        match member.spelling {
            Spelling::Same => self.convert(member.member.shape, value),
            // The name is the last part of an ARN.
            Spelling::Arn(_) => {
                let arn = value.as_str().unwrap_or_default();
                Value::from(arn.rsplit('/').next().unwrap_or_default())
            }
            Spelling::Reference(kind) => Value::from(self.reference(kind, value)),
        }
    }

    /// Returns the App Mesh name of a reference's target. If the target does not exist, the object waits.
    pub fn reference(&mut self, kind: Kind, reference: &Value) -> String {
        let name = reference["name"].as_str().unwrap_or_default();
        let namespace = reference["namespace"].as_str().unwrap_or(self.namespace).to_owned();
        let word = kind.declaration().member;
        match self.referred(kind, &namespace, name) {
            Referred::Active(name) => name,
            Referred::Waiting(name) => {
                if self.needs_active {
                    self.waits.push([word, " is not active yet"].concat());
                }
                name
            }
            Referred::Missing => {
                let group = [kind.declaration().word, ".appmesh.k8s.aws"].concat();
                self.waits.push(format!(
                    "failed to resolve {word}Ref: unable to fetch {word}: {namespace}/{name}: {group} \"{name}\" not found"
                ));
                String::new()
            }
        }
    }

    /// Looks up the target of a name in a namespace.
    pub fn referred(&self, kind: Kind, namespace: &str, name: &str) -> Referred {
        let cluster = &self.world.environment.cluster;
        let mesh = self.world.control_plane.mesh(self.mesh);
        let there =
            || mesh.into_iter().flat_map(|mesh| mesh.of_kind(kind)).map(|resource| &*resource.id.key.name);
        if let Some(object) = cluster.get(kind.declaration().word, namespace, name) {
            let name = aws_name_of(kind, namespace, name, object);
            let is_active = object.state != ObjectState::Terminating && there().any(|known| *known == *name);
            return if is_active { Referred::Active(name) } else { Referred::Waiting(name) };
        }
        // A resource without an object, from `aws appmesh`, is also accepted.
        let made = app_mesh_word(kind, name, namespace);
        let longer = [&*made, "."].concat();
        let meant = there().find(|known| *known == made);
        let meant = meant.or_else(|| there().find(|known| *known == name || known.starts_with(&longer)));
        meant.map_or(Referred::Missing, |name| Referred::Active(name.to_owned()))
    }
}

/// Converts the spec of a resource to that of a custom resource; each name of a resource becomes a reference.
pub fn manifest_spec(
    structure: &Structure,
    value: &Value,
    object_name: &dyn Fn(Kind, &str) -> Value,
) -> Value {
    let Value::Object(object) = value else { return value.clone() };
    let members = members(structure);
    let mut converted = Map::new();
    for (key, value) in object {
        let Some(found) = members.iter().find(|found| found.member.name == key) else { continue };
        let value = match found.spelling {
            Spelling::Same => manifest_value(found.member.shape, value, object_name),
            Spelling::Reference(kind) | Spelling::Arn(kind) => {
                object_name(kind, value.as_str().unwrap_or_default())
            }
        };
        converted.insert(found.name.clone(), value);
    }
    Value::Object(converted)
}

fn manifest_value(shape: &Shape, value: &Value, object_name: &dyn Fn(Kind, &str) -> Value) -> Value {
    match (shape, value) {
        (Shape::Structure(structure), _) => manifest_spec(structure, value, object_name),
        (Shape::List { of, .. }, Value::Array(items)) => {
            Value::Array(items.iter().map(|item| manifest_value(of, item, object_name)).collect())
        }
        _ => value.clone(),
    }
}
