//! The five-state preference switch of the mesh, the outcome of each state, and the preview.

use mesh_text::words::{say, t};
use yew::prelude::*;

use super::rewritten::rewritten_words;

use crate::{
    model::{IpPreference, ResourceId},
    resolve::mesh_preference,
    store::Command,
    traffic::Fault,
    ui::{
        components::{
            Node, button, el, el_fixed, el_with, empty_node, fixed, node, node_list, text, text_in,
        },
        hooks::Store,
        later::{Panels, lazy},
    },
    view_model::{Matrix, PREFERENCES, arrivals, badge, matrix, preference_words},
};

/// Renders the switch, the preview of another state, and the warning about having no preference.
pub fn preference_switch(store: &Store) -> Node {
    let Some(id) = store.state.view.mesh.clone() else {
        let hint = t("There is no mesh yet. Create one under Resources, open a file, or load a scenario.");
        return text_in("p", "empty", hint);
    };
    let world = &store.state.world;
    let Some(mesh) = world.visible_mesh(&id).cloned() else { return empty_node() };
    let matrix = matrix(&world.environment, &mesh);
    let (counts, total) = arrivals(&matrix);
    let is_owner = id.owner == world.account;
    let choose = store.preference_callback(ResourceId::of_mesh(id.clone()));
    let option = |index: usize, preference: Option<IpPreference>| {
        let onchange = choose.reform(move |_: Event| preference);
        let count = counts[index];
        let input = node(html! {
            <input type="radio" name="mesh-preference" {onchange} disabled={!is_owner}
                checked={matrix.current == preference} />
        });
        let parts = vec![
            input,
            el("span", "word", vec![breakable(preference_words(preference))]),
            text_in("span", "count", &say("{0} of {1} arrive", &[&count.to_string(), &total.to_string()])),
        ];
        el("label", if count == total { "all" } else { "" }, parts)
    };
    let title = el("h2", "", vec![text(t("Mesh ")), text_in("span", "name", &id.name)]);
    let mut heading = vec![title];
    if !is_owner {
        heading.push(text_in(
            "p",
            "hint",
            &say("Shared by {0}: only its owner can change it.", &[id.owner.as_str()]),
        ));
    }
    let mut segments = vec![text_in("legend", "", t("IP version preference"))];
    segments.extend(PREFERENCES.iter().enumerate().map(|(index, preference)| option(index, *preference)));
    let parts = vec![
        el("div", "mesh-title", heading),
        el("fieldset", "segments", segments),
        preview_banner(store, &matrix),
        trap(store),
    ];
    let values = vec!["preference".into(), t("IP version preference of the mesh").into()];
    el_with("section", &["class", "aria-label"], values, parts)
}

/// Renders a word that may be broken after an underscore.
pub(super) fn breakable(word: &str) -> Node {
    match word.split_once('_') {
        Some((front, back)) => node_list(vec![text(front), text("_"), el("wbr", "", Vec::new()), text(back)]),
        None => text(word),
    }
}

/// Renders the warning that a mesh without a preference has nodes that refuse at the listener. Having no preference is
/// a trap, which the page must make plain.
fn trap(store: &Store) -> Node {
    let Some((_, mesh)) = store.mesh() else { return empty_node() };
    let environment = &store.shown_world.environment;
    let refused = mesh
        .node_names()
        .filter(|node| {
            crate::traffic::reach(environment, &mesh, node).is_some_and(|reach| {
                reach.met() == Some(Fault::Listener) && reach.preference.preference.is_none()
            })
        })
        .count();
    if mesh_preference(&mesh).is_some() || refused == 0 {
        return empty_node();
    }
    let words = say(
        "With AUTO, DNS gives the AAAA record first, while Envoy listens on 0.0.0.0 only: {0} of the nodes refuse \
         at the listener. Publishing an AAAA record is enough to break a working mesh; any preference opens the \
         listener to both.",
        &[&refused.to_string()],
    );
    el("p", "note", vec![text_in("strong", "", t("No preference is not IPv4. ")), text(&words)])
}

/// Renders the outcomes that the previewed preference would change, before it is applied.
fn preview_banner(store: &Store, matrix: &Matrix) -> Node {
    let Some(preview) = store.state.view.preview else { return empty_node() };
    let Some(id) = store.state.view.mesh.clone() else { return empty_node() };
    let is_owner = id.owner == store.state.world.account;
    let column = |preference: Option<IpPreference>| {
        PREFERENCES.iter().position(|other| *other == preference).unwrap_or_default()
    };
    let (now, then) = (column(matrix.current), column(preview));
    let flips = matrix.rows.iter().filter_map(|row| {
        let (before, after) = (row.cells[now].faults.first(), row.cells[then].faults.first());
        (before != after)
            .then(|| say("{0}: {1} → {2}", &[&row.node, badge(before.copied()), badge(after.copied())]))
    });
    let flips: Vec<_> = flips.collect();
    let set = Command::SetPreference { id: ResourceId::of_mesh(id.clone()), preference: preview };
    let apply = store.commands_callback(vec![Command::Preview(None), set]);
    let told = {
        let store = store.clone();
        lazy::<Panels>(move || *text_in("p", "", &rewritten_words(&store, &id)))
    };
    let title = say("Preview of {0}", &[preference_words(preview)]);
    let flips = match flips.is_empty() {
        true => text_in("p", "", t("No request changes its outcome.")),
        false => el("ul", "", flips.iter().map(|flip| text_in("li", "", flip)).collect()),
    };
    let mut buttons = Vec::new();
    if is_owner {
        buttons.push(button("primary", t("Apply"), "", apply));
    }
    buttons.push(button("", t("Back (Esc)"), "", store.command_callback(Command::Preview(None))));
    let parts = vec![
        el("p", "", vec![text_in("strong", "", &title), text(t(": nothing is changed."))]),
        flips,
        node(told),
        el("div", "actions", buttons),
    ];
    el_fixed("div", const { &[fixed("class", "preview"), fixed("role", "status")] }, parts)
}
