//! AWS App Mesh as a pure engine: its API, its control plane, Envoy's configuration, and the outcome of a request.
//!
//! This crate performs no input or output, and reads neither a clock nor a random generator: time and seed are
//! arguments of each call, so the same calls give the same bytes. It has no knowledge of a page, a history or a
//! terminal.
//!
//! - [`model`]: the types of the API; every API field is declared there, once.
//! - [`control_plane`]: meshes and the operations on them. [`environment`]: the facts outside App Mesh, such as DNS
//!   records and tasks. [`world`]: both.
//! - [`resolve`]: the effects of an IP version preference. [`envoy`]: the configuration of every proxy, with the
//!   cause of each line. [`traffic`]: the outcome of a request.
//! - [`api`]: the REST-JSON protocol, for SDKs and the AWS CLI. [`service`]: the services that it can run on.
//!
//! ```
//! use app_mesh_engine::{api, service::MemoryService};
//! let mut service = MemoryService::empty().unwrap();
//! let create = api::Request {
//!     method: "PUT".into(),
//!     path: "/v20190125/meshes".into(),
//!     body: br#"{"meshName": "colors"}"#.to_vec(),
//!     ..api::Request::default()
//! };
//! assert_eq!(api::handle(&mut service, create).status, 200);
//! assert_eq!(service.world().control_plane.meshes().count(), 1);
//! ```

pub mod api;
pub mod control_plane;
pub mod environment;
pub mod envoy;
pub mod model;
pub mod resolve;
pub mod service;
pub mod traffic;
pub mod world;

// Shared with tests/common.
#[cfg(test)]
#[path = "../../../tests/common/outside.rs"]
mod outside;
#[cfg(test)]
#[path = "../../../tests/common/work.rs"]
mod work;
