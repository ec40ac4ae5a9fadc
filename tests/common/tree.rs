//! The text files of the repository, for tests of their content.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders without text of this repository: build output and installed packages.
const SKIPPED: &[&str] = &[".git", "dist", "node_modules", "target"];

/// A text file of the repository.
pub struct TextFile {
    /// Path relative to the repository, with `/` between names.
    pub path: String,
    /// The content.
    pub text: String,
}

/// Returns the folder of the repository.
pub fn root() -> &'static Path {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().find(|folder| folder.join("Makefile").is_file()).unwrap_or(crate_folder)
}

/// Returns every UTF-8 file of the repository, sorted by path.
pub fn text_files() -> Vec<TextFile> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn collect(folder: &Path, files: &mut Vec<TextFile>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                collect(&path, files);
            }
        } else if kind.is_file() && path.file_name().is_some_and(|name| name != ".git") {
            files.extend(read(path));
        }
    }
}

/// Reads a file; `None` if it is not UTF-8.
fn read(path: PathBuf) -> Option<TextFile> {
    let text = String::from_utf8(fs::read(&path).unwrap()).ok()?;
    let parts = path.strip_prefix(root()).unwrap().iter().map(|part| part.to_string_lossy());
    Some(TextFile { path: parts.collect::<Vec<_>>().join("/"), text })
}
