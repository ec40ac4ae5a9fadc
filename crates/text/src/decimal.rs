//! Decimal numbers of any length, compared by value. Nothing is converted to binary floating point.

use std::cmp::Ordering;

/// A number in decimal notation, without an exponent.
///
/// ```
/// use mesh_text::decimal::Decimal;
/// let (half, rest) = Decimal::at_start(b"0.50 s");
/// assert_eq!((half, rest), (Decimal::at_start(b".5").0, &b" s"[..]));
/// assert!(Decimal::at_start(b"-3").0 < Decimal::at_start(b"-2.9").0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal<'t> {
    is_negative: bool,
    /// Digits before the point, without leading zeros.
    whole: &'t [u8],
    /// Digits after the point, without trailing zeros.
    fraction: &'t [u8],
}

impl<'t> Decimal<'t> {
    /// Reads the number at the start of a text, zero if there are no digits; also returns the rest of the text.
    pub fn at_start(text: &'t [u8]) -> (Self, &'t [u8]) {
        let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (is_negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
        let (whole, rest) = text.split_at(digits(text));
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(after) => after.split_at(digits(after)),
            None => (&[][..], rest),
        };
        let zeros = whole.iter().take_while(|byte| **byte == b'0').count();
        let whole = whole.get(zeros..).unwrap_or_default();
        let zeros = fraction.iter().rev().take_while(|byte| **byte == b'0').count();
        let fraction = fraction.get(..fraction.len() - zeros).unwrap_or_default();
        // There is one zero, without a sign.
        let is_negative = is_negative && !(whole.is_empty() && fraction.is_empty());
        (Self { is_negative, whole, fraction }, rest)
    }

    /// Returns whether the number is zero.
    pub fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// Returns whether the number is less than zero.
    pub fn is_negative(&self) -> bool {
        self.is_negative
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = || {
            let lengths = self.whole.len().cmp(&other.whole.len());
            let order = lengths.then_with(|| (self.whole, self.fraction).cmp(&(other.whole, other.fraction)));
            if self.is_negative { order.reverse() } else { order }
        };
        other.is_negative.cmp(&self.is_negative).then_with(sizes)
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
