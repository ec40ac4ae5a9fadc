//! Regular expressions of POSIX, basic and extended, translated to those of the library.

/// Kind of a regular expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Whether `+?|(){}` are operators without a backslash.
    pub is_extended: bool,
    /// Whether `\n` and `\t` are characters, as in `sed` and `awk`.
    pub has_escapes: bool,
    /// Whether a backslash in brackets escapes the next character, as in `awk`.
    pub escapes_in_brackets: bool,
}

/// Translator of an expression.
struct Translator<'p> {
    characters: &'p [char],
    at: usize,
    kind: Kind,
    made: String,
}

/// Translates an expression.
///
/// # Errors
/// GNU's message if the expression is wrong, or a message that it is not supported.
pub(super) fn translated(pattern: &str, kind: Kind) -> Result<String, String> {
    let characters: Vec<char> = pattern.chars().collect();
    Translator { characters: &characters, at: 0, kind, made: String::new() }.run()
}

impl Translator<'_> {
    fn peek(&self, further: usize) -> Option<char> {
        self.characters.get(self.at + further).copied()
    }

    fn run(mut self) -> Result<String, String> {
        // Whether an operator here would have nothing to repeat.
        let mut is_start = true;
        // Whether the last token repeats, and the place where the token before it begins.
        let (mut repeats, mut atom) = (false, 0);
        let mut groups = Vec::new();
        while let Some(c) = self.peek(0) {
            self.at += 1;
            let was_start = std::mem::replace(&mut is_start, false);
            let mut token = c;
            let mut is_operator = "*.[^$".contains(c) || self.kind.is_extended && "+?|(){".contains(c);
            if c == '\\' {
                token = self.peek(0).ok_or("Trailing backslash")?;
                self.at += 1;
                if let Some(code) = self.code().filter(|_| token == 'x' && self.kind.has_escapes) {
                    self.at += 2;
                    (repeats, atom) = (false, self.made.len());
                    self.literal(code);
                    continue;
                }
                is_operator = !self.kind.is_extended && "+?|(){".contains(token);
                if let Some(special) = self.special(token)? {
                    (repeats, atom) = (false, self.made.len());
                    self.made.push_str(special);
                    continue;
                }
            }
            match token {
                '*' | '+' | '?' | '{' if is_operator && !was_start => {
                    let operator = if token == '{' { self.interval()? } else { Some(token.to_string()) };
                    let Some(operator) = operator else {
                        (repeats, atom) = (false, self.made.len());
                        self.made.push_str("\\{");
                        continue;
                    };
                    if repeats {
                        self.made.insert_str(atom, "(?:");
                        self.made.push(')');
                    }
                    self.made.push_str(&operator);
                    repeats = true;
                    continue;
                }
                // At the start, an extended operator repeats nothing.
                '*' | '+' | '?' if is_operator && self.kind.is_extended => {
                    is_start = true;
                    continue;
                }
                '(' if is_operator => {
                    groups.push(self.made.len());
                    self.made.push('(');
                    is_start = true;
                }
                ')' if !groups.is_empty() && (self.kind.is_extended == (c != '\\')) => {
                    atom = groups.pop().unwrap_or_default();
                    self.made.push(')');
                    repeats = false;
                    continue;
                }
                ')' if c == '\\' && !self.kind.is_extended => return Err("Unmatched ) or \\)".to_owned()),
                '|' if is_operator => {
                    self.made.push('|');
                    is_start = true;
                }
                '^' if is_operator && (self.kind.is_extended || was_start) => {
                    self.made.push('^');
                    is_start = true;
                }
                '$' if is_operator && (self.kind.is_extended || self.is_end()) => self.made.push('$'),
                '.' if is_operator => {
                    atom = self.made.len();
                    self.made.push('.');
                }
                '[' if is_operator => {
                    atom = self.made.len();
                    self.brackets()?;
                }
                _ => {
                    atom = self.made.len();
                    self.made.push_str(&super::escaped(token.encode_utf8(&mut [0; 4])));
                }
            }
            repeats = false;
        }
        if groups.is_empty() { Ok(self.made) } else { Err("Unmatched ( or \\(".to_owned()) }
    }

    /// Returns the translation of a backslash and a character if it is neither an operator nor the character itself.
    fn special(&self, token: char) -> Result<Option<&'static str>, String> {
        Ok(Some(match token {
            '<' => "\\b{start}",
            '>' => "\\b{end}",
            'b' if !self.kind.escapes_in_brackets => "\\b",
            'B' => "\\B",
            'w' => "\\w",
            'W' => "\\W",
            's' => "\\s",
            'S' => "\\S",
            '`' => "\\A",
            '\'' => "\\z",
            'n' if self.kind.has_escapes => "\\n",
            't' if self.kind.has_escapes => "\\t",
            'r' if self.kind.has_escapes => "\\r",
            'f' if self.kind.has_escapes => "\\f",
            'v' if self.kind.has_escapes => "\\v",
            '1'..='9' => return Err("back-references are not supported here".to_owned()),
            _ => return Ok(None),
        }))
    }

    /// Returns the character of a code of two hexadecimal digits.
    fn code(&self) -> Option<char> {
        let (high, low) = (self.peek(0)?.to_digit(16)?, self.peek(1)?.to_digit(16)?);
        char::from_u32(high * 16 + low)
    }

    /// Returns whether a dollar sign before this place is an anchor of a basic expression.
    fn is_end(&self) -> bool {
        match self.peek(0) {
            None => true,
            Some('\\') => matches!(self.peek(1), Some(')' | '|')),
            _ => false,
        }
    }

    /// Parses the rest of `{2,3}`. Returns `None` if the brace is a literal one.
    fn interval(&mut self) -> Result<Option<String>, String> {
        let start = self.at;
        let mut inner = String::new();
        while let Some(c) = self.peek(0).filter(|c| c.is_ascii_digit() || *c == ',') {
            inner.push(c);
            self.at += 1;
        }
        let ends = match self.kind.is_extended {
            true => self.peek(0) == Some('}'),
            false => (self.peek(0), self.peek(1)) == (Some('\\'), Some('}')),
        };
        let is_valid = !inner.is_empty() && inner.matches(',').count() < 2;
        match (ends && is_valid, self.kind.is_extended) {
            (true, is_extended) => {
                self.at += if is_extended { 1 } else { 2 };
                let zero = if inner.starts_with(',') { "0" } else { "" };
                Ok(Some(["{", zero, &inner, "}"].concat()))
            }
            (false, true) => {
                self.at = start;
                Ok(None)
            }
            (false, false) if self.at >= self.characters.len() => Err("Unmatched \\{".to_owned()),
            (false, false) => Err("Invalid content of \\{\\}".to_owned()),
        }
    }

    /// Parses the rest of `[…]`. A backslash in it is a character; only the library treats it as an escape.
    fn brackets(&mut self) -> Result<(), String> {
        const UNMATCHED: &str = "Unmatched [, [^, [:, [., or [=";
        self.made.push('[');
        if self.peek(0) == Some('^') {
            self.made.push('^');
            self.at += 1;
        }
        let first = self.at;
        loop {
            let c = self.peek(0).ok_or(UNMATCHED)?;
            let is_first = self.at == first;
            self.at += 1;
            let next = self.peek(0);
            match c {
                ']' if !is_first => break,
                '[' if matches!(next, Some(':' | '.' | '=')) => {
                    let mark = next.unwrap_or_default();
                    let rest = self.characters.get(self.at + 1..).unwrap_or_default();
                    let length = rest.windows(2).position(|pair| pair == [mark, ']']).ok_or(UNMATCHED)?;
                    let name: String = rest.iter().take(length).collect();
                    self.at += length + 3;
                    if mark == ':' {
                        self.made.extend(["[:", &name, ":]"]);
                    } else {
                        self.made.push_str(&super::escaped(&name));
                    }
                }
                '-' if !is_first && next != Some(']') => self.made.push('-'),
                '\\' if self.kind.has_escapes && matches!(next, Some('n' | 't' | 'r' | 'f' | 'v')) => {
                    self.made.push('\\');
                    self.made.extend(next);
                    self.at += 1;
                }
                '\\' if self.kind.escapes_in_brackets => {
                    let c = next.ok_or(UNMATCHED)?;
                    self.at += 1;
                    self.literal(c);
                }
                c => self.literal(c),
            }
        }
        self.made.push(']');
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_punctuation() {
            self.made.push('\\');
        }
        self.made.push(c);
    }
}
