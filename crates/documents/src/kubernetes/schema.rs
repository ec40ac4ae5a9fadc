//! The spelling of the controller's custom resources, derived from the declarations of the API.
//!
//! The CRDs of `appmesh.k8s.aws/v1beta2` differ from the API in few respects (docs/facts/kubernetes.md#members):
//! capitalization (`certificateARN`), a resource as a reference or an ARN (`virtualNodeRef`, `virtualNodeARN`), the
//! kind as a prefix of a member (`meshServiceDiscovery`), members that only the controller reads, and API members that
//! are missing from the CRDs. So no API field is listed here; a test compares the result with the published CRDs.

use app_mesh_engine::model::{Kind, Member, Shape, Structure};
use serde_json::{Map, Value};

/// Format of the value of a member of a custom resource.
#[derive(Clone, Copy, Debug)]
pub enum Spelling {
    /// As in the API.
    Same,
    /// A reference to an object of this kind: `{namespace, name}`.
    Reference(Kind),
    /// The ARN of a resource of this kind.
    Arn(Kind),
}

/// A member of a custom resource: its name there, and the corresponding member of the API.
#[derive(Clone, Debug)]
pub struct CrdMember {
    /// Name in manifests.
    pub name: String,
    /// Member of the API.
    pub member: &'static Member,
    /// Format of its value.
    pub spelling: Spelling,
    /// Whether the CRD requires it.
    pub is_required: bool,
}

/// Type of a member that only the controller reads.
#[derive(Clone, Copy, Debug)]
pub enum Own {
    /// A string.
    Text,
    /// A list of this type.
    List(&'static Own),
    /// An object with these members.
    Object(&'static [(&'static str, Own)]),
    /// An object with any members.
    Labels,
    /// The routes of a virtual router: the spec of a route with its name.
    Routes,
}

/// Reference to an object of the controller.
pub const TARGET: Own = Own::Object(&[("name", Own::Text), ("namespace", Own::Text)]);
const REFERENCE: Own = Own::Object(&[("name", Own::Text), ("namespace", Own::Text), ("uid", Own::Text)]);
const MESH: Own = Own::Object(&[("name", Own::Text), ("uid", Own::Text)]);
const EXPRESSION: Own =
    Own::Object(&[("key", Own::Text), ("operator", Own::Text), ("values", Own::List(&Own::Text))]);
const SELECTOR: Own =
    Own::Object(&[("matchExpressions", Own::List(&EXPRESSION)), ("matchLabels", Own::Labels)]);

/// Returns the members of a spec that only the controller reads.
pub const fn own_members(kind: Kind) -> &'static [(&'static str, Own)] {
    match kind {
        Kind::Mesh => &[("awsName", Own::Text), ("meshOwner", Own::Text), ("namespaceSelector", SELECTOR)],
        Kind::VirtualNode => &[
            ("awsName", Own::Text),
            ("backendGroups", Own::List(&TARGET)),
            ("meshRef", MESH),
            ("podSelector", SELECTOR),
        ],
        Kind::VirtualRouter => &[("awsName", Own::Text), ("meshRef", MESH), ("routes", Own::Routes)],
        Kind::VirtualService => &[("awsName", Own::Text), ("meshRef", MESH)],
        Kind::VirtualGateway => &[
            ("awsName", Own::Text),
            ("gatewayRouteSelector", SELECTOR),
            ("meshRef", MESH),
            ("namespaceSelector", SELECTOR),
            ("podSelector", SELECTOR),
        ],
        Kind::GatewayRoute => &[("awsName", Own::Text), ("meshRef", MESH), ("virtualGatewayRef", REFERENCE)],
        Kind::Route => &[("name", Own::Text)],
    }
}

/// The members of the spec of a BackendGroup, which has no counterpart in the API.
pub const BACKEND_GROUP: &[(&str, Own)] = &[("meshRef", MESH), ("virtualservices", Own::List(&TARGET))];

/// Returns the members that a structure of the API has in a custom resource.
pub fn members(structure: &Structure) -> Vec<CrdMember> {
    let mut members = Vec::new();
    for member in structure.members {
        let is_required = is_required(structure.name, member);
        let mut add =
            |name: String, spelling| members.push(CrdMember { name, member, spelling, is_required });
        let base = member.name.strip_suffix("Name").unwrap_or(member.name);
        let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().member == base);
        let is_text = matches!(member.shape, Shape::Text { .. });
        match (kind.filter(|_| is_text), member.name) {
            (Some(kind), _) => {
                add([base, "Ref"].concat(), Spelling::Reference(kind));
                add([base, "ARN"].concat(), Spelling::Arn(kind));
            }
            // In Kubernetes, only a mesh has an IP preference.
            (None, "ipPreference") if structure.name != "MeshServiceDiscovery" => {}
            (None, "serviceDiscovery") if structure.name == "MeshSpec" => {
                add("meshServiceDiscovery".to_owned(), Spelling::Same);
            }
            (None, name) => {
                let capitals = name.strip_suffix("Arn").map(|name| [name, "ARN"].concat());
                let capitals =
                    capitals.or_else(|| name.strip_suffix("Arns").map(|name| [name, "ARNs"].concat()));
                add(capitals.unwrap_or_else(|| name.to_owned()), Spelling::Same);
            }
        }
    }
    members
}

/// Violations of the CRD's schema by an object.
#[derive(Debug, Default)]
pub struct Faults {
    kind: Option<Kind>,
    /// The paths of fields that the schema does not have.
    pub unknown: Vec<String>,
    /// The paths of fields that the controller drops silently.
    pub dropped: Vec<String>,
    /// The API server's messages, each as it follows `The VirtualNode "n" is invalid: `.
    pub invalid: Vec<String>,
}

impl Faults {
    fn structure(&mut self, structure: &Structure, own: &[(&str, Own)], value: &Value, path: &str) {
        let Value::Object(object) = value else { return self.wrong_type(path, value, "object") };
        let members = members(structure);
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            let at = [path, ".", key].concat();
            if let Some((_, own)) = own.iter().find(|(name, _)| name == key) {
                self.own(own, value, &at);
            } else if let Some(found) = members.iter().find(|member| member.name == *key) {
                match found.spelling {
                    Spelling::Same => self.shape(found.member.shape, value, &at),
                    Spelling::Reference(_) => self.own(&TARGET, value, &at),
                    Spelling::Arn(_) => self.own(&Own::Text, value, &at),
                }
            } else if dropped(self.kind, structure.name).contains(&&**key) {
                self.dropped.push(at);
            } else {
                self.unknown.push(at);
            }
        }
        for found in &members {
            let is_plain = matches!(found.spelling, Spelling::Same);
            let is_there = object.get(&found.name).is_some_and(|value| !value.is_null());
            if found.is_required && is_plain && !is_there {
                self.invalid.push([path, ".", &found.name, ": Required value"].concat());
            }
        }
    }

    fn shape(&mut self, shape: &Shape, value: &Value, path: &str) {
        match (shape, value) {
            (Shape::Any, _) => {}
            (Shape::Structure(structure), _) => self.structure(structure, &[], value, path),
            (Shape::List { of, min, max }, Value::Array(items)) => {
                if items.len() < *min {
                    let text = format!(
                        "{path}: Invalid value: {}: {path} in body should have at least {min} items",
                        items.len()
                    );
                    self.invalid.push(text);
                }
                if items.len() > *max && !path.ends_with(".backends") {
                    let text = format!("{path}: Too many: {}: must have at most {max} items", items.len());
                    self.invalid.push(text);
                }
                for (i, item) in items.iter().enumerate() {
                    self.shape(of, item, &format!("{path}[{i}]"));
                }
            }
            (Shape::Text { min, max, .. }, Value::String(text)) => {
                let length = text.chars().count();
                if length < *min {
                    let text = format!(
                        "{path}: Invalid value: \"{text}\": {path} in body should be at least {min} chars long"
                    );
                    self.invalid.push(text);
                } else if length > *max {
                    self.invalid.push(format!("{path}: Too long: may not be more than {max} bytes"));
                }
            }
            (Shape::Choice(allowed), Value::String(text)) => {
                if !allowed.contains(&text.as_str()) {
                    let allowed: Vec<_> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
                    let text = format!(
                        "{path}: Unsupported value: \"{}\": supported values: {}",
                        app_mesh_engine::model::excerpt(text),
                        allowed.join(", ")
                    );
                    self.invalid.push(text);
                }
            }
            (Shape::Integer { min, max }, Value::Number(number)) => {
                let name = path.rsplit('.').next().unwrap_or_default();
                // The CRDs allow port 0 in a match or a target; the API refuses it later.
                let is_match = name == "port" && !path.contains("portMapping");
                let (min, max) = if is_match { (&0, &i64::MAX) } else { (min, max) };
                match number.as_i64() {
                    None => self.wrong_type(path, value, "integer"),
                    Some(found) if found < *min => self.invalid.push(format!(
                        "{path}: Invalid value: {found}: {path} in body should be greater than or equal to {min}"
                    )),
                    Some(found) if found > *max => self.invalid.push(format!(
                        "{path}: Invalid value: {found}: {path} in body should be less than or equal to {max}"
                    )),
                    Some(_) => {}
                }
            }
            (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::List { .. }, _) => self.wrong_type(path, value, "array"),
            (Shape::Text { .. } | Shape::Choice(_), _) => self.wrong_type(path, value, "string"),
            (Shape::Integer { .. }, _) => self.wrong_type(path, value, "integer"),
            (Shape::Boolean, _) => self.wrong_type(path, value, "boolean"),
        }
    }

    fn own(&mut self, own: &Own, value: &Value, path: &str) {
        match (own, value) {
            (Own::Text, Value::String(_)) | (Own::Labels, Value::Object(_)) => {}
            (Own::List(of), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.own(of, item, &format!("{path}[{i}]"));
                }
            }
            (Own::Object(members), Value::Object(object)) => {
                for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
                    let at = [path, ".", key].concat();
                    match members.iter().find(|(name, _)| name == key) {
                        Some((_, own)) => self.own(own, value, &at),
                        None => self.unknown.push(at),
                    }
                }
                let needs_name = members.iter().any(|(name, _)| *name == "name");
                if needs_name && !object.contains_key("name") {
                    self.invalid.push([path, ".name: Required value"].concat());
                }
            }
            (Own::Routes, Value::Array(routes)) => {
                for (i, route) in routes.iter().enumerate() {
                    let at = format!("{path}[{i}]");
                    let Shape::Structure(structure) = Kind::Route.declaration().spec else { continue };
                    self.structure(structure, own_members(Kind::Route), route, &at);
                    if route.is_object() && route["name"].as_str().is_none_or(str::is_empty) {
                        self.invalid.push([&*at, ".name: Required value"].concat());
                    }
                }
            }
            (Own::Text, _) => self.wrong_type(path, value, "string"),
            (Own::List(_) | Own::Routes, _) => self.wrong_type(path, value, "array"),
            (Own::Object(_) | Own::Labels, _) => self.wrong_type(path, value, "object"),
        }
    }

    fn wrong_type(&mut self, path: &str, value: &Value, expected: &str) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let text = [
            path,
            ": Invalid value: \"",
            found,
            "\": ",
            path,
            " in body must be of type ",
            expected,
            ": \"",
            found,
            "\"",
        ];
        self.invalid.push(text.concat());
    }
}

/// Returns whether the CRD requires a member: the same as in the API, with a few exceptions. If the CRD is laxer, the
/// API refuses the resource later.
fn is_required(structure: &str, member: &Member) -> bool {
    match (structure, member.name) {
        ("Duration", _) | ("Backend", "virtualService") => true,
        ("VirtualGatewaySpec", "listeners") | ("VirtualGatewayHealthCheckPolicy", "healthyThreshold") => {
            false
        }
        _ => member.required,
    }
}

/// Returns the members of a CRD that the API lacks and the controller therefore drops silently.
pub fn dropped(kind: Option<Kind>, structure: &str) -> &'static [&'static str] {
    match (kind, structure) {
        (Some(Kind::VirtualGateway), "ListenerTlsValidationContextTrust") => &["acm"],
        _ => &[],
    }
}

/// Checks the spec of an object of this kind; `None` means a BackendGroup.
pub fn check(kind: Option<Kind>, spec: &Value) -> Faults {
    let mut faults = Faults { kind, ..Faults::default() };
    let empty = Value::Object(Map::new());
    let spec = if spec.is_null() { &empty } else { spec };
    match kind.map(|kind| (kind, kind.declaration().spec)) {
        Some((kind, Shape::Structure(structure))) => {
            faults.structure(structure, own_members(kind), spec, "spec");
        }
        Some(_) => {}
        None => faults.own(&Own::Object(BACKEND_GROUP), spec, "spec"),
    }
    faults
}
