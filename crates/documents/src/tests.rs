//! Reading and writing documents: what is accepted, what is reported, and whether a round trip is lossless.
#![allow(clippy::unwrap_used)] // A test may panic.

mod app_mesh;
mod opening;
mod template;

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::{Env, Timestamp},
    model::{Key, Kind, MeshId, TextMap},
    world::World,
};
use serde_json::{Value, json};

use super::*;

const ENV: Env = Env { now: Timestamp(1_649_252_750_072), seed: 7 };

#[track_caller]
fn open_in(world: &World, text: &str) -> Opened {
    let plan = read(text).unwrap().plan(&TextMap::new(), world).unwrap();
    apply(&Rc::new(world.clone()), &Rc::new(plan), &ENV)
}

/// Opens a document in an empty world.
#[track_caller]
fn opened(document: &Value) -> Opened {
    open_in(&World::empty().unwrap(), &document.to_string())
}

/// Returns the numbers of created, updated, unchanged and refused resources.
fn counts(opened: &Opened) -> [usize; 4] {
    let Counts { created, updated, unchanged, refused } = opened.report.counts;
    [created, updated, unchanged, refused]
}

/// Returns `disposition path: reason`, one for each key.
fn notes(opened: &Opened) -> Vec<String> {
    let notes = opened.report.notes.iter();
    notes.map(|note| format!("{} {}: {}", note.disposition.as_str(), note.path, note.reason)).collect()
}

/// Returns kind, name and spec of every resource in mesh `m`.
fn specs(world: &World) -> Vec<(Kind, String, Value)> {
    let id = MeshId { owner: world.account.clone(), name: "m".into() };
    let Some(mesh) = world.control_plane.mesh(&id) else { return Vec::new() };
    let resources = mesh.resources().map(|resource| &**resource);
    resources
        .map(|resource| {
            (resource.id.key.kind, resource.id.key.name.to_string(), resource.spec.json().clone())
        })
        .collect()
}

#[track_caller]
fn spec_of(world: &World, kind: Kind, name: &str) -> Value {
    let specs = specs(world);
    let found = specs.into_iter().find(|(other, found, _)| (*other, found.as_str()) == (kind, name));
    found.unwrap_or_else(|| panic!("no {kind:?} {name}")).2
}

/// Returns the input of `CreateVirtualNode` for `n` in `m`, with this host name for DNS service discovery.
fn node(name: &str, host: &str) -> Value {
    json!({"meshName": "m", "virtualNodeName": name, "spec": {
        "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
        "serviceDiscovery": {"dns": {"hostname": host}},
    }})
}

#[test]
fn what_a_text_is_is_told_or_why_it_is_nothing() {
    let words = |text: &str| read(text).map(|source| source.words());
    for (text, expected) in [
        (r#"{"meshName": "m"}"#, "App Mesh JSON"),
        ("meshName: m", "App Mesh JSON"),
        (r#"[{"mesh": {"meshName": "m"}}]"#, "App Mesh JSON"),
        (
            "Resources: {M: {Type: 'AWS::AppMesh::Mesh', Properties: {MeshName: m}}}",
            "a CloudFormation template",
        ),
        (&save(&World::empty().unwrap()), "a playground document"),
    ] {
        assert_eq!(words(text), Ok(expected), "{text}");
    }
    for (text, expected) in [
        ("", "there is no text"),
        (" \n\t", "there is no text"),
        ("{", "line 1, column "),
        ("a: [1, 2", "line "),
        ("5", "this is neither a CloudFormation template"),
        ("[]", "this is neither a CloudFormation template"),
        ("hello", "this is neither a CloudFormation template"),
        (r#"{"a": 1, "b": 2}"#, "this is neither a CloudFormation template"),
        ("{\"meshName\": \"m\"", "line 1, column "),
    ] {
        let error = words(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let error = words(r#"{"apple": 1, "pear": 2}"#).unwrap_err().to_string();
    assert!(error.ends_with("its top has apple, pear"), "{error}");
}
