//! What the terminal of the page shows and remembers: a screen of entries, lines that wait, completion and search.

use std::{collections::VecDeque, rc::Rc};

use crate::{
    job::{Job, Progress},
    playground::Playground,
    store::{AppState, Step},
    terminal::{Output, Terminal},
    words::say,
};

/// How many lines of text stand in one piece: the browser lays out only the pieces that are seen.
const LINES_IN_PIECE: usize = 50;
/// How many bytes of text the screen keeps.
const KEPT_BYTES: usize = 1_000_000;
/// How many slices a short line may take; the progress of a longer one is shown.
const SHORT: usize = 10;
/// How many candidates are named.
const NAMED: usize = 60;
/// What a command prints to empty the screen: cursor home, erase the screen, erase what scrolled off it.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// Something on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Apart from all others of this console.
    pub id: usize,
    /// Where it comes from.
    pub origin: Origin,
    /// The line, as typed or as it would be typed.
    pub line: String,
    /// What it printed, in pieces.
    pub stdout: Vec<Rc<str>>,
    /// What it complained of, in pieces.
    pub stderr: Vec<Rc<str>>,
    /// How it ended; 0 is well.
    pub exit_code: u8,
}

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was typed, and ran.
    Typed,
    /// It was done elsewhere on the page; this line does the same.
    Elsewhere,
    /// The console itself says something.
    Note,
}

/// A search through the history, as it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What is looked for.
    pub text: String,
    /// Where it was found last.
    at: usize,
    /// Whether there is nothing older.
    pub is_exhausted: bool,
}

/// What completion made of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The line now.
    pub text: String,
    /// The cursor in it, in bytes.
    pub cursor: usize,
}

/// The result of a line: the changed terminal and playground, and the output.
pub struct Ran {
    terminal: Terminal,
    playground: Playground,
    output: Output,
}

/// The running line. It works on copies; the terminal and the playground change when it is complete.
struct Running {
    line: String,
    /// The state of the playground at its start.
    base: Rc<AppState>,
    job: Job<Ran>,
    /// The number of slices so far.
    slices: usize,
}

/// The terminal with its screen.
#[derive(Default)]
pub struct Console {
    terminal: Terminal,
    running: Option<Running>,
    /// The files added during the running line.
    added: Vec<(String, String)>,
    entries: VecDeque<Rc<Entry>>,
    bytes: usize,
    next_id: usize,
    waiting: VecDeque<String>,
    /// The number of cancelled lines; the note on them follows the output of the running line.
    forgotten: usize,
    /// The line of the history that stands in the input, and what was typed before it was called back.
    recalled: Option<(usize, String)>,
    search: Option<Search>,
    candidates: Vec<String>,
}

impl Console {
    /// What is on the screen, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Rc<Entry>> {
        self.entries.iter()
    }

    /// What the last completion could have meant.
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// The search that is going on.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Whether a line runs, or lines wait for their turn.
    pub fn is_busy(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }

    /// The progress of the running line, if it takes long.
    pub fn progress(&self) -> Option<Progress> {
        let running = self.running.as_ref().filter(|running| running.slices > SHORT)?;
        Some(running.job.progress())
    }

    /// The terminal itself.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Takes what was typed or pasted; [`step`](Self::step) runs it. `false` when it is not complete yet.
    pub fn submit(&mut self, text: &str) -> bool {
        if !Terminal::is_complete(text) {
            return false;
        }
        self.typed();
        self.recalled = None;
        self.waiting.extend(Terminal::lines(text));
        true
    }

    /// Runs the line whose turn it is, without a pause.
    pub fn step(&mut self, playground: &mut Playground) {
        self.begin(|| playground.clone());
        while self.running.is_some() {
            if let Some(ran) = self.work(|job| job.advance(usize::MAX)) {
                self.finish(playground, ran);
            }
        }
    }

    /// Begins the line whose turn it is, on a copy of the playground, unless a line runs.
    pub fn begin(&mut self, playground: impl FnOnce() -> Playground) {
        if self.running.is_none()
            && let Some(line) = self.waiting.pop_front()
        {
            self.start(line, playground());
        }
    }

    fn start(&mut self, line: String, mut playground: Playground) {
        let base = playground.state().clone();
        let (mut terminal, text) = (self.terminal.clone(), line.clone());
        let job = Job::new(|pace| async move {
            let output = terminal.run_paced(&mut playground, &text, &pace).await;
            Ran { terminal, playground, output }
        });
        self.running = Some(Running { line, base, job, slices: 0 });
    }

    /// Runs the line for a slice; the result once it is complete, for [`finish`](Self::finish).
    pub fn work(&mut self, slice: impl FnOnce(&mut Job<Ran>) -> Option<Ran>) -> Option<Ran> {
        let running = self.running.as_mut()?;
        running.slices += 1;
        slice(&mut running.job)
    }

    /// Takes over the result of a complete line, and prints its output. If the page has changed the playground meanwhile, the
    /// line starts again.
    pub fn finish(&mut self, playground: &mut Playground, ran: Ran) {
        let Some(running) = self.running.take() else { return };
        if !Rc::ptr_eq(&running.base, playground.state()) {
            return self.start(running.line, playground.clone());
        }
        self.terminal = ran.terminal;
        *playground = ran.playground;
        for (name, text) in std::mem::take(&mut self.added) {
            self.terminal.files_mut().insert(name, text);
        }
        self.print(Origin::Typed, running.line.trim_end(), ran.output);
        self.note_forgotten();
    }

    /// Interrupts the line that runs, and forgets those that wait.
    pub fn stop(&mut self) {
        self.forgotten += self.waiting.len();
        self.waiting.clear();
        match &self.running {
            Some(running) => running.job.stop(),
            None => self.note_forgotten(),
        }
    }

    fn note_forgotten(&mut self) {
        let count = std::mem::take(&mut self.forgotten);
        if count > 0 {
            self.note(&say("Stopped: {0} lines were not run.", &[&count.to_string()]));
        }
    }

    /// Empties the screen.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Keeps a file, and says how to name it.
    pub fn add_file(&mut self, name: &str, text: String) {
        // A name that needs no quotes; the file's own may hold anything.
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let name: String = name.chars().map(plain).collect();
        let size = text.len().to_string();
        if self.running.is_some() {
            self.added.push((name.clone(), text.clone()));
        }
        self.terminal.files_mut().insert(name.clone(), text);
        self.note(&say("{0} is there now, {1} bytes: file://{0}", &[&name, &size]));
    }

    /// Shows what was done elsewhere on the page, as its lines.
    pub fn echo(&mut self, step: &Step) {
        for echo in step.echoes.iter() {
            self.echo_line(&echo.line);
        }
    }

    /// Shows the line for something done elsewhere.
    pub fn echo_line(&mut self, line: &str) {
        self.print(Origin::Elsewhere, line, Output::default());
    }

    /// The line before the one that stands there, which is kept to come back to.
    pub fn older(&mut self, text: &str) -> Option<String> {
        let (at, draft) = match self.recalled.take() {
            Some((at, draft)) => (at, draft),
            None => (self.terminal.history().len(), text.to_owned()),
        };
        let wanted = at.saturating_sub(1);
        self.recalled = Some((wanted, draft));
        self.terminal.history().get(wanted).filter(|_| at > 0).cloned()
    }

    /// The line after it; past the newest, what was typed.
    pub fn newer(&mut self) -> Option<String> {
        let (at, draft) = self.recalled.take()?;
        match self.terminal.history().get(at + 1).cloned() {
            Some(line) => {
                self.recalled = Some((at + 1, draft));
                Some(line)
            }
            None => Some(draft),
        }
    }

    /// The newest line of the history with this text in it; called again, the next older one.
    pub fn find(&mut self, text: &str) -> Option<String> {
        let mut search = self.search.take().unwrap_or_else(|| Search {
            text: text.to_owned(),
            at: self.terminal.history().len(),
            is_exhausted: false,
        });
        let found = self.terminal.search(&search.text, search.at);
        search.is_exhausted = found.is_none();
        search.at = found.unwrap_or(search.at);
        self.search = Some(search);
        found.and_then(|at| self.terminal.history().get(at)).cloned()
    }

    /// Ends what goes on beside the line: the search, and the candidates.
    pub fn typed(&mut self) {
        self.search = None;
        self.candidates.clear();
    }

    /// Completes what stands at the cursor as far as it is certain. `None` when nothing can stand there.
    pub fn complete(&mut self, playground: &Playground, text: &str, cursor: usize) -> Option<Completed> {
        let found = self.terminal.complete(playground, text, cursor);
        self.candidates.clear();
        let first = found.candidates.first()?;
        let mut common = first.as_str();
        for other in &found.candidates {
            let equal = common.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            // Never in the middle of a character.
            let end = (0..=equal).rev().find(|&end| common.is_char_boundary(end)).unwrap_or(0);
            common = common.get(..end).unwrap_or_default();
        }
        let mut word = common.to_owned();
        match found.candidates.len() {
            1 if !word.ends_with(['/', '=']) => word.push(' '),
            1 => {}
            _ => self.candidates = found.candidates.iter().take(NAMED).cloned().collect(),
        }
        let before = text.get(..found.start)?;
        let typed = text.get(found.start..found.end)?;
        let after = text.get(found.end..)?;
        // A quotation that has no common beginning with what is typed leaves it as it is.
        if word.len() < typed.len() {
            word = typed.to_owned();
        }
        Some(Completed { cursor: before.len() + word.len(), text: format!("{before}{word}{after}") })
    }

    fn note(&mut self, words: &str) {
        self.print(Origin::Note, "", Output::printed(words));
    }

    fn print(&mut self, origin: Origin, line: &str, output: Output) {
        let mut printed = output.stdout.as_str();
        if let Some((_, after)) = printed.rsplit_once(CLEAR) {
            self.clear();
            printed = after;
            if printed.is_empty() && output.stderr.is_empty() {
                return;
            }
        }
        self.next_id += 1;
        self.bytes += line.len() + printed.len() + output.stderr.len();
        self.entries.push_back(Rc::new(Entry {
            id: self.next_id,
            origin,
            line: line.to_owned(),
            stdout: pieces(printed),
            stderr: pieces(&output.stderr),
            exit_code: output.exit_code,
        }));
        while self.bytes > KEPT_BYTES && self.entries.len() > 1 {
            let Some(oldest) = self.entries.pop_front() else { break };
            let of = |pieces: &[Rc<str>]| pieces.iter().map(|piece| piece.len()).sum::<usize>();
            let size = oldest.line.len() + of(&oldest.stdout) + of(&oldest.stderr);
            self.bytes = self.bytes.saturating_sub(size);
        }
    }
}

/// A text in pieces of so many lines.
fn pieces(text: &str) -> Vec<Rc<str>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_end_matches('\n');
    while !rest.is_empty() {
        let end = rest.match_indices('\n').nth(LINES_IN_PIECE - 1).map_or(rest.len(), |(at, _)| at + 1);
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        pieces.push(piece.into());
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests;
