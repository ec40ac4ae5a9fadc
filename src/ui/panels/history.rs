//! The history panel: each step with the command lines that do the same, and the service's answers.

use std::{cmp::Ordering, rc::Rc};

use mesh_text::words::{self, english, say, t};
use yew::prelude::*;

use crate::{
    store::{Command, Step},
    terminal,
    ui::{
        components::{
            Node, attribute_if, button, button_with, copy_made, copyable, el, el_fixed, el_with, empty_node,
            fixed, node, node_list, text, text_in,
        },
        hooks::{Dispatch, Store, use_unfolded},
    },
};

/// Maximum number of done steps that are shown; older steps stay in the history.
const SHOWN: usize = 50;

/// Renders the steps, newest first. The user can go to each of them.
pub fn history_panel(store: &Store, announce: &Callback<String>) -> Node {
    let history = &store.state.history;
    let (done, undone) = (history.done(), history.undone());
    let mut parts = vec![text_in("h2", "", t("History"))];
    if done.is_empty() && undone.is_empty() {
        let hint = t("Everything you do appears here as the aws appmesh line that does the same.");
        parts.push(text_in("p", "empty", hint));
    } else {
        let state = store.state.clone();
        let script = Callback::from(move |()| terminal::script(&state));
        let script = copy_made(script, english("script of everything"), announce);
        let title = vec![
            text_in("p", "hint", t("As a script, the lines rebuild all this in an empty playground.")),
            script,
        ];
        parts.push(el("div", "panel-title", title));
    }
    let turn = words::turn();
    let row = |place: usize, step: &Rc<Step>| {
        let (dispatch, step, announce) = (store.dispatch.clone(), step.clone(), announce.clone());
        node(html! { <StepRow key={place} {dispatch} {step} {place} now={done.len()} {announce} {turn} /> })
    };
    let ahead = undone.iter().zip(0..).map(|(step, index)| row(done.len() + undone.len() - index, step));
    let behind = done.iter().enumerate().rev().take(SHOWN).map(|(index, step)| row(index + 1, step));
    let rows: Vec<_> = ahead.chain(behind).collect();
    let start = match rows.is_empty() {
        true => empty_node(),
        false => place_title(&store.dispatch, t("Start"), 0, done.len()),
    };
    parts.push(el("ol", "", rows));
    parts.push(start);
    if done.len() > SHOWN {
        parts.push(text_in(
            "p",
            "hint",
            &say("{0} earlier steps are not shown.", &[&(done.len() - SHOWN).to_string()]),
        ));
    }
    el_fixed("section", const { &[fixed("class", "panel history"), fixed("aria-label", "History")] }, parts)
}

/// Renders the label of a step, and a button that goes to the point just after the step. The button has a separate name
/// and is described by the step, because other buttons are already called *Create mesh*.
fn place_title(dispatch: &Dispatch, label: &str, place: usize, now: usize) -> Node {
    let words = match place.cmp(&now) {
        Ordering::Less => t("Go back to here"),
        Ordering::Equal => t("You are here"),
        Ordering::Greater => t("Go forward to here"),
    };
    let id = AttrValue::from(format!("step-{place}"));
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| drop(dispatch.run(Command::GoTo(place))));
    let values = vec![id.clone(), attribute_if(place == now, "step")];
    let names = &["aria-describedby", "aria-current"];
    let button = button_with("quiet", words, names, values, place == now, onclick);
    let label = el_with("p", &["class", "id"], vec!["label".into(), id], vec![text(label)]);
    el("div", "place", vec![label, button])
}

#[derive(Properties, PartialEq)]
struct StepRowProps {
    dispatch: Dispatch,
    step: Rc<Step>,
    /// Number of steps done just after this step, and number of steps done now.
    place: usize,
    now: usize,
    announce: Callback<String>,
    /// Language counter; see [`words::turn`].
    turn: u32,
}

/// The number of answers shown at first, and added with each click.
const ANSWERS: usize = 50;

/// One step. It is a component, because its answers are rendered only when they are unfolded.
#[component]
fn StepRow(props: &StepRowProps) -> Html {
    let (is_open, ontoggle) = use_unfolded();
    let shown = use_state(|| ANSWERS);
    let step = &props.step;
    let script: Vec<_> = step.echoes.iter().map(|echo| echo.line.as_str()).collect();
    let answers: Vec<_> = step.echoes.iter().filter_map(|echo| echo.answer.as_ref()).collect();
    let label = match props.place > props.now {
        true => say("{0} (undone)", &[&step.label]),
        false => step.label.clone(),
    };
    let mut parts = vec![
        place_title(&props.dispatch, &label, props.place, props.now),
        copyable(script.join("\n"), english("command"), &props.announce),
    ];
    if !answers.is_empty() {
        let summary = match answers.len() {
            1 => t("Answer of the service").to_owned(),
            count => say("{0} answers of the service", &[&count.to_string()]),
        };
        let mut content = vec![text_in("summary", "", &summary)];
        if is_open {
            content.extend(
                answers.iter().take(*shown).map(|answer| {
                    copyable(mesh_text::json::pretty(answer), english("answer"), &props.announce)
                }),
            );
            if answers.len() > *shown {
                let rest = (answers.len() - *shown).to_string();
                let more = {
                    let shown = shown.clone();
                    Callback::from(move |_: MouseEvent| shown.set(*shown + ANSWERS))
                };
                content.push(button("", &say("Show more ({0} not shown)", &[&rest]), "", more));
            }
        }
        parts.push(node(html! { <details {ontoggle}>{ *node_list(content) }</details> }));
    }
    *el("li", if props.place > props.now { "undone" } else { "" }, parts)
}
