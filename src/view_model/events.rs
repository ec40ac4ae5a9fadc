//! The events of one request in words, each with the object it happened at.

use std::fmt;

use super::{
    sentence,
    trace::{Mark, bind_words, connection_words, discovery_text, records},
};
use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{Key, Kind},
    resolve::{ListenerBind, effects, node_preference},
    traffic::{
        Candidate, Client, Condition, Connection, Discovery, Egress, Event, Outcome, Reply, Request,
        RouteKind, Share, Stop, Test, Tls, TlsCause, What, simulate,
    },
};

/// What an event is about, for the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Which way it takes: listeners of the caller, routes, services, weights.
    Routing,
    /// Where the node is found.
    Discovery,
    /// Connections, TLS, the application.
    Connection,
    /// What comes back.
    Reply,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Routing, Self::Discovery, Self::Connection, Self::Reply];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Routing => "Routing",
            Self::Discovery => "Discovery",
            Self::Connection => "Connection",
            Self::Reply => "Reply",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// What it is about.
    pub topic: Topic,
    /// Whether the request passed.
    pub mark: Mark,
    /// Its name.
    pub name: &'static str,
    /// What happened.
    pub text: String,
    /// What was looked at for it: each route with each of its conditions, each target with its share.
    pub details: Vec<(Mark, String)>,
    /// Where it happened.
    pub object: Option<Key>,
}

/// One request with all that happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// What happened, in order.
    pub events: Vec<EventRow>,
    /// What the client sees, in one line.
    pub result: String,
    /// Whether an application answered.
    pub arrives: bool,
}

/// Sends a request and tells what happens to it.
pub fn story(environment: &Environment, mesh: &Mesh, request: &Request, seed: u64) -> Story {
    let outcome = simulate(environment, mesh, request, seed);
    let caller = caller(request);
    let node = outcome.service.as_ref().map(|hop| Key::new(Kind::VirtualNode, hop.node.clone()));
    let teller = Teller { mesh, caller, node };
    let events = outcome.events.iter().map(|event| teller.row(event)).collect();
    Story { events, result: result(&outcome), arrives: outcome.arrives() }
}

/// The gateway or node that a request starts at.
fn caller(request: &Request) -> Key {
    match &request.client {
        Client::Gateway(gateway) => Key::new(Kind::VirtualGateway, gateway.clone()),
        Client::Node { node, .. } => Key::new(Kind::VirtualNode, node.clone()),
    }
}

fn result(outcome: &Outcome) -> String {
    let reply = &outcome.reply;
    let mut words = match outcome.status() {
        Some(status) => status.to_string(),
        None if outcome.arrives() => "bytes pass".to_owned(),
        None => "the connection is closed without an answer".to_owned(),
    };
    if let Some(status) = reply.grpc_status {
        words += &format!(", grpc-status {status}");
    }
    if !reply.body.is_empty() {
        words += &format!(": {}", reply.body);
    }
    words
}

/// What both Envoys log of a reply.
pub fn flags(reply: &Reply) -> String {
    let tries = if reply.attempts > 1 { format!(", {} attempts", reply.attempts) } else { String::new() };
    let details =
        if reply.caller_details.is_empty() { String::new() } else { format!(", {}", reply.caller_details) };
    let target = reply.target_flags.map_or("never reached".to_owned(), |flags| format!("flags {flags}"));
    format!("caller's Envoy: flags {}{details}{tries}; target's Envoy: {target}", reply.caller_flags)
}

struct Teller<'m> {
    mesh: &'m Mesh,
    caller: Key,
    /// The node the request goes to.
    node: Option<Key>,
}

impl Teller<'_> {
    fn row(&self, event: &Event) -> EventRow {
        let caller = Some(self.caller.clone());
        let row = |topic, passes: bool, name, text: String, object| EventRow {
            topic,
            mark: if passes { Mark::Passed } else { Mark::Failed },
            name,
            text,
            details: Vec::new(),
            object,
        };
        match event {
            Event::Gateway { port, listens, stop } => {
                let port = port.map_or_else(|| "no port".to_owned(), |port| format!("port {port}"));
                let text = match (listens, stop) {
                    (false, _) => format!("the gateway has no listener on {port}: refused"),
                    (true, Some(stop)) => {
                        format!("the listener on {port} does not take it: {}", stop_words(*stop))
                    }
                    (true, None) => format!("the listener on {port} takes it"),
                };
                row(Topic::Routing, *listens && stop.is_none(), "Gateway listener", text, caller)
            }
            Event::Egress(egress) => {
                let (passes, text) = egress_words(egress);
                row(Topic::Routing, passes, "Outbound listener", text, caller)
            }
            Event::Match { kind, parent, candidates, winner } => {
                let words = kind.declaration().words;
                let text = match winner.and_then(|winner| candidates.get(winner)) {
                    Some(candidate) => format!("{words} {} takes it", candidate.route),
                    None if candidates.is_empty() => format!("{parent} has no {words}"),
                    None => format!("no {words} of {parent} matches"),
                };
                let parent_kind = kind.declaration().parent.unwrap_or(Kind::Mesh);
                let object = match winner.and_then(|winner| candidates.get(winner)) {
                    Some(candidate) => {
                        Key { kind: *kind, parent: Some(parent.clone()), name: candidate.route.clone() }
                    }
                    None => Key::new(parent_kind, parent.clone()),
                };
                let name = if *kind == Kind::GatewayRoute { "Gateway route" } else { "Route" };
                let details = candidates
                    .iter()
                    .enumerate()
                    .map(|(at, one)| candidate_words(one, at, *winner))
                    .collect();
                EventRow { details, ..row(Topic::Routing, winner.is_some(), name, text, Some(object)) }
            }
            Event::Rewrite { path, host } => {
                let parts = [
                    path.as_ref().map(|(from, to)| format!("path {from} becomes {to}")),
                    host.as_ref().map(|(from, to)| format!("host {from} becomes {to}")),
                ];
                let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
                row(Topic::Routing, true, "Rewrite", text, caller)
            }
            Event::Service { service, port, provider } => {
                let port = port.map_or_else(String::new, |port| format!(" on port {port}"));
                let text = match provider {
                    Some((kind, name)) => {
                        format!("{service}{port} is provided by {} {name}", kind.declaration().words)
                    }
                    None => format!("{service}{port} has no provider"),
                };
                let object = Some(Key::new(Kind::VirtualService, service.clone()));
                row(Topic::Routing, provider.is_some(), "Virtual service", text, object)
            }
            Event::Choice { targets, drawn, chosen } => {
                let sum: i64 = targets.iter().map(|target| target.weight).sum();
                let text = match (chosen.and_then(|chosen| targets.get(chosen)), drawn) {
                    (Some(target), Some(drawn)) => format!("{drawn} of {sum} was drawn: {}", target.node),
                    (Some(target), None) => format!("the heaviest target: {}", target.node),
                    (None, _) => "no target has any weight".to_owned(),
                };
                let detail = |at: usize, target: &Share| {
                    let mark = if Some(at) == *chosen { Mark::Passed } else { Mark::NotReached };
                    (mark, format!("{}: {} of {sum}", target.node, target.weight))
                };
                let details = targets.iter().enumerate().map(|(at, target)| detail(at, target)).collect();
                EventRow {
                    details,
                    ..row(Topic::Routing, chosen.is_some(), "Weighted choice", text, self.node.clone())
                }
            }
            Event::Discovery(discovery) => {
                let found = matches!(discovery, Discovery::Found { .. });
                let mut text = discovery_text(discovery);
                if let Discovery::Found { hosts, is_one_host, asked, .. } = discovery
                    && hosts.len() > 1
                {
                    let all: Vec<_> = hosts.iter().map(ToString::to_string).collect();
                    let how = if *is_one_host {
                        "one host with several addresses"
                    } else {
                        "hosts that take turns"
                    };
                    text += &format!("; {how} ({}): {}", records(asked), all.join(", "));
                }
                row(Topic::Discovery, found, "Discovery", text, self.node.clone())
            }
            Event::Connect { attempt, address, port, connection } => {
                let passes = matches!(connection, Connection::Accepted | Connection::BypassesEnvoy);
                let address = match address {
                    std::net::IpAddr::V4(_) => format!("{address}:{port}"),
                    std::net::IpAddr::V6(_) => format!("[{address}]:{port}"),
                };
                let bind = bind_words(self.bind());
                let text = format!("attempt {attempt}, {}", connection_words(*connection, bind, &address));
                row(Topic::Connection, passes, "Connect", text, self.node.clone())
            }
            Event::Tls(tls) => {
                row(Topic::Connection, tls.stop().is_none(), "TLS", tls_words(tls), self.node.clone())
            }
            Event::Application(hop) => {
                let text = format!(
                    "Envoy connects to {}; the application listens on {}",
                    hop.endpoint,
                    hop.listens_on.as_str()
                );
                row(Topic::Connection, hop.answers(), "Application", text, self.node.clone())
            }
            Event::Retry { attempts, after } => {
                let text = format!("after {attempts} of them: {}", stop_words(*after));
                row(Topic::Connection, true, "Retry", text, caller)
            }
            Event::Outside(host) => {
                row(Topic::Connection, true, "Outside", format!("it leaves the mesh for {host}"), caller)
            }
            Event::Reply(reply) => {
                let passes =
                    reply.status < 400 && reply.grpc_status.unwrap_or(0) == 0 && reply.caller_flags == "-";
                row(Topic::Reply, passes, "Reply", flags(reply), caller)
            }
        }
    }

    /// Where the node's Envoy listens.
    fn bind(&self) -> ListenerBind {
        let spec = self.node.as_ref().and_then(|node| self.mesh.virtual_node(&node.name));
        let preference = spec.and_then(|spec| node_preference(self.mesh, spec).preference);
        effects(preference).listener_bind
    }
}

fn candidate_words(candidate: &Candidate, at: usize, winner: Option<usize>) -> (Mark, String) {
    let mark = match winner {
        Some(winner) if at == winner => Mark::Passed,
        Some(winner) if at > winner => Mark::NotReached,
        _ => Mark::Failed,
    };
    let priority = candidate.priority.map_or_else(String::new, |priority| format!(" (priority {priority})"));
    let conditions: Vec<_> = candidate.conditions.iter().map(condition_words).collect();
    let conditions =
        if conditions.is_empty() { "takes everything".to_owned() } else { conditions.join("; ") };
    (mark, format!("{}{priority}: {conditions}", candidate.route))
}

fn condition_words(condition: &Condition) -> String {
    let what = match &condition.what {
        What::Header(name) => format!("header {name}"),
        What::Query(name) => format!("query parameter {name}"),
        What::Metadata(name) => format!("metadata {name}"),
        What::Protocol => "protocol".to_owned(),
        What::Port => "port".to_owned(),
        What::Hostname => "host name".to_owned(),
        What::Path => "path".to_owned(),
        What::Method => "method".to_owned(),
        What::Scheme => "scheme".to_owned(),
        What::GrpcService => "gRPC service".to_owned(),
        What::GrpcMethod => "gRPC method".to_owned(),
    };
    let sign = if condition.passes { Mark::Passed.sign() } else { Mark::Failed.sign() };
    let not = if condition.inverted { "not " } else { "" };
    let expected = TestWords(&condition.expected);
    match (&condition.bad_pattern, &condition.found) {
        (Some(problem), _) => format!("{sign} {what} {not}{expected}: {problem}"),
        (None, Some(found)) => format!("{sign} {what} {not}{expected}, is {found}"),
        (None, None) => format!("{sign} {what} {not}{expected}, is not there"),
    }
}

struct TestWords<'t>(&'t Test);

impl fmt::Display for TestWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, what): (&str, &str) = match self.0 {
            Test::Exact(text) => ("equals", text),
            Test::Prefix(text) => ("starts with", text),
            Test::Suffix(text) => ("ends with", text),
            Test::Regex(text) => ("matches", text),
            Test::Range(start, end) => return write!(f, "is from {start} to before {end}"),
            Test::Present => ("is there", ""),
            Test::Kind(kind) => ("is", kind_words(*kind)),
        };
        f.write_str(verb)?;
        if what.is_empty() { Ok(()) } else { write!(f, " {what}") }
    }
}

const fn kind_words(kind: RouteKind) -> &'static str {
    match kind {
        RouteKind::Http => "HTTP",
        RouteKind::Http2 => "HTTP/2",
        RouteKind::Grpc => "gRPC",
        RouteKind::Tcp => "TCP",
    }
}

fn egress_words(egress: &Egress) -> (bool, String) {
    match egress {
        Egress::Backend { service, port, is_tcp: true } => {
            (true, format!("port {port} belongs to backend {service}, whoever is dialled there (TCP)"))
        }
        Egress::Backend { service, port, .. } => {
            (true, format!("port {port} and the host are backend {service}'s"))
        }
        Egress::OtherHost { port } => {
            (false, format!("port {port} belongs to a backend, but none there has that host: 404"))
        }
        Egress::Amazon => (true, "*.amazonaws.com is always allowed".to_owned()),
        Egress::PassedThrough => (true, "ALLOW_ALL: passed on to the address dialled".to_owned()),
        Egress::Dropped { allows_all: true } => (
            false,
            "nothing takes it: under ALLOW_ALL, a node that lists any backend must list all it sends to"
                .to_owned(),
        ),
        Egress::Dropped { .. } => {
            (false, "nothing takes it: not a backend, and the mesh's egress filter is DROP_ALL".to_owned())
        }
        Egress::Refused => (false, "Envoy does not listen on that address family: refused".to_owned()),
        Egress::BypassesEnvoy => (true, "that address family is not redirected to Envoy".to_owned()),
    }
}

/// Why a try failed, in words.
pub const fn stop_words(stop: Stop) -> &'static str {
    match stop {
        Stop::NoHost => "no healthy upstream",
        Stop::Refused => "the connection was refused",
        Stop::TimedOut => "the connection was not answered in time",
        Stop::TlsToPlaintext => "the caller speaks TLS, the listener does not",
        Stop::NoCertificate => "the listener wants a certificate that the caller has not",
        Stop::PlaintextToTls => "the listener wants TLS, the caller speaks none",
        Stop::NoApplication => "the application did not answer",
        Stop::TooLate => "the time for the request was over",
        Stop::NoRoute => "no route takes it",
        Stop::NoCluster => "the route leads to nobody",
        Stop::NoFilterChain => "no filter chain takes it",
        Stop::NotHttp => "it is not HTTP",
    }
}

fn tls_words(tls: &Tls) -> String {
    let caller = match tls.cause {
        None => "the caller speaks no TLS",
        Some(TlsCause::BackendPolicy) => "the backend's client policy makes the caller speak TLS",
        Some(TlsCause::DefaultPolicy) => {
            "the client policy of the backend defaults makes the caller speak TLS"
        }
        Some(TlsCause::Listener) => "the caller follows the listener and speaks TLS",
    };
    let listener = match tls.mode {
        None => "the listener has no TLS".to_owned(),
        Some(mode) => format!("the listener's mode is {}", mode.as_str()),
    };
    let stop = tls.stop().map_or_else(String::new, |stop| format!(": {}", stop_words(stop)));
    sentence(&format!("{caller}; {listener}{stop}"))
}
