//! The measured calls, the same for every runner.

use mesh_playground::{
    api::{self, Request},
    playground::Playground,
};
use serde_json::{Value, json};

/// Builds an API request; `path` is the part after the API version.
pub fn request(method: &str, path: &str, body: &Value) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method: method.to_owned(),
        path: format!("/v20190125{path}"),
        query: query.to_owned(),
        headers: Vec::new(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    }
}

/// Returns the spec of a virtual node.
pub fn node(i: usize, port: u16) -> Value {
    json!({
        "listeners": [{"portMapping": {"port": port, "protocol": "http"},
            "healthCheck": {"healthyThreshold": 2, "intervalMillis": 5000, "timeoutMillis": 2000,
                "unhealthyThreshold": 2, "path": "/ping", "protocol": "http"}}],
        "serviceDiscovery": {"dns": {"hostname": format!("node-{i}.local")}},
    })
}

/// Returns 1,000 calls: 4 on a mesh, then 124 rounds that create, read, change and list a node, and create and read a
/// router and a route, then 4 that delete a route.
///
/// Virtual services and gateways are omitted: moto, which receives the same calls, does not implement all of them.
pub fn calls() -> Vec<Request> {
    let mut calls = vec![
        request(
            "PUT",
            "/meshes",
            &json!({"meshName": "bench", "spec": {"egressFilter": {"type": "ALLOW_ALL"}}}),
        ),
        request("GET", "/meshes/bench", &Value::Null),
        request("GET", "/meshes?limit=10", &Value::Null),
        request("PUT", "/meshes/bench", &json!({"spec": {"egressFilter": {"type": "DROP_ALL"}}})),
    ];
    for i in 0..124 {
        let (nodes, routers) = ("/meshes/bench/virtualNodes", "/meshes/bench/virtualRouters");
        let routes = format!("/meshes/bench/virtualRouter/router-{i}/routes");
        let route = json!({"httpRoute": {"match": {"prefix": "/"},
            "action": {"weightedTargets": [{"virtualNode": format!("node-{i}"), "weight": 100}]}}});
        let listeners = json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]});
        calls.extend([
            request("PUT", nodes, &json!({"virtualNodeName": format!("node-{i}"), "spec": node(i, 80)})),
            request("GET", &format!("{nodes}/node-{i}"), &Value::Null),
            request("PUT", &format!("{nodes}/node-{i}"), &json!({"spec": node(i, 8080)})),
            request("GET", &format!("{nodes}?limit=10"), &Value::Null),
            request("PUT", routers, &json!({"virtualRouterName": format!("router-{i}"), "spec": listeners})),
            request("GET", &format!("{routers}/router-{i}"), &Value::Null),
            request("PUT", &routes, &json!({"routeName": "route", "spec": route})),
            request("GET", &format!("{routes}/route"), &Value::Null),
        ]);
    }
    assert_eq!(calls.len(), 996);
    for i in 0..4 {
        calls.push(request(
            "DELETE",
            &format!("/meshes/bench/virtualRouter/router-{i}/routes/route"),
            &Value::Null,
        ));
    }
    calls
}

/// Runs the script in a new playground. Returns the number of successful calls.
pub fn run(calls: &[Request]) -> usize {
    let Some(mut playground) = Playground::empty() else { return 0 };
    calls.iter().filter(|call| api::handle(&mut playground, (*call).clone()).status == 200).count()
}
