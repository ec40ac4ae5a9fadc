//! Whole numbers: `$((1 + 2 * x))`, `((i++))`.

use crate::model::TextMap;

/// What an expression comes to, in 64 bits; it may set variables.
///
/// # Errors
/// In bash's words.
pub fn value(text: &str, variables: &mut TextMap) -> Result<i64, &'static str> {
    let mut reader = Reader { rest: text, variables, depth: 0, is_idle: false };
    let value = reader.choice()?;
    reader.rest = reader.rest.trim_start();
    if reader.rest.is_empty() { Ok(value) } else { Err(SYNTAX) }
}

const SYNTAX: &str = "syntax error in expression";

/// Operators by how tightly they hold; each level after the ones that hold less.
const LEVELS: [&[&str]; 6] =
    [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

struct Reader<'r> {
    rest: &'r str,
    variables: &'r mut TextMap,
    depth: u8,
    /// Whether what is read does not count: behind `&&` of something false.
    is_idle: bool,
}

impl Reader<'_> {
    fn takes(&mut self, mark: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `a ? b : c`, and several with commas between, of which the last one counts.
    fn choice(&mut self) -> Result<i64, &'static str> {
        loop {
            let mut value = self.sum(0)?;
            if self.takes("?") {
                let was_idle = self.is_idle;
                self.deeper()?;
                self.is_idle = was_idle || value == 0;
                let first = self.choice()?;
                self.is_idle = was_idle || value != 0;
                if !self.takes(":") {
                    return Err(SYNTAX);
                }
                let second = self.choice()?;
                self.is_idle = was_idle;
                self.depth -= 1;
                value = if value != 0 { first } else { second };
            }
            if !self.takes(",") {
                return Ok(value);
            }
        }
    }

    fn deeper(&mut self) -> Result<(), &'static str> {
        self.depth += 1;
        if self.depth > 40 { Err("expression recursion level exceeded") } else { Ok(()) }
    }

    fn sum(&mut self, level: usize) -> Result<i64, &'static str> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        let mut left = self.sum(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let found = operators.iter().find(|operator| self.rest.starts_with(**operator));
            let Some(operator) = found else { return Ok(left) };
            self.rest = self.rest.get(operator.len()..).unwrap_or_default();
            let was_idle = self.is_idle;
            self.is_idle |= matches!((*operator, left), ("&&", 0) | ("||", ..=-1 | 1..));
            let right = self.sum(level + 1)?;
            let is_idle = std::mem::replace(&mut self.is_idle, was_idle);
            left = match *operator {
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" | "%" if right == 0 && is_idle => 0,
                "/" => left.checked_div(right).ok_or("division by 0")?,
                "%" => left.checked_rem(right).ok_or("division by 0")?,
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "&&" => i64::from(left != 0 && right != 0),
                _ => i64::from(left != 0 || right != 0),
            };
        }
    }

    fn operand(&mut self) -> Result<i64, &'static str> {
        self.deeper()?;
        self.rest = self.rest.trim_start();
        // Two signs before a name change it; before anything else they are one sign after another.
        let is_name =
            |rest: &str| rest.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let value = if self.rest.strip_prefix("++").is_some_and(is_name) && self.takes("++") {
            self.steps(1, true)?
        } else if self.rest.strip_prefix("--").is_some_and(is_name) && self.takes("--") {
            self.steps(-1, true)?
        } else if self.takes("-") {
            self.operand()?.wrapping_neg()
        } else if self.takes("+") {
            self.operand()?
        } else if !self.rest.starts_with("!=") && self.takes("!") {
            i64::from(self.operand()? == 0)
        } else if self.takes("(") {
            let value = self.choice()?;
            if !self.takes(")") {
                return Err(SYNTAX);
            }
            value
        } else {
            self.name_or_number()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self) -> &str {
        self.rest = self.rest.trim_start();
        let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (word, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn of(&self, name: &str) -> i64 {
        self.variables.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }

    fn sets(&mut self, name: &str, value: i64) {
        if !self.is_idle {
            self.variables.insert(name.to_owned(), value.to_string());
        }
    }

    /// `++i` and `--i`, whose sign was taken.
    fn steps(&mut self, by: i64, is_before: bool) -> Result<i64, &'static str> {
        let name = self.word().to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(SYNTAX);
        }
        let before = self.of(&name);
        let after = before.wrapping_add(by);
        self.sets(&name, after);
        Ok(if is_before { after } else { before })
    }

    fn name_or_number(&mut self) -> Result<i64, &'static str> {
        let word = self.word().to_owned();
        if word.is_empty() {
            return Err(SYNTAX);
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return word.parse().map_err(|_| SYNTAX);
        }
        let before = self.of(&word);
        for (mark, by) in [("++", 1), ("--", -1)] {
            if self.takes(mark) {
                self.sets(&word, before.wrapping_add(by));
                return Ok(before);
            }
        }
        for mark in ["=", "+=", "-=", "*=", "/=", "%="] {
            if !self.rest.starts_with("==") && self.takes(mark) {
                let right = self.choice()?;
                let value = match mark {
                    "=" => right,
                    "+=" => before.wrapping_add(right),
                    "-=" => before.wrapping_sub(right),
                    "*=" => before.wrapping_mul(right),
                    "/=" => before.checked_div(right).ok_or("division by 0")?,
                    _ => before.checked_rem(right).ok_or("division by 0")?,
                };
                self.sets(&word, value);
                return Ok(value);
            }
        }
        Ok(before)
    }
}
