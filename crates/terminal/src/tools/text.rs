//! Text and file tools of coreutils, without the options that are not used here.

use crate::command::Output;

use super::{
    Call, direct,
    options::{Options, options, parsed},
};

/// Returns the lines of a text without their line breaks. A carriage return is part of its line.
pub(super) fn lines(text: &str) -> std::str::SplitTerminator<'_, char> {
    text.split_terminator('\n')
}

/// Returns the inputs of a tool: the named files, or else standard input. The output reports the missing files.
pub(super) fn inputs(call: &mut Call, names: &[&str]) -> (Vec<(String, String)>, Output) {
    let mut output = Output::default();
    let mut texts: Vec<(String, String)> = Vec::new();
    let names = if names.is_empty() { &["-"] } else { names };
    for name in names {
        // The same file may be named many times, so limit the total size.
        let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
        if u32::try_from(size / 1024).unwrap_or(u32::MAX) > call.work.left {
            call.work.done = call.work.left;
            return (Vec::new(), output);
        }
        match call.context.files.get(name) {
            _ if matches!(*name, "-" | "/dev/stdin") => {
                texts.push(("-".to_owned(), call.context.stdin.read().to_owned()));
            }
            Some(text) => texts.push(((*name).to_owned(), text.clone())),
            None if *name == "/etc/resolv.conf" && call.pod.is_some() => {
                texts.extend(direct::resolver(call).map(|text| ((*name).to_owned(), text)));
            }
            None => {
                let why = call.context.files.why_not(name);
                output.stderr.push_str(&format!("{}: {name}: {why}\n", call.name));
                output.exit_code = if call.name.ends_with("grep") { 2 } else { 1 };
            }
        }
    }
    // Charge for each line: short lines cost more than their characters.
    call.work.counts(texts.iter().map(|(_, text)| text.bytes().filter(|byte| *byte == b'\n').count()).sum());
    (texts, output)
}

pub(super) fn cat(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] = &[
        ("number", 'n'),
        ("number-nonblank", 'b'),
        ("show-all", 'A'),
        ("show-ends", 'E'),
        ("show-nonprinting", 'v'),
        ("show-tabs", 'T'),
        ("squeeze-blank", 's'),
    ];
    let options = match options(call, "AbEensTtuv", "", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let has = |letters: &[char]| options.letters.contains(letters);
    let (texts, mut output) = inputs(call, &options.operands);
    if !has(&['A', 'b', 'E', 'e', 'n', 's', 'T', 't', 'v']) {
        output.stdout = texts.into_iter().map(|(_, text)| text).collect();
        return output;
    }
    let all: String = texts.into_iter().map(|(_, text)| text).collect();
    call.work.counts(all.len() / 16);
    let (mut number, mut was_empty) = (0, false);
    for line in all.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let is_empty = line.is_empty() && !end.is_empty();
        if std::mem::replace(&mut was_empty, is_empty) && is_empty && has(&['s']) {
            continue;
        }
        if has(&['b']) && !is_empty || has(&['n']) && !has(&['b']) {
            number += 1;
            output.stdout.push_str(&format!("{number:>6}\t"));
        }
        for c in line.chars() {
            visible(c, has(&['A', 'T', 't']), has(&['A', 'v', 'e', 't']), &mut output.stdout);
        }
        if !end.is_empty() && has(&['A', 'E', 'e']) {
            output.stdout.push('$');
        }
        output.stdout.push_str(end);
    }
    output
}

/// Writes a character as `cat -T` and `cat -v` show it.
fn visible(c: char, shows_tabs: bool, shows_others: bool, text: &mut String) {
    let mut bytes = [0; 4];
    for byte in c.encode_utf8(&mut bytes).bytes() {
        let (mark, low) = if byte >= 128 { ("M-", byte - 128) } else { ("", byte) };
        match low {
            b'\t' if mark.is_empty() => text.push_str(if shows_tabs { "^I" } else { "\t" }),
            _ if !shows_others => return text.push(c),
            127 => text.extend([mark, "^?"]),
            0..32 => {
                text.extend([mark, "^"]);
                text.push(char::from(low + 64));
            }
            _ => {
                text.push_str(mark);
                text.push(char::from(low));
            }
        }
    }
}

pub(super) fn clear(_: &mut Call) -> Output {
    // Same output as the real tool: moves the cursor to the corner, clears the screen and the scrollback.
    Output::printed("\u{1b}[H\u{1b}[2J\u{1b}[3J")
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
        // `\c` suppresses all further output.
        if let Some((before, _)) = text.split_once("\\c") {
            return Output::printed(unescaped(before));
        }
        text = unescaped(&text);
    }
    if !flags.iter().any(|flags| flags.contains('n')) {
        text.push('\n');
    }
    Output::printed(text)
}

/// Replaces escape sequences as `printf` and `echo -e` do.
pub(super) fn unescaped(text: &str) -> String {
    escapes(text, false)
}

/// Replaces escape sequences. `is_quotation` selects the rules of `$'…'`, in which quotes can be escaped and an octal
/// number needs no leading zero.
pub(crate) fn escapes(text: &str, is_quotation: bool) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut characters = after.chars();
        let digits = |text: &str, base: u32, most: usize| {
            let length = text.chars().take(most).take_while(|c| c.is_digit(base)).count();
            let number = text.get(..length).and_then(|text| u32::from_str_radix(text, base).ok());
            number.and_then(char::from_u32).map(|c| (c, length))
        };
        let coded = match after.chars().next() {
            Some('x') => digits(after.get(1..).unwrap_or_default(), 16, 2).map(|(c, length)| (c, length + 1)),
            Some('u') => digits(after.get(1..).unwrap_or_default(), 16, 4).map(|(c, length)| (c, length + 1)),
            Some('U') => digits(after.get(1..).unwrap_or_default(), 16, 8).map(|(c, length)| (c, length + 1)),
            Some('0') if !is_quotation => digits(after, 8, 4),
            Some('0'..='7') => digits(after, 8, 3),
            _ => None,
        };
        if let Some((c, length)) = coded {
            plain.push(c);
            rest = after.get(length..).unwrap_or_default();
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('a') => plain.push('\u{7}'),
            Some('b') => plain.push('\u{8}'),
            Some('f') => plain.push('\u{c}'),
            Some('v') => plain.push('\u{b}'),
            Some('e' | 'E') => plain.push('\u{1b}'),
            Some('\\') => plain.push('\\'),
            Some(c @ ('\'' | '"' | '?')) if is_quotation => plain.push(c),
            other => {
                plain.push('\\');
                plain.extend(other);
            }
        }
        rest = characters.as_str();
    }
    plain + rest
}

pub(super) fn printf(call: &mut Call) -> Output {
    let Some((format, mut words)) = call.words.split_first() else {
        return Output::failed(2, "printf: usage: printf format [arguments]\n");
    };
    let format = if format == "--" {
        let Some((format, others)) = words.split_first() else { return Output::default() };
        words = others;
        unescaped(format)
    } else {
        unescaped(format)
    };
    let (mut text, mut errors) = (String::new(), String::new());
    let now = call.now;
    loop {
        let mut takes = false;
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            let length = after.find(|c: char| !"-0123456789.+ #*".contains(c)).unwrap_or(after.len());
            let (size, after) = after.split_at(length);
            let mut characters = after.chars();
            let mut kind = characters.next();
            rest = characters.as_str();
            if kind == Some('%') {
                text.push('%');
                continue;
            }
            let mut take = || {
                words.split_first().map(|(word, after)| {
                    words = after;
                    word.as_str()
                })
            };
            // `*` takes the width from the next argument.
            let size =
                if size.contains('*') { size.replace('*', take().unwrap_or("0")) } else { size.to_owned() };
            if kind == Some('(') {
                let Some((format, after)) = rest.split_once(")T") else {
                    let why = "bash: printf: `(': invalid format character\n".to_owned();
                    return Output { stdout: text, stderr: why, exit_code: 1 };
                };
                rest = after;
                takes = true;
                let word = take().unwrap_or("-1");
                // -1 is now, and -2 the start of the shell.
                let seconds = match word.parse::<i64>() {
                    Ok(-1 | -2) => now / 1000,
                    Ok(seconds) => seconds,
                    Err(_) => {
                        errors.push_str(&["bash: printf: ", word, ": invalid number\n"].concat());
                        0
                    }
                };
                let words = ["-d".to_owned(), format!("@{seconds}"), ["+", format].concat()];
                let told = super::date(&words, now, None);
                text.push_str(&padded(told.stdout.trim_end_matches('\n'), 's', &size));
                errors.push_str(&told.stderr);
                continue;
            }
            kind = kind.map(|kind| if kind == 'i' { 'd' } else { kind });
            let Some(kind) = kind.filter(|kind| "sdbquxXocfFeEgG".contains(*kind)) else {
                let wrong = kind.map_or_else(String::new, String::from);
                let why = ["bash: printf: `", &wrong, "': invalid format character\n"].concat();
                return Output { stdout: text, stderr: why, exit_code: 1 };
            };
            takes = true;
            let word = take().unwrap_or_default();
            match numbered(word, kind) {
                Some(word) => text.push_str(&padded(&word, kind, &size)),
                None => {
                    errors.push_str(&["bash: printf: ", word, ": invalid number\n"].concat());
                    text.push_str(&padded("0", kind, &size));
                }
            }
            if text.len() > 1 << 20 {
                return Output::failed(1, "printf: the text gets too long\n");
            }
        }
        text.push_str(rest);
        // The format is reused while words remain.
        if words.is_empty() || !takes {
            return Output { stdout: text, exit_code: u8::from(!errors.is_empty()), stderr: errors };
        }
    }
}

/// Converts a word to the argument of a conversion; numbers may be decimal, octal or hexadecimal. Returns `None` if the
/// conversion requires a number and the word is not one.
fn numbered(word: &str, kind: char) -> Option<String> {
    if !"duxXocfFeEgG".contains(kind) {
        return Some(word.to_owned());
    }
    if kind == 'c' {
        return Some(word.chars().take(1).collect());
    }
    if "fFeEgG".contains(kind) {
        let is_empty = word.is_empty();
        return if is_empty {
            Some("0".to_owned())
        } else {
            word.parse::<f64>().ok().map(|_| word.to_owned())
        };
    }
    // `'A` is the character code of `A`.
    let number = match word.strip_prefix(['\'', '"']) {
        Some(rest) => i64::from(rest.chars().next().map_or(0, u32::from)),
        None => {
            let (sign, digits) = match word.trim_start().strip_prefix('-') {
                Some(digits) => (-1, digits),
                None => (1, word.trim_start().trim_start_matches('+')),
            };
            let value = match digits {
                "" => 0,
                _ if digits.starts_with("0x") => i64::from_str_radix(digits.get(2..)?, 16).ok()?,
                _ if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
                _ => digits.parse().ok()?,
            };
            value.wrapping_mul(sign)
        }
    };
    Some(match kind {
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        'o' => format!("{number:o}"),
        _ => number.to_string(),
    })
}

/// Formats a number with the requested number of decimals.
fn decimal(word: &str, kind: char, most: usize) -> String {
    let number: f64 = word.parse().unwrap_or(0.0);
    match kind {
        'f' | 'F' => format!("{number:.most$}"),
        'e' | 'E' => {
            let written = format!("{number:.most$e}");
            let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
            let sign = if exponent.starts_with('-') { '-' } else { '+' };
            format!("{mantissa}e{sign}{:0>2}", exponent.trim_start_matches('-'))
        }
        _ => number.to_string(),
    }
}

/// Formats a word for a conversion such as `%-10.3s`.
pub(super) fn padded(word: &str, kind: char, size: &str) -> String {
    let (flags, widths) = size.split_at(size.find(|c| !"-+ 0#".contains(c)).unwrap_or(size.len()));
    let (width, most) = match widths.split_once('.') {
        Some((width, most)) => (width, Some(most.parse::<usize>().unwrap_or(0).min(400))),
        None => (widths, None),
    };
    let word = match kind {
        'b' => unescaped(word),
        'q' => crate::shell::percent_q(word),
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' => decimal(word, kind, most.unwrap_or(6)),
        _ => word.to_owned(),
    };
    let is_number = "duxXofFeEgG".contains(kind);
    let (is_left, is_zero) = (flags.contains('-'), flags.contains('0') && is_number);
    let width: usize = width.parse().unwrap_or(0);
    let mut word: String = match (kind, most) {
        ('s' | 'b', Some(most)) => word.chars().take(most).collect(),
        ('d' | 'u' | 'x' | 'X' | 'o', Some(most)) => format!("{word:0>most$}"),
        _ => word,
    };
    let prefix = match kind {
        'x' if flags.contains('#') => "0x",
        'X' if flags.contains('#') => "0X",
        'o' if flags.contains('#') => "0",
        'd' | 'f' if flags.contains('+') && !word.starts_with('-') => "+",
        'd' | 'f' if flags.contains(' ') && !word.starts_with('-') => " ",
        _ => "",
    };
    word.insert_str(0, prefix);
    let fill = width.min(1_000).saturating_sub(word.chars().count());
    match (is_left, is_zero) {
        (true, _) => word + &" ".repeat(fill),
        (_, true) => {
            let digits = word.trim_start_matches(['-', '+']);
            let (sign, digits) = word.split_at(word.len() - digits.len());
            [sign, &"0".repeat(fill), digits].concat()
        }
        _ => " ".repeat(fill) + &word,
    }
}

/// Runs `head` or `tail`.
pub(super) fn ends(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] =
        &[("bytes", 'c'), ("lines", 'n'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v')];
    let mut words = call.words.to_vec();
    // A first word `-5` is the old form of `-n 5`.
    if let Some(word) = words.first_mut()
        && let Some(count) = word.strip_prefix('-').filter(|count| count.parse::<usize>().is_ok())
    {
        *word = ["-n", count].concat();
    }
    // No file here grows, so `tail -f` ends.
    let known = if call.name == "tail" { "qvfF" } else { "qv" };
    let Options { letters, values, operands: names } = match parsed(call.name, &words, known, "nc", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let (unit, written) = values.last().map_or(('n', "10"), |value| *value);
    let (sign, digits) = match written.split_at_checked(1) {
        Some((sign @ ("-" | "+"), digits)) => (sign, digits),
        _ => ("", written),
    };
    let Some(count) = size(digits) else {
        let unit = if unit == 'c' { "bytes" } else { "lines" };
        let text = [call.name, ": invalid number of ", unit, ": '", written, "'\n"].concat();
        return Output::failed(1, text);
    };
    let has_titles = letters.contains('v') || names.len() > 1 && !letters.contains('q');
    let (texts, mut output) = inputs(call, &names);
    for (name, text) in texts {
        if has_titles {
            let name = if name == "-" { "standard input" } else { &name };
            let gap = if output.stdout.is_empty() { "" } else { "\n" };
            output.stdout.push_str(&[gap, "==> ", name, " <==\n"].concat());
        }
        let lines = || text.split_inclusive('\n');
        let last = if unit == 'c' { text.len() } else { lines().count() };
        let range = match (call.name, sign) {
            ("head", "-") => 0..last.saturating_sub(count),
            ("head", _) => 0..count.min(last),
            (_, "+") => count.saturating_sub(1).min(last)..last,
            _ => last.saturating_sub(count)..last,
        };
        // Position of a cut after a number of lines or bytes.
        let cut = |count: usize| if unit == 'c' { count } else { lines().take(count).map(str::len).sum() };
        let bytes = text.as_bytes().get(cut(range.start)..cut(range.end)).unwrap_or_default();
        output.stdout.push_str(&String::from_utf8_lossy(bytes));
    }
    output
}

/// Parses a number with one of the suffixes `b`, `k`, `K`, `kB`, `M` and `MB`.
fn size(written: &str) -> Option<usize> {
    let digits = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match written.get(digits.len()..)? {
        "" => 1,
        "b" => 512,
        "k" | "K" => 1 << 10,
        "kB" => 1000,
        "M" => 1 << 20,
        "MB" => 1_000_000,
        _ => return None,
    };
    digits.parse::<usize>().ok().map(|count| count.saturating_mul(unit))
}

pub(super) fn wc(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] =
        &[("bytes", 'c'), ("chars", 'm'), ("lines", 'l'), ("max-line-length", 'L'), ("words", 'w')];
    let Options { letters, operands: names, .. } = match options(call, "clLmw", "", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let (texts, mut output) = inputs(call, &names);
    let letters = if letters.is_empty() { "lwc" } else { &letters };
    // Columns are seven characters wide for piped input, and otherwise as wide as the largest number.
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let is_piped = texts.iter().any(|(name, _)| name == "-");
    let width = if is_piped { 7 } else { bytes.to_string().len() };
    let mut totals = [0; 5];
    let mut tell = |counts: [usize; 5], name: &str| {
        let shown: Vec<_> = counts
            .iter()
            .zip("lwmcL".chars())
            .filter(|(_, letter)| letters.contains(*letter))
            .map(|(count, _)| count.to_string())
            .collect();
        let line = match &*shown {
            [one] if texts.len() < 2 => one.clone(),
            many => many.iter().map(|count| format!("{count:>width$}")).collect::<Vec<_>>().join(" "),
        };
        output.stdout.push_str(&line);
        if name != "-" {
            output.stdout.push_str(&[" ", name].concat());
        }
        output.stdout.push('\n');
    };
    for (name, text) in &texts {
        let longest = lines(text).map(|line| line.chars().count()).max().unwrap_or_default();
        let counts = [
            text.matches('\n').count(),
            text.split_whitespace().count(),
            text.chars().count(),
            text.len(),
            longest,
        ];
        for (total, count) in totals.iter_mut().zip(counts) {
            *total += count;
        }
        let [.., most] = &mut totals;
        *most = (*most - longest).max(longest);
        tell(counts, name);
    }
    if texts.len() > 1 {
        tell(totals, "total");
    }
    output
}

pub(super) fn tee(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] = &[("append", 'a'), ("ignore-interrupts", 'i')];
    let Options { letters, operands: names, .. } = match options(call, "aip", "", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let text = call.context.stdin.read();
    let mut output = Output::printed(text);
    for name in names {
        if let Err(why) = call.context.files.write(name, text, letters.contains('a')) {
            output.stderr.push_str(&format!("tee: {name}: {why}\n"));
            output.exit_code = 1;
        }
    }
    output
}
