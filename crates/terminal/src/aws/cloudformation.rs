//! `aws cloudformation`: stacks deployed from template files of the terminal, and stacks of opened templates.
//!
//! `mesh_documents::cloudformation` resolves templates; this module handles the input and output of the commands. A
//! stack is created at once, so no status is ever "in progress". Sources: the API model of CloudFormation (2010-05-15),
//! and the messages of the real tool for `deploy`.

mod deploy;
mod input;
mod stack;
mod wait;

use crate::Context;
use app_mesh_engine::{
    control_plane::Timestamp,
    model::Declared,
    world::{Stack, StackResource, World},
};

use super::{
    data::{Data, Members, member, named},
    service::{Asked, Declaration, Refusal},
};

pub use deploy::DEPLOY;
pub use wait::WAITERS;

/// The simulated operations.
pub const OPERATIONS: &[Declaration] = &[
    Declaration { name: "CreateStack", input: input::Creation::SHAPE, list: None, run: stack::create },
    Declaration { name: "DeleteStack", input: input::Deletion::SHAPE, list: None, run: stack::delete },
    Declaration {
        name: "DescribeStackEvents",
        input: input::OfStack::SHAPE,
        list: Some("StackEvents"),
        run: events,
    },
    Declaration {
        name: "DescribeStackResources",
        input: input::Resources::SHAPE,
        list: None,
        run: resources,
    },
    Declaration { name: "DescribeStacks", input: input::Stacks::SHAPE, list: Some("Stacks"), run: describe },
    Declaration { name: "ListExports", input: input::Pages::SHAPE, list: Some("Exports"), run: exports },
    Declaration { name: "ListImports", input: input::OfExport::SHAPE, list: Some("Imports"), run: imports },
    Declaration {
        name: "ListStackResources",
        input: input::OfStack::SHAPE,
        list: Some("StackResourceSummaries"),
        run: list_resources,
    },
    Declaration { name: "ListStacks", input: input::Listing::SHAPE, list: Some("StackSummaries"), run: list },
    Declaration { name: "UpdateStack", input: input::Update::SHAPE, list: None, run: stack::update },
    Declaration { name: "ValidateTemplate", input: input::Validation::SHAPE, list: None, run: validate },
];

/// The error code of almost every refusal.
const VALIDATION: &str = "ValidationError";

fn wrapped(name: &str, value: Data) -> Data {
    Data::map(vec![named(name, value)])
}

fn world<'c>(context: &'c Context) -> &'c World {
    context.playground.world()
}

/// Formats a time as this service does: `2022-04-06T13:45:50.072Z`.
fn time(time: Timestamp) -> Data {
    let text = time.to_string();
    Data::text(&match text.strip_suffix("000+00:00") {
        Some(start) => [start, "Z"].concat(),
        None => text,
    })
}

/// Returns the stack that the request names.
fn found<'c>(context: &'c Context, asked: &Asked) -> Result<&'c Stack, Refusal> {
    let name = asked.text("StackName");
    let stack = world(context).stack(asked.account, name);
    stack.ok_or_else(|| Refusal::new(VALIDATION, ["Stack with id ", name, " does not exist"].concat()))
}

fn own<'c>(context: &'c Context, asked: &Asked) -> impl Iterator<Item = &'c Stack> {
    let account = asked.account.clone();
    world(context).stacks.iter().rev().map(|stack| &**stack).filter(move |stack| stack.account == account)
}

fn describe(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let region = &world(context).region;
    let stacks = match asked.text("StackName") {
        "" => own(context, asked).map(|stack| shown(stack, region)).collect(),
        _ => vec![shown(found(context, asked)?, region)],
    };
    Ok(wrapped("Stacks", Data::list(stacks)))
}

/// Converts a stack to the output of `describe-stacks`, in the order of the API model.
fn shown(stack: &Stack, region: &str) -> Data {
    let mut members = vec![member("StackId", &stack.arn(region)), member("StackName", &stack.name)];
    members.extend(stack.description.as_ref().map(|text| member("Description", text)));
    if !stack.parameters.is_empty() {
        let parameters = stack.parameters.iter().map(|(name, value)| {
            Data::map(vec![member("ParameterKey", name), member("ParameterValue", value)])
        });
        members.push(named("Parameters", Data::list(parameters.collect())));
    }
    members.push(named("CreationTime", time(stack.created)));
    members.extend(stack.updated.map(|updated| named("LastUpdatedTime", time(updated))));
    members.push(named("RollbackConfiguration", Data::map(Vec::new())));
    members.push(member("StackStatus", &stack.status));
    members.extend(stack.reason.as_ref().map(|reason| member("StackStatusReason", reason)));
    members.push(named("DisableRollback", Data::Bool(false)));
    members.push(named("NotificationARNs", Data::list(Vec::new())));
    if !stack.outputs.is_empty() {
        let outputs = stack.outputs.iter().map(|output| {
            let mut members = vec![member("OutputKey", &output.key), member("OutputValue", &output.value)];
            members.extend(output.description.as_ref().map(|text| member("Description", text)));
            members.extend(output.export.as_ref().map(|name| member("ExportName", name)));
            Data::map(members)
        });
        members.push(named("Outputs", Data::list(outputs.collect())));
    }
    members.push(named("Tags", Data::list(Vec::new())));
    members.push(named("EnableTerminationProtection", Data::Bool(false)));
    members.push(drift("StackDriftStatus"));
    Data::map(members)
}

fn drift(status: &str) -> (std::rc::Rc<str>, Data) {
    named("DriftInformation", Data::map(vec![member(status, "NOT_CHECKED")]))
}

fn list(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let (region, wanted) = (&world(context).region, asked.texts("StackStatusFilter"));
    let stacks = own(context, asked).filter(|stack| wanted.is_empty() || wanted.contains(&&*stack.status));
    let summaries = stacks.map(|stack| {
        let mut members = vec![member("StackId", &stack.arn(region)), member("StackName", &stack.name)];
        members.extend(stack.description.as_ref().map(|text| member("TemplateDescription", text)));
        members.push(named("CreationTime", time(stack.created)));
        members.extend(stack.updated.map(|updated| named("LastUpdatedTime", time(updated))));
        members.push(member("StackStatus", &stack.status));
        members.extend(stack.reason.as_ref().map(|reason| member("StackStatusReason", reason)));
        members.push(drift("StackDriftStatus"));
        Data::map(members)
    });
    Ok(wrapped("StackSummaries", Data::list(summaries.collect())))
}

fn exports(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let world = world(context);
    let exports = world.exports(asked.account).map(|(name, stack, value)| {
        let id = stack.arn(&world.region);
        Data::map(vec![member("ExportingStackId", &id), member("Name", name), member("Value", value)])
    });
    Ok(wrapped("Exports", Data::list(exports.collect())))
}

fn imports(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let name = asked.text("ExportName");
    let world = world(context);
    if !world.exports(asked.account).any(|(known, ..)| **known == *name) {
        let text = ["Export '", name, "' does not exist."];
        return Err(Refusal::new(VALIDATION, text.concat()));
    }
    let importers = own(context, asked).filter(|stack| stack.imports.iter().any(|import| **import == *name));
    let names: Vec<_> = importers.map(|stack| Data::text(&stack.name)).collect();
    if names.is_empty() {
        let text = ["Export '", name, "' is not imported by any stack."];
        return Err(Refusal::new(VALIDATION, text.concat()));
    }
    Ok(wrapped("Imports", Data::list(names)))
}

/// Returns the status of a resource, derived from the status of its stack.
fn resource_status(stack: &Stack) -> &str {
    match &*stack.status {
        "ROLLBACK_COMPLETE" => "DELETE_COMPLETE",
        _ => "CREATE_COMPLETE",
    }
}

/// Returns the members that identify a resource of a stack.
fn of_resource(resource: &StackResource) -> Members {
    vec![
        member("LogicalResourceId", &resource.logical_id),
        member("PhysicalResourceId", &resource.physical_id),
        member("ResourceType", &resource.resource_type),
    ]
}

fn resources(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let (stack, region) = (found(context, asked)?, &world(context).region);
    let logical = asked.text("LogicalResourceId");
    let wanted = stack.resources.iter().filter(|one| logical.is_empty() || *one.logical_id == *logical);
    let resources = wanted.map(|resource| {
        let mut members = vec![member("StackName", &stack.name), member("StackId", &stack.arn(region))];
        members.extend(of_resource(resource));
        members.push(named("Timestamp", time(stack.updated.unwrap_or(stack.created))));
        members.push(member("ResourceStatus", resource_status(stack)));
        members.push(drift("StackResourceDriftStatus"));
        Data::map(members)
    });
    Ok(wrapped("StackResources", Data::list(resources.collect())))
}

fn list_resources(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let stack = found(context, asked)?;
    let summaries = stack.resources.iter().map(|resource| {
        let mut members = of_resource(resource);
        members.push(named("LastUpdatedTimestamp", time(stack.updated.unwrap_or(stack.created))));
        members.push(member("ResourceStatus", resource_status(stack)));
        members.push(drift("StackResourceDriftStatus"));
        Data::map(members)
    });
    Ok(wrapped("StackResourceSummaries", Data::list(summaries.collect())))
}

/// Returns events, newest first as in the service: the end of the stack operation, then its resources.
fn events(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let (stack, region) = (found(context, asked)?, &world(context).region);
    let when = stack.updated.unwrap_or(stack.created);
    let event = |id: &str, resource: Members, status: &str, reason: Option<&str>| {
        let mut members = vec![
            member("StackId", &stack.arn(region)),
            member("EventId", &[&stack.id, "-", id].concat()),
            member("StackName", &stack.name),
        ];
        members.extend(resource);
        members.push(named("Timestamp", time(when)));
        members.push(member("ResourceStatus", status));
        members.extend(reason.map(|reason| member("ResourceStatusReason", reason)));
        Data::map(members)
    };
    let own = vec![
        member("LogicalResourceId", &stack.name),
        member("PhysicalResourceId", &stack.arn(region)),
        member("ResourceType", "AWS::CloudFormation::Stack"),
    ];
    let mut events = vec![event("stack", own, &stack.status, stack.reason.as_deref())];
    for resource in stack.resources.iter().rev() {
        events.push(event(&resource.logical_id, of_resource(resource), resource_status(stack), None));
    }
    Ok(wrapped("StackEvents", Data::list(events)))
}

fn validate(_: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let template = stack::template(asked.text("TemplateBody"))?;
    let mesh_documents::Source::Template(template) = &template else { return Ok(Data::map(Vec::new())) };
    let parameters = template.parameters.iter().map(|parameter| {
        let mut members = vec![member("ParameterKey", &parameter.name)];
        members.extend(parameter.default.as_ref().map(|default| member("DefaultValue", default)));
        members.push(named("NoEcho", Data::Bool(false)));
        members.extend(parameter.description.as_ref().map(|text| member("Description", text)));
        Data::map(members)
    });
    let mut members = vec![named("Parameters", Data::list(parameters.collect()))];
    members.extend(template.description.as_ref().map(|text| member("Description", text)));
    Ok(Data::map(members))
}
