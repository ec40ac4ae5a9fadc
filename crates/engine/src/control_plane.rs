//! The App Mesh control plane: meshes, their resources, and the operations on them.
//!
//! A pure state machine. It knows names, references, versions and ownership, and responds as the service did; it must
//! not know Envoy, addresses or the user interface. Start at [`ControlPlane::apply`]. `operation.rs` parses what
//! callers send into an [`Operation`]; `request.rs` adds lists, tags and tokens in a [`Request`].

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
