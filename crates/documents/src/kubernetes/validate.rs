//! The validating webhooks: rules for a single manifest, with their error texts.
//!
//! Source: `webhooks/appmesh/*_validator.go` of the controller (docs/facts/kubernetes.md#webhooks).

use std::collections::BTreeSet;

use app_mesh_engine::model::Kind;
use serde_json::Value;

use super::manifest::Manifest;

/// Runs the validating webhook of a kind on a manifest.
///
/// # Errors
/// Returns an error if the webhook refuses the manifest, with its reason.
pub(super) fn validate(manifest: &Manifest, kind: Kind) -> Result<(), String> {
    let spec = &manifest.value["spec"];
    let name = &manifest.name;
    match kind {
        Kind::VirtualNode => {
            if !spec["listeners"].is_null() && spec["serviceDiscovery"].is_null() {
                return Err(format!(
                    "ServiceDiscovery missing for VirtualNode-{name}. ServiceDiscovery must be specified when a listener is specified."
                ));
            }
            duplicate_backends(manifest)?;
            one_pool(spec, "Node")
        }
        Kind::VirtualGateway => one_pool(spec, "Gateway"),
        Kind::VirtualRouter => {
            let mut names = BTreeSet::new();
            for route in items(&spec["routes"]) {
                let route = route["name"].as_str().unwrap_or_default();
                if !names.insert(route) {
                    return Err(format!("VirtualRouter-{name} has duplicate route entries for {route}"));
                }
            }
            items(&spec["routes"]).try_for_each(route_match)
        }
        Kind::GatewayRoute => gateway_route(spec),
        Kind::Mesh | Kind::VirtualService | Kind::Route => Ok(()),
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn duplicate_backends(manifest: &Manifest) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for backend in items(&manifest.value["spec"]["backends"]) {
        let service = &backend["virtualService"];
        let reference = &service["virtualServiceRef"];
        if let Some(name) = reference["name"].as_str() {
            let namespace = reference["namespace"].as_str().unwrap_or(&manifest.namespace);
            if !seen.insert([name, "-", namespace].concat()) {
                let text = ["VirtualNode-", &manifest.name, " has duplicate VirtualServiceReferences ", name];
                return Err(text.concat());
            }
        } else if let Some(arn) = service["virtualServiceARN"].as_str()
            && !seen.insert(arn.to_owned())
        {
            let text = ["VirtualNode-", &manifest.name, " has duplicate VirtualServiceReferenceARNs ", arn];
            return Err(text.concat());
        }
    }
    Ok(())
}

fn one_pool(spec: &Value, word: &str) -> Result<(), String> {
    let count = |listener: &Value| {
        let pools = listener["connectionPool"].as_object();
        pools.map_or(0, |pools| pools.values().filter(|pool| !pool.is_null()).count())
    };
    match items(&spec["listeners"]).any(|listener| count(listener) > 1) {
        true => Err(format!("Only one type of Virtual {word} Connection Pool is allowed")),
        false => Ok(()),
    }
}

fn refuse(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

/// Requires exactly one of two members; neither and both have separate error texts.
fn exactly_one(a: &Value, b: &Value, neither: &str, both: &str) -> Result<(), String> {
    match (a.is_null(), b.is_null()) {
        (true, true) => refuse(neither),
        (false, false) => refuse(both),
        _ => Ok(()),
    }
}

fn path_match(path: &Value) -> Result<(), String> {
    exactly_one(
        &path["exact"],
        &path["regex"],
        "Either exact or regex for path must be specified",
        "Both exact and regex for path are not allowed. Only one must be specified",
    )
}

fn route_match(route: &Value) -> Result<(), String> {
    // Only the first of the two types is checked.
    let http = [&route["httpRoute"], &route["http2Route"]].into_iter().find(|route| !route.is_null());
    let Some(matched) = http.map(|route| &route["match"]) else { return Ok(()) };
    exactly_one(
        &matched["prefix"],
        &matched["path"],
        "Either Prefix or Path must be specified",
        "Both Prefix and Path cannot be specified, only 1 allowed",
    )?;
    if matched["path"].is_null() { Ok(()) } else { path_match(&matched["path"]) }
}

fn gateway_route(spec: &Value) -> Result<(), String> {
    let types = ["grpcRoute", "httpRoute", "http2Route"];
    let mut found = types.into_iter().filter(|name| !spec[*name].is_null());
    let Some(first) = found.next() else {
        return refuse("Missing GatewayRoute Type in GatewayRoute Spec");
    };
    if found.next().is_some() {
        return refuse("Found multiple types in GatewayRoute Spec. Only 1 (GRPC/HTTP/HTTP2) allowed");
    }
    let matched = &spec[first]["match"];
    if first == "grpcRoute" {
        let (service, host) = (&matched["serviceName"], &matched["hostname"]);
        return match (service.is_null(), host.is_null()) {
            (true, true) => refuse("Either servicename or hostname must be specified"),
            (true, false) => host_match(host).and_then(|()| metadata_matches(matched)),
            _ => metadata_matches(matched),
        };
    }
    http_gateway_match(matched)?;
    http_rewrite(&spec[first]["action"]["rewrite"], matched)
}

fn host_match(host: &Value) -> Result<(), String> {
    exactly_one(
        &host["exact"],
        &host["suffix"],
        "Either exact or suffix match for hostname must be specified",
        "Both exact and suffix match for hostname are not allowed. Only one must be specified",
    )
}

fn http_gateway_match(matched: &Value) -> Result<(), String> {
    let (prefix, path, host) = (&matched["prefix"], &matched["path"], &matched["hostname"]);
    if prefix.is_null() && path.is_null() && host.is_null() {
        return refuse("Either prefix or path or hostname must be specified");
    }
    if !prefix.is_null() && !path.is_null() {
        return refuse("Both prefix and path cannot be specified. Only 1 allowed");
    }
    if !path.is_null() {
        path_match(path)?;
    }
    if !host.is_null() {
        host_match(host)?;
    }
    // The webhook checks headers up to the first one with a range, and then nothing else.
    let headers = items(&matched["headers"]).map(|header| &header["match"]);
    if items(&matched["headers"]).next().is_some() {
        return match_filters(headers, "header", true);
    }
    let is_empty =
        |parameter: &&Value| !parameter["match"].is_null() && parameter["match"]["exact"].is_null();
    match items(&matched["queryParameters"]).find(is_empty) {
        Some(_) => refuse(
            "Missing Match criteria for one or more exact query match block, don't specify match block if you dont need it",
        ),
        None => Ok(()),
    }
}

fn metadata_matches(matched: &Value) -> Result<(), String> {
    match_filters(items(&matched["metadata"]).map(|metadata| &metadata["match"]), "metadata", false)
}

fn match_filters<'v>(
    matches: impl Iterator<Item = &'v Value>,
    word: &str,
    needs_one: bool,
) -> Result<(), String> {
    for filter in matches.filter(|filter| !filter.is_null()) {
        let names = ["exact", "prefix", "regex", "suffix", "range"];
        let count = names.into_iter().filter(|name| !filter[*name].is_null()).count();
        if count > 1 {
            return Err(format!("Too many Match Filters specified, only 1 allowed per {word}"));
        }
        if count == 0 && needs_one {
            return refuse(
                "Missing Match criteria for one or more header match block, don't specify match block if you dont need it",
            );
        }
        let range = &filter["range"];
        if !range.is_null() {
            let is_good = range["start"].as_i64().unwrap_or(0) < range["end"].as_i64().unwrap_or(0);
            return match is_good {
                true => Ok(()),
                false => refuse("Invalid Match Range specified, end has to be greater than start"),
            };
        }
    }
    Ok(())
}

fn http_rewrite(rewrite: &Value, matched: &Value) -> Result<(), String> {
    if rewrite.is_null() {
        return Ok(());
    }
    let (prefix, path) = (&rewrite["prefix"], &rewrite["path"]);
    if prefix.is_null() && path.is_null() && rewrite["hostname"].is_null() {
        return refuse("Either prefix, path or hostname for rewrite must be specified");
    }
    if !prefix.is_null() && !path.is_null() {
        return refuse("Both prefix and path for rewrites cannot be specified. Only 1 allowed");
    }
    if prefix.is_null() {
        return Ok(());
    }
    if matched["prefix"].as_str().is_some_and(|prefix| !prefix.starts_with('/')) {
        return refuse("Prefix to be matched on must start with '/'");
    }
    if !prefix["defaultPrefix"].is_null() && !prefix["value"].is_null() {
        return refuse("Cannot specify both defaultPrefix and prefix for rewrite, only 1 allowed");
    }
    match prefix["value"].as_str() {
        Some(value) if !value.starts_with('/') || !value.ends_with('/') => {
            refuse("New Rewrite Prefix must start and end with '/'")
        }
        _ => Ok(()),
    }
}
