//! Echo lines: the command line for a step, which is an `aws` command, or a playground command if there is no AWS
//! command for it.

mod aws_line;
mod forms;

pub use aws_line::{command_line, kebab, quote, request_line, share_line};
pub use forms::{Declaration, FORMS, Form, families_word, line};

use app_mesh_engine::{
    control_plane::{Env, Error, Operation, Response},
    world::World,
};
use serde_json::Value;

/// One executed command, as it would be typed, with the service's response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// A line that the terminal executes: an `aws` command, or a playground command if there is no AWS command for it.
    /// A step without an equivalent command has a comment instead, such as the opening of a playground document.
    pub line: String,
    /// The JSON that the AWS CLI would print.
    pub answer: Option<Value>,
}

/// Applies an operation and returns the echo: the equivalent command line with its output.
///
/// # Errors
/// Returns an error if the service refuses the operation.
pub fn perform(world: &mut World, operation: &Operation, env: &Env) -> Result<(Response, Echo), Error> {
    let account = world.account.clone();
    let response = world.apply(operation, env)?;
    let answer = Some(response.answer(&world.region));
    Ok((response, Echo { line: command_line(operation, &account), answer }))
}
