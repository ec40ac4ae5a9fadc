//! Replies that callers receive, with the logs of both Envoys, and the retries of a caller's Envoy.
//!
//! Texts, flags and numbers were measured on a real Envoy (1.40) unless stated otherwise.

use std::borrow::Cow;

use super::Tls;
use crate::{
    environment::Environment,
    model::{
        Duration, DurationUnit, GrpcRetryPolicy, GrpcRetryPolicyEvent, HttpRetryPolicy, HttpRetryPolicyEvent,
        HttpTimeout, Items, PortProtocol, RouteSpec, View,
    },
};

/// Reply that the caller receives, with what the Envoys of both sides log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// The HTTP status; 0, as Envoy logs it, if there is none: on TCP, and if the connection is closed instead.
    pub status: u16,
    /// The gRPC status of a gRPC request that is answered at all. Envoy's own answers to gRPC have HTTP status 200.
    pub grpc_status: Option<u8>,
    /// The body, or the gRPC message; empty for the application's own answer.
    pub body: &'static str,
    /// Response flags in the caller's Envoy: `-`, `UH`, `UF`, `URX,UF`, `UC`, `UT`, `NR`, `DPE`; empty if no Envoy
    /// saw the request.
    pub caller_flags: &'static str,
    /// Response code details in the caller's Envoy.
    pub caller_details: Cow<'static, str>,
    /// Response flags in the target's Envoy; `None` if it does not log the request.
    pub target_flags: Option<&'static str>,
    /// The number of attempts by the caller's Envoy.
    pub attempts: u32,
}

/// Reason why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// No address is known.
    NoHost,
    /// The connection was refused.
    Refused,
    /// The connection was not answered in time.
    TimedOut,
    /// The caller spoke TLS to a listener without TLS.
    TlsToPlaintext,
    /// The caller does not trust the authority of the listener's certificate.
    UnknownAuthority,
    /// The listener's certificate has none of the names that the caller requires.
    OtherName,
    /// The listener requires a certificate, and the caller has none.
    NoCertificate,
    /// The listener does not trust the authority of the caller's certificate.
    UnknownClientAuthority,
    /// The caller's certificate has none of the names that the listener requires.
    OtherClientName,
    /// The caller did not speak TLS to a listener that requires it.
    PlaintextToTls,
    /// The target's Envoy could not connect to the application, and answered in its place.
    NoApplication,
    /// The route's time limit for the whole request expired.
    TooLate,
    /// No route, or no virtual host, matches the request.
    NoRoute,
    /// The route targets a node that does not exist. From Envoy's documentation; it refuses such a route in a file.
    NoCluster,
    /// No filter chain matches the connection.
    NoFilterChain,
    /// The client does not speak the protocol of the listener.
    NotHttp,
}

impl Stop {
    /// Returns whether one side of TLS refused the certificate of the other, or the lack of one.
    pub const fn is_refused_certificate(self) -> bool {
        matches!(
            self,
            Self::UnknownAuthority
                | Self::OtherName
                | Self::NoCertificate
                | Self::UnknownClientAuthority
                | Self::OtherClientName
        )
    }
}

/// Retry policy of a caller's Envoy: the route's own, or App Mesh's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Retries {
    /// The maximum number of retries.
    pub most: i64,
    /// Retries after a connection that could not be made.
    pub on_connect_failure: bool,
    /// Retries after a connection that broke, which includes one that could not be made.
    pub on_reset: bool,
    /// Retries after an answer with status 503.
    pub on_503: bool,
    /// Retries after a gRPC answer with status 14.
    pub on_unavailable: bool,
}

impl Retries {
    /// The default route retry policy: docs/facts/envoy.md#retries.
    pub const DEFAULT: Self =
        Self { most: 2, on_connect_failure: true, on_reset: false, on_503: true, on_unavailable: true };

    /// Returns the policy of a route, or of a node that is a provider without one; TCP has none.
    pub(super) fn of(environment: &Environment, route: Option<View<RouteSpec>>) -> Option<Self> {
        let default = environment.default_retries.then_some(Self::DEFAULT);
        let Some(route) = route else { return default };
        if route.tcp_route().is_some() {
            return None;
        }
        let http = route.http_route().or(route.http2_route()).and_then(|http| http.retry_policy());
        let grpc = route.grpc_route().and_then(|grpc| grpc.retry_policy());
        http.map(Self::of_http).or_else(|| grpc.map(Self::of_grpc)).or(default)
    }

    fn of_http(policy: View<HttpRetryPolicy>) -> Self {
        let mut retries = Self::of_events(policy.http_retry_events().unwrap_or_default());
        retries.most = policy.max_retries();
        retries.on_reset |= policy.tcp_retry_events().is_some();
        retries
    }

    fn of_grpc(policy: View<GrpcRetryPolicy>) -> Self {
        let mut retries = Self::of_events(policy.http_retry_events().unwrap_or_default());
        retries.most = policy.max_retries();
        retries.on_reset |= policy.tcp_retry_events().is_some();
        let mut events = policy.grpc_retry_events().unwrap_or_default().iter();
        retries.on_unavailable = events.any(|event| event == GrpcRetryPolicyEvent::Unavailable);
        retries
    }

    /// Converts retry events. `connection-error` is Envoy's `reset`, and `server-error` and `gateway-error` include
    /// it: docs/facts/envoy.md#retries. `client-error` and `stream-error` cover nothing that can happen here.
    fn of_events(events: Items<HttpRetryPolicyEvent>) -> Self {
        let on = events.iter().any(|event| matches!(event, "server-error" | "gateway-error"));
        Self { most: 0, on_connect_failure: false, on_reset: on, on_503: on, on_unavailable: false }
    }

    /// Returns whether it retries after this failure.
    pub(super) const fn cover(&self, stop: Stop, is_grpc: bool) -> bool {
        match stop {
            Stop::Refused | Stop::TimedOut | Stop::TlsToPlaintext => self.on_connect_failure || self.on_reset,
            _ if stop.is_refused_certificate() => self.on_connect_failure || self.on_reset,
            // Measured: `connect-failure` does not cover it.
            Stop::PlaintextToTls => self.on_reset,
            // Measured: the target's Envoy answers a gRPC request with status 200 and gRPC status 14.
            Stop::NoApplication if is_grpc => self.on_unavailable,
            Stop::NoApplication => self.on_503,
            _ => false,
        }
    }
}

/// The connect timeout of a caller's Envoy, in milliseconds: docs/facts/envoy.md#configuration.
pub const CONNECT_TIMEOUT: i64 = 1_000;

/// Returns the time limit of a route for a whole request, in milliseconds; `None` means no limit (R23 of
/// docs/facts/api-rules.md).
pub(super) fn time_limit(route: Option<View<RouteSpec>>) -> Option<i64> {
    const DEFAULT: i64 = 15_000;
    let timeout = |route: View<RouteSpec>| -> Option<i64> {
        let http = route.http_route().or(route.http2_route()).and_then(|http| http.timeout());
        let timeout: View<HttpTimeout> = http.or_else(|| route.grpc_route()?.timeout())?;
        milliseconds(timeout.per_request()?)
    };
    let limit = route.and_then(timeout).unwrap_or(DEFAULT);
    (limit > 0).then_some(limit)
}

fn milliseconds(duration: View<Duration>) -> Option<i64> {
    let unit = if duration.unit()? == DurationUnit::Seconds { 1_000 } else { 1 };
    Some(duration.value()?.saturating_mul(unit))
}

const ANSWERED: &str = "via_upstream";

/// Returns the application's own answer. `sees_target` is whether the request passed through the target's Envoy.
pub(super) const fn answered(is_http: bool, is_grpc: bool, sees_target: bool, attempts: u32) -> Reply {
    Reply {
        status: if is_http { 200 } else { 0 },
        grpc_status: if is_grpc { Some(0) } else { None },
        body: "",
        caller_flags: "-",
        caller_details: Cow::Borrowed(if is_http { ANSWERED } else { "" }),
        target_flags: if sees_target { Some("-") } else { None },
        attempts,
    }
}

/// Returns Envoy's answer in place of an application, after this many attempts under the policy `retries`.
pub(super) fn refused(stop: Stop, retries: Option<Retries>, is_grpc: bool, attempts: u32) -> Reply {
    // Measured: with `max_retries: 0` the flag is set although nothing was tried again.
    let is_exhausted = retries.is_some_and(|retries| retries.cover(stop, is_grpc));
    let (status, bodies, flags, details) = texts(stop);
    let flags = if is_exhausted { flags[1] } else { flags[0] };
    // Measured for gRPC: 404 becomes gRPC status 12, and 503 and 504 become 14, with HTTP status 200.
    let grpc = if status == 404 { 12 } else { 14 };
    let is_told = is_grpc && status != 0;
    Reply {
        status: if is_told { 200 } else { status },
        grpc_status: is_told.then_some(grpc),
        body: if attempts > 1 { bodies[1] } else { bodies[0] },
        caller_flags: flags,
        caller_details: details.into(),
        target_flags: (stop == Stop::NoApplication).then_some("UF"),
        attempts,
    }
}

/// Adds a TLS failure to a reply: the reason for refusing the certificate, and the log of the target's Envoy, whose
/// listener has the protocol `target`. Measured: a TCP proxy logs the connection; an HTTP listener logs only a TLS
/// ClientHello that it cannot parse.
pub(super) fn with_handshake(reply: Reply, stop: Stop, tls: &Tls, target: PortProtocol) -> Reply {
    let is_tcp = target == PortProtocol::Tcp;
    let target_flags = match stop {
        Stop::TlsToPlaintext if !is_tcp => Some("DPE"),
        // The TCP proxy forwards the bytes, and the application's reaction is not a failure of the proxy.
        _ => is_tcp.then_some("-"),
    };
    let is_http = !reply.caller_details.is_empty() || reply.status != 0;
    match tls.reasons() {
        Some([reason, _]) if is_http => {
            let details =
                ["upstream_reset_before_response_started{remote_connection_failure|", &reason, "}"].concat();
            Reply { caller_details: details.into(), target_flags, ..reply }
        }
        _ => Reply { target_flags, ..reply },
    }
}

/// Returns the reply of Envoy's TCP proxy, which closes the connection instead. Measured.
pub(super) fn closed(stop: Stop) -> Reply {
    let caller_flags = match stop {
        Stop::NoHost => "UH",
        // The caller's proxy was connected; the other side closed the connection.
        Stop::NoApplication | Stop::PlaintextToTls => "-",
        Stop::NoFilterChain | Stop::NoRoute => "NR",
        Stop::NoCluster => "NC",
        _ => "UF,URX",
    };
    let caller_details = if stop == Stop::NoFilterChain { "filter_chain_not_found" } else { "" };
    let target_flags = (stop == Stop::NoApplication).then_some("UF,URX");
    Reply {
        status: 0,
        grpc_status: None,
        body: "",
        caller_flags,
        caller_details: caller_details.into(),
        target_flags,
        attempts: 1,
    }
}

macro_rules! reset {
    ($reason:literal) => {
        [
            concat!("upstream connect error or disconnect/reset before headers. reset reason: ", $reason),
            concat!(
                "upstream connect error or disconnect/reset before headers. ",
                "retried and the latest reset reason: ",
                $reason
            ),
        ]
    };
}

/// Returns the status; the bodies without and after retries; the flags without and with a policy that covers the
/// failure; the details.
const fn texts(stop: Stop) -> (u16, [&'static str; 2], [&'static str; 2], &'static str) {
    const FAILED: [&str; 2] = reset!("remote connection failure");
    const UF: [&str; 2] = ["UF", "URX,UF"];
    const NONE: [&str; 2] = ["", ""];
    match stop {
        Stop::NoHost => (503, ["no healthy upstream"; 2], ["UH"; 2], "no_healthy_upstream"),
        Stop::Refused => (
            503,
            FAILED,
            UF,
            "upstream_reset_before_response_started{remote_connection_failure|\
             delayed_connect_error:_Connection_refused}",
        ),
        Stop::TimedOut => (
            503,
            reset!("connection timeout"),
            UF,
            "upstream_reset_before_response_started{connection_timeout}",
        ),
        Stop::TlsToPlaintext => (
            503,
            FAILED,
            UF,
            "upstream_reset_before_response_started{remote_connection_failure|\
             TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end}",
        ),
        // `with_handshake` supplies the details.
        Stop::UnknownAuthority
        | Stop::OtherName
        | Stop::NoCertificate
        | Stop::UnknownClientAuthority
        | Stop::OtherClientName => (503, FAILED, UF, ""),
        Stop::PlaintextToTls => (
            503,
            reset!("connection termination"),
            ["UC", "URX,UC"],
            "upstream_reset_before_response_started{connection_termination}",
        ),
        // The caller can distinguish this from a refusing listener only by the flags.
        Stop::NoApplication => (503, [FAILED[0]; 2], ["-", "URX"], ANSWERED),
        Stop::TooLate => (504, ["upstream request timeout"; 2], ["UT"; 2], "response_timeout"),
        Stop::NoRoute => (404, NONE, ["NR"; 2], "route_not_found"),
        Stop::NoCluster => (503, NONE, ["NC"; 2], "cluster_not_found"),
        Stop::NoFilterChain => (0, NONE, ["NR"; 2], "filter_chain_not_found"),
        Stop::NotHttp => (400, ["Bad Request"; 2], ["DPE"; 2], "http1.codec_error"),
    }
}
