//! Operator-precedence parser of queries. Source: Python's `jmespath/parser.py`; the alternatives are tried in the same
//! order, so that the same queries fail at the same position.

use std::rc::Rc;

use mesh_text::data::Data;

use super::tokens::{Token, tokens};

/// Maximum number of tokens, which keeps the tree from overflowing the stack; beyond it, the error is Python's for too
/// deep nesting.
const MOST_WORDS: usize = 1000;
/// Maximum nesting depth of parentheses, lists and the like.
const MOST_NESTING: usize = 64;
/// Tokens with a lower binding power terminate a projection.
const PROJECTION_STOP: u8 = 10;

/// Node of the tree of a query.
#[derive(Debug)]
pub enum Node {
    /// `@`, or an omitted expression.
    Current,
    /// A literal value.
    Literal(Data),
    /// The member of this name.
    Field(Rc<str>),
    /// The item at this index; a negative index counts from the end.
    Index(i64),
    /// The items of the slice `[start:stop:step]`.
    Slice([Option<i64>; 3]),
    /// Expressions, each evaluated on the value of the previous one.
    Sequence(Vec<Node>),
    /// The second expression, evaluated on each item of the first.
    Projection(Box<Node>, Box<Node>),
    /// The second expression, evaluated on each member value of the first.
    Values(Box<Node>, Box<Node>),
    /// The second expression, evaluated on each item of the first that fulfils the third.
    Filter(Box<Node>, Box<Node>, Box<Node>),
    /// A list in which each nested list is replaced by its items.
    Flatten(Box<Node>),
    /// A comparison such as `==`, identified by the name of the operator's token.
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
    /// A function call.
    Call(Rc<str>, Vec<Node>),
    /// `&a`: an expression that a function evaluates itself.
    Expression(Box<Node>),
}

/// Parses a query.
///
/// # Errors
/// A message with the position of the error.
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

/// Returns the left binding power of a token.
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
    /// INVARIANT: all recursion passes through this function, which limits the depth to [`MOST_NESTING`].
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

    /// Parses the expression that starts with the next token.
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

    /// Parses the continuation of `left` after a token of this kind, which is already consumed.
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

    /// Parses the rest of `[1]`, or of `[1:2:3]`, which is a projection.
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

    /// Parses the expression that a projection evaluates on each item.
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

    /// Returns the token `ahead` positions after the current one; `eof` at the end and beyond it.
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

/// Combines two expressions: the second is evaluated on the value of the first. A chain of any length is one node.
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
