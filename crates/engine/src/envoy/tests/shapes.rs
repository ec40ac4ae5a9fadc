//! Shapes of the configuration: docs/facts/envoy.md#configuration and docs/facts/envoy.md#egress.

use super::*;

/// Preference | DNS family | addresses of the instances with the attribute | local application | address of listeners,
/// with `ipv4_compat`. Source: docs/facts/ip-preference.md#effects.
const BY_PREFERENCE: [(&str, &str, &[&str], &str, &str); 5] = [
    ("", "AUTO", &["10.0.0.1", "10.0.0.2", "2001:db8::3"], "127.0.0.1", "0.0.0.0"),
    ("IPv6_PREFERRED", "AUTO", &["2001:db8::1", "10.0.0.2", "2001:db8::3"], "::1", ":: true"),
    ("IPv4_PREFERRED", "V4_PREFERRED", &["10.0.0.1", "10.0.0.2", "2001:db8::3"], "127.0.0.1", ":: true"),
    ("IPv6_ONLY", "V6_ONLY", &["2001:db8::1", "2001:db8::3"], "::1", ":: true"),
    ("IPv4_ONLY", "V4_ONLY", &["10.0.0.1", "10.0.0.2"], "127.0.0.1", ":: true"),
];

/// The part of a cluster that every cluster has and no preference changes.
fn cluster(name: &str, more: Value) -> Value {
    const MOST: i64 = 2_147_483_647;
    let mut cluster = json!({"name": name, "type": "STATIC", "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [{"max_connections": MOST, "max_pending_requests": MOST,
            "max_requests": MOST, "max_retries": MOST}]}});
    cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    cluster
}

fn assignment(name: &str, addresses: &[&str]) -> Value {
    let endpoints = addresses.iter().map(|address| {
        json!({"endpoint": {"address": {"socket_address": {"address": address, "port_value": 9080}}}})
    });
    let endpoints: Vec<_> = endpoints.collect();
    let groups = if endpoints.is_empty() { json!([]) } else { json!([{"lb_endpoints": endpoints}]) };
    json!({"cluster_name": name, "endpoints": groups})
}

#[test]
fn a_preference_shapes_clusters_and_listeners() {
    for (preference, family, addresses, local, bind) in BY_PREFERENCE {
        let world = colours(preferring(preference));
        for (kind, name) in [(Kind::VirtualNode, "client"), (Kind::VirtualGateway, "g")] {
            let config = config(&world, kind, name);
            let name = "cds_egress_m_dns_http_9080";
            let expected = json!({"type": "LOGICAL_DNS", "dns_lookup_family": family,
                "load_assignment": assignment(name, &["colors.local"])});
            assert_eq!(named(config.clusters(), name), cluster(name, expected), "{preference}");
            let name = "cds_egress_m_cloud_http_9080";
            let expected = json!({"load_assignment": assignment(name, addresses)});
            assert_eq!(named(config.clusters(), name), cluster(name, expected), "{preference}");
            assert_eq!(named(config.endpoints(), name), assignment(name, addresses), "{preference}");
            for listener in config.listeners() {
                let address = &json_of(listener)["address"]["socket_address"];
                let compat = address.get("ipv4_compat").map_or(String::new(), |compat| format!(" {compat}"));
                assert_eq!(format!("{}{compat}", address["address"].as_str().unwrap()), bind, "{preference}");
            }
        }
        let config = config(&world, Kind::VirtualNode, "dns");
        let name = "cds_ingress_m_dns_http_9080";
        let expected = json!({"connect_timeout": "0.25s", "load_assignment": assignment(name, &[local])});
        assert_eq!(named(config.clusters(), name), cluster(name, expected), "{preference}");
    }
}

#[test]
fn a_node_overrides_its_mesh_in_every_caller() {
    let mut discovery = dns("colors");
    discovery["dns"]["ipPreference"] = json!("IPv4_ONLY");
    discovery["dns"]["responseType"] = json!("ENDPOINTS");
    let world = world(&[
        (Kind::Mesh, "m", preferring("IPv6_ONLY")),
        (Kind::VirtualNode, "dns", node(&discovery, &[])),
        (Kind::VirtualService, "a", provided_by("dns")),
        (Kind::VirtualNode, "client", node(&dns("client"), &["a"])),
    ]);
    let caller = config(&world, Kind::VirtualNode, "client");
    let found = named(caller.clusters(), "cds_egress_m_dns_http_9080");
    assert_eq!((&found["type"], &found["dns_lookup_family"]), (&json!("STRICT_DNS"), &json!("V4_ONLY")));
    let local = |config: &Config, name: &str| {
        named(config.endpoints(), name)["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
            ["address"]
            .clone()
    };
    assert_eq!(local(&caller, "cds_ingress_m_client_http_9080"), "::1");
    assert_eq!(local(&config(&world, Kind::VirtualNode, "dns"), "cds_ingress_m_dns_http_9080"), "127.0.0.1");
}

/// Summarizes a listener without the names and types of filters, which are the same in all listeners.
fn outline(listener: &Tree) -> Vec<String> {
    let listener = json_of(listener);
    let chain = |chain: &Value| {
        let matches = chain.get("filter_chain_match").map_or("anything".to_owned(), Value::to_string);
        let filter = &chain["filters"][0]["typed_config"];
        let hosts = filter["route_config"]["virtual_hosts"].as_array().into_iter().flatten();
        let hosts = hosts.map(|host| host["domains"].to_string());
        let to = filter["cluster"].as_str().map(str::to_owned);
        let tls = if chain.get("transport_socket").is_some() { " tls" } else { "" };
        format!("{matches}{tls} -> {}", to.unwrap_or_else(|| hosts.collect::<Vec<_>>().join(" ")))
    };
    let chains = listener["filter_chains"].as_array().unwrap().iter();
    chains.chain(listener.get("default_filter_chain")).map(chain).collect()
}

fn egress(mesh: Value, backends: &[&str]) -> Vec<String> {
    let world = world(&[
        (Kind::Mesh, "m", mesh),
        (Kind::VirtualNode, "http", node(&dns("http"), &[])),
        (
            Kind::VirtualNode,
            "tcp",
            json!({"listeners": [listener(5432, "tcp")], "serviceDiscovery": dns("tcp")}),
        ),
        (Kind::VirtualService, "a.local", provided_by("http")),
        (Kind::VirtualService, "A.local", provided_by("http")),
        (Kind::VirtualService, "t.local", provided_by("tcp")),
        (Kind::VirtualNode, "client", node(&dns("client"), backends)),
    ]);
    let config = config(&world, Kind::VirtualNode, "client");
    outline(config.listeners().last().unwrap())
}

const AMAZON: &str =
    r#"{"destination_port":443,"server_names":["*.amazonaws.com"]} -> cds_egress_m_amazonaws"#;

#[test]
fn what_may_leave_the_mesh_is_what_the_filter_and_the_backends_say() {
    let allow = json!({"egressFilter": {"type": "ALLOW_ALL"}});
    let http = [r#"{"destination_port":9080} -> ["a.local","a.local:9080"]"#, AMAZON];
    assert_eq!(egress(json!({}), &[]), [AMAZON]);
    assert_eq!(egress(json!({}), &["a.local"]), http);
    assert_eq!(egress(allow.clone(), &[]), [AMAZON, "anything -> cds_egress_m_mesh-allow-all"]);
    // A node that lists any backend must list all.
    assert_eq!(egress(allow, &["a.local"]), http);
    // A name in another case is the same domain; a service that does not exist has no port.
    assert_eq!(egress(json!({}), &["a.local", "A.local", "missing"]), http);
    let tcp = &egress(json!({}), &["t.local"])[0];
    assert_eq!(tcp, r#"{"destination_port":5432} -> cds_egress_m_tcp_tcp_5432"#);
}

#[test]
fn a_gateway_sends_to_itself_and_then_by_name() {
    let config = config(&colours(json!({})), Kind::VirtualGateway, "g");
    let cluster = "cds_ingress_m_g_self_redirect_http_15001";
    assert_eq!(
        outline(&config.listeners()[0]),
        [r#"{"destination_port":8080} -> ["*"]"#],
        "the gateway's own port"
    );
    let to = |matched: &str, host: &str| {
        json!({"match": {"prefix": matched}, "route": {"cluster": cluster, "prefix_rewrite": "/",
            "host_rewrite_literal": host, "timeout": "15s"}})
    };
    assert_eq!(
        named(config.routes(), "rds_ingress_http_8080")["virtual_hosts"],
        json!([{"name": "self_redirect", "domains": ["*"], "routes": [to("/a/", "a"), to("/a", "a"), to("/", "b")]}])
    );
    let itself = &named(config.endpoints(), cluster)["endpoints"][0]["lb_endpoints"][0]["endpoint"];
    assert_eq!(
        *itself,
        json!({"address": {"socket_address": {"address": "127.0.0.1", "port_value": 15001}}})
    );
    assert_eq!(
        outline(&config.listeners()[1]),
        [r#"{"destination_port":15001} -> ["a","a:15001"] ["b","b:15001"]"#]
    );
}

#[test]
fn routes_are_tried_in_order_with_their_weights() {
    let targets = |weights: &[i64]| {
        let targets = weights.iter().map(|weight| json!({"virtualNode": "n", "weight": weight}));
        json!({"weightedTargets": targets.collect::<Vec<_>>()})
    };
    let route = |matches: Value, weights: &[i64]| json!({"httpRoute": {"match": matches, "action": targets(weights)}});
    let mut first = route(json!({"prefix": "/"}), &[1]);
    first["priority"] = json!(0);
    first["httpRoute"]["match"]["headers"] = json!([{"name": "h", "invert": true}]);
    let world = world(&[
        (Kind::Mesh, "m", json!({})),
        (Kind::VirtualNode, "n", node(&dns("n"), &["s"])),
        (Kind::VirtualRouter, "r", json!({"listeners": [listener(9080, "http")]})),
        (Kind::Route, "r/a", route(json!({"prefix": "/"}), &[0, 3])),
        (Kind::Route, "r/b", route(json!({"prefix": "/long"}), &[0, 0])),
        (Kind::Route, "r/c", route(json!({"path": {"exact": "/x"}}), &[1])),
        (Kind::Route, "r/d", route(json!({"path": {"regex": "/.*"}}), &[1])),
        (Kind::Route, "r/e", route(json!({"prefix": "/", "method": "GET"}), &[1])),
        (Kind::Route, "r/f", first),
        (Kind::VirtualService, "s", json!({"provider": {"virtualRouter": {"virtualRouterName": "r"}}})),
    ]);
    let routes = &named(config(&world, Kind::VirtualNode, "n").routes(), "rds_egress_http_9080")["virtual_hosts"]
        [0]["routes"];
    let told: Vec<_> = routes
        .as_array()
        .unwrap()
        .iter()
        .map(|route| {
            let clusters = route["route"]["weighted_clusters"]["clusters"].as_array().unwrap();
            let weights: Vec<_> = clusters.iter().map(|cluster| cluster["weight"].to_string()).collect();
            format!("{} {}", route["match"], weights.join(" "))
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"{"headers":[{"invert_match":true,"name":"h","present_match":true}],"prefix":"/"} 1"#,
            r#"{"path":"/x"} 1"#,
            r#"{"safe_regex":{"regex":"/.*"}} 1"#,
            r#"{"prefix":"/long"} 1 1"#,
            r#"{"headers":[{"name":":method","string_match":{"exact":"GET"}}],"prefix":"/"} 1"#,
            r#"{"prefix":"/"} 0 3"#,
        ]
    );
}

/// Checks the TLS of the client's Envoy, given the client's policy and the server's mode and certificate. Source:
/// user guide, page "tls".
#[test]
fn client_and_server_agree_on_tls() {
    let policy = |enforce: bool, ports: &[i64]| {
        json!({"clientPolicy": {"tls": {"enforce": enforce, "ports": ports,
            "validation": {"trust": {"file": {"certificateChain": "/ca"}}}}}})
    };
    let file = json!({"file": {"certificateChain": "/c", "privateKey": "/k"}});
    let acm = json!({"acm": {"certificateArn": "arn"}});
    let checks = r#"{"trusted_ca":{"filename":"/ca"},"match_typed_subject_alt_names":[{"san_type":"DNS","matcher":{"exact":"n.local"}}]}"#;
    for (policy, mode, certificate, expected) in [
        (json!({}), "DISABLED", &file, "plain"),
        (json!({}), "STRICT", &file, "unchecked"),
        (json!({}), "PERMISSIVE", &acm, "arn"),
        (policy(true, &[]), "DISABLED", &file, checks),
        (policy(true, &[9080]), "STRICT", &file, checks),
        (policy(true, &[80]), "DISABLED", &file, "plain"),
        (policy(false, &[]), "DISABLED", &file, "plain"),
        (policy(false, &[]), "STRICT", &file, checks),
    ] {
        let mut server = node(&dns("n"), &[]);
        server["listeners"][0]["tls"] = json!({"mode": mode, "certificate": certificate});
        let mut client = node(&dns("client"), &["s"]);
        client["backendDefaults"] = policy.clone();
        let world = world(&[
            (Kind::Mesh, "m", json!({})),
            (Kind::VirtualNode, "n", server),
            (Kind::VirtualService, "s", provided_by("n")),
            (Kind::VirtualNode, "client", client),
        ]);
        let config = config(&world, Kind::VirtualNode, "client");
        let cluster = named(config.clusters(), "cds_egress_m_n_http_9080");
        let context = cluster.pointer("/transport_socket/typed_config/common_tls_context");
        let secret =
            context.and_then(|context| context.pointer("/validation_context_sds_secret_config/name"));
        let told = match (context, secret) {
            (None, _) => "plain".to_owned(),
            (_, Some(secret)) => secret.as_str().unwrap().to_owned(),
            (Some(context), _) => {
                context.get("validation_context").map_or("unchecked".to_owned(), Value::to_string)
            }
        };
        let in_order =
            |text: &str| serde_json::from_str::<Value>(text).map_or(Value::from(text), |value| value);
        assert_eq!(in_order(&told), in_order(expected), "{policy} {mode}");
    }
}

#[test]
fn a_tree_in_lines_says_the_same() {
    let tree = config(&colours(preferring("IPv6_ONLY")), Kind::VirtualGateway, "g").tree();
    let value = json_of(&tree);
    let joined = |lines: Vec<Line>| lines.into_iter().map(|line| line.text + "\n").collect::<String>();
    assert_eq!(serde_json::from_str::<Value>(&joined(json_lines(&tree))).unwrap(), value);
    assert_eq!(mesh_text::yaml::parse(&joined(yaml_lines(&tree))).unwrap(), value);
    let odd =
        ["yes", "NULL", "~", "", " a", "a: b", "- x", "1e3", "é\u{85}\u{7f}\n", "#", "a#b", "0x1", "::"];
    let odd = Tree::list(odd.map(Tree::text).into());
    assert_eq!(mesh_text::yaml::parse(&joined(yaml_lines(&odd))).unwrap(), json_of(&odd));
}
