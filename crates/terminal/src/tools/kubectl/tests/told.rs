//! Messages in the words of the real kubectl and curl, and the default namespace.

use super::{Desk, cluster_service, deployment, object};

#[test]
fn a_template_that_does_not_fit_is_refused_as_kubectl_does() {
    let mut desk = Desk::shop();
    desk.check(
        "kubectl get pod -l app=nope -o jsonpath='{.items[0].metadata.name}'",
        "!error: error executing jsonpath \"{.items[0].metadata.name}\": Error executing template: array index out of bounds: index 0, length 0. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{.items[0].metadata.name}\n\tobject given to jsonpath engine was:\n\t\tmap[string]interface {}{\"apiVersion\":\"v1\", \"items\":[]interface {}{}, \"kind\":\"List\", \"metadata\":map[string]interface {}{\"resourceVersion\":\"\"}}\n\n\n=1",
    );
    desk.check("kubectl get pod -o jsonpath='{.items[*].metadata.name}'", "");
    desk.check("kubectl get pod -o jsonpath='{.items[0:0]}'", "");
    assert!(
        desk.told("kubectl get pod -o jsonpath='{.items[-1]}'").contains("out of bounds: index -1, length 0")
    );
    assert!(
        desk.told("kubectl get ns -o jsonpath='{.items[:9].kind}'")
            .contains("out of bounds: index 8, length 3")
    );
    desk.check("kubectl get ns shop -o jsonpath='{.status.conditions[0].type}'", "");
}

#[test]
fn kinds_that_no_server_has_are_refused() {
    let mut desk = Desk::shop();
    for (version, kind, is_known) in [
        ("v1", "Foo", false),
        ("v1", "Deployment", false),
        ("apps/v1", "Pod", false),
        ("extensions/v1beta1", "DaemonSet", true),
        ("networking.k8s.io/v1", "Ingress", true),
        ("v1", "ResourceQuota", true),
        ("monitoring.coreos.com/v1", "ServiceMonitor", true),
    ] {
        let manifest = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        desk.file("k.yaml", &manifest);
        let told = desk.told("kubectl apply -f k.yaml");
        let expected = format!(
            "!error: resource mapping not found for name: \"x\" namespace: \"\" from \"k.yaml\": no matches for kind \"{kind}\" in version \"{version}\"\nensure CRDs are installed first\n=1"
        );
        assert_eq!(told == expected, !is_known, "{told}");
        assert_eq!(told.ends_with("created\n"), is_known, "{told}");
    }
}

#[test]
fn the_context_has_a_default_namespace() {
    let mut desk = Desk::shop();
    for (line, expected) in [
        ("kubectl config current-context", "playground\n"),
        ("kubectl config view --minify -o jsonpath='{..namespace}'", ""),
        ("kubectl config set-context --current --namespace=shop", "Context \"playground\" modified.\n"),
        ("kubectl config view --minify -o jsonpath='{..namespace}'", "shop"),
        (
            "kubectl config get-contexts",
            "CURRENT   NAME         CLUSTER      AUTHINFO     NAMESPACE\n*         playground   playground   playground   shop\n",
        ),
        ("kubectl config view | grep namespace", "    namespace: shop\n"),
        ("kubectl create deployment web --image=i", "deployment.apps/web created\n"),
        ("kubectl get deploy -n shop -o name", "deployment.apps/web\n"),
        ("kubectl exec deploy/web -- echo hi", "hi\n"),
        ("kubectl get deploy -n default", "!No resources found in default namespace.\n"),
        ("kubectl config set-context --current --namespace=", "Context \"playground\" modified.\n"),
        ("kubectl get deploy", "!No resources found in default namespace.\n"),
        ("kubectl config use-context other", "!error: no context exists with the name: \"other\"\n=1"),
        (
            "kubectl config set-cluster x",
            "!error: kubectl config set-cluster is not simulated: there is one cluster here\n=1",
        ),
    ] {
        desk.check(line, expected);
    }
}

#[test]
fn a_patch_tells_what_the_webhook_changes() {
    let mut desk = Desk::shop();
    let gateway = object(
        "VirtualGateway",
        "gate",
        "{namespaceSelector: {matchLabels: {mesh: shop}}, podSelector: {matchLabels: {app: g}}, listeners: [{portMapping: {port: 80, protocol: http}}]}",
    );
    desk.put(&gateway);
    let listener = "{\"portMapping\": {\"port\": 80, \"protocol\": \"http\"}, \"tls\": {\"mode\": \"STRICT\", \"certificate\": {\"file\": {\"certificateChain\": \"/c\", \"privateKey\": \"/k\"}}, \"validation\": {\"trust\": {\"acm\": {\"certificateAuthorityARNs\": [\"a\"]}, \"file\": {\"certificateChain\": \"/c\"}}}}}";
    let told = desk.told(&format!(
        "kubectl patch virtualgateway gate -n shop --type merge -p '{{\"spec\": {{\"listeners\": [{listener}]}}}}'"
    ));
    assert!(told.contains("virtualgateway.appmesh.k8s.aws/gate patched\n"), "{told}");
    assert!(
        told.contains("!Warning: virtualgateway/gate: spec.listeners[0].tls.validation.trust.acm is dropped"),
        "{told}"
    );
    let told = desk.told("kubectl describe virtualgateway gate -n shop");
    assert!(told.contains("  UID:") && told.contains("Aws Name:"), "{told}");
}

#[test]
fn curl_has_the_variables_of_the_real_one() {
    let mut desk = Desk::shop();
    let port = "ports: [{port: 8080, targetPort: 80}]";
    desk.put(
        &[deployment("tea", 1), cluster_service("tea", &format!("{{selector: {{app: tea}}, {port}}}"))]
            .concat(),
    );
    let curl = "kubectl -n shop exec deploy/tea -- curl -s -o /dev/null";
    for (rest, expected) in [
        (
            "-w '%{remote_ip} %{http_version} %{method} %{scheme} %{num_redirects}\\n' tea:8080",
            "10.100.1.1 1.1 GET HTTP 0\n",
        ),
        (
            "-w '%{content_type}|%header{Content-Length}|100%%\\t' tea:8080",
            "text/plain; charset=utf-8|4|100%\t",
        ),
        ("-w '%{nope}x' tea:8080", "x!curl: unknown --write-out variable: 'nope'\n"),
        ("-w 'a%{onerror}b' tea:8080", "a"),
        ("-w '%{stderr}e%{stdout}o' tea:8080", "o!e"),
        ("-w '%{http_code} %{http_version} %{remote_ip}' nope:8080", "000 0 =6"),
        ("--resolve other:80:10.100.1.1 -w '%{http_code}' other:8080", "000=6"),
        ("--resolve other:8080:10.100.1.1 -w '%{http_code} %{remote_ip}' other:8080", "200 10.100.1.1"),
        ("--resolve bad tea:8080", "!curl: (49) Couldn't parse CURLOPT_RESOLVE entry 'bad'\n=49"),
        ("-e http://from/ -w '%{referer}' tea:8080", "http://from/"),
    ] {
        desk.check(&format!("{curl} {rest}"), expected);
    }
    desk.check(
        &format!(
            "{curl} -w '%{{json}}' tea:8080 | jq -c '[.http_code, .remote_ip, .errormsg, .http_version]'"
        ),
        "[200,\"10.100.1.1\",null,\"1.1\"]\n",
    );
    assert!(desk.told(&format!("{curl} -v -e http://from/ tea:8080")).contains("> Referer: http://from/\n"));
}
