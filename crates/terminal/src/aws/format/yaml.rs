//! YAML in block style, as version 2 of the real tool writes it, except that long lines are not wrapped.

use mesh_text::data::{Data, Members, hex};

/// Formats a value as one document.
pub fn printed(data: &Data) -> String {
    let mut text = String::new();
    match data {
        Data::Map(members) if !members.is_empty() => write_members(members, 0, &mut text),
        Data::List(items) if !items.is_empty() => write_items(items, 0, &mut text),
        _ => {
            text.push_str(&scalar(data));
            text.push('\n');
            // An unquoted scalar could continue on the next line, so a marker terminates the document.
            if data.is_scalar() && !text.starts_with(['\'', '"']) {
                text.push_str("...\n");
            }
        }
    }
    text
}

fn write_members(members: &Members, level: usize, text: &mut String) {
    for (i, (name, value)) in members.iter().enumerate() {
        if i > 0 {
            indent(level, text);
        }
        text.push_str(&string(name));
        text.push(':');
        match value {
            Data::Map(inner) if !inner.is_empty() => {
                text.push('\n');
                indent(level + 1, text);
                write_members(inner, level + 1, text);
            }
            // The dashes of the list are aligned with the member's name.
            Data::List(items) if !items.is_empty() => {
                text.push('\n');
                indent(level, text);
                write_items(items, level, text);
            }
            _ => {
                text.push(' ');
                text.push_str(&scalar(value));
                text.push('\n');
            }
        }
    }
}

fn write_items(items: &[Data], level: usize, text: &mut String) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            indent(level, text);
        }
        text.push_str("- ");
        match item {
            Data::Map(members) if !members.is_empty() => write_members(members, level + 1, text),
            Data::List(inner) if !inner.is_empty() => write_items(inner, level + 1, text),
            _ => {
                text.push_str(&scalar(item));
                text.push('\n');
            }
        }
    }
}

fn indent(level: usize, text: &mut String) {
    for _ in 0..level {
        text.push_str("  ");
    }
}

fn scalar(data: &Data) -> String {
    match data {
        Data::Text(text) => string(text),
        other => other.compact(),
    }
}

/// Formats a string: unquoted if it can only be parsed as this string, else in quotation marks.
fn string(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        return escaped(text);
    }
    let is_open = text.starts_with(|c| "-?:".contains(c)) && text.chars().nth(1).is_none_or(|c| c == ' ');
    let is_bare = !text.is_empty()
        && !text.starts_with(|c| ",[]{}#&*!|>'\"%@`= ".contains(c))
        && !is_open
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !means_something(text);
    if is_bare { text.to_owned() } else { ["'", &text.replace('\'', "''"), "'"].concat() }
}

/// Returns whether an unquoted word is parsed as something other than a string: a boolean, null, a number or a time.
fn means_something(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "null", "~", "<<", "="];
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let low = rest.to_ascii_lowercase();
    // Numbers of any kind, including times (with colons) and dates.
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && low.chars().all(|c| c.is_ascii_hexdigit() || "._-:+xotz ".contains(c))
        && (low.starts_with("0x")
            || low.chars().all(|c| c.is_ascii_digit() || "._-:+eotz ".contains(c))
                && low.contains(|c: char| c.is_ascii_digit()));
    WORDS.contains(&text.to_ascii_lowercase().as_str())
        || matches!(low.as_str(), ".inf" | ".nan")
        || is_number && !low.contains(|c: char| c == 'e' && !low.contains(['.', '+', '-']))
}

fn escaped(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            _ if c.is_control() => quoted.push_str(&["\\x", &hex(c as u32, 2).to_ascii_uppercase()].concat()),
            '\u{2028}' => quoted.push_str("\\L"),
            '\u{2029}' => quoted.push_str("\\P"),
            '\u{feff}' => quoted.push_str("\\uFEFF"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
