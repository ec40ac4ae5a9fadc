//! Rules of the service that no shape states: names, references, ownership, and what blocks a delete.
//!
//! Rule numbers are those of docs/facts/api-rules.md.

use std::rc::Rc;

use mesh_text::words::english;
use serde_json::Value;

use super::{ControlPlane, Error, Mesh, Operation, Resource, Verb};
use crate::model::{
    AccountId, Key, Kind, KindDeclaration, MeshId, Problem, ResourceId, Rule, Spec, SpecView,
};

mod spec;

/// Returns whether a character is allowed in the name of any resource but a virtual service.
///
/// Source: the console's text for names; the API model itself has no pattern.
pub fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

/// Checks the name of a new resource.
///
/// # Errors
/// The rule that the name breaks: its length, or a character in it.
pub fn check_name(kind: Kind, name: &str) -> Result<(), Rule> {
    let (allowed, is_allowed): (_, fn(char) -> bool) = match kind {
        Kind::VirtualService => (english("characters other than /"), |c| c != '/'),
        _ => (english("letters, digits, hyphens and underscores"), is_name_character),
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

/// Checks the name of a new resource, and returns a broken rule as the error of the operation.
pub(super) fn check_new_name(id: &ResourceId) -> Result<(), Error> {
    let kind = id.key.kind;
    check_name(kind, &id.key.name).or_else(|rule| invalid(kind.declaration().name_member, rule))
}

/// Checks permissions in a shared mesh: docs/facts/sharing.md#permissions.
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
        // The owner reads and deletes everything, but updates only what its own account created.
        return if operation.verb() == Verb::Update && !made_by_caller() { forbidden() } else { Ok(()) };
    }
    if !state.is_shared(&id.mesh, caller) {
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

/// Checks that the resources a spec refers to exist, and the rules between its members.
pub(super) fn check_spec(state: &ControlPlane, id: &ResourceId, spec: &Spec) -> Result<(), Error> {
    if let (Some(kind), Some(parent)) = (id.key.kind.declaration().parent, &id.key.parent) {
        require(state, id, Key::new(kind, parent.clone()))?;
    }
    let problems = spec::problems(state.mesh(&id.mesh).map(|mesh| &**mesh), id, spec);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    for key in references(spec) {
        require(state, id, key)?;
    }
    let backends = spec.json().get("backends").and_then(Value::as_array).map_or(0, Vec::len);
    if state.enforces_quotas && backends > spec::MOST_BACKENDS {
        let what = format!("backends of VirtualNode {}", id.key.name);
        return Err(Error::LimitExceeded { what, quota: spec::MOST_BACKENDS });
    }
    Ok(())
}

/// Checks P10: the default quota is not exceeded. In a shared mesh, the resources of all accounts count.
pub(super) fn check_quota(state: &ControlPlane, id: &ResourceId) -> Result<(), Error> {
    let kind = id.key.kind;
    let KindDeclaration { word, quota, .. } = *kind.declaration();
    let found = match (state.mesh(&id.mesh), &id.key.parent) {
        _ if !state.enforces_quotas => 0,
        _ if kind == Kind::Mesh => state.meshes().filter(|(other, _)| other.owner == id.mesh.owner).count(),
        (Some(mesh), Some(parent)) => mesh.within(kind, parent).count(),
        (Some(mesh), None) => mesh.of_kind(kind).count(),
        (None, _) => 0,
    };
    if found < quota {
        return Ok(());
    }
    let what = match (kind, &id.key.parent) {
        (Kind::Mesh, _) => format!("Meshes of account {}", id.mesh.owner),
        (_, Some(parent)) => format!("{word}s of {parent} in mesh {}", id.mesh.name),
        (_, None) => format!("{word}s in mesh {}", id.mesh.name),
    };
    Err(Error::LimitExceeded { what, quota })
}

/// Checks permission to list the contents of a mesh: docs/facts/sharing.md#permissions.
pub(super) fn check_listing<'s>(
    state: &'s ControlPlane,
    kind: Kind,
    mesh: &MeshId,
    caller: &AccountId,
) -> Result<&'s Rc<Mesh>, Error> {
    let id = ResourceId::of_mesh(mesh.clone());
    let found =
        state.mesh(mesh).ok_or_else(|| Error::NotFound { mesh: mesh.clone(), key: id.key.clone() })?;
    let is_hidden = matches!(kind, Kind::VirtualGateway | Kind::GatewayRoute);
    if mesh.owner == *caller || (state.is_shared(mesh, caller) && !is_hidden) {
        Ok(found)
    } else {
        Err(Error::Forbidden { caller: caller.clone(), id })
    }
}

fn require(state: &ControlPlane, id: &ResourceId, key: Key) -> Result<(), Error> {
    match state.mesh(&id.mesh).and_then(|mesh| mesh.get(&key)) {
        Some(_) => Ok(()),
        None => Err(Error::NotFound { mesh: id.mesh.clone(), key }),
    }
}

fn invalid(path: &str, rule: Rule) -> Result<(), Error> {
    Err(Error::Invalid(vec![Problem { path: path.to_owned(), rule }]))
}

/// Returns the keys of the resources that a spec requires to exist: P3, P4, P5. Backends need not exist: P6.
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

/// Returns whether `other` prevents the deletion of `key`: docs/facts/api-rules.md#deletion.
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
