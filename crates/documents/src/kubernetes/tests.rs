//! Compares the derived schema with the published CRDs, if they are available.
#![allow(clippy::unwrap_used)] // A test may panic.

use app_mesh_engine::model::{Kind, Shape, Structure};
use mesh_text::yaml::parse_all;
use serde_json::Value;

use super::schema::{BACKEND_GROUP, Own, Spelling, dropped, members, own_members};

/// Reads a published CRD. The CRDs are next to the repository on development machines only.
fn published(plural: &str) -> Option<Value> {
    let file = crate::outside::samples()?.join(format!("kubernetes/crds/appmesh.k8s.aws_{plural}.yaml"));
    let text = std::fs::read_to_string(file).unwrap();
    let document = parse_all(&text).unwrap().into_iter().next().unwrap();
    let schema = &document["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    Some(schema["properties"]["spec"].clone())
}

/// Compares a structure with a schema, member by member.
fn compare(
    structure: &Structure,
    own: &[(&str, Own)],
    schema: &Value,
    path: &str,
    differences: &mut Vec<String>,
) {
    let kind = Kind::from_word(path.split('.').next().unwrap());
    let members = members(structure);
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    for name in properties.keys() {
        let is_known = members.iter().any(|member| member.name == *name)
            || own.iter().any(|(own, _)| own == name)
            || dropped(kind, structure.name).contains(&&**name);
        if !is_known {
            differences.push(format!("{path}.{name} is in the CRD only"));
        }
    }
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for member in &members {
        let at = format!("{path}.{}", member.name);
        let Some(property) = properties.get(&member.name) else {
            differences.push(format!("{at} is not in the CRD"));
            continue;
        };
        if !matches!(member.spelling, Spelling::Same) {
            continue;
        }
        if member.is_required != required.contains(&&*member.name) {
            differences.push(format!("{at}: required is {} here", member.is_required));
        }
        match member.member.shape {
            Shape::Structure(structure) => compare(structure, &[], property, &at, differences),
            Shape::List { of: Shape::Structure(structure), .. } => {
                compare(structure, &[], &property["items"], &at, differences);
            }
            _ => {}
        }
    }
}

#[test]
fn the_schema_is_that_of_the_published_crds() {
    let mut differences = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Route) {
        let Some(schema) = published(&kind.declaration().collection.to_ascii_lowercase()) else { return };
        let Shape::Structure(structure) = kind.declaration().spec else { unreachable!() };
        compare(structure, own_members(kind), &schema, kind.declaration().word, &mut differences);
        if kind == Kind::VirtualRouter {
            let Shape::Structure(route) = Kind::Route.declaration().spec else { unreachable!() };
            let schema = &schema["properties"]["routes"]["items"];
            compare(route, own_members(Kind::Route), schema, "Route", &mut differences);
        }
    }
    let groups = published("backendgroups").unwrap();
    for name in groups["properties"].as_object().unwrap().keys() {
        assert!(BACKEND_GROUP.iter().any(|(own, _)| own == name), "{name}");
    }
    assert_eq!(differences.join("\n"), "");
}
