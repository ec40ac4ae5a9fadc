//! Tools other than `aws`: their output, exit status and changes.

use app_mesh_engine::{
    environment::Families,
    model::{Key, Kind, MeshId},
    world::{FIRST_ACCOUNT, SECOND_ACCOUNT},
};

use super::*;

const FAILED: &str =
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure";
const RETRIED: &str = "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: \
     remote connection failure";

#[test]
fn curl_sees_what_a_client_sees() {
    check_all(&[
        ("curl -s http://colorgateway-vg/red", "red"),
        ("curl colorgateway-vg/orange", "orange"),
        ("curl -s http://colorgateway-vg.mesh:9080/red/deep?x=1", "red"),
        ("curl -s http://colorgateway-vg.colors:9080/red", "red"),
        ("curl -s http://colorgateway-vg/yellow", FAILED),
        ("curl -s http://colorgateway-vg/blue", RETRIED),
        ("curl -s http://colorgateway-vg/none", ""),
        ("curl -so /dev/null -w '%{http_code} %{exitcode}\\n' http://colorgateway-vg/none", "404 0\n"),
        ("curl -s -o f -w '%{http_code}' http://colorgateway-vg/red; cat f", "200red"),
        ("curl -sO 'http://colorgateway-vg/red?x=/y' http://colorgateway-vg/orange; cat red", "orangered"),
        (
            "curl --remote-name http://colorgateway-vg/",
            "!curl: Remote file name has no length!\ncurl: (23) Failed writing received data to disk/application\n=23",
        ),
        ("curl -sO http://colorgateway-vg", "=23"),
        ("curl -sf http://colorgateway-vg/yellow", "=22"),
        ("curl -f http://colorgateway-vg/none", "!curl: (22) The requested URL returned error: 404\n=22"),
        (
            "curl http://colorgateway-vg:81/red",
            "!curl: (7) Failed to connect to colorgateway-vg port 81 after 0 ms: Couldn't connect to server\n=7",
        ),
        ("curl -s http://colorgateway-vg:81/red", "=7"),
        ("curl -sS http://nobody/", "!curl: (6) Could not resolve host: nobody\n=6"),
        (
            "curl https://colorgateway-vg:9080/red",
            "!curl: (35) OpenSSL/3.0.13: error:0A00010B:SSL routines::wrong version number\n=35",
        ),
        ("curl ftp://a/", "!curl: (1) Protocol \"ftp\" not supported\n=1"),
        ("curl http://a:70000/", "!curl: (3) URL using bad/illegal format or missing URL\n=3"),
        (
            "curl",
            "!curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n=2",
        ),
        (
            "curl -Q http://a/",
            "!curl: option -Q: is unknown\ncurl: try 'curl --help' for more information\n=2",
        ),
        ("curl -H", "!curl: option -H: requires parameter\n=2"),
        (
            "curl -d @no http://a/",
            "!curl: Failed to open no\ncurl: option -d: error encountered when reading a file\ncurl: try 'curl --help' or 'curl --manual' for more information\n=2",
        ),
        (
            "exec colorteller-red-vn -- curl -sS http://example.com/",
            "!curl: (56) Recv failure: Connection reset by peer\n=56",
        ),
        ("exec colorteller-red-vn -- curl -s localhost:9901/ready", "LIVE\n"),
        (
            "kubectl exec -n default -it deploy/colorteller-red -c app -- curl -s localhost:9901/ready",
            "LIVE\n",
        ),
        ("exec nobody -- ls", "!error: there is no virtual node `nobody` to run it beside\n=1"),
        ("exec", "!usage: exec NODE -- COMMAND …\n=1"),
        (
            "curl -i -s http://colorgateway-vg/red",
            "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: 3\r\ncontent-type: text/plain; \
             charset=utf-8\r\nx-envoy-upstream-service-time: 1\r\nserver: envoy\r\n\r\nred",
        ),
        (
            "curl -I http://colorgateway-vg/none",
            "HTTP/1.1 404 Not Found\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nserver: envoy\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            "curl -sv -X PUT -H 'A: b' -H 'user-agent: me' -d x=1 http://colorgateway-vg:9080/red",
            "red!*   Trying colorgateway-vg:9080...\n* Connected to colorgateway-vg (colorgateway-vg) port 9080\n\
             > PUT /red HTTP/1.1\n> Host: colorgateway-vg:9080\n> Accept: */*\n\
             > Content-Type: application/x-www-form-urlencoded\n> A: b\n> User-Agent: me\n> Content-Length: 3\n> \n\
             < HTTP/1.1 200 OK\n< date: Thu, 01 Jan 2026 00:00:00 GMT\n< content-length: 3\n\
             < content-type: text/plain; charset=utf-8\n< x-envoy-upstream-service-time: 1\n< server: envoy\n< \n\
             * Connection #0 to host colorgateway-vg left intact\n",
        ),
    ]);
}

/// The table of the walkthrough, reproduced in the terminal with 24 requests.
#[test]
fn the_six_colours_answer_as_the_walkthrough_says() {
    let mut desk = Desk::new();
    for (preference, expected) in [
        ("IPv4_ONLY", "200 200 503 200 200 503 "),
        ("IPv4_PREFERRED", "200 200 503 200 200 503 "),
        ("IPv6_ONLY", "503 503 503 503 200 200 "),
        ("IPv6_PREFERRED", "503 200 200 503 200 200 "),
    ] {
        let spec = format!("{{\"serviceDiscovery\":{{\"ipPreference\":\"{preference}\"}}}}");
        desk.run(&format!("aws appmesh update-mesh --mesh-name colors --spec '{spec}'"));
        desk.check(
            "for c in red orange yellow green blue purple; do curl -so /dev/null -w '%{http_code} ' http://colorgateway-vg/$c; done",
            expected,
        );
    }
}

/// Many requests are distributed by the weights of a route, and the same script gives the same distribution.
#[test]
fn many_requests_share_themselves_out() {
    let run = || {
        let mut desk = Desk::new();
        for line in [
            "M='--mesh-name colors'",
            "L='{\"listeners\":[{\"portMapping\":{\"port\":9080,\"protocol\":\"http\"}}]}'",
            "aws appmesh create-virtual-router $M --virtual-router-name r --spec $L",
            "aws appmesh create-virtual-service $M --virtual-service-name s.local --spec provider={virtualRouter={virtualRouterName=r}}",
            "aws appmesh create-route $M --virtual-router-name r --route-name all --spec '{\"httpRoute\":{\"match\":{\"prefix\":\"/\"},\"action\":{\"weightedTargets\":[{\"virtualNode\":\"colorteller-red-vn\",\"weight\":3},{\"virtualNode\":\"colorteller-orange-vn\",\"weight\":1}]}}}'",
            "aws appmesh create-virtual-node $M --virtual-node-name front --spec '{\"backends\":[{\"virtualService\":{\"virtualServiceName\":\"s.local\"}}]}'",
            "dns add s.local A 10.10.10.10",
        ] {
            assert_eq!(desk.run(line).stderr, "", "{line}");
        }
        desk.run(
            "for i in $(seq 40); do exec front -- curl -s http://s.local:9080/; echo; done | sort | uniq -c",
        )
        .stdout
    };
    assert_eq!(run(), run());
    let counts: Vec<usize> = run().split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 40, "{counts:?}");
    assert!(counts.len() == 2 && counts[1] > counts[0], "{counts:?}");
}

const RED: &str = "colorteller-red.default.svc.cluster.local.dns";

#[test]
fn dns_tells_records_none_and_nobody_apart() {
    let dig = |status: &str, count: &str, kind: &str, answer: &str| {
        format!(
            "\n; <<>> DiG 9.18.28 <<>> {RED} {kind}\n;; global options: +cmd\n;; Got answer:\n\
             ;; ->>HEADER<<- opcode: QUERY, status: {status}, id: 4711\n\
             ;; flags: qr rd ra; QUERY: 1, ANSWER: {count}, AUTHORITY: 0, ADDITIONAL: 1\n\n\
             ;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n\
             ;{RED}.\t\tIN\t{kind}\n\n{answer};; Query time: 0 msec\n;; SERVER: 10.0.0.2#53(10.0.0.2) (UDP)\n\n"
        )
    };
    let answer = format!(";; ANSWER SECTION:\n{RED}.\t\t300\tIN\tA\t10.0.1.11\n\n");
    check_all(&[
        (&format!("dig {RED} A"), &dig("NOERROR", "1", "A", &answer)),
        (&format!("dig {RED} AAAA"), &dig("NOERROR", "0", "AAAA", "")),
        (&format!("dig +short {RED} ANY"), "10.0.1.11\n"),
        (&format!("dig -t AAAA +short {RED}"), ""),
        ("dig nobody.local | grep -o 'status: [A-Z]*'", "status: NXDOMAIN\n"),
        (
            &format!("nslookup {RED}"),
            &format!(
                "Server:\t\t10.0.0.2\nAddress:\t10.0.0.2#53\n\nNon-authoritative answer:\nName:\t{RED}\nAddress: 10.0.1.11\n\n"
            ),
        ),
        (&format!("nslookup -type=AAAA {RED} | tail -n 2"), &format!("*** Can't find {RED}: No answer\n\n")),
        (
            "nslookup nobody | tail -n 2; nslookup nobody > /dev/null",
            "** server can't find nobody: NXDOMAIN\n\n=1",
        ),
    ]);
}

#[test]
fn an_envoy_tells_its_configuration() {
    let mut desk = Desk::new();
    desk.check(
        "envoy colorteller-red-vn listeners",
        "lds_ingress_0.0.0.0_15000::0.0.0.0:15000\nlds_egress_0.0.0.0_15001::0.0.0.0:15001\n",
    );
    desk.run(
        "aws appmesh update-mesh --mesh-name colors --spec serviceDiscovery={ipPreference=IPv6_PREFERRED}",
    );
    desk.check("envoy colorteller-red-vn listeners | head -n 1", "lds_ingress_0.0.0.0_15000::[::]:15000\n");
    let cluster = "cds_egress_colors_colorteller-green-vn_http_9080";
    desk.check(
        &format!("envoy colorgateway-vg clusters | grep {cluster}::.*health_flags"),
        &format!("{cluster}::[2001:db8:0:1::14]:9080::health_flags::/failed_active_hc\n"),
    );
    desk.check(
        &format!("curl -s http://colorgateway-vg:9901/stats | grep -E '{cluster}.(health_check|membership_(healthy|total))'"),
        &format!(
            "cluster.{cluster}.health_check.healthy: 0\ncluster.{cluster}.membership_healthy: 0\n\
             cluster.{cluster}.membership_total: 1\n"
        ),
    );
    desk.check(
        "curl -s http://colorgateway-vg:9901/config_dump | jq -r '.configs[].\"@type\"' | grep -o '[A-Za-z]*$'",
        "BootstrapConfigDump\nClustersConfigDump\nListenersConfigDump\nRoutesConfigDump\n",
    );
    desk.check(
        "curl -s 'http://colorgateway-vg:9901/config_dump?include_eds' | jq -c '.configs[4] | .dynamic_endpoint_configs | length'",
        "7\n",
    );
    desk.check(
        &format!(
            "envoy colorgateway-vg config_dump | jq -r '.configs[1].dynamic_active_clusters[].cluster | \
             select(.name == \"{cluster}\") | .dns_lookup_family'"
        ),
        "AUTO\n",
    );
    desk.check("curl -s -o /dev/null -w '%{http_code}' http://colorgateway-vg:9901/nothing", "404");
    desk.check("envoy nobody stats", "!envoy: there is no virtual node or gateway `nobody`\n=1");
}

#[test]
fn sed_adds_lines_and_files() {
    let mut desk = Desk::new();
    desk.check("printf 'a\\nb\\nc\\n' > f; echo more > g", "");
    for (line, expected) in [
        ("sed '/b/a after' f", "a\nb\nafter\nc\n"),
        ("sed '2i\\  before' f", "a\n  before\nb\nc\n"),
        ("sed '1,2c\\\nnew\\\nlines' f", "new\nlines\nc\n"),
        ("sed '/b/d;$a end' f", "a\nc\nend\n"),
        ("sed '/a/ r g' f", "a\nmore\nb\nc\n"),
        ("sed -e '/a/r none' -e s/c/C/ f", "a\nb\nC\n"),
        ("sed -n -- '$p' f", "c\n"),
        ("sed --expression=s/a/x/ --regexp-extended -e 's/(b)/<\\1>/' f", "x\n<b>\nc\n"),
        ("sed -i -- 's#a#/a#g' f; cat f", "/a\nb\nc\n"),
        ("sed --in-place '/b/ r g' f; cat f", "/a\nb\nmore\nc\n"),
        ("sed a f", "!sed: -e expression #1: expected \\ after `a', `c' or `i'\n=1"),
        ("sed r f", "!sed: -e expression #1: missing filename in r/R/w/W commands\n=1"),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn jq_picks_from_json() {
    check_all(&[
        (
            "echo '{\"b\": [1, {\"a\": \"x\"}], \"a\": null}' | jq .",
            "{\n  \"b\": [\n    1,\n    {\n      \"a\": \"x\"\n    }\n  ],\n  \"a\": null\n}\n",
        ),
        (
            "echo '{\"a\": {\"b\": [1, 2]}}' | jq '.a.b[0], .a[\"b\"][-1], .a.b[5], .c.d'",
            "1\n2\nnull\nnull\n",
        ),
        (
            "echo '[1,2,3]' | jq -c '.[1:], .[:-1], map(. + 1), length, (.[] | select(. > 1))'",
            "[2,3]\n[1,2]\n[2,3,4]\n3\n2\n3\n",
        ),
        (
            "echo '{\"b\":1,\"a\":2}' | jq -c 'keys, [.[]], to_entries[0], has(\"a\"), {a, c: (.b + .a), \"d\": 1}'",
            "[\"a\",\"b\"]\n[1,2]\n{\"key\":\"b\",\"value\":1}\ntrue\n{\"a\":2,\"c\":3,\"d\":1}\n",
        ),
        (
            "echo '[{\"n\":\"x\",\"v\":2},{\"n\":\"y\",\"v\":1}]' | jq -r 'sort_by(.v)[0].n, (.[] | select(.n == \"x\" and .v != 1) | .v), (map(.n) | join(\",\"))'",
            "y\n2\nx,y\n",
        ),
        (
            "echo '{\"a\":false}' | jq '.a // \"else\", (.a | not), (.a, 1 | type), .a?, (.a.b? // 3)'",
            "\"else\"\ntrue\n\"boolean\"\n\"number\"\nfalse\n3\n",
        ),
        ("echo '\"a\\nb\"' | jq .; echo '\"a\\nb\"' | jq -r .", "\"a\\nb\"\na\nb\n"),
        ("echo '1 2 3' | jq -s -c .; echo 1 2 | jq '. + 1'", "[1,2,3]\n2\n3\n"),
        (
            "jq -n -c --arg x y '{a: $x}, [..], (\"ab\" | startswith(\"a\")), ([3,1,1] | unique, add, sort[0], any(. > 2))'",
            "{\"a\":\"y\"}\n[null]\ntrue\n[1,3]\n5\n1\ntrue\n",
        ),
        ("echo '{\"a\":{\"b\":1}}' | jq -c '[.. | .b?]'", "[null,1]\n"),
        ("echo '[1]' | jq .a", "!jq: error (at <stdin>:0): Cannot index array with \"a\"\n=5"),
        ("echo 1 | jq '.[]'", "!jq: error (at <stdin>:0): Cannot iterate over number (1)\n=5"),
        (
            "echo '{' | jq .",
            "!jq: parse error: Expecting property name enclosed in double quotes: line 2 column 1 (char 2)\n=2",
        ),
        ("echo null | jq -e .; echo $?", "null\n1\n"),
        ("cat no.json | jq .", "!cat: no.json: No such file or directory\n"),
        ("jq . no.json", "!jq: error: Could not open file no.json: No such file or directory\n=2"),
        ("jq", "!Usage:\tjq [OPTIONS] FILTER [FILES...]\n=2"),
    ]);
    // Neither a value that doubles at each step nor deeply nested brackets take long.
    for filter in [
        &["\"a\"", &*" | . + .".repeat(60)].concat(),
        &["1", &*" | [., .]".repeat(60)].concat(),
        &["1", &*" | (., .)".repeat(60)].concat(),
    ] {
        let output = Desk::new().run(&format!("jq -n '{filter}'"));
        assert!(output.stderr.contains("this filter does too much"), "{}", output.stderr);
    }
    assert_eq!(Desk::new().run(&format!("jq -n '{}'", "[".repeat(10_000))).exit_code, 3);
    assert_eq!(Desk::new().run(&format!("jq -n '{}'", "(".repeat(10_000))).exit_code, 3);
}

#[test]
fn the_playground_has_commands_of_its_own() {
    let mut desk = Desk::new();
    let environment = |desk: &Desk| desk.playground.world().environment.clone();
    desk.check("app colorteller-yellow listens ipv4", "");
    assert_eq!(environment(&desk).tasks.get("colorteller-yellow").unwrap().listens_on, Families::V4);
    desk.check("curl -s http://colorgateway-vg/yellow", "yellow");
    desk.check(
        "undo; curl -s http://colorgateway-vg/yellow",
        &["Undone: Application of colorteller-yellow listens on IPv4\n", FAILED].concat(),
    );
    desk.check("redo", "Redone: Application of colorteller-yellow listens on IPv4\n");
    desk.check("redo", "!redo: there is no step to go to\n=1");
    desk.check(
        "task colorteller-yellow stop; curl -s http://colorgateway-vg/yellow | grep -o 'connection timeout'",
        "connection timeout\n",
    );
    desk.check("dns add new.local AAAA ::9; dig +short new.local AAAA", "::9\n");
    desk.check("dns add new.local A ::9", "!dns: ::9 is not an address for a record of type A\n=1");
    desk.check("dns add new.local A nobody", "!dns: there is no task `nobody`\n=1");
    desk.check(
        "dns ad new.local A ::9",
        "!usage: dns add|remove HOST A|AAAA ADDRESS\ndid you mean `add`?\n=2",
    );
    desk.check("task x add 10.0.0.1,nonsense", "!task: `nonsense` is not an IP address\n=1");
    desk.check("intercept ipv4 && retries off && quotas off && account add 555555555555", "");
    assert!(!environment(&desk).default_retries && !desk.playground.world().control_plane.enforces_quotas);
    desk.check("account add 5", "!account: `5` must have 12 to 12 characters, not 1\n=1");
    desk.check("selector colors 'a=b'; selector none a", "!selector: the mesh is not there any more\n=1");
    assert_eq!(desk.playground.world().selectors.iter().next().unwrap().1.to_string(), "a in (b)");
    desk.check(
        "selector colors '(('",
        "!selector: `((` is not a label key; write for example app=web, tier in (a, b), or !legacy\n=1",
    );
    desk.check("sharing add colors 210987654321; sharing remove colors 210987654321", "");
    desk.check("scenario cloudmap", "");
    desk.check(
        "help dns",
        "dns add|remove HOST A|AAAA ADDRESS: publish or withdraw a record (a task, for its address)\n",
    );
    desk.check("help nonsense", "!bash: nonsense: command not found\n=1");
    desk.check("clear", "\u{1b}[H\u{1b}[2J\u{1b}[3J");
    desk.check("sleep 100", "");
    desk.check("history | tail -n 1", "   21  history | tail -n 1\n");
}

#[test]
fn the_profile_is_the_account_that_acts() {
    let mut desk = Desk::new();
    let who = "aws sts get-caller-identity --query Account --output text";
    desk.check(&format!("{who}; export AWS_PROFILE={SECOND_ACCOUNT}; {who}"), "123456789012\n210987654321\n");
    desk.check("undo", "Undone: Act as account 210987654321\n");
    desk.check(&format!("echo $AWS_PROFILE; {who}"), "123456789012\n123456789012\n");
    desk.check(&format!("AWS_PROFILE={SECOND_ACCOUNT} {who}; {who}"), "210987654321\n123456789012\n");
    desk.check(
        &format!("(export AWS_PROFILE={SECOND_ACCOUNT}; {who}); {who}"),
        "210987654321\n123456789012\n",
    );
    desk.check(&format!("{who} --profile {SECOND_ACCOUNT}"), "210987654321\n");
    desk.check(
        &format!("export AWS_PROFILE=nobody; {who}"),
        "!\nThe config profile (nobody) could not be found\n=255",
    );
    desk.check(&format!("unset AWS_PROFILE; {who}"), "123456789012\n");
}

const MANIFEST: &str = "cat > mesh.yaml <<'E'
apiVersion: v1
kind: Namespace
metadata: {name: howto, labels: {mesh: m}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: Mesh
metadata: {name: m}
spec:
  namespaceSelector: {matchLabels: {mesh: m}}
  egressFilter: {type: ALLOW_ALL}
  meshServiceDiscovery: {ipPreference: IPv4_ONLY}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualGateway
metadata: {name: entry, namespace: howto}
spec:
  namespaceSelector: {matchLabels: {mesh: m}}
  podSelector: {matchLabels: {app: entry}}
  listeners:
  - portMapping: {port: 8088, protocol: http}
    tls: {mode: STRICT, certificate: {acm: {certificateARN: arn:aws:acm:us-west-2:123456789012:certificate/x}}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualNode
metadata: {name: front, namespace: howto}
spec:
  backends: [{virtualService: {virtualServiceRef: {name: back}}}]
  listeners: [{portMapping: {port: 80, protocol: http}}]
  serviceDiscovery: {dns: {hostname: front.local}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualNode
metadata: {name: back, namespace: howto}
spec:
  listeners: [{portMapping: {port: 80, protocol: http}}]
  serviceDiscovery: {awsCloudMap: {namespaceName: ns, serviceName: back}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualRouter
metadata: {name: r, namespace: howto}
spec:
  listeners: [{portMapping: {port: 80, protocol: http}}]
  routes:
  - name: route
    priority: 10
    httpRoute:
      match: {prefix: /}
      action: {weightedTargets: [{virtualNodeRef: {name: back}, weight: 1}]}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualService
metadata: {name: back, namespace: howto}
spec:
  awsName: back.howto.svc.cluster.local
  provider: {virtualRouter: {virtualRouterRef: {name: r}}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: GatewayRoute
metadata: {name: in, namespace: howto}
spec:
  httpRoute:
    match: {prefix: /}
    action: {target: {virtualService: {virtualServiceRef: {name: back}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: back, namespace: howto}
E";

#[test]
fn manifests_become_resources() {
    let mut desk = Desk::new();
    desk.run(MANIFEST);
    desk.check(
        "kubectl apply -f mesh.yaml",
        "namespace/howto created\nmesh.appmesh.k8s.aws/m created\n\
         virtualgateway.appmesh.k8s.aws/entry created\nvirtualnode.appmesh.k8s.aws/front created\nvirtualnode.appmesh.k8s.aws/back created\n\
         virtualrouter.appmesh.k8s.aws/r created\nvirtualservice.appmesh.k8s.aws/back created\n\
         gatewayroute.appmesh.k8s.aws/in created\ndeployment.apps/back created\n",
    );
    let id = MeshId { owner: FIRST_ACCOUNT.parse().unwrap(), name: "m".into() };
    let mesh = desk.playground.world().control_plane.mesh(&id).unwrap().clone();
    let spec = |key: Key| mesh_text::json::compact(mesh.get(&key).unwrap().spec.json());
    for (key, expected) in [
        (
            Key::new(Kind::Mesh, "m"),
            "{\"egressFilter\":{\"type\":\"ALLOW_ALL\"},\"serviceDiscovery\":{\"ipPreference\":\"IPv4_ONLY\"}}",
        ),
        (
            Key::new(Kind::VirtualGateway, "entry_howto"),
            "{\"listeners\":[{\"portMapping\":{\"port\":8088,\"protocol\":\"http\"},\"tls\":{\"certificate\":{\"acm\":\
             {\"certificateArn\":\"arn:aws:acm:us-west-2:123456789012:certificate/x\"}},\"mode\":\"STRICT\"}}]}",
        ),
        (
            Key::new(Kind::VirtualNode, "front_howto"),
            "{\"backends\":[{\"virtualService\":{\"virtualServiceName\":\"back.howto.svc.cluster.local\"}}],\
             \"listeners\":[{\"portMapping\":{\"port\":80,\"protocol\":\"http\"}}],\
             \"serviceDiscovery\":{\"dns\":{\"hostname\":\"front.local\"}}}",
        ),
        (
            Key::within(Kind::Route, "r_howto", "route"),
            "{\"httpRoute\":{\"action\":{\"weightedTargets\":[{\"virtualNode\":\"back_howto\",\"weight\":1}]},\
             \"match\":{\"prefix\":\"/\"}},\"priority\":10}",
        ),
        (
            Key::new(Kind::VirtualService, "back.howto.svc.cluster.local"),
            "{\"provider\":{\"virtualRouter\":{\"virtualRouterName\":\"r_howto\"}}}",
        ),
        (
            Key::within(Kind::GatewayRoute, "entry_howto", "in_howto"),
            "{\"httpRoute\":{\"action\":{\"target\":{\"virtualService\":{\"virtualServiceName\":\
             \"back.howto.svc.cluster.local\"}}},\"match\":{\"prefix\":\"/\"}}}",
        ),
    ] {
        assert_eq!(spec(key.clone()), expected, "{key:?}");
    }
    assert_eq!(desk.run("kubectl apply -f mesh.yaml | grep -v unchanged").stdout, "");
    desk.check(
        "kubectl get ns",
        "NAME             STATUS   AGE\nappmesh-system   Active   <unknown>\ncolors           Active   <unknown>\ndefault          Active   <unknown>\nhowto            Active   0s\nshop             Active   <unknown>\n",
    );
    desk.check("kubectl get vn", "!error: the server doesn't have a resource type \"vn\"\n=1");
    desk.check(
        "kubectl get virtualnodes -n howto -o name",
        "virtualnode.appmesh.k8s.aws/back\nvirtualnode.appmesh.k8s.aws/front\n",
    );
    desk.check(
        "kubectl get meshes",
        "NAME     ARN                                                  AGE\n\
         colors   arn:aws:appmesh:us-west-2:123456789012:mesh/colors   56y\n\
         m        arn:aws:appmesh:us-west-2:123456789012:mesh/m        0s\n",
    );
    desk.check(
        "kubectl get virtualservice back -n howto -o yaml | sed -n '1,2p;/^spec/,/Ref:/p'",
        "apiVersion: appmesh.k8s.aws/v1beta2\nkind: VirtualService\nspec:\n  \
         awsName: back.howto.svc.cluster.local\n  meshRef:\n",
    );
    desk.check(
        "kubectl get virtualrouters -n howto -o yaml | kubectl apply -f -",
        "virtualrouter.appmesh.k8s.aws/r unchanged\n",
    );
    desk.check(
        "kubectl get virtualnode none -n howto",
        "!Error from server (NotFound): virtualnodes.appmesh.k8s.aws \"none\" not found\n=1",
    );
    // A finalizer preserves an object that is in use, and kubectl would wait for it.
    desk.check(
        "kubectl delete virtualnode back -n howto",
        "virtualnode.appmesh.k8s.aws \"back\" deleted\n!Warning: virtualnode/back is Terminating: ResourceInUseException: \
         VirtualNode with name back_howto cannot be deleted because it is the target of one or more routes.\n\
         error: timed out waiting for the condition on virtualnodes/back\n=1",
    );
    let output = desk.run("kubectl delete -f mesh.yaml");
    assert_eq!((output.stdout.lines().count(), &*output.stderr), (9, ""));
    assert!(desk.playground.world().control_plane.mesh(&id).is_none());
}

#[test]
fn the_controller_refuses_in_its_words() {
    let object = |kind: &str, spec: &str| {
        format!(
            "kubectl apply -f - <<E\napiVersion: appmesh.k8s.aws/v1beta2\nkind: {kind}\nmetadata: {{name: n}}\nspec: {spec}\nE"
        )
    };
    let mut desk = Desk::new();
    desk.check(
        &object("VirtualNode", "{}"),
        "!Error from server (failed to find matching mesh for namespace: default, expecting 1 but found 0): error when creating \"STDIN\": \
         admission webhook \"mvirtualnode.appmesh.k8s.aws\" denied the request: failed to find matching mesh for namespace: default, \
         expecting 1 but found 0\n=1",
    );
    desk.check(&object("Mesh", "{namespaceSelector: {}}"), "mesh.appmesh.k8s.aws/n created\n");
    desk.check(
        &object("GatewayRoute", "{}"),
        "!Error from server (failed to find matching virtualGateway for gatewayRoute: n, expecting 1 but found 0): error when creating \
         \"STDIN\": admission webhook \"mgatewayroute.appmesh.k8s.aws\" denied the request: failed to find matching virtualGateway for \
         gatewayRoute: n, expecting 1 but found 0\n=1",
    );
    desk.check(
        &object("VirtualNode", "{meshRef: {name: n}}"),
        "!Error from server (VirtualNode create may not specify read-only field: spec.meshRef): error when creating \"STDIN\": admission \
         webhook \"mvirtualnode.appmesh.k8s.aws\" denied the request: VirtualNode create may not specify read-only field: \
         spec.meshRef\n=1",
    );
    desk.run("selector colors ''");
    desk.check(
        &object("VirtualNode", "{}"),
        "!Error from server (found multiple matching meshes for namespace: default, expecting 1 but found 2: colors,n): error when \
         creating \"STDIN\": admission webhook \"mvirtualnode.appmesh.k8s.aws\" denied the request: found multiple matching meshes for \
         namespace: default, expecting 1 but found 2: colors,n\n=1",
    );
    desk.check(
        &object("VirtualNode", "{}").replace("{name: n}", "{name: n, namespace: gone}"),
        "!Error from server (NotFound): error when creating \"STDIN\": namespaces \"gone\" not found\n=1",
    );
    desk.check("kubectl apply -f no.yaml", "!error: the path \"no.yaml\" does not exist\n=1");
    desk.check("echo 'a: [' | kubectl apply -f -; true", "!error: error parsing -: line 2, column 1: while parsing a node, did not find expected node content; check the indentation, colons and quotes here and on the line above\n");
    desk.check(
        "kubectl create namespace web && kubectl label ns web a=b && kubectl delete ns web",
        "namespace/web created\nnamespace/web labeled\nnamespace \"web\" deleted\n",
    );
    desk.check("kubectl delete ns web", "!Error from server (NotFound): namespaces \"web\" not found\n=1");
    assert_eq!(desk.run("kubectl").exit_code, 1);
}
