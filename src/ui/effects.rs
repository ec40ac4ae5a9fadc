//! Performs the effects of the page: browser storage, downloads, the clipboard, the clock.

mod language;

use std::rc::Rc;

use gloo::file::callbacks::FileReader;
use mesh_text::words::t;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::storage;
use crate::{
    control_plane::{Env, Timestamp},
    document,
    projects::StorageError,
};

pub use language::{LANGUAGES, choose as choose_language, language, use_language};

const THEME: &str = "mesh-playground/theme";

/// Returns the clock and the random seed of this browser.
pub fn env() -> Env {
    let random = || (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64;
    Env { now: Timestamp(js_sys::Date::now() as i64), seed: random() ^ (random() << 11) }
}

/// Returns the short string under a key of the browser storage.
///
/// # Errors
/// Returns an error if there is no storage, or it cannot be read.
pub fn stored_item(key: &str) -> Result<Option<String>, StorageError> {
    if storage::is_disabled() {
        Ok(None)
    } else {
        local()?.get_item(key).map_err(|_| StorageError::Unreadable)
    }
}

/// Stores a short string under a key of the browser storage.
///
/// # Errors
/// Returns an error if the browser does not store it.
pub fn store_item(key: &str, text: &str) -> Result<(), StorageError> {
    if storage::is_disabled() { Ok(()) } else { local()?.set_item(key, text).map_err(|_| StorageError::Full) }
}

fn local() -> Result<web_sys::Storage, StorageError> {
    gloo::utils::window().local_storage().ok().flatten().ok_or(StorageError::Blocked)
}

/// Colour theme of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The theme of the system.
    #[default]
    System,
    Light,
    Dark,
    /// Black on white or white on black, with strong lines.
    Contrast,
    /// For a projector in a room: large type, strong lines.
    Projector,
}

impl Theme {
    pub const ALL: [Self; 5] = [Self::System, Self::Light, Self::Dark, Self::Contrast, Self::Projector];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
            Self::Projector => "projector",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::System => t("System theme"),
            Self::Light => t("Light theme"),
            Self::Dark => t("Dark theme"),
            Self::Contrast => t("High contrast"),
            Self::Projector => t("Projector"),
        }
    }

    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == word).unwrap_or_default()
    }

    /// Returns the theme chosen on an earlier visit.
    pub fn kept() -> Self {
        stored_item(THEME).ok().flatten().map_or(Self::System, |word| Self::from_word(&word))
    }

    /// Applies the theme to the page and stores the choice.
    pub fn apply(self) {
        if let Some(root) = gloo::utils::document().document_element() {
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                _ => root.set_attribute("data-theme", self.as_str()),
            };
        }
        let _ = store_item(THEME, self.as_str());
        // Another text size changes the available room, so the components that measured the room must measure it again.
        if let Ok(event) = web_sys::Event::new("resize") {
            let _ = gloo::utils::window().dispatch_event(&event);
        }
    }
}

/// Formats a time, in milliseconds since 1970, in the reader's language.
pub fn local_time(millis: i64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(millis as f64));
    date.to_locale_string(language(), &JsValue::UNDEFINED).into()
}

/// Offers a string as a file to download.
pub fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    if let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) {
        offer(name, &blob);
    }
}

/// Offers a file to download.
pub fn offer(name: &str, blob: &web_sys::Blob) {
    let offer = || -> Result<(), JsValue> {
        let url = web_sys::Url::create_object_url_with_blob(blob)?;
        let link =
            gloo::utils::document().create_element("a")?.unchecked_into::<web_sys::HtmlAnchorElement>();
        link.set_href(&url);
        link.set_download(name);
        link.click();
        web_sys::Url::revoke_object_url(&url)
    };
    // A browser that refuses downloads shows its own message.
    let _ = offer();
}

/// Copies a string to the clipboard. Calls `done` with whether that succeeded.
pub fn copy(text: &str, done: impl Fn(bool) + Clone + 'static) {
    // Without a secure connection there is no clipboard at all, although the bindings always return one.
    let navigator = gloo::utils::window().navigator();
    let has_clipboard =
        js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|found| found.is_object());
    if !has_clipboard {
        return done(false);
    }
    let copied = Closure::once_into_js({
        let done = done.clone();
        move |_: JsValue| done(true)
    });
    let refused = Closure::once_into_js(move |_: JsValue| done(false));
    on_settled(&navigator.clipboard().write_text(text), &copied, &refused);
}

/// Calls `kept` when a promise is fulfilled, or `broken` when it is rejected. The promise returned by `then` is
/// dropped, because both outcomes are handled.
fn on_settled(promise: &JsValue, kept: &JsValue, broken: &JsValue) {
    let then = js_sys::Reflect::get(promise, &"then".into());
    if let Ok(then) = then.and_then(|then| then.dyn_into::<js_sys::Function>()) {
        let _ = then.call2(promise, kept, broken);
    }
}

/// Moves the focus to the element with this id after the page has been drawn, if no element has the focus by then.
pub fn focus_soon(id: &str) {
    focus_when_drawn(format!("[id='{id}']"), false);
}

/// Moves the focus to an element after the page has been drawn, even if another element has the focus.
pub fn focus_on(selector: &str) {
    focus_when_drawn(selector.to_owned(), true);
}

/// Moves the focus to the first invalid control of a dialog.
pub fn focus_wrong() {
    focus_when_drawn("dialog [aria-invalid]".to_owned(), true);
}

/// Scrolls the element `scrolls` so that the element `seen` in it is visible, and scrolls nothing else. Both are
/// selectors.
pub fn scroll_to(scrolls: &str, seen: &str) {
    let find = |selector: &str| -> Option<web_sys::HtmlElement> {
        gloo::utils::document().query_selector(selector).ok()??.dyn_into().ok()
    };
    if let (Some(scrolls), Some(seen)) = (find(scrolls), find(seen)) {
        scrolls.set_scroll_top(seen.offset_top() - scrolls.offset_top() - 60);
    }
}

fn focus_when_drawn(selector: String, even_from_elsewhere: bool) {
    let callback = move || {
        let document = gloo::utils::document();
        let is_nowhere = document.active_element().is_none_or(|active| active.tag_name() == "BODY");
        let target = document.query_selector(&selector).ok().flatten();
        if let Some(target) = target.filter(|_| is_nowhere || even_from_elsewhere) {
            // Elements of a drawing have the same method as all others. An element that cannot take the focus leaves it
            // unchanged.
            let _ = target.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    };
    gloo::timers::callback::Timeout::new(50, callback).forget();
}

/// Reads a file as text and passes the text to `then`. A file that is too long is cut just past the limit, so that
/// parsing the text reports it.
pub fn read_file(file: &web_sys::File, then: impl FnOnce(String) + 'static) {
    read_file_up_to(file, document::MAX_DOCUMENT, then);
}

/// Reads a file like [`read_file`], with another limit in bytes.
pub fn read_file_up_to(file: &web_sys::File, limit: usize, then: impl FnOnce(String) + 'static) {
    let blob = file.slice_with_f64_and_f64(0.0, limit as f64 + 1.0).map(gloo::file::Blob::from);
    let Ok(blob) = blob else { return };
    let reader: Rc<std::cell::RefCell<Option<FileReader>>> = Rc::default();
    let held = reader.clone();
    let task = gloo::file::callbacks::read_as_bytes(&blob, move |bytes| {
        held.borrow_mut().take();
        // Bytes that are not UTF-8 are replaced; parsing then rejects the text and reports the position.
        then(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default());
    });
    *reader.borrow_mut() = Some(task);
}
