//! What is measured of WebAssembly: `tools/bench.mjs` loads it in Node.js, `tools/bench-page.mjs` in Chromium.
#![allow(missing_docs)]

#[path = "../benches/mesh/mod.rs"]
mod mesh;
#[path = "../benches/script/mod.rs"]
mod script;

use std::rc::Rc;

use mesh_playground::{
    control_plane::Mesh,
    environment::Environment,
    envoy::{Tree, bootstrap, envoys, to_json},
    model::MeshId,
    view_model::{arrivals, matrix},
};
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs the script so many times; the fewest calls that succeeded in a round.
#[wasm_bindgen]
pub fn run(rounds: usize) -> usize {
    let calls = script::calls();
    (0..rounds).map(|_| script::run(&calls)).min().unwrap_or_default()
}

/// A mesh to ask things of.
#[wasm_bindgen]
pub struct Data {
    environment: Environment,
    id: MeshId,
    mesh: Rc<Mesh>,
    trees: Vec<Tree>,
}

#[wasm_bindgen]
impl Data {
    /// A mesh of so many nodes.
    pub fn of(nodes: u32) -> Option<Data> {
        let (environment, id, mesh) = mesh::mesh(nodes)?;
        Some(Self { environment, id, mesh, trees: Vec::new() })
    }

    /// What every node would come to under every preference, whoever calls; how often a request arrives.
    pub fn what_if(&self) -> usize {
        arrivals(&matrix(&self.environment, &self.mesh)).0.iter().sum()
    }

    /// Makes the configuration of every Envoy; how many there are.
    pub fn configure(&mut self) -> usize {
        let configs =
            envoys(&self.mesh).filter_map(|key| bootstrap(&self.environment, &self.id, &self.mesh, key));
        self.trees = configs.map(|config| config.tree()).collect();
        self.trees.len()
    }

    /// Every configuration as text; their length together.
    pub fn write(&self) -> usize {
        self.trees.iter().map(|tree| to_json(tree).len()).sum()
    }

    /// Every configuration as text, handed to the page: one array.
    pub fn text(&self) -> String {
        to_json(&Tree::of(&self.trees))
    }
}
