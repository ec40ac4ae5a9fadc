//! `kubectl describe`: an object with all its members, and its events.

use app_mesh_engine::{environment::text_map, world::World};
use mesh_documents::kubernetes::Proxies;
use serde_json::Value;

use super::{
    items::{Item, event_reason},
    print::{age, containers},
};

/// Returns the description of one object.
pub(super) fn describe(world: &World, item: &Item, now: i64) -> String {
    let mut text = String::new();
    let metadata = &item.value["metadata"];
    let mut rows = vec![("Name", item.name.to_string())];
    if !item.namespace.is_empty() {
        rows.push(("Namespace", item.namespace.to_string()));
    }
    rows.push(("Labels", lines(&metadata["labels"], "=")));
    rows.push(("Annotations", lines(&metadata["annotations"], ": ")));
    if item.is_terminating {
        rows.push(("Status", "Terminating".to_owned()));
    }
    if &*item.kind == "Pod" {
        rows.push(("Status", "Running".to_owned()));
        rows.push(("IP", item.value["status"]["podIP"].as_str().unwrap_or_default().to_owned()));
        let proxies = Proxies::of(&world.environment.cluster);
        let pod = item.kept.as_ref().map(|pod| containers(&proxies, &item.namespace, pod));
        rows.push(("Containers", pod.unwrap_or_default().join(",")));
    } else {
        rows.push(("API Version", item.api_version.clone()));
        rows.push(("Kind", item.kind.to_string()));
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default() + 3;
    for (name, value) in rows {
        let label = [name, ":"].concat();
        text.push_str(&format!("{label:<width$}{}\n", value.replace('\n', &format!("\n{:width$}", ""))));
    }
    for part in ["metadata", "spec", "data", "status"] {
        let mut value = item.value[part].clone();
        if let (Value::Object(members), "metadata") = (&mut value, part) {
            for name in ["name", "namespace", "labels", "annotations"] {
                members.remove(name);
            }
        }
        if value.as_object().is_some_and(|members| !members.is_empty()) {
            text.push_str(&[&*title(part), ":\n"].concat());
            tree(&value, 1, &mut text);
        }
    }
    text.push_str(&events(item, now));
    text
}

/// Formats labels, one per line.
fn lines(labels: &Value, mark: &str) -> String {
    let labels: Vec<_> = text_map(labels).iter().map(|(key, value)| [key, mark, value].concat()).collect();
    if labels.is_empty() { "<none>".to_owned() } else { labels.join("\n") }
}

fn events(item: &Item, now: i64) -> String {
    let Some(kept) = item.kept.as_ref().filter(|kept| !kept.reason.is_empty()) else {
        return "Events:  <none>\n".to_owned();
    };
    let age = age(now - kept.created_at);
    let from = match event_reason(kept) {
        "FailedCreate" => "replicaset-controller".to_owned(),
        _ => item.kind.to_ascii_lowercase(),
    };
    let reason = event_reason(kept);
    let (reason_width, from_width) = (reason.len().max(6), from.len().max(4));
    format!(
        "Events:\n  Type     {:<reason_width$}  Age   {:<from_width$}  Message\n  ----     {:<reason_width$}  ----  {:<from_width$}  -------\n  Warning  {reason:<reason_width$}  {age:<4}  {from:<from_width$}  {}\n",
        "Reason", "From", "------", "----", kept.reason
    )
}

/// Converts `awsName` to `Aws Name`, and `uid` to `UID`. A name with other characters, such as a digit, stays.
fn title(name: &str) -> String {
    const ACRONYMS: [&str; 5] = ["API", "GUID", "OSB", "UID", "URL"];
    if name.chars().any(|letter| !letter.is_alphabetic() && letter != '-') {
        return name.to_owned();
    }
    let words = words(name);
    let words = words.split(' ').map(|word| {
        let upper = word.to_ascii_uppercase();
        if ACRONYMS.contains(&&*upper) { upper } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn words(name: &str) -> String {
    let mut text = String::new();
    let mut was_upper = true;
    for (at, letter) in name.char_indices() {
        if at == 0 {
            text.extend(letter.to_uppercase());
            continue;
        }
        if letter.is_uppercase() && !was_upper {
            text.push(' ');
        }
        was_upper = letter.is_uppercase();
        text.push(letter);
    }
    text
}

fn tree(value: &Value, depth: usize, text: &mut String) {
    let Value::Object(members) = value else { return };
    let indent = "  ".repeat(depth);
    let width = members.iter().filter(|(_, value)| !is_nested(value)).map(|(name, _)| title(name).len());
    let width = width.max().unwrap_or_default() + 3;
    for (name, value) in members {
        let label = [&*title(name), ":"].concat();
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push_str(&[&*indent, &label, "\n"].concat());
                tree(value, depth + 1, text);
            }
            Value::Array(items) if items.iter().any(is_nested) => {
                text.push_str(&[&*indent, &label, "\n"].concat());
                for item in items {
                    match item {
                        Value::Object(_) => tree(item, depth + 1, text),
                        other => text.push_str(&[&*indent, "  ", &shown(other), "\n"].concat()),
                    }
                }
            }
            Value::Array(items) if !items.is_empty() => {
                text.push_str(&[&*indent, &label, "\n"].concat());
                for item in items {
                    text.push_str(&[&*indent, "  ", &shown(item), "\n"].concat());
                }
            }
            other => text.push_str(&format!("{indent}{label:<width$}{}\n", shown(other))),
        }
    }
}

fn is_nested(value: &Value) -> bool {
    matches!(value, Value::Object(members) if !members.is_empty())
        || matches!(value, Value::Array(items) if !items.is_empty())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Object(_) | Value::Array(_) => "<none>".to_owned(),
        other => other.to_string(),
    }
}
