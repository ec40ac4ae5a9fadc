//! Permissions in a shared mesh. Source: docs/facts/sharing.md#permissions.

use super::*;

const YES: bool = true;
const NO: bool = false;

/// Returns a stage with mesh `m` of the owner, shared with the consumer, who created `theirs` of every kind that it may
/// create; `PATHS` belong to the owner.
fn shared() -> Stage {
    let mut stage = full();
    let mesh = MeshId { owner: account(OWNER), name: "m".into() };
    stage.plane.share(&mesh, &account(CONSUMER)).unwrap();
    for (kind, path, spec) in [
        (Kind::VirtualNode, "m/theirs", spec(Kind::VirtualNode)),
        (Kind::VirtualRouter, "m/theirs", json!({})),
        (Kind::VirtualService, "m/theirs", json!({})),
        (Kind::Route, "m/theirs/theirs", route_to(&["theirs"])),
    ] {
        as_account(&mut stage, CONSUMER, Verb::Create, kind, path, spec).unwrap();
    }
    stage
}

fn as_account(
    stage: &mut Stage,
    caller: &str,
    verb: Verb,
    kind: Kind,
    path: &str,
    spec: Value,
) -> Result<Response, Error> {
    let mut input = input(kind, path, spec);
    input["meshOwner"] = json!(OWNER);
    stage.send(caller, verb, kind, &input)
}

/// Checks whether the call is allowed; an error for another reason than permission is a mistake in the table.
#[track_caller]
fn check(caller: &str, verb: Verb, kind: Kind, path: &str, allowed: bool) {
    let mut stage = shared();
    let before = stage.plane.clone();
    let spec = match (kind, path) {
        // Routes target the consumer's node, not the owner's.
        (Kind::Route, _) => route_to(&["theirs"]),
        (kind, _) => spec(kind),
    };
    match as_account(&mut stage, caller, verb, kind, path, spec) {
        Ok(answer) => {
            assert!(allowed, "{caller} may not {verb:?} {kind:?} {path}");
            let owner =
                if verb == Verb::Create { caller } else { answer.resource.metadata.resource_owner.as_str() };
            assert_eq!(answer.resource.metadata.resource_owner.as_str(), owner);
            assert_eq!(answer.resource.id.mesh.owner.as_str(), OWNER);
        }
        // Permitted, but in use.
        Err(Error::InUse { .. }) => assert!(allowed, "{caller} {verb:?} {kind:?} {path}"),
        Err(error) => {
            assert_eq!(error.code(), "ForbiddenException", "{caller} {verb:?} {kind:?} {path}: {error}");
            assert!(!allowed, "{caller} may {verb:?} {kind:?} {path}");
            assert_eq!(stage.plane, before);
        }
    }
}

/// Verb, and whether it is allowed for the owner on its own resources, the owner on the consumer's, the consumer on its
/// own, and the consumer on the owner's.
const NODES_ROUTERS_ROUTES_SERVICES: [(Verb, [bool; 4]); 3] = [
    (Verb::Describe, [YES, YES, YES, YES]),
    (Verb::Update, [YES, NO, YES, NO]),
    (Verb::Delete, [YES, YES, YES, NO]),
];

#[test]
fn nodes_routers_routes_and_services_are_for_both() {
    for (kind, path) in PATHS {
        let (theirs, new) = match kind {
            Kind::VirtualNode | Kind::VirtualRouter | Kind::VirtualService => ("m/theirs", "m/new"),
            Kind::Route => ("m/theirs/theirs", "m/theirs/new"),
            _ => continue,
        };
        for (verb, [own, other, consumers_own, consumers_other]) in NODES_ROUTERS_ROUTES_SERVICES {
            check(OWNER, verb, kind, path, own);
            check(OWNER, verb, kind, theirs, other);
            check(CONSUMER, verb, kind, theirs, consumers_own);
            check(CONSUMER, verb, kind, path, consumers_other);
        }
        check(CONSUMER, Verb::Create, kind, new, YES);
    }
    for (kind, path) in
        [(Kind::VirtualNode, "m/new"), (Kind::VirtualRouter, "m/new"), (Kind::VirtualService, "m/new")]
    {
        check(OWNER, Verb::Create, kind, path, YES);
    }
    check(OWNER, Verb::Create, Kind::Route, "m/vr/new", YES);
    // "A route needs a router the caller itself owns."
    check(CONSUMER, Verb::Create, Kind::Route, "m/vr/new", NO);
}

#[test]
fn gateways_are_for_the_owner_only() {
    for (kind, path, new) in
        [(Kind::VirtualGateway, "m/g", "m/new"), (Kind::GatewayRoute, "m/g/gr", "m/g/new")]
    {
        for verb in [Verb::Describe, Verb::Update, Verb::Delete] {
            check(OWNER, verb, kind, path, YES);
            check(CONSUMER, verb, kind, path, NO);
        }
        check(OWNER, Verb::Create, kind, new, YES);
        check(CONSUMER, Verb::Create, kind, new, NO);
    }
}

#[test]
fn the_mesh_itself_is_the_owners() {
    for (verb, consumer) in [(Verb::Describe, YES), (Verb::Update, NO), (Verb::Delete, NO)] {
        check(OWNER, verb, Kind::Mesh, "m", YES);
        check(CONSUMER, verb, Kind::Mesh, "m", consumer);
    }
}

#[test]
fn a_stranger_may_do_nothing() {
    for (kind, path) in PATHS {
        for verb in [Verb::Describe, Verb::Update, Verb::Delete] {
            check(STRANGER, verb, kind, path, NO);
        }
        if kind != Kind::Mesh {
            check(STRANGER, Verb::Create, kind, &format!("{path}-new"), NO);
        }
    }
}

fn visible(stage: &Stage, caller: &str) -> Vec<String> {
    stage.plane.visible_to(&account(caller)).map(|(id, _)| format!("{}@{}", id.name, id.owner)).collect()
}

#[test]
fn a_consumer_sees_its_own_meshes_and_those_shared_with_it() {
    let mut stage = shared();
    // The same name may exist in two accounts.
    stage.send(CONSUMER, Verb::Create, Kind::Mesh, &json!({"meshName": "m"})).unwrap();
    assert_eq!(visible(&stage, OWNER), [format!("m@{OWNER}")]);
    assert_eq!(visible(&stage, CONSUMER), [format!("m@{OWNER}"), format!("m@{CONSUMER}")]);
    assert_eq!(visible(&stage, STRANGER), Vec::<String>::new());
    // Without `meshOwner`, the request refers to the caller's own mesh.
    let input = input(Kind::VirtualNode, "m/theirs", Value::Null);
    let error = stage.send(CONSUMER, Verb::Describe, Kind::VirtualNode, &input).unwrap_err();
    assert_eq!(error.code(), "NotFoundException");
}

#[test]
fn an_unknown_mesh_owner_is_not_found() {
    let mut stage = shared();
    let mut input = input(Kind::VirtualNode, "m/n", Value::Null);
    input["meshOwner"] = json!(STRANGER);
    let error = stage.send(OWNER, Verb::Describe, Kind::VirtualNode, &input).unwrap_err();
    assert_eq!(error.code(), "NotFoundException");
}

#[test]
fn references_may_cross_accounts() {
    let mut stage = shared();
    // P9 (docs/facts/api-rules.md#p9): the owner's route to the consumer's node, and the reverse.
    stage.call(Verb::Update, Kind::Route, "m/vr/r", route_to(&["n", "theirs"])).unwrap();
    let route = route_to(&["n"]);
    as_account(&mut stage, CONSUMER, Verb::Update, Kind::Route, "m/theirs/theirs", route).unwrap();
    let error = as_account(&mut stage, CONSUMER, Verb::Delete, Kind::VirtualNode, "m/theirs", Value::Null);
    assert_eq!(error.unwrap_err().code(), "ResourceInUseException");
}

#[test]
fn unsharing_shuts_the_consumer_out_and_leaves_what_it_made() {
    let mut stage = shared();
    let mesh = MeshId { owner: account(OWNER), name: "m".into() };
    stage.plane.unshare(&mesh, &account(CONSUMER));
    assert_eq!(visible(&stage, CONSUMER), Vec::<String>::new());
    for verb in [Verb::Describe, Verb::Update, Verb::Delete, Verb::Create] {
        let path = if verb == Verb::Create { "m/new" } else { "m/theirs" };
        let error =
            as_account(&mut stage, CONSUMER, verb, Kind::VirtualService, path, json!({})).unwrap_err();
        assert_eq!(error.code(), "ForbiddenException", "{verb:?}");
    }
    assert!(stage.call(Verb::Describe, Kind::VirtualService, "m/theirs", Value::Null).is_ok());
    assert_eq!(
        stage.call(Verb::Update, Kind::VirtualService, "m/theirs", json!({})).unwrap_err().code(),
        "ForbiddenException"
    );
    assert!(stage.delete(Kind::VirtualService, "m/theirs").is_ok());
}

#[test]
fn the_resource_owner_is_in_the_arn() {
    let mut stage = shared();
    let answer = stage.call(Verb::Describe, Kind::VirtualNode, "m/theirs", Value::Null).unwrap();
    let metadata = &answer.answer("us-west-2")["virtualNode"]["metadata"];
    assert_eq!(metadata["arn"], format!("arn:aws:appmesh:us-west-2:{CONSUMER}:mesh/m/virtualNode/theirs"));
    assert_eq!((&metadata["meshOwner"], &metadata["resourceOwner"]), (&json!(OWNER), &json!(CONSUMER)));
}

#[test]
fn only_a_mesh_that_exists_can_be_shared() {
    let mut stage = full();
    let ghost = MeshId { owner: account(OWNER), name: "ghost".into() };
    assert_eq!(stage.plane.share(&ghost, &account(CONSUMER)).unwrap_err().code(), "NotFoundException");
    let (mesh, before) = (MeshId { name: "m".into(), ..ghost }, stage.plane.clone());
    stage.plane.share(&mesh, &account(OWNER)).unwrap();
    assert_eq!(stage.plane, before, "nobody shares with itself");
    stage.plane.share(&mesh, &account(CONSUMER)).unwrap();
    stage.plane.share(&mesh, &account(CONSUMER)).unwrap();
    stage.plane.unshare(&mesh, &account(CONSUMER));
    assert_eq!(stage.plane, before, "shared twice is shared once");
}
