//! `awk`, limited to printing columns: `'{print $1, $NF}'`, with an optional condition, `-F` and `-v`.

use crate::command::Output;

use super::{Call, Pattern, text::inputs, text::unescaped};

/// Maximum number of values in a program, and of rules.
const MOST: usize = 100;
/// Maximum work of printing and matching, in small steps.
const MOST_WORK: usize = 400_000;

/// Operand of a condition or of `print`.
enum Value {
    Text(String),
    /// `$2`
    Field(usize),
    /// `$NF`, `$(NF-1)`: counted from the last field.
    FromEnd(usize),
    /// `NR`
    Line,
    /// `NF`
    Count,
}

/// Condition under which a rule applies to a line.
enum Condition {
    Always,
    Begin,
    End,
    Fits(Option<Value>, Pattern, bool),
    Compares(Value, String, Value),
}

struct Rule {
    condition: Condition,
    /// Values to print, grouped by the commas between them; the output has a space between groups.
    prints: Vec<Vec<Value>>,
}

struct Reader<'r> {
    rest: &'r str,
    given: Vec<(&'r str, String)>,
    count: usize,
}

pub(super) fn run(call: &mut Call) -> Output {
    let (mut between, mut given, mut operands) = (None, Vec::new(), Vec::new());
    let mut words = call.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match (word.get(..2), word.get(2..)) {
            (Some("-F"), Some("")) => between = words.next(),
            (Some("-F"), value) => between = value,
            (Some("-v"), Some("")) => given.extend(words.next().and_then(|pair| pair.split_once('='))),
            (Some("-v"), Some(value)) => given.extend(value.split_once('=')),
            _ => operands.push(word),
        }
    }
    let Some((program, names)) = operands.split_first() else {
        return Output::failed(2, "usage: awk [-F MARK] 'CONDITION {print $1, $2}' [FILE …]\n");
    };
    call.work.counts(program.len());
    let given = given.into_iter().map(|(name, value)| (name, unescaped(value))).collect();
    let rules = match (Reader { rest: program, given, count: 0 }).rules() {
        Ok(rules) => rules,
        Err(at) => {
            let text = ["awk: cannot read `", &at, "`: known here are conditions and print\n"];
            return Output::failed(2, text.concat());
        }
    };
    let (texts, mut output) = inputs(call, names);
    let mut work = 0;
    let mut number = 0;
    let between = between.map(unescaped);
    let all = texts.iter().flat_map(|(_, text)| text.lines());
    let mut last = "";
    let lines = std::iter::once((true, false, "")).chain(all.map(|line| (false, false, line)));
    for (is_begin, is_end, line) in lines.chain([(false, true, "")]) {
        number += usize::from(!is_begin && !is_end);
        let line = if is_end { last } else { line };
        last = line;
        let fields: Vec<&str> = match between.as_deref() {
            None | Some(" ") => line.split_whitespace().collect(),
            Some(_) if line.is_empty() => Vec::new(),
            Some(mark) => line.split(mark).collect(),
        };
        let row = Row { line, fields, number };
        for rule in &rules {
            let is_now = match rule.condition {
                Condition::Begin => is_begin,
                Condition::End => is_end,
                _ => !is_begin && !is_end && row.is_for(&rule.condition, &mut work),
            };
            if is_now {
                let start = output.stdout.len();
                for (place, values) in rule.prints.iter().enumerate() {
                    output.stdout.push_str(if place > 0 { " " } else { "" });
                    values.iter().for_each(|value| output.stdout.push_str(&row.text(value)));
                }
                output.stdout.push('\n');
                work += (output.stdout.len() - start) / 16 + 1;
            }
        }
        work += line.len() / 16;
        if work > MOST_WORK {
            output.stderr.push_str("awk: the input is too long for this program\n");
            output.exit_code = 2;
            break;
        }
    }
    call.work.counts(work);
    output
}

struct Row<'r> {
    line: &'r str,
    fields: Vec<&'r str>,
    number: usize,
}

impl Row<'_> {
    fn text(&self, value: &Value) -> String {
        let field = |place: Option<usize>| {
            place.and_then(|place| self.fields.get(place)).copied().unwrap_or_default()
        };
        match value {
            Value::Text(text) => text.clone(),
            Value::Field(0) => self.line.to_owned(),
            Value::Field(place) => field(place.checked_sub(1)).to_owned(),
            Value::FromEnd(back) => field(self.fields.len().checked_sub(back + 1)).to_owned(),
            Value::Line => self.number.to_string(),
            Value::Count => self.fields.len().to_string(),
        }
    }

    fn is_for(&self, condition: &Condition, work: &mut usize) -> bool {
        match condition {
            Condition::Fits(of, pattern, is_negated) => {
                let text = self.text(of.as_ref().unwrap_or(&Value::Field(0)));
                *work += pattern.work(&text);
                pattern.regex.is_match(&text) != *is_negated
            }
            Condition::Compares(left, operator, right) => {
                let (left, right) = (self.text(left), self.text(right));
                let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                    (Ok(left), Ok(right)) => left.cmp(&right),
                    _ => left.cmp(&right),
                };
                match operator.as_str() {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<=" => order.is_le(),
                    ">=" => order.is_ge(),
                    "<" => order.is_lt(),
                    _ => order.is_gt(),
                }
            }
            _ => true,
        }
    }
}

impl Reader<'_> {
    fn wrong(&self) -> String {
        self.rest.chars().take(20).collect()
    }

    fn takes(&mut self, mark: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn rules(&mut self) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        loop {
            while self.takes(";") {}
            if self.rest.is_empty() {
                return if rules.is_empty() { Err(String::new()) } else { Ok(rules) };
            }
            let condition = self.condition()?;
            let mut prints = None;
            if self.takes("{") {
                while self.takes(";") {}
                prints = Some(self.print()?);
                while self.takes(";") {}
                // Each condition has at most one `print`.
                if !self.takes("}") {
                    return Err(self.wrong());
                }
            }
            rules.push(Rule { condition, prints: prints.unwrap_or_else(|| vec![vec![Value::Field(0)]]) });
            if rules.len() > MOST {
                return Err(self.wrong());
            }
        }
    }

    fn condition(&mut self) -> Result<Condition, String> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('{') {
            return Ok(Condition::Always);
        }
        if self.takes("BEGIN") {
            return Ok(Condition::Begin);
        }
        if self.takes("END") {
            return Ok(Condition::End);
        }
        let is_negated = self.takes("!");
        if self.takes("/") {
            return Ok(Condition::Fits(None, self.pattern()?, is_negated));
        }
        let left = self.value()?;
        for operator in ["==", "!=", "<=", ">=", "!~", "~", "<", ">"] {
            if self.takes(operator) {
                if operator.ends_with('~') {
                    if !self.takes("/") {
                        return Err(self.wrong());
                    }
                    return Ok(Condition::Fits(Some(left), self.pattern()?, operator == "!~"));
                }
                return Ok(Condition::Compares(left, operator.to_owned(), self.value()?));
            }
        }
        Ok(Condition::Compares(left, "!=".to_owned(), Value::Text(String::new())))
    }

    /// Parses the rest of `/…/`.
    fn pattern(&mut self) -> Result<Pattern, String> {
        let mut is_escaped = false;
        let end = self.rest.find(|c| {
            let ends = c == '/' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let (written, rest) = self.rest.split_at(end.ok_or_else(|| self.wrong())?);
        let pattern = Pattern::new(&written.replace("\\/", "/")).ok_or_else(|| self.wrong())?;
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(pattern)
    }

    fn print(&mut self) -> Result<Vec<Vec<Value>>, String> {
        if !self.takes("print") || self.rest.starts_with(|c: char| c.is_alphanumeric()) {
            return Err(self.wrong());
        }
        let mut prints = vec![Vec::new()];
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with(['}', ';']) || self.rest.is_empty() {
                break;
            }
            if self.takes(",") {
                prints.push(Vec::new());
                continue;
            }
            let value = self.value()?;
            if let Some(values) = prints.last_mut() {
                values.push(value);
            }
        }
        if prints.iter().all(Vec::is_empty) {
            prints = vec![vec![Value::Field(0)]];
        }
        Ok(prints)
    }

    fn number(&mut self) -> Option<usize> {
        let length = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        let number = digits.parse().ok()?;
        self.rest = rest;
        Some(number)
    }

    fn value(&mut self) -> Result<Value, String> {
        self.count += 1;
        if self.count > MOST {
            return Err(self.wrong());
        }
        if self.takes("\"") {
            let mut is_escaped = false;
            let end = self.rest.find(|c| {
                let ends = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                ends
            });
            let (text, rest) = self.rest.split_at(end.ok_or_else(|| self.wrong())?);
            self.rest = rest.get(1..).unwrap_or_default();
            return Ok(Value::Text(unescaped(text).replace("\\\"", "\"")));
        }
        if self.takes("$") {
            if self.takes("NF") {
                return Ok(Value::FromEnd(0));
            }
            if self.takes("(") {
                if !(self.takes("NF") && self.takes("-")) {
                    return Err(self.wrong());
                }
                self.rest = self.rest.trim_start();
                let back = self.number().ok_or_else(|| self.wrong())?;
                return if self.takes(")") { Ok(Value::FromEnd(back)) } else { Err(self.wrong()) };
            }
            return self.number().map(Value::Field).ok_or_else(|| self.wrong());
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number().map(|number| Value::Text(number.to_string())).ok_or_else(|| self.wrong());
        }
        let length =
            self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        let value = match name {
            "NR" | "FNR" => Value::Line,
            "NF" => Value::Count,
            _ => match self.given.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => Value::Text(value.clone()),
                None => return Err(self.wrong()),
            },
        };
        self.rest = rest;
        Ok(value)
    }
}
