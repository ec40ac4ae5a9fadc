//! Compares our results for many small inputs with those of Python, which `conformance/tests/terminal_cli/oracle.py`
//! recorded.

use crate::{Files, Stdin};

use super::{
    data::Data,
    format,
    input::{Failure, Reader},
    json,
    nearest::close_matches,
    query::{Query, Room},
    shorthand,
};

/// Returns our result for a test case: the value, or the error message.
fn ours(kind: &str, text: &str, data: &Data) -> Result<Data, String> {
    let printed = |form: &str| format::printed(form, "Title", data).map(|text| Data::text(&text));
    match kind {
        "query" => Query::parse(text)?.value_of(data, &Room::default()),
        "shorthand" => shorthand::parse(text, &Reader { files: &Files::new(), stdin: &Stdin::default() })
            .map_err(|failure| match failure {
                Failure::Syntax(text) | Failure::Plain(text) => text,
                other => panic!("{other:?}"),
            }),
        "json" => json::read(text),
        "close" => {
            let choices: Vec<_> = data.items().iter().filter_map(Data::as_str).collect();
            Ok(Data::list(close_matches(text, &choices).into_iter().map(Data::text).collect()))
        }
        form => printed(form),
    }
}

#[test]
fn all_small_inputs_are_taken_as_python_takes_them() {
    let file = std::env::var("ORACLE").ok().map(|path| std::fs::read_to_string(path).unwrap());
    let recorded = include_str!("../../../../conformance/tests/terminal_cli/oracle.jsonl");
    let mut differing = Vec::new();
    let mut count = 0;
    for line in file.as_deref().unwrap_or(recorded).lines() {
        let case = json::read(line).unwrap();
        let text = |name: &str| case.get(name).and_then(Data::as_str).unwrap_or_default();
        let data = case.get("data").unwrap_or(&Data::Null);
        let expected = match case.get("error") {
            Some(error) => Err(error.as_str().unwrap().to_owned()),
            None => Ok(case.get("result").unwrap().clone()),
        };
        let found = ours(text("kind"), text("text"), data);
        count += 1;
        let is_same = match (&found, &expected) {
            // This version of the tool prints the placeholder instead of the position; see the differential test.
            (Err(found), Err(expected)) => match expected.split_once("{self._error_location()}") {
                Some((before, _)) => found.starts_with(before),
                None => found == expected,
            },
            (Ok(found), Ok(expected)) => found.compact() == expected.compact(),
            _ => false,
        };
        if !is_same {
            differing.push(format!("{line}\n   ours: {found:?}\n"));
        }
    }
    let shown: String = differing.iter().take(40).cloned().collect();
    assert!(differing.is_empty(), "{} of {count} differ:\n{shown}", differing.len());
    assert!(count >= 600, "only {count}");
}
