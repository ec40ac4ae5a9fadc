//! Objects that a cluster with the App Mesh controller has from the start: the controller and its CRDs.
//!
//! They are not part of a document. The schemas derive from the declarations of the API, as all of the
//! [`schema`](super::schema) does.

use app_mesh_engine::model::{Kind, Shape, Structure, object};
use serde_json::{Map, Value};

use super::{
    kinds::{Resource, VERSION},
    schema::{BACKEND_GROUP, Own, Spelling, TARGET, members, own_members},
};

/// The namespace of the controller.
pub const CONTROLLER_NAMESPACE: &str = "appmesh-system";
/// The name of the controller's Deployment.
pub const CONTROLLER: &str = "appmesh-controller";
/// The image of the controller (docs/facts/kubernetes.md#installation).
const IMAGE: &str = "840364872350.dkr.ecr.us-west-2.amazonaws.com/amazon/appmesh-controller:v1.13.3";

/// Returns the manifest of the controller's Deployment.
pub fn controller() -> Value {
    let labels = object(&[("app.kubernetes.io/name", &CONTROLLER)]);
    let container = object(&[("image", &IMAGE), ("name", &"controller")]);
    let spec = object(&[("containers", &Value::Array(vec![container])), ("serviceAccountName", &CONTROLLER)]);
    let template = object(&[("metadata", &object(&[("labels", &labels)])), ("spec", &spec)]);
    let selector = object(&[("matchLabels", &labels)]);
    let metadata =
        object(&[("labels", &labels), ("name", &CONTROLLER), ("namespace", &CONTROLLER_NAMESPACE)]);
    let status = object(&[
        ("availableReplicas", &1),
        ("readyReplicas", &1),
        ("replicas", &1),
        ("updatedReplicas", &1),
    ]);
    object(&[
        ("apiVersion", &"apps/v1"),
        ("kind", &"Deployment"),
        ("metadata", &metadata),
        ("spec", &object(&[("replicas", &1), ("selector", &selector), ("template", &template)])),
        ("status", &status),
    ])
}

/// Returns the CRD of a kind of the controller.
pub fn definition(resource: &Resource) -> Value {
    let (group, version) = VERSION.split_once('/').unwrap_or((VERSION, ""));
    let singular = resource.kind.to_ascii_lowercase();
    let spec = match resource.app_mesh().map(|kind| (kind, kind.declaration().spec)) {
        Some((kind, Shape::Structure(structure))) => structure_schema(structure, own_members(kind)),
        _ => own_schema(&Own::Object(BACKEND_GROUP)),
    };
    let text = typed("string");
    let any = typed("object");
    let properties = object(&[
        ("apiVersion", &text),
        ("kind", &text),
        ("metadata", &any),
        ("spec", &spec),
        ("status", &any),
    ]);
    let schema = object(&[
        ("properties", &properties),
        ("type", &"object"),
        ("x-kubernetes-preserve-unknown-fields", &true),
    ]);
    let column =
        |name: &str, path: &str, kind: &str| object(&[("jsonPath", &path), ("name", &name), ("type", &kind)]);
    let arn = resource.app_mesh().map(|kind| [".status.", kind.declaration().member, "ARN"].concat());
    let mut columns: Vec<_> = arn.iter().map(|path| column("ARN", path, "string")).collect();
    columns.push(column("AGE", ".metadata.creationTimestamp", "date"));
    let served = object(&[
        ("additionalPrinterColumns", &Value::Array(columns)),
        ("name", &version),
        ("schema", &object(&[("openAPIV3Schema", &schema)])),
        ("served", &true),
        ("storage", &true),
        ("subresources", &object(&[("status", &Value::Object(Map::new()))])),
    ]);
    let names = object(&[
        ("categories", &Value::Array(vec![Value::from("all")])),
        ("kind", &resource.kind),
        ("listKind", &[resource.kind, "List"].concat()),
        ("plural", &resource.plural),
        ("singular", &singular),
    ]);
    let spec = object(&[
        ("group", &group),
        ("names", &names),
        ("scope", &if resource.is_namespaced { "Namespaced" } else { "Cluster" }),
        ("versions", &Value::Array(vec![served])),
    ]);
    let condition = |name: &str| object(&[("status", &"True"), ("type", &name)]);
    let status = object(&[
        ("acceptedNames", &names),
        ("conditions", &Value::Array(vec![condition("NamesAccepted"), condition("Established")])),
        ("storedVersions", &Value::Array(vec![Value::from(version)])),
    ]);
    let name = [resource.plural, ".", group].concat();
    object(&[
        ("apiVersion", &"apiextensions.k8s.io/v1"),
        ("kind", &"CustomResourceDefinition"),
        ("metadata", &object(&[("name", &name)])),
        ("spec", &spec),
        ("status", &status),
    ])
}

fn typed(kind: &str) -> Value {
    object(&[("type", &kind)])
}

/// Returns the schema of an object with these members; the names of required ones are listed.
fn object_schema(properties: Map<String, Value>, required: Vec<Value>) -> Value {
    let required = (!required.is_empty()).then_some(Value::Array(required));
    object(&[("properties", &Value::Object(properties)), ("required", &required), ("type", &"object")])
}

fn structure_schema(structure: &Structure, own: &[(&str, Own)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, own) in own {
        properties.insert((*name).to_owned(), own_schema(own));
    }
    for found in members(structure) {
        let schema = match found.spelling {
            Spelling::Same => schema(found.member.shape),
            Spelling::Reference(_) => own_schema(&TARGET),
            Spelling::Arn(_) => typed("string"),
        };
        if found.is_required && matches!(found.spelling, Spelling::Same) {
            required.push(Value::from(&*found.name));
        }
        properties.insert(found.name, schema);
    }
    object_schema(properties, required)
}

fn schema(shape: &Shape) -> Value {
    // A bound that is the largest number means none.
    let length = |length: usize| i64::try_from(length).ok().filter(|length| *length != i64::MAX);
    match shape {
        Shape::Structure(structure) => structure_schema(structure, &[]),
        Shape::List { of, min, max } => object(&[
            ("items", &schema(of)),
            ("maxItems", &length(*max)),
            ("minItems", &length(*min).filter(|min| *min > 0)),
            ("type", &"array"),
        ]),
        Shape::Text { min, max, .. } => object(&[
            ("maxLength", &length(*max)),
            ("minLength", &length(*min).filter(|min| *min > 0)),
            ("type", &"string"),
        ]),
        Shape::Choice(allowed) => {
            let allowed = allowed.iter().map(|word| Value::from(*word)).collect();
            object(&[("enum", &Value::Array(allowed)), ("type", &"string")])
        }
        Shape::Integer { min, max } => object(&[
            ("format", &"int64"),
            ("maximum", &Some(*max).filter(|max| *max != i64::MAX)),
            ("minimum", &Some(*min).filter(|min| *min != i64::MIN)),
            ("type", &"integer"),
        ]),
        Shape::Boolean => typed("boolean"),
        Shape::Any => object(&[("x-kubernetes-preserve-unknown-fields", &true)]),
    }
}

fn own_schema(own: &Own) -> Value {
    match own {
        Own::Text => typed("string"),
        Own::List(of) => object(&[("items", &own_schema(of)), ("type", &"array")]),
        Own::Labels => object(&[("additionalProperties", &typed("string")), ("type", &"object")]),
        Own::Object(members) => {
            let properties =
                members.iter().map(|(name, own)| ((*name).to_owned(), own_schema(own))).collect();
            let required = members.iter().filter(|(name, _)| *name == "name");
            object_schema(properties, required.map(|(name, _)| Value::from(*name)).collect())
        }
        Own::Routes => {
            let route = match Kind::Route.declaration().spec {
                Shape::Structure(structure) => structure_schema(structure, own_members(Kind::Route)),
                _ => typed("object"),
            };
            object(&[("items", &route), ("type", &"array")])
        }
    }
}
