//! A QR code as the path of an SVG.

use qrcodegen::{QrCode, QrCodeEcc};

/// A QR code, one unit for each module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Width and height in units, including the quiet zone.
    pub size: i32,
    /// Dark modules, as the `d` attribute of a path.
    pub path: String,
}

/// Width of the light margin that readers need, in modules. Source: ISO/IEC 18004.
const QUIET: i32 = 4;

/// Returns the QR code of a string; `None` if the string is too long.
///
/// Uses the lowest error correction level, raised if there is room: a code on a screen has no stains, and larger
/// modules can be read from farther away.
///
/// ```
/// use playground_core::share::qr;
/// assert_eq!(qr("https://example.org/").unwrap().size, 25 + 8);
/// assert_eq!(qr(&"x".repeat(3000)), None);
/// ```
#[inline(never)]
pub fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Low).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            // A run of dark modules becomes one rectangle, so that no hairlines are visible between them.
            let start = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                path.push_str(&format!(
                    "M{} {}h{}v1H{}z",
                    start + QUIET,
                    y + QUIET,
                    x - start,
                    start + QUIET
                ));
            }
            x += 1;
        }
    }
    Some(Qr { size: code.size() + 2 * QUIET, path })
}
