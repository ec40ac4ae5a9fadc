//! Random lines: no words cause a panic, and the run time grows linearly with the length of a line.

use mesh_playground::{
    model::TextMap,
    playground::Playground,
    terminal::{Context, Files, Output, aws},
};
use proptest::{prelude::*, strategy::ValueTree};

use super::{
    corpus::{Ours, Step, steps, words},
    work,
};

fn run(playground: &mut Playground, words: &[String]) -> Output {
    let mut files = Files::from_iter([("a".to_owned(), "{\"meshName\": \"m\"}".to_owned())]);
    let mut context =
        Context { playground, files: &mut files, variables: &mut TextMap::new(), stdin: "".into() };
    aws::run(&mut context, words)
}

/// Returns the state in the middle of the corpus, with a resource of each kind.
fn playground() -> Playground {
    let mut ours = Ours::default();
    for (number, step) in steps().into_iter().enumerate().take_while(|(number, _)| *number < 330) {
        ours.take(number, &step);
    }
    ours.playground
}

fn lines() -> Vec<Vec<String>> {
    let lines = steps().into_iter().filter_map(|step| match step {
        Step::Line(line) => Some(words(&line)[1..].to_vec()),
        _ => None,
    });
    lines.collect()
}

/// Generates the replacement of a word.
fn any_word() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[-a-z]{0,12}",
        "[\\[\\]{}=,:'\"@ \\\\a-c0-9]{0,24}",
        "[a-c.*@|&!<>=\\[\\]?(){},:`'\"0-9-]{0,24}",
        prop::sample::select(vec![
            "--spec",
            "--query",
            "--output",
            "--tags",
            "table",
            "text",
            "yaml",
            "file://a",
            "{}",
            "[]",
            "--",
            "--cli-input-json",
            "--cli-input-yaml",
            "--max-items",
            "1",
            "-1",
            "--generate-cli-skeleton",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_of_any_kind_do_not_panic(words in prop::collection::vec(any_word(), 0..8), is_ours in any::<bool>()) {
        let mut line = if is_ours { vec!["appmesh".to_owned(), "create-virtual-node".to_owned()] } else { Vec::new() };
        line.extend(words);
        run(&mut Playground::empty().unwrap(), &line);
    }

    #[test]
    fn queries_of_any_kind_do_not_panic(query in "[a-c.*@|&!<>=\\[\\]?(){},:`'\" 0-9-]{0,32}", form in 0..4usize) {
        let form = ["json", "text", "table", "yaml"][form];
        let words = ["appmesh", "list-meshes", "--output", form, "--query", &query].map(String::from);
        let mut playground = Playground::empty().unwrap();
        run(&mut playground, &["appmesh", "create-mesh", "--mesh-name", "m"].map(String::from));
        run(&mut playground, &words);
    }
}

/// Runs lines of the corpus with one word added, removed or replaced, or with one character removed.
#[test]
fn mutated_lines_do_not_panic() {
    let playground = playground();
    let lines = lines();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (0..lines.len(), any::<prop::sample::Index>(), 0..4usize, any_word());
    for _ in 0..3000 {
        let (line, place, how, word) = strategy.new_tree(&mut runner).unwrap().current();
        let mut words = lines[line].clone();
        if words.is_empty() {
            continue;
        }
        let place = place.index(words.len());
        match how {
            0 => words.insert(place, word),
            1 => words[place] = word,
            2 => {
                words.remove(place);
            }
            _ => {
                words[place].pop();
            }
        }
        run(&mut playground.clone(), &words);
    }
}

/// Checks that four times the length of a line takes about four times the work.
#[track_caller]
fn check_linear(line: &dyn Fn(usize) -> Vec<String>, short: usize, what: &str) {
    let run = |count| drop(run(&mut Playground::empty().unwrap(), &line(count)));
    work::check_linear(&run, short, what);
}

#[test]
fn long_lines_take_linear_time() {
    type Make = fn(usize) -> String;
    let makes: &[(&str, Make)] = &[
        ("--spec", |n| "a=b,".repeat(n)),
        ("--spec", |n| (0..n).map(|i| format!("a{i}=b,c")).collect::<Vec<_>>().join(",")),
        ("--spec", |n| format!("a={}", "b,".repeat(n))),
        ("--spec", |n| format!("a=[{}", "{b=c},".repeat(n))),
        ("--spec", |n| format!("a='{}", "\\'".repeat(n))),
        ("--spec", |n| "[".repeat(n)),
        ("--spec", |n| format!("{{\"a\":{}", "[".repeat(n))),
        ("--spec", |n| format!("{{\"a\": [{}1]}}", "1,".repeat(n))),
        ("--spec", |n| format!("{{{}\"a\":1}}", (0..n).map(|i| format!("\"b{i}\":1,")).collect::<String>())),
        ("--spec", |n| format!("{{\"a\": \"{}", "x".repeat(n))),
        ("--mesh-name", |n| "m".repeat(n)),
        ("--query", |n| "a.".repeat(n)),
        ("--query", |n| "(".repeat(n)),
        ("--query", |n| "[".repeat(n)),
        ("--query", |n| "!".repeat(n)),
        ("--query", |n| "a || ".repeat(n) + "a"),
        ("--query", |n| format!("`{}`", "[".repeat(n))),
        ("--query", |n| format!("'{}'", "x".repeat(n))),
        ("--output", |n| "x".repeat(n)),
        ("--cli-input-json", |n| format!("{{\"meshName\": \"{}\"}}", "x".repeat(n))),
        ("--cli-input-json", |n| {
            format!("{{{}\"a\":1}}", (0..n).map(|i| format!("\"b{i}\":1,")).collect::<String>())
        }),
        ("--cli-input-json", |n| {
            format!("{{{}\"a\":1}}", (0..n).map(|i| format!("\"b{}\":1,", i % 99)).collect::<String>())
        }),
        ("--starting-token", |n| "x".repeat(n)),
        ("--bogus", |n| "x".repeat(n)),
    ];
    for (option, make) in makes {
        let line = |n: usize| {
            let mut words = ["appmesh", "create-mesh", option].map(String::from).to_vec();
            words.push(make(n));
            words
        };
        check_linear(&|n| line(n), 10_000, &format!("{option} {}…", make(3)));
    }
}

/// The same for responses: a query can produce one of any size.
#[test]
fn large_answers_take_linear_time() {
    let line = |n: usize, form: &str, query: &str| {
        let object: String = (0..n).map(|i| format!("\"b{i}\":{i},")).collect();
        let data = format!("`[{{{object}\"a\":1}}]`");
        let query = query.replace("DATA", &data);
        ["appmesh", "list-meshes", "--output", form, "--query", &query].map(String::from).to_vec()
    };
    for query in [
        "DATA",
        "DATA[0]",
        "DATA[0].keys(@)",
        "DATA == DATA",
        "merge(DATA[0], DATA[0])",
        "DATA[0].* | sort(@)",
    ] {
        for form in ["json", "text", "table", "yaml"] {
            check_linear(&|n| line(n, form, query), 2_500, &format!("{form} {query}"));
        }
    }
}

#[test]
fn many_words_take_linear_time() {
    let line = |n: usize| {
        let mut words =
            ["appmesh", "untag-resource", "--resource-arn", "a", "--tag-keys"].map(String::from).to_vec();
        words.extend((0..n).map(|i| format!("k{i}")));
        words
    };
    check_linear(&line, 10_000, "--tag-keys");
}
