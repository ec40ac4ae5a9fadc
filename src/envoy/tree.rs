//! An ordered tree of JSON values that remember why they are there.

use std::{mem, rc::Rc};

use super::Cause;

/// A value, and the setting that wrote it.
///
/// Members keep their order. A tree is one pointer, so that trees are cheap to move, to copy and to share: a route
/// configuration costs nothing more as a resource of its own. There may be nothing in it, and then it is left out of the
/// list or object it is put into.
#[derive(Clone, Debug, Default)]
pub struct Tree(Option<Rc<Node>>);

#[derive(Clone, Debug)]
struct Node {
    value: Value,
    cause: Option<Cause>,
}

/// What a [`Tree`] holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    Number(i64),
    Text(Text),
    List(Vec<Tree>),
    Object(Vec<(Text, Tree)>),
}

/// A text, cheap to copy.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// INVARIANT: has nothing in it that JSON escapes.
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
    /// A list of these trees.
    pub fn of(items: &[Self]) -> Self {
        Self::list(items.to_vec())
    }

    /// A number.
    pub(super) fn number(number: i64) -> Self {
        Value::Number(number).into()
    }

    /// A text that is a constant.
    pub(super) fn word(text: &'static str) -> Self {
        Value::Text(Text::Constant(text)).into()
    }

    /// A text.
    #[inline(never)]
    pub(super) fn text(text: &str) -> Self {
        Value::Text(Text::Shared(text.into())).into()
    }

    /// `true`, or nothing.
    pub(super) fn flag(is_set: bool) -> Self {
        if is_set { Value::Bool(true).into() } else { Self::default() }
    }

    /// The items that are not absent; an empty list is a list.
    #[inline(never)]
    pub(super) fn list(mut items: Vec<Self>) -> Self {
        items.retain(|item| !item.is_absent());
        Value::List(items).into()
    }

    /// The items that are not absent, or nothing where there are none.
    pub(super) fn list_if_any(items: Vec<Self>) -> Self {
        if items.is_empty() { Self::default() } else { Self::list(items) }
    }

    /// The same tree with a cause; none leaves it as it is.
    #[inline(never)]
    pub(super) fn because(mut self, cause: Option<Cause>) -> Self {
        if let (Some(node), Some(cause)) = (&mut self.0, cause) {
            Rc::make_mut(node).cause = Some(cause);
        }
        self
    }

    /// The same tree without a cause of its own.
    pub(super) fn without_cause(mut self) -> Self {
        if let Some(node) = &mut self.0 {
            Rc::make_mut(node).cause = None;
        }
        self
    }

    /// The setting that wrote it, if one did.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.0.as_ref()?.cause.as_ref()
    }

    pub(super) fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// What is in it.
    pub(super) fn value(&self) -> Option<&Value> {
        self.0.as_ref().map(|node| &node.value)
    }

    /// The member of an object with this name.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Some(Value::Object(members)) = self.value() else { return None };
        members.iter().find(|(member, _)| member.as_str() == name).map(|(_, value)| value)
    }

    /// The text that this is.
    pub fn as_str(&self) -> Option<&str> {
        match self.value() {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The items of a list, or the values of an object.
    pub fn children(&self) -> Vec<&Self> {
        match self.value() {
            Some(Value::List(items)) => items.iter().collect(),
            Some(Value::Object(members)) => members.iter().map(|(_, member)| member).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether any text in it, names of members aside, is as asked for.
    pub(super) fn any(&self, wanted: &dyn Fn(&str) -> bool) -> bool {
        match self.value() {
            Some(Value::Text(text)) => wanted(text.as_str()),
            Some(Value::List(items)) => items.iter().any(|item| item.any(wanted)),
            Some(Value::Object(members)) => members.iter().any(|(_, member)| member.any(wanted)),
            _ => false,
        }
    }

    /// A tree as a template shows it: `{name:$0,type:STATIC,port_value:80}`. `$0` to `$9` stand for `parts`, each at
    /// most once; what is absent is left out. Texts stand without quotes and hold none of `,]}`.
    ///
    /// One reader of templates is a fraction of the code of as many expressions, and reads like what Envoy gets.
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

/// Reads a template once, from its start. INVARIANT: templates are constants of this module; of a malformed one comes
/// a malformed tree, never a panic.
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
