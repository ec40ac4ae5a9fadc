//! The tree of a query, made by operator precedence. Source: Python's `jmespath/parser.py`, whose order of trying it
//! has, so that the same texts are wrong at the same place.

use std::rc::Rc;

use super::tokens::{Token, tokens};
use crate::terminal::aws::data::Data;

/// More words are refused as Python refuses what is nested too deep, so that a tree is never deeper than a stack is.
const MOST_WORDS: usize = 1000;
/// How deep parentheses, lists and the like may sit in each other.
const MOST_NESTING: usize = 64;
/// Signs that bind less than this end a projection.
const PROJECTION_STOP: u8 = 10;

/// A part of a query.
#[derive(Debug)]
pub enum Node {
    /// `@`, and what is not written.
    Current,
    /// A value.
    Literal(Data),
    /// The member of this name.
    Field(Rc<str>),
    /// The item at this place; negative from the end.
    Index(i64),
    /// The items from, to, by.
    Slice([Option<i64>; 3]),
    /// Each on the value of the one before.
    Sequence(Vec<Node>),
    /// The second for each item of the first.
    Projection(Box<Node>, Box<Node>),
    /// The second for each member of the first.
    Values(Box<Node>, Box<Node>),
    /// The second for each item of the first that fulfils the third.
    Filter(Box<Node>, Box<Node>, Box<Node>),
    /// Lists in a list, laid out in it.
    Flatten(Box<Node>),
    /// `==` and its like, by the names of their tokens.
    Compare(&'static str, Box<Node>, Box<Node>),
    /// `||`
    Or(Box<Node>, Box<Node>),
    /// `&&`
    And(Box<Node>, Box<Node>),
    /// `!`
    Not(Box<Node>),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{a: b}`
    Hash(Vec<(Rc<str>, Node)>),
    /// A function.
    Call(Rc<str>, Vec<Node>),
    /// `&a`, for functions that evaluate it themselves.
    Expression(Box<Node>),
}

/// Reads a query.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(text: &str) -> Result<Node, String> {
    if text.is_empty() {
        return Err("Invalid JMESPath expression: cannot be empty.".to_owned());
    }
    let tokens = tokens(text)?;
    if tokens.len() > MOST_WORDS {
        return Err(too_deep());
    }
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.kind() {
        "eof" => Ok(node),
        _ => {
            let what = ["Unexpected token: ", &parser.token(0).value.plain(false)].concat();
            Err(parser.wrong(parser.at, &what))
        }
    }
}

fn too_deep() -> String {
    "maximum recursion depth exceeded".to_owned()
}

/// How strongly a sign binds what is left of it.
fn power(kind: &str) -> u8 {
    match kind {
        "pipe" => 1,
        "or" => 2,
        "and" => 3,
        "eq" | "gt" | "lt" | "gte" | "lte" | "ne" => 5,
        "flatten" => 9,
        "star" => 20,
        "filter" => 21,
        "dot" => 40,
        "not" => 45,
        "lbrace" => 50,
        "lbracket" => 55,
        "lparen" => 60,
        _ => 0,
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

type Parsed = Result<Node, String>;

impl Parser<'_> {
    /// INVARIANT: all recursion goes through here, and ends at [`MOST_NESTING`].
    fn expression(&mut self, least: u8) -> Parsed {
        if self.depth == MOST_NESTING {
            return Err(too_deep());
        }
        self.depth += 1;
        let mut left = self.begun()?;
        while least < power(self.kind()) {
            let kind = self.kind();
            self.at += 1;
            left = self.continued(kind, left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What begins with the token that comes.
    fn begun(&mut self) -> Parsed {
        let token = self.token(0).clone();
        self.at += 1;
        let name = || token.value.as_str().unwrap_or_default().into();
        Ok(match token.kind {
            "literal" => Node::Literal(token.value.clone()),
            "unquoted_identifier" => Node::Field(name()),
            "quoted_identifier" => {
                if self.kind() == "lparen" {
                    let what = "Quoted identifier not allowed for function names.";
                    return Err(self.wrong_at(self.at, 0, what));
                }
                Node::Field(name())
            }
            "star" => {
                let each =
                    if self.kind() == "rbracket" { Node::Current } else { self.projected(power("star"))? };
                Node::Values(Box::new(Node::Current), Box::new(each))
            }
            "filter" => self.filter(Node::Current)?,
            "lbrace" => self.hash()?,
            "lparen" => {
                let inner = self.expression(0)?;
                self.expect("rparen")?;
                inner
            }
            "flatten" => self.flatten(Node::Current)?,
            "not" => Node::Not(Box::new(self.expression(power("not"))?)),
            "lbracket" => match self.kind() {
                "number" | "colon" => self.index(Node::Current)?,
                "star" if self.token(1).kind == "rbracket" => {
                    self.at += 2;
                    let each = self.projected(power("star"))?;
                    Node::Projection(Box::new(Node::Current), Box::new(each))
                }
                _ => self.list()?,
            },
            "current" => Node::Current,
            "expref" => Node::Expression(Box::new(self.expression(0)?)),
            "eof" => return Err(self.incomplete()),
            _ => return Err(self.wrong(self.at - 1, "invalid token")),
        })
    }

    /// What goes on after `left` with a token of this kind, which was just passed.
    fn continued(&mut self, kind: &'static str, left: Node) -> Parsed {
        Ok(match kind {
            "dot" if self.kind() == "star" => {
                self.at += 1;
                let each = self.projected(power("dot"))?;
                Node::Values(Box::new(left), Box::new(each))
            }
            "dot" => then(left, self.after_dot(power("dot"))?),
            "pipe" => then(left, self.expression(power("pipe"))?),
            "or" => Node::Or(Box::new(left), Box::new(self.expression(power("or"))?)),
            "and" => Node::And(Box::new(left), Box::new(self.expression(power("and"))?)),
            "eq" | "ne" | "gt" | "gte" | "lt" | "lte" => {
                Node::Compare(kind, Box::new(left), Box::new(self.expression(power(kind))?))
            }
            "lparen" => {
                let Node::Field(name) = left else {
                    let place = self.at.saturating_sub(2);
                    let value = self.tokens.get(place).map(|token| token.value.plain(false));
                    let what = ["Invalid function name '", &value.unwrap_or_default(), "'"].concat();
                    return Err(self.wrong(place, &what));
                };
                let mut arguments = Vec::new();
                while self.kind() != "rparen" {
                    arguments.push(self.expression(0)?);
                    self.at += usize::from(self.kind() == "comma");
                }
                self.at += 1;
                Node::Call(name, arguments)
            }
            "filter" => self.filter(left)?,
            "flatten" => self.flatten(left)?,
            "lbracket" => match self.kind() {
                "number" | "colon" => self.index(left)?,
                _ => {
                    self.expect("star")?;
                    self.expect("rbracket")?;
                    let each = self.projected(power("star"))?;
                    Node::Projection(Box::new(left), Box::new(each))
                }
            },
            _ => return Err(self.wrong(self.at - 1, "invalid token")),
        })
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect("rbracket")?;
        let each = if self.kind() == "flatten" { Node::Current } else { self.projected(power("filter"))? };
        Ok(Node::Filter(Box::new(left), Box::new(each), Box::new(condition)))
    }

    fn flatten(&mut self, left: Node) -> Parsed {
        let each = self.projected(power("flatten"))?;
        Ok(Node::Projection(Box::new(Node::Flatten(Box::new(left))), Box::new(each)))
    }

    /// `[1]`, or `[1:2:3]`, which projects.
    fn index(&mut self, left: Node) -> Parsed {
        if self.kind() != "colon" && self.token(1).kind != "colon" {
            let index = self.number();
            self.expect("rbracket")?;
            return Ok(then(left, Node::Index(index)));
        }
        let mut parts = [None; 3];
        let mut part = 0;
        while self.kind() != "rbracket" && part < 3 {
            match self.kind() {
                "colon" => {
                    part += 1;
                    if part == 3 {
                        return Err(self.wrong(self.at, "syntax error"));
                    }
                    self.at += 1;
                }
                "number" => {
                    let number = self.number();
                    if let Some(place) = parts.get_mut(part) {
                        *place = Some(number);
                    }
                }
                _ => return Err(self.wrong(self.at, "syntax error")),
            }
        }
        self.expect("rbracket")?;
        let each = self.projected(power("star"))?;
        Ok(Node::Projection(Box::new(then(left, Node::Slice(parts))), Box::new(each)))
    }

    fn number(&mut self) -> i64 {
        let text = self.token(0).value.plain(false);
        self.at += 1;
        text.parse().unwrap_or(if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX })
    }

    fn list(&mut self) -> Parsed {
        let mut nodes = vec![self.expression(0)?];
        while self.kind() != "rbracket" {
            self.expect("comma")?;
            nodes.push(self.expression(0)?);
        }
        self.at += 1;
        Ok(Node::List(nodes))
    }

    fn hash(&mut self) -> Parsed {
        let mut pairs = Vec::new();
        loop {
            let name = self.token(0).value.as_str().unwrap_or_default().into();
            match self.kind() {
                "quoted_identifier" | "unquoted_identifier" => self.at += 1,
                _ => return Err(self.unexpected("['quoted_identifier', 'unquoted_identifier']")),
            }
            self.expect("colon")?;
            pairs.push((name, self.expression(0)?));
            match self.kind() {
                "comma" => self.at += 1,
                "rbrace" => break,
                _ => {}
            }
        }
        self.at += 1;
        Ok(Node::Hash(pairs))
    }

    /// What is asked of each item of a projection.
    fn projected(&mut self, least: u8) -> Parsed {
        match self.kind() {
            kind if power(kind) < PROJECTION_STOP => Ok(Node::Current),
            "lbracket" | "filter" => self.expression(least),
            "dot" => {
                self.at += 1;
                self.after_dot(least)
            }
            _ => Err(self.wrong(self.at, "syntax error")),
        }
    }

    fn after_dot(&mut self, least: u8) -> Parsed {
        match self.kind() {
            "quoted_identifier" | "unquoted_identifier" | "star" => self.expression(least),
            "lbracket" => {
                self.at += 1;
                self.list()
            }
            "lbrace" => {
                self.at += 1;
                self.hash()
            }
            kind => {
                let allowed = "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']";
                let what = ["Expecting: ", allowed, ", got: ", kind].concat();
                Err(self.wrong(self.at, &what))
            }
        }
    }

    fn expect(&mut self, kind: &str) -> Result<(), String> {
        if self.kind() == kind {
            self.at += 1;
            Ok(())
        } else {
            Err(self.unexpected(kind))
        }
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self.kind() {
            "eof" => self.incomplete(),
            kind => self.wrong(self.at, &["Expecting: ", wanted, ", got: ", kind].concat()),
        }
    }

    fn kind(&self) -> &'static str {
        self.token(0).kind
    }

    /// The token so many ahead; the last one is `eof`, and so is what is beyond it.
    fn token(&self, ahead: usize) -> &Token {
        let last = self.tokens.len().saturating_sub(1);
        &self.tokens[(self.at + ahead).min(last)]
    }

    fn wrong(&self, place: usize, what: &str) -> String {
        self.wrong_at(place, self.tokens.get(place).map_or(0, |token| token.start), what)
    }

    fn wrong_at(&self, place: usize, start: usize, what: &str) -> String {
        let last = self.tokens.len().saturating_sub(1);
        let token = &self.tokens[place.min(last)];
        format!(
            "{what}: Parse error at column {start}, token \"{}\" ({}), for expression:\n\"{}\"\n{}^",
            token.value.plain(false),
            token.kind.to_ascii_uppercase(),
            self.text,
            " ".repeat(start + 1)
        )
    }

    fn incomplete(&self) -> String {
        let spaces = " ".repeat(self.text.chars().count() + 1);
        let start = "Invalid jmespath expression: Incomplete expression:\n\"";
        [start, self.text, "\"\n", &spaces, "^"].concat()
    }
}

/// The second on the value of the first; a chain is one node, however long it is.
fn then(first: Node, second: Node) -> Node {
    match first {
        Node::Sequence(mut steps) => {
            steps.push(second);
            Node::Sequence(steps)
        }
        Node::Current => second,
        other => Node::Sequence(vec![other, second]),
    }
}
