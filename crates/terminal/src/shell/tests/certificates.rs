//! Certificates at the prompt: the facts that `cert` states, and the results that `curl` observes.

use super::*;

/// Creates a desk with a caller `front` that trusts one file, a server `back` with a certificate, and a gateway `door`
/// with TLS that routes to it.
fn desk() -> Desk {
    let mut desk = Desk { terminal: Terminal::default(), playground: Playground::empty().unwrap() };
    let file = |name: &str| {
        format!(r#"{{"file":{{"certificateChain":"/keys/{name}.pem","privateKey":"/keys/{name}.key"}}}}"#)
    };
    let trust = |name: &str| format!(r#"{{"trust":{{"file":{{"certificateChain":"/keys/{name}.pem"}}}}}}"#);
    let tls =
        |name: &str, more: &str| format!(r#""tls":{{"mode":"STRICT","certificate":{}{more}}}"#, file(name));
    let validation = format!(r#","validation":{}"#, trust("clients"));
    let (back, door) = (tls("back", ""), tls("door", &validation));
    let lines = [
        "aws appmesh create-mesh --mesh-name m".to_owned(),
        format!(
            r#"aws appmesh create-virtual-node --mesh-name m --virtual-node-name back --spec '{{"listeners":[{{"portMapping":{{"port":80,"protocol":"http"}},{back}}}],"serviceDiscovery":{{"dns":{{"hostname":"back.local"}}}}}}'"#
        ),
        r#"aws appmesh create-virtual-service --mesh-name m --virtual-service-name back.local --spec '{"provider":{"virtualNode":{"virtualNodeName":"back"}}}'"#.to_owned(),
        format!(
            r#"aws appmesh create-virtual-node --mesh-name m --virtual-node-name front --spec '{{"listeners":[{{"portMapping":{{"port":9000,"protocol":"http"}}}}],"serviceDiscovery":{{"dns":{{"hostname":"front.local"}}}},"backendDefaults":{{"clientPolicy":{{"tls":{{"validation":{}}}}}}},"backends":[{{"virtualService":{{"virtualServiceName":"back.local"}}}}]}}'"#,
            trust("bundle")
        ),
        format!(
            r#"aws appmesh create-virtual-gateway --mesh-name m --virtual-gateway-name door --spec '{{"listeners":[{{"portMapping":{{"port":443,"protocol":"http"}},{door}}}]}}'"#
        ),
        r#"aws appmesh create-gateway-route --mesh-name m --virtual-gateway-name door --gateway-route-name all --spec '{"httpRoute":{"match":{"prefix":"/"},"action":{"target":{"virtualService":{"virtualServiceName":"back.local"}}}}}'"#.to_owned(),
        "task back add 10.0.1.1; dns add back.local A back; task front add 10.0.0.8".to_owned(),
    ];
    for line in lines {
        let output = desk.run(&line);
        assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{line}");
    }
    desk
}

const CALL: &str = r"exec front -- curl -sS -w ' %{http_code}\n' http://back.local:80/";
const FAILED: &str = "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure 503\n";

#[test]
fn who_signed_what_decides_a_handshake() {
    let mut desk = desk();
    // No facts are stated, so the handshake is assumed to succeed, and `-v` prints the assumptions.
    desk.check(CALL, "back 200\n");
    let verbose = desk.run("exec front -- curl -sv http://back.local:80/").stderr;
    for note in [
        "* assumed: /keys/back.pem is signed by an authority in /keys/bundle.pem\n",
        "*   (to state it: cert sign /keys/back.pem AUTHORITY; cert trust /keys/bundle.pem AUTHORITY)\n",
        "* assumed: /keys/back.pem has the name back.local\n",
    ] {
        assert!(verbose.contains(note), "{verbose}");
    }
    // The bundle trusts one authority, but another one signed the certificate.
    desk.check("cert sign /keys/back.pem two; cert trust /keys/bundle.pem one", "");
    desk.check(CALL, FAILED);
    let verbose = desk.run("exec front -- curl -sv http://back.local:80/").stderr;
    assert!(verbose.contains("* Envoy of the caller: TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:"), "{verbose}");
    assert!(verbose.contains("TLSV1_ALERT_UNKNOWN_CA"), "{verbose}");
    desk.check("cert trust /keys/bundle.pem one,two", "");
    desk.check(CALL, "back 200\n");
    // Names.
    desk.check("cert names /keys/back.pem other.local", "");
    desk.check(CALL, FAILED);
    desk.check("undo", "Undone: Certificate /keys/back.pem is signed by two\n");
    desk.check(CALL, "back 200\n");
    desk.check("cert sign /keys/back.pem two '*.local,spiffe://m/back'", "");
    desk.check(CALL, "back 200\n");
    // Self-signed.
    desk.check("cert sign /keys/back.pem itself", "");
    desk.check(CALL, FAILED);
    desk.check("cert trust /keys/bundle.pem /keys/back.pem", "");
    desk.check(CALL, "back 200\n");
    desk.check("cert forget /keys/back.pem; cert forget /keys/bundle.pem", "");
    desk.check(CALL, "back 200\n");
    desk.check(
        "cert forget /keys/back.pem",
        "!cert: a statement about the certificate is not there any more\n=1",
    );
}

#[test]
fn all_certificates_are_listed_with_what_is_stated() {
    let mut desk = desk();
    desk.check(
        "cert sign /keys/door.pem itself door; cert trust /keys/bundle.pem one,two; cert names sds -",
        "",
    );
    desk.check(
        "cert list",
        "/keys/back.pem: signed by (assumed: an authority its peer trusts); names (assumed: those its peer wants)\n\
         /keys/door.pem: signed by itself; names door\n\
         sds: signed by (assumed: an authority its peer trusts); names -\n\
         /keys/bundle.pem: holds one,two\n\
         /keys/clients.pem: holds (assumed: the authorities of its peers)\n",
    );
    Desk::new().check("cert list", "no mesh refers to a certificate, and nothing is stated of one\n");
    for (line, expected) in [
        (
            "cert names /x 'a b'",
            "!cert: `a b` is not a name; names have no spaces and are separated by commas\n=1",
        ),
        (
            "cert names /x a,,b",
            "!cert: `` is not a name; names have no spaces and are separated by commas\n=1",
        ),
        ("cert trust '' one", "!cert: it needs a path, an ARN or the name of a secret\n=1"),
        ("cert names /x $(seq 200 | tr '\n' ',')", "!cert: at most 100 names can be given\n=1"),
    ] {
        desk.check(line, expected);
    }
    let usage = desk.run("cert").stderr;
    assert!(usage.contains("usage: cert sign CERTIFICATE AUTHORITY NAMES\n"), "{usage}");
    let offered = |line: &str| desk.terminal.complete(&desk.playground, line, line.len()).candidates;
    assert_eq!(offered("cert sign /keys/b"), ["/keys/back.pem"]);
    assert_eq!(offered("cert trust /keys/"), ["/keys/bundle.pem", "/keys/clients.pem"]);
}

/// Requests go from curl directly to a gateway that uses TLS and requires a certificate.
#[test]
fn curl_checks_a_gateway_and_is_checked() {
    const MORE: &str = "\nMore details here: https://curl.se/docs/sslcerts.html\n\n\
        curl failed to verify the legitimacy of the server and therefore could not\n\
        establish a secure connection to it. To learn more about this situation and\n\
        how to fix it, please visit the web page mentioned above.\n=60";
    let mut desk = desk();
    let alert = |code: &str, text: &str| {
        format!(
            "!curl: (56) OpenSSL SSL_read: OpenSSL/3.0.13: error:{code}:SSL routines::{text}, errno 0\n=56"
        )
    };
    desk.check("curl -sS https://door/", &alert("0A00045C", "tlsv13 alert certificate required"));
    desk.check("curl -sS --cert /keys/me.pem --key /keys/me.key https://door/", "back");
    desk.check(
        "cert sign /keys/door.pem one door; cert trust /keys/ca.pem one; cert trust /keys/two.pem two",
        "",
    );
    let unknown =
        ["!curl: (60) SSL certificate problem: unable to get local issuer certificate", MORE].concat();
    desk.check("curl -sS --cert /keys/me.pem https://door/", &unknown);
    desk.check("curl -sS -E /keys/me.pem --cacert /keys/two.pem https://door/", &unknown);
    desk.check("curl -sS -E /keys/me.pem --cacert /keys/ca.pem https://door/", "back");
    desk.check("curl -sS -E /keys/me.pem -k https://door/", "back");
    desk.check("cert sign /keys/me.pem two; cert trust /keys/clients.pem one", "");
    desk.check(
        "curl -sS -E /keys/me.pem --insecure https://door/",
        &alert("0A000418", "tlsv1 alert unknown ca"),
    );
    desk.check("cert sign /keys/door.pem itself x.local", "");
    let own = ["!curl: (60) SSL certificate problem: self-signed certificate", MORE].concat();
    desk.check("curl -sS https://door/", &own);
    let name = "!curl: (60) SSL: no alternative certificate subject name matches target host name 'door'";
    desk.check("curl -sS --cacert /keys/door.pem https://door/", &[name, MORE].concat());
}
