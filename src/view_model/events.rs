//! The events of one request in words, each with the resource at which it happened.

use mesh_text::words::{english, say, t};

use super::{
    tls::tls_words,
    trace::{Mark, bind_words, connection_words, discovery_text, records},
};
use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{Key, Kind},
    resolve::{ListenerBind, effects, node_preference},
    traffic::{
        Candidate, Client, Condition, Connection, Discovery, Egress, End, Event, Lookup, Outcome, Reply,
        Request, RouteKind, Share, Stop, Test, What, simulate,
    },
};

/// Topic of an event, for the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Routing of the request: listeners of the caller, routes, services, weights.
    Routing,
    /// Lookup and discovery of addresses.
    Discovery,
    /// Connections, TLS, the application.
    Connection,
    /// The reply to the client.
    Reply,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 4] = [Self::Routing, Self::Discovery, Self::Connection, Self::Reply];

    /// Returns the label of the topic.
    pub fn label(self) -> &'static str {
        match self {
            Self::Routing => t("Routing"),
            Self::Discovery => t("Discovery"),
            Self::Connection => t("Connection"),
            Self::Reply => t("Reply"),
        }
    }
}

/// Event of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Topic of the event.
    pub topic: Topic,
    /// Whether the request passed.
    pub mark: Mark,
    /// Name of the event.
    pub name: &'static str,
    /// Description of the event.
    pub text: String,
    /// Candidates that were considered: each route with its conditions, each target with its share.
    pub details: Vec<(Mark, String)>,
    /// Resource at which the event happened.
    pub object: Option<Key>,
}

/// Events and result of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    /// Events in order.
    pub events: Vec<EventRow>,
    /// Result that the client sees, in one line.
    pub result: String,
    /// Whether an application answered.
    pub arrives: bool,
}

/// Simulates a request and describes its events.
pub fn event_log(environment: &Environment, mesh: &Mesh, request: &Request, seed: u64) -> EventLog {
    let outcome = simulate(environment, mesh, request, seed);
    let caller = caller(request);
    let node = outcome.service.as_ref().map(|hop| Key::new(Kind::VirtualNode, hop.node.clone()));
    let teller = EventDescriber { mesh, caller, node };
    let events = outcome.events.iter().map(|event| teller.row(event)).collect();
    EventLog { events, result: result(&outcome), arrives: outcome.arrives() }
}

/// Returns the gateway or node that sends a request.
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
        None if outcome.arrives() => t("bytes pass").to_owned(),
        None if outcome.end == End::Unresolved => t("the name cannot be resolved").to_owned(),
        None => t("the connection is closed without an answer").to_owned(),
    };
    if let Some(status) = reply.grpc_status {
        words = [&*words, ", grpc-status ", &*status.to_string()].concat();
    }
    if !reply.body.is_empty() {
        words = [&*words, ": ", reply.body].concat();
    }
    words
}

/// Describes what both Envoys log for a reply: response flags, details and attempts.
pub fn flags(reply: &Reply) -> String {
    if reply.caller_flags.is_empty() {
        return t("no Envoy saw it").to_owned();
    }
    let mut caller = reply.caller_flags.to_owned();
    if !reply.caller_details.is_empty() {
        caller = [&*caller, ", ", &*reply.caller_details].concat();
    }
    if reply.attempts > 1 {
        caller = say("{0}, {1} attempts", &[&caller, &reply.attempts.to_string()]);
    }
    match reply.target_flags {
        None => say("caller's Envoy: flags {0}; target's Envoy: never reached", &[&caller]),
        Some(target) => say("caller's Envoy: flags {0}; target's Envoy: flags {1}", &[&caller, target]),
    }
}

struct EventDescriber<'m> {
    mesh: &'m Mesh,
    caller: Key,
    /// Target node of the request.
    node: Option<Key>,
}

impl EventDescriber<'_> {
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
                let port = port
                    .map_or_else(|| t("no port").to_owned(), |port| say("port {0}", &[&port.to_string()]));
                let text = match (listens, stop) {
                    (false, _) => say("the gateway has no listener on {0}: refused", &[&port]),
                    (true, Some(stop)) => {
                        say("the listener on {0} does not take it: {1}", &[&port, failure_words(*stop)])
                    }
                    (true, None) => say("the listener on {0} takes it", &[&port]),
                };
                row(Topic::Routing, *listens && stop.is_none(), t("Gateway listener"), text, caller)
            }
            Event::Lookup { host, found } => {
                let passes = matches!(found, Lookup::Found(_));
                row(Topic::Discovery, passes, t("Lookup"), lookup_words(host, *found), caller)
            }
            Event::Egress(egress) => {
                let (passes, text) = egress_words(egress);
                row(Topic::Routing, passes, t("Outbound listener"), text, caller)
            }
            Event::Match { kind, parent, candidates, winner } => {
                let words = t(kind.declaration().words);
                let text = match winner.and_then(|winner| candidates.get(winner)) {
                    Some(candidate) => say("{0} {1} takes it", &[words, &candidate.route]),
                    None if candidates.is_empty() => say("{0} has no {1}", &[parent, words]),
                    None => say("no {0} of {1} matches", &[words, parent]),
                };
                let parent_kind = kind.declaration().parent.unwrap_or(Kind::Mesh);
                let object = match winner.and_then(|winner| candidates.get(winner)) {
                    Some(candidate) => {
                        Key { kind: *kind, parent: Some(parent.clone()), name: candidate.route.clone() }
                    }
                    None => Key::new(parent_kind, parent.clone()),
                };
                let name = if *kind == Kind::GatewayRoute { t("Gateway route") } else { t("Route") };
                let details = candidates
                    .iter()
                    .enumerate()
                    .map(|(at, one)| candidate_words(one, at, *winner))
                    .collect();
                EventRow { details, ..row(Topic::Routing, winner.is_some(), name, text, Some(object)) }
            }
            Event::Rewrite { path, host } => {
                let parts = [
                    path.as_ref().map(|(from, to)| say("path {0} becomes {1}", &[from, to])),
                    host.as_ref().map(|(from, to)| say("host {0} becomes {1}", &[from, to])),
                ];
                let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
                row(Topic::Routing, true, t("Rewrite"), text, caller)
            }
            Event::Service { service, port, provider } => {
                let service_port = match port {
                    Some(port) => say("{0} on port {1}", &[service, &port.to_string()]),
                    None => service.to_string(),
                };
                let text = match provider {
                    Some((kind, name)) => {
                        say("{0} is provided by {1} {2}", &[&service_port, t(kind.declaration().words), name])
                    }
                    None => say("{0} has no provider", &[&service_port]),
                };
                let object = Some(Key::new(Kind::VirtualService, service.clone()));
                row(Topic::Routing, provider.is_some(), t("Virtual service"), text, object)
            }
            Event::Choice { targets, drawn, chosen } => {
                let sum: i64 = targets.iter().map(|target| target.weight).sum();
                let text = match (chosen.and_then(|chosen| targets.get(chosen)), drawn) {
                    (Some(target), Some(drawn)) => say(
                        "{0} of {1} was drawn: {2}",
                        &[&drawn.to_string(), &sum.to_string(), &target.node],
                    ),
                    (Some(target), None) => say("the heaviest target: {0}", &[&target.node]),
                    (None, _) => t("no target has any weight").to_owned(),
                };
                let detail = |at: usize, target: &Share| {
                    let mark = if Some(at) == *chosen { Mark::Passed } else { Mark::NotReached };
                    let (weight, sum) = (target.weight.to_string(), sum.to_string());
                    (mark, say("{0}: {1} of {2}", &[&target.node, &weight, &sum]))
                };
                let details = targets.iter().enumerate().map(|(at, target)| detail(at, target)).collect();
                EventRow {
                    details,
                    ..row(Topic::Routing, chosen.is_some(), t("Weighted choice"), text, self.node.clone())
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
                        t("one host with several addresses")
                    } else {
                        t("hosts that take turns")
                    };
                    text = [&*text, "; ", how, " (", &*records(asked), "): ", &*all.join(", ")].concat();
                }
                row(Topic::Discovery, found, t("Discovery"), text, self.node.clone())
            }
            Event::Connect { attempt, address, port, connection } => {
                let passes = matches!(connection, Connection::Accepted | Connection::BypassesEnvoy);
                let address = match address {
                    std::net::IpAddr::V4(_) => format!("{address}:{port}"),
                    std::net::IpAddr::V6(_) => format!("[{address}]:{port}"),
                };
                let bind = bind_words(self.bind());
                let text = say(
                    "attempt {0}, {1}",
                    &[&attempt.to_string(), &connection_words(*connection, bind, &address)],
                );
                row(Topic::Connection, passes, t("Connect"), text, self.node.clone())
            }
            Event::Tls(tls) => {
                row(Topic::Connection, tls.stop().is_none(), "TLS", tls_words(tls), self.node.clone())
            }
            Event::Application(hop) => {
                let text = say(
                    "Envoy connects to {0}; the application listens on {1}",
                    &[&hop.endpoint.to_string(), hop.listens_on.words()],
                );
                row(Topic::Connection, hop.answers(), t("Application"), text, self.node.clone())
            }
            Event::Retry { attempts, after } => {
                let text = say("after {0} of them: {1}", &[&attempts.to_string(), failure_words(*after)]);
                row(Topic::Connection, true, t("Retry"), text, caller)
            }
            Event::Outside(host) => {
                row(Topic::Connection, true, t("Outside"), say("it leaves the mesh for {0}", &[host]), caller)
            }
            Event::Reply(reply) => {
                let passes =
                    reply.status < 400 && reply.grpc_status.unwrap_or(0) == 0 && reply.caller_flags == "-";
                row(Topic::Reply, passes, t("Reply"), flags(reply), caller)
            }
        }
    }

    /// Returns the listener bind of the target's Envoy.
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
    let conditions: Vec<_> = candidate.conditions.iter().map(condition_words).collect();
    let conditions =
        if conditions.is_empty() { t("takes everything").to_owned() } else { conditions.join("; ") };
    let words = match candidate.priority {
        None => say("{0}: {1}", &[&candidate.route, &conditions]),
        Some(priority) => {
            say("{0} (priority {1}): {2}", &[&candidate.route, &priority.to_string(), &conditions])
        }
    };
    (mark, words)
}

fn condition_words(condition: &Condition) -> String {
    let what = match &condition.what {
        What::Header(name) => say("header {0}", &[name]),
        What::Query(name) => say("query parameter {0}", &[name]),
        What::Metadata(name) => say("metadata {0}", &[name]),
        What::Protocol => t("protocol").to_owned(),
        What::Port => t("port").to_owned(),
        What::Hostname => t("host name").to_owned(),
        What::Path => t("path").to_owned(),
        What::Method => t("method").to_owned(),
        What::Scheme => t("scheme").to_owned(),
        What::GrpcService => t("gRPC service").to_owned(),
        What::GrpcMethod => t("gRPC method").to_owned(),
    };
    let sign = if condition.passes { Mark::Passed.sign() } else { Mark::Failed.sign() };
    let expected = test_words(&condition.expected, condition.inverted, &what);
    let found = match (&condition.bad_pattern, &condition.found) {
        (Some(problem), _) => [": ", &*problem.to_string()].concat(),
        (None, Some(found)) => say(", is {0}", &[found]),
        (None, None) => t(", is not there").to_owned(),
    };
    [sign, " ", &*expected, &*found].concat()
}

/// Describes a test of a request's property: "path starts with /red".
fn test_words(test: &Test, inverted: bool, what: &str) -> String {
    let (words, inverse, text): (_, _, &str) = match test {
        Test::Exact(text) => (english("{0} equals {1}"), english("{0} not equals {1}"), text),
        Test::Prefix(text) => (english("{0} starts with {1}"), english("{0} not starts with {1}"), text),
        Test::Suffix(text) => (english("{0} ends with {1}"), english("{0} not ends with {1}"), text),
        Test::Regex(text) => (english("{0} matches {1}"), english("{0} not matches {1}"), text),
        Test::Range(start, end) => {
            let words = if inverted {
                english("{0} not is from {1} to before {2}")
            } else {
                english("{0} is from {1} to before {2}")
            };
            return say(words, &[what, &start.to_string(), &end.to_string()]);
        }
        Test::Present => (english("{0} is there"), english("{0} not is there"), ""),
        Test::Kind(kind) => (english("{0} is {1}"), english("{0} not is {1}"), kind_words(*kind)),
    };
    say(if inverted { inverse } else { words }, &[what, text])
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
        Egress::Backend { service, port, is_tcp: true } => (
            true,
            say(
                "port {0} belongs to backend {1}, whoever is dialled there (TCP)",
                &[&port.to_string(), service],
            ),
        ),
        Egress::Backend { service, port, .. } => {
            (true, say("port {0} and the host are backend {1}'s", &[&port.to_string(), service]))
        }
        Egress::OtherHost { port } => {
            let words = english("port {0} belongs to a backend, but none there has that host: 404");
            (false, say(words, &[&port.to_string()]))
        }
        Egress::Amazon => (true, t("TLS to *.amazonaws.com on port 443 is always allowed").to_owned()),
        Egress::PassedThrough => (true, t("ALLOW_ALL: passed on to the address dialled").to_owned()),
        Egress::Dropped { allows_all: true } => (
            false,
            t("nothing takes it: under ALLOW_ALL, a node that lists any backend must list all it sends to")
                .to_owned(),
        ),
        Egress::Dropped { .. } => {
            (false, t("nothing takes it: not a backend, and the mesh's egress filter is DROP_ALL").to_owned())
        }
        Egress::Refused => (false, t("Envoy does not listen on that address family: refused").to_owned()),
        Egress::BypassesEnvoy => (true, t("that address family is not redirected to Envoy").to_owned()),
    }
}

/// Describes the result of the application's own DNS lookup.
pub(super) fn lookup_words(host: &str, found: Lookup) -> String {
    match found {
        Lookup::Found(address) => {
            say("the application's own DNS lookup: {0} is {1}", &[host, &address.to_string()])
        }
        Lookup::OtherFamily(family) => {
            let words = english("{0} has addresses of {1} only, and the task has none of that family");
            say(words, &[host, family.as_str()])
        }
        Lookup::Missing => say(
            "the application's own DNS lookup finds no record of {0}: no connection is made, and no Envoy sees it",
            &[host],
        ),
    }
}

/// Describes why an attempt failed.
pub fn failure_words(stop: Stop) -> &'static str {
    match stop {
        Stop::NoHost => t("no healthy upstream"),
        Stop::Refused => t("the connection was refused"),
        Stop::TimedOut => t("the connection was not answered in time"),
        Stop::TlsToPlaintext => t("the caller speaks TLS, the listener does not"),
        Stop::UnknownAuthority => t("the caller does not trust the authority of the listener's certificate"),
        Stop::OtherName => t("the listener's certificate has none of the names that the caller wants"),
        Stop::NoCertificate => t("the listener wants a certificate that the caller has not"),
        Stop::UnknownClientAuthority => {
            t("the listener does not trust the authority of the caller's certificate")
        }
        Stop::OtherClientName => t("the caller's certificate has none of the names that the listener wants"),
        Stop::PlaintextToTls => t("the listener wants TLS, the caller speaks none"),
        Stop::NoApplication => t("the application did not answer"),
        Stop::TooLate => t("the time for the request was over"),
        Stop::NoRoute => t("no route takes it"),
        Stop::NoCluster => t("the route leads to nobody"),
        Stop::NoFilterChain => t("no filter chain takes it"),
        Stop::NotHttp => t("it is not HTTP"),
    }
}
