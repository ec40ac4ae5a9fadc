//! Regular expressions typed by the user, limited in size so that their work can be estimated in advance.

use regex_lite::{Regex, RegexBuilder};

/// Maximum size of a compiled expression, in bytes: much less than nested repetitions need.
const MOST: usize = 64 * 1024;
/// Maximum length of the source, in bytes. Compiling takes at most one small step per byte.
const LONGEST: usize = 2_000;

/// A regular expression, and its work per character.
#[derive(Debug)]
pub struct Pattern {
    /// The expression.
    pub regex: Regex,
    size: usize,
}

impl Pattern {
    /// Compiles an expression. Returns `None` if it is invalid or too large.
    pub fn new(written: &str) -> Option<Self> {
        let made = |limit: usize| RegexBuilder::new(written).size_limit(limit).build().ok();
        let largest = Self { regex: (written.len() <= LONGEST).then(|| made(MOST))??, size: MOST / 1024 };
        // The size of the expression is the smallest limit under which it compiles.
        let smaller = [1, 4, 16].into_iter().find_map(|size| Some(Self { regex: made(size * 1024)?, size }));
        Some(smaller.unwrap_or(largest))
    }

    /// Returns the approximate number of small steps to match a string.
    pub fn work(&self, text: &str) -> usize {
        text.len().saturating_mul(self.size) / 4
    }
}
