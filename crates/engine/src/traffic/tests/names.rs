//! Names and ports: the application's lookup, and the listener that the port selects.

use super::*;
use crate::model::HttpScheme;

/// Node `target` with these listeners behind services `a.local` and `api.example.com`; node `client` with these
/// backends.
fn called(filter: &str, listeners: &[(u16, &str)], backends: &[&str]) -> Mesh {
    let (kind, mut a) = node("target", By::Dns, None, &[]);
    let mapping =
        |(port, protocol): &(u16, &str)| json!({"portMapping": {"port": port, "protocol": protocol}});
    a["spec"]["listeners"] = listeners.iter().map(mapping).collect();
    if listeners.is_empty() {
        a["spec"] = json!({});
    }
    mesh(&[
        (Kind::Mesh, json!({"spec": {"egressFilter": {"type": filter}}})),
        (kind, a),
        service("a.local", "node:target"),
        service("api.example.com", "node:target"),
        node("client", By::Dns, None, backends),
    ])
}

#[track_caller]
fn end(environment: &Environment, mesh: &Mesh, host: &str) -> (End, RouteHop) {
    let found = simulate(environment, mesh, &from_client(host), 1);
    (found.end, found.route)
}

/// A virtual service is not a DNS record: without a record there is no connection, whatever the egress filter
/// and the backends are.
#[test]
fn a_name_without_a_record_is_not_called() {
    for (filter, backends) in
        [("DROP_ALL", &["a.local"][..]), ("ALLOW_ALL", &["a.local"]), ("DROP_ALL", &[]), ("ALLOW_ALL", &[])]
    {
        let mesh = called(filter, &[(80, "http")], backends);
        let mut environment = environment(Families::V4, Families::V4);
        for host in ["a.local", "nobody.local", "nobody", "api.example.com", "A.LOCAL"] {
            let found = simulate(&environment, &mesh, &from_client(host), 1);
            let miss = RouteHop::Missed(RouteMiss::Unresolved(host.into()));
            assert_eq!((found.end, &found.route), (End::Unresolved, &miss), "{filter} {host}");
            // No Envoy sees the request, so none logs it.
            assert_eq!((found.reply.caller_flags, found.status()), ("", None));
            let lookup = Event::Lookup { host: host.into(), found: Lookup::Missing };
            assert_eq!(found.events[0], lookup);
            assert_eq!(found.events.len(), 2);
        }
        // Any record is enough for an HTTP backend.
        name(&mut environment, "a.local");
        let (end, _) = end(&environment, &mesh, "a.local");
        let expected = if backends.is_empty() { End::Closed } else { End::Answered };
        assert_eq!(end, expected, "{filter} {backends:?}");
        // Names ignore case and a trailing dot.
        assert_eq!(
            records(&environment, &[&mesh], "A.local.").map(|found| found.a.clone()),
            Some(vec![PLACEHOLDER])
        );
        // Withdrawn records count as missing.
        environment.dns.insert("a.local".into(), Rc::new(DnsRecords::default()));
        assert_eq!(self::end(&environment, &mesh, "a.local").0, End::Unresolved);
    }
}

/// Internet names resolve without a record; names of a mesh, a cluster or a VPC do not.
#[test]
fn only_names_of_the_internet_resolve_by_themselves() {
    let mesh = called("ALLOW_ALL", &[(80, "http")], &[]);
    let environment = Environment::default();
    for (host, resolves) in [
        ("example.com", true),
        ("EXAMPLE.ORG", true),
        ("www.gov.uk", true),
        ("s3.eu-west-1.amazonaws.com", true),
        ("appmesh.eu-west-1.api.aws", true),
        ("api.example.com", false),
        ("target.local", false),
        ("a.default.svc.cluster.local", false),
        ("db.internal", false),
        ("one.example", false),
        ("a.mesh", false),
        ("com", false),
        (".com", false),
        ("a..com", false),
        ("", false),
    ] {
        assert_eq!(records(&environment, &[&mesh], host).is_some(), resolves, "{host}");
        let expected = if resolves { End::Answered } else { End::Unresolved };
        assert_eq!(end(&environment, &mesh, host).0, expected, "{host}");
    }
}

/// The address of a name must be of an address family that the task has.
#[test]
fn a_task_of_one_family_calls_by_that_family() {
    let mesh = called("DROP_ALL", &[(80, "http")], &["a.local"]);
    for (task, a, aaaa, expected) in [
        ("both", true, true, End::Answered),
        ("both", true, false, End::Answered),
        ("v4", true, true, End::Answered),
        ("v4", false, true, End::Refused),
        ("v6", true, false, End::Refused),
        // The outbound listener is bound to IPv4 only.
        ("v6", true, true, End::Refused),
    ] {
        let mut environment = environment(Families::V4, Families::V4);
        let ipv4 = (task != "v6").then(|| [10, 0, 0, 8].into());
        let ipv6 = (task != "v4").then(|| "2001:db8::8".parse().unwrap());
        let client = Task::new(ipv4, ipv6, Families::BOTH);
        let registered =
            DnsRecords { a: client.ipv4.into_iter().collect(), aaaa: client.ipv6.into_iter().collect() };
        environment.tasks.insert("client".into(), Rc::new(client));
        environment.dns.insert("client.local".into(), Rc::new(registered));
        let records = DnsRecords {
            a: a.then_some(PLACEHOLDER).into_iter().collect(),
            aaaa: aaaa.then_some(PLACEHOLDER_V6).into_iter().collect(),
        };
        environment.dns.insert("a.local".into(), Rc::new(records));
        assert_eq!(end(&environment, &mesh, "a.local").0, expected, "{task} {a} {aaaa}");
    }
}

/// Without a port, a request uses the scheme's port, or the first port of a service that lacks it. The order of
/// listeners does not affect the scheme's port.
#[test]
fn a_port_that_is_not_named_is_the_schemes_own() {
    use HttpScheme::{Http, Https};
    for (listeners, scheme, expected) in [
        (&[(80, "http"), (443, "tcp")][..], Http, 80),
        (&[(443, "tcp"), (80, "http")], Http, 80),
        (&[(80, "http"), (443, "tcp")], Https, 443),
        (&[(443, "tcp"), (80, "http")], Https, 443),
        (&[(9080, "http"), (9081, "http")], Http, 9080),
        (&[(9080, "http"), (80, "http")], Http, 80),
        (&[], Http, 80),
        (&[], Https, 443),
    ] {
        let mesh = called("DROP_ALL", listeners, &["a.local"]);
        let request = Request { scheme, ..from_client("a.local") };
        assert_eq!(dialled_port(&mesh, &request), expected, "{listeners:?} {scheme}");
        assert_eq!(dialled_port(&mesh, &Request { port: Some(7), ..request }), 7);
    }
    let mesh = target_mesh(By::Dns, None, None);
    assert_eq!(dialled_port(&mesh, &both_clients()[0]), 8080);
}

/// Two TCP backends on one port share one filter chain: the one listed first answers, whatever the destination.
#[test]
fn tcp_backends_on_one_port_cannot_be_told_apart() {
    let tcp = |name: &str| {
        let (kind, mut node) = node(name, By::CloudMap, None, &[]);
        node["spec"]["listeners"][0]["portMapping"] = json!({"port": 80, "protocol": "tcp"});
        (kind, node)
    };
    let mut environment = environment(Families::V4, Families::V4);
    for host in ["one.local", "two.local"] {
        name(&mut environment, host);
    }
    for (backends, expected) in [(["one.local", "two.local"], "one"), (["two.local", "one.local"], "two")] {
        let mesh = mesh(&[
            mesh_input(None),
            tcp("one"),
            tcp("two"),
            service("one.local", "node:one"),
            service("two.local", "node:two"),
            node("client", By::Dns, None, &backends),
        ]);
        for host in ["one.local", "two.local"] {
            for port in [None, Some(80)] {
                let found = send(&environment, &mesh, &Request { port, ..from_client(host) });
                assert_eq!(
                    found.service.map(|hop| hop.node.to_string()),
                    Some(expected.to_owned()),
                    "{host} {port:?}"
                );
            }
        }
    }
}

/// An address in a URL matches the filter chain of its port (docs/facts/envoy.md#egress).
#[test]
fn an_address_meets_the_chain_of_its_port() {
    let mut environment = environment(Families::V4, Families::V4);
    name(&mut environment, "a.local");
    for (filter, protocol, backends, address, port, expected) in [
        ("DROP_ALL", "http", &["a.local"][..], "10.0.0.5", 8080, (End::EnvoyAnswered, Some(404))),
        ("ALLOW_ALL", "http", &["a.local"], "10.0.0.1", 8080, (End::EnvoyAnswered, Some(404))),
        ("DROP_ALL", "tcp", &["a.local"], "10.0.0.5", 8080, (End::Answered, Some(200))),
        ("DROP_ALL", "http", &["a.local"], "10.0.0.5", 8081, (End::Closed, None)),
        ("ALLOW_ALL", "http", &[], "10.0.0.1", 8080, (End::Answered, Some(200))),
        // An address of the VPC that no task has: packets vanish.
        ("ALLOW_ALL", "http", &[], "10.0.0.5", 8080, (End::Closed, None)),
        ("ALLOW_ALL", "http", &[], "192.0.2.5", 8080, (End::Answered, Some(200))),
        ("ALLOW_ALL", "http", &[], "127.0.0.1", 8080, (End::Refused, None)),
    ] {
        let mesh = called(filter, &[(8080, protocol)], backends);
        let mut request = Request { port: Some(port), ..from_client(address) };
        request.host = Some(format!("{address}:{port}").into());
        let found = simulate(&environment, &mesh, &request, 1);
        assert_eq!((found.end, found.status()), expected, "{filter} {protocol} {address}:{port}");
        // An address needs no lookup.
        assert!(!found.events.iter().any(|event| matches!(event, Event::Lookup { .. })));
    }
}
