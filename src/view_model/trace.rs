//! Describes a request hop by hop: the result of each hop, and the setting that caused it, with its level.

use mesh_text::words::{say, t};

use crate::{
    control_plane::Mesh,
    environment::Environment,
    view_model::{
        cause::{cause, cure, is_listener_missing},
        events::{failure_words, flags, lookup_words},
        graph::{Edge, share_words},
        tls::tls_words,
    },
};
use crate::{
    environment::{Families, Family, Interception},
    model::{IpPreference, Name},
    resolve::ListenerBind,
    traffic::{
        Client, Connection, Discovery, DiscoveryMethod, Fault, Lookup, Outcome, Reach, Request, RouteHop,
        RouteMiss, ServiceHop, Tls, fixes, send_to,
    },
    world::World,
};

/// Outcome of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The request passed.
    Passed,
    /// The request failed here.
    Failed,
    /// The request did not reach this hop, and would fail here too.
    WouldFail,
    /// The request did not reach this hop.
    NotReached,
}

impl Mark {
    /// Returns the sign beside the word.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Failed => "✕",
            Self::WouldFail => "⚠",
            Self::NotReached => "–",
        }
    }

    /// Returns the class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::WouldFail => "would-fail",
            Self::NotReached => "not-reached",
        }
    }

    /// Returns the mark in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => t("passed"),
            Self::Failed => t("failed"),
            Self::WouldFail => t("not reached, would fail too"),
            Self::NotReached => t("not reached"),
        }
    }
}

/// Description of one hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopRow {
    /// Outcome of the hop.
    pub mark: Mark,
    /// Name of the hop.
    pub name: &'static str,
    /// Description of what happened, or would have happened.
    pub text: String,
}

/// Description of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The request in a few words: `GET /red through colorgateway-vg`.
    pub request: String,
    /// Target node.
    pub node: Option<Name>,
    /// Whether the request arrives.
    pub arrives: bool,
    /// One-sentence summary: where the request stopped, and why.
    pub headline: String,
    /// Hops in order.
    pub hops: Vec<HopRow>,
    /// The status the client sees.
    pub status: Option<u16>,
    /// Response body that the client sees; empty if the application answers.
    pub body: &'static str,
    /// Response flags that both Envoys log, in words.
    pub flags: String,
    /// Preferences that, set on the node itself, would let requests through.
    pub fixes: Vec<IpPreference>,
    /// The remedy if no preference helps; empty if the request arrives or a preference helps.
    pub cure: &'static str,
    /// Host name without a DNS record, if adding a record would let requests continue.
    pub unresolved: Option<Name>,
}

/// Returns the shortest description of a request's outcome.
pub fn badge(met: Option<Fault>) -> &'static str {
    match met {
        None => t("arrives"),
        Some(Fault::Lookup | Fault::Discovery) => t("no address"),
        Some(Fault::Address) => t("times out"),
        Some(Fault::Listener) => t("listener refuses"),
        Some(Fault::Tls) => t("TLS fails"),
        Some(Fault::Application) => t("app refuses"),
    }
}

/// One-line summary of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The request in a few words; with share and target if the route has several targets.
    pub request: String,
    /// Target node.
    pub node: Name,
    /// Whether the request arrives.
    pub arrives: bool,
    /// The status the client sees; `None` when the connection is reset.
    pub status: Option<u16>,
    /// One-sentence summary: where the request stopped, and why.
    pub headline: String,
}

/// Sends the request of an edge and summarises the outcome in a line.
pub fn summary(world: &World, mesh: &Mesh, mesh_name: &str, way: &Edge) -> Summary {
    let outcome = send_to(&world.environment, mesh, &way.request, way.target);
    let request = request_words(&way.request);
    Summary {
        request: match outcome.service.as_ref().map(|hop| hop.share) {
            Some(share) if share < 100 => say("{0}: {1} to {2}", &[&request, &share_words(share), &way.node]),
            _ => request,
        },
        node: way.node.clone(),
        arrives: outcome.arrives(),
        status: outcome.status(),
        headline: match &outcome.reach {
            Some(reach) => {
                headline(reach, cause(&world.environment, mesh, mesh_name, &way.node, reach).as_deref())
            }
            None => missed_words(&outcome),
        },
    }
}

/// Sends a request to one of its route's targets, by index, and describes the outcome in words.
pub fn trace(world: &World, mesh: &Mesh, mesh_name: &str, request: &Request, target: usize) -> Trace {
    let environment = &*world.environment;
    let outcome = send_to(environment, mesh, request, target);
    let mut hops = vec![route_row(request, &outcome.route)];
    let node = outcome.service.as_ref().map(|hop| hop.node.clone());
    if let Some(service) = &outcome.service {
        hops.push(service_row(service));
    }
    let (mut fixing, mut cure_words) = (Vec::new(), "");
    let (headline, flags) = match (&outcome.reach, &node) {
        (Some(reach), Some(node)) => {
            let cause = cause(environment, mesh, mesh_name, node, reach);
            hops.extend(reach_rows(reach, environment, cause.as_deref()));
            if !reach.arrives() {
                let may_fix = cause.is_some();
                fixing = if may_fix { fixes(environment, mesh, node) } else { Vec::new() };
                cure_words = if fixing.is_empty() { cure(reach, may_fix) } else { "" };
            }
            (headline(reach, cause.as_deref()), flags(&outcome.reply))
        }
        _ => (missed_words(&outcome), missed_flags(&outcome)),
    };
    Trace {
        request: request_words(request),
        node,
        arrives: outcome.arrives(),
        headline,
        hops,
        status: outcome.status(),
        body: outcome.reply.body,
        flags,
        fixes: fixing,
        cure: cure_words,
        unresolved: match outcome.route {
            RouteHop::Missed(RouteMiss::Unresolved(host)) => Some(host),
            _ => None,
        },
    }
}

/// Describes a request in a few words: `GET /red through colorgateway-vg`.
pub fn request_words(request: &Request) -> String {
    match &request.client {
        Client::Gateway(gateway) => say("GET {0} through {1}", &[&request.path, gateway]),
        Client::Node { node, service } => say("{0} to {1}", &[node, service]),
    }
}

fn route_row(request: &Request, route: &RouteHop) -> HopRow {
    let (mark, name, text) = match route {
        RouteHop::GatewayRoute { route, matched, path } => (
            Mark::Passed,
            t("Gateway route"),
            if *path == request.path {
                say("{0} matches {1}; the path stays {2}", &[route, matched, path])
            } else {
                say("{0} matches {1}; the path becomes {2}", &[route, matched, path])
            },
        ),
        RouteHop::Backend => {
            (Mark::Passed, t("Backend"), t("the node lists the virtual service as a backend").to_owned())
        }
        RouteHop::Outside => {
            (Mark::Passed, t("Egress"), t("the host is outside the mesh, and egress to it passes").to_owned())
        }
        RouteHop::Missed(miss @ (RouteMiss::Unresolved(_) | RouteMiss::OtherFamily(_))) => {
            (Mark::Failed, t("Lookup"), miss_words(miss, request))
        }
        RouteHop::Missed(miss) => (Mark::Failed, t("Route"), miss_words(miss, request)),
    };
    HopRow { mark, name, text }
}

fn miss_words(miss: &RouteMiss, request: &Request) -> String {
    match miss {
        RouteMiss::Unresolved(host) => lookup_words(host, Lookup::Missing),
        RouteMiss::OtherFamily(host) => {
            say("{0} has no address of a family that the task has an address of", &[host])
        }
        RouteMiss::NoGatewayRoute => say("no gateway route matches {0}", &[&request.path]),
        RouteMiss::NoListener => {
            t("no listener takes the connection: not its port, family, TLS or protocol").to_owned()
        }
        RouteMiss::OtherHost => say("no backend on that port is {0}", &[request.authority()]),
        RouteMiss::NoPort(service) => say("virtual service {0} does not listen on that port", &[service]),
        RouteMiss::NotABackend => t("the node does not list the virtual service as a backend").to_owned(),
        RouteMiss::NoService(service) => say("there is no virtual service {0} in the mesh", &[service]),
        RouteMiss::NoProvider(service) => say("virtual service {0} has no provider", &[service]),
        RouteMiss::NoRoute(router) => say("no route of virtual router {0} matches", &[router]),
    }
}

fn missed_words(outcome: &Outcome) -> String {
    match (&outcome.route, outcome.status()) {
        (RouteHop::Missed(RouteMiss::Unresolved(host)), _) => {
            say("Stops before any Envoy: the application's own DNS lookup finds no record of {0}", &[host])
        }
        (RouteHop::Missed(_), _) if outcome.reply.caller_flags.is_empty() => {
            t("Stops before any Envoy: the application cannot connect").to_owned()
        }
        (RouteHop::Outside, _) => t("Leaves the mesh").to_owned(),
        (RouteHop::Missed(_), Some(status)) => {
            say("Stops before the mesh: no route, {0}", &[&status.to_string()])
        }
        (RouteHop::Missed(_), None) => t("Stops at the node's own Envoy: the connection is reset").to_owned(),
        _ => t("Stops: the virtual node is not there any more").to_owned(),
    }
}

fn missed_flags(outcome: &Outcome) -> String {
    if outcome.reply.caller_flags.is_empty() {
        return flags(&outcome.reply);
    }
    say("caller's Envoy: flags {0}, {1}", &[outcome.reply.caller_flags, &outcome.reply.caller_details])
}

fn service_row(hop: &ServiceHop) -> HopRow {
    let text = match &hop.via {
        None => say("{0} is provided by {1}", &[&hop.service, &hop.node]),
        Some((router, route)) => say(
            "{0} is provided by router {1}: route {2} sends {3} of its requests to {4}",
            &[&hop.service, router, route, &share_words(hop.share), &hop.node],
        ),
    };
    HopRow { mark: Mark::Passed, name: t("Virtual service"), text }
}

fn reach_rows(reach: &Reach, environment: &Environment, cause: Option<&str>) -> Vec<HopRow> {
    let discovery = discovery_text(&reach.discovery);
    let mark =
        |fault: Fault, is_reached: bool| match reach.failures.iter().find(|failure| failure.fault == fault) {
            Some(failure) if failure.is_met => Mark::Failed,
            Some(_) => Mark::WouldFail,
            None if is_reached => Mark::Passed,
            None => Mark::NotReached,
        };
    let met = reach.met();
    let has_address = reach.connection.is_some();
    let connection_fault =
        if reach.connection == Some(Connection::Vanishes) { Fault::Address } else { Fault::Listener };
    let mut rows = vec![
        HopRow {
            mark: mark(Fault::Discovery, true),
            name: t("Discovery"),
            text: cause.map_or_else(|| discovery.clone(), |cause| say("{0} ({1})", &[&discovery, cause])),
        },
        HopRow {
            mark: mark(connection_fault, has_address),
            name: t("Listener"),
            text: match reach.connection {
                Some(connection) => connection_text(reach, connection),
                None => say("{0} is bound; nobody connects", &[bind_words(reach.effects.listener_bind)]),
            },
        },
        HopRow {
            mark: mark(Fault::Application, met.is_none()),
            name: t("Application"),
            text: application_text(reach, environment),
        },
    ];
    // Add the hop only if either side has TLS settings.
    if let Some(tls) = reach.tls.as_ref().filter(|tls| tls.cause.is_some() || tls.mode.is_some()) {
        rows.insert(2, HopRow { mark: mark(Fault::Tls, true), name: "TLS", text: tls_words(tls) });
    }
    rows
}

pub(super) fn discovery_text(discovery: &Discovery) -> String {
    match discovery {
        Discovery::Found { by, asked, address, .. } => match by {
            DiscoveryMethod::Dns(host) => {
                say("DNS was asked for {0}: {1} is {2}", &[&records(asked), host, &address.to_string()])
            }
            DiscoveryMethod::CloudMap(service) => {
                say("Cloud Map service {0} gives {1}", &[&service.service, &address.to_string()])
            }
        },
        Discovery::Empty { by, .. } if is_listener_missing(discovery) => {
            let name = match by {
                DiscoveryMethod::Dns(host) => host,
                DiscoveryMethod::CloudMap(service) => &service.service,
            };
            say("{0} has an address, but the node has no listener on the port that is called", &[name])
        }
        Discovery::Empty { by, asked, available } => {
            let has = match available {
                Families { ipv4: false, ipv6: false } => t("nothing is registered").to_owned(),
                families => say("only {0} is registered", &[families.words()]),
            };
            match by {
                DiscoveryMethod::Dns(host) => {
                    say("DNS was asked for {0} of {1} and has none: {2}", &[&records(asked), host, &has])
                }
                DiscoveryMethod::CloudMap(service) => say(
                    "no instance of Cloud Map service {0} has a usable address: {1}",
                    &[&service.service, &has],
                ),
            }
        }
        Discovery::Undiscoverable => {
            t("the node has no service discovery, so nobody can send to it").to_owned()
        }
    }
}

pub(super) fn records(asked: &[Family]) -> String {
    let words: Vec<_> = asked.iter().map(|family| if *family == Family::V4 { "A" } else { "AAAA" }).collect();
    words.join(t(", then "))
}

pub(super) fn bind_words(bind: ListenerBind) -> &'static str {
    match bind {
        ListenerBind::Ipv4 => t("0.0.0.0 (IPv4 only)"),
        ListenerBind::DualStack => t(":: (IPv6 and IPv4)"),
    }
}

/// Describes the outcome of a connection to the target.
pub fn connection_text(reach: &Reach, connection: Connection) -> String {
    let address = match &reach.discovery {
        Discovery::Found { address, .. } => address.to_string(),
        _ => t("no address").to_owned(),
    };
    let bind = bind_words(reach.effects.listener_bind);
    connection_words(connection, bind, &address)
}

pub(super) fn connection_words(connection: Connection, bind: &str, address: &str) -> String {
    match connection {
        Connection::Accepted => {
            say("Envoy listens on {0} and accepts the connection to {1}", &[bind, address])
        }
        Connection::Refused => {
            say("Envoy listens on {0} and refuses the IPv6 connection to {1}", &[bind, address])
        }
        Connection::BypassesEnvoy => say(
            "IPv6 is not redirected to Envoy: the connection to {0} goes straight to the application",
            &[address],
        ),
        Connection::Vanishes => say("no task has the address {0}: packets vanish", &[address]),
    }
}

fn application_text(reach: &Reach, environment: &Environment) -> String {
    let Some(hop) = reach.application else { return t("no task is known behind this node").to_owned() };
    let listens = hop.listens_on.words();
    let is_direct = reach.connection == Some(Connection::BypassesEnvoy)
        && environment.interception == Interception::Ipv4Only;
    match (is_direct, hop.answers()) {
        (true, true) => say("the application listens on {0} and answers without its Envoy", &[listens]),
        (true, false) => say("the application listens on {0}, not on IPv6", &[listens]),
        (false, true) => say(
            "Envoy connects to {0}; the application listens on {1}",
            &[&hop.endpoint.to_string(), listens],
        ),
        (false, false) => say(
            "Envoy connects to {0} and to nothing else; the application listens on {1}",
            &[&hop.endpoint.to_string(), listens],
        ),
    }
}

fn with_cause(text: String, cause: Option<&str>) -> String {
    match cause {
        Some(cause) => say("{0}. Cause: {1}", &[&text, cause]),
        None => text,
    }
}

/// Returns the one-sentence summary. `cause` is the preference in force, if it affects the outcome.
fn headline(reach: &Reach, cause: Option<&str>) -> String {
    let first = match reach.met() {
        None if reach.bypasses_envoy() => {
            t("Arrives, but bypasses Envoy: IPv6 is not redirected to it").to_owned()
        }
        None => {
            let address = match &reach.discovery {
                Discovery::Found { address, .. } => address.to_string(),
                _ => String::new(),
            };
            let endpoint = reach.application.map_or_else(String::new, |hop| hop.endpoint.to_string());
            say("Arrives: found at {0}, and its application at {1}", &[&address, &endpoint])
        }
        Some(Fault::Lookup | Fault::Discovery) => {
            with_cause(say("Stops at discovery: {0}", &[&discovery_text(&reach.discovery)]), cause)
        }
        Some(Fault::Address) => t("Stops on the way: no task has the address that was found").to_owned(),
        Some(Fault::Tls) => {
            let stop = reach.tls.as_ref().and_then(Tls::stop);
            say("Stops at TLS: {0}", &[stop.map_or("", failure_words)])
        }
        Some(Fault::Listener) => with_cause(
            t("Stops at the listener: discovery gave an IPv6 address, Envoy listens on IPv4 only").to_owned(),
            cause,
        ),
        Some(Fault::Application) => {
            let endpoint = reach.application.map_or_else(String::new, |hop| hop.endpoint.to_string());
            let listens = reach.application.map_or(t("nothing"), |hop| hop.listens_on.words());
            let text = say(
                "Stops at the application: Envoy connects to {0}, the application listens on {1}",
                &[&endpoint, listens],
            );
            with_cause(text, cause)
        }
    };
    let next = reach.failures.iter().find(|failure| !failure.is_met);
    match next.map(|failure| failure.fault) {
        Some(Fault::Application) => say("{0}. Behind it, the application would fail too", &[&first]),
        _ => first,
    }
}
