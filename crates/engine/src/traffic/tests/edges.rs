//! Behaviour of proxies at their edges: egress, the TLS of both sides, the listeners of gateways.
//!
//! Rule numbers are those of docs/facts/api-rules.md.

use super::*;
use crate::{
    environment::{Certificate, Family, Interception},
    model::HttpScheme,
    resolve::ListenerBind,
};

/// Checks a case of docs/facts/envoy.md#egress. `shape` is `drop`, `allow` or `kept` (`ALLOW_ALL` with the default
/// chain preserved beside backends), then the backend's protocol on 9080 or `-`, then the bind address.
#[track_caller]
fn check_egress(shape: &str, to: (&str, i64, &str, Family), expected: &str) {
    let words: Vec<_> = shape.split(' ').collect();
    let chain = |is_tcp| vec![Chain { service: "backend".into(), port: 9080, is_tcp }];
    let outbound = Outbound {
        chains: match words[1] {
            "http" => chain(false),
            "tcp" => chain(true),
            _ => Vec::new(),
        },
        passes_others: words[0] == "kept" || (words[0] == "allow" && words[1] == "-"),
        allows_all: words[0] != "drop",
        bind: if words[2] == "::" { ListenerBind::DualStack } else { ListenerBind::Ipv4 },
        interception: Interception::Both,
    };
    let (host, port, scheme, family) = to;
    let scheme = scheme.parse().unwrap();
    let dialled = Dialled { host, port, authority: host, scheme, family };
    let found = match outbound.take(&dialled) {
        Egress::Backend { service, .. } => format!("to {service}"),
        Egress::OtherHost { .. } => "404".to_owned(),
        Egress::Dropped { allows_all } => {
            format!("dropped{}", if allows_all { " by the backends" } else { "" })
        }
        other => format!("{other:?}").to_lowercase(),
    };
    assert_eq!(found, expected, "{shape} {to:?}");
}

#[test]
fn egress_is_as_measured() {
    let v4 = |host, port| (host, port, "http", Family::V4);
    let v6 = |host, port| (host, port, "http", Family::V6);
    for (shape, to, expected) in [
        ("drop - 0.0.0.0", v4("other", 80), "dropped"),
        ("drop http 0.0.0.0", v4("backend", 9080), "to backend"),
        ("allow http 0.0.0.0", v4("backend", 9080), "to backend"),
        ("drop http 0.0.0.0", v4("other", 9080), "404"),
        ("allow http 0.0.0.0", v4("other", 9080), "404"),
        ("drop http 0.0.0.0", v4("backend", 9081), "dropped"),
        ("kept http 0.0.0.0", v4("other", 80), "passedthrough"),
        ("kept tcp 0.0.0.0", v4("other", 9080), "to backend"),
        ("allow - 0.0.0.0", v4("other", 80), "passedthrough"),
        ("allow - 0.0.0.0", v6("other", 80), "refused"),
        ("allow - ::", v6("other", 80), "passedthrough"),
        ("allow - ::", v4("other", 80), "passedthrough"),
        ("drop http ::", v6("backend", 9080), "to backend"),
        // M2: a node that names any backend must name all its egress.
        ("allow http 0.0.0.0", v4("other", 80), "dropped by the backends"),
        // M1: always allowed, but only by its SNI on port 443 (docs/facts/envoy.md#aws).
        ("drop - 0.0.0.0", ("s3.amazonaws.com", 443, "https", Family::V4), "amazon"),
        ("drop tcp 0.0.0.0", ("s3.amazonaws.com", 443, "https", Family::V4), "amazon"),
        ("drop tcp 0.0.0.0", ("s3.amazonaws.com", 9080, "https", Family::V4), "to backend"),
        ("drop - 0.0.0.0", ("s3.amazonaws.com", 8443, "https", Family::V4), "dropped"),
        ("drop - 0.0.0.0", v4("s3.amazonaws.com", 443), "dropped"),
        ("drop - 0.0.0.0", v4("s3.amazonaws.com", 80), "dropped"),
        ("drop http 0.0.0.0", v4("s3.amazonaws.com", 9080), "404"),
        ("drop - 0.0.0.0", ("evilamazonaws.com", 443, "https", Family::V4), "dropped"),
        // Names are case-insensitive, and may include the port.
        ("drop http 0.0.0.0", v4("BACKEND", 9080), "to backend"),
        ("drop http 0.0.0.0", v4("backend:9080", 9080), "to backend"),
        ("drop http 0.0.0.0", v4("backend:81", 9080), "404"),
    ] {
        check_egress(shape, to, expected);
    }
}

/// A mesh with this egress filter, in which node `client` lists `backends`.
fn egress_mesh(filter: &str, backends: &[&str]) -> Mesh {
    mesh(&[
        (Kind::Mesh, json!({"spec": {"egressFilter": {"type": filter}}})),
        node("target", By::Dns, None, &[]),
        service("s", "node:target"),
        node("client", By::Dns, None, backends),
    ])
}

#[test]
fn what_leaves_the_mesh_is_answered_dropped_or_refused() {
    let v4 = environment(Families::V4, Families::V4);
    for (filter, backends, host, status, end, flags) in [
        ("ALLOW_ALL", &[][..], "example.com", Some(200), End::Answered, "-"),
        ("ALLOW_ALL", &["s"], "example.com", None, End::Closed, "NR"),
        ("DROP_ALL", &[], "example.com", None, End::Closed, "NR"),
        ("ALLOW_ALL", &[], "2001:db8::99", None, End::Refused, "-"),
        ("ALLOW_ALL", &["s"], "s", Some(200), End::Answered, "-"),
        // Not a backend, but passed through to its address like any other host.
        ("ALLOW_ALL", &[], "target.local", Some(200), End::Answered, "-"),
    ] {
        let found = simulate(&v4, &egress_mesh(filter, backends), &from_client(host), 1);
        assert_eq!(
            (found.status(), found.end, found.reply.caller_flags),
            (status, end, flags),
            "{filter} {host}"
        );
        assert_eq!(found.events.last(), Some(&Event::Reply(found.reply.clone())));
    }
    let mut stopped = v4;
    Rc::make_mut(stopped.tasks.get_mut("task").unwrap()).is_running = false;
    let found = simulate(&stopped, &egress_mesh("ALLOW_ALL", &[]), &from_client("target.local"), 1);
    assert_eq!((found.status(), found.end), (None, End::Closed));
}

/// Checks a request from a client with these policies to a target whose listener has this TLS. `expected` is the
/// flags of the reply, or `ok`.
#[track_caller]
fn check_tls(listener: Value, own: Value, defaults: Value, expected: &str, cause: Option<TlsCause>) {
    let (kind, mut target) = node("target", By::Dns, None, &[]);
    target["spec"]["listeners"][0]["tls"] = listener.clone();
    let (client_kind, mut client) = node("client", By::Dns, None, &["s"]);
    client["spec"]["backends"][0]["virtualService"]["clientPolicy"] = own.clone();
    client["spec"]["backendDefaults"] = json!({"clientPolicy": defaults});
    let mesh = mesh(&[mesh_input(None), (kind, target), service("s", "node:target"), (client_kind, client)]);
    let found = simulate(&environment(Families::V4, Families::V4), &mesh, &from_client("s"), 0);
    let told = format!("{listener} {own} {defaults}");
    let reply = &found.reply;
    let flags = if found.arrives() { "ok" } else { reply.caller_flags };
    assert_eq!(flags, expected, "{told}");
    assert_eq!(reply.status, if expected == "ok" { 200 } else { 503 }, "{told}");
    let tls = found.reach.as_ref().unwrap().tls.clone().unwrap();
    assert_eq!(tls.cause, cause, "{told}");
    assert!(found.events.contains(&Event::Tls(tls)));
}

#[test]
fn tls_is_negotiated_as_the_guide_says_and_fails_as_envoy_does() {
    let certificate = || json!({"file": {"certificateChain": "/c", "privateKey": "/k"}});
    let listener = |mode: &str| json!({"certificate": certificate(), "mode": mode});
    let mutual = |mode: &str| {
        let mut tls = listener(mode);
        tls["validation"] = json!({"trust": {"file": {"certificateChain": "/ca"}}});
        tls
    };
    let trust = || json!({"trust": {"file": {"certificateChain": "/ca"}}});
    let policy = || json!({"tls": {"validation": trust()}});
    let ports = |port: u16| json!({"tls": {"validation": trust(), "ports": [port]}});
    let relaxed = || json!({"tls": {"validation": trust(), "enforce": false}});
    let with_certificate = || json!({"tls": {"validation": trust(), "certificate": certificate()}});
    let none = || Value::Null;
    let (own, defaults, server) =
        (Some(TlsCause::BackendPolicy), Some(TlsCause::DefaultPolicy), Some(TlsCause::Listener));
    // Without a policy the listener decides.
    check_tls(none(), none(), none(), "ok", None);
    check_tls(listener("STRICT"), none(), none(), "ok", server);
    check_tls(listener("PERMISSIVE"), none(), none(), "ok", server);
    check_tls(listener("DISABLED"), none(), none(), "ok", None);
    // Measured: TLS to a listener without it is a failed connection, which is retried.
    check_tls(none(), policy(), none(), "URX,UF", own);
    check_tls(listener("DISABLED"), none(), policy(), "URX,UF", defaults);
    check_tls(listener("STRICT"), policy(), none(), "ok", own);
    check_tls(listener("PERMISSIVE"), none(), policy(), "ok", defaults);
    // N16: a policy for other ports does not apply, and one that is not enforced leaves the decision to the listener.
    check_tls(none(), ports(9080), none(), "URX,UF", own);
    check_tls(none(), ports(9081), none(), "ok", None);
    check_tls(none(), relaxed(), none(), "ok", None);
    check_tls(listener("STRICT"), relaxed(), none(), "ok", own);
    check_tls(listener("STRICT"), ports(9081), none(), "ok", server);
    // The backend's own policy, even one without TLS, takes precedence over the defaults.
    check_tls(none(), json!({}), policy(), "ok", None);
    check_tls(none(), relaxed(), policy(), "ok", None);
    // Mutual TLS. Measured: a handshake failure, which is retried.
    check_tls(mutual("STRICT"), policy(), none(), "URX,UF", own);
    check_tls(mutual("STRICT"), with_certificate(), none(), "ok", own);
    check_tls(mutual("PERMISSIVE"), none(), none(), "URX,UF", server);
    check_tls(mutual("DISABLED"), none(), none(), "ok", None);
}

/// Checks an outside client against the TLS of a gateway's listener. Measured: no refused client sees an answer.
#[test]
fn a_gateway_closes_what_does_not_fit_its_listener() {
    use HttpScheme::{Http, Https};
    let certificate = || json!({"file": {"certificateChain": "/c", "privateKey": "/k"}});
    let trust = || json!({"trust": {"file": {"certificateChain": "/ca"}}});
    let mode = |mode: &str| json!({"certificate": certificate(), "mode": mode});
    let mutual = || json!({"certificate": certificate(), "mode": "STRICT", "validation": trust()});
    for (tls, scheme, port, expected) in [
        (Value::Null, Http, None, End::Answered),
        (Value::Null, Https, None, End::Closed),
        (mode("STRICT"), Http, None, End::Closed),
        (mode("STRICT"), Https, None, End::Answered),
        (mode("PERMISSIVE"), Http, None, End::Answered),
        (mode("PERMISSIVE"), Https, None, End::Answered),
        (mode("DISABLED"), Https, None, End::Closed),
        (mutual(), Https, None, End::Closed),
        (Value::Null, Http, Some(8080), End::Answered),
        (Value::Null, Http, Some(8081), End::Refused),
    ] {
        let (kind, mut gateway) = gateway();
        gateway["spec"]["listeners"][0]["tls"] = tls.clone();
        let mesh = mesh(&[
            mesh_input(None),
            node("target", By::Dns, None, &[]),
            service("s", "node:target"),
            (kind, gateway),
            gateway_route("all", json!({"prefix": "/"}), "s", json!({})),
        ]);
        let mut request = both_clients()[0].clone();
        (request.scheme, request.port) = (scheme, port);
        let found = simulate(&environment(Families::V4, Families::V4), &mesh, &request, 0);
        assert_eq!(found.end, expected, "{tls} {scheme} {port:?}");
        assert_eq!(found.status(), (expected == End::Answered).then_some(200));
    }
}

/// Stated facts about certificates decide; the caller checks before the listener.
#[test]
fn what_is_stated_of_certificates_decides() {
    let certificate = |path: &str| json!({"file": {"certificateChain": path, "privateKey": "/k"}});
    let trust = |path: &str, names: &[&str]| match names {
        [] => json!({"trust": {"file": {"certificateChain": path}}}),
        names => {
            json!({"trust": {"file": {"certificateChain": path}}, "subjectAlternativeNames": {"match": {"exact": names}}})
        }
    };
    let mut environment = environment(Families::V4, Families::V4);
    let certificates = Rc::make_mut(&mut environment.certificates);
    for (reference, authority, names) in [
        ("/one", "one", &["target.local"][..]),
        ("/two", "two", &["target.local"]),
        ("/self", "/self", &["target.local"]),
        ("/other-name", "one", &["x.local", "spiffe://m/x"]),
        ("/no-name", "one", &[]),
    ] {
        let names = names.iter().map(|name| Rc::from(*name)).collect();
        let stated = Certificate { authority: Some(authority.into()), names: Some(names) };
        certificates.issued.insert(reference.into(), Rc::new(stated));
    }
    certificates.trusted.insert("/trust-one".into(), Rc::new(vec!["one".into()]));
    const FAILED: &str = "CERTIFICATE_VERIFY_FAILED:verify_cert_failed:";
    const ISSUER: &str = "depth_0:_unable_to_get_local_issuer_certificate";
    for (server, asks, asks_names, trusts, names, shows, expected, details) in [
        ("/one", "", &[][..], "/trust-one", &[][..], "", None, ""),
        ("/two", "", &[], "/trust-one", &[], "", Some(Stop::UnknownAuthority), ISSUER),
        (
            "/self",
            "",
            &[],
            "/trust-one",
            &[],
            "",
            Some(Stop::UnknownAuthority),
            "depth_0:_self_signed_certificate",
        ),
        ("/self", "", &[], "/self", &[], "", None, ""),
        (
            "/other-name",
            "",
            &[],
            "/trust-one",
            &[],
            "",
            Some(Stop::OtherName),
            "SANs_are_[x.local,_spiffe://m/x]",
        ),
        ("/other-name", "", &[], "/trust-one", &["spiffe://m/x"], "", None, ""),
        ("/no-name", "", &[], "/trust-one", &[], "", Some(Stop::OtherName), "SANs_are_[]"),
        ("/two", "", &[], "", &[], "", None, ""),
        ("/two", "", &[], "/not-stated", &[], "", None, ""),
        ("/not-stated", "", &[], "/trust-one", &["any"], "", None, ""),
        ("/one", "/trust-one", &[], "/trust-one", &[], "/one", None, ""),
        (
            "/one",
            "/trust-one",
            &[],
            "/trust-one",
            &[],
            "",
            Some(Stop::NoCertificate),
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
        ),
        (
            "/one",
            "/trust-one",
            &[],
            "/trust-one",
            &[],
            "/two",
            Some(Stop::UnknownClientAuthority),
            "TLSV1_ALERT_UNKNOWN_CA",
        ),
        (
            "/one",
            "/trust-one",
            &["y"],
            "/trust-one",
            &[],
            "/one",
            Some(Stop::OtherClientName),
            "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        ),
        ("/two", "/trust-one", &["y"], "/trust-one", &[], "/two", Some(Stop::UnknownAuthority), ISSUER),
    ] {
        let (kind, mut target) = node("target", By::Dns, None, &[]);
        target["spec"]["listeners"][0]["tls"] = json!({"certificate": certificate(server), "mode": "STRICT"});
        if !asks.is_empty() {
            target["spec"]["listeners"][0]["tls"]["validation"] = trust(asks, asks_names);
        }
        let (client_kind, mut client) = node("client", By::Dns, None, &["s"]);
        if !trusts.is_empty() {
            let mut tls = json!({"validation": trust(trusts, names)});
            if !shows.is_empty() {
                tls["certificate"] = certificate(shows);
            }
            client["spec"]["backendDefaults"] = json!({"clientPolicy": {"tls": tls}});
        }
        let mesh =
            mesh(&[mesh_input(None), (kind, target), service("s", "node:target"), (client_kind, client)]);
        let found = simulate(&environment, &mesh, &from_client("s"), 0);
        let case = format!("{server} {asks} {asks_names:?} {trusts} {names:?} {shows}");
        let reach = found.reach.as_ref().unwrap();
        assert_eq!(reach.tls.as_ref().unwrap().stop(), expected, "{case}");
        assert_eq!(reach.met(), expected.map(|_| Fault::Tls), "{case}");
        let reply = &found.reply;
        assert_eq!(reply.status, if expected.is_some() { 503 } else { 200 }, "{case}");
        if expected.is_some() {
            assert_eq!(
                (reply.caller_flags, reply.attempts, reply.target_flags),
                ("URX,UF", 3, None),
                "{case}"
            );
            assert!(
                reply.caller_details.ends_with(&format!("{details}:TLS_error_end}}")),
                "{case} {reply:?}"
            );
            let is_own = matches!(expected, Some(Stop::UnknownAuthority | Stop::OtherName));
            assert_eq!(reply.caller_details.contains(FAILED), is_own, "{case}");
        }
    }
}
