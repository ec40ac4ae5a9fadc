//! `aws cloudformation wait`. Source: botocore's `waiters-2.json` of CloudFormation.

use crate::Context;
use app_mesh_engine::model::Declared;

use super::{
    super::{
        data::Data,
        service::{Asked, Declaration, Refusal},
    },
    input::Stacks,
    world,
};

/// The waiters for stacks; those for change sets and types are not simulated.
pub const WAITERS: &[Declaration] = &[
    Declaration { name: "StackCreateComplete", input: Stacks::SHAPE, list: None, run: created },
    Declaration { name: "StackDeleteComplete", input: Stacks::SHAPE, list: None, run: deleted },
    Declaration { name: "StackExists", input: Stacks::SHAPE, list: None, run: exists },
    Declaration { name: "StackRollbackComplete", input: Stacks::SHAPE, list: None, run: rolled_back },
    Declaration { name: "StackUpdateComplete", input: Stacks::SHAPE, list: None, run: updated },
];

fn created(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let good = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];
    wait(context, asked, "StackCreateComplete", &good)
}

fn updated(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    wait(context, asked, "StackUpdateComplete", &["UPDATE_COMPLETE", "CREATE_COMPLETE"])
}

fn rolled_back(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    wait(context, asked, "StackRollbackComplete", &["UPDATE_ROLLBACK_COMPLETE"])
}

fn exists(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    match status(context, asked) {
        Some(_) => Ok(Data::text("")),
        None => Err(failure("StackExists", "Max attempts exceeded")),
    }
}

fn deleted(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    match status(context, asked) {
        None => Ok(Data::text("")),
        Some(status) if status == "DELETE_FAILED" => Err(terminal("StackDeleteComplete", &status)),
        // No deletion is in progress.
        Some(_) => Err(failure("StackDeleteComplete", "Max attempts exceeded")),
    }
}

fn wait(context: &mut Context, asked: &Asked, waiter: &str, good: &[&str]) -> Result<Data, Refusal> {
    match status(context, asked) {
        Some(status) if good.contains(&status.as_str()) => Ok(Data::text("")),
        Some(status) => Err(terminal(waiter, &status)),
        None => {
            let name = asked.text("StackName");
            let text = "Waiter encountered a terminal failure state: An error occurred (ValidationError): Stack with id ";
            Err(failure(waiter, &[text, name, " does not exist"].concat()))
        }
    }
}

fn status(context: &Context, asked: &Asked) -> Option<String> {
    world(context).stack(asked.account, asked.text("StackName")).map(|stack| stack.status.to_string())
}

fn terminal(waiter: &str, status: &str) -> Refusal {
    let text = "Waiter encountered a terminal failure state: For expression \"Stacks[].StackStatus\" we matched expected path: \"";
    failure(waiter, &[text, status, "\" at least once"].concat())
}

fn failure(waiter: &str, text: &str) -> Refusal {
    Refusal::new("", ["Waiter ", waiter, " failed: ", text].concat())
}
