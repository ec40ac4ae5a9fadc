//! JSON parser that behaves like the real tool's: it preserves the order of members, the last of two equal names wins,
//! and errors have the same messages.
//!
//! It is separate from `crate::yaml::parse_json`, the parser for documents, which rejects duplicate names, does not
//! preserve the order of members, and reports errors with the playground's messages. The messages here are those of
//! Python's `json`.

use super::{Data, Members};
use crate::sorting;

/// Maximum nesting depth of lists and objects; beyond it, the error is the one that Python reports beyond its own
/// limit.
const MOST_NESTING: usize = 100;

/// Parses one value.
///
/// # Errors
/// A message with the position: `Expecting value: line 1 column 1 (char 0)`.
pub fn read(text: &str) -> Result<Data, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = if text.starts_with('\u{feff}') {
        Err(reader.wrong("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0))
    } else {
        reader.skip();
        reader.value()
    };
    let value = value?;
    reader.skip();
    if reader.at < text.len() { Err(reader.wrong("Extra data", reader.at)) } else { Ok(value) }
}

/// Parses any number of consecutive values. Returns the values before the first error, and the error.
pub fn read_all(text: &str) -> (Vec<Data>, Result<(), String>) {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let mut values = Vec::new();
    reader.skip();
    while reader.at < text.len() {
        match reader.value() {
            Ok(value) => values.push(value),
            Err(why) => return (values, Err(why)),
        }
        reader.skip();
    }
    (values, Ok(()))
}

struct Reader<'t> {
    text: &'t str,
    /// Offset of the next byte.
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Data, String> {
        match self.next() {
            Some(b'"') => self.string().map(|text| Data::text(&text)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            _ => self.word(),
        }
    }

    /// INVARIANT: the recursion depth is at most [`MOST_NESTING`].
    fn nested(&mut self, read: fn(&mut Self) -> Result<Data, String>) -> Result<Data, String> {
        if self.depth == MOST_NESTING {
            return Err("maximum recursion depth exceeded".to_owned());
        }
        self.depth += 1;
        self.at += 1;
        self.skip();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Data, String> {
        let mut members = Members::new();
        if self.takes(b'}') {
            return Ok(Data::map(members));
        }
        loop {
            if self.next() != Some(b'"') {
                return Err(self.wrong("Expecting property name enclosed in double quotes", self.at));
            }
            let name = self.string()?;
            self.skip();
            if !self.takes(b':') {
                return Err(self.wrong("Expecting ':' delimiter", self.at));
            }
            self.skip();
            members.push((name.into(), self.value()?));
            self.skip();
            if self.takes(b'}') {
                return Ok(Data::map(without_twins(members)));
            }
            self.comma()?;
        }
    }

    fn list(&mut self) -> Result<Data, String> {
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Data::list(items));
        }
        loop {
            items.push(self.value()?);
            self.skip();
            if self.takes(b']') {
                return Ok(Data::list(items));
            }
            self.comma()?;
        }
    }

    fn comma(&mut self) -> Result<(), String> {
        if !self.takes(b',') {
            return Err(self.wrong("Expecting ',' delimiter", self.at));
        }
        self.skip();
        Ok(())
    }

    fn word(&mut self) -> Result<Data, String> {
        let rest = self.rest();
        let words =
            [("null", Data::Null), ("true", Data::Bool(true)), ("false", Data::Bool(false))].into_iter();
        let odd = ["NaN", "Infinity", "-Infinity"].map(|word| (word, Data::Number(word.into())));
        for (word, value) in words.chain(odd) {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        let length = number_length(rest);
        let number = rest.get(..length).unwrap_or_default();
        if number.is_empty() {
            return Err(self.wrong("Expecting value", self.at));
        }
        // Trailing zeros of a fraction are removed, as in Python, which stores the number and not its notation.
        let number = match number.split_once('.') {
            Some((whole, fraction)) if !fraction.contains(['e', 'E']) => {
                let fraction = fraction.trim_end_matches('0');
                [whole, ".", if fraction.is_empty() { "0" } else { fraction }].concat()
            }
            _ => (if number == "-0" { "0" } else { number }).to_owned(),
        };
        let number = Data::Number(number.into());
        self.at += length;
        Ok(number)
    }

    /// INVARIANT: the next byte is a quotation mark.
    fn string(&mut self) -> Result<String, String> {
        let start = self.at;
        let mut string = String::new();
        self.at += 1;
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(|c| c == '"' || c == '\\' || c < ' ') else {
                return Err(self.wrong("Unterminated string starting at", start));
            };
            string.push_str(rest.get(..end).unwrap_or_default());
            self.at += end;
            match self.next() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let Some(letter) = self.rest().chars().nth(1) else {
                        return Err(self.wrong("Unterminated string starting at", start));
                    };
                    string.push(self.escaped(letter)?);
                }
                _ => return Err(self.wrong("Invalid control character at", self.at)),
            }
        }
        self.at += 1;
        Ok(string)
    }

    /// Returns the character that a backslash followed by this letter denotes.
    fn escaped(&mut self, letter: char) -> Result<char, String> {
        let character = match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                // An escape at the very end of the text is treated as truncated.
                let Some(first) = self.code_unit(0).filter(|_| self.at + 6 < self.text.len()) else {
                    return Err(self.wrong("Invalid \\uXXXX escape", self.at + 1));
                };
                let second = self
                    .code_unit(6)
                    .filter(|unit| matches!(first, 0xd800..=0xdbff) && matches!(unit, 0xdc00..=0xdfff));
                self.at += if second.is_some() { 12 } else { 6 };
                let units = [first].into_iter().chain(second);
                return Ok(char::decode_utf16(units).next().and_then(Result::ok).unwrap_or('\u{fffd}'));
            }
            _ => return Err(self.wrong("Invalid \\escape", self.at)),
        };
        self.at += 2;
        Ok(character)
    }

    /// Parses the number of a `\uXXXX` escape that starts `ahead` bytes after the current position.
    fn code_unit(&self, ahead: usize) -> Option<u16> {
        let digits = self.rest().get(ahead..ahead + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let takes = self.next() == Some(byte);
        self.at += usize::from(takes);
        takes
    }

    fn skip(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, what: &str, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let characters = before.chars().count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{what}: line {line} column {column} (char {characters})")
    }
}

/// Merges members with equal names: the last value is stored at the position of the first.
pub fn without_twins(mut members: Members) -> Members {
    let mut places: Vec<usize> = (0..members.len()).collect();
    sorting::sort_by(&mut places, |a, b| members.get(*a).map(|m| &m.0).cmp(&members.get(*b).map(|m| &m.0)));
    let mut gone = vec![false; members.len()];
    let mut first = places.first().copied().unwrap_or_default();
    for place in places.into_iter().skip(1) {
        let name = |place: usize| members.get(place).map(|member| &member.0);
        if name(first) != name(place) {
            first = place;
            continue;
        }
        let value = members.get(place).map(|member| member.1.clone());
        if let (Some(member), Some(value)) = (members.get_mut(first), value) {
            member.1 = value;
        }
        if let Some(gone) = gone.get_mut(place) {
            *gone = true;
        }
    }
    let mut gone = gone.into_iter();
    members.retain(|_| gone.next() != Some(true));
    members
}

/// Returns the length in bytes of the number at the start of the text.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut end = if bytes.get(start) == Some(&b'0') { start + 1 } else { digits(start) };
    if end == start {
        return 0;
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(end + 1 + sign) > end + 1 + sign {
            end = digits(end + 1 + sign);
        }
    }
    end
}
