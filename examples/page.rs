//! Benchmarks of the page: its own components, in states prepared in advance. `tools/bench-ui.mjs` compares them with
//! the hand-written pages in `benches/pages`.
#![allow(missing_docs)]

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use mesh_playground::{
    control_plane::{Env, Operation, Timestamp, Verb},
    document,
    environment::{DnsRecords, Environment, Families, Task},
    model::{IpPreference, Key, Kind, ResourceId},
    resolve::with_preference,
    store::{AppState, Panel, View},
    ui::part::{MountedPanel, StandalonePanel},
    world::World,
};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

const MESH: &str = "bench";

/// Mounts the whole page in an element, with the data that the browser has stored.
#[wasm_bindgen]
pub fn mount(root: Element) {
    mesh_playground::ui::mount_in(root);
}

/// Numbered states, and a panel that shows them.
#[wasm_bindgen]
#[derive(Default)]
pub struct Page {
    states: Vec<Rc<AppState>>,
    alone: Option<MountedPanel>,
}

#[wasm_bindgen]
impl Page {
    /// Creates state 0: an empty mesh.
    pub fn begin() -> Option<Page> {
        let mut world = World::empty()?;
        world.control_plane.enforces_quotas = false;
        apply(&mut world, 1, Kind::Mesh, json!({}))?;
        let mut page = Self::default();
        page.add(world);
        Some(page)
    }

    /// Adds a state with these additional nodes, and returns its number. Each node is registered, listens and has a
    /// task; with `is_calling`, each also provides a virtual service and calls the node seven positions later.
    pub fn with(&mut self, from: usize, names: Vec<String>, is_calling: bool) -> Option<usize> {
        let mut world = World::clone(&self.states.get(from)?.world);
        let mut environment = Environment::clone(&world.environment);
        for (index, name) in (0u32..).zip(&names) {
            let host = format!("{name}.local");
            let number = u32::try_from(environment.tasks.len()).ok()?;
            let (ipv4, ipv6) = (
                Ipv4Addr::from(0x0a00_0001 + number),
                Ipv6Addr::from(0x2001_0db8_0000_0000_0000_0000_0000_0001 + u128::from(number)),
            );
            let families = if index % 3 == 0 { Families::V4 } else { Families::BOTH };
            let task = Task::new(Some(ipv4), Some(ipv6), families);
            environment.tasks.insert(format!("task-{name}").into(), Rc::new(task));
            environment
                .dns
                .insert(host.clone().into(), Rc::new(DnsRecords { a: vec![ipv4], aaaa: vec![ipv6] }));
            let mut spec = json!({
                "listeners": [{"portMapping": {"port": 8080, "protocol": "http"}}],
                "serviceDiscovery": {"dns": {"hostname": host, "ipPreference": "IPv4_PREFERRED"}},
            });
            if is_calling {
                let called = names.get((index as usize + 7) % names.len())?;
                let service = format!("service-{called}.local");
                spec = json!({
                    "backends": [{"virtualService": {"virtualServiceName": service}}],
                    "listeners": spec["listeners"],
                    "serviceDiscovery": {"dns": {"hostname": host}},
                });
            }
            let seed = 2 * u64::from(number) + 2;
            apply(&mut world, seed, Kind::VirtualNode, json!({"virtualNodeName": name, "spec": spec}))?;
            if is_calling {
                let provider = json!({"provider": {"virtualNode": {"virtualNodeName": name}}});
                let service =
                    json!({"virtualServiceName": format!("service-{name}.local"), "spec": provider});
                apply(&mut world, seed + 1, Kind::VirtualService, service)?;
            }
        }
        world.environment = Rc::new(environment);
        Some(self.add(world))
    }

    /// Adds a state without these nodes, and returns its number.
    pub fn without(&mut self, from: usize, names: Vec<String>) -> Option<usize> {
        let mut world = World::clone(&self.states.get(from)?.world);
        for name in names {
            let delete = Operation::Delete(node(&world, &name)?);
            let account = world.account.clone();
            world.control_plane.apply(&delete, &account, &Env { now: Timestamp(0), seed: 0 }).ok()?;
        }
        Some(self.add(world))
    }

    /// Adds a state in which these nodes have the preference `IPv6_ONLY`, so that some requests to them fail. Returns
    /// its number.
    pub fn narrowed(&mut self, from: usize, names: Vec<String>) -> Option<usize> {
        let mut world = World::clone(&self.states.get(from)?.world);
        for name in names {
            let id = node(&world, &name)?;
            let spec = with_preference(&world.control_plane.get(&id)?.spec, Some(IpPreference::Ipv6Only))?;
            let account = world.account.clone();
            let update = Operation::Update { id, spec };
            world.control_plane.apply(&update, &account, &Env { now: Timestamp(1), seed: 0 }).ok()?;
        }
        Some(self.add(world))
    }

    /// Adds a state with the same world and this node selected, and returns its number.
    pub fn selecting(&mut self, from: usize, name: &str) -> Option<usize> {
        let mut state = AppState::clone(self.states.get(from)?);
        state.view.selected = Some(Key::new(Kind::VirtualNode, name));
        self.states.push(Rc::new(state));
        Some(self.states.len() - 1)
    }

    /// Serializes a state's playground to the form that the page stores.
    pub fn stored(&self, state: usize) -> Option<String> {
        Some(document::save(&self.states.get(state)?.world))
    }

    /// Mounts a panel: `resources` or `graph`.
    pub fn mount(&mut self, root: Element, part: &str, state: usize) {
        let part = if part == "graph" { StandalonePanel::Graph } else { StandalonePanel::Resources };
        let state = self.states.get(state).cloned();
        self.alone = state.map(|state| MountedPanel::mount(root, part, state));
    }

    /// Shows a state in the panel.
    pub fn show(&self, state: usize) {
        if let (Some(alone), Some(state)) = (&self.alone, self.states.get(state)) {
            alone.show(state.clone());
        }
    }

    fn add(&mut self, world: World) -> usize {
        let mesh = world.control_plane.meshes().next().map(|(id, _)| id.clone());
        // The mesh itself is selected initially, so that no row is.
        let selected = mesh.clone().map(|mesh| ResourceId::of_mesh(mesh).key);
        let view = View { mesh, selected, panel: Panel::Resources, ..View::default() };
        self.states.push(Rc::new(AppState::looking(world, view, 1)));
        self.states.len() - 1
    }
}

/// Creates a resource of the mesh.
fn apply(world: &mut World, seed: u64, kind: Kind, mut input: Value) -> Option<()> {
    input["meshName"] = json!(MESH);
    let account = world.account.clone();
    let operation = Operation::parse(Verb::Create, kind, &input, &account).ok()?;
    world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).ok()?;
    Some(())
}

fn node(world: &World, name: &str) -> Option<ResourceId> {
    let (mesh, _) = world.control_plane.meshes().next()?;
    Some(ResourceId { mesh: mesh.clone(), key: Key::new(Kind::VirtualNode, name) })
}
