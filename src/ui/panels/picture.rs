//! The dialog *Picture*: saves the graph or the matrix as SVG, PNG or Mermaid.

use mesh_text::words::{english, say, t};
use web_sys::MouseEvent;
use yew::prelude::*;

use crate::{
    ui::{
        canvas::download_png,
        components::{
            Dialog, DialogProps, FieldNote, button, choices, copyable, el_fixed, empty_node, field, fixed,
            node_list, text, text_in,
        },
        effects,
        hooks::Store,
        later::{Panels, lazy},
    },
    view_model::{Scheme, graph, graph_picture, matrix, matrix_picture, mermaid, preference_words},
};

/// The width for which pictures are drawn, independent of the window, so that all pictures of one mesh look alike.
const WIDTH: i32 = 1000;

#[derive(Properties, PartialEq)]
pub struct PictureProps {
    pub store: Store,
    /// Whether the matrix is preselected instead of the graph.
    pub is_matrix: bool,
}

/// The button *Picture…*, with the dialog that it opens.
#[component]
pub fn PictureButton(props: &PictureProps) -> Html {
    let is_open = use_state(|| false);
    let on_open = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(true))
    };
    let PictureProps { store, is_matrix } = props;
    let on_close = {
        let is_open = is_open.clone();
        Callback::from(move |()| is_open.set(false))
    };
    html! {
        <>
            { *button("", t("Picture…"), "", on_open) }
            if *is_open { { dialog(store, *is_matrix, on_close) } }
        </>
    }
}

fn dialog(store: &Store, is_matrix: bool, on_close: Callback<()>) -> Html {
    let store = store.clone();
    lazy::<Panels>(
        move || html! { <PictureDialog store={store.clone()} {is_matrix} on_close={on_close.clone()} /> },
    )
}

#[derive(Properties, PartialEq)]
struct PictureDialogProps {
    store: Store,
    is_matrix: bool,
    on_close: Callback<()>,
}

/// The chosen options, by their index in the drop-down lists.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Choice {
    subject: usize,
    colours: usize,
    format: usize,
}

const MATRIX: usize = 1;
const DARK: usize = 1;
const PNG: usize = 1;
const MERMAID: usize = 2;

#[component]
fn PictureDialog(props: &PictureDialogProps) -> Html {
    let choice = use_state(|| Choice { subject: usize::from(props.is_matrix), colours: 0, format: 0 });
    let told = use_state(|| None::<String>);
    let Some((id, mesh)) = props.store.mesh() else { return Html::default() };
    let shown = props.store.shown_world.clone();
    let change = |set: fn(&mut Choice, usize)| {
        let choice = choice.clone();
        Callback::from(move |index: usize| {
            let mut changed = *choice;
            set(&mut changed, index);
            choice.set(changed);
        })
    };
    let words = |words: &[&'static str]| words.iter().map(|words| t(words).to_owned()).collect::<Vec<_>>();
    let is_mermaid = choice.format == MERMAID;
    let formats = words(&[
        english("SVG, for documents and pages"),
        english("PNG, for slides and messages"),
        english("Mermaid, for wikis and issues"),
    ]);
    let format =
        choices("picture-format", formats, choice.format, change(|choice, index| choice.format = index));
    let mut parts = vec![field("picture-format", t("Format"), FieldNote::new(None, ""), format)];
    if is_mermaid {
        let chart = mermaid(&graph(&shown.environment, &mesh, WIDTH));
        let told = told.clone();
        parts.push(copyable(
            chart,
            english("Mermaid text"),
            &Callback::from(move |text| told.set(Some(text))),
        ));
    } else {
        let subjects = words(&[english("The graph"), english("The matrix")]);
        let change_subject = change(|choice, index| choice.subject = index);
        let subject = choices("picture-subject", subjects, choice.subject, change_subject);
        parts.push(field("picture-subject", t("Picture of"), FieldNote::new(None, ""), subject));
        let colours = words(&[english("Light"), english("Dark")]);
        let change_colours = change(|choice, index| choice.colours = index);
        let colours = choices("picture-colours", colours, choice.colours, change_colours);
        parts.push(field("picture-colours", t("Colours"), FieldNote::new(None, ""), colours));
    }
    let note = told.as_ref().map_or_else(empty_node, |told| text(told));
    parts.push(el_fixed("p", const { &[fixed("role", "status"), fixed("class", "hint")] }, vec![note]));
    let save = {
        let (choice, told) = (*choice, told.clone());
        move |()| {
            let preference = preference_words(crate::resolve::mesh_preference(&mesh));
            let title = say("Mesh {0}, {1}", &[&id.name, preference]);
            let scheme = if choice.colours == DARK { Scheme::Dark } else { Scheme::Light };
            let drawing = || graph(&shown.environment, &mesh, WIDTH);
            let svg = || match choice.subject {
                MATRIX => matrix_picture(&matrix(&shown.environment, &mesh), &title, scheme),
                _ => graph_picture(&drawing(), &title, scheme),
            };
            let what = if choice.subject == MATRIX { "-matrix" } else { "-graph" };
            let file = |ending: &str| [&id.name, what, ending].concat();
            let told = told.clone();
            let tell = move |is_done: bool, name: &str| {
                told.set(Some(match is_done {
                    true => say("Saved as {0}", &[name]),
                    false => t("The browser did not make this picture: save it as SVG").to_owned(),
                }));
            };
            match choice.format {
                MERMAID => {
                    let name = [&*id.name, ".mmd"].concat();
                    effects::download(&name, &mermaid(&drawing()));
                    tell(true, &name);
                }
                PNG => {
                    let name = file(".png");
                    download_png(&name.clone(), &svg(), move |is_done| tell(is_done, &name));
                }
                _ => {
                    let name = file(".svg");
                    effects::download(&name, &svg());
                    tell(true, &name);
                }
            }
        }
    };
    let props = DialogProps {
        title: t("Picture").into(),
        class: "",
        children: *node_list(vec![
            text_in("p", "hint", t("As the mesh is shown now, a preview included.")),
            node_list(parts),
        ]),
        close: t("Close"),
        submit: (t("Save file"), "primary"),
        is_idle: false,
        on_submit: Callback::from(save),
        on_close: props.on_close.clone(),
    };
    html! { <Dialog ..props /> }
}
