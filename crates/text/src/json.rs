//! JSON serialization: indented as the AWS CLI prints it, or on one line.
//!
//! The writer of `serde_json` would suffice for one line. The form of the CLI, with four spaces and with empty lists on
//! one line, takes the same traversal. So this module writes both forms, and the download contains only one writer.

use serde_json::Value;

/// Serializes a value as JSON on many lines, with four spaces for each level.
///
/// ```
/// use mesh_text::json::pretty;
/// let value = serde_json::json!({"meshes": [], "spec": {"ports": [9080]}});
/// assert_eq!(pretty(&value), serde_json::to_string_pretty(&value).unwrap().replace("  ", "    "));
/// ```
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, Some(0), &mut text);
    text
}

/// Serializes a value as JSON on one line.
///
/// ```
/// let value = serde_json::json!({"a": [1, "\"\u{1}\n"], "b": {}});
/// assert_eq!(mesh_text::json::compact(&value), value.to_string());
/// ```
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(value, None, &mut text);
    text
}

/// Writes a value. `level` is its nesting depth, or `None` to write on one line.
fn write(value: &Value, level: Option<usize>, text: &mut String) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number.as_str()),
        Value::String(string) => write_string(string, false, text),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                begin_item(if i == 0 { '[' } else { ',' }, inner, text);
                write(item, inner, text);
            }
            end(items.is_empty(), '[', ']', level, text);
        }
        Value::Object(members) => {
            for (i, (name, member)) in members.iter().enumerate() {
                begin_item(if i == 0 { '{' } else { ',' }, inner, text);
                write_string(name, false, text);
                text.push_str(if level.is_some() { ": " } else { ":" });
                write(member, inner, text);
            }
            end(members.is_empty(), '{', '}', level, text);
        }
    }
}

/// Begins an item of a list or object. `level` is the nesting depth of the item, or `None` to write on one line.
pub fn begin_item(mark: char, level: Option<usize>, text: &mut String) {
    text.push(mark);
    begin_line(level, text);
}

fn begin_line(level: Option<usize>, text: &mut String) {
    if let Some(level) = level {
        text.push('\n');
        for _ in 0..level {
            text.push_str("    ");
        }
    }
}

/// Ends a list or object of this level.
pub fn end(is_empty: bool, open: char, close: char, level: Option<usize>, text: &mut String) {
    if is_empty {
        text.push(open);
    } else {
        begin_line(level, text);
    }
    text.push(close);
}

/// Writes a string in quotes. `is_ascii` escapes all characters above `~`.
pub fn write_string(string: &str, is_ascii: bool, text: &mut String) {
    text.push('"');
    // Text between escapes is copied whole; most strings have no escape.
    let is_special = |c: char| c < ' ' || c == '"' || c == '\\' || (is_ascii && c > '~');
    let mut rest = string;
    while let Some((place, c)) = rest.char_indices().find(|(_, c)| is_special(*c)) {
        let (plain, after) = rest.split_at_checked(place).unwrap_or((rest, ""));
        text.push_str(plain);
        rest = after.get(c.len_utf8()..).unwrap_or_default();
        let short = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{c}' => 'f',
            '\r' => 'r',
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write_unit(u32::from(*unit), text);
                }
                continue;
            }
        };
        text.push('\\');
        text.push(short);
    }
    text.push_str(rest);
    text.push('"');
}

/// Writes `\uXXXX`.
fn write_unit(unit: u32, text: &mut String) {
    text.push_str("\\u");
    for place in [12, 8, 4, 0] {
        text.extend(char::from_digit((unit >> place) & 15, 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers every escaped character, its neighbours, and some other characters.
    #[test]
    fn strings_are_escaped_as_serde_json_does() {
        let text: String = ('\0'..='\u{a0}').chain("é→😀\u{2028}\u{feff}".chars()).collect();
        let mut object = serde_json::Map::new();
        object.insert(text.clone(), Value::String(text));
        let value = Value::Object(object);
        assert_eq!(compact(&value), value.to_string());
        assert_eq!(
            pretty(&value),
            serde_json::to_string_pretty(&value).map_or_else(|_| String::new(), |t| t.replace("  ", "    "))
        );
    }

    #[test]
    fn lists_and_objects_are_written_as_serde_json_does() {
        for value in [
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!({}),
            serde_json::json!([[], {}, [1, -2, true], {"a": false, "b": [null]}]),
        ] {
            assert_eq!(compact(&value), value.to_string());
            let expected = serde_json::to_string_pretty(&value)
                .map_or_else(|_| String::new(), |t| t.replace("  ", "    "));
            assert_eq!(pretty(&value), expected);
        }
    }
}
