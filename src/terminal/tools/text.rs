//! Tools for text and files, as coreutils has them, without the options that nobody types here.

use super::Call;
use crate::terminal::{command::Output, shell::plain_path};

/// Options are letters behind a hyphen; what is none of them, or stands behind `--`, is an operand.
///
/// `valued` are the letters that take a value, which gives the values by letter.
fn options<'w>(words: &'w [String], valued: &str) -> (String, Vec<(char, &'w str)>, Vec<&'w str>) {
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
pub(super) fn inputs(call: &Call, names: &[&str]) -> (Vec<(String, String)>, Output) {
    let mut output = Output::default();
    let stdin = ("-".to_owned(), call.context.stdin.to_owned());
    if names.is_empty() {
        return (vec![stdin], output);
    }
    let mut texts = Vec::new();
    for name in names {
        match call.context.files.get(plain_path(name)) {
            _ if matches!(*name, "-" | "/dev/stdin") => texts.push(stdin.clone()),
            Some(text) => texts.push(((*name).to_owned(), text.clone())),
            None => {
                output.stderr.push_str(&[call.name, ": ", name, ": No such file or directory\n"].concat());
                output.exit_code = if call.name == "grep" { 2 } else { 1 };
            }
        }
    }
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
        let mut characters = format.chars();
        while let Some(c) = characters.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            match characters.next() {
                Some('s' | 'd' | 'b' | 'i') => {
                    takes = true;
                    if let Some((word, rest)) = words.split_first() {
                        text.push_str(word);
                        words = rest;
                    }
                }
                Some('%') => text.push('%'),
                _ => return Output::failed(1, "printf: only %s, %d, %b, %i and %% are known here\n"),
            }
        }
        // The format is used again while there are words.
        if words.is_empty() || !takes {
            return Output::printed(text);
        }
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
    let Ok(regex) = regex_lite::Regex::new(&written) else {
        return Output::failed(2, ["grep: not a regular expression: ", pattern, "\n"].concat());
    };
    let (texts, mut output) = inputs(call, &operands);
    let is_many = operands.len() > 1;
    let mut found = false;
    for (name, text) in texts {
        let mut count = 0usize;
        let name = if is_many { [&*name, ":"].concat() } else { String::new() };
        for (line, number) in text.lines().zip(1usize..) {
            if regex.is_match(line) == has('v') {
                continue;
            }
            count += 1;
            if has('c') || has('q') {
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
        found |= count > 0;
        if has('c') {
            output.stdout.push_str(&[&*name, &*count.to_string(), "\n"].concat());
        }
    }
    output.exit_code = output.exit_code.max(u8::from(!found));
    output
}

/// A basic regular expression as an extended one: what has a meaning with a backslash has it without, and the other way
/// round.
fn extended(pattern: &str) -> String {
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

pub(super) fn ls(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let mut output = Output::default();
    let mut tell = |name: &str, size: usize| {
        if letters.contains('l') {
            output.stdout.push_str(&format!("-rw-r--r-- 1 you you {size:>7} "));
        }
        output.stdout.push_str(&[name, "\n"].concat());
    };
    if names.is_empty() || names == ["."] {
        call.context.files.iter().for_each(|(name, text)| tell(name, text.len()));
        return output;
    }
    let mut missing = String::new();
    for name in names {
        match call.context.files.get(plain_path(name)) {
            Some(text) => tell(name, text.len()),
            None => {
                missing.push_str(&["ls: cannot access '", name, "': No such file or directory\n"].concat())
            }
        }
    }
    output.exit_code = if missing.is_empty() { 0 } else { 2 };
    output.stderr = missing;
    output
}

pub(super) fn rm(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let mut output = Output::default();
    for name in names {
        if call.context.files.remove(plain_path(name)).is_none() && !letters.contains('f') {
            output.stderr.push_str(&["rm: cannot remove '", name, "': No such file or directory\n"].concat());
            output.exit_code = 1;
        }
    }
    output
}

pub(super) fn seq(call: &mut Call) -> Output {
    /// A loop takes no more steps anyway.
    const MOST: usize = 10_000;
    let numbers: Option<Vec<i64>> = call.words.iter().map(|word| word.parse().ok()).collect();
    let (first, last) = match numbers.as_deref() {
        Some(&[last]) => (1, last),
        Some(&[first, last]) => (first, last),
        _ => return Output::failed(1, "seq: give one or two whole numbers\n"),
    };
    Output::printed((first..=last).take(MOST).map(|number| number.to_string() + "\n").collect::<String>())
}

pub(super) fn sort(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let (texts, mut output) = inputs(call, &names);
    let mut lines: Vec<_> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    lines.sort_unstable();
    if letters.contains('u') {
        lines.dedup();
    }
    if letters.contains('r') {
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
        if letters.contains('c') {
            output.stdout.push_str(&format!("{count:>7} "));
        }
        output.stdout.push_str(&[line, "\n"].concat());
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

/// `test`, `[` and `[[`.
pub(super) fn test(call: &mut Call) -> Output {
    let words: Vec<_> = call.words.iter().map(String::as_str).collect();
    let words = match (call.name, &*words) {
        ("[", [inner @ .., "]"]) | ("[[", [inner @ .., "]]"]) => inner,
        ("[" | "[[", _) => return Output::failed(2, "bash: [: missing `]'\n"),
        (_, all) => all,
    };
    let (is_negated, words) = match words {
        ["!", rest @ ..] => (true, rest),
        all => (false, all),
    };
    let is_file = |name: &str| call.context.files.contains_key(plain_path(name));
    let holds = match words {
        [] => Some(false),
        [text] | ["-n", text] => Some(!text.is_empty()),
        ["-z", text] => Some(text.is_empty()),
        ["-f" | "-e" | "-s" | "-r", name] => Some(is_file(name)),
        // There are no folders.
        ["-d", _] => Some(false),
        [a, "=" | "==", b] => Some(a == b),
        [a, "!=", b] => Some(a != b),
        [a, operator, b] => compared(a, operator, b),
        _ => None,
    };
    match holds {
        Some(holds) => Output { exit_code: u8::from(holds == is_negated), ..Output::default() },
        None => Output::failed(2, ["bash: ", call.name, ": cannot be compared like this\n"].concat()),
    }
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
