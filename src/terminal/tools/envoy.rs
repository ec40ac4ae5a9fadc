//! What the admin port of an Envoy tells: configuration, clusters, listeners, statistics.
//!
//! From the generated configuration, as App Mesh's server would have sent it: what is dynamic in a real dump is dynamic
//! here. The forms of the texts are Envoy's own (its documentation, "Administration interface").

use std::rc::Rc;

use serde_json::Value;

use super::{Call, url::find};
use crate::{
    control_plane::Mesh,
    document::parse_json,
    environment::Environment,
    envoy::{Config, Tree, bootstrap, to_json},
    model::{Key, Kind, MeshId},
    terminal::{command::Output, write_string},
    traffic::reach,
};

/// A mesh and something in it that has an Envoy.
pub(super) type Found = (MeshId, Rc<Mesh>, Key);

const PAGES: &str = "admin commands are:\n  /clusters\n  /config_dump\n  /listeners\n  /ready\n  /stats\n";

/// `envoy NODE PAGE`
pub(super) fn run(call: &mut Call) -> Output {
    // A whole configuration is made, whatever is told of it.
    call.work.done += 30;
    let (Some(name), Some(page)) = (call.words.first(), call.words.get(1)) else {
        return Output::failed(2, "usage: envoy NODE config_dump|clusters|listeners|stats\n");
    };
    let Some(found) = find(call.context.playground, &[Kind::VirtualNode, Kind::VirtualGateway], name) else {
        return Output::failed(1, ["envoy: there is no virtual node or gateway `", name, "`\n"].concat());
    };
    let environment = &call.context.playground.world().environment;
    match admin(environment, &found, page) {
        (200, text) => Output::printed(text),
        (_, text) => Output::failed(1, text),
    }
}

/// A page of the admin port, with its status.
pub(super) fn admin(environment: &Environment, (id, mesh, key): &Found, path: &str) -> (u16, String) {
    let Some(config) = bootstrap(environment, id, mesh, key) else { return (404, PAGES.to_owned()) };
    let page = path.trim_start_matches('/');
    let (page, query) = page.split_once('?').unwrap_or((page, ""));
    let text = match page {
        "config_dump" => config_dump(&config, query.contains("include_eds")),
        "clusters" => clusters(environment, id, mesh, &config),
        "listeners" => config.listeners().iter().map(listener).collect(),
        "stats" => stats(environment, id, mesh, &config),
        "ready" => "LIVE\n".to_owned(),
        "" | "help" => PAGES.to_owned(),
        _ => return (404, ["invalid path. ", PAGES].concat()),
    };
    (200, text)
}

fn listener(tree: &Tree) -> String {
    let name = tree.member("name").and_then(Tree::as_str).unwrap_or_default();
    let address = read(tree);
    [name, "::", &socket(&address["address"]["socket_address"], None), "\n"].concat()
}

/// The same as plain JSON. What was made here can be read.
fn read(tree: &Tree) -> Value {
    parse_json(&to_json(tree)).unwrap_or_default()
}

/// `10.0.0.1:80` or `[::1]:80`.
fn socket(address: &Value, resolved: Option<&str>) -> String {
    let host = resolved.or_else(|| address["address"].as_str()).unwrap_or_default();
    let port = address["port_value"].as_i64().unwrap_or_default();
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// What a cluster comes to.
struct Cluster {
    name: String,
    json: Value,
    /// The addresses of its hosts, with their host names.
    hosts: Vec<(String, String)>,
    /// Whether its hosts are checked.
    is_checked: bool,
    /// Whether they pass.
    is_healthy: bool,
}

fn hosts_of(environment: &Environment, id: &MeshId, mesh: &Mesh, tree: &Tree) -> Cluster {
    let json = read(tree);
    let name = json["name"].as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut hosts = Vec::new();
    for group in list(&json["load_assignment"]["endpoints"]) {
        for endpoint in list(&group["lb_endpoints"]) {
            let address = &endpoint["endpoint"]["address"]["socket_address"];
            let host = address["address"].as_str().unwrap_or_default();
            if json["type"] == "STATIC" {
                hosts.push((socket(address, None), String::new()));
                continue;
            }
            let mut found =
                resolved(environment, host, json["dns_lookup_family"].as_str().unwrap_or_default());
            if json["type"] == "LOGICAL_DNS" {
                // All addresses are one host, told by the first.
                found.truncate(1);
            }
            hosts.extend(found.iter().map(|found| (socket(address, Some(found)), host.to_owned())));
        }
    }
    let start = ["cds_egress_", &id.name, "_"].concat();
    let rest = name.strip_prefix(&start).unwrap_or_default();
    // Of nodes whose names begin alike, the longest name is meant.
    let nodes = mesh
        .node_names()
        .filter(|node| rest.strip_prefix(&***node).is_some_and(|rest| rest.starts_with('_')));
    let node = nodes.max_by_key(|node| node.len());
    let is_healthy = node.and_then(|node| reach(environment, mesh, node)).is_none_or(|reach| reach.arrives());
    let is_checked = json["health_checks"].is_array();
    Cluster { name, json, hosts, is_checked, is_healthy: is_healthy || !is_checked }
}

fn resolved(environment: &Environment, host: &str, family: &str) -> Vec<String> {
    let Some(records) = environment.dns.get(host) else { return Vec::new() };
    let v4: Vec<_> = records.a.iter().map(ToString::to_string).collect();
    let v6: Vec<_> = records.aaaa.iter().map(ToString::to_string).collect();
    match family {
        "V4_ONLY" => v4,
        "V6_ONLY" => v6,
        "V4_PREFERRED" => {
            if v4.is_empty() {
                v6
            } else {
                v4
            }
        }
        _ => {
            if v6.is_empty() {
                v4
            } else {
                v6
            }
        }
    }
}

fn clusters(environment: &Environment, id: &MeshId, mesh: &Mesh, config: &Config) -> String {
    const COUNTERS: [&str; 8] = [
        "cx_active",
        "cx_connect_fail",
        "cx_total",
        "rq_active",
        "rq_error",
        "rq_success",
        "rq_timeout",
        "rq_total",
    ];
    let mut text = String::new();
    for tree in config.clusters() {
        let cluster = hosts_of(environment, id, mesh, tree);
        let mut line = |parts: &[&str]| {
            text.push_str(&cluster.name);
            parts.iter().for_each(|part| {
                text.push_str("::");
                text.push_str(part);
            });
            text.push('\n');
        };
        line(&["observability_name", &cluster.name]);
        let limits = &cluster.json["circuit_breakers"]["thresholds"][0];
        for limit in ["max_connections", "max_pending_requests", "max_requests", "max_retries"] {
            let usual = if limit == "max_retries" { "3" } else { "1024" };
            let set = limits[limit].as_i64().map(|set| set.to_string());
            line(&["default_priority", limit, set.as_deref().unwrap_or(usual)]);
        }
        line(&["added_via_api", "true"]);
        for (address, host) in &cluster.hosts {
            for counter in COUNTERS {
                line(&[address, counter, "0"]);
            }
            line(&[address, "hostname", host]);
            let flags = if cluster.is_healthy { "healthy" } else { "/failed_active_hc" };
            line(&[address, "health_flags", flags]);
            for (name, value) in [
                ("weight", "1"),
                ("region", ""),
                ("zone", ""),
                ("sub_zone", ""),
                ("canary", "false"),
                ("priority", "0"),
            ] {
                line(&[address, name, value]);
            }
            line(&[address, "success_rate", "-1"]);
            line(&[address, "local_origin_success_rate", "-1"]);
        }
    }
    text
}

fn stats(environment: &Environment, id: &MeshId, mesh: &Mesh, config: &Config) -> String {
    let mut lines = vec![
        format!("cluster_manager.active_clusters: {}\n", config.clusters().len()),
        format!("listener_manager.total_listeners_active: {}\n", config.listeners().len()),
        "server.live: 1\n".to_owned(),
    ];
    for tree in config.clusters() {
        let cluster = hosts_of(environment, id, mesh, tree);
        let total = cluster.hosts.len();
        let healthy = if cluster.is_healthy { total } else { 0 };
        let mut tell = |counter: &str, count: usize| {
            lines.push(format!("cluster.{}.{counter}: {count}\n", cluster.name));
        };
        tell("membership_total", total);
        tell("membership_healthy", healthy);
        if cluster.is_checked {
            tell("health_check.healthy", healthy);
        }
    }
    lines.sort();
    lines.concat()
}

fn config_dump(config: &Config, has_endpoints: bool) -> String {
    let bootstrap = to_json(&config.tree());
    let mut dumps = vec![dumped("Bootstrap", &["\"bootstrap\":", &bootstrap].concat())];
    let mut add = |name: &str, list: &str, kind: &str, items: &[Tree], open: &str, close: &str| {
        let items = items.iter().map(|item| [&*named(item, open), &*typed(item, kind), close].concat());
        let items: Vec<_> = items.collect();
        dumps.push(dumped(name, &["\"", list, "\":[", &items.join(","), "]"].concat()));
    };
    let clusters = "{\"version_info\":\"1\",\"cluster\":";
    add("Clusters", "dynamic_active_clusters", "cluster.v3.Cluster", config.clusters(), clusters, "}");
    let listeners = "{\"name\":$,\"active_state\":{\"version_info\":\"1\",\"listener\":";
    add("Listeners", "dynamic_listeners", "listener.v3.Listener", config.listeners(), listeners, "}}");
    // A listener holds its routes itself.
    let routes = "{\"route_config\":";
    add("Routes", "static_route_configs", "route.v3.RouteConfiguration", config.routes(), routes, "}");
    if has_endpoints {
        let (list, kind) = ("dynamic_endpoint_configs", "endpoint.v3.ClusterLoadAssignment");
        add("Endpoints", list, kind, config.endpoints(), "{\"endpoint_config\":", "}");
    }
    indented(&["{\"configs\":[", &dumps.join(","), "]}"].concat())
}

fn dumped(name: &str, body: &str) -> String {
    ["{\"@type\":\"type.googleapis.com/envoy.admin.v3.", name, "ConfigDump\",", body, "}"].concat()
}

/// What stands before a resource, with its name for the sign.
fn named(tree: &Tree, open: &str) -> String {
    let mut name = String::new();
    write_string(tree.member("name").and_then(Tree::as_str).unwrap_or_default(), false, &mut name);
    open.replace('$', &name)
}

/// A resource with its type, as it stands in an `Any`.
fn typed(tree: &Tree, kind: &str) -> String {
    let json = to_json(tree);
    let members = json.strip_prefix('{').unwrap_or_default();
    ["{\"@type\":\"type.googleapis.com/envoy.config.", kind, "\",", members].concat()
}

/// JSON on many lines, one space for each level, as Envoy prints it.
fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut level = 0usize;
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let length = if c == '"' { 1 + quoted_length(after) } else { c.len_utf8() };
        let (token, next) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let begin_line = |text: &mut String, level: usize| {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', level));
        };
        let is_empty = next.starts_with(['}', ']']);
        match c {
            '}' | ']' => {
                level = level.saturating_sub(1);
                if !text.ends_with(['{', '[']) {
                    begin_line(&mut text, level);
                }
                text.push_str(token);
            }
            '{' | '[' => {
                level += 1;
                text.push_str(token);
                if !is_empty {
                    begin_line(&mut text, level);
                }
            }
            ',' => {
                text.push(',');
                begin_line(&mut text, level);
            }
            ':' => text.push_str(": "),
            _ => text.push_str(token),
        }
        rest = next;
    }
    text.push('\n');
    text
}

/// How long a text of JSON is behind its first quote, the last one included.
fn quoted_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return at + 1,
            _ => is_escaped = byte == b'\\' && !is_escaped,
        }
    }
    text.len()
}
