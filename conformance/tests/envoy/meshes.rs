//! Meshes to generate configurations from: written by hand for each feature, and random ones from the declarations.

use std::{collections::BTreeSet, rc::Rc};

use mesh_playground::{
    control_plane::{Env, Operation, Timestamp, Verb},
    environment::{CloudMapService, DnsRecords, Environment, Instance},
    model::{Kind, TextMap},
    world::World,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::specs::any_spec;

/// Returns a world with these resources in mesh `m`, created in this order. Names are `name` or, for a route,
/// `parent/name`.
pub fn world(resources: &[(Kind, &str, Value)]) -> World {
    let mut world = World::empty().unwrap();
    world.control_plane.enforces_quotas = false;
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
        let operation = Operation::parse(Verb::Create, *kind, &input, &world.account)
            .unwrap_or_else(|problems| panic!("{kind:?} {name}: {}\n{spec}", problems[0]));
        let account = world.account.clone();
        let env = Env { now: Timestamp(0), seed };
        world
            .control_plane
            .apply(&operation, &account, &env)
            .unwrap_or_else(|error| panic!("{kind:?} {name}: {error}\n{spec}"));
    }
    world.environment = Rc::new(environment(resources));
    world
}

/// Returns an environment in which the discovery name of each node has two addresses of each family.
fn environment(resources: &[(Kind, &str, Value)]) -> Environment {
    let mut environment = Environment::default();
    let ipv4 = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap());
    let ipv6 = ["2001:db8::1", "2001:db8::2"].map(|text| text.parse().unwrap());
    for (_, _, spec) in resources {
        if let Some(host) = spec.pointer("/serviceDiscovery/dns/hostname").and_then(Value::as_str) {
            let records = DnsRecords { a: ipv4.to_vec(), aaaa: ipv6.to_vec() };
            environment.dns.insert(host.into(), Rc::new(records));
        }
        if let Some(found) = spec.pointer("/serviceDiscovery/awsCloudMap") {
            let text = |name: &str| found[name].as_str().unwrap().into();
            let service = CloudMapService { namespace: text("namespaceName"), service: text("serviceName") };
            let mut attributes = TextMap::new();
            for attribute in found["attributes"].as_array().into_iter().flatten() {
                let text = |name: &str| attribute[name].as_str().unwrap().to_owned();
                attributes.insert(text("key"), text("value"));
            }
            let instance = |id: &str, i: Option<usize>, j: Option<usize>| Instance {
                id: id.into(),
                ipv4: i.map(|i| ipv4[i]),
                ipv6: j.map(|j| ipv6[j]),
                attributes: attributes.clone(),
            };
            let instances = vec![
                instance("both", Some(0), Some(0)),
                instance("four", Some(1), None),
                instance("six", None, Some(1)),
            ];
            environment.cloud_map.insert(service, Rc::new(instances));
        }
    }
    environment
}

// --- Random meshes ---------------------------------------------------------------------------------------------

/// Returns a random mesh: nodes, routers with routes, services, a gateway with routes, and references between them.
pub fn any_world(seed: u64) -> World {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut draw = |kind: Kind| {
        let mut spec = any_spec(kind).new_tree(&mut runner).unwrap().current();
        as_envoy_reads(&mut spec);
        spec
    };
    let mut seed = seed;
    let mut pick = move |of: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % of
    };
    const SERVICES: [&str; 4] = ["a.local", "A.LOCAL", "default_backend", "a.local:80"];
    let mut resources = vec![(Kind::Mesh, "m".to_owned(), draw(Kind::Mesh))];
    let nodes: Vec<String> = (0..4).map(|i| format!("n{i}")).collect();
    let routers = ["r0".to_owned(), "r1".to_owned()];
    let mut ports = std::collections::BTreeMap::new();
    let ports_of = |spec: &Value| -> Vec<Value> {
        let listeners = spec["listeners"].as_array().into_iter().flatten();
        listeners.map(|listener| listener["portMapping"]["port"].clone()).collect()
    };
    for node in &nodes {
        let mut spec = draw(Kind::VirtualNode);
        // Use existing backends, so that there is an outbound half.
        for (i, backend) in spec["backends"].as_array_mut().into_iter().flatten().enumerate() {
            backend["virtualService"]["virtualServiceName"] = json!(SERVICES[(i + pick(3)) % 4]);
        }
        let mut seen = BTreeSet::new();
        if let Some(backends) = spec["backends"].as_array_mut() {
            backends
                .retain(|backend| seen.insert(backend["virtualService"]["virtualServiceName"].to_string()));
        }
        for listener in spec["listeners"].as_array_mut().into_iter().flatten() {
            // Use equal ports, or no mesh would have conflicts.
            if pick(2) == 0 && listener["healthCheck"]["port"].is_null() {
                listener["portMapping"]["port"] = json!(80 + pick(2));
            }
        }
        let mut taken = BTreeSet::new();
        if let Some(listeners) = spec["listeners"].as_array_mut() {
            listeners.retain(|listener| taken.insert(listener["portMapping"]["port"].to_string()));
        }
        tidy(&mut spec);
        ports.insert(node.clone(), ports_of(&spec));
        resources.push((Kind::VirtualNode, node.clone(), spec));
    }
    for router in &routers {
        let mut spec = draw(Kind::VirtualRouter);
        for listener in spec["listeners"].as_array_mut().into_iter().flatten().take(1) {
            listener["portMapping"]["port"] = json!(80);
        }
        let mut taken = BTreeSet::new();
        if let Some(listeners) = spec["listeners"].as_array_mut() {
            listeners.retain(|listener| taken.insert(listener["portMapping"]["port"].to_string()));
        }
        tidy(&mut spec);
        ports.insert(router.clone(), ports_of(&spec));
        resources.push((Kind::VirtualRouter, router.clone(), spec));
        for i in 0..3 {
            let mut spec = draw(Kind::Route);
            let route = one_route(&mut spec);
            let at_router = &ports[router];
            set_port(&mut route["match"], at_router, pick(at_router.len().max(1)));
            for target in route["action"]["weightedTargets"].as_array_mut().unwrap() {
                let node = &nodes[pick(4)];
                target["virtualNode"] = json!(node);
                set_port(target, &ports[node], pick(ports[node].len().max(1)));
            }
            tidy(&mut spec);
            resources.push((Kind::Route, format!("{router}/t{i}"), spec));
        }
    }
    let mut provided = std::collections::BTreeMap::new();
    for (i, service) in SERVICES.iter().enumerate() {
        let (spec, provider) = match (i + pick(2)) % 3 {
            0 => (json!({"provider": {"virtualNode": {"virtualNodeName": nodes[i]}}}), Some(&nodes[i])),
            1 => (
                json!({"provider": {"virtualRouter": {"virtualRouterName": routers[i % 2]}}}),
                Some(&routers[i % 2]),
            ),
            _ if i == 2 => (json!({}), None),
            _ => {
                (json!({"provider": {"virtualRouter": {"virtualRouterName": routers[0]}}}), Some(&routers[0]))
            }
        };
        provided.insert(*service, provider.map(|name| ports[name].clone()).unwrap_or_default());
        resources.push((Kind::VirtualService, (*service).to_owned(), spec));
    }
    let spec = draw(Kind::VirtualGateway);
    let at_gateway = ports_of(&spec);
    resources.push((Kind::VirtualGateway, "g".to_owned(), spec));
    for i in 0..4 {
        let mut spec = draw(Kind::GatewayRoute);
        let route = one_route(&mut spec);
        set_port(&mut route["match"], &at_gateway, pick(at_gateway.len().max(1)));
        // A gRPC route with only a port gets another match condition.
        if route["match"] == json!({}) {
            route["match"]["hostname"] = json!({"exact": "a.local"});
        }
        let service = SERVICES[pick(4)];
        let target = &mut route["action"]["target"];
        target["virtualService"]["virtualServiceName"] = json!(service);
        set_port(target, &provided[service], pick(provided[service].len().max(1)));
        tidy(&mut spec);
        resources.push((Kind::GatewayRoute, format!("g/u{i}"), spec));
    }
    let resources: Vec<_> =
        resources.iter().map(|(kind, name, spec)| (*kind, name.as_str(), spec.clone())).collect();
    world(&resources)
}

fn one_route(spec: &mut Value) -> &mut Value {
    spec.as_object_mut().unwrap().iter_mut().find(|(name, _)| name.ends_with("Route")).unwrap().1
}

/// Sets a port if there are several ports, and removes it otherwise.
fn set_port(value: &mut Value, ports: &[Value], which: usize) {
    if ports.len() > 1 {
        value["port"] = ports[which].clone();
    } else if let Some(object) = value.as_object_mut() {
        object.remove("port");
    }
}

/// Removes the nulls that indexing left.
fn tidy(spec: &mut Value) {
    if let Value::Object(members) = spec {
        members.retain(|_, value| !value.is_null());
        members.values_mut().for_each(tidy);
    } else if let Value::Array(items) = spec {
        items.iter_mut().for_each(tidy);
    }
}

/// Replaces strings that Envoy parses with a syntax, although App Mesh does not check it: regular expressions, log
/// formats, and header values with characters that HTTP does not allow.
fn as_envoy_reads(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), &*member) {
                    ("regex", Value::String(_)) => *member = json!("/[a-z]+(x|y)?"),
                    ("format", _) => as_log_format(member),
                    (_, Value::String(text)) => {
                        let fine = text.chars().filter(|c| !c.is_control()).collect::<String>();
                        *member = if fine.is_empty() && !text.is_empty() { json!("x") } else { json!(fine) };
                    }
                    _ => as_envoy_reads(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(as_envoy_reads),
        _ => {}
    }
}

fn as_log_format(format: &mut Value) {
    if format.get("text").is_some() {
        *format = json!({"text": "%START_TIME% %RESPONSE_FLAGS%\n"});
    }
    for item in format["json"].as_array_mut().into_iter().flatten() {
        item["value"] = json!("%PROTOCOL% \"x\"");
    }
    tidy(format);
}
