//! Links that contain a whole playground, in the fragment of an address after `#/p/`.
//!
//! A link is `VERSION.PAYLOAD`. The payload of version 1 is the base64url encoding of a three-byte checksum and a raw
//! DEFLATE stream with a preset dictionary (`squeeze`). The stream contains one JSON object with the playground's
//! document and the view (`payload`). Links must remain valid forever: neither the dictionary nor the meaning of a
//! version may change; a change requires a new version. The content of a link may be hostile, so its size is limited
//! before it is interpreted. This module does not depend on a browser. Start at [`link`] and [`open`].

mod payload;
mod qr;
mod route;
mod squeeze;
#[cfg(test)]
mod tests;

use std::fmt;

pub use qr::{Qr, qr};
pub use route::{Route, embed_code};

use app_mesh_engine::model::Problem;
use mesh_documents::DocumentError;
use mesh_text::{
    base64,
    words::{say, t},
    yaml::{SyntaxError, parse_json},
};

use crate::store::AppState;

/// Version of the links that are created.
const VERSION: u64 = 1;
/// Maximum size of an uncompressed payload, in bytes: 256 KiB.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// Maximum length of a created link, in characters. Browsers accept longer links; the applications that transmit them
/// often do not.
pub const MAX_LINK: usize = 30_000;
/// Maximum length of a payload that is read: longer than a payload that does not compress at all.
const MAX_READ: usize = 2 * MAX_PAYLOAD;

/// Reason why no link can be created: the playground is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// Size of the payload, in bytes.
    Payload(usize),
    /// Length of the link, in characters.
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

/// Reason why a link cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// The link does not begin with a version.
    NoVersion,
    /// A newer version of the page created the link.
    Newer {
        /// Version of the link.
        version: u64,
    },
    /// The link is longer than any valid link.
    TooLong,
    /// The link contains an invalid character.
    Character {
        /// Position of the character, starting at 1.
        position: usize,
    },
    /// The link is truncated or was changed in transit.
    Damaged,
    /// The content exceeds the maximum size.
    TooLarge,
    /// The content is not JSON.
    Syntax(SyntaxError),
    /// The content is invalid.
    Wrong(Vec<Problem>),
    /// The document in the content is invalid.
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
            Self::Character { position: place } => say(
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

/// Creates the link for a playground and its view, as `VERSION.PAYLOAD`.
///
/// # Errors
/// Returns an error if the playground is too large for a link; share it as a file instead.
///
/// # Example
/// ```
/// use {app_mesh_engine::world::World, playground_core::{share, store::AppState}};
/// let state = AppState::new(World::empty().unwrap());
/// let link = share::link(&state).unwrap();
/// assert!(link.starts_with("1.") && link.len() < 200, "{link}");
/// assert_eq!(share::open(&link).unwrap().world, state.world);
/// ```
// Entry point of a module that is loaded on first use.
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

/// Creates a new playground from the content of a link: its world, view and seed.
///
/// # Errors
/// Returns an error if the link is invalid, damaged, or exceeds a limit; nothing is restored in part.
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
    // Positions in messages start at the link's first character, where the reader begins to count.
    let skipped = version.len() + 1;
    let bytes = base64::decode(payload).map_err(|at| LinkError::Character { position: skipped + at + 1 })?;
    let (sum, stream) = bytes.split_at_checked(SUM).ok_or(LinkError::Damaged)?;
    let inflated = squeeze::inflate(stream, MAX_PAYLOAD)?;
    if checksum(&inflated) != *sum {
        return Err(LinkError::Damaged);
    }
    let text = std::str::from_utf8(&inflated).map_err(|_| LinkError::Damaged)?;
    payload::read(&parse_json(text).map_err(LinkError::Syntax)?)
}

/// Length of the checksum in bytes: four characters of the link.
const SUM: usize = 3;

/// Returns the FNV-1a checksum, folded to three bytes. It is needed because DEFLATE decodes many a changed character to
/// a different name.
fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let mut sum: u32 = 0x811c_9dc5;
    for byte in bytes {
        sum = (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    let [first, second, third, fourth] = sum.to_be_bytes();
    [first ^ fourth, second, third]
}
