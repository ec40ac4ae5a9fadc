//! How an answer is printed: JSON, text, a table, YAML.
//!
//! Sources: the real tool's `formatter.py`, `text.py` and `table.py`; for YAML, which only its version 2 has, the
//! form of that version's writer.

mod table;
mod text;
mod yaml;

use super::data::Data;

/// The forms, by their names.
pub const NAMES: &[&str] = &["json", "text", "table", "yaml", "yaml-stream"];

/// A value in one of the forms. `title` is that of a table.
///
/// # Errors
/// When a table or lines of text cannot have it.
pub fn printed(form: &str, title: &str, data: &Data) -> Result<String, String> {
    if !NAMES.contains(&form) {
        return Err(["Unknown output type: ", form].concat());
    }
    Ok(match form {
        "text" => return text::printed(data),
        "table" => return table::printed(title, data),
        // Nothing is printed of an answer without members, as of tagging.
        _ if matches!(data, Data::Map(members) if members.is_empty()) => String::new(),
        "yaml" => yaml::printed(data),
        "yaml-stream" => yaml::printed(&Data::list(vec![data.clone()])),
        _ => [&data.pretty(), "\n"].concat(),
    })
}
