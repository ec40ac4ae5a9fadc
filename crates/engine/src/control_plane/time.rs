//! Timestamps, as the service stores them and the AWS CLI prints them.

use std::fmt;

use serde_json::Number;
use time::OffsetDateTime;

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// `Display` writes the format of AWS CLI v2, in UTC.
///
/// ```
/// use app_mesh_engine::control_plane::Timestamp;
/// assert_eq!(Timestamp(1_649_252_750_072).to_string(), "2022-04-06T13:45:50.072000+00:00");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Midnight of 2026-01-01 UTC: the initial time of a clock that is not set.
    pub const START_OF_2026: Self = Self(1_767_225_600_000);

    /// Returns the seconds since 1970 with as few decimals as needed: the format on the wire.
    ///
    /// ```
    /// use app_mesh_engine::control_plane::Timestamp;
    /// assert_eq!(Timestamp(1_563_810_546_590).epoch_seconds().to_string(), "1563810546.59");
    /// assert_eq!(Timestamp(1_563_810_546_000).epoch_seconds().to_string(), "1563810546");
    /// ```
    pub fn epoch_seconds(self) -> Number {
        let (seconds, millis) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        let sign = if self.0 < 0 { "-" } else { "" };
        let text = format!("{sign}{seconds}.{millis:03}");
        Number::from_string_unchecked(text.trim_end_matches('0').trim_end_matches('.').to_owned())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = i128::from(self.0) * 1_000_000;
        let time =
            OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.microsecond()
        )
    }
}
