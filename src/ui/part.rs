//! A single panel of the page that shows states supplied from outside.
//!
//! `make bench` uses it to measure the page's actual components without the work that creates the states. The page
//! itself does not use this module, so visitors download nothing of it.

use std::{cell::RefCell, rc::Rc};

use web_sys::Element;
use yew::{AppHandle, prelude::*};

use super::{
    hooks::{Dispatch, Store},
    panels::{GraphPanel, ResourcesPanel},
};
use crate::store::AppState;

/// A panel that can be rendered alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandalonePanel {
    /// The resources panel: meshes and their resources.
    Resources,
    /// The graph panel: a drawing of the mesh.
    Graph,
}

/// A panel rendered alone in an element of the document.
pub struct MountedPanel {
    state: Rc<RefCell<Rc<AppState>>>,
    handle: AppHandle<Frame>,
}

impl MountedPanel {
    /// Renders a panel with a state into this element.
    pub fn mount(root: Element, part: StandalonePanel, state: Rc<AppState>) -> Self {
        let state = Rc::new(RefCell::new(state));
        let props = FrameProps { part, state: state.clone() };
        Self { state, handle: yew::Renderer::<Frame>::with_root_and_props(root, props).render() }
    }

    /// Shows another state.
    pub fn show(&self, state: Rc<AppState>) {
        self.state.replace(state);
        self.handle.send_message(());
    }
}

#[derive(Properties, PartialEq)]
struct FrameProps {
    part: StandalonePanel,
    state: Rc<RefCell<Rc<AppState>>>,
}

/// Replacement for the page around a panel: holds the state and runs commands.
struct Frame {
    dispatch: Dispatch,
    nowhere: Callback<Option<super::hooks::ResourceDialogTarget>>,
}

impl Component for Frame {
    type Message = ();
    type Properties = FrameProps;

    fn create(ctx: &Context<Self>) -> Self {
        let (held, link) = (ctx.props().state.clone(), ctx.link().clone());
        let dispatch = Dispatch::new(move |act| {
            let state = held.borrow().clone();
            let update = act.apply(&state);
            held.replace(update.state);
            link.send_message(());
            update.refusal
        });
        Self { dispatch, nowhere: Callback::noop() }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let FrameProps { part, state } = ctx.props();
        let store = Store::new(state.borrow().clone(), self.dispatch.clone());
        match part {
            StandalonePanel::Resources => {
                html! { <ResourcesPanel {store} on_target={self.nowhere.clone()} /> }
            }
            StandalonePanel::Graph => html! { <GraphPanel {store} /> },
        }
    }
}
