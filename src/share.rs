//! Links that hold a whole playground: what is in the fragment of an address after `#/p/`.
//!
//! A link is `VERSION.PAYLOAD`. The payload of version 1 is base64url of three bytes of checksum and a raw DEFLATE
//! stream, begun with a dictionary ([`squeeze`]); in it is one JSON object with the playground's document and what is
//! looked at ([`payload`]). Links open for ever: neither the dictionary nor the meaning of a version may change; a
//! change is a new version. What comes from a link may be hostile, so it is limited before anything is made of it.
//! Nothing here knows a browser. Start at [`link`] and [`open`].

pub(crate) mod base64;
mod payload;
mod qr;
mod route;
mod squeeze;
#[cfg(test)]
mod tests;

use std::fmt;

pub use qr::{Qr, qr};
pub use route::{Route, embed_code};

use crate::{
    document::{
        DocumentError,
        yaml::{SyntaxError, parse_json},
    },
    model::Problem,
    store::AppState,
    words::{say, t},
};

/// The version of the links that are made.
const VERSION: u64 = 1;
/// How much a payload may hold when it is no longer compressed, in bytes: 256 KiB.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// The longest link that is made, in characters. Browsers take more; what they are sent through often does not.
pub const MAX_LINK: usize = 30_000;
/// The longest link that is looked at: a payload that does not compress at all, and then some.
const MAX_READ: usize = 2 * MAX_PAYLOAD;

/// Why no link can be made: the playground is too large for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// The payload, in bytes.
    Payload(usize),
    /// The link, in characters.
    Link(usize),
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Payload(found) => say(
                "This playground has {0} bytes; a link holds at most {1}. Share it as a file instead.",
                &[&found.to_string(), &MAX_PAYLOAD.to_string()],
            ),
            Self::Link(found) => say(
                "The link would have {0} characters; more than {1} do not come through everywhere. Share it as a file instead.",
                &[&found.to_string(), &MAX_LINK.to_string()],
            ),
        };
        f.write_str(&text)
    }
}

/// Why a link cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It does not begin with a version.
    NoVersion,
    /// It was made by a newer page.
    Newer {
        /// Its version.
        version: u64,
    },
    /// It is longer than any link.
    TooLong,
    /// A character that no link has.
    Character {
        /// Where, from 1.
        place: usize,
    },
    /// It is not as it was made: cut off, or changed on the way.
    Damaged,
    /// What is in it is larger than what a link may hold.
    TooLarge,
    /// What is in it is no JSON.
    Syntax(SyntaxError),
    /// What is in it is not as it must be.
    Wrong(Vec<Problem>),
    /// Its document is wrong.
    Document(DocumentError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoVersion => t("the link has no version; copy it again, whole").to_owned(),
            Self::Newer { version } => say(
                "the link has version {0}, this page reads up to {1}; reload the page to get a newer one",
                &[&version.to_string(), &VERSION.to_string()],
            ),
            Self::TooLong => {
                t("the link is longer than any link of this page; ask for a file instead").to_owned()
            }
            Self::Character { place } => say(
                "character {0} of the link is none that links have; copy it again, whole",
                &[&place.to_string()],
            ),
            Self::Damaged => {
                t("the link was cut off or changed on its way here; copy it again, whole").to_owned()
            }
            Self::TooLarge => {
                t("what is in the link is larger than what a link may hold; ask for a file instead")
                    .to_owned()
            }
            Self::Syntax(error) => say("what is in the link cannot be read: {0}", &[&error.to_string()]),
            Self::Wrong(problems) => {
                let problem = problems.first().map_or_else(String::new, ToString::to_string);
                say("what is in the link is wrong: {0}", &[&problem])
            }
            Self::Document(error) => say("what is in the link is wrong: {0}", &[&error.to_string()]),
        };
        f.write_str(&text)
    }
}

/// The link for a playground and what is looked at, as `VERSION.PAYLOAD`.
///
/// # Errors
/// When it is too large for a link; a file is then the way.
///
/// # Example
/// ```
/// use mesh_playground::{share, store::AppState, world::World};
/// let state = AppState::new(World::empty().unwrap());
/// let link = share::link(&state).unwrap();
/// assert!(link.starts_with("1.") && link.len() < 200, "{link}");
/// assert_eq!(share::open(&link).unwrap().world, state.world);
/// ```
// A door of the module that is loaded on first use.
#[inline(never)]
pub fn link(state: &AppState) -> Result<String, TooLarge> {
    let text = payload::write(state);
    if text.len() > MAX_PAYLOAD {
        return Err(TooLarge::Payload(text.len()));
    }
    let mut bytes = checksum(text.as_bytes()).to_vec();
    squeeze::deflate(text.as_bytes(), &mut bytes);
    let link = format!("{VERSION}.{}", base64::encode(&bytes, base64::FOR_ADDRESSES));
    if link.len() > MAX_LINK { Err(TooLarge::Link(link.len())) } else { Ok(link) }
}

/// A new playground with what a link holds: its world, what is looked at, and the seed.
///
/// # Errors
/// When the link is not one, is damaged, or goes over a limit; nothing is taken by half.
pub fn open(link: &str) -> Result<AppState, LinkError> {
    let (version, payload) = link.split_once('.').ok_or(LinkError::NoVersion)?;
    match version.parse::<u64>() {
        Ok(VERSION) => {}
        Ok(version) if version > VERSION => return Err(LinkError::Newer { version }),
        _ => return Err(LinkError::NoVersion),
    }
    if payload.len() > MAX_READ {
        return Err(LinkError::TooLong);
    }
    // Messages count from the link's first character, which is where the reader begins to count.
    let skipped = version.len() + 1;
    let bytes = base64::decode(payload).map_err(|at| LinkError::Character { place: skipped + at + 1 })?;
    let (sum, stream) = bytes.split_at_checked(SUM).ok_or(LinkError::Damaged)?;
    let inflated = squeeze::inflate(stream, MAX_PAYLOAD)?;
    if checksum(&inflated) != *sum {
        return Err(LinkError::Damaged);
    }
    let text = std::str::from_utf8(&inflated).map_err(|_| LinkError::Damaged)?;
    payload::read(&parse_json(text).map_err(LinkError::Syntax)?)
}

/// How many bytes the checksum has: four characters of the link.
const SUM: usize = 3;

/// FNV-1a, folded: DEFLATE would take many a changed character for another name.
fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let mut sum: u32 = 0x811c_9dc5;
    for byte in bytes {
        sum = (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    let [first, second, third, fourth] = sum.to_be_bytes();
    [first ^ fourth, second, third]
}
