//! The caller's side of a request: from a client to the virtual nodes that may answer, through gateway route or
//! backend, virtual service and virtual router. Rule numbers are those of docs/facts/api-rules.md.

use std::{net::IpAddr, rc::Rc};

use super::{
    Candidate, Dialled, Egress, End, Event, Lookup, Outcome, Request, RouteHop, RouteMiss, Share,
    egress::{backends, dialled_port, outbound, service_ports},
    lookup::{PLACEHOLDER, is_private, literal, lookup},
    matching::{Matches, ordered},
    path::normalized,
    reply::{Reply, Stop, closed, refused},
    request::{Client, Protocol},
    tls::{Policies, refused_client},
};
use crate::{
    control_plane::{Mesh, Resource},
    environment::{Certificates, Environment, Family},
    model::{
        DefaultGatewayRouteRewrite, GatewayRouteHostnameRewrite, GatewayRouteSpec, GatewayRouteTarget,
        HttpGatewayRoute, HttpScheme, Kind, ListenerTls, ListenerTlsMode, Name, RouteSpec, SpecView, View,
        VirtualNodeSpec,
    },
    resolve::{effects, node_preference},
};

/// A request that is ready to be sent to one of several virtual nodes.
pub(super) struct Plan<'m> {
    pub(super) events: Vec<Event>,
    pub(super) hop: RouteHop,
    pub(super) service: Name,
    /// The router and its route, if there is a router in between.
    pub(super) via: Option<(Name, Name, View<'m, RouteSpec>)>,
    pub(super) targets: Vec<Share>,
    /// Whether the caller's Envoy only forwards bytes.
    pub(super) is_tcp: bool,
    pub(super) policies: Policies<'m>,
    /// The request as it is forwarded.
    pub(super) request: Request,
}

/// A request after its gateway or outbound listener, before its virtual service is looked up.
struct Way<'m> {
    events: Vec<Event>,
    request: Request,
    hop: RouteHop,
    service: Name,
    port: Option<i64>,
    is_tcp: bool,
    policies: Policies<'m>,
}

/// Whether names are looked up, or assumed to have an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    LookedUp,
    Given,
}

/// Finds the nodes to which a request may be sent; if there are none, returns the outcome as an error.
pub(super) fn plan<'m>(
    environment: &'m Environment,
    mesh: &'m Mesh,
    request: &Request,
    names: Names,
) -> Result<Plan<'m>, Box<Outcome>> {
    let request = request.on_the_wire();
    let way = match &request.client {
        Client::Gateway(gateway) => through_gateway(environment, mesh, gateway, &request)?,
        Client::Node { node, service } => from_node(environment, mesh, node, service, &request, names)?,
    };
    to_targets(mesh, way)
}

/// Returns the outcome of a request that finds no virtual node.
fn missed(mut events: Vec<Event>, miss: RouteMiss, end: End, reply: Reply) -> Box<Outcome> {
    events.push(Event::Reply(reply.clone()));
    Box::new(Outcome {
        route: RouteHop::Missed(miss),
        service: None,
        reach: None,
        sent: None,
        events,
        reply,
        end,
    })
}

/// Returns the outcome of a connection that is closed, or was never made.
fn cut(events: Vec<Event>, miss: RouteMiss, end: End, caller_flags: &'static str) -> Box<Outcome> {
    let reply = Reply { caller_flags, ..closed(Stop::NoRoute) };
    missed(events, miss, end, reply)
}

/// Returns the outcome if Envoy itself answers before it contacts any host.
fn told(events: Vec<Event>, miss: RouteMiss, request: &Request, stop: Stop) -> Box<Outcome> {
    // Envoy cannot distinguish the bytes of a TCP connection from malformed HTTP/1.1, so its answer is HTTP.
    missed(events, miss, End::EnvoyAnswered, refused(stop, None, request.is_grpc(), 0))
}

fn from_node<'m>(
    environment: &'m Environment,
    mesh: &'m Mesh,
    node: &str,
    dialled: &Name,
    request: &Request,
    names: Names,
) -> Result<Way<'m>, Box<Outcome>> {
    let Some(spec) = mesh.virtual_node(node) else {
        return Err(cut(Vec::new(), RouteMiss::NoListener, End::Refused, "-"));
    };
    let (mut events, address) = match (looked_up(environment, mesh, spec, dialled), names) {
        (Ok(found), _) => found,
        (Err(_), Names::Given) => (Vec::new(), PLACEHOLDER.into()),
        (Err(outcome), Names::LookedUp) => return Err(outcome),
    };
    let bind = effects(node_preference(mesh, spec).preference).listener_bind;
    let outbound = outbound(mesh, spec, bind, environment.interception);
    let (host, authority, scheme) = (&**dialled, request.authority(), request.scheme);
    let (port, family) = (dialled_port(mesh, request), Family::of(address));
    let egress = outbound.take(&Dialled { host, port, authority, scheme, family });
    events.push(Event::Egress(egress.clone()));
    match egress {
        Egress::Backend { service, port, is_tcp } => {
            if !is_tcp && request.protocol == Protocol::Tcp {
                return Err(told(events, RouteMiss::NoListener, request, Stop::NotHttp));
            }
            if !is_tcp && request.scheme == HttpScheme::Https {
                // A TLS ClientHello is not HTTP (measured: the client sees no answer).
                return Err(cut(events, RouteMiss::NoListener, End::Closed, "DPE"));
            }
            let backends = spec.backends().unwrap_or_default().iter();
            let mut backends = backends.filter_map(|backend| backend.virtual_service());
            let backend = backends.find(|backend| *backend.virtual_service_name() == *service);
            let policies = Policies {
                backend: backend.and_then(|backend| backend.client_policy()),
                defaults: spec.backend_defaults().and_then(|defaults| defaults.client_policy()),
            };
            let request = request.clone();
            let (hop, port) = (RouteHop::Backend, Some(port));
            Ok(Way { events, request, hop, service, port, is_tcp, policies })
        }
        // Measured: only the TLS ClientHello contains the host name, and it is not HTTP.
        Egress::OtherHost { .. } if request.scheme == HttpScheme::Https => {
            Err(cut(events, RouteMiss::NoListener, End::Closed, "DPE"))
        }
        Egress::OtherHost { .. } if request.protocol == Protocol::Tcp => {
            Err(told(events, RouteMiss::OtherHost, request, Stop::NotHttp))
        }
        Egress::OtherHost { .. } => Err(told(events, RouteMiss::OtherHost, request, Stop::NoRoute)),
        Egress::Amazon | Egress::PassedThrough | Egress::BypassesEnvoy => {
            Err(Box::new(outside(environment, events, dialled, address, request)))
        }
        Egress::Dropped { .. } => {
            let miss = match mesh.virtual_service(dialled) {
                _ if !backends(spec).contains(dialled) => RouteMiss::NotABackend,
                None => RouteMiss::NoService(dialled.clone()),
                Some(service) if service.provider().is_none() => RouteMiss::NoProvider(dialled.clone()),
                Some(_) => RouteMiss::NoPort(dialled.clone()),
            };
            Err(missed(events, miss, End::Closed, closed(Stop::NoFilterChain)))
        }
        Egress::Refused => Err(cut(events, RouteMiss::NoListener, End::Refused, "-")),
    }
}

/// Returns the result of the application's own lookup: the address, otherwise the outcome of the request without one.
fn looked_up(
    environment: &Environment,
    mesh: &Mesh,
    node: View<VirtualNodeSpec>,
    host: &Name,
) -> Result<(Vec<Event>, IpAddr), Box<Outcome>> {
    let found = lookup(environment, mesh, node, host);
    let mut events = Vec::new();
    if literal(host).is_none() {
        events.push(Event::Lookup { host: host.clone(), found });
    }
    match found {
        // Traffic within the task is not redirected, and the application's own ports are unknown here.
        Lookup::Found(address) if address.is_loopback() => {
            Err(cut(events, RouteMiss::NoListener, End::Refused, ""))
        }
        Lookup::Found(address) => Ok((events, address)),
        // No Envoy sees the request, so there are no flags.
        Lookup::OtherFamily(_) => Err(cut(events, RouteMiss::OtherFamily(host.clone()), End::Refused, "")),
        Lookup::Missing => Err(cut(events, RouteMiss::Unresolved(host.clone()), End::Unresolved, "")),
    }
}

/// Returns the outcome of a request to an outside host, which answers unless the environment rules it out.
fn outside(
    environment: &Environment,
    mut events: Vec<Event>,
    host: &Name,
    address: IpAddr,
    request: &Request,
) -> Outcome {
    events.push(Event::Outside(host.clone()));
    let stop = match environment.task_at(address) {
        Some((_, task)) if !task.is_running => Some(Stop::TimedOut),
        Some((_, task)) => (!task.listens_on.has(Family::of(address))).then_some(Stop::Refused),
        // Only tasks have addresses of the VPC.
        None if is_private(address) => Some(Stop::TimedOut),
        None => None,
    };
    let is_http = request.protocol != Protocol::Tcp;
    let (end, reply) = match stop {
        None => {
            let reply = super::reply::answered(is_http, request.is_grpc(), false, 1);
            (End::Answered, Reply { caller_details: "".into(), ..reply })
        }
        Some(stop) => (End::Closed, closed(stop)),
    };
    events.push(Event::Reply(reply.clone()));
    Outcome { route: RouteHop::Outside, service: None, reach: None, sent: None, events, reply, end }
}

fn through_gateway<'m>(
    environment: &Environment,
    mesh: &'m Mesh,
    gateway: &Name,
    request: &Request,
) -> Result<Way<'m>, Box<Outcome>> {
    let Some(spec) = mesh.virtual_gateway(gateway) else {
        return Err(cut(Vec::new(), RouteMiss::NoListener, End::Refused, "-"));
    };
    let wanted = |port: i64| request.port.is_none_or(|wanted| wanted == port);
    let listener = spec.listeners().iter().find(|listener| wanted(listener.port_mapping().port()));
    let Some(listener) = listener else {
        let event = Event::Gateway { port: request.port, listens: false, stop: None };
        return Err(cut(vec![event], RouteMiss::NoListener, End::Refused, "-"));
    };
    let port = Some(listener.port_mapping().port());
    let stop = client_stop(&environment.certificates, request, listener.tls());
    let mut events = vec![Event::Gateway { port, listens: true, stop }];
    match stop {
        Some(stop @ Stop::NotHttp) => return Err(told(events, RouteMiss::NoListener, request, stop)),
        // Measured: such a client gets no answer; only the listener's log shows it.
        Some(_) => return Err(cut(events, RouteMiss::NoListener, End::Closed, "-")),
        None => {}
    }
    let routes = ordered(mesh, Kind::GatewayRoute, gateway);
    let candidates = candidates(&routes, request, port, false);
    let winner = candidates.iter().position(Candidate::matches);
    events.push(Event::Match { kind: Kind::GatewayRoute, parent: gateway.clone(), candidates, winner });
    let won = winner.and_then(|winner| {
        let (resource, matches) = routes.get(winner)?;
        let SpecView::GatewayRoute(route) = resource.spec.view() else { return None };
        Some((resource, matches, route, target_of(route)?))
    });
    let Some((resource, matches, route, target)) = won else {
        return Err(told(events, RouteMiss::NoGatewayRoute, request, Stop::NoRoute));
    };
    let service: Name = target.virtual_service().virtual_service_name().into();
    let ports = service_ports(mesh, &service);
    // If the service has several ports, the named port is part of the host by which the gateway finds the service.
    let host = match target.port() {
        Some(port) if ports.len() > 1 => format!("{service}:{port}").into(),
        _ => service.clone(),
    };
    let request = rewritten(route, matches, &host, request, &mut events);
    let hop = RouteHop::GatewayRoute {
        route: resource.id.key.name.clone(),
        matched: matches.matched().to_owned(),
        path: request.path.clone(),
    };
    let named = |port: i64| target.port().is_none_or(|named| named == port);
    let found = ports.iter().find(|(port, _)| named(*port));
    let port = target.port().or(found.map(|(port, _)| *port));
    let policies = Policies {
        backend: None,
        defaults: spec.backend_defaults().and_then(|defaults| defaults.client_policy()),
    };
    // A gateway speaks HTTP to itself, whatever the protocol of the service.
    Ok(Way { events, request, hop, service, port, is_tcp: false, policies })
}

/// Returns why a gateway's listener refuses a client. Measured: a plaintext client of a TLS listener, a TLS client of
/// a plaintext listener, and a client without the required certificate see no answer.
fn client_stop(
    certificates: &Certificates,
    request: &Request,
    listener: Option<View<ListenerTls>>,
) -> Option<Stop> {
    let is_tls = request.scheme == HttpScheme::Https;
    match listener.map(|tls| tls.mode()) {
        Some(ListenerTlsMode::Strict) if !is_tls => return Some(Stop::PlaintextToTls),
        None | Some(ListenerTlsMode::Disabled) if is_tls => return Some(Stop::TlsToPlaintext),
        _ => {}
    }
    let stop = listener.filter(|_| is_tls).and_then(|tls| refused_client(certificates, tls, request));
    if stop.is_some() {
        return stop;
    }
    (request.protocol == Protocol::Tcp).then_some(Stop::NotHttp)
}

fn candidates(
    routes: &[(&Rc<Resource>, Matches)],
    request: &Request,
    port: Option<i64>,
    is_tcp: bool,
) -> Vec<Candidate> {
    let candidate = |(resource, matches): &(&Rc<Resource>, Matches)| Candidate {
        route: resource.id.key.name.clone(),
        priority: matches.priority(),
        conditions: matches.conditions(request, port, is_tcp),
    };
    routes.iter().map(candidate).collect()
}

fn target_of(route: View<GatewayRouteSpec>) -> Option<View<GatewayRouteTarget>> {
    let http = route.http_route().or(route.http2_route()).map(|route| route.action().target());
    http.or_else(|| route.grpc_route().map(|route| route.action().target()))
}

/// Returns the request as a gateway route forwards it. G16: by default, the host becomes the service's name.
fn rewritten(
    route: View<GatewayRouteSpec>,
    matches: &Matches,
    host: &Name,
    request: &Request,
    events: &mut Vec<Event>,
) -> Request {
    let http = route.http_route().or(route.http2_route());
    let hostname: Option<View<GatewayRouteHostnameRewrite>> = match (http, route.grpc_route()) {
        (Some(http), _) => http.action().rewrite().and_then(|rewrite| rewrite.hostname()),
        (None, Some(grpc)) => grpc.action().rewrite().and_then(|rewrite| rewrite.hostname()),
        (None, None) => None,
    };
    let default = hostname.and_then(|hostname| hostname.default_target_hostname());
    let keeps_host = default == Some(DefaultGatewayRouteRewrite::Disabled);
    let before: Name = request.authority().into();
    let after = if keeps_host { before.clone() } else { host.clone() };
    let path = http.map_or_else(|| request.path.clone(), |http| rewritten_path(http, matches, &request.path));
    let host_change = (before != after).then(|| (before, after.clone()));
    let path_change = (path != request.path).then(|| (request.path.clone(), path.clone()));
    if host_change.is_some() || path_change.is_some() {
        events.push(Event::Rewrite { path: path_change, host: host_change });
    }
    Request { host: Some(after), path, ..request.clone() }
}

/// Returns the rewritten path. G16, G17: by default, the matched prefix becomes `/`. The query is preserved (Envoy's
/// `prefix_rewrite`).
fn rewritten_path(route: View<HttpGatewayRoute>, matches: &Matches, path: &str) -> String {
    let rewrite = route.action().rewrite();
    if let Some(exact) = rewrite.and_then(|rewrite| rewrite.path()?.exact()) {
        let query = path.find('?').map_or("", |at| &path[at..]);
        return normalized(&format!("{exact}{query}"));
    }
    let Some(rest) = matches.prefix().and_then(|prefix| path.strip_prefix(prefix)) else {
        return path.to_owned();
    };
    let prefix = rewrite.and_then(|rewrite| rewrite.prefix());
    let default = prefix.and_then(|prefix| prefix.default_prefix());
    let keeps = default == Some(DefaultGatewayRouteRewrite::Disabled);
    // The gateway sends the request to itself first, where the path is normalized again.
    match prefix.and_then(|prefix| prefix.value()) {
        Some(value) => normalized(&format!("{value}{rest}")),
        None if keeps => path.to_owned(),
        // `/a/b` becomes `/b`, whether or not the prefix ends with a slash.
        None => normalized(&format!("/{rest}")),
    }
}

fn to_targets<'m>(mesh: &'m Mesh, way: Way<'m>) -> Result<Plan<'m>, Box<Outcome>> {
    let Way { mut events, request, hop, service, port, is_tcp, policies } = way;
    let spec = mesh.virtual_service(&service);
    let provider = spec.and_then(|spec| spec.provider());
    let node = provider.and_then(|provider| provider.virtual_node());
    let node = node.map(|node| Name::from(node.virtual_node_name()));
    let router = provider.and_then(|provider| provider.virtual_router());
    let router = router.map(|router| Name::from(router.virtual_router_name()));
    let told_provider = node.clone().map(|node| (Kind::VirtualNode, node));
    let told_provider = told_provider.or_else(|| Some((Kind::VirtualRouter, router.clone()?)));
    events.push(Event::Service { service: service.clone(), port, provider: told_provider });
    let miss = |events, miss| {
        if is_tcp {
            missed(events, miss, End::Closed, closed(Stop::NoRoute))
        } else {
            told(events, miss, &request, Stop::NoRoute)
        }
    };
    if let Some(node) = node {
        // The service's ports are those of the node.
        let targets = vec![Share { node, port, weight: 1 }];
        return Ok(Plan { events, hop, service, via: None, targets, is_tcp, policies, request });
    }
    let Some(router) = router else {
        let no_service = spec.is_none();
        let why = if no_service { RouteMiss::NoService(service) } else { RouteMiss::NoProvider(service) };
        return Err(miss(events, why));
    };
    let routes = ordered(mesh, Kind::Route, &router);
    let candidates = candidates(&routes, &request, port, is_tcp);
    let winner = candidates.iter().position(Candidate::matches);
    events.push(Event::Match { kind: Kind::Route, parent: router.clone(), candidates, winner });
    let won = winner.and_then(|winner| routes.get(winner)).map(|(resource, _)| *resource);
    let Some((resource, SpecView::Route(route))) = won.map(|resource| (resource, resource.spec.view()))
    else {
        return Err(miss(events, RouteMiss::NoRoute(router)));
    };
    let targets = route.weighted_targets().iter().map(|target| Share {
        node: target.virtual_node().into(),
        port: target.port(),
        weight: target.weight(),
    });
    let mut targets: Vec<_> = targets.collect();
    if targets.iter().all(|target| target.weight == 0) {
        // Envoy refuses such a route. App Mesh accepted it (R16), and how it handled it is unknown; here all targets
        // are equal.
        for target in &mut targets {
            target.weight = 1;
        }
    }
    let via = Some((router, resource.id.key.name.clone(), route));
    Ok(Plan { events, hop, service, via, targets, is_tcp, policies, request })
}
