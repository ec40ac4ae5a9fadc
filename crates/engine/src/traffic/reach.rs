//! Reachability: the hops from any caller's Envoy to the application of one virtual node.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use super::{
    Discovery, Reply, Retries, Stop, Tls,
    discovery::Registered,
    discovery_method,
    reply::{answered, refused},
};
use crate::{
    control_plane::Mesh,
    environment::{Environment, Families, Family, Interception, Task},
    model::{IpPreference, Items, View, VirtualNodeSpec},
    resolve::{
        EffectivePreference, Effects, Provenance, effective_preference, effects, mesh_preference,
        node_preference, own_preference,
    },
};

/// Result of a connection to the discovered address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    /// The target's Envoy accepts it.
    Accepted,
    /// The target's Envoy does not listen on that family.
    Refused,
    /// That family is not redirected to Envoy: the connection goes straight to the application.
    BypassesEnvoy,
    /// No running task has that address: packets vanish.
    Vanishes,
}

/// The last hop: from the target's Envoy to the application beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApplicationHop {
    /// The one local address that Envoy uses; it has no fallback.
    pub endpoint: IpAddr,
    /// The address families on which the application listens.
    pub listens_on: Families,
}

impl ApplicationHop {
    /// Returns whether the application listens on the endpoint's family.
    pub const fn answers(&self) -> bool {
        self.listens_on.has(Family::of(self.endpoint))
    }
}

/// The point of failure of a request. The first two are *discovery* failures, the others are *connection* failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The caller's application finds no address for the name; no Envoy is involved. Never in a [`Reach`], which
    /// begins at the caller's Envoy.
    Lookup,
    /// No address found: no healthy upstream.
    Discovery,
    /// No running task has the address found.
    Address,
    /// The target's listener does not accept connections of that family.
    Listener,
    /// The caller and the target's listener do not agree on TLS: only one of them speaks it, or one refuses the
    /// certificate of the other.
    Tls,
    /// The application does not listen on the local address.
    Application,
}

/// A failure between a caller's Envoy and a node's application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// Where it is.
    pub fault: Fault,
    /// Whether the request reaches it; `false` for a failure that lies behind another and would be next.
    pub is_met: bool,
}

/// Everything between a caller's Envoy and a node's application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reach {
    /// The preference in effect for the target node: it determines every hop here.
    pub preference: EffectivePreference,
    /// The effects of that preference.
    pub effects: Effects,
    /// The port connected to: that of the target's first listener, unless a route names another; 0 if there is none.
    pub port: i64,
    /// The result of discovery.
    pub discovery: Discovery,
    /// The result of the connection; `None` if discovery returned no address.
    pub connection: Option<Connection>,
    /// The TLS of the connection; `None` if no caller is known, or no connection is made.
    pub tls: Option<Tls>,
    /// The name of the task that is, or would be, reached; `None` if no task is behind the node.
    pub task: Option<Rc<str>>,
    /// The last hop, reached or not; `None` if no running task is behind the node.
    pub application: Option<ApplicationHop>,
    /// All failures, in the order in which a request would meet them.
    pub failures: Vec<Failure>,
    /// The reply that the caller receives.
    pub reply: Reply,
}

impl Reach {
    /// Returns whether the request arrives at the application.
    pub fn arrives(&self) -> bool {
        self.failures.is_empty()
    }

    /// Returns whether it arrives without passing through the target's Envoy.
    pub fn bypasses_envoy(&self) -> bool {
        self.arrives() && self.connection == Some(Connection::BypassesEnvoy)
    }

    /// Returns the failure that the request meets.
    pub fn met(&self) -> Option<Fault> {
        self.failures.iter().find(|failure| failure.is_met).map(|failure| failure.fault)
    }
}

/// Short result of a request: enough to compare many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// All failures, in the order in which a request would meet them.
    pub faults: [Option<Fault>; 2],
    /// The status that callers see.
    pub status: u16,
}

/// Evaluates a request to this virtual node, from any caller; `None` if the node does not exist.
pub fn reach(environment: &Environment, mesh: &Mesh, node: &str) -> Option<Reach> {
    reach_if(environment, mesh, node, mesh_preference(mesh))
}

/// Like [`reach`], but with another preference of the mesh; the node's own preference still takes precedence.
pub fn reach_if(
    environment: &Environment,
    mesh: &Mesh,
    node: &str,
    mesh_preference: Option<IpPreference>,
) -> Option<Reach> {
    let spec = mesh.virtual_node(node)?;
    let preference = effective_preference(own_preference(spec), mesh_preference);
    let target = Target::new(environment, spec, preference);
    let way = target.way(target.first_address(), first_port(spec).is_some());
    let stop = way.stop(None);
    let retries = environment.default_retries.then_some(Retries::DEFAULT);
    let covered = retries.filter(|retries| stop.is_some_and(|stop| retries.cover(stop, false)));
    let attempts = covered.map_or(1, |_| 3);
    let reply = match stop {
        None => answered(true, false, !way.bypasses(), 1),
        Some(stop) => refused(stop, retries, false, attempts),
    };
    let port = first_port(spec).unwrap_or_default();
    Some(target.reach(way, port, None, reply))
}

/// Evaluates requests to a node under several preferences of its mesh. This is [`reach_if`] without the facts of each
/// hop, which is fast enough for every node of a large mesh.
pub fn what_if<const N: usize>(
    environment: &Environment,
    node: View<VirtualNodeSpec>,
    mesh_preferences: &[Option<IpPreference>; N],
) -> [Verdict; N] {
    let own = own_preference(node);
    let registered = Registered::of(environment, node);
    let has_port = first_port(node).is_some();
    mesh_preferences.map(|preference| {
        let preference = effective_preference(own, preference);
        let effects = effects(preference.preference);
        let target = Target { environment, spec: node, registered, preference, effects };
        let way = target.way(target.first_address(), has_port);
        let faults = way.faults(None);
        Verdict { faults, status: if faults[0].is_some() { 503 } else { 200 } }
    })
}

/// Returns the preferences that, set on this node itself, would let requests through; those that prefer a family come
/// before those that exclude one.
pub fn fixes(environment: &Environment, mesh: &Mesh, node: &str) -> Vec<IpPreference> {
    let Some(spec) = mesh.virtual_node(node) else { return Vec::new() };
    if spec.service_discovery().is_none() {
        return Vec::new();
    }
    let arrives = |preference: &IpPreference| {
        let effective =
            EffectivePreference { preference: Some(*preference), provenance: Provenance::SetHere };
        let target = Target::new(environment, spec, effective);
        target.way(target.first_address(), first_port(spec).is_some()).faults(None)[0].is_none()
    };
    let [v6, v4] = [IpPreference::Ipv6Preferred, IpPreference::Ipv4Preferred];
    [v6, v4, IpPreference::Ipv4Only, IpPreference::Ipv6Only].into_iter().filter(arrives).collect()
}

/// Returns whether requests to the node would get further with another preference, so that the preference in effect
/// is a cause of the failure.
pub fn preference_matters(environment: &Environment, mesh: &Mesh, node: &str, met: Fault) -> bool {
    let Some(spec) = mesh.virtual_node(node) else { return false };
    let target = Target::new(environment, spec, node_preference(mesh, spec));
    let preferences = IpPreference::ALL.iter().copied().map(Some);
    preferences.chain([None]).any(|preference| {
        let effects = effects(preference);
        let target = Target { effects, ..target };
        let faults = target.way(target.first_address(), first_port(spec).is_some()).faults(None);
        faults[0].is_none_or(|fault| fault > met)
    })
}

/// Returns the port of a node's first listener.
pub(super) fn first_port(spec: View<VirtualNodeSpec>) -> Option<i64> {
    spec.listeners().and_then(Items::first).map(|listener| listener.port_mapping().port())
}

/// A node to reach, with the preference in effect for it.
#[derive(Clone, Copy)]
pub(super) struct Target<'e> {
    environment: &'e Environment,
    spec: View<'e, VirtualNodeSpec>,
    pub(super) registered: Registered<'e>,
    preference: EffectivePreference,
    pub(super) effects: Effects,
}

/// The path to one address of a node.
#[derive(Clone, Copy)]
pub(super) struct Way<'e> {
    pub(super) address: Option<IpAddr>,
    task: Option<(&'e Rc<str>, &'e Rc<Task>)>,
    pub(super) connection: Option<Connection>,
    pub(super) application: Option<ApplicationHop>,
}

impl<'e> Target<'e> {
    pub(super) fn new(
        environment: &'e Environment,
        spec: View<'e, VirtualNodeSpec>,
        preference: EffectivePreference,
    ) -> Self {
        let effects = effects(preference.preference);
        Self { environment, spec, registered: Registered::of(environment, spec), preference, effects }
    }

    fn is_there(&self, address: IpAddr) -> bool {
        self.environment.task_at(address).is_some_and(|(_, task)| task.is_running)
    }

    /// Returns the address that the first request uses.
    pub(super) fn first_address(&self) -> Option<IpAddr> {
        self.registered.first(&self.effects, |address| self.is_there(address))
    }

    /// Evaluates the path from a caller's Envoy to the application at this address. `has_port` is whether the node
    /// has a listener on the port to connect to: without one, callers have no host to send to.
    pub(super) fn way(&self, address: Option<IpAddr>, has_port: bool) -> Way<'e> {
        let environment = self.environment;
        let address = address.filter(|_| has_port);
        // Without an address, this is the application of any registered task: the one that would have been reached.
        let task = match address {
            Some(address) => environment.task_at(address),
            None => self.registered.find_any(|address| environment.task_at(address)),
        };
        let running = task.filter(|(_, task)| task.is_running);
        let connection = address.map(|address| {
            let family = Family::of(address);
            match environment.interception {
                _ if running.is_none() => Connection::Vanishes,
                Interception::Ipv4Only if family == Family::V6 => Connection::BypassesEnvoy,
                _ if self.effects.listener_bind.accepts(family) => Connection::Accepted,
                _ => Connection::Refused,
            }
        });
        let direct = address.filter(|_| connection == Some(Connection::BypassesEnvoy));
        let application = running.map(|(_, task)| application_hop(task, &self.effects, direct));
        Way { address, task, connection, application }
    }

    /// Collects all facts of a path.
    pub(super) fn reach(&self, way: Way, port: i64, tls: Option<Tls>, reply: Reply) -> Reach {
        let faults = way.faults(tls.as_ref()).into_iter().flatten().enumerate();
        Reach {
            preference: self.preference,
            effects: self.effects,
            port,
            discovery: self.discovery(way.address),
            connection: way.connection,
            tls,
            task: way.task.map(|(name, _)| name.clone()),
            application: way.application,
            failures: faults.map(|(i, fault)| Failure { fault, is_met: i == 0 }).collect(),
            reply,
        }
    }

    /// Returns the result of discovery for a request that uses this address.
    pub(super) fn discovery(&self, address: Option<IpAddr>) -> Discovery {
        let Some(by) = discovery_method(self.spec) else { return Discovery::Undiscoverable };
        let mut asked: Vec<_> = self.registered.order(&self.effects).families().collect();
        let Some(address) = address else {
            return Discovery::Empty { by, asked, available: self.registered.families() };
        };
        // The last query is the one that returned the address.
        if asked.first() == Some(&Family::of(address)) {
            asked.truncate(1);
        }
        let hosts = self.registered.addresses(&self.effects);
        Discovery::Found { by, asked, hosts, is_one_host: self.registered.is_one_host(), address }
    }
}

impl Way<'_> {
    pub(super) fn bypasses(&self) -> bool {
        self.connection == Some(Connection::BypassesEnvoy)
    }

    /// Returns all failures: at most one before the application, and the application's.
    fn faults(&self, tls: Option<&Tls>) -> [Option<Fault>; 2] {
        let before = match self.connection {
            None => Some(Fault::Discovery),
            Some(Connection::Vanishes) => Some(Fault::Address),
            Some(Connection::Refused) => Some(Fault::Listener),
            Some(Connection::Accepted | Connection::BypassesEnvoy) => {
                tls.and_then(Tls::stop).map(|_| Fault::Tls)
            }
        };
        let application = self.application.is_some_and(|hop| !hop.answers()).then_some(Fault::Application);
        if before.is_some() { [before, application] } else { [application, None] }
    }

    /// Returns why the request fails, if it does.
    pub(super) fn stop(&self, tls: Option<&Tls>) -> Option<Stop> {
        match self.faults(tls)[0]? {
            Fault::Lookup | Fault::Discovery => Some(Stop::NoHost),
            Fault::Address => Some(Stop::TimedOut),
            Fault::Listener => Some(Stop::Refused),
            Fault::Tls => tls.and_then(Tls::stop),
            // The application itself refused, not its Envoy.
            Fault::Application if self.bypasses() => Some(Stop::Refused),
            Fault::Application => Some(Stop::NoApplication),
        }
    }
}

/// Builds the last hop. `direct` is the address of a connection that bypasses Envoy.
fn application_hop(task: &Task, effects: &Effects, direct: Option<IpAddr>) -> ApplicationHop {
    let endpoint = direct.unwrap_or(match effects.local_endpoint {
        Family::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Family::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    });
    ApplicationHop { endpoint, listens_on: task.listens_on }
}
