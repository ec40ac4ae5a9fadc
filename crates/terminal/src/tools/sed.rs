//! `sed`, limited to the commands that scripts use: `s`, `p`, `d`, `q`, `=`, `a`, `i`, `c` and `r`, for all lines, some
//! lines, or a range.

use crate::command::Output;

use super::{
    Call, Pattern,
    text::{extended, inputs, unescaped},
};

/// Maximum number of commands in a script.
const MOST: usize = 50;
/// Maximum work of all commands, in small steps.
const MOST_WORK: usize = 200_000;

/// Address of a line.
enum Address {
    Number(usize),
    Last,
    Fits(Pattern),
}

/// Action of a command.
enum Action {
    Print,
    Delete,
    Quit,
    Number,
    Replace {
        pattern: Pattern,
        new: String,
        is_all: bool,
        prints: bool,
        nth: usize,
    },
    /// Prints text before the line.
    Insert(String),
    /// Prints text after the line.
    Append(String),
    /// Prints text instead of the line, or once instead of a range.
    Change(String),
    /// Prints a file after the line. Contains the name of the file, and later its text.
    Read(String),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    is_negated: bool,
    action: Action,
    /// Whether the range between the two addresses has begun and not ended.
    is_inside: bool,
}

pub(super) fn run(call: &mut Call) -> Output {
    let (mut is_quiet, mut is_extended, mut in_place) = (false, false, false);
    let (mut scripts, mut operands) = (Vec::new(), Vec::new());
    let mut words = call.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--" => operands.extend(words.by_ref()),
            _ if word.starts_with("--expression=") => {
                scripts.push(word.split_once('=').unwrap_or_default().1);
            }
            "-e" | "--expression" => scripts.push(words.next().unwrap_or_default()),
            "-n" | "--quiet" | "--silent" => is_quiet = true,
            "-E" | "-r" | "--regexp-extended" => is_extended = true,
            "-i" | "-i.bak" | "--in-place" => in_place = true,
            "-ne" | "-nE" | "-En" | "-nr" => {
                is_quiet = true;
                is_extended |= word != "-ne";
                if word == "-ne" {
                    scripts.push(words.next().unwrap_or_default());
                }
            }
            _ if word.starts_with('-') && word.len() > 1 => {
                return Output::failed(1, ["sed: unknown option -- '", word, "'\n"].concat());
            }
            _ => operands.push(word),
        }
    }
    if scripts.is_empty() {
        if operands.is_empty() {
            return Output::failed(1, "Usage: sed [OPTION]... {script} [input-file]...\n");
        }
        scripts.push(operands.remove(0));
    }
    let script = scripts.join("\n");
    call.work.counts(script.len());
    let mut commands = match read(&script, is_extended) {
        Ok(commands) => commands,
        Err(why) => return Output::failed(1, ["sed: -e expression #1: ", &why, "\n"].concat()),
    };
    for command in &mut commands {
        if let Action::Read(name) = &mut command.action {
            // A missing file counts as empty.
            let text = call.context.files.get(name).cloned().unwrap_or_default();
            call.work.counts(text.len());
            *name = text;
        }
    }
    let (texts, mut output) = inputs(call, &operands);
    let mut work = 0;
    let all: String = texts.iter().map(|(_, text)| text.as_str()).collect();
    for (name, text) in if in_place { texts } else { vec![("-".to_owned(), all)] } {
        let Some(made) = edited(&text, &mut commands, is_quiet, &mut work) else {
            output.stderr.push_str("sed: the input is too long for these expressions\n");
            output.exit_code = 4;
            break;
        };
        if in_place && name != "-" {
            _ = call.context.files.write(&name, &made, false);
        } else {
            output.stdout.push_str(&made);
        }
    }
    call.work.counts(work);
    output
}

fn edited(text: &str, commands: &mut [Command], is_quiet: bool, work: &mut usize) -> Option<String> {
    let mut made = String::new();
    let count = text.lines().count();
    for (number, line) in (1..).zip(text.lines()) {
        let mut line = line.to_owned();
        let (mut is_gone, mut is_over) = (false, false);
        let mut after = String::new();
        for command in commands.iter_mut() {
            if !command.is_for(number, count, &line, work) {
                continue;
            }
            match &command.action {
                Action::Print => made.extend([&*line, "\n"]),
                Action::Number => made.extend([&*number.to_string(), "\n"]),
                Action::Delete => is_gone = true,
                Action::Quit => is_over = true,
                Action::Insert(text) => made.push_str(text),
                Action::Append(text) | Action::Read(text) => after.push_str(text),
                Action::Change(text) => {
                    if !command.is_inside {
                        made.push_str(text);
                    }
                    is_gone = true;
                }
                Action::Replace { pattern, new, is_all, prints, nth } => {
                    *work += pattern.work(&line) + 1;
                    let mut place = 0;
                    let mut replaced = false;
                    let result = pattern.regex.replace_all(&line, |captures: &regex_lite::Captures| {
                        place += 1;
                        let is_here = if *is_all { place >= *nth } else { place == *nth };
                        replaced |= is_here;
                        if is_here { filled(new, captures) } else { captures[0].to_owned() }
                    });
                    let result = result.into_owned();
                    *work += result.len() / 16;
                    if replaced {
                        line = result;
                        if *prints {
                            made.extend([&*line, "\n"]);
                        }
                    }
                }
            }
            if is_gone || is_over {
                break;
            }
            if *work > MOST_WORK || made.len() + after.len() > 4 << 20 {
                return None;
            }
        }
        if !is_gone && !is_quiet {
            made.extend([&*line, "\n"]);
        }
        if !after.is_empty() && !made.is_empty() && !made.ends_with('\n') {
            made.push('\n');
        }
        made.push_str(&after);
        if is_over {
            break;
        }
    }
    if made.ends_with('\n') && !text.ends_with('\n') {
        made.pop();
    }
    Some(made)
}

/// Expands `&` and `\1` in a replacement.
fn filled(new: &str, captures: &regex_lite::Captures) -> String {
    let mut made = String::new();
    let mut characters = new.chars();
    let group = |place: usize| captures.get(place).map_or("", |group| group.as_str());
    while let Some(c) = characters.next() {
        match c {
            '&' => made.push_str(group(0)),
            '\\' => match characters.next() {
                Some(digit @ '0'..='9') => made.push_str(group(digit as usize - '0' as usize)),
                Some('n') => made.push('\n'),
                Some('t') => made.push('\t'),
                other => made.extend(other),
            },
            _ => made.push(c),
        }
    }
    made
}

impl Command {
    fn is_for(&mut self, number: usize, count: usize, line: &str, work: &mut usize) -> bool {
        let mut fits = |address: &Address| match address {
            Address::Number(wanted) => *wanted == number,
            Address::Last => number == count,
            Address::Fits(pattern) => {
                *work += pattern.work(line) + 1;
                pattern.regex.is_match(line)
            }
        };
        let is_for = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => fits(from),
            (Some(from), Some(to)) => {
                let starts = !self.is_inside && fits(from);
                let ends = match to {
                    Address::Number(last) => number >= *last,
                    to => !starts && fits(to),
                };
                let is_inside = self.is_inside || starts;
                self.is_inside = is_inside && !ends;
                is_inside
            }
        };
        is_for != self.is_negated
    }
}

fn read(script: &str, is_extended: bool) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if rest.is_empty() {
            return Ok(commands);
        }
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            continue;
        }
        if commands.len() >= MOST {
            return Err("too many commands".to_owned());
        }
        let from = address(&mut rest, is_extended)?;
        let to = if from.is_some() && rest.starts_with(',') {
            rest = &rest[1..];
            let to = address(&mut rest, is_extended)?;
            Some(to.ok_or("unexpected `,'")?)
        } else {
            None
        };
        rest = rest.trim_start();
        let is_negated = rest.starts_with('!');
        rest = rest.trim_start_matches('!').trim_start();
        let mut characters = rest.chars();
        let action = match characters.next() {
            Some('p') => Action::Print,
            Some('d') => Action::Delete,
            Some('q') => Action::Quit,
            Some('=') => Action::Number,
            Some('s') => {
                let mark = characters.next().ok_or("unterminated `s' command")?;
                let mut after = characters.as_str();
                let wrong = || "unterminated `s' command".to_owned();
                let written = until(&mut after, mark).ok_or_else(wrong)?;
                let new = until(&mut after, mark).ok_or_else(wrong)?;
                let length = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
                let (flags, after) = after.split_at(length);
                let nth = flags.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(1);
                if let Some(wrong) = flags.chars().find(|c| !"gpiI0123456789".contains(*c)) {
                    return Err(["unknown option to `s' (", wrong.encode_utf8(&mut [0; 4]), ")"].concat());
                }
                characters = after.chars();
                let pattern = pattern(&written, is_extended, flags.contains(['i', 'I']))?;
                let (is_all, prints) = (flags.contains('g'), flags.contains('p'));
                Action::Replace { pattern, new, is_all, prints, nth }
            }
            Some(kind @ ('a' | 'i' | 'c')) => {
                let text = block(&mut characters).ok_or("expected \\ after `a', `c' or `i'")?;
                match kind {
                    'a' => Action::Append(text),
                    'i' => Action::Insert(text),
                    _ => Action::Change(text),
                }
            }
            Some('r') => {
                let (name, after) = characters.as_str().split_once('\n').unwrap_or((characters.as_str(), ""));
                characters = after.chars();
                let name = name.trim_start();
                if name.is_empty() {
                    return Err("missing filename in r/R/w/W commands".to_owned());
                }
                commands.push(Command {
                    from,
                    to,
                    is_negated,
                    action: Action::Read(name.to_owned()),
                    is_inside: false,
                });
                rest = characters.as_str();
                continue;
            }
            Some(other) => {
                return Err([
                    "unknown command: `",
                    other.encode_utf8(&mut [0; 4]),
                    "', known here are s, p, d, q, =, a, i, c and r",
                ]
                .concat());
            }
            None => return Err("missing command".to_owned()),
        };
        rest = characters.as_str();
        let is_block = matches!(action, Action::Append(_) | Action::Insert(_) | Action::Change(_));
        commands.push(Command { from, to, is_negated, action, is_inside: false });
        if is_block {
            continue;
        }
        let after = rest.trim_start_matches([' ', '\t', '}']);
        if !after.is_empty() && !after.starts_with([';', '\n', '#']) {
            return Err("extra characters after command".to_owned());
        }
        rest = after;
    }
}

/// Parses the text of `a`, `i` or `c`, and appends a line break. The text is the rest of the line, or the next line
/// after a backslash. A backslash before a line break continues the text; before another character it is removed.
fn block(characters: &mut std::str::Chars) -> Option<String> {
    let text = characters.as_str().trim_start_matches([' ', '\t']);
    let text = text
        .strip_prefix('\\')
        .map_or(text, |text| text.trim_start_matches([' ', '\t']).strip_prefix('\n').unwrap_or(text));
    *characters = text.chars();
    let mut made = String::new();
    while let Some(c) = characters.next() {
        match c {
            '\n' => break,
            '\\' => made.extend(characters.next()),
            c => made.push(c),
        }
    }
    (!made.is_empty()).then(|| made + "\n")
}

fn address(rest: &mut &str, is_extended: bool) -> Result<Option<Address>, String> {
    let text = rest.trim_start();
    if let Some(after) = text.strip_prefix('$') {
        *rest = after;
        return Ok(Some(Address::Last));
    }
    if let Some(mut after) = text.strip_prefix('/') {
        let written = until(&mut after, '/').ok_or("unterminated address regex")?;
        *rest = after;
        return Ok(Some(Address::Fits(pattern(&written, is_extended, false)?)));
    }
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, after) = text.split_at(length);
    *rest = after;
    Ok(digits.parse().ok().map(Address::Number))
}

/// Takes the text up to a delimiter; a backslash escapes the delimiter.
fn until(rest: &mut &str, mark: char) -> Option<String> {
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            c if c == mark => break,
            '\\' => match characters.next()? {
                c if c == mark => text.push(c),
                c => text.extend(['\\', c]),
            },
            c => text.push(c),
        }
    }
    *rest = characters.as_str();
    Some(text)
}

fn pattern(written: &str, is_extended: bool, ignores_case: bool) -> Result<Pattern, String> {
    let written = if is_extended { written.to_owned() } else { extended(written) };
    let written = if ignores_case { ["(?i)", &written].concat() } else { written };
    Pattern::new(&written).ok_or_else(|| ["not a regular expression: ", &unescaped(&written)].concat())
}
