//! Tests of every declaration: valid values parse and serialize to equal ones, and invalid values are reported.
#![allow(clippy::unwrap_used)] // A test may panic.

mod samples;

use serde_json::{Value, json};

use samples::{client_policies, client_policy, gateway_route, route, sds, virtual_gateway, virtual_node};

use super::{
    Declared, EgressFilter, EgressFilterType, GatewayRouteSpec, Items, Kind, MeshSpec, RouteSpec, Shape,
    Spec, SpecView, Structure, TagList, View, VirtualGatewaySpec, VirtualNodeSpec, VirtualRouterSpec,
    VirtualServiceSpec, WeightedTarget, declare::known, parse, unknown_members,
};

/// Checks that each sample parses and serializes to an equal value, and that every member is in at least one sample.
#[track_caller]
fn round_trip<T: Declared>(samples: &[Value]) {
    let mut unseen = member_paths(T::SHAPE);
    for sample in samples {
        assert_eq!(unknown_members(T::SHAPE, sample, ""), Vec::<String>::new());
        assert!(parse::<T>(sample, "spec").is_ok());
        assert_eq!(known(T::SHAPE, sample), *sample);
        let seen = present(sample);
        unseen.retain(|path| !seen.contains(path));
    }
    assert_eq!(unseen, Vec::<String>::new(), "members that no sample has");
}

/// Returns the path of every member below a shape; list positions are `[]`.
fn member_paths(shape: &Shape) -> Vec<String> {
    let below = |prefix: &str, shape: &Shape| {
        member_paths(shape).into_iter().map(|path| format!("{prefix}{path}")).collect::<Vec<_>>()
    };
    match *shape {
        Shape::List { of, .. } => below("[]", of),
        Shape::Structure(Structure { members, .. }) => members
            .iter()
            .flat_map(|member| {
                let path = format!(".{}", member.name);
                let mut paths = below(&path, member.shape);
                paths.push(path);
                paths
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the paths, in the same form, of the members that a value has.
fn present(value: &Value) -> Vec<String> {
    let below = |prefix: &str, value: &Value| {
        present(value).into_iter().map(|path| format!("{prefix}{path}")).collect()
    };
    match value {
        Value::Array(items) => items.iter().flat_map(|item| -> Vec<String> { below("[]", item) }).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| {
                let path = format!(".{name}");
                let mut paths: Vec<String> = below(&path, value);
                paths.push(path);
                paths
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_member_is_read_and_written_back() {
    round_trip::<MeshSpec>(&[
        json!({"egressFilter": {"type": "ALLOW_ALL"}, "serviceDiscovery": {"ipPreference": "IPv6_ONLY"}}),
        json!({"serviceDiscovery": {}}),
        json!({}),
    ]);
    let mut by_dns = virtual_node();
    by_dns["serviceDiscovery"] =
        json!({"dns": {"hostname": "a.local", "ipPreference": "IPv4_ONLY", "responseType": "ENDPOINTS"}});
    by_dns["logging"]["accessLog"]["file"]["format"] = json!({"json": [{"key": "k", "value": "v"}]});
    by_dns["backendDefaults"]["clientPolicy"] = client_policy(sds(), sds());
    by_dns["backends"][0]["virtualService"]["clientPolicy"] = client_policies()[0].clone();
    let mut by_secret = by_dns.clone();
    by_secret["backendDefaults"]["clientPolicy"] = client_policies()[1].clone();
    by_secret["backends"][0]["virtualService"]["clientPolicy"] = client_policy(sds(), sds());
    round_trip::<VirtualNodeSpec>(&[virtual_node(), by_dns, by_secret, json!({}), json!({"backends": []})]);
    round_trip::<VirtualServiceSpec>(&[
        json!({"provider": {"virtualNode": {"virtualNodeName": "a"}}}),
        json!({"provider": {"virtualRouter": {"virtualRouterName": "a"}}}),
        json!({}),
    ]);
    round_trip::<VirtualRouterSpec>(&[
        json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}),
        json!({}),
    ]);
    round_trip::<RouteSpec>(&[route(), json!({})]);
    let mut by_file = virtual_gateway();
    by_file["backendDefaults"]["clientPolicy"] = client_policies()[1].clone();
    by_file["logging"]["accessLog"]["file"]["format"] = json!({"text": "%PROTOCOL%"});
    let mut by_secret = virtual_gateway();
    by_secret["backendDefaults"]["clientPolicy"] = client_policy(sds(), sds());
    round_trip::<VirtualGatewaySpec>(&[virtual_gateway(), by_file, by_secret, json!({"listeners": []})]);
    round_trip::<GatewayRouteSpec>(&[gateway_route(), json!({})]);
    round_trip::<TagList>(&[json!([{"key": "k", "value": ""}]), json!([])]);
}

/// Returns a list with `count` copies.
fn times(count: usize, item: &Value) -> Value {
    Value::Array(vec![item.clone(); count])
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

/// Returns the sample with the value at a JSON pointer replaced.
#[track_caller]
fn with(mut sample: Value, pointer: &str, value: Value) -> Value {
    *sample.pointer_mut(pointer).unwrap() = value;
    sample
}

/// Checks the problems of invalid values. `expected` is the path and message of each; `Display` repeats the path.
#[track_caller]
fn refused<T: Declared>(cases: &[(Value, &[(&str, &str)])]) {
    for (json, expected) in cases {
        let problems = parse::<T>(json, "spec").err().unwrap();
        let found: Vec<_> =
            problems.iter().map(|problem| (problem.path.clone(), problem.to_string())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(path, rule)| (path.to_string(), format!("{path} {rule}"))).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn every_kind_of_wrong_value_is_told_with_its_place() {
    refused::<MeshSpec>(&[
        (json!([]), &[("spec", "must be an object, not a list")]),
        (json!({"egressFilter": {}}), &[("spec.egressFilter.type", "is required")]),
        (json!({"egressFilter": {"type": null}}), &[("spec.egressFilter.type", "is required")]),
        (
            json!({"egressFilter": {"type": "allow-all"}, "serviceDiscovery": {"ipPreference": 6}}),
            &[
                (
                    "spec.egressFilter.type",
                    "must be one of ALLOW_ALL, DROP_ALL, not `allow-all`; did you mean ALLOW_ALL?",
                ),
                ("spec.serviceDiscovery.ipPreference", "must be a string, not a number"),
            ],
        ),
    ]);
    let discovery = |dns: Value| json!({"serviceDiscovery": {"dns": dns}});
    let attribute = |key: &str, value: &str| {
        with(
            virtual_node(),
            "/serviceDiscovery/awsCloudMap/attributes/1",
            json!({"key": key, "value": value}),
        )
    };
    refused::<VirtualNodeSpec>(&[
        (discovery(json!({})), &[("spec.serviceDiscovery.dns.hostname", "is required")]),
        (
            discovery(json!({"hostname": "a", "responseType": "ENDPOINT"})),
            &[(
                "spec.serviceDiscovery.dns.responseType",
                "must be one of LOADBALANCER, ENDPOINTS, not `ENDPOINT`; did you mean ENDPOINTS?",
            )],
        ),
        (
            json!({"serviceDiscovery": {}}),
            &[("spec.serviceDiscovery", "must have exactly one of awsCloudMap, dns, and has none")],
        ),
        (
            with(virtual_node(), "/listeners/0/timeout", json!({"http": {}, "tcp": {}})),
            &[(
                "spec.listeners[0].timeout",
                "must have exactly one of grpc, http, http2, tcp, not http and tcp",
            )],
        ),
        (
            with(virtual_node(), "/listeners/0/portMapping/port", json!(65536)),
            &[("spec.listeners[0].portMapping.port", "must be from 1 to 65535, not 65536")],
        ),
        (
            with(virtual_node(), "/listeners/0/portMapping/port", json!(80.5)),
            &[("spec.listeners[0].portMapping.port", "must be a whole number, not a fraction")],
        ),
        (
            with(virtual_node(), "/listeners/0/connectionPool/http/maxConnections", json!(0)),
            &[("spec.listeners[0].connectionPool.http.maxConnections", "must be 1 or more, not 0")],
        ),
        (
            with(virtual_node(), "/listeners/0/healthCheck/intervalMillis", json!(4999)),
            &[("spec.listeners[0].healthCheck.intervalMillis", "must be from 5000 to 300000, not 4999")],
        ),
        (
            with(virtual_node(), "/listeners/1/tls/validation/trust", json!({"acm": {}})),
            &[("spec.listeners[1].tls.validation.trust", "must have exactly one of file, sds, and has none")],
        ),
        (
            with(virtual_node(), "/backendDefaults/clientPolicy/tls/enforce", json!("yes")),
            &[("spec.backendDefaults.clientPolicy.tls.enforce", "must be true or false, not a string")],
        ),
        (
            with(virtual_node(), "/logging/accessLog/file/path", json!(text(256))),
            &[("spec.logging.accessLog.file.path", "must have 1 to 255 characters, not 256")],
        ),
        (
            with(
                virtual_node(),
                "/backendDefaults/clientPolicy/tls/validation/trust/acm/certificateAuthorityArns",
                times(4, &json!("arn")),
            ),
            &[(
                "spec.backendDefaults.clientPolicy.tls.validation.trust.acm.certificateAuthorityArns",
                "must have 1 to 3 items, not 4",
            )],
        ),
        (
            attribute("a b", "x"),
            &[(
                "spec.serviceDiscovery.awsCloudMap.attributes[1].key",
                "must match ^[a-zA-Z0-9!-~]+$; `a b` does not",
            )],
        ),
        (
            attribute("é", " x"),
            &[
                (
                    "spec.serviceDiscovery.awsCloudMap.attributes[1].key",
                    "must match ^[a-zA-Z0-9!-~]+$; `é` does not",
                ),
                (
                    "spec.serviceDiscovery.awsCloudMap.attributes[1].value",
                    "must match ^([a-zA-Z0-9!-~][  a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$; ` x` does not",
                ),
            ],
        ),
    ]);
    refused::<VirtualServiceSpec>(&[(
        json!({"provider": {"virtualNode": {"virtualNodeName": ""}}}),
        &[("spec.provider.virtualNode.virtualNodeName", "must have 1 to 255 characters, not 0")],
    )]);
    refused::<VirtualRouterSpec>(&[(
        json!({"listeners": {"portMapping": {}}}),
        &[("spec.listeners", "must be a list, not an object")],
    )]);
    refused::<RouteSpec>(&[
        (json!({"priority": 1001}), &[("spec.priority", "must be from 0 to 1000, not 1001")]),
        (json!({"httpRoute": {"action": {"weightedTargets": []}}}), {
            &[
                ("spec.httpRoute.action.weightedTargets", "must have 1 to 10 items, not 0"),
                ("spec.httpRoute.match", "is required"),
            ]
        }),
        (
            with(route(), "/tcpRoute/action/weightedTargets/0/weight", json!(-1)),
            &[("spec.tcpRoute.action.weightedTargets[0].weight", "must be from 0 to 100, not -1")],
        ),
        (
            with(route(), "/grpcRoute/match/metadata/2/match/range/end", Value::Null),
            &[("spec.grpcRoute.match.metadata[2].match.range.end", "is required")],
        ),
        (
            with(route(), "/httpRoute/match/headers", times(11, &json!({"name": "a"}))),
            &[("spec.httpRoute.match.headers", "must have 1 to 10 items, not 11")],
        ),
        (
            with(route(), "/httpRoute/retryPolicy/maxRetries", json!(-1)),
            &[("spec.httpRoute.retryPolicy.maxRetries", "must be 0 or more, not -1")],
        ),
    ]);
    refused::<VirtualGatewaySpec>(&[
        (json!({}), &[("spec.listeners", "is required")]),
        (
            with(virtual_gateway(), "/listeners/0/portMapping/protocol", json!("tcp")),
            &[("spec.listeners[0].portMapping.protocol", "must be one of http, http2, grpc, not `tcp`")],
        ),
    ]);
    refused::<GatewayRouteSpec>(&[
        (
            with(gateway_route(), "/grpcRoute/match/hostname/suffix", json!(text(254))),
            &[("spec.grpcRoute.match.hostname.suffix", "must have 1 to 253 characters, not 254")],
        ),
        (
            with(gateway_route(), "/httpRoute/match/method", json!("get")),
            &[(
                "spec.httpRoute.match.method",
                "must be one of GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH, not `get`; \
                 did you mean GET?",
            )],
        ),
    ]);
    refused::<TagList>(&[
        (times(51, &json!({"key": "k", "value": "v"})), &[("spec", "must have 0 to 50 items, not 51")]),
        (
            json!([{"key": text(129)}]),
            &[("spec[0].key", "must have 1 to 128 characters, not 129"), ("spec[0].value", "is required")],
        ),
    ]);
}

#[test]
fn what_the_declaration_does_not_know_is_left_out() {
    let spec = json!({
        "backends": null,
        "listeners": [{"portMapping": {"port": 80, "protocol": "http", "name": "web"}, "timeout": null}],
        "serviceDiscovery": {"dns": {"hostname": "a.local"}},
        "sidecar": {"listeners": []},
    });
    let spec = Spec::parse(Kind::VirtualNode, &spec, "spec").unwrap();
    let expected = json!({
        "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
        "serviceDiscovery": {"dns": {"hostname": "a.local"}},
    });
    assert_eq!(*spec.json(), expected);
}

#[test]
fn members_are_read_where_they_lie() {
    let spec = Spec::parse(Kind::VirtualNode, &virtual_node(), "spec").unwrap();
    let SpecView::VirtualNode(view) = spec.view() else { panic!("another kind") };
    let listener = view.listeners().and_then(Items::first).unwrap();
    assert_eq!(json!(listener.port_mapping().port()), virtual_node()["listeners"][0]["portMapping"]["port"]);
    let absent = parse::<VirtualNodeSpec>(&Value::Null, "spec");
    assert_eq!(absent.err().unwrap()[0].to_string(), "spec must be an object, not null");
    // Reading JSON that was not checked returns a harmless default.
    let unchecked = View::<VirtualNodeSpec>::new(&Value::Null);
    assert!(unchecked.listeners().is_none());
    let unchecked = View::<WeightedTarget>::new(&Value::Null);
    assert_eq!((unchecked.virtual_node(), unchecked.weight()), ("", 0));
    assert_eq!(View::<EgressFilter>::new(&Value::Null).filter_type(), EgressFilterType::AllowAll);
}
