//! Resources outside the repository for tests, and the message when one is missing.

// No test file uses everything here.
#![allow(dead_code)]

use std::{io::Write, path::PathBuf};

/// Reports a skipped test, past the test runner, which hides the output of a passing test; `tools/test.sh` repeats it
/// at its end.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// The folder of published samples: the one that `MESH_PLAYGROUND_SAMPLES` names, or the one beside the checkout.
///
/// `None`, with a message, if it does not exist.
///
/// # Panics
///
/// When the variable names a missing folder; `.ci/run` sets it wherever the folder must exist.
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
