//! Output formats of a response: JSON, text, table and YAML.
//!
//! Sources: the real tool's `formatter.py`, `text.py` and `table.py`; for YAML, which only its version 2 has, the
//! format of that version's writer.

mod table;
mod text;
mod yaml;

use super::data::Data;

/// Names of the formats.
pub const NAMES: &[&str] = &["json", "text", "table", "yaml", "yaml-stream"];

/// Formats a value in the format `form`. `title` is the title of a table.
///
/// # Errors
/// When the format is unknown, or a table or text cannot represent the value.
pub fn printed(form: &str, title: &str, data: &Data) -> Result<String, String> {
    if !NAMES.contains(&form) {
        return Err(["Unknown output type: ", form].concat());
    }
    Ok(match form {
        "text" => return text::printed(data),
        "table" => return table::printed(title, data),
        // A response without members, such as that of tagging, prints nothing.
        _ if matches!(data, Data::Map(members) if members.is_empty()) => String::new(),
        "yaml" => yaml::printed(data),
        "yaml-stream" => yaml::printed(&Data::list(vec![data.clone()])),
        _ => [&data.pretty(), "\n"].concat(),
    })
}
