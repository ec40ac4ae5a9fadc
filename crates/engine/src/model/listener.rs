//! A listener of a virtual node: its port, limits, health check and timeouts.

use super::{
    Duration, GrpcTimeout, HttpTimeout, ListenerTls, PortNumber, TcpTimeout,
    declare::{choice, integer, structure, union},
};

structure! {
    /// A listener of a virtual node. Source: API shape `Listener`.
    Listener {
        /// Limits for connections and requests; the member must be that of the listener's protocol.
        "connectionPool" connection_pool: Option<VirtualNodeConnectionPool>,
        /// How the application's health is checked; absent means it is not.
        "healthCheck" health_check: Option<HealthCheckPolicy>,
        /// When a failing endpoint is left out for a while; absent means never.
        "outlierDetection" outlier_detection: Option<OutlierDetection>,
        /// The port and what is spoken there.
        "portMapping" port_mapping: PortMapping,
        /// Timeouts; the member must be that of the listener's protocol.
        "timeout" timeout: Option<ListenerTimeout>,
        /// TLS toward clients; absent means none.
        "tls" tls: Option<ListenerTls>,
    }
}

structure! {
    /// A port and its protocol. Source: API shape `PortMapping`.
    PortMapping {
        /// The port, 1 to 65535.
        "port" port: PortNumber,
        /// What is spoken there.
        "protocol" protocol: PortProtocol,
    }
}

choice! {
    /// Protocol of a port. Source: API shape `PortProtocol`.
    PortProtocol {
        /// HTTP/1.1.
        Http "http",
        /// Any bytes over TCP.
        Tcp "tcp",
        /// HTTP/2.
        Http2 "http2",
        /// gRPC.
        Grpc "grpc",
    }
}

union! {
    /// Limits of a node's listener, by protocol. Source: API shape `VirtualNodeConnectionPool`.
    VirtualNodeConnectionPool {
        /// For gRPC.
        "grpc" grpc: Option<VirtualNodeGrpcConnectionPool>,
        /// For HTTP/1.1.
        "http" http: Option<VirtualNodeHttpConnectionPool>,
        /// For HTTP/2.
        "http2" http2: Option<VirtualNodeHttp2ConnectionPool>,
        /// For TCP.
        "tcp" tcp: Option<VirtualNodeTcpConnectionPool>,
    }
}

structure! {
    /// Limits for gRPC. Source: API shape `VirtualNodeGrpcConnectionPool`.
    VirtualNodeGrpcConnectionPool {
        /// Most requests at a time.
        "maxRequests" max_requests: MaxRequests,
    }
}

structure! {
    /// Limits for HTTP/1.1. Source: API shape `VirtualNodeHttpConnectionPool`.
    VirtualNodeHttpConnectionPool {
        /// Most connections at a time.
        "maxConnections" max_connections: MaxConnections,
        /// Most requests that wait for a connection; absent means 2147483647.
        "maxPendingRequests" max_pending_requests: Option<MaxPendingRequests>,
    }
}

/// Limits for HTTP/2. Source: API shape of this name, equal to [`VirtualNodeGrpcConnectionPool`].
pub type VirtualNodeHttp2ConnectionPool = VirtualNodeGrpcConnectionPool;

structure! {
    /// Limits for TCP. Source: API shape `VirtualNodeTcpConnectionPool`.
    VirtualNodeTcpConnectionPool {
        /// Most connections at a time.
        "maxConnections" max_connections: MaxConnections,
    }
}

integer! {
    /// A limit for connections, 1 or more. Source: API shape `MaxConnections`.
    MaxConnections 1..=i64::MAX
}

integer! {
    /// A limit for waiting requests, 1 or more. Source: API shape `MaxPendingRequests`.
    MaxPendingRequests 1..=i64::MAX
}

integer! {
    /// A limit for requests, 1 or more. Source: API shape `MaxRequests`.
    MaxRequests 1..=i64::MAX
}

structure! {
    /// Health check of a node. Source: API shape `HealthCheckPolicy`.
    HealthCheckPolicy {
        /// Good answers in a row that make it healthy.
        "healthyThreshold" healthy_threshold: HealthCheckThreshold,
        /// Milliseconds from one check to the next.
        "intervalMillis" interval_millis: HealthCheckIntervalMillis,
        /// The path to ask for; ignored unless the protocol is HTTP or HTTP/2.
        "path" path: Option<String>,
        /// The port to ask at, which can only be the listener's; absent means that one.
        "port" port: Option<PortNumber>,
        /// What the check speaks.
        "protocol" protocol: PortProtocol,
        /// Milliseconds to wait for an answer.
        "timeoutMillis" timeout_millis: HealthCheckTimeoutMillis,
        /// Bad answers in a row that make it unhealthy.
        "unhealthyThreshold" unhealthy_threshold: HealthCheckThreshold,
    }
}

integer! {
    /// Number of answers in a row, 2 to 10. Source: API shape `HealthCheckThreshold` and its gateway counterpart.
    HealthCheckThreshold 2..=10
}

integer! {
    /// Milliseconds between checks, 5000 to 300000.
    ///
    /// Source: API shape `HealthCheckIntervalMillis` and its gateway counterpart.
    HealthCheckIntervalMillis 5_000..=300_000
}

integer! {
    /// Milliseconds to wait for an answer, 2000 to 60000.
    ///
    /// Source: API shape `HealthCheckTimeoutMillis` and its gateway counterpart.
    HealthCheckTimeoutMillis 2_000..=60_000
}

structure! {
    /// Conditions for ejecting a failing endpoint. Source: API shape `OutlierDetection`.
    OutlierDetection {
        /// How long it is left out at first.
        "baseEjectionDuration" base_ejection_duration: Duration,
        /// The time between two looks at the endpoints.
        "interval" interval: Duration,
        /// The most endpoints left out at a time, in percent; one may always be.
        "maxEjectionPercent" max_ejection_percent: OutlierDetectionMaxEjectionPercent,
        /// Server errors in a row that put an endpoint out.
        "maxServerErrors" max_server_errors: OutlierDetectionMaxServerErrors,
    }
}

integer! {
    /// A share of endpoints, 0 to 100 percent. Source: API shape `OutlierDetectionMaxEjectionPercent`.
    OutlierDetectionMaxEjectionPercent 0..=100
}

integer! {
    /// A number of server errors, 1 or more. Source: API shape `OutlierDetectionMaxServerErrors`.
    OutlierDetectionMaxServerErrors 1..=i64::MAX
}

union! {
    /// Timeouts of a listener, by protocol. Source: API shape `ListenerTimeout`.
    ListenerTimeout {
        /// For gRPC.
        "grpc" grpc: Option<GrpcTimeout>,
        /// For HTTP/1.1.
        "http" http: Option<HttpTimeout>,
        /// For HTTP/2.
        "http2" http2: Option<HttpTimeout>,
        /// For TCP.
        "tcp" tcp: Option<TcpTimeout>,
    }
}
