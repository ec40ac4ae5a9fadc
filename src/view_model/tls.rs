//! The TLS of a connection in words: the deciding setting, each side's check of the other's certificate, assumptions,
//! and a remedy.

use mesh_text::words::{english, say, t};

use super::{events::failure_words, sentence};
use crate::{
    environment::Answer,
    traffic::{Check, Stop, Tls, TlsCause},
};

/// Describes the use of TLS by both sides, with the reasons and the result.
pub(super) fn tls_words(tls: &Tls) -> String {
    let caller = match tls.cause {
        None => t("the caller speaks no TLS"),
        Some(TlsCause::BackendPolicy) => t("the backend's client policy makes the caller speak TLS"),
        Some(TlsCause::DefaultPolicy) => {
            t("the client policy of the backend defaults makes the caller speak TLS")
        }
        Some(TlsCause::Listener) => t("the caller follows the listener and speaks TLS"),
    };
    let listener = match tls.mode {
        None => t("the listener has no TLS").to_owned(),
        Some(mode) => say("the listener's mode is {0}", &[mode.as_str()]),
    };
    let words = match tls.stop() {
        None => say("{0}; {1}", &[caller, &listener]),
        Some(stop) => say("{0}; {1}: {2}", &[caller, &listener, failure_words(stop)]),
    };
    let mut sentences = vec![sentence(&words)];
    let is_server_refused = matches!(tls.stop(), Some(Stop::UnknownAuthority | Stop::OtherName));
    sentences.extend(tls.server.iter().flat_map(check_words));
    // A caller that refuses the listener's certificate does not send its own.
    sentences.extend(tls.client.iter().filter(|_| !is_server_refused).flat_map(check_words));
    sentences.extend(tls.stop().and_then(|stop| hint(tls, stop)));
    sentences.join(". ")
}

/// Describes the check of one certificate, in sentences.
fn check_words(check: &Check) -> Vec<String> {
    let certificate = &*check.certificate;
    let trust = check.trust.join(", ");
    let wanted = check.wanted.join(t(" or "));
    let mut sentences = vec![match (check.authority, check.is_self_signed) {
        (Answer::Yes, _) => say("{0} is trusted by {1}", &[certificate, &trust]),
        (Answer::Assumed, _) => say(
            "Assumed: {0} is signed by an authority in {1}. The command cert states it",
            &[certificate, &trust],
        ),
        (Answer::No, true) => say("{0} signed itself and is not in {1}", &[certificate, &trust]),
        (Answer::No, false) => say("{0} is not signed by an authority in {1}", &[certificate, &trust]),
    }];
    if check.authority != Answer::No && !check.wanted.is_empty() {
        let names = check.names.join(", ");
        sentences.push(match check.name {
            Answer::Yes => say("It has the name {0}", &[&wanted]),
            Answer::Assumed => {
                say("Assumed: {0} has the name {1}. The command cert states it", &[certificate, &wanted])
            }
            Answer::No if names.is_empty() => say("It has no names, and {0} is wanted", &[&wanted]),
            Answer::No => say("Its names are {0}, and {1} is wanted", &[&names, &wanted]),
        });
    }
    sentences
}

/// Returns a remedy for a failed handshake.
fn hint(tls: &Tls, stop: Stop) -> Option<String> {
    let of = |check: &Option<Check>, words: &'static str| {
        let check = check.as_ref()?;
        Some(say(words, &[&check.trust.join(", "), &check.wanted.join(t(" or ")), &check.certificate]))
    };
    match stop {
        Stop::TlsToPlaintext => Some(
            t("Give the listener a certificate and the mode PERMISSIVE, or set enforce to false in the policy")
                .to_owned(),
        ),
        Stop::NoCertificate => Some(
            t("Name a certificate in the caller's client policy, or remove the validation from the listener")
                .to_owned(),
        ),
        Stop::UnknownAuthority | Stop::UnknownClientAuthority => {
            let check = if stop == Stop::UnknownAuthority { &tls.server } else { &tls.client };
            of(check, english("Put the authority of {2} into {0}, or show a certificate of an authority that is there"))
        }
        Stop::OtherName | Stop::OtherClientName => {
            let check = if stop == Stop::OtherName { &tls.server } else { &tls.client };
            of(
                check,
                english("Show a certificate with the name {1}, or list a name of {2} in subjectAlternativeNames"),
            )
        }
        _ => None,
    }
}
