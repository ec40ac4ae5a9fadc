//! Compares our `aws` with the real one: the same lines from the same state must give the same bytes on both streams,
//! the same exit status, and the same requests.
//!
//! `lines.txt` contains the lines, and `golden.jsonl` the output of the AWS CLI (version 1) over the bridge. Record it
//! again with `RECORD_GOLDEN=1 cargo test -p conformance --test terminal_cli`. Some of its lines run live if the CLI is
//! installed, with `LIVE=all` all of them. `LINES=file` does the same for other lines, to search for differences.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "../bridge/mod.rs"]
#[allow(dead_code)] // It contains more than this test needs.
mod bridge;
#[path = "../../../tests/common/mod.rs"]
mod common;
mod corpus;
mod examples;
mod fuzz;
mod real;
mod wire;
#[path = "../../../tests/common/work.rs"]
mod work;

use std::path::PathBuf;

use corpus::{Ours, Step, steps};
use real::Real;
use serde_json::Value;

/// Approximate number of lines that run live, evenly spaced.
const LIVE: usize = 25;

/// Result of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Result {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit status.
    pub code: i64,
    /// Requests, in the format of `wire`.
    pub requests: Vec<Value>,
}

fn golden_path() -> PathBuf {
    if let Some(lines) = std::env::var_os("LINES") {
        return PathBuf::from(lines).with_extension("golden");
    }
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/terminal_cli/golden.jsonl")
}

/// Returns the line and its result for each line of the golden file.
fn golden() -> Vec<(String, Result)> {
    let text = std::fs::read_to_string(golden_path()).unwrap();
    let entry = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().unwrap_or_default().replace("{usage}", USAGE);
        let result = Result {
            stdout: text("stdout"),
            stderr: text("stderr"),
            code: entry["code"].as_i64().unwrap_or_default(),
            requests: entry["requests"].as_array().cloned().unwrap_or_default(),
        };
        (text("line"), result)
    };
    text.lines().map(entry).collect()
}

/// The text printed with every usage error; the golden file contains a placeholder instead.
const USAGE: &str = "usage: \rNote: AWS CLI version 2, the latest major version of the AWS CLI, is now stable and \
    recommended for general use. For more information, see the AWS CLI version 2 installation instructions at: \
    https://docs.aws.amazon.com/cli/latest/userguide/install-cliv2.html\n\nusage: aws [options] <command> <subcommand> \
    [<subcommand> ...] [parameters]\nTo see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws \
    <command> <subcommand> help\n";

fn record() {
    let real = Real::start().unwrap();
    let mut lines = Vec::new();
    for (number, step) in steps().into_iter().enumerate() {
        if let Some(result) = real.take(number, &step) {
            let Step::Line(line) = step else { unreachable!() };
            let mut entry = serde_json::Map::new();
            entry.insert("line".into(), line.into());
            for (name, text) in [("stdout", &result.stdout), ("stderr", &result.stderr)] {
                if !text.is_empty() {
                    entry.insert(name.into(), text.replace(USAGE, "{usage}").into());
                }
            }
            if result.code != 0 {
                entry.insert("code".into(), result.code.into());
            }
            if !result.requests.is_empty() {
                entry.insert("requests".into(), result.requests.into());
            }
            lines.push(Value::Object(entry).to_string());
        }
    }
    std::fs::write(golden_path(), lines.join("\n") + "\n").unwrap();
    println!("recorded {} lines", lines.len());
}

/// Intended differences: the real output, our output, and the reason. There must be no other differences.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "argument --output: Invalid choice, valid choices are:\n\njson                                     | text                                    \ntable                                   ",
        "argument --output: Invalid choice, valid choices are:\n\njson                                     | text                                    \ntable                                    | yaml                                    \nyaml-stream                             ",
        "we have version 2's YAML, too",
    ),
    (
        "valid choices are:\n\ninput                                    | output                                  ",
        "valid choices are:\n\ninput                                    | output                                  \nyaml-input                              ",
        "we have version 2's skeleton in YAML, too",
    ),
];

/// Returns the output expected of us for a result of the real tool.
fn expected(mut real: Result, ours: &Result) -> Result {
    for (theirs, own, _) in DIFFERENCES {
        real.stderr = real.stderr.replace(theirs, own);
    }
    // This version prints the name of the function that would return the position, which is a bug. We print the
    // position, as other versions do.
    if let Some((before, _)) = real.stderr.split_once("{self._error_location()}")
        && let Some(place) = ours.stderr.strip_prefix(before)
        && place.contains('^')
    {
        real.stderr = ours.stderr.clone();
    }
    real
}

#[test]
fn every_line_is_answered_as_the_real_tool_answers_it() {
    if std::env::var_os("RECORD_GOLDEN").is_some() {
        record();
    }
    let mut golden = golden().into_iter();
    let mut ours = Ours::default();
    let mut differing = Vec::new();
    let mut count = 0;
    for (number, step) in steps().into_iter().enumerate() {
        let Some(result) = ours.take(number, &step) else { continue };
        let Step::Line(line) = step else { unreachable!() };
        let (recorded, real) =
            golden.next().unwrap_or_else(|| panic!("no golden for {line}; record it anew"));
        assert_eq!(recorded, line, "the golden file is of other lines; record it anew");
        count += 1;
        let expected = expected(real, &result);
        if result != expected {
            differing.push(format!("$ {line}\n--- real\n{expected:#?}\n--- ours\n{result:#?}\n"));
        }
    }
    assert!(golden.next().is_none(), "the golden file has more lines; record it anew");
    let most = std::env::var("SHOW").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let shown: String = differing.iter().take(most).cloned().collect();
    assert!(differing.is_empty(), "{} of {count} lines differ:\n{shown}", differing.len());
    assert!(count >= 300, "only {count} lines");
}

#[test]
fn some_lines_are_answered_live_as_they_were_recorded() {
    let Some(real) = Real::start() else {
        assert!(std::env::var_os("CI").is_none(), "no AWS CLI, version 1, on the PATH");
        common::skipped("tests with the AWS CLI, version 1, as there is none; `make test` installs its own");
        return;
    };
    let golden = golden();
    // The format of Python's ordered objects depends on the version of Python.
    let comparable = |line: &usize| !golden[*line].1.stderr.contains("OrderedDict(");
    let comparable: Vec<usize> = (0..golden.len()).filter(comparable).collect();
    let apart =
        if std::env::var_os("LIVE").is_some_and(|all| all == "all") { 1 } else { comparable.len() / LIVE };
    let chosen: Vec<usize> = comparable.into_iter().step_by(apart).collect();
    let mut line = 0;
    for (number, step) in steps().into_iter().enumerate() {
        if matches!(step, Step::Line(_)) {
            let (_, recorded) = &golden[line];
            if chosen.contains(&line) {
                let live = real.take(number, &step).unwrap();
                assert_eq!(&live, recorded, "{step:?} is answered otherwise than recorded");
            } else {
                real.replay(number, &recorded.requests);
            }
            line += 1;
        } else {
            real.take(number, &step);
        }
    }
}
