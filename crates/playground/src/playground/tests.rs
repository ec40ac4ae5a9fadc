//! Requests on the wire as steps of the history.
#![allow(clippy::unwrap_used)] // A test may panic.

use app_mesh_engine::api::{self, handle};
use serde_json::json;

use super::*;

/// Sends a request that must succeed.
#[track_caller]
fn ok(playground: &mut Playground, method: &str, path: &str, body: &serde_json::Value) {
    let path = format!("/v20190125{path}");
    let body = body.to_string().into_bytes();
    let request = api::Request { method: method.into(), path, body, ..api::Request::default() };
    assert_eq!(handle(playground, request).status, 200);
}

#[test]
fn what_the_wire_changes_can_be_undone() {
    let mut playground = Playground::empty().unwrap();
    ok(&mut playground, "PUT", "/meshes", &json!({"meshName": "m"}));
    ok(&mut playground, "PUT", "/meshes/m/virtualNodes", &json!({"virtualNodeName": "n", "spec": {}}));
    let before = playground.state().world.clone();
    ok(&mut playground, "DELETE", "/meshes/m/virtualNodes/n", &json!({}));
    assert_ne!(playground.state().world, before);
    let step = playground.state().history.done().last().unwrap().clone();
    assert_eq!(step.label, "Delete virtual node `n`");
    assert_eq!(step.echoes[0].line, "aws appmesh delete-virtual-node --mesh-name m --virtual-node-name n");
    playground.run(Command::Undo);
    assert_eq!(playground.state().world, before);
}

#[test]
fn a_request_that_changes_nothing_is_no_step() {
    let mut playground = Playground::empty().unwrap();
    let mesh = json!({"meshName": "m", "clientToken": "t1"});
    ok(&mut playground, "PUT", "/meshes", &mesh);
    let steps = playground.state().history.done().len();
    ok(&mut playground, "PUT", "/meshes", &mesh);
    ok(&mut playground, "GET", "/meshes", &json!(null));
    assert_eq!(playground.state().history.done().len(), steps);
}
