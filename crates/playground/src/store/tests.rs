//! The store: what a command changes, what it does not change, and undo.
#![allow(clippy::unwrap_used)] // A test may panic.

mod commands;
mod saved;
mod scripts;

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::{Env, Timestamp, Verb},
    environment::{CloudMapService, Families, Family, Interception},
    model::{AccountId, IpPreference, Key, Kind, MeshId, ResourceId},
    traffic::DiscoveryMethod,
    world::{FIRST_ACCOUNT, SECOND_ACCOUNT, World},
};
use mesh_documents::scenario::{GATEWAY, MESH, Variant, node_name};
use serde_json::{Value, json};

use super::{history::KEPT_STEPS, *};

fn account(digits: &str) -> AccountId {
    digits.parse().unwrap()
}

/// Returns the id of a mesh of the first account.
fn mesh_id(name: &str) -> MeshId {
    MeshId { owner: account(FIRST_ACCOUNT), name: name.into() }
}

fn colours() -> MeshId {
    mesh_id(MESH)
}

fn red() -> ResourceId {
    ResourceId { mesh: colours(), key: Key::new(Kind::VirtualNode, node_name("red")) }
}

/// A playground, and the number of commands sent, from which each command gets a different `Env`.
struct Play {
    state: Rc<AppState>,
    commands: u64,
}

impl Play {
    /// Creates a playground with the six colours.
    fn new() -> Self {
        Self { state: Rc::new(AppState::first_visit(&env(0)).unwrap()), commands: 0 }
    }

    fn empty() -> Self {
        Self { state: Rc::new(AppState::new(World::empty().unwrap())), commands: 0 }
    }

    fn send(&mut self, command: Command) -> Update {
        self.commands += 1;
        let update = update(&self.state, command, &env(self.commands));
        self.state = update.state.clone();
        update
    }

    /// Sends a command that must change something and be one step of the history.
    #[track_caller]
    fn step(&mut self, command: Command) -> Update {
        let before = self.state.clone();
        let update = self.send(command);
        assert_eq!(update.refusal, None);
        assert_eq!(self.state.history.done().len(), before.history.done().len() + 1);
        assert_ne!(self.state.world, before.world);
        update
    }

    /// Sends a command that must change nothing at all.
    #[track_caller]
    fn nothing(&mut self, command: Command) -> Update {
        let before = self.state.clone();
        let update = self.send(command);
        assert!(Rc::ptr_eq(&before, &self.state));
        assert_eq!(update.events, []);
        update
    }

    /// Sends a command that must be refused and change nothing. Returns the message.
    #[track_caller]
    fn refused(&mut self, command: Command) -> String {
        let update = self.nothing(command);
        assert!(!update.effects.contains(&Effect::Save));
        update.refusal.unwrap().to_string()
    }

    fn lines(&self) -> Vec<String> {
        let step = self.state.history.done().last().unwrap();
        step.echoes.iter().map(|echo| echo.line.clone()).collect()
    }
}

/// Returns the `Env` of a command. The seeds are far apart, because one command may use several.
fn env(command: u64) -> Env {
    let milliseconds = i64::try_from(command).unwrap();
    Env { now: Timestamp(1_649_252_750_072 + 1000 * milliseconds), seed: command << 32 }
}

fn call(verb: Verb, kind: Kind, input: Value) -> Command {
    Command::Call { verb, kind, input }
}

fn create_mesh(name: &str) -> Command {
    Command::CreateMesh { input: json!({"meshName": name}), selector: None }
}

fn delete_mesh(name: &str) -> Command {
    call(Verb::Delete, Kind::Mesh, json!({"meshName": name}))
}

fn set_mesh(name: &str, preference: Option<IpPreference>) -> Command {
    Command::SetPreference { id: ResourceId::of_mesh(mesh_id(name)), preference }
}

const V6_ONLY: Option<IpPreference> = Some(IpPreference::Ipv6Only);
const V4_ONLY: Option<IpPreference> = Some(IpPreference::Ipv4Only);

fn register(family: Family, on: bool) -> Command {
    let by = DiscoveryMethod::Dns("colorteller-red.default.svc.cluster.local.dns".into());
    Command::ChangeEnvironment(EnvironmentChange::Register { by, task: "colorteller-red".into(), family, on })
}
