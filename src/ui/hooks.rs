//! Inputs that all panels share: the store, and properties of the browser window.

use std::rc::Rc;

use gloo::events::EventListener;
use mesh_text::words;
use yew::prelude::*;

use super::effects;
use crate::{
    control_plane::Mesh,
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    playground::Playground,
    store::{AppState, Command, Refusal, Update, adopt, update},
    view_model::with_mesh_preference,
    world::World,
};

/// An action on the page's state.
pub enum StoreAction<'a> {
    /// A command.
    Run(Command),
    /// Call a function with the whole playground; the terminal and the page door use this.
    WithPlayground(&'a mut dyn FnMut(&mut Playground)),
}

impl StoreAction<'_> {
    /// Applies the action to a state, with the clock and the random numbers of this browser.
    pub fn apply(self, state: &Rc<AppState>) -> Update {
        let env = effects::env();
        match self {
            Self::Run(command) => update(state, command, &env),
            Self::WithPlayground(with) => {
                let mut playground = Playground::of_state(state.clone(), &env);
                with(&mut playground);
                adopt(state, playground.state().clone())
            }
        }
    }
}

/// The only way to change the state: a callback that runs actions.
#[derive(Clone)]
pub struct Dispatch(Rc<dyn Fn(StoreAction) -> Option<Refusal>>);

impl Dispatch {
    pub fn new(dispatch: impl Fn(StoreAction) -> Option<Refusal> + 'static) -> Self {
        Self(Rc::new(dispatch))
    }

    /// Runs a command. Returns the refusal if the command was refused.
    pub fn run(&self, command: Command) -> Option<Refusal> {
        (self.0)(StoreAction::Run(command))
    }

    /// Calls a function with the current playground and adopts the resulting state.
    pub fn with_playground(&self, mut with: impl FnMut(&mut Playground)) {
        (self.0)(StoreAction::WithPlayground(&mut with));
    }
}

impl PartialEq for Dispatch {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Rc::as_ptr(&self.0), Rc::as_ptr(&other.0))
    }
}

/// The shown snapshot, and the callback that changes the state.
#[derive(Clone, PartialEq)]
pub struct Store {
    pub state: Rc<AppState>,
    pub dispatch: Dispatch,
    /// The world to draw: the present world, or the world that the preview would produce.
    pub shown_world: Rc<World>,
    /// Language counter ([`words::turn`]). It redraws everything that has the store when the language changes.
    turn: u32,
}

impl Store {
    pub fn new(state: Rc<AppState>, dispatch: Dispatch) -> Self {
        let shown = match (&state.view.mesh, state.view.preview) {
            (Some(mesh), Some(preference)) => with_mesh_preference(&state.world, mesh, preference),
            _ => state.world.clone(),
        };
        Self { state, dispatch, shown_world: shown, turn: words::turn() }
    }

    /// Returns the shown mesh as it is drawn, including the preview.
    pub fn mesh(&self) -> Option<(MeshId, Rc<Mesh>)> {
        let id = self.state.view.mesh.clone()?;
        let mesh = self.shown_world.visible_mesh(&id)?.clone();
        Some((id, mesh))
    }

    /// Returns whether the acting account may change a resource: only if it owns the resource.
    pub fn can_change(&self, mesh: &Mesh, key: &Key) -> bool {
        mesh.get(key).is_some_and(|resource| resource.metadata.resource_owner == self.state.world.account)
    }

    /// Returns a callback that runs one command and ignores a refusal, which has already been announced.
    pub fn command_callback<E: 'static>(&self, command: Command) -> Callback<E> {
        self.commands_callback(vec![command])
    }

    /// Returns a callback that runs several commands in order and ignores refusals.
    pub fn commands_callback<E: 'static>(&self, commands: Vec<Command>) -> Callback<E> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |_| {
            for command in &commands {
                dispatch.run(command.clone());
            }
        })
    }

    /// Returns a callback that sets the preference of a mesh or of a virtual node.
    pub fn preference_callback(&self, id: ResourceId) -> Callback<Option<IpPreference>> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |preference| {
            dispatch.run(Command::SetPreference { id: id.clone(), preference });
        })
    }
}

/// Purpose of the resource dialog.
#[derive(Clone, PartialEq)]
pub enum ResourceDialogTarget {
    /// Create a resource in this mesh, initially of this kind.
    Create(Kind, MeshId),
    /// Change this resource.
    Edit(ResourceId),
}

/// Returns whether a `details` element is unfolded, and the callback for its `toggle` event. With it, the content is
/// rendered only when it is unfolded.
#[hook]
pub fn use_unfolded() -> (bool, Callback<Event>) {
    let is_open = use_state(|| false);
    let ontoggle = {
        let is_open = is_open.clone();
        Callback::from(move |event: Event| {
            let details = event.target_dyn_into::<web_sys::Element>();
            is_open.set(details.is_some_and(|details| details.has_attribute("open")));
        })
    };
    (*is_open, ontoggle)
}

/// Returns the inner width of the window in CSS pixels and follows its changes.
#[hook]
pub fn use_window_width() -> i32 {
    let read = || {
        let width = gloo::utils::window().inner_width().ok().and_then(|width| width.as_f64());
        width.map_or(1280, |width| width as i32)
    };
    let width = use_state(read);
    {
        let width = width.clone();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&gloo::utils::window(), "resize", move |_| width.set(read()));
            move || drop(listener)
        });
    }
    *width
}
