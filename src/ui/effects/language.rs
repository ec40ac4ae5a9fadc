//! Which language the page speaks, and its catalogue: fetched when it is wanted, and English until it is here.

use std::cell::{Cell, RefCell};

use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::Response;
use yew::prelude::*;

use super::{after, raw, set_raw};
use crate::{
    document,
    words::{self, Catalogue, pseudo, say, t},
};

/// The languages there are, by their tag, each in its own words.
pub const LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("de", "Deutsch"), ("ja", "日本語")];

/// A language for tests, which only the address can ask for; see [`pseudo`].
const PSEUDO: &str = "pseudo";

const LANGUAGE: &str = "mesh-playground/language";

thread_local! {
    static NOW: Cell<&'static str> = const { Cell::new("en") };
    static LEARNT: RefCell<Vec<(&'static str, &'static Catalogue)>> = const { RefCell::new(Vec::new()) };
    static TOLD: RefCell<Option<Callback<String>>> = const { RefCell::new(None) };
}

/// The tag of the language that is spoken, or will be as soon as its catalogue is here.
pub fn language() -> &'static str {
    NOW.get()
}

/// Speaks the reader's language: that of the address, else the one chosen earlier, else the browser's. `told` draws the
/// page anew, and announces what it is given.
#[hook]
pub fn use_language(told: &Callback<String>) {
    let told = told.clone();
    use_effect_with((), move |()| {
        TOLD.set(Some(told));
        let wanted = wanted();
        if wanted != "en" {
            learn(wanted, false);
        }
    });
}

/// Speaks this language from now on, and on later visits.
pub fn choose(tag: &str) {
    let tag = known(tag).unwrap_or("en");
    // Where nothing is kept, it holds until the page is left.
    let _ = set_raw(LANGUAGE, tag);
    learn(tag, true);
    // Draws the chooser with what was chosen: if that cannot be had, it must go back.
    tell(String::new());
}

/// The language of a tag, whatever its region: `de-AT` is German.
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
    let kept = || raw(LANGUAGE).ok().flatten().and_then(|tag| known(&tag));
    let spoken = || window.navigator().languages().iter().find_map(|tag| known(&tag.as_string()?));
    asked.and_then(known).or_else(kept).or_else(spoken).unwrap_or("en")
}

/// Speaks a language as soon as its catalogue is here, unless another has been chosen by then.
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
            tell(
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
            Ok(text) if response.ok() => after(&text, &read, &lost),
            _ => failed(),
        }
    });
    let file = if tag == PSEUDO { "en" } else { tag };
    let unanswered = Closure::once_into_js(move |_: JsValue| failed());
    after(&gloo::utils::window().fetch_with_str(&format!("lang/{file}.json")), &answered, &unanswered);
}

/// A catalogue from the text of its file. It is never given back: there are few, and each is read once.
fn catalogue(tag: &str, text: &JsValue) -> Option<&'static Catalogue> {
    let Value::Object(mut texts) = document::parse_json(&text.as_string()?).ok()? else { return None };
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
        // A tag that browsers and screen readers know for what is no language.
        let _ = root.set_attribute("lang", if tag == PSEUDO { "en-XA" } else { tag });
    }
    document.set_title(t("Mesh Playground: AWS App Mesh in your browser"));
    let name = LANGUAGES.iter().find(|(known, _)| *known == tag).map_or(tag, |(_, name)| *name);
    tell(if is_told { say("Language: {0}", &[name]) } else { String::new() });
}

fn tell(words: String) {
    let told = TOLD.with_borrow(Clone::clone);
    told.into_iter().for_each(|told| told.emit(words.clone()));
}
