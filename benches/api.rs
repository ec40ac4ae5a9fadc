//! Benchmark of the control plane as native code, through the REST API. `tools/bench.sh` runs it, and
//! `tools/bench.mjs` compares the result with the others.
//!
//! Prints one JSON object with the milliseconds of the best of several rounds, because noise only makes a round slower.
#![allow(clippy::unwrap_used)] // A benchmark may panic.
#![allow(missing_docs)]

mod script;

use std::time::Instant;

use mesh_playground::{
    api::{self, Request},
    control_plane::{Env, Operation, Timestamp, Verb},
    model::Kind,
    playground::Playground,
    world::World,
};
use serde_json::{Value, json};

fn best(rounds: usize, mut run: impl FnMut()) -> f64 {
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

fn main() {
    let calls = script::calls();
    // The calls that the other runners send.
    if std::env::args().any(|argument| argument == "--calls") {
        let calls = calls.iter().map(|call| {
            serde_json::json!({"method": call.method, "path": call.path, "query": call.query,
                "body": String::from_utf8_lossy(&call.body)})
        });
        println!("{}", calls.collect::<serde_json::Value>());
        return;
    }
    assert_eq!(script::run(&calls), calls.len());
    let native = best(10, || assert_eq!(script::run(&calls), calls.len()));
    let mut result = serde_json::json!({"script": native});
    for nodes in [100, 10_000] {
        let mut playground = sized(nodes).unwrap();
        let (describes, lists) = reads(nodes);
        for (name, requests) in [("describe", describes), ("list", lists)] {
            let time = best(10, || {
                for request in &requests {
                    assert_eq!(api::handle(&mut playground, request.clone()).status, 200);
                }
            });
            result[format!("{name}{nodes}")] = time.into();
        }
    }
    println!("{result}");
}

/// Returns a playground with a mesh of this number of virtual nodes.
fn sized(nodes: usize) -> Option<Playground> {
    let mut world = World::empty()?;
    world.control_plane.enforces_quotas = false;
    let account = world.account.clone();
    let mut create = |seed: u64, kind: Kind, input: &Value| {
        let env = Env { now: Timestamp(0), seed };
        let operation = Operation::parse(Verb::Create, kind, input, &account).ok()?;
        world.control_plane.apply(&operation, &account, &env).ok()
    };
    create(1, Kind::Mesh, &json!({"meshName": "bench"}))?;
    for (i, seed) in (0..nodes).zip(2..) {
        let input =
            json!({"meshName": "bench", "virtualNodeName": format!("node-{i}"), "spec": script::node(i, 80)});
        create(seed, Kind::VirtualNode, &input)?;
    }
    Some(Playground::new(world))
}

/// Returns 1,000 describe requests spread over a mesh of this number of nodes, and 1,000 list requests for its first
/// 10 nodes.
fn reads(nodes: usize) -> (Vec<Request>, Vec<Request>) {
    let names = (0..1000).map(|i| format!("node-{}", i * 7919 % nodes));
    let describes =
        names.map(|name| script::request("GET", &format!("/meshes/bench/virtualNodes/{name}"), &Value::Null));
    let lists =
        (0..1000).map(|_| script::request("GET", "/meshes/bench/virtualNodes?limit=10", &Value::Null));
    (describes.collect(), lists.collect())
}
