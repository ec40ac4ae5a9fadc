//! Whether a caller's Envoy speaks TLS to a listener, and whether the two come together.
//!
//! Source of who decides: user guide, page "tls", "How App Mesh configures Envoys to negotiate TLS". What then
//! happens was measured on real Envoys. Certificates are not looked into: no one here can know what is in them.

use super::Stop;
use crate::model::{ClientPolicy, ClientPolicyTls, ListenerTls, ListenerTlsMode, View};

/// Who makes a caller's Envoy speak TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsCause {
    /// The client policy of the backend.
    BackendPolicy,
    /// The client policy among the backend defaults.
    DefaultPolicy,
    /// The target's listener: a caller without a policy that holds follows its mode.
    Listener,
}

/// The TLS of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tls {
    /// Who makes the caller speak TLS; `None` when it does not.
    pub cause: Option<TlsCause>,
    /// The mode of the target's listener; `None` when it has no TLS.
    pub mode: Option<ListenerTlsMode>,
    /// Whether the caller checks the certificate against something of its own policy.
    pub validates: bool,
    /// Whether the listener wants a certificate of the caller (mutual TLS).
    pub wants_certificate: bool,
    /// Whether the caller's policy names one.
    pub has_certificate: bool,
}

impl Tls {
    /// The same to the application itself, which speaks none: TLS was the proxies' business.
    pub(super) const fn without_listener(self) -> Self {
        Self { mode: None, wants_certificate: false, ..self }
    }

    /// What is in the way, if the two do not come together.
    pub fn stop(&self) -> Option<Stop> {
        let accepts_tls = matches!(self.mode, Some(ListenerTlsMode::Strict | ListenerTlsMode::Permissive));
        match (self.cause, accepts_tls) {
            (Some(_), false) => Some(Stop::TlsToPlaintext),
            (Some(_), true) => {
                (self.wants_certificate && !self.has_certificate).then_some(Stop::NoCertificate)
            }
            (None, _) => (self.mode == Some(ListenerTlsMode::Strict)).then_some(Stop::PlaintextToTls),
        }
    }
}

/// The client policies that may hold for a backend: its own comes before the defaults of its node or gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Policies<'v> {
    pub(super) backend: Option<View<'v, ClientPolicy>>,
    pub(super) defaults: Option<View<'v, ClientPolicy>>,
}

/// The TLS between a caller and a port of a target.
///
/// A policy holds for the ports it names, for all when it names none (N16), and makes the caller speak TLS when it
/// is enforced, as it is unless it says otherwise. A policy that does not hold or is not enforced leaves the
/// decision to the listener.
pub(super) fn negotiate(policies: Policies, listener: Option<View<ListenerTls>>, port: i64) -> Tls {
    let own = policies.backend.map(|policy| (policy, TlsCause::BackendPolicy));
    let policy = own
        .or(policies.defaults.map(|policy| (policy, TlsCause::DefaultPolicy)))
        .and_then(|(policy, cause)| Some((policy.tls()?, cause)))
        .filter(|(tls, _)| holds(*tls, port));
    let mode = listener.map(|tls| tls.mode());
    let is_offered = matches!(mode, Some(ListenerTlsMode::Strict | ListenerTlsMode::Permissive));
    let cause = match policy {
        Some((tls, cause)) if tls.enforce() != Some(false) || is_offered => Some(cause),
        _ => is_offered.then_some(TlsCause::Listener),
    };
    Tls {
        cause,
        mode,
        validates: policy.is_some() && cause.is_some(),
        wants_certificate: is_offered && listener.is_some_and(|tls| tls.validation().is_some()),
        has_certificate: policy.is_some_and(|(tls, _)| tls.certificate().is_some()),
    }
}

fn holds(tls: View<ClientPolicyTls>, port: i64) -> bool {
    let ports = tls.ports().unwrap_or_default();
    ports.is_empty() || ports.iter().any(|named| named == port)
}
