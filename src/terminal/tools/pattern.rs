//! Regular expressions that somebody typed: small ones, whose work can be told before it is done.

use regex_lite::{Regex, RegexBuilder};

/// How large one may be once it is made, in bytes: much less than what a repetition of repetitions asks for.
const MOST: usize = 64 * 1024;

/// A regular expression, and how much there is to do for each character.
#[derive(Debug)]
pub struct Pattern {
    /// The expression.
    pub regex: Regex,
    size: usize,
}

impl Pattern {
    /// Makes one, unless it is none, or too large.
    pub fn new(written: &str) -> Option<Self> {
        // The smallest room that it fits in tells its size.
        [1, 4, 16, 64].into_iter().find_map(|kilobytes| {
            let limit = (kilobytes * 1024).min(MOST);
            let regex = RegexBuilder::new(written).size_limit(limit).build().ok()?;
            Some(Self { regex, size: kilobytes })
        })
    }

    /// About how many steps it takes on a text.
    pub fn work(&self, text: &str) -> usize {
        text.len().saturating_mul(self.size) / 4
    }
}
