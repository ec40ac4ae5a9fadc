//! References: which resources a value names, and what `Ref` and `Fn::GetAtt` give for them.

use serde_json::{Map, Value};

use super::{
    Answer, Resolver, Target, call,
    function::{Piece, pieces},
    items,
};
use crate::document::cloudformation::{Kind, Problem, Pseudo, scalar_text};

impl Resolver<'_> {
    /// Adds the resources that a value refers to, and makes sure that every name in it exists.
    pub(super) fn references(&mut self, value: &Value, found: &mut Vec<usize>) -> Answer<()> {
        self.enter()?;
        match (call(value), value) {
            (Some(("Ref", Value::String(name))), _) => self.refer(name, found)?,
            (Some(("Fn::GetAtt", argument)), _) => {
                if let Some(name) = argument.as_str().and_then(|text| text.split('.').next()) {
                    self.refer(name, found)?;
                }
                if let [Value::String(name), attribute @ ..] = items(argument) {
                    self.refer(name, found)?;
                    for attribute in attribute {
                        self.references(attribute, found)?;
                    }
                }
            }
            (Some(("Fn::Sub", argument)), _) => {
                let (text, variables) = match argument {
                    Value::Array(items) => (items.first(), items.get(1).and_then(Value::as_object)),
                    _ => (Some(argument), None),
                };
                for piece in pieces(text.and_then(Value::as_str).unwrap_or("")) {
                    match piece {
                        Piece::Name(name) if variables.is_none_or(|known| !known.contains_key(name)) => {
                            self.refer(name.split('.').next().unwrap_or(name), found)?;
                        }
                        Piece::Name(_) | Piece::Text(_) => {}
                    }
                }
                for value in variables.into_iter().flat_map(Map::values) {
                    self.references(value, found)?;
                }
            }
            (Some(("Fn::If", argument)), _) => {
                if let [Value::String(condition), yes, no] = items(argument) {
                    let chosen = if self.condition(condition)? { yes } else { no };
                    self.references(chosen, found)?;
                }
            }
            (_, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let outer = self.step_into_item(index);
                    self.references(item, found)?;
                    self.path.truncate(outer);
                }
            }
            (called, Value::Object(members)) => {
                for (name, member) in members {
                    let outer = if called.is_some() { self.path.len() } else { self.step_into(name) };
                    self.references(member, found)?;
                    self.path.truncate(outer);
                }
            }
            _ => {}
        }
        self.depth -= 1;
        Ok(())
    }

    fn refer(&mut self, name: &str, found: &mut Vec<usize>) -> Answer<()> {
        if name.starts_with("AWS::") {
            return Ok(());
        }
        if let Target::Resource(index) = self.target(name)? {
            self.expect_created(index)?;
            found.push(index);
        }
        Ok(())
    }

    pub(super) fn target(&self, name: &str) -> Answer<Target> {
        self.named(name).ok_or_else(|| {
            let known: Vec<&str> = self.names.keys().map(String::as_str).collect();
            self.unknown("parameter or resource", name, &known)
        })
    }

    pub(super) fn reference(&mut self, name: &str) -> Answer<Value> {
        if name.starts_with("AWS::") {
            return self.pseudo(name);
        }
        match self.target(name)? {
            Target::Parameter(index) => {
                let value = self.parameters.get(index).cloned().unwrap_or(Value::Null);
                // INVARIANT: no value of a parameter is longer, counting its items as well.
                let items = value.as_array().map_or(0, Vec::len);
                self.grow(24 * items + value.as_str().map_or(8, str::len))?;
                match value {
                    Value::String(text) => self.text(text),
                    value => Ok(value),
                }
            }
            Target::Resource(index) => self.resource(index, None),
        }
    }

    pub(super) fn attribute(&mut self, resource: &str, attribute: &str) -> Answer<Value> {
        match self.target(resource)? {
            Target::Resource(index) => self.resource(index, Some(attribute)),
            Target::Parameter(_) => Err(self.unknown_resource(resource)),
        }
    }

    pub(super) fn pseudo(&mut self, name: &str) -> Answer<Value> {
        let pseudo = self.pseudo;
        let text = match name {
            "AWS::AccountId" => &pseudo.account_id,
            "AWS::Region" => &pseudo.region,
            "AWS::Partition" => &pseudo.partition,
            "AWS::StackName" => &pseudo.stack_name,
            "AWS::URLSuffix" if pseudo.region.starts_with("cn-") => "amazonaws.com.cn",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::StackId" => {
                self.guess("there is no stack to have an id; one is made up")?;
                let id = self.arn("cloudformation", &["stack/", &pseudo.stack_name, "/1"].concat());
                return self.text(id);
            }
            "AWS::NotificationARNs" => {
                self.guess("there is no stack to notify about; the list is empty")?;
                return Ok(Value::Array(Vec::new()));
            }
            _ => {
                let known = ["AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region"];
                let more = ["AWS::StackId", "AWS::StackName", "AWS::URLSuffix"];
                return Err(self.unknown("pseudo parameter", name, &[&known[..], &more[..]].concat()));
            }
        };
        self.text(text.to_owned())
    }

    /// What `Ref` gives for a resource, or `Fn::GetAtt` for one of its attributes.
    pub(super) fn resource(&mut self, index: usize, attribute: Option<&str>) -> Answer<Value> {
        let template = self.template;
        let Some(resource) = template.resources.get(index) else { return Ok(Value::Null) };
        if !self.deciding.is_empty() {
            return Err(self.fail(Problem::ResourceInCondition { name: resource.logical_id.clone() }));
        }
        self.expect_created(index)?;
        let Some(kind) = resource.kind else {
            return self.stand_in(index, attribute);
        };
        let text = match attribute {
            None | Some("Arn") => {
                let mut path = String::new();
                for (property, segment) in kind.parents.iter().chain([&(kind.own_name, kind.segment)]) {
                    let slash = if path.is_empty() { "" } else { "/" };
                    path = [&path, slash, segment, "/", &self.property_text(index, property)].concat();
                }
                self.arn("appmesh", &path)
            }
            Some("Uid") => {
                self.guess("the service makes up unique ids; one is made up here")?;
                [&resource.logical_id, "-uid"].concat()
            }
            Some("ResourceOwner") => self.pseudo.account_id.clone(),
            Some("MeshOwner") => match self.property(index, "MeshOwner").and_then(scalar_text) {
                Some(owner) => owner,
                None => self.pseudo.account_id.clone(),
            },
            Some(name) if attributes(kind).any(|known| known == name) => self.property_text(index, name),
            Some(other) => {
                let known = attributes(kind).chain(["Arn", "MeshOwner", "ResourceOwner", "Uid"]).collect();
                let (resource, attribute) = (resource.logical_id.clone(), other.to_owned());
                return Err(self.fail(Problem::UnknownAttribute { resource, attribute, known }));
            }
        };
        self.text(text)
    }

    fn property(&self, index: usize, name: &str) -> Option<&Value> {
        self.properties.get(index)?.as_ref()?.get(name)
    }

    /// A property of a resolved resource; its logical id where the template forgot a name that it needs.
    fn property_text(&self, index: usize, name: &str) -> String {
        match self.property(index, name).and_then(scalar_text) {
            Some(text) => text,
            None => self.template.resources.get(index).map(|r| r.logical_id.clone()).unwrap_or_default(),
        }
    }

    pub(super) fn arn(&self, service: &str, path: &str) -> String {
        let Pseudo { account_id, region, partition, .. } = self.pseudo;
        ["arn:", partition, ":", service, ":", region, ":", account_id, ":", path].concat()
    }

    /// Something readable in place of what a resource that is not created here would give.
    fn stand_in(&mut self, index: usize, attribute: Option<&str>) -> Answer<Value> {
        let template = self.template;
        let Some(resource) = template.resources.get(index) else { return Ok(Value::Null) };
        let name = &resource.logical_id;
        // A service of Cloud Map has its name both as property and as attribute. What is itself made from
        // resources is not looked into: these are not in order.
        if let Some(property) = attribute.and_then(|attribute| resource.properties.get(attribute)) {
            let mut found = Vec::new();
            self.references(property, &mut found)?;
            if found.is_empty()
                && let Some(value) = self.value(property)?
                && let Some(text) = scalar_text(&value)
            {
                self.guess(
                    &[name.as_str(), " is not created here; its property of this name is used"].concat(),
                )?;
                return self.text(text);
            }
        }
        let text = match (resource.resource_type.as_str(), attribute) {
            ("AWS::CertificateManager::Certificate", None | Some("Arn")) => {
                self.arn("acm", &["certificate/", name].concat())
            }
            ("AWS::ACMPCA::CertificateAuthority", None | Some("Arn")) => {
                self.arn("acm-pca", &["certificate-authority/", name].concat())
            }
            (resource_type, Some("Arn")) => {
                let service = resource_type.split("::").nth(1).unwrap_or("custom");
                self.arn(&service.to_ascii_lowercase(), name)
            }
            (_, Some(attribute)) => [name, ".", attribute].concat(),
            (_, None) => name.clone(),
        };
        self.guess(&[name.as_str(), " is not created here; a made-up value stands for it"].concat())?;
        self.text(text)
    }
}

/// The attributes of a type that are properties of the same name.
fn attributes(kind: &Kind) -> impl Iterator<Item = &'static str> {
    kind.parents.iter().map(|(property, _)| *property).chain([kind.own_name])
}
