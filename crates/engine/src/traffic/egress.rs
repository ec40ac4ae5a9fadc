//! The outbound listener of an application's Envoy: what happens to a connection that the application opens.
//!
//! Source: docs/facts/envoy.md#egress, measured through real redirection; the rule about backends under
//! `ALLOW_ALL` is the user guide's (M2). Rule numbers are those of docs/facts/api-rules.md.

use super::{
    matching::host_of,
    request::{Client, Request},
};
use crate::{
    control_plane::Mesh,
    environment::{Family, Interception},
    model::{EgressFilterType, HttpScheme, Kind, Name, PortProtocol, SpecView, View, VirtualNodeSpec},
    resolve::ListenerBind,
};

/// Outcome of a connection at the outbound listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Egress {
    /// It matches a backend: a filter chain by its port and, on HTTP, a virtual host by the request's host.
    Backend {
        /// The virtual service.
        service: Name,
        /// The port.
        port: i64,
        /// Whether the backend is a TCP proxy, which accepts connections to any address on this port.
        is_tcp: bool,
    },
    /// It matches a backend's filter chain by its port, but no backend on that port has the request's host.
    OtherHost {
        /// The port.
        port: i64,
    },
    /// The request goes to AWS itself, over TLS on port 443, which is always allowed (M1).
    Amazon,
    /// It is passed through to the dialled address: the mesh allows all egress.
    PassedThrough,
    /// No filter chain matches.
    Dropped {
        /// Whether the mesh allows all egress, so that the connection would pass if the node had no backends (M2).
        allows_all: bool,
    },
    /// The outbound listener does not listen on this address family.
    Refused,
    /// This address family is not redirected to Envoy, so Envoy never sees the connection.
    BypassesEnvoy,
}

/// A filter chain of the outbound listener: a backend on one of its ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain {
    /// The virtual service.
    pub service: Name,
    /// The port.
    pub port: i64,
    /// Whether the port's protocol is TCP.
    pub is_tcp: bool,
}

/// A connection that an application opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialled<'r> {
    /// The name or address dialled.
    pub host: &'r str,
    /// The port.
    pub port: i64,
    /// Host named in the request.
    pub authority: &'r str,
    /// `https` if the application itself speaks TLS.
    pub scheme: HttpScheme,
    /// Family of the address that the name resolves to.
    pub family: Family,
}

/// The outbound listener of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The filter chains: one for each port of each backend.
    pub chains: Vec<Chain>,
    /// Whether connections that match no chain are passed through.
    pub passes_others: bool,
    /// Whether the mesh allows all egress.
    pub allows_all: bool,
    /// The address that it binds to.
    pub bind: ListenerBind,
    /// The traffic that is redirected to it.
    pub interception: Interception,
}

impl Outbound {
    /// Returns what happens to a connection.
    pub fn take(&self, dialled: &Dialled) -> Egress {
        if dialled.family == Family::V6 && self.interception == Interception::Ipv4Only {
            return Egress::BypassesEnvoy;
        }
        if !self.bind.accepts(dialled.family) {
            return Egress::Refused;
        }
        let named = |chain: &&Chain| chain.service.eq_ignore_ascii_case(host_of(dialled.authority));
        let port = dialled.port;
        let backend = |chain: &Chain| {
            let Chain { service, port, is_tcp } = chain.clone();
            Egress::Backend { service, port, is_tcp }
        };
        // Envoy identifies the host by the SNI of the TLS ClientHello, so nothing passes to AWS without TLS. Source:
        // a published dump of a node (docs/facts/envoy.md#aws).
        if dialled.scheme == HttpScheme::Https && port == 443 && is_amazon(dialled.host) {
            return Egress::Amazon;
        }
        let mut here = self.chains.iter().filter(|chain| chain.port == port).peekable();
        let Some(first) = here.peek().copied() else {
            return match self.passes_others {
                true => Egress::PassedThrough,
                false => Egress::Dropped { allows_all: self.allows_all },
            };
        };
        // Each port has one chain; the backend listed first decides its protocol.
        if first.is_tcp {
            return backend(first);
        }
        // A port in the host must equal the dialled port: the virtual host's domains are the name, and the name with
        // the port.
        let has_port = host_of(dialled.authority).len() < dialled.authority.len();
        if has_port && !dialled.authority.ends_with(&format!(":{port}")) {
            return Egress::OtherHost { port };
        }
        match here.filter(|chain| !chain.is_tcp).find(named) {
            Some(chain) => backend(chain),
            None => Egress::OtherHost { port },
        }
    }
}

/// Returns the port to which a request connects: the given one, if any. Otherwise a node's application uses the
/// scheme's port (80 or 443), or the first port of a virtual service that has ports but not that one; an outside
/// client connects to a gateway's first listener, as through a load balancer.
pub fn dialled_port(mesh: &Mesh, request: &Request) -> i64 {
    let usual = if request.scheme == HttpScheme::Https { 443 } else { 80 };
    let ports: Vec<i64> = match &request.client {
        _ if request.port.is_some() => Vec::new(),
        Client::Gateway(gateway) => {
            let listeners =
                mesh.virtual_gateway(gateway).map(|gateway| gateway.listeners()).unwrap_or_default();
            return listeners.first().map_or(usual, |listener| listener.port_mapping().port());
        }
        Client::Node { service, .. } => {
            let mut services = mesh.of_kind(Kind::VirtualService).map(|found| &found.id.key.name);
            let known = if mesh.virtual_service(service).is_some() {
                Some(service)
            } else {
                services.find(|name| name.eq_ignore_ascii_case(service))
            };
            let ports = known.map(|name| service_ports(mesh, name)).unwrap_or_default();
            ports.into_iter().map(|(port, _)| port).collect()
        }
    };
    let first = ports.first().copied().filter(|_| !ports.contains(&usual));
    request.port.or(first).unwrap_or(usual)
}

fn is_amazon(host: &str) -> bool {
    host.to_ascii_lowercase().ends_with(".amazonaws.com")
}

/// Returns the outbound listener of a node.
pub fn outbound(
    mesh: &Mesh,
    node: View<VirtualNodeSpec>,
    bind: ListenerBind,
    interception: Interception,
) -> Outbound {
    let mut chains = Vec::new();
    // P6: a backend may name a service that does not exist. It has no ports, like one without a provider.
    for service in backends(node) {
        let ports = service_ports(mesh, &service).into_iter();
        chains.extend(ports.map(|(port, protocol)| {
            let is_tcp = protocol == PortProtocol::Tcp;
            Chain { service: service.clone(), port, is_tcp }
        }));
    }
    let filter = mesh.spec().and_then(|spec| spec.egress_filter()).map(|filter| filter.filter_type());
    let allows_all = filter == Some(EgressFilterType::AllowAll);
    let has_backends = node.backends().is_some_and(|backends| !backends.is_empty());
    Outbound { chains, passes_others: allows_all && !has_backends, allows_all, bind, interception }
}

/// Returns the virtual services that a node lists as backends.
pub(super) fn backends(node: View<VirtualNodeSpec>) -> Vec<Name> {
    let backends = node.backends().unwrap_or_default();
    let services = backends.iter().filter_map(|backend| backend.virtual_service());
    services.map(|backend| backend.virtual_service_name().into()).collect()
}

/// Returns the ports of a virtual service: those of its provider's listeners. A router without listeners (R1) has the
/// ports of the nodes that its routes target.
pub fn service_ports(mesh: &Mesh, service: &str) -> Vec<(i64, PortProtocol)> {
    let Some(provider) = mesh.virtual_service(service).and_then(|service| service.provider()) else {
        return Vec::new();
    };
    if let Some(node) = provider.virtual_node() {
        return node_ports(mesh, node.virtual_node_name());
    }
    let Some(router) = provider.virtual_router() else { return Vec::new() };
    let router = router.virtual_router_name();
    let listeners = mesh.virtual_router(router).and_then(|router| router.listeners()).unwrap_or_default();
    if !listeners.is_empty() {
        let mappings = listeners.iter().map(|listener| listener.port_mapping());
        return mappings.map(|mapping| (mapping.port(), mapping.protocol())).collect();
    }
    let mut ports = Vec::new();
    for route in mesh.within(Kind::Route, router) {
        let SpecView::Route(route) = route.spec.view() else { continue };
        for target in route.weighted_targets().iter() {
            let of_node = node_ports(mesh, target.virtual_node());
            let chosen =
                of_node.into_iter().find(|(port, _)| target.port().is_none_or(|named| named == *port));
            ports.extend(chosen.filter(|chosen| !ports.contains(chosen)));
        }
    }
    ports
}

/// Returns the ports of a virtual node.
fn node_ports(mesh: &Mesh, node: &str) -> Vec<(i64, PortProtocol)> {
    let listeners = mesh.virtual_node(node).and_then(|node| node.listeners()).unwrap_or_default();
    let mappings = listeners.iter().map(|listener| listener.port_mapping());
    mappings.map(|mapping| (mapping.port(), mapping.protocol())).collect()
}
