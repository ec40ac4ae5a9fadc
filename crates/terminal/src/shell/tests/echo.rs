//! The whole history as a script rebuilds the same world in an empty playground.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::Verb,
    environment::{Certificate, CloudMapService, Families, Family, Interception, Task},
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    traffic::DiscoveryMethod,
    world::{FIRST_ACCOUNT, SECOND_ACCOUNT},
};
use mesh_documents::scenario::Variant;
use playground_core::store::{Command, EnvironmentChange};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn mesh(name: &str) -> MeshId {
    MeshId { owner: FIRST_ACCOUNT.parse().unwrap(), name: name.into() }
}

fn call(verb: Verb, kind: Kind, input: Value) -> Command {
    Command::Call { verb, kind, input }
}

fn create(kind: Kind, input: Value) -> Command {
    call(Verb::Create, kind, input)
}

fn change(change: EnvironmentChange) -> Command {
    Command::ChangeEnvironment(change)
}

fn certificate(reference: &str, authority: Option<&str>, names: Option<&[&str]>) -> Command {
    let names = names.map(|names| names.iter().map(|name| Rc::from(*name)).collect());
    let stated = Rc::new(Certificate { authority: authority.map(Rc::from), names });
    change(EnvironmentChange::Certificate { certificate: reference.into(), stated })
}

fn register(by: DiscoveryMethod, family: Family, on: bool) -> Command {
    change(EnvironmentChange::Register { by, task: "colorteller-red".into(), family, on })
}

/// Serializes a world as a document, without the fields that no line can set: uids and times.
fn told(world: &app_mesh_engine::world::World) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for name in ["uid", "createdAt", "lastUpdatedAt", "id"] {
                    members.remove(name);
                }
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut told: Value = serde_json::from_str(&mesh_documents::save(world)).unwrap();
    strip(&mut told);
    told
}

/// Runs the commands as clicks do, and types the lines that they echo.
#[track_caller]
fn check(commands: Vec<Command>) {
    let mut clicked = Playground::empty().unwrap();
    for command in commands {
        let update = clicked.run(command.clone());
        assert_eq!(update.refusal, None, "{command:?}");
    }
    retyped(&clicked);
}

#[test]
fn a_script_begins_with_the_scenario_that_was_there() {
    for (variant, begin) in [(Variant::Dns, "scenario dns\n"), (Variant::CloudMap, "scenario cloudmap\n")] {
        let env = app_mesh_engine::control_plane::Env {
            now: app_mesh_engine::control_plane::Timestamp(5),
            seed: 5,
        };
        let mut clicked = Playground::new(mesh_documents::scenario::six_colours(variant, &env).unwrap());
        assert_eq!(crate::script(clicked.state()), begin);
        clicked.run(Command::SetPreference {
            id: ResourceId::of_mesh(mesh("colors")),
            preference: Some(IpPreference::Ipv6Only),
        });
        let script = crate::script(clicked.state());
        let mut typed = Playground::empty().unwrap();
        assert_eq!(Terminal::default().run(&mut typed, &script).exit_code, 0, "{script}");
        assert_eq!(told(typed.world()), told(clicked.world()));
        // A new playground with this world no longer knows the scenario.
        let later = Playground::new(clicked.world().clone());
        assert!(crate::script(later.state()).starts_with("# What was there before"));
    }
}

#[track_caller]
fn retyped(clicked: &Playground) {
    let mut typed = Playground::empty().unwrap();
    let mut terminal = Terminal::default();
    let steps = clicked.state().history.done();
    let lines: Vec<_> = steps.iter().flat_map(|step| step.echoes.iter()).map(|echo| &echo.line).collect();
    for line in &lines {
        let output = terminal.run(&mut typed, line);
        assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{line}\nof {lines:#?}");
    }
    assert_eq!(told(typed.world()), told(clicked.world()), "{lines:#?}");
    // Typed lines are echoed unchanged.
    let typed: Vec<_> = typed.state().history.done().iter().flat_map(|step| step.echoes.iter()).collect();
    let again: Vec<_> = typed.iter().map(|echo| &echo.line).collect();
    assert_eq!(again, lines);
}

/// Returns commands of every kind, each of which has an effect at its position.
fn commands() -> Vec<Command> {
    let red = || ResourceId { mesh: mesh("colors"), key: Key::new(Kind::VirtualNode, "colorteller-red-vn") };
    let dns = || DiscoveryMethod::Dns("colorteller-red.default.svc.cluster.local.dns".into());
    let cloud = || {
        DiscoveryMethod::CloudMap(CloudMapService {
            namespace: "default.svc.cluster.local.cloud".into(),
            service: "colorteller-red".into(),
        })
    };
    let task = Task::new(Some([10, 9, 9, 9].into()), Some("2001:db8::9".parse().unwrap()), Families::BOTH);
    vec![
        Command::LoadScenario(Variant::CloudMap),
        Command::LoadScenario(Variant::Dns),
        register(dns(), Family::V6, true),
        register(dns(), Family::V4, false),
        register(cloud(), Family::V6, true),
        register(cloud(), Family::V4, false),
        register(DiscoveryMethod::Dns("it's new".into()), Family::V4, true),
        change(EnvironmentChange::ListenOn {
            task: "colorteller-blue".into(),
            families: Families::default(),
        }),
        change(EnvironmentChange::ListenOn { task: "colorteller-red".into(), families: Families::BOTH }),
        change(EnvironmentChange::ListenOn { task: "colorteller-green".into(), families: Families::V6 }),
        change(EnvironmentChange::Run { task: "colorteller-red".into(), on: false }),
        change(EnvironmentChange::Run { task: "colorteller-red".into(), on: true }),
        change(EnvironmentChange::Run { task: "colorteller-blue".into(), on: false }),
        change(EnvironmentChange::Intercept(Interception::Ipv4Only)),
        change(EnvironmentChange::Intercept(Interception::Both)),
        change(EnvironmentChange::Intercept(Interception::Ipv4Only)),
        change(EnvironmentChange::DefaultRetries(false)),
        change(EnvironmentChange::Organization(false)),
        certificate("trust", Some("one"), Some(&["*.local", "spiffe://m/a"])),
        certificate("list", None, Some(&[])),
        certificate("/keys/a b.pem", Some("/keys/a b.pem"), None),
        change(EnvironmentChange::Trust {
            store: "names".into(),
            authorities: vec!["one".into(), "arn:x".into()],
        }),
        change(EnvironmentChange::Trust { store: "names".into(), authorities: Vec::new() }),
        change(EnvironmentChange::ForgetCertificate("/keys/a b.pem".into())),
        change(EnvironmentChange::Task { name: "new one".into(), task: Some(Rc::new(task)) }),
        change(EnvironmentChange::Task { name: "colorteller-yellow".into(), task: None }),
        change(EnvironmentChange::Record {
            host: "a.local".into(),
            address: "::1".parse().unwrap(),
            on: true,
        }),
        change(EnvironmentChange::Record {
            host: "a.local".into(),
            address: "10.0.0.1".parse().unwrap(),
            on: true,
        }),
        change(EnvironmentChange::Record {
            host: "a.local".into(),
            address: "::1".parse().unwrap(),
            on: false,
        }),
        change(EnvironmentChange::Namespace {
            name: "web".into(),
            labels: Some(
                [("a".to_owned(), "b".to_owned()), ("c".to_owned(), String::new())].into_iter().collect(),
            ),
        }),
        change(EnvironmentChange::Namespace { name: "shop".into(), labels: None }),
        Command::SetPreference { id: red(), preference: Some(IpPreference::Ipv4Preferred) },
        Command::SetPreference {
            id: ResourceId::of_mesh(mesh("colors")),
            preference: Some(IpPreference::Ipv6Only),
        },
        Command::SetPreference { id: red(), preference: None },
        Command::CreateMesh { input: json!({"meshName": "a"}), selector: Some("".parse().unwrap()) },
        Command::CreateMesh {
            input: json!({"meshName": "-x", "tags": [{"key": "it's", "value": "-"}, {"key": "b", "value": ""}]}),
            selector: Some("tier in (web, api),!old,x".parse().unwrap()),
        },
        Command::SetSelector { mesh: mesh("colors"), selector: Some("x=y".parse().unwrap()) },
        Command::SetSelector { mesh: mesh("a"), selector: None },
        Command::Share { mesh: mesh("colors"), with: SECOND_ACCOUNT.parse().unwrap() },
        Command::Share { mesh: mesh("a"), with: SECOND_ACCOUNT.parse().unwrap() },
        Command::Unshare { mesh: mesh("a"), with: SECOND_ACCOUNT.parse().unwrap() },
        Command::AddAccount("555555555555".parse().unwrap()),
        Command::Share { mesh: mesh("a"), with: "555555555555".parse().unwrap() },
        Command::EnforceQuotas(false),
        Command::SwitchAccount(SECOND_ACCOUNT.parse().unwrap()),
        create(
            Kind::VirtualNode,
            json!({"meshName": "colors", "meshOwner": FIRST_ACCOUNT, "virtualNodeName": "theirs", "spec": {}}),
        ),
        Command::SwitchAccount(FIRST_ACCOUNT.parse().unwrap()),
        Command::EnforceQuotas(true),
        create(
            Kind::VirtualRouter,
            json!({"meshName": "a", "virtualRouterName": "r", "spec":
            {"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}}),
        ),
        create(
            Kind::VirtualNode,
            json!({"meshName": "a", "virtualNodeName": "-1", "spec": {"logging": {"accessLog":
            {"file": {"path": "/dev/stdout", "format": {"text": "it's \"%START_TIME%\"\n $HOME `x` \\ é"}}}}}}),
        ),
        create(
            Kind::VirtualService,
            json!({"meshName": "a", "virtualServiceName": "a b;c", "spec":
            {"provider": {"virtualRouter": {"virtualRouterName": "r"}}}}),
        ),
        create(
            Kind::Route,
            json!({"meshName": "a", "virtualRouterName": "r", "routeName": "x", "spec": {"httpRoute":
            {"match": {"prefix": "/"}, "action": {"weightedTargets": [{"virtualNode": "-1", "weight": 1}]}}}}),
        ),
        create(
            Kind::VirtualGateway,
            json!({"meshName": "a", "virtualGatewayName": "--help", "spec":
            {"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}}),
        ),
        create(
            Kind::GatewayRoute,
            json!({"meshName": "a", "virtualGatewayName": "--help", "gatewayRouteName": "g", "spec":
            {"httpRoute": {"match": {"prefix": "/"}, "action": {"target": {"virtualService":
            {"virtualServiceName": "a b;c"}}}}}}),
        ),
        call(
            Verb::Update,
            Kind::Mesh,
            json!({"meshName": "a", "spec": {"egressFilter": {"type": "ALLOW_ALL"}}}),
        ),
        call(Verb::Update, Kind::Mesh, json!({"meshName": "a", "spec": {}})),
        call(
            Verb::Delete,
            Kind::GatewayRoute,
            json!({"meshName": "a", "virtualGatewayName": "--help", "gatewayRouteName": "g"}),
        ),
        Command::TearDown(mesh("-x")),
        Command::TearDown(mesh("colors")),
    ]
}

#[test]
fn every_kind_of_command_is_told_by_its_line() {
    check(commands());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Commands run in any order, with undo and redo, and with refused commands in between.
    #[test]
    fn any_history_can_be_typed_again(places in prop::collection::vec(any::<prop::sample::Index>(), 1..60)) {
        let mut all = commands();
        all.extend(std::iter::repeat_n([Command::Undo, Command::Redo], 4).flatten());
        let mut clicked = Playground::empty().unwrap();
        clicked.run(Command::LoadScenario(Variant::Dns));
        for place in places {
            clicked.run(place.get(&all).clone());
        }
        retyped(&clicked);
    }
}

#[test]
fn what_is_typed_is_told_so_that_it_can_be_typed_again() {
    let mut playground = Playground::empty().unwrap();
    let mut terminal = Terminal::default();
    let arn = "arn:aws:appmesh:us-west-2:123456789012:mesh/m";
    let second = format!("--profile {SECOND_ACCOUNT}");
    for line in [
        "export OWNER=me",
        "aws appmesh create-mesh --mesh-name m --tags key=owner,value=$OWNER",
        &format!("aws appmesh tag-resource --resource-arn {arn} --tags key=a,value=b key=c,value="),
        &format!("aws appmesh untag-resource --resource-arn {arn} --tag-keys a"),
        &format!("aws appmesh untag-resource --resource-arn {arn} --tag-keys '[\"-x\", \"owner\"]'"),
        &format!("aws appmesh create-mesh --mesh-name theirs {second}"),
        &format!("AWS_PROFILE={SECOND_ACCOUNT} aws appmesh create-mesh --mesh-name theirs-too"),
        "echo '{\"virtualNodeName\": \"n\", \"meshName\": \"m\", \"spec\": {}}' > in.json",
        "aws appmesh create-virtual-node --cli-input-json file://in.json",
        &format!(
            "aws ram create-resource-share --name s --resource-arns {arn} --principals {SECOND_ACCOUNT}"
        ),
        &format!("AWS_PROFILE={SECOND_ACCOUNT} aws ram create-resource-share --name t"),
        "aws servicediscovery create-http-namespace --name ns",
        "task red add 10.0.0.1,2001:db8::1",
        "dns add red.local A red; dns add red.local AAAA 2001:db8::1",
        "cat > m.yaml <<E\napiVersion: appmesh.k8s.aws/v1beta2\nkind: Mesh\nmetadata: {name: k}\nspec: {namespaceSelector: {}}\nE",
        "kubectl create namespace shop && kubectl apply -f m.yaml",
        "aws appmesh delete-virtual-node --mesh-name m --virtual-node-name n; undo",
    ] {
        let output = terminal.run(&mut playground, line);
        assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{line}");
    }
    retyped(&playground);
}

/// An opened document is echoed resource by resource. The environment that it does not specify is a guess, which is not
/// echoed.
#[test]
fn an_opened_document_is_told_by_its_lines() {
    let text = "{\"mesh\": {\"meshName\": \"m\", \"spec\": {}}, \"virtualNode\": {\"meshName\": \"m\", \
        \"virtualNodeName\": \"n\", \"spec\": {\"serviceDiscovery\": {\"dns\": {\"hostname\": \"n.local\"}}, \
        \"listeners\": [{\"portMapping\": {\"port\": 80, \"protocol\": \"http\"}}]}}}";
    let mut clicked = Playground::empty().unwrap();
    let plan = mesh_documents::read(text).unwrap().plan(&TextMap::new(), clicked.world()).unwrap();
    assert_eq!(clicked.run(Command::Open(Rc::new(plan))).refusal, None);
    let mut typed = Playground::empty().unwrap();
    for echo in clicked.state().history.done().iter().flat_map(|step| step.echoes.iter()) {
        assert_eq!(Terminal::default().run(&mut typed, &echo.line).stderr, "", "{}", echo.line);
    }
    let without = |playground: &Playground| {
        let mut world = playground.world().clone();
        world.environment = Rc::default();
        told(&world)
    };
    assert_eq!(without(&typed), without(&clicked));
}
