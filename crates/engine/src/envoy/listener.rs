//! Listeners: 15000 for inbound traffic, 15001 for outbound traffic, and a gateway's own ports.

use super::{
    builder::Builder,
    cause::{At, Cause},
    cluster::duration,
    route::{Destination, in_order},
    tls,
    tree::{Text, Tree, Value},
};
use crate::{model::Kind, resolve::ListenerBind};

/// The port to which a task's inbound traffic is redirected. Source: docs/facts/discovery.md#ports.
const INGRESS: i64 = 15000;
/// The port to which a task's outbound traffic is redirected.
const EGRESS: i64 = 15001;

const LISTENER: &str = "{name:$0,address:{socket_address:{address:$1,port_value:$2,ipv4_compat:$3}},\
    filter_chains:$4,default_filter_chain:$5,listener_filters:$6,traffic_direction:$7}";
const CHAIN: &str = "{filter_chain_match:{destination_port:$0,server_names:$1,transport_protocol:$2},\
    filters:[$3],transport_socket:$4}";
const HTTP: &str = "{name:envoy.filters.network.http_connection_manager,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager,\
    stat_prefix:$0,route_config:$1,http_filters:[{name:envoy.filters.http.router,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}],access_log:$2,\
    upgrade_configs:[{upgrade_type:websocket}],normalize_path:true,merge_slashes:true,\
    path_with_escaped_slashes_action:KEEP_UNCHANGED}}";
const TCP: &str = "{name:envoy.filters.network.tcp_proxy,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy,\
    stat_prefix:$0,cluster:$1,weighted_clusters:$2,idle_timeout:$3,access_log:$4}}";
const ORIGINAL_DST: &str = "{name:envoy.filters.listener.original_dst,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst}}";
const TLS_INSPECTOR: &str = "{name:envoy.filters.listener.tls_inspector,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}}";
const VIRTUAL_HOST: &str = "{name:$0,domains:$1,routes:$2}";

/// Traffic direction of a listener.
#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

impl<'m> Builder<'m> {
    /// Adds a node's inbound listener: for each port a filter chain to the local application.
    pub(super) fn node_ingress(&mut self) {
        let listeners = self.distinct_listeners();
        if listeners.is_empty() {
            return;
        }
        let mut chains = Vec::new();
        let mut inspects = false;
        for listener in &listeners {
            let mapping = listener.at("portMapping");
            let protocol = mapping.at("protocol").text();
            let cluster = self.local_cluster(*listener, protocol);
            let prefix = stat_prefix(mapping, listeners.len());
            let timeout = |name| {
                let timeouts = listener.at("timeout").first_of(&["http", "http2", "grpc", "tcp"]);
                let timeout = timeouts.and_then(|(_, timeouts)| timeouts.first_of(&[name]));
                timeout.map(|(_, timeout)| duration(timeout)).unwrap_or_default()
            };
            let idle = timeout("idle");
            let filter = if protocol == "tcp" {
                self.tcp(prefix, [cluster, Tree::default(), idle])
            } else {
                let route = "{match:{prefix:/},route:{cluster:$0,timeout:$1,idle_timeout:$2}}";
                let route = Tree::fill(route, &mut [cluster, timeout("perRequest"), idle]);
                let host = Tree::fill("{name:all,domains:[*],routes:[$0]}", &mut [route]);
                let name = format!("rds_ingress_{protocol}_{}", mapping.at("port").text_or_number());
                self.http(prefix, name, vec![host])
            };
            inspects |= self.terminated(*listener, filter, &mut chains);
        }
        let filters = if inspects { &[ORIGINAL_DST, TLS_INSPECTOR][..] } else { &[ORIGINAL_DST] };
        self.listen(Direction::In, Tree::number(INGRESS), chains, Tree::default(), filters);
    }

    /// Returns the listeners of a node or gateway, each port only once. The service refuses a duplicate port, but a
    /// saved document may contain one.
    fn distinct_listeners(&self) -> Vec<At<'m>> {
        let mut listeners: Vec<At<'m>> = Vec::new();
        for listener in self.own.at("listeners").items() {
            let port = |listener: &At| listener.at("portMapping.port").number();
            if !listeners.iter().any(|other| port(other) == port(&listener)) {
                listeners.push(listener);
            }
        }
        listeners
    }

    /// Adds the filter chains of a listener with its TLS; returns whether they need the TLS inspector.
    fn terminated(&mut self, listener: At<'m>, filter: Tree, chains: &mut Vec<Tree>) -> bool {
        let tls = listener.at("tls");
        let mode = tls.at("mode");
        let port = listener.at("portMapping.port").tree();
        let chain = |protocol: Tree, filter: Tree, socket: Tree| {
            Tree::fill(CHAIN, &mut [port.clone(), Tree::default(), protocol, filter, socket])
        };
        let none = Tree::default;
        match mode.text() {
            "STRICT" => {
                let socket = self.uses(tls::downstream(tls));
                chains.push(chain(none(), filter, socket));
                false
            }
            "PERMISSIVE" => {
                let socket = self.uses(tls::downstream(tls));
                chains.push(chain(mode.wrote(Tree::word("tls")), filter.clone(), socket));
                chains.push(chain(mode.wrote(Tree::word("raw_buffer")), filter, none()));
                true
            }
            _ => {
                chains.push(chain(none(), filter, none()));
                false
            }
        }
    }

    /// Adds the outbound listener of a node's Envoy. It has a filter chain for each port of a backend; then one for TLS
    /// to `*.amazonaws.com`, always; then one for everything else, if the mesh allows it and the node lists no backend.
    ///
    /// The rule about backends is from the user guide: a node that lists any must list all.
    pub(super) fn node_egress(&mut self) {
        let default_policy = self.own.at("backendDefaults.clientPolicy.tls");
        let mut destinations: Vec<Destination<'m>> = Vec::new();
        let backends = self.own.at("backends");
        for backend in backends.items().map(|backend| backend.at("virtualService")) {
            let name = backend.at("virtualServiceName");
            let Some(service) = self.get(Kind::VirtualService, name.text()) else { continue };
            let own = backend.at("clientPolicy");
            let policy = if own.is_set() { own.at("tls") } else { default_policy };
            let policy = policy.is_set().then_some(policy);
            for (port, protocol) in self.ports(service) {
                let cause = name.cause();
                // On one port, the order of the list is preserved.
                let place = destinations.partition_point(|other| other.port <= port);
                destinations.insert(place, Destination { service, port, protocol, policy, cause });
            }
        }
        let amazon =
            self.original_dst("amazonaws", Some(Cause::Default("*.amazonaws.com can always be reached")));
        let mut chains = Vec::new();
        for on_port in destinations.chunk_by(|a, b| a.port == b.port) {
            let Some((filter, port)) = self.outbound(on_port) else { continue };
            let mut parts: [Tree; 5] = Default::default();
            parts[0] = port;
            parts[3] = filter;
            chains.push(Tree::fill(CHAIN, &mut parts));
        }
        chains.push(self.amazon_chain(&amazon));
        let filter = self.mesh_at().map(|mesh| mesh.at("egressFilter.type"));
        let allows = filter.filter(|filter| filter.text() == "ALLOW_ALL" && backends.items().len() == 0);
        let default = allows.map(|allows| {
            let cluster = self.original_dst("mesh-allow-all", allows.cause());
            let proxy = self.tcp(Tree::word("egress"), [cluster, Tree::default(), Tree::default()]);
            allows.wrote(Tree::fill("{filters:[$0]}", &mut [proxy]))
        });
        self.listen(
            Direction::Out,
            Tree::number(EGRESS),
            chains,
            default.unwrap_or_default(),
            &[ORIGINAL_DST, TLS_INSPECTOR],
        );
    }

    /// Builds the filter for the services on one port, with the port; `None` if nothing accepts a connection. The
    /// service listed first decides between HTTP and TCP. A port has only one TCP service, which accepts every
    /// connection.
    fn outbound(&mut self, on_port: &[Destination<'m>]) -> Option<(Tree, Tree)> {
        let first = on_port.first()?;
        let port = first.port;
        let number = Tree::number(port).because(first.cause.clone());
        if first.protocol == "tcp" {
            let parts = self.tcp_route(first)?;
            let filter = self.tcp(Tree::word("egress"), parts);
            return Some((filter.because(first.cause.clone()), number));
        }
        let mut hosts = Vec::new();
        let mut taken = Vec::new();
        for to in on_port.iter().filter(|to| to.protocol != "tcp") {
            let name = to.name();
            let domains = [name.to_string(), format!("{name}:{port}")];
            hosts.push(self.virtual_host(to, &[], domains.into(), &mut taken));
        }
        Some((self.http(Tree::word("egress"), format!("rds_egress_http_{port}"), hosts), number))
    }

    /// Builds the virtual host of a service, with the domains that no other has and the routes tried `first`; absent
    /// if no domain is left.
    fn virtual_host(
        &mut self,
        to: &Destination<'m>,
        first: &[Tree],
        domains: Vec<String>,
        taken: &mut Vec<String>,
    ) -> Tree {
        let domains = free_domains(domains, taken);
        if domains.is_absent() {
            return domains;
        }
        let mut routes = first.to_vec();
        routes.extend(self.service_routes(to, None));
        let mut parts = [Tree::text(to.name()), domains, Tree::list(routes)];
        Tree::fill(VIRTUAL_HOST, &mut parts).because(to.cause.clone())
    }

    /// Builds the filter chain for `*.amazonaws.com`: only TLS on port 443 passes. Source: docs/facts/envoy.md#aws.
    fn amazon_chain(&self, amazon: &Tree) -> Tree {
        let names = Tree::fill("[*.amazonaws.com]", &mut []);
        let proxy = self.tcp(Tree::word("egress"), [amazon.clone(), Tree::default(), Tree::default()]);
        let mut parts = [Tree::number(443), names, Tree::default(), proxy, Tree::default()];
        Tree::fill(CHAIN, &mut parts).because(Some(Cause::Default("*.amazonaws.com can always be reached")))
    }

    /// Adds a gateway's listeners: its own ports, where gateway routes select a service, and 15001, where it sends to
    /// itself and routes by the service's name. Source: docs/facts/envoy.md#configuration.
    pub(super) fn gateway(&mut self) {
        let name = &self.own.resource().id.key.name;
        let routes = in_order(self.mesh, Kind::GatewayRoute, name);
        let mut listeners = self.distinct_listeners();
        // This port is taken, and Envoy would refuse a second listener on it.
        listeners.retain(|listener| listener.at("portMapping.port").number() != Some(EGRESS));
        for listener in &listeners {
            let mapping = listener.at("portMapping");
            let cluster = self.self_redirect(*listener, listeners.len() == 1);
            let port = mapping.at("port");
            let mut here = Vec::new();
            for spec in &routes {
                let wanted = spec.first_of(&["httpRoute", "http2Route", "grpcRoute"]);
                let wanted = wanted.and_then(|(_, route)| route.at("match.port").number());
                if wanted.is_none() || wanted == port.number() {
                    here.extend(self.gateway_routes(*spec, &cluster));
                }
            }
            let host = Tree::fill("{name:self_redirect,domains:[*],routes:$0}", &mut [Tree::list(here)]);
            let name = format!("rds_ingress_{}_{}", mapping.at("protocol").text(), port.text_or_number());
            let filter = self.http(stat_prefix(mapping, listeners.len()), name, vec![host]);
            let mut chains = Vec::new();
            self.terminated(*listener, filter, &mut chains);
            self.listen(Direction::In, port.tree(), chains, Tree::default(), &[TLS_INSPECTOR]);
        }
        self.gateway_egress(&routes);
    }

    fn gateway_egress(&mut self, routes: &[At<'m>]) {
        let policy = self.own.at("backendDefaults.clientPolicy.tls");
        let policy = policy.is_set().then_some(policy);
        let mut named = Vec::new();
        let mut marked = Vec::new();
        let mut marks: Vec<String> = Vec::new();
        let mut taken = Vec::new();
        for spec in routes {
            let Some((kind, route)) = spec.first_of(&["httpRoute", "http2Route", "grpcRoute"]) else {
                continue;
            };
            let target = route.at("action.target.virtualService.virtualServiceName");
            let Some(service) = self.get(Kind::VirtualService, target.text()) else { continue };
            let wanted = route.at("action.target.port").number();
            let ports = self.ports(service);
            let found = ports.iter().find(|(port, _)| wanted.is_none_or(|wanted| wanted == *port));
            let (port, protocol) = found.copied().unwrap_or((wanted.unwrap_or(EGRESS), kind_protocol(kind)));
            let to = Destination { service, port, protocol, policy, cause: target.cause() };
            let host = self.host_of(route);
            if route.at("action.rewrite.hostname.defaultTargetHostname").text() == "DISABLED" {
                if !marks.contains(&host) {
                    let mark = Tree::text(&host).because(target.cause());
                    marked.extend(self.service_routes(&to, Some(&mark)));
                    marks.push(host);
                }
            } else {
                let domains = if host == target.text() {
                    vec![host.clone(), format!("{host}:{EGRESS}")]
                } else {
                    vec![host]
                };
                named.push((to, domains));
            }
        }
        // Marked requests are routed by their mark, even if the client's own host is the name of another service.
        let mut hosts = Vec::new();
        for (to, domains) in named {
            hosts.push(self.virtual_host(&to, &marked, domains, &mut taken));
        }
        if !marked.is_empty() {
            let domains = free_domains(vec!["*".to_owned()], &mut taken);
            let mut parts = [Tree::word("default_backend"), domains, Tree::list(marked)];
            hosts.push(Tree::fill(VIRTUAL_HOST, &mut parts));
        }
        let filter = self.http(Tree::word("egress"), format!("rds_egress_http_{EGRESS}"), hosts);
        let mut parts: [Tree; 5] = Default::default();
        parts[0] = Tree::number(EGRESS);
        parts[3] = filter;
        let chain = Tree::fill(CHAIN, &mut parts);
        self.listen(Direction::Out, Tree::number(EGRESS), vec![chain], Tree::default(), &[TLS_INSPECTOR]);
    }

    /// Adds a listener, bound according to this Envoy's preference.
    fn listen(
        &mut self,
        direction: Direction,
        port: Tree,
        chains: Vec<Tree>,
        default: Tree,
        filters: &[&'static str],
    ) {
        let (effects, cause) = self.own_effects();
        let (word, upper) = match direction {
            Direction::In => ("ingress", "INBOUND"),
            Direction::Out => ("egress", "OUTBOUND"),
        };
        let Some(Value::Number(number)) = port.value() else { return };
        // The name is the same as before preferences existed.
        let name = Tree::text(&format!("lds_{word}_0.0.0.0_{number}")).because(port.cause().cloned());
        let bind = effects.listener_bind;
        let mut parts = [
            name,
            Tree::word(bind.address()).because(cause.clone()),
            port,
            Tree::flag(bind == ListenerBind::DualStack).because(cause),
            Tree::list(chains),
            default,
            Tree::list(filters.iter().map(|filter| Tree::fill(filter, &mut [])).collect()),
            Tree::word(upper),
        ];
        self.listeners.push(Tree::fill(LISTENER, &mut parts));
    }

    fn http(&mut self, stat_prefix: Tree, name: String, hosts: Vec<Tree>) -> Tree {
        let mut parts = [Tree::text(&name), Tree::list(hosts)];
        let routes = Tree::fill("{name:$0,virtual_hosts:$1}", &mut parts);
        self.routes.push(routes.clone());
        Tree::fill(HTTP, &mut [stat_prefix, routes, self.access_log()])
    }

    fn tcp(&self, stat_prefix: Tree, [cluster, clusters, idle]: [Tree; 3]) -> Tree {
        Tree::fill(TCP, &mut [stat_prefix, cluster, clusters, idle, self.access_log()])
    }

    /// Returns the access log, which is the same for every filter of this Envoy.
    fn access_log(&self) -> Tree {
        const LOG: &str = "[{name:envoy.access_loggers.file,typed_config:{\
            @type:type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog,path:$0,log_format:$1}}]";
        let file = self.own.at("logging.accessLog.file");
        if !file.is_set() {
            return Tree::default();
        }
        let format = match file.at("format").first_of(&["json", "text"]) {
            Some(("json", json)) => {
                let mut members: Vec<(Text, Tree)> = Vec::new();
                for item in json.items() {
                    let key = item.at("key").text();
                    if !members.iter().any(|(known, _)| known.as_str() == key) {
                        members.push((Text::Shared(key.into()), item.wrote(item.at("value").tree())));
                    }
                }
                json.wrote(Tree::fill("{json_format:$0}", &mut [Value::Object(members).into()]))
            }
            Some((_, text)) => {
                text.wrote(Tree::fill("{text_format_source:{inline_string:$0}}", &mut [text.tree()]))
            }
            None => Tree::default(),
        };
        file.wrote(Tree::fill(LOG, &mut [file.at("path").tree(), format]))
    }
}

/// Returns the prefix of a listener's statistics, which distinguishes several listeners. Source:
/// docs/facts/envoy.md#configuration.
fn stat_prefix(mapping: At, listeners: usize) -> Tree {
    if listeners == 1 {
        return Tree::word("ingress");
    }
    let prefix = format!("ingress.{}.{}", mapping.at("protocol").text(), mapping.at("port").text_or_number());
    Tree::text(&prefix).because(mapping.cause())
}

fn kind_protocol(kind: &str) -> &'static str {
    match kind {
        "grpcRoute" => "grpc",
        "http2Route" => "http2",
        _ => "http",
    }
}

/// Returns the domains that are not taken yet, and marks them as taken; absent if there are none. Envoy refuses a
/// duplicate domain, ignoring case.
fn free_domains(domains: Vec<String>, taken: &mut Vec<String>) -> Tree {
    let mut free = Vec::new();
    for domain in domains {
        let folded = domain.to_ascii_lowercase();
        if !taken.contains(&folded) {
            taken.push(folded);
            free.push(Tree::text(&domain));
        }
    }
    Tree::list_if_any(free)
}
