//! Tests of the door: requests and their answers.
#![allow(clippy::unwrap_used)] // A test may panic.

use std::rc::Rc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    control_plane::{Env, Timestamp},
    scenario::{Variant, six_colours},
    store::{AppState, Rights},
    world::World,
};

fn colours() -> Playground {
    Playground::new(six_colours(Variant::Dns, &Env { now: Timestamp(0), seed: 7 }).unwrap())
}

/// Sends a request of this type with this payload. Returns the type and the payload of the answer.
#[track_caller]
fn ask(playground: &mut Playground, kind: &str, payload: Value) -> (String, Value) {
    let id = json!({"any": ["id", 1, null]});
    let text = json!({"source": SOURCE, "v": 1, "id": id, "type": kind, "payload": payload}).to_string();
    let answer = EmbedApi::default().handle_message(playground, &text).unwrap();
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["id"], id);
    assert_eq!((&answer["source"], &answer["v"]), (&json!(SOURCE), &json!(1)));
    (answer["type"].as_str().unwrap().to_owned(), answer["payload"].take())
}

#[track_caller]
fn answered(playground: &mut Playground, kind: &str, payload: Value) -> Value {
    let (answer, payload) = ask(playground, kind, payload);
    assert_eq!(answer, "answer", "{payload}");
    payload
}

#[track_caller]
fn refused(playground: &mut Playground, kind: &str, payload: Value) -> String {
    let (answer, payload) = ask(playground, kind, payload);
    assert_eq!(answer, "error", "{payload}");
    payload["error"].as_str().unwrap().to_owned()
}

#[test]
fn a_line_runs_and_moves_the_playground() {
    let mut playground = colours();
    let line = "aws appmesh delete-gateway-route --mesh-name colors --virtual-gateway-name colorgateway-vg \
                --gateway-route-name colorgateway-route-red --query gatewayRoute.status.status";
    let answer = answered(&mut playground, "run", json!({"line": line}));
    assert_eq!(answer, json!({"stdout": "\"DELETED\"\n", "stderr": "", "exitCode": 0}));
    assert_eq!(playground.state().history.done().len(), 1);
    let answer = answered(&mut playground, "run", json!({"line": line}));
    assert_ne!(answer["exitCode"], 0);
    assert!(answer["stderr"].as_str().unwrap().contains("NotFoundException"), "{answer}");
}

#[test]
fn files_and_variables_stay_between_lines() {
    let (mut door, mut playground) = (EmbedApi::default(), colours());
    let mut run = |line: &str| {
        let text = json!({"source": SOURCE, "v": 1, "id": 1, "type": "run", "payload": {"line": line}});
        door.handle_message(&mut playground, &text.to_string()).unwrap()
    };
    run("name=red; echo $name > file");
    assert!(run("cat file; echo $name").contains(r#""stdout":"red\nred\n""#));
}

#[test]
fn a_request_is_traced_as_the_page_traces_it() {
    let mut playground = colours();
    let mut trace = |request: Value| answered(&mut playground, "trace", json!({"request": request}));
    let red = trace(json!({"virtualGateway": "colorgateway-vg", "path": "/red"}));
    assert_eq!(
        (&red["arrives"], &red["status"], &red["end"]),
        (&json!(true), &json!(200), &json!("answered"))
    );
    assert_eq!(red["virtualNode"], "colorteller-red-vn");
    assert!(red["events"].as_array().unwrap().len() > 3 && red.get("failure").is_none());
    let green = trace(json!({"virtualGateway": "colorgateway-vg", "path": "green"}));
    assert_eq!((&green["failure"], &green["status"]), (&json!("listener"), &json!(503)));
    assert_eq!(green["callerFlags"], "URX,UF");
    let nowhere = trace(json!({"virtualGateway": "colorgateway-vg", "path": "/pink", "headers": {"a": "b"}}));
    assert_eq!((&nowhere["status"], nowhere.get("virtualNode")), (&json!(404), None));
    // An application asks DNS first; a name without a record is a separate failure, before any Envoy.
    let unknown = trace(json!({"virtualNode": "colorteller-red-vn", "to": "nobody.local"}));
    assert_eq!((&unknown["end"], &unknown["failure"]), (&json!("unresolved"), &json!("lookup")));
    assert_eq!(
        (&unknown["result"], &unknown["callerFlags"]),
        (&json!("the name cannot be resolved"), &json!(""))
    );
    assert_eq!(unknown["events"][0]["mark"], "failed");
    // Without a sender, the request is the first one of the mesh.
    assert_eq!(trace(json!({}))["virtualNode"], "colorteller-blue-vn");
    assert_eq!(answered(&mut playground, "trace", json!({}))["virtualNode"], "colorteller-blue-vn");
    assert_eq!(playground.state().history.done().len(), 0);
}

#[test]
fn the_state_comes_out_and_goes_in() {
    let mut playground = colours();
    let state = answered(&mut playground, "getState", json!({}));
    let text = compact(&state["document"]);
    assert_eq!(text, document::save(playground.world()));
    for document in [state["document"].clone(), Value::String(text)] {
        let mut other = Playground::empty().unwrap();
        let counts = answered(&mut other, "load", json!({"document": document}));
        assert_eq!(counts, json!({"created": 20, "updated": 0, "unchanged": 0, "refused": 0}));
        assert_eq!(other.world(), playground.world());
        // Loading is one step of the history.
        other.run(Command::Undo);
        assert_eq!(*other.world(), World::empty().unwrap());
    }
    let template =
        "Resources:\n  Mesh:\n    Type: AWS::AppMesh::Mesh\n    Properties:\n      MeshName: shop\n";
    assert_eq!(answered(&mut playground, "load", json!({"document": template}))["created"], 1);
}

#[test]
fn what_is_wrong_is_told_under_the_id() {
    let mut playground = colours();
    let long = json!({"document": "x".repeat(MAX_PAYLOAD - 1_000)});
    let cases: Vec<(&str, Value, &str)> = vec![
        ("shout", json!({}), "type `shout` is not known; send run, trace, load or getState"),
        ("", json!({}), "type `` is not known"),
        ("run", json!({}), "payload.line"),
        ("run", json!({"line": 7}), "payload.line"),
        ("run", json!([]), "payload"),
        ("trace", json!({"request": {"virtualNode": "x", "to": "y"}}), "there is no virtual node `x`"),
        ("trace", json!({"request": {"virtualNode": "colorteller-red-vn"}}), "say in `to`"),
        ("trace", json!({"request": {"virtualNode": "a", "virtualGateway": "b"}}), "not both"),
        ("trace", json!({"request": {"port": 0}}), "1 to 65535"),
        ("trace", json!({"request": {"method": "get"}}), "method `get` is not known; it is one of GET"),
        ("trace", json!({"request": {"protocol": "quic"}}), "http, http2, grpc, tcp"),
        ("trace", json!({"request": {"scheme": "ftp"}}), "http, https"),
        ("trace", json!({"request": {"headers": ["a"]}}), "headers"),
        ("trace", json!({"request": {"headers": {"a": 1}}}), "headers"),
        ("trace", json!({"request": "GET /"}), "payload.request"),
        ("load", json!({}), "payload.document"),
        ("load", json!({"document": {}}), "neither"),
        ("load", json!({"document": ""}), "there is no text"),
        ("load", json!({"document": {"format": "mesh-playground", "version": 9}}), "version 9"),
        ("load", long, "neither"),
    ];
    for (kind, payload, expected) in cases {
        let error = refused(&mut playground, kind, payload);
        assert!(error.contains(expected), "{kind}: {error}");
    }
    assert_eq!(playground.state().history.done().len(), 0);
    let of_version_2 = json!({"source": SOURCE, "v": 2, "id": 1, "type": "run"}).to_string();
    let answer = EmbedApi::default().handle_message(&mut playground, &of_version_2).unwrap();
    assert!(answer.contains("version 2 of the door is not known; send v: 1"), "{answer}");
}

#[test]
fn what_is_not_for_us_is_passed_over() {
    let mut playground = colours();
    let big = json!({"source": SOURCE, "v": 1, "id": 1, "type": "run", "payload": {"line": "x".repeat(MAX_PAYLOAD)}});
    let answer = EmbedApi::default().handle_message(&mut playground, &big.to_string());
    assert!(answer.is_none_or(|answer| answer.contains("at most 262144")));
    let mut texts = vec![
        String::new(),
        "7".to_owned(),
        "not json".to_owned(),
        "[".repeat(100_000),
        json!({"source": "react-devtools"}).to_string(),
        json!([SOURCE]).to_string(),
        "x".repeat(MAX_PAYLOAD + 1),
    ];
    // The page may receive its own messages. It must ignore them, or it would answer its answers forever.
    texts.extend(OUTGOING_TYPES.map(|kind| event(kind, &[])));
    for text in texts {
        assert_eq!(
            EmbedApi::default().handle_message(&mut playground, &text),
            None,
            "{}",
            &text[..text.len().min(80)]
        );
    }
}

#[test]
fn nothing_changes_what_is_only_to_be_looked_at() {
    let mut state = AppState::clone(colours().state());
    state.rights = Rights::Look;
    let state = Rc::new(state);
    let mut playground = Playground::of_state(state.clone(), &Env { now: Timestamp(0), seed: 0 });
    let document = answered(&mut playground, "getState", json!({}))["document"].clone();
    assert_eq!(answered(&mut playground, "trace", json!({}))["status"], 503);
    let list = answered(&mut playground, "run", json!({"line": "aws appmesh list-meshes --output text"}));
    assert_eq!(list["exitCode"], 0);
    assert!(refused(&mut playground, "load", json!({"document": document})).contains("read-only"));
    let lines = [
        "aws appmesh delete-mesh --mesh-name colors",
        "aws appmesh create-mesh --mesh-name shop",
        "aws appmesh tag-resource --resource-arn arn:aws:appmesh:us-west-2:123456789012:mesh/colors --tags key=a,value=b",
        "aws ram create-resource-share --name s --resource-arns arn:aws:appmesh:us-west-2:123456789012:mesh/colors",
        "aws servicediscovery create-http-namespace --name n",
        "kubectl delete namespace shop",
        "app colorteller-red listens ipv6",
        "intercept ipv4",
        "quotas off",
        "scenario cloudmap",
        "account add 111122223333",
    ];
    for line in lines {
        let answer = answered(&mut playground, "run", json!({"line": line}));
        assert_ne!(answer["exitCode"], 0, "{line}: {answer}");
        assert!(answer["stderr"].as_str().unwrap().contains("read-only"), "{line}: {answer}");
        assert_eq!(playground.world(), &*state.world, "{line}");
    }
    for command in [Command::Undo, Command::Redo, Command::LoadScenario(Variant::CloudMap)] {
        let update = playground.run(command);
        assert!(update.refusal.unwrap().to_string().contains("read-only"));
    }
}

proptest! {
    #[test]
    fn no_message_panics(kind in "run|trace|load|getState|\\PC{0,10}", text in "\\PC{0,100}", list: Vec<i64>) {
        let (mut door, mut playground) = (EmbedApi::default(), colours());
        let values = [json!(text), json!(list), json!({text.clone(): text}), Value::Null];
        for value in &values {
            for payload in [value.clone(), json!({"line": value, "request": value, "document": value})] {
                let message = json!({"source": SOURCE, "v": 1, "id": value, "type": kind, "payload": payload});
                prop_assert!(door.handle_message(&mut playground, &message.to_string()).is_some());
            }
        }
        door.handle_message(&mut playground, &text);
    }
}
