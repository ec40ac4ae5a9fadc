//! Parser of `${…}`.

use super::{
    parse::{Parser, Read, SyntaxError, flush, is_name, unclosed},
    syntax::{Change, Default, Index, Part, Piece, Word},
};

impl Parser<'_> {
    /// Parses the rest after `${`.
    pub(super) fn braced(&mut self, is_quoted: bool) -> Read<Piece> {
        let start = self.at;
        let length_of = |rest: &str| {
            rest.strip_prefix('#').is_some_and(|rest| {
                let rest = rest.trim_start_matches(is_name);
                !rest.starts_with(['%', '-', '+', '=', ':', '/', '#']) || rest.starts_with("#}")
            }) && !rest.starts_with("#}")
        };
        let is_length = length_of(self.rest()) && self.takes("#");
        let is_indirect = self.rest().starts_with('!') && !self.rest().starts_with("!}") && self.takes("!");
        let rest = self.rest();
        let is_special = rest.starts_with(['?', '#', '@', '*', '$', '!', '-']);
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len()).max(usize::from(is_special));
        let name = rest.get(..length).unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(if rest.is_empty() { unclosed('}') } else { self.bad(start) });
        }
        self.at += length;
        let index = self.elements()?;
        let piece =
            |change| Piece::Variable { name: name.clone(), index: index.clone(), is_indirect, change };
        if is_indirect {
            let is_all = matches!(index, Index::Each | Index::Joined);
            if is_all && self.takes("}") {
                return Ok(Piece::Variable { name, index, is_indirect: false, change: Change::Indices });
            }
            if matches!(index, Index::None) && (self.takes("*}") || self.takes("@}")) {
                return Ok(Piece::Variable {
                    name,
                    index: Index::Each,
                    is_indirect: false,
                    change: Change::Names,
                });
            }
        }
        if is_length {
            return if self.takes("}") { Ok(piece(Change::Length)) } else { Err(self.bad(start)) };
        }
        if self.takes("}") {
            return Ok(piece(Change::None));
        }
        let change = self.change(start, is_quoted)?;
        match self.takes("}") {
            true => Ok(piece(change)),
            false if self.at >= self.text.len() => Err(unclosed('}')),
            false => Err(self.bad(start)),
        }
    }

    /// Parses `[@]`, `[*]`, `[index]`, or nothing.
    fn elements(&mut self) -> Read<Index> {
        if self.takes("[@]") {
            return Ok(Index::Each);
        }
        if self.takes("[*]") {
            return Ok(Index::Joined);
        }
        Ok(self.index()?.map_or(Index::None, Index::At))
    }

    /// Parses the operator between the name and the closing brace; does not consume the brace.
    fn change(&mut self, start: usize, is_quoted: bool) -> Read<Change> {
        let cuts = [("%%", true, true), ("%", true, false), ("##", false, true), ("#", false, false)];
        let letters = [("^^", true, true), ("^", true, false), (",,", false, true), (",", false, false)];
        let defaults = [
            ('-', Default::Otherwise),
            ('=', Default::Assign),
            ('+', Default::Instead),
            ('?', Default::Needed),
        ];
        let has_colon = self.rest().starts_with(':');
        let mark = self.rest().chars().nth(usize::from(has_colon));
        if let Some((mark, kind)) = defaults.into_iter().find(|(known, _)| Some(*known) == mark) {
            self.at += usize::from(has_colon) + mark.len_utf8();
            let word = self.operand("}", is_quoted)?;
            return Ok(Change::Default { kind, is_empty_none: has_colon, word });
        }
        if let Some((mark, is_end, is_longest)) = cuts.into_iter().find(|cut| self.rest().starts_with(cut.0))
        {
            self.takes(mark);
            return Ok(Change::Cut { is_end, is_longest, pattern: self.operand("}", false)? });
        }
        if let Some((mark, is_upper, is_all)) =
            letters.into_iter().find(|case| self.rest().starts_with(case.0))
        {
            self.takes(mark);
            let pattern = self.operand("}", false)?;
            return Ok(Change::Letters { is_upper, is_all, pattern });
        }
        if self.takes("/") {
            let place = self.peek().filter(|c| "/#%".contains(*c));
            self.at += place.map_or(0, char::len_utf8);
            // After the mark of *all*, a leading slash belongs to the pattern: `${x////_}`.
            let is_slash = place == Some('/') && self.takes("/");
            let mut pattern = self.operand("/}", false)?;
            if is_slash {
                pattern.insert(0, Part { is_quoted: true, piece: Piece::Text("/".to_owned()) });
            }
            let new = if self.takes("/") { self.operand("}", false)? } else { Word::new() };
            return Ok(Change::Replace { place, pattern, new });
        }
        if self.takes(":") {
            let from = self.operand(":}", false)?;
            let length = if self.takes(":") { Some(self.operand("}", false)?) } else { None };
            return Ok(Change::Part(from, length));
        }
        if self.takes("@") {
            let form = self.next().filter(|c| "QUuLEPAaKk".contains(*c));
            return form.map(Change::Form).ok_or_else(|| self.bad(start));
        }
        Err(if self.rest().contains('}') { self.bad(start) } else { unclosed('}') })
    }

    /// Parses a word in braces or brackets, up to a terminator, which is not consumed. Spaces belong to the word, and
    /// quotes are removed; in double quotes, single quotes are literal.
    pub(super) fn operand(&mut self, ends: &str, is_quoted: bool) -> Read<Word> {
        let mut word = Word::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(unclosed(ends.chars().next_back().unwrap_or('}')));
            };
            match c {
                _ if ends.contains(c) => break,
                '\'' if !is_quoted => {
                    let part = self.single_quoted()?;
                    flush(&mut text, is_quoted, &mut word);
                    word.push(part);
                }
                '"' => {
                    flush(&mut text, is_quoted, &mut word);
                    word.extend(self.double_quoted()?);
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(c) if is_quoted && !"$`\"\\}".contains(c) => text.extend(['\\', c]),
                        Some(c) => {
                            flush(&mut text, is_quoted, &mut word);
                            word.push(Part { is_quoted: true, piece: Piece::Text(c.to_string()) });
                        }
                        None => return Err(unclosed('}')),
                    }
                }
                '$' | '`' => self.dollar(is_quoted, &mut text, &mut word)?,
                _ => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        flush(&mut text, is_quoted, &mut word);
        Ok(word)
    }

    fn bad(&self, start: usize) -> SyntaxError {
        let rest = self.text.get(start..).unwrap_or_default();
        let written = rest.split('}').next().unwrap_or_default();
        let message = ["bash: ${", written, "}: bad substitution"].concat();
        SyntaxError { message, is_incomplete: false, at: 0 }
    }
}
