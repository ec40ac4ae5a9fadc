//! The options of `set` and `shopt`.

use super::run::Shell;

/// The options of a shell that have an effect here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-e`: a script terminates at the first failure.
    pub is_strict: bool,
    /// `-u`: an unset variable is an error.
    pub needs_set: bool,
    /// `-x`: each command is printed before it runs.
    pub is_traced: bool,
    /// `-f`: no pathname expansion.
    pub has_no_glob: bool,
    /// `-a`: export every assigned variable.
    pub exports_all: bool,
    /// `-n`: nothing runs.
    pub runs_nothing: bool,
    /// `-C`: do not overwrite existing files.
    pub keeps_files: bool,
    /// `-E`: functions and subshells inherit the `ERR` trap.
    pub traces_errors: bool,
    /// `pipefail`: a pipeline fails when any of its commands fails.
    pub pipefail: bool,
    /// `nullglob`: a pattern without a match expands to nothing.
    pub nullglob: bool,
    /// `failglob`: a pattern without a match is an error.
    pub failglob: bool,
    /// `dotglob`: `*` also matches names that begin with a dot.
    pub dotglob: bool,
    /// `nocasematch`: `case` and `[[ … ]]` ignore case.
    pub nocasematch: bool,
    /// `globstar`, `extglob` and others, which are accepted without effect.
    others: u32,
}

/// Options of `set`, with their letters.
const SET: [(&str, char); 10] = [
    ("allexport", 'a'),
    ("errexit", 'e'),
    ("errtrace", 'E'),
    ("noclobber", 'C'),
    ("noexec", 'n'),
    ("noglob", 'f'),
    ("nounset", 'u'),
    ("pipefail", '\0'),
    ("verbose", 'v'),
    ("xtrace", 'x'),
];
/// Options of `shopt` that are accepted without effect.
const OTHERS: [&str; 14] = [
    "autocd",
    "cdspell",
    "checkjobs",
    "checkwinsize",
    "cmdhist",
    "expand_aliases",
    "extglob",
    "extquote",
    "globstar",
    "histappend",
    "inherit_errexit",
    "lastpipe",
    "nocaseglob",
    "sourcepath",
];
/// Options of `shopt` that have an effect.
const OWN: [&str; 4] = ["dotglob", "failglob", "nocasematch", "nullglob"];

impl Options {
    fn by_letter(&mut self, letter: char) -> Option<&mut bool> {
        Some(match letter {
            'a' => &mut self.exports_all,
            'e' => &mut self.is_strict,
            'u' => &mut self.needs_set,
            'x' => &mut self.is_traced,
            'f' => &mut self.has_no_glob,
            'n' => &mut self.runs_nothing,
            'C' => &mut self.keeps_files,
            'E' => &mut self.traces_errors,
            '\0' => &mut self.pipefail,
            _ => return None,
        })
    }

    fn by_name(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "nullglob" => &mut self.nullglob,
            "failglob" => &mut self.failglob,
            "dotglob" => &mut self.dotglob,
            "nocasematch" => &mut self.nocasematch,
            _ => return None,
        })
    }

    /// Switches an option of `set -o`, if there is one with this name.
    pub fn switch(&mut self, name: &str, is_on: bool) {
        let letter = SET.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter);
        if let Some(option) = letter.and_then(|letter| self.by_letter(letter)) {
            *option = is_on;
        }
    }

    /// Switches an option of `set` on, if there is one with this letter.
    pub fn switch_letter(&mut self, letter: char) {
        if let Some(option) = self.by_letter(letter).filter(|_| letter != '\0') {
            *option = true;
        }
    }

    /// Returns the value of `$-`.
    pub fn letters(mut self) -> String {
        let is_on = |letter: &char| "hB".contains(*letter) || self.by_letter(*letter).is_some_and(|on| *on);
        "aefhnuxBCE".chars().filter(is_on).collect()
    }

    /// Returns whether an option of `set -o` or `shopt` is on.
    pub fn is_on(mut self, name: &str) -> bool {
        let letter = SET.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter);
        match letter {
            Some(letter) => self.by_letter(letter).is_some_and(|on| *on),
            None => match self.by_name(name) {
                Some(on) => *on,
                None => other(name).is_some_and(|bit| self.others & bit != 0),
            },
        }
    }
}

fn other(name: &str) -> Option<u32> {
    OTHERS.iter().position(|known| *known == name).map(|place| 1 << place)
}

/// Runs `set` with arguments.
pub fn set(shell: &mut Shell, arguments: &[String]) {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let (is_on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some("-"), _) => {
                *shell.arguments = words.cloned().collect();
                return;
            }
            (Some(letters), _) => (true, letters),
            (_, Some(letters)) => (false, letters),
            _ => {
                *shell.arguments = std::iter::once(word).chain(words).cloned().collect();
                return;
            }
        };
        for letter in letters.chars() {
            let letter = match letter {
                'o' => match words.next() {
                    Some(name) => match SET.iter().find(|(known, _)| known == name) {
                        Some((_, letter)) => *letter,
                        None if matches!(
                            name.as_str(),
                            "posix"
                                | "braceexpand"
                                | "hashall"
                                | "monitor"
                                | "emacs"
                                | "vi"
                                | "functrace"
                                | "physical"
                                | "history"
                        ) =>
                        {
                            continue;
                        }
                        None => {
                            shell.fail(&["set: ", name, ": invalid option name"].concat());
                            shell.status = 2;
                            return;
                        }
                    },
                    None => {
                        list(shell, is_on);
                        continue;
                    }
                },
                // `-e` terminates scripts only, not an interactive terminal.
                'e' if shell.scripts == 0 => continue,
                letter => letter,
            };
            match shell.options.by_letter(letter) {
                Some(option) => *option = is_on,
                None if "bhkmptvBHPT".contains(letter) => {}
                None => {
                    shell.fail(&["set: ", word, ": invalid option"].concat());
                    shell.errors.push_str(
                        "set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n",
                    );
                    shell.status = 2;
                    return;
                }
            }
        }
    }
}

/// Runs `set -o` and `set +o`, which print the options.
fn list(shell: &mut Shell, is_table: bool) {
    let mut text = String::new();
    for (name, letter) in SET {
        let is_on = shell.options.by_letter(letter).is_some_and(|on| *on);
        text.push_str(&match (is_table, is_on) {
            (true, _) => format!("{name:<15}\t{}\n", if is_on { "on" } else { "off" }),
            (false, true) => format!("set -o {name}\n"),
            (false, false) => format!("set +o {name}\n"),
        });
    }
    shell.prints(&text);
}

/// Runs `shopt [-squp] [NAME …]`.
pub fn shopt(shell: &mut Shell, arguments: &[String]) {
    let is_option = |word: &&String| word.starts_with('-');
    let letters: String = arguments.iter().filter(is_option).flat_map(|word| word.chars().skip(1)).collect();
    let names: Vec<_> = arguments.iter().filter(|word| !is_option(word)).map(String::as_str).collect();
    let has = |letter| letters.contains(letter);
    if has('o') {
        let sign = if has('u') { "+o" } else { "-o" };
        let words: Vec<_> = names.iter().flat_map(|name| [sign.to_owned(), (*name).to_owned()]).collect();
        return set(shell, &words);
    }
    let known = OWN.iter().chain(&OTHERS).copied();
    let names = if names.is_empty() {
        known.filter(|name| shell.options.is_on(name) == has('s') || !(has('s') || has('u'))).collect()
    } else {
        names
    };
    let is_listed = !(has('s') || has('u')) || arguments.iter().all(|word| is_option(&word));
    let mut text = String::new();
    for name in names {
        let is_on = shell.options.is_on(name);
        match (shell.options.by_name(name), other(name)) {
            (None, None) => {
                shell.fail(&["shopt: ", name, ": invalid shell option name"].concat());
                continue;
            }
            _ if is_listed => {
                shell.status |= u8::from(!is_on && arguments.iter().any(|word| !is_option(&word)));
                text.push_str(&match has('p') {
                    true => format!("shopt -{} {name}\n", if is_on { 's' } else { 'u' }),
                    false => format!("{name:<15}\t{}\n", if is_on { "on" } else { "off" }),
                });
            }
            (Some(option), _) => *option = has('s'),
            (None, Some(bit)) => {
                let others = shell.options.others;
                shell.options.others = if has('s') { others | bit } else { others & !bit };
            }
        }
    }
    if !has('q') {
        shell.prints(&text);
    }
}
