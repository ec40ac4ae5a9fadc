//! Regular expressions, as Envoy's RE2 means them in a match.

use regex_lite::RegexBuilder;

/// Enough for every expression of the 255 characters that the API allows, but for those that repeat a repetition many
/// times over, which RE2 refuses as well.
const MOST_BYTES: usize = 1 << 18;
const MOST_NESTED: u32 = 50;

/// Whether an expression describes a whole text. Measured: `/a` does not describe `/ab`, and `/a|/ab` does.
///
/// The time is in proportion to both, whatever they are.
///
/// # Errors
/// Why the expression is none.
pub(super) fn describes(pattern: &str, text: &str) -> Result<bool, String> {
    let build = |pattern: &str| {
        RegexBuilder::new(pattern)
            .size_limit(MOST_BYTES)
            .nest_limit(MOST_NESTED)
            .build()
            .map_err(|error| error.to_string())
    };
    // By itself first: `a)(b` is an expression only with parentheses around it.
    build(pattern)?;
    Ok(build(&format!("^(?:{pattern})$"))?.is_match(text))
}
