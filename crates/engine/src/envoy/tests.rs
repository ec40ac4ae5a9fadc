//! The shapes of docs/facts/envoy.md, the lines that each setting writes, and the order of routes.
#![allow(clippy::unwrap_used)] // A test may panic.

mod causes;
mod shapes;

use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::{
    control_plane::{Env, Operation, Timestamp, Verb},
    environment::{CloudMapService, Instance},
    model::TextMap,
    world::World,
};

/// A world with these resources in mesh `m`. Names are `name` or, for a route, `parent/name`.
fn world(resources: &[(Kind, &str, Value)]) -> World {
    let mut world = World::empty().unwrap();
    for (seed, (kind, name, spec)) in (0u64..).zip(resources) {
        let declared = kind.declaration();
        let mut input = json!({"meshName": "m", "spec": spec});
        match (declared.parent, name.split_once('/')) {
            (Some(parent), Some((of, name))) => {
                input[parent.declaration().name_member] = json!(of);
                input[declared.name_member] = json!(name);
            }
            _ => input[declared.name_member] = json!(name),
        }
        let operation = Operation::parse(Verb::Create, *kind, &input, &world.account).unwrap();
        let account = world.account.clone();
        world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).unwrap();
    }
    let mut environment = Environment::default();
    let instance = |id: &str, ipv4: Option<&str>, ipv6: Option<&str>, stage: &str| {
        let mut attributes = TextMap::new();
        attributes.insert("stage".to_owned(), stage.to_owned());
        // Not the listener's port: it is ignored.
        attributes.insert("AWS_INSTANCE_PORT".to_owned(), "1".to_owned());
        let (ipv4, ipv6) = (ipv4.map(|text| text.parse().unwrap()), ipv6.map(|text| text.parse().unwrap()));
        Instance { id: id.into(), ipv4, ipv6, attributes }
    };
    let instances = vec![
        instance("both", Some("10.0.0.1"), Some("2001:db8::1"), "prod"),
        instance("four", Some("10.0.0.2"), None, "prod"),
        instance("six", None, Some("2001:db8::3"), "prod"),
        instance("other", Some("10.0.0.4"), Some("2001:db8::4"), "test"),
    ];
    let service = CloudMapService { namespace: "local".into(), service: "cloud".into() };
    environment.cloud_map.insert(service, Rc::new(instances));
    world.environment = Rc::new(environment);
    world
}

fn config(world: &World, kind: Kind, name: &str) -> Config {
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    bootstrap(&world.environment, id, mesh, &Key::new(kind, name)).unwrap()
}

fn json_of(tree: &Tree) -> Value {
    serde_json::from_str(&to_json(tree)).unwrap()
}

/// Returns the resource with this name.
#[track_caller]
fn named(trees: &[Tree], name: &str) -> Value {
    let members = ["name", "cluster_name"];
    let is_it =
        |tree: &&Tree| members.iter().any(|member| tree.member(member).and_then(Tree::as_str) == Some(name));
    json_of(trees.iter().find(is_it).unwrap())
}

/// A mesh spec with a preference; an empty string means no preference.
fn preferring(preference: &str) -> Value {
    match preference {
        "" => json!({}),
        word => json!({"serviceDiscovery": {"ipPreference": word}}),
    }
}

fn listener(port: i64, protocol: &str) -> Value {
    json!({"portMapping": {"port": port, "protocol": protocol}})
}

fn node(discovery: &Value, backends: &[&str]) -> Value {
    let backends: Vec<_> =
        backends.iter().map(|name| json!({"virtualService": {"virtualServiceName": name}})).collect();
    json!({"listeners": [listener(9080, "http")], "serviceDiscovery": discovery, "backends": backends})
}

fn provided_by(node: &str) -> Value {
    json!({"provider": {"virtualNode": {"virtualNodeName": node}}})
}

fn dns(name: &str) -> Value {
    json!({"dns": {"hostname": format!("{name}.local")}})
}

/// Nodes found by DNS and by Cloud Map, a node that calls both, and a gateway to both.
fn colours(mesh: Value) -> World {
    let cloud = json!({"awsCloudMap": {"namespaceName": "local", "serviceName": "cloud",
        "attributes": [{"key": "stage", "value": "prod"}]}});
    let to = |service: &str| json!({"target": {"virtualService": {"virtualServiceName": service}}});
    world(&[
        (Kind::Mesh, "m", mesh),
        (Kind::VirtualNode, "dns", node(&dns("colors"), &[])),
        (Kind::VirtualNode, "cloud", node(&cloud, &[])),
        (Kind::VirtualNode, "client", node(&dns("client"), &["a", "b"])),
        (Kind::VirtualService, "a", provided_by("dns")),
        (Kind::VirtualService, "b", provided_by("cloud")),
        (Kind::VirtualGateway, "g", json!({"listeners": [listener(8080, "http")]})),
        (Kind::GatewayRoute, "g/a", json!({"httpRoute": {"match": {"prefix": "/a"}, "action": to("a")}})),
        (Kind::GatewayRoute, "g/b", json!({"httpRoute": {"match": {"prefix": "/"}, "action": to("b")}})),
    ])
}
