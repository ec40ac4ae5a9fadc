//! What only the shell itself can do: variables, history, scripts.

use super::run::{Shell, Stop, plain_path};
use crate::terminal::echo::quote;

/// The names, with what each is for.
pub const BUILTINS: &[(&str, &str)] = &[
    (".", ". FILE: run the lines of a file"),
    (":", ": does nothing"),
    ("bash", "bash FILE, bash -c LINE: run lines in a shell of their own"),
    ("break", "break: leave a loop"),
    ("cd", "cd FOLDER: nothing moves, there is one folder here"),
    ("continue", "continue: go on with the next turn of a loop"),
    ("env", "env: list the variables"),
    ("exit", "exit [STATUS]: run nothing more of this line"),
    ("export", "export NAME=value …: set variables; AWS_PROFILE is the account that acts"),
    ("false", "false: fail"),
    ("history", "history [-c]: list the lines typed before, or forget them"),
    ("set", "set: list the variables; its options mean nothing here"),
    ("sh", "sh FILE, sh -c LINE: as bash"),
    ("source", "source FILE: run the lines of a file"),
    ("true", "true: succeed"),
    ("unset", "unset NAME …: forget variables"),
];

/// How deep scripts may run scripts.
const DEEPEST: u32 = 16;

/// Runs a command, if it is one of these.
pub fn run(shell: &mut Shell, name: &str, arguments: &[String], stdin: &str) -> bool {
    let first = arguments.first().map_or("", String::as_str);
    let status = shell.status;
    shell.status = 0;
    match name {
        ":" | "true" | "cd" => {}
        "false" => shell.status = 1,
        "break" => shell.stop = Some(Stop::Break),
        "continue" => shell.stop = Some(Stop::Continue),
        "exit" => {
            shell.status = first.parse().unwrap_or(status);
            shell.stop = Some(Stop::Exit);
        }
        "export" => export(shell, arguments),
        "unset" => {
            for name in arguments {
                shell.variables.remove(name);
            }
        }
        "set" if !first.is_empty() => {}
        "env" if !first.is_empty() => {
            shell.status = status;
            return false;
        }
        "set" | "env" => {
            for (name, value) in shell.variables.iter() {
                let value = if name == "set" { quote(value) } else { value.clone() };
                shell.output.push_str(&[name, "=", &value, "\n"].concat());
            }
        }
        "history" if first == "-c" => shell.history.clear(),
        "history" => {
            for (i, line) in shell.history.iter().enumerate() {
                shell.output.push_str(&format!("{:>5}  {line}\n", i + 1));
            }
        }
        "." | "source" | "bash" | "sh" => script(shell, name, arguments, stdin),
        _ => {
            shell.status = status;
            return false;
        }
    }
    true
}

fn export(shell: &mut Shell, arguments: &[String]) {
    for argument in arguments.iter().filter(|argument| *argument != "-p") {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument.as_str(), None),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(is_name) {
            shell.fail(&["export: `", argument, "': not a valid identifier"].concat());
        } else if let Some(value) = value {
            shell.sets(name, value.to_owned());
        }
    }
}

fn script(shell: &mut Shell, name: &str, arguments: &[String], stdin: &str) {
    let mut arguments = arguments.iter().map(String::as_str);
    let mut first = arguments.next();
    let mut text = None;
    while let Some(option) = first.filter(|word| word.starts_with('-')) {
        first = arguments.next();
        if option.ends_with('c') {
            text = first.map(str::to_owned);
        }
    }
    let text = text.or_else(|| match first {
        Some(path) => shell.files.get(plain_path(path)).cloned(),
        None => Some(stdin.to_owned()),
    });
    let Some(text) = text else {
        let path = first.unwrap_or_default();
        shell.fail(&[path, ": No such file or directory"].concat());
        shell.status = if name.ends_with("sh") { 127 } else { 1 };
        return;
    };
    if shell.scripts >= DEEPEST {
        return shell.fail("scripts run scripts too deep");
    }
    shell.scripts += 1;
    let is_own = name.ends_with("sh");
    let variables = is_own.then(|| shell.variables.clone());
    shell.subshells += u32::from(is_own);
    shell.script(&text);
    shell.scripts -= 1;
    if let Some(variables) = variables {
        shell.subshells -= 1;
        *shell.variables = variables;
        shell.stop = shell.stop.filter(|_| shell.steps == 0);
    }
}
