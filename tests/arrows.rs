//! Checks that the crates of this repository depend on each other in one direction only; see ARCHITECTURE.md.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // A test may panic.

use std::{collections::BTreeSet, fs, path::Path};

/// Folder and name of each crate in `crates/`, with the crates that it may use.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("text", "mesh-text", &[]),
    ("engine", "app-mesh-engine", &["mesh-text"]),
    ("documents", "mesh-documents", &["app-mesh-engine", "mesh-text"]),
    ("playground", "playground-core", &["app-mesh-engine", "mesh-documents", "mesh-text"]),
    ("jq", "bounded-jq", &["mesh-text"]),
    (
        "terminal",
        "mesh-terminal",
        &["app-mesh-engine", "bounded-jq", "mesh-documents", "mesh-text", "playground-core"],
    ),
];

/// Crates that only the page may use.
const BROWSER: &[&str] = &["gloo", "indexed_db_futures", "js-sys", "wasm-bindgen", "web-sys", "yew"];

/// Returns the names of all dependencies in a manifest, including those of the tests.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let mut is_listed = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            is_listed = section.trim_end_matches(']').ends_with("dependencies");
        } else if is_listed && let Some((name, _)) = line.split_once(['.', ' ', '=']) {
            found.insert(name);
        }
    }
    found
}

#[test]
fn the_crates_use_each_other_in_one_direction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own: BTreeSet<_> = ARROWS.iter().map(|(_, name, _)| *name).collect();
    let mut folders: Vec<_> =
        fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    folders.sort();
    let mut known: Vec<_> = ARROWS.iter().map(|(folder, ..)| *folder).collect();
    known.sort_unstable();
    assert_eq!(folders, known, "a crate is not in the table");
    for (folder, name, allowed) in ARROWS {
        let manifest = fs::read_to_string(root.join("crates").join(folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{folder}");
        let used = dependencies(&manifest);
        assert!(!used.is_empty(), "{name}: no dependency was found");
        for dependency in &used {
            assert!(
                !own.contains(dependency) || allowed.contains(dependency),
                "{name} must not use {dependency}"
            );
            assert!(
                !BROWSER.contains(dependency),
                "{name} must not use {dependency}: only the page knows a browser"
            );
        }
    }
}

#[test]
fn a_dependency_is_found_in_every_section() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\nc = \"1\"\n[target.'cfg(x)'.dev-dependencies]\nd = { version = \"1\" }\n[lints]\nworkspace = true\n";
    assert_eq!(dependencies(manifest).into_iter().collect::<Vec<_>>(), ["b", "c", "d"]);
}
