//! Converts the members of a document to the input of a `Create…` operation, guided by the declarations.
//!
//! CloudFormation capitalizes members differently (`AWSCloudMap` for `awsCloudMap`) and lets numbers be strings; both
//! are corrected here. Every key yields a [`Note`].

use app_mesh_engine::model::{Declared, Kind, Shape, TagList, excerpt, join};
use mesh_text::json::compact;
use mesh_text::words::{say, t};
use serde_json::{Map, Value};

use super::{Disposition, Note};

/// Returns the members of an input that name a resource of `kind`: its own name, and those above it.
fn names(kind: Kind) -> Vec<&'static str> {
    let kinds = [Some(Kind::Mesh), kind.declaration().parent, Some(kind)].into_iter().flatten();
    kinds.map(|kind| kind.declaration().name_member).chain(["meshOwner"]).collect()
}

/// Returns the input of an operation on `kind`, from the properties found at `path`.
pub(super) fn input(kind: Kind, properties: &Map<String, Value>, path: &str, notes: &mut Vec<Note>) -> Value {
    let declaration = kind.declaration();
    let mut input = Map::new();
    let names = names(kind);
    for (key, value) in properties {
        let at = join(path, key);
        let mut put = |name: &str, shape: &Shape| {
            input.insert(name.to_owned(), convert(shape, value, &at, notes));
        };
        let text = Shape::Text { min: 0, max: usize::MAX, pattern: None };
        if let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(key)) {
            put(name, &text);
        } else if key.eq_ignore_ascii_case("spec") {
            put("spec", declaration.spec);
        } else if key.eq_ignore_ascii_case("tags") {
            put("tags", TagList::SHAPE);
        } else {
            let reason = match key.as_str() {
                "metadata" | "status" | "arn" | "uid" | "version" | "createdAt" | "lastUpdatedAt"
                | "resourceOwner" => t("the service makes its own").to_owned(),
                "clientToken" => t("a new token is not needed here").to_owned(),
                _ => say("not a member of a {0}", &[t(declaration.words)]),
            };
            notes.push(Note { path: at, disposition: Disposition::Ignored, reason });
        }
    }
    Value::Object(input)
}

/// Returns CloudFormation's message for each property that a resource type does not have, in the order of the template.
/// Case does not count, as in [`input`].
pub(super) fn extraneous(kind: Kind, properties: &Map<String, Value>) -> Vec<String> {
    let mut messages = Vec::new();
    let declaration = kind.declaration();
    let names = names(kind);
    for (key, value) in properties {
        let has = |name: &str| name.eq_ignore_ascii_case(key);
        if has("spec") {
            extraneous_members(declaration.spec, value, "#/Spec", &mut messages);
        } else if has("tags") {
            extraneous_members(TagList::SHAPE, value, "#/Tags", &mut messages);
        } else if !names.iter().any(|name| has(name)) {
            messages.push(extraneous_key("#", key));
        }
    }
    messages
}

fn extraneous_members(shape: &Shape, value: &Value, path: &str, messages: &mut Vec<String>) {
    match (shape, value) {
        (Shape::Structure(structure), Value::Object(object)) => {
            for (key, value) in object {
                match structure.member(key).or_else(|| structure.member_in_any_case(key)) {
                    Some(member) => {
                        extraneous_members(member.shape, value, &[path, "/", key].concat(), messages);
                    }
                    None => messages.push(extraneous_key(path, key)),
                }
            }
        }
        (Shape::List { of, .. }, Value::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                extraneous_members(of, item, &format!("{path}/{i}"), messages);
            }
        }
        _ => {}
    }
}

fn extraneous_key(path: &str, key: &str) -> String {
    [path, ": extraneous key [", &*excerpt(key), "] is not permitted"].concat()
}

/// Converts a value to the API's spelling and types. A value that cannot be converted stays unchanged, so that the
/// declarations refuse it with its path.
fn convert(shape: &Shape, value: &Value, path: &str, notes: &mut Vec<Note>) -> Value {
    match (shape, value) {
        (Shape::Structure(structure), Value::Object(object)) => {
            let mut converted = Map::new();
            for (key, value) in object {
                let at = join(path, key);
                match structure.member(key).or_else(|| structure.member_in_any_case(key)) {
                    Some(member) => {
                        converted.insert(member.name.to_owned(), convert(member.shape, value, &at, notes));
                    }
                    None => notes.push(Note {
                        path: at,
                        disposition: Disposition::Ignored,
                        reason: say("{0} has no such member", &[structure.name]),
                    }),
                }
            }
            if object.is_empty() {
                kept(path, value, notes);
            }
            Value::Object(converted)
        }
        (Shape::List { of, .. }, Value::Array(items)) => {
            if items.is_empty() {
                kept(path, value, notes);
            }
            let items = items.iter().enumerate();
            Value::Array(items.map(|(i, item)| convert(of, item, &format!("{path}[{i}]"), notes)).collect())
        }
        (Shape::Integer { .. }, Value::String(text)) => match text.trim().parse::<i64>() {
            Ok(number) => guessed(path, Value::from(number), t("the text was read as a number"), notes),
            Err(_) => kept(path, value, notes),
        },
        (Shape::Boolean, Value::String(text)) => match text.trim().to_ascii_lowercase().parse::<bool>() {
            Ok(truth) => guessed(path, Value::from(truth), t("the text was read as true or false"), notes),
            Err(_) => kept(path, value, notes),
        },
        (Shape::Text { .. } | Shape::Choice(_), Value::Number(_) | Value::Bool(_)) => {
            guessed(path, Value::from(compact(value)), t("the value was read as text"), notes)
        }
        _ => kept(path, value, notes),
    }
}

fn kept(path: &str, value: &Value, notes: &mut Vec<Note>) -> Value {
    let reason = match value {
        Value::String(text) => excerpt(text),
        other => excerpt(&compact(other)),
    };
    notes.push(Note { path: path.to_owned(), disposition: Disposition::Kept, reason });
    value.clone()
}

fn guessed(path: &str, value: Value, reason: &str, notes: &mut Vec<Note>) -> Value {
    let reason = [reason, ": ", &*excerpt(&compact(&value))].concat();
    notes.push(Note { path: path.to_owned(), disposition: Disposition::Guessed, reason });
    value
}
