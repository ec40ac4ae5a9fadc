//! What a filter is made of.

use std::rc::Rc;

use crate::terminal::aws::data::Data;

/// What makes results of a value.
#[derive(Clone, Debug)]
pub enum Filter {
    /// `.`
    Identity,
    /// A value of its own.
    Literal(Data),
    /// `"a \(f)"`, with how what is put in is written: `@json "a \(f)"`.
    Text(&'static str, Vec<(Data, Option<Filter>)>),
    /// `@json`
    Format(&'static str),
    /// `$name`
    Variable(Rc<str>),
    /// `f.name`, `f[index]`: what it is taken from, and by what.
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
    /// An operator between two.
    Operator(&'static str, Box<Filter>, Box<Filter>),
    /// `f |= g` and its like.
    Assign(&'static str, Box<Filter>, Box<Filter>),
    /// `[f]`
    List(Option<Box<Filter>>),
    /// `{name: f}`
    Object(Vec<(Filter, Filter)>),
    /// `if f then g elif … else h end`
    If(Vec<(Filter, Filter)>, Option<Box<Filter>>),
    /// `f as $x | g`
    As(Box<Filter>, Pattern, Box<Filter>),
    /// `reduce f as $x (first; next)`; `foreach` has a fourth, or its own value.
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
    /// Whether each step has results: `foreach`.
    pub is_each: bool,
    /// What is gone through.
    pub source: Filter,
    /// What names each.
    pub pattern: Pattern,
    /// What it begins with.
    pub first: Filter,
    /// What each makes of what was before.
    pub next: Filter,
    /// What a step has as its result, when that is something else.
    pub shown: Option<Filter>,
}

/// What names the parts of a value: `$x`, `[$x, $y]`, `{a: $x}`.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `$x`
    Name(Rc<str>),
    /// `[p, …]`
    List(Vec<Pattern>),
    /// `{name: p}`; `{$x}` names the member and takes it.
    Object(Vec<(Filter, Option<Rc<str>>, Option<Pattern>)>),
}

/// A function of the filter's own.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: Rc<str>,
    /// What it takes; `true` for values: `$x`.
    pub parameters: Vec<(Rc<str>, bool)>,
    /// What it does.
    pub body: Filter,
}

/// What a call goes to.
#[derive(Clone, Debug)]
pub enum Target {
    /// A function or parameter of the filter's own.
    Own(Rc<str>),
    /// One of the library's, by its place in it.
    Library(usize),
    /// One that takes values: [`VALUES`](super::values::VALUES).
    Value(&'static str),
    /// One that takes filters: [`FILTERS`](super::run::FILTERS).
    Filter(&'static str),
}

/// A whole filter, with the functions of the library that it uses.
#[derive(Clone, Debug)]
pub struct Program {
    /// The filter.
    pub main: Filter,
    /// The library as far as it is used.
    pub library: Vec<Option<Definition>>,
}
