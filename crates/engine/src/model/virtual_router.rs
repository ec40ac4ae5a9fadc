//! The virtual router: distributes the requests for a virtual service by its routes.

use super::{List, PortMapping, declare::structure};

structure! {
    /// Spec of a virtual router. Source: API shape `VirtualRouterSpec`.
    VirtualRouterSpec {
        /// The ports on which the router takes requests; with more than one, every route must name its port.
        "listeners" listeners: Option<List<VirtualRouterListener>>,
    }
}

structure! {
    /// A listener of a virtual router. Source: API shape `VirtualRouterListener`.
    VirtualRouterListener {
        /// The port and what is spoken there.
        "portMapping" port_mapping: PortMapping,
    }
}
