//! The rules between the members of a spec: each with a call that obeys it and one that breaks it. Rule numbers are
//! those of docs/facts/api-rules.md.

use Kind::{
    GatewayRoute, Mesh as TheMesh, Route, VirtualGateway, VirtualNode, VirtualRouter, VirtualService,
};
use Verb::{Create, Update};

use super::*;

/// A rule, obeyed and broken by the same call with different specs.
struct Case {
    rule: &'static str,
    verb: Verb,
    kind: Kind,
    path: &'static str,
    /// Resources in addition to a mesh, a node, a router, a service and a gateway.
    more: Vec<(Kind, &'static str, Value)>,
    broken: Value,
    text: String,
    kept: Value,
}

impl Case {
    fn new(rule: &'static str, (verb, kind, path): Call, broken: Value, text: &str, kept: Value) -> Self {
        Self { rule, verb, kind, path, more: Vec::new(), broken, text: text.to_owned(), kept }
    }

    /// Returns the case with these additional resources.
    fn with(self, more: &[(Kind, &'static str, Value)]) -> Self {
        Self { more: more.to_vec(), ..self }
    }

    fn check(self) {
        let Self { rule, verb, kind, path, more, broken, text, kept } = self;
        let mut stage = stage(&more);
        let before = stage.plane.clone();
        let error = stage.call(verb, kind, path, broken.clone()).expect_err(&format!("{rule} {broken}"));
        assert_eq!((error.code(), error.to_string()), ("BadRequestException", text), "{rule} {broken}");
        assert_eq!(stage.plane, before, "{rule}");
        let answer = stage.call(verb, kind, path, kept.clone());
        assert_eq!(answer.map(|answer| answer.resource.spec.json().clone()), Ok(kept), "{rule}");
    }
}

/// Returns a stage with a mesh, a node, a router, a service and a gateway, and the resources in `more`; existing ones
/// are updated.
fn stage(more: &[(Kind, &str, Value)]) -> Stage {
    let mut stage = Stage::default();
    for (kind, path) in PATHS.into_iter().filter(|(kind, _)| kind.declaration().parent.is_none()) {
        stage.create(kind, path, spec(kind));
    }
    for (kind, path, spec) in more {
        let is_there = PATHS.contains(&(*kind, path)) && kind.declaration().parent.is_none();
        stage.call(if is_there { Update } else { Create }, *kind, path, spec.clone()).unwrap();
    }
    stage
}

/// Returns a spec with HTTP listeners on these ports and, for a node, the service discovery that they require.
fn listening(kind: Kind, ports: &[i64]) -> Value {
    let listeners = ports.iter().map(|port| json!({"portMapping": {"port": port, "protocol": "http"}}));
    let listeners: Vec<_> = listeners.collect();
    match kind {
        VirtualNode if listeners.is_empty() => json!({}),
        VirtualNode => json!({"listeners": listeners, "serviceDiscovery": {"dns": {"hostname": "n.local"}}}),
        _ => json!({"listeners": listeners}),
    }
}

/// Returns the value with another value set at a JSON pointer, whose last member may be new.
fn set(mut value: Value, pointer: &str, to: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[name] = to;
    value
}

/// Returns a route of a type (`httpRoute`) to node `n`, with this match.
fn route(of: &str, matches: Value) -> Value {
    json!({of: {"action": {"weightedTargets": [{"virtualNode": "n", "weight": 1}]}, "match": matches}})
}

/// Returns a gateway route of a type to service `s`, with this match.
fn gateway_route(of: &str, matches: Value) -> Value {
    let target = json!({"virtualService": {"virtualServiceName": "s"}});
    json!({of: {"action": {"target": target}, "match": matches}})
}

/// Builds a spec from a route's type and its match.
type Of = fn(&str, Value) -> Value;

/// Verb, kind and path of a call.
type Call = (Verb, Kind, &'static str);

const NODE: Call = (Create, VirtualNode, "m/new");
const ROUTE: Call = (Create, Route, "m/vr/new");
const GATEWAY: Call = (Create, VirtualGateway, "m/new");
const GATEWAY_ROUTE: Call = (Create, GatewayRoute, "m/g/new");

/// Routes and gateway routes, whose matches obey the same rules.
const BOTH: [(Call, Of); 2] = [(ROUTE, route), (GATEWAY_ROUTE, gateway_route)];

fn node_rules() -> Vec<Case> {
    let one = || listening(VirtualNode, &[80]);
    let two = || listening(VirtualNode, &[80, 81]);
    let mut cases = Vec::new();
    for call in [NODE, (Update, VirtualNode, "m/n")] {
        let text = "spec.serviceDiscovery is required when there are listeners";
        cases.push(Case::new("N1", call, listening(TheMesh, &[80]), text, one()));
        let text = "Service Discovery can't be set without a listener.";
        let discovery = json!({"serviceDiscovery": {"dns": {"hostname": "n.local"}}});
        cases.push(Case::new("N2", call, discovery, text, json!({})));
        let text = "spec.listeners[1].healthCheck.port must be 81, the port of the listener, not 80";
        let [broken, kept] =
            [80, 81].map(|port| set(two(), "/listeners/1/healthCheck", health_check(Some(port))));
        cases.push(Case::new("N9", call, broken, text, kept));
        let text = "spec.listeners[1].portMapping.port is 80, which an earlier listener has already";
        let same = set(two(), "/listeners/1/portMapping", json!({"port": 80, "protocol": "tcp"}));
        cases.push(Case::new("N14", call, same, text, two()));
        let backends = |names: &[&str]| -> Value {
            let backends = names.iter().map(|name| json!({"virtualService": {"virtualServiceName": name}}));
            set(one(), "/backends", backends.collect())
        };
        let text =
            "spec.backends[2].virtualService.virtualServiceName is `a`, which an earlier backend has already";
        cases.push(Case::new("N15", call, backends(&["a", "b", "a"]), text, backends(&["a", "b", "A"])));
    }
    // A health check without a port uses that of its listener.
    let text = "spec.listeners[0].healthCheck.port must be 80, the port of the listener, not 1";
    let [broken, kept] =
        [Some(1), None].map(|port| set(one(), "/listeners/0/healthCheck", health_check(port)));
    cases.push(Case::new("N9", NODE, broken, text, kept));
    for (rule, kind, protocols) in [
        ("N4", VirtualNode, &["grpc", "http", "http2", "tcp"][..]),
        ("G2", VirtualGateway, &["grpc", "http", "http2"]),
    ] {
        for (protocol, other) in pairs(protocols) {
            let call = if kind == VirtualNode { NODE } else { GATEWAY };
            let listener = set(listening(kind, &[80]), "/listeners/0/portMapping/protocol", json!(protocol));
            let [broken, kept] = [other, protocol].map(|member| {
                let limit =
                    if ["grpc", "http2"].contains(&member) { "maxRequests" } else { "maxConnections" };
                set(listener.clone(), "/listeners/0/connectionPool", json!({member: {limit: 1}}))
            });
            let is_for = format!("is for {other}, but the protocol of the listener is {protocol}");
            let text = format!("spec.listeners[0].connectionPool {is_for}");
            cases.push(Case::new(rule, call, broken, &text, kept));
            if kind == VirtualNode {
                let timeout =
                    |member: &str| set(listener.clone(), "/listeners/0/timeout", json!({member: {}}));
                let text = format!("spec.listeners[0].timeout {is_for}");
                cases.push(Case::new("N5", call, timeout(other), &text, timeout(protocol)));
            }
        }
    }
    cases
}

/// Returns all ordered pairs of different words.
fn pairs<'a>(words: &'a [&'a str]) -> Vec<(&'a str, &'a str)> {
    let pairs = words.iter().flat_map(|one| words.iter().map(move |other| (*one, *other)));
    pairs.filter(|(one, other)| one != other).collect()
}

fn health_check(port: Option<i64>) -> Value {
    let check = json!({"healthyThreshold": 2, "intervalMillis": 5000, "path": "/ping", "protocol": "http",
        "timeoutMillis": 2000, "unhealthyThreshold": 2});
    port.map_or(check.clone(), |port| set(check, "/port", json!(port)))
}

/// Rules that routes and gateway routes have in common: those of their matches.
fn match_rules() -> Vec<Case> {
    let mut cases = Vec::new();
    for (call, of) in BOTH {
        for kind in ["httpRoute", "http2Route"] {
            let mut case = |rule, broken: Value, text: &str, kept: Value| {
                let text = format!("spec.{kind}.match{text}");
                cases.push(Case::new(rule, call, of(kind, broken), &text, of(kind, kept)));
            };
            let (prefix, path) = (json!("/"), json!({"exact": "/a"}));
            let both = json!({"path": path, "prefix": prefix});
            case(
                "R9",
                both,
                " must have exactly one of path, prefix, not path and prefix",
                json!({"prefix": "/"}),
            );
            let both = json!({"path": {"exact": "/a", "regex": "a"}});
            let text = ".path must have exactly one of exact, regex, not exact and regex";
            case("R9", both, text, json!({"path": path}));
            let text = ".path must have exactly one of exact, regex, and has none";
            case("R9", json!({"path": {}}), text, json!({"path": {"regex": "a"}}));
            // Neither `path` nor `prefix` is needed: an official example has a port alone.
            case("R9", json!({"path": {}}), text, json!({"port": 80}));
            let text = ".prefix must start with /";
            case("R10", json!({"prefix": "a/"}), text, json!({"prefix": "/a"}));
            case("R10", json!({"prefix": ""}), text, json!({"prefix": "/"}));
            let text = ".path.exact must start with /";
            case("R10", json!({"path": {"exact": "a"}}), text, json!({"path": {"exact": "/"}}));
            for (start, end) in [(5, 5), (5, -6)] {
                let header =
                    |end: i64| json!({"name": "h", "match": {"range": {"start": start, "end": end}}});
                let headers = |end| json!({"headers": [{"name": "a"}, header(end)], "prefix": "/"});
                let text = format!(".headers[1].match.range must end after its start 5, not at {end}");
                case("R13", headers(end), &text, headers(6));
            }
        }
        let metadata = |end: i64| json!({"serviceName": "p.S", "metadata": [{"name": "h", "match": {"range": {"start": 5, "end": end}}}]});
        let text = "spec.grpcRoute.match.metadata[0].match.range must end after its start 5, not at 4";
        cases.push(Case::new("R13", call, of("grpcRoute", metadata(4)), text, of("grpcRoute", metadata(6))));
    }
    cases
}

fn route_rules() -> Vec<Case> {
    let slash = || json!({"prefix": "/"});
    let http = || route("httpRoute", slash())["httpRoute"].clone();
    let all = "spec must have exactly one of grpcRoute, http2Route, httpRoute, tcpRoute";
    let tcp = || json!({"tcpRoute": {"action": http()["action"]}});
    let mut cases = vec![
        Case::new("R2", ROUTE, json!({}), &format!("{all}, and has none"), tcp()),
        Case::new(
            "R2",
            ROUTE,
            json!({"priority": 0}),
            &format!("{all}, and has none"),
            json!({"httpRoute": http()}),
        ),
        Case::new(
            "R2",
            ROUTE,
            json!({"httpRoute": http(), "http2Route": http()}),
            &format!("{all}, not http2Route and httpRoute"),
            json!({"http2Route": http()}),
        ),
        Case::new(
            "R11",
            ROUTE,
            route("httpRoute", json!({"prefix": "/", "scheme": "https"})),
            "spec.httpRoute.match.scheme is for HTTP/2 routes only",
            route("http2Route", json!({"prefix": "/", "scheme": "https"})),
        ),
        Case::new(
            "R14",
            ROUTE,
            route("grpcRoute", json!({"methodName": "m"})),
            "spec.grpcRoute.match.serviceName is required with methodName",
            route("grpcRoute", json!({"methodName": "m", "serviceName": "p.S"})),
        ),
        Case::new(
            "R14",
            ROUTE,
            route("grpcRoute", json!({"methodName": "m", "metadata": [{"name": "h"}]})),
            "spec.grpcRoute.match.serviceName is required with methodName",
            route("grpcRoute", json!({})),
        ),
    ];
    for (kind, events) in [
        ("httpRoute", &["httpRetryEvents", "tcpRetryEvents"][..]),
        ("http2Route", &["httpRetryEvents", "tcpRetryEvents"]),
        ("grpcRoute", &["grpcRetryEvents", "httpRetryEvents", "tcpRetryEvents"]),
    ] {
        let policy = json!({"maxRetries": 0, "perRetryTimeout": {}});
        let matches = if kind == "grpcRoute" { json!({}) } else { slash() };
        let none = set(route(kind, matches), &format!("/{kind}/retryPolicy"), policy);
        let with =
            |member: &str, events: Value| set(none.clone(), &format!("/{kind}/retryPolicy/{member}"), events);
        for member in events {
            let event = match *member {
                "grpcRetryEvents" => "unavailable",
                "httpRetryEvents" => "gateway-error",
                _ => "connection-error",
            };
            let text = format!("spec.{kind}.retryPolicy must have at least one retry event");
            cases.push(Case::new("R19", ROUTE, none.clone(), &text, with(member, json!([event]))));
        }
        let text = format!(
            "spec.{kind}.retryPolicy.httpRetryEvents[1] must be one of client-error, gateway-error, server-error, \
             stream-error, not `server-eror`; did you mean server-error?"
        );
        let broken = with("httpRetryEvents", json!(["client-error", "server-eror"]));
        let kept = json!(["client-error", "gateway-error", "server-error", "stream-error"]);
        cases.push(Case::new("R20", ROUTE, broken, &text, with("httpRetryEvents", kept)));
    }
    cases
}

/// Returns a match with a port for a route of this type, and the other members that it needs.
fn at_port(kind: &str, port: Option<i64>) -> Value {
    let mut matches =
        if kind == "httpRoute" || kind == "http2Route" { json!({"prefix": "/"}) } else { json!({}) };
    if let Some(port) = port {
        matches["port"] = json!(port);
    }
    matches
}

fn router_ports() -> Vec<Case> {
    let two = [(VirtualRouter, "m/vr", listening(VirtualRouter, &[80, 81]))];
    let one = [(VirtualRouter, "m/vr", listening(VirtualRouter, &[80]))];
    let mut cases = Vec::new();
    for kind in ["grpcRoute", "http2Route", "httpRoute", "tcpRoute"] {
        let route = |port| route(kind, at_port(kind, port));
        let text = "Route must define a port match criteria if the Virtual Router has multiple listeners";
        cases.push(Case::new("R4", ROUTE, route(None), text, route(Some(81))).with(&two));
        let text = format!("spec.{kind}.match.port must be a port of the router (80, 81), not 82");
        cases.push(Case::new("R8", ROUTE, route(Some(82)), &text, route(Some(80))).with(&two));
        let text = format!("spec.{kind}.match.port must be a port of the router (80), not 81");
        cases.push(Case::new("R8", ROUTE, route(Some(81)), &text, route(None)).with(&one));
        let there = [&one[..], &[(Route, "m/vr/r", route(Some(80)))]].concat();
        let call = (Update, VirtualRouter, "m/vr");
        let kept = listening(VirtualRouter, &[82, 80]);
        let text = "spec.listeners must keep port 80, which route r matches";
        for ports in [&[81][..], &[81, 82], &[]] {
            let gone = listening(VirtualRouter, ports);
            cases.push(Case::new("R7", call, gone, text, kept.clone()).with(&there));
        }
        cases.push(Case::new("R7", call, json!({}), text, kept.clone()).with(&there));
        let text = "spec.listeners must keep http at port 80, which route r matches";
        let mut other = kept.clone();
        other["listeners"][1]["portMapping"]["protocol"] = json!("tcp");
        cases.push(Case::new("R7", call, other, text, kept).with(&there));
        let there = [(Route, "m/vr/r", route(None))];
        let text = "All Routes for this Virtual Router must define a port match before adding multiple listeners to \
                    this Virtual Router. 1 Route(s) are missing port. Listing up to 5 route names: [r]";
        let one = listening(VirtualRouter, &[81]);
        cases.push(Case::new("R5", call, listening(VirtualRouter, &[80, 81]), text, one).with(&there));
    }
    // A TCP route need not have a match at all.
    let bare = json!({"tcpRoute": {"action": route("tcpRoute", json!({}))["tcpRoute"]["action"]}});
    let text = "Route must define a port match criteria if the Virtual Router has multiple listeners";
    cases.push(Case::new("R4", ROUTE, bare.clone(), text, route("tcpRoute", json!({"port": 80}))).with(&two));
    let text = "All Routes for this Virtual Router must define a port match before adding multiple listeners to this \
                Virtual Router. 1 Route(s) are missing port. Listing up to 5 route names: [r]";
    let call = (Update, VirtualRouter, "m/vr");
    let (several, none) = (listening(VirtualRouter, &[80, 81]), json!({}));
    cases.push(Case::new("R5", call, several, text, none).with(&[(Route, "m/vr/r", bare)]));
    let lacking = ["m/vr/f", "m/vr/e", "m/vr/d", "m/vr/c", "m/vr/b", "m/vr/a"];
    let mut there: Vec<_> =
        lacking.map(|path| (Route, path, route("httpRoute", at_port("httpRoute", None)))).into();
    there.push((Route, "m/vr/0", route("httpRoute", at_port("httpRoute", Some(80)))));
    let text = "All Routes for this Virtual Router must define a port match before adding multiple listeners to this \
                Virtual Router. 6 Route(s) are missing port. Listing up to 5 route names: [a, b, c, d, e]";
    let call = (Update, VirtualRouter, "m/vr");
    let kept = listening(VirtualRouter, &[80]);
    cases.push(Case::new("R5", call, listening(VirtualRouter, &[80, 81]), text, kept).with(&there));
    // The listeners of routers obey the same rule as those of nodes.
    let text = "spec.listeners[1].portMapping.port is 80, which an earlier listener has already";
    let (twice, kept) = (listening(VirtualRouter, &[80, 80]), listening(VirtualRouter, &[80, 81]));
    cases.push(Case::new("N14", (Create, VirtualRouter, "m/new"), twice, text, kept));
    cases
}

/// Rules for the ports of the nodes that routes target.
fn target_ports() -> Vec<Case> {
    let two = [(VirtualNode, "m/two", listening(VirtualNode, &[80, 81]))];
    let to = |kind: &str, port: Option<i64>| {
        let mut target = json!({"virtualNode": "two", "weight": 1});
        if let Some(port) = port {
            target["port"] = json!(port);
        }
        let first = json!({"virtualNode": "n", "weight": 1});
        let route = route(kind, at_port(kind, None));
        set(route, &format!("/{kind}/action/weightedTargets"), json!([first, target]))
    };
    let mut cases = Vec::new();
    for kind in ["grpcRoute", "http2Route", "httpRoute", "tcpRoute"] {
        let at = format!("spec.{kind}.action.weightedTargets[1].port");
        let text = format!("{at} is required, because the virtual node has several listeners");
        cases.push(Case::new("R6", ROUTE, to(kind, None), &text, to(kind, Some(81))).with(&two));
        let text = format!("{at} must be a port of the virtual node (80, 81), not 82");
        cases.push(Case::new("R8", ROUTE, to(kind, Some(82)), &text, to(kind, Some(80))).with(&two));
        // The reverse: the node gets a second listener while a route names no port.
        let there =
            [(VirtualNode, "m/two", listening(VirtualNode, &[80])), (Route, "m/vr/r", to(kind, None))];
        let text = "All Routes to this Virtual Node must define a port in their weighted targets before adding \
                    multiple listeners to this Virtual Node. 1 Route(s) are missing port. Listing up to 5 route \
                    names: [r]";
        let (both, call) = (listening(VirtualNode, &[80, 81]), (Update, VirtualNode, "m/two"));
        cases.push(Case::new("R6", call, both, text, listening(VirtualNode, &[81])).with(&there));
    }
    // Of several such routes, only those that target the node without a port block the update.
    let to_n = || route("httpRoute", at_port("httpRoute", None));
    let there = [
        (VirtualNode, "m/two", listening(VirtualNode, &[80])),
        (VirtualRouter, "m/vr2", json!({})),
        (Route, "m/vr/z", to("tcpRoute", None)),
        (Route, "m/vr/y", to("httpRoute", Some(80))),
        (Route, "m/vr/x", to_n()),
        (Route, "m/vr2/a", to("grpcRoute", None)),
    ];
    let text = "All Routes to this Virtual Node must define a port in their weighted targets before adding multiple \
                listeners to this Virtual Node. 2 Route(s) are missing port. Listing up to 5 route names: [z, a]";
    let call = (Update, VirtualNode, "m/two");
    let kept = listening(VirtualNode, &[80]);
    cases.push(Case::new("R6", call, listening(VirtualNode, &[80, 81]), text, kept).with(&there));
    cases
}

fn gateway_rules() -> Vec<Case> {
    let checked =
        |port| set(listening(VirtualGateway, &[80]), "/listeners/0/healthCheck", health_check(port));
    let slash = || json!({"prefix": "/"});
    let all = "spec must have exactly one of grpcRoute, http2Route, httpRoute";
    let http = || gateway_route("httpRoute", slash())["httpRoute"].clone();
    let mut cases = vec![
        Case::new(
            "G3",
            GATEWAY,
            checked(Some(81)),
            "spec.listeners[0].healthCheck.port must be 80, the port of the listener, not 81",
            checked(Some(80)),
        ),
        Case::new(
            "N14",
            GATEWAY,
            listening(VirtualGateway, &[80, 81, 80]),
            "spec.listeners[2].portMapping.port is 80, which an earlier listener has already",
            listening(VirtualGateway, &[80, 81, 82]),
        ),
        Case::new(
            "G5",
            GATEWAY_ROUTE,
            json!({}),
            &format!("{all}, and has none"),
            json!({"httpRoute": http()}),
        ),
        Case::new(
            "G5",
            GATEWAY_ROUTE,
            json!({"httpRoute": http(), "http2Route": http()}),
            &format!("{all}, not http2Route and httpRoute"),
            json!({"http2Route": http(), "priority": 0}),
        ),
    ];
    for kind in ["httpRoute", "http2Route", "grpcRoute"] {
        let of = |matches: Value| gateway_route(kind, matches);
        let with = |member: &str, value: Value| {
            let base = if kind == "grpcRoute" { json!({"serviceName": "p.S"}) } else { slash() };
            of(set(json!({"x": base}), &format!("/x/{member}"), value)["x"].clone())
        };
        let mut case = |rule, broken: Value, text: &str, kept: Value| {
            let text = format!("spec.{kind}.{text}");
            cases.push(Case::new(rule, GATEWAY_ROUTE, broken, &text, kept));
        };
        let both = with("hostname", json!({"exact": "a", "suffix": "b"}));
        let text = "match.hostname must have exactly one of exact, suffix, not exact and suffix";
        case("G12", both, text, with("hostname", json!({"exact": "a"})));
        let text = "match.hostname must have exactly one of exact, suffix, and has none";
        case("G12", with("hostname", json!({})), text, with("hostname", json!({"suffix": "b"})));
        if kind == "grpcRoute" {
            for start in ["aws.app-mesh", "/aws.app-mesh", "aws.appmesh", "/aws.appmesh"] {
                let bare = start.trim_start_matches('/');
                let text = format!("match.serviceName starts with {bare}, which is reserved");
                let named = |name: String| of(json!({"serviceName": name}));
                case("G11", named(start.to_owned()), &text, named(format!("x{start}")));
                case("G11", named(format!("{start}.v1.Envoy")), &text, named("aws.app.mesh".to_owned()));
            }
            let text = "match must have serviceName, hostname, metadata or port";
            case("G13", of(json!({})), text, of(json!({"hostname": {"exact": "a"}})));
            case("G13", of(json!({})), text, of(json!({"metadata": [{"name": "h"}], "port": 80})));
            case("G13", of(json!({})), text, of(json!({"port": 80})));
            continue;
        }
        for start in ["/aws-appmesh", "/aws-app-mesh"] {
            let text = format!("match.prefix starts with {start}, which is reserved");
            let at = |prefix: String| of(json!({"prefix": prefix}));
            case("G10", at(start.to_owned()), &text, at(format!("/x{start}")));
            case("G10", at(format!("{start}/x")), &text, at("/aws-app".to_owned()));
        }
        let rewritten = |prefix: &str, rewrite: Value| {
            set(of(json!({"prefix": prefix})), &format!("/{kind}/action/rewrite"), rewrite)
        };
        let value = |value: &str| json!({"prefix": {"value": value}});
        let default = || json!({"prefix": {"defaultPrefix": "DISABLED"}});
        let exact = |path: &str| json!({"path": {"exact": path}});
        for (broken, text, kept) in [
            (
                rewritten("/a/", json!({"prefix": {"value": "/"}, "path": {"exact": "/"}})),
                " must have exactly one of path, prefix, not path and prefix",
                rewritten("/a/", value("/")),
            ),
            (
                rewritten("/a/", json!({"prefix": {"value": "/", "defaultPrefix": "ENABLED"}})),
                ".prefix must have exactly one of defaultPrefix, value, not defaultPrefix and value",
                rewritten("/a", default()),
            ),
            (
                rewritten("/a/", json!({"prefix": {}})),
                ".prefix must have exactly one of defaultPrefix, value, and has none",
                rewritten("/a/", json!({"hostname": {"defaultTargetHostname": "DISABLED"}})),
            ),
            (
                rewritten("/a/", value("b/")),
                ".prefix.value must start and end with /",
                rewritten("/a/", value("/b/")),
            ),
            (
                rewritten("/a/", value("/b")),
                ".prefix.value must start and end with /",
                rewritten("/", value("/b/c/")),
            ),
            (
                rewritten("/a", value("/b/")),
                ".prefix.value needs a match prefix that ends with /, too",
                rewritten("/a/", value("/b/")),
            ),
            (rewritten("/a/", exact("b")), ".path.exact must start with /", rewritten("/a/", exact("/b"))),
        ] {
            case("G14", broken, &format!("action.rewrite{text}"), kept);
        }
    }
    cases
}

fn gateway_ports() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in ["httpRoute", "http2Route", "grpcRoute"] {
        let at = |port: Option<i64>| {
            let base =
                if kind == "grpcRoute" { json!({"serviceName": "p.S"}) } else { json!({"prefix": "/"}) };
            gateway_route(
                kind,
                port.map_or(base.clone(), |port| {
                    set(json!({"x": base}), "/x/port", json!(port))["x"].clone()
                }),
            )
        };
        let two = [(VirtualGateway, "m/g", listening(VirtualGateway, &[80, 81]))];
        let text =
            "Gateway route must define a match port if the parent Virtual Gateway has multiple listeners.";
        cases.push(Case::new("G7", GATEWAY_ROUTE, at(None), text, at(Some(81))).with(&two));
        let text = format!("spec.{kind}.match.port must be a port of the gateway (80), not 81");
        cases.push(Case::new("R8", GATEWAY_ROUTE, at(Some(81)), &text, at(Some(80))));
        let to = |port: Option<i64>| match port {
            Some(port) => set(at(None), &format!("/{kind}/action/target/port"), json!(port)),
            None => at(None),
        };
        for (provider, name) in [(VirtualNode, "n"), (VirtualRouter, "vr")] {
            let path = if provider == VirtualNode { "m/n" } else { "m/vr" };
            let by = |ports: &[i64]| {
                [
                    (provider, path, listening(provider, ports)),
                    (VirtualService, "m/s", provided_by(provider, name)),
                ]
            };
            let path = format!("spec.{kind}.action.target.port");
            let text = format!(
                "{path} is required, because the provider of the virtual service has several listeners"
            );
            cases.push(Case::new("G8", GATEWAY_ROUTE, to(None), &text, to(Some(81))).with(&by(&[80, 81])));
            let text =
                format!("{path} must be a port of the provider of the virtual service (80, 81), not 82");
            cases
                .push(Case::new("R8", GATEWAY_ROUTE, to(Some(82)), &text, to(Some(80))).with(&by(&[80, 81])));
            let text = format!("{path} must be a port of the provider of the virtual service (80), not 81");
            cases.push(Case::new("R8", GATEWAY_ROUTE, to(Some(81)), &text, to(None)).with(&by(&[80])));
        }
    }
    cases
}

/// Rules for the health checks that a listener accepts, in create and update, of nodes and gateways.
fn health_checks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, calls, protocols) in [
        (VirtualNode, [NODE, (Update, VirtualNode, "m/n")], &["http", "http2", "grpc", "tcp"][..]),
        (VirtualGateway, [GATEWAY, (Update, VirtualGateway, "m/g")], &["http", "http2", "grpc"]),
    ] {
        let checked = |protocol: &str, by: &str, path: Option<&str>| {
            let spec = set(listening(kind, &[80]), "/listeners/0/portMapping/protocol", json!(protocol));
            let mut check = health_check(None);
            check["protocol"] = json!(by);
            match path {
                Some(path) => check["path"] = json!(path),
                None => drop(check.as_object_mut().and_then(|check| check.remove("path"))),
            }
            set(spec, "/listeners/0/healthCheck", check)
        };
        for call in calls {
            for protocol in protocols {
                // All other combinations are accepted: as far as known, the service checks no more.
                for by in protocols.iter().filter(|by| **by != "grpc") {
                    let rule = if kind == VirtualNode { "N10" } else { "G3" };
                    let text = format!(
                        "spec.listeners[0].healthCheck.path is required for a health check of protocol {by}"
                    );
                    for path in [None, Some("")].into_iter().filter(|_| *by != "tcp") {
                        let (broken, kept) = (checked(protocol, by, path), checked(protocol, by, Some("/")));
                        cases.push(Case::new(rule, call, broken, &text, kept));
                    }
                }
                let rule = if kind == VirtualNode { "N11" } else { "G3" };
                let text = "GRPC HealthCheck requires listener type of HTTP2 or GRPC.";
                if !["grpc", "http2"].contains(protocol) {
                    for path in [None, Some("/")] {
                        let (broken, kept) =
                            (checked(protocol, "grpc", path), checked("http2", "grpc", path));
                        cases.push(Case::new(rule, call, broken, text, kept));
                        let (broken, kept) = (checked(protocol, "grpc", path), checked("grpc", "grpc", path));
                        cases.push(Case::new(rule, call, broken, text, kept));
                    }
                }
            }
        }
    }
    cases
}

/// A port alone is a valid match, for routes and gateway routes of every type.
#[test]
fn a_port_alone_is_a_match() {
    for kind in ["grpcRoute", "http2Route", "httpRoute"] {
        let matches = json!({"port": 80});
        stage(&[(GatewayRoute, "m/g/new", gateway_route(kind, matches.clone()))]);
        stage(&[(Route, "m/vr/new", route(kind, matches))]);
    }
}

/// Every rule that `rules/spec.rs` enforces.
const RULES: [&str; 32] = [
    "G10", "G11", "G12", "G13", "G14", "G2", "G3", "G5", "G7", "G8", "N1", "N10", "N11", "N14", "N15", "N2",
    "N4", "N5", "N9", "R10", "R11", "R13", "R14", "R19", "R2", "R20", "R4", "R5", "R6", "R7", "R8", "R9",
];

#[test]
fn every_rule_between_members_is_kept_and_broken() {
    let cases = [
        node_rules(),
        match_rules(),
        route_rules(),
        router_ports(),
        target_ports(),
        gateway_rules(),
        gateway_ports(),
        health_checks(),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for case in cases.into_iter().flatten() {
        seen.insert(case.rule);
        case.check();
    }
    assert_eq!(seen, RULES.into());
}
