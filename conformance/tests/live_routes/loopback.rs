//! Two Envoys on loopback: one with the generated configuration, one in place of all applications.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use mesh_playground::{
    control_plane::Mesh,
    environment::Environment,
    envoy,
    model::{Key, Kind, MeshId},
    traffic::{Client, Protocol, Request},
};
use serde_json::{Value, json};

/// Ports that were free when they were reserved.
pub struct Ports {
    /// Port of each application, which has a separate address.
    pub app: u16,
    /// Ports of the gateway's two listeners.
    pub gateway: [u16; 2],
    /// Ports of the virtual router's two listeners.
    pub router: [u16; 2],
    /// Port that replaces 15001 of the gateway.
    egress: u16,
    /// Port of the node's outbound listener, in addition to the ports of its backends.
    node: u16,
    admin: [u16; 3],
}

/// The response, and the request as seen by the application, which reports it in headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub grpc_status: Option<u8>,
    pub node: Option<String>,
    pub path: Option<String>,
    pub host: Option<String>,
}

/// The Envoys; dropping it stops them.
pub struct Loopback {
    envoys: Vec<Child>,
    gateway: u16,
    router: u16,
}

pub fn free_ports() -> Ports {
    // Holds all ports at once, so that none is returned twice.
    let held: Vec<_> = (0..10).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let port = |at: usize| held[at].local_addr().unwrap().port();
    Ports {
        app: port(0),
        gateway: [port(1), port(2)],
        router: [port(3), port(4)],
        egress: port(5),
        node: port(6),
        admin: [port(7), port(8), port(9)],
    }
}

impl Loopback {
    pub fn start(program: &Path, environment: &Environment, id: &MeshId, mesh: &Mesh, ports: &Ports) -> Self {
        let config = |kind, name: &str| {
            let config = envoy::bootstrap(environment, id, mesh, &Key::new(kind, name)).unwrap();
            serde_json::from_str(&envoy::to_json(&config.tree())).unwrap()
        };
        let mut gateway = config(Kind::VirtualGateway, "g");
        let mut node = config(Kind::VirtualNode, "client");
        on_loopback(&mut gateway, ports.admin[0], ports.egress, &[]);
        on_loopback(&mut node, ports.admin[1], ports.node, &[ports.app, ports.router[0], ports.router[1]]);
        let all = [gateway, node, applications(ports)];
        let envoys = all.iter().zip(ports.admin).map(|(config, admin)| start(program, config, admin));
        Self { envoys: envoys.collect(), gateway: ports.gateway[0], router: ports.router[0] }
    }

    /// Sends a request as its client would: to the gateway, or to the port where the node's own Envoy intercepts it.
    ///
    /// gRPC is sent over HTTP/1.1: Envoy recognizes it by its content type, regardless of the HTTP version (measured).
    pub fn send(&self, request: &Request) -> Answer {
        let default = match request.client {
            Client::Gateway(_) => self.gateway,
            Client::Node { .. } => self.router,
        };
        let port = request.port.map_or(default, |port| u16::try_from(port).unwrap());
        let (method, path) = match &request.protocol {
            Protocol::Grpc { service, method } => ("POST", format!("/{service}/{method}")),
            _ => (request.method.as_str(), request.path.clone()),
        };
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", request.authority());
        if request.is_grpc() {
            text += "content-type: application/grpc\r\nte: trailers\r\n";
        }
        if method != "GET" {
            text += "content-length: 0\r\n";
        }
        for (name, value) in &request.headers {
            text += &format!("{name}: {value}\r\n");
        }
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return Answer::none() };
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        // The headers are sufficient; after a local reply, Envoy leaves the connection open for another second.
        while !answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            match stream.read(&mut part) {
                // A closed or reset connection ends the response.
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&part[..count]),
            }
        }
        Answer::read(&String::from_utf8_lossy(&answer))
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        for envoy in &mut self.envoys {
            let _ = envoy.kill();
            let _ = envoy.wait();
        }
    }
}

impl Answer {
    const fn none() -> Self {
        Self { status: 0, grpc_status: None, node: None, path: None, host: None }
    }

    fn read(text: &str) -> Self {
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let header = |name: &str| {
            let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            let mut found = lines.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
            found.next()
        };
        let node = header("x-node");
        // The Envoy in place of the applications does not support gRPC, and its gRPC status says so; ignore it.
        let grpc = header("grpc-status").filter(|_| node.is_none());
        Self {
            status,
            grpc_status: grpc.and_then(|status| status.parse().ok()),
            node,
            path: header("x-path"),
            host: header("x-host"),
        }
    }
}

/// Changes only the addresses on which Envoy listens; routes, clusters and endpoints stay.
///
/// The admin port is replaced with a free one. `own` replaces 15001 in the listener, in its filter chain, and in the
/// endpoint through which a gateway reaches itself. There is no redirection here, so the outbound listener also listens
/// on the ports of the backends (`caught`); without redirection, the port of the connection is the original
/// destination.
fn on_loopback(config: &mut Value, admin: u16, own: u16, caught: &[u16]) {
    config["admin"] = admin_at(admin);
    let resources = &mut config["static_resources"];
    for listener in resources["listeners"].as_array_mut().unwrap() {
        if listener["address"]["socket_address"]["port_value"] != 15001 {
            continue;
        }
        listener["address"]["socket_address"]["port_value"] = json!(own);
        // Several addresses cannot share a reused port with other processes here.
        if !caught.is_empty() {
            let address = |port: &u16| json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}});
            listener["additional_addresses"] = caught.iter().map(address).collect();
        }
        for chain in listener["filter_chains"].as_array_mut().unwrap() {
            if chain["filter_chain_match"]["destination_port"] == 15001 {
                chain["filter_chain_match"]["destination_port"] = json!(own);
            }
        }
    }
    for cluster in resources["clusters"].as_array_mut().unwrap() {
        let endpoint = "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
        if let Some(address) = cluster.pointer_mut(endpoint)
            && address["port_value"] == 15001
        {
            address["port_value"] = json!(own);
        }
    }
}

fn admin_at(port: u16) -> Value {
    json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}})
}

/// Returns the configuration of an Envoy that responds for every application, over HTTP/1.1 and HTTP/2: with its name
/// and the request.
fn applications(ports: &Ports) -> Value {
    let said = |name: &str, value: &str| json!({"header": {"key": name, "value": value}});
    let listener = |(number, name): (u8, &str)| {
        let routes = json!({"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}],
            "response_headers_to_add": [said("x-node", name), said("x-path", "%REQ(:PATH)%"),
                said("x-host", "%REQ(:AUTHORITY)%")]});
        json!({"name": name,
            "address": {"socket_address": {"address": format!("127.0.0.{number}"), "port_value": ports.app}},
            "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": name, "route_config": routes,
                "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]})
    };
    let listeners: Vec<_> = (2..).zip(super::NODES).map(listener).collect();
    json!({"admin": admin_at(ports.admin[2]), "static_resources": {"listeners": listeners}})
}

/// Starts Envoy and waits until it listens.
fn start(program: &Path, config: &Value, admin: u16) -> Child {
    let file = std::env::temp_dir().join(format!("live-routes-{}-{admin}.json", std::process::id()));
    fs::write(&file, config.to_string()).unwrap();
    let arguments = ["--concurrency", "1", "--disable-hot-restart", "-l", "error", "-c"];
    let mut child = Command::new(program).args(arguments).arg(&file).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !is_live(admin) {
        assert!(started.elapsed() < Duration::from_secs(30), "Envoy does not start: {}", file.display());
        assert!(child.try_wait().unwrap().is_none(), "Envoy ended: {}", file.display());
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::remove_file(&file).unwrap();
    child
}

fn is_live(admin: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], admin));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { return false };
    let asked = stream.write_all(b"GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains("LIVE")
}
