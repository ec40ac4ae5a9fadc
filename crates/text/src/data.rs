//! JSON values as the AWS CLI reads and prints them; the members of an object keep their order.
//!
//! The real tool is a Python program, and some of its messages show values as Python formats them. [`Data::python`] and
//! [`Data::plain`] do the same.

pub mod json;

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use crate::{
    json::{begin_item, end, write_string},
    sorting,
};

/// JSON value. Clones share their contents.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, in its original notation.
    Number(Rc<str>),
    /// A string.
    Text(Rc<str>),
    /// A list.
    List(Rc<Vec<Data>>),
    /// An object; its member names are unique.
    Map(Rc<Members>),
}

/// The members of an object, in order.
pub type Members = Vec<(Rc<str>, Data)>;

impl Data {
    /// Returns the name of the value's JSON type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "object",
        }
    }

    /// Creates a string.
    #[inline(never)]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Creates a list.
    #[inline(never)]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// Creates an object.
    #[inline(never)]
    pub fn map(members: Members) -> Self {
        Self::Map(Rc::new(members))
    }

    /// Creates an integer.
    #[inline(never)]
    pub fn whole(number: i64) -> Self {
        Self::Number(number.to_string().into())
    }

    /// Returns the member with this name.
    #[inline(never)]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => {
                members.iter().find(|(known, _)| **known == *name).map(|(_, member)| member)
            }
            _ => None,
        }
    }

    /// Returns the items of a list; an empty slice for any other value.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the contents of a string; `None` for any other value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether the value is neither a list nor an object.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }

    /// Returns whether JMESPath treats the value as false. Python does the same, but also treats the number 0 as false.
    #[inline(never)]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Returns the name of the value's type in Python. If `is_ordered`, an object is an `OrderedDict`.
    pub fn python_type(&self, is_ordered: bool) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Number(number) if is_fraction(number) => "float",
            Self::Number(_) => "int",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Map(_) if is_ordered => "collections.OrderedDict",
            Self::Map(_) => "dict",
        }
    }

    /// Formats the value as Python's `str` does. If `is_ordered`, an object is an `OrderedDict`.
    #[inline(never)]
    pub fn plain(&self, is_ordered: bool) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            _ => self.python(is_ordered),
        }
    }

    /// Formats the value as Python's `repr` does.
    pub fn python(&self, is_ordered: bool) -> String {
        let mut text = String::new();
        self.write_python(is_ordered, &mut text);
        text
    }

    fn write_python(&self, is_ordered: bool, text: &mut String) {
        match self {
            Self::Null => text.push_str("None"),
            Self::Bool(truth) => text.push_str(if *truth { "True" } else { "False" }),
            Self::Number(number) => text.push_str(number),
            Self::Text(string) => text.push_str(&python_string(string)),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    text.push_str(if i == 0 { "[" } else { ", " });
                    item.write_python(is_ordered, text);
                }
                text.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Self::Map(members) => {
                let [open, between, colon, close] = match (is_ordered, members.is_empty()) {
                    (false, _) => ["{", ", ", ": ", "}"],
                    (true, false) => ["OrderedDict([(", "), (", ", ", ")])"],
                    (true, true) => ["OrderedDict(", "", "", ")"],
                };
                text.push_str(open);
                for (i, (name, member)) in members.iter().enumerate() {
                    text.push_str(if i == 0 { "" } else { between });
                    text.push_str(&python_string(name));
                    text.push_str(colon);
                    member.write_python(is_ordered, text);
                }
                text.push_str(close);
            }
        }
    }

    /// Serializes the value to JSON on several lines, as the tool prints it.
    pub fn pretty(&self) -> String {
        let mut text = String::new();
        self.write_json(Some(0), false, &mut text);
        text
    }

    /// Serializes the value to JSON on one line.
    pub fn compact(&self) -> String {
        let mut text = String::new();
        self.write_json(None, false, &mut text);
        text
    }

    /// Appends the value as JSON. `level` is its nesting depth, or `None` for one line. If `is_ascii`, strings contain
    /// only ASCII characters.
    pub fn write_json(&self, level: Option<usize>, is_ascii: bool, text: &mut String) {
        let inner = level.map(|level| level + 1);
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
            Self::Number(number) => text.push_str(number),
            Self::Text(string) => write_string(string, is_ascii, text),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    begin_item(if i == 0 { '[' } else { ',' }, inner, text);
                    item.write_json(inner, is_ascii, text);
                }
                end(items.is_empty(), '[', ']', level, text);
            }
            Self::Map(members) => {
                for (i, (name, member)) in members.iter().enumerate() {
                    begin_item(if i == 0 { '{' } else { ',' }, inner, text);
                    write_string(name, is_ascii, text);
                    text.push_str(if level.is_some() { ": " } else { ":" });
                    member.write_json(inner, is_ascii, text);
                }
                end(members.is_empty(), '{', '}', level, text);
            }
        }
    }
}

impl From<&Value> for Data {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(number.as_str().into()),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::list(items.iter().map(Self::from).collect()),
            Value::Object(members) => Self::map(
                members.iter().map(|(name, member)| (name.as_str().into(), Self::from(member))).collect(),
            ),
        }
    }
}

impl From<&Data> for Value {
    fn from(data: &Data) -> Self {
        match data {
            Data::Null => Self::Null,
            Data::Bool(truth) => Self::Bool(*truth),
            Data::Number(number) => Self::Number(Number::from_string_unchecked(number.to_string())),
            Data::Text(text) => Self::String(text.to_string()),
            Data::List(items) => Self::Array(items.iter().map(Self::from).collect()),
            Data::Map(members) => {
                let mut object = Map::new();
                for (name, member) in members.iter() {
                    object.insert(name.to_string(), Self::from(member));
                }
                Self::Object(object)
            }
        }
    }
}

/// Creates a member of an object. Like the constructors above, this is never inlined, which keeps the download small.
#[inline(never)]
pub fn named(name: &str, value: Data) -> (Rc<str>, Data) {
    (name.into(), value)
}

/// Creates a member whose value is a string.
#[inline(never)]
pub fn member(name: &str, value: &str) -> (Rc<str>, Data) {
    named(name, Data::text(value))
}

/// Returns the members of an object, sorted by name.
pub fn sorted(members: &Members) -> Vec<&(Rc<str>, Data)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorting::sort_by(&mut sorted, |a, b| a.0.cmp(&b.0));
    sorted
}

/// Returns the value of this name from members sorted by name.
pub fn value_in<'d>(sorted: &[&'d (Rc<str>, Data)], name: &str) -> Option<&'d Data> {
    let place = sorted.binary_search_by(|member| (*member.0).cmp(name)).ok()?;
    sorted.get(place).map(|member| &member.1)
}

/// Returns whether Python parses the number as a float, even if its fraction is `.0`.
pub fn is_fraction(number: &str) -> bool {
    number.contains(['.', 'e', 'E', 'N', 'I'])
}

/// Quotes a string as Python's `repr` does.
pub fn python_string(string: &str) -> String {
    let quote = if string.contains('\'') && !string.contains('"') { '"' } else { '\'' };
    let mut text = String::new();
    text.push(quote);
    for c in string.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            _ if c == quote || c == '\\' => {
                text.push('\\');
                text.push(c);
            }
            _ if c.is_control() => text.push_str(&["\\x", &hex(c as u32, 2)].concat()),
            _ => text.push(c),
        }
    }
    text.push(quote);
    text
}

/// Formats a number in hexadecimal with at least `digits` digits.
pub fn hex(number: u32, digits: u32) -> String {
    let mut text = String::new();
    for place in (0..8).rev() {
        let digit = (number >> (place * 4)) & 15;
        if place < digits || !text.is_empty() || digit > 0 {
            text.extend(char::from_digit(digit, 16));
        }
    }
    text
}
