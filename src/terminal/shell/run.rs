//! Commands that run: expansion, redirection, pipelines and loops.

use super::{
    builtins, parse,
    syntax::{After, Command, How, Item, List, Part, Piece, Redirection, Stream, What, Word},
};
use crate::{
    model::TextMap,
    playground::Playground,
    store,
    terminal::{
        command::{Context, Files, Output},
        tools,
    },
};

/// How much one line may do: a command counts one, and so does each 1,024 bytes that it prints or is given.
pub const MOST_STEPS: u32 = 10_000;
/// How long all files together may be, in bytes.
pub const MOST_FILES: usize = 4 * 1024 * 1024;

/// How the running commands end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `exit`, or too many steps.
    Exit,
}

/// Where a stream goes.
#[derive(Clone)]
enum Place {
    Output,
    Errors,
    File(String),
}

/// One line that runs.
pub struct Shell<'s> {
    /// What its commands read and change.
    pub playground: &'s mut Playground,
    /// The files there are.
    pub files: &'s mut Files,
    /// The variables that are set.
    pub variables: &'s mut TextMap,
    /// The lines typed before.
    pub history: &'s mut Vec<String>,
    /// The status of the command before.
    pub status: u8,
    /// What was printed.
    pub output: String,
    /// What was complained of.
    pub errors: String,
    /// How many steps are left.
    pub steps: u32,
    /// Whether the running commands end early.
    pub stop: Option<Stop>,
    /// How many shells of their own this is in.
    pub subshells: u32,
    /// How many scripts this is in.
    pub scripts: u32,
}

impl Shell<'_> {
    /// Runs a text, one complete command after another, until one cannot be read or the shell is to stop.
    pub fn script(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() && self.stop.is_none() {
            match parse::line(rest) {
                Ok((list, length)) => {
                    self.list(&list, "");
                    rest = rest.get(length..).unwrap_or_default();
                }
                Err(error) => {
                    self.errors.push_str(&error.message);
                    self.errors.push('\n');
                    self.status = 2;
                    break;
                }
            }
        }
    }

    /// Runs commands one after another.
    pub fn list(&mut self, list: &[Item], stdin: &str) {
        for item in list {
            let runs = match item.after {
                After::Anything => true,
                After::Success => self.status == 0,
                After::Failure => self.status != 0,
            };
            if runs {
                self.pipeline(item, stdin);
            }
            if self.stop.is_some() {
                return;
            }
        }
    }

    fn pipeline(&mut self, item: &Item, stdin: &str) {
        if let [command] = &*item.commands {
            self.command(command, stdin);
        } else {
            let mut piped = stdin.to_owned();
            for (i, command) in item.commands.iter().enumerate() {
                let is_last = i + 1 == item.commands.len();
                let printed = self.subshell(|shell| shell.command(command, &piped));
                if is_last {
                    self.output.push_str(&printed);
                }
                piped = printed;
            }
        }
        if item.is_negated {
            self.status = u8::from(self.status == 0);
        }
    }

    /// Runs something whose variables stay inside; what it prints.
    fn subshell(&mut self, run: impl FnOnce(&mut Self)) -> String {
        let size: usize = self.variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        if !self.counts(size) {
            return String::new();
        }
        let variables = self.variables.clone();
        self.subshells += 1;
        let printed = self.captured(run);
        self.subshells -= 1;
        *self.variables = variables;
        // `exit` leaves only the shell it is in, but where the steps are over, nothing more runs.
        self.stop = self.stop.filter(|_| self.steps == 0);
        printed
    }

    fn captured(&mut self, run: impl FnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.output);
        run(self);
        std::mem::replace(&mut self.output, before)
    }

    /// Counts one step, and more for many bytes. `false` where no more are left, which is said once.
    fn counts(&mut self, bytes: usize) -> bool {
        let steps = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1);
        if self.steps <= steps {
            if self.steps > 0 {
                let text = "bash: stopped: this line does more than 10000 steps\n";
                self.errors.push_str(text);
            }
            self.steps = 0;
            self.stop = Some(Stop::Exit);
            self.status = 124;
            return false;
        }
        self.steps -= steps;
        true
    }

    /// Tells what went wrong, and fails.
    pub fn fail(&mut self, text: &str) {
        self.errors.push_str("bash: ");
        self.errors.push_str(text);
        self.errors.push('\n');
        self.status = 1;
    }

    fn command(&mut self, command: &Command, stdin: &str) {
        if !self.counts(0) {
            return;
        }
        if command.redirections.is_empty() {
            return self.plain(&command.what, stdin);
        }
        let mut stdin = stdin.to_owned();
        // Where what is printed, and what is complained of, goes.
        let mut places = [Place::Output, Place::Errors];
        for Redirection { stream, how, target } in &command.redirections {
            let target = self.text(target);
            let path = plain_path(&target);
            match how {
                How::Text => stdin = target,
                How::Read if path == "/dev/null" => stdin.clear(),
                How::Read => match self.files.get(path) {
                    Some(text) => stdin = text.clone(),
                    None => return self.fail(&[&*target, ": No such file or directory"].concat()),
                },
                How::Same => match (stream, &*target) {
                    (Stream::Errors, "1") => places[1] = places[0].clone(),
                    (Stream::Output, "2") => places[0] = places[1].clone(),
                    _ => {}
                },
                How::Write | How::Append => {
                    if path != "/dev/null" && !self.writes(path, "", *how == How::Write) {
                        return;
                    }
                    let place = Place::File(path.to_owned());
                    if matches!(stream, Stream::Output | Stream::Both) {
                        places[0] = place.clone();
                    }
                    if matches!(stream, Stream::Errors | Stream::Both) {
                        places[1] = place;
                    }
                }
            }
        }
        let errors = std::mem::take(&mut self.errors);
        let printed = self.captured(|shell| shell.plain(&command.what, &stdin));
        let said = std::mem::replace(&mut self.errors, errors);
        for (place, text) in places.into_iter().zip([printed, said]) {
            match place {
                Place::Output => self.output.push_str(&text),
                Place::Errors => self.errors.push_str(&text),
                Place::File(path) if path == "/dev/null" => {}
                Place::File(path) => drop(self.writes(&path, &text, false)),
            }
        }
    }

    /// Writes to the end of a file, or to a new one; where there is no room, says so.
    fn writes(&mut self, path: &str, text: &str, is_new: bool) -> bool {
        let size: usize = self.files.iter().map(|(name, text)| name.len() + text.len()).sum();
        let fault = if path.is_empty() {
            ": No such file or directory"
        } else if size + path.len() + text.len() > MOST_FILES {
            ": No space left on device"
        } else {
            self.files.try_insert(path.to_owned(), String::new());
            if let Some(file) = self.files.get_mut(path) {
                file.truncate(if is_new { 0 } else { file.len() });
                file.push_str(text);
            }
            return true;
        };
        self.fail(&[path, fault].concat());
        false
    }

    fn plain(&mut self, what: &What, stdin: &str) {
        match what {
            What::Simple { assignments, words } => self.simple(assignments, words, stdin),
            What::Group { body, is_subshell: false } => self.list(body, stdin),
            What::Group { body, is_subshell: true } => {
                let printed = self.subshell(|shell| shell.list(body, stdin));
                self.output.push_str(&printed);
            }
            What::For { name, words, body } => {
                let values = self.fields(words);
                self.status = 0;
                for value in values {
                    if !self.counts(value.len()) {
                        return;
                    }
                    self.sets(name, value);
                    if self.leaves(body, stdin) {
                        return;
                    }
                }
            }
            What::If { branches, otherwise } => {
                for (condition, body) in branches {
                    self.list(condition, stdin);
                    if self.stop.is_some() {
                        return;
                    }
                    if self.status == 0 {
                        return self.list(body, stdin);
                    }
                }
                self.status = 0;
                self.list(otherwise, stdin);
            }
            What::While { condition, goes_on, body } => {
                let mut status = 0;
                while self.counts(0) {
                    self.list(condition, stdin);
                    if self.stop.is_some() {
                        return;
                    }
                    if (self.status == 0) != *goes_on {
                        self.status = status;
                        return;
                    }
                    if self.leaves(body, stdin) {
                        return;
                    }
                    status = self.status;
                }
            }
        }
    }

    /// Runs the body of a loop; whether the loop is over by it.
    fn leaves(&mut self, body: &List, stdin: &str) -> bool {
        self.list(body, stdin);
        match self.stop {
            Some(Stop::Exit) => true,
            Some(stop) => {
                self.stop = None;
                stop == Stop::Break
            }
            None => false,
        }
    }

    fn simple(&mut self, assignments: &[(String, Word)], words: &[Word], stdin: &str) {
        let words = self.fields(words);
        if self.stop.is_some() {
            return;
        }
        let Some((name, arguments)) = words.split_first() else {
            // The status is that of the last substitution, else success.
            let is_output = |part: &Part| matches!(part.piece, Piece::Output(_));
            let status =
                if assignments.iter().any(|(_, value)| value.iter().any(is_output)) { None } else { Some(0) };
            for (name, value) in assignments {
                let value = self.text(value);
                if self.stop.is_some() {
                    return;
                }
                self.sets(name, value);
            }
            self.status = status.unwrap_or(self.status);
            return;
        };
        // A file that is read counts, too.
        let read = |word: &String| self.files.get(plain_path(word)).map_or(0, String::len);
        let read = arguments.iter().map(read).sum::<usize>() + stdin.len();
        if read > 0 && !self.counts(read) {
            return;
        }
        let kept = (!assignments.is_empty()).then(|| self.variables.clone());
        for (name, value) in assignments {
            let value = self.text(value);
            self.variables.insert(name.clone(), value);
        }
        if !builtins::run(self, name, arguments, stdin) {
            let mut context = Context {
                playground: &mut *self.playground,
                files: &mut *self.files,
                variables: &mut *self.variables,
                stdin,
            };
            let output = tools::run(&mut context, None, &words);
            self.tells(output);
        }
        if let Some(kept) = kept {
            *self.variables = kept;
        }
    }

    fn tells(&mut self, output: Output) {
        self.counts(output.stdout.len() + output.stderr.len());
        self.output.push_str(&output.stdout);
        self.errors.push_str(&output.stderr);
        // Where the steps are over, the status is theirs.
        if self.steps > 0 {
            self.status = output.exit_code;
        }
    }

    /// Sets a variable. `AWS_PROFILE` is the account that acts, but for a shell inside this one.
    pub fn sets(&mut self, name: &str, value: String) {
        if name == "AWS_PROFILE"
            && self.subshells == 0
            && let Ok(account) = value.parse()
            && account != self.playground.world().account
            && self.playground.world().accounts.contains(&account)
        {
            self.playground.run(store::Command::SwitchAccount(account));
        }
        self.variables.insert(name.to_owned(), value);
    }

    /// Words as they are given to a command: variables and outputs in their place, split where they are not quoted.
    fn fields(&mut self, words: &[Word]) -> Vec<String> {
        let mut fields = Vec::new();
        for word in words {
            let mut field = None;
            for part in word {
                if self.stop.is_some() {
                    return Vec::new();
                }
                let text = self.part(part);
                if part.is_quoted || matches!(part.piece, Piece::Text(_)) {
                    field.get_or_insert_with(String::new).push_str(&text);
                    continue;
                }
                if text.starts_with(char::is_whitespace) {
                    fields.extend(field.take());
                }
                let mut pieces = text.split_whitespace().peekable();
                while let Some(piece) = pieces.next() {
                    field.get_or_insert_with(String::new).push_str(piece);
                    if pieces.peek().is_some() || text.ends_with(char::is_whitespace) {
                        fields.extend(field.take());
                    }
                }
            }
            fields.extend(field);
        }
        self.counts(fields.iter().map(String::len).sum());
        fields
    }

    /// A word as one text, never split.
    fn text(&mut self, word: &[Part]) -> String {
        let mut text = String::new();
        for part in word {
            text.push_str(&self.part(part));
        }
        self.counts(text.len());
        text
    }

    fn part(&mut self, part: &Part) -> String {
        match &part.piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable { name, otherwise } => {
                let value = match name.as_str() {
                    "?" => self.status.to_string(),
                    "#" => "0".to_owned(),
                    _ => self.variables.get(name).cloned().unwrap_or_default(),
                };
                if value.is_empty() { self.text(otherwise) } else { value }
            }
            Piece::Output(list) => {
                let mut printed = self.subshell(|shell| shell.list(list, ""));
                printed.truncate(printed.trim_end_matches('\n').len());
                printed
            }
            Piece::Number(word) => {
                let text = self.text(word);
                match super::number::value(&text, self.variables) {
                    Ok(number) => number.to_string(),
                    Err(why) => {
                        self.fail(&[&*text, ": ", why].concat());
                        String::new()
                    }
                }
            }
        }
    }
}

/// A path as files are kept under it: `./a` is `a`.
pub fn plain_path(path: &str) -> &str {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}
