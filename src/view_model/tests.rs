mod causes;
mod pictures;
mod story;

use std::rc::Rc;

use super::*;
use crate::{
    control_plane::{Env, Mesh, Timestamp, Verb},
    model::{IpPreference, Kind, MeshId},
    resolve::Provenance,
    scenario::{COLOURS, MESH, Variant, node_name, six_colours},
    store::{AppState, Command, update},
    traffic::{Fault, reach},
    world::{FIRST_ACCOUNT, SECOND_ACCOUNT, World},
};

const ENV: Env = Env { now: Timestamp(0), seed: 1 };

fn world(variant: Variant, preference: Option<IpPreference>) -> (Rc<World>, MeshId, Rc<Mesh>) {
    let world = Rc::new(six_colours(variant, &ENV).unwrap());
    let id = MeshId { owner: world.account.clone(), name: MESH.into() };
    let world = with_mesh_preference(&world, &id, preference);
    let mesh = world.control_plane.mesh(&id).unwrap().clone();
    (world, id, mesh)
}

/// Formats the name and value of each lane; ` -` marks a lane that is not used.
fn rows(lanes: &EffectTable) -> Vec<String> {
    lanes
        .rows
        .iter()
        .map(|lane| format!("{} {}{}", lane.name, lane.value, if lane.is_used { "" } else { " -" }))
        .collect()
}

#[test]
fn a_node_shows_the_effects_table() {
    for (preference, dns, cloud_map, endpoint, bind) in [
        (None, "AUTO", "IPv4, else IPv6", "127.0.0.1:9080", "0.0.0.0"),
        (Some(IpPreference::Ipv6Preferred), "AUTO", "IPv6, else IPv4", "[::1]:9080", "::"),
        (Some(IpPreference::Ipv4Preferred), "V4_PREFERRED", "IPv4, else IPv6", "127.0.0.1:9080", "::"),
        (Some(IpPreference::Ipv6Only), "V6_ONLY", "IPv6 only", "[::1]:9080", "::"),
        (Some(IpPreference::Ipv4Only), "V4_ONLY", "IPv4 only", "127.0.0.1:9080", "::"),
    ] {
        for (variant, unused_dns, unused_cloud_map) in
            [(Variant::Dns, "", " -"), (Variant::CloudMap, " -", "")]
        {
            let (world, _, mesh) = world(variant, preference);
            let lanes = node_effects(&world.environment, &mesh, &node_name("blue")).unwrap();
            let expected = [
                format!("DNS resolver {dns}{unused_dns}"),
                format!("Cloud Map address {cloud_map}{unused_cloud_map}"),
                format!("Local app endpoint {endpoint}"),
                format!("Listener bind {bind}"),
            ];
            assert_eq!(rows(&lanes), expected, "{preference:?} {variant:?}");
            let provenance =
                if preference.is_some() { Provenance::InheritedFromMesh } else { Provenance::NoPreference };
            assert_eq!(lanes.preference.provenance, provenance);
            let gateway = gateway_effects(&mesh);
            assert_eq!(gateway.rows[3].value, bind, "{preference:?}");
            assert_eq!(gateway.preference.provenance, provenance);
            assert!(gateway.rows[..3].iter().all(|lane| !lane.is_used));
        }
    }
}

#[test]
fn a_lane_names_the_address_callers_use() {
    let text = |colour: &str, preference, lane: usize| {
        let (world, _, mesh) = world(Variant::Dns, preference);
        node_effects(&world.environment, &mesh, &node_name(colour)).unwrap().rows[lane].text.clone()
    };
    assert!(text("green", None, 0).ends_with("callers use 2001:db8:0:1::14"));
    assert!(text("green", Some(IpPreference::Ipv4Only), 0).ends_with("callers use 10.0.1.14"));
    assert!(text("red", Some(IpPreference::Ipv6Only), 0).ends_with("callers find no address"));
    assert!(text("red", None, 1).ends_with("not used, this node is found by DNS"));
    assert!(text("purple", None, 2).ends_with("the application listens on IPv6"));
}

/// Checks the marks of the hops, the beginning of the headline, and the number of fixes.
#[track_caller]
fn check_trace(colour: &str, preference: Option<IpPreference>, marks: &str, headline: &str, fixes: usize) {
    let (world, id, mesh) = world(Variant::Dns, preference);
    let requests = crate::traffic::clients(&mesh);
    let request = requests.iter().find(|request| request.path == format!("/{colour}")).unwrap();
    let trace = trace(&world, &mesh, &id.name, request, 0);
    let signs: String = trace.hops.iter().map(|hop| hop.mark.sign()).collect();
    assert_eq!(signs, marks);
    assert!(trace.headline.starts_with(headline), "{}", trace.headline);
    assert_eq!(trace.fixes.len(), fixes);
}

#[test]
fn a_trace_stops_where_the_request_stops() {
    check_trace("blue", None, "✓✓✓✕–", "Stops at the listener", 4);
    check_trace("purple", None, "✓✓✓✕⚠", "Stops at the listener", 2);
    check_trace("yellow", None, "✓✓✓✓✕", "Stops at the application: Envoy connects to 127.0.0.1", 1);
    check_trace("red", Some(IpPreference::Ipv6Only), "✓✓✕–⚠", "Stops at discovery", 2);
    check_trace("orange", Some(IpPreference::Ipv6Only), "✓✓✕––", "Stops at discovery", 3);
    check_trace("green", Some(IpPreference::Ipv4Only), "✓✓✓✓✓", "Arrives: found at 10.0.1.14", 0);
}

/// A node calls another by a name without a record: every view shows this failure, with the record as the fix.
#[test]
fn a_name_without_a_record_is_told_with_its_fix() {
    let (world, id, _) = world(Variant::Dns, None);
    let state = Rc::new(AppState::new((*world).clone()));
    let input = serde_json::json!({"meshName": MESH, "virtualNodeName": "front", "spec": {"backends": [
        {"virtualService": {"virtualServiceName": "colorteller-1.default.svc.cluster.local"}}]}});
    let create = Command::Call { verb: Verb::Create, kind: Kind::VirtualNode, input };
    let created = update(&state, create, &ENV).state;
    let trace_of = |state: &AppState| {
        let mesh = state.world.visible_mesh(&id).unwrap();
        let requests = crate::traffic::clients(mesh);
        let request = requests.iter().find(|request| request_words(request).starts_with("front")).unwrap();
        let environment = &state.world.environment;
        let edges = graph(environment, mesh, 900).edges;
        let edge = edges.iter().find(|edge| edge.request == *request).unwrap();
        let node = crate::traffic::target(environment, mesh, request).unwrap();
        assert_eq!(edge.node, node);
        (
            trace(&state.world, mesh, &id.name, request, edge.target),
            edge.end_stage,
            summary(&state.world, mesh, &id.name, edge),
        )
    };
    let (trace, stop, summary) = trace_of(&created);
    assert_eq!(trace.unresolved.as_deref(), Some("colorteller-1.default.svc.cluster.local"));
    let headline = "Stops before any Envoy: the application's own DNS lookup finds no record of \
                    colorteller-1.default.svc.cluster.local";
    assert_eq!((&*trace.headline, &*summary.headline), (headline, headline));
    assert_eq!(
        (trace.hops[0].mark, trace.hops[0].name, &*trace.flags),
        (Mark::Failed, "Lookup", "no Envoy saw it")
    );
    assert_eq!(stop, EndStage::Discovery);
    let before = outcomes(&state.world, &id).unwrap();
    let sentence = super::outcomes_summary(Some(&before), &outcomes(&created.world, &id).unwrap());
    assert!(sentence.contains("fails at the caller's own DNS lookup"), "{sentence}");
    // The fix that the page offers.
    let record = crate::store::EnvironmentChange::Record {
        host: "colorteller-1.default.svc.cluster.local".into(),
        address: crate::traffic::PLACEHOLDER.into(),
        on: true,
    };
    let (trace, ..) = trace_of(&update(&created, Command::ChangeEnvironment(record), &ENV).state);
    assert_eq!((trace.unresolved, trace.hops[0].name), (None, "Backend"));
}

#[test]
fn a_headline_names_the_setting_and_its_level() {
    let headline = |overrides: bool| {
        let (world, id, _) = world(Variant::Dns, Some(IpPreference::Ipv6Only));
        let mut state = Rc::new(AppState::new((*world).clone()));
        if overrides {
            let key = crate::model::Key::new(crate::model::Kind::VirtualNode, node_name("green"));
            let id = crate::model::ResourceId { mesh: id.clone(), key };
            let command = Command::SetPreference { id, preference: Some(IpPreference::Ipv6Preferred) };
            state = update(&state, command, &ENV).state;
        }
        let mesh = state.world.control_plane.mesh(&id).unwrap().clone();
        let request =
            crate::traffic::clients(&mesh).into_iter().find(|request| request.path == "/green").unwrap();
        trace(&state.world, &mesh, &id.name, &request, 0).headline
    };
    assert!(headline(false).ends_with("Cause: IPv6_ONLY, inherited from mesh colors"));
    assert!(headline(true).ends_with("Cause: IPv6_PREFERRED, set on this node"));
}

#[test]
fn the_matrix_previews_what_then_happens() {
    let (world, id, mesh) = world(Variant::Dns, None);
    let table = matrix(&world.environment, &mesh);
    assert_eq!(arrivals(&table), ([2, 4, 4, 2, 4], 6));
    for (index, preference) in PREFERENCES.into_iter().enumerate() {
        let then = with_mesh_preference(&world, &id, preference);
        let mesh = then.control_plane.mesh(&id).unwrap();
        for row in &table.rows {
            let reach = crate::traffic::reach(&then.environment, mesh, &row.node).unwrap();
            let faults: Vec<Fault> = reach.failures.iter().map(|failure| failure.fault).collect();
            assert_eq!(row.cells[index].faults, faults, "{} {preference:?}", row.node);
        }
    }
    assert_eq!(world.control_plane.mesh(&id), Some(&mesh), "a preview changes nothing");
}

#[test]
fn boxes_stay_in_the_drawing_and_apart() {
    let (world, _, mesh) = world(Variant::Dns, None);
    for width in [280, 348, 519, 520, 627, 900, 1100, 3000] {
        let drawing = graph(&world.environment, &mesh, width);
        assert_eq!((drawing.boxes.len(), drawing.edges.len()), (7, 6));
        for (i, a) in drawing.boxes.iter().enumerate() {
            assert!(a.x >= 0 && a.y >= 0, "{width}");
            assert!(a.x + a.width <= drawing.width && a.y + a.height <= drawing.height, "{width}");
            for b in &drawing.boxes[i + 1..] {
                let beside = a.x + a.width < b.x || b.x + b.width < a.x;
                let above = a.y + a.height < b.y || b.y + b.height < a.y;
                assert!(beside || above, "{width}: {} and {}", a.key, b.key);
            }
        }
    }
}

#[test]
fn an_edge_ends_where_its_request_ends() {
    let stops = |preference| {
        let (world, _, mesh) = world(Variant::Dns, preference);
        let drawing = graph(&world.environment, &mesh, 900);
        COLOURS.map(|colour| {
            let edge = drawing.edges.iter().find(|edge| *edge.node == *node_name(colour.name)).unwrap();
            let target = drawing.boxes.iter().find(|b| b.key.name == edge.node).unwrap();
            // The end is left of the box, on its border, or inside, according to the stop.
            let place = edge.end.0.cmp(&target.x);
            match edge.end_stage {
                EndStage::Discovery => {
                    assert_eq!((place, edge.rest.is_some()), (std::cmp::Ordering::Less, true))
                }
                EndStage::Listener => assert_eq!(place, std::cmp::Ordering::Equal),
                EndStage::Application | EndStage::Arrived => assert_eq!(place, std::cmp::Ordering::Greater),
            }
            edge.end_stage
        })
    };
    use EndStage::{Application, Arrived, Discovery, Listener};
    assert_eq!(stops(None), [Arrived, Arrived, Application, Listener, Listener, Listener]);
    assert_eq!(
        stops(Some(IpPreference::Ipv6Only)),
        [Discovery, Discovery, Discovery, Application, Arrived, Arrived]
    );
}

#[test]
fn a_row_of_a_node_says_what_a_request_to_it_meets() {
    for variant in [Variant::Dns, Variant::CloudMap] {
        for preference in PREFERENCES {
            let (world, id, mesh) = world(variant, preference);
            let rows = resource_rows(&world.environment, &id, &mesh, Kind::VirtualNode, &world.account);
            assert_eq!(rows.len(), COLOURS.len());
            for row in rows.iter() {
                let met = reach(&world.environment, &mesh, &row.key.name).unwrap().met();
                assert_eq!(row.first_fault, Some(met), "{} {variant:?} {preference:?}", row.key);
            }
        }
    }
}

#[test]
fn rows_are_deleted_by_who_owns_the_mesh_or_made_them() {
    let (world, id, mesh) = world(Variant::Dns, None);
    let may_delete = |account: &str| {
        let account = account.parse().unwrap();
        let rows = resource_rows(&world.environment, &id, &mesh, Kind::Route, &account);
        assert!(rows.iter().all(|row| row.first_fault.is_none()));
        rows.iter().map(|row| row.may_delete).collect::<Vec<_>>()
    };
    assert!(may_delete(FIRST_ACCOUNT).iter().all(|may| *may));
    assert!(may_delete(SECOND_ACCOUNT).iter().all(|may| !may));
}
