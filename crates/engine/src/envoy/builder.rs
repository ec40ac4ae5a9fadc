//! The state of a configuration while it is built.

use super::{Tree, cause::At, cluster::Egress, tls};
use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{Key, Kind, MeshId},
};

/// The configuration of one Envoy, as far as it is built.
pub(super) struct Builder<'m> {
    pub(super) environment: &'m Environment,
    pub(super) mesh_id: &'m MeshId,
    pub(super) mesh: &'m Mesh,
    /// The spec of the node or gateway that the Envoy belongs to.
    pub(super) own: At<'m>,
    pub(super) listeners: Vec<Tree>,
    pub(super) clusters: Vec<Tree>,
    pub(super) routes: Vec<Tree>,
    pub(super) endpoints: Vec<Tree>,
    pub(super) egress: Vec<Egress>,
    pub(super) needs_secrets: bool,
}

impl<'m> Builder<'m> {
    /// Returns the spec of the mesh itself.
    pub(super) fn mesh_at(&self) -> Option<At<'m>> {
        self.mesh.of_kind(Kind::Mesh).next().map(At::spec)
    }

    /// Returns the spec of a resource in the mesh.
    pub(super) fn get(&self, kind: Kind, name: &str) -> Option<At<'m>> {
        self.mesh.get(&Key::new(kind, name)).map(At::spec)
    }

    /// Returns a transport socket unchanged, and records whether it needs secrets.
    pub(super) fn uses(&mut self, socket: Tree) -> Tree {
        self.needs_secrets |= tls::uses_secrets(&socket);
        socket
    }
}
