//! Tags: the user's own labels on a resource.

use litemap::LiteMap;

use super::{
    Bounded,
    declare::{structure, text},
};

structure! {
    /// A tag. Source: API shape `TagRef`.
    TagRef {
        /// What the tag is called; a resource has each key at most once.
        "key" key: TagKey,
        /// What it says. The shape requires it although the API reference calls it optional.
        "value" value: TagValue,
    }
}

text! {
    /// The key of a tag, 1 to 128 characters. Source: API shape `TagKey`.
    TagKey 1..=128
}

text! {
    /// The value of a tag, up to 256 characters. Source: API shape `TagValue`.
    TagValue 0..=256
}

/// Strings by key: tags, the attributes of a Cloud Map instance, the labels of a namespace.
pub type TextMap = LiteMap<String, String>;

/// The tags of one request, at most 50. Source: API shape `TagList`.
pub type TagList = Bounded<TagRef, 0, 50>;
