//! Published problem reports as a table: each file of `tests/data/cases` is a terminal session with its complete
//! output.
//!
//! The inputs come from bug reports, walkthroughs and files of users of App Mesh, rewritten. Each line of a case begins
//! with one of these marks:
//!
//! - `#`: a comment; the first one states the correct behavior
//! - `$`: a terminal command; `>`: its continuation lines
//! - `<`: the lines of a document that the page opens
//! - `|`: standard output; for a document, the notes except those on accepted keys
//! - `!`: standard error; for a document, the reason why it cannot be opened
//! - `=`: the exit status, if it is not 0
//!
//! `UPDATE_CASES=1` writes the output to the files. Review the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

use std::{fmt::Write, fs, path::PathBuf, rc::Rc};

use mesh_playground::{
    document::{self, Disposition, Opening},
    model::TextMap,
    playground::Playground,
    store::Command,
    terminal::Terminal,
};

/// Type of a step, according to the lines of the case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Run a command.
    Run,
    /// Open a document.
    Open,
}

/// One step of a case.
struct Step {
    kind: Kind,
    /// Comments before the step.
    comments: String,
    input: String,
    /// Expected output lines, with their marks.
    expected: String,
}

/// Splits a line into its mark and the rest.
fn parts(line: &str) -> (char, &str) {
    let mark = line.chars().next().unwrap_or('#');
    let rest = line.get(mark.len_utf8()..).unwrap_or_default();
    (mark, rest.strip_prefix(' ').unwrap_or(rest))
}

fn steps(name: &str, text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut comments = String::new();
    let mut before = ' ';
    for line in text.lines() {
        let (mark, rest) = parts(line);
        match mark {
            '#' => writeln!(comments, "{line}").unwrap(),
            '$' => steps.push(Step {
                kind: Kind::Run,
                comments: std::mem::take(&mut comments),
                input: rest.to_owned(),
                expected: String::new(),
            }),
            '<' if before != '<' => steps.push(Step {
                kind: Kind::Open,
                comments: std::mem::take(&mut comments),
                input: rest.to_owned(),
                expected: String::new(),
            }),
            '>' | '<' => {
                let step = steps.last_mut().unwrap();
                assert!(step.expected.is_empty(), "{name}: a line of input after the output: {line}");
                step.input.push('\n');
                step.input.push_str(rest);
            }
            '|' | '!' | '=' => writeln!(steps.last_mut().unwrap().expected, "{line}").unwrap(),
            _ => panic!("{name}: a line without a mark: {line}"),
        }
        before = mark;
    }
    assert!(comments.is_empty(), "{name}: comments after the last step");
    steps
}

/// Prefixes each line of a text with a mark. If the last line has no line break, adds a line that says so.
fn marked(mark: char, text: &str) -> String {
    let mut made = String::new();
    for line in text.split_inclusive('\n') {
        let is_whole = line.ends_with('\n');
        let space = if line == "\n" { "" } else { " " };
        writeln!(made, "{mark}{space}{}", line.trim_end_matches('\n')).unwrap();
        if !is_whole {
            writeln!(made, "{mark}{mark} no end of line").unwrap();
        }
    }
    made
}

fn run(terminal: &mut Terminal, playground: &mut Playground, line: &str) -> String {
    let output = terminal.run(playground, line);
    let mut told = marked('|', &output.stdout) + &marked('!', &output.stderr);
    if output.exit_code != 0 {
        writeln!(told, "= {}", output.exit_code).unwrap();
    }
    told
}

/// Opens a document as the page does, and formats the report.
fn open(playground: &mut Playground, text: &str) -> String {
    let plan = document::read(text).and_then(|source| source.plan(&TextMap::new(), playground.world()));
    let plan = match plan {
        Ok(plan) => Rc::new(plan),
        Err(error) => return marked('!', &format!("{error}\n")),
    };
    let env = mesh_playground::control_plane::Env { now: playground.now(), seed: 1 };
    let mut opening = Opening::new(&playground.state().world.clone(), &plan, &env);
    opening.advance(usize::MAX);
    let report = opening.finish().report;
    let update = playground.run(Command::Open(plan));
    if let Some(refusal) = update.refusal {
        return marked('!', &format!("{refusal}\n"));
    }
    let counts = report.counts;
    let mut told = format!(
        "| created {}, updated {}, unchanged {}, refused {}\n",
        counts.created, counts.updated, counts.unchanged, counts.refused
    );
    for note in report.notes.iter().filter(|note| note.disposition != Disposition::Kept) {
        told += &marked('|', &format!("{} {}: {}\n", note.disposition.as_str(), note.path, note.reason));
    }
    told
}

#[test]
fn every_case_comes_out_right() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 27, "{} cases", paths.len());
    let updates = std::env::var_os("UPDATE_CASES").is_some();
    let mut wrong = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{name} does not say what is right");
        let (mut terminal, mut playground) = (Terminal::default(), Playground::empty().unwrap());
        let mut made = String::new();
        for step in steps(&name, &text) {
            let (first, further) = if step.kind == Kind::Run { ('$', '>') } else { ('<', '<') };
            made += &step.comments;
            for (index, line) in step.input.lines().enumerate() {
                made += &marked(if index == 0 { first } else { further }, &format!("{line}\n"));
            }
            let told = match step.kind {
                Kind::Run => run(&mut terminal, &mut playground, &step.input),
                Kind::Open => open(&mut playground, &step.input),
            };
            if told != step.expected {
                let input = step.input.lines().next().unwrap_or_default();
                writeln!(wrong, "{name}: {input}\nexpected:\n{}found:\n{told}", step.expected).unwrap();
            }
            made += &told;
        }
        if updates && made != text {
            fs::write(&path, made).unwrap();
        }
    }
    assert!(wrong.is_empty() || updates, "{wrong}");
}
