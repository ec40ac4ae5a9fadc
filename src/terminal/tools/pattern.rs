//! Regular expressions that somebody typed: small ones, whose work can be told before it is done.

use regex_lite::{Regex, RegexBuilder};

/// How large one may be once it is made, in bytes: much less than what a repetition of repetitions asks for.
const MOST: usize = 64 * 1024;
/// How long one may be as it is written, in bytes. To make one takes as many small steps as it has bytes, or fewer.
const LONGEST: usize = 2_000;

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
        let made = |limit: usize| RegexBuilder::new(written).size_limit(limit).build().ok();
        let largest = Self { regex: (written.len() <= LONGEST).then(|| made(MOST))??, size: MOST / 1024 };
        // The smallest room that it fits in tells its size.
        let smaller = [1, 4, 16].into_iter().find_map(|size| Some(Self { regex: made(size * 1024)?, size }));
        Some(smaller.unwrap_or(largest))
    }

    /// About how many steps it takes on a text.
    pub fn work(&self, text: &str) -> usize {
        text.len().saturating_mul(self.size) / 4
    }
}
