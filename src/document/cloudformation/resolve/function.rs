//! Values: what the intrinsic functions in them give.

use serde_json::{Map, Value};

use super::{Answer, Resolver, call, items};
use crate::{
    document::cloudformation::{Disposition, Problem, scalar_text},
    model::nearest,
};

/// The functions of CloudFormation that may stand in a property or condition.
const FUNCTIONS: [&str; 19] = [
    "Ref",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
];

/// A piece of the text of `Fn::Sub`.
pub(super) enum Piece<'t> {
    Text(&'t str),
    Name(&'t str),
}

impl Resolver<'_> {
    /// A value with its functions resolved; nothing where that comes to `AWS::NoValue`.
    pub(super) fn value(&mut self, value: &Value) -> Answer<Option<Value>> {
        self.enter()?;
        let resolved = match (call(value), value) {
            (Some((function, argument)), _) => self.call(function, argument)?,
            (None, Value::String(text)) => Some(self.text(text.clone())?),
            (None, Value::Array(items)) => {
                self.grow(8)?;
                let mut resolved = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let outer = self.step_into_item(index);
                    resolved.extend(self.value(item)?);
                    self.path.truncate(outer);
                }
                Some(Value::Array(resolved))
            }
            (None, Value::Object(members)) => Some(self.members(members)?),
            (None, Value::Null | Value::Bool(_) | Value::Number(_)) => {
                self.grow(8)?;
                Some(value.clone())
            }
        };
        self.depth -= 1;
        Ok(resolved)
    }

    fn members(&mut self, members: &Map<String, Value>) -> Answer<Value> {
        let mut resolved = Map::new();
        for (name, member) in members {
            if name == "Fn::Transform" {
                let reason = "macros are not run; what this one would add is missing";
                self.note_at(self.path.clone(), Disposition::Ignored, reason.to_owned())?;
                continue;
            }
            if name.starts_with("Fn::") {
                return Err(self.fail(Problem::NotAlone { function: name.clone() }));
            }
            let outer = self.step_into(name);
            self.grow(name.len() + 8)?;
            if let Some(mut value) = self.value(member)? {
                if name.ends_with("Name")
                    && let Some(own_name) = value.as_str().and_then(name_in_arn).map(str::to_owned)
                {
                    self.guess("this is an ARN where a name belongs; the name at its end is used")?;
                    value = Value::String(own_name);
                }
                resolved.insert(name.clone(), value);
            }
            self.path.truncate(outer);
        }
        Ok(Value::Object(resolved))
    }

    /// What a function gives.
    fn call(&mut self, function: &str, argument: &Value) -> Answer<Option<Value>> {
        match function {
            "Ref" => match argument.as_str() {
                Some("AWS::NoValue") => return Ok(None),
                Some(name) => self.reference(name),
                None => Err(self.arguments(function, "the name of a parameter or resource")),
            },
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::If" => {
                let [Value::String(condition), yes, no] = items(argument) else {
                    return Err(self.arguments(function, "a list: a condition's name and two values"));
                };
                let chosen = if self.condition(condition)? { yes } else { no };
                return self.value(chosen);
            }
            "Fn::Join" => self.join(argument),
            "Fn::Select" => return self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Base64" => {
                self.guess("the text is left as it is, not encoded")?;
                self.scalar(function, argument).map(Value::String)
            }
            "Fn::Length" => match self.value(argument)? {
                Some(Value::Array(items)) => Ok(Value::from(items.len())),
                _ => Err(self.arguments(function, "a list")),
            },
            "Fn::ToJsonString" => {
                let text = self.value(argument)?.unwrap_or(Value::Null).to_string();
                self.text(text)
            }
            "Fn::ImportValue" => {
                let name = self.scalar(function, argument)?;
                self.guess("another stack exports this value; the name of the export is used")?;
                self.text(last_part(&name).to_owned())
            }
            "Fn::GetAZs" => {
                let region = match self.scalar(function, argument)? {
                    given if given.is_empty() => self.pseudo.region.clone(),
                    given => given,
                };
                self.guess("the availability zones of the account are not known; the first three are used")?;
                self.grow(3 * region.len() + 24)?;
                Ok(Value::from(["a", "b", "c"].map(|zone| [&region, zone].concat()).to_vec()))
            }
            "Fn::Cidr" | "Fn::Transform" => {
                self.guess("this function is not run here; its name stands for what it gives")?;
                self.text(function.to_owned())
            }
            "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or" => {
                Err(self.fail(Problem::NotInCondition { function: function.to_owned() }))
            }
            _ => {
                let suggestion = nearest(function, &FUNCTIONS);
                Err(self.fail(Problem::UnknownFunction { name: function.to_owned(), suggestion }))
            }
        }
        .map(Some)
    }

    fn get_att(&mut self, argument: &Value) -> Answer<Value> {
        let expected = "a resource and one of its attributes: `Mesh.MeshName`, or both in a list";
        if let Some((resource, attribute)) = argument.as_str().and_then(|text| text.split_once('.')) {
            return self.attribute(resource, attribute);
        }
        let [Value::String(resource), attribute] = items(argument) else {
            return Err(self.arguments("Fn::GetAtt", expected));
        };
        let attribute = self.scalar("Fn::GetAtt", attribute)?;
        self.attribute(resource, &attribute)
    }

    fn substitute(&mut self, argument: &Value) -> Answer<Value> {
        let expected = "text, or a list of text and an object of variables";
        let (text, variables) = match (argument, items(argument)) {
            (Value::String(text), _) | (_, [Value::String(text)]) => (text, None),
            (_, [Value::String(text), Value::Object(variables)]) => (text, Some(variables)),
            _ => return Err(self.arguments("Fn::Sub", expected)),
        };
        let mut known = Map::new();
        for (name, value) in variables.into_iter().flatten() {
            let value = self.scalar("Fn::Sub", value)?;
            known.insert(name.clone(), Value::String(value));
        }
        let mut whole = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Name(name) => {
                    if let Some(Value::String(value)) = known.get(name) {
                        self.grow(value.len())?;
                        whole.push_str(value);
                        continue;
                    }
                    let value = match name.split_once('.') {
                        Some((resource, attribute)) => self.attribute(resource, attribute)?,
                        None if name == "AWS::NoValue" => Value::from(""),
                        None => self.reference(name)?,
                    };
                    whole.push_str(&self.as_text("Fn::Sub", Some(value))?);
                }
            }
        }
        self.text(whole)
    }

    fn join(&mut self, argument: &Value) -> Answer<Value> {
        let expected = "a list: the text between, and a list of values";
        let [between, list] = items(argument) else {
            return Err(self.arguments("Fn::Join", expected));
        };
        let between = self.scalar("Fn::Join", between)?;
        let Some(Value::Array(values)) = self.value(list)? else {
            return Err(self.arguments("Fn::Join", expected));
        };
        let mut whole = String::new();
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.grow(between.len())?;
                whole.push_str(&between);
            }
            whole.push_str(&self.as_text("Fn::Join", Some(value))?);
        }
        self.text(whole)
    }

    fn select(&mut self, argument: &Value) -> Answer<Option<Value>> {
        let expected = "a list: an index from 0, and a list of values";
        let [index, list] = items(argument) else {
            return Err(self.arguments("Fn::Select", expected));
        };
        let Ok(index) = self.scalar("Fn::Select", index)?.parse::<usize>() else {
            return Err(self.arguments("Fn::Select", expected));
        };
        match self.value(list)? {
            Some(Value::Array(mut values)) if index < values.len() => Ok(Some(values.swap_remove(index))),
            Some(Value::Array(values)) => Err(self.fail(Problem::OutOfRange { index, length: values.len() })),
            _ => Err(self.arguments("Fn::Select", expected)),
        }
    }

    fn split(&mut self, argument: &Value) -> Answer<Value> {
        let expected = "a list: the text to split at, which is not empty, and the text to split";
        let [at, text] = items(argument) else {
            return Err(self.arguments("Fn::Split", expected));
        };
        let at = self.scalar("Fn::Split", at)?;
        let text = self.scalar("Fn::Split", text)?;
        if at.is_empty() {
            return Err(self.arguments("Fn::Split", expected));
        }
        let parts: Vec<&str> = text.split(at.as_str()).collect();
        self.grow(text.len() + 24 * parts.len())?;
        Ok(Value::from(parts))
    }

    fn find_in_map(&mut self, argument: &Value) -> Answer<Value> {
        let expected = "a list: the name of a mapping and two keys";
        let [map, first, second, options @ ..] = items(argument) else {
            return Err(self.arguments("Fn::FindInMap", expected));
        };
        let map = self.scalar("Fn::FindInMap", map)?;
        let first = self.scalar("Fn::FindInMap", first)?;
        let second = self.scalar("Fn::FindInMap", second)?;
        let found = self.template.mappings.get(&map).and_then(|map| map.get(&first)?.get(&second));
        match found {
            Some(Value::Array(items)) => {
                let mut list = Vec::new();
                for item in items {
                    let item = self.as_text("Fn::FindInMap", Some(item.clone()))?;
                    self.grow(item.len() + 8)?;
                    list.push(Value::String(item));
                }
                return Ok(Value::Array(list));
            }
            Some(Value::String(text)) => return self.text(text.clone()),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => return Ok(value.clone()),
            Some(Value::Null | Value::Object(_)) | None => {}
        }
        if let Some(default) = options.first().and_then(|options| options.get("DefaultValue")) {
            return Ok(self.value(default)?.unwrap_or(Value::Null));
        }
        let reason =
            ["the mapping `", &map, "` has no value for `", &first, "` and `", &second, "`; the keys"];
        self.guess(&[&reason.concat(), " stand for it"].concat())?;
        self.text([map, first, second].join("-"))
    }

    // Text

    /// A text value, with likely values in place of dynamic references.
    pub(super) fn text(&mut self, text: String) -> Answer<Value> {
        const START: &str = "{{resolve:";
        self.grow(text.len() + 8)?;
        if !text.contains(START) {
            return Ok(Value::String(text));
        }
        let mut whole = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(START) {
            let Some((reference, after)) = after.split_once("}}") else { break };
            whole.push_str(before);
            whole.push_str(last_part(reference.split_once(':').map_or(reference, |(_, name)| name)));
            rest = after;
            self.guess("the value is kept in another service; its name there is used")?;
        }
        whole.push_str(rest);
        Ok(Value::String(whole))
    }

    /// An argument that must come to a single value, as text.
    pub(super) fn scalar(&mut self, function: &str, argument: &Value) -> Answer<String> {
        let value = self.value(argument)?;
        self.as_text(function, value)
    }

    pub(super) fn as_text(&self, function: &str, value: Option<Value>) -> Answer<String> {
        match value {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text),
            Some(value) => match scalar_text(&value) {
                Some(text) => Ok(text),
                None => Err(self.arguments(function, "single values here, not a list or an object")),
            },
        }
    }
}

/// The text of `Fn::Sub` in pieces. `${!Name}` is the text `${Name}`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        pieces.push(Piece::Text(before));
        match name.strip_prefix('!') {
            Some(_) => {
                // `${!Name}` without its exclamation mark.
                let start = before.len();
                pieces.push(Piece::Text(&rest[start..start + 2]));
                pieces.push(Piece::Text(&rest[start + 3..start + 3 + name.len()]));
            }
            None => pieces.push(Piece::Name(name)),
        }
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The name at the end of an ARN of App Mesh.
fn name_in_arn(text: &str) -> Option<&str> {
    let (service, path) = text.strip_prefix("arn:")?.split_once(":mesh/")?;
    service.contains(":appmesh:").then(|| path.rsplit('/').next()).flatten()
}

/// The part of a path that says most: `mesh-name` in `/prod/mesh-name:2`.
fn last_part(text: &str) -> &str {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
    last.split(':').find(|part| !part.is_empty()).unwrap_or("value")
}
