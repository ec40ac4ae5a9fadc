//! Mesh Playground: the AWS App Mesh control plane, back to life in the browser.
//!
//! One engine, several doors, one history. The engine is a pure state machine; every door (the page, documents,
//! the wire protocol, later a terminal) turns what the user did into a [`store::Command`] and shows the
//! snapshot that [`store::update`] gives back.
//!
//! - [`model`]: the vocabulary; every API field is declared there, once.
//! - [`control_plane`]: meshes and the operations on them. [`environment`]: what is around them. [`world`]: both.
//! - [`resolve`]: what an IP version preference sets. [`envoy`]: the configuration of every proxy, and why.
//!   [`traffic`]: what becomes of a request.
//! - [`api`]: the REST-JSON protocol, for SDKs and the AWS CLI; [`playground`]: what programs hold.
//! - [`terminal`]: the `aws appmesh` line for an operation. [`document`]: files in and out. [`scenario`]: where a
//!   first visit begins.
//! - [`share`]: a whole playground in the fragment of an address. [`embed`]: the page inside another one. [`door`]: what
//!   that one asks.
//! - [`job`]: long work in slices, so that the page stays responsive.
//! - [`store`]: commands, events, effects, history. [`view_model`]: snapshots in words and shapes.
//! - `ui` (feature `ui`): the page, and the only module that knows a browser.
//!
//! Only `ui` names Yew or web types; `cargo test --no-default-features` builds all else on any machine.

pub mod api;
pub mod control_plane;
pub mod document;
pub mod door;
pub mod embed;
pub mod environment;
pub mod envoy;
pub mod job;
pub mod model;
pub mod playground;
pub mod projects;
pub mod resolve;
pub mod scenario;
pub mod share;
pub mod sorting;
pub mod store;
pub mod terminal;
pub mod traffic;
#[cfg(feature = "ui")]
pub mod ui;
pub mod view_model;
pub mod words;
pub mod world;

// Shared with tests/common.
#[cfg(test)]
#[path = "../tests/common/outside.rs"]
mod outside;
#[cfg(test)]
#[path = "../tests/common/work.rs"]
mod work;
