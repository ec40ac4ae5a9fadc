//! Tools for files and folders: `ls`, `rm`, `cp`, `mv`, `touch`, `mkdir`, `chmod`, `realpath` and the like.

use crate::{Files, command::Output};

use super::{Call, text::options};

/// Runs an action for each operand and collects its errors.
fn each(call: &mut Call, names: &[&str], act: impl Fn(&mut Files, &str) -> Result<(), String>) -> Output {
    let mut output = Output::default();
    if names.is_empty() {
        return missing(call.name);
    }
    for name in names {
        // The lookup among many files is charged to the budget.
        call.work.counts(16 + call.context.files.count() / 4);
        if call.work.done >= call.work.left {
            return output;
        }
        if let Err(why) = act(call.context.files, name) {
            output.stderr.push_str(&[call.name, ": ", &why, "\n"].concat());
            output.exit_code = 1;
        }
    }
    output
}

fn missing(name: &str) -> Output {
    Output::failed(1, format!("{name}: missing operand\nTry '{name} --help' for more information.\n"))
}

pub(super) fn ls(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let mut output = Output::default();
    let has = |letter| letters.contains(letter);
    let files = &*call.context.files;
    let tell = |text: &mut String, path: &str, name: &str, is_folder: bool| {
        if has('l') {
            let size = files.get(path).map_or(4096, String::len);
            let kind = match (is_folder, files.is_executable(path)) {
                (true, _) => "drwxr-xr-x",
                (_, true) => "-rwxr-xr-x",
                _ => "-rw-r--r--",
            };
            text.push_str(&format!("{kind} 1 you you {size:>7} "));
        }
        let mark = if is_folder && (has('F') || has('p')) { "/" } else { "" };
        text.push_str(&[name, mark, "\n"].concat());
    };
    let names = if names.is_empty() { vec!["."] } else { names };
    let (mut single, mut folders) = (String::new(), Vec::new());
    for name in &names {
        call.work.counts(16 + files.count());
        if call.work.done >= call.work.left {
            return output;
        }
        if files.get(name).is_some() || (has('d') && files.is_folder(name)) {
            tell(&mut single, name, name, files.is_folder(name));
        } else if files.is_folder(name) {
            folders.push(*name);
        } else {
            let text = ["ls: cannot access '", name, "': No such file or directory\n"].concat();
            output.stderr.push_str(&text);
            output.exit_code = 2;
        }
    }
    let is_headed = folders.len() > 1 || !single.is_empty();
    output.stdout = single;
    for folder in folders {
        if is_headed {
            let gap = if output.stdout.is_empty() { "" } else { "\n" };
            output.stdout.push_str(&[gap, folder, ":\n"].concat());
        }
        for (name, is_folder) in files.children(folder) {
            if !name.starts_with('.') || has('a') || has('A') {
                let path = [folder.trim_end_matches('/'), "/", name].concat();
                tell(&mut output.stdout, &path, name, is_folder);
            }
        }
    }
    output
}

pub(super) fn rm(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    let has = |letter| letters.contains(letter);
    if names.is_empty() && has('f') {
        return Output::default();
    }
    each(call, &names, |files, name| {
        let cannot = |why: &str| Err(["cannot remove '", name, "': ", why].concat());
        if files.is_folder(name) {
            return match has('r') || has('R') {
                true => files.remove_folder(name, true).or_else(|why| cannot(&why.to_string())),
                false => cannot("Is a directory"),
            };
        }
        match files.remove(name) {
            None if !has('f') => cannot("No such file or directory"),
            _ => Ok(()),
        }
    })
}

pub(super) fn rmdir(call: &mut Call) -> Output {
    let (_, _, names) = options(call.words, "");
    each(call, &names, |files, name| {
        files.remove_folder(name, false).map_err(|why| format!("failed to remove '{name}': {why}"))
    })
}

pub(super) fn mkdir(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "m");
    let and_above = letters.contains('p') || call.words.iter().any(|word| word == "--parents");
    each(call, &names, |files, name| {
        let made = files.make_folder(name, and_above);
        made.map_err(|why| format!("cannot create directory '{name}': {why}"))
    })
}

pub(super) fn touch(call: &mut Call) -> Output {
    let (_, _, names) = options(call.words, "dtr");
    each(call, &names, |files, name| {
        if files.get(name).is_some() || files.is_folder(name) {
            return Ok(());
        }
        files.write(name, "", false).map_err(|why| format!("cannot touch '{name}': {why}"))
    })
}

pub(super) fn chmod(call: &mut Call) -> Output {
    // A mode may begin with a hyphen: `-x`.
    let words: Vec<&str> =
        call.words.iter().map(String::as_str).filter(|word| !matches!(*word, "-R" | "-v" | "-f")).collect();
    let Some((mode, names)) = words.split_first() else { return missing(call.name) };
    let may_run = match mode.parse::<u32>() {
        Ok(_) => mode.bytes().rev().take(3).any(|digit| digit & 1 == 1),
        Err(_) => mode.contains('x') && !mode.contains('-'),
    };
    let changes = mode.contains('x') || mode.bytes().all(|byte| byte.is_ascii_digit());
    each(call, names, |files, name| {
        if files.get(name).is_none() && !files.is_folder(name) {
            return Err(["cannot access '", name, "': No such file or directory"].concat());
        }
        if changes {
            files.set_executable(name, may_run);
        }
        Ok(())
    })
}

/// Runs `cp` or `mv`.
pub(super) fn copy(call: &mut Call) -> Output {
    let (letters, values, mut names) = options(call.words, "t");
    let is_move = call.name == "mv";
    if let Some((_, folder)) = values.first() {
        names.push(folder);
    }
    let Some((to, sources)) = names.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return match names.first() {
            Some(name) => {
                Output::failed(1, format!("{}: missing destination file operand after '{name}'\n", call.name))
            }
            None => Output::failed(1, [call.name, ": missing file operand\n"].concat()),
        };
    };
    if sources.len() > 1 && !call.context.files.is_folder(to) {
        return Output::failed(1, format!("{}: target '{to}' is not a directory\n", call.name));
    }
    let is_deep = is_move || letters.contains(['r', 'R', 'a']);
    let size: usize = call.context.files.iter().map(|(_, text)| text.len()).sum();
    call.work.counts(size / 32);
    each(call, sources, |files, from| {
        // In a target folder, a file keeps its name.
        let own = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let target = match files.is_folder(to) {
            true => [to.trim_end_matches('/'), "/", own].concat(),
            false => (*to).to_owned(),
        };
        let failed = |why: String| format!("cannot create regular file '{target}': {why}");
        if files.absolute(from) == files.absolute(&target) {
            return Err(format!("'{from}' and '{target}' are the same file"));
        }
        if !files.is_folder(from) {
            let Some(text) = files.get(from).cloned() else {
                return Err(["cannot stat '", from, "': No such file or directory"].concat());
            };
            let is_executable = files.is_executable(from);
            if is_move {
                files.remove(from);
            }
            let written = files.write(&target, &text, false);
            if written.is_err() && is_move {
                _ = files.write(from, &text, false);
            }
            files.set_executable(if written.is_ok() { &target } else { from }, is_executable);
            return written.map_err(|why| failed(why.to_string()));
        }
        if !is_deep {
            return Err(format!("-r not specified; omitting directory '{from}'"));
        }
        let (from, target) = (files.absolute(from), files.absolute(&target));
        let inside = [from.trim_end_matches('/'), "/"].concat();
        if target.starts_with(&inside) {
            return Err(format!("cannot copy a directory, '{from}', into itself, '{target}'"));
        }
        copy_folder(files, &from, &target).map_err(failed)?;
        if is_move {
            files.remove_folder(&from, true).map_err(|why| why.to_string())?;
        }
        Ok(())
    })
}

/// Copies a folder recursively. Paths are absolute.
fn copy_folder(files: &mut Files, from: &str, target: &str) -> Result<(), String> {
    let mut open = vec![(from.to_owned(), target.to_owned())];
    while let Some((from, target)) = open.pop() {
        files.make_folder(&target, true).map_err(|why| why.to_string())?;
        let children: Vec<_> =
            files.children(&from).into_iter().map(|(name, is_folder)| (name.to_owned(), is_folder)).collect();
        for (name, is_folder) in children {
            let [from, target] = [&from, &target].map(|folder| [folder, "/", &*name].concat());
            if is_folder {
                open.push((from, target));
            } else if let Some(text) = files.get(&from).cloned() {
                files.write(&target, &text, false).map_err(|why| why.to_string())?;
                let is_executable = files.is_executable(&from);
                files.set_executable(&target, is_executable);
            }
        }
    }
    Ok(())
}

/// Runs `mktemp [-d] [-t] [TEMPLATE]`: creates a file or folder, and prints its path.
pub(super) fn mktemp(call: &mut Call) -> Output {
    let (letters, values, names) = options(call.words, "p");
    let folder = values.first().map_or("/tmp", |(_, folder)| *folder);
    let template = match names.first() {
        Some(name) if name.contains('/') || !letters.contains('t') => (*name).to_owned(),
        Some(name) => [folder, "/", name].concat(),
        None => [folder, "/tmp.XXXXXXXXXX"].concat(),
    };
    let kept = template.trim_end_matches('X');
    let width = template.len() - kept.len();
    if width < 3 {
        return Output::failed(1, format!("mktemp: too few X's in template '{template}'\n"));
    }
    let files = &mut *call.context.files;
    for number in 0..10_000 {
        let path = format!("{kept}{number:0width$}");
        call.work.counts(4);
        if files.get(&path).is_some() || files.is_folder(&path) {
            continue;
        }
        let made = if letters.contains('d') {
            files.make_folder(&path, false)
        } else {
            files.write(&path, "", false)
        };
        return match made {
            Ok(()) => Output::printed(path + "\n"),
            Err(why) => {
                Output::failed(1, format!("mktemp: failed to create file via template '{template}': {why}\n"))
            }
        };
    }
    Output::failed(1, format!("mktemp: failed to create file via template '{template}': File exists\n"))
}

/// Runs `realpath` or `readlink -f`. No file here is a link.
pub(super) fn real(call: &mut Call) -> Output {
    let (letters, _, names) = options(call.words, "");
    if names.is_empty() {
        return missing(call.name);
    }
    let mut output = Output::default();
    for name in names {
        let files = &*call.context.files;
        let path = files.absolute(name);
        let folder =
            path.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        let is_there = files.get(&path).is_some() || files.is_folder(&path);
        if call.name == "readlink" && !letters.contains(['f', 'e', 'm']) {
            output.exit_code = 1;
        } else if is_there || letters.contains('m') || (files.is_folder(folder) && !letters.contains('e')) {
            output.stdout.push_str(&(path + "\n"));
        } else {
            output.exit_code = 1;
            if call.name == "realpath" {
                output.stderr.push_str(&format!("realpath: {name}: No such file or directory\n"));
            }
        }
    }
    output
}

/// Runs `uname`, `whoami` or `hostname`.
pub(super) fn who(call: &mut Call) -> Output {
    let text = match (call.name, call.words.first().map(String::as_str)) {
        ("whoami", _) if call.pod.is_some() => "root",
        ("whoami", _) => "playground",
        ("hostname", _) | (_, Some("-n")) => call.pod.map_or("playground", |pod| &*pod.name),
        (_, Some("-m" | "-p" | "-i")) => "x86_64",
        (_, Some("-r")) => "6.1.0",
        (_, Some("-a")) => "Linux playground 6.1.0 #1 SMP x86_64 GNU/Linux",
        _ => "Linux",
    };
    Output::printed([text, "\n"].concat())
}

/// Runs `basename` or `dirname`.
pub(super) fn part(call: &mut Call) -> Output {
    let (letters, values, names) = options(call.words, "s");
    if names.is_empty() {
        return missing(call.name);
    }
    let is_many = call.name == "dirname" || letters.contains('a') || !values.is_empty();
    let end = match (values.first(), names.get(1)) {
        (Some((_, end)), _) => end,
        (None, Some(end)) if !is_many => end,
        _ => "",
    };
    let mut output = Output::default();
    for path in names.iter().take(if is_many { usize::MAX } else { 1 }) {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let path = if path.is_empty() { "/" } else { path };
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        let made = match call.name {
            "dirname" if folder.trim_end_matches('/').is_empty() && path.starts_with('/') => "/",
            "dirname" => folder.trim_end_matches('/'),
            _ if path == "/" => "/",
            _ => name.strip_suffix(end).filter(|rest| !rest.is_empty()).unwrap_or(name),
        };
        output.stdout.push_str(&[made, "\n"].concat());
    }
    output
}
