//! Tests of forms, and of the changes that they make.
#![allow(clippy::unwrap_used)] // A test may panic.

use serde_json::{Value, json};

use super::*;

/// Renders a form as an outline, with one indented line for each field.
fn outline(items: &[FormField], depth: usize) -> String {
    let line = |item: &FormField| {
        let control = match &item.control {
            Control::Text { value, .. } => format!("[{value}]"),
            Control::Choice { words, chosen, may_be_none, .. } => {
                let chosen = chosen.map_or("-", |chosen| words[chosen]);
                format!("<{chosen}> of {}{}", words.join(" "), if *may_be_none { " or none" } else { "" })
            }
            Control::Switch { is_on, .. } => (if *is_on { "on" } else { "off" }).to_owned(),
            Control::Group { is_row, .. } => (if *is_row { "row" } else { "group" }).to_owned(),
            Control::List { items, is_full } => {
                format!("{}{}", items.len(), if *is_full { " and full" } else { "" })
            }
        };
        format!("{}{}: {control}\n{}", "  ".repeat(depth), item.label, outline(item.items(), depth + 1))
    };
    items.iter().map(line).collect()
}

fn of_kind(kind: Kind, spec: &Value) -> Vec<FormField> {
    form(kind.declaration().spec, spec, "spec", None)
}

fn at<'f>(items: &'f [FormField], path: &str) -> Option<&'f FormField> {
    items.iter().find_map(|item| if item.path == path { Some(item) } else { at(item.items(), path) })
}

#[test]
fn a_listener_is_asked_for_what_its_protocol_has() {
    let shape = Kind::VirtualNode.declaration().spec;
    let mut spec = initial_spec(Kind::VirtualNode);
    let path = |member: &str| format!("listeners[0].{member}");
    for (member, made) in [
        ("portMapping.port", Change::Type("8080".to_owned())),
        ("timeout", Change::Choose(Some("http"))),
        ("timeout.http.idle", Change::Switch(true)),
        ("timeout.http.idle.value", Change::Type("5".to_owned())),
        ("healthCheck", Change::Switch(true)),
        ("portMapping.protocol", Change::Choose(Some("http2"))),
    ] {
        change(shape, &mut spec, &path(member), made);
    }
    assert_eq!(
        spec["listeners"][0],
        json!({
            "portMapping": {"port": 8080, "protocol": "http2"},
            "timeout": {"http2": {"idle": {"value": 5, "unit": "s"}}},
            "healthCheck": {"healthyThreshold": 2, "intervalMillis": 5000, "timeoutMillis": 2000,
                "unhealthyThreshold": 2, "protocol": "http2"},
        })
    );
    let items = of_kind(Kind::VirtualNode, &spec);
    let listener = at(&items, "spec.listeners").unwrap();
    assert_eq!(
        outline(listener.items(), 0),
        "\
Listener 1: group
  Port mapping: row
    Protocol: <http2> of http tcp http2 grpc
    Port: [8080]
  Connection pool: <-> of http2 or none
  Health check: on
    Protocol: <http2> of http tcp http2 grpc
    Healthy threshold: [2]
    Interval (ms): [5000]
    Path: []
    Port: []
    Timeout (ms): [2000]
    Unhealthy threshold: [2]
  Outlier detection: off
  Timeout: <http2> of http2 or none
    Idle: on
      Value: [5]
      Unit: <s> of s ms or none
    Per request: off
  TLS: off
"
    );
}

#[test]
fn a_route_begins_ready_to_be_filled_in() {
    let items = of_kind(Kind::Route, &initial_spec(Kind::Route));
    assert_eq!(
        outline(&items, 0),
        "\
Route type: <httpRoute> of grpcRoute http2Route httpRoute tcpRoute
  Match: group
    Path: <prefix> of path prefix or none
      Prefix: [/]
    Headers: 0
    Method: <-> of GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH or none
    Port: []
    Query parameters: 0
    Scheme: <-> of http https or none
  Action: group
    Weighted targets: 1
      Weighted target 1: row
        Virtual node: []
        Weight: [100]
        Port: []
  Retry policy: off
  Timeout: off
Priority: []
"
    );
}

#[test]
fn weighted_targets_say_their_share() {
    let spec = json!({"tcpRoute": {"action": {"weightedTargets": [
        {"virtualNode": "a", "weight": 1}, {"virtualNode": "b", "weight": 2}, {"virtualNode": "c", "weight": 0},
    ]}}});
    let items = of_kind(Kind::Route, &spec);
    let targets = at(&items, "spec.tcpRoute.action.weightedTargets").unwrap().items();
    let shares: Vec<_> = targets.iter().map(|item| &*item.hint).collect();
    assert_eq!(shares, ["33 % of the requests", "67 % of the requests", "0 % of the requests"]);
}

#[test]
fn what_is_chosen_takes_along_what_fits() {
    let route = json!({"match": {"path": {"exact": "/a"}, "scheme": "https"},
        "action": {"weightedTargets": [{"virtualNode": "a", "weight": 1}]}, "timeout": {"idle": {"value": 1, "unit": "s"}}});
    let target = json!([{"virtualNode": "a", "weight": 1}]);
    // Value before, path, chosen member, value after.
    let rows = [
        (json!({"httpRoute": route}), "?", "http2Route", json!({"http2Route": route})),
        (
            json!({"httpRoute": route, "priority": 3}),
            "?",
            "tcpRoute",
            json!({"priority": 3, "tcpRoute": {"match": {}, "action": {"weightedTargets": target},
                "timeout": {"idle": {"value": 1, "unit": "s"}}}}),
        ),
        (
            json!({"httpRoute": {"match": {"path": {"exact": "/a"}}}}),
            "httpRoute.match.path",
            "regex",
            json!({"httpRoute": {"match": {"path": {"regex": "/a"}}}}),
        ),
        (
            json!({"httpRoute": {"match": {"path": {"exact": "/a"}}}}),
            "httpRoute.match?",
            "prefix",
            json!({"httpRoute": {"match": {"prefix": ""}}}),
        ),
    ];
    for (mut spec, path, word, expected) in rows {
        let shape = Kind::Route.declaration().spec;
        change(shape, &mut spec, path, Change::Choose(Some(Box::leak(word.to_owned().into_boxed_str()))));
        assert_eq!(spec, expected, "{path} {word}");
    }
}

#[test]
fn what_is_typed_stays_as_it_is_typed() {
    let shape = Kind::VirtualRouter.declaration().spec;
    let typed = |text: &str| {
        let mut spec = initial_spec(Kind::VirtualRouter);
        change(shape, &mut spec, "listeners[0].portMapping.port", Change::Type(text.to_owned()));
        spec["listeners"][0]["portMapping"]["port"].clone()
    };
    for (text, expected) in [
        ("80", json!(80)),
        (" 80 ", json!(80)),
        ("", Value::Null),
        ("8O", json!("8O")),
        ("1.5", json!("1.5")),
    ] {
        assert_eq!(typed(text), expected, "{text}");
    }
}

#[test]
fn an_optional_text_that_is_empty_is_none_and_a_path_to_nowhere_is_harmless() {
    let shape = Kind::VirtualNode.declaration().spec;
    let mut spec = json!({"listeners": [{"healthCheck": {"path": "/ping"}}]});
    change(shape, &mut spec, "listeners[0].healthCheck.path", Change::Type(String::new()));
    assert_eq!(spec, json!({"listeners": [{"healthCheck": {}}]}));
    let before = spec.clone();
    for path in
        ["", "nothing", "listeners[7].tls", "listeners[x]", "listeners[0]..", "listeners.tls", "[0]", "?"]
    {
        for made in [Change::Choose(Some("http")), Change::Add, Change::Remove(9)] {
            change(shape, &mut spec, path, made);
            assert_eq!(spec, before, "{path}");
        }
    }
}

#[test]
fn a_broken_draft_has_a_form_too() {
    for kind in Kind::ALL {
        for broken in
            [json!(null), json!(1), json!([1]), json!({"listeners": "x", "httpRoute": 4, "provider": []})]
        {
            let items = of_kind(kind, &broken);
            assert!(kind == Kind::Mesh || !items.is_empty(), "{kind:?} {broken}");
            for path in items.iter().flat_map(FormField::paths) {
                let mut draft = broken.clone();
                let path = path.strip_prefix("spec").unwrap().trim_start_matches('.');
                change(kind.declaration().spec, &mut draft, path, Change::Add);
            }
        }
    }
}

#[test]
fn every_member_says_what_it_is_for() {
    fn look(shape: &'static Shape, path: &str) {
        match shape {
            Shape::List { of, .. } => look(of, path),
            Shape::Structure(structure) => {
                for member in structure.members {
                    let about = member.about.trim();
                    assert!(
                        about.ends_with('.') && !about.contains(['[', '\n']),
                        "{path}.{}: {about}",
                        member.name
                    );
                    look(member.shape, &format!("{path}.{}", member.name));
                }
            }
            _ => {}
        }
    }
    for kind in Kind::ALL {
        look(kind.declaration().spec, kind.declaration().word);
    }
}
