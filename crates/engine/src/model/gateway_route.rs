//! The gateway route: which requests to a virtual gateway go to which virtual service.

use super::{
    HttpMethod, HttpPathExact, HttpPathMatch, HttpQueryParameters, HttpRouteHeaders, ListenerPort,
    ResourceName, RoutePriority, ServiceName,
    declare::{choice, structure, text},
};

structure! {
    /// Spec of a gateway route; exactly one of its routes must be set.
    ///
    /// Source: API shape `GatewayRouteSpec`.
    GatewayRouteSpec {
        /// For gRPC.
        "grpcRoute" grpc_route: Option<GrpcGatewayRoute>,
        /// For HTTP/2.
        "http2Route" http2_route: Option<HttpGatewayRoute>,
        /// For HTTP/1.1.
        "httpRoute" http_route: Option<HttpGatewayRoute>,
        /// Which gateway route is tried first, 0 before all others; absent means last.
        "priority" priority: Option<GatewayRoutePriority>,
    }
}

/// Priority of a gateway route. Source: API shape of this name, equal to [`RoutePriority`].
pub type GatewayRoutePriority = RoutePriority;

structure! {
    /// A gateway route for HTTP/1.1 or HTTP/2. Source: API shape `HttpGatewayRoute`.
    HttpGatewayRoute {
        /// Where requests go and what is rewritten in them.
        "action" action: HttpGatewayRouteAction,
        /// Which requests it takes.
        "match" matches: HttpGatewayRouteMatch,
    }
}

structure! {
    /// Target and rewrite of HTTP requests. Source: API shape `HttpGatewayRouteAction`.
    HttpGatewayRouteAction {
        /// What is rewritten; absent leaves the defaults of each part.
        "rewrite" rewrite: Option<HttpGatewayRouteRewrite>,
        /// The virtual service that gets the request.
        "target" target: GatewayRouteTarget,
    }
}

structure! {
    /// Target of the requests of a gateway route. Source: API shape `GatewayRouteTarget`.
    GatewayRouteTarget {
        /// The port at the provider; needed if the provider has several listeners.
        "port" port: Option<ListenerPort>,
        /// The virtual service.
        "virtualService" virtual_service: GatewayRouteVirtualService,
    }
}

structure! {
    /// A virtual service as target. Source: API shape `GatewayRouteVirtualService`.
    GatewayRouteVirtualService {
        /// A virtual service of the same mesh; bounded here although the service's own name is not.
        "virtualServiceName" virtual_service_name: ResourceName,
    }
}

structure! {
    /// Rewrite of an HTTP request: not both `path` and `prefix`.
    ///
    /// Source: API shape `HttpGatewayRouteRewrite`.
    HttpGatewayRouteRewrite {
        /// Whether the host becomes the target's name.
        "hostname" hostname: Option<GatewayRouteHostnameRewrite>,
        /// The whole path.
        "path" path: Option<HttpGatewayRoutePathRewrite>,
        /// The prefix that matched.
        "prefix" prefix: Option<HttpGatewayRoutePrefixRewrite>,
    }
}

structure! {
    /// Rewrite of the host. Source: API shape `GatewayRouteHostnameRewrite`.
    GatewayRouteHostnameRewrite {
        /// `ENABLED` makes it the name of the target virtual service, as does absence; `DISABLED` keeps it.
        "defaultTargetHostname" default_target_hostname: Option<DefaultGatewayRouteRewrite>,
    }
}

choice! {
    /// Whether a default rewrite is applied. Source: API shape `DefaultGatewayRouteRewrite`.
    DefaultGatewayRouteRewrite {
        /// The default rewrite is applied.
        Enabled "ENABLED",
        /// The default rewrite is not applied.
        Disabled "DISABLED",
    }
}

structure! {
    /// Rewrite of the whole path. Source: API shape `HttpGatewayRoutePathRewrite`.
    HttpGatewayRoutePathRewrite {
        /// This path; it starts with `/`.
        "exact" exact: Option<HttpPathExact>,
    }
}

structure! {
    /// Rewrite of the matched prefix; exactly one of the members must be set.
    ///
    /// Source: API shape `HttpGatewayRoutePrefixRewrite`.
    HttpGatewayRoutePrefixRewrite {
        /// `ENABLED` makes it `/`, as does absence; `DISABLED` keeps it.
        "defaultPrefix" default_prefix: Option<DefaultGatewayRouteRewrite>,
        /// This text, which starts and ends with `/`.
        "value" value: Option<HttpGatewayRoutePrefix>,
    }
}

text! {
    /// A prefix that replaces another, 1 to 255 characters. Source: API shape `HttpGatewayRoutePrefix`.
    HttpGatewayRoutePrefix 1..=255
}

structure! {
    /// HTTP requests that a gateway route accepts: those that match every member present.
    ///
    /// Source: API shape `HttpGatewayRouteMatch`.
    HttpGatewayRouteMatch {
        /// Headers the request must have.
        "headers" headers: Option<HttpRouteHeaders>,
        /// The host it must be for.
        "hostname" hostname: Option<GatewayRouteHostnameMatch>,
        /// The method it must have.
        "method" method: Option<HttpMethod>,
        /// The path it must have; not together with `prefix`.
        "path" path: Option<HttpPathMatch>,
        /// The gateway's port it must come in by; needed if the gateway has several listeners.
        "port" port: Option<ListenerPort>,
        /// How its path must start; itself starts with `/`, which alone means every path.
        "prefix" prefix: Option<String>,
        /// Query parameters it must have.
        "queryParameters" query_parameters: Option<HttpQueryParameters>,
    }
}

structure! {
    /// The host of a request; exactly one of the members must be set. Source: API shape `GatewayRouteHostnameMatch`.
    GatewayRouteHostnameMatch {
        /// This very host name.
        "exact" exact: Option<ExactHostName>,
        /// A host name that ends so.
        "suffix" suffix: Option<SuffixHostname>,
    }
}

text! {
    /// A whole host name, 1 to 253 characters. Source: API shape `ExactHostName`.
    ExactHostName 1..=253
}

text! {
    /// The end of a host name, 1 to 253 characters. Source: API shape `SuffixHostname`.
    SuffixHostname 1..=253
}

structure! {
    /// A gateway route for gRPC. Source: API shape `GrpcGatewayRoute`.
    GrpcGatewayRoute {
        /// Where requests go and what is rewritten in them.
        "action" action: GrpcGatewayRouteAction,
        /// Which requests it takes.
        "match" matches: GrpcGatewayRouteMatch,
    }
}

structure! {
    /// Target and rewrite of gRPC requests. Source: API shape `GrpcGatewayRouteAction`.
    GrpcGatewayRouteAction {
        /// What is rewritten; absent leaves the default.
        "rewrite" rewrite: Option<GrpcGatewayRouteRewrite>,
        /// The virtual service that gets the request.
        "target" target: GatewayRouteTarget,
    }
}

structure! {
    /// Rewrite of a gRPC request. Source: API shape `GrpcGatewayRouteRewrite`.
    GrpcGatewayRouteRewrite {
        /// Whether the host becomes the target's name.
        "hostname" hostname: Option<GatewayRouteHostnameRewrite>,
    }
}

structure! {
    /// gRPC requests that a gateway route accepts: those that match every member present.
    ///
    /// Source: API shape `GrpcGatewayRouteMatch`.
    GrpcGatewayRouteMatch {
        /// The host the request must be for.
        "hostname" hostname: Option<GatewayRouteHostnameMatch>,
        /// Metadata it must have.
        "metadata" metadata: Option<HttpRouteHeaders>,
        /// The gateway's port it must come in by; needed if the gateway has several listeners.
        "port" port: Option<ListenerPort>,
        /// The gRPC service it must call, with its package.
        "serviceName" service_name: Option<ServiceName>,
    }
}
