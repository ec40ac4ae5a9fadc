//! The App Mesh control plane: meshes and what is in them, and the operations on them.
//!
//! A pure state machine. It knows names, references, versions and ownership, and answers as the service did; it
//! must not know Envoy, addresses or any screen. Start at [`ControlPlane::apply`]; what callers send becomes an
//! [`Operation`] in `operation.rs`, and with lists, tags and tokens a [`Request`] in `request.rs`.

mod action;
mod error;
mod input;
mod operation;
mod request;
mod resource;
mod rules;
mod share;
mod state;
#[cfg(test)]
mod tests;
mod time;

pub use action::Action;
pub use error::{Blocker, Error, READ_ONLY};
pub use operation::{Operation, Response, Verb};
pub use request::{Answer, Page, Receipt, Request};
pub use resource::{Metadata, Resource, Status, input_for, names};
pub use rules::{check_name, is_name_character};
pub use share::{Invitation, InvitationError, InvitationStatus, ResourceShare};
pub use state::{ControlPlane, Env, Mesh};
pub use time::Timestamp;
