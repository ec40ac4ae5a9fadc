//! Constraints of a template's parameters, with the messages of CloudFormation.
//!
//! Source: the user guide's reference of the section `Parameters`. The messages for patterns, lengths and
//! `ConstraintDescription` are those of published reports (for example aws/aws-cli#7750).

use std::cmp::Ordering;

use mesh_text::{decimal::Decimal, pattern::Pattern};
use serde_json::Value;

use super::scalar_text;

/// The constraints of a parameter other than `AllowedValues`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Constraints {
    pattern: Option<String>,
    /// Minimum and maximum length, in characters.
    lengths: [Option<usize>; 2],
    /// Minimum and maximum of a number, in decimal notation.
    bounds: [Option<String>; 2],
    /// `ConstraintDescription`: replaces the reason in a message.
    description: Option<String>,
}

impl Constraints {
    /// Reads a member of a parameter; ignores members that are no constraint.
    pub fn read(&mut self, member: &str, value: &Value) {
        let text = scalar_text(value);
        let length = || text.as_deref().and_then(|text| text.parse().ok());
        match member {
            "AllowedPattern" => self.pattern = text,
            "ConstraintDescription" => self.description = text,
            "MaxLength" => self.lengths[1] = length(),
            "MaxValue" => self.bounds[1] = text,
            "MinLength" => self.lengths[0] = length(),
            "MinValue" => self.bounds[0] = text,
            _ => {}
        }
    }

    /// Returns CloudFormation's message if a value violates a constraint. `values` are the items of a list, or one
    /// value.
    pub fn violation(&self, name: &str, kind: &str, values: &[Value]) -> Option<String> {
        let reason = values.iter().filter_map(Value::as_str).find_map(|value| self.reason(kind, value))?;
        Some(match &self.description {
            Some(description) => {
                ["Parameter ", name, " failed to satisfy constraint: ", description].concat()
            }
            None => ["Parameter '", name, "' ", &reason].concat(),
        })
    }

    fn reason(&self, kind: &str, value: &str) -> Option<String> {
        if kind.contains("Number") {
            let [least, most] = &self.bounds;
            let is_beyond = |bound: &&String, side: Ordering| compare_decimals(value, bound) == Some(side);
            if let Some(least) = least.as_ref().filter(|bound| is_beyond(bound, Ordering::Less)) {
                return Some(["must be a number not less than ", least].concat());
            }
            let most = most.as_ref().filter(|bound| is_beyond(bound, Ordering::Greater))?;
            return Some(["must be a number not greater than ", most].concat());
        }
        let length = value.chars().count();
        match self.lengths {
            [Some(least), _] if length < least => {
                return Some(format!("must contain at least {least} characters"));
            }
            [_, Some(most)] if length > most => {
                return Some(format!("must contain at most {most} characters"));
            }
            _ => {}
        }
        let pattern = self.pattern.as_ref()?;
        // A pattern that this engine does not know, such as one with a lookahead, is not checked.
        let whole = Pattern::new(&["^(?:", pattern, ")$"].concat())?;
        (!whole.regex.is_match(value)).then(|| ["must match pattern ", pattern].concat())
    }
}

/// Compares two numbers in decimal notation, of any size; `None` if one has another form, such as an exponent.
fn compare_decimals(left: &str, right: &str) -> Option<Ordering> {
    Some(decimal(left)?.cmp(&decimal(right)?))
}

fn decimal(text: &str) -> Option<Decimal<'_>> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let has_digit = text.strip_prefix('-').unwrap_or(text).starts_with(|c: char| c.is_ascii_digit());
    let (number, rest) = Decimal::at_start(text.as_bytes());
    (has_digit && rest.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_compared_by_value() {
        for (left, right, expected) in [
            ("1", "2", Some(Ordering::Less)),
            ("10", "9", Some(Ordering::Greater)),
            ("1.50", "1.5", Some(Ordering::Equal)),
            ("-3", "-2.9", Some(Ordering::Less)),
            ("-0", "0.0", Some(Ordering::Equal)),
            ("007", "7", Some(Ordering::Equal)),
            ("-1", "+1", Some(Ordering::Less)),
            ("99999999999999999999999", "99999999999999999999998.9", Some(Ordering::Greater)),
            ("1e3", "2", None),
            ("", "2", None),
            ("1-2", "2", None),
        ] {
            assert_eq!(compare_decimals(left, right), expected, "{left} {right}");
        }
    }
}
