//! Numbers as decimal digits and an exponent. Binary floating point is avoided: it would add 16 kB to the download.

use mesh_text::data::Data;

/// Exclusive limit of the digits of a result: it has at most 17, as many as a 64-bit floating-point number has.
const DIGITS: i128 = 100_000_000_000_000_000;
/// Maximum difference of the exponents of two numbers; beyond it, the smaller number is ignored.
const FAR: i32 = 19;

/// A number: `digits` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// Returns the number in a value; `None` if it is not a number.
    pub fn of(value: &Data) -> Option<Self> {
        let Data::Number(text) = value else { return None };
        Self::read(text)
    }

    /// Parses a number of JSON.
    pub fn read(text: &str) -> Option<Self> {
        let (base, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = base.split_once('.').unwrap_or((base, ""));
        let (is_negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));
        let mut exponent: i32 = exponent.trim_start_matches('+').parse().ok()?;
        exponent = exponent.clamp(-400, 400);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut digits: i128 = 0;
        let count = whole.len();
        for (place, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            // Digits beyond the precision only move the decimal point.
            if digits < DIGITS * 10 {
                digits = digits * 10 + digit;
                exponent -= i32::from(place >= count);
            } else {
                exponent = exponent.saturating_add(i32::from(place < count));
            }
        }
        Some(Self { digits: if is_negative { -digits } else { digits }, exponent }.rounded(DIGITS))
    }

    /// Returns a whole number.
    pub fn whole(number: i64) -> Self {
        Self { digits: number.into(), exponent: 0 }
    }

    fn rounded(mut self, most: i128) -> Self {
        while self.digits.abs() >= most {
            // The last step rounds half away from zero.
            let half = if self.digits.abs() < most * 10 { 5 * self.digits.signum() } else { 0 };
            self.digits = (self.digits + half) / 10;
            self.exponent += 1;
        }
        while self.digits != 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.exponent += 1;
        }
        if self.digits == 0 || self.exponent < -340 {
            return Self { digits: 0, exponent: 0 };
        }
        if self.exponent > 308 {
            return Self { digits: 17_976_931_348_623_157 * self.digits.signum(), exponent: 292 };
        }
        self
    }

    /// Returns the digits of both at a common exponent; if they are too far apart, the smaller one becomes zero.
    fn aligned(self, other: Self) -> (i128, i128, i32) {
        if self.digits == 0 {
            return (0, other.digits, other.exponent);
        }
        if other.digits == 0 {
            return (self.digits, 0, self.exponent);
        }
        if self.exponent < other.exponent {
            let (b, a, exponent) = other.aligned(self);
            return (a, b, exponent);
        }
        let apart = self.exponent - other.exponent;
        if apart > FAR {
            return (self.digits, 0, self.exponent);
        }
        (self.digits * 10i128.pow(apart.unsigned_abs()), other.digits, other.exponent)
    }

    /// Returns the sum.
    pub fn plus(self, other: Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { digits: a + b, exponent }.rounded(DIGITS)
    }

    /// Returns the number with the opposite sign.
    pub fn negative(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    /// Returns the product.
    pub fn times(self, other: Self) -> Self {
        let digits = self.digits * other.digits;
        Self { digits, exponent: self.exponent + other.exponent }.rounded(DIGITS)
    }

    /// Returns the quotient; `None` if the divisor is zero.
    pub fn over(self, other: Self) -> Option<Self> {
        let digits = (self.digits * 10i128.pow(FAR.unsigned_abs())).checked_div(other.digits)?;
        let mut quotient = Self { digits, exponent: self.exponent - other.exponent - FAR };
        // In jq, the digits beyond the sixteenth come from binary floating point; they are dropped here.
        while quotient.digits.abs() >= DIGITS / 10 {
            quotient.digits /= 10;
            quotient.exponent += 1;
        }
        Some(quotient.rounded(DIGITS))
    }

    /// Returns the greatest whole number that is not above this one.
    pub fn floor(self) -> Self {
        if self.exponent >= 0 {
            return self;
        }
        let Some(power) = 10i128.checked_pow(self.exponent.unsigned_abs()) else {
            return Self::whole(if self.digits < 0 { -1 } else { 0 });
        };
        Self { digits: self.digits.div_euclid(power), exponent: 0 }.rounded(DIGITS)
    }

    /// Converts to a whole number without the fraction; `None` if it is out of range.
    pub fn to_whole(self) -> Option<i64> {
        let power = 10i128.checked_pow(self.exponent.unsigned_abs());
        let digits = if self.exponent < 0 {
            power.map_or(0, |power| self.digits / power)
        } else {
            self.digits.checked_mul(power?)?
        };
        i64::try_from(digits).ok()
    }

    /// Compares two numbers.
    pub fn order(self, other: Self) -> std::cmp::Ordering {
        let signs = self.digits.signum().cmp(&other.digits.signum());
        signs.then_with(|| {
            let (a, b, _) = self.aligned(other);
            a.cmp(&b)
        })
    }

    /// Converts to a value, written as a number of JSON.
    pub fn value(self) -> Data {
        let digits = self.digits.unsigned_abs().to_string();
        let length = i32::try_from(digits.len()).unwrap_or_default();
        let point = length + self.exponent;
        let mut text = if self.digits < 0 { "-".to_owned() } else { String::new() };
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
        let (front, back) =
            digits.split_at_checked(usize::try_from(point).unwrap_or_default()).unwrap_or((&digits, ""));
        if !(-4..=19).contains(&point) {
            let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
            let sign = if point > 0 { "e+" } else { "e-" };
            let power = (point - 1).unsigned_abs();
            let pad = if power < 10 { "0" } else { "" };
            text.push_str(
                &[first, if rest.is_empty() { "" } else { "." }, rest, sign, pad, &*power.to_string()]
                    .concat(),
            );
        } else if self.exponent >= 0 {
            text.push_str(&[&*digits, &*zeros(self.exponent)].concat());
        } else if point <= 0 {
            text.push_str(&["0.", &*zeros(-point), &*digits].concat());
        } else {
            text.push_str(&[front, ".", back].concat());
        }
        Data::Number(text.into())
    }
}
