//! What every panel is given: the store, and what the browser window is like.

use std::rc::Rc;

use gloo::events::EventListener;
use yew::prelude::*;

use super::effects;
use crate::{
    control_plane::Mesh,
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    playground::Playground,
    store::{AppState, Command, Refusal, Update, adopt, update},
    view_model::with_mesh_preference,
    words,
    world::World,
};

/// What is asked of the page's state.
pub enum Act<'a> {
    /// A command.
    Do(Command),
    /// Something that works with a whole playground: the terminal.
    Play(&'a mut dyn FnMut(&mut Playground)),
}

impl Act<'_> {
    /// What comes of it in a state, with the clock and chance of this browser.
    pub fn answer(self, state: &Rc<AppState>) -> Update {
        let env = effects::env();
        match self {
            Self::Do(command) => update(state, command, &env),
            Self::Play(with) => {
                let mut playground = Playground::of_state(state.clone(), &env);
                with(&mut playground);
                adopt(state, playground.state().clone())
            }
        }
    }
}

/// The one way to change anything.
#[derive(Clone)]
pub struct Dispatch(Rc<dyn Fn(Act) -> Option<Refusal>>);

impl Dispatch {
    pub fn new(dispatch: impl Fn(Act) -> Option<Refusal> + 'static) -> Self {
        Self(Rc::new(dispatch))
    }

    /// Runs a command; why it was refused, if it was.
    pub fn run(&self, command: Command) -> Option<Refusal> {
        (self.0)(Act::Do(command))
    }

    /// Lets something work with the playground as it is now, and goes on with what it makes of it.
    pub fn play(&self, mut with: impl FnMut(&mut Playground)) {
        (self.0)(Act::Play(&mut with));
    }
}

impl PartialEq for Dispatch {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Rc::as_ptr(&self.0), Rc::as_ptr(&other.0))
    }
}

/// The snapshot shown, and the way to change it.
#[derive(Clone, PartialEq)]
pub struct Store {
    pub state: Rc<AppState>,
    pub dispatch: Dispatch,
    /// The world to draw: the present one, or the one a preview would make.
    pub shown: Rc<World>,
    /// Draws all anew that has the store, when the language changes.
    turn: u32,
}

impl Store {
    pub fn new(state: Rc<AppState>, dispatch: Dispatch) -> Self {
        let shown = match (&state.view.mesh, state.view.preview) {
            (Some(mesh), Some(preference)) => with_mesh_preference(&state.world, mesh, preference),
            _ => state.world.clone(),
        };
        Self { state, dispatch, shown, turn: words::turn() }
    }

    /// The mesh shown, as it is drawn.
    pub fn mesh(&self) -> Option<(MeshId, Rc<Mesh>)> {
        let id = self.state.view.mesh.clone()?;
        let mesh = self.shown.visible_mesh(&id)?.clone();
        Some((id, mesh))
    }

    /// Whether the acting account may change a resource: only what it made itself.
    pub fn may_change(&self, mesh: &Mesh, key: &Key) -> bool {
        mesh.get(key).is_some_and(|resource| resource.metadata.resource_owner == self.state.world.account)
    }

    /// A callback that runs one command, and forgets a refusal: it has been announced.
    pub fn on<E: 'static>(&self, command: Command) -> Callback<E> {
        self.on_all(vec![command])
    }

    /// The same for several commands, in order.
    pub fn on_all<E: 'static>(&self, commands: Vec<Command>) -> Callback<E> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |_| {
            for command in &commands {
                dispatch.run(command.clone());
            }
        })
    }

    /// A callback that sets the preference of a mesh or of a virtual node.
    pub fn on_preference(&self, id: ResourceId) -> Callback<Option<IpPreference>> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |preference| {
            dispatch.run(Command::SetPreference { id: id.clone(), preference });
        })
    }
}

/// What the dialog of resources is for.
#[derive(Clone, PartialEq)]
pub enum Target {
    /// A new resource, of this kind to begin with, in this mesh.
    Create(Kind, MeshId),
    /// The resource to change.
    Edit(ResourceId),
}

/// Whether a `details` element is unfolded, and what it calls when that changes: for contents made only then.
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

/// The inner width of the window, in CSS pixels, kept up to date.
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
