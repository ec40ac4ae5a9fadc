//! What the Envoy beside an application does with a connection that the application makes.
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

/// What became of a connection at the outbound listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Egress {
    /// A backend's filter chain took it by its port, and on HTTP its virtual host by the host named.
    Backend {
        /// The virtual service.
        service: Name,
        /// The port.
        port: i64,
        /// Whether it is a TCP proxy, which takes whoever was dialled on that port.
        is_tcp: bool,
    },
    /// A backend's filter chain took it by its port, but no backend there has the host it names.
    OtherHost {
        /// The port.
        port: i64,
    },
    /// The request goes to AWS itself, by TLS on port 443, which is always allowed (M1).
    Amazon,
    /// It is passed on to the address dialled: the mesh allows all egress.
    PassedThrough,
    /// Nothing takes it.
    Dropped {
        /// Whether the mesh would have let it pass, had the node no backends (M2).
        allows_all: bool,
    },
    /// The outbound listener does not listen on that family.
    Refused,
    /// That family is not redirected to Envoy, which never sees it.
    BypassesEnvoy,
}

/// A filter chain of the outbound listener: a backend on one of its ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain {
    /// The virtual service.
    pub service: Name,
    /// The port.
    pub port: i64,
    /// Whether it speaks TCP.
    pub is_tcp: bool,
}

/// A connection that an application makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialled<'r> {
    /// The name or address dialled.
    pub host: &'r str,
    /// The port.
    pub port: i64,
    /// The host that the request names.
    pub authority: &'r str,
    /// Whether the application itself speaks TLS.
    pub scheme: HttpScheme,
    /// The family of the address that the name stands for.
    pub family: Family,
}

/// The outbound listener of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The node's backends.
    pub chains: Vec<Chain>,
    /// Whether connections that no chain takes are passed on.
    pub passes_others: bool,
    /// Whether the mesh allows all egress.
    pub allows_all: bool,
    /// Where it listens.
    pub bind: ListenerBind,
    /// What is redirected to it.
    pub interception: Interception,
}

impl Outbound {
    /// What it does with a connection.
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
        // Envoy knows the host by the SNI of the TLS ClientHello, so nothing passes to AWS without TLS. Source: a
        // published dump of a node (docs/facts/envoy.md#aws).
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
        // One port is one chain: what is listed first decides what it speaks.
        if first.is_tcp {
            return backend(first);
        }
        // A port in the host must be the one dialled: the virtual host has the name, and the name with the port.
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

/// The port to which a request connects: the given one. Without it, a node's application uses the scheme's port (80,
/// 443) unless the virtual service has other ports only, and then the first of those; an outside client reaches a
/// gateway's first listener, as through a load balancer.
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

/// The chains and the filter of a node.
pub fn outbound(
    mesh: &Mesh,
    node: View<VirtualNodeSpec>,
    bind: ListenerBind,
    interception: Interception,
) -> Outbound {
    let mut chains = Vec::new();
    // P6: a backend may name a service that is not there. It has no ports, like one without a provider.
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

/// The virtual services that a node lists as backends.
pub(super) fn backends(node: View<VirtualNodeSpec>) -> Vec<Name> {
    let backends = node.backends().unwrap_or_default();
    let services = backends.iter().filter_map(|backend| backend.virtual_service());
    services.map(|backend| backend.virtual_service_name().into()).collect()
}

/// The ports of a virtual service: those of its provider's listeners. A router without listeners (R1) has those of
/// the nodes that its routes lead to.
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

/// The ports of a virtual node.
fn node_ports(mesh: &Mesh, node: &str) -> Vec<(i64, PortProtocol)> {
    let listeners = mesh.virtual_node(node).and_then(|node| node.listeners()).unwrap_or_default();
    let mappings = listeners.iter().map(|listener| listener.port_mapping());
    mappings.map(|mapping| (mapping.port(), mapping.protocol())).collect()
}
