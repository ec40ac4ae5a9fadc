//! The resources of a mesh as rows.

use std::rc::Rc;

use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{AccountId, Key, Kind, MeshId, SpecView},
    resolve::mesh_preference,
    traffic::{Fault, what_if},
};

/// Row of a resource. Rows are equal if there is nothing new to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRow {
    /// Key of the resource.
    pub key: Key,
    /// First fault of requests to the resource, if any; `None` if no requests are sent to its kind.
    pub first_fault: Option<Option<Fault>>,
    /// Whether the acting account may delete the resource.
    pub may_delete: bool,
}

/// Returns the resources of one kind, in the order of their keys.
pub fn resource_rows(
    environment: &Environment,
    id: &MeshId,
    mesh: &Mesh,
    kind: Kind,
    account: &AccountId,
) -> Rc<[ResourceRow]> {
    let preference = [mesh_preference(mesh)];
    let rows = mesh.of_kind(kind).map(|resource| {
        let met = match resource.spec.view() {
            SpecView::VirtualNode(spec) => {
                let [verdict] = what_if(environment, spec, &preference);
                Some(verdict.faults[0])
            }
            _ => None,
        };
        let may_delete = id.owner == *account || resource.metadata.resource_owner == *account;
        ResourceRow { key: resource.id.key.clone(), first_fault: met, may_delete }
    });
    rows.collect()
}
