//! Tests of the graph: keyboard navigation, the picture, Mermaid, and the sentence about its outcomes.

use serde_json::{Value, json};

use super::*;
use crate::{
    control_plane::{Operation, Verb},
    model::{Key, Kind, ResourceId},
};

/// Builds a world with one mesh of nodes: each has a name, and the names of the nodes that it calls.
fn calls(nodes: &[(&str, &[&str])]) -> (World, MeshId, Rc<Mesh>) {
    let mut world = World::empty().unwrap();
    let account = world.account.clone();
    world.control_plane.enforces_quotas = false;
    let mut seed = 0;
    let mut create = |kind: Kind, mut input: Value| {
        input["meshName"] = json!("m");
        seed += 1;
        let operation = Operation::parse(Verb::Create, kind, &input, &account).unwrap();
        world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).unwrap();
    };
    create(Kind::Mesh, json!({}));
    for (name, called) in nodes {
        let backends: Vec<_> = called
            .iter()
            .map(|called| json!({"virtualService": {"virtualServiceName": format!("to {called}")}}))
            .collect();
        let spec = json!({
            "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
            "serviceDiscovery": {"dns": {"hostname": "nowhere.local"}},
            "backends": backends,
        });
        create(Kind::VirtualNode, json!({"virtualNodeName": name, "spec": spec}));
        let provider = json!({"provider": {"virtualNode": {"virtualNodeName": name}}});
        create(Kind::VirtualService, json!({"virtualServiceName": format!("to {name}"), "spec": provider}));
    }
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    let found = (id.clone(), mesh.clone());
    (world, found.0, found.1)
}

/// Asserts that opened elements are closed in order, and that text and quotes are valid XML.
#[track_caller]
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg.trim_end();
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        for (at, _) in text.match_indices('&') {
            let entity = text[at..].split(';').next().unwrap();
            assert!(["&amp", "&lt", "&gt", "&quot"].contains(&entity), "{text}");
        }
        assert!(!text.contains('>') && !text.chars().any(char::is_control), "{text}");
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && rest.is_empty(), "{open:?} {rest}");
}

/// Draws a mesh with names that the service would refuse: the renderers must not rely on valid names.
fn with_evil_names(world: &World, mesh: &Mesh, width: i32) -> Graph {
    let mut drawing = graph(&world.environment, mesh, width);
    for (index, name) in [EVIL, "q'u\u{1}o\nte"].into_iter().enumerate() {
        let shape = Rc::make_mut(&mut drawing.boxes[index]);
        let old = std::mem::replace(&mut shape.key.name, name.into());
        for edge in &mut drawing.edges {
            let edge = Rc::make_mut(edge);
            edge.label = "/<a>&\"b\"".to_owned();
            if edge.node == old {
                edge.node = name.into();
            }
            if edge.from.name == old {
                edge.from.name = name.into();
            }
        }
    }
    drawing
}

const EVIL: &str = "<b>\"R&D\" [x](y) | #1; `end`";

#[test]
fn a_picture_is_well_formed_whatever_the_names() {
    let (world, _, mesh) = calls(&[("a", &["b"]), ("b", &[])]);
    for scheme in [Scheme::Light, Scheme::Dark] {
        for width in [300, 900] {
            let drawing = with_evil_names(&world, &mesh, width);
            assert_eq!((drawing.boxes.len(), drawing.edges.len()), (2, 1));
            let svg = graph_picture(&drawing, "Mesh <m> & \"others\"", scheme);
            assert_well_formed(&svg);
            assert!(
                svg.contains(
                    "<title>Mesh &lt;m&gt; &amp; &quot;others&quot;: 0 of 1 requests arrive</title>"
                )
            );
            assert!(svg.contains("virtual node &lt;b&gt;&quot;R&amp;D&quot; [x](y) | #1; `end`: no address"));
            assert!(svg.contains("virtual node q'u\u{fffd}o te"), "{svg}");
            assert!(svg.contains(">/&lt;a&gt;&amp;&quot;b&quot;</text>"), "{svg}");
            assert!(!svg.contains('$'), "every colour is one of the scheme's");
        }
        let mut matrix = matrix(&world.environment, &mesh);
        matrix.rows[0].node = EVIL.into();
        let svg = matrix_picture(&matrix, EVIL, scheme);
        assert_well_formed(&svg);
        assert_eq!(svg.matches("&lt;b&gt;&quot;R&amp;D&quot;").count(), 3);
        assert!(!svg.contains('$'));
    }
}

#[test]
fn a_picture_has_every_box_with_its_outcome_and_every_way() {
    for variant in [Variant::Dns, Variant::CloudMap] {
        for preference in PREFERENCES {
            let (world, _, mesh) = world(variant, preference);
            let drawing = graph(&world.environment, &mesh, 1000);
            let svg = graph_picture(&drawing, "Mesh colors", Scheme::Light);
            assert_well_formed(&svg);
            for shape in &drawing.boxes {
                assert!(svg.contains(&format!("<title>{}</title>", box_label(shape))));
            }
            for edge in &drawing.edges {
                assert!(svg.contains(&format!(" d=\"{}\"", edge.travelled)));
                assert!(svg.contains(&format!(">{}</text>", edge.label)));
            }
            assert_eq!(svg.matches("<g class=\"end pass\">").count(), drawing.arrived());
            // The picture fetches nothing: its only address is the SVG namespace.
            assert_eq!(svg.matches("http").count(), 1);
        }
    }
}

#[test]
fn a_picture_of_the_matrix_has_every_cell() {
    let (world, _, mesh) = world(Variant::Dns, None);
    let svg = matrix_picture(&matrix(&world.environment, &mesh), "Mesh colors", Scheme::Dark);
    assert_well_formed(&svg);
    assert_eq!((svg.matches("✓ arrives").count(), svg.matches("✕ ").count()), (2 + 4 + 4 + 2 + 4, 14));
    assert_eq!(svg.matches("then app refuses").count(), 2, "red under IPv6_ONLY, and purple under none");
    assert!(svg.contains("No preference (now)"));
}

#[test]
fn mermaid_of_the_six_colours() {
    let (world, _, mesh) = world(Variant::Dns, None);
    let text = mermaid(&graph(&world.environment, &mesh, 900));
    let expected = r#"flowchart LR
    n0(["colorgateway-vg"])
    n1["colorteller-blue-vn<br/>✕ listener refuses"]
    n2["colorteller-green-vn<br/>✕ listener refuses"]
    n3["colorteller-orange-vn<br/>✓ arrives"]
    n4["colorteller-purple-vn<br/>✕ listener refuses"]
    n5["colorteller-red-vn<br/>✓ arrives"]
    n6["colorteller-yellow-vn<br/>✕ app refuses"]
    n0 -.-x|"/blue ✕"| n1
    n0 -.-x|"/green ✕"| n2
    n0 -->|"/orange ✓"| n3
    n0 -.-x|"/purple ✕"| n4
    n0 -->|"/red ✓"| n5
    n0 -.-x|"/yellow ✕"| n6
"#;
    assert_eq!(text, expected);
}

#[test]
fn mermaid_takes_names_as_text() {
    let (world, _, mesh) = calls(&[("a", &["b"]), ("b", &[])]);
    let text = mermaid(&with_evil_names(&world, &mesh, 900));
    let expected = "flowchart LR\n    \
        n0[\"#60;b#62;#34;R#38;D#34; #91;x#93;(y) #124; #35;1#59; #96;end#96;<br/>✕ no address\"]\n    \
        n1[\"q'u o te<br/>✕ no address\"]\n    \
        n0 -.-x|\"/#60;a#62;#38;#34;b#34; ✕\"| n1\n";
    assert_eq!(text, expected);
}

/// Counts the boxes that are reachable from the first one by arrow keys alone.
fn reached(drawing: &Graph) -> usize {
    let mut known = vec![false; drawing.boxes.len()];
    let mut waiting = vec![0];
    while let Some(from) = waiting.pop() {
        if std::mem::replace(&mut known[from], true) {
            continue;
        }
        for direction in [Direction::Up, Direction::Down, Direction::Left, Direction::Right] {
            waiting.extend(drawing.neighbour(from, direction));
        }
    }
    known.into_iter().filter(|known| *known).count()
}

#[test]
fn the_arrows_come_to_every_box() {
    let (world, _, mesh) = world(Variant::Dns, None);
    let (other, _, tree) =
        calls(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &[]), ("d", &["e"]), ("e", &[]), ("alone", &[])]);
    for width in [300, 700, 1500] {
        assert_eq!(reached(&graph(&world.environment, &mesh, width)), 7);
        assert_eq!(reached(&graph(&other.environment, &tree, width)), 6);
    }
}

#[test]
fn an_arrow_goes_to_the_nearest_box_that_way() {
    use Direction::{Down, First, Last, Left, Right, Up};
    let (world, _, mesh) = world(Variant::Dns, None);
    let drawing = graph(&world.environment, &mesh, 900);
    // The gateway is first; the nodes follow, by name, as blue, green, orange, purple, red, yellow.
    for (from, direction, to) in [
        (0, Right, Some(3)),
        (0, Left, None),
        (0, Up, None),
        (0, Down, None),
        (3, Left, Some(0)),
        (3, Right, None),
        (3, Up, Some(2)),
        (3, Down, Some(4)),
        (1, Up, None),
        (6, Down, None),
        (6, Left, Some(0)),
        (4, First, Some(0)),
        (0, Last, Some(6)),
        (99, Up, None),
    ] {
        assert_eq!(drawing.neighbour(from, direction), to, "{from} {direction:?}");
    }
    for (from, letter, to) in
        [(0, 'r', Some(5)), (0, 'B', Some(1)), (1, 'c', Some(2)), (6, 'c', Some(0)), (0, 'x', None)]
    {
        assert_eq!(drawing.named(from, letter), to, "{from} {letter}");
    }
}

#[test]
fn an_empty_mesh_has_a_picture_and_no_way_to_go() {
    let (world, _, mesh) = calls(&[]);
    let drawing = graph(&world.environment, &mesh, 900);
    assert_eq!(mermaid(&drawing), "flowchart LR\n");
    assert_well_formed(&graph_picture(&drawing, "Mesh m", Scheme::Light));
    assert_well_formed(&matrix_picture(&matrix(&world.environment, &mesh), "Mesh m", Scheme::Light));
    assert_eq!((drawing.neighbour(0, Direction::Last), drawing.named(0, 'a')), (None, None));
}

#[test]
fn what_changed_is_told_in_a_sentence() {
    let (before, id, _) = world(Variant::Dns, None);
    let at = |preference| outcomes(&with_mesh_preference(&before, &id, preference), &id).unwrap();
    let start = at(None);
    assert_eq!(
        outcomes_summary(None, &start),
        "2 of 6 requests arrive; colorteller-blue-vn fails at the listener, colorteller-green-vn fails at the \
         listener, colorteller-purple-vn fails at the listener, colorteller-yellow-vn fails at the application"
    );
    assert_eq!(
        outcomes_summary(Some(&start), &at(Some(IpPreference::Ipv4Preferred))),
        "4 of 6 requests arrive; colorteller-blue-vn arrives, colorteller-green-vn arrives, colorteller-purple-vn \
         fails at the application"
    );
    assert_eq!(outcomes_summary(Some(&start), &start), "2 of 6 requests arrive; none changed");
    let six = at(Some(IpPreference::Ipv6Only));
    assert!(
        outcomes_summary(Some(&start), &six).ends_with("and 2 more"),
        "{}",
        outcomes_summary(Some(&start), &six)
    );
    let (empty, id, _) = calls(&[]);
    let nothing = outcomes(&empty, &id).unwrap();
    assert_eq!(outcomes_summary(Some(&start), &nothing), "There are no requests in mesh m yet");
    let gone = MeshId { name: "gone".into(), ..id };
    assert_eq!(outcomes(&empty, &gone), None);
}

/// The work must not grow with the square of the mesh's size.
#[test]
fn a_large_mesh_is_drawn_in_proportion() {
    let draw = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("n{number}")).collect();
        let called: Vec<[&str; 1]> = (0..count).map(|number| [&*names[(number * 7 + 1) % count]]).collect();
        let nodes: Vec<(&str, &[&str])> =
            names.iter().zip(&called).map(|(name, called)| (&**name, &called[..])).collect();
        let (world, id, mesh) = calls(&nodes);
        move || {
            let drawing = graph(&world.environment, &mesh, 900);
            assert_eq!((drawing.boxes.len(), drawing.edges.len()), (count, count));
            let picture = graph_picture(&drawing, "Mesh m", Scheme::Light);
            let chart = mermaid(&drawing);
            assert!(picture.len() > chart.len());
            let outcomes = outcomes(&world, &id).unwrap();
            assert!(
                !outcomes_summary(None, &outcomes).is_empty()
                    && !outcomes_summary(Some(&outcomes), &outcomes).is_empty()
            );
        }
    };
    let (small, large) = (draw(500), draw(2000));
    let run = |count| if count == 500 { small() } else { large() };
    crate::work::check_linear(&run, 500, "boxes");
}

#[test]
fn a_key_of_a_resource_is_found_among_the_boxes() {
    let (world, id, mesh) = world(Variant::Dns, None);
    let drawing = graph(&world.environment, &mesh, 900);
    for edge in &drawing.edges {
        assert!(drawing.boxes.iter().any(|shape| shape.key == edge.from));
        let target = Key::new(Kind::VirtualNode, edge.node.clone());
        assert!(mesh.get(&ResourceId { mesh: id.clone(), key: target }.key).is_some());
    }
}
