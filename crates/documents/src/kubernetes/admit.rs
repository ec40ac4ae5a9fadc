//! Refusals by the API server and the controller's webhooks, in their words.
//!
//! Source: `webhooks/appmesh` of the controller: docs/facts/kubernetes.md#selectors, docs/facts/kubernetes.md#webhooks.

use app_mesh_engine::{
    environment::{ClusterObject, LabelSelector, ObjectState, text_map},
    model::{Kind, MeshId, TextMap},
    world::World,
};
use mesh_text::sorting;
use serde_json::Value;

use super::{
    kinds::{VERSION, app_mesh_word, written_aws_name},
    manifest::Manifest,
    schema,
    validate::validate,
};

/// Reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The namespace of the object does not exist.
    NoNamespace(String),
    /// Strict decoding found unknown fields, or the object cannot be decoded.
    BadRequest(String),
    /// The object violates the schema of its kind. Contains the whole sentence.
    Invalid(String),
    /// A webhook refused the object.
    Webhook {
        /// Name of the webhook.
        name: String,
        /// Reason of the refusal.
        message: String,
    },
    /// The cluster has the maximum number of objects.
    Full,
}

impl Denied {
    /// Returns kubectl's error line. `action` is kubectl's description of the operation: `error when creating
    /// "k.yaml"`.
    pub fn line(&self, action: &str) -> String {
        let server = |reason: &str, text: &str| {
            let action = if action.is_empty() { String::new() } else { [action, ": "].concat() };
            ["Error from server (", reason, "): ", &action, text].concat()
        };
        match self {
            Self::NoNamespace(name) => server("NotFound", &["namespaces \"", name, "\" not found"].concat()),
            Self::BadRequest(text) => server("BadRequest", text),
            Self::Invalid(text) => text.clone(),
            Self::Webhook { name, message } => {
                let text = ["admission webhook \"", name, "\" denied the request: ", message].concat();
                server(message, &text)
            }
            Self::Full => server("Forbidden", "the playground keeps 2000 objects at the most"),
        }
    }
}

/// An admitted object, with the changes by the mutating webhooks.
pub struct Admitted {
    /// Values added by the webhooks, by a short key.
    pub added: TextMap,
    /// Fields that the mutating webhook overwrote silently.
    pub notes: Vec<String>,
}

/// The namespaces that every cluster has.
pub const BUILT_IN: [&str; 5] =
    ["appmesh-system", "default", "kube-node-lease", "kube-public", "kube-system"];

/// Returns the labels of a namespace; `None` if the namespace does not exist.
pub fn namespace_labels(world: &World, name: &str) -> Option<TextMap> {
    let known = world.environment.namespaces.get(name).map(|labels| TextMap::clone(labels));
    let mut labels = known.or_else(|| BUILT_IN.contains(&name).then(TextMap::new))?;
    labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
    Some(labels)
}

/// Checks whether an object may be created, or updated from its old state.
///
/// # Errors
/// Returns an error if the server or a webhook refuses the object, in its words.
pub fn admit(world: &World, manifest: &Manifest, old: Option<&ClusterObject>) -> Result<Admitted, Denied> {
    let cluster = &world.environment.cluster;
    let is_app_mesh = manifest.api_version == VERSION;
    let kind = Kind::from_word(&manifest.kind).filter(|_| is_app_mesh);
    if !manifest.namespace.is_empty() && namespace_labels(world, &manifest.namespace).is_none() {
        return Err(Denied::NoNamespace(manifest.namespace.clone()));
    }
    let faults =
        if is_app_mesh { schema::check(kind, &manifest.value["spec"]) } else { schema::Faults::default() };
    if !faults.unknown.is_empty() {
        let fields: Vec<_> =
            faults.unknown.iter().map(|path| ["unknown field \"", path, "\""].concat()).collect();
        let word = &manifest.kind;
        let fields = fields.join(", ");
        return Err(Denied::BadRequest(format!(
            "{word} in version \"v1beta2\" cannot be handled as a {word}: strict decoding error: {fields}"
        )));
    }
    if old.is_none() && cluster.objects.len() >= app_mesh_engine::environment::Cluster::MOST_OBJECTS {
        return Err(Denied::Full);
    }
    let mut added = old.map(|old| old.added.clone()).unwrap_or_default();
    let dropped = faults.dropped.iter();
    let mut notes: Vec<_> = dropped
        .map(|path| [path, " is dropped: the controller has no such trust for a gateway's listener"].concat())
        .collect();
    let webhook = |letter: &str, message: String| Denied::Webhook {
        name: [letter, &*manifest.kind.to_ascii_lowercase(), ".appmesh.k8s.aws"].concat(),
        message,
    };
    if is_app_mesh {
        mutate(world, manifest, kind, old, &mut added, &mut notes)
            .map_err(|message| webhook("m", message))?;
    }
    let invalid = name_fault(&manifest.name).into_iter().chain(faults.invalid).collect::<Vec<_>>();
    if !invalid.is_empty() {
        let text = match &*invalid {
            [one] => one.clone(),
            many => many.iter().flat_map(|one| ["\n* ", one]).collect(),
        };
        return Err(Denied::Invalid(format!(
            "The {} \"{}\" is invalid: {text}",
            manifest.kind, manifest.name
        )));
    }
    if is_app_mesh {
        if let Some(old) = old {
            immutable(manifest, kind, old).map_err(|message| webhook("v", message))?;
        }
        if let Some(kind) = kind {
            validate(manifest, kind).map_err(|message| webhook("v", message))?;
        }
    }
    Ok(Admitted { added, notes })
}

/// Returns the API server's error for an invalid name.
fn name_fault(name: &str) -> Option<String> {
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_label = |label: &str| {
        is_end(label.chars().next())
            && is_end(label.chars().last())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if name.is_empty() {
        return Some("metadata.name: Required value: name or generateName is required".to_owned());
    }
    let is_good = name.len() <= 253 && name.split('.').all(is_label);
    (!is_good).then(|| {
        format!(
            "metadata.name: Invalid value: \"{}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            app_mesh_engine::model::excerpt(name)
        )
    })
}

/// Runs the mutating webhooks: membership, and names in App Mesh.
fn mutate(
    world: &World,
    manifest: &Manifest,
    kind: Option<Kind>,
    old: Option<&ClusterObject>,
    added: &mut TextMap,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    let spec = &manifest.value["spec"];
    if kind == Some(Kind::Mesh) {
        let family = if world.environment.cluster.family == app_mesh_engine::environment::Family::V6 {
            "IPv6_ONLY"
        } else {
            "IPv4_ONLY"
        };
        let written = spec["meshServiceDiscovery"]["ipPreference"].as_str();
        let is_there = !spec["meshServiceDiscovery"].is_null();
        if is_there && written != Some(family) {
            notes.push(format!(
                "the webhook writes {family}, the family of the cluster, in the place of {}",
                written.unwrap_or("the empty preference")
            ));
        }
        if is_there || family == "IPv6_ONLY" {
            added.insert("ipPreference".to_owned(), family.to_owned());
        } else {
            added.remove("ipPreference");
        }
    }
    if old.is_some() {
        return Ok(());
    }
    let read_only = |field: &str| {
        let is_there = !spec[field].is_null();
        let text = [&*manifest.kind, " create may not specify read-only field: spec.", field].concat();
        if is_there { Err(text) } else { Ok(()) }
    };
    if kind != Some(Kind::Mesh) {
        read_only("meshRef")?;
        let mesh = designated_mesh(world, &manifest.namespace)?;
        added.insert("mesh".to_owned(), mesh.object);
        if kind == Some(Kind::GatewayRoute) {
            read_only("virtualGatewayRef")?;
            let gateway = designated_gateway(world, &mesh.id, manifest)?;
            added.insert("gateway".to_owned(), gateway.1);
            added.insert("gatewayNamespace".to_owned(), gateway.0);
        }
    }
    if let Some(kind) = kind {
        let name = written_aws_name(&manifest.value)
            .map_or_else(|| app_mesh_word(kind, &manifest.name, &manifest.namespace), str::to_owned);
        added.insert("awsName".to_owned(), name);
    }
    Ok(())
}

/// The mesh of a namespace.
pub struct Designated {
    /// Id of the mesh.
    pub id: MeshId,
    /// Name of the mesh's object.
    pub object: String,
}

/// Returns the id of the mesh of an object of kind Mesh.
pub fn mesh_of_object(world: &World, name: &str, object: &ClusterObject) -> MeshId {
    let owner = object.spec("meshOwner").as_str().and_then(|owner| owner.parse().ok());
    MeshId {
        owner: owner.unwrap_or_else(|| world.account.clone()),
        name: super::kinds::aws_name_of(Kind::Mesh, "", name, object).into(),
    }
}

/// Returns the mesh of a `meshRef`: that of the object with this name, or else a mesh with this name.
pub fn mesh_of_reference(world: &World, name: &str) -> MeshId {
    if let Some(object) = world.environment.cluster.get("Mesh", "", name) {
        return mesh_of_object(world, name, object);
    }
    let visible = world.control_plane.visible_to(&world.account);
    let found = visible.map(|(id, _)| id).find(|id| &*id.name == name).cloned();
    found.unwrap_or_else(|| MeshId { owner: world.account.clone(), name: name.into() })
}

/// Returns the only mesh whose selector matches a namespace.
pub fn designated_mesh(world: &World, namespace: &str) -> Result<Designated, String> {
    let labels = namespace_labels(world, namespace).unwrap_or_default();
    let mut found: Vec<Designated> = Vec::new();
    let mut terminating = None;
    for (key, object) in world.environment.cluster.of_kind("Mesh") {
        let id = mesh_of_object(world, &key.name, object);
        // For an existing mesh, use the selector that the playground shows, because the user may have changed it.
        let selects = match world.control_plane.mesh(&id) {
            Some(_) => world.selectors.get(&id).is_some_and(|selector| selector.selects(&labels)),
            None => LabelSelector::from_manifest(object.spec("namespaceSelector"))
                .map_err(|error| error.to_string())?
                .is_some_and(|selector| selector.selects(&labels)),
        };
        if selects {
            terminating =
                (object.state == ObjectState::Terminating).then(|| key.name.to_string()).or(terminating);
            found.push(Designated { id, object: key.name.to_string() });
        }
    }
    for (id, selector) in world.selectors.iter().filter(|(_, selector)| selector.selects(&labels)) {
        if world.visible_mesh(id).is_some() && !found.iter().any(|known| known.id == *id) {
            let _ = selector;
            found.push(Designated { id: id.clone(), object: id.name.to_string() });
        }
    }
    sorting::sort_by(&mut found, |a, b| a.object.cmp(&b.object));
    let count = found.len();
    match (count, terminating) {
        (1, Some(name)) => {
            Err(format!("unable to create new content in mesh {name} because it is being terminated"))
        }
        (1, None) => found.pop().ok_or_else(String::new),
        (0, _) => {
            Err(format!("failed to find matching mesh for namespace: {namespace}, expecting 1 but found 0"))
        }
        _ => {
            let names: Vec<_> = found.iter().map(|mesh| mesh.object.as_str()).collect();
            let names = names.join(",");
            Err(format!(
                "found multiple matching meshes for namespace: {namespace}, expecting 1 but found {count}: {names}"
            ))
        }
    }
}

/// Returns the only gateway that selects a gateway route, as namespace and name.
fn designated_gateway(world: &World, mesh: &MeshId, manifest: &Manifest) -> Result<(String, String), String> {
    let labels = namespace_labels(world, &manifest.namespace).unwrap_or_default();
    let own = text_map(&manifest.value["metadata"]["labels"]);
    let mut found = Vec::new();
    let mut objects = 0;
    for (key, object) in world.environment.cluster.of_kind("VirtualGateway") {
        objects += 1;
        let namespaces = selector(object.spec("namespaceSelector"))?;
        let routes = selector(object.spec("gatewayRouteSelector"))?;
        // An absent namespace selector matches none; an absent route selector matches all.
        if namespaces.is_some_and(|selector| selector.selects(&labels))
            && routes.is_none_or(|selector| selector.selects(&own))
        {
            found.push((key.namespace.to_string(), key.name.to_string(), object.added("mesh")));
        }
    }
    let route = &manifest.name;
    if let ([one], count) = (&*found, found.len())
        && count == 1
    {
        if mesh_of_reference(world, one.2.unwrap_or_default()) != *mesh {
            return Err(
                "virtualGateway referenced does not belong to the mesh referenced in GatewayRoute Create"
                    .to_owned(),
            );
        }
        return Ok((one.0.clone(), one.1.clone()));
    }
    let mut names: Vec<_> = found.iter().map(|(_, name, _)| name.clone()).collect();
    if names.is_empty() && objects == 0 {
        // Gateways from `aws appmesh` have no selectors: use the only one of the mesh.
        let gateways = world.control_plane.mesh(mesh).map(|mesh| mesh.of_kind(Kind::VirtualGateway));
        names.extend(gateways.into_iter().flatten().map(|gateway| gateway.id.key.name.to_string()));
        if let [one] = &*names {
            return Ok((String::new(), one.clone()));
        }
    }
    let count = names.len();
    match count {
        0 => Err(format!(
            "failed to find matching virtualGateway for gatewayRoute: {route}, expecting 1 but found 0"
        )),
        _ => {
            let names = names.join(",");
            Err(format!(
                "found multiple matching virtualGateways for gatewayRoute: {route}, expecting 1 but found {count}: {names}"
            ))
        }
    }
}

fn selector(value: &Value) -> Result<Option<LabelSelector>, String> {
    LabelSelector::from_manifest(value).map_err(|error| error.to_string())
}

/// Refuses an update that changes an immutable field.
fn immutable(manifest: &Manifest, kind: Option<Kind>, old: &ClusterObject) -> Result<(), String> {
    let (new, spec) = (&manifest.value["spec"], &old.manifest["spec"]);
    let mut changed = Vec::new();
    if kind.is_some() {
        // If the manifest never had the field, the webhook's value stays; if the field was removed from it, it is
        // empty.
        let is_changed = match (written_aws_name(&manifest.value), written_aws_name(&old.manifest)) {
            (Some(name), _) => old.added("awsName") != Some(name),
            (None, Some(_)) => true,
            (None, None) => false,
        };
        changed.extend(is_changed.then_some("spec.awsName"));
    }
    if kind != Some(Kind::Mesh) {
        let is_other = !new["meshRef"].is_null()
            && (new["meshRef"]["name"].as_str() != old.added("mesh")
                || new["meshRef"]["uid"]
                    .as_str()
                    .is_some_and(|uid| old.added("meshUid").is_some_and(|own| own != uid)));
        changed.extend(is_other.then_some("spec.meshRef"));
    }
    if kind == Some(Kind::GatewayRoute) {
        let written = &new["virtualGatewayRef"];
        let is_other = !written.is_null() && written["name"].as_str() != old.added("gateway");
        changed.extend(is_other.then_some("spec.virtualGatewayRef"));
    }
    if kind == Some(Kind::VirtualNode) {
        let cloud_map = |spec: &Value| spec["serviceDiscovery"]["awsCloudMap"].clone();
        let is_other = !cloud_map(spec).is_null() && cloud_map(spec) != cloud_map(new);
        changed.extend(is_other.then_some("spec.serviceDiscovery.awsCloudMap"));
    }
    match &*changed {
        [] => Ok(()),
        fields => Err([&*manifest.kind, " update may not change these fields: ", &fields.join(",")].concat()),
    }
}
