//! `cert`: the signer and names of certificates, and the authorities in trust stores. Also curl's certificate checks.

use std::{collections::BTreeSet, rc::Rc};

use crate::command::Output;
use app_mesh_engine::{
    control_plane::Mesh,
    environment::{Answer, Certificate, Certificates, ITSELF, LONGEST, MOST_NAMES, is_certificate_word},
    model::{ClientPolicyTls, ListenerTls, SpecView, View},
    traffic::{Check, Client, Event, Outcome, Request, Stop, client_certificate, listener_certificate},
    world::World,
};
use playground_core::store::EnvironmentChange;

use super::{Call, url::Url};

/// Returns the change that states the authority and the names of a certificate; a fact that is `None` stays unchanged.
///
/// # Errors
/// Returns a message if the reference, the authority or a name is invalid.
pub(super) fn certificate(
    known: &Certificates,
    certificate: &str,
    authority: Option<&str>,
    names: Option<&str>,
) -> Result<EnvironmentChange, String> {
    let reference = reference(certificate)?;
    let mut stated = known.issued.get(certificate).map(|known| Certificate::clone(known)).unwrap_or_default();
    match authority {
        Some(ITSELF) => stated.authority = Some(reference.clone()),
        Some(authority) => stated.authority = Some(word(authority)?),
        None => {}
    }
    if let Some(names) = names {
        stated.names = Some(words(names)?);
    }
    Ok(EnvironmentChange::Certificate { certificate: reference, stated: Rc::new(stated) })
}

/// Returns the change that states the authorities in a trust store.
///
/// # Errors
/// Same as [`certificate`].
pub(super) fn trust(store: &str, authorities: &str) -> Result<EnvironmentChange, String> {
    Ok(EnvironmentChange::Trust { store: reference(store)?, authorities: words(authorities)? })
}

fn reference(text: &str) -> Result<Rc<str>, String> {
    if text.is_empty() || text.len() > LONGEST {
        Err("it needs a path, an ARN or the name of a secret".to_owned())
    } else {
        Ok(text.into())
    }
}

fn word(text: &str) -> Result<Rc<str>, String> {
    if is_certificate_word(text) {
        Ok(text.into())
    } else {
        Err(["`", text, "` is not a name; names have no spaces and are separated by commas"].concat())
    }
}

fn words(text: &str) -> Result<Vec<Rc<str>>, String> {
    if text == "-" {
        return Ok(Vec::new());
    }
    if text.split(',').count() > MOST_NAMES {
        return Err(format!("at most {MOST_NAMES} names can be given"));
    }
    text.split(',').map(word).collect()
}

/// Returns the certificates and trust stores that a mesh refers to, by reference; `true` marks a trust store.
fn references(mesh: &Mesh) -> BTreeSet<(bool, Rc<str>)> {
    let mut found = BTreeSet::new();
    for resource in mesh.resources() {
        match resource.spec.view() {
            SpecView::VirtualNode(node) => {
                let tls = node.listeners().unwrap_or_default().iter().filter_map(|listener| listener.tls());
                tls.for_each(|tls| of_listener(tls, &mut found));
                let backends = node.backends().unwrap_or_default().iter();
                let own = backends.filter_map(|backend| backend.virtual_service()?.client_policy()?.tls());
                own.for_each(|tls| of_client(tls, &mut found));
                let defaults = node.backend_defaults().and_then(|defaults| defaults.client_policy()?.tls());
                defaults.into_iter().for_each(|tls| of_client(tls, &mut found));
            }
            SpecView::VirtualGateway(gateway) => {
                let tls = gateway.listeners().iter().filter_map(|listener| listener.tls());
                tls.for_each(|tls| of_listener(tls, &mut found));
                let defaults =
                    gateway.backend_defaults().and_then(|defaults| defaults.client_policy()?.tls());
                defaults.into_iter().for_each(|tls| of_client(tls, &mut found));
            }
            _ => {}
        }
    }
    found
}

fn of_listener(tls: View<ListenerTls>, found: &mut BTreeSet<(bool, Rc<str>)>) {
    found.extend(listener_certificate(tls).map(|certificate| (false, certificate)));
    let Some(trust) = tls.validation().map(|validation| validation.trust()) else { return };
    let file = trust.file().map(|file| file.certificate_chain());
    let store = file.or_else(|| trust.sds().map(|sds| sds.secret_name()));
    found.extend(store.map(|store| (true, store.into())));
}

fn of_client(tls: View<ClientPolicyTls>, found: &mut BTreeSet<(bool, Rc<str>)>) {
    found.extend(client_certificate(tls).map(|certificate| (false, certificate)));
    let trust = tls.validation().trust();
    let file = trust.file().map(|file| file.certificate_chain());
    let store = file.or_else(|| trust.sds().map(|sds| sds.secret_name()));
    found.extend(store.map(|store| (true, store.into())));
    let arns = trust.acm().map(|acm| acm.certificate_authority_arns()).unwrap_or_default();
    found.extend(arns.iter().map(|arn| (true, arn.into())));
}

/// Returns every certificate and trust store that a mesh refers to or that has stated facts; `true` marks a trust
/// store.
pub(crate) fn all(world: &World) -> BTreeSet<(bool, Rc<str>)> {
    let known = &world.environment.certificates;
    let mut all: BTreeSet<_> = world.control_plane.meshes().flat_map(|(_, mesh)| references(mesh)).collect();
    all.extend(known.issued.iter().map(|(reference, _)| (false, reference.clone())));
    all.extend(known.trusted.iter().map(|(reference, _)| (true, reference.clone())));
    all
}

/// Runs `cert list`.
pub(super) fn list(call: &mut Call) -> Output {
    let world = call.context.playground.world().clone();
    let known = &world.environment.certificates;
    // Charge for each resource.
    call.work.counts(world.control_plane.meshes().map(|(_, mesh)| mesh.resources().count()).sum());
    let all = all(&world);
    call.work.counts(all.len());
    let mut text = String::new();
    for (is_store, reference) in &all {
        let line = if *is_store {
            let held = known.trusted.get(reference).map(|held| held.join(","));
            [reference, ": holds ", held.as_deref().unwrap_or("(assumed: the authorities of its peers)")]
                .concat()
        } else {
            let stated = known.issued.get(reference);
            let authority = stated.and_then(|stated| stated.authority.as_deref());
            let authority = if authority == Some(&**reference) { Some(ITSELF) } else { authority };
            let names = stated.and_then(|stated| stated.names.as_ref());
            let names = names.map(|names| if names.is_empty() { "-".to_owned() } else { names.join(",") });
            [
                reference,
                ": signed by ",
                authority.unwrap_or("(assumed: an authority its peer trusts)"),
                "; names ",
                names.as_deref().unwrap_or("(assumed: those its peer wants)"),
            ]
            .concat()
        };
        text.push_str(&line);
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("no mesh refers to a certificate, and nothing is stated of one\n");
    }
    Output::printed(text)
}

/// End of each message of curl about a refused certificate.
pub(super) const MORE: &str = "\nMore details here: https://curl.se/docs/sslcerts.html\n\n\
    curl failed to verify the legitimacy of the server and therefore could not\n\
    establish a secure connection to it. To learn more about this situation and\n\
    how to fix it, please visit the web page mentioned above.";

/// Returns the reason why curl itself refuses the certificate of a gateway; `None` if curl accepts it.
///
/// curl trusts the authorities in the file of `--cacert`, or else those of its system, which include no private
/// authority. If nothing is stated about a certificate, curl is assumed to trust it.
pub(super) fn refused(
    known: &Certificates,
    mesh: &Mesh,
    outcome: &Outcome,
    trust: Option<&str>,
    request: &Request,
    url: &Url,
) -> Option<String> {
    let certificate = of_gateway(mesh, outcome, request)?;
    let stores: Vec<Rc<str>> = trust.into_iter().map(Rc::from).collect();
    let why = if known.trusts(&stores, &certificate) == Answer::No {
        let problem = match known.is_self_signed(&certificate) {
            true => "self-signed certificate",
            false => "unable to get local issuer certificate",
        };
        ["SSL certificate problem: ", problem].concat()
    } else if known.has_name(&certificate, &[Rc::from(&*url.host)]) == Answer::No {
        ["SSL: no alternative certificate subject name matches target host name '", &url.host, "'"].concat()
    } else {
        return None;
    };
    Some(why + MORE)
}

/// Returns the certificate of the gateway listener to which a client opened a TLS connection.
fn of_gateway(mesh: &Mesh, outcome: &Outcome, request: &Request) -> Option<Rc<str>> {
    let Client::Gateway(gateway) = &request.client else { return None };
    let accepted = outcome.events.iter().find_map(|event| match event {
        // A listener without TLS presents no certificate. One that requires a client certificate presents its own
        // certificate first.
        Event::Gateway { port, listens: true, stop } if *stop != Some(Stop::TlsToPlaintext) => *port,
        _ => None,
    })?;
    let gateway = mesh.virtual_gateway(gateway)?;
    let listener = gateway.listeners().iter().find(|listener| listener.port_mapping().port() == accepted)?;
    listener_certificate(listener.tls()?)
}

/// Returns curl's exit code and message for a connection that a gateway closes in the TLS handshake.
///
/// Measured: with TLS 1.3, the server reports a refused client certificate with an alert, which curl usually receives
/// while it reads. Sometimes curl finds the connection closed while it still writes (exit code 55).
pub(super) fn closed(outcome: &Outcome) -> (u8, String) {
    const READ: &str = "OpenSSL SSL_read: ";
    let stop = outcome.events.iter().find_map(|event| match event {
        Event::Gateway { stop, .. } => *stop,
        _ => None,
    });
    let (code, before, error) = match stop {
        Some(Stop::NoCertificate) => (56, READ, "0A00045C:SSL routines::tlsv13 alert certificate required"),
        Some(Stop::UnknownClientAuthority) => (56, READ, "0A000418:SSL routines::tlsv1 alert unknown ca"),
        Some(Stop::OtherClientName) => (56, READ, "0A000416:SSL routines::sslv3 alert certificate unknown"),
        _ => (35, "", "0A00010B:SSL routines::wrong version number"),
    };
    let after = if code == 56 { ", errno 0" } else { "" };
    (code, [before, "OpenSSL/3.0.13: error:", error, after].concat())
}

/// Returns the results of the proxies' certificate checks as lines of `curl -v`: the reasons of a refusal, or else the
/// assumptions.
pub(super) fn notes(outcome: &Outcome) -> String {
    let last = outcome.events.iter().rev().find_map(|event| match event {
        Event::Tls(tls) => Some(tls),
        _ => None,
    });
    let Some(tls) = last else { return String::new() };
    let mut notes = Vec::new();
    if let Some([caller, target]) = tls.reasons() {
        notes.push(["Envoy of the caller: ", &*caller].concat());
        notes.push(["Envoy of the target: ", &*target].concat());
    } else {
        notes.extend(tls.server.iter().chain(&tls.client).flat_map(assumptions));
    }
    notes.iter().flat_map(|note| ["* ", note, "\n"]).collect()
}

/// Returns the assumptions about a certificate, with the commands that state the facts.
fn assumptions(check: &Check) -> Vec<String> {
    let (certificate, stores) = (&*check.certificate, check.trust.join(", "));
    let mut notes = Vec::new();
    if check.authority == Answer::Assumed {
        notes.push(format!("assumed: {certificate} is signed by an authority in {stores}"));
        notes.push(format!(
            "  (to state it: cert sign {certificate} AUTHORITY; cert trust {stores} AUTHORITY)"
        ));
    }
    if check.name == Answer::Assumed {
        notes.push(format!("assumed: {certificate} has the name {}", check.wanted.join(" or ")));
        notes.push(format!("  (to state it: cert names {certificate} NAME,NAME)"));
    }
    notes
}
