//! Creation, update and deletion of stacks.

use std::rc::Rc;

use crate::Context;
use app_mesh_engine::{
    control_plane::{Env, Operation},
    model::TextMap,
    world::{Stack, World},
};
use mesh_documents::{
    OpenError, Plan, Source,
    cloudformation::{self, TemplateError},
    stack::is_gone,
};

use super::{
    super::{
        data::{Data, member},
        service::{Asked, Refusal},
    },
    VALIDATION, found, world,
};

/// Result of a deployment.
pub(super) enum Outcome {
    /// The stack was created or updated.
    Done,
    /// Nothing changes.
    Same,
    /// The deployment failed and was rolled back.
    Failed,
}

/// Parses a template.
pub(super) fn template(text: &str) -> Result<Source, Refusal> {
    let error = |text: String| Refusal::new(VALIDATION, ["Template format error: ", &text].concat());
    match mesh_documents::read(text) {
        Ok(Source::Template(template)) => match template.rejection() {
            Some(message) => Err(Refusal::new(VALIDATION, message)),
            None => Ok(Source::Template(template)),
        },
        Ok(_) => Err(error("At least one Resources member must be defined.".to_owned())),
        Err(OpenError::Empty) => Err(Refusal::new(
            VALIDATION,
            "Either Template URL or Template Body must be specified.".to_owned(),
        )),
        Err(wrong) => Err(error(wrong.to_string())),
    }
}

/// Runs `aws cloudformation create-stack`.
pub(super) fn create(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let name = asked.text("StackName");
    check_name(name)?;
    if world(context).stack(asked.account, name).is_some() {
        return Err(Refusal::new("AlreadyExistsException", ["Stack [", name, "] already exists"].concat()));
    }
    let source = body(asked)?;
    let given = given(asked, &TextMap::new());
    deploy(context, asked, name, &source, &given)?;
    id_of(context, asked, name)
}

/// Runs `aws cloudformation update-stack`.
pub(super) fn update(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let stack = found(context, asked).map_err(|_| {
        Refusal::new(VALIDATION, ["Stack [", asked.text("StackName"), "] does not exist"].concat())
    })?;
    let (name, given) = (stack.name.to_string(), given(asked, &stack.parameters));
    let source = body(asked)?;
    match deploy(context, asked, &name, &source, &given)? {
        Outcome::Same => Err(Refusal::new(VALIDATION, "No updates are to be performed.")),
        Outcome::Done | Outcome::Failed => id_of(context, asked, &name),
    }
}

fn id_of(context: &Context, asked: &Asked, name: &str) -> Result<Data, Refusal> {
    let world = world(context);
    let arn = world.stack(asked.account, name).map(|stack| stack.arn(&world.region)).unwrap_or_default();
    Ok(Data::map(vec![member("StackId", &arn)]))
}

/// Parses the template in the request.
fn body(asked: &Asked) -> Result<Source, Refusal> {
    let text = asked.text("TemplateBody");
    if text.is_empty() && !asked.text("TemplateUrl").is_empty() {
        let text = "S3 is not simulated here; give the template with --template-body file://FILE";
        return Err(Refusal::new(VALIDATION, text));
    }
    if text.is_empty() && asked.input.get("UsePreviousTemplate") == Some(&Data::Bool(true)) {
        let text = "templates are not kept here; give the template with --template-body file://FILE";
        return Err(Refusal::new(VALIDATION, text));
    }
    template(text)
}

/// Returns the parameter values in the request; `before` has the values of the existing stack.
fn given(asked: &Asked, before: &TextMap) -> TextMap {
    let mut values = TextMap::new();
    for parameter in asked.input.get("Parameters").map(Data::items).unwrap_or_default() {
        let text = |name: &str| parameter.get(name).and_then(Data::as_str).unwrap_or_default();
        let name = text("ParameterKey");
        let keeps = parameter.get("UsePreviousValue") == Some(&Data::Bool(true));
        match before.get(name).filter(|_| keeps) {
            Some(value) => values.insert(name.to_owned(), value.clone()),
            None => values.insert(name.to_owned(), text("ParameterValue").to_owned()),
        };
    }
    values
}

/// Checks the name of a stack. Source: the service's own error text.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let is_fine = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let text = match name.chars().count() {
        129.. => "Member must have length less than or equal to 128",
        _ if is_fine => return Ok(()),
        _ => "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
    };
    let text = [
        "1 validation error detected: Value '",
        name,
        "' at 'stackName' failed to satisfy constraint: ",
        text,
    ];
    Err(Refusal::new(VALIDATION, text.concat()))
}

/// Plans the deployment of a template as a stack of this name in the calling account.
pub(super) fn plan(
    context: &Context,
    asked: &Asked,
    name: &str,
    source: &Source,
    given: &TextMap,
) -> Result<Plan, Refusal> {
    let missing: Vec<_> = match source {
        Source::Template(template) => {
            template.missing(given).iter().map(|parameter| parameter.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    if !missing.is_empty() {
        let text = ["Parameters: [", &missing.join(", "), "] must have values"];
        return Err(Refusal::new(VALIDATION, text.concat()));
    }
    let acting = World { account: asked.account.clone(), ..world(context).clone() };
    source.plan_as(Some(name), given, &acting).map_err(|wrong| {
        let is_constraint = matches!(
            &wrong,
            OpenError::Template(TemplateError { problem: cloudformation::Problem::Constraint(_), .. })
        );
        let start = if is_constraint { "" } else { "Template error: " };
        Refusal::new(VALIDATION, [start, &wrong.to_string()].concat())
    })
}

/// Creates or updates a stack, atomically.
pub(super) fn deploy(
    context: &mut Context,
    asked: &Asked,
    name: &str,
    source: &Source,
    given: &TextMap,
) -> Result<Outcome, Refusal> {
    let plan = plan(context, asked, name, source, given)?;
    let before = world(context).stack(asked.account, name).cloned();
    if let Some(stack) = before.as_ref().filter(|stack| is_gone(stack)) {
        let state = [&stack.arn(&world(context).region), " is in ", &stack.status, " state"].concat();
        return Err(Refusal::new(VALIDATION, ["Stack:", &state, " and can not be updated."].concat()));
    }
    if before.as_ref().is_some_and(|stack| *stack.sum == *plan.stack_sum()) {
        return Ok(Outcome::Same);
    }
    let (old, env) = context.playground.begin();
    let acting = World { account: asked.account.clone(), ..old.clone() };
    let made = match plan.obstacle(&acting, name) {
        Some(reason) => Err(reason),
        None => made(&acting, &plan, before.as_ref(), &env),
    };
    let (mut new, outcome, reason) = match made {
        Ok(new) => (new, Outcome::Done, None),
        Err(reason) => (acting, Outcome::Failed, Some(reason)),
    };
    new.account = old.account;
    if let Some(reason) = reason {
        note_failure(&mut new, asked, name, before.as_ref(), &reason, &env);
    }
    let label = [if before.is_some() { "Update stack " } else { "Create stack " }, name].concat();
    context.playground.commit(new, &label, asked.line)?;
    Ok(outcome)
}

/// Returns the world with the stack deployed, or the reason for the failure.
fn made(world: &World, plan: &Plan, before: Option<&Stack>, env: &Env) -> Result<World, String> {
    let opened = mesh_documents::apply(&Rc::new(world.clone()), &Rc::new(plan.clone()), env);
    if let Some(refused) =
        opened.report.notes.iter().find(|note| note.disposition == mesh_documents::Disposition::Refused)
    {
        return Err([&refused.path, ": ", &refused.reason].concat());
    }
    let mut new = opened.world;
    // An update deletes the resources that the template no longer has.
    let Some(before) = before else { return Ok(new) };
    let kept: Vec<_> = match new.stack(&world.account, &before.name) {
        Some(stack) => stack.resources.iter().filter_map(|resource| resource.resource.clone()).collect(),
        None => Vec::new(),
    };
    for resource in before.resources.iter().rev() {
        if let Some(id) = resource.resource.as_ref().filter(|id| !kept.contains(id)) {
            remove(&mut new, id, env).map_err(|error| [&resource.logical_id, ": ", &*error].concat())?;
        }
    }
    Ok(new)
}

/// Deletes one resource; succeeds when it does not exist.
fn remove(world: &mut World, id: &app_mesh_engine::model::ResourceId, env: &Env) -> Result<(), String> {
    if world.control_plane.get(id).is_none() {
        return Ok(());
    }
    let account = world.account.clone();
    let operation = Operation::Delete(id.clone());
    let deleted = world.control_plane.apply(&operation, &account, env);
    if id.key.kind == app_mesh_engine::model::Kind::Mesh && deleted.is_ok() {
        world.selectors.remove(&id.mesh);
    }
    deleted.map(drop).map_err(|error| error.to_string())
}

/// Records that a deployment failed and was rolled back.
fn note_failure(
    world: &mut World,
    asked: &Asked,
    name: &str,
    before: Option<&Stack>,
    reason: &str,
    env: &Env,
) {
    let failed = match before {
        Some(stack) => Stack {
            status: "UPDATE_ROLLBACK_COMPLETE".into(),
            updated: Some(env.now),
            reason: Some(reason.into()),
            ..stack.clone()
        },
        None => Stack {
            id: env.uid(),
            name: name.into(),
            account: asked.account.clone(),
            created: env.now,
            updated: None,
            status: "ROLLBACK_COMPLETE".into(),
            reason: Some(reason.into()),
            description: None,
            parameters: TextMap::new(),
            outputs: Vec::new(),
            resources: Vec::new(),
            imports: Vec::new(),
            sum: "".into(),
        },
    };
    replace(world, failed);
}

/// Replaces the stack of the same name and account.
fn replace(world: &mut World, stack: Stack) {
    let place = world.stacks.iter().position(|old| old.account == stack.account && old.name == stack.name);
    match place.and_then(|place| world.stacks.get_mut(place)) {
        Some(old) => *old = Rc::new(stack),
        None => world.stacks.push(Rc::new(stack)),
    }
}

/// Runs `aws cloudformation delete-stack`; succeeds when the stack does not exist.
pub(super) fn delete(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let Ok(stack) = found(context, asked).cloned() else { return Ok(Data::map(Vec::new())) };
    let retained = asked.texts("RetainResources");
    let (old, env) = context.playground.begin();
    let mut new = World { account: asked.account.clone(), ..old.clone() };
    let importer = stack.outputs.iter().filter_map(|output| output.export.as_ref()).find_map(|name| {
        let others = new.stacks.iter().filter(|other| other.account == stack.account && other.id != stack.id);
        let importer = others.into_iter().find(|other| other.imports.contains(name));
        importer.map(|importer| (name.clone(), importer.name.clone()))
    });
    let mut failure = importer.map(|(name, importer)| {
        ["Delete canceled. Cannot delete export ", &*name, " as it is in use by ", &*importer, "."].concat()
    });
    let is_canceled = failure.is_some();
    for resource in stack.resources.iter().rev() {
        if let Some(id) = resource.resource.as_ref().filter(|_| !retained.contains(&&*resource.logical_id))
            && failure.is_none()
        {
            let removed = remove(&mut new, id, &env);
            failure = removed.err().map(|error| {
                ["The following resource(s) failed to delete: [", &*resource.logical_id, "]. ", &error]
                    .concat()
            });
        }
    }
    match failure {
        None => new.stacks.retain(|other| other.id != stack.id || other.account != stack.account),
        Some(reason) => {
            new = World { account: old.account.clone(), ..old.clone() };
            let status = if is_canceled { stack.status.clone() } else { "DELETE_FAILED".into() };
            replace(&mut new, Stack { status, reason: Some(reason.into()), ..stack.clone() });
        }
    }
    new.account = old.account;
    context.playground.commit(new, &["Delete stack ", &*stack.name].concat(), asked.line)?;
    Ok(Data::map(Vec::new()))
}
