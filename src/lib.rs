//! Mesh Playground: the AWS App Mesh control plane, back to life in the browser.
//!
//! One engine, several doors (entry points), one history. The engine is a pure state machine. Every door (the page,
//! documents, the wire protocol, the terminal) converts an action of the user to a [`store::Command`] and shows the
//! snapshot that [`store::update`] returns.
//!
//! - [`model`]: the types of the API; every API field is declared there, once.
//! - [`control_plane`]: meshes and the operations on them. [`environment`]: the facts outside App Mesh, such as DNS
//!   records and tasks. [`world`]: both.
//! - [`resolve`]: the effects of an IP version preference. [`envoy`]: the configuration of every proxy, with the
//!   cause of each line. [`traffic`]: the outcome of a request.
//! - [`api`]: the REST-JSON protocol, for SDKs and the AWS CLI. [`playground`]: one value for programs to hold.
//! - [`terminal`]: a shell with the `aws` command and other tools. [`document`]: reading and writing files.
//!   [`scenario`]: the world of a first visit.
//! - [`share`]: links that contain a whole playground in the fragment of the address. [`embed`]: options of the page
//!   inside another one. [`door`]: requests of that other page.
//! - [`job`]: long work in slices, so that the page stays responsive.
//! - [`store`]: commands, events, effects, history. [`view_model`]: the content of the page as plain data.
//! - `ui` (feature `ui`): the page, and the only module that depends on a browser.
//!
//! Only `ui` uses Yew or web types; `cargo test --no-default-features` builds everything else on any machine.

pub mod door;
pub mod embed;
#[cfg(feature = "ui")]
pub mod ui;
pub mod view_model;

pub use app_mesh_engine::{api, control_plane, environment, envoy, model, resolve, traffic, world};
pub use mesh_documents::{self as document, scenario};
pub use mesh_terminal as terminal;
pub use mesh_text::{job, sorting, words};
pub use playground_core::{playground, projects, share, store};

// Shared with tests/common.
#[cfg(test)]
#[path = "../tests/common/outside.rs"]
mod outside;
#[cfg(test)]
#[path = "../tests/common/work.rs"]
mod work;
