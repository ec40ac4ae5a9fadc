//! Filters and their results; `cases.jsonl` contains the output of jq 1.6.
#![allow(clippy::unwrap_used)] // A test may panic.

use crate::{Output, Terminal};
use mesh_documents::echo::quote;
use playground_core::playground::Playground;

/// Runs a filter on an input.
fn jq(options: &str, input: &str, filter: &str) -> Output {
    let mut terminal = Terminal::default();
    terminal.files_mut().insert("in".to_owned(), input.to_owned());
    let line = ["jq ", options, " ", &quote(filter), " in"].concat();
    terminal.run(&mut Playground::empty().unwrap(), &line)
}

#[test]
fn filters_make_what_the_real_one_makes() {
    let mut wrong = Vec::new();
    for line in include_str!("cases.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap();
        let output = jq("-c", text("in"), text("filter"));
        let told = [&*output.stdout, &output.stderr].concat();
        let expected: Vec<_> = text("out").lines().collect();
        for (place, line) in told.lines().enumerate() {
            if expected.get(place) != Some(&line) {
                wrong.push(format!(
                    "{}\n  {place}: {line}\n  real: {:?}",
                    text("filter"),
                    expected.get(place)
                ));
                break;
            }
        }
        if told.lines().count() < expected.len() {
            wrong.push(format!("{}: {} results of {}", text("filter"), told.lines().count(), expected.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compares the recorded output with that of the real tool, if jq 1.6 is installed.
#[test]
fn the_real_one_prints_what_is_recorded() {
    use std::io::Write;
    let version = std::process::Command::new("jq").arg("--version").output();
    if !version.is_ok_and(|version| version.stdout.starts_with(b"jq-1.6")) {
        crate::outside::skipped("our jq beside the real one, as there is no jq 1.6");
        return;
    }
    for line in include_str!("cases.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap();
        let mut child = std::process::Command::new("jq")
            .args(["-c", text("filter")])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text("in").as_bytes()).unwrap();
        let real = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(real, text("out"), "{}", text("filter"));
    }
}

#[test]
fn options_say_what_is_read_and_how_it_is_written() {
    let hint = "\nUse jq --help for help with command-line options,\n\
        or see the jq manpage, or online docs  at https://stedolan.github.io/jq\n=2";
    for (options, input, filter, expected) in [
        ("-r", "\"a\\nb\"", ".", "a\nb\n"),
        ("-j", "[\"a\",1]", ".[]", "a1"),
        ("-S -c", "{\"b\":{\"d\":1,\"c\":2},\"a\":1}", ".", "{\"a\":1,\"b\":{\"c\":2,\"d\":1}}\n"),
        ("--tab", "[[1]]", ".", "[\n\t[\n\t\t1\n\t]\n]\n"),
        ("--indent 1", "[1]", ".", "[\n 1\n]\n"),
        ("--indent 0", "[1]", ".", "[1]\n"),
        ("-ac", "\"é\"", ".", "\"\\u00e9\"\n"),
        ("-R", "a\nb\n", ".", "\"a\"\n\"b\"\n"),
        ("-Rs", "a\nb\n", ".", "\"a\\nb\\n\"\n"),
        ("-cs", "1 2", ".", "[1,2]\n"),
        ("-cn", "1 2 3", "[inputs]", "[1,2,3]\n"),
        ("-cn", "1 2 3", "input, input", "1\n2\n"),
        ("-c --arg a b --argjson c '{\"d\":1}'", "0", "[$a, $c.d, $ARGS.named.a]", "[\"b\",1,\"b\"]\n"),
        ("--slurpfile a in -c", "1 2", "$a", "[1,2]\n[1,2]\n"),
        ("--rawfile a in", "1", "$a", "\"1\"\n"),
        ("", "", ".", ""),
        ("-e", "null", ".", "null\n=1"),
        ("-e", "1", "empty", "=4"),
        (
            "",
            "1 {",
            ".",
            "1\n!jq: parse error: Expecting property name enclosed in double quotes: line 1 column 4 (char 3)\n=2",
        ),
        (
            "",
            "1 [] 2",
            ". + 1",
            "2\n3\n!jq: error (at <stdin>:0): array ([]) and number (1) cannot be added\n=5",
        ),
        ("", "1", "\"bye\" | halt_error", "!bye=5"),
        ("", "1", "debug", "1\n![\"DEBUG:\",1]\n"),
        ("", "1", "error({a: 1})", "!jq: error (at <stdin>:0) (not a string): {\"a\":1}\n=5"),
        ("-x", "1", ".", &["!jq: Unknown option -x", hint].concat()),
        ("--argjson a {", "1", ".", &["!jq: invalid JSON text passed to --argjson", hint].concat()),
        ("--indent 8", "1", ".", &["!jq: --indent takes a number between -1 and 7", hint].concat()),
        ("-f no", "1", ".", "!jq: Could not open no: No such file or directory\n=2"),
        (
            "--slurpfile a no",
            "1",
            ".",
            "!jq: Bad JSON in --slurpfile a no: Could not open no: No such file or directory\n=2",
        ),
        (
            "--rawfile a no",
            "1",
            ".",
            "!jq: Bad JSON in --rawfile a no: Could not open no: No such file or directory\n=2",
        ),
    ] {
        let output = jq(options, input, filter);
        let mut told = output.stdout;
        if !output.stderr.is_empty() {
            told.push_str(&["!", &output.stderr].concat());
        }
        if output.exit_code != 0 {
            told.push_str(&format!("={}", output.exit_code));
        }
        assert_eq!(told, expected, "jq {options} {filter}");
    }
    let mut terminal = Terminal::default();
    let mut playground = Playground::empty().unwrap();
    let mut told = |line: &str| terminal.run(&mut playground, line).stdout;
    assert_eq!(told("export MESH=m; jq -n '$ENV.MESH, env.MESH'"), "\"m\"\n\"m\"\n");
    assert_eq!(
        told("jq -nc '$ARGS.positional' --args a b; jq -nc '$ARGS.positional' --jsonargs 1 '[2]'"),
        "[\"a\",\"b\"]\n[1,[2]]\n"
    );
    assert_eq!(told("echo '.a # so' > f; echo '{\"a\":1}' | jq -f f"), "1\n");
    assert_eq!(
        told("jq . no neither 2>&1; echo $?; jq --arg a 2>&1 | head -n 1"),
        "jq: error: Could not open file no: No such file or directory\n\
         jq: error: Could not open file neither: No such file or directory\n2\n\
         jq: --arg takes two parameters (e.g. --arg varname value)\n"
    );
}

#[test]
fn mistakes_are_told_as_the_real_one_tells_them() {
    for (filter, status, expected) in [
        (".a", 5, "Cannot index number with \"a\""),
        (".[]", 5, "Cannot iterate over number (1)"),
        (". - \"a\"", 5, "number (1) and string (\"a\") cannot be subtracted"),
        (". / 0", 5, "number (1) and number (0) cannot be divided because the divisor is zero"),
        ("keys", 5, "number (1) has no keys"),
        ("\"a\" | tonumber", 5, "string (\"a\") cannot be parsed as a number"),
        ("{(1): 2}", 5, "Object keys must be strings, not number (1)"),
        ("path(1 | .a)", 5, "Invalid path expression with result number (1)"),
        ("\"(\" | test(.)", 5, "( (at offset 0) is not a valid regex"),
        ("nothing", 3, "nothing/0 is not defined"),
        ("map(.; .)", 3, "map/2 is not defined"),
        ("$no", 3, "$no is not defined"),
        ("reduce . as $no ($no; .)", 3, "$no is not defined"),
        ("foreach . as [$no] (0 + $no; .)", 3, "$no is not defined"),
        ("break $no", 3, "$*label-no is not defined"),
        ("@no", 3, "@no is not a valid format"),
        ("1 +", 3, "syntax error, unexpected end of file"),
        ("if . then 1", 3, "syntax error, unexpected end of file"),
        ("reduce . as x (1; 2)", 3, "syntax error, unexpected `x`"),
        ("\"a", 3, "syntax error, unexpected end of file"),
        ("\"\\q\"", 3, "is not a string of JSON"),
        (".a |", 3, "syntax error"),
    ] {
        let output = jq("", "1", filter);
        assert!(output.stderr.contains(expected) && output.exit_code == status, "{filter}: {output:?}");
    }
}

/// Filters that would run, grow or recurse without end; each must terminate.
const ENDLESS: &[&str] = &[
    "def f: f; f",
    "def f: 1 + f; f",
    "def f: f | f; f",
    "def f(g): f(g | g); f(.)",
    "def f: 1, (f | . + 1); [limit(100000; f)]",
    "def f: try f catch f; f",
    "def f: f?, f?, f?; f",
    "last(range(1e18))",
    "range(1e18) | empty",
    "[limit(1e9; repeat(1))]",
    "[recurse(.)]",
    "repeat(empty; .)?, [range(1e9)]",
    "reduce range(1e9) as $i (0; . + 1)",
    "reduce range(100) as $i (\"a\"; . + .)",
    "reduce range(60) as $i (1; [., .])",
    "reduce range(60) as $i (1; [., .]) | tojson | length",
    "reduce range(1000000) as $i (null; [.])",
    "reduce range(1000000) as $i (null; {a: .})",
    "reduce range(100000) as $i ([]; . + [$i])",
    "reduce range(100000) as $i ({}; . + {\"a\\($i)\": $i})",
    "reduce range(100000) as $i ([]; .[$i] = $i)",
    "[range(100000)] | [.[] as $x | .[] as $y | $x]",
    "[range(5000)] | . - .",
    "[range(5000)] | contains([range(5000)])",
    "[range(30000)] | map(tostring) | [range(100) as $i | sort] | length",
    "\"a\" * 1000000 | . * 1000",
    "\"a\" * 1000000 | . / \"\" | map(. * 1000)",
    "[path(recurse(.a))]",
    "null | path(repeat(.a))",
    "setpath([range(100000) | \"a\"]; 1)",
    "setpath([1000000000]; 1)",
    "[range(1e5)] | until(false; .)",
    "while(true; .)",
    "\"a\" * 100000 | [match(\"(a*)*b\"; \"g\")]",
    "\"a\" * 100000 | test(\"(a{50}){50}\")",
    "\"a\" * 20000 | gsub(\"a\"; \"bb\")",
    "\"a\" * 500000 | repeat(.)",
    "[range(20000)] | repeat(tojson)",
    "label $f | repeat(label $g | 1)",
    "[limit(100000; repeat(\"\\(.)\"))] | join(\"a\" * 1000)",
    "[range(300)] | combinations?, ([range(300) as $a | range(300) as $b | range(300) as $c | 1])",
    "input, repeat(input?)",
    "walk(def f: f; f)",
    "{} | .a.b.c |= (def f: [f]; f)",
    "[[range(1000)]] | [range(1000) as $i | .[0]] | transpose | transpose | transpose",
    "[splits(\"a\")?, repeat(\"a\" | splits(\"\"))]",
    "reduce repeat(1) as $x (0; $x)",
    "foreach repeat(1) as $x (0; .; empty)",
    "[.[]?, (1 | until(. < 0; . * 10))]",
];

#[test]
fn endless_filters_end() {
    for filter in ENDLESS {
        let output = jq("-n", "", filter);
        assert!(output.stdout.len() < 16 << 20, "{filter} prints {} bytes", output.stdout.len());
    }
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("-", ""),
        ("try ", ""),
        ("{a:", "}"),
        ("if ", ""),
        ("\"\\(", ")\""),
        ("def f: ", ""),
        (".[", "]"),
        (". as [", ""),
        ("reduce ", ""),
        ("label $a | ", ""),
        (". as $a | ", ""),
        ("1 | ", ""),
        ("1 + ", ""),
        (".a", ""),
        ("f(", ")"),
        ("1 as {a: ", "}"),
    ] {
        // Starts with a space, because a word that begins with a hyphen is an option.
        let filter = [" ", &*open.repeat(20_000), "1", &*close.repeat(20_000)].concat();
        assert_eq!(jq("-n", "", &filter).exit_code, 3, "{open}");
        // Filters as deep as the parser allows must not overflow the stack.
        for count in [8, 16, 24, 30, 60, 190] {
            jq("-n", "", &[" ", &*open.repeat(count), ".", &*close.repeat(count)].concat());
        }
    }
}

/// A browser's stack is one megabyte; native code with all checks uses more stack per call than code in a browser.
#[test]
fn deep_calls_end_before_the_stack_does() {
    let small =
        std::thread::Builder::new().stack_size(if cfg!(debug_assertions) { 2 << 20 } else { 768 << 10 });
    let deep = small.spawn(|| {
        for filter in [
            "def f: 1 + f; f",
            "def f(g): if g then f(g | g) else 1 end; f(.)",
            "def f: [f]; f",
            "def f: {a: f}; f",
            "def f: \"\\(f)\"; f",
            "def f: if f then 1 else 2 end; f",
            "def f: reduce f as $x (0; 1); f",
            "def f: foreach 1 as $x (f; f; f); f",
            "def f: try f catch f; f",
            "def f: limit(1; f); f",
            "def f: first(f | f); f",
            "def f: .a |= f; f",
            "def f: .[f:f]; f",
            "def f: f as {(f): $x} | f; f",
            "def f: path(f); f",
            "def f: f and f; f",
            "def f: f // f; f",
            "def f($a; $b): f($a; $b) + 1; f(1; 2)",
            "def f: map(f); [[1]] | def g: [.] | g; g",
            "def f: recurse(f); f",
            "def f: range(f; f; f); f",
            "def f: sub(\"a\"; f); \"a\" | f",
            "def f: label $x | f | break $x; f",
            "def f: getpath(f); f",
            "def f: -f; f",
            "def f: walk(f); [1] | f",
            "def f: sort_by(f); [1] | f",
            "def f: join(f); [1] | f",
            "def f: any(f; f); f",
            "def f: 1 as $x | (2, 3) as $y | f; f",
            "def f: def g: f; g; f",
        ] {
            jq("-n", "", filter);
        }
    });
    deep.unwrap().join().unwrap();
}
