//! Arbitrary requests: nothing panics or hangs, and the same seed gives the same outcome.

use proptest::prelude::*;

use super::*;
use crate::model::HttpMethod;

/// A mesh whose routes have conditions of many kinds, behind a gateway and as a backend.
fn rich() -> Mesh {
    let headers = json!([{"name": "a", "match": {"range": {"start": 1, "end": 5}}, "invert": true},
        {"name": "b", "match": {"suffix": "v"}}]);
    let query = json!([{"name": "q", "match": {"exact": "1"}}, {"name": "r"}]);
    let route = |name: &str, matches: Value| {
        let targets = json!([{"virtualNode": "target", "weight": 3}, {"virtualNode": "client", "weight": 2}]);
        let spec = json!({"httpRoute": {"match": matches, "action": {"weightedTargets": targets}}});
        (Kind::Route, json!({"virtualRouterName": "vr", "routeName": name, "spec": spec}))
    };
    mesh(&[
        mesh_input(Some(IpPreference::Ipv6Preferred)),
        node("target", By::CloudMap, None, &[]),
        node("client", By::Dns, None, &["s"]),
        router("vr", &[(80, "http")]),
        service("s", "router:vr"),
        route("all", json!({"prefix": "/", "port": 80})),
        route("regex", json!({"path": {"regex": "/([a-z]+/?)*"}, "headers": headers})),
        route("query", json!({"prefix": "/q", "queryParameters": query, "method": "GET"})),
        gateway(),
        gateway_route("g", json!({"prefix": "/a", "hostname": {"suffix": "e"}}), "s", json!({})),
        gateway_route("h", json!({"prefix": "/"}), "s", json!({"rewrite": {"prefix": {"value": "/b/"}}})),
    ])
}

fn any_request() -> impl Strategy<Value = Request> {
    let text = || prop_oneof![any::<String>(), "[-/.%?&=#a-z0-9:\\[\\]*]{0,24}", Just("s".to_owned())];
    let client = prop_oneof![
        Just(Client::Gateway("g".into())),
        text().prop_map(|service| Client::Node { node: "client".into(), service: service.as_str().into() }),
    ];
    let protocol = prop_oneof![
        Just(Protocol::Http),
        Just(Protocol::Http2),
        Just(Protocol::Tcp),
        (text(), text()).prop_map(|(service, method)| Protocol::Grpc {
            service: service.as_str().into(),
            method: method.as_str().into()
        }),
    ];
    let host = proptest::option::of(text());
    let headers = proptest::collection::vec(("[abc]|content-type|x-forwarded-proto", text()), 0..4);
    let port = proptest::option::of(prop_oneof![Just(80), Just(8080), any::<i64>()]);
    let method = proptest::sample::select(HttpMethod::ALL);
    (client, protocol, text(), host, headers, port, method).prop_map(
        |(client, protocol, path, host, headers, port, method)| {
            let mut request = Request::get(client, &path);
            request.protocol = protocol;
            request.host = host.map(|host| host.as_str().into());
            request.headers =
                headers.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
            (request.port, request.method) = (port, method);
            request
        },
    )
}

#[test]
fn any_request_has_an_outcome() {
    let mesh = rich();
    let environment = environment(Families::BOTH, Families::V6);
    proptest!(ProptestConfig::with_cases(2_000), |(request in any_request(), seed: u64)| {
        let outcome = simulate(&environment, &mesh, &request, seed);
        prop_assert_eq!(outcome.events.last(), Some(&Event::Reply(outcome.reply.clone())));
        prop_assert_eq!(&outcome, &simulate(&environment, &mesh, &request, seed));
        let splits = split(&environment, &mesh, &request, 10, seed);
        let seen: u32 = splits.iter().map(|split| split.seen).sum();
        prop_assert_eq!(seen, if splits.is_empty() { 0 } else { 10 });
        send(&environment, &mesh, &request);
    });
}

#[test]
fn any_path_is_made_normal_and_any_expression_is_read_or_refused() {
    proptest!(ProptestConfig::with_cases(4_000), |(text: String, regex in "[-a\\\\Q\\\\E()\\[\\]{},0-9*+?|^$.:&~é]{0,16}")| {
        for text in [&text, &regex] {
            let normal = path::normalized(text);
            prop_assert!(normal.starts_with('/') && normal.is_ascii() || normal.contains('?'), "{}", normal);
            // Checks only that it returns.
            let _ = pattern::describes(text, &regex);
        }
    });
}
