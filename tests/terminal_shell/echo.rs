//! The line of every click has the same effect as the click.

use mesh_playground::{
    control_plane::Verb,
    model::{Key, Kind, MeshId},
    store::Command,
    world::FIRST_ACCOUNT,
};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::{
    Desk,
    specs::{any_spec, prerequisites},
};

/// Returns the input of `Create…`: mesh `m`, parent `p`.
fn input(kind: Kind, name: &str, spec: &Value) -> Value {
    let mut input = json!({"meshName": "m", "spec": spec});
    if let Some(parent) = kind.declaration().parent {
        input[parent.declaration().name_member] = json!("p");
    }
    if kind != Kind::Mesh {
        input[kind.declaration().name_member] = json!(name);
    }
    input
}

fn check(kind: Kind, spec: &Value) -> Result<(), TestCaseError> {
    let mut clicked = Desk::new();
    let mut create = |kind: Kind, name: &str, spec: &Value| {
        let command = Command::Call { verb: Verb::Create, kind, input: input(kind, name, spec) };
        clicked.playground.run(command).refusal
    };
    if kind != Kind::Mesh {
        create(Kind::Mesh, "m", &json!({}));
    }
    for (kind, name, spec) in prerequisites(kind, spec) {
        prop_assert_eq!(create(kind, &name, &spec), None);
    }
    prop_assert_eq!(create(kind, "x", spec), None);
    let mut typed = Desk::new();
    let steps = clicked.playground.state().history.done();
    for echo in steps.iter().flat_map(|step| step.echoes.iter()) {
        let output = typed.run(&echo.line);
        prop_assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{}", echo.line);
    }
    let id = MeshId { owner: FIRST_ACCOUNT.parse().unwrap(), name: "m".into() };
    let key = match kind.declaration().parent {
        _ if kind == Kind::Mesh => Key::new(kind, "m"),
        Some(_) => Key::within(kind, "p", "x"),
        None => Key::new(kind, "x"),
    };
    let found = |desk: &Desk| desk.playground.world().control_plane.mesh(&id).unwrap().get(&key).cloned();
    let (clicked, typed) = (found(&clicked).unwrap(), found(&typed).unwrap());
    prop_assert_eq!(&typed.spec, &clicked.spec);
    prop_assert_eq!(typed.metadata.version, clicked.metadata.version);
    Ok(())
}

#[test]
fn any_spec_can_be_typed_again() {
    for kind in Kind::ALL {
        let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
        TestRunner::new(config).run(&any_spec(kind), |spec| check(kind, &spec)).unwrap();
    }
}

#[test]
fn any_tags_can_be_typed_again() {
    let tags = prop::collection::btree_map(
        "\\PC{1,12}|[-a-z=,'\"{\\[:/]{1,6}",
        "\\PC{0,12}|[-a-z=,'\"{\\[:/]{0,6}",
        1..6,
    );
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let check = |tags: std::collections::BTreeMap<String, String>| {
        let mut clicked = Desk::new();
        let list: Vec<_> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let command = Command::Call {
            verb: Verb::Create,
            kind: Kind::Mesh,
            input: json!({"meshName": "m", "tags": list}),
        };
        // Skips inputs that the service refuses.
        prop_assume!(clicked.playground.run(command).refusal.is_none());
        let line = clicked.playground.state().history.done()[0].echoes[0].line.clone();
        let mut typed = Desk::new();
        let output = typed.run(&line);
        prop_assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{}", line);
        let id = MeshId { owner: FIRST_ACCOUNT.parse().unwrap(), name: "m".into() };
        let found = |desk: &Desk| {
            let mesh = desk.playground.world().control_plane.mesh(&id).unwrap().clone();
            mesh.get(&Key::new(Kind::Mesh, "m")).unwrap().tags.clone()
        };
        prop_assert_eq!(found(&typed), found(&clicked), "{}", line);
        Ok(())
    };
    TestRunner::new(config).run(&tags, check).unwrap();
}
