//! Objects that the API server lists: those of the cluster, and resources of App Mesh without an object.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane,
    environment::{ClusterObject, LabelSelector, ObjectKey, ObjectState, text_map},
    model::{Kind, MeshId, Shape, object},
    world::World,
};
use mesh_documents::kubernetes::{self, Resource, VERSION};
use mesh_text::sorting;
use serde_json::{Map, Value};

/// One listed object.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its kind.
    pub kind: Rc<str>,
    /// Group and version.
    pub api_version: String,
    /// Its namespace; empty if its kind has none.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// The whole object, as `-o json` prints it.
    pub value: Value,
    /// Its creation time; `None` for a built-in object.
    pub created_at: Option<i64>,
    /// The ARN of its resource.
    pub arn: Option<String>,
    /// The reason why the controller waits; empty if it does not.
    pub reason: Rc<str>,
    /// Whether it was deleted and waits for its finalizers.
    pub is_terminating: bool,
    /// The object of the cluster; `None` for a resource without one.
    pub kept: Option<Rc<ClusterObject>>,
}

impl Item {
    /// Returns its key in the cluster.
    pub(super) fn key(&self) -> ObjectKey {
        ObjectKey { kind: self.kind.clone(), namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// Returns its kind and name: `virtualnode.appmesh.k8s.aws/red`.
    pub(super) fn title(&self) -> String {
        [&*kubernetes::qualified(&self.kind, &self.api_version), "/", &self.name].concat()
    }

    fn kept(world: &World, key: &ObjectKey, object: &Rc<ClusterObject>) -> Self {
        Self {
            kind: key.kind.clone(),
            api_version: object.manifest["apiVersion"].as_str().unwrap_or("v1").to_owned(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            value: kubernetes::live(world, key, object),
            created_at: Some(object.created_at),
            arn: kubernetes::arn(world, key, object),
            reason: object.reason.clone(),
            is_terminating: object.state == ObjectState::Terminating,
            kept: Some(object.clone()),
        }
    }

    /// Returns whether the cluster itself has it: it has no manifest and no resource of App Mesh.
    pub(super) fn is_built_in(&self) -> bool {
        let is_there = self.kept.is_some() || self.arn.is_some();
        match &*self.kind {
            "Namespace" => kubernetes::BUILT_IN.contains(&&*self.name),
            _ => !is_there,
        }
    }

    /// Returns whether a label selector matches it.
    pub(super) fn is_selected(&self, selector: &LabelSelector) -> bool {
        selector.selects(&text_map(&self.value["metadata"]["labels"]))
    }
}

/// Returns all objects of a kind, sorted by namespace and name.
pub(super) fn of_kind(world: &World, resource: &Resource) -> Vec<Item> {
    let cluster = &world.environment.cluster;
    let mut items: Vec<_> =
        cluster.of_kind(resource.kind).map(|(key, object)| Item::kept(world, key, object)).collect();
    match resource.kind {
        "Namespace" => namespaces(world, &mut items),
        "ReplicaSet" => replica_sets(world, &mut items),
        "CustomResourceDefinition" => definitions(&mut items),
        "Deployment" => built_in(kubernetes::controller_deployment(), &mut items),
        "Event" => events(world, &mut items),
        _ => {}
    }
    if let Some(kind) = resource.app_mesh() {
        let known: Vec<_> = cluster
            .of_kind(resource.kind)
            .filter_map(|(key, object)| kubernetes::resource_id(world, key, object))
            .collect();
        let meshes = world.control_plane.visible_to(&world.account);
        let resources = meshes.flat_map(|(_, mesh)| mesh.of_kind(kind));
        items.extend(resources.filter(|found| !known.contains(&found.id)).map(|found| bare(world, found)));
    }
    sorting::sort_by(&mut items, |a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    items
}

fn namespaces(world: &World, items: &mut Vec<Item>) {
    let mut names: Vec<Rc<str>> = world.environment.namespaces.keys().cloned().collect();
    names.extend(["default", kubernetes::CONTROLLER_NAMESPACE].map(Rc::from));
    sorting::sort(&mut names);
    names.dedup();
    items.retain(|item| names.contains(&item.name));
    for name in names {
        if items.iter().any(|item| item.name == name) {
            continue;
        }
        let labels = kubernetes::namespace_labels(world, &name).unwrap_or_default();
        let labels = labels.iter().map(|(key, value)| (key.clone(), Value::from(&**value))).collect();
        let metadata = object(&[("labels", &Value::Object(labels)), ("name", &name)]);
        items.push(made(
            "Namespace",
            "v1",
            "",
            &name,
            &metadata,
            &[("status", object(&[("phase", &"Active")]))],
        ));
    }
}

/// Builds an object that has no manifest.
fn made(
    kind: &str,
    api_version: &str,
    namespace: &str,
    name: &str,
    metadata: &Value,
    parts: &[(&str, Value)],
) -> Item {
    let mut whole = Map::new();
    whole.insert("apiVersion".to_owned(), Value::from(api_version));
    whole.insert("kind".to_owned(), Value::from(kind));
    whole.insert("metadata".to_owned(), metadata.clone());
    for (name, value) in parts {
        whole.insert((*name).to_owned(), value.clone());
    }
    Item {
        kind: kind.into(),
        api_version: api_version.to_owned(),
        namespace: namespace.into(),
        name: name.into(),
        value: Value::Object(whole),
        created_at: None,
        arn: None,
        reason: "".into(),
        is_terminating: false,
        kept: None,
    }
}

/// Adds the replica set of each deployment.
fn replica_sets(world: &World, items: &mut Vec<Item>) {
    for (key, deployment) in world.environment.cluster.of_kind("Deployment") {
        let hash = kubernetes::template_hash(deployment);
        let name = [&*key.name, "-", &hash].concat();
        let count = kubernetes::replicas(&key.kind, deployment);
        let ready = kubernetes::pods_of(&world.environment.cluster, key).count();
        let ready = i64::try_from(ready).unwrap_or_default();
        let metadata = object(&[
            ("labels", &deployment.spec("template")["metadata"]["labels"]),
            ("name", &name),
            ("namespace", &key.namespace),
        ]);
        let spec = object(&[("replicas", &count), ("template", deployment.spec("template"))]);
        let status = object(&[("readyReplicas", &ready), ("replicas", &ready)]);
        let parts = [("spec", spec), ("status", status)];
        let mut item = made("ReplicaSet", "apps/v1", &key.namespace, &name, &metadata, &parts);
        item.created_at = Some(deployment.created_at);
        items.push(item);
    }
}

/// Adds the CRDs of the controller; an applied one takes precedence.
fn definitions(items: &mut Vec<Item>) {
    for resource in kubernetes::RESOURCES.iter().filter(|resource| resource.version == VERSION) {
        built_in(kubernetes::definition(resource), items);
    }
}

/// Adds an object that the cluster has from the start, unless one with its name was applied.
fn built_in(value: Value, items: &mut Vec<Item>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &value["metadata"];
    let (name, namespace) = (text(&metadata["name"]), text(&metadata["namespace"]));
    if items.iter().any(|item| *item.name == name && *item.namespace == namespace) {
        return;
    }
    let (kind, version) = (text(&value["kind"]), text(&value["apiVersion"]));
    let mut item = made(&kind, &version, &namespace, &name, &Value::Null, &[]);
    item.value = value;
    items.push(item);
}

/// Adds an event for every object that waits.
fn events(world: &World, items: &mut Vec<Item>) {
    for (key, kept) in world.environment.cluster.objects.iter().filter(|(_, kept)| !kept.reason.is_empty()) {
        let name = [&*key.name, ".", kept.uid.get(..8).unwrap_or_default()].concat();
        let metadata = object(&[("name", &name), ("namespace", &key.namespace)]);
        let involved = object(&[("kind", &key.kind), ("name", &key.name)]);
        let parts = [
            ("involvedObject", involved),
            ("message", Value::from(&*kept.reason)),
            ("reason", Value::from(event_reason(kept))),
            ("type", Value::from("Warning")),
        ];
        items.push(made("Event", "v1", &key.namespace, &name, &metadata, &parts));
    }
}

/// Returns the reason of the event that the controller writes.
pub(super) fn event_reason(kept: &ClusterObject) -> &'static str {
    if kept.reason.starts_with("objects belong") {
        "PendingMembersDeletion"
    } else if kept.reason.contains("mpod.appmesh.k8s.aws") {
        "FailedCreate"
    } else {
        "ReconcileError"
    }
}

/// Converts a resource of App Mesh to an object, as if the controller had created it.
fn bare(world: &World, resource: &control_plane::Resource) -> Item {
    let kind = resource.id.key.kind;
    let word = kind.declaration().word;
    let (name, namespace) = split_name(world, kind, &resource.id.key.name);
    let name_of = |kind: Kind, found: &str| reference(world, &resource.id.mesh, kind, found, namespace);
    let spec_of = |kind: Kind, spec: &Value| match kind.declaration().spec {
        Shape::Structure(structure) => kubernetes::manifest_spec(structure, spec, &name_of),
        _ => spec.clone(),
    };
    let mut spec = spec_of(kind, resource.spec.json());
    if let Value::Object(members) = &mut spec {
        members.insert("awsName".to_owned(), Value::from(&*resource.id.key.name));
        if kind == Kind::VirtualRouter {
            let mesh = world.control_plane.mesh(&resource.id.mesh);
            let routes = mesh.into_iter().flat_map(|mesh| mesh.within(Kind::Route, &resource.id.key.name));
            let routes = routes.map(|route| {
                let mut spec = spec_of(Kind::Route, route.spec.json());
                if let Value::Object(members) = &mut spec {
                    members.insert("name".to_owned(), Value::from(&*route.id.key.name));
                }
                spec
            });
            members.insert("routes".to_owned(), Value::Array(routes.collect()));
        }
        if let Some(selector) = world.selectors.get(&resource.id.mesh).filter(|_| kind == Kind::Mesh) {
            members.insert("namespaceSelector".to_owned(), selector.to_manifest());
        }
    }
    let namespace = if kind == Kind::Mesh { "" } else { namespace };
    let metadata = match kind {
        Kind::Mesh => object(&[("name", &name)]),
        _ => object(&[("name", &name), ("namespace", &namespace)]),
    };
    let arn = resource.id.arn(&world.region, &resource.metadata.resource_owner);
    let member = [kind.declaration().member, "ARN"].concat();
    let status = object(&[(&*member, &arn)]);
    let mut item = made(word, VERSION, namespace, name, &metadata, &[("spec", spec), ("status", status)]);
    item.created_at = Some(resource.metadata.created_at.0);
    item.arn = Some(arn);
    item
}

/// Returns a reference to a resource by its name in App Mesh.
fn reference(world: &World, mesh: &MeshId, kind: Kind, name: &str, own: &str) -> Value {
    let word = kind.declaration().word;
    let objects = world.environment.cluster.of_kind(word);
    let mut found = objects.filter(|(key, object)| {
        kubernetes::resource_id(world, key, object)
            .is_some_and(|id| id.mesh == *mesh && *id.key.name == *name)
    });
    let found = found.next().map(|(key, _)| (key.name.to_string(), key.namespace.to_string()));
    let (short, namespace) = found.unwrap_or_else(|| {
        let (short, namespace) = split_name(world, kind, name);
        (short.to_owned(), namespace.to_owned())
    });
    let namespace = Some(namespace).filter(|namespace| namespace != own);
    object(&[("name", &short), ("namespace", &namespace)])
}

/// Splits off a suffix that is an existing namespace; otherwise the namespace is `default`.
fn split_name<'n>(world: &World, kind: Kind, name: &'n str) -> (&'n str, &'n str) {
    let known =
        |namespace: &str| namespace == "default" || world.environment.namespaces.contains_key(namespace);
    let split = match kind {
        Kind::Mesh => None,
        // `colors.shop.svc.cluster.local` is in the namespace `shop`, too.
        Kind::VirtualService => name.match_indices('.').find_map(|(at, _)| {
            let (short, rest) = (name.get(..at)?, name.get(at + 1..)?);
            let namespace = rest.split('.').next()?;
            known(namespace).then_some((short, namespace))
        }),
        _ => name.rsplit_once('_').filter(|(_, namespace)| known(namespace)),
    };
    split.unwrap_or((name, "default"))
}
