//! Stacks of a document. The member is absent if there are none, as in documents of older versions.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::Timestamp,
    model::{
        Items, Key, Kind, List, ResourceId, View,
        declare::{Written, structure_by},
        join, object,
    },
    world::{Stack, StackOutput, StackResource, World},
};
use serde_json::Value;

use super::{Pair, Reader, list, map_of, some_pairs};

structure_by! {
    /// A stack. The times are milliseconds since 1970.
    StoredStack by StoredStackMembers {
        "account" account: String,
        "createdAt" created_at: i64,
        "description" description: Option<String>,
        "id" id: String,
        "imports" imports: Option<List<String>>,
        "name" name: String,
        "outputs" outputs: List<StoredOutput>,
        "parameters" parameters: Option<List<Pair>>,
        "reason" reason: Option<String>,
        "resources" resources: List<StoredStackResource>,
        "status" status: String,
        "sum" sum: String,
        "updatedAt" updated_at: Option<i64>,
    }
}

structure_by! {
    /// An output of a stack.
    StoredOutput by StoredOutputMembers {
        "description" description: Option<String>,
        "export" export: Option<String>,
        "key" key: String,
        "value" value: String,
    }
}

structure_by! {
    /// A resource of a stack. An App Mesh resource also has the names of its mesh and its parent.
    StoredStackResource by StoredStackResourceMembers {
        "logicalId" logical_id: String,
        "mesh" mesh: Option<String>,
        "meshOwner" mesh_owner: Option<String>,
        "name" name: Option<String>,
        "parent" parent: Option<String>,
        "physicalId" physical_id: String,
        "type" resource_type: String,
    }
}

/// Prefix of the App Mesh resource types.
const APP_MESH: &str = "AWS::AppMesh::";

/// Serializes the stacks of a world to JSON.
pub(super) fn write(world: &World) -> Option<Value> {
    let stacks = world.stacks.iter().map(|stack| {
        let outputs = stack.outputs.iter().map(|output| {
            object(&[
                ("description", &output.description.as_deref()),
                ("export", &output.export.as_deref()),
                ("key", &output.key),
                ("value", &&*output.value),
            ])
        });
        let resources = stack.resources.iter().map(|resource| {
            let id = resource.resource.as_ref();
            object(&[
                ("logicalId", &resource.logical_id),
                ("mesh", &id.map(|id| &*id.mesh.name)),
                ("meshOwner", &id.map(|id| id.mesh.owner.as_str())),
                ("name", &id.map(|id| &*id.key.name)),
                ("parent", &id.and_then(|id| id.key.parent.as_deref())),
                ("physicalId", &&*resource.physical_id),
                ("type", &resource.resource_type),
            ])
        });
        object(&[
            ("account", &stack.account.as_str()),
            ("createdAt", &stack.created.0),
            ("description", &stack.description.as_deref()),
            ("id", &&*stack.id),
            ("imports", &(!stack.imports.is_empty()).then(|| list(stack.imports.iter().map(Written::write)))),
            ("name", &stack.name),
            ("outputs", &list(outputs)),
            ("parameters", &some_pairs(&stack.parameters)),
            ("reason", &stack.reason.as_deref()),
            ("resources", &list(resources)),
            ("status", &&*stack.status),
            ("sum", &&*stack.sum),
            ("updatedAt", &stack.updated.map(|time| time.0)),
        ])
    });
    (!world.stacks.is_empty()).then(|| list(stacks))
}

/// Reads the stacks of a document.
pub(super) fn read(reader: &mut Reader, stored: Items<StoredStack>) -> Vec<Rc<Stack>> {
    let mut stacks = Vec::new();
    for (i, stack) in stored.iter().enumerate() {
        let path = format!("stacks[{i}]");
        let Some(account) = reader.account(stack.account(), join(&path, "account")) else { continue };
        let outputs = stack.outputs().iter().map(|output| StackOutput {
            key: output.key().into(),
            value: output.value().into(),
            description: output.description().map(Box::from),
            export: output.export().map(Into::into),
        });
        let mut resources = Vec::new();
        for (k, resource) in stack.resources().iter().enumerate() {
            resources.push(StackResource {
                logical_id: resource.logical_id().into(),
                resource_type: resource.resource_type().into(),
                physical_id: resource.physical_id().into(),
                resource: resource_id(reader, resource, &format!("{path}.resources[{k}]")),
            });
        }
        stacks.push(Rc::new(Stack {
            id: stack.id().into(),
            name: stack.name().into(),
            account,
            created: Timestamp(stack.created_at()),
            updated: stack.updated_at().map(Timestamp),
            status: stack.status().into(),
            reason: stack.reason().map(Box::from),
            description: stack.description().map(Box::from),
            parameters: map_of(stack.parameters().unwrap_or_default()),
            outputs: outputs.collect(),
            resources,
            imports: stack.imports().unwrap_or_default().iter().map(Into::into).collect(),
            sum: stack.sum().into(),
        }));
    }
    stacks
}

/// Returns the id of the App Mesh resource behind a resource of a stack, if it is one.
fn resource_id(reader: &mut Reader, stored: View<StoredStackResource>, path: &str) -> Option<ResourceId> {
    let kind = stored.resource_type().strip_prefix(APP_MESH).and_then(Kind::from_word)?;
    let mesh = reader.mesh(stored.mesh()?, stored.mesh_owner()?, path)?;
    let key = Key { kind, parent: stored.parent().map(Into::into), name: stored.name()?.into() };
    Some(ResourceId { mesh, key })
}
