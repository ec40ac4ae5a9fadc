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
    ("command", "command [-v] NAME …: run a command, or tell whether it is there"),
    ("env", "env: list the variables"),
    ("eval", "eval WORD …: run words as a line"),
    ("exit", "exit [STATUS]: run nothing more of this line"),
    ("export", "export NAME=value …: set variables; AWS_PROFILE is the account that acts"),
    ("false", "false: fail"),
    ("history", "history [-c]: list the lines typed before, or forget them"),
    ("local", "local NAME=value …: variables of a function"),
    ("read", "read [-r] NAME …: set variables to the words of the next line that is piped in"),
    ("return", "return [STATUS]: leave a function"),
    ("set", "set [-e] [-- WORD …]: list the variables; end a script at its first mistake; set $1 and so on"),
    ("sh", "sh FILE, sh -c LINE: as bash"),
    ("shift", "shift [N]: $2 becomes $1, and so on"),
    ("source", "source FILE: run the lines of a file"),
    ("trap", ""),
    ("true", "true: succeed"),
    ("type", "type NAME …: tell what a command is"),
    ("unset", "unset NAME …: forget variables"),
    ("wait", ""),
    ("which", ""),
    ("xargs", "xargs [-n N] [-I MARK] COMMAND …: run a command with the words that are piped in"),
];

/// How deep scripts may run scripts.
pub const DEEPEST: u32 = 16;

/// Runs a command, if it is one of these.
pub fn run(shell: &mut Shell, name: &str, arguments: &[String], stdin: &str) -> bool {
    let first = arguments.first().map_or("", String::as_str);
    let status = shell.status;
    shell.status = 0;
    match name {
        ":" | "true" | "cd" | "trap" | "wait" => {}
        "eval" => nested(shell, |shell| shell.script(&arguments.join(" "))),
        "local" | "declare" | "readonly" => locals(shell, name, arguments),
        "read" => read(shell, arguments, stdin),
        "return" => {
            shell.status = first.parse().unwrap_or(status);
            shell.stop = Some(Stop::Return);
        }
        "shift" => {
            let count = first.parse().unwrap_or(1).min(shell.arguments.len());
            shell.arguments.drain(..count);
        }
        "xargs" => nested(shell, |shell| xargs(shell, arguments, stdin)),
        "type" | "which" => tell(shell, name, arguments),
        "command" if first == "-v" => tell(shell, name, arguments.get(1..).unwrap_or_default()),
        "command" => nested(shell, |shell| shell.invoke(arguments, stdin)),
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
                shell.functions.remove(name);
            }
        }
        "set" if !first.is_empty() => {
            let mut words = arguments.iter();
            for word in words.by_ref().take_while(|word| *word != "--") {
                // Only a script ends: whoever types goes on.
                let has = |sign: char| word.starts_with(sign) && word.contains('e') && !word.contains("o");
                shell.is_strict = (shell.is_strict || (has('-') && shell.scripts > 0)) && !has('+');
            }
            if arguments.iter().any(|word| word == "--") {
                shell.arguments = words.cloned().collect();
            }
        }
        "env" if !first.is_empty() => {
            shell.status = status;
            return false;
        }
        "set" | "env" => {
            let mut text = String::new();
            for (variable, value) in shell.variables.iter() {
                let value = if name == "set" { quote(value) } else { value.clone() };
                text.push_str(&[variable, "=", &value, "\n"].concat());
            }
            shell.prints(&text);
        }
        "history" if first == "-c" => shell.history.clear(),
        "history" => {
            let mut text = String::new();
            for (i, line) in shell.history.iter().enumerate() {
                text.push_str(&format!("{:>5}  {line}\n", i + 1));
            }
            shell.prints(&text);
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

/// Runs what runs other commands, unless that is too deep for the stack.
fn nested(shell: &mut Shell, run: impl FnOnce(&mut Shell)) {
    if shell.scripts >= DEEPEST {
        return shell.fail("scripts run scripts too deep");
    }
    shell.scripts += 1;
    run(shell);
    shell.scripts -= 1;
}

/// Sets variables until the running function ends.
fn locals(shell: &mut Shell, name: &str, arguments: &[String]) {
    let names: Vec<String> = arguments.iter().filter(|word| !word.starts_with('-')).cloned().collect();
    for argument in &names {
        let known = argument.split('=').next().unwrap_or_default();
        if name != "readonly" && shell.scripts > 0 {
            shell.locals.push((known.to_owned(), shell.variables.get(known).cloned()));
        }
        if !argument.contains('=') && name == "local" {
            shell.variables.remove(known);
        }
    }
    export(shell, &names);
}

/// Sets variables to the words of the next line; the last one has all that is left.
fn read(shell: &mut Shell, arguments: &[String], stdin: &str) {
    let line = stdin.split_inclusive('\n').next().unwrap_or_default();
    shell.taken = line.len();
    shell.status = u8::from(!line.ends_with('\n'));
    let between = shell.variables.get("IFS").cloned().unwrap_or_else(|| " \t\n".to_owned());
    let is_space = |c: char| c.is_whitespace() && between.contains(c);
    let is_between = |c: char| between.contains(c);
    let mut rest = line.trim_end_matches('\n').trim_matches(is_space);
    let mut names: Vec<_> =
        arguments.iter().filter(|word| !word.starts_with('-')).map(String::as_str).collect();
    if names.is_empty() {
        names.push("REPLY");
    }
    while let Some((name, others)) = names.split_first() {
        let end = if others.is_empty() { None } else { rest.find(is_between) };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        shell.sets(name, word.to_owned());
        let mut characters = after.trim_start_matches(is_space).chars();
        rest = match characters.next() {
            // One mark that is no space stands between two words.
            Some(c) if is_between(c) && !is_space(c) => characters.as_str().trim_start_matches(is_space),
            _ => after.trim_start_matches(is_space),
        };
        names = others.to_vec();
    }
}

/// Runs a command with the words that are piped in.
fn xargs(shell: &mut Shell, arguments: &[String], stdin: &str) {
    let (mut most, mut mark, mut skips_none) = (usize::MAX, None, false);
    let mut words = arguments.iter();
    let mut command: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let value = |words: &mut std::slice::Iter<'_, String>| match word.get(2..).unwrap_or_default() {
            "" => words.next().cloned().unwrap_or_default(),
            value => value.to_owned(),
        };
        match word.get(..2) {
            Some("-n" | "-L") => most = value(&mut words).parse().unwrap_or(1).max(1),
            Some("-I") => mark = Some(value(&mut words)),
            Some("-P" | "-d") => drop(value(&mut words)),
            Some("-r") => skips_none = true,
            Some(flag) if flag.starts_with('-') => {}
            _ => {
                command.push(word.clone());
                command.extend(words.by_ref().cloned());
            }
        }
    }
    if command.is_empty() {
        command.push("echo".to_owned());
    }
    let items: Vec<&str> = match mark {
        Some(_) => stdin.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
        None => stdin.split_whitespace().collect(),
    };
    if items.is_empty() && (skips_none || mark.is_some()) {
        return;
    }
    let mut status = 0;
    let count = items.len().max(1);
    for group in items
        .chunks(if mark.is_some() { 1 } else { most.min(count) })
        .chain(items.is_empty().then_some(&[][..]))
    {
        if !shell.counts(group.iter().map(|item| item.len()).sum()) {
            return;
        }
        let line: Vec<String> = match &mark {
            Some(mark) => command
                .iter()
                .map(|word| word.replace(mark, group.first().copied().unwrap_or_default()))
                .collect(),
            None => command.iter().cloned().chain(group.iter().map(|item| (*item).to_owned())).collect(),
        };
        if !shell.counts(line.iter().map(String::len).sum()) {
            return;
        }
        shell.invoke(&line, "");
        if shell.status != 0 {
            status = if shell.status == 127 { 127 } else { 123 };
        }
        if shell.stop.is_some() {
            return;
        }
    }
    shell.status = status;
}

/// Tells what commands are.
fn tell(shell: &mut Shell, name: &str, words: &[String]) {
    let tools = crate::terminal::tools::names();
    for word in words {
        let is_function = shell.functions.contains_key(word);
        if !is_function && !tools.contains(&word.as_str()) {
            if name == "type" {
                shell.fail(&["type: ", word, ": not found"].concat());
            }
            shell.status = 1;
            continue;
        }
        let is_own = is_function || BUILTINS.iter().any(|(known, _)| known == word);
        let text = match (name, is_own) {
            ("type", true) => {
                [&**word, if is_function { " is a function" } else { " is a shell builtin" }].concat()
            }
            ("type", false) => [word, " is /usr/bin/", word].concat(),
            (_, true) => word.clone(),
            (_, false) => ["/usr/bin/", word].concat(),
        };
        shell.prints(&[&*text, "\n"].concat());
    }
}

fn script(shell: &mut Shell, name: &str, arguments: &[String], stdin: &str) {
    let mut arguments = arguments.iter().map(String::as_str);
    let mut first = arguments.next();
    let mut is_strict = false;
    let mut text = None;
    while let Some(option) = first.filter(|word| word.starts_with('-')) {
        first = arguments.next();
        is_strict |= option.contains('e');
        if option.ends_with('c') {
            text = first.map(str::to_owned);
            first = arguments.next();
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
    let is_own = name.ends_with("sh");
    if is_own && !shell.counts(shell.size()) {
        return;
    }
    shell.scripts += 1;
    let kept = is_own.then(|| (shell.variables.clone(), shell.functions.clone()));
    shell.subshells += u32::from(is_own);
    let given: Vec<String> = arguments.map(str::to_owned).collect();
    let before = (is_own || !given.is_empty()).then(|| std::mem::replace(&mut shell.arguments, given));
    let was_strict = shell.is_strict;
    shell.is_strict = is_strict || (was_strict && !is_own);
    let conditions = if is_own { std::mem::take(&mut shell.conditions) } else { 0 };
    shell.script(&text);
    shell.scripts -= 1;
    shell.stop = shell.stop.filter(|stop| *stop != Stop::Return);
    if let Some(before) = before {
        shell.arguments = before;
    }
    if let Some((variables, functions)) = kept {
        shell.subshells -= 1;
        *shell.variables = variables;
        *shell.functions = functions;
        shell.is_strict = was_strict;
        shell.conditions = conditions;
        shell.stop = shell.stop.filter(|_| shell.steps == 0);
    }
}
