//! `aws cloudformation deploy`: a command of the tool itself. Source: the real tool's `customizations/cloudformation`.

use crate::Context;
use app_mesh_engine::model::{Declared, TextMap};
use mesh_documents::{Source, stack::is_gone};

use super::{
    super::{
        data::{Data, python_string},
        input::Reader,
        service::{Asked, Declaration, Refusal},
    },
    VALIDATION,
    input::Deployment,
    stack::{self, Outcome},
    world,
};

/// Declaration of the command.
pub const DEPLOY: Declaration =
    Declaration { name: "Deploy", input: Deployment::SHAPE, list: None, run: deploy };

/// Maximum size of a template that needs no S3 bucket, in bytes.
const LARGEST: usize = 51_200;

fn deploy(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let own = |text: String| Refusal::new("", text);
    let path = asked.text("templateFile");
    let reader = Reader { files: context.files, stdin: &context.stdin };
    let text = match reader.load(&["file://", path].concat(), false) {
        Ok(Some(text)) => text,
        _ => return Err(own(["Invalid template path ", path].concat())),
    };
    let overrides = pairs(asked, "parameterOverrides", "parameter-overrides")?;
    pairs(asked, "tags", "tags")?;
    if text.len() > LARGEST && asked.text("s3Bucket").is_empty() {
        return Err(own(
            "Templates with a size greater than 51,200 bytes must be deployed via an S3 Bucket. Please add the \
             --s3-bucket parameter to your command. The local template will be copied to that S3 bucket and then \
             deployed."
                .to_owned(),
        ));
    }
    let name = asked.text("stackName");
    stack::check_name(name).map_err(of_change_set)?;
    let source = stack::template(&text).map_err(of_change_set)?;
    // Parameters without an override keep their value in the existing stack.
    let mut given = TextMap::new();
    let before = world(context).stack(asked.account, name).filter(|stack| !is_gone(stack));
    if let Source::Template(template) = &source {
        for parameter in &template.parameters {
            let kept = before.and_then(|stack| stack.parameters.get(&parameter.name));
            if let Some(value) = overrides.get(&parameter.name).or(kept) {
                given.insert(parameter.name.clone(), value.clone());
            }
        }
    }
    let plan = stack::plan(context, asked, name, &source, &given).map_err(of_change_set)?;
    let mut printed = "\nWaiting for changeset to be created..\n".to_owned();
    let is_same = before.is_some_and(|stack| *stack.sum == *plan.stack_sum());
    if !is_same && asked.input.get("executeChangeset") == Some(&Data::Bool(false)) {
        printed.push_str(
            "Changeset created successfully. Run the following command to review changes:\n\
             (change sets are not simulated here; deploy without --no-execute-changeset)\n",
        );
        return Ok(Data::text(&printed));
    }
    let outcome = match is_same {
        true => Outcome::Same,
        false => stack::deploy(context, asked, name, &source, &given).map_err(of_change_set)?,
    };
    match outcome {
        Outcome::Same => {
            let text = ["No changes to deploy. Stack ", name, " is up to date"].concat();
            if asked.input.get("failOnEmptyChangeset") == Some(&Data::Bool(false)) {
                printed.push_str(&["\n", &text, "\n"].concat());
                return Ok(Data::text(&printed));
            }
            Err(Refusal { printed, ..own(text) })
        }
        Outcome::Done => {
            printed.push_str("Waiting for stack create/update to complete\n");
            printed.push_str(&["Successfully created/updated stack - ", name, "\n"].concat());
            Ok(Data::text(&printed))
        }
        Outcome::Failed => {
            printed.push_str("Waiting for stack create/update to complete\n");
            let text = [
                "Failed to create/update the stack. Run the following command\nto fetch the list of events leading \
                 up to the failure\naws cloudformation describe-stack-events --stack-name ",
                name,
            ];
            Err(Refusal { printed, ..own(text.concat()) })
        }
    }
}

/// Rewrites a validation error to name the operation CreateChangeSet, because the real tool creates a change set.
fn of_change_set(refusal: Refusal) -> Refusal {
    if refusal.code != VALIDATION {
        return refusal;
    }
    let start = "An error occurred (ValidationError) when calling the CreateChangeSet operation: ";
    Refusal::new("", [start, &refusal.message].concat())
}

/// Parses each word of an option as `Name=value`.
fn pairs(asked: &Asked, member: &str, option: &str) -> Result<TextMap, Refusal> {
    let mut pairs = TextMap::new();
    for word in asked.texts(member) {
        let Some((name, value)) = word.split_once('=') else {
            let shown = ["[", &python_string(word), "]"].concat();
            let text = [&shown, " value passed to --", option, " must be of format Key=Value"];
            return Err(Refusal::new("", text.concat()));
        };
        pairs.insert(name.to_owned(), value.to_owned());
    }
    Ok(pairs)
}
