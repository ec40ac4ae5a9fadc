//! The virtual node: one deployed service as the mesh sees it, with its listeners and backends.

use super::{
    ClientPolicy, List, Listener, Logging, ServiceDiscovery, ServiceName,
    declare::{structure, union},
};

structure! {
    /// Spec of a virtual node. Source: API shape `VirtualNodeSpec`.
    VirtualNodeSpec {
        /// What holds for every backend that does not say otherwise.
        "backendDefaults" backend_defaults: Option<BackendDefaults>,
        /// The virtual services the node calls.
        "backends" backends: Option<List<Backend>>,
        /// The ports on which the node takes requests.
        "listeners" listeners: Option<List<Listener>>,
        /// What the node's proxy logs.
        "logging" logging: Option<Logging>,
        /// How others find the node; it needs a listener, and a listener needs it.
        "serviceDiscovery" service_discovery: Option<ServiceDiscovery>,
    }
}

structure! {
    /// Settings for all backends. Source: API shape `BackendDefaults`.
    BackendDefaults {
        /// How the node connects to its backends.
        "clientPolicy" client_policy: Option<ClientPolicy>,
    }
}

union! {
    /// A backend of a virtual node. Source: API shape `Backend`.
    Backend {
        /// A virtual service of the mesh.
        "virtualService" virtual_service: Option<VirtualServiceBackend>,
    }
}

structure! {
    /// A virtual service that a node calls. Source: API shape `VirtualServiceBackend`.
    VirtualServiceBackend {
        /// How the node connects to it; absent means as the defaults say.
        "clientPolicy" client_policy: Option<ClientPolicy>,
        /// Its name; there need be no such service yet.
        "virtualServiceName" virtual_service_name: ServiceName,
    }
}

/// Gateway counterpart of [`BackendDefaults`]. Source: API shape of the same name.
pub type VirtualGatewayBackendDefaults = BackendDefaults;
