//! From a template to its resources: conditions, references, order, intrinsic functions.
//!
//! This goes over each resource twice. The first time only finds what it refers to, which decides the order and
//! finds circles; the second time puts values in place of functions, in that order, so that whatever is referred
//! to already has its names. How large and how deep things get is counted, because a template can ask for far
//! more than it is long. Start at [`Resolver::run`].

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Answer, Disposition, Note, Parameter, Problem, Pseudo, Resolved, Template, TemplateError,
    TemplateResource, fail, join, shape_of,
};
use crate::{document::yaml::json_number, model::nearest};

mod condition;
mod function;
mod reference;

/// The longest parameter value, in bytes; the limit of CloudFormation.
const MAX_PARAMETER: usize = 4096;
/// How large everything resolved together may get, in bytes.
const MAX_RESOLVED: usize = 8 * 1024 * 1024;
/// How deep functions, conditions and properties may go.
const MAX_DEPTH: usize = 200;

/// What a name of the template stands for: an index into its parameters or resources.
#[derive(Clone, Copy)]
enum Target {
    Parameter(usize),
    Resource(usize),
}

pub(super) struct Resolver<'t> {
    template: &'t Template,
    pseudo: &'t Pseudo,
    /// The place of each name, with the parameters before the resources; see [`Resolver::named`]. A map of the type
    /// that JSON objects have: one less type in the bundle.
    names: Map<String, Value>,
    /// The value of each parameter of the template.
    parameters: Vec<Value>,
    /// The conditions decided so far, each `true` or `false`.
    conditions: Map<String, Value>,
    /// The conditions being decided, outermost first.
    deciding: Vec<String>,
    /// Whether each resource of the template is created.
    created: Vec<bool>,
    /// The properties of the resources resolved so far.
    properties: Vec<Option<Map<String, Value>>>,
    notes: Vec<Note>,
    /// Where in the template we are.
    path: String,
    depth: usize,
    /// Bytes made so far.
    size: usize,
}

impl<'t> Resolver<'t> {
    pub(super) fn new(
        template: &'t Template,
        given: &BTreeMap<String, String>,
        pseudo: &'t Pseudo,
    ) -> Answer<Resolver<'t>> {
        let mut names = Map::new();
        let parameters = template.parameters.iter().map(|parameter| &parameter.name);
        let resources = template.resources.iter().map(|resource| &resource.logical_id);
        for (place, name) in parameters.chain(resources).enumerate() {
            names.insert(name.clone(), Value::from(place));
        }
        let mut resolver = Resolver {
            template,
            pseudo,
            names,
            parameters: Vec::new(),
            conditions: Map::new(),
            deciding: Vec::new(),
            created: Vec::new(),
            properties: vec![None; template.resources.len()],
            notes: template.notes.clone(),
            path: String::new(),
            depth: 0,
            size: 0,
        };
        for name in given.keys() {
            if !matches!(resolver.named(name), Some(Target::Parameter(_))) {
                let path = join("Parameters", name);
                resolver.note_at(
                    path,
                    Disposition::Ignored,
                    "the template has no such parameter".to_owned(),
                )?;
            }
        }
        for parameter in &template.parameters {
            let value = resolver.parameter(parameter, given.get(&parameter.name))?;
            resolver.parameters.push(value);
        }
        Ok(resolver)
    }

    pub(super) fn run(mut self) -> Answer<Resolved> {
        let template = self.template;
        for resource in &template.resources {
            let created = match &resource.condition {
                Some(condition) => {
                    self.path = ["Resources.", &resource.logical_id, ".Condition"].concat();
                    self.condition(condition)?
                }
                None => true,
            };
            self.created.push(created);
            if let (false, Some(_), Some(condition)) = (created, resource.kind, &resource.condition) {
                let path = join("Resources", &resource.logical_id);
                self.note_at(
                    path,
                    Disposition::Ignored,
                    ["its condition `", condition, "` is false"].concat(),
                )?;
            }
        }
        let mut needs = Vec::with_capacity(template.resources.len());
        for index in 0..template.resources.len() {
            needs.push(self.needs(index)?);
        }
        let order = self.order(&needs)?;
        for index in &order {
            self.resolve_resource(*index)?;
        }
        let resource = |index: usize| {
            let resource = template.resources.get(index)?;
            Some(TemplateResource {
                logical_id: resource.logical_id.clone(),
                resource_type: resource.resource_type.clone(),
                properties: Value::Object(self.properties.get_mut(index)?.take()?),
            })
        };
        Ok(Resolved { resources: order.into_iter().filter_map(resource).collect(), notes: self.notes })
    }

    // Parameters

    fn parameter(&mut self, parameter: &Parameter, given: Option<&String>) -> Answer<Value> {
        let path = join("Parameters", &parameter.name);
        let Some(value) = given.or(parameter.default.as_ref()) else {
            return Err(fail(&path, Problem::NoValue));
        };
        let kind = parameter.kind.as_str();
        let is_list =
            kind.starts_with("List<") || kind.contains("<List<") || kind.contains("CommaDelimitedList");
        let items: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
        let forbidden = |item: &&&str| !parameter.allowed.iter().any(|allowed| allowed == **item);
        if let (false, Some(item)) = (parameter.allowed.is_empty(), items.iter().find(forbidden)) {
            let problem =
                Problem::NotAllowed { value: (*item).to_owned(), allowed: parameter.allowed.clone() };
            return Err(fail(&path, problem));
        }
        if value.len() > MAX_PARAMETER {
            return Err(fail(&path, Problem::TooLong { length: value.len(), limit: MAX_PARAMETER }));
        }
        if kind.starts_with("AWS::SSM::") {
            let reason =
                "this is the name of a value in Parameter Store, which is not known; the name is used";
            self.note_at(path.clone(), Disposition::Guessed, reason.to_owned())?;
        }
        if is_list {
            return Ok(Value::from(items));
        }
        if kind != "Number" {
            return Ok(Value::from(value.as_str()));
        }
        // A number that JSON can hold, so that `Port: !Ref Port` is a number, too.
        match json_number(value.trim()) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(fail(&path, Problem::NotANumber { value: value.clone() })),
        }
    }

    // Order

    /// The App Mesh resources that one needs to be there first.
    fn needs(&mut self, index: usize) -> Answer<Vec<usize>> {
        let template = self.template;
        let mut found = Vec::new();
        let Some(resource) = template.resources.get(index) else { return Ok(found) };
        if resource.kind.is_none() || !self.is_created(index) {
            return Ok(found);
        }
        self.path = ["Resources.", &resource.logical_id, ".DependsOn"].concat();
        for name in &resource.depends_on {
            let Some(Target::Resource(index)) = self.named(name) else {
                return Err(self.unknown_resource(name));
            };
            found.push(index);
        }
        self.path = ["Resources.", &resource.logical_id, ".Properties"].concat();
        self.references(&resource.properties, &mut found)?;
        // Types that are not created here need no waiting for; neither does what a condition leaves out, which
        // only `DependsOn` may name.
        found.retain(|index| {
            self.is_created(*index) && template.resources.get(*index).is_some_and(|r| r.kind.is_some())
        });
        Ok(found)
    }

    fn is_created(&self, index: usize) -> bool {
        self.created.get(index).copied().unwrap_or(false)
    }

    fn expect_created(&self, index: usize) -> Answer<()> {
        match self.template.resources.get(index) {
            Some(resource) if !self.is_created(index) => Err(self.fail(Problem::Absent {
                name: resource.logical_id.clone(),
                condition: resource.condition.clone().unwrap_or_default(),
            })),
            _ => Ok(()),
        }
    }

    /// The resources to create, each after those it needs, otherwise in the order of the template.
    fn order(&self, needs: &[Vec<usize>]) -> Answer<Vec<usize>> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut order = Vec::new();
        let mut marks = vec![Mark::New; needs.len()];
        for root in 0..needs.len() {
            let is_wanted = self.template.resources.get(root).is_some_and(|r| r.kind.is_some());
            if marks[root] != Mark::New || !is_wanted || !self.is_created(root) {
                continue;
            }
            // A stack of our own: a chain of references can be longer than the call stack is deep.
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
                        let circle = open.iter().map(|(index, _)| *index).skip_while(|index| *index != need);
                        let names: Vec<String> = circle
                            .chain([need])
                            .filter_map(|index| self.template.resources.get(index))
                            .map(|resource| resource.logical_id.clone())
                            .collect();
                        let path = join("Resources", names.first().map_or("", String::as_str));
                        return Err(fail(&path, Problem::Circle { names }));
                    }
                }
            }
        }
        Ok(order)
    }

    // Properties

    fn resolve_resource(&mut self, index: usize) -> Answer<()> {
        let template = self.template;
        let Some((resource, kind)) =
            template.resources.get(index).and_then(|resource| Some((resource, resource.kind?)))
        else {
            return Ok(());
        };
        self.path = ["Resources.", &resource.logical_id, ".Properties"].concat();
        let mut properties = match self.value(&resource.properties)? {
            Some(Value::Object(properties)) => properties,
            Some(other) => {
                return Err(self.fail(Problem::Shape { expected: "an object", found: shape_of(&other) }));
            }
            None => Map::new(),
        };
        if kind.name_is_generated && !properties.contains_key(kind.own_name) {
            properties.insert(kind.own_name.to_owned(), Value::from(resource.logical_id.as_str()));
            let outer = self.step_into(kind.own_name);
            self.guess("CloudFormation would make up a name; the logical id is used")?;
            self.path.truncate(outer);
        }
        if let Some(place) = self.properties.get_mut(index) {
            *place = Some(properties);
        }
        Ok(())
    }

    // Bookkeeping

    /// What a name stands for, where the template has it.
    fn named(&self, name: &str) -> Option<Target> {
        let place = usize::try_from(self.names.get(name)?.as_u64()?).ok()?;
        Some(match place.checked_sub(self.template.parameters.len()) {
            Some(index) => Target::Resource(index),
            None => Target::Parameter(place),
        })
    }

    #[cold]
    fn fail(&self, problem: Problem) -> Box<TemplateError> {
        fail(&self.path, problem)
    }

    #[cold]
    #[inline(never)]
    fn arguments(&self, function: &str, expected: &'static str) -> Box<TemplateError> {
        self.fail(Problem::Arguments { function: function.to_owned(), expected })
    }

    fn unknown(&self, kind: &'static str, name: &str, known: &[&str]) -> Box<TemplateError> {
        let suggestion = nearest(name, known).map(str::to_owned);
        self.fail(Problem::UnknownName { kind, name: name.to_owned(), suggestion })
    }

    fn unknown_resource(&self, name: &str) -> Box<TemplateError> {
        let resources = self.template.resources.iter();
        let known: Vec<&str> = resources.map(|resource| resource.logical_id.as_str()).collect();
        self.unknown("resource", name, &known)
    }

    fn guess(&mut self, reason: &str) -> Answer<()> {
        self.note_at(self.path.clone(), Disposition::Guessed, reason.to_owned())
    }

    fn note_at(&mut self, path: String, disposition: Disposition, reason: String) -> Answer<()> {
        self.grow(path.len() + reason.len())?;
        self.notes.push(Note { path, disposition, reason });
        Ok(())
    }

    /// Goes one level deeper. It costs a byte, so that going over the same values again and again ends, too.
    fn enter(&mut self) -> Answer<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fail(Problem::TooDeep { limit: MAX_DEPTH }));
        }
        self.grow(1)
    }

    fn grow(&mut self, bytes: usize) -> Answer<()> {
        self.size = self.size.saturating_add(bytes);
        if self.size > MAX_RESOLVED {
            return Err(self.fail(Problem::TooLarge { limit: MAX_RESOLVED }));
        }
        Ok(())
    }

    /// Goes into a member of an object; gives the length of the path to return to.
    fn step_into(&mut self, member: &str) -> usize {
        let outer = self.path.len();
        self.path.push('.');
        self.path.push_str(member);
        outer
    }

    fn step_into_item(&mut self, index: usize) -> usize {
        let outer = self.path.len();
        self.path.push('[');
        self.path.push_str(&index.to_string());
        self.path.push(']');
        outer
    }
}

/// The function and its argument, where a value is a call of one.
fn call(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
