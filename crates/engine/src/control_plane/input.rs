//! Input members of each operation. They are the options of the command line, which validates its input against them
//! before it sends a request.
//!
//! `request.rs` and `operation.rs` interpret a request; this module lists its members, in the order of the API model.

use mesh_text::sorting;

use super::{
    Action,
    request::{ListInput, ListTagsInput, TagInput, UntagInput},
};
use crate::model::{
    Declared, Kind, Member, ResourceName, ServiceName, Shape, TagList,
    declare::{structure, text},
};

structure! {
    /// Input members of operations on one resource, except names. Source: API shapes `CreateMeshInput` and its
    /// counterparts.
    ResourceInput {
        /// With the same token and the same specification, a second request changes nothing.
        "clientToken" client_token: Option<String>,
        /// The account that owns the mesh; your own if it is left out.
        "meshOwner" mesh_owner: Option<OwnerId>,
        /// Labels of your own, at most 50.
        "tags" tags: Option<TagList>,
    }
}

text! {
    /// An account id before it is parsed: 12 characters, not checked to be digits. Source: API shape `AccountId`.
    OwnerId 12..=12
}

impl Action {
    /// Returns the members of the operation's input, in the order of the API model, which is alphabetical.
    ///
    /// ```
    /// use app_mesh_engine::{control_plane::Action, model::Kind};
    /// let names: Vec<_> = Action::Create(Kind::Mesh).members().iter().map(|member| member.name).collect();
    /// assert_eq!(names, ["clientToken", "meshName", "spec", "tags"]);
    /// ```
    pub fn members(self) -> Vec<Member> {
        let (kind, own, has_spec): (_, &[&str], _) = match self {
            Self::Create(kind) => (kind, &["clientToken", "meshOwner", "tags"], true),
            Self::Update(kind) => (kind, &["clientToken", "meshOwner"], true),
            Self::Describe(kind) | Self::Delete(kind) | Self::List(kind) => (kind, &["meshOwner"], false),
            Self::ListTagsForResource => return declared(ListTagsInput::SHAPE).to_vec(),
            Self::TagResource => return declared(TagInput::SHAPE).to_vec(),
            Self::UntagResource => return declared(UntagInput::SHAPE).to_vec(),
        };
        // Only `DescribeMesh` takes `meshOwner`; the other operations on meshes act on the caller's own meshes.
        let has_owner = kind != Kind::Mesh || self == Self::Describe(kind);
        let mut members: Vec<_> = declared(ResourceInput::SHAPE).to_vec();
        members.retain(|member| own.contains(&member.name) && (member.name != "meshOwner" || has_owner));
        let is_list = self == Self::List(kind);
        if is_list {
            members.extend_from_slice(declared(ListInput::SHAPE));
        }
        // A list names only the mesh and the parent; every other operation also names the resource itself.
        let place = [Some(Kind::Mesh), kind.declaration().parent, Some(kind)];
        let mut places: Vec<_> = place.into_iter().flatten().collect();
        places.dedup();
        if is_list {
            places.pop();
        }
        members.extend(places.into_iter().map(name));
        if has_spec {
            members.push(Member {
                name: "spec",
                required: kind != Kind::Mesh,
                shape: kind.declaration().spec,
                about: "What it is set to, as a whole.",
            });
        }
        sorting::sort_by_key(&mut members, |member| member.name);
        members
    }
}

fn declared(shape: &'static Shape) -> &'static [Member] {
    match shape {
        Shape::Structure(structure) => structure.members,
        _ => &[],
    }
}

/// Returns the member that names a resource of this kind.
fn name(kind: Kind) -> Member {
    let declaration = kind.declaration();
    // The API model does not limit the name of a virtual service.
    let shape = if kind == Kind::VirtualService { ServiceName::SHAPE } else { ResourceName::SHAPE };
    Member { name: declaration.name_member, required: true, shape, about: declaration.words }
}
