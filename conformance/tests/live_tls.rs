//! Compares certificate checks with real Envoys that run the *generated* configurations with real certificates.
//!
//! For each case of the table (`live_tls/cases.rs`), in each protocol and with and without retries, one request is sent
//! from one Envoy to another, and the same request is simulated by `traffic::simulate`. Both must agree on: status,
//! gRPC status, body, flags, details and attempts in the caller's log, flags in the target's log, and the reasons that
//! both Envoys report for a failed handshake. Each server of the table then receives requests through gateways with
//! several client policies.
//!
//! The test changes two things in the configurations: the addresses on which Envoy listens (`live_tls/loopback.rs`),
//! and secrets, which come from files instead of a server. Certificates and trust stores in files are those of the
//! configuration.
//!
//! Envoy is found through the variable ENVOY, or in the cache of `tools/install.sh`. Without it, the test is skipped
//! with a message. Start at [`every_handshake_ends_as_simulated`].

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "live_tls/cases.rs"]
mod cases;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "live_tls/loopback.rs"]
mod loopback;
#[path = "live_tls/pki.rs"]
mod pki;
#[path = "envoy/proxy.rs"]
mod proxy;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use cases::{Case, GATEWAYS, Place};
use loopback::{Configs, Found, Loopback};
use mesh_playground::{
    control_plane::Mesh,
    environment::Environment,
    model::{Key, Kind, MeshId},
    traffic::{Client, Counters, End, Outcome, Protocol, Request, Stop, simulate},
};

/// The compared results.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    status: u16,
    grpc_status: Option<u8>,
    /// Body or gRPC message; empty for an application's response.
    body: String,
    caller_flags: String,
    caller_details: String,
    attempts: u32,
    target_flags: Option<String>,
    /// Reasons of a refusal, in the words of both Envoys.
    reasons: Option<[String; 2]>,
}

/// Returns whether a TCP listener without TLS forwards a TLS ClientHello. Its flags then depend on the application.
fn is_greeting_passed_on(outcome: &Outcome) -> bool {
    let tls = outcome.reach.as_ref().and_then(|reach| reach.tls.as_ref());
    tls.and_then(|tls| tls.stop()) == Some(Stop::TlsToPlaintext)
}

/// Returns the prediction of the simulation.
fn foretold(outcome: &Outcome, is_tcp: bool) -> Told {
    let reply = &outcome.reply;
    let tls = outcome.reach.as_ref().and_then(|reach| reach.tls.as_ref());
    let is_passed_on = is_tcp && is_greeting_passed_on(outcome);
    Told {
        status: outcome.status().unwrap_or_default(),
        // The application here does not support gRPC.
        grpc_status: reply.grpc_status.filter(|status| *status != 0),
        body: reply.body.to_owned(),
        caller_flags: reply.caller_flags.to_owned(),
        caller_details: reply.caller_details.to_string(),
        // A TCP proxy does not count attempts.
        attempts: if is_tcp { 1 } else { reply.attempts },
        target_flags: reply.target_flags.map(|flags| if is_passed_on { "any" } else { flags }.to_owned()),
        reasons: tls.and_then(|tls| tls.reasons()),
    }
}

/// Returns the actual result of a request: the client's view, then the logs.
fn read(found: &Found, foretold: &Told, is_tcp: bool) -> Told {
    let caller = found.caller.as_ref();
    let text = |name: &str| {
        let value = caller.map(|line| &line[name]);
        match value.and_then(|value| value.as_str()) {
            Some("-") if name != "flags" => String::new(),
            Some(text) => text.to_owned(),
            None => {
                value.filter(|value| value.is_number()).map(|value| value.to_string()).unwrap_or_default()
            }
        }
    };
    let is_app = found.answer.is_app;
    Told {
        status: if is_tcp && !is_app { 0 } else { found.answer.status },
        grpc_status: found.answer.grpc_status,
        body: if is_app { String::new() } else { found.answer.body.clone() },
        caller_flags: text("flags"),
        caller_details: text("details"),
        attempts: if is_tcp { 1 } else { text("attempts").parse().unwrap_or(0) },
        target_flags: found.target.as_ref().map(|line| match &foretold.target_flags {
            Some(any) if any == "any" => any.clone(),
            _ => line["flags"].as_str().unwrap_or_default().to_owned(),
        }),
        // Other TLS failures are compared by the details.
        reasons: foretold
            .reasons
            .as_ref()
            .map(|_| [text("upstream_failure"), found.downstream_failure.clone()]),
    }
}

fn request(place: &Place, case: &Case) -> Request {
    let mut request = Request::get(place.client.clone(), &place.path);
    request.port = Some(i64::from(place.port));
    request.protocol = match case.protocol {
        "grpc" => Protocol::Grpc { service: "p.S".into(), method: "M".into() },
        // HTTP is sent through a TCP proxy, so that the response can be parsed.
        _ => Protocol::Http,
    };
    if matches!(request.client, Client::Gateway(_)) {
        request.protocol = Protocol::Http;
    }
    request
}

fn compare(envoy: &Path, folder: &Path, default_retries: bool) -> (usize, Vec<String>) {
    let pki = pki::write(folder);
    let table = cases::table(folder);
    let (id, mesh) = cases::mesh(&table, folder);
    let environment = Environment { default_retries, certificates: pki.facts(), ..table.environment() };
    let configs = Configs { environment: &environment, id: &id, mesh: &mesh, pki: &pki, folder };
    let mut differences = Vec::new();
    let mut asked = Vec::new();
    let mut handshakes = 0;
    for (caller, places) in table.callers() {
        // Restart for each caller, so that the targets' logs contain only this caller.
        let loopback = Loopback::start(envoy, &configs, &caller, &places);
        let send = |(case, place): (_, Place)| {
            let request = request(&place, case);
            let answer = loopback.send(&request, &place, case);
            (case, place, request, answer)
        };
        let sent: Vec<_> = places.into_iter().map(send).collect();
        let counted = count(&environment, &id, &mesh, &caller, &sent);
        let found = loopback.handshakes();
        for (who, (found, counted)) in ["targets", "caller"].into_iter().zip(found.into_iter().zip(counted)) {
            let found: BTreeMap<_, _> = found.into_iter().filter(|(name, _)| is_compared(name)).collect();
            handshakes += found.len();
            let names: BTreeSet<_> = found.keys().chain(counted.keys()).collect();
            for name in names {
                let (real, ours) = (found.get(name), counted.get(name));
                if real != ours {
                    differences
                        .push(format!("{who} of {}: {name} is {real:?}, counted {ours:?}", caller.name));
                }
            }
        }
        let logs = loopback.stop();
        asked.extend(sent.into_iter().map(|(case, place, request, answer)| {
            let found = logs.of(case, &place, answer);
            (case, place, request, found)
        }));
    }
    for (case, place, request, found) in &asked {
        let is_tcp = case.protocol == "tcp" && matches!(place.client, Client::Node { .. });
        let outcome = simulate(&environment, &mesh, request, 1);
        let told = foretold(&outcome, is_tcp);
        let found = read(found, &told, is_tcp);
        let name = format!(
            "{} over {} from {:?}, retries {default_retries}",
            case.name, case.protocol, place.client
        );
        if found != told {
            differences.push(format!("{name}\n  envoy      {found:?}\n  simulation {told:?}"));
        }
        let arrives = outcome.end == End::Answered;
        if matches!(place.client, Client::Node { .. }) && arrives != case.arrives {
            differences.push(format!("{name}: arrives is {arrives}, not {}", case.arrives));
        }
    }
    println!("{handshakes} counters of handshakes");
    assert!(handshakes > 100);
    (asked.len(), differences)
}

/// Returns whether a handshake counter is compared. Those of sessions, ciphers and versions are not simulated.
fn is_compared(name: &str) -> bool {
    let end = name.rsplit_once(".ssl.").map_or("", |(_, end)| end);
    matches!(end, "handshake" | "no_certificate" | "connection_error") || end.starts_with("fail_verify_")
}

/// Returns the simulated handshake counters for these requests, under the names of the Envoys here: first those of the
/// targets, then those of the caller.
fn count(
    environment: &Environment,
    id: &MeshId,
    mesh: &Mesh,
    caller: &Key,
    sent: &[(&Case, Place, Request, loopback::Answer)],
) -> [BTreeMap<String, u64>; 2] {
    let mut counters = Counters::default();
    for (_, _, request, _) in sent {
        counters.count(id, mesh, request, &simulate(environment, mesh, request, 1));
    }
    let mut told = [BTreeMap::new(), BTreeMap::new()];
    let of = |key: &Key| {
        let all = counters.of(id, key).filter(|(name, value)| *value > 0 && is_compared(name));
        all.map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>()
    };
    told[1].extend(of(caller));
    for (case, ..) in sent {
        for (name, value) in of(&Key::new(Kind::VirtualNode, case.node())) {
            // Here, the target's Envoy is at the address of its node.
            let Some((_, end)) = name.split_once("_15000.") else { continue };
            told[0].insert(format!("listener.{}_{}.{end}", case.address(), case.port), value);
        }
    }
    told
}

#[test]
fn every_handshake_ends_as_simulated() {
    let Some(envoy) = proxy::envoy() else { return };
    let folder = std::env::temp_dir().join(format!("mesh-playground-tls-{}", std::process::id()));
    let mut count = 0;
    let mut differences = Vec::new();
    for default_retries in [true, false] {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let (cases, found) = compare(envoy, &folder, default_retries);
        count += cases;
        differences.extend(found);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    println!("{count} handshakes of real Envoys, {} gateways", GATEWAYS.len());
    assert!(count >= 500);
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
}
