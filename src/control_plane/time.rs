//! Points in time, as the service stores and the AWS CLI prints them.

use std::fmt;

use time::OffsetDateTime;

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// `Display` is what AWS CLI v2 prints, in UTC.
///
/// ```
/// use mesh_playground::control_plane::Timestamp;
/// assert_eq!(Timestamp(1_649_252_750_072).to_string(), "2022-04-06T13:45:50.072000+00:00");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

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
