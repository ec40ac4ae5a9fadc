//! Helpers for several test files.

// A test fails by panicking, and no test file uses all of these helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::rc::Rc;

use mesh_playground::{
    control_plane::{Env, Timestamp},
    document,
    environment::Environment,
    model::{IpPreference, TextMap},
    scenario,
    world::World,
};

mod outside;
#[allow(unused_imports)]
pub use outside::{samples, skipped};
mod tree;
#[allow(unused_imports)]
pub use tree::{TextFile, root, text_files};

/// A fixed time and seed.
pub const ENV: Env = Env { now: Timestamp(1_649_252_750_072), seed: 7 };

/// The five preferences, none first.
pub const PREFERENCES: [Option<IpPreference>; 5] = [
    None,
    Some(IpPreference::Ipv6Preferred),
    Some(IpPreference::Ipv4Preferred),
    Some(IpPreference::Ipv6Only),
    Some(IpPreference::Ipv4Only),
];

/// Returns a world with the walkthrough's environment and no mesh.
pub fn walkthrough_environment() -> World {
    let mut world = World::empty().unwrap();
    world.environment = Rc::new(scenario::environment());
    world
}

/// Opens a document in a world, with the walkthrough's template parameters.
pub fn open(world: &World, text: &str) -> document::Opened {
    let given = TextMap::from_iter([
        ("AppMeshMeshName".into(), "colors".into()),
        ("ProjectName".into(), "howto-ipv6".into()),
    ]);
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let plan = document::read(text).unwrap().plan(&given, world).unwrap();
    document::apply(&Rc::new(world.clone()), &Rc::new(plan), &ENV)
}

/// Returns the environment of a world for modification.
pub fn environment(world: &mut World) -> &mut Environment {
    Rc::make_mut(&mut world.environment)
}
