//! Parses command-line words into options, as Python's `argparse` does for the real tool: in three rounds (the tool,
//! the service, the operation). Each round takes the options that it knows and passes the remaining words to the next
//! round.
//!
//! This module must not know what any option means.

use super::{
    data::{hex, python_string},
    nearest::close_matches,
};

/// Number of words that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// None: the option is a switch.
    None,
    /// Exactly one.
    One,
    /// At most one; this word is the default.
    Optional(&'static str),
    /// Any number.
    Any,
}

/// An option that a round knows.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Name, including the two leading hyphens.
    pub name: String,
    /// Whether the option is required.
    pub required: bool,
    /// Number of words that the option takes.
    pub count: Count,
    /// Allowed words; empty if any word is allowed.
    pub choices: &'static [&'static str],
    /// Whether the word must be an integer.
    pub is_number: bool,
    /// Whether an abbreviation may match the option. False for the options that version 1 of the tool does not have:
    /// they must not make an abbreviation of a version 1 option ambiguous.
    pub is_shortened: bool,
}

impl Flag {
    /// Creates an option that is not required and accepts any words.
    pub fn new(name: &str, count: Count) -> Self {
        let name = ["--", name].concat();
        Self { name, required: false, count, choices: &[], is_number: false, is_shortened: true }
    }
}

/// The positional word of a round: the service, the operation, or `help` after an operation.
#[derive(Clone, Debug)]
pub struct Positional<'c> {
    /// Name used in messages.
    pub name: &'static str,
    /// Allowed words; `None` if the word is optional and may be anything.
    pub choices: Option<&'c [&'c str]>,
}

/// Result of a round.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// For each option given, its index in the flags and its words.
    pub given: Vec<(usize, Vec<String>)>,
    /// The positional word.
    pub positional: Option<String>,
    /// Remaining words, for the next round.
    pub rest: Vec<String>,
}

/// Kind of a command-line word.
enum Word {
    /// Not an option, or `--`.
    Plain,
    /// A known option, and the value after its `=`.
    Known(usize, Option<String>),
    /// An unknown option.
    Unknown,
}

/// Parses the options and the positional word of a round from the words.
///
/// # Errors
/// The message for the first mistake.
pub fn parse(flags: &[Flag], positional: &Positional, words: &[String]) -> Result<Found, String> {
    let mut kinds = Vec::with_capacity(words.len());
    let mut is_over = false;
    for word in words {
        let kind = if is_over { Word::Plain } else { classify(flags, word)? };
        is_over |= word == "--";
        kinds.push(kind);
    }
    // All words after the first `--` are plain; only that `--` is removed.
    let dashes = words.iter().position(|word| word == "--");
    let is_plain =
        |at: usize| matches!(kinds.get(at), Some(Word::Plain)) && dashes.is_none_or(|dashes| at != dashes);
    let mut round = Round { positional, words, found: Found::default(), is_open: true };
    let mut at = 0;
    while at < words.len() {
        match kinds.get(at) {
            Some(Word::Known(flag, explicit)) => {
                let Some(known) = flags.get(*flag) else { break };
                at += 1;
                let most = match known.count {
                    Count::None => 0,
                    Count::One | Count::Optional(_) => 1,
                    Count::Any => usize::MAX,
                };
                let taken = match explicit {
                    Some(_) if most == 0 => {
                        let text = explicit.as_deref().unwrap_or_default();
                        let text = ["ignored explicit argument ", &python_string(text)].concat();
                        return Err(about(&known.name, &text));
                    }
                    Some(word) => vec![word.clone()],
                    None => {
                        let end = (at..words.len())
                            .take_while(|place| is_plain(*place) && place - at < most)
                            .last()
                            .map_or(at, |last| last + 1);
                        let taken = words.get(at..end).unwrap_or_default().to_vec();
                        at = end;
                        taken
                    }
                };
                round.take_option(flags, *flag, taken)?;
            }
            Some(Word::Unknown) => {
                round.found.rest.extend(words.get(at).cloned());
                at += 1;
            }
            _ => {
                let end = (at..words.len())
                    .take_while(|place| matches!(kinds.get(*place), Some(Word::Plain)))
                    .last()
                    .map_or(at, |last| last + 1);
                round.take_plain(at, end, dashes)?;
                at = end;
            }
        }
    }
    let mut missing: Vec<&str> = flags
        .iter()
        .enumerate()
        .filter(|(i, flag)| flag.required && !round.found.given.iter().any(|(given, _)| given == i))
        .map(|(_, flag)| flag.name.as_str())
        .collect();
    if positional.choices.is_some() && round.found.positional.is_none() {
        missing.push(positional.name);
    }
    if missing.is_empty() {
        Ok(round.found)
    } else {
        Err(["the following arguments are required: ", &missing.join(", ")].concat())
    }
}

struct Round<'r> {
    positional: &'r Positional<'r>,
    words: &'r [String],
    found: Found,
    /// Whether the positional word is still expected.
    is_open: bool,
}

impl Round<'_> {
    fn take_option(&mut self, flags: &[Flag], place: usize, words: Vec<String>) -> Result<(), String> {
        let Some(flag) = flags.get(place) else { return Ok(()) };
        let words = match (flag.count, words.is_empty()) {
            (Count::One, true) => return Err(about(&flag.name, "expected one argument")),
            (Count::Optional(word), true) => vec![word.to_owned()],
            _ => words,
        };
        if let Some(word) = words.first() {
            if flag.is_number && whole(word).is_none() {
                let text = ["invalid int value: ", &python_string(word)].concat();
                return Err(about(&flag.name, &text));
            }
            if !flag.choices.is_empty() && !flag.choices.contains(&word.as_str()) {
                return Err(about(&flag.name, &invalid_choice(word, flag.choices)));
            }
        }
        // The last occurrence of an option wins.
        self.found.given.retain(|(given, _)| *given != place);
        self.found.given.push((place, words));
        Ok(())
    }

    /// Takes a run of words that are not options; the first is the positional word, if it is still expected.
    fn take_plain(&mut self, start: usize, end: usize, dashes: Option<usize>) -> Result<(), String> {
        let run = self.words.get(start..end).unwrap_or_default();
        let is_dash = |place: usize| Some(start + place) == dashes;
        if !self.is_open {
            self.found.rest.extend(run.iter().cloned());
            return Ok(());
        }
        let Some((place, word)) = run.iter().enumerate().find(|(place, _)| !is_dash(*place)) else {
            // The run is only `--`: an optional positional word is now absent; a required one is still expected.
            match self.positional.choices {
                None => self.is_open = false,
                Some(_) => self.found.rest.extend(run.iter().cloned()),
            }
            return Ok(());
        };
        if let Some(choices) = self.positional.choices
            && !choices.contains(&word.as_str())
        {
            let text = invalid_choice(word, choices);
            return Err(["argument ", self.positional.name, ": ", &text].concat());
        }
        self.is_open = false;
        self.found.positional = Some(word.clone());
        let after = run.iter().enumerate().skip(place + 1);
        // A `--` directly after the positional word belongs to the same match, so it is removed as well.
        self.found
            .rest
            .extend(after.filter(|(i, _)| !(is_dash(*i) && *i == place + 1)).map(|(_, word)| word.clone()));
        Ok(())
    }
}

fn classify(flags: &[Flag], word: &str) -> Result<Word, String> {
    if !word.starts_with('-') || word == "--" || word == "-" {
        return Ok(Word::Plain);
    }
    let place = |name: &str| flags.iter().position(|flag| flag.name == name);
    if let Some(flag) = place(word) {
        return Ok(Word::Known(flag, None));
    }
    let (name, explicit) = match word.split_once('=') {
        Some((name, explicit)) => (name, Some(explicit.to_owned())),
        None => (word, None),
    };
    if let Some(flag) = place(name) {
        return Ok(Word::Known(flag, explicit));
    }
    if name.starts_with("--") {
        let matching = |flag: &&Flag| flag.is_shortened && flag.name.starts_with(name);
        let found: Vec<&str> = flags.iter().filter(matching).map(|flag| flag.name.as_str()).collect();
        match *found {
            [] => {}
            [only] => return Ok(place(only).map_or(Word::Unknown, |flag| Word::Known(flag, explicit))),
            _ => return Err(["ambiguous option: ", word, " could match ", &found.join(", ")].concat()),
        }
    }
    let is_number = word.get(1..).is_some_and(|rest| {
        let (whole, fraction) = rest.split_once('.').unwrap_or(("", rest));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        are_digits(whole) && are_digits(fraction) && !fraction.is_empty()
    });
    Ok(if is_number || word.contains(' ') { Word::Plain } else { Word::Unknown })
}

fn about(name: &str, text: &str) -> String {
    ["argument ", name, ": ", text].concat()
}

/// Source: `CLIArgParser._check_value` of the real tool.
fn invalid_choice(word: &str, choices: &[&str]) -> String {
    let mut text = "Invalid choice, valid choices are:\n".to_owned();
    for pair in choices.chunks(2) {
        for (i, choice) in pair.iter().enumerate() {
            text.push_str(if i == 0 { "\n" } else { " | " });
            text.push_str(choice);
            text.extend(std::iter::repeat_n(' ', 40usize.saturating_sub(choice.chars().count())));
        }
    }
    let close = close_matches(word, choices);
    if !close.is_empty() {
        text.push_str(&["\n\n\nInvalid choice: ", &python_string(word), ", maybe you meant:\n"].concat());
        for choice in close {
            text.push_str("\n  * ");
            text.push_str(choice);
        }
    }
    text
}

/// Parses an integer as Python's `int` does, and returns its shortest form.
pub fn whole(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let is_number = !digits.is_empty()
        && digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let shortest = digits.replace('_', "");
    let shortest = shortest.trim_start_matches('0');
    let sign = if trimmed.starts_with('-') && !shortest.is_empty() { "-" } else { "" };
    is_number.then(|| [sign, if shortest.is_empty() { "0" } else { shortest }].concat())
}

/// Returns Python's error message for a string that is not an integer.
pub fn not_whole(text: &str) -> String {
    ["invalid literal for int() with base 10: ", &python_string(text)].concat()
}

/// Formats a 64-bit hash as 16 hexadecimal digits, for ids derived from names.
pub fn digits_of(sum: u64) -> String {
    let [high, low] = [sum >> 32, sum & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or_default());
    [hex(high, 8), hex(low, 8)].concat()
}
