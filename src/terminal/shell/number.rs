//! Whole numbers: `$((1 + 2 * x))`.

use crate::model::TextMap;

/// What an expression comes to, in 64 bits.
///
/// # Errors
/// In bash's words.
pub fn value(text: &str, variables: &TextMap) -> Result<i64, &'static str> {
    let mut reader = Reader { rest: text, variables, depth: 0 };
    let value = reader.sum(0)?;
    if reader.rest.trim().is_empty() { Ok(value) } else { Err(SYNTAX) }
}

const SYNTAX: &str = "syntax error in expression";

/// Operators by how tightly they hold; each level after the ones that hold less.
const LEVELS: [&[&str]; 4] = [&["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

struct Reader<'r> {
    rest: &'r str,
    variables: &'r TextMap,
    depth: u8,
}

impl Reader<'_> {
    fn sum(&mut self, level: usize) -> Result<i64, &'static str> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        let mut left = self.sum(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let found = operators.iter().find(|operator| self.rest.starts_with(**operator));
            let Some(operator) = found else { return Ok(left) };
            self.rest = self.rest.get(operator.len()..).unwrap_or_default();
            let right = self.sum(level + 1)?;
            left = match *operator {
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right).ok_or("division by 0")?,
                "%" => left.checked_rem(right).ok_or("division by 0")?,
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                _ => i64::from(left > right),
            };
        }
    }

    fn operand(&mut self) -> Result<i64, &'static str> {
        self.depth += 1;
        if self.depth > 40 {
            return Err("expression recursion level exceeded");
        }
        self.rest = self.rest.trim_start();
        let value = if let Some(rest) = self.rest.strip_prefix('-') {
            self.rest = rest;
            self.operand()?.wrapping_neg()
        } else if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            let value = self.sum(0)?;
            self.rest = self.rest.trim_start().strip_prefix(')').ok_or(SYNTAX)?;
            value
        } else {
            let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (word, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
            self.rest = rest;
            match word.starts_with(|c: char| c.is_ascii_digit()) {
                true => word.parse().map_err(|_| SYNTAX)?,
                false if word.is_empty() => return Err(SYNTAX),
                false => self.variables.get(word).and_then(|value| value.trim().parse().ok()).unwrap_or(0),
            }
        };
        self.depth -= 1;
        Ok(value)
    }
}
