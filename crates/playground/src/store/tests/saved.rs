//! The playground document: a saved world is restored unchanged, and an error in a damaged document names its path.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::{Env, Operation, Timestamp, Verb},
    environment::{Certificate, DnsRecords, Families, Family, Instance, Interception, LabelSelector, Task},
    model::{AccountId, IpPreference, Key, Kind, MeshId, ResourceId, TextMap},
    traffic::DiscoveryMethod,
    world::{SECOND_ACCOUNT, World},
};
use mesh_documents::{
    DocumentError, Opened, apply, read, restore, save,
    scenario::{MESH, Variant, node_name, six_colours},
    to_value,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::store::{AppState, Command, EnvironmentChange, Refusal, update};

const ENV: Env = Env { now: Timestamp(1_649_252_750_072), seed: 7 };

/// Opens a document in a world.
#[track_caller]
fn open_in(world: &World, text: &str) -> Opened {
    let plan = read(text).unwrap().plan(&TextMap::new(), world).unwrap();
    apply(&Rc::new(world.clone()), &Rc::new(plan), &ENV)
}

/// Saves and restores a world: the world is equal, and saving it again gives the same text.
#[track_caller]
fn round_trip(world: &World) {
    let text = save(world);
    let restored = restore(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(restored, *world);
    assert_eq!(save(&restored), text);
    // Also through `open`, which reads all kinds of documents, into any world.
    let opened = open_in(&six_colours(Variant::CloudMap, &ENV).unwrap(), &text);
    assert_eq!(opened.world, *world);
}

fn own(world: &World, name: &str) -> MeshId {
    MeshId { owner: world.account.clone(), name: name.into() }
}

/// Returns the six colours with a sample of everything: two active accounts, a share, selectors, tags, and an
/// environment that no document would guess.
fn rich() -> World {
    let mut state = Rc::new(AppState::new(six_colours(Variant::Dns, &ENV).unwrap()));
    let second: AccountId = SECOND_ACCOUNT.parse().unwrap();
    let colours = own(&state.world, MESH);
    let red = ResourceId { mesh: colours.clone(), key: Key::new(Kind::VirtualNode, node_name("red")) };
    let input =
        json!({"meshName": "shop", "tags": [{"key": "it's", "value": "ä \"b\""}, {"key": "e", "value": ""}]});
    let selector = "app.kubernetes.io/name in (a, b), tier notin (x), legacy, !old, empty=".parse().unwrap();
    let theirs =
        json!({"meshName": MESH, "meshOwner": "123456789012", "virtualNodeName": "theirs", "spec": {}});
    let service = json!({"meshName": "shop", "virtualServiceName": "a b*ö.local", "spec": {}});
    let by = DiscoveryMethod::CloudMap(state.world.environment.cloud_map.keys().next().unwrap().clone());
    let call = |verb, kind, input| Command::Call { verb, kind, input };
    use app_mesh_engine::control_plane::Verb::{Create, Update};
    let commands = [
        Command::CreateMesh { input, selector: Some(selector) },
        Command::CreateMesh { input: json!({"meshName": "all"}), selector: Some(LabelSelector::default()) },
        call(Create, Kind::VirtualService, service),
        Command::SetPreference { id: red, preference: Some(IpPreference::Ipv6Preferred) },
        call(Update, Kind::Mesh, json!({"meshName": MESH, "spec": {"serviceDiscovery": {}}})),
        Command::Share { mesh: colours, with: second.clone() },
        Command::ChangeEnvironment(EnvironmentChange::Intercept(Interception::Ipv4Only)),
        Command::ChangeEnvironment(EnvironmentChange::DefaultRetries(false)),
        Command::ChangeEnvironment(EnvironmentChange::ListenOn {
            task: "colorteller-red".into(),
            families: Families::default(),
        }),
        Command::ChangeEnvironment(EnvironmentChange::Register {
            by,
            task: "colorteller-red".into(),
            family: Family::V6,
            on: true,
        }),
        Command::SwitchAccount(second),
        call(Create, Kind::VirtualNode, theirs),
        call(Create, Kind::Mesh, json!({"meshName": MESH})),
    ];
    for (seed, command) in (100u64..).zip(commands) {
        let answer = update(&state, command, &Env { now: Timestamp(seed.cast_signed()), seed: seed << 20 });
        assert_eq!(answer.refusal, None);
        state = answer.state;
    }
    let mut world = World::clone(&state.world);
    let environment = Rc::make_mut(&mut world.environment);
    let silent = Task { is_running: false, ..Task::new(None, None, Families::V6) };
    environment.tasks.insert("silent".into(), Rc::new(silent));
    let records = DnsRecords {
        a: vec![[1, 2, 3, 4].into(), [1, 2, 3, 3].into()],
        aaaa: vec!["::ffff:1.2.3.4".parse().unwrap()],
    };
    environment.dns.insert("wild*.local".into(), Rc::new(records));
    environment.dns.insert("".into(), Rc::default());
    let certificates = Rc::make_mut(&mut environment.certificates);
    for (reference, authority, names) in [
        ("/keys/a b.pem", Some("one"), Some(vec!["*.local".into(), "spiffe://m/a".into()])),
        ("secret", Some("secret"), None),
        ("", None, Some(Vec::new())),
    ] {
        let stated = Certificate { authority: authority.map(Rc::from), names };
        certificates.issued.insert(reference.into(), Rc::new(stated));
    }
    certificates.trusted.insert("/keys/ca.pem".into(), Rc::new(vec!["one".into(), "secret".into()]));
    certificates.trusted.insert("none".into(), Rc::default());
    let instances = Rc::make_mut(environment.cloud_map.iter_mut().next().unwrap().1);
    let attributes = TextMap::from_iter([("stage".into(), "blue".into())]);
    instances.push(Instance { id: "second".into(), ipv4: None, ipv6: None, attributes });
    world.region = "eu-central-1".into();
    world
}

#[test]
fn a_saved_world_comes_back_equal() {
    round_trip(&World::empty().unwrap());
    round_trip(&six_colours(Variant::Dns, &ENV).unwrap());
    round_trip(&six_colours(Variant::CloudMap, &ENV).unwrap());
    round_trip(&rich());
}

#[test]
fn opening_a_playground_replaces_everything_in_one_step() {
    let rich = rich();
    let state = Rc::new(AppState::first_visit(&ENV).unwrap());
    let plan = read(&save(&rich)).unwrap().plan(&TextMap::new(), &state.world).unwrap();
    let opened = update(&state, Command::Open(Rc::new(plan)), &ENV).state;
    assert_eq!((&*opened.world, opened.history.done().len()), (&rich, 1));
    let resources = rich.control_plane.meshes().map(|(_, mesh)| mesh.resources().count());
    assert_eq!(opened.report.as_ref().unwrap().counts.created, resources.sum::<usize>());
    let undone = update(&opened, Command::Undo, &ENV).state;
    assert!(Rc::ptr_eq(&undone.world, &state.world));
}

fn any_edit() -> impl Strategy<Value = Command> {
    let preference = proptest::option::of(proptest::sample::select(IpPreference::ALL));
    let colour = proptest::sample::select(vec!["red", "green", "purple"]);
    let world = World::empty().unwrap();
    let owner = world.account;
    let red = move |colour: &str| ResourceId {
        mesh: MeshId { owner: owner.clone(), name: MESH.into() },
        key: Key::new(Kind::VirtualNode, node_name(colour)),
    };
    let families = (any::<bool>(), any::<bool>()).prop_map(|(ipv4, ipv6)| Families { ipv4, ipv6 });
    let selector = proptest::option::of(proptest::sample::select(vec![
        "",
        "a",
        "!a",
        "a=",
        "a!=b",
        "a in (b,c)",
        "a notin (b)",
    ]));
    let name = "[a-zA-Z0-9_-]{1,12}";
    let tags = proptest::collection::btree_map(".{1,8}", ".{0,8}", 0..3);
    prop_oneof![
        (colour.clone(), preference)
            .prop_map(move |(colour, preference)| Command::SetPreference { id: red(colour), preference }),
        (colour, families).prop_map(|(colour, families)| Command::ChangeEnvironment(
            EnvironmentChange::ListenOn { task: format!("colorteller-{colour}").into(), families }
        )),
        (name, selector, tags).prop_map(|(name, selector, tags)| {
            let tags: Vec<_> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            let selector = selector.map(|text| text.parse().unwrap());
            Command::CreateMesh { input: json!({"meshName": name, "tags": tags}), selector }
        }),
        "[^/]{1,20}".prop_map(|name| Command::Call {
            verb: app_mesh_engine::control_plane::Verb::Create,
            kind: Kind::VirtualService,
            input: json!({"meshName": MESH, "virtualServiceName": name, "spec": {}}),
        }),
        any::<bool>().prop_map(|on| Command::ChangeEnvironment(EnvironmentChange::DefaultRetries(on))),
        prop_oneof![Just("123456789012"), Just(SECOND_ACCOUNT)]
            .prop_map(|digits| Command::SwitchAccount(digits.parse().unwrap())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_edited_is_saved(edits in prop::collection::vec(any_edit(), 0..12)) {
        let mut state = Rc::new(AppState::first_visit(&ENV).unwrap());
        for (seed, edit) in (100u64..).zip(edits) {
            state = update(&state, edit, &Env { now: ENV.now, seed: seed << 20 }).state;
        }
        let restored = read(&save(&state.world)).unwrap().plan(&TextMap::new(), &World::empty().unwrap()).unwrap();
        let restored = apply(&Rc::new(World::empty().unwrap()), &Rc::new(restored), &ENV).world;
        prop_assert_eq!(&restored, &*state.world);
    }
}

fn document() -> Value {
    serde_json::from_str(&save(&rich())).unwrap()
}

/// Checks the error for a document after a change to it.
#[track_caller]
fn check(damage: impl FnOnce(&mut Value), expected: &str) {
    let mut document = document();
    damage(&mut document);
    match restore(&document) {
        Ok(_) => panic!("taken, instead of: {expected}"),
        Err(error) => assert!(error.to_string().starts_with(expected), "{error}"),
    }
}

#[test]
fn a_newer_document_asks_for_a_newer_page() {
    let newer = |version: u64| format!("the document has version {version}, this page reads up to 1; reload");
    check(|document| document["version"] = json!(2), &newer(2));
    check(|document| document["version"] = json!(u64::MAX), &newer(u64::MAX));
    // Even if nothing else in the document is known.
    let error = restore(&json!({"format": "mesh-playground", "version": 9})).unwrap_err();
    assert_eq!(error, DocumentError::Newer { version: 9 });
    for version in [json!(-1), json!("1"), json!(1.5), json!(null), json!([1])] {
        check(|document| document["version"] = version, "version must be a number");
    }
}

fn position(document: &Value, kind: &str) -> usize {
    document["resources"].as_array().unwrap().iter().position(|resource| resource["kind"] == kind).unwrap()
}

#[test]
fn nonsense_is_told_with_its_place() {
    check(|d| d["account"] = json!("999999999999"), "account 999999999999 is not among the accounts");
    check(|d| d["account"] = json!("12"), "account must have ");
    check(|d| d["accounts"][1] = json!("x"), "accounts");
    check(
        |d| d["resources"][0]["kind"] = json!("Mash"),
        "resources[0].kind `Mash` is not a kind of resource",
    );
    check(|d| d["resources"][0]["meshOwner"] = json!("1"), "resources[0].meshOwner must have ");
    check(|d| d["resources"][2]["resourceOwner"] = json!("1"), "resources[2].resourceOwner must have ");
    check(|d| d["resources"][0]["name"] = json!("other"), "resources[0].name is not the name of its mesh");
    check(|d| d["resources"][0]["parent"] = json!("x"), "resources[0].parent does not fit a mesh");
    check(
        |d| d["resources"][0]["spec"] = json!({"egressFilter": {}}),
        "resources[0].spec.egressFilter.type is required",
    );
    check(|d| d["resources"][0]["spec"] = json!([]), "resources[0].spec must be an object, not a list");
    check(|d| d["resources"][0]["mesh"] = json!("gone"), "resources[0]");
    // A mesh is stored just before its first node.
    let mesh = position(&document(), "VirtualNode") - 1;
    check(
        |d| drop(d["resources"].as_array_mut().unwrap().remove(mesh)),
        &format!("resources[{mesh}] is in a mesh, router or gateway that is not there"),
    );
    check(
        |d| {
            let route = position(d, "GatewayRoute");
            d["resources"][route]["parent"] = json!("ghost");
        },
        "resources[",
    );
    // The first documents stored each mesh and account.
    let old = |mesh: &str, with: &str| json!([{"mesh": mesh, "meshOwner": "123456789012", "with": with}]);
    check(|d| d["shares"] = old("ghost", "210987654321"), "shares[0] Mesh with name ghost is not present");
    check(|d| d["shares"] = old("howto-ipv6", "1"), "shares[0].with must have ");
    check(
        |d| d["resourceShares"][0]["meshes"][0] = json!("ghost"),
        "resourceShares[0] is of a mesh that is not there",
    );
    check(|d| d["resourceShares"][0]["owner"] = json!("1"), "resourceShares[0].owner must have ");
    check(
        |d| d["resourceShares"][0]["principals"][0] = json!("1"),
        "resourceShares[0].principals[0] must have ",
    );
    check(
        |d| d["selectors"][0]["namespaceSelector"] = json!("a in b"),
        "selectors[0].namespaceSelector is no selector: ",
    );
    check(|d| d["selectors"][0]["meshOwner"] = json!("1"), "selectors[0].meshOwner must have ");
}

/// Collects the path of every value in the document, as keys and indexes.
fn places(value: &Value, here: &[String], found: &mut Vec<Vec<String>>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        // Two items of each list are enough.
        Value::Array(items) => {
            items.iter().enumerate().take(2).map(|(i, item)| (i.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in below {
        let place = [here, &[key]].concat();
        places(value, &place, found);
        found.push(place);
    }
}

fn at<'a>(document: &'a mut Value, place: &[String]) -> &'a mut Value {
    place.iter().fold(document, |value, key| match value {
        Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        value => &mut value[key.as_str()],
    })
}

/// Replaces every value of the document in turn with each of these. The document is accepted or refused, but never
/// causes a panic; the error names the member.
#[test]
fn each_damaged_field_is_told_by_name() {
    let document = document();
    let mut all = Vec::new();
    places(&document, &[], &mut all);
    assert!(all.len() > 100, "{}", all.len());
    let mut nameless = Vec::new();
    for place in all.iter().filter(|place| *place != &["version"]) {
        for damage in
            [json!(null), json!(true), json!(-1), json!(1.5), json!("§"), json!([[[]]]), json!({"x": {}})]
        {
            let mut damaged = document.clone();
            *at(&mut damaged, place) = damage.clone();
            let Err(error) = restore(&damaged) else { continue };
            let member = place.iter().rev().find(|key| key.parse::<usize>().is_err()).unwrap();
            if !error.to_string().contains(member.as_str()) && !error.to_string().contains(&place[0]) {
                nameless.push(format!("{} = {damage}: {error}", place.join(".")));
            }
        }
    }
    assert!(
        nameless.is_empty(),
        "{} without a place, such as\n{}",
        nameless.len(),
        nameless[..5.min(nameless.len())].join("\n")
    );
}

#[test]
fn a_missing_field_is_told_by_name_or_has_a_default() {
    const OPTIONAL: [&str; 14] = [
        "authority",
        "certificates",
        "names",
        "trust",
        "quotas",
        "resourceShares",
        "selectors",
        "parent",
        "tags",
        "interception",
        "namespaces",
        "a",
        "aaaa",
        "attributes",
    ];
    let document = document();
    let mut all = Vec::new();
    places(&document, &[], &mut all);
    for place in all {
        let (last, parent) = place.split_last().unwrap();
        let mut damaged = document.clone();
        let Value::Object(object) = at(&mut damaged, parent) else { continue };
        object.remove(last);
        match restore(&damaged) {
            Err(error) => {
                let text = error.to_string();
                assert!(
                    text.contains(last.as_str()) || text.contains("not there"),
                    "{}: {text}",
                    place.join(".")
                );
            }
            Ok(_) => {
                let is_free = OPTIONAL.contains(&last.as_str())
                    // Members of specs, keys of maps and absent addresses are chosen by the user.
                    || place.iter().any(|key| ["spec", "tags", "tasks", "dns", "namespaces", "attributes"].contains(&key.as_str()))
                    || ["ipv4", "ipv6", "format"].contains(&last.as_str());
                assert!(is_free, "{} may be missing", place.join("."));
            }
        }
    }
}

/// No playground produces a name that the service would not accept.
#[test]
fn names_that_no_service_would_take_are_refused() {
    for name in ["", "a/b", "a b", &"a".repeat(256)] {
        check(
            |document| {
                let node = position(document, "VirtualNode");
                document["resources"][node]["name"] = json!(name);
            },
            "resources[",
        );
    }
}

/// Returns a mesh in which `front` calls `a.local` and `b.local`; only `b.local` has a record.
fn calling() -> World {
    let mut world = World::empty().unwrap();
    let backend = |name: &str| json!({"virtualService": {"virtualServiceName": name}});
    let provider = json!({"virtualNode": {"virtualNodeName": "front"}});
    for (kind, input) in [
        (Kind::Mesh, json!({"meshName": "m"})),
        (
            Kind::VirtualNode,
            json!({"meshName": "m", "virtualNodeName": "front", "spec": {"backends":
                [backend("a.local"), backend("b.local"), backend("ghost.local")]}}),
        ),
        (
            Kind::VirtualService,
            json!({"meshName": "m", "virtualServiceName": "a.local", "spec": {"provider": provider}}),
        ),
        (Kind::VirtualService, json!({"meshName": "m", "virtualServiceName": "b.local", "spec": {}})),
        (Kind::VirtualService, json!({"meshName": "m", "virtualServiceName": "nobody.local", "spec": {}})),
    ] {
        let operation = Operation::parse(Verb::Create, kind, &input, &world.account).unwrap();
        let account = world.account.clone();
        world.control_plane.apply(&operation, &account, &ENV).unwrap();
    }
    let records = DnsRecords { a: vec![[10, 0, 0, 7].into()], aaaa: Vec::new() };
    Rc::make_mut(&mut world.environment).dns.insert("B.local".into(), Rc::new(records));
    world
}

/// In documents from before names needed a record, applications could call their backends without one.
#[test]
fn an_old_document_gets_records_for_the_names_that_are_called() {
    let world = calling();
    let mut document = to_value(&world);
    assert_eq!(document["environment"]["dnsIsWhole"], json!(true));
    // A current document is restored exactly; withdrawn records stay withdrawn.
    assert_eq!(restore(&document).unwrap(), world);
    // An old document lacks this member.
    document["environment"].as_object_mut().unwrap().remove("dnsIsWhole");
    let restored = restore(&document).unwrap();
    let hosts: Vec<_> =
        restored.environment.dns.iter().map(|(host, records)| (&**host, &*records.a)).collect();
    assert_eq!(
        hosts,
        [("B.local", &[[10, 0, 0, 7].into()][..]), ("a.local", &[app_mesh_engine::traffic::PLACEHOLDER][..])]
    );
    // Now nothing is missing, so the document omits the member.
    assert_eq!(to_value(&restored)["environment"].get("dnsIsWhole"), None);
    // Opening it reports the assumption.
    let opened = read(&document.to_string()).unwrap();
    let plan = opened.plan(&TextMap::new(), &world).unwrap();
    let report = apply(&Rc::new(world), &Rc::new(plan), &ENV).report;
    let told: Vec<_> = report.notes.iter().map(|note| (note.path.as_str(), note.reason.as_str())).collect();
    assert_eq!(
        told,
        [(
            "environment.dns",
            "the document does not say what is registered: assumed a record of 10.10.10.10 for the name a.local, which \
             callers look up first"
        )]
    );
    // A task without IPv4 could call over IPv6.
    let task = Task::new(None, Some("2001:db8::5".parse().unwrap()), Families::V6);
    document["environment"]["tasks"] =
        json!([{"name": "t", "ipv6": "2001:db8::5", "listensOnIpv4": false, "listensOnIpv6": true}]);
    let restored = restore(&document).unwrap();
    assert_eq!(restored.environment.tasks.get("t").map(|task| &**task), Some(&task));
    assert_eq!(
        restored.environment.dns.get("a.local").unwrap().aaaa,
        [app_mesh_engine::traffic::PLACEHOLDER_V6]
    );
}

#[test]
fn a_document_is_shown_only_in_the_world_that_it_was_opened_in() {
    let state = Rc::new(AppState::new(World::empty().unwrap()));
    let plan = read(r#"[{"meshName": "m"}, {"meshName": "other", "virtualNodeName": "n", "spec": {}}]"#)
        .unwrap()
        .plan(&TextMap::new(), &state.world)
        .unwrap();
    let opened = Rc::new(apply(&state.world, &Rc::new(plan), &ENV));
    let shown = update(&state, Command::ShowOpened(opened.clone()), &ENV);
    assert_eq!((shown.refusal, &*shown.state.world), (None, &opened.world));
    assert_eq!(shown.state.report.as_deref(), Some(&opened.report));
    let again = update(&shown.state, Command::ShowOpened(opened), &ENV);
    assert!(matches!(again.refusal, Some(Refusal::Gone(_))), "{:?}", again.refusal);
    assert!(Rc::ptr_eq(&again.state, &shown.state));
}
