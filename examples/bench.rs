//! Benchmarks of the engine in WebAssembly: `tools/bench.mjs` loads them in Node.js, `tools/bench-page.mjs` in
//! Chromium.
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

/// Runs the script `rounds` times. Returns the lowest number of successful calls of a round.
#[wasm_bindgen]
pub fn run(rounds: usize) -> usize {
    let calls = script::calls();
    (0..rounds).map(|_| script::run(&calls)).min().unwrap_or_default()
}

/// Mesh that the benchmarks of the data plane use.
#[wasm_bindgen]
pub struct Data {
    environment: Environment,
    id: MeshId,
    mesh: Rc<Mesh>,
    trees: Vec<Tree>,
}

#[wasm_bindgen]
impl Data {
    /// Builds a mesh with this number of nodes.
    pub fn of(nodes: u32) -> Option<Data> {
        let (environment, id, mesh) = mesh::mesh(nodes)?;
        Some(Self { environment, id, mesh, trees: Vec::new() })
    }

    /// Computes the outcome of every node under every preference, for any caller. Returns how many requests arrive.
    pub fn what_if(&self) -> usize {
        arrivals(&matrix(&self.environment, &self.mesh)).0.iter().sum()
    }

    /// Generates the configuration of every Envoy. Returns their number.
    pub fn configure(&mut self) -> usize {
        let configs =
            envoys(&self.mesh).filter_map(|key| bootstrap(&self.environment, &self.id, &self.mesh, key));
        self.trees = configs.map(|config| config.tree()).collect();
        self.trees.len()
    }

    /// Serializes every configuration to text. Returns their total length.
    pub fn write(&self) -> usize {
        self.trees.iter().map(|tree| to_json(tree).len()).sum()
    }

    /// Serializes all configurations to the text of one array, which the page receives.
    pub fn text(&self) -> String {
        to_json(&Tree::of(&self.trees))
    }
}
