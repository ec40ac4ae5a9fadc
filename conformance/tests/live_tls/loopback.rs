//! Real Envoys on loopback: one for each caller, one for all targets and their applications.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
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

use crate::{
    cases::{Case, Place},
    pki::Pki,
};

/// The address of all applications, instead of 127.0.0.1, which a target uses.
const APPLICATIONS: &str = "127.0.0.2";
/// The address of the calling node's outbound listener; there is no redirection here.
const OUTBOUND: &str = "127.0.0.9";

/// The response that a client received.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub grpc_status: Option<u8>,
    pub body: String,
    /// Whether the application responded.
    pub is_app: bool,
}

/// A response with its log lines.
#[derive(Debug)]
pub struct Found {
    pub answer: Answer,
    pub caller: Option<Value>,
    pub target: Option<Value>,
    pub downstream_failure: String,
}

/// The Envoys: targets, then the caller. Dropping it stops them.
pub struct Loopback {
    envoys: Vec<Child>,
    /// Their admin ports, in the same order.
    admins: Vec<u16>,
    folder: PathBuf,
}

/// Returns ports that were free when they were reserved.
pub fn free_ports(count: usize) -> Vec<u16> {
    // All bound at once, so that they are distinct; on all addresses, because targets use many.
    let held: Vec<_> = (0..count).map(|_| TcpListener::bind("0.0.0.0:0").unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

impl Loopback {
    pub fn start(program: &Path, configs: &Configs, caller: &Key, places: &[(&Case, Place)]) -> Self {
        let mut targets = json!({"listeners": [], "clusters": []});
        for (case, _) in places {
            let resources = configs.of(&Key::new(Kind::VirtualNode, case.node()));
            add_target(&mut targets, resources, case, configs.folder);
        }
        let ports: BTreeSet<_> = places.iter().map(|(case, _)| case.port).collect();
        let ports: Vec<_> = ports.into_iter().collect();
        add_applications(&mut targets, &ports);
        let mut resources = configs.of(caller);
        match caller.kind {
            Kind::VirtualGateway => outbound_at(&mut resources, "127.0.0.1", &free_ports(1)),
            _ => outbound_at(&mut resources, OUTBOUND, &ports),
        }
        let begin = |resources| begin(program, configs.folder, resources);
        let (envoys, admins) = [targets, resources].into_iter().map(begin).unzip();
        Self { envoys, admins, folder: configs.folder.to_owned() }
    }

    /// Returns the handshake counters that are not zero: those of the targets' Envoy, and those of the caller's.
    pub fn handshakes(&self) -> [BTreeMap<String, u64>; 2] {
        let of = |admin: u16| {
            let text = asked(admin, "/stats?filter=%5C.ssl%5C.").unwrap();
            let lines = text.lines().filter_map(|line| line.split_once(": "));
            let values =
                lines.filter_map(|(name, value)| Some((name.to_owned(), value.trim().parse().ok()?)));
            values.filter(|(_, value)| *value > 0).collect()
        };
        [of(self.admins[0]), of(self.admins[1])]
    }

    /// Sends a request as its client would.
    pub fn send(&self, request: &Request, place: &Place, case: &Case) -> Answer {
        let (method, path) = match &request.protocol {
            Protocol::Grpc { service, method } => ("POST", format!("/{service}/{method}")),
            _ => ("GET", request.path.clone()),
        };
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nx-case: {}\r\nconnection: close\r\n",
            request.authority(),
            case.number
        );
        if request.is_grpc() {
            text += "content-type: application/grpc\r\nte: trailers\r\ncontent-length: 0\r\n";
        }
        let mut stream = TcpStream::connect((place.at, place.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut answer = Vec::new();
        let _ = stream.write_all(format!("{text}\r\n").as_bytes());
        let mut part = [0; 4096];
        while !is_whole(&answer) {
            match stream.read(&mut part) {
                // A closed or reset connection ends the response.
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&part[..count]),
            }
        }
        Answer::read(&String::from_utf8_lossy(&answer))
    }

    /// Stops all Envoys, callers first, so that everything is logged, and reads the logs.
    pub fn stop(mut self) -> Logs {
        self.envoys.reverse();
        for envoy in &mut self.envoys {
            let ended = Command::new("kill").args(["-TERM", &envoy.id().to_string()]).status();
            assert!(ended.unwrap().success());
            envoy.wait().unwrap();
        }
        let mut logs = Logs { lines: BTreeMap::new() };
        for file in fs::read_dir(&self.folder).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            let Some(name) = name.strip_suffix(".log") else { continue };
            let text = fs::read_to_string(file.path()).unwrap();
            let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            logs.lines.insert(name.to_owned(), lines);
            fs::remove_file(file.path()).unwrap();
        }
        logs
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

/// The logs of all Envoys, by name.
pub struct Logs {
    lines: BTreeMap<String, Vec<Value>>,
}

impl Logs {
    /// Returns the log lines of a case and client.
    pub fn of(&self, case: &Case, place: &Place, answer: Answer) -> Found {
        let lines = |name: &str| self.lines.get(name).map(Vec::as_slice).unwrap_or_default();
        let number = case.number.to_string();
        let (caller, is_gateway) = match &place.client {
            Client::Gateway(gateway) => (&**gateway, true),
            Client::Node { .. } => ("client", false),
        };
        let is_mine = |line: &&Value| {
            let is_here =
                line["local"].as_str().is_some_and(|local| local.ends_with(&format!(":{}", case.port)));
            line["case"] == *number || (line["case"].is_null() || line["case"] == "-") && is_here
        };
        // A gateway logs a request twice: at its entry, and when it connects to itself; the latter contains the
        // failure.
        let mut caller = lines(caller).iter().filter(is_mine);
        let caller = match is_gateway {
            true => caller.max_by_key(|line| line["details"].as_str().map_or(0, str::len)),
            false => caller.next_back(),
        };
        let failures = lines(&format!("{}.listener", case.node()));
        let mut failure = failures.iter().map(|line| line["failure"].as_str().unwrap_or_default());
        let failure = failure.rfind(|failure| !matches!(*failure, "" | "-"));
        Found {
            answer,
            caller: caller.cloned(),
            target: lines(&case.node()).last().cloned(),
            downstream_failure: failure.unwrap_or_default().to_owned(),
        }
    }
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let header = |name: &str| {
            let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            let mut found = lines.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
            found.next()
        };
        let is_app = header("x-app").is_some();
        let grpc = header("grpc-status").filter(|_| !is_app);
        let body = header("grpc-message").unwrap_or_else(|| body.to_owned());
        Self { status, grpc_status: grpc.and_then(|status| status.parse().ok()), body, is_app }
    }
}

/// Returns whether the body of a response is complete.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| body.len() >= length)
}

/// Adds the inbound half of a node: its listener at the node's service-discovery address, with a log of connections,
/// and its application at the address of all applications.
fn add_target(targets: &mut Value, mut resources: Value, case: &Case, folder: &Path) {
    for mut listener in resources["listeners"].as_array().unwrap().clone() {
        if listener["address"]["socket_address"]["port_value"] != 15000 {
            continue;
        }
        listener["name"] = json!(case.node());
        listener["address"] =
            json!({"socket_address": {"address": case.address().to_string(), "port_value": case.port}});
        let path = folder.join(format!("{}.listener.log", case.node()));
        listener["access_log"] = json!([{"name": "envoy.access_loggers.file", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": path,
            "log_format": {"json_format": {"failure": "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%"}}}}]);
        targets["listeners"].as_array_mut().unwrap().push(listener);
    }
    for cluster in resources["clusters"].as_array_mut().unwrap() {
        let is_local =
            cluster["name"].as_str().unwrap().starts_with(&format!("cds_ingress_m_{}_", case.node()));
        if is_local {
            let endpoint =
                "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/address";
            *cluster.pointer_mut(endpoint).unwrap() = json!(APPLICATIONS);
            targets["clusters"].as_array_mut().unwrap().push(cluster.take());
        }
    }
}

/// Adds an application on each port, which responds in HTTP/1.1 and HTTP/2.
fn add_applications(targets: &mut Value, ports: &[u16]) {
    for port in ports {
        let routes = json!({"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}],
            "response_headers_to_add": [{"header": {"key": "x-app", "value": "yes"}}]});
        targets["listeners"].as_array_mut().unwrap().push(json!({"name": format!("app-{port}"),
            "address": {"socket_address": {"address": APPLICATIONS, "port_value": port}},
            "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "app", "route_config": routes,
                "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}));
    }
}

/// Moves the outbound listener (15001) to the address of the callers: without redirection, the port of the connection
/// is the original destination. A gateway connects to itself there.
fn outbound_at(resources: &mut Value, address: &str, ports: &[u16]) {
    for listener in resources["listeners"].as_array_mut().unwrap() {
        if listener["address"]["socket_address"]["port_value"] != 15001 {
            continue;
        }
        let at = |port: &u16| json!({"socket_address": {"address": address, "port_value": port}});
        listener["address"] = at(&ports[0]);
        let others = ports[1..].iter().map(|port| json!({"address": at(port)}));
        listener["additional_addresses"] = others.collect();
        for chain in listener["filter_chains"].as_array_mut().unwrap() {
            if chain["filter_chain_match"]["destination_port"] == 15001 {
                chain["filter_chain_match"]["destination_port"] = json!(ports[0]);
            }
        }
    }
    for cluster in resources["clusters"].as_array_mut().unwrap() {
        let endpoint = "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
        if let Some(address) = cluster.pointer_mut(endpoint)
            && address["port_value"] == 15001
        {
            address["port_value"] = json!(ports[0]);
        }
    }
}

/// The configurations of a mesh, with secrets that come from files.
pub struct Configs<'t> {
    pub environment: &'t Environment,
    pub id: &'t MeshId,
    pub mesh: &'t Mesh,
    pub pki: &'t Pki,
    pub folder: &'t Path,
}

impl Configs<'_> {
    fn of(&self, key: &Key) -> Value {
        let config = envoy::bootstrap(self.environment, self.id, self.mesh, key).unwrap();
        let mut config: Value = serde_json::from_str(&envoy::to_json(&config.tree())).unwrap();
        self.with_secrets(&mut config);
        config["static_resources"].take()
    }

    /// Makes a configuration read its secrets from files instead of a server.
    fn with_secrets(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match name.as_str() {
                        "tls_certificate_sds_secret_configs" => self.secret(&mut member[0], false),
                        "validation_context_sds_secret_config" => self.secret(member, true),
                        _ => self.with_secrets(member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.with_secrets(item)),
            _ => {}
        }
    }

    fn secret(&self, config: &mut Value, is_store: bool) {
        let secret = config["name"].as_str().unwrap().to_owned();
        let file: String = secret.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let path = self.folder.join(format!("{file}-{is_store}.json"));
        fs::write(&path, self.pki.secret(&secret, is_store).to_string()).unwrap();
        config["sds_config"] = json!({"path_config_source": {"path": path}, "resource_api_version": "V3"});
    }
}

/// Starts Envoy and waits until it listens; returns it with its admin port.
fn begin(program: &Path, folder: &Path, resources: Value) -> (Child, u16) {
    let admin = free_ports(1)[0];
    let config = json!({"node": {"id": "tls", "cluster": "tls"}, "static_resources": resources,
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": admin}}}});
    let file = folder.join(format!("envoy-{admin}.json"));
    fs::write(&file, config.to_string()).unwrap();
    let arguments = ["--concurrency", "1", "--disable-hot-restart", "-l", "error", "-c"];
    let mut child = Command::new(program).args(arguments).arg(&file).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !is_live(admin) {
        assert!(started.elapsed() < Duration::from_secs(60), "Envoy does not start: {}", file.display());
        assert!(child.try_wait().unwrap().is_none(), "Envoy ended: {}", file.display());
        std::thread::sleep(Duration::from_millis(50));
    }
    (child, admin)
}

fn is_live(admin: u16) -> bool {
    asked(admin, "/ready").is_some_and(|answer| answer.contains("LIVE"))
}

/// Returns the response of an admin port.
fn asked(admin: u16, path: &str) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, admin));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    let text = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
