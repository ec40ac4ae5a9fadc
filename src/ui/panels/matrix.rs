//! Nodes against preferences. A cell previews its preference; Escape restores.

use yew::prelude::*;

use super::preference::breakable;
use crate::{
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    store::Command,
    traffic::Fault,
    ui::{
        components::{mark_badge, preference_select},
        hooks::Store,
    },
    view_model::{Cell, MatrixRow, PREFERENCES, badge, matrix, preference_words},
};

/// The table.
pub fn matrix_panel(store: &Store) -> Html {
    let world = &store.state.world;
    let Some(id) = store.state.view.mesh.clone() else { return Html::default() };
    let Some(mesh) = world.visible_mesh(&id).cloned() else { return Html::default() };
    let matrix = matrix(&world.environment, &mesh);
    if matrix.rows.is_empty() {
        return html! { <p class="empty">{ "This mesh has no virtual nodes yet." }</p> };
    }
    let preview = store.state.view.preview;
    html! {
        <section class="matrix" aria-label="Matrix">
            <p class="hint">
                { "What a request to each node comes to under each preference of the mesh. Choose a cell to preview \
                   it; Escape restores." }
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label="Nodes by preferences">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{ "Virtual node" }</th>
                        <th scope="col">{ "Its own preference" }</th>
                        { for PREFERENCES.iter().map(|preference| html! {
                            <th scope="col" key={preference_words(*preference)}
                                class={column_class(*preference, matrix.current, preview)}>
                                { breakable(preference_words(*preference)) }
                                if matrix.current == *preference { <small>{ " (now)" }</small> }
                                if preview == Some(*preference) { <small>{ " (preview)" }</small> }
                            </th>
                        }) }
                    </tr>
                </thead>
                <tbody>
                    { for matrix.rows.iter().map(|row| html! {
                        <>{ table_row(store, &id, row, matrix.current, preview) }</>
                    }) }
                </tbody>
            </table>
            </div>
        </section>
    }
}

fn column_class(
    preference: Option<IpPreference>,
    current: Option<IpPreference>,
    preview: Option<Option<IpPreference>>,
) -> Classes {
    classes!((current == preference).then_some("now"), (preview == Some(preference)).then_some("previewed"))
}

fn table_row(
    store: &Store,
    mesh: &MeshId,
    row: &MatrixRow,
    current: Option<IpPreference>,
    preview: Option<Option<IpPreference>>,
) -> Html {
    let key = Key::new(Kind::VirtualNode, row.node.clone());
    let is_selected = store.state.view.selected.as_ref() == Some(&key);
    let on_change = {
        let (dispatch, id) = (store.dispatch.clone(), ResourceId { mesh: mesh.clone(), key: key.clone() });
        Callback::from(move |preference| {
            dispatch.run(Command::SetPreference { id: id.clone(), preference });
        })
    };
    let id = format!("own-{}", row.node);
    html! {
        <tr aria-selected={is_selected.then_some("true")} class={classes!(is_selected.then_some("selected"))}>
            <th scope="row">
                <button type="button" class="link" onclick={store.on(Command::Select(Some(key.clone())))}>
                    { &*row.node }
                </button>
            </th>
            <td>
                { preference_select(
                    &id, Some(format!("IP version preference of {}", row.node)), row.own, "Mesh's own", !row.can_override, &on_change,
                ) }
            </td>
            { for PREFERENCES.iter().zip(&row.cells).map(|(preference, cell)| {
                let class = column_class(*preference, current, preview);
                let next = (preview != Some(*preference)).then_some(*preference);
                let onclick = {
                    let (dispatch, key) = (store.dispatch.clone(), key.clone());
                    move |_: MouseEvent| {
                        dispatch.run(Command::Select(Some(key.clone())));
                        dispatch.run(Command::Preview(next));
                    }
                };
                html! {
                    <td key={preference_words(*preference)} {class}>
                        <button type="button" class="cell" {onclick} aria-label={cell_words(row, *preference, cell)}
                            aria-pressed={(preview == Some(*preference)).to_string()}>
                            { mark_badge(cell.faults.is_empty(), place(cell.faults.first().copied())) }
                            { for cell.faults.iter().skip(1).map(|fault| html! {
                                <small>{ "then " }{ place(Some(*fault)) }</small>
                            }) }
                        </button>
                    </td>
                }
            }) }
        </tr>
    }
}

/// Where a request ends, in the fewest letters.
const fn place(met: Option<Fault>) -> &'static str {
    match met {
        None => "arrives",
        Some(Fault::Discovery) => "discovery",
        Some(Fault::Address) => "times out",
        Some(Fault::Listener) => "listener",
        Some(Fault::Application) => "app",
    }
}

fn cell_words(row: &MatrixRow, preference: Option<IpPreference>, cell: &Cell) -> String {
    let faults: Vec<_> = cell.faults.iter().map(|fault| badge(Some(*fault))).collect();
    let outcome = if faults.is_empty() { badge(None).to_owned() } else { faults.join(", then ") };
    let own = row.own.map_or_else(String::new, |own| format!(" (its own {own} holds)"));
    format!("{} under {}{own}: {outcome}, {}. Preview", row.node, preference_words(preference), cell.status)
}
