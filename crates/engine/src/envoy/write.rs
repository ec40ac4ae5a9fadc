//! Serialization of trees: JSON and YAML in lines with their cause, and JSON on one line.

use mesh_text::json::write_string;

use super::{
    Cause, Tree,
    tree::{Text, Value},
};

/// One line of text, and the setting that wrote it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The text, without the line break.
    pub text: String,
    /// The cause of the value on the line, otherwise of the value that contains it.
    pub cause: Option<Cause>,
}

/// Serializes a tree as JSON, with two spaces for each level.
pub fn json_lines(tree: &Tree) -> Vec<Line> {
    let mut lines = Lines::default();
    lines.json(tree, None, 0, true);
    lines.done
}

/// Serializes a tree as YAML in block style. A string is quoted as in JSON unless it is certainly plain.
pub fn yaml_lines(tree: &Tree) -> Vec<Line> {
    let mut lines = Lines::default();
    lines.yaml(tree, None, 0, true);
    lines.done
}

/// Serializes a tree as JSON on one line.
pub fn to_json(tree: &Tree) -> String {
    let mut text = String::with_capacity(16 * 1024);
    compact(tree, &mut text);
    text
}

fn compact(tree: &Tree, text: &mut String) {
    match tree.value() {
        Some(Value::List(items)) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                compact(item, text);
            }
            text.push(']');
        }
        Some(Value::Object(members)) => {
            text.push('{');
            for (i, (name, member)) in members.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                write_text(name, text);
                text.push(':');
                compact(member, text);
            }
            text.push('}');
        }
        scalar => write_scalar(scalar, text),
    }
}

/// Writes a string as JSON; constants need no escaping.
fn write_text(string: &Text, text: &mut String) {
    match string {
        Text::Constant(constant) => {
            text.push('"');
            text.push_str(constant);
            text.push('"');
        }
        Text::Shared(string) => write_string(string, false, text),
    }
}

/// Writes a scalar, or an empty list or object.
fn write_scalar(value: Option<&Value>, text: &mut String) {
    let Some(value) = value else { return text.push_str("null") };
    match value {
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::Text(string) => write_text(string, text),
        Value::List(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

#[derive(Default)]
struct Lines {
    done: Vec<Line>,
    /// The line being written.
    text: String,
}

impl Lines {
    fn end(&mut self, cause: Option<&Cause>) {
        self.done.push(Line { text: std::mem::take(&mut self.text), cause: cause.cloned() });
    }

    fn indent(&mut self, level: usize) {
        for _ in 0..level {
            self.text.push_str("  ");
        }
    }

    fn json(&mut self, tree: &Tree, around: Option<&Cause>, level: usize, is_last: bool) {
        let cause = tree.cause().or(around);
        let end = match tree.value() {
            Some(Value::List(items)) if !items.is_empty() => {
                self.text.push('[');
                self.end(cause);
                for (i, item) in items.iter().enumerate() {
                    self.indent(level + 1);
                    self.json(item, cause, level + 1, i + 1 == items.len());
                }
                self.indent(level);
                "]"
            }
            Some(Value::Object(members)) if !members.is_empty() => {
                self.text.push('{');
                self.end(cause);
                for (i, (name, member)) in members.iter().enumerate() {
                    self.indent(level + 1);
                    write_text(name, &mut self.text);
                    self.text.push_str(": ");
                    self.json(member, cause, level + 1, i + 1 == members.len());
                }
                self.indent(level);
                "}"
            }
            scalar => {
                write_scalar(scalar, &mut self.text);
                ""
            }
        };
        self.text.push_str(end);
        if !is_last {
            self.text.push(',');
        }
        self.end(cause);
    }

    /// `is_begun` is whether the line already has the start of the value: nothing at all at the root, or `- ` in a
    /// list.
    fn yaml(&mut self, tree: &Tree, around: Option<&Cause>, level: usize, mut is_begun: bool) {
        let cause = tree.cause().or(around);
        let mut begin = |lines: &mut Self, cause: Option<&Cause>| {
            if !std::mem::replace(&mut is_begun, false) {
                if !lines.text.is_empty() {
                    lines.end(cause);
                }
                lines.indent(level);
            }
        };
        match tree.value() {
            Some(Value::List(items)) if !items.is_empty() => {
                for item in items {
                    begin(self, cause);
                    self.text.push_str("- ");
                    self.yaml(item, cause, level + 1, true);
                }
            }
            Some(Value::Object(members)) if !members.is_empty() => {
                for (name, member) in members {
                    begin(self, cause);
                    self.yaml_text(name);
                    self.text.push(':');
                    self.yaml(member, cause, level + 1, false);
                }
            }
            scalar => {
                if !is_begun {
                    self.text.push(' ');
                }
                match scalar {
                    Some(Value::Text(text)) => self.yaml_text(text),
                    scalar => write_scalar(scalar, &mut self.text),
                }
                self.end(cause);
            }
        }
    }

    fn yaml_text(&mut self, text: &Text) {
        /// Words that YAML 1.1 reads as something other than a string.
        const SPECIAL: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
        let text = text.as_str();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte);
        let is_special = SPECIAL.iter().any(|word| word.eq_ignore_ascii_case(text));
        let starts_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
        if starts_plain && !is_special && text.bytes().all(is_plain) {
            self.text.push_str(text);
        } else {
            write_string(text, false, &mut self.text);
        }
    }
}
