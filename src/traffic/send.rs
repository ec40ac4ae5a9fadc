//! From a client to the node that answers: gateway route or backend, virtual service, virtual router.

use super::{Reach, reach};
use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{
        DefaultGatewayRouteRewrite, GatewayRouteSpec, HttpGatewayRoute, HttpPathMatch, Kind, Name, SpecView,
        View,
    },
};

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Client {
    /// Someone outside, through this virtual gateway.
    Gateway(Name),
    /// The application of a virtual node, to this virtual service.
    Node {
        /// The virtual node.
        node: Name,
        /// The virtual service.
        service: Name,
    },
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// Who sends it.
    pub client: Client,
    /// The path asked for, beginning with `/`.
    pub path: String,
}

/// The hop that picks a virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteHop {
    /// A gateway route matched.
    GatewayRoute {
        /// The gateway route.
        route: Name,
        /// What it matched, as written in the route.
        matched: String,
        /// The path sent on, after the rewrite.
        path: String,
    },
    /// The node lists the service as a backend.
    Backend,
    /// Nothing matched.
    Missed(RouteMiss),
}

/// Why no route was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RouteMiss {
    /// No gateway route of the gateway matches the path.
    NoGatewayRoute,
    /// The client's node does not list the virtual service as a backend.
    NotABackend,
    /// There is no such virtual service.
    NoService(Name),
    /// The virtual service has no provider.
    NoProvider(Name),
    /// No route of this virtual router matches the path.
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
    /// What lay between caller and application; `None` when no node was picked.
    pub reach: Option<Reach>,
}

impl Outcome {
    /// Whether the request arrived at an application.
    pub fn arrives(&self) -> bool {
        self.reach.as_ref().is_some_and(Reach::arrives)
    }

    /// The HTTP status the client sees; `None` where the connection is reset instead.
    pub fn status(&self) -> Option<u16> {
        match (&self.reach, &self.route) {
            (Some(reach), _) => Some(reach.reply.status),
            (None, RouteHop::Missed(RouteMiss::NotABackend)) => None,
            // No matching route: 404 with an empty body, flags NR.
            (None, _) => Some(404),
        }
    }
}

/// Every client of a mesh with a path that reaches each thing it can send to: gateways with each of their gateway
/// routes, then nodes with each of their backends.
pub fn clients(mesh: &Mesh) -> Vec<Request> {
    let mut requests = Vec::new();
    for route in mesh.of_kind(Kind::GatewayRoute) {
        let (SpecView::GatewayRoute(spec), Some(gateway)) = (route.spec.view(), &route.id.key.parent) else {
            continue;
        };
        if let Some(http) = http_gateway_route(spec) {
            let path = http.matches().prefix().or_else(|| exact_path(http.matches().path()));
            let path = path.unwrap_or("/").to_owned();
            requests.push(Request { client: Client::Gateway(gateway.clone()), path });
        }
    }
    for node in mesh.node_names() {
        for service in backends(mesh, node) {
            let client = Client::Node { node: node.clone(), service };
            requests.push(Request { client, path: "/".to_owned() });
        }
    }
    requests
}

/// Sends one request.
pub fn send(environment: &Environment, mesh: &Mesh, request: &Request) -> Outcome {
    let missed = |miss| Outcome { route: RouteHop::Missed(miss), service: None, reach: None };
    let (route, service, path) = match &request.client {
        Client::Gateway(gateway) => match match_gateway_route(mesh, gateway, &request.path) {
            Some((route, service)) => {
                let RouteHop::GatewayRoute { path, .. } = &route else {
                    return missed(RouteMiss::NoGatewayRoute);
                };
                let path = path.clone();
                (route, service, path)
            }
            None => return missed(RouteMiss::NoGatewayRoute),
        },
        Client::Node { node, service } => {
            if !backends(mesh, node).contains(service) {
                return missed(RouteMiss::NotABackend);
            }
            (RouteHop::Backend, service.clone(), request.path.clone())
        }
    };
    match provider(mesh, &service, &path) {
        Ok(hop) => {
            let reach = reach(environment, mesh, &hop.node);
            Outcome { route, service: Some(hop), reach }
        }
        Err(miss) => missed(miss),
    }
}

fn backends(mesh: &Mesh, node: &str) -> Vec<Name> {
    let backends = mesh.virtual_node(node).and_then(|spec| spec.backends()).unwrap_or_default();
    let services = backends.iter().filter_map(|backend| backend.virtual_service());
    services.map(|backend| backend.virtual_service_name().into()).collect()
}

fn http_gateway_route(spec: View<'_, GatewayRouteSpec>) -> Option<View<'_, HttpGatewayRoute>> {
    spec.http_route().or(spec.http2_route())
}

fn exact_path(path: Option<View<'_, HttpPathMatch>>) -> Option<&str> {
    path?.exact()
}

/// How well a path is matched; the best is the smallest: priority first (unset is last), exact before prefix, the
/// longer before the shorter. Sources: G18, R17.
type Rank = (i64, bool, std::cmp::Reverse<usize>);

fn rank(
    priority: Option<i64>,
    prefix: Option<&str>,
    path_match: Option<View<HttpPathMatch>>,
    path: &str,
) -> Option<(Rank, String)> {
    const LOWEST: i64 = 1000;
    let exact = match path_match {
        // Regular expressions are not followed: a route that has one is passed over.
        Some(path_match) if path_match.regex().is_some() => return None,
        path_match => exact_path(path_match),
    };
    let (is_prefix, pattern) = match (exact, prefix) {
        (Some(exact), _) => (false, exact),
        (None, Some(prefix)) => (true, prefix),
        // Neither is needed when a route matches by port alone: R9.
        (None, None) => (true, ""),
    };
    let matches = if is_prefix { path.starts_with(pattern) } else { path == pattern };
    let rank = (priority.unwrap_or(LOWEST), is_prefix, std::cmp::Reverse(pattern.len()));
    matches.then(|| (rank, pattern.to_owned()))
}

fn match_gateway_route(mesh: &Mesh, gateway: &str, path: &str) -> Option<(RouteHop, Name)> {
    let candidates = mesh.within(Kind::GatewayRoute, gateway).filter_map(|resource| {
        let SpecView::GatewayRoute(spec) = resource.spec.view() else { return None };
        let http = http_gateway_route(spec)?;
        let (rank, matched) = rank(spec.priority(), http.matches().prefix(), http.matches().path(), path)?;
        Some((rank, &resource.id.key.name, matched, http))
    });
    let (_, name, matched, http) = candidates.min_by_key(|(rank, ..)| *rank)?;
    let service = http.action().target().virtual_service().virtual_service_name().into();
    let rewritten = rewrite(http, &matched, path);
    Some((RouteHop::GatewayRoute { route: name.clone(), matched, path: rewritten }, service))
}

/// G16, G17: unless told otherwise, the matched prefix becomes `/`.
fn rewrite(route: View<HttpGatewayRoute>, matched: &str, path: &str) -> String {
    let rewrite = route.action().rewrite();
    if let Some(exact) = rewrite.and_then(|rewrite| rewrite.path()?.exact()) {
        return exact.to_owned();
    }
    if route.matches().prefix().is_none() {
        return path.to_owned();
    }
    let prefix = rewrite.and_then(|rewrite| rewrite.prefix());
    let default = prefix.and_then(|prefix| prefix.default_prefix());
    let keeps = default == Some(DefaultGatewayRouteRewrite::Disabled);
    let value = prefix.and_then(|prefix| prefix.value());
    match value {
        Some(value) => format!("{value}{}", &path[matched.len()..]),
        None if keeps => path.to_owned(),
        None => format!("/{}", &path[matched.len()..]),
    }
}

fn provider(mesh: &Mesh, service: &Name, path: &str) -> Result<ServiceHop, RouteMiss> {
    let spec = mesh.virtual_service(service).ok_or_else(|| RouteMiss::NoService(service.clone()))?;
    let provider = spec.provider();
    if let Some(node) = provider.and_then(|provider| provider.virtual_node()) {
        let node = node.virtual_node_name().into();
        return Ok(ServiceHop { service: service.clone(), via: None, node, share: 100 });
    }
    match provider.and_then(|provider| provider.virtual_router()) {
        Some(router) => {
            let router: Name = router.virtual_router_name().into();
            match_route(mesh, service, &router, path).ok_or(RouteMiss::NoRoute(router))
        }
        None => Err(RouteMiss::NoProvider(service.clone())),
    }
}

/// The route that matches, and its heaviest target: the one most requests go to.
fn match_route(mesh: &Mesh, service: &Name, router: &Name, path: &str) -> Option<ServiceHop> {
    let candidates = mesh.within(Kind::Route, router).filter_map(|resource| {
        let SpecView::Route(spec) = resource.spec.view() else { return None };
        let http = spec.http_route().or(spec.http2_route());
        let prefix = http.and_then(|http| http.matches().prefix());
        let path_match = http.and_then(|http| http.matches().path());
        Some((rank(spec.priority(), prefix, path_match, path)?.0, &resource.id.key.name, spec))
    });
    let (_, name, spec) = candidates.min_by_key(|(rank, ..)| *rank)?;
    let targets = spec.weighted_targets();
    let total: i64 = targets.iter().map(|target| target.weight()).sum();
    let heaviest = targets.iter().rev().max_by_key(|target| target.weight())?;
    let share = (heaviest.weight() * 100).checked_div(total).unwrap_or(0);
    Some(ServiceHop {
        service: service.clone(),
        via: Some((router.clone(), name.clone())),
        node: heaviest.virtual_node().into(),
        share: u8::try_from(share).unwrap_or(100),
    })
}
