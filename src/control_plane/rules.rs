//! The rules of the service that no shape states: names, references, ownership, what blocks a delete.
//!
//! Rule numbers are those of the fact sheet, section 4.

use serde_json::Value;

use super::{ControlPlane, Error, Operation, Resource, Verb};
use crate::model::{
    AccountId, Declared, GatewayRouteSpec, Key, Kind, Problem, ResourceId, RouteSpec, Rule, Shape, Spec,
    SpecView, View, VirtualNodeSpec,
};

/// Whether a character may stand in the name of anything but a virtual service.
///
/// Source: the console's text for names; the API model itself has no pattern.
pub fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

/// Checks the name of a resource that is about to be.
///
/// # Errors
/// The rule the name breaks: its length, or a character in it.
pub fn check_name(kind: Kind, name: &str) -> Result<(), Rule> {
    let (allowed, is_allowed): (_, fn(char) -> bool) = match kind {
        Kind::VirtualService => ("characters other than /", |c| c != '/'),
        _ => ("letters, digits, hyphens and underscores", is_name_character),
    };
    let max = if kind == Kind::VirtualService { usize::MAX } else { 255 };
    let found = name.chars().count();
    if !(1..=max).contains(&found) {
        return Err(Rule::Length { min: 1, max, found });
    }
    match name.chars().find(|c| !is_allowed(*c)) {
        Some(found) => Err(Rule::Characters { allowed, found }),
        None => Ok(()),
    }
}

/// The same, as the answer to an operation.
pub(super) fn check_new_name(id: &ResourceId) -> Result<(), Error> {
    let kind = id.key.kind;
    check_name(kind, &id.key.name).or_else(|rule| invalid(kind.declaration().name_member, rule))
}

/// Who may do what to a mesh that is shared: fact sheet, section 7.
pub(super) fn check_permission(
    state: &ControlPlane,
    operation: &Operation,
    caller: &AccountId,
) -> Result<(), Error> {
    let id = operation.id();
    let is_new_mesh = operation.verb() == Verb::Create && id.key.kind == Kind::Mesh;
    let mesh = match state.mesh(&id.mesh) {
        Some(mesh) => mesh,
        None if is_new_mesh && id.mesh.owner == *caller => return Ok(()),
        None => {
            let key = Key::new(Kind::Mesh, id.mesh.name.clone());
            return Err(Error::NotFound { mesh: id.mesh.clone(), key });
        }
    };
    let forbidden = || Err(Error::Forbidden { caller: caller.clone(), id: id.clone() });
    let made_by_caller = || mesh.get(&id.key).is_none_or(|found| found.metadata.resource_owner == *caller);
    if id.mesh.owner == *caller {
        // The owner reads and deletes everything, but updates only what its own account made.
        return if operation.verb() == Verb::Update && !made_by_caller() { forbidden() } else { Ok(()) };
    }
    if !mesh.shared_with().contains(caller) {
        return forbidden();
    }
    let allowed = match (id.key.kind, operation.verb()) {
        (Kind::VirtualGateway | Kind::GatewayRoute, _) => false,
        (_, Verb::Describe) => true,
        (Kind::Mesh, _) => false,
        (Kind::Route, Verb::Create) => {
            let router = id.key.parent.clone().map(|name| Key::new(Kind::VirtualRouter, name));
            let router = router.and_then(|key| mesh.get(&key));
            router.is_none_or(|router| router.metadata.resource_owner == *caller)
        }
        (_, Verb::Create) => true,
        (_, Verb::Update | Verb::Delete) => made_by_caller(),
    };
    if allowed { Ok(()) } else { forbidden() }
}

/// Checks what a spec refers to, and the rules between its members.
pub(super) fn check_spec(state: &ControlPlane, id: &ResourceId, spec: &Spec) -> Result<(), Error> {
    if let (Some(kind), Some(parent)) = (id.key.kind.declaration().parent, &id.key.parent) {
        require(state, id, Key::new(kind, parent.clone()))?;
    }
    match spec.view() {
        SpecView::VirtualNode(spec) => check_virtual_node(spec)?,
        SpecView::Route(spec) => check_one_route(spec.as_json(), RouteSpec::SHAPE)?,
        SpecView::GatewayRoute(spec) => check_gateway_route(spec)?,
        _ => {}
    }
    for key in references(spec) {
        require(state, id, key)?;
    }
    Ok(())
}

fn require(state: &ControlPlane, id: &ResourceId, key: Key) -> Result<(), Error> {
    match state.mesh(&id.mesh).and_then(|mesh| mesh.get(&key)) {
        Some(_) => Ok(()),
        None => Err(Error::NotFound { mesh: id.mesh.clone(), key }),
    }
}

fn check_virtual_node(spec: View<VirtualNodeSpec>) -> Result<(), Error> {
    let has_listener = spec.listeners().is_some_and(|listeners| !listeners.is_empty());
    match (has_listener, spec.service_discovery().is_some()) {
        // N2, in the service's own words.
        (false, true) => {
            let text = "Service Discovery can't be set without a listener.";
            invalid("spec.serviceDiscovery", Rule::Verbatim(text))
        }
        // N1
        (true, false) => service("spec.serviceDiscovery", "is required when there are listeners"),
        _ => Ok(()),
    }
}

fn check_gateway_route(spec: View<GatewayRouteSpec>) -> Result<(), Error> {
    check_one_route(spec.as_json(), GatewayRouteSpec::SHAPE)?;
    for (member, route) in [("httpRoute", spec.http_route()), ("http2Route", spec.http2_route())] {
        let prefix = route.and_then(|route| route.matches().prefix());
        if prefix.is_some_and(|prefix| !prefix.starts_with('/')) {
            return service(&format!("spec.{member}.match.prefix"), "must start with /");
        }
    }
    Ok(())
}

/// R2 and G5: the model has no union here, but exactly one of the routes may be set.
fn check_one_route(spec: &Value, shape: &Shape) -> Result<(), Error> {
    let Shape::Structure(structure) = shape else { return Ok(()) };
    let routes = structure.members.iter().map(|member| member.name).filter(|name| name.ends_with("Route"));
    let allowed: Vec<_> = routes.collect();
    let found: Vec<_> = allowed.iter().copied().filter(|name| spec.get(name).is_some()).collect();
    if found.len() == 1 {
        return Ok(());
    }
    invalid("spec", Rule::OneOf { allowed, found })
}

fn service(path: &str, text: &str) -> Result<(), Error> {
    invalid(path, Rule::Service(text.to_owned()))
}

fn invalid(path: &str, rule: Rule) -> Result<(), Error> {
    Err(Error::Invalid(vec![Problem { path: path.to_owned(), rule }]))
}

/// The resources a spec needs to exist: P3, P4, P5. Backends are not among them: P6.
pub(super) fn references(spec: &Spec) -> Vec<Key> {
    match spec.view() {
        SpecView::VirtualService(spec) => {
            let provider = spec.provider();
            let node = provider.and_then(|provider| provider.virtual_node());
            let router = provider.and_then(|provider| provider.virtual_router());
            let node = node.map(|node| Key::new(Kind::VirtualNode, node.virtual_node_name()));
            let router = router.map(|router| Key::new(Kind::VirtualRouter, router.virtual_router_name()));
            node.into_iter().chain(router).collect()
        }
        SpecView::Route(spec) => {
            let nodes = spec.weighted_targets().iter().map(|target| target.virtual_node());
            nodes.map(|name| Key::new(Kind::VirtualNode, name)).collect()
        }
        SpecView::GatewayRoute(spec) => {
            let http = [spec.http_route(), spec.http2_route()].into_iter().flatten();
            let http = http.map(|route| route.action().target());
            let grpc = spec.grpc_route().map(|route| route.action().target());
            http.chain(grpc)
                .map(|target| Key::new(Kind::VirtualService, target.virtual_service().virtual_service_name()))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Whether `other` keeps `key` from being deleted: fact sheet, section 4.2.
pub(super) fn blocks(other: &Resource, key: &Key) -> bool {
    let is_inside = match key.kind {
        Kind::Mesh => true,
        kind => {
            other.id.key.kind.declaration().parent == Some(kind)
                && other.id.key.parent.as_ref() == Some(&key.name)
        }
    };
    is_inside || references(&other.spec).contains(key)
}
