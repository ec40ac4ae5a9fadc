//! The kinds of objects that a cluster knows: their names, groups and scopes.

use app_mesh_engine::{environment::ClusterObject, model::Kind};
use serde_json::Value;

/// A kind of object, as `kubectl api-resources` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `VirtualNode`
    pub kind: &'static str,
    /// `virtualnodes`
    pub plural: &'static str,
    /// Short names: `deploy`.
    pub short: &'static [&'static str],
    /// Group and version: `apps/v1`.
    pub version: &'static str,
    /// Whether its objects are in namespaces.
    pub is_namespaced: bool,
    /// Whether `kubectl get all` lists it.
    pub is_in_all: bool,
}

const fn known(
    kind: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    version: &'static str,
    is_namespaced: bool,
    is_in_all: bool,
) -> Resource {
    Resource { kind, plural, short, version, is_namespaced, is_in_all }
}

/// The version of the controller's custom resources.
pub const VERSION: &str = "appmesh.k8s.aws/v1beta2";

/// Every kind, in the order of `kubectl get all` and then of `kubectl api-resources`.
pub const RESOURCES: &[Resource] = &[
    known("Pod", "pods", &["po"], "v1", true, true),
    known("Service", "services", &["svc"], "v1", true, true),
    known("DaemonSet", "daemonsets", &["ds"], "apps/v1", true, true),
    known("Deployment", "deployments", &["deploy"], "apps/v1", true, true),
    known("ReplicaSet", "replicasets", &["rs"], "apps/v1", true, true),
    known("StatefulSet", "statefulsets", &["sts"], "apps/v1", true, true),
    known("Job", "jobs", &[], "batch/v1", true, true),
    known("CronJob", "cronjobs", &["cj"], "batch/v1", true, true),
    known("BackendGroup", "backendgroups", &[], VERSION, true, true),
    known("GatewayRoute", "gatewayroutes", &[], VERSION, true, true),
    known("Mesh", "meshes", &[], VERSION, false, false),
    known("VirtualGateway", "virtualgateways", &[], VERSION, true, true),
    known("VirtualNode", "virtualnodes", &[], VERSION, true, true),
    known("VirtualRouter", "virtualrouters", &[], VERSION, true, true),
    known("VirtualService", "virtualservices", &[], VERSION, true, true),
    known("ConfigMap", "configmaps", &["cm"], "v1", true, false),
    known("Endpoints", "endpoints", &["ep"], "v1", true, false),
    known("Event", "events", &["ev"], "v1", true, false),
    known("Namespace", "namespaces", &["ns"], "v1", false, false),
    known("Node", "nodes", &["no"], "v1", false, false),
    known("PersistentVolumeClaim", "persistentvolumeclaims", &["pvc"], "v1", true, false),
    known("PersistentVolume", "persistentvolumes", &["pv"], "v1", false, false),
    known("Secret", "secrets", &[], "v1", true, false),
    known("ServiceAccount", "serviceaccounts", &["sa"], "v1", true, false),
    known(
        "CustomResourceDefinition",
        "customresourcedefinitions",
        &["crd", "crds"],
        "apiextensions.k8s.io/v1",
        false,
        false,
    ),
    known("HorizontalPodAutoscaler", "horizontalpodautoscalers", &["hpa"], "autoscaling/v2", true, false),
    known("Ingress", "ingresses", &["ing"], "networking.k8s.io/v1", true, false),
    known("NetworkPolicy", "networkpolicies", &["netpol"], "networking.k8s.io/v1", true, false),
    known("PodDisruptionBudget", "poddisruptionbudgets", &["pdb"], "policy/v1", true, false),
    known("ClusterRole", "clusterroles", &[], "rbac.authorization.k8s.io/v1", false, false),
    known("ClusterRoleBinding", "clusterrolebindings", &[], "rbac.authorization.k8s.io/v1", false, false),
    known("Role", "roles", &[], "rbac.authorization.k8s.io/v1", true, false),
    known("RoleBinding", "rolebindings", &[], "rbac.authorization.k8s.io/v1", true, false),
];

impl Resource {
    /// Returns the kind for a word of the command line: `virtualnodes`, `svc`, `deployment.apps`, `VirtualNode`.
    pub fn of_word(word: &str) -> Option<&'static Self> {
        let (name, group) = word.split_once('.').map_or((word, None), |(name, group)| (name, Some(group)));
        let name = name.to_ascii_lowercase();
        RESOURCES.iter().find(|resource| {
            let is_name = resource.plural == name
                || resource.kind.eq_ignore_ascii_case(&name)
                || resource.short.contains(&&*name);
            // `deployments.apps` and `deployments.v1.apps` mean the same kind.
            is_name
                && group.is_none_or(|group| {
                    resource.group().ends_with(group.rsplit("v1.").next().unwrap_or(group))
                        && !resource.group().is_empty()
                })
        })
    }

    /// Returns the kind with this name, as written in manifests.
    pub fn of_kind(kind: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|resource| resource.kind == kind)
    }

    /// Returns the group, such as `apps`; empty for the core group.
    pub fn group(&self) -> &'static str {
        self.version.split_once('/').map_or("", |(group, _)| group)
    }

    /// Returns the App Mesh kind; `None` for all other kinds, including BackendGroup.
    pub fn app_mesh(&self) -> Option<Kind> {
        Kind::from_word(self.kind)
    }
}

/// Returns the name of a kind in kubectl's output: `virtualnode.appmesh.k8s.aws`, `deployment.apps`, `service`.
pub fn qualified(kind: &str, api_version: &str) -> String {
    let word = kind.to_ascii_lowercase();
    match api_version.split_once('/') {
        Some((group, _)) => [&*word, ".", group].concat(),
        None => word,
    }
}

/// Returns the App Mesh name that the mutating webhook gives to an object without an `awsName`.
pub fn app_mesh_word(kind: Kind, name: &str, namespace: &str) -> String {
    match kind {
        Kind::Mesh => name.to_owned(),
        Kind::VirtualService => [name, ".", namespace].concat(),
        _ => [name, "_", namespace].concat(),
    }
}

/// Returns the App Mesh name of an object.
pub fn aws_name_of(kind: Kind, namespace: &str, name: &str, object: &ClusterObject) -> String {
    let own = object.added("awsName").filter(|name| !name.is_empty());
    own.or_else(|| written_aws_name(&object.manifest))
        .map_or_else(|| app_mesh_word(kind, name, namespace), str::to_owned)
}

/// Returns the `awsName` of a manifest; an empty one is treated as absent.
pub fn written_aws_name(manifest: &Value) -> Option<&str> {
    manifest["spec"]["awsName"].as_str().filter(|name| !name.is_empty())
}
