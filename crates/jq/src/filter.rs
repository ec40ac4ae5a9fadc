//! Syntax tree of filters.

use std::rc::Rc;

use mesh_text::data::Data;

/// A filter, which produces results from a value.
#[derive(Clone, Debug)]
pub enum Filter {
    /// `.`
    Identity,
    /// A literal value.
    Literal(Data),
    /// `"a \(f)"`, with the format of the interpolated values: `@json "a \(f)"`.
    Text(&'static str, Vec<(Data, Option<Filter>)>),
    /// `@json`
    Format(&'static str),
    /// `$name`
    Variable(Rc<str>),
    /// `f.name`, `f[index]`: the source and the key.
    Member(Box<Filter>, Box<Filter>),
    /// `f[from:to]`
    Slice(Box<Filter>, Option<Box<Filter>>, Option<Box<Filter>>),
    /// `f[]`
    Each(Box<Filter>),
    /// `try f catch g`, and `f?`.
    Try(Box<Filter>, Option<Box<Filter>>),
    /// `f | g`
    Pipe(Box<Filter>, Box<Filter>),
    /// `f, g`
    Both(Box<Filter>, Box<Filter>),
    /// `-f`
    Negative(Box<Filter>),
    /// A binary operator with its operands.
    Operator(&'static str, Box<Filter>, Box<Filter>),
    /// `f |= g` and the other assignments.
    Assign(&'static str, Box<Filter>, Box<Filter>),
    /// `[f]`
    List(Option<Box<Filter>>),
    /// `{name: f}`
    Object(Vec<(Filter, Filter)>),
    /// `if f then g elif … else h end`
    If(Vec<(Filter, Filter)>, Option<Box<Filter>>),
    /// `f as $x | g`
    As(Box<Filter>, Pattern, Box<Filter>),
    /// `reduce f as $x (first; next)` or `foreach f as $x (first; next; shown)`.
    Fold(Box<Fold>),
    /// `def f: g; h`
    Define(Rc<Definition>, Box<Filter>),
    /// `label $name | f`
    Label(Rc<str>, Box<Filter>),
    /// `break $name`
    Break(Rc<str>),
    /// `name(f; g)`
    Call(Target, Vec<Filter>),
}

/// `reduce` or `foreach`.
#[derive(Clone, Debug)]
pub struct Fold {
    /// Whether each step emits results: true for `foreach`.
    pub is_each: bool,
    /// Source of the values to iterate over.
    pub source: Filter,
    /// Pattern that each value is bound to.
    pub pattern: Pattern,
    /// Initial state.
    pub first: Filter,
    /// Next state, computed from the previous state.
    pub next: Filter,
    /// Result of a step, if it is not the new state.
    pub shown: Option<Filter>,
}

/// Destructuring pattern: `$x`, `[$x, $y]`, `{a: $x}`.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `$x`
    Name(Rc<str>),
    /// `[p, …]`
    List(Vec<Pattern>),
    /// `{name: p}`; `{$x}` binds the member `x` to `$x`.
    Object(Vec<(Filter, Option<Rc<str>>, Option<Pattern>)>),
}

/// A function that a filter or the library defines.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: Rc<str>,
    /// Its parameters; `true` marks a value parameter: `$x`.
    pub parameters: Vec<(Rc<str>, bool)>,
    /// Its body.
    pub body: Filter,
}

/// Target of a call.
#[derive(Clone, Debug)]
pub enum Target {
    /// A function or parameter that the filter defines.
    Own(Rc<str>),
    /// A function of the library, by its index.
    Library(usize),
    /// A function that takes values: [`VALUES`](super::values::VALUES).
    Value(&'static str),
    /// A function that takes filters: [`FILTERS`](super::generate::FILTERS).
    Filter(&'static str),
}

/// A whole filter, with the functions of the library that it uses.
#[derive(Clone, Debug)]
pub struct Program {
    /// The filter.
    pub main: Filter,
    /// The library; `None` for functions that are not used.
    pub library: Vec<Option<Definition>>,
}
