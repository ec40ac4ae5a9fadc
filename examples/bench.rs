//! The measured script for WebAssembly: `tools/bench.mjs` loads it in Node.js.
#![allow(missing_docs)]

#[path = "../benches/script/mod.rs"]
mod script;

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs the script so many times; the fewest calls that succeeded in a round.
#[wasm_bindgen]
pub fn run(rounds: usize) -> usize {
    let calls = script::calls();
    (0..rounds).map(|_| script::run(&calls)).min().unwrap_or_default()
}
