//! Tools for files and folders: `ls`, `rm`, `cp`, `mv`, `touch`, `mkdir`, `chmod`, `realpath` and the like.

use crate::{Files, command::Output};

use super::{
    Call,
    options::{NOTHING, Options, options, unknown, wrong},
};

/// Runs an action for each operand, and collects its output and errors.
fn each(call: &mut Call, names: &[&str], act: impl Fn(&mut Files, &str) -> Result<String, String>) -> Output {
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
        match act(call.context.files, name) {
            Ok(told) => output.stdout.push_str(&told),
            Err(why) => {
                output.stderr.push_str(&[call.name, ": ", &why, "\n"].concat());
                output.exit_code = 1;
            }
        }
    }
    output
}

fn missing(name: &str) -> Output {
    Output::failed(1, format!("{name}: missing operand\nTry '{name} --help' for more information.\n"))
}

pub(super) fn ls(call: &mut Call) -> Output {
    let Options { letters, operands: names, .. } = match options(
        call,
        "1aAdFhlpRrSt",
        "",
        &[
            ("all", 'a'),
            ("almost-all", 'A'),
            ("color", NOTHING),
            ("directory", 'd'),
            ("human-readable", 'h'),
            ("recursive", 'R'),
            ("reverse", 'r'),
        ],
    ) {
        Ok(options) => options,
        Err(output) => return output,
    };
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
            let size = if has('h') { human(size) } else { size.to_string() };
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
    let is_headed = folders.len() > 1 || !single.is_empty() || has('R');
    output.stdout = single;
    let mut open: Vec<String> = folders.into_iter().rev().map(str::to_owned).collect();
    while let Some(folder) = open.pop() {
        call.work.counts(16 + files.count());
        if call.work.done >= call.work.left {
            return output;
        }
        if is_headed {
            let gap = if output.stdout.is_empty() { "" } else { "\n" };
            output.stdout.push_str(&[gap, &folder, ":\n"].concat());
        }
        let mut children = files.children(&folder);
        if has('a') {
            children.splice(..0, [(".", true), ("..", true)]);
        }
        let path = |name: &str| [folder.trim_end_matches('/'), "/", name].concat();
        if has('S') {
            let size = |name: &str| files.get(&path(name)).map_or(4096, String::len);
            mesh_text::sorting::sort_by_cached_key(&mut children, |(name, _)| std::cmp::Reverse(size(name)));
        }
        if has('r') {
            children.reverse();
        }
        let mut below = Vec::new();
        for (name, is_folder) in children {
            if !name.starts_with('.') || has('a') || has('A') {
                let path = path(name);
                tell(&mut output.stdout, &path, name, is_folder);
                if has('R') && is_folder && !matches!(name, "." | "..") {
                    below.push(path);
                }
            }
        }
        open.extend(below.into_iter().rev());
    }
    output
}

/// Writes a size as `ls -h` does: rounded up, with one decimal below ten.
fn human(size: usize) -> String {
    if size < 1024 {
        return size.to_string();
    }
    let (unit, mark) = if size < 1 << 20 { (1024, "K") } else { (1 << 20, "M") };
    let tenths = (size * 10).div_ceil(unit);
    match tenths {
        0..100 => format!("{}.{}{mark}", tenths / 10, tenths % 10),
        _ => format!("{}{mark}", size.div_ceil(unit)),
    }
}

pub(super) fn rm(call: &mut Call) -> Output {
    let Options { letters, operands: names, .. } = match options(
        call,
        "dfrRv",
        "",
        &[("dir", 'd'), ("force", 'f'), ("recursive", 'r'), ("verbose", 'v')],
    ) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let has = |letter| letters.contains(letter);
    if names.is_empty() && has('f') {
        return Output::default();
    }
    each(call, &names, |files, name| {
        let cannot = |why: &str| Err(["cannot remove '", name, "': ", why].concat());
        let told =
            |what: &str| if has('v') { ["removed ", what, "'", name, "'\n"].concat() } else { String::new() };
        if files.is_folder(name) {
            let is_deep = has('r') || has('R');
            return match is_deep || has('d') {
                true => match files.remove_folder(name, is_deep) {
                    Ok(()) => Ok(told("directory ")),
                    Err(why) => cannot(&why.to_string()),
                },
                false => cannot("Is a directory"),
            };
        }
        match files.remove(name) {
            None if !has('f') => cannot("No such file or directory"),
            None => Ok(String::new()),
            Some(_) => Ok(told("")),
        }
    })
}

pub(super) fn rmdir(call: &mut Call) -> Output {
    let Options { letters, operands: names, .. } =
        match options(call, "pv", "", &[("parents", 'p'), ("verbose", 'v')]) {
            Ok(options) => options,
            Err(output) => return output,
        };
    each(call, &names, |files, name| {
        let mut told = String::new();
        let mut path = name.trim_end_matches('/');
        loop {
            if letters.contains('v') {
                told.push_str(&["rmdir: removing directory, '", path, "'\n"].concat());
            }
            files.remove_folder(path, false).map_err(|why| format!("failed to remove '{path}': {why}"))?;
            match path.rsplit_once('/').filter(|(above, _)| letters.contains('p') && !above.is_empty()) {
                Some((above, _)) => path = above,
                None => return Ok(told),
            }
        }
    })
}

pub(super) fn mkdir(call: &mut Call) -> Output {
    let Options { letters, operands: names, .. } =
        match options(call, "pv", "m", &[("mode", 'm'), ("parents", 'p'), ("verbose", 'v')]) {
            Ok(options) => options,
            Err(output) => return output,
        };
    let and_above = letters.contains('p');
    each(call, &names, |files, name| {
        // The folders above that are missing, too.
        let mut told = String::new();
        if letters.contains('v') {
            let ends = name.match_indices('/').map(|(at, _)| at).filter(|_| and_above).chain([name.len()]);
            for above in ends.filter_map(|end| name.get(..end)) {
                if !above.is_empty() && !above.ends_with('/') && !files.is_folder(above) {
                    told.push_str(&["mkdir: created directory '", above, "'\n"].concat());
                }
            }
        }
        let made = files.make_folder(name, and_above);
        made.map(|()| told).map_err(|why| format!("cannot create directory '{name}': {why}"))
    })
}

pub(super) fn touch(call: &mut Call) -> Output {
    let Options { letters, operands: names, .. } =
        match options(call, "acfhm", "drt", &[("date", 'd'), ("no-create", 'c'), ("reference", 'r')]) {
            Ok(options) => options,
            Err(output) => return output,
        };
    each(call, &names, |files, name| {
        if files.get(name).is_some() || files.is_folder(name) || letters.contains('c') {
            return Ok(String::new());
        }
        let made = files.write(name, "", false).map_err(|why| format!("cannot touch '{name}': {why}"));
        made.map(|()| String::new())
    })
}

pub(super) fn chmod(call: &mut Call) -> Output {
    // A mode may begin with a hyphen: `-x`.
    let words: Vec<&str> =
        call.words.iter().map(String::as_str).filter(|word| !matches!(*word, "-R" | "-f" | "--")).collect();
    let Some((mode, names)) = words.split_first() else { return missing(call.name) };
    let is_mode = match mode.bytes().all(|byte| byte.is_ascii_digit()) {
        true => mode.len() <= 4 && !mode.contains(['8', '9']),
        false => mode.chars().all(|c| "ugoarwxXst+-=,".contains(c)) && mode.contains(['+', '-', '=']),
    };
    if !is_mode {
        return match mode.starts_with('-') && mode.len() > 1 {
            true => unknown(call.name, mode),
            false => wrong(call.name, &["invalid mode: '", mode, "'"]),
        };
    }
    if names.is_empty() {
        return wrong(call.name, &["missing operand after '", mode, "'"]);
    }
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
        Ok(String::new())
    })
}

/// Runs `cp` or `mv`.
pub(super) fn copy(call: &mut Call) -> Output {
    const LONG: &[(&str, char)] = &[
        ("archive", 'a'),
        ("force", 'f'),
        ("no-clobber", 'n'),
        ("no-target-directory", 'T'),
        ("recursive", 'r'),
        ("target-directory", 't'),
        ("verbose", 'v'),
    ];
    let is_move = call.name == "mv";
    let known = if is_move { "fnTv" } else { "adfHLnPprRTv" };
    let Options { letters, values, operands: mut names } = match options(call, known, "t", LONG) {
        Ok(options) => options,
        Err(output) => return output,
    };
    if let Some((_, folder)) = values.first() {
        names.push(folder);
    }
    let Some((to, sources)) = names.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return match names.first() {
            Some(name) => wrong(call.name, &["missing destination file operand after '", name, "'"]),
            None => wrong(call.name, &["missing file operand"]),
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
        let target = match files.is_folder(to) && !letters.contains('T') {
            true => [to.trim_end_matches('/'), "/", own].concat(),
            false => (*to).to_owned(),
        };
        let failed = |why: String| format!("cannot create regular file '{target}': {why}");
        if files.absolute(from) == files.absolute(&target) {
            return Err(format!("'{from}' and '{target}' are the same file"));
        }
        if letters.contains('n') && (files.get(&target).is_some() || files.is_folder(&target)) {
            return Ok(String::new());
        }
        let renamed = if is_move { "renamed " } else { "" };
        let told = match letters.contains('v') {
            true => [renamed, "'", from, "' -> '", &target, "'\n"].concat(),
            false => String::new(),
        };
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
            return written.map(|()| told).map_err(|why| failed(why.to_string()));
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
        Ok(told)
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
    let options = match options(
        call,
        "dqtu",
        "p.",
        &[("directory", 'd'), ("dry-run", 'u'), ("quiet", 'q'), ("suffix", '.')],
    ) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let folder = options.value('p');
    let template = match options.operands.first() {
        Some(name) if name.contains('/') => (*name).to_owned(),
        Some(name) if folder.is_none() && !options.has('t') => (*name).to_owned(),
        Some(name) => [folder.unwrap_or("/tmp"), "/", name].concat(),
        None => [folder.unwrap_or("/tmp"), "/tmp.XXXXXXXXXX"].concat(),
    };
    if let Some(extra) = options.operands.get(1) {
        return wrong("mktemp", &["too many templates\nextra operand '", extra, "'"]);
    }
    // The last run of X is replaced; what follows it is a suffix.
    let (template, suffix) = match options.value('.') {
        Some(suffix) => (template, suffix.to_owned()),
        None => {
            let end = template.rfind('X').map_or(template.len(), |at| at + 1);
            let (template, suffix) = template.split_at(end);
            (template.to_owned(), suffix.to_owned())
        }
    };
    let kept = template.trim_end_matches('X');
    let width = template.len() - kept.len();
    if width < 3 {
        return Output::failed(1, format!("mktemp: too few X's in template '{template}{suffix}'\n"));
    }
    let files = &mut *call.context.files;
    for number in 0..10_000 {
        let path = format!("{kept}{number:0width$}{suffix}");
        call.work.counts(4);
        if files.get(&path).is_some() || files.is_folder(&path) {
            continue;
        }
        let made = if options.has('u') {
            Ok(())
        } else if options.has('d') {
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
    let Options { letters, operands: names, .. } = match options(
        call,
        "efLmnPqsv",
        "",
        &[
            ("canonicalize", 'f'),
            ("canonicalize-existing", 'e'),
            ("canonicalize-missing", 'm'),
            ("no-newline", 'n'),
            ("no-symlinks", 's'),
            ("quiet", 'q'),
        ],
    ) {
        Ok(options) => options,
        Err(output) => return output,
    };
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
            let end = if call.name == "readlink" && letters.contains('n') { "" } else { "\n" };
            output.stdout.push_str(&(path + end));
        } else {
            output.exit_code = 1;
            if call.name == "realpath" && !letters.contains('q') {
                output.stderr.push_str(&format!("realpath: {name}: No such file or directory\n"));
            }
        }
    }
    output
}

/// Runs `uname`, `whoami` or `hostname`.
pub(super) fn who(call: &mut Call) -> Output {
    const UNAME: &[(char, &str)] = &[
        ('s', "Linux"),
        ('n', "playground"),
        ('r', "6.1.0"),
        ('v', "#1 SMP"),
        ('m', "x86_64"),
        ('p', "x86_64"),
        ('i', "x86_64"),
        ('o', "GNU/Linux"),
    ];
    const LONG: &[(&str, char)] = &[
        ("all", 'a'),
        ("kernel-name", 's'),
        ("kernel-release", 'r'),
        ("machine", 'm'),
        ("nodename", 'n'),
        ("operating-system", 'o'),
    ];
    let (known, long) = match call.name {
        "uname" => ("asnrvmpio", LONG),
        "hostname" => ("fs", &[][..]),
        _ => ("", &[][..]),
    };
    let options = match options(call, known, "", long) {
        Ok(options) => options,
        Err(output) => return output,
    };
    if let Some(extra) = options.operands.first() {
        return wrong(call.name, &["extra operand '", extra, "'"]);
    }
    let host = call.pod.map_or("playground", |pod| &*pod.name);
    let text = match call.name {
        "uname" if options.letters.is_empty() => "Linux".to_owned(),
        "uname" => {
            // `-a` leaves out what is unknown on most machines.
            let shown = |letter| options.has(letter) || options.has('a') && !matches!(letter, 'p' | 'i');
            UNAME
                .iter()
                .filter(|(letter, _)| shown(*letter))
                .map(|(letter, text)| if *letter == 'n' { host } else { *text })
                .collect::<Vec<_>>()
                .join(" ")
        }
        "hostname" => host.to_owned(),
        _ if call.pod.is_some() => "root".to_owned(),
        _ => "playground".to_owned(),
    };
    Output::printed(text + "\n")
}

/// Runs `basename` or `dirname`.
pub(super) fn part(call: &mut Call) -> Output {
    let Options { letters, values, operands: names } =
        match options(call, "a", "s", &[("multiple", 'a'), ("suffix", 's')]) {
            Ok(options) => options,
            Err(output) => return output,
        };
    if names.is_empty() {
        return missing(call.name);
    }
    let is_many = call.name == "dirname" || letters.contains('a') || !values.is_empty();
    if let Some(extra) = names.get(2).filter(|_| !is_many) {
        return wrong(call.name, &["extra operand '", extra, "'"]);
    }
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
