//! What becomes of a request: a pure function of meshes and environment.
//!
//! [`reach`] answers for one target node, whoever calls: discovery, then the target's listener, then the local
//! application. [`send`] puts the caller's part before it: gateway route or backend, service, router. Results are
//! facts; words for people are made in `view_model`.
//!
//! Source of every rule: real Envoys, measured (fact sheet on Envoy, section 3).

mod reach;
mod send;
#[cfg(test)]
mod tests;

pub use reach::{
    ApplicationHop, Connection, Discovery, DiscoveryMethod, Failure, Fault, Reach, Reply, discovery_method,
    fixes, instances, reach, reach_if,
};
pub use send::{Client, Outcome, Request, RouteHop, RouteMiss, ServiceHop, clients, send};
