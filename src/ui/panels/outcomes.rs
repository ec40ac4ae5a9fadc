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

/// What was told last, and of what; the outcomes are worked out when there is something to compare.
struct Before {
    world: Rc<World>,
    mesh: MeshId,
    outcomes: Option<Outcomes>,
}

/// A text that is heard, and not seen: the graph says the same to the eye.
#[component]
pub fn OutcomeTeller(props: &OutcomeProps) -> Html {
    let text = use_state(String::new);
    let before = use_mut_ref(|| None::<Before>);
    let shown = props.store.state.view.mesh.clone().map(|mesh| (props.store.shown.clone(), mesh));
    {
        let text = text.clone();
        use_effect_with(shown, move |shown| {
            let is_first = before.borrow().is_none();
            if is_first {
                // What was there when the page was opened is nobody's doing.
                let shown = shown.clone();
                *before.borrow_mut() = shown.map(|(world, mesh)| Before { world, mesh, outcomes: None });
            }
            let timer = shown.clone().filter(|_| !is_first).map(|(world, mesh)| {
                Timeout::new(PAUSE, move || {
                    let earlier = before.take();
                    let earlier = earlier.and_then(|Before { world, mesh, outcomes: known }| {
                        known.or_else(|| outcomes(&world, &mesh))
                    });
                    let now = outcomes(&world, &mesh);
                    if let Some(now) = &now {
                        text.set(told(earlier.as_ref(), now));
                    }
                    before.replace(Some(Before { world, mesh, outcomes: now }));
                })
            });
            move || drop(timer)
        });
    }
    html! { <p class="outcomes visually-hidden" role="status">{ &*text }</p> }
}
