//! Clusters: the nodes that are called, the local application, and destinations outside the mesh.

use std::{net::IpAddr, rc::Rc};

use super::{
    builder::Builder,
    cause::{At, Cause},
    tls,
    tree::Tree,
};
use crate::{
    control_plane::Resource,
    environment::{Family, Instance},
    model::{Key, Kind, View},
    resolve::{Effects, Provenance, effects, gateway_preference, node_preference},
    traffic,
};

const CLUSTER: &str = "{name:$0,type:$1,connect_timeout:$2,dns_lookup_family:$3,circuit_breakers:$4,\
    health_checks:$5,outlier_detection:$6,typed_extension_protocol_options:$7,transport_socket:$8,\
    load_assignment:$9}";
const ORIGINAL_DST: &str = "{name:$0,type:ORIGINAL_DST,connect_timeout:1s,lb_policy:CLUSTER_PROVIDED}";
/// Envoy's largest number, used if App Mesh sets no limit. Source: docs/facts/envoy.md#configuration.
const NO_LIMIT: i64 = 2_147_483_647;

/// A cluster for a node that this Envoy calls.
///
/// INVARIANT: no two have the same name, and no two have the same node, port and policy.
pub(super) struct Egress {
    node: Rc<str>,
    port: i64,
    policy: *const serde_json::Value,
    pub(super) name: Tree,
}

impl<'m> Builder<'m> {
    /// Returns the effects of the preference for this Envoy's own listeners and application, with its cause.
    pub(super) fn own_effects(&self) -> (Effects, Option<Cause>) {
        match self.own.resource().id.key.kind {
            Kind::VirtualNode => self.node_effects(self.own),
            _ => {
                let preference = gateway_preference(self.mesh);
                (effects(preference.preference), self.preference_cause(preference.provenance, self.own))
            }
        }
    }

    fn node_effects(&self, node: At<'m>) -> (Effects, Option<Cause>) {
        let preference = node_preference(self.mesh, View::new(node.resource().spec.json()));
        (effects(preference.preference), self.preference_cause(preference.provenance, node))
    }

    fn preference_cause(&self, provenance: Provenance, node: At) -> Option<Cause> {
        match provenance {
            Provenance::SetHere => {
                let (_, method) = node.at("serviceDiscovery").first_of(&["dns", "awsCloudMap"])?;
                method.at("ipPreference").cause()
            }
            Provenance::InheritedFromMesh => self.mesh_at()?.at("serviceDiscovery.ipPreference").cause(),
            Provenance::NoPreference => Some(Cause::Default("no preference is set, here or on the mesh")),
        }
    }

    /// Returns the name of the cluster for a node, and creates the cluster if it does not exist yet.
    ///
    /// `port` is the node's port, if one is named. `otherwise` is the port and protocol for a node that does not
    /// listen: its cluster has no endpoints, and every request to it fails like one to a node without addresses.
    pub(super) fn egress(
        &mut self,
        node: &str,
        port: Option<i64>,
        otherwise: (i64, &str),
        policy: Option<At<'m>>,
        cause: Option<Cause>,
    ) -> Tree {
        let resource = self.mesh.get(&Key::new(Kind::VirtualNode, node));
        let mut listeners = resource.into_iter().flat_map(|node| At::spec(node).at("listeners").items());
        let of_port =
            |listener: &At| port.is_none_or(|port| listener.at("portMapping.port").number() == Some(port));
        let listener = listeners.find(of_port);
        let mapping = listener.map(|listener| listener.at("portMapping"));
        let protocol = mapping.map_or(otherwise.1, |mapping| mapping.at("protocol").text());
        let number = mapping.and_then(|mapping| mapping.at("port").number()).or(port).unwrap_or(otherwise.0);
        // The policy applies to the ports it lists, or to all ports if it lists none.
        let policy = policy.filter(|policy| {
            let mut ports = policy.at("ports").items().peekable();
            ports.peek().is_none() || ports.any(|port| port.number() == Some(number))
        });
        let place = policy.map_or(std::ptr::null(), At::place);
        let is_same = |known: &&Egress| *known.node == *node && known.port == number && known.policy == place;
        if let Some(known) = self.egress.iter().find(is_same) {
            return known.name.clone();
        }
        let name = self.free_name(&format!("cds_egress_{}_{node}_{protocol}_{number}", self.mesh_id.name));
        let port_cause = mapping.and_then(|mapping| mapping.at("port").cause());
        let name = Tree::text(&name).because(port_cause.clone());
        self.egress.push(Egress { node: node.into(), port: number, policy: place, name: name.clone() });
        let port = Tree::number(number).because(port_cause);
        let cluster = self.egress_cluster(name.clone(), resource, listener, (port, protocol), policy);
        self.clusters.push(cluster.because(cause));
        // The caller sets the cause of this name.
        name.without_cause()
    }

    /// Returns a cluster name that no other cluster has. Two policies for one node need two clusters.
    fn free_name(&self, name: &str) -> String {
        let is_taken = |name: &str| self.egress.iter().any(|known| known.name.as_str() == Some(name));
        let mut free = name.to_owned();
        let mut number = 1;
        while is_taken(&free) {
            number += 1;
            free = format!("{name}_{number}");
        }
        free
    }

    fn egress_cluster(
        &mut self,
        name: Tree,
        node: Option<&'m Rc<Resource>>,
        listener: Option<At<'m>>,
        (port, protocol): (Tree, &str),
        policy: Option<At<'m>>,
    ) -> Tree {
        let mut parts: [Tree; 10] = Default::default();
        parts[0] = name.clone();
        parts[1] = Tree::word("STATIC");
        parts[2] = Tree::word("1s");
        parts[4] = circuit_breakers(None);
        let mut endpoints = Vec::new();
        let mut found_by = Tree::default();
        if let (Some(node), Some(listener)) = (node.map(At::spec), listener) {
            let (effects, cause) = self.node_effects(node);
            let discovery = node.at("serviceDiscovery");
            match discovery.first_of(&["dns", "awsCloudMap"]) {
                // An empty host name cannot be looked up, and Envoy refuses it.
                Some(("dns", dns)) if !dns.at("hostname").text().is_empty() => {
                    parts[1] = dns_type(dns.at("responseType"));
                    parts[3] = Tree::word(effects.dns_lookup_family.as_str()).because(cause);
                    found_by = dns.at("hostname").tree();
                    endpoints.push(endpoint(found_by.clone(), port));
                }
                Some(("awsCloudMap", service)) => {
                    parts[1] = service.wrote(Tree::word("STATIC"));
                    let view = View::new(service.json());
                    for instance in traffic::instances(self.environment, view) {
                        let address =
                            effects.cloud_map.families().find_map(|family| address(instance, family));
                        let address =
                            address.map(|address| Tree::text(&address.to_string()).because(cause.clone()));
                        endpoints.extend(address.map(|address| endpoint(address, port.clone())));
                    }
                    let names = ["serviceName", "namespaceName"].map(|name| service.at(name).text());
                    found_by = Tree::text(&names.join(".")).because(service.at("serviceName").cause());
                }
                _ => {}
            }
            parts[5] = health_checks(listener.at("healthCheck"), protocol);
            parts[6] = outlier_detection(listener);
            parts[8] = self.uses(tls::upstream(policy, listener.at("tls"), found_by.clone()));
        }
        let cause = listener.and_then(|listener| listener.at("portMapping.protocol").cause());
        parts[7] = protocol_options(protocol).because(cause);
        parts[9] = self.assignment(name, endpoints);
        Tree::fill(CLUSTER, &mut parts)
    }

    /// Adds the cluster for the local application, with its one local address, and returns its name. `listener` is
    /// the node's.
    pub(super) fn local_cluster(&mut self, listener: At<'m>, protocol: &str) -> Tree {
        let (effects, cause) = self.own_effects();
        let port = listener.at("portMapping.port");
        let name = &self.own.resource().id.key.name;
        let name = format!("cds_ingress_{}_{name}_{protocol}_{}", self.mesh_id.name, port.text_or_number());
        let name = Tree::text(&name).because(port.cause());
        let address = match effects.local_endpoint {
            Family::V4 => "127.0.0.1",
            Family::V6 => "::1",
        };
        let endpoint = endpoint(Tree::word(address).because(cause), port.tree());
        self.static_cluster(name.clone(), listener, endpoint);
        name
    }

    /// Adds the cluster through which a gateway sends to itself, at the port that distinguishes services, and returns
    /// its name.
    pub(super) fn self_redirect(&mut self, listener: At<'m>, is_only: bool) -> Tree {
        let mapping = listener.at("portMapping");
        let ingress =
            if is_only { String::new() } else { format!("_{}", mapping.at("port").text_or_number()) };
        let (mesh, name) = (&self.mesh_id.name, &self.own.resource().id.key.name);
        let protocol = mapping.at("protocol").text();
        let name = format!("cds_ingress_{mesh}_{name}_self_redirect{ingress}_{protocol}_15001");
        let name = Tree::text(&name);
        let endpoint = endpoint(Tree::word("127.0.0.1"), Tree::number(15001));
        self.static_cluster(name.clone(), listener, endpoint);
        name
    }

    fn static_cluster(&mut self, name: Tree, listener: At<'m>, endpoint: Tree) {
        let protocol = listener.at("portMapping.protocol");
        let mut parts: [Tree; 10] = Default::default();
        parts[0] = name.clone();
        parts[1] = Tree::word("STATIC");
        parts[2] = Tree::word("0.25s");
        parts[4] = circuit_breakers(Some(listener.at("connectionPool")));
        parts[7] = protocol_options(protocol.text()).because(protocol.cause());
        parts[9] = self.assignment(name, vec![endpoint]);
        self.clusters.push(Tree::fill(CLUSTER, &mut parts));
    }

    /// Adds a cluster that sends to the address that the application dialled, and returns its name.
    pub(super) fn original_dst(&mut self, name: &str, cause: Option<Cause>) -> Tree {
        let name = Tree::text(&format!("cds_egress_{}_{name}", self.mesh_id.name));
        self.clusters.push(Tree::fill(ORIGINAL_DST, &mut [name.clone()]).because(cause));
        name
    }

    /// Adds the endpoints of a cluster, which are also a separate resource, and returns them.
    fn assignment(&mut self, name: Tree, endpoints: Vec<Tree>) -> Tree {
        let groups = match endpoints.is_empty() {
            true => Tree::list(Vec::new()),
            false => Tree::fill("[{lb_endpoints:$0}]", &mut [Tree::list(endpoints)]),
        };
        let assignment = Tree::fill("{cluster_name:$0,endpoints:$1}", &mut [name, groups]);
        self.endpoints.push(assignment.clone());
        assignment
    }
}

/// Returns the address of an instance in a family; an instance has at most one of each.
fn address(instance: &Instance, family: Family) -> Option<IpAddr> {
    match family {
        Family::V4 => instance.ipv4.map(IpAddr::V4),
        Family::V6 => instance.ipv6.map(IpAddr::V6),
    }
}

/// Builds an endpoint. The port is always the listener's, because the node's Envoy distinguishes its listeners by it.
/// Cloud Map's `AWS_INSTANCE_PORT` is one number per instance, and a node may have several listeners.
fn endpoint(address: Tree, port: Tree) -> Tree {
    Tree::fill("{endpoint:{address:{socket_address:{address:$0,port_value:$1}}}}", &mut [address, port])
}

fn dns_type(response_type: At) -> Tree {
    match response_type.text() {
        "ENDPOINTS" => response_type.wrote(Tree::word("STRICT_DNS")),
        "LOADBALANCER" => response_type.wrote(Tree::word("LOGICAL_DNS")),
        _ => Tree::word("LOGICAL_DNS")
            .because(Some(Cause::Default("responseType is LOADBALANCER unless it is set"))),
    }
}

/// Returns the options that make a cluster speak HTTP/2.
pub(super) fn http2() -> Tree {
    Tree::fill(
        "{envoy.extensions.upstreams.http.v3.HttpProtocolOptions:{\
         @type:type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions,\
         explicit_http_config:{http2_protocol_options:{}}}}",
        &mut [],
    )
}

fn protocol_options(protocol: &str) -> Tree {
    if is_http2(protocol) { http2() } else { Tree::default() }
}

fn is_http2(protocol: &str) -> bool {
    ["http2", "grpc"].contains(&protocol)
}

/// Builds the limits of a cluster. A connection pool limits what this Envoy opens to its own application, or a
/// gateway to itself; connections to other nodes are not limited. Source: docs/facts/envoy.md#configuration.
fn circuit_breakers(pool: Option<At>) -> Tree {
    const LIMITS: &str =
        "{thresholds:[{max_connections:$0,max_pending_requests:$1,max_requests:$2,max_retries:$3}]}";
    let pool = pool.and_then(|pool| pool.first_of(&["http", "http2", "grpc", "tcp"]));
    let limit = |name: &'static str| {
        let limit = pool.and_then(|(_, pool)| pool.first_of(&[name]));
        limit.map_or(Tree::number(NO_LIMIT), |(_, limit)| limit.wrote(Tree::number(whole(limit))))
    };
    let mut limits =
        [limit("maxConnections"), limit("maxPendingRequests"), limit("maxRequests"), Tree::number(NO_LIMIT)];
    let cause = pool.and_then(|(_, pool)| pool.cause());
    let cause = cause.unwrap_or(Cause::Default("no limit unless a connection pool sets one"));
    Tree::fill(LIMITS, &mut limits).because(Some(cause))
}

/// Returns a number of the API, at most Envoy's maximum, which is lower than the API's.
pub(super) fn whole(number: At) -> i64 {
    number.number().unwrap_or_default().min(NO_LIMIT)
}

/// Builds the health checks, which the callers of a node run. Source: docs/facts/envoy.md#configuration.
fn health_checks(check: At, protocol: &str) -> Tree {
    const CHECK: &str = "[{timeout:$0,interval:$1,unhealthy_threshold:$2,healthy_threshold:$3,\
        http_health_check:$4,tcp_health_check:$5,grpc_health_check:$6}]";
    if !check.is_set() {
        return Tree::default();
    }
    let millis =
        |name| check.at(name).wrote(Tree::text(&seconds(check.at(name).number().unwrap_or_default())));
    let mut parts: [Tree; 7] = Default::default();
    parts[0] = millis("timeoutMillis");
    parts[1] = millis("intervalMillis");
    parts[2] = check.at("unhealthyThreshold").tree();
    parts[3] = check.at("healthyThreshold").tree();
    let spoken = check.at("protocol");
    match spoken.text() {
        "http" | "http2" => {
            let path = check.at("path");
            let path = if path.text().is_empty() { Tree::word("/") } else { path.tree() };
            let codec = if spoken.text() == "http2" { Tree::word("HTTP2") } else { Tree::default() };
            parts[4] =
                Tree::fill("{path:$0,codec_client_type:$1}", &mut [path, codec]).because(spoken.cause());
        }
        // Envoy checks health over gRPC only if the cluster speaks HTTP/2.
        "grpc" if is_http2(protocol) => parts[6] = spoken.wrote(Tree::fill("{}", &mut [])),
        _ => parts[5] = spoken.wrote(Tree::fill("{}", &mut [])),
    }
    check.wrote(Tree::fill(CHECK, &mut parts))
}

/// Builds the outlier detection, by which callers exclude failing endpoints. A gateway's listener has no such setting.
fn outlier_detection(listener: At) -> Tree {
    const DETECTION: &str = "{consecutive_5xx:$0,interval:$1,base_ejection_time:$2,max_ejection_percent:$3,enforcing_consecutive_5xx:100}";
    let Some((_, detection)) = listener.first_of(&["outlierDetection"]) else { return Tree::default() };
    let errors = detection.at("maxServerErrors");
    // Envoy refuses a duration of zero, so it is left out and Envoy's own default applies.
    let time = |name| {
        Some(detection.at(name)).filter(|time| millis(*time) != Some(0)).map(duration).unwrap_or_default()
    };
    let mut parts = [
        errors.wrote(Tree::number(whole(errors))),
        time("interval"),
        time("baseEjectionDuration"),
        detection.at("maxEjectionPercent").tree(),
    ];
    detection.wrote(Tree::fill(DETECTION, &mut parts))
}

/// Returns a duration in milliseconds; `None` if no value is set. The default unit is seconds.
pub(super) fn millis(duration: At) -> Option<i64> {
    let value = duration.at("value").number()?;
    let unit = if duration.at("unit").text() == "ms" { 1 } else { 1000 };
    Some(value.saturating_mul(unit))
}

/// Returns a duration as Envoy writes it; absent if no value is set.
pub(super) fn duration(duration: At) -> Tree {
    millis(duration).map(|millis| duration.wrote(Tree::text(&seconds(millis)))).unwrap_or_default()
}

/// Formats milliseconds as seconds: `0.25s`. Envoy counts nanoseconds in 63 bits, which is at most 292 years.
fn seconds(millis: i64) -> String {
    const MOST: i64 = 9_000_000_000_000;
    let millis = millis.clamp(0, MOST);
    let (whole, rest) = (millis / 1000, millis % 1000);
    match rest {
        0 => format!("{whole}s"),
        rest => format!("{whole}.{rest:03}s").replace("0s", "s").replace("0s", "s"),
    }
}
