//! Two preferences of the mesh side by side: the outcome for each node, and the differences in Envoy's configuration.

use mesh_text::words::{say, t};
use yew::prelude::*;

use crate::{
    envoy::envoys,
    model::{IpPreference, Key},
    ui::{
        components::{
            FieldNote, Node, attribute_if, choices, el, el_fixed, el_with, empty_node, field, fixed,
            preference_select, status_badge, text, text_in,
        },
        hooks::Store,
    },
    view_model::{
        DiffLine, Matrix, PREFERENCES, configuration, configuration_changes, diff, matrix, preference_words,
        with_mesh_preference,
    },
};

#[derive(Properties, PartialEq)]
pub struct CompareProps {
    pub store: Store,
}

/// The panel *Compare*.
#[component]
pub fn ComparePanel(props: &CompareProps) -> Html {
    let store = &props.store;
    let world = &store.state.world;
    let Some((id, mesh)) = store.mesh() else { return Html::default() };
    let matrix = matrix(&world.environment, &mesh);
    let current = matrix.current;
    let pair = use_state(|| {
        (current, if current == Some(IpPreference::Ipv6Only) { None } else { Some(IpPreference::Ipv6Only) })
    });
    let envoy = use_state(|| None::<Key>);
    let (left, right) = *pair;
    let choose = |is_left: bool| {
        let pair = pair.clone();
        Callback::from(move |preference| {
            pair.set(if is_left { (preference, pair.1) } else { (pair.0, preference) });
        })
    };
    let select = |id: &'static str, value: Option<IpPreference>, is_left: bool| {
        preference_select(id, None, value, preference_words(None), false, false, &choose(is_left))
    };
    let selects = vec![
        field("compare-left", t("Left"), FieldNote::None, select("compare-left", left, true)),
        field("compare-right", t("Right"), FieldNote::None, select("compare-right", right, false)),
    ];
    let worlds = [left, right].map(|preference| with_mesh_preference(world, &id, preference));
    let changed = configuration_changes(&worlds[0], &worlds[1], &id);
    let keys: Vec<Key> = envoys(&mesh).cloned().collect();
    let selected = store.state.view.selected.clone().filter(|key| keys.contains(key));
    let shown =
        (*envoy).clone().filter(|key| keys.contains(key)).or(selected).or_else(|| keys.first().cloned());
    let choose_envoy = {
        let (envoy, keys) = (envoy.clone(), keys.clone());
        Callback::from(move |at: usize| envoy.set(keys.get(at).cloned()))
    };
    let words = |key: &Key| match changed.iter().find(|row| row.key == *key) {
        Some(row) => say(
            "{0}: {1} lines go, {2} come",
            &[&key.translated(), &row.removed.to_string(), &row.added.to_string()],
        ),
        None => say("{0}: the same", &[&key.translated()]),
    };
    let at = keys.iter().position(|key| shown.as_ref() == Some(key)).unwrap_or_default();
    let which = choices("compare-envoy", keys.iter().map(words).collect(), at, choose_envoy);
    let lines = shown.map_or_else(Vec::new, |key| {
        let [before, after] = [0, 1].map(|at| {
            let world = &worlds[at];
            world
                .visible_mesh(&id)
                .map_or_else(Vec::new, |mesh| configuration(&world.environment, &id, mesh, &key))
        });
        diff(&before, &after)
    });
    let summary =
        say("{0} of {1} Envoys are rewritten.", &[&changed.len().to_string(), &keys.len().to_string()]);
    let parts = vec![
        el("div", "row", selects),
        outcomes(&matrix, left, right),
        text_in("h3", "", t("Envoy configuration")),
        text_in("p", "", &summary),
        field("compare-envoy", t("Envoy"), FieldNote::None, which),
        difference(&lines),
    ];
    *el_with("section", &["class", "aria-label"], vec!["compare".into(), t("Compare").into()], parts)
}

/// Renders the outcome for each node under both preferences.
fn outcomes(matrix: &Matrix, left: Option<IpPreference>, right: Option<IpPreference>) -> Node {
    let column = |preference: Option<IpPreference>| {
        PREFERENCES.iter().position(|other| *other == preference).unwrap_or_default()
    };
    let (left_at, right_at) = (column(left), column(right));
    let row = |row: &crate::view_model::MatrixRow| {
        let faults = [left_at, right_at].map(|at| row.cells[at].faults.first().copied());
        let changes = faults[0] != faults[1];
        let cells = vec![
            el_fixed("th", const { &[fixed("scope", "row")] }, vec![text(&row.node)]),
            el("td", "", vec![status_badge(faults[0])]),
            el("td", "", vec![status_badge(faults[1])]),
            text_in("td", "", if changes { t("changes") } else { t("same") }),
        ];
        el_with("tr", &["class"], vec![attribute_if(changes, "selected")], cells)
    };
    let head = [t("Virtual node"), preference_words(left), preference_words(right), t("Outcome")]
        .map(|words| el_fixed("th", const { &[fixed("scope", "col")] }, vec![text(words)]));
    let parts = vec![
        text_in("caption", "", t("Outcomes")),
        el("thead", "", vec![el("tr", "", head.into())]),
        el("tbody", "", matrix.rows.iter().map(row).collect()),
    ];
    let values = vec!["scroll".into(), "0".into(), "region".into(), t("Outcomes").into()];
    el_with("div", &["class", "tabindex", "role", "aria-label"], values, vec![el("table", "outcomes", parts)])
}

fn difference(lines: &[DiffLine]) -> Node {
    if lines.iter().all(|line| line.mark == '…') {
        return if lines.is_empty() {
            empty_node()
        } else {
            text_in("p", "hint", t("Both are told the same."))
        };
    }
    let line = |line: &DiffLine| {
        let class = match line.mark {
            '-' => "line minus",
            '+' => "line plus",
            _ => "line plain",
        };
        text_in("span", class, &format!("{} {}\n", line.mark, line.text))
    };
    let code = el("code", "", lines.iter().map(line).collect());
    let names = &["class", "tabindex", "role", "aria-label"];
    let values = vec!["config diff".into(), "0".into(), "group".into(), t("Difference").into()];
    el_with("pre", names, values, vec![code])
}
