//! The published IPv6 walkthrough: five preferences, six colours, two kinds of discovery, and its override step.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod common;

use common::{ENV, PREFERENCES, open, samples, walkthrough_environment};
use mesh_playground::{
    control_plane::{Operation, Verb},
    document::Disposition,
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    resolve::with_preference,
    scenario::{COLOURS, GATEWAY, MESH, Variant, node_name, six_colours},
    traffic::{Client, Fault, Request, send},
    world::World,
};

/// Returns one line for a request to a colour through the gateway: `ok`, or every fault; faults behind another one are
/// in brackets.
fn told(world: &World, colour: &str) -> String {
    let id = MeshId { owner: world.account.clone(), name: MESH.into() };
    let mesh = world.control_plane.mesh(&id).unwrap();
    let request = Request::get(Client::Gateway(GATEWAY.into()), &format!("/{colour}"));
    let outcome = send(&world.environment, mesh, &request);
    let reach = outcome.reach.as_ref().unwrap();
    assert_eq!(outcome.arrives(), outcome.status() == Some(200), "{colour}");
    assert_eq!(&*outcome.service.as_ref().unwrap().node, node_name(colour));
    if outcome.arrives() {
        return "ok".to_owned();
    }
    let words = reach.failures.iter().map(|failure| {
        let word = match failure.fault {
            Fault::Lookup | Fault::Discovery => "discovery",
            Fault::Address => "address",
            Fault::Listener => "listener",
            Fault::Tls => "tls",
            Fault::Application => "app",
        };
        if failure.is_met { word.to_owned() } else { format!("[{word}]") }
    });
    words.collect::<Vec<_>>().join("+")
}

fn row(world: &World) -> String {
    COLOURS.map(|colour| told(world, colour.name)).join(" ")
}

/// Red, orange, yellow, green, blue, purple. Design section 3; brackets: faults behind the observed one.
const GOLDEN: [(Option<IpPreference>, Variant, &str); 10] = [
    (None, Variant::Dns, "ok ok app listener listener listener+[app]"),
    (None, Variant::CloudMap, "ok ok app ok ok app"),
    (Some(IpPreference::Ipv6Preferred), Variant::Dns, "app ok ok app ok ok"),
    (Some(IpPreference::Ipv6Preferred), Variant::CloudMap, "app ok ok app ok ok"),
    (Some(IpPreference::Ipv4Preferred), Variant::Dns, "ok ok app ok ok app"),
    (Some(IpPreference::Ipv4Preferred), Variant::CloudMap, "ok ok app ok ok app"),
    (Some(IpPreference::Ipv6Only), Variant::Dns, "discovery+[app] discovery discovery app ok ok"),
    (Some(IpPreference::Ipv6Only), Variant::CloudMap, "discovery+[app] discovery discovery app ok ok"),
    (Some(IpPreference::Ipv4Only), Variant::Dns, "ok ok app ok ok app"),
    (Some(IpPreference::Ipv4Only), Variant::CloudMap, "ok ok app ok ok app"),
];

fn set_mesh_preference(world: &mut World, preference: Option<IpPreference>) {
    let id = ResourceId::of_mesh(MeshId { owner: world.account.clone(), name: MESH.into() });
    let spec = with_preference(&world.control_plane.get(&id).unwrap().spec, preference).unwrap();
    let account = world.account.clone();
    world.control_plane.apply(&Operation::Update { id, spec }, &account, &ENV).unwrap();
}

#[test]
fn the_table_covers_every_preference_and_discovery() {
    for preference in PREFERENCES {
        for variant in [Variant::Dns, Variant::CloudMap] {
            let rows = GOLDEN.iter().filter(|row| row.0 == preference && row.1 == variant);
            assert_eq!(rows.count(), 1, "{preference:?} {variant:?}");
        }
    }
}

#[test]
fn the_built_in_scenario_gives_the_golden_table() {
    for (preference, variant, expected) in GOLDEN {
        let mut world = six_colours(variant, &ENV).unwrap();
        set_mesh_preference(&mut world, preference);
        assert_eq!(row(&world), expected, "{preference:?} {variant:?}");
    }
}

const FOLDERS: [(Variant, &str); 2] = [(Variant::Dns, "dns"), (Variant::CloudMap, "cloud")];

#[test]
fn the_published_templates_give_the_golden_table() {
    let Some(samples) = samples() else { return };
    for (preference, variant, expected) in GOLDEN {
        let (_, folder) = FOLDERS.into_iter().find(|(other, _)| *other == variant).unwrap();
        // There is no published template without a preference, so any of them is used and the preference cleared.
        let file = match preference {
            Some(IpPreference::Ipv6Preferred) => "mesh-v6-preferred.yaml",
            Some(IpPreference::Ipv4Preferred) => "mesh-v4-preferred.yaml",
            Some(IpPreference::Ipv6Only) => "mesh-v6-only.yaml",
            Some(IpPreference::Ipv4Only) | None => "mesh-v4-only.yaml",
        };
        let text = std::fs::read_to_string(samples.join("howto-ipv6").join(folder).join(file)).unwrap();
        let opened = open(&walkthrough_environment(), &text);
        assert_eq!((opened.report.counts.created, opened.report.counts.refused), (20, 0), "{folder}/{file}");
        assert!(
            opened.report.notes.iter().all(|note| note.disposition == Disposition::Kept),
            "{folder}/{file}"
        );
        let mut world = opened.world;
        if preference.is_none() {
            set_mesh_preference(&mut world, None);
        }
        assert_eq!(row(&world), expected, "{folder}/{file}");
    }
}

/// The published Cloud Map files of the override step set IPv4_ONLY on the mesh, although the walkthrough's text and
/// the DNS files use IPv6_ONLY; each row has the result of its own preference. The step as in the text is tested by
/// hand for both below.
const OVERRIDE: [(&str, usize, &str); 2] =
    [("dns", 3, "ok ok ok app ok ok"), ("cloud", 4, "ok ok ok ok ok app")];

#[test]
fn the_override_step_makes_red_orange_and_yellow_answer() {
    let Some(samples) = samples() else { return };
    for (folder, updated, expected) in OVERRIDE {
        let read =
            |file: &str| std::fs::read_to_string(samples.join("howto-ipv6").join(folder).join(file)).unwrap();
        // As in the walkthrough: first the mesh with IPv6_ONLY, then the preferences of the nodes.
        let before = open(&walkthrough_environment(), &read("mesh-v6-only.yaml")).world;
        assert!(row(&before).starts_with("discovery+[app] discovery discovery "));
        for file in ["override-mesh-preference.yaml", "custom-preference.yaml"] {
            let after = open(&before, &read(file));
            let counts = after.report.counts;
            assert_eq!(
                (counts.created, counts.updated, counts.unchanged),
                (0, updated, 20 - updated),
                "{file}"
            );
            assert_eq!(row(&after.world), expected, "{folder}/{file}");
        }
    }
}

#[test]
fn the_built_in_scenario_is_what_the_published_templates_make() {
    let Some(samples) = samples() else { return };
    for (variant, folder) in FOLDERS {
        let text = std::fs::read_to_string(samples.join("howto-ipv6").join(folder).join("mesh-v4-only.yaml"))
            .unwrap();
        let mut published = open(&walkthrough_environment(), &text).world;
        set_mesh_preference(&mut published, None);
        let built_in = six_colours(variant, &ENV).unwrap();
        let specs = |world: &World| {
            let mesh = world.control_plane.meshes().next().unwrap().1;
            mesh.resources().map(|resource| (resource.id.clone(), resource.spec.clone())).collect::<Vec<_>>()
        };
        assert_eq!(specs(&published), specs(&built_in), "{folder}");
        assert_eq!(published.environment, built_in.environment, "{folder}");
    }
}

#[test]
fn a_node_override_is_the_same_from_every_door() {
    // Performs the changes of the override step's templates by hand on the built-in scenario.
    for variant in [Variant::Dns, Variant::CloudMap] {
        let mut world = six_colours(variant, &ENV).unwrap();
        set_mesh_preference(&mut world, Some(IpPreference::Ipv6Only));
        for (colour, preference) in [
            ("red", IpPreference::Ipv4Preferred),
            ("orange", IpPreference::Ipv4Preferred),
            ("yellow", IpPreference::Ipv6Preferred),
        ] {
            let mesh = MeshId { owner: world.account.clone(), name: MESH.into() };
            let id = ResourceId { mesh, key: Key::new(Kind::VirtualNode, node_name(colour)) };
            let spec =
                with_preference(&world.control_plane.get(&id).unwrap().spec, Some(preference)).unwrap();
            let input = serde_json::json!({"meshName": MESH, "virtualNodeName": node_name(colour), "spec": spec.json()});
            let operation =
                Operation::parse(Verb::Update, Kind::VirtualNode, &input, &world.account).unwrap();
            let account = world.account.clone();
            world.control_plane.apply(&operation, &account, &ENV).unwrap();
        }
        assert_eq!(row(&world), "ok ok ok app ok ok", "{variant:?}");
    }
}
