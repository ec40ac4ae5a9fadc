//! Tools for files: `ls`, `rm`, `cp`, `mv`, `touch`, `mkdir`, `basename`, `dirname`. All are in one folder; what has a
//! slash in its name is a file like others.

use super::{Call, text::options};
use crate::terminal::{command::Output, shell::plain_path};

pub(super) fn ls(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let mut output = Output::default();
    let mut tell = |name: &str, size: usize| {
        if letters.contains('l') {
            output.stdout.push_str(&format!("-rw-r--r-- 1 you you {size:>7} "));
        }
        output.stdout.push_str(&[name, "\n"].concat());
    };
    if names.is_empty() || names == ["."] {
        call.context.files.iter().for_each(|(name, text)| tell(name, text.len()));
        return output;
    }
    let mut missing = String::new();
    for name in names {
        match call.context.files.get(plain_path(name)) {
            Some(text) => tell(name, text.len()),
            None => {
                missing.push_str(&["ls: cannot access '", name, "': No such file or directory\n"].concat())
            }
        }
    }
    output.exit_code = if missing.is_empty() { 0 } else { 2 };
    output.stderr = missing;
    output
}

pub(super) fn rm(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let mut output = Output::default();
    for name in names {
        if call.context.files.remove(plain_path(name)).is_none() && !letters.contains('f') {
            output.stderr.push_str(&["rm: cannot remove '", name, "': No such file or directory\n"].concat());
            output.exit_code = 1;
        }
    }
    output
}

/// `cp` and `mv`.
pub(super) fn copy(call: &mut Call) -> Output {
    /// How long all files together may be, as for what the shell writes.
    const MOST: usize = 4 * 1024 * 1024;
    let (_, _, names) = options(call.words, "");
    let [from, to] = *names else {
        return Output::failed(1, [call.name, ": give one file and its new name\n"].concat());
    };
    let Some(text) = call.context.files.get(plain_path(from)).cloned() else {
        let text = [call.name, ": cannot stat '", from, "': No such file or directory\n"];
        return Output::failed(1, text.concat());
    };
    // `.` and a folder keep the name.
    let own = from.rsplit('/').next().unwrap_or_default();
    let target = match to {
        "." | "./" => own.to_owned(),
        _ if to.ends_with('/') => [plain_path(to), own].concat(),
        _ => plain_path(to).to_owned(),
    };
    let size: usize = call.context.files.iter().map(|(name, text)| name.len() + text.len()).sum();
    if target.is_empty() || size + text.len() + target.len() > MOST {
        return Output::failed(
            1,
            [call.name, ": error writing '", to, "': No space left on device\n"].concat(),
        );
    }
    if call.name == "mv" {
        call.context.files.remove(plain_path(from));
    }
    call.context.files.insert(target, text);
    Output::default()
}

pub(super) fn touch(call: &mut Call) -> Output {
    let (_, _, names) = options(call.words, "");
    for name in names.into_iter().map(plain_path).filter(|name| !name.is_empty()) {
        call.context.files.try_insert(name.to_owned(), String::new());
    }
    Output::default()
}

/// Folders are parts of names: there is nothing to make.
pub(super) fn mkdir(_: &mut Call) -> Output {
    Output::default()
}

/// `basename` and `dirname`.
pub(super) fn part(call: &mut Call) -> Output {
    let Some(path) = call.words.first() else {
        return Output::failed(1, [call.name, ": missing operand\n"].concat());
    };
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let made = match call.name {
        "dirname" => {
            if folder.is_empty() {
                "/"
            } else {
                folder
            }
        }
        _ => {
            let end = call.words.get(1).map_or("", String::as_str);
            name.strip_suffix(end).filter(|rest| !rest.is_empty()).unwrap_or(name)
        }
    };
    Output::printed([made, "\n"].concat())
}
