//! Parses YAML or JSON text into plain JSON values.
//!
//! Only this module knows the syntax of documents, and it does not know their meaning: CloudFormation's short tags
//! (`!Ref`, `!GetAtt`, `!Sub`) are only converted to their long form here; the reader of the template evaluates them.
//! The text comes from the user, so nothing in it may cause a panic, a long run or high memory use: the limits are
//! constants, and exceeding one is an ordinary [`SyntaxError`]. Start at [`parse`].

use std::{error::Error, fmt};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

pub use self::json::number as json_number;
use self::json::{looks_like_json, read_json};
use crate::{
    job::{LocalBoxFuture, Pace, at_once},
    nearest::nearest,
    words::{english, say, t},
};

mod json;
#[cfg(test)]
mod tests;

/// Maximum length of a text, in bytes: 2 MiB. CloudFormation's own limit is 1 MB.
pub const MAX_TEXT: usize = 2 * 1024 * 1024;
/// Maximum nesting depth of lists and objects. A short tag such as `!Sub` is one level.
pub const MAX_NESTING: usize = 64;
/// Maximum number of values in a text; every repetition by an alias is counted again. A long string counts as one value
/// for each 256 bytes, so that aliases cannot multiply long strings past the limit.
pub const MAX_NODES: usize = 200_000;

/// Reason and position of a syntax error.
///
/// # Example
/// ```
/// # use mesh_text::yaml::parse;
/// let error = parse("Spec:\n  Listeners: [1, 2\n").unwrap_err();
/// assert_eq!(error.line, 3);
/// assert!(error.to_string().starts_with("line 3, column 1: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxError {
    /// Line, starting at 1.
    pub line: usize,
    /// Column in characters, starting at 1.
    pub column: usize,
    /// Description of the problem and its remedy.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&say(
            "line {0}, column {1}: {2}",
            &[&self.line.to_string(), &self.column.to_string(), &self.message],
        ))
    }
}

impl Error for SyntaxError {}

/// Parses one document of YAML or JSON.
///
/// # Errors
/// Returns an error if the text is not YAML or JSON, contains no document or more than one, has a duplicate key, uses a
/// tag that CloudFormation does not have, or exceeds [`MAX_TEXT`], [`MAX_NESTING`] or [`MAX_NODES`].
///
/// # Example
/// ```
/// # use mesh_text::yaml::parse;
/// # use serde_json::json;
/// let value = parse("MeshName: !GetAtt Mesh.MeshName\nPort: 9080\nWeight: '1'");
/// let long = json!({ "MeshName": { "Fn::GetAtt": ["Mesh", "MeshName"] }, "Port": 9080, "Weight": "1" });
/// assert_eq!(value, Ok(long));
/// ```
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    at_once(|pace| async move { parse_paced(text, &pace).await })
}

/// Like [`parse`], but runs in slices.
///
/// # Errors
/// As [`parse`].
pub fn parse_paced<'w>(text: &'w str, pace: &'w Pace) -> LocalBoxFuture<'w, Result<Value, SyntaxError>> {
    Box::pin(async move {
        let mut documents = read(text, pace).await?.into_iter();
        let Some(first) = documents.next() else {
            return Err(error(1, 1, t("there is nothing to read; paste a document in YAML or JSON")));
        };
        match documents.next() {
            None => Ok(first.value),
            Some(second) => Err(error(
                second.line,
                second.column,
                t("a second document starts here and only one is expected; remove it, or read it on its own"),
            )),
        }
    })
}

/// Parses JSON that this page itself has written. Stored data must always be readable, so only the nesting is limited.
///
/// # Errors
/// Returns an error if the text is not one document of JSON.
pub fn parse_kept(text: &str) -> Result<Value, SyntaxError> {
    at_once(|pace| async move { parse_kept_paced(text, &pace).await })
}

/// Like [`parse_kept`], but runs in slices.
///
/// # Errors
/// As [`parse_kept`].
pub fn parse_kept_paced<'w>(text: &'w str, pace: &'w Pace) -> LocalBoxFuture<'w, Result<Value, SyntaxError>> {
    Box::pin(async move {
        match read_json(text, usize::MAX, pace).await?.into_iter().next() {
            Some(document) => Ok(document.value),
            None => Err(error(1, 1, t("nothing is kept here"))),
        }
    })
}

/// Parses one value of JSON from outside, subject to the limits.
///
/// # Errors
/// Returns an error if the text is not one document of JSON, or exceeds a limit.
pub fn parse_json(text: &str) -> Result<Value, SyntaxError> {
    let mut documents = at_once(|pace| async move { read_json(text, MAX_NODES, &pace).await })?.into_iter();
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document.value),
        (Some(_), Some(second)) => {
            Err(error(second.line, second.column, t("one value is expected, not several")))
        }
        (None, _) => Err(error(1, 1, t("there is nothing to read"))),
    }
}

/// Parses every document of a YAML or JSON text, as in Kubernetes files. Empty documents are skipped.
///
/// # Errors
/// Same as [`parse`], except that any number of documents is valid.
///
/// # Example
/// ```
/// # use mesh_text::yaml::parse_all;
/// let kinds = parse_all("kind: Mesh\n---\nkind: VirtualNode\n---\n")?;
/// assert_eq!(kinds.len(), 2);
/// # Ok::<(), mesh_text::yaml::SyntaxError>(())
/// ```
pub fn parse_all(text: &str) -> Result<Vec<Value>, SyntaxError> {
    at_once(|pace| async move { parse_all_paced(text, &pace).await })
}

/// Like [`parse_all`], but runs in slices.
///
/// # Errors
/// As [`parse_all`].
pub fn parse_all_paced<'w>(
    text: &'w str,
    pace: &'w Pace,
) -> LocalBoxFuture<'w, Result<Vec<Value>, SyntaxError>> {
    Box::pin(async move { Ok(read(text, pace).await?.into_iter().map(|document| document.value).collect()) })
}

/// A document and its start position.
struct Document {
    value: Value,
    line: usize,
    column: usize,
}

async fn read(text: &str, pace: &Pace) -> Result<Vec<Document>, SyntaxError> {
    if text.len() > MAX_TEXT {
        return Err(error(
            1,
            1,
            &say(
                "this text has {0} bytes and at most {1} are read; split it",
                &[&text.len().to_string(), &MAX_TEXT.to_string()],
            ),
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The YAML scanner treats this character as the end of the text and would drop the rest silently.
    if let Some(index) = text.find('\0') {
        let (line, column) = position(text, index);
        return Err(error(line, column, t("there is a NUL character here; is this a text file?")));
    }
    if looks_like_json(text) {
        return read_json(text, MAX_NODES, pace).await;
    }
    if let Some(index) = too_many_marks(text.as_bytes()) {
        let (line, column) = position(text, index);
        return Err(error(line, column, &too_many()));
    }
    Reader::new().read(text, pace).await
}

/// Work units for one event of the scanner; see [`Pace::work`].
const EVENT: usize = 4;
/// Maximum number of tokens that the YAML scanner may buffer.
const MOST_TOKENS: usize = 520_000;

/// Returns the index of the byte at which the text exceeds the limits for values and tokens.
///
/// The scanner buffers a whole bracketed list, a few hundred bytes for each token. Therefore values and tokens are
/// counted before it starts, by the characters that begin them. Keys, anchors, aliases, tags and documents count only
/// within brackets.
fn too_many_marks(text: &[u8]) -> Option<usize> {
    let is_space = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_whitespace());
    let (mut values, mut tokens, mut depth) = (0, 0, 0_usize);
    for (index, byte) in text.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| text.get(index));
        let after = text.get(index + 1);
        tokens += match byte {
            b'[' | b'{' => {
                depth += 1;
                values += 1;
                1
            }
            b',' => {
                values += 1;
                2
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                1
            }
            _ if depth == 0 => 0,
            b':' | b'?' if is_space(after) || matches!(before, Some(b'"' | b'\'')) => 3,
            b'*' | b'&' | b'!' if is_space(before) || matches!(before, Some(b'[' | b'{' | b',')) => 2,
            b'-' | b'.' if before == Some(&b'\n') && after == Some(byte) => 3,
            _ => 0,
        };
        if values > MAX_NODES || tokens > MOST_TOKENS {
            return Some(index);
        }
    }
    None
}

fn error(line: usize, column: usize, message: &str) -> SyntaxError {
    SyntaxError { line, column, message: message.to_owned() }
}

/// Returns the line and column of a byte of the text.
fn position(text: &str, index: usize) -> (usize, usize) {
    let before = text.get(..index).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn too_deep() -> String {
    say("this is nested more than {0} levels deep; flatten it", &[&MAX_NESTING.to_string()])
}

fn too_many() -> String {
    say(
        "there are more than {0} values up to here, aliases counted in full; split the text",
        &[&MAX_NODES.to_string()],
    )
}

fn given_twice(key: &str, first: usize, second: usize) -> String {
    let key = excerpt(key);
    if first == second {
        return say("the key `{0}` is given twice on line {1}; remove one", &[&key, &first.to_string()]);
    }
    say(
        "the key `{0}` is given twice, on line {1} and on line {2}; remove one",
        &[&key, &first.to_string(), &second.to_string()],
    )
}

/// Shortens a user's text to 60 characters for use in a message.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => [&text[..end], "…"].concat(),
        None => text.to_owned(),
    }
}

/// The documents, lists and objects read so far. Nesting is stored in `open`, not on the call stack.
struct Reader {
    documents: Vec<Document>,
    open: Vec<Open>,
    /// Number of open levels: one for each list or object, and one more if it has a tag.
    depth: usize,
    nodes: usize,
    /// Anchored values by number; numbers start at 1 and continue through the whole text.
    anchors: Vec<Option<Anchored>>,
    /// Number of anchors in earlier documents; aliases can no longer refer to them.
    closed_anchors: usize,
}

/// A list or object that is not complete yet.
struct Open {
    content: Content,
    function: Option<&'static Function>,
    anchor: usize,
    at: Marker,
}

enum Content {
    List(Vec<Value>),
    Object {
        members: Map<String, Value>,
        /// Line of each key. It is a map of the same type as `members`, which saves one type in the bundle.
        lines: Map<String, Value>,
        /// Key that still needs its value.
        key: Option<String>,
    },
}

/// A value that aliases can repeat.
struct Anchored {
    value: Value,
    nodes: usize,
    depth: usize,
}

/// A short tag of CloudFormation and its long form.
struct Function {
    tag: &'static str,
    long: &'static str,
}

/// The short tags of CloudFormation and their long forms.
const FUNCTIONS: [Function; 20] = [
    Function { tag: "And", long: "Fn::And" },
    Function { tag: "Base64", long: "Fn::Base64" },
    Function { tag: "Cidr", long: "Fn::Cidr" },
    Function { tag: "Condition", long: "Condition" },
    Function { tag: "Equals", long: "Fn::Equals" },
    Function { tag: "FindInMap", long: "Fn::FindInMap" },
    Function { tag: "ForEach", long: "Fn::ForEach" },
    Function { tag: "GetAZs", long: "Fn::GetAZs" },
    Function { tag: "GetAtt", long: "Fn::GetAtt" },
    Function { tag: "If", long: "Fn::If" },
    Function { tag: "ImportValue", long: "Fn::ImportValue" },
    Function { tag: "Join", long: "Fn::Join" },
    Function { tag: "Length", long: "Fn::Length" },
    Function { tag: "Not", long: "Fn::Not" },
    Function { tag: "Or", long: "Fn::Or" },
    Function { tag: "Ref", long: "Ref" },
    Function { tag: "Select", long: "Fn::Select" },
    Function { tag: "Split", long: "Fn::Split" },
    Function { tag: "Sub", long: "Fn::Sub" },
    Function { tag: "Transform", long: "Fn::Transform" },
];

impl Function {
    /// Wraps a tagged value in the long form.
    fn around(&self, value: Value) -> Value {
        let argument = match &value {
            Value::String(text) if self.tag == "GetAtt" => match text.split_once('.') {
                Some((resource, attribute)) => Value::from(vec![resource, attribute]),
                None => value,
            },
            _ => value,
        };
        let mut call = Map::new();
        call.insert(self.long.to_owned(), argument);
        Value::Object(call)
    }
}

/// Type that a tag requests.
enum Wanted {
    /// No tag, or a tag that states the type the value has anyway.
    Plain,
    /// `!!str` or a lone `!`.
    Text,
    /// `!!int`, `!!float`, `!!bool` or `!!null`.
    Typed,
    /// A function of CloudFormation.
    Call(&'static Function),
}

impl Reader {
    fn new() -> Reader {
        Reader {
            documents: Vec::new(),
            open: Vec::new(),
            depth: 0,
            nodes: 0,
            anchors: Vec::new(),
            closed_anchors: 0,
        }
    }

    async fn read(mut self, text: &str, pace: &Pace) -> Result<Vec<Document>, SyntaxError> {
        let mut lines = 0;
        pace.begin(english("{0} of {1} lines read"), text.lines().count());
        for event in Parser::new_from_str(text) {
            let (event, span) =
                event.map_err(|problem| yaml_error(text, *problem.marker(), problem.info()))?;
            let at = span.start;
            if at.line() > lines {
                lines = at.line();
                pace.reach(lines - 1);
            }
            // A long string takes proportionally longer.
            pace.work(EVENT + span.len() / 64).await;
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(text.into_owned(), style, anchor, tag.as_deref(), at)?;
                }
                Event::Alias(anchor) => self.alias(anchor, at)?,
                Event::SequenceStart(anchor, tag) => {
                    self.enter(Content::List(Vec::new()), anchor, tag.as_deref(), at)?;
                }
                Event::MappingStart(anchor, tag) => {
                    let content = Content::Object { members: Map::new(), lines: Map::new(), key: None };
                    self.enter(content, anchor, tag.as_deref(), at)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.leave()?,
                Event::DocumentEnd => self.closed_anchors = self.anchors.len(),
                Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
            }
        }
        Ok(self.documents)
    }

    fn enter(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<&Tag>,
        at: Marker,
    ) -> Result<(), SyntaxError> {
        self.expect_no_key(at)?;
        let function = match wanted(tag, at)? {
            Wanted::Plain => None,
            Wanted::Call(function) => Some(function),
            Wanted::Text | Wanted::Typed => return Err(wrong_tag(tag, english("a list or an object"), at)),
        };
        let levels = 1 + usize::from(function.is_some());
        self.count(levels, levels, at)?;
        self.depth += levels;
        self.open.push(Open { content, function, anchor, at });
        Ok(())
    }

    fn leave(&mut self) -> Result<(), SyntaxError> {
        let Some(closed) = self.open.pop() else { return Ok(()) };
        self.depth = self.depth.saturating_sub(1 + usize::from(closed.function.is_some()));
        let value = match closed.content {
            Content::List(items) => Value::Array(items),
            Content::Object { members, .. } => Value::Object(members),
        };
        let value = match closed.function {
            Some(function) => function.around(value),
            None => value,
        };
        self.add(value, closed.anchor, closed.at)
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        at: Marker,
    ) -> Result<(), SyntaxError> {
        let wanted = wanted(tag, at)?;
        let plain = style == ScalarStyle::Plain;
        if let Some(Open { content: Content::Object { lines, key: key @ None, .. }, .. }) =
            self.open.last_mut()
        {
            if !matches!(wanted, Wanted::Plain | Wanted::Text) {
                return Err(wrong_tag(tag, english("a key"), at));
            }
            if plain && text.is_empty() {
                return Err(at_marker(at, t("the key before this colon is missing; write one")));
            }
            if plain && text == "<<" {
                return Err(at_marker(
                    at,
                    t(
                        "merge keys (`<<`) are not supported, nor does CloudFormation take them; write the keys out",
                    ),
                ));
            }
            if let Some(first) = lines.insert(text.clone(), Value::from(at.line())) {
                let first = first.as_u64().map_or(1, |first| usize::try_from(first).unwrap_or(1));
                return Err(at_marker(at, &given_twice(&text, first, at.line())));
            }
            *key = Some(text.clone());
            return if anchor > 0 { self.anchor(anchor, &Value::String(text), at) } else { Ok(()) };
        }
        if plain && text.is_empty() && self.open.is_empty() && tag.is_none() {
            return Ok(()); // Only a separator or a comment.
        }
        let called = matches!(wanted, Wanted::Call(_));
        self.count(1 + text.len() / 256 + usize::from(called), usize::from(called), at)?;
        let value = match wanted {
            Wanted::Plain if plain => typed(text),
            Wanted::Plain | Wanted::Text => Value::String(text),
            Wanted::Typed => match typed(text) {
                Value::String(_) => return Err(wrong_tag(tag, english("this text"), at)),
                value => value,
            },
            Wanted::Call(function) => function.around(Value::String(text)),
        };
        self.add(value, anchor, at)
    }

    fn alias(&mut self, anchor: usize, at: Marker) -> Result<(), SyntaxError> {
        self.expect_no_key(at)?;
        let index = anchor.wrapping_sub(1);
        let known = (index >= self.closed_anchors).then(|| self.anchors.get(index)).flatten();
        let Some(Some(Anchored { nodes, depth, .. })) = known else {
            return Err(at_marker(
                at,
                t(
                    "this alias repeats a value that is not complete before it; name an anchor (`&name`) above it",
                ),
            ));
        };
        self.count(*nodes, *depth, at)?;
        let value = match self.anchors.get(index) {
            Some(Some(anchored)) => anchored.value.clone(),
            _ => Value::Null,
        };
        self.add(value, 0, at)
    }

    /// Adds a complete value to its parent.
    fn add(&mut self, value: Value, anchor: usize, at: Marker) -> Result<(), SyntaxError> {
        if anchor > 0 {
            self.anchor(anchor, &value, at)?;
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(Document { value, line: at.line(), column: at.col() + 1 }),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Object { members, key, .. }) => {
                if let Some(key) = key.take() {
                    members.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// Stores a copy for later aliases; the copy is charged to the budget like any other value.
    fn anchor(&mut self, anchor: usize, value: &Value, at: Marker) -> Result<(), SyntaxError> {
        let (nodes, depth) = extent(value);
        self.count(nodes, 0, at)?;
        if self.anchors.len() < anchor {
            self.anchors.resize_with(anchor, || None);
        }
        if let Some(place) = self.anchors.get_mut(anchor - 1) {
            *place = Some(Anchored { value: value.clone(), nodes, depth });
        }
        Ok(())
    }

    /// Charges nodes to the budget, and checks that this many further levels are within the limit.
    fn count(&mut self, nodes: usize, levels: usize, at: Marker) -> Result<(), SyntaxError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err(at_marker(at, &too_many()));
        }
        if self.depth + levels > MAX_NESTING {
            return Err(at_marker(at, &too_deep()));
        }
        Ok(())
    }

    fn expect_no_key(&self, at: Marker) -> Result<(), SyntaxError> {
        match self.open.last() {
            Some(Open { content: Content::Object { key: None, .. }, .. }) => Err(at_marker(
                at,
                t("a key must be plain text; put lists, objects and aliases after the colon"),
            )),
            _ => Ok(()),
        }
    }
}

/// Returns the number of nodes of a value and its depth. INVARIANT: values read here are at most [`MAX_NESTING`] deep,
/// which bounds the recursion.
fn extent(value: &Value) -> (usize, usize) {
    let around = |(nodes, depth), item| {
        let (inner_nodes, inner_depth) = extent(item);
        (nodes + inner_nodes, inner_depth.max(depth))
    };
    let (nodes, depth) = match value {
        Value::Array(items) => items.iter().fold((0, 0), around),
        Value::Object(members) => members.values().fold((0, 0), around),
        Value::String(text) => return (1 + text.len() / 256, 0),
        Value::Null | Value::Bool(_) | Value::Number(_) => return (1, 0),
    };
    (nodes + 1, depth + 1)
}

fn wanted(tag: Option<&Tag>, at: Marker) -> Result<Wanted, SyntaxError> {
    let Some(tag) = tag else { return Ok(Wanted::Plain) };
    if tag.is_yaml_core_schema() {
        match tag.suffix.as_str() {
            "str" => return Ok(Wanted::Text),
            "int" | "float" | "bool" | "null" => return Ok(Wanted::Typed),
            "map" | "seq" => return Ok(Wanted::Plain),
            _ => {}
        }
    } else if tag.handle.is_empty() && tag.suffix == "!" {
        return Ok(Wanted::Text);
    } else if tag.handle == "!" {
        if let Some(function) = FUNCTIONS.iter().find(|function| function.tag == tag.suffix) {
            return Ok(Wanted::Call(function));
        }
        if let Some(near) = nearest(&tag.suffix, &FUNCTIONS.each_ref().map(|function| function.tag)) {
            let message = say("there is no tag {0}; did you mean `!{1}`?", &[&spelled(tag), near]);
            return Err(at_marker(at, &message));
        }
    }
    let message = say(
        "there is no tag {0}; use those of CloudFormation, such as `!Ref`, `!GetAtt` and `!Sub`",
        &[&spelled(tag)],
    );
    Err(at_marker(at, &message))
}

fn wrong_tag(tag: Option<&Tag>, what: &'static str, at: Marker) -> SyntaxError {
    let tag = tag.map(spelled).unwrap_or_default();
    at_marker(at, &say("the tag {0} cannot be put on {1}; remove it", &[&tag, t(what)]))
}

/// Returns the tag as written in the text, in backticks.
fn spelled(tag: &Tag) -> String {
    let handle = if tag.is_yaml_core_schema() { "!!" } else { &tag.handle };
    ["`", &excerpt(handle), &excerpt(&tag.suffix), "`"].concat()
}

/// Converts a plain scalar to a value according to the core schema of YAML 1.2.
///
/// Two kinds of whole numbers stay strings, because conversion to a number would change them: those with a leading
/// zero, which are account ids (`MeshOwner: 012345678901`), and those that exceed 64 bits.
fn typed(text: String) -> Value {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(&text).map_or(Value::String(text), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    // Most strings return here.
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return unsigned(hexadecimal, 16);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return unsigned(octal, 8);
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        return match text.parse::<i64>() {
            Ok(number) => Some(number.into()),
            Err(_) => text.parse::<u64>().ok().map(Number::from),
        };
    }
    json_number(text)
}

fn unsigned(digits: &str, radix: u32) -> Option<Number> {
    let signed = digits.starts_with(['+', '-']);
    u64::from_str_radix(digits, radix).ok().filter(|_| !signed).map(Number::from)
}

fn at_marker(at: Marker, message: &str) -> SyntaxError {
    error(at.line().max(1), at.col() + 1, message)
}

/// Adds advice to the scanner's error: nearly all errors are caused by an indent, a colon or a quote.
fn yaml_error(text: &str, at: Marker, info: &str) -> SyntaxError {
    let line = text.lines().nth(at.line().saturating_sub(1)).unwrap_or("");
    let indent = line.len() - line.trim_start().len();
    let advice = if info.starts_with("recursion") {
        return at_marker(at, &too_deep());
    } else if line[..indent].contains('\t') {
        t("; indent with spaces, this line has a tab")
    } else {
        t("; check the indentation, colons and quotes here and on the line above")
    };
    at_marker(at, &[info, advice].concat())
}
