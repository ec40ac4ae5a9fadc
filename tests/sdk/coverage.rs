//! Which members, words and truth values of the API's declarations some specs have.

use std::collections::BTreeSet;

use mesh_playground::{
    model::{Kind, Shape},
    world::World,
};
use serde_json::Value;

/// Members by their paths, `Mesh spec.egressFilter.type`; words by the member they stand in,
/// `Mesh EgressFilter.type = DROP_ALL`.
#[derive(Debug, Default)]
pub struct Coverage(BTreeSet<String>);

impl Coverage {
    /// Of all that the API has.
    pub fn complete() -> Self {
        let mut all = Self::default();
        for kind in Kind::ALL {
            all.walk(&format!("{kind:?} "), "spec", kind.declaration().spec, None);
        }
        all
    }

    /// Of the specs that a world has of one kind.
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

    /// What is here and not there.
    pub fn without(&self, other: &Self) -> Vec<String> {
        self.0.difference(&other.0).cloned().collect()
    }

    /// Without a value, all that a value could have.
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
