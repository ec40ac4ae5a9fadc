//! Functions of values: each computes one value from its input and its arguments.

use std::rc::Rc;

use mesh_text::data::{Data, Members, json, named, sorted};
use mesh_text::sorting;
use time::OffsetDateTime;

use super::{
    formats::format,
    matches,
    number::Decimal,
    order::{count, indices, is_true, order, told, with, without},
};

/// The functions, each with its number of arguments besides the input.
pub const VALUES: &[(&str, usize)] = &[
    ("_group_by", 1),
    ("_match", 2),
    ("_max_by", 1),
    ("_min_by", 1),
    ("_sort_by", 1),
    ("abs", 0),
    ("add", 0),
    ("ascii_downcase", 0),
    ("ascii_upcase", 0),
    ("ceil", 0),
    ("contains", 1),
    ("delpaths", 1),
    ("endswith", 1),
    ("explode", 0),
    ("fabs", 0),
    ("false", 0),
    ("flatten", 0),
    ("flatten", 1),
    ("floor", 0),
    ("from_entries", 0),
    ("fromjson", 0),
    ("has", 1),
    ("implode", 0),
    ("index", 1),
    ("indices", 1),
    ("join", 1),
    ("keys", 0),
    ("keys_unsorted", 0),
    ("length", 0),
    ("ltrimstr", 1),
    ("max", 0),
    ("min", 0),
    ("not", 0),
    ("null", 0),
    ("reverse", 0),
    ("rindex", 1),
    ("round", 0),
    ("rtrimstr", 1),
    ("setpath", 2),
    ("sort", 0),
    ("split", 1),
    ("startswith", 1),
    ("to_entries", 0),
    ("todateiso8601", 0),
    ("tojson", 0),
    ("tonumber", 0),
    ("tostring", 0),
    ("transpose", 0),
    ("trim", 0),
    ("true", 0),
    ("type", 0),
    ("unique", 0),
    ("utf8bytelength", 0),
];

type Made = Result<Data, String>;

/// Calls one of [`VALUES`]. Adds to `work` the work beyond one pass over its values.
///
/// # Errors
/// Returns jq's message if the input or an argument is invalid.
pub fn call(name: &str, value: &Data, given: &[Data], work: &mut usize) -> Made {
    let wrong = |what: &str| [&*told(value), " ", what].concat();
    let first = given.first().unwrap_or(&Data::Null);
    let second = given.get(1).unwrap_or(&Data::Null);
    let text = || value.as_str();
    Ok(match name {
        "null" => Data::Null,
        "true" | "false" => Data::Bool(name == "true"),
        "not" => Data::Bool(!is_true(value)),
        "type" => Data::text(value.kind()),
        "length" => match value {
            Data::Null => Data::whole(0),
            Data::Text(text) => Data::whole(count(text.chars().count())),
            Data::List(items) => Data::whole(count(items.len())),
            Data::Map(members) => Data::whole(count(members.len())),
            Data::Number(_) => absolute(value)?,
            Data::Bool(_) => return Err(wrong("has no length")),
        },
        "utf8bytelength" => {
            Data::whole(count(text().ok_or_else(|| wrong("only strings have UTF-8 byte length"))?.len()))
        }
        "abs" | "fabs" => absolute(value)?,
        "floor" | "ceil" | "round" => {
            let number = Decimal::of(value).ok_or_else(|| wrong("number required"))?;
            let half = Decimal::read("0.5").unwrap_or(number);
            let made = match name {
                "floor" => number.floor(),
                "ceil" => number.negative().floor().negative(),
                _ if number.order(Decimal::whole(0)).is_lt() => {
                    number.negative().plus(half).floor().negative()
                }
                _ => number.plus(half).floor(),
            };
            made.value()
        }
        "keys" | "keys_unsorted" => match value {
            Data::Map(members) => {
                let mut names: Vec<_> = members.iter().map(|(name, _)| name.clone()).collect();
                if name == "keys" {
                    sorting::sort(&mut names);
                }
                Data::list(names.into_iter().map(Data::Text).collect())
            }
            Data::List(items) => Data::list((0..count(items.len())).map(Data::whole).collect()),
            _ => return Err(wrong("has no keys")),
        },
        "has" => match (value, first, Decimal::of(first)) {
            (Data::Map(_), Data::Text(name), _) => Data::Bool(value.get(name).is_some()),
            (Data::List(items), _, Some(index)) => {
                Data::Bool(index.to_whole().is_some_and(|index| (0..count(items.len())).contains(&index)))
            }
            _ => {
                return Err(["Cannot check whether ", value.kind(), " has a ", first.kind(), " key"].concat());
            }
        },
        "contains" => {
            if value.kind() != first.kind() {
                let [a, b] = [value, first].map(told);
                return Err([&*a, " and ", &b, " cannot have their containment checked"].concat());
            }
            Data::Bool(contains(value, first, work))
        }
        "startswith" | "endswith" => match (text(), first.as_str()) {
            (Some(text), Some(part)) => {
                Data::Bool(if name == "startswith" { text.starts_with(part) } else { text.ends_with(part) })
            }
            _ => return Err([name, "() requires string inputs"].concat()),
        },
        "ltrimstr" | "rtrimstr" => match (text(), first.as_str()) {
            (Some(text), Some(part)) => {
                let rest = if name == "ltrimstr" { text.strip_prefix(part) } else { text.strip_suffix(part) };
                rest.map_or_else(|| value.clone(), Data::text)
            }
            _ => value.clone(),
        },
        "trim" => Data::text(text().ok_or_else(|| wrong("cannot be trimmed"))?.trim()),
        "ascii_downcase" | "ascii_upcase" => {
            let text = text().ok_or_else(|| [name, " input must be a string"].concat())?;
            let made =
                if name == "ascii_downcase" { text.to_ascii_lowercase() } else { text.to_ascii_uppercase() };
            Data::text(&made)
        }
        "explode" => {
            let text = text().ok_or_else(|| wrong("cannot be exploded"))?;
            Data::list(text.chars().map(|c| Data::whole(u32::from(c).into())).collect())
        }
        "implode" => {
            let mut made = String::new();
            for item in items(value)? {
                let code =
                    Decimal::of(item).and_then(Decimal::to_whole).and_then(|code| u32::try_from(code).ok());
                made.push(code.ok_or("Codepoints must be numeric")?.try_into().unwrap_or('\u{fffd}'));
            }
            Data::text(&made)
        }
        "split" => match (text(), first.as_str()) {
            (Some(""), Some(_)) => Data::list(Vec::new()),
            (Some(text), Some("")) => {
                Data::list(text.chars().map(|c| Data::text(c.encode_utf8(&mut [0; 4]))).collect())
            }
            (Some(text), Some(part)) => Data::list(text.split(part).map(Data::text).collect()),
            _ => return Err("split input and separator must be strings".to_owned()),
        },
        "join" => join(value, first)?,
        "indices" | "index" | "rindex" => {
            let found = match (value, first) {
                (Data::Null, _) => return Ok(Data::Null),
                (Data::Text(text), Data::Text(part)) => places(text, part),
                (Data::List(items), Data::List(parts)) => {
                    *work += items.len().saturating_mul(1 + parts.len() / 4);
                    if *work > 500_000 {
                        return Err("Out of memory".to_owned());
                    }
                    indices(items, parts)
                }
                (Data::List(items), part) => {
                    *work += items.len();
                    indices(items, std::slice::from_ref(part))
                }
                _ => return Err(["Cannot determine indices of ", value.kind()].concat()),
            };
            match name {
                "indices" => Data::list(found),
                "index" => found.first().cloned().unwrap_or(Data::Null),
                _ => found.last().cloned().unwrap_or(Data::Null),
            }
        }
        "reverse" => match value {
            Data::Null => Data::list(Vec::new()),
            Data::Text(text) => Data::text(&text.chars().rev().collect::<String>()),
            _ => Data::list(items(value)?.iter().rev().cloned().collect()),
        },
        "sort" | "unique" => {
            let mut items =
                items(value).map_err(|_| wrong("cannot be sorted, as it is not an array"))?.to_vec();
            *work += items.len() * 4;
            sorting::sort_by(&mut items, order);
            if name == "unique" {
                items.dedup_by(|a, b| order(a, b).is_eq());
            }
            Data::list(items)
        }
        "_sort_by" | "_group_by" | "_min_by" | "_max_by" => {
            let mut keyed: Vec<_> = first.items().iter().zip(items(value)?).collect();
            *work += keyed.len() * 4;
            sorting::sort_by(&mut keyed, |(a, _), (b, _)| order(a, b));
            match name {
                "_sort_by" => Data::list(keyed.into_iter().map(|(_, item)| item.clone()).collect()),
                "_min_by" => keyed.first().map_or(Data::Null, |(_, item)| (*item).clone()),
                "_max_by" => keyed.last().map_or(Data::Null, |(_, item)| (*item).clone()),
                _ => {
                    let groups = keyed.chunk_by(|(a, _), (b, _)| order(a, b).is_eq());
                    let group = |group: &[(&Data, &Data)]| {
                        Data::list(group.iter().map(|(_, item)| (*item).clone()).collect())
                    };
                    Data::list(groups.map(group).collect())
                }
            }
        }
        "min" => items(value)?.iter().min_by(|a, b| order(a, b)).cloned().unwrap_or(Data::Null),
        "max" => items(value)?.iter().max_by(|a, b| order(a, b)).cloned().unwrap_or(Data::Null),
        "flatten" => {
            let most = if given.is_empty() {
                1_000
            } else {
                Decimal::of(first).and_then(Decimal::to_whole).unwrap_or(-1)
            };
            if most < 0 {
                return Err("flatten depth must not be negative".to_owned());
            }
            let mut flat = Vec::new();
            items(value)?.iter().for_each(|item| flatten(item, most, &mut flat));
            Data::list(flat)
        }
        "add" => sum_of(value, work)?,
        "to_entries" => {
            let entry =
                |key: Data, value: &Data| Data::map(vec![named("key", key), named("value", value.clone())]);
            match value {
                Data::Map(members) => {
                    let members =
                        members.iter().map(|(name, member)| entry(Data::Text(name.clone()), member));
                    Data::list(members.collect())
                }
                Data::List(items) => {
                    let items = items.iter().zip(0..).map(|(item, place)| entry(Data::whole(place), item));
                    Data::list(items.collect())
                }
                _ => return Err(wrong("has no keys")),
            }
        }
        "from_entries" => from_entries(value, work)?,
        "transpose" => {
            let rows = items(value)?;
            if let Some(row) = rows.iter().find(|row| !matches!(row, Data::List(_) | Data::Null)) {
                return Err(["Cannot index ", row.kind(), " with number"].concat());
            }
            let width = rows.iter().map(|row| row.items().len()).max().unwrap_or(0);
            *work += width.saturating_mul(rows.len());
            if *work > 100_000 {
                return Err("Out of memory".to_owned());
            }
            let column = |at: usize| {
                Data::list(
                    rows.iter().map(|row| row.items().get(at).cloned().unwrap_or(Data::Null)).collect(),
                )
            };
            Data::list((0..width).map(column).collect())
        }
        "setpath" => {
            let path = path(first)?;
            *work += path.len();
            with(value, path, second)?
        }
        "delpaths" => {
            let mut paths = items(first)?.to_vec();
            sorting::sort_by(&mut paths, order);
            let mut value = value.clone();
            for gone in paths.iter().rev() {
                *work += value.items().len() / 4 + 1;
                value = without(&value, path(gone)?)?;
            }
            value
        }
        "_match" => matches::matches(value, first, second, work)?,
        "tojson" => Data::text(&value.compact()),
        "fromjson" => {
            let text = text().ok_or_else(|| wrong("cannot be parsed as JSON"))?;
            json::read(text).map_err(|why| [&*why, " (while parsing '", text, "')"].concat())?
        }
        "tonumber" => match value {
            Data::Number(_) => value.clone(),
            _ => {
                let number = text().and_then(|text| Decimal::read(text.trim()));
                number.ok_or_else(|| wrong("cannot be parsed as a number"))?.value()
            }
        },
        "todateiso8601" => {
            let number = Decimal::of(value).ok_or("strftime/1 requires parsed datetime inputs")?;
            let seconds = number.floor().to_whole().filter(|seconds| seconds.unsigned_abs() < 1 << 36);
            let time = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
            let time = time.ok_or("error converting number of seconds since epoch to datetime")?;
            Data::text(&format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                time.year(),
                u8::from(time.month()),
                time.day(),
                time.hour(),
                time.minute(),
                time.second()
            ))
        }
        _ => format("@text", value)?,
    })
}

/// Returns the work of an operator beyond one pass over its left value.
pub fn work_of(operator: &str, left: &Data, right: &Data) -> usize {
    match (operator, left, right) {
        // Sorts the right list and searches it for each element of the left one.
        ("-", Data::List(a), Data::List(b)) => (a.len() + b.len()).saturating_mul(16),
        ("+" | "*", Data::Map(a), Data::Map(b)) => (a.len() + b.len()) * 4,
        ("/", Data::Text(text), _) => text.len() / 16,
        // A comparison sorts members and iterates over lists.
        ("==" | "!=" | "<" | "<=" | ">" | ">=", Data::Map(a), Data::Map(b)) => (a.len() + b.len()) * 4,
        ("==" | "!=" | "<" | "<=" | ">" | ">=", Data::List(a), Data::List(b)) => a.len().min(b.len()),
        _ => 0,
    }
}

/// Applies an operator to two values.
///
/// # Errors
/// Returns jq's message if the operator does not support the values.
pub fn operate(operator: &str, left: &Data, right: &Data) -> Made {
    let ordered = || order(left, right);
    Ok(match operator {
        "==" => Data::Bool(ordered().is_eq()),
        "!=" => Data::Bool(ordered().is_ne()),
        "<" => Data::Bool(ordered().is_lt()),
        "<=" => Data::Bool(ordered().is_le()),
        ">" => Data::Bool(ordered().is_gt()),
        ">=" => Data::Bool(ordered().is_ge()),
        "+" => sum(left, right)?,
        _ => match (operator, left, right, Decimal::of(left).zip(Decimal::of(right))) {
            ("-", .., Some((a, b))) => a.plus(b.negative()).value(),
            ("*", .., Some((a, b))) => a.times(b).value(),
            ("/", .., Some((a, b))) => {
                let quotient = a.over(b).map(Decimal::value);
                quotient.ok_or_else(|| both(left, right, "cannot be divided because the divisor is zero"))?
            }
            ("%", .., Some((a, b))) => {
                let numbers = a.to_whole().zip(b.to_whole());
                let rest = numbers.and_then(|(a, b)| a.checked_rem(b));
                Data::whole(
                    rest.ok_or_else(|| both(left, right, "cannot be divided because the divisor is zero"))?,
                )
            }
            ("-", Data::List(a), Data::List(b), _) => {
                let mut gone: Vec<_> = b.iter().collect();
                sorting::sort_by(&mut gone, |a, b| order(a, b));
                let is_gone = |item: &Data| gone.binary_search_by(|known| order(known, item)).is_ok();
                Data::list(a.iter().filter(|item| !is_gone(item)).cloned().collect())
            }
            ("*", Data::Text(text), Data::Number(_), _) | ("*", Data::Number(_), Data::Text(text), _) => {
                let times = Decimal::of(right).or(Decimal::of(left)).map_or(Decimal::whole(0), |times| times);
                let whole = times.negative().floor().negative().to_whole().unwrap_or(i64::MAX);
                match usize::try_from(whole) {
                    Ok(0) | Err(_) => Data::Null,
                    Ok(times) if text.len().saturating_mul(times) > 1 << 20 => {
                        return Err("Repeat string result too long".to_owned());
                    }
                    Ok(times) => Data::text(&text.repeat(times)),
                }
            }
            ("*", Data::Map(_), Data::Map(_), _) => merged(left, right),
            ("/", Data::Text(_), Data::Text(_), _) => {
                call("split", left, std::slice::from_ref(right), &mut 0)?
            }
            _ => {
                let done = match operator {
                    "-" => "subtracted",
                    "*" => "multiplied",
                    _ => "divided",
                };
                return Err(both(left, right, &["cannot be ", done].concat()));
            }
        },
    })
}

fn both(left: &Data, right: &Data, what: &str) -> String {
    [&*told(left), " and ", &told(right), " ", what].concat()
}

fn absolute(value: &Data) -> Made {
    let number = Decimal::of(value).ok_or_else(|| [&*told(value), " has no absolute value"].concat())?;
    let is_negative = number.order(Decimal::whole(0)).is_lt();
    Ok(if is_negative { number.negative().value() } else { value.clone() })
}

fn items(value: &Data) -> Result<&[Data], String> {
    match value {
        Data::List(items) => Ok(items),
        _ => Err(["Cannot iterate over ", &told(value)].concat()),
    }
}

fn path(value: &Data) -> Result<&[Data], String> {
    match value {
        Data::List(path) if path.len() <= 100 => Ok(path),
        Data::List(_) => Err("Path too deep".to_owned()),
        _ => Err("Path must be specified as an array".to_owned()),
    }
}

fn sum(left: &Data, right: &Data) -> Made {
    Ok(match (left, right) {
        (Data::Null, other) | (other, Data::Null) => other.clone(),
        (Data::Text(a), Data::Text(b)) => Data::text(&[&**a, &**b].concat()),
        (Data::List(a), Data::List(b)) => Data::list(a.iter().chain(b.iter()).cloned().collect()),
        (Data::Map(a), Data::Map(b)) => {
            let mut members = Members::clone(a);
            put(&mut members, b.iter().cloned());
            Data::map(members)
        }
        _ => match Decimal::of(left).zip(Decimal::of(right)) {
            Some((a, b)) => a.plus(b).value(),
            None => return Err(both(left, right, "cannot be added")),
        },
    })
}

/// Sets members: replaces existing ones in place, and appends new ones.
fn put(members: &mut Members, new: impl Iterator<Item = (Rc<str>, Data)>) {
    // A sorted map finds names faster than a linear search for each.
    let mut places: litemap::LiteMap<Rc<str>, usize> =
        members.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (name, value) in new {
        match places.get(&name).and_then(|at| members.get_mut(*at)) {
            Some(known) => known.1 = value,
            None => {
                places.insert(name.clone(), members.len());
                members.push((name, value));
            }
        }
    }
}

/// Computes `add`. Concatenates strings and lists at once, without a copy for each.
fn sum_of(value: &Data, work: &mut usize) -> Made {
    let parts: Vec<Data> = match value {
        Data::Map(members) => members.iter().map(|(_, member)| member.clone()).collect(),
        _ => items(value)?.to_vec(),
    };
    if let Some(texts) =
        parts.iter().map(Data::as_str).collect::<Option<Vec<_>>>().filter(|_| !parts.is_empty())
    {
        return Ok(Data::text(&texts.concat()));
    }
    if !parts.is_empty() && parts.iter().all(|part| matches!(part, Data::List(_))) {
        return Ok(Data::list(parts.iter().flat_map(Data::items).cloned().collect()));
    }
    let mut total = Data::Null;
    *work += parts.len() * 7;
    for part in &parts {
        total = sum(&total, part)?;
        if let Data::Map(members) = &total {
            *work += members.len() / 4;
            if *work > 100_000 {
                return Err("Out of memory".to_owned());
            }
        }
    }
    Ok(total)
}

fn from_entries(value: &Data, work: &mut usize) -> Made {
    let mut members = Vec::new();
    for entry in items(value)? {
        let find = |names: &[&str]| names.iter().find_map(|name| entry.get(name)).cloned();
        let key = match find(&["key", "k", "name", "Name", "Key", "K"]) {
            Some(Data::Text(name)) => name,
            Some(other @ (Data::Bool(_) | Data::Number(_))) => other.compact().as_str().into(),
            None | Some(Data::Null) => "null".into(),
            Some(other) => return Err(["Cannot use ", &*told(&other), " as object key"].concat()),
        };
        members.push((key, find(&["value", "v", "Value", "V"]).unwrap_or(Data::Null)));
    }
    *work += members.len();
    let mut made = Members::new();
    put(&mut made, members.into_iter());
    Ok(Data::map(made))
}

fn merged(left: &Data, right: &Data) -> Data {
    let (Data::Map(a), Data::Map(b)) = (left, right) else { return right.clone() };
    let a_sorted = sorted(a);
    let mut members = Members::clone(a);
    let new = b.iter().map(|(name, value)| {
        let known = mesh_text::data::value_in(&a_sorted, name);
        (name.clone(), known.map_or_else(|| value.clone(), |known| merged(known, value)))
    });
    put(&mut members, new);
    Data::map(members)
}

fn join(value: &Data, between: &Data) -> Made {
    let items = items(value)?;
    if items.is_empty() {
        return Ok(Data::text(""));
    }
    let wrong = |part: &Data, other: &Data| both(part, other, "cannot be added");
    let between = between.as_str().ok_or_else(|| wrong(&Data::text(""), between))?;
    let mut parts = Vec::new();
    for item in items {
        parts.push(match item {
            Data::Null => String::new(),
            Data::Text(text) => text.to_string(),
            Data::List(_) | Data::Map(_) => return Err(wrong(&Data::text(&parts.join(between)), item)),
            other => other.compact(),
        });
    }
    if parts.len().saturating_mul(between.len()) > 1 << 20 {
        return Err("Repeat string result too long".to_owned());
    }
    Ok(Data::text(&parts.join(between)))
}

/// Returns the positions of a part in a string, in characters.
fn places(text: &str, part: &str) -> Vec<Data> {
    let mut found = Vec::new();
    let (mut characters, mut last) = (0, 0);
    if part.is_empty() {
        return found;
    }
    for (at, _) in text.match_indices(part) {
        characters += text.get(last..at).unwrap_or_default().chars().count();
        last = at;
        found.push(Data::whole(count(characters)));
    }
    found
}

fn flatten(value: &Data, most: i64, flat: &mut Vec<Data>) {
    match value {
        Data::List(items) if most > 0 => items.iter().for_each(|item| flatten(item, most - 1, flat)),
        other => flat.push(other.clone()),
    }
}

fn contains(value: &Data, part: &Data, work: &mut usize) -> bool {
    *work += 1;
    // The caller reports too much work when it charges it to the budget.
    if *work > 500_000 {
        return false;
    }
    match (value, part) {
        (Data::Text(text), Data::Text(part)) => {
            *work += text.len() / 32;
            text.contains(&**part)
        }
        (Data::List(items), Data::List(parts)) => {
            parts.iter().all(|part| items.iter().any(|item| contains(item, part, work)))
        }
        (Data::Map(_), Data::Map(parts)) => parts
            .iter()
            .all(|(name, part)| value.get(name).is_some_and(|member| contains(member, part, work))),
        _ => order(value, part).is_eq(),
    }
}
