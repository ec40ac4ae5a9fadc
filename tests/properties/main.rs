//! Properties that hold for any spec, any sequence of requests, and any bytes on the wire.
//!
//! `specs` generates valid specs from the declarations; each other module tests one property. Random input could be
//! mostly refused, or miss a part of the API; in such cases, a test with a fixed seed counts what is reached.

#![allow(clippy::unwrap_used)] // A test may panic.

mod echo;
mod forms;
mod sequences;
mod specs;
mod wire;

use mesh_playground::{api, playground::Playground};
use proptest::prelude::*;
use serde_json::Value;

/// A failing case is printed in its smallest form, to become a separate test; no files are stored.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Sends a request on the wire, under the API's prefix, with a body unless it is null. Returns the status and the body
/// of the response.
fn send(playground: &mut Playground, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let path = format!("/v20190125{path}");
    let request = api::Request { method: method.to_owned(), path, body, ..api::Request::default() };
    let response = api::handle(playground, request);
    (response.status, serde_json::from_slice(&response.body).unwrap())
}
