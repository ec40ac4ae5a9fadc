//! The real Envoy: where it is installed, and whether it accepts a configuration.

// No test file uses all of these helpers.
#![allow(dead_code)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::common;

/// The certificate of these tests, which replaces every file that only a task has; it is not trusted anywhere.
pub const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/envoy/certificate.pem");
/// Key of the certificate.
pub const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/envoy/key.pem");

/// Returns the path of the `envoy` program: the value of the variable ENVOY, or the program that `tools/install.sh` put
/// into the cache.
///
/// Returns `None`, with a message, if there is none. Envoy is not available for every platform, so CI may also run
/// without it.
pub fn envoy() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let versions = include_str!("../../../tools/versions.env");
        let version = versions.lines().find_map(|line| line.strip_prefix("ENVOY_VERSION="))?;
        let cache = std::env::var_os("MESH_PLAYGROUND_TOOLS").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/mesh-playground"));
        let installed = cache.or(home)?.join(format!("envoy-{version}/bin/envoy"));
        let found = std::env::var_os("ENVOY").map_or(installed, PathBuf::from);
        let runs = Command::new(&found).arg("--version").output().is_ok_and(|output| output.status.success());
        if !runs {
            common::skipped(&format!(
                "tests with the real Envoy, as there is none at {}; see tools/install.sh",
                found.display()
            ));
            return None;
        }
        // The package's command is a Python script that starts this program; starting it directly saves 0.1 s each
        // time.
        let inside = found.parent()?.parent()?.join("lib");
        let inside = std::fs::read_dir(inside).into_iter().flatten().flatten();
        let mut inside = inside.map(|entry| entry.path().join("site-packages/envoy/_bin/envoy"));
        Some(inside.find(|path| path.is_file()).unwrap_or(found))
    };
    FOUND.get_or_init(find).as_deref()
}

/// Replaces files that exist only in a task with files that exist here: certificates and log files.
///
/// Envoy opens both when it validates. Nothing else is changed.
pub fn with_files(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "certificate_chain" | "trusted_ca" => set(member, "filename", CERTIFICATE),
                    "private_key" => set(member, "filename", KEY),
                    "typed_config" if member.get("path").is_some() => set(member, "path", "/dev/null"),
                    _ => with_files(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_files),
        _ => {}
    }
}

fn set(value: &mut Value, name: &str, to: &str) {
    if value.get(name).is_some() {
        value[name] = Value::from(to);
    } else {
        with_files(value);
    }
}

/// Returns Envoy's verdict on a configuration: nothing, or the reason why it refuses it.
pub fn validate(envoy: &Path, name: &str, config: &str) -> Result<(), String> {
    let mut config: Value = serde_json::from_str(config).map_err(|error| format!("no JSON: {error}"))?;
    with_files(&mut config);
    let file = std::env::temp_dir().join(format!("envoy-{}-{name}.json", std::process::id()));
    std::fs::write(&file, config.to_string()).map_err(|error| error.to_string())?;
    let arguments = ["--mode", "validate", "-l", "error", "--concurrency", "1", "-c"];
    let output =
        Command::new(envoy).args(arguments).arg(&file).output().map_err(|error| error.to_string())?;
    if output.status.success() && String::from_utf8_lossy(&output.stdout).contains(" OK") {
        std::fs::remove_file(&file).map_err(|error| error.to_string())?;
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let reason = told.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
    Err(format!("{} ({}): {}", name, file.display(), reason.chars().take(600).collect::<String>()))
}
