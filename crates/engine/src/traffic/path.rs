//! Request paths as Envoy normalizes them before it tries any route, and as it forwards them.

use std::fmt::Write;

/// Normalizes a path with its query, like `normalize_path` and `merge_slashes`, which App Mesh enabled.
///
/// All of it is measured: escaped letters, digits and `-._~` are unescaped, a backslash becomes a slash, and
/// characters that are invalid in a path are escaped; then `.` and `..` are resolved, and repeated slashes are
/// merged. The query is preserved. Input that a client would never send (a fragment, a space, non-ASCII characters)
/// is handled as browsers do.
pub(super) fn normalized(text: &str) -> String {
    let text = text.split('#').next().unwrap_or_default();
    let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    let mut segments: Vec<String> = Vec::new();
    let canonical = canonical(path);
    let mut parts = canonical.strip_prefix('/').unwrap_or(&canonical).split('/').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." => segments.extend(is_last.then(String::new)),
            ".." => {
                segments.pop();
                segments.extend(is_last.then(String::new));
            }
            part => segments.push(part.to_owned()),
        }
    }
    let mut normal = String::new();
    let last = segments.len().saturating_sub(1);
    for (i, segment) in segments.iter().enumerate() {
        // An empty segment is a repeated slash, unless it ends the path.
        if !segment.is_empty() || (i == last && !normal.ends_with('/')) {
            normal.push('/');
            normal.push_str(segment);
        }
    }
    if normal.is_empty() {
        normal.push('/');
    }
    normal + query
}

fn canonical(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let bytes = path.as_bytes();
    let mut i = 0;
    while let Some(byte) = bytes.get(i).copied() {
        i += 1;
        match byte {
            b'\\' => out.push('/'),
            b'%' => {
                let hex = path.get(i..i + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                match hex {
                    Some(plain) if plain.is_ascii_alphanumeric() || b"-._~".contains(&plain) => {
                        out.push(char::from(plain));
                        i += 2;
                    }
                    _ => out.push('%'),
                }
            }
            byte if byte <= b' ' || byte >= 0x7f || b"\"<>{}|`^".contains(&byte) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
            byte => out.push(char::from(byte)),
        }
    }
    out
}
