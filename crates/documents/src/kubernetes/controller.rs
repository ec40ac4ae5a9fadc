//! The App Mesh controller: creates, updates and deletes App Mesh resources for the objects of the cluster.
//!
//! It runs to a fixed point: an object with a missing reference waits with the controller's reason and settles
//! when the reference exists, in any order. Source: `pkg/*/resource_manager.go` of the controller.

use std::rc::Rc;

use crate::echo::Echo;
use app_mesh_engine::{
    control_plane::{Env, Operation, Verb, input_for},
    environment::{Cluster, ClusterObject, LabelSelector, ObjectKey, ObjectState},
    model::{Key, Kind, MeshId, ResourceId, Spec},
    world::World,
};
use mesh_text::sorting;
use serde_json::{Map, Value};

use super::{
    admit::{mesh_of_object, mesh_of_reference},
    kinds::aws_name_of,
    translate::{Referred, Translation},
};

/// The kinds that the controller reconciles, in an order in which each kind refers only to earlier ones.
const ACTED_ON: [Kind; 6] = [
    Kind::Mesh,
    Kind::VirtualNode,
    Kind::VirtualRouter,
    Kind::VirtualService,
    Kind::VirtualGateway,
    Kind::GatewayRoute,
];

/// One run of the controller.
pub struct Controller<'w> {
    world: &'w mut World,
    env: Env,
    done: u64,
    /// The controller's operations, as command lines.
    pub echoes: Vec<Echo>,
}

/// Returns whether an object waits, so that a change elsewhere may unblock the controller.
pub fn has_waiting(cluster: &Cluster) -> bool {
    cluster.objects.values().any(|object| object.state != ObjectState::Settled)
}

impl<'w> Controller<'w> {
    /// Creates a controller for this world.
    pub fn new(world: &'w mut World, env: &Env) -> Self {
        Self { world, env: *env, done: 0, echoes: Vec::new() }
    }

    /// Reconciles App Mesh with the objects, as far as possible.
    pub fn run(&mut self) {
        self.wake_groups();
        // Each round settles or cleans up at least one object, or is the last.
        loop {
            let mut has_changed = false;
            for kind in ACTED_ON.into_iter().rev() {
                for key in self.keys(kind, ObjectState::Terminating) {
                    has_changed |= self.clean_up(kind, &key);
                }
            }
            for kind in ACTED_ON {
                for key in self.keys(kind, ObjectState::Pending) {
                    has_changed |= self.settle(kind, &key);
                }
            }
            if !has_changed {
                break;
            }
        }
    }

    fn cluster(&self) -> &Cluster {
        &self.world.environment.cluster
    }

    fn keys(&self, kind: Kind, state: ObjectState) -> Vec<ObjectKey> {
        let found = self.cluster().of_kind(kind.declaration().word);
        found.filter(|(_, object)| object.state == state).map(|(key, _)| key.clone()).collect()
    }

    /// Reconciles nodes with backend groups again, because services or groups may have changed.
    fn wake_groups(&mut self) {
        if !self.cluster().backend_groups {
            return;
        }
        let nodes = self.cluster().of_kind("VirtualNode").filter(|(_, object)| {
            object.state == ObjectState::Settled && !object.spec("backendGroups").is_null()
        });
        let keys: Vec<_> = nodes.map(|(key, _)| key.clone()).collect();
        for key in keys {
            change_object(self.world, &key, |object| object.state = ObjectState::Pending);
        }
    }

    /// Settles an object; returns whether it succeeded.
    fn settle(&mut self, kind: Kind, key: &ObjectKey) -> bool {
        let Some(object) = self.cluster().objects.get(key).cloned() else { return false };
        let outcome = match kind {
            Kind::Mesh => self.settle_mesh(key, &object),
            _ => self.settle_member(kind, key, &object),
        };
        let is_settled = outcome.is_ok();
        change_object(self.world, key, |object| {
            object.reason = outcome.err().unwrap_or_default().into();
            if is_settled {
                object.state = ObjectState::Settled;
            }
        });
        is_settled
    }

    fn settle_mesh(&mut self, key: &ObjectKey, object: &ClusterObject) -> Result<(), String> {
        let id = mesh_of_object(self.world, &key.name, object);
        let mut spec = Translation::new(self.world, &id, "").spec(Kind::Mesh, object.spec_value());
        if let Value::Object(members) = &mut spec {
            match object.added("ipPreference") {
                Some(preference) => {
                    let mut discovery = Map::new();
                    discovery.insert("ipPreference".to_owned(), Value::from(preference));
                    members.insert("serviceDiscovery".to_owned(), Value::Object(discovery));
                }
                None => drop(members.remove("serviceDiscovery")),
            }
        }
        let resource = ResourceId::of_mesh(id.clone());
        if id.owner == self.world.account {
            self.put(&resource, &spec)?;
        } else if self.world.visible_mesh(&id).is_none() {
            let text = format!("NotFoundException: No mesh found with name {}, or it is not shared", id.name);
            return Err(text);
        }
        let selector = LabelSelector::from_manifest(object.spec("namespaceSelector"));
        match selector.map_err(|error| error.to_string())? {
            Some(selector) => drop(self.world.selectors.insert(id, Rc::new(selector))),
            None => drop(self.world.selectors.remove(&id)),
        }
        Ok(())
    }

    fn settle_member(&mut self, kind: Kind, key: &ObjectKey, object: &ClusterObject) -> Result<(), String> {
        let mesh_name = object.added("mesh").unwrap_or_default();
        let mesh = mesh_of_reference(self.world, mesh_name);
        if self.world.visible_mesh(&mesh).is_none() {
            return Err(match self.cluster().get("Mesh", "", mesh_name) {
                Some(_) => "mesh is not active yet".to_owned(),
                None => format!(
                    "failed to resolve meshRef: unable to fetch mesh: {mesh_name}: Mesh.appmesh.k8s.aws \"{mesh_name}\" not found"
                ),
            });
        }
        let mut translation = Translation::new(self.world, &mesh, &key.namespace);
        translation.needs_active = kind != Kind::VirtualNode;
        let mut spec = translation.spec(kind, object.spec_value());
        let groups = match kind == Kind::VirtualNode && translation.world.environment.cluster.backend_groups {
            true => group_members(&mut translation, object),
            false => Vec::new(),
        };
        let routes = match kind {
            Kind::VirtualRouter => routes(&mut translation, object),
            _ => Vec::new(),
        };
        let waits = std::mem::take(&mut translation.waits);
        if let Some(reason) = waits.into_iter().next() {
            return Err(reason);
        }
        add_backends(&mut spec, groups);
        let parent = match kind {
            Kind::GatewayRoute => Some(self.gateway(&mesh, object)?),
            _ => None,
        };
        let name = aws_name_of(kind, &key.namespace, &key.name, object);
        let key = Key { kind, parent: parent.map(Into::into), name: name.as_str().into() };
        let id = ResourceId { mesh, key };
        if kind == Kind::VirtualRouter {
            // Delete removed routes first, because they may refer to targets that the update removes.
            for route in self.routes_of(&id) {
                if !routes.iter().any(|(wanted, _)| **wanted == *route.key.name) {
                    self.perform(Verb::Delete, &route, None)?;
                }
            }
        }
        self.put(&id, &spec)?;
        for (route, spec) in routes {
            let key = Key::within(Kind::Route, name.as_str(), route.as_str());
            self.put(&ResourceId { mesh: id.mesh.clone(), key }, &spec)?;
        }
        Ok(())
    }

    /// Returns the App Mesh name of the gateway of a gateway route.
    fn gateway(&self, mesh: &MeshId, object: &ClusterObject) -> Result<String, String> {
        let namespace = object.added("gatewayNamespace").unwrap_or_default();
        let name = object.added("gateway").unwrap_or_default();
        match Translation::new(self.world, mesh, namespace).referred(Kind::VirtualGateway, namespace, name) {
            Referred::Active(name) => Ok(name),
            Referred::Waiting(_) => Err("virtualGateway is not active yet".to_owned()),
            Referred::Missing => Err(format!(
                "failed to resolve virtualGatewayRef: unable to fetch virtualGateway: {namespace}/{name}: VirtualGateway.appmesh.k8s.aws \"{name}\" not found"
            )),
        }
    }

    fn routes_of(&self, router: &ResourceId) -> Vec<ResourceId> {
        let mesh = self.world.control_plane.mesh(&router.mesh);
        let routes = mesh.map(|mesh| mesh.within(Kind::Route, &router.key.name));
        routes.into_iter().flatten().map(|route| route.id.clone()).collect()
    }

    /// Creates a resource, or updates it if its spec differs.
    fn put(&mut self, id: &ResourceId, spec: &Value) -> Result<(), String> {
        let verb = match self.world.control_plane.get(id) {
            None => Verb::Create,
            Some(resource) => match Spec::parse(id.key.kind, spec, "spec") {
                Ok(spec) if spec == resource.spec => return Ok(()),
                _ => Verb::Update,
            },
        };
        self.perform(verb, id, Some(spec))
    }

    fn perform(&mut self, verb: Verb, id: &ResourceId, spec: Option<&Value>) -> Result<(), String> {
        let mut input = input_for(id);
        if let Some(spec) = spec {
            input.insert("spec".to_owned(), spec.clone());
        }
        let operation = Operation::parse(verb, id.key.kind, &Value::Object(input), &self.world.account);
        let operation = operation.map_err(|problems| {
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            ["BadRequestException: ", &problems.join("; ")].concat()
        })?;
        self.done += 1;
        let env = self.env.nth(self.done);
        match crate::echo::perform(self.world, &operation, &env) {
            Ok((_, echo)) => {
                self.echoes.push(echo);
                Ok(())
            }
            Err(error) => Err(format!("{}: {error}", error.code())),
        }
    }

    /// Runs the finalizers of a deleted object; returns whether it is gone.
    fn clean_up(&mut self, kind: Kind, key: &ObjectKey) -> bool {
        let Some(object) = self.cluster().objects.get(key).cloned() else { return false };
        let outcome = self.finalize(kind, key, &object);
        if let Err(reason) = outcome {
            change_object(self.world, key, |object| object.reason = reason.into());
            return false;
        }
        let environment = Rc::make_mut(&mut self.world.environment);
        Rc::make_mut(&mut environment.cluster).objects.remove(key);
        true
    }

    fn finalize(&mut self, kind: Kind, key: &ObjectKey, object: &ClusterObject) -> Result<(), String> {
        let name = aws_name_of(kind, &key.namespace, &key.name, object);
        let id = match kind {
            Kind::Mesh => {
                let members = |word| (word, self.members("mesh", &key.name, "", word));
                let kinds =
                    ["VirtualService", "VirtualRouter", "VirtualNode", "VirtualGateway", "GatewayRoute"];
                pending(
                    "objects belong to this mesh exists, please delete them to proceed. ",
                    kinds.map(members).as_slice(),
                )?;
                let id = mesh_of_object(self.world, &key.name, object);
                if id.owner != self.world.account {
                    return Ok(());
                }
                ResourceId::of_mesh(id)
            }
            _ => {
                let mesh = mesh_of_reference(self.world, object.added("mesh").unwrap_or_default());
                if kind == Kind::VirtualGateway {
                    let count = self.members("gateway", &key.name, &key.namespace, "GatewayRoute");
                    pending(
                        "objects belonging to this virtualGateway exist, please delete them to proceed. ",
                        &[("GatewayRoute", count)],
                    )?;
                }
                let parent = match kind {
                    Kind::GatewayRoute => self.gateway_name(object),
                    _ => None,
                };
                ResourceId { mesh, key: Key { kind, parent: parent.map(Into::into), name: name.into() } }
            }
        };
        if self.world.control_plane.get(&id).is_none() {
            return Ok(());
        }
        self.delete(&id)
    }

    /// Deletes a resource, with the routes of a router.
    pub fn delete(&mut self, id: &ResourceId) -> Result<(), String> {
        if id.key.kind == Kind::VirtualRouter {
            for route in self.routes_of(id) {
                self.perform(Verb::Delete, &route, None)?;
            }
        }
        self.perform(Verb::Delete, id, None)
    }

    fn gateway_name(&self, object: &ClusterObject) -> Option<String> {
        let namespace = object.added("gatewayNamespace").unwrap_or_default();
        let name = object.added("gateway").unwrap_or_default();
        Some(match self.cluster().get("VirtualGateway", namespace, name) {
            Some(gateway) => aws_name_of(Kind::VirtualGateway, namespace, name, gateway),
            None if namespace.is_empty() => name.to_owned(),
            None => super::kinds::app_mesh_word(Kind::VirtualGateway, name, namespace),
        })
    }

    /// Returns the number of objects of a kind that belong to a mesh or a gateway.
    fn members(&self, word: &str, name: &str, namespace: &str, kind: &str) -> usize {
        let objects = self.cluster().of_kind(kind).filter(|(_, object)| {
            object.added(word) == Some(name)
                && (word == "mesh" || object.added("gatewayNamespace") == Some(namespace))
        });
        objects.count()
    }
}

/// Returns an error if a finalizer must wait, with the reason: `virtualService: 2, virtualNode: 1`.
fn pending(text: &str, members: &[(&str, usize)]) -> Result<(), String> {
    let counts = members.iter().filter(|(_, count)| *count > 0).map(|(word, count)| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase()).into_iter();
        format!("{}: {count}", first.chain(letters).collect::<String>())
    });
    let counts: Vec<_> = counts.collect();
    if counts.is_empty() { Ok(()) } else { Err([text, &counts.join(", ")].concat()) }
}

/// Changes an existing object.
pub fn change_object(world: &mut World, key: &ObjectKey, change: impl FnOnce(&mut ClusterObject)) {
    let Some(old) = world.environment.cluster.objects.get(key) else { return };
    let mut object = ClusterObject::clone(old);
    change(&mut object);
    if object != **old {
        let environment = Rc::make_mut(&mut world.environment);
        Rc::make_mut(&mut environment.cluster).objects.insert(key.clone(), Rc::new(object));
    }
}

/// Returns the routes of a router by name, as specs of the API.
fn routes(translation: &mut Translation, object: &ClusterObject) -> Vec<(String, Value)> {
    let mut routes = Vec::new();
    for route in object.spec("routes").as_array().into_iter().flatten() {
        let name = route["name"].as_str().unwrap_or_default().to_owned();
        routes.push((name, translation.spec(Kind::Route, route)));
    }
    routes
}

/// Returns the App Mesh names of the services of a node's backend groups, sorted and without duplicates.
fn group_members(translation: &mut Translation, object: &ClusterObject) -> Vec<String> {
    let cluster = &translation.world.environment.cluster;
    let mut names = Vec::new();
    for group in object.spec("backendGroups").as_array().into_iter().flatten() {
        let name = group["name"].as_str().unwrap_or_default();
        let namespace = group["namespace"].as_str().unwrap_or(translation.namespace);
        if name == "*" {
            let services = cluster.of_kind("VirtualService");
            for (key, object) in services.filter(|(key, _)| &*key.namespace == namespace) {
                names.push(aws_name_of(Kind::VirtualService, &key.namespace, &key.name, object));
            }
            continue;
        }
        let Some(group) = cluster.get("BackendGroup", namespace, name) else {
            translation.waits.push(format!(
                "failed to resolve backendGroupRef: unable to fetch backendGroup: {namespace}/{name}: BackendGroup.appmesh.k8s.aws \"{name}\" not found"
            ));
            continue;
        };
        for service in group.spec("virtualservices").as_array().into_iter().flatten() {
            // The references of a group resolve in the node's namespace.
            names.push(translation.reference(Kind::VirtualService, service));
        }
    }
    sorting::sort(&mut names);
    names.dedup();
    names
}

/// Appends backends to the spec of a node, without duplicates.
fn add_backends(spec: &mut Value, services: Vec<String>) {
    let Value::Object(members) = spec else { return };
    if services.is_empty() {
        return;
    }
    let backends = members.entry("backends").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(backends) = backends else { return };
    for service in services {
        let is_listed = backends
            .iter()
            .any(|backend| backend["virtualService"]["virtualServiceName"] == service.as_str());
        if !is_listed {
            let name = app_mesh_engine::model::object(&[("virtualServiceName", &service)]);
            backends.push(app_mesh_engine::model::object(&[("virtualService", &name)]));
        }
    }
}
