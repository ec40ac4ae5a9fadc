//! Any sequence of commands can be undone.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn preference() -> impl Strategy<Value = Option<IpPreference>> {
    prop_oneof![Just(None), proptest::sample::select(IpPreference::ALL).prop_map(Some)]
}

/// Generates an existing mesh, one that may be created, and one of the other account.
fn any_mesh() -> impl Strategy<Value = MeshId> {
    prop_oneof![
        Just(colours()),
        Just(mesh_id("m")),
        Just(MeshId { owner: account(SECOND_ACCOUNT), name: "m".into() })
    ]
}

/// Generates calls with few names, so that commands often affect the same resource.
fn any_call() -> impl Strategy<Value = Command> {
    let verb = proptest::sample::select(vec![
        Verb::Create,
        Verb::Create,
        Verb::Describe,
        Verb::Update,
        Verb::Delete,
    ]);
    let kind = proptest::sample::select(Kind::ALL.to_vec());
    (verb, kind, any_mesh(), 0..3usize, 0..3usize).prop_map(|(verb, kind, mesh, name, other)| {
        let names = ["a", "b", "bad name"];
        let declaration = kind.declaration();
        let mut input = json!({"meshOwner": mesh.owner.as_str()});
        if let Some(parent) = declaration.parent {
            input[parent.declaration().name_member] = json!(names[other]);
        }
        input[declaration.name_member] = json!(names[name]);
        input["meshName"] = json!(&*mesh.name);
        let listener = json!({"portMapping": {"port": 80, "protocol": "http"}});
        input["spec"] = match kind {
            Kind::Mesh | Kind::VirtualRouter => json!({}),
            Kind::VirtualNode => json!({
                "listeners": [listener], "serviceDiscovery": {"dns": {"hostname": format!("{other}.local")}},
            }),
            Kind::VirtualService => json!({"provider": {"virtualNode": {"virtualNodeName": names[other]}}}),
            Kind::Route => json!({"tcpRoute":
                {"action": {"weightedTargets": [{"virtualNode": names[other], "weight": 1}]}}}),
            Kind::VirtualGateway => json!({"listeners": [listener]}),
            Kind::GatewayRoute => json!({"httpRoute": {"match": {"prefix": "/"},
                "action": {"target": {"virtualService": {"virtualServiceName": names[other]}}}}}),
        };
        call(verb, kind, input)
    })
}

fn any_environment_change() -> impl Strategy<Value = Command> {
    let family = prop_oneof![Just(Family::V4), Just(Family::V6)];
    let families = (any::<bool>(), any::<bool>()).prop_map(|(ipv4, ipv6)| Families { ipv4, ipv6 });
    let task = "colorteller-red";
    prop_oneof![
        (family, any::<bool>()).prop_map(|(family, on)| register(family, on)),
        families.prop_map(move |families| Command::ChangeEnvironment(EnvironmentChange::ListenOn {
            task: task.into(),
            families
        })),
        any::<bool>().prop_map(|on| Command::ChangeEnvironment(EnvironmentChange::DefaultRetries(on))),
        any::<bool>().prop_map(|on| Command::ChangeEnvironment(EnvironmentChange::Organization(on))),
        any::<bool>().prop_map(|both| {
            let interception = if both { Interception::Both } else { Interception::Ipv4Only };
            Command::ChangeEnvironment(EnvironmentChange::Intercept(interception))
        }),
    ]
}

fn any_look() -> impl Strategy<Value = Command> {
    prop_oneof![
        any_mesh().prop_map(Command::ShowMesh),
        prop_oneof![Just(None), Just(Some(red().key)), Just(Some(Key::new(Kind::VirtualNode, "a")))]
            .prop_map(Command::Select),
        preference().prop_map(|preference| Command::Preview(Some(preference))),
        Just(Command::Preview(None)),
        Just(Command::ShowPanel(Panel::Matrix)),
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    let who = || prop_oneof![Just(FIRST_ACCOUNT), Just(SECOND_ACCOUNT)].prop_map(account);
    let place = prop_oneof![
        any_mesh().prop_map(ResourceId::of_mesh),
        Just(red()),
        any_mesh().prop_map(|mesh| ResourceId { mesh, key: Key::new(Kind::VirtualNode, "a") }),
    ];
    let selector = prop_oneof![Just(None), Just(Some("team=a,!old".parse().unwrap()))];
    prop_oneof![
        8 => any_call(),
        2 => selector.prop_map(|selector| Command::CreateMesh { input: json!({"meshName": "m"}), selector }),
        3 => (place, preference()).prop_map(|(id, preference)| Command::SetPreference { id, preference }),
        3 => any_environment_change(),
        1 => (any_mesh(), who()).prop_map(|(mesh, with)| Command::Share { mesh, with }),
        1 => (any_mesh(), who()).prop_map(|(mesh, with)| Command::Unshare { mesh, with }),
        1 => who().prop_map(Command::SwitchAccount),
        1 => prop_oneof![Just(Variant::Dns), Just(Variant::CloudMap)].prop_map(Command::LoadScenario),
        2 => Just(Command::Undo),
        2 => Just(Command::Redo),
        2 => any_look(),
    ]
}

/// Checks the invariants after every command.
fn check_step(before: &Rc<AppState>, command: &Command, update: &Update) -> Result<(), TestCaseError> {
    let after = &update.state;
    let is_travel = matches!(command, Command::Undo | Command::Redo);
    if update.refusal.is_some() {
        prop_assert!(Rc::ptr_eq(before, after));
        prop_assert!(update.events.is_empty() && !update.effects.contains(&Effect::Save));
    } else if before.world == after.world {
        prop_assert!(Rc::ptr_eq(&before.history, &after.history));
        prop_assert!(Rc::ptr_eq(&before.world, &after.world));
        prop_assert!(update.events.is_empty());
    } else {
        prop_assert!(!update.events.is_empty() && update.effects.contains(&Effect::Save));
        if !is_travel {
            prop_assert_eq!(after.history.done().len(), before.history.done().len() + 1);
            prop_assert!(after.history.undone().is_empty());
            let step = after.history.done().last().unwrap();
            prop_assert!(step.before.is(&before.world) && step.after.is(&after.world));
            prop_assert!(!step.label.is_empty() && !step.echoes.is_empty());
            prop_assert!(step.echoes.iter().all(|echo| !echo.line.trim().is_empty()));
        }
    }
    prop_assert!(after.history.done().iter().all(|step| step.before != step.after));
    let world = &after.world;
    prop_assert!(world.accounts.contains(&world.account));
    match &after.view.mesh {
        Some(mesh) => {
            let mesh = world.visible_mesh(mesh);
            prop_assert!(mesh.is_some(), "a mesh is shown that is not there");
            let selected = after.view.selected.as_ref().and_then(|key| mesh.unwrap().get(key));
            prop_assert!(selected.is_some(), "nothing is selected, or what is not there");
        }
        None => {
            prop_assert_eq!(world.control_plane.visible_to(&world.account).count(), 0);
            prop_assert_eq!(&after.view.selected, &None);
        }
    }
    let meshes: BTreeSet<_> = world.control_plane.meshes().map(|(id, _)| id).collect();
    prop_assert!(world.selectors.keys().all(|mesh| meshes.contains(mesh)), "a selector outlived its mesh");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undoing_all_gives_the_first_world_and_redoing_all_the_last(
        commands in prop::collection::vec(any_command(), 1..40)
    ) {
        let mut play = Play::new();
        let first = play.state.world.clone();
        for command in commands {
            let before = play.state.clone();
            let update = play.send(command.clone());
            check_step(&before, &command, &update)?;
        }
        let last = play.state.world.clone();
        let steps = play.state.history.done().len();
        let undone = play.state.history.undone().len();
        for _ in 0..steps {
            let before = play.state.clone();
            let update = play.send(Command::Undo);
            check_step(&before, &Command::Undo, &update)?;
        }
        prop_assert_eq!(&play.state.world, &first);
        prop_assert!(play.send(Command::Undo).refusal.is_some());
        for _ in 0..steps {
            prop_assert!(play.send(Command::Redo).refusal.is_none());
        }
        prop_assert_eq!(&play.state.world, &last);
        prop_assert_eq!(play.state.history.undone().len(), undone);
    }

    #[test]
    fn the_same_commands_give_the_same_state(commands in prop::collection::vec(any_command(), 1..20)) {
        let run = || {
            let mut play = Play::new();
            let told: Vec<_> = commands.iter().map(|command| {
                let update = play.send(command.clone());
                format!("{:?} {:?}", update.events, update.refusal)
            }).collect();
            (told, mesh_documents::save(&play.state.world), play.state)
        };
        prop_assert_eq!(run(), run());
    }
}

/// It is enough for ids that the [`Env`] is different for each command: seeds may count up by one.
#[test]
fn no_two_resources_of_a_session_share_a_uid() {
    let mut state = Rc::new(AppState::new(World::empty().unwrap()));
    let commands = [Command::LoadScenario(Variant::Dns)]
        .into_iter()
        .chain((0..30).map(|i| create_mesh(&format!("m{i}"))));
    for (seed, command) in (1..).zip(commands) {
        state = update(&state, command, &Env { now: Timestamp(0), seed }).state;
    }
    let meshes = state.world.control_plane.meshes();
    let uids: Vec<_> =
        meshes.flat_map(|(_, mesh)| mesh.resources()).map(|resource| &resource.metadata.uid).collect();
    assert_eq!(uids.iter().collect::<BTreeSet<_>>().len(), uids.len());
}
