//! The user guide's own commands and outputs, replayed.

use std::collections::BTreeMap;

use super::*;
use crate::outside::samples;

/// Mistakes in the guide: file, published text, intended text.
const SLIPS: [(&str, &str, &str); 3] = [
    // The output names the parent differently from the command.
    (
        "gateway-routes",
        r#""virtualGatewayName":"gatewayName""#,
        r#""virtualGatewayName":"virtualGatewayName""#,
    ),
    // The method is spelled in three different ways.
    ("routes", "nameOfMehod", "nameOfmethod"),
    ("routes", r#""methodName":"methodName""#, r#""methodName":"nameOfmethod""#),
];

/// Returns the input of an example: `--mesh-name meshName` as `meshName`, `--cli-input-json` as the members of its
/// file.
fn input_of(example: &Value) -> Value {
    let command = example["command"].as_str().unwrap().replace('\\', " ");
    let words: Vec<_> = command.split_whitespace().skip(3).collect();
    let mut input = json!({});
    for pair in words.chunks(2) {
        let option = pair[0].strip_prefix("--").unwrap();
        if let Some(file) = pair[1].strip_prefix("file://") {
            let file = example["files"][file].as_object().unwrap_or_else(|| panic!("{file}"));
            input.as_object_mut().unwrap().extend(file.clone());
        } else {
            let mut camel = String::new();
            for part in option.split('-') {
                let (first, rest) = part.split_at(1);
                let first = if camel.is_empty() { first.to_owned() } else { first.to_uppercase() };
                camel = camel + &first + rest;
            }
            input[camel] = json!(pair[1]);
        }
    }
    input
}

/// Replaces uids and dates, which are placeholders in the guide: only their form and order are compared.
fn blur(answer: &mut Value) {
    let metadata =
        answer.as_object_mut().unwrap().values_mut().next().unwrap()["metadata"].as_object_mut().unwrap();
    let text = |name: &str| metadata[name].as_str().unwrap().to_owned();
    let (created, updated, uid) = (text("createdAt"), text("lastUpdatedAt"), text("uid"));
    for time in [&created, &updated] {
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape.replace('+', "-"), "0000-00-00T00:00:00.000000-00:00");
    }
    assert_eq!(uid.len(), 36);
    metadata["uid"] = json!("uid");
    metadata["createdAt"] = json!("created");
    metadata["lastUpdatedAt"] = json!(if created == updated { "created" } else { "later" });
}

/// Creates the resources that the examples refer to. The service has no provider, so that the node can be deleted.
fn prerequisites(caller: &str, created: Kind) -> Stage {
    let mut stage = Stage::default();
    if created == Kind::Mesh {
        return stage;
    }
    stage.create(Kind::Mesh, "meshName", json!({}));
    let mesh = MeshId { owner: account(OWNER), name: "meshName".into() };
    stage.plane.share(&mesh, &account(CONSUMER)).unwrap();
    for (kind, name) in [
        (Kind::VirtualNode, "nodeName"),
        (Kind::VirtualRouter, "routerName"),
        (Kind::VirtualService, "serviceA.svc.cluster.local"),
        (Kind::VirtualGateway, "virtualGatewayName"),
    ] {
        if kind != created {
            let caller = if kind == Kind::VirtualGateway { OWNER } else { caller };
            let mut input = input(kind, &format!("meshName/{name}"), spec(kind));
            input["meshOwner"] = json!(OWNER);
            stage.send(caller, Verb::Create, kind, &input).unwrap();
        }
    }
    stage
}

/// Replays the examples of one file, a create and a delete; returns each response with the published one.
fn replay(file: &str) -> Option<Vec<(Value, Value)>> {
    let text = std::fs::read_to_string(samples()?.join("user-guide").join(format!("{file}.json"))).unwrap();
    let mut text = serde_json::from_str::<Value>(&text).unwrap().to_string();
    let slips: BTreeMap<_, _> =
        SLIPS.iter().filter(|slip| slip.0 == file).map(|slip| (slip.1, slip.2)).collect();
    for (published, meant) in slips {
        assert!(text.contains(published), "{file} has no slip {published} any more");
        text = text.replace(published, meant);
    }
    let examples: Vec<Value> = serde_json::from_str(&text).unwrap();
    let member = examples[0]["output"].as_object().unwrap().keys().next().unwrap().clone();
    let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().member == member).unwrap();
    // A consumer may not have gateway routes (docs/facts/sharing.md#permissions); the guide's account is a placeholder.
    let caller = match examples[0]["output"][&member]["metadata"]["resourceOwner"].as_str().unwrap() {
        CONSUMER if kind == Kind::GatewayRoute => OWNER,
        other => other,
    };
    let mut stage = prerequisites(caller, kind);
    let replayed = [Verb::Create, Verb::Delete].into_iter().zip(&examples).map(|(verb, example)| {
        let mut input = input_of(example);
        input["meshOwner"] = json!(OWNER);
        let answer = stage.send(caller, verb, kind, &input).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut answer = answer.answer("us-west-2");
        let mut expected = example["output"].clone();
        if kind == Kind::GatewayRoute {
            expected = serde_json::from_str(&expected.to_string().replace(CONSUMER, OWNER)).unwrap();
        }
        blur(&mut answer);
        blur(&mut expected);
        (answer, expected)
    });
    Some(replayed.collect())
}

#[track_caller]
fn check(file: &str) {
    let Some(replayed) = replay(file) else { return };
    assert_eq!(replayed.len(), 2);
    for (answer, expected) in replayed {
        assert_eq!(answer, expected, "{file}");
    }
}

#[test]
fn meshes_answer_as_published() {
    check("meshes");
}

/// The published response to delete has `"backends": []` for a node created without backends:
/// docs/facts/api-resources.md#specs.
#[test]
fn virtual_nodes_answer_as_published() {
    check("virtual_nodes");
}

#[test]
fn virtual_services_answer_as_published() {
    check("virtual_services");
}

#[test]
fn virtual_routers_answer_as_published() {
    check("virtual_routers");
}

#[test]
fn virtual_gateways_answer_as_published() {
    check("virtual_gateways");
}

#[test]
fn routes_answer_as_published() {
    check("routes");
}

#[test]
fn gateway_routes_answer_as_published() {
    check("gateway-routes");
}
