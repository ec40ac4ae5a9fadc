//! `jq`, as much of it as walkthroughs use: paths, pipes, `select`, `map`, objects, comparisons and a few functions.
//!
//! What is beyond that is told as a mistake in the filter, with jq's status for it. A library for all of jq is larger
//! than the whole terminal may be.

mod filter;
mod run;

use super::{Call, text::inputs};
use crate::terminal::{
    aws::{data::Data, json},
    command::Output,
};
use filter::Filter;

pub(super) fn run(call: &mut Call) -> Output {
    let (mut letters, mut operands, mut given) = (String::new(), Vec::new(), Vec::new());
    let mut words = call.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--raw-output" => letters.push('r'),
            "--compact-output" => letters.push('c'),
            "--null-input" => letters.push('n'),
            "--slurp" => letters.push('s'),
            "--exit-status" => letters.push('e'),
            "--sort-keys" => letters.push('S'),
            "--arg" => {
                let (name, value) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                given.push((name, Data::text(value)));
            }
            _ => match word.strip_prefix('-').filter(|flags| !flags.is_empty()) {
                Some(flags) if flags.chars().all(|c| "rcnseSMj".contains(c)) => letters.push_str(flags),
                Some(_) => return Output::failed(2, ["jq: Unknown option: ", word, "\n"].concat()),
                None => operands.push(word),
            },
        }
    }
    let has = |letter| letters.contains(letter);
    let Some((text, names)) = operands.split_first() else {
        return Output::failed(2, "Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
    };
    let filter = match Filter::read(text, &given) {
        Ok(filter) => filter,
        Err(why) => {
            let lines = ["jq: error: ", &why, " at <top-level>, line 1:\n", text, "\njq: 1 compile error\n"];
            return Output::failed(3, lines.concat());
        }
    };
    let (texts, mut output) = inputs(call, names);
    let mut values = Vec::new();
    for (_, text) in texts.iter().filter(|_| !has('n')) {
        match json::read_all(text) {
            Ok(found) => values.extend(found),
            Err(why) => {
                output.stderr.push_str(&["jq: parse error: ", &why, "\n"].concat());
                output.exit_code = 2;
            }
        }
    }
    if has('n') {
        values = vec![Data::Null];
    } else if has('s') {
        values = vec![Data::list(values)];
    }
    let mut last = None;
    let mut steps = run::MOST_STEPS;
    for value in values {
        let mut results = Vec::new();
        let ended = run::results(&filter, &value, &mut results, &mut steps);
        for result in &results {
            let text = match result {
                Data::Text(text) if has('r') || has('j') => text.to_string(),
                other if has('c') => other.compact(),
                other => narrow(&other.pretty()),
            };
            output.stdout.push_str(&text);
            if !has('j') {
                output.stdout.push('\n');
            }
        }
        last = results.pop().or(last);
        if let Err(why) = ended {
            output.stderr.push_str(&["jq: error (at <stdin>:0): ", &why, "\n"].concat());
            output.exit_code = 5;
        }
    }
    if has('e') && output.exit_code == 0 {
        output.exit_code = match last {
            None => 4,
            Some(Data::Null | Data::Bool(false)) => 1,
            Some(_) => 0,
        };
    }
    output
}

/// Two spaces for each level instead of four. A text of JSON has no line break within a string.
fn narrow(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        line.get(spaces / 2..).unwrap_or_default()
    });
    lines.collect::<Vec<_>>().join("\n")
}
