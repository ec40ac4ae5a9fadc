use proptest::prelude::*;
use serde_json::json;

use super::*;

#[track_caller]
fn check(text: &str, expected: &Value) {
    assert_eq!(parse(text).as_ref(), Ok(expected), "{text}");
}

#[track_caller]
fn refuse(text: &str, expected: &str) {
    match parse(text) {
        Ok(value) => panic!("{text:?} was read as {value}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    }
}

/// Returns a number stored as written; nothing here calculates with fractions.
fn written(number: &str) -> Value {
    Value::Number(serde_json::Number::from_string_unchecked(number.to_owned()))
}

#[test]
fn plain_scalars_have_the_types_of_the_core_schema() {
    for (text, expected) in [
        ("true", json!(true)),
        ("False", json!(false)),
        ("yes", json!("yes")),
        ("null", json!(null)),
        ("~", json!(null)),
        ("9080", json!(9080)),
        ("-7", json!(-7)),
        ("+7", json!(7)),
        ("0", json!(0)),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("18446744073709551615", json!(u64::MAX)),
        ("18446744073709551616", json!("18446744073709551616")),
        ("012345678901", json!("012345678901")),
        ("1.5", written("1.5")),
        (".5", json!(".5")),
        ("1e3", written("1e3")),
        ("1e999", written("1e999")),
        (".inf", json!(".inf")),
        ("inf", json!("inf")),
        (".", json!(".")),
        ("1.2.3.4", json!("1.2.3.4")),
        ("2010-09-09", json!("2010-09-09")),
        ("0x", json!("0x")),
        ("0x+1", json!("0x+1")),
        ("-0x1", json!("-0x1")),
        ("'9080'", json!("9080")),
        ("\"true\"", json!("true")),
        ("!!str 9080", json!("9080")),
        ("! 9080", json!("9080")),
        ("!!int 9080", json!(9080)),
    ] {
        check(
            &["key: ", text].concat(),
            &Value::Object(Map::from_iter([("key".to_owned(), expected.clone())])),
        );
    }
    check("key:", &json!({ "key": null }));
    check("80: a\ntrue: b", &json!({ "80": "a", "true": "b" }));
    check("key: |\n  a\n  b\n", &json!({ "key": "a\nb\n" }));
}

#[test]
fn short_tags_become_their_long_form() {
    for (text, expected) in [
        ("!Ref Mesh", json!({ "Ref": "Mesh" })),
        ("!Condition IsProd", json!({ "Condition": "IsProd" })),
        ("!Sub '${A}-b'", json!({ "Fn::Sub": "${A}-b" })),
        ("!Sub 1", json!({ "Fn::Sub": "1" })),
        ("!GetAtt Mesh.MeshName", json!({ "Fn::GetAtt": ["Mesh", "MeshName"] })),
        ("!GetAtt Stack.Outputs.Name", json!({ "Fn::GetAtt": ["Stack", "Outputs.Name"] })),
        ("!GetAtt [Mesh, Arn]", json!({ "Fn::GetAtt": ["Mesh", "Arn"] })),
        ("!GetAtt Mesh", json!({ "Fn::GetAtt": "Mesh" })),
        ("!Join ['-', [a, !Ref B]]", json!({ "Fn::Join": ["-", ["a", { "Ref": "B" }]] })),
        (
            "!If [C, !Sub a, !Ref AWS::NoValue]",
            json!({ "Fn::If": ["C", { "Fn::Sub": "a" }, { "Ref": "AWS::NoValue" }] }),
        ),
        ("\n  !Sub\n  - a\n  - b: 1", json!({ "Fn::Sub": ["a", { "b": 1 }] })),
        ("!FindInMap [A, b, c]", json!({ "Fn::FindInMap": ["A", "b", "c"] })),
    ] {
        check(
            &["key: ", text].concat(),
            &Value::Object(Map::from_iter([("key".to_owned(), expected.clone())])),
        );
    }
}

#[test]
fn json_is_read_as_json() {
    check(
        "{\"a\": [1, {\"b\": null}], \"c\": \"\\ud83d\\ude00 \\\" :\"}",
        &json!({ "a": [1, { "b": null }], "c": "😀 \" :" }),
    );
    check("\u{feff} {\t\"a\":\n\t\t1}", &json!({ "a": 1 }));
    check("{}", &json!({}));
    check("{a: 1, b: [c]}", &json!({ "a": 1, "b": ["c"] }));
    check("[1, two]", &json!([1, "two"]));
    assert_eq!(parse_all("{\"a\": 1}\n{\"b\": 2}"), Ok(vec![json!({ "a": 1 }), json!({ "b": 2 })]));
    assert_eq!(parse_all("{\"a\": 1}\n---\n{\"b\": 2}"), Ok(vec![json!({ "a": 1 }), json!({ "b": 2 })]));
}

#[test]
fn aliases_repeat_their_anchor() {
    check("a: &x [1, !Ref B]\nb: *x", &json!({ "a": [1, { "Ref": "B" }], "b": [1, { "Ref": "B" }] }));
    check("&k a: 1\nb: *k", &json!({ "a": 1, "b": "a" }));
    refuse(
        "a: &x [1, *x]",
        "line 1, column 11: this alias repeats a value that is not complete before it; name an anchor (`&name`) \
         above it",
    );
    assert!(parse_all("a: &x 1\n---\nb: *x").is_err());
}

#[test]
fn several_documents() {
    assert_eq!(parse_all(""), Ok(vec![]));
    assert_eq!(parse_all("# only a comment\n---\n---\n"), Ok(vec![]));
    assert_eq!(parse_all("---\na: 1\n---\n---\nb: 2\n...\n"), Ok(vec![json!({ "a": 1 }), json!({ "b": 2 })]));
    refuse(" \n", "line 1, column 1: there is nothing to read; paste a document in YAML or JSON");
    let second = "a second document starts here and only one is expected; remove it, or read it on its own";
    refuse("a: 1\n---\nb: 2", &["line 3, column 1: ", second].concat());
    refuse("{\"a\": 1}\n  {\"b\": 2}", &["line 2, column 3: ", second].concat());
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, expected) in [
        (
            "a: 1\nb:\n  c: 1\na: 2",
            "line 4, column 1: the key `a` is given twice, on line 1 and on line 4; remove one",
        ),
        ("{a: 1, a: 2}", "line 1, column 8: the key `a` is given twice on line 1; remove one"),
        (
            "{\"a\": {\"a\": 1},\n \"b\": 1,\n \"a\": 2}",
            "line 3, column 2: the key `a` is given twice, on line 1 and on line 3; remove one",
        ),
        (
            "{\"a\": 1\n \"b\": 2}",
            "line 2, column 2: this is not JSON: expected `,` or `}`; check the commas, brackets and quotes just \
             before it",
        ),
        ("{\"a\": [1", "line 1, column 8: this JSON stops before it is complete; is its end missing?"),
        ("a: !Reff B", "line 1, column 4: there is no tag `!Reff`; did you mean `!Ref`?"),
        (
            "a: !Chart b",
            "line 1, column 4: there is no tag `!Chart`; use those of CloudFormation, such as `!Ref`, `!GetAtt` and \
             `!Sub`",
        ),
        (
            "a: !!binary b",
            "line 1, column 4: there is no tag `!!binary`; use those of CloudFormation, such as `!Ref`, `!GetAtt` and \
             `!Sub`",
        ),
        ("a: !!int b", "line 1, column 4: the tag `!!int` cannot be put on this text; remove it"),
        ("a: !!str [b]", "line 1, column 4: the tag `!!str` cannot be put on a list or an object; remove it"),
        ("!Ref a: b", "line 1, column 1: the tag `!Ref` cannot be put on a key; remove it"),
        (
            "? [a]\n: b",
            "line 1, column 3: a key must be plain text; put lists, objects and aliases after the colon",
        ),
        (": b", "line 1, column 1: the key before this colon is missing; write one"),
        (
            "a: &x {b: 1}\nc:\n  <<: *x",
            "line 3, column 3: merge keys (`<<`) are not supported, nor does CloudFormation take them; write the keys \
             out",
        ),
        (
            "a:\n\tb: 1",
            "line 2, column 2: tabs disallowed within this context (block indentation); indent with spaces, this line \
             has a tab",
        ),
        ("a: 1\0b", "line 1, column 5: there is a NUL character here; is this a text file?"),
    ] {
        refuse(text, expected);
    }
}

#[test]
fn limits() {
    let at_limit = ["[".repeat(MAX_NESTING), "]".repeat(MAX_NESTING)].concat();
    assert!(parse(&at_limit).is_ok());
    for open in ["[", "{a: ", "- ", "!Not ["] {
        let error = parse(&open.repeat(70_000)).unwrap_err();
        assert!(error.message.starts_with("this is nested more than 64 levels deep"), "{open}: {error}");
    }
    assert!(parse(&"[".repeat(65)).is_err());
    let deep_json = ["{\"a\":".repeat(65), "1".to_owned(), "}".repeat(65)].concat();
    refuse(&deep_json, "line 1, column 321: this is nested more than 64 levels deep; flatten it");

    let long = "x".repeat(MAX_TEXT);
    refuse(
        &["- ", &long].concat(),
        "line 1, column 1: this text has 2097154 bytes and at most 2097152 are read; split it",
    );
    let many = "- 1\n".repeat(MAX_NODES);
    refuse(
        &many,
        "line 200000, column 3: there are more than 200000 values up to here, aliases counted in full; split the text",
    );
    assert!(parse(&["[[],", &"1,".repeat(MAX_NODES), "1]"].concat()).is_err());
}

#[test]
fn a_billion_laughs_end_quickly() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let error = parse(&text).unwrap_err();
    assert!(error.message.starts_with("there are more than 200000 values"), "{error}");

    let text = ["- &x ", &"y".repeat(1_000_000), "\n", &"- *x\n".repeat(100_000)].concat();
    assert!(parse(&text).is_err());
    let text = ["- &x y\n", &"- *x\n".repeat(100_000)].concat();
    assert!(parse(&text).is_ok());
}

/// Texts for which a careless scanner takes quadratic time.
#[test]
fn long_texts_take_little_memory() {
    for piece in [
        "[",
        "{",
        "]",
        "- ",
        "? ",
        ": ",
        "a: ",
        "a: {",
        "&a ",
        "*a ",
        "!a ",
        "!!",
        "'",
        "\"",
        "\"\n",
        "|\n",
        ">\n",
        "\n",
        "\n\n ",
        " ",
        "\t",
        "#",
        "%",
        "---\n",
        "--- a\n",
        "...\n",
        "a\n",
        "a ",
        "a\n ",
        "- a\n",
        "a,",
        "[a]: b, ",
        "{\"",
        "{\"a\":[",
        "\\",
        "é",
        "%TAG ! a\n",
        "--- &a a\n",
        "- |\n  a\n",
        "{a: b},\n",
        "- [a, b]\n",
        "\"a\" ",
        "[{",
        "? a\n",
        "[]",
        "{}\n",
        "\r",
        "\u{2028}",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let read = |before: &str| {
            let text = [before, &text].concat();
            let made = crate::work::made(|| parse_all(&text)).1;
            assert!(
                made.total < 192 << 20 && made.most < 96 << 20,
                "{before:?} and {piece:?} allocate {made:?}"
            );
        };
        for before in ["", "a: ", "[", "{\"a\": \"", "a:\n  \"", "{\"a\": 1}"] {
            read(before);
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

const PIECES: &[&str] = &[
    "a",
    "b: ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "\t",
    ": ",
    ":",
    "? ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "&x ",
    "*x",
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "!!str ",
    "!!int ",
    "! ",
    "!<tag:x> ",
    "|",
    ">",
    "|-\n",
    ">+2\n",
    "# c\n",
    "---\n",
    "...\n",
    "%TAG ! b\n",
    "%YAML 1.2\n",
    "<<: ",
    "~",
    "1.5",
    "0x1",
    "-1",
    "\\",
    "\\u12",
    "\\x4",
    "\r\n",
    "\r",
    "é",
    "\u{feff}",
    "\u{85}",
    "@",
    "`",
    "null",
    "\0",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = parse_all(&text) {
            prop_assert!(error.line > 0 && error.column > 0);
        }
    }

    #[test]
    fn any_yaml_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        match parse_all(&pieces.concat()) {
            Ok(values) => prop_assert!(values.iter().all(|value| depth(value) <= MAX_NESTING + 1)),
            Err(error) => prop_assert!(error.line > 0 && error.column > 0),
        }
    }

    #[test]
    fn any_json_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(&[
        "{", "}", "[", "]", "\"", "\"a\"", ":", ",", "1", "-1.5e3", "true", "null", "\\", "\\u0041", " ", "\n", "é", "\"a\": ",
    ][..]), 0..40)) {
        let text = pieces.concat();
        for text in [text.clone(), ["{\"", &text].concat(), ["[{\"a\": ", &text].concat()] {
            let _ = parse_all(&text);
        }
    }

    #[test]
    fn written_json_is_read_back(value in json_value()) {
        prop_assert_eq!(parse(&value.to_string()), Ok(value.clone()));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(parse(&pretty), Ok(value));
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(|text| Value::from(text.replace('\0', ""))),
    ];
    let tree = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\é:]{0,4}", inner, 0..6)
                .prop_map(|m| m.into_iter().collect()),
        ]
    });
    prop::collection::btree_map("[a-z]{1,3}", tree, 0..6).prop_map(|members| members.into_iter().collect())
}

/// The scanner buffers every token of a bracketed list until the list ends.
#[test]
fn lists_in_brackets_are_counted_before_they_are_read() {
    for mark in [",", "[", "{"] {
        let error = parse(&["a: [", &mark.repeat(1_900_000)].concat()).unwrap_err();
        assert_eq!((error.line, error.message.contains("more than 200000 values")), (1, true), "{mark}");
    }
    let list = ["a: [", &"1,".repeat(50_000), "]"].concat();
    assert_eq!(parse(&list).unwrap()["a"].as_array().map(Vec::len), Some(50_000));
}
