//! TLS: the certificates that listeners present and require, and the trust of clients.
//!
//! Envoy itself reads certificates in files. All others are secrets. Those of an SDS server have the name in the
//! setting; those of AWS Certificate Manager, of which the proxy has no file, have their ARN as the name, and came
//! from App Mesh's own server. A standalone configuration has one server for both, at the path that
//! `APPMESH_SDS_SOCKET_PATH` gave.

use super::{
    cause::{At, Cause},
    tree::Tree,
};

/// The name of the cluster of the secret server. Source: the App Mesh image of Envoy.
const SECRETS: &str = "static_cluster_sds_unix_socket";

const DOWNSTREAM: &str = "{name:envoy.transport_sockets.tls,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext,\
    common_tls_context:{tls_certificates:$0,tls_certificate_sds_secret_configs:$1,\
    validation_context:$2,validation_context_sds_secret_config:$3,combined_validation_context:$4},\
    require_client_certificate:$5}}";
const UPSTREAM: &str = "{name:envoy.transport_sockets.tls,typed_config:{\
    @type:type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext,\
    common_tls_context:{tls_certificates:$0,tls_certificate_sds_secret_configs:$1,\
    validation_context:$2,validation_context_sds_secret_config:$3,combined_validation_context:$4}}}";
const SECRET: &str = "{name:$0,sds_config:{api_config_source:{api_type:GRPC,transport_api_version:V3,\
    grpc_services:[{envoy_grpc:{cluster_name:static_cluster_sds_unix_socket}}]},resource_api_version:V3}}";

/// Builds the transport socket of a listener with TLS.
pub(super) fn downstream(tls: At) -> Tree {
    let mut parts: [Tree; 6] = Default::default();
    certificate(tls.at("certificate"), &mut parts);
    let validation = tls.at("validation");
    if validation.is_set() {
        trust(validation, Tree::default(), &mut parts);
        parts[5] = validation.wrote(Tree::flag(true));
    }
    tls.wrote(Tree::fill(DOWNSTREAM, &mut parts))
}

/// Builds the transport socket toward a node; absent if no TLS is spoken.
///
/// `policy` is the client's policy for this port. Without one, or with one that is not enforced, the server decides;
/// its ACM certificates are checked, those in files are not. If the policy names no host, the certificate must have
/// the name by which the node was found. Source: user guide, page "tls".
pub(super) fn upstream(policy: Option<At>, server: At, found_by: Tree) -> Tree {
    let mode = server.at("mode");
    let is_served = ["STRICT", "PERMISSIVE"].contains(&mode.text());
    let mut parts: [Tree; 5] = Default::default();
    let enforced = |policy: &At| !policy.at("enforce").is_set() || policy.at("enforce").is_true();
    match policy {
        Some(policy) if is_served || enforced(&policy) => {
            certificate(policy.at("certificate"), &mut parts);
            trust(policy.at("validation"), found_by, &mut parts);
            policy.wrote(Tree::fill(UPSTREAM, &mut parts))
        }
        None if is_served => {
            let acm = server.at("certificate.acm.certificateArn");
            if acm.is_set() {
                let note = Cause::Default("the root of the certificate that the node shows");
                parts[3] = secret(acm).because(Some(note));
            }
            mode.wrote(Tree::fill(UPSTREAM, &mut parts))
        }
        _ => Tree::default(),
    }
}

/// Builds the cluster of the secret server, for a configuration that refers to it.
pub(super) fn secrets_cluster() -> Tree {
    const CLUSTER: &str = "{name:$0,type:STATIC,connect_timeout:1s,typed_extension_protocol_options:$1,\
        load_assignment:{cluster_name:$2,endpoints:[{lb_endpoints:[{endpoint:{address:{pipe:{\
        path:/tmp/agent.sock}}}}]}]}}";
    let note = Cause::Default("the server for secrets, at APPMESH_SDS_SOCKET_PATH");
    let name = || Tree::word(SECRETS);
    Tree::fill(CLUSTER, &mut [name(), super::cluster::http2(), name()]).because(Some(note))
}

/// Returns whether this tree, or any tree in it, is the name of the secret server's cluster.
pub(super) fn uses_secrets(tree: &Tree) -> bool {
    tree.any(&|text| text == SECRETS)
}

/// Fills the parts for a certificate: 0 and 1.
fn certificate(certificate: At, parts: &mut [Tree]) {
    const FILE: &str = "[{certificate_chain:{filename:$0},private_key:{filename:$1}}]";
    match certificate.first_of(&["file", "sds", "acm"]) {
        Some(("file", file)) => {
            let mut files = [file.at("certificateChain").tree(), file.at("privateKey").tree()];
            parts[0] = file.wrote(Tree::fill(FILE, &mut files));
        }
        Some(("sds", sds)) => parts[1] = Tree::fill("[$0]", &mut [secret(sds.at("secretName"))]),
        Some((_, acm)) => parts[1] = Tree::fill("[$0]", &mut [secret(acm.at("certificateArn"))]),
        None => {}
    }
}

/// Fills the parts for what is trusted: 2 to 4. `otherwise` is the one name to require if none is set.
fn trust(validation: At, otherwise: Tree, parts: &mut [Tree]) {
    const FILE: &str = "{trusted_ca:{filename:$0},match_typed_subject_alt_names:$1}";
    const COMBINED: &str = "{default_validation_context:{match_typed_subject_alt_names:$1},\
        validation_context_sds_secret_config:$0}";
    let names = validation.at("subjectAlternativeNames.match.exact");
    let mut names: Vec<_> = names.items().map(|name| subject(name.tree(), name.text())).collect();
    if names.is_empty()
        && let Some(text) = otherwise.as_str()
    {
        let text = text.to_owned();
        names.push(subject(otherwise, &text));
    }
    let names = Tree::list_if_any(names);
    let trust = validation.at("trust");
    let secret = match trust.first_of(&["file", "sds", "acm"]) {
        Some(("file", file)) => {
            parts[2] = trust.wrote(Tree::fill(FILE, &mut [file.at("certificateChain").tree(), names]));
            return;
        }
        Some(("sds", sds)) => secret(sds.at("secretName")),
        Some((_, acm)) => {
            // One secret contains all roots, as App Mesh's server sent them.
            let arns = acm.at("certificateAuthorityArns");
            let all: Vec<_> = arns.items().map(At::text).collect();
            named_secret(&all.join(","), arns)
        }
        None => return,
    };
    if names.is_absent() {
        parts[3] = secret;
    } else {
        parts[4] = trust.wrote(Tree::fill(COMBINED, &mut [secret, names]));
    }
}

fn subject(name: Tree, text: &str) -> Tree {
    let kind = if text.contains("://") { "URI" } else { "DNS" };
    Tree::fill("{san_type:$0,matcher:{exact:$1}}", &mut [Tree::word(kind), name])
}

fn secret(name: At) -> Tree {
    named_secret(name.text(), name)
}

fn named_secret(text: &str, set: At) -> Tree {
    // The API allows a secret without a name; Envoy does not.
    let name = if text.is_empty() { Tree::word("unnamed") } else { Tree::text(text) };
    set.wrote(Tree::fill(SECRET, &mut [name]))
}
