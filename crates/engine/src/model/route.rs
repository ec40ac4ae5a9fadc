//! The route: which requests to a virtual router go to which virtual nodes.

use super::{
    Bounded, Duration, GrpcTimeout, HttpMethod, HttpPathMatch, HttpQueryParameters, HttpRouteHeaders,
    HttpScheme, HttpTimeout, Items, PortNumber, ResourceName, ServiceName, TcpTimeout, View,
    declare::{choice, integer, structure, text},
};

structure! {
    /// Spec of a route; exactly one of the four routes must be set. Source: API shape `RouteSpec`.
    RouteSpec {
        /// For gRPC.
        "grpcRoute" grpc_route: Option<GrpcRoute>,
        /// For HTTP/2.
        "http2Route" http2_route: Option<HttpRoute>,
        /// For HTTP/1.1.
        "httpRoute" http_route: Option<HttpRoute>,
        /// Which route is tried first, 0 before all others; absent means last.
        "priority" priority: Option<RoutePriority>,
        /// For TCP.
        "tcpRoute" tcp_route: Option<TcpRoute>,
    }
}

integer! {
    /// Priority of a route, 0 (first) to 1000.
    ///
    /// Source: API shapes `RoutePriority` and `GatewayRoutePriority`.
    RoutePriority 0..=1000
}

structure! {
    /// A route for HTTP/1.1 or HTTP/2. Source: API shape `HttpRoute`.
    HttpRoute {
        /// Where requests go.
        "action" action: HttpRouteAction,
        /// Which requests it takes.
        "match" matches: HttpRouteMatch,
        /// When a failed request is sent again; absent leaves it to Envoy's default.
        "retryPolicy" retry_policy: Option<HttpRetryPolicy>,
        /// Timeouts; absent means 15 seconds for a request, 300 for an idle connection.
        "timeout" timeout: Option<HttpTimeout>,
    }
}

structure! {
    /// Targets of the requests of a route. Source: API shape `HttpRouteAction`.
    HttpRouteAction {
        /// 1 to 10 virtual nodes and their shares.
        "weightedTargets" weighted_targets: Bounded<WeightedTarget, 1, 10>,
    }
}

/// Targets of gRPC requests. Source: API shape of this name, equal to [`HttpRouteAction`].
pub type GrpcRouteAction = HttpRouteAction;

/// Targets of TCP connections. Source: API shape of this name, equal to [`HttpRouteAction`].
pub type TcpRouteAction = HttpRouteAction;

structure! {
    /// A virtual node and its share of the requests. Source: API shape `WeightedTarget`.
    WeightedTarget {
        /// The node's port; needed if the node has several listeners.
        "port" port: Option<ListenerPort>,
        /// A virtual node of the same mesh.
        "virtualNode" virtual_node: ResourceName,
        /// Its share, relative to the other targets.
        "weight" weight: PercentInt,
    }
}

/// A port that a route or target names. Source: API shape `ListenerPort`, with the bounds of [`PortNumber`].
pub type ListenerPort = PortNumber;

integer! {
    /// A weight, 0 to 100. Source: API shape `PercentInt`.
    PercentInt 0..=100
}

structure! {
    /// HTTP requests that a route accepts: those that match every member present.
    ///
    /// Source: API shape `HttpRouteMatch`.
    HttpRouteMatch {
        /// Headers the request must have.
        "headers" headers: Option<HttpRouteHeaders>,
        /// The method it must have.
        "method" method: Option<HttpMethod>,
        /// The path it must have; not together with `prefix`.
        "path" path: Option<HttpPathMatch>,
        /// The router's port it must come in by; needed if the router has several listeners.
        "port" port: Option<ListenerPort>,
        /// How its path must start; itself starts with `/`, which alone means every path.
        "prefix" prefix: Option<String>,
        /// Query parameters it must have.
        "queryParameters" query_parameters: Option<HttpQueryParameters>,
        /// The scheme it must have; for HTTP/2 routes.
        "scheme" scheme: Option<HttpScheme>,
    }
}

structure! {
    /// Retry policy for HTTP requests; at least one event must be listed.
    ///
    /// Source: API shape `HttpRetryPolicy`.
    HttpRetryPolicy {
        /// Answers after which it is.
        "httpRetryEvents" http_retry_events: Option<HttpRetryPolicyEvents>,
        /// How often at most.
        "maxRetries" max_retries: MaxRetries,
        /// How long one try may take.
        "perRetryTimeout" per_retry_timeout: Duration,
        /// Connection failures after which it is.
        "tcpRetryEvents" tcp_retry_events: Option<TcpRetryPolicyEvents>,
    }
}

/// 1 to 25 retry events. Source: API shape `HttpRetryPolicyEvents`.
pub type HttpRetryPolicyEvents = Bounded<HttpRetryPolicyEvent, 1, 25>;

text! {
    /// A kind of HTTP response to retry after, 1 to 25 characters.
    ///
    /// The API model lists no values; the guide names `server-error` (500 to 508, 510, 511),
    /// `gateway-error` (502 to 504), `client-error` (409) and `stream-error` (a refused stream).
    ///
    /// Source: API shape `HttpRetryPolicyEvent`.
    HttpRetryPolicyEvent 1..=25
}

/// The connection failures to retry after. Source: API shape `TcpRetryPolicyEvents`.
pub type TcpRetryPolicyEvents = Bounded<TcpRetryPolicyEvent, 1, 1>;

choice! {
    /// A kind of connection failure. Source: API shape `TcpRetryPolicyEvent`.
    TcpRetryPolicyEvent {
        /// The connection failed or broke.
        ConnectionError "connection-error",
    }
}

integer! {
    /// Maximum number of retries, 0 or more. Source: API shape `MaxRetries`.
    MaxRetries 0..=i64::MAX
}

structure! {
    /// A route for gRPC. Source: API shape `GrpcRoute`.
    GrpcRoute {
        /// Where requests go.
        "action" action: GrpcRouteAction,
        /// Which requests it takes.
        "match" matches: GrpcRouteMatch,
        /// When a failed request is sent again; absent leaves it to Envoy's default.
        "retryPolicy" retry_policy: Option<GrpcRetryPolicy>,
        /// Timeouts; absent means 15 seconds for a request, 300 for an idle connection.
        "timeout" timeout: Option<GrpcTimeout>,
    }
}

structure! {
    /// gRPC requests that a route accepts: those that match every member present.
    ///
    /// Source: API shape `GrpcRouteMatch`.
    GrpcRouteMatch {
        /// Metadata the request must have.
        "metadata" metadata: Option<HttpRouteHeaders>,
        /// The method it must call; only together with `serviceName`.
        "methodName" method_name: Option<MethodName>,
        /// The router's port it must come in by; needed if the router has several listeners.
        "port" port: Option<ListenerPort>,
        /// The gRPC service it must call, with its package.
        "serviceName" service_name: Option<ServiceName>,
    }
}

text! {
    /// The name of a gRPC method, 1 to 50 characters. Source: API shape `MethodName`.
    MethodName 1..=50
}

structure! {
    /// Retry policy for gRPC requests; at least one event must be listed.
    ///
    /// Source: API shape `GrpcRetryPolicy`.
    GrpcRetryPolicy {
        /// gRPC results after which it is, 1 to 5.
        "grpcRetryEvents" grpc_retry_events: Option<Bounded<GrpcRetryPolicyEvent, 1, 5>>,
        /// HTTP answers after which it is.
        "httpRetryEvents" http_retry_events: Option<HttpRetryPolicyEvents>,
        /// How often at most.
        "maxRetries" max_retries: MaxRetries,
        /// How long one try may take.
        "perRetryTimeout" per_retry_timeout: Duration,
        /// Connection failures after which it is.
        "tcpRetryEvents" tcp_retry_events: Option<TcpRetryPolicyEvents>,
    }
}

choice! {
    /// A gRPC result to retry after. Source: API shape `GrpcRetryPolicyEvent`.
    GrpcRetryPolicyEvent {
        /// gRPC status 1.
        Cancelled "cancelled",
        /// gRPC status 4.
        DeadlineExceeded "deadline-exceeded",
        /// gRPC status 13.
        Internal "internal",
        /// gRPC status 8.
        ResourceExhausted "resource-exhausted",
        /// gRPC status 14.
        Unavailable "unavailable",
    }
}

structure! {
    /// A route for TCP, which has no retries. Source: API shape `TcpRoute`.
    TcpRoute {
        /// Where connections go.
        "action" action: TcpRouteAction,
        /// Which connections it takes; absent means all.
        "match" matches: Option<TcpRouteMatch>,
        /// Timeouts; absent means 300 seconds for an idle connection.
        "timeout" timeout: Option<TcpTimeout>,
    }
}

structure! {
    /// TCP connections that a route accepts. Source: API shape `TcpRouteMatch`.
    TcpRouteMatch {
        /// The router's port they must come in by; needed if the router has several listeners.
        "port" port: Option<ListenerPort>,
    }
}

impl<'v> View<'v, RouteSpec> {
    /// Returns the targets of the one route that is set; none if no route is set.
    pub fn weighted_targets(self) -> Items<'v, WeightedTarget> {
        let http = self.http_route().or(self.http2_route()).map(|route| route.action());
        let http = http.or_else(|| self.grpc_route().map(|route| route.action()));
        let action = http.or_else(|| self.tcp_route().map(|route| route.action()));
        action.map(|action| action.weighted_targets()).unwrap_or_default()
    }
}
