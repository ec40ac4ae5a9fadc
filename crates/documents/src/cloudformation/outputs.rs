//! The results of a template besides its App Mesh resources: outputs, DNS records, and other resources.

use std::rc::Rc;

use crate::open::RESOURCE;
use app_mesh_engine::{model::TextMap, world::StackOutput};
use mesh_text::{
    job::Pace,
    words::{say, t},
};
use serde_json::Value;

use super::{Disposition, Record, join, resolve::Resolver, scalar_text};

/// Returns whether a type defines DNS records, which are added to the environment.
pub(super) fn is_record(resource_type: &str) -> bool {
    matches!(resource_type, "AWS::Route53::RecordSet" | "AWS::Route53::RecordSetGroup")
}

impl Resolver<'_> {
    /// Returns the value of each parameter as one string.
    pub(super) fn parameter_texts(&self) -> TextMap {
        let texts = self.template.parameters.iter().zip(self.parameter_values()).map(|(parameter, value)| {
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let items: Vec<_> = items.iter().filter_map(scalar_text).collect();
            (parameter.name.clone(), items.join(","))
        });
        texts.collect()
    }

    /// Returns the created resources of other services.
    pub(super) fn others(&self) -> Vec<(String, String)> {
        let resources = self.template.resources.iter().enumerate();
        let others = resources.filter(|(index, resource)| resource.kind.is_none() && self.is_created(*index));
        others.map(|(_, resource)| (resource.logical_id.clone(), resource.resource_type.clone())).collect()
    }

    /// Returns the outputs. An output with an unknown value is omitted and noted.
    pub(super) async fn outputs(&mut self, pace: &Pace) -> Vec<StackOutput> {
        let mut outputs = Vec::new();
        for (key, output) in &self.template.outputs {
            pace.work(RESOURCE).await;
            if key.starts_with("Fn::") {
                continue;
            }
            let path = join("Outputs", key);
            if let Some(Value::String(condition)) = output.get("Condition") {
                self.path = join(&path, "Condition");
                if !self.condition(condition) {
                    continue;
                }
            }
            let noted = self.noted();
            self.path = join(&path, "Value");
            let Some(value) = output.get("Value") else {
                self.fail(&[t("this output has no `Value`; give it one")]);
                continue;
            };
            let value = self.value(value).as_ref().and_then(scalar_text);
            self.path = join(&path, "Export.Name");
            let export = output.get("Export").and_then(|export| export.get("Name"));
            let export = export.and_then(|name| self.value(name).as_ref().and_then(scalar_text));
            let description = output.get("Description").and_then(scalar_text);
            if export.is_none() {
                // An output without an export is only for display, so its notes are dropped.
                self.forget_notes(noted);
            }
            match value {
                Some(value) => outputs.push(StackOutput {
                    key: key.as_str().into(),
                    value: value.into(),
                    description: description.map(Into::into),
                    export: export.map(Rc::from),
                }),
                None => {
                    self.path = path;
                    self.note(Disposition::Ignored, &[t("its value is no text")]);
                }
            }
        }
        outputs
    }

    /// Returns the DNS records that have addresses.
    pub(super) async fn records(&mut self, pace: &Pace) -> Vec<Record> {
        let mut records = Vec::new();
        for (index, resource) in self.template.resources.iter().enumerate() {
            if !is_record(&resource.resource_type) || !self.is_created(index) {
                continue;
            }
            let path = ["Resources.", &resource.logical_id, ".Properties"].concat();
            match resource.properties.get("RecordSets").and_then(Value::as_array) {
                Some(sets) => {
                    for (place, set) in sets.iter().enumerate() {
                        let path = [&path, ".RecordSets[", &place.to_string(), "]"].concat();
                        self.record(set, path, &mut records);
                        pace.work(RESOURCE).await;
                    }
                }
                None => self.record(&resource.properties, path, &mut records),
            }
            pace.work(RESOURCE).await;
        }
        records
    }

    fn record(&mut self, properties: &Value, path: String, records: &mut Vec<Record>) {
        self.path = path;
        let mut text = |name: &str| {
            let value = properties.get(name).and_then(|value| self.value(value));
            value.as_ref().and_then(scalar_text).unwrap_or_default()
        };
        let (name, kind) = (text("Name"), text("Type"));
        let values = properties.get("ResourceRecords").and_then(|values| self.value(values));
        let values = values.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let is_address = |text: &String| match kind.as_str() {
            "A" => text.parse::<std::net::Ipv4Addr>().is_ok(),
            "AAAA" => text.parse::<std::net::Ipv6Addr>().is_ok(),
            _ => false,
        };
        let addresses: Vec<_> = values.iter().filter_map(scalar_text).filter(is_address).collect();
        let name = name.trim_end_matches('.').to_owned();
        match addresses.is_empty() || name.is_empty() {
            true => self.note(Disposition::Ignored, &[t("it has no address that is known")]),
            false => {
                let list = addresses.join(", ");
                self.note(
                    Disposition::Kept,
                    &[&say("put into the environment's DNS: {0} is {1}", &[&name, &list])],
                );
                records.push(Record { name, addresses });
            }
        }
    }
}
