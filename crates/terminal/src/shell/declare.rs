//! Commands that set variables: `declare`, `local`, `export`, `readonly`, `unset`, `read`, `mapfile`, `getopts`.

use super::{
    names::{EXPORTED, INTEGER, LOWER, READONLY, UPPER},
    parse::is_name,
    run::Shell,
    syntax::{Argument, Assignment, Value, plain},
};

/// The options of a declaration.
#[derive(Default)]
struct Asked {
    marks: u8,
    unmarks: u8,
    is_array: bool,
    is_map: bool,
    is_global: bool,
    is_listed: bool,
    is_function: bool,
    /// `-F`: without the bodies of the functions.
    is_brief: bool,
    /// An unknown option.
    wrong: Option<char>,
    /// `-n`: a name reference; for `export`, no attribute.
    is_ref: bool,
    is_unref: bool,
}

/// Returns whether a string is a valid variable name.
pub fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_name) && !name.starts_with(|c: char| c.is_ascii_digit())
}

impl Shell<'_> {
    /// Runs `declare` and related commands in source form: values undergo no word splitting.
    pub fn declare(&mut self, command: &str, arguments: &[Argument]) {
        let mut asked = Asked::default();
        let mut shown = vec![command.to_owned()];
        let mut assigned: Vec<(Assignment, bool)> = Vec::new();
        self.status = 0;
        for argument in arguments {
            match argument {
                Argument::Assignment(assignment) => {
                    // A value is expanded once, before anything is set.
                    let mut assignment = assignment.clone();
                    if let Value::Text(word) = &assignment.value {
                        let tilde = super::syntax::plain(&self.assigned_text(word));
                        assignment.value = Value::Text(tilde);
                    }
                    if self.options.is_traced
                        && let Value::Text(word) = &assignment.value
                    {
                        let value = self.text(word);
                        shown.push([&*assignment.name, "=", &value].concat());
                    }
                    assigned.push((assignment, true));
                }
                Argument::Word(word) => {
                    let mut fields = Vec::new();
                    self.field(word, &mut fields);
                    for field in fields {
                        shown.push(field.clone());
                        self.declared_word(&field, &mut asked, &mut assigned);
                    }
                }
            }
            if self.stop.is_some() {
                return;
            }
        }
        self.traces_words(&shown);
        // The status is that of the command, not of substitutions in its words.
        self.status = 0;
        self.declares(command, &asked, assigned);
    }

    /// Runs `declare` and related commands with expanded words: `command export NAME=value`.
    pub fn declare_words(&mut self, command: &str, words: &[String]) {
        let mut asked = Asked::default();
        let mut assigned = Vec::new();
        for word in words {
            self.declared_word(word, &mut asked, &mut assigned);
        }
        self.declares(command, &asked, assigned);
    }

    fn declared_word(&mut self, word: &str, asked: &mut Asked, assigned: &mut Vec<(Assignment, bool)>) {
        let is_over = !assigned.is_empty();
        let letters = word.strip_prefix('-').map(|letters| (letters, true));
        let letters = letters.or_else(|| word.strip_prefix('+').map(|letters| (letters, false)));
        if let Some((letters, is_set)) = letters.filter(|_| !is_over) {
            for letter in letters.chars() {
                let mark = match letter {
                    'x' => EXPORTED,
                    'r' => READONLY,
                    'i' => INTEGER,
                    'u' => UPPER,
                    'l' => LOWER,
                    _ => 0,
                };
                asked.is_array |= letter == 'a';
                asked.is_map |= letter == 'A';
                asked.is_global |= letter == 'g';
                asked.is_listed |= letter == 'p';
                asked.is_function |= matches!(letter, 'f' | 'F');
                asked.is_brief |= letter == 'F';
                asked.wrong = asked.wrong.or((!"aAfFgilnprtuxI-".contains(letter)).then_some(letter));
                asked.is_ref |= letter == 'n' && is_set;
                asked.is_unref |= letter == 'n' && !is_set;
                *(if is_set { &mut asked.marks } else { &mut asked.unmarks }) |= mark;
            }
            return;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let is_added = value.is_some() && name.ends_with('+');
        let name = name.strip_suffix('+').unwrap_or(name);
        let (name, index) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, index)) => (name, Some(plain(index))),
            None => (name, None),
        };
        let value = Value::Text(plain(value.unwrap_or_default()));
        let has_value = word.contains('=');
        assigned.push((Assignment { name: name.to_owned(), index, is_added, value }, has_value));
    }

    fn declares(&mut self, command: &str, asked: &Asked, assigned: Vec<(Assignment, bool)>) {
        let is_plain = command == "export" && asked.is_ref;
        let marks = asked.marks
            | match command {
                "export" if !is_plain => EXPORTED,
                "readonly" => READONLY,
                _ => 0,
            };
        // `export -n` removes the attribute.
        let unmarks = asked.unmarks | if is_plain { EXPORTED } else { 0 };
        let is_ref = asked.is_ref && !matches!(command, "export" | "readonly");
        let is_local = self.is_in_function && !asked.is_global && !matches!(command, "export" | "readonly");
        if command == "local" && !self.is_in_function {
            return self.fail("local: can only be used in a function");
        }
        if let Some(letter) = asked.wrong {
            self.fail(&[command, ": -", &letter.to_string(), ": invalid option"].concat());
            let usage = match command {
                "local" => "local [option] name[=value] ...",
                "export" => "export [-fn] [name[=value] ...] or export -p",
                "readonly" => "readonly [-aAf] [name[=value] ...] or readonly -p",
                "typeset" => {
                    "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]"
                }
                _ => "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
            };
            self.errors.push_str(&[command, ": usage: ", usage, "\n"].concat());
            self.status = 2;
            return;
        }
        if asked.is_function {
            let names = assigned.into_iter().map(|(assignment, _)| assignment.name).collect();
            let exports = (marks & EXPORTED != 0).then_some(true).or(is_plain.then_some(false));
            return self.declares_functions(command, names, exports, asked.is_brief);
        }
        if assigned.is_empty() || (asked.is_listed && !matches!(command, "export" | "readonly")) {
            let names = assigned.iter().map(|(assignment, _)| assignment.name.clone()).collect();
            return self.lists_declared(command, marks, is_ref, names);
        }
        for (mut assignment, has_value) in assigned {
            if asked.is_unref {
                self.names.refs.remove(&assignment.name);
            }
            let is_known = self.locals.iter().any(|(known, _)| *known == assignment.name);
            if !is_ref
                && (!is_local || is_known)
                && let Some(real) = self.referred_assignment(&assignment)
            {
                assignment = real;
            }
            let name = &assignment.name;
            if !is_variable(name) {
                let written = match &assignment.value {
                    Value::Text(word) if has_value => [&**name, "=", &self.text(word)].concat(),
                    _ => name.clone(),
                };
                self.fail(&[command, ": `", &written, "': not a valid identifier"].concat());
                continue;
            }
            let is_new = is_local && !self.locals.iter().any(|(known, _)| known == name);
            if is_new {
                let weight = self.weight(name);
                if !self.copies(weight) {
                    return;
                }
                let saved = self.names.saved(name);
                self.locals.push((name.clone(), saved));
                // The value may refer to the outer variable.
                let marks = self.names.marks(name) & EXPORTED;
                if !matches!(assignment.value, Value::Array(..)) || asked.is_map {
                    drop(self.names.take(name));
                }
                self.names.mark(name, marks, true);
            }
            if is_ref {
                let target = match &assignment.value {
                    Value::Text(word) if has_value => self.text(word),
                    _ => String::new(),
                };
                self.refers(command, name, &target);
                continue;
            }
            if asked.is_array || asked.is_map {
                self.array(name, asked.is_map);
            }
            let early = marks & (INTEGER | UPPER | LOWER);
            if early != 0 {
                self.names.mark(name, early, true);
            }
            if has_value
                && matches!(command, "export" | "readonly")
                && let Value::Text(word) = &assignment.value
            {
                let value = self.text(word);
                self.traces_assignment(&assignment, &value);
            }
            if has_value && !self.assigns_untraced(&assignment) {
                self.status = 1;
                continue;
            }
            if marks != 0 {
                self.names.mark(name, marks, true);
            }
            if unmarks != 0 {
                self.names.mark(name, unmarks & !READONLY, false);
            }
        }
    }

    fn assigns_untraced(&mut self, assignment: &Assignment) -> bool {
        let is_traced = std::mem::take(&mut self.options.is_traced);
        let is_set = self.assigns(assignment);
        self.options.is_traced = is_traced;
        is_set
    }

    /// Runs `unset [-fv] NAME …`.
    pub fn unsets(&mut self, arguments: &[String]) {
        let is_option = |word: &&String| word.starts_with('-');
        let letters: String = arguments.iter().take_while(is_option).flat_map(|word| word.chars()).collect();
        for name in arguments.iter().skip_while(is_option) {
            if letters.contains('n') {
                self.names.refs.remove(name);
                continue;
            }
            let name = &*if letters.contains('f') { name.into() } else { self.real(name) };
            if let Some((name, index)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                let name = &*self.real(name);
                let Some(index) = self.index(name, index) else { continue };
                if let Some(array) = self.names.arrays.get_mut(name) {
                    array.items.remove(&super::names::key(array.is_map, &index));
                }
                continue;
            }
            if self.names.marks(name) & READONLY != 0 && !letters.contains('f') {
                self.fail(&["unset: ", name, ": cannot unset: readonly variable"].concat());
                continue;
            }
            let was_there = self.names.has(name);
            if !letters.contains('f') {
                drop(self.names.take(name));
            }
            if letters.contains('f') || (!was_there && !letters.contains('v')) {
                self.functions.remove(name);
            }
        }
    }

    /// Runs `mapfile [-t] [NAME]`: reads the lines of standard input into an array.
    pub fn mapfile(&mut self, arguments: &[String]) {
        let (mut is_trimmed, mut most, mut skipped, mut name, mut end) =
            (false, usize::MAX, 0, "MAPFILE", '\n');
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-t" => is_trimmed = true,
                "-n" => {
                    most = words
                        .next()
                        .and_then(|word| word.parse().ok())
                        .filter(|most| *most > 0)
                        .unwrap_or(usize::MAX);
                }
                "-s" => skipped = words.next().and_then(|word| word.parse().ok()).unwrap_or(0),
                "-d" => end = words.next().and_then(|word| word.chars().next()).unwrap_or('\0'),
                "-O" | "-u" | "-c" | "-C" => drop(words.next()),
                _ => name = word,
            }
        }
        let input = self.drained();
        let stdin = input.rest();
        let lines: Vec<_> = stdin.split_inclusive(end).skip(skipped).take(most).collect();
        if !self.counts(stdin.len() + 64 * lines.len()) {
            return;
        }
        let name = &*self.real(name);
        drop(self.names.take(name));
        let array = self.array(name, false);
        for (line, place) in lines.into_iter().zip(0u64..) {
            let line = if is_trimmed { line.strip_suffix(end).unwrap_or(line) } else { line };
            array.items.insert((place, String::new()), line.to_owned());
        }
    }

    /// Runs `getopts LETTERS NAME [WORD …]`.
    pub fn getopts(&mut self, arguments: &[String]) {
        let [letters, name, given @ ..] = arguments else {
            self.fail("getopts: usage: getopts optstring name [arg ...]");
            self.status = 2;
            return;
        };
        let is_silent = letters.starts_with(':');
        let words = if given.is_empty() { self.arguments.clone() } else { given.to_vec() };
        let mut place: usize = self.value("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
        drop(self.names.take("OPTARG"));
        let word = words.get(place - 1).cloned().unwrap_or_default();
        if self.letters_read == 0 && (!word.starts_with('-') || word == "-" || word == "--") {
            place += usize::from(word == "--");
            self.sets("OPTIND", place.to_string());
            self.sets(name, "?".to_owned());
            self.status = 1;
            return;
        }
        let at = self.letters_read.max(1);
        let letter = word.chars().nth(at).unwrap_or('?');
        let rest: String = word.chars().skip(at + 1).collect();
        let known = letters.find(letter).filter(|_| letter != ':');
        let takes = known.is_some_and(|place| {
            letters.get(place + letter.len_utf8()..).is_some_and(|rest| rest.starts_with(':'))
        });
        let mut found = letter.to_string();
        self.letters_read = if rest.is_empty() || takes { 0 } else { at + 1 };
        place += usize::from(self.letters_read == 0);
        if known.is_none() {
            if is_silent {
                self.sets("OPTARG", found);
            } else {
                let zero = self.zero.clone();
                self.errors.push_str(&[&*zero, ": illegal option -- ", &found, "\n"].concat());
            }
            found = "?".to_owned();
        } else if takes && !rest.is_empty() {
            self.sets("OPTARG", rest);
        } else if takes {
            match words.get(place - 1).cloned() {
                Some(value) => {
                    self.sets("OPTARG", value);
                    place += 1;
                }
                None if is_silent => {
                    self.sets("OPTARG", found);
                    found = ":".to_owned();
                }
                None => {
                    let zero = self.zero.clone();
                    self.errors
                        .push_str(&[&*zero, ": option requires an argument -- ", &found, "\n"].concat());
                    found = "?".to_owned();
                }
            }
        }
        self.sets("OPTIND", place.to_string());
        self.sets(name, found);
        self.status = 0;
    }

    /// Runs `read`: sets variables to the words of the next line; the last variable gets the rest.
    pub fn read(&mut self, arguments: &[String]) {
        let mut is_raw = false;
        let (mut end, mut most, mut array) = (Some('\n'), None, None);
        let mut names: Vec<&str> = Vec::new();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|_| names.is_empty()) else {
                names.push(word);
                continue;
            };
            for (at, letter) in letters.char_indices() {
                is_raw |= letter == 'r';
                if !"adinNptu".contains(letter) {
                    continue;
                }
                let rest = letters.get(at + 1..).unwrap_or_default();
                let value = if rest.is_empty() { words.next().map_or("", String::as_str) } else { rest };
                match letter {
                    'a' => array = Some(value),
                    'd' => end = value.chars().next().or(Some('\0')),
                    'n' | 'N' => most = value.parse::<usize>().ok(),
                    _ => {}
                }
                if letter == 'N' {
                    end = None;
                }
                break;
            }
        }
        if let Some(name) = names.iter().find(|name| !is_variable(name.split('[').next().unwrap_or_default()))
        {
            return self.fail(&["read: `", name, "': not a valid identifier"].concat());
        }
        let (line, taken, is_whole) = line_of(self.input.rest(), end, most, is_raw);
        self.input.consume(taken);
        if !self.copies(2 * taken) {
            return;
        }
        self.status = u8::from(!is_whole);
        let separators = self.value("IFS").unwrap_or_default();
        if let Some(name) = array {
            let name = &*self.real(name);
            let fields = read_fields(&line, &separators, usize::MAX);
            drop(self.names.take(name));
            self.array(name, false);
            for (field, place) in fields.into_iter().zip(0u32..) {
                if !self.sets_element(name, &place.to_string(), field, false) {
                    return;
                }
            }
            return;
        }
        if names.is_empty() {
            let text = line.into_iter().map(|(c, _)| c).collect();
            self.sets("REPLY", text);
            return;
        }
        let mut fields = read_fields(&line, &separators, names.len()).into_iter();
        for name in names {
            let value = fields.next().unwrap_or_default();
            let status = self.status;
            let is_set = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                Some((name, index)) => self.sets_element(name, index, value, false),
                None => self.sets(name, value),
            };
            self.status = if is_set { status } else { 1 };
        }
    }
}

/// Returns the characters of the next line, each with whether a backslash escapes it; the number of bytes read; and
/// whether the line is complete.
fn line_of(
    stdin: &str,
    end: Option<char>,
    most: Option<usize>,
    is_raw: bool,
) -> (Vec<(char, bool)>, usize, bool) {
    let mut line = Vec::new();
    let mut characters = stdin.char_indices();
    while let Some((at, c)) = characters.next() {
        if Some(c) == end {
            return (line, at + c.len_utf8(), true);
        }
        if c == '\\' && !is_raw {
            match characters.next() {
                Some((_, '\n')) | None => {}
                Some((_, c)) => line.push((c, true)),
            }
        } else {
            line.push((c, false));
        }
        if most.is_some_and(|most| line.len() >= most) {
            let taken = characters.next().map_or(stdin.len(), |(at, _)| at);
            return (line, taken, true);
        }
    }
    (line, stdin.len(), false)
}

/// Splits a line into at most `most` words; the last word is the rest.
fn read_fields(line: &[(char, bool)], separators: &str, most: usize) -> Vec<String> {
    let is_separator = |letter: &(char, bool)| !letter.1 && separators.contains(letter.0);
    let is_space = |letter: &(char, bool)| is_separator(letter) && matches!(letter.0, ' ' | '\t' | '\n');
    let trim = |part: &[(char, bool)]| part.iter().position(|letter| !is_space(letter)).unwrap_or(part.len());
    let text = |part: &[(char, bool)]| part.iter().map(|(c, _)| *c).collect::<String>();
    let mut rest = line.get(trim(line)..).unwrap_or_default();
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(is_separator);
        if fields.len() + 1 == most {
            // Trailing spaces are removed, and a single trailing separator when nothing else is left.
            let kept = rest.iter().rposition(|letter| !is_space(letter)).map_or(0, |at| at + 1);
            let mut last = rest.get(..kept).unwrap_or_default();
            if let Some(end) = end
                && let Some((separator, inner)) = last.split_last()
                && is_separator(separator)
                && inner.len() == end
            {
                last = inner;
            }
            fields.push(text(last));
            return fields;
        }
        let Some(end) = end else {
            fields.push(text(rest));
            return fields;
        };
        fields.push(text(rest.get(..end).unwrap_or_default()));
        let after = rest.get(end..).unwrap_or_default();
        rest = after.get(trim(after)..).unwrap_or_default();
        // A single non-space separator ends a word.
        if let Some((first, behind)) = rest.split_first()
            && is_separator(first)
        {
            rest = behind.get(trim(behind)..).unwrap_or_default();
        }
    }
    fields
}
