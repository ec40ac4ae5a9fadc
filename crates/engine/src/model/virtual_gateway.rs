//! The virtual gateway: where traffic from outside enters the mesh.
//!
//! Structures with the same members as those of the virtual node are aliases, declared beside those.

use super::{
    HealthCheckIntervalMillis, HealthCheckThreshold, HealthCheckTimeoutMillis, List, PortNumber,
    VirtualGatewayBackendDefaults, VirtualGatewayListenerTls, VirtualGatewayLogging,
    VirtualNodeGrpcConnectionPool, VirtualNodeHttpConnectionPool,
    declare::{choice, structure, union},
};

structure! {
    /// Spec of a virtual gateway. Source: API shape `VirtualGatewaySpec`.
    VirtualGatewaySpec {
        /// What holds for every service the gateway sends to.
        "backendDefaults" backend_defaults: Option<VirtualGatewayBackendDefaults>,
        /// The ports on which the gateway takes requests; the list must be there but may be empty.
        "listeners" listeners: List<VirtualGatewayListener>,
        /// What the gateway's proxy logs.
        "logging" logging: Option<VirtualGatewayLogging>,
    }
}

structure! {
    /// A listener of a virtual gateway. Source: API shape `VirtualGatewayListener`.
    VirtualGatewayListener {
        /// Limits for connections and requests; the member must be that of the listener's protocol.
        "connectionPool" connection_pool: Option<VirtualGatewayConnectionPool>,
        /// How the gateway's health is checked; absent means it is not.
        "healthCheck" health_check: Option<VirtualGatewayHealthCheckPolicy>,
        /// The port and what is spoken there.
        "portMapping" port_mapping: VirtualGatewayPortMapping,
        /// TLS toward clients; absent means none.
        "tls" tls: Option<VirtualGatewayListenerTls>,
    }
}

structure! {
    /// A gateway's port and its protocol. Source: API shape `VirtualGatewayPortMapping`.
    VirtualGatewayPortMapping {
        /// The port, 1 to 65535.
        "port" port: PortNumber,
        /// What is spoken there.
        "protocol" protocol: VirtualGatewayPortProtocol,
    }
}

choice! {
    /// Protocol of a gateway's port; never plain TCP. Source: API shape `VirtualGatewayPortProtocol`.
    VirtualGatewayPortProtocol {
        /// HTTP/1.1.
        Http "http",
        /// HTTP/2.
        Http2 "http2",
        /// gRPC.
        Grpc "grpc",
    }
}

union! {
    /// Limits of a gateway's listener, by protocol. Source: API shape `VirtualGatewayConnectionPool`.
    VirtualGatewayConnectionPool {
        /// For gRPC.
        "grpc" grpc: Option<VirtualGatewayGrpcConnectionPool>,
        /// For HTTP/1.1.
        "http" http: Option<VirtualGatewayHttpConnectionPool>,
        /// For HTTP/2.
        "http2" http2: Option<VirtualGatewayHttp2ConnectionPool>,
    }
}

/// Gateway limits for gRPC. Source: API shape of this name, equal to [`VirtualNodeGrpcConnectionPool`].
pub type VirtualGatewayGrpcConnectionPool = VirtualNodeGrpcConnectionPool;

/// Gateway limits for HTTP/1.1. Source: API shape of this name, equal to [`VirtualNodeHttpConnectionPool`].
pub type VirtualGatewayHttpConnectionPool = VirtualNodeHttpConnectionPool;

/// Gateway limits for HTTP/2. Source: API shape of this name, equal to [`VirtualNodeGrpcConnectionPool`].
pub type VirtualGatewayHttp2ConnectionPool = VirtualNodeGrpcConnectionPool;

structure! {
    /// Health check of a gateway. Source: API shape `VirtualGatewayHealthCheckPolicy`.
    VirtualGatewayHealthCheckPolicy {
        /// Good answers in a row that make it healthy.
        "healthyThreshold" healthy_threshold: HealthCheckThreshold,
        /// Milliseconds from one check to the next.
        "intervalMillis" interval_millis: HealthCheckIntervalMillis,
        /// The path to ask for; ignored for gRPC.
        "path" path: Option<String>,
        /// The port to ask at, which can only be the listener's; absent means that one.
        "port" port: Option<PortNumber>,
        /// What the check speaks.
        "protocol" protocol: VirtualGatewayPortProtocol,
        /// Milliseconds to wait for an answer.
        "timeoutMillis" timeout_millis: HealthCheckTimeoutMillis,
        /// Bad answers in a row that make it unhealthy.
        "unhealthyThreshold" unhealthy_threshold: HealthCheckThreshold,
    }
}
