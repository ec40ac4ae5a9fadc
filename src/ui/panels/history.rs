//! What was done: each step with the lines that do the same and the service's answers.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    store::Step,
    terminal,
    ui::{
        components::{Node, all, copyable, el, el_fixed, fixed, node, text_in},
        hooks::Store,
    },
    words::{self, english, say, t},
};

/// How many steps are shown; the rest is kept all the same.
const SHOWN: usize = 50;

/// The steps, the newest first.
pub fn history_panel(store: &Store, announce: &Callback<String>) -> Node {
    let history = &store.state.history;
    let done = history.done();
    let mut parts = vec![text_in("h2", "", t("History"))];
    if done.is_empty() && history.undone().is_empty() {
        let hint = t("Everything you do appears here as the aws appmesh line that does the same.");
        parts.push(text_in("p", "empty", hint));
    }
    let undone =
        history.undone().iter().map(|step| text_in("li", "undone", &say("{0} (undone)", &[&step.label])));
    let rows = done.iter().enumerate().rev().take(SHOWN).map(|(index, step)| {
        node(html! { <StepRow key={index} step={step.clone()} announce={announce.clone()} turn={words::turn()} /> })
    });
    parts.push(el("ol", "", undone.chain(rows).collect()));
    if done.len() > SHOWN {
        parts.push(text_in(
            "p",
            "hint",
            &say("{0} earlier steps are not shown.", &[&(done.len() - SHOWN).to_string()]),
        ));
    }
    el_fixed("section", const { &[fixed("class", "panel history"), fixed("aria-label", "History")] }, parts)
}

#[derive(Properties, PartialEq)]
struct StepRowProps {
    step: Rc<Step>,
    announce: Callback<String>,
    /// Of the language; see [`words::turn`].
    turn: u32,
}

/// One step. Its answers are made only when they are looked at, which is why this is a component.
#[component]
fn StepRow(props: &StepRowProps) -> Html {
    let is_open = use_state(|| false);
    let step = &props.step;
    let script: Vec<_> = step.echoes.iter().map(|echo| echo.line.as_str()).collect();
    let answers: Vec<_> = step.echoes.iter().filter_map(|echo| echo.answer.as_ref()).collect();
    let ontoggle = {
        let is_open = is_open.clone();
        Callback::from(move |event: Event| {
            let details = event.target_dyn_into::<web_sys::Element>();
            is_open.set(details.is_some_and(|details| details.has_attribute("open")));
        })
    };
    let mut parts = vec![
        text_in("p", "label", &step.label),
        copyable(script.join("\n"), english("command"), &props.announce),
    ];
    if !answers.is_empty() {
        let summary = match answers.len() {
            1 => t("Answer of the service").to_owned(),
            count => say("{0} answers of the service", &[&count.to_string()]),
        };
        let mut content = vec![text_in("summary", "", &summary)];
        if *is_open {
            content.extend(
                answers
                    .iter()
                    .map(|answer| copyable(terminal::pretty(answer), english("answer"), &props.announce)),
            );
        }
        parts.push(node(html! { <details {ontoggle}>{ *all(content) }</details> }));
    }
    *el("li", "", parts)
}
