//! The `jq` command: its options, input and output. The language is in [`bounded_jq`].

#[cfg(test)]
mod tests;

use bounded_jq::{MOST_STEPS, Run, Stop, program};
use mesh_text::data::{Data, Members, json, named, sorted};

use super::{Call, Work, text::inputs};
use crate::command::Output;

/// Parsed command line.
#[derive(Default)]
struct Options<'c> {
    /// Letters of the options without a value; `a` is `--ascii-output`.
    letters: String,
    /// Variables that the options define.
    given: Vec<(String, Data)>,
    /// Words after `--args` and `--jsonargs`.
    positional: Vec<Data>,
    /// The filter and the input files.
    operands: Vec<&'c str>,
    /// File that contains the filter, for `--from-file`.
    file: Option<&'c str>,
    /// Width of the indentation per level.
    indent: Option<usize>,
}

pub(super) fn run(call: &mut Call) -> Output {
    let options = match options(call) {
        Ok(options) => options,
        Err(why) => return Output::failed(2, ["jq: ", &why, "\n"].concat()),
    };
    let has = |letter| options.letters.contains(letter);
    let from_file = options.file.and_then(|path| call.context.files.get(super::plain_path(path)));
    let (text, names) = match (options.file, from_file, options.operands.split_first()) {
        (Some(_), Some(text), _) => (text.as_str(), &*options.operands),
        (Some(path), None, _) => {
            return Output::failed(2, ["jq: ", &missing(path), "\n"].concat());
        }
        (None, _, Some((text, names))) => (*text, names),
        (None, _, None) => return Output::failed(2, "Usage:\tjq [OPTIONS] FILTER [FILES...]\n"),
    };
    let known: Vec<_> = options.given.iter().map(|(name, _)| name.as_str()).chain(["ENV"]).collect();
    let program = match program(text, &known) {
        Ok(program) => program,
        Err(why) => {
            let lines = ["jq: error: ", &why, " at <top-level>, line 1:\n", text, "\njq: 1 compile error\n"];
            return Output::failed(3, lines.concat());
        }
    };
    // With `-n`, only `input` and `inputs` read.
    let reads = !has('n') || text.contains("input") || !names.is_empty();
    let (texts, mut output) = if reads { inputs(call, names) } else { Default::default() };
    if output.exit_code != 0 {
        let missing = output.stderr.lines().map(|line| {
            let (_, rest) = line.split_once(": ").unwrap_or_default();
            ["jq: error: Could not open file ", rest, "\n"].concat()
        });
        (output.stderr, output.exit_code) = (missing.collect(), 2);
    }
    let read_bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let mut values = Vec::new();
    for (_, text) in &texts {
        if has('R') {
            match has('s') {
                true => values.push(Data::text(text)),
                false => values.extend(text.lines().map(Data::text)),
            }
            continue;
        }
        let (found, ended) = json::read_all(text);
        values.extend(found);
        if let Err(why) = ended {
            output.stderr.push_str(&["jq: parse error: ", &why, "\n"].concat());
            output.exit_code = 2;
        }
    }
    if has('s') && !has('R') {
        values = vec![Data::list(values)];
    }
    values.reverse();
    let environment: Members =
        call.context.variables.iter().map(|(name, value)| named(name, Data::text(value))).collect();
    let mut run = Run::new(&program, &options.given, Data::map(environment), values);
    run.steps = MOST_STEPS.min(call.work.left.saturating_mul(Work::SMALL));
    let steps = run.steps;
    let mut last = None;
    let mut next = if has('n') { Some(Data::Null) } else { run.inputs.pop() };
    while let Some(value) = next {
        let stdout = &mut output.stdout;
        let ended = run.results(value, &mut |run, result| {
            let start = stdout.len();
            options.write(&result, stdout);
            run.counts((stdout.len() - start) / 32 + 1)?;
            last = Some(result);
            Ok(())
        });
        output.stderr.push_str(&std::mem::take(&mut run.said));
        if let Err(stop) = ended {
            let (said, status) = told(stop, has('n'));
            output.stderr.push_str(&said);
            output.exit_code = status;
            // After an error, the next input is processed; after any other stop, evaluation ends.
            if run.steps == 0 || !said.starts_with("jq: error (at") {
                break;
            }
        }
        next = if has('n') { None } else { run.inputs.pop() };
    }
    let done = steps - run.steps;
    call.work.counts(usize::try_from(done).unwrap_or(usize::MAX).saturating_add(read_bytes / 4));
    if has('e') && output.exit_code == 0 {
        output.exit_code = match last {
            None => 4,
            Some(Data::Null | Data::Bool(false)) => 1,
            Some(_) => 0,
        };
    }
    output
}

/// Returns the message and exit status of a stop.
fn told(stop: Stop, has_no_input: bool) -> (String, u8) {
    let at = if has_no_input { "jq: error (at <unknown>)" } else { "jq: error (at <stdin>:0)" };
    match stop {
        Stop::Halt(said, status) => (said, status),
        Stop::Error(Data::Text(why)) => ([at, ": ", &why, "\n"].concat(), 5),
        Stop::Error(Data::Null) => ([at, " (not a string): null\n"].concat(), 5),
        Stop::Error(other) => ([at, " (not a string): ", &other.compact(), "\n"].concat(), 5),
        _ => ("jq: error: this filter does too much\n".to_owned(), 5),
    }
}

/// Last part of the messages about options. The messages are those of jq 1.6.
const HINT: &str = "\nUse jq --help for help with command-line options,\n\
    or see the jq manpage, or online docs  at https://stedolan.github.io/jq";

fn missing(path: &str) -> String {
    ["Could not open ", path, ": No such file or directory"].concat()
}

fn options<'w>(call: &Call<'w, '_>) -> Result<Options<'w>, String> {
    const LONG: &[(&str, char)] = &[
        ("--ascii-output", 'a'),
        ("--color-output", 'C'),
        ("--compact-output", 'c'),
        ("--exit-status", 'e'),
        ("--join-output", 'j'),
        ("--monochrome-output", 'M'),
        ("--null-input", 'n'),
        ("--raw-input", 'R'),
        ("--raw-output", 'r'),
        ("--slurp", 's'),
        ("--sort-keys", 'S'),
        ("--tab", 't'),
        ("--unbuffered", 'u'),
    ];
    let mut options = Options::default();
    let mut named_only = Members::new();
    let mut words = call.words.iter().map(String::as_str);
    let (mut is_over, mut rest_is) = (false, None);
    while let Some(word) = words.next() {
        let mut value = |wanted: &str| words.next().ok_or_else(|| [word, " takes ", wanted, HINT].concat());
        match word {
            _ if is_over || !word.starts_with('-') || word == "-" => match rest_is {
                Some(is_json) if !options.operands.is_empty() || options.file.is_some() => {
                    options.positional.push(if is_json {
                        read(word, "--jsonargs")?
                    } else {
                        Data::text(word)
                    });
                }
                _ => options.operands.push(word),
            },
            "--" => is_over = true,
            "--args" | "--jsonargs" => rest_is = Some(word == "--jsonargs"),
            "--arg" | "--argjson" | "--slurpfile" | "--rawfile" => {
                let wanted = match word {
                    "--arg" => "two parameters (e.g. --arg varname value)".to_owned(),
                    "--argjson" => "two parameters (e.g. --argjson varname text)".to_owned(),
                    _ => ["two parameters (e.g. ", word, " varname filename)"].concat(),
                };
                let (name, text) = (value(&wanted)?, value(&wanted)?);
                let file = || {
                    let found = call.context.files.get(super::plain_path(text));
                    found.ok_or_else(|| {
                        ["Bad JSON in ", word, " ", name, " ", text, ": ", &missing(text)].concat()
                    })
                };
                let value = match word {
                    "--arg" => Data::text(text),
                    "--argjson" => read(text, "--argjson")?,
                    "--rawfile" => Data::text(file()?),
                    _ => Data::list(json::read_all(file()?).0),
                };
                named_only.push(named(name, value.clone()));
                options.given.push((name.to_owned(), value));
            }
            "--indent" => {
                let count = value("one parameter")?.parse().ok().filter(|count| *count <= 7);
                let wrong = || ["--indent takes a number between -1 and 7", HINT].concat();
                options.indent = Some(count.ok_or_else(wrong)?);
            }
            "-f" | "--from-file" => options.file = Some(value("one parameter")?),
            _ => match LONG.iter().find(|(long, _)| *long == word) {
                Some((_, letter)) => options.letters.push(*letter),
                None => {
                    let flags = word.strip_prefix('-').unwrap_or_default();
                    if !flags.chars().all(|c| "rcnseSMCjaR".contains(c)) {
                        return Err(["Unknown option ", word, HINT].concat());
                    }
                    options.letters.push_str(flags);
                }
            },
        }
    }
    let arguments = vec![
        named("positional", Data::list(options.positional.clone())),
        named("named", Data::map(named_only)),
    ];
    options.given.push(("ARGS".to_owned(), Data::map(arguments)));
    Ok(options)
}

fn read(text: &str, option: &str) -> Result<Data, String> {
    json::read(text).map_err(|_| ["invalid JSON text passed to ", option, HINT].concat())
}

impl Options<'_> {
    fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    /// Writes a result.
    fn write(&self, result: &Data, text: &mut String) {
        let in_order = self.has('S').then(|| ordered(result));
        let result = in_order.as_ref().unwrap_or(result);
        match result {
            Data::Text(raw) if self.has('r') || self.has('j') => text.push_str(raw),
            _ => {
                let level = if self.has('c') || self.indent == Some(0) { None } else { Some(0) };
                let mut written = String::new();
                result.write_json(level, self.has('a'), &mut written);
                match (level, self.has('t')) {
                    (None, _) => text.push_str(&written),
                    (_, true) => set_in(&written, "\t", 1, text),
                    _ => set_in(&written, " ", self.indent.unwrap_or(2), text),
                }
            }
        }
        if !self.has('j') {
            text.push('\n');
        }
    }
}

/// Replaces the four spaces of each level by `count` marks. JSON has no line break within a string.
fn set_in(written: &str, mark: &str, count: usize, text: &mut String) {
    for (number, line) in written.lines().enumerate() {
        let rest = line.trim_start_matches(' ');
        text.push_str(if number > 0 { "\n" } else { "" });
        text.push_str(&mark.repeat((line.len() - rest.len()) / 4 * count));
        text.push_str(rest);
    }
}

/// Sorts the members of all objects in a value by name.
fn ordered(value: &Data) -> Data {
    match value {
        Data::List(items) => Data::list(items.iter().map(ordered).collect()),
        Data::Map(members) => Data::map(
            sorted(members).into_iter().map(|(name, value)| (name.clone(), ordered(value))).collect(),
        ),
        other => other.clone(),
    }
}
