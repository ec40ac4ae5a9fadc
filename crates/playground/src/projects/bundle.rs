//! Several projects as one file.

use app_mesh_engine::model::{Problem, Rule, join};
use mesh_documents::{DocumentError, OpenError};
use mesh_text::{
    job::{LocalBoxFuture, Pace, at_once},
    words::english,
};
use mesh_text::{json::write_string, yaml};
use serde_json::Value;

/// Value of `format` in every such file.
const FORMAT: &str = "mesh-playground-projects";

/// Writes several projects as one file, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    text: String,
    count: usize,
}

impl Bundle {
    /// Adds a project by its name and document.
    pub fn add(&mut self, name: &str, document: &str) {
        self.text.push_str(if self.count == 0 { "{\"name\":" } else { ",{\"name\":" });
        self.count += 1;
        write_string(name, false, &mut self.text);
        self.text.push_str(",\"document\":");
        self.text.push_str(document);
        self.text.push('}');
    }

    /// Returns the number of projects.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the text of the file.
    pub fn finish(self) -> String {
        ["{\"format\":\"mesh-playground-projects\",\"projects\":[", &self.text, "],\"version\":1}"].concat()
    }
}

/// Writes projects, each given by name and document, as one file.
pub fn bundle(projects: &[(&str, &str)]) -> String {
    let mut bundle = Bundle::default();
    for (name, document) in projects {
        bundle.add(name, document);
    }
    bundle.finish()
}

/// The projects of a file: the name of each, if the file contains it, and the document.
pub type BundledProjects = Vec<(Option<String>, String)>;

/// Reads the projects in a file, each as name and document. The file of a single playground contains no name.
///
/// # Errors
/// Returns an error if the file contains neither several projects nor one playground, or something in it is invalid;
/// nothing is read in part.
pub fn read_bundle(text: &str) -> Result<BundledProjects, OpenError> {
    at_once(|pace| async move { read_bundle_paced(text, &pace).await })
}

/// Like [`read_bundle`], but runs in slices.
///
/// # Errors
/// As [`read_bundle`].
pub fn read_bundle_paced<'w>(
    text: &'w str,
    pace: &'w Pace,
) -> LocalBoxFuture<'w, Result<BundledProjects, OpenError>> {
    Box::pin(async move {
        let mut value = yaml::parse_kept_paced(text, pace).await.map_err(OpenError::Syntax)?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            let world = mesh_documents::restore_paced(&value, pace).await.map_err(OpenError::Document)?;
            return Ok(vec![(None, mesh_documents::save(&world))]);
        }
        let version = value.get("version").and_then(Value::as_u64).unwrap_or_default();
        if version > 1 {
            return Err(OpenError::Document(DocumentError::Newer { version }));
        }
        let Some(Value::Array(projects)) = value.get_mut("projects").map(Value::take) else {
            return Err(wrong("projects".to_owned(), "must be a list"));
        };
        pace.begin(english("{0} of {1} projects read"), projects.len());
        let mut found = Vec::new();
        // Drops each project as soon as it is done, because dropping thousands at once also takes long.
        for (index, project) in projects.into_iter().enumerate() {
            let path = format!("projects[{index}]");
            let name = project.get("name").and_then(Value::as_str);
            let (Some(name), Some(document)) = (name, project.get("document")) else {
                return Err(wrong(path, "must have a `name` and a `document`"));
            };
            let world = mesh_documents::restore_paced(document, &pace.unseen()).await;
            let world = world.map_err(|error| OpenError::Document(below(&path, error)))?;
            found.push((Some(name.to_owned()), mesh_documents::save(&world)));
            pace.reach(index + 1);
            pace.work(PROJECT).await;
        }
        Ok(found)
    })
}

/// Work units for reading one small project.
const PROJECT: usize = 100;

fn wrong(path: String, rule: &str) -> OpenError {
    OpenError::Document(DocumentError::Wrong(vec![Problem { path, rule: Rule::Service(rule.to_owned()) }]))
}

/// Returns the error with the path of the document prepended to its paths.
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
