//! Outcomes of requests, compared with those of real Envoys (docs/facts/envoy.md#outcomes).
#![allow(clippy::unwrap_used)] // A test may panic.

mod arbitrary;
mod edges;
mod matching;
mod names;
mod requests;
mod routes;
mod tables;

use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::{
    control_plane::{Env, Mesh, Operation, Timestamp, Verb},
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance, Task},
    model::{IpPreference, Kind, TextMap},
    world::World,
};

/// The five preferences, beginning with `None`.
const PREFERENCES: [Option<IpPreference>; 5] = [
    None,
    Some(IpPreference::Ipv6Preferred),
    Some(IpPreference::Ipv4Preferred),
    Some(IpPreference::Ipv6Only),
    Some(IpPreference::Ipv4Only),
];

/// How the target is found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Dns,
    CloudMap,
}

const BOTH_WAYS: [By; 2] = [By::Dns, By::CloudMap];

/// Creates a mesh from inputs of `Create…` in a new world; `meshName` is added to them.
fn mesh(inputs: &[(Kind, Value)]) -> Mesh {
    mesh_under(inputs, true)
}

fn mesh_without_quotas(inputs: &[(Kind, Value)]) -> Mesh {
    mesh_under(inputs, false)
}

fn mesh_under(inputs: &[(Kind, Value)], quotas: bool) -> Mesh {
    let mut world = World::empty().unwrap();
    world.control_plane.enforces_quotas = quotas;
    for (seed, (kind, input)) in (0u64..).zip(inputs) {
        let mut input = input.clone();
        input["meshName"] = json!("m");
        let operation = Operation::parse(Verb::Create, *kind, &input, &world.account).unwrap();
        let account = world.account.clone();
        world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).unwrap();
    }
    Mesh::clone(world.control_plane.meshes().next().unwrap().1)
}

fn mesh_input(preference: Option<IpPreference>) -> (Kind, Value) {
    let spec = match preference {
        None => json!({}),
        Some(preference) => json!({"serviceDiscovery": {"ipPreference": preference.as_str()}}),
    };
    (Kind::Mesh, json!({"spec": spec}))
}

/// A node on port 9080 that calls `backends`.
fn node(name: &str, by: By, own: Option<IpPreference>, backends: &[&str]) -> (Kind, Value) {
    let (member, mut discovery) = match by {
        By::Dns => ("dns", json!({"hostname": format!("{name}.local")})),
        By::CloudMap => ("awsCloudMap", json!({"namespaceName": "local", "serviceName": name})),
    };
    if let Some(own) = own {
        discovery["ipPreference"] = json!(own.as_str());
    }
    let backends: Vec<_> =
        backends.iter().map(|name| json!({"virtualService": {"virtualServiceName": name}})).collect();
    let listener = json!({"portMapping": {"port": 9080, "protocol": "http"}});
    let spec =
        json!({"backends": backends, "listeners": [listener], "serviceDiscovery": {member: discovery}});
    (Kind::VirtualNode, json!({"virtualNodeName": name, "spec": spec}))
}

/// A service; the provider is `node:name`, `router:name` or empty.
fn service(name: &str, provider: &str) -> (Kind, Value) {
    let spec = match provider.split_once(':') {
        Some(("node", name)) => json!({"provider": {"virtualNode": {"virtualNodeName": name}}}),
        Some((_, name)) => json!({"provider": {"virtualRouter": {"virtualRouterName": name}}}),
        None => json!({}),
    };
    (Kind::VirtualService, json!({"virtualServiceName": name, "spec": spec}))
}

/// A router with these listeners.
fn router(name: &str, listeners: &[(u16, &str)]) -> (Kind, Value) {
    let mapping =
        |(port, protocol): &(u16, &str)| json!({"portMapping": {"port": port, "protocol": protocol}});
    let listeners: Vec<_> = listeners.iter().map(mapping).collect();
    (Kind::VirtualRouter, json!({"virtualRouterName": name, "spec": {"listeners": listeners}}))
}

fn gateway() -> (Kind, Value) {
    let listener = json!({"portMapping": {"port": 8080, "protocol": "http"}});
    (Kind::VirtualGateway, json!({"virtualGatewayName": "g", "spec": {"listeners": [listener]}}))
}

/// A gateway route of gateway `g`; `more` is merged into its action.
fn gateway_route(name: &str, matches: Value, service: &str, more: Value) -> (Kind, Value) {
    let mut action = json!({"target": {"virtualService": {"virtualServiceName": service}}});
    action.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let spec = json!({"httpRoute": {"match": matches, "action": action}});
    (Kind::GatewayRoute, json!({"virtualGatewayName": "g", "gatewayRouteName": name, "spec": spec}))
}

/// Node `target` behind service `s`. Gateway `g` routes everything to it, and node `client`, whose own preference
/// must not matter, lists it as a backend.
fn target_mesh(by: By, of_mesh: Option<IpPreference>, own: Option<IpPreference>) -> Mesh {
    mesh(&[
        mesh_input(of_mesh),
        node("target", by, own, &[]),
        service("s", "node:target"),
        node("client", By::Dns, Some(IpPreference::Ipv6Only), &["s"]),
        gateway(),
        gateway_route("all", json!({"prefix": "/"}), "s", json!({})),
    ])
}

/// A gateway and a node as the client, which gave the same result in every measured cell.
fn both_clients() -> [Request; 2] {
    let node = Client::Node { node: "client".into(), service: "s".into() };
    [Client::Gateway("g".into()), node].map(|client| Request::get(client, "/"))
}

/// A request of node `client` to a service or host.
fn from_client(service: &str) -> Request {
    Request::get(Client::Node { node: "client".into(), service: service.into() }, "/")
}

/// One task, `10.0.0.1` and `2001:db8::1`, registered for `target` in DNS and Cloud Map in these families.
fn environment(registered: Families, listens_on: Families) -> Environment {
    let mut environment = Environment::default();
    let (ipv4, ipv6) = ("10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
    environment.tasks.insert("task".into(), Rc::new(Task::new(Some(ipv4), Some(ipv6), listens_on)));
    let (ipv4, ipv6) = (registered.ipv4.then_some(ipv4), registered.ipv6.then_some(ipv6));
    let records = DnsRecords { a: ipv4.into_iter().collect(), aaaa: ipv6.into_iter().collect() };
    environment.dns.insert("target.local".into(), Rc::new(records));
    name(&mut environment, "s");
    let instance = Instance { id: "task-1".into(), ipv4, ipv6, attributes: TextMap::new() };
    environment.cloud_map.insert(cloud_map_target(), Rc::new(vec![instance]));
    environment
}

/// Publishes a record for the name of a virtual service, because its callers need one.
fn name(environment: &mut Environment, service: &str) {
    let records = DnsRecords { a: vec![PLACEHOLDER], aaaa: Vec::new() };
    environment.dns.insert(service.into(), Rc::new(records));
}

fn cloud_map_target() -> CloudMapService {
    CloudMapService { namespace: "local".into(), service: "target".into() }
}
