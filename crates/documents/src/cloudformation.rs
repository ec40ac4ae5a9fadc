//! CloudFormation templates: the App Mesh resources that a template describes once its parameters are known.
//!
//! A template is [read](Template::read) from the values of [`mesh_text::yaml`], lists its
//! [missing](Template::missing) parameters, and is then [resolved](Template::resolve): conditions are evaluated,
//! intrinsic functions are replaced by their values, and resources are put in an order in which they can be created.
//! This module knows the names of the App Mesh resource types and their attributes, but not the contents of a `Spec`,
//! which it passes on as JSON. A [`Note`] reports everything that cannot be taken over as written. Start at
//! [`Template`].

use super::{Disposition, Note};
use std::{error::Error, fmt};

use crate::open::RESOURCE;
use app_mesh_engine::{
    model::{Kind, TextMap},
    world::StackOutput,
};
use mesh_text::nearest::nearest;
use mesh_text::{
    job::{Pace, at_once},
    words::{english, say, t},
};
use serde_json::{Map, Value};

pub use self::problem::Problem;
use self::{constraints::Constraints, resolve::Resolver};

mod constraints;
mod loops;
mod outputs;
mod problem;
mod resolve;
#[cfg(test)]
mod tests;

/// An error in a template, with its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TemplateError {
    /// Path in the template, such as `Resources.Mesh.Properties.MeshName`; empty for the template itself.
    pub path: String,
    /// The problem at this path.
    pub problem: Problem,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() && !matches!(self.problem, Problem::Constraint(_)) {
            write!(f, "`{}`: ", self.path)?;
        }
        self.problem.fmt(f)
    }
}

impl Error for TemplateError {}

/// Result of reading and resolving. The error is boxed to keep the success case small.
type Answer<T> = Result<T, Box<TemplateError>>;

/// Maximum length of the name of a resource or parameter, in bytes; the limit of CloudFormation.
const MAX_NAME: usize = 255;

/// A parameter of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Logical name.
    pub name: String,
    /// `Type`, such as `String`, `Number` or `CommaDelimitedList`.
    pub kind: String,
    /// Value used if none is given.
    pub default: Option<String>,
    /// Allowed values; if empty, any value is allowed.
    pub allowed: Vec<String>,
    /// `Description` in the template.
    pub description: Option<String>,
    constraints: Constraints,
}

/// The values that CloudFormation itself supplies (`AWS::AccountId` and so on).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pseudo {
    /// `AWS::AccountId`.
    pub account_id: String,
    /// `AWS::Region`. `AWS::URLSuffix` follows from it.
    pub region: String,
    /// `AWS::Partition`.
    pub partition: String,
    /// `AWS::StackName`.
    pub stack_name: String,
}

/// A resolved template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The App Mesh resources whose condition holds, each after those that it refers to.
    pub resources: Vec<TemplateResource>,
    /// Guesses and omissions.
    pub notes: Vec<Note>,
    /// The value of each parameter.
    pub parameters: TextMap,
    /// The outputs whose condition holds.
    pub outputs: Vec<StackOutput>,
    /// The names of the imported exports.
    pub imports: Vec<String>,
    /// The imported names that no stack exports.
    pub missing_imports: Vec<String>,
    /// Logical id and type of the resources of other services whose condition holds.
    pub others: Vec<(String, String)>,
    /// DNS records that the template defines.
    pub records: Vec<Record>,
}

/// A DNS record of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The host name, without a trailing dot.
    pub name: String,
    /// The addresses, as strings.
    pub addresses: Vec<String>,
}

/// An App Mesh resource with all its intrinsic functions resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateResource {
    /// Logical id in the template.
    pub logical_id: String,
    /// Resource type, such as `AWS::AppMesh::VirtualNode`.
    pub resource_type: String,
    /// Kind in App Mesh.
    pub kind: Kind,
    /// Properties: an object in CloudFormation's spelling (`Spec`, `PortMapping`).
    pub properties: Value,
}

/// A well-formed template whose functions are not resolved yet.
///
/// # Example
/// ```
/// # use mesh_documents::{cloudformation::{Pseudo, Template, TemplateError}, yaml};
/// # use app_mesh_engine::model::TextMap;
/// let text = "
/// Parameters:
///   Project: { Type: String }
/// Resources:
///   Mesh:
///     Type: AWS::AppMesh::Mesh
///     Properties:
///       MeshName: !Sub '${Project}-mesh'
/// ";
/// let template = Template::read(&yaml::parse(text)?)?;
/// assert_eq!(template.missing(&TextMap::new())[0].name, "Project");
///
/// let given = TextMap::from_iter([("Project".to_owned(), "colors".to_owned())]);
/// let pseudo = Pseudo {
///     account_id: "123456789012".to_owned(),
///     region: "us-west-2".to_owned(),
///     partition: "aws".to_owned(),
///     stack_name: "playground".to_owned(),
/// };
/// let mesh = &template.resolve(&given, &pseudo)?.resources[0];
/// assert_eq!(mesh.properties["MeshName"], "colors-mesh");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The parameters of the template.
    pub parameters: Vec<Parameter>,
    conditions: Map<String, Value>,
    mappings: Map<String, Value>,
    resources: Vec<Resource>,
    outputs: Map<String, Value>,
    /// `Description` of the template.
    pub description: Option<String>,
    /// The whole template if it has loops, which are expanded once the parameters are known.
    loops: Option<Value>,
    /// Notes on parts without effect that were found while reading.
    notes: Vec<Note>,
    /// First part that CloudFormation rejects and *Open…* ignores, as CloudFormation's message.
    rejection: Option<String>,
}

/// A resource as written in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    logical_id: String,
    resource_type: String,
    /// Kind in App Mesh; `None` for resources that are not created here.
    kind: Option<Kind>,
    properties: Value,
    depends_on: Vec<String>,
    condition: Option<String>,
}

/// Maximum number of unknown resource types in a message.
const MAX_REJECTED: usize = 20;

/// Prefix of the App Mesh types; the rest is the word of a kind. CloudFormation has no other App Mesh types.
const APP_MESH: &str = "AWS::AppMesh::";

/// Returns the property that contains a resource's own name.
fn own_name(kind: Kind) -> String {
    [kind.declaration().word, "Name"].concat()
}

/// Returns whether a document is a CloudFormation template: it has `Resources`, and one of them has a `Type`.
///
/// # Example
/// ```
/// # use mesh_documents::cloudformation::is_template;
/// # use serde_json::json;
/// assert!(is_template(&json!({ "Resources": { "Mesh": { "Type": "AWS::AppMesh::Mesh" } } })));
/// assert!(!is_template(&json!({ "kind": "Mesh", "metadata": { "name": "colors" } })));
/// ```
pub fn is_template(value: &Value) -> bool {
    value
        .get("Resources")
        .and_then(Value::as_object)
        .is_some_and(|resources| resources.values().any(|resource| resource.get("Type").is_some()))
}

impl Template {
    /// Reads a template. Its resources have the order of the map that contains them.
    ///
    /// # Errors
    /// Returns an error if a part that is used here does not have the shape that CloudFormation requires.
    /// [`Template::resolve`] checks the references.
    pub fn read(value: &Value) -> Result<Template, TemplateError> {
        at_once(|pace| async move { Self::read_paced(value, &pace).await })
    }

    /// Like [`Template::read`], but runs in slices.
    ///
    /// # Errors
    /// As [`Template::read`].
    pub async fn read_paced(value: &Value, pace: &Pace) -> Result<Template, TemplateError> {
        Self::read_sections(value, pace).await.map_err(|error| *error)
    }

    async fn read_sections(value: &Value, pace: &Pace) -> Answer<Template> {
        let root = object(value, "")?;
        if !root.contains_key("Resources") {
            return Err(fail(
                "",
                &[t("this is not a CloudFormation template; it must have a section `Resources`")],
            ));
        }
        let mut template = Template {
            parameters: Vec::new(),
            conditions: Map::new(),
            mappings: Map::new(),
            resources: Vec::new(),
            outputs: Map::new(),
            description: None,
            loops: loops::has_loops(value).then(|| value.clone()),
            notes: Vec::new(),
            rejection: None,
        };
        for (section, value) in root {
            match section.as_str() {
                "AWSTemplateFormatVersion" => {}
                "Outputs" => template.outputs = object(value, section)?.clone(),
                "Transform" if is_language_extensions(value) => {}
                "Parameters" => template.parameters = read_parameters(object(value, section)?)?,
                "Conditions" => template.conditions = object(value, section)?.clone(),
                "Mappings" => template.mappings = object(value, section)?.clone(),
                "Resources" => {
                    let resources = object(value, section)?;
                    pace.begin(english("{0} of {1} resources read"), resources.len());
                    for (done, (logical_id, resource)) in resources.iter().enumerate() {
                        template.read_resource(logical_id, resource)?;
                        pace.reach(done);
                        pace.work(RESOURCE).await;
                    }
                }
                _ => {
                    if let ("Description", Value::String(text)) = (section.as_str(), value) {
                        template.description = Some(text.clone());
                    }
                    let reason = section_without_effect(section).map(str::to_owned).unwrap_or_else(|| {
                        template.reject(&["Invalid template property or properties [", section, "]"]);
                        template.unknown(t("CloudFormation has no such section"), section, &SECTIONS)
                    });
                    template.note(section.clone(), Disposition::Ignored, reason);
                }
            }
        }
        Ok(template)
    }

    /// Returns whether to search a suggestion for an unknown name: not after many unknown names.
    fn suggests(&self) -> bool {
        /// Maximum number of notes up to which suggestions are useful.
        const MOST: usize = 100;
        self.notes.len() < MOST
    }

    /// Returns the reason why CloudFormation accepts no such template, in its words. *Open…* is lenient and only
    /// reports these parts: unknown sections, attributes and resource types.
    pub fn rejection(&self) -> Option<String> {
        if self.rejection.is_some() {
            return self.rejection.clone();
        }
        let is_unknown = |resource: &&Resource| {
            let name = &*resource.resource_type;
            resource.kind.is_none() && (name.starts_with(APP_MESH) || !name.contains("::"))
        };
        let mut unknown: Vec<&str> = Vec::new();
        for resource in self.resources.iter().filter(is_unknown) {
            if !unknown.contains(&&*resource.resource_type) && unknown.len() < MAX_REJECTED {
                unknown.push(&resource.resource_type);
            }
        }
        let types = unknown.join(", ");
        (!unknown.is_empty())
            .then(|| ["Template format error: Unrecognized resource types: [", &types, "]"].concat())
    }

    /// Returns the reason for a name that CloudFormation does not have, with a suggestion.
    fn unknown(&self, reason: &str, name: &str, known: &[&str]) -> String {
        let advice = if self.suggests() { suggestion(name, known, "") } else { String::new() };
        [reason, &advice].concat()
    }

    fn reject(&mut self, message: &[&str]) {
        if self.rejection.is_none() {
            self.rejection = Some(message.concat());
        }
    }

    /// Returns the parameters that still need a value: those without a default that are not in `given`.
    pub fn missing(&self, given: &TextMap) -> Vec<&Parameter> {
        let is_missing =
            |parameter: &&Parameter| parameter.default.is_none() && !given.contains_key(&parameter.name);
        self.parameters.iter().filter(is_missing).collect()
    }

    /// Returns the App Mesh resources of the template for these parameter values.
    ///
    /// # Errors
    /// Returns an error if a parameter has no value or one that is not allowed, a reference has no target, references
    /// form a cycle, a function is used incorrectly, or the result would be too large.
    pub fn resolve(&self, given: &TextMap, pseudo: &Pseudo) -> Result<Resolved, TemplateError> {
        self.resolve_with(given, pseudo, &TextMap::new())
    }

    /// Like [`Template::resolve`], with these exports of other stacks, by name.
    ///
    /// # Errors
    /// As [`Template::resolve`]; also if a loop is invalid.
    pub fn resolve_with(
        &self,
        given: &TextMap,
        pseudo: &Pseudo,
        exports: &TextMap,
    ) -> Result<Resolved, TemplateError> {
        at_once(|pace| async move { self.resolve_paced(given, pseudo, exports, &pace).await })
    }

    /// Like [`Template::resolve_with`], but runs in slices.
    ///
    /// # Errors
    /// As [`Template::resolve_with`].
    pub async fn resolve_paced(
        &self,
        given: &TextMap,
        pseudo: &Pseudo,
        exports: &TextMap,
        pace: &Pace,
    ) -> Result<Resolved, TemplateError> {
        self.resolve_boxed(given, pseudo, exports, pace).await.map_err(|error| *error)
    }

    async fn resolve_boxed(
        &self,
        given: &TextMap,
        pseudo: &Pseudo,
        exports: &TextMap,
        pace: &Pace,
    ) -> Answer<Resolved> {
        match &self.loops {
            None => Resolver::new(self, pseudo, exports).run(given, pace).await,
            Some(whole) => {
                let whole = Resolver::new(self, pseudo, exports).write_out_loops(whole, given, pace).await?;
                let mut template = Self::read_sections(&whole, pace).await?;
                // The expanded template has no loops.
                template.loops = None;
                Resolver::new(&template, pseudo, exports).run(given, pace).await
            }
        }
    }

    fn note(&mut self, path: String, disposition: Disposition, reason: String) {
        self.notes.push(Note { path, disposition, reason });
    }

    fn read_resource(&mut self, logical_id: &str, value: &Value) -> Answer<()> {
        let path = path_of("Resources", logical_id)?;
        if loops::is_loop(logical_id, value) {
            return Ok(());
        }
        if logical_id.starts_with("Fn::") {
            let reason = t("loops and other functions over resources are not run; write the resources out");
            self.note(path, Disposition::Ignored, reason.to_owned());
            return Ok(());
        }
        let members = object(value, &path)?;
        let Some(resource_type) = members.get("Type") else {
            return Err(fail(
                &path,
                &[t("this resource has no `Type`; add one, such as `AWS::AppMesh::VirtualNode`")],
            ));
        };
        let resource_type = text(resource_type, &join(&path, "Type"))?;
        let kind = resource_type.strip_prefix(APP_MESH).and_then(Kind::from_word);
        let mut resource = Resource {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            kind,
            properties: members.get("Properties").cloned().unwrap_or_else(|| Value::Object(Map::new())),
            depends_on: Vec::new(),
            condition: None,
        };
        if let Some(condition) = members.get("Condition") {
            resource.condition = Some(text(condition, &join(&path, "Condition"))?.to_owned());
        }
        if kind.is_none() {
            if !outputs::is_record(resource_type) {
                let reason = type_without_effect(resource_type);
                self.note(path, Disposition::Ignored, reason);
            }
            self.resources.push(resource);
            return Ok(());
        }
        object(&resource.properties, &join(&path, "Properties"))?;
        for (attribute, value) in members {
            let path = join(&path, attribute);
            match attribute.as_str() {
                "Type" | "Properties" | "Condition" => {}
                "DependsOn" => resource.depends_on = texts(value, &path)?,
                _ => {
                    let reason =
                        attribute_without_effect(attribute).map(str::to_owned).unwrap_or_else(|| {
                            self.reject(&["Invalid template resource property '", attribute, "'"]);
                            self.unknown(t("resources have no such attribute"), attribute, &ATTRIBUTES)
                        });
                    self.note(path, Disposition::Ignored, reason);
                }
            }
        }
        self.resources.push(resource);
        Ok(())
    }
}

fn read_parameters(parameters: &Map<String, Value>) -> Answer<Vec<Parameter>> {
    let mut read = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        let mut parameter = Parameter {
            name: name.clone(),
            kind: "String".to_owned(),
            default: None,
            allowed: Vec::new(),
            description: None,
            constraints: Constraints::default(),
        };
        let path = path_of("Parameters", name)?;
        for (member, value) in object(value, &path)? {
            let path = join(&path, member);
            match member.as_str() {
                "Type" => text(value, &path)?.clone_into(&mut parameter.kind),
                "Default" => parameter.default = Some(scalar(value, &path)?),
                "AllowedValues" => parameter.allowed = texts(value, &path)?,
                "Description" => parameter.description = Some(scalar(value, &path)?),
                _ => parameter.constraints.read(member, value),
            }
        }
        read.push(parameter);
    }
    Ok(read)
}

/// Returns the path of a resource or parameter. The name's length is limited, because every note below stores a path.
fn path_of(section: &str, name: &str) -> Answer<String> {
    match name.char_indices().nth(60) {
        Some((end, _)) if name.len() > MAX_NAME => {
            let path = [section, ".", &name[..end], "…"].concat();
            let problem = Problem::TooLong { length: name.len(), limit: MAX_NAME };
            Err(Box::new(TemplateError { path, problem }))
        }
        _ => Ok(join(section, name)),
    }
}

/// Returns whether the only macro of a template is `AWS::LanguageExtensions`, which is simulated.
fn is_language_extensions(value: &Value) -> bool {
    let macros = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    macros.iter().all(|name| name == "AWS::LanguageExtensions")
}

/// Sections that have an effect here, for suggestions.
const SECTIONS: [&str; 5] = ["Conditions", "Mappings", "Outputs", "Parameters", "Resources"];
/// Attributes of a resource that have an effect here, for suggestions.
const ATTRIBUTES: [&str; 4] = ["Condition", "DependsOn", "Properties", "Type"];

/// Returns the reason why a section of CloudFormation has no effect; `None` if CloudFormation has no such section.
fn section_without_effect(section: &str) -> Option<&'static str> {
    Some(match section {
        "Description" | "Metadata" => t("this describes the template and is not part of a mesh"),
        "Hooks" => t("nothing has to be waited for here"),
        "Rules" => t("rules about parameters are not checked"),
        "Transform" => t("macros are not run; what they would add or change is missing"),
        _ => return None,
    })
}

/// Returns the reason why an attribute of a resource has no effect; `None` if CloudFormation has no such attribute.
fn attribute_without_effect(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "CreationPolicy" | "UpdatePolicy" => t("nothing has to be waited for here"),
        "DeletionPolicy" | "UpdateReplacePolicy" => t("a stack is not deleted or replaced here"),
        "Metadata" => t("this describes the resource and is not part of it"),
        _ => return None,
    })
}

fn type_without_effect(resource_type: &str) -> String {
    if resource_type.starts_with(APP_MESH) {
        return say(
            "{0} is not a type of App Mesh; the seven are Mesh, VirtualNode, VirtualService, VirtualRouter, Route, \
             VirtualGateway and GatewayRoute",
            &[resource_type],
        );
    }
    say("{0} is not an App Mesh resource", &[resource_type])
}

// Shapes

#[cold]
#[inline(never)]
fn fail(path: &str, words: &[&str]) -> Box<TemplateError> {
    Box::new(TemplateError { path: path.to_owned(), problem: Problem::Mistake(words.concat()) })
}

/// Returns the message for a value of the wrong type.
#[cold]
#[inline(never)]
fn wrong_shape(value: &Value, expected: &str) -> String {
    say("this must be {0}, but it is {1}; check how it is written and indented", &[expected, shape_of(value)])
}

/// Returns the end of a message about an unknown name: the most similar known name, or other advice.
#[inline(never)]
fn suggestion(name: &str, known: &[&str], otherwise: &str) -> String {
    match nearest(name, known) {
        Some(near) => say("; did you mean `{0}`?", &[near]),
        None => otherwise.to_owned(),
    }
}

/// Formats names as a list for a message.
#[cold]
#[inline(never)]
fn listed(names: &[String]) -> String {
    ["`", &names.join("`, `"), "`"].concat()
}

fn shape_of(value: &Value) -> &'static str {
    match value {
        Value::Null => t("empty"),
        Value::Bool(_) => t("true or false"),
        Value::Number(_) => t("a number"),
        Value::String(_) => t("text"),
        Value::Array(_) => t("a list"),
        Value::Object(_) => t("an object"),
    }
}

fn object<'v>(value: &'v Value, path: &str) -> Answer<&'v Map<String, Value>> {
    value.as_object().ok_or_else(|| fail(path, &[&wrong_shape(value, t("an object"))]))
}

fn text<'v>(value: &'v Value, path: &str) -> Answer<&'v str> {
    value.as_str().ok_or_else(|| fail(path, &[&wrong_shape(value, t("text"))]))
}

fn scalar(value: &Value, path: &str) -> Answer<String> {
    scalar_text(value).ok_or_else(|| fail(path, &[&wrong_shape(value, t("text"))]))
}

/// Reads a string or a list of strings.
fn texts(value: &Value, path: &str) -> Answer<Vec<String>> {
    let mut texts = Vec::new();
    for item in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
        texts.push(scalar(item, path)?);
    }
    Ok(texts)
}

/// Returns a scalar value as the string that CloudFormation would insert.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(mesh_text::json::compact(value)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn join(path: &str, member: &str) -> String {
    [path, ".", member].concat()
}
