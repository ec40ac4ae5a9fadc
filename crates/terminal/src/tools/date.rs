//! `date`: the time of the playground's clock, in the format of GNU date in the C locale.

use crate::command::Output;
use time::{Duration, OffsetDateTime};

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Runs `date` at a time in milliseconds since 1970. Every time zone is UTC here.
pub(crate) fn run(words: &[String], now: i64, zone: Option<&str>) -> Output {
    let mut format: Option<String> = None;
    let mut asked: Option<&str> = None;
    let mut zone = zone.filter(|zone| !zone.is_empty()).map_or("UTC", |_| "UTC");
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-u" | "--utc" | "--universal" => zone = "UTC",
            "-d" | "--date" => asked = words.next(),
            "-R" | "--rfc-email" => format = Some("%a, %d %b %Y %H:%M:%S %z".to_owned()),
            "-r" | "-f" | "-s" => {
                return Output::failed(1, format!("date: {word} is not simulated here; -d TIME is\n"));
            }
            _ if word.starts_with('+') => format = word.get(1..).map(str::to_owned),
            _ if word.starts_with("--date=") => asked = word.strip_prefix("--date="),
            _ if word.starts_with("-d") => asked = word.strip_prefix("-d"),
            _ if word.starts_with("-I") || word.starts_with("--iso-8601") => {
                let kind =
                    word.trim_start_matches("--iso-8601").trim_start_matches("-I").trim_start_matches('=');
                format = Some(
                    match kind {
                        "hours" => "%Y-%m-%dT%H%:z",
                        "minutes" => "%Y-%m-%dT%H:%M%:z",
                        "seconds" | "s" => "%Y-%m-%dT%H:%M:%S%:z",
                        "ns" => "%Y-%m-%dT%H:%M:%S,%N%:z",
                        _ => "%Y-%m-%d",
                    }
                    .to_owned(),
                );
            }
            _ if word.starts_with("--rfc-3339") => format = Some("%Y-%m-%d %H:%M:%S%:z".to_owned()),
            _ if word.starts_with("-u") => {
                zone = "UTC";
                if word.len() > 2 {
                    return Output::failed(1, invalid(word));
                }
            }
            _ => {
                return match word.starts_with('-') && word.len() > 1 {
                    true => super::options::unknown("date", word),
                    false => Output::failed(1, invalid(word)),
                };
            }
        }
    }
    let present = OffsetDateTime::from_unix_timestamp_nanos(i128::from(now) * 1_000_000);
    let present = present.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let time = match asked {
        Some(text) => match moment(text, present) {
            Some(time) => time,
            None => return Output::failed(1, invalid(text)),
        },
        None => present,
    };
    let format = format.unwrap_or_else(|| "%a %b %e %H:%M:%S %Z %Y".to_owned());
    Output::printed(written(&format, time, zone) + "\n")
}

fn invalid(text: &str) -> String {
    ["date: invalid date '", text, "'\n"].concat()
}

/// Parses a time: `@seconds`, `2024-01-31`, `2024-01-31T10:00:00Z`, `yesterday`, `+1 day`, `2 hours ago`,
/// and a date followed by such words.
fn moment(text: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    if let Some(seconds) = text.trim().strip_prefix('@') {
        let (whole, _) = seconds.split_once('.').unwrap_or((seconds, ""));
        return OffsetDateTime::from_unix_timestamp(whole.parse().ok()?).ok();
    }
    let mut time = now;
    let lowered = text.to_ascii_lowercase().replace(',', " ");
    let mut words = lowered.split_whitespace().peekable();
    let mut count: Option<i64> = None;
    while let Some(word) = words.next() {
        // The sign may be a separate word before its number.
        let signed;
        let word = match word {
            "+" => words.next()?,
            "-" => {
                signed = ["-", words.next()?].concat();
                &signed
            }
            word => word,
        };
        if let Some(date) = date_of(word) {
            time = date;
            continue;
        }
        if let Some(clock) = clock_of(word) {
            time = time.replace_time(clock);
            continue;
        }
        match word {
            "now" | "today" | "utc" | "z" | "gmt" | "and" => continue,
            "yesterday" => time = time.checked_sub(Duration::DAY)?,
            "tomorrow" => time = time.checked_add(Duration::DAY)?,
            "next" => count = Some(1),
            "last" => count = Some(-1),
            "ago" => return None,
            _ => {
                // `+1day`, `-2`, `3`: a number with an optional unit.
                let end = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
                let (number, unit) = word.split_at(end);
                let number = match number {
                    "" => count.take().unwrap_or(1),
                    number => number.parse().ok()?,
                };
                if unit.is_empty() {
                    count = Some(number);
                    continue;
                }
                let is_ago = words.next_if_eq(&"ago").is_some();
                time = moved(time, if is_ago { number.checked_neg()? } else { number }, unit)?;
            }
        }
    }
    if count.is_some() { None } else { Some(time) }
}

fn moved(time: OffsetDateTime, count: i64, unit: &str) -> Option<OffsetDateTime> {
    let seconds: i64 = match unit.strip_suffix('s').unwrap_or(unit) {
        "sec" | "second" | "" => 1,
        "min" | "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        "fortnight" => 1_209_600,
        kind @ ("month" | "year") => {
            let months = count.checked_mul(if kind == "year" { 12 } else { 1 })?;
            let place = i64::from(time.year()) * 12 + i64::from(u8::from(time.month())) - 1;
            let place = place.checked_add(months)?;
            let year = i32::try_from(place.div_euclid(12)).ok()?;
            let month = u8::try_from(place.rem_euclid(12) + 1).ok()?;
            let first = time::Date::from_calendar_date(year, time::Month::try_from(month).ok()?, 1).ok()?;
            // A day past the end of the month carries over into the next.
            let date = first.checked_add(Duration::days(i64::from(time.day()) - 1))?;
            return Some(time.replace_date(date));
        }
        _ => return None,
    };
    time.checked_add(Duration::seconds(count.checked_mul(seconds)?))
}

/// Parses `2024-01-31` or `20240131`, with an optional time after `T`.
fn date_of(word: &str) -> Option<OffsetDateTime> {
    let (date, clock) = word.split_once('t').unwrap_or((word, ""));
    let parts: Vec<&str> = date.split(['-', '/']).collect();
    let (year, month, day) = match *parts {
        [year, month, day] if year.len() == 4 => (year, month, day),
        [month, day, year] if date.contains('/') => (year, month, day),
        [all] if all.len() == 8 && all.bytes().all(|byte| byte.is_ascii_digit()) => {
            (all.get(..4)?, all.get(4..6)?, all.get(6..)?)
        }
        _ => return None,
    };
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let date = time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let clock = if clock.is_empty() { time::Time::MIDNIGHT } else { clock_of(clock)? };
    Some(OffsetDateTime::new_utc(date, clock))
}

/// Parses `10:00`, `10:00:05` or `10:00:05.5z`.
fn clock_of(word: &str) -> Option<time::Time> {
    let word = word.trim_end_matches('z').trim_end_matches("+00:00");
    let mut parts = word.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second = parts.next().unwrap_or("0");
    let second = second.split_once('.').map_or(second, |(whole, _)| whole).parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    time::Time::from_hms(hour, minute, second).ok()
}

/// Formats a time.
fn written(format: &str, time: OffsetDateTime, zone: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        // GNU flags: no padding, spaces, zeros, upper case, and the colon of `%:z`.
        let length = after.find(|c| !"-_0^#:".contains(c)).unwrap_or(after.len());
        let (flags, after) = after.split_at(length);
        let mut characters = after.chars();
        let Some(kind) = characters.next() else {
            text.push('%');
            text.push_str(flags);
            return text;
        };
        rest = characters.as_str();
        let made = field(kind, flags, time, zone);
        text.push_str(&if flags.contains('^') { made.to_uppercase() } else { made });
    }
    text + rest
}

fn field(kind: char, flags: &str, time: OffsetDateTime, zone: &str) -> String {
    let name = |names: &'static [&'static str], place: u8| -> &'static str {
        names.get(usize::from(place)).copied().unwrap_or_default()
    };
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let number = |value: i64, width: usize| {
        let digits = value.to_string();
        match (flags.contains('-'), flags.contains('_')) {
            (true, _) => digits,
            (_, true) => format!("{digits:>width$}"),
            _ => format!("{digits:0>width$}"),
        }
    };
    let spaced = |value: i64| {
        if flags.contains('0') || flags.contains('-') { number(value, 2) } else { format!("{value:>2}") }
    };
    let day = time.weekday().number_days_from_sunday();
    let month = u8::from(time.month());
    let hour = i64::from(time.hour());
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let again = |format: &str| written(format, time, zone);
    match kind {
        '%' => "%".to_owned(),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        'a' => short(name(&DAYS, day)),
        'A' => name(&DAYS, day).to_owned(),
        'b' | 'h' => short(name(&MONTHS, month - 1)),
        'B' => name(&MONTHS, month - 1).to_owned(),
        'c' => again("%a %b %e %H:%M:%S %Y"),
        'C' => number(i64::from(time.year()) / 100, 2),
        'd' => number(i64::from(time.day()), 2),
        'D' | 'x' => again("%m/%d/%y"),
        'e' => spaced(i64::from(time.day())),
        'F' => again("%Y-%m-%d"),
        'g' => number(i64::from(time.to_iso_week_date().0) % 100, 2),
        'G' => time.to_iso_week_date().0.to_string(),
        'H' => number(hour, 2),
        'I' => number(half, 2),
        'j' => number(i64::from(time.ordinal()), 3),
        'k' => spaced(hour),
        'l' => spaced(half),
        'm' => number(i64::from(month), 2),
        'M' => number(i64::from(time.minute()), 2),
        'N' => format!("{:09}", time.nanosecond()),
        'p' => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
        'P' => (if hour < 12 { "am" } else { "pm" }).to_owned(),
        'q' => month.div_ceil(3).to_string(),
        'r' => again("%I:%M:%S %p"),
        'R' => again("%H:%M"),
        's' => time.unix_timestamp().to_string(),
        'S' => number(i64::from(time.second()), 2),
        'T' | 'X' => again("%H:%M:%S"),
        'u' => time.weekday().number_from_monday().to_string(),
        'U' => number(i64::from(time.sunday_based_week()), 2),
        'V' => number(i64::from(time.iso_week()), 2),
        'w' => day.to_string(),
        'W' => number(i64::from(time.monday_based_week()), 2),
        'y' => number(i64::from(time.year()).rem_euclid(100), 2),
        'Y' => number(i64::from(time.year()), 4),
        'z' => (if flags.contains(':') { "+00:00" } else { "+0000" }).to_owned(),
        'Z' => zone.to_owned(),
        other => ["%", flags, &other.to_string()].concat(),
    }
}
