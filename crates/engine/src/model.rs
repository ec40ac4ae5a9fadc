//! The data model of App Mesh: its structures, names, numbers and choices, each declared once.
//!
//! A value of these types is validated JSON, read in place through a [`View`]: see [`parse`] and [`Spec`]. Validation
//! reports all problems at once. The module knows only what the API model states; other modules know which resources
//! exist, how they refer to each other and what a setting does. Type names are the API's shape names; if two shapes are
//! alike, one is declared and the other is an alias. Start at [`MeshSpec`] for the style, then [`VirtualNodeSpec`];
//! `declare` documents how a declaration works.

#[doc(hidden)]
pub mod declare;
mod duration;
mod gateway_route;
mod http_match;
mod id;
mod ip_preference;
mod kind;
mod listener;
mod logging;
mod mesh;
mod name;
mod route;
mod service_discovery;
mod tag;
mod tls;
mod virtual_gateway;
mod virtual_node;
mod virtual_router;
mod virtual_service;

#[cfg(test)]
mod tests;

pub use declare::{
    Bounded, Declared, Items, List, Member, Pattern, Problem, Rule, Shape, Structure, View, Written, check,
    object, parse, unknown_members,
};
pub use declare::{excerpt, join, json_type, known};
pub use duration::{Duration, DurationUnit, DurationValue, GrpcTimeout, HttpTimeout, TcpTimeout};
pub use gateway_route::{
    DefaultGatewayRouteRewrite, ExactHostName, GatewayRouteHostnameMatch, GatewayRouteHostnameRewrite,
    GatewayRoutePriority, GatewayRouteSpec, GatewayRouteTarget, GatewayRouteVirtualService, GrpcGatewayRoute,
    GrpcGatewayRouteAction, GrpcGatewayRouteMatch, GrpcGatewayRouteRewrite, HttpGatewayRoute,
    HttpGatewayRouteAction, HttpGatewayRouteMatch, HttpGatewayRoutePathRewrite, HttpGatewayRoutePrefix,
    HttpGatewayRoutePrefixRewrite, HttpGatewayRouteRewrite, SuffixHostname,
};
pub use http_match::{
    GrpcGatewayRouteMetadata, GrpcMetadataMatchMethod, GrpcRouteMetadata, GrpcRouteMetadataMatchMethod,
    HeaderMatch, HeaderMatchMethod, HeaderName, HttpGatewayRouteHeader, HttpMethod, HttpPathExact,
    HttpPathMatch, HttpPathRegex, HttpQueryParameter, HttpQueryParameters, HttpRouteHeader, HttpRouteHeaders,
    HttpScheme, MatchRange, QueryParameterMatch,
};
pub use id::{AccountId, Key, MeshId, Name, ResourceId};
pub use ip_preference::IpPreference;
pub use kind::{Kind, KindDeclaration, Spec, SpecView};
pub use listener::{
    HealthCheckIntervalMillis, HealthCheckPolicy, HealthCheckThreshold, HealthCheckTimeoutMillis, Listener,
    ListenerTimeout, MaxConnections, MaxPendingRequests, MaxRequests, OutlierDetection,
    OutlierDetectionMaxEjectionPercent, OutlierDetectionMaxServerErrors, PortMapping, PortProtocol,
    VirtualNodeConnectionPool, VirtualNodeGrpcConnectionPool, VirtualNodeHttp2ConnectionPool,
    VirtualNodeHttpConnectionPool, VirtualNodeTcpConnectionPool,
};
pub use logging::{
    AccessLog, FileAccessLog, JsonFormatRef, JsonKey, JsonValue, Logging, LoggingFormat, TextFormat,
    VirtualGatewayAccessLog, VirtualGatewayFileAccessLog, VirtualGatewayLogging,
};
pub use mesh::{EgressFilter, EgressFilterType, MeshServiceDiscovery, MeshSpec};
pub use name::{PortNumber, ResourceName};
pub use route::{
    GrpcRetryPolicy, GrpcRetryPolicyEvent, GrpcRoute, GrpcRouteAction, GrpcRouteMatch, HttpRetryPolicy,
    HttpRetryPolicyEvent, HttpRetryPolicyEvents, HttpRoute, HttpRouteAction, HttpRouteMatch, ListenerPort,
    MaxRetries, MethodName, PercentInt, RoutePriority, RouteSpec, TcpRetryPolicyEvent, TcpRetryPolicyEvents,
    TcpRoute, TcpRouteAction, TcpRouteMatch, WeightedTarget,
};
pub use service_discovery::{
    AwsCloudMapInstanceAttribute, AwsCloudMapInstanceAttributeKey, AwsCloudMapInstanceAttributeValue,
    AwsCloudMapName, AwsCloudMapServiceDiscovery, DnsResponseType, DnsServiceDiscovery, ServiceDiscovery,
};
pub use tag::{TagKey, TagList, TagRef, TagValue, TextMap};
pub use tls::{
    ClientPolicy, ClientPolicyTls, ClientTlsCertificate, FilePath, ListenerTls, ListenerTlsAcmCertificate,
    ListenerTlsCertificate, ListenerTlsFileCertificate, ListenerTlsMode, ListenerTlsSdsCertificate,
    ListenerTlsValidationContext, ListenerTlsValidationContextTrust, SubjectAlternativeName,
    SubjectAlternativeNameMatchers, SubjectAlternativeNames, TlsValidationContext,
    TlsValidationContextAcmTrust, TlsValidationContextFileTrust, TlsValidationContextSdsTrust,
    TlsValidationContextTrust, VirtualGatewayClientPolicy, VirtualGatewayClientPolicyTls,
    VirtualGatewayClientTlsCertificate, VirtualGatewayListenerTls, VirtualGatewayListenerTlsAcmCertificate,
    VirtualGatewayListenerTlsCertificate, VirtualGatewayListenerTlsFileCertificate,
    VirtualGatewayListenerTlsMode, VirtualGatewayListenerTlsSdsCertificate,
    VirtualGatewayListenerTlsValidationContext, VirtualGatewayListenerTlsValidationContextTrust,
    VirtualGatewayTlsValidationContext, VirtualGatewayTlsValidationContextAcmTrust,
    VirtualGatewayTlsValidationContextFileTrust, VirtualGatewayTlsValidationContextSdsTrust,
    VirtualGatewayTlsValidationContextTrust,
};
pub use virtual_gateway::{
    VirtualGatewayConnectionPool, VirtualGatewayGrpcConnectionPool, VirtualGatewayHealthCheckPolicy,
    VirtualGatewayHttp2ConnectionPool, VirtualGatewayHttpConnectionPool, VirtualGatewayListener,
    VirtualGatewayPortMapping, VirtualGatewayPortProtocol, VirtualGatewaySpec,
};
pub use virtual_node::{
    Backend, BackendDefaults, VirtualGatewayBackendDefaults, VirtualNodeSpec, VirtualServiceBackend,
};
pub use virtual_router::{VirtualRouterListener, VirtualRouterSpec};
pub use virtual_service::{
    ServiceName, VirtualNodeServiceProvider, VirtualRouterServiceProvider, VirtualServiceProvider,
    VirtualServiceSpec,
};
