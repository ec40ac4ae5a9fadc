//! References: the resources that a value refers to, and the results of `Ref` and `Fn::GetAtt`.

use crate::cloudformation::{Pseudo, Resource, listed, own_name, scalar_text};
use app_mesh_engine::model::Kind;
use mesh_text::words::{english, say, t};
use serde_json::{Map, Value};

use super::{
    Resolver, Target, call,
    function::{pieces, resource_and_attribute},
    items,
};

impl Resolver<'_> {
    /// Adds the resources that a value refers to, and checks that every name in it exists.
    pub(super) fn references(&mut self, value: &Value, found: &mut Vec<usize>) {
        if !self.enter() {
            return;
        }
        let (function, argument) = call(value).unwrap_or(("", value));
        match (function, argument, items(argument)) {
            ("Ref", Value::String(name), _) => self.refer(name, found),
            ("Fn::GetAtt", Value::String(name), _) => self.refer(resource_and_attribute(name).0, found),
            ("Fn::GetAtt", _, [Value::String(name), attribute @ ..]) => {
                self.refer(name, found);
                for attribute in attribute {
                    self.references(attribute, found);
                }
            }
            ("Fn::Sub", _, list) => {
                let text = list.first().unwrap_or(argument).as_str().unwrap_or_default();
                let none = Map::new();
                let variables = list.get(1).and_then(Value::as_object).unwrap_or(&none);
                for (_, name) in pieces(text) {
                    if let Some(name) = name.filter(|name| !variables.contains_key(*name)) {
                        self.refer(resource_and_attribute(name).0, found);
                    }
                }
                for value in variables.values() {
                    self.references(value, found);
                }
            }
            ("Fn::If", _, [Value::String(condition), yes, no]) => {
                let chosen = if self.condition(condition) { yes } else { no };
                self.references(chosen, found);
            }
            ("Fn::If" | "Fn::GetAtt", ..) => {}
            ("", Value::Array(items), _) => {
                for (index, item) in items.iter().enumerate() {
                    let outer = self.step_into_item(index);
                    self.references(item, found);
                    self.path.truncate(outer);
                }
            }
            ("", Value::Object(members), _) => {
                for (name, member) in members {
                    let outer = self.step_into(name);
                    self.references(member, found);
                    self.path.truncate(outer);
                }
            }
            ("", ..) => {}
            _ => self.references(argument, found),
        }
        self.depth -= 1;
    }

    fn refer(&mut self, name: &str, found: &mut Vec<usize>) {
        if name.starts_with("AWS::") {
            return;
        }
        if let Some(Target::Resource(index)) = self.target(name) {
            self.expect_created(index);
            found.push(index);
        }
    }

    fn target(&mut self, name: &str) -> Option<Target> {
        let target = self.named(name);
        if target.is_none() && self.problem.is_none() {
            let mut known = Vec::new();
            for parameter in &self.template.parameters {
                known.push(parameter.name.as_str());
            }
            self.unknown_resource_or(english("parameter or resource"), name, known);
        }
        target
    }

    /// Returns the result of `Ref` for a name, or of `Fn::GetAtt` for one of its attributes.
    #[inline(never)]
    pub(super) fn reference(&mut self, name: &str, attribute: Option<&str>) -> Option<Value> {
        if attribute.is_none() && name.starts_with("AWS::") {
            return self.pseudo(name);
        }
        match self.target(name)? {
            Target::Parameter(_) if attribute.is_some() => {
                self.unknown_resource_or("resource", name, Vec::new());
                None
            }
            Target::Parameter(index) => match self.parameters.get(index)?.clone() {
                Value::String(text) => {
                    self.grow(text.len());
                    self.text(text)
                }
                // INVARIANT: this is an upper bound for the value of any parameter, including its items.
                value => {
                    self.grow(24 * items(&value).len() + 8);
                    Some(value)
                }
            },
            Target::Resource(index) => self.resource(index, attribute),
        }
    }

    fn pseudo(&mut self, name: &str) -> Option<Value> {
        let pseudo = self.pseudo;
        let id = self.arn("cloudformation", &["stack/", &pseudo.stack_name, "/1"].concat());
        let is_china = pseudo.region.starts_with("cn-");
        let known = [
            ("AWS::AccountId", pseudo.account_id.as_str()),
            ("AWS::NoValue", ""),
            ("AWS::Partition", &pseudo.partition),
            ("AWS::Region", &pseudo.region),
            ("AWS::StackId", &id),
            ("AWS::StackName", &pseudo.stack_name),
            ("AWS::URLSuffix", if is_china { "amazonaws.com.cn" } else { "amazonaws.com" }),
        ];
        match name {
            "AWS::NoValue" => return None,
            "AWS::StackId" => self.guess(&[t("there is no stack to have an id; one is made up")]),
            "AWS::NotificationARNs" => {
                self.guess(&[t("there is no stack to notify about; the list is empty")]);
                return Some(Value::Array(Vec::new()));
            }
            _ => {}
        }
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => self.text((*text).to_owned()),
            None => {
                self.unknown(english("pseudo parameter"), name, &known.map(|(known, _)| known));
                None
            }
        }
    }

    /// Returns the result of `Ref` for a resource, or of `Fn::GetAtt` for one of its attributes.
    fn resource(&mut self, index: usize, attribute: Option<&str>) -> Option<Value> {
        let resource = self.template.resources.get(index)?;
        let id = resource.logical_id.as_str();
        if !self.deciding.is_empty() {
            self.fail(&[&say("a condition cannot depend on the resource `{0}`; use a parameter", &[id])]);
        }
        self.expect_created(index);
        let Some(kind) = resource.kind else { return self.stand_in(resource, attribute) };
        // The names that form the resource's ARN: its mesh, its parent, and the resource itself.
        let lineage =
            [Some(Kind::Mesh), kind.declaration().parent, Some(kind).filter(|kind| *kind != Kind::Mesh)];
        let mut known = Vec::new();
        let mut arn = String::new();
        for kind in lineage.into_iter().flatten() {
            let name = own_name(kind);
            let slash = if arn.is_empty() { "" } else { "/" };
            arn = [&arn, slash, kind.declaration().member, "/", &self.name(index, &name)].concat();
            known.push(name);
        }
        let text = match attribute {
            None | Some("Arn") => self.arn("appmesh", &arn),
            Some("Uid") => {
                self.guess(&[t("the service makes up unique ids; one is made up here")]);
                [id, "-uid"].concat()
            }
            Some("ResourceOwner") => self.pseudo.account_id.clone(),
            Some("MeshOwner") => {
                self.property(index, "MeshOwner").unwrap_or_else(|| self.pseudo.account_id.clone())
            }
            Some(attribute) if known.iter().any(|known| known == attribute) => self.name(index, attribute),
            Some(attribute) => {
                for more in ["Arn", "MeshOwner", "ResourceOwner", "Uid"] {
                    known.push(more.to_owned());
                }
                self.fail(&[&say(
                    "`{0}` has no attribute `{1}`; choose one of {2}",
                    &[id, attribute, &listed(&known)],
                )]);
                return None;
            }
        };
        self.text(text)
    }

    /// Returns a property of a resolved resource as a string.
    #[inline(never)]
    fn property(&self, index: usize, name: &str) -> Option<String> {
        scalar_text(self.properties.get(index)?.get(name)?)
    }

    /// Returns a name of a resolved resource, or its logical id if the template lacks the name.
    fn name(&self, index: usize, property: &str) -> String {
        self.property(index, property).unwrap_or_else(|| self.template.resources[index].logical_id.clone())
    }

    fn arn(&self, service: &str, path: &str) -> String {
        let Pseudo { account_id, region, partition, .. } = self.pseudo;
        ["arn:", partition, ":", service, ":", region, ":", account_id, ":", path].concat()
    }

    /// Returns a readable substitute for the value of a resource that is not created here.
    fn stand_in(&mut self, resource: &Resource, attribute: Option<&str>) -> Option<Value> {
        let name = resource.logical_id.as_str();
        // `Ref` returns a property of these types, so the value is known, not guessed.
        if attribute.is_none()
            && let Some(property) = name_property(&resource.resource_type)
            && let Some(value) = resource.properties.get(property)
            && let Some(text) = scalar_text(&self.value(value).unwrap_or(Value::Null))
        {
            return self.text(text);
        }
        // A Cloud Map service has its name both as property and as attribute. A property that refers to other resources
        // is not used, because these resources have no defined order.
        if let Some(property) = attribute.and_then(|attribute| resource.properties.get(attribute)) {
            let mut found = Vec::new();
            self.references(property, &mut found);
            if found.is_empty()
                && let Some(text) = scalar_text(&self.value(property).unwrap_or(Value::Null))
            {
                self.guess(&[&say("{0} is not created here; its property of this name is used", &[name])]);
                return self.text(text);
            }
        }
        let service = resource.resource_type.split("::").nth(1).unwrap_or("custom");
        let text = match (resource.resource_type.as_str(), attribute) {
            (kind, Some("DNSName" | "Endpoint.Address"))
                if kind.starts_with("AWS::ElasticLoadBalancing") || kind.starts_with("AWS::RDS::") =>
            {
                let service = if kind.starts_with("AWS::RDS::") { "rds" } else { "elb" };
                [
                    &name.to_ascii_lowercase(),
                    "-1234567890.",
                    &self.pseudo.region,
                    ".",
                    service,
                    ".amazonaws.com",
                ]
                .concat()
            }
            ("AWS::CertificateManager::Certificate", None | Some("Arn")) => {
                self.arn("acm", &["certificate/", name].concat())
            }
            ("AWS::ACMPCA::CertificateAuthority", None | Some("Arn")) => {
                self.arn("acm-pca", &["certificate-authority/", name].concat())
            }
            (_, Some("Arn")) => self.arn(&service.to_ascii_lowercase(), name),
            (_, Some(attribute)) => [name, ".", attribute].concat(),
            (_, None) => name.to_owned(),
        };
        self.guess(&[&say("{0} is not created here; a made-up value stands for it", &[name])]);
        self.text(text)
    }
}

/// Returns the property that `Ref` returns for a resource of this type, if it is a property of the template.
/// Source: the "Return values" of each type in the CloudFormation user guide.
fn name_property(resource_type: &str) -> Option<&'static str> {
    Some(match resource_type {
        "AWS::Route53::RecordSet" | "AWS::SSM::Parameter" => "Name",
        "AWS::ECS::Cluster" => "ClusterName",
        "AWS::EKS::Cluster" => "Name",
        "AWS::ECR::Repository" => "RepositoryName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::Lambda::Function" => "FunctionName",
        _ => return None,
    })
}
