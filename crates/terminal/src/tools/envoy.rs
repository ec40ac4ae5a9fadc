//! Pages of an Envoy's admin port: configuration, clusters, listeners, statistics.
//!
//! They show the generated configuration as if App Mesh's server had sent it: resources that are dynamic in a real dump
//! are dynamic here. The text formats are Envoy's (its documentation, "Administration interface").

use std::rc::Rc;

use crate::command::Output;
use app_mesh_engine::{
    control_plane::Mesh,
    environment::Environment,
    envoy::{Config, Tree, bootstrap, to_json},
    model::{Key, Kind, MeshId},
    traffic::reach,
};
use mesh_text::sorting;
use mesh_text::{json::write_string, yaml::parse_json};
use serde_json::Value;

use super::{Call, stats, url::find};

/// A mesh and a resource in it that has an Envoy.
pub(super) type Found = (MeshId, Rc<Mesh>, Key);

/// Envoy's own `/help`, without the pages that are not simulated.
const PAGES: &str = "admin commands are:\n  /: Admin home page\n  /certs: print certs on machine\n  \
    /clusters: upstream cluster status\n  /config_dump: dump current Envoy configs\n      \
    include_eds: Dump currently loaded configuration including EDS. See the response definition for more information\n  \
    /healthcheck/fail (POST): cause the server to fail health checks\n  \
    /healthcheck/ok (POST): cause the server to pass health checks\n  /help: print out list of admin commands\n  \
    /listeners: print listener info\n  /ready: print server state, return 200 if LIVE, otherwise return 503\n  \
    /reset_counters (POST): reset all counters to zero\n  /server_info: print server version/status information\n  \
    /stats: print server stats\n      usedonly: Only include stats that have been written by system since restart\n      \
    filter: Regular expression (Google re2) for filtering stats\n      format: Format to use; One of (text, json)\n  \
    /stats/prometheus: print server stats in prometheus format\n";
/// Pages that change state; Envoy requires POST for them.
const POSTED: [&str; 8] = [
    "drain_listeners",
    "healthcheck/fail",
    "healthcheck/ok",
    "logging",
    "quitquitquit",
    "reopen_logs",
    "reset_counters",
    "runtime_modify",
];

/// Runs `envoy NODE PAGE`.
pub(super) fn run(call: &mut Call) -> Output {
    // The whole configuration is generated, whichever page is requested.
    call.work.done += 30;
    let (Some(name), Some(page)) = (call.words.first(), call.words.get(1)) else {
        return Output::failed(
            2,
            "usage: envoy NODE config_dump|clusters|listeners|stats|server_info|ready|certs\n",
        );
    };
    let Some(found) = find(call.context.playground, &[Kind::VirtualNode, Kind::VirtualGateway], name) else {
        return Output::failed(1, ["envoy: there is no virtual node or gateway `", name, "`\n"].concat());
    };
    match admin(call, &found, page, true) {
        (200, text) => Output::printed(text),
        (_, text) => Output::failed(1, text),
    }
}

/// Returns the status and body of a page of the admin port. `is_post`: whether the request may change state.
pub(super) fn admin(call: &mut Call, (id, mesh, key): &Found, path: &str, is_post: bool) -> (u16, String) {
    let environment = Rc::clone(&call.context.playground.world().environment);
    let Some(config) = bootstrap(&environment, id, mesh, key) else { return (404, PAGES.to_owned()) };
    let page = path.trim_start_matches('/');
    let (page, query) = page.split_once('?').unwrap_or((page, ""));
    if POSTED.contains(&page) {
        if !is_post {
            return (405, "Method GET not allowed, POST required.".to_owned());
        }
        let counters = &mut call.context.playground.counters;
        match page {
            "healthcheck/fail" => counters.drain(id, key, true),
            "healthcheck/ok" => counters.drain(id, key, false),
            "reset_counters" => counters.reset(id, key),
            _ => return (501, [page, " is not simulated here\n"].concat()),
        }
        return (200, "OK\n".to_owned());
    }
    let is_draining = call.context.playground.counters.is_draining(id, key);
    let state = if is_draining { "DRAINING" } else { "LIVE" };
    let text = match page {
        "config_dump" => config_dump(&config, query.contains("include_eds")),
        "clusters" => clusters(&environment, id, mesh, &config),
        "listeners" => config.listeners().iter().map(listener).collect(),
        "stats" | "stats/prometheus" => {
            let mut values = stats(&environment, id, mesh, &config);
            values.insert("server.state".to_owned(), u64::from(is_draining));
            for (name, value) in call.context.playground.counters.of(id, key) {
                values.insert(name.to_owned(), value);
            }
            // Costs about as much as printing them.
            call.work.counts(values.len());
            return stats::page(&values, page.ends_with("prometheus"), query, call.work);
        }
        "ready" if is_draining => return (503, "DRAINING\n".to_owned()),
        "ready" => "LIVE\n".to_owned(),
        "server_info" => indented(&server_info(id, key, state)),
        "certs" => indented(&certificates(&config)),
        "" | "help" => PAGES.to_owned(),
        _ => return (404, ["invalid path. ", PAGES].concat()),
    };
    (200, text)
}

/// Returns `/server_info`. The version is that of the Envoy with which the simulation is compared.
fn server_info(id: &MeshId, key: &Key, state: &str) -> String {
    const OPTIONS: &str = r#"{"base_id":"0","concurrency":1,"config_path":"/tmp/envoy.yaml","config_yaml":"","allow_unknown_static_fields":false,"admin_address_path":"","local_address_ip_version":"v4","log_level":"info","component_log_level":"","log_format":"[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v","log_path":"","service_cluster":"","service_node":"","service_zone":"","file_flush_interval":"10s","drain_time":"600s","parent_shutdown_time":"900s","mode":"Serve","disable_hot_restart":true,"restart_epoch":0,"drain_strategy":"Gradual"}"#;
    let kind = if key.kind == Kind::VirtualGateway { "virtualGateway" } else { "virtualNode" };
    let mut name = String::new();
    write_string(&["mesh/", &id.name, "/", kind, "/", &key.name].concat(), false, &mut name);
    [
        r#"{"version":"9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL","state":""#,
        state,
        r#"","uptime_current_epoch":"3600s","uptime_all_epochs":"3600s","hot_restart_version":"disabled","command_line_options":"#,
        OPTIONS,
        r#","node":{"id":"#,
        &name,
        r#","cluster":"#,
        &name,
        r#","user_agent_name":"envoy","user_agent_build_version":{"version":{"major_number":1,"minor_number":40,"patch":0}}},"hot_restart_initializing":false}"#,
    ]
    .concat()
}

/// Returns `/certs`: the certificate files that the configuration names, without their contents and without secrets.
fn certificates(config: &Config) -> String {
    let mut paths: Vec<(bool, String)> = Vec::new();
    let trees = config.clusters().iter().chain(config.listeners());
    trees.for_each(|tree| files(&read(tree), false, &mut paths));
    sorting::sort(&mut paths);
    paths.dedup();
    let certificates = paths.iter().map(|(is_authority, path)| {
        let mut text = String::new();
        write_string(path, false, &mut text);
        let one = [r#"[{"path":"#, &text, "}]"].concat();
        let (authority, own) = if *is_authority { (&*one, "[]") } else { ("[]", &*one) };
        [r#"{"ca_cert":"#, authority, r#","cert_chain":"#, own, "}"].concat()
    });
    let certificates: Vec<_> = certificates.collect();
    [r#"{"certificates":["#, &certificates.join(","), "]}"].concat()
}

fn files(json: &Value, is_authority: bool, paths: &mut Vec<(bool, String)>) {
    match json {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "private_key" {
                    continue;
                }
                match member.as_str().filter(|_| name == "filename") {
                    Some(path) => paths.push((is_authority, path.to_owned())),
                    None => files(member, is_authority || name == "trusted_ca", paths),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| files(item, is_authority, paths)),
        _ => {}
    }
}

fn listener(tree: &Tree) -> String {
    let name = tree.member("name").and_then(Tree::as_str).unwrap_or_default();
    let address = read(tree);
    [name, "::", &socket(&address["address"]["socket_address"], None), "\n"].concat()
}

/// Converts a tree to a JSON value. Generated JSON is always valid.
fn read(tree: &Tree) -> Value {
    parse_json(&to_json(tree)).unwrap_or_default()
}

/// Formats a socket address: `10.0.0.1:80` or `[::1]:80`.
fn socket(address: &Value, resolved: Option<&str>) -> String {
    let host = resolved.or_else(|| address["address"].as_str()).unwrap_or_default();
    let port = address["port_value"].as_i64().unwrap_or_default();
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A cluster of the configuration, with its resolved hosts.
struct Cluster {
    name: String,
    json: Value,
    /// The addresses of its hosts, with their host names.
    hosts: Vec<(String, String)>,
    /// Whether its hosts have health checks.
    is_checked: bool,
    /// Whether the health checks pass; true without health checks.
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
                // All addresses are one host, shown by its first address.
                found.truncate(1);
            }
            hosts.extend(found.iter().map(|found| (socket(address, Some(found)), host.to_owned())));
        }
    }
    let start = ["cds_egress_", &id.name, "_"].concat();
    let rest = name.strip_prefix(&start).unwrap_or_default();
    // If the names of several nodes match as prefixes, the longest one is meant.
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

/// Returns the statistics before any request: every counter at zero, and the numbers of resources and hosts.
fn stats(environment: &Environment, id: &MeshId, mesh: &Mesh, config: &Config) -> stats::Values {
    let mut values = stats::zeros(config.clusters(), config.listeners());
    let mut set = |name: String, count: usize| {
        values.insert(name, u64::try_from(count).unwrap_or(u64::MAX));
    };
    set("cluster_manager.active_clusters".to_owned(), config.clusters().len());
    set("listener_manager.total_listeners_active".to_owned(), config.listeners().len());
    set("server.live".to_owned(), 1);
    set("server.concurrency".to_owned(), 1);
    for tree in config.clusters() {
        let cluster = hosts_of(environment, id, mesh, tree);
        let total = cluster.hosts.len();
        let healthy = if cluster.is_healthy { total } else { 0 };
        let of = |counter: &str| ["cluster.", &cluster.name, ".", counter].concat();
        set(of("membership_total"), total);
        set(of("membership_healthy"), healthy);
        if cluster.is_checked {
            set(of("health_check.healthy"), healthy);
        }
    }
    values
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
    // A listener contains its routes inline.
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

/// Replaces `$` in the text before a resource with the resource's name, as a JSON string.
fn named(tree: &Tree, open: &str) -> String {
    let mut name = String::new();
    write_string(tree.member("name").and_then(Tree::as_str).unwrap_or_default(), false, &mut name);
    open.replace('$', &name)
}

/// Serializes a resource with its type, as in an `Any`.
fn typed(tree: &Tree, kind: &str) -> String {
    let json = to_json(tree);
    let members = json.strip_prefix('{').unwrap_or_default();
    ["{\"@type\":\"type.googleapis.com/envoy.config.", kind, "\",", members].concat()
}

/// Formats JSON on several lines, with one space per level, as Envoy prints it.
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

/// Returns the length of a JSON string after its opening quote, including the closing quote.
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
