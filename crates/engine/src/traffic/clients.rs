//! Sample requests: every client of a mesh with every target that it can send to.

use mesh_text::sorting;

use super::{
    Client, Protocol, Request,
    egress::backends,
    matching::{Matches, RouteKind, ordered},
};
use crate::{
    control_plane::Mesh,
    model::{Kind, Name},
};

/// Returns a sample request for every client and target: for gateways, one for each gateway route; then for nodes,
/// one for each backend.
pub fn clients(mesh: &Mesh) -> Vec<Request> {
    let mut requests = Vec::new();
    for gateway in mesh.of_kind(Kind::VirtualGateway) {
        let gateway = &gateway.id.key.name;
        let mut routes = ordered(mesh, Kind::GatewayRoute, gateway);
        sorting::sort_by(&mut routes, |(a, _), (b, _)| a.id.key.name.cmp(&b.id.key.name));
        requests.extend(routes.iter().map(|(_, matches)| matches.sample(Client::Gateway(gateway.clone()))));
    }
    for node in mesh.node_names() {
        for service in mesh.virtual_node(node).map(backends).unwrap_or_default() {
            let matches = first_route(mesh, &service);
            let client = Client::Node { node: node.clone(), service };
            requests.push(match matches {
                Some(matches) => matches.sample(client),
                None => Request::get(client, "/"),
            });
        }
    }
    requests
}

/// Returns the route that a service tries first, if it has a router.
fn first_route<'m>(mesh: &'m Mesh, service: &str) -> Option<Matches<'m>> {
    let router = mesh.virtual_service(service)?.provider()?.virtual_router()?;
    ordered(mesh, Kind::Route, router.virtual_router_name()).first().map(|(_, matches)| *matches)
}

impl Matches<'_> {
    /// Builds a request that matches, as far as possible: no value is generated for a regular expression.
    fn sample(&self, client: Client) -> Request {
        let exact = self.path.and_then(|path| path.exact());
        let mut request = Request::get(client, exact.or(self.prefix).unwrap_or("/"));
        match self.kind {
            RouteKind::Grpc => {
                let word = |word: Option<&str>, otherwise: &str| Name::from(word.unwrap_or(otherwise));
                let service = word(self.service, "service");
                request.protocol = Protocol::Grpc { service, method: word(self.grpc_method, "Method") };
            }
            RouteKind::Tcp => request.protocol = Protocol::Tcp,
            RouteKind::Http2 => request.protocol = Protocol::Http2,
            RouteKind::Http => {}
        }
        if let Some(method) = self.method {
            request.method = method;
        }
        if let Some(scheme) = self.scheme {
            request.headers.push(("x-forwarded-proto".into(), scheme.as_str().into()));
        }
        if let Some(host) = self.hostname.and_then(|host| host.exact().or(host.suffix())) {
            request.host = Some(host.into());
        }
        for header in self.headers.iter().filter(|header| header.invert() != Some(true)) {
            let matches = header.matches();
            let text = matches.and_then(|matches| matches.exact().or(matches.prefix()).or(matches.suffix()));
            let range = || Some(matches?.range()?.start().to_string());
            let value = text.map(str::to_owned).or_else(range).unwrap_or_else(|| "1".to_owned());
            request.headers.push((header.name().into(), value.into()));
        }
        for (i, parameter) in self.query.iter().enumerate() {
            request.path.push(if i == 0 { '?' } else { '&' });
            request.path.push_str(parameter.name());
            if let Some(exact) = parameter.matches().and_then(|matches| matches.exact()) {
                request.path.push('=');
                request.path.push_str(exact);
            }
        }
        request
    }
}
