//! `trace`: simulates one request through the displayed mesh, and returns its outcome as JSON.
// The names of the members, which are those in the messages, need no documentation.
#![allow(missing_docs)]

use mesh_text::words::{say, t};
use serde_json::Value;

use super::join_problems;
use crate::{
    control_plane::Mesh,
    model::{HttpMethod, HttpScheme, Kind, Name, View, declare::structure_by, excerpt, object, parse},
    store::AppState,
    traffic::{Client, End, Fault, Protocol, Request, clients, simulate},
    view_model::{Mark, event_log},
};

structure_by! {
    /// A request. Without a sender, it is the first request of the mesh.
    Asked by AskedMembers {
        "headers" headers: Option<Value>,
        "host" host: Option<String>,
        "method" method: Option<String>,
        "path" path: Option<String>,
        "port" port: Option<i64>,
        "protocol" protocol: Option<String>,
        "scheme" scheme: Option<String>,
        "seed" seed: Option<i64>,
        "to" to: Option<String>,
        "virtualGateway" virtual_gateway: Option<String>,
        "virtualNode" virtual_node: Option<String>,
    }
}

/// Returns the outcome of a request, as JSON.
pub(super) fn trace_request(state: &AppState, request: &Value) -> Result<Value, String> {
    let asked = parse::<Asked>(request, "payload.request").map_err(|problems| join_problems(&problems))?;
    let mesh = state.view.mesh.as_ref().and_then(|mesh| state.world.visible_mesh(mesh));
    let mesh = mesh.ok_or_else(|| t("there is no mesh to send a request through; create one").to_owned())?;
    let request = request_of(mesh, asked)?;
    let seed = asked.seed().map_or(state.seed, i64::cast_unsigned);
    let environment = &state.world.environment;
    let outcome = simulate(environment, mesh, &request, seed);
    let log = event_log(environment, mesh, &request, seed);
    let events = log.events.iter().map(|event| {
        object(&[("mark", &mark_word(event.mark)), ("name", &event.name), ("text", &event.text)])
    });
    let service = outcome.service.as_ref();
    let reply = &outcome.reply;
    let met = match outcome.end {
        End::Unresolved => Some(Fault::Lookup),
        _ => outcome.reach.as_ref().and_then(|reach| reach.met()),
    };
    let failure = met.map(fault_word);
    Ok(object(&[
        ("arrives", &outcome.arrives()),
        ("attempts", &i64::from(reply.attempts)),
        ("body", &reply.body),
        ("callerDetails", &&*reply.caller_details),
        ("callerFlags", &reply.caller_flags),
        ("end", &end_word(outcome.end)),
        ("events", &Value::Array(events.collect())),
        ("failure", &failure),
        ("grpcStatus", &reply.grpc_status.map(i64::from)),
        ("result", &log.result),
        ("seed", &seed.cast_signed()),
        ("status", &outcome.status().map(i64::from)),
        ("targetFlags", &reply.target_flags),
        ("virtualNode", &service.map(|hop| hop.node.clone())),
        ("virtualService", &service.map(|hop| hop.service.clone())),
    ]))
}

fn request_of(mesh: &Mesh, asked: View<Asked>) -> Result<Request, String> {
    let named = |kind: Kind, name: &str| -> Result<Name, String> {
        let known = mesh.of_kind(kind).find(|resource| *resource.id.key.name == *name);
        known.map(|resource| resource.id.key.name.clone()).ok_or_else(|| {
            let words = [kind.declaration().words, &excerpt(name)];
            say("there is no {0} `{1}` in the mesh that is shown", &words)
        })
    };
    // A path without its leading slash is an obvious mistake; everything else is taken as it is.
    let path = match asked.path() {
        Some(path) if !path.starts_with('/') => ["/", path].concat(),
        path => path.unwrap_or("/").to_owned(),
    };
    let mut request = match (asked.virtual_gateway(), asked.virtual_node()) {
        (Some(_), Some(_)) => return Err(t("name virtualGateway or virtualNode, not both").to_owned()),
        (Some(gateway), None) => Request::get(Client::Gateway(named(Kind::VirtualGateway, gateway)?), &path),
        (None, Some(node)) => {
            let node = named(Kind::VirtualNode, node)?;
            let to = t("say in `to` which virtual service or host the virtual node calls");
            Request::get(Client::Node { node, service: asked.to().ok_or(to)?.into() }, &path)
        }
        (None, None) => {
            let none = t("nothing in the mesh sends requests; name a virtualGateway or virtualNode");
            let first = clients(mesh).into_iter().next().ok_or(none)?;
            if asked.path().is_some() { Request::get(first.client, &path) } else { first }
        }
    };
    request.host = asked.host().map(Into::into).or(request.host);
    if let Some(port) = asked.port() {
        if !(1..=65_535).contains(&port) {
            return Err(t("payload.request.port must be from 1 to 65535").to_owned());
        }
        request.port = Some(port);
    }
    if let Some(word) = asked.method() {
        let method = HttpMethod::ALL.iter().find(|method| method.as_str() == word).copied();
        request.method = method.ok_or_else(|| {
            let known: Vec<_> = HttpMethod::ALL.iter().map(|method| method.as_str()).collect();
            not_one_of("method", word, &known)
        })?;
    }
    request.scheme = match asked.scheme() {
        None => request.scheme,
        Some("http") => HttpScheme::Http,
        Some("https") => HttpScheme::Https,
        Some(word) => return Err(not_one_of("scheme", word, &["http", "https"])),
    };
    request.protocol = match asked.protocol() {
        None => request.protocol,
        Some("http") => Protocol::Http,
        Some("http2") => Protocol::Http2,
        Some("tcp") => Protocol::Tcp,
        Some("grpc") => {
            let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((&path[1..], ""));
            Protocol::Grpc { service: service.into(), method: method.into() }
        }
        Some(word) => return Err(not_one_of("protocol", word, &["http", "http2", "grpc", "tcp"])),
    };
    if let Some(headers) = asked.headers() {
        let wrong = t("payload.request.headers must be an object of texts, such as x-user with a text");
        request.headers = headers_of(headers).ok_or(wrong)?;
    }
    Ok(request)
}

fn not_one_of(member: &str, found: &str, words: &[&str]) -> String {
    let parts = [member, &excerpt(found), &words.join(", ")];
    say("payload.request.{0} `{1}` is not known; it is one of {2}", &parts)
}

fn headers_of(headers: &Value) -> Option<Vec<(Name, Name)>> {
    let members = headers.as_object()?.iter();
    members.map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into()))).collect()
}

const fn end_word(end: End) -> &'static str {
    match end {
        End::Answered => "answered",
        End::EnvoyAnswered => "envoyAnswered",
        End::Closed => "closed",
        End::Refused => "refused",
        End::Unresolved => "unresolved",
    }
}

const fn fault_word(fault: Fault) -> &'static str {
    match fault {
        Fault::Lookup => "lookup",
        Fault::Discovery => "discovery",
        Fault::Address => "address",
        Fault::Listener => "listener",
        Fault::Tls => "tls",
        Fault::Application => "application",
    }
}

const fn mark_word(mark: Mark) -> &'static str {
    match mark {
        Mark::Passed => "passed",
        Mark::Failed => "failed",
        Mark::WouldFail => "wouldFail",
        Mark::NotReached => "notReached",
    }
}
