//! Names and addresses of the cluster for a client without an Envoy: in a pod outside the mesh, or outside the cluster.
//!
//! A pod resolves short names with the search domains of its namespace ([`records`]); [`target`] returns what accepts
//! a connection to an address.

use std::{borrow::Cow, net::IpAddr};

use app_mesh_engine::{
    environment::{ClusterObject, DnsRecords, ObjectKey},
    model::Kind,
    traffic,
};
use mesh_documents::kubernetes::{Proxies, load_balancer};
use serde_json::Value;

use super::Call;

/// A name with fewer dots is first looked up in the search domains: the `ndots` of a pod.
const DOTS: usize = 5;

/// Returns the search domains of a pod's resolver.
fn domains(pod: &ObjectKey) -> [String; 3] {
    [
        [&*pod.namespace, ".svc.cluster.local"].concat(),
        "svc.cluster.local".to_owned(),
        "cluster.local".to_owned(),
    ]
}

/// Returns the `resolv.conf` of the pod in which a command runs.
pub(super) fn resolver(call: &Call) -> Option<String> {
    let domains = domains(call.pod?).join(" ");
    Some(format!("search {domains}\nnameserver {CLUSTER_DNS}\noptions ndots:{DOTS}\n"))
}

/// Address of the DNS of the cluster.
pub(super) const CLUSTER_DNS: &str = "10.100.0.10";

/// Charges a lookup to the budget: it may search all records, and all objects of the cluster.
pub(super) fn charge(call: &mut Call) {
    let environment = &call.context.playground.world().environment;
    let (records, objects) = (environment.dns.len(), environment.cluster.objects.len());
    call.work.counts(records.saturating_mul(4).saturating_add(objects.saturating_mul(24)));
}

/// Returns the records of a name with the full name that has them. A pod also looks in its search domains.
pub(super) fn records<'c>(call: &'c Call, host: &str) -> Option<(String, Cow<'c, DnsRecords>)> {
    let world = call.context.playground.world();
    let meshes: Vec<_> = world.control_plane.visible_to(&world.account).map(|(_, mesh)| &**mesh).collect();
    let look = |name: String| {
        let found = traffic::records(&world.environment, &meshes, &name)?;
        Some((name, found))
    };
    let Some(pod) = call.pod.filter(|_| !host.ends_with('.') && host.len() < 254) else {
        return look(host.to_owned());
    };
    let is_long = host.matches('.').count() >= DOTS;
    let search = || domains(pod).into_iter().find_map(|domain| look([host, ".", &domain].concat()));
    match is_long {
        true => look(host.to_owned()).or_else(search),
        false => search().or_else(|| look(host.to_owned())),
    }
}

/// Returns the addresses of a host, the IPv4 ones first; an address is its own.
pub(super) fn addresses(call: &Call, host: &str) -> Vec<IpAddr> {
    if let Ok(address) = host.parse() {
        return vec![address];
    }
    let Some((_, records)) = records(call, host) else { return Vec::new() };
    let v4 = records.a.iter().copied().map(IpAddr::V4);
    v4.chain(records.aaaa.iter().copied().map(IpAddr::V6)).collect()
}

/// Returns whether a name is that of a load balancer of the cluster, which the whole internet resolves.
pub(super) fn is_balancer(call: &Call, host: &str) -> bool {
    let world = call.context.playground.world();
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut services = world.environment.cluster.of_kind("Service");
    services.any(|(key, object)| {
        load_balancer(world, key, object).is_some_and(|name| name.eq_ignore_ascii_case(host))
    })
}

/// Process that accepts a connection.
pub(super) enum Target {
    /// The Envoy of a virtual node or gateway, by its name, on this port.
    Envoy(Kind, String, i64),
    /// A pod without an Envoy, by the name of its first container.
    Pod(String),
    /// A host of the internet.
    Outside,
}

/// Returns what accepts a connection to an address, if anything does. From outside the cluster, only load balancers are
/// reachable.
pub(super) fn target(call: &Call, address: IpAddr, port: i64) -> Option<Target> {
    let world = call.context.playground.world();
    let cluster = &world.environment.cluster;
    let is_inside = call.pod.is_some();
    let text = address.to_string();
    let service = cluster
        .of_kind("Service")
        .filter(|(key, object)| is_inside || load_balancer(world, key, object).is_some())
        .find(|(_, object)| object.added("clusterIP") == Some(&text));
    let mut target = (text, port, None);
    if let Some((_, service)) = service {
        let pod = cluster.forwards.get(&address).and_then(|pods| pods.first())?;
        let ports = service.spec("ports").as_array().map(Vec::as_slice).unwrap_or_default();
        let found = ports.iter().find(|found| found["port"].as_i64() == Some(port))?;
        let port = match &found["targetPort"] {
            Value::Number(number) => number.as_i64().unwrap_or(port),
            _ => port,
        };
        target = (pod.to_string(), port, found["targetPort"].as_str());
    } else if !is_inside {
        return None;
    }
    let (text, port, name) = target;
    let pod = cluster.of_kind("Pod").find(|(_, pod)| pod.added("podIP") == Some(&text));
    let Some((key, pod)) = pod else {
        // The stand-in addresses of public names.
        let is_public = matches!(address, IpAddr::V4(address) if address.is_documentation());
        return is_public.then_some(Target::Outside);
    };
    let ports = || container_ports(pod);
    let port = name.and_then(|name| ports().find(|(own, _)| *own == name)).map_or(port, |(_, port)| port);
    if let Some((kind, name)) = Proxies::of(cluster).find(&key.namespace, pod) {
        return Some(Target::Envoy(kind, name, port));
    }
    // A container without declared ports may listen on any.
    let is_open = ports().next().is_none() || ports().any(|(_, own)| own == port);
    let name = pod.spec("containers")[0]["name"].as_str().unwrap_or(&key.name);
    is_open.then(|| Target::Pod(name.to_owned()))
}

/// Returns the declared ports of a pod, with their names.
fn container_ports(pod: &ClusterObject) -> impl Iterator<Item = (&str, i64)> {
    let containers = pod.spec("containers").as_array().into_iter().flatten();
    let ports = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    ports
        .filter_map(|port| Some((port["name"].as_str().unwrap_or_default(), port["containerPort"].as_i64()?)))
}
