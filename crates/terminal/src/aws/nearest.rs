//! Finds the words that are close to a mistyped word, as Python's `difflib.get_close_matches` does.
//!
//! Separate from the suggestions of `model`, which use the edit distance, because the real tool's messages follow this
//! measure.

use mesh_text::sorting;

/// Maximum length of a word in characters; a longer word has no matches. All choices are shorter.
const LONGEST: usize = 64;
/// Minimum measure of a close match, in ten-thousandths.
const LEAST: usize = 8_000;

/// Returns the choices that share at least four fifths of their characters in order with the word: at most three, the
/// closest first.
pub fn close_matches<'c>(word: &str, choices: &[&'c str]) -> Vec<&'c str> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() > LONGEST {
        return Vec::new();
    }
    let mut found: Vec<_> = choices
        .iter()
        .filter_map(|choice| {
            let other: Vec<char> = choice.chars().collect();
            let total = letters.len() + other.len();
            // The measure is twice the number of matching characters divided by the number of all characters, in
            // ten-thousandths.
            let measure = |matching: usize| 20_000 * matching / total.max(1);
            // No more characters match than both words have in common: this rules out most of the hundreds of choices.
            let found =
                (measure(common(&other, &letters)) >= LEAST).then(|| measure(matching(&other, &letters)));
            Some((found.filter(|measure| *measure >= LEAST)?, *choice))
        })
        .collect();
    sorting::sort_by(&mut found, |a, b| b.cmp(a));
    found.into_iter().take(3).map(|(_, choice)| choice).collect()
}

/// Returns the number of characters that two words have in common, in any order.
fn common(a: &[char], b: &[char]) -> usize {
    let mut left = b.to_vec();
    let is_left = |letter: &&char| {
        let place = left.iter().position(|other| other == *letter);
        place.map(|place| left.swap_remove(place)).is_some()
    };
    a.iter().filter(is_left).count()
}

/// Returns the number of matching characters of two words: those of the longest common run, and recursively those on
/// its left and on its right.
fn matching(a: &[char], b: &[char]) -> usize {
    let (mut length, mut at, mut bt) = (0, 0, 0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            let rest = a.iter().skip(i).zip(b.iter().skip(j));
            let run = rest.take_while(|(x, y)| x == y).count();
            if run > length {
                (length, at, bt) = (run, i, j);
            }
        }
    }
    if length == 0 {
        return 0;
    }
    let part = |word: &[char], start: usize, end: usize| word.get(start..end).unwrap_or_default().to_vec();
    length
        + matching(&part(a, 0, at), &part(b, 0, bt))
        + matching(&part(a, at + length, a.len()), &part(b, bt + length, b.len()))
}
