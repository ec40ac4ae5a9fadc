//! The published meshes, and meshes with every feature.

use mesh_playground::{
    model::Kind,
    scenario::{Variant, six_colours},
    world::World,
};
use serde_json::{Value, json};

use crate::{
    common::{self, ENV},
    meshes::world,
};

/// Returns the published walkthrough in its twelve forms, and the scenario of a first visit.
pub fn samples() -> Vec<(String, World)> {
    let mut worlds = Vec::new();
    for (name, variant) in [("dns", Variant::Dns), ("cloud", Variant::CloudMap)] {
        worlds.push((format!("six-{name}"), six_colours(variant, &ENV).unwrap()));
        let Some(samples) = common::samples() else { continue };
        for file in std::fs::read_dir(samples.join("howto-ipv6").join(name)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let opened = common::open(&common::walkthrough_environment(), &text);
            worlds.push((format!("{name}-{}", path.file_stem().unwrap().to_string_lossy()), opened.world));
        }
    }
    worlds
}

/// Returns one world for each group of features.
pub fn features() -> Vec<(&'static str, World)> {
    let mut worlds = Vec::new();
    for (name, filter) in [("drop", "DROP_ALL"), ("allow", "ALLOW_ALL")] {
        worlds.push((name, full(json!({"egressFilter": {"type": filter}}))));
    }
    for name in ["IPv6_PREFERRED", "IPv4_PREFERRED", "IPv6_ONLY", "IPv4_ONLY"] {
        worlds.push((name, full(json!({"serviceDiscovery": {"ipPreference": name}}))));
    }
    worlds
}

fn tls(certificate: &Value, mode: &str) -> Value {
    json!({"mode": mode, "certificate": certificate, "validation": {
        "subjectAlternativeNames": {"match": {"exact": ["client.local", "spiffe://client"]}},
        "trust": {"file": {"certificateChain": "/certs/ca.pem"}},
    }})
}

/// Returns a mesh that contains every member of every spec.
fn full(mesh: Value) -> World {
    let seconds = |value: i64| json!({"unit": "s", "value": value});
    let millis = |value: i64| json!({"unit": "ms", "value": value});
    let check = |protocol: &str| {
        json!({"healthyThreshold": 2, "intervalMillis": 5250, "path": "/ping", "protocol": protocol,
            "timeoutMillis": 2000, "unhealthyThreshold": 3})
    };
    let outlier = json!({"baseEjectionDuration": seconds(30), "interval": millis(1500), "maxEjectionPercent": 50,
        "maxServerErrors": 5});
    let file = json!({"file": {"certificateChain": "/certs/chain.pem", "privateKey": "/certs/key.pem"}});
    let sds = json!({"sds": {"secretName": "server"}});
    let acm = json!({"acm": {"certificateArn": "arn:aws:acm:us-west-2:123456789012:certificate/1"}});
    let logging = json!({"accessLog": {"file": {"path": "/dev/stdout", "format": {"json": [
        {"key": "flags", "value": "%RESPONSE_FLAGS%"}, {"key": "code", "value": "%RESPONSE_CODE%"}]}}}});
    let text_logging =
        json!({"accessLog": {"file": {"path": "/var/log/x", "format": {"text": "%PROTOCOL%\n"}}}});
    let policy = |trust: Value, more: Value| {
        let mut tls = json!({"validation": {"trust": trust}});
        tls.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"tls": tls})
    };
    let trust_file = json!({"file": {"certificateChain": "/certs/ca.pem"}});
    let trust_acm = json!({"acm": {"certificateAuthorityArns": ["arn:1", "arn:2"]}});
    let trust_sds = json!({"sds": {"secretName": "roots"}});
    let mapping = |port: i64, protocol: &str| json!({"port": port, "protocol": protocol});
    let dns = |name: &str, more: Value| {
        let mut dns = json!({"hostname": format!("{name}.local")});
        dns.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"dns": dns})
    };
    let cloud = |name: &str, more: Value| {
        let mut service = json!({"namespaceName": "local", "serviceName": name});
        service.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"awsCloudMap": service})
    };
    let backend = |name: &str| json!({"virtualService": {"virtualServiceName": name}});
    let with = |name: &str, policy: Value| json!({"virtualService": {"virtualServiceName": name, "clientPolicy": policy}});
    let targets = |targets: &[(&str, i64, Option<i64>)]| {
        let targets = targets.iter().map(|(node, weight, port)| match port {
            Some(port) => json!({"virtualNode": node, "weight": weight, "port": port}),
            None => json!({"virtualNode": node, "weight": weight}),
        });
        json!({"weightedTargets": targets.collect::<Vec<_>>()})
    };
    let headers = json!([
        {"name": "a", "match": {"exact": "x"}}, {"name": "b", "match": {"prefix": "x"}, "invert": true},
        {"name": "c", "match": {"suffix": "x"}, "invert": false}, {"name": "d", "match": {"regex": "x+"}},
        {"name": "e", "match": {"range": {"start": 1, "end": 9}}}, {"name": "f"},
    ]);
    let query = json!([{"name": "q", "match": {"exact": "1"}}, {"name": "r"}]);
    let retry = json!({"maxRetries": 3, "perRetryTimeout": millis(250), "tcpRetryEvents": ["connection-error"],
        "httpRetryEvents": ["server-error", "gateway-error", "client-error", "stream-error"]});
    let mut grpc_retry = retry.clone();
    grpc_retry["grpcRetryEvents"] =
        json!(["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"]);
    let to = |service: &str, more: Value| {
        let mut action = json!({"target": {"virtualService": {"virtualServiceName": service}}});
        action.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        action
    };
    let rewrite = |rewrite: Value| json!({"rewrite": rewrite});
    let keep = json!({"defaultTargetHostname": "DISABLED"});
    use Kind::*;
    world(&[
        (Mesh, "m", mesh),
        (
            VirtualNode,
            "http",
            json!({
                "serviceDiscovery": dns("http", json!({})), "logging": logging,
                "listeners": [{"portMapping": mapping(80, "http"), "healthCheck": check("http"), "outlierDetection": outlier,
                    "connectionPool": {"http": {"maxConnections": 5, "maxPendingRequests": 7}},
                    "timeout": {"http": {"perRequest": seconds(60), "idle": millis(100)}}, "tls": tls(&file, "STRICT")}],
            }),
        ),
        (
            VirtualNode,
            "http2",
            json!({
                "serviceDiscovery": dns("http2", json!({"responseType": "ENDPOINTS", "ipPreference": "IPv6_ONLY"})),
                "listeners": [{"portMapping": mapping(80, "http2"), "healthCheck": check("http2"),
                    "connectionPool": {"http2": {"maxRequests": 5}},
                    "timeout": {"http2": {"perRequest": seconds(0)}}, "tls": tls(&sds, "PERMISSIVE")}],
                "backends": [backend("http.local"), backend("tcp.local")],
            }),
        ),
        (
            VirtualNode,
            "grpc",
            json!({
                "serviceDiscovery": cloud("grpc", json!({"attributes": [{"key": "stage", "value": "prod"}]})),
                "logging": text_logging,
                "listeners": [{"portMapping": mapping(50051, "grpc"), "healthCheck": check("grpc"),
                    "connectionPool": {"grpc": {"maxRequests": 5}}, "timeout": {"grpc": {"idle": seconds(9)}},
                    "tls": {"mode": "STRICT", "certificate": acm}}],
            }),
        ),
        (
            VirtualNode,
            "tcp",
            json!({
                "serviceDiscovery": cloud("tcp", json!({"ipPreference": "IPv6_PREFERRED"})),
                "listeners": [{"portMapping": mapping(5432, "tcp"), "healthCheck": check("http"),
                    "connectionPool": {"tcp": {"maxConnections": 5}}, "timeout": {"tcp": {"idle": seconds(9)}},
                    "tls": {"mode": "DISABLED", "certificate": file}}],
            }),
        ),
        (
            VirtualNode,
            "several",
            json!({
                "serviceDiscovery": dns("several", json!({"responseType": "LOADBALANCER"})),
                "listeners": [{"portMapping": mapping(80, "http")}, {"portMapping": mapping(81, "grpc")},
                    {"portMapping": mapping(82, "tcp"), "healthCheck": check("tcp")}],
            }),
        ),
        (VirtualRouter, "r", json!({"listeners": [{"portMapping": mapping(80, "http")}]})),
        (
            VirtualRouter,
            "many",
            json!({"listeners": [
            {"portMapping": mapping(80, "http")}, {"portMapping": mapping(5432, "tcp")}]}),
        ),
        (VirtualRouter, "silent", json!({})),
        (
            Route,
            "r/http",
            json!({"priority": 3, "httpRoute": {"retryPolicy": retry,
            "timeout": {"perRequest": seconds(30), "idle": seconds(0)},
            "match": {"prefix": "/x", "headers": headers, "method": "POST", "queryParameters": query},
            "action": targets(&[("http", 1, None), ("several", 0, Some(80))])}}),
        ),
        (
            Route,
            "r/http2",
            json!({"http2Route": {"match": {"path": {"exact": "/y"}, "scheme": "https"},
            "action": targets(&[("http2", 0, None)])}}),
        ),
        (
            Route,
            "r/regex",
            json!({"httpRoute": {"match": {"path": {"regex": "/z/[0-9]+"}},
            "action": targets(&[("http", 50, None), ("http", 60, None)])}}),
        ),
        (
            Route,
            "r/grpc",
            json!({"grpcRoute": {"retryPolicy": grpc_retry,
            "match": {"serviceName": "p.S", "methodName": "M", "metadata": headers},
            "action": targets(&[("grpc", 1, None)])}}),
        ),
        (
            Route,
            "r/grpc-service",
            json!({"grpcRoute": {"match": {"serviceName": "p.S"},
            "action": targets(&[("several", 1, Some(81))])}}),
        ),
        (
            Route,
            "many/http",
            json!({"httpRoute": {"match": {"port": 80}, "action": targets(&[("http", 1, None)])}}),
        ),
        (
            Route,
            "many/tcp",
            json!({"tcpRoute": {"match": {"port": 5432}, "timeout": {"idle": seconds(0)},
            "action": targets(&[("tcp", 0, None), ("several", 3, Some(82))])}}),
        ),
        (Route, "silent/tcp", json!({"tcpRoute": {"action": targets(&[("several", 0, Some(82))])}})),
        (VirtualService, "http.local", json!({"provider": {"virtualNode": {"virtualNodeName": "http"}}})),
        (VirtualService, "grpc.local", json!({"provider": {"virtualNode": {"virtualNodeName": "grpc"}}})),
        (VirtualService, "tcp.local", json!({"provider": {"virtualNode": {"virtualNodeName": "tcp"}}})),
        (
            VirtualService,
            "several.local",
            json!({"provider": {"virtualNode": {"virtualNodeName": "several"}}}),
        ),
        (VirtualService, "r.local", json!({"provider": {"virtualRouter": {"virtualRouterName": "r"}}})),
        (VirtualService, "many.local", json!({"provider": {"virtualRouter": {"virtualRouterName": "many"}}})),
        (
            VirtualService,
            "silent.local",
            json!({"provider": {"virtualRouter": {"virtualRouterName": "silent"}}}),
        ),
        (VirtualService, "none.local", json!({})),
        // Similar names: in another case, with a port, and one that is a host of a gateway.
        (VirtualService, "HTTP.LOCAL", json!({"provider": {"virtualNode": {"virtualNodeName": "http"}}})),
        (VirtualService, "http.local:80", json!({"provider": {"virtualNode": {"virtualNodeName": "http2"}}})),
        (
            VirtualService,
            "default_backend",
            json!({"provider": {"virtualNode": {"virtualNodeName": "http"}}}),
        ),
        (
            VirtualService,
            "*.amazonaws.com",
            json!({"provider": {"virtualNode": {"virtualNodeName": "http"}}}),
        ),
        (
            VirtualNode,
            "client",
            json!({
                "logging": logging,
                "backendDefaults": {"clientPolicy": policy(trust_file.clone(), json!({"enforce": false}))},
                "backends": [backend("http.local"), with("r.local", policy(trust_acm, json!({"ports": [80, 50051],
                    "certificate": {"sds": {"secretName": "client"}}}))), with("many.local", policy(trust_sds, json!({
                    "certificate": {"file": {"certificateChain": "/c", "privateKey": "/k"}}}))),
                    with("grpc.local", json!({})), backend("tcp.local"), backend("several.local"), backend("silent.local"),
                    backend("none.local"), backend("missing.local"), backend("HTTP.LOCAL"), backend("http.local:80"),
                    backend("default_backend"), backend("*.amazonaws.com")],
            }),
        ),
        (VirtualNode, "bare", json!({})),
        (
            VirtualGateway,
            "one",
            json!({"logging": logging,
            "backendDefaults": {"clientPolicy": policy(trust_file, json!({}))},
            "listeners": [{"portMapping": mapping(8080, "http"), "healthCheck": check("http"),
                "connectionPool": {"http": {"maxConnections": 9}}, "tls": tls(&file, "PERMISSIVE")}]}),
        ),
        (
            VirtualGateway,
            "three",
            json!({"listeners": [{"portMapping": mapping(8080, "http")},
            {"portMapping": mapping(8081, "http2"), "tls": tls(&acm, "STRICT")},
            {"portMapping": mapping(15001, "grpc")}]}),
        ),
        (
            GatewayRoute,
            "one/prefix",
            json!({"priority": 1, "httpRoute": {"match": {"prefix": "/a", "headers": headers,
            "hostname": {"exact": "shop.example.com"}, "method": "GET", "queryParameters": query},
            "action": to("http.local", json!({}))}}),
        ),
        (
            GatewayRoute,
            "one/folder",
            json!({"httpRoute": {"match": {"prefix": "/b/"},
            "action": to("r.local", rewrite(json!({"prefix": {"value": "/v/"}})))}}),
        ),
        (
            GatewayRoute,
            "one/kept",
            json!({"httpRoute": {"match": {"prefix": "/c"},
            "action": to("r.local", rewrite(json!({"hostname": keep, "prefix": {"defaultPrefix": "DISABLED"}})))}}),
        ),
        (
            GatewayRoute,
            "one/exact",
            json!({"httpRoute": {"match": {"path": {"exact": "/d"}},
            "action": to("default_backend", rewrite(json!({"path": {"exact": "/e\\1"}})))}}),
        ),
        (
            GatewayRoute,
            "one/regex",
            json!({"http2Route": {"match": {"path": {"regex": "/f/.*"},
            "hostname": {"suffix": ".example.com"}}, "action": to("HTTP.LOCAL", rewrite(json!({"hostname": keep})))}}),
        ),
        (
            GatewayRoute,
            "one/grpc",
            json!({"grpcRoute": {"match": {"serviceName": "p.S", "metadata": headers,
            "hostname": {"exact": "g"}}, "action": to("grpc.local", rewrite(json!({"hostname": keep})))}}),
        ),
        (
            GatewayRoute,
            "one/none",
            json!({"httpRoute": {"match": {"prefix": "/"}, "action": to("none.local", json!({}))}}),
        ),
        (
            GatewayRoute,
            "three/a",
            json!({"httpRoute": {"match": {"port": 8080}, "action": {"target": {
            "port": 80, "virtualService": {"virtualServiceName": "many.local"}}}}}),
        ),
        (
            GatewayRoute,
            "three/b",
            json!({"http2Route": {"match": {"port": 8081, "prefix": "/"}, "action": {"target": {
            "port": 81, "virtualService": {"virtualServiceName": "several.local"}}}}}),
        ),
    ])
}
