//! Causes of lines: the setting that wrote a line, and a reader of specs that records it.

use std::{fmt, ptr, rc::Rc};

use serde_json::Value;

use super::tree::Tree;
use crate::{
    control_plane::Resource,
    model::{Key, Shape, declare::member},
};

/// Reason why something is in an Envoy's configuration.
#[derive(Clone)]
pub enum Cause {
    /// A setting of the mesh or of a resource in it.
    Setting(Setting),
    /// No setting: the default that applies without one, in words.
    Default(&'static str),
}

/// A location in the spec of a resource.
///
/// It is the address of a value in a spec that cannot change while this exists. The path is computed only on request,
/// so a configuration costs nothing for settings that are never shown.
#[derive(Clone)]
pub struct Setting {
    resource: Rc<Resource>,
    place: *const Value,
}

impl Setting {
    /// Returns the resource that has the setting: a node, a route, or the mesh itself.
    pub fn key(&self) -> &Key {
        &self.resource.id.key
    }

    /// Returns the path in its spec: `spec.listeners[0].portMapping.port`.
    pub fn path(&self) -> String {
        let mut path = "spec".to_owned();
        find(self.resource.spec.json(), self.place, &mut path);
        path
    }

    /// Returns whether this is the setting at `path` of the resource `key`, or lies inside it; `spec` is everything.
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

/// Appends to `path` the path from a value to the one at `place`. If there is none, returns `false` and
/// appends nothing.
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

/// A value in the spec of a resource, present or not, with its location.
///
/// Views give values without their location, and have a type for each of several shapes that differ only in their
/// name: three kinds of route, listeners of nodes and gateways. So this type reads by name. In tests, as in every
/// debug build, each name is checked against the declaration.
#[derive(Clone, Copy)]
pub(super) struct At<'m> {
    resource: &'m Rc<Resource>,
    value: &'m Value,
    #[cfg(debug_assertions)]
    shape: &'static Shape,
}

impl<'m> At<'m> {
    /// Returns the whole spec of a resource.
    pub(super) fn spec(resource: &'m Rc<Resource>) -> Self {
        Self {
            resource,
            value: resource.spec.json(),
            #[cfg(debug_assertions)]
            shape: resource.id.key.kind.declaration().spec,
        }
    }

    /// Returns the resource that contains it.
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

    /// Returns a member, by names separated by dots.
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

    /// Returns the first of these members that is set, with its name. A gateway has no TCP, and a client's
    /// certificate no ACM: a member that the declaration does not have cannot be set.
    #[inline(never)]
    pub(super) fn first_of(self, names: &[&'static str]) -> Option<(&'static str, Self)> {
        names
            .iter()
            .filter(|name| !member(self.value, name).is_null())
            .map(|name| (*name, self.at(name)))
            .next()
    }

    /// Returns the items of a list; none if it is not a list.
    pub(super) fn items(self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        let items = self.value.as_array().map_or(&[][..], Vec::as_slice);
        items.iter().map(move |item| {
            self.step(item, |shape| match shape {
                Shape::List { of, .. } => of,
                other => other,
            })
        })
    }

    /// Returns whether it is present.
    pub(super) fn is_set(self) -> bool {
        !self.value.is_null()
    }

    /// Returns its string; empty if it is not a string.
    pub(super) fn text(self) -> &'m str {
        self.value.as_str().unwrap_or_default()
    }

    /// Returns its integer.
    pub(super) fn number(self) -> Option<i64> {
        self.value.as_i64()
    }

    /// Returns its string or number, for use in a name.
    pub(super) fn text_or_number(self) -> String {
        self.number().map_or_else(|| self.text().to_owned(), |number| number.to_string())
    }

    /// Returns the JSON value itself.
    pub(super) fn json(self) -> &'m Value {
        self.value
    }

    /// Returns its address, which distinguishes it from other values.
    pub(super) fn place(self) -> *const Value {
        self.value
    }

    /// Returns whether it is `true`.
    pub(super) fn is_true(self) -> bool {
        self.value.as_bool() == Some(true)
    }

    /// Returns the cause for values that are written because of it; `None` if it is absent.
    #[inline(never)]
    pub(super) fn cause(self) -> Option<Cause> {
        self.is_set().then(|| Cause::Setting(Setting { resource: self.resource.clone(), place: self.value }))
    }

    /// Returns a tree with this value as its cause; absent if this value is absent.
    #[inline(never)]
    pub(super) fn wrote(self, tree: Tree) -> Tree {
        if self.is_set() { tree.because(self.cause()) } else { Tree::default() }
    }

    /// Returns its string or number as Envoy receives it.
    #[inline(never)]
    pub(super) fn tree(self) -> Tree {
        self.wrote(match self.number() {
            Some(number) => Tree::number(number),
            None => Tree::text(self.text()),
        })
    }
}
