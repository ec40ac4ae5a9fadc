//! `grep`, with the options of GNU's that scripts use.

use super::{
    Call, Pattern,
    options::{NOTHING, Options, parsed},
    regular::{Kind, translated},
    text::{inputs, lines},
};
use crate::{Files, command::Output, shell::fits};

/// Maximum work of a search, in small steps.
const MOST_WORK: usize = 300_000;

const LONG: &[(&str, char)] = &[
    ("after-context", 'A'),
    ("basic-regexp", 'G'),
    ("before-context", 'B'),
    ("color", NOTHING),
    ("colour", NOTHING),
    ("context", 'C'),
    ("count", 'c'),
    ("exclude", '-'),
    ("exclude-dir", '/'),
    ("extended-regexp", 'E'),
    ("file", 'f'),
    ("files-with-matches", 'l'),
    ("files-without-match", 'L'),
    ("fixed-strings", 'F'),
    ("ignore-case", 'i'),
    ("include", '+'),
    ("invert-match", 'v'),
    ("line-buffered", NOTHING),
    ("line-number", 'n'),
    ("line-regexp", 'x'),
    ("max-count", 'm'),
    ("no-filename", 'h'),
    ("no-messages", 's'),
    ("only-matching", 'o'),
    ("perl-regexp", 'P'),
    ("quiet", 'q'),
    ("recursive", 'r'),
    ("regexp", 'e'),
    ("silent", 'q'),
    ("text", 'a'),
    ("with-filename", 'H'),
    ("word-regexp", 'w'),
];

/// A search in files, with its options and its output so far.
struct Search<'o> {
    options: &'o Options<'o>,
    pattern: Pattern,
    /// Maximum number of lines found per file.
    most: usize,
    /// Number of lines to print before and after a line found; `None` without these options.
    context: Option<(usize, usize)>,
    shows_names: bool,
    stdout: String,
}

pub(super) fn run(call: &mut Call) -> Output {
    // `-3` is the old form of `-C 3`.
    let words: Vec<String> = call
        .words
        .iter()
        .map(|word| match word.strip_prefix('-') {
            Some(count) if !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()) => {
                ["-C", count].concat()
            }
            _ => word.clone(),
        })
        .collect();
    let options = match parsed(call.name, &words, "aEFGHILPRchilnoqrsvwxy", "ABCefm+-/", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    match searched(call, &options) {
        Ok(output) | Err(output) => output,
    }
}

fn searched(call: &mut Call, options: &Options) -> Result<Output, Output> {
    let has = |letter| options.has(letter);
    let mut operands = options.operands.clone();
    let mut patterns: Vec<String> = Vec::new();
    for (letter, value) in &options.values {
        match letter {
            'e' => patterns.extend(value.split('\n').map(str::to_owned)),
            'f' if *value == "-" => patterns.extend(lines(call.context.stdin.read()).map(str::to_owned)),
            'f' => match call.context.files.get(value) {
                Some(text) => patterns.extend(lines(text).map(str::to_owned)),
                None => {
                    let why = call.context.files.why_not(value);
                    return Err(Output::failed(2, format!("grep: {value}: {why}\n")));
                }
            },
            _ => {}
        }
    }
    if !options.values.iter().any(|(letter, _)| matches!(letter, 'e' | 'f')) {
        if operands.is_empty() {
            let usage =
                "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";
            return Err(Output::failed(2, usage));
        }
        patterns.extend(operands.remove(0).split('\n').map(str::to_owned));
    }
    let pattern = expression(call, options, &patterns)?;
    let number = |letter| match options.value(letter) {
        None => Ok(None),
        Some(written) => match written.parse::<usize>() {
            Ok(count) => Ok(Some(count)),
            Err(_) if letter == 'm' => Err(Output::failed(2, "grep: invalid max count\n")),
            Err(_) => {
                Err(Output::failed(2, ["grep: ", written, ": invalid context length argument\n"].concat()))
            }
        },
    };
    let (before, after, both) = (number('B')?, number('A')?, number('C')?);
    let context = [before, after, both].iter().any(Option::is_some).then(|| {
        let both = both.unwrap_or_default();
        (before.unwrap_or(both), after.unwrap_or(both))
    });
    let is_deep = has('r') || has('R');
    let found = if is_deep { below(call, options, &operands)? } else { Vec::new() };
    let names: Vec<&str> =
        if is_deep { found.iter().map(String::as_str).collect() } else { operands.clone() };
    let (texts, mut output) =
        if is_deep && names.is_empty() { (Vec::new(), Output::default()) } else { inputs(call, &names) };
    let work = texts.iter().map(|(_, text)| pattern.work(text)).sum::<usize>();
    call.work.counts(work.min(MOST_WORK));
    if work > MOST_WORK {
        return Err(Output::failed(2, "grep: the input is too long for this expression\n"));
    }
    let has_folder =
        is_deep && (operands.is_empty() || operands.iter().any(|name| call.context.files.is_folder(name)));
    let shows_names = ((names.len() > 1 || has_folder) && !has('h')) || has('H');
    let most = number('m')?.unwrap_or(usize::MAX);
    let mut search = Search { options, pattern, most, context, shows_names, stdout: String::new() };
    let mut is_found = false;
    for (name, text) in &texts {
        is_found |= search.file(if name == "-" { "(standard input)" } else { name }, text);
        if is_found && has('q') {
            return Ok(Output::default());
        }
    }
    output.stdout = search.stdout;
    if has('s') {
        output.stderr.clear();
    }
    output.exit_code = output.exit_code.max(u8::from(!is_found));
    Ok(output)
}

/// Compiles the patterns.
fn expression(call: &mut Call, options: &Options, patterns: &[String]) -> Result<Pattern, Output> {
    let has = |letter| options.has(letter);
    let is_fixed = has('F') || call.name == "fgrep";
    let is_extended = has('E') || call.name == "egrep";
    let kind = Kind { is_extended, has_escapes: false, escapes_in_brackets: false };
    let failed = |why: &str| Output::failed(2, ["grep: ", why, "\n"].concat());
    call.work.counts(patterns.iter().map(String::len).sum());
    let mut parts = Vec::new();
    for pattern in patterns {
        let part = match (is_fixed, has('P')) {
            (true, _) => super::escaped(pattern),
            (false, true) => pattern.clone(),
            (false, false) => translated(pattern, kind).map_err(|why| failed(&why))?,
        };
        parts.push(["(?:", &part, ")"].concat());
    }
    // Without any pattern, nothing is found.
    let written = if parts.is_empty() { "[^\\s\\S]".to_owned() } else { parts.join("|") };
    let written = match (has('x'), has('w')) {
        (true, _) => ["^(?:", &written, ")$"].concat(),
        (_, true) => ["\\b{start-half}(?:", &written, ")\\b{end-half}"].concat(),
        _ => written,
    };
    let written = if has('i') || has('y') { ["(?i)", &written].concat() } else { written };
    Pattern::new(&written).ok_or_else(|| {
        let pattern = patterns.join("\n");
        match has('P') {
            true => failed(&["-P: this expression is not supported here: ", &pattern].concat()),
            false => failed(&["not a regular expression: ", &pattern].concat()),
        }
    })
}

/// Returns the files below folders, and the operands that are files.
fn below(call: &mut Call, options: &Options, operands: &[&str]) -> Result<Vec<String>, Output> {
    let is_here = operands.is_empty();
    let operands = if is_here { &["."][..] } else { operands };
    let files: &Files = call.context.files;
    let mut found = Vec::new();
    for operand in operands {
        if !files.is_folder(operand) {
            found.push((*operand).to_owned());
            continue;
        }
        let prefix = if is_here { "" } else { operand };
        let mut open = vec![prefix.trim_end_matches('/').to_owned()];
        while let Some(folder) = open.pop() {
            call.work.counts(16 + files.count());
            if call.work.done >= call.work.left {
                return Err(Output::default());
            }
            let here = if folder.is_empty() && !operand.starts_with('/') { "." } else { &*folder };
            let here = if here.is_empty() { "/" } else { here };
            let mut folders = Vec::new();
            for (name, is_folder) in files.children(here) {
                let path = match folder.as_str() {
                    "" if !operand.starts_with('/') => name.to_owned(),
                    folder => [folder, "/", name].concat(),
                };
                let is_any = |letter| options.all(letter).any(|glob| fits(glob, name));
                match is_folder {
                    true if !is_any('/') => folders.push(path),
                    false if !is_any('-') && (options.value('+').is_none() || is_any('+')) => {
                        found.push(path);
                    }
                    _ => {}
                }
            }
            open.extend(folders.into_iter().rev());
        }
    }
    Ok(found)
}

impl Search<'_> {
    /// Searches a file; returns whether a line is found.
    fn file(&mut self, name: &str, text: &str) -> bool {
        let has = |letter| self.options.has(letter);
        let is_silent = has('c') || has('q') || has('l') || has('L');
        let all: Vec<&str> = lines(text).collect();
        let (before, after) = self.context.unwrap_or_default();
        // Number of lines printed or passed so far, and of lines to print after the last one found.
        let (mut shown, mut due, mut count) = (0, 0, 0usize);
        for (at, line) in all.iter().enumerate() {
            let is_found = count < self.most && self.pattern.regex.is_match(line) != has('v');
            if !is_found {
                if due > 0 {
                    due -= 1;
                    self.tell(name, at, line, '-');
                    shown = at + 1;
                } else if count >= self.most {
                    break;
                }
                continue;
            }
            count += 1;
            if is_silent {
                continue;
            }
            let start = at.saturating_sub(before).max(shown);
            if self.context.is_some() && !self.stdout.is_empty() && (start > shown || count == 1) {
                self.stdout.push_str("--\n");
            }
            for place in start..at {
                self.tell(name, place, all.get(place).copied().unwrap_or_default(), '-');
            }
            self.tell(name, at, line, ':');
            (shown, due) = (at + 1, after);
        }
        if has('c') && !has('q') && !has('l') && !has('L') {
            let name = if self.shows_names { [name, ":"].concat() } else { String::new() };
            self.stdout.extend([&*name, &*count.to_string(), "\n"]);
        } else if has('l') && count > 0 || has('L') && count == 0 {
            self.stdout.extend([name, "\n"]);
        }
        count > 0
    }

    /// Prints a line; the mark separates it from its name and number.
    fn tell(&mut self, name: &str, at: usize, line: &str, mark: char) {
        let mut front = String::new();
        if self.shows_names {
            front.push_str(name);
            front.push(mark);
        }
        if self.options.has('n') {
            front.push_str(&(at + 1).to_string());
            front.push(mark);
        }
        if !self.options.has('o') {
            self.stdout.extend([&*front, line, "\n"]);
        } else if mark == ':' && !self.options.has('v') {
            for part in self.pattern.regex.find_iter(line).filter(|part| !part.is_empty()) {
                self.stdout.extend([&*front, part.as_str(), "\n"]);
            }
        }
    }
}
