//! Command-line options of the small tools. An option that a tool does not have is an error, with the message of GNU's
//! tools.

use crate::command::Output;

use super::{Call, TOOLS};

/// Letter of a long option that changes nothing here, with or without a value.
pub(crate) const NOTHING: char = '\0';

/// Parsed options.
#[derive(Debug, Default)]
pub(crate) struct Options<'w> {
    /// Letters of the options without a value, in order.
    pub letters: String,
    /// Values of the other options, by letter, in order.
    pub values: Vec<(char, &'w str)>,
    /// The other words.
    pub operands: Vec<&'w str>,
}

impl<'w> Options<'w> {
    /// Returns whether an option without a value is given.
    pub fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    /// Returns the last value of an option.
    pub fn value(&self, letter: char) -> Option<&'w str> {
        self.all(letter).last()
    }

    /// Returns all values of an option.
    pub fn all(&self, letter: char) -> impl Iterator<Item = &'w str> {
        self.values.iter().filter(move |(own, _)| *own == letter).map(|(_, value)| *value)
    }
}

/// Parses the options of a call: `letters` take no value, and those in `valued` take one; `long` names some of both.
///
/// # Errors
/// The output of the tool if an option is unknown or lacks its value, and for `--help`.
pub(super) fn options<'w>(
    call: &Call<'w, '_>,
    letters: &str,
    valued: &str,
    long: &[(&str, char)],
) -> Result<Options<'w>, Output> {
    parsed(call.name, call.words, letters, valued, long)
}

/// Parses the options in some words, as [`options`] does.
///
/// # Errors
/// The output of the tool if an option is unknown or lacks its value, and for `--help`.
pub(crate) fn parsed<'w>(
    name: &str,
    words: &'w [String],
    letters: &str,
    valued: &str,
    long: &[(&str, char)],
) -> Result<Options<'w>, Output> {
    read(name, words, (letters, valued, long), false)
}

/// Parses the options before a command: the first operand ends them, because the words after it belong to the command.
///
/// # Errors
/// The output of the tool if an option is unknown or lacks its value, and for `--help`.
pub(crate) fn before_command<'w>(
    name: &str,
    words: &'w [String],
    letters: &str,
    valued: &str,
    long: &[(&str, char)],
) -> Result<Options<'w>, Output> {
    read(name, words, (letters, valued, long), true)
}

fn read<'w>(
    name: &str,
    words: &'w [String],
    (letters, valued, long): (&str, &str, &[(&str, char)]),
    is_before_command: bool,
) -> Result<Options<'w>, Output> {
    let mut options = Options::default();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            options.operands.push(word);
            if is_before_command {
                options.operands.extend(words.by_ref());
            }
            continue;
        };
        if flags == "-" {
            options.operands.extend(words.by_ref());
            break;
        }
        if let Some(written) = flags.strip_prefix('-') {
            let (written, value) = match written.split_once('=') {
                Some((written, value)) => (written, Some(value)),
                None => (written, None),
            };
            if written == "help" {
                return Err(help(name));
            }
            // As in the real tools, the beginning of a name is enough if it is unambiguous.
            let letter = long.iter().find(|(known, _)| *known == written).or_else(|| {
                let mut near = long.iter().filter(|(known, _)| known.starts_with(written));
                near.next().filter(|_| near.next().is_none())
            });
            match (letter, value) {
                (None, _) => return Err(unknown(name, &["--", written].concat())),
                (Some((_, NOTHING)), _) => {}
                (Some((_, letter)), value) if valued.contains(*letter) => {
                    let value = value
                        .or_else(|| words.next())
                        .ok_or_else(|| wrong(name, &["option '--", written, "' requires an argument"]))?;
                    options.values.push((*letter, value));
                }
                (_, Some(_)) => {
                    return Err(wrong(name, &["option '--", written, "' doesn't allow an argument"]));
                }
                (Some((_, letter)), None) => options.letters.push(*letter),
            }
            continue;
        }
        for (at, letter) in flags.char_indices() {
            // A mark that is not a letter stands for a long option only.
            if valued.contains(letter) && letter.is_ascii_alphanumeric() {
                let rest = flags.get(at + letter.len_utf8()..).filter(|rest| !rest.is_empty());
                let value = rest.or_else(|| words.next()).ok_or_else(|| {
                    wrong(name, &["option requires an argument -- '", &letter.to_string(), "'"])
                })?;
                options.values.push((letter, value));
                break;
            }
            if !letters.contains(letter) {
                return Err(unknown(name, &['-', letter].iter().collect::<String>()));
            }
            options.letters.push(letter);
        }
    }
    Ok(options)
}

/// Returns the usage of a tool.
fn help(name: &str) -> Output {
    let usage = TOOLS.iter().find(|tool| tool.name == name).map_or("", |tool| tool.usage);
    Output::printed(["Usage: ", if usage.is_empty() { name } else { usage }, "\n"].concat())
}

/// Returns the error of an option that a tool does not have: a long one, or the first letter of a short one.
pub(super) fn unknown(name: &str, option: &str) -> Output {
    if option.starts_with("--") {
        return wrong(name, &["unrecognized option '", option, "'"]);
    }
    let letter: String = option.chars().skip(1).take(1).collect();
    wrong(name, &["invalid option -- '", &letter, "'"])
}

/// Returns the error of a wrong command line.
pub(crate) fn wrong(name: &str, why: &[&str]) -> Output {
    let status = match name {
        "sort" | "ls" | "diff" | "grep" | "egrep" | "fgrep" => 2,
        "timeout" => 125,
        _ => 1,
    };
    let usage = if name.ends_with("grep") {
        ["Usage: ", name, " [OPTION]... PATTERNS [FILE]...\n"].concat()
    } else {
        String::new()
    };
    let text = [name, ": ", &why.concat(), "\n", &usage, "Try '", name, " --help' for more information.\n"];
    Output::failed(status, text.concat())
}
