//! The dialog *Share*: the link, its QR code for an audience in a room, the code to embed it, and a file if the
//! playground is too large for a link.

use std::rc::Rc;

use mesh_text::words::{english, say, t};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::{
    document,
    embed::{EmbedOptions, EmbedView},
    share::{self, Qr, Route},
    ui::{
        components::{
            Dialog, DialogProps, FieldNote, Node, alert, button, checkbox, choices, copy_button, el, field,
            node, node_list, text_in,
        },
        effects::{self, Theme},
        hooks::Store,
        visit,
    },
};

#[derive(Properties, PartialEq)]
pub struct ShareProps {
    pub store: Store,
    pub announce: Callback<String>,
    pub on_close: Callback<()>,
}

/// The dialog *Share*.
pub struct ShareDialog {
    /// Options of the embedded page.
    embed: EmbedOptions,
    /// Element of the QR code, which can be shown on the whole screen.
    code: NodeRef,
}

/// An action in the dialog.
pub enum Msg {
    Face(usize),
    Theme(usize),
    ReadOnly(bool),
    WholeScreen,
}

impl Component for ShareDialog {
    type Message = Msg;
    type Properties = ShareProps;

    fn create(ctx: &Context<Self>) -> Self {
        let is_matrix = ctx.props().store.state.view.panel == crate::store::Panel::Matrix;
        let face = if is_matrix { EmbedView::Matrix } else { EmbedView::Graph };
        Self { embed: EmbedOptions { view: face, ..EmbedOptions::default() }, code: NodeRef::default() }
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Face(at) => self.embed.view = SHARED_FACES.get(at).copied().unwrap_or_default(),
            Msg::Theme(at) => {
                self.embed.theme =
                    at.checked_sub(1).and_then(|at| Theme::ALL.get(at)).map(|theme| theme.as_str())
            }
            Msg::ReadOnly(is_readonly) => self.embed.is_readonly = is_readonly,
            Msg::WholeScreen => self.show_whole_screen(),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let ShareProps { store, announce, on_close } = ctx.props();
        let mut parts = match share::link(&store.state) {
            Err(error) => vec![alert(&error.to_string())],
            Ok(link) => {
                let fragment = Route::Link(&link).fragment();
                let address = [&*visit::page(), &fragment].concat();
                vec![
                    text_field(
                        "share-link",
                        t("Link"),
                        &link_note(&address),
                        &address,
                        english("link"),
                        announce,
                    ),
                    self.qr_part(&address, ctx),
                    self.embed_part(&fragment, ctx),
                ]
            }
        };
        parts.push(file_part());
        let props = DialogProps {
            title: t("Share").into(),
            class: "wide share",
            children: *node_list(parts),
            close: t("Done"),
            submit: (t("Download as file"), ""),
            is_idle: false,
            on_submit: download(store),
            on_close: on_close.clone(),
        };
        html! { <Dialog ..props /> }
    }
}

/// The panels that can be embedded so far.
const SHARED_FACES: [EmbedView; 3] = [EmbedView::Graph, EmbedView::Matrix, EmbedView::Terminal];

impl ShareDialog {
    fn qr_part(&self, address: &str, ctx: &Context<Self>) -> Node {
        let legend = text_in("h3", "", t("QR code"));
        let Some(code) = share::qr(address) else {
            let words = t("The link is too long for a QR code. Share the link, or download the file.");
            return el("section", "qr", vec![legend, text_in("p", "hint", words)]);
        };
        let show = button(
            "",
            t("Whole screen"),
            t("Show the QR code on the whole screen"),
            ctx.link().callback(|_| Msg::WholeScreen),
        );
        let drawn = drawn(&code, self.code.clone());
        el("section", "qr", vec![legend, drawn, show])
    }

    fn embed_part(&self, fragment: &str, ctx: &Context<Self>) -> Node {
        let link = ctx.link();
        let faces = vec![t("Graph").to_owned(), t("Matrix").to_owned(), t("Terminal").to_owned()];
        let face = SHARED_FACES.iter().position(|face| *face == self.embed.view).unwrap_or_default();
        let mut themes = vec![t("As the page around it").to_owned()];
        themes.extend(Theme::ALL.iter().map(|theme| theme.words().to_owned()));
        let theme = Theme::ALL.iter().position(|theme| Some(theme.as_str()) == self.embed.theme);
        let theme = theme.map_or(0, |at| at + 1);
        let row = vec![
            field(
                "share-face",
                t("Shows"),
                FieldNote::None,
                choices("share-face", faces, face, link.callback(Msg::Face)),
            ),
            field(
                "share-theme",
                t("Colours"),
                FieldNote::None,
                choices("share-theme", themes, theme, link.callback(Msg::Theme)),
            ),
            checkbox(t("Read-only"), self.embed.is_readonly, &link.callback(Msg::ReadOnly)),
        ];
        let code = share::embed_code(&visit::page(), &self.embed.query(), fragment, t("Mesh Playground"));
        let hint = t(
            "HTML for a course page or a wiki. The frame has no storage, and nothing of the page around it.",
        );
        let announce = &ctx.props().announce;
        let parts = vec![
            text_in("h3", "", t("Embed")),
            el("div", "row", row),
            text_field("share-embed", t("Embed code"), hint, &code, english("embed code"), announce),
        ];
        el("section", "", parts)
    }

    fn show_whole_screen(&self) {
        let code = self.code.get().and_then(|code| code.dyn_into::<HtmlElement>().ok());
        // If the browser does not support it, the code keeps its size.
        let _ = code.map(|code| code.request_fullscreen());
    }
}

/// Returns a note on the length of the link and what that means.
fn link_note(address: &str) -> String {
    let count = address.len().to_string();
    if address.len() <= 2_000 {
        say(
            "{0} characters. It holds the whole playground and what you look at; nothing is sent to a server.",
            &[&count],
        )
    } else {
        say(
            "{0} characters: some messengers cut links as long as that. Try it, or download the file.",
            &[&count],
        )
    }
}

/// Renders a text to copy; the text is selected when it gets the focus.
fn text_field(
    id: &'static str,
    label: &str,
    hint: &str,
    value: &str,
    what: &'static str,
    announce: &Callback<String>,
) -> Node {
    let onfocus = Callback::from(|event: FocusEvent| {
        if let Some(area) = event.target_dyn_into::<web_sys::HtmlTextAreaElement>() {
            area.select();
        }
    });
    let area = node(html! {
        <textarea {id} rows="3" readonly={true} spellcheck="false" {onfocus} value={value.to_owned()}
            aria-describedby={format!("{id}-note")} />
    });
    let copy = copy_button(value.to_owned(), what, announce);
    el("div", "copied", vec![field(id, label, FieldNote::Hint(hint), area), copy])
}

/// Renders the code with its quiet zone, dark on light in every theme, because code readers need that.
fn drawn(code: &Qr, whole: NodeRef) -> Node {
    let view_box = format!("0 0 {0} {0}", code.size);
    node(html! {
        <div class="qr-code" ref={whole}>
            <svg viewBox={view_box} role="img" aria-label={t("QR code of the link")} shape-rendering="crispEdges">
                <rect width="100%" height="100%" fill="#fff" />
                <path d={code.path.clone()} fill="#000" />
            </svg>
        </div>
    })
}

fn file_part() -> Node {
    let words =
        t("The file holds the playground without what you look at. Open… reads it on any copy of this page.");
    text_in("p", "hint", words)
}

fn download(store: &Store) -> Callback<()> {
    let world = Rc::clone(&store.state.world);
    Callback::from(move |()| effects::download("mesh-playground.json", &document::save(&world)))
}
