//! Validates the generated configurations with the real Envoy, which decides what it accepts.
//!
//! See `envoy/proxy.rs` for where it is found; without it, these tests are skipped with a message.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "envoy/corpus.rs"]
mod corpus;
#[path = "envoy/meshes.rs"]
mod meshes;
#[path = "envoy/proxy.rs"]
mod proxy;
#[allow(dead_code)]
#[path = "../../tests/properties/specs.rs"]
mod specs;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use mesh_playground::{envoy, world::World};

/// Number of random meshes in CI, and in a daily run, which uses the first of the same meshes. Each mesh has about five
/// configurations, and Envoy takes a tenth of a second for one. `MESHES` sets another number.
const RANDOM: [u64; 2] = [500, 100];

/// Returns the name and the JSON of every configuration in a world, after checking all its representations.
fn configs(name: &str, world: &World) -> Vec<(String, String)> {
    let mut configs = Vec::new();
    for (id, mesh) in world.control_plane.meshes() {
        for key in envoy::envoys(mesh) {
            let config = envoy::bootstrap(&world.environment, id, mesh, key).unwrap();
            let tree = config.tree();
            let json = envoy::to_json(&tree);
            let joined =
                |lines: Vec<envoy::Line>| lines.into_iter().map(|line| line.text + "\n").collect::<String>();
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            let lines = joined(envoy::json_lines(&tree));
            assert_eq!(value, serde_json::from_str::<serde_json::Value>(&lines).unwrap(), "{name} {key}");
            let yaml = joined(envoy::yaml_lines(&tree));
            let read = mesh_playground::document::yaml::parse(&yaml);
            assert_eq!(
                value,
                read.unwrap_or_else(|error| panic!("{name} {key}: {error}\n{yaml}")),
                "{name} {key}"
            );
            configs.push((format!("{name}-{}", key.name), json));
        }
    }
    configs
}

/// Validates all configurations, two at a time: the number of cores of this machine and of CI.
fn check(configs: &[(String, String)]) {
    let Some(envoy) = proxy::envoy() else { return };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut refused = Vec::new();
        while let Some((name, json)) = configs.get(next.fetch_add(1, Ordering::Relaxed)) {
            refused.extend(proxy::validate(envoy, name, json).err());
        }
        refused
    };
    let refused: Vec<_> = thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    println!("{} configurations validated", configs.len());
    assert!(
        refused.is_empty(),
        "{} of {}:\n{}",
        refused.len(),
        configs.len(),
        refused[..refused.len().min(12)].join("\n")
    );
}

/// Shows that the check can fail.
#[test]
fn envoy_refuses_what_is_wrong() {
    let Some(envoy) = proxy::envoy() else { return };
    let all = configs("wrong", &corpus::features().remove(0).1);
    let (_, json) = all.iter().find(|(name, _)| name == "wrong-http").unwrap();
    for (right, wrong, reason) in [
        (r#""type":"STATIC""#, r#""type":"STATIC","x":1"#, "nosuchfield:'x'"),
        (r#""route":{"cluster":"cds"#, r#""route":{"cluster":"missing-cds"#, "unknowncluster'missing-cds"),
    ] {
        let told = proxy::validate(envoy, "wrong", &json.replacen(right, wrong, 1)).unwrap_err();
        // Envoy inserts spaces into some of its messages at random.
        assert!(told.replace(char::is_whitespace, "").contains(reason), "{told}");
    }
}

#[test]
fn envoy_takes_the_samples() {
    let mut all = Vec::new();
    for (name, world) in corpus::samples() {
        all.extend(configs(&name, &world));
    }
    check(&all);
}

#[test]
fn envoy_takes_every_feature() {
    let mut all = Vec::new();
    for (name, world) in corpus::features() {
        all.extend(configs(name, &world));
    }
    check(&all);
}

#[test]
fn envoy_takes_random_meshes() {
    let [ci, daily] = RANDOM;
    let usual = if std::env::var_os("CI").is_some() { ci } else { daily };
    let count = std::env::var("MESHES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let mut all = Vec::new();
    for seed in 0..count {
        all.extend(configs(&format!("random-{seed}"), &meshes::any_world(seed)));
    }
    check(&all);
}
