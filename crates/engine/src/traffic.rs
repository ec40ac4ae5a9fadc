//! The outcome of a request: a pure function of meshes and environment.
//!
//! [`reach`] evaluates one target node, independent of the caller: discovery, then the target's listener, then the
//! local application. [`simulate`] follows one request end to end: gateway, or lookup and outbound listener, routes
//! (`matching`), weights, then the node, with TLS and retries. Results are facts; `view_model` converts them to text.
//!
//! Sources: measurements of real Envoys (docs/facts/envoy.md#outcomes and the comments here), and the API
//! documentation for how App Mesh applies its settings.

mod clients;
mod counters;
mod discovery;
mod egress;
mod lookup;
mod matching;
mod outcome;
mod path;
mod pattern;
mod plan;
mod random;
mod reach;
mod reply;
mod request;
mod simulate;
#[cfg(test)]
mod tests;
mod tls;

pub use clients::clients;
pub use counters::Counters;
pub use discovery::{Discovery, DiscoveryMethod, addresses, discovery_method, instance_address, instances};
pub use egress::{Chain, Dialled, Egress, Outbound, dialled_port, outbound, service_ports};
pub use lookup::{Lookup, PLACEHOLDER, PLACEHOLDER_V6, records};
pub use matching::{Candidate, Condition, Matches, Rank, RouteKind, Test, What, ordered};
pub use outcome::{End, Event, Outcome, RouteHop, RouteMiss, ServiceHop, Share};
pub use reach::{
    ApplicationHop, Connection, Failure, Fault, Reach, Verdict, fixes, preference_matters, reach, reach_if,
    what_if,
};
pub use reply::{CONNECT_TIMEOUT, Reply, Retries, Stop};
pub use request::{Client, Protocol, Request};
pub use simulate::{Split, send, send_to, send_to_each, simulate, split, target};
pub use tls::{Check, Tls, TlsCause, client_certificate, listener_certificate};
