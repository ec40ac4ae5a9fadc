//! Tests of the control plane. Rule numbers are those of docs/facts/api-rules.md.
#![allow(clippy::unwrap_used)] // A test may panic.

mod guide;
mod quotas;
mod refusals;
mod rules;
mod shares;
mod sharing;

use serde_json::{Value, json};

use super::*;
use crate::model::{AccountId, Key, Kind, MeshId, ResourceId};

const OWNER: &str = "123456789012";
const CONSUMER: &str = "210987654321";
const STRANGER: &str = "999999999999";

fn account(digits: &str) -> AccountId {
    digits.parse().unwrap()
}

/// A control plane, and a clock that advances one second with each call.
#[derive(Clone, Default)]
struct Stage {
    plane: ControlPlane,
    calls: u64,
}

impl Stage {
    fn send(&mut self, caller: &str, verb: Verb, kind: Kind, input: &Value) -> Result<Response, Error> {
        self.calls += 1;
        let env = Env { now: at(self.calls), seed: self.calls };
        let caller = account(caller);
        let operation = Operation::parse(verb, kind, input, &caller).map_err(Error::Invalid)?;
        self.plane.apply(&operation, &caller, &env)
    }

    /// Sends an operation as the owner.
    fn call(&mut self, verb: Verb, kind: Kind, path: &str, spec: Value) -> Result<Response, Error> {
        self.send(OWNER, verb, kind, &input(kind, path, spec))
    }

    #[track_caller]
    fn create(&mut self, kind: Kind, path: &str, spec: Value) -> Response {
        self.call(Verb::Create, kind, path, spec).unwrap()
    }

    fn delete(&mut self, kind: Kind, path: &str) -> Result<Response, Error> {
        self.call(Verb::Delete, kind, path, Value::Null)
    }
}

/// Returns the time of the `n`-th call.
fn at(n: u64) -> Timestamp {
    Timestamp(1_649_252_750_072 + 1000 * i64::try_from(n).unwrap())
}

/// Returns the input for `mesh`, `mesh/name` or `mesh/parent/name`; without a spec if it is null.
fn input(kind: Kind, path: &str, spec: Value) -> Value {
    let members = [Some(Kind::Mesh), kind.declaration().parent, (kind != Kind::Mesh).then_some(kind)];
    let members = members.into_iter().flatten().map(|kind| kind.declaration().name_member.to_owned());
    let names = path.split('/').map(Value::from);
    let mut input = Value::Object(members.zip(names).collect());
    if !spec.is_null() {
        input["spec"] = spec;
    }
    input
}

/// One resource of each kind, ordered so that each comes after the resources it refers to.
const PATHS: [(Kind, &str); 7] = [
    (Kind::Mesh, "m"),
    (Kind::VirtualNode, "m/n"),
    (Kind::VirtualRouter, "m/vr"),
    (Kind::VirtualService, "m/s"),
    (Kind::Route, "m/vr/r"),
    (Kind::VirtualGateway, "m/g"),
    (Kind::GatewayRoute, "m/g/gr"),
];

/// Returns a small spec, which refers to the resources of `PATHS`.
fn spec(kind: Kind) -> Value {
    let listener = json!({"portMapping": {"port": 80, "protocol": "http"}});
    match kind {
        Kind::Mesh | Kind::VirtualRouter | Kind::VirtualService => json!({}),
        // With `backends`, which the service shows even if the request omitted them.
        Kind::VirtualNode => json!({
            "backends": [], "listeners": [listener], "serviceDiscovery": {"dns": {"hostname": "n.local"}},
        }),
        Kind::Route => route_to(&["n"]),
        Kind::VirtualGateway => json!({"listeners": [listener]}),
        Kind::GatewayRoute => gateway_route_to("s"),
    }
}

fn route_to(nodes: &[&str]) -> Value {
    let targets: Vec<_> = nodes.iter().map(|node| json!({"virtualNode": node, "weight": 1})).collect();
    json!({"httpRoute": {"match": {"prefix": "/"}, "action": {"weightedTargets": targets}}})
}

fn gateway_route_to(service: &str) -> Value {
    let target = json!({"virtualService": {"virtualServiceName": service}});
    json!({"httpRoute": {"match": {"prefix": "/"}, "action": {"target": target}}})
}

fn provided_by(kind: Kind, name: &str) -> Value {
    let declaration = kind.declaration();
    json!({"provider": {declaration.member: {declaration.name_member: name}}})
}

/// Returns a stage with all resources before this kind in `PATHS`.
fn before(kind: Kind) -> Stage {
    let mut stage = Stage::default();
    for (other, path) in PATHS.into_iter().take_while(|(other, _)| *other != kind) {
        stage.create(other, path, spec(other));
    }
    stage
}

/// Returns a stage with one resource of each kind.
fn full() -> Stage {
    let mut stage = before(Kind::GatewayRoute);
    stage.create(Kind::GatewayRoute, "m/g/gr", spec(Kind::GatewayRoute));
    stage
}

/// Kind, and the versions in the responses to create, update and delete. Source: docs/facts/api-resources.md#versions.
const VERSIONS: [(Kind, [i64; 3]); 7] = [
    (Kind::Mesh, [1, 2, 2]),
    (Kind::VirtualNode, [1, 2, 3]),
    (Kind::VirtualRouter, [1, 2, 3]),
    (Kind::VirtualService, [1, 2, 3]),
    (Kind::Route, [1, 2, 3]),
    (Kind::VirtualGateway, [1, 2, 3]),
    (Kind::GatewayRoute, [1, 2, 3]),
];

#[test]
fn every_kind_is_created_described_updated_and_deleted() {
    for ((kind, path), (same, [created, updated, deleted])) in PATHS.into_iter().zip(VERSIONS) {
        assert_eq!(kind, same);
        let mut stage = before(kind);
        let first = stage.calls + 1;
        let answer = stage.create(kind, path, spec(kind));
        let uid = answer.resource.metadata.uid.clone();
        let check = |answer: &Response, status, version, updated_by| {
            let Metadata { created_at, last_updated_at, uid: now, version: found, resource_owner } =
                &answer.resource.metadata;
            assert_eq!((*created_at, *last_updated_at), (at(first), at(updated_by)), "{kind:?}");
            assert_eq!((answer.status, *found, now), (status, version, &uid), "{kind:?}");
            assert_eq!(resource_owner.as_str(), OWNER);
            assert_eq!(*answer.resource.spec.json(), spec(kind), "{kind:?}");
        };
        check(&answer, Status::Active, created, first);
        let described = stage.call(Verb::Describe, kind, path, Value::Null).unwrap();
        check(&described, Status::Active, created, first);
        // An update with an unchanged spec raises the version: docs/facts/api-resources.md#versions.
        check(&stage.call(Verb::Update, kind, path, spec(kind)).unwrap(), Status::Active, updated, first + 2);
        check(&stage.delete(kind, path).unwrap(), Status::Deleted, deleted, first + 3);
        let gone = stage.call(Verb::Describe, kind, path, Value::Null).unwrap_err();
        assert_eq!(gone.code(), "NotFoundException", "{kind:?}");
        let again = stage.create(kind, path, spec(kind)).resource.metadata.clone();
        assert_eq!((again.version, again.created_at), (1, at(first + 5)), "{kind:?}");
        assert_ne!(again.uid, uid, "a new uid for each creation");
    }
}

#[test]
fn each_update_counts_one() {
    let mut stage = full();
    for (kind, path) in PATHS {
        for version in 2..6 {
            let answer = stage.call(Verb::Update, kind, path, spec(kind)).unwrap();
            assert_eq!(answer.resource.metadata.version, version, "{kind:?}");
        }
    }
}

#[test]
fn a_change_touches_only_its_own_resource() {
    for (kind, path) in PATHS {
        let (before, mut stage) = (full(), full());
        stage.call(Verb::Update, kind, path, spec(kind)).unwrap();
        let plane = |stage: &Stage| {
            let mesh = stage.plane.meshes().next().unwrap().1.clone();
            mesh.resources().cloned().collect::<Vec<_>>()
        };
        for (old, new) in plane(&before).iter().zip(plane(&stage)) {
            assert_eq!(*old != new, new.id.key.kind == kind, "{kind:?} {}", new.id.key);
        }
    }
}

#[test]
fn an_update_replaces_the_whole_spec() {
    let mut stage = before(Kind::VirtualNode);
    let mut rich = spec(Kind::VirtualNode);
    rich["backends"] = json!([{"virtualService": {"virtualServiceName": "b"}}]);
    stage.create(Kind::VirtualNode, "m/n", rich);
    let answer = stage.call(Verb::Update, Kind::VirtualNode, "m/n", spec(Kind::VirtualNode)).unwrap();
    assert_eq!(*answer.resource.spec.json(), spec(Kind::VirtualNode));
    // Only UpdateMesh may omit the spec, which empties it.
    stage.call(Verb::Update, Kind::Mesh, "m", json!({"egressFilter": {"type": "ALLOW_ALL"}})).unwrap();
    let answer = stage.call(Verb::Update, Kind::Mesh, "m", Value::Null).unwrap();
    assert_eq!(*answer.resource.spec.json(), json!({}));
}

/// Kind, ARN. Source: docs/facts/api-resources.md#kinds.
const ARNS: [(Kind, &str); 7] = [
    (Kind::Mesh, "mesh/m"),
    (Kind::VirtualNode, "mesh/m/virtualNode/n"),
    (Kind::VirtualRouter, "mesh/m/virtualRouter/vr"),
    (Kind::VirtualService, "mesh/m/virtualService/s"),
    (Kind::Route, "mesh/m/virtualRouter/vr/route/r"),
    (Kind::VirtualGateway, "mesh/m/virtualGateway/g"),
    (Kind::GatewayRoute, "mesh/m/virtualGateway/g/gatewayRoute/gr"),
];

/// Name members of a response and of a list item, which also have `createdAt` and other metadata. Source: API shapes
/// `MeshData`, `MeshRef` and their counterparts.
const NAMES: [(Kind, &str); 7] = [
    (Kind::Mesh, "meshName"),
    (Kind::VirtualNode, "meshName virtualNodeName"),
    (Kind::VirtualRouter, "meshName virtualRouterName"),
    (Kind::VirtualService, "meshName virtualServiceName"),
    (Kind::Route, "meshName routeName virtualRouterName"),
    (Kind::VirtualGateway, "meshName virtualGatewayName"),
    (Kind::GatewayRoute, "gatewayRouteName meshName virtualGatewayName"),
];

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn answers_have_the_members_of_the_api() {
    let mut stage = full();
    for (((kind, path), (_, arn)), (_, names)) in PATHS.into_iter().zip(ARNS).zip(NAMES) {
        let answer = stage.call(Verb::Describe, kind, path, Value::Null).unwrap();
        let resource = answer.resource.clone();
        let answer = answer.answer("eu-west-1");
        assert_eq!(members(&answer), [kind.declaration().member]);
        let answer = &answer[kind.declaration().member];
        assert_eq!(answer["metadata"]["arn"], format!("arn:aws:appmesh:eu-west-1:{OWNER}:{arn}"));
        assert_eq!(
            members(&answer["metadata"]),
            ["arn", "createdAt", "lastUpdatedAt", "meshOwner", "resourceOwner", "uid", "version"]
        );
        let sorted = |more: &[&str]| {
            let mut all = [names.split(' ').collect(), more.to_vec()].concat();
            all.sort_unstable();
            all.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(members(answer), sorted(&["metadata", "spec", "status"]));
        let more = ["arn", "createdAt", "lastUpdatedAt", "meshOwner", "resourceOwner", "version"];
        assert_eq!(members(&resource.list_item("eu-west-1", resource::shown)), sorted(&more));
        assert_eq!(answer["status"], json!({"status": "ACTIVE"}));
    }
    let deleted = stage.delete(Kind::GatewayRoute, "m/g/gr").unwrap().answer("eu-west-1");
    assert_eq!(deleted["gatewayRoute"]["status"], json!({"status": "DELETED"}));
}

/// Checks the format of a uid: lower-case 8-4-4-4-12, of version 4.
#[track_caller]
fn check_uid(uid: &str) {
    let parts: Vec<_> = uid.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "{uid}");
    let is_hex = |c: char| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c);
    assert!(uid.chars().all(is_hex), "{uid}");
    assert!(uid[14..15] == *"4" && "89ab".contains(&uid[19..20]), "{uid}");
}

#[test]
fn every_seed_has_its_own_uids() {
    let seeds = (0..2000).chain([u64::MAX, u64::MAX - 1, 1 << 63, 1 << 32]);
    let uids = seeds.flat_map(|seed| (0..3).map(move |index| Env { now: at(0), seed }.nth(index).uid()));
    let mut uids: Vec<_> = uids.collect();
    uids.iter().for_each(|uid| check_uid(uid));
    uids.sort_unstable();
    let all = uids.len();
    uids.dedup();
    assert_eq!(uids.len(), all);
}

#[test]
fn the_same_script_gives_the_same_bytes() {
    let script = || {
        let mut stage = full();
        let mut told = String::new();
        for (kind, path) in PATHS.into_iter().rev() {
            for verb in [Verb::Update, Verb::Describe, Verb::Delete, Verb::Describe] {
                match stage.call(verb, kind, path, spec(kind)) {
                    Ok(answer) => told.push_str(&answer.answer("us-west-2").to_string()),
                    Err(error) => told.push_str(&format!("{}: {error}", error.code())),
                }
                told.push('\n');
            }
        }
        told
    };
    assert_eq!(script(), script());
    assert_eq!(script().lines().count(), 28);
}

#[test]
fn names_are_told_apart_by_case_mesh_kind_and_parent() {
    let mut stage = full();
    stage.create(Kind::Mesh, "M", json!({}));
    stage.create(Kind::VirtualNode, "m/N", spec(Kind::VirtualNode));
    stage.create(Kind::VirtualNode, "M/n", spec(Kind::VirtualNode));
    stage.create(Kind::VirtualRouter, "m/n", json!({}));
    stage.create(Kind::Route, "m/n/r", spec(Kind::Route));
    let mesh = stage.plane.mesh(&MeshId { owner: account(OWNER), name: "m".into() }).unwrap();
    assert_eq!(mesh.node_names().map(|name| &**name).collect::<Vec<_>>(), ["N", "n"]);
    assert_eq!(mesh.within(Kind::Route, "n").count(), 1);
    assert_eq!(mesh.of_kind(Kind::Route).count(), 2);
    let id = ResourceId {
        mesh: MeshId { owner: account(OWNER), name: "M".into() },
        key: Key::new(Kind::VirtualNode, "n"),
    };
    assert!(stage.plane.get(&id).is_some());
}

#[test]
fn tags_are_kept_across_updates_and_die_with_the_resource() {
    let mut stage = Stage::default();
    let mut with_tags = input(Kind::Mesh, "m", json!({}));
    with_tags["tags"] = json!([{"key": "team", "value": "a"}, {"key": "Empty", "value": ""}]);
    let tags = |answer: &Response| {
        let tags = answer.resource.tags.iter().map(|(key, value)| format!("{key}={value}"));
        tags.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tags(&stage.send(OWNER, Verb::Create, Kind::Mesh, &with_tags).unwrap()), "Empty= team=a");
    assert_eq!(tags(&stage.call(Verb::Update, Kind::Mesh, "m", json!({})).unwrap()), "Empty= team=a");
    stage.delete(Kind::Mesh, "m").unwrap();
    assert_eq!(tags(&stage.create(Kind::Mesh, "m", json!({}))), "");
}
