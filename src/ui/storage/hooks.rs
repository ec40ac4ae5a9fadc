//! Notifies the page of changes of the storage, and saves when the page closes.

use std::{cell::RefCell, rc::Rc};

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::StorageEvent;
use yew::prelude::*;

use super::{Session, with_session};
use crate::{projects, store::Command, ui::hooks::Dispatch};

/// The visible page, and commands queued before it was shown.
#[derive(Default)]
struct CommandQueue {
    run: Option<Rc<dyn Fn(Command)>>,
    waiting: Vec<Command>,
}

thread_local! {
    static COMMAND_QUEUE: RefCell<CommandQueue> = RefCell::default();
}

/// Runs a command in the page as soon as it is shown.
pub(super) fn send(command: Command) {
    let run = COMMAND_QUEUE.with_borrow(|shown| shown.run.clone());
    match run {
        Some(run) => run(command),
        None => COMMAND_QUEUE.with_borrow_mut(|shown| shown.waiting.push(command)),
    }
}

/// Listens to changes by other tabs and restores from the vault, and saves unsaved changes when the page closes.
/// `show` redraws the page.
#[hook]
pub fn use_other_tabs(dispatch: &Dispatch, show: impl Fn() + Clone + 'static) {
    let dispatch = dispatch.clone();
    use_effect_with((), move |()| {
        let window = gloo::utils::window();
        let run: Rc<dyn Fn(Command)> = {
            let (dispatch, show) = (dispatch.clone(), show.clone());
            Rc::new(move |command| {
                dispatch.run(command);
                show();
            })
        };
        let waiting = COMMAND_QUEUE.with_borrow_mut(|shown| {
            shown.run = Some(run.clone());
            std::mem::take(&mut shown.waiting)
        });
        waiting.into_iter().for_each(|command| run(command));
        let look = {
            let show = show.clone();
            move || {
                if let Some(command) = with_session(Session::follow_other_tabs) {
                    dispatch.run(command);
                }
                show();
            }
        };
        let stored = {
            let look = look.clone();
            EventListener::new(&window, "storage", move |event| {
                let key = event.dyn_ref::<StorageEvent>().and_then(StorageEvent::key);
                // Without a key, everything was cleared.
                if key.is_none_or(|key| key.starts_with(projects::PREFIX)) {
                    look();
                }
            })
        };
        // The page closes, or resumes after it was frozen and missed events.
        let shown = ["pagehide", "pageshow"].map(|name| {
            let look = look.clone();
            EventListener::new(&window, name, move |_| look())
        });
        let seen = EventListener::new(&gloo::utils::document(), "visibilitychange", move |_| look());
        move || drop((stored, shown, seen))
    });
}
