//! What became of a request: the events on its way, in order, and what they come to.

use std::net::IpAddr;

use super::{
    ApplicationHop, Candidate, Connection, Discovery, Egress, Lookup, Reach, Reply, Request, Stop, Tls,
};
use crate::model::{Kind, Name};

/// Something that happened to a request, as a fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It came to a gateway's listener.
    Gateway {
        /// The port of that listener; the port dialled when there is none on it.
        port: Option<i64>,
        /// Whether the gateway has a listener there.
        listens: bool,
        /// What the listener has against it: its TLS, or that it is not HTTP.
        stop: Option<Stop>,
    },
    /// The application looked up the name it calls.
    Lookup {
        /// The name.
        host: Name,
        /// The result.
        found: Lookup,
    },
    /// It came to the outbound listener of its own node.
    Egress(Egress),
    /// Gateway routes or routes were tried, in this order; the first that matches took it.
    Match {
        /// Gateway routes, or routes.
        kind: Kind,
        /// The gateway, or the router.
        parent: Name,
        /// All of them, those behind the winner too.
        candidates: Vec<Candidate>,
        /// Which one took it.
        winner: Option<usize>,
    },
    /// A gateway route wrote another path or host into it.
    Rewrite {
        /// The path before and after, where it changed.
        path: Option<(String, String)>,
        /// The host before and after, where it changed.
        host: Option<(Name, Name)>,
    },
    /// A virtual service was looked up.
    Service {
        /// The virtual service.
        service: Name,
        /// By which of its ports.
        port: Option<i64>,
        /// What provides it: a virtual node or a virtual router.
        provider: Option<(Kind, Name)>,
    },
    /// One of the targets of a route was drawn.
    Choice {
        /// All of them.
        targets: Vec<Share>,
        /// The number drawn, from 0 to before the sum of the weights; `None` where the heaviest was asked for.
        drawn: Option<i64>,
        /// Which one it fell on; `None` when no target has any weight.
        chosen: Option<usize>,
    },
    /// The node's addresses were looked up.
    Discovery(Discovery),
    /// A connection was tried.
    Connect {
        /// The how-manieth, from 1.
        attempt: u32,
        /// To which address.
        address: IpAddr,
        /// To which port.
        port: i64,
        /// What it met.
        connection: Connection,
    },
    /// What TLS came to on it.
    Tls(Tls),
    /// The target's Envoy, or the connection itself, came to the application.
    Application(ApplicationHop),
    /// The caller's Envoy tries again.
    Retry {
        /// After how many tries.
        attempts: u32,
        /// Because of this.
        after: Stop,
    },
    /// It left for a host outside the mesh.
    Outside(Name),
    /// This came back.
    Reply(Reply),
}

/// A target of a route, and its weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    /// The virtual node.
    pub node: Name,
    /// The port named with it.
    pub port: Option<i64>,
    /// Its weight.
    pub weight: i64,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// An application answered.
    Answered,
    /// An Envoy answered in its place.
    EnvoyAnswered,
    /// The connection was closed without an answer.
    Closed,
    /// The very first connection was refused.
    Refused,
    /// The name has no address, so no connection was made.
    Unresolved,
}

/// The hop that picks a virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteHop {
    /// A gateway route matched.
    GatewayRoute {
        /// The gateway route.
        route: Name,
        /// The prefix, path or gRPC service it matched, as written in the route.
        matched: String,
        /// The path sent on, after the rewrite.
        path: String,
    },
    /// The node lists the service as a backend.
    Backend,
    /// The host is outside the mesh, and the node may send to it.
    Outside,
    /// Nothing matched.
    Missed(RouteMiss),
}

/// Why no route was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteMiss {
    /// The name has no record: the application's own lookup fails, before any Envoy.
    Unresolved(Name),
    /// The name has only records of an address family that the task lacks.
    OtherFamily(Name),
    /// The listener does not take the connection: its port, family, TLS or protocol.
    NoListener,
    /// No gateway route of the gateway matches.
    NoGatewayRoute,
    /// The client's node does not list the host as a backend, and may not send outside.
    NotABackend,
    /// A backend has that port, but none there has the host.
    OtherHost,
    /// There is no such virtual service.
    NoService(Name),
    /// The virtual service has no provider.
    NoProvider(Name),
    /// The virtual service does not listen on that port, or on none: its ports are those of its router's listeners,
    /// or of the nodes behind it.
    NoPort(Name),
    /// No route of this virtual router matches.
    NoRoute(Name),
}

/// The hop from a virtual service to a virtual node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceHop {
    /// The virtual service.
    pub service: Name,
    /// The virtual router and its route, where there is one between.
    pub via: Option<(Name, Name)>,
    /// The virtual node that provides it.
    pub node: Name,
    /// Its share of the route's traffic, in percent of all weights; 100 without a router.
    pub share: u8,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// How the virtual service was picked.
    pub route: RouteHop,
    /// How the node was picked; `None` when no route was found.
    pub service: Option<ServiceHop>,
    /// What lay between caller and application on the last try; `None` when no node was picked.
    pub reach: Option<Reach>,
    /// The request as it is sent to that node, after all rewrites; `None` when no node was picked.
    pub sent: Option<Request>,
    /// All of it, in order.
    pub events: Vec<Event>,
    /// What the client gets back.
    pub reply: Reply,
    /// How it ended.
    pub end: End,
}

impl Outcome {
    /// Whether the request arrived at an application.
    pub fn arrives(&self) -> bool {
        self.end == End::Answered
    }

    /// The HTTP status the client sees; `None` on TCP, and where the connection is closed instead.
    pub fn status(&self) -> Option<u16> {
        (self.reply.status != 0).then_some(self.reply.status)
    }
}
