//! Why a line is there: the setting that wrote it, and where specs are read so that it is known.

use std::{fmt, ptr, rc::Rc};

use serde_json::Value;

use super::tree::Tree;
use crate::{
    control_plane::Resource,
    model::{Key, Shape, declare::member},
};

/// Why something is in an Envoy's configuration.
#[derive(Clone)]
pub enum Cause {
    /// A setting of the mesh or of something in it.
    Setting(Setting),
    /// No setting: what holds without one, in words.
    Default(&'static str),
}

/// A place in the spec of a resource.
///
/// It is the address of a value in a spec that cannot change while this holds it. The path is looked up when somebody
/// asks, so a configuration that nobody points at pays for none.
#[derive(Clone)]
pub struct Setting {
    resource: Rc<Resource>,
    place: *const Value,
}

impl Setting {
    /// What is set: a node, a route, or the mesh itself.
    pub fn key(&self) -> &Key {
        &self.resource.id.key
    }

    /// Where in its spec: `spec.listeners[0].portMapping.port`.
    pub fn path(&self) -> String {
        let mut path = "spec".to_owned();
        find(self.resource.spec.json(), self.place, &mut path);
        path
    }

    /// Whether it is this setting of this resource, or lies inside it; `spec` is all that is set.
    pub fn is_within(&self, key: &Key, path: &str) -> bool {
        let rest = |own: &str| {
            own.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.key() == key && rest(&self.path())
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key() && self.path() == other.path()
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Setting(a), Self::Setting(b)) => a == b,
            (Self::Default(a), Self::Default(b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(setting) => write!(f, "{}: {}", setting.key(), setting.path()),
            Self::Default(note) => write!(f, "default: {note}"),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Adds to `path` the way from a value to the one at `place`; `false`, and nothing added, where there is none.
fn find(value: &Value, place: *const Value, path: &mut String) -> bool {
    if ptr::eq(value, place) {
        return true;
    }
    let length = path.len();
    let mut try_inside = |inner: &Value, step: &dyn Fn(&mut String)| {
        step(path);
        let found = find(inner, place, path);
        if !found {
            path.truncate(length);
        }
        found
    };
    match value {
        Value::Object(members) => members.iter().any(|(name, inner)| {
            try_inside(inner, &|path| {
                path.push('.');
                path.push_str(name);
            })
        }),
        Value::Array(items) => items.iter().zip(0usize..).any(|(inner, i)| {
            try_inside(inner, &|path| {
                path.push('[');
                path.push_str(&i.to_string());
                path.push(']');
            })
        }),
        _ => false,
    }
}

/// A value in the spec of a resource, present or not, which knows where it is.
///
/// Views give values without their place, and have a type for each of the shapes that are alike but for their name:
/// three kinds of route, listeners of nodes and gateways. So this reads by name; tests walk over every name it is
/// asked for with the declaration at hand.
#[derive(Clone, Copy)]
pub(super) struct At<'m> {
    resource: &'m Rc<Resource>,
    value: &'m Value,
    #[cfg(debug_assertions)]
    shape: &'static Shape,
}

impl<'m> At<'m> {
    /// The whole spec of a resource.
    pub(super) fn spec(resource: &'m Rc<Resource>) -> Self {
        Self {
            resource,
            value: resource.spec.json(),
            #[cfg(debug_assertions)]
            shape: resource.id.key.kind.declaration().spec,
        }
    }

    /// The resource it is in.
    pub(super) fn resource(self) -> &'m Rc<Resource> {
        self.resource
    }

    fn step(self, value: &'m Value, shape: impl FnOnce(&'static Shape) -> &'static Shape) -> Self {
        #[cfg(not(debug_assertions))]
        let _ = shape;
        Self {
            value,
            #[cfg(debug_assertions)]
            shape: shape(self.shape),
            ..self
        }
    }

    /// A member, under names divided by dots.
    #[inline(never)]
    pub(super) fn at(self, names: &'static str) -> Self {
        names.split('.').fold(self, |at, name| {
            at.step(member(at.value, name), |shape| {
                let Shape::Structure(structure) = shape else { return shape };
                let member = structure.member(name);
                debug_assert!(member.is_some(), "{} has no member {name}", structure.name);
                member.map_or(shape, |member| member.shape)
            })
        })
    }

    /// The first of these members that is set, with its name. A gateway knows no TCP, a client's certificate no ACM:
    /// what the declaration does not know cannot be set.
    #[inline(never)]
    pub(super) fn first_of(self, names: &[&'static str]) -> Option<(&'static str, Self)> {
        names
            .iter()
            .filter(|name| !member(self.value, name).is_null())
            .map(|name| (*name, self.at(name)))
            .next()
    }

    /// The items of a list; none where there is no list.
    pub(super) fn items(self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        let items = self.value.as_array().map_or(&[][..], Vec::as_slice);
        items.iter().map(move |item| {
            self.step(item, |shape| match shape {
                Shape::List { of, .. } => of,
                other => other,
            })
        })
    }

    /// Whether it is there.
    pub(super) fn is_set(self) -> bool {
        !self.value.is_null()
    }

    /// The text it is; empty where it is none.
    pub(super) fn text(self) -> &'m str {
        self.value.as_str().unwrap_or_default()
    }

    /// The whole number it is.
    pub(super) fn number(self) -> Option<i64> {
        self.value.as_i64()
    }

    /// Its text or number, in a name.
    pub(super) fn text_or_number(self) -> String {
        self.number().map_or_else(|| self.text().to_owned(), |number| number.to_string())
    }

    /// The JSON itself.
    pub(super) fn json(self) -> &'m Value {
        self.value
    }

    /// Where it is, to tell it from others.
    pub(super) fn place(self) -> *const Value {
        self.value
    }

    /// Whether it is `true`.
    pub(super) fn is_true(self) -> bool {
        self.value.as_bool() == Some(true)
    }

    /// The cause of what is written because of it; none where it is absent.
    #[inline(never)]
    pub(super) fn cause(self) -> Option<Cause> {
        self.is_set().then(|| Cause::Setting(Setting { resource: self.resource.clone(), place: self.value }))
    }

    /// Another tree, because of this.
    #[inline(never)]
    pub(super) fn wrote(self, tree: Tree) -> Tree {
        if self.is_set() { tree.because(self.cause()) } else { Tree::default() }
    }

    /// The text or number it is, as Envoy gets it.
    #[inline(never)]
    pub(super) fn tree(self) -> Tree {
        self.wrote(match self.number() {
            Some(number) => Tree::number(number),
            None => Tree::text(self.text()),
        })
    }
}
