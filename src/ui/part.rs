//! One panel of the page alone, showing states that come from outside.
//!
//! `make bench` measures the very components of the page by it, without what it takes to make the states. The page itself
//! has no use for it, so nothing of it is downloaded.

use std::{cell::RefCell, rc::Rc};

use web_sys::Element;
use yew::{AppHandle, prelude::*};

use super::{
    hooks::{Dispatch, Store},
    panels::{GraphPanel, ResourcesPanel},
};
use crate::store::AppState;

/// The panels that can be alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Meshes and what is in them.
    Resources,
    /// The mesh, drawn.
    Graph,
}

/// A panel alone, in an element of the document.
pub struct Alone {
    state: Rc<RefCell<Rc<AppState>>>,
    handle: AppHandle<Frame>,
}

impl Alone {
    /// Shows a panel with a state in this element.
    pub fn mount(root: Element, part: Part, state: Rc<AppState>) -> Self {
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
    part: Part,
    state: Rc<RefCell<Rc<AppState>>>,
}

/// What the page is around a panel: it holds the state and hears commands.
struct Frame {
    dispatch: Dispatch,
    nowhere: Callback<Option<super::hooks::Target>>,
}

impl Component for Frame {
    type Message = ();
    type Properties = FrameProps;

    fn create(ctx: &Context<Self>) -> Self {
        let (held, link) = (ctx.props().state.clone(), ctx.link().clone());
        let dispatch = Dispatch::new(move |act| {
            let state = held.borrow().clone();
            let update = act.answer(&state);
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
            Part::Resources => html! { <ResourcesPanel {store} on_target={self.nowhere.clone()} /> },
            Part::Graph => html! { <GraphPanel {store} /> },
        }
    }
}
