//! The words of the page in its reader's language.
//!
//! Every text that is shown is written in English where it is used, inside [`t`] or [`say`]; the English is the key
//! under which a catalogue (`lang/*.json`) has its translation. What a catalogue lacks stays English. Texts of the
//! service itself and of command line tools are never translated: they are what one would search for.
//!
//! `tests/words.rs` reads the sources for these texts and holds every catalogue against them, so a text that is made of
//! pieces, or chosen from a table without [`english`], is one that nobody can translate.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::model::Key;

/// Translations by their English text, as a catalogue's file has them.
pub type Catalogue = Map<String, Value>;

thread_local! {
    static CATALOGUE: Cell<Option<&'static Catalogue>> = const { Cell::new(None) };
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Speaks another language from now on; `None` is English.
///
/// A catalogue lives as long as the page: there are few, and each is read once.
pub fn speak(catalogue: Option<&'static Catalogue>) {
    CATALOGUE.set(catalogue);
    TURN.set(turn().wrapping_add(1));
}

/// How many times the language has changed: what was drawn at another count is in another language.
pub fn turn() -> u32 {
    TURN.get()
}

/// Does something in English, whatever the page speaks: what command line tools print is never translated.
pub fn in_english<T>(work: impl FnOnce() -> T) -> T {
    let spoken = CATALOGUE.take();
    let done = work();
    CATALOGUE.set(spoken);
    done
}

/// Whether the texts are as the sources have them.
pub fn are_english() -> bool {
    CATALOGUE.get().is_none()
}

/// A text in the reader's language.
///
/// ```
/// assert_eq!(mesh_playground::words::t("Delete"), "Delete");
/// ```
#[inline(never)]
pub fn t(english: &'static str) -> &'static str {
    find(english).unwrap_or(english)
}

/// Notes that a text of a table is one that is shown, by [`t`], somewhere else.
///
/// ```
/// use mesh_playground::words::{english, t};
/// const PARTS: [&str; 2] = [english("Listeners"), english("Clusters")];
/// assert_eq!(t(PARTS[1]), "Clusters");
/// ```
pub const fn english(text: &'static str) -> &'static str {
    text
}

/// The translation of a text that the program has made, such as the label of a member; `None` where it stays as it is.
#[inline(never)]
pub fn find(english: &str) -> Option<&'static str> {
    CATALOGUE.get()?.get(english)?.as_str()
}

/// A text with things named in it: `{0}` is the first, `{1}` the second; a translation may turn them round.
///
/// ```
/// assert_eq!(mesh_playground::words::say("Delete {0} of {1}", &["red", "colors"]), "Delete red of colors");
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

/// A resource in the reader's words: "virtual node `red`".
#[inline(never)]
pub fn named(key: &Key) -> String {
    [t(key.kind.declaration().words), " `", &*key.name, "`"].concat()
}

/// The same for the name of a control, which is read aloud: without quotation marks.
#[inline(never)]
pub fn plain(key: &Key) -> String {
    [t(key.kind.declaration().words), " ", &*key.name].concat()
}

/// A translation into no language: longer, and without a letter of English, so that what escaped translation is seen.
///
/// ```
/// use mesh_playground::words::pseudo;
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
    // In pieces, so that a long one can be wrapped as words are.
    let padding = letters.div_ceil(3) + 1;
    text.extend((1..=padding).map(|at| if at % 8 == 0 { ' ' } else { '~' }));
    text.push(']');
    text
}
