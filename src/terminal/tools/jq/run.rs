//! What filters make of values.

use std::{cmp::Ordering, rc::Rc};

use super::filter::Filter;
use crate::terminal::aws::data::{Data, Members};

/// How much one line may do.
pub const MOST_STEPS: u32 = 1_000_000;

/// How many values one result may hold.
const MOST_PARTS: u32 = 200_000;
const TOO_MUCH: &str = "this filter does too much";

type Ended = Result<(), String>;

/// Adds the results of a filter on a value.
///
/// # Errors
/// In jq's words; results before the mistake stand.
pub fn results(filter: &Filter, value: &Data, found: &mut Vec<Data>, steps: &mut u32) -> Ended {
    *steps = steps.checked_sub(1).ok_or(TOO_MUCH)?;
    let start = found.len();
    made(filter, value, found, steps)?;
    // Parts are shared, so a value can grow faster than the steps that make it.
    if matches!(filter, Filter::List(_) | Filter::Object(_) | Filter::Operator(..) | Filter::Call(..)) {
        for result in found.get(start..).unwrap_or_default() {
            let mut room = MOST_PARTS;
            size(result, &mut room)?;
            *steps = steps.saturating_sub((MOST_PARTS - room) / 16);
        }
    }
    Ok(())
}

/// Counts the parts of a value; a long text counts as many.
fn size(value: &Data, room: &mut u32) -> Ended {
    let own = match value {
        Data::Text(text) => text.len() / 256,
        _ => 0,
    };
    *room = room.checked_sub(u32::try_from(own).unwrap_or(u32::MAX).saturating_add(1)).ok_or(TOO_MUCH)?;
    match value {
        Data::List(items) => items.iter().try_for_each(|item| size(item, room)),
        Data::Map(members) => members.iter().try_for_each(|(_, member)| size(member, room)),
        _ => Ok(()),
    }
}

fn made(filter: &Filter, value: &Data, found: &mut Vec<Data>, steps: &mut u32) -> Ended {
    match filter {
        Filter::Identity => found.push(value.clone()),
        Filter::Everything => everything(value, found),
        Filter::Literal(literal) => found.push(literal.clone()),
        Filter::Member(of, by) => {
            for key in all(by, value, steps)? {
                for of in all(of, value, steps)? {
                    found.push(member(&of, &key)?);
                }
            }
        }
        Filter::Slice(of, from, to) => {
            for of in all(of, value, steps)? {
                found.push(slice(&of, *from, *to)?);
            }
        }
        Filter::Each(of) => {
            for of in all(of, value, steps)? {
                match &of {
                    Data::List(items) => found.extend(items.iter().cloned()),
                    Data::Map(members) => found.extend(members.iter().map(|(_, member)| member.clone())),
                    other => return Err(["Cannot iterate over ", &told(other)].concat()),
                }
            }
        }
        Filter::Try(inner) => {
            let mut inside = Vec::new();
            // What fails has no more results, and says nothing.
            let _ = results(inner, value, &mut inside, steps);
            found.append(&mut inside);
        }
        Filter::Pipe(first, second) => {
            for middle in all(first, value, steps)? {
                results(second, &middle, found, steps)?;
            }
        }
        Filter::Both(first, second) => {
            results(first, value, found, steps)?;
            results(second, value, found, steps)?;
        }
        Filter::List(inner) => {
            let items = inner.as_ref().map(|inner| all(inner, value, steps)).transpose()?;
            found.push(Data::list(items.unwrap_or_default()));
        }
        Filter::Object(members) => object(members, value, found, steps)?,
        Filter::Operator(operator, left, right) => operate(operator, left, right, value, found, steps)?,
        Filter::Call(name, arguments) => call(name, arguments, value, found, steps)?,
    }
    Ok(())
}

fn all(filter: &Filter, value: &Data, steps: &mut u32) -> Result<Vec<Data>, String> {
    let mut found = Vec::new();
    results(filter, value, &mut found, steps)?;
    Ok(found)
}

fn everything(value: &Data, found: &mut Vec<Data>) {
    found.push(value.clone());
    match value {
        Data::List(items) => items.iter().for_each(|item| everything(item, found)),
        Data::Map(members) => members.iter().for_each(|(_, member)| everything(member, found)),
        _ => {}
    }
}

fn object(members: &[(Filter, Filter)], value: &Data, found: &mut Vec<Data>, steps: &mut u32) -> Ended {
    // Each result of a member makes an object of its own.
    let mut made: Vec<Members> = vec![Members::new()];
    for (name, member) in members {
        let mut next = Vec::new();
        for name in all(name, value, steps)? {
            let Some(name) = name.as_str() else {
                return Err(["Object keys must be strings, not ", &told(&name)].concat());
            };
            for member in all(member, value, steps)? {
                for before in &made {
                    let mut with = before.clone();
                    with.retain(|(known, _)| **known != *name);
                    with.push((name.into(), member.clone()));
                    next.push(with);
                    *steps = steps.checked_sub(1).ok_or(TOO_MUCH)?;
                }
            }
        }
        made = next;
    }
    found.extend(made.into_iter().map(Data::map));
    Ok(())
}

fn operate(
    operator: &str,
    left: &Filter,
    right: &Filter,
    value: &Data,
    found: &mut Vec<Data>,
    steps: &mut u32,
) -> Ended {
    if operator == "//" {
        let mut some = Vec::new();
        let _ = results(left, value, &mut some, steps);
        some.retain(is_true);
        if some.is_empty() {
            return results(right, value, found, steps);
        }
        found.append(&mut some);
        return Ok(());
    }
    let lefts = all(left, value, steps)?;
    if matches!(operator, "and" | "or") {
        for left in lefts {
            if is_true(&left) == (operator == "or") {
                found.push(Data::Bool(operator == "or"));
            } else {
                found.extend(all(right, value, steps)?.iter().map(|right| Data::Bool(is_true(right))));
            }
        }
        return Ok(());
    }
    for right in all(right, value, steps)? {
        for left in &lefts {
            let order = order(left, &right);
            found.push(match operator {
                "==" => Data::Bool(order.is_eq()),
                "!=" => Data::Bool(order.is_ne()),
                "<" => Data::Bool(order.is_lt()),
                "<=" => Data::Bool(order.is_le()),
                ">" => Data::Bool(order.is_gt()),
                ">=" => Data::Bool(order.is_ge()),
                "+" => sum(left, &right)?,
                _ => difference(left, &right)?,
            });
        }
    }
    Ok(())
}

fn sum(left: &Data, right: &Data) -> Result<Data, String> {
    Ok(match (left, right) {
        (Data::Null, other) | (other, Data::Null) => other.clone(),
        (Data::Text(a), Data::Text(b)) => Data::text(&[&**a, &**b].concat()),
        (Data::List(a), Data::List(b)) => Data::list(a.iter().chain(b.iter()).cloned().collect()),
        (Data::Map(a), Data::Map(b)) => {
            let mut members: Members = Members::clone(a);
            for (name, member) in b.iter() {
                match members.iter_mut().find(|(known, _)| known == name) {
                    Some(known) => known.1 = member.clone(),
                    None => members.push((name.clone(), member.clone())),
                }
            }
            Data::map(members)
        }
        _ => match (whole(left), whole(right)) {
            (Some(a), Some(b)) => Data::whole(a.wrapping_add(b)),
            _ => return Err([&told(left), " and ", &told(right), " cannot be added"].concat()),
        },
    })
}

fn difference(left: &Data, right: &Data) -> Result<Data, String> {
    match (left, right) {
        (Data::List(a), Data::List(b)) => {
            let others = a.iter().filter(|item| !b.iter().any(|other| order(item, other).is_eq()));
            Ok(Data::list(others.cloned().collect()))
        }
        _ => match (whole(left), whole(right)) {
            (Some(a), Some(b)) => Ok(Data::whole(a.wrapping_sub(b))),
            _ => Err([&told(left), " and ", &told(right), " cannot be subtracted"].concat()),
        },
    }
}

fn call(name: &str, arguments: &[Filter], value: &Data, found: &mut Vec<Data>, steps: &mut u32) -> Ended {
    let mut given = |value: &Data| match arguments.first() {
        Some(argument) => all(argument, value, steps),
        None => Ok(Vec::new()),
    };
    let wrong = |what: &str| [&*told(value), " ", what].concat();
    let list = || match value {
        Data::List(items) => Ok(Rc::clone(items)),
        _ => Err(["Cannot iterate over ", &told(value)].concat()),
    };
    let result = match name {
        "empty" => return Ok(()),
        "null" => Data::Null,
        "true" | "false" => Data::Bool(name == "true"),
        "not" => Data::Bool(!is_true(value)),
        "type" => Data::text(value.kind()),
        "values" => {
            found.extend((*value != Data::Null).then(|| value.clone()));
            return Ok(());
        }
        "select" => {
            for holds in given(value)? {
                found.extend(is_true(&holds).then(|| value.clone()));
            }
            return Ok(());
        }
        "map" => {
            let mut items = Vec::new();
            for item in elements(value)? {
                items.extend(given(&item)?);
            }
            Data::list(items)
        }
        "any" | "all" => {
            let mut holds = name == "all";
            for item in elements(value)? {
                for result in given(&item)? {
                    if is_true(&result) != (name == "all") {
                        holds = name == "any";
                    }
                }
            }
            Data::Bool(holds)
        }
        "length" => Data::whole(match value {
            Data::Null => 0,
            Data::Text(text) => count(text.chars().count()),
            Data::List(items) => count(items.len()),
            Data::Map(members) => count(members.len()),
            _ => match whole(value) {
                Some(number) => number.wrapping_abs(),
                None => return Err(wrong("has no length")),
            },
        }),
        "keys" => match value {
            Data::Map(members) => {
                let mut names: Vec<_> = members.iter().map(|(name, _)| name.clone()).collect();
                names.sort();
                Data::list(names.into_iter().map(Data::Text).collect())
            }
            Data::List(items) => Data::list((0..count(items.len())).map(Data::whole).collect()),
            _ => return Err(wrong("has no keys")),
        },
        "has" => {
            for key in given(value)? {
                let has = match (value, key.as_str(), whole(&key)) {
                    (Data::Map(_), Some(name), _) => value.get(name).is_some(),
                    (Data::List(items), _, Some(index)) => (0..count(items.len())).contains(&index),
                    _ => {
                        return Err(
                            ["Cannot check whether ", value.kind(), " has a ", key.kind(), " key"].concat()
                        );
                    }
                };
                found.push(Data::Bool(has));
            }
            return Ok(());
        }
        "contains" | "startswith" | "endswith" => {
            for part in given(value)? {
                let holds = match (value.as_str(), part.as_str()) {
                    (Some(text), Some(part)) => match name {
                        "contains" => text.contains(part),
                        "startswith" => text.starts_with(part),
                        _ => text.ends_with(part),
                    },
                    _ if name == "contains" => contains(value, &part),
                    _ => return Err([name, "() requires string inputs"].concat()),
                };
                found.push(Data::Bool(holds));
            }
            return Ok(());
        }
        "first" => list()?.first().cloned().unwrap_or(Data::Null),
        "last" => list()?.last().cloned().unwrap_or(Data::Null),
        "reverse" => Data::list(list()?.iter().rev().cloned().collect()),
        "sort" | "unique" => {
            let mut items = Vec::clone(&*list()?);
            items.sort_by(order);
            if name == "unique" {
                items.dedup_by(|a, b| order(a, b).is_eq());
            }
            Data::list(items)
        }
        "sort_by" => {
            let mut keyed = Vec::new();
            for item in list()?.iter() {
                keyed.push((Data::list(given(item)?), item.clone()));
            }
            keyed.sort_by(|(a, _), (b, _)| order(a, b));
            Data::list(keyed.into_iter().map(|(_, item)| item).collect())
        }
        "flatten" => {
            let mut flat = Vec::new();
            flatten(value, &mut flat);
            Data::list(flat)
        }
        "add" => {
            let mut total = Data::Null;
            for item in elements(value)? {
                total = sum(&total, &item)?;
            }
            total
        }
        "join" => {
            for between in given(value)? {
                let parts: Vec<_> = list()?.iter().map(plain).collect();
                let between = between.as_str().unwrap_or_default().to_owned();
                found.push(Data::text(&parts.join(&between)));
            }
            return Ok(());
        }
        "to_entries" => match value {
            Data::Map(members) => Data::list(
                members
                    .iter()
                    .map(|(name, member)| {
                        let entry = [("key", Data::Text(name.clone())), ("value", member.clone())];
                        Data::map(entry.into_iter().map(|(name, value)| (name.into(), value)).collect())
                    })
                    .collect(),
            ),
            _ => return Err(wrong("has no keys")),
        },
        "tojson" => Data::text(&value.compact()),
        _ => match value {
            Data::Text(_) => value.clone(),
            _ => Data::text(&value.compact()),
        },
    };
    found.push(result);
    Ok(())
}

fn elements(value: &Data) -> Result<Vec<Data>, String> {
    let mut found = Vec::new();
    let each = Filter::Each(Box::new(Filter::Identity));
    results(&each, value, &mut found, &mut 8)?;
    Ok(found)
}

fn flatten(value: &Data, flat: &mut Vec<Data>) {
    match value {
        Data::List(items) => items.iter().for_each(|item| flatten(item, flat)),
        other => flat.push(other.clone()),
    }
}

fn contains(value: &Data, part: &Data) -> bool {
    match (value, part) {
        (Data::Text(text), Data::Text(part)) => text.contains(&**part),
        (Data::List(items), Data::List(parts)) => {
            parts.iter().all(|part| items.iter().any(|item| contains(item, part)))
        }
        (Data::Map(_), Data::Map(parts)) => {
            parts.iter().all(|(name, part)| value.get(name).is_some_and(|member| contains(member, part)))
        }
        _ => order(value, part).is_eq(),
    }
}

fn plain(value: &Data) -> String {
    match value {
        Data::Null => String::new(),
        Data::Text(text) => text.to_string(),
        other => other.compact(),
    }
}

fn member(of: &Data, key: &Data) -> Result<Data, String> {
    Ok(match (of, key) {
        (Data::Map(_), Data::Text(name)) => of.get(name).cloned().unwrap_or(Data::Null),
        (Data::Null, Data::Text(_) | Data::Number(_)) => Data::Null,
        (Data::List(items), Data::Number(_)) => {
            let place = whole(key).and_then(|index| place(index, items.len()));
            place.and_then(|place| items.get(place)).cloned().unwrap_or(Data::Null)
        }
        (_, Data::Text(name)) => return Err(["Cannot index ", of.kind(), " with \"", name, "\""].concat()),
        _ => return Err(["Cannot index ", of.kind(), " with ", key.kind()].concat()),
    })
}

/// A place in a list, counted from its end where it is negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(count(length))? } else { index };
    usize::try_from(index).ok()
}

fn slice(of: &Data, from: Option<i64>, to: Option<i64>) -> Result<Data, String> {
    let places = |length: usize| {
        let bound = |index: Option<i64>, usual: usize| match index {
            Some(index) => place(index, length).unwrap_or(0).min(length),
            None => usual,
        };
        let (from, to) = (bound(from, 0), bound(to, length));
        from..to.max(from)
    };
    match of {
        Data::List(items) => Ok(Data::list(items.get(places(items.len())).unwrap_or_default().to_vec())),
        Data::Text(text) => {
            let places = places(text.chars().count());
            let part: String = text.chars().skip(places.start).take(places.len()).collect();
            Ok(Data::text(&part))
        }
        Data::Null => Ok(Data::Null),
        other => Err(["Cannot index ", other.kind(), " with object"].concat()),
    }
}

fn is_true(value: &Data) -> bool {
    !matches!(value, Data::Null | Data::Bool(false))
}

fn whole(value: &Data) -> Option<i64> {
    match value {
        Data::Number(number) => number.parse().ok(),
        _ => None,
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A value in an error text: its kind, and the beginning of it.
fn told(value: &Data) -> String {
    let mut text = value.compact();
    if *value == Data::Null {
        return text;
    }
    if let Some((end, _)) = text.char_indices().nth(11) {
        text.truncate(end);
        text.push_str("...");
    }
    [value.kind(), " (", &text, ")"].concat()
}

/// The order in which jq sorts: by kind, then by value.
fn order(a: &Data, b: &Data) -> Ordering {
    let rank = |value: &Data| match value {
        Data::Null => 0,
        Data::Bool(truth) => 1 + u8::from(*truth),
        Data::Number(_) => 3,
        Data::Text(_) => 4,
        Data::List(_) => 5,
        Data::Map(_) => 6,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Data::Number(x), Data::Number(y)) => match (whole(a), whole(b)) {
            (Some(x), Some(y)) => x.cmp(&y),
            _ => x.cmp(y),
        },
        (Data::Text(x), Data::Text(y)) => x.cmp(y),
        (Data::List(x), Data::List(y)) => {
            let mut pairs = x.iter().zip(y.iter()).map(|(x, y)| order(x, y));
            pairs.find(|order| order.is_ne()).unwrap_or(x.len().cmp(&y.len()))
        }
        (Data::Map(x), Data::Map(y)) => {
            let sorted = |members: &Members| {
                let mut names: Vec<_> = members.iter().map(|(name, _)| name.clone()).collect();
                names.sort();
                names
            };
            let names = sorted(x);
            names.cmp(&sorted(y)).then_with(|| {
                let member = |of: &Data, name: &str| of.get(name).cloned().unwrap_or(Data::Null);
                let mut pairs = names.iter().map(|name| order(&member(a, name), &member(b, name)));
                pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
        _ => Ordering::Equal,
    })
}
