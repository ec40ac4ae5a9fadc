//! Parser of filters.
//!
//! Names are resolved here, so that a filter with an unknown name does not run. Start at [`program`].

use std::rc::Rc;

use mesh_text::data::{Data, json};

use super::{
    filter::{Filter, Program, Target},
    formats::FORMATS,
    generate::FILTERS,
    library::LIBRARY,
    number::Decimal,
    values::VALUES,
};

/// Maximum nesting depth of filters.
const DEEPEST: usize = 48;
/// Maximum number of joined filters: each contains those before it.
const MOST_JOINS: usize = 200;

/// Operators by precedence, the lowest first.
const LEVELS: [&[&str]; 7] = [
    &["//"],
    &["|=", "+=", "-=", "*=", "/=", "%=", "//=", "="],
    &["or"],
    &["and"],
    &["==", "!=", "<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Keywords, which are not function names.
const RESERVED: [&str; 15] = [
    "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "and",
    "or", "import",
];

/// Parses a filter; `given` contains the names of the variables that are set.
///
/// # Errors
/// Returns a message if the filter is invalid or not supported, in jq's wording where it applies.
pub fn program(text: &str, given: &[&str]) -> Result<Program, String> {
    let mut wanted = Vec::new();
    let variables = given.iter().map(|name| Rc::from(*name)).collect();
    let mut reader = Reader { rest: text, variables, ..Reader::new(&mut wanted) };
    reader.skip();
    let main = if reader.rest.is_empty() { Filter::Identity } else { reader.pipe()? };
    reader.skip();
    if !reader.rest.is_empty() {
        return Err(reader.unexpected());
    }
    let mut library = vec![None; LIBRARY.len()];
    while let Some(place) = wanted.pop() {
        let (Some(entry), Some((_, _, text))) = (library.get_mut(place), LIBRARY.get(place)) else {
            continue;
        };
        if entry.is_none() {
            let mut reader = Reader { rest: text, ..Reader::new(&mut wanted) };
            reader.takes_word("def");
            *entry = Some(reader.definition()?);
        }
    }
    Ok(Program { main, library })
}

/// Parser of one filter.
pub struct Reader<'r> {
    pub(crate) rest: &'r str,
    /// Variables and labels (`*name`) in scope.
    pub(crate) variables: Vec<Rc<str>>,
    /// Functions in scope, each with its number of parameters.
    pub(crate) functions: Vec<(Rc<str>, usize)>,
    /// Indices of the library functions that are used.
    wanted: &'r mut Vec<usize>,
    pub(crate) depth: usize,
    joins: usize,
}

/// Result of parsing: the parsed item, or an error message.
pub type Read<T = Filter> = Result<T, String>;

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'r> Reader<'r> {
    fn new(wanted: &'r mut Vec<usize>) -> Self {
        Self { rest: "", variables: Vec::new(), functions: Vec::new(), wanted, depth: 0, joins: 0 }
    }

    /// Skips white space and comments.
    pub(crate) fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix('#') else { return };
            self.rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or_default();
        }
    }

    pub(crate) fn unexpected(&mut self) -> String {
        self.skip();
        let rest = self.rest;
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()).max(1);
        match rest.split_at_checked(length) {
            Some((token, _)) => ["syntax error, unexpected `", token, "`, which is not known here"].concat(),
            None if rest.is_empty() => "syntax error, unexpected end of file".to_owned(),
            None => "syntax error".to_owned(),
        }
    }

    pub(crate) fn takes(&mut self, mark: &str) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(crate) fn takes_word(&mut self, word: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(word) {
            Some(rest) if !rest.starts_with(is_name) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn expects(&mut self, mark: &str) -> Read<()> {
        let is_word = mark.starts_with(is_name);
        let takes = if is_word { self.takes_word(mark) } else { self.takes(mark) };
        if takes { Ok(()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self) -> Option<Rc<str>> {
        self.skip();
        let length = self.rest.find(|c: char| !is_name(c)).unwrap_or(self.rest.len());
        if length == 0 || self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(word.into())
    }

    pub(crate) fn name(&mut self) -> Read<Rc<str>> {
        match self.word() {
            Some(word) => Ok(word),
            None => Err(self.unexpected()),
        }
    }

    pub(crate) fn joins(&mut self) -> Read<()> {
        self.joins += 1;
        if self.joins > MOST_JOINS { Err("the filter is too long".to_owned()) } else { Ok(()) }
    }

    pub(crate) fn goes_deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > DEEPEST { Err("the filter is nested too deep".to_owned()) } else { Ok(()) }
    }

    pub(crate) fn pipe(&mut self) -> Read {
        self.goes_deeper()?;
        let filter = self.piped()?;
        self.depth -= 1;
        Ok(filter)
    }

    fn piped(&mut self) -> Read {
        if self.takes_word("def") {
            let definition = self.definition()?;
            self.functions.push((definition.name.clone(), definition.parameters.len()));
            let body = self.pipe()?;
            self.functions.pop();
            return Ok(Filter::Define(Rc::new(definition), Box::new(body)));
        }
        if self.takes_word("label") {
            self.expects("$")?;
            let name = self.name()?;
            self.expects("|")?;
            self.variables.push(["*", &name].concat().into());
            let body = self.pipe()?;
            self.variables.pop();
            return Ok(Filter::Label(name, Box::new(body)));
        }
        let mut filter = self.comma()?;
        loop {
            self.skip();
            if self.rest.starts_with("|=") || !self.takes("|") {
                return Ok(filter);
            }
            self.joins()?;
            self.skip();
            // `def` and `label` include everything that follows.
            let holds_rest = ["def", "label"]
                .iter()
                .any(|word| self.rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_name)));
            let next = if holds_rest { self.pipe()? } else { self.comma()? };
            filter = Filter::Pipe(Box::new(filter), Box::new(next));
        }
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
        while let Some(operator) = self.operator(operators) {
            self.joins()?;
            let right = Box::new(self.level(level + 1)?);
            left = match level {
                1 => Filter::Assign(operator.strip_suffix('=').unwrap_or_default(), Box::new(left), right),
                _ => Filter::Operator(operator, Box::new(left), right),
            };
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        self.skip();
        let rest = self.rest;
        let found = operators.iter().copied().find(|operator| {
            let Some(after) = rest.strip_prefix(*operator) else { return false };
            match *operator {
                "or" | "and" => !after.starts_with(is_name),
                "=" => !after.starts_with('='),
                // Not an operator if it is part of an assignment.
                "+" | "-" | "*" | "/" | "%" | "//" => {
                    !(after.starts_with('=') || *operator == "/" && after.starts_with('/'))
                }
                _ => true,
            }
        })?;
        self.rest = rest.get(found.len()..).unwrap_or_default();
        Some(found)
    }

    fn postfix(&mut self) -> Read {
        let mut filter = self.primary()?;
        loop {
            self.skip();
            if self.takes("[") {
                filter = self.brackets(filter)?;
            } else if self.rest.starts_with('.') && !self.rest.starts_with("..") {
                self.takes(".");
                if !self.rest.starts_with('[') {
                    filter = self.member(filter)?;
                }
            } else if self.takes("?") {
                filter = Filter::Try(Box::new(filter), None);
            } else if self.takes_word("as") {
                return self.named(filter);
            } else {
                return Ok(filter);
            }
            self.joins()?;
        }
    }

    /// Parses the name after a dot.
    pub(crate) fn member(&mut self, of: Filter) -> Read {
        let name = if self.rest.starts_with('"') {
            self.string("@text")?
        } else {
            Filter::Literal(Data::Text(self.name()?))
        };
        Ok(Filter::Member(Box::new(of), Box::new(name)))
    }

    pub(crate) fn brackets(&mut self, of: Filter) -> Read {
        if self.takes("]") {
            return Ok(Filter::Each(Box::new(of)));
        }
        let from = if self.takes(":") { None } else { Some(Box::new(self.pipe()?)) };
        if let Some(index) = from.clone().filter(|_| !self.takes(":")) {
            self.expects("]")?;
            return Ok(Filter::Member(Box::new(of), index));
        }
        let to = if self.takes("]") { None } else { Some(Box::new(self.pipe()?)) };
        if to.is_some() {
            self.expects("]")?;
        } else if from.is_none() {
            return Err(self.unexpected());
        }
        Ok(Filter::Slice(Box::new(of), from, to))
    }

    /// Parses a string with its interpolated filters.
    fn string(&mut self, format: &'static str) -> Read {
        self.skip();
        self.rest = self.rest.strip_prefix('"').unwrap_or(self.rest);
        let mut parts = Vec::new();
        loop {
            let mut is_escaped = false;
            let end = self.rest.char_indices().find(|(at, c)| {
                let ends = *c == '"' && !is_escaped;
                let begins =
                    is_escaped && *c == '(' && self.rest.get(..*at).is_some_and(|text| text.ends_with('\\'));
                is_escaped = *c == '\\' && !is_escaped;
                ends || begins
            });
            let Some((end, mark)) = end else {
                return Err("syntax error, unexpected end of file".to_owned());
            };
            let length = if mark == '(' { end - 1 } else { end };
            let written = self.rest.get(..length).unwrap_or_default();
            let text = json::read(&["\"", &written.replace('\n', "\\n").replace('\t', "\\t"), "\""].concat());
            let text =
                text.map_err(|_| ["syntax error, \"", written, "\" is not a string of JSON"].concat())?;
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if mark == '"' {
                if parts.is_empty() {
                    return Ok(Filter::Literal(text));
                }
                parts.push((text, None));
                return Ok(Filter::Text(format, parts));
            }
            self.joins()?;
            let inner = self.pipe()?;
            self.expects(")")?;
            parts.push((text, Some(inner)));
        }
    }

    pub(crate) fn primary(&mut self) -> Read {
        self.goes_deeper()?;
        let filter = self.term()?;
        self.depth -= 1;
        Ok(filter)
    }

    fn term(&mut self) -> Read {
        self.skip();
        if self.takes("..") {
            return self.call("recurse".into(), Vec::new());
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
            return self.variable();
        }
        if self.takes("@") {
            let name = ["@", &*self.name()?].concat();
            let Some(format) = FORMATS.iter().find(|format| **format == name) else {
                return Err([&name, " is not a valid format"].concat());
            };
            self.skip();
            return if self.rest.starts_with('"') { self.string(format) } else { Ok(Filter::Format(format)) };
        }
        if self.rest.starts_with('"') {
            return self.string("@text");
        }
        if self.takes("-") {
            return Ok(Filter::Negative(Box::new(self.postfix()?)));
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number();
        }
        let name = self.name()?;
        match &*name {
            "if" => self.condition(),
            "try" => {
                let tried = self.postfix()?;
                let caught = if self.takes_word("catch") { Some(Box::new(self.postfix()?)) } else { None };
                Ok(Filter::Try(Box::new(tried), caught))
            }
            "reduce" | "foreach" => self.fold(*name == *"foreach"),
            "def" => {
                let definition = self.definition()?;
                self.functions.push((definition.name.clone(), definition.parameters.len()));
                let body = self.pipe()?;
                self.functions.pop();
                Ok(Filter::Define(Rc::new(definition), Box::new(body)))
            }
            "break" => {
                self.expects("$")?;
                let label = self.name()?;
                let known = ["*", &label].concat();
                if !self.variables.iter().any(|name| **name == known) {
                    return Err(["$*label-", &label, " is not defined"].concat());
                }
                Ok(Filter::Break(label))
            }
            reserved if RESERVED.contains(&reserved) => {
                Err(["syntax error, unexpected `", reserved, "`, which is not known here"].concat())
            }
            _ => {
                let mut arguments = Vec::new();
                if self.takes("(") {
                    arguments.push(self.pipe()?);
                    while self.takes(";") {
                        arguments.push(self.pipe()?);
                    }
                    self.expects(")")?;
                }
                self.call(name, arguments)
            }
        }
    }

    fn number(&mut self) -> Read {
        let digits = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
        let (_, after) = self.rest.split_at(digits);
        let power =
            after.strip_prefix(['e', 'E']).map(|power| power.strip_prefix(['+', '-']).unwrap_or(power));
        let length = match power.filter(|power| power.starts_with(|c: char| c.is_ascii_digit())) {
            Some(power) => {
                let rest = power.trim_start_matches(|c: char| c.is_ascii_digit());
                self.rest.len() - rest.len()
            }
            None => digits,
        };
        let (number, rest) = self.rest.split_at(length);
        self.rest = rest;
        let wrong = || ["syntax error, `", number, "` is not a number"].concat();
        Decimal::read(number).map(|number| Filter::Literal(number.value())).ok_or_else(wrong)
    }

    fn variable(&mut self) -> Read {
        let name = self.name()?;
        if self.variables.contains(&name) {
            return Ok(Filter::Variable(name));
        }
        Err(["$", &name, " is not defined"].concat())
    }

    fn condition(&mut self) -> Read {
        let mut branches = Vec::new();
        loop {
            let condition = self.pipe()?;
            self.expects("then")?;
            branches.push((condition, self.pipe()?));
            if self.takes_word("elif") {
                self.joins()?;
                continue;
            }
            let otherwise = if self.takes_word("else") { Some(Box::new(self.pipe()?)) } else { None };
            self.expects("end")?;
            return Ok(Filter::If(branches, otherwise));
        }
    }

    fn call(&mut self, name: Rc<str>, arguments: Vec<Filter>) -> Read {
        let count = arguments.len();
        let is_known = |known: &(&'static str, usize)| *known.0 == *name && known.1 == count;
        let target = if self.functions.iter().any(|(known, takes)| *known == name && *takes == count) {
            Target::Own(name)
        } else if let Some((known, _)) = VALUES.iter().find(|known| is_known(known)) {
            Target::Value(known)
        } else if let Some((known, _)) = FILTERS.iter().find(|known| is_known(known)) {
            Target::Filter(known)
        } else if let Some(place) = LIBRARY.iter().position(|(known, takes, _)| is_known(&(known, *takes))) {
            self.wanted.push(place);
            Target::Library(place)
        } else {
            return Err([&*name, "/", &*count.to_string(), " is not defined"].concat());
        };
        Ok(Filter::Call(target, arguments))
    }

    /// Parses the name of a member before a colon.
    pub(crate) fn key(&mut self) -> Read {
        self.skip();
        if self.rest.starts_with('"') {
            self.string("@text")
        } else if self.takes("(") {
            let name = self.pipe()?;
            self.expects(")")?;
            Ok(name)
        } else {
            self.name().map(|name| Filter::Literal(Data::Text(name)))
        }
    }

    fn object(&mut self) -> Read {
        let mut members = Vec::new();
        while !self.takes("}") {
            if !members.is_empty() {
                self.expects(",")?;
            }
            if self.takes("$") {
                let value = self.variable()?;
                if let Filter::Variable(name) = &value {
                    members.push((Filter::Literal(Data::Text(name.clone())), value));
                }
                continue;
            }
            let name = self.key()?;
            let value = if self.takes(":") {
                let mut value = self.level(0)?;
                while !self.rest.starts_with("|=") && self.takes("|") {
                    self.joins()?;
                    value = Filter::Pipe(Box::new(value), Box::new(self.level(0)?));
                }
                value
            } else {
                Filter::Member(Box::new(Filter::Identity), Box::new(name.clone()))
            };
            members.push((name, value));
        }
        Ok(Filter::Object(members))
    }
}
