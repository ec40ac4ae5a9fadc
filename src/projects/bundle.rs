//! Several projects as one file.

use serde_json::Value;

use crate::{
    document::{self, DocumentError, OpenError, yaml},
    model::{Problem, Rule, join},
    terminal::write_string,
};

/// The value of `format` in every such file.
const FORMAT: &str = "mesh-playground-projects";

/// Projects, each by its name and document, as one file.
pub fn bundle(projects: &[(&str, &str)]) -> String {
    let mut text = String::from("{\"format\":\"mesh-playground-projects\",\"projects\":[");
    for (index, (name, document)) in projects.iter().enumerate() {
        text.push_str(if index == 0 { "{\"name\":" } else { ",{\"name\":" });
        write_string(name, false, &mut text);
        text.push_str(",\"document\":");
        text.push_str(document);
        text.push('}');
    }
    text.push_str("],\"version\":1}");
    text
}

/// The projects in a file, each by its name and document. The file of one playground has no name in it.
///
/// # Errors
/// When it is neither several projects nor one playground, or something in it is wrong; nothing is taken by half.
pub fn read_bundle(text: &str) -> Result<Vec<(Option<String>, String)>, OpenError> {
    let value = yaml::parse_kept(text).map_err(OpenError::Syntax)?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        let world = document::restore(&value).map_err(OpenError::Document)?;
        return Ok(vec![(None, document::save(&world))]);
    }
    let version = value.get("version").and_then(Value::as_u64).unwrap_or_default();
    if version > 1 {
        return Err(OpenError::Document(DocumentError::Newer { version }));
    }
    let Some(projects) = value.get("projects").and_then(Value::as_array) else {
        return Err(wrong("projects".to_owned(), "must be a list"));
    };
    let mut found = Vec::new();
    for (index, project) in projects.iter().enumerate() {
        let path = format!("projects[{index}]");
        let name = project.get("name").and_then(Value::as_str);
        let (Some(name), Some(document)) = (name, project.get("document")) else {
            return Err(wrong(path, "must have a `name` and a `document`"));
        };
        let world = document::restore(document).map_err(|error| OpenError::Document(below(&path, error)))?;
        found.push((Some(name.to_owned()), document::save(&world)));
    }
    Ok(found)
}

fn wrong(path: String, rule: &str) -> OpenError {
    OpenError::Document(DocumentError::Wrong(vec![Problem { path, rule: Rule::Service(rule.to_owned()) }]))
}

/// The same error with the place of the document in front of its paths.
fn below(path: &str, error: DocumentError) -> DocumentError {
    match error {
        DocumentError::Wrong(mut problems) => {
            for problem in &mut problems {
                problem.path = join(&join(path, "document"), &problem.path);
            }
            DocumentError::Wrong(problems)
        }
        newer => newer,
    }
}
