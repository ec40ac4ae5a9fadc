//! Resource shares of AWS RAM: several meshes, shared with several accounts. Source: docs/facts/sharing.md.

use super::*;

fn mesh(owner: &str, name: &str) -> MeshId {
    MeshId { owner: account(owner), name: name.into() }
}

fn own(name: &str) -> MeshId {
    mesh(OWNER, name)
}

/// Returns a stage with meshes `a`, `b` and `c` of the owner, `theirs` of the consumer, and no shares.
fn meshes() -> Stage {
    let mut stage = Stage::default();
    for name in ["a", "b", "c"] {
        stage.create(Kind::Mesh, name, json!({}));
    }
    stage.send(CONSUMER, Verb::Create, Kind::Mesh, &json!({"meshName": "theirs"})).unwrap();
    stage
}

/// Returns the stage of `meshes` with `a` and `b` shared with the consumer and the stranger, and the share's id.
fn shared() -> (Stage, Box<str>) {
    let mut stage = meshes();
    let principals = [account(CONSUMER), account(STRANGER)];
    let made = create(&mut stage, "both", &[own("a"), own("b")], &principals).unwrap();
    (stage, made.id.clone())
}

fn create(
    stage: &mut Stage,
    name: &str,
    meshes: &[MeshId],
    principals: &[AccountId],
) -> Result<std::rc::Rc<ResourceShare>, Error> {
    stage.calls += 1;
    let env = Env { now: at(stage.calls), seed: stage.calls };
    stage.plane.create_share(name, &account(OWNER), meshes, principals, &env)
}

/// Checks all shares, each written as `both: a b with consumer`.
#[track_caller]
fn check(stage: &Stage, expected: &[&str]) {
    let words = |share: &std::rc::Rc<ResourceShare>| {
        let meshes: Vec<_> = share.meshes.iter().map(|mesh| &*mesh.name).collect();
        let principals: Vec<_> = share.principals.iter().map(|account| account.as_str()).collect();
        assert_eq!(share.owner.as_str(), OWNER);
        format!("{}: {} with {}", share.name, meshes.join(" "), principals.join(" "))
    };
    let names = |text: &str| text.replace(CONSUMER, "consumer").replace(STRANGER, "stranger");
    let found: Vec<_> = stage.plane.shares().map(|share| names(&words(share))).collect();
    assert_eq!(found, expected);
}

/// Returns the meshes that an account may use besides its own.
fn usable(stage: &Stage, by: &str) -> String {
    let by = account(by);
    let others = stage.plane.visible_to(&by).filter(|(id, _)| id.owner != by);
    others.map(|(id, _)| &*id.name).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_share_gives_each_of_its_accounts_each_of_its_meshes() {
    let (mut stage, id) = shared();
    check(&stage, &["both: a b with consumer stranger"]);
    for by in [CONSUMER, STRANGER] {
        assert_eq!(usable(&stage, by), "a b");
    }
    assert_eq!(stage.plane.shared_with(&own("a")), [account(CONSUMER), account(STRANGER)]);
    assert_eq!(stage.plane.shared_with(&own("c")), []);
    let share = stage.plane.shares().next().unwrap().clone();
    assert_eq!(share.arn("eu-west-1"), format!("arn:aws:ram:eu-west-1:{OWNER}:resource-share/{id}"));
    // The account can also create resources in such a mesh, not only see it.
    let mut input = input(Kind::VirtualService, "b/s", json!({}));
    input["meshOwner"] = json!(OWNER);
    stage.send(STRANGER, Verb::Create, Kind::VirtualService, &input).unwrap();
    input["meshName"] = json!("c");
    let error = stage.send(STRANGER, Verb::Create, Kind::VirtualService, &input).unwrap_err();
    let text =
        format!("Account {STRANGER} is not authorized to do this to VirtualService s of mesh owner {OWNER}");
    assert_eq!((error.code(), error.to_string()), ("ForbiddenException", text));
}

#[test]
fn a_share_may_begin_empty_and_has_each_thing_once() {
    let mut stage = meshes();
    let first = create(&mut stage, "s", &[], &[]).unwrap();
    let second =
        create(&mut stage, "s", &[own("a"), own("a")], &[account(CONSUMER), account(CONSUMER)]).unwrap();
    assert_ne!(first.id, second.id);
    check(&stage, &["s:  with ", "s: a with consumer"]);
    // The owner is not added to the accounts of its own share.
    create(&mut stage, "t", &[own("b")], &[account(OWNER), account(STRANGER)]).unwrap();
    check(&stage, &["s:  with ", "s: a with consumer", "t: b with stranger"]);
}

/// A new or existing share accepts only existing meshes of its owner; others are reported.
#[test]
fn a_share_takes_only_meshes_of_its_own_account() {
    let missing = format!("Mesh with name ghost is not present for account {OWNER}");
    let foreign =
        format!("Account {OWNER} is not authorized to do this to Mesh theirs of mesh owner {CONSUMER}");
    let nowhere = format!("Mesh with name a is not present for account {CONSUMER}");
    for (bad, code, text) in [
        (own("ghost"), "NotFoundException", missing),
        (mesh(CONSUMER, "theirs"), "ForbiddenException", foreign),
        (mesh(CONSUMER, "a"), "NotFoundException", nowhere),
    ] {
        let (mut stage, id) = shared();
        let before = stage.plane.clone();
        // The valid meshes before the invalid one are not added either.
        let meshes = [own("c"), bad];
        let error = create(&mut stage, "new", &meshes, &[account(STRANGER)]).unwrap_err();
        assert_eq!((error.code(), error.to_string()), (code, text.clone()));
        let error = stage.plane.associate(&id, &meshes, &[account(STRANGER)]).unwrap().unwrap_err();
        assert_eq!((error.code(), error.to_string()), (code, text));
        assert_eq!(stage.plane, before);
        create(&mut stage, "new", &meshes[..1], &[account(STRANGER)]).unwrap();
        stage.plane.associate(&id, &meshes[..1], &[account(STRANGER)]).unwrap().unwrap();
        check(&stage, &["both: a b c with consumer stranger", "new: c with stranger"]);
    }
}

#[test]
fn meshes_and_accounts_come_and_go() {
    let (mut stage, id) = shared();
    let both = [account(CONSUMER), account(STRANGER)];
    type Change = fn(&mut ControlPlane, &str, &[MeshId], &[AccountId]);
    let add: Change =
        |plane, id, meshes, accounts| drop(plane.associate(id, meshes, accounts).unwrap().unwrap());
    let take: Change = |plane, id, meshes, accounts| drop(plane.disassociate(id, meshes, accounts).unwrap());
    for (change, meshes, accounts, expected, consumer) in [
        (take, &[own("a")][..], &[][..], "both: b with consumer stranger", "b"),
        (add, &[own("c"), own("b")], &both[..1], "both: b c with consumer stranger", "b c"),
        (take, &[], &both[..1], "both: b c with stranger", ""),
        (take, &[own("a")], &both[..1], "both: b c with stranger", ""),
        (add, &[], &both, "both: b c with stranger consumer", "b c"),
        (take, &[own("b"), own("c")], &both, "both:  with ", ""),
        (add, &[own("a")], &both[..1], "both: a with consumer", "a"),
    ] {
        change(&mut stage.plane, &id, meshes, accounts);
        check(&stage, &[expected]);
        assert_eq!(usable(&stage, CONSUMER), consumer);
    }
}

#[test]
fn a_share_that_is_not_there_is_told() {
    let (mut stage, id) = shared();
    let before = stage.plane.clone();
    let ghost = format!("{id}x");
    assert!(stage.plane.associate(&ghost, &[own("c")], &[account(CONSUMER)]).is_none());
    assert!(stage.plane.disassociate(&ghost, &[own("a")], &[account(CONSUMER)]).is_none());
    assert!(!stage.plane.delete_share(&ghost));
    assert_eq!(stage.plane, before);
    assert!(stage.plane.delete_share(&id));
    check(&stage, &[]);
    assert_eq!(usable(&stage, CONSUMER), "");
    assert!(!stage.plane.delete_share(&id));
}

#[test]
fn deleting_one_share_leaves_what_another_shares() {
    let (mut stage, id) = shared();
    create(&mut stage, "again", &[own("b")], &[account(CONSUMER)]).unwrap();
    assert_eq!(stage.plane.shared_with(&own("b")), [account(CONSUMER), account(STRANGER)]);
    assert!(stage.plane.delete_share(&id));
    check(&stage, &["again: b with consumer"]);
    assert_eq!((usable(&stage, CONSUMER), usable(&stage, STRANGER)), ("b".to_owned(), String::new()));
}

/// Unsharing one mesh with one account leaves everything else shared, in as many shares as that takes.
#[test]
fn unsharing_one_of_several_meshes_leaves_the_others() {
    let (mut stage, _) = shared();
    stage.plane.unshare(&own("a"), &account(CONSUMER));
    check(&stage, &["both: b with consumer stranger", "a: a with stranger"]);
    assert_eq!((&*usable(&stage, CONSUMER), &*usable(&stage, STRANGER)), ("b", "a b"));
    let before = stage.plane.clone();
    stage.plane.unshare(&own("a"), &account(CONSUMER));
    stage.plane.unshare(&own("c"), &account(CONSUMER));
    stage.plane.unshare(&own("ghost"), &account(CONSUMER));
    assert_eq!(stage.plane, before, "what is not shared stays so");
    // Removing the last account of a share with one mesh deletes the share.
    stage.plane.unshare(&own("a"), &account(STRANGER));
    check(&stage, &["both: b with consumer stranger"]);
    // Sharing one mesh reuses the share that contains only this mesh.
    stage.plane.unshare(&own("b"), &account(CONSUMER));
    stage.plane.share(&own("b"), &account(CONSUMER)).unwrap();
    check(&stage, &["both: b with stranger consumer"]);
}

#[test]
fn unsharing_ends_every_share_of_the_mesh_with_the_account() {
    let (mut stage, _) = shared();
    create(&mut stage, "again", &[own("a"), own("c")], &[account(CONSUMER)]).unwrap();
    stage.plane.share(&own("a"), &account(CONSUMER)).unwrap();
    check(&stage, &["both: a b with consumer stranger", "again: a c with consumer"]);
    stage.plane.unshare(&own("a"), &account(CONSUMER));
    assert_eq!((&*usable(&stage, CONSUMER), &*usable(&stage, STRANGER)), ("b c", "a b"));
}

#[test]
fn a_deleted_mesh_leaves_its_shares() {
    let (mut stage, id) = shared();
    stage.plane.share(&own("c"), &account(CONSUMER)).unwrap();
    stage.delete(Kind::Mesh, "a").unwrap();
    stage.delete(Kind::Mesh, "c").unwrap();
    check(&stage, &["both: b with consumer stranger", "c:  with consumer"]);
    // A new mesh with the same name is a different mesh: no other account sees it until it is shared again.
    for name in ["a", "c"] {
        stage.create(Kind::Mesh, name, json!({}));
        assert_eq!(stage.plane.shared_with(&own(name)), []);
    }
    assert_eq!(usable(&stage, CONSUMER), "b");
    stage.plane.associate(&id, &[own("a")], &[]).unwrap().unwrap();
    assert_eq!(usable(&stage, CONSUMER), "a b");
    // The new share's id differs from that of the empty share, which already has the name.
    stage.plane.share(&own("c"), &account(STRANGER)).unwrap();
    check(&stage, &["both: b a with consumer stranger", "c:  with consumer", "c: c with stranger"]);
    let ids: Vec<_> = stage.plane.shares().map(|share| &*share.id).collect();
    assert_eq!(ids[1..], ["c", "c-"]);
    assert_eq!((&*usable(&stage, CONSUMER), &*usable(&stage, STRANGER)), ("a b", "a b c"));
}

#[test]
fn a_shared_mesh_that_is_not_empty_stays_and_stays_shared() {
    let (mut stage, _) = shared();
    let mut input = input(Kind::VirtualService, "a/s", json!({}));
    input["meshOwner"] = json!(OWNER);
    stage.send(CONSUMER, Verb::Create, Kind::VirtualService, &input).unwrap();
    let before = stage.plane.clone();
    let error = stage.delete(Kind::Mesh, "a").unwrap_err();
    let text = format!(
        "Mesh a for account {OWNER} has active VirtualServices, please delete VirtualServices before deleting the Mesh"
    );
    assert_eq!((error.code(), error.to_string()), ("ResourceInUseException", text));
    assert_eq!(stage.plane, before);
}
