//! From text to filters.

use crate::terminal::aws::data::Data;

/// How deep filters may sit in each other.
const DEEPEST: usize = 40;
/// How many may be joined: each holds the ones before it.
const MOST_JOINS: usize = 200;

/// What makes results of a value.
#[derive(Clone, Debug)]
pub enum Filter {
    /// `.`
    Identity,
    /// `..`
    Everything,
    /// A value of its own.
    Literal(Data),
    /// `f.name`, `f[index]`: what it is taken from, and by what.
    Member(Box<Filter>, Box<Filter>),
    /// `f[from:to]`
    Slice(Box<Filter>, Option<i64>, Option<i64>),
    /// `f[]`
    Each(Box<Filter>),
    /// `f?`
    Try(Box<Filter>),
    /// `f | g`
    Pipe(Box<Filter>, Box<Filter>),
    /// `f, g`
    Both(Box<Filter>, Box<Filter>),
    /// An operator between two.
    Operator(&'static str, Box<Filter>, Box<Filter>),
    /// `[f]`
    List(Option<Box<Filter>>),
    /// `{name: f}`
    Object(Vec<(Filter, Filter)>),
    /// `name(f; g)`
    Call(&'static str, Vec<Filter>),
}

/// The functions, with how many filters they take.
pub const FUNCTIONS: &[(&str, usize)] = &[
    ("add", 0),
    ("all", 1),
    ("any", 1),
    ("contains", 1),
    ("empty", 0),
    ("endswith", 1),
    ("false", 0),
    ("first", 0),
    ("flatten", 0),
    ("has", 1),
    ("join", 1),
    ("keys", 0),
    ("last", 0),
    ("length", 0),
    ("map", 1),
    ("not", 0),
    ("null", 0),
    ("reverse", 0),
    ("select", 1),
    ("sort", 0),
    ("sort_by", 1),
    ("startswith", 1),
    ("to_entries", 0),
    ("tojson", 0),
    ("tostring", 0),
    ("true", 0),
    ("type", 0),
    ("unique", 0),
    ("values", 0),
];

/// Operators by how tightly they hold; each level after the ones that hold less.
const LEVELS: [&[&str]; 5] = [&["//"], &["or"], &["and"], &["==", "!=", "<=", ">=", "<", ">"], &["+", "-"]];

impl Filter {
    /// Reads a filter; `given` are the variables of `--arg`.
    ///
    /// # Errors
    /// What is not read here, in jq's words as far as they fit.
    pub fn read(text: &str, given: &[(&str, Data)]) -> Result<Self, String> {
        let mut reader = Reader { rest: text, given, depth: 0, joins: 0 };
        if text.trim().is_empty() {
            return Ok(Self::Identity);
        }
        let filter = reader.pipe()?;
        reader.rest = reader.rest.trim_start();
        if reader.rest.is_empty() { Ok(filter) } else { Err(reader.unexpected()) }
    }
}

struct Reader<'r> {
    rest: &'r str,
    given: &'r [(&'r str, Data)],
    depth: usize,
    joins: usize,
}

type Read = Result<Filter, String>;

impl Reader<'_> {
    fn unexpected(&self) -> String {
        let rest = self.rest.trim_start();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()).max(1);
        match rest.split_at_checked(length) {
            Some((token, _)) => ["syntax error, unexpected `", token, "`, which is not known here"].concat(),
            None if rest.is_empty() => "syntax error, unexpected end of file".to_owned(),
            None => "syntax error".to_owned(),
        }
    }

    fn takes(&mut self, mark: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expects(&mut self, mark: &str) -> Result<(), String> {
        if self.takes(mark) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self) -> Option<&str> {
        let rest = self.rest.trim_start();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (word, rest) = rest.split_at(length);
        self.rest = rest;
        Some(word)
    }

    fn joins(&mut self) -> Result<(), String> {
        self.joins += 1;
        if self.joins > MOST_JOINS { Err("the filter is too long".to_owned()) } else { Ok(()) }
    }

    fn pipe(&mut self) -> Read {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the filter is nested too deep".to_owned());
        }
        let mut filter = self.comma()?;
        while !self.rest.trim_start().starts_with("|=") && self.takes("|") {
            self.joins()?;
            filter = Filter::Pipe(Box::new(filter), Box::new(self.comma()?));
        }
        self.depth -= 1;
        Ok(filter)
    }

    fn comma(&mut self) -> Read {
        let mut filter = self.level(0)?;
        while self.takes(",") {
            self.joins()?;
            filter = Filter::Both(Box::new(filter), Box::new(self.level(0)?));
        }
        Ok(filter)
    }

    fn level(&mut self, level: usize) -> Read {
        let Some(operators) = LEVELS.get(level) else { return self.postfix() };
        let mut left = self.level(level + 1)?;
        loop {
            let rest = self.rest.trim_start();
            let is_here = |operator: &&&str| {
                let after = rest.strip_prefix(**operator);
                let is_word = operator.starts_with(|c: char| c.is_alphabetic());
                after.is_some_and(|after| {
                    !is_word || !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            };
            let Some(operator) = operators.iter().find(is_here) else { return Ok(left) };
            self.joins()?;
            self.takes(operator);
            left = Filter::Operator(operator, Box::new(left), Box::new(self.level(level + 1)?));
        }
    }

    fn postfix(&mut self) -> Read {
        let mut filter = self.primary()?;
        loop {
            if self.takes("[") {
                filter = self.brackets(filter)?;
            } else if self.rest.starts_with('.') && !self.rest.starts_with("..") {
                self.takes(".");
                if !self.rest.starts_with('[') {
                    filter = self.member(filter)?;
                }
            } else if self.takes("?") && !self.rest.starts_with("//") {
                filter = Filter::Try(Box::new(filter));
            } else {
                return Ok(filter);
            }
            self.joins()?;
        }
    }

    /// The name behind a dot.
    fn member(&mut self, of: Filter) -> Read {
        let name = if self.rest.starts_with('"') {
            self.string()?
        } else {
            match self.word() {
                Some(name) => Data::text(name),
                None => return Err(self.unexpected()),
            }
        };
        Ok(Filter::Member(Box::new(of), Box::new(Filter::Literal(name))))
    }

    fn brackets(&mut self, of: Filter) -> Read {
        if self.takes("]") {
            return Ok(Filter::Each(Box::new(of)));
        }
        if let Some(slice) = self.slice() {
            return Ok(Filter::Slice(Box::new(of), slice.0, slice.1));
        }
        let index = self.pipe()?;
        self.expects("]")?;
        Ok(Filter::Member(Box::new(of), Box::new(index)))
    }

    /// `from:to]`
    fn slice(&mut self) -> Option<(Option<i64>, Option<i64>)> {
        let (inner, rest) = self.rest.split_once(']')?;
        let (from, to) = inner.split_once(':')?;
        let number = |text: &str| match text.trim() {
            "" => Some(None),
            digits => digits.parse().ok().map(Some),
        };
        let slice = (number(from)?, number(to)?);
        self.rest = rest;
        Some(slice)
    }

    fn string(&mut self) -> Result<Data, String> {
        let rest = self.rest.trim_start();
        let mut is_escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            if c == '"' && !is_escaped {
                let (text, after) = rest.split_at(at + 1);
                self.rest = after;
                if text.contains("\\(") {
                    return Err("string interpolation is not known here".to_owned());
                }
                return crate::terminal::aws::json::read(text);
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        Err("syntax error, unexpected end of file".to_owned())
    }

    fn primary(&mut self) -> Read {
        self.rest = self.rest.trim_start();
        if self.takes("..") {
            return Ok(Filter::Everything);
        }
        if self.takes(".") {
            let has_name = self.rest.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"');
            return if has_name { self.member(Filter::Identity) } else { Ok(Filter::Identity) };
        }
        if self.takes("(") {
            let filter = self.pipe()?;
            self.expects(")")?;
            return Ok(filter);
        }
        if self.takes("[") {
            if self.takes("]") {
                return Ok(Filter::List(None));
            }
            let filter = self.pipe()?;
            self.expects("]")?;
            return Ok(Filter::List(Some(Box::new(filter))));
        }
        if self.takes("{") {
            return self.object();
        }
        if self.takes("$") {
            let name = self.word().unwrap_or_default().to_owned();
            let found = self.given.iter().find(|(given, _)| *given == name);
            let unknown = || ["$", &name, " is not defined"].concat();
            return found.map(|(_, value)| Filter::Literal(value.clone())).ok_or_else(unknown);
        }
        if self.rest.starts_with('"') {
            return self.string().map(Filter::Literal);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            let length = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-' && c != '.');
            let (number, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
            self.rest = rest;
            return crate::terminal::aws::json::read(number).map(Filter::Literal);
        }
        let Some(name) = self.word().map(str::to_owned) else { return Err(self.unexpected()) };
        let mut arguments = Vec::new();
        if self.takes("(") {
            arguments.push(self.pipe()?);
            while self.takes(";") {
                arguments.push(self.pipe()?);
            }
            self.expects(")")?;
        }
        let found = FUNCTIONS.iter().find(|(known, count)| *known == name && *count == arguments.len());
        let (name, _) = found.ok_or_else(|| format!("{name}/{} is not defined", arguments.len()))?;
        Ok(Filter::Call(name, arguments))
    }

    fn object(&mut self) -> Read {
        let mut members = Vec::new();
        while !self.takes("}") {
            if !members.is_empty() {
                self.expects(",")?;
            }
            self.rest = self.rest.trim_start();
            let name = if self.rest.starts_with('"') {
                Filter::Literal(self.string()?)
            } else if self.takes("(") {
                let name = self.pipe()?;
                self.expects(")")?;
                name
            } else {
                match self.word() {
                    Some(name) => Filter::Literal(Data::text(name)),
                    None => return Err(self.unexpected()),
                }
            };
            let value = if self.takes(":") {
                self.level(0)?
            } else {
                Filter::Member(Box::new(Filter::Identity), Box::new(name.clone()))
            };
            members.push((name, value));
        }
        Ok(Filter::Object(members))
    }
}
