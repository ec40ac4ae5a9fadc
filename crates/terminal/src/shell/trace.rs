//! `set -x`: each command as bash prints it before it runs.

use super::{
    run::Shell,
    syntax::{Assignment, Value},
};

/// Puts a word in single quotes, like `${x@Q}` and `set -x` of bash, but unlike its `printf %q`.
pub fn single_quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_control()) {
        let mut made = "$'".to_owned();
        for c in word.chars() {
            match c {
                '\n' => made.push_str("\\n"),
                '\t' => made.push_str("\\t"),
                '\r' => made.push_str("\\r"),
                '\u{1b}' => made.push_str("\\E"),
                '\'' | '\\' => made.extend(['\\', c]),
                c if c.is_control() => made.push_str(&format!("\\{:03o}", u32::from(c))),
                c => made.push(c),
            }
        }
        return made + "'";
    }
    ["'", &word.replace('\'', "'\\''"), "'"].concat()
}

/// Quotes a word with backslashes, like `printf %q`.
pub fn percent_q(word: &str) -> String {
    if word.is_empty() {
        return "''".to_owned();
    }
    if word.contains(char::is_control) {
        return single_quoted(word);
    }
    let is_special = |c: char| " '\"\\|&;()<>!{}*[]?^$`,".contains(c);
    let mut made = String::new();
    for (at, c) in word.chars().enumerate() {
        if is_special(c) || (at == 0 && "~#".contains(c)) {
            made.push('\\');
        }
        made.push(c);
    }
    made
}

/// Quotes a word for a trace, if the shell would not read it back as one literal word.
pub fn shown(word: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || "'\"\\|&;()<>!{}*[]?^$`".contains(c) || c.is_control();
    let needs_quotes = word.is_empty()
        || word.contains(is_special)
        || word.starts_with(['~', '#'])
        || word.contains(":~")
        || word.contains("=~");
    match word {
        _ if word.contains(['\n', '\t', '\r']) || word.contains(char::is_control) => {
            single_quoted_lines(word)
        }
        _ if needs_quotes => ["'", &word.replace('\'', "'\\''"), "'"].concat(),
        _ => word.to_owned(),
    }
}

/// Puts a word in single quotes, with newlines unescaped if it has no other control characters than newlines and tabs.
fn single_quoted_lines(word: &str) -> String {
    match word.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        true => single_quoted(word),
        false => ["'", &word.replace('\'', "'\\''"), "'"].concat(),
    }
}

impl Shell<'_> {
    /// Prints a command before it runs, if `set -x` is on.
    pub fn traces(&mut self, text: &str) {
        if !self.options.is_traced {
            return;
        }
        let mut mark = self.value("PS4").unwrap_or_default();
        if mark.contains('$') {
            self.options.is_traced = false;
            if let Ok(word) = super::parse::quoted(&mark, self.line) {
                mark = self.text(&word);
            }
            self.options.is_traced = true;
        }
        if !self.counts(text.len()) {
            return;
        }
        let first: String = mark.chars().take(1).collect();
        let repeated = first.repeat(usize::try_from(self.level).unwrap_or(0).min(40));
        let line = [&*repeated, &mark, text, "\n"].concat();
        // A redirection of the command does not redirect its own trace.
        match &mut self.apart {
            Some(apart) => apart.push_str(&line),
            None => self.errors.push_str(&line),
        }
    }

    /// Prints the words of a command.
    pub fn traces_words(&mut self, words: &[String]) {
        if self.options.is_traced {
            self.traces(&words.iter().map(|word| shown(word)).collect::<Vec<_>>().join(" "));
        }
    }

    /// Prints an assignment with its expanded value.
    pub fn traces_assignment(&mut self, assignment: &Assignment, value: &str) {
        if !self.options.is_traced {
            return;
        }
        let sign = if assignment.is_added { "+=" } else { "=" };
        let index = match &assignment.index {
            Some(index) => ["[", &self.text(index), "]"].concat(),
            None => String::new(),
        };
        let value = match &assignment.value {
            Value::Array(_, written) => written.clone(),
            Value::Text(_) if value.is_empty() => String::new(),
            Value::Text(_) => shown(value),
        };
        self.traces(&[&*assignment.name, &index, sign, &value].concat());
    }
}
