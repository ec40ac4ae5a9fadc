//! Expansion of words: substitutes variables and outputs of commands, and splits the unquoted ones into fields.

use mesh_text::job::at_once;

use super::{
    brace,
    glob::{self, Glyph},
    run::{Shell, Stop},
    syntax::{Command, How, Item, Part, Piece, Redirection, Stream, What, Word},
};

/// A piece of an expanded word.
pub enum Chunk {
    /// A string that is never split; `true` if it may contain a pattern.
    Whole(String, bool),
    /// A string that is split at separators.
    Split(String),
    /// The end of a field: between the elements of `"$@"`.
    Break,
    /// No element: quotes around it do not form a field.
    None,
}

/// A field under construction.
#[derive(Default)]
struct Field {
    text: String,
    /// Byte ranges of the text that are not quoted and may contain a pattern.
    open: Vec<(usize, usize)>,
    is_there: bool,
}

impl Field {
    fn push(&mut self, text: &str, is_open: bool) {
        if is_open && text.contains(['*', '?', '[']) {
            self.open.push((self.text.len(), self.text.len() + text.len()));
        }
        self.text.push_str(text);
        self.is_there = true;
    }

    fn glyphs(&self) -> Vec<Glyph> {
        let is_open = |at: usize| self.open.iter().any(|(from, to)| (*from..*to).contains(&at));
        let mut glyphs: Vec<_> = self.text.char_indices().map(|(at, c)| (c, is_open(at))).collect();
        glob::close_brackets(&mut glyphs);
        glyphs
    }
}

impl Shell<'_> {
    /// Expands words to fields. A pattern expands to the files that match it, if there are any.
    pub fn fields(&mut self, words: &[Word]) -> Vec<String> {
        let mut fields = Vec::new();
        for word in words {
            self.field(word, &mut fields);
            if self.stop.is_some() {
                return Vec::new();
            }
        }
        // Each field is built, copied and scanned. A word takes time even if it expands to nothing.
        let made: usize = fields.iter().map(|field: &String| field.len() + 24).sum();
        self.copies(made.saturating_add(words.len().saturating_mul(32)));
        fields
    }

    /// Expands one word to fields; braces first.
    pub fn field(&mut self, word: &[Part], fields: &mut Vec<String>) {
        if !brace::has(word) {
            return self.fields_of(word, fields);
        }
        match brace::words(word) {
            Ok((words, size)) => {
                if size > 0 && !self.counts(size) {
                    return;
                }
                for word in words {
                    self.fields_of(&word, fields);
                    if self.stop.is_some() {
                        return;
                    }
                }
            }
            Err(brace::TooMany) => {
                self.fail("brace expansion: these braces make too many words");
                self.stop = self.stop.or(Some(Stop::Discard));
            }
        }
    }

    /// Expands one word without braces to fields.
    fn fields_of(&mut self, word: &[Part], fields: &mut Vec<String>) {
        // Fast path: most words are plain text.
        if let [Part { is_quoted, piece: Piece::Text(text) }] = word
            && (*is_quoted || !text.contains(['*', '?', '[', '~']))
        {
            fields.push(text.clone());
            return;
        }
        let mut chunks = Vec::new();
        self.chunks(word, false, &mut chunks);
        let has_none = chunks.iter().any(|chunk| matches!(chunk, Chunk::None));
        let separators = self.value("IFS").unwrap_or_default();
        let mut field = Field::default();
        for chunk in chunks {
            if self.stop.is_some() {
                return;
            }
            match chunk {
                // The quotes around `"$@"` do not form a field if there are no arguments.
                Chunk::Whole(text, false) if text.is_empty() && has_none => {}
                Chunk::Whole(text, is_open) => field.push(&text, is_open),
                Chunk::Split(text) => self.split(&text, &separators, &mut field, fields),
                Chunk::Break => self.ends(&mut field, fields),
                Chunk::None => {}
            }
        }
        self.ends(&mut field, fields);
    }

    /// Splits a string as POSIX does (section 2.6.5): adjacent spaces are one separator, and each other separator
    /// delimits a field.
    fn split(&mut self, text: &str, separators: &str, field: &mut Field, fields: &mut Vec<String>) {
        let is_separator = |c: char| separators.contains(c);
        let mut is_after_space = false;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if !is_separator(c) {
                let length = rest.find(is_separator).unwrap_or(rest.len());
                let (piece, after) = rest.split_at(length);
                // A separate field takes more than its characters.
                if !self.copies(piece.len() + 32) {
                    return;
                }
                field.push(piece, true);
                is_after_space = false;
                rest = after;
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            if matches!(c, ' ' | '\t' | '\n') {
                if field.is_there {
                    self.ends(field, fields);
                    is_after_space = true;
                }
            } else if field.is_there {
                self.ends(field, fields);
            } else if is_after_space {
                is_after_space = false;
            } else {
                fields.push(String::new());
            }
            if !self.copies(1) {
                return;
            }
        }
    }

    /// Completes the current field, if any.
    fn ends(&mut self, field: &mut Field, fields: &mut Vec<String>) {
        let field = std::mem::take(field);
        if !field.is_there {
            return;
        }
        if field.open.is_empty() || self.options.has_no_glob {
            fields.push(field.text);
            return;
        }
        let glyphs = field.glyphs();
        match glob::is_pattern(&glyphs) {
            true => self.names(&glyphs, field.text, fields),
            false => fields.push(field.text),
        }
    }

    /// Expands a pattern to the matching files, or to the pattern itself if none matches.
    fn names(&mut self, glyphs: &[Glyph], plain: String, fields: &mut Vec<String>) {
        let mut found = vec![String::new()];
        let parts: Vec<_> = glyphs.split(|(c, _)| *c == '/').collect();
        let count = parts.len();
        for (number, part) in parts.into_iter().enumerate() {
            let is_last = number + 1 == count;
            let text: String = part.iter().map(|(c, _)| c).collect();
            let mut next = Vec::new();
            for before in found {
                let path = [&*before, &*text].concat();
                if !glob::is_pattern(part) {
                    let is_there = match is_last {
                        true => self.files.get(&path).is_some() || self.files.is_folder(&path),
                        false => text.is_empty() || self.files.is_folder(&path),
                    };
                    if is_there || (is_last && text.is_empty()) {
                        next.push(if is_last { path } else { path + "/" });
                    }
                    continue;
                }
                let work = self.files.count().saturating_mul(16 + part.len());
                if !self.counts(work / 4) {
                    return;
                }
                let folder = if before.is_empty() { "." } else { &before };
                for (name, is_folder) in self.files.children(folder) {
                    // `*` does not match a leading dot.
                    let is_shown = !name.starts_with('.') || self.options.dotglob || text.starts_with('.');
                    let letters: Vec<_> = name.chars().collect();
                    if is_shown && (is_last || is_folder) && glob::fits(part, &letters) {
                        next.push([&*before, name, if is_last { "" } else { "/" }].concat());
                    }
                }
            }
            found = next;
        }
        match found.is_empty() {
            false => fields.extend(found),
            true if self.options.failglob => {
                self.fail(&["no match: ", &plain].concat());
                self.stop = Some(Stop::Exit);
            }
            true if self.options.nullglob => {}
            true => fields.push(plain),
        }
    }

    /// Converts a word to a pattern; quoted parts are literal.
    pub fn glyphs(&mut self, word: &[Part]) -> Vec<Glyph> {
        let mut chunks = Vec::new();
        self.chunks(word, false, &mut chunks);
        let mut glyphs = Vec::new();
        for chunk in chunks {
            match chunk {
                Chunk::Whole(text, is_open) => glyphs.extend(text.chars().map(|c| (c, is_open))),
                Chunk::Split(text) => glyphs.extend(text.chars().map(|c| (c, true))),
                Chunk::Break => glyphs.push((' ', false)),
                Chunk::None => {}
            }
        }
        self.counts(glyphs.len());
        glob::close_brackets(&mut glyphs);
        glyphs
    }

    /// Expands a word to one string, without field splitting.
    pub fn text(&mut self, word: &[Part]) -> String {
        let mut chunks = Vec::new();
        self.chunks(word, false, &mut chunks);
        let mut text = String::new();
        for chunk in chunks {
            match chunk {
                Chunk::Whole(part, _) | Chunk::Split(part) => text.push_str(&part),
                Chunk::Break => text.push(' '),
                Chunk::None => {}
            }
        }
        self.copies(text.len());
        text
    }

    /// Converts a word to a regular expression; quoted parts are literal.
    pub fn expression(&mut self, word: &[Part]) -> String {
        let mut chunks = Vec::new();
        self.chunks(word, false, &mut chunks);
        let mut written = String::new();
        for chunk in chunks {
            match chunk {
                Chunk::Whole(text, false) => written.push_str(&crate::tools::escaped(&text)),
                Chunk::Whole(text, true) | Chunk::Split(text) => written.push_str(&text),
                Chunk::Break => written.push(' '),
                Chunk::None => {}
            }
        }
        written
    }

    /// Expands the parts of a word. `is_inner`: the word is an operand in `${…}`, whose unquoted parts are split.
    pub fn chunks(&mut self, word: &[Part], is_inner: bool, chunks: &mut Vec<Chunk>) {
        for (place, part) in word.iter().enumerate() {
            if self.stop.is_some() {
                return;
            }
            match &part.piece {
                Piece::Text(text) if part.is_quoted => chunks.push(Chunk::Whole(text.clone(), false)),
                Piece::Text(text) => {
                    let text = if place == 0 { self.home(text, word.len() == 1) } else { text.clone() };
                    chunks.push(if is_inner { Chunk::Split(text) } else { Chunk::Whole(text, true) });
                }
                Piece::Variable { name, index, is_indirect, change } => {
                    self.variable(name, index, *is_indirect, change, part.is_quoted, chunks);
                }
                Piece::Output(list) => {
                    self.level += 1;
                    let mut printed = self.output_of(list);
                    self.level -= 1;
                    printed.truncate(printed.trim_end_matches('\n').len());
                    if !self.counts(printed.len()) {
                        return;
                    }
                    chunks.push(if part.is_quoted {
                        Chunk::Whole(printed, false)
                    } else {
                        Chunk::Split(printed)
                    });
                }
                Piece::Process(list) => {
                    let printed = self.output_of(list);
                    let path = format!("/dev/fd/{}", 63_usize.saturating_sub(self.pipes.len()));
                    let made = self.files.make_folder("/dev/fd", true);
                    match made.and_then(|()| self.files.write(&path, &printed, false)) {
                        Ok(()) => self.pipes.push(path.clone()),
                        Err(why) => self.fail(&format!("{path}: {why}")),
                    }
                    chunks.push(Chunk::Whole(path, false));
                }
                Piece::Number(word) => {
                    let number = self.reckons(word);
                    if number.is_none() && self.subscripts > 0 {
                        self.stop = self.stop.or(Some(Stop::Discard));
                        return;
                    }
                    chunks.push(Chunk::Whole(
                        number.map_or_else(String::new, |number| number.to_string()),
                        false,
                    ));
                }
            }
        }
    }

    /// Returns the output of a substitution. It does not pause, because words are expanded in one go.
    fn output_of(&mut self, list: &[Item]) -> String {
        if let Some(redirection) = only_file(list) {
            self.status = 0;
            let mut input = None;
            if !self.redirects(redirection, &mut input, &mut []) {
                return String::new();
            }
            return input.unwrap_or_else(|| self.drained()).rest().to_owned();
        }
        at_once(|_| self.subshell(async |shell| shell.list(list).await))
    }

    /// Expands `~` and `~/…` at the start of a word.
    pub(super) fn home(&mut self, text: &str, is_all: bool) -> String {
        let Some(rest) =
            text.strip_prefix('~').filter(|rest| rest.starts_with('/') || rest.is_empty() && is_all)
        else {
            return text.to_owned();
        };
        [&*self.value("HOME").unwrap_or_default(), rest].concat()
    }

    /// Evaluates the arithmetic expression in a word. If it is invalid, prints an error and returns `None`.
    pub fn reckons(&mut self, word: &[Part]) -> Option<i64> {
        let text = self.text(word);
        self.number(&text)
    }
}

/// Returns the redirection of `$(<file)`, whose output is the content of the file.
fn only_file(list: &[Item]) -> Option<&Redirection> {
    let [Item { commands, .. }] = list else { return None };
    let [Command { what: What::Simple { assignments, words }, redirections, .. }] = &**commands else {
        return None;
    };
    match &**redirections {
        [redirection @ Redirection { stream: Stream::Input, how: How::Read, .. }]
            if assignments.is_empty() && words.is_empty() =>
        {
            Some(redirection)
        }
        _ => None,
    }
}
