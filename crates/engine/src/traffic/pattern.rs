//! Regular expressions with the semantics of RE2, as Envoy uses them in a match.

use regex_lite::RegexBuilder;

/// Size limit in bytes: enough for every expression that the API allows, except those with many nested repetitions.
const MOST_BYTES: usize = 1 << 18;
const MOST_NESTED: u32 = 50;
/// RE2's limit on repetitions; the counts of nested repetitions are multiplied. Measured.
const MOST_REPEATED: u32 = 1_000;

/// Returns whether an expression matches a whole string. Measured: `/a` does not match `/ab`, and `/a|/ab` does.
///
/// Takes time proportional to the size of each, for any input.
///
/// # Errors
/// Returns the reason if the expression is invalid, or uses RE2 syntax that is not supported here: Unicode classes,
/// octal numbers and `\C`.
pub(super) fn describes(pattern: &str, text: &str) -> Result<bool, String> {
    let pattern = from_re2(pattern).map_err(str::to_owned)?;
    let mut builder = RegexBuilder::new(&format!("^(?:{pattern})$"));
    let regex = builder.size_limit(MOST_BYTES).nest_limit(MOST_NESTED).build();
    Ok(regex.map_err(|error| error.to_string())?.is_match(text))
}

/// Translates an RE2 expression for the engine used here: escapes the characters that are literals only in RE2.
///
/// # Errors
/// Refuses expressions that RE2 refuses and the engine accepts. Both were measured, expression by expression.
fn from_re2(pattern: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    // The repetition count of the last item, the largest count in each open group, and whether the last item was
    // itself a repetition.
    let (mut last, mut groups, mut is_repeated) = (1, vec![1], false);
    while let Some(character) = rest.chars().next() {
        let mut taken = character.len_utf8();
        let mut repeats = None;
        match character {
            '\\' => match rest.get(1..).and_then(|rest| rest.chars().next()) {
                Some('u' | 'U') => return Err("unrecognized escape sequence"),
                Some('Q') => {
                    let quoted = &rest[2..];
                    let quoted = quoted.split("\\E").next().unwrap_or_default();
                    out.push_str(&regex_lite::escape(quoted));
                    taken = (quoted.len() + 4).min(rest.len());
                }
                next => {
                    taken += next.map_or(0, char::len_utf8);
                    out.push_str(&rest[..taken]);
                }
            },
            '[' => {
                taken = class(rest, &mut out);
            }
            '(' => {
                let flags = rest.strip_prefix("(?").and_then(|rest| rest.split([':', ')']).next());
                let is_name = flags.is_some_and(|flags| flags.starts_with(['P', '<']));
                if !is_name && flags.is_some_and(|flags| flags.contains(['x', 'R', 'u'])) {
                    return Err("unrecognized flag");
                }
                groups.push(1);
                // The question mark after the parenthesis is not a repetition.
                taken = if rest.starts_with("(?") { 2 } else { 1 };
                out.push_str(&rest[..taken]);
            }
            '{' => match counted(rest) {
                Some((length, most)) => {
                    taken = length;
                    repeats = Some(most);
                    out.push_str(&rest[..taken]);
                }
                None => out.push_str("\\{"),
            },
            '*' | '+' | '?' => {
                repeats = Some(1);
                out.push(character);
            }
            _ => out.push(character),
        }
        rest = &rest[taken..];
        if character == ')' {
            last = groups.pop().unwrap_or(1);
            if groups.is_empty() {
                // The parentheses added around the expression would make `a)(b` valid.
                return Err("unopened group");
            }
        } else if repeats.is_none() {
            last = 1;
        }
        if let Some(most) = repeats {
            if is_repeated {
                return Err("invalid repetition operator");
            }
            last = most.max(1).saturating_mul(last);
            if last > MOST_REPEATED {
                return Err("invalid repetition size");
            }
            // A question mark after a repetition makes it lazy.
            if let Some(after) = rest.strip_prefix('?') {
                out.push('?');
                rest = after;
            }
        }
        is_repeated = repeats.is_some();
        if let Some(group) = groups.last_mut() {
            *group = last.max(*group);
        }
    }
    Ok(out)
}

/// Copies a bracketed character class to `out` and returns its length.
fn class(text: &str, out: &mut String) -> usize {
    let mut characters = text.char_indices().peekable();
    let mut is_first = true;
    while let Some((at, character)) = characters.next() {
        let end = at + character.len_utf8();
        match character {
            _ if at == 0 => out.push('['),
            '^' if at == 1 => out.push('^'),
            ']' if !is_first => {
                out.push(']');
                return end;
            }
            '\\' => {
                out.push('\\');
                out.extend(characters.next().map(|(_, escaped)| escaped));
            }
            '[' if text[end..].starts_with(':') => match text[end..].find(":]") {
                Some(length) => {
                    out.push_str(&text[at..end + length + 2]);
                    while characters.next_if(|(at, _)| *at < end + length + 2).is_some() {}
                }
                None => out.push_str("\\["),
            },
            // RE2 has no nested classes and no set operators, so these characters are literals.
            '[' | '&' | '~' => out.extend(['\\', character]),
            _ => out.push(character),
        }
        is_first = is_first && (at == 0 || (at == 1 && character == '^'));
    }
    text.len()
}

/// Returns the length of `{2}`, `{2,}` or `{2,5}` at the beginning of a string, and the larger number; `None` if RE2
/// treats the brace as a literal.
fn counted(text: &str) -> Option<(usize, u32)> {
    let inside = text.strip_prefix('{')?.split_once('}')?.0;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let least = number(least)?;
    let most = if most.is_empty() { least } else { number(most)? };
    Some((inside.len() + 2, most.max(least)))
}
