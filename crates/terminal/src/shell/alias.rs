//! `alias` and `unalias`: names of commands that stand for words.
//!
//! The words replace the name when the command runs, not when it is parsed, so an alias cannot contain operators.

use super::{
    parse,
    run::Shell,
    syntax::{Assignment, Command, Part, Piece, What, Word},
    trace,
};

/// The words that an alias stands for, and the assignments before them.
type Words = (Vec<Assignment>, Vec<Word>);

/// Parses the value of an alias; `None` if it is more than words.
fn words(value: &str) -> Option<Words> {
    let (list, length) = parse::line(value).ok()?;
    let Some(item) = list.first() else { return Some(Words::default()) };
    match &*item.commands {
        [Command { what: What::Simple { assignments, words }, redirections, .. }]
            if list.len() == 1
                && length == value.len()
                && redirections.is_empty()
                && !item.is_negated
                && !item.is_timed
                && !value.trim_end().ends_with([';', '&']) =>
        {
            Some((assignments.clone(), words.clone()))
        }
        _ => None,
    }
}

impl Shell<'_> {
    /// Returns the value of an alias, if aliases are expanded: in a script, only after `shopt -s expand_aliases`.
    pub fn aliased(&self, name: &str) -> Option<&String> {
        self.aliases.get(name).filter(|_| self.subscripts == 0 || self.options.is_on("expand_aliases"))
    }

    /// Replaces the alias at the start of a command; `None` if there is none.
    pub fn unaliased(&mut self, words_before: &[Word]) -> Option<Words> {
        if self.aliases.is_empty() {
            return None;
        }
        let mut made = Words::default();
        let mut rest = words_before.to_vec();
        // The place at which an alias may be.
        let mut place = 0;
        let mut ends_with_space = true;
        while ends_with_space {
            ends_with_space = false;
            let mut seen: Vec<String> = Vec::new();
            // The number of words in place of the first one.
            let mut count = 1;
            while let Some([Part { is_quoted: false, piece: Piece::Text(name) }]) =
                rest.get(place).map(|word| &**word)
                && !seen.contains(name)
                && let Some(value) = self.aliased(name).cloned()
            {
                seen.push(name.clone());
                if !self.counts(value.len() + 32 * rest.len()) {
                    return None;
                }
                let (assignments, words) = words(&value)?;
                ends_with_space |= seen.len() == 1 && value.ends_with(' ');
                count = count + words.len() - 1;
                rest.splice(place..=place, words);
                if place == 0 {
                    made.0.extend(assignments);
                }
            }
            place += count;
        }
        made.1 = rest;
        Some(made)
    }

    /// Runs `alias [-p] [NAME[=VALUE] …]`.
    pub fn alias(&mut self, arguments: &[String]) {
        let names: Vec<_> = arguments.iter().filter(|word| !matches!(word.as_str(), "-p" | "--")).collect();
        if names.len() < arguments.len() || names.is_empty() {
            let all: Vec<_> = self.aliases.keys().map(|name| self.alias_line(name)).collect();
            self.prints(&all.concat());
        }
        for word in names {
            let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) else {
                match self.aliases.contains_key(word) {
                    true => self.prints(&self.alias_line(word)),
                    false => self.fail(&["alias: ", word, ": not found"].concat()),
                }
                continue;
            };
            if name.contains(|c: char| c.is_whitespace() || "/$`='\"\\|&;()<>".contains(c)) {
                self.fail(&["alias: `", name, "': invalid alias name"].concat());
            } else if !self.copies(64 + 2 * value.len()) || words(value).is_none() {
                self.fail(
                    &["alias: ", name, ": an alias stands for words only here; a function runs any commands"]
                        .concat(),
                );
            } else {
                self.aliases.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Returns the command that defines an alias.
    pub fn alias_line(&self, name: &str) -> String {
        let value = self.aliases.get(name).map_or("", String::as_str);
        ["alias ", name, "=", &trace::single_quoted(value), "\n"].concat()
    }

    /// Runs `unalias [-a] NAME …`.
    pub fn unalias(&mut self, arguments: &[String]) {
        for name in arguments {
            if name == "-a" {
                self.aliases.clear();
            } else if self.aliases.remove(name).is_none() {
                self.fail(&["unalias: ", name, ": not found"].concat());
            }
        }
    }
}
