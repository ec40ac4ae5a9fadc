//! Compares the routes of the simulation with a real Envoy that runs the *generated* configuration.
//!
//! For each case of the table (`live_routes/cases.rs`), one request is sent through Envoy on loopback, and the same
//! request is simulated by `traffic::simulate`. Both must agree on the status, the gRPC status, the node that responds,
//! and the path and host that its application receives. Weights are compared over many requests.
//!
//! Envoy is found through the variable ENVOY, or in the cache of `tools/install.sh`. Without it, the test is skipped
//! with a message. Start at [`every_case_fares_as_simulated`].

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "live_routes/cases.rs"]
mod cases;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "live_routes/loopback.rs"]
mod loopback;
#[path = "envoy/proxy.rs"]
mod proxy;

use loopback::{Answer, Loopback};
use mesh_playground::{
    control_plane::{Env, Mesh, Operation, Timestamp, Verb},
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance, Task},
    model::{Kind, MeshId, TextMap},
    traffic::{Client, End, Outcome, PLACEHOLDER, Request, simulate, split},
    world::World,
};
use serde_json::{Value, json};
use std::rc::Rc;

/// The nodes that respond, at 127.0.0.2 and the following addresses.
pub const NODES: [&str; 4] = ["a", "b", "c", "d"];

/// Returns an environment in which Cloud Map has every node at a loopback address.
///
/// This test needs only the addresses; `conformance/tests/live.rs` tests discovery.
pub fn environment() -> Environment {
    let mut environment = Environment::default();
    for (number, name) in (2u8..).zip(NODES) {
        let address = [127, 0, 0, number].into();
        environment.tasks.insert(name.into(), Rc::new(Task::new(Some(address), None, Families::V4)));
        let service = CloudMapService { namespace: "local".into(), service: name.into() };
        let instance =
            Instance { id: name.into(), ipv4: Some(address), ipv6: None, attributes: TextMap::new() };
        environment.cloud_map.insert(service, Rc::new(vec![instance]));
    }
    // The node calls by name; the test connects to the address where its Envoy listens.
    for name in NODES.into_iter().chain(["routed", "empty", "ghost", "other"]) {
        let records = DnsRecords { a: vec![PLACEHOLDER], aaaa: Vec::new() };
        environment.dns.insert(name.into(), Rc::new(records));
    }
    environment
}

fn world(inputs: &[(Kind, Value)]) -> (MeshId, Mesh) {
    let mut world = World::empty().unwrap();
    world.control_plane.enforces_quotas = false;
    let account = world.account.clone();
    for (seed, (kind, input)) in (0u64..).zip(inputs) {
        let mut input = input.clone();
        input["meshName"] = json!("m");
        let operation = Operation::parse(Verb::Create, *kind, &input, &account).unwrap();
        let applied = world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed });
        applied.unwrap_or_else(|error| panic!("{error}: {input}"));
    }
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    (id.clone(), Mesh::clone(mesh))
}

/// Returns the prediction of the simulation, in the format of Envoy's response.
fn foretold(outcome: &Outcome) -> Answer {
    let sent = outcome.sent.as_ref().filter(|_| outcome.arrives());
    Answer {
        status: outcome.status().unwrap_or_default(),
        // The applications here do not support gRPC and return no gRPC status.
        grpc_status: outcome.reply.grpc_status.filter(|status| *status != 0),
        node: outcome.service.as_ref().filter(|_| sent.is_some()).map(|hop| hop.node.to_string()),
        path: sent.map(|sent| sent.path.clone()),
        host: sent.map(|sent| sent.authority().to_owned()),
    }
}

#[test]
fn every_case_fares_as_simulated() {
    let Some(envoy) = proxy::envoy() else { return };
    let ports = loopback::free_ports();
    let (id, mesh) = world(&cases::mesh(&ports));
    let environment = environment();
    let loopback = Loopback::start(envoy, &environment, &id, &mesh, &ports);
    let cases = cases::cases(&ports);
    let mut differences = Vec::new();
    for case in &cases {
        let found = loopback.send(&case.request);
        let outcome = simulate(&environment, &mesh, &case.request, 1);
        let expected = foretold(&outcome);
        if found != expected {
            differences.push(format!("{}\n  envoy      {found:?}\n  simulation {expected:?}", case.name));
        }
        let told = found.node.clone().unwrap_or_else(|| match outcome.end {
            End::Answered | End::EnvoyAnswered => {
                found.grpc_status.map_or(found.status, u16::from).to_string()
            }
            End::Closed => "closed".to_owned(),
            End::Refused => "refused".to_owned(),
            End::Unresolved => "unresolved".to_owned(),
        });
        if told != case.expected {
            differences.push(format!("{}: {told} instead of {}", case.name, case.expected));
        }
    }
    println!("{} cases through a real Envoy", cases.len());
    assert!(cases.len() >= 60);
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    weights(&loopback, &environment, &mesh);
}

/// Compares the shares of a thousand requests: those of Envoy, of the simulation and of the weights.
fn weights(loopback: &Loopback, environment: &Environment, mesh: &Mesh) {
    const COUNT: u32 = 1_000;
    for path in ["/even", "/tenth", "/zero", "/nobody"] {
        let request = Request::get(Client::Node { node: "client".into(), service: "routed".into() }, path);
        let mut seen = [0u32; NODES.len()];
        for _ in 0..COUNT {
            let node = loopback.send(&request).node.unwrap();
            seen[NODES.iter().position(|known| *known == node).unwrap()] += 1;
        }
        for split in split(environment, mesh, &request, COUNT, 1) {
            let place = NODES.iter().position(|known| **known == *split.target.node).unwrap();
            let expected =
                COUNT * u32::try_from(split.target.weight).unwrap() / u32::try_from(split.sum).unwrap();
            // Four standard deviations of the widest case are 64.
            for seen in [seen[place], split.seen] {
                assert!(
                    seen.abs_diff(expected) < 80 && (expected > 0 || seen == 0),
                    "{path}: {split:?} {seen}"
                );
            }
        }
        println!("{path}: {seen:?} of {COUNT}");
    }
}
