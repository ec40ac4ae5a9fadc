//! Resolves values: replaces intrinsic functions with their results.

use crate::cloudformation::{Disposition, scalar_text};
use mesh_text::words::{english, say, t};
use serde_json::{Map, Value};

use super::{Resolver, call, items};

/// An intrinsic function that is allowed in a property or condition.
struct Function {
    name: &'static str,
    /// Number of string arguments, and whether a list follows them. A function with one argument takes it directly; a
    /// function with several takes a list of them.
    texts: usize,
    list: bool,
    /// Description of the expected arguments, for the error message.
    expected: &'static str,
}

const fn function(name: &'static str, texts: usize, list: bool, expected: &'static str) -> Function {
    Function { name, texts, list, expected }
}

/// The functions of CloudFormation. Those without arguments here check their own arguments, or ignore them.
static FUNCTIONS: [Function; 19] = [
    function("Ref", 0, false, english("the name of a parameter or resource")),
    function("Fn::And", 0, false, ""),
    function("Fn::Base64", 1, false, ""),
    function("Fn::Cidr", 0, false, ""),
    function("Fn::Equals", 0, false, ""),
    function("Fn::FindInMap", 3, false, english("a list: the name of a mapping and two keys")),
    function("Fn::GetAZs", 1, false, ""),
    function(
        "Fn::GetAtt",
        0,
        false,
        english("a resource and one of its attributes: `Mesh.MeshName`, or both in a list"),
    ),
    function("Fn::If", 0, false, english("a list: a condition's name and two values")),
    function("Fn::ImportValue", 1, false, ""),
    function("Fn::Join", 1, true, english("a list: the text between, and a list of values")),
    function("Fn::Length", 0, true, english("a list")),
    function("Fn::Not", 0, false, ""),
    function("Fn::Or", 0, false, ""),
    function("Fn::Select", 1, true, english("a list: an index from 0, and a list of values")),
    function(
        "Fn::Split",
        2,
        false,
        english("a list: the text to split at, which is not empty, and the text to split"),
    ),
    function("Fn::Sub", 0, false, english("text, or a list of text and an object of variables")),
    function("Fn::ToJsonString", 0, false, ""),
    function("Fn::Transform", 0, false, ""),
];

impl Resolver<'_> {
    /// Resolves the functions in a value. Returns `None` for `AWS::NoValue` or on an error.
    pub(in crate::cloudformation) fn value(&mut self, value: &Value) -> Option<Value> {
        if !self.enter() {
            return None;
        }
        let resolved = match (call(value), value) {
            (Some((function, argument)), _) => self.call(function, argument),
            (None, Value::String(text)) => self.text(text.clone()),
            (None, Value::Array(items)) => {
                self.grow(8);
                let mut resolved = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let outer = self.step_into_item(index);
                    if let Some(item) = self.value(item) {
                        resolved.push(item);
                    }
                    self.path.truncate(outer);
                }
                Some(Value::Array(resolved))
            }
            (None, Value::Object(members)) => Some(self.members(members)),
            (None, Value::Null | Value::Bool(_) | Value::Number(_)) => {
                self.grow(8);
                Some(value.clone())
            }
        };
        self.depth -= 1;
        resolved
    }

    fn members(&mut self, members: &Map<String, Value>) -> Value {
        let mut resolved = Map::new();
        for (name, member) in members {
            if name == "Fn::Transform" {
                self.note(
                    Disposition::Ignored,
                    &[t("macros are not run; what this one would add is missing")],
                );
                continue;
            }
            if name.starts_with("Fn::") {
                self.fail(&[&say(
                    "`{0}` must be the only member of its object; move the others out",
                    &[name],
                )]);
            }
            let outer = self.step_into(name);
            self.grow(name.len() + 8);
            if let Some(mut value) = self.value(member) {
                if let Some(own_name) = value.as_str().and_then(name_in_arn)
                    && name.ends_with("Name")
                {
                    self.guess(&[t("this is an ARN where a name belongs; the name at its end is used")]);
                    value = Value::from(own_name);
                }
                resolved.insert(name.clone(), value);
            }
            self.path.truncate(outer);
        }
        Value::Object(resolved)
    }

    /// Returns the result of a function call.
    fn call(&mut self, name: &str, argument: &Value) -> Option<Value> {
        let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
            self.unknown_function(name, &FUNCTIONS.each_ref().map(|function| function.name));
            return None;
        };
        let wanted = function.texts + usize::from(function.list);
        let given = if wanted == 1 { std::slice::from_ref(argument) } else { items(argument) };
        if given.len() < wanted || given.len() > wanted && wanted == 2 {
            self.arguments(name, function.expected);
            return None;
        }
        let mut texts = [const { String::new() }; 3];
        for (text, given) in texts.iter_mut().zip(&given[..function.texts]) {
            *text = self.scalar(name, given);
        }
        let [first, second, third] = texts;
        let mut list = Vec::new();
        if function.list {
            match self.value(&given[function.texts]) {
                Some(Value::Array(values)) => list = values,
                _ => self.arguments(name, function.expected),
            }
        }
        match name {
            "Ref" => match argument {
                Value::String(name) => return self.reference(name, None),
                _ => self.arguments(name, function.expected),
            },
            "Fn::GetAtt" => match (argument, given) {
                (_, [Value::String(resource), attribute]) => {
                    let attribute = self.scalar(name, attribute);
                    return self.reference(resource, Some(&attribute));
                }
                (Value::String(text), _) if text.contains('.') => {
                    let (resource, attribute) = resource_and_attribute(text);
                    return self.reference(resource, attribute);
                }
                _ => self.arguments(name, function.expected),
            },
            "Fn::Sub" => match (argument, given) {
                (Value::String(text), _) | (_, [Value::String(text)]) => {
                    return self.substitute(text, &Map::new());
                }
                (_, [Value::String(text), Value::Object(variables)]) => {
                    return self.substitute(text, variables);
                }
                _ => self.arguments(name, function.expected),
            },
            "Fn::If" => match given {
                [Value::String(condition), yes, no] => {
                    let chosen = if self.condition(condition) { yes } else { no };
                    return self.value(chosen);
                }
                _ => self.arguments(name, function.expected),
            },
            "Fn::Join" => return self.join(&first, list),
            "Fn::Select" => match first.parse::<usize>() {
                Ok(index) if index < list.len() => return Some(list.swap_remove(index)),
                Ok(index) => {
                    let (index, length) = (index.to_string(), list.len().to_string());
                    self.fail(&[&say(
                        "`Fn::Select` asks for item {0}, counted from 0, of a list that has {1}",
                        &[&index, &length],
                    )]);
                }
                Err(_) => self.arguments(name, function.expected),
            },
            "Fn::Split" => {
                if first.is_empty() {
                    self.arguments(name, function.expected);
                    return None;
                }
                let mut parts = Vec::new();
                for part in second.split(&first) {
                    parts.push(Value::from(part));
                }
                self.grow(second.len() + 24 * parts.len());
                return Some(Value::Array(parts));
            }
            "Fn::FindInMap" => return self.find_in_map([&first, &second, &third], given.get(3)),
            "Fn::Base64" => {
                self.guess(&[t("the text is left as it is, not encoded")]);
                return Some(Value::String(first));
            }
            "Fn::Length" => return Some(Value::from(list.len())),
            "Fn::ToJsonString" => {
                let value = self.value(argument).unwrap_or(Value::Null);
                return self.text(mesh_text::json::compact(&value));
            }
            "Fn::ImportValue" => {
                return self.import(first);
            }
            "Fn::GetAZs" => {
                self.guess(&[t(
                    "the availability zones of the account are not known; the first three are used",
                )]);
                let region = if first.is_empty() { &self.pseudo.region } else { &first };
                let mut zones = Vec::new();
                for zone in ["a", "b", "c"] {
                    zones.push(Value::String([region, zone].concat()));
                }
                self.grow(3 * region.len() + 24);
                return Some(Value::Array(zones));
            }
            "Fn::Cidr" | "Fn::Transform" => {
                self.guess(&[t("this function is not run here; its name stands for what it gives")]);
                return self.text(name.to_owned());
            }
            _ => self.fail(&[&say(
                "`{0}` decides a condition; move it to `Conditions` and use `Fn::If` here",
                &[name],
            )]),
        }
        None
    }

    fn substitute(&mut self, text: &str, variables: &Map<String, Value>) -> Option<Value> {
        let mut known = Map::new();
        for (name, value) in variables {
            let value = self.scalar("Fn::Sub", value);
            known.insert(name.clone(), Value::String(value));
        }
        let mut whole = String::new();
        for (before, name) in pieces(text) {
            whole.push_str(before);
            let Some(name) = name else { continue };
            match known.get(name).and_then(Value::as_str) {
                Some(value) => {
                    if !self.grow(value.len()) {
                        return None;
                    }
                    whole.push_str(value);
                }
                None => {
                    let (name, attribute) = resource_and_attribute(name);
                    let value = self.reference(name, attribute);
                    whole.push_str(&self.as_text("Fn::Sub", value));
                }
            }
        }
        self.text(whole)
    }

    fn join(&mut self, between: &str, values: Vec<Value>) -> Option<Value> {
        let mut whole = String::new();
        let mut is_first = true;
        for value in values {
            if !is_first {
                if !self.grow(between.len()) {
                    return None;
                }
                whole.push_str(between);
            }
            is_first = false;
            whole.push_str(&self.as_text("Fn::Join", Some(value)));
        }
        self.text(whole)
    }

    /// Returns the value of the export with this name, or else the name itself.
    fn import(&mut self, name: String) -> Option<Value> {
        let found = self.exports.get(&name).cloned();
        let [imports, missing] = &mut self.imports;
        let list = if found.is_some() { imports } else { missing };
        if !list.contains(&name) {
            list.push(name.clone());
        }
        if let Some(value) = found {
            return self.text(value);
        }
        self.guess(&[t("another stack exports this value; the name of the export is used")]);
        self.text(last_part(&name).to_owned())
    }

    fn find_in_map(&mut self, keys: [&str; 3], options: Option<&Value>) -> Option<Value> {
        let [map, first, second] = keys;
        let found = self.template.mappings.get(map).and_then(|map| map.get(first)?.get(second));
        match found {
            Some(Value::Array(items)) => {
                let mut list = Vec::new();
                for item in items {
                    let item = self.as_text("Fn::FindInMap", Some(item.clone()));
                    self.grow(item.len() + 8);
                    list.push(Value::String(item));
                }
                return Some(Value::Array(list));
            }
            Some(Value::String(text)) => return self.text(text.clone()),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => return Some(value.clone()),
            Some(Value::Null | Value::Object(_)) | None => {}
        }
        if let Some(default) = options.and_then(|options| options.get("DefaultValue")) {
            return Some(self.value(default).unwrap_or(Value::Null));
        }
        self.guess(&[&say(
            "the mapping `{0}` has no value for `{1}` and `{2}`; the keys stand for it",
            &[map, first, second],
        )]);
        self.text([map, "-", first, "-", second].concat())
    }

    // Text

    /// Returns a string value, with plausible values in place of dynamic references.
    #[inline(never)]
    pub(super) fn text(&mut self, text: String) -> Option<Value> {
        const START: &str = "{{resolve:";
        if !self.grow(text.len() + 8) {
            return None;
        }
        let mut whole = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(START) {
            let Some((reference, after)) = after.split_once("}}") else { break };
            whole.push_str(before);
            whole.push_str(last_part(reference.split_once(':').map_or(reference, |(_, name)| name)));
            rest = after;
            self.guess(&[t("the value is kept in another service; its name there is used")]);
        }
        whole.push_str(rest);
        Some(Value::String(whole))
    }

    /// Resolves an argument that must be a scalar, and returns it as a string.
    pub(super) fn scalar(&mut self, function: &str, argument: &Value) -> String {
        let value = self.value(argument);
        self.as_text(function, value)
    }

    #[inline(never)]
    pub(super) fn as_text(&mut self, function: &str, value: Option<Value>) -> String {
        let value = value.unwrap_or(Value::Null);
        scalar_text(&value).unwrap_or_else(|| {
            if !value.is_null() {
                self.arguments(function, english("single values here, not a list or an object"));
            }
            String::new()
        })
    }
}

/// Splits the text of `Fn::Sub` into pieces, each a literal and the name that follows it. `${!Name}` is the literal
/// `${Name}`.
pub(super) fn pieces(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        match name.strip_prefix('!') {
            Some(name) => {
                // `${!Name}` without its exclamation mark.
                let (start, end) = rest.split_at(before.len() + 2);
                pieces.push((start, None));
                pieces.push((&end[1..name.len() + 2], None));
            }
            None => pieces.push((before, Some(name))),
        }
        rest = after;
    }
    pieces.push((rest, None));
    pieces
}

/// Splits `Mesh.MeshName` into its two parts; the second is `None` if there is no dot.
pub(super) fn resource_and_attribute(name: &str) -> (&str, Option<&str>) {
    match name.split_once('.') {
        Some((resource, attribute)) => (resource, Some(attribute)),
        None => (name, None),
    }
}

/// Returns the last name in an App Mesh ARN.
fn name_in_arn(text: &str) -> Option<&str> {
    let (service, path) = text.strip_prefix("arn:")?.split_once(":mesh/")?;
    service.contains(":appmesh:").then(|| path.rsplit('/').next()).flatten()
}

/// Returns the most descriptive part of a path: `mesh-name` for `/prod/mesh-name:2`.
fn last_part(text: &str) -> &str {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
    last.split(':').find(|part| !part.is_empty()).unwrap_or("value")
}
