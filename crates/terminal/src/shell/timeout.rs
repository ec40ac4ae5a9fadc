//! `timeout`: runs a command, and ends it when it sleeps too long. Nothing else takes time here.

use super::{
    builtins::nested,
    run::{Shell, Stop},
};
use crate::{
    command::Output,
    tools::{before_command, wrong},
};

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
        const LONG: &[(&str, char)] = &[
            ("foreground", 'f'),
            ("kill-after", 'k'),
            ("preserve-status", 'p'),
            ("signal", 's'),
            ("verbose", 'v'),
        ];
        let options = match before_command("timeout", arguments, "fpv", "ks", LONG) {
            Ok(options) => options,
            Err(output) => return self.tells(output),
        };
        let (signal, keeps_status) = (options.value('s').unwrap_or("TERM"), options.has('p'));
        let [time, command @ ..] = &*options.operands else { return self.tells(missing_command()) };
        if command.is_empty() {
            return self.tells(missing_command());
        }
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let Some(limit) = milliseconds(time) else {
            return self.tells(wrong("timeout", &["invalid time interval '", time, "'"]));
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
}

/// Returns the error without a time or a command.
fn missing_command() -> Output {
    Output::failed(125, "Try 'timeout --help' for more information.\n")
}
