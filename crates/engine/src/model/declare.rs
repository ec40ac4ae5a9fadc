//! One declaration per API structure.
//!
//! All code that needs the fields of the App Mesh API derives from the declarations made with the macros here: the Rust
//! types, reading, validation, the mapping of CloudFormation properties, command options and forms. Nothing else lists
//! API fields. The module knows JSON and constraints; it must not know the meaning of any structure. Start at
//! [`Declared`], then [`parse`].
//!
//! Source of every constraint: the public API model, version 2019-01-25.

use std::{fmt, marker::PhantomData, rc::Rc};

use mesh_text::words::english;
use serde_json::{Map, Value};

/// Constraints on a JSON value of a declared type.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string of `min..=max` characters, with an optional rule for the characters.
    Text {
        /// Minimum number of characters.
        min: usize,
        /// Maximum number of characters; `usize::MAX` where the API has no bound.
        max: usize,
        /// Rule for its characters, if any.
        pattern: Option<&'static Pattern>,
    },
    /// A whole number in `min..=max`.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value; `i64::MAX` where the API has no bound.
        max: i64,
    },
    /// `true` or `false`.
    Boolean,
    /// One of a fixed set of words.
    Choice(&'static [&'static str]),
    /// A list of `min..=max` items.
    List {
        /// Shape of each item.
        of: &'static Shape,
        /// Minimum number of items.
        min: usize,
        /// Maximum number of items; `usize::MAX` where the API has no bound.
        max: usize,
    },
    /// An object with named members.
    Structure(&'static Structure),
    /// Any value; its constraints depend on other members.
    Any,
}

/// A rule for the characters of a string, as the API model states it.
#[derive(Debug)]
pub struct Pattern {
    /// The regular expression of the API model, for error messages.
    pub text: &'static str,
    /// Returns whether a string obeys it.
    pub obeys: fn(&str) -> bool,
}

/// A declared structure: its API name and its members, in the order of the API model (alphabetical).
#[derive(Debug)]
pub struct Structure {
    /// The shape name of the API model, for example `VirtualNodeSpec`.
    pub name: &'static str,
    /// The members, by their JSON names.
    pub members: &'static [Member],
    /// Whether exactly one member must be set (a tagged union of the API model).
    pub one_of: bool,
}

impl Structure {
    /// Returns the member with this JSON name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Returns the members of which at most one may be set; if there are no other members, exactly one must be set.
    ///
    /// These are the members of a union, and members that exclude each other although the model has no union there: the
    /// routes of a spec (R2, G5), prefix and path, the members of a path (R9), of a host name (G12) and of a rewrite
    /// (G14). Rule numbers are those of docs/facts/api-rules.md.
    pub fn rivals(&self) -> Vec<&'static Member> {
        const RIVALS: &[&str] = &["path", "prefix", "exact", "regex", "suffix", "defaultPrefix", "value"];
        let is_rival = |name: &str| name.ends_with("Route") || RIVALS.contains(&name);
        let rivals: Vec<_> =
            self.members.iter().filter(|member| self.one_of || is_rival(member.name)).collect();
        if self.one_of || rivals.len() > 1 { rivals } else { Vec::new() }
    }

    /// Returns the member that another spelling of its name denotes: CloudFormation writes `AWSCloudMap`, `DNS` and
    /// `IpPreference` for `awsCloudMap`, `dns` and `ipPreference`. The spellings differ only in case.
    pub fn member_in_any_case(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name.eq_ignore_ascii_case(name))
    }
}

/// A member of a [`Structure`].
#[derive(Clone, Debug)]
pub struct Member {
    /// The JSON name, for example `egressFilter`.
    pub name: &'static str,
    /// Whether the member must be present.
    pub required: bool,
    /// Shape of its value.
    pub shape: &'static Shape,
    /// Its documentation, which forms and help texts show.
    pub about: &'static str,
}

/// A type that a declaration describes.
///
/// Such a type has no Rust values: its values are JSON in which [`check`] found no problem, and they are read in place.
/// So the hundred structures of the API add only the code that the page uses. The macros of this module implement the
/// trait; start at [`parse`].
pub trait Declared {
    /// Shape of its JSON.
    const SHAPE: &'static Shape;
    /// Whether a member of this type must be present.
    const REQUIRED: bool = true;
    /// Result of reading: a [`View`] of a structure, [`Items`] of a list, the value itself of a simple type.
    type Read<'v>;

    /// Reads a value in which [`check`] found no problem. For any other value, returns a harmless default.
    fn read(value: &Value) -> Self::Read<'_>;
}

/// A structure, read in place from its JSON. Each declared structure adds a method for each of its members.
///
/// ```
/// use app_mesh_engine::model::{IpPreference, MeshSpec, parse};
/// let json = serde_json::json!({"serviceDiscovery": {"ipPreference": "IPv6_ONLY"}});
/// let spec = parse::<MeshSpec>(&json, "spec").unwrap();
/// assert_eq!(spec.service_discovery().and_then(|found| found.ip_preference()), Some(IpPreference::Ipv6Only));
/// assert!(spec.egress_filter().is_none());
/// ```
pub struct View<'v, T> {
    value: &'v Value,
    of: PhantomData<T>,
}

impl<'v, T> View<'v, T> {
    /// Returns the JSON.
    pub fn as_json(self) -> &'v Value {
        self.value
    }

    /// Used by the macros.
    #[doc(hidden)]
    pub fn new(value: &'v Value) -> Self {
        Self { value, of: PhantomData }
    }
}

impl<T> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for View<'_, T> {}

impl<T> fmt::Debug for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A list, read in place from its JSON.
pub struct Items<'v, T> {
    items: &'v [Value],
    of: PhantomData<T>,
}

impl<'v, T: Declared> Items<'v, T> {
    /// Returns the items, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = T::Read<'v>> + ExactSizeIterator {
        self.items.iter().map(T::read)
    }

    /// Returns the first item.
    pub fn first(self) -> Option<T::Read<'v>> {
        self.items.first().map(T::read)
    }

    /// Returns the number of items.
    pub fn len(self) -> usize {
        self.items.len()
    }

    /// Returns whether there are no items.
    pub fn is_empty(self) -> bool {
        self.items.is_empty()
    }
}

impl<T> Default for Items<'_, T> {
    fn default() -> Self {
        Self { items: &[], of: PhantomData }
    }
}

impl<T> Clone for Items<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Items<'_, T> {}

impl<T> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

/// Conversion to JSON, for types that are not JSON already.
pub trait Written {
    /// Returns the JSON of this value; `Null` for an absent member.
    fn write(&self) -> Value;
}

impl<T: Declared> Declared for Option<T> {
    const SHAPE: &'static Shape = T::SHAPE;
    const REQUIRED: bool = false;
    type Read<'v> = Option<T::Read<'v>>;

    fn read(value: &Value) -> Self::Read<'_> {
        if value.is_null() { None } else { Some(T::read(value)) }
    }
}

impl<T: Written> Written for Option<T> {
    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }
}

impl Declared for bool {
    const SHAPE: &'static Shape = &Shape::Boolean;
    type Read<'v> = Self;

    fn read(value: &Value) -> Self {
        value.as_bool().unwrap_or_default()
    }
}

impl Written for bool {
    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Declared for i64 {
    const SHAPE: &'static Shape = &Shape::Integer { min: Self::MIN, max: Self::MAX };
    type Read<'v> = Self;

    fn read(value: &Value) -> Self {
        value.as_i64().unwrap_or_default()
    }
}

impl Written for i64 {
    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl Declared for Value {
    const SHAPE: &'static Shape = &Shape::Any;
    type Read<'v> = &'v Self;

    fn read(value: &Value) -> &Self {
        value
    }
}

impl Written for Value {
    fn write(&self) -> Value {
        self.clone()
    }
}

/// A string without bounds.
impl Declared for String {
    const SHAPE: &'static Shape = &Shape::Text { min: 0, max: usize::MAX, pattern: None };
    type Read<'v> = &'v str;

    fn read(value: &Value) -> &str {
        value.as_str().unwrap_or_default()
    }
}

impl Written for &str {
    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl Written for String {
    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Written for Rc<str> {
    fn write(&self) -> Value {
        Value::from(&**self)
    }
}

/// A list of `MIN..=MAX` items.
pub struct Bounded<T, const MIN: usize, const MAX: usize>(PhantomData<T>);

/// A list without bounds, for example `Listeners` and `Backends`.
pub type List<T> = Bounded<T, 0, { usize::MAX }>;

impl<T: Declared, const MIN: usize, const MAX: usize> Declared for Bounded<T, MIN, MAX> {
    const SHAPE: &'static Shape = &Shape::List { of: T::SHAPE, min: MIN, max: MAX };
    type Read<'v> = Items<'v, T>;

    fn read(value: &Value) -> Items<'_, T> {
        Items { items: value.as_array().map_or(&[], Vec::as_slice), of: PhantomData }
    }
}

/// Returns a member; `Null` if it is absent. Like the other functions here that are never inlined, it is shared by all
/// declared types, which keeps the download small.
#[doc(hidden)]
#[inline(never)]
pub fn member<'v>(object: &'v Value, name: &str) -> &'v Value {
    static ABSENT: Value = Value::Null;
    object.get(name).unwrap_or(&ABSENT)
}

/// Returns an object with these members, without the absent ones. Used throughout the crate to build objects.
#[doc(hidden)]
#[inline(never)]
pub fn object(members: &[(&str, &dyn Written)]) -> Value {
    let mut object = Map::new();
    for (name, member) in members {
        let value = member.write();
        if !value.is_null() {
            object.insert((*name).to_owned(), value);
        }
    }
    Value::Object(object)
}

/// Returns the position of a word among those allowed; 0 if it is none of them. Used by the macros.
#[doc(hidden)]
#[inline(never)]
pub fn choice_place(value: &Value, allowed: &[&str]) -> usize {
    let word = value.as_str().unwrap_or_default();
    allowed.iter().position(|allowed| *allowed == word).unwrap_or_default()
}

/// Declares the type of a structure and its schema, without the functions that read its members. Used by the other
/// macros.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_schema {
    ($one_of:literal, $(#[$meta:meta])* $name:ident {
        $($(#[doc = $about:literal])* $json:literal $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        ///
        /// Read through a [`View`]($crate::model::View).
        #[derive(Debug)]
        pub enum $name {}

        impl $crate::model::Declared for $name {
            const SHAPE: &'static $crate::model::Shape =
                &$crate::model::Shape::Structure(&$crate::model::Structure {
                    name: stringify!($name),
                    members: &[$($crate::model::Member {
                        name: $json,
                        required: <$type as $crate::model::Declared>::REQUIRED,
                        shape: <$type as $crate::model::Declared>::SHAPE,
                        about: concat!($($about),*),
                    },)*],
                    one_of: $one_of,
                });
            type Read<'v> = $crate::model::View<'v, Self>;

            fn read(value: &serde_json::Value) -> Self::Read<'_> {
                $crate::model::View::new(value)
            }
        }
    };
}

/// Declares a structure of the API: `"jsonName" rust_name: Type`. A member is required unless its type is an
/// `Option`.
macro_rules! structure {
    (@of $one_of:literal, $(#[$meta:meta])* $name:ident {
        $($(#[doc = $about:literal])* $json:literal $field:ident: $type:ty,)*
    }) => {
        $crate::declare_schema! { $one_of, $(#[$meta])* $name {
            $($(#[doc = $about])* $json $field: $type,)*
        } }

        impl<'v> $crate::model::View<'v, $name> {
            $(
                $(#[doc = $about])*
                pub fn $field(self) -> <$type as $crate::model::Declared>::Read<'v> {
                    <$type as $crate::model::Declared>::read($crate::model::declare::member(self.as_json(), $json))
                }
            )*
        }
    };
    ($($declaration:tt)*) => { $crate::model::declare::structure! { @of false, $($declaration)* } };
}
pub(crate) use structure;

/// Declares a structure outside this crate: `Name by Trait { … }`. Its members have the syntax of the API's own
/// structures, `"jsonName" rust_name: Type`, and are read through the trait.
///
/// ```
/// use app_mesh_engine::{model::{Declared, parse}, structure_by};
/// structure_by! {
///     /// A point.
///     Point by PointMembers {
///         /// To the right.
///         "x" x: i64,
///         /// Upwards, if at all.
///         "y" y: Option<i64>,
///     }
/// }
/// let json = serde_json::json!({"x": 3});
/// assert_eq!(Point::read(&json).x(), 3);
/// assert_eq!(Point::read(&json).y(), None);
/// ```
#[macro_export]
macro_rules! structure_by {
    ($(#[$meta:meta])* $name:ident by $members:ident {
        $($(#[doc = $about:literal])* $json:literal $field:ident: $type:ty,)*
    }) => {
        $crate::declare_schema! { false, $(#[$meta])* $name {
            $($(#[doc = $about])* $json $field: $type,)*
        } }

        /// Functions that read the members of a structure.
        #[allow(dead_code, reason = "what is declared is accepted, whether or not anything reads it")]
        pub trait $members<'v> {
            $(
                $(#[doc = $about])*
                fn $field(self) -> <$type as $crate::model::Declared>::Read<'v>;
            )*
        }

        impl<'v> $members<'v> for $crate::model::View<'v, $name> {
            $(
                fn $field(self) -> <$type as $crate::model::Declared>::Read<'v> {
                    <$type as $crate::model::Declared>::read($crate::model::declare::member(self.as_json(), $json))
                }
            )*
        }
    };
}

pub use structure_by;

/// Declares a tagged union of the API, of which exactly one member is set: `"jsonName" rust_name: Option<Type>`.
macro_rules! union {
    ($($declaration:tt)*) => { $crate::model::declare::structure! { @of true, $($declaration)* } };
}
pub(crate) use union;

/// Declares a bounded string of the API: `Name 1..=255`, with an optional pattern.
macro_rules! text {
    ($(#[$meta:meta])* $name:ident $min:literal..=$max:literal $(, $pattern:expr)?) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub enum $name {}

        impl $crate::model::Declared for $name {
            const SHAPE: &'static $crate::model::Shape = &$crate::model::Shape::Text {
                min: $min,
                max: $max,
                pattern: $crate::model::declare::first(&[$(&$pattern)?]),
            };
            type Read<'v> = &'v str;

            fn read(value: &serde_json::Value) -> &str {
                <String as $crate::model::Declared>::read(value)
            }
        }
    };
}
pub(crate) use text;

/// Declares an enumeration of the API: `Variant "WIRE_WORD"`.
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the API model.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the word that the API uses.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::Rule;

            fn from_str(word: &str) -> Result<Self, $crate::model::Rule> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::model::declare::choice_rule(word, &[$($word,)*])),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::model::Declared for $name {
            const SHAPE: &'static $crate::model::Shape = &$crate::model::Shape::Choice(&[$($word,)*]);
            type Read<'v> = Self;

            fn read(value: &serde_json::Value) -> Self {
                const FIRST: $name = $name::ALL[0];
                let place = $crate::model::declare::choice_place(value, &[$($word,)*]);
                Self::ALL.get(place).copied().unwrap_or(FIRST)
            }
        }
    };
}
pub use choice;

/// Declares a bounded whole number of the API: `Name 1..=65535`.
#[macro_export]
macro_rules! integer {
    ($(#[$meta:meta])* $name:ident $min:literal..=$max:expr) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub enum $name {}

        impl $crate::model::Declared for $name {
            const SHAPE: &'static $crate::model::Shape = &$crate::model::Shape::Integer { min: $min, max: $max };
            type Read<'v> = i64;

            fn read(value: &serde_json::Value) -> i64 {
                <i64 as $crate::model::Declared>::read(value)
            }
        }
    };
}
pub use integer;

/// Returns the only pattern of a list of at most one; lets [`text!`] take an optional pattern in a constant.
#[doc(hidden)]
pub const fn first(patterns: &'static [&'static Pattern]) -> Option<&'static Pattern> {
    match patterns {
        [] => None,
        [pattern, ..] => Some(pattern),
    }
}

/// A rule that a value breaks, so that it is not of a declared type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A required member is absent.
    Required,
    /// The value has the wrong JSON type.
    Type {
        /// Expected type, in words: `a string`.
        expected: &'static str,
        /// Actual type, in words: `a number`.
        found: &'static str,
    },
    /// The number of characters of a string is too small or too large.
    Length {
        /// Minimum number of characters.
        min: usize,
        /// Maximum number of characters.
        max: usize,
        /// Actual number of characters.
        found: usize,
    },
    /// A list is too short or too long.
    Items {
        /// Minimum number of items.
        min: usize,
        /// Maximum number of items.
        max: usize,
        /// Actual number of items.
        found: usize,
    },
    /// A number is too small or too large.
    Range {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
        /// Actual value.
        found: i64,
    },
    /// A string does not match the regular expression of the API model.
    Pattern {
        /// The regular expression.
        rule: &'static str,
        /// The string.
        found: String,
    },
    /// A string has a character that is not allowed.
    Characters {
        /// The allowed characters, in words.
        allowed: &'static str,
        /// The first character that is not allowed.
        found: char,
    },
    /// A word is not one of those allowed.
    Choice {
        /// The words allowed.
        allowed: &'static [&'static str],
        /// The word found.
        found: String,
    },
    /// None or several of the members of a union are set.
    OneOf {
        /// The members of which exactly one must be set.
        allowed: Vec<&'static str>,
        /// Those that are set.
        found: Vec<&'static str>,
    },
    /// A rule that no shape states, as a predicate for the path: `must start with /`.
    Service(String),
    /// A complete sentence in the service's own words, shown without the path.
    Verbatim(String),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("is required"),
            Self::Type { expected, found } => write!(f, "must be {expected}, not {found}"),
            Self::Length { min, max, found } => {
                write_bounds(f, "must have", *min, *max, "character")?;
                write!(f, ", not {found}")
            }
            Self::Items { min, max, found } => {
                write_bounds(f, "must have", *min, *max, "item")?;
                write!(f, ", not {found}")
            }
            Self::Range { min, max, found } if *max == i64::MAX => {
                write!(f, "must be {min} or more, not {found}")
            }
            Self::Range { min, max, found } => write!(f, "must be from {min} to {max}, not {found}"),
            Self::Pattern { rule, found } => {
                write!(f, "must match {rule}; `{}` does not", excerpt(found))
            }
            Self::Characters { allowed, found } => {
                write!(f, "may have only {allowed}, not `{}`", found.escape_default())
            }
            Self::Choice { allowed, found } => {
                write!(f, "must be one of {}, not `{}`", allowed.join(", "), excerpt(found))?;
                match mesh_text::nearest::nearest(found, allowed) {
                    Some(word) => write!(f, "; did you mean {word}?"),
                    None => Ok(()),
                }
            }
            Self::OneOf { allowed, found } if found.is_empty() => {
                write!(f, "must have exactly one of {}, and has none", allowed.join(", "))
            }
            Self::OneOf { allowed, found } => {
                write!(f, "must have exactly one of {}, not {}", allowed.join(", "), found.join(" and "))
            }
            Self::Service(text) => f.write_str(text),
            Self::Verbatim(text) => f.write_str(text),
        }
    }
}

fn write_bounds(f: &mut fmt::Formatter<'_>, verb: &str, min: usize, max: usize, thing: &str) -> fmt::Result {
    match max {
        usize::MAX => write!(f, "{verb} at least {min} {thing}s"),
        _ => write!(f, "{verb} {min} to {max} {thing}s"),
    }
}

/// Returns the first 40 characters, so that an error about a long string stays readable.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A broken rule and its path: `spec.listeners[0].portMapping.port must be from 1 to 65535, not 70000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of member names and list positions; empty for the whole value.
    pub path: String,
    /// The rule that is broken there.
    pub rule: Rule,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            _ if matches!(self.rule, Rule::Verbatim(_)) => self.rule.fmt(f),
            "" => write!(f, "the value {}", self.rule),
            path => write!(f, "{path} {}", self.rule),
        }
    }
}

/// Parses a declared type from JSON.
///
/// ```
/// use app_mesh_engine::model::{MeshSpec, parse};
/// let json = serde_json::json!({"egressFilter": {"type": "ALLOW_SOME"}});
/// let problems = parse::<MeshSpec>(&json, "spec").unwrap_err();
/// assert_eq!(problems[0].path, "spec.egressFilter.type");
/// ```
///
/// # Errors
/// Every rule that the value breaks, in the order of the declaration. Members that the declaration does not contain are
/// ignored, as the service's front end ignores them; [`unknown_members`] lists them.
pub fn parse<'v, T: Declared>(value: &'v Value, path: &str) -> Result<T::Read<'v>, Vec<Problem>> {
    checked(T::SHAPE, value, path)?;
    Ok(T::read(value))
}

/// Checks a value; `Ok` if it breaks no rule.
pub(super) fn checked(shape: &Shape, value: &Value, path: &str) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    check(shape, value, path, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Adds to `problems` every rule that `value` breaks.
pub fn check(shape: &Shape, value: &Value, path: &str, problems: &mut Vec<Problem>) {
    let mut broken = |rule| problems.push(Problem { path: path.to_owned(), rule });
    let wrong_type = |expected| Rule::Type { expected, found: json_type(value) };
    match *shape {
        Shape::Text { .. } => match value.as_str() {
            Some(text) => {
                if let Some(rule) = text_rule(text, shape) {
                    broken(rule);
                }
            }
            None => broken(wrong_type(english("a string"))),
        },
        Shape::Integer { min, max } => match value.as_i64() {
            Some(number) if (min..=max).contains(&number) => {}
            Some(found) => broken(Rule::Range { min, max, found }),
            None => match value {
                // The number is whole, so it has too many bits: an error about its range or its type would be wrong.
                Value::Number(number) if json_type(value) == "a number" => {
                    let found = excerpt(number.as_str());
                    broken(Rule::Service(format!("must be a whole number of at most 64 bits, not {found}")));
                }
                _ => broken(wrong_type(english("a whole number"))),
            },
        },
        Shape::Boolean => {
            if !value.is_boolean() {
                broken(wrong_type(english("true or false")));
            }
        }
        Shape::Choice(allowed) => match value.as_str() {
            Some(word) if allowed.contains(&word) => {}
            Some(word) => broken(choice_rule(word, allowed)),
            None => broken(wrong_type(english("a string"))),
        },
        Shape::List { of, min, max } => match value.as_array() {
            Some(items) => {
                if !(min..=max).contains(&items.len()) {
                    broken(Rule::Items { min, max, found: items.len() });
                }
                for (i, item) in items.iter().enumerate() {
                    check(of, item, &format!("{path}[{i}]"), problems);
                }
            }
            None => broken(wrong_type(english("a list"))),
        },
        Shape::Structure(structure) => match value.as_object() {
            Some(object) => check_members(structure, object, path, problems),
            None => broken(wrong_type(english("an object"))),
        },
        Shape::Any => {}
    }
}

fn check_members(
    structure: &Structure,
    object: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let mut found = Vec::new();
    for member in structure.members {
        match object.get(member.name) {
            None | Some(Value::Null) => {
                if member.required {
                    problems.push(Problem { path: join(path, member.name), rule: Rule::Required });
                }
            }
            Some(value) => {
                found.push(member.name);
                check(member.shape, value, &join(path, member.name), problems);
            }
        }
    }
    if structure.one_of && found.len() != 1 {
        let allowed = structure.members.iter().map(|member| member.name).collect();
        problems.push(Problem { path: path.to_owned(), rule: Rule::OneOf { allowed, found } });
    }
}

/// Returns the paths of members that the declaration does not contain, which reading ignores.
pub fn unknown_members(shape: &Shape, value: &Value, path: &str) -> Vec<String> {
    match (shape, value) {
        (Shape::List { of, .. }, Value::Array(items)) => items
            .iter()
            .enumerate()
            .flat_map(|(i, item)| unknown_members(of, item, &format!("{path}[{i}]")))
            .collect(),
        (Shape::Structure(structure), Value::Object(object)) => object
            .iter()
            .flat_map(|(name, value)| match structure.member(name) {
                Some(member) => unknown_members(member.shape, value, &join(path, name)),
                None => vec![join(path, name)],
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the declared part of a value in which [`check`] found no problem: without other members, without nulls, and
/// with each number in canonical form.
pub fn known(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::List { of, .. }, Value::Array(items)) => {
            Value::Array(items.iter().map(|item| known(of, item)).collect())
        }
        (Shape::Structure(structure), Value::Object(object)) => {
            let mut members = Map::new();
            for member in structure.members {
                if let Some(value) = object.get(member.name).filter(|value| !value.is_null()) {
                    members.insert(member.name.to_owned(), known(member.shape, value));
                }
            }
            Value::Object(members)
        }
        (Shape::Integer { .. }, value) => value.as_i64().unwrap_or_default().write(),
        _ => value.clone(),
    }
}

/// Returns `path.name`, or `name` at the top.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Returns the type of a JSON value, in words.
pub fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => english("null"),
        Value::Bool(_) => english("true or false"),
        // The number's own methods would parse it, which would add the parser's tables to the download.
        Value::Number(number) if number.as_str().contains(['.', 'e', 'E']) => english("a fraction"),
        Value::Number(_) => english("a number"),
        Value::String(_) => english("a string"),
        Value::Array(_) => english("a list"),
        Value::Object(_) => english("an object"),
    }
}

/// Returns the rule of a text shape that `text` breaks, if any.
fn text_rule(text: &str, shape: &Shape) -> Option<Rule> {
    let Shape::Text { min, max, pattern } = *shape else { return None };
    let found = text.chars().count();
    if !(min..=max).contains(&found) {
        return Some(Rule::Length { min, max, found });
    }
    match pattern {
        Some(pattern) if !(pattern.obeys)(text) => {
            Some(Rule::Pattern { rule: pattern.text, found: text.to_owned() })
        }
        _ => None,
    }
}

/// Returns the rule that a word outside the allowed ones breaks.
#[doc(hidden)]
pub fn choice_rule(word: &str, allowed: &'static [&'static str]) -> Rule {
    Rule::Choice { allowed, found: word.to_owned() }
}
