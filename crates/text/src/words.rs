//! Texts of the page in the user's language.
//!
//! Every text that is shown is written in English where it is used, inside [`t`] or [`say`]. The English text is the
//! key of its translation in a catalogue (`lang/*.json`). A text that is not in the catalogue stays English. Texts of
//! the service itself and of command line tools are never translated, because users search for them.
//!
//! `tests/words.rs` extracts these texts from the sources and compares every catalogue with them. A text that is
//! concatenated from pieces, or chosen from a table without [`english`], is not found and cannot be translated.

use std::cell::Cell;

use serde_json::{Map, Value};

/// Translations by English text, as in the file of a catalogue.
pub type Catalogue = Map<String, Value>;

thread_local! {
    static CATALOGUE: Cell<Option<&'static Catalogue>> = const { Cell::new(None) };
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Switches to another language; `None` is English.
///
/// A catalogue lives as long as the page, because there are few, and each is read once.
pub fn speak(catalogue: Option<&'static Catalogue>) {
    CATALOGUE.set(catalogue);
    TURN.set(turn().wrapping_add(1));
}

/// Returns how many times the language has changed: output drawn at another count is in another language.
pub fn turn() -> u32 {
    TURN.get()
}

/// Runs `work` in English, whatever the language of the page: the output of command line tools is never translated.
pub fn in_english<T>(work: impl FnOnce() -> T) -> T {
    let spoken = CATALOGUE.take();
    let done = work();
    CATALOGUE.set(spoken);
    done
}

/// Returns whether the language is English, the language of the sources.
pub fn are_english() -> bool {
    CATALOGUE.get().is_none()
}

/// Returns a text in the user's language.
///
/// ```
/// assert_eq!(mesh_text::words::t("Delete"), "Delete");
/// ```
#[inline(never)]
pub fn t(english: &'static str) -> &'static str {
    find(english).unwrap_or(english)
}

/// Marks a text of a table for translation: it is shown elsewhere, by [`t`].
///
/// ```
/// use mesh_text::words::{english, t};
/// const PARTS: [&str; 2] = [english("Listeners"), english("Clusters")];
/// assert_eq!(t(PARTS[1]), "Clusters");
/// ```
pub const fn english(text: &'static str) -> &'static str {
    text
}

/// Returns the translation of a text that is built at run time, such as the label of a member; `None` if it has none.
#[inline(never)]
pub fn find(english: &str) -> Option<&'static str> {
    CATALOGUE.get()?.get(english)?.as_str()
}

/// Formats a text with placeholders: `{0}` is the first part, `{1}` the second; a translation may reorder them.
///
/// ```
/// assert_eq!(mesh_text::words::say("Delete {0} of {1}", &["red", "colors"]), "Delete red of colors");
/// ```
#[inline(never)]
pub fn say(english: &'static str, parts: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = t(english);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let part = after.split_once('}').and_then(|(number, after)| {
            let part = parts.get(number.parse::<usize>().ok()?)?;
            Some((part, after))
        });
        match part {
            Some((part, after)) => {
                text.push_str(part);
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text + rest
}

/// Returns a pseudo-translation: longer, and without any English letter, so that untranslated text is visible.
///
/// ```
/// use mesh_text::words::pseudo;
/// assert_eq!(pseudo("Delete {0}"), "[Ďéļéţé {0}~~~]");
/// ```
pub fn pseudo(english: &str) -> String {
    const SMALL: &str = "àƀçðéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýž";
    const CAPITAL: &str = "ÀƁÇĎÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ";
    let mut text = String::from("[");
    let mut letters = 0;
    for letter in english.chars() {
        let (from, to) = if letter.is_ascii_lowercase() { ('a', SMALL) } else { ('A', CAPITAL) };
        let other = u32::from(letter).checked_sub(u32::from(from)).and_then(|at| to.chars().nth(at as usize));
        letters += usize::from(other.is_some());
        text.push(other.unwrap_or(letter));
    }
    // The padding has spaces, so that a long one wraps like words.
    let padding = letters.div_ceil(3) + 1;
    text.extend((1..=padding).map(|at| if at % 8 == 0 { ' ' } else { '~' }));
    text.push(']');
    text
}
