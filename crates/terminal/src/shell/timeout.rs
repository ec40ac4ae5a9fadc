//! `timeout`: runs a command, and ends it when it sleeps too long. Nothing else takes time here.

use super::{
    builtins::nested,
    run::{Shell, Stop},
};

/// Options with a value.
const VALUED: [&str; 4] = ["-k", "-s", "--kill-after", "--signal"];

/// Returns a time such as `1.5`, `2m`, `1h` or `1d` in milliseconds; `None` if it is invalid.
pub fn milliseconds(word: &str) -> Option<i64> {
    let letters = word.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or(word);
    let unit = match word.get(letters.len()..) {
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        _ => 1,
    };
    let (whole, part) = letters.split_once('.').unwrap_or((letters, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || letters.is_empty() || letters == "." {
        return None;
    }
    let thousandths: i64 = format!("{part:0<3}").get(..3).and_then(|part| part.parse().ok()).unwrap_or(0);
    let seconds = if whole.is_empty() { 0 } else { whole.parse::<i64>().unwrap_or(i64::MAX).min(1 << 32) };
    Some((seconds * 1000 + thousandths) * unit)
}

impl Shell<'_> {
    /// Runs `timeout [OPTION …] TIME COMMAND …`.
    pub async fn timeout(&mut self, arguments: &[String]) {
        let mut words = arguments.iter().map(String::as_str).enumerate();
        let (mut signal, mut keeps_status, mut time) = ("TERM", false, None);
        for (place, word) in words.by_ref() {
            let pending = place.checked_sub(1).and_then(|before| arguments.get(before)).map(String::as_str);
            let of = pending.filter(|option| VALUED.contains(option));
            match (of, word) {
                (Some("-s" | "--signal"), value) => signal = value,
                (Some(_), _) => {}
                (None, "--preserve-status" | "-p") => keeps_status = true,
                (None, "--foreground" | "-f" | "-v" | "--verbose" | "--") => {}
                (None, _)
                    if VALUED.contains(&word)
                        || word.starts_with("--kill-after=")
                        || word.starts_with("-k") => {}
                (None, _) if word.starts_with("--signal=") => signal = word.get(9..).unwrap_or_default(),
                (None, _) if word.starts_with("-s") => signal = word.get(2..).unwrap_or_default(),
                (None, _) if word.starts_with('-') && word.len() > 1 => {
                    let letter = word.trim_start_matches('-');
                    let why = match word.starts_with("--") {
                        true => ["unrecognized option '", word, "'"].concat(),
                        false => ["invalid option -- '", letter.get(..1).unwrap_or(letter), "'"].concat(),
                    };
                    return self.refuses_timeout(&why);
                }
                (None, word) => {
                    time = Some(word);
                    break;
                }
            }
        }
        let command: Vec<String> = words.map(|(_, word)| word.to_owned()).collect();
        let Some(time) = time.filter(|_| !command.is_empty()) else { return self.refuses_timeout("") };
        let Some(limit) = milliseconds(time) else {
            return self.refuses_timeout(&["invalid time interval '", time, "'"].concat());
        };
        let before = self.deadline;
        // A time of 0 is no limit.
        let own = (limit > 0).then(|| self.slept.saturating_add(limit));
        self.deadline = own.into_iter().chain(before).min();
        nested(self, async |shell| shell.invoke(&command).await).await;
        self.deadline = before;
        let is_own =
            own.is_some_and(|own| own <= self.slept) && before.is_none_or(|before| self.slept < before);
        let is_over = self.is_late && is_own && self.steps > 0;
        self.is_late &= !is_own;
        if is_over {
            self.stop = self.stop.filter(|stop| *stop != Stop::Exit);
            self.status = match signal.strip_prefix("SIG").unwrap_or(signal) {
                "KILL" | "9" => 137,
                "INT" | "2" if keeps_status => 130,
                _ if keeps_status => 143,
                _ => 124,
            };
        }
    }

    fn refuses_timeout(&mut self, why: &str) {
        if !why.is_empty() {
            self.errors.push_str(&["timeout: ", why, "\n"].concat());
        }
        self.errors.push_str("Try 'timeout --help' for more information.\n");
        self.status = 125;
    }
}
