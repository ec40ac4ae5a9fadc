//! The 38 operations of API version 2019-01-25 by name.

use crate::model::Kind;

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// `CreateMesh` and its six counterparts.
    Create(Kind),
    /// `DescribeMesh` and its six counterparts.
    Describe(Kind),
    /// `UpdateMesh` and its six counterparts.
    Update(Kind),
    /// `DeleteMesh` and its six counterparts.
    Delete(Kind),
    /// `ListMeshes` and its six counterparts.
    List(Kind),
    /// `ListTagsForResource`
    ListTagsForResource,
    /// `TagResource`
    TagResource,
    /// `UntagResource`
    UntagResource,
}

impl Action {
    /// Returns all 38 operations.
    ///
    /// ```
    /// use app_mesh_engine::control_plane::Action;
    /// assert_eq!(Action::all().count(), 38);
    /// ```
    pub fn all() -> impl Iterator<Item = Self> {
        let verbs = [Self::Create, Self::Describe, Self::Update, Self::Delete, Self::List];
        let kinds = Kind::ALL.into_iter().flat_map(move |kind| verbs.map(|verb| verb(kind)));
        kinds.chain([Self::ListTagsForResource, Self::TagResource, Self::UntagResource])
    }

    /// Returns the name of the operation in the API, such as `CreateMesh` or `ListVirtualNodes`.
    ///
    /// ```
    /// use app_mesh_engine::{control_plane::Action, model::Kind};
    /// assert_eq!(Action::List(Kind::Mesh).name(), "ListMeshes");
    /// assert_eq!(Action::Create(Kind::GatewayRoute).name(), "CreateGatewayRoute");
    /// ```
    pub fn name(self) -> String {
        let (verb, kind) = match self {
            Self::Create(kind) => ("Create", kind),
            Self::Describe(kind) => ("Describe", kind),
            Self::Update(kind) => ("Update", kind),
            Self::Delete(kind) => ("Delete", kind),
            Self::List(kind) => {
                let collection = kind.declaration().collection;
                let (first, rest) = collection.split_at(1);
                return format!("List{}{rest}", first.to_ascii_uppercase());
            }
            Self::ListTagsForResource => return "ListTagsForResource".to_owned(),
            Self::TagResource => return "TagResource".to_owned(),
            Self::UntagResource => return "UntagResource".to_owned(),
        };
        format!("{verb}{}", kind.declaration().word)
    }

    /// Returns whether the operation only reads, and so adds no step to the history.
    pub const fn only_reads(self) -> bool {
        matches!(self, Self::Describe(_) | Self::List(_) | Self::ListTagsForResource)
    }
}
