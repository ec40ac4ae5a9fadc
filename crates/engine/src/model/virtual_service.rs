//! The virtual service: the name that applications call, and its provider.

use super::{
    ResourceName,
    declare::{structure, union},
};

structure! {
    /// Spec of a virtual service. Source: API shape `VirtualServiceSpec`.
    VirtualServiceSpec {
        /// What answers for the service; it may be given later.
        "provider" provider: Option<VirtualServiceProvider>,
    }
}

union! {
    /// Provider of a virtual service. Source: API shape `VirtualServiceProvider`.
    VirtualServiceProvider {
        /// One virtual node takes all requests.
        "virtualNode" virtual_node: Option<VirtualNodeServiceProvider>,
        /// A virtual router spreads requests by its routes.
        "virtualRouter" virtual_router: Option<VirtualRouterServiceProvider>,
    }
}

structure! {
    /// A virtual node as provider. Source: API shape `VirtualNodeServiceProvider`.
    VirtualNodeServiceProvider {
        /// A virtual node of the same mesh.
        "virtualNodeName" virtual_node_name: ResourceName,
    }
}

structure! {
    /// A virtual router as provider. Source: API shape `VirtualRouterServiceProvider`.
    VirtualRouterServiceProvider {
        /// A virtual router of the same mesh.
        "virtualRouterName" virtual_router_name: ResourceName,
    }
}

/// The name of a virtual service, usually a host name; without bounds. Source: API shape `ServiceName`.
pub type ServiceName = String;
