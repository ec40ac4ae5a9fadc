//! Whatever the user types, pastes or drops: the page responds with a clear message at once, and nothing changes.
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

mod common;
#[path = "common/work.rs"]
mod work;

use std::rc::Rc;

use common::ENV;
use mesh_playground::{
    control_plane::{Env, Verb},
    document::{self, Disposition},
    model::{IpPreference, Kind, MeshId, ResourceId, TextMap},
    store::{AppState, Command, Update, update},
    traffic,
};
use serde_json::{Value, json};

/// Maximum number of bytes that a text may allocate, in total and at one time.
const MOST_MADE: u64 = 1 << 30;
const MOST_KEPT: u64 = 128 << 20;

/// Runs a function and limits the bytes that it allocates.
#[track_caller]
fn bounded<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let (result, made) = work::made(run);
    assert!(made.total < MOST_MADE && made.most < MOST_KEPT, "{what}: {made:?}");
    result
}

fn first_visit() -> Rc<AppState> {
    Rc::new(AppState::first_visit(&ENV).unwrap())
}

/// Opens a text. Returns the update, or the reason why it cannot be opened.
fn open(state: &Rc<AppState>, text: &str) -> Result<Update, String> {
    let source = document::read(text).map_err(|error| error.to_string())?;
    let plan = source.plan(&TextMap::new(), &state.world).map_err(|error| error.to_string())?;
    Ok(update(state, Command::Open(Rc::new(plan)), &ENV))
}

/// Checks the problem of a `CreateMesh` input: its path and its message.
#[track_caller]
fn check_mesh(input: Value, path: &str, text: &str) {
    let state = first_visit();
    let update = update(&state, Command::CreateMesh { input, selector: None }, &ENV);
    assert!(Rc::ptr_eq(&state, &update.state));
    let refusal = update.refusal.unwrap();
    let problems = refusal.problems();
    assert_eq!(problems.len(), 1, "{refusal}");
    assert_eq!((problems[0].path.as_str(), problems[0].rule.to_string().as_str()), (path, text));
    assert!(refusal.to_string().starts_with("BadRequestException: "));
}

#[test]
fn bad_mesh_names_are_told_at_their_field() {
    let named = |name: &str| json!({"meshName": name});
    let length = |found: usize| format!("must have 1 to 255 characters, not {found}");
    let bad = |shown: &str| format!("may have only letters, digits, hyphens and underscores, not `{shown}`");
    check_mesh(named(""), "meshName", &length(0));
    check_mesh(named(&"a".repeat(256)), "meshName", &length(256));
    check_mesh(named(&"é".repeat(256)), "meshName", &length(256));
    check_mesh(named(&"a".repeat(5_000_000)), "meshName", &length(5_000_000));
    for (name, shown) in [
        (" ", " "),
        ("a b", " "),
        ("a/b", "/"),
        ("a.b", "."),
        ("a:b", ":"),
        ("<script>", "<"),
        ("a\0", r"\u{0}"),
        ("a\n", r"\n"),
        ("ä", r"\u{e4}"),
        ("🦀", r"\u{1f980}"),
        ("\u{202e}a", r"\u{202e}"),
    ] {
        check_mesh(named(name), "meshName", &bad(shown));
    }
    check_mesh(json!({"meshName": 5}), "meshName", "must be a string, not a number");
    check_mesh(json!({}), "meshName", "is required");
    check_mesh(json!([]), "", "must be an object, not a list");
    let state = first_visit();
    for name in ["a".repeat(255), "aZ09-_".to_owned()] {
        let input = named(&name);
        assert_eq!(update(&state, Command::CreateMesh { input, selector: None }, &ENV).refusal, None);
    }
}

#[test]
fn an_unknown_preference_is_told_with_the_likely_one() {
    let preference =
        |word: Value| json!({"meshName": "m", "spec": {"serviceDiscovery": {"ipPreference": word}}});
    let path = "spec.serviceDiscovery.ipPreference";
    let all = "must be one of IPv6_PREFERRED, IPv4_PREFERRED, IPv4_ONLY, IPv6_ONLY, not";
    for (word, hint) in [
        ("ipv6-only", "; did you mean IPv6_ONLY?"),
        ("IPV4_PREFERED", "; did you mean IPv4_PREFERRED?"),
        ("IPv6_PREFERRED ", "; did you mean IPv6_PREFERRED?"),
        ("V6", ""),
        ("", ""),
    ] {
        check_mesh(preference(json!(word)), path, &format!("{all} `{word}`{hint}"));
    }
    check_mesh(preference(json!(6)), path, "must be a string, not a number");
    let long = "x".repeat(1_000_000);
    check_mesh(preference(json!(long)), path, &format!("{all} `{}…`", "x".repeat(40)));
    let document = preference(json!("IPv4-Only")).to_string();
    let update = open(&first_visit(), &document).unwrap();
    let note = update.state.report.as_ref().unwrap().notes.last().unwrap().clone();
    assert_eq!((note.disposition, note.path.as_str()), (Disposition::Refused, path));
    assert!(note.reason.ends_with("; did you mean IPv4_ONLY?"), "{}", note.reason);
}

/// Returns one resource of each kind, with many members.
fn rich() -> Value {
    let time = json!({"unit": "s", "value": 1});
    let listener = json!({
        "portMapping": {"port": 80, "protocol": "http"},
        "connectionPool": {"http": {"maxConnections": 1, "maxPendingRequests": 2}},
        "healthCheck": {"healthyThreshold": 2, "intervalMillis": 5000, "path": "/", "protocol": "http",
            "timeoutMillis": 2000, "unhealthyThreshold": 2},
        "timeout": {"http": {"idle": time, "perRequest": time}},
        "tls": {"mode": "STRICT", "certificate": {"acm": {"certificateArn": "arn:c"}}},
    });
    let node = json!({
        "backendDefaults": {"clientPolicy": {"tls": {"enforce": true, "ports": [443], "validation": {
            "subjectAlternativeNames": {"match": {"exact": ["a.local"]}}, "trust": {"sds": {"secretName": "s"}}}}}},
        "backends": [{"virtualService": {"virtualServiceName": "s.local"}}],
        "listeners": [listener],
        "logging": {"accessLog": {"file": {"path": "/dev/stdout", "format": {"json": [{"key": "k", "value": "v"}]}}}},
        "serviceDiscovery": {"awsCloudMap": {"namespaceName": "n", "serviceName": "s", "ipPreference": "IPv6_ONLY",
            "attributes": [{"key": "k", "value": "v"}]}},
    });
    let route = json!({"priority": 1, "httpRoute": {
        "action": {"weightedTargets": [{"virtualNode": "n", "weight": 1, "port": 80}]},
        "match": {"prefix": "/", "headers": [{"name": "h", "invert": true, "match": {"range": {"start": 1, "end": 2}}}],
            "queryParameters": [{"name": "q", "match": {"exact": "1"}}], "method": "GET"},
        "retryPolicy": {"maxRetries": 1, "perRetryTimeout": time, "httpRetryEvents": ["server-error"]},
        "timeout": {"idle": time},
    }});
    let gateway_route = json!({"httpRoute": {
        "action": {"target": {"virtualService": {"virtualServiceName": "s.local"}},
            "rewrite": {"prefix": {"value": "/x/"}, "hostname": {"defaultTargetHostname": "DISABLED"}}},
        "match": {"prefix": "/", "hostname": {"exact": "a.example"}},
    }});
    let gateway = json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]});
    json!([
        {"meshName": "m", "spec": {"egressFilter": {"type": "DROP_ALL"},
            "serviceDiscovery": {"ipPreference": "IPv6_ONLY"}}, "tags": [{"key": "k", "value": "v"}]},
        {"meshName": "m", "virtualNodeName": "n", "spec": node},
        {"meshName": "m", "virtualRouterName": "vr", "spec": {"listeners": [
            {"portMapping": {"port": 80, "protocol": "http"}}]}},
        {"meshName": "m", "virtualServiceName": "s.local", "spec": {"provider":
            {"virtualRouter": {"virtualRouterName": "vr"}}}},
        {"meshName": "m", "virtualRouterName": "vr", "routeName": "r", "spec": route},
        {"meshName": "m", "virtualGatewayName": "g", "spec": gateway},
        {"meshName": "m", "virtualGatewayName": "g", "gatewayRouteName": "gr", "spec": gateway_route},
    ])
}

/// Collects every position in a value, as a JSON pointer with the corresponding path in notes.
fn places(value: &Value, pointer: &str, path: &str, found: &mut Vec<(String, String)>) {
    let mut visit = |key: String, path: String, value: &Value| {
        let pointer = format!("{pointer}/{key}");
        places(value, &pointer, &path, found);
        found.push((pointer, path));
    };
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                visit(key.clone(), format!("{path}.{key}"), value);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                visit(i.to_string(), format!("{path}[{i}]"), item);
            }
        }
        _ => {}
    }
}

/// Puts a wrong type at every level of a rich document. The refusal must be reported at its path or at the path of its
/// parent, the other resources must be created, and existing resources must stay unchanged.
#[test]
fn a_wrong_type_anywhere_is_told_where_it_stands() {
    let state = first_visit();
    let rich = rich();
    let opened = open(&state, &rich.to_string()).unwrap();
    assert_eq!(opened.state.report.as_ref().unwrap().counts.created, 7);
    let mut all = Vec::new();
    places(&rich, "", "", &mut all);
    assert!(all.len() > 130, "{}", all.len());
    for (pointer, path) in all {
        for wrong in
            [json!(null), json!(true), json!(1.5), json!(-1), json!("§"), json!([]), json!({}), json!([[{}]])]
        {
            let mut document = rich.clone();
            *document.pointer_mut(&pointer).unwrap() = wrong.clone();
            let told = format!("{path} = {wrong}");
            let update = match open(&state, &document.to_string()) {
                Ok(update) => update,
                Err(error) => panic!("{told}: {error}"),
            };
            let report = update.state.report.as_ref().unwrap();
            let refused: Vec<_> =
                report.notes.iter().filter(|note| note.disposition == Disposition::Refused).collect();
            assert_eq!(report.counts.refused > 0, !refused.is_empty(), "{told}");
            let is_near = |note: &str| path.starts_with(note) || note.starts_with(&path);
            let resource = &path[..=path.find(']').unwrap()];
            if path != resource && !refused.is_empty() {
                let first = refused.iter().find(|note| note.path.starts_with(resource));
                // A wrong name may also leave another resource without its target; nothing is wrong at that resource.
                if let Some(note) = first.filter(|note| !note.reason.starts_with("NotFoundException")) {
                    assert!(is_near(&note.path), "{told}: {} {}", note.path, note.reason);
                }
            }
            let untouched = state.world.control_plane.meshes().next().unwrap();
            assert_eq!(update.state.world.control_plane.mesh(untouched.0), Some(untouched.1), "{told}");
        }
    }
}

/// Returns bytes that are not text, as if the wrong file was dropped; the same on every run.
fn garbage(length: usize) -> String {
    let mut seed = 7u64;
    let bytes = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    });
    String::from_utf8_lossy(&bytes.take(length).collect::<Vec<_>>()).into_owned()
}

/// Checks that a text cannot be opened and is refused with a short message.
#[track_caller]
fn check_text(what: &str, text: &str) {
    let state = first_visit();
    let before = AppState::clone(&state);
    let error = match bounded(what, || open(&state, text)) {
        Err(error) => error,
        Ok(_) => panic!("{what} was opened"),
    };
    assert!((10..1000).contains(&error.len()), "{what}: {} bytes of error", error.len());
    assert_eq!(*state, before, "{what}");
}

const MEGABYTES: usize = 5_000_000;
/// Below the limit for any text, so that it is read to the end.
const MUCH: usize = document::MAX_DOCUMENT - 1000;

#[test]
fn large_and_strange_texts_are_refused_at_once() {
    for size in [MEGABYTES, MUCH / 4, 3000] {
        let name = |what: &str| format!("{what}, {size} bytes");
        check_text(&name("garbage"), &garbage(size));
        check_text(&name("brackets"), &"[".repeat(size));
        check_text(&name("braces"), &"{\"a\":".repeat(size / 5));
        check_text(&name("yaml braces"), &"{a: ".repeat(size / 4));
        check_text(&name("closed brackets"), &format!("{}{}", "[".repeat(size / 2), "]".repeat(size / 2)));
        check_text(&name("dashes"), &"- ".repeat(size / 2));
        check_text(&name("one line"), &"a".repeat(size));
        check_text(&name("one word of JSON"), &format!("\"{}\"", "a".repeat(size)));
        check_text(&name("one number"), &"9".repeat(size));
        check_text(&name("new lines"), &format!("{}x", "\n".repeat(size)));
        check_text(&name("colons"), &":".repeat(size));
        check_text(&name("quotes"), &"\"".repeat(size));
        check_text(&name("zeros"), &"\0".repeat(size));
        check_text(&name("tags"), &"!Ref ".repeat(size / 5));
        check_text(&name("question marks"), &"? ".repeat(size / 2));
        check_text(&name("percents"), &"%\n".repeat(size / 2));
        check_text(&name("emoji"), &"🦀".repeat(size / 4));
        check_text(&name("valid YAML of nothing known"), &"- {a: b, c: [1, 2]}\n".repeat(size / 20));
    }
}

#[test]
fn aliases_cannot_grow_a_text() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..40 {
        let last = format!("*a{}", i - 1);
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", [last.as_str(); 10].join(", ")));
    }
    check_text("alias bomb", &bomb);
    check_text("alias of itself", "a: &a [*a]");
}

#[test]
fn five_megabytes_of_good_resources_are_too_many() {
    let line = r#"{"meshName": "m", "virtualServiceName": "s0000000.local", "spec": {}},"#;
    let text = format!("[{}{{}}]", format!("{line}\n").repeat(MEGABYTES / line.len()));
    check_text("5 MB of App Mesh JSON", &text);
    let yaml = "- {meshName: m, virtualServiceName: s.local, spec: {}}\n";
    check_text("5 MB of App Mesh YAML", &yaml.repeat(MEGABYTES / yaml.len()));
}

/// Opens many virtual nodes, each with a separate host name, in a text far below the limit: the work must grow in
/// proportion to the text. (The service itself allowed 200 nodes in a mesh.)
#[test]
fn many_nodes_are_opened_in_proportion() {
    let spec = r#"{"listeners":[{"portMapping":{"port":80,"protocol":"http"}}],"serviceDiscovery":{"dns":{"hostname":"HOST"}}}"#;
    let open_many = |count: usize| {
        let nodes = (0..count).map(|i| {
            let spec = spec.replace("HOST", &format!("n{i}.local"));
            format!(r#"{{"meshName":"m","virtualNodeName":"n{i}","spec":{spec}}}"#)
        });
        let text = format!(r#"[{{"meshName":"m"}},{}]"#, nodes.collect::<Vec<_>>().join(","));
        assert!(text.len() < MUCH);
        let update = open(&first_visit(), &text).unwrap();
        assert_eq!(update.state.report.as_ref().unwrap().counts.created, count + 1);
    };
    work::check_linear(&open_many, 375, "nodes");
}

fn playground() -> Value {
    serde_json::from_str(&document::save(&first_visit().world)).unwrap()
}

/// Checks a hostile playground document: it must be refused, or be usable for everything that the page does.
#[track_caller]
fn check_playground(what: &str, change: impl FnOnce(&mut Value)) {
    let mut hostile = playground();
    change(&mut hostile);
    let state = first_visit();
    bounded(what, || match open(&state, &hostile.to_string()) {
        Err(error) => assert!((10..1000).contains(&error.len()), "{what}: {error}"),
        Ok(opened) => exercise(what, &opened.state),
    });
}

/// Sends every request, sets every preference, changes and deletes every resource, and undoes all changes.
fn exercise(what: &str, opened: &Rc<AppState>) {
    let mut state = opened.clone();
    let world = state.world.clone();
    for (id, mesh) in world.control_plane.meshes() {
        for request in traffic::clients(mesh) {
            let _ = traffic::send(&world.environment, mesh, &request);
        }
        for node in mesh.node_names() {
            let _ = traffic::fixes(&world.environment, mesh, node);
        }
        for resource in mesh.resources() {
            let mut input = resource.answer(&world.region, mesh_playground::control_plane::Status::Active);
            input["meshOwner"] = json!(id.owner.as_str());
            for verb in [Verb::Update, Verb::Describe, Verb::Delete] {
                let command = Command::Call { verb, kind: resource.id.key.kind, input: input.clone() };
                state = update(&state, command, &Env { seed: 99, ..ENV }).state;
            }
            for preference in IpPreference::ALL {
                let id = resource.id.clone();
                let command = Command::SetPreference { id, preference: Some(*preference) };
                state = update(&state, command, &ENV).state;
            }
        }
        let shown = MeshId { owner: id.owner.clone(), name: id.name.clone() };
        let id = ResourceId::of_mesh(shown.clone());
        state = update(&state, Command::SetPreference { id, preference: None }, &ENV).state;
        state = update(&state, Command::ShowMesh(shown), &ENV).state;
    }
    let saved = document::save(&state.world);
    let again = open(&first_visit(), &saved).unwrap_or_else(|error| panic!("{what}: saved, but {error}"));
    assert_eq!(again.state.world, state.world, "{what}");
    while update(&state, Command::Undo, &ENV).refusal.is_none() {
        state = update(&state, Command::Undo, &ENV).state;
    }
}

fn set(pointer: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |document| *document.pointer_mut(pointer).unwrap() = value
}

fn first(document: &mut Value, kind: Kind) -> &mut Value {
    let word = kind.declaration().word;
    let resources = document["resources"].as_array_mut().unwrap();
    resources.iter_mut().find(|resource| resource["kind"] == word).unwrap()
}

#[test]
fn hostile_playgrounds_do_no_harm() {
    check_playground("none", |_| {});
    for version in [i64::MAX, i64::MIN, 0, -1] {
        check_playground("version of a resource", set("/resources/0/version", json!(version)));
        check_playground("time", set("/resources/0/createdAt", json!(version)));
        check_playground("time", set("/resources/0/lastUpdatedAt", json!(version)));
    }
    for name in ["", "/", "a/b", "\0", "--spec", "'; rm -rf /", "<img onerror=x>", "\u{202e}", "é"] {
        check_playground("name of a node", |document| {
            first(document, Kind::VirtualNode)["name"] = json!(name)
        });
        check_playground("name of a service", |document| {
            first(document, Kind::VirtualService)["name"] = json!(name);
        });
        check_playground("uid", set("/resources/0/uid", json!(name)));
        check_playground("region", set("/region", json!(name)));
        check_playground("mesh", |document| {
            for resource in document["resources"].as_array_mut().unwrap() {
                resource["mesh"] = json!(name);
            }
            first(document, Kind::Mesh)["name"] = json!(name);
        });
    }
    check_playground("accounts", set("/accounts", json!([])));
    check_playground("same account twice", set("/accounts", json!(["123456789012", "123456789012"])));
    check_playground("other account", |document| {
        document["accounts"] = json!(["111111111111"]);
        document["account"] = json!("111111111111");
    });
    check_playground("resources", set("/resources", json!([])));
    check_playground("each resource twice", |document| {
        let resources = document["resources"].as_array_mut().unwrap();
        resources.extend(resources.clone());
    });
    check_playground("references to nothing", |document| {
        document["resources"].as_array_mut().unwrap().retain(|resource| resource["kind"] != "VirtualNode");
    });
    check_playground("no service", |document| {
        document["resources"].as_array_mut().unwrap().retain(|resource| resource["kind"] != "VirtualService");
    });
    check_playground("an empty environment", |document| {
        document["environment"] =
            json!({"tasks": [], "dns": [], "cloudMap": [], "defaultRetries": true, "interceptsIpv6": true});
    });
    check_playground("a selector of no mesh", |document| {
        document["selectors"] =
            json!([{"mesh": "ghost", "meshOwner": "123456789012", "namespaceSelector": "a=b"}]);
    });
    check_playground("shared with itself and strangers", |document| {
        document["shares"] = json!([{"mesh": "colors", "meshOwner": "123456789012", "with": "123456789012"},
            {"mesh": "colors", "meshOwner": "123456789012", "with": "999999999999"}]);
    });
    check_playground("a gateway route that rewrites inside a letter", |document| {
        let route = &mut first(document, Kind::GatewayRoute)["spec"]["httpRoute"];
        route["match"] = json!({"prefix": "é", "path": {"exact": "/"}});
    });
    check_playground("many tasks at one address", |document| {
        let tasks = document["environment"]["tasks"].as_array_mut().unwrap();
        let mut task = tasks[0].clone();
        for i in 0..10_000 {
            task["name"] = json!(format!("t{i}"));
            tasks.push(task.clone());
        }
    });
    check_playground("many addresses of one host", |document| {
        let hosts = document["environment"]["dns"].as_array_mut().unwrap();
        let records: Vec<_> = (0..10_000).map(|i| format!("10.1.{}.{}", i / 250, i % 250)).collect();
        hosts.iter_mut().for_each(|host| host["a"] = json!(records));
    });
    check_playground("a name of a megabyte", |document| {
        first(document, Kind::VirtualService)["name"] = json!("a".repeat(1_000_000));
    });
    check_playground("deep", |document| {
        let mut deep = json!(1);
        for _ in 0..50 {
            deep = json!([deep]);
        }
        first(document, Kind::VirtualNode)["spec"] = deep;
    });
}

#[test]
fn playgrounds_of_other_shapes_are_refused() {
    for text in [
        r#"{"format": "mesh-playground"}"#,
        r#"{"format": "mesh-playground", "version": 1}"#,
        r#"{"format": "mesh-playground", "version": 99}"#,
        r#"{"format": "mesh-playground", "version": 1e300}"#,
        r#"{"format": "mesh-playground", "version": 99999999999999999999}"#,
        r#"{"format": ["mesh-playground"], "version": 1}"#,
    ] {
        check_text(text, text);
    }
    let whole = playground().to_string();
    for end in (1..whole.len()).step_by(whole.len() / 50) {
        check_text("a playground cut short", &whole[..end]);
    }
}
