//! Integer arithmetic: `$((1 + 2 * x))`, `((i++))`.

use super::run::Shell;

/// Evaluates an expression in 64-bit integers; it may set variables.
///
/// # Errors
/// Returns bash's message if the expression is invalid.
pub fn value(text: &str, shell: &mut Shell) -> Result<i64, &'static str> {
    deep(text, shell, 0)
}

fn deep(text: &str, shell: &mut Shell, depth: u8) -> Result<i64, &'static str> {
    let mut reader = Reader { rest: text, shell, depth, is_idle: false };
    let value = reader.choice()?;
    reader.rest = reader.rest.trim_start();
    if reader.rest.is_empty() { Ok(value) } else { Err(SYNTAX) }
}

const SYNTAX: &str = "syntax error in expression";

/// Binary operators by precedence, lowest first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];
/// Operators that are a prefix of longer ones, with the characters that continue them.
const LONGER: [(&str, &[char]); 9] = [
    ("|", &['|', '=']),
    ("^", &['=']),
    ("&", &['&', '=']),
    ("<", &['<']),
    (">", &['>']),
    ("<<", &['=']),
    (">>", &['=']),
    ("+", &['=']),
    ("*", &['*', '=']),
];

struct Reader<'r, 's> {
    rest: &'r str,
    shell: &'r mut Shell<'s>,
    depth: u8,
    /// Whether the expression is parsed without effect: for example, after `&&` with a false left operand.
    is_idle: bool,
}

impl Reader<'_, '_> {
    fn takes(&mut self, mark: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Evaluates the comma operator, whose value is that of the last expression.
    fn choice(&mut self) -> Result<i64, &'static str> {
        loop {
            let value = self.choice_of_assignment()?;
            if !self.takes(",") {
                return Ok(value);
            }
        }
    }

    /// Evaluates `a ? b : c`.
    fn choice_of_assignment(&mut self) -> Result<i64, &'static str> {
        let value = self.sum(0)?;
        if !self.takes("?") {
            return Ok(value);
        }
        let was_idle = self.is_idle;
        self.deeper()?;
        self.is_idle = was_idle || value == 0;
        let first = self.choice()?;
        self.is_idle = was_idle || value != 0;
        if !self.takes(":") {
            return Err(SYNTAX);
        }
        let second = self.choice_of_assignment()?;
        self.is_idle = was_idle;
        self.depth -= 1;
        Ok(if value != 0 { first } else { second })
    }

    fn deeper(&mut self) -> Result<(), &'static str> {
        self.depth += 1;
        if self.depth > 40 { Err("expression recursion level exceeded") } else { Ok(()) }
    }

    fn sum(&mut self, level: usize) -> Result<i64, &'static str> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.sum(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let is_here = |operator: &str| {
                let longer = LONGER.iter().find(|(known, _)| *known == operator);
                let rest = self.rest.strip_prefix(operator);
                rest.is_some_and(|rest| longer.is_none_or(|(_, next)| !rest.starts_with(*next)))
            };
            let found = operators.iter().find(|operator| is_here(operator));
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
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "<<" => left.wrapping_shl(u32::try_from(right & 63).unwrap_or_default()),
                ">>" => left.wrapping_shr(u32::try_from(right & 63).unwrap_or_default()),
                "&&" => i64::from(left != 0 && right != 0),
                _ => i64::from(left != 0 || right != 0),
            };
        }
    }

    /// Evaluates `a ** b`, which is right-associative.
    fn power(&mut self) -> Result<i64, &'static str> {
        let base = self.operand()?;
        if !self.takes("**") {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = self.power()?;
        self.depth -= 1;
        match u32::try_from(exponent) {
            Ok(exponent) => Ok(base.wrapping_pow(exponent)),
            Err(_) if exponent < 0 => Err("exponent less than 0"),
            Err(_) => Err("exponent too large"),
        }
    }

    fn operand(&mut self) -> Result<i64, &'static str> {
        self.deeper()?;
        self.rest = self.rest.trim_start();
        // `++` or `--` before a name changes the variable; before anything else it is two unary operators.
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
        } else if self.takes("~") {
            !self.operand()?
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

    /// Parses the index in brackets after a name.
    fn index(&mut self) -> Result<Option<&str>, &'static str> {
        let Some(inner) = self.rest.strip_prefix('[') else { return Ok(None) };
        let mut depth = 0usize;
        for (at, c) in inner.char_indices() {
            match c {
                '[' => depth += 1,
                ']' if depth > 0 => depth -= 1,
                ']' => {
                    self.rest = inner.get(at + 1..).unwrap_or_default();
                    return Ok(inner.get(..at));
                }
                _ => {}
            }
        }
        Err(SYNTAX)
    }

    /// Returns the value of a variable, which may be an expression itself.
    fn of(&mut self, (name, index): &(String, Option<String>)) -> Result<i64, &'static str> {
        let text = match index {
            Some(index) => self.shell.element(name, index),
            None => self.shell.value(name),
        };
        let Some(text) = text else {
            return if self.shell.options.needs_set && !self.is_idle {
                Err("unbound variable")
            } else {
                Ok(0)
            };
        };
        if let Ok(number) = text.trim().parse() {
            return Ok(number);
        }
        if text.trim().is_empty() {
            return Ok(0);
        }
        self.deeper()?;
        // Each lookup is charged to the budget, so names that refer to each other soon reach the limit.
        if !self.shell.counts(text.len()) {
            return Err("expression recursion level exceeded");
        }
        let depth = self.depth.saturating_add(4);
        let value = deep(&text, self.shell, depth)?;
        self.depth -= 1;
        Ok(value)
    }

    fn sets(&mut self, (name, index): &(String, Option<String>), value: i64) {
        if self.is_idle {
            return;
        }
        match index {
            Some(index) => drop(self.shell.sets_element(name, index, value.to_string(), false)),
            None => drop(self.shell.sets(name, value.to_string())),
        }
    }

    /// Parses a variable or an element of an array.
    fn name(&mut self) -> Result<(String, Option<String>), &'static str> {
        let name = self.word().to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(SYNTAX);
        }
        let index = self.index()?.map(str::to_owned);
        Ok((name, index))
    }

    /// Evaluates `++i` and `--i`; the caller has consumed the operator.
    fn steps(&mut self, by: i64, is_before: bool) -> Result<i64, &'static str> {
        let name = self.name()?;
        let before = self.of(&name)?;
        let after = before.wrapping_add(by);
        self.sets(&name, after);
        Ok(if is_before { after } else { before })
    }

    /// Parses a number: `10`, `0x1f`, `017`, `2#101`.
    fn literal(&mut self) -> Result<i64, &'static str> {
        let word = self.word().to_owned();
        let (digits, base) = if let Some(rest) = self.rest.strip_prefix('#') {
            self.rest = rest;
            let base =
                word.parse().ok().filter(|base| (2..=36).contains(base)).ok_or("invalid arithmetic base")?;
            (self.word().to_owned(), base)
        } else if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            (digits.to_owned(), 16)
        } else if word.len() > 1 && word.starts_with('0') {
            (word, 8)
        } else {
            (word, 10)
        };
        i64::from_str_radix(&digits, base).map_err(|_| match base {
            8 => "value too great for base",
            _ => SYNTAX,
        })
    }

    fn name_or_number(&mut self) -> Result<i64, &'static str> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return self.literal();
        }
        let name = self.name()?;
        for (mark, by) in [("++", 1), ("--", -1)] {
            if self.takes(mark) {
                let before = self.of(&name)?;
                self.sets(&name, before.wrapping_add(by));
                return Ok(before);
            }
        }
        for mark in ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="] {
            if !self.rest.trim_start().starts_with("==") && self.takes(mark) {
                let right = self.choice_of_assignment()?;
                let before = if mark == "=" { 0 } else { self.of(&name)? };
                let shift = u32::try_from(right & 63).unwrap_or_default();
                let value = match mark {
                    "=" => right,
                    "+=" => before.wrapping_add(right),
                    "-=" => before.wrapping_sub(right),
                    "*=" => before.wrapping_mul(right),
                    "/=" | "%=" if right == 0 && self.is_idle => 0,
                    "/=" => before.checked_div(right).ok_or("division by 0")?,
                    "%=" => before.checked_rem(right).ok_or("division by 0")?,
                    "&=" => before & right,
                    "|=" => before | right,
                    "^=" => before ^ right,
                    "<<=" => before.wrapping_shl(shift),
                    _ => before.wrapping_shr(shift),
                };
                self.sets(&name, value);
                return Ok(value);
            }
        }
        self.of(&name)
    }
}
