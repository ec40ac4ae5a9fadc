//! Announces the outcomes of all requests to screen readers, after each change of the shown mesh.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::{
    model::MeshId,
    ui::hooks::Store,
    view_model::{Outcomes, outcomes, outcomes_summary},
    world::World,
};

/// Delay between a change and its announcement, in milliseconds: the announcement of the action comes first, and
/// changes that follow each other immediately are announced once.
const PAUSE: u32 = 300;

#[derive(Properties, PartialEq)]
pub struct OutcomeProps {
    pub store: Store,
}

/// The world and mesh of the last announcement. The outcomes are computed when there is something to compare.
struct LastAnnouncement {
    world: Rc<World>,
    mesh: MeshId,
    outcomes: Option<Outcomes>,
}

/// Text for screen readers only; the graph shows the same information visually.
#[component]
pub fn OutcomeAnnouncer(props: &OutcomeProps) -> Html {
    let text = use_state(String::new);
    let before = use_mut_ref(|| None::<LastAnnouncement>);
    let shown = props.store.state.view.mesh.clone().map(|mesh| (props.store.shown_world.clone(), mesh));
    {
        let text = text.clone();
        use_effect_with(shown, move |shown| {
            let is_first = before.borrow().is_none();
            if is_first {
                // The state when the page was opened is not a change, so it is not announced.
                let shown = shown.clone();
                *before.borrow_mut() =
                    shown.map(|(world, mesh)| LastAnnouncement { world, mesh, outcomes: None });
            }
            let timer = shown.clone().filter(|_| !is_first).map(|(world, mesh)| {
                Timeout::new(PAUSE, move || {
                    let earlier = before.take();
                    let earlier = earlier.and_then(|LastAnnouncement { world, mesh, outcomes: known }| {
                        known.or_else(|| outcomes(&world, &mesh))
                    });
                    let now = outcomes(&world, &mesh);
                    if let Some(now) = &now {
                        text.set(outcomes_summary(earlier.as_ref(), now));
                    }
                    before.replace(Some(LastAnnouncement { world, mesh, outcomes: now }));
                })
            });
            move || drop(timer)
        });
    }
    html! { <p class="outcomes visually-hidden" role="status">{ &*text }</p> }
}
