//! Commands in pods, the names that a pod resolves, and the objects that a cluster has from the start.

use super::{Desk, cluster_service, deployment, node, object, router, service};

/// Returns a desk with two nodes, a gateway with a load balancer, and a pod outside the mesh.
fn town() -> Desk {
    let mut desk = Desk::shop();
    let port = "ports: [{port: 8080, targetPort: 80}]";
    let manifest = [
        node("tea"),
        node("front").replace(
            "serviceDiscovery",
            "backends: [{virtualService: {virtualServiceRef: {name: tea}}}], serviceDiscovery",
        ),
        router("tea", "tea"),
        service("tea", "{virtualRouter: {virtualRouterRef: {name: tea}}}"),
        deployment("tea", 1),
        deployment("front", 1),
        deployment("bare", 1),
        cluster_service("tea", &format!("{{selector: {{app: tea}}, {port}}}")),
        cluster_service("front", &format!("{{selector: {{app: front}}, {port}}}")),
        cluster_service(
            "ingress",
            "{type: LoadBalancer, selector: {app: ingress}, ports: [{port: 80, targetPort: 8088}]}",
        ),
        deployment("ingress", 1),
        object(
            "VirtualGateway",
            "ingress",
            "{podSelector: {matchLabels: {app: ingress}}, namespaceSelector: {matchLabels: {mesh: shop}}, listeners: [{portMapping: {port: 8088, protocol: http}}]}",
        ),
        object(
            "GatewayRoute",
            "tea",
            "{httpRoute: {match: {prefix: /paths}, action: {target: {virtualService: {virtualServiceRef: {name: tea}}}}}}",
        ),
    ];
    desk.put(&manifest.concat());
    desk
}

#[test]
fn flags_may_precede_the_verb() {
    let mut desk = town();
    for (line, expected) in [
        ("kubectl -n shop exec deploy/front -- echo hi", "hi\n"),
        ("kubectl --namespace shop exec -it deploy/front -- echo hi", "hi\n"),
        ("kubectl --namespace=shop exec deploy/front -c main -- echo hi", "hi\n"),
        ("kubectl --context playground -nshop exec -i -t deploy/front -- echo hi", "hi\n"),
        ("kubectl -n shop get deploy -o name | head -1", "deployment.apps/bare\n"),
        ("kubectl -n shop logs deploy/bare", ""),
        ("kubectl -n shop run --image=curl x --restart=Never", "pod/x created\n"),
        ("kubectl -n shop delete pod x", "pod \"x\" deleted\n"),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn exec_reports_what_is_missing_as_kubectl_does() {
    let mut desk = town();
    for (line, expected) in [
        ("kubectl exec nopod -- ls", "!Error from server (NotFound): pods \"nopod\" not found\n=1"),
        (
            "kubectl exec deploy/no -- ls",
            "!Error from server (NotFound): deployments.apps \"no\" not found\n=1",
        ),
        ("kubectl exec '' -- ls", "!error: resource name may not be empty\n=1"),
        ("kubectl exec -- ls", "!error: pod, type/name or --filename must be specified\n=1"),
        (
            "kubectl -n shop exec deploy/tea",
            "!error: you must specify at least one command for the container\n=1",
        ),
        (
            "kubectl -n shop exec $(kubectl -n shop get pods -l app=bare -o name) -c nope -- ls | sed s/bare-.*/POD/",
            "!error: container nope not found in pod bare-",
        ),
        (
            "kubectl -n shop exec -it deploy/tea -- /bin/bash",
            "!error: an interactive shell cannot be opened here: type its commands one by one: kubectl exec deploy/tea -- COMMAND …\n=1",
        ),
        (
            "kubectl -n shop exec deploy/tea -- cd /",
            "!error: exec: \"cd\": executable file not found in $PATH\n=127",
        ),
        (
            "kubectl -n shop exec deploy/tea -- sh -c 'kubectl exec x -- ls'",
            "!error: one exec is not run inside another\n=1",
        ),
    ] {
        let told = desk.told(line);
        assert!(told.starts_with(expected), "{line}\n{told}");
    }
}

#[test]
fn lines_run_in_the_pod() {
    let mut desk = town();
    for (line, expected) in [
        ("kubectl -n shop exec deploy/front -- sh -c 'echo $0 | wc -l; false'", "1\n=1"),
        ("kubectl -n shop exec deploy/front -- /bin/sh -c 'curl -s tea.shop.svc.cluster.local/'", "tea_shop"),
        ("kubectl -n shop exec deploy/front -- bash -c 'hostname' | cut -d- -f1", "front\n"),
        ("kubectl -n shop exec deploy/front -- env | grep -c '^HOSTNAME=front-'", "1\n"),
        ("X=1; export X; kubectl -n shop exec deploy/front -- sh -c 'echo [$X]'; echo $X", "[]\n1\n"),
        ("f() { echo outer; }; kubectl -n shop exec deploy/front -- sh -c 'exit 3'; echo $?", "3\n"),
        ("echo 'echo piped' | kubectl -n shop exec -i deploy/front -- sh", "piped\n"),
        (
            "kubectl -n shop exec deploy/front -- cat /etc/resolv.conf",
            "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.100.0.10\noptions ndots:5\n",
        ),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn pods_search_the_domains_of_their_namespace() {
    let mut desk = town();
    for name in
        ["tea", "tea.shop", "tea.shop.svc", "tea.shop.svc.cluster.local", "tea.shop.svc.cluster.local."]
    {
        let line = format!("kubectl -n shop exec deploy/bare -- curl -s {name}:8080/");
        desk.check(&line, "tea_shop");
        let line = format!("kubectl -n shop exec deploy/bare -- nslookup {name} | tail -3");
        desk.check(&line, "Name:\ttea.shop.svc.cluster.local\nAddress: 10.100.1.3\n\n");
    }
    desk.check("kubectl -n shop exec deploy/bare -- dig +short tea", "");
    desk.check("kubectl -n shop exec deploy/bare -- dig +short +search tea", "10.100.1.3\n");
    desk.check("kubectl -n shop exec deploy/bare -- curl -s nope:8080/", "=6");
    desk.check("kubectl -n shop exec deploy/bare -- curl -s tea:81/", "=7");
    // Outside, there are no search domains, and the names of the cluster do not exist.
    desk.check("nslookup tea | tail -2", "** server can't find tea: NXDOMAIN\n\n");
    desk.check(
        "curl -sS tea.shop.svc.cluster.local:8080",
        "!curl: (6) Could not resolve host: tea.shop.svc.cluster.local\n=6",
    );
}

#[test]
fn a_load_balancer_is_reached_from_outside_by_its_name() {
    let mut desk = town();
    let gate =
        "GW=$(kubectl -n shop get svc ingress -o jsonpath='{.status.loadBalancer.ingress[0].hostname}')";
    desk.check(&format!("{gate}; curl -s $GW/paths/red"), "tea_shop");
    desk.check(&format!("{gate}; curl -s -o /dev/null -w '%{{http_code}}' http://$GW/other"), "404");
    desk.check(&format!("{gate}; curl -s http://$GW:81/"), "=7");
    desk.check(
        "curl -sS http://10.0.1.11:9080/",
        "!curl: (7) Failed to connect to 10.0.1.11 port 9080 after 0 ms: Couldn't connect to server\n=7",
    );
    // A pod outside the mesh reaches the gateway through its Service.
    desk.check("kubectl -n shop exec deploy/bare -- curl -s ingress/paths/red", "tea_shop");
}

#[test]
fn run_runs_its_command_in_a_new_pod() {
    let mut desk = town();
    desk.check(
        "kubectl -n shop run curler --image=curlimages/curl --rm -it --restart=Never -- curl -s front:8080/",
        "front_shoppod \"curler\" deleted\n",
    );
    desk.check(
        "kubectl -n shop run curler --image=b --rm -i -- sh -c 'hostname; exit 4'",
        "curler\npod \"curler\" deleted\n=4",
    );
    desk.check("kubectl -n shop run curler --image=b -i --env A=b -- sh -c 'echo $A'", "b\n");
    desk.check("kubectl -n shop get pod curler -o jsonpath='{.spec.containers[0].env[0].value}'", "b");
    desk.check(
        "kubectl -n shop run curler --image=b -i -- ls",
        "!Error from server (AlreadyExists): pods \"curler\" already exists\n=1",
    );
    let told = desk.told("kubectl -n shop run box --image=busybox --rm -it");
    assert!(told.starts_with("!error: an interactive shell cannot be opened here"), "{told}");
    assert!(told.ends_with("=1"), "{told}");
    desk.check("kubectl -n shop get pod box", "!Error from server (NotFound): pods \"box\" not found\n=1");
    desk.check(
        "kubectl run x --image=b --rm -- ls",
        "!error: --rm should only be used for attached containers\n=1",
    );
    desk.check("kubectl run x --image=b --restart=Maybe", "!error: invalid restart policy: Maybe\n=1");
}

#[test]
fn the_controller_and_its_definitions_are_there_from_the_start() {
    let mut desk = Desk::new();
    desk.check(
        "kubectl get deployment -n appmesh-system appmesh-controller -o json | jq -r '.spec.template.spec.containers[].image' | cut -f2 -d ':' | tail -n1",
        "v1.13.3\n",
    );
    desk.check(
        "kubectl get deploy -n appmesh-system --no-headers | awk '{print $1, $2}'",
        "appmesh-controller 1/1\n",
    );
    desk.check(
        "kubectl rollout status deploy appmesh-controller -n appmesh-system",
        "deployment \"appmesh-controller\" successfully rolled out\n",
    );
    // The checks of the published walkthroughs.
    for (kind, filter) in [
        ("virtualnodes", ".. | .awsCloudMap?.properties.namespaceName? | select(. != null)"),
        ("virtualnodes", ".. | .connectionPool? | select(. != null)"),
        ("virtualnodes", ".. | .outlierDetection? | select(. != null)"),
        ("virtualrouters", ".. | .http2Route? | select(. != null)"),
        ("virtualrouters", ".. | .grpcRoute? | select(. != null)"),
        ("virtualrouters", ".. | .retryPolicy? | select(. != null)"),
        ("virtualrouters", ".. | .match?.properties.headers? | select(. != null)"),
        ("virtualrouters", ".. | .timeout? | select(. != null)"),
        ("virtualservices", ".. | .virtualRouter? | select(. != null)"),
        ("gatewayroutes", ".. | .rewrite? | select(. != null)"),
        ("backendgroups", ".. | .virtualservices? | select(. != null)"),
        ("meshes", ".. | .egressFilter? | select(. != null)"),
    ] {
        let line =
            format!("kubectl get crd {kind}.appmesh.k8s.aws -o json | jq -r '{filter}' | head -c 1 | wc -c");
        desk.check(&line, "1\n");
    }
    desk.check(
        "kubectl get crd virtualnodes.appmesh.k8s.aws -o json | jq -r '.. | .cloudMap? | select(. != null)'",
        "",
    );
    for (line, expected) in [
        (
            "kubectl delete ns appmesh-system",
            "!Error from server (Forbidden): namespaces \"appmesh-system\" is forbidden: this namespace may not be deleted\n=1",
        ),
        (
            "kubectl delete deploy -n appmesh-system appmesh-controller",
            "!Error from server (Forbidden): deployments \"appmesh-controller\" is forbidden: the cluster itself keeps it\n=1",
        ),
        (
            "kubectl delete crd meshes.appmesh.k8s.aws",
            "!Error from server (Forbidden): customresourcedefinitions \"meshes.appmesh.k8s.aws\" is forbidden: the cluster itself keeps it\n=1",
        ),
        (
            "kubectl scale deploy appmesh-controller -n appmesh-system --replicas 2",
            "!error: deployment.apps/appmesh-controller belongs to the cluster itself, which does not change it\n=1",
        ),
        ("kubectl get deploy", "!No resources found in default namespace.\n"),
    ] {
        desk.check(line, expected);
    }
}
