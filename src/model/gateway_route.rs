//! The gateway route: which requests to a virtual gateway go to which virtual service.

use super::{
    HttpMethod, HttpPathExact, HttpPathMatch, HttpQueryParameters, HttpRouteHeaders, ListenerPort,
    ResourceName, RoutePriority, ServiceName,
    declare::{choice, structure, text},
};

structure! {
    /// What a gateway route is set to; exactly one route in it counts.
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

/// The place of a gateway route among others. Source: API shape of this name, equal to [`RoutePriority`].
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
    /// Where HTTP requests go. Source: API shape `HttpGatewayRouteAction`.
    HttpGatewayRouteAction {
        /// What is rewritten; absent leaves the defaults of each part.
        "rewrite" rewrite: Option<HttpGatewayRouteRewrite>,
        /// The virtual service that gets the request.
        "target" target: GatewayRouteTarget,
    }
}

structure! {
    /// Where the requests of a gateway route go. Source: API shape `GatewayRouteTarget`.
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
    /// What is rewritten in an HTTP request: not both `path` and `prefix`.
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
    /// Whether the host is rewritten. Source: API shape `GatewayRouteHostnameRewrite`.
    GatewayRouteHostnameRewrite {
        /// `ENABLED` makes it the name of the target virtual service, as does absence; `DISABLED` keeps it.
        "defaultTargetHostname" default_target_hostname: Option<DefaultGatewayRouteRewrite>,
    }
}

choice! {
    /// Whether a default rewrite happens. Source: API shape `DefaultGatewayRouteRewrite`.
    DefaultGatewayRouteRewrite {
        /// It does.
        Enabled "ENABLED",
        /// It does not.
        Disabled "DISABLED",
    }
}

structure! {
    /// What the whole path becomes. Source: API shape `HttpGatewayRoutePathRewrite`.
    HttpGatewayRoutePathRewrite {
        /// This path; it starts with `/`.
        "exact" exact: Option<HttpPathExact>,
    }
}

structure! {
    /// What the matched prefix becomes; one of the two counts.
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
    /// A prefix to put in place of another, 1 to 255 characters. Source: API shape `HttpGatewayRoutePrefix`.
    HttpGatewayRoutePrefix 1..=255
}

structure! {
    /// Which HTTP requests a gateway route takes: those that fit every member present.
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
    /// The host a request must be for; one of the two counts. Source: API shape `GatewayRouteHostnameMatch`.
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
    /// Where gRPC requests go. Source: API shape `GrpcGatewayRouteAction`.
    GrpcGatewayRouteAction {
        /// What is rewritten; absent leaves the default.
        "rewrite" rewrite: Option<GrpcGatewayRouteRewrite>,
        /// The virtual service that gets the request.
        "target" target: GatewayRouteTarget,
    }
}

structure! {
    /// What is rewritten in a gRPC request. Source: API shape `GrpcGatewayRouteRewrite`.
    GrpcGatewayRouteRewrite {
        /// Whether the host becomes the target's name.
        "hostname" hostname: Option<GatewayRouteHostnameRewrite>,
    }
}

structure! {
    /// Which gRPC requests a gateway route takes: those that fit every member present.
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
