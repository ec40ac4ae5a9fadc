//! Routes: from a virtual service's name to clusters, and from a gateway's paths to services.

use std::rc::Rc;

use super::{
    builder::Builder,
    cause::{At, Cause},
    cluster::{duration, millis, whole},
    matching::{SERVICE_HEADER, header, matching},
    tree::Tree,
};
use crate::{control_plane::Mesh, model::Kind, traffic::ordered};

/// The kinds of route that an HTTP listener accepts.
const HTTP_ROUTES: [&str; 3] = ["httpRoute", "http2Route", "grpcRoute"];
/// The default time limit of a request. Source: R23 of docs/facts/api-rules.md.
const REQUEST_MILLIS: i64 = 15_000;

const ROUTE: &str = "{match:$0,route:{cluster:$1,weighted_clusters:$2,timeout:$3,idle_timeout:$4,retry_policy:$5},\
    request_headers_to_remove:$6}";
const GATEWAY_ROUTE: &str = "{match:$0,route:{cluster:$1,prefix_rewrite:$2,regex_rewrite:$3,\
    host_rewrite_literal:$4,timeout:$5},request_headers_to_add:$6}";
const RETRY: &str = "{retry_on:$0,retriable_status_codes:$1,num_retries:$2,per_try_timeout:$3,\
    retry_host_predicate:$4,host_selection_retry_max_attempts:$5}";

/// A virtual service on one of its ports, as the destination of a client.
#[derive(Clone)]
pub(super) struct Destination<'m> {
    pub(super) service: At<'m>,
    pub(super) port: i64,
    /// The protocol of that port.
    pub(super) protocol: &'m str,
    /// The client's TLS policy for it.
    pub(super) policy: Option<At<'m>>,
    /// The cause: the backend or gateway route that names it.
    pub(super) cause: Option<Cause>,
}

impl<'m> Destination<'m> {
    pub(super) fn name(&self) -> &'m Rc<str> {
        &self.service.resource().id.key.name
    }
}

/// Returns routes in the order in which they are tried, which is that of the simulation.
pub(super) fn in_order<'m>(mesh: &'m Mesh, kind: Kind, parent: &str) -> Vec<At<'m>> {
    ordered(mesh, kind, parent).into_iter().map(|(route, _)| At::spec(route)).collect()
}

impl<'m> Builder<'m> {
    /// Returns the routes of a router, in the order in which they are tried.
    fn routes_of(&self, router: &str) -> Vec<At<'m>> {
        in_order(self.mesh, Kind::Route, router)
    }

    /// Returns the ports of a virtual service with their protocols: those of its node or its router; for a router
    /// without listeners, those of the nodes behind it.
    pub(super) fn ports(&self, service: At<'m>) -> Vec<(i64, &'m str)> {
        let ports = |spec: Option<At<'m>>| -> Vec<(i64, &'m str)> {
            let listeners = spec.into_iter().flat_map(|spec| spec.at("listeners").items());
            let mappings = listeners.map(|listener| listener.at("portMapping"));
            let ports = mappings
                .filter_map(|mapping| Some((mapping.at("port").number()?, mapping.at("protocol").text())));
            ports.collect()
        };
        match service.at("provider").first_of(&["virtualNode", "virtualRouter"]) {
            Some(("virtualNode", node)) => {
                ports(self.get(Kind::VirtualNode, node.at("virtualNodeName").text()))
            }
            Some((_, router)) => {
                let router = router.at("virtualRouterName").text();
                let mut found = ports(self.get(Kind::VirtualRouter, router));
                if found.is_empty() {
                    let targets = self.routes_of(router).into_iter().flat_map(targets);
                    for target in targets {
                        let of_node = ports(self.get(Kind::VirtualNode, target.at("virtualNode").text()));
                        let wanted = target.at("port").number();
                        found.extend(
                            of_node
                                .into_iter()
                                .filter(|(port, _)| wanted.is_none_or(|wanted| wanted == *port)),
                        );
                    }
                }
                found
            }
            None => Vec::new(),
        }
    }

    /// Returns the routes of a virtual host. With `mark`, they match only requests that a gateway marked for this
    /// service.
    pub(super) fn service_routes(&mut self, to: &Destination<'m>, mark: Option<&Tree>) -> Vec<Tree> {
        let more = || -> Vec<Tree> {
            let exact = mark.map(|mark| Tree::fill("{exact:$0}", &mut [mark.clone()]));
            exact.map(|exact| header(Tree::word(SERVICE_HEADER), exact)).into_iter().collect()
        };
        let marks = Tree::list_if_any(mark.map(|_| Tree::word(SERVICE_HEADER)).into_iter().collect());
        let mut routes = Vec::new();
        match to.service.at("provider").first_of(&["virtualNode", "virtualRouter"]) {
            Some(("virtualNode", node)) => {
                let node = node.at("virtualNodeName");
                let name =
                    self.egress(node.text(), Some(to.port), (to.port, to.protocol), to.policy, node.cause());
                let mut parts: [Tree; 7] = Default::default();
                parts[0] = Tree::fill("{prefix:/,headers:$0}", &mut [Tree::list_if_any(more())]);
                parts[1] = name.because(node.cause());
                parts[3] = timeout(None).0;
                parts[5] = self.retries(None);
                parts[6] = marks;
                routes.push(Tree::fill(ROUTE, &mut parts));
            }
            Some((_, router)) => {
                for spec in self.routes_of(router.at("virtualRouterName").text()) {
                    let Some((kind, route)) = spec.first_of(&HTTP_ROUTES) else { continue };
                    let port = route.at("match.port");
                    if port.number().is_some_and(|port| port != to.port) {
                        continue;
                    }
                    let mut parts: [Tree; 7] = Default::default();
                    parts[0] = matching(kind, route.at("match"), None, more());
                    parts[2] = self.weighted_clusters(route, to);
                    parts[3] = timeout(Some(route)).0;
                    parts[4] = duration(route.at("timeout.idle"));
                    parts[5] = self.retries(Some(route));
                    parts[6] = marks.clone();
                    routes.push(route.wrote(Tree::fill(ROUTE, &mut parts)));
                }
            }
            None => {}
        }
        routes
    }

    /// Returns the targets of a route with their weights.
    ///
    /// Envoy requires a total weight above zero. If no target has a weight, all get the same one: App Mesh accepted
    /// such a route, and how it handled it is unknown.
    fn weighted_clusters(&mut self, route: At<'m>, to: &Destination<'m>) -> Tree {
        let all = route.at("action.weightedTargets");
        let has_weight = all.items().any(|target| target.at("weight").number() != Some(0));
        let is_tcp = to.protocol == "tcp";
        let mut clusters = Vec::new();
        for target in all.items() {
            let (node, weight) = (target.at("virtualNode"), target.at("weight"));
            // A TCP proxy does not accept a weight of zero.
            if is_tcp && has_weight && weight.number() == Some(0) {
                continue;
            }
            let otherwise = (to.port, to.protocol);
            let name =
                self.egress(node.text(), target.at("port").number(), otherwise, to.policy, node.cause());
            let weight = if has_weight { weight.tree() } else { weight.wrote(Tree::number(1)) };
            let mut parts = [name.because(node.cause()), weight];
            clusters.push(target.wrote(Tree::fill("{name:$0,weight:$1}", &mut parts)));
        }
        all.wrote(Tree::fill("{clusters:$0}", &mut [Tree::list(clusters)]))
    }

    /// Returns the clusters and the idle timeout of the one route of a TCP service that is tried first.
    pub(super) fn tcp_route(&mut self, to: &Destination<'m>) -> Option<[Tree; 3]> {
        let (kind, provider) = to.service.at("provider").first_of(&["virtualNode", "virtualRouter"])?;
        if kind == "virtualNode" {
            let node = provider.at("virtualNodeName");
            let name =
                self.egress(node.text(), Some(to.port), (to.port, to.protocol), to.policy, node.cause());
            return Some([name.because(node.cause()), Tree::default(), Tree::default()]);
        }
        for spec in self.routes_of(provider.at("virtualRouterName").text()) {
            let Some((_, route)) = spec.first_of(&["tcpRoute"]) else { continue };
            if route.at("match.port").number().is_none_or(|port| port == to.port) {
                let clusters = self.weighted_clusters(route, to);
                return Some([Tree::default(), clusters, duration(route.at("timeout.idle"))]);
            }
        }
        None
    }

    /// Returns the retry policy: that of the route, otherwise App Mesh's default.
    fn retries(&self, route: Option<At>) -> Tree {
        let Some((_, policy)) = route.and_then(|route| route.first_of(&["retryPolicy"])) else {
            return if self.environment.default_retries { default_retries() } else { Tree::default() };
        };
        let mut events: Vec<&str> = Vec::new();
        let mut codes: Vec<i64> = Vec::new();
        let listed = ["tcpRetryEvents", "httpRetryEvents", "grpcRetryEvents"];
        let listed = listed.into_iter().filter_map(|name| policy.first_of(&[name]));
        for event in listed.flat_map(|(_, list)| list.items()) {
            let (also, status): (&[&str], &[i64]) = match event.text() {
                // Source: docs/facts/envoy.md#retries.
                "connection-error" => (&["reset"], &[]),
                "stream-error" => (&["refused-stream"], &[]),
                "client-error" => (&["retriable-status-codes"], &[409]),
                // Both include the `reset` policy.
                "gateway-error" => (&["retriable-status-codes", "reset"], &[502, 503, 504]),
                "server-error" => (
                    &["retriable-status-codes", "reset"],
                    &[500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
                ),
                grpc => (&[grpc], &[]),
            };
            for word in also {
                if !events.contains(word) {
                    events.push(word);
                }
            }
            codes.extend(status.iter().filter(|code| !codes.contains(code)).copied().collect::<Vec<_>>());
        }
        let num_retries = policy.at("maxRetries");
        let per_try = policy.at("perRetryTimeout");
        let previous = Tree::fill(
            "[{name:envoy.retry_host_predicates.previous_hosts,typed_config:{\
             @type:type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}}]",
            &mut [],
        );
        let mut parts = [
            Tree::text(&events.join(",")),
            Tree::list_if_any(codes.into_iter().map(Tree::number).collect()),
            num_retries.wrote(Tree::number(whole(num_retries))),
            if millis(per_try) == Some(0) { Tree::default() } else { duration(per_try) },
            previous,
            Tree::number(5),
        ];
        policy.wrote(Tree::fill(RETRY, &mut parts))
    }

    /// Builds Envoy's routes for one gateway route.
    ///
    /// The gateway sends the request to itself on the port that distinguishes services, by host or by a header.
    /// Source: docs/facts/envoy.md#configuration. A prefix without a final slash becomes two routes there, too, so
    /// that `/a/b` becomes `/b` and not `//b`.
    pub(super) fn gateway_routes(&self, spec: At<'m>, cluster: &Tree) -> Vec<Tree> {
        let Some((kind, route)) = spec.first_of(&HTTP_ROUTES) else { return Vec::new() };
        let (matches, rewrite) = (route.at("match"), route.at("action.rewrite"));
        let target = route.at("action.target.virtualService.virtualServiceName");
        let host = Tree::text(&self.host_of(route)).because(target.cause());
        let keeps = |at: At| at.text() == "DISABLED";
        let keeps_host = keeps(rewrite.at("hostname.defaultTargetHostname"));
        let mut parts: [Tree; 7] = Default::default();
        parts[1] = cluster.clone();
        parts[5] = self.longest_timeout(target.text());
        if keeps_host {
            let mark = Tree::fill(
                "[{header:{key:x-app-mesh-virtual-service,value:$0},append_action:OVERWRITE_IF_EXISTS_OR_ADD}]",
                &mut [host],
            );
            parts[6] = rewrite.at("hostname.defaultTargetHostname").wrote(mark);
        } else {
            parts[4] = host;
        }
        let is_http = kind != "grpcRoute";
        let path = if is_http { rewrite.first_of(&["path"]).map(|(_, path)| path.at("exact")) } else { None };
        if let Some(exact) = path.filter(|exact| exact.is_set()) {
            // A backslash has a special meaning in a substitution.
            let text = Tree::text(&exact.text().replace('\\', "\\\\")).because(exact.cause());
            parts[3] = exact.wrote(Tree::fill("{pattern:{regex:^.*$},substitution:$0}", &mut [text]));
        }
        let prefix = matches.first_of(&["prefix"]).map(|(_, prefix)| prefix);
        let own = rewrite.first_of(&["prefix"]).map(|(_, own)| own);
        let value = own.map(|own| own.at("value")).filter(|value| value.is_set());
        let default = own.map(|own| own.at("defaultPrefix"));
        let mut routes = Vec::new();
        let mut push = |prefix: Option<Tree>, replaced: Tree| {
            let mut parts = parts.clone();
            parts[0] = matching(kind, matches, prefix, Vec::new());
            parts[2] = replaced;
            routes.push(route.wrote(Tree::fill(GATEWAY_ROUTE, &mut parts)));
        };
        let (true, Some(prefix)) = (parts[3].is_absent(), prefix) else {
            push(None, Tree::default());
            return routes;
        };
        match (value, default) {
            (Some(value), _) => push(None, value.tree()),
            (None, Some(default)) if keeps(default) => push(None, Tree::default()),
            _ => {
                let note = Cause::Default("a matched prefix becomes / unless the route says otherwise");
                let cause = default.and_then(At::cause).unwrap_or(note);
                let root = || Tree::word("/").because(Some(cause.clone()));
                if !prefix.text().ends_with('/') {
                    let folder = Tree::text(&format!("{}/", prefix.text())).because(prefix.cause());
                    push(Some(folder), root());
                }
                push(None, root());
            }
        }
        routes
    }

    /// Returns the host by which a gateway finds a service on its own port 15001: the service's name, with the
    /// provider's port if there are several and one is named.
    pub(super) fn host_of(&self, route: At<'m>) -> String {
        let target = route.at("action.target");
        let name = target.at("virtualService.virtualServiceName").text();
        let ports = self.get(Kind::VirtualService, name).map_or(0, |service| self.ports(service).len());
        match target.at("port").number() {
            Some(port) if ports > 1 => format!("{name}:{port}"),
            _ => name.to_owned(),
        }
    }

    /// Returns how long a gateway waits for a service: the longest timeout of the routes to it; 15 seconds without a
    /// router.
    fn longest_timeout(&self, service: &str) -> Tree {
        let router = self.get(Kind::VirtualService, service);
        let router = router.and_then(|service| service.at("provider").first_of(&["virtualRouter"]));
        let Some((_, router)) = router else { return timeout(None).0 };
        let routes = self.routes_of(router.at("virtualRouterName").text());
        let routes = routes.into_iter().filter_map(|spec| spec.first_of(&HTTP_ROUTES));
        let timeouts = routes.map(|(_, route)| timeout(Some(route)));
        timeouts.max_by_key(|(_, millis)| *millis).map(|(tree, _)| tree).unwrap_or_default()
    }
}

/// Returns the targets of a route of any kind.
fn targets(spec: At) -> impl Iterator<Item = At> {
    let route = spec.first_of(&["httpRoute", "http2Route", "grpcRoute", "tcpRoute"]);
    route.into_iter().flat_map(|(_, route)| route.at("action.weightedTargets").items())
}

/// Returns the time limit of a request, and the same in milliseconds; a limit of 0 means none.
fn timeout(route: Option<At>) -> (Tree, i64) {
    let set = route.map(|route| route.at("timeout.perRequest"));
    match set.and_then(|set| Some((set, millis(set)?))) {
        Some((set, 0)) => (duration(set), i64::MAX),
        Some((set, millis)) => (duration(set), millis),
        None => {
            let note = Cause::Default("15 seconds unless the route says otherwise");
            (Tree::word("15s").because(Some(note)), REQUEST_MILLIS)
        }
    }
}

/// Returns App Mesh's default retry policy. Source: docs/facts/envoy.md#retries.
fn default_retries() -> Tree {
    let events = Tree::word("connect-failure,refused-stream,unavailable,retriable-status-codes");
    let note = Cause::Default("App Mesh's default retry policy, where the route has none");
    Tree::fill("{retry_on:$0,retriable_status_codes:[503],num_retries:2}", &mut [events]).because(Some(note))
}
