//! The language of the page and its catalogue, which is fetched on demand. The page is English until the catalogue is
//! loaded.

use std::cell::{Cell, RefCell};

use mesh_text::words::{self, Catalogue, pseudo, say, t};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::Response;
use yew::prelude::*;

use super::{on_settled, store_item, stored_item};

/// The available languages: the tag of each, and its name in that language.
pub const LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("de", "Deutsch"), ("ja", "日本語")];

/// A language for tests, which can be chosen only in the address; see [`pseudo`].
const PSEUDO: &str = "pseudo";

const LANGUAGE: &str = "mesh-playground/language";

thread_local! {
    static NOW: Cell<&'static str> = const { Cell::new("en") };
    static LEARNT: RefCell<Vec<(&'static str, &'static Catalogue)>> = const { RefCell::new(Vec::new()) };
    static ANNOUNCE: RefCell<Option<Callback<String>>> = const { RefCell::new(None) };
}

/// Returns the tag of the current language; its catalogue may still be loading.
pub fn language() -> &'static str {
    NOW.get()
}

/// Selects the reader's language when the page starts: the language in the address, otherwise the stored choice,
/// otherwise the browser's. The callback redraws the page and announces its text.
#[hook]
pub fn use_language(announce: &Callback<String>) {
    let announce = announce.clone();
    use_effect_with((), move |()| {
        ANNOUNCE.set(Some(announce));
        let wanted = wanted();
        if wanted != "en" {
            learn(wanted, false);
        }
    });
}

/// Switches to this language now and for later visits.
pub fn choose(tag: &str) {
    let tag = known(tag).unwrap_or("en");
    // If the choice cannot be stored, it applies until the page is closed.
    let _ = store_item(LANGUAGE, tag);
    learn(tag, true);
    // Redraws the list of languages with the choice, so that it can go back if the catalogue cannot be loaded.
    notify_change(String::new());
}

/// Returns the supported language of a tag and ignores the region: `de-AT` is German.
fn known(tag: &str) -> Option<&'static str> {
    let tag = tag.split('-').next().unwrap_or_default();
    LANGUAGES.iter().map(|(known, _)| *known).find(|known| known.eq_ignore_ascii_case(tag))
}

fn wanted() -> &'static str {
    let window = gloo::utils::window();
    let search = window.location().search().unwrap_or_default();
    let asked = search.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("lang="));
    if asked == Some(PSEUDO) {
        return PSEUDO;
    }
    let kept = || stored_item(LANGUAGE).ok().flatten().and_then(|tag| known(&tag));
    let spoken = || window.navigator().languages().iter().find_map(|tag| known(&tag.as_string()?));
    asked.and_then(known).or_else(kept).or_else(spoken).unwrap_or("en")
}

/// Switches to a language once its catalogue is loaded, unless another language has been chosen by then.
fn learn(tag: &'static str, is_told: bool) {
    NOW.set(tag);
    let learnt = LEARNT.with_borrow(|learnt| learnt.iter().find(|(known, _)| *known == tag).copied());
    if let Some((_, catalogue)) = learnt {
        return speak(tag, Some(catalogue), is_told);
    }
    if tag == "en" {
        return speak(tag, None, is_told);
    }
    let failed = move || {
        if NOW.get() == tag {
            NOW.set("en");
            speak("en", None, false);
            notify_change(
                t("The words of that language cannot be loaded: the page stays English. Try again later.")
                    .to_owned(),
            );
        }
    };
    let read = Closure::once_into_js(move |text: JsValue| match catalogue(tag, &text) {
        Some(catalogue) => {
            LEARNT.with_borrow_mut(|learnt| learnt.push((tag, catalogue)));
            if NOW.get() == tag {
                speak(tag, Some(catalogue), is_told);
            }
        }
        None => failed(),
    });
    let lost = Closure::once_into_js(move |_: JsValue| failed());
    let answered = Closure::once_into_js(move |response: JsValue| {
        let response: Response = response.unchecked_into();
        match response.text() {
            Ok(text) if response.ok() => on_settled(&text, &read, &lost),
            _ => failed(),
        }
    });
    let file = if tag == PSEUDO { "en" } else { tag };
    let unanswered = Closure::once_into_js(move |_: JsValue| failed());
    on_settled(&gloo::utils::window().fetch_with_str(&format!("lang/{file}.json")), &answered, &unanswered);
}

/// Parses the text of a catalogue file. The catalogue is leaked, because there are few and each is read once.
fn catalogue(tag: &str, text: &JsValue) -> Option<&'static Catalogue> {
    let Value::Object(mut texts) = mesh_text::yaml::parse_json(&text.as_string()?).ok()? else { return None };
    if tag == PSEUDO {
        for (english, text) in &mut texts {
            *text = pseudo(english).into();
        }
    }
    Some(Box::leak(Box::new(texts)))
}

fn speak(tag: &'static str, catalogue: Option<&'static Catalogue>, is_told: bool) {
    words::speak(catalogue);
    let document = gloo::utils::document();
    if let Some(root) = document.document_element() {
        // Browsers and screen readers know `en-XA` as a tag for an artificial language.
        let _ = root.set_attribute("lang", if tag == PSEUDO { "en-XA" } else { tag });
    }
    document.set_title(t("Mesh Playground: AWS App Mesh in your browser"));
    let name = LANGUAGES.iter().find(|(known, _)| *known == tag).map_or(tag, |(_, name)| *name);
    notify_change(if is_told { say("Language: {0}", &[name]) } else { String::new() });
}

fn notify_change(words: String) {
    let announce = ANNOUNCE.with_borrow(Clone::clone);
    announce.into_iter().for_each(|announce| announce.emit(words.clone()));
}
