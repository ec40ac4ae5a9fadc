//! Whether a caller's Envoy speaks TLS to a listener, and whether the handshake succeeds.
//!
//! Source of the negotiation: user guide, page "tls", "How App Mesh configures Envoys to negotiate TLS"; of the names:
//! API shape `TlsValidationContext`. The outcomes were measured on real Envoys (`conformance/tests/live_tls.rs`). The
//! contents of a certificate are facts of the environment, stated or assumed (`environment/certificates.rs`).
//! docs/facts/tls.md has both, and docs/facts/api-rules.md the rules of the API.

use std::rc::Rc;

use super::{Request, Stop};
use crate::{
    environment::{Answer, Certificates},
    model::{
        ClientPolicy, ClientPolicyTls, ListenerTls, ListenerTlsMode, Name, SubjectAlternativeNames, View,
        VirtualNodeSpec,
    },
};

/// Reason why a caller's Envoy speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsCause {
    /// The client policy of the backend.
    BackendPolicy,
    /// The client policy among the backend defaults.
    DefaultPolicy,
    /// The target's listener: a caller without an applicable policy follows its mode.
    Listener,
}

/// Check of a certificate by its peer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// The certificate: the path of its file, its ARN, or the name of its secret.
    pub certificate: Name,
    /// The trust stores it is checked against, given by the same kinds of references.
    pub trust: Vec<Name>,
    /// The names of which it must have one; empty if any name is accepted.
    pub wanted: Vec<Name>,
    /// The names it has, as far as they are stated.
    pub names: Vec<Name>,
    /// Whether it is self-signed.
    pub is_self_signed: bool,
    /// Whether its authority is trusted.
    pub authority: Answer,
    /// Whether it has one of the required names.
    pub name: Answer,
}

impl Check {
    fn new(certificates: &Certificates, certificate: Name, trust: Vec<Name>, wanted: Vec<Name>) -> Self {
        Self {
            authority: certificates.trusts(&trust, &certificate),
            name: certificates.has_name(&certificate, &wanted),
            is_self_signed: certificates.is_self_signed(&certificate),
            names: certificates.names(&certificate).to_vec(),
            certificate,
            trust,
            wanted,
        }
    }

    /// Returns whether its outcome depends on an assumption.
    pub fn is_assumed(&self) -> bool {
        self.authority != Answer::No
            && self.name != Answer::No
            && (self.authority == Answer::Assumed || self.name == Answer::Assumed)
    }

    /// Returns the reason that the Envoy which refuses the certificate logs.
    fn reason(&self) -> String {
        let cause = match (self.authority, self.is_self_signed) {
            (Answer::No, true) => {
                "X509_verify_cert:_certificate_verification_error_at_depth_0:_self_signed_certificate"
                    .to_owned()
            }
            (Answer::No, false) => "X509_verify_cert:_certificate_verification_error_at_depth_0:_\
                unable_to_get_local_issuer_certificate"
                .to_owned(),
            _ => format!("SAN_matcher,_certificate_SANs_are_[{}]", self.listed()),
        };
        error(&format!(
            "268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_{cause}"
        ))
    }

    /// Returns the names as Envoy lists them: DNS names, then URIs.
    fn listed(&self) -> String {
        let (uris, names): (Vec<&Name>, Vec<&Name>) =
            self.names.iter().partition(|name| name.contains("://"));
        let listed: Vec<&str> = names.into_iter().chain(uris).map(|name| &**name).collect();
        listed.join(",_")
    }
}

/// The TLS of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tls {
    /// Why the caller speaks TLS; `None` if it does not.
    pub cause: Option<TlsCause>,
    /// The mode of the target's listener; `None` if it has no TLS.
    pub mode: Option<ListenerTlsMode>,
    /// Whether the caller checks the certificate against the trust of its own policy.
    pub validates: bool,
    /// Whether the listener requires a certificate of the caller (mutual TLS).
    pub wants_certificate: bool,
    /// Whether the caller's policy names a certificate.
    pub has_certificate: bool,
    /// The caller's check of the listener's certificate; `None` if it accepts any, or none is presented.
    pub server: Option<Check>,
    /// The listener's check of the caller's certificate; `None` if it requires none, or none is presented.
    pub client: Option<Check>,
}

impl Tls {
    /// Returns the TLS of a connection to the application itself, which speaks none: only the proxies do.
    pub(super) fn without_listener(&self) -> Self {
        Self { mode: None, wants_certificate: false, server: None, client: None, ..self.clone() }
    }

    /// Returns why the handshake fails, if it does. Measured: the caller checks first.
    pub fn stop(&self) -> Option<Stop> {
        match (self.cause, is_offered(self.mode)) {
            (Some(_), false) => Some(Stop::TlsToPlaintext),
            (Some(_), true) => self.refused_certificate(),
            (None, _) => (self.mode == Some(ListenerTlsMode::Strict)).then_some(Stop::PlaintextToTls),
        }
    }

    fn refused_certificate(&self) -> Option<Stop> {
        let fails = |check: &Option<Check>, stops: [Stop; 2]| {
            let check = check.as_ref()?;
            let answers = [check.authority, check.name].into_iter().zip(stops);
            answers.into_iter().find(|(answer, _)| *answer == Answer::No).map(|(_, stop)| stop)
        };
        fails(&self.server, [Stop::UnknownAuthority, Stop::OtherName])
            .or_else(|| (self.wants_certificate && !self.has_certificate).then_some(Stop::NoCertificate))
            .or_else(|| fails(&self.client, [Stop::UnknownClientAuthority, Stop::OtherClientName]))
    }

    /// Returns the transport failure reasons in the logs of the caller's and the target's Envoy
    /// (`UPSTREAM_TRANSPORT_FAILURE_REASON`, `DOWNSTREAM_TRANSPORT_FAILURE_REASON`) if a certificate is refused.
    pub fn reasons(&self) -> Option<[String; 2]> {
        const UNKNOWN_AUTHORITY: &str = "268436504:SSL_routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA";
        const OTHER_NAME: &str = "268436502:SSL_routines:OPENSSL_internal:SSLV3_ALERT_CERTIFICATE_UNKNOWN";
        let server = || self.server.as_ref().map(Check::reason);
        let client = || self.client.as_ref().map(Check::reason);
        match self.stop()? {
            Stop::UnknownAuthority => Some([server()?, error(UNKNOWN_AUTHORITY)]),
            Stop::OtherName => Some([server()?, error(OTHER_NAME)]),
            Stop::UnknownClientAuthority => Some([error(UNKNOWN_AUTHORITY), client()?]),
            Stop::OtherClientName => Some([error(OTHER_NAME), client()?]),
            Stop::NoCertificate => Some([
                error("268436496:SSL_routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE"),
                error(
                    "268435648:SSL_routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE:\
                     peer_did_not_provide_required_client_certificate",
                ),
            ]),
            _ => None,
        }
    }
}

fn error(text: &str) -> String {
    ["TLS_error:|", text, ":TLS_error_end"].concat()
}

const fn is_offered(mode: Option<ListenerTlsMode>) -> bool {
    matches!(mode, Some(ListenerTlsMode::Strict | ListenerTlsMode::Permissive))
}

/// The client policies that may apply to a backend: its own takes precedence over the defaults of its node or gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Policies<'v> {
    pub(super) backend: Option<View<'v, ClientPolicy>>,
    pub(super) defaults: Option<View<'v, ClientPolicy>>,
}

/// Negotiates the TLS between a caller and a port of a target.
///
/// A policy applies to the ports that it names, or to all ports if it names none (N16). An enforced policy makes the
/// caller speak TLS; policies are enforced by default. If a policy does not apply or is not enforced, the listener
/// decides. `target` is the node; its discovery provides the name that its certificate must have if the policy names
/// none.
pub(super) fn negotiate(
    certificates: &Certificates,
    policies: Policies,
    target: View<VirtualNodeSpec>,
    listener: Option<View<ListenerTls>>,
    port: i64,
) -> Tls {
    let own = policies.backend.map(|policy| (policy, TlsCause::BackendPolicy));
    let policy = own
        .or(policies.defaults.map(|policy| (policy, TlsCause::DefaultPolicy)))
        .and_then(|(policy, cause)| Some((policy.tls()?, cause)))
        .filter(|(tls, _)| holds(*tls, port));
    let mode = listener.map(|tls| tls.mode());
    let is_offered = is_offered(mode);
    let cause = match policy {
        Some((tls, cause)) if tls.enforce() != Some(false) || is_offered => Some(cause),
        _ => is_offered.then_some(TlsCause::Listener),
    };
    let policy = policy.map(|(tls, _)| tls);
    let listener = listener.filter(|_| is_offered && cause.is_some());
    let shown = policy.and_then(client_certificate);
    Tls {
        cause,
        mode,
        validates: policy.is_some() && cause.is_some(),
        wants_certificate: is_offered && listener.is_some_and(|tls| tls.validation().is_some()),
        has_certificate: policy.is_some_and(|tls| tls.certificate().is_some()),
        server: listener.and_then(|listener| server_check(certificates, policy, target, listener)),
        client: listener.zip(shown).and_then(|(listener, shown)| client_check(certificates, listener, shown)),
    }
}

fn holds(tls: View<ClientPolicyTls>, port: i64) -> bool {
    let ports = tls.ports().unwrap_or_default();
    ports.is_empty() || ports.iter().any(|named| named == port)
}

/// Returns a caller's check of the listener's certificate. A caller without a policy checks only an ACM certificate,
/// against the root of that certificate.
fn server_check(
    certificates: &Certificates,
    policy: Option<View<ClientPolicyTls>>,
    target: View<VirtualNodeSpec>,
    listener: View<ListenerTls>,
) -> Option<Check> {
    let certificate = listener_certificate(listener)?;
    let Some(policy) = policy else {
        let acm = listener.certificate().acm()?;
        return Some(Check::new(certificates, certificate, vec![acm.certificate_arn().into()], Vec::new()));
    };
    let validation = policy.validation();
    let trust = validation.trust();
    let file = trust.file().map(|file| vec![file.certificate_chain().into()]);
    let secret = || trust.sds().map(|sds| vec![sds.secret_name().into()]);
    let arns = || trust.acm().map(|acm| acm.certificate_authority_arns().iter().map(Name::from).collect());
    let mut wanted = wanted(validation.subject_alternative_names());
    if wanted.is_empty() {
        wanted.extend(found_by(target));
    }
    Some(Check::new(certificates, certificate, file.or_else(secret).or_else(arns)?, wanted))
}

/// Returns why a gateway's listener refuses the certificate of an outside client, or the lack of one.
pub(super) fn refused_client(
    certificates: &Certificates,
    listener: View<ListenerTls>,
    request: &Request,
) -> Option<Stop> {
    listener.validation()?;
    let Some(certificate) = request.certificate.clone() else { return Some(Stop::NoCertificate) };
    let check = client_check(certificates, listener, certificate)?;
    match (check.authority, check.name) {
        (Answer::No, _) => Some(Stop::UnknownClientAuthority),
        (_, Answer::No) => Some(Stop::OtherClientName),
        _ => None,
    }
}

/// Returns a listener's check of the caller's certificate; `None` if it requires none.
fn client_check(
    certificates: &Certificates,
    listener: View<ListenerTls>,
    certificate: Name,
) -> Option<Check> {
    let validation = listener.validation()?;
    let trust = validation.trust();
    let file = trust.file().map(|file| file.certificate_chain().into());
    let store: Name = file.or_else(|| trust.sds().map(|sds| sds.secret_name().into()))?;
    Some(Check::new(certificates, certificate, vec![store], wanted(validation.subject_alternative_names())))
}

/// Returns the service-discovery name of a node: its DNS host name, or service and namespace of Cloud Map.
fn found_by(target: View<VirtualNodeSpec>) -> Option<Name> {
    let discovery = target.service_discovery()?;
    let host = discovery.dns().map(|dns| dns.hostname().into());
    let host: Option<Name> = host.or_else(|| {
        let service = discovery.aws_cloud_map()?;
        Some([service.service_name(), ".", service.namespace_name()].concat().into())
    });
    host.filter(|host| !host.is_empty())
}

fn wanted(names: Option<View<SubjectAlternativeNames>>) -> Vec<Name> {
    let names = names.map(|names| names.matches().exact()).unwrap_or_default();
    names.iter().map(Rc::from).collect()
}

/// Returns the certificate that a listener presents.
pub fn listener_certificate(listener: View<ListenerTls>) -> Option<Name> {
    let certificate = listener.certificate();
    let file = certificate.file().map(|file| file.certificate_chain().into());
    let secret = || certificate.sds().map(|sds| sds.secret_name().into());
    file.or_else(secret).or_else(|| certificate.acm().map(|acm| acm.certificate_arn().into()))
}

/// Returns the certificate of a client policy.
pub fn client_certificate(policy: View<ClientPolicyTls>) -> Option<Name> {
    let certificate = policy.certificate()?;
    let file = certificate.file().map(|file| file.certificate_chain().into());
    file.or_else(|| certificate.sds().map(|sds| sds.secret_name().into()))
}
