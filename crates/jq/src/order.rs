//! Comparison of values and access to their parts, as in jq.

use std::cmp::Ordering;

use mesh_text::data::{Data, sorted};

use super::number::Decimal;

/// Compares values in jq's sort order: by kind, then by value.
pub fn order(a: &Data, b: &Data) -> Ordering {
    let rank = |value: &Data| match value {
        Data::Null => 0,
        Data::Bool(truth) => 1 + u8::from(*truth),
        Data::Number(_) => 3,
        Data::Text(_) => 4,
        Data::List(_) => 5,
        Data::Map(_) => 6,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        // Fast path: plain digits compare by length, then as text.
        (Data::Number(x), Data::Number(y)) if is_plain(x) && is_plain(y) => {
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        }
        (Data::Number(x), Data::Number(y)) if x != y => match (Decimal::of(a), Decimal::of(b)) {
            (Some(x), Some(y)) => x.order(y),
            _ => x.cmp(y),
        },
        (Data::Text(x), Data::Text(y)) => x.cmp(y),
        (Data::List(x), Data::List(y)) => {
            let mut pairs = x.iter().zip(y.iter()).map(|(x, y)| order(x, y));
            pairs.find(|order| order.is_ne()).unwrap_or(x.len().cmp(&y.len()))
        }
        (Data::Map(x), Data::Map(y)) => {
            let (x, y) = (sorted(x), sorted(y));
            let names = x.iter().map(|member| &member.0).cmp(y.iter().map(|member| &member.0));
            names.then_with(|| {
                let mut pairs = x.iter().zip(&y).map(|(x, y)| order(&x.1, &y.1));
                pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
        _ => Ordering::Equal,
    })
}

/// Returns whether a number has digits only, without a leading zero.
fn is_plain(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit()) && (number.len() == 1 || !number.starts_with('0'))
}

/// Returns whether a value is neither `null` nor `false`.
pub fn is_true(value: &Data) -> bool {
    !matches!(value, Data::Null | Data::Bool(false))
}

/// Formats a value for an error message: its kind and its first characters.
pub fn told(value: &Data) -> String {
    if *value == Data::Null {
        return "null (null)".to_owned();
    }
    let mut text = String::new();
    begin(value, &mut text);
    if let Some((end, _)) = text.char_indices().nth(11) {
        text.truncate(end);
        text.push_str("...");
    }
    [value.kind(), " (", &text, ")"].concat()
}

/// Writes the beginning of a value: a dozen characters suffice, however large it is.
fn begin(value: &Data, text: &mut String) {
    match value {
        Data::Text(own) => {
            let start: String = own.chars().take(12).collect();
            text.push_str(&Data::text(&start).compact());
        }
        Data::List(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate().take(12) {
                if text.len() > 48 {
                    break;
                }
                text.push_str(if place > 0 { "," } else { "" });
                begin(item, text);
            }
            text.push(']');
        }
        Data::Map(members) => {
            text.push('{');
            for (place, (name, member)) in members.iter().enumerate().take(12) {
                if text.len() > 48 {
                    break;
                }
                text.push_str(if place > 0 { "," } else { "" });
                begin(&Data::Text(name.clone()), text);
                text.push(':');
                begin(member, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.compact()),
    }
}

/// Converts a length to a number.
pub fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Converts an index to a position in a list; a negative index is counted from the end.
pub fn place(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(count(length))? } else { index };
    usize::try_from(index).ok()
}

/// Returns the positions between two bounds, either of which may be `null`.
///
/// # Errors
/// Returns a message if a bound is not a number.
pub fn between(from: &Data, to: &Data, length: usize) -> Result<std::ops::Range<usize>, String> {
    let bound = |bound: &Data, usual: usize, is_end: bool| match (bound, Decimal::of(bound)) {
        (Data::Null, _) => Ok(usual),
        (_, Some(number)) => {
            let floor = number.floor();
            let is_fraction = is_end && floor.order(number).is_ne();
            let index = floor.to_whole().unwrap_or(i64::MAX).saturating_add(i64::from(is_fraction));
            Ok(place(index, length).unwrap_or(0).min(length))
        }
        _ => Err("Start and end indices of an array slice must be numbers".to_owned()),
    };
    let (from, to) = (bound(from, 0, false)?, bound(to, length, true)?);
    Ok(from..to.max(from))
}

/// Returns `f[key]`; a key that is an object with `start` and `end` selects a slice.
///
/// # Errors
/// Returns jq's message if the value can have no such part.
pub fn member(of: &Data, key: &Data) -> Result<Data, String> {
    Ok(match (of, key) {
        (Data::Map(_), Data::Text(name)) => of.get(name).cloned().unwrap_or(Data::Null),
        (Data::Null, Data::Text(_) | Data::Number(_) | Data::Null) => Data::Null,
        (Data::List(items), Data::Number(_)) => {
            let index = Decimal::of(key).and_then(|number| number.floor().to_whole());
            let place = index.and_then(|index| place(index, items.len()));
            place.and_then(|place| items.get(place)).cloned().unwrap_or(Data::Null)
        }
        (Data::List(items), Data::List(parts)) => Data::list(indices(items, parts)),
        (Data::List(_) | Data::Text(_) | Data::Null, Data::Map(_)) => slice(of, key)?,
        (_, Data::Text(name)) => return Err(["Cannot index ", of.kind(), " with \"", name, "\""].concat()),
        _ => return Err(["Cannot index ", of.kind(), " with ", key.kind()].concat()),
    })
}

/// Returns the key of a slice with these bounds.
pub fn bounds(from: Data, to: Data) -> Data {
    Data::map(vec![("start".into(), from), ("end".into(), to)])
}

/// Returns the bounds in the key of a slice.
pub fn of_bounds(key: &Data) -> [&Data; 2] {
    ["start", "end"].map(|name| key.get(name).unwrap_or(&Data::Null))
}

fn slice(of: &Data, key: &Data) -> Result<Data, String> {
    let [from, to] = of_bounds(key);
    match of {
        Data::List(items) => {
            let places = between(from, to, items.len())?;
            Ok(Data::list(items.get(places).unwrap_or_default().to_vec()))
        }
        Data::Text(text) => {
            let places = between(from, to, text.chars().count())?;
            Ok(Data::text(&text.chars().skip(places.start).take(places.len()).collect::<String>()))
        }
        _ => Ok(Data::Null),
    }
}

/// Returns the positions at which a list contains these parts consecutively.
pub fn indices(items: &[Data], parts: &[Data]) -> Vec<Data> {
    let is_here = |window: &[Data]| window.iter().zip(parts).all(|(a, b)| order(a, b).is_eq());
    let windows = if parts.is_empty() { items.windows(items.len() + 1) } else { items.windows(parts.len()) };
    windows.enumerate().filter(|(_, window)| is_here(window)).map(|(at, _)| Data::whole(count(at))).collect()
}

/// Returns a value with the part at a path replaced.
///
/// # Errors
/// Returns jq's message if the value can have no such part.
pub fn with(value: &Data, path: &[Data], new: &Data) -> Result<Data, String> {
    let Some((key, rest)) = path.split_first() else { return Ok(new.clone()) };
    let inner = with(&member(value, key)?, rest, new)?;
    match (value, key) {
        (Data::Map(members), Data::Text(name)) => {
            let mut members = members.to_vec();
            match members.iter_mut().find(|(known, _)| known == name) {
                Some(known) => known.1 = inner,
                None => members.push((name.clone(), inner)),
            }
            Ok(Data::map(members))
        }
        (Data::Null, Data::Text(name)) => Ok(Data::map(vec![(name.clone(), inner)])),
        (Data::List(_) | Data::Null, Data::Number(_)) => {
            /// Maximum index; a longer list is mostly `null`.
            const LONGEST: usize = 50_000;
            let mut items = value.items().to_vec();
            let index = Decimal::of(key).and_then(|number| number.floor().to_whole()).unwrap_or(i64::MAX);
            let place = place(index, items.len()).ok_or("Out of bounds negative array index")?;
            if place >= items.len() {
                if place > LONGEST {
                    return Err("Out of memory".to_owned());
                }
                items.resize(place + 1, Data::Null);
            }
            if let Some(item) = items.get_mut(place) {
                *item = inner;
            }
            Ok(Data::list(items))
        }
        (Data::List(_) | Data::Null, Data::Map(_)) => {
            let Data::List(new) = &inner else {
                return Err("A slice of an array can only be assigned another array".to_owned());
            };
            let mut items = value.items().to_vec();
            let [from, to] = of_bounds(key);
            let places = between(from, to, items.len())?;
            items.splice(places, new.iter().cloned());
            Ok(Data::list(items))
        }
        _ => member(value, key),
    }
}

/// Returns a value without the part at a path.
///
/// # Errors
/// Returns jq's message if the value can have no such part.
pub fn without(value: &Data, path: &[Data]) -> Result<Data, String> {
    let Some((key, rest)) = path.split_first() else { return Ok(Data::Null) };
    if *value == Data::Null {
        return Ok(Data::Null);
    }
    if !rest.is_empty() {
        let inner = member(value, key)?;
        return if inner == Data::Null {
            Ok(value.clone())
        } else {
            with(value, &path[..1], &without(&inner, rest)?)
        };
    }
    match (value, key) {
        (Data::Map(members), Data::Text(name)) => {
            Ok(Data::map(members.iter().filter(|(known, _)| known != name).cloned().collect()))
        }
        (Data::List(items), Data::Number(_)) => {
            let index = Decimal::of(key).and_then(|number| number.floor().to_whole());
            let gone = index.and_then(|index| place(index, items.len()));
            let kept = items.iter().enumerate().filter(|(at, _)| Some(*at) != gone);
            Ok(Data::list(kept.map(|(_, item)| item.clone()).collect()))
        }
        (Data::List(items), Data::Map(_)) => {
            let [from, to] = of_bounds(key);
            let mut items = items.to_vec();
            items.drain(between(from, to, items.len())?);
            Ok(Data::list(items))
        }
        _ => Err(["Cannot delete field at ", key.kind(), " index of ", value.kind()].concat()),
    }
}
