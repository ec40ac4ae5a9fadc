//! From text to commands, as POSIX writes them (Shell Command Language, sections 2.2 to 2.9).

use super::brace;
use super::syntax::{After, Change, Command, How, Item, List, Part, Piece, Redirection, Stream, What, Word};

/// How deep commands and substitutions may sit in each other.
const DEEPEST: usize = 40;

/// Why a text cannot be read, in bash's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The words.
    pub message: String,
    /// Whether more text could complete it.
    pub is_incomplete: bool,
    /// Up to which byte the text was read; [`line`] tells it.
    pub at: usize,
}

/// Reads one complete line from the start of a text: up to the end of line that ends its last command, with the
/// here-documents after it. Gives back how many bytes that is, too.
pub fn line(text: &str) -> Result<(List, usize), SyntaxError> {
    let mut parser = Parser { text, at: 0, documents: None, depth: 0, is_expression: false };
    let read =
        parser.list(&[], true).and_then(|list| match parser.at < text.len() && !parser.takes_newline() {
            true => Err(parser.unexpected()),
            false => Ok(list),
        });
    let at = parser.at;
    read.map(|list| (list, at)).map_err(|error| SyntaxError { at, ..error })
}

/// A text that is read.
pub struct Parser<'t> {
    /// All of it.
    pub text: &'t str,
    /// The byte that comes next.
    pub at: usize,
    /// Where the present line ends, and where what comes after its here-documents begins.
    pub documents: Option<(usize, usize)>,
    /// How deep commands and substitutions are in each other.
    pub depth: usize,
    /// Whether brackets and bars are letters of the word: behind `=~`.
    pub is_expression: bool,
}

/// What is read, or why it cannot be.
pub type Read<T> = Result<T, SyntaxError>;

/// What more text could complete.
pub fn incomplete(message: &str) -> SyntaxError {
    let message = [message, "\nbash: syntax error: unexpected end of file"].concat();
    SyntaxError { message: message.trim_start().to_owned(), is_incomplete: true, at: 0 }
}

/// A quotation or substitution without its end.
pub fn unclosed(mark: char) -> SyntaxError {
    let mut message = "bash: unexpected EOF while looking for matching `".to_owned();
    message.push(mark);
    message.push('\'');
    incomplete(&message)
}

/// Whether a character may be in a name.
pub fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Parser<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let has = self.rest().starts_with(mark);
        self.at += if has { mark.len() } else { 0 };
        has
    }

    /// Takes the end of a line, with the here-documents behind it.
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

    /// Skips spaces, continued lines, and a comment.
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

    /// Whether a reserved word stands here.
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

    /// Commands up to one of the words or marks of `ends`, which stays; or up to the end of the line.
    pub(super) fn list(&mut self, ends: &[&str], is_line: bool) -> Read<List> {
        self.goes_deeper()?;
        let list = self.items(ends, is_line);
        self.depth -= 1;
        list
    }

    pub(super) fn is_at_end(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| match *end {
            ")" | ";;" => self.rest().starts_with(end),
            word => self.is_at_word(word),
        })
    }

    fn items(&mut self, ends: &[&str], is_line: bool) -> Read<List> {
        let mut list = List::new();
        let mut after = After::Anything;
        loop {
            // Behind `&&` and `||` the line goes on.
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
            let is_negated = self.takes_word("!");
            let mut commands = vec![self.command()?];
            self.skip_blank();
            while !self.rest().starts_with("||") && self.takes("|") {
                self.takes("&");
                self.skip_lines();
                commands.push(self.command()?);
                self.skip_blank();
            }
            list.push(Item { after, is_negated, commands });
            after = if self.takes("&&") {
                After::Success
            } else if self.takes("||") {
                After::Failure
            } else {
                let is_case = self.rest().starts_with(";;");
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
        let what = if let Some(what) = self.function()? {
            what
        } else if self.takes_word("case") {
            self.case()?
        } else if self.takes_word("[[") {
            let condition = self.test_or()?;
            self.expects_word("]]")?;
            What::Test(condition)
        } else if self.takes_word("for") {
            self.for_loop()?
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
        let mut redirections = Vec::new();
        while self.redirection(&mut redirections)? {}
        Ok(Command { what, redirections })
    }

    fn simple(&mut self) -> Read<Command> {
        const RESERVED: [&str; 8] = ["do", "done", "then", "else", "elif", "fi", "esac", "}"];
        if RESERVED.into_iter().any(|word| self.is_at_word(word)) {
            return Err(self.unexpected());
        }
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.skip_blank();
            if self.redirection(&mut redirections)? {
                continue;
            }
            if words.is_empty()
                && let Some(name) = self.assigned()
            {
                self.at += name.len() + 1;
                assignments.push((name, self.word()?.unwrap_or_default()));
                continue;
            }
            match self.word()? {
                Some(word) => words.extend(brace::words(word)),
                None if words.is_empty() && assignments.is_empty() && redirections.is_empty() => {
                    return Err(self.unexpected());
                }
                None => return Ok(Command { what: What::Simple { assignments, words }, redirections }),
            }
        }
    }

    /// The name that is assigned to here.
    fn assigned(&self) -> Option<String> {
        let rest = self.rest();
        let name = rest.get(..rest.find(|c| !is_name(c))?)?;
        let is_valid = name.starts_with(|c: char| !c.is_ascii_digit());
        (is_valid && rest[name.len()..].starts_with('=')).then(|| name.to_owned())
    }

    fn redirection(&mut self, found: &mut Vec<Redirection>) -> Read<bool> {
        self.skip_blank();
        let rest = self.rest();
        let digit = rest.chars().next().filter(char::is_ascii_digit);
        let behind = rest.get(digit.map_or(0, |_| 1)..).unwrap_or_default();
        let (mark, how) = if rest.starts_with("&>") {
            ("&>", How::Write)
        } else {
            let marks = [
                ("<<<", How::Text),
                ("<<", How::Text),
                (">>", How::Append),
                (">&", How::Same),
                (">|", How::Write),
                (">", How::Write),
                ("<", How::Read),
            ];
            match marks.into_iter().find(|(mark, _)| behind.starts_with(mark)) {
                Some(mark) => mark,
                None => return Ok(false),
            }
        };
        let stream = match (digit, how) {
            _ if mark == "&>" => Stream::Both,
            (Some('0'), _) | (None, How::Read | How::Text) => Stream::Input,
            (Some('2'), _) => Stream::Errors,
            _ => Stream::Output,
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

    /// The here-document that ends with a line of its own.
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
                let mut inner =
                    Parser { text: &body, at: 0, documents: None, depth: self.depth, is_expression: false };
                return inner.quoted(None);
            }
            body.push_str(line);
        }
        let message = ["bash: here-document delimited by end-of-file (wanted `", end, "')"].concat();
        Err(incomplete(&message))
    }

    /// One word; `None` where none begins.
    pub(super) fn word(&mut self) -> Read<Option<Word>> {
        let mut word = Word::new();
        let mut text = String::new();
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                _ if c.is_whitespace() || (!self.is_expression && ";&|()<>".contains(c)) => break,
                '\'' => {
                    self.at += 1;
                    let Some(end) = self.rest().find('\'') else { return Err(unclosed('\'')) };
                    flush(&mut text, false, &mut word);
                    let quoted = self.rest().get(..end).unwrap_or_default().to_owned();
                    word.push(Part { is_quoted: true, piece: Piece::Text(quoted) });
                    self.at += end + 1;
                }
                '"' => {
                    self.at += 1;
                    flush(&mut text, false, &mut word);
                    // Even empty quotes make a word.
                    word.push(Part { is_quoted: true, piece: Piece::Text(String::new()) });
                    word.extend(self.quoted(Some('"'))?);
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

    /// What stands in double quotes up to the closing one, or up to the end of the text.
    pub(super) fn quoted(&mut self, end: Option<char>) -> Read<Word> {
        let mut word = Word::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                let Some(end) = end else { break };
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
                        // In a here-document, a quote is a character like others.
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

    /// What begins with a dollar sign or a backquote.
    fn dollar(&mut self, is_quoted: bool, text: &mut String, word: &mut Word) -> Read<()> {
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
            let Some(end) = self.rest().find('`') else { return Err(unclosed('`')) };
            let inner = self.rest().get(..end).unwrap_or_default().to_owned();
            self.at += end + 1;
            let mut inner =
                Parser { text: &inner, at: 0, documents: None, depth: self.depth, is_expression: false };
            Piece::Output(inner.whole()?)
        } else if self.takes("$((") {
            let start = self.at;
            let Some(end) = self.rest().find("))") else { return Err(unclosed(')')) };
            let inner = self.text.get(start..start + end).unwrap_or_default();
            let mut inner =
                Parser { text: inner, at: 0, documents: None, depth: self.depth, is_expression: false };
            let number = inner.quoted(None)?;
            self.at += end + 2;
            Piece::Number(number)
        } else if self.takes("$(") {
            let list = self.list(&[")"], false);
            let list = list.map_err(|error| if error.is_incomplete { unclosed(')') } else { error })?;
            self.takes(")");
            Piece::Output(list)
        } else if self.takes("${") {
            self.braced()?
        } else {
            self.at += 1;
            let rest = self.rest();
            let special = rest.starts_with(|c: char| "?$#@*!-".contains(c) || c.is_ascii_digit());
            let length = if special { 1 } else { rest.find(|c| !is_name(c)).unwrap_or(rest.len()) };
            if length == 0 {
                text.push('$');
                return Ok(());
            }
            let name = rest.get(..length).unwrap_or_default().to_owned();
            self.at += length;
            Piece::Variable { name, change: Change::None }
        };
        flush(text, is_quoted, word);
        word.push(Part { is_quoted, piece });
        Ok(())
    }

    /// A whole text of commands on any number of lines.
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

fn flush(text: &mut String, is_quoted: bool, word: &mut Word) {
    if !text.is_empty() {
        word.push(Part { is_quoted, piece: Piece::Text(std::mem::take(text)) });
    }
}
