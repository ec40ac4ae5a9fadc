//! `/stats` of an Envoy's admin port: every counter, updated by the requests sent so far.
//!
//! Names and formats are those of a real Envoy (1.40) with this configuration. Histograms and values that only the host
//! knows (memory, files, watchdogs) are left out. Start at [`page`].

use app_mesh_engine::envoy::Tree;
use litemap::LiteMap;
use mesh_text::json::write_string;
use mesh_text::sorting;

use super::{Pattern, Work};

/// Counters of every cluster.
const CLUSTER: &str = "assignment_stale assignment_timeout_received assignment_use_cached bind_errors \
    circuit_breakers.default.cx_open circuit_breakers.default.cx_pool_open circuit_breakers.default.rq_open \
    circuit_breakers.default.rq_pending_open circuit_breakers.default.rq_retry_open circuit_breakers.high.cx_open \
    circuit_breakers.high.cx_pool_open circuit_breakers.high.rq_open circuit_breakers.high.rq_pending_open \
    circuit_breakers.high.rq_retry_open default.total_match_count lb_healthy_panic lb_local_cluster_not_ok \
    lb_recalculate_zone_structures lb_subsets_active lb_subsets_created lb_subsets_fallback lb_subsets_fallback_panic \
    lb_subsets_removed lb_subsets_selected lb_zone_cluster_too_small lb_zone_no_capacity_left \
    lb_zone_routing_all_directly lb_zone_routing_cross_zone lb_zone_routing_sampled max_host_weight membership_change \
    membership_degraded membership_excluded membership_healthy membership_total original_dst_host_invalid \
    retry_or_shadow_abandoned update_attempt update_empty update_failure update_no_rebuild update_success \
    upstream_cx_active upstream_cx_close_notify upstream_cx_connect_attempts_exceeded upstream_cx_connect_fail \
    upstream_cx_connect_timeout upstream_cx_connect_with_0_rtt upstream_cx_destroy upstream_cx_destroy_local \
    upstream_cx_destroy_local_with_active_rq upstream_cx_destroy_remote upstream_cx_destroy_remote_with_active_rq \
    upstream_cx_destroy_with_active_rq upstream_cx_http1_total upstream_cx_http2_total upstream_cx_http3_total \
    upstream_cx_idle_timeout upstream_cx_max_duration_reached upstream_cx_max_requests upstream_cx_none_healthy \
    upstream_cx_overflow upstream_cx_pool_overflow upstream_cx_preconnect_skipped upstream_cx_protocol_error \
    upstream_cx_rx_bytes_buffered upstream_cx_rx_bytes_total upstream_cx_total upstream_cx_tx_bytes_buffered \
    upstream_cx_tx_bytes_total upstream_flow_control_backed_up_total upstream_flow_control_drained_total \
    upstream_flow_control_paused_reading_total upstream_flow_control_resumed_reading_total upstream_http3_broken \
    upstream_internal_redirect_failed_total upstream_internal_redirect_succeeded_total upstream_queue_overloaded \
    upstream_rq_0rtt upstream_rq_active upstream_rq_active_overflow upstream_rq_cancelled upstream_rq_completed \
    upstream_rq_maintenance_mode upstream_rq_max_duration_reached upstream_rq_pending_active \
    upstream_rq_pending_failure_eject upstream_rq_pending_overflow upstream_rq_pending_total \
    upstream_rq_per_try_idle_timeout upstream_rq_per_try_timeout upstream_rq_retry \
    upstream_rq_retry_backoff_exponential upstream_rq_retry_backoff_ratelimited upstream_rq_retry_limit_exceeded \
    upstream_rq_retry_overflow upstream_rq_retry_success upstream_rq_rx_reset upstream_rq_rx_reset_no_error \
    upstream_rq_timeout upstream_rq_total upstream_rq_tx_reset version warming_state";
/// Further counters of a cluster or listener with TLS.
const SSL: &str = "ssl.connection_error ssl.fail_verify_cert_hash ssl.fail_verify_error ssl.fail_verify_no_cert \
    ssl.fail_verify_san ssl.handshake ssl.no_certificate ssl.session_reused";
/// Counters of every HTTP filter.
const HTTP: &str = "downstream_cx_active downstream_cx_delayed_close_timeout downstream_cx_destroy \
    downstream_cx_destroy_active_rq downstream_cx_destroy_local downstream_cx_destroy_local_active_rq \
    downstream_cx_destroy_remote downstream_cx_destroy_remote_active_rq downstream_cx_drain_close \
    downstream_cx_http1_active downstream_cx_http1_soft_drain downstream_cx_http1_total downstream_cx_http2_active \
    downstream_cx_http2_total downstream_cx_http3_active downstream_cx_http3_total downstream_cx_idle_timeout \
    downstream_cx_max_duration_reached downstream_cx_max_requests_reached downstream_cx_overload_disable_keepalive \
    downstream_cx_protocol_error downstream_cx_rx_bytes_buffered downstream_cx_rx_bytes_total \
    downstream_cx_ssl_active downstream_cx_ssl_total downstream_cx_total downstream_cx_tx_bytes_buffered \
    downstream_cx_tx_bytes_total downstream_cx_upgrades_active downstream_cx_upgrades_total downstream_rq_1xx \
    downstream_rq_2xx downstream_rq_3xx downstream_rq_4xx downstream_rq_5xx downstream_rq_active \
    downstream_rq_completed downstream_rq_failed_path_normalization downstream_rq_header_timeout \
    downstream_rq_http1_total downstream_rq_http2_total downstream_rq_http3_total downstream_rq_idle_timeout \
    downstream_rq_max_duration_reached downstream_rq_non_relative_path downstream_rq_overload_close \
    downstream_rq_redirected_with_normalized_path downstream_rq_rejected_via_ip_detection \
    downstream_rq_response_before_rq_complete downstream_rq_rx_reset downstream_rq_timeout downstream_rq_too_large \
    downstream_rq_too_many_premature_resets downstream_rq_total downstream_rq_tx_reset downstream_rq_ws_on_non_ws_route \
    no_cluster no_route rq_direct_response rq_overload_local_reply rq_redirect \
    rq_reset_after_downstream_response_started rq_total rs_too_large";
/// Counters of every TCP filter.
const TCP: &str = "downstream_cx_no_route downstream_cx_rx_bytes_buffered downstream_cx_rx_bytes_total \
    downstream_cx_total downstream_cx_tx_bytes_buffered downstream_cx_tx_bytes_total \
    downstream_flow_control_paused_reading_total downstream_flow_control_resumed_reading_total idle_timeout \
    max_downstream_connection_duration upstream_flush_active upstream_flush_total";
/// Counters of every listener.
const LISTENER: &str = "downstream_cx_active downstream_cx_destroy downstream_cx_overflow \
    downstream_cx_overload_reject downstream_cx_total downstream_cx_transport_socket_connect_timeout \
    downstream_global_cx_overflow downstream_listener_filter_error downstream_listener_filter_remote_close \
    downstream_pre_cx_active downstream_pre_cx_timeout extension_config_missing network_extension_config_missing \
    no_filter_chain_match";
/// Counters of the TLS inspector, which examines the first bytes of connections.
const INSPECTOR: &str = "alpn_found alpn_not_found client_hello_too_large sni_found sni_not_found tls_found \
    tls_not_found";

/// Statistics of an Envoy: values by name.
pub(super) type Values = LiteMap<String, u64>;

/// Returns every counter of an Envoy with these resources, at zero.
pub(super) fn zeros(clusters: &[Tree], listeners: &[Tree]) -> Values {
    let mut names: Vec<String> = Vec::new();
    let mut all = |start: &str, list: &str| {
        names.extend(list.split_whitespace().map(|name| [start, name].concat()));
    };
    for cluster in clusters {
        let start = ["cluster.", name_of(cluster), "."].concat();
        all(&start, CLUSTER);
        if cluster.member("transport_socket").is_some() {
            all(&start, SSL);
        }
    }
    all("tls_inspector.", INSPECTOR);
    for listener in listeners {
        let address = listener.member("address").and_then(|address| address.member("socket_address"));
        let host =
            address.and_then(|address| address.member("address")).and_then(Tree::as_str).unwrap_or_default();
        // The port is the last part of the listener's name.
        let port = name_of(listener).rsplit('_').next().unwrap_or_default();
        let host = if host.contains(':') { ["[", host, "]"].concat() } else { host.to_owned() };
        let start = ["listener.", &host.replace(':', "_"), "_", port, "."].concat();
        all(&start, LISTENER);
        let mut filters = Vec::new();
        found(listener, &mut filters);
        for (is_http, prefix) in filters {
            let (kind, list) = if is_http { ("http.", HTTP) } else { ("tcp.", TCP) };
            all(&[kind, prefix, "."].concat(), list);
        }
        if has_member(listener, "transport_socket") {
            all(&start, SSL);
        }
    }
    sorting::sort(&mut names);
    names.dedup();
    names.into_iter().map(|name| (name, 0)).collect()
}

fn name_of(tree: &Tree) -> &str {
    tree.member("name").and_then(Tree::as_str).unwrap_or_default()
}

/// Collects the filters of a listener: whether each is an HTTP filter, and its stat prefix.
fn found<'t>(tree: &'t Tree, filters: &mut Vec<(bool, &'t str)>) {
    if let Some(prefix) = tree.member("stat_prefix").and_then(Tree::as_str) {
        filters.push((tree.member("route_config").is_some(), prefix));
        return;
    }
    tree.children().into_iter().for_each(|child| found(child, filters));
}

fn has_member(tree: &Tree, name: &str) -> bool {
    tree.member(name).is_some() || tree.children().into_iter().any(|child| has_member(child, name))
}

/// Returns the status and body of the page for a query with `filter`, `format` and `usedonly`. The default format is
/// `text`.
pub(super) fn page(values: &Values, is_prometheus: bool, query: &str, work: &mut Work) -> (u16, String) {
    let parameter = |wanted: &str| {
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| decoded(value))
    };
    let filter = match parameter("filter").filter(|filter| !filter.is_empty()) {
        None => None,
        Some(written) => match Pattern::new(&written) {
            Some(pattern) => Some(pattern),
            None => return (400, ["Invalid re2 regex: ", &written].concat()),
        },
    };
    let is_used = parameter("usedonly").is_some();
    let kept = values.iter().filter(|(name, value)| {
        work.counts(filter.as_ref().map_or(1, |pattern| pattern.work(name)));
        (!is_used || **value > 0) && filter.as_ref().is_none_or(|pattern| pattern.regex.is_match(name))
    });
    let kept: Vec<_> = kept.map(|(name, value)| (name.as_str(), *value)).collect();
    let format = parameter("format");
    match format.as_deref() {
        _ if is_prometheus => (200, prometheus(&kept)),
        Some("prometheus") => (200, prometheus(&kept)),
        Some("json") => {
            let mut text = "{\"stats\":[".to_owned();
            for (at, (name, value)) in kept.iter().enumerate() {
                text.push_str(if at == 0 { "{\"name\":" } else { ",{\"name\":" });
                write_string(name, false, &mut text);
                text.push_str(&format!(",\"value\":{value}}}"));
            }
            (200, text + "]}")
        }
        None | Some("text" | "") => {
            (200, kept.iter().map(|(name, value)| format!("{name}: {value}\n")).collect())
        }
        Some(_) => (400, "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n".to_owned()),
    }
}

/// Decodes percent escapes and plus signs in a query.
fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Returns the Prometheus name of a counter, and the labels that Envoy extracts.
fn labelled(name: &str) -> (String, String) {
    let mut labels = Vec::new();
    let mut rest = name.to_owned();
    // Each tag value ends at the first known stem, or else at the last dot: a value may contain dots.
    let tags = [
        ("cluster.", "envoy_cluster_name"),
        ("http.", "envoy_http_conn_manager_prefix"),
        ("listener.", "envoy_listener_address"),
        ("tcp.", "envoy_tcp_prefix"),
    ];
    if let Some((start, tag)) = tags.iter().find(|(start, _)| name.starts_with(start)) {
        let inner = name.get(start.len()..).unwrap_or_default();
        let stems = [
            ".upstream_",
            ".downstream_",
            ".external.",
            ".retry.",
            ".membership_",
            ".ssl.",
            ".circuit_breakers.",
            ".lb_",
            ".update_",
            ".assignment_",
            ".default.",
            ".http.",
            ".rq_",
            ".no_",
        ];
        let end = stems.iter().filter_map(|stem| inner.find(stem)).min();
        let end = end.or_else(|| inner.rfind('.')).unwrap_or(inner.len());
        let (value, after) = inner.split_at_checked(end).unwrap_or((inner, ""));
        labels.push((*tag, value.to_owned()));
        rest = [start.trim_end_matches('.'), after].concat();
    }
    if let Some((stem, code)) = rest.rsplit_once("_rq_") {
        let is_digit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(class) = code.strip_suffix("xx").filter(|class| is_digit(class)) {
            labels.push(("envoy_response_code_class", class.to_owned()));
            rest = [stem, "_rq_xx"].concat();
        } else if is_digit(code) {
            labels.push(("envoy_response_code", code.to_owned()));
            rest = [stem, "_rq"].concat();
        }
    }
    sorting::sort(&mut labels);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = "envoy_".chars().chain(rest.chars().map(plain)).collect();
    let labels: Vec<_> = labels.into_iter().rev().map(|(tag, value)| format!("{tag}=\"{value}\"")).collect();
    (name, labels.join(","))
}

/// Returns whether a value is a gauge.
fn is_gauge(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.ends_with("_active")
        || last.ends_with("_open")
        || last.ends_with("_buffered")
        || matches!(
            last,
            "membership_total"
                | "membership_healthy"
                | "membership_degraded"
                | "membership_excluded"
                | "max_host_weight"
                | "version"
                | "warming_state"
                | "live"
                | "state"
        )
}

fn prometheus(values: &[(&str, u64)]) -> String {
    let mut families: Vec<(bool, String, String)> = Vec::new();
    for (name, value) in values {
        let (family, labels) = labelled(name);
        families.push((is_gauge(name), family, format!("{{{labels}}} {value}")));
    }
    sorting::sort(&mut families);
    let mut text = String::new();
    let mut last = "";
    for (is_gauge, family, line) in &families {
        if family != last {
            let kind = if *is_gauge { "gauge" } else { "counter" };
            text.push_str(&["# TYPE ", family, " ", kind, "\n"].concat());
            last = family;
        }
        text.push_str(&[family, line, "\n"].concat());
    }
    text
}
