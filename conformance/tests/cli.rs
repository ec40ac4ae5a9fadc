//! The official clients on the wire API: the AWS CLI (version 1) and the SDK for Python, over a loopback port.
//!
//! They know the API from Amazon's model and nothing of this crate, so what they accept and print is what a user of the
//! service saw. `make test` installs them; otherwise, those on the `PATH` are used.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

mod bridge;
#[path = "../../tests/common/mod.rs"]
mod common;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    time::SystemTime,
};

use bridge::{Bridge, Door, client};
use mesh_playground::{
    api,
    model::{AccountId, Kind, MeshId},
    playground::Fault,
    store,
};
use serde_json::{Value, json};

const OWNER: &str = "123456789012";
const CONSUMER: &str = "210987654321";

// --- The clients ---------------------------------------------------------------------------------------------

/// Returns whether a client is installed: the command succeeds and its output begins with `start`.
///
/// Prints a message if it is not; in CI it must be.
fn is_there(client: &str, command: &mut Command, start: &str) -> bool {
    let printed = command.output().ok().filter(|output| output.status.success());
    let is_there = printed.is_some_and(|output| String::from_utf8_lossy(&output.stdout).starts_with(start));
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "no {client} on the PATH");
        common::skipped(&format!(
            "tests with the {client}, as there is none on the PATH; `make test` installs its own"
        ));
    }
    is_there
}

fn has_aws() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| is_there("AWS CLI, version 1,", Command::new("aws").arg("--version"), "aws-cli/1."))
}

/// Returns the command `aws appmesh …` against a bridge; `words` is split at spaces.
fn aws(bridge: &Bridge, words: &str) -> Command {
    let mut command = client("aws");
    command.arg("appmesh").args(words.split_whitespace()).args(["--endpoint-url", &bridge.url()]);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Runs a command that must succeed and print nothing on standard error. Returns its standard output.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert_eq!((status.code(), text(&stderr)), (Some(0), ""), "{command:?}");
    text(&stdout).to_owned()
}

#[track_caller]
fn printed_json(command: &mut Command) -> Value {
    let printed = printed(command);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error} in {printed}"))
}

// --- Initial states ------------------------------------------------------------------------------------------

/// Sends a request that must succeed, without a client.
#[track_caller]
fn put(door: &mut Door, path: &str, body: Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = api::Request {
        method: "PUT".into(),
        path: format!("/v20190125/{path}"),
        query: query.into(),
        body: body.to_string().into_bytes(),
        ..api::Request::default()
    };
    let response = api::handle(&mut door.playground, request);
    assert_eq!(response.status, 200, "{path}: {}", text(&response.body));
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

fn act_as(door: &mut Door, id: &str) {
    door.playground.run(store::Command::SwitchAccount(account(id)));
    assert_eq!(door.playground.world().account, account(id));
}

fn share(door: &mut Door, owner: &str, mesh: &str, with: &str) {
    let mesh = MeshId { owner: account(owner), name: mesh.into() };
    door.playground.run(store::Command::Share { mesh: mesh.clone(), with: account(with) });
    assert!(door.playground.world().control_plane.is_shared(&mesh, &account(with)));
}

/// Returns a spec without references to other resources.
fn spec(kind: Kind) -> Value {
    let listeners = json!([{"portMapping": {"port": 80, "protocol": "http"}}]);
    match kind {
        Kind::Mesh | Kind::VirtualService => json!({}),
        Kind::VirtualNode => {
            json!({"listeners": listeners, "serviceDiscovery": {"dns": {"hostname": "n.local"}}})
        }
        Kind::VirtualRouter | Kind::VirtualGateway => json!({"listeners": listeners}),
        Kind::Route => {
            json!({"httpRoute": {"match": {"prefix": "/"},
                "action": {"weightedTargets": [{"virtualNode": "n0", "weight": 1}]}}})
        }
        Kind::GatewayRoute => json!({"httpRoute": {"match": {"prefix": "/"},
            "action": {"target": {"virtualService": {"virtualServiceName": "n0"}}}}}),
    }
}

/// Returns the path of a kind's collection in mesh `mesh` and, for a kind with a parent, in `parent`.
fn collection(kind: Kind, mesh: &str, parent: &str) -> String {
    let declaration = kind.declaration();
    match declaration.parent {
        _ if kind == Kind::Mesh => "meshes".to_owned(),
        None => format!("meshes/{mesh}/{}", declaration.collection),
        Some(of) => format!("meshes/{mesh}/{}/{parent}/{}", of.declaration().member, declaration.collection),
    }
}

fn make(door: &mut Door, kind: Kind, mesh: &str, parent: &str, name: &str) {
    let body = json!({kind.declaration().name_member: name, "spec": spec(kind)});
    put(door, &collection(kind, mesh, parent), body);
}

// --- The user guide ------------------------------------------------------------------------------------------

/// Errors in the guide: file, published text, intended text. The others are in
/// `crates/engine/src/control_plane/tests/guide.rs`, with the reasons.
const SLIPS: [(&str, &str, &str); 4] = [
    ("gateway-routes", "create-virtual-gateway", "create-gateway-route"),
    (
        "gateway-routes",
        r#""virtualGatewayName":"gatewayName""#,
        r#""virtualGatewayName":"virtualGatewayName""#,
    ),
    ("routes", "nameOfMehod", "nameOfmethod"),
    ("routes", r#""methodName":"methodName""#, r#""methodName":"nameOfmethod""#),
];

fn examples(folder: &Path, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("user-guide").join(format!("{file}.json"))).unwrap();
    let mut text = serde_json::from_str::<Value>(&text).unwrap().to_string();
    for (_, published, meant) in SLIPS.iter().filter(|slip| slip.0 == file) {
        assert!(text.contains(published), "{file} has no slip {published} any more");
        text = text.replace(published, meant);
    }
    serde_json::from_str(&text).unwrap()
}

/// Replaces uids and dates, which are placeholders in the guide; only their form and order are checked. Version 1 of
/// the CLI prints the seconds of the wire, version 2 in the guide prints a date.
fn blur(answer: &mut Value, read: impl Fn(&Value) -> bool) {
    let metadata = answer.as_object_mut().unwrap().values_mut().next().unwrap();
    let metadata = metadata["metadata"].as_object_mut().unwrap();
    let (created, updated) = (metadata["createdAt"].clone(), metadata["lastUpdatedAt"].clone());
    assert!(read(&created) && read(&updated), "{created} {updated}");
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    metadata["uid"] = json!("uid");
    metadata["createdAt"] = json!("created");
    metadata["lastUpdatedAt"] = json!(if created == updated { "created" } else { "later" });
}

/// Runs the two commands of a page, a create and a delete, and compares the output.
#[track_caller]
fn check_guide(file: &str) {
    let Some(folder) = common::samples() else { return };
    if !has_aws() {
        return;
    }
    let mut examples = examples(&folder, file);
    assert_eq!(examples.len(), 2, "{file}");
    let member = examples[0]["output"].as_object().unwrap().keys().next().unwrap().clone();
    let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().member == member).unwrap();
    if kind == Kind::GatewayRoute {
        // A consumer must not have gateway routes; the guide's account is a placeholder.
        let text = json!(examples).to_string().replace(CONSUMER, OWNER);
        examples = serde_json::from_str(&text).unwrap();
    }
    let caller = examples[0]["output"][&member]["metadata"]["resourceOwner"].as_str().unwrap().to_owned();
    let is_guest = caller != OWNER;
    let bridge = Bridge::start();
    bridge.with(move |door| prepare(door, kind, &caller));

    let work = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("guide-{file}"));
    std::fs::create_dir_all(&work).unwrap();
    let started = seconds();
    for example in &examples {
        for (name, content) in example["files"].as_object().unwrap() {
            std::fs::write(work.join(name), content.to_string()).unwrap();
        }
        let words = example["command"].as_str().unwrap().replace('\\', " ");
        let mut command = aws(&bridge, words.trim_start().strip_prefix("aws appmesh").unwrap());
        command.current_dir(&work);
        if is_guest {
            // The guide's placeholders contain two accounts, but its commands no owner.
            command.args(["--mesh-owner", OWNER]);
        }
        let mut answer = printed_json(&mut command);
        let mut expected = example["output"].clone();
        let ended = seconds();
        blur(&mut answer, |time| {
            // The clock of the bridge has a resolution of milliseconds.
            time.as_f64().is_some_and(|time| time > started - 0.002 && time < ended + 0.002)
        });
        blur(&mut expected, |time| time.as_str().is_some_and(|time| time.starts_with("2022-04-0")));
        assert_eq!(answer, expected, "{words}");
    }
}

fn seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Creates the targets of the examples, shared with the caller. The service has no provider, so that the node can be
/// deleted.
fn prepare(door: &mut Door, created: Kind, caller: &str) {
    if created == Kind::Mesh {
        return;
    }
    make(door, Kind::Mesh, "", "", "meshName");
    if created == Kind::GatewayRoute {
        make(door, Kind::VirtualGateway, "meshName", "", "virtualGatewayName");
    }
    if caller != OWNER {
        share(door, OWNER, "meshName", caller);
        act_as(door, caller);
    }
    for (kind, name) in [
        (Kind::VirtualNode, "nodeName"),
        (Kind::VirtualRouter, "routerName"),
        (Kind::VirtualService, "serviceA.svc.cluster.local"),
    ] {
        if kind != created {
            let path = format!("{}?meshOwner={OWNER}", collection(kind, "meshName", ""));
            put(door, &path, json!({kind.declaration().name_member: name, "spec": spec(kind)}));
        }
    }
}

#[test]
fn meshes_are_printed_as_published() {
    check_guide("meshes");
}

#[test]
fn virtual_nodes_are_printed_as_published() {
    check_guide("virtual_nodes");
}

#[test]
fn virtual_services_are_printed_as_published() {
    check_guide("virtual_services");
}

#[test]
fn virtual_routers_are_printed_as_published() {
    check_guide("virtual_routers");
}

#[test]
fn virtual_gateways_are_printed_as_published() {
    check_guide("virtual_gateways");
}

#[test]
fn routes_are_printed_as_published() {
    check_guide("routes");
}

#[test]
fn gateway_routes_are_printed_as_published() {
    check_guide("gateway-routes");
}

// --- Lists ---------------------------------------------------------------------------------------------------

/// Creates three resources of each kind, named `n0` to `n2`. Those in a mesh are in `n0`, those in a parent are in its
/// `n0`.
fn make_three_of_each(door: &mut Door) {
    for kind in Kind::ALL {
        for i in 0..3 {
            make(door, kind, "n0", "n0", &format!("n{i}"));
        }
    }
}

/// Checks a list in two commands: `--starting-token` returns the items that `--max-items` omitted. `requests` contains
/// the expected requests of each command, and whether each one has a token.
#[track_caller]
fn check_pages(bridge: &Bridge, words: &str, options: &str, list: &str, name: &str, requests: [&[bool]; 2]) {
    bridge.with(|door| door.requests.clear());
    let size = options.split("--page-size ").nth(1).unwrap();
    let asked = |bridge: &Bridge| -> Vec<bool> {
        let requests = bridge.with(|door| std::mem::take(&mut door.requests));
        let limit = format!("limit={size}");
        assert!(requests.iter().all(|request| request.contains(&limit)), "{requests:?}");
        requests.iter().map(|request| request.contains("nextToken=")).collect()
    };
    let names = |printed: &Value| -> Vec<String> {
        let items = printed[list].as_array().unwrap();
        items.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
    };
    let mut first = printed_json(&mut aws(bridge, &format!("{words} {options}")));
    assert_eq!(asked(bridge), requests[0], "{words}");
    let token = first["NextToken"].take();
    let mut command = aws(bridge, &format!("{words} --page-size {size}"));
    let rest = printed_json(command.args(["--starting-token", token.as_str().unwrap()]));
    assert_eq!(asked(bridge), requests[1], "{words}");
    assert!(rest.get("NextToken").is_none(), "{rest}");
    assert_eq!([names(&first), names(&rest)].concat(), ["n0", "n1", "n2"], "{words}");
    let item = first[list][0].as_object().unwrap();
    if list != "tags" {
        for member in
            ["arn", "createdAt", "lastUpdatedAt", "meshName", "meshOwner", "resourceOwner", "version"]
        {
            assert!(item.contains_key(member), "{item:?} has no {member}");
        }
    }
}

/// Converts `virtualNodes` to `virtual-nodes`.
fn kebab(camel: &str) -> String {
    camel
        .chars()
        .flat_map(|c| c.is_ascii_uppercase().then_some('-').into_iter().chain(c.to_lowercase()))
        .collect()
}

#[track_caller]
fn check_list(kind: Kind) {
    if !has_aws() {
        return;
    }
    let bridge = Bridge::start();
    bridge.with(make_three_of_each);
    let declaration = kind.declaration();
    let mut words = format!("list-{}", kebab(declaration.collection));
    if kind != Kind::Mesh {
        words += " --mesh-name n0";
    }
    if let Some(parent) = declaration.parent {
        words += &format!(" --{} n0", kebab(parent.declaration().name_member));
    }
    let (list, name) = (declaration.collection, declaration.name_member);
    check_pages(&bridge, &words, "--max-items 2 --page-size 1", list, name, [&[false, true], &[true]]);
}

#[test]
fn meshes_are_listed_in_pages() {
    check_list(Kind::Mesh);
}

#[test]
fn what_is_in_a_mesh_is_listed_in_pages() {
    for kind in [Kind::VirtualNode, Kind::VirtualService, Kind::VirtualRouter, Kind::VirtualGateway] {
        check_list(kind);
    }
}

#[test]
fn what_is_in_a_router_or_gateway_is_listed_in_pages() {
    for kind in [Kind::Route, Kind::GatewayRoute] {
        check_list(kind);
    }
}

// --- Tags ----------------------------------------------------------------------------------------------------

#[test]
fn tags_are_set_listed_and_removed() {
    if !has_aws() {
        return;
    }
    let bridge = Bridge::start();
    printed_json(&mut aws(&bridge, "create-mesh --mesh-name m --tags key=n0,value=v0 key=n9,value="));
    let arn = format!("arn:aws:appmesh:us-west-2:{OWNER}:mesh/m");
    let tag =
        format!("tag-resource --resource-arn {arn} --tags key=n1,value=v1 key=n2,value=v2 key=n0,value=new");
    assert_eq!(printed(&mut aws(&bridge, &tag)), "");
    let all = format!("list-tags-for-resource --resource-arn {arn}");
    let tag = |key: &str, value: &str| json!({"key": key, "value": value});
    let tags = json!({"tags": [tag("n0", "new"), tag("n1", "v1"), tag("n2", "v2"), tag("n9", "")]});
    assert_eq!(printed_json(&mut aws(&bridge, &all)), tags);
    let untag = format!("untag-resource --resource-arn {arn} --tag-keys n9 ghost");
    assert_eq!(printed(&mut aws(&bridge, &untag)), "");
    // The first page contains more items than requested: the CLI truncates it, and requests it again later.
    check_pages(&bridge, &all, "--max-items 1 --page-size 2", "tags", "key", [&[false], &[false, true]]);
}

// --- One resource, in other formats --------------------------------------------------------------------------

#[test]
fn shorthand_goes_in_and_text_comes_out() {
    if !has_aws() {
        return;
    }
    let bridge = Bridge::start();
    bridge.with(|door| make(door, Kind::Mesh, "", "", "m"));
    let spec = "egressFilter={type=ALLOW_ALL},serviceDiscovery={ipPreference=IPv6_PREFERRED}";
    let updated = printed_json(&mut aws(&bridge, &format!("update-mesh --mesh-name m --spec {spec}")));
    assert_eq!(
        updated["mesh"]["spec"],
        json!({"egressFilter": {"type": "ALLOW_ALL"}, "serviceDiscovery": {"ipPreference": "IPv6_PREFERRED"}})
    );
    assert_eq!(updated["mesh"]["metadata"]["version"], 2);
    let query = "--output text --query mesh.[meshName,metadata.version,spec.serviceDiscovery.ipPreference]";
    let shown = printed(&mut aws(&bridge, &format!("describe-mesh --mesh-name m {query}")));
    assert_eq!(shown, "m\t2\tIPv6_PREFERRED\n");

    // A name with a space and a character outside ASCII, which must be escaped in a path.
    let made = printed_json(
        aws(&bridge, "create-virtual-service --mesh-name m --spec {}")
            .args(["--virtual-service-name", "b c.ü"]),
    );
    let told = printed_json(
        aws(&bridge, "describe-virtual-service --mesh-name m").args(["--virtual-service-name", "b c.ü"]),
    );
    assert_eq!(made, told);
    assert_eq!(told["virtualService"]["virtualServiceName"], "b c.ü");
}

// --- Refusals ------------------------------------------------------------------------------------------------

/// Checks that a command is refused: nothing on standard output, an empty line and the error on standard error, and
/// exit status 255.
#[track_caller]
fn check_refused(command: &mut Command, operation: &str, code: &str, message: &str) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let expected = format!("\nAn error occurred ({code}) when calling the {operation} operation{message}\n");
    assert_eq!((status.code(), text(&stdout), text(&stderr)), (Some(255), "", &*expected), "{command:?}");
}

#[test]
fn every_refusal_has_its_line_and_exit_code() {
    if !has_aws() {
        return;
    }
    let bridge = Bridge::start();
    bridge.with(|door| {
        act_as(door, CONSUMER);
        make(door, Kind::Mesh, "", "", "foreign");
        act_as(door, OWNER);
        make_three_of_each(door);
        make(door, Kind::VirtualNode, "n1", "", "x");
        let tags: Vec<_> = (0..50).map(|i| json!({"key": format!("k{i}"), "value": ""})).collect();
        put(
            door,
            &format!("tag?resourceArn=arn%3Aaws%3Aappmesh%3Aus-west-2%3A{OWNER}%3Amesh%2Fn0"),
            json!({"tags": tags}),
        );
    });
    let listener = "listeners=[{portMapping={port=70000,protocol=http}}]";
    let own = format!("arn:aws:appmesh:us-west-2:{OWNER}:mesh/n0");
    let foreign = format!("arn:aws:appmesh:us-west-2:{CONSUMER}:mesh/foreign");
    let in_use = format!(
        "Mesh n1 for account {OWNER} has active VirtualNodes, please delete VirtualNodes before deleting the Mesh"
    );
    for (words, operation, code, message) in [
        (
            format!("create-virtual-node --mesh-name n0 --virtual-node-name x --spec {listener}"),
            "CreateVirtualNode",
            "BadRequestException",
            "spec.listeners[0].portMapping.port must be from 1 to 65535, not 70000".to_owned(),
        ),
        (
            format!("describe-mesh --mesh-name foreign --mesh-owner {CONSUMER}"),
            "DescribeMesh",
            "ForbiddenException",
            format!("Account {OWNER} is not authorized to do this to Mesh foreign of mesh owner {CONSUMER}"),
        ),
        (
            "describe-virtual-node --mesh-name n0 --virtual-node-name ghost".to_owned(),
            "DescribeVirtualNode",
            "NotFoundException",
            format!("VirtualNode with name ghost is not present under mesh n0 for account {OWNER}"),
        ),
        (
            "create-mesh --mesh-name n0".to_owned(),
            "CreateMesh",
            "ConflictException",
            "Mesh with name n0 already exists".to_owned(),
        ),
        ("delete-mesh --mesh-name n1".to_owned(), "DeleteMesh", "ResourceInUseException", in_use),
        (
            "create-virtual-gateway --mesh-name n0 --virtual-gateway-name x --spec listeners=[{portMapping={port=80,protocol=http}}]".to_owned(),
            "CreateVirtualGateway",
            "LimitExceededException",
            "The quota of 3 VirtualGateways in mesh n0 is reached".to_owned(),
        ),
        (
            format!("tag-resource --resource-arn {own} --tags key=more,value=v"),
            "TagResource",
            "TooManyTagsException",
            "A resource can have up to 50 tags, this one would have 51".to_owned(),
        ),
        (
            format!("list-tags-for-resource --resource-arn {foreign}"),
            "ListTagsForResource",
            "AccessDeniedException",
            format!("{foreign} is an invalid ARN. Invalid account id in the ARN provided : {CONSUMER}"),
        ),
    ] {
        check_refused(&mut aws(&bridge, &words), operation, code, &format!(": {message}"));
    }
}

#[test]
fn a_failing_service_has_its_line_and_is_asked_again() {
    if !has_aws() {
        return;
    }
    let bridge = Bridge::start();
    for (fault, code, message) in [
        (Fault::TooManyRequests, "TooManyRequestsException", "Rate exceeded"),
        (Fault::InternalServerError, "InternalServerErrorException", "Internal failure"),
        (Fault::ServiceUnavailable, "ServiceUnavailableException", "Service unavailable"),
    ] {
        bridge.with(move |door| door.playground.fail_next(fault));
        let message = format!(" (reached max retries: 0): {message}");
        check_refused(&mut aws(&bridge, "list-meshes"), "ListMeshes", code, &message);
    }
    bridge.with(|door| {
        door.requests.clear();
        door.playground.fail_next(Fault::TooManyRequests);
    });
    let made = printed_json(aws(&bridge, "create-mesh --mesh-name m").env("AWS_MAX_ATTEMPTS", "2"));
    assert_eq!(made["mesh"]["metadata"]["version"], 1);
    let requests = bridge.with(|door| door.requests.clone());
    assert_eq!(requests, ["PUT /v20190125/meshes"; 2]);
}

// --- The SDK for Python --------------------------------------------------------------------------------------

#[test]
fn boto3_walks_over_every_operation() {
    let mut python = Command::new("python3");
    python.args(["-c", "import boto3; print(boto3.__version__)"]);
    if !is_there("Python with boto3", &mut python, "1.") {
        return;
    }
    let bridge = Bridge::start();
    bridge.with(|door| {
        act_as(door, CONSUMER);
        make(door, Kind::Mesh, "", "", "shared");
        make(door, Kind::Mesh, "", "", "foreign");
        share(door, CONSUMER, "shared", OWNER);
        act_as(door, OWNER);
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/boto3_walk.py");
    let output = client("python3").args(["-B", script, &bridge.url()]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "38 operations, 8 paginators, 10 exceptions, 321 members and values of specs\n"
    );
}
