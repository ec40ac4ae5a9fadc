//! Whole requests: retries, hosts that take turns, weights, ports, gRPC and TCP.

use std::net::IpAddr;

use super::*;

/// Checks a request to a target that fails as `how` says, under a retry policy: status, gRPC status, flags, tries.
#[track_caller]
fn check_retries(policy: Option<Value>, how: &str, grpc: bool, expected: (u16, Option<u8>, &str, u32)) {
    let (member, mut route) = match grpc {
        true => ("grpcRoute", json!({"match": {}})),
        false => ("httpRoute", json!({"match": {"prefix": "/"}})),
    };
    route["action"] = json!({"weightedTargets": [{"virtualNode": "target", "weight": 1}]});
    route["retryPolicy"] = policy.clone().unwrap_or_default();
    if how == "late" {
        route["timeout"] = json!({"perRequest": {"unit": "ms", "value": 1500}});
    }
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        router("vr", &[(9080, if grpc { "grpc" } else { "http" })]),
        service("s", "router:vr"),
        (Kind::Route, json!({"virtualRouterName": "vr", "routeName": "r", "spec": {member: route}})),
        node("client", By::Dns, None, &["s"]),
    ]);
    let mut environment = match how {
        "refused" => environment(Families::V6, Families::V4),
        "app" => environment(Families::V4, Families::V6),
        "nobody" => environment(Families::default(), Families::V4),
        _ => environment(Families::V4, Families::V4),
    };
    if matches!(how, "gone" | "late") {
        Rc::make_mut(environment.tasks.get_mut("task").unwrap()).is_running = false;
    }
    environment.default_retries = policy.is_none();
    let mut request = from_client("s");
    if grpc {
        request.protocol = Protocol::Grpc { service: "s.S".into(), method: "M".into() };
    }
    let reply = simulate(&environment, &mesh, &request, 3).reply;
    let found = (reply.status, reply.grpc_status, reply.caller_flags, reply.attempts);
    assert_eq!(found, expected, "{policy:?} {how} {grpc}");
    assert_eq!(reply.body.contains("retried"), reply.attempts > 1 && how != "app" && how != "late");
}

#[test]
fn retries_follow_the_policy_of_the_route() {
    let policy = |member: &str, event: &str, most: i64| {
        let timeout = json!({"unit": "s", "value": 1});
        Some(json!({member: [event], "maxRetries": most, "perRetryTimeout": timeout}))
    };
    let tcp = |most| policy("tcpRetryEvents", "connection-error", most);
    let on = |event: &str| policy("httpRetryEvents", event, 1);
    let (http, grpc) = (false, true);
    // The default policy.
    check_retries(None, "refused", http, (503, None, "URX,UF", 3));
    check_retries(None, "app", http, (503, None, "URX", 3));
    check_retries(None, "nobody", http, (503, None, "UH", 1));
    check_retries(None, "gone", http, (503, None, "URX,UF", 3));
    check_retries(None, "fine", http, (200, None, "-", 1));
    // Measured: gRPC gets HTTP status 200 and gRPC status 14.
    check_retries(None, "refused", grpc, (200, Some(14), "URX,UF", 3));
    check_retries(None, "app", grpc, (200, Some(14), "URX", 3));
    check_retries(None, "nobody", grpc, (200, Some(14), "UH", 1));
    check_retries(None, "fine", grpc, (200, Some(0), "-", 1));
    // The route's own policy. Measured, event by event.
    check_retries(tcp(1), "refused", http, (503, None, "URX,UF", 2));
    check_retries(tcp(1), "app", http, (503, None, "-", 1));
    check_retries(tcp(0), "refused", http, (503, None, "URX,UF", 1));
    check_retries(tcp(i64::MAX), "app", http, (503, None, "-", 1));
    check_retries(tcp(200_000), "refused", http, (503, None, "URX,UF", 200_001));
    check_retries(on("server-error"), "app", http, (503, None, "URX", 2));
    check_retries(on("gateway-error"), "app", http, (503, None, "URX", 2));
    check_retries(on("server-error"), "refused", http, (503, None, "URX,UF", 2));
    check_retries(on("client-error"), "refused", http, (503, None, "UF", 1));
    check_retries(on("stream-error"), "app", http, (503, None, "-", 1));
    check_retries(on("server-error"), "nobody", http, (503, None, "UH", 1));
    check_retries(policy("grpcRetryEvents", "unavailable", 3), "app", grpc, (200, Some(14), "URX", 4));
    check_retries(policy("grpcRetryEvents", "internal", 3), "app", grpc, (200, Some(14), "-", 1));
    check_retries(policy("grpcRetryEvents", "unavailable", 3), "refused", grpc, (200, Some(14), "UF", 1));
    // Three connection attempts without an answer take three seconds.
    check_retries(None, "late", http, (504, None, "UT", 2));
    check_retries(tcp(0), "late", http, (503, None, "URX,UF", 1));
    check_retries(None, "late", grpc, (200, Some(14), "UT", 2));
}

/// Two tasks of `target`, `10.0.0.1` and `10.0.0.2`; the first may be stopped.
fn two_tasks(first_runs: bool) -> Environment {
    let mut environment = environment(Families::V4, Families::V4);
    let second = Task::new(Some([10, 0, 0, 2].into()), None, Families::V4);
    environment.tasks.insert("second".into(), Rc::new(second));
    Rc::make_mut(environment.tasks.get_mut("task").unwrap()).is_running = first_runs;
    let records = DnsRecords { a: vec![[10, 0, 0, 1].into(), [10, 0, 0, 2].into()], aaaa: Vec::new() };
    environment.dns.insert("target.local".into(), Rc::new(records));
    let instance = |id: &str, last: u8| Instance {
        id: id.into(),
        ipv4: Some([10, 0, 0, last].into()),
        ipv6: None,
        attributes: TextMap::new(),
    };
    environment.cloud_map.insert(cloud_map_target(), Rc::new(vec![instance("a", 1), instance("b", 2)]));
    environment
}

/// Checks the status and attempts of requests with seeds 0 to 31, without duplicates. `by` is how node `target` is
/// found, `endpoints` is whether DNS answers with endpoints, and `retries` is whether the default retries are on.
#[track_caller]
fn check_hosts(by: By, endpoints: bool, retries: bool, first_runs: bool, expected: &[(u16, u32)]) {
    let (kind, mut target) = node("target", by, None, &[]);
    if endpoints {
        target["spec"]["serviceDiscovery"]["dns"]["responseType"] = json!("ENDPOINTS");
    }
    let mesh = mesh(&[
        mesh_input(None),
        (kind, target),
        service("s", "node:target"),
        node("client", By::Dns, None, &["s"]),
    ]);
    let mut environment = two_tasks(first_runs);
    environment.default_retries = retries;
    let mut found: Vec<_> = (0..32)
        .map(|seed| simulate(&environment, &mesh, &from_client("s"), seed).reply)
        .map(|reply| (reply.status, reply.attempts))
        .collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, expected, "{by:?} {endpoints} {retries}");
}

/// Measured (docs/facts/envoy.md#next-address): a host with several addresses tries the next one itself; hosts that
/// take turns alternate, and a retry usually saves the request.
#[test]
fn hosts_that_take_turns_fail_in_turns() {
    check_hosts(By::Dns, false, false, true, &[(200, 1)]);
    check_hosts(By::Dns, false, false, false, &[(200, 1)]);
    check_hosts(By::Dns, true, false, false, &[(200, 1), (503, 1)]);
    check_hosts(By::Dns, true, true, false, &[(200, 1), (200, 2)]);
    check_hosts(By::CloudMap, false, false, false, &[(200, 1), (503, 1)]);
    check_hosts(By::CloudMap, false, true, false, &[(200, 1), (200, 2)]);
    check_hosts(By::CloudMap, false, true, true, &[(200, 1)]);
}

/// Each instance provides its preferred address, otherwise its other one, otherwise none. `expected` lists the
/// addresses by preference.
#[test]
fn each_instance_gives_its_own_address() {
    let mut environment = environment(Families::BOTH, Families::BOTH);
    let instance = |ipv4: Option<[u8; 4]>, ipv6: Option<&str>| Instance {
        id: "i".into(),
        ipv4: ipv4.map(Into::into),
        ipv6: ipv6.map(|text| text.parse().unwrap()),
        attributes: TextMap::new(),
    };
    let instances = vec![
        instance(Some([10, 0, 0, 1]), None),
        instance(None, Some("2001:db8::2")),
        instance(Some([10, 0, 0, 3]), Some("2001:db8::3")),
        instance(None, None),
    ];
    environment.cloud_map.insert(cloud_map_target(), Rc::new(instances));
    let expected = [
        "10.0.0.1 2001:db8::2 10.0.0.3",
        "10.0.0.1 2001:db8::2 2001:db8::3",
        "10.0.0.1 2001:db8::2 10.0.0.3",
        "2001:db8::2 2001:db8::3",
        "10.0.0.1 10.0.0.3",
    ];
    for (preference, expected) in PREFERENCES.into_iter().zip(expected) {
        let mesh = target_mesh(By::CloudMap, preference, None);
        let reach = reach(&environment, &mesh, "target").unwrap();
        let Discovery::Found { hosts, is_one_host, address, .. } = &reach.discovery else {
            panic!("{reach:?}")
        };
        let told: Vec<_> = hosts.iter().map(IpAddr::to_string).collect();
        assert_eq!(told.join(" "), expected, "{preference:?}");
        assert_eq!((*is_one_host, address), (false, &hosts[0]));
    }
}

fn weighted_mesh(weights: &[(&str, u8)]) -> Mesh {
    let target = |(node, weight): &(&str, u8)| json!({"virtualNode": node, "weight": weight});
    let targets: Vec<_> = weights.iter().map(target).collect();
    let spec = json!({"httpRoute": {"match": {"prefix": "/"}, "action": {"weightedTargets": targets}}});
    mesh(&[
        mesh_input(None),
        node("a", By::Dns, None, &[]),
        node("b", By::Dns, None, &[]),
        node("c", By::Dns, None, &[]),
        router("vr", &[(9080, "http")]),
        service("s", "router:vr"),
        (Kind::Route, json!({"virtualRouterName": "vr", "routeName": "r", "spec": spec})),
        node("client", By::Dns, None, &["s"]),
    ])
}

#[test]
fn requests_are_split_by_weight_and_the_same_seed_splits_alike() {
    let mut environment = Environment::default();
    name(&mut environment, "s");
    for weights in [&[("a", 90), ("b", 10)][..], &[("a", 1), ("b", 1), ("c", 1)], &[("a", 0), ("b", 100)]] {
        let mesh = weighted_mesh(weights);
        let splits = split(&environment, &mesh, &from_client("s"), 10_000, 7);
        assert_eq!(splits, split(&environment, &mesh, &from_client("s"), 10_000, 7));
        assert_eq!(splits.iter().map(|split| split.seen).sum::<u32>(), 10_000);
        let sum: u32 = weights.iter().map(|(_, weight)| u32::from(*weight)).sum();
        for (split, (node, weight)) in splits.iter().zip(weights) {
            assert_eq!(
                (&*split.target.node, split.target.weight, split.sum),
                (*node, i64::from(*weight), i64::from(sum))
            );
            // Four standard deviations of the widest case are 200.
            let expected = 10_000 * u32::from(*weight) / sum;
            assert!(split.seen.abs_diff(expected) < 200, "{split:?}");
            assert!(*weight > 0 || split.seen == 0);
        }
    }
    // If no target has a weight, all are equal.
    let even = split(&environment, &weighted_mesh(&[("a", 0), ("b", 0)]), &from_client("s"), 1_000, 1);
    assert!(even.iter().all(|split| split.seen > 400), "{even:?}");
    // There are no targets.
    assert_eq!(split(&environment, &weighted_mesh(&[("a", 1)]), &from_client("ghost"), 10, 1), []);
    // One request selects the same target as a split of one request with the same seed.
    let mesh = weighted_mesh(&[("a", 1), ("b", 1)]);
    for seed in 0..64 {
        let one = simulate(&environment, &mesh, &from_client("s"), seed).service.unwrap().node;
        let of = split(&environment, &mesh, &from_client("s"), 1, seed);
        assert_eq!(of.iter().find(|split| split.seen == 1).unwrap().target.node, one);
    }
}

/// Checks a request whose protocol is that of the router's listener, or is not: end, status, gRPC status, flags.
#[track_caller]
fn check_protocol(listener: &str, member: &str, protocol: Protocol, expected: (End, u16, Option<u8>, &str)) {
    let mut route = json!({"action": {"weightedTargets": [{"virtualNode": "target", "weight": 1}]}});
    match member {
        "tcpRoute" => {}
        "grpcRoute" => route["match"] = json!({}),
        _ => route["match"] = json!({"prefix": "/"}),
    }
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        router("vr", &[(9080, listener)]),
        service("s", "router:vr"),
        (Kind::Route, json!({"virtualRouterName": "vr", "routeName": "r", "spec": {member: route}})),
        node("client", By::Dns, None, &["s"]),
    ]);
    let mut request = from_client("s");
    request.protocol = protocol;
    let found = simulate(&environment(Families::V4, Families::V4), &mesh, &request, 0);
    let reply = &found.reply;
    assert_eq!(
        (found.end, reply.status, reply.grpc_status, reply.caller_flags),
        expected,
        "{listener} {member}"
    );
}

#[test]
fn protocols_meet_or_miss_each_other_as_in_envoy() {
    use Protocol::{Http, Http2, Tcp};
    let grpc = || Protocol::Grpc { service: "s.S".into(), method: "M".into() };
    let ok = |status, grpc| (End::Answered, status, grpc, "-");
    check_protocol("http", "httpRoute", Http, ok(200, None));
    check_protocol("http", "httpRoute", Http2, ok(200, None));
    check_protocol("http2", "http2Route", Http, ok(200, None));
    check_protocol("grpc", "grpcRoute", grpc(), ok(200, Some(0)));
    check_protocol("http", "httpRoute", grpc(), ok(200, Some(0)));
    check_protocol("tcp", "tcpRoute", Tcp, ok(0, None));
    // A TCP proxy forwards HTTP like any other bytes.
    check_protocol("tcp", "tcpRoute", Http, ok(200, None));
    // Measured: a gRPC route matches nothing else; a request without a route gets 404, or gRPC status 12.
    check_protocol("grpc", "grpcRoute", Http, (End::EnvoyAnswered, 404, None, "NR"));
    // R3 (docs/facts/api-rules.md#r3): a route has no effect on a listener of another protocol.
    check_protocol("http", "tcpRoute", Http, (End::EnvoyAnswered, 404, None, "NR"));
    check_protocol("http", "tcpRoute", grpc(), (End::EnvoyAnswered, 200, Some(12), "NR"));
    check_protocol("tcp", "httpRoute", Tcp, (End::Closed, 0, None, "NR"));
    // Measured: bytes that are not HTTP get status 400.
    check_protocol("http", "httpRoute", Tcp, (End::EnvoyAnswered, 400, None, "DPE"));
}

/// Measured: a TCP proxy closes the connection, with `UH` if it has no host and `UF,URX` if the host refuses.
#[test]
fn tcp_is_closed_where_http_is_answered() {
    let (kind, mut target) = node("target", By::Dns, None, &[]);
    target["spec"]["listeners"][0]["portMapping"]["protocol"] = json!("tcp");
    let mesh = mesh(&[
        mesh_input(None),
        (kind, target),
        service("s", "node:target"),
        node("client", By::Dns, None, &["s"]),
    ]);
    let mut request = from_client("s");
    request.protocol = Protocol::Tcp;
    for (records, app, end, flags, target_flags) in [
        (Families::V4, Families::V4, End::Answered, "-", Some("-")),
        (Families::V6, Families::V4, End::Closed, "UF,URX", None),
        (Families::V4, Families::V6, End::Closed, "-", Some("UF,URX")),
        (Families::default(), Families::V4, End::Closed, "UH", None),
    ] {
        let found = simulate(&environment(records, app), &mesh, &request, 0);
        let reply = &found.reply;
        assert_eq!((found.end, found.status()), (end, None));
        assert_eq!((reply.caller_flags, reply.target_flags, reply.attempts), (flags, target_flags, 1));
    }
}

/// A router and a node with several ports: which node answers a request to a port, and on which of the node's ports.
#[test]
fn ports_pick_listeners_and_routes() {
    let (kind, mut two_ports) = node("two", By::Dns, None, &[]);
    let second = json!({"portMapping": {"port": 9081, "protocol": "http"}});
    two_ports["spec"]["listeners"].as_array_mut().unwrap().push(second);
    let route = |name: &str, port: u16, node: &str, to: u16| {
        let targets = json!([{"virtualNode": node, "weight": 1, "port": to}]);
        let spec = json!({"httpRoute": {"match": {"port": port}, "action": {"weightedTargets": targets}}});
        (Kind::Route, json!({"virtualRouterName": "vr", "routeName": name, "spec": spec}))
    };
    let target = json!({"virtualService": {"virtualServiceName": "s"}, "port": 81});
    let spec = json!({"httpRoute": {"match": {"prefix": "/"}, "action": {"target": target}}});
    let mesh = mesh(&[
        mesh_input(None),
        (kind, two_ports),
        node("target", By::Dns, None, &[]),
        router("vr", &[(80, "http"), (81, "http")]),
        service("s", "router:vr"),
        route("a", 80, "two", 9081),
        route("b", 81, "target", 9080),
        node("client", By::Dns, None, &["s"]),
        gateway(),
        (Kind::GatewayRoute, json!({"virtualGatewayName": "g", "gatewayRouteName": "r", "spec": spec})),
    ]);
    let environment = environment(Families::V4, Families::V4);
    let ask = |request: &Request| {
        let found = simulate(&environment, &mesh, request, 0);
        found.service.map(|hop| (hop.node.to_string(), found.reach.unwrap().port)).ok_or(found.route)
    };
    let to = |port| ask(&Request { port, ..from_client("s") });
    assert_eq!(to(None), Ok(("two".to_owned(), 9081)));
    assert_eq!(to(Some(80)), Ok(("two".to_owned(), 9081)));
    assert_eq!(to(Some(81)), Ok(("target".to_owned(), 9080)));
    assert_eq!(to(Some(82)), Err(RouteHop::Missed(RouteMiss::NoPort("s".into()))));
    assert_eq!(ask(&both_clients()[0]), Ok(("target".to_owned(), 9080)));
}

/// The events, by kind, of a request that is retried once and then answered.
#[test]
fn events_come_in_the_order_in_which_things_happen() {
    let mesh = target_mesh(By::CloudMap, None, None);
    let environment = two_tasks(false);
    let seed =
        (0..32).find(|seed| simulate(&environment, &mesh, &both_clients()[0], *seed).reply.attempts == 2);
    let found = simulate(&environment, &mesh, &both_clients()[0], seed.unwrap());
    let names = found.events.iter().map(|event| {
        let told = format!("{event:?}");
        told.split([' ', '(']).next().unwrap().to_owned()
    });
    let expected = "Gateway Match Rewrite Service Discovery Connect Retry Connect Tls Application Reply";
    assert_eq!(names.collect::<Vec<_>>().join(" "), expected);
    assert_eq!(found, simulate(&environment, &mesh, &both_clients()[0], seed.unwrap()));
}

#[test]
fn a_stopped_task_is_gone() {
    let mesh = target_mesh(By::Dns, None, None);
    let mut environment = environment(Families::V4, Families::V4);
    Rc::make_mut(environment.tasks.get_mut("task").unwrap()).is_running = false;
    let found = reach(&environment, &mesh, "target").unwrap();
    assert_eq!((found.met(), found.task.as_deref()), (Some(Fault::Address), Some("task")));
    assert_eq!((found.application, found.reply.caller_flags), (None, "URX,UF"));
}

#[test]
fn every_client_begins_with_a_request_that_is_taken() {
    let matches = json!({"path": {"exact": "/a"}, "method": "POST", "hostname": {"suffix": ".com"},
        "headers": [{"name": "h", "match": {"range": {"start": 3, "end": 9}}}, {"name": "i"}],
        "queryParameters": [{"name": "q", "match": {"exact": "1"}}, {"name": "r"}]});
    let grpc = json!({"grpcRoute": {"match": {"serviceName": "s.S"},
        "action": {"target": {"virtualService": {"virtualServiceName": "s"}}}}});
    let mesh = mesh(&[
        mesh_input(None),
        node("target", By::Dns, None, &[]),
        service("s", "node:target"),
        gateway(),
        gateway_route("a", matches, "s", json!({})),
        (Kind::GatewayRoute, json!({"virtualGatewayName": "g", "gatewayRouteName": "b", "spec": grpc})),
        node("client", By::Dns, None, &["s"]),
    ]);
    let environment = environment(Families::V4, Families::V4);
    let requests = clients(&mesh);
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert!(send(&environment, &mesh, &request).arrives(), "{request:?}");
    }
}

/// Compares a thousand nodes under five preferences with four times as many.
#[test]
fn what_if_is_linear() {
    let world = |count: u16| {
        let mut environment = Environment::default();
        let mut inputs = vec![mesh_input(None)];
        for number in 0..count {
            let [high, low] = number.to_be_bytes();
            let address = [10, 0, high, low].into();
            let name = format!("n{number}");
            environment
                .tasks
                .insert(name.as_str().into(), Rc::new(Task::new(Some(address), None, Families::V4)));
            let records = DnsRecords { a: vec![address], aaaa: Vec::new() };
            environment.dns.insert(format!("{name}.local").as_str().into(), Rc::new(records));
            inputs.push(node(&name, By::Dns, None, &[]));
        }
        (environment, crate::traffic::tests::mesh_without_quotas(&inputs))
    };
    let (small, large) = (world(1_000), world(4_000));
    let preferences = [None, Some(IpPreference::Ipv6Only), Some(IpPreference::Ipv4Only)];
    let run = |count: usize| {
        let (environment, mesh) = if count == 1_000 { &small } else { &large };
        for node in mesh.of_kind(Kind::VirtualNode) {
            let crate::model::SpecView::VirtualNode(spec) = node.spec.view() else { unreachable!() };
            let [as_it_is, ..] = what_if(environment, spec, &preferences);
            assert!(as_it_is.faults.iter().all(Option::is_none));
        }
    };
    crate::work::check_linear(&run, 1_000, "what-if");
}
