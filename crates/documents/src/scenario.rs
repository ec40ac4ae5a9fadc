//! The world of a first visit: the six colours of the published IPv6 walkthrough.
//!
//! Six nodes, red to purple, cover the combinations of discovery and listening families. The mesh equals the one that
//! the walkthrough's templates create (a test compares them); the environment contains what its tasks register and
//! listen on.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use app_mesh_engine::{
    control_plane::{Env, Error, Operation, Timestamp, Verb},
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance, Task},
    model::{Kind, TextMap},
    world::World,
};
use mesh_text::yaml::parse_json;
use serde_json::Value;

/// Service discovery of the walkthrough's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// DNS host names.
    Dns,
    /// Cloud Map services.
    CloudMap,
}

/// One of the six colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Name of the colour, which is part of the names of its node, host and route.
    pub name: &'static str,
    /// Address families under which it is registered.
    pub discovery: Families,
    /// Address families on which its application listens.
    pub listens_on: Families,
}

/// The six colours, in the walkthrough's order. Source: `howto-ipv6`.
pub const COLOURS: [Colour; 6] = [
    Colour { name: "red", discovery: Families::V4, listens_on: Families::V4 },
    Colour { name: "orange", discovery: Families::V4, listens_on: Families::BOTH },
    Colour { name: "yellow", discovery: Families::V4, listens_on: Families::V6 },
    Colour { name: "green", discovery: Families::BOTH, listens_on: Families::V4 },
    Colour { name: "blue", discovery: Families::BOTH, listens_on: Families::BOTH },
    Colour { name: "purple", discovery: Families::BOTH, listens_on: Families::V6 },
];

/// Name of the walkthrough's mesh.
pub const MESH: &str = "colors";
/// Name of its virtual gateway.
pub const GATEWAY: &str = "colorgateway-vg";

/// Returns the name of a colour's virtual node.
pub fn node_name(colour: &str) -> String {
    format!("colorteller-{colour}-vn")
}

/// Returns whether a name is one of the walkthrough's own virtual services. They have no records: only its gateway
/// sends requests to them, and a gateway needs no record.
pub fn is_service(name: &str) -> bool {
    let number =
        name.strip_prefix("colorteller-").and_then(|rest| rest.strip_suffix(".default.svc.cluster.local"));
    number.is_some_and(|number| (1..=COLOURS.len()).any(|known| number == known.to_string()))
}

/// Returns the environment of the six colours: one task each, registered both in DNS and in Cloud Map.
///
/// Addresses are from the private range 10.0.1.0/24 and the documentation range 2001:db8::/32.
pub fn environment() -> Environment {
    let mut environment = Environment::default();
    let mut port_9080 = TextMap::new();
    port_9080.insert("AWS_INSTANCE_PORT".to_owned(), "9080".to_owned());
    for (colour, host) in COLOURS.iter().zip(11u8..) {
        let ipv4 = Ipv4Addr::new(10, 0, 1, host);
        // ::11 to ::16, so that the two addresses of a task are recognizable as a pair.
        let ipv6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, u16::from(host / 10 * 16 + host % 10));
        let service = format!("colorteller-{}", colour.name);
        let registered4 = colour.discovery.ipv4.then_some(ipv4);
        let registered6 = colour.discovery.ipv6.then_some(ipv6);
        let task = Task::new(Some(ipv4), Some(ipv6), colour.listens_on);
        environment.tasks.insert(service.as_str().into(), Rc::new(task));
        let records =
            DnsRecords { a: registered4.into_iter().collect(), aaaa: registered6.into_iter().collect() };
        environment.dns.insert(format!("{service}.default.svc.cluster.local.dns").into(), Rc::new(records));
        let instance = Instance {
            id: format!("{service}-1").into(),
            ipv4: registered4,
            ipv6: registered6,
            attributes: port_9080.clone(),
        };
        let service =
            CloudMapService { namespace: "default.svc.cluster.local.cloud".into(), service: service.into() };
        environment.cloud_map.insert(service, Rc::new(vec![instance]));
    }
    for name in ["default", "colors", "shop"] {
        let mut labels = TextMap::new();
        labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
        environment.namespaces.insert(name.into(), Rc::new(labels));
    }
    environment
}

/// Returns the six colours as a world without any preference: the state in which publishing an AAAA record breaks a
/// node. `None` only if the constants of this module are invalid.
pub fn six_colours(variant: Variant, env: &Env) -> Option<World> {
    let mut world = World::empty()?;
    add_six_colours(&mut world, variant, env).ok()?;
    Some(world)
}

/// Returns the variant that a world equals, if it contains nothing else and is unchanged. Ignores times and ids.
pub fn variant_of(world: &World) -> Option<Variant> {
    let facts = |world: &World| {
        let resources = world.control_plane.meshes().flat_map(|(_, mesh)| mesh.resources());
        resources.map(|found| (found.id.clone(), found.spec.clone(), found.tags.clone())).collect::<Vec<_>>()
    };
    let env = Env { now: Timestamp(0), seed: 0 };
    [Variant::Dns, Variant::CloudMap].into_iter().find(|variant| {
        six_colours(*variant, &env).is_some_and(|fresh| {
            fresh.environment == world.environment
                && fresh.accounts == world.accounts
                && facts(&fresh) == facts(world)
        })
    })
}

/// Adds the six colours to a world, in the current account.
///
/// # Errors
/// Returns the service's error, in particular if the account already has a mesh of this name.
pub fn add_six_colours(world: &mut World, variant: Variant, env: &Env) -> Result<(), Error> {
    let account = world.account.clone();
    for (index, (kind, input)) in (0u64..).zip(inputs(variant)) {
        let operation = Operation::parse(Verb::Create, kind, &input, &account).map_err(Error::Invalid)?;
        world.control_plane.apply(&operation, &account, &env.nth(index))?;
    }
    let around = Rc::make_mut(&mut world.environment);
    let fresh = environment();
    for (name, task) in fresh.tasks.iter() {
        around.tasks.insert(name.clone(), task.clone());
    }
    for (host, records) in fresh.dns {
        around.dns.insert(host, records);
    }
    for (service, instances) in fresh.cloud_map {
        around.cloud_map.insert(service, instances);
    }
    for (name, labels) in fresh.namespaces {
        around.namespaces.insert(name, labels);
    }
    around.interception = fresh.interception;
    around.default_retries = fresh.default_retries;
    around.organization = fresh.organization;
    Ok(())
}

/// Returns the inputs that create the mesh, in an order in which every reference has a target.
fn inputs(variant: Variant) -> Vec<(Kind, Value)> {
    let discovery = match variant {
        Variant::Dns => DNS,
        Variant::CloudMap => CLOUD_MAP,
    };
    let mut inputs = Vec::new();
    let mut add = |kind: Kind, text: &str, colour: &str, number: &str| {
        let text = text.replace("DISCOVERY", discovery).replace("MESH", MESH).replace("GATEWAY", GATEWAY);
        let text = text.replace("COLOUR", colour).replace("NUMBER", number);
        inputs.extend(parse_json(&text).ok().map(|input| (kind, input)));
    };
    add(Kind::Mesh, MESH_INPUT, "", "");
    add(Kind::VirtualGateway, GATEWAY_INPUT, "", "");
    for (colour, number) in COLOURS.iter().zip(["1", "2", "3", "4", "5", "6"]) {
        add(Kind::VirtualNode, NODE_INPUT, colour.name, number);
        add(Kind::VirtualService, SERVICE_INPUT, colour.name, number);
        add(Kind::GatewayRoute, ROUTE_INPUT, colour.name, number);
    }
    inputs
}

// The inputs. Words in capitals are placeholders.

const MESH_INPUT: &str = r#"{ "meshName": "MESH" }"#;

const GATEWAY_INPUT: &str = r#"{
    "meshName": "MESH",
    "virtualGatewayName": "GATEWAY",
    "spec": { "listeners": [{ "portMapping": { "port": 9080, "protocol": "http" } }] }
}"#;

const NODE_INPUT: &str = r#"{
    "meshName": "MESH",
    "virtualNodeName": "colorteller-COLOUR-vn",
    "spec": {
        "listeners": [{
            "portMapping": { "port": 9080, "protocol": "http" },
            "healthCheck": {
                "healthyThreshold": 2, "intervalMillis": 5000, "timeoutMillis": 2000, "unhealthyThreshold": 2,
                "path": "/ping", "protocol": "http"
            }
        }],
        "serviceDiscovery": DISCOVERY
    }
}"#;

const DNS: &str = r#"{ "dns": { "hostname": "colorteller-COLOUR.default.svc.cluster.local.dns" } }"#;

const CLOUD_MAP: &str = r#"{ "awsCloudMap": {
    "namespaceName": "default.svc.cluster.local.cloud", "serviceName": "colorteller-COLOUR"
} }"#;

const SERVICE_INPUT: &str = r#"{
    "meshName": "MESH",
    "virtualServiceName": "colorteller-NUMBER.default.svc.cluster.local",
    "spec": { "provider": { "virtualNode": { "virtualNodeName": "colorteller-COLOUR-vn" } } }
}"#;

const ROUTE_INPUT: &str = r#"{
    "meshName": "MESH",
    "virtualGatewayName": "GATEWAY",
    "gatewayRouteName": "colorgateway-route-COLOUR",
    "spec": { "httpRoute": {
        "match": { "prefix": "/COLOUR" },
        "action": { "target": { "virtualService": {
            "virtualServiceName": "colorteller-NUMBER.default.svc.cluster.local"
        } } }
    } }
}"#;
