//! What each operation takes, as members: options of the command line, and what is checked before it asks.
//!
//! What a request means is read in `request.rs` and `operation.rs`; this is the list of its parts, in the order of the
//! API model.

use super::{
    Action,
    request::{ListInput, ListTagsInput, TagInput, UntagInput},
};
use crate::model::{
    Declared, Kind, Member, ResourceName, ServiceName, Shape, TagList,
    declare::{structure, text},
};
use crate::sorting;

structure! {
    /// What is beside the names in operations on one resource. Source: API shapes `CreateMeshInput` and its like.
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
    /// An account id, as it is given. Source: API shape `AccountId`.
    OwnerId 12..=12
}

impl Action {
    /// The members of its input, in the order of the API model, which is that of the alphabet.
    ///
    /// ```
    /// use mesh_playground::{control_plane::Action, model::Kind};
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
        // A mesh is one's own but to look at, so these have no owner.
        let has_owner = kind != Kind::Mesh || self == Self::Describe(kind);
        let mut members: Vec<_> = declared(ResourceInput::SHAPE).to_vec();
        members.retain(|member| own.contains(&member.name) && (member.name != "meshOwner" || has_owner));
        let is_list = self == Self::List(kind);
        if is_list {
            members.extend_from_slice(declared(ListInput::SHAPE));
        }
        // A list is of what is in the mesh or the parent; everything else is about one of the kind itself.
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

/// The member that names a resource of this kind.
fn name(kind: Kind) -> Member {
    let declaration = kind.declaration();
    // The model gives the name of a virtual service no bounds.
    let shape = if kind == Kind::VirtualService { ServiceName::SHAPE } else { ResourceName::SHAPE };
    Member { name: declaration.name_member, required: true, shape, about: declaration.words }
}
