//! `sed`: all commands of GNU's but `e`, `l`, `R` and `W`.

mod read;

use litemap::LiteMap;

use super::{Call, Pattern, text::inputs};
use crate::command::Output;
use read::read;

/// Maximum work of all commands, in small steps.
const MOST_WORK: usize = 200_000;
/// Maximum length of the pattern space and the hold space, in bytes.
const MOST_SPACE: usize = 1 << 20;

/// Address of a line.
#[derive(Debug)]
enum Address {
    Number(usize),
    /// `first~step`
    Step(usize, usize),
    /// `$`
    Last,
    /// An expression; `None` for the last one used.
    Fits(Option<Pattern>),
    /// `+count`, as the end of a range.
    Further(usize),
    /// `~count`, as the end of a range.
    Multiple(usize),
}

/// The command `s`.
#[derive(Debug, Default)]
struct Replacement {
    pattern: Option<Pattern>,
    new: String,
    is_all: bool,
    prints: bool,
    nth: usize,
    /// File to which the result is written.
    file: Option<String>,
}

/// Action of a command.
#[derive(Debug)]
enum Action {
    Print,
    PrintFirst,
    Delete,
    DeleteFirst,
    Next,
    Join,
    Get {
        is_added: bool,
    },
    Hold {
        is_added: bool,
    },
    Exchange,
    Zap,
    Name,
    Number,
    Quit {
        prints: bool,
        status: u8,
    },
    Open,
    Close,
    Label(String),
    Branch {
        label: String,
        target: usize,
        /// Whether a replacement must or must not have been made; `None` for neither.
        when: Option<bool>,
    },
    Replace(Replacement),
    /// `y`: pairs of characters.
    Exchanged(Vec<(char, char)>),
    /// Prints text before the line.
    Insert(String),
    /// Prints text after the line.
    Append(String),
    /// Prints text instead of the line, or once instead of a range.
    Change(String),
    /// Prints a file after the line. Contains the name of the file, and later its text.
    Read(String),
    Write(String),
}

#[derive(Debug)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    is_negated: bool,
    action: Action,
    /// Whether the range between the two addresses has begun and not ended.
    is_inside: bool,
    /// Last line of the range, if a number determines it; for a block, the place of its end.
    end: usize,
}

/// Options of a call.
#[derive(Default)]
struct Options<'w> {
    is_quiet: bool,
    is_extended: bool,
    is_separate: bool,
    /// Suffix of the backup; `None` without `-i`.
    in_place: Option<&'w str>,
    script: Option<String>,
    operands: Vec<&'w str>,
}

const USAGE: &str = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n";

fn options<'w>(call: &Call<'w, '_>) -> Result<Options<'w>, Output> {
    let mut options = Options::default();
    let mut words = call.words.iter().map(String::as_str);
    let add = |options: &mut Options, text: &str| match &mut options.script {
        Some(script) => script.extend(["\n", text]),
        script => *script = Some(text.to_owned()),
    };
    let failed = |why: &[&str]| Output::failed(1, ["sed: ", &why.concat(), "\n", USAGE].concat());
    let file = |name: &str| {
        let text = if name == "-" {
            Some(call.context.stdin.read())
        } else {
            call.context.files.get(name).map(String::as_str)
        };
        let text = text.map(|text| text.strip_suffix('\n').unwrap_or(text));
        let why = call.context.files.why_not(name);
        text.ok_or_else(|| Output::failed(1, format!("sed: couldn't open file {name}: {why}\n")))
    };
    while let Some(word) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            options.operands.push(word);
            continue;
        };
        if flags == "-" {
            options.operands.extend(words.by_ref());
        } else if let Some(long) = flags.strip_prefix('-') {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let mut value_of = || {
                let missing = || failed(&["option '--", name, "' requires an argument"]);
                value.or_else(|| words.next()).ok_or_else(missing)
            };
            match name {
                "expression" => add(&mut options, value_of()?),
                "file" => add(&mut options, file(value_of()?)?),
                "quiet" | "silent" => options.is_quiet = true,
                "regexp-extended" => options.is_extended = true,
                "in-place" => options.in_place = Some(value.unwrap_or_default()),
                "separate" => options.is_separate = true,
                "posix" | "unbuffered" | "sandbox" | "follow-symlinks" => {}
                "help" => return Err(Output::printed(USAGE)),
                _ => return Err(failed(&["unrecognized option '", word, "'"])),
            }
        } else {
            for (at, letter) in flags.char_indices() {
                let rest = flags.get(at + letter.len_utf8()..).unwrap_or_default();
                match letter {
                    'n' => options.is_quiet = true,
                    'E' | 'r' => options.is_extended = true,
                    's' => options.is_separate = true,
                    'u' => {}
                    'i' => options.in_place = Some(rest),
                    'e' | 'f' => {
                        let value = Some(rest).filter(|rest| !rest.is_empty()).or_else(|| words.next());
                        let mark = letter.to_string();
                        let value =
                            value.ok_or_else(|| failed(&["option requires an argument -- '", &mark, "'"]))?;
                        add(&mut options, if letter == 'e' { value } else { file(value)? });
                    }
                    _ => return Err(failed(&["invalid option -- '", letter.encode_utf8(&mut [0; 4]), "'"])),
                }
                if matches!(letter, 'i' | 'e' | 'f') {
                    break;
                }
            }
        }
    }
    if options.script.is_none() {
        if options.operands.is_empty() {
            return Err(Output::failed(1, USAGE));
        }
        options.script = Some(options.operands.remove(0).to_owned());
    }
    Ok(options)
}

pub(super) fn run(call: &mut Call) -> Output {
    let options = match options(call) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let script = options.script.unwrap_or_default();
    call.work.counts(script.len());
    let mut commands = match read(&script, options.is_extended) {
        Ok(commands) => commands,
        Err(why) => return Output::failed(1, ["sed: ", &why, "\n"].concat()),
    };
    for command in &mut commands {
        if let Action::Read(name) = &mut command.action {
            // A missing file counts as empty.
            let text = match name.as_str() {
                "/dev/stdin" => call.context.stdin.read().to_owned(),
                name => call.context.files.get(name).cloned().unwrap_or_default(),
            };
            call.work.counts(text.len());
            *name = text;
        }
    }
    let (texts, mut output) = inputs(call, &options.operands);
    if output.exit_code != 0 {
        let told = output.stderr.lines().map(|line| match line.strip_suffix(": Is a directory") {
            Some(line) => {
                ["sed: couldn't read ", line.strip_prefix("sed: ").unwrap_or(line), ": Is a directory\n"]
                    .concat()
            }
            None => ["sed: can't read ", line.strip_prefix("sed: ").unwrap_or(line), "\n"].concat(),
        });
        (output.stderr, output.exit_code) = (told.collect(), 2);
    }
    let mut machine = Machine { is_quiet: options.is_quiet, ..Machine::default() };
    let groups: Vec<&[(String, String)]> = match options.in_place.is_some() || options.is_separate {
        true => texts.chunks(1).collect(),
        false => vec![&texts[..]],
    };
    for group in groups {
        let lines: Vec<(&str, &str, bool)> = group
            .iter()
            .flat_map(|(name, text)| text.split_inclusive('\n').map(move |line| (name.as_str(), line)))
            .map(|(name, line)| (name, line.strip_suffix('\n').unwrap_or(line), line.ends_with('\n')))
            .collect();
        if !machine.run(&lines, &mut commands) {
            output.stderr.push_str("sed: the input is too long for these expressions\n");
            output.exit_code = 4;
            break;
        }
        let made = std::mem::take(&mut machine.made);
        let name = group.first().map_or("-", |(name, _)| name.as_str());
        match options.in_place.filter(|_| name != "-") {
            None => output.stdout.push_str(&made),
            Some(suffix) => {
                let mut write = |name: &str, text: &str| {
                    if let Err(why) = call.context.files.write(name, text, false) {
                        output.stderr.push_str(&format!("sed: couldn't open file {name}: {why}\n"));
                        output.exit_code = 4;
                    }
                };
                if let Some((_, before)) = group.first().filter(|_| !suffix.is_empty()) {
                    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(folder, _)| {
                        name.split_at_checked(folder.len() + 1).unwrap_or(("", name))
                    });
                    let backup = match suffix.contains('*') {
                        true => suffix.replace('*', base),
                        false => [base, suffix].concat(),
                    };
                    write(&[folder, &backup].concat(), before);
                }
                write(name, &made);
            }
        }
        if machine.is_over {
            break;
        }
        machine.is_unended = false;
        machine.number = 0;
    }
    for (name, text) in &machine.written {
        if let Err(why) = call.context.files.write(name, text, false) {
            output.stderr.push_str(&format!("sed: couldn't open file {name}: {why}\n"));
            output.exit_code = 4;
        }
    }
    if output.exit_code == 0 {
        output.exit_code = machine.status;
    }
    call.work.counts(machine.work);
    output
}

/// State of the execution of a script.
#[derive(Default)]
struct Machine {
    is_quiet: bool,
    space: String,
    held: String,
    made: String,
    /// Whether the output ends without the line break of its last line.
    is_unended: bool,
    /// Texts to print at the end of the cycle.
    after: Vec<String>,
    /// Files written by `w`.
    written: LiteMap<String, String>,
    number: usize,
    /// Place of the last expression used: of the command, and whether it is the address and its end.
    last: Option<(usize, Part)>,
    is_over: bool,
    status: u8,
    work: usize,
}

/// Part of a command that has an expression.
#[derive(Clone, Copy)]
enum Part {
    From,
    To,
    Action,
}

impl Machine {
    fn print(&mut self, text: &str, is_ended: bool) {
        if std::mem::replace(&mut self.is_unended, !is_ended) {
            self.made.push('\n');
        }
        self.made.push_str(text);
        if is_ended {
            self.made.push('\n');
        }
        self.work += text.len() / 16 + 1;
    }

    fn print_space(&mut self, is_ended: bool) {
        let space = std::mem::take(&mut self.space);
        self.print(&space, is_ended);
        self.space = space;
    }

    /// Prints the texts that wait for the end of the cycle.
    fn flush(&mut self) {
        for text in std::mem::take(&mut self.after) {
            if std::mem::take(&mut self.is_unended) && !text.is_empty() {
                self.made.push('\n');
            }
            self.work += text.len() / 16 + 1;
            self.made.push_str(&text);
        }
    }

    fn write(&mut self, name: &str, text: &str) {
        if name == "/dev/stdout" {
            self.print(text, true);
        } else {
            let file = self.written.entry(name.to_owned()).or_default();
            file.extend([text, "\n"]);
            self.work += text.len() / 16 + 1;
        }
    }

    /// Runs the script on lines, each with its file and whether it has a line break. Returns whether the budget sufficed.
    fn run(&mut self, lines: &[(&str, &str, bool)], commands: &mut [Command]) -> bool {
        for command in commands.iter() {
            if let Action::Write(name) | Action::Replace(Replacement { file: Some(name), .. }) =
                &command.action
                && name != "/dev/stdout"
            {
                self.written.entry(name.clone()).or_default();
            }
        }
        let mut at = 0;
        let mut keeps = false;
        while let Some((name, line, is_ended)) = lines.get(at).copied() {
            if !std::mem::take(&mut keeps) {
                self.number += 1;
                line.clone_into(&mut self.space);
            }
            let (mut name, mut is_ended) = (name, is_ended);
            let (mut place, mut has_replaced, mut is_gone) = (0, false, false);
            while let Some(command) = commands.get(place) {
                self.work += 1;
                if self.work > MOST_WORK
                    || self.made.len() + self.after.len() > 4 << 20
                    || self.space.len().max(self.held.len()) > MOST_SPACE
                {
                    return false;
                }
                let is_last = at + 1 >= lines.len();
                let is_negated = command.is_negated;
                let is_for = self.is_for(commands, place, is_last) != is_negated;
                let Some(command) = commands.get(place) else { break };
                place += 1;
                if !is_for {
                    if matches!(command.action, Action::Open) {
                        place = command.end;
                    }
                    continue;
                }
                match &command.action {
                    Action::Open | Action::Close | Action::Label(_) => {}
                    Action::Print => self.print_space(is_ended),
                    Action::PrintFirst => {
                        let first = self.space.split('\n').next().unwrap_or_default().to_owned();
                        self.print(&first, true);
                    }
                    Action::Number => self.print(&self.number.to_string(), true),
                    Action::Name => self.print(name, true),
                    Action::Delete => is_gone = true,
                    Action::DeleteFirst => {
                        is_gone = true;
                        if let Some((_, rest)) = self.space.split_once('\n') {
                            self.space = rest.to_owned();
                            keeps = true;
                        }
                    }
                    Action::Next | Action::Join => {
                        let joins = matches!(command.action, Action::Join);
                        if is_last {
                            // Without a next line, the script ends, and the pattern space is printed.
                            break;
                        }
                        if !joins && !self.is_quiet {
                            self.print_space(is_ended);
                        }
                        self.flush();
                        at += 1;
                        self.number += 1;
                        let Some((file, line, ended)) = lines.get(at).copied() else { break };
                        (name, is_ended) = (file, ended);
                        if joins {
                            self.space.push('\n');
                            self.space.push_str(line);
                        } else {
                            line.clone_into(&mut self.space);
                        }
                        self.work += self.space.len() / 64;
                    }
                    Action::Get { is_added } => {
                        if *is_added {
                            self.space.extend(["\n", &self.held]);
                        } else {
                            self.space.clone_from(&self.held);
                        }
                        self.work += self.space.len() / 64;
                    }
                    Action::Hold { is_added } => {
                        if *is_added {
                            self.held.extend(["\n", &self.space]);
                        } else {
                            self.held.clone_from(&self.space);
                        }
                        self.work += self.space.len() / 64;
                    }
                    Action::Exchange => std::mem::swap(&mut self.space, &mut self.held),
                    Action::Zap => self.space.clear(),
                    Action::Quit { prints, status } => {
                        (self.is_over, self.status) = (true, *status);
                        is_gone = !prints;
                        break;
                    }
                    Action::Branch { target, when, .. } => {
                        let goes = match when {
                            None => true,
                            Some(when) => std::mem::take(&mut has_replaced) == *when,
                        };
                        place = if goes { *target } else { place };
                    }
                    Action::Insert(text) => self.print(text.strip_suffix('\n').unwrap_or(text), true),
                    Action::Append(text) | Action::Read(text) => self.after.push(text.clone()),
                    Action::Change(text) => {
                        if !command.is_inside || is_negated || command.to.is_none() {
                            self.print(text.strip_suffix('\n').unwrap_or(text), true);
                        }
                        is_gone = true;
                    }
                    Action::Write(name) => {
                        let space = self.space.clone();
                        self.write(name, &space);
                    }
                    Action::Exchanged(pairs) => {
                        self.work += self.space.len() / 16 * (1 + pairs.len() / 8);
                        let new = |c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                        self.space = self.space.chars().map(new).collect();
                    }
                    Action::Replace(replacement) => {
                        if replacement.pattern.is_some() {
                            self.last = Some((place - 1, Part::Action));
                        }
                        let Some(pattern) = pattern(commands, self.last) else { continue };
                        if let Some(made) = replacement.applied(pattern, &self.space, &mut self.work) {
                            self.space = made;
                            has_replaced = true;
                            if replacement.prints {
                                self.print_space(is_ended);
                            }
                            if let Some(name) = &replacement.file {
                                let space = self.space.clone();
                                self.write(name, &space);
                            }
                        }
                    }
                }
                if is_gone {
                    break;
                }
            }
            if !is_gone && !self.is_quiet {
                self.print_space(is_ended);
            }
            self.flush();
            if self.is_over {
                break;
            }
            at += usize::from(!keeps);
        }
        true
    }

    /// Returns whether the addresses of a command select the line, without its negation.
    fn is_for(&mut self, commands: &mut [Command], place: usize, is_last: bool) -> bool {
        let Some(command) = commands.get(place) else { return false };
        let (is_inside, end) = (command.is_inside, command.end);
        let number = self.number;
        let Some(from) = &command.from else { return true };
        let Some(to) = &command.to else { return self.fits(commands, place, Part::From, is_last) };
        let (is_for, stays, end) = if is_inside {
            match to {
                Address::Number(end) => (number <= *end || end == &0, number < *end, *end),
                Address::Further(_) | Address::Multiple(_) => (number <= end, number < end, end),
                _ => (true, !self.fits(commands, place, Part::To, is_last), end),
            }
        } else {
            let starts = match from {
                Address::Number(from) => number == *from,
                _ => self.fits(commands, place, Part::From, is_last),
            };
            let Some(Command { to: Some(to), .. }) = commands.get(place) else { return starts };
            let end = match to {
                Address::Number(end) => *end,
                Address::Further(count) => number.saturating_add(*count),
                Address::Multiple(count) => number.checked_next_multiple_of(*count).unwrap_or(number),
                Address::Last if is_last => number,
                _ => usize::MAX,
            };
            (starts, starts && number < end, end)
        };
        if let Some(command) = commands.get_mut(place) {
            command.is_inside = stays;
            if !matches!(command.action, Action::Open) {
                command.end = end;
            }
        }
        is_for
    }

    fn fits(&mut self, commands: &[Command], place: usize, part: Part, is_last: bool) -> bool {
        let command = commands.get(place);
        let address = command.and_then(|command| match part {
            Part::From => command.from.as_ref(),
            _ => command.to.as_ref(),
        });
        match address {
            Some(Address::Number(number)) => *number == self.number,
            Some(Address::Step(first, 0)) => *first == self.number,
            Some(Address::Step(first, step)) => {
                self.number >= *first && (self.number - first).is_multiple_of(*step)
            }
            Some(Address::Last) => is_last,
            Some(Address::Fits(own)) => {
                if own.is_some() {
                    self.last = Some((place, part));
                }
                let Some(pattern) = pattern(commands, self.last) else { return false };
                self.work += pattern.work(&self.space) + 1;
                pattern.regex.is_match(&self.space)
            }
            _ => false,
        }
    }
}

/// Returns the last expression used.
fn pattern(commands: &[Command], last: Option<(usize, Part)>) -> Option<&Pattern> {
    let (place, part) = last?;
    let command = commands.get(place)?;
    match (part, &command.from, &command.to, &command.action) {
        (Part::From, Some(Address::Fits(pattern)), _, _)
        | (Part::To, _, Some(Address::Fits(pattern)), _)
        | (Part::Action, _, _, Action::Replace(Replacement { pattern, .. })) => pattern.as_ref(),
        _ => None,
    }
}

impl Replacement {
    /// Returns the text with the replacements; `None` if there are none.
    fn applied(&self, pattern: &Pattern, text: &str, work: &mut usize) -> Option<String> {
        *work += pattern.work(text) + 1;
        let (mut place, mut has_replaced) = (0, false);
        let made = pattern.regex.replace_all(text, |captures: &regex_lite::Captures| {
            place += 1;
            let is_here = if self.is_all { place >= self.nth } else { place == self.nth };
            has_replaced |= is_here;
            if is_here { filled(&self.new, captures) } else { captures[0].to_owned() }
        });
        let made = made.into_owned();
        *work += made.len() / 16;
        has_replaced.then_some(made)
    }
}

/// Expands `&`, `\1` and the changes of case (`\u`, `\U` and so on) in a replacement.
fn filled(new: &str, captures: &regex_lite::Captures) -> String {
    let mut made = String::new();
    let mut characters = new.chars();
    let group = |place: usize| captures.get(place).map_or("", |group| group.as_str());
    // Case of the next character, and of all that follow.
    let (mut next, mut all) = (None, None);
    while let Some(c) = characters.next() {
        let one;
        let text = match c {
            '&' => group(0),
            '\\' => match characters.next() {
                Some(digit @ '0'..='9') => group(digit as usize - '0' as usize),
                Some(case @ ('u' | 'l')) => {
                    next = Some(case == 'u');
                    continue;
                }
                Some(case @ ('U' | 'L')) => {
                    all = Some(case == 'U');
                    continue;
                }
                Some('E') => {
                    all = None;
                    continue;
                }
                Some('x') => {
                    let code =
                        characters.as_str().get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
                    characters = characters
                        .as_str()
                        .get(if code.is_some() { 2 } else { 0 }..)
                        .unwrap_or_default()
                        .chars();
                    one = code.map_or('x', char::from).to_string();
                    &*one
                }
                Some('n') => "\n",
                Some('t') => "\t",
                Some('r') => "\r",
                other => {
                    one = other.map(String::from).unwrap_or_default();
                    &*one
                }
            },
            c => {
                one = c.to_string();
                &*one
            }
        };
        let cased = match all {
            None => text.to_owned(),
            Some(true) => text.to_uppercase(),
            Some(false) => text.to_lowercase(),
        };
        let mut rest = cased.chars();
        match (next.filter(|_| !text.is_empty()), rest.next()) {
            (Some(is_upper), Some(first)) => {
                next = None;
                if is_upper {
                    made.extend(first.to_uppercase())
                } else {
                    made.extend(first.to_lowercase())
                }
                made.push_str(rest.as_str());
            }
            _ => made.push_str(&cased),
        }
    }
    made
}
