//! Tells those who listen to the page what became of all requests, after each change of the mesh shown.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::{
    model::MeshId,
    ui::hooks::Store,
    view_model::{outcomes, told},
    world::World,
};

/// How long after a change it is told, in milliseconds: after what was done has been told, and once for changes that
/// follow each other at once.
const PAUSE: u32 = 300;

#[derive(Properties, PartialEq)]
pub struct OutcomeProps {
    pub store: Store,
}

/// A text that is heard, and not seen: the graph says the same to the eye.
#[component]
pub fn OutcomeTeller(props: &OutcomeProps) -> Html {
    let text = use_state(String::new);
    // What was told last; what was there when the page was opened is nobody's doing.
    let before = use_mut_ref(|| None::<(Rc<World>, MeshId)>);
    let shown = props.store.state.view.mesh.clone().map(|mesh| (props.store.shown.clone(), mesh));
    {
        let text = text.clone();
        use_effect_with(shown, move |shown| {
            let is_first = before.borrow().is_none();
            if is_first {
                before.borrow_mut().clone_from(shown);
            }
            let timer = shown.clone().filter(|_| !is_first).map(|(world, mesh)| {
                Timeout::new(PAUSE, move || {
                    let earlier = before.replace(Some((world.clone(), mesh.clone())));
                    let earlier = earlier.and_then(|(world, mesh)| outcomes(&world, &mesh));
                    if let Some(now) = outcomes(&world, &mesh) {
                        text.set(told(earlier.as_ref(), &now));
                    }
                })
            });
            move || drop(timer)
        });
    }
    html! { <p class="outcomes visually-hidden" role="status">{ &*text }</p> }
}
