//! Parser of commands as POSIX defines them (Shell Command Language, sections 2.2 to 2.9).

use super::syntax::{
    After, Argument, Assignment, Change, Command, How, Index, Item, List, Part, Piece, Redirection, Stream,
    Value, What, Word,
};

/// Maximum nesting depth of commands and substitutions.
const DEEPEST: usize = 40;

/// Syntax error, with bash's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The message.
    pub message: String,
    /// Whether more input could complete the text.
    pub is_incomplete: bool,
    /// Byte offset up to which the text was parsed; set by [`line`] and [`line_of`].
    pub at: usize,
}

/// Parses one complete line from the start of a text: up to the newline that terminates its last command, with the
/// here-documents after it. Also returns its length in bytes.
pub fn line(text: &str) -> Result<(List, usize), SyntaxError> {
    line_of(text, 1)
}

/// Parses like [`line`], for a text that begins on this line of a script.
pub fn line_of(text: &str, first_line: u32) -> Result<(List, usize), SyntaxError> {
    let mut parser = Parser::new(text, 0, first_line);
    let read =
        parser.list(&[], true).and_then(|list| match parser.at < text.len() && !parser.takes_newline() {
            true => Err(parser.unexpected()),
            false => Ok(list),
        });
    let at = parser.at;
    read.map(|list| (list, at)).map_err(|error| SyntaxError { at, ..error })
}

/// Parses a text as if it were in double quotes.
pub fn quoted(text: &str, line: u32) -> Read<Word> {
    Parser::new(text, 0, line).quoted(None)
}

/// Parser of a text.
pub struct Parser<'t> {
    /// The whole text.
    pub text: &'t str,
    /// Byte offset of the next character.
    pub at: usize,
    /// Byte offsets of the end of the current line, and of the text after its here-documents.
    pub documents: Option<(usize, usize)>,
    /// Nesting depth of commands and substitutions.
    pub depth: usize,
    /// Whether parentheses and bars are literal characters of a word: after `=~`.
    pub is_expression: bool,
    /// A byte offset in the text, and its line number.
    counted: (usize, u32),
}

/// Result of parsing.
pub type Read<T> = Result<T, SyntaxError>;

/// Returns the error for a text that more input could complete.
pub fn incomplete(message: &str) -> SyntaxError {
    let message = [message, "\nbash: syntax error: unexpected end of file"].concat();
    SyntaxError { message: message.trim_start().to_owned(), is_incomplete: true, at: 0 }
}

/// Returns the error for a quotation or substitution without its closing mark.
pub fn unclosed(mark: char) -> SyntaxError {
    let mut message = "bash: unexpected EOF while looking for matching `".to_owned();
    message.push(mark);
    message.push('\'');
    incomplete(&message)
}

/// Returns the error for `>(…)`.
fn writes_to_process() -> SyntaxError {
    let message = "bash: >(…): a command cannot write to a process here; use a pipe".to_owned();
    SyntaxError { message, is_incomplete: false, at: 0 }
}

/// Returns whether a character is valid in a name.
pub fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'t> Parser<'t> {
    /// Creates a parser for a text that begins on this line, at this nesting depth.
    pub(super) fn new(text: &'t str, depth: usize, first_line: u32) -> Self {
        Self { text, at: 0, documents: None, depth, is_expression: false, counted: (0, first_line) }
    }
}

impl Parser<'_> {
    /// Returns the line number of the current position in the script.
    pub(super) fn line(&mut self) -> u32 {
        let (place, line) = self.counted;
        let count = |from: usize, to: usize| {
            let lines = self.text.get(from..to).unwrap_or_default().matches('\n').count();
            u32::try_from(lines).unwrap_or(u32::MAX)
        };
        let line = match self.at >= place {
            true => line.saturating_add(count(place, self.at)),
            false => line.saturating_sub(count(self.at, place)),
        };
        self.counted = (self.at, line);
        line
    }

    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let has = self.rest().starts_with(mark);
        self.at += if has { mark.len() } else { 0 };
        has
    }

    /// Consumes a newline and the here-documents after it; returns whether there is a newline.
    pub(super) fn takes_newline(&mut self) -> bool {
        let at = self.at;
        if !self.takes("\n") {
            return false;
        }
        if let Some((end, after)) = self.documents.filter(|(end, _)| *end <= at) {
            self.at = after.max(end);
            self.documents = None;
        }
        true
    }

    /// Skips spaces, line continuations, and a comment.
    pub(super) fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            if rest.starts_with([' ', '\t', '\r']) {
                self.at += 1;
            } else if rest.starts_with("\\\n") {
                self.at += 2;
            } else if rest.starts_with("\\\r\n") {
                self.at += 3;
            } else if rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    pub(super) fn skip_lines(&mut self) {
        self.skip_blank();
        while self.takes_newline() {
            self.skip_blank();
        }
    }

    pub(super) fn unexpected(&self) -> SyntaxError {
        let rest = self.rest();
        let operators = ["&&", "||", ";;", ">>", "<<", "&", "|", ";", "(", ")", "<", ">"];
        let token = match operators.into_iter().find(|operator| rest.starts_with(operator)) {
            Some(operator) => operator,
            None if rest.starts_with('\n') => "newline",
            None => {
                rest.split(|c: char| c.is_whitespace() || ";&|()<>".contains(c)).next().unwrap_or_default()
            }
        };
        if token.is_empty() {
            return incomplete("");
        }
        let message = ["bash: syntax error near unexpected token `", token, "'"].concat();
        SyntaxError { message, is_incomplete: false, at: 0 }
    }

    /// Returns whether this reserved word is next.
    pub(super) fn is_at_word(&self, word: &str) -> bool {
        let rest = self.rest().strip_prefix(word);
        rest.is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| c.is_whitespace() || ";&|()<>".contains(c))
        })
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let has = self.is_at_word(word);
        self.at += if has { word.len() } else { 0 };
        has
    }

    pub(super) fn expects_word(&mut self, word: &str) -> Read<()> {
        self.skip_lines();
        if self.takes_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Parses commands up to one of the words or operators in `ends`, which is not consumed. With `is_line`, also stops
    /// at the end of the line.
    pub(super) fn list(&mut self, ends: &[&str], is_line: bool) -> Read<List> {
        self.goes_deeper()?;
        let list = self.items(ends, is_line);
        self.depth -= 1;
        list
    }

    pub(super) fn is_at_end(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| match *end {
            ")" | ";;" | ";&" => self.rest().starts_with(end),
            word => self.is_at_word(word),
        })
    }

    fn items(&mut self, ends: &[&str], is_line: bool) -> Read<List> {
        let mut list = List::new();
        let mut after = After::Anything;
        loop {
            // After `&&` and `||` the line continues.
            if is_line && after == After::Anything {
                self.skip_blank()
            } else {
                self.skip_lines()
            }
            let is_over = self.at >= self.text.len() || (is_line && self.rest().starts_with('\n'));
            if is_over || self.is_at_end(ends) {
                let is_whole = after == After::Anything && (is_line || !is_over);
                return if is_whole { Ok(list) } else { Err(self.unexpected()) };
            }
            let mut is_timed = false;
            while self.takes_word("time") {
                is_timed = true;
                self.skip_blank();
                self.takes_word("-p");
                self.skip_blank();
            }
            let mut is_negated = false;
            while self.takes_word("!") {
                is_negated = !is_negated;
                self.skip_blank();
            }
            let mut commands = vec![self.command()?];
            self.skip_blank();
            while !self.rest().starts_with("||") && self.takes("|") {
                self.takes("&");
                self.skip_lines();
                commands.push(self.command()?);
                self.skip_blank();
            }
            list.push(Item { after, is_negated, is_timed, commands });
            after = if self.takes("&&") {
                After::Success
            } else if self.takes("||") {
                After::Failure
            } else {
                let is_case = self.rest().starts_with(";;") || self.rest().starts_with(";&");
                let is_separated = !is_case && (self.takes(";") || self.takes("&"));
                let is_ended = self.rest().starts_with('\n') || self.at >= self.text.len();
                if !is_separated && !is_ended && !self.is_at_end(ends) {
                    return Err(self.unexpected());
                }
                After::Anything
            };
        }
    }

    pub(super) fn command(&mut self) -> Read<Command> {
        self.skip_blank();
        let start = self.at;
        let line = self.line();
        let what = if let Some(what) = self.function()? {
            what
        } else if self.is_at_word("case") {
            self.case()?
        } else if self.takes_word("[[") {
            let condition = self.test_or()?;
            self.expects_word("]]")?;
            What::Test(condition)
        } else if self.is_at_word("for") {
            self.for_loop()?
        } else if self.is_at_word("select") || self.is_at_word("coproc") {
            let word = self.rest().split_whitespace().next().unwrap_or_default();
            let message = ["bash: ", word, ": it waits for somebody at a keyboard, which no line here does"];
            return Err(SyntaxError { message: message.concat(), is_incomplete: false, at: 0 });
        } else if self.takes_word("if") {
            self.condition()?
        } else if self.takes_word("while") {
            self.while_loop(true)?
        } else if self.takes_word("until") {
            self.while_loop(false)?
        } else if self.takes_word("{") {
            let body = self.block("}")?;
            What::Group { body, is_subshell: false }
        } else if self.rest().starts_with("((") && self.has_numbers() {
            What::Number(self.numbers()?)
        } else if self.takes("(") {
            let body = self.list(&[")"], false)?;
            self.takes(")");
            What::Group { body, is_subshell: true }
        } else {
            return self.simple();
        };
        let text = self.text.get(start..self.at).unwrap_or_default();
        let inside = |from: usize, ends: &[char]| {
            text.get(from..text.len().saturating_sub(from))
                .unwrap_or_default()
                .trim()
                .trim_end_matches(ends)
                .trim()
        };
        let written = match &what {
            What::Test(_) => text.to_owned(),
            What::Number(_) => ["(( ", inside(2, &[]), " ))"].concat(),
            What::Group { is_subshell: true, .. } => ["( ", inside(1, &[';']), " )"].concat(),
            _ => String::new(),
        };
        let mut redirections = Vec::new();
        while self.redirection(&mut redirections)? {}
        Ok(Command { what, redirections, line, written: written.into() })
    }

    fn simple(&mut self) -> Read<Command> {
        const RESERVED: [&str; 8] = ["do", "done", "then", "else", "elif", "fi", "esac", "}"];
        if RESERVED.into_iter().any(|word| self.is_at_word(word)) {
            return Err(self.unexpected());
        }
        let line = self.line();
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        let mut written = String::new();
        let mut start = None;
        loop {
            if let Some(start) = start {
                self.writes(start, &mut written);
            }
            self.skip_blank();
            start = Some(self.at);
            if self.redirection(&mut redirections)? {
                continue;
            }
            if words.is_empty()
                && let Some(assignment) = self.assignment()?
            {
                assignments.push(assignment);
                continue;
            }
            match self.word()? {
                Some(word) => {
                    if words.is_empty()
                        && assignments.is_empty()
                        && let [Part { is_quoted: false, piece: Piece::Text(text) }] = &*word
                        && matches!(text.as_str(), "declare" | "typeset" | "local" | "readonly" | "export")
                    {
                        let command = text.clone();
                        let arguments = self.arguments(&mut redirections)?;
                        self.writes(start.unwrap_or_default(), &mut written);
                        let what = What::Declare { command, arguments };
                        return Ok(Command { what, redirections, line, written: written.into() });
                    }
                    words.push(word);
                }
                None if words.is_empty() && assignments.is_empty() && redirections.is_empty() => {
                    return Err(self.unexpected());
                }
                None => {
                    let what = What::Simple { assignments, words };
                    return Ok(Command { what, redirections, line, written: written.into() });
                }
            }
        }
    }

    /// Appends the source text from this offset on, with the spaces that bash prints.
    fn writes(&self, start: usize, written: &mut String) {
        let text = self.text.get(start..self.at).unwrap_or_default().trim();
        if !written.is_empty() && !text.is_empty() {
            written.push(' ');
        }
        if text.starts_with(">&") {
            written.push('1');
        }
        let length = text.find(|c: char| !c.is_ascii_digit() && c != '&').unwrap_or_default();
        let target = text.get(length..).unwrap_or_default().trim_start_matches(['<', '>', '|']);
        let mark = text.get(..text.len() - target.len()).unwrap_or_default();
        // Process substitution is a word, and a number of a stream or an end of a document follows its mark.
        if target.len() + length < text.len() && !target.starts_with(['(', '&']) && !mark.ends_with("<<") {
            written.extend([mark, " ", target.trim_start()]);
        } else {
            written.push_str(text);
        }
    }

    /// Parses the arguments of `declare` and related commands.
    fn arguments(&mut self, redirections: &mut Vec<Redirection>) -> Read<Vec<Argument>> {
        let mut arguments = Vec::new();
        loop {
            self.skip_blank();
            if self.redirection(redirections)? {
                continue;
            }
            if let Some(assignment) = self.assignment()? {
                arguments.push(Argument::Assignment(assignment));
                continue;
            }
            match self.word()? {
                Some(word) => arguments.push(Argument::Word(word)),
                None => return Ok(arguments),
            }
        }
    }

    /// Parses an assignment: `NAME=value`, `NAME+=value`, `NAME[index]=value`; `None` if none begins here.
    fn assignment(&mut self) -> Read<Option<Assignment>> {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default().to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(None);
        }
        self.at += length;
        let index = match self.is_at_index() {
            true => self.index()?,
            false => None,
        };
        let is_added = self.rest().starts_with("+=") && self.takes("+");
        if !self.takes("=") {
            self.at = start;
            return Ok(None);
        }
        let value = if self.rest().starts_with('(') {
            self.array()?
        } else {
            Value::Text(self.word()?.unwrap_or_default())
        };
        Ok(Some(Assignment { name, index, is_added, value }))
    }

    /// Returns whether `[…]=` begins here; otherwise a bracket is literal.
    fn is_at_index(&self) -> bool {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        rest.starts_with('[') && (line.contains("]=") || line.contains("]+="))
    }

    /// Parses `[index]`; `None` if no bracket begins here.
    pub(super) fn index(&mut self) -> Read<Option<Word>> {
        if !self.takes("[") {
            return Ok(None);
        }
        let word = self.operand("]", false)?;
        self.takes("]");
        Ok(Some(word))
    }

    /// Parses `(value [index]=value …)`.
    fn array(&mut self) -> Read<Value> {
        let start = self.at;
        self.takes("(");
        let mut elements = Vec::new();
        loop {
            self.skip_lines();
            if self.takes(")") {
                let written = unfolded(self.text.get(start..self.at).unwrap_or_default());
                return Ok(Value::Array(elements, written));
            }
            let at = self.at;
            let index = if self.is_at_index() { self.index()? } else { None };
            if index.is_some() && self.takes("=") {
                elements.push((index, self.word()?.unwrap_or_default()));
                continue;
            }
            self.at = at;
            match self.word()? {
                Some(word) => elements.push((None, word)),
                None if self.at >= self.text.len() => return Err(unclosed(')')),
                None => return Err(self.unexpected()),
            }
        }
    }

    fn redirection(&mut self, found: &mut Vec<Redirection>) -> Read<bool> {
        self.skip_blank();
        let rest = self.rest();
        let digit = rest.chars().next().filter(char::is_ascii_digit);
        let behind = rest.get(digit.map_or(0, |_| 1)..).unwrap_or_default();
        // Process substitution, not a redirection: `<(…)`.
        if behind.starts_with("<(") {
            return Ok(false);
        }
        if behind.starts_with(">(") {
            return Err(writes_to_process());
        }
        let marks = [
            ("&>>", How::Append),
            ("&>", How::Write),
            ("<<<", How::Text),
            ("<<", How::Text),
            ("<&", How::Same),
            ("<>", How::Read),
            (">>", How::Append),
            (">&", How::Same),
            (">|", How::Over),
            (">", How::Write),
            ("<", How::Read),
        ];
        let Some((mark, how)) = marks.into_iter().find(|(mark, _)| behind.starts_with(mark)) else {
            return Ok(false);
        };
        if mark.starts_with('&') && digit.is_some() {
            return Ok(false);
        }
        let stream = match digit {
            _ if mark.starts_with('&') => Stream::Both,
            None if mark.starts_with('<') => Stream::Input,
            None | Some('1') => Stream::Output,
            Some('0') => Stream::Input,
            Some('2') => Stream::Errors,
            Some(digit) => Stream::Other(u8::try_from(digit.to_digit(10).unwrap_or(3)).unwrap_or(3)),
        };
        self.at += mark.len() + digit.map_or(0, |_| 1);
        let is_indented = mark == "<<" && self.takes("-");
        self.skip_blank();
        let start = self.at;
        let Some(mut target) = self.word()? else { return Err(self.unexpected()) };
        if mark == "<<" {
            let written = self.text.get(start..self.at).unwrap_or_default();
            let end: String = written.chars().filter(|c| !"'\"\\".contains(*c)).collect();
            target = self.document(&end, is_indented, end == written)?;
        } else if mark == "<<<" {
            target.push(Part { is_quoted: true, piece: Piece::Text("\n".to_owned()) });
        }
        found.push(Redirection { stream, how, target });
        Ok(true)
    }

    /// Parses the here-document up to the line that equals `end`.
    fn document(&mut self, end: &str, is_indented: bool, is_expanded: bool) -> Read<Word> {
        let line_end = self.rest().find('\n').map(|end| self.at + end);
        let (line_end, start) = match (self.documents, line_end) {
            (Some((line_end, after)), _) => (line_end, after),
            (None, Some(line_end)) => (line_end, line_end + 1),
            (None, None) => (self.text.len(), self.text.len()),
        };
        let mut body = String::new();
        let mut at = start;
        for line in self.text.get(start..).unwrap_or_default().split_inclusive('\n') {
            at += line.len();
            let line = if is_indented { line.trim_start_matches('\t') } else { line };
            if line.trim_end_matches(['\n', '\r']) == end {
                self.documents = Some((line_end, at));
                if !is_expanded {
                    return Ok(vec![Part { is_quoted: true, piece: Piece::Text(body) }]);
                }
                let line = self.line();
                let content = Parser::new(&body, self.depth, line).quoted(None);
                if content.is_err() {
                    // The error is at the end of the here-document, so that its lines are not parsed as commands.
                    self.at = at.saturating_sub(1).max(self.at);
                }
                return content;
            }
            body.push_str(line);
        }
        let message = ["bash: here-document delimited by end-of-file (wanted `", end, "')"].concat();
        Err(incomplete(&message))
    }

    /// Parses one word; `None` if none begins here.
    pub(super) fn word(&mut self) -> Read<Option<Word>> {
        let mut word = Word::new();
        let mut text = String::new();
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                '<' if !self.is_expression && self.rest().starts_with("<(") => {
                    flush(&mut text, false, &mut word);
                    self.at += 2;
                    let list = self.list(&[")"], false);
                    let list =
                        list.map_err(|error| if error.is_incomplete { unclosed(')') } else { error })?;
                    self.takes(")");
                    word.push(Part { is_quoted: true, piece: Piece::Process(list) });
                }
                '>' if !self.is_expression && self.rest().starts_with(">(") => {
                    return Err(writes_to_process());
                }
                _ if c.is_whitespace() || (!self.is_expression && ";&|()<>".contains(c)) => break,
                '\'' => {
                    let part = self.single_quoted()?;
                    flush(&mut text, false, &mut word);
                    word.push(part);
                }
                '"' => {
                    flush(&mut text, false, &mut word);
                    word.extend(self.double_quoted()?);
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(c) => {
                            flush(&mut text, false, &mut word);
                            word.push(Part { is_quoted: true, piece: Piece::Text(c.to_string()) });
                        }
                        None => return Err(incomplete("")),
                    }
                }
                '$' | '`' => self.dollar(false, &mut text, &mut word)?,
                _ => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        flush(&mut text, false, &mut word);
        Ok((self.at > start).then_some(word))
    }

    /// Parses a string in single quotes, which begins here.
    pub(super) fn single_quoted(&mut self) -> Read<Part> {
        self.at += 1;
        let Some(end) = self.rest().find('\'') else { return Err(unclosed('\'')) };
        let quoted = self.rest().get(..end).unwrap_or_default().to_owned();
        self.at += end + 1;
        Ok(Part { is_quoted: true, piece: Piece::Text(quoted) })
    }

    /// Parses a string in double quotes, which begins here. Empty quotes also form a word.
    pub(super) fn double_quoted(&mut self) -> Read<Word> {
        self.at += 1;
        let mut word = vec![Part { is_quoted: true, piece: Piece::Text(String::new()) }];
        word.extend(self.quoted(Some('"'))?);
        Ok(word)
    }

    /// Parses a text in double quotes, up to the closing quote `end`, or up to the end of the text if `end` is `None`.
    pub(super) fn quoted(&mut self, end: Option<char>) -> Read<Word> {
        let start = self.at;
        let mut word = Word::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                let Some(end) = end else { break };
                self.at = start;
                return Err(unclosed(end));
            };
            match c {
                _ if Some(c) == end => {
                    self.at += 1;
                    break;
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        // In a here-document, a quote is an ordinary character.
                        Some(c) if "$`\\".contains(c) || Some(c) == end => text.push(c),
                        other => {
                            text.push('\\');
                            text.extend(other);
                        }
                    }
                }
                '$' | '`' => self.dollar(true, &mut text, &mut word)?,
                _ => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        flush(&mut text, true, &mut word);
        Ok(word)
    }

    /// Parses a substitution that begins with a dollar sign or a backquote.
    pub(super) fn dollar(&mut self, is_quoted: bool, text: &mut String, word: &mut Word) -> Read<()> {
        self.goes_deeper()?;
        let read = self.substitution(is_quoted, text, word);
        self.depth -= 1;
        read
    }

    pub(super) fn goes_deeper(&mut self) -> Read<()> {
        if self.depth >= DEEPEST {
            let message = "bash: this is nested too deep".to_owned();
            return Err(SyntaxError { message, is_incomplete: false, at: 0 });
        }
        self.depth += 1;
        Ok(())
    }

    fn substitution(&mut self, is_quoted: bool, text: &mut String, word: &mut Word) -> Read<()> {
        let piece = if self.takes("`") {
            let rest = self.rest();
            let mut is_escape = false;
            let end = rest.bytes().position(|byte| {
                let is_end = byte == b'`' && !is_escape;
                is_escape = byte == b'\\' && !is_escape;
                is_end
            });
            let Some(end) = end else { return Err(unclosed('`')) };
            let inner = rest.get(..end).unwrap_or_default();
            let inner = inner.replace("\\`", "`").replace("\\$", "$").replace("\\\\", "\\");
            let line = self.line();
            self.at += end + 1;
            Piece::Output(Parser::new(&inner, self.depth, line).whole()?)
        } else if let Some(length) = self.number_length() {
            let line = self.line();
            let inner = self.rest().get(3..length - 2).unwrap_or_default();
            let number = Parser::new(inner, self.depth, line).quoted(None)?;
            self.at += length;
            Piece::Number(number)
        } else if self.takes("$(") {
            let list = self.list(&[")"], false);
            let list = list.map_err(|error| if error.is_incomplete { unclosed(')') } else { error })?;
            self.takes(")");
            Piece::Output(list)
        } else if self.takes("${") {
            self.braced(is_quoted)?
        } else if !is_quoted && self.rest().starts_with("$'") {
            let (quoted, length) = self.escaped()?;
            self.at += length;
            flush(text, false, word);
            word.push(Part { is_quoted: true, piece: Piece::Text(quoted) });
            return Ok(());
        } else {
            self.at += 1;
            let rest = self.rest();
            // `$"…"`: a translated string, same as `"…"` here.
            if !is_quoted && rest.starts_with('"') {
                return Ok(());
            }
            let special = rest.starts_with(|c: char| "?$#@*!-".contains(c) || c.is_ascii_digit());
            let length = if special { 1 } else { rest.find(|c| !is_name(c)).unwrap_or(rest.len()) };
            if length == 0 {
                text.push('$');
                return Ok(());
            }
            let name = rest.get(..length).unwrap_or_default().to_owned();
            self.at += length;
            Piece::Variable { name, index: Index::None, is_indirect: false, change: Change::None }
        };
        flush(text, is_quoted, word);
        word.push(Part { is_quoted, piece });
        Ok(())
    }

    /// Returns the length in bytes of the `$((…))` that begins here, with its closing parentheses; `None` for
    /// `$( (…) )`.
    fn number_length(&self) -> Option<usize> {
        let rest = self.rest().strip_prefix("$((")?;
        let mut depth = 0usize;
        let mut bytes = rest.bytes().enumerate().peekable();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return (bytes.peek().is_some_and(|(_, next)| *next == b')')).then_some(at + 5),
                _ => {}
            }
        }
        None
    }

    /// Returns the value of `$'…'` and its length in bytes.
    fn escaped(&self) -> Read<(String, usize)> {
        let rest = self.rest().get(2..).unwrap_or_default();
        let mut is_escape = false;
        for (at, c) in rest.char_indices() {
            match c {
                '\'' if !is_escape => {
                    let text = rest.get(..at).unwrap_or_default();
                    return Ok((crate::tools::escapes(text, true), at + 3));
                }
                '\\' => is_escape = !is_escape,
                _ => is_escape = false,
            }
        }
        Err(unclosed('\''))
    }

    /// Parses the whole text as commands on any number of lines.
    fn whole(&mut self) -> Read<List> {
        let mut list = List::new();
        while self.at < self.text.len() {
            list.extend(self.list(&[], true)?);
            if self.at < self.text.len() && !self.takes_newline() {
                return Err(self.unexpected());
            }
        }
        Ok(list)
    }
}

/// Joins continued lines, with one space in place of each line break.
fn unfolded(text: &str) -> String {
    let mut lines = text.split("\\\n");
    let mut made = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        made.truncate(made.trim_end_matches([' ', '\t']).len());
        made.push(' ');
        made.push_str(line.trim_start_matches([' ', '\t']));
    }
    made
}

pub(super) fn flush(text: &mut String, is_quoted: bool, word: &mut Word) {
    if !text.is_empty() {
        word.push(Part { is_quoted, piece: Piece::Text(std::mem::take(text)) });
    }
}
