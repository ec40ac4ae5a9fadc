//! Glob patterns: `*`, `?` and `[…]`, for file names, `case` and `[[ a == b* ]]`.

/// A character of a pattern, and whether it may be special.
pub type Glyph = (char, bool);

/// Returns whether the pattern has a special character.
pub fn is_pattern(glyphs: &[Glyph]) -> bool {
    glyphs.iter().any(|(c, is_special)| *is_special && "*?[".contains(*c))
}

/// Makes each unclosed opening bracket literal, so that matching does not search for its end repeatedly.
pub fn close_brackets(glyphs: &mut [Glyph]) {
    let last = glyphs.iter().rposition(|glyph| *glyph == (']', true)).unwrap_or_default();
    for place in last.saturating_sub(2)..glyphs.len() {
        let is_negated = matches!(glyphs.get(place + 1), Some(('!' | '^', true)));
        let has_end = place + 2 + usize::from(is_negated) <= last;
        if let Some((_, is_special)) = glyphs.get_mut(place).filter(|glyph| glyph.0 == '[') {
            *is_special &= has_end;
        }
    }
}

/// Returns whether a string matches a pattern as a whole. Its time is bounded by the product of both lengths.
pub fn fits(glyphs: &[Glyph], text: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Position at which to resume if the part after the last star does not match.
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

/// Returns whether a string matches a pattern as a whole; a backslash makes the next character literal.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut glyphs = Vec::new();
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match (c, characters.as_str().chars().next()) {
            ('\\', Some(next)) => {
                characters.next();
                glyphs.push((next, false));
            }
            _ => glyphs.push((c, true)),
        }
    }
    close_brackets(&mut glyphs);
    fits(&glyphs, &text.chars().collect::<Vec<_>>())
}

/// Returns how many characters at the start of a pattern match one character; `None` if they do not match.
fn fits_one(glyphs: &[Glyph], c: char) -> Option<usize> {
    match glyphs.first()? {
        ('?', true) => Some(1),
        ('[', true) => {
            let is_negated = matches!(glyphs.get(1), Some(('!' | '^', true)));
            let start = if is_negated { 2 } else { 1 };
            let inner = glyphs.get(start..)?;
            // A closing bracket that comes first is a member of the set.
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

/// Returns the length of the first element of a pattern; a set in brackets is one element.
fn sign(glyphs: &[Glyph]) -> usize {
    if !matches!(glyphs.first(), Some(('[', true))) {
        return 1;
    }
    let start = if matches!(glyphs.get(1), Some(('!' | '^', true))) { 2 } else { 1 };
    let inner = glyphs.get(start + 1..).unwrap_or_default();
    inner.iter().position(|(c, is_special)| *c == ']' && *is_special).map_or(1, |end| start + end + 2)
}

/// Search for a pattern at many positions of a string.
///
/// The search tracks all positions in the pattern that the string may have reached at once. So it scans the string
/// once, however many stars the pattern has, and stops as soon as no match is possible.
pub struct Search<'g> {
    signs: Vec<&'g [Glyph]>,
    /// Work done so far, in comparisons.
    pub work: usize,
}

impl<'g> Search<'g> {
    /// Creates a search for a pattern.
    pub fn new(glyphs: &'g [Glyph]) -> Self {
        let mut signs = Vec::new();
        let mut rest = glyphs;
        while !rest.is_empty() {
            let (first, after) = rest.split_at_checked(sign(rest)).unwrap_or((rest, &[]));
            signs.push(first);
            rest = after;
        }
        Self { signs, work: 0 }
    }

    /// Returns the end of a match at the start of a string: the first end, or the last with `is_longest`.
    pub fn prefix(&mut self, text: &[char], is_longest: bool) -> Option<usize> {
        self.goes(text.iter(), false, is_longest)
    }

    /// Returns the start of a match at the end of a string: the last start, or the first with `is_longest`.
    pub fn suffix(&mut self, text: &[char], is_longest: bool) -> Option<usize> {
        self.goes(text.iter().rev(), true, is_longest).map(|length| text.len() - length)
    }

    fn goes<'t>(
        &mut self,
        text: impl Iterator<Item = &'t char>,
        is_back: bool,
        is_longest: bool,
    ) -> Option<usize> {
        let count = self.signs.len();
        let sign = |place: usize| {
            let place = if is_back { (count - 1).checked_sub(place) } else { Some(place) };
            place.and_then(|place| self.signs.get(place)).copied().unwrap_or_default()
        };
        let is_star = |place: usize| matches!(sign(place), [('*', true)]);
        // Adds a position in the pattern: before this element, in order. A star may also match nothing.
        let reach = |places: &mut Vec<usize>, place: usize| {
            let mut place = place;
            while places.last().is_none_or(|last| *last < place) {
                places.push(place);
                if place < count && is_star(place) {
                    place += 1;
                }
            }
        };
        let (mut places, mut next) = (Vec::new(), Vec::new());
        reach(&mut places, 0);
        let mut found = None;
        let mut length = 0;
        let mut work = 1;
        let mut text = text;
        loop {
            if places.last() == Some(&count) {
                found = Some(length);
                if !is_longest {
                    break;
                }
            }
            let Some(c) = text.next() else { break };
            work += places.len();
            next.clear();
            for place in places.iter().copied().filter(|place| *place < count) {
                if is_star(place) {
                    reach(&mut next, place);
                } else if fits_one(sign(place), *c).is_some() {
                    reach(&mut next, place + 1);
                }
            }
            std::mem::swap(&mut places, &mut next);
            length += 1;
            if places.is_empty() {
                break;
            }
        }
        self.work += work;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Search` finds the parts of a string that match the pattern as a whole.
    #[test]
    fn a_search_finds_what_fits() {
        let patterns = [
            "", "a", "*", "a*", "*a", "*b*", "**", "***a", "*?*", "?", "??", "a?*b", "[ab]", "[!a]*", "[a",
            "[]]", "*a*a*", "ab",
        ];
        for pattern in patterns {
            let glyphs: Vec<Glyph> = pattern.chars().map(|c| (c, true)).collect();
            for text in ["", "a", "b", "ab", "ba", "aab", "abab", "bb]a", "[a", "]x", "aaaa"] {
                let text: Vec<char> = text.chars().collect();
                let ends: Vec<usize> = (0..=text.len()).filter(|end| fits(&glyphs, &text[..*end])).collect();
                let starts: Vec<usize> =
                    (0..=text.len()).filter(|start| fits(&glyphs, &text[*start..])).collect();
                let mut search = Search::new(&glyphs);
                assert_eq!(search.prefix(&text, false), ends.first().copied(), "{pattern} {text:?}");
                assert_eq!(search.prefix(&text, true), ends.last().copied(), "{pattern} {text:?}");
                assert_eq!(search.suffix(&text, false), starts.last().copied(), "{pattern} {text:?}");
                assert_eq!(search.suffix(&text, true), starts.first().copied(), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn a_bracket_without_its_end_is_a_letter() {
        for (pattern, special) in [
            ("[", "."),
            ("[]", ".."),
            ("[]]", "[.]"),
            ("[!]", ".!."),
            ("[!]]", "[!.]"),
            ("[a]", "[.]"),
            ("[[", ".."),
            ("[a][", "[.]."),
            ("[^]", ".^."),
            ("[a]]", "[.]]"),
            ("a", "."),
        ] {
            let mut glyphs: Vec<Glyph> = pattern.chars().map(|c| (c, true)).collect();
            let before = Search::new(&glyphs).signs.iter().map(|sign| sign.len()).collect::<Vec<_>>();
            let fit = |glyphs: &[Glyph], text: &str| fits(glyphs, &text.chars().collect::<Vec<_>>());
            let texts = ["[", "[]", "[!]", "a", "b", "]", "a[", "a]", "[[", "[^]"];
            let fitted = texts.map(|text| fit(&glyphs, text));
            close_brackets(&mut glyphs);
            let shown = |(c, is_special): &Glyph| if *is_special && *c == '[' { '[' } else { '.' };
            assert_eq!(
                glyphs.iter().map(shown).collect::<String>(),
                special.replace(|c| c != '[', "."),
                "{pattern}"
            );
            assert_eq!(texts.map(|text| fit(&glyphs, text)), fitted, "{pattern}");
            let after = Search::new(&glyphs).signs.iter().map(|sign| sign.len()).collect::<Vec<_>>();
            assert_eq!(after, before, "{pattern}");
        }
    }

    #[test]
    fn a_search_takes_no_longer_than_its_text() {
        let text = vec!['a'; 10_000];
        let stars: Vec<Glyph> = "*a*a*a*b".chars().map(|c| (c, true)).collect();
        let mut search = Search::new(&stars);
        assert_eq!(search.prefix(&text, true), None);
        assert!(search.work <= 10_001 * 9, "{}", search.work);
        let one: Vec<Glyph> = vec![('a', true)];
        let mut search = Search::new(&one);
        assert_eq!(search.prefix(&text, true), Some(1));
        assert!(search.work < 10, "{}", search.work);
    }
}
