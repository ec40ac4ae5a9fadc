//! Route matching: the order in which routes are tried, and each condition of a route.
//!
//! The order is App Mesh's, and the meaning of a condition is Envoy's. Conditions were tested on a real Envoy (1.40)
//! where a comment says measured. Rule numbers are those of docs/facts/api-rules.md. Start at [`Matches`].

use std::{cmp::Reverse, rc::Rc};

use mesh_text::sorting;

use super::{Request, pattern};
use crate::{
    control_plane::{Mesh, Resource},
    model::{
        GatewayRouteHostnameMatch, GatewayRouteSpec, HttpMethod, HttpPathMatch, HttpQueryParameter,
        HttpRouteHeader, HttpScheme, Items, Kind, Name, RouteSpec, SpecView, View,
    },
};

/// Protocol of a route or gateway route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteKind {
    /// HTTP/1.1.
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
    /// TCP.
    Tcp,
}

/// Kind of path match, the most specific first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum PathKind {
    Exact,
    Regex,
    Prefix,
}

/// Sort key of a route within its router or gateway: the smallest is tried first, and the first route that matches
/// takes the request. Equal routes are ordered by name.
///
/// The priority comes first, and no priority means last (R17, G18). Then comes the more specific path: exact, then
/// regular expression, then prefix, each with the longer one first ("longest prefix wins", G18). Where the sources
/// are silent, the route with more conditions comes first, because it would never be tried after one with fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rank {
    priority: i64,
    path: PathKind,
    length: Reverse<usize>,
    conditions: Reverse<usize>,
}

/// Part of a request that a condition examines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// The protocol of the route, compared with that of the listener and the request.
    Protocol,
    /// The port on which the request arrived.
    Port,
    /// The host named in the request, without its port.
    Hostname,
    /// The path, without the query.
    Path,
    /// The method.
    Method,
    /// The scheme.
    Scheme,
    /// The header of this name.
    Header(Name),
    /// The query parameter of this name.
    Query(Name),
    /// The gRPC service.
    GrpcService,
    /// The gRPC method.
    GrpcMethod,
    /// The gRPC metadata of this name.
    Metadata(Name),
}

/// Expected value of a condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// Equals this string.
    Exact(Name),
    /// Starts with this string.
    Prefix(Name),
    /// Ends with this string.
    Suffix(Name),
    /// Matches this regular expression as a whole.
    Regex(Name),
    /// Is an integer from the first number up to, but excluding, the second.
    Range(i64, i64),
    /// Is present, with any value.
    Present,
    /// Is the protocol of this kind of route.
    Kind(RouteKind),
}

/// One condition of a route, with its result for a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The part of the request that it examines.
    pub what: What,
    /// The expected value of that part.
    pub expected: Test,
    /// Whether the condition is inverted.
    pub inverted: bool,
    /// The value found; several headers of one name are joined by commas. `None` if there is no value.
    pub found: Option<String>,
    /// Whether it passes.
    pub passes: bool,
    /// Why the regular expression is invalid, as reported by the regex engine. Envoy would refuse the whole
    /// configuration; here the condition fails.
    pub bad_pattern: Option<String>,
}

/// A route that may take a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// Its name.
    pub route: Name,
    /// Its priority.
    pub priority: Option<i64>,
    /// Its conditions, all of which must pass; a route without conditions matches every request.
    pub conditions: Vec<Condition>,
}

impl Candidate {
    /// Returns whether it matches the request.
    pub fn matches(&self) -> bool {
        self.conditions.iter().all(|condition| condition.passes)
    }
}

/// Match settings of one route or gateway route, of any kind.
#[derive(Clone, Copy, Debug)]
pub struct Matches<'v> {
    /// Its protocol.
    pub kind: RouteKind,
    priority: Option<i64>,
    port: Option<i64>,
    pub(super) hostname: Option<View<'v, GatewayRouteHostnameMatch>>,
    pub(super) prefix: Option<&'v str>,
    pub(super) path: Option<View<'v, HttpPathMatch>>,
    pub(super) method: Option<HttpMethod>,
    pub(super) scheme: Option<HttpScheme>,
    pub(super) headers: Items<'v, HttpRouteHeader>,
    pub(super) query: Items<'v, HttpQueryParameter>,
    pub(super) service: Option<&'v str>,
    pub(super) grpc_method: Option<&'v str>,
}

impl<'v> Matches<'v> {
    fn none(kind: RouteKind, priority: Option<i64>, port: Option<i64>) -> Self {
        Self {
            kind,
            priority,
            port,
            hostname: None,
            prefix: None,
            path: None,
            method: None,
            scheme: None,
            headers: Items::default(),
            query: Items::default(),
            service: None,
            grpc_method: None,
        }
    }

    /// Reads the match of a route; `None` if none of its four kinds is set.
    pub fn of_route(spec: View<'v, RouteSpec>) -> Option<Self> {
        let priority = spec.priority();
        if let Some((kind, http)) = either(spec.http_route(), spec.http2_route()) {
            let matches = http.matches();
            return Some(Self {
                prefix: matches.prefix(),
                path: matches.path(),
                method: matches.method(),
                scheme: matches.scheme(),
                headers: matches.headers().unwrap_or_default(),
                query: matches.query_parameters().unwrap_or_default(),
                ..Self::none(kind, priority, matches.port())
            });
        }
        if let Some(grpc) = spec.grpc_route() {
            let matches = grpc.matches();
            return Some(Self {
                headers: matches.metadata().unwrap_or_default(),
                service: matches.service_name(),
                grpc_method: matches.method_name(),
                ..Self::none(RouteKind::Grpc, priority, matches.port())
            });
        }
        let port = spec.tcp_route()?.matches().and_then(|matches| matches.port());
        Some(Self::none(RouteKind::Tcp, priority, port))
    }

    /// Reads the match of a gateway route; `None` if none of its three kinds is set.
    pub fn of_gateway_route(spec: View<'v, GatewayRouteSpec>) -> Option<Self> {
        let priority = spec.priority();
        if let Some((kind, http)) = either(spec.http_route(), spec.http2_route()) {
            let matches = http.matches();
            return Some(Self {
                hostname: matches.hostname(),
                prefix: matches.prefix(),
                path: matches.path(),
                method: matches.method(),
                headers: matches.headers().unwrap_or_default(),
                query: matches.query_parameters().unwrap_or_default(),
                ..Self::none(kind, priority, matches.port())
            });
        }
        let matches = spec.grpc_route()?.matches();
        Some(Self {
            hostname: matches.hostname(),
            headers: matches.metadata().unwrap_or_default(),
            service: matches.service_name(),
            ..Self::none(RouteKind::Grpc, priority, matches.port())
        })
    }

    /// Returns its sort key.
    pub fn rank(&self) -> Rank {
        /// A route without a priority sorts as if it had the last one (R17).
        const LOWEST: i64 = 1000;
        let exact = self.path.and_then(|path| path.exact());
        let regex = self.path.and_then(|path| path.regex());
        let service = self.service.map_or(0, str::len);
        let (path, length) = match (exact, regex, self.grpc_method) {
            (Some(exact), ..) => (PathKind::Exact, exact.len()),
            (None, Some(regex), _) => (PathKind::Regex, regex.len()),
            (None, None, Some(method)) => (PathKind::Exact, service + method.len()),
            (None, None, None) => (PathKind::Prefix, self.prefix.map_or(service, str::len)),
        };
        let singles = [self.hostname.is_some(), self.method.is_some(), self.scheme.is_some()];
        let conditions = self.headers.len() + self.query.len() + singles.into_iter().filter(|is| *is).count();
        let priority = self.priority.unwrap_or(LOWEST);
        Rank { priority, path, length: Reverse(length), conditions: Reverse(conditions) }
    }

    /// Returns its priority; a route without one comes last.
    pub const fn priority(&self) -> Option<i64> {
        self.priority
    }

    /// Returns the matched part of the path, as written in the route: a path, an expression, a prefix or a gRPC
    /// service.
    pub fn matched(&self) -> &'v str {
        let path = self.path.and_then(|path| path.exact().or(path.regex()));
        path.or(self.prefix).or(self.service).unwrap_or_default()
    }

    /// Returns the matched prefix; `None` if it matches an exact path, an expression, or everything.
    pub const fn prefix(&self) -> Option<&'v str> {
        self.prefix
    }

    /// Evaluates each condition for a request that arrived on `port` of a listener. `is_tcp` is whether the
    /// listener's protocol is TCP.
    ///
    /// The conditions are ordered from the outside to the inside: the listener, the host, the path, the rest.
    pub fn conditions(&self, request: &Request, port: Option<i64>, is_tcp: bool) -> Vec<Condition> {
        let mut conditions = Vec::new();
        if is_tcp != (self.kind == RouteKind::Tcp) {
            // A route has no effect on a listener of another protocol (R3): a TCP proxy uses only TCP routes, and an
            // HTTP listener only the other kinds.
            let found = Some(if is_tcp { "tcp" } else { "http" }.to_owned());
            conditions.push(fixed(What::Protocol, Test::Kind(self.kind), found, false));
        } else if self.kind == RouteKind::Grpc {
            // Measured: `grpc: {}` matches `application/grpc` and `application/grpc+…`, but not
            // `application/grpc-web`.
            let found = request.values("content-type").first().copied();
            let is_grpc = |text: &str| {
                let rest = text.strip_prefix("application/grpc");
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('+'))
            };
            let passes = found.is_some_and(is_grpc);
            conditions.push(fixed(What::Protocol, Test::Kind(self.kind), found.map(str::to_owned), passes));
        }
        if let Some(expected) = self.port {
            let found = port.map(|port| port.to_string());
            let passes = port == Some(expected);
            conditions.push(fixed(What::Port, Test::Exact(expected.to_string().into()), found, passes));
        }
        if let Some(hostname) = self.hostname {
            conditions.push(hostname_condition(hostname, request.authority()));
        }
        self.path_conditions(request, &mut conditions);
        let mut single = |what, word: Option<&str>, found: &str| {
            conditions.extend(word.map(|word| check(what, Test::Exact(word.into()), false, &[found])));
        };
        single(What::Method, self.method.map(HttpMethod::as_str), request.method.as_str());
        single(What::Scheme, self.scheme.map(HttpScheme::as_str), request.told_scheme());
        for header in self.headers.iter() {
            let name: Name = header.name().into();
            let values = request.values(&name);
            let what = if self.kind == RouteKind::Grpc { What::Metadata(name) } else { What::Header(name) };
            conditions.push(check(what, header_test(header), header.invert() == Some(true), &values));
        }
        for parameter in self.query.iter() {
            let name: Name = parameter.name().into();
            let exact = parameter.matches().and_then(|matches| matches.exact());
            let test = exact.map_or(Test::Present, |exact| Test::Exact(exact.into()));
            let value = request.query().and_then(|query| parameter_value(query, &name));
            conditions.push(check(What::Query(name), test, false, value.as_slice()));
        }
        conditions
    }

    fn path_conditions(&self, request: &Request, conditions: &mut Vec<Condition>) {
        let path = request.path_only();
        let found = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        if let Some(service) = self.service {
            let found = found.map(|(service, _)| service);
            conditions.push(check(What::GrpcService, Test::Exact(service.into()), false, found.as_slice()));
        }
        if let Some(method) = self.grpc_method {
            let found = found.map(|(_, method)| method);
            conditions.push(check(What::GrpcMethod, Test::Exact(method.into()), false, found.as_slice()));
        }
        let exact = self.path.and_then(|path| path.exact()).map(|exact| Test::Exact(exact.into()));
        let regex = || self.path.and_then(|path| path.regex()).map(|regex| Test::Regex(regex.into()));
        let prefix = || self.prefix.map(|prefix| Test::Prefix(prefix.into()));
        if let Some(test) = exact.or_else(regex).or_else(prefix) {
            conditions.push(check(What::Path, test, false, &[path]));
        }
    }
}

/// Returns the HTTP route or the HTTP/2 route; both have the same members.
fn either<T>(http: Option<T>, http2: Option<T>) -> Option<(RouteKind, T)> {
    http.map(|route| (RouteKind::Http, route)).or_else(|| http2.map(|route| (RouteKind::Http2, route)))
}

/// Returns the routes of a router, or the gateway routes of a gateway, in the order in which they are tried.
pub fn ordered<'m>(mesh: &'m Mesh, kind: Kind, parent: &str) -> Vec<(&'m Rc<Resource>, Matches<'m>)> {
    let mut routes: Vec<_> = mesh
        .within(kind, parent)
        .filter_map(|resource| {
            let matches = match resource.spec.view() {
                SpecView::Route(spec) => Matches::of_route(spec),
                SpecView::GatewayRoute(spec) => Matches::of_gateway_route(spec),
                _ => None,
            };
            Some((resource, matches?))
        })
        .collect();
    // The sort is stable, and the routes are already sorted by name.
    sorting::sort_by_key(&mut routes, |(_, matches)| matches.rank());
    routes
}

/// Returns the host of an authority, without its port. The host of `[::1]:80` is `[::1]`.
pub(super) fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            // An IPv6 address without brackets contains colons itself.
            if host.contains(':') && !host.ends_with(']') { authority } else { host }
        }
        _ => authority,
    }
}

fn fixed(what: What, expected: Test, found: Option<String>, passes: bool) -> Condition {
    Condition { what, expected, inverted: false, found, passes, bad_pattern: None }
}

/// Builds the condition on a host name. Host names are case-insensitive, and a suffix may be the whole name: "the
/// specified ending characters of the host name" (API reference, `GatewayRouteHostnameMatch`).
fn hostname_condition(matches: View<GatewayRouteHostnameMatch>, authority: &str) -> Condition {
    let host = host_of(authority).to_ascii_lowercase();
    let (test, passes) = match (matches.exact(), matches.suffix()) {
        (Some(exact), _) => (Test::Exact(exact.into()), host.eq_ignore_ascii_case(exact)),
        (None, Some(suffix)) => (Test::Suffix(suffix.into()), host.ends_with(&suffix.to_ascii_lowercase())),
        (None, None) => (Test::Present, true),
    };
    fixed(What::Hostname, test, Some(host_of(authority).to_owned()), passes)
}

fn header_test(header: View<HttpRouteHeader>) -> Test {
    let Some(matches) = header.matches() else { return Test::Present };
    if let Some(range) = matches.range() {
        return Test::Range(range.start(), range.end());
    }
    let exact = matches.exact().map(|text| Test::Exact(text.into()));
    let prefix = || matches.prefix().map(|text| Test::Prefix(text.into()));
    let suffix = || matches.suffix().map(|text| Test::Suffix(text.into()));
    let regex = || matches.regex().map(|text| Test::Regex(text.into()));
    exact.or_else(prefix).or_else(suffix).or_else(regex).unwrap_or(Test::Present)
}

/// Returns the first value of a parameter. Names and values are compared without decoding, and only the first of
/// several parameters with one name counts (measured). The values of `?x` and `?x=` are both empty.
fn parameter_value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut parts = query.split('&').map(|part| part.split_once('=').unwrap_or((part, "")));
    parts.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Evaluates a condition on a part of the request that has any number of values.
///
/// Measured: one matching value of several is enough. An absent header passes only an inverted test for presence, and
/// fails every other test, inverted or not.
fn check(what: What, expected: Test, inverted: bool, values: &[&str]) -> Condition {
    let mut bad_pattern = None;
    let mut fits = |value: &&str| match &expected {
        Test::Exact(text) => **value == **text,
        Test::Prefix(text) => value.starts_with(&**text),
        Test::Suffix(text) => value.ends_with(&**text),
        // Measured: a sign and leading zeros are accepted; fractions and hexadecimal digits are not.
        Test::Range(start, end) => {
            value.trim().parse().is_ok_and(|number: i64| (*start..*end).contains(&number))
        }
        Test::Regex(text) => pattern::describes(text, value).unwrap_or_else(|reason| {
            bad_pattern = Some(reason);
            false
        }),
        Test::Present | Test::Kind(_) => true,
    };
    let any = values.iter().any(&mut fits);
    let passes = match (values.is_empty(), &expected) {
        (true, Test::Present) => inverted,
        (true, _) => false,
        (false, _) => any != inverted,
    };
    let found = (!values.is_empty()).then(|| values.join(","));
    let passes = passes && bad_pattern.is_none();
    Condition { what, expected, inverted, found, passes, bad_pattern }
}
