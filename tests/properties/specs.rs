//! Arbitrary valid specs, generated from the declarations.

use std::collections::{BTreeMap, BTreeSet};

use mesh_playground::{
    control_plane::is_name_character,
    model::{Kind, Shape, Structure},
};
use proptest::{prelude::*, strategy::Union};
use serde_json::{Map, Value, json};

/// Generates a spec of this kind that satisfies its declaration and, if its prerequisites exist, every rule of the
/// service.
pub fn any_spec(kind: Kind) -> BoxedStrategy<Value> {
    let mended = any_value(kind.declaration().spec).prop_map(move |mut spec| {
        mend(kind, &mut spec);
        spec
    });
    mended.boxed()
}

/// Generates a value that satisfies a shape.
fn any_value(shape: &'static Shape) -> BoxedStrategy<Value> {
    match *shape {
        Shape::Text { min, max, pattern } => {
            let character = match pattern {
                // Characters that both patterns allow at any position.
                Some(_) => prop::char::range('!', '~').boxed(),
                None => {
                    prop_oneof![4 => prop::char::range('a', 'z'), 1 => Just('/'), 1 => any::<char>()].boxed()
                }
            };
            let short = prop::collection::vec(character, min..=max.min(min + 8)).prop_map(String::from_iter);
            let longest = if pattern.is_some() { "x".repeat(max) } else { "é".repeat(max.min(5000)) };
            prop_oneof![15 => short, 1 => Just(longest)].prop_map(Value::from).boxed()
        }
        Shape::Integer { min, max } => {
            prop_oneof![6 => min..=max, 1 => Just(min), 1 => Just(max)].prop_map(Value::from).boxed()
        }
        Shape::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Choice(words) => prop::sample::select(words).prop_map(Value::from).boxed(),
        Shape::List { of, min, max } => {
            prop::collection::vec(any_value(of), min..=max.min(min + 2)).prop_map(Value::from).boxed()
        }
        Shape::Structure(structure) => any_structure(structure),
        Shape::Any => Just(json!({})).boxed(),
    }
}

fn any_structure(structure: &'static Structure) -> BoxedStrategy<Value> {
    // Unions, and the two specs of routes, which are unions only by a rule of the model.
    let is_route = structure.name.ends_with("RouteSpec");
    let is_one_of = |name: &str| structure.one_of || (is_route && name.ends_with("Route"));
    let (one, all): (Vec<_>, Vec<_>) = structure.members.iter().partition(|member| is_one_of(member.name));
    let named = |name: &'static str, value: Value| (name.to_owned(), value);
    let mut members: Vec<BoxedStrategy<Option<(String, Value)>>> = Vec::new();
    if !one.is_empty() {
        let one = one.into_iter().map(|member| {
            any_value(member.shape).prop_map(move |value| Some(named(member.name, value))).boxed()
        });
        members.push(Union::new(one).boxed());
    }
    for member in all {
        let value = any_value(member.shape).prop_map(move |value| named(member.name, value));
        members.push(match member.required {
            true => value.prop_map(Some).boxed(),
            false => prop::option::weighted(0.6, value).boxed(),
        });
    }
    members.prop_map(|members| members.into_iter().flatten().collect::<Map<_, _>>().into()).boxed()
}

/// Changes a spec, as little as needed, so that it violates no rule of the service (docs/facts/api-rules.md).
fn mend(kind: Kind, spec: &mut Value) {
    match kind {
        Kind::Mesh => {}
        Kind::VirtualNode => {
            mend_listeners(spec);
            let members = spec.as_object_mut().unwrap();
            // N1, N2
            if items(members.get("listeners")).is_empty() {
                members.remove("serviceDiscovery");
            } else if !members.contains_key("serviceDiscovery") {
                members.insert("serviceDiscovery".to_owned(), json!({"dns": {"hostname": ""}}));
            }
            // N15
            let mut seen = BTreeSet::new();
            if let Some(Value::Array(backends)) = members.get_mut("backends") {
                backends.retain(|backend| {
                    seen.insert(backend["virtualService"]["virtualServiceName"].to_string())
                });
            }
        }
        Kind::VirtualRouter | Kind::VirtualGateway => mend_listeners(spec),
        Kind::VirtualService => {
            for pointer in
                ["/provider/virtualNode/virtualNodeName", "/provider/virtualRouter/virtualRouterName"]
            {
                change(spec, pointer, |name| *name = json!(named(name)));
            }
        }
        Kind::Route => {
            let (of, route) = route_of(spec);
            mend_match(&of, route);
            if let Some(policy) = route.get_mut("retryPolicy") {
                mend_retries(policy);
            }
            let targets = route["action"]["weightedTargets"].as_array_mut().unwrap();
            let mut portless = BTreeSet::new();
            for target in &mut *targets {
                target["virtualNode"] = json!(named(&target["virtualNode"]));
                if target.get("port").is_none() {
                    portless.insert(target["virtualNode"].to_string());
                }
            }
            // R6: either all targets of a node have a port, or none has.
            for target in
                targets.iter_mut().filter(|target| portless.contains(&target["virtualNode"].to_string()))
            {
                target.as_object_mut().unwrap().remove("port");
            }
        }
        Kind::GatewayRoute => {
            let (of, route) = route_of(spec);
            mend_match(&of, route);
            let matches = route["match"].as_object_mut().unwrap();
            // G13
            if of == "grpcRoute"
                && !["hostname", "metadata", "port", "serviceName"]
                    .iter()
                    .any(|name| matches.contains_key(*name))
            {
                matches.insert("serviceName".to_owned(), json!("p.S"));
            }
            let pointer = "/action/target/virtualService/virtualServiceName";
            change(route, pointer, |name| *name = json!(name.as_str().unwrap().replace('/', "-")));
            mend_rewrite(route);
        }
    }
}

/// Changes the value at a pointer, if it exists.
fn change(value: &mut Value, pointer: &str, to: impl FnOnce(&mut Value)) {
    if let Some(found) = value.pointer_mut(pointer) {
        to(found);
    }
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Replaces the characters that a resource name must not contain.
fn named(name: &Value) -> String {
    name.as_str().unwrap().replace(|c| !is_name_character(c), "-")
}

/// Returns the string with a slash as its first character.
fn slashed(text: &Value) -> Value {
    let text = text.as_str().unwrap();
    if text.starts_with('/') {
        json!(text)
    } else {
        json!(format!("/{}", text.chars().skip(1).collect::<String>()))
    }
}

/// Returns the only route in the spec of a route or gateway route, and its type.
fn route_of(spec: &mut Value) -> (String, &mut Value) {
    let mut members = spec.as_object_mut().unwrap().iter_mut();
    let (of, route) = members.find(|(name, _)| name.ends_with("Route")).unwrap();
    (of.clone(), route)
}

/// N4, N5, N9, N10, N11, N14, G2, G3
fn mend_listeners(spec: &mut Value) {
    let Some(Value::Array(listeners)) = spec.get_mut("listeners") else { return };
    let mut taken = BTreeSet::new();
    for listener in listeners {
        let mut port = listener["portMapping"]["port"].as_i64().unwrap();
        while !taken.insert(port) {
            port = port % 65535 + 1;
        }
        listener["portMapping"]["port"] = json!(port);
        let of =
            |member: &str| -> Option<String> { listener.get(member)?.as_object()?.keys().next().cloned() };
        let (pool, timeout) = (of("connectionPool"), of("timeout"));
        if let Some(protocol) = pool.as_ref().or(timeout.as_ref()) {
            listener["portMapping"]["protocol"] = json!(protocol);
        }
        if pool.is_some() && pool != timeout {
            listener.as_object_mut().unwrap().remove("timeout");
        }
        change(listener, "/healthCheck/port", |checked| *checked = json!(port));
        let takes_grpc = ["grpc", "http2"].contains(&listener["portMapping"]["protocol"].as_str().unwrap());
        change(listener, "/healthCheck", |check| {
            if check["protocol"] == "grpc" && !takes_grpc {
                check["protocol"] = json!("http");
            }
            let is_http = ["http", "http2"].contains(&check["protocol"].as_str().unwrap());
            if is_http && check["path"].as_str().is_none_or(str::is_empty) {
                check["path"] = json!("/ping");
            }
        });
    }
}

/// R9, R10, R11, R13, R14, G12
fn mend_match(of: &str, route: &mut Value) {
    let Some(Value::Object(matches)) = route.get_mut("match") else { return };
    if of == "httpRoute" {
        matches.remove("scheme");
    }
    if matches.contains_key("methodName") && !matches.contains_key("serviceName") {
        matches.insert("serviceName".to_owned(), json!("p.S"));
    }
    if let Some(prefix) = matches.get_mut("prefix") {
        *prefix = slashed(prefix);
        matches.remove("path");
    }
    keep_one(matches, "path", ["exact", "regex"]);
    keep_one(matches, "hostname", ["exact", "suffix"]);
    if let Some(exact) = matches.get_mut("path").and_then(|path| path.get_mut("exact")) {
        *exact = slashed(exact);
    }
    for member in ["headers", "metadata"] {
        for header in matches.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten() {
            change(header, "/match/range", |range| {
                let start = range["start"].as_i64().unwrap().min(i64::MAX - 1);
                let end = range["end"].as_i64().unwrap().max(start + 1);
                *range = json!({"start": start, "end": end});
            });
        }
    }
}

/// Keeps the first of two alternatives in a member; removes the member if it has neither.
fn keep_one(object: &mut Map<String, Value>, member: &str, [first, second]: [&str; 2]) {
    let Some(Value::Object(inner)) = object.get_mut(member) else { return };
    if inner.contains_key(first) {
        inner.remove(second);
    } else if !inner.contains_key(second) {
        object.remove(member);
    }
}

/// R19, R20
fn mend_retries(policy: &mut Value) {
    const EVENTS: [&str; 4] = ["client-error", "gateway-error", "server-error", "stream-error"];
    for event in policy.get_mut("httpRetryEvents").and_then(Value::as_array_mut).into_iter().flatten() {
        *event = json!(EVENTS[event.as_str().unwrap().len() % 4]);
    }
    if ["grpcRetryEvents", "httpRetryEvents", "tcpRetryEvents"]
        .iter()
        .all(|member| policy.get(member).is_none())
    {
        policy["tcpRetryEvents"] = json!(["connection-error"]);
    }
}

/// G14
fn mend_rewrite(route: &mut Value) {
    let Some(Value::Object(rewrite)) = route.pointer_mut("/action/rewrite") else { return };
    keep_one(rewrite, "prefix", ["value", "defaultPrefix"]);
    if rewrite.contains_key("prefix") {
        rewrite.remove("path");
    }
    if let Some(exact) = rewrite.get_mut("path").and_then(|path| path.get_mut("exact")) {
        *exact = slashed(exact);
    }
    if let Some(value) = rewrite.get_mut("prefix").and_then(|prefix| prefix.get_mut("value")) {
        let inner: String = value.as_str().unwrap().chars().take(253).collect();
        *value = json!(format!("/{inner}/"));
        change(route, "/match/prefix", |prefix| *prefix = json!(format!("{}/", prefix.as_str().unwrap())));
    }
}

/// Returns a spec that listens on these ports.
fn listening(ports: impl IntoIterator<Item = i64>) -> Value {
    let listeners = ports.into_iter().map(|port| json!({"portMapping": {"port": port, "protocol": "http"}}));
    json!({"listeners": listeners.collect::<Vec<_>>()})
}

fn node(ports: impl IntoIterator<Item = i64>) -> Value {
    let mut spec = listening(ports);
    spec["serviceDiscovery"] = json!({"dns": {"hostname": "n.local"}});
    spec
}

/// Returns the ports that a target needs for a reference with this port: several if a port is given, because the port
/// must be given only if there are several.
fn ports_for(port: &Value) -> Vec<i64> {
    port.as_i64().map_or_else(|| vec![80], |port| vec![port, port % 65535 + 1])
}

/// Returns the resources that must exist in the mesh for a valid spec, in an order in which they can be created.
/// Parents are named `p`.
pub fn prerequisites(kind: Kind, spec: &Value) -> Vec<(Kind, String, Value)> {
    let mut spec = spec.clone();
    match kind {
        Kind::VirtualService => {
            let name = |member: &str| {
                Some(spec["provider"][member].as_object()?.values().next()?.as_str()?.to_owned())
            };
            let node = name("virtualNode").map(|name| (Kind::VirtualNode, name, json!({})));
            node.or_else(|| Some((Kind::VirtualRouter, name("virtualRouter")?, json!({}))))
                .into_iter()
                .collect()
        }
        Kind::Route => {
            let (_, route) = route_of(&mut spec);
            let router = (Kind::VirtualRouter, "p".to_owned(), listening(ports_for(&route["match"]["port"])));
            let mut nodes = BTreeMap::<_, BTreeSet<i64>>::new();
            for target in route["action"]["weightedTargets"].as_array().unwrap() {
                let name = target["virtualNode"].as_str().unwrap().to_owned();
                nodes.entry(name).or_default().extend(ports_for(&target["port"]));
            }
            let nodes = nodes.into_iter().map(|(name, ports)| (Kind::VirtualNode, name, node(ports)));
            [router].into_iter().chain(nodes).collect()
        }
        Kind::GatewayRoute => {
            let (_, route) = route_of(&mut spec);
            let target = &route["action"]["target"];
            let service = target["virtualService"]["virtualServiceName"].as_str().unwrap();
            let provider = json!({"provider": {"virtualRouter": {"virtualRouterName": "p"}}});
            vec![
                (Kind::VirtualGateway, "p".to_owned(), listening(ports_for(&route["match"]["port"]))),
                (Kind::VirtualRouter, "p".to_owned(), listening(ports_for(&target["port"]))),
                (Kind::VirtualService, service.to_owned(), provider),
            ]
        }
        _ => Vec::new(),
    }
}
