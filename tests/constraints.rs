//! Tests that violate every constraint of the model, one at a time.
//!
//! The test cases are generated from the declarations, so every declared structure is tested and no member is named
//! here. For each position, a complete valid value is built; then exactly one constraint is violated there, and exactly
//! that problem must be reported, at exactly that path. Rules that no shape states belong to the tests of
//! `control_plane`.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

use std::collections::{BTreeMap, BTreeSet};

use mesh_playground::model::{
    Declared, Kind, Member, Pattern, Problem, Rule, Shape, Structure, TagList, check,
};
use serde_json::{Value, json};

/// Constraints that a shape can impose on a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Constraint {
    Required,
    Type,
    Shortest,
    Longest,
    Pattern,
    Smallest,
    Largest,
    Bits,
    Choice,
    FewestItems,
    MostItems,
    OneOfNone,
    OneOfTwo,
}

const ALL: [Constraint; 13] = [
    Constraint::Required,
    Constraint::Type,
    Constraint::Shortest,
    Constraint::Longest,
    Constraint::Pattern,
    Constraint::Smallest,
    Constraint::Largest,
    Constraint::Bits,
    Constraint::Choice,
    Constraint::FewestItems,
    Constraint::MostItems,
    Constraint::OneOfNone,
    Constraint::OneOfTwo,
];

/// A constraint at a position: whole values that satisfy it, and whole values that violate nothing else.
struct Case {
    constraint: Constraint,
    path: String,
    good: Vec<Value>,
    bad: Vec<(Value, Rule)>,
}

/// Pattern, strings that match it, and strings that do not.
///
/// The key's pattern has the range `!-~`: every ASCII character except space and control characters.
const PATTERNS: [(&str, &[&str], &[&str]); 2] = [
    ("^[a-zA-Z0-9!-~]+$", &["a", "Z9", "!~", "a/b=c"], &["a b", " ", "é", "a\n", "\u{7f}", "名"]),
    (
        "^([a-zA-Z0-9!-~][  a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$",
        &["a", "a b", "a ", "!~"],
        &[" a", " ", "é", "a\tb", "a\n", "\u{7f}"],
    ),
];

/// Returns the smallest valid value of a shape.
fn minimal(shape: &Shape) -> Value {
    match *shape {
        Shape::Text { min, pattern, .. } => Value::from(text(min, pattern)),
        Shape::Integer { min, max } => Value::from(0.clamp(min, max)),
        Shape::Boolean => Value::from(false),
        Shape::Choice(words) => Value::from(words[0]),
        Shape::List { of, min, .. } => Value::from(vec![minimal(of); min]),
        Shape::Structure(structure) => {
            let first = structure.members.iter().take(usize::from(structure.one_of));
            of_members(structure.members.iter().filter(|member| member.required).chain(first))
        }
        Shape::Any => json!({}),
    }
}

/// Returns an object with only these members.
fn of_members<'m>(members: impl Iterator<Item = &'m Member>) -> Value {
    members.map(|member| (member.name.to_owned(), minimal(member.shape))).collect()
}

/// Returns a string of `length` characters, of two bytes each if the pattern allows it.
fn text(length: usize, pattern: Option<&Pattern>) -> String {
    if pattern.is_some() { "x".repeat(length) } else { "é".repeat(length) }
}

/// Collects all cases of a shape at a path. `around` builds a whole value from the value at this position.
fn cases(shape: &Shape, path: &str, is_member: bool, around: &dyn Fn(Value) -> Value, found: &mut Vec<Case>) {
    let mut case = |constraint, good: Vec<Value>, bad: Vec<(Value, Rule)>| {
        let good = good.into_iter().map(around).collect();
        let bad = bad.into_iter().map(|(value, rule)| (around(value), rule)).collect();
        found.push(Case { constraint, path: path.to_owned(), good, bad });
    };
    case(Constraint::Type, vec![minimal(shape)], wrong_types(shape, is_member));
    match *shape {
        Shape::Text { min, max, pattern } => {
            let of = |length: usize| Value::from(text(length, pattern));
            let bad = |found: usize| (of(found), Rule::Length { min, max, found });
            if min > 0 {
                case(Constraint::Shortest, vec![of(min)], vec![bad(min - 1)]);
            }
            if max < usize::MAX {
                case(Constraint::Longest, vec![of(max)], vec![bad(max + 1)]);
            } else {
                case(Constraint::Longest, vec![of(5000)], Vec::new());
            }
            if let Some(pattern) = pattern {
                let entry = PATTERNS.iter().find(|(text, ..)| *text == pattern.text);
                let (_, good, bad) = entry.unwrap_or_else(|| panic!("no examples for {}", pattern.text));
                let rule = |found: &str| Rule::Pattern { rule: pattern.text, found: found.to_owned() };
                let bad = bad.iter().map(|text| (json!(text), rule(text))).collect();
                case(Constraint::Pattern, good.iter().map(|text| json!(text)).collect(), bad);
            }
        }
        Shape::Integer { min, max } => {
            let bad = |found: i64| (json!(found), Rule::Range { min, max, found });
            let outside = |found: Option<i64>| found.map(bad).into_iter().collect();
            case(Constraint::Smallest, vec![json!(min)], outside(min.checked_sub(1)));
            case(Constraint::Largest, vec![json!(max)], outside(max.checked_add(1)));
            let wide = ["9223372036854775808", "-9223372036854775809", "100000000000000000000000000000"];
            let wide = wide.map(|digits| {
                let text = format!("must be a whole number of at most 64 bits, not {digits}");
                (serde_json::from_str(digits).unwrap(), Rule::Service(text))
            });
            case(Constraint::Bits, vec![json!(min), json!(max)], wide.into());
        }
        Shape::Choice(allowed) => {
            let bad = |found: String| (json!(found), Rule::Choice { allowed, found });
            let wrong = [
                "".to_owned(),
                format!("{}x", allowed[0]),
                format!(" {}", allowed[0]),
                other_case(allowed[0]),
            ];
            let good = allowed.iter().map(|word| json!(word)).collect();
            case(Constraint::Choice, good, wrong.into_iter().map(bad).collect());
        }
        Shape::List { of, min, max } => {
            let copies = |count: usize| Value::from(vec![minimal(of); count]);
            let bad = |found: usize| (copies(found), Rule::Items { min, max, found });
            if min > 0 {
                case(Constraint::FewestItems, vec![copies(min)], vec![bad(min - 1)]);
            }
            if max < usize::MAX {
                case(Constraint::MostItems, vec![copies(max)], vec![bad(max + 1)]);
            } else {
                case(Constraint::MostItems, vec![copies(60)], Vec::new());
            }
            // The last of two items, if two are allowed, so that the index in the path is not always 0.
            let count = min.max(2).min(max);
            let around = |item: Value| {
                let mut items = vec![minimal(of); count];
                items[count - 1] = item;
                around(Value::from(items))
            };
            cases(of, &format!("{path}[{}]", count - 1), false, &around, found);
        }
        Shape::Structure(structure) => members(structure, path, around, found),
        Shape::Boolean => case(Constraint::Choice, vec![json!(true), json!(false)], Vec::new()),
        Shape::Any => {}
    }
}

/// Collects the cases of a structure's members and of their number.
fn members(structure: &Structure, path: &str, around: &dyn Fn(Value) -> Value, found: &mut Vec<Case>) {
    if structure.one_of {
        let allowed: Vec<_> = structure.members.iter().map(|member| member.name).collect();
        let rule = |found: Vec<&'static str>| Rule::OneOf { allowed: allowed.clone(), found };
        let each = structure.members.iter().map(|member| around(of_members([member].into_iter()))).collect();
        let none = [json!({}), json!({"ghost": 1}), json!({allowed[0]: null})];
        let none = none.into_iter().map(|value| (around(value), rule(Vec::new()))).collect();
        let case = |constraint, good, bad| Case { constraint, path: path.to_owned(), good, bad };
        found.push(case(Constraint::OneOfNone, each, none));
        let pairs = structure.members.windows(2);
        let pairs = pairs.map(|two| (around(of_members(two.iter())), rule(vec![two[0].name, two[1].name])));
        found.push(case(Constraint::OneOfTwo, Vec::new(), pairs.collect()));
    }
    for member in structure.members {
        let at = if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
        let with = |value: Option<Value>| {
            // Add the other required members; in a union there are none.
            let others = structure.members.iter().filter(|other| other.required && other.name != member.name);
            let mut whole = of_members(others);
            if let Some(value) = value {
                whole[member.name] = value;
            }
            around(whole)
        };
        let without = [with(None), with(Some(Value::Null))];
        let good = with(Some(minimal(member.shape)));
        let (mut good, mut bad) = (vec![good], Vec::new());
        if member.required {
            bad.extend(without.map(|value| (value, Rule::Required)));
        } else if !structure.one_of {
            good.extend(without);
        }
        found.push(Case { constraint: Constraint::Required, path: at.clone(), good, bad });
        cases(member.shape, &at, true, &|value| with(Some(value)), found);
    }
}

fn other_case(word: &str) -> String {
    let upper = word.to_uppercase();
    if upper == word { word.to_lowercase() } else { upper }
}

/// Returns one value of each other JSON type, with the expected problem. A member that is null is treated as absent.
fn wrong_types(shape: &Shape, is_member: bool) -> Vec<(Value, Rule)> {
    let (expected, own) = match shape {
        Shape::Text { .. } | Shape::Choice(_) => ("a string", "a string"),
        Shape::Integer { .. } => ("a whole number", "a number"),
        Shape::Boolean => ("true or false", "true or false"),
        Shape::List { .. } => ("a list", "a list"),
        Shape::Structure(_) => ("an object", "an object"),
        Shape::Any => return Vec::new(),
    };
    let values = [
        (Value::Null, "null"),
        (json!(true), "true or false"),
        (json!(1), "a number"),
        (serde_json::from_str("1.5").unwrap(), "a fraction"),
        (serde_json::from_str("1e3").unwrap(), "a fraction"),
        (json!("5"), "a string"),
        (json!([]), "a list"),
        (json!({}), "an object"),
    ];
    let left = if is_member { "null" } else { own };
    let values = values.into_iter().filter(|(_, found)| *found != own && *found != left);
    values.map(|(value, found)| (value, Rule::Type { expected, found })).collect()
}

/// Returns the problems that `check` reports for a value.
fn problems(shape: &Shape, value: &Value, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    check(shape, value, path, &mut problems);
    problems
}

/// Checks every case of a shape. Returns the number of cases of each constraint that can be violated.
#[track_caller]
fn covered(shape: &Shape, path: &str) -> BTreeMap<Constraint, usize> {
    let mut found = Vec::new();
    cases(shape, path, false, &|value| value, &mut found);
    let mut seen = BTreeSet::new();
    let mut counts = BTreeMap::new();
    for Case { constraint, path: at, good, bad } in found {
        assert!(seen.insert((at.clone(), constraint)), "{constraint:?} twice at {at}");
        for value in &good {
            assert_eq!(problems(shape, value, path), [], "{constraint:?} at {at}: {value}");
        }
        for (value, rule) in &bad {
            let expected = Problem { path: at.clone(), rule: rule.clone() };
            assert_eq!(problems(shape, value, path), [expected], "{constraint:?} at {at}: {value}");
        }
        if !bad.is_empty() {
            *counts.entry(constraint).or_default() += 1;
        }
    }
    counts
}

/// The minimum number of positions in a kind's spec, counted by hand in the declarations: every member, and every item
/// of a list, once for each path to it. Then the minimum number of constraints at these positions: the number found
/// when this test was written.
const COVERED: [(Kind, usize, usize); 7] = [
    (Kind::Mesh, 5, 8),
    (Kind::VirtualNode, 155, 351),
    (Kind::VirtualRouter, 6, 13),
    (Kind::VirtualService, 6, 14),
    (Kind::Route, 152, 369),
    (Kind::VirtualGateway, 77, 184),
    (Kind::GatewayRoute, 111, 251),
];

#[test]
fn every_constraint_is_kept_and_broken() {
    let mut counts = BTreeMap::<_, usize>::new();
    for (kind, places, constraints) in COVERED {
        let found = covered(kind.declaration().spec, "spec");
        assert!(found[&Constraint::Type] >= places, "{kind:?}: {found:?}");
        assert!(found.values().sum::<usize>() >= constraints, "{kind:?}: {found:?}");
        for (constraint, count) in found {
            *counts.entry(constraint).or_default() += count;
        }
    }
    assert_eq!(COVERED.map(|(kind, ..)| kind), Kind::ALL);
    // Each constraint occurs somewhere; otherwise the generator misses it.
    let all = ALL.into_iter().filter(|constraint| !counts.contains_key(constraint));
    assert_eq!(all.collect::<Vec<_>>(), []);
    println!("{} constraints: {counts:?}", counts.values().sum::<usize>());
}

/// A list of tags. Its positions are the list, a tag, a key and a value. Key and value are required and have four
/// bounds, one of which is 0. There are at most 50 tags.
#[test]
fn every_constraint_of_tags_is_kept_and_broken() {
    let found = covered(TagList::SHAPE, "tags");
    assert_eq!((found[&Constraint::Type], found.values().sum::<usize>()), (4, 10));
}

/// Examples of a pattern that is no longer declared would test nothing.
#[test]
fn every_pattern_in_the_table_is_declared() {
    let mut found = BTreeSet::new();
    let mut shapes: Vec<&Shape> = Kind::ALL.map(|kind| kind.declaration().spec).to_vec();
    while let Some(shape) = shapes.pop() {
        match shape {
            Shape::Text { pattern: Some(pattern), .. } => drop(found.insert(pattern.text)),
            Shape::List { of, .. } => shapes.push(of),
            Shape::Structure(structure) => shapes.extend(structure.members.iter().map(|member| member.shape)),
            _ => {}
        }
    }
    assert_eq!(found, PATTERNS.map(|(text, ..)| text).into());
}
