//! Parser of the scripts of `sed`.

use super::{Action, Address, Command, Replacement};
use crate::tools::{
    Pattern,
    regular::{Kind, translated},
};

/// Maximum number of commands in a script.
const MOST: usize = 200;

/// Parser of a script.
struct Reader<'s> {
    rest: &'s str,
    is_extended: bool,
    commands: Vec<Command>,
    /// Places of the blocks that are open.
    open: Vec<usize>,
}

/// Parses a script.
///
/// # Errors
/// The message of `sed` without its beginning.
pub(super) fn read(script: &str, is_extended: bool) -> Result<Vec<Command>, String> {
    let mut reader = Reader { rest: script, is_extended, commands: Vec::new(), open: Vec::new() };
    while reader.command()? {}
    if !reader.open.is_empty() {
        return Err("-e expression #1: unmatched `{'".to_owned());
    }
    let labels: Vec<Option<String>> = reader
        .commands
        .iter()
        .map(|command| match &command.action {
            Action::Label(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let end = labels.len();
    for command in &mut reader.commands {
        if let Action::Branch { label, target, .. } = &mut command.action {
            let found = labels.iter().position(|known| known.as_deref() == Some(label));
            *target = match found {
                Some(place) => place,
                None if label.is_empty() => end,
                None => return Err(["can't find label for jump to `", label, "'"].concat()),
            };
        }
    }
    Ok(reader.commands)
}

/// Adds the place in the script to a message.
fn expression(why: impl AsRef<str>) -> String {
    ["-e expression #1: ", why.as_ref()].concat()
}

impl Reader<'_> {
    /// Parses a command; returns whether there was one.
    fn command(&mut self) -> Result<bool, String> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if self.rest.is_empty() {
            return Ok(false);
        }
        if self.rest.starts_with('#') {
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
            return Ok(true);
        }
        if self.commands.len() >= MOST {
            return Err(expression("too many commands"));
        }
        let from = self.address()?;
        let to = match self.rest.strip_prefix(',').filter(|_| from.is_some()) {
            None => None,
            Some(rest) => {
                self.rest = rest;
                Some(self.address()?.ok_or_else(|| expression("unexpected `,'"))?)
            }
        };
        if matches!((&from, &to), (Some(Address::Number(0)), to) if !matches!(to, Some(Address::Fits(_)))) {
            return Err(expression("invalid usage of line address 0"));
        }
        self.rest = self.rest.trim_start();
        let is_negated = self.rest.starts_with('!');
        self.rest = self.rest.trim_start_matches('!').trim_start();
        let is_inside = matches!(from, Some(Address::Number(0)));
        let (action, needs_end) = self.action(from.is_some())?;
        self.commands.push(Command { from, to, is_negated, action, is_inside, end: 0 });
        if needs_end {
            let after = self.rest.trim_start_matches([' ', '\t', '\r']);
            if !after.is_empty() && !after.starts_with([';', '\n', '#', '}']) {
                return Err(expression("extra characters after command"));
            }
            self.rest = after;
        }
        Ok(true)
    }

    /// Parses a command after its addresses. Returns also whether an end of the command must follow.
    fn action(&mut self, has_address: bool) -> Result<(Action, bool), String> {
        let mut characters = self.rest.chars();
        let letter = characters.next().ok_or_else(|| expression("missing command"))?;
        self.rest = characters.as_str();
        let simple = match letter {
            'p' => Action::Print,
            'P' => Action::PrintFirst,
            'd' => Action::Delete,
            'D' => Action::DeleteFirst,
            'n' => Action::Next,
            'N' => Action::Join,
            'g' => Action::Get { is_added: false },
            'G' => Action::Get { is_added: true },
            'h' => Action::Hold { is_added: false },
            'H' => Action::Hold { is_added: true },
            'x' => Action::Exchange,
            'z' => Action::Zap,
            'F' => Action::Name,
            '=' => Action::Number,
            'q' | 'Q' => {
                self.rest = self.rest.trim_start_matches([' ', '\t']);
                let status = self.number().unwrap_or_default();
                Action::Quit { prints: letter == 'q', status: u8::try_from(status % 256).unwrap_or_default() }
            }
            '{' => {
                self.open.push(self.commands.len());
                return Ok((Action::Open, false));
            }
            '}' => {
                if has_address {
                    return Err(expression("} doesn't want any addresses"));
                }
                let place = self.open.pop().ok_or_else(|| expression("unexpected `}'"))?;
                let end = self.commands.len();
                if let Some(command) = self.commands.get_mut(place) {
                    command.end = end;
                }
                Action::Close
            }
            ':' => {
                if has_address {
                    return Err(expression(": doesn't want any addresses"));
                }
                let name = self.word(&[';']);
                if name.is_empty() {
                    return Err(expression("\":\" lacks a label"));
                }
                return Ok((Action::Label(name), false));
            }
            'b' | 't' | 'T' => {
                let label = self.word(&[';', '}']);
                let when = match letter {
                    'b' => None,
                    letter => Some(letter == 't'),
                };
                return Ok((Action::Branch { label, target: 0, when }, true));
            }
            'a' | 'i' | 'c' => {
                let text = self.block().ok_or_else(|| expression("expected \\ after `a', `c' or `i'"))?;
                let action = match letter {
                    'a' => Action::Append(text),
                    'i' => Action::Insert(text),
                    _ => Action::Change(text),
                };
                return Ok((action, false));
            }
            'r' | 'w' => {
                let name = self.file().ok_or_else(|| expression("missing filename in r/R/w/W commands"))?;
                return Ok((if letter == 'r' { Action::Read(name) } else { Action::Write(name) }, false));
            }
            's' => return self.replacement(),
            'y' => self.exchange()?,
            other => {
                let letter = other.to_string();
                return Err(expression(
                    ["unknown command: `", &letter, "'; `e', `l', `R' and `W' are not known here"].concat(),
                ));
            }
        };
        Ok((simple, true))
    }

    /// Parses `/…/…/flags` of `s`.
    fn replacement(&mut self) -> Result<(Action, bool), String> {
        let wrong = || expression("unterminated `s' command");
        let mark = self.mark().ok_or_else(wrong)?;
        let written = self.until(mark, true).ok_or_else(wrong)?;
        let new = self.until(mark, false).ok_or_else(wrong)?;
        let mut made = Replacement::default();
        let (mut flags, mut nth, mut file) = (String::new(), None, None);
        while let Some(c) = self.rest.chars().next() {
            match c {
                'g' | 'p' | 'i' | 'I' | 'm' | 'M' => {
                    flags.push(c);
                    self.rest = self.rest.get(1..).unwrap_or_default();
                }
                '0'..='9' if nth.is_some() => {
                    return Err(expression("multiple number options to `s' command"));
                }
                '0'..='9' => match self.number() {
                    Some(0) => return Err(expression("number option to `s' command may not be zero")),
                    number => nth = number,
                },
                'w' => {
                    self.rest = self.rest.get(1..).unwrap_or_default();
                    let name = self.file();
                    file = Some(name.ok_or_else(|| expression("missing filename in r/R/w/W commands"))?);
                    break;
                }
                c if c.is_whitespace() || ";}#".contains(c) => break,
                _ => return Err(expression("unknown option to `s'")),
            }
        }
        made.pattern = self.pattern(&written, flags.contains(['i', 'I']), flags.contains(['m', 'M']))?;
        let groups = made.pattern.as_ref().map_or(9, |pattern| pattern.regex.captures_len() - 1);
        let mut characters = new.chars();
        while let Some(c) = characters.next() {
            if c == '\\'
                && let Some(digit) = characters.next().and_then(|c| c.to_digit(10))
                && digit as usize > groups
            {
                let why = ["invalid reference \\", &digit.to_string(), " on `s' command's RHS"].concat();
                return Err(expression(why));
            }
        }
        made.new = new;
        (made.is_all, made.prints) = (flags.contains('g'), flags.contains('p'));
        made.nth = nth.unwrap_or(1);
        let has_file = file.is_some();
        made.file = file;
        Ok((Action::Replace(made), !has_file))
    }

    /// Parses `/abc/xyz/` of `y`.
    fn exchange(&mut self) -> Result<Action, String> {
        let wrong = || expression("unterminated `y' command");
        let mark = self.mark().ok_or_else(wrong)?;
        let [from, to] = [self.until(mark, false), self.until(mark, false)].map(|set| {
            let mut plain = Vec::new();
            let set = set?;
            let mut characters = set.chars();
            while let Some(c) = characters.next() {
                plain.push(match c {
                    '\\' => match characters.next()? {
                        'n' => '\n',
                        't' => '\t',
                        c => c,
                    },
                    c => c,
                });
            }
            Some(plain)
        });
        let (from, to) = (from.ok_or_else(wrong)?, to.ok_or_else(wrong)?);
        if from.len() != to.len() {
            return Err(expression("strings for `y' command are different lengths"));
        }
        Ok(Action::Exchanged(from.into_iter().zip(to).collect()))
    }

    /// Parses the text of `a`, `i` or `c`, and appends a line break. The text is the rest of the line, or the next line
    /// after a backslash. A backslash before a line break continues the text; before another character it is removed.
    fn block(&mut self) -> Option<String> {
        let text = self.rest.trim_start_matches([' ', '\t']);
        let text = text
            .strip_prefix('\\')
            .map_or(text, |text| text.trim_start_matches([' ', '\t']).strip_prefix('\n').unwrap_or(text));
        let mut characters = text.chars();
        let mut made = String::new();
        while let Some(c) = characters.next() {
            match c {
                '\n' => break,
                '\\' => made.extend(characters.next()),
                c => made.push(c),
            }
        }
        self.rest = characters.as_str();
        (!made.is_empty()).then(|| made + "\n")
    }

    /// Parses the name of a file, up to the end of the line.
    fn file(&mut self) -> Option<String> {
        let (name, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        let name = name.trim_start();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// Parses a word that ends at a blank or a mark.
    fn word(&mut self, marks: &[char]) -> String {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        let length = self.rest.find(|c: char| c.is_whitespace() || marks.contains(&c));
        let (word, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        word.to_owned()
    }

    fn number(&mut self) -> Option<usize> {
        let length = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX))
    }

    fn mark(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let mark = characters.next().filter(|mark| !matches!(mark, '\n' | '\\'))?;
        self.rest = characters.as_str();
        Some(mark)
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        let mut characters = self.rest.chars();
        let first = characters.next();
        let after = characters.as_str();
        match first {
            Some('$') => {
                self.rest = after;
                Ok(Some(Address::Last))
            }
            Some(mark @ ('+' | '~')) => {
                self.rest = after;
                let count = self.number().ok_or_else(|| expression("unexpected `,'"))?;
                Ok(Some(if mark == '+' { Address::Further(count) } else { Address::Multiple(count) }))
            }
            Some('/' | '\\') => {
                self.rest = if first == Some('/') { self.rest } else { after };
                let wrong = || expression("unterminated address regex");
                let mark = self.mark().ok_or_else(wrong)?;
                let written = self.until(mark, true).ok_or_else(wrong)?;
                let flags = self.rest.trim_start_matches(['I', 'M']);
                let (flags, rest) = self.rest.split_at(self.rest.len() - flags.len());
                self.rest = rest;
                self.pattern(&written, flags.contains('I'), flags.contains('M')).map(Address::Fits).map(Some)
            }
            _ => {
                let Some(number) = self.number() else { return Ok(None) };
                match self.rest.strip_prefix('~') {
                    None => Ok(Some(Address::Number(number))),
                    Some(rest) => {
                        self.rest = rest;
                        Ok(Some(Address::Step(number, self.number().unwrap_or_default())))
                    }
                }
            }
        }
    }

    /// Takes the text up to a delimiter; a backslash escapes the delimiter. In an expression, brackets hide it.
    fn until(&mut self, mark: char, is_expression: bool) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        // After a bracket without an end, the expression is wrong anyway, so no further one is searched for its end: each
        // search reads the rest of the text.
        let mut has_end = true;
        loop {
            match characters.next()? {
                c if c == mark => break,
                '\\' => match characters.next()? {
                    // A newline as `\n` is also a newline if `n` is the delimiter.
                    c if c == mark && mark != '&' => text.push(c),
                    c => text.extend(['\\', c]),
                },
                '[' if is_expression && has_end => {
                    let length = brackets(characters.as_str());
                    has_end = length > 0;
                    let (inner, rest) = characters.as_str().split_at_checked(length).unwrap_or_default();
                    text.push('[');
                    text.push_str(inner);
                    characters = rest.chars();
                }
                c => text.push(c),
            }
        }
        self.rest = characters.as_str();
        Some(text)
    }

    /// Compiles an expression; an empty one is the last one used.
    fn pattern(
        &self,
        written: &str,
        ignores_case: bool,
        is_multiline: bool,
    ) -> Result<Option<Pattern>, String> {
        if written.is_empty() {
            return Ok(None);
        }
        let kind = Kind { is_extended: self.is_extended, has_escapes: true, escapes_in_brackets: false };
        let made = translated(written, kind).map_err(expression)?;
        let flags = match (ignores_case, is_multiline) {
            (true, true) => "(?sim)",
            (true, false) => "(?si)",
            (false, true) => "(?sm)",
            (false, false) => "(?s)",
        };
        let wrong = || expression(["not a regular expression: ", written].concat());
        Pattern::new(&[flags, &made].concat()).map(Some).ok_or_else(wrong)
    }
}

/// Returns the length of the rest of `[…]`; 0 if it has no end. Reads the text once, whatever is in it.
fn brackets(text: &str) -> usize {
    let inner = text.strip_prefix('^').unwrap_or(text);
    // A closing bracket that comes first is a member of the set.
    let mut at = text.len() - inner.len() + usize::from(inner.starts_with(']'));
    let mut closing = 0;
    while let Some(place) = text.get(at..).and_then(|rest| rest.find([']', '['])) {
        at += place + 1;
        let Some(after) = text.get(at..).filter(|_| text.as_bytes().get(at - 1) == Some(&b'[')) else {
            return at;
        };
        let Some(mark) = after.bytes().next().filter(|mark| b":.=".contains(mark)) else { continue };
        // The name of a class has no closing bracket, except as the first character of `[.].]`.
        let first = at + 1 + usize::from(mark != b':' && after.as_bytes().get(1) == Some(&b']'));
        if closing < first {
            let Some(next) = text.get(first..).and_then(|rest| rest.find(']')) else { return 0 };
            closing = first + next;
        }
        if closing > at + 1 && text.as_bytes().get(closing - 1) == Some(&mark) {
            at = closing + 1;
        }
    }
    0
}
