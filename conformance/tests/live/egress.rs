//! Outbound requests of a node, with each egress filter: to a backend, to another host on a backend's port, and to
//! another port.

use std::{net::SocketAddr, rc::Rc};

use mesh_playground::{
    environment::Environment,
    model::{Key, Kind},
    world::World,
};
use serde_json::{Value, json};

use crate::{
    meshes,
    network::{Redirected, Task},
    table::config,
};

/// Filter and protocol of the only backend; then the responses for: the backend's host on its port, another host there,
/// another port. All three are sent to the address of a task outside the mesh: docs/facts/envoy.md#egress. According to
/// the user guide, a node with a backend has no other outbound path under `ALLOW_ALL`.
const CASES: [(&str, &str, [&str; 3]); 6] = [
    ("DROP_ALL", "", ["none", "none", "none"]),
    ("ALLOW_ALL", "", ["200 IPv4 stranger", "200 IPv4 stranger", "200 IPv4 stranger"]),
    ("DROP_ALL", "http", ["200 IPv4 backend", "404 ", "none"]),
    ("ALLOW_ALL", "http", ["200 IPv4 backend", "404 ", "none"]),
    ("DROP_ALL", "tcp", ["200 IPv4 backend", "200 IPv4 backend", "none"]),
    ("ALLOW_ALL", "tcp", ["200 IPv4 backend", "200 IPv4 backend", "none"]),
];

fn world(filter: &str, protocol: &str, backend: &Task) -> World {
    let listens = |protocol: &str| json!([{"portMapping": {"port": 9080, "protocol": protocol}}]);
    let node = |protocol: &str| {
        json!({"listeners": listens(protocol), "serviceDiscovery": {"awsCloudMap": {
            "namespaceName": "local", "serviceName": "backend"}}})
    };
    let backends: Vec<Value> = match protocol {
        "" => Vec::new(),
        protocol => vec![json!({"virtualService": {"virtualServiceName": format!("{protocol}.svc")}})],
    };
    let provider = |node: &str| json!({"provider": {"virtualNode": {"virtualNodeName": node}}});
    let mut world = meshes::world(&[
        (Kind::Mesh, "m", json!({"egressFilter": {"type": filter}})),
        (Kind::VirtualNode, "http", node("http")),
        (Kind::VirtualNode, "tcp", node("tcp")),
        (Kind::VirtualService, "http.svc", provider("http")),
        (Kind::VirtualService, "tcp.svc", provider("tcp")),
        (Kind::VirtualNode, "client", json!({"backends": backends})),
    ]);
    let mut environment = Environment::clone(&world.environment);
    for (_, instances) in environment.cloud_map.iter_mut() {
        let instances = Rc::make_mut(instances);
        instances.truncate(1);
        instances[0].ipv4 = Some(backend.ipv4);
    }
    world.environment = Rc::new(environment);
    world
}

/// Starts a client for each case, a backend for each protocol and a task outside the mesh, and compares the results.
pub fn prove(folder: &str) {
    let mut stranger = Task::new(100, Redirected::Nothing);
    stranger.start_application("4", " stranger");
    let mut backends = [Task::new(101, Redirected::In), Task::new(102, Redirected::In)];
    let mut clients = Vec::new();
    for ((filter, protocol, _), number) in CASES.iter().zip(103..) {
        let place = usize::from(*protocol == "tcp");
        let world = world(filter, protocol, &backends[place]);
        let (id, mesh) = world.control_plane.meshes().next().unwrap();
        let folder = format!("{folder}/{filter}-{protocol}");
        std::fs::create_dir_all(&folder).unwrap();
        let file =
            |name: &str| config(&world.environment, id, mesh, &Key::new(Kind::VirtualNode, name), &folder);
        if *filter == "DROP_ALL" && !protocol.is_empty() {
            backends[place].start_application("4", " backend");
            backends[place].start_envoy(&file(protocol));
        }
        let mut client = Task::new(number, Redirected::Behind(stranger.ipv4));
        client.start_envoy(&file("client"));
        clients.push(client);
    }
    backends.iter().chain(&clients).for_each(Task::wait_for_envoy);
    let mut differences = Vec::new();
    for ((filter, protocol, expected), client) in CASES.iter().zip(&clients) {
        let requests = [
            (format!("{protocol}.svc"), 9080),
            ("other.example".to_owned(), 9080),
            ("other.example".to_owned(), 9081),
        ];
        let requests = requests
            .iter()
            .zip(0..)
            .map(|((host, port), i)| format!("{i} {} {host} /", SocketAddr::from((stranger.ipv4, *port))));
        let answers = client.request_all(&requests.collect::<Vec<_>>());
        // A connection that closes without a response can do so with different messages.
        let told =
            answers.iter().map(|(_, told)| if told.starts_with("none") { "none" } else { told.as_str() });
        let told: Vec<_> = told.collect();
        if told != expected {
            differences.push(format!("{filter} {protocol}: expected {expected:?}, seen {answers:?}"));
        }
    }
    println!("{} ways out, {} differ", CASES.len() * 3, differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
