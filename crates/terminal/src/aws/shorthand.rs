//! Shorthand syntax for structures: `key=a,value=b`, `listeners=[{portMapping={port=80,protocol=http}}]`.
//!
//! The grammar is independent of declarations; [`typed`] then converts values to the numbers, booleans and lists that a
//! shape requires. Source: the real tool's `awscli/shorthand.py`, including its backtracking.

use app_mesh_engine::model::Shape;

use super::{
    arguments::{not_whole, whole},
    data::{Data, Members},
    input::{Failure, Reader},
};

/// Maximum nesting depth of lists and structures; beyond it, the error is the one that Python reports beyond its own
/// limit.
const MOST_NESTING: usize = 100;

/// Parses one string.
///
/// # Errors
/// When the syntax is wrong, or a file that the string refers to does not exist.
pub fn parse(text: &str, files: &Reader) -> Result<Data, Failure> {
    let mut parser = Parser { text, at: 0, depth: 0, is_file: false, files };
    let mut members = Members::new();
    let mut names = Vec::new();
    let mut last = 0;
    loop {
        let (name, value) = parser.key_value()?;
        // A duplicate name is most likely a list of structures with a comma instead of a space.
        let Err(place) = names.binary_search(&name) else {
            let text = format!(
                "Second instance of key \"{name}\" encountered for input:\n{}\nThis is often because there is a \
                 preceding \",\" instead of a space.",
                location(text, last + 1)
            );
            return Err(Failure::Syntax(text));
        };
        names.insert(place, name);
        members.push((name.into(), value));
        last = parser.at;
        if parser.at >= text.len() {
            return Ok(Data::map(members));
        }
        parser.expect(',')?;
    }
}

struct Parser<'t> {
    text: &'t str,
    /// Offset of the next byte.
    at: usize,
    depth: usize,
    /// Whether the next value is the name of a file, because it follows `@=`.
    is_file: bool,
    files: &'t Reader<'t>,
}

impl<'t> Parser<'t> {
    /// Parses `name=value`, or `name@=file://path`.
    fn key_value(&mut self) -> Result<(&'t str, Data), Failure> {
        let name = self.key()?;
        let value = match self.next() {
            None => Data::text(""),
            Some('[' | '{') => self.nested()?,
            Some(_) => self.comma_separated()?,
        };
        Ok((name, value))
    }

    fn key(&mut self) -> Result<&'t str, Failure> {
        let rest = self.rest();
        let is_other = |c: char| !c.is_ascii_alphanumeric() && !"-_.#/:".contains(c);
        let name = rest.get(..rest.find(is_other).unwrap_or(rest.len())).unwrap_or_default();
        self.at += name.len();
        // The tool skips spaces before it checks for `@`.
        self.skip();
        self.is_file = self.next() == Some('@');
        self.at += usize::from(self.is_file);
        self.expect('=')?;
        Ok(name)
    }

    /// Parses `a`, or `a,b,c` up to the next `name=`.
    fn comma_separated(&mut self) -> Result<Data, Failure> {
        let first = self.value(false)?;
        self.skip();
        if self.next() != Some(',') {
            return Ok(first);
        }
        self.expect(',')?;
        let mut items = vec![first.clone()];
        loop {
            let attempt = self.value(true).and_then(|item| {
                self.skip();
                let is_last = self.next().is_none();
                if !is_last {
                    self.expect(',')?;
                }
                Ok((item, is_last))
            });
            match attempt {
                Ok((item, is_last)) => {
                    items.push(item);
                    if is_last {
                        break;
                    }
                }
                Err(Failure::Syntax(text)) if self.next().is_none() => return Err(Failure::Syntax(text)),
                Err(Failure::Syntax(_)) => {
                    // This was the next name: backtrack to the comma before it.
                    let before = self.text.get(..=self.at).unwrap_or(self.text);
                    self.at = before.rfind(',').unwrap_or_default();
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(if items.len() == 1 { first } else { Data::list(items) })
    }

    /// INVARIANT: the recursion depth is at most [`MOST_NESTING`].
    fn nested(&mut self) -> Result<Data, Failure> {
        if self.depth == MOST_NESTING {
            return Err(Failure::Plain("maximum recursion depth exceeded".to_owned()));
        }
        self.depth += 1;
        let value = if self.next() == Some('[') { self.list() } else { self.structure() };
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Data, Failure> {
        self.expect('[')?;
        let mut items = Vec::new();
        while self.next() != Some(']') {
            items.push(self.item()?);
            self.separator(']')?;
        }
        self.at += 1;
        Ok(Data::list(items))
    }

    fn structure(&mut self) -> Result<Data, Failure> {
        self.expect('{')?;
        let mut members = Members::new();
        while self.next() != Some('}') {
            let name = self.key()?;
            let value = self.item()?;
            self.separator('}')?;
            match members.iter_mut().find(|(known, _)| **known == *name) {
                Some(member) => member.1 = value,
                None => members.push((name.into(), value)),
            }
        }
        self.at += 1;
        Ok(Data::map(members))
    }

    /// Consumes a comma, unless the list or structure ends here.
    fn separator(&mut self, end: char) -> Result<(), Failure> {
        self.skip();
        if self.next() != Some(end) {
            self.expect(',')?;
        }
        Ok(())
    }

    fn item(&mut self) -> Result<Data, Failure> {
        match self.next() {
            Some('[' | '{') => self.nested(),
            _ => self.value(false),
        }
    }

    /// Parses a word or a quoted string. If `is_further`, the value follows a comma: it must not be empty, and a `=`
    /// terminates it.
    fn value(&mut self, is_further: bool) -> Result<Data, Failure> {
        let text = match self.next() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => {
                let length = word_length(self.rest(), is_further);
                if length == 0 && is_further {
                    return Err(self.wrong("<second>", "<none>"));
                }
                let word = self.rest().get(..length).unwrap_or_default();
                self.at += length;
                word.replace("\\,", ",").trim_end().to_owned()
            }
        };
        // The error for a missing file does not name the option.
        let plain = |failure| match failure {
            Failure::Syntax(text) => Failure::Plain(text),
            other => other,
        };
        let loaded = if self.is_file { self.files.load(&text, false).map_err(plain)? } else { None };
        Ok(Data::text(loaded.as_deref().unwrap_or(&text)))
    }

    fn quoted(&mut self, quote: char) -> Result<String, Failure> {
        let inner = self.rest().get(1..).unwrap_or_default();
        let mut escaped = None;
        let mut is_after_backslash = false;
        let mut end = None;
        for (i, c) in inner.char_indices() {
            if c == quote && !is_after_backslash {
                end = Some(i);
                break;
            }
            if c == quote {
                escaped = Some(i);
            }
            is_after_backslash = c == '\\';
        }
        // If no other quotation mark terminates the string, one after a backslash does.
        let Some(end) = end.or(escaped) else {
            let name = if quote == '"' { "<double quoted>" } else { "<singled quoted>" };
            return Err(self.wrong(name, "<none>"));
        };
        self.at += end + 2;
        let text = inner.get(..end).unwrap_or_default();
        let mark = if quote == '"' { "\"" } else { "'" };
        Ok(text.replace(&["\\", mark].concat(), mark).replace("\\\\", "\\"))
    }

    fn expect(&mut self, wanted: char) -> Result<(), Failure> {
        self.skip();
        match self.next() {
            Some(found) if found == wanted => {
                self.at += wanted.len_utf8();
                self.skip();
                Ok(())
            }
            found => Err(self.wrong(&wanted.to_string(), &found.map_or("EOF".to_owned(), String::from))),
        }
    }

    fn skip(&mut self) {
        let rest = self.rest();
        let is_other = |c: char| !matches!(c, ' ' | '\t'..='\r');
        self.at += rest.find(is_other).unwrap_or(rest.len());
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, wanted: &str, found: &str) -> Failure {
        let place = location(self.text, self.at);
        Failure::Syntax(["Expected: '", wanted, "', received: '", found, "' for input:\n", &place].concat())
    }
}

/// Returns the length in bytes of the unquoted word at the start of the text.
///
/// Source: `_START_WORD` and the two `…_FOLLOW_CHARS` of the real tool.
fn word_length(text: &str, is_further: bool) -> usize {
    let mut length = 0;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let is_first = length == 0;
        let belongs = match c {
            '\\' if characters.peek() == Some(&',') => {
                characters.next();
                length += 2;
                continue;
            }
            '"' | '\'' | ',' | '\u{10000}'.. => false,
            '=' => !is_first && !is_further,
            '[' | '{' => !is_first,
            ']' | '}' => is_first || is_further,
            _ if c <= ' ' => !is_first && (c.is_whitespace() || c >= '\u{1c}'),
            _ => true,
        };
        if !belongs {
            break;
        }
        length += c.len_utf8();
    }
    length
}

/// Returns the text with a caret under the position.
fn location(text: &str, at: usize) -> String {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let line = before.rsplit('\n').next().unwrap_or_default();
    let spaces = " ".repeat(line.chars().count());
    match after.find('\n') {
        Some(end) => {
            let (rest, more) = after.split_at_checked(end).unwrap_or((after, ""));
            [before, rest, "\n", &spaces, "^", more].concat()
        }
        None => [text, "\n", &spaces, "^"].concat(),
    }
}

/// Converts a value to the numbers, booleans and lists of one item that the shape requires.
///
/// # Errors
/// Python's message for a string that is not a number, or for a list or structure that is not a string.
pub fn typed(shape: &Shape, value: &Data) -> Result<Data, Failure> {
    let no_text = |verb: &str| {
        let name = value.python_type(false);
        let text = match verb {
            "int" => {
                ["int() argument must be a string, a bytes-like object or a real number, not '", name, "'"]
            }
            _ => ["'", name, "' object has no attribute 'lower'"],
        };
        Failure::Plain(text.concat())
    };
    Ok(match (shape, value) {
        (Shape::Structure(structure), Data::Map(members)) => {
            let mut members = members.to_vec();
            // Converts in the order of the declaration, so that the first error is the same as the tool's.
            for member in structure.members {
                if let Some(found) = members.iter_mut().find(|(name, _)| **name == *member.name) {
                    found.1 = typed(member.shape, &found.1)?;
                }
            }
            Data::map(members)
        }
        (Shape::List { of, .. }, Data::List(items)) => {
            Data::list(items.iter().map(|item| typed(of, item)).collect::<Result<_, _>>()?)
        }
        (Shape::List { .. }, one) => Data::list(vec![one.clone()]),
        (Shape::Integer { .. }, Data::Text(text)) => {
            Data::Number(whole(text).ok_or_else(|| Failure::Plain(not_whole(text)))?.into())
        }
        (Shape::Integer { .. }, Data::List(_) | Data::Map(_)) => return Err(no_text("int")),
        (Shape::Boolean, Data::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            _ => value.clone(),
        },
        (Shape::Boolean, Data::List(_) | Data::Map(_)) => return Err(no_text("lower")),
        _ => value.clone(),
    })
}
