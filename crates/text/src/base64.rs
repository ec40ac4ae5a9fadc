//! Base64: encodes with any alphabet; decodes the URL-safe alphabet without padding (RFC 4648, section 5).

/// The URL-safe alphabet.
pub const FOR_ADDRESSES: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes bytes without padding.
pub fn encode(bytes: &[u8], letters: &[u8; 64]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..=chunk.len() {
            let letter = (bits >> (18 - 6 * place)) as usize & 63;
            text.extend(letters.get(letter).map(|letter| char::from(*letter)));
        }
    }
    text
}

/// Decodes a string. On an error, returns the index of the first character that is not in the alphabet.
///
/// Leftover bits are ignored: callers that must detect changes use a checksum.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0u32, 0);
    for (place, letter) in text.bytes().enumerate() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return Err(place),
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Ok(bytes)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes as base64, with padding (RFC 4648, section 4).
pub fn to_base64(bytes: &[u8]) -> String {
    let mut text = encode(bytes, ALPHABET);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Decodes base64 as Python does: characters outside the alphabet are skipped, but the padding must be complete.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let letters = text.bytes().take_while(|byte| *byte != b'=');
    let values: Vec<_> =
        letters.filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)).collect();
    let padding = text.bytes().filter(|byte| *byte == b'=').count();
    if values.len() % 4 == 1 || (values.len() + padding) % 4 != 0 && values.len() % 4 + padding < 4 {
        return None;
    }
    let mut bytes = Vec::new();
    for group in values.chunks(4) {
        let bits = group.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - group.len()));
        let [_, whole @ ..] = u32::try_from(bits).unwrap_or_default().to_be_bytes();
        bytes.extend(whole.into_iter().take(group.len() - 1));
    }
    Some(bytes)
}
