//! Navigation in the drawing: the browser's own scrolling, dragging with a mouse, and zooming.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use mesh_text::words::{say, t};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, WheelEvent};
use yew::prelude::*;

use crate::{
    ui::components::{Node, button, button_with, el_with},
    view_model::Graph,
};

/// Minimum window width at which the side panels are beside the drawing.
const WIDE: i32 = 1100;
/// Zoom levels, in percent.
const LEVELS: [i32; 13] = [5, 10, 17, 25, 33, 50, 67, 80, 100, 125, 150, 200, 300];

/// Zoom level and visible part of the drawing.
#[derive(Clone, PartialEq)]
pub struct Zoom {
    /// Width available for the drawing, in its own units.
    pub room: i32,
    /// Zoom level, in percent.
    pub percent: i32,
    /// Range of heights, in its own units, in which a large drawing is drawn: the visible part, and more above and
    /// below.
    pub seen: (i32, i32),
    /// Sets the zoom level.
    pub set: Callback<i32>,
    place: NodeRef,
    /// Size of 16 units in CSS pixels: the text size, and so larger where text is larger than usual.
    text: i32,
}

impl Zoom {
    /// Zooms to the next level: up if `way` is positive, otherwise down.
    pub fn step(&self, way: i32) {
        let next = match way > 0 {
            true => LEVELS.iter().find(|level| **level > self.percent),
            false => LEVELS.iter().rev().find(|level| **level < self.percent),
        };
        if let Some(next) = next {
            self.set.emit(*next);
        }
    }

    /// Converts units of the drawing to a CSS length that grows with the text size, because both must be larger on a
    /// projector in a room, or for weak eyes.
    pub fn length(&self, units: i32) -> String {
        let hundredths = i64::from(units) * i64::from(self.percent) / 16;
        format!("{}.{:02}rem", hundredths / 100, hundredths % 100)
    }

    /// Returns the new value of [`Self::seen`] after the view moved. The value stays the same while the drawn part
    /// extends the view by at least half its height above and below, so that most scrolling draws nothing.
    fn seen_in(&self, place: &Element) -> (i32, i32) {
        let units = |pixels: i32| (i64::from(pixels) * 1600 / i64::from(self.percent * self.text)) as i32;
        let (at, height) = (units(place.scroll_top()), units(place.client_height()));
        let (top, bottom) = self.seen;
        let is_enough = (top <= 0 || top <= at - height / 2) && bottom >= at + height + height / 2;
        if is_enough { self.seen } else { (at - 2 * height, at + 3 * height) }
    }

    /// Scrolls a box into view. Firefox does not scroll to a part of a drawing that gets the focus.
    pub fn show(&self, shape: &Element) {
        let Some(place) = self.place.cast::<Element>() else { return };
        let (shown, room) = (shape.get_bounding_client_rect(), place.get_bounding_client_rect());
        let across = hidden((shown.left(), shown.right()), (room.left(), room.right()));
        let down = hidden((shown.top(), shown.bottom()), (room.top(), room.bottom()));
        place.set_scroll_left(place.scroll_left() + across as i32);
        place.set_scroll_top(place.scroll_top() + down as i32);
        let shown = shape.get_bounding_client_rect();
        let down = hidden((shown.top(), shown.bottom()), (0.0, f64::from(window_length(false))));
        gloo::utils::window().scroll_by_with_x_and_y(0.0, down);
    }

    /// Returns the zoom level at which the whole drawing is visible.
    fn fit(&self, drawing: &Graph) -> i32 {
        let (wide, high) = (i64::from(drawing.width.max(1)), i64::from(drawing.height.max(1)));
        let height = i64::from(window_length(false).max(640)) * 80 * 16 / 100 / i64::from(self.text);
        let percent = (i64::from(self.room) * 100 / wide).min(height * 100 / high);
        i32::try_from(percent).unwrap_or(100).clamp(5, 300)
    }
}

/// Measures the room that an element has for a drawing, and listens there for scrolling, dragging and zooming.
#[hook]
pub fn use_zoom(place: &NodeRef) -> Zoom {
    let percent = use_state_eq(|| 100);
    // Width and text size; until the element has been laid out, the width that the style sheet will leave.
    let measured = use_state_eq(|| (drawing_room(window_length(true)), 16));
    let measure = {
        let (place, measured) = (place.clone(), measured.clone());
        move || {
            let width = place.cast::<Element>().map_or(0, |place| place.client_width());
            let text = text_size();
            // In a hidden panel, the element has no width at all.
            let width = if width > 0 { width } else { drawing_room(window_length(true)) };
            measured.set((width * 16 / text, text));
        }
    };
    {
        let measure = measure.clone();
        use_effect_with((), move |()| {
            measure();
            let listener = EventListener::new(&gloo::utils::window(), "resize", move |_| measure());
            move || drop(listener)
        });
    }
    // Until the first scrolling, the first rows are drawn.
    let seen = use_state_eq(|| (0, 2 * window_length(false)));
    let set = {
        let percent = percent.clone();
        Callback::from(move |wanted: i32| percent.set(wanted.clamp(5, 300)))
    };
    let (room, text) = *measured;
    let zoom = Zoom { room, percent: *percent, seen: *seen, set, place: place.clone(), text };
    use_middle(&zoom, &seen);
    use_pan_and_zoom(&zoom, &seen);
    zoom
}

/// Keeps the same point in the middle of the view when the zoom level changes.
#[hook]
fn use_middle(zoom: &Zoom, seen: &UseStateHandle<(i32, i32)>) {
    let before = use_mut_ref(|| zoom.percent);
    let (zoom, seen) = (zoom.clone(), seen.clone());
    use_effect_with(zoom.percent, move |percent| {
        let old = before.replace(*percent);
        if let Some(place) = zoom.place.cast::<Element>().filter(|_| old != *percent) {
            let moved = |at: i32, length: i32| {
                let middle = i64::from(at) + i64::from(length) / 2;
                let middle = middle * i64::from(*percent) / i64::from(old.max(1));
                i32::try_from(middle).unwrap_or(i32::MAX) - length / 2
            };
            place.set_scroll_left(moved(place.scroll_left(), place.client_width()));
            place.set_scroll_top(moved(place.scroll_top(), place.client_height()));
            seen.set(zoom.seen_in(&place));
        }
    });
}

/// Zooms with Ctrl and the wheel, and so with a pinch on a touchpad, and scrolls when a mouse drags the space between
/// the boxes. The browser itself handles scrolling with a finger. The range of drawn heights follows the scrolling.
#[hook]
fn use_pan_and_zoom(zoom: &Zoom, seen: &UseStateHandle<(i32, i32)>) {
    let latest = use_mut_ref(|| zoom.clone());
    latest.replace(zoom.clone());
    let (place, seen) = (zoom.place.clone(), seen.clone());
    // The element exists only while there is something to draw.
    let element = use_state_eq(|| None::<HtmlElement>);
    {
        let (place, element) = (place, element.clone());
        use_effect(move || {
            element.set(place.cast::<HtmlElement>());
        });
    }
    use_effect_with((*element).clone(), move |element| {
        let listeners = element.as_ref().map(|element| {
            let options = EventListenerOptions::enable_prevent_default();
            let scroll = EventListener::new(element, "scroll", {
                let (element, latest) = (element.clone(), latest.clone());
                move |_| seen.set(latest.borrow().seen_in(&element))
            });
            let wheel = EventListener::new_with_options(element, "wheel", options, move |event| {
                let Some(wheel) = event.dyn_ref::<WheelEvent>().filter(|wheel| wheel.ctrl_key()) else {
                    return;
                };
                event.prevent_default();
                let zoom = latest.borrow().clone();
                zoom.step(if wheel.delta_y() < 0.0 { 1 } else { -1 });
            });
            (scroll, wheel, drag(element))
        });
        move || drop(listeners)
    });
}

/// Scrolls an element opposite to the movement of the mouse that drags it.
fn drag(element: &HtmlElement) -> Rc<[EventListener]> {
    let is_between = |event: &Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        target.is_some_and(|target| target.closest("[data-box]").is_ok_and(|found| found.is_none()))
    };
    let down = EventListener::new(element, "mousedown", {
        let element = element.clone();
        move |event| {
            if event.dyn_ref::<MouseEvent>().is_some_and(|mouse| mouse.button() == 0) && is_between(event) {
                let _ = element.class_list().add_1("dragged");
            }
        }
    });
    let moved = EventListener::new(&gloo::utils::window(), "mousemove", {
        let element = element.clone();
        move |event| {
            if !element.class_list().contains("dragged") {
                return;
            }
            let Some(mouse) = event.dyn_ref::<MouseEvent>() else { return };
            // The button was released outside the window.
            if mouse.buttons() & 1 == 0 {
                let _ = element.class_list().remove_1("dragged");
                return;
            }
            element.set_scroll_left(element.scroll_left() - mouse.movement_x());
            element.set_scroll_top(element.scroll_top() - mouse.movement_y());
        }
    });
    let up = EventListener::new(&gloo::utils::window(), "mouseup", {
        let element = element.clone();
        move |_| {
            let _ = element.class_list().remove_1("dragged");
        }
    });
    Rc::new([down, moved, up])
}

/// Renders the buttons that zoom out, back to 100 %, in, and to the whole drawing.
pub fn zoom_buttons(zoom: &Zoom, drawing: &Graph) -> Node {
    let to = |wanted: Callback<Zoom>| {
        let zoom = zoom.clone();
        Callback::from(move |_: MouseEvent| wanted.emit(zoom.clone()))
    };
    let fit = zoom.fit(drawing);
    let percent = zoom.percent.to_string();
    let buttons = vec![
        button("", "−", t("Smaller"), to(Callback::from(|zoom: Zoom| zoom.step(-1)))),
        button_with(
            "",
            &[&percent, " %"].concat(),
            &["aria-label"],
            vec![say("{0} %, back to 100 %", &[&percent]).into()],
            false,
            to(Callback::from(|zoom: Zoom| zoom.set.emit(100))),
        ),
        button("", "+", t("Larger"), to(Callback::from(|zoom: Zoom| zoom.step(1)))),
        button(
            "",
            t("Fit"),
            t("Fit the whole graph"),
            to(Callback::from(move |zoom: Zoom| zoom.set.emit(fit))),
        ),
    ];
    el_with(
        "div",
        &["class", "role", "aria-label"],
        vec!["zoom".into(), "group".into(), t("Size").into()],
        buttons,
    )
}

/// Returns how far to scroll so that a range becomes visible in a viewport. If the range is longer than the viewport,
/// its beginning becomes visible.
fn hidden((start, end): (f64, f64), (low, high): (f64, f64)) -> f64 {
    (start - low).min((end - high).max(0.0))
}

/// Returns the inner width or height of the window, in CSS pixels.
fn window_length(is_width: bool) -> i32 {
    let window = gloo::utils::window();
    let length = if is_width { window.inner_width() } else { window.inner_height() };
    length.ok().and_then(|length| length.as_f64()).map_or(1280, |length| length as i32)
}

/// Returns the size of the page's text in CSS pixels, usually 16; rounded up, so that nothing is drawn too wide.
fn text_size() -> i32 {
    let size = || {
        let root = gloo::utils::document().document_element()?;
        let style = gloo::utils::window().get_computed_style(&root).ok()??;
        let size = style.get_property_value("font-size").ok()?;
        let (whole, rest) =
            size.trim_end_matches("px").split_once('.').unwrap_or((size.trim_end_matches("px"), ""));
        Some(whole.parse::<i32>().ok()? + i32::from(!rest.is_empty()))
    };
    size().unwrap_or(16).clamp(8, 80)
}

/// Returns the width that the style sheet leaves for the drawing at this window width.
fn drawing_room(window: i32) -> i32 {
    if window >= 1700 {
        window - 300 - 460 - 112
    } else if window >= WIDE {
        window - 215 - 340 - 98
    } else {
        window - 42
    }
}
