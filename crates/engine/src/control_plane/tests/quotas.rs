//! The default quotas. Source: docs/facts/quotas.md#defaults.

use super::*;

/// Kind, quota, path of a further resource (`#` is replaced by its number), and the limited items in the message.
const QUOTAS: [(Kind, usize, &str, &str); 7] = [
    (Kind::Mesh, 15, "m#", "Meshes of account 123456789012"),
    (Kind::VirtualNode, 200, "m/n#", "VirtualNodes in mesh m"),
    (Kind::VirtualRouter, 200, "m/vr#", "VirtualRouters in mesh m"),
    (Kind::VirtualService, 200, "m/s#", "VirtualServices in mesh m"),
    (Kind::Route, 50, "m/vr/r#", "Routes of vr in mesh m"),
    (Kind::VirtualGateway, 3, "m/g#", "VirtualGateways in mesh m"),
    (Kind::GatewayRoute, 10, "m/g/gr#", "GatewayRoutes of g in mesh m"),
];

fn told(quota: usize, what: &str) -> String {
    format!("The quota of {quota} {what} is reached")
}

/// Checks that a call exceeds a quota: it is rejected with this message and changes nothing; without quotas it
/// succeeds.
#[track_caller]
fn check(stage: &mut Stage, verb: Verb, kind: Kind, path: &str, spec: Value, text: &str) {
    let before = stage.plane.clone();
    let error = stage.call(verb, kind, path, spec.clone()).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("LimitExceededException", text), "{path}");
    assert_eq!(stage.plane, before, "{path}");
    let mut free = stage.clone();
    free.plane.enforces_quotas = false;
    free.call(verb, kind, path, spec).unwrap();
}

/// Returns a stage with one resource of each kind, and as many of this kind as its quota allows.
fn filled(kind: Kind, quota: usize, place: &str) -> Stage {
    let mut stage = full();
    for number in 1..quota {
        stage.create(kind, &place.replace('#', &number.to_string()), spec(kind));
    }
    stage
}

#[test]
fn as_many_as_the_quota_and_no_more() {
    assert_eq!(QUOTAS.map(|(kind, ..)| kind), Kind::ALL);
    for (kind, quota, place, what) in QUOTAS {
        let mut stage = filled(kind, quota, place);
        let more = place.replace('#', "more");
        check(&mut stage, Verb::Create, kind, &more, spec(kind), &told(quota, what));
        // Existing resources can still be updated, and a name that is taken is reported first.
        let last = place.replace('#', "1");
        stage.call(Verb::Update, kind, &last, spec(kind)).unwrap();
        let taken = stage.call(Verb::Create, kind, &last, spec(kind)).unwrap_err();
        assert_eq!(taken.code(), "ConflictException", "{kind:?}");
        // A delete makes room for one more resource.
        stage.delete(kind, &last).unwrap();
        stage.create(kind, &more, spec(kind));
    }
}

#[test]
fn each_account_mesh_router_and_gateway_has_its_own_quota() {
    for (kind, quota, place, _) in QUOTAS {
        let mut stage = filled(kind, quota, place);
        if kind == Kind::Mesh {
            stage.send(CONSUMER, Verb::Create, kind, &json!({"meshName": "m"})).unwrap();
            continue;
        }
        stage.create(Kind::Mesh, "other", json!({}));
        for (kind, path) in PATHS.into_iter().skip(1) {
            stage.create(kind, &path.replacen("m/", "other/", 1), spec(kind));
        }
    }
    for (kind, quota, place, parent, path) in [
        (Kind::Route, 50, "m/vr/r#", Kind::VirtualRouter, "m/other"),
        (Kind::GatewayRoute, 10, "m/g/gr#", Kind::VirtualGateway, "m/other"),
    ] {
        let mut stage = filled(kind, quota, place);
        stage.create(parent, path, spec(parent));
        stage.create(kind, &format!("{path}/more"), spec(kind));
    }
}

/// "Shared meshes count all accounts' resources against the mesh."
#[test]
fn in_a_shared_mesh_everybodys_count() {
    let mut stage = filled(Kind::VirtualService, 200, "m/s#");
    let mesh = MeshId { owner: account(OWNER), name: "m".into() };
    stage.plane.share(&mesh, &account(CONSUMER)).unwrap();
    let mut more = input(Kind::VirtualService, "m/theirs", json!({}));
    more["meshOwner"] = json!(OWNER);
    let error = stage.send(CONSUMER, Verb::Create, Kind::VirtualService, &more).unwrap_err();
    assert_eq!(error.to_string(), told(200, "VirtualServices in mesh m"));
    stage.delete(Kind::VirtualService, "m/s1").unwrap();
    stage.send(CONSUMER, Verb::Create, Kind::VirtualService, &more).unwrap();
    let text = told(200, "VirtualServices in mesh m");
    check(&mut stage, Verb::Create, Kind::VirtualService, "m/s1", json!({}), &text);
}

#[test]
fn a_node_has_at_most_50_backends() {
    let with = |count: usize| {
        let backends = (0..count).map(|i| json!({"virtualService": {"virtualServiceName": format!("b{i}")}}));
        let mut spec = spec(Kind::VirtualNode);
        spec["backends"] = backends.collect();
        spec
    };
    for (verb, path, text) in [
        (Verb::Create, "m/new", told(50, "backends of VirtualNode new")),
        (Verb::Update, "m/n", told(50, "backends of VirtualNode n")),
    ] {
        let mut stage = full();
        check(&mut stage, verb, Kind::VirtualNode, path, with(51), &text);
        stage.call(verb, Kind::VirtualNode, path, with(50)).unwrap();
    }
}
