//! Manifests: YAML or JSON documents, each an object or a list of them.

use app_mesh_engine::environment::ObjectKey;
use serde_json::Value;

use super::kinds::{Resource, VERSION};

/// One object of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Group and version, as written.
    pub api_version: String,
    /// The kind, as written.
    pub kind: String,
    /// The name, as written.
    pub name: String,
    /// The namespace; empty for a cluster-scoped kind.
    pub namespace: String,
    /// The whole document.
    pub value: Value,
}

impl Manifest {
    /// Reads one document. `namespace` is the default for its object.
    ///
    /// # Errors
    /// Returns an error if a field is missing or the kind is unknown; in kubectl's words, without the file name.
    pub fn read(document: &Value, namespace: &str) -> Result<Self, String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (api_version, kind) = (text(&document["apiVersion"]), text(&document["kind"]));
        if !document.is_object() {
            return Err("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }".to_owned());
        }
        if kind.is_empty() || api_version.is_empty() {
            let missing =
                if kind.is_empty() { "Object 'Kind' is missing" } else { "Object 'apiVersion' is missing" };
            let text = mesh_text::json::compact(document);
            return Err([missing, " in '", &app_mesh_engine::model::excerpt(&text), "'"].concat());
        }
        let metadata = &document["metadata"];
        let name = match &metadata["name"] {
            Value::String(name) => name.clone(),
            Value::Null => String::new(),
            other => mesh_text::json::compact(other),
        };
        let is_ours = api_version.starts_with("appmesh.k8s.aws/");
        let known = Resource::of_kind(&kind);
        let is_missing = match is_ours {
            true => api_version != VERSION || known.is_none_or(|known| known.version != VERSION),
            false => !is_served(&api_version, &kind, known),
        };
        if is_missing {
            let namespace = metadata["namespace"].as_str().unwrap_or_default();
            return Err(format!(
                "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"FILE\": no matches for kind \"{kind}\" in version \"{api_version}\"\nensure CRDs are installed first"
            ));
        }
        let is_namespaced = known.filter(|known| known.version == api_version || !is_ours);
        let is_namespaced = is_namespaced.is_none_or(|known| known.is_namespaced);
        let written = metadata["namespace"].as_str().filter(|namespace| !namespace.is_empty());
        let namespace = if is_namespaced { written.unwrap_or(namespace) } else { "" };
        Ok(Self { api_version, kind, name, namespace: namespace.to_owned(), value: bare(document) })
    }

    /// Returns the key of the object in the cluster.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(&self.kind, &self.namespace, &self.name)
    }

    /// Returns `virtualnode.appmesh.k8s.aws/red`.
    pub fn title(&self) -> String {
        [&*super::kinds::qualified(&self.kind, &self.api_version), "/", &self.name].concat()
    }
}

/// Returns whether the API server knows a kind in a version. Groups of other CRDs are assumed to be installed.
fn is_served(api_version: &str, kind: &str, known: Option<&Resource>) -> bool {
    // Kinds that are accepted although nothing lists them, by version.
    const OTHERS: [(&str, &[&str]); 2] = [
        ("v1", &["Binding", "LimitRange", "PodTemplate", "ReplicationController", "ResourceQuota"]),
        ("apps/v1", &["ControllerRevision"]),
    ];
    if known.is_some_and(|known| known.version == api_version) {
        return true;
    }
    let others = OTHERS.iter().find(|(version, _)| *version == api_version);
    let is_other = others.is_some_and(|(_, kinds)| kinds.contains(&kind));
    // The versions whose kinds are all listed. Removed versions, such as `extensions/v1beta1`, are accepted, because
    // published walkthroughs have them.
    let is_whole = matches!(api_version, "v1" | "apps/v1" | "batch/v1");
    is_other || !is_whole
}

/// Returns a manifest without the fields that only the server writes.
pub(super) fn bare(document: &Value) -> Value {
    let mut document = document.clone();
    if let Value::Object(members) = &mut document {
        members.remove("status");
        if let Some(Value::Object(metadata)) = members.get_mut("metadata") {
            for name in
                ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"]
            {
                metadata.remove(name);
            }
        }
    }
    document
}

/// Returns the objects in the documents of a file. A `List` is split into its items; empty documents are skipped.
pub fn objects(documents: Vec<Value>) -> Vec<Value> {
    let mut objects = Vec::new();
    for document in documents {
        let is_list = document["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
        match document {
            Value::Null => {}
            Value::Object(mut members) if is_list && members.get("items").is_some_and(Value::is_array) => {
                if let Some(Value::Array(items)) = members.remove("items") {
                    objects.extend(items);
                }
            }
            other => objects.push(other),
        }
    }
    objects
}
