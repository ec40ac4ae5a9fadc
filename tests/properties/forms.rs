//! The form of a spec shows every valid value and can create it.

use mesh_playground::{
    model::{Kind, Shape},
    view_model::{Change, Control, FormField, change, form},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{config, specs::any_spec};

fn any_kind_and_spec() -> impl Strategy<Value = (Kind, Value)> {
    prop::sample::select(&Kind::ALL[..])
        .prop_flat_map(|kind| any_spec(kind).prop_map(move |spec| (kind, spec)))
}

/// Collects the values shown in text and choice controls, each with its path.
fn shown(items: &[FormField], found: &mut Vec<(String, String)>) {
    for item in items {
        match &item.control {
            Control::Text { value, .. } => found.push((item.path.clone(), value.clone())),
            Control::Choice { words, chosen: Some(chosen), items, .. } if items.is_empty() => {
                found.push((item.path.clone(), words[*chosen].to_owned()));
            }
            _ => {}
        }
        shown(item.items(), found);
    }
}

/// A user who wants to enter a value, and makes one change after another to the draft.
struct User {
    of: &'static Shape,
    draft: Value,
}

impl User {
    fn does(&mut self, path: &str, made: Change) {
        change(self.of, &mut self.draft, path, made);
    }

    fn items(&self, path: &str) -> usize {
        let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
        self.draft.pointer(&pointer).and_then(Value::as_array).map_or(0, Vec::len)
    }

    fn wants(&mut self, shape: &'static Shape, value: &Value, path: &str) {
        match (shape, value) {
            (Shape::Structure(structure), Value::Object(members)) => {
                let rivals: Vec<_> = structure.rivals().iter().map(|member| member.name).collect();
                let rival = rivals.iter().copied().find(|name| members.contains_key(*name));
                match rival {
                    Some(rival) if rivals.len() == structure.members.len() => {
                        self.does(path, Change::Choose(Some(rival)));
                    }
                    Some(rival) => {
                        self.does(path, Change::Switch(true));
                        self.does(&format!("{path}?"), Change::Choose(Some(rival)));
                    }
                    None => self.does(path, Change::Switch(true)),
                }
                // The protocol of a listener comes first, as in the form, because the rest of the listener depends on
                // it.
                let mut members_in_order: Vec<_> = structure.members.iter().collect();
                members_in_order.sort_by_key(|member| member.name != "portMapping");
                for member in members_in_order {
                    let path = format!("{path}.{}", member.name);
                    let path = path.trim_start_matches('.');
                    match members.get(member.name) {
                        Some(value) => self.wants(member.shape, value, path),
                        // A duration starts with a default unit.
                        None if (structure.name, member.name) == ("Duration", "unit") => {
                            self.does(path, Change::Choose(None));
                        }
                        None => {}
                    }
                }
            }
            (Shape::List { of, .. }, Value::Array(items)) => {
                if items.is_empty() {
                    self.does(path, Change::Add);
                    self.does(path, Change::Remove(0));
                }
                for (i, item) in items.iter().enumerate() {
                    if self.items(path) <= i {
                        self.does(path, Change::Add);
                    }
                    self.wants(of, item, &format!("{path}[{i}]"));
                }
            }
            (Shape::Choice(words), Value::String(word)) => {
                self.does(path, Change::Choose(words.iter().copied().find(|known| known == word)));
            }
            (_, Value::Bool(true)) => self.does(path, Change::Choose(Some("true"))),
            (_, Value::Bool(false)) => self.does(path, Change::Choose(Some("false"))),
            (_, Value::String(text)) => self.does(path, Change::Type(text.clone())),
            (_, other) => self.does(path, Change::Type(other.to_string())),
        }
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_form_shows_every_value((kind, spec) in any_kind_and_spec()) {
        let mut found = Vec::new();
        shown(&form(kind.declaration().spec, &spec, "spec", None), &mut found);
        let mut leaves = Vec::new();
        fn walk(value: &Value, path: String, leaves: &mut Vec<(String, String)>) {
            match value {
                Value::Object(members) => members.iter().for_each(|(name, value)| walk(value, format!("{path}.{name}"), leaves)),
                Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| walk(value, format!("{path}[{i}]"), leaves)),
                Value::String(text) => leaves.push((path, text.clone())),
                other => leaves.push((path, other.to_string())),
            }
        }
        walk(&spec, "spec".to_owned(), &mut leaves);
        for leaf in leaves {
            prop_assert!(found.contains(&leaf), "{leaf:?} of {spec} is not in the form");
        }
    }

    #[test]
    fn a_form_can_make_every_spec((kind, spec) in any_kind_and_spec()) {
        let shape = kind.declaration().spec;
        let mut user = User { of: shape, draft: json!({}) };
        user.wants(shape, &spec, "");
        prop_assert_eq!(user.draft, without_empty(shape, &spec, true).unwrap_or(json!({})));
    }
}

/// Returns the value without empty optional strings, which a form treats as absent.
fn without_empty(shape: &'static Shape, value: &Value, is_required: bool) -> Option<Value> {
    match (shape, value) {
        (Shape::Structure(structure), Value::Object(members)) => {
            let members = structure.members.iter().filter_map(|member| {
                let value = without_empty(member.shape, members.get(member.name)?, member.required)?;
                Some((member.name.to_owned(), value))
            });
            Some(Value::Object(members.collect()))
        }
        (Shape::List { of, .. }, Value::Array(items)) => {
            Some(items.iter().filter_map(|item| without_empty(of, item, true)).collect())
        }
        (_, Value::String(text)) if text.is_empty() && !is_required => None,
        _ => Some(value.clone()),
    }
}
