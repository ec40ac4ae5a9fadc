//! The counters of the admin port: requests change the same counters in real Envoys and in `Counters`.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpStream},
    rc::Rc,
};

use mesh_playground::{
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance},
    model::{Key, Kind, TextMap},
    traffic::{Client, Counters, Request, simulate},
};
use serde_json::json;

use crate::{
    meshes,
    network::{Redirected, SERVICE, Task},
    table::config,
};

/// Counters that are not compared because they are not simulated: bytes, closed connections of applications and
/// clients, and Envoy's statistics of its own work.
const IGNORED: [&str; 16] = [
    "bytes",
    "worker_0",
    "_active",
    "_destroy",
    "close_notify",
    "assignment",
    "update_",
    "membership",
    "lb_",
    "length_ms",
    "rq_time",
    "max_host_weight",
    "response_before_rq_complete",
    "connections_accepted",
    "retry_backoff",
    "default.total_match_count",
];

/// Returns the compared counters of an Envoy, without those at zero.
fn measured(task: &Task) -> BTreeMap<String, u64> {
    let output = task.output("curl", &["-s", "http://127.0.0.1:9901/stats"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    kept(lines.filter_map(|(name, value)| Some((name.to_owned(), value.trim().parse().ok()?))))
}

fn kept(values: impl Iterator<Item = (String, u64)>) -> BTreeMap<String, u64> {
    let starts = [
        "cluster.cds_",
        "http.egress",
        "http.ingress",
        "listener.",
        "tcp.egress",
        "tcp.ingress",
        "tls_inspector",
    ];
    let is_kept = |name: &str| {
        starts.iter().any(|start| name.starts_with(start))
            && !name.starts_with("listener.admin")
            && !IGNORED.iter().any(|ignored| name.contains(ignored))
            // The applications in this test close each connection.
            && !(name.starts_with("cluster.cds_ingress") && (name.contains("upstream_cx_") || name.contains("_pending_")))
    };
    values.filter(|(name, value)| *value > 0 && is_kept(name)).collect()
}

/// Compares one client and five nodes: one that responds, one whose application does not respond, one that refuses the
/// connection, one without a host, and one that uses TCP.
pub fn prove(folder: &str) {
    let folder = format!("{folder}/admin");
    std::fs::create_dir_all(&folder).unwrap();
    let nodes = ["fine", "silent", "refused", "nobody", "bytes"];
    let node = |name: &str| {
        let protocol = if name == "bytes" { "tcp" } else { "http" };
        let port = if name == "bytes" { 9081 } else { 9080 };
        json!({"listeners": [{"portMapping": {"port": port, "protocol": protocol}}],
            "serviceDiscovery": {"awsCloudMap": {"namespaceName": "admin", "serviceName": name}}})
    };
    let mut resources = vec![(Kind::Mesh, "m".to_owned(), json!({}))];
    for name in nodes {
        resources.push((Kind::VirtualNode, name.to_owned(), node(name)));
        let provider = json!({"provider": {"virtualNode": {"virtualNodeName": name}}});
        resources.push((Kind::VirtualService, format!("{name}.svc"), provider));
    }
    let backends: Vec<_> = nodes
        .iter()
        .map(|name| json!({"virtualService": {"virtualServiceName": format!("{name}.svc")}}))
        .collect();
    resources.push((Kind::VirtualNode, "client".to_owned(), json!({"backends": backends})));
    let resources: Vec<_> =
        resources.iter().map(|(kind, name, spec)| (*kind, name.as_str(), spec.clone())).collect();
    let mut world = meshes::world(&resources);
    let mut fine = Task::new(150, Redirected::In);
    let mut silent = Task::new(151, Redirected::In);
    let mut bytes = Task::new(152, Redirected::Nothing);
    let mut client = Task::new(153, Redirected::All);
    let mut environment = Environment::default();
    for (name, task, families) in
        [("fine", &fine, Families::V4), ("silent", &silent, Families::V6), ("bytes", &bytes, Families::V4)]
    {
        let task = mesh_playground::environment::Task::new(Some(task.ipv4), Some(task.ipv6), families);
        environment.tasks.insert(name.into(), Rc::new(task));
    }
    for (name, ipv4, ipv6) in [
        ("fine", Some(fine.ipv4), None),
        ("silent", Some(silent.ipv4), None),
        ("refused", None, Some(fine.ipv6)),
        ("nobody", None, None),
        ("bytes", Some(bytes.ipv4), None),
    ] {
        let service = CloudMapService { namespace: "admin".into(), service: name.into() };
        let instance = Instance { id: "i".into(), ipv4, ipv6, attributes: TextMap::new() };
        environment.cloud_map.insert(service, Rc::new(vec![instance]));
        let records = DnsRecords { a: vec![SERVICE], aaaa: Vec::new() };
        environment.dns.insert(format!("{name}.svc").into(), Rc::new(records));
    }
    environment.dns.insert("other.svc".into(), Rc::new(DnsRecords { a: vec![SERVICE], aaaa: Vec::new() }));
    world.environment = Rc::new(environment);
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    let file = |name: &str| config(&world.environment, id, mesh, &Key::new(Kind::VirtualNode, name), &folder);
    fine.start_application("4", "");
    silent.start_application("6", "");
    bytes.start_application("4", "");
    fine.start_envoy(&file("fine"));
    silent.start_envoy(&file("silent"));
    client.start_envoy(&file("client"));
    [&fine, &silent, &client].into_iter().for_each(Task::wait_for_envoy);
    // The applications start in parallel; an open port shows that they run.
    while TcpStream::connect(SocketAddr::from((bytes.ipv4, 9081))).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let mut counters = Counters::default();
    let asked = [
        ("fine.svc", 9080),
        ("fine.svc", 9080),
        ("other.svc", 9080),
        ("fine.svc", 9080),
        ("silent.svc", 9080),
        ("silent.svc", 9080),
        ("refused.svc", 9080),
        ("nobody.svc", 9080),
        ("fine.svc", 9999),
        ("bytes.svc", 9081),
        ("bytes.svc", 9081),
    ];
    let mut lines = Vec::new();
    for ((host, port), number) in asked.iter().zip(0..) {
        lines.push(format!("{number} {} {host} /", SocketAddr::from((SERVICE, *port))));
        let sender = Client::Node { node: "client".into(), service: (*host).into() };
        let request = Request { port: Some(i64::from(*port)), ..Request::get(sender, "/") };
        let outcome = simulate(&world.environment, mesh, &request, 1);
        counters.count(id, mesh, &request, &outcome);
    }
    let answers = client.request_all(&lines);
    let mut differences = Vec::new();
    for (name, task) in [("client", &client), ("fine", &fine), ("silent", &silent)] {
        let found = measured(task);
        let key = Key::new(Kind::VirtualNode, name);
        let counted = kept(counters.of(id, &key).map(|(name, value)| (name.to_owned(), value)));
        println!("{} counters of {name}", found.len());
        assert!(found.len() > 10, "{found:?}");
        for counter in found.keys().chain(counted.keys()) {
            let (real, ours) = (found.get(counter), counted.get(counter));
            if real != ours {
                differences.push(format!("{name} {counter}: Envoy {real:?}, counted {ours:?}"));
            }
        }
    }
    differences.sort();
    differences.dedup();
    assert!(differences.is_empty(), "{}\n{answers:?}", differences.join("\n"));
}
