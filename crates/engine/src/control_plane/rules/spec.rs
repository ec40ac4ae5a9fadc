//! Rules between the members of a spec, and between a spec and the resources it refers to.
//!
//! No shape states these rules, so only this module checks them. They read JSON whose shape is already checked, by the
//! API's member names, because routes of four kinds and listeners of three differ only in their types. Rule numbers are
//! those of docs/facts/api-rules.md. Start at [`problems`].

use serde_json::Value;

use crate::{
    control_plane::Mesh,
    model::{Declared, GatewayRouteSpec, Key, Kind, Problem, ResourceId, RouteSpec, Rule, Shape, Spec},
};

/// Maximum number of backends of a virtual node. Source: docs/facts/quotas.md, L-8775AB18.
pub(super) const MOST_BACKENDS: usize = 50;

/// Returns every rule that a spec breaks, in this mesh and under this id.
pub(super) fn problems(mesh: Option<&Mesh>, id: &ResourceId, spec: &Spec) -> Vec<Problem> {
    let mut checker = Checker { mesh, id, problems: Vec::new() };
    let json = spec.json();
    match spec.kind() {
        Kind::VirtualNode => checker.virtual_node(json),
        Kind::VirtualRouter => checker.virtual_router(json),
        Kind::Route => checker.route(json),
        Kind::VirtualGateway => checker.listeners(json),
        Kind::GatewayRoute => checker.gateway_route(json),
        Kind::Mesh | Kind::VirtualService => {}
    }
    checker.problems
}

struct Checker<'a> {
    mesh: Option<&'a Mesh>,
    id: &'a ResourceId,
    problems: Vec<Problem>,
}

static NOTHING: Value = Value::Null;

/// Returns a member; null if it is absent.
fn at<'v>(value: &'v Value, name: &str) -> &'v Value {
    crate::model::declare::member(value, name)
}

fn has(value: &Value, name: &str) -> bool {
    !at(value, name).is_null()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    at(value, name).as_str().unwrap_or_default()
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    at(value, name).as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// Returns the ports of the listeners of a node, router or gateway.
fn ports(spec: &Value) -> Vec<&Value> {
    items(spec, "listeners").iter().map(|listener| at(at(listener, "portMapping"), "port")).collect()
}

/// Returns the protocol of the listener at a port; null if no listener has this port.
fn protocol_at<'v>(spec: &'v Value, port: &Value) -> &'v Value {
    let mappings = items(spec, "listeners").iter().map(|listener| at(listener, "portMapping"));
    mappings
        .filter(|mapping| at(mapping, "port") == port)
        .map(|mapping| at(mapping, "protocol"))
        .next()
        .unwrap_or(&NOTHING)
}

/// Returns the one route that is set, with its name; rules R2 and G5 are checked before.
fn route_of(spec: &Value) -> (&str, &Value) {
    let mut routes = spec.as_object().into_iter().flatten();
    routes.find(|(name, _)| name.ends_with("Route")).map_or(("", &Value::Null), |(name, route)| (name, route))
}

impl Checker<'_> {
    fn broken(&mut self, path: &str, rule: Rule) {
        self.problems.push(Problem { path: path.to_owned(), rule });
    }

    fn service(&mut self, path: &str, text: &str) {
        self.broken(path, Rule::Service(text.to_owned()));
    }

    /// Reports a problem as a complete sentence without a path: the service's sentence where it is known.
    fn sentence(&mut self, text: String) {
        self.broken("", Rule::Verbatim(text));
    }

    /// Returns the path of a member.
    fn under(path: &str, names: &str) -> String {
        format!("{path}.{names}")
    }

    fn spec_of(&self, kind: Kind, name: &str) -> Option<&Value> {
        self.mesh?.get(&Key::new(kind, name)).map(|resource| resource.spec.json())
    }

    /// Checks that exactly one of these members is set, or at most one if none is required.
    fn only_one(&mut self, value: &Value, path: &str, allowed: &[&'static str], is_required: bool) {
        let found: Vec<_> = allowed.iter().copied().filter(|name| has(value, name)).collect();
        if found.len() > 1 || (is_required && found.is_empty()) {
            self.broken(path, Rule::OneOf { allowed: allowed.to_vec(), found });
        }
    }

    fn starts_with_slash(&mut self, value: &Value, path: &str, member: &str) {
        if at(value, member).as_str().is_some_and(|text| !text.starts_with('/')) {
            self.service(&Self::under(path, member), "must start with /");
        }
    }

    fn virtual_node(&mut self, spec: &Value) {
        match (items(spec, "listeners").is_empty(), has(spec, "serviceDiscovery")) {
            // N2, in the service's own words.
            (true, true) => {
                let text = "Service Discovery can't be set without a listener.";
                self.broken("spec.serviceDiscovery", Rule::Verbatim(text.to_owned()));
            }
            // N1
            (false, false) => self.service("spec.serviceDiscovery", "is required when there are listeners"),
            _ => {}
        }
        self.listeners(spec);
        // N15
        let mut seen: Vec<&str> = Vec::new();
        for (i, backend) in items(spec, "backends").iter().enumerate() {
            let name = text(at(backend, "virtualService"), "virtualServiceName");
            if seen.contains(&name) {
                let path = format!("spec.backends[{i}].virtualService.virtualServiceName");
                self.service(&path, &format!("is `{name}`, which an earlier backend has already"));
            }
            seen.push(name);
        }
        // R6: if the node has several listeners, every route that targets it must name a port.
        if items(spec, "listeners").len() > 1 {
            let missing = self.routes_to_node_without_port();
            if !missing.is_empty() {
                self.sentence(format!(
                    "All Routes to this Virtual Node must define a port in their weighted targets before adding \
                     multiple listeners to this Virtual Node. {}",
                    listing(&missing)
                ));
            }
        }
    }

    fn routes_to_node_without_port(&self) -> Vec<String> {
        let Some(mesh) = self.mesh else { return Vec::new() };
        let lacks = |spec: &Value| {
            items(at(route_of(spec).1, "action"), "weightedTargets")
                .iter()
                .any(|target| text(target, "virtualNode") == &*self.id.key.name && !has(target, "port"))
        };
        let routes = mesh.of_kind(Kind::Route).filter(|route| lacks(route.spec.json()));
        routes.map(|route| route.id.key.name.to_string()).collect()
    }

    /// Checks the listeners of a node, router or gateway: N4, N5, N9, N14; G2, G3.
    fn listeners(&mut self, spec: &Value) {
        let mut seen: Vec<&Value> = Vec::new();
        for (i, listener) in items(spec, "listeners").iter().enumerate() {
            let path = format!("spec.listeners[{i}]");
            let mapping = at(listener, "portMapping");
            let (port, protocol) = (at(mapping, "port"), text(mapping, "protocol"));
            if seen.contains(&port) {
                let path = Self::under(&path, "portMapping.port");
                self.service(&path, &format!("is {}, which an earlier listener has already", number(port)));
            }
            seen.push(port);
            for member in ["connectionPool", "timeout"] {
                let found = at(listener, member).as_object().and_then(|union| union.keys().next());
                if let Some(found) = found.filter(|found| *found != protocol) {
                    let text = format!("is for {found}, but the protocol of the listener is {protocol}");
                    self.service(&Self::under(&path, member), &text);
                }
            }
            let checked = at(at(listener, "healthCheck"), "port");
            if !checked.is_null() && checked != port {
                let text =
                    format!("must be {}, the port of the listener, not {}", number(port), number(checked));
                self.service(&Self::under(&path, "healthCheck.port"), &text);
            }
            self.health_check(at(listener, "healthCheck"), protocol, &Self::under(&path, "healthCheck"));
        }
    }

    /// Checks G3 and N11: the health checks that a listener accepts.
    ///
    /// Sources: for gRPC, the service's own message (terraform-provider-aws issue 21359, 2021, on an update of a
    /// gateway); for the path that HTTP and HTTP/2 checks need, aws-app-mesh-roadmap issue 199 (enforced since June
    /// 2020).
    fn health_check(&mut self, check: &Value, listener: &str, path: &str) {
        match text(check, "protocol") {
            "grpc" if !["grpc", "http2"].contains(&listener) => {
                let text = "GRPC HealthCheck requires listener type of HTTP2 or GRPC.";
                self.broken(&Self::under(path, "protocol"), Rule::Verbatim(text.to_owned()));
            }
            protocol @ ("http" | "http2") if text(check, "path").is_empty() => {
                let text = format!("is required for a health check of protocol {protocol}");
                self.service(&Self::under(path, "path"), &text);
            }
            _ => {}
        }
    }

    /// Checks R5 and R7: the listeners of a router against its routes.
    fn virtual_router(&mut self, spec: &Value) {
        self.listeners(spec);
        let Some(mesh) = self.mesh else { return };
        let old = mesh.get(&Key::new(Kind::VirtualRouter, self.id.key.name.clone()));
        let old = old.map_or(&NOTHING, |router| router.spec.json());
        let (old_ports, ports) = (ports(old), ports(spec));
        let mut missing = Vec::new();
        for route in mesh.within(Kind::Route, &self.id.key.name) {
            let port = at(at(route_of(route.spec.json()).1, "match"), "port");
            // A router without listeners accepts any port, but a listener that a route needs cannot be removed, even if
            // it is the last one.
            let is_needed = !ports.is_empty() || old_ports.contains(&port);
            if port.is_null() {
                missing.push(route.id.key.name.to_string());
            } else if is_needed && !ports.contains(&port) {
                let text =
                    format!("must keep port {}, which route {} matches", number(port), route.id.key.name);
                self.service("spec.listeners", &text);
            } else if ![&NOTHING, protocol_at(spec, port)].contains(&protocol_at(old, port)) {
                let (port, protocol) = (number(port), protocol_at(old, port).as_str().unwrap_or_default());
                let text =
                    format!("must keep {protocol} at port {port}, which route {} matches", route.id.key.name);
                self.service("spec.listeners", &text);
            }
        }
        if ports.len() > 1 && !missing.is_empty() {
            self.sentence(format!(
                "All Routes for this Virtual Router must define a port match before adding multiple listeners to this \
                 Virtual Router. {}",
                listing(&missing)
            ));
        }
    }

    fn route(&mut self, spec: &Value) {
        if !self.one_route(spec, RouteSpec::SHAPE) {
            return;
        }
        let (kind, route) = route_of(spec);
        let path = format!("spec.{kind}");
        let matches = at(route, "match");
        self.matches(kind, matches, &Self::under(&path, "match"));
        self.retries(at(route, "retryPolicy"), &Self::under(&path, "retryPolicy"));
        let router = self.id.key.parent.clone().unwrap_or_else(|| "".into());
        if let Some(router) = self.spec_of(Kind::VirtualRouter, &router) {
            let (ports, port) = (ports(router).into_iter().cloned().collect::<Vec<_>>(), at(matches, "port"));
            // R4, in the service's own words.
            if ports.len() > 1 && port.is_null() {
                let text =
                    "Route must define a port match criteria if the Virtual Router has multiple listeners";
                self.broken(&Self::under(&path, "match.port"), Rule::Verbatim(text.to_owned()));
            }
            self.one_of_ports(&Self::under(&path, "match.port"), port, &ports, "the router");
        }
        for (i, target) in items(at(route, "action"), "weightedTargets").iter().enumerate() {
            let path = format!("{path}.action.weightedTargets[{i}].port");
            if let Some(node) = self.spec_of(Kind::VirtualNode, text(target, "virtualNode")) {
                let ports: Vec<_> = ports(node).into_iter().cloned().collect();
                self.target_port(&path, at(target, "port"), &ports, "the virtual node");
            }
        }
    }

    /// Checks R6, G8 and R8: a target with several listeners needs a port, which must be one of theirs.
    fn target_port(&mut self, path: &str, port: &Value, ports: &[Value], owner: &str) {
        if ports.len() > 1 && port.is_null() {
            self.service(path, &format!("is required, because {owner} has several listeners"));
        }
        self.one_of_ports(path, port, ports, owner);
    }

    fn one_of_ports(&mut self, path: &str, port: &Value, ports: &[Value], owner: &str) {
        if !port.is_null() && !ports.is_empty() && !ports.contains(port) {
            let known: Vec<_> = ports.iter().map(|port| number(port).to_string()).collect();
            let port = number(port);
            self.service(path, &format!("must be a port of {owner} ({}), not {port}", known.join(", ")));
        }
    }

    /// Checks R2 and G5: the model has no union here, but exactly one of the routes must be set. Returns true if there
    /// is no problem so far.
    fn one_route(&mut self, spec: &Value, shape: &Shape) -> bool {
        let Shape::Structure(structure) = shape else { return false };
        let routes: Vec<_> = structure.rivals().iter().map(|member| member.name).collect();
        self.only_one(spec, "spec", &routes, true);
        self.problems.is_empty()
    }

    /// Checks the match of a route or gateway route: R9 to R14, G9, G12.
    fn matches(&mut self, kind: &str, matches: &Value, path: &str) {
        self.only_one(matches, path, &["path", "prefix"], false);
        self.starts_with_slash(matches, path, "prefix");
        if has(matches, "path") {
            let inner = Self::under(path, "path");
            self.only_one(at(matches, "path"), &inner, &["exact", "regex"], true);
            self.starts_with_slash(at(matches, "path"), &inner, "exact");
        }
        if kind == "httpRoute" && has(matches, "scheme") {
            self.service(&Self::under(path, "scheme"), "is for HTTP/2 routes only");
        }
        if has(matches, "methodName") && !has(matches, "serviceName") {
            self.service(&Self::under(path, "serviceName"), "is required with methodName");
        }
        if has(matches, "hostname") {
            self.only_one(
                at(matches, "hostname"),
                &Self::under(path, "hostname"),
                &["exact", "suffix"],
                true,
            );
        }
        for member in ["headers", "metadata"] {
            for (i, header) in items(matches, member).iter().enumerate() {
                let range = at(at(header, "match"), "range");
                let (start, end) = (at(range, "start").as_i64(), at(range, "end").as_i64());
                if let Some((start, end)) = start.zip(end).filter(|(start, end)| start >= end) {
                    let path = format!("{path}.{member}[{i}].match.range");
                    self.service(&path, &format!("must end after its start {start}, not at {end}"));
                }
            }
        }
    }

    /// Checks R19 and R20: the retry policy of a route.
    fn retries(&mut self, policy: &Value, path: &str) {
        const EVENTS: [&str; 4] = ["client-error", "gateway-error", "server-error", "stream-error"];
        if policy.is_null() {
            return;
        }
        let events = ["grpcRetryEvents", "httpRetryEvents", "tcpRetryEvents"];
        if events.iter().all(|member| items(policy, member).is_empty()) {
            self.service(path, "must have at least one retry event");
        }
        for (i, event) in items(policy, "httpRetryEvents").iter().enumerate() {
            let event = event.as_str().unwrap_or_default();
            if !EVENTS.contains(&event) {
                let rule = Rule::Choice { allowed: &EVENTS, found: event.to_owned() };
                self.broken(&format!("{path}.httpRetryEvents[{i}]"), rule);
            }
        }
    }

    fn gateway_route(&mut self, spec: &Value) {
        if !self.one_route(spec, GatewayRouteSpec::SHAPE) {
            return;
        }
        let (kind, route) = route_of(spec);
        let path = format!("spec.{kind}");
        let (matches, match_path) = (at(route, "match"), format!("{path}.match"));
        self.matches(kind, matches, &match_path);
        self.reserved(matches, &match_path);
        if kind == "grpcRoute" {
            // G13. A port alone is enough: the CDK's own integration stack deploys such a route.
            if !["hostname", "metadata", "port", "serviceName"].iter().any(|member| has(matches, member)) {
                self.service(&match_path, "must have serviceName, hostname, metadata or port");
            }
        }
        self.rewrite(at(at(route, "action"), "rewrite"), matches, &format!("{path}.action.rewrite"));
        self.gateway_listener(at(matches, "port"), &format!("{match_path}.port"));
        let target = at(at(route, "action"), "target");
        let service = text(at(target, "virtualService"), "virtualServiceName");
        let provider = self.spec_of(Kind::VirtualService, service).map(|spec| at(spec, "provider"));
        let provider = provider.unwrap_or(&Value::Null);
        let (node, router) = (at(provider, "virtualNode"), at(provider, "virtualRouter"));
        let spec = self.spec_of(Kind::VirtualNode, text(node, "virtualNodeName"));
        let spec = spec.or_else(|| self.spec_of(Kind::VirtualRouter, text(router, "virtualRouterName")));
        if let Some(spec) = spec {
            let ports: Vec<_> = ports(spec).into_iter().cloned().collect();
            let path = format!("{path}.action.target.port");
            self.target_port(&path, at(target, "port"), &ports, "the provider of the virtual service");
        }
    }

    /// Checks G7, with the service's own message (aws-cdk issue 22452), and R8 for the gateway. It does not check that
    /// the types of route and listener match (G6, R3), because the service is not known to have checked it.
    fn gateway_listener(&mut self, port: &Value, path: &str) {
        let gateway = self.id.key.parent.clone().unwrap_or_else(|| "".into());
        let Some(gateway) = self.spec_of(Kind::VirtualGateway, &gateway).cloned() else { return };
        let ports: Vec<_> = ports(&gateway).into_iter().cloned().collect();
        if ports.len() > 1 && port.is_null() {
            let text = "Gateway route must define a match port if the parent Virtual Gateway has multiple listeners.";
            self.broken(path, Rule::Verbatim(text.to_owned()));
        }
        self.one_of_ports(path, port, &ports, "the gateway");
    }

    /// Checks G10 and G11: reserved prefixes and service names.
    fn reserved(&mut self, matches: &Value, path: &str) {
        for (member, starts) in
            [("prefix", ["/aws-appmesh", "/aws-app-mesh"]), ("serviceName", ["aws.app-mesh", "aws.appmesh"])]
        {
            let found = text(matches, member);
            let bare = if member == "serviceName" { found.trim_start_matches('/') } else { found };
            if let Some(start) = starts.into_iter().find(|start| bare.starts_with(start)) {
                self.service(&Self::under(path, member), &format!("starts with {start}, which is reserved"));
            }
        }
    }

    /// Checks G14: the rewrite of a gateway route.
    fn rewrite(&mut self, rewrite: &Value, matches: &Value, path: &str) {
        self.only_one(rewrite, path, &["path", "prefix"], false);
        self.starts_with_slash(at(rewrite, "path"), &Self::under(path, "path"), "exact");
        let (prefix, inner) = (at(rewrite, "prefix"), Self::under(path, "prefix"));
        if prefix.is_null() {
            return;
        }
        self.only_one(prefix, &inner, &["defaultPrefix", "value"], true);
        let value = at(prefix, "value").as_str();
        let is_whole = |text: &str| text.starts_with('/') && text.ends_with('/');
        if value.is_some_and(|value| !is_whole(value)) {
            self.service(&Self::under(&inner, "value"), "must start and end with /");
        } else if value.is_some()
            && at(matches, "prefix").as_str().is_some_and(|prefix| !prefix.ends_with('/'))
        {
            self.service(&Self::under(&inner, "value"), "needs a match prefix that ends with /, too");
        }
    }
}

/// Returns the end of the service's message for R5: `2 Route(s) are missing port. Listing up to 5 route names: [a, b]`.
fn listing(names: &[String]) -> String {
    let first: Vec<_> = names.iter().take(5).map(String::as_str).collect();
    format!("{} Route(s) are missing port. Listing up to 5 route names: [{}]", names.len(), first.join(", "))
}
