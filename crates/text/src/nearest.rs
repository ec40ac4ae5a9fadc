//! Suggestions for misspelt words.

/// Returns the allowed word that a misspelt word most likely means: one that differs only in case, hyphens and
/// underscores, or has an edit distance of at most two.
pub fn nearest<'a>(found: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let fold = |word: &str| word.replace(['-', '_', ' '], "").to_ascii_lowercase();
    if found.len() > 64 {
        return None;
    }
    let wanted = fold(found);
    let letters = wanted.chars().count();
    // A word of a very different length is too distant, so its letters need no comparison; hyphens do not count.
    let may_be = |word: &&&str| {
        let hyphens = word.matches(['-', '_', ' ']).count();
        (word.len() - hyphens).abs_diff(letters) <= 2
    };
    allowed
        .iter()
        .filter(may_be)
        .map(|word| (distance(&wanted, &fold(word)), *word))
        .filter(|(distance, word)| *distance <= 2.min(word.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Returns the edit distance (insertions, deletions, replacements) between two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_yields_a_suggestion() {
        let allowed = &["IPv6_PREFERRED", "IPv4_PREFERRED", "IPv4_ONLY", "IPv6_ONLY"];
        for (found, expected) in [
            ("ipv6-only", Some("IPv6_ONLY")),
            ("IPV4_PREFERED", Some("IPv4_PREFERRED")),
            ("IPv6", None),
            ("BOGUS", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, allowed), expected, "{found}");
        }
    }
}
