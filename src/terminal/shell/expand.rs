//! Words as they are given to a command: variables and outputs in their place, split where they are not quoted.

use super::{
    glob::{self, Glyph},
    run::Shell,
    syntax::{Change, Part, Piece, Word},
};

impl Shell<'_> {
    /// The fields of words. A pattern stands for the files that fit it, if any does.
    pub fn fields(&mut self, words: &[Word]) -> Vec<String> {
        let mut fields = Vec::new();
        for word in words {
            let has_mark = |part: &Part| match &part.piece {
                Piece::Text(text) => !part.is_quoted && text.contains(['*', '?', '[']),
                _ => false,
            };
            if word.iter().any(has_mark) {
                self.names(word, &mut fields);
            } else {
                self.split(word, &mut fields);
            }
            if self.stop.is_some() {
                return Vec::new();
            }
        }
        // Each is made, copied and looked at.
        self.counts(fields.iter().map(|field| field.len() + 16).sum());
        fields
    }

    fn split(&mut self, word: &Word, fields: &mut Vec<String>) {
        // The quotes around `"$@"` make no field where there are no arguments.
        let is_all =
            word.iter().any(|part| matches!(&part.piece, Piece::Variable { name, .. } if name == "@"));
        let mut field = None;
        for part in word {
            if self.stop.is_some() {
                return;
            }
            if let Piece::Variable { name, change: Change::None } = &part.piece
                && name == "@"
                && part.is_quoted
            {
                // Each argument is a field of its own; what stands before and behind belongs to the first and last.
                let arguments = self.arguments.clone();
                for (place, argument) in arguments.iter().enumerate() {
                    if place > 0 {
                        fields.extend(field.take());
                    }
                    field.get_or_insert_with(String::new).push_str(argument);
                }
                continue;
            }
            let text = self.part(part);
            if part.is_quoted || matches!(part.piece, Piece::Text(_)) {
                if !(text.is_empty() && is_all) {
                    field.get_or_insert_with(String::new).push_str(&text);
                }
                continue;
            }
            if text.starts_with(char::is_whitespace) {
                fields.extend(field.take());
            }
            let mut pieces = text.split_whitespace().peekable();
            while let Some(piece) = pieces.next() {
                // A field of its own takes more than its letters.
                if !self.copies(piece.len() + 32) {
                    return;
                }
                field.get_or_insert_with(String::new).push_str(piece);
                if pieces.peek().is_some() || text.ends_with(char::is_whitespace) {
                    fields.extend(field.take());
                }
            }
        }
        fields.extend(field);
    }

    /// The files that a pattern fits; itself, where none does.
    fn names(&mut self, word: &Word, fields: &mut Vec<String>) {
        let glyphs = self.glyphs(word);
        let plain: String = glyphs.iter().map(|(c, _)| c).collect();
        let start = if plain.starts_with("./") { "./" } else { "" };
        let size: usize = self.files.iter().map(|(name, _)| name.len()).sum();
        if !glob::is_pattern(&glyphs) || !self.counts(size.saturating_mul(glyphs.len()) / 4) {
            fields.push(plain);
            return;
        }
        let count = fields.len();
        for (name, _) in self.files.iter() {
            let text: Vec<_> = start.chars().chain(name.chars()).collect();
            // A star is for no name that begins with a dot.
            let is_hidden = name.starts_with('.') && !plain.starts_with('.');
            // Folders are a part of names here: a star does not go beyond one.
            let slashes = |text: &str| text.matches('/').count();
            if !is_hidden && slashes(name) + start.len() / 2 == slashes(&plain) && glob::fits(&glyphs, &text)
            {
                fields.push([start, name].concat());
            }
        }
        if fields.len() == count {
            fields.push(plain);
        }
    }

    /// A word as a pattern: what is quoted means only itself.
    pub fn glyphs(&mut self, word: &[Part]) -> Vec<Glyph> {
        let mut glyphs = Vec::new();
        for part in word {
            let text = self.part(part);
            glyphs.extend(text.chars().map(|c| (c, !part.is_quoted)));
        }
        self.counts(glyphs.len());
        glob::close_brackets(&mut glyphs);
        glyphs
    }

    /// A word as one text, never split.
    pub fn text(&mut self, word: &[Part]) -> String {
        let mut text = String::new();
        for part in word {
            text.push_str(&self.part(part));
        }
        self.counts(text.len());
        text
    }

    /// The value of a variable, if it is set.
    fn value(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "#" => Some(self.arguments.len().to_string()),
            "@" | "*" => Some(self.arguments.join(" ")),
            "$" => Some("1".to_owned()),
            "0" => Some("bash".to_owned()),
            _ => match name.parse::<usize>() {
                Ok(place) => self.arguments.get(place - 1).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }

    /// What a part of a word comes to.
    pub fn part(&mut self, part: &Part) -> String {
        if self.stop.is_some() {
            return String::new();
        }
        match &part.piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable { name, change } => {
                let value = self.value(name).unwrap_or_default();
                // Once here, and once more where it goes; to look for it takes something, too.
                if !self.copies(2 * value.len() + 16) {
                    return String::new();
                }
                self.changed(name, value, change)
            }
            Piece::Output(list) => {
                let mut printed = self.subshell(|shell| shell.list(list, ""));
                printed.truncate(printed.trim_end_matches('\n').len());
                printed
            }
            Piece::Number(word) => self.reckons(word).map_or_else(String::new, |number| number.to_string()),
        }
    }

    /// What an expression comes to; where it comes to nothing, says so.
    pub fn reckons(&mut self, word: &[Part]) -> Option<i64> {
        let text = self.text(word);
        // Each name of it is looked up.
        if text.trim().is_empty() || !self.counts(16 * text.len()) {
            return Some(0);
        }
        match super::number::value(&text, self.variables) {
            Ok(number) => Some(number),
            Err(why) => {
                self.fail(&[&*text, ": ", why].concat());
                None
            }
        }
    }

    fn changed(&mut self, name: &str, value: String, change: &Change) -> String {
        match change {
            Change::None => value,
            Change::Length if matches!(name, "@" | "*") => self.arguments.len().to_string(),
            Change::Length => value.chars().count().to_string(),
            Change::Otherwise(word) if value.is_empty() => self.text(word),
            Change::Assign(word) if value.is_empty() => {
                let value = self.text(word);
                self.sets(name, value.clone());
                value
            }
            Change::Needed(word) if value.is_empty() => {
                let said = self.text(word);
                let said = if said.is_empty() { "parameter null or not set" } else { &said };
                self.fail(&[name, ": ", said].concat());
                self.stop = Some(super::run::Stop::Exit);
                value
            }
            Change::Otherwise(_) | Change::Assign(_) | Change::Needed(_) => value,
            Change::Instead(word) => {
                if value.is_empty() {
                    value
                } else {
                    self.text(word)
                }
            }
            Change::Cut { is_end, is_longest, pattern } => {
                let (glyphs, text) = (self.pattern(pattern), value.chars().collect::<Vec<_>>());
                let mut search = glob::Search::new(&glyphs);
                let kept = match is_end {
                    true => search.suffix(&text, *is_longest).map(|start| 0..start),
                    false => search.prefix(&text, *is_longest).map(|end| end..text.len()),
                };
                if !self.searches(search.work + text.len()) {
                    return String::new();
                }
                kept.and_then(|kept| text.get(kept)).unwrap_or(&text).iter().collect()
            }
            Change::Replace { is_all, pattern, new } => {
                let (glyphs, text) = (self.pattern(pattern), value.chars().collect::<Vec<_>>());
                let new = self.text(new);
                if glyphs.is_empty() || !self.searches(text.len()) {
                    return value;
                }
                let mut search = glob::Search::new(&glyphs);
                let mut made = String::new();
                let (mut at, mut is_over) = (0, false);
                while let Some(c) = text.get(at) {
                    let rest = text.get(at..).unwrap_or_default();
                    let end = if is_over { None } else { search.prefix(rest, true) };
                    if search.work > 1 << 16 && !self.searches(std::mem::take(&mut search.work)) {
                        break;
                    }
                    match end.filter(|end| *end > 0) {
                        Some(end) => {
                            made.push_str(&new);
                            at += end;
                            is_over = !is_all;
                        }
                        None => {
                            made.push(*c);
                            at += 1;
                        }
                    }
                    if made.len() > 1 << 20 && !self.counts(new.len()) {
                        break;
                    }
                }
                made
            }
            Change::Part(from, length) => {
                let mut number = |word: &Word| {
                    let text = self.text(word);
                    super::number::value(&text, self.variables).unwrap_or(0)
                };
                let (from, length) = (number(from), length.as_ref().map(&mut number));
                let count = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
                let start = if from < 0 { count.saturating_add(from) } else { from }.clamp(0, count);
                let end = match length {
                    None => count,
                    Some(length) if length < 0 => count.saturating_add(length),
                    Some(length) => start.saturating_add(length),
                };
                let [start, end] = [start, end].map(|place| usize::try_from(place).unwrap_or_default());
                value.chars().take(end).skip(start).collect()
            }
            Change::Letters { is_upper, is_all } => {
                let change =
                    |c: char| if *is_upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                let places = if *is_all { usize::MAX } else { 1 };
                value.chars().enumerate().map(|(at, c)| if at < places { change(c) } else { c }).collect()
            }
        }
    }

    /// A pattern in braces: there, quotes are around all of it.
    fn pattern(&mut self, word: &[Part]) -> Vec<Glyph> {
        let glyphs = self.glyphs(word);
        let mut glyphs: Vec<_> =
            glyphs.into_iter().filter(|(c, _)| !"'\"".contains(*c)).map(|(c, _)| (c, true)).collect();
        glob::close_brackets(&mut glyphs);
        glyphs
    }

    /// Counts what it takes to look for a pattern in a text: a thousand comparisons are a step.
    fn searches(&mut self, work: usize) -> bool {
        self.counts(work)
    }
}
