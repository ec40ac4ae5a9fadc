//! The changes that a preview would make to the configurations of the mesh's Envoys.

use mesh_text::words::{say, t};

use crate::{model::MeshId, ui::hooks::Store, view_model::configuration_changes};

/// Returns the changes as text; those of callers are included.
#[inline(never)]
pub fn rewritten_words(store: &Store, id: &MeshId) -> String {
    let rows = configuration_changes(&store.state.world, &store.shown_world, id);
    let lines: usize = rows.iter().map(|row| row.removed.max(row.added)).sum();
    let names: Vec<_> =
        rows.iter().map(|row| format!("{} ({})", row.key.name, row.removed.max(row.added))).collect();
    match rows.len() {
        0 => t("No line of any Envoy changes.").to_owned(),
        count => say(
            "{0} lines change in {1} Envoys: {2}.",
            &[&lines.to_string(), &count.to_string(), &names.join(t(", "))],
        ),
    }
}
