//! Functions of a query, and the comparison of values. Source: Python's `jmespath/functions.py`.
//!
//! Numbers are compared as decimals with nine places; only sums and averages are floating-point numbers, as in Python.

use std::{cmp::Ordering, rc::Rc};

use crate::aws::arguments::whole;
use mesh_text::data::{Data, Members, is_fraction, json, python_string, sorted};
use mesh_text::sorting;

use super::{Room, tree::Node, value_of};

/// Number of units in 1: decimals are computed in billionths.
const ONE: i128 = 1_000_000_000;

/// Argument of a function.
#[derive(Debug)]
pub enum Argument<'n> {
    /// A value.
    Value(Data),
    /// An expression reference: `&a`.
    Expression(&'n Node),
}

/// The functions: name, types of each argument, and whether the last argument may be repeated.
///
/// `array-number` is a list of numbers; an empty list of types accepts any value.
const FUNCTIONS: &[(&str, &[&[&str]], bool)] = &[
    ("abs", &[&["number"]], false),
    ("avg", &[&["array-number"]], false),
    ("ceil", &[&["number"]], false),
    ("contains", &[&["array", "string"], &[]], false),
    ("ends_with", &[&["string"], &["string"]], false),
    ("floor", &[&["number"]], false),
    ("join", &[&["string"], &["array-string"]], false),
    ("keys", &[&["object"]], false),
    ("length", &[&["string", "array", "object"]], false),
    ("map", &[&["expref"], &["array"]], false),
    ("max", &[&["array-number", "array-string"]], false),
    ("max_by", &[&["array"], &["expref"]], false),
    ("merge", &[&["object"]], true),
    ("min", &[&["array-number", "array-string"]], false),
    ("min_by", &[&["array"], &["expref"]], false),
    ("not_null", &[&[]], true),
    ("reverse", &[&["array", "string"]], false),
    ("sort", &[&["array-string", "array-number"]], false),
    ("sort_by", &[&["array"], &["expref"]], false),
    ("starts_with", &[&["string"], &["string"]], false),
    ("sum", &[&["array-number"]], false),
    ("to_array", &[&[]], false),
    ("to_number", &[&[]], false),
    ("to_string", &[&[]], false),
    ("type", &[&[]], false),
    ("values", &[&["object"]], false),
];

/// Calls a function.
///
/// # Errors
/// When no function has this name, or the number or the type of its arguments is wrong.
pub fn call(name: &str, arguments: Vec<Argument>, room: &Room) -> Result<Data, String> {
    let Some((_, signature, is_variadic)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
        return Err(["Unknown function: ", name, "()"].concat());
    };
    let (wanted, found) = (signature.len(), arguments.len());
    if found < wanted || found > wanted && !is_variadic {
        let least = if *is_variadic { "at least " } else { "" };
        let s = if wanted == 1 { "" } else { "s" };
        return Err(format!("Expected {least}{wanted} argument{s} for function {name}(), received {found}"));
    }
    for (argument, types) in arguments.iter().zip(*signature) {
        check(name, argument, types)?;
    }
    let expression = arguments.iter().find_map(|argument| match argument {
        Argument::Expression(node) => Some(*node),
        Argument::Value(_) => None,
    });
    let values: Vec<Data> = arguments
        .into_iter()
        .filter_map(|argument| match argument {
            Argument::Value(value) => Some(value),
            Argument::Expression(_) => None,
        })
        .collect();
    let first = values.first().cloned().unwrap_or(Data::Null);
    let second = values.get(1).cloned().unwrap_or(Data::Null);
    match expression {
        Some(node) => by_expression(name, first.items(), node, room),
        None => plain(name, &values, &first, &second),
    }
}

fn plain(name: &str, values: &[Data], first: &Data, second: &Data) -> Result<Data, String> {
    let texts = || (first.as_str().unwrap_or_default(), second.as_str().unwrap_or_default());
    Ok(match (name, first) {
        ("abs", Data::Number(number)) => Data::Number(number.trim_start_matches('-').into()),
        ("ceil" | "floor", Data::Number(number)) => {
            let units = decimal(number);
            let down = units.div_euclid(ONE);
            let up = i128::from(name == "ceil" && units.rem_euclid(ONE) > 0);
            Data::Number((down + up).to_string().into())
        }
        ("avg", Data::List(items)) if items.is_empty() => Data::Null,
        ("avg" | "sum", Data::List(items)) => sum(items, name == "avg"),
        ("contains", Data::Text(text)) => match second {
            Data::Text(part) => Data::Bool(text.contains(&**part)),
            other => {
                let found = other.python_type(false);
                return Err(["'in <string>' requires string as left operand, not ", found].concat());
            }
        },
        ("contains", list) => Data::Bool(list.items().iter().any(|item| is_same(item, second))),
        ("starts_with", _) => Data::Bool(texts().0.starts_with(texts().1)),
        ("ends_with", _) => Data::Bool(texts().0.ends_with(texts().1)),
        ("join", _) => {
            let parts: Vec<_> = second.items().iter().filter_map(Data::as_str).collect();
            Data::text(&parts.join(texts().0))
        }
        ("keys", Data::Map(members)) => {
            Data::list(members.iter().map(|(name, _)| Data::Text(name.clone())).collect())
        }
        ("values", Data::Map(members)) => {
            Data::list(members.iter().map(|(_, value)| value.clone()).collect())
        }
        ("length", _) => {
            let length = match first {
                Data::Text(text) => text.chars().count(),
                Data::Map(members) => members.len(),
                other => other.items().len(),
            };
            Data::Number(length.to_string().into())
        }
        ("max" | "min" | "sort", Data::List(items)) => {
            let keyed = items.iter().map(|item| (item.clone(), item.clone())).collect();
            ordered(name, keyed)?
        }
        ("merge", _) => {
            let mut merged = Members::new();
            for value in values {
                match value {
                    Data::Map(members) => merged.extend(members.iter().cloned()),
                    // Only the type of the first argument was checked before.
                    other => return Err(["'", other.python_type(false), "' object is not iterable"].concat()),
                }
            }
            Data::map(json::without_twins(merged))
        }
        ("not_null", _) => values.iter().find(|value| **value != Data::Null).cloned().unwrap_or(Data::Null),
        ("reverse", Data::Text(text)) => Data::text(&text.chars().rev().collect::<String>()),
        ("reverse", list) => Data::list(list.items().iter().rev().cloned().collect()),
        ("to_array", Data::List(_)) => first.clone(),
        ("to_array", _) => Data::list(vec![first.clone()]),
        ("to_string", Data::Text(_)) | ("to_number", Data::Number(_)) => first.clone(),
        ("to_string", _) => {
            let mut text = String::new();
            first.write_json(None, true, &mut text);
            Data::Text(text.into())
        }
        ("to_number", Data::Text(text)) => number(text).map_or(Data::Null, Data::Number),
        ("type", _) => Data::text(first.kind()),
        _ => Data::Null,
    })
}

fn by_expression(name: &str, items: &[Data], node: &Node, room: &Room) -> Result<Data, String> {
    let mut keyed: Vec<(Data, Data)> = Vec::with_capacity(items.len());
    let mut wanted: &[&str] = &["number", "string"];
    for item in items {
        let key = value_of(node, item, room)?;
        let found = key.kind();
        if name != "map" && !matches!(found, "number" | "string") && keyed.is_empty() && name == "sort_by" {
            return Err(wrong_type(name, item, &["string", "number"], found));
        }
        if name != "map" && !wanted.contains(&found) {
            return Err(wrong_type(name, &key, wanted, found));
        }
        if name == "sort_by" {
            wanted = if found == "number" { &["number"] } else { &["string"] };
        }
        keyed.push((key, item.clone()));
    }
    if name == "map" {
        return Ok(Data::list(keyed.into_iter().map(|(key, _)| key).collect()));
    }
    ordered(name, keyed)
}

/// Returns the values sorted by their keys, or the first value with the smallest or the greatest key.
fn ordered(name: &str, mut keyed: Vec<(Data, Data)>) -> Result<Data, String> {
    if let (Some((Data::Number(_), _)), Some((Data::Text(_), _))) = (
        keyed.iter().find(|(key, _)| matches!(key, Data::Number(_))),
        keyed.iter().find(|(key, _)| matches!(key, Data::Text(_))),
    ) {
        return compare(if name.starts_with("max") { "gt" } else { "lt" }, &Data::whole(0), &Data::text(""));
    }
    let is_greater = name.starts_with("max");
    if name.starts_with("sort") {
        sorting::sort_by(&mut keyed, |a, b| order(&a.0, &b.0));
        return Ok(Data::list(keyed.into_iter().map(|(_, value)| value).collect()));
    }
    let mut best: Option<(Data, Data)> = None;
    for (key, value) in keyed {
        let is_better = best.as_ref().is_none_or(|(best, _)| match order(&key, best) {
            Ordering::Greater => is_greater,
            Ordering::Less => !is_greater,
            Ordering::Equal => false,
        });
        if is_better {
            best = Some((key, value));
        }
    }
    Ok(best.map_or(Data::Null, |(_, value)| value))
}

/// Evaluates `left operator right`; `operator` is the name of its token. The result is null if the operands have no
/// order.
///
/// # Errors
/// When one operand is a number and the other a string, which Python does not compare.
pub fn compare(operator: &str, left: &Data, right: &Data) -> Result<Data, String> {
    let order = match (operator, left, right) {
        ("eq", ..) => return Ok(Data::Bool(is_same(left, right))),
        ("ne", ..) => return Ok(Data::Bool(!is_same(left, right))),
        (_, Data::Number(_), Data::Number(_)) | (_, Data::Text(_), Data::Text(_)) => order(left, right),
        (_, Data::Number(_) | Data::Text(_), Data::Number(_) | Data::Text(_)) => {
            let sign = match operator {
                "lt" => "<",
                "lte" => "<=",
                "gt" => ">",
                _ => ">=",
            };
            let [left, right] = [left, right].map(|side| side.python_type(false));
            return Err(format!("'{sign}' not supported between instances of '{left}' and '{right}'"));
        }
        _ => return Ok(Data::Null),
    };
    Ok(Data::Bool(match operator {
        "lt" => order.is_lt(),
        "lte" => order.is_le(),
        "gt" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

fn order(left: &Data, right: &Data) -> Ordering {
    match (left, right) {
        (Data::Number(left), Data::Number(right)) => decimal(left).cmp(&decimal(right)),
        _ => left.as_str().cmp(&right.as_str()),
    }
}

/// Returns whether two values are equal; the order of members does not matter.
fn is_same(left: &Data, right: &Data) -> bool {
    match (left, right) {
        (Data::Number(a), Data::Number(b)) => a == b || decimal(a) == decimal(b),
        (Data::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b))
        }
        (Data::Map(a), Data::Map(b)) => {
            let (a, b) = (sorted(a), sorted(b));
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && is_same(&a.1, &b.1))
        }
        _ => left == right,
    }
}

/// Sets a member; an existing member keeps its position.
pub fn set(members: &mut Members, name: &Rc<str>, value: Data) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some(member) => member.1 = value,
        None => members.push((name.clone(), value)),
    }
}

fn check(name: &str, argument: &Argument, types: &[&str]) -> Result<(), String> {
    let value = match argument {
        Argument::Value(value) => value,
        Argument::Expression(_) if types.is_empty() || types.contains(&"expref") => return Ok(()),
        Argument::Expression(_) => return Err(wrong_type(name, &Data::text("&"), types, "expref")),
    };
    let found = value.kind();
    let is_allowed = |kind: &&&str| kind.split('-').next() == Some(found);
    if !types.is_empty() && !types.iter().any(|kind| is_allowed(&kind)) {
        return Err(wrong_type(name, value, types, found));
    }
    let inner: Vec<_> = types.iter().filter_map(|kind| kind.strip_prefix("array-")).collect();
    // The type of the first item determines the type that all items must have.
    let Some(first) = value.items().first().filter(|_| !inner.is_empty()) else { return Ok(()) };
    let wanted = if inner.len() == 1 { inner.first().copied() } else { Some(first.kind()) };
    let is_wrong = |item: &&Data| Some(item.kind()) != wanted || !inner.contains(&item.kind());
    match value.items().iter().find(is_wrong) {
        Some(item) => Err(wrong_type(name, item, types, item.python_type(false))),
        None => Ok(()),
    }
}

fn wrong_type(name: &str, value: &Data, types: &[&str], found: &str) -> String {
    let types: Vec<_> = types.iter().map(|name| python_string(name)).collect();
    format!(
        "In function {name}(), invalid type for value: {}, expected one of: [{}], received: \"{found}\"",
        value.plain(false),
        types.join(", ")
    )
}

/// Parses a string as a number.
fn number(text: &str) -> Option<Rc<str>> {
    if let Some(whole) = whole(text) {
        return Some(whole.into());
    }
    let trimmed = text.trim().trim_start_matches('+');
    let is_number = matches!(json::read(trimmed), Ok(Data::Number(_)));
    is_number.then(|| trimmed.into())
}

/// Converts a number to billionths. A number beyond 128 bits saturates.
fn decimal(number: &str) -> i128 {
    let (is_negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // Position of the decimal point of the number in billionths, counted from the first digit.
    let exponent: i64 = exponent.trim_start_matches('+').parse().unwrap_or(i64::from(u16::MAX));
    let point = exponent.saturating_add(i64::try_from(whole.len()).unwrap_or(i64::MAX)).saturating_add(9);
    let mut digits = whole.bytes().chain(fraction.bytes());
    let mut units: i128 = 0;
    for _ in 0..point.min(48) {
        let digit = digits.next().filter(u8::is_ascii_digit).map_or(0, |byte| i128::from(byte - b'0'));
        units = units.saturating_mul(10).saturating_add(digit);
    }
    if is_negative { -units } else { units }
}

/// Returns the sum of numbers, or their average, which is always a float in Python.
fn sum(items: &[Data], is_average: bool) -> Data {
    let numbers = || {
        items.iter().filter_map(|item| match item {
            Data::Number(number) => Some(&**number),
            _ => None,
        })
    };
    if !numbers().any(is_fraction) {
        let total = numbers().fold(0i128, |sum, number| sum.saturating_add(decimal(number) / ONE));
        return Data::Number(
            if is_average { shown(double(total, 1) / double_of(items.len())) } else { total.to_string() }
                .into(),
        );
    }
    let total = numbers().fold(0.0, |sum, number| {
        let (mut units, mut one) = (decimal(number), ONE);
        while units % 10 == 0 && one > 1 {
            (units, one) = (units / 10, one / 10);
        }
        sum + double(units, one)
    });
    Data::Number(shown(if is_average { total / double_of(items.len()) } else { total }).into())
}

/// Returns the floating-point number nearest to a fraction.
#[allow(clippy::cast_precision_loss)] // Rounding to the nearest number is intended.
fn double(units: i128, one: i128) -> f64 {
    units as f64 / one as f64
}

fn double_of(count: usize) -> f64 {
    double(i128::try_from(count).unwrap_or(i128::MAX), 1)
}

/// Formats a floating-point number as the shortest decimal that denotes it. Implemented by hand, because the library's
/// implementation adds 10 kB to the download.
fn shown(number: f64) -> String {
    let bits = number.to_bits();
    let exponent = i64::try_from(bits >> 52 & 0x7ff).unwrap_or_default() - 1075;
    let mantissa = i128::from(bits & 0xf_ffff_ffff_ffff | 1 << 52);
    let sign = if number < 0.0 { "-" } else { "" };
    // The number has no fraction, or one that does not fit in 128 bits together with the rest.
    let Some(places) = u32::try_from(-exponent).ok().filter(|places| (1..=68).contains(places)) else {
        let whole = if exponent >= 0 { mantissa << exponent.min(70) } else { 0 };
        return [sign, &whole.to_string(), ".0"].concat();
    };
    let one = 1i128 << places;
    let mut ten = 1i128;
    for digits in 1..=17usize {
        ten *= 10;
        let (Some(exact), Some(half)) = (mantissa.checked_mul(ten), ten.checked_mul(1)) else { break };
        let rounded = (exact + one / 2) / one;
        // The decimal denotes this number if it is nearer than half the distance to the next number.
        let is_near = rounded.checked_mul(one).is_some_and(|back| (back - exact).abs() * 2 < half);
        if is_near || digits == 17 {
            let text = (rounded % ten).to_string();
            let zeros = "0".repeat(digits - text.len());
            let fraction = [&zeros, &*text].concat();
            let fraction = fraction.trim_end_matches('0');
            let fraction = if fraction.is_empty() { "0" } else { fraction };
            return [sign, &(rounded / ten).to_string(), ".", fraction].concat();
        }
    }
    [sign, &(mantissa / one).to_string(), ".0"].concat()
}
