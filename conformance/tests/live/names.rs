//! Names and ports: the results of curl within a task, with its own DNS lookups and the ports of URLs.
//!
//! Requests are sent to an address that no task has: by the name of a virtual service, by the address itself, or by a
//! name without a record. The filter chain that responds, and its response, must match the prediction of `traffic`.

use std::{
    net::{SocketAddr, TcpStream},
    rc::Rc,
    time::{Duration, Instant},
};

use mesh_playground::{
    control_plane::Mesh,
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance},
    model::{HttpScheme, Key, Kind, TextMap},
    traffic::{Client, Egress, End, Event, Request, simulate},
    world::World,
};
use serde_json::{Value, json};

use crate::{
    meshes,
    network::{Redirected, SERVICE, Task},
    proxy,
    table::config,
};

/// The nodes of a mesh in their order as backends, each with its listeners.
type Nodes = &'static [(&'static str, &'static [(u16, &'static str)])];

const MESHES: [Nodes; 7] = [
    &[("one", &[(8080, "http")])],
    &[("one", &[(80, "http"), (443, "tcp")])],
    &[("one", &[(443, "tcp"), (80, "http")])],
    &[("one", &[(80, "tcp")]), ("two", &[(80, "tcp")])],
    &[("two", &[(80, "tcp")]), ("one", &[(80, "tcp")])],
    &[("one", &[(80, "tcp")]), ("two", &[(80, "http")])],
    &[("two", &[(80, "http")]), ("one", &[(80, "tcp")])],
];

/// Each request: a URL, and the host header if it differs from the URL.
const URLS: [(&str, &str); 17] = [
    ("http://one.names.local/", ""),
    ("http://one.names.local:80/", ""),
    ("http://one.names.local:8080/", ""),
    ("http://ONE.names.local/", ""),
    ("https://one.names.local/", ""),
    ("https://one.names.local:443/", ""),
    ("https://one.names.local:80/", ""),
    ("https://one.names.local:8080/", ""),
    ("http://two.names.local/", ""),
    ("http://missing.names.local/", ""),
    ("https://missing.names.local/", ""),
    ("http://10.99.0.1/", ""),
    ("http://10.99.0.1:8080/", ""),
    ("http://10.99.0.1:81/", ""),
    ("http://10.99.0.1:8080/", "one.names.local:8080"),
    // Always allowed, but only with TLS.
    ("http://s3.amazonaws.com/", ""),
    ("http://s3.amazonaws.com:8080/", ""),
];

/// Returns the existing DNS records.
pub fn records() -> Environment {
    let mut environment = Environment::default();
    for host in ["one.names.local", "two.names.local", "s3.amazonaws.com"] {
        let records = DnsRecords { a: vec![SERVICE], aaaa: Vec::new() };
        environment.dns.insert(host.into(), Rc::new(records));
    }
    environment
}

fn world(filter: &str, nodes: Nodes, tasks: &[(&str, &Task)]) -> World {
    let mut resources = vec![(Kind::Mesh, "m".to_owned(), json!({"egressFilter": {"type": filter}}))];
    let mut environment = records();
    for (name, listeners) in nodes {
        let mapping =
            |(port, protocol): &(u16, &str)| json!({"portMapping": {"port": port, "protocol": protocol}});
        let listeners: Vec<Value> = listeners.iter().map(mapping).collect();
        let discovery = json!({"awsCloudMap": {"namespaceName": "names", "serviceName": name}});
        let spec = json!({"listeners": listeners, "serviceDiscovery": discovery});
        resources.push((Kind::VirtualNode, (*name).to_owned(), spec));
        let spec = json!({"provider": {"virtualNode": {"virtualNodeName": name}}});
        resources.push((Kind::VirtualService, format!("{name}.names.local"), spec));
        let (_, task) = tasks.iter().find(|(task, _)| task == name).unwrap();
        let instance =
            Instance { id: "i".into(), ipv4: Some(task.ipv4), ipv6: None, attributes: TextMap::new() };
        let service = CloudMapService { namespace: "names".into(), service: (*name).into() };
        environment.cloud_map.insert(service, Rc::new(vec![instance]));
        let task = mesh_playground::environment::Task::new(Some(task.ipv4), None, Families::V4);
        environment.tasks.insert((*name).into(), Rc::new(task));
    }
    let provider = json!({"virtualNode": {"virtualNodeName": nodes[0].0}});
    resources.push((Kind::VirtualService, "missing.names.local".to_owned(), json!({"provider": provider})));
    let services = nodes.iter().map(|(name, _)| format!("{name}.names.local"));
    let backends = services.chain(["missing.names.local".to_owned()]);
    let backends: Vec<_> =
        backends.map(|name| json!({"virtualService": {"virtualServiceName": name}})).collect();
    resources.push((Kind::VirtualNode, "client".to_owned(), json!({"backends": backends})));
    let resources: Vec<_> =
        resources.iter().map(|(kind, name, spec)| (*kind, name.as_str(), spec.clone())).collect();
    let mut world = meshes::world(&resources);
    world.environment = Rc::new(environment);
    world
}

/// Returns the prediction for curl: its exit status, the HTTP status, and the node that responds. A reset has two
/// possible exit statuses.
fn foretold(environment: &Environment, mesh: &Mesh, (url, host): (&str, &str)) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let scheme = if scheme == "https" { HttpScheme::Https } else { HttpScheme::Http };
    let authority = rest.trim_end_matches('/');
    let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
    let usual = if scheme == HttpScheme::Https { 443 } else { 80 };
    let port = port.parse().unwrap_or(usual);
    let client = Client::Node { node: "client".into(), service: name.into() };
    let mut request = Request { scheme, port: Some(port), ..Request::get(client, "/") };
    let authority = if port == usual { name } else { authority };
    request.host = Some(if host.is_empty() { authority } else { host }.into());
    let found = simulate(environment, mesh, &request, 1);
    let is_dropped = found.events.iter().any(|event| matches!(event, Event::Egress(Egress::Dropped { .. })));
    match found.end {
        End::Unresolved => "6".to_owned(),
        End::Refused => "7".to_owned(),
        End::Closed if scheme == HttpScheme::Https && is_dropped => "35 reset".to_owned(),
        End::Closed if scheme == HttpScheme::Https => "35 wrong version".to_owned(),
        End::Closed => "52 or 56".to_owned(),
        End::EnvoyAnswered => format!("0 {} ", found.status().unwrap()),
        // The server in this test uses TLS on port 443 only; the simulation assumes that an application uses the
        // client's protocol.
        End::Answered if scheme == HttpScheme::Https && port != 443 => "35 wrong version".to_owned(),
        End::Answered => format!("0 200 {}", found.service.unwrap().node),
    }
}

/// Returns the result that curl observes.
fn seen(client: &Task, (url, host): (&str, &str)) -> String {
    let header = format!("Host: {host}");
    let mut arguments = vec!["-sSk", "-m", "20", "-w", "\n%{http_code} %{exitcode}", url];
    if !host.is_empty() {
        arguments.extend(["-H", &header]);
    }
    let output = client.output("curl", &arguments);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let (body, codes) = stdout.rsplit_once('\n').unwrap_or(("", &stdout));
    let (status, code) = codes.split_once(' ').unwrap_or(("", codes));
    match code {
        "0" => format!("0 {status} {body}"),
        "52" | "56" => "52 or 56".to_owned(),
        "35" if stderr.contains("wrong version") => "35 wrong version".to_owned(),
        "35" => "35 reset".to_owned(),
        "6" | "7" => code.to_owned(),
        other => format!("{other}: {stderr}"),
    }
}

/// Starts two applications, and a client for each mesh and filter, and compares the results.
pub fn prove(folder: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/application.py");
    let mut one = Task::new(120, Redirected::Nothing);
    let mut two = Task::new(121, Redirected::Nothing);
    for (task, name) in [(&mut one, "one"), (&mut two, "two")] {
        let ports = ["80", "8080", "443/tls"];
        task.start("python3", &[&[script, name, proxy::CERTIFICATE, proxy::KEY][..], &ports].concat());
    }
    let tasks = [("one", &one), ("two", &two)];
    let mut clients = Vec::new();
    let cases = MESHES.iter().flat_map(|nodes| ["DROP_ALL", "ALLOW_ALL"].map(|filter| (filter, *nodes)));
    for ((filter, nodes), number) in cases.zip(122..) {
        let world = world(filter, nodes, &tasks);
        let folder = format!("{folder}/names-{number}");
        std::fs::create_dir_all(&folder).unwrap();
        let (id, mesh) = world.control_plane.meshes().next().unwrap();
        let key = Key::new(Kind::VirtualNode, "client");
        let file = config(&world.environment, id, mesh, &key, &folder);
        let mut client = Task::new(number, Redirected::All);
        client.start_envoy(&file);
        clients.push((format!("{filter} {nodes:?}"), world, client));
    }
    clients.iter().for_each(|(.., client)| client.wait_for_envoy());
    for (_, task) in tasks {
        let until = Instant::now() + Duration::from_secs(30);
        for port in [80, 8080, 443] {
            let address = SocketAddr::from((task.ipv4, port));
            while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
                assert!(Instant::now() < until, "the application at {address} does not start");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    let (mut count, mut differences) = (0, Vec::new());
    for (what, world, client) in &clients {
        let (_, mesh) = world.control_plane.meshes().next().unwrap();
        for url in URLS {
            let (expected, found) = (foretold(&world.environment, mesh, url), seen(client, url));
            count += 1;
            if found != expected {
                differences.push(format!("{what} {url:?}: expected {expected:?}, seen {found:?}"));
            }
        }
    }
    println!("{count} names and ports, {} differ", differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
