//! Kubernetes manifests, for *Open…* and `kubectl`.
//!
//! The environment's cluster stores the objects; only [`Change`] changes them. After every change the
//! controller runs ([`controller`]), then the workloads ([`workloads`]). This module prints nothing.

mod admit;
mod built_in;
mod controller;
mod kinds;
mod manifest;
mod schema;
mod surroundings;
#[cfg(test)]
mod tests;
mod translate;
mod validate;
mod workloads;

pub use admit::{BUILT_IN, Denied, namespace_labels};
pub use built_in::{CONTROLLER, CONTROLLER_NAMESPACE, controller as controller_deployment, definition};
pub use controller::has_waiting;
pub use kinds::{RESOURCES, Resource, VERSION, aws_name_of, qualified};
pub use manifest::{Manifest, objects};
pub use surroundings::load_balancer;
pub use translate::manifest_spec;
pub use workloads::{Proxies, WORKLOADS, replicas, template_hash};

use std::rc::Rc;

use crate::echo::Echo;
use app_mesh_engine::{
    control_plane::Env,
    environment::{Cluster, ClusterObject, Family, ObjectKey, ObjectState, text_map},
    model::TextMap,
    world::World,
};

use serde_json::{Map, Value};

use controller::{Controller, change_object};

/// Result of applying an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The object did not exist before.
    Created,
    /// The object existed and differed.
    Configured,
    /// The object existed and was equal.
    Unchanged,
}

impl Verdict {
    /// Returns the word that kubectl prints.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A change of the cluster in progress: adds and removes objects, and settles all of them together at the end.
pub struct Change {
    /// The world with the changes so far.
    pub world: World,
    env: Env,
    before: surroundings::Surroundings,
    put: u64,
    gone: Vec<ObjectKey>,
}

/// Result of a change.
pub struct Settled {
    /// The world after the controllers ran.
    pub world: World,
    /// The controller's operations in App Mesh.
    pub echoes: Vec<Echo>,
    /// The guesses, in words.
    pub guesses: Vec<String>,
}

impl Change {
    /// Starts a change of this world.
    pub fn new(world: World, env: &Env) -> Self {
        let before = surroundings::surroundings(&world);
        Self { world, env: *env, before, put: 0, gone: Vec::new() }
    }

    fn cluster(&mut self) -> &mut Cluster {
        Rc::make_mut(&mut Rc::make_mut(&mut self.world.environment).cluster)
    }

    /// Creates or updates an object. The notes list the fields that a webhook overwrote silently.
    ///
    /// # Errors
    /// Returns an error if the API server or a webhook refuses the object; then nothing changes.
    pub fn put(&mut self, manifest: &Manifest) -> Result<(Verdict, Vec<String>), Denied> {
        let key = manifest.key();
        let old = self.world.environment.cluster.objects.get(&key).cloned();
        let is_namespace = &*key.kind == "Namespace";
        if is_namespace {
            return self.put_namespace(manifest).map(|verdict| (verdict, Vec::new()));
        }
        let old = old.filter(|old| old.state != ObjectState::Terminating);
        if let Some(old) = &old {
            // Applying an object unchanged as the server returned it has no effect.
            let is_same = old.manifest == manifest.value
                || manifest::bare(&live(&self.world, &key, old)) == manifest.value;
            if is_same {
                return Ok((Verdict::Unchanged, Vec::new()));
            }
        }
        let admitted = admit::admit(&self.world, manifest, old.as_deref())?;
        self.put += 1;
        let is_acted_on = manifest.api_version == VERSION && &*key.kind != "BackendGroup";
        let same_spec = old.as_ref().is_some_and(|old| old.manifest["spec"] == manifest.value["spec"]);
        let object = ClusterObject {
            manifest: manifest.value.clone(),
            added: admitted.added,
            created_at: old.as_ref().map_or(self.env.now.0, |old| old.created_at),
            uid: old
                .as_ref()
                .map_or_else(|| self.env.nth(0x1_0000 + self.put).uid().into(), |old| old.uid.clone()),
            generation: old.as_ref().map_or(1, |old| old.generation + i64::from(!same_spec)),
            state: if is_acted_on { ObjectState::Pending } else { ObjectState::Settled },
            reason: "".into(),
        };
        self.cluster().objects.insert(key, Rc::new(object));
        Ok((if old.is_some() { Verdict::Configured } else { Verdict::Created }, admitted.notes))
    }

    fn put_namespace(&mut self, manifest: &Manifest) -> Result<Verdict, Denied> {
        let key = manifest.key();
        let known = self.world.environment.namespaces.get(&key.name).cloned();
        let is_there = known.is_some() || BUILT_IN.contains(&&*key.name);
        let mut labels = text_map(&manifest.value["metadata"]["labels"]);
        labels.insert("kubernetes.io/metadata.name".to_owned(), manifest.name.clone());
        let old = self.world.environment.cluster.objects.get(&key);
        if known.as_deref() == Some(&labels) && old.is_some_and(|old| old.manifest == manifest.value) {
            return Ok(Verdict::Unchanged);
        }
        // Labels set by the user stay; labels of the previous manifest are removed.
        let mut merged = known.as_deref().cloned().unwrap_or_default();
        let written = old.map(|old| old.labels()).unwrap_or_default();
        for (key, _) in written.iter().filter(|(key, _)| !labels.contains_key(*key)) {
            merged.remove(key);
        }
        for (key, value) in labels.iter() {
            merged.insert(key.clone(), value.clone());
        }
        let is_same = known.as_deref() == Some(&merged) && is_there;
        let (created_at, uid) = match old {
            Some(old) => (old.created_at, old.uid.clone()),
            None => (self.env.now.0, workloads::uid(&key.name)),
        };
        let object = ClusterObject {
            manifest: manifest.value.clone(),
            added: TextMap::new(),
            created_at,
            uid,
            generation: 1,
            state: ObjectState::Settled,
            reason: "".into(),
        };
        let name = key.name.clone();
        let environment = Rc::make_mut(&mut self.world.environment);
        environment.namespaces.insert(name, Rc::new(merged));
        Rc::make_mut(&mut environment.cluster).objects.insert(key, Rc::new(object));
        Ok(match (is_there, is_same) {
            (false, _) => Verdict::Created,
            (true, true) => Verdict::Unchanged,
            (true, false) => Verdict::Configured,
        })
    }

    /// Marks an object as deleted; its finalizers run when the change settles. Returns whether it existed.
    pub fn delete(&mut self, key: &ObjectKey) -> bool {
        if &*key.kind == "Namespace" {
            return self.delete_namespace(&key.name);
        }
        // An object deleted together with its namespace counts as existing.
        let Some(object) = self.world.environment.cluster.objects.get(key) else {
            return self.gone.contains(key);
        };
        let has_finalizers = object.manifest["apiVersion"] == VERSION && &*key.kind != "BackendGroup";
        match has_finalizers {
            true => change_object(&mut self.world, key, |object| object.state = ObjectState::Terminating),
            false => {
                self.cluster().objects.remove(key);
                self.gone.push(key.clone());
            }
        }
        true
    }

    fn delete_namespace(&mut self, name: &str) -> bool {
        let is_there = self.world.environment.namespaces.contains_key(name);
        let inside = self.world.environment.cluster.objects.keys().filter(|key| &*key.namespace == name);
        for key in inside.cloned().collect::<Vec<_>>() {
            self.delete(&key);
        }
        let environment = Rc::make_mut(&mut self.world.environment);
        environment.namespaces.remove(name);
        Rc::make_mut(&mut environment.cluster).objects.remove(&ObjectKey::new("Namespace", "", name));
        is_there
    }

    /// Sets the labels of a namespace.
    pub fn label_namespace(&mut self, name: &str, labels: TextMap) {
        let environment = Rc::make_mut(&mut self.world.environment);
        environment.namespaces.insert(name.into(), Rc::new(labels));
    }

    /// Deletes an App Mesh resource without an object, including the routes of a router. Returns whether it existed.
    ///
    /// # Errors
    /// Returns an error if the service refuses the deletion.
    pub fn delete_resource(&mut self, key: &ObjectKey) -> Result<bool, String> {
        let Some(kind) = app_mesh_engine::model::Kind::from_word(&key.kind) else { return Ok(false) };
        let world = &self.world;
        let meshes = world.control_plane.visible_to(&world.account);
        let names = [
            key.name.to_string(),
            kinds::app_mesh_word(kind, &key.name, &key.namespace),
            [&*key.name, ".", &key.namespace, ".svc.cluster.local"].concat(),
        ];
        let resources: Vec<_> =
            meshes.flat_map(|(_, mesh)| mesh.of_kind(kind)).map(|resource| resource.id.clone()).collect();
        let found = names.iter().find_map(|name| resources.iter().find(|id| *id.key.name == **name));
        match found {
            Some(id) => Controller::new(&mut self.world, &self.env).delete(id).map(|()| true),
            None => Ok(false),
        }
    }

    /// Sets the IP family of the cluster. Pods and Services get new addresses.
    pub fn set_family(&mut self, family: Family) {
        if self.world.environment.cluster.family == family {
            return;
        }
        let cluster = self.cluster();
        cluster.family = family;
        let keys: Vec<_> = cluster.objects.keys().cloned().collect();
        for key in keys {
            change_object(&mut self.world, &key, |object| {
                for word in ["podIP", "clusterIP", "guess"] {
                    object.added.remove(word);
                }
            });
        }
    }

    /// Turns the controller's flag `enable-backend-groups` on or off.
    pub fn set_backend_groups(&mut self, is_on: bool) {
        if self.world.environment.cluster.backend_groups == is_on {
            return;
        }
        self.cluster().backend_groups = is_on;
        let nodes = self.world.environment.cluster.of_kind("VirtualNode");
        let nodes = nodes
            .filter(|(_, node)| node.state == ObjectState::Settled && !node.spec("backendGroups").is_null());
        for key in nodes.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            change_object(&mut self.world, &key, |object| object.state = ObjectState::Pending);
        }
    }

    /// Runs the controllers.
    pub fn settle(mut self) -> Settled {
        let mut controller = Controller::new(&mut self.world, &self.env);
        controller.run();
        let echoes = std::mem::take(&mut controller.echoes);
        let guesses = workloads::run(&mut self.world, &self.env);
        let after = surroundings::surroundings(&self.world);
        surroundings::replace(&mut self.world, &self.before, &after);
        Settled { world: self.world, echoes, guesses }
    }
}

/// Returns an object as the API server does: with added fields and its status.
pub fn live(world: &World, key: &ObjectKey, object: &ClusterObject) -> Value {
    let Value::Object(mut whole) = object.manifest.clone() else { return Value::Null };
    let mut metadata = whole.remove("metadata").and_then(|value| match value {
        Value::Object(metadata) => Some(metadata),
        _ => None,
    });
    let metadata = metadata.get_or_insert_with(Map::new);
    let created = app_mesh_engine::control_plane::Timestamp(object.created_at).to_string();
    let created = created.get(..19).map(|text| [text, "Z"].concat()).unwrap_or_default();
    metadata.insert("creationTimestamp".to_owned(), Value::from(created));
    metadata.insert("name".to_owned(), Value::from(&*key.name));
    metadata.insert("uid".to_owned(), Value::from(&*object.uid));
    metadata.insert("generation".to_owned(), Value::from(object.generation));
    if !key.namespace.is_empty() {
        metadata.insert("namespace".to_owned(), Value::from(&*key.namespace));
    }
    if &*key.kind == "Namespace" {
        let labels = namespace_labels(world, &key.name).unwrap_or_default();
        let labels = labels.iter().map(|(key, value)| (key.clone(), Value::from(&**value))).collect();
        metadata.insert("labels".to_owned(), Value::Object(labels));
    }
    whole.insert("metadata".to_owned(), Value::Object(std::mem::take(metadata)));
    let mut spec = match whole.remove("spec") {
        Some(Value::Object(spec)) => spec,
        _ => Map::new(),
    };
    if let Some(status) = live_parts(world, key, object, &mut spec) {
        whole.insert("status".to_owned(), status);
    }
    if !spec.is_empty() {
        whole.insert("spec".to_owned(), Value::Object(spec));
    }
    Value::Object(whole)
}

/// Adds the fields of the cluster to a spec, and returns the status.
fn live_parts(
    world: &World,
    key: &ObjectKey,
    object: &ClusterObject,
    spec: &mut Map<String, Value>,
) -> Option<Value> {
    use app_mesh_engine::model::object as make;
    let mut put = |name: &str, value: &str| drop(spec.insert(name.to_owned(), Value::from(value)));
    match &*key.kind {
        "Pod" => {
            let address = object.added("podIP").unwrap_or_default();
            let addresses = Value::Array(vec![make(&[("ip", &address)])]);
            Some(make(&[("phase", &"Running"), ("podIP", &address), ("podIPs", &addresses)]))
        }
        "Service" => {
            let address = object.added("clusterIP").unwrap_or_default();
            put("clusterIP", address);
            let balancer = load_balancer(world, key, object)
                .map(|name| make(&[("ingress", &Value::Array(vec![make(&[("hostname", &name)])]))]));
            Some(make(&[("loadBalancer", &balancer.unwrap_or_else(|| Value::Object(Map::new())))]))
        }
        kind if WORKLOADS.contains(&kind) => {
            let count = pods_of(&world.environment.cluster, key).count();
            let count = i64::try_from(count).unwrap_or_default();
            Some(make(&[
                ("availableReplicas", &count),
                ("readyReplicas", &count),
                ("replicas", &count),
                ("updatedReplicas", &count),
            ]))
        }
        "Namespace" => Some(make(&[("phase", &"Active")])),
        _ if object.manifest["apiVersion"] == VERSION => app_mesh_parts(world, key, object, spec),
        _ => None,
    }
}

fn app_mesh_parts(
    world: &World,
    key: &ObjectKey,
    object: &ClusterObject,
    spec: &mut Map<String, Value>,
) -> Option<Value> {
    use app_mesh_engine::model::object as make;
    let mut put = |name: &str, value: Value| drop(spec.insert(name.to_owned(), value));
    if let Some(name) = object.added("awsName") {
        put("awsName", Value::from(name));
    }
    if let Some(mesh) = object.added("mesh") {
        let uid = world.environment.cluster.get("Mesh", "", mesh).map(|mesh| mesh.uid.to_string());
        put("meshRef", make(&[("name", &mesh), ("uid", &uid)]));
    }
    if let Some(gateway) = object.added("gateway") {
        let namespace = object.added("gatewayNamespace").unwrap_or_default();
        let found = world.environment.cluster.get("VirtualGateway", namespace, gateway);
        let uid = found.map(|gateway| gateway.uid.to_string());
        put("virtualGatewayRef", make(&[("name", &gateway), ("namespace", &namespace), ("uid", &uid)]));
    }
    if let Some(preference) = object.added("ipPreference") {
        put("meshServiceDiscovery", make(&[("ipPreference", &preference)]));
    }
    let kind = app_mesh_engine::model::Kind::from_word(&key.kind)?;
    let arn = arn(world, key, object)?;
    let member = [kind.declaration().member, "ARN"].concat();
    let active = [kind.declaration().word, "Active"].concat();
    let condition = make(&[("status", &"True"), ("type", &active)]);
    let conditions = Value::Array(vec![condition]);
    let observed = object.generation;
    Some(make(&[(&*member, &arn), ("conditions", &conditions), ("observedGeneration", &observed)]))
}

/// Returns the ARN of the resource of an object; `None` if it does not exist yet.
pub fn arn(world: &World, key: &ObjectKey, object: &ClusterObject) -> Option<String> {
    let id = resource_id(world, key, object)?;
    let resource = world.control_plane.get(&id)?;
    Some(id.arn(&world.region, &resource.metadata.resource_owner))
}

/// Returns the id of the App Mesh resource of an object.
pub fn resource_id(
    world: &World,
    key: &ObjectKey,
    object: &ClusterObject,
) -> Option<app_mesh_engine::model::ResourceId> {
    use app_mesh_engine::model::{Key, Kind, ResourceId};
    let kind = Kind::from_word(&key.kind).filter(|kind| *kind != Kind::Route)?;
    if kind == Kind::Mesh {
        return Some(ResourceId::of_mesh(admit::mesh_of_object(world, &key.name, object)));
    }
    let mesh = admit::mesh_of_reference(world, object.added("mesh")?);
    let name = aws_name_of(kind, &key.namespace, &key.name, object);
    let parent = match kind {
        Kind::GatewayRoute => {
            let namespace = object.added("gatewayNamespace").unwrap_or_default();
            let gateway = object.added("gateway").unwrap_or_default();
            let found = world.environment.cluster.get("VirtualGateway", namespace, gateway);
            let name = found.map(|found| aws_name_of(Kind::VirtualGateway, namespace, gateway, found));
            Some(name.unwrap_or_else(|| gateway.to_owned()))
        }
        _ => None,
    };
    Some(ResourceId { mesh, key: Key { kind, parent: parent.map(Into::into), name: name.into() } })
}

/// Returns the pods of a workload.
pub fn pods_of<'c>(
    cluster: &'c Cluster,
    key: &ObjectKey,
) -> impl Iterator<Item = (&'c ObjectKey, &'c Rc<ClusterObject>)> + use<'c> {
    let owner = [&*key.kind, "/", &key.name].concat();
    let namespace = key.namespace.clone();
    cluster
        .of_kind("Pod")
        .filter(move |(pod, object)| pod.namespace == namespace && object.added("owner") == Some(&owner))
}
