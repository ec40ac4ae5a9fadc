//! Nodes against preferences: what each would come to, changing nothing.

use std::rc::Rc;

use crate::{
    control_plane::{ControlPlane, Env, Mesh, Operation, Timestamp},
    environment::Environment,
    model::{IpPreference, Kind, MeshId, Name, ResourceId, SpecView},
    resolve::{mesh_preference, own_preference, with_preference},
    traffic::{Fault, what_if},
    words::t,
    world::World,
};

/// The five preferences a mesh can have, in the order shown; the first is none.
pub const PREFERENCES: [Option<IpPreference>; 5] = [
    None,
    Some(IpPreference::Ipv6Preferred),
    Some(IpPreference::Ipv4Preferred),
    Some(IpPreference::Ipv6Only),
    Some(IpPreference::Ipv4Only),
];

/// A preference as a word.
pub fn preference_words(preference: Option<IpPreference>) -> &'static str {
    match preference {
        None => t("No preference"),
        Some(preference) => preference.as_str(),
    }
}

/// What requests to one node come to under one preference of the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Everything in the way, the one met first; empty when requests arrive.
    pub faults: Vec<Fault>,
    /// The status callers see.
    pub status: u16,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The virtual node.
    pub node: Name,
    /// Its own preference, which makes the mesh's of no effect on it.
    pub own: Option<IpPreference>,
    /// Whether it has service discovery, the place for a preference of its own.
    pub can_override: bool,
    /// One for each of [`PREFERENCES`].
    pub cells: [Cell; 5],
}

/// All nodes of a mesh against all preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The mesh's present preference.
    pub current: Option<IpPreference>,
    /// The nodes, by name.
    pub rows: Vec<MatrixRow>,
}

/// What every node would come to under every preference of the mesh.
pub fn matrix(environment: &Environment, mesh: &Mesh) -> Matrix {
    let rows = mesh.of_kind(Kind::VirtualNode).filter_map(|node| {
        let SpecView::VirtualNode(spec) = node.spec.view() else { return None };
        let cells = what_if(environment, spec, &PREFERENCES).map(|verdict| Cell {
            faults: verdict.faults.into_iter().flatten().collect(),
            status: verdict.status,
        });
        Some(MatrixRow {
            node: node.id.key.name.clone(),
            own: own_preference(spec),
            can_override: spec.service_discovery().is_some(),
            cells,
        })
    });
    Matrix { current: mesh_preference(mesh), rows: rows.collect() }
}

/// How many nodes can be reached under each of [`PREFERENCES`], and how many there are.
pub fn arrivals(matrix: &Matrix) -> ([usize; 5], usize) {
    let count = |index: usize| matrix.rows.iter().filter(|row| row.cells[index].faults.is_empty()).count();
    ([count(0), count(1), count(2), count(3), count(4)], matrix.rows.len())
}

/// The same world, were the mesh's preference another one. Nothing of it is kept anywhere.
pub fn with_mesh_preference(world: &Rc<World>, mesh: &MeshId, preference: Option<IpPreference>) -> Rc<World> {
    let changed = || -> Option<ControlPlane> {
        let id = ResourceId::of_mesh(mesh.clone());
        let spec = with_preference(&world.control_plane.get(&id)?.spec, preference)?;
        let mut control_plane = world.control_plane.clone();
        let operation = Operation::Update { id, spec };
        let env = Env { now: Timestamp(0), seed: 0 };
        control_plane.apply(&operation, &mesh.owner, &env).ok()?;
        Some(control_plane)
    };
    match changed() {
        Some(control_plane) => Rc::new(World { control_plane, ..World::clone(world) }),
        None => world.clone(),
    }
}
