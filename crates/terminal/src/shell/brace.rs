//! `{a,b}`, `{1..3}` and `{a..c}`: brace expansion of one word into several.

use super::syntax::{Part, Piece, Word};

/// Maximum number of words in one expansion.
const MOST: usize = 20_000;
/// Maximum number of braces in one word. The limit bounds the recursion, which is one call per brace.
const MOST_BRACES: usize = 16;
/// Maximum size of all words together in bytes, including the overhead of each part.
const MOST_BYTES: usize = 1 << 20;

/// A token of a word: an unquoted character, or the index of another part.
#[derive(Clone, Copy)]
enum Token {
    Letter(char),
    Part(u32),
}

/// Error: the expansion makes too many words.
pub struct TooMany;

/// Returns whether a word may have braces to expand.
pub fn has(word: &[Part]) -> bool {
    let is_open =
        |part: &Part| matches!(&part.piece, Piece::Text(text) if !part.is_quoted && text.contains('{'));
    word.iter().any(is_open)
}

/// Expands the braces of a word; also returns the size of the words in bytes. Quoted braces are literal.
pub fn words(word: &[Part]) -> Result<(Vec<Word>, usize), TooMany> {
    let letters = |part: &Part| match &part.piece {
        Piece::Text(text) if !part.is_quoted => text.matches('{').count(),
        _ => 0,
    };
    if !(1..=MOST_BRACES).contains(&word.iter().map(letters).sum()) {
        return Ok((vec![word.to_vec()], 0));
    }
    let length = |part: &Part| if let Piece::Text(text) = &part.piece { text.len() + 32 } else { 64 };
    let size: usize = word.iter().map(length).sum();
    let mut tokens = Vec::new();
    for (part, place) in word.iter().zip(0..) {
        match &part.piece {
            Piece::Text(text) if !part.is_quoted => tokens.extend(text.chars().map(Token::Letter)),
            _ => tokens.push(Token::Part(place)),
        }
    }
    let made = texts(&tokens, (MOST_BYTES / size.max(1)).clamp(1, MOST))?;
    let size = made.len().saturating_sub(1).saturating_mul(size);
    Ok((made.into_iter().map(|tokens| joined(tokens, word)).collect(), size))
}

/// Joins tokens back into a word.
fn joined(tokens: Vec<Token>, parts: &[Part]) -> Word {
    let mut word = Word::new();
    for token in tokens {
        match (token, word.last_mut()) {
            (Token::Letter(c), Some(Part { is_quoted: false, piece: Piece::Text(text) })) => text.push(c),
            (Token::Letter(c), _) => word.push(Part { is_quoted: false, piece: Piece::Text(c.to_string()) }),
            (Token::Part(place), _) => word.extend(parts.get(place as usize).cloned()),
        }
    }
    word
}

/// Expands braces to at most `most` words.
fn texts(tokens: &[Token], most: usize) -> Result<Vec<Vec<Token>>, TooMany> {
    let mut start = 0;
    while let Some(place) = tokens.iter().skip(start).position(|token| matches!(token, Token::Letter('{'))) {
        let open = start + place;
        if let Some((choices, close)) = choices(tokens, open, most)? {
            let before = tokens.get(..open).unwrap_or_default();
            let after = texts(tokens.get(close + 1..).unwrap_or_default(), most)?;
            if choices.len().saturating_mul(after.len()) > most {
                return Err(TooMany);
            }
            let with = |choice: &Vec<Token>, after: &Vec<Token>| [before, choice, after].concat();
            return Ok(choices
                .iter()
                .flat_map(|choice| after.iter().map(move |after| with(choice, after)))
                .collect());
        }
        start = open + 1;
    }
    Ok(vec![tokens.to_vec()])
}

/// Expands the brace that opens at index `open`; also returns the index of its closing brace. `None`: the brace is
/// literal.
#[allow(clippy::type_complexity)]
fn choices(tokens: &[Token], open: usize, most: usize) -> Result<Option<(Vec<Vec<Token>>, usize)>, TooMany> {
    let (mut depth, mut parts, mut from) = (0usize, Vec::new(), open + 1);
    for (place, token) in tokens.iter().enumerate().skip(open + 1) {
        match token {
            Token::Letter('{') => depth += 1,
            Token::Letter('}') if depth > 0 => depth -= 1,
            Token::Letter(',') if depth == 0 => {
                parts.push(tokens.get(from..place).unwrap_or_default());
                from = place + 1;
            }
            Token::Letter('}') => {
                let last = tokens.get(from..place).unwrap_or_default();
                if parts.is_empty() {
                    let made = sequence(last, most).transpose()?;
                    return Ok(made.map(|made| (made, place)));
                }
                parts.push(last);
                let mut made = Vec::new();
                for part in parts {
                    made.extend(texts(part, most)?);
                    if made.len() > most {
                        return Err(TooMany);
                    }
                }
                return Ok(Some((made, place)));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Expands `1..3`, `01..10` and `a..e`, each with an optional step; `None` for other texts.
fn sequence(inner: &[Token], most: usize) -> Option<Result<Vec<Vec<Token>>, TooMany>> {
    let letter = |token: &Token| if let Token::Letter(c) = token { Some(*c) } else { None };
    let text: String = inner.iter().map(letter).collect::<Option<_>>()?;
    let mut parts = text.split("..");
    let (from, to) = (parts.next()?, parts.next()?);
    let step: i64 = parts.next().map_or(Some(1), |step| step.parse().ok())?;
    let step = usize::try_from(step.unsigned_abs().max(1)).ok()?;
    if parts.next().is_some() {
        return None;
    }
    let letters = |text: String| text.chars().map(Token::Letter).collect::<Vec<_>>();
    let one = |text: &str| {
        let mut characters = text.chars();
        characters.next().filter(|c| c.is_ascii_alphabetic() && characters.next().is_none())
    };
    if let (Some(from), Some(to)) = (one(from), one(to)) {
        let mut made: Vec<_> = match from <= to {
            true => (from..=to).collect(),
            false => (to..=from).rev().collect(),
        };
        made = made.into_iter().step_by(step).collect();
        return Some(Ok(made.into_iter().map(|c| letters(c.to_string())).collect()));
    }
    let (first, last): (i64, i64) = (from.parse().ok()?, to.parse().ok()?);
    // A leading zero pads all numbers to the same width.
    let has_zero = |text: &str| {
        let digits = text.trim_start_matches(['-', '+']);
        digits.len() > 1 && digits.starts_with('0')
    };
    let width = if has_zero(from) || has_zero(to) { from.len().max(to.len()) } else { 0 };
    let count = usize::try_from(first.abs_diff(last)).ok()? / step;
    let count = count.saturating_add(1);
    if width > 64 {
        return None;
    }
    if count > most {
        return Some(Err(TooMany));
    }
    let step = i64::try_from(step).ok()?;
    let way = if first <= last { step } else { -step };
    let numbers = std::iter::successors(Some(first), |number| number.checked_add(way)).take(count);
    Some(Ok(numbers.map(|number| letters(format!("{number:0width$}"))).collect()))
}
