//! The mesh of the test, and a request for each condition of a route.

use mesh_playground::{
    model::{HttpMethod, HttpScheme, Kind},
    traffic::{Client, Protocol, Request},
};
use serde_json::{Value, json};

use crate::{NODES, loopback::Ports};

/// A request and its expected result.
pub struct Case {
    /// Description of the request.
    pub name: String,
    pub request: Request,
    /// The node that responds; otherwise the gRPC status, the HTTP status, `closed` or `refused`.
    pub expected: &'static str,
}

/// Returns nodes `a` to `d` behind services of the same names and behind router `vr` (service `routed`), gateway `g`,
/// and node `client`, which has all services as backends.
pub fn mesh(ports: &Ports) -> Vec<(Kind, Value)> {
    let listener = |port: u16, protocol: &str| json!({"portMapping": {"port": port, "protocol": protocol}});
    let mut inputs = vec![(Kind::Mesh, json!({"spec": {}}))];
    for name in NODES {
        // Node `d` uses HTTP/2 upstream, as gRPC requires.
        let protocol = if name == "d" { "grpc" } else { "http" };
        let discovery = json!({"awsCloudMap": {"namespaceName": "local", "serviceName": name}});
        let spec = json!({"listeners": [listener(ports.app, protocol)], "serviceDiscovery": discovery});
        inputs.push((Kind::VirtualNode, json!({"virtualNodeName": name, "spec": spec})));
        let provider = json!({"virtualNode": {"virtualNodeName": name}});
        inputs.push((
            Kind::VirtualService,
            json!({"virtualServiceName": name, "spec": {"provider": provider}}),
        ));
    }
    let listeners = ports.router.map(|port| listener(port, "http"));
    inputs.push((Kind::VirtualRouter, json!({"virtualRouterName": "vr", "spec": {"listeners": listeners}})));
    let provider = json!({"virtualRouter": {"virtualRouterName": "vr"}});
    inputs.push((
        Kind::VirtualService,
        json!({"virtualServiceName": "routed", "spec": {"provider": provider}}),
    ));
    inputs.push((Kind::VirtualService, json!({"virtualServiceName": "empty", "spec": {}})));
    for (name, spec) in routes(ports) {
        inputs.push((Kind::Route, json!({"virtualRouterName": "vr", "routeName": name, "spec": spec})));
    }
    let backend = |name: &str| json!({"virtualService": {"virtualServiceName": name}});
    let backends: Vec<_> = NODES.into_iter().chain(["routed", "empty", "ghost"]).map(backend).collect();
    inputs.push((Kind::VirtualNode, json!({"virtualNodeName": "client", "spec": {"backends": backends}})));
    let listeners = ports.gateway.map(|port| listener(port, "http"));
    inputs.push((Kind::VirtualGateway, json!({"virtualGatewayName": "g", "spec": {"listeners": listeners}})));
    for (name, spec) in gateway_routes(ports) {
        inputs.push((
            Kind::GatewayRoute,
            json!({"virtualGatewayName": "g", "gatewayRouteName": name, "spec": spec}),
        ));
    }
    inputs
}

/// Returns the routes of the router, on its first port unless stated otherwise: match and targets.
fn routes(ports: &Ports) -> Vec<(String, Value)> {
    let [first, second] = ports.router;
    let to = |node: &str| json!([{"virtualNode": node, "weight": 1}]);
    let two = |a: u8, b: u8| json!([{"virtualNode": "a", "weight": a}, {"virtualNode": "b", "weight": b}]);
    let header = |test: Value| json!({"prefix": "/head", "headers": [test]});
    let query = |test: Value| json!({"prefix": "/query", "queryParameters": [test]});
    let mut routes = Vec::new();
    for (name, matches, targets) in [
        // Paths.
        ("prefix", json!({"prefix": "/p"}), to("a")),
        ("longer", json!({"prefix": "/p/q"}), to("b")),
        ("exact", json!({"path": {"exact": "/p/q/r"}}), to("c")),
        ("regex", json!({"path": {"regex": "/p/[0-9]+"}}), to("d")),
        ("either", json!({"path": {"regex": "/one|/two"}}), to("a")),
        // Weights.
        ("even", json!({"prefix": "/even"}), two(50, 50)),
        ("tenth", json!({"prefix": "/tenth"}), two(90, 10)),
        ("zero", json!({"prefix": "/zero"}), two(0, 7)),
        ("nobody", json!({"prefix": "/nobody"}), two(0, 0)),
        // Headers.
        ("h-exact", header(json!({"name": "X-Exact", "match": {"exact": "v"}})), to("a")),
        ("h-prefix", header(json!({"name": "x-prefix", "match": {"prefix": "v"}})), to("b")),
        ("h-suffix", header(json!({"name": "x-suffix", "match": {"suffix": "v"}})), to("c")),
        ("h-regex", header(json!({"name": "x-regex", "match": {"regex": "v[0-9]"}})), to("d")),
        ("h-range", header(json!({"name": "x-range", "match": {"range": {"start": -3, "end": 9}}})), to("a")),
        ("h-there", header(json!({"name": "x-there"})), to("b")),
        ("h-other", header(json!({"name": "x-other", "match": {"exact": "v"}, "invert": true})), to("c")),
        ("i-absent", json!({"prefix": "/absent", "headers": [{"name": "x-there", "invert": true}]}), to("a")),
        (
            "i-host",
            json!({"prefix": "/host", "headers": [{"name": ":authority", "match": {"prefix": "rou"}}]}),
            to("b"),
        ),
        // Query parameters.
        ("q-exact", query(json!({"name": "x", "match": {"exact": "a%20b"}})), to("a")),
        ("q-there", query(json!({"name": "y"})), to("b")),
        // Methods; routes with more conditions come first.
        ("m-any", json!({"prefix": "/method"}), to("a")),
        ("m-post", json!({"prefix": "/method", "method": "POST"}), to("b")),
        ("m-both", json!({"prefix": "/method", "method": "POST", "headers": [{"name": "x-there"}]}), to("c")),
    ] {
        let mut matches = matches;
        matches["port"] = json!(first);
        let route = json!({"match": matches, "action": {"weightedTargets": targets}});
        routes.push((name.to_owned(), json!({"httpRoute": route})));
    }
    let http =
        |matches: Value, node: &str| json!({"match": matches, "action": {"weightedTargets": to(node)}});
    let prefix = |prefix: &str| json!({"prefix": prefix, "port": first});
    for (name, spec) in [
        // Priorities: the lowest number first, routes without a priority last.
        ("o-low", json!({"httpRoute": http(prefix("/order"), "a"), "priority": 0})),
        ("o-high", json!({"httpRoute": http(prefix("/order/long"), "b"), "priority": 1})),
        ("o-none", json!({"httpRoute": http(prefix("/order/long/est"), "c")})),
        (
            "s-http",
            json!({"http2Route": http(json!({"prefix": "/scheme", "scheme": "http", "port": first}), "a")}),
        ),
        (
            "s-https",
            json!({"http2Route": http(json!({"prefix": "/scheme", "scheme": "https", "port": first}), "b")}),
        ),
        // The second port.
        ("z-port", json!({"httpRoute": http(json!({"port": second}), "c")})),
        // gRPC.
        (
            "g-method",
            json!({"grpcRoute": http(json!({"serviceName": "p.S", "methodName": "M", "port": first}), "d")}),
        ),
        ("g-service", json!({"grpcRoute": http(json!({"serviceName": "p.S", "port": first}), "a")})),
        (
            "g-meta",
            json!({"grpcRoute": http(json!({"serviceName": "p.T", "port": first, "metadata": [
            {"name": "x-meta", "match": {"exact": "v"}}]}), "b")}),
        ),
    ] {
        routes.push((name.to_owned(), spec));
    }
    routes
}

fn gateway_routes(ports: &Ports) -> Vec<(String, Value)> {
    let [_, second] = ports.gateway;
    let first = ports.gateway[0];
    let router = ports.router;
    let to = |service: &str, rewrite: Value| {
        let mut target = json!({"virtualService": {"virtualServiceName": service}});
        if service == "routed" {
            target["port"] = json!(router[0]);
        }
        match rewrite {
            Value::Null => json!({"target": target}),
            rewrite => json!({"target": target, "rewrite": rewrite}),
        }
    };
    let none = || Value::Null;
    let mut routes = Vec::new();
    for (name, matches, action) in [
        ("prefix", json!({"prefix": "/shop"}), to("a", none())),
        ("longer", json!({"prefix": "/shop/cart/"}), to("b", none())),
        ("exact", json!({"path": {"exact": "/shop/cart"}}), to("c", none())),
        ("regex", json!({"path": {"regex": "/item/[0-9]+"}}), to("d", none())),
        ("regex-to", json!({"path": {"regex": "/old/.*"}}), to("a", json!({"path": {"exact": "/new"}}))),
        ("exact-to", json!({"path": {"exact": "/from"}}), to("b", json!({"path": {"exact": "/to"}}))),
        ("keep", json!({"prefix": "/keep/"}), to("c", json!({"prefix": {"defaultPrefix": "DISABLED"}}))),
        ("value", json!({"prefix": "/value/"}), to("d", json!({"prefix": {"value": "/v2/"}}))),
        ("method", json!({"prefix": "/method", "method": "POST"}), to("a", none())),
        ("method-any", json!({"prefix": "/method"}), to("b", none())),
        (
            "header",
            json!({"prefix": "/head", "headers": [{"name": "x-a", "match": {"exact": "v"}}]}),
            to("a", none()),
        ),
        (
            "header-2",
            json!({"prefix": "/head", "headers": [{"name": "x-b", "match": {"regex": "[vw]+"}}]}),
            to("b", none()),
        ),
        (
            "query",
            json!({"prefix": "/query", "queryParameters": [{"name": "x", "match": {"exact": "1"}}]}),
            to("a", none()),
        ),
        ("host", json!({"prefix": "/host", "hostname": {"exact": "shop.com"}}), to("a", none())),
        ("host-end", json!({"prefix": "/host", "hostname": {"suffix": ".shop.com"}}), to("b", none())),
        ("host-any", json!({"prefix": "/host"}), to("c", none())),
        (
            "own-host",
            json!({"prefix": "/own/"}),
            to("a", json!({"hostname": {"defaultTargetHostname": "DISABLED"}})),
        ),
        ("empty", json!({"prefix": "/empty"}), to("empty", none())),
        ("routed", json!({"prefix": "/routed/"}), to("routed", none())),
    ] {
        let mut matches = matches;
        matches["port"] = json!(first);
        routes.push((name.to_owned(), json!({"httpRoute": {"match": matches, "action": action}})));
    }
    let grpc = |matches: Value, service: &str| json!({"grpcRoute": {"match": matches, "action": to(service, none())}});
    routes.push(("grpc".to_owned(), grpc(json!({"serviceName": "p.G", "port": first}), "d")));
    let host = json!({"serviceName": "p.H", "port": first, "hostname": {"exact": "grpc.com"}});
    routes.push(("grpc-host".to_owned(), grpc(host, "a")));
    let prefix = |prefix: &str| json!({"prefix": prefix, "port": first});
    for (name, matches, service, priority) in [
        ("order", prefix("/order"), "a", Some(3)),
        ("order-2", prefix("/order/long"), "b", Some(4)),
        ("order-3", prefix("/order/long/est"), "c", None),
    ] {
        let mut spec = json!({"httpRoute": {"match": matches, "action": to(service, none())}});
        if let Some(priority) = priority {
            spec["priority"] = json!(priority);
        }
        routes.push((name.to_owned(), spec));
    }
    let other = json!({"httpRoute": {"match": {"prefix": "/", "port": second}, "action": to("b", none())}});
    routes.push(("second-port".to_owned(), other));
    routes
}

/// Returns the test cases. A line is `GET /path` or `POST /path`, followed by headers `name: value` or `host …`; or a
/// gRPC call `service method`.
pub fn cases(ports: &Ports) -> Vec<Case> {
    let mut cases = Vec::new();
    let gateway = || Client::Gateway("g".into());
    for (line, expected) in GATEWAY {
        cases.push(case("gateway", line, gateway(), None, expected));
    }
    cases.push(case("gateway, second port", "GET /any", gateway(), Some(ports.gateway[1]), "b"));
    cases.push(case("gateway, second port", "GET /shop", gateway(), Some(ports.gateway[1]), "b"));
    let node = |service: &str| Client::Node { node: "client".into(), service: service.into() };
    for (line, expected) in ROUTER {
        cases.push(case("node", line, node("routed"), Some(ports.router[0]), expected));
    }
    let [first, second] = ports.router;
    for (service, port, line, expected) in [
        ("routed", second, "GET /p/q/r", "c"),
        ("routed", second, "GET /else", "c"),
        ("a", ports.app, "GET /any", "a"),
        ("B", ports.app, "GET /any", "b"),
        // Another host on the port of a backend; the host of a backend on another port; no provider; no service.
        ("other", ports.app, "GET /any", "404"),
        ("a", first, "GET /any", "404"),
        ("empty", ports.app, "GET /any", "404"),
        ("ghost", ports.app, "GET /any", "404"),
        ("a", ports.app, "GET //x/../y//z?q=//", "a"),
    ] {
        cases.push(case(&format!("node to {service}"), line, node(service), Some(port), expected));
    }
    let with_port: &'static str = Box::leak(format!("GET /any host a:{}", ports.app).into_boxed_str());
    cases.push(case("node, port in the host", with_port, node("a"), Some(ports.app), "a"));
    cases.push(case("node, wrong port in the host", "GET /any host a:1", node("a"), Some(ports.app), "404"));
    cases
}

pub fn case(who: &str, line: &str, client: Client, port: Option<u16>, expected: &'static str) -> Case {
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let mut request = Request::get(client, path);
    request.port = port.map(i64::from);
    if method == "GRPC" {
        let (service, method) = path.split_once('/').unwrap();
        request.protocol = Protocol::Grpc { service: service.into(), method: method.into() };
        request.path = "/".to_owned();
    } else {
        request.method = method.parse::<HttpMethod>().unwrap();
    }
    request.scheme = HttpScheme::Http;
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        match name {
            "host" => request.host = Some(value.into()),
            name => request.headers.push((name.trim_end_matches(':').into(), value.into())),
        }
    }
    Case { name: format!("{who}: {line}"), request, expected }
}

const GATEWAY: &[(&str, &str)] = &[
    ("GET /", "404"),
    ("GET /shop", "a"),
    ("GET /shop?x=1", "a"),
    ("GET /shop/list", "a"),
    ("GET /shopping", "a"),
    ("GET /Shop", "404"),
    ("GET /shop/cart", "c"),
    ("GET /shop/cart?x", "c"),
    ("GET /shop/cart/", "b"),
    ("GET /shop/cart/1/2", "b"),
    ("GET /item/12", "d"),
    ("GET /item/12/x", "404"),
    ("GET /item/x", "404"),
    ("GET /old/thing?q=1", "a"),
    ("GET /from", "b"),
    ("GET /from?x=/y", "b"),
    ("GET /keep/this/path", "c"),
    ("GET /value/x?y", "d"),
    ("GET /value/", "d"),
    ("POST /method", "a"),
    ("PUT /method", "b"),
    ("GET /head x-a: v", "a"),
    ("GET /head x-b: vw", "b"),
    ("GET /head x-a: v x-b: v", "a"),
    ("GET /head x-a: w", "404"),
    ("GET /query?x=1", "a"),
    ("GET /query?x=2", "404"),
    ("GET /host host shop.com", "a"),
    ("GET /host host SHOP.com:8080", "a"),
    ("GET /host host my.shop.com", "b"),
    ("GET /host host a.b.shop.com:1", "b"),
    ("GET /host host else.com", "c"),
    ("GET /own/path host own.com", "a"),
    ("GET /own/path host a", "a"),
    // A route that preserves the host has precedence over a service of that name.
    ("GET /own/path host b", "a"),
    ("GET /empty", "404"),
    ("GET /order", "a"),
    ("GET /order/long", "a"),
    ("GET /order/long/est", "a"),
    ("GET /routed/p", "a"),
    ("GET /routed/p/q", "b"),
    ("GET /routed/p/q/r", "c"),
    ("GET /routed/p/7", "d"),
    ("GET /routed/none", "404"),
    ("GET /routed/host", "b"),
    ("GET //shop//x", "a"),
    ("GET /x/../shop/./y/..", "a"),
    ("GET /%73hop", "a"),
    ("GET /shop/%2F", "a"),
    ("GRPC p.G/M", "d"),
    ("GRPC p.G/N", "d"),
    ("GRPC p.GG/M", "12"),
    ("GRPC p.H/M host grpc.com", "a"),
    ("GRPC p.H/M host other.com", "12"),
    // A prefix also matches gRPC.
    ("GRPC shop/M", "a"),
    ("POST /p.G/M", "404"),
    ("POST /p.G/M content-type: application/grpc+proto", "d"),
];

const ROUTER: &[(&str, &str)] = &[
    ("GET /", "404"),
    ("GET /p", "a"),
    ("GET /pq", "a"),
    ("GET /p/q", "b"),
    ("GET /p/qq", "b"),
    ("GET /p/q/r", "c"),
    ("GET /p/q/r/s", "b"),
    ("GET /p/12", "d"),
    ("GET /p/12a", "a"),
    ("GET /p/12?a", "d"),
    ("GET /one", "a"),
    ("GET /two", "a"),
    ("GET /onetwo", "404"),
    ("GET /zero", "b"),
    ("GET /head", "404"),
    ("GET /head x-exact: v", "a"),
    ("GET /head x-exact: V", "404"),
    ("GET /head x-exact: w X-EXACT: v", "a"),
    ("GET /head x-prefix: vw", "b"),
    ("GET /head x-suffix: wv", "c"),
    ("GET /head x-regex: v7", "d"),
    ("GET /head x-regex: v77", "404"),
    ("GET /head x-range: -3", "a"),
    ("GET /head x-range: 9", "404"),
    ("GET /head x-range: +5", "a"),
    ("GET /head x-range: 5.0", "404"),
    ("GET /head x-there: 1", "b"),
    ("GET /head x-other: w", "c"),
    ("GET /head x-other: v", "404"),
    ("GET /absent", "a"),
    ("GET /absent x-there: 1", "404"),
    ("GET /host", "b"),
    ("GET /query?x=a%20b", "a"),
    ("GET /query?x=a+b", "404"),
    ("GET /query?x=1&x=a%20b", "404"),
    ("GET /query?x=a%20b&x=1", "a"),
    ("GET /query?y", "b"),
    ("GET /query?Y", "404"),
    ("GET /query?x=a%20b&y", "a"),
    ("GET /method", "a"),
    ("POST /method", "b"),
    ("POST /method x-there: 1", "c"),
    ("GET /order/long/est", "a"),
    ("GET /order", "a"),
    ("GET /scheme", "a"),
    ("GET /scheme x-forwarded-proto: https", "b"),
    ("GRPC p.S/M", "d"),
    ("GRPC p.S/N", "a"),
    ("GRPC p.T/M x-meta: v", "b"),
    // The prefix `/p` matches the calls that the gRPC route does not.
    ("GRPC p.T/M", "a"),
    ("GRPC q.S/M", "12"),
    ("POST /p.S/M", "a"),
    ("POST /q.S/M", "404"),
];
