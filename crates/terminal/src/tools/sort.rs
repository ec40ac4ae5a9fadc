//! `sort`, with the keys and orders of GNU's.

use std::{borrow::Cow, cmp::Ordering};

use mesh_text::{decimal::Decimal, sorting};

use super::{
    Call,
    options::{NOTHING, options},
    text::inputs,
};
use crate::command::Output;

/// Maximum number of keys.
const MOST_KEYS: usize = 20;

/// Position within a line: fields and characters, both counted from zero.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    field: usize,
    character: usize,
    skips_blanks: bool,
}

/// Sort key: a part of the line and its order.
#[derive(Clone, Debug, Default)]
struct Key {
    from: Place,
    /// End of the part; `None` for that of the line.
    to: Option<Place>,
    /// The letters of its order: `n`, `f` and so on.
    order: String,
}

/// Value of a key, as it is compared.
enum Value<'l> {
    Bytes(Cow<'l, [u8]>),
    Number(Decimal<'l>),
    /// Rank of the unit, and the number.
    Human(i32, Decimal<'l>),
    Month(usize),
    Version(&'l [u8]),
}

pub(super) fn run(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] = &[
        ("check", 'c'),
        ("dictionary-order", 'd'),
        ("field-separator", 't'),
        ("human-numeric-sort", 'h'),
        ("ignore-case", 'f'),
        ("ignore-leading-blanks", 'b'),
        ("ignore-nonprinting", 'i'),
        ("key", 'k'),
        ("merge", 'm'),
        ("month-sort", 'M'),
        ("numeric-sort", 'n'),
        ("output", 'o'),
        ("parallel", NOTHING),
        ("reverse", 'r'),
        ("stable", 's'),
        ("unique", 'u'),
        ("version-sort", 'V'),
    ];
    let options = match options(call, "bcCdfhiMmnrsuV", "koSTt", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let has = |letter| options.has(letter);
    let mark = match options.value('t') {
        None => None,
        Some("\\0") => Some(b'\0'),
        Some(mark) => match mark.as_bytes() {
            [mark] => Some(*mark),
            [] => return Output::failed(2, "sort: empty tab\n"),
            _ => return Output::failed(2, ["sort: multi-character tab '", mark, "'\n"].concat()),
        },
    };
    let order: String = options.letters.chars().filter(|c| "bdfhiMnrV".contains(*c)).collect();
    let mut keys = Vec::new();
    for written in options.all('k') {
        match key(written, &order) {
            Ok(key) => keys.push(key),
            Err(why) => {
                let text = ["sort: ", why, ": invalid field specification '", written, "'\n"];
                return Output::failed(2, text.concat());
            }
        }
    }
    if keys.is_empty() && order.chars().any(|c| c != 'r') {
        keys.push(Key { order: order.clone(), ..Key::default() });
        // Without a key, `-b` has the place of the whole line.
        if let Some(key) = keys.first_mut() {
            key.from.skips_blanks = order.contains('b');
        }
    }
    if let Some(both) = keys.iter().find_map(Key::conflict) {
        return Output::failed(2, ["sort: options '-", &both, "' are incompatible\n"].concat());
    }
    if keys.len() > MOST_KEYS {
        return Output::failed(2, "sort: too many keys\n");
    }
    let (texts, mut output) = inputs(call, &options.operands);
    // A file that is missing ends the command.
    if output.exit_code != 0 {
        output.exit_code = 2;
        output.stderr = output.stderr.replacen("sort: ", "sort: cannot read: ", 1);
        return output;
    }
    let lines: Vec<&str> = texts.iter().flat_map(|(_, text)| super::text::lines(text)).collect();
    let size: usize = lines.iter().map(|line| line.len()).sum();
    // The keys of each line are parsed once, and compared as often as the number of lines has digits.
    let turns = 2 + usize::try_from(lines.len().checked_ilog2().unwrap_or_default()).unwrap_or_default() / 2;
    call.work.counts((lines.len().saturating_mul(8) + size / 64 * turns).saturating_mul(1 + keys.len()));
    if call.work.done >= call.work.left {
        return Output::default();
    }
    let values: Vec<Vec<Value>> =
        lines.iter().map(|line| keys.iter().map(|key| key.value(line.as_bytes(), mark)).collect()).collect();
    let by_keys = |a: usize, b: usize| {
        let (Some(a), Some(b)) = (values.get(a), values.get(b)) else { return Ordering::Equal };
        let each = keys.iter().zip(a.iter().zip(b));
        let orders = each.map(|(key, (a, b))| {
            let order = compared(a, b);
            if key.order.contains('r') { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    };
    let by_all = |a: usize, b: usize| {
        let order = by_keys(a, b);
        if order.is_ne() || has('s') || has('u') && !keys.is_empty() {
            return order;
        }
        let order = lines.get(a).cmp(&lines.get(b));
        if has('r') { order.reverse() } else { order }
    };
    if has('c') || has('C') {
        let unsorted = (1..lines.len()).find(|at| {
            let order = by_all(at - 1, *at);
            order.is_gt() || has('u') && order.is_eq()
        });
        let Some(at) = unsorted else { return Output::default() };
        let name = options.operands.first().copied().unwrap_or("-");
        let line = lines.get(at).copied().unwrap_or_default();
        let text = ["sort: ", name, ":", &(at + 1).to_string(), ": disorder: ", line, "\n"].concat();
        return Output::failed(1, if has('C') { String::new() } else { text });
    }
    let mut places: Vec<usize> = (0..lines.len()).collect();
    sorting::sort_by(&mut places, |a, b| by_all(*a, *b));
    if has('u') {
        places.dedup_by(|b, a| by_all(*a, *b).is_eq());
    }
    let text: String =
        places.into_iter().filter_map(|at| lines.get(at)).flat_map(|line| [*line, "\n"]).collect();
    match options.value('o') {
        None => output.stdout = text,
        Some(name) => {
            if let Err(why) = call.context.files.write(name, &text, false) {
                return Output::failed(2, format!("sort: open failed: {name}: {why}\n"));
            }
        }
    }
    output
}

/// Parses a key: `2`, `2,3`, `2.3nr,4b`. Letters of its own replace those of the command.
fn key(written: &str, inherited: &str) -> Result<Key, &'static str> {
    let mut rest = written;
    let number = |rest: &mut &str, why| {
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(length);
        *rest = after;
        if digits.is_empty() { Err(why) } else { Ok(digits.parse::<usize>().unwrap_or(usize::MAX)) }
    };
    let letters = |rest: &mut &str| {
        let length = rest.find(|c: char| !"bdfhiMnrV".contains(c)).unwrap_or(rest.len());
        let (letters, after) = rest.split_at(length);
        *rest = after;
        letters.to_owned()
    };
    let mut key = Key::default();
    let field = number(&mut rest, "invalid number at field start")?;
    key.from.field = field.checked_sub(1).ok_or("field number is zero")?;
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        let character = number(&mut rest, "invalid number after '.'")?;
        key.from.character = character.checked_sub(1).ok_or("character offset is zero")?;
    }
    let first = letters(&mut rest);
    key.from.skips_blanks = first.contains('b');
    key.order = first;
    if let Some(after) = rest.strip_prefix(',') {
        rest = after;
        let mut to = Place::default();
        let field = number(&mut rest, "invalid number after ','")?;
        to.field = field.checked_sub(1).ok_or("field number is zero")?;
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            to.character = number(&mut rest, "invalid number after '.'")?;
        }
        let second = letters(&mut rest);
        to.skips_blanks = second.contains('b');
        key.order.push_str(&second);
        key.to = Some(to);
    }
    if !rest.is_empty() {
        return Err("stray character in field spec");
    }
    if key.order.is_empty() {
        key.order = inherited.to_owned();
        key.from.skips_blanks = inherited.contains('b');
        if let Some(to) = &mut key.to {
            to.skips_blanks = key.from.skips_blanks;
        }
    }
    Ok(key)
}

fn skip(line: &[u8], at: usize, is_blank: bool) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t') == is_blank).count()
}

/// Returns the start of a field, or the end of the field before it.
fn field(line: &[u8], count: usize, mark: Option<u8>, keeps_mark: bool) -> usize {
    let mut at = 0;
    for turn in 0..count {
        if at >= line.len() {
            break;
        }
        match mark {
            Some(mark) => {
                at += line.get(at..).unwrap_or_default().iter().take_while(|byte| **byte != mark).count();
                if at < line.len() && (turn + 1 < count || keeps_mark) {
                    at += 1;
                }
            }
            None => at = skip(line, skip(line, at, true), false),
        }
    }
    at
}

impl Key {
    /// Returns the letters of two orders that exclude each other.
    fn conflict(&self) -> Option<String> {
        let own: String = "hMnV".chars().filter(|c| self.order.contains(*c)).collect();
        (own.len() > 1).then_some(own)
    }

    /// Returns the part of a line.
    fn part<'l>(&self, line: &'l [u8], mark: Option<u8>) -> &'l [u8] {
        let mut from = field(line, self.from.field, mark, true);
        if self.from.skips_blanks {
            from = skip(line, from, true);
        }
        from = from.saturating_add(self.from.character).min(line.len());
        let to = match &self.to {
            None => line.len(),
            Some(to) if to.character == 0 => field(line, to.field.saturating_add(1), mark, false),
            Some(to) => {
                let start = field(line, to.field, mark, true);
                let start = if to.skips_blanks { skip(line, start, true) } else { start };
                start.saturating_add(to.character).min(line.len())
            }
        };
        line.get(from..to).unwrap_or_default()
    }

    fn value<'l>(&self, line: &'l [u8], mark: Option<u8>) -> Value<'l> {
        let part = self.part(line, mark);
        let has = |letter| self.order.contains(letter);
        match () {
            () if has('n') => Value::Number(number(part).0),
            () if has('h') => {
                let (number, rest) = number(part);
                let unit = rest.first().map_or(b' ', u8::to_ascii_uppercase);
                let rank = b"KMGTPEZY".iter().position(|known| *known == unit).map_or(0, |at| at + 1);
                let rank = if number.is_zero() { 0 } else { i32::try_from(rank).unwrap_or_default() };
                Value::Human(if number.is_negative() { -rank } else { rank }, number)
            }
            () if has('M') => Value::Month(month(part)),
            () if has('V') => Value::Version(part),
            () if has('f') || has('d') || has('i') => {
                let kept = part.iter().filter(|byte| {
                    (!has('d') || byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\t'))
                        && (!has('i') || matches!(byte, b' '..=b'~'))
                });
                Value::Bytes(
                    kept.map(|byte| if has('f') { byte.to_ascii_uppercase() } else { *byte }).collect(),
                )
            }
            () => Value::Bytes(Cow::Borrowed(part)),
        }
    }
}

/// Reads the number at the start of a part, after blanks. Returns also the rest of the part.
fn number(part: &[u8]) -> (Decimal<'_>, &[u8]) {
    Decimal::at_start(part.get(skip(part, 0, true)..).unwrap_or_default())
}

/// Returns the number of the month whose English name begins a part; 0 if none does.
fn month(part: &[u8]) -> usize {
    const NAMES: &[u8; 36] = b"JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    let name: Vec<u8> = part.iter().skip(skip(part, 0, true)).take(3).map(u8::to_ascii_uppercase).collect();
    NAMES.chunks(3).position(|known| known == name).map_or(0, |at| at + 1)
}

fn compared(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Human(unit, a), Value::Human(other, b)) => unit.cmp(other).then_with(|| a.cmp(b)),
        (Value::Month(a), Value::Month(b)) => a.cmp(b),
        (Value::Version(a), Value::Version(b)) => versions(a, b),
        _ => Ordering::Equal,
    }
}

/// Compares two versions as GNU's `filevercmp` does: numbers by value, file suffixes last.
fn versions(a: &[u8], b: &[u8]) -> Ordering {
    // The empty string, `.`, `..` and other names with a dot come first.
    let rank = |name: &[u8]| match name {
        b"" => 0,
        b"." => 1,
        b".." => 2,
        [b'.', ..] => 3,
        _ => 4,
    };
    let ranks = rank(a).cmp(&rank(b));
    if ranks.is_ne() || rank(a) < 3 {
        return ranks;
    }
    let parts = parts_of(stem(a), stem(b));
    parts.then_with(|| parts_of(a, b))
}

/// Returns a name without its suffixes, such as `.tar.gz`.
fn stem(name: &[u8]) -> &[u8] {
    let mut kept = 0;
    let mut at = 0;
    while at < name.len() {
        at += 1;
        kept = at;
        while let Some([b'.', next, ..]) = name.get(at..)
            && (next.is_ascii_alphabetic() || *next == b'~')
        {
            let rest = name.get(at + 2..).unwrap_or_default();
            at += 2 + rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'~').count();
        }
    }
    name.get(..kept).unwrap_or_default()
}

fn parts_of(mut a: &[u8], mut b: &[u8]) -> Ordering {
    let is_letter = |part: &[u8]| part.first().is_some_and(|byte| !byte.is_ascii_digit());
    let order = |part: &[u8]| match part.first() {
        None => -1,
        Some(b'~') => -2,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    let next = |part: &[u8]| part.len().min(1);
    while !(a.is_empty() && b.is_empty()) {
        while is_letter(a) || is_letter(b) {
            let orders = order(a).cmp(&order(b));
            if orders.is_ne() {
                return orders;
            }
            (a, b) = (a.get(next(a)..).unwrap_or_default(), b.get(next(b)..).unwrap_or_default());
        }
        let ((first, rest), (second, after)) = (digits(a), digits(b));
        let orders = first.len().cmp(&second.len()).then_with(|| first.cmp(second));
        if orders.is_ne() {
            return orders;
        }
        (a, b) = (rest, after);
    }
    Ordering::Equal
}

/// Splits the digits at the start of a part, without leading zeros, from the rest.
fn digits(part: &[u8]) -> (&[u8], &[u8]) {
    let zeros = part.iter().take_while(|byte| **byte == b'0').count();
    let part = part.get(zeros..).unwrap_or_default();
    part.split_at(part.iter().take_while(|byte| byte.is_ascii_digit()).count())
}
