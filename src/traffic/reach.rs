//! From any caller's Envoy to one virtual node's application.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use crate::{
    control_plane::Mesh,
    environment::{CloudMapService, Environment, Families, Family, Instance, Interception, Task},
    model::{AwsCloudMapServiceDiscovery, IpPreference, Items, View, VirtualNodeSpec},
    resolve::{
        EffectivePreference, Effects, ListenerBind, Provenance, effective_preference, effects,
        mesh_preference, own_preference,
    },
};

/// How callers find a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DiscoveryMethod {
    /// By asking DNS for this host name.
    Dns(Rc<str>),
    /// By the instances of this Cloud Map service.
    CloudMap(CloudMapService),
}

/// What discovery gives a caller's Envoy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// An address to connect to.
    Found {
        /// How it was found.
        by: DiscoveryMethod,
        /// The families asked for, in order; the last one answered.
        asked: Vec<Family>,
        /// The address.
        address: IpAddr,
    },
    /// No address of a family that the preference allows: Envoy has no host.
    Empty {
        /// How it was looked for.
        by: DiscoveryMethod,
        /// The families asked for, in order.
        asked: Vec<Family>,
        /// The families there would have been an address of.
        available: Families,
    },
    /// The node has no service discovery, so nobody can send to it.
    Undiscoverable,
}

/// What a connection to the discovered address meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    /// The target's Envoy accepts it.
    Accepted,
    /// The target's Envoy does not listen on that family.
    Refused,
    /// That family is not redirected to Envoy: the connection goes straight to the application.
    BypassesEnvoy,
    /// No task has that address: packets vanish.
    Vanishes,
}

/// The last hop: from the target's Envoy to the application beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApplicationHop {
    /// The one local address Envoy uses; never a fallback.
    pub endpoint: IpAddr,
    /// On what the application listens.
    pub listens_on: Families,
}

impl ApplicationHop {
    /// Whether the application is there.
    pub const fn answers(&self) -> bool {
        self.listens_on.has(Family::of(self.endpoint))
    }
}

/// Where a request fails. The first is a *discovery* failure, the others are *connection* failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// No address found: no healthy upstream.
    Discovery,
    /// No task at the address found.
    Address,
    /// The target's listener does not accept that family.
    Listener,
    /// The application does not listen on the local address.
    Application,
}

/// Something in the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// Where.
    pub fault: Fault,
    /// Whether the request runs into it; `false` for one that lies behind another and would be next.
    pub is_met: bool,
}

/// What the caller gets back, with what the Envoys of both sides log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body; empty for the application's own answer.
    pub body: &'static str,
    /// Response flags in the caller's Envoy: `-`, `UH`, `UF`, `URX,UF`, `NR`.
    pub caller_flags: &'static str,
    /// Response code details in the caller's Envoy.
    pub caller_details: &'static str,
    /// Response flags in the target's Envoy; `None` where it never saw the request.
    pub target_flags: Option<&'static str>,
    /// How often the caller's Envoy tried.
    pub attempts: u8,
}

/// All that lies between a caller's Envoy and a node's application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reach {
    /// The preference that holds for the target node: it shapes every hop here.
    pub preference: EffectivePreference,
    /// What that preference sets.
    pub effects: Effects,
    /// The port of the target's first listener; 0 when it has none.
    pub port: i64,
    /// What discovery gives.
    pub discovery: Discovery,
    /// What the connection meets; `None` when discovery gave no address.
    pub connection: Option<Connection>,
    /// The name of the task that is, or would be, reached; `None` when no task is behind the node.
    pub task: Option<Rc<str>>,
    /// The last hop, reached or not; `None` when no task is behind the node.
    pub application: Option<ApplicationHop>,
    /// Everything in the way, the one met first.
    pub failures: Vec<Failure>,
    /// What the caller gets back.
    pub reply: Reply,
}

impl Reach {
    /// Whether the request arrives at the application.
    pub fn arrives(&self) -> bool {
        self.failures.is_empty()
    }

    /// Whether it arrives without passing the target's Envoy.
    pub fn bypasses_envoy(&self) -> bool {
        self.arrives() && self.connection == Some(Connection::BypassesEnvoy)
    }

    /// The failure the request runs into.
    pub fn met(&self) -> Option<Fault> {
        self.failures.iter().find(|failure| failure.is_met).map(|failure| failure.fault)
    }
}

/// What a request to this virtual node meets, from any caller; `None` when there is no such node.
pub fn reach(environment: &Environment, mesh: &Mesh, node: &str) -> Option<Reach> {
    let spec = mesh.virtual_node(node)?;
    Some(reach_spec(environment, spec, effective_preference(own_preference(spec), mesh_preference(mesh))))
}

/// The same, were the mesh's preference another one; the node's own still comes first.
pub fn reach_if(
    environment: &Environment,
    mesh: &Mesh,
    node: &str,
    mesh_preference: Option<IpPreference>,
) -> Option<Reach> {
    let spec = mesh.virtual_node(node)?;
    Some(reach_spec(environment, spec, effective_preference(own_preference(spec), mesh_preference)))
}

/// The preferences that, set on this node itself, would let requests through; those that prefer come before those
/// that exclude.
pub fn fixes(environment: &Environment, mesh: &Mesh, node: &str) -> Vec<IpPreference> {
    let Some(spec) = mesh.virtual_node(node) else { return Vec::new() };
    if spec.service_discovery().is_none() {
        return Vec::new();
    }
    let arrives = |preference: &IpPreference| {
        let effective =
            EffectivePreference { preference: Some(*preference), provenance: Provenance::SetHere };
        reach_spec(environment, spec, effective).arrives()
    };
    let [v6, v4] = [IpPreference::Ipv6Preferred, IpPreference::Ipv4Preferred];
    [v6, v4, IpPreference::Ipv4Only, IpPreference::Ipv6Only].into_iter().filter(arrives).collect()
}

fn reach_spec(
    environment: &Environment,
    spec: View<VirtualNodeSpec>,
    preference: EffectivePreference,
) -> Reach {
    let effects = effects(preference.preference);
    let port = spec.listeners().and_then(Items::first).map_or(0, |listener| listener.port_mapping().port());
    let candidates = candidates(environment, spec);
    let discovery = discover(environment, spec, &candidates, &effects);
    let address = match &discovery {
        Discovery::Found { address, .. } => Some(*address),
        _ => None,
    };
    // Without an address, the application that would have been asked is that of any registered task.
    let (task, connection) = match address {
        Some(address) => {
            let task = environment.task_at(address);
            (task, Some(connect(environment, Family::of(address), task.is_some(), effects.listener_bind)))
        }
        None => (candidates.all().find_map(|address| environment.task_at(address)), None),
    };
    let bypass = connection == Some(Connection::BypassesEnvoy);
    let application = task.map(|(_, task)| application_hop(task, &effects, address.filter(|_| bypass)));
    let failures = failures(&discovery, connection, application);
    let met = failures.iter().find(|failure| failure.is_met).map(|failure| failure.fault);
    let reply = reply(met, bypass, environment.default_retries);
    let task = task.map(|(name, _)| name.clone());
    Reach { preference, effects, port, discovery, connection, task, application, failures, reply }
}

/// The addresses a node is registered under.
struct Candidates {
    v4: Vec<Ipv4Addr>,
    v6: Vec<Ipv6Addr>,
}

impl Candidates {
    fn of(&self, family: Family) -> impl Iterator<Item = IpAddr> {
        self.all().filter(move |address| Family::of(*address) == family)
    }

    fn first(&self, family: Family) -> Option<IpAddr> {
        self.of(family).next()
    }

    fn all(&self) -> impl Iterator<Item = IpAddr> {
        self.v4.iter().copied().map(IpAddr::V4).chain(self.v6.iter().copied().map(IpAddr::V6))
    }

    fn families(&self) -> Families {
        Families { ipv4: !self.v4.is_empty(), ipv6: !self.v6.is_empty() }
    }
}

fn candidates(environment: &Environment, spec: View<VirtualNodeSpec>) -> Candidates {
    let mut candidates = Candidates { v4: Vec::new(), v6: Vec::new() };
    let discovery = spec.service_discovery();
    if let Some(dns) = discovery.and_then(|discovery| discovery.dns()) {
        if let Some(records) = environment.dns.get(dns.hostname()) {
            candidates.v4.clone_from(&records.a);
            candidates.v6.clone_from(&records.aaaa);
        }
    } else if let Some(discovery) = discovery.and_then(|discovery| discovery.aws_cloud_map()) {
        for instance in instances(environment, discovery) {
            candidates.v4.extend(instance.ipv4);
            candidates.v6.extend(instance.ipv6);
        }
    }
    candidates
}

/// The instances of a Cloud Map service that stand for a node: those with every attribute it names.
pub fn instances<'e>(
    environment: &'e Environment,
    discovery: View<'e, AwsCloudMapServiceDiscovery>,
) -> impl Iterator<Item = &'e Instance> {
    let registered = environment.cloud_map.get(&cloud_map_service(discovery));
    let registered = registered.map_or(&[][..], |registered| registered.as_slice());
    registered.iter().filter(move |instance| has_attributes(instance, discovery))
}

/// How a node is found; `None` for one that has no service discovery.
pub fn discovery_method(spec: View<VirtualNodeSpec>) -> Option<DiscoveryMethod> {
    let discovery = spec.service_discovery()?;
    match discovery.dns() {
        Some(dns) => Some(DiscoveryMethod::Dns(dns.hostname().into())),
        None => Some(DiscoveryMethod::CloudMap(cloud_map_service(discovery.aws_cloud_map()?))),
    }
}

/// The Cloud Map service that a node's discovery names.
fn cloud_map_service(discovery: View<AwsCloudMapServiceDiscovery>) -> CloudMapService {
    CloudMapService { namespace: discovery.namespace_name().into(), service: discovery.service_name().into() }
}

/// N23: an instance counts when it has every attribute that the node names.
fn has_attributes(instance: &Instance, discovery: View<AwsCloudMapServiceDiscovery>) -> bool {
    discovery
        .attributes()
        .unwrap_or_default()
        .iter()
        .all(|wanted| instance.attributes.get(wanted.key()).map(String::as_str) == Some(wanted.value()))
}

fn discover(
    environment: &Environment,
    spec: View<VirtualNodeSpec>,
    candidates: &Candidates,
    effects: &Effects,
) -> Discovery {
    let Some(by) = discovery_method(spec) else { return Discovery::Undiscoverable };
    let order = match by {
        DiscoveryMethod::Dns(_) => effects.dns_lookup_family.order(),
        DiscoveryMethod::CloudMap(_) => effects.cloud_map,
    };
    let mut asked = Vec::new();
    for family in order.families() {
        asked.push(family);
        let is_there = |address: &IpAddr| environment.task_at(*address).is_some();
        let first = match by {
            // Measured: LOGICAL_DNS keeps all answers of one family as one host and moves on from a dead one.
            DiscoveryMethod::Dns(_) => {
                candidates.of(family).find(is_there).or_else(|| candidates.first(family))
            }
            DiscoveryMethod::CloudMap(_) => candidates.first(family),
        };
        if let Some(address) = first {
            return Discovery::Found { by, asked, address };
        }
    }
    Discovery::Empty { by, asked, available: candidates.families() }
}

fn connect(environment: &Environment, family: Family, has_task: bool, bind: ListenerBind) -> Connection {
    match environment.interception {
        _ if !has_task => Connection::Vanishes,
        Interception::Ipv4Only if family == Family::V6 => Connection::BypassesEnvoy,
        _ if bind.accepts(family) => Connection::Accepted,
        _ => Connection::Refused,
    }
}

/// `direct` is the address of a connection that passes Envoy by.
fn application_hop(task: &Task, effects: &Effects, direct: Option<IpAddr>) -> ApplicationHop {
    let endpoint = direct.unwrap_or(match effects.local_endpoint {
        Family::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Family::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    });
    ApplicationHop { endpoint, listens_on: task.listens_on }
}

fn failures(
    discovery: &Discovery,
    connection: Option<Connection>,
    application: Option<ApplicationHop>,
) -> Vec<Failure> {
    let faults = [
        (Fault::Discovery, !matches!(discovery, Discovery::Found { .. })),
        (Fault::Address, connection == Some(Connection::Vanishes)),
        (Fault::Listener, connection == Some(Connection::Refused)),
        (Fault::Application, application.is_some_and(|hop| !hop.answers())),
    ];
    let found = faults.into_iter().filter(|(_, fails)| *fails);
    found.enumerate().map(|(i, (fault, _))| Failure { fault, is_met: i == 0 }).collect()
}

const REFUSED: &str = "upstream connect error or disconnect/reset before headers. \
    reset reason: remote connection failure";
const REFUSED_RETRIED: &str = "upstream connect error or disconnect/reset before headers. \
    retried and the latest reset reason: remote connection failure";
const TIMED_OUT: &str = "upstream connect error or disconnect/reset before headers. \
    reset reason: connection timeout";
const TIMED_OUT_RETRIED: &str = "upstream connect error or disconnect/reset before headers. \
    retried and the latest reset reason: connection timeout";
const REFUSED_DETAILS: &str = "upstream_reset_before_response_started{remote_connection_failure|\
    delayed_connect_error:_Connection_refused}";
const TIMED_OUT_DETAILS: &str = "upstream_reset_before_response_started{connection_timeout}";

/// What the caller sees and both sides log; `retries` is the default route retry policy.
fn reply(met: Option<Fault>, bypass: bool, retries: bool) -> Reply {
    let ok = Reply {
        status: 200,
        body: "",
        caller_flags: "-",
        caller_details: "via_upstream",
        target_flags: (!bypass).then_some("-"),
        attempts: 1,
    };
    let attempts = if retries { 3 } else { 1 };
    let failed = Reply { status: 503, attempts, ..ok.clone() };
    let flags = if retries { "URX,UF" } else { "UF" };
    let refused = Reply {
        body: if retries { REFUSED_RETRIED } else { REFUSED },
        caller_flags: flags,
        caller_details: REFUSED_DETAILS,
        target_flags: None,
        ..failed.clone()
    };
    match met {
        None => ok,
        Some(Fault::Discovery) => Reply {
            body: "no healthy upstream",
            caller_flags: "UH",
            caller_details: "no_healthy_upstream",
            target_flags: None,
            // Measured: not retried.
            attempts: 1,
            ..failed
        },
        Some(Fault::Address) => Reply {
            body: if retries { TIMED_OUT_RETRIED } else { TIMED_OUT },
            caller_details: TIMED_OUT_DETAILS,
            ..refused
        },
        Some(Fault::Listener) => refused,
        Some(Fault::Application) if bypass => refused,
        // The caller cannot tell this from a refusing listener but by the flags.
        Some(Fault::Application) => Reply {
            body: REFUSED,
            caller_flags: if retries { "URX" } else { "-" },
            target_flags: Some("UF"),
            ..failed
        },
    }
}
