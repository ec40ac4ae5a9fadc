//! The counters of the Envoys that requests pass: `/stats`, under Envoy's names.
//!
//! Derived from the events of an [`Outcome`], so a request counts only at the Envoys it passed. The affected counters
//! were measured on a real Envoy (1.40), and `conformance/tests/live/admin.rs` compares them with those of one. Bytes
//! and times are not counted, and an Envoy has one worker. Start at [`Counters::count`].

use std::net::IpAddr;

use litemap::LiteMap;

use super::{Client, Connection, Egress, End, Event, Outcome, Protocol, Request, RouteHop, Stop, Tls};
use crate::{
    control_plane::Mesh,
    model::{HttpScheme, Key, Kind, MeshId, PortProtocol},
    resolve::{ListenerBind, effects, gateway_preference, node_preference},
};

/// The maximum number of counters of all Envoys together.
const MOST: usize = 20_000;

/// The Envoy of a virtual node or gateway.
type EnvoyId = (MeshId, Key);

/// The counters of all Envoys of a playground since their start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    envoys: LiteMap<EnvoyId, Counted>,
    kept: usize,
}

/// The counters of one Envoy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counted {
    values: LiteMap<String, u64>,
    /// The connections that stay open for the next request: cluster and address.
    open: Vec<(String, IpAddr)>,
    /// Whether `/healthcheck/fail` was called.
    is_draining: bool,
}

impl Counters {
    /// Returns the counters of an Envoy: names with values, sorted by name.
    pub fn of(&self, mesh: &MeshId, key: &Key) -> impl Iterator<Item = (&str, u64)> {
        let found = self.envoys.get(&(mesh.clone(), key.clone()));
        found
            .into_iter()
            .flat_map(|counted| counted.values.iter().map(|(name, value)| (name.as_str(), *value)))
    }

    /// Returns whether an Envoy is draining, after `/healthcheck/fail`.
    pub fn is_draining(&self, mesh: &MeshId, key: &Key) -> bool {
        self.envoys.get(&(mesh.clone(), key.clone())).is_some_and(|counted| counted.is_draining)
    }

    /// Makes an Envoy fail health checks, or pass them again.
    pub fn drain(&mut self, mesh: &MeshId, key: &Key, is_draining: bool) {
        self.counted(&(mesh.clone(), key.clone())).is_draining = is_draining;
    }

    /// Sets the counters of an Envoy to zero. Gauges keep their values: open connections stay open.
    pub fn reset(&mut self, mesh: &MeshId, key: &Key) {
        for (name, value) in self.counted(&(mesh.clone(), key.clone())).values.iter_mut() {
            if !name.ends_with("_active") {
                *value = 0;
            }
        }
    }

    fn counted(&mut self, id: &EnvoyId) -> &mut Counted {
        self.envoys.entry(id.clone()).or_default()
    }

    /// Counts one request at the Envoys it passed.
    pub fn count(&mut self, id: &MeshId, mesh: &Mesh, request: &Request, outcome: &Outcome) {
        let caller = match &request.client {
            Client::Gateway(gateway) => Key::new(Kind::VirtualGateway, gateway.clone()),
            Client::Node { node, .. } => Key::new(Kind::VirtualNode, node.clone()),
        };
        let mut counting = Counting { counters: self, id, mesh, request, outcome };
        counting.caller((id.clone(), caller));
    }
}

/// The context for counting one request.
struct Counting<'c> {
    counters: &'c mut Counters,
    id: &'c MeshId,
    mesh: &'c Mesh,
    request: &'c Request,
    outcome: &'c Outcome,
}

/// The entry point of a request at an Envoy.
struct Entry {
    envoy: EnvoyId,
    /// The prefix of its filter's statistics: `egress`, `ingress` or `ingress.http.9080`.
    prefix: String,
    /// The listener's address as it appears in the names of statistics.
    listener: String,
    is_tcp: bool,
}

/// One attempt of a request, derived from the events.
struct Try {
    address: IpAddr,
    connection: Connection,
    tls: Option<Tls>,
    /// Whether the application answered; `None` if it received no request.
    is_answered: Option<bool>,
}

/// Returns the counters of a failed handshake: that of the caller's cluster, and that of the target's listener if it
/// has TLS. The side that refuses a certificate counts the reason; the other side counts an error.
const fn handshake_errors(stop: Stop) -> (&'static str, Option<&'static str>) {
    const ERROR: &str = "ssl.connection_error";
    match stop {
        Stop::UnknownAuthority => ("ssl.fail_verify_error", Some(ERROR)),
        Stop::OtherName => ("ssl.fail_verify_san", Some(ERROR)),
        Stop::NoCertificate => (ERROR, Some("ssl.fail_verify_no_cert")),
        Stop::UnknownClientAuthority => (ERROR, Some("ssl.fail_verify_error")),
        Stop::OtherClientName => (ERROR, Some("ssl.fail_verify_san")),
        Stop::PlaintextToTls => (ERROR, Some(ERROR)),
        _ => (ERROR, None),
    }
}

impl Counting<'_> {
    fn add(&mut self, envoy: &EnvoyId, name: &[&str], more: u64) {
        let is_full = self.counters.kept >= MOST;
        let counted = self.counters.counted(envoy);
        let name = name.concat();
        match counted.values.get_mut(&name) {
            Some(value) => *value = value.saturating_add(more),
            None if is_full => {}
            None => {
                counted.values.insert(name, more);
                self.counters.kept += 1;
            }
        }
    }

    fn add_all(&mut self, envoy: &EnvoyId, start: &str, names: &[&str]) {
        for name in names {
            self.add(envoy, &[start, name], 1);
        }
    }

    /// Counts a status at a filter or a cluster: its class, and completion.
    fn status(&mut self, envoy: &EnvoyId, start: &str, stem: &str, status: u16, is_exact: bool) {
        let (exact, class) = (status.to_string(), (status / 100).to_string());
        if is_exact {
            self.add(envoy, &[start, stem, "_", &exact], 1);
        }
        self.add(envoy, &[start, stem, "_", &class, "xx"], 1);
        self.add(envoy, &[start, stem, "_completed"], 1);
    }

    fn caller(&mut self, envoy: EnvoyId) {
        let outcome = self.outcome;
        let mut egress = None;
        for event in &outcome.events {
            match event {
                Event::Gateway { port: Some(port), listens: true, stop } => {
                    return self.gateway(envoy, *port, *stop);
                }
                Event::Egress(found) => egress = Some(found),
                _ => {}
            }
        }
        let Some(spec) = self.mesh.virtual_node(&envoy.1.name) else { return };
        let bind = effects(node_preference(self.mesh, spec).preference).listener_bind;
        let listener = listener(bind, 15001);
        let is_https = self.request.scheme == HttpScheme::Https;
        let mut entry = Entry { envoy, prefix: "egress".to_owned(), listener, is_tcp: true };
        let looked = if is_https { "tls_inspector.tls_found" } else { "tls_inspector.tls_not_found" };
        match egress {
            None | Some(Egress::Refused | Egress::BypassesEnvoy) => return,
            Some(Egress::Dropped { .. }) => {
                self.add(&entry.envoy, &[looked], 1);
                return self.add_all(
                    &entry.envoy,
                    &["listener.", &entry.listener, "."].concat(),
                    &["no_filter_chain_match"],
                );
            }
            Some(Egress::Amazon | Egress::PassedThrough) => {
                let to = if matches!(egress, Some(Egress::Amazon)) { "amazonaws" } else { "mesh-allow-all" };
                let cluster = ["cluster.cds_egress_", &self.id.name, "_", to, "."].concat();
                self.add(&entry.envoy, &[looked], 1);
                self.downstream(&entry, true, true);
                let fails = outcome.end != End::Answered;
                let mut names = vec!["upstream_cx_total", "upstream_cx_destroy", "upstream_rq_total"];
                if fails {
                    names = vec!["upstream_cx_total", "upstream_cx_destroy", "upstream_cx_connect_fail"];
                }
                return self.add_all(&entry.envoy, &cluster, &names);
            }
            Some(Egress::Backend { is_tcp, .. }) => entry.is_tcp = *is_tcp,
            Some(Egress::OtherHost { .. }) => entry.is_tcp = false,
        }
        self.add(&entry.envoy, &[looked], 1);
        self.through(&entry, true, true);
    }

    fn gateway(&mut self, envoy: EnvoyId, port: i64, stop: Option<Stop>) {
        let Some(spec) = self.mesh.virtual_gateway(&envoy.1.name) else { return };
        let bind = effects(gateway_preference(self.mesh).preference).listener_bind;
        let protocol = spec.listeners().iter().map(|listener| listener.port_mapping());
        let protocol =
            protocol.filter(|mapping| mapping.port() == port).map(|mapping| mapping.protocol()).next();
        let protocol = protocol.map_or("http", |protocol| protocol.as_str());
        let is_only = spec.listeners().len() == 1;
        let prefix = prefix(protocol, port, is_only);
        let entry = Entry { envoy, prefix, listener: listener(bind, port), is_tcp: false };
        if stop.is_some_and(|stop| stop != Stop::NotHttp) {
            let start = ["listener.", &entry.listener, "."].concat();
            self.add_all(&entry.envoy, &start, &["downstream_cx_destroy", "downstream_cx_total"]);
            if let Some(error) = stop.and_then(|stop| handshake_errors(stop).1) {
                self.add_all(&entry.envoy, &start, &[error]);
            }
            return;
        }
        let RouteHop::GatewayRoute { .. } = self.outcome.route else {
            return self.through(&entry, true, true);
        };
        // A gateway sends the request to itself, on the port that selects the service.
        let status = self.outcome.reply.status;
        self.downstream(&entry, true, true);
        let ingress = if is_only { String::new() } else { format!("_{port}") };
        let (mesh, name) = (&self.id.name, &entry.envoy.1.name);
        let cluster = format!("cds_ingress_{mesh}_{name}_self_redirect{ingress}_{protocol}_15001");
        let is_new = self.connects(&entry.envoy, &cluster, IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), None);
        let cluster = ["cluster.", &cluster, "."].concat();
        self.add(&entry.envoy, &[&cluster, "upstream_rq_total"], 1);
        self.codes(&entry.envoy, &cluster, status);
        let inner = Entry {
            envoy: entry.envoy,
            prefix: "egress".to_owned(),
            listener: listener(bind, 15001),
            is_tcp: false,
        };
        self.through(&inner, is_new, false);
    }

    /// Counts a request at a listener and its filter. The connection may exist already.
    fn downstream(&mut self, entry: &Entry, is_new: bool, ends: bool) {
        let Entry { envoy, prefix, listener, is_tcp } = entry;
        let of_listener = ["listener.", listener, "."].concat();
        let kind = if *is_tcp { "tcp." } else { "http." };
        let of_filter = [kind, prefix, "."].concat();
        let is_http2 = matches!(self.request.protocol, Protocol::Http2 | Protocol::Grpc { .. });
        let version = if is_http2 { "http2" } else { "http1" };
        if is_new {
            self.add_all(envoy, &of_listener, &["downstream_cx_total"]);
            self.add_all(envoy, &of_filter, &["downstream_cx_total"]);
            // A client's connection closes with its request; that of a gateway to itself stays open.
            if ends {
                self.add_all(envoy, &of_listener, &["downstream_cx_destroy"]);
            }
            if !is_tcp {
                self.add(envoy, &[&of_filter, "downstream_cx_", version, "_total"], 1);
                if ends {
                    self.add_all(
                        envoy,
                        &of_filter,
                        &["downstream_cx_destroy", "downstream_cx_destroy_remote"],
                    );
                }
            }
        }
        if *is_tcp {
            return;
        }
        let status = self.outcome.reply.status;
        // A request that is not HTTP gets a 400, even if the client cannot read it.
        let status = if status == 0 { 400 } else { status };
        self.add_all(envoy, &of_filter, &["downstream_rq_total"]);
        self.add(envoy, &[&of_filter, "downstream_rq_", version, "_total"], 1);
        self.status(envoy, &of_filter, "downstream_rq", status, false);
        self.status(envoy, &[&of_listener, &*of_filter].concat(), "downstream_rq", status, false);
        match self.outcome.reply.caller_flags {
            "DPE" => self.add_all(envoy, &of_filter, &["downstream_cx_protocol_error"]),
            "NR" if prefix == "egress" || !matches!(self.outcome.route, RouteHop::GatewayRoute { .. }) => {
                self.add_all(envoy, &of_filter, &["no_route", "rq_total"]);
            }
            _ => self.add_all(envoy, &of_filter, &["rq_total"]),
        }
    }

    /// Opens a connection from a cluster to an address, unless one is open; returns whether it did.
    fn connects(&mut self, envoy: &EnvoyId, cluster: &str, to: IpAddr, tls: Option<Tls>) -> bool {
        let open = &mut self.counters.counted(envoy).open;
        if open.iter().any(|(known, address)| known == cluster && *address == to) {
            return false;
        }
        if open.len() < MOST {
            open.push((cluster.to_owned(), to));
        }
        let start = ["cluster.", cluster, "."].concat();
        let version = ["upstream_cx_", self.version(cluster), "_total"].concat();
        self.add_all(
            envoy,
            &start,
            &["upstream_cx_total", "upstream_cx_active", "upstream_rq_pending_total", &version],
        );
        if tls.is_some_and(|tls| tls.cause.is_some()) {
            self.add_all(envoy, &start, &["ssl.handshake"]);
        }
        true
    }

    /// Closes a connection after an attempt that is retried. Measured: Envoy does not read the response to its end,
    /// which closes an HTTP/1.1 connection.
    fn closes(&mut self, envoy: &EnvoyId, cluster: &str, to: IpAddr) {
        if self.version(cluster) != "http1" {
            return;
        }
        let start = ["cluster.", cluster, "."].concat();
        let counted = self.counters.counted(envoy);
        counted.open.retain(|(known, address)| known != cluster || *address != to);
        if let Some(active) = counted.values.get_mut(&[&*start, "upstream_cx_active"].concat()) {
            *active = active.saturating_sub(1);
        }
        self.add_all(envoy, &start, &["upstream_cx_destroy", "upstream_cx_destroy_local"]);
    }

    /// Returns the HTTP version of a cluster, from the protocol in its name.
    fn version(&self, cluster: &str) -> &'static str {
        let is_http2 = cluster.rsplit('_').nth(1).is_some_and(|word| matches!(word, "http2" | "grpc"));
        if is_http2 { "http2" } else { "http1" }
    }

    /// Counts a final status of a cluster.
    fn codes(&mut self, envoy: &EnvoyId, cluster: &str, status: u16) {
        self.status(envoy, cluster, "upstream_rq", status, true);
        self.status(envoy, &[cluster, "external."].concat(), "upstream_rq", status, true);
    }

    /// Counts a request from the caller's filter to the target node, and from there to the application.
    ///
    /// `is_new` is whether the connection is new; `ends` is whether it closes with the request.
    fn through(&mut self, entry: &Entry, is_new: bool, ends: bool) {
        let outcome = self.outcome;
        self.downstream(entry, is_new, ends);
        let (Some(service), Some(reach)) = (&outcome.service, &outcome.reach) else { return };
        let Some(target) = self.mesh.virtual_node(&service.node) else { return };
        let listeners = target.listeners().unwrap_or_default();
        let mapping = listeners.iter().map(|listener| listener.port_mapping());
        let protocol =
            mapping.filter(|mapping| mapping.port() == reach.port).map(|mapping| mapping.protocol()).next();
        let Some(protocol) = protocol else { return };
        let (mesh, node, port) = (&self.id.name, &service.node, reach.port);
        let name = format!("cds_egress_{mesh}_{node}_{}_{port}", protocol.as_str());
        let cluster = ["cluster.", &name, "."].concat();
        let bind = reach.effects.listener_bind;
        let inside = Entry {
            envoy: (self.id.clone(), Key::new(Kind::VirtualNode, node.clone())),
            prefix: prefix(protocol.as_str(), port, listeners.len() == 1),
            listener: listener(bind, 15000),
            is_tcp: protocol == PortProtocol::Tcp,
        };
        let local = format!("cds_ingress_{mesh}_{node}_{}_{port}", protocol.as_str());
        let tries = tries(outcome);
        let (count, is_grpc) = (tries.len(), self.request.is_grpc());
        for (number, one) in tries.iter().enumerate() {
            let is_last = number + 1 == count;
            self.tries(entry, (&name, one), (&inside, &local), is_last);
        }
        if entry.is_tcp {
            if outcome.reply.caller_flags == "UH" {
                self.add_all(&entry.envoy, &cluster, &["upstream_cx_none_healthy"]);
            }
            return;
        }
        let reply = &outcome.reply;
        let status = match reply.caller_flags {
            "UT" => 504,
            flags if is_grpc && (flags == "UH" || flags.contains("UF") || flags.contains("UC")) => 503,
            _ => reply.status,
        };
        match reply.caller_flags {
            "NR" | "NC" => return,
            "UH" => self.add_all(&entry.envoy, &cluster, &["upstream_cx_none_healthy"]),
            "UT" => self.add_all(&entry.envoy, &cluster, &["upstream_rq_timeout"]),
            _ => {}
        }
        self.codes(&entry.envoy, &cluster, status);
        let retries = u64::from(reply.attempts.saturating_sub(1));
        if retries > 0 {
            self.add(&entry.envoy, &[&cluster, "upstream_rq_retry"], retries);
            self.add(&entry.envoy, &[&cluster, "upstream_rq_retry_backoff_exponential"], retries);
            if outcome.arrives() {
                self.add_all(&entry.envoy, &cluster, &["upstream_rq_retry_success"]);
            }
        }
        if reply.caller_flags.contains("URX") {
            self.add_all(&entry.envoy, &cluster, &["upstream_rq_retry_limit_exceeded"]);
        }
    }

    fn tries(
        &mut self,
        from: &Entry,
        (name, one): (&str, &Try),
        (inside, local): (&Entry, &str),
        is_last: bool,
    ) {
        let cluster = ["cluster.", name, "."].concat();
        let envoy = &from.envoy;
        let stop = one.tls.as_ref().and_then(Tls::stop);
        let is_accepted = matches!(one.connection, Connection::Accepted | Connection::BypassesEnvoy);
        if one.connection == Connection::Accepted
            && let Some(stop) = stop
        {
            self.failed_handshake(inside, stop);
        }
        if !is_accepted || stop.is_some_and(|stop| stop != Stop::PlaintextToTls) {
            self.failed_connection(from, &cluster, name, one, stop);
            return;
        }
        let is_new = if from.is_tcp {
            // A TCP connection belongs to its client and closes with it.
            self.add_all(envoy, &cluster, &["upstream_cx_total", "upstream_rq_total", "upstream_cx_destroy"]);
            if one.tls.as_ref().is_some_and(|tls| tls.cause.is_some()) {
                self.add_all(envoy, &cluster, &["ssl.handshake"]);
            }
            true
        } else {
            let is_new = self.connects(envoy, name, one.address, one.tls.clone());
            self.add_all(envoy, &cluster, &["upstream_rq_total"]);
            is_new
        };
        if one.connection == Connection::BypassesEnvoy || stop.is_some() {
            return;
        }
        let is_answered = one.is_answered == Some(true);
        self.inside(inside, local, is_new, is_answered, one.tls.clone());
        if !is_answered && !is_last && !from.is_tcp {
            self.status(envoy, &[&cluster, "retry."].concat(), "upstream_rq", 503, true);
            self.closes(envoy, name, one.address);
        }
    }

    fn failed_connection(&mut self, from: &Entry, cluster: &str, name: &str, one: &Try, stop: Option<Stop>) {
        let envoy = &from.envoy;
        self.add_all(
            envoy,
            cluster,
            &["upstream_cx_total", "upstream_cx_connect_fail", "upstream_cx_destroy"],
        );
        let by = match one.connection {
            Connection::Vanishes => "upstream_cx_connect_timeout",
            _ => stop.map_or("upstream_cx_destroy_remote", |stop| handshake_errors(stop).0),
        };
        self.add(envoy, &[cluster, by], 1);
        self.add_all(envoy, cluster, &["upstream_rq_pending_total", "upstream_rq_pending_failure_eject"]);
        if !from.is_tcp {
            self.add(envoy, &[cluster, "upstream_cx_", self.version(name), "_total"], 1);
        }
    }

    /// Counts a failed handshake at the target's Envoy.
    fn failed_handshake(&mut self, entry: &Entry, stop: Stop) {
        let Some(error) = handshake_errors(stop).1 else { return };
        let listener = ["listener.", &entry.listener, "."].concat();
        self.add_all(&entry.envoy, &listener, &["downstream_cx_total", "downstream_cx_destroy", error]);
    }

    /// Counts an attempt at the target's Envoy.
    fn inside(&mut self, entry: &Entry, local: &str, is_new: bool, is_answered: bool, tls: Option<Tls>) {
        let Entry { envoy, prefix, listener, is_tcp } = entry;
        let of_listener = ["listener.", listener, "."].concat();
        let of_filter = [if *is_tcp { "tcp." } else { "http." }, prefix, "."].concat();
        let cluster = ["cluster.", local, "."].concat();
        let version = self.version(local);
        if is_new {
            self.add_all(envoy, &of_listener, &["downstream_cx_total"]);
            self.add_all(envoy, &of_filter, &["downstream_cx_total"]);
            if let Some(tls) = tls.filter(|tls| tls.cause.is_some() && tls.mode.is_some()) {
                self.add_all(envoy, &of_listener, &["ssl.handshake"]);
                // A caller presents its certificate only to a listener that requires one.
                if !(tls.wants_certificate && tls.has_certificate) {
                    self.add_all(envoy, &of_listener, &["ssl.no_certificate"]);
                }
            }
            if *is_tcp {
                self.add_all(envoy, &of_listener, &["downstream_cx_destroy"]);
            } else {
                self.add(envoy, &[&of_filter, "downstream_cx_", version, "_total"], 1);
            }
        }
        if *is_tcp {
            let names: &[&str] = if is_answered {
                &["upstream_cx_total", "upstream_rq_total", "upstream_cx_destroy"]
            } else {
                &["upstream_cx_total", "upstream_cx_connect_fail", "upstream_cx_destroy"]
            };
            return self.add_all(envoy, &cluster, names);
        }
        let status = if is_answered { 200 } else { 503 };
        self.add_all(envoy, &of_filter, &["downstream_rq_total", "rq_total"]);
        self.add(envoy, &[&of_filter, "downstream_rq_", version, "_total"], 1);
        self.status(envoy, &of_filter, "downstream_rq", status, false);
        self.status(envoy, &[&of_listener, &*of_filter].concat(), "downstream_rq", status, false);
        let loopback = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
        if is_answered {
            self.connects(envoy, local, loopback, None);
            self.add_all(envoy, &cluster, &["upstream_rq_total"]);
        } else {
            let names = [
                "upstream_cx_total",
                "upstream_cx_connect_fail",
                "upstream_cx_destroy",
                "upstream_cx_destroy_remote",
                "upstream_rq_pending_total",
                "upstream_rq_pending_failure_eject",
            ];
            self.add_all(envoy, &cluster, &names);
            self.add(envoy, &[&cluster, "upstream_cx_", version, "_total"], 1);
        }
        self.codes(envoy, &cluster, status);
    }
}

/// Returns the attempts of an outcome; if there are very many, only those in its events.
fn tries(outcome: &Outcome) -> Vec<Try> {
    let mut tries: Vec<Try> = Vec::new();
    for event in &outcome.events {
        match event {
            Event::Connect { address, connection, .. } => {
                tries.push(Try { address: *address, connection: *connection, tls: None, is_answered: None });
            }
            Event::Tls(tls) => tries.last_mut().into_iter().for_each(|one| one.tls = Some(tls.clone())),
            Event::Application(hop) => {
                tries.last_mut().into_iter().for_each(|one| one.is_answered = Some(hop.answers()));
            }
            _ => {}
        }
    }
    tries
}

/// Returns a listener's address as statistics name it.
fn listener(bind: ListenerBind, port: i64) -> String {
    match bind {
        ListenerBind::Ipv4 => format!("0.0.0.0_{port}"),
        ListenerBind::DualStack => format!("[__]_{port}"),
    }
}

/// Returns the prefix of a listener's statistics. Source: user guide, page "envoy-metrics": with several listeners,
/// the prefix distinguishes them.
fn prefix(protocol: &str, port: i64, is_only: bool) -> String {
    if is_only { "ingress".to_owned() } else { format!("ingress.{protocol}.{port}") }
}
