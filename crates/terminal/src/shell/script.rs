//! Scripts, which run command by command in this shell or in a child shell.

use super::{
    builtins::{DEEPEST, nested},
    names::Names,
    options::Options,
    parse,
    run::{Shell, Stop},
};

/// A running script or function.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The name of the function; `None` for a script.
    pub function: Option<String>,
    /// The script that contains it; the path as given.
    pub source: String,
    /// The line that called it.
    pub line: u32,
}

/// Parameters of a child shell.
#[derive(Default)]
struct Own {
    options: Options,
    zero: String,
    arguments: Vec<String>,
    /// The path of the script, if it is a file.
    source: Option<String>,
}

impl Shell<'_> {
    /// Returns the prefix of an error message: the running script and its line.
    pub fn place_of_error(&self) -> String {
        let script = self.frames.iter().rev().find(|frame| !frame.source.is_empty());
        match (self.subscripts, script) {
            (0, _) => "bash: ".to_owned(),
            (_, Some(frame)) => format!("{}: line {}: ", frame.source, self.line),
            (_, None) => format!("{}: line {}: ", self.zero, self.line),
        }
    }

    /// Runs a script, one complete command after another, until a syntax error or a stop.
    pub async fn script(&mut self, text: &str) {
        self.script_at(text, 1).await;
    }

    /// Runs a script whose first line has this number.
    pub async fn script_at(&mut self, text: &str, mut line: u32) {
        let mut rest = text;
        // A typed line is parsed once, but scripts may be parsed repeatedly.
        if self.scripts > 0 && !self.counts(text.len().saturating_mul(48)) {
            return;
        }
        while !rest.is_empty() && self.stop.is_none() {
            match parse::line_of(rest, line) {
                Ok((list, length)) => {
                    self.list(&list).await;
                    let read = rest.get(..length).unwrap_or_default();
                    line = line.saturating_add(u32::try_from(read.matches('\n').count()).unwrap_or(u32::MAX));
                    rest = rest.get(length..).unwrap_or_default();
                    self.moves();
                    self.stop = self.stop.filter(|stop| *stop != Stop::Discard);
                }
                Err(error) => {
                    self.misread(&error, rest, line);
                    break;
                }
            }
        }
        self.moves();
    }

    /// Moves the output written since a redirection by `exec` to the new destinations.
    pub fn moves(&mut self) {
        let captures = self.captures;
        if self.moved.as_ref().is_none_or(|moved| moved.captures != captures) {
            return;
        }
        let Some(mut moved) = self.moved.take() else { return };
        let [output, errors] = moved.before;
        let output = if output < self.output.len() { self.output.split_off(output) } else { String::new() };
        let errors = if errors < self.errors.len() { self.errors.split_off(errors) } else { String::new() };
        for (place, text) in moved.places.iter().zip([output, errors]) {
            self.puts_at(place, &text);
        }
        moved.before = [self.output.len(), self.errors.len()];
        self.moved = Some(moved);
    }

    /// Reports a syntax error.
    fn misread(&mut self, error: &parse::SyntaxError, rest: &str, line: u32) {
        let read = rest.get(..error.at).unwrap_or_default();
        let lines = u32::try_from(read.matches('\n').count()).unwrap_or(u32::MAX);
        self.line = line.saturating_add(lines);
        let place = self.place_of_error();
        // A script reports only the start of the unclosed quotation.
        let most = if self.subscripts > 0 && error.message.contains("unexpected EOF") { 1 } else { 9 };
        for (number, message) in error.message.lines().enumerate().take(most) {
            let message = message.strip_prefix("bash: ").unwrap_or(message);
            let mut place = place.clone();
            if number > 0 && self.subscripts > 0 {
                // The unexpected end of the text is on its last line.
                let all = u32::try_from(rest.matches('\n').count()).unwrap_or(u32::MAX);
                self.line = line.saturating_add(all);
                place = self.place_of_error();
            }
            self.errors.push_str(&[&*place, message, "\n"].concat());
        }
        if self.subscripts > 0 && !error.is_incomplete {
            let start = read.rfind('\n').map_or(0, |end| end + 1);
            let written = rest.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
            self.errors.push_str(&[&*place, "`", written, "'\n"].concat());
        }
        self.status = 2;
    }

    /// Runs `. FILE` and `source FILE`.
    pub async fn source(&mut self, arguments: &[String]) {
        let Some((path, given)) = arguments.split_first() else {
            self.fail(".: filename argument required");
            self.status = 2;
            return;
        };
        let text = match self.files.get(path) {
            Some(text) => text.clone(),
            None if matches!(path.as_str(), "/dev/stdin" | "-") => self.drained().rest().to_owned(),
            None => {
                let text = match self.files.is_folder(path) {
                    true => [".: ", path, ": is a directory"].concat(),
                    false => [path, ": No such file or directory"].concat(),
                };
                return self.fail(&text);
            }
        };
        let before = (!given.is_empty()).then(|| std::mem::replace(self.arguments, given.to_vec()));
        let line = self.line;
        self.frames.push(Frame { function: None, source: path.clone(), line });
        self.level += 1;
        nested(self, async |shell| shell.script(&text).await).await;
        self.level -= 1;
        self.frames.pop();
        self.line = line;
        self.stop = self.stop.filter(|stop| *stop != Stop::Return);
        if let Some(before) = before {
            *self.arguments = before;
        }
    }

    /// Runs `bash FILE`, `bash -c LINE` and `sh …`.
    pub async fn shell(&mut self, name: &str, arguments: &[String]) {
        let mut own = Own { zero: name.to_owned(), ..Own::default() };
        let mut words = arguments.iter();
        let (mut is_line, mut is_stdin, mut operands) = (false, false, Vec::new());
        while let Some(word) = words.next() {
            match word.strip_prefix('-').or_else(|| word.strip_prefix('+')) {
                Some("-norc" | "-noprofile" | "-posix" | "-login") => {}
                Some("-version") => {
                    return self.prints("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n");
                }
                Some("-" | "") => {
                    operands.extend(words.by_ref().cloned());
                }
                Some(letters) if operands.is_empty() => {
                    is_line |= letters.contains('c');
                    is_stdin |= letters.contains('s');
                    if letters.contains('o') {
                        own.options.switch(words.next().map_or("", String::as_str), true);
                    }
                    letters.chars().for_each(|letter| own.options.switch_letter(letter));
                }
                _ => {
                    operands.push(word.clone());
                    operands.extend(words.by_ref().cloned());
                }
            }
        }
        if is_stdin && !is_line {
            own.arguments = std::mem::take(&mut operands);
        }
        let mut operands = operands.into_iter();
        let first = operands.next();
        match first {
            Some(line) if is_line => {
                own.zero = operands.next().unwrap_or(own.zero);
                own.arguments = operands.collect();
                self.own(own, &line).await;
            }
            Some(path) => {
                own.arguments = operands.collect();
                let Some(text) = self.files.get(&path).cloned() else {
                    let why = self.files.why_not(&path);
                    self.errors.push_str(&format!("{name}: {path}: {why}\n"));
                    self.status = if self.files.is_folder(&path) { 126 } else { 127 };
                    return;
                };
                (own.zero, own.source) = (path.clone(), Some(path));
                self.own(own, &text).await;
            }
            None => {
                let input = self.drained();
                self.own(own, input.rest()).await;
            }
        }
    }

    /// Runs a file by its path.
    pub async fn runs_file(&mut self, path: &str, arguments: &[String]) {
        let fault = match self.files.get(path) {
            Some(_) if !self.files.is_executable(path) => Some(("Permission denied".to_owned(), 126)),
            Some(_) => None,
            None => {
                let status = if self.files.is_folder(path) { 126 } else { 127 };
                Some((self.files.why_not(path).to_string(), status))
            }
        };
        if let Some((why, status)) = fault {
            self.fail(&[path, ": ", &why].concat());
            self.status = status;
            return;
        }
        let text = self.files.get(path).cloned().unwrap_or_default();
        let mut own = Own { zero: path.to_owned(), arguments: arguments.to_vec(), ..Own::default() };
        own.source = Some(path.to_owned());
        if let Some(line) = text.strip_prefix("#!").and_then(|text| text.lines().next()) {
            let mut words = line.split_whitespace();
            let mut program = words.next().unwrap_or_default();
            if program.ends_with("/env") {
                program = words.by_ref().find(|word| !word.starts_with('-')).unwrap_or_default();
            }
            let name = program.rsplit('/').next().unwrap_or_default();
            if !matches!(name, "bash" | "sh" | "dash" | "zsh" | "ksh") {
                self.errors.push_str(&["env: '", name, "': No such file or directory\n"].concat());
                self.status = 127;
                return;
            }
            for letter in words.filter_map(|word| word.strip_prefix('-')).flat_map(str::chars) {
                own.options.switch_letter(letter);
            }
        }
        self.own(own, &text).await;
    }

    /// Runs a script in a child shell with the exported variables.
    async fn own(&mut self, own: Own, text: &str) {
        if self.scripts >= DEEPEST {
            return self.fail("scripts run scripts too deep");
        }
        if !self.counts(self.size()) {
            return;
        }
        let exported = Names {
            texts: self.names.exported_own(),
            marks: self.names.exported_marks(),
            is_of_pod: self.names.is_of_pod,
            ..Names::default()
        };
        let names = std::mem::replace(self.names, exported);
        let exported = self.functions.iter().filter(|(_, function)| function.is_exported);
        let exported = exported.map(|(name, function)| (name.clone(), function.clone())).collect();
        let functions = std::mem::replace(self.functions, exported);
        let aliases = std::mem::take(self.aliases);
        let arguments = std::mem::replace(self.arguments, own.arguments);
        let zero = std::mem::replace(&mut self.zero, own.zero);
        let options = std::mem::replace(self.options, own.options);
        let traps = std::mem::take(&mut self.traps);
        let was_trapped = std::mem::take(&mut self.is_trapped);
        let written = self.written.clone();
        let frames = std::mem::take(&mut self.frames);
        let conditions = std::mem::take(&mut self.conditions);
        let loops = std::mem::take(&mut self.loops);
        let moved = self.moved.take();
        let opened = std::mem::take(&mut self.opened);
        let input = self.input.clone();
        let (folder, line, level) = (self.files.folder().to_owned(), self.line, self.level);
        let is_in_function = std::mem::take(&mut self.is_in_function);
        let now = self.now();
        let started = std::mem::replace(&mut self.started, now);
        if let Some(source) = own.source {
            self.frames.push(Frame { function: None, source, line: 0 });
        }
        self.level = 0;
        self.scripts += 1;
        self.subshells += 1;
        self.subscripts += 1;
        self.status = 0;
        self.script(text).await;
        self.exit_trap().await;
        self.moves();
        self.opened = opened;
        if !self.input.is_same(&input) {
            self.input = input;
        }
        self.subscripts -= 1;
        self.subshells -= 1;
        self.scripts -= 1;
        self.started = started;
        self.is_in_function = is_in_function;
        (self.line, self.level) = (line, level);
        _ = self.files.enter(&folder);
        self.moved = moved;
        self.loops = loops;
        self.conditions = conditions;
        self.frames = frames;
        self.traps = traps;
        self.is_trapped = was_trapped;
        self.written = written;
        *self.options = options;
        self.zero = zero;
        *self.arguments = arguments;
        *self.functions = functions;
        *self.aliases = aliases;
        *self.names = names;
        self.stop = self.stop.filter(|_| self.steps == 0);
    }
}
