//! `{a,b}` and `{1..3}`: one word that stands for several.

use super::syntax::{Part, Piece, Word};

/// How many words one may stand for.
const MOST: usize = 1_000;
/// How many braces one may have: each has two words or more, so that more of them are too many words anyway. They are
/// read one inside the other's call.
const MOST_BRACES: usize = 16;
/// How many bytes all words together may have, with what each part of one takes.
const MOST_BYTES: usize = 1 << 20;

/// The words that a word stands for. Quoted braces are letters like others, and so are braces in braces.
pub fn words(word: Word) -> Vec<Word> {
    let length = |part: &Part| if let Piece::Text(text) = &part.piece { text.len() + 32 } else { 64 };
    let size: usize = word.iter().map(length).sum();
    let mut made = vec![Word::new()];
    for part in word {
        let several = match &part.piece {
            Piece::Text(text)
                if !part.is_quoted && (1..=MOST_BRACES).contains(&text.matches('{').count()) =>
            {
                texts(text)
            }
            _ => Vec::new(),
        };
        let count = several.len() * made.len();
        if several.len() < 2 || count > MOST || count.saturating_mul(size) > MOST_BYTES {
            made.iter_mut().for_each(|word| word.push(part.clone()));
            continue;
        }
        let with = |word: &Word, text: &String| {
            let mut word = word.clone();
            word.push(Part { is_quoted: false, piece: Piece::Text(text.clone()) });
            word
        };
        made = made.iter().flat_map(|word| several.iter().map(move |text| with(word, text))).collect();
    }
    made
}

fn texts(text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once('{') else { return vec![text.to_owned()] };
    let Some((inner, after)) = rest.split_once('}').filter(|(inner, _)| !inner.contains('{')) else {
        return vec![text.to_owned()];
    };
    let choices: Vec<String> = match inner.split_once("..").map(|(from, to)| (from.parse(), to.parse())) {
        Some((Ok(from), Ok(to))) => numbers(from, to),
        _ if inner.contains(',') => inner.split(',').map(str::to_owned).collect(),
        _ => return vec![text.to_owned()],
    };
    let after = texts(after);
    let count = choices.len().saturating_mul(after.len());
    if count > MOST || count.saturating_mul(text.len()) > MOST_BYTES {
        return vec![text.to_owned()];
    }
    let with = |choice: &String, after: &String| [before, choice, after].concat();
    choices.iter().flat_map(|choice| after.iter().map(move |after| with(choice, after))).collect()
}

fn numbers(from: i64, to: i64) -> Vec<String> {
    let mut numbers: Vec<_> =
        (from.min(to)..=from.max(to)).take(MOST + 1).map(|number| number.to_string()).collect();
    if from > to {
        numbers.reverse();
    }
    numbers
}
