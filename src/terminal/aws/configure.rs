//! `aws configure`: what is set, as far as anything can be.

use super::{Failure, Output};
use crate::terminal::Context;

/// Runs the words behind `aws configure`.
///
/// # Errors
/// When they are none of it.
pub fn run(context: &mut Context, output: &mut Output, words: &[String]) -> Result<(), Failure> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match *words {
        ["list"] => {
            let region = context.playground.world().region.to_string();
            let profile = value(context, "profile");
            let rows = [
                ["Name", "Value", "Type", "Location"],
                ["----", "-----", "----", "--------"],
                ["profile", profile.as_deref().unwrap_or("<not set>"), "None", "None"],
                ["access_key", "****************MPLE", "env", ""],
                ["secret_key", "****************EKEY", "env", ""],
                ["region", &region, "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']"],
            ];
            for [name, value, kind, location] in rows {
                let line = format!("{name:>10} {value:>24} {kind:>16}    {location}\n");
                output.stdout.push_str(&line);
            }
            Ok(())
        }
        ["get", name] => {
            match value(context, name) {
                Some(value) => output.stdout.push_str(&[&value, "\n"].concat()),
                None => output.exit_code = 1,
            }
            Ok(())
        }
        ["set", name, value] => {
            if let Some(variable) = variable(name) {
                context.variables.insert(variable.to_owned(), value.to_owned());
            }
            Ok(())
        }
        _ => Err(Failure::Plain(
            "aws configure: list, get <name> and set <name> <value> are what there is here".to_owned(),
        )),
    }
}

/// The variable that holds a setting.
fn variable(name: &str) -> Option<&'static str> {
    match name {
        "profile" => Some("AWS_PROFILE"),
        "output" => Some("AWS_DEFAULT_OUTPUT"),
        _ => None,
    }
}

fn value(context: &Context, name: &str) -> Option<String> {
    match name {
        "region" => Some(context.playground.world().region.to_string()),
        _ => context.variables.get(variable(name)?).cloned(),
    }
}
