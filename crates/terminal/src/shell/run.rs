//! Execution of a line: lists, pipelines, loops and functions, within a limit of work.

use std::{future::Future, pin::Pin, rc::Rc};

use crate::{
    command::{Context, Output},
    files::Files,
    tools,
};
use litemap::LiteMap;
use mesh_text::job::Pace;
use playground_core::playground::Playground;

use super::{
    Function, builtins, glob,
    input::Input,
    names::Names,
    options::Options,
    parse,
    script::Frame,
    syntax::{After, Condition, Item, List, Next, Part, What, Word},
};

/// Maximum number of steps of one line: about one for each command, and one for each 1,024 bytes of its input and
/// output.
pub const MOST_STEPS: u32 = 10_000;

/// Cost of a command of the shell itself, as bytes for [`Shell::copies`]: assignments and tests take less than a step.
pub const COMMAND: usize = 600;

/// Cost of a turn of a loop, as bytes for [`Shell::copies`].
const TURN: usize = 64;

/// Exit status of an interrupted line.
const INTERRUPTED: u8 = 130;

/// Units of work per step, in the sense of [`Pace::work`].
const STEP_UNITS: usize = 30;

/// The future of running commands; boxed, because commands run commands.
pub type Run<'r> = Pin<Box<dyn Future<Output = ()> + 'r>>;

/// Reason why the running commands stop early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// `break` out of this many loops.
    Break(u32),
    /// `continue` of the loop at this level, counted from the innermost.
    Continue(u32),
    /// `return`
    Return,
    /// An error in an expansion: the script continues after the line.
    Discard,
    /// `exit`, or too many steps.
    Exit,
}

/// A running line.
pub struct Shell<'s> {
    /// The playground that its commands read and change.
    pub playground: &'s mut Playground,
    /// The files of the terminal.
    pub files: &'s mut Files,
    /// The variables that are set.
    pub names: &'s mut Names,
    /// Functions, by name.
    pub functions: &'s mut LiteMap<String, Function>,
    /// The values of aliases, by name.
    pub aliases: &'s mut LiteMap<String, String>,
    /// The options of `set` and `shopt`.
    pub options: &'s mut Options,
    /// The state of `$RANDOM`.
    pub random: &'s mut u32,
    /// `$1` and so on.
    pub arguments: &'s mut Vec<String>,
    /// `$0`
    pub zero: String,
    /// `$_`
    pub last_word: String,
    /// The current line of the script.
    pub line: u32,
    /// The running scripts and functions, innermost last.
    pub frames: Vec<Frame>,
    /// The local variables of the running function, with their saved outer values.
    pub locals: Vec<(String, super::names::Saved)>,
    /// Whether a function runs, so that local variables are allowed.
    pub is_in_function: bool,
    /// Nesting depth of conditions, in which a failure is not an error.
    pub conditions: u32,
    /// Nesting depth of loops.
    pub loops: u32,
    /// Standard input.
    pub input: super::input::Input,
    /// The lines typed before.
    pub history: &'s mut Vec<String>,
    /// The exit status of the previous command.
    pub status: u8,
    /// The statuses of the commands of the last pipeline: `PIPESTATUS`.
    pub pipe_statuses: Vec<u8>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
    /// The trace of a command whose standard error is redirected.
    pub apart: Option<String>,
    /// The redirection of the script's streams by `exec`.
    pub moved: Option<super::redirect::Moved>,
    /// The source text of the command that runs: `BASH_COMMAND`.
    pub written: Rc<str>,
    /// Whether a command of `trap` runs.
    pub is_trapped: bool,
    /// Whether the last redirection failed, so that its command did not run.
    pub is_refused: bool,
    /// The commands of `trap`, by signal: `EXIT`, `ERR`.
    pub traps: LiteMap<String, String>,
    /// The streams from 3 on that `exec` opened.
    pub opened: Vec<super::redirect::Place>,
    /// Nesting depth of captures of the output.
    pub captures: u32,
    /// Nesting depth of expressions, each within an index of the outer one.
    pub numbers: u32,
    /// The paths of the files of `<(…)`.
    pub pipes: Vec<String>,
    /// The number of characters of an option word that `getopts` has read.
    pub letters_read: usize,
    /// The total time of `sleep`, in milliseconds.
    pub slept: i64,
    /// The value of `slept` at which `timeout` ends its command.
    pub deadline: Option<i64>,
    /// Whether that time has passed, so that the command runs no further.
    pub is_late: bool,
    /// The time at which `$SECONDS` was zero, in milliseconds.
    pub started: i64,
    /// The remaining steps.
    pub steps: u32,
    /// The number of copied bytes that are not yet charged to the budget.
    pub copied: usize,
    /// The reason why the running commands stop early, if they do.
    pub stop: Option<Stop>,
    /// Nesting depth of subshells.
    pub subshells: u32,
    /// The number of these subshells that run scripts.
    pub subscripts: u32,
    /// Nesting depth of scripts.
    pub scripts: u32,
    /// Depth of a trace: nesting of substitutions, `eval` and files.
    pub level: u32,
    /// Where its commands run; `None` is outside of every pod and node.
    pub place: Option<tools::Place>,
    /// Pauses the line, and interrupts it.
    pub pace: &'s Pace,
    /// The remaining steps at the last pause.
    pub paced: u32,
}

impl Shell<'_> {
    /// Returns the current time for `date`, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.playground.now().0.saturating_add(self.slept)
    }

    /// Reports the work since the last call to the pace, which may pause the line. An interrupted line terminates here.
    pub async fn pauses(&mut self) {
        let steps = self.paced.saturating_sub(self.steps);
        self.paced = self.steps;
        self.pace.reach((MOST_STEPS - self.steps) as usize);
        self.pace.work(STEP_UNITS * steps as usize).await;
        if self.pace.is_stopped() && self.steps > 0 {
            self.errors.push_str("^C\n");
            (self.steps, self.stop, self.status) = (0, Some(Stop::Exit), INTERRUPTED);
        }
    }

    /// Runs commands one after another.
    pub fn list<'r>(&'r mut self, list: &'r [Item]) -> Run<'r> {
        Box::pin(self.runs_list(list))
    }

    async fn runs_list(&mut self, list: &[Item]) {
        for (place, item) in list.iter().enumerate() {
            let runs = match item.after {
                After::Anything => true,
                After::Success => self.status == 0,
                After::Failure => self.status != 0,
            };
            if runs && !self.options.runs_nothing {
                let is_last = list.get(place + 1).is_none_or(|next| next.after == After::Anything);
                let is_condition = !is_last || item.is_negated;
                self.conditions += u32::from(is_condition);
                self.pipeline(item).await;
                self.conditions -= u32::from(is_condition);
                // A failure within a block was handled there.
                let is_block = matches!(&*item.commands, [command] if command.what.is_block());
                let is_own = std::mem::take(&mut self.is_refused) || !is_block;
                if self.status != 0 && is_own && !is_condition && self.conditions == 0 && self.stop.is_none()
                {
                    self.mistake().await;
                }
            }
            if self.stop.is_some() {
                break;
            }
        }
    }

    /// Handles a failure outside a condition: runs the `ERR` trap, then `set -e`.
    async fn mistake(&mut self) {
        if let Some(text) = self.traps.get("ERR").filter(|_| !self.is_trapped).cloned() {
            let (status, line) = (self.status, self.line);
            self.is_trapped = true;
            builtins::nested(self, async |shell| shell.script_at(&text, line).await).await;
            self.is_trapped = false;
            self.line = line;
            if self.stop.is_none() {
                self.status = status;
            }
        }
        if self.options.is_strict && self.stop.is_none() {
            self.stop = Some(Stop::Exit);
        }
    }

    /// Runs a condition, in which a failure is not an error; returns whether it succeeds.
    async fn holds(&mut self, list: &[Item]) -> bool {
        self.conditions += 1;
        self.list(list).await;
        self.conditions -= 1;
        self.status == 0
    }

    async fn pipeline(&mut self, item: &Item) {
        if let [command] = &*item.commands {
            self.command(command).await;
            self.pipe_statuses = vec![self.status];
        } else {
            let mut piped = None;
            let mut statuses = Vec::new();
            for (i, command) in item.commands.iter().enumerate() {
                let is_last = i + 1 == item.commands.len();
                let run = async |shell: &mut Self| match piped {
                    Some(input) => shell.fed(input, async |shell| shell.command(command).await).await,
                    None => shell.command(command).await,
                };
                let printed = self.subshell(run).await;
                // Output that passes through a pipe is charged to the budget, at every level of subshells.
                if !self.counts(printed.len()) {
                    return;
                }
                statuses.push(self.status);
                if !command.written.is_empty() && !self.is_trapped {
                    self.written = command.written.clone();
                }
                if is_last {
                    self.output.push_str(&printed);
                }
                piped = Some(Input::new(printed));
            }
            if self.options.pipefail {
                self.status = statuses.iter().rev().copied().find(|status| *status != 0).unwrap_or(0);
            }
            self.pipe_statuses = statuses;
        }
        if item.is_negated {
            self.status = u8::from(self.status == 0);
        }
        if item.is_timed {
            self.errors.push_str("\nreal\t0m0.000s\nuser\t0m0.000s\nsys\t0m0.000s\n");
        }
    }

    /// Runs a callback in a subshell, whose variables do not affect this shell, and returns its output.
    pub async fn subshell(&mut self, run: impl AsyncFnOnce(&mut Self)) -> String {
        if !self.counts(self.size()) {
            return String::new();
        }
        let names = self.names.clone();
        let functions = self.functions.clone();
        let arguments = self.arguments.clone();
        let (options, folder) = (*self.options, self.files.folder().to_owned());
        let traps = std::mem::take(&mut self.traps);
        if self.options.traces_errors {
            self.traps.extend(traps.get("ERR").map(|text| ("ERR".to_owned(), text.clone())));
        }
        let written = self.written.clone();
        let loops = std::mem::take(&mut self.loops);
        let opened = self.opened.clone();
        let input = self.input.clone();
        self.subshells += 1;
        let captured = self.captured(async |shell| {
            run(shell).await;
            shell.exit_trap().await;
        });
        let printed = captured.await;
        self.subshells -= 1;
        // An `exec` may have replaced the input of the subshell.
        if !self.input.is_same(&input) {
            self.input = input;
        }
        self.opened = opened;
        self.loops = loops;
        self.traps = traps;
        self.written = written;
        *self.options = options;
        _ = self.files.enter(&folder);
        *self.arguments = arguments;
        *self.functions = functions;
        *self.names = names;
        // `exit` leaves only its own shell, but without remaining steps, nothing more runs.
        self.stop = self.stop.filter(|_| self.steps == 0);
        printed
    }

    /// Runs the `EXIT` trap.
    pub async fn exit_trap(&mut self) {
        let Some(text) = self.traps.remove("EXIT").filter(|_| self.steps > 0) else { return };
        let (status, stop) = (self.status, self.stop.take());
        let was_trapped = std::mem::replace(&mut self.is_trapped, true);
        builtins::nested(self, async |shell| shell.script(&text).await).await;
        self.is_trapped = was_trapped;
        if self.stop.is_none() {
            (self.status, self.stop) = (status, stop);
        }
    }

    /// Returns the size of its variables, functions and arguments in bytes. A subshell copies each of them, which takes
    /// more than its characters, so each has an overhead.
    pub fn size(&self) -> usize {
        let functions = self.functions.iter().map(|(name, function)| name.len() + function.body.len() + 64);
        let arguments = self.arguments.iter().map(|word| word.len() + 32);
        self.names.size() + functions.sum::<usize>() + arguments.sum::<usize>()
    }

    /// Runs a callback and returns its output.
    pub async fn captured(&mut self, run: impl AsyncFnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.output);
        self.captures += 1;
        run(self).await;
        self.captures -= 1;
        // A redirection by `exec` inside the capture ends with it.
        let captures = self.captures;
        self.moved = self.moved.take().filter(|moved| moved.captures <= captures);
        std::mem::replace(&mut self.output, before)
    }

    /// Charges one step, and one more for each 1,024 bytes. Returns `false` if no steps remain; the error is printed
    /// only once.
    pub fn counts(&mut self, bytes: usize) -> bool {
        let steps = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1);
        if self.steps <= steps {
            if self.steps > 0 {
                let text = "bash: stopped: this line does more than 10000 steps\n";
                self.errors.push_str(text);
            }
            self.steps = 0;
            self.stop = Some(Stop::Exit);
            self.status = if self.pace.is_stopped() { INTERRUPTED } else { 124 };
            return false;
        }
        self.steps -= steps;
        true
    }

    /// Charges copied bytes to the budget, once at least 4,096 of them have accumulated. Returns `false` if no steps
    /// remain.
    pub fn copies(&mut self, bytes: usize) -> bool {
        self.copied = self.copied.saturating_add(bytes);
        (self.copied < 4096 && self.steps > 0) || {
            let copied = std::mem::take(&mut self.copied);
            self.counts(copied)
        }
    }

    /// Prints an error, and sets the status to 1.
    pub fn fail(&mut self, text: &str) {
        let place = self.place_of_error();
        self.errors.push_str(&[&*place, text, "\n"].concat());
        self.status = 1;
    }

    /// Runs a command without its redirections.
    pub async fn plain(&mut self, what: &What) {
        match what {
            What::Simple { assignments, words } => self.simple(assignments, words).await,
            What::Declare { command, arguments } => self.declare(command, arguments),
            What::Group { body, is_subshell: false } => self.list(body).await,
            What::Group { body, is_subshell: true } => {
                let printed = self.subshell(async |shell| shell.list(body).await).await;
                self.prints(&printed);
            }
            What::For { name, words, body, written } => self.for_each((name, words, body, written)).await,
            What::If { branches, otherwise } => {
                let mut chosen = None;
                for (condition, body) in branches {
                    let holds = self.holds(condition).await;
                    if self.stop.is_some() {
                        return;
                    }
                    if holds {
                        chosen = Some(body);
                        break;
                    }
                }
                if chosen.is_none() {
                    self.status = 0;
                }
                self.list(chosen.unwrap_or(otherwise)).await;
            }
            What::While { condition, goes_on, body } => {
                let mut status = 0;
                while self.copies(TURN) {
                    let holds = self.holds(condition).await;
                    if self.stop.is_some() {
                        return;
                    }
                    if holds != *goes_on {
                        self.status = status;
                        break;
                    }
                    if self.leaves(body).await {
                        break;
                    }
                    status = self.status;
                }
            }
            What::Number(word) => {
                let text = self.text(word);
                self.traces(&["(( ", &text, " ))"].concat());
                let value = self.number(&text);
                self.status = u8::from(value.is_none_or(|value| value == 0));
            }
            What::Count { first, condition, next, body } => {
                self.reckons(first);
                self.status = 0;
                while self.stop.is_none() && self.copies(TURN) {
                    // An empty condition always holds.
                    let holds =
                        condition.is_empty() || self.reckons(condition).is_some_and(|value| value != 0);
                    if !holds || self.leaves(body).await {
                        break;
                    }
                    self.reckons(next);
                }
            }
            What::Case { word, arms, written } => {
                self.traces(&[written, " in"].concat());
                self.case(word, arms).await;
            }
            What::Test(condition) => match self.asks(condition) {
                Ok(holds) => self.status = u8::from(!holds),
                Err(why) => {
                    self.fail(&["[[: ", &why].concat());
                    self.status = 2;
                }
            },
            What::Function(name, body, line) => {
                let source = self.frames.last().map_or_else(String::new, |frame| frame.source.clone());
                let is_exported = self.functions.get(name).is_some_and(|function| function.is_exported);
                let function = Function { body: body.clone(), line: *line, source, is_exported };
                self.functions.insert(name.clone(), function);
                self.status = 0;
                self.counts(body.len());
            }
        }
    }

    async fn for_each(&mut self, (name, words, body, written): (&str, &[Word], &List, &str)) {
        let values = self.fields(words);
        self.status = 0;
        for value in values {
            if !self.copies(TURN + value.len()) {
                return;
            }
            self.traces(written);
            // A reference as the variable of a loop gets a target.
            let is_set = match self.names.refs.contains_key(name) {
                true => self.refers("for", name, &value),
                false => self.sets(name, value),
            };
            if !is_set || self.leaves(body).await {
                break;
            }
        }
    }

    async fn case(&mut self, word: &[Part], arms: &[(Vec<Word>, List, Next)]) {
        let cased =
            |c: char, shell: &Self| if shell.options.nocasematch { c.to_ascii_lowercase() } else { c };
        let text: Vec<_> = self.text(word).chars().map(|c| cased(c, self)).collect();
        self.status = 0;
        let mut is_through = false;
        for (patterns, body, next) in arms {
            let mut fits = is_through;
            for pattern in patterns {
                if fits {
                    break;
                }
                let mut glyphs = self.glyphs(pattern);
                glyphs.iter_mut().for_each(|glyph| glyph.0 = cased(glyph.0, self));
                if !self.counts(text.len() * glyphs.len() / 4) {
                    return;
                }
                fits = glob::fits(&glyphs, &text);
            }
            if fits {
                self.list(body).await;
                if *next == Next::End || self.stop.is_some() {
                    return;
                }
            }
            is_through = fits && *next == Next::Through;
        }
    }

    /// Evaluates the condition of `[[ … ]]`.
    fn asks(&mut self, condition: &Condition) -> Result<bool, String> {
        Ok(match condition {
            Condition::Or(left, right) => self.asks(left)? || self.asks(right)?,
            Condition::And(left, right) => self.asks(left)? && self.asks(right)?,
            Condition::Not(inner) => !self.asks(inner)?,
            Condition::Words(words) => self.compares(words)?,
        })
    }

    fn compares(&mut self, words: &[Word]) -> Result<bool, String> {
        let is_pattern = |text: &str| matches!(text, "=" | "==" | "!=");
        if let [left, operator, right] = words
            && let operator = self.text(operator)
        {
            let left = self.text(left);
            if operator == "=~" {
                return self.matches(&left, right);
            }
            if is_pattern(&operator) {
                let mut glyphs = self.glyphs(right);
                let mut text: Vec<_> = left.chars().collect();
                if self.options.nocasematch {
                    glyphs.iter_mut().for_each(|glyph| glyph.0 = glyph.0.to_ascii_lowercase());
                    text.iter_mut().for_each(|c| *c = c.to_ascii_lowercase());
                }
                if self.options.is_traced {
                    let right: String = glyphs.iter().map(|glyph| glyph.0).collect();
                    self.traces(&format!("[[ {} {operator} {} ]]", super::trace::shown(&left), right));
                }
                self.counts(text.len() * glyphs.len() / 4);
                return Ok(glob::fits(&glyphs, &text) == (operator != "!="));
            }
            if matches!(operator.as_str(), "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge") {
                let right = self.text(right);
                self.traces(&["[[ ", &left, " ", &operator, " ", &right, " ]]"].concat());
                let (Some(left), Some(right)) = (self.number(&left), self.number(&right)) else {
                    return Ok(false);
                };
                return Ok(tools::compared(left.cmp(&right), &operator).unwrap_or_default());
            }
        }
        let words: Vec<String> = words.iter().map(|word| self.text(word)).collect();
        if self.options.is_traced {
            let shown: Vec<_> = words.iter().map(|word| super::trace::shown(word)).collect();
            let text = match &*words {
                [_] => ["[[ -n ", &shown.join(" "), " ]]"].concat(),
                _ => ["[[ ", &shown.join(" "), " ]]"].concat(),
            };
            self.traces(&text);
        }
        tools::evaluate(self, &words)
    }

    /// Evaluates `text =~ expression`; stores the groups in `BASH_REMATCH`.
    fn matches(&mut self, text: &str, expression: &[Part]) -> Result<bool, String> {
        let written = self.expression(expression);
        self.traces(&["[[ ", &super::trace::shown(text), " =~ ", &written, " ]]"].concat());
        let cased = if self.options.nocasematch { ["(?i)", &written].concat() } else { written };
        let pattern = tools::Pattern::new(&cased).ok_or("syntax error in regular expression");
        let work = pattern.as_ref().map_or(0, |pattern| pattern.work(text)).saturating_add(cased.len());
        let counts = self.counts(work.saturating_mul(16));
        let pattern = pattern?;
        if !counts {
            return Ok(false);
        }
        drop(self.names.take("BASH_REMATCH"));
        let array = self.array("BASH_REMATCH", false);
        // Capture groups cost more than the match as a whole.
        let Some(whole) = pattern.regex.find(text) else { return Ok(false) };
        array.items.insert((0, String::new()), whole.as_str().to_owned());
        if pattern.regex.captures_len() > 1
            && let Some(found) = pattern.regex.captures(text)
        {
            for (group, place) in found.iter().zip(0u64..) {
                let text = group.map_or("", |group| group.as_str());
                array.items.insert((place, String::new()), text.to_owned());
            }
        }
        Ok(true)
    }

    /// Runs the body of a loop; returns whether the loop terminates.
    async fn leaves(&mut self, body: &List) -> bool {
        self.loops += 1;
        self.list(body).await;
        self.loops -= 1;
        match self.stop {
            Some(Stop::Exit | Stop::Discard | Stop::Return) => true,
            Some(Stop::Break(count)) => {
                self.stop = (count > 1 && self.loops > 0).then_some(Stop::Break(count.saturating_sub(1)));
                true
            }
            Some(Stop::Continue(count)) => {
                let is_outer = count > 1 && self.loops > 0;
                self.stop = is_outer.then_some(Stop::Continue(count.saturating_sub(1)));
                is_outer
            }
            None => false,
        }
    }

    /// Runs a command, given as its name and arguments.
    pub fn invoke<'r>(&'r mut self, words: &'r [String]) -> Run<'r> {
        Box::pin(self.invokes(words))
    }

    async fn invokes(&mut self, words: &[String]) {
        let Some((name, arguments)) = words.split_first() else { return };
        if let Some(function) = self.functions.get(name).cloned() {
            return self.calls(name, &function, arguments).await;
        }
        if name.contains('/') && !name.starts_with("/usr/bin/") && !name.starts_with("/bin/") {
            return self.runs_file(name, arguments).await;
        }
        let words = &[&[name.rsplit('/').next().unwrap_or(name).to_owned()][..], arguments].concat();
        let Some((name, arguments)) = words.split_first() else { return };
        if builtins::run(self, name, arguments).await {
            return;
        }
        // Some commands read their environment, which has exported variables only.
        let mut exported = None;
        if matches!(name.as_str(), "jq" | "envsubst" | "printenv") && self.counts(self.names.size()) {
            exported = Some(self.names.exported());
        }
        let mut work = tools::Work { left: self.steps, done: 0 };
        let (input, now) = (self.input.clone(), self.now());
        let mut context = Context {
            playground: &mut *self.playground,
            files: &mut *self.files,
            variables: exported.as_mut().unwrap_or(&mut self.names.texts),
            stdin: input.rest().into(),
        };
        let (output, inside) = tools::run(&mut context, self.place.as_ref(), now, words, &mut work);
        let done = usize::try_from(work.done).unwrap_or(usize::MAX).saturating_mul(1024);
        // A command inside reads for itself.
        let read = if context.stdin.is_read() && inside.is_none() { input.rest().len() } else { 0 };
        let is_part = name == "head" && input.is_file;
        self.input.consume(if is_part { read.min(output.stdout.len()) } else { read });
        if self.counts(done.saturating_add(read)) {
            self.tells(output);
            if let Some(inside) = inside {
                self.enters(inside).await;
            }
        }
    }

    /// Calls a function.
    async fn calls(&mut self, name: &str, function: &Function, arguments: &[String]) {
        if self.scripts >= builtins::DEEPEST {
            return self.fail("functions call functions too deep");
        }
        let body = &function.body;
        // Each call parses the body, and a long body most likely has many words.
        let read = body.len().saturating_mul(1 + body.len() / 512);
        if !self.counts(read + arguments.iter().map(String::len).sum::<usize>()) {
            return;
        }
        self.scripts += 1;
        let line = self.line;
        self.frames.push(Frame { function: Some(name.to_owned()), source: function.source.clone(), line });
        let arguments = std::mem::replace(self.arguments, arguments.to_vec());
        let locals = std::mem::take(&mut self.locals);
        let was_in_function = std::mem::replace(&mut self.is_in_function, true);
        let loops = std::mem::take(&mut self.loops);
        let is_inherited = self.options.traces_errors;
        let trap = if is_inherited { None } else { self.traps.remove("ERR") };
        self.status = 0;
        // The body was parsed before, so it has no syntax error.
        if let Ok((list, _)) = parse::line_of(body, function.line) {
            self.list(&list).await;
        }
        self.stop = self.stop.filter(|stop| *stop != Stop::Return);
        if let Some(trap) = trap.filter(|_| !self.traps.contains_key("ERR")) {
            self.traps.insert("ERR".to_owned(), trap);
        }
        for (name, saved) in std::mem::replace(&mut self.locals, locals).into_iter().rev() {
            self.names.put_back(&name, saved);
        }
        self.is_in_function = was_in_function;
        self.loops = loops;
        *self.arguments = arguments;
        self.frames.pop();
        self.line = line;
        self.scripts -= 1;
    }

    /// Prints output of the shell itself, which is charged to the budget like the output of any command.
    pub fn prints(&mut self, text: &str) {
        if self.counts(text.len()) {
            self.output.push_str(text);
        }
    }

    /// Appends the output of a command.
    pub fn tells(&mut self, output: Output) {
        self.counts(output.stdout.len() + output.stderr.len());
        self.output.push_str(&output.stdout);
        match output.stderr.strip_prefix("bash: ") {
            Some(text) => {
                let place = self.place_of_error();
                self.errors.push_str(&[&*place, text].concat());
            }
            None => self.errors.push_str(&output.stderr),
        }
        // Without remaining steps, the status is that of the exceeded limit.
        if self.steps > 0 {
            self.status = output.exit_code;
        }
    }
}

/// Returns a path as written; `Files` resolves it.
pub fn plain_path(path: &str) -> &str {
    path
}
