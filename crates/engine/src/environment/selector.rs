//! Kubernetes label selectors, in the notation of `kubectl -l`.

use std::{fmt, str::FromStr};

use mesh_text::words::say;
use serde_json::Value;

use crate::model::{TextMap, excerpt, object};

/// A selector of label sets; an empty selector selects all.
///
/// The syntax is that of `kubectl -l`: `key=value`, `key!=value`, `key in (a, b)`, `key notin (a, b)`, `key` (exists)
/// and `!key` (does not exist), joined by commas. These are the `matchLabels` and `matchExpressions` of a mesh
/// document's `namespaceSelector`.
///
/// ```
/// use app_mesh_engine::{environment::LabelSelector, model::TextMap};
/// let selector: LabelSelector = "mesh=colors, tier in (web, api)".parse().unwrap();
/// let labels = TextMap::from_iter([("mesh".into(), "colors".into()), ("tier".into(), "web".into())]);
/// assert!(selector.selects(&labels));
/// assert!(!selector.selects(&TextMap::new()));
/// assert_eq!(selector.to_string(), "mesh in (colors), tier in (web, api)");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

impl LabelSelector {
    /// Parses the selector of a manifest: `matchLabels` and `matchExpressions`. `None` if it is absent and thus
    /// selects nothing.
    ///
    /// # Errors
    /// Returns an error if a key or a value is not valid for a label.
    pub fn from_manifest(selector: &Value) -> Result<Option<Self>, SelectorError> {
        let Some(members) = selector.as_object() else { return Ok(None) };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut requirements = Vec::new();
        for (key, value) in members.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
            requirements.push((key.clone(), Operator::In(vec![label_value(&text(value))?])));
        }
        for expression in members.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
            let mut values = Vec::new();
            for value in expression["values"].as_array().into_iter().flatten() {
                values.push(label_value(&text(value))?);
            }
            let operator = match expression["operator"].as_str() {
                Some("In") => Operator::In(values),
                Some("NotIn") => Operator::NotIn(values),
                Some("DoesNotExist") => Operator::DoesNotExist,
                _ => Operator::Exists,
            };
            requirements.push((expression["key"].as_str().unwrap_or_default().to_owned(), operator));
        }
        match requirements.iter().find(|(key, _)| !is_key(key)) {
            Some((key, _)) => Err(SelectorError::Key(key.clone())),
            None => Ok(Some(Self(
                requirements.into_iter().map(|(key, operator)| Requirement { key, operator }).collect(),
            ))),
        }
    }

    /// Returns the selector as manifests write it: one value as `matchLabels`, everything else as `matchExpressions`.
    pub fn to_manifest(&self) -> Value {
        let mut labels = serde_json::Map::new();
        let mut expressions = Vec::new();
        for Requirement { key, operator } in &self.0 {
            let (word, values) = match operator {
                Operator::In(values) => {
                    if let [one] = &**values {
                        labels.insert(key.clone(), Value::from(&**one));
                        continue;
                    }
                    ("In", Some(values))
                }
                Operator::NotIn(values) => ("NotIn", Some(values)),
                Operator::Exists => ("Exists", None),
                Operator::DoesNotExist => ("DoesNotExist", None),
            };
            let values = values.map(|values| values.iter().map(|value| Value::from(&**value)).collect());
            let values = values.map(Value::Array);
            expressions.push(object(&[("key", key), ("operator", &word), ("values", &values)]));
        }
        let labels = (!labels.is_empty()).then_some(Value::Object(labels));
        let expressions = (!expressions.is_empty()).then_some(Value::Array(expressions));
        object(&[("matchExpressions", &expressions), ("matchLabels", &labels)])
    }

    /// Returns whether these labels are selected.
    pub fn selects(&self, labels: &TextMap) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            match &requirement.operator {
                Operator::In(values) => value.is_some_and(|value| values.contains(value)),
                Operator::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}

/// Reason why a string is not a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorError {
    /// A key is missing or has characters that labels cannot have.
    Key(String),
    /// A value has characters that labels cannot have.
    Value(String),
    /// The parentheses of `in` or `notin` are missing, empty or not closed.
    List(String),
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(&say(
                "`{0}` is not a label key; write for example app=web, tier in (a, b), or !legacy",
                &[&excerpt(key)],
            )),
            Self::Value(value) => f.write_str(&say(
                "`{0}` is not a label value; use at most 63 letters, digits, hyphens, underscores and dots",
                &[&excerpt(value)],
            )),
            Self::List(key) => f.write_str(&say(
                "the values after `{0}` need parentheses, as in tier in (web, api)",
                &[&excerpt(key)],
            )),
        }
    }
}

impl FromStr for LabelSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let mut requirements = Vec::new();
        for part in split_outside_parentheses(text) {
            if !part.trim().is_empty() {
                requirements.push(requirement(part.trim())?);
            }
        }
        Ok(Self(requirements))
    }
}

/// Splits at commas that are outside parentheses.
fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (i, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn requirement(text: &str) -> Result<Requirement, SelectorError> {
    let make = |key: &str, operator| match is_key(key.trim()) {
        true => Ok(Requirement { key: key.trim().to_owned(), operator }),
        false => Err(SelectorError::Key(key.trim().to_owned())),
    };
    if let Some(key) = text.strip_prefix('!') {
        return make(key, Operator::DoesNotExist);
    }
    if let Some((key, value)) = text.split_once("!=") {
        return make(key, Operator::NotIn(vec![label_value(value)?]));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return make(key, Operator::In(vec![label_value(value)?]));
    }
    for (word, is_in) in [(" notin ", false), (" notin(", false), (" in ", true), (" in(", true)] {
        if let Some(at) = text.find(word) {
            let key = &text[..at];
            let list = text[at + word.trim_end_matches('(').len()..].trim();
            let list = list.strip_prefix('(').and_then(|list| list.strip_suffix(')'));
            let values = list.ok_or_else(|| SelectorError::List(key.trim().to_owned()))?;
            let mut labels = Vec::new();
            for value in values.split(',') {
                labels.push(label_value(value)?);
            }
            return make(key, if is_in { Operator::In(labels) } else { Operator::NotIn(labels) });
        }
    }
    make(text, Operator::Exists)
}

fn label_value(text: &str) -> Result<String, SelectorError> {
    let value = text.trim();
    if value.len() <= 63 && value.chars().all(is_label_character) {
        Ok(value.to_owned())
    } else {
        Err(SelectorError::Value(value.to_owned()))
    }
}

fn is_key(key: &str) -> bool {
    (1..=317).contains(&key.len())
        && key.chars().all(|character| is_label_character(character) || character == '/')
}

fn is_label_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Requirement { key, operator }) in self.0.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            match operator {
                Operator::In(values) => write!(f, "{key} in ({})", values.join(", "))?,
                Operator::NotIn(values) => write!(f, "{key} notin ({})", values.join(", "))?,
                Operator::Exists => f.write_str(key)?,
                Operator::DoesNotExist => write!(f, "!{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, labels: &[(&str, &str)], expected: bool) {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(selector.parse::<LabelSelector>().map(|selector| selector.selects(&labels)), Ok(expected));
    }

    #[test]
    fn selects_as_kubernetes_does() {
        check("", &[], true);
        check("", &[("a", "b")], true);
        check("a=b", &[("a", "b")], true);
        check("a==b", &[("a", "c")], false);
        check("a!=b", &[], true);
        check("a!=b", &[("a", "b")], false);
        check("a in (b, c)", &[("a", "c")], true);
        check("a in(b)", &[], false);
        check("a notin (b, c)", &[("a", "c")], false);
        check("a notin (b)", &[], true);
        check("a", &[("a", "")], true);
        check("!a", &[("a", "")], false);
        check("a=b,!c , d in (e,f)", &[("a", "b"), ("d", "f")], true);
        check("app.kubernetes.io/name=web", &[("app.kubernetes.io/name", "web")], true);
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, expected) in [
            ("=b", SelectorError::Key(String::new())),
            ("a b", SelectorError::Key("a b".into())),
            ("a=b c", SelectorError::Value("b c".into())),
            ("a in b", SelectorError::List("a".into())),
            ("a in (b", SelectorError::List("a".into())),
            ("!", SelectorError::Key(String::new())),
            ("a=ä", SelectorError::Value("ä".into())),
        ] {
            assert_eq!(text.parse::<LabelSelector>(), Err(expected), "{text}");
        }
    }
}
