//! The mesh: the boundary for traffic between the resources in it.

use super::{
    IpPreference,
    declare::{choice, structure},
};

structure! {
    /// Spec of a mesh. Source: API shape `MeshSpec`; user guide, page "meshes".
    MeshSpec {
        /// Whether proxies may send to what is outside the mesh; absent means `DROP_ALL`.
        "egressFilter" egress_filter: Option<EgressFilter>,
        /// How addresses are chosen for everything in the mesh.
        "serviceDiscovery" service_discovery: Option<MeshServiceDiscovery>,
    }
}

structure! {
    /// The egress filter of a mesh. Source: API shape `EgressFilter`.
    EgressFilter {
        /// Drop or allow what is not in the mesh.
        "type" filter_type: EgressFilterType,
    }
}

choice! {
    /// Type of an egress filter. Source: API shape `EgressFilterType`.
    EgressFilterType {
        /// Traffic to anything outside the mesh passes.
        AllowAll "ALLOW_ALL",
        /// Only the mesh and `*.amazonaws.com` can be reached.
        DropAll "DROP_ALL",
    }
}

structure! {
    /// The service discovery settings of a mesh. Source: API shape `MeshServiceDiscovery`.
    MeshServiceDiscovery {
        /// The preference of every node that has none of its own, and of every gateway.
        "ipPreference" ip_preference: Option<IpPreference>,
    }
}
