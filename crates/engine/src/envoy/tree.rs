//! An ordered tree of JSON values that record their cause.

use std::{mem, rc::Rc};

use super::Cause;

/// A value, and the setting that wrote it.
///
/// Members keep their order. A tree is one pointer, so it is cheap to move, to copy and to share: a route
/// configuration that is also a separate resource costs nothing more. A tree may be absent; then it is left out of
/// the list or object that it is put into.
#[derive(Clone, Debug, Default)]
pub struct Tree(Option<Rc<Node>>);

#[derive(Clone, Debug)]
struct Node {
    value: Value,
    cause: Option<Cause>,
}

/// Content of a [`Tree`].
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    Number(i64),
    Text(Text),
    List(Vec<Tree>),
    Object(Vec<(Text, Tree)>),
}

/// A string that is cheap to copy.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// INVARIANT: contains no character that JSON escapes.
    Constant(&'static str),
    Shared(Rc<str>),
}

impl Text {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Constant(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl Tree {
    /// Returns a list of these trees.
    pub fn of(items: &[Self]) -> Self {
        Self::list(items.to_vec())
    }

    /// Returns a number.
    pub(super) fn number(number: i64) -> Self {
        Value::Number(number).into()
    }

    /// Returns a string that is a constant.
    pub(super) fn word(text: &'static str) -> Self {
        Value::Text(Text::Constant(text)).into()
    }

    /// Returns a string.
    #[inline(never)]
    pub(super) fn text(text: &str) -> Self {
        Value::Text(Text::Shared(text.into())).into()
    }

    /// Returns `true`, or an absent tree.
    pub(super) fn flag(is_set: bool) -> Self {
        if is_set { Value::Bool(true).into() } else { Self::default() }
    }

    /// Returns a list of the items that are not absent; the list may be empty.
    #[inline(never)]
    pub(super) fn list(mut items: Vec<Self>) -> Self {
        items.retain(|item| !item.is_absent());
        Value::List(items).into()
    }

    /// Returns a list of the items that are not absent; absent if there are no items.
    pub(super) fn list_if_any(items: Vec<Self>) -> Self {
        if items.is_empty() { Self::default() } else { Self::list(items) }
    }

    /// Returns the same tree with a cause; `None` leaves it unchanged.
    #[inline(never)]
    pub(super) fn because(mut self, cause: Option<Cause>) -> Self {
        if let (Some(node), Some(cause)) = (&mut self.0, cause) {
            Rc::make_mut(node).cause = Some(cause);
        }
        self
    }

    /// Returns the same tree without its cause; inner trees keep theirs.
    pub(super) fn without_cause(mut self) -> Self {
        if let Some(node) = &mut self.0 {
            Rc::make_mut(node).cause = None;
        }
        self
    }

    /// Returns the setting that wrote it, if any.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.0.as_ref()?.cause.as_ref()
    }

    pub(super) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Returns its value; `None` if it is absent.
    pub(super) fn value(&self) -> Option<&Value> {
        self.0.as_ref().map(|node| &node.value)
    }

    /// Returns the member of an object with this name.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Some(Value::Object(members)) = self.value() else { return None };
        members.iter().find(|(member, _)| member.as_str() == name).map(|(_, value)| value)
    }

    /// Returns its string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self.value() {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Returns the items of a list, or the values of an object.
    pub fn children(&self) -> Vec<&Self> {
        match self.value() {
            Some(Value::List(items)) => items.iter().collect(),
            Some(Value::Object(members)) => members.iter().map(|(_, member)| member).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns whether `wanted` accepts any string in it, except the names of members.
    pub(super) fn any(&self, wanted: &dyn Fn(&str) -> bool) -> bool {
        match self.value() {
            Some(Value::Text(text)) => wanted(text.as_str()),
            Some(Value::List(items)) => items.iter().any(|item| item.any(wanted)),
            Some(Value::Object(members)) => members.iter().any(|(_, member)| member.any(wanted)),
            _ => false,
        }
    }

    /// Builds a tree from a template: `{name:$0,type:STATIC,port_value:80}`. `parts` replace `$0` to `$9`, each at
    /// most once; absent parts are left out. Strings have no quotes and contain none of `,]}`.
    ///
    /// One template parser is a fraction of the code of as many expressions, and a template reads like Envoy's
    /// configuration.
    #[inline(never)]
    pub(super) fn fill(template: &'static str, parts: &mut [Self]) -> Self {
        Filler { rest: template, parts }.value()
    }
}

impl From<Value> for Tree {
    #[inline(never)]
    fn from(value: Value) -> Self {
        Self(Some(Rc::new(Node { value, cause: None })))
    }
}

/// Parser of a template. INVARIANT: templates are constants of this module; a malformed one gives a malformed tree,
/// never a panic.
struct Filler<'p> {
    rest: &'static str,
    parts: &'p mut [Tree],
}

impl Filler<'_> {
    fn value(&mut self) -> Tree {
        if self.takes('{') {
            let mut members = Vec::new();
            while !self.takes('}') && !self.rest.is_empty() {
                let name = self.until(b":}");
                self.takes(':');
                let value = self.value();
                if !value.is_absent() {
                    members.push((Text::Constant(name), value));
                }
                self.takes(',');
            }
            return Value::Object(members).into();
        }
        if self.takes('[') {
            let mut items = Vec::new();
            while !self.takes(']') && !self.rest.is_empty() {
                let item = self.value();
                if !item.is_absent() {
                    items.push(item);
                }
                self.takes(',');
            }
            return Value::List(items).into();
        }
        let word = self.until(b",]}");
        if let Some(place) = word.strip_prefix('$') {
            let place = place.parse().unwrap_or(usize::MAX);
            return self.parts.get_mut(place).map(mem::take).unwrap_or_default();
        }
        match (word, word.parse()) {
            ("true", _) => Value::Bool(true).into(),
            (_, Ok(number)) => Tree::number(number),
            _ => Tree::word(word),
        }
    }

    fn takes(&mut self, mark: char) -> bool {
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn until(&mut self, marks: &[u8]) -> &'static str {
        let end = self.rest.bytes().position(|byte| marks.contains(&byte)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}
