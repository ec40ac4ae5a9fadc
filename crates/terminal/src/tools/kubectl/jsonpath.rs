//! Templates of `-o jsonpath` and paths of `-o custom-columns`.

use mesh_text::json::compact;
use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(String),
    All,
    Index(i64),
    Slice(Option<i64>, Option<i64>),
    Deep,
    Filter(Vec<Step>, &'static str, Value),
}

/// Maximum number of values of one path.
const MOST: usize = 10_000;
/// Maximum length of a template or path, in bytes.
const LONGEST: usize = 2000;

/// Reason why a template has no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be parsed.
    Parse(String),
    /// It does not fit the value: an index is out of bounds.
    Value(String),
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Parse(text)
    }
}

impl From<&str> for Fault {
    fn from(text: &str) -> Self {
        Self::Parse(text.to_owned())
    }
}

impl Fault {
    /// Returns kubectl's message for a template of `-o jsonpath`.
    pub(super) fn told(&self, template: &str, value: &Value) -> String {
        match self {
            Self::Parse(why) => ["error: error parsing jsonpath ", template, ", ", why, "\n"].concat(),
            Self::Value(why) => {
                let mut object = String::new();
                in_go(value, &mut object);
                let quoted = compact(&Value::from(template));
                format!(
                    "error: error executing jsonpath {quoted}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{object}\n\n\n"
                )
            }
        }
    }

    /// Returns the message alone.
    pub(super) fn text(&self) -> &str {
        let (Self::Parse(text) | Self::Value(text)) = self;
        text
    }
}

/// Appends a value as Go prints it: `map[string]interface {}{"a":1}`.
fn in_go(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("interface {}(nil)"),
        Value::Array(items) => {
            text.push_str("[]interface {}{");
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                in_go(item, text);
            }
            text.push('}');
        }
        Value::Object(members) => {
            text.push_str("map[string]interface {}{");
            for (at, (name, member)) in members.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                text.push_str(&compact(&Value::from(&**name)));
                text.push(':');
                in_go(member, text);
            }
            text.push('}');
        }
        other => text.push_str(&compact(other)),
    }
}

/// Evaluates a template for a value: `{.items[*].metadata.name}`, also without braces.
///
/// # Errors
/// Returns an error if the template is invalid or does not fit the value.
pub(super) fn print(template: &str, value: &Value) -> Result<String, Fault> {
    if template.len() > LONGEST {
        return Err("the template is too long".into());
    }
    let template = template.trim_matches(['\'', '"']);
    let is_relaxed = !template.contains('{');
    let whole = if is_relaxed { ["{", template, "}"].concat() } else { template.to_owned() };
    let mut text = String::new();
    let mut parts = Vec::new();
    let mut rest = &*whole;
    while let Some((before, behind)) = rest.split_once('{') {
        parts.push((false, before));
        let end = closing(behind).ok_or("unclosed action")?;
        let (inside, after) = behind.split_at(end);
        parts.push((true, inside.trim()));
        rest = after.get(1..).unwrap_or_default();
    }
    parts.push((false, rest));
    let mut place = 0;
    run(&parts, &mut place, value, value, &mut text, true)?;
    Ok(text)
}

/// Returns the position of the closing brace, outside quotation marks.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '}') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(mark), letter) if mark == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn run(
    parts: &[(bool, &str)],
    place: &mut usize,
    root: &Value,
    current: &Value,
    text: &mut String,
    is_on: bool,
) -> Result<(), Fault> {
    while let Some((is_action, part)) = parts.get(*place) {
        *place += 1;
        if !is_action {
            if is_on {
                text.push_str(part);
            }
            continue;
        }
        if *part == "end" {
            return Ok(());
        }
        if let Some(path) = part.strip_prefix("range") {
            let found = if is_on { find(path.trim(), root, current)? } else { Vec::new() };
            let start = *place;
            if found.is_empty() {
                run(parts, place, root, current, text, false)?;
            }
            for item in found {
                *place = start;
                run(parts, place, root, item, text, true)?;
                if text.len() > MOST * 100 {
                    return Err("the result is too long".into());
                }
            }
            continue;
        }
        if !is_on {
            continue;
        }
        let marks = ['"', '\''];
        if part.starts_with(marks) && part.ends_with(marks) && part.len() > 1 {
            let inner = part.get(1..part.len() - 1).unwrap_or_default();
            text.push_str(&inner.replace("\\n", "\n").replace("\\t", "\t"));
            continue;
        }
        let found = find(part, root, current)?;
        let found: Vec<_> = found.into_iter().map(shown).collect();
        text.push_str(&found.join(" "));
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => compact(other),
    }
}

/// Returns the values at a path, as a cell of custom columns.
///
/// # Errors
/// Returns an error if the path is invalid or does not fit the value.
pub(super) fn cell(path: &str, value: &Value) -> Result<String, Fault> {
    if path.len() > LONGEST {
        return Err("the path is too long".into());
    }
    let path = path.trim_matches(['{', '}']);
    let found: Vec<_> = find(path, value, value)?.into_iter().map(shown).collect();
    Ok(if found.is_empty() { "<none>".to_owned() } else { found.join(",") })
}

fn find<'v>(path: &str, root: &'v Value, current: &'v Value) -> Result<Vec<&'v Value>, Fault> {
    let (start, path) = match path.chars().next() {
        Some('$') => (root, path.get(1..).unwrap_or_default()),
        Some('@') => (current, path.get(1..).unwrap_or_default()),
        _ => (current, path),
    };
    let mut values = vec![start];
    for step in steps(path)? {
        if let Some(why) = values.iter().find_map(|value| out_of_bounds(&step, value)) {
            return Err(Fault::Value(why));
        }
        values = values.into_iter().flat_map(|value| follow(&step, value)).take(MOST).collect();
    }
    Ok(values)
}

/// Returns kubectl's message if a step names an element that an array does not have.
fn out_of_bounds(step: &Step, value: &Value) -> Option<String> {
    let Value::Array(items) = value else { return None };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_end = |place: i64| if place < 0 { place.saturating_add(length) } else { place };
    let (from, to) = match step {
        Step::Index(index) => (from_end(*index), from_end(*index).saturating_add(1)),
        Step::Slice(from, to) => (from_end(from.unwrap_or(0)), to.map_or(length, from_end)),
        _ => return None,
    };
    let outside = |place: i64| Some(format!("array index out of bounds: index {place}, length {length}"));
    match () {
        () if from == to => None,
        () if from < 0 || from >= length => outside(from),
        () if to < 0 || to > length => outside(to - 1),
        () if from > to => Some(format!("starting index {from} is greater than ending index {to}")),
        () => None,
    }
}

fn follow<'v>(step: &Step, value: &'v Value) -> Vec<&'v Value> {
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => members.get(name).into_iter().collect(),
        (Step::All, Value::Array(items)) => items.iter().collect(),
        (Step::All, Value::Object(members)) => members.values().collect(),
        (Step::Index(index), Value::Array(items)) => {
            let length = i64::try_from(items.len()).unwrap_or_default();
            let place = if *index < 0 { index + length } else { *index };
            usize::try_from(place).ok().and_then(|place| items.get(place)).into_iter().collect()
        }
        (Step::Slice(from, to), Value::Array(items)) => {
            let length = i64::try_from(items.len()).unwrap_or_default();
            let bound = |value: &Option<i64>, usual: i64| {
                let value = value.map_or(usual, |value| if value < 0 { value + length } else { value });
                usize::try_from(value.clamp(0, length)).unwrap_or_default()
            };
            items.get(bound(from, 0)..bound(to, length)).unwrap_or_default().iter().collect()
        }
        (Step::Deep, value) => {
            let mut found = Vec::new();
            deep(value, &mut found);
            found
        }
        (Step::Filter(path, operator, wanted), Value::Array(items)) => {
            items.iter().filter(|item| holds(path, operator, wanted, item)).collect()
        }
        _ => Vec::new(),
    }
}

fn deep<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    if found.len() >= MOST {
        return;
    }
    found.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| deep(item, found)),
        Value::Object(members) => members.values().for_each(|item| deep(item, found)),
        _ => {}
    }
}

fn holds(path: &[Step], operator: &str, wanted: &Value, item: &Value) -> bool {
    let mut values = vec![item];
    for step in path {
        values = values.into_iter().flat_map(|value| follow(step, value)).collect();
    }
    let Some(found) = values.first() else { return false };
    let order = match (found.as_i64(), wanted.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => shown(found).cmp(&shown(wanted)),
    };
    match operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        _ => true,
    }
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '.' if behind.starts_with('.') => {
                steps.push(Step::Deep);
                rest = behind;
            }
            '.' => rest = behind,
            '*' => {
                steps.push(Step::All);
                rest = behind;
            }
            '[' => {
                let end = bracket(behind).ok_or("unterminated array")?;
                let inside = behind.get(..end).unwrap_or_default();
                steps.push(subscript(inside)?);
                rest = behind.get(end + 1..).unwrap_or_default();
            }
            _ => {
                // A backslash escapes a dot in a name.
                let mut name = String::new();
                let mut letters = rest.char_indices();
                let mut end = rest.len();
                while let Some((at, letter)) = letters.next() {
                    match letter {
                        '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
                        '.' | '[' => {
                            end = at;
                            break;
                        }
                        ' ' => return Err(format!("unrecognized character in action: U+0020 ' ' in {path}")),
                        letter => name.push(letter),
                    }
                }
                steps.push(Step::Member(name));
                rest = rest.get(end..).unwrap_or_default();
            }
        }
    }
    Ok(steps)
}

fn bracket(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            (None, '[') => depth += 1,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(mark), letter) if mark == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn subscript(inside: &str) -> Result<Step, String> {
    let wrong = || ["invalid array index ", inside].concat();
    if inside == "*" {
        return Ok(Step::All);
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
        const OPERATORS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];
        let found = OPERATORS.into_iter().find_map(|operator| {
            let (path, wanted) = filter.split_once(operator)?;
            Some((path, operator, wanted))
        });
        let (path, operator, wanted) = found.unwrap_or((filter, "", ""));
        let path = path.trim().trim_start_matches('@');
        let wanted = wanted.trim();
        let bare = wanted.trim_matches(['"', '\'']);
        let wanted = match (bare.len() == wanted.len(), bare.parse::<i64>()) {
            (true, Ok(number)) => Value::from(number),
            _ => Value::from(bare),
        };
        return Ok(Step::Filter(steps(path)?, operator, wanted));
    }
    if inside.starts_with(['"', '\'']) {
        return Ok(Step::Member(inside.trim_matches(['"', '\'']).to_owned()));
    }
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<i64>().map(Some).map_err(|_| wrong()),
    };
    match inside.split_once(':') {
        Some((from, to)) => Ok(Step::Slice(number(from)?, number(to)?)),
        None => number(inside)?.map(Step::Index).ok_or_else(wrong),
    }
}
