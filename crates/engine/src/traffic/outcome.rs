//! Outcome of a request: its events, in order, and the result.

use std::net::IpAddr;

use super::{
    ApplicationHop, Candidate, Connection, Discovery, Egress, Lookup, Reach, Reply, Request, Stop, Tls,
};
use crate::model::{Kind, Name};

/// One event of a request, as a fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It reached a gateway's listener.
    Gateway {
        /// Port of that listener; the dialled port if the gateway has no listener there.
        port: Option<i64>,
        /// Whether the gateway has a listener there.
        listens: bool,
        /// Why the listener refuses it: its TLS, or because it is not HTTP.
        stop: Option<Stop>,
    },
    /// The application looked up the name that it calls.
    Lookup {
        /// The name.
        host: Name,
        /// The result.
        found: Lookup,
    },
    /// It reached the outbound listener of the calling node.
    Egress(Egress),
    /// Gateway routes or routes were tried, in this order; the first that matches took the request.
    Match {
        /// Kind of the candidates: gateway routes or routes.
        kind: Kind,
        /// The gateway or the router.
        parent: Name,
        /// All candidates, including those after the winner.
        candidates: Vec<Candidate>,
        /// Index of the candidate that took the request; `None` if none matched.
        winner: Option<usize>,
    },
    /// A gateway route rewrote its path or host.
    Rewrite {
        /// The path before and after, if it changed.
        path: Option<(String, String)>,
        /// The host before and after, if it changed.
        host: Option<(Name, Name)>,
    },
    /// A virtual service was looked up.
    Service {
        /// The virtual service.
        service: Name,
        /// The port of the virtual service.
        port: Option<i64>,
        /// The provider of the service: a virtual node or a virtual router.
        provider: Option<(Kind, Name)>,
    },
    /// One of the targets of a route was chosen.
    Choice {
        /// All targets.
        targets: Vec<Share>,
        /// The number drawn, from 0 up to, but excluding, the sum of the weights; `None` if the target was not drawn,
        /// but the heaviest or a given one was requested.
        drawn: Option<i64>,
        /// Index of the chosen target; `None` if no target has any weight.
        chosen: Option<usize>,
    },
    /// The node's addresses were looked up.
    Discovery(Discovery),
    /// A connection was attempted.
    Connect {
        /// The number of the attempt, from 1.
        attempt: u32,
        /// The address connected to.
        address: IpAddr,
        /// The port connected to.
        port: i64,
        /// The result of the connection.
        connection: Connection,
    },
    /// TLS was negotiated on the connection, or failed.
    Tls(Tls),
    /// The target's Envoy, or the connection itself, tried the last hop: to the application.
    Application(ApplicationHop),
    /// The caller's Envoy retries.
    Retry {
        /// The number of attempts so far.
        attempts: u32,
        /// The reason why the last attempt failed.
        after: Stop,
    },
    /// The request left for a host outside the mesh.
    Outside(Name),
    /// The client received this reply.
    Reply(Reply),
}

/// A target of a route, with its weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    /// The virtual node.
    pub node: Name,
    /// The port given for it.
    pub port: Option<i64>,
    /// Its weight.
    pub weight: i64,
}

/// How a request terminated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// An application answered.
    Answered,
    /// An Envoy answered instead of an application.
    EnvoyAnswered,
    /// The connection was closed without an answer.
    Closed,
    /// The client's first connection was refused.
    Refused,
    /// The name has no address, so no connection was made.
    Unresolved,
}

/// The hop that selects a virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteHop {
    /// A gateway route matched.
    GatewayRoute {
        /// The gateway route.
        route: Name,
        /// The prefix, path or gRPC service it matched, as written in the route.
        matched: String,
        /// The path that is forwarded, after the rewrite.
        path: String,
    },
    /// The node lists the service as a backend.
    Backend,
    /// The host is outside the mesh, and the node may send to it.
    Outside,
    /// Nothing matched.
    Missed(RouteMiss),
}

/// Reason why no route was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteMiss {
    /// The name has no record: the application's own lookup fails, before any Envoy.
    Unresolved(Name),
    /// The name has only records of an address family that the task lacks.
    OtherFamily(Name),
    /// The listener does not accept the connection, because of its port, family, TLS or protocol.
    NoListener,
    /// No gateway route of the gateway matches.
    NoGatewayRoute,
    /// The client's node does not list the host as a backend, and may not send outside.
    NotABackend,
    /// A backend has that port, but no backend on that port has the host.
    OtherHost,
    /// The virtual service does not exist.
    NoService(Name),
    /// The virtual service has no provider.
    NoProvider(Name),
    /// The virtual service does not listen on that port, or on any port: its ports are those of its router's
    /// listeners, or of the nodes behind it.
    NoPort(Name),
    /// No route of this virtual router matches.
    NoRoute(Name),
}

/// The hop from a virtual service to a virtual node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceHop {
    /// The virtual service.
    pub service: Name,
    /// The virtual router and its route, if there is a router in between.
    pub via: Option<(Name, Name)>,
    /// The virtual node that provides it.
    pub node: Name,
    /// Its share of the route's traffic, in percent of all weights; 100 without a router.
    pub share: u8,
}

/// Outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// How the virtual service was selected.
    pub route: RouteHop,
    /// How the node was selected; `None` if no route was found.
    pub service: Option<ServiceHop>,
    /// The hops between the caller's Envoy and the application on the last attempt; `None` if no node was selected.
    pub reach: Option<Reach>,
    /// The request as it is sent to that node, after all rewrites; `None` if no node was selected.
    pub sent: Option<Request>,
    /// All events, in order.
    pub events: Vec<Event>,
    /// The reply that the client receives.
    pub reply: Reply,
    /// How the request terminated.
    pub end: End,
}

impl Outcome {
    /// Returns whether the request arrived at an application.
    pub fn arrives(&self) -> bool {
        self.end == End::Answered
    }

    /// Returns the HTTP status that the client sees; `None` on TCP, and if the connection is closed instead.
    pub fn status(&self) -> Option<u16> {
        (self.reply.status != 0).then_some(self.reply.status)
    }
}
