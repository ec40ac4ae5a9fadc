//! Tools for text and files, as coreutils has them, without the options that nobody types here.

use super::{Call, pattern::Pattern};
use crate::{
    model::TextMap,
    terminal::{Files, command::Output, shell::plain_path},
};

/// How much a search may do, in steps of a pattern.
const MOST_WORK: usize = 300_000;

/// Options are letters behind a hyphen; what is none of them, or stands behind `--`, is an operand.
///
/// `valued` are the letters that take a value, which gives the values by letter.
pub(super) fn options<'w>(words: &'w [String], valued: &str) -> (String, Vec<(char, &'w str)>, Vec<&'w str>) {
    let (mut letters, mut values, mut operands) = (String::new(), Vec::new(), Vec::new());
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            operands.push(word);
            continue;
        };
        if flags == "-" {
            operands.extend(words.by_ref());
            break;
        }
        for (i, letter) in flags.char_indices() {
            if valued.contains(letter) {
                let rest = flags.get(i + letter.len_utf8()..).unwrap_or_default();
                let value = if rest.is_empty() { words.next().unwrap_or_default() } else { rest };
                values.push((letter, value));
                break;
            }
            letters.push(letter);
        }
    }
    (letters, values, operands)
}

/// The texts that a tool reads: the files named, or what is piped in. What is not there is told.
pub(super) fn inputs(call: &mut Call, names: &[&str]) -> (Vec<(String, String)>, Output) {
    let mut output = Output::default();
    let stdin = ("-".to_owned(), call.context.stdin.to_owned());
    let is_piped = names.is_empty();
    let mut texts: Vec<(String, String)> = if is_piped { vec![stdin.clone()] } else { Vec::new() };
    for name in names {
        // The same text may be asked for again and again.
        let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
        if u32::try_from(size / 1024).unwrap_or(u32::MAX) > call.work.left {
            call.work.done = call.work.left;
            return (Vec::new(), output);
        }
        match call.context.files.get(plain_path(name)) {
            _ if matches!(*name, "-" | "/dev/stdin") => texts.push(stdin.clone()),
            Some(text) => texts.push(((*name).to_owned(), text.clone())),
            None => {
                output.stderr.push_str(&[call.name, ": ", name, ": No such file or directory\n"].concat());
                output.exit_code = if call.name == "grep" { 2 } else { 1 };
            }
        }
    }
    // Short lines take more than their letters.
    call.work.counts(texts.iter().map(|(_, text)| text.bytes().filter(|byte| *byte == b'\n').count()).sum());
    (texts, output)
}

pub(super) fn cat(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let (texts, mut output) = inputs(call, &names);
    let mut number = 0;
    for (_, text) in texts {
        if !letters.contains('n') {
            output.stdout.push_str(&text);
            continue;
        }
        for line in text.lines() {
            number += 1;
            output.stdout.push_str(&format!("{number:>6}\t{line}\n"));
        }
    }
    output
}

pub(super) fn clear(_: &mut Call) -> Output {
    // What the real one prints: the cursor to the corner, the screen empty, and what scrolled away, too.
    Output::printed("\u{1b}[H\u{1b}[2J\u{1b}[3J")
}

pub(super) fn pwd(_: &mut Call) -> Output {
    Output::printed("/home/playground\n")
}

pub(super) fn sleep(_: &mut Call) -> Output {
    Output::default()
}

pub(super) fn echo(call: &mut Call) -> Output {
    let is_option = |word: &&String| {
        word.strip_prefix('-')
            .is_some_and(|flags| !flags.is_empty() && flags.chars().all(|c| "neE".contains(c)))
    };
    let count = call.words.iter().take_while(is_option).count();
    let (flags, words) = call.words.split_at_checked(count).unwrap_or_default();
    let mut text = words.join(" ");
    if flags.iter().any(|flags| flags.contains('e')) {
        text = unescaped(&text);
    }
    if !flags.iter().any(|flags| flags.contains('n')) {
        text.push('\n');
    }
    Output::printed(text)
}

/// `\n` and its like as what they stand for.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('\\') => plain.push('\\'),
            other => {
                plain.push('\\');
                plain.extend(other);
            }
        }
    }
    plain
}

pub(super) fn printf(call: &mut Call) -> Output {
    let Some((format, mut words)) = call.words.split_first() else {
        return Output::failed(2, "printf: usage: printf format [arguments]\n");
    };
    let format = unescaped(format);
    let mut text = String::new();
    loop {
        let mut takes = false;
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            let length = after.find(|c: char| !"-0123456789.+ ".contains(c)).unwrap_or(after.len());
            let (size, after) = after.split_at(length);
            let mut characters = after.chars();
            let kind = characters.next();
            rest = characters.as_str();
            if kind == Some('%') {
                text.push('%');
                continue;
            }
            if !matches!(kind, Some('s' | 'd' | 'b' | 'i' | 'q')) {
                return Output::failed(1, "printf: only %s, %d, %b, %i, %q and %% are known here\n");
            }
            takes = true;
            let word = words.split_first().map_or("", |(word, after)| {
                words = after;
                word
            });
            text.push_str(&padded(word, kind.unwrap_or('s'), size));
            if text.len() > 1 << 20 {
                return Output::failed(1, "printf: the text gets too long\n");
            }
        }
        text.push_str(rest);
        // The format is used again while there are words.
        if words.is_empty() || !takes {
            return Output::printed(text);
        }
    }
}

/// A word as `%-10.3s` and its like write it.
fn padded(word: &str, kind: char, size: &str) -> String {
    let word = match kind {
        'b' => unescaped(word),
        'q' => crate::terminal::echo::quote(word),
        'd' | 'i' if word.is_empty() => "0".to_owned(),
        _ => word.to_owned(),
    };
    let (is_left, is_zero) = (size.starts_with('-'), size.starts_with('0') && kind != 's');
    let (width, most) = size.trim_start_matches(['-', '+', ' ', '0']).split_once('.').unwrap_or((size, ""));
    let width: usize = width.trim_start_matches(['-', '+', ' ', '0']).parse().unwrap_or(0);
    let most: usize = most.parse().unwrap_or(usize::MAX);
    let word: String = word.chars().take(if kind == 's' { most } else { usize::MAX }).collect();
    let fill = width.min(1_000).saturating_sub(word.chars().count());
    match (is_left, is_zero) {
        (true, _) => word + &" ".repeat(fill),
        (_, true) => "0".repeat(fill) + &word,
        _ => " ".repeat(fill) + &word,
    }
}

pub(super) fn grep(call: &mut Call) -> Output {
    let (letters, values, mut operands) = options(call.words, "e");
    let has = |letter| letters.contains(letter);
    let pattern = match values.first() {
        Some((_, pattern)) => pattern,
        None if operands.is_empty() => {
            return Output::failed(2, "Usage: grep [OPTION]... PATTERNS [FILE]...\n");
        }
        None => operands.remove(0),
    };
    let written = match (has('F'), has('E') || has('P')) {
        (true, _) => regex_lite::escape(pattern),
        (false, true) => pattern.to_owned(),
        (false, false) => extended(pattern),
    };
    let written = if has('i') { ["(?i)", &written].concat() } else { written };
    let written = if has('w') { ["\\b(?:", &written, ")\\b"].concat() } else { written };
    let written = if has('x') { ["^(?:", &written, ")$"].concat() } else { written };
    call.work.counts(written.len());
    let Some(found) = Pattern::new(&written) else {
        return Output::failed(2, ["grep: not a regular expression: ", pattern, "\n"].concat());
    };
    let regex = &found.regex;
    let (texts, mut output) = inputs(call, &operands);
    let work = texts.iter().map(|(_, text)| found.work(text)).sum::<usize>();
    call.work.counts(work.min(MOST_WORK));
    if work > MOST_WORK {
        return Output::failed(2, "grep: the input is too long for this expression\n");
    }
    let is_many = (operands.len() > 1 && !has('h')) || has('H');
    let mut is_found = false;
    for (name, text) in texts {
        let mut count = 0usize;
        let path = name;
        let name = if is_many { [&*path, ":"].concat() } else { String::new() };
        for (line, number) in text.lines().zip(1usize..) {
            if regex.is_match(line) == has('v') {
                continue;
            }
            count += 1;
            if has('c') || has('q') || has('l') {
                continue;
            }
            let mut tell = |text: &str| {
                output.stdout.push_str(&name);
                if has('n') {
                    output.stdout.push_str(&[&*number.to_string(), ":"].concat());
                }
                output.stdout.push_str(&[text, "\n"].concat());
            };
            match has('o') {
                true => regex.find_iter(line).for_each(|part| tell(part.as_str())),
                false => tell(line),
            }
        }
        is_found |= count > 0;
        if has('l') && count > 0 {
            output.stdout.push_str(&[path.as_str(), "\n"].concat());
            continue;
        }
        if has('c') {
            output.stdout.push_str(&[&*name, &*count.to_string(), "\n"].concat());
        }
    }
    output.exit_code = output.exit_code.max(u8::from(!is_found));
    output
}

/// A basic regular expression as an extended one: what has a meaning with a backslash has it without, and the other way
/// round.
pub(super) fn extended(pattern: &str) -> String {
    let mut written = String::new();
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        let is_turned = |c: char| "|+?(){}".contains(c);
        if c == '\\' && next.is_some_and(is_turned) {
            written.extend(characters.next());
        } else if c == '\\' {
            written.push(c);
            written.extend(characters.next());
        } else {
            if is_turned(c) {
                written.push('\\');
            }
            written.push(c);
        }
    }
    written
}

/// `head` and `tail`.
pub(super) fn ends(call: &mut Call) -> Output {
    // `-5` is the old way to write `-n 5`.
    let words: Vec<_> = call
        .words
        .iter()
        .map(|word| match word.strip_prefix('-') {
            Some(count) if count.parse::<usize>().is_ok() => ["-n", count].concat(),
            _ => word.clone(),
        })
        .collect();
    let (_, values, names) = options(&words, "nc");
    let written = values.last().map_or("10", |(_, value)| *value);
    let Ok(count) = written.trim_start_matches(['-', '+']).parse::<usize>() else {
        let text = [call.name, ": invalid number of lines: '", written, "'\n"].concat();
        return Output::failed(1, text);
    };
    let (texts, mut output) = inputs(call, &names);
    for (_, text) in texts {
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let place = match (call.name, written.starts_with('+')) {
            ("head", _) => 0..count.min(lines.len()),
            (_, true) => count.saturating_sub(1).min(lines.len())..lines.len(),
            _ => lines.len().saturating_sub(count)..lines.len(),
        };
        output.stdout.extend(lines.get(place).unwrap_or_default().iter().copied());
    }
    output
}

pub(super) fn wc(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let (texts, mut output) = inputs(call, &names);
    let letters = if letters.is_empty() { "lwc" } else { &letters };
    let mut totals = [0; 3];
    let mut tell = |counts: [usize; 3], name: &str| {
        let shown: Vec<_> = counts
            .iter()
            .zip("lwc".chars())
            .filter(|(_, letter)| letters.contains(*letter))
            .map(|(count, _)| count.to_string())
            .collect();
        // Columns are seven wide where there are several, as of a pipe.
        let line = match &*shown {
            [one] => one.clone(),
            many => many.iter().map(|count| format!("{count:>7}")).collect::<Vec<_>>().join(" "),
        };
        output.stdout.push_str(&line);
        if name != "-" {
            output.stdout.push_str(&[" ", name].concat());
        }
        output.stdout.push('\n');
    };
    for (name, text) in &texts {
        let counts = [text.matches('\n').count(), text.split_whitespace().count(), text.len()];
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
        tell(counts, name);
    }
    if texts.len() > 1 {
        tell(totals, "total");
    }
    output
}

pub(super) fn tee(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    for name in names {
        let before = call.context.files.get(plain_path(name)).filter(|_| letters.contains('a'));
        let text = before.cloned().unwrap_or_default() + call.context.stdin;
        call.context.files.insert(plain_path(name).to_owned(), text);
    }
    Output::printed(call.context.stdin)
}

/// `test` and `[`.
pub(super) fn test(call: &mut Call) -> Output {
    let words = match (call.name, call.words.split_last()) {
        ("[", Some((last, inner))) if last == "]" => inner,
        ("[", _) => return Output::failed(2, "bash: [: missing `]'\n"),
        _ => call.words,
    };
    match holds(call.context.files, call.context.variables, words) {
        Some(holds) => Output { exit_code: u8::from(!holds), ..Output::default() },
        None => Output::failed(2, ["bash: ", call.name, ": cannot be compared like this\n"].concat()),
    }
}

/// What a comparison says; `None` where it is none. Its parts may be joined by `-a` and `-o`.
pub(in crate::terminal) fn holds(files: &Files, variables: &TextMap, words: &[String]) -> Option<bool> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let joined = |mark: &str| {
        words.len() > 3 && words.get(1..words.len() - 1).is_some_and(|inner| inner.contains(&mark))
    };
    if joined("-o") {
        return words
            .split(|word| *word == "-o")
            .try_fold(false, |all, part| Some(one(files, variables, part)? || all));
    }
    if joined("-a") {
        return words
            .split(|word| *word == "-a")
            .try_fold(true, |all, part| Some(one(files, variables, part)? && all));
    }
    one(files, variables, &words)
}

fn one(files: &Files, variables: &TextMap, words: &[&str]) -> Option<bool> {
    // A file in a folder makes the folder.
    let is_folder = |name: &str| {
        let inside = [plain_path(name).trim_end_matches('/'), "/"].concat();
        matches!(name, "." | "./" | "/") || files.iter().any(|(known, _)| known.starts_with(&inside))
    };
    let file = |name: &str| files.get(plain_path(name));
    match words {
        [a, "=" | "==", b] => return Some(a == b),
        [a, "!=", b] => return Some(a != b),
        [a, "<", b] => return Some(a < b),
        [a, ">", b] => return Some(a > b),
        [a, operator, b] if operator.starts_with('-') && *a != "!" => return compared(a, operator, b),
        _ => {}
    }
    let (is_negated, words) = match words {
        ["!", rest @ ..] if !rest.is_empty() => (true, rest),
        all => (false, all),
    };
    let holds = match words {
        [] => false,
        [text] | ["-n", text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        ["-f" | "-r" | "-w", name] => file(name).is_some(),
        ["-e", name] => file(name).is_some() || is_folder(name),
        ["-s", name] => file(name).is_some_and(|text| !text.is_empty()),
        ["-d", name] => is_folder(name),
        ["-x" | "-L" | "-h", _] => false,
        ["-v", name] => variables.contains_key(*name),
        // Nothing here is a terminal to a script.
        ["-t" | "-p", _] => false,
        _ if is_negated => one(files, variables, words)?,
        _ => return None,
    };
    Some(holds != is_negated)
}

fn compared(a: &str, operator: &str, b: &str) -> Option<bool> {
    let order = a.parse::<i64>().ok()?.cmp(&b.parse().ok()?);
    Some(match operator {
        "-eq" => order.is_eq(),
        "-ne" => order.is_ne(),
        "-lt" => order.is_lt(),
        "-le" => order.is_le(),
        "-gt" => order.is_gt(),
        "-ge" => order.is_ge(),
        _ => return None,
    })
}
