//! The configuration of one Envoy, line by line, and the setting behind each line.

use mesh_text::words::{english, say, t};
use web_sys::Element;
use yew::prelude::*;

use crate::{
    envoy::{Cause, Config, Line, Tree, bootstrap, json_lines, touched, yaml_lines},
    model::{Key, MeshId},
    store::Command,
    ui::{
        components::{
            FieldNote, Node, button, choices, copy_made, el, el_with, field, node, sibling_index, text,
            text_in,
        },
        effects,
        hooks::Store,
    },
    view_model::settings,
};

#[derive(Properties, PartialEq)]
pub struct EnvoyProps {
    pub store: Store,
    pub key_of: Key,
    pub announce: Callback<String>,
}

/// The parts of a configuration that can be shown.
const PARTS: [&str; 5] = [
    english("Whole bootstrap"),
    english("Listeners"),
    english("Clusters"),
    english("Routes"),
    english("Endpoints"),
];

/// The Envoy configuration of the selected resource.
pub struct EnvoyPanel {
    part: usize,
    is_yaml: bool,
    /// Whether to scroll to the lines of the setting, because it was not chosen by a click on one of them.
    seeks: bool,
}

pub enum Msg {
    Part(usize),
    Yaml(bool),
    /// The clicked line.
    Line(usize),
    /// The chosen setting, counted from 1; 0 is none.
    Setting(usize),
}

impl EnvoyPanel {
    fn lines(&self, store: &Store, id: &MeshId, key: &Key) -> Option<Vec<Line>> {
        let (_, mesh) = store.mesh()?;
        let config = bootstrap(&store.shown_world.environment, id, &mesh, key)?;
        let tree = part(&config, self.part);
        Some(if self.is_yaml { yaml_lines(&tree) } else { json_lines(&tree) })
    }
}

fn part(config: &Config, part: usize) -> Tree {
    match part {
        0 => config.tree(),
        1 => Tree::of(config.listeners()),
        2 => Tree::of(config.clusters()),
        3 => Tree::of(config.routes()),
        _ => Tree::of(config.endpoints()),
    }
}

impl Component for EnvoyPanel {
    type Message = Msg;
    type Properties = EnvoyProps;

    fn create(_: &Context<Self>) -> Self {
        Self { part: 0, is_yaml: false, seeks: true }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let EnvoyProps { store, key_of, .. } = ctx.props();
        self.seeks = matches!(msg, Msg::Setting(_));
        let lines = || {
            store.state.view.mesh.as_ref().and_then(|id| self.lines(store, id, key_of)).unwrap_or_default()
        };
        let pointed = match msg {
            Msg::Part(part) => {
                self.part = part;
                return true;
            }
            Msg::Yaml(is_yaml) => {
                self.is_yaml = is_yaml;
                return true;
            }
            Msg::Line(at) => match lines().get(at).and_then(|line| line.cause.clone()) {
                Some(Cause::Setting(setting)) => Some((setting.key().clone(), setting.path())),
                _ => None,
            },
            Msg::Setting(at) => {
                let rows = settings(&lines());
                at.checked_sub(1).and_then(|at| rows.get(at)).map(|row| (row.key.clone(), row.path.clone()))
            }
        };
        store.dispatch.run(Command::PointAt(pointed));
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &EnvoyProps) -> bool {
        self.seeks |= ctx.props().key_of != old.key_of;
        true
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if std::mem::take(&mut self.seeks) {
            effects::scroll_to(".config", ".config .marked");
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let EnvoyProps { store, key_of, announce } = ctx.props();
        let link = ctx.link();
        let Some((id, mesh)) = store.mesh() else { return Html::default() };
        let lines = self.lines(store, &id, key_of).unwrap_or_default();
        let rows = settings(&lines);
        let pointed = store.state.view.pointed.as_ref();
        let chosen = rows.iter().position(|row| pointed == Some(&(row.key.clone(), row.path.clone())));
        let words = |words: &[&'static str]| words.iter().map(|word| t(word).to_owned()).collect::<Vec<_>>();
        let part = choices("envoy-part", words(&PARTS), self.part, link.callback(Msg::Part));
        let format = choices(
            "envoy-format",
            words(&["JSON", "YAML"]),
            usize::from(self.is_yaml),
            link.callback(|at| Msg::Yaml(at == 1)),
        );
        let mut rows_words = vec![t("Point at a setting…").to_owned()];
        rows_words
            .extend(rows.iter().map(|row| format!("{}: {} ({})", row.key.translated(), row.path, row.lines)));
        let setting =
            choices("envoy-setting", rows_words, chosen.map_or(0, |at| at + 1), link.callback(Msg::Setting));
        let mut parts = vec![
            el(
                "div",
                "row",
                vec![
                    field("envoy-part", t("Part"), FieldNote::None, part),
                    field("envoy-format", t("Format"), FieldNote::None, format),
                ],
            ),
            field(
                "envoy-setting",
                t("Lines of a setting"),
                FieldNote::Hint(t("Or click a line to see which setting wrote it.")),
                setting,
            ),
        ];
        if let Some((owner, path)) = pointed {
            parts.push(setting_summary(store, &id, &mesh, key_of, owner, path));
        }
        let is_marked = |line: &Line| match (&line.cause, pointed) {
            (Some(Cause::Setting(setting)), Some((key, path))) => setting.is_within(key, path),
            _ => false,
        };
        let shown = lines.iter().map(|line| {
            let class = if is_marked(line) {
                "line marked"
            } else if line.cause.is_some() {
                "line"
            } else {
                "line plain"
            };
            let title = line.cause.as_ref().map_or_else(String::new, cause_words);
            let values = vec![class.into(), title.into()];
            let (name, rest) = match line.text.find(": ") {
                Some(end) => line.text.split_at(end),
                None => ("", &*line.text),
            };
            el_with("span", &["class", "title"], values, vec![text_in("b", "", name), text(rest), text("\n")])
        });
        let code = *el("code", "", shown.collect());
        let onclick = link.batch_callback(|event: MouseEvent| {
            let line = event.target_dyn_into::<Element>()?.closest(".line").ok()??;
            Some(Msg::Line(sibling_index(&line)))
        });
        let whole =
            Callback::from(move |()| lines.iter().flat_map(|line| [&*line.text, "\n"]).collect::<String>());
        parts.push(copy_made(whole, english("configuration"), announce));
        parts.push(node(html! {
            <pre class="config" tabindex="0" role="group" aria-label={t("Envoy configuration")} {onclick}>{ code }</pre>
        }));
        *el_with("section", &["class", "aria-label"], vec!["envoy".into(), t("Envoy").into()], parts)
    }
}

fn cause_words(cause: &Cause) -> String {
    match cause {
        Cause::Setting(setting) => [&*setting.key().translated(), ": ", &*setting.path()].concat(),
        Cause::Default(note) => say("default: {0}", &[t(note)]),
    }
}

/// Renders how many lines the chosen setting wrote, with a button for each of the other Envoys that have some.
fn setting_summary(
    store: &Store,
    id: &MeshId,
    mesh: &crate::control_plane::Mesh,
    here: &Key,
    owner: &Key,
    path: &str,
) -> Node {
    let found = touched(&store.shown_world.environment, id, mesh, owner, path);
    let lines: usize = found.iter().map(|(_, lines)| lines.len()).sum();
    let words = say(
        "{0}: {1} wrote {2} lines in {3} of the mesh's Envoys.",
        &[&owner.translated(), path, &lines.to_string(), &found.len().to_string()],
    );
    let mut parts = vec![text_in("p", "", &words)];
    for (key, lines) in found.iter().filter(|(key, _)| key != here) {
        let select = store.command_callback(Command::Select(Some(key.clone())));
        parts.push(button(
            "",
            &format!("{} ({})", key.name, lines.len()),
            &say("Show {0}", &[&key.translated()]),
            select,
        ));
    }
    parts.push(button("quiet", "✕", t("Point at nothing"), store.command_callback(Command::PointAt(None))));
    let values = vec!["note pointed".into(), "status".into()];
    el_with("div", &["class", "role"], values, parts)
}
