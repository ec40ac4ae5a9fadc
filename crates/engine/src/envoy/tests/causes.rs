//! Every line has its setting, and every setting its lines, in every Envoy that it affects.

use super::*;

/// Returns the lines that a setting wrote, without indentation and trailing commas, after the name of their Envoy.
fn marked(world: &World, key: &Key, path: &str) -> Vec<String> {
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    let touched = touched(&world.environment, id, mesh, key, path);
    let told = touched.iter().map(|(envoy, places)| {
        let tree = bootstrap(&world.environment, id, mesh, envoy).unwrap().tree();
        let lines = json_lines(&tree);
        let texts: Vec<_> =
            places.iter().map(|place| lines[*place].text.trim().trim_end_matches(',')).collect();
        format!("{}: {}", envoy.name, texts.join(" "))
    });
    told.collect()
}

#[track_caller]
fn check(world: &World, key: &Key, path: &str, expected: &[&str]) {
    assert_eq!(marked(world, key, path), expected, "{key} {path}");
}

#[test]
fn a_meshs_preference_marks_its_lines_everywhere() {
    let world = colours(preferring("IPv6_PREFERRED"));
    let bind = r#""address": "::" "ipv4_compat": true"#;
    let found = r#""dns_lookup_family": "AUTO""#;
    let addresses = r#""address": "2001:db8::1" "address": "10.0.0.2" "address": "2001:db8::3""#;
    check(
        &world,
        &Key::new(Kind::Mesh, "m"),
        "spec.serviceDiscovery.ipPreference",
        &[
            &format!(r#"client: {bind} {bind} "address": "::1" {found} {addresses}"#),
            &format!(r#"cloud: {bind} {bind} "address": "::1""#),
            &format!(r#"dns: {bind} {bind} "address": "::1""#),
            &format!("g: {bind} {bind} {found} {addresses}"),
        ],
    );
}

#[test]
fn a_nodes_preference_marks_its_lines_in_itself_and_its_callers() {
    let mut discovery = dns("n");
    discovery["dns"]["ipPreference"] = json!("IPv4_ONLY");
    let world = world(&[
        (Kind::Mesh, "m", preferring("IPv6_ONLY")),
        (Kind::VirtualNode, "n", node(&discovery, &[])),
        (Kind::VirtualNode, "other", node(&dns("other"), &[])),
        (Kind::VirtualNode, "caller", node(&dns("caller"), &["s"])),
        (Kind::VirtualService, "s", provided_by("n")),
    ]);
    let bind = r#""address": "::" "ipv4_compat": true"#;
    let path = "spec.serviceDiscovery.dns.ipPreference";
    check(
        &world,
        &Key::new(Kind::VirtualNode, "n"),
        path,
        &[
            r#"caller: "dns_lookup_family": "V4_ONLY""#,
            &format!(r#"n: {bind} {bind} "address": "127.0.0.1""#),
        ],
    );
    let mesh = marked(&world, &Key::new(Kind::Mesh, "m"), "spec");
    assert_eq!(mesh.len(), 2, "{mesh:?}");
}

#[test]
fn settings_of_routes_and_nodes_mark_their_lines() {
    let mut target = node(&dns("n"), &[]);
    target["listeners"][0]["healthCheck"] = json!({"healthyThreshold": 2, "intervalMillis": 5000, "path": "/ping", "protocol": "http",
        "timeoutMillis": 2000, "unhealthyThreshold": 3});
    target["listeners"][0]["connectionPool"] = json!({"http": {"maxConnections": 5}});
    let route = json!({"httpRoute": {"match": {"prefix": "/x"}, "timeout": {"perRequest": {"unit": "ms", "value": 1500}},
        "action": {"weightedTargets": [{"virtualNode": "n", "weight": 7}]}}});
    let world = world(&[
        (Kind::Mesh, "m", json!({"egressFilter": {"type": "ALLOW_ALL"}})),
        (Kind::VirtualNode, "n", target),
        (Kind::VirtualNode, "caller", node(&dns("caller"), &["s"])),
        (Kind::VirtualNode, "bare", json!({})),
        (Kind::VirtualRouter, "r", json!({"listeners": [listener(80, "http")]})),
        (Kind::Route, "r/t", route),
        (Kind::VirtualService, "s", json!({"provider": {"virtualRouter": {"virtualRouterName": "r"}}})),
    ]);
    let (n, caller) = (Key::new(Kind::VirtualNode, "n"), Key::new(Kind::VirtualNode, "caller"));
    let route = Key::within(Kind::Route, "r", "t");
    for (key, path, expected) in [
        (&route, "spec.httpRoute.action.weightedTargets[0].weight", &[r#"caller: "weight": 7"#][..]),
        (&route, "spec.httpRoute.match.prefix", &[r#"caller: "prefix": "/x""#]),
        (&route, "spec.httpRoute.timeout", &[r#"caller: "timeout": "1.5s""#]),
        (&n, "spec.listeners[0].healthCheck.unhealthyThreshold", &[r#"caller: "unhealthy_threshold": 3"#]),
        (&n, "spec.listeners[0].healthCheck.intervalMillis", &[r#"caller: "interval": "5s""#]),
        (&n, "spec.listeners[0].connectionPool.http.maxConnections", &[r#"n: "max_connections": 5"#]),
        (&n, "spec.serviceDiscovery.dns.hostname", &[r#"caller: "address": "n.local""#]),
        (&caller, "spec.listeners[1]", &[]),
        (&caller, "spec.listen", &[]),
    ] {
        check(&world, key, path, expected);
    }
    // The whole listener of a node has lines in the node's own Envoy and in that of its caller.
    assert_eq!(marked(&world, &n, "spec.listeners[0]").len(), 2);
    let egress = marked(&world, &Key::new(Kind::Mesh, "m"), "spec.egressFilter");
    assert_eq!(egress.len(), 2, "the nodes without backends: {egress:?}");
}

#[test]
fn what_no_setting_wrote_says_which_default_did() {
    let world = colours(json!({}));
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    let tree =
        bootstrap(&world.environment, id, mesh, &Key::new(Kind::VirtualNode, "client")).unwrap().tree();
    let cause = |text: &str| {
        let lines = yaml_lines(&tree);
        let line = lines.into_iter().find(|line| line.text.contains(text)).unwrap();
        line.cause.map(|cause| cause.to_string())
    };
    for (text, expected) in [
        ("dns_lookup_family", Some("default: no preference is set, here or on the mesh")),
        ("LOGICAL_DNS", Some("default: responseType is LOADBALANCER unless it is set")),
        ("num_retries: 2", Some("default: App Mesh's default retry policy, where the route has none")),
        ("destination_port: 9080", Some("virtual node `client`: spec.listeners[0].portMapping.port")),
        ("normalize_path", None),
    ] {
        assert_eq!(cause(text).as_deref(), expected, "{text}");
    }
}

/// A line leads to its setting, and the setting leads back to the line.
#[test]
fn lines_and_settings_are_the_same_from_both_ends() {
    let world = colours(preferring("IPv4_PREFERRED"));
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    for envoy in envoys(mesh) {
        let tree = bootstrap(&world.environment, id, mesh, envoy).unwrap().tree();
        for (place, line) in json_lines(&tree).iter().enumerate() {
            let Some(Cause::Setting(setting)) = &line.cause else { continue };
            let touched = touched(&world.environment, id, mesh, setting.key(), &setting.path());
            let here = touched.iter().find(|(key, _)| key == envoy);
            assert!(here.is_some_and(|(_, places)| places.contains(&place)), "{envoy} {}", line.text);
            assert!(mesh.get(setting.key()).is_some());
        }
    }
}
