//! Command lines of `kubectl` on an empty playground, with their expected output.
#![allow(clippy::unwrap_used)] // A test may panic.

use crate::Terminal;
use mesh_documents::{restore, to_value};
use playground_core::playground::Playground;

use super::{arguments::Arguments, jsonpath, print::age};

mod inside;
mod told;

/// An empty playground with a terminal, at the start of 2026.
struct Desk {
    terminal: Terminal,
    playground: Playground,
}

impl Desk {
    fn new() -> Self {
        Self { terminal: Terminal::default(), playground: Playground::empty().unwrap() }
    }

    /// Returns a desk with the mesh `shop` and the namespace `shop` in it.
    fn shop() -> Self {
        let mut desk = Self::new();
        desk.file("base.yaml", SHOP);
        desk.check(
            "kubectl apply -f base.yaml",
            "namespace/shop created\nmesh.appmesh.k8s.aws/shop created\n",
        );
        desk
    }

    fn file(&mut self, name: &str, text: &str) {
        self.terminal.files_mut().insert(name.to_owned(), text.to_owned());
    }

    /// Runs a line and returns its output; errors follow `!`, the exit status follows `=`.
    fn told(&mut self, line: &str) -> String {
        let output = self.terminal.run(&mut self.playground, line);
        let mut told = output.stdout;
        if !output.stderr.is_empty() {
            told.push('!');
            told.push_str(&output.stderr);
        }
        if output.exit_code != 0 {
            told.push_str(&format!("={}", output.exit_code));
        }
        told
    }

    #[track_caller]
    fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.told(line), expected, "{line}");
    }

    /// Applies a manifest and compares the output.
    #[track_caller]
    fn apply(&mut self, manifest: &str, expected: &str) {
        self.file("k.yaml", manifest);
        assert_eq!(self.told("kubectl apply -f k.yaml"), expected, "{manifest}");
    }

    /// Applies a manifest that must be accepted; ignores the notes on guesses.
    #[track_caller]
    fn put(&mut self, manifest: &str) {
        self.file("k.yaml", manifest);
        let output = self.terminal.run(&mut self.playground, "kubectl apply -f k.yaml");
        assert_eq!(output.exit_code, 0, "{manifest}\n{}", output.stderr);
    }
}

const SHOP: &str = "apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {mesh: shop}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: Mesh
metadata: {name: shop}
spec: {namespaceSelector: {matchLabels: {mesh: shop}}}
";

/// Returns a manifest of an object of the controller in the namespace `shop`.
fn object(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: appmesh.k8s.aws/v1beta2\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

fn node(name: &str) -> String {
    object(
        "VirtualNode",
        name,
        &format!(
            "{{podSelector: {{matchLabels: {{app: {name}}}}}, listeners: [{{portMapping: {{port: 80, protocol: http}}}}], serviceDiscovery: {{dns: {{hostname: {name}.shop.svc.cluster.local}}}}}}"
        ),
    )
}

fn router(name: &str, target: &str) -> String {
    object(
        "VirtualRouter",
        name,
        &format!(
            "{{listeners: [{{portMapping: {{port: 80, protocol: http}}}}], routes: [{{name: all, httpRoute: {{match: {{prefix: /}}, action: {{weightedTargets: [{{virtualNodeRef: {{name: {target}}}, weight: 1}}]}}}}}}]}}"
        ),
    )
}

fn service(name: &str, provider: &str) -> String {
    object(
        "VirtualService",
        name,
        &format!("{{awsName: {name}.shop.svc.cluster.local, provider: {provider}}}"),
    )
}

fn deployment(name: &str, replicas: u8) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{replicas: {replicas}, selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: i, ports: [{{containerPort: 80}}]}}]}}}}}}\n"
    )
}

fn cluster_service(name: &str, spec: &str) -> String {
    format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n")
}

const ROUTES: &str = "aws appmesh list-routes --mesh-name shop --virtual-router-name tea_shop --query 'routes[].routeName' --output text";

#[test]
fn objects_may_come_in_any_order_in_one_file() {
    let parts = [
        service("tea", "{virtualRouter: {virtualRouterRef: {name: tea}}}"),
        router("tea", "leaf"),
        node("leaf"),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut desk = Desk::shop();
        desk.put(&order.map(|place| parts[place].clone()).concat());
        desk.check(ROUTES, "all\n");
        desk.check(
            "aws appmesh list-virtual-services --mesh-name shop --query 'virtualServices[].virtualServiceName' --output text",
            "tea.shop.svc.cluster.local\n",
        );
    }
}

#[test]
fn what_refers_to_something_missing_waits_and_is_settled_when_it_comes() {
    let mut desk = Desk::shop();
    desk.apply(
        &router("tea", "leaf"),
        "virtualrouter.appmesh.k8s.aws/tea created\n!Warning: virtualrouter/tea waits: failed to resolve virtualNodeRef: unable to \
         fetch virtualNode: shop/leaf: VirtualNode.appmesh.k8s.aws \"leaf\" not found\n",
    );
    let waits = "!Warning: virtualrouter/tea waits: failed to resolve virtualNodeRef: unable to fetch virtualNode: shop/leaf: \
        VirtualNode.appmesh.k8s.aws \"leaf\" not found\n";
    desk.check(
        "kubectl get virtualrouters -n shop",
        &["NAME   ARN   AGE\ntea          0s\n", waits].concat(),
    );
    let told = desk.told("kubectl describe virtualrouter tea -n shop");
    assert!(
        told.contains("Warning  ReconcileError  0s    virtualrouter  failed to resolve virtualNodeRef"),
        "{told}"
    );
    desk.check(
        "kubectl wait --for=condition=VirtualRouterActive virtualrouter/tea -n shop 2> /dev/null",
        "=1",
    );
    // The waiting state survives in documents and links.
    let world = restore(&to_value(desk.playground.world())).unwrap();
    assert_eq!(world, *desk.playground.world());
    desk.put(&node("leaf"));
    desk.check(ROUTES, "all\n");
    // One line is one step, including the controller's changes.
    desk.check(
        "undo > /dev/null; kubectl get virtualnodes -n shop",
        "!No resources found in shop namespace.\n",
    );
    desk.check(&format!("redo > /dev/null; {ROUTES}"), "all\n");
}

#[test]
fn what_comes_by_the_command_line_of_aws_settles_what_waits() {
    let mut desk = Desk::shop();
    desk.file("k.yaml", &router("tea", "leaf"));
    desk.told("kubectl apply -f k.yaml");
    desk.told("aws appmesh create-virtual-node --mesh-name shop --virtual-node-name leaf_shop --spec '{}'");
    desk.check(ROUTES, "all\n");
}

#[test]
fn a_mesh_or_namespace_that_comes_later_is_too_late() {
    let mut desk = Desk::new();
    let late = [&*node("leaf"), "---\n", SHOP].concat();
    desk.file("k.yaml", &late);
    let told = desk.told("kubectl apply -f k.yaml");
    assert!(
        told.contains(
            "Error from server (NotFound): error when creating \"k.yaml\": namespaces \"shop\" not found\n"
        ),
        "{told}"
    );
    assert!(told.ends_with("=1"), "{told}");
    desk.check("kubectl get virtualnodes -A", "!No resources found\n");
}

#[test]
fn errors_name_file_object_and_webhook() {
    let mut desk = Desk::new();
    let leaf = node("leaf").replace(", namespace: shop", "");
    let text = "failed to find matching mesh for namespace: default, expecting 1 but found 0";
    desk.apply(
        &leaf,
        &format!("!Error from server ({text}): error when creating \"k.yaml\": admission webhook \"mvirtualnode.appmesh.k8s.aws\" denied the request: {text}\n=1"),
    );
    let mut desk = Desk::shop();
    desk.apply(
        &node("leaf").replace("listeners", "listener"),
        "!Error from server (BadRequest): error when creating \"k.yaml\": VirtualNode in version \"v1beta2\" cannot be handled as a \
         VirtualNode: strict decoding error: unknown field \"spec.listener\"\n=1",
    );
    desk.apply(
        &node("leaf").replace("protocol: http", "protocol: htp"),
        "!The VirtualNode \"leaf\" is invalid: spec.listeners[0].portMapping.protocol: Unsupported value: \"htp\": supported values: \
         \"http\", \"tcp\", \"http2\", \"grpc\"\n=1",
    );
    desk.apply(
        &node("leaf").replace("port: 80", "port: '80'").replace("name: leaf,", "name: Leaf,"),
        "!The VirtualNode \"Leaf\" is invalid: \n* metadata.name: Invalid value: \"Leaf\": a lowercase RFC 1123 subdomain must consist \
         of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', \
         regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n\
         * spec.listeners[0].portMapping.port: Invalid value: \"string\": spec.listeners[0].portMapping.port in body must be of type \
         integer: \"string\"\n=1",
    );
    desk.apply(
        &object("VirtualThing", "x", "{}"),
        "!error: resource mapping not found for name: \"x\" namespace: \"shop\" from \"k.yaml\": no matches for kind \"VirtualThing\" in \
         version \"appmesh.k8s.aws/v1beta2\"\nensure CRDs are installed first\n=1",
    );
    desk.put(&node("leaf"));
    let told = {
        let other = node("leaf").replace("spec: {", "spec: {awsName: other, ");
        desk.file("k.yaml", &other);
        desk.told("kubectl apply -f k.yaml")
    };
    let end = "Name: \"leaf\", Namespace: \"shop\"\nfor: \"k.yaml\": error when patching \"k.yaml\": admission webhook \
        \"vvirtualnode.appmesh.k8s.aws\" denied the request: VirtualNode update may not change these fields: spec.awsName\n=1";
    assert!(told.ends_with(end), "{told}");
}

/// Each row breaks one rule of a webhook; the expected text is the webhook's message.
#[test]
fn webhooks_refuse_in_their_words() {
    let target = "action: {target: {virtualService: {virtualServiceRef: {name: s}}}}";
    let gateway_route = |matched: &str| format!("{{httpRoute: {{match: {matched}, {target}}}}}");
    let rewrite = |rewrite: &str| {
        format!(
            "{{httpRoute: {{match: {{prefix: /a}}, action: {{target: {{virtualService: {{virtualServiceRef: {{name: s}}}}}}, rewrite: {rewrite}}}}}}}"
        )
    };
    let route = |matched: &str| {
        format!(
            "{{routes: [{{name: r, httpRoute: {{match: {matched}, action: {{weightedTargets: [{{virtualNodeRef: {{name: n}}, weight: 1}}]}}}}}}]}}"
        )
    };
    let listener = "listeners: [{portMapping: {port: 80, protocol: http}}]";
    let rows: Vec<(&str, String, &str)> = vec![
        ("VirtualNode", format!("{{{listener}}}"), "ServiceDiscovery missing for VirtualNode-x. ServiceDiscovery must be specified when a listener is specified."),
        ("VirtualNode", "{backends: [{virtualService: {virtualServiceRef: {name: s}}}, {virtualService: {virtualServiceRef: {name: s, namespace: shop}}}]}".into(), "VirtualNode-x has duplicate VirtualServiceReferences s"),
        ("VirtualNode", "{backends: [{virtualService: {virtualServiceARN: a}}, {virtualService: {virtualServiceARN: a}}]}".into(), "VirtualNode-x has duplicate VirtualServiceReferenceARNs a"),
        ("VirtualNode", "{meshRef: {name: shop, uid: u}}".into(), "VirtualNode create may not specify read-only field: spec.meshRef"),
        ("BackendGroup", "{meshRef: {name: shop, uid: u}}".into(), "BackendGroup create may not specify read-only field: spec.meshRef"),
        ("VirtualRouter", "{routes: [{name: a, tcpRoute: {action: {weightedTargets: [{virtualNodeRef: {name: n}, weight: 1}]}}}, {name: a, tcpRoute: {action: {weightedTargets: [{virtualNodeRef: {name: n}, weight: 1}]}}}]}".into(), "VirtualRouter-x has duplicate route entries for a"),
        ("VirtualRouter", route("{}"), "Either Prefix or Path must be specified"),
        ("VirtualRouter", route("{prefix: /, path: {exact: /}}"), "Both Prefix and Path cannot be specified, only 1 allowed"),
        ("VirtualRouter", route("{path: {}}"), "Either exact or regex for path must be specified"),
        ("VirtualRouter", route("{path: {exact: /, regex: /}}"), "Both exact and regex for path are not allowed. Only one must be specified"),
        ("GatewayRoute", "{}".into(), "Missing GatewayRoute Type in GatewayRoute Spec"),
        ("GatewayRoute", format!("{{httpRoute: {{match: {{prefix: /}}, {target}}}, http2Route: {{match: {{prefix: /}}, {target}}}}}"), "Found multiple types in GatewayRoute Spec. Only 1 (GRPC/HTTP/HTTP2) allowed"),
        ("GatewayRoute", format!("{{grpcRoute: {{match: {{}}, {target}}}}}"), "Either servicename or hostname must be specified"),
        ("GatewayRoute", gateway_route("{}"), "Either prefix or path or hostname must be specified"),
        ("GatewayRoute", gateway_route("{prefix: /, path: {exact: /}}"), "Both prefix and path cannot be specified. Only 1 allowed"),
        ("GatewayRoute", gateway_route("{hostname: {}}"), "Either exact or suffix match for hostname must be specified"),
        ("GatewayRoute", gateway_route("{hostname: {exact: a, suffix: b}}"), "Both exact and suffix match for hostname are not allowed. Only one must be specified"),
        ("GatewayRoute", gateway_route("{prefix: /, headers: [{name: h, match: {}}]}"), "Missing Match criteria for one or more header match block, don't specify match block if you dont need it"),
        ("GatewayRoute", gateway_route("{prefix: /, headers: [{name: h, match: {exact: a, prefix: b}}]}"), "Too many Match Filters specified, only 1 allowed per header"),
        ("GatewayRoute", gateway_route("{prefix: /, headers: [{name: h, match: {range: {start: 2, end: 2}}}]}"), "Invalid Match Range specified, end has to be greater than start"),
        ("GatewayRoute", gateway_route("{prefix: /, queryParameters: [{name: q, match: {}}]}"), "Missing Match criteria for one or more exact query match block, don't specify match block if you dont need it"),
        ("GatewayRoute", rewrite("{}"), "Either prefix, path or hostname for rewrite must be specified"),
        ("GatewayRoute", rewrite("{prefix: {value: /b/}, path: {exact: /c}}"), "Both prefix and path for rewrites cannot be specified. Only 1 allowed"),
        ("GatewayRoute", rewrite("{prefix: {value: /b/, defaultPrefix: ENABLED}}"), "Cannot specify both defaultPrefix and prefix for rewrite, only 1 allowed"),
        ("GatewayRoute", rewrite("{prefix: {value: /b}}"), "New Rewrite Prefix must start and end with '/'"),
    ];
    let mut desk = Desk::shop();
    desk.put(&object(
        "VirtualGateway",
        "door",
        "{namespaceSelector: {}, listeners: [{portMapping: {port: 8088, protocol: http}}]}",
    ));
    for (kind, spec, expected) in rows {
        desk.file("k.yaml", &object(kind, "x", &spec));
        let told = desk.told("kubectl apply -f k.yaml");
        assert!(
            told.starts_with(&format!(
                "!Error from server ({expected}): error when creating \"k.yaml\": admission webhook"
            )),
            "{kind} {spec}\n{told}"
        );
        assert!(told.ends_with("=1"), "{told}");
    }
    desk.check(
        "kubectl get virtualnodes,virtualrouters,gatewayroutes,backendgroups -n shop",
        "!No resources found in shop namespace.\n",
    );
}

#[test]
fn gateway_routes_belong_to_the_gateway_that_selects_them() {
    let gateway = |name: &str, selectors: &str| {
        object(
            "VirtualGateway",
            name,
            &format!("{{{selectors}, listeners: [{{portMapping: {{port: 8088, protocol: http}}}}]}}"),
        )
    };
    let route = "---\napiVersion: appmesh.k8s.aws/v1beta2\nkind: GatewayRoute\nmetadata: {name: in, namespace: shop, labels: {door: front}}\nspec: {httpRoute: {match: {prefix: /}, action: {target: {virtualService: {virtualServiceRef: {name: tea}}}}}}\n";
    let refused = |count: usize, names: &str| match count {
        0 => {
            "failed to find matching virtualGateway for gatewayRoute: in, expecting 1 but found 0".to_owned()
        }
        _ => format!(
            "found multiple matching virtualGateways for gatewayRoute: in, expecting 1 but found {count}: {names}"
        ),
    };
    for (gateways, expected) in [
        (vec!["namespaceSelector: {matchLabels: {door: private}}"], Err((0, ""))),
        // An absent selector matches no namespace.
        (vec!["podSelector: {}"], Err((0, ""))),
        (vec!["namespaceSelector: {}"], Ok("g0")),
        (vec!["namespaceSelector: {}", "namespaceSelector: {}"], Err((2, "g0,g1"))),
        (
            vec![
                "namespaceSelector: {}, gatewayRouteSelector: {matchLabels: {door: back}}",
                "namespaceSelector: {matchExpressions: [{key: mesh, operator: In, values: [shop, other]}]}, gatewayRouteSelector: {matchLabels: {door: front}}",
            ],
            Ok("g1"),
        ),
    ] {
        let mut desk = Desk::shop();
        desk.put(&[node("tea"), service("tea", "{virtualNode: {virtualNodeRef: {name: tea}}}")].concat());
        for (index, selectors) in gateways.iter().enumerate() {
            desk.put(&gateway(&format!("g{index}"), selectors));
        }
        match expected {
            Ok(name) => {
                desk.apply(route, "gatewayroute.appmesh.k8s.aws/in created\n");
                desk.check(
                    &format!("aws appmesh list-gateway-routes --mesh-name shop --virtual-gateway-name {name}_shop --query 'gatewayRoutes[].gatewayRouteName' --output text"),
                    "in_shop\n",
                );
            }
            Err((count, names)) => {
                let text = refused(count, names);
                desk.apply(route, &format!("!Error from server ({text}): error when creating \"k.yaml\": admission webhook \"mgatewayroute.appmesh.k8s.aws\" denied the request: {text}\n=1"));
            }
        }
    }
}

#[test]
fn objects_keep_their_names_whatever_they_are_called_in_app_mesh() {
    let mut desk = Desk::shop();
    desk.put(
        &[
            node("pay").replace("spec: {", "spec: {awsName: payments-node, "),
            service("pay", "{virtualNode: {virtualNodeRef: {name: pay}}}")
                .replace("pay.shop.svc.cluster.local", "pay.example.com"),
        ]
        .concat(),
    );
    desk.check(
        "kubectl get virtualnodes -n shop",
        "NAME   ARN                                                                          AGE\n\
         pay    arn:aws:appmesh:us-west-2:123456789012:mesh/shop/virtualNode/payments-node   0s\n",
    );
    desk.check("kubectl get virtualservice pay -n shop -o jsonpath='{.spec.awsName}'", "pay.example.com");
    desk.check(
        "kubectl delete virtualservice pay -n shop",
        "virtualservice.appmesh.k8s.aws \"pay\" deleted\n",
    );
    desk.check("aws appmesh list-virtual-services --mesh-name shop --query 'virtualServices[].virtualServiceName' --output text", "");
}

#[test]
fn backend_groups_count_with_the_flag_only() {
    let manifest = [
        object("VirtualService", "s", "{}"),
        object("VirtualService", "t", "{}"),
        object("BackendGroup", "bg", "{virtualservices: [{name: s, namespace: shop}]}"),
        node("n").replace("spec: {", "spec: {backendGroups: [{name: bg, namespace: shop}], "),
    ]
    .concat();
    let backends = "aws appmesh describe-virtual-node --mesh-name shop --virtual-node-name n_shop --query 'virtualNode.spec.backends[].virtualService.virtualServiceName' --output text";
    let mut desk = Desk::shop();
    desk.file("k.yaml", &manifest);
    let told = desk.told("kubectl apply -f k.yaml");
    assert!(told.contains("Warning: virtualnode/n: backend groups are not read: the controller's flag enable-backend-groups is off"), "{told}");
    desk.check(backends, "");
    desk.check("cluster backend-groups on", "");
    desk.check(backends, "s.shop\n");
    // `*` selects every service of the namespace, including later ones.
    desk.put(&node("n").replace("spec: {", "spec: {backendGroups: [{name: '*'}], "));
    desk.check(backends, "s.shop\tt.shop\n");
    desk.put(&object("VirtualService", "u", "{}"));
    desk.check(backends, "s.shop\tt.shop\tu.shop\n");
    desk.check("cluster backend-groups off", "");
    desk.check(backends, "");
}

#[test]
fn deployments_and_services_say_what_runs() {
    let mut desk = Desk::shop();
    desk.apply(
        &[
            node("tea").replace("port: 80", "port: 8080"),
            service("tea", "{virtualNode: {virtualNodeRef: {name: tea}}}"),
            node("guest").replace("spec: {", "spec: {backends: [{virtualService: {virtualServiceRef: {name: tea}}}], "),
            cluster_service("tea", "{selector: {app: tea}, ports: [{port: 8080}]}"),
            deployment("tea", 2),
            deployment("guest", 1),
        ]
        .concat(),
        "virtualnode.appmesh.k8s.aws/tea created\nvirtualservice.appmesh.k8s.aws/tea created\nvirtualnode.appmesh.k8s.aws/guest created\n\
         service/tea created\ndeployment.apps/tea created\ndeployment.apps/guest created\n",
    );
    desk.check("kubectl exec -n shop deploy/guest -- dig +short tea.shop.svc.cluster.local", "10.100.1.1\n");
    let curl = "kubectl exec -n shop deploy/guest -- curl -sS -w ' %{http_code}\\n' http://tea.shop.svc.cluster.local:8080/";
    desk.check(curl, "tea_shop 200\n");
    desk.check("kubectl get pods -n shop -o name | wc -l", "3\n");
    desk.check(
        "kubectl get deploy tea -n shop",
        "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\ntea    2/2     2            2           0s\n",
    );
    desk.check("kubectl scale deploy/tea --replicas=0 -n shop", "deployment.apps/tea scaled\n");
    // The Service has no pod now.
    assert!(desk.told(curl).ends_with(" 503\n"));
    desk.check(
        "kubectl scale deploy tea --replicas=1 -n shop && kubectl rollout status deploy/tea -n shop",
        "deployment.apps/tea scaled\ndeployment \"tea\" successfully rolled out\n",
    );
    desk.check(curl, "tea_shop 200\n");
    desk.check("kubectl delete namespace shop", "namespace \"shop\" deleted\n");
    desk.check("dig +short tea.shop.svc.cluster.local; kubectl get pods -A", "!No resources found\n");
    assert!(desk.playground.world().environment.tasks.is_empty());
    assert!(desk.playground.world().environment.dns.is_empty());
}

#[test]
fn services_give_records_by_their_kind() {
    for (family, address) in [("ipv4", "192.168.1.1"), ("ipv6", "2001:db8:e::101")] {
        let mut desk = Desk::new();
        desk.check(&format!("cluster family {family}"), "");
        desk.put(SHOP);
        desk.put(
            &[
                node("tea"),
                cluster_service("head", "{clusterIP: None, selector: {app: tea}, ports: [{port: 80}]}"),
                cluster_service("door", "{type: LoadBalancer, selector: {app: tea}, ports: [{port: 80}]}"),
                deployment("tea", 1),
            ]
            .concat(),
        );
        let kind = if family == "ipv4" { "A" } else { "AAAA" };
        desk.check(&format!("dig +short head.shop.svc.cluster.local {kind}"), &format!("{address}\n"));
        desk.check("kubectl get pods -n shop -o jsonpath='{.items[*].status.podIP}'", address);
        let told = desk
            .told("kubectl get svc door -n shop -o jsonpath='{.status.loadBalancer.ingress[0].hostname}'");
        assert!(
            told.starts_with("k8s-shop-door-") && told.ends_with(".elb.us-west-2.amazonaws.com"),
            "{told}"
        );
        let preference = if family == "ipv4" { "None\n" } else { "IPv6_ONLY\n" };
        desk.check("aws appmesh describe-mesh --mesh-name shop --query mesh.spec.serviceDiscovery.ipPreference --output text", preference);
    }
}

#[test]
fn the_controller_registers_pods_in_cloud_map() {
    let mut desk = Desk::shop();
    let node = object(
        "VirtualNode",
        "tea",
        "{podSelector: {matchExpressions: [{key: app, operator: In, values: [tea]}]}, listeners: [{portMapping: {port: 8080, protocol: http}}], serviceDiscovery: {awsCloudMap: {namespaceName: pvt.local, serviceName: tea, attributes: [{key: colour, value: green}]}}}",
    );
    desk.put(&[node, deployment("tea", 2)].concat());
    desk.check(
        "aws servicediscovery discover-instances --namespace-name pvt.local --service-name tea --query 'Instances[].Attributes.[AWS_INSTANCE_IPV4,AWS_INSTANCE_PORT,colour,app]' --output text",
        "192.168.1.1\t8080\tgreen\ttea\n192.168.1.2\t8080\tgreen\ttea\n",
    );
    desk.check("kubectl delete deploy tea -n shop", "deployment.apps \"tea\" deleted\n");
    desk.check("aws servicediscovery discover-instances --namespace-name pvt.local --service-name tea --query 'length(Instances)'", "0\n");
}

#[test]
fn a_guess_is_told_and_goes_when_a_manifest_says_what_runs() {
    let mut desk = Desk::shop();
    desk.apply(
        &node("leaf"),
        "virtualnode.appmesh.k8s.aws/leaf created\n!Warning: virtualnode/leaf: no manifest says what runs: guessed a pod at 192.168.1.1 and \
         a record of leaf.shop.svc.cluster.local\n",
    );
    desk.check("dig +short leaf.shop.svc.cluster.local", "192.168.1.1\n");
    desk.apply(&cluster_service("leaf", "{ports: [{port: 80}]}"), "service/leaf created\n");
    desk.check("dig +short leaf.shop.svc.cluster.local", "10.100.1.1\n");
}

#[test]
fn tables_of_several_kinds_stand_one_below_the_other() {
    let mut desk = Desk::shop();
    desk.put(
        &[
            node("leaf"),
            service("leaf", "{virtualNode: {virtualNodeRef: {name: leaf}}}"),
            cluster_service("leaf", "{ports: [{port: 80}]}"),
        ]
        .concat(),
    );
    desk.check(
        "kubectl get virtualnodes,virtualservices -n shop",
        "NAME                               ARN                                                                      AGE\n\
         virtualnode.appmesh.k8s.aws/leaf   arn:aws:appmesh:us-west-2:123456789012:mesh/shop/virtualNode/leaf_shop   0s\n\n\
         NAME                                  ARN                                                                                           AGE\n\
         virtualservice.appmesh.k8s.aws/leaf   arn:aws:appmesh:us-west-2:123456789012:mesh/shop/virtualService/leaf.shop.svc.cluster.local   0s\n",
    );
    let all = desk.told("kubectl get all -n shop");
    for title in
        ["service/leaf ", "virtualnode.appmesh.k8s.aws/leaf ", "virtualservice.appmesh.k8s.aws/leaf "]
    {
        assert!(all.contains(title), "{all}");
    }
    desk.check("kubectl get svc -n shop", "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nleaf   ClusterIP   10.100.1.1   <none>        80/TCP    0s\n");
    desk.check(
        "kubectl get virtualnode/leaf svc/leaf -n shop -o name",
        "virtualnode.appmesh.k8s.aws/leaf\nservice/leaf\n",
    );
    desk.check("kubectl get virtualnodes -A --no-headers -o custom-columns=A:.metadata.namespace,B:.spec.awsName,C:.spec.nothing", "shop   leaf_shop   <none>\n");
    desk.check(
        "kubectl get ns -l mesh=shop -o jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}'",
        "shop\n",
    );
    desk.check("kubectl get virtualnode -n none", "!No resources found in none namespace.\n");
}

#[test]
fn other_verbs_do_or_say_what_to_do_instead() {
    let mut desk = Desk::shop();
    desk.put(&[node("leaf"), deployment("leaf", 1)].concat());
    for (line, expected) in [
        ("kubectl label virtualnode leaf team=a -n shop", "virtualnode.appmesh.k8s.aws/leaf labeled\n"),
        ("kubectl get virtualnodes -n shop -l team=a -o name", "virtualnode.appmesh.k8s.aws/leaf\n"),
        (
            "kubectl label virtualnode leaf team=b -n shop",
            "!error: 'team' already has a value (a), and --overwrite is false\n=1",
        ),
        ("kubectl annotate virtualnode leaf note=x -n shop", "virtualnode.appmesh.k8s.aws/leaf annotated\n"),
        (
            "kubectl label ns shop extra=1 && kubectl label ns shop extra- && kubectl get ns shop --show-labels --no-headers",
            "namespace/shop labeled\nnamespace/shop labeled\nshop   Active   0s   kubernetes.io/metadata.name=shop,mesh=shop\n",
        ),
        (
            "kubectl create ns web && kubectl create ns web",
            "namespace/web created\n!Error from server (AlreadyExists): namespaces \"web\" already exists\n=1",
        ),
        (
            "kubectl create configmap c --from-literal=a=b -n web && kubectl get cm -n web",
            "configmap/c created\nNAME   DATA   AGE\nc      1      0s\n",
        ),
        (
            "kubectl patch virtualnode leaf -n shop -p '{\"spec\":{\"listeners\":[{\"portMapping\":{\"port\":81,\"protocol\":\"http\"}}]}}'",
            "virtualnode.appmesh.k8s.aws/leaf patched\n",
        ),
        (
            "aws appmesh describe-virtual-node --mesh-name shop --virtual-node-name leaf_shop --query 'virtualNode.spec.listeners[0].portMapping.port'",
            "81\n",
        ),
        (
            "kubectl wait --for=condition=available deploy/leaf -n shop",
            "deployment.apps/leaf condition met\n",
        ),
        ("kubectl rollout restart deploy/leaf -n shop", "deployment.apps/leaf restarted\n"),
        (
            "kubectl apply -k .",
            "!error: kubectl -k is not simulated: there is no kustomize here; write the manifests into one file and use -f\n=1",
        ),
        (
            "kubectl port-forward svc/leaf 80",
            "!error: kubectl port-forward is not simulated: send the request from inside: kubectl exec deploy/NAME -- curl localhost:PORT/PATH\n=1",
        ),
        (
            "kubectl aply -f x",
            "!error: unknown command \"aply\" for \"kubectl\"\n\nDid you mean this?\n\tapply\n=1",
        ),
        (
            "kubectl get pods --nonsense",
            "!error: unknown flag: --nonsense\nSee 'kubectl get --help' for usage.\n=1",
        ),
        ("kubectl config current-context", "playground\n"),
        ("kubectl api-resources | grep -c appmesh", "7\n"),
        (
            "kubectl apply -f https://example.com/x.yaml",
            "!error: unable to read URL \"https://example.com/x.yaml\": this terminal has no network; paste the file and apply that\n=1",
        ),
        ("kubectl get pods nothing -n shop", "!Error from server (NotFound): pods \"nothing\" not found\n=1"),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn deleting_waits_for_members_as_finalizers_do() {
    let mut desk = Desk::shop();
    desk.put(&node("leaf"));
    desk.check(
        "kubectl delete mesh shop",
        "mesh.appmesh.k8s.aws \"shop\" deleted\n!Warning: mesh/shop is Terminating: objects belong to this mesh exists, please delete them to \
         proceed. virtualNode: 1\nerror: timed out waiting for the condition on meshes/shop\n=1",
    );
    let text = "unable to create new content in mesh shop because it is being terminated";
    desk.apply(&node("late"), &format!("!Error from server ({text}): error when creating \"k.yaml\": admission webhook \"mvirtualnode.appmesh.k8s.aws\" denied the request: {text}\n=1"));
    desk.check("kubectl delete virtualnode leaf -n shop", "virtualnode.appmesh.k8s.aws \"leaf\" deleted\n");
    desk.check("kubectl get meshes", "!No resources found\n");
}

#[test]
fn several_files_standard_input_and_folders_are_applied() {
    let mut desk = Desk::shop();
    desk.file("m/a.yaml", &router("tea", "leaf"));
    desk.file("m/b.yaml", &node("leaf"));
    desk.told("kubectl apply -f m/");
    desk.check(ROUTES, "all\n");
    desk.check(
        "kubectl delete -f m/a.yaml -f m/b.yaml",
        "virtualrouter.appmesh.k8s.aws \"tea\" deleted\nvirtualnode.appmesh.k8s.aws \"leaf\" deleted\n",
    );
    desk.told("cat m/a.yaml m/b.yaml | kubectl apply -f -");
    desk.check(ROUTES, "all\n");
}

#[test]
fn logs_show_the_path_that_the_application_is_asked_for() {
    let mut desk = Desk::new();
    for line in [
        "aws appmesh create-mesh --mesh-name g",
        "aws appmesh create-virtual-node --mesh-name g --virtual-node-name book --spec '{\"listeners\":[{\"portMapping\":{\"port\":80,\"protocol\":\"http\"}}],\"serviceDiscovery\":{\"dns\":{\"hostname\":\"book.local\"}},\"logging\":{\"accessLog\":{\"file\":{\"path\":\"/dev/stdout\"}}}}'",
        "aws appmesh create-virtual-service --mesh-name g --virtual-service-name book.local --spec '{\"provider\":{\"virtualNode\":{\"virtualNodeName\":\"book\"}}}'",
        "aws appmesh create-virtual-gateway --mesh-name g --virtual-gateway-name gw --spec '{\"listeners\":[{\"portMapping\":{\"port\":8088,\"protocol\":\"http\"}}],\"logging\":{\"accessLog\":{\"file\":{\"path\":\"/dev/stdout\",\"format\":{\"json\":[{\"key\":\"path\",\"value\":\"%REQ(:PATH)%\"},{\"key\":\"code\",\"value\":\"%RESPONSE_CODE%\"}]}}}}}'",
        "aws appmesh create-gateway-route --mesh-name g --virtual-gateway-name gw --gateway-route-name r --spec '{\"httpRoute\":{\"match\":{\"prefix\":\"/chapter\"},\"action\":{\"target\":{\"virtualService\":{\"virtualServiceName\":\"book.local\"}}}}}'",
        "task book add 10.0.0.5",
        "dns add book.local A book",
        "curl -s http://gw:8088/chapter/page",
    ] {
        let output = desk.terminal.run(&mut desk.playground, line);
        assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{line}");
    }
    desk.check(
        "kubectl logs book -c app",
        "127.0.0.1 - - [2026-01-01T00:00:00Z] \"GET /page HTTP/1.1\" 200 4 \"-\" \"curl/8.5.0\"\n",
    );
    desk.check(
        "kubectl logs book -c envoy",
        "[2026-01-01T00:00:00.000Z] \"GET /page HTTP/1.1\" 200 - 0 4 1 1 \"-\" \"curl/8.5.0\" \"-\" \"book.local\" \"127.0.0.1:80\"\n",
    );
    desk.check("kubectl logs gw", "{\"code\":\"200\",\"path\":\"/chapter/page\"}\n");
    desk.check("kubectl logs book", "127.0.0.1 - - [2026-01-01T00:00:00Z] \"GET /page HTTP/1.1\" 200 4 \"-\" \"curl/8.5.0\"\n!Defaulted container \"app\" out of: app, envoy\n");
    desk.check("kubectl logs nobody", "!Error from server (NotFound): pods \"nobody\" not found\n=1");
}

/// The published manifests are next to the repository on development machines only.
#[test]
fn published_manifests_are_applied_without_an_error() {
    let Some(samples) = crate::outside::samples() else { return };
    let folder = samples.join("kubernetes");
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".template"));
    names.sort();
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for name in names {
        let mut desk = Desk::new();
        let arn = "arn:aws:acm:us-west-2:123456789012:certificate/11111111-1111-1111-1111-111111111111";
        desk.told(&format!("export APP_NAMESPACE=howto APP=howto MESH_NAME=howto CLOUDMAP_NAMESPACE=howto.local AWS_ACCOUNT_ID=123456789012 AWS_DEFAULT_REGION=us-west-2 CERTIFICATE_ARN={arn} ROOT_CA_ARN={arn}"));
        desk.file("base.yaml", &text("http-ingress-v2.yaml.template"));
        desk.file("k.yaml", &text(&name));
        if name.starts_with("http-ingress-v2-") {
            // Contains gateway routes only; their gateway is in base.yaml.
            desk.told("envsubst < base.yaml | kubectl apply -f -");
        }
        let told = desk.told("envsubst < k.yaml | kubectl apply -f -");
        assert!(!told.contains('!') && !told.contains("rror"), "{name}\n{told}");
        let again = desk.told("envsubst < k.yaml | kubectl apply -f - | grep -v ' unchanged$'");
        assert_eq!(again, "=1", "{name}");
        // No object waits: the file contains every referenced object.
        let cluster = &desk.playground.world().environment.cluster;
        let waiting: Vec<_> =
            cluster.objects.iter().filter(|(_, object)| !object.reason.is_empty()).collect();
        assert!(waiting.is_empty(), "{name} {waiting:?}");
        desk.told("envsubst < k.yaml | kubectl delete -f -");
    }
}

/// Replays the echoes of each line on another playground, and expects the same result.
#[test]
fn echoes_of_lines_do_the_same_again() {
    let mut desk = Desk::shop();
    desk.put(
        &[
            router("tea", "leaf"),
            node("leaf"),
            deployment("leaf", 2),
            cluster_service("leaf", "{selector: {app: leaf}}"),
        ]
        .concat(),
    );
    for line in [
        "kubectl label virtualnode leaf team=a -n shop",
        "kubectl scale deploy leaf --replicas=1 -n shop",
        "kubectl delete virtualrouter tea -n shop",
    ] {
        desk.told(line);
    }
    let mut again = Desk::new();
    for echo in desk.playground.state().history.done().iter().flat_map(|step| step.echoes.iter()) {
        let output = again.terminal.run(&mut again.playground, &echo.line);
        assert_eq!(output.exit_code, 0, "{}\n{}", echo.line, output.stderr);
    }
    let keys = |desk: &Desk| {
        let cluster = desk.playground.world().environment.cluster.clone();
        let objects = cluster.objects.iter();
        objects
            .map(|(key, object)| (key.clone(), object.manifest.clone(), object.added.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&again), keys(&desk));
    assert_eq!(again.playground.world().environment.tasks, desk.playground.world().environment.tasks);
    assert_eq!(again.playground.world().environment.dns, desk.playground.world().environment.dns);
}

#[test]
fn ages_have_their_largest_units() {
    for (seconds, expected) in [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (150, "2m30s"),
        (900, "15m"),
        (4 * 3600 + 60, "4h1m"),
        (24 * 3600, "24h"),
        (3 * 86_400, "3d"),
        (400 * 86_400, "400d"),
        (1000 * 86_400, "2y270d"),
        (20_454 * 86_400, "56y"),
    ] {
        assert_eq!(age(seconds * 1000), expected);
    }
}

#[test]
fn paths_of_json_are_read_as_kubectl_reads_them() {
    let value =
        serde_json::json!({"items": [{"a": {"b.c": 1}, "n": "x"}, {"a": {"b.c": 2}, "n": "y"}], "k": "v"});
    for (template, expected) in [
        ("{.items[*].n}", Ok("x y")),
        (".items[0].n", Ok("x")),
        ("{.items[-1:].n}", Ok("y")),
        ("{.items[0:1].n}{'!'}", Ok("x!")),
        ("{.items[?(@.n==\"y\")].a.b\\.c}", Ok("2")),
        ("{.items[*]['n']}", Ok("x y")),
        ("{range .items[*]}{.n}={.a.b\\.c}{\"\\n\"}{end}", Ok("x=1\ny=2\n")),
        ("{..n}", Ok("x y")),
        ("{.none}", Ok("")),
        ("k={.k}", Ok("k=v")),
        ("{.items[", Err("unclosed action")),
        ("{.items[x]}", Err("invalid array index x")),
    ] {
        let found = jsonpath::print(template, &value);
        assert_eq!(found.as_deref().map_err(jsonpath::Fault::text), expected, "{template}");
    }
}

#[test]
fn words_are_read_as_kubectl_reads_them() {
    let read = |line: &str| {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        Arguments::read(&words).map(|read| {
            (
                read.operands.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>().join(" "),
                read.files.join(" "),
                read.namespace().to_owned(),
                read.form.to_owned(),
            )
        })
    };
    let told = |operands: &str, files: &str, namespace: &str, form: &str| {
        Ok((operands.to_owned(), files.to_owned(), namespace.to_owned(), form.to_owned()))
    };
    assert_eq!(read("apply -f a -f=b --filename c,d"), told("apply", "a b c d", "default", ""));
    assert_eq!(read("-n x get pods -oyaml"), told("get pods", "", "x", "yaml"));
    assert_eq!(read("get --namespace=x -o=json pods"), told("get pods", "", "x", "json"));
    assert_eq!(read("logs -f web"), told("logs web", "", "default", ""));
    assert_eq!(
        read("get -n"),
        Err("error: flag needs an argument: 'n' in -n\nSee 'kubectl get --help' for usage.\n".to_owned())
    );
}
