//! The 38 operations of API version 2019-01-25 by name.

use crate::model::Kind;

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// `CreateMesh` and its six twins.
    Create(Kind),
    /// `DescribeMesh` and its six twins.
    Describe(Kind),
    /// `UpdateMesh` and its six twins.
    Update(Kind),
    /// `DeleteMesh` and its six twins.
    Delete(Kind),
    /// `ListMeshes` and its six twins.
    List(Kind),
    /// `ListTagsForResource`
    ListTagsForResource,
    /// `TagResource`
    TagResource,
    /// `UntagResource`
    UntagResource,
}

impl Action {
    /// All 38.
    ///
    /// ```
    /// use mesh_playground::control_plane::Action;
    /// assert_eq!(Action::all().count(), 38);
    /// ```
    pub fn all() -> impl Iterator<Item = Self> {
        let verbs = [Self::Create, Self::Describe, Self::Update, Self::Delete, Self::List];
        let kinds = Kind::ALL.into_iter().flat_map(move |kind| verbs.map(|verb| verb(kind)));
        kinds.chain([Self::ListTagsForResource, Self::TagResource, Self::UntagResource])
    }

    /// Its name in the API: `CreateMesh`, `ListVirtualNodes`.
    ///
    /// ```
    /// use mesh_playground::{control_plane::Action, model::Kind};
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

    /// Whether it only reads, and so leaves no step in the history.
    pub const fn only_reads(self) -> bool {
        matches!(self, Self::Describe(_) | Self::List(_) | Self::ListTagsForResource)
    }
}
