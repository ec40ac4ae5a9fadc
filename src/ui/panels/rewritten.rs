//! What a preview would rewrite in the Envoys of the mesh.

use crate::{
    model::MeshId,
    ui::hooks::Store,
    view_model::rewritten,
    words::{say, t},
};

/// It in words; callers are among them.
#[inline(never)]
pub fn rewritten_words(store: &Store, id: &MeshId) -> String {
    let rows = rewritten(&store.state.world, &store.shown, id);
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
