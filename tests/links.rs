//! Links: a shared playground is opened unchanged, links of every version remain valid forever, and damaged links are
//! reported.
//!
//! `tests/data/links` contains links as they were once created, each with the state that it represents. They must never
//! change. `RECORD_LINKS=1` writes missing files and never changes existing ones.

#![allow(clippy::unwrap_used)] // A test may panic.

use std::{collections::BTreeMap, fs, path::PathBuf, rc::Rc};

use mesh_playground::{
    control_plane::{Env, Timestamp, Verb},
    document,
    environment::{Families, Family, Interception},
    model::{AccountId, IpPreference, Key, Kind, MeshId, ResourceId},
    scenario::{MESH, Variant, node_name, six_colours},
    share,
    store::{AppState, Command, EnvironmentChange, Facet, Panel, update},
    traffic::DiscoveryMethod,
    world::{FIRST_ACCOUNT, SECOND_ACCOUNT, World},
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Start of the clock for the golden links, in milliseconds.
const START: i64 = 1_795_000_000_000;

fn account(digits: &str) -> AccountId {
    digits.parse().unwrap()
}

fn colours() -> MeshId {
    MeshId { owner: account(FIRST_ACCOUNT), name: MESH.into() }
}

fn node(colour: &str) -> ResourceId {
    ResourceId { mesh: colours(), key: Key::new(Kind::VirtualNode, node_name(colour)) }
}

fn call(verb: Verb, kind: Kind, input: Value) -> Command {
    Command::Call { verb, kind, input }
}

fn first(variant: Variant) -> AppState {
    AppState::new(six_colours(variant, &Env { now: Timestamp(START), seed: 0x1234_5678_9abc_def0 }).unwrap())
}

/// Returns the state after these commands, a few seconds apart.
fn after(state: AppState, commands: Vec<Command>) -> AppState {
    let mut state = Rc::new(state);
    for (at, command) in (1u64..).zip(commands) {
        let now = Timestamp(START + at.cast_signed() * 7_321);
        let env = Env { now, seed: at.wrapping_mul(0x0123_4567_89ab_cdef) };
        let update = update(&state, command, &env);
        assert_eq!(update.refusal, None);
        state = update.state;
    }
    AppState::clone(&state)
}

/// Returns every golden state, by the name of its file.
fn states() -> BTreeMap<&'static str, AppState> {
    let mesh = |preference| Command::SetPreference { id: ResourceId::of_mesh(colours()), preference };
    let own = |colour, preference| Command::SetPreference { id: node(colour), preference: Some(preference) };
    let override_step = vec![
        mesh(Some(IpPreference::Ipv6Only)),
        own("red", IpPreference::Ipv4Preferred),
        own("orange", IpPreference::Ipv4Preferred),
        own("yellow", IpPreference::Ipv6Preferred),
        Command::Select(Some(node("yellow").key)),
        Command::ShowFacet(Facet::Envoy),
        Command::PointAt(Some((Key::new(Kind::Mesh, MESH), "serviceDiscovery.ipPreference".to_owned()))),
    ];
    let matrix = vec![
        Command::ShowPanel(Panel::Matrix),
        Command::Preview(Some(Some(IpPreference::Ipv6Only))),
        Command::SetSeed(u64::MAX),
    ];
    let tagged = json!({"meshName": "shop", "tags": [{"key": "it's", "value": "ä \"b\""}]});
    let service = json!({"meshName": "shop", "virtualServiceName": "a b*ö.local", "spec": {}});
    let theirs =
        json!({"meshName": MESH, "meshOwner": FIRST_ACCOUNT, "virtualNodeName": "theirs", "spec": {}});
    let register = EnvironmentChange::Register {
        by: DiscoveryMethod::Dns("colorteller-red.default.svc.cluster.local.dns".into()),
        task: "colorteller-red".into(),
        family: Family::V6,
        on: true,
    };
    let listen = EnvironmentChange::ListenOn {
        task: "colorteller-red".into(),
        families: Families { ipv4: false, ipv6: true },
    };
    let all_kinds = vec![
        Command::CreateMesh {
            input: tagged,
            selector: Some("tier notin (x), legacy, !old".parse().unwrap()),
        },
        call(Verb::Create, Kind::VirtualService, service),
        Command::Share { mesh: colours(), with: account(SECOND_ACCOUNT) },
        Command::ChangeEnvironment(EnvironmentChange::Intercept(Interception::Ipv4Only)),
        Command::ChangeEnvironment(EnvironmentChange::DefaultRetries(false)),
        Command::ChangeEnvironment(register),
        Command::ChangeEnvironment(listen),
        Command::EnforceQuotas(false),
        Command::AddAccount(account("111122223333")),
        Command::SwitchAccount(account(SECOND_ACCOUNT)),
        call(Verb::Create, Kind::VirtualNode, theirs),
        Command::ShowPanel(Panel::Resources),
        Command::Preview(Some(None)),
    ];
    BTreeMap::from([
        ("1-empty", AppState::new(World::empty().unwrap())),
        ("1-six-colours", first(Variant::Dns)),
        ("1-override", after(first(Variant::Dns), override_step)),
        ("1-matrix", after(first(Variant::CloudMap), matrix)),
        ("1-everything", after(first(Variant::Dns), all_kinds)),
    ])
}

/// Formats a state as text: the view, then the document.
fn meaning(state: &AppState) -> String {
    // Written by hand: if a member were added to `View`, the meaning of old links would not change.
    let view = &state.view;
    let key = |key: &Key| key.to_string();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        format!(
            "mesh: {}",
            or_none(view.mesh.as_ref().map(|mesh| format!("{} of {}", mesh.name, mesh.owner)))
        ),
        format!("selected: {}", or_none(view.selected.as_ref().map(key))),
        format!("panel: {}", view.panel.as_str()),
        format!("facet: {}", view.facet.as_str()),
        format!("pointed: {}", or_none(view.pointed.as_ref().map(|(at, path)| format!("{path} of {at}")))),
        format!(
            "preview: {}",
            or_none(view.preview.map(|to| to.map_or("none", IpPreference::as_str).to_owned()))
        ),
        format!("seed: {}", state.seed),
        format!("document: {}\n", document::save(&state.world)),
    ]
    .join("\n")
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/links")).join(name).with_extension("txt")
}

#[test]
fn links_given_out_once_open_for_ever() {
    for (name, state) in states() {
        if std::env::var("RECORD_LINKS").is_ok() && !file(name).exists() {
            fs::write(file(name), format!("{}\n\n{}", share::link(&state).unwrap(), meaning(&state)))
                .unwrap();
        }
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(file("x").parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let (link, expected) = text.split_once("\n\n").unwrap();
        let opened = share::open(link).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(meaning(&opened), expected, "{}", path.display());
        names.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    for name in states().keys() {
        assert!(names.iter().any(|found| found == name), "{name} is not recorded");
    }
}

#[test]
fn what_is_shared_is_what_is_opened() {
    for (name, state) in states() {
        let link = share::link(&state).unwrap();
        let opened = share::open(&link).unwrap();
        assert_eq!(opened.world, state.world, "{name}");
        assert_eq!(opened.view, state.view, "{name}");
        assert_eq!(opened.seed, state.seed, "{name}");
        assert!(opened.history.done().is_empty());
        assert_eq!(share::link(&opened), Ok(link), "{name}");
    }
}

/// The required limit is 2,000 characters for the six colours. These limits are far lower, so that the QR code can be
/// scanned across a room.
#[test]
fn links_are_short() {
    for (name, most) in
        [("1-six-colours", 200), ("1-matrix", 260), ("1-override", 420), ("1-everything", 900)]
    {
        let link = share::link(&states()[name]).unwrap();
        assert!(link.len() <= most, "{name}: {}", link.len());
    }
}

/// A changed character, a truncation, or an additional character gives an error or, with a probability of 1 in 16
/// million, the same state.
#[test]
fn a_damaged_link_says_so() {
    let state = &states()["1-override"];
    let link = share::link(state).unwrap();
    let mut damaged = Vec::new();
    for at in 2..link.len() {
        damaged.push(link[..at].to_owned());
        let other = if &link[at..=at] == "A" { "B" } else { "A" };
        damaged.push([&link[..at], other, &link[at + 1..]].concat());
        damaged.push([&link[..at], "x", &link[at..]].concat());
    }
    let mut told = 0;
    for damaged in &damaged {
        match share::open(damaged) {
            Err(error) => {
                told += 1;
                assert!(error.to_string().contains("copy it again"), "{error}");
            }
            // Only unused bits of the last character differ.
            Ok(opened) => assert_eq!(opened.world, state.world),
        }
    }
    assert!(told + 4 > damaged.len(), "{told} of {}", damaged.len());
}

#[test]
fn what_is_too_large_for_a_link_is_told_with_the_way_out() {
    let mut world = six_colours(Variant::Dns, &Env { now: Timestamp(START), seed: 5 }).unwrap();
    let mut grow = |count: u64| {
        // Random names, which do not compress.
        let environment = Rc::make_mut(&mut world.environment);
        for at in 0..count {
            let name = format!("{:x}", (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            environment.namespaces.insert(name.as_str().into(), Rc::default());
        }
        share::link(&AppState::new(world.clone())).map_err(|error| error.to_string())
    };
    assert!(grow(500).is_ok());
    let error = grow(3_000).unwrap_err();
    assert!(error.contains("more than 30000") && error.contains("as a file"), "{error}");
    let error = grow(9_000).unwrap_err();
    assert!(error.contains("at most 262144") && error.contains("as a file"), "{error}");
}

/// Generates any command on the six colours, and any change of the view.
fn any_command() -> impl Strategy<Value = Command> {
    let preference = prop::option::of(prop::sample::select(IpPreference::ALL.to_vec()));
    let colour = || prop::sample::select(vec!["red", "orange", "yellow", "green", "blue", "purple"]);
    prop_oneof![
        preference
            .clone()
            .prop_map(|preference| Command::SetPreference { id: ResourceId::of_mesh(colours()), preference }),
        (colour(), preference.clone())
            .prop_map(|(colour, preference)| Command::SetPreference { id: node(colour), preference }),
        "[a-z]{1,8}".prop_map(|name| call(Verb::Create, Kind::Mesh, json!({"meshName": name}))),
        ("[a-zA-Z0-9_-]{1,40}", "[\\PC]{0,20}").prop_map(|(name, value)| {
            let tags = json!([{"key": "k", "value": value}]);
            call(
                Verb::Create,
                Kind::VirtualNode,
                json!({"meshName": MESH, "virtualNodeName": name, "spec": {}, "tags": tags}),
            )
        }),
        any::<bool>().prop_map(|on| Command::ChangeEnvironment(EnvironmentChange::DefaultRetries(on))),
        (colour(), any::<bool>(), any::<bool>()).prop_map(|(colour, ipv4, ipv6)| {
            let task = ["colorteller-", colour].concat();
            let families = Families { ipv4, ipv6 };
            Command::ChangeEnvironment(EnvironmentChange::ListenOn { task: task.as_str().into(), families })
        }),
        Just(Command::SwitchAccount(account(SECOND_ACCOUNT))),
        Just(Command::LoadScenario(Variant::CloudMap)),
        any::<u64>().prop_map(Command::SetSeed),
        prop::sample::select(Panel::ALL.to_vec()).prop_map(Command::ShowPanel),
        colour().prop_map(|colour| Command::Select(Some(node(colour).key))),
        prop::option::of(preference).prop_map(Command::Preview),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any commands and views, at any times and with any seeds.
    #[test]
    fn any_playground_goes_through_a_link(
        steps in prop::collection::vec((any_command(), any::<u64>(), -1_i64 << 50..1 << 50), 0..12)
    ) {
        let mut state = Rc::new(first(Variant::Dns));
        for (command, seed, now) in steps {
            // A refused command changes nothing.
            state = update(&state, command, &Env { now: Timestamp(now), seed }).state;
        }
        let opened = share::open(&share::link(&state).unwrap()).unwrap();
        prop_assert_eq!(&opened.world, &state.world);
        prop_assert_eq!(&opened.view, &state.view);
        prop_assert_eq!(opened.seed, state.seed);
    }

    /// Several changes at once: no panic, and no other state is opened instead of the shared one.
    #[test]
    fn no_mutation_is_taken_for_a_link(
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]"), 1..6)
    ) {
        let state = first(Variant::CloudMap);
        let mut link: Vec<u8> = share::link(&state).unwrap().into_bytes();
        for (at, letter) in changes {
            let at = at.index(link.len());
            link[at] = letter.as_bytes()[0];
        }
        if let Ok(opened) = share::open(std::str::from_utf8(&link).unwrap()) {
            prop_assert_eq!(&opened.world, &state.world);
        }
    }
}
