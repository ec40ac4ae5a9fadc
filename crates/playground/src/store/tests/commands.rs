//! Each command: its step, its lines, its events, and its refusals.

use app_mesh_engine::environment::Certificate;

use super::*;

#[test]
fn undo_and_redo_move_between_the_same_worlds() {
    let mut play = Play::new();
    let first = play.state.world.clone();
    play.step(set_mesh(MESH, V6_ONLY));
    let second = play.state.world.clone();
    play.step(create_mesh("shop"));
    let third = play.state.world.clone();
    for (command, world, event) in [
        (Command::Undo, &second, Event::Undone),
        (Command::Undo, &first, Event::Undone),
        (Command::Redo, &second, Event::Redone),
        (Command::Redo, &third, Event::Redone),
        (Command::Undo, &second, Event::Undone),
    ] {
        let update = play.send(command);
        assert!(Rc::ptr_eq(&play.state.world, world));
        assert_eq!((update.events, update.refusal), (vec![event], None));
        assert!(update.effects.contains(&Effect::Save));
    }
}

#[test]
fn there_is_no_step_before_the_first_nor_after_the_last() {
    let mut play = Play::new();
    for command in [Command::Undo, Command::Redo] {
        assert_eq!(play.refused(command), "there is no step to go to");
    }
    play.step(create_mesh("shop"));
    assert_eq!(play.refused(Command::Redo), "there is no step to go to");
    play.send(Command::Undo);
    assert_eq!(play.refused(Command::Undo), "there is no step to go to");
}

#[test]
fn any_point_of_the_history_can_be_gone_to() {
    let mut play = Play::new();
    let mut worlds = vec![play.state.world.clone()];
    for name in ["a", "b", "c"] {
        play.step(create_mesh(name));
        worlds.push(play.state.world.clone());
    }
    for place in [0, 3, 1, 2, 2, 0, 3] {
        let update = play.send(Command::GoTo(place));
        assert!(Rc::ptr_eq(&play.state.world, &worlds[place]));
        let history = &play.state.history;
        assert_eq!((history.done().len(), history.undone().len()), (place, 3 - place));
        assert_eq!(update.refusal, None);
    }
    // A larger number goes to the last step.
    play.send(Command::GoTo(99));
    assert!(Rc::ptr_eq(&play.state.world, &worlds[3]));
    play.nothing(Command::GoTo(3));
}

#[test]
fn a_state_made_elsewhere_is_saved_and_shows_the_mesh_that_is_new() {
    let mut play = Play::new();
    let before = play.state.clone();
    play.send(Command::Preview(Some(V6_ONLY)));
    let previewed = play.state.clone();
    let same = adopt(&previewed, previewed.clone());
    assert!(Rc::ptr_eq(&same.state, &previewed) && same.effects.is_empty(), "nothing was done");
    play.state = before.clone();
    play.step(create_mesh("shop"));
    let made = adopt(&before, play.state.clone());
    assert_eq!(made.effects, [Effect::Save]);
    assert_eq!(made.state.view.mesh.as_ref().map(|mesh| &*mesh.name), Some("shop"));
    // A change without a new mesh leaves the view unchanged.
    let shown = made.state.clone();
    play.state = shown.clone();
    play.step(set_mesh(MESH, V6_ONLY));
    let changed = adopt(&shown, play.state.clone());
    assert_eq!(changed.state.view.mesh, shown.view.mesh);
}

#[test]
fn a_new_command_clears_redo() {
    let mut play = Play::new();
    play.step(create_mesh("a"));
    play.step(create_mesh("b"));
    play.send(Command::Undo);
    assert_eq!(play.state.history.undone().len(), 1);
    // A command that changes nothing leaves the undone steps.
    play.refused(create_mesh("a"));
    play.nothing(set_mesh(MESH, None));
    play.send(Command::Preview(Some(V6_ONLY)));
    assert_eq!(play.state.history.undone().len(), 1);
    play.step(create_mesh("c"));
    assert_eq!(play.state.history.undone().len(), 0);
    assert_eq!(play.refused(Command::Redo), "there is no step to go to");
    play.send(Command::Undo);
    let labels: Vec<_> = play.state.history.done().iter().map(|step| step.label.clone()).collect();
    assert_eq!(labels, ["Create mesh `a`"]);
}

#[test]
fn the_newest_500_steps_are_kept() {
    assert_eq!(KEPT_STEPS, 500);
    let mut play = Play::empty();
    play.step(create_mesh("m"));
    let mut worlds = Vec::new();
    for i in 0..KEPT_STEPS + 20 {
        worlds.push(play.state.world.clone());
        play.send(set_mesh("m", if i % 2 == 0 { V6_ONLY } else { V4_ONLY }));
    }
    assert_eq!(play.state.history.done().len(), KEPT_STEPS);
    for world in worlds.iter().rev().take(KEPT_STEPS) {
        assert_eq!(play.send(Command::Undo).refusal, None);
        assert!(Rc::ptr_eq(&play.state.world, world));
    }
    play.refused(Command::Undo);
    assert_eq!(play.state.history.undone().len(), KEPT_STEPS);
}

/// Checks a command on the six colours: label, lines, events. In a line, `…` matches any text.
#[track_caller]
fn check(command: Command, label: &str, lines: &[&str], events: &[Event]) {
    let mut play = Play::new();
    let update = play.step(command);
    assert_eq!(play.state.history.done()[0].label, label);
    assert_eq!(update.effects, [Effect::Save, Effect::Announce(label.to_owned())]);
    assert_eq!(update.events, events);
    assert_eq!(play.lines().len(), lines.len());
    for (line, expected) in play.lines().iter().zip(lines) {
        match expected.split_once('…') {
            Some((start, end)) => assert!(line.starts_with(start) && line.ends_with(end), "{line}"),
            None => assert_eq!(line, expected),
        }
    }
}

#[test]
fn every_change_is_told_as_a_line() {
    let id = |key| ResourceId { mesh: colours(), key };
    check(
        create_mesh("shop"),
        "Create mesh `shop`",
        &["aws appmesh create-mesh --mesh-name shop"],
        &[Event::Created(ResourceId::of_mesh(mesh_id("shop")))],
    );
    check(
        Command::CreateMesh {
            input: json!({"meshName": "shop"}),
            selector: Some("team=shop".parse().unwrap()),
        },
        "Create mesh `shop`",
        &["aws appmesh create-mesh --mesh-name shop", "selector shop 'team in (shop)'"],
        &[Event::Created(ResourceId::of_mesh(mesh_id("shop")))],
    );
    check(
        Command::CreateMesh { input: json!({"meshName": "shop"}), selector: Some("".parse().unwrap()) },
        "Create mesh `shop`",
        &["aws appmesh create-mesh --mesh-name shop", "selector shop ''"],
        &[Event::Created(ResourceId::of_mesh(mesh_id("shop")))],
    );
    check(
        set_mesh(MESH, V6_ONLY),
        "Set mesh `colors` to IPv6_ONLY",
        &[
            r#"aws appmesh update-mesh --mesh-name colors --spec '{"serviceDiscovery":{"ipPreference":"IPv6_ONLY"}}'"#,
        ],
        &[Event::Updated(ResourceId::of_mesh(colours()))],
    );
    check(
        Command::SetPreference { id: red(), preference: V4_ONLY },
        "Set virtual node `colorteller-red-vn` to IPv4_ONLY",
        &[
            r#"aws appmesh update-virtual-node --mesh-name colors --virtual-node-name colorteller-red-vn --spec '{…"ipPreference":"IPv4_ONLY"}}}'"#,
        ],
        &[Event::Updated(red())],
    );
    let route = Key::within(Kind::GatewayRoute, GATEWAY, "colorgateway-route-red");
    check(
        call(
            Verb::Delete,
            Kind::GatewayRoute,
            json!({"meshName": MESH, "virtualGatewayName": GATEWAY, "gatewayRouteName": &*route.name}),
        ),
        "Delete gateway route `colorgateway-route-red`",
        &["aws appmesh delete-gateway-route …--virtual-gateway-name colorgateway-vg"],
        &[Event::Deleted(id(route))],
    );
    let environment = [Event::EnvironmentChanged];
    check(
        register(Family::V6, true),
        "DNS: publish the AAAA record of colorteller-red.default.svc.cluster.local.dns",
        &["dns add colorteller-red.default.svc.cluster.local.dns AAAA 2001:db8:0:1::11"],
        &environment,
    );
    let listen = EnvironmentChange::ListenOn { task: "colorteller-red".into(), families: Families::BOTH };
    let text = "Application of colorteller-red listens on IPv4 and IPv6";
    check(Command::ChangeEnvironment(listen), text, &["app colorteller-red listens ipv4,ipv6"], &environment);
    let stop = EnvironmentChange::Run { task: "colorteller-red".into(), on: false };
    let text = "Task colorteller-red stopped";
    check(Command::ChangeEnvironment(stop), text, &["task colorteller-red stop"], &environment);
    let text = "Tasks redirect only IPv4 to Envoy";
    let only_v4 = EnvironmentChange::Intercept(Interception::Ipv4Only);
    check(Command::ChangeEnvironment(only_v4), text, &["intercept ipv4"], &environment);
    let text = "Default route retry policy off";
    let no_retries = EnvironmentChange::DefaultRetries(false);
    check(Command::ChangeEnvironment(no_retries), text, &["retries off"], &environment);
    let alone = EnvironmentChange::Organization(false);
    let text = "The accounts are in no common organization";
    check(Command::ChangeEnvironment(alone), text, &["organization off"], &environment);
    let certificate = |authority: Option<&str>, names: Option<&[&str]>| {
        let names = names.map(|names| names.iter().map(|name| Rc::from(*name)).collect());
        let stated = Rc::new(Certificate { authority: authority.map(Rc::from), names });
        let change = EnvironmentChange::Certificate { certificate: "/keys/a b.pem".into(), stated };
        Command::ChangeEnvironment(change)
    };
    let text = "Certificate /keys/a b.pem is signed by one";
    let line = "cert sign '/keys/a b.pem' one '*.local,spiffe://m/a'";
    check(certificate(Some("one"), Some(&["*.local", "spiffe://m/a"])), text, &[line], &environment);
    check(certificate(Some("one"), None), text, &["cert sign '/keys/a b.pem' one"], &environment);
    let text = "Names of certificate /keys/a b.pem";
    check(certificate(None, Some(&[])), text, &["cert names '/keys/a b.pem' -"], &environment);
    let trust =
        EnvironmentChange::Trust { store: "ca".into(), authorities: vec!["one".into(), "two".into()] };
    let text = "ca holds the authorities one,two";
    check(Command::ChangeEnvironment(trust), text, &["cert trust ca one,two"], &environment);
    check(
        Command::Share { mesh: colours(), with: account(SECOND_ACCOUNT) },
        "Share mesh `colors` with 210987654321",
        &["aws ram create-resource-share …210987654321"],
        &[Event::SharingChanged(colours())],
    );
    check(
        Command::SwitchAccount(account(SECOND_ACCOUNT)),
        "Act as account 210987654321",
        &["export …210987654321"],
        &[Event::AccountSwitched(account(SECOND_ACCOUNT))],
    );
    let text = "Load the six colours (Cloud Map)";
    check(Command::LoadScenario(Variant::CloudMap), text, &["scenario cloudmap"], &[Event::ScenarioLoaded]);
}

#[test]
fn answers_are_kept_beside_their_lines() {
    let mut play = Play::empty();
    play.step(create_mesh("shop"));
    let answer = play.state.history.done()[0].echoes[0].answer.clone().unwrap();
    assert_eq!(answer["mesh"]["metadata"]["arn"], "arn:aws:appmesh:us-west-2:123456789012:mesh/shop");
    assert_eq!(answer["mesh"]["metadata"]["createdAt"], "2022-04-06T13:45:51.072000+00:00");
}

/// Checks that a command on the six colours is refused with this message.
#[track_caller]
fn check_refused(command: Command, text: &str) {
    let mut play = Play::new();
    let found = play.refused(command);
    assert!(found.starts_with(text), "{found}");
}

#[test]
fn what_is_refused_leaves_the_same_state() {
    let ghost = ResourceId { mesh: colours(), key: Key::new(Kind::VirtualNode, "ghost") };
    check_refused(create_mesh(""), "BadRequestException: meshName must have 1 to 255 characters, not 0");
    check_refused(create_mesh("a b"), "BadRequestException: meshName may have only ");
    check_refused(create_mesh(MESH), "ConflictException: ");
    check_refused(
        delete_mesh(MESH),
        "ResourceInUseException: Mesh colors for account 123456789012 has active ",
    );
    check_refused(delete_mesh("ghost"), "NotFoundException: Mesh with name ghost ");
    check_refused(
        Command::SetPreference { id: ghost, preference: V6_ONLY },
        "the resource is not there any more",
    );
    let gateway = ResourceId { mesh: colours(), key: Key::new(Kind::VirtualGateway, GATEWAY) };
    let refused = Command::SetPreference { id: gateway, preference: V6_ONLY };
    check_refused(refused, "the service discovery that would hold a preference is not there any more");
    let task = || "ghost".into();
    let listen = EnvironmentChange::ListenOn { task: task(), families: Families::V4 };
    check_refused(Command::ChangeEnvironment(listen), "the task is not there any more");
    let forget = EnvironmentChange::ForgetCertificate("/keys/a.pem".into());
    check_refused(
        Command::ChangeEnvironment(forget),
        "a statement about the certificate is not there any more",
    );
    let stop = EnvironmentChange::Run { task: task(), on: false };
    check_refused(Command::ChangeEnvironment(stop), "the task is not there any more");
    let by = DiscoveryMethod::Dns("x".into());
    let register = EnvironmentChange::Register { by, task: task(), family: Family::V4, on: true };
    check_refused(Command::ChangeEnvironment(register), "the task is not there any more");
    let second = account(SECOND_ACCOUNT);
    let share = Command::Share { mesh: mesh_id("ghost"), with: second.clone() };
    check_refused(share, "NotFoundException: ");
    let others = MeshId { owner: second.clone(), name: MESH.into() };
    for command in [
        Command::Share { mesh: others.clone(), with: second.clone() },
        Command::Unshare { mesh: others, with: second },
    ] {
        check_refused(command, "ForbiddenException: ");
    }
    check_refused(Command::SwitchAccount(account("999999999999")), "the account is not there any more");
}

#[test]
fn a_refusal_knows_its_fields() {
    let mut play = Play::new();
    let refusal = play.send(create_mesh("a b")).refusal.unwrap();
    assert_eq!(refusal.problems().iter().map(|problem| &*problem.path).collect::<Vec<_>>(), ["meshName"]);
    let refusal = play.send(delete_mesh(MESH)).refusal.unwrap();
    assert_eq!(refusal.problems(), []);
}

#[test]
fn what_changes_nothing_leaves_no_step() {
    let mut play = Play::new();
    play.nothing(set_mesh(MESH, None));
    play.nothing(Command::SetPreference { id: red(), preference: None });
    play.nothing(register(Family::V4, true));
    play.nothing(register(Family::V6, false));
    play.nothing(Command::ChangeEnvironment(EnvironmentChange::Intercept(Interception::Both)));
    play.nothing(Command::ChangeEnvironment(EnvironmentChange::DefaultRetries(true)));
    let start = EnvironmentChange::Run { task: "colorteller-red".into(), on: true };
    play.nothing(Command::ChangeEnvironment(start));
    play.nothing(Command::Share { mesh: colours(), with: account(FIRST_ACCOUNT) });
    play.nothing(Command::Unshare { mesh: colours(), with: account(SECOND_ACCOUNT) });
    play.nothing(Command::SwitchAccount(account(FIRST_ACCOUNT)));
    play.nothing(call(Verb::Describe, Kind::Mesh, json!({"meshName": MESH})));
    play.step(set_mesh(MESH, V6_ONLY));
    play.nothing(set_mesh(MESH, V6_ONLY));
    play.step(set_mesh(MESH, None));
    play.nothing(set_mesh(MESH, None));
}

#[test]
fn clearing_a_preference_that_is_not_set_leaves_no_step() {
    let mut play = Play::empty();
    let input = json!({"meshName": "m", "spec": {"serviceDiscovery": {}}});
    play.step(Command::CreateMesh { input, selector: None });
    play.nothing(set_mesh("m", None));
}

#[test]
fn a_preview_changes_nothing() {
    let mut play = Play::new();
    let before = play.state.clone();
    for preview in [Some(V6_ONLY), Some(None), Some(V4_ONLY), None] {
        let update = play.send(Command::Preview(preview));
        assert_eq!((play.state.view.preview, update.events.len()), (preview, 0));
        assert!(Rc::ptr_eq(&play.state.world, &before.world));
        assert!(Rc::ptr_eq(&play.state.history, &before.history));
    }
    assert_eq!(*play.state, *before);
    // A real change ends the preview.
    play.send(Command::Preview(Some(V6_ONLY)));
    play.step(set_mesh(MESH, V6_ONLY));
    assert_eq!(play.state.view.preview, None);
    play.send(Command::Preview(Some(V4_ONLY)));
    play.send(Command::Undo);
    assert_eq!(play.state.view.preview, None);
}

#[test]
fn looking_leaves_no_step() {
    let mut play = Play::new();
    let gateway = Key::new(Kind::VirtualGateway, GATEWAY);
    for command in [
        Command::Select(Some(gateway.clone())),
        Command::ShowPanel(Panel::Matrix),
        Command::Preview(Some(V6_ONLY)),
        Command::ShowMesh(colours()),
    ] {
        let world = play.state.world.clone();
        let update = play.send(command);
        assert_eq!((update.refusal, update.events.len()), (None, 0));
        assert!(Rc::ptr_eq(&play.state.world, &world));
    }
    let view = &play.state.view;
    assert_eq!((view.selected.clone(), view.panel), (Some(gateway.clone()), Panel::Matrix));
    assert_eq!(play.state.history.done().len(), 0);
    // The same command again yields the same state.
    play.nothing(Command::Select(Some(gateway)));
    play.nothing(Command::ShowPanel(Panel::Matrix));
    play.nothing(Command::ShowMesh(colours()));
}

#[test]
fn the_view_settles_on_what_is_there() {
    let mut play = Play::new();
    let key = |play: &Play| play.state.view.selected.clone().unwrap();
    let shown = |play: &Play| play.state.view.mesh.clone().unwrap();
    assert_eq!(shown(&play), colours());
    // A new mesh is shown at once; undoing its creation shows another mesh.
    play.step(create_mesh("shop"));
    assert_eq!((shown(&play), key(&play)), (mesh_id("shop"), Key::new(Kind::Mesh, "shop")));
    play.send(Command::Undo);
    assert_eq!(shown(&play), colours());
    play.send(Command::Redo);
    play.send(Command::ShowMesh(mesh_id("shop")));
    play.send(Command::ShowPanel(Panel::Resources));
    play.step(delete_mesh("shop"));
    assert_eq!((shown(&play), play.state.view.panel), (colours(), Panel::Resources));
    // A missing resource is not shown.
    play.nothing(Command::ShowMesh(mesh_id("ghost")));
    play.send(Command::Select(Some(Key::new(Kind::VirtualNode, "ghost"))));
    assert_eq!(key(&play).kind, Kind::VirtualNode);
    assert!(play.state.world.control_plane.mesh(&colours()).unwrap().get(&key(&play)).is_some());
    // The selected resource is deleted.
    let route = Key::within(Kind::GatewayRoute, GATEWAY, "colorgateway-route-red");
    play.send(Command::Select(Some(route.clone())));
    assert_eq!(key(&play), route);
    let input = json!({"meshName": MESH, "virtualGatewayName": GATEWAY, "gatewayRouteName": &*route.name});
    play.step(call(Verb::Delete, Kind::GatewayRoute, input));
    assert_ne!(key(&play), route);
}

#[test]
fn the_last_mesh_may_go() {
    let mut play = Play::empty();
    assert_eq!(play.state.view.mesh, None);
    play.step(create_mesh("m"));
    play.step(delete_mesh("m"));
    assert_eq!((play.state.view.mesh.clone(), play.state.view.selected.clone()), (None, None));
    play.nothing(Command::Select(Some(Key::new(Kind::Mesh, "m"))));
    play.send(Command::Undo);
    assert_eq!(play.state.view.mesh, Some(mesh_id("m")));
}

#[test]
fn a_selector_lives_and_dies_with_its_mesh() {
    let mut play = Play::new();
    let selected = |play: &Play| {
        let names = play.state.world.selected_namespaces(&mesh_id("shop"));
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let create = || Command::CreateMesh {
        input: json!({"meshName": "shop"}),
        selector: Some("kubernetes.io/metadata.name in (shop, default)".parse().unwrap()),
    };
    play.step(create());
    assert_eq!(selected(&play), ["default", "shop"]);
    play.step(delete_mesh("shop"));
    assert_eq!(play.state.world.selectors.len(), 0);
    play.send(Command::Undo);
    assert_eq!(selected(&play), ["default", "shop"]);
    play.step(delete_mesh("shop"));
    play.step(create_mesh("shop"));
    assert_eq!(selected(&play), Vec::<String>::new());
    // A refused creation adds no selector.
    play.send(Command::Undo);
    play.send(Command::Undo);
    play.refused(create());
    assert_eq!(play.state.world.selectors.len(), 1);
}

#[test]
fn a_shared_mesh_is_seen_by_the_other_account_until_it_is_not() {
    let mut play = Play::new();
    let second = account(SECOND_ACCOUNT);
    play.step(Command::SwitchAccount(second.clone()));
    assert_eq!(play.state.view.mesh, None, "the other account sees no mesh yet");
    play.nothing(Command::ShowMesh(colours()));
    play.send(Command::Undo);
    play.step(Command::Share { mesh: colours(), with: second.clone() });
    play.nothing(Command::Share { mesh: colours(), with: second.clone() });
    play.step(Command::SwitchAccount(second.clone()));
    assert_eq!(play.state.view.mesh, Some(colours()));
    // The account may add a node, and the line names the owner of the mesh.
    let input =
        json!({"meshName": MESH, "meshOwner": FIRST_ACCOUNT, "virtualNodeName": "theirs", "spec": {}});
    play.step(call(Verb::Create, Kind::VirtualNode, input));
    assert!(play.lines()[0].contains("--mesh-owner 123456789012"), "{}", play.lines()[0]);
    let mesh = play.state.world.control_plane.mesh(&colours()).unwrap().clone();
    let node = mesh.get(&Key::new(Kind::VirtualNode, "theirs")).unwrap();
    assert_eq!(node.metadata.resource_owner, second);
    // It may change neither the owner's node nor the mesh.
    for command in [Command::SetPreference { id: red(), preference: V6_ONLY }, set_mesh(MESH, V6_ONLY)] {
        assert!(play.refused(command).starts_with("ForbiddenException: "));
    }
    assert!(
        play.refused(Command::Share { mesh: colours(), with: second.clone() })
            .starts_with("ForbiddenException")
    );
    play.step(Command::SwitchAccount(account(FIRST_ACCOUNT)));
    play.step(Command::Unshare { mesh: colours(), with: second.clone() });
    assert!(play.lines()[0].starts_with("sharing remove colors "));
    play.step(Command::SwitchAccount(second));
    assert_eq!(play.state.view.mesh, None);
}

#[test]
fn loading_the_scenario_keeps_other_meshes() {
    let mut play = Play::new();
    let second = account(SECOND_ACCOUNT);
    play.step(create_mesh("shop"));
    play.step(Command::Share { mesh: mesh_id("shop"), with: second.clone() });
    play.step(set_mesh(MESH, V6_ONLY));
    play.step(register(Family::V6, true));
    play.step(Command::LoadScenario(Variant::Dns));
    let world = &play.state.world;
    assert!(world.control_plane.is_shared(&mesh_id("shop"), &second));
    let mesh = world.control_plane.mesh(&colours()).unwrap();
    assert_eq!(app_mesh_engine::resolve::mesh_preference(mesh), None);
    assert_eq!(
        world.environment.dns.get("colorteller-red.default.svc.cluster.local.dns").unwrap().aaaa.len(),
        0
    );
    assert_eq!(play.state.view.mesh, Some(colours()));
}

#[test]
fn loading_the_scenario_does_not_change_who_acts() {
    let mut play = Play::new();
    play.step(Command::SwitchAccount(account(SECOND_ACCOUNT)));
    play.step(Command::LoadScenario(Variant::CloudMap));
    assert_eq!(play.state.world.account, account(SECOND_ACCOUNT));
    assert!(play.state.view.mesh.is_some());
}

#[test]
fn loading_the_scenario_fits_any_playground() {
    // A document may contain other accounts and another region.
    let mut world = World::empty().unwrap();
    world.accounts = vec![account("111111111111")];
    world.account = account("111111111111");
    world.region = "eu-west-1".into();
    let mut play = Play { state: Rc::new(AppState::new(world)), commands: 0 };
    play.step(Command::LoadScenario(Variant::Dns));
    let world = &play.state.world;
    assert!(world.accounts.contains(&world.account));
    assert_eq!(&*world.region, "eu-west-1");
    assert!(play.state.view.mesh.as_ref().and_then(|mesh| world.visible_mesh(mesh)).is_some());
}

#[test]
fn addresses_are_published_and_withdrawn_one_family_at_a_time() {
    let host = "colorteller-red.default.svc.cluster.local.dns";
    let service = CloudMapService {
        namespace: "default.svc.cluster.local.cloud".into(),
        service: "colorteller-red".into(),
    };
    let mut play = Play::new();
    let told = |play: &Play| {
        let environment = &play.state.world.environment;
        let (records, instance) = (environment.dns.get(host).unwrap(), &environment.cloud_map[&service][0]);
        format!(
            "{} {} {} {}",
            records.a.len(),
            records.aaaa.len(),
            u8::from(instance.ipv4.is_some()),
            u8::from(instance.ipv6.is_some())
        )
    };
    let in_cloud = |family, on| {
        let by = DiscoveryMethod::CloudMap(service.clone());
        Command::ChangeEnvironment(EnvironmentChange::Register {
            by,
            task: "colorteller-red".into(),
            family,
            on,
        })
    };
    assert_eq!(told(&play), "1 0 1 0");
    for (command, expected) in [
        (register(Family::V6, true), "1 1 1 0"),
        (register(Family::V4, false), "0 1 1 0"),
        (in_cloud(Family::V6, true), "0 1 1 1"),
        (in_cloud(Family::V4, false), "0 1 0 1"),
        (in_cloud(Family::V6, false), "0 1 0 0"),
        (in_cloud(Family::V4, true), "0 1 1 0"),
    ] {
        play.step(command);
        assert_eq!(told(&play), expected);
    }
    assert_eq!(play.state.world.environment.cloud_map[&service].len(), 1);
}

/// Deletes everything, children before parents and users before what they use; one undo restores it.
#[test]
fn a_mesh_goes_with_everything_in_it_in_one_step() {
    let mut play = Play::new();
    let before = play.state.world.clone();
    let plan = before.control_plane.teardown(&mesh_id(MESH));
    let words: Vec<_> = plan.iter().map(|id| id.key.kind.declaration().word).collect();
    let mut kinds = words.clone();
    kinds.dedup();
    assert_eq!(kinds, ["GatewayRoute", "VirtualGateway", "VirtualService", "VirtualNode", "Mesh"]);
    let events = play.step(Command::TearDown(mesh_id(MESH))).events;
    assert_eq!(events, plan.iter().cloned().map(Event::Deleted).collect::<Vec<_>>());
    assert!(play.state.world.control_plane.mesh(&mesh_id(MESH)).is_none());
    assert!(!play.state.world.selectors.contains_key(&mesh_id(MESH)));
    let step = play.state.history.done().last().unwrap().clone();
    assert_eq!(
        (step.label.as_str(), step.echoes.len()),
        ("Delete mesh `colors` and everything in it", plan.len())
    );
    assert_eq!(step.echoes.last().unwrap().line, "aws appmesh delete-mesh --mesh-name colors");
    play.send(Command::Undo);
    assert_eq!(play.state.world, before);
    assert_eq!(play.refused(Command::TearDown(mesh_id("ghost"))), "the mesh is not there any more");
}

/// Nothing is deleted from a mesh of another account, although some resources could be.
#[test]
fn only_its_owner_tears_a_mesh_down() {
    let mut play = Play::new();
    let second: AccountId = SECOND_ACCOUNT.parse().unwrap();
    play.step(Command::Share { mesh: mesh_id(MESH), with: second.clone() });
    play.step(Command::SwitchAccount(second));
    let refusal = play.refused(Command::TearDown(mesh_id(MESH)));
    assert!(refusal.starts_with("ForbiddenException: "), "{refusal}");
}

#[test]
fn what_another_tab_did_is_one_step() {
    let mut play = Play::new();
    let mut other = Play::new();
    other.send(Command::TearDown(colours()));
    let (before, world) = (play.state.world.clone(), other.state.world.clone());
    let command = Command::Replace { world: world.clone(), label: "Changed in another tab".to_owned() };
    let update = play.send(command.clone());
    assert_eq!(update.events, [Event::Replaced]);
    assert_eq!(play.state.world, world);
    assert_eq!(play.state.view.mesh, None, "the view settles on what is there");
    let step = play.state.history.done().last().unwrap();
    assert_eq!(
        (step.label.as_str(), step.echoes[0].line.as_str()),
        ("Changed in another tab", "# Changed in another tab")
    );
    // Repeating the command adds no step.
    let state = play.state.clone();
    assert!(Rc::ptr_eq(&play.send(command).state, &state));
    play.send(Command::Undo);
    assert_eq!(play.state.world, before);
}

#[test]
fn another_playground_is_shown_with_its_own_history() {
    let mut play = Play::new();
    let mut other = Play::empty();
    other.send(Command::AddAccount(account("999999999999")));
    let update =
        play.send(Command::SwitchTo { state: other.state.clone(), told: "Opened project Shop".to_owned() });
    assert!(Rc::ptr_eq(&play.state, &other.state));
    assert_eq!(
        update.effects,
        [Effect::Announce("Opened project Shop".to_owned())],
        "nothing is saved by it"
    );
    assert_eq!(play.state.history.done().len(), 1);
}
