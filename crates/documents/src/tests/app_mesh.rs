//! App Mesh JSON: outputs of `describe-…`, inputs of `create-…`, lists of either.

use super::*;

fn full_inputs() -> Vec<Value> {
    let target = json!({"virtualService": {"virtualServiceName": "s.local"}});
    let targets = json!([{"virtualNode": "n", "weight": 1}]);
    vec![
        json!({"meshName": "m", "spec": {"egressFilter": {"type": "ALLOW_ALL"}}}),
        node("n", "n.local"),
        json!({"meshName": "m", "virtualRouterName": "vr", "spec": {}}),
        json!({"meshName": "m", "virtualServiceName": "s.local", "spec":
            {"provider": {"virtualRouter": {"virtualRouterName": "vr"}}}}),
        json!({"meshName": "m", "virtualRouterName": "vr", "routeName": "r", "spec":
            {"httpRoute": {"match": {"prefix": "/"}, "action": {"weightedTargets": targets}}}}),
        json!({"meshName": "m", "virtualGatewayName": "g", "spec":
            {"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}}),
        json!({"meshName": "m", "virtualGatewayName": "g", "gatewayRouteName": "gr", "spec":
            {"httpRoute": {"match": {"prefix": "/"}, "action": {"target": target}}}}),
    ]
}

/// Returns the output of `describe-…` for an input.
fn described(kind: Kind, input: &Value) -> Value {
    let mut answer = input.clone();
    answer["metadata"] = json!({
        "arn": "arn:aws:appmesh:eu-west-1:111111111111:mesh/m", "createdAt": "2022-04-06T08:45:50.072000-05:00",
        "lastUpdatedAt": 1563810546.59, "meshOwner": "111111111111", "resourceOwner": "111111111111",
        "uid": "a1b2c3d4-5678-90ab-cdef-11111EXAMPLE", "version": 9,
    });
    answer["status"] = json!({"status": "ACTIVE"});
    json!({kind.declaration().member: answer})
}

/// A Kubernetes manifest yields a hint to use `kubectl`, whether it is one document, several, or a list.
#[test]
fn a_manifest_of_kubernetes_is_told_where_to_go() {
    let mesh = "apiVersion: appmesh.k8s.aws/v1beta2\nkind: Mesh\nmetadata: {name: shop}\nspec: {}\n";
    for text in [
        mesh.to_owned(),
        [mesh, "---\n", mesh].concat(),
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}".to_owned(),
    ] {
        assert_eq!(read(&text).unwrap_err(), OpenError::Kubernetes, "{text}");
    }
    assert!(OpenError::Kubernetes.to_string().contains("kubectl apply -f"));
}

#[test]
fn inputs_outputs_and_lists_of_them_come_to_the_same() {
    let inputs = full_inputs();
    let answers: Vec<_> =
        Kind::ALL.into_iter().zip(&inputs).map(|(kind, input)| described(kind, input)).collect();
    let bare: Vec<_> = Kind::ALL
        .into_iter()
        .zip(&answers)
        .map(|(kind, answer)| answer[kind.declaration().member].clone())
        .collect();
    let reversed: Vec<_> = inputs.iter().rev().cloned().collect();
    let nested = json!([inputs[..3], [inputs[3..]]]);
    let expected = specs(&opened(&json!(inputs)).world);
    assert_eq!(expected.len(), 7);
    for (kind, input) in Kind::ALL.into_iter().zip(&inputs) {
        assert!(expected.iter().any(|(other, _, spec)| *other == kind && *spec == input["spec"]));
    }
    for (what, document) in [
        ("outputs", json!(answers)),
        ("bare outputs", json!(bare)),
        ("reversed", json!(reversed)),
        ("nested", nested),
    ] {
        let opened = opened(&document);
        assert_eq!(counts(&opened), [7, 0, 0, 0], "{what}");
        assert_eq!(specs(&opened.world), expected, "{what}");
        assert_eq!(opened.echoes.len(), 7, "{what}");
        assert!(opened.echoes.iter().all(|echo| echo.line.starts_with("aws appmesh create-")), "{what}");
    }
    let shown = opened(&json!(inputs)).mesh.unwrap();
    assert_eq!(&*shown.name, "m");
}

#[test]
fn one_resource_alone_is_enough() {
    for (kind, input) in Kind::ALL.into_iter().zip(full_inputs()).take(1) {
        for document in [input.clone(), described(kind, &input)] {
            assert_eq!(counts(&opened(&document)), [1, 0, 0, 0]);
        }
    }
    // Into an existing mesh.
    let world = opened(&json!(full_inputs())).world;
    let opened = open_in(&world, &node("n2", "n2.local").to_string());
    assert_eq!(counts(&opened), [1, 0, 0, 0]);
    assert_eq!(specs(&opened.world).len(), 8);
}

/// Checks the notes on a document, opened in an empty world.
#[track_caller]
fn check(document: Value, expected: &[&str]) {
    assert_eq!(notes(&opened(&document)), expected);
}

#[test]
fn what_became_of_each_key_is_told_by_its_path() {
    check(json!({"meshName": "m"}), &["kept meshName: m"]);
    check(
        json!({"meshName": "m", "clientToken": "x", "spec": {}, "colour": "red"}),
        &[
            "ignored clientToken: a new token is not needed here",
            "ignored colour: not a member of a mesh",
            "kept meshName: m",
            "kept spec: {}",
        ],
    );
    check(
        json!([{"mesh": {"meshName": "m", "status": {"status": "ACTIVE"}, "spec": {"egressFilter": {"type": "DROP_ALL"}}}}]),
        &[
            "kept [0].mesh.meshName: m",
            "kept [0].mesh.spec.egressFilter.type: DROP_ALL",
            "ignored [0].mesh.status: the service makes its own",
        ],
    );
    check(
        json!({"meshName": "m", "spec": {"egressFilter": {"type": "DROP_ALL", "mode": "x"}, "extra": [1]}}),
        &[
            "kept meshName: m",
            "ignored spec.egressFilter.mode: EgressFilter has no such member",
            "kept spec.egressFilter.type: DROP_ALL",
            "ignored spec.extra: MeshSpec has no such member",
        ],
    );
    check(
        json!({"meshName": "m", "spec": {"serviceDiscovery": {"ipPreference": "ipv6"}}}),
        &[
            "kept meshName: m",
            "kept spec.serviceDiscovery.ipPreference: ipv6",
            "refused spec.serviceDiscovery.ipPreference: must be one of IPv6_PREFERRED, IPv4_PREFERRED, IPv4_ONLY, \
             IPv6_ONLY, not `ipv6`",
        ],
    );
    check(
        json!({"meshName": "m", "tags": [{"key": "team", "value": "a"}]}),
        &["kept meshName: m", "kept tags[0].key: team", "kept tags[0].value: a"],
    );
    // A number where a string is expected, as YAML parses an account.
    check(json!({"meshName": 5}), &["guessed meshName: the value was read as text: \"5\""]);
}

#[test]
fn text_is_read_as_the_number_or_truth_it_holds() {
    let mut input = node("n", "n.local");
    input["spec"]["listeners"] = json!([{
        "portMapping": {"port": "9080", "protocol": "http"},
        "connectionPool": {"http": {"maxConnections": " 5 "}},
        "tls": {"mode": "STRICT", "certificate": {"sds": {"secretName": "s"}}},
    }]);
    input["spec"]["backendDefaults"] = json!({"clientPolicy": {"tls": {"enforce": "False", "validation": {"trust": {"sds": {"secretName": 5}}}}}});
    let opened = opened(&json!([{"meshName": "m"}, input]));
    assert_eq!(counts(&opened), [2, 0, 0, 0], "{:?}", notes(&opened));
    let spec = spec_of(&opened.world, Kind::VirtualNode, "n");
    assert_eq!(spec["listeners"][0]["portMapping"]["port"], 9080);
    assert_eq!(spec["listeners"][0]["connectionPool"]["http"]["maxConnections"], 5);
    assert_eq!(spec["backendDefaults"]["clientPolicy"]["tls"]["enforce"], false);
    let told = notes(&opened);
    for expected in [
        "guessed [1].spec.listeners[0].portMapping.port: the text was read as a number: 9080",
        "guessed [1].spec.listeners[0].connectionPool.http.maxConnections: the text was read as a number: 5",
        "guessed [1].spec.backendDefaults.clientPolicy.tls.enforce: the text was read as true or false: false",
    ] {
        assert!(told.iter().any(|note| note == expected), "{told:#?}");
    }
    // A string that contains neither is refused at its path.
    let mut input = node("n", "n.local");
    input["spec"]["listeners"][0]["portMapping"]["port"] = json!("eighty");
    let opened = self::opened(&json!([{"meshName": "m"}, input]));
    assert_eq!(counts(&opened), [1, 0, 0, 1]);
    let refused = "refused [1].spec.listeners[0].portMapping.port: must be a whole number, not a string";
    assert_eq!(notes(&opened).last().unwrap(), refused);
}

#[test]
fn what_is_there_is_updated_only_where_it_differs() {
    let world = opened(&json!(full_inputs())).world;
    let again = open_in(&world, &json!(full_inputs()).to_string());
    assert_eq!(counts(&again), [0, 0, 7, 0]);
    assert_eq!((&again.world, again.echoes.len()), (&world, 0));
    let mut inputs = full_inputs();
    inputs[0]["spec"] = json!({"serviceDiscovery": {"ipPreference": "IPv6_ONLY"}});
    inputs.push(node("n2", "n.local"));
    let changed = open_in(&world, &json!(inputs).to_string());
    assert_eq!(counts(&changed), [1, 1, 6, 0]);
    // The whole spec is replaced, as an update does.
    assert_eq!(spec_of(&changed.world, Kind::Mesh, "m"), inputs[0]["spec"]);
    let lines: Vec<_> = changed.echoes.iter().map(|echo| echo.line.split(" --").next().unwrap()).collect();
    assert_eq!(lines, ["aws appmesh update-mesh", "aws appmesh create-virtual-node"]);
    let mesh = changed.world.control_plane.meshes().next().unwrap().1.clone();
    let version = |kind, name: &str| mesh.get(&Key::new(kind, name)).unwrap().metadata.version;
    assert_eq!((version(Kind::Mesh, "m"), version(Kind::VirtualNode, "n")), (2, 1));
}

#[test]
fn what_is_refused_does_not_stop_the_rest() {
    let mut inputs = full_inputs();
    inputs[1]["spec"]["listeners"][0]["portMapping"]["port"] = json!(0);
    inputs.push(json!({"meshName": "ghost", "virtualNodeName": "n", "spec": {}}));
    inputs.push(json!({"meshName": "m", "virtualNodeName": "a b", "spec": {}}));
    inputs.push(json!({"meshName": "m", "virtualNodeName": "bare"}));
    inputs.push(node("good", "n.local"));
    let opened = opened(&json!(inputs));
    // The node, its route and the three others are refused; the service refers to the router, so the gateway route is
    // created.
    assert_eq!(counts(&opened), [6, 0, 0, 5], "{:#?}", notes(&opened));
    let told = notes(&opened);
    let refused: Vec<_> = told.iter().filter(|note| note.starts_with("refused")).collect();
    assert_eq!(
        refused,
        [
            "refused [1].spec.listeners[0].portMapping.port: must be from 1 to 65535, not 0",
            "refused [7]: NotFoundException: Mesh with name ghost is not present for account 123456789012",
            "refused [8]: BadRequestException: virtualNodeName may have only letters, digits, hyphens and \
             underscores, not ` `",
            "refused [9].spec: is required",
            "refused [4]: NotFoundException: VirtualNode with name n is not present under mesh m for account \
             123456789012",
        ]
    );
}

#[test]
fn everything_wrong_with_a_resource_is_told() {
    let opened = opened(&json!({"meshName": "m", "spec": {
        "egressFilter": {"type": "x"}, "serviceDiscovery": {"ipPreference": "y"},
    }}));
    let told = notes(&opened);
    let refused: Vec<_> = told.iter().filter(|note| note.starts_with("refused")).collect();
    assert_eq!(refused.len(), 2, "{told:#?}");
    assert_eq!(opened.mesh, None);
    assert_eq!(opened.world, World::empty().unwrap());
}

/// A document contains a mesh of another account: the acting account creates its own.
#[test]
fn the_acting_account_owns_what_is_opened() {
    let opened = opened(&described(Kind::Mesh, &full_inputs()[0]));
    let world = &opened.world;
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    assert_eq!(id.owner, world.account);
    let metadata = &mesh.resources().next().unwrap().metadata;
    assert_eq!(
        (metadata.version, metadata.created_at, metadata.uid.starts_with("a1b2")),
        (1, ENV.now, false)
    );
}

#[test]
fn resources_of_one_document_have_uids_of_their_own() {
    let opened = opened(&json!(full_inputs()));
    let mesh = opened.world.control_plane.meshes().next().unwrap().1.clone();
    let uids: std::collections::BTreeSet<_> =
        mesh.resources().map(|resource| resource.metadata.uid.clone()).collect();
    assert_eq!(uids.len(), 7);
}

/// A node found at a host or Cloud Map service that the environment does not know.
#[test]
fn where_nothing_is_registered_a_task_is_assumed_and_said() {
    let cloud = json!({"meshName": "m", "virtualNodeName": "c", "spec": {
        "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
        "serviceDiscovery": {"awsCloudMap": {"namespaceName": "ns", "serviceName": "sv",
            "attributes": [{"key": "stage", "value": "blue"}]}},
    }});
    let opened = opened(&json!([{"meshName": "m"}, node("n", "n.local"), node("twin", "n.local"), cloud]));
    let told = notes(&opened);
    let guessed: Vec<_> = told.iter().filter(|note| note.starts_with("guessed")).collect();
    let assumed = "the document does not say what is registered: assumed";
    assert_eq!(
        guessed,
        [
            &format!(
                "guessed [1]: {assumed} an A record for n.local and a task n whose application listens on IPv4"
            ),
            &format!("guessed [3]: {assumed} an IPv4 instance of sv and a task c with an IPv4 application"),
        ]
    );
    let environment = &opened.world.environment;
    assert_eq!(environment.tasks.len(), 2);
    let (records, task) = (environment.dns.get("n.local").unwrap(), environment.tasks.get("n").unwrap());
    assert_eq!((records.a.clone(), records.aaaa.len()), (vec![task.ipv4.unwrap()], 0));
    assert_ne!(environment.tasks.get("c").unwrap().ipv4, task.ipv4);
    // With the assumed registrations, each node is reachable, including attributes.
    let mesh = opened.world.control_plane.meshes().next().unwrap().1;
    for node in ["n", "twin", "c"] {
        assert!(app_mesh_engine::traffic::reach(environment, mesh, node).unwrap().arrives(), "{node}");
    }
    // When it is opened again, nothing more is assumed.
    let again = open_in(&opened.world, &node("n", "n.local").to_string());
    assert!(notes(&again).iter().all(|note| note.starts_with("kept")));
}

#[test]
fn the_walkthroughs_own_names_bring_its_tasks() {
    let host = "colorteller-green.default.svc.cluster.local.dns";
    let opened = opened(&json!([{"meshName": "m"}, node("green", host)]));
    let told = notes(&opened);
    assert!(told.last().unwrap().ends_with("the six tasks of the published IPv6 walkthrough"), "{told:#?}");
    let environment = &opened.world.environment;
    assert_eq!((environment.tasks.len(), environment.dns.get(host).unwrap().aaaa.len()), (6, 1));
}

/// Every key of a document is in its report: nothing is dropped silently.
#[test]
fn what_stands_beside_a_resource_is_told_too() {
    for (document, path) in [
        (json!({"mesh": {"meshName": "m"}, "note": "mine"}), "note"),
        (json!([{"meshName": "m"}, {"note": "mine"}]), "[1]"),
        (json!([{"meshName": "m"}, 5]), "[1]"),
    ] {
        let told = notes(&opened(&document));
        assert!(
            told.iter().any(|note| note.starts_with(&format!("ignored {path}"))),
            "{document}: {told:#?}"
        );
    }
}

#[test]
fn two_resources_in_one_object_are_both_taken() {
    let document = json!({"mesh": {"meshName": "m"}, "virtualNode": node("n", "n.local")});
    assert_eq!(counts(&opened(&document)), [2, 0, 0, 0]);
}

/// An update takes no tags, so a document's tags are not applied if the resource exists.
#[test]
fn a_report_does_not_say_kept_of_tags_that_were_not() {
    let world = opened(&json!({"meshName": "m"})).world;
    let document = json!({"meshName": "m", "tags": [{"key": "team", "value": "a"}]});
    let opened = open_in(&world, &document.to_string());
    let mesh = opened.world.control_plane.meshes().next().unwrap().1.clone();
    let is_tagged = !mesh.resources().next().unwrap().tags.is_empty();
    let says_kept = notes(&opened).iter().any(|note| note.starts_with("kept tags"));
    assert_eq!(says_kept, is_tagged);
}

/// The resources of a document existed in another account, so the default quotas do not apply while it opens; they
/// apply again afterwards.
#[test]
fn more_than_the_default_quota_opens() {
    let meshes: Vec<_> = (0..20).map(|i| json!({"meshName": format!("m{i}")})).collect();
    let opened = opened(&Value::Array(meshes));
    assert_eq!(counts(&opened), [20, 0, 0, 0]);
    assert!(opened.world.control_plane.enforces_quotas);
}
