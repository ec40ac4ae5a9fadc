//! The table of effects, field by field, and where the effective preference is set.
#![allow(clippy::unwrap_used)] // A test may panic.

use serde_json::{Value, json};

use super::*;
use crate::{
    control_plane::{Env, Operation, Timestamp, Verb},
    model::Kind,
    world::World,
};

/// `-` means no preference.
const WORDS: [&str; 5] = ["-", "IPv6_PREFERRED", "IPv4_PREFERRED", "IPv6_ONLY", "IPv4_ONLY"];

fn preference(word: &str) -> Option<IpPreference> {
    (word != "-").then(|| word.parse().unwrap())
}

fn word(preference: Option<IpPreference>) -> &'static str {
    preference.map_or("-", IpPreference::as_str)
}

/// Creates a mesh from inputs of `Create…` in a new world; all are in mesh `m`.
fn mesh(inputs: &[(Kind, Value)]) -> Mesh {
    let mut world = World::empty().unwrap();
    for (seed, (kind, input)) in (0u64..).zip(inputs) {
        let operation = Operation::parse(Verb::Create, *kind, input, &world.account).unwrap();
        let account = world.account.clone();
        world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).unwrap();
    }
    Mesh::clone(world.control_plane.meshes().next().unwrap().1)
}

fn mesh_input(word: &str) -> (Kind, Value) {
    let spec = match word {
        "-" => json!({}),
        word => json!({"serviceDiscovery": {"ipPreference": word}}),
    };
    (Kind::Mesh, json!({"meshName": "m", "spec": spec}))
}

/// A node `n` found by `dns` or `awsCloudMap`, or without discovery.
fn node_input(discovery: Option<&str>, word: &str) -> (Kind, Value) {
    let mut members = match discovery {
        Some("dns") => json!({"hostname": "n.local"}),
        _ => json!({"namespaceName": "local", "serviceName": "n"}),
    };
    if word != "-" {
        members["ipPreference"] = json!(word);
    }
    let spec = match discovery {
        Some(member) => json!({
            "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
            "serviceDiscovery": {member: members},
        }),
        None => json!({}),
    };
    (Kind::VirtualNode, json!({"meshName": "m", "virtualNodeName": "n", "spec": spec}))
}

/// Preference | DNS family: queries in order | Cloud Map addresses in order | local application | listener address.
/// Source: docs/facts/ip-preference.md#effects.
const EFFECTS: [&str; 5] = [
    "- | AUTO: IPv6, IPv4 | IPv4, IPv6 | IPv4 | 0.0.0.0: IPv4",
    "IPv6_PREFERRED | AUTO: IPv6, IPv4 | IPv6, IPv4 | IPv6 | ::: IPv4, IPv6",
    "IPv4_PREFERRED | V4_PREFERRED: IPv4, IPv6 | IPv4, IPv6 | IPv4 | ::: IPv4, IPv6",
    "IPv6_ONLY | V6_ONLY: IPv6 | IPv6 | IPv6 | ::: IPv4, IPv6",
    "IPv4_ONLY | V4_ONLY: IPv4 | IPv4 | IPv4 | ::: IPv4, IPv6",
];

fn list(families: impl Iterator<Item = Family>) -> String {
    families.map(Family::as_str).collect::<Vec<_>>().join(", ")
}

fn row(word: &str, effects: &Effects) -> String {
    let Effects { dns_lookup_family, cloud_map, local_endpoint, listener_bind } = effects;
    let accepted = Family::ALL.into_iter().filter(|family| listener_bind.accepts(*family));
    format!(
        "{word} | {}: {} | {} | {} | {}: {}",
        dns_lookup_family.as_str(),
        list(dns_lookup_family.order().families()),
        list(cloud_map.families()),
        local_endpoint.as_str(),
        listener_bind.address(),
        list(accepted),
    )
}

#[test]
fn each_preference_has_its_four_effects() {
    assert_eq!(WORDS.map(|word| row(word, &effects(preference(word)))), EFFECTS);
}

/// For each preference of the mesh (rows) and of the node (columns, in the order of `WORDS`): the effective
/// preference, and where it is set.
const EFFECTIVE: [[&str; 5]; 5] = [
    ["- nobody", "IPv6_PREFERRED here", "IPv4_PREFERRED here", "IPv6_ONLY here", "IPv4_ONLY here"],
    ["IPv6_PREFERRED mesh", "IPv6_PREFERRED here", "IPv4_PREFERRED here", "IPv6_ONLY here", "IPv4_ONLY here"],
    ["IPv4_PREFERRED mesh", "IPv6_PREFERRED here", "IPv4_PREFERRED here", "IPv6_ONLY here", "IPv4_ONLY here"],
    ["IPv6_ONLY mesh", "IPv6_PREFERRED here", "IPv4_PREFERRED here", "IPv6_ONLY here", "IPv4_ONLY here"],
    ["IPv4_ONLY mesh", "IPv6_PREFERRED here", "IPv4_PREFERRED here", "IPv6_ONLY here", "IPv4_ONLY here"],
];

fn told(effective: EffectivePreference) -> String {
    let who = match effective.provenance {
        Provenance::SetHere => "here",
        Provenance::InheritedFromMesh => "mesh",
        Provenance::NoPreference => "nobody",
    };
    format!("{} {who}", word(effective.preference))
}

#[test]
fn a_nodes_own_preference_comes_before_the_meshs() {
    for (of_mesh, expected) in WORDS.into_iter().zip(EFFECTIVE) {
        for (own, expected) in WORDS.into_iter().zip(expected) {
            for discovery in ["dns", "awsCloudMap"] {
                let mesh = mesh(&[mesh_input(of_mesh), node_input(Some(discovery), own)]);
                let node = mesh.virtual_node("n").unwrap();
                assert_eq!(told(node_preference(&mesh, node)), expected, "{of_mesh} {own} {discovery}");
                assert_eq!((word(mesh_preference(&mesh)), word(own_preference(node))), (of_mesh, own));
            }
        }
    }
}

#[test]
fn a_node_without_discovery_takes_the_meshs() {
    for (of_mesh, expected) in WORDS.into_iter().zip(EFFECTIVE) {
        let mesh = mesh(&[mesh_input(of_mesh), node_input(None, "-")]);
        assert_eq!(told(node_preference(&mesh, mesh.virtual_node("n").unwrap())), expected[0]);
    }
}

/// The address of a gateway's listeners under each preference of the mesh; no node in it changes that.
const GATEWAY_BIND: [&str; 5] = ["0.0.0.0", "::", "::", "::", "::"];

#[test]
fn a_gateway_takes_the_meshs_whatever_nodes_say() {
    for ((of_mesh, expected), bind) in WORDS.into_iter().zip(EFFECTIVE).zip(GATEWAY_BIND) {
        for own in WORDS {
            let mesh = mesh(&[mesh_input(of_mesh), node_input(Some("dns"), own)]);
            let effective = gateway_preference(&mesh);
            assert_eq!(told(effective), expected[0], "{of_mesh} {own}");
            assert_eq!(effects(effective.preference).listener_bind.address(), bind, "{of_mesh} {own}");
        }
    }
}

/// Sets every preference on a spec with every preference, and compares the JSON with `expected`.
#[track_caller]
fn check_with(spec: impl Fn(&str) -> (Kind, Value), expected: impl Fn(&str) -> Option<Value>) {
    for before in WORDS {
        let (kind, input) = spec(before);
        let parsed = Spec::parse(kind, &input["spec"], "spec").unwrap();
        for after in WORDS {
            let set = with_preference(&parsed, preference(after));
            assert_eq!(set.map(|spec| spec.json().clone()), expected(after), "{before} to {after}");
        }
    }
}

#[test]
fn a_preference_can_be_set_and_cleared() {
    check_with(mesh_input, |after| Some(mesh_input(after).1["spec"].clone()));
    for discovery in ["dns", "awsCloudMap"] {
        let spec = |word: &str| node_input(Some(discovery), word);
        check_with(spec, |after| Some(spec(after).1["spec"].clone()));
    }
}

#[test]
fn setting_a_preference_keeps_all_else() {
    let spec = json!({
        "egressFilter": {"type": "ALLOW_ALL"}, "serviceDiscovery": {"ipPreference": "IPv4_ONLY"},
    });
    let spec = Spec::parse(Kind::Mesh, &spec, "spec").unwrap();
    let cleared = with_preference(&spec, None).unwrap();
    assert_eq!(*cleared.json(), json!({"egressFilter": {"type": "ALLOW_ALL"}}));
    let spec = json!({
        "backends": [{"virtualService": {"virtualServiceName": "b"}}],
        "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
        "serviceDiscovery": {"dns": {"hostname": "n.local", "responseType": "ENDPOINTS"}},
    });
    let mut expected = spec.clone();
    expected["serviceDiscovery"]["dns"]["ipPreference"] = json!("IPv6_ONLY");
    let spec = Spec::parse(Kind::VirtualNode, &spec, "spec").unwrap();
    assert_eq!(*with_preference(&spec, Some(IpPreference::Ipv6Only)).unwrap().json(), expected);
}

#[test]
fn only_meshes_and_nodes_with_discovery_have_a_place_for_one() {
    let targets = json!({"weightedTargets": [{"virtualNode": "n", "weight": 1}]});
    let target = json!({"target": {"virtualService": {"virtualServiceName": "s"}}});
    let listener = json!({"portMapping": {"port": 80, "protocol": "http"}});
    for (kind, spec) in [
        (Kind::VirtualNode, json!({})),
        (Kind::VirtualService, json!({})),
        (Kind::VirtualRouter, json!({})),
        (Kind::Route, json!({"tcpRoute": {"action": targets}})),
        (Kind::VirtualGateway, json!({"listeners": [listener]})),
        (Kind::GatewayRoute, json!({"httpRoute": {"action": target, "match": {"prefix": "/"}}})),
    ] {
        let spec = Spec::parse(kind, &spec, "spec").unwrap();
        for word in WORDS {
            assert_eq!(with_preference(&spec, preference(word)), None, "{kind:?} {word}");
        }
    }
}
