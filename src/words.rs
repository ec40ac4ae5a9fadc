//! The words of the page in its reader's language.
//!
//! Every text that is shown is written in English where it is used, inside [`t`] or [`say`]; the English is the key
//! under which a catalogue (`lang/*.json`) has its translation. What a catalogue lacks stays English. Texts of the
//! service itself and of command line tools are never translated: they are what one would search for.

use std::cell::Cell;

use litemap::LiteMap;

/// Translations by their English text.
pub type Catalogue = LiteMap<Box<str>, Box<str>>;

thread_local! {
    static CATALOGUE: Cell<Option<&'static Catalogue>> = const { Cell::new(None) };
}

/// Speaks another language from now on; `None` is English.
///
/// A catalogue lives as long as the page: there are few, and each is read once.
pub fn speak(catalogue: Option<&'static Catalogue>) {
    CATALOGUE.set(catalogue);
}

/// A text in the reader's language.
///
/// ```
/// assert_eq!(mesh_playground::words::t("Delete"), "Delete");
/// ```
pub fn t(english: &'static str) -> &'static str {
    CATALOGUE.get().and_then(|catalogue| catalogue.get(english)).map_or(english, |text| text)
}

/// A text with things named in it: `{0}` is the first, `{1}` the second; a translation may turn them round.
///
/// ```
/// assert_eq!(mesh_playground::words::say("Delete {0} of {1}", &["red", "colors"]), "Delete red of colors");
/// ```
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
