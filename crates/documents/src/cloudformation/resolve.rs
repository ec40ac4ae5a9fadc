//! Resolves a template to its resources: conditions, references, order, intrinsic functions.
//!
//! Each resource is visited twice. The first visit only collects its references, which determines the order and finds
//! cycles. The second visit replaces functions with values, in that order, so that the names of every referenced
//! resource are known. Depth and total size are counted, because a short template can request a very large result.
//!
//! The first problem is stored in the [`Resolver`] and stops the work: from then on, `enter` and `grow` return false,
//! and all further results are discarded. This way, most functions return no `Result`, and the download does not
//! contain the code to pass errors on. Start at [`Resolver::run`].

use crate::open::{PASS, RESOURCE};
use app_mesh_engine::model::TextMap;
use mesh_text::yaml::json_number;
use mesh_text::{
    job::Pace,
    words::{english, say, t},
};
use serde_json::{Map, Value};

use super::{
    Disposition, Note, Parameter, Problem, Pseudo, Resolved, Template, TemplateError, TemplateResource, join,
    listed, own_name, suggestion, wrong_shape,
};

mod condition;
mod function;
mod reference;

/// Maximum length of a parameter value, in bytes; the limit of CloudFormation.
const MAX_PARAMETER: usize = 4096;
/// Maximum size of all resolved values together, in bytes.
const MAX_RESOLVED: usize = 8 * 1024 * 1024;
/// Maximum nesting depth of functions, conditions and properties.
const MAX_DEPTH: usize = 200;

/// Target of a name in the template: an index into its parameters or resources.
#[derive(Clone, Copy)]
enum Target {
    Parameter(usize),
    Resource(usize),
}

pub(super) struct Resolver<'t> {
    pub(super) template: &'t Template,
    pseudo: &'t Pseudo,
    /// The exports of other stacks.
    exports: &'t TextMap,
    /// The names of the imported exports, and the names that no stack exports.
    imports: [Vec<String>; 2],
    /// The value of each parameter of the template.
    parameters: Vec<Value>,
    /// The conditions evaluated so far, each `true` or `false`.
    conditions: Map<String, Value>,
    /// The conditions being evaluated, outermost first.
    deciding: Vec<&'t str>,
    /// Whether each resource of the template is created.
    created: Vec<bool>,
    /// The properties of each resource; `null` until they are resolved.
    properties: Vec<Value>,
    notes: Vec<Note>,
    /// The current path in the template.
    pub(super) path: String,
    pub(super) depth: usize,
    /// Bytes of resolved values so far.
    size: usize,
    /// The first problem found.
    problem: Option<Box<TemplateError>>,
}

impl<'t> Resolver<'t> {
    pub(super) fn new(template: &'t Template, pseudo: &'t Pseudo, exports: &'t TextMap) -> Resolver<'t> {
        Resolver {
            template,
            pseudo,
            exports,
            imports: [Vec::new(), Vec::new()],
            parameters: Vec::new(),
            conditions: Map::new(),
            deciding: Vec::new(),
            created: Vec::new(),
            properties: template.resources.iter().map(|_| Value::Null).collect(),
            notes: template.notes.clone(),
            path: String::new(),
            depth: 0,
            size: 0,
            problem: None,
        }
    }

    /// Sets the values of the parameters.
    fn begin(&mut self, given: &TextMap) {
        for name in given.keys() {
            if !matches!(self.named(name), Some(Target::Parameter(_))) {
                self.path = join("Parameters", name);
                self.note(Disposition::Ignored, &[t("the template has no such parameter")]);
            }
        }
        for parameter in &self.template.parameters {
            self.path = join("Parameters", &parameter.name);
            let value = self.parameter(parameter, given.get(&parameter.name));
            self.parameters.push(value);
        }
    }

    /// Expands the loops of the whole template.
    pub(super) async fn write_out_loops(
        mut self,
        whole: &Value,
        given: &TextMap,
        pace: &Pace,
    ) -> Result<Value, Box<TemplateError>> {
        self.begin(given);
        self.path = String::new();
        let mut written = Map::new();
        for (section, value) in whole.as_object().into_iter().flatten() {
            self.path.clone_from(section);
            let value = self.expanded_section(value, pace).await;
            written.insert(section.clone(), value);
        }
        self.problem.map_or(Ok(Value::Object(written)), Err)
    }

    pub(super) async fn run(mut self, given: &TextMap, pace: &Pace) -> Result<Resolved, Box<TemplateError>> {
        let template = self.template;
        self.begin(given);
        for resource in &template.resources {
            let mut created = true;
            if let Some(condition) = &resource.condition {
                self.path = ["Resources.", &resource.logical_id, ".Condition"].concat();
                created = self.condition(condition);
                if !created && resource.kind.is_some() {
                    self.path = join("Resources", &resource.logical_id);
                    self.note(Disposition::Ignored, &[&say("its condition `{0}` is false", &[condition])]);
                }
            }
            self.created.push(created);
            pace.work(1).await;
        }
        let mut needs = Vec::new();
        for index in 0..template.resources.len() {
            needs.push(self.needs(index));
            pace.work(RESOURCE).await;
        }
        let mut resources = Vec::new();
        let order = self.order(&needs);
        pace.begin(english("{0} of {1} resources resolved"), order.len());
        for (done, index) in order.iter().enumerate() {
            let before = self.size;
            self.resolve_resource(*index);
            pace.reach(done);
            pace.work(RESOURCE + (self.size - before) / 16).await;
        }
        pace.work(PASS).await;
        let records = self.records(pace).await;
        let outputs = self.outputs(pace).await;
        let others = self.others();
        let parameters = self.parameter_texts();
        for index in order {
            let Some(resource) = template.resources.get(index) else { continue };
            if let (Some(kind), Some(properties)) = (resource.kind, self.properties.get_mut(index)) {
                resources.push(TemplateResource {
                    logical_id: resource.logical_id.clone(),
                    resource_type: resource.resource_type.clone(),
                    kind,
                    properties: properties.take(),
                });
            }
        }
        match self.problem {
            Some(problem) => Err(problem),
            None => {
                let [imports, missing_imports] = self.imports;
                let notes = self.notes;
                Ok(Resolved {
                    resources,
                    notes,
                    parameters,
                    outputs,
                    imports,
                    missing_imports,
                    others,
                    records,
                })
            }
        }
    }

    // Parameters

    /// Returns the value of each parameter of the template, in the template's order.
    pub(super) fn parameter_values(&self) -> &[Value] {
        &self.parameters
    }

    fn parameter(&mut self, parameter: &Parameter, given: Option<&String>) -> Value {
        let Some(value) = given.or(parameter.default.as_ref()) else {
            self.fail(&[t("this parameter has no value and no default; give it a value")]);
            return Value::Null;
        };
        let kind = parameter.kind.as_str();
        let is_list =
            kind.starts_with("List<") || kind.contains("<List<") || kind.contains("CommaDelimitedList");
        let mut items = Vec::new();
        let mut rest = Some(value.as_str());
        while let Some(text) = rest {
            let item = match text.split_once(',').filter(|_| is_list) {
                Some((item, after)) => {
                    rest = Some(after);
                    item
                }
                None => {
                    rest = None;
                    text
                }
            };
            let item = if is_list { item.trim() } else { item };
            if !parameter.allowed.is_empty() && !parameter.allowed.iter().any(|allowed| allowed == item) {
                let allowed = listed(&parameter.allowed);
                self.fail(&[&say(
                    "`{0}` is not a value this parameter allows; choose one of {1}",
                    &[item, &allowed],
                )]);
                return Value::Null;
            }
            items.push(Value::from(item));
        }
        if let Some(message) = parameter.constraints.violation(&parameter.name, kind, &items) {
            self.stop(Problem::Constraint(message));
            return Value::Null;
        }
        if value.len() > MAX_PARAMETER {
            self.stop(Problem::TooLong { length: value.len(), limit: MAX_PARAMETER });
        }
        if kind.starts_with("AWS::SSM::") {
            self.guess(&[t(
                "this is the name of a value in Parameter Store, which is not known; the name is used",
            )]);
        }
        if is_list {
            return Value::Array(items);
        }
        if kind != "Number" {
            return Value::from(value.as_str());
        }
        // A number that JSON can represent, so that `Port: !Ref Port` is a number, too.
        match json_number(value.trim()) {
            Some(number) => Value::Number(number),
            None => {
                self.fail(&[&say("this parameter must be a number, not `{0}`; give it a number", &[value])]);
                Value::Null
            }
        }
    }

    // Order

    /// Returns the App Mesh resources that must exist before this one.
    fn needs(&mut self, index: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let Some(resource) = self.template.resources.get(index).filter(|_| self.is_wanted(index)) else {
            return found;
        };
        self.path = ["Resources.", &resource.logical_id, ".DependsOn"].concat();
        for name in &resource.depends_on {
            match self.named(name) {
                Some(Target::Resource(index)) => found.push(index),
                _ => self.unknown_resource(name),
            }
        }
        self.path = ["Resources.", &resource.logical_id, ".Properties"].concat();
        self.references(&resource.properties, &mut found);
        // Resources of other services are not created here, so they impose no order. Neither do resources whose
        // condition is false; only `DependsOn` may name those.
        found.retain(|index| self.is_wanted(*index));
        found
    }

    /// Returns whether a resource belongs to App Mesh and its condition holds.
    fn is_wanted(&self, index: usize) -> bool {
        self.is_created(index) && self.template.resources.get(index).is_some_and(|r| r.kind.is_some())
    }

    pub(super) fn is_created(&self, index: usize) -> bool {
        self.created.get(index) == Some(&true)
    }

    fn expect_created(&mut self, index: usize) {
        if let Some(resource) = self.template.resources.get(index).filter(|_| !self.is_created(index)) {
            let condition = resource.condition.as_deref().unwrap_or_default();
            self.fail(&[&say(
                "`{0}` is not created, because its condition `{1}` is false; put this under the same condition",
                &[&resource.logical_id, condition],
            )]);
        }
    }

    /// Returns the resources to create, each after those it needs, otherwise in the order of the template.
    fn order(&mut self, needs: &[Vec<usize>]) -> Vec<usize> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut order = Vec::new();
        let mut marks = vec![Mark::New; needs.len()];
        for root in 0..needs.len() {
            if marks[root] != Mark::New || !self.is_wanted(root) {
                continue;
            }
            // An explicit stack, because a chain of references can be longer than the call stack is deep.
            let mut open = vec![(root, 0)];
            marks[root] = Mark::Open;
            while let Some((index, next)) = open.last_mut() {
                let Some(need) = needs[*index].get(*next).copied() else {
                    marks[*index] = Mark::Done;
                    order.push(*index);
                    open.pop();
                    continue;
                };
                *next += 1;
                match marks[need] {
                    Mark::Done => {}
                    Mark::New => {
                        marks[need] = Mark::Open;
                        open.push((need, 0));
                    }
                    Mark::Open => {
                        let start = open.iter().position(|(index, _)| *index == need).unwrap_or(0);
                        let mut names = Vec::new();
                        for (index, _) in &open[start..] {
                            names.push(self.template.resources[*index].logical_id.as_str());
                        }
                        self.path = join("Resources", names[0]);
                        self.circle(&names);
                        return order;
                    }
                }
            }
        }
        order
    }

    /// Reports a cycle of names that refer to each other, the last of them to the first.
    fn circle(&mut self, names: &[&str]) {
        let circle = names.join("` → `");
        let first = names.first().copied().unwrap_or_default();
        self.fail(&[&say(
            "these refer to each other in a circle: `{0}` → `{1}`; remove one of the references",
            &[&circle, first],
        )]);
    }

    // Properties

    fn resolve_resource(&mut self, index: usize) {
        let Some(resource) = self.template.resources.get(index) else { return };
        let Some(kind) = resource.kind else { return };
        self.path = ["Resources.", &resource.logical_id, ".Properties"].concat();
        let mut properties = match self.value(&resource.properties) {
            Some(Value::Object(properties)) => properties,
            Some(other) => return self.fail(&[&wrong_shape(&other, t("an object"))]),
            None => Map::new(),
        };
        let own_name = own_name(kind);
        // CloudFormation generates every name except that of a virtual service, which callers use to look it up.
        if own_name != "VirtualServiceName" && !properties.contains_key(&own_name) {
            let outer = self.step_into(&own_name);
            self.guess(&[t("CloudFormation would make up a name; the logical id is used")]);
            self.path.truncate(outer);
            properties.insert(own_name, Value::from(resource.logical_id.as_str()));
        }
        if let Some(place) = self.properties.get_mut(index) {
            *place = Value::Object(properties);
        }
    }

    // Bookkeeping

    /// Returns the target of a name, if the template has it. INVARIANT: the parameters and resources are sorted by
    /// name, because the members of JSON objects are.
    fn named(&self, name: &str) -> Option<Target> {
        let Template { parameters, resources, .. } = self.template;
        match resources.binary_search_by(|resource| resource.logical_id.as_str().cmp(name)) {
            Ok(index) => Some(Target::Resource(index)),
            Err(_) => {
                let index = parameters.binary_search_by(|parameter| parameter.name.as_str().cmp(name));
                index.ok().map(Target::Parameter)
            }
        }
    }

    /// Stores a problem if it is the first.
    #[cold]
    #[inline(never)]
    fn stop(&mut self, problem: Problem) {
        if self.problem.is_none() {
            self.problem = Some(Box::new(TemplateError { path: self.path.clone(), problem }));
        }
    }

    /// Stores a mistake; its message is the concatenation of `words`.
    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, words: &[&str]) {
        self.stop(Problem::Mistake(words.concat()));
    }

    #[cold]
    #[inline(never)]
    fn arguments(&mut self, function: &str, expected: &'static str) {
        self.fail(&[&say("`{0}` must be given {1}", &[function, t(expected)])]);
    }

    #[cold]
    #[inline(never)]
    fn unknown(&mut self, kind: &'static str, name: &str, known: &[&str]) {
        if self.problem.is_some() {
            return;
        }
        let advice = suggestion(name, known, t("; add it to the template or correct the name"));
        self.fail(&[&say("there is no {0} named `{1}`", &[t(kind), name]), &advice]);
    }

    #[cold]
    #[inline(never)]
    fn unknown_function(&mut self, name: &str, known: &[&str]) {
        let advice = suggestion(name, known, t("; correct its name"));
        self.fail(&[&say("CloudFormation has no function `{0}`", &[name]), &advice]);
    }

    fn unknown_resource(&mut self, name: &str) {
        self.unknown_resource_or(english("resource"), name, Vec::new());
    }

    /// Like `unknown_resource`, but `known` lists further valid names.
    #[cold]
    #[inline(never)]
    fn unknown_resource_or(&mut self, kind: &'static str, name: &str, mut known: Vec<&'t str>) {
        for resource in &self.template.resources {
            known.push(resource.logical_id.as_str());
        }
        self.unknown(kind, name, &known);
    }

    pub(super) fn guess(&mut self, reason: &[&str]) {
        self.note(Disposition::Guessed, reason);
    }

    #[inline(never)]
    pub(super) fn note(&mut self, disposition: Disposition, reason: &[&str]) {
        let note = Note { path: self.path.clone(), disposition, reason: reason.concat() };
        if self.grow(note.path.len() + note.reason.len()) {
            self.notes.push(note);
        }
    }

    /// Returns the number of notes so far.
    pub(super) fn noted(&self) -> usize {
        self.notes.len()
    }

    /// Drops all notes after the first `since`.
    pub(super) fn forget_notes(&mut self, since: usize) {
        self.notes.truncate(since);
    }

    /// Enters the next level. Returns false if a problem was found. Each call costs a byte, so that repeated visits of
    /// the same values also reach the size limit.
    pub(super) fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.stop(Problem::TooDeep { limit: MAX_DEPTH });
        }
        self.grow(1)
    }

    /// Charges bytes to the size budget. Returns whether the work may continue.
    #[inline(never)]
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        self.size = self.size.saturating_add(bytes);
        if self.size > MAX_RESOLVED {
            self.stop(Problem::TooLarge { limit: MAX_RESOLVED });
        }
        self.problem.is_none()
    }

    /// Appends a member of an object to the path. Returns the length of the path to return to.
    #[inline(never)]
    pub(super) fn step_into(&mut self, member: &str) -> usize {
        let outer = self.path.len();
        self.path.push('.');
        self.path.push_str(member);
        outer
    }

    #[inline(never)]
    pub(super) fn step_into_item(&mut self, index: usize) -> usize {
        let outer = self.path.len();
        self.path.push('[');
        self.path.push_str(&index.to_string());
        self.path.push(']');
        outer
    }
}

/// Returns the function and its argument if the value is a function call.
#[inline(never)]
fn call(value: &Value) -> Option<(&str, &Value)> {
    only_member(value).filter(|(name, _)| *name == "Ref" || name.starts_with("Fn::"))
}

/// Returns the only member of an object; `None` if it does not have exactly one.
#[inline(never)]
fn only_member(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.iter().next().map(|(name, value)| (name.as_str(), value))
}

#[inline(never)]
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
