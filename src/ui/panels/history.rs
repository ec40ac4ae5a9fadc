//! What was done: each step with the lines that do the same and the service's answers.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    store::Step,
    ui::{components::copyable, hooks::Store},
};

/// How many steps are shown; the rest is kept all the same.
const SHOWN: usize = 50;

/// The steps, the newest first.
pub fn history_panel(store: &Store, announce: &Callback<String>) -> Html {
    let history = &store.state.history;
    let done = history.done();
    html! {
        <section class="panel history" aria-label="History">
            <h2>{ "History" }</h2>
            if done.is_empty() && history.undone().is_empty() {
                <p class="empty">{ "Everything you do appears here as the aws appmesh line that does the same." }</p>
            }
            <ol reversed={true}>
                { for history.undone().iter().map(|step| html! {
                    <li class="undone">{ &step.label }{ " (undone)" }</li>
                }) }
                { for done.iter().enumerate().rev().take(SHOWN).map(|(index, step)| html! {
                    <StepRow key={index} step={step.clone()} announce={announce.clone()} />
                }) }
            </ol>
            if done.len() > SHOWN {
                <p class="hint">{ format!("{} earlier steps are not shown.", done.len() - SHOWN) }</p>
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct StepRowProps {
    step: Rc<Step>,
    announce: Callback<String>,
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
    html! {
        <li>
            <p class="label">{ &step.label }</p>
            { copyable(script.join("\n"), "command", &props.announce) }
            if !answers.is_empty() {
                <details {ontoggle}>
                    <summary>{ if answers.len() == 1 { "Answer of the service".to_owned() } else { format!("{} answers of the service", answers.len()) } }</summary>
                    if *is_open {
                        { for answers.iter().map(|answer| copyable(super::inspector::pretty(answer), "answer", &props.announce)) }
                    }
                </details>
            }
        </li>
    }
}
