//! The page embedded in another page: one panel, and a bar with a link to the whole page.

use std::rc::Rc;

use gloo::utils::window;
use mesh_text::words::t;
use yew::prelude::*;

use super::{
    components::{el, el_fixed, empty_node, fixed, node, text_in},
    hooks::Store,
    later::{Terminal, lazy},
    panels::{GraphPanel, TerminalPanel, matrix_panel, preference_switch},
    visit,
};
use crate::{
    embed::{EmbedOptions, EmbedView},
    share::Route,
    store::AppState,
};

/// Renders the embedded page. `announced` is the last announcement, shown as visible text in the bar.
pub fn embedded(store: &Store, embed: &Rc<EmbedOptions>, announced: &str) -> Html {
    let content = match embed.view {
        EmbedView::Matrix => matrix_panel(store),
        EmbedView::Terminal => {
            let store = store.clone();
            let dock = lazy::<Terminal>(move || html! { <TerminalPanel store={store.clone()} /> });
            el("section", "panel dock open", vec![node(dock)])
        }
        EmbedView::Graph | EmbedView::Lesson => node(html! { <GraphPanel store={store.clone()} /> }),
    };
    let switch = if embed.view == EmbedView::Terminal { empty_node() } else { preference_switch(store) };
    let mut hints = embed.hints.clone();
    if embed.view == EmbedView::Lesson {
        hints.push(t("There are no lessons yet: the graph is shown instead.").to_owned());
    }
    let hints = hints.iter().map(|hint| text_in("p", "hint", hint)).collect();
    let state = store.state.clone();
    let bar = vec![
        text_in("strong", "", t("Mesh Playground")),
        if embed.is_readonly { text_in("span", "badge", t("Read-only")) } else { empty_node() },
        text_in("span", "said", announced),
        node(html! { <InFull key={mesh_text::words::turn()} {state} /> }),
    ];
    let heading = text_in("h1", "visually-hidden", t("Mesh Playground"));
    let values = const { &[fixed("id", "main"), fixed("tabindex", "-1")] };
    html! {
        <div class="embedded">
            { *el_fixed("main", values, vec![heading, switch, content, el("div", "", hints)]) }
            { *el("footer", "embed-bar", bar) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct InFullProps {
    pub state: Rc<AppState>,
}

/// Target of the link *Open in full*.
#[derive(Clone, PartialEq)]
enum FullPageLink {
    /// Address of the whole page with everything that was done here.
    Open(String),
    /// Address to copy, because the frame may not open tabs.
    Blocked(String),
    /// Reason why there is no address.
    Unavailable(String),
}

/// Link *Open in full*: opens the whole page, with everything that was done here, in a new tab.
#[component]
pub fn InFull(props: &InFullProps) -> Html {
    let way = use_state(|| FullPageLink::Open(visit::page()));
    {
        let way = way.clone();
        use_effect_with(props.state.clone(), move |state| {
            visit::create_link(state, move |link| {
                way.set(match link {
                    Ok(link) => {
                        FullPageLink::Open([&*visit::page(), &Route::Link(&link).fragment()].concat())
                    }
                    Err(error) => FullPageLink::Unavailable(error.to_string()),
                });
            });
        });
    }
    match &*way {
        FullPageLink::Unavailable(reason) => *text_in("span", "hint", reason),
        FullPageLink::Blocked(address) => html! {
            <label class="hint">{ t("The page around this one lets it open nothing. Copy the address: ") }
                <input type="text" readonly={true} value={address.clone()} /></label>
        },
        FullPageLink::Open(address) => {
            let onclick = {
                let (way, address) = (way.clone(), address.clone());
                Callback::from(move |event: MouseEvent| {
                    // A frame without permission to open tabs would silently ignore the click.
                    if matches!(window().open_with_url_and_target(&address, "_blank"), Ok(None) | Err(_)) {
                        way.set(FullPageLink::Blocked(address.clone()));
                    }
                    event.prevent_default();
                })
            };
            html! { <a href={address.clone()} target="_blank" {onclick}>{ t("Open in full") }</a> }
        }
    }
}
