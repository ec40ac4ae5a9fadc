//! Errors of the service: exceptions and messages.
//!
//! Rule numbers are those of docs/facts/api-rules.md.

use super::*;

use Kind::{
    GatewayRoute, Mesh as TheMesh, Route, VirtualGateway, VirtualNode, VirtualRouter, VirtualService,
};

/// Checks that a call is rejected and changes nothing.
#[track_caller]
fn check(mut stage: Stage, verb: Verb, kind: Kind, path: &str, spec: Value, code: &str, text: &str) {
    let before = stage.plane.clone();
    let error = stage.call(verb, kind, path, spec).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), (code, text));
    assert_eq!(stage.plane, before);
}

/// Returns a stage with a mesh, a node, a router, a service and a gateway, and the resources in `more`.
fn stage(more: &[(Kind, &str, Value)]) -> Stage {
    let mut stage = Stage::default();
    for (kind, path) in PATHS.into_iter().filter(|(kind, _)| kind.declaration().parent.is_none()) {
        stage.create(kind, path, spec(kind));
    }
    for (kind, path, spec) in more {
        stage.create(*kind, path, spec.clone());
    }
    stage
}

/// Checks that a delete is rejected with this message if `resources` are all resources in mesh `m`.
#[track_caller]
fn check_blocked(resources: &[(Kind, &str, Value)], kind: Kind, path: &str, text: &str) {
    let mut stage = Stage::default();
    stage.create(TheMesh, "m", json!({}));
    for (kind, path, spec) in resources {
        stage.create(*kind, path, spec.clone());
    }
    check(stage, Verb::Delete, kind, path, Value::Null, "ResourceInUseException", text);
}

/// Known messages. Source: docs/facts/api-rules.md#deletion.
#[test]
fn what_others_need_cannot_be_deleted() {
    let node = || (VirtualNode, "m/n", spec(VirtualNode));
    let router = || (VirtualRouter, "m/vr", json!({}));
    let service = || (VirtualService, "m/s", json!({}));
    let gateway = || (VirtualGateway, "m/g", spec(VirtualGateway));
    let in_mesh = |kinds: &str| {
        format!(
            "Mesh m for account {OWNER} has active {kinds}, please delete {kinds} before deleting the Mesh"
        )
    };
    check_blocked(&[node()], TheMesh, "m", &in_mesh("VirtualNodes"));
    check_blocked(&[service()], TheMesh, "m", &in_mesh("VirtualServices"));
    check_blocked(&[router()], TheMesh, "m", &in_mesh("VirtualRouters"));
    check_blocked(&[gateway()], TheMesh, "m", &in_mesh("VirtualGateways"));
    let target = "VirtualNode with name n cannot be deleted because it is the target of one or more routes.";
    let to_n = || (Route, "m/vr/r", route_to(&["n"]));
    check_blocked(&[node(), router(), to_n()], VirtualNode, "m/n", target);
    let second = (VirtualNode, "m/n2", spec(VirtualNode));
    let both = || (Route, "m/vr/r", route_to(&["n2", "n"]));
    check_blocked(&[node(), second, router(), both()], VirtualNode, "m/n", target);
    let by_node = || (VirtualService, "m/s", provided_by(VirtualNode, "n"));
    let provider = "VirtualNode with name n cannot be deleted because it is a VirtualService provider";
    check_blocked(&[node(), by_node()], VirtualNode, "m/n", provider);
    check_blocked(&[node(), router(), by_node(), to_n()], VirtualNode, "m/n", target);
    let by_router = || (VirtualService, "m/s", provided_by(VirtualRouter, "vr"));
    let provider = "VirtualRouter with name vr cannot be deleted because it is a VirtualService provider";
    check_blocked(&[router(), by_router()], VirtualRouter, "m/vr", provider);
    let referenced = "VirtualService s is being referenced in the following: GATEWAY_ROUTE: [gr]";
    let gateway_route = || (GatewayRoute, "m/g/gr", gateway_route_to("s"));
    check_blocked(&[service(), gateway(), gateway_route()], VirtualService, "m/s", referenced);
}

/// The rule is known, the message is not (docs/facts/api-rules.md#deletion); its start follows the known messages.
#[test]
fn parents_cannot_be_deleted_before_their_children() {
    for (kind, path, child) in [(VirtualRouter, "m/vr", Route), (VirtualGateway, "m/g", GatewayRoute)] {
        let mut stage = full();
        let error = stage.delete(kind, path).unwrap_err();
        assert_eq!(error.code(), "ResourceInUseException");
        let word = kind.declaration().word;
        let name = path.split('/').next_back().unwrap();
        let start = format!("{word} with name {name} cannot be deleted because ");
        assert!(error.to_string().starts_with(&start), "{error}");
        let (_, path_of_child) = PATHS.into_iter().find(|(kind, _)| *kind == child).unwrap();
        stage.delete(child, path_of_child).unwrap();
        stage.delete(kind, path).unwrap();
    }
}

#[test]
fn every_blocker_is_told() {
    let stage = full();
    let mesh = MeshId { owner: account(OWNER), name: "m".into() };
    for (key, expected) in [
        (Key::new(TheMesh, "m"), "n vr s r g gr"),
        (Key::new(VirtualNode, "n"), "r"),
        (Key::new(VirtualRouter, "vr"), "r"),
        (Key::new(VirtualService, "s"), "gr"),
        (Key::new(VirtualGateway, "g"), "gr"),
        (Key::within(Route, "vr", "r"), ""),
        (Key::within(GatewayRoute, "g", "gr"), ""),
    ] {
        let blockers = stage.plane.blockers(&ResourceId { mesh: mesh.clone(), key: key.clone() });
        let names: Vec<_> = blockers.iter().map(|key| &*key.name).collect();
        assert_eq!(names.join(" "), expected, "{key}");
    }
}

#[test]
fn backends_do_not_block_nor_need_to_exist() {
    let mut calls = spec(VirtualNode);
    calls["backends"] = json!([{"virtualService": {"virtualServiceName": "s"}},
        {"virtualService": {"virtualServiceName": "ghost"}}]);
    let mut stage = stage(&[(VirtualNode, "m/caller", calls)]);
    stage.delete(VirtualService, "m/s").unwrap();
}

#[test]
fn the_safe_order_takes_everything_down() {
    let mut stage = full();
    for (kind, path) in PATHS.into_iter().rev() {
        stage.delete(kind, path).unwrap();
    }
    assert_eq!(stage.plane, ControlPlane::default());
}

#[test]
fn a_reference_that_moved_on_blocks_no_more() {
    let by_n = (VirtualService, "m/s2", provided_by(VirtualNode, "n"));
    let mut stage = stage(&[(VirtualNode, "m/n2", spec(VirtualNode)), by_n]);
    assert!(stage.delete(VirtualNode, "m/n").is_err());
    stage.call(Verb::Update, VirtualService, "m/s2", provided_by(VirtualNode, "n2")).unwrap();
    assert!(stage.delete(VirtualNode, "m/n2").is_err());
    stage.delete(VirtualNode, "m/n").unwrap();
}

/// The message for a virtual node is the service's; the others follow it. Source: docs/facts/api-errors.md#texts.
#[test]
fn what_is_not_there_is_told_by_kind_and_name() {
    for verb in [Verb::Describe, Verb::Update, Verb::Delete] {
        let text = format!("VirtualNode with name ghost is not present under mesh m for account {OWNER}");
        check(stage(&[]), verb, VirtualNode, "m/ghost", json!({}), "NotFoundException", &text);
        for (kind, path) in PATHS {
            let mut stage = full();
            let gone = format!("{path}x");
            let error = stage.call(verb, kind, &gone, spec(kind)).unwrap_err();
            let name = gone.split('/').next_back().unwrap();
            let start = format!("{} with name {name} is not present ", kind.declaration().word);
            assert_eq!(error.code(), "NotFoundException");
            assert!(error.to_string().starts_with(&start), "{error}");
            assert!(error.to_string().ends_with(&format!("for account {OWNER}")), "{error}");
        }
    }
}

#[test]
fn a_name_is_taken_once() {
    for (kind, path) in PATHS {
        let mut stage = full();
        let before = stage.plane.clone();
        let error = stage.call(Verb::Create, kind, path, spec(kind)).unwrap_err();
        assert_eq!(error.code(), "ConflictException", "{kind:?}");
        let name = path.split('/').next_back().unwrap();
        assert!(
            error.to_string().contains(&format!("{} with name {name}", kind.declaration().word)),
            "{error}"
        );
        assert_eq!(stage.plane, before);
    }
}

/// P1 to P5: a missing resource is reported as if it had been requested itself.
#[test]
fn what_a_resource_refers_to_must_exist() {
    let no = |word: &str| format!("{word} with name ghost is not present under mesh m for account {OWNER}");
    let not_found = "NotFoundException";
    let (node, router, service) = (no("VirtualNode"), no("VirtualRouter"), no("VirtualService"));
    let grpc = |service: &str| {
        json!({"grpcRoute": {"match": {"serviceName": "p.S"},
            "action": {"target": {"virtualService": {"virtualServiceName": service}}}}})
    };
    let tcp = json!({"tcpRoute": {"action": {"weightedTargets": [{"virtualNode": "ghost", "weight": 1}]}}});
    let http2 = |service: &str| json!({"http2Route": gateway_route_to(service)["httpRoute"]});
    let more = [
        (VirtualService, "m/s2", json!({})),
        (Route, "m/vr/r2", route_to(&["n"])),
        (GatewayRoute, "m/g/gr2", gateway_route_to("s")),
    ];
    // Create and update report the same errors.
    for (verb, s, r, gr) in
        [(Verb::Create, "m/new", "m/vr/new", "m/g/new"), (Verb::Update, "m/s2", "m/vr/r2", "m/g/gr2")]
    {
        check(stage(&more), verb, VirtualService, s, provided_by(VirtualNode, "ghost"), not_found, &node);
        check(stage(&more), verb, VirtualService, s, provided_by(VirtualRouter, "ghost"), not_found, &router);
        check(stage(&more), verb, Route, r, route_to(&["ghost"]), not_found, &node);
        check(stage(&more), verb, Route, r, route_to(&["n", "ghost"]), not_found, &node);
        check(stage(&more), verb, Route, r, tcp.clone(), not_found, &node);
        check(stage(&more), verb, GatewayRoute, gr, gateway_route_to("ghost"), not_found, &service);
        check(stage(&more), verb, GatewayRoute, gr, http2("ghost"), not_found, &service);
        check(stage(&more), verb, GatewayRoute, gr, grpc("ghost"), not_found, &service);
    }
    let route = spec(Route);
    check(stage(&[]), Verb::Create, Route, "m/ghost/r", route, not_found, &no("VirtualRouter"));
    let route = spec(GatewayRoute);
    check(stage(&[]), Verb::Create, GatewayRoute, "m/ghost/r", route, not_found, &no("VirtualGateway"));
    // A resource with this name in another mesh or of another kind does not satisfy the reference.
    let other = [(TheMesh, "m2", json!({})), (VirtualNode, "m2/ghost", spec(VirtualNode))];
    check(stage(&other), Verb::Create, Route, "m/vr/r", route_to(&["ghost"]), not_found, &node);
    let kin = [(VirtualRouter, "m/ghost", json!({}))];
    check(stage(&kin), Verb::Create, Route, "m/vr/r", route_to(&["ghost"]), not_found, &node);
}

#[test]
fn everything_needs_its_mesh() {
    for (kind, path) in PATHS.into_iter().skip(1) {
        for verb in [Verb::Create, Verb::Describe, Verb::Update, Verb::Delete] {
            let error = Stage::default().call(verb, kind, path, spec(kind)).unwrap_err();
            assert_eq!(error.code(), "NotFoundException", "{verb:?} {kind:?}");
            assert!(error.to_string().starts_with("Mesh with name m is not present"), "{error}");
        }
    }
}

#[test]
fn listeners_and_discovery_need_each_other() {
    let bad = "BadRequestException";
    let discovery = json!({"serviceDiscovery": {"dns": {"hostname": "n.local"}}});
    let mut empty_list = discovery.clone();
    empty_list["listeners"] = json!([]);
    let listener = json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]});
    for (verb, path) in [(Verb::Create, "m/new"), (Verb::Update, "m/n")] {
        // N2, with a real message of the service.
        let text = "Service Discovery can't be set without a listener.";
        check(stage(&[]), verb, VirtualNode, path, discovery.clone(), bad, text);
        check(stage(&[]), verb, VirtualNode, path, empty_list.clone(), bad, text);
    }
    // N1
    let mut at = stage(&[]);
    let error = at.call(Verb::Create, VirtualNode, "m/new", listener).unwrap_err();
    let Error::Invalid(problems) = &error else { panic!("{error}") };
    assert_eq!((error.code(), problems[0].path.as_str()), (bad, "spec.serviceDiscovery"));
    at.create(VirtualNode, "m/neither", json!({}));
    at.create(VirtualNode, "m/both", spec(VirtualNode));
}

#[test]
fn a_route_has_exactly_one_type() {
    let [http, tcp] = [
        route_to(&["n"])["httpRoute"].clone(),
        json!({"action": {"weightedTargets": [{"virtualNode": "n", "weight": 1}]}}),
    ];
    let all = "exactly one of grpcRoute, http2Route, httpRoute, tcpRoute";
    for (spec, found) in [
        (json!({}), "and has none"),
        (json!({"priority": 1}), "and has none"),
        (json!({"httpRoute": http, "http2Route": http}), "not http2Route and httpRoute"),
        (json!({"httpRoute": http, "tcpRoute": tcp}), "not httpRoute and tcpRoute"),
    ] {
        let text = format!("spec must have {all}, {found}");
        check(stage(&[]), Verb::Create, Route, "m/vr/r", spec, "BadRequestException", &text);
    }
    let http = gateway_route_to("s")["httpRoute"].clone();
    for (spec, found) in [
        (json!({}), "and has none"),
        (json!({"httpRoute": http, "http2Route": http}), "not http2Route and httpRoute"),
    ] {
        let text = format!("spec must have exactly one of grpcRoute, http2Route, httpRoute, {found}");
        check(stage(&[]), Verb::Create, GatewayRoute, "m/g/gr", spec, "BadRequestException", &text);
    }
    let mut relative = gateway_route_to("s");
    relative["httpRoute"]["match"]["prefix"] = json!("shop");
    let text = "spec.httpRoute.match.prefix must start with /";
    check(stage(&[]), Verb::Create, GatewayRoute, "m/g/gr", relative, "BadRequestException", text);
}

/// Creates a resource with this name; returns the path and text of the problem if the name is rejected.
fn named(kind: Kind, name: &str) -> Option<(String, String)> {
    let mut input = input(kind, "m/vr/r", spec(kind));
    for (other, at) in [(Route, "vr"), (GatewayRoute, "g")] {
        if kind == other {
            let parent = kind.declaration().parent.unwrap();
            input[parent.declaration().name_member] = json!(at);
        }
    }
    input[kind.declaration().name_member] = json!(name);
    let mut stage = stage(&[]);
    match stage.send(OWNER, Verb::Create, kind, &input) {
        Ok(answer) => {
            assert_eq!(&*answer.resource.id.key.name, name);
            None
        }
        Err(Error::Invalid(problems)) => {
            assert_eq!(problems.len(), 1, "{problems:?}");
            Some((problems[0].path.clone(), problems[0].rule.to_string()))
        }
        Err(error) => panic!("{error}"),
    }
}

/// Checks that a name is rejected with this text, or accepted if it is `None`. `service` is the text for a virtual
/// service, whose name may have any character but `/`; `others` is that for all other kinds.
#[track_caller]
fn check_name(name: &str, others: Option<&str>, service: Option<&str>) {
    for kind in Kind::ALL {
        let expected = if kind == VirtualService { service } else { others };
        let expected = expected.map(|text| (kind.declaration().name_member.to_owned(), text.to_owned()));
        assert_eq!(named(kind, name), expected, "{kind:?}");
    }
}

#[test]
fn names_have_1_to_255_letters_digits_hyphens_and_underscores() {
    let empty = Some("must have 1 to 255 characters, not 0");
    check_name("", empty, empty);
    check_name("a", None, None);
    check_name("aZ09-_", None, None);
    check_name("-", None, None);
    check_name(&"a".repeat(255), None, None);
    check_name(&"a".repeat(256), Some("must have 1 to 255 characters, not 256"), None);
    check_name(&"a".repeat(100_000), Some("must have 1 to 255 characters, not 100000"), None);
    // 255 characters, but more bytes: the length is valid, the characters are not.
    let bad = |shown: &str| format!("may have only letters, digits, hyphens and underscores, not `{shown}`");
    check_name(&"é".repeat(255), Some(&bad(r"\u{e9}")), None);
    for (name, shown) in [
        ("a b", " "),
        ("a.b", "."),
        ("a:b", ":"),
        ("a@b", "@"),
        ("a*", "*"),
        ("a+b", "+"),
        ("a%2Fb", "%"),
        ("a\\b", r"\\"),
        ("'a'", r"\'"),
        ("<b>", "<"),
        ("a\nb", r"\n"),
        ("a\tb", r"\t"),
        ("a\0b", r"\u{0}"),
        ("a\u{7f}", r"\u{7f}"),
        ("名", r"\u{540d}"),
        ("a😀", r"\u{1f600}"),
        ("a\u{202e}b", r"\u{202e}"),
    ] {
        check_name(name, Some(&bad(shown)), None);
    }
    let slash = Some("may have only characters other than /, not `/`");
    check_name("a/b", Some(&bad("/")), slash);
    check_name("/", Some(&bad("/")), slash);
    let arn = format!("arn:aws:appmesh:us-west-2:{OWNER}:mesh/m");
    check_name(&arn, Some(&bad(":")), slash);
    check_name("svc.ns.svc.cluster.local", Some(&bad(".")), None);
}

/// Checks every problem of an invalid input, as `path text`.
#[track_caller]
fn check_input(verb: Verb, kind: Kind, input: Value, expected: &[&str]) {
    let problems = Operation::parse(verb, kind, &input, &account(OWNER)).unwrap_err();
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn everything_wrong_with_an_input_is_told_at_once() {
    use Verb::{Create, Delete, Update};
    let listeners = json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]});
    check_input(Create, TheMesh, json!([]), &["the value must be an object, not a list"]);
    check_input(Create, TheMesh, json!({}), &["meshName is required"]);
    check_input(Create, TheMesh, json!({"meshName": null}), &["meshName is required"]);
    check_input(Create, TheMesh, json!({"meshName": 5}), &["meshName must be a string, not a number"]);
    check_input(
        Delete,
        Route,
        json!({"meshName": "m"}),
        &["virtualRouterName is required", "routeName is required"],
    );
    check_input(
        Update,
        VirtualGateway,
        json!({"meshName": "m", "virtualGatewayName": "g"}),
        &["spec is required"],
    );
    check_input(
        Create,
        VirtualGateway,
        json!({"virtualGatewayName": "", "spec": {"listeners": [{"portMapping": {"port": 0}}]}, "tags": 5}),
        &[
            "meshName is required",
            "virtualGatewayName must have 1 to 255 characters, not 0",
            "spec.listeners[0].portMapping.port must be from 1 to 65535, not 0",
            "spec.listeners[0].portMapping.protocol is required",
            "tags must be a list, not a number",
        ],
    );
    let owner = |owner: Value| json!({"meshName": "m", "virtualGatewayName": "g", "spec": listeners, "meshOwner": owner});
    for text in [json!("12345"), json!(""), json!("12345678901x"), json!("1234567890123"), json!(5)] {
        let problems = Operation::parse(Create, VirtualGateway, &owner(text), &account(OWNER)).unwrap_err();
        assert_eq!(problems.iter().map(|problem| &*problem.path).collect::<Vec<_>>(), ["meshOwner"]);
    }
    let twice = json!([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]);
    check_input(
        Create,
        TheMesh,
        json!({"meshName": "m", "tags": twice}),
        &["tags[1].key is `a`, which an earlier tag has already"],
    );
    check_input(
        Create,
        TheMesh,
        json!({"meshName": "m", "spec": {"serviceDiscovery": {"ipPreference": "ipv6-only"}}}),
        &[
            "spec.serviceDiscovery.ipPreference must be one of IPv6_PREFERRED, IPv4_PREFERRED, IPv4_ONLY, IPv6_ONLY, \
           not `ipv6-only`; did you mean IPv6_ONLY?",
        ],
    );
}

#[test]
fn at_most_50_tags_are_taken() {
    let tags = |count: usize| {
        let tags: Vec<_> = (0..count).map(|i| json!({"key": format!("k{i}"), "value": "v"})).collect();
        json!({"meshName": "m", "tags": tags})
    };
    assert!(Operation::parse(Verb::Create, TheMesh, &tags(50), &account(OWNER)).is_ok());
    check_input(Verb::Create, TheMesh, tags(51), &["tags must have 0 to 50 items, not 51"]);
}
