//! Tools that process lines: `cut`, `tr`, `uniq`, `seq`, `rev`, `base64`, `envsubst`.

use crate::command::Output;
use mesh_text::base64::{from_base64, to_base64};

use super::{
    Call,
    options::{options, parsed, wrong},
    text::{inputs, lines, padded, unescaped},
};

/// Runs `seq`. The numbers may have decimals.
pub(super) fn seq(call: &mut Call) -> Output {
    /// Maximum count of numbers; a loop is limited to as many steps anyway.
    const MOST: usize = 10_000;
    const LONG: &[(&str, char)] = &[("equal-width", 'w'), ("format", 'f'), ("separator", 's')];
    // A negative number is not an option.
    let is_number = |word: &&String| {
        word.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c)) && decimal(word).is_some()
    };
    let first = call.words.iter().position(|word| is_number(&word)).unwrap_or(call.words.len());
    let (words, numbers) = call.words.split_at_checked(first).unwrap_or_default();
    let options = match parsed("seq", words, "w", "fs", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let mut operands = options.operands.clone();
    operands.extend(numbers.iter().map(String::as_str));
    let mut read = Vec::new();
    for word in &operands {
        match decimal(word) {
            Some(number) => read.push(number),
            None => return wrong("seq", &["invalid floating point argument: '", word, "'"]),
        }
    }
    let one = (1, 0);
    let (first, step, last) = match *read {
        [] => return wrong("seq", &["missing operand"]),
        [last] => (one, one, last),
        [first, last] => (first, one, last),
        [first, step, last] => (first, step, last),
        _ => return wrong("seq", &["extra operand '", operands.get(3).copied().unwrap_or_default(), "'"]),
    };
    if step.0 == 0 {
        let written = operands.get(1).copied().unwrap_or_default();
        return wrong("seq", &["invalid Zero increment value: '", written, "'"]);
    }
    let places = first.1.max(step.1);
    let most = places.max(last.1);
    let scaled = |(number, own): (i128, u32)| number * 10i128.pow(most - own);
    let (first, step, last) = (scaled(first), scaled(step), scaled(last));
    let numbers = std::iter::successors(Some(first), |number| number.checked_add(step));
    let numbers: Vec<String> = numbers
        .take_while(|number| if step > 0 { *number <= last } else { *number >= last })
        .take(MOST)
        .map(|number| shown(number / 10i128.pow(most - places), places))
        .collect();
    // Formatting a number costs more than its digits.
    call.work.counts(numbers.len() / 2);
    let mut width = 0;
    if options.has('w') {
        width = numbers.iter().map(String::len).max().unwrap_or_default();
    }
    let format = options.value('f').map(|format| {
        let (before, after) = format.split_once('%').unwrap_or((format, ""));
        let length = after.find(|c: char| !"-0123456789.+ #".contains(c)).unwrap_or(after.len());
        let (size, kind) = after.split_at(length);
        let after = kind.get(1..).unwrap_or_default();
        (format, before, size, kind.chars().next().unwrap_or_default(), after)
    });
    if let Some((format, .., kind, _)) = format
        && !"efgEFG".contains(kind)
    {
        let why = if format.contains('%') { "' has unknown %" } else { "' has no % directive" };
        return Output::failed(1, ["seq: format '", format, why, "\n"].concat());
    }
    let written = numbers.into_iter().map(|number| match format {
        Some((_, before, size, kind, after)) => [before, &padded(&number, kind, size), after].concat(),
        None => match number.strip_prefix('-') {
            Some(digits) => format!("-{digits:0>width$}", width = width.saturating_sub(1)),
            None => format!("{number:0>width$}"),
        },
    });
    let text = written.collect::<Vec<_>>().join(&unescaped(options.value('s').unwrap_or("\n")));
    Output::printed(if text.is_empty() { text } else { text + "\n" })
}

/// Parses a decimal number; returns its digits and the number of decimals.
fn decimal(word: &str) -> Option<(i128, u32)> {
    let (is_negative, digits) =
        word.strip_prefix('-').map_or((false, word.strip_prefix('+').unwrap_or(word)), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i128 = digits.parse().ok()?;
    Some((if is_negative { -number } else { number }, u32::try_from(fraction.len()).ok()?))
}

/// Writes a number with a number of decimals.
fn shown(number: i128, places: u32) -> String {
    if places == 0 {
        return number.to_string();
    }
    let power = 10u128.pow(places);
    let size = number.unsigned_abs();
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}.{:0width$}", size / power, size % power, width = places as usize)
}

pub(super) fn uniq(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] = &[
        ("check-chars", 'w'),
        ("count", 'c'),
        ("ignore-case", 'i'),
        ("repeated", 'd'),
        ("skip-chars", 's'),
        ("skip-fields", 'f'),
        ("unique", 'u'),
    ];
    let options = match options(call, "cdDiu", "fsw", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let mut sizes = [0, 0, usize::MAX];
    for (size, (letter, what)) in
        sizes.iter_mut().zip([('f', "fields to skip"), ('s', "bytes to skip"), ('w', "bytes to compare")])
    {
        if let Some(written) = options.value(letter) {
            match written.parse() {
                Ok(count) => *size = count,
                Err(_) => {
                    return Output::failed(
                        1,
                        ["uniq: ", written, ": invalid number of ", what, "\n"].concat(),
                    );
                }
            }
        }
    }
    let [fields, skipped, most] = sizes;
    let (names, target) = match *options.operands {
        [] => (&[][..], None),
        [ref from] => (std::slice::from_ref(from), None),
        [ref from, to] => (std::slice::from_ref(from), Some(to)),
        [_, _, extra, ..] => return wrong("uniq", &["extra operand '", extra, "'"]),
    };
    let (texts, mut output) = inputs(call, names);
    // Part of a line that is compared.
    let part = |line: &str| {
        let mut rest = line;
        for _ in 0..fields.min(line.len()) {
            rest = rest.trim_start_matches([' ', '\t']).trim_start_matches(|c| !matches!(c, ' ' | '\t'));
        }
        let part: String = rest.chars().skip(skipped).take(most).collect();
        if options.has('i') { part.to_lowercase() } else { part }
    };
    let mut runs: Vec<(Vec<&str>, String)> = Vec::new();
    for line in texts.iter().flat_map(|(_, text)| lines(text)) {
        let part = part(line);
        match runs.last_mut() {
            Some((run, last)) if *last == part => run.push(line),
            _ => runs.push((vec![line], part)),
        }
    }
    let mut made = String::new();
    for (run, _) in runs {
        let count = run.len();
        if ((options.has('d') || options.has('D')) && count == 1) || (options.has('u') && count > 1) {
            continue;
        }
        if options.has('c') {
            made.push_str(&format!("{count:>7} "));
        }
        made.extend(
            run.into_iter().take(if options.has('D') { count } else { 1 }).flat_map(|line| [line, "\n"]),
        );
    }
    match target {
        None | Some("-") => output.stdout = made,
        Some(name) => {
            if let Err(why) = call.context.files.write(name, &made, false) {
                return Output::failed(1, format!("uniq: {name}: {why}\n"));
            }
        }
    }
    output
}

/// Returns whether a list contains a position, counted from one. A list is `2`, `2-4`, `-3`, `5-`, or several of these.
fn is_chosen(list: &str, place: usize) -> bool {
    list.split([',', ' ']).any(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let bound = |text: &str, usual| if text.is_empty() { usual } else { text.parse().unwrap_or(0) };
        (bound(from, 1)..=bound(to, usize::MAX)).contains(&place)
    })
}

/// Returns the message about a wrong list of `cut`.
fn wrong_list(list: &str, is_fields: bool) -> Option<String> {
    let what = if is_fields { "field" } else { "byte/character position" };
    for range in list.split([',', ' ']) {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let why = match (from.parse::<usize>(), to.parse::<usize>()) {
            _ if range == "-" => "invalid range with no endpoint: -".to_owned(),
            (Ok(0), _) | (_, Ok(0)) if is_fields => "fields are numbered from 1".to_owned(),
            (Ok(0), _) | (_, Ok(0)) => "byte/character positions are numbered from 1".to_owned(),
            (Ok(from), Ok(to)) if from > to => "invalid decreasing range".to_owned(),
            (Err(_), _) if !from.is_empty() || range.is_empty() => {
                ["invalid ", what, " value '", from, "'"].concat()
            }
            (_, Err(_)) if !to.is_empty() => ["invalid ", what, " value '", to, "'"].concat(),
            _ => continue,
        };
        return Some(why);
    }
    None
}

pub(super) fn cut(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] = &[
        ("bytes", 'b'),
        ("characters", 'c'),
        ("complement", '!'),
        ("delimiter", 'd'),
        ("fields", 'f'),
        ("only-delimited", 's'),
        ("output-delimiter", '>'),
    ];
    let options = match options(call, "ns", "bcdf>", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let value = |wanted| options.value(wanted);
    let lists: Vec<_> = options.values.iter().filter(|(letter, _)| "bcf".contains(*letter)).collect();
    let (list, is_fields) = match *lists {
        [] => return wrong("cut", &["you must specify a list of bytes, characters, or fields"]),
        [(letter, list)] => (*list, *letter == 'f'),
        _ => return wrong("cut", &["only one list may be specified"]),
    };
    let is_bytes = value('b').is_some();
    let mark = value('d').unwrap_or("\t");
    // An empty delimiter is the null character.
    let mark = if mark.is_empty() { "\0" } else { mark };
    if mark.chars().count() != 1 {
        return wrong("cut", &["the delimiter must be a single character"]);
    }
    if !is_fields && (value('d').is_some() || options.has('s')) {
        let what = if options.has('s') {
            "suppressing non-delimited lines makes sense\n\tonly when operating on fields"
        } else {
            "an input delimiter may be specified only when operating on fields"
        };
        return wrong("cut", &[what]);
    }
    if let Some(why) = wrong_list(list, is_fields) {
        return wrong("cut", &[&why]);
    }
    if list.len() > 100 {
        return Output::failed(1, "cut: the list is too long\n");
    }
    let (texts, mut output) = inputs(call, &options.operands);
    // The list is searched for each character or field.
    let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
    call.work.counts((size / 16).saturating_mul(1 + list.len() / 2));
    if call.work.done >= call.work.left {
        return output;
    }
    let is_kept = |place| is_chosen(list, place) != options.has('!');
    let between = value('>').unwrap_or(if is_fields { mark } else { "" });
    for line in texts.iter().flat_map(|(_, text)| lines(text)) {
        if is_fields && !line.contains(mark) {
            if !options.has('s') {
                output.stdout.extend([line, "\n"]);
            }
            continue;
        }
        if is_fields {
            let fields = line.split(mark).zip(1..).filter(|(_, place)| is_kept(*place));
            output.stdout.push_str(&fields.map(|(field, _)| field).collect::<Vec<_>>().join(between));
        } else {
            let mut last = 0;
            for ((at, c), place) in line.char_indices().zip(1..) {
                let place = if is_bytes { at + 1 } else { place };
                if is_kept(place) {
                    if last > 0 && place > last + 1 {
                        output.stdout.push_str(between);
                    }
                    output.stdout.push(c);
                    last = place + if is_bytes { c.len_utf8() - 1 } else { 0 };
                }
            }
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
        .replace("[:space:]", " \t-\r")
        .replace("[:blank:]", " \t")
        .replace("[:cntrl:]", "\0-\x1f\x7f")
        .replace("[:graph:]", "!-~")
        .replace("[:print:]", " -~")
        .replace("[:xdigit:]", "0-9A-Fa-f")
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
    const LONG: &[(&str, char)] =
        &[("complement", 'c'), ("delete", 'd'), ("squeeze-repeats", 's'), ("truncate-set1", 't')];
    let options = match options(call, "cCdst", "", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let has = |letter| options.has(letter);
    let Some((first, others)) = options.operands.split_first() else {
        return wrong("tr", &["missing operand"]);
    };
    let most = usize::from(!has('d') || has('s'));
    if let Some(extra) = others.get(most) {
        let why = if has('d') && !has('s') {
            "\nOnly one string may be given when deleting without squeezing repeats."
        } else {
            ""
        };
        return wrong("tr", &["extra operand '", extra, "'", why]);
    }
    if others.is_empty() && has('d') == has('s') {
        let why = match has('d') {
            true => "\nTwo strings must be given when both deleting and squeezing repeats.",
            false => "\nTwo strings must be given when translating.",
        };
        return wrong("tr", &["missing operand after '", first, "'", why]);
    }
    let (mut from, to) = (set(first), others.first().map(|second| set(second)).unwrap_or_default());
    if to.is_empty() && !others.is_empty() && !has('d') && !has('t') {
        return Output::failed(1, "tr: when not truncating set1, string2 must be non-empty\n");
    }
    if has('t') {
        from.truncate(to.len());
    }
    let is_other = has('c') || has('C');
    let squeezed = if to.is_empty() { &from } else { &to };
    let mut made = String::new();
    let text = call.context.stdin.read();
    // Each character is searched for in the sets.
    call.work.counts((text.len() / 64).saturating_mul(from.len() + to.len()));
    if call.work.done >= call.work.left {
        return Output::default();
    }
    for c in text.chars() {
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
    const LONG: &[(&str, char)] = &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')];
    let options = match options(call, "di", "w", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let wrap = options.value('w').unwrap_or("76");
    let Ok(width) = wrap.parse::<usize>() else {
        return Output::failed(1, ["base64: invalid wrap size: '", wrap, "'\n"].concat());
    };
    if let Some(extra) = options.operands.get(1) {
        return wrong("base64", &["extra operand '", extra, "'"]);
    }
    let (texts, mut output) = inputs(call, &options.operands);
    let mut text: String = texts.into_iter().map(|(_, text)| text).collect();
    if options.has('d') {
        if options.has('i') {
            text.retain(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
        }
        match from_base64(&text) {
            Some(bytes) => output.stdout = String::from_utf8_lossy(&bytes).into_owned(),
            None => return Output::failed(1, "base64: invalid input\n"),
        }
        return output;
    }
    let encoded = to_base64(text.as_bytes());
    let is_long = width == 0;
    let mut rest = encoded.as_str();
    while let Some((line, after)) = rest.split_at_checked(width).filter(|_| !is_long && !rest.is_empty()) {
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
    let options = match options(call, "", "", &[]) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let only = options.operands.first();
    let mut made = String::new();
    let mut rest = call.context.stdin.read();
    while let Some((before, after)) = rest.split_once('$') {
        made.push_str(before);
        let (is_braced, inner) = after.strip_prefix('{').map_or((false, after), |inner| (true, inner));
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, behind) = inner.split_at(length);
        let is_name =
            name.starts_with(|c: char| !c.is_ascii_digit()) && (!is_braced || behind.starts_with('}'));
        let is_asked = only.is_none_or(|only| {
            only.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|asked| *asked == *name)
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

/// Runs `printenv`: prints exported variables, or all of them with their names.
pub(super) fn printenv(call: &mut Call) -> Output {
    let options = match options(call, "", "", &[]) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let variables = &*call.context.variables;
    let mut output = Output::default();
    for name in &options.operands {
        match variables.get(*name) {
            Some(value) => output.stdout.extend([value, "\n"]),
            None => output.exit_code = 1,
        }
    }
    if options.operands.is_empty() {
        output.stdout = variables.iter().flat_map(|(name, value)| [name, "=", value, "\n"]).collect();
    }
    output
}

/// Runs `rev` or `tac`.
pub(super) fn rev(call: &mut Call) -> Output {
    let options = match options(call, "", "", &[]) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let (texts, mut output) = inputs(call, &options.operands);
    for (_, text) in texts {
        match call.name {
            "tac" => {
                let lines = text.split_inclusive('\n').rev();
                output.stdout.extend(lines);
            }
            _ => {
                for line in lines(&text) {
                    output.stdout.extend(line.chars().rev().chain(['\n']));
                }
            }
        }
    }
    output
}
