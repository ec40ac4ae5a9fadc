//! Names of projects: readable, unique, and on one line.

use mesh_text::words::{say, t};

/// Maximum number of characters of a name.
pub const MAX_NAME: usize = 80;

/// Returns a name as it is stored: without surrounding white space.
///
/// # Errors
/// Returns a message if the name is empty, too long, or longer than a line.
pub fn checked_name(typed: &str) -> Result<&str, String> {
    let name = typed.trim();
    let length = name.chars().count();
    if name.is_empty() {
        Err(t("Give the project a name.").to_owned())
    } else if length > MAX_NAME {
        let (limit, length) = (MAX_NAME.to_string(), length.to_string());
        Err(say("A name may have {0} characters; this one has {1}.", &[&limit, &length]))
    } else if name.chars().any(char::is_control) {
        Err(t("A name is one line of text.").to_owned())
    } else {
        Ok(name)
    }
}

/// Returns this name or, if it is taken, the name with the first free number: `Shop (2)`.
///
/// ```
/// use playground_core::projects::unique_name;
/// let is_taken = |name: &str| ["Shop", "Shop (2)"].contains(&name);
/// assert_eq!(unique_name("Shop (2)", is_taken), "Shop (3)");
/// assert_eq!(unique_name("Shop (7)", is_taken), "Shop (7)");
/// ```
pub fn unique_name(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let stem = stem(wanted);
    let numbered = (2_u32..).map(|number| format!("{stem} ({number})"));
    numbered.into_iter().find(|name| !is_taken(name)).unwrap_or_else(|| wanted.to_owned())
}

/// Returns a name without its number, short enough for another number.
fn stem(name: &str) -> &str {
    let numbered = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    let stem = match numbered {
        Some((stem, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            stem
        }
        _ => name,
    };
    let end = stem.char_indices().nth(MAX_NAME - 8).map_or(stem.len(), |(end, _)| end);
    stem[..end].trim_end()
}
