//! The members, words and boolean values of the API's declarations that occur in specs.

use std::collections::BTreeSet;

use mesh_playground::{
    model::{Kind, Shape},
    world::World,
};
use serde_json::Value;

/// Members by their paths, `Mesh spec.egressFilter.type`; words by the member that contains them, `Mesh
/// EgressFilter.type = DROP_ALL`.
#[derive(Debug, Default)]
pub struct Coverage(BTreeSet<String>);

impl Coverage {
    /// Returns the coverage of the whole API.
    pub fn complete() -> Self {
        let mut all = Self::default();
        for kind in Kind::ALL {
            all.walk(&format!("{kind:?} "), "spec", kind.declaration().spec, None);
        }
        all
    }

    /// Returns the coverage of the specs of one kind in a world.
    pub fn of(world: &World, kind: Kind) -> Self {
        let mut found = Self::default();
        for (_, mesh) in world.control_plane.meshes() {
            for resource in mesh.of_kind(kind) {
                let spec = Some(resource.spec.json());
                found.walk(&format!("{kind:?} "), "spec", kind.declaration().spec, spec);
            }
        }
        found
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the entries of this coverage that the other one lacks.
    pub fn without(&self, other: &Self) -> Vec<String> {
        self.0.difference(&other.0).cloned().collect()
    }

    /// Adds what a value covers; without a value, everything that a value could cover.
    fn walk(&mut self, kind: &str, path: &str, shape: &Shape, value: Option<&Value>) {
        match shape {
            Shape::Structure(structure) => {
                for member in structure.members {
                    let inner = value.map(|value| &value[member.name]);
                    if inner.is_some_and(Value::is_null) {
                        continue;
                    }
                    let path = format!("{path}.{}", member.name);
                    self.0.insert(format!("{kind}{path}"));
                    self.words(&format!("{kind}{}.{}", structure.name, member.name), member.shape, inner);
                    self.walk(kind, &path, member.shape, inner);
                }
            }
            Shape::List { of, .. } => match value {
                Some(Value::Array(items)) => {
                    items.iter().for_each(|item| self.walk(kind, path, of, Some(item)));
                }
                Some(_) => {}
                None => self.walk(kind, path, of, None),
            },
            _ => {}
        }
    }

    fn words(&mut self, member: &str, shape: &Shape, value: Option<&Value>) {
        let words: &[&str] = match shape {
            Shape::Choice(words) => words,
            Shape::Boolean => &["true", "false"],
            Shape::List { of, .. } => {
                let items = value.and_then(Value::as_array);
                match items {
                    Some(items) => items.iter().for_each(|item| self.words(member, of, Some(item))),
                    None => self.words(member, of, None),
                }
                return;
            }
            _ => return,
        };
        let is_found = |word: &&&str| match value {
            None => true,
            Some(Value::String(found)) => found == **word,
            Some(Value::Bool(found)) => **word == if *found { "true" } else { "false" },
            Some(_) => false,
        };
        self.0.extend(words.iter().filter(is_found).map(|word| format!("{member} = {word}")));
    }
}
