//! Variables that the shell itself maintains: `$RANDOM`, `$SECONDS`, `${BASH_SOURCE[0]}`, and those of a login shell.

use crate::files::HOME;

use super::run::Shell;

/// The variables of a login shell, in order. They are exported.
pub const LOGIN: [&str; 7] = ["HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "USER"];

/// Returns whether a variable is one of a login shell.
pub fn is_login(name: &str) -> bool {
    LOGIN.contains(&name) || name == "OLDPWD"
}

/// Returns the value of a variable of a login shell.
pub fn login(name: &str) -> String {
    match name {
        "HOME" | "PWD" => HOME,
        "LANG" => "C.UTF-8",
        "PATH" => "/usr/local/bin:/usr/bin:/bin",
        "SHELL" => "/bin/bash",
        "LOGNAME" | "USER" => "playground",
        _ => "",
    }
    .to_owned()
}

/// Returns the value of a variable that has not been assigned.
pub fn value(shell: &mut Shell, name: &str) -> Option<String> {
    let milliseconds = shell.now();
    Some(match name {
        "?" => shell.status.to_string(),
        "#" => shell.arguments.len().to_string(),
        "@" | "*" => shell.arguments.join(" "),
        "$" | "BASHPID" => "4242".to_owned(),
        "PPID" => "1".to_owned(),
        "!" | "OLDPWD" => return None,
        "0" => shell.zero.clone(),
        "-" => shell.options.letters(),
        "_" => shell.last_word.clone(),
        "PWD" => shell.files.folder().to_owned(),
        "BASH" => "/bin/bash".to_owned(),
        "BASH_VERSION" => "5.2.15(1)-release".to_owned(),
        "HOSTNAME" => "playground".to_owned(),
        "HOSTTYPE" => "x86_64".to_owned(),
        "OSTYPE" => "linux-gnu".to_owned(),
        "MACHTYPE" => "x86_64-pc-linux-gnu".to_owned(),
        "UID" | "EUID" => "1000".to_owned(),
        "SHLVL" => (1 + shell.subscripts).to_string(),
        "BASH_SUBSHELL" => (shell.subshells - shell.subscripts.min(shell.subshells)).to_string(),
        "IFS" => " \t\n".to_owned(),
        "PS4" => "+ ".to_owned(),
        "OPTIND" => "1".to_owned(),
        "OPTERR" => "1".to_owned(),
        "BASH_COMMAND" => shell.written.to_string(),
        "LINENO" => shell.line.to_string(),
        "SECONDS" => ((milliseconds - shell.started) / 1000).to_string(),
        "EPOCHSECONDS" => (milliseconds / 1000).to_string(),
        "EPOCHREALTIME" => format!("{}.{:06}", milliseconds / 1000, milliseconds % 1000 * 1000),
        "RANDOM" => random(shell).to_string(),
        _ if is_login(name) => login(name),
        _ => match name.parse::<usize>() {
            Ok(place) => return place.checked_sub(1).and_then(|place| shell.arguments.get(place)).cloned(),
            Err(_) => return array(shell, name)?.into_iter().next(),
        },
    })
}

/// Returns the elements of an array that the shell itself maintains.
pub fn array(shell: &Shell, name: &str) -> Option<Vec<String>> {
    let frames = shell.frames.iter().rev();
    match name {
        "BASH_SOURCE" => Some(frames.map(|frame| frame.source.clone()).collect()),
        "FUNCNAME" if shell.frames.iter().any(|frame| frame.function.is_some()) => {
            Some(frames.map(|frame| frame.function.clone().unwrap_or_else(|| "main".to_owned())).collect())
        }
        "BASH_LINENO" => Some(frames.map(|frame| frame.line.to_string()).collect()),
        "BASH_VERSINFO" => {
            let parts = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"];
            Some(parts.into_iter().map(str::to_owned).collect())
        }
        "PIPESTATUS" => Some(shell.pipe_statuses.iter().map(u8::to_string).collect()),
        _ => None,
    }
}

/// Sets a variable that the shell itself maintains; returns whether it is one.
pub fn sets(shell: &mut Shell, name: &str, value: &str) -> bool {
    match name {
        "RANDOM" => *shell.random = value.parse().unwrap_or(0),
        "SECONDS" => shell.started = shell.now() - 1000 * value.parse::<i64>().unwrap_or(0).clamp(0, 1 << 40),
        "LINENO" | "EPOCHSECONDS" | "EPOCHREALTIME" | "BASHPID" | "BASH_SUBSHELL" => {}
        _ => return false,
    }
    true
}

/// Returns the next number of bash's random number generator, seeded by the playground.
fn random(shell: &mut Shell) -> u32 {
    if *shell.random == 0 {
        *shell.random = u32::try_from(shell.playground.seed() % 0x7fff_fffe).unwrap_or(0) + 1;
    }
    let before = i64::from(*shell.random);
    let next = 16_807 * (before % 127_773) - 2_836 * (before / 127_773);
    let next = if next < 0 { next + 0x7fff_ffff } else { next };
    *shell.random = u32::try_from(next).unwrap_or(1);
    ((*shell.random >> 16) ^ (*shell.random & 0xffff)) & 0x7fff
}
