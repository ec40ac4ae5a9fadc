//! What tests find outside of the repository, and how they say that it is not there.

// No test file needs everything here.
#![allow(dead_code)]

use std::{io::Write, path::PathBuf};

/// Says what is not tested. Past the test runner, which hides what a passing test prints; `tools/test.sh` repeats it
/// at its end.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// The folder of published samples: the one that `MESH_PLAYGROUND_SAMPLES` names, or the one beside the checkout.
///
/// `None`, and a line that says so, where none is there.
///
/// # Panics
///
/// When the variable names a folder that is not there, as `.ci/run` does where there must be one.
pub fn samples() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MESH_PLAYGROUND_SAMPLES").map(PathBuf::from) {
        assert!(
            named.is_dir(),
            "MESH_PLAYGROUND_SAMPLES names {}, and no such folder is there",
            named.display()
        );
        return Some(named);
    }
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !beside.is_dir() {
        skipped(&format!("the published samples, as they are not in {}", beside.display()));
        return None;
    }
    Some(beside)
}
