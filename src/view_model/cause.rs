//! The cause of a failed request, and its remedy. The cause names the preference only if another preference would
//! change the outcome.

use mesh_text::words::{say, t};

use crate::{
    control_plane::Mesh,
    environment::Environment,
    resolve::{EffectivePreference, Provenance},
    traffic::{Discovery, Fault, Reach, preference_matters},
    view_model::matrix::preference_words,
};

/// Describes the preference in force, and the level that sets it.
fn preference_in_force(preference: EffectivePreference, mesh: &str) -> String {
    let word = preference_words(preference.preference);
    match preference.provenance {
        Provenance::SetHere => say("{0}, set on this node", &[word]),
        Provenance::InheritedFromMesh => say("{0}, inherited from mesh {1}", &[word, mesh]),
        Provenance::NoPreference => t("no preference is set on the node or the mesh").to_owned(),
    }
}

/// Returns whether discovery has a usable address, and only the port is missing.
pub(super) fn is_listener_missing(discovery: &Discovery) -> bool {
    match discovery {
        Discovery::Empty { asked, available, .. } => asked.iter().any(|family| available.has(*family)),
        _ => false,
    }
}

/// Describes the preference in force if it affects the outcome of requests to a node: always for a request that
/// arrives, and for a request that fails if it would get further with another preference.
pub(super) fn cause(
    environment: &Environment,
    mesh: &Mesh,
    mesh_name: &str,
    node: &str,
    reach: &Reach,
) -> Option<String> {
    let is_cause = match reach.met() {
        None => true,
        Some(Fault::Discovery) if is_listener_missing(&reach.discovery) => false,
        // A preference does not affect TLS.
        Some(Fault::Tls) => false,
        Some(met) => preference_matters(environment, mesh, node, met),
    };
    is_cause.then(|| preference_in_force(reach.preference, mesh_name))
}

/// Returns the remedy for a failure that no preference of the node would fix.
pub(super) fn cure(reach: &Reach, has_cause: bool) -> &'static str {
    match reach.met() {
        Some(Fault::Discovery) if reach.discovery == Discovery::Undiscoverable => {
            t("No preference fixes this: give the node service discovery.")
        }
        Some(Fault::Discovery) if is_listener_missing(&reach.discovery) => {
            t("No preference fixes this: give the node a listener on the port that the request goes to.")
        }
        Some(Fault::Discovery) if !has_cause => {
            t("No preference fixes this: register an address for the node.")
        }
        Some(Fault::Address) if !has_cause => {
            t("No preference fixes this: start a task at that address, or register another address.")
        }
        Some(Fault::Tls) => {
            t("No preference fixes this: make the TLS of the caller and of the listener fit.")
        }
        Some(Fault::Application) if !has_cause => {
            t("No preference fixes this: change what the application listens on.")
        }
        _ => t("No preference of the node cures this: change what is registered, or what the application \
                listens on."),
    }
}
