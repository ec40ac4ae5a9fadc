//! The matrix panel: nodes against preferences. Clicking a cell previews its preference; Escape restores.

use mesh_text::words::{say, t};
use yew::prelude::*;

use super::{picture::PictureButton, preference::breakable};
use crate::{
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    store::Command,
    traffic::Fault,
    ui::{
        components::{
            Node, bool_attribute, button, el, el_fixed, el_with, empty_node, fixed, keyed, mark_badge, node,
            node_list, preference_select, text, text_in,
        },
        hooks::Store,
    },
    view_model::{Cell, MatrixRow, PREFERENCES, matrix, preference_words},
};

/// Renders the table.
pub fn matrix_panel(store: &Store) -> Node {
    let world = &store.state.world;
    let Some(id) = store.state.view.mesh.clone() else { return empty_node() };
    let Some(mesh) = world.visible_mesh(&id).cloned() else { return empty_node() };
    let matrix = matrix(&world.environment, &mesh);
    if matrix.rows.is_empty() {
        return text_in("p", "empty", t("This mesh has no virtual nodes yet."));
    }
    let preview = store.state.view.preview;
    let column = |words: Vec<Node>, class: &'static str| {
        el_with("th", &["scope", "class"], vec!["col".into(), class.into()], words)
    };
    let mut head =
        vec![column(vec![text(t("Virtual node"))], ""), column(vec![text(t("Its own preference"))], "")];
    for preference in PREFERENCES {
        let mut words = vec![breakable(preference_words(preference))];
        if matrix.current == preference {
            words.push(text_in("small", "", t(" (now)")));
        }
        if preview == Some(preference) {
            words.push(text_in("small", "", t(" (preview)")));
        }
        head.push(column(words, column_class(preference, matrix.current, preview)));
    }
    let rows = matrix.rows.iter().map(|row| table_row(store, &id, row, matrix.current, preview));
    let table = vec![el("thead", "", vec![el("tr", "", head)]), el("tbody", "", rows.collect())];
    let hint = t(
        "What a request to each node comes to under each preference of the mesh. Choose a cell to preview \
                  it; Escape restores.",
    );
    let scroll = vec!["scroll".into(), "0".into(), "region".into(), t("Nodes by preferences").into()];
    let names = &["class", "tabindex", "role", "aria-label"];
    let parts = vec![
        text_in("p", "hint", hint),
        node(html! { <PictureButton store={store.clone()} is_matrix=true /> }),
        el_with("div", names, scroll, vec![el("table", "", table)]),
    ];
    el_fixed("section", const { &[fixed("class", "matrix"), fixed("aria-label", "Matrix")] }, parts)
}

fn column_class(
    preference: Option<IpPreference>,
    current: Option<IpPreference>,
    preview: Option<Option<IpPreference>>,
) -> &'static str {
    match (current == preference, preview == Some(preference)) {
        (true, true) => "now previewed",
        (true, false) => "now",
        (false, true) => "previewed",
        (false, false) => "",
    }
}

fn table_row(
    store: &Store,
    mesh: &MeshId,
    row: &MatrixRow,
    current: Option<IpPreference>,
    preview: Option<Option<IpPreference>>,
) -> Node {
    let key = Key::new(Kind::VirtualNode, row.node.clone());
    let is_selected = store.state.view.selected.as_ref() == Some(&key);
    let on_change = store.preference_callback(ResourceId { mesh: mesh.clone(), key: key.clone() });
    let id = format!("own-{}", row.node);
    let name = button("link", &row.node, "", store.command_callback(Command::Select(Some(key.clone()))));
    let label = Some(say("IP version preference of {0}", &[&row.node]));
    let may_change = store.mesh().is_some_and(|(_, mesh)| store.can_change(&mesh, &key));
    let own = preference_select(
        &id,
        label,
        row.own,
        t("Mesh's own"),
        !row.can_override || !may_change,
        false,
        &on_change,
    );
    let mut cells =
        vec![el_fixed("th", const { &[fixed("scope", "row")] }, vec![name]), el("td", "", vec![own])];
    for (preference, cell) in PREFERENCES.into_iter().zip(&row.cells) {
        let is_previewed = preview == Some(preference);
        let next = (!is_previewed).then_some(preference);
        let onclick: Callback<MouseEvent> =
            store.commands_callback(vec![Command::Select(Some(key.clone())), Command::Preview(next)]);
        let mut words = vec![mark_badge(cell.faults.is_empty(), outcome_label(cell.faults.first().copied()))];
        for fault in cell.faults.iter().skip(1) {
            words.push(text(" "));
            words.push(text_in("small", "", &say("then {0}", &[outcome_label(Some(*fault))])));
        }
        let label = cell_words(row, preference, cell);
        let button = node(html! {
            <button type="button" class="cell" {onclick} aria-label={label} aria-pressed={bool_attribute(is_previewed)}>
                { *node_list(words) }
            </button>
        });
        cells.push(el("td", column_class(preference, current, preview), vec![button]));
    }
    keyed(el("tr", if is_selected { "selected" } else { "" }, cells), row.node.to_string())
}

/// Returns the shortest text for where a request ends.
fn outcome_label(met: Option<Fault>) -> &'static str {
    match met {
        None => t("arrives"),
        Some(Fault::Lookup | Fault::Discovery) => t("discovery"),
        Some(Fault::Address) => t("times out"),
        Some(Fault::Listener) => t("listener"),
        Some(Fault::Tls) => "TLS",
        Some(Fault::Application) => t("app"),
    }
}

fn cell_words(row: &MatrixRow, preference: Option<IpPreference>, cell: &Cell) -> String {
    let faults: Vec<_> = cell.faults.iter().map(|fault| outcome_label(Some(*fault))).collect();
    let outcome = if faults.is_empty() { outcome_label(None).to_owned() } else { faults.join(t(" then ")) };
    let status = cell.status.to_string();
    let preference = preference_words(preference);
    match row.own {
        None => say("{0} under {1}: {2}, {3}. Preview", &[&row.node, preference, &outcome, &status]),
        Some(own) => say(
            "{0} under {1} (its own {2} holds): {3}, {4}. Preview",
            &[&row.node, preference, own.as_str(), &outcome, &status],
        ),
    }
}
