//! Commands that run: expansion, redirection, pipelines and loops.

use super::{
    builtins, glob, parse,
    syntax::{After, Command, Condition, How, Item, List, Part, Piece, Redirection, Stream, What, Word},
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
    /// `return`
    Return,
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
    /// The texts of functions, by their names.
    pub functions: &'s mut TextMap,
    /// `$1` and so on.
    pub arguments: Vec<String>,
    /// The variables of the running function, with what they were before it.
    pub locals: Vec<(String, Option<String>)>,
    /// Whether a script ends at the first mistake: `set -e`.
    pub is_strict: bool,
    /// In how many conditions this is, where a failure is no mistake.
    pub conditions: u32,
    /// How many bytes `read` took of what is piped in.
    pub taken: usize,
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
    /// How many bytes were copied that are not counted yet.
    pub copied: usize,
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
        // What is typed is read once; what it runs may be read again and again.
        if self.scripts > 0 && !self.counts(text.len().saturating_mul(48)) {
            return;
        }
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
        let mut rest = stdin;
        for (place, item) in list.iter().enumerate() {
            let runs = match item.after {
                After::Anything => true,
                After::Success => self.status == 0,
                After::Failure => self.status != 0,
            };
            if runs {
                let is_last = list.get(place + 1).is_none_or(|next| next.after == After::Anything);
                self.conditions += u32::from(!is_last);
                self.taken = 0;
                self.pipeline(item, rest);
                self.conditions -= u32::from(!is_last);
                rest = rest.get(self.taken..).unwrap_or_default();
                let is_mistake = self.status != 0 && !item.is_negated && is_last;
                if is_mistake && self.is_strict && self.conditions == 0 && self.stop.is_none() {
                    self.stop = Some(Stop::Exit);
                }
            }
            if self.stop.is_some() {
                break;
            }
        }
        self.taken = stdin.len() - rest.len();
    }

    /// Runs commands that read from what is left of a text.
    fn reads(&mut self, list: &[Item], rest: &mut &str) {
        self.list(list, rest);
        *rest = rest.get(self.taken..).unwrap_or_default();
    }

    /// Runs a condition, in which a failure is no mistake.
    fn holds(&mut self, list: &[Item], rest: &mut &str) -> bool {
        self.conditions += 1;
        self.reads(list, rest);
        self.conditions -= 1;
        self.status == 0
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
            self.taken = 0;
        }
        if item.is_negated {
            self.status = u8::from(self.status == 0);
        }
    }

    /// Runs something whose variables stay inside; what it prints.
    pub fn subshell(&mut self, run: impl FnOnce(&mut Self)) -> String {
        if !self.counts(self.size()) {
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

    /// How many bytes its variables and functions take. Each is made anew for a shell in this one, which takes more than
    /// its letters.
    pub fn size(&self) -> usize {
        let all = self.variables.iter().chain(self.functions.iter());
        all.map(|(name, value)| name.len() + value.len() + 64).sum()
    }

    fn captured(&mut self, run: impl FnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.output);
        run(self);
        std::mem::replace(&mut self.output, before)
    }

    /// Counts one step, and more for many bytes. `false` where no more are left, which is said once.
    pub fn counts(&mut self, bytes: usize) -> bool {
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

    /// Counts what is copied; little is counted when it has become much. `false` where no more is left.
    pub fn copies(&mut self, bytes: usize) -> bool {
        self.copied += bytes;
        self.copied < 4096 || {
            let copied = std::mem::take(&mut self.copied);
            self.counts(copied)
        }
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
        self.taken = 0;
        if command.redirections.is_empty() {
            return self.plain(&command.what, stdin);
        }
        let reads_own = command.redirections.iter().any(|redirection| redirection.stream == Stream::Input);
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
        if reads_own {
            self.taken = 0;
        }
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
                let mut rest = stdin;
                for value in values {
                    if !self.counts(value.len()) {
                        return;
                    }
                    self.sets(name, value);
                    if self.leaves(body, &mut rest) {
                        break;
                    }
                }
                self.taken = stdin.len() - rest.len();
            }
            What::If { branches, otherwise } => {
                let mut rest = stdin;
                let chosen = branches.iter().find(|(condition, _)| {
                    self.stop.is_none() && (self.holds(condition, &mut rest) || self.stop.is_some())
                });
                if self.stop.is_some() {
                    return;
                }
                if chosen.is_none() {
                    self.status = 0;
                }
                self.reads(chosen.map_or(otherwise, |(_, body)| body), &mut rest);
                self.taken = stdin.len() - rest.len();
            }
            What::While { condition, goes_on, body } => {
                let mut status = 0;
                let mut rest = stdin;
                while self.counts(0) {
                    let holds = self.holds(condition, &mut rest);
                    if self.stop.is_some() {
                        return;
                    }
                    if holds != *goes_on {
                        self.status = status;
                        break;
                    }
                    if self.leaves(body, &mut rest) {
                        break;
                    }
                    status = self.status;
                }
                self.taken = stdin.len() - rest.len();
            }
            What::Number(word) => {
                let value = self.reckons(word);
                if let Some(value) = value {
                    self.status = u8::from(value == 0);
                }
            }
            What::Count { first, condition, next, body } => {
                let mut rest = stdin;
                self.reckons(first);
                self.status = 0;
                while self.stop.is_none() && self.counts(0) {
                    // Nothing at all is a condition that always holds.
                    let holds =
                        condition.is_empty() || self.reckons(condition).is_some_and(|value| value != 0);
                    if !holds || self.leaves(body, &mut rest) {
                        break;
                    }
                    self.reckons(next);
                }
                self.taken = stdin.len() - rest.len();
            }
            What::Case { word, arms } => {
                let text: Vec<_> = self.text(word).chars().collect();
                self.status = 0;
                for (patterns, body) in arms {
                    for pattern in patterns {
                        let glyphs = self.glyphs(pattern);
                        if !self.counts(text.len() * glyphs.len() / 4) {
                            return;
                        }
                        if glob::fits(&glyphs, &text) {
                            return self.list(body, stdin);
                        }
                    }
                }
            }
            What::Test(condition) => match self.asks(condition) {
                Ok(holds) => self.status = u8::from(!holds),
                Err(why) => {
                    self.fail(&["[[: ", &why].concat());
                    self.status = 2;
                }
            },
            What::Function(name, body) => {
                self.functions.insert(name.clone(), body.clone());
                self.status = 0;
                self.counts(body.len());
            }
        }
    }

    /// What `[[ … ]]` says.
    fn asks(&mut self, condition: &Condition) -> Result<bool, String> {
        Ok(match condition {
            Condition::Or(left, right) => self.asks(left)? || self.asks(right)?,
            Condition::And(left, right) => self.asks(left)? && self.asks(right)?,
            Condition::Not(inner) => !self.asks(inner)?,
            Condition::Words(words) => {
                let is_pattern = |text: &str| matches!(text, "=" | "==" | "!=");
                if let [left, operator, right] = &**words
                    && let operator = self.text(operator)
                    && (is_pattern(&operator) || operator == "=~")
                {
                    let left = self.text(left);
                    if operator == "=~" {
                        return self.matches(&left, right);
                    }
                    let glyphs = self.glyphs(right);
                    let text: Vec<_> = left.chars().collect();
                    self.counts(text.len() * glyphs.len() / 4);
                    return Ok(glob::fits(&glyphs, &text) == (operator != "!="));
                }
                let words: Vec<String> = words.iter().map(|word| self.text(word)).collect();
                tools::holds(self.files, self.variables, &words).ok_or("cannot be compared like this")?
            }
        })
    }

    /// `text =~ expression`, which tells its groups in `BASH_REMATCH`; here only all of it, as there are no lists.
    fn matches(&mut self, text: &str, expression: &[Part]) -> Result<bool, String> {
        let mut written = String::new();
        for part in expression {
            let piece = self.part(part);
            written.push_str(&if part.is_quoted { tools::escaped(&piece) } else { piece });
        }
        let pattern = tools::Pattern::new(&written).ok_or("syntax error in regular expression");
        let work = pattern.as_ref().map_or(0, |pattern| pattern.work(text)).saturating_add(written.len());
        let counts = self.counts(work.saturating_mul(16));
        let pattern = pattern?;
        if !counts {
            return Ok(false);
        }
        let found = pattern.regex.find(text);
        self.variables.insert("BASH_REMATCH".to_owned(), found.map_or("", |found| found.as_str()).to_owned());
        Ok(found.is_some())
    }

    /// Runs the body of a loop; whether the loop is over by it.
    fn leaves(&mut self, body: &List, rest: &mut &str) -> bool {
        self.reads(body, rest);
        match self.stop {
            Some(Stop::Exit | Stop::Return) => true,
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
        let Some((_, arguments)) = words.split_first() else {
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
        let mut kept = Vec::new();
        for (name, value) in assignments {
            let value = self.text(value);
            kept.push((name, self.variables.insert(name.clone(), value)));
        }
        self.invoke(&words, stdin);
        for (name, value) in kept.into_iter().rev() {
            match value {
                Some(value) => drop(self.variables.insert(name.clone(), value)),
                None => drop(self.variables.remove(name)),
            }
        }
    }

    /// Runs a command: its name and its arguments.
    pub fn invoke(&mut self, words: &[String], stdin: &str) {
        let Some((name, arguments)) = words.split_first() else { return };
        if let Some(body) = self.functions.get(name).cloned() {
            return self.calls(&body, arguments, stdin);
        }
        if !builtins::run(self, name, arguments, stdin) {
            let mut context = Context {
                playground: &mut *self.playground,
                files: &mut *self.files,
                variables: &mut *self.variables,
                stdin,
            };
            let mut work = tools::Work { left: self.steps, done: 0 };
            let output = tools::run(&mut context, None, words, &mut work);
            if self.counts(usize::try_from(work.done).unwrap_or(usize::MAX).saturating_mul(1024)) {
                self.tells(output);
            }
        }
    }

    /// Calls a function.
    fn calls(&mut self, body: &str, arguments: &[String], stdin: &str) {
        if self.scripts >= builtins::DEEPEST {
            return self.fail("functions call functions too deep");
        }
        // It is read each time, and a long one is most likely one of many words.
        let read = body.len().saturating_mul(1 + body.len() / 512);
        if !self.counts(read + arguments.iter().map(String::len).sum::<usize>()) {
            return;
        }
        self.scripts += 1;
        let arguments = std::mem::replace(&mut self.arguments, arguments.to_vec());
        let locals = std::mem::take(&mut self.locals);
        self.status = 0;
        // It was read once, so that it can be read.
        if let Ok((list, _)) = parse::line(body) {
            self.list(&list, stdin);
        }
        self.stop = self.stop.filter(|stop| *stop != Stop::Return);
        for (name, value) in std::mem::replace(&mut self.locals, locals).into_iter().rev() {
            match value {
                Some(value) => drop(self.variables.insert(name, value)),
                None => drop(self.variables.remove(&name)),
            }
        }
        self.arguments = arguments;
        self.scripts -= 1;
    }

    /// Prints what the shell itself knows, which counts as what any command prints.
    pub fn prints(&mut self, text: &str) {
        if self.counts(text.len()) {
            self.output.push_str(text);
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
}

/// A path as files are kept under it: `./a` is `a`.
pub fn plain_path(path: &str) -> &str {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}
