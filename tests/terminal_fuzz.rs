//! Random and mutated lines: the terminal must respond to every line, quickly, and must not panic.
//!
//! `cargo test` runs a few thousand lines with fixed seeds. The long run is `FUZZ_SECONDS=600 cargo test --profile fuzz
//! --no-default-features --test terminal_fuzz -- --nocapture`. It takes its seed from the clock (`FUZZ_SEED=n` repeats
//! one), reports the slowest lines by the processor time of their thread, and fails if a line exceeds the time limit. A
//! panic ends the test, which then reports the seed and the line.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "common/mod.rs"]
mod common;
#[path = "common/fuzz.rs"]
mod fuzz;
#[path = "common/work.rs"]
mod work;

use std::{
    fmt::Write,
    time::{Duration, Instant, SystemTime},
};

use fuzz::{Dice, clock, place};
use mesh_playground::{playground::Playground, terminal::Terminal};

/// Maximum processor time of a line, in an optimized build.
const BAR: Duration = Duration::from_millis(100);
/// Maximum number of bytes that a line may allocate at one time.
const MOST_KEPT: u64 = 64 << 20;
/// Number of lines of a short run.
const SHORT: usize = 2_000;
/// About the size of a browser's stack; an unoptimized build needs more.
const STACK: usize = if cfg!(debug_assertions) { 2 << 20 } else { 1 << 20 };

/// The lines that are cut into pieces and recombined: those of the other tests, and the published ones.
fn corpus() -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in include_str!("../conformance/tests/terminal_cli/lines.txt").lines() {
        lines.push(match line.strip_prefix("@file ").and_then(|file| file.split_once(' ')) {
            Some((name, text)) => format!("cat > {name} <<'E'\n{}\nE", text.replace("\\n", "\n")),
            None => line.replace("\\n", "\n"),
        });
    }
    let sources = [
        include_str!("terminal_shell/walkthroughs.rs"),
        include_str!("terminal_shell/fuzz.rs"),
        include_str!("../crates/terminal/src/shell/tests/syntax.rs"),
        include_str!("../crates/terminal/src/shell/tests/tools.rs"),
        include_str!("../crates/terminal/src/tools/jq/tests.rs"),
    ];
    // Lines of Rust code are valid input, too; string literals in them are unescaped.
    for line in sources.iter().flat_map(|source| source.lines()) {
        let line = line.trim();
        let inner =
            line.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map_or(line, |(text, _)| text);
        lines.push(inner.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\"));
    }
    for line in include_str!("../crates/terminal/src/tools/jq/cases.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap().replace('\'', "'\\''");
        lines.push(format!("echo '{}' | jq -c '{}'", text("in"), text("filter")));
    }
    if let Some(folder) = common::samples() {
        for entry in std::fs::read_dir(folder.join("user-guide")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let published: serde_json::Value = serde_json::from_str(&text).unwrap();
            for example in published.as_array().unwrap() {
                lines.push(example["command"].as_str().unwrap().to_owned());
                for (name, text) in example["files"].as_object().into_iter().flatten() {
                    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
                    lines.push(format!("cat > {name} <<'E'\n{text}\nE"));
                }
            }
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

const SIGNS: &[&str] = &[
    " ",
    "\n",
    "'",
    "\"",
    "\\",
    "`",
    "$",
    "$(",
    ")",
    "${",
    "}",
    "|",
    "||",
    "&&",
    ";",
    ";;",
    "<<",
    "<<E\n",
    "\nE\n",
    ">",
    ">>",
    "<",
    "2>&1",
    "&>",
    "#",
    "do ",
    "done",
    "fi",
    "then ",
    "case a in ",
    "esac",
    "f() {",
    "[[ ",
    " ]]",
    "((",
    "))",
    "$((",
    "{",
    "{a,b}",
    "{1..9}",
    "*",
    "?",
    "[",
    "]",
    "=",
    "=~",
    "~",
    "!",
    "@",
    "%",
    "é",
    "😀",
    "\u{0}",
    "\r\n",
    "\u{feff}",
    "\u{202e}",
    "--",
    "-",
    "file://",
    "`[]`",
    "..",
    "[*]",
    "[?a==`1`]",
    "{a:b}",
    "=[{",
    "}]",
    "null",
    "1e999",
    "-1",
    "99999999999999999999",
    "while true; do ",
    "for x in $(seq 9999); do ",
    "seq 9999 | ",
    "cat * | ",
    "$x$x$x",
    "def f: f; ",
    "range(1e9)",
    "repeat(.)",
    "(a*)*",
    "xargs -n1 ",
    "| sort -n | ",
    "read x",
    "while read x; do ",
    "eval ",
    "source f",
    "bash -c ",
    "aws appmesh ",
    "--query ",
    "--output table ",
    "kubectl apply -f - ",
    "curl -s ",
];

/// Returns a random line.
fn line(dice: &mut Dice, corpus: &[String]) -> String {
    let mut line = corpus[dice.below(corpus.len())].clone();
    for _ in 0..dice.below(4) {
        line = mutated(dice, &line, corpus);
    }
    // Lines that are longer than any typed line are truncated, as on the page.
    let mut end = line.len().min(200_000);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line
}

fn mutated(dice: &mut Dice, line: &str, corpus: &[String]) -> String {
    let mut words: Vec<&str> = line.split_inclusive(char::is_whitespace).collect();
    let at = dice.below(words.len());
    let other = &corpus[dice.below(corpus.len())];
    let (here, there) = (place(dice, line), place(dice, line));
    let (first, last) = (here.min(there), here.max(there));
    let (before, middle, after) = (&line[..first], &line[first..last], &line[last..]);
    match dice.below(14) {
        0 if !words.is_empty() => {
            words.remove(at);
            words.concat()
        }
        1 if !words.is_empty() => {
            words.insert(at, words[at]);
            words.concat()
        }
        2 if !words.is_empty() => {
            let with = dice.below(words.len());
            words.swap(at, with);
            words.concat()
        }
        3 => {
            let theirs: Vec<&str> = other.split_inclusive(char::is_whitespace).collect();
            let theirs = theirs.get(dice.below(theirs.len())).copied().unwrap_or_default();
            words.insert(at.min(words.len()), theirs);
            words.concat()
        }
        // Changes bytes, as far as the result is still valid text.
        4 => {
            let mut bytes = line.as_bytes().to_vec();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(7);
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        5 => {
            let any = (0..=dice.below(8))
                .filter_map(|_| char::from_u32(u32::try_from(dice.below(0x11_0000)).unwrap()));
            let any: String = any.collect();
            [before, &any, middle, after].concat()
        }
        6 => [before, dice.one(SIGNS), middle, after].concat(),
        7 => [before, dice.one(SIGNS), middle, dice.one(SIGNS), after].concat(),
        // Deep nesting.
        8 => {
            let (open, close) = [
                ("(", ")"),
                ("$(", ")"),
                ("[", "]"),
                ("{", "}"),
                ("\"$(", ")\""),
                ("${x:-", "}"),
                ("$((", "))"),
                ("{ ", "; }"),
                ("!", ""),
                ("[[ ( ", " ) ]]"),
                ("if ", ""),
                ("case x in x) ", " ;; esac"),
                ("f() { ", "; }"),
                ("eval ", ""),
                ("{\"a\":", "}"),
                ("a={", "}"),
                ("[{a=", "}]"),
                ("not_null(", ")"),
                ("\"\\(", ")\""),
                ("try ", ""),
                ("-", ""),
            ][dice.below(21)];
            let count = [3, 20, 45, 300, 10_000][dice.below(5)];
            [before, &open.repeat(count), middle, &close.repeat(count), after].concat()
        }
        // Long repetition.
        9 => {
            let count = [10, 100, 1_000, 20_000][dice.below(4)];
            [before, &middle.repeat((count / middle.len().max(1)).max(2)), after].concat()
        }
        10 => [before, middle].concat(),
        11 => [before, after].concat(),
        12 => {
            let from = place(dice, other);
            [before, &other[from..], after].concat()
        }
        _ => [line, dice.one(&["; ", " | ", " && ", "\n", " || "]), other].concat(),
    }
}

/// Returns a terminal with its playground.
fn desk(dice: &mut Dice) -> (Terminal, Playground) {
    let mut desk = (Terminal::default(), Playground::empty().unwrap());
    if dice.below(2) == 0 {
        desk.0.run(&mut desk.1, "scenario dns");
    }
    desk.0.files_mut().insert("a".to_owned(), "{\"meshName\": \"m\"}".to_owned());
    desk.0.files_mut().insert("f".to_owned(), "a b\nc d\n".repeat(200));
    desk
}

struct Told {
    count: usize,
    bytes: usize,
    slowest: Vec<(Duration, u64, String)>,
    /// Maximum number of bytes in use at one time, and the line.
    largest: (u64, String),
}

/// Runs lines until `is_over`. Each line has a separate seed, from which it can be generated again.
fn run(seed: u64, is_over: impl Fn(usize) -> bool) -> Told {
    let corpus = corpus();
    let mut told = Told { count: 0, bytes: 0, slowest: Vec::new(), largest: (0, String::new()) };
    let mut dice = Dice::new(seed);
    let mut kept = desk(&mut dice);
    let start = Instant::now();
    let is_traced = std::env::var_os("FUZZ_TRACE").is_some();
    while !is_over(told.count) {
        if dice.below(150) == 0 {
            kept = desk(&mut dice);
        }
        let line = line(&mut dice, &corpus);
        if is_traced {
            std::fs::write(std::env::temp_dir().join("terminal-fuzz-line"), &line).unwrap();
        }
        let (terminal, playground) = &mut kept;
        let begun = clock(start);
        let (output, made) = work::made(|| terminal.run(playground, &line));
        let took = clock(start) - begun;
        assert!(made.most < MOST_KEPT, "{line:?} takes {} bytes at one time", made.most);
        if made.most > told.largest.0 {
            told.largest = (made.most, line.chars().take(300).collect());
        }
        let all = output.stdout.len() + output.stderr.len();
        assert!(all < 32 << 20, "{line:?} prints {all} bytes");
        told.bytes += all;
        told.count += 1;
        // The queries that the page makes while the user types.
        let begun = clock(start);
        let cursor = place(&mut dice, &line);
        let found = terminal.complete(playground, &line, cursor);
        assert!(line.get(found.start..found.end).is_some(), "{line:?} is completed nowhere");
        Terminal::lines(&line);
        Terminal::is_complete(&line);
        let asked = clock(start) - begun;
        for (took, what) in [(took, ""), (asked, "(completing) ")] {
            if told.slowest.len() < 12 || told.slowest.last().is_some_and(|last| took > last.0) {
                let shown: String = line.chars().take(if took > BAR { 1_000_000 } else { 300 }).collect();
                told.slowest.push((took, u64::try_from(told.count).unwrap(), [what, &shown].concat()));
                told.slowest.sort_by_key(|slow| std::cmp::Reverse(slow.0));
                told.slowest.truncate(12);
            }
        }
    }
    told
}

fn report(seed: u64, told: &Told) -> String {
    let mut text = format!("seed {seed}: {} lines, {} bytes printed\n", told.count, told.bytes);
    writeln!(text, "largest: {} bytes at one time, {:?}", told.largest.0, told.largest.1).unwrap();
    for (took, number, line) in &told.slowest {
        writeln!(text, "{:>8.2} ms  {number}: {line:?}", took.as_secs_f64() * 1e3).unwrap();
    }
    text
}

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

#[test]
fn lines_that_nobody_meant_are_answered() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    on_a_small_stack(move || match number("FUZZ_SECONDS") {
        None => {
            let told = run(1, |count| count >= SHORT);
            println!("{}", report(1, &told));
        }
        Some(seconds) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            let seed = number("FUZZ_SEED").unwrap_or(now);
            println!("seed {seed}");
            let start = Instant::now();
            let told = run(seed, |_| start.elapsed().as_secs() >= seconds);
            println!("{}", report(seed, &told));
            let slowest = told.slowest.first().map_or(Duration::ZERO, |slow| slow.0);
            assert!(cfg!(debug_assertions) || slowest < BAR, "a line took {slowest:?}");
        }
    });
}
