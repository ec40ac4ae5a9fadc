//! Tests that each target of a route is shown, and that causes are right: changing the named cause must change the
//! outcome.

use serde_json::{Value, json};

use super::*;
use crate::{
    control_plane::{Operation, Verb},
    environment::{DnsRecords, Environment, Families, Family, Task},
    traffic::{Discovery, Failure, Reach, clients, reach_if},
    view_model::{
        cause::{cause, cure},
        trace::discovery_text,
    },
};

/// Builds a world with one mesh `m` from these resources.
fn built(inputs: &[(Kind, Value)], environment: impl FnOnce(&mut Environment)) -> (World, MeshId, Rc<Mesh>) {
    let mut world = World::empty().unwrap();
    let account = world.account.clone();
    for (seed, (kind, input)) in (1..).zip(inputs) {
        let mut input = input.clone();
        input["meshName"] = json!("m");
        let operation = Operation::parse(Verb::Create, *kind, &input, &account).unwrap();
        world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).unwrap();
    }
    environment(Rc::make_mut(&mut world.environment));
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    let found = (id.clone(), mesh.clone());
    (world, found.0, found.1)
}

fn node(name: &str, spec: Value) -> (Kind, Value) {
    (Kind::VirtualNode, json!({"virtualNodeName": name, "spec": spec}))
}

fn found_by_dns(host: &str) -> Value {
    json!({
        "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
        "serviceDiscovery": {"dns": {"hostname": host}},
    })
}

/// Builds a gateway and a node `caller` that both send to a service with a router, whose route has these targets.
/// `v1` has an address and an application, the others have neither.
fn weighted(targets: &[(&str, i64)]) -> (World, MeshId, Rc<Mesh>) {
    let listeners = json!([{"portMapping": {"port": 80, "protocol": "http"}}]);
    let to_service = json!({"virtualService": {"virtualServiceName": "web"}});
    let mut inputs = vec![(Kind::Mesh, json!({}))];
    for name in ["v1", "v2", "v3"] {
        inputs.push(node(name, found_by_dns(&format!("{name}.local"))));
    }
    let shares: Vec<_> =
        targets.iter().map(|(node, weight)| json!({"virtualNode": node, "weight": weight})).collect();
    let mut caller = found_by_dns("caller.local");
    caller["backends"] = json!([to_service]);
    inputs.extend([
        (Kind::VirtualRouter, json!({"virtualRouterName": "router", "spec": {"listeners": listeners}})),
        (
            Kind::Route,
            json!({"virtualRouterName": "router", "routeName": "route", "spec": {"httpRoute": {
                "match": {"prefix": "/"}, "action": {"weightedTargets": shares}}}}),
        ),
        (
            Kind::VirtualService,
            json!({"virtualServiceName": "web",
                "spec": {"provider": {"virtualRouter": {"virtualRouterName": "router"}}}}),
        ),
        node("caller", caller),
        (Kind::VirtualGateway, json!({"virtualGatewayName": "gate", "spec": {"listeners": listeners}})),
        (
            Kind::GatewayRoute,
            json!({"virtualGatewayName": "gate", "gatewayRouteName": "all", "spec": {"httpRoute": {
                "match": {"prefix": "/"}, "action": {"target": to_service}}}}),
        ),
    ]);
    built(&inputs, |environment| {
        let address = "10.0.0.1".parse().unwrap();
        for host in ["v1.local", "web"] {
            environment.dns.insert(host.into(), Rc::new(DnsRecords { a: vec![address], aaaa: vec![] }));
        }
        environment.tasks.insert("v1".into(), Rc::new(Task::new(Some(address), None, Families::V4)));
    })
}

/// Formats the edges of the graph: source, label, target, and whether requests arrive.
fn ways_drawn(world: &World, mesh: &Mesh) -> Vec<String> {
    let drawing = graph(&world.environment, mesh, 900);
    let words = |edge: &Rc<Edge>| {
        let sign = if edge.end_stage == EndStage::Arrived { '✓' } else { '✕' };
        format!("{} ({}) {} {sign}", edge.from.name, edge.label, edge.node)
    };
    drawing.edges.iter().map(words).collect()
}

#[test]
fn every_target_of_a_route_is_drawn_with_its_share() {
    /// Targets with their weights, and the expected edges to them.
    type Case = (&'static [(&'static str, i64)], &'static [&'static str]);
    let cases: &[Case] = &[
        (&[("v1", 90), ("v2", 10)], &["(/ 90 %) v1 ✓", "(/ 10 %) v2 ✕"]),
        // The heaviest first, whatever its position.
        (&[("v2", 1), ("v1", 3)], &["(/ 75 %) v1 ✓", "(/ 25 %) v2 ✕"]),
        (&[("v1", 50), ("v2", 50)], &["(/ 50 %) v1 ✓", "(/ 50 %) v2 ✕"]),
        (&[("v1", 1), ("v2", 1), ("v3", 1)], &["(/ 33 %) v1 ✓", "(/ 33 %) v2 ✕", "(/ 33 %) v3 ✕"]),
        (&[("v1", 100), ("v2", 1)], &["(/ 99 %) v1 ✓", "(/ < 1 %) v2 ✕"]),
        // A single target has no share, and a target without weight gets no requests.
        (&[("v1", 100)], &["(/) v1 ✓"]),
        (&[("v1", 100), ("v2", 0)], &["(/) v1 ✓"]),
    ];
    for (targets, expected) in cases {
        let (world, _, mesh) = weighted(targets);
        // The edge of a node's backend has only the share as its label.
        let from_node = |way: &&str| format!("caller {}", way.replace("(/ ", "(").replace("(/)", "()"));
        let expected: Vec<_> =
            expected.iter().map(|way| format!("gate {way}")).chain(expected.iter().map(from_node)).collect();
        assert_eq!(ways_drawn(&world, &mesh), expected, "{targets:?}");
    }
}

#[test]
fn every_target_is_in_the_tables_the_pictures_and_the_sentence() {
    let (world, id, mesh) = weighted(&[("v1", 90), ("v2", 10)]);
    let drawing = graph(&world.environment, &mesh, 900);
    let rows: Vec<_> = drawing
        .edges
        .iter()
        .map(|edge| summary(&world, &mesh, "m", edge))
        .map(|row| (row.request, row.arrives, row.headline))
        .collect();
    let arrives = "Arrives: found at 10.0.0.1, and its application at 127.0.0.1";
    let stops =
        "Stops at discovery: DNS was asked for AAAA, then A of v2.local and has none: nothing is registered";
    let row = |request: &str, arrives, headline: &str| (request.to_owned(), arrives, headline.to_owned());
    assert_eq!(
        rows,
        [
            row("GET / through gate: 90 % to v1", true, arrives),
            row("GET / through gate: 10 % to v2", false, stops),
            row("caller to web: 90 % to v1", true, arrives),
            row("caller to web: 10 % to v2", false, stops),
        ]
    );
    let chart = mermaid(&drawing);
    for line in [r#"-->|"/ 90 #37; ✓"|"#, r#"-.-x|"/ 10 #37; ✕"|"#, r#"-->|"90 #37; ✓"|"#] {
        assert!(chart.contains(line), "{chart}");
    }
    let svg = graph_picture(&drawing, "Mesh m", Scheme::Light);
    for label in [">/ 90 %</text>", ">/ 10 %</text>", ">10 %</text>"] {
        assert!(svg.contains(label), "{svg}");
    }
    let told = outcomes_summary(None, &outcomes(&world, &id).unwrap());
    assert_eq!(told, "2 of 4 requests arrive; v2 fails at discovery");
    let request = &clients(&mesh)[0];
    let share = |target| trace(&world, &mesh, "m", request, target).hops[1].text.clone();
    assert_eq!(share(0), "web is provided by router router: route route sends 90 % of its requests to v1");
    assert_eq!(share(1), "web is provided by router router: route route sends 10 % of its requests to v2");
}

/// Builds a mesh with a gateway route to one node, and the node's task.
fn one_node(spec: &Value, families: Families, task: Option<(Families, bool)>) -> (World, MeshId, Rc<Mesh>) {
    let listeners = json!([{"portMapping": {"port": 80, "protocol": "http"}}]);
    let inputs = [
        (Kind::Mesh, json!({})),
        node("n", spec.clone()),
        (
            Kind::VirtualService,
            json!({"virtualServiceName": "s", "spec": {"provider": {"virtualNode": {"virtualNodeName": "n"}}}}),
        ),
        (Kind::VirtualGateway, json!({"virtualGatewayName": "g", "spec": {"listeners": listeners}})),
        (
            Kind::GatewayRoute,
            json!({"virtualGatewayName": "g", "gatewayRouteName": "r", "spec": {"httpRoute": {
                "match": {"prefix": "/"},
                "action": {"target": {"virtualService": {"virtualServiceName": "s"}}}}}}),
        ),
    ];
    built(&inputs, |environment| {
        let (v4, v6) = ("10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap());
        let records = DnsRecords {
            a: families.ipv4.then_some(v4).into_iter().collect(),
            aaaa: families.ipv6.then_some(v6).into_iter().collect(),
        };
        environment.dns.insert("n.local".into(), Rc::new(records));
        if let Some((listens_on, is_running)) = task {
            let task = Task { is_running, ..Task::new(Some(v4), Some(v6), listens_on) };
            environment.tasks.insert("n".into(), Rc::new(task));
        }
    })
}

const FAMILIES: [Families; 4] = [
    Families { ipv4: false, ipv6: false },
    Families { ipv4: true, ipv6: false },
    Families { ipv4: false, ipv6: true },
    Families { ipv4: true, ipv6: true },
];

#[test]
fn a_preference_is_a_cause_only_where_another_one_changes_the_outcome() {
    let (mut with, mut without) = (0, 0);
    for spec in [&found_by_dns("n.local"), &json!({})] {
        let tasks = FAMILIES.iter().flat_map(|listens| [Some((*listens, true)), Some((*listens, false))]);
        for task in tasks.chain([None]) {
            for families in FAMILIES {
                let (world, id, mesh) = one_node(spec, families, task);
                let request = &clients(&mesh)[0];
                let met = |preference| reach_if(&world.environment, &mesh, "n", preference).unwrap().met();
                for preference in PREFERENCES {
                    let world = with_mesh_preference(&Rc::new(world.clone()), &id, preference);
                    let mesh = world.control_plane.mesh(&id).unwrap();
                    let trace = trace(&world, mesh, "m", request, 0);
                    let now = met(preference);
                    assert_eq!(trace.arrives, now.is_none());
                    let Some(now) = now else { continue };
                    let helps = PREFERENCES.iter().any(|other| met(*other).is_none_or(|fault| fault > now));
                    let names_preference = trace.headline.contains("Cause: ");
                    // For a wrong address, no preference is named: the address belongs to no task.
                    if now != Fault::Address {
                        assert_eq!(
                            names_preference, helps,
                            "{preference:?} {families:?} {task:?}: {}",
                            trace.headline
                        );
                    }
                    assert_eq!(trace.fixes.is_empty(), !trace.cure.is_empty());
                    *(if names_preference { &mut with } else { &mut without }) += 1;
                }
            }
        }
    }
    assert!(with > 20 && without > 100, "{with} {without}");
}

#[test]
fn what_no_preference_fixes_says_what_does() {
    let spec = &found_by_dns("n.local");
    let [none, v4, _, both] = FAMILIES;
    for (spec, families, task, headline, cure) in [
        (
            spec,
            none,
            None,
            "Stops at discovery: DNS was asked for AAAA, then A of n.local and has none: nothing is registered",
            "register an address for the node",
        ),
        (
            &json!({}),
            both,
            None,
            "Stops at discovery: the node has no service discovery, so nobody can send to it",
            "give the node service discovery",
        ),
        (
            spec,
            both,
            None,
            "Stops on the way: no task has the address that was found",
            "start a task at that address, or register another address",
        ),
        (
            spec,
            v4,
            Some((none, true)),
            "Stops at the application: Envoy connects to 127.0.0.1, the application listens on neither",
            "change what the application listens on",
        ),
    ] {
        let (world, _, mesh) = one_node(spec, families, task);
        let trace = trace(&world, &mesh, "m", &clients(&mesh)[0], 0);
        assert_eq!(
            (&*trace.headline, trace.cure),
            (headline, &*format!("No preference fixes this: {cure}."))
        );
        // The hop names the same cause, without an irrelevant preference.
        assert!(trace.hops.iter().all(|hop| !hop.text.contains("preference")), "{:?}", trace.hops);
    }
}

#[test]
fn a_port_without_a_listener_is_no_fault_of_the_preference() {
    // A client uses a port of the virtual service that this target lacks.
    let (world, _, mesh) = weighted(&[("v1", 100)]);
    let reach = reach(&world.environment, &mesh, "v1").unwrap();
    let by = crate::traffic::discovery_method(mesh.virtual_node("v1").unwrap()).unwrap();
    let discovery = Discovery::Empty { by, asked: vec![Family::V6, Family::V4], available: FAMILIES[1] };
    let failure = Failure { fault: Fault::Discovery, is_met: true };
    let reach = Reach { discovery, connection: None, failures: vec![failure], ..reach };
    assert_eq!(
        discovery_text(&reach.discovery),
        "v1.local has an address, but the node has no listener on the port that is called"
    );
    assert_eq!(cause(&world.environment, &mesh, "m", "v1", &reach), None);
    assert_eq!(
        cure(&reach, false),
        "No preference fixes this: give the node a listener on the port that the request goes to."
    );
}
