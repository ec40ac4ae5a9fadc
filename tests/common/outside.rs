//! Resources outside the repository for tests, and the message when one is missing.

// No test file uses all of these helpers.
#![allow(dead_code)]

use std::{io::Write, path::PathBuf};

/// Reports a skipped test directly on standard error, because the test runner hides the output of a passing test.
/// `tools/test.sh` repeats the message at the end.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Returns the folder of published samples: the one that `MESH_PLAYGROUND_SAMPLES` names, or the one beside the
/// checkout.
///
/// Returns `None`, with a message, if it does not exist.
///
/// # Panics
///
/// If the variable names a missing folder; `.ci/run` sets it wherever the folder must exist.
pub fn samples() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MESH_PLAYGROUND_SAMPLES").map(PathBuf::from) {
        assert!(
            named.is_dir(),
            "MESH_PLAYGROUND_SAMPLES names {}, and no such folder is there",
            named.display()
        );
        return Some(named);
    }
    let beside = repository().join("../shared/samples");
    if !beside.is_dir() {
        skipped(&format!("the published samples, as they are not in {}", beside.display()));
        return None;
    }
    Some(beside)
}

/// Returns the folder of the repository: the nearest ancestor of the tested crate's folder that contains a `Makefile`.
fn repository() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = crate_folder.ancestors().find(|folder| folder.join("Makefile").is_file());
    found.map_or_else(|| crate_folder.clone(), PathBuf::from)
}
