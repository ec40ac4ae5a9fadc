//! JSON as the AWS CLI prints it.

use serde_json::Value;

/// The JSON of a value on many lines, four spaces for each level.
///
/// ```
/// use mesh_playground::terminal::pretty;
/// let value = serde_json::json!({"meshes": [], "spec": {"ports": [9080]}});
/// assert_eq!(pretty(&value), serde_json::to_string_pretty(&value).unwrap().replace("  ", "    "));
/// ```
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

fn write(value: &Value, level: usize, text: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (i, item) in items.iter().enumerate() {
                begin_line(if i == 0 { "[" } else { "," }, level + 1, text);
                write(item, level + 1, text);
            }
            begin_line("", level, text);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            for (i, (name, member)) in members.iter().enumerate() {
                begin_line(if i == 0 { "{" } else { "," }, level + 1, text);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write(member, level + 1, text);
            }
            begin_line("", level, text);
            text.push('}');
        }
        _ => text.push_str(&value.to_string()),
    }
}

fn begin_line(end_of_last: &str, level: usize, text: &mut String) {
    text.push_str(end_of_last);
    text.push('\n');
    text.push_str(&"    ".repeat(level));
}
