//! JSON parser with the same rules as for YAML: no duplicate keys, and the same limits.
//!
//! It is written by hand because the reader of `serde_json` has neither rule and contains code for types that are not
//! needed here. Start at [`read_json`].

use serde_json::{Map, Number, Value};

use crate::{
    job::Pace,
    words::{english, say, t},
};

use super::{Document, MAX_NESTING, SyntaxError, error, given_twice, position, too_deep, too_many};

/// Returns whether the text begins as JSON does and YAML rarely does: `{"`, `{}`, `[{`, `["`. Such a text must be JSON,
/// because the JSON parser reports errors better. Exception: several YAML documents may also begin this way.
pub(super) fn looks_like_json(text: &str) -> bool {
    let mut characters = text.chars().filter(|c| !c.is_whitespace());
    let json = match characters.next() {
        Some('{') => matches!(characters.next(), Some('"' | '}') | None),
        Some('[') => matches!(characters.next(), Some('{' | '[' | '"' | ']') | None),
        _ => false,
    };
    // No line of JSON begins with two dashes, because its strings cannot contain a line break.
    json && !text.contains("\n---")
}

/// Parses all documents of the text, which may contain at most `most` values.
pub(super) async fn read_json(text: &str, most: usize, pace: &Pace) -> Result<Vec<Document>, SyntaxError> {
    pace.begin(english("{0} of {1} bytes read"), text.len());
    let mut reader = Reader { text, at: 0, nodes: 0, most };
    let mut documents = Vec::new();
    while reader.peek().is_some() {
        // Errors refer only to the first two documents; computing the position of each would scan the text repeatedly.
        let (line, column) = if documents.len() < 2 { position(text, reader.at) } else { (1, 1) };
        documents.push(Document { value: reader.value(pace).await?, line, column });
    }
    Ok(documents)
}

/// Parses a number in JSON syntax. It is stored as written, because nothing here calculates with fractions.
pub fn number(text: &str) -> Option<Number> {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let (decimal, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((decimal, exponent)) => (decimal, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (magnitude, "0"),
    };
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let is_number = [whole, fraction, exponent].into_iter().all(are_digits);
    (is_number && (whole == "0" || !whole.starts_with('0')))
        .then(|| Number::from_string_unchecked(text.to_owned()))
}

struct Reader<'t> {
    text: &'t str,
    /// Index of the next byte.
    at: usize,
    nodes: usize,
    most: usize,
}

/// A list or an object that is not complete yet.
enum Open {
    List(Vec<Value>),
    Object {
        members: Map<String, Value>,
        /// Position of each key. It is a map of the same type as `members`, which saves one type in the bundle.
        places: Map<String, Value>,
        /// Key that still needs its value.
        key: String,
    },
}

impl Reader<'_> {
    /// Reads a value with everything in it. Nesting is stored in `open`, not on the call stack.
    async fn value(&mut self, pace: &Pace) -> Result<Value, SyntaxError> {
        let mut open = Vec::new();
        loop {
            let start = self.at;
            if let Some(value) = self.begin(&mut open)?
                && let Some(complete) = self.put(value, &mut open)?
            {
                return Ok(complete);
            }
            pace.reach(self.at);
            pace.work(1 + (self.at - start) / 64).await;
        }
    }

    /// Reads a value, or the beginning of a list or object.
    fn begin(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, SyntaxError> {
        let first = self.peek();
        let start = self.at;
        self.nodes += 1;
        if self.nodes > self.most {
            return Err(self.fail(start, &too_many()));
        }
        let (end, is_list) = match first {
            Some(b'{') => (b'}', false),
            Some(b'[') => (b']', true),
            Some(b'"') => return self.string().map(|text| Some(Value::String(text))),
            Some(_) => return self.word().map(Some),
            None => return Err(self.incomplete()),
        };
        if open.len() == MAX_NESTING {
            return Err(self.fail(self.at, &too_deep()));
        }
        self.at += 1;
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(Some(if is_list { Value::Array(Vec::new()) } else { Value::Object(Map::new()) }));
        }
        open.push(if is_list {
            Open::List(Vec::new())
        } else {
            let mut places = Map::new();
            let key = self.key(&mut places)?;
            Open::Object { members: Map::new(), places, key }
        });
        Ok(None)
    }

    /// Adds a complete value to its parent. Returns the outermost value once it is complete.
    fn put(&mut self, mut value: Value, open: &mut Vec<Open>) -> Result<Option<Value>, SyntaxError> {
        loop {
            match open.pop() {
                None => return Ok(Some(value)),
                Some(Open::List(mut items)) => {
                    items.push(value);
                    if self.goes_on(b']', t("expected `,` or `]`"))? {
                        open.push(Open::List(items));
                        return Ok(None);
                    }
                    value = Value::Array(items);
                }
                Some(Open::Object { mut members, mut places, key }) => {
                    members.insert(key, value);
                    if self.goes_on(b'}', t("expected `,` or `}`"))? {
                        let key = self.key(&mut places)?;
                        open.push(Open::Object { members, places, key });
                        return Ok(None);
                    }
                    value = Value::Object(members);
                }
            }
        }
    }

    /// Reads a key and its colon.
    fn key(&mut self, places: &mut Map<String, Value>) -> Result<String, SyntaxError> {
        match self.peek() {
            Some(b'"') => {}
            Some(_) => return Err(self.wrong(t("a key must be a string"))),
            None => return Err(self.incomplete()),
        }
        let start = self.at;
        let key = self.string()?;
        if let Some(first) = places.insert(key.clone(), Value::from(start)) {
            let first = first.as_u64().and_then(|first| usize::try_from(first).ok()).unwrap_or(start);
            let lines = [first, start].map(|place| position(self.text, place).0);
            return Err(self.fail(start, &given_twice(&key, lines[0], lines[1])));
        }
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) => return Err(self.wrong("expected `:`")),
            None => return Err(self.incomplete()),
        }
        Ok(key)
    }

    /// Consumes a comma or the end of the list or object. Returns whether it was a comma.
    fn goes_on(&mut self, end: u8, expected: &str) -> Result<bool, SyntaxError> {
        let next = self.peek();
        match next {
            Some(b',') => {}
            Some(other) if other == end => {}
            Some(_) => return Err(self.wrong(expected)),
            None => return Err(self.incomplete()),
        }
        self.at += 1;
        Ok(next == Some(b','))
    }

    /// Reads `true`, `false`, `null` or a number.
    fn word(&mut self) -> Result<Value, SyntaxError> {
        let rest = self.rest();
        let is_other = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.');
        let word = rest.get(..rest.find(is_other).unwrap_or(rest.len())).unwrap_or_default();
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => Value::Number(number(word).ok_or_else(|| self.wrong(t("expected a value")))?),
        };
        self.at += word.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let mut string = String::new();
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(|c| c == '"' || c == '\\' || c < ' ') else {
                return Err(self.incomplete());
            };
            string.push_str(rest.get(..end).unwrap_or_default());
            self.at += end;
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => string.push(self.escaped()?),
                _ => return Err(self.wrong(t("a line break or control character in a string"))),
            }
        }
        self.at += 1;
        Ok(string)
    }

    /// Reads an escape sequence and returns its character.
    fn escaped(&mut self) -> Result<char, SyntaxError> {
        let Some(letter) = self.rest().chars().nth(1) else { return Err(self.incomplete()) };
        let character = match letter {
            '"' | '\\' | '/' => Some(letter),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => {
                let first = self.code_unit(0);
                // A character above U+FFFF is written as two escape sequences.
                let second = self.code_unit(6).filter(|_| matches!(first, Some(0xd800..=0xdbff)));
                self.at += if second.is_some() { 10 } else { 4 };
                char::decode_utf16(first.into_iter().chain(second)).next().and_then(Result::ok)
            }
            _ => None,
        };
        let character =
            character.ok_or_else(|| self.wrong(t("a backslash with nothing it can stand for")))?;
        self.at += 2;
        Ok(character)
    }

    /// Returns the number in `\uXXXX`, `ahead` bytes from here.
    fn code_unit(&self, ahead: usize) -> Option<u16> {
        let digits = self.rest().get(ahead..ahead + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    }

    /// Skips white space and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, what: &str) -> SyntaxError {
        let words = english("this is not JSON: {0}; check the commas, brackets and quotes just before it");
        self.fail(self.at, &say(words, &[what]))
    }

    fn incomplete(&self) -> SyntaxError {
        let last = self.text.trim_end().len().saturating_sub(1);
        self.fail(last, t("this JSON stops before it is complete; is its end missing?"))
    }

    fn fail(&self, at: usize, message: &str) -> SyntaxError {
        let (line, column) = position(self.text, at);
        error(line, column, message)
    }
}
