//! Validation errors in the reader's language.
//!
//! In English they equal the messages of the rules, which the terminal and the API print. Messages in the service's
//! own wording are not translated.

use mesh_text::nearest::nearest;
use mesh_text::words::{english, say, t};

use crate::model::{Problem, Rule, excerpt};

/// Describes a violated rule of a field, by the field's label: "Mesh name is required".
pub fn rule_words(label: &str, rule: &Rule) -> String {
    match rule {
        Rule::Required => say("{0} is required", &[label]),
        Rule::Type { expected, found } => say("{0} must be {1}, not {2}", &[label, t(expected), t(found)]),
        Rule::Length { min, max: usize::MAX, found } => {
            numbers(english("{0} must have at least {1} characters, not {2}"), label, &[*min, *found])
        }
        Rule::Length { min, max, found } => {
            numbers(english("{0} must have {1} to {2} characters, not {3}"), label, &[*min, *max, *found])
        }
        Rule::Items { min, max: usize::MAX, found } => {
            numbers(english("{0} must have at least {1} items, not {2}"), label, &[*min, *found])
        }
        Rule::Items { min, max, found } => {
            numbers(english("{0} must have {1} to {2} items, not {3}"), label, &[*min, *max, *found])
        }
        Rule::Range { min, max: i64::MAX, found } => {
            say("{0} must be {1} or more, not {2}", &[label, &min.to_string(), &found.to_string()])
        }
        Rule::Range { min, max, found } => {
            let (min, max, found) = (min.to_string(), max.to_string(), found.to_string());
            say("{0} must be from {1} to {2}, not {3}", &[label, &min, &max, &found])
        }
        Rule::Pattern { rule, found } => {
            say("{0} must match {1}; `{2}` does not", &[label, rule, &excerpt(found)])
        }
        Rule::Characters { allowed, found } => {
            let found: String = found.escape_default().collect();
            say("{0} may have only {1}, not `{2}`", &[label, t(allowed), &found])
        }
        Rule::Choice { allowed, found } => {
            let (words, excerpt) = (allowed.join(", "), excerpt(found));
            match nearest(found, allowed) {
                Some(word) => say(
                    "{0} must be one of {1}, not `{2}`; did you mean {3}?",
                    &[label, &words, &excerpt, word],
                ),
                None => say("{0} must be one of {1}, not `{2}`", &[label, &words, &excerpt]),
            }
        }
        Rule::OneOf { allowed, found } if found.is_empty() => {
            say("{0} must have exactly one of {1}, and has none", &[label, &allowed.join(", ")])
        }
        Rule::OneOf { allowed, found } => {
            let (allowed, found) = (allowed.join(", "), found.join(t(" and ")));
            say("{0} must have exactly one of {1}, not {2}", &[label, &allowed, &found])
        }
        Rule::Service(text) | Rule::Verbatim(text) => [label, " ", text].concat(),
    }
}

/// Describes a problem by its path: `spec.listeners[0].portMapping.port must be from 1 to 65535, not 70000`.
pub fn problem_words(problem: &Problem) -> String {
    match (&*problem.path, &problem.rule) {
        (_, Rule::Verbatim(text)) => text.clone(),
        ("", rule) => rule_words(t("the value"), rule),
        (path, rule) => rule_words(path, rule),
    }
}

fn numbers(english: &'static str, label: &str, numbers: &[usize]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let mut parts = vec![label];
    parts.extend(texts.iter().map(|text| &**text));
    say(english, &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_english_they_are_the_words_of_the_rule() {
        let rules = [
            Rule::Required,
            Rule::Type { expected: "a string", found: "a number" },
            Rule::Length { min: 1, max: 255, found: 300 },
            Rule::Length { min: 1, max: usize::MAX, found: 0 },
            Rule::Items { min: 1, max: 10, found: 11 },
            Rule::Items { min: 2, max: usize::MAX, found: 1 },
            Rule::Range { min: 1, max: 65535, found: 70000 },
            Rule::Range { min: 1, max: i64::MAX, found: 0 },
            Rule::Pattern { rule: "[a-z]+", found: "A`{0}".to_owned() },
            Rule::Characters { allowed: "digits", found: '\n' },
            Rule::Choice { allowed: &["http", "grpc"], found: "htttp".to_owned() },
            Rule::Choice { allowed: &["http", "grpc"], found: "x".to_owned() },
            Rule::OneOf { allowed: vec!["a", "b"], found: vec![] },
            Rule::OneOf { allowed: vec!["a", "b"], found: vec!["a", "b"] },
            Rule::Service("must start with /".to_owned()),
            Rule::Verbatim("A whole sentence.".to_owned()),
        ];
        for rule in rules {
            assert_eq!(rule_words("Port", &rule), format!("Port {rule}"));
            for path in ["", "spec.port"] {
                let problem = Problem { path: path.to_owned(), rule: rule.clone() };
                assert_eq!(problem_words(&problem), problem.to_string());
            }
        }
    }
}
