//! What holds whatever is asked: of any spec, of any sequence of requests, of any bytes on the wire.
//!
//! `specs` makes valid specs from the declarations; the other modules have a property each. Where most of what is
//! made could be refused, or miss a part of the API, a test with a fixed seed counts what is reached.

#![allow(clippy::unwrap_used)] // A test may panic.

mod echo;
mod forms;
mod sequences;
mod specs;
mod wire;

use mesh_playground::{api, playground::Playground};
use proptest::prelude::*;
use serde_json::Value;

/// What is found is printed as small as it gets, to become a test of its own; there are no files to keep.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A request on the wire, under the API's prefix, with a body unless it is null; the status and the body answered.
fn send(playground: &mut Playground, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let path = format!("/v20190125{path}");
    let request = api::Request { method: method.to_owned(), path, body, ..api::Request::default() };
    let response = api::handle(playground, request);
    (response.status, serde_json::from_slice(&response.body).unwrap())
}
