//! `Fn::ForEach` of `AWS::LanguageExtensions`: loops over resources, outputs, conditions and properties, expanded
//! before the template is resolved.
//!
//! Source: the CloudFormation user guide, page "Fn::ForEach".

use std::pin::Pin;

use crate::open::RESOURCE;
use mesh_text::{
    job::{Pace, at_once},
    words::{say, t},
};
use serde_json::{Map, Value};

use super::resolve::Resolver;

/// The prefix of a loop's name; the rest makes the name unique.
pub(super) const FOR_EACH: &str = "Fn::ForEach::";

/// Returns whether a value contains a loop at any depth.
pub(super) fn has_loops(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_loops),
        Value::Object(members) => {
            members.iter().any(|(name, member)| is_loop(name, member) || has_loops(member))
        }
        _ => false,
    }
}

/// Returns whether a member of an object is a valid loop.
pub(super) fn is_loop(name: &str, argument: &Value) -> bool {
    name.starts_with(FOR_EACH) && argument.as_array().is_some_and(|argument| argument.len() == 3)
}

impl Resolver<'_> {
    /// Expands the loops in a section of the template, in slices.
    pub(super) async fn expanded_section(&mut self, section: &Value, pace: &Pace) -> Value {
        let Value::Object(members) = section else { return self.expanded(section) };
        if !self.enter() {
            return Value::Null;
        }
        let mut expanded = Map::new();
        for (name, member) in members {
            let outer = self.step_into(name);
            match is_loop(name, member) {
                true => self.write_out(member, &mut expanded, pace).await,
                false => {
                    let member = self.expanded(member);
                    self.put(name.clone(), member, &mut expanded);
                }
            }
            self.path.truncate(outer);
            pace.work(RESOURCE).await;
        }
        self.depth -= 1;
        Value::Object(expanded)
    }

    /// Expands the loops in a value.
    pub(super) fn expanded(&mut self, value: &Value) -> Value {
        if !self.enter() {
            return Value::Null;
        }
        let expanded = match value {
            Value::Array(items) => {
                let mut expanded = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let outer = self.step_into_item(index);
                    expanded.push(self.expanded(item));
                    self.path.truncate(outer);
                }
                Value::Array(expanded)
            }
            Value::Object(members) => {
                let mut expanded = Map::new();
                for (name, member) in members {
                    let outer = self.step_into(name);
                    match is_loop(name, member) {
                        true => {
                            let (this, expanded) = (&mut *self, &mut expanded);
                            at_once(|pace| async move { this.write_out(member, expanded, &pace).await });
                        }
                        false => {
                            let member = self.expanded(member);
                            self.put(name.clone(), member, &mut expanded);
                        }
                    }
                    self.path.truncate(outer);
                }
                Value::Object(expanded)
            }
            _ => value.clone(),
        };
        self.depth -= 1;
        expanded
    }

    /// Expands one loop into the members of the enclosing object.
    fn write_out<'w>(
        &'w mut self,
        argument: &'w Value,
        into: &'w mut Map<String, Value>,
        pace: &'w Pace,
    ) -> Pin<Box<dyn Future<Output = ()> + 'w>> {
        // Boxed, because loops can be nested.
        Box::pin(self.write_out_items(argument, into, pace))
    }

    async fn write_out_items(&mut self, argument: &Value, into: &mut Map<String, Value>, pace: &Pace) {
        let (Some([Value::String(name), collection, Value::Object(body)]), true) =
            (argument.as_array().map(Vec::as_slice), self.grow(8))
        else {
            return self.fail(&[t(
                "a loop is a list of three: a name for the item, a list of items, and an object with what to write out",
            )]);
        };
        let Some(Value::Array(items)) = self.value(collection) else {
            return self.fail(&[t("a loop goes over a list of texts")]);
        };
        for item in &items {
            let Some(item) = super::scalar_text(item) else {
                return self.fail(&[t("a loop goes over a list of texts")]);
            };
            for (key, member) in body {
                let member = self.filled_in(member, name, &item);
                let key = filled_in(key, name, &item);
                match key.starts_with(FOR_EACH) {
                    true => self.write_out(&member, into, pace).await,
                    false => {
                        let member = self.expanded(&member);
                        self.put(key, member, into);
                    }
                }
                pace.work(RESOURCE).await;
            }
        }
    }

    fn put(&mut self, name: String, value: Value, into: &mut Map<String, Value>) {
        if into.contains_key(&name) {
            self.fail(&[&say(
                "`{0}` is there more than once; let its name contain the item of the loop",
                &[&name],
            )]);
        }
        into.insert(name, value);
    }

    /// Replaces the loop variable with the item: `${Name}`, `&{Name}` and `Ref: Name`.
    fn filled_in(&mut self, value: &Value, name: &str, item: &str) -> Value {
        if !self.enter() {
            return Value::Null;
        }
        self.grow(8);
        let filled = match value {
            Value::String(text) => {
                let text = filled_in(text, name, item);
                self.grow(text.len());
                Value::String(text)
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|value| self.filled_in(value, name, item)).collect())
            }
            Value::Object(members)
                if members.len() == 1 && members.get("Ref") == Some(&Value::from(name)) =>
            {
                self.grow(item.len());
                Value::from(item)
            }
            Value::Object(members) => {
                let mut filled = Map::new();
                for (key, member) in members {
                    let member = self.filled_in(member, name, item);
                    let key = filled_in(key, name, item);
                    self.grow(key.len());
                    self.put(key, member, &mut filled);
                }
                Value::Object(filled)
            }
            _ => value.clone(),
        };
        self.depth -= 1;
        filled
    }
}

/// Replaces `${Name}` with the item, and `&{Name}` with only its letters and digits, as logical ids require.
fn filled_in(text: &str, name: &str, item: &str) -> String {
    if !text.contains("{") {
        return text.to_owned();
    }
    let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace(&["${", name, "}"].concat(), item).replace(&["&{", name, "}"].concat(), &plain)
}
