//! The five-state switch of the mesh, what each state would come to, and the preview.

use yew::prelude::*;

use crate::{
    model::{IpPreference, ResourceId},
    resolve::mesh_preference,
    store::Command,
    traffic::Fault,
    ui::hooks::Store,
    view_model::{Matrix, PREFERENCES, arrivals, badge, matrix, preference_words},
};

/// The switch, the preview of another state, and the warning about having none.
pub fn preference_switch(store: &Store) -> Html {
    let Some(id) = store.state.view.mesh.clone() else {
        return html! {
            <p class="empty">{ "There is no mesh yet. Create one under Resources, open a file, or load a scenario." }</p>
        };
    };
    let world = &store.state.world;
    let Some(mesh) = world.visible_mesh(&id).cloned() else { return Html::default() };
    let matrix = matrix(&world.environment, &mesh);
    let (counts, total) = arrivals(&matrix);
    let is_owner = id.owner == world.account;
    let choose = {
        let (dispatch, id) = (store.dispatch.clone(), ResourceId::of_mesh(id.clone()));
        Callback::from(move |preference| {
            dispatch.run(Command::SetPreference { id: id.clone(), preference });
        })
    };
    let option = |index: usize, preference: Option<IpPreference>| {
        let choose = choose.clone();
        let onchange = move |_: Event| choose.emit(preference);
        let count = counts[index];
        html! {
            <label key={preference_words(preference)} class={classes!((count == total).then_some("all"))}>
                <input type="radio" name="mesh-preference" {onchange} disabled={!is_owner}
                    checked={matrix.current == preference} />
                <span class="word">{ breakable(preference_words(preference)) }</span>
                <span class="count">{ format!("{count} of {total} arrive") }</span>
            </label>
        }
    };
    html! {
        <section class="preference" aria-label="IP version preference of the mesh">
            <div class="mesh-title">
                <h2>{ "Mesh " }<span class="name">{ &*id.name }</span></h2>
                if !is_owner {
                    <p class="hint">{ format!("Shared by {}: only its owner can change it.", id.owner) }</p>
                }
            </div>
            <fieldset class="segments">
                <legend>{ "IP version preference" }</legend>
                { for PREFERENCES.iter().enumerate().map(|(index, preference)| option(index, *preference)) }
            </fieldset>
            { preview_banner(store, &matrix) }
            { trap(store) }
        </section>
    }
}

/// A word that may be broken after an underscore.
pub(super) fn breakable(word: &str) -> Html {
    match word.split_once('_') {
        Some((front, back)) => html! { <>{ front }{ "_" }<wbr />{ back }</> },
        None => word.into(),
    }
}

/// No preference is a trap of its own; the page must make that plain.
fn trap(store: &Store) -> Html {
    let Some((_, mesh)) = store.mesh() else { return Html::default() };
    let environment = &store.shown.environment;
    let refused = mesh
        .node_names()
        .filter(|node| {
            crate::traffic::reach(environment, &mesh, node).is_some_and(|reach| {
                reach.met() == Some(Fault::Listener) && reach.preference.preference.is_none()
            })
        })
        .count();
    if mesh_preference(&mesh).is_some() || refused == 0 {
        return Html::default();
    }
    html! {
        <p class="note">
            <strong>{ "No preference is not IPv4. " }</strong>
            { format!(
                "With AUTO, DNS gives the AAAA record first, while Envoy listens on 0.0.0.0 only: {refused} of the \
                 nodes refuse at the listener. Publishing an AAAA record is enough to break a working mesh; any \
                 preference opens the listener to both."
            ) }
        </p>
    }
}

/// What the previewed preference flips, before it is applied.
fn preview_banner(store: &Store, matrix: &Matrix) -> Html {
    let Some(preview) = store.state.view.preview else { return Html::default() };
    let Some(id) = store.state.view.mesh.clone() else { return Html::default() };
    let column = |preference: Option<IpPreference>| {
        PREFERENCES.iter().position(|other| *other == preference).unwrap_or_default()
    };
    let (now, then) = (column(matrix.current), column(preview));
    let flips = matrix.rows.iter().filter_map(|row| {
        let (before, after) = (row.cells[now].faults.first(), row.cells[then].faults.first());
        (before != after)
            .then(|| format!("{}: {} → {}", row.node, badge(before.copied()), badge(after.copied())))
    });
    let flips: Vec<_> = flips.collect();
    let apply = {
        let (dispatch, id) = (store.dispatch.clone(), ResourceId::of_mesh(id));
        move |_: MouseEvent| {
            dispatch.run(Command::Preview(None));
            dispatch.run(Command::SetPreference { id: id.clone(), preference: preview });
        }
    };
    html! {
        <div class="preview" role="status">
            <p>
                <strong>{ format!("Preview of {}", preference_words(preview)) }</strong>
                { ": nothing is changed." }
            </p>
            if flips.is_empty() {
                <p>{ "No request changes its outcome." }</p>
            } else {
                <ul>{ for flips.iter().map(|flip| html! { <li>{ flip }</li> }) }</ul>
            }
            <div class="actions">
                <button type="button" class="primary" onclick={apply}>{ "Apply" }</button>
                <button type="button" onclick={store.on(Command::Preview(None))}>{ "Back (Esc)" }</button>
            </div>
        </div>
    }
}
