//! Variables and functions as `declare`, `type` and `caller` print them.

use mesh_text::sorting;

use super::{
    names::{EXPORTED, INTEGER, LOWER, READONLY, UPPER},
    parse,
    run::Shell,
    syntax::{After, Command, Item, What},
    trace,
};

/// Quotes a value as `declare -p` does.
fn quoted(text: &str) -> String {
    if text.contains(char::is_control) {
        return trace::single_quoted(text);
    }
    let mut made = "\"".to_owned();
    for c in text.chars() {
        if "\\\"$`".contains(c) {
            made.push('\\');
        }
        made.push(c);
    }
    made + "\""
}

/// Quotes the key of an associative array, if it has characters with a meaning for the shell.
fn key_of(key: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || c.is_control() || "'\"\\|&;()<>!{}*[]?^$`".contains(c);
    match key.contains(is_special) || key.starts_with(['~', '#']) || matches!(key, "" | "@") {
        true => quoted(key),
        false => key.to_owned(),
    }
}

/// Returns the lines of a function's body as bash prints them; `None` if it has other commands than simple ones.
fn lines(body: &str) -> Option<Vec<String>> {
    let (list, _) = parse::line(body).ok()?;
    let [Item { commands, is_timed: false, is_negated: false, .. }] = &*list else { return None };
    let [Command { what: What::Group { body, is_subshell }, redirections, written, .. }] = &**commands else {
        return None;
    };
    if !redirections.is_empty() || (*is_subshell && body.len() > 1) {
        return None;
    }
    let mut lines: Vec<String> = Vec::new();
    for item in body {
        let texts: Vec<_> = item.commands.iter().map(|command| &*command.written).collect();
        let is_plain = |command: &Command| {
            !matches!(command.what, What::Group { .. })
                && !command.written.is_empty()
                && !command.written.contains("<<")
        };
        if item.is_timed || !item.commands.iter().all(is_plain) {
            return None;
        }
        let text = [if item.is_negated { "! " } else { "" }, &texts.join(" | ")].concat();
        match (item.after, lines.last_mut()) {
            (After::Success, Some(last)) => last.extend([" && ", &text]),
            (After::Failure, Some(last)) => last.extend([" || ", &text]),
            _ => lines.push(text),
        }
    }
    Some(if *is_subshell { vec![written.to_string()] } else { lines })
}

impl Shell<'_> {
    /// Returns the definition of a function; a body of simple commands is laid out like in bash, others as written.
    pub fn shown_function(&mut self, name: &str) -> Option<String> {
        let body = self.functions.get(name)?.body.clone();
        if !self.counts(16 * body.len()) {
            return None;
        }
        let body = match lines(&body) {
            Some(lines) => ["{ \n    ", &lines.join(";\n    "), "\n}"].concat(),
            None => body,
        };
        Some([name, " () \n", &body, "\n"].concat())
    }

    /// Runs `declare -f` and the related forms. `exports`: whether to set or clear the attribute.
    pub(super) fn declares_functions(
        &mut self,
        command: &str,
        mut names: Vec<String>,
        exports: Option<bool>,
        is_brief: bool,
    ) {
        if command == "readonly" {
            return self.fail("readonly: -f: a function cannot be made read-only here");
        }
        let is_all = names.is_empty();
        if is_all {
            let is_shown = |function: &super::Function| exports != Some(true) || function.is_exported;
            let known = self.functions.iter().filter(|(_, function)| is_shown(function));
            names = known.map(|(name, _)| name.clone()).collect();
        }
        for name in names {
            let Some(function) = self.functions.get_mut(&name) else {
                self.status = 1;
                if command == "export" {
                    self.fail(&["export: ", &name, ": not a function"].concat());
                }
                continue;
            };
            if let Some(is_exported) = exports.filter(|_| !is_all) {
                function.is_exported = is_exported;
                continue;
            }
            let is_exported = function.is_exported;
            let mut text = match (is_brief, is_all) {
                (true, false) => [&*name, "\n"].concat(),
                (true, true) => String::new(),
                _ => self.shown_function(&name).unwrap_or_default(),
            };
            if is_all && (is_brief || is_exported) {
                text.extend(["declare -f", if is_exported { "x " } else { " " }, &name, "\n"]);
            }
            self.prints(&text);
            if self.stop.is_some() {
                return;
            }
        }
    }

    /// Runs `caller [NUMBER]`: prints where the function or script was called.
    pub fn caller(&mut self, arguments: &[String]) {
        let number = arguments.first().map_or(Ok(0), |word| word.parse::<usize>());
        let Ok(number) = number else {
            return self.fail(&["caller: ", &arguments.concat(), ": invalid number"].concat());
        };
        let mut frames = self.frames.iter().rev().skip(number);
        let (Some(inner), outer) = (frames.next(), frames.next()) else {
            self.status = 1;
            return;
        };
        let line = inner.line.to_string();
        let text = match (arguments.is_empty(), outer) {
            (true, Some(outer)) => [&*line, " ", &outer.source, "\n"].concat(),
            (true, None) => [&*line, " NULL\n"].concat(),
            (false, Some(outer)) => {
                let function = outer.function.as_deref().unwrap_or("main");
                [&*line, " ", function, " ", &outer.source, "\n"].concat()
            }
            (false, None) => {
                self.status = 1;
                return;
            }
        };
        self.prints(&text);
    }

    /// Runs `declare -p` and the related forms.
    pub(super) fn lists_declared(&mut self, command: &str, marks: u8, is_ref: bool, names: Vec<String>) {
        let is_all = names.is_empty();
        let mut known: Vec<String> = match is_all {
            true => self.names.texts.keys().chain(self.names.arrays.keys()).cloned().collect(),
            false => names,
        };
        if is_all {
            sorting::sort(&mut known);
            if command == "local" {
                known.retain(|name| self.locals.iter().any(|(local, _)| local == name));
            }
            known.retain(|name| self.names.marks(name) & marks == marks && !is_ref);
            if marks == 0 {
                known.extend(self.names.refs.keys().cloned());
                sorting::sort(&mut known);
            }
        }
        let mut text = String::new();
        for name in known {
            if !self.names.has(&name) && !self.names.refs.contains_key(&name) {
                self.fail(&["declare: ", &name, ": not found"].concat());
                continue;
            }
            text.push_str(&self.declared(&name));
            if !self.copies(2 * self.weight(&name) + 64) {
                return;
            }
        }
        self.prints(&text);
    }

    /// Returns the command that declares a variable with its value.
    fn declared(&mut self, name: &str) -> String {
        if let Some(target) = self.names.refs.get(name) {
            let value = if target.is_empty() { String::new() } else { ["=\"", target, "\""].concat() };
            return ["declare -n ", name, &value, "\n"].concat();
        }
        let marks = self.names.marks(name);
        let array = self.names.arrays.get(name);
        let mut letters = array.map_or("", |array| if array.is_map { "A" } else { "a" }).to_owned();
        for (letter, mark) in [('i', INTEGER), ('l', LOWER), ('r', READONLY), ('u', UPPER), ('x', EXPORTED)] {
            letters.extend((marks & mark != 0).then_some(letter));
        }
        let letters = if letters.is_empty() { "-".to_owned() } else { letters };
        let value = match array {
            None => quoted(self.names.texts.get(name).map_or("", String::as_str)),
            Some(array) => {
                let index =
                    |key: &(u64, String)| if array.is_map { key_of(&key.1) } else { key.0.to_string() };
                let items =
                    array.items.iter().map(|(key, value)| ["[", &index(key), "]=", &quoted(value)].concat());
                let end = if array.is_map && !array.items.is_empty() { " )" } else { ")" };
                ["(", &items.collect::<Vec<_>>().join(" "), end].concat()
            }
        };
        ["declare -", &letters, " ", name, "=", &value, "\n"].concat()
    }
}
