//! Samples of each specification, which together have every member.

use serde_json::{Value, json};

/// Parses `"1s"` or `"250ms"` into a duration.
fn time(text: &str) -> Value {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap();
    json!({"unit": text[end..], "value": text[..end].parse::<u64>().unwrap()})
}

pub(super) fn client_policy(certificate: Value, trust: Value) -> Value {
    json!({"tls": {
        "certificate": certificate,
        "enforce": false,
        "ports": [443, 8443],
        "validation": {
            "subjectAlternativeNames": {"match": {"exact": ["a.local", "spiffe://b"]}},
            "trust": trust,
        },
    }})
}

fn file() -> Value {
    json!({"file": {"certificateChain": "/c.pem", "privateKey": "/k.pem"}})
}

pub(super) fn sds() -> Value {
    json!({"sds": {"secretName": "s"}})
}

pub(super) fn client_policies() -> [Value; 2] {
    let ca = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1";
    [
        client_policy(file(), json!({"acm": {"certificateAuthorityArns": [ca, ca, ca]}})),
        client_policy(sds(), json!({"file": {"certificateChain": "/ca.pem"}})),
    ]
}

/// Returns settings with one of each certificate, trust and mode.
fn listener_tls() -> [Value; 3] {
    let acm = json!({"acm": {"certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}});
    let names = json!({"match": {"exact": ["a.local"]}});
    [
        json!({"certificate": acm, "mode": "STRICT"}),
        json!({"certificate": file(), "mode": "PERMISSIVE", "validation": {"trust": sds()}}),
        json!({"certificate": sds(), "mode": "DISABLED", "validation": {
            "subjectAlternativeNames": names, "trust": {"file": {"certificateChain": "/ca.pem"}},
        }}),
    ]
}

fn health_check(protocol: &str) -> Value {
    json!({
        "healthyThreshold": 2, "intervalMillis": 5000, "path": "/ping", "port": 80, "protocol": protocol,
        "timeoutMillis": 60000, "unhealthyThreshold": 10,
    })
}

fn header_matches() -> Value {
    json!([
        {"name": "a", "invert": true, "match": {"exact": "x"}},
        {"name": "b", "invert": false, "match": {"prefix": "x"}},
        {"name": "c", "match": {"range": {"start": -5, "end": 9}}},
        {"name": "d", "match": {"regex": "x+"}},
        {"name": "e", "match": {"suffix": "x"}},
        {"name": "f"},
    ])
}

/// The service does not accept both members; the shape does.
fn path() -> Value {
    json!({"exact": "/a", "regex": "/.*"})
}

fn query_parameters() -> Value {
    json!([{"name": "p", "match": {"exact": "1"}}, {"name": "q", "match": {}}, {"name": "r"}])
}

pub(super) fn virtual_node() -> Value {
    let [defaults, of_backend] = client_policies();
    let [acm, file, sds] = listener_tls();
    json!({
        "backendDefaults": {"clientPolicy": defaults},
        "backends": [
            {"virtualService": {"virtualServiceName": "b.local", "clientPolicy": of_backend}},
            {"virtualService": {"virtualServiceName": "c.local"}},
        ],
        "listeners": [
            {
                "connectionPool": {"http": {"maxConnections": 1, "maxPendingRequests": 2147483647}},
                "healthCheck": health_check("http"),
                "outlierDetection": {
                    "baseEjectionDuration": time("30s"), "interval": time("10s"), "maxEjectionPercent": 50,
                    "maxServerErrors": 5,
                },
                "portMapping": {"port": 80, "protocol": "http"},
                "timeout": {"http": {"idle": time("300s"), "perRequest": time("250ms")}},
                "tls": acm,
            },
            {
                "connectionPool": {"http2": {"maxRequests": 1}},
                "portMapping": {"port": 81, "protocol": "http2"},
                "timeout": {"http2": {"idle": time("9s"), "perRequest": time("0s")}},
                "tls": file,
            },
            {
                "connectionPool": {"grpc": {"maxRequests": 1}},
                "portMapping": {"port": 1, "protocol": "grpc"},
                "timeout": {"grpc": {"idle": time("9s"), "perRequest": time("0s")}},
                "tls": sds,
            },
            {
                "connectionPool": {"tcp": {"maxConnections": 1}},
                "portMapping": {"port": 65535, "protocol": "tcp"},
                "timeout": {"tcp": {"idle": time("1s")}},
            },
            {"portMapping": {"port": 83, "protocol": "http"}, "timeout": {"http": {"idle": {}}}},
        ],
        "logging": {"accessLog": {"file": {"format": {"text": "%START_TIME%"}, "path": "/dev/stdout"}}},
        "serviceDiscovery": {"awsCloudMap": {
            "attributes": [{"key": "stage~1", "value": "blue green"}, {"key": "!", "value": "x"}],
            "ipPreference": "IPv6_PREFERRED",
            "namespaceName": "n",
            "serviceName": "s",
        }},
    })
}

pub(super) fn virtual_gateway() -> Value {
    let [defaults, _] = client_policies();
    let [acm, file, sds] = listener_tls();
    json!({
        "backendDefaults": {"clientPolicy": defaults},
        "listeners": [
            {
                "connectionPool": {"http": {"maxConnections": 7, "maxPendingRequests": 9}},
                "healthCheck": health_check("http2"),
                "portMapping": {"port": 80, "protocol": "http"},
                "tls": acm,
            },
            {
                "connectionPool": {"http2": {"maxRequests": 1}},
                "portMapping": {"port": 81, "protocol": "http2"},
                "tls": file,
            },
            {
                "connectionPool": {"grpc": {"maxRequests": 1}},
                "portMapping": {"port": 82, "protocol": "grpc"},
                "tls": sds,
            },
        ],
        "logging": {"accessLog": {"file": {
            "format": {"json": [{"key": "time", "value": "%START_TIME%"}]}, "path": "/var/log/envoy",
        }}},
    })
}

pub(super) fn route() -> Value {
    let targets = json!({"weightedTargets": [
        {"port": 80, "virtualNode": "a", "weight": 0}, {"virtualNode": "b", "weight": 100},
    ]});
    let http = json!({
        "action": targets,
        "match": {
            "headers": header_matches(), "method": "PATCH", "path": path(), "port": 80, "prefix": "/",
            "queryParameters": query_parameters(), "scheme": "https",
        },
        "retryPolicy": {
            "httpRetryEvents": ["server-error", "gateway-error"], "maxRetries": 0,
            "perRetryTimeout": time("2s"), "tcpRetryEvents": ["connection-error"],
        },
        "timeout": {"idle": time("9s"), "perRequest": time("3s")},
    });
    json!({
        "grpcRoute": {
            "action": targets,
            "match": {"metadata": header_matches(), "methodName": "Get", "port": 80, "serviceName": "p.S"},
            "retryPolicy": {
                "grpcRetryEvents":
                    ["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"],
                "httpRetryEvents": ["stream-error"], "maxRetries": 3, "perRetryTimeout": time("2s"),
                "tcpRetryEvents": ["connection-error"],
            },
            "timeout": {"idle": time("9s"), "perRequest": time("3s")},
        },
        "http2Route": http,
        "httpRoute": http,
        "priority": 1000,
        "tcpRoute": {"action": targets, "match": {"port": 80}, "timeout": {"idle": time("9s")}},
    })
}

pub(super) fn gateway_route() -> Value {
    let target = json!({"port": 80, "virtualService": {"virtualServiceName": "s.local"}});
    let hostname = json!({"exact": "a.example", "suffix": ".example"});
    let http = json!({
        "action": {
            "rewrite": {
                "hostname": {"defaultTargetHostname": "DISABLED"},
                "path": {"exact": "/new"},
                "prefix": {"defaultPrefix": "ENABLED", "value": "/new/"},
            },
            "target": target,
        },
        "match": {
            "headers": header_matches(), "hostname": hostname, "method": "GET", "path": path(), "port": 80,
            "prefix": "/", "queryParameters": query_parameters(),
        },
    });
    json!({
        "grpcRoute": {
            "action": {"rewrite": {"hostname": {"defaultTargetHostname": "ENABLED"}}, "target": target},
            "match": {"hostname": hostname, "metadata": header_matches(), "port": 80, "serviceName": "p.S"},
        },
        "http2Route": http,
        "httpRoute": http,
        "priority": 0,
    })
}
