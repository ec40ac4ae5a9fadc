//! Patterns: `*`, `?` and `[…]`, for names of files, `case` and `[[ a == b* ]]`.

/// A character of a pattern, and whether it may mean more than itself.
pub type Glyph = (char, bool);

/// Whether anything of it means more than itself.
pub fn is_pattern(glyphs: &[Glyph]) -> bool {
    glyphs.iter().any(|(c, is_special)| *is_special && "*?[".contains(*c))
}

/// Whether a text fits a pattern as a whole. It takes no longer than both lengths together ask for.
pub fn fits(glyphs: &[Glyph], text: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where to go on when what follows the last star does not fit.
    let mut back: Option<(usize, usize)> = None;
    while place < text.len() || at < glyphs.len() {
        if let Some(('*', true)) = glyphs.get(at) {
            back = Some((at + 1, place));
            at += 1;
            continue;
        }
        if let Some(length) = text.get(place).and_then(|c| fits_one(glyphs.get(at..).unwrap_or_default(), *c))
        {
            at += length;
            place += 1;
            continue;
        }
        match back {
            Some((after, from)) if from < text.len() => {
                back = Some((after, from + 1));
                (at, place) = (after, from + 1);
            }
            _ => return false,
        }
    }
    true
}

/// How much of a pattern one character fits; none where it does not.
fn fits_one(glyphs: &[Glyph], c: char) -> Option<usize> {
    match glyphs.first()? {
        ('?', true) => Some(1),
        ('[', true) => {
            let is_negated = matches!(glyphs.get(1), Some(('!' | '^', true)));
            let start = if is_negated { 2 } else { 1 };
            let inner = glyphs.get(start..)?;
            // A bracket that comes first is one of the set.
            let Some(end) = inner.iter().skip(1).position(|(c, is_special)| *c == ']' && *is_special) else {
                return (c == '[').then_some(1);
            };
            let set = inner.get(..=end)?;
            let mut has = false;
            let mut at = 0;
            while let Some((from, _)) = set.get(at) {
                match (set.get(at + 1), set.get(at + 2)) {
                    (Some(('-', true)), Some((to, _))) => {
                        has |= (*from..=*to).contains(&c);
                        at += 3;
                    }
                    _ => {
                        has |= *from == c;
                        at += 1;
                    }
                }
            }
            (has != is_negated).then_some(start + end + 2)
        }
        (own, _) => (*own == c).then_some(1),
    }
}

/// The places at which a pattern may end when it fits from the start of a text: the first, or the last.
pub fn prefix(glyphs: &[Glyph], text: &[char], is_longest: bool) -> Option<usize> {
    let fits = |end: &usize| text.get(..*end).is_some_and(|start| fits(glyphs, start));
    if is_longest { (0..=text.len()).rev().find(fits) } else { (0..=text.len()).find(fits) }
}

/// The place at which a pattern begins when it fits up to the end of a text: the last, or the first.
pub fn suffix(glyphs: &[Glyph], text: &[char], is_longest: bool) -> Option<usize> {
    let fits = |start: &usize| text.get(*start..).is_some_and(|end| fits(glyphs, end));
    if is_longest { (0..=text.len()).find(fits) } else { (0..=text.len()).rev().find(fits) }
}
