//! Tools that process lines: `cut`, `tr`, `sort`, `uniq`, `seq`, `rev`, `base64`, `envsubst`.

use crate::command::Output;
use mesh_text::base64::{from_base64, to_base64};
use mesh_text::sorting;

use super::{
    Call,
    text::{inputs, options, unescaped},
};

pub(super) fn seq(call: &mut Call) -> Output {
    /// Maximum count of numbers; a loop is limited to as many steps anyway.
    const MOST: usize = 10_000;
    let numbers: Option<Vec<i64>> = call.words.iter().map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some(&[last]) => (1, 1, last),
        Some(&[first, last]) => (first, 1, last),
        Some(&[first, step, last]) if step != 0 => (first, step, last),
        _ => return Output::failed(1, "seq: give one to three whole numbers\n"),
    };
    let numbers = std::iter::successors(Some(first), |number| number.checked_add(step));
    let numbers = numbers.take_while(|number| if step > 0 { *number <= last } else { *number >= last });
    let mut text = String::new();
    let mut count = 0usize;
    for number in numbers.take(MOST) {
        text.push_str(&number.to_string());
        text.push('\n');
        count += 1;
    }
    // Formatting a number costs more than its digits.
    call.work.counts(count / 2);
    Output::printed(text)
}

pub(super) fn sort(call: &mut Call) -> Output {
    let (letters, values, names) = options(call.words, "kt");
    let (texts, mut output) = inputs(call, &names);
    let value = |wanted| values.iter().find(|(letter, _)| *letter == wanted).map(|(_, value)| *value);
    let (mark, key) = (value('t'), value('k').unwrap_or_default());
    let has = |letter| letters.contains(letter) || key.contains(letter);
    let column =
        key.split(|c: char| !c.is_ascii_digit()).next().and_then(|column| column.parse::<usize>().ok());
    let is_end = key.contains(',');
    // Sort key: the line from a column on, or only that column.
    let part = |line: &str| -> String {
        let Some(column) = column.and_then(|column| column.checked_sub(1)) else { return line.to_owned() };
        let fields: Vec<&str> = match mark {
            Some(mark) => line.split(mark).collect(),
            None => line.split_whitespace().collect(),
        };
        let most = if is_end { 1 } else { usize::MAX };
        fields.into_iter().skip(column).take(most).collect::<Vec<_>>().join(mark.unwrap_or(" "))
    };
    let number = |text: &str| -> (i64, String) {
        let text = text.trim_start();
        let end = text.char_indices().find(|(at, c)| !(c.is_ascii_digit() || *at == 0 && *c == '-'));
        let (whole, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
        let fraction = rest.strip_prefix('.').unwrap_or_default();
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        (whole.parse().unwrap_or(0), fraction.get(..end).unwrap_or_default().to_owned())
    };
    let mut lines: Vec<_> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    // A key is parsed from each line.
    call.work.counts(lines.len().saturating_mul(8));
    if call.work.done >= call.work.left {
        return Output::default();
    }
    if has('n') {
        sorting::sort_by_cached_key(&mut lines, |line| (number(&part(line)), (*line).to_owned()));
    } else if column.is_some() || has('f') {
        let cased = |text: String| if has('f') { text.to_lowercase() } else { text };
        sorting::sort_by_cached_key(&mut lines, |line| (cased(part(line)), (*line).to_owned()));
    } else {
        sorting::sort(&mut lines);
    }
    if has('u') {
        lines.dedup();
    }
    if has('r') {
        lines.reverse();
    }
    output.stdout = lines.into_iter().flat_map(|line| [line, "\n"]).collect();
    output
}

pub(super) fn uniq(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let (texts, mut output) = inputs(call, &names);
    let mut runs: Vec<(usize, &str)> = Vec::new();
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        match runs.last_mut() {
            Some((count, last)) if *last == line => *count += 1,
            _ => runs.push((1, line)),
        }
    }
    for (count, line) in runs {
        if (letters.contains('d') && count == 1) || (letters.contains('u') && count > 1) {
            continue;
        }
        if letters.contains('c') {
            output.stdout.push_str(&format!("{count:>7} "));
        }
        output.stdout.push_str(&[line, "\n"].concat());
    }
    output
}

/// Returns whether a list contains a position, counted from one. A list is `2`, `2-4`, `-3`, `5-`, or several of these.
fn is_chosen(list: &str, place: usize) -> bool {
    list.split(',').any(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let bound = |text: &str, usual| if text.is_empty() { usual } else { text.parse().unwrap_or(0) };
        (bound(from, 1)..=bound(to, usize::MAX)).contains(&place)
    })
}

pub(super) fn cut(call: &mut Call) -> Output {
    let (letters, values, names) = options(call.words, "dfcb");
    let value = |wanted| values.iter().find(|(letter, _)| *letter == wanted).map(|(_, value)| *value);
    let mark = value('d').unwrap_or("\t");
    let (list, is_fields) = match (value('f'), value('c').or(value('b'))) {
        (Some(list), _) => (list, true),
        (None, Some(list)) => (list, false),
        _ => {
            let text = "cut: you must specify a list of bytes, characters, or fields\n";
            return Output::failed(1, text);
        }
    };
    let is_list = list.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ',') && list.len() < 100;
    if !is_list || mark.is_empty() {
        return Output::failed(1, ["cut: invalid field value '", list, "'\n"].concat());
    }
    let (texts, mut output) = inputs(call, &names);
    // The list is searched for each character or field.
    let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
    call.work.counts((size / 16).saturating_mul(1 + list.len() / 2));
    if call.work.done >= call.work.left {
        return output;
    }
    for line in texts.iter().flat_map(|(_, text)| text.lines()) {
        if is_fields && !line.contains(mark) {
            if !letters.contains('s') {
                output.stdout.extend([line, "\n"]);
            }
            continue;
        }
        if is_fields {
            let fields = line.split(mark).zip(1..).filter(|(_, place)| is_chosen(list, *place));
            output.stdout.push_str(&fields.map(|(field, _)| field).collect::<Vec<_>>().join(mark));
        } else {
            output
                .stdout
                .extend(line.chars().zip(1..).filter(|(_, place)| is_chosen(list, *place)).map(|(c, _)| c));
        }
        output.stdout.push('\n');
    }
    output
}

/// Expands a set of `tr`: `a-z`, `[:upper:]`, `\n`.
fn set(written: &str) -> Vec<char> {
    let plain = unescaped(written)
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:alpha:]", "A-Za-z")
        .replace("[:alnum:]", "A-Za-z0-9")
        .replace("[:space:]", " \t\n\r")
        .replace("[:punct:]", "!-/:-@[-`{-~");
    let characters: Vec<char> = plain.chars().collect();
    let mut set = Vec::new();
    let mut at = 0;
    while let Some(from) = characters.get(at) {
        match (characters.get(at + 1), characters.get(at + 2)) {
            (Some('-'), Some(to)) if u32::from(*to) - u32::from(*from).min(u32::from(*to)) < 1_000 => {
                set.extend(*from..=*to);
                at += 3;
            }
            _ => {
                set.push(*from);
                at += 1;
            }
        }
        if set.len() > 2_000 {
            break;
        }
    }
    set
}

pub(super) fn tr(call: &mut Call) -> Output {
    let (letters, _, sets) = options(call.words, "");
    let has = |letter| letters.contains(letter);
    let Some((first, others)) = sets.split_first() else {
        return Output::failed(1, "tr: missing operand\n");
    };
    let (from, to) = (set(first), others.first().map(|second| set(second)).unwrap_or_default());
    if to.is_empty() && !has('d') && !has('s') {
        return Output::failed(1, ["tr: missing operand after '", first, "'\n"].concat());
    }
    let is_other = has('c') || has('C');
    let squeezed = if to.is_empty() || has('d') && others.is_empty() { &from } else { &to };
    let mut made = String::new();
    call.work.reads = true;
    // Each character is searched for in the sets.
    call.work.counts((call.context.stdin.len() / 64).saturating_mul(from.len() + to.len()));
    if call.work.done >= call.work.left {
        return Output::default();
    }
    for c in call.context.stdin.chars() {
        let place = from.iter().position(|known| *known == c);
        let new = match (place.is_some() != is_other, has('d')) {
            (false, _) => c,
            (true, true) => continue,
            (true, false) if to.is_empty() => c,
            (true, false) => {
                let place = if is_other { to.len() - 1 } else { place.unwrap_or(0).min(to.len() - 1) };
                to.get(place).copied().unwrap_or(c)
            }
        };
        let is_squeezed =
            has('s') && made.ends_with(new) && (squeezed.contains(&new) != (is_other && to.is_empty()));
        if !is_squeezed {
            made.push(new);
        }
    }
    Output::printed(made)
}

pub(super) fn base64(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "w");
    let (texts, mut output) = inputs(call, &names);
    let text: String = texts.into_iter().map(|(_, text)| text).collect();
    if letters.contains('d') || call.words.iter().any(|word| word == "--decode") {
        match from_base64(&text) {
            Some(bytes) => output.stdout = String::from_utf8_lossy(&bytes).into_owned(),
            None => return Output::failed(1, "base64: invalid input\n"),
        }
        return output;
    }
    let encoded = to_base64(text.as_bytes());
    let is_long = call.words.iter().any(|word| word.starts_with("-w"));
    let mut rest = encoded.as_str();
    while let Some((line, after)) = rest.split_at_checked(76).filter(|_| !is_long) {
        output.stdout.extend([line, "\n"]);
        rest = after;
    }
    if !rest.is_empty() || is_long {
        output.stdout.push_str(rest);
        output.stdout.push_str(if is_long { "" } else { "\n" });
    }
    output
}

/// Runs `envsubst`: replaces `$NAME` and `${NAME}` in standard input with the values of variables.
pub(super) fn envsubst(call: &mut Call) -> Output {
    let only = call.words.first();
    let mut made = String::new();
    call.work.reads = true;
    let mut rest = call.context.stdin;
    while let Some((before, after)) = rest.split_once('$') {
        made.push_str(before);
        let (is_braced, inner) = after.strip_prefix('{').map_or((false, after), |inner| (true, inner));
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, behind) = inner.split_at(length);
        let is_name =
            name.starts_with(|c: char| !c.is_ascii_digit()) && (!is_braced || behind.starts_with('}'));
        let is_asked = only.is_none_or(|only| {
            only.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|asked| asked == name)
        });
        if is_name && is_asked {
            made.push_str(call.context.variables.get(name).map_or("", String::as_str));
            rest = behind.get(usize::from(is_braced)..).unwrap_or_default();
        } else {
            made.push('$');
            rest = after;
        }
        if made.len() > 4 << 20 {
            return Output::failed(1, "envsubst: the text gets too long\n");
        }
    }
    made.push_str(rest);
    Output::printed(made)
}

/// Runs `rev` or `tac`.
pub(super) fn rev(call: &mut Call) -> Output {
    let (_, _, names) = options(call.words, "");
    let (texts, mut output) = inputs(call, &names);
    for (_, text) in texts {
        match call.name {
            "tac" => {
                let lines = text.split_inclusive('\n').rev();
                output.stdout.extend(lines);
            }
            _ => {
                for line in text.lines() {
                    output.stdout.extend(line.chars().rev().chain(['\n']));
                }
            }
        }
    }
    output
}
