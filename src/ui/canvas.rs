//! Converts the page's own pictures from SVG to PNG, shape by shape.
//!
//! A browser draws an SVG on a canvas only as an image. An image needs an address, and the page's policy allows no
//! address that was generated for it. So this module inserts the SVG into the page for a moment, visually hidden, and
//! draws each shape with the style that the browser computes for it. It supports the shapes that `view_model::picture`
//! writes: `rect`, `circle`, `path` and `text`.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, Element};

use super::effects::offer;

/// Longest side, in pixels, of a canvas that every browser supports.
const MOST_PIXELS: f64 = 16_000.0;

/// Draws an SVG at twice its size and offers it as a PNG file. Calls `done` with whether that succeeded.
pub fn download_png(name: &str, svg: &str, done: impl Fn(bool) + Clone + 'static) {
    let made = Closure::once_into_js({
        let (name, done) = (name.to_owned(), done.clone());
        move |blob: JsValue| {
            let blob = blob.dyn_into::<Blob>();
            if let Ok(blob) = &blob {
                offer(&name, blob);
            }
            done(blob.is_ok());
        }
    });
    if drawn(svg).and_then(|canvas| call(&canvas, "toBlob", &[made])).is_err() {
        done(false);
    }
}

/// Returns a canvas with an SVG drawn on it.
fn drawn(svg: &str) -> Result<JsValue, JsValue> {
    let (before, rest) = svg.split_once("<style>").ok_or(JsValue::NULL)?;
    let (style, after) = rest.split_once("</style>").ok_or(JsValue::NULL)?;
    let document = gloo::utils::document();
    let place = document.create_element("div")?;
    place.set_class_name("visually-hidden");
    gloo::utils::body().append_child(&place)?;
    let draw = || {
        // The page's style sheet does not apply inside a shadow root, and a style sheet built by script is not inline.
        let options = js_sys::Object::new();
        set(&options, "mode", "open")?;
        let root = call(&place, "attachShadow", &[options.into()])?;
        let sheet = new("CSSStyleSheet", &[])?;
        call(&sheet, "replaceSync", &[[style, "*{forced-color-adjust:none}"].concat().into()])?;
        set(&root, "adoptedStyleSheets", Array::of1(&sheet))?;
        set(&root, "innerHTML", [before, after].concat())?;
        let svg = call(&root, "querySelector", &["svg".into()])?.dyn_into::<Element>()?;
        let size = ["width", "height"].map(|name| number(&svg, name));
        let scale = (MOST_PIXELS / size[0].max(size[1])).min(2.0);
        let canvas = document.create_element("canvas")?;
        set(&canvas, "width", size[0] * scale)?;
        set(&canvas, "height", size[1] * scale)?;
        let context = call(&canvas, "getContext", &["2d".into()])?;
        for shape in Array::from(svg.query_selector_all("rect,circle,path,text")?.as_ref()).iter() {
            draw_one(&context, shape.unchecked_ref(), scale)?;
        }
        Ok(canvas.into())
    };
    let canvas = draw();
    place.remove();
    canvas
}

/// Draws a shape with its computed style.
fn draw_one(context: &JsValue, shape: &Element, scale: f64) -> Result<(), JsValue> {
    let style = call(&gloo::utils::window(), "getComputedStyle", &[shape.into()])?;
    let styled = |name: &str| Ok::<_, JsValue>(get(&style, name)?.as_string().unwrap_or_default());
    let [x, y, cx, cy] = ["x", "y", "cx", "cy"].map(|name| number(shape, name).into());
    // Transformation by the groups that contain the shape.
    let matrix = call(shape, "getCTM", &[])?;
    let mut matrix = ["a", "b", "c", "d", "e", "f"].map(|name| get(&matrix, name));
    for value in &mut matrix {
        let scaled = value.as_ref().ok().and_then(JsValue::as_f64).unwrap_or_default() * scale;
        *value = Ok(scaled.into());
    }
    call(context, "setTransform", &matrix.into_iter().collect::<Result<Vec<_>, _>>()?)?;

    let path = match shape.tag_name().as_str() {
        "text" => {
            let words = shape.text_content().unwrap_or_default();
            let font = [styled("fontWeight")?, styled("fontSize")?, styled("fontFamily")?].join(" ");
            let is_centred = styled("textAnchor")? == "middle";
            set(context, "font", font)?;
            set(context, "textAlign", if is_centred { "center" } else { "start" })?;
            set(context, "fillStyle", styled("fill")?)?;
            return call(context, "fillText", &[words.into(), x, y]).map(drop);
        }
        "path" => new("Path2D", &[shape.get_attribute("d").unwrap_or_default().into()])?,
        "circle" => {
            let path = new("Path2D", &[])?;
            let full = std::f64::consts::TAU;
            call(&path, "arc", &[cx, cy, number(shape, "r").into(), 0.into(), full.into()])?;
            path
        }
        _ => {
            let path = new("Path2D", &[])?;
            let [width, height, radius] = ["width", "height", "rx"].map(|name| number(shape, name).into());
            call(&path, "roundRect", &[x, y, width, height, radius])?;
            path
        }
    };
    let [fill, stroke] = [styled("fill")?, styled("stroke")?];
    if fill != "none" {
        set(context, "fillStyle", fill)?;
        call(context, "fill", std::slice::from_ref(&path))?;
    }
    if stroke != "none" {
        set(context, "strokeStyle", stroke)?;
        set(context, "lineWidth", pixels(&styled("strokeWidth")?))?;
        let dashes = styled("strokeDasharray")?;
        let dashes = dashes.split(',').filter(|dash| *dash != "none");
        let dashes: Array = dashes.map(|dash| JsValue::from(pixels(dash))).collect();
        call(context, "setLineDash", &[dashes.into()])?;
        call(context, "stroke", &[path])?;
    }
    Ok(())
}

/// Parses a length in pixels from a computed style. The browser parses it, because Rust's own parser for such numbers
/// has large tables.
fn pixels(length: &str) -> f64 {
    let read = call(&js_sys::global(), "parseFloat", &[length.into()]);
    read.ok().and_then(|value| value.as_f64()).filter(|value| value.is_finite()).unwrap_or_default()
}

/// Returns a numeric attribute, or 0 if it is missing or not a number.
fn number(element: &Element, name: &str) -> f64 {
    element.get_attribute(name).map_or(0.0, |text| pixels(&text))
}

// These helpers access JavaScript by name instead of by bindings, because each binding would be in the page's first
// download.

fn get(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(of, &name.into())
}

fn set(of: &JsValue, name: &str, value: impl Into<JsValue>) -> Result<(), JsValue> {
    Reflect::set(of, &name.into(), &value.into()).map(drop)
}

fn call(on: &JsValue, name: &str, with: &[JsValue]) -> Result<JsValue, JsValue> {
    Reflect::apply(&get(on, name)?.dyn_into::<Function>()?, on, &with.iter().collect())
}

fn new(class: &str, with: &[JsValue]) -> Result<JsValue, JsValue> {
    Reflect::construct(&get(&js_sys::global(), class)?.dyn_into::<Function>()?, &with.iter().collect())
}
