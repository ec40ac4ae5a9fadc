//! Objects as kubectl prints them: tables by kind, YAML, JSON, names, paths.

use crate::{aws::format, command::Output};
use app_mesh_engine::{
    environment::{ClusterObject, text_map},
    model::object,
    world::World,
};
use mesh_documents::kubernetes::{self, Proxies, Resource};
use mesh_text::data::Data;
use serde_json::Value;

use super::{items::Item, jsonpath};

/// The requested output format.
pub(super) struct Form<'f> {
    /// The value of `-o`.
    pub form: &'f str,
    /// Whether the namespace is a column.
    pub has_namespaces: bool,
    /// Whether labels are a column.
    pub has_labels: bool,
    /// Whether the headings are left out.
    pub is_bare: bool,
    /// Whether the command named a single object.
    pub is_one: bool,
    /// The time, in milliseconds.
    pub now: i64,
}

/// Prints groups of objects, each of one kind.
pub(super) fn print(world: &World, groups: &[(&Resource, Vec<Item>)], form: &Form) -> Output {
    let all = || groups.iter().flat_map(|(_, items)| items);
    let (word, rest) = form.form.split_once('=').unwrap_or((form.form, ""));
    match word {
        "yaml" | "json" | "jsonpath" | "jsonpath-as-json" => {
            let items: Vec<_> = all().map(|item| item.value.clone()).collect();
            let whole = match <[Value; 1]>::try_from(items) {
                Ok([one]) if form.is_one => one,
                items => {
                    let items = items.map_or_else(Value::Array, |[one]| Value::Array(vec![one]));
                    let metadata = object(&[("resourceVersion", &"")]);
                    object(&[
                        ("apiVersion", &"v1"),
                        ("items", &items),
                        ("kind", &"List"),
                        ("metadata", &metadata),
                    ])
                }
            };
            if word.starts_with("jsonpath") {
                return match jsonpath::print(rest, &whole) {
                    Ok(text) => Output::printed(text),
                    Err(why) => Output::failed(1, why.told(rest, &whole)),
                };
            }
            let printed = format::printed(word, "", &Data::from(&whole));
            Output::printed(printed.unwrap_or_default())
        }
        "name" => Output::printed(all().map(|item| item.title() + "\n").collect::<String>()),
        "custom-columns" => custom_columns(rest, &all().collect::<Vec<_>>(), form.is_bare),
        "" | "wide" => {
            let has_kinds = groups.iter().filter(|(_, items)| !items.is_empty()).count() > 1;
            let tables = groups.iter().filter(|(_, items)| !items.is_empty());
            let tables: Vec<_> =
                tables.map(|(resource, items)| table(world, resource, items, form, has_kinds)).collect();
            Output::printed(tables.join("\n"))
        }
        other => Output::failed(
            1,
            [
                "error: unable to match a printer suitable for the output format \"",
                other,
                "\", allowed formats are: custom-columns,json,jsonpath,jsonpath-as-json,name,wide,yaml\n",
            ]
            .concat(),
        ),
    }
}

fn custom_columns(columns: &str, items: &[&Item], is_bare: bool) -> Output {
    let columns: Vec<_> =
        columns.split(',').map(|column| column.split_once(':').unwrap_or((column, ""))).collect();
    if let Some((name, _)) = columns.iter().find(|(_, path)| path.is_empty()) {
        let text =
            ["error: unexpected custom-columns spec: ", name, ", expected <header>:<json-path-expr>\n"];
        return Output::failed(1, text.concat());
    }
    let mut rows = Vec::new();
    if !is_bare {
        rows.push(columns.iter().map(|(name, _)| (*name).to_owned()).collect());
    }
    for item in items {
        let mut row = Vec::new();
        for (_, path) in &columns {
            match jsonpath::cell(path, &item.value) {
                Ok(text) => row.push(text),
                Err(why) => return Output::failed(1, ["error: ", why.text(), "\n"].concat()),
            }
        }
        rows.push(row);
    }
    Output::printed(aligned(&rows))
}

/// Formats rows in columns that are as wide as their widest cell, with three spaces between them.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths = Vec::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let length = cell.chars().count();
            match widths.get_mut(column) {
                Some(width) => *width = length.max(*width),
                None => widths.push(length),
            }
        }
    }
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            text.push_str(cell);
            let width = widths.get(column).copied().unwrap_or_default();
            let is_last = column + 1 == row.len();
            let spaces = if is_last { 0 } else { (width + 3).saturating_sub(cell.chars().count()) };
            text.extend(std::iter::repeat_n(' ', spaces));
        }
        text.push('\n');
    }
    text
}

/// Returns the columns of a kind after its name; those after the bar are for `-o wide`.
fn columns(kind: &str) -> &'static str {
    match kind {
        "Pod" => "READY STATUS RESTARTS AGE|IP NODE NOMINATED_NODE READINESS_GATES",
        "Service" => "TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE|SELECTOR",
        "Deployment" => "READY UP-TO-DATE AVAILABLE AGE|CONTAINERS IMAGES SELECTOR",
        "ReplicaSet" => "DESIRED CURRENT READY AGE|CONTAINERS IMAGES SELECTOR",
        "StatefulSet" => "READY AGE|CONTAINERS IMAGES",
        "DaemonSet" => {
            "DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE_SELECTOR AGE|CONTAINERS IMAGES SELECTOR"
        }
        "Job" => "STATUS COMPLETIONS DURATION AGE|CONTAINERS IMAGES SELECTOR",
        "CronJob" => "SCHEDULE TIMEZONE SUSPEND ACTIVE LAST_SCHEDULE AGE",
        "Namespace" => "STATUS AGE",
        "ConfigMap" => "DATA AGE",
        "Secret" => "TYPE DATA AGE",
        "Event" => "TYPE REASON OBJECT MESSAGE",
        "CustomResourceDefinition" => "CREATED_AT",
        "Mesh" | "VirtualNode" | "VirtualRouter" | "VirtualService" | "VirtualGateway" | "GatewayRoute" => {
            "ARN AGE"
        }
        _ => "AGE",
    }
}

fn table(world: &World, resource: &Resource, items: &[Item], form: &Form, has_kinds: bool) -> String {
    let (plain, wide) = columns(resource.kind).split_once('|').unwrap_or((columns(resource.kind), ""));
    let mut wanted: Vec<_> = plain.split(' ').collect();
    if form.form == "wide" {
        wanted.extend(wide.split(' ').filter(|column| !column.is_empty()));
    }
    let has_namespace = form.has_namespaces && resource.is_namespaced;
    let proxies = Proxies::of(&world.environment.cluster);
    let mut rows = Vec::new();
    if !form.is_bare {
        let mut heading = Vec::new();
        heading.extend(has_namespace.then(|| "NAMESPACE".to_owned()));
        heading.push("NAME".to_owned());
        heading.extend(wanted.iter().map(|column| column.replace('_', " ")));
        heading.extend(form.has_labels.then(|| "LABELS".to_owned()));
        rows.push(heading);
    }
    for item in items {
        let mut row = Vec::new();
        row.extend(has_namespace.then(|| item.namespace.to_string()));
        row.push(if has_kinds { item.title() } else { item.name.to_string() });
        row.extend(wanted.iter().map(|column| cell(&proxies, item, column, form.now)));
        row.extend(form.has_labels.then(|| joined(&item.value["metadata"]["labels"], "<none>")));
        rows.push(row);
    }
    aligned(&rows)
}

/// Formats labels as one word: `a=b,c=d`.
pub(super) fn joined(labels: &Value, none: &str) -> String {
    let labels: Vec<_> = text_map(labels).iter().map(|(key, value)| [key, "=", value].concat()).collect();
    if labels.is_empty() { none.to_owned() } else { labels.join(",") }
}

fn cell(proxies: &Proxies, item: &Item, column: &str, now: i64) -> String {
    let (spec, status) = (&item.value["spec"], &item.value["status"]);
    let count = |value: &Value| value.as_i64().unwrap_or_default().to_string();
    let none = || "<none>".to_owned();
    match (&*item.kind, column) {
        (_, "AGE") => item.created_at.map_or_else(|| "<unknown>".to_owned(), |made| age(now - made)),
        (_, "ARN") => item.arn.clone().unwrap_or_default(),
        ("Namespace", "STATUS") => "Active".to_owned(),
        ("Pod", "READY") => {
            let pod = item.kept.as_ref();
            let containers = pod.map_or(0, |pod| containers(proxies, &item.namespace, pod).len());
            format!("{containers}/{containers}")
        }
        ("Pod", "STATUS") => "Running".to_owned(),
        ("Pod", "RESTARTS") => "0".to_owned(),
        ("Pod", "IP") => status["podIP"].as_str().unwrap_or_default().to_owned(),
        ("Pod", "NODE") => "ip-192-168-0-10.us-west-2.compute.internal".to_owned(),
        ("Pod", _) => none(),
        ("Service", "TYPE") => spec["type"].as_str().unwrap_or("ClusterIP").to_owned(),
        ("Service", "CLUSTER-IP") => {
            spec["clusterIP"].as_str().filter(|ip| !ip.is_empty()).unwrap_or("<none>").to_owned()
        }
        ("Service", "EXTERNAL-IP") => match spec["type"].as_str() {
            Some("LoadBalancer") => {
                status["loadBalancer"]["ingress"][0]["hostname"].as_str().unwrap_or("<pending>").to_owned()
            }
            Some("ExternalName") => spec["externalName"].as_str().unwrap_or_default().to_owned(),
            _ => none(),
        },
        ("Service", "PORT(S)") => ports(spec),
        ("Service", "SELECTOR") => joined(&spec["selector"], "<none>"),
        ("DaemonSet", "NODE_SELECTOR") => none(),
        ("Job", "STATUS") => "Running".to_owned(),
        ("Job", "DURATION") => item.created_at.map_or_else(String::new, |made| age(now - made)),
        ("Job", "COMPLETIONS") => format!("0/{}", spec["completions"].as_i64().unwrap_or(1)),
        ("CronJob", "SCHEDULE") => spec["schedule"].as_str().unwrap_or_default().to_owned(),
        ("CronJob", "SUSPEND") => "False".to_owned(),
        ("CronJob", "ACTIVE") => "0".to_owned(),
        ("Deployment" | "StatefulSet", "READY") => {
            let own = || spec["replicas"].as_i64().unwrap_or_default();
            let wanted = item.kept.as_ref().map_or_else(own, |kept| kubernetes::replicas(&item.kind, kept));
            format!("{}/{wanted}", count(&status["readyReplicas"]))
        }
        ("ReplicaSet", "DESIRED") => count(&spec["replicas"]),
        (_, "DESIRED" | "CURRENT" | "READY" | "UP-TO-DATE" | "AVAILABLE") => count(&status["readyReplicas"]),
        (_, "CONTAINERS") => list(spec, "name"),
        (_, "IMAGES") => list(spec, "image"),
        (_, "SELECTOR") => {
            let labels = &spec["selector"]["matchLabels"];
            joined(if labels.is_null() { &spec["template"]["metadata"]["labels"] } else { labels }, "<none>")
        }
        ("ConfigMap" | "Secret", "DATA") => {
            let members = |name: &str| item.value[name].as_object().map_or(0, serde_json::Map::len);
            (members("data") + members("binaryData") + members("stringData")).to_string()
        }
        ("Secret", "TYPE") => item.value["type"].as_str().unwrap_or("Opaque").to_owned(),
        ("Event", "TYPE") => "Warning".to_owned(),
        ("Event", "REASON") => item.value["reason"].as_str().unwrap_or_default().to_owned(),
        ("Event", "MESSAGE") => item.value["message"].as_str().unwrap_or_default().to_owned(),
        ("Event", "OBJECT") => {
            let involved = &item.value["involvedObject"];
            let kind = involved["kind"].as_str().unwrap_or_default().to_ascii_lowercase();
            [&*kind, "/", involved["name"].as_str().unwrap_or_default()].concat()
        }
        _ => none(),
    }
}

/// Returns one member of each container of a pod template, joined by commas.
fn list(spec: &Value, member: &str) -> String {
    let containers = spec["template"]["spec"]["containers"].as_array();
    let names: Vec<_> = containers
        .into_iter()
        .flatten()
        .map(|container| container[member].as_str().unwrap_or_default())
        .collect();
    names.join(",")
}

fn ports(spec: &Value) -> String {
    let ports = spec["ports"].as_array().into_iter().flatten().map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let number = port["port"].as_i64().unwrap_or_default();
        let has_node_port = matches!(spec["type"].as_str(), Some("LoadBalancer" | "NodePort"));
        let node_port = port["nodePort"].as_i64().unwrap_or(30_000 + number % 2768);
        if has_node_port {
            format!("{number}:{node_port}/{protocol}")
        } else {
            format!("{number}/{protocol}")
        }
    });
    let ports: Vec<_> = ports.collect();
    if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") }
}

/// Returns the names of a pod's containers, including the injected Envoy.
pub(super) fn containers(proxies: &Proxies, namespace: &str, pod: &ClusterObject) -> Vec<String> {
    let containers = pod.spec("containers").as_array().into_iter().flatten();
    let mut names: Vec<_> =
        containers.map(|container| container["name"].as_str().unwrap_or_default().to_owned()).collect();
    if proxies.find(namespace, pod).is_some() && !names.iter().any(|name| name == "envoy") {
        names.push("envoy".to_owned());
    }
    names
}

/// Formats a duration as kubectl does: with two units while the larger one is small, else with one.
pub(super) fn age(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, letter: char, small: i64, other: char| match small {
        0 => format!("{large}{letter}"),
        _ => format!("{large}{letter}{small}{other}"),
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, 'd', hours % 24, 'h'),
        () if days < 730 => format!("{days}d"),
        () if days < 8 * 365 => two(days / 365, 'y', days % 365, 'd'),
        () => format!("{}y", days / 365),
    }
}
