//! A request, hop by hop, in words: what each hop did, and which setting, at which level, made it so.

use crate::{
    control_plane::Mesh,
    environment::Environment,
    view_model::{events::flags, matrix::preference_words},
};
use crate::{
    environment::{Families, Family, Interception},
    model::{IpPreference, Name},
    resolve::{EffectivePreference, ListenerBind, Provenance},
    traffic::{
        Client, Connection, Discovery, DiscoveryMethod, Fault, Outcome, Reach, Request, RouteHop, RouteMiss,
        ServiceHop, fixes, send,
    },
    world::World,
};

/// What became of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The request passed.
    Passed,
    /// The request failed here.
    Failed,
    /// The request never came here, and would fail here too.
    WouldFail,
    /// The request never came here.
    NotReached,
}

impl Mark {
    /// The sign beside the word.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Failed => "✕",
            Self::WouldFail => "⚠",
            Self::NotReached => "–",
        }
    }

    /// The class of the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::WouldFail => "would-fail",
            Self::NotReached => "not-reached",
        }
    }

    /// The mark as a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::WouldFail => "not reached, would fail too",
            Self::NotReached => "not reached",
        }
    }
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopRow {
    /// What became of it.
    pub mark: Mark,
    /// Its name.
    pub name: &'static str,
    /// What happened, or would have.
    pub text: String,
}

/// A request in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Who asks whom: `GET /red through colorgateway-vg`.
    pub request: String,
    /// The node that was to answer.
    pub node: Option<Name>,
    /// Whether it arrives.
    pub arrives: bool,
    /// In one sentence: where it stopped and why.
    pub headline: String,
    /// Hop by hop.
    pub hops: Vec<HopRow>,
    /// The status the client sees.
    pub status: Option<u16>,
    /// The text the client sees; empty when the application answers.
    pub body: &'static str,
    /// What both Envoys log.
    pub flags: String,
    /// Preferences that, set on the node itself, would let requests through.
    pub fixes: Vec<IpPreference>,
}

/// The shortest words for what became of a request.
pub const fn badge(met: Option<Fault>) -> &'static str {
    match met {
        None => "arrives",
        Some(Fault::Discovery) => "no address",
        Some(Fault::Address) => "times out",
        Some(Fault::Listener) => "listener refuses",
        Some(Fault::Application) => "app refuses",
    }
}

/// Which setting makes it so: the preference and who set it.
fn because(preference: EffectivePreference, mesh: &str) -> String {
    let word = preference_words(preference.preference);
    match preference.provenance {
        Provenance::SetHere => format!("{word}, set on this node"),
        Provenance::InheritedFromMesh => format!("{word}, inherited from mesh {mesh}"),
        Provenance::NoPreference => "no preference is set on the node or the mesh".to_owned(),
    }
}

/// What became of a request, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Who asks whom.
    pub request: String,
    /// The node it went to.
    pub node: Name,
    /// Whether it arrives.
    pub arrives: bool,
    /// The status the client sees; `None` when the connection is reset.
    pub status: Option<u16>,
    /// In one sentence: where it stopped and why.
    pub headline: String,
}

/// Sends a request to a node and tells it in a line.
pub fn summary(world: &World, mesh: &Mesh, mesh_name: &str, request: &Request, node: &Name) -> Summary {
    let outcome = send(&world.environment, mesh, request);
    Summary {
        request: request_words(request),
        node: node.clone(),
        arrives: outcome.arrives(),
        status: outcome.status(),
        headline: match &outcome.reach {
            Some(reach) => headline(reach, mesh_name),
            None => missed_words(&outcome),
        },
    }
}

/// Sends a request and tells it in words.
pub fn trace(world: &World, mesh: &Mesh, mesh_name: &str, request: &Request) -> Trace {
    let environment = &*world.environment;
    let outcome = send(environment, mesh, request);
    let mut hops = vec![route_row(request, &outcome.route)];
    let node = outcome.service.as_ref().map(|hop| hop.node.clone());
    if let Some(service) = &outcome.service {
        hops.push(service_row(service));
    }
    let (headline, flags, body) = match &outcome.reach {
        Some(reach) => {
            hops.extend(reach_rows(reach, environment, mesh_name));
            (headline(reach, mesh_name), flags(&outcome.reply), outcome.reply.body)
        }
        None => (missed_words(&outcome), missed_flags(&outcome), outcome.reply.body),
    };
    let fixes = match &outcome.reach {
        Some(reach) if !reach.arrives() => {
            node.as_deref().map_or_else(Vec::new, |node| fixes(environment, mesh, node))
        }
        _ => Vec::new(),
    };
    Trace {
        request: request_words(request),
        node,
        arrives: outcome.arrives(),
        headline,
        hops,
        status: outcome.status(),
        body,
        flags,
        fixes,
    }
}

/// A request in a few words: `GET /red through colorgateway-vg`.
pub fn request_words(request: &Request) -> String {
    match &request.client {
        Client::Gateway(gateway) => format!("GET {} through {gateway}", request.path),
        Client::Node { node, service } => format!("{node} to {service}"),
    }
}

fn route_row(request: &Request, route: &RouteHop) -> HopRow {
    let (mark, name, text) = match route {
        RouteHop::GatewayRoute { route, matched, path } => (
            Mark::Passed,
            "Gateway route",
            if *path == request.path {
                format!("{route} matches {matched}; the path stays {path}")
            } else {
                format!("{route} matches {matched}; the path becomes {path}")
            },
        ),
        RouteHop::Backend => {
            (Mark::Passed, "Backend", "the node lists the virtual service as a backend".to_owned())
        }
        RouteHop::Outside => {
            (Mark::Passed, "Egress", "the host is outside the mesh, and egress to it passes".to_owned())
        }
        RouteHop::Missed(miss) => (Mark::Failed, "Route", miss_words(miss, request)),
    };
    HopRow { mark, name, text }
}

fn miss_words(miss: &RouteMiss, request: &Request) -> String {
    match miss {
        RouteMiss::NoGatewayRoute => format!("no gateway route matches {}", request.path),
        RouteMiss::NoListener => {
            "no listener takes the connection: not its port, family, TLS or protocol".to_owned()
        }
        RouteMiss::OtherHost => format!("no backend on that port is {}", request.authority()),
        RouteMiss::NoPort(service) => format!("virtual service {service} does not listen on that port"),
        RouteMiss::NotABackend => "the node does not list the virtual service as a backend".to_owned(),
        RouteMiss::NoService(service) => format!("there is no virtual service {service} in the mesh"),
        RouteMiss::NoProvider(service) => format!("virtual service {service} has no provider"),
        RouteMiss::NoRoute(router) => format!("no route of virtual router {router} matches"),
    }
}

fn missed_words(outcome: &Outcome) -> String {
    match (&outcome.route, outcome.status()) {
        (RouteHop::Outside, _) => "Leaves the mesh".to_owned(),
        (RouteHop::Missed(_), Some(status)) => format!("Stops before the mesh: no route, {status}"),
        (RouteHop::Missed(_), None) => "Stops at the node's own Envoy: the connection is reset".to_owned(),
        _ => "Stops: the virtual node is not there any more".to_owned(),
    }
}

fn missed_flags(outcome: &Outcome) -> String {
    format!("caller's Envoy: flags {}, {}", outcome.reply.caller_flags, outcome.reply.caller_details)
}

fn service_row(hop: &ServiceHop) -> HopRow {
    let text = match &hop.via {
        None => format!("{} is provided by {}", hop.service, hop.node),
        Some((router, route)) => format!(
            "{} is provided by router {router}: route {route} sends {} % to {}, its heaviest target",
            hop.service, hop.share, hop.node
        ),
    };
    HopRow { mark: Mark::Passed, name: "Virtual service", text }
}

fn reach_rows(reach: &Reach, environment: &Environment, mesh_name: &str) -> [HopRow; 3] {
    let cause = because(reach.preference, mesh_name);
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
    [
        HopRow {
            mark: mark(Fault::Discovery, true),
            name: "Discovery",
            text: format!("{} ({cause})", discovery_text(&reach.discovery)),
        },
        HopRow {
            mark: mark(connection_fault, has_address),
            name: "Listener",
            text: match reach.connection {
                Some(connection) => connection_text(reach, connection),
                None => format!("{} is bound; nobody connects", bind_words(reach.effects.listener_bind)),
            },
        },
        HopRow {
            mark: mark(Fault::Application, met.is_none()),
            name: "Application",
            text: application_text(reach, environment),
        },
    ]
}

pub(super) fn discovery_text(discovery: &Discovery) -> String {
    match discovery {
        Discovery::Found { by, asked, address, .. } => match by {
            DiscoveryMethod::Dns(host) => {
                format!("DNS was asked for {}: {host} is {address}", records(asked))
            }
            DiscoveryMethod::CloudMap(service) => {
                format!("Cloud Map service {} gives {address}", service.service)
            }
        },
        Discovery::Empty { by, asked, available } => {
            let has = match available {
                Families { ipv4: false, ipv6: false } => "nothing is registered".to_owned(),
                families => format!("only {} is registered", families.as_str()),
            };
            match by {
                DiscoveryMethod::Dns(host) => {
                    format!("DNS was asked for {} of {host} and has none: {has}", records(asked))
                }
                DiscoveryMethod::CloudMap(service) => {
                    format!(
                        "no instance of Cloud Map service {} has a usable address: {has}",
                        service.service
                    )
                }
            }
        }
        Discovery::Undiscoverable => "the node has no service discovery, so nobody can send to it".to_owned(),
    }
}

pub(super) fn records(asked: &[Family]) -> String {
    let words: Vec<_> = asked.iter().map(|family| if *family == Family::V4 { "A" } else { "AAAA" }).collect();
    words.join(", then ")
}

pub(super) const fn bind_words(bind: ListenerBind) -> &'static str {
    match bind {
        ListenerBind::Ipv4 => "0.0.0.0 (IPv4 only)",
        ListenerBind::DualStack => ":: (IPv6 and IPv4)",
    }
}

/// What a connection to the target meets, in words.
pub fn connection_text(reach: &Reach, connection: Connection) -> String {
    let address = match &reach.discovery {
        Discovery::Found { address, .. } => address.to_string(),
        _ => "no address".to_owned(),
    };
    let bind = bind_words(reach.effects.listener_bind);
    match connection {
        Connection::Accepted if reach.tls.is_some_and(|tls| tls.stop().is_some()) => {
            format!("Envoy listens on {bind}, but the TLS of the caller and of the listener do not fit")
        }
        connection => connection_words(connection, bind, &address),
    }
}

pub(super) fn connection_words(connection: Connection, bind: &str, address: &str) -> String {
    match connection {
        Connection::Accepted => format!("Envoy listens on {bind} and accepts the connection to {address}"),
        Connection::Refused => {
            format!("Envoy listens on {bind} and refuses the IPv6 connection to {address}")
        }
        Connection::BypassesEnvoy => {
            format!(
                "IPv6 is not redirected to Envoy: the connection to {address} goes straight to the application"
            )
        }
        Connection::Vanishes => format!("no task has the address {address}: packets vanish"),
    }
}

fn application_text(reach: &Reach, environment: &Environment) -> String {
    let Some(hop) = reach.application else { return "no task is known behind this node".to_owned() };
    let listens = hop.listens_on.as_str();
    let is_direct = reach.connection == Some(Connection::BypassesEnvoy)
        && environment.interception == Interception::Ipv4Only;
    match (is_direct, hop.answers()) {
        (true, true) => format!("the application listens on {listens} and answers without its Envoy"),
        (true, false) => format!("the application listens on {listens}, not on IPv6"),
        (false, true) => format!("Envoy connects to {}; the application listens on {listens}", hop.endpoint),
        (false, false) => {
            format!(
                "Envoy connects to {} and to nothing else; the application listens on {listens}",
                hop.endpoint
            )
        }
    }
}

fn headline(reach: &Reach, mesh_name: &str) -> String {
    let cause = because(reach.preference, mesh_name);
    let first = match reach.met() {
        None if reach.bypasses_envoy() => {
            "Arrives, but bypasses Envoy: IPv6 is not redirected to it".to_owned()
        }
        None => {
            let address = match &reach.discovery {
                Discovery::Found { address, .. } => address.to_string(),
                _ => String::new(),
            };
            let endpoint = reach.application.map_or_else(String::new, |hop| hop.endpoint.to_string());
            format!("Arrives: found at {address}, and its application at {endpoint}")
        }
        Some(Fault::Discovery) => {
            format!("Stops at discovery: {}. Cause: {cause}", discovery_text(&reach.discovery))
        }
        Some(Fault::Address) => "Stops on the way: no task has the address that was found".to_owned(),
        Some(Fault::Listener) if reach.connection == Some(Connection::Accepted) => {
            "Stops at the listener: the TLS of the caller and of the listener do not fit".to_owned()
        }
        Some(Fault::Listener) => format!(
            "Stops at the listener: discovery gave an IPv6 address, Envoy listens on IPv4 only. Cause: {cause}"
        ),
        Some(Fault::Application) => {
            let endpoint = reach.application.map_or_else(String::new, |hop| hop.endpoint.to_string());
            let listens = reach.application.map_or("nothing", |hop| hop.listens_on.as_str());
            format!(
                "Stops at the application: Envoy connects to {endpoint}, the application listens on {listens}. \
                 Cause: {cause}"
            )
        }
    };
    let next = reach.failures.iter().find(|failure| !failure.is_met);
    match next.map(|failure| failure.fault) {
        Some(Fault::Application) => format!("{first}. Behind it, the application would fail too"),
        _ => first,
    }
}
