//! `xargs`: runs a command with the words that are piped in.

use super::{input::Input, run::Shell};
use crate::{
    command::Output,
    tools::{NOTHING, before_command, escapes, wrong},
};

/// How the input is divided into arguments, and into commands.
struct Division<'w> {
    /// Separator; `None` for blanks, with quotes.
    mark: Option<char>,
    /// Maximum number of arguments of a command.
    most: usize,
    /// Number of lines of a command.
    lines: Option<usize>,
    /// Text of the command that is replaced by a line.
    replaced: Option<&'w str>,
}

/// Runs `xargs`.
pub async fn run(shell: &mut Shell<'_>, arguments: &[String]) {
    const LONG: &[(&str, char)] = &[
        ("delimiter", 'd'),
        ("exit", NOTHING),
        ("max-args", 'n'),
        ("max-lines", 'L'),
        ("max-procs", 'P'),
        ("no-run-if-empty", 'r'),
        ("null", '0'),
        ("verbose", 't'),
    ];
    let options = match before_command("xargs", arguments, "0rtx", "dEILnPs", LONG) {
        Ok(options) => options,
        Err(output) => return shell.tells(output),
    };
    let number = |letter| match options.value(letter).map(|value| (value, value.parse::<usize>())) {
        None => Ok(None),
        Some((_, Ok(count))) if count > 0 => Ok(Some(count)),
        Some((_, Ok(_))) => {
            Err(wrong("xargs", &["value 0 for -", &letter.to_string(), " option should be >= 1"]))
        }
        Some((value, Err(_))) => {
            Err(wrong("xargs", &["invalid number \"", value, "\" for -", &letter.to_string(), " option"]))
        }
    };
    let (most, lines) = match (number('n'), number('L')) {
        (Ok(most), Ok(lines)) => (most.unwrap_or(usize::MAX), lines),
        (Err(output), _) | (_, Err(output)) => return shell.tells(output),
    };
    let mark = match options.value('d').map(|mark| escapes(mark, false)) {
        _ if options.has('0') => Some('\0'),
        None => None,
        Some(mark) => match mark.chars().next() {
            Some(first) if mark.chars().count() == 1 => Some(first),
            _ => {
                let why = ["Invalid input delimiter specification ", &mark].concat();
                return shell.tells(wrong("xargs", &[&why]));
            }
        },
    };
    let division = Division { mark, most, lines, replaced: options.value('I') };
    let input = shell.drained();
    let stdin = input.rest();
    if !shell.counts(stdin.len() / 8) {
        return;
    }
    let (groups, error) = division.groups(stdin);
    let command = if options.operands.is_empty() { &["echo"][..] } else { &options.operands };
    let mut status = 0;
    let runs_once = groups.is_empty() && error.is_none() && !options.has('r') && division.replaced.is_none();
    for group in groups.into_iter().chain(runs_once.then(Vec::new)) {
        if !shell.counts(group.iter().map(String::len).sum()) {
            return;
        }
        let line: Vec<String> = match division.replaced {
            Some(mark) => {
                let item = group.first().map_or("", String::as_str);
                command.iter().map(|word| word.replace(mark, item)).collect()
            }
            None => command.iter().map(|word| (*word).to_owned()).chain(group).collect(),
        };
        if !shell.counts(line.iter().map(String::len).sum()) {
            return;
        }
        if options.has('t') {
            shell.tells(Output { stderr: line.join(" ") + "\n", ..Output::default() });
        }
        shell.pauses().await;
        shell.fed(Input::default(), async |shell| shell.invoke(&line).await).await;
        status = match shell.status {
            0 => status,
            127 => 127,
            255 => 124,
            _ => 123,
        };
        if shell.stop.is_some() {
            return;
        }
        if let 127 | 124 = status {
            break;
        }
    }
    match error {
        Some(why) => shell.tells(Output::failed(1, ["xargs: ", why, "\n"].concat())),
        None => shell.status = status,
    }
}

impl Division<'_> {
    /// Divides the input into the arguments of each command, up to an error.
    fn groups(&self, stdin: &str) -> (Vec<Vec<String>>, Option<&'static str>) {
        let mut error = None;
        // Each item, and whether its line ends after it.
        let items: Vec<(String, bool)> = match self.mark {
            Some(mark) => stdin.split_terminator(mark).map(|item| (item.to_owned(), true)).collect(),
            None => {
                let (items, why) = words(stdin, self.replaced.is_some());
                error = why;
                items
            }
        };
        let most = if self.replaced.is_some() { 1 } else { self.most };
        let mut groups: Vec<Vec<String>> = Vec::new();
        let mut ended = usize::MAX;
        for (item, ends) in items {
            match groups.last_mut() {
                Some(group) if group.len() < most && self.lines.is_none_or(|lines| ended < lines) => {
                    group.push(item);
                }
                _ => {
                    groups.push(vec![item]);
                    ended = 0;
                }
            }
            ended += usize::from(ends);
        }
        // The command that was being read does not run.
        if error.is_some() && self.replaced.is_none() {
            groups.pop();
        }
        (groups, error)
    }
}

/// Splits a text at blanks, or only at line breaks. Quotes and backslashes keep characters together.
fn words(text: &str, by_line: bool) -> (Vec<(String, bool)>, Option<&'static str>) {
    let mut items: Vec<(String, bool)> = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\n' => {
                if let Some(word) = word.take() {
                    items.push((word, true));
                } else if let Some((_, ends)) = items.last_mut() {
                    *ends = true;
                }
            }
            c if c.is_ascii_whitespace() && (!by_line || word.is_none()) => {
                items.extend(word.take().map(|word| (word, false)));
            }
            '\'' | '"' => {
                let rest = characters.as_str();
                let end = rest
                    .find([c, '\n'])
                    .filter(|end| rest.get(*end..).is_some_and(|rest| rest.starts_with(c)));
                let Some(end) = end else {
                    let why = match c {
                        '"' => {
                            "unmatched double quote; by default quotes are special to xargs unless you use the -0 option"
                        }
                        _ => {
                            "unmatched single quote; by default quotes are special to xargs unless you use the -0 option"
                        }
                    };
                    // Words that are complete belong to the command that does not run.
                    items.push((String::new(), true));
                    return (items, Some(why));
                };
                let (inner, _) = rest.split_at_checked(end).unwrap_or_default();
                word.get_or_insert_default().push_str(inner);
                characters = rest.get(end + 1..).unwrap_or_default().chars();
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    items.extend(word.map(|word| (word, true)));
    (items, None)
}
