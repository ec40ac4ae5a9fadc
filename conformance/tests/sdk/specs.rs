//! Specs of every kind that together contain every member and every word of the API.
//!
//! The test of each kind checks that nothing is missing: it compares the specs in the playground with the declarations.
//! See `Coverage`.

use aws_sdk_appmesh::types::*;

/// Ports of resources with a listener of each protocol.
const HTTP: i32 = 8080;
const HTTP2: i32 = 8081;
const GRPC: i32 = 8082;
const TCP: i32 = 8083;

/// Builds a structure of the SDK from its members. Use `try` if members are required, so that building can fail.
macro_rules! of {
    (try $structure:ident { $($member:ident : $value:expr),* $(,)? }) => {
        $structure::builder()$(.$member($value))*.build().unwrap()
    };
    ($structure:ident { $($member:ident : $value:expr),* $(,)? }) => {
        $structure::builder()$(.$member($value))*.build()
    };
}
pub(crate) use of;

fn preferences() -> impl Iterator<Item = IpPreference> {
    IpPreference::values().iter().map(|word| IpPreference::from(*word))
}

fn seconds(value: i64) -> Duration {
    of!(Duration { value: value, unit: DurationUnit::S })
}

fn milliseconds(value: i64) -> Duration {
    of!(Duration { value: value, unit: DurationUnit::Ms })
}

fn http_timeout() -> HttpTimeout {
    of!(HttpTimeout { per_request: seconds(15), idle: milliseconds(300_000) })
}

fn grpc_timeout() -> GrpcTimeout {
    of!(GrpcTimeout { per_request: milliseconds(1), idle: seconds(0) })
}

fn tcp_timeout() -> TcpTimeout {
    of!(TcpTimeout { idle: seconds(60) })
}

fn port_mapping(port: i32, protocol: PortProtocol) -> PortMapping {
    of!(try PortMapping { port: port, protocol: protocol })
}

fn range() -> MatchRange {
    of!(try MatchRange { start: -5, end: 1 << 40 })
}

fn alternative_names() -> SubjectAlternativeNames {
    let exact = of!(try SubjectAlternativeNameMatchers { exact: "a.example", exact: "spiffe://b.example/c" });
    of!(SubjectAlternativeNames { r#match: exact })
}

fn authority(n: u32) -> String {
    format!("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/{n}")
}

const CERTIFICATE: &str = "arn:aws:acm:us-west-2:123456789012:certificate/1";

fn formats() -> [Option<LoggingFormat>; 3] {
    let json = [("time", "%START_TIME%"), ("straße \"1\"", "%REQ(:PATH)%\n")];
    let json = json.map(|(key, value)| of!(try JsonFormatRef { key: key, value: value }));
    [None, Some(LoggingFormat::Json(json.into())), Some(LoggingFormat::Text("[%START_TIME%]\n".into()))]
}

/// Every method to compare a header; `None` only requires that it is present.
macro_rules! header_methods {
    ($method:ident) => {
        [
            None,
            Some($method::Exact("with space, \"quotes\" and ü".into())),
            Some($method::Prefix("pre".into())),
            Some($method::Regex("^[a-z]+\\d$".into())),
            Some($method::Suffix("fix".into())),
            Some($method::Range(range())),
        ]
    };
}

/// Conditions that routes and gateway routes have in common.
macro_rules! web_matches {
    ($matches:ident, $header:ident, $port:expr) => {{
        let mut headers = $matches::builder().port($port).prefix("/a b/");
        for (i, method) in header_methods!(HeaderMatchMethod).into_iter().enumerate() {
            let header = $header::builder().name(format!("x-{i}")).set_match(method);
            headers = headers.headers(header.set_invert([None, Some(true), Some(false)][i % 3]).build().unwrap());
        }
        let exact = of!(QueryParameterMatch { exact: "1&2" });
        let parameter = of!(try HttpQueryParameter { name: "page", r#match: exact });
        let mut rows = vec![
            of!($matches { port: $port }),
            headers.build(),
            of!($matches { port: $port, path: of!(HttpPathMatch { exact: "/ü" }), query_parameters: parameter }),
            of!($matches {
                port: $port,
                path: of!(HttpPathMatch { regex: "/.*" }),
                query_parameters: of!(try HttpQueryParameter { name: "there" }),
            }),
        ];
        rows.extend(HttpMethod::values().iter().map(|method| {
            of!($matches { port: $port, prefix: "/", method: HttpMethod::from(*method) })
        }));
        rows
    }};
}

/// The common parts of virtual nodes and virtual gateways, which differ only in the names of the types.
macro_rules! tls {
    (
        policies $policy:ident { $policy_tls:ident, $context:ident, $trust:ident, $client_certificate:ident }
        listeners $listener_tls:ident { $mode:ident, $listener_context:ident, $listener_trust:ident, $certificate:ident }
        from { $acm_trust:ident, $file_trust:ident, $sds_trust:ident, $acm:ident, $file:ident, $sds:ident }
    ) => {
        /// Returns every kind of trust, with every kind of certificate and without one.
        pub fn policies() -> [$policy; 3] {
            let file = of!(try $file { certificate_chain: "/chain.pem", private_key: "/key.pem" });
            let acm = of!(try $acm_trust {
                certificate_authority_arns: authority(1),
                certificate_authority_arns: authority(2),
            });
            let by_acm = of!($context {
                trust: $trust::Acm(acm),
                subject_alternative_names: alternative_names(),
            });
            let by_file = $trust::File(of!(try $file_trust { certificate_chain: "/authority.pem" }));
            let by_sds = $trust::Sds(of!(try $sds_trust { secret_name: "authority" }));
            let sds = $client_certificate::Sds(of!(try $sds { secret_name: "client" }));
            [
                of!($policy_tls {
                    certificate: $client_certificate::File(file),
                    enforce: true,
                    ports: 443,
                    ports: 8443,
                    validation: by_acm,
                }),
                of!($policy_tls { certificate: sds, enforce: false, validation: of!($context { trust: by_file }) }),
                of!($policy_tls { validation: of!($context { trust: by_sds }) }),
            ]
            .map(|tls| of!($policy { tls: tls }))
        }

        /// Returns every mode and every kind of certificate; every kind of trust and none; and no TLS at all.
        pub fn listener_tls() -> [Option<$listener_tls>; 4] {
            let acm = $certificate::Acm(of!(try $acm { certificate_arn: CERTIFICATE }));
            let file = of!(try $file { certificate_chain: "/chain.pem", private_key: "/key.pem" });
            let sds = $certificate::Sds(of!(try $sds { secret_name: "listener" }));
            let by_file = of!($listener_context {
                trust: $listener_trust::File(of!(try $file_trust { certificate_chain: "/authority.pem" })),
                subject_alternative_names: alternative_names(),
            });
            let by_sds = of!($listener_context {
                trust: $listener_trust::Sds(of!(try $sds_trust { secret_name: "authority" })),
            });
            [
                Some(of!(try $listener_tls { mode: $mode::Strict, certificate: acm, validation: by_file })),
                Some(of!(try $listener_tls {
                    mode: $mode::Permissive,
                    certificate: $certificate::File(file),
                    validation: by_sds,
                })),
                Some(of!(try $listener_tls { mode: $mode::Disabled, certificate: sds })),
                None,
            ]
        }
    };
}

mod node {
    use super::*;

    tls! {
        policies ClientPolicy { ClientPolicyTls, TlsValidationContext, TlsValidationContextTrust, ClientTlsCertificate }
        listeners ListenerTls {
            ListenerTlsMode, ListenerTlsValidationContext, ListenerTlsValidationContextTrust, ListenerTlsCertificate
        }
        from {
            TlsValidationContextAcmTrust, TlsValidationContextFileTrust, TlsValidationContextSdsTrust,
            ListenerTlsAcmCertificate, ListenerTlsFileCertificate, ListenerTlsSdsCertificate
        }
    }
}

mod gateway {
    use super::*;

    tls! {
        policies VirtualGatewayClientPolicy {
            VirtualGatewayClientPolicyTls, VirtualGatewayTlsValidationContext, VirtualGatewayTlsValidationContextTrust,
            VirtualGatewayClientTlsCertificate
        }
        listeners VirtualGatewayListenerTls {
            VirtualGatewayListenerTlsMode, VirtualGatewayListenerTlsValidationContext,
            VirtualGatewayListenerTlsValidationContextTrust, VirtualGatewayListenerTlsCertificate
        }
        from {
            VirtualGatewayTlsValidationContextAcmTrust, VirtualGatewayTlsValidationContextFileTrust,
            VirtualGatewayTlsValidationContextSdsTrust, VirtualGatewayListenerTlsAcmCertificate,
            VirtualGatewayListenerTlsFileCertificate, VirtualGatewayListenerTlsSdsCertificate
        }
    }
}

/// Returns the specs of all meshes.
pub fn meshes() -> Vec<MeshSpec> {
    let egress = |r#type| of!(MeshSpec { egress_filter: of!(try EgressFilter { r#type: r#type }) });
    let mut specs = vec![MeshSpec::builder().build()];
    specs.extend([EgressFilterType::AllowAll, EgressFilterType::DropAll].map(egress));
    specs.extend(preferences().map(|preference| {
        of!(MeshSpec { service_discovery: of!(MeshServiceDiscovery { ip_preference: preference }) })
    }));
    specs
}

/// Returns the specs of all virtual nodes.
pub fn virtual_nodes() -> Vec<VirtualNodeSpec> {
    let mut specs = vec![of!(VirtualNodeSpec {}), node_with_all_listeners()];
    specs.extend(preferences().flat_map(|preference| {
        let attribute = |key, value| of!(try AwsCloudMapInstanceAttribute { key: key, value: value });
        let map = of!(try AwsCloudMapServiceDiscovery {
            namespace_name: "colours",
            service_name: "red",
            attributes: attribute("stage", "beta 2"),
            attributes: attribute("A~!", "x"),
            ip_preference: preference.clone(),
        });
        let dns = of!(try DnsServiceDiscovery {
            hostname: "red.local",
            response_type: DnsResponseType::Endpoints,
            ip_preference: preference,
        });
        [ServiceDiscovery::AwsCloudMap(map), ServiceDiscovery::Dns(dns)].map(|discovery| {
            let listener = of!(Listener { port_mapping: port_mapping(1, PortProtocol::Tcp) });
            of!(VirtualNodeSpec { service_discovery: discovery, listeners: listener })
        })
    }));
    specs.extend(node::policies().map(|policy| {
        let plain = of!(try VirtualServiceBackend { virtual_service_name: "nobody made this.local" });
        let strict = of!(try VirtualServiceBackend {
            virtual_service_name: "other.local",
            client_policy: policy.clone(),
        });
        of!(VirtualNodeSpec {
            backends: Backend::VirtualService(plain),
            backends: Backend::VirtualService(strict),
            backend_defaults: of!(BackendDefaults { client_policy: policy }),
        })
    }));
    specs.extend(formats().map(|format| {
        let file = FileAccessLog::builder().path("/dev/stdout").set_format(format).build().unwrap();
        of!(VirtualNodeSpec { logging: of!(Logging { access_log: AccessLog::File(file) }) })
    }));
    specs
}

/// Returns a node with a listener of each protocol that has every member; every second health check omits its port.
fn node_with_all_listeners() -> VirtualNodeSpec {
    let rows = [
        (
            HTTP,
            PortProtocol::Http,
            ListenerTimeout::Http(http_timeout()),
            VirtualNodeConnectionPool::Http(of!(try VirtualNodeHttpConnectionPool {
                max_connections: 1,
                max_pending_requests: i32::MAX,
            })),
        ),
        (
            HTTP2,
            PortProtocol::Http2,
            ListenerTimeout::Http2(http_timeout()),
            VirtualNodeConnectionPool::Http2(of!(try VirtualNodeHttp2ConnectionPool { max_requests: 2 })),
        ),
        (
            GRPC,
            PortProtocol::Grpc,
            ListenerTimeout::Grpc(grpc_timeout()),
            VirtualNodeConnectionPool::Grpc(of!(try VirtualNodeGrpcConnectionPool { max_requests: 3 })),
        ),
        (
            TCP,
            PortProtocol::Tcp,
            ListenerTimeout::Tcp(tcp_timeout()),
            VirtualNodeConnectionPool::Tcp(of!(try VirtualNodeTcpConnectionPool { max_connections: 4 })),
        ),
    ];
    let dns = of!(try DnsServiceDiscovery {
        hostname: "all.local",
        response_type: DnsResponseType::Loadbalancer,
    });
    let mut spec = VirtualNodeSpec::builder().service_discovery(ServiceDiscovery::Dns(dns));
    for ((port, protocol, timeout, pool), tls) in rows.into_iter().zip(node::listener_tls()) {
        let is_web = matches!(protocol, PortProtocol::Http | PortProtocol::Http2);
        let health = HealthCheckPolicy::builder()
            .protocol(protocol.clone())
            .set_port((port % 2 == 1).then_some(port))
            .set_path(is_web.then(|| "/health?deep=1".to_owned()))
            .interval_millis(5_000)
            .timeout_millis(60_000)
            .healthy_threshold(2)
            .unhealthy_threshold(10);
        let outliers = of!(try OutlierDetection {
            base_ejection_duration: seconds(30),
            interval: milliseconds(10),
            max_ejection_percent: 100,
            max_server_errors: 1 << 40,
        });
        let listener = Listener::builder()
            .port_mapping(port_mapping(port, protocol))
            .timeout(timeout)
            .connection_pool(pool)
            .health_check(health.build().unwrap())
            .outlier_detection(outliers)
            .set_tls(tls);
        spec = spec.listeners(listener.build());
    }
    spec.build()
}

/// Returns the specs of all virtual routers.
pub fn virtual_routers() -> Vec<VirtualRouterSpec> {
    let listener =
        |(port, protocol)| of!(VirtualRouterListener { port_mapping: port_mapping(port, protocol) });
    let all = [
        (HTTP, PortProtocol::Http),
        (HTTP2, PortProtocol::Http2),
        (GRPC, PortProtocol::Grpc),
        (TCP, PortProtocol::Tcp),
    ];
    let all = VirtualRouterSpec::builder().set_listeners(Some(all.map(listener).into())).build();
    vec![
        of!(VirtualRouterSpec { listeners: listener((HTTP, PortProtocol::Http)) }),
        all,
        of!(VirtualRouterSpec {}),
    ]
}

/// Returns the specs of all virtual services, for a mesh with a virtual node `one` and a virtual router `router`.
pub fn virtual_services() -> Vec<VirtualServiceSpec> {
    let node = of!(try VirtualNodeServiceProvider { virtual_node_name: "one" });
    let router = of!(try VirtualRouterServiceProvider { virtual_router_name: "router" });
    vec![
        of!(VirtualServiceSpec { provider: VirtualServiceProvider::VirtualNode(node) }),
        of!(VirtualServiceSpec { provider: VirtualServiceProvider::VirtualRouter(router) }),
        of!(VirtualServiceSpec {}),
    ]
}

/// Returns minimal routes, for a router with one listener.
pub fn plain_routes() -> Vec<RouteSpec> {
    let target = of!(try WeightedTarget { virtual_node: "one", weight: 1 });
    let matches = of!(HttpRouteMatch { prefix: "/" });
    let web = of!(HttpRoute {
        r#match: matches,
        action: of!(try HttpRouteAction { weighted_targets: target.clone() }),
    });
    let tcp = of!(TcpRoute { action: of!(try TcpRouteAction { weighted_targets: target }) });
    vec![of!(RouteSpec { http_route: web }), of!(RouteSpec { tcp_route: tcp })]
}

/// Returns all other routes, for a router and a virtual node `many` with a listener of each protocol.
pub fn routes() -> Vec<RouteSpec> {
    let many = |port| of!(try WeightedTarget { virtual_node: "many", port: port, weight: 99 });
    let one = || of!(try WeightedTarget { virtual_node: "one", weight: 0 });
    let web = |port, matches: HttpRouteMatch| {
        let retries = of!(try HttpRetryPolicy {
            max_retries: 0,
            per_retry_timeout: milliseconds(250),
            http_retry_events: "server-error",
            http_retry_events: "gateway-error",
            http_retry_events: "client-error",
            http_retry_events: "stream-error",
            tcp_retry_events: TcpRetryPolicyEvent::ConnectionError,
        });
        of!(HttpRoute {
            r#match: matches,
            action: of!(try HttpRouteAction { weighted_targets: many(port), weighted_targets: one() }),
            retry_policy: retries,
            timeout: http_timeout(),
        })
    };
    let mut specs = Vec::new();
    for matches in http_matches(HTTP) {
        specs.push(of!(RouteSpec { http_route: web(HTTP, matches), priority: 0 }));
    }
    for matches in http_matches(HTTP2) {
        specs.push(of!(RouteSpec { http2_route: web(HTTP2, matches), priority: 1000 }));
    }
    for scheme in [HttpScheme::Http, HttpScheme::Https] {
        let matches = of!(HttpRouteMatch { port: HTTP2, scheme: scheme });
        specs.push(of!(RouteSpec { http2_route: web(HTTP2, matches) }));
    }
    let retries = || {
        let events = GrpcRetryPolicyEvent::values().iter().map(|word| GrpcRetryPolicyEvent::from(*word));
        GrpcRetryPolicy::builder()
            .max_retries(i64::MAX)
            .per_retry_timeout(seconds(1))
            .set_grpc_retry_events(Some(events.collect()))
            .http_retry_events("server-error")
            .tcp_retry_events(TcpRetryPolicyEvent::ConnectionError)
            .build()
            .unwrap()
    };
    let mut all = GrpcRouteMatch::builder().port(GRPC).service_name("a.B").method_name("C");
    for (i, method) in header_methods!(GrpcRouteMetadataMatchMethod).into_iter().enumerate() {
        let metadata = GrpcRouteMetadata::builder().name(format!("m-{i}")).set_match(method);
        all = all.metadata(metadata.set_invert([None, Some(true), Some(false)][i % 3]).build().unwrap());
    }
    for matches in [of!(GrpcRouteMatch { port: GRPC }), all.build()] {
        let grpc = of!(GrpcRoute {
            r#match: matches,
            action: of!(try GrpcRouteAction { weighted_targets: many(GRPC) }),
            retry_policy: retries(),
            timeout: grpc_timeout(),
        });
        specs.push(of!(RouteSpec { grpc_route: grpc }));
    }
    let tcp = of!(TcpRoute {
        r#match: of!(TcpRouteMatch { port: TCP }),
        action: of!(try TcpRouteAction { weighted_targets: many(TCP) }),
        timeout: tcp_timeout(),
    });
    specs.push(of!(RouteSpec { tcp_route: tcp }));
    specs
}

fn http_matches(port: i32) -> Vec<HttpRouteMatch> {
    web_matches!(HttpRouteMatch, HttpRouteHeader, port)
}

/// Returns the specs of all virtual gateways.
pub fn virtual_gateways() -> Vec<VirtualGatewaySpec> {
    use VirtualGatewayConnectionPool::{Grpc, Http, Http2};
    let rows = [
        (
            HTTP,
            VirtualGatewayPortProtocol::Http,
            Http(of!(try VirtualGatewayHttpConnectionPool { max_connections: 1, max_pending_requests: 2 })),
        ),
        (
            HTTP2,
            VirtualGatewayPortProtocol::Http2,
            Http2(of!(try VirtualGatewayHttp2ConnectionPool { max_requests: 3 })),
        ),
        (
            GRPC,
            VirtualGatewayPortProtocol::Grpc,
            Grpc(of!(try VirtualGatewayGrpcConnectionPool { max_requests: i32::MAX })),
        ),
    ];
    let mapping = |port, protocol: &VirtualGatewayPortProtocol| of!(try VirtualGatewayPortMapping { port: port, protocol: protocol.clone() });
    let mut all = VirtualGatewaySpec::builder();
    for ((port, protocol, pool), tls) in rows.into_iter().zip(gateway::listener_tls()) {
        let health = VirtualGatewayHealthCheckPolicy::builder()
            .protocol(protocol.clone())
            .set_port((port % 2 == 1).then_some(port))
            .path("/")
            .interval_millis(300_000)
            .timeout_millis(2_000)
            .healthy_threshold(10)
            .unhealthy_threshold(2);
        let listener = VirtualGatewayListener::builder()
            .port_mapping(mapping(port, &protocol))
            .connection_pool(pool)
            .health_check(health.build().unwrap())
            .set_tls(tls);
        all = all.listeners(listener.build());
    }
    let plain =
        of!(VirtualGatewayListener { port_mapping: mapping(HTTP, &VirtualGatewayPortProtocol::Http) });
    let plain = of!(try VirtualGatewaySpec { listeners: plain });
    let mut specs = vec![plain.clone(), all.build().unwrap()];
    specs.extend(gateway::policies().map(|policy| {
        let defaults = of!(VirtualGatewayBackendDefaults { client_policy: policy });
        let listeners = Some(plain.listeners.clone());
        VirtualGatewaySpec::builder().set_listeners(listeners).backend_defaults(defaults).build().unwrap()
    }));
    specs.extend(formats().map(|format| {
        let file = VirtualGatewayFileAccessLog::builder().path("/log").set_format(format).build().unwrap();
        let logging = of!(VirtualGatewayLogging { access_log: VirtualGatewayAccessLog::File(file) });
        let listeners = Some(plain.listeners.clone());
        VirtualGatewaySpec::builder().set_listeners(listeners).logging(logging).build().unwrap()
    }));
    specs
}

/// Returns the specs of all gateway routes, for a gateway with a listener of each protocol, and virtual services
/// `one.local`, with one listener, and `many.local`, with one listener of each protocol.
pub fn gateway_routes() -> Vec<GatewayRouteSpec> {
    use DefaultGatewayRouteRewrite::{Disabled, Enabled};
    let service = |name| of!(try GatewayRouteVirtualService { virtual_service_name: name });
    let one = || of!(GatewayRouteTarget { virtual_service: service("one.local") });
    let many = |port| of!(GatewayRouteTarget { virtual_service: service("many.local"), port: port });
    let hostname = |rewrite| of!(GatewayRouteHostnameRewrite { default_target_hostname: rewrite });
    let exact = || of!(GatewayRouteHostnameMatch { exact: "www.example" });
    let suffix = || of!(GatewayRouteHostnameMatch { suffix: ".example" });

    let mut specs = Vec::new();
    for port in [HTTP, HTTP2] {
        let web = |matches: HttpGatewayRouteMatch, rewrite: Option<HttpGatewayRouteRewrite>| {
            let action = HttpGatewayRouteAction::builder().target(many(port)).set_rewrite(rewrite).build();
            of!(HttpGatewayRoute { r#match: matches, action: action })
        };
        let prefix = |text: &str| of!(HttpGatewayRouteMatch { port: port, prefix: text });
        let mut routes: Vec<_> = web_matches!(HttpGatewayRouteMatch, HttpGatewayRouteHeader, port)
            .into_iter()
            .map(|matches| web(matches, None))
            .collect();
        for matches in [exact(), suffix()] {
            let matches = of!(HttpGatewayRouteMatch { port: port, prefix: "/", hostname: matches });
            routes.push(web(matches, None));
        }
        for rewrite in [Enabled, Disabled] {
            let default = of!(HttpGatewayRoutePrefixRewrite { default_prefix: rewrite.clone() });
            let rewrite = of!(HttpGatewayRouteRewrite { hostname: hostname(rewrite), prefix: default });
            routes.push(web(prefix("/in"), Some(rewrite)));
        }
        let value = of!(HttpGatewayRoutePrefixRewrite { value: "/out/" });
        routes.push(web(prefix("/in/"), Some(of!(HttpGatewayRouteRewrite { prefix: value }))));
        let path = of!(HttpGatewayRouteRewrite { path: of!(HttpGatewayRoutePathRewrite { exact: "/new" }) });
        let matches = of!(HttpGatewayRouteMatch { port: port, path: of!(HttpPathMatch { exact: "/old" }) });
        routes.push(web(matches, Some(path)));
        for (priority, route) in (0..).zip(routes) {
            let spec = GatewayRouteSpec::builder().priority(priority);
            let spec = if port == HTTP { spec.http_route(route) } else { spec.http2_route(route) };
            specs.push(spec.build());
        }
    }

    let mut metadata = GrpcGatewayRouteMatch::builder().port(GRPC);
    for (i, method) in header_methods!(GrpcMetadataMatchMethod).into_iter().enumerate() {
        let one = GrpcGatewayRouteMetadata::builder().name(format!("m-{i}")).set_match(method);
        metadata = metadata.metadata(one.set_invert([None, Some(true), Some(false)][i % 3]).build().unwrap());
    }
    for matches in [
        metadata.build(),
        of!(GrpcGatewayRouteMatch { port: GRPC, hostname: exact() }),
        of!(GrpcGatewayRouteMatch { port: GRPC, hostname: suffix(), service_name: "a.B" }),
    ] {
        let rewrite = of!(GrpcGatewayRouteRewrite { hostname: hostname(Disabled) });
        for action in [
            of!(GrpcGatewayRouteAction { target: one() }),
            of!(GrpcGatewayRouteAction { target: many(GRPC), rewrite: rewrite }),
        ] {
            let route = of!(GrpcGatewayRoute { r#match: matches.clone(), action: action });
            specs.push(of!(GatewayRouteSpec { grpc_route: route }));
        }
    }
    specs
}
