//! Content of a link, as JSON: the playground's document, the view, and the seed.
//!
//! The document is the same as in a saved file, except for UUIDs and times, which do not compress. Those are stored as
//! differences from the previous resource: most resources are created by the same command, which derives its UUIDs from
//! seeds at a fixed distance.
// The names of the members document themselves, as in the link.
#![allow(missing_docs)]

use app_mesh_engine::{
    control_plane::{Env, Timestamp},
    model::{IpPreference, Key, Kind, MeshId, View as Read, declare::structure_by, object, parse},
};
use mesh_text::json::compact;
use serde_json::Value;

use super::LinkError;
use crate::store::{AppState, Facet, Panel, View};

structure_by! {
    /// Content of a link.
    Payload by PayloadMembers {
        "document" document: Value,
        "seed" seed: Option<i64>,
        "view" view: Option<StoredView>,
    }
}

structure_by! {
    /// The view.
    StoredView by StoredViewMembers {
        "facet" facet: Option<String>,
        "mesh" mesh: Option<String>,
        "meshOwner" mesh_owner: Option<String>,
        "panel" panel: Option<String>,
        "path" path: Option<String>,
        "pointed" pointed: Option<StoredKey>,
        "preview" preview: Option<String>,
        "selected" selected: Option<StoredKey>,
    }
}

structure_by! {
    /// A resource in a mesh.
    StoredKey by StoredKeyMembers {
        "kind" kind: String,
        "name" name: String,
        "parent" parent: Option<String>,
    }
}

/// Word for a preview of no preference.
const NO_PREFERENCE: &str = "none";

/// Serializes a playground to the text of a payload.
pub(super) fn write(state: &AppState) -> String {
    let mut document = mesh_documents::to_value(&state.world);
    each_resource(&mut document, &mut DeltaState::default(), DeltaState::shorten);
    let view = &state.view;
    let mesh = view.mesh.as_ref();
    let preview = view.preview.map(|preview| preview.map_or(NO_PREFERENCE, IpPreference::as_str));
    let facet = (view.facet != Facet::default()).then_some(view.facet.as_str());
    let panel = (view.panel != Panel::default()).then_some(view.panel.as_str());
    let stored = object(&[
        ("facet", &facet),
        ("mesh", &mesh.map(|mesh| mesh.name.clone())),
        ("meshOwner", &mesh.map(|mesh| mesh.owner.as_str())),
        ("panel", &panel),
        ("path", &view.pointed.as_ref().map(|(_, path)| path.clone())),
        ("pointed", &view.pointed.as_ref().map(|(key, _)| stored_key(key))),
        ("preview", &preview),
        ("selected", &view.selected.as_ref().map(stored_key)),
    ]);
    let seed = (state.seed != 1).then_some(state.seed.cast_signed());
    compact(&object(&[("document", &document), ("seed", &seed), ("view", &stored)]))
}

/// Restores the playground from a payload.
pub(super) fn read(value: &Value) -> Result<AppState, LinkError> {
    let payload = parse::<Payload>(value, "").map_err(LinkError::Wrong)?;
    let mut document = payload.document().clone();
    each_resource(&mut document, &mut DeltaState::default(), DeltaState::lengthen);
    let world = mesh_documents::restore(&document).map_err(LinkError::Document)?;
    let view = payload.view().map_or_else(View::default, view_of);
    Ok(AppState::looking(world, view, payload.seed().map_or(1, i64::cast_unsigned)))
}

/// Restores the view. Ignores unknown values, because a newer page may have stored something that does not exist here.
fn view_of(stored: Read<StoredView>) -> View {
    let owner = stored.mesh_owner().and_then(|owner| owner.parse().ok());
    let mesh = owner.zip(stored.mesh()).map(|(owner, name)| MeshId { owner, name: name.into() });
    let preview = stored.preview().and_then(|word| match word {
        NO_PREFERENCE => Some(None),
        _ => word.parse().ok().map(Some),
    });
    View {
        mesh,
        selected: stored.selected().and_then(key_of),
        panel: stored.panel().and_then(Panel::from_word).unwrap_or_default(),
        facet: stored.facet().and_then(Facet::from_word).unwrap_or_default(),
        pointed: stored.pointed().and_then(key_of).zip(stored.path().map(str::to_owned)),
        preview,
    }
}

fn stored_key(key: &Key) -> Value {
    object(&[("kind", &key.kind.declaration().word), ("name", &key.name), ("parent", &key.parent)])
}

fn key_of(stored: Read<StoredKey>) -> Option<Key> {
    let kind = Kind::from_word(stored.kind())?;
    Some(match stored.parent() {
        Some(parent) => Key::within(kind, parent, stored.name()),
        None => Key::new(kind, stored.name()),
    })
}

/// Replaces the UUID and the times of every resource. Invalid values stay unchanged, so that the document refuses them.
fn each_resource(document: &mut Value, told: &mut DeltaState, tell: fn(&mut DeltaState, &mut Stamps)) {
    let resources = document.get_mut("resources").and_then(Value::as_array_mut);
    for resource in resources.into_iter().flatten().filter_map(Value::as_object_mut) {
        let number = |name: &str| resource.get(name).and_then(Value::as_i64);
        let text = resource.get("uid").and_then(Value::as_str);
        let (Some(created), Some(updated), Some(uid)) = (number("createdAt"), number("lastUpdatedAt"), text)
        else {
            continue;
        };
        let mut stamps = Stamps { created, updated, uid: uid.to_owned() };
        tell(told, &mut stamps);
        resource.insert("createdAt".to_owned(), Value::from(stamps.created));
        resource.insert("lastUpdatedAt".to_owned(), Value::from(stamps.updated));
        resource.insert("uid".to_owned(), Value::from(stamps.uid));
    }
}

/// The values of a resource that depend on time and chance.
struct Stamps {
    created: i64,
    updated: i64,
    uid: String,
}

/// State of the previous resource; the next one is stored as the difference from it.
#[derive(Default)]
struct DeltaState {
    created: i64,
    seed: u64,
}

impl DeltaState {
    /// Replaces the values with their short form: times as differences; the UUID as `3` if its seed is three positions
    /// later, as `~` with its seed, or as `=` with the UUID itself if it was not generated here.
    fn shorten(&mut self, stamps: &mut Stamps) {
        stamps.updated = stamps.updated.wrapping_sub(stamps.created);
        let created = std::mem::replace(&mut self.created, stamps.created);
        stamps.created = stamps.created.wrapping_sub(created);
        stamps.uid = match Env::seed_of(&stamps.uid) {
            None => ["=", &stamps.uid].concat(),
            Some(seed) => {
                let places = Env { now: Timestamp(0), seed }.places_after(self.seed);
                self.seed = seed;
                // A larger number would not be shorter than the seed itself, and the seeds are then not related.
                if places.unsigned_abs() < 100_000 { places.to_string() } else { format!("~{seed:x}") }
            }
        };
    }

    /// Restores the values from their short form. An invalid number yields a UUID of some seed; no link created here
    /// contains one.
    fn lengthen(&mut self, stamps: &mut Stamps) {
        stamps.created = stamps.created.wrapping_add(self.created);
        stamps.updated = stamps.updated.wrapping_add(stamps.created);
        self.created = stamps.created;
        if let Some(uid) = stamps.uid.strip_prefix('=') {
            stamps.uid = uid.to_owned();
            return;
        }
        let last = Env { now: Timestamp(0), seed: self.seed };
        let env = match stamps.uid.strip_prefix('~') {
            Some(digits) => Env { seed: u64::from_str_radix(digits, 16).unwrap_or_default(), ..last },
            None => last.nth(stamps.uid.parse().unwrap_or(0_i64).cast_unsigned()),
        };
        self.seed = env.seed;
        stamps.uid = env.uid().into();
    }
}
