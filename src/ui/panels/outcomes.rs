//! Tells those who listen to the page what became of all requests, after each change of the mesh shown.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::{
    model::MeshId,
    ui::hooks::Store,
    view_model::{Outcomes, outcomes, told},
    world::World,
};

/// How long after a change it is told, in milliseconds: after what was done has been told, and once for changes that
/// follow each other at once.
const PAUSE: u32 = 300;

#[derive(Properties, PartialEq)]
pub struct OutcomeProps {
    pub store: Store,
}

/// What was told last, and of what.
#[derive(Default)]
struct Before {
    shown: Option<(Rc<World>, MeshId)>,
    outcomes: Option<Outcomes>,
}

/// A text that is heard, and not seen: the graph says the same to the eye.
#[component]
pub fn OutcomeTeller(props: &OutcomeProps) -> Html {
    let text = use_state(String::new);
    let before = use_mut_ref(Before::default);
    let shown = props.store.state.view.mesh.clone().map(|mesh| (props.store.shown.clone(), mesh));
    {
        let text = text.clone();
        use_effect_with(shown, move |shown| {
            let timer = shown.clone().map(|(world, mesh)| {
                Timeout::new(PAUSE, move || {
                    let mut before = before.borrow_mut();
                    // What was there when the page was opened is nobody's doing.
                    let is_first = before.shown.is_none();
                    let now = outcomes(&world, &mesh);
                    if let (false, Some(now)) = (is_first, &now) {
                        text.set(told(before.outcomes.as_ref(), now));
                    }
                    *before = Before { shown: Some((world, mesh)), outcomes: now };
                })
            });
            move || drop(timer)
        });
    }
    html! { <p class="outcomes visually-hidden" role="status">{ &*text }</p> }
}
