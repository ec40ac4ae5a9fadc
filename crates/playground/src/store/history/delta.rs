//! The difference between two strings, from which one can be rebuilt from the other.
//!
//! Both are split between list items, and common pieces are copied, regardless of their position. So the difference of
//! two neighbouring worlds is about as large as the change.

use mesh_text::sorting;

/// End of a piece: between two items of a list in a playground document.
const CUT: &str = "},";

/// Returns the difference that turns `old` into `new`.
pub(super) fn between(old: &str, new: &str) -> String {
    let mut delta = format!("{:016x}\n", checksum(old));
    let mut offset = 0;
    let place = |piece: &'_ str| (offset += piece.len(), offset - piece.len()).1;
    let offsets: Vec<_> = old.split_inclusive(CUT).map(place).collect();
    let mut places: Vec<_> = old.split_inclusive(CUT).zip(offsets).collect();
    sorting::sort(&mut places);
    let find = |piece: &str| {
        let index = places.partition_point(|(other, _)| *other < piece);
        places.get(index).filter(|(other, _)| *other == piece).map(|(_, offset)| *offset)
    };
    let mut writer = Writer { old, copied: 0..0, added: 0..0, new, delta: &mut delta };
    let mut at = 0;
    for piece in new.split_inclusive(CUT) {
        let end = at + piece.len();
        // The piece after the last copy in the old text usually comes next in the new one, too.
        let next = writer.copied.end;
        let follows = old.get(next..).is_some_and(|rest| rest.starts_with(piece));
        match if follows { Some(next) } else { find(piece) } {
            Some(from) => writer.copy(from..from + piece.len()),
            None => writer.add(at..end),
        }
        at = end;
    }
    writer.flush();
    delta
}

/// Merges adjacent pieces, so that each run becomes one operation.
struct Writer<'a> {
    old: &'a str,
    new: &'a str,
    copied: std::ops::Range<usize>,
    added: std::ops::Range<usize>,
    delta: &'a mut String,
}

impl Writer<'_> {
    fn copy(&mut self, from: std::ops::Range<usize>) {
        if self.added.is_empty() && !self.copied.is_empty() && self.copied.end == from.start {
            self.copied.end = from.end;
        } else {
            self.flush();
            self.copied = from;
        }
    }

    fn add(&mut self, range: std::ops::Range<usize>) {
        if self.added.is_empty() {
            self.added = range;
        } else {
            self.added.end = range.end;
        }
    }

    /// Writes the copy, then the text added after it.
    fn flush(&mut self) {
        if !self.copied.is_empty() {
            self.delta.push_str(&format!("={},{}\n", self.copied.start, self.copied.len()));
        }
        if let Some(text) = self.new.get(self.added.clone()).filter(|text| !text.is_empty()) {
            self.delta.push_str(&format!("+{}\n{text}", text.len()));
        }
        debug_assert!(self.copied.end <= self.old.len(), "copies are of the old text");
        (self.copied, self.added) = (0..0, 0..0);
    }
}

/// Returns the new string; `None` if the difference belongs to another string or is damaged.
pub(super) fn apply(old: &str, delta: &str) -> Option<String> {
    let (sum, mut rest) = delta.split_once('\n')?;
    if u64::from_str_radix(sum, 16) != Ok(checksum(old)) {
        return None;
    }
    let mut new = String::new();
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        if let Some(range) = line.strip_prefix('=') {
            let (start, length) = range.split_once(',')?;
            let (start, length) = (start.parse::<usize>().ok()?, length.parse::<usize>().ok()?);
            new.push_str(old.get(start..start.checked_add(length)?)?);
        } else {
            let length = line.strip_prefix('+')?.parse::<usize>().ok()?;
            new.push_str(rest.get(..length)?);
            rest = rest.get(length..)?;
        }
        // Only a damaged difference exceeds the maximum size of a document.
        if new.len() > MOST {
            return None;
        }
    }
    Some(new)
}

/// Upper bound of the size of a document, in bytes.
const MOST: usize = 64 * 1024 * 1024;

/// Returns the 64-bit FNV-1a checksum, which detects a difference that belongs to another string.
fn checksum(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
