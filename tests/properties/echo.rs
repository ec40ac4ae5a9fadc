//! A resource is returned as it was set.

use std::collections::BTreeSet;

use mesh_playground::{
    model::{Kind, Shape, Structure},
    playground::Playground,
};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::{
    config, send,
    specs::{any_spec, prerequisites},
};

/// Returns the collection in which the resources of a kind are created: mesh `m`, parent `p`.
fn collection(kind: Kind) -> String {
    let collection = kind.declaration().collection;
    match kind.declaration().parent {
        _ if kind == Kind::Mesh => "/meshes".to_owned(),
        Some(parent) => format!("/meshes/m/{}/p/{collection}", parent.declaration().member),
        None => format!("/meshes/m/{collection}"),
    }
}

fn create(playground: &mut Playground, kind: Kind, name: &str, spec: &Value) -> (u16, Value) {
    let body = json!({kind.declaration().name_member: name, "spec": spec});
    send(playground, "PUT", &collection(kind), &body)
}

/// Returns a spec as in the response to describe and delete: with backends and the ports of health checks. Source:
/// docs/facts/api-resources.md#specs.
fn normalised(kind: Kind, spec: &Value) -> Value {
    let mut spec = spec.clone();
    if kind == Kind::VirtualNode && spec.get("backends").is_none() {
        spec["backends"] = json!([]);
    }
    for listener in spec.get_mut("listeners").and_then(Value::as_array_mut).into_iter().flatten() {
        let port = listener["portMapping"]["port"].clone();
        if let Some(Value::Object(check)) = listener.get_mut("healthCheck") {
            check.entry("port").or_insert(port);
        }
    }
    spec
}

/// Creates a resource with this spec, and reads, updates and deletes it, all on the wire.
fn check(kind: Kind, spec: &Value) -> Result<(), TestCaseError> {
    let playground = &mut Playground::empty().unwrap();
    create(playground, Kind::Mesh, "m", &json!({}));
    for (kind, name, spec) in prerequisites(kind, spec) {
        let (status, answer) = create(playground, kind, &name, &spec);
        prop_assert_eq!(status, 200, "{}", answer);
    }
    let before = playground.world().control_plane.clone();
    let path = format!("{}/x", collection(kind));
    let (_, first) = create(playground, kind, "x", spec);
    prop_assert_eq!(&first["spec"], spec, "{}", first);
    let (_, read) = send(playground, "GET", &path, &Value::Null);
    prop_assert_eq!(&read["spec"], &normalised(kind, spec));
    prop_assert_eq!(&read["metadata"], &first["metadata"]);
    let (_, updated) = send(playground, "PUT", &path, &json!({"spec": spec}));
    prop_assert_eq!((&updated["spec"], &updated["metadata"]["version"]), (spec, &json!(2)), "{}", updated);
    // An update with the described spec leaves the spec unchanged: docs/facts/api-resources.md#specs.
    let (_, again) = send(playground, "PUT", &path, &json!({"spec": read["spec"]}));
    prop_assert_eq!((&again["spec"], &again["metadata"]["version"]), (&read["spec"], &json!(3)), "{}", again);
    let (status, deleted) = send(playground, "DELETE", &path, &Value::Null);
    prop_assert_eq!((status, &deleted["spec"]), (200, &read["spec"]), "{}", deleted);
    prop_assert_eq!(&playground.world().control_plane, &before);
    Ok(())
}

fn whatever_is_set_is_answered(kind: Kind) {
    TestRunner::new(config(192)).run(&any_spec(kind), |spec| check(kind, &spec)).unwrap();
}

macro_rules! each_kind {
    ($($test:ident $kind:ident;)*) => {
        $(
            #[test]
            fn $test() {
                whatever_is_set_is_answered(Kind::$kind);
            }
        )*

        #[test]
        fn no_kind_is_left_out() {
            assert_eq!(Kind::ALL.to_vec(), [$(Kind::$kind,)*]);
        }
    };
}

each_kind! {
    meshes_answer_what_was_set Mesh;
    virtual_nodes_answer_what_was_set VirtualNode;
    virtual_routers_answer_what_was_set VirtualRouter;
    virtual_services_answer_what_was_set VirtualService;
    routes_answer_what_was_set Route;
    virtual_gateways_answer_what_was_set VirtualGateway;
    gateway_routes_answer_what_was_set GatewayRoute;
}

/// Collects the path of every member below a shape, without indexes.
fn declared(shape: &Shape, path: &str, found: &mut BTreeSet<String>) {
    match *shape {
        Shape::List { of, .. } => declared(of, path, found),
        Shape::Structure(Structure { members, .. }) => {
            for member in *members {
                let path = format!("{path}.{}", member.name);
                declared(member.shape, &path, found);
                found.insert(path);
            }
        }
        _ => {}
    }
}

/// Collects the path of every member of a value, without indexes.
fn present(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| present(item, path, found)),
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                present(value, &path, found);
                found.insert(path);
            }
        }
        _ => {}
    }
}

/// `mend` removes members, but must not always remove the same one.
#[test]
fn every_member_is_in_some_spec() {
    let mut runner = TestRunner::deterministic();
    for kind in Kind::ALL {
        let (mut wanted, mut found) = (BTreeSet::new(), BTreeSet::new());
        declared(kind.declaration().spec, "", &mut wanted);
        // Not allowed for HTTP/1: R11 (docs/facts/api-rules.md#r11).
        wanted.remove(".httpRoute.match.scheme");
        let specs = any_spec(kind);
        for _ in 0..300 {
            present(&specs.new_tree(&mut runner).unwrap().current(), "", &mut found);
        }
        assert_eq!(wanted.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "{kind:?}");
    }
}
