//! Short `help` texts, generated from the declarations.

use app_mesh_engine::{
    control_plane::Action,
    model::{Member, Shape, Structure},
};

use super::{
    OPTIONS,
    data::Data,
    input::Failure,
    option,
    service::{Operation, Run, SERVICES},
};

/// Maximum nesting depth of the members that are listed for an option.
const DEPTH: usize = 3;

/// Returns the output of `aws help`.
pub fn tool() -> String {
    let mut text = "AWS()\n\nNAME\n       aws - the command line of this playground, as the AWS CLI\n\n\
        SYNOPSIS\n          aws [options] <command> <subcommand> [parameters]\n\nGLOBAL OPTIONS\n"
        .to_owned();
    for (name, words) in OPTIONS {
        let words = match words {
            None => String::new(),
            Some([]) => " <value>".to_owned(),
            Some(words) => [" ", &words.join("|")].concat(),
        };
        text.push_str(&["       --", name, &words, "\n"].concat());
    }
    text.push_str("\nAVAILABLE SERVICES\n");
    for (name, _) in SERVICES {
        text.push_str(&["       o ", name, "\n"].concat());
    }
    text.push_str("       o configure\n");
    text
}

/// Returns the help of a service, as of `aws appmesh help`.
pub fn service(command: &str, operations: &[Operation]) -> String {
    let mut text = ["NAME\n       ", command, "\n\nAVAILABLE COMMANDS\n"].concat();
    for operation in operations {
        text.push_str(&["       o ", &operation.command, "\n"].concat());
    }
    text
}

/// Returns the help of an operation, as of `aws appmesh create-mesh help`.
pub fn operation(command: &str, operation: &Operation) -> String {
    let name = &*operation.command;
    let mut text = ["NAME\n       ", name, "\n\nSYNOPSIS\n          ", command, " ", name, "\n"].concat();
    for member in &operation.members {
        let value = [&*option(member.name), " <value>"].concat();
        let value = if member.required { value } else { ["[", &value, "]"].concat() };
        text.push_str(&["          ", &value, "\n"].concat());
    }
    text.push_str("          [--cli-input-json | --cli-input-yaml <value>]\n");
    if operation.pages.is_some() {
        text.push_str("          [--starting-token <value>] [--page-size <value>] [--max-items <value>]\n");
    }
    text.push_str("          [--generate-cli-skeleton <value>]\n\nOPTIONS\n");
    for member in &operation.members {
        text.push_str(&["       ", &*option(member.name), " (", kind(member.shape), ")\n"].concat());
        about(member, 10, &mut text);
        members(member.shape, 14, &mut text);
        text.push('\n');
    }
    text
}

fn about(member: &Member, spaces: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', spaces));
    text.push_str(if member.required { "[required] " } else { "" });
    text.push_str(member.about.trim());
    text.push('\n');
}

fn members(shape: &Shape, spaces: usize, text: &mut String) {
    let Some(structure) = structure_in(shape).filter(|_| spaces <= 10 + 4 * DEPTH) else { return };
    for member in structure.members {
        text.extend(std::iter::repeat_n(' ', spaces));
        text.push_str(&[member.name, " -> (", kind(member.shape), ")\n"].concat());
        about(member, spaces + 4, text);
        members(member.shape, spaces + 4, text);
    }
}

fn structure_in(shape: &Shape) -> Option<&'static Structure> {
    match shape {
        Shape::Structure(structure) => Some(structure),
        Shape::List { of, .. } => structure_in(of),
        _ => None,
    }
}

fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Structure(_) => "structure",
        Shape::List { .. } => "list",
        Shape::Integer { .. } => "integer",
        Shape::Boolean => "boolean",
        Shape::Any => "map",
        Shape::Text { .. } | Shape::Choice(_) => "string",
    }
}

/// Returns the output of `--generate-cli-skeleton output`. The real tool validates its own sample and rejects the mesh
/// owner in it as too short; this function reports the same error.
pub fn sample(operation: &Operation) -> Result<Data, Failure> {
    let path = match operation.run {
        Run::AppMesh(Action::ListTagsForResource) => {
            let tag = ["key", "value"].map(|name| (name.into(), Data::text(name))).to_vec();
            let tags = Data::list(vec![Data::map(tag)]);
            let members = vec![("nextToken".into(), Data::text("nextToken")), ("tags".into(), tags)];
            return Ok(Data::map(members));
        }
        Run::AppMesh(Action::List(kind)) => [kind.declaration().collection, "[0]"].concat(),
        Run::AppMesh(
            Action::Create(kind) | Action::Describe(kind) | Action::Update(kind) | Action::Delete(kind),
        ) => [kind.declaration().member, ".metadata"].concat(),
        _ => return Ok(Data::map(Vec::new())),
    };
    Err(Failure::Plain(
        [
            "Parameter validation failed:\nInvalid length for parameter ",
            &path,
            ".meshOwner, value: 9, valid min length: 12",
        ]
        .concat(),
    ))
}
