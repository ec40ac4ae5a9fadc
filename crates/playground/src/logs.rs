//! Log lines of proxies and applications about the requests that this terminal sent.
//!
//! A terminal stores the newest lines; they are not part of the playground. [`Logs::record`] adds the lines of one
//! request, and `kubectl logs` prints them.

use std::{collections::VecDeque, net::IpAddr};

use app_mesh_engine::{
    control_plane::{Mesh, Timestamp},
    environment::Environment,
    model::{Key, Kind, MeshId, SpecView, excerpt},
    traffic::{Client, End, Event, Outcome, Protocol, Request},
};
use mesh_text::json::compact;
use serde_json::{Map, Value};

/// Maximum number of stored lines.
const KEPT_LINES: usize = 500;

/// The source of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The Envoy sidecar of an application, or the Envoy of a gateway.
    Envoy,
    /// The application.
    Application,
}

/// A log line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    mesh: MeshId,
    key: Key,
    /// The address of the task that wrote it, if known.
    address: Option<IpAddr>,
    writer: Writer,
    line: String,
}

/// The newest lines of all logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs(VecDeque<Entry>);

/// A request as it passes through one proxy.
struct Passage<'p> {
    request: &'p Request,
    /// The path before a rewrite by this proxy.
    original_path: &'p str,
    flags: &'p str,
    details: &'p str,
    upstream: String,
    status: u16,
    size: usize,
    now: Timestamp,
}

impl Logs {
    /// Adds the lines that a request causes. `size` is the length of the response body.
    pub fn record(
        &mut self,
        environment: &Environment,
        mesh: (&MeshId, &Mesh),
        (request, outcome): (&Request, &Outcome),
        size: usize,
        now: Timestamp,
    ) {
        let (id, mesh) = mesh;
        if matches!(outcome.end, End::Refused) {
            return;
        }
        let connected = outcome.events.iter().rev().find_map(|event| match event {
            Event::Connect { address, port, .. } => Some((*address, *port)),
            _ => None,
        });
        let upstream = upstream_host(connected);
        let caller = match &request.client {
            Client::Gateway(name) => Key::new(Kind::VirtualGateway, name.clone()),
            Client::Node { node, .. } => Key::new(Kind::VirtualNode, node.clone()),
        };
        let reply = &outcome.reply;
        let sent = outcome.sent.as_ref().unwrap_or(request);
        let own = Passage {
            request,
            original_path: &request.path,
            flags: reply.caller_flags,
            details: &reply.caller_details,
            upstream,
            status: reply.status,
            size,
            now,
        };
        self.envoy(id, mesh, caller, None, &own);
        let Some(service) = &outcome.service else { return };
        let target = Key::new(Kind::VirtualNode, service.node.clone());
        // The address of a Service forwards to one of its pods.
        let address = connected.map(|(address, _)| {
            let forwarded = environment.cluster.forwards.get(&address).and_then(|pods| pods.first());
            *forwarded.unwrap_or(&address)
        });
        if let Some(flags) = reply.target_flags {
            let application = outcome.reach.as_ref().and_then(|reach| reach.application);
            let local =
                application.zip(connected).map(|(application, (_, port))| (application.endpoint, port));
            let upstream = upstream_host(local);
            let arrived = Passage { request: sent, original_path: &sent.path, flags, upstream, ..own };
            self.envoy(id, mesh, target.clone(), address, &arrived);
        }
        if outcome.arrives() {
            let agent = header(sent, "user-agent");
            let line = format!(
                "127.0.0.1 - - [{}] \"{} {} {}\" {} {size} \"-\" \"{agent}\"",
                clock(now),
                sent.method.as_str(),
                excerpt_line(&sent.path),
                version(sent),
                reply.status,
            );
            self.push(Entry { mesh: id.clone(), key: target, address, writer: Writer::Application, line });
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.0.len() >= KEPT_LINES {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    /// Adds the line of an Envoy, if its node or gateway has an access log that goes to the container's output.
    fn envoy(&mut self, id: &MeshId, mesh: &Mesh, key: Key, address: Option<IpAddr>, passage: &Passage) {
        let Some(resource) = mesh.get(&key) else { return };
        let file = &resource.spec.json()["logging"]["accessLog"]["file"];
        if !matches!(file["path"].as_str(), Some("/dev/stdout" | "/dev/stderr")) {
            return;
        }
        let line = match (&file["format"]["text"], &file["format"]["json"]) {
            (Value::String(text), _) => filled(text, passage),
            (_, Value::Array(pairs)) => {
                let mut members = Map::new();
                for pair in pairs {
                    let value = filled(pair["value"].as_str().unwrap_or_default(), passage);
                    members.insert(pair["key"].as_str().unwrap_or_default().to_owned(), Value::from(value));
                }
                compact(&Value::Object(members))
            }
            _ => filled(USUAL, passage),
        };
        let line = line.trim_end_matches('\n').to_owned();
        self.push(Entry { mesh: id.clone(), key, address, writer: Writer::Envoy, line });
    }

    /// Returns the lines of one writer of a node or gateway; with an address, those of the task at this address and
    /// those of unknown tasks.
    pub fn lines<'l>(
        &'l self,
        mesh: &'l MeshId,
        key: &'l Key,
        writer: Writer,
        address: Option<IpAddr>,
    ) -> impl Iterator<Item = &'l str> {
        let entries = self.0.iter().filter(move |entry| {
            let is_here = match (address, entry.address) {
                (Some(wanted), Some(known)) => wanted == known,
                _ => true,
            };
            entry.mesh == *mesh && entry.key == *key && entry.writer == writer && is_here
        });
        entries.map(|entry| entry.line.as_str())
    }
}

/// Envoy's default format. Source: Envoy's documentation, "Default format string".
const USUAL: &str = "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"";

/// Returns Envoy's `%UPSTREAM_HOST%`: the address and port of a connection, or `-` without one.
fn upstream_host(connection: Option<(IpAddr, i64)>) -> String {
    match connection {
        Some((IpAddr::V4(address), port)) => format!("{address}:{port}"),
        Some((IpAddr::V6(address), port)) => format!("[{address}]:{port}"),
        None => "-".to_owned(),
    }
}

/// Replaces the operators of a format with their values; an operator without a value here becomes `-`.
fn filled(format: &str, passage: &Passage) -> String {
    let mut text = String::new();
    let mut parts = format.split('%');
    text.push_str(parts.next().unwrap_or_default());
    while let Some(operator) = parts.next() {
        match parts.next() {
            Some(after) => {
                text.push_str(&value(operator, passage));
                text.push_str(after);
            }
            None => text.push_str(&["%", operator].concat()),
        }
        if text.len() > 8192 {
            break;
        }
    }
    text
}

fn value(operator: &str, passage: &Passage) -> String {
    let none = || "-".to_owned();
    let (name, inside) = operator.split_once('(').unwrap_or((operator, ""));
    let inside = inside.split(')').next().unwrap_or_default();
    let is_upstream = passage.details == "via_upstream";
    match name {
        "" => "%".to_owned(),
        "START_TIME" => passage.now.to_string().get(..23).map_or_else(none, |time| [time, "Z"].concat()),
        "PROTOCOL" => version(passage.request).to_owned(),
        "RESPONSE_CODE" => passage.status.to_string(),
        "RESPONSE_FLAGS" => passage.flags.to_owned(),
        "RESPONSE_CODE_DETAILS" => passage.details.to_owned(),
        "BYTES_RECEIVED" => "0".to_owned(),
        "BYTES_SENT" => passage.size.to_string(),
        "DURATION" => "1".to_owned(),
        "UPSTREAM_HOST" => passage.upstream.clone(),
        "RESP" if inside.eq_ignore_ascii_case("x-envoy-upstream-service-time") && is_upstream => {
            "1".to_owned()
        }
        "REQ" => {
            let names = inside.split('?').next().unwrap_or_default();
            let found = match names.to_ascii_lowercase().as_str() {
                ":method" => passage.request.method.as_str().to_owned(),
                ":path" | "x-envoy-original-path" => excerpt_line(passage.original_path),
                ":authority" | "host" => passage.request.host.as_deref().unwrap_or("-").to_owned(),
                ":scheme" => passage.request.scheme.as_str().to_owned(),
                name => header(passage.request, name).to_owned(),
            };
            if found.is_empty() { none() } else { found }
        }
        _ => none(),
    }
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or("-", |(_, value)| value)
}

const fn version(request: &Request) -> &'static str {
    match request.protocol {
        Protocol::Http => "HTTP/1.1",
        _ => "HTTP/2",
    }
}

/// Shortens a path for a log line if it is very long.
fn excerpt_line(path: &str) -> String {
    if path.len() > 1024 { excerpt(path) } else { path.to_owned() }
}

/// Formats the time as an application logs it: `2026-01-01T00:00:00Z`.
fn clock(now: Timestamp) -> String {
    now.to_string().get(..19).map(|time| [time, "Z"].concat()).unwrap_or_default()
}

/// Returns a message if a node or gateway has no access log that goes to the container's output.
pub fn without_access_log(mesh: &Mesh, key: &Key) -> Option<String> {
    let resource = mesh.get(key)?;
    let is_there = matches!(resource.spec.view(), SpecView::VirtualNode(_) | SpecView::VirtualGateway(_));
    let path = resource.spec.json()["logging"]["accessLog"]["file"]["path"].as_str();
    let text = match path {
        Some("/dev/stdout" | "/dev/stderr") => return None,
        Some(path) => {
            [&*key.name, " writes its access log to ", path, ", not to the container's output"].concat()
        }
        None => [&*key.name, " has no access log; set logging.accessLog.file.path to /dev/stdout"].concat(),
    };
    is_there.then_some(text)
}
