//! The matrix: the outcome that each node would have under each preference. Computing it changes nothing.

use std::rc::Rc;

use mesh_text::words::t;

use crate::{
    control_plane::{ControlPlane, Env, Mesh, Operation, Timestamp},
    environment::Environment,
    model::{IpPreference, Kind, MeshId, Name, ResourceId, SpecView},
    resolve::{mesh_preference, own_preference, with_preference},
    traffic::{Fault, what_if},
    world::World,
};

/// The five preferences that a mesh can have, in display order; the first is no preference.
pub const PREFERENCES: [Option<IpPreference>; 5] = [
    None,
    Some(IpPreference::Ipv6Preferred),
    Some(IpPreference::Ipv4Preferred),
    Some(IpPreference::Ipv6Only),
    Some(IpPreference::Ipv4Only),
];

/// Returns the label of a preference.
pub fn preference_words(preference: Option<IpPreference>) -> &'static str {
    match preference {
        None => t("No preference"),
        Some(preference) => preference.as_str(),
    }
}

/// Outcome of requests to one node under one preference of the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// All faults of a request, starting with the one it meets first; empty if requests arrive.
    pub faults: Vec<Fault>,
    /// Status that callers see.
    pub status: u16,
}

/// Row of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The virtual node.
    pub node: Name,
    /// Preference of the node itself, which overrides the mesh's.
    pub own: Option<IpPreference>,
    /// Whether the node has service discovery, which can contain the node's own preference.
    pub can_override: bool,
    /// One cell for each of [`PREFERENCES`].
    pub cells: [Cell; 5],
}

/// Outcomes of all nodes of a mesh under all preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Current preference of the mesh.
    pub current: Option<IpPreference>,
    /// Rows of the nodes, sorted by name.
    pub rows: Vec<MatrixRow>,
}

/// Computes the outcome of every node under every preference of the mesh.
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

/// Returns the number of nodes that are reachable under each of [`PREFERENCES`], and the number of all nodes.
pub fn arrivals(matrix: &Matrix) -> ([usize; 5], usize) {
    let count = |index: usize| matrix.rows.iter().filter(|row| row.cells[index].faults.is_empty()).count();
    ([count(0), count(1), count(2), count(3), count(4)], matrix.rows.len())
}

/// Returns a copy of the world in which the mesh has another preference. The copy is not stored anywhere.
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
