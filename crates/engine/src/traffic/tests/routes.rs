//! From a client to a node: gateway routes, backends, services and routers.
//!
//! Rule numbers are those of docs/facts/api-rules.md.

use super::*;

/// Gateway routes written as `name: prefix /shop` or `name: exact /shop`, optionally followed by `priority 5`.
fn routes(lines: &[&str]) -> Vec<(Kind, Value)> {
    let route = |line: &&str| {
        let (name, rest) = line.split_once(": ").unwrap();
        let words: Vec<_> = rest.split(' ').collect();
        let matches = match words[0] {
            "prefix" => json!({"prefix": words[1]}),
            "exact" => json!({"path": {"exact": words[1]}}),
            other => panic!("{other}"),
        };
        let (kind, mut input) = gateway_route(name, matches, "s", json!({}));
        if let Some(priority) = words.get(3) {
            input["spec"]["priority"] = json!(priority.parse::<u16>().unwrap());
        }
        (kind, input)
    };
    lines.iter().map(route).collect()
}

fn gateway_mesh(more: Vec<(Kind, Value)>) -> Mesh {
    let base =
        vec![mesh_input(None), node("target", By::Dns, None, &[]), service("s", "node:target"), gateway()];
    mesh(&[base, more].concat())
}

fn ask(mesh: &Mesh, path: &str) -> Outcome {
    let request = Request::get(Client::Gateway("g".into()), path);
    send(&environment(Families::V4, Families::V4), mesh, &request)
}

/// Checks which of these gateway routes matches a path; without a match, the result is a 404, and no service or node.
#[track_caller]
fn check_match(lines: &[&str], path: &str, expected: Option<&str>) {
    let outcome = ask(&gateway_mesh(routes(lines)), path);
    match (&outcome.route, expected) {
        (RouteHop::GatewayRoute { route, .. }, Some(expected)) => {
            assert_eq!(&**route, expected);
            assert_eq!(outcome.status(), Some(200));
        }
        (RouteHop::Missed(RouteMiss::NoGatewayRoute), None) => {
            assert_eq!((outcome.status(), outcome.service, outcome.reach), (Some(404), None, None));
        }
        (found, _) => panic!("{found:?} instead of {expected:?}"),
    }
}

#[test]
fn the_best_gateway_route_wins() {
    let shop = ["a: prefix /", "b: prefix /shop", "c: prefix /shop/cart"];
    check_match(&shop, "/", Some("a"));
    check_match(&shop, "/other", Some("a"));
    check_match(&shop, "/shop", Some("b"));
    check_match(&shop, "/shop/list", Some("b"));
    check_match(&shop, "/shop/cart/1", Some("c"));
    // Envoy's prefix matches characters, not path segments.
    check_match(&shop, "/shopping", Some("b"));
    let reversed = ["a: prefix /shop/cart", "b: prefix /shop", "c: prefix /"];
    check_match(&reversed, "/shop/cart/1", Some("a"));
    // Priority comes before length; no priority comes last.
    check_match(&["a: prefix /shop", "b: prefix / priority 0"], "/shop", Some("b"));
    check_match(&["a: prefix /shop priority 7", "b: prefix / priority 5"], "/shop", Some("b"));
    check_match(&["a: prefix /shop priority 5", "b: prefix / priority 7"], "/shop", Some("a"));
    check_match(&["a: prefix /shop", "b: prefix / priority 999"], "/shop", Some("b"));
    check_match(&["a: prefix /shop", "b: prefix / priority 1000"], "/shop", Some("a"));
    check_match(&["a: prefix / priority 0", "b: prefix /shop priority 0"], "/shop", Some("b"));
    // A priority does not make a route match.
    check_match(&["a: prefix /shop priority 0", "b: prefix /"], "/cart", Some("b"));
    check_match(&["a: exact /shop"], "/shop", Some("a"));
    check_match(&["a: exact /shop"], "/shop/1", None);
    check_match(&["a: prefix /shop", "b: exact /shop"], "/shop", Some("b"));
    check_match(&["a: prefix /shop"], "/", None);
    check_match(&["a: prefix /shop"], "/Shop", None);
    check_match(&[], "/", None);
}

#[test]
fn another_gateways_routes_do_not_count() {
    let (kind, mut other) = gateway();
    other["virtualGatewayName"] = json!("other");
    let mesh = gateway_mesh([vec![(kind, other)], routes(&["a: prefix /"])].concat());
    let request = Request::get(Client::Gateway("other".into()), "/");
    let outcome = send(&Environment::default(), &mesh, &request);
    assert_eq!(outcome.route, RouteHop::Missed(RouteMiss::NoGatewayRoute));
}

/// Checks the path that is forwarded. G16 and G17: by default, the matched prefix becomes `/`.
#[track_caller]
fn check_rewrite(matches: Value, rewrite: Value, path: &str, expected: &str) {
    let more = if rewrite.is_null() { json!({}) } else { json!({"rewrite": rewrite}) };
    let mesh = gateway_mesh(vec![gateway_route("a", matches, "s", more)]);
    let RouteHop::GatewayRoute { path: sent, .. } = ask(&mesh, path).route else { panic!("not matched") };
    assert_eq!(sent, expected);
}

#[test]
fn the_matched_prefix_is_rewritten() {
    let shop = || json!({"prefix": "/shop/"});
    check_rewrite(json!({"prefix": "/"}), Value::Null, "/a/b", "/a/b");
    check_rewrite(json!({"prefix": "/red"}), Value::Null, "/red", "/");
    check_rewrite(shop(), Value::Null, "/shop/", "/");
    check_rewrite(shop(), Value::Null, "/shop/cart/1", "/cart/1");
    check_rewrite(shop(), json!({"prefix": {"defaultPrefix": "ENABLED"}}), "/shop/cart", "/cart");
    check_rewrite(shop(), json!({"prefix": {"defaultPrefix": "DISABLED"}}), "/shop/cart", "/shop/cart");
    check_rewrite(shop(), json!({"prefix": {"value": "/new/"}}), "/shop/cart", "/new/cart");
    check_rewrite(shop(), json!({"hostname": {"defaultTargetHostname": "DISABLED"}}), "/shop/x", "/x");
    check_rewrite(json!({"path": {"exact": "/a"}}), Value::Null, "/a", "/a");
    check_rewrite(json!({"path": {"exact": "/a"}}), json!({"path": {"exact": "/b"}}), "/a", "/b");
    // A prefix without a final slash becomes two routes, so that no double slash appears.
    check_rewrite(json!({"prefix": "/red"}), Value::Null, "/red/1", "/1");
    check_rewrite(json!({"prefix": "/red"}), Value::Null, "/redder", "/der");
    // The query is not matched, and is preserved.
    check_rewrite(json!({"prefix": "/red"}), Value::Null, "/red?a=/red", "/?a=/red");
    check_rewrite(json!({"path": {"exact": "/a"}}), json!({"path": {"exact": "/b"}}), "/a?x=1", "/b?x=1");
    check_rewrite(json!({"path": {"regex": "/a[0-9]+"}}), json!({"path": {"exact": "/b"}}), "/a12", "/b");
}

#[test]
fn the_router_sees_the_rewritten_path() {
    let targets = json!({"weightedTargets": [{"virtualNode": "target", "weight": 1}]});
    let spec = json!({"httpRoute": {"match": {"prefix": "/cart"}, "action": targets}});
    let route = json!({"virtualRouterName": "vr", "routeName": "r", "spec": spec});
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        (Kind::VirtualRouter, json!({"virtualRouterName": "vr", "spec": {}})),
        service("s", "router:vr"),
        (Kind::Route, route),
        gateway(),
        gateway_route("a", json!({"prefix": "/shop/"}), "s", json!({})),
    ]);
    assert_eq!(ask(&mesh, "/shop/cart").status(), Some(200));
    let missed = ask(&mesh, "/shop/list");
    assert_eq!(
        (missed.status(), missed.route),
        (Some(404), RouteHop::Missed(RouteMiss::NoRoute("vr".into())))
    );
}

/// Checks a request of node `client`, which lists `backends`, to a service.
#[track_caller]
fn check_node(backends: &[&str], provider: &str, wanted: &str, route: RouteHop, status: Option<u16>) {
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        (Kind::VirtualRouter, json!({"virtualRouterName": "vr", "spec": {}})),
        router("open", &[(9080, "http")]),
        service("s", provider),
        node("client", By::Dns, None, backends),
    ]);
    let client = Client::Node { node: "client".into(), service: wanted.into() };
    let request = Request::get(client, "/");
    let mut environment = environment(Families::V4, Families::V4);
    name(&mut environment, wanted);
    let outcome = send(&environment, &mesh, &request);
    assert_eq!((outcome.status(), outcome.route), (status, route));
}

#[test]
fn a_node_reaches_only_its_backends() {
    let missed = RouteHop::Missed;
    check_node(&["s"], "node:target", "s", RouteHop::Backend, Some(200));
    // Without any backend under `DROP_ALL`, the connection is reset (docs/facts/envoy.md#egress).
    check_node(&[], "node:target", "s", missed(RouteMiss::NotABackend), None);
    // Without a port there is no filter chain either.
    check_node(&["s"], "", "s", missed(RouteMiss::NoProvider("s".into())), None);
    check_node(&["ghost"], "node:target", "ghost", missed(RouteMiss::NoService("ghost".into())), None);
    check_node(&["s"], "router:vr", "s", missed(RouteMiss::NoPort("s".into())), None);
    check_node(&["s"], "router:open", "s", missed(RouteMiss::NoRoute("open".into())), Some(404));
}

#[test]
fn a_gateway_route_may_lead_to_a_service_without_provider() {
    let more = vec![service("empty", ""), gateway_route("a", json!({"prefix": "/"}), "empty", json!({}))];
    let outcome = ask(&gateway_mesh(more), "/");
    assert_eq!(outcome.route, RouteHop::Missed(RouteMiss::NoProvider("empty".into())));
    assert_eq!(outcome.status(), Some(404));
}

/// Checks which target of a route is followed, and its share in percent. `weights` has nodes and weights.
#[track_caller]
fn check_weights(weights: &[(&str, u8)], expected: (&str, u8)) {
    let targets: Vec<_> =
        weights.iter().map(|(node, weight)| json!({"virtualNode": node, "weight": weight})).collect();
    let spec = json!({"httpRoute": {"match": {"prefix": "/"}, "action": {"weightedTargets": targets}}});
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        node("b", By::Dns, None, &[]),
        node("c", By::Dns, None, &[]),
        (Kind::VirtualRouter, json!({"virtualRouterName": "vr", "spec": {}})),
        service("s", "router:vr"),
        (Kind::Route, json!({"virtualRouterName": "vr", "routeName": "r", "spec": spec})),
        node("client", By::Dns, None, &["s"]),
    ]);
    let outcome = send(&environment(Families::V4, Families::V4), &mesh, &both_clients()[1]);
    let hop = outcome.service.as_ref().unwrap();
    assert_eq!((&*hop.node, hop.share), expected);
    assert_eq!(hop.via, Some(("vr".into(), "r".into())));
    // Only `target` is registered anywhere.
    assert_eq!(outcome.status(), Some(if &*hop.node == "target" { 200 } else { 503 }));
}

#[test]
fn the_heaviest_target_is_followed() {
    check_weights(&[("target", 1)], ("target", 100));
    check_weights(&[("target", 30), ("b", 70)], ("b", 70));
    check_weights(&[("b", 1), ("target", 2)], ("target", 66));
    check_weights(&[("target", 50), ("b", 50)], ("target", 50));
    check_weights(&[("b", 50), ("target", 50)], ("b", 50));
    // A sum above 100 is accepted: the share is of all weights.
    check_weights(&[("target", 100), ("b", 100), ("c", 50)], ("target", 40));
    check_weights(&[("b", 0), ("target", 1)], ("target", 100));
    // No target has a weight: Envoy refuses such a route, App Mesh accepted it (R16).
    check_weights(&[("target", 0), ("b", 0)], ("target", 50));
}

#[test]
fn every_client_is_listed_with_a_path_that_matches() {
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        service("s", "node:target"),
        node("client", By::Dns, None, &["s", "t"]),
        gateway(),
        gateway_route("a", json!({"prefix": "/a"}), "s", json!({})),
        gateway_route("b", json!({"path": {"exact": "/b"}}), "s", json!({})),
        gateway_route("c", json!({"port": 8080}), "s", json!({})),
    ]);
    let told = clients(&mesh).into_iter().map(|request| match request.client {
        Client::Gateway(gateway) => format!("{gateway} {}", request.path),
        Client::Node { node, service } => format!("{node} to {service} {}", request.path),
    });
    assert_eq!(told.collect::<Vec<_>>(), ["g /a", "g /b", "g /", "client to s /", "client to t /"]);
}

#[test]
fn a_request_of_nobody_misses() {
    let mesh = gateway_mesh(routes(&["a: prefix /"]));
    let client = Client::Node { node: "ghost".into(), service: "s".into() };
    for client in [Client::Gateway("ghost".into()), client] {
        let request = Request::get(client, "/");
        assert!(!send(&Environment::default(), &mesh, &request).arrives());
    }
}
