//! Requests from within a task: names, ports, and the counters of the Envoys.

use super::*;

/// Creates a mesh `m` in which `front` calls the services of these nodes; a node is `NAME PORT/PROTOCOL …`. Only the
/// hosts of the nodes, `NAME.local`, have DNS records; the services have the same names.
fn desk(nodes: &[&str]) -> Desk {
    let mut desk = Desk { terminal: Terminal::default(), playground: Playground::empty().unwrap() };
    let mut lines = vec!["aws appmesh create-mesh --mesh-name m --query mesh.meshName".to_owned()];
    let mut backends = Vec::new();
    for (node, host) in nodes.iter().zip(1..) {
        let (name, ports) = node.split_once(' ').unwrap();
        let listeners: Vec<_> = ports
            .split(' ')
            .map(|port| {
                let (port, protocol) = port.split_once('/').unwrap();
                format!(r#"{{"portMapping":{{"port":{port},"protocol":"{protocol}"}}}}"#)
            })
            .collect();
        lines.push(format!(
            r#"aws appmesh create-virtual-node --mesh-name m --virtual-node-name {name} --spec '{{"listeners":[{}],"serviceDiscovery":{{"dns":{{"hostname":"{name}.local"}}}}}}'"#,
            listeners.join(",")
        ));
        lines.push(format!(
            "aws appmesh create-virtual-service --mesh-name m --virtual-service-name {name}.local --spec provider={{virtualNode={{virtualNodeName={name}}}}}"
        ));
        lines.push(format!(
            "task {name} add 10.0.1.{host}; dns add {name}.local A {name}; app {name} listens ipv4"
        ));
        backends.push(format!(r#"{{"virtualService":{{"virtualServiceName":"{name}.local"}}}}"#));
    }
    lines.push(format!(
        r#"aws appmesh create-virtual-node --mesh-name m --virtual-node-name front --spec '{{"backends":[{}]}}'"#,
        backends.join(",")
    ));
    for line in lines {
        let output = desk.run(&line);
        assert_eq!((output.exit_code, &*output.stderr), (0, ""), "{line}");
    }
    desk
}

/// Requests a URL from `front`; compares the output, the status and curl's exit code.
#[track_caller]
fn asks(desk: &mut Desk, url: &str, expected: &str) {
    let line = format!("exec front -- curl -sS -w ' %{{http_code}}' {url}");
    desk.check(&line, expected);
}

#[test]
fn a_name_needs_a_record_in_every_client() {
    const MISSING: &str = " 000!curl: (6) Could not resolve host: virtual.local\n=6";
    for filter in ["DROP_ALL", "ALLOW_ALL"] {
        let mut desk = desk(&["a 80/http"]);
        desk.run(&format!("aws appmesh update-mesh --mesh-name m --spec egressFilter={{type={filter}}}"));
        desk.run("aws appmesh create-virtual-service --mesh-name m --virtual-service-name virtual.local --spec provider={virtualNode={virtualNodeName=a}}");
        desk.run("aws appmesh update-virtual-node --mesh-name m --virtual-node-name front --spec 'backends=[{virtualService={virtualServiceName=virtual.local}}]'");
        desk.check("exec front -- dig +short virtual.local", "");
        asks(&mut desk, "http://virtual.local/", MISSING);
        desk.check(
            "kubectl exec deploy/front -c app -- curl -sS -w ' %{http_code}' http://virtual.local/",
            MISSING,
        );
        desk.check(
            "exec front -- curl -v http://virtual.local/",
            "!* Could not resolve host: virtual.local\n* Closing connection\ncurl: (6) Could not resolve host: virtual.local\n=6",
        );
        desk.run("dns add virtual.local A 10.10.10.10");
        desk.check("exec front -- dig +short virtual.local", "10.10.10.10\n");
        asks(&mut desk, "http://virtual.local/", "a 200");
        asks(&mut desk, "http://VIRTUAL.local/", "a 200");
        let told = desk.run("exec front -- curl -sv http://virtual.local/").stderr;
        assert!(
            told.starts_with(
                "*   Trying 10.10.10.10:80...\n* Connected to virtual.local (10.10.10.10) port 80\n"
            ),
            "{told}"
        );
        desk.run("dns remove virtual.local A 10.10.10.10");
        asks(&mut desk, "http://virtual.local/", MISSING);
    }
}

#[test]
fn a_url_without_a_port_is_of_the_schemes_own() {
    const RESET: &str = " 000!curl: (56) Recv failure: Connection reset by peer\n=56";
    let mut one = desk(&["a 8080/http"]);
    asks(&mut one, "http://a.local/", RESET);
    asks(&mut one, "http://a.local:80/", RESET);
    asks(&mut one, "http://a.local:8080/", "a 200");
    asks(&mut one, "http://10.0.1.1:8080/", " 404");
    asks(&mut one, "-H 'Host: a.local:8080' http://10.0.0.9:8080/", "a 200");
    asks(&mut one, "https://a.local/", " 000!curl: (35) Recv failure: Connection reset by peer\n=35");
    // A TLS ClientHello is not HTTP, and Envoy's answer is not TLS.
    let wrong = " 000!curl: (35) OpenSSL/3.0.13: error:0A00010B:SSL routines::wrong version number\n=35";
    asks(&mut one, "https://a.local:8080/", wrong);
    for listeners in ["a 80/http 443/tcp", "a 443/tcp 80/http"] {
        let mut desk = desk(&[listeners]);
        for url in ["https://a.local/", "https://a.local:443/", "http://a.local/", "http://a.local:80/"] {
            asks(&mut desk, url, "a 200");
        }
        asks(&mut desk, "https://a.local:80/", wrong);
        asks(&mut desk, "https://10.0.1.1/", "a 200");
    }
}

#[test]
fn two_tcp_backends_on_one_port_are_one() {
    for (nodes, expected) in [
        (["one 80/tcp", "two 80/tcp"], "one 200"),
        (["two 80/tcp", "one 80/tcp"], "two 200"),
        // The first entry determines the protocol of the port.
        (["one 80/tcp", "two 80/http"], "one 200"),
    ] {
        let mut desk = desk(&nodes);
        for url in ["http://one.local/", "http://one.local:80/", "http://two.local/", "http://two.local:80/"]
        {
            asks(&mut desk, url, expected);
        }
    }
    let mut desk = desk(&["two 80/http", "one 80/tcp"]);
    asks(&mut desk, "http://two.local/", "two 200");
    asks(&mut desk, "http://one.local/", " 404");
    let wrong = " 000!curl: (35) OpenSSL/3.0.13: error:0A00010B:SSL routines::wrong version number\n=35";
    asks(&mut desk, "https://one.local:80/", wrong);
}

#[test]
fn what_stays_in_the_task_is_answered_by_its_application() {
    let mut desk = desk(&["a 8080/http"]);
    for (url, expected) in [
        ("http://localhost:8080/", "a 200"),
        ("http://127.0.0.1:8080/", "a 200"),
        (
            "http://[::1]:8080/",
            " 000!curl: (7) Failed to connect to ::1 port 8080 after 0 ms: Couldn't connect to server\n=7",
        ),
        (
            "http://localhost/",
            " 000!curl: (7) Failed to connect to localhost port 80 after 0 ms: Couldn't connect to server\n=7",
        ),
    ] {
        desk.check(&format!("exec a -- curl -sS -w ' %{{http_code}}' {url}"), expected);
    }
}

const ADMIN: &str = "http://localhost:9901/";

#[test]
fn the_admin_port_tells_whether_envoy_lives() {
    let mut desk = desk(&["a 80/http"]);
    let ask = |page: &str| format!("exec a -- curl -s {ADMIN}{page}");
    desk.check(&[&ask("server_info"), " | grep state | grep -q LIVE"].concat(), "");
    let told = desk.run(&ask("server_info")).stdout;
    assert!(told.starts_with("{\n \"version\": \"") && told.contains("\n \"state\": \"LIVE\",\n"), "{told}");
    assert!(told.contains("\"id\": \"mesh/m/virtualNode/a\""), "{told}");
    desk.check(&[&ask("server_info"), " | jq -r .state"].concat(), "LIVE\n");
    desk.check(&ask("ready"), "LIVE\n");
    desk.check(&[&ask("certs"), " | jq -c ."].concat(), "{\"certificates\":[]}\n");
    desk.check(&ask("healthcheck/fail"), "Method GET not allowed, POST required.");
    desk.check(&["exec a -- curl -s -X POST ", ADMIN, "healthcheck/fail"].concat(), "OK\n");
    desk.check(&ask("ready"), "DRAINING\n");
    desk.check(&[&ask("server_info"), " | jq -r .state"].concat(), "DRAINING\n");
    desk.check(&[&ask("stats?filter=server.state"), " | head -1"].concat(), "server.state: 1\n");
    desk.check(&["exec a -- curl -s -X POST ", ADMIN, "healthcheck/ok"].concat(), "OK\n");
    desk.check(&ask("ready"), "LIVE\n");
    desk.check(
        &["exec a -- curl -s -w '%{http_code}' -X POST ", ADMIN, "drain_listeners"].concat(),
        "drain_listeners is not simulated here\n501",
    );
    desk.check(&["exec a -- curl -s -o /dev/null -w '%{http_code}' ", ADMIN, "nothing"].concat(), "404");
    desk.check(&[&ask("help"), " | head -1"].concat(), "admin commands are:\n");
    // `front` has its own Envoy.
    desk.check(
        &["exec front -- curl -s ", ADMIN, "listeners"].concat(),
        "lds_egress_0.0.0.0_15001::0.0.0.0:15001\n",
    );
}

#[test]
fn requests_move_the_counters_of_the_envoys_they_pass() {
    let mut desk = desk(&["a 80/http"]);
    let stats = |node: &str, query: &str| format!("exec {node} -- curl -s '{ADMIN}stats{query}'");
    let egress = "cluster.cds_egress_m_a_http_80";
    let ingress = "cluster.cds_ingress_m_a_http_80";
    let count = |desk: &mut Desk, node: &str, name: &str| {
        let told = desk.run(&stats(node, "")).stdout;
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(|value| value.parse::<u64>().unwrap())
    };
    // Before any request, all counters exist and are zero.
    assert_eq!(count(&mut desk, "front", &format!("{egress}.upstream_rq_total")), Some(0));
    assert_eq!(count(&mut desk, "front", &format!("{egress}.upstream_rq_200")), None);
    for _ in 0..3 {
        asks(&mut desk, "http://a.local/", "a 200");
    }
    // A name that does not resolve changes no counter.
    asks(&mut desk, "http://no.local/", " 000!curl: (6) Could not resolve host: no.local\n=6");
    for (node, name, expected) in [
        ("front", format!("{egress}.upstream_rq_total"), 3),
        ("front", format!("{egress}.upstream_rq_2xx"), 3),
        ("front", format!("{egress}.upstream_rq_200"), 3),
        // Two Envoys share one connection for all requests.
        ("front", format!("{egress}.upstream_cx_total"), 1),
        ("front", "http.egress.downstream_rq_total".to_owned(), 3),
        ("a", format!("{ingress}.upstream_rq_total"), 3),
        ("a", "http.ingress.downstream_rq_2xx".to_owned(), 3),
        ("a", "listener.0.0.0.0_15000.downstream_cx_total".to_owned(), 1),
    ] {
        assert_eq!(count(&mut desk, node, &name), Some(expected), "{node} {name}");
    }
    desk.check(
        &stats("front", "?filter=upstream_rq_total%24&usedonly"),
        &format!("{egress}.upstream_rq_total: 3\n"),
    );
    desk.check(
        &stats("front", "?filter=egress_m_a.*upstream_rq_(2xx|5xx)$&format=json"),
        &format!("{{\"stats\":[{{\"name\":\"{egress}.external.upstream_rq_2xx\",\"value\":3}},{{\"name\":\"{egress}.upstream_rq_2xx\",\"value\":3}}]}}"),
    );
    desk.check(
        &stats("front", "/prometheus?filter=egress_m_a_.*upstream_rq_(total|2xx)$"),
        "# TYPE envoy_cluster_external_upstream_rq_xx counter\n\
         envoy_cluster_external_upstream_rq_xx{envoy_response_code_class=\"2\",envoy_cluster_name=\"cds_egress_m_a_http_80\"} 3\n\
         # TYPE envoy_cluster_upstream_rq_total counter\n\
         envoy_cluster_upstream_rq_total{envoy_cluster_name=\"cds_egress_m_a_http_80\"} 3\n\
         # TYPE envoy_cluster_upstream_rq_xx counter\n\
         envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\",envoy_cluster_name=\"cds_egress_m_a_http_80\"} 3\n",
    );
    desk.check(&stats("front", "?filter=["), "Invalid re2 regex: [");
    // A stopped application is a failure of the target, and the caller tries three times.
    desk.run("app a listens ipv6");
    desk.run("exec front -- curl -s http://a.local/");
    for (node, name, expected) in [
        ("front", format!("{egress}.upstream_rq_retry"), 2),
        ("front", format!("{egress}.upstream_rq_503"), 1),
        ("front", format!("{egress}.retry.upstream_rq_503"), 2),
        ("a", format!("{ingress}.upstream_cx_connect_fail"), 3),
    ] {
        assert_eq!(count(&mut desk, node, &name), Some(expected), "{node} {name}");
    }
    desk.check(&["exec front -- curl -s -X POST ", ADMIN, "reset_counters"].concat(), "OK\n");
    assert_eq!(count(&mut desk, "front", &format!("{egress}.upstream_rq_total")), Some(0));
    // Counters are not part of the history, and undo does not restore them.
    desk.run("undo");
    assert_eq!(count(&mut desk, "front", &format!("{egress}.upstream_rq_retry")), Some(0));
}
