//! A path as Envoy understands it before any route sees it, and as it sends it on.

use std::fmt::Write;

/// The normal form of a path with its query: `normalize_path` and `merge_slashes`, which App Mesh turned on.
///
/// All of it measured: escaped letters, digits and `-._~` become themselves, a backslash a slash, and what must not
/// stand in a path is escaped; then `.` and `..` are resolved, and several slashes become one. The query stays as
/// it is. What a client would never send (a fragment, a space, letters beyond ASCII) is treated as browsers do.
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
        // An empty segment is a second slash, unless it ends the path.
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
