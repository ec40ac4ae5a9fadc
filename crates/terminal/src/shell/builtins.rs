//! Commands that only the shell itself can run: variables, history, scripts.

use crate::{Files, tools};
use mesh_documents::echo::quote;

use super::{
    find, options,
    run::{Shell, Stop},
    trace, xargs,
};

/// The names of the builtins, each with its usage.
pub const BUILTINS: &[(&str, &str)] = &[
    (".", ". FILE: run the lines of a file"),
    (":", ": does nothing"),
    ("alias", "alias NAME=WORDS: a name for the words that a command begins with"),
    ("bash", "bash FILE, bash -c LINE: run lines in a shell of their own"),
    ("break", "break: leave a loop"),
    ("builtin", ""),
    ("caller", ""),
    ("cd", "cd FOLDER: make a folder the working one"),
    ("continue", "continue: go on with the next turn of a loop"),
    ("command", "command [-v] NAME …: run a command, or tell whether it is there"),
    ("date", "date [-u] [-d TIME] [+FORMAT]: the time of the playground's clock"),
    ("declare", "declare [-aAirx] NAME=value …: set variables and what is marked of them; arrays"),
    ("dirs", ""),
    ("env", "env [NAME=value …] [COMMAND]: list the exported variables, or run a command with more"),
    ("eval", "eval WORD …: run words as a line"),
    ("exec", ""),
    ("exit", "exit [STATUS]: run nothing more of this line"),
    ("export", "export NAME=value …: set variables; AWS_PROFILE is the account that acts"),
    ("false", "false: fail"),
    (
        "find",
        "find [PATH …] [-name PATTERN] [-type f|d] [-maxdepth N] [-exec COMMAND {} \\;]: files below folders",
    ),
    ("getopts", "getopts LETTERS NAME: the next option of a script"),
    ("hash", ""),
    ("history", "history [-c]: list the lines typed before, or forget them"),
    ("let", "let EXPRESSION …: reckon"),
    ("local", "local NAME=value …: variables of a function"),
    ("mapfile", "mapfile [-t] NAME: an array of the lines that are piped in"),
    ("nohup", ""),
    ("popd", ""),
    ("pushd", ""),
    ("pwd", "pwd: the working folder"),
    ("read", "read [-r] NAME …: set variables to the words of the next line that is piped in"),
    ("readarray", ""),
    ("readonly", ""),
    ("return", "return [STATUS]: leave a function"),
    ("set", "set [-eux] [-o pipefail] [-- WORD …]: list the variables; switch options; set $1 and so on"),
    ("sh", "sh FILE, sh -c LINE: as bash"),
    ("shift", "shift [N]: $2 becomes $1, and so on"),
    ("shopt", "shopt [-su] NAME …: switch options of the shell"),
    ("sleep", "sleep SECONDS: the clock of this line goes on; nothing waits"),
    ("source", "source FILE: run the lines of a file"),
    ("sudo", ""),
    ("timeout", "timeout SECONDS COMMAND …: run a command, and end it when it sleeps longer"),
    ("trap", "trap LINE EXIT|ERR: run a line at the end of a script, or at each failure"),
    ("true", "true: succeed"),
    ("type", "type NAME …: tell what a command is"),
    ("typeset", ""),
    ("ulimit", ""),
    ("umask", ""),
    ("unalias", ""),
    ("unset", "unset NAME …: forget variables"),
    ("wait", ""),
    ("watch", "watch COMMAND …: run a command once"),
    ("which", ""),
    ("xargs", "xargs [-n N] [-I MARK] COMMAND …: run a command with the words that are piped in"),
];

/// Maximum nesting depth of scripts.
pub const DEEPEST: u32 = 16;

/// Runs a command if it is a builtin; returns whether it ran.
pub async fn run(shell: &mut Shell<'_>, name: &str, arguments: &[String]) -> bool {
    let first = arguments.first().map_or("", String::as_str);
    let status = shell.status;
    shell.status = 0;
    match name {
        ":" | "true" | "wait" | "hash" | "ulimit" | "umask" => {}
        "alias" => shell.alias(arguments),
        "unalias" => shell.unalias(arguments),
        "caller" => shell.caller(arguments),
        "timeout" => shell.timeout(arguments).await,
        "cd" | "pushd" | "popd" | "dirs" => change_folder(shell, name, arguments),
        "pwd" => {
            let folder = shell.files.folder().to_owned();
            shell.prints(&(folder + "\n"));
        }
        "trap" => trap(shell, arguments),
        "eval" => {
            shell.level += 1;
            nested(shell, async |shell| shell.script(&arguments.join(" ")).await).await;
            shell.level -= 1;
        }
        "local" | "declare" | "readonly" | "typeset" | "export" => shell.declare_words(name, arguments),
        "let" => {
            shell.status = 1;
            for expression in arguments {
                let value = shell.number(expression);
                shell.status = u8::from(value.is_none_or(|value| value == 0));
            }
        }
        "shopt" => options::shopt(shell, arguments),
        "mapfile" | "readarray" => shell.mapfile(arguments),
        "getopts" => shell.getopts(arguments),
        "read" => shell.read(arguments),
        "return" if shell.subscripts > 0 && shell.frames.len() <= 1 && !shell.is_in_function => {
            shell.fail("return: can only `return' from a function or sourced script");
            shell.status = 2;
        }
        "return" => {
            shell.status = leaving(first, status);
            shell.stop = Some(Stop::Return);
        }
        "shift" => shift(shell, first),
        "xargs" => nested(shell, async |shell| xargs::run(shell, arguments).await).await,
        "find" => nested(shell, async |shell| find::run(shell, arguments).await).await,
        "type" | "which" => tell(shell, name, arguments),
        "command" if first == "-v" || first == "-V" => {
            let name = if first == "-V" { "type" } else { name };
            tell(shell, name, arguments.get(1..).unwrap_or_default());
        }
        "command" | "builtin" | "nohup" | "sudo" | "watch" => {
            let words = runs_words(shell, name, arguments);
            nested(shell, async |shell| shell.invoke(&words).await).await;
        }
        "exec" if first.is_empty() || arguments.get(1).is_some_and(|word| word == "--") => {
            // The tool `exec` handles this: it runs a command beside a virtual node.
            shell.status = status;
            return false;
        }
        "exec" => {
            let words: Vec<_> = arguments.iter().skip_while(|word| word.starts_with('-')).cloned().collect();
            if !words.is_empty() {
                nested(shell, async |shell| shell.invoke(&words).await).await;
                shell.stop = shell.stop.or(Some(Stop::Exit));
            }
        }
        "sleep" => sleep(shell, arguments),
        "date" => {
            let zone = shell.value("TZ");
            let output = tools::date(arguments, shell.now(), zone.as_deref());
            shell.tells(output);
        }
        "false" => shell.status = 1,
        "break" | "continue" => {
            let count = first.parse().unwrap_or(1).max(1);
            if shell.loops == 0 {
                shell.fail(&[name, ": only meaningful in a `for', `while', or `until' loop"].concat());
                shell.status = 0;
            } else {
                shell.stop = Some(if name == "break" { Stop::Break(count) } else { Stop::Continue(count) });
            }
        }
        "exit" => {
            shell.status = leaving(first, status);
            shell.stop = Some(Stop::Exit);
        }
        "unset" => shell.unsets(arguments),
        "test" | "[" => test(shell, name, arguments),
        "printf" if first == "-v" => {
            let (target, words) = arguments.get(1..).and_then(<[_]>::split_first).unwrap_or((name_of(), &[]));
            let words: Vec<_> = std::iter::once("printf".to_owned()).chain(words.iter().cloned()).collect();
            let printed = async |shell: &mut Shell<'_>| {
                nested(shell, async |shell| shell.invoke(&words).await).await;
            };
            let text = shell.captured(printed).await;
            let status = shell.status;
            match target.strip_suffix(']').and_then(|name| name.split_once('[')) {
                Some((name, index)) => drop(shell.sets_element(name, index, text, false)),
                None => drop(shell.sets(target, text)),
            }
            shell.status = shell.status.max(status);
        }
        "set" if !first.is_empty() => options::set(shell, arguments),
        "env" if !first.is_empty() => nested(shell, async |shell| env(shell, arguments).await).await,
        "set" => {
            let mut text = String::new();
            for (variable, value) in shell.names.texts.iter() {
                text.push_str(&[variable, "=", &quote(value), "\n"].concat());
            }
            shell.prints(&text);
        }
        "env" => {
            let exported = shell.names.exported();
            let lines = exported.iter().map(|(name, value)| [name, "=", value, "\n"].concat());
            let text = lines.collect::<String>();
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
        "." | "source" => shell.source(arguments).await,
        "bash" | "sh" => shell.shell(name, arguments).await,
        _ => {
            shell.status = status;
            return false;
        }
    }
    true
}

/// Returns an empty name, for a value without a name.
fn name_of() -> &'static String {
    static NONE: String = String::new();
    &NONE
}

/// Returns the status of `exit` and `return`.
fn leaving(word: &str, before: u8) -> u8 {
    match word.parse::<i64>() {
        Ok(status) => u8::try_from(status & 255).unwrap_or(before),
        Err(_) if word.is_empty() => before,
        Err(_) => 2,
    }
}

/// Runs a callback that runs other commands, unless the nesting is too deep for the stack.
pub async fn nested<'s>(shell: &mut Shell<'s>, run: impl AsyncFnOnce(&mut Shell<'s>)) {
    if shell.scripts >= DEEPEST {
        return shell.fail("scripts run scripts too deep");
    }
    shell.scripts += 1;
    run(shell).await;
    shell.scripts -= 1;
}

fn shift(shell: &mut Shell, word: &str) {
    let count = word.parse().unwrap_or(1);
    if count > shell.arguments.len() {
        shell.status = 1;
        return;
    }
    shell.arguments.drain(..count);
}

/// Runs `cd`, `pushd`, `popd` and `dirs`.
fn change_folder(shell: &mut Shell, name: &str, arguments: &[String]) {
    let before = shell.files.folder().to_owned();
    let operand = arguments.iter().find(|word| !matches!(word.as_str(), "-P" | "-L" | "-e" | "--"));
    let old = shell.value("OLDPWD");
    let (target, tells) = match (name, operand.map(String::as_str)) {
        ("dirs", _) => (before.clone(), true),
        ("popd", _) | ("pushd", None) | (_, Some("-")) => match old {
            Some(old) => (old, true),
            None if name == "cd" => return shell.fail("cd: OLDPWD not set"),
            None => return shell.fail(&[name, ": directory stack empty"].concat()),
        },
        (_, Some(path)) => (path.to_owned(), name == "pushd"),
        (_, None) => (shell.value("HOME").unwrap_or_default(), false),
    };
    if let Err(why) = shell.files.enter(&target) {
        return shell.fail(&format!("{name}: {target}: {why}"));
    }
    shell.names.texts.insert("OLDPWD".to_owned(), before);
    if shell.names.has("PWD") {
        drop(shell.names.take("PWD"));
    }
    if tells {
        let folder = shell.files.folder().to_owned();
        shell.prints(&(folder + "\n"));
    }
}

/// Runs `trap LINE SIGNAL …`.
fn trap(shell: &mut Shell, arguments: &[String]) {
    let Some((line, signals)) = arguments.split_first().filter(|(line, _)| *line != "-p" && *line != "-l")
    else {
        let mut text = String::new();
        for (signal, line) in shell.traps.iter() {
            text.push_str(&["trap -- ", &trace::single_quoted(line), " ", signal, "\n"].concat());
        }
        return shell.prints(&text);
    };
    for signal in signals {
        let name = signal.strip_prefix("SIG").unwrap_or(signal);
        let name = if name == "0" { "EXIT" } else { name };
        if line == "-" {
            shell.traps.remove(name);
        } else if shell.copies(line.len() + 64) {
            shell.traps.insert(name.to_owned(), line.clone());
        }
    }
}

/// Runs `sleep`, with a time in seconds or as `1m`, `2h`, `1d`.
fn sleep(shell: &mut Shell, arguments: &[String]) {
    if arguments.is_empty() {
        shell.errors.push_str("sleep: missing operand\nTry 'sleep --help' for more information.\n");
        shell.status = 1;
    }
    for word in arguments {
        let Some(time) = super::timeout::milliseconds(word) else {
            shell.errors.push_str(
                &["sleep: invalid time interval '", word, "'\nTry 'sleep --help' for more information.\n"]
                    .concat(),
            );
            shell.status = 1;
            continue;
        };
        shell.slept = shell.slept.saturating_add(time).min(1 << 50);
        // `timeout` ends the command that sleeps longer.
        if let Some(deadline) = shell.deadline.filter(|deadline| shell.slept >= *deadline) {
            shell.slept = deadline;
            shell.is_late = true;
            shell.stop = Some(Stop::Exit);
        }
    }
}

/// Returns the words of the command that another command runs.
fn runs_words(shell: &mut Shell, name: &str, arguments: &[String]) -> Vec<String> {
    let mut words: Vec<String> = arguments.to_vec();
    let valued = match name {
        "watch" => "n",
        "sudo" => "ugp",
        _ => "",
    };
    while let Some(option) = words.first().filter(|word| word.starts_with('-')).cloned() {
        words.remove(0);
        let letter = option.chars().next_back().unwrap_or('-');
        if option.len() == 2 && valued.contains(letter) && !words.is_empty() {
            words.remove(0);
        }
        if option == "--" {
            break;
        }
    }
    // `watch` joins its words into a shell line.
    if name == "watch" && !words.is_empty() && shell.counts(words.iter().map(String::len).sum()) {
        words = vec!["sh".to_owned(), "-c".to_owned(), words.join(" ")];
    }
    words
}

/// Runs `env [-i] [-u NAME] [NAME=value …] [COMMAND …]`.
async fn env(shell: &mut Shell<'_>, arguments: &[String]) {
    let mut words = arguments.iter();
    let mut kept = Vec::new();
    let mut command: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or_default();
        if word == "-u" {
            if let Some(name) = words.next() {
                kept.push((name.clone(), shell.names.take(name)));
            }
        } else if word.starts_with('-') {
        } else if word.contains('=') && super::declare::is_variable(name) {
            if !shell.copies(shell.weight(name)) {
                break;
            }
            kept.push((name.to_owned(), shell.names.saved(name)));
            shell
                .names
                .texts
                .insert(name.to_owned(), word.get(name.len() + 1..).unwrap_or_default().to_owned());
            shell.names.mark(name, super::names::EXPORTED, true);
        } else {
            command.push(word.clone());
            command.extend(words.by_ref().cloned());
        }
    }
    if command.is_empty() {
        command.push("env".to_owned());
    }
    shell.invoke(&command).await;
    for (name, saved) in kept.into_iter().rev() {
        shell.names.put_back(&name, saved);
    }
}

/// Runs `test` and `[`; the shell itself evaluates the operators that need its state.
fn test(shell: &mut Shell, name: &str, arguments: &[String]) {
    let words = match (name, arguments.split_last()) {
        ("[", Some((last, inner))) if last == "]" => inner,
        ("[", _) => {
            shell.fail("[: missing `]'");
            shell.status = 2;
            return;
        }
        _ => arguments,
    };
    shell.status = match tools::evaluate(shell, words) {
        Ok(holds) => u8::from(!holds),
        Err(message) => {
            shell.fail(&[name, ": ", &message].concat());
            2
        }
    };
}

impl tools::State for Shell<'_> {
    fn files(&self) -> &Files {
        self.files
    }

    fn is_set(&mut self, name: &str) -> bool {
        match name.split_once('[') {
            Some((name, index)) => self.element(name, index.trim_end_matches(']')).is_some(),
            None => self.value(name).is_some(),
        }
    }

    fn is_on(&mut self, option: &str) -> bool {
        self.options.is_on(option)
    }
}

/// Prints the kind or the path of commands.
fn tell(shell: &mut Shell, name: &str, words: &[String]) {
    const KEYWORDS: [&str; 17] = [
        "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "then", "time",
        "until", "while", "{", "[[",
    ];
    let tools = tools::names();
    let is_short = words.iter().any(|word| word == "-t");
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        if let Some(value) = shell.aliased(word).filter(|_| name == "type" || !is_short) {
            let text = match (name, is_short) {
                ("type", true) => "alias\n".to_owned(),
                ("type", false) => [word, " is aliased to `", value, "'\n"].concat(),
                ("which", _) => ["/usr/bin/", word, "\n"].concat(),
                _ => shell.alias_line(word),
            };
            shell.prints(&text);
            continue;
        }
        let is_function = shell.functions.contains_key(word);
        let is_keyword = KEYWORDS.contains(&word.as_str());
        let is_path = word.contains('/') && shell.files.is_executable(word);
        if !is_function && !is_keyword && !is_path && !tools.contains(&word.as_str()) {
            if name == "type" && !is_short {
                shell.fail(&["type: ", word, ": not found"].concat());
            }
            shell.status = 1;
            continue;
        }
        if is_keyword && name == "type" && !is_short {
            shell.prints(&[word, " is a shell keyword\n"].concat());
            continue;
        }
        if is_path {
            let text = if name == "type" { [word, " is ", word].concat() } else { word.clone() };
            shell.prints(&(text + "\n"));
            continue;
        }
        // In a real system these are external programs.
        let is_program = matches!(
            word.as_str(),
            "bash"
                | "date"
                | "env"
                | "nohup"
                | "sh"
                | "find"
                | "sleep"
                | "sudo"
                | "timeout"
                | "watch"
                | "which"
                | "xargs"
        );
        let is_builtin = matches!(word.as_str(), "echo" | "printf" | "test" | "[" | "pwd");
        let is_own = is_builtin
            || is_function
            || is_keyword
            || (!is_program && BUILTINS.iter().any(|(known, _)| known == word));
        if is_short {
            let kind = match (is_function, is_keyword, is_own) {
                (true, ..) => "function\n",
                (_, true, _) => "keyword\n",
                (.., true) => "builtin\n",
                _ => "file\n",
            };
            shell.prints(kind);
            continue;
        }
        let text = match (name, is_own) {
            ("type", true) => {
                [&**word, if is_function { " is a function" } else { " is a shell builtin" }].concat()
            }
            ("type", false) => [word, " is /usr/bin/", word].concat(),
            (_, true) => word.clone(),
            (_, false) => ["/usr/bin/", word].concat(),
        };
        shell.prints(&[&*text, "\n"].concat());
        if is_function
            && name == "type"
            && let Some(text) = shell.shown_function(word)
        {
            shell.prints(&text);
        }
    }
}
