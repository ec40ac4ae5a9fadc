//! Words to options, as Python's `argparse` does it for the real tool: in three rounds (the tool, the service, the
//! operation), each of which takes what it knows and leaves the rest to the next.
//!
//! It must not know what any option means.

use super::{
    data::{hex, python_string},
    nearest::close_matches,
};

/// How many words an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// None: it is a switch.
    None,
    /// One.
    One,
    /// One at most; without any, this word is meant.
    Optional(&'static str),
    /// Any number.
    Any,
}

/// An option that a round knows.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Its name with the two hyphens.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// How many words it takes.
    pub count: Count,
    /// The words it may have; empty where any will do.
    pub choices: &'static [&'static str],
    /// Whether its word must be a whole number.
    pub is_number: bool,
    /// Whether a shortened name may mean it. Not those that version 1 of the tool has not: what is short for one of
    /// its own must stay so.
    pub is_shortened: bool,
}

impl Flag {
    /// An option with one word.
    pub fn new(name: &str, count: Count) -> Self {
        let name = ["--", name].concat();
        Self { name, required: false, count, choices: &[], is_number: false, is_shortened: true }
    }
}

/// The one word of a round that is no option: the service, the operation, or `help` after an operation.
#[derive(Clone, Debug)]
pub struct Positional<'c> {
    /// What messages call it.
    pub name: &'static str,
    /// The words it may be; `None` where it may be left out, and be anything.
    pub choices: Option<&'c [&'c str]>,
}

/// What a round found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// For each option that is there, its place in the flags and its words.
    pub given: Vec<(usize, Vec<String>)>,
    /// The positional word.
    pub positional: Option<String>,
    /// What is left.
    pub rest: Vec<String>,
}

/// What a word of the line is.
enum Word {
    /// Not an option, or `--`.
    Plain,
    /// An option that is known, and what stands behind its `=`.
    Known(usize, Option<String>),
    /// An option that is not.
    Unknown,
}

/// Takes what a round knows from the words.
///
/// # Errors
/// The message of the first mistake.
pub fn parse(flags: &[Flag], positional: &Positional, words: &[String]) -> Result<Found, String> {
    let mut kinds = Vec::with_capacity(words.len());
    let mut is_over = false;
    for word in words {
        let kind = if is_over { Word::Plain } else { classify(flags, word)? };
        is_over |= word == "--";
        kinds.push(kind);
    }
    // After the first `--` all are plain, and only that one is taken away.
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
    /// Whether the positional word is still to come.
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
        // The last one counts.
        self.found.given.retain(|(given, _)| *given != place);
        self.found.given.push((place, words));
        Ok(())
    }

    /// A run of words that are no options: the first is the positional one, if that is still to come.
    fn take_plain(&mut self, start: usize, end: usize, dashes: Option<usize>) -> Result<(), String> {
        let run = self.words.get(start..end).unwrap_or_default();
        let is_dash = |place: usize| Some(start + place) == dashes;
        if !self.is_open {
            self.found.rest.extend(run.iter().cloned());
            return Ok(());
        }
        let Some((place, word)) = run.iter().enumerate().find(|(place, _)| !is_dash(*place)) else {
            // Only `--`: the word that may be left out is left out with it, any other is still to come.
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
        // What follows directly is of the same match, which takes a `--` as well.
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

/// A whole number as Python's `int` reads it, in its shortest form.
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

/// What Python says of a text that is no whole number.
pub fn not_whole(text: &str) -> String {
    ["invalid literal for int() with base 10: ", &python_string(text)].concat()
}

/// A 64-bit sum as 16 hexadecimal digits, for ids that are made from names.
pub fn digits_of(sum: u64) -> String {
    let [high, low] = [sum >> 32, sum & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or_default());
    [hex(high, 8), hex(low, 8)].concat()
}
