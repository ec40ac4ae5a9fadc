//! State of the page's terminal: the entries on its screen, the queued lines, completion and history search.

use std::{collections::VecDeque, rc::Rc};

use mesh_text::{
    job::{Job, Progress},
    words::say,
};

use crate::{
    playground::Playground,
    store::{AppState, Step},
    terminal::{Output, Terminal},
};

/// Lines of text in one chunk. The browser lays out only the visible chunks.
const LINES_IN_PIECE: usize = 50;
/// Maximum number of bytes of text on the screen. The newest entry stays even if it is longer.
const KEPT_BYTES: usize = 1_000_000;
/// Maximum number of slices of a short line. The progress of a longer line is shown.
const SHORT: usize = 10;
/// Maximum number of completion candidates that are shown.
const NAMED: usize = 60;
/// Escape sequence that clears the screen: cursor home, erase the screen, erase the scrollback.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// Entry on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Identifier, unique within this console.
    pub id: usize,
    /// Origin of the entry.
    pub origin: Origin,
    /// Line as typed, or as it would be typed.
    pub line: String,
    /// Standard output, in chunks.
    pub stdout: Vec<Rc<str>>,
    /// Standard error, in chunks.
    pub stderr: Vec<Rc<str>>,
    /// Exit status; 0 means success.
    pub exit_code: u8,
}

/// Origin of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A line that was typed and ran.
    Typed,
    /// An action elsewhere on the page; the line is its equivalent.
    Elsewhere,
    /// A message of the console itself.
    Note,
}

/// Search through the history, in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Text to search for.
    pub text: String,
    /// History index of the last match; before the first match, the length of the history.
    at: usize,
    /// Whether no older line matches.
    pub is_exhausted: bool,
}

/// Line after completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedLine {
    /// Completed line.
    pub text: String,
    /// Cursor position in the line, in bytes.
    pub cursor: usize,
}

/// The result of a line: the changed terminal and playground, and the output.
pub struct LineResult {
    terminal: Terminal,
    playground: Playground,
    output: Output,
}

/// The running line. It works on copies; the terminal and the playground change when it is complete.
struct Running {
    line: String,
    /// The state of the playground at its start.
    base: Rc<AppState>,
    job: Job<LineResult>,
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
    /// Index of the history line in the input, and the draft that it replaced.
    recalled: Option<(usize, String)>,
    search: Option<Search>,
    candidates: Vec<String>,
}

impl Console {
    /// Returns the entries on the screen, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Rc<Entry>> {
        self.entries.iter()
    }

    /// Returns the candidates of the last completion, if it was ambiguous.
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// Returns the search in progress.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Returns whether a line is running or queued.
    pub fn is_busy(&self) -> bool {
        self.running.is_some() || !self.waiting.is_empty()
    }

    /// Returns the progress of the running line, if it takes long.
    pub fn progress(&self) -> Option<Progress> {
        let running = self.running.as_ref().filter(|running| running.slices > SHORT)?;
        Some(running.job.progress())
    }

    /// Returns the terminal.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Queues the lines of a typed or pasted text; [`step`](Self::step) runs them. Returns `false` if the text is not
    /// complete yet.
    pub fn submit(&mut self, text: &str) -> bool {
        if !Terminal::is_complete(text) {
            return false;
        }
        self.clear_search_and_candidates();
        self.recalled = None;
        self.waiting.extend(Terminal::lines(text));
        true
    }

    /// Runs the next queued line, without a pause.
    pub fn step(&mut self, playground: &mut Playground) {
        self.begin(|| playground.clone());
        while self.running.is_some() {
            if let Some(ran) = self.work(|job| job.advance(usize::MAX)) {
                self.finish(playground, ran);
            }
        }
    }

    /// Starts the next queued line on a copy of the playground, unless a line is running.
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
            LineResult { terminal, playground, output }
        });
        self.running = Some(Running { line, base, job, slices: 0 });
    }

    /// Runs the line for one slice. Returns its result once it is complete, for [`finish`](Self::finish).
    pub fn work(
        &mut self,
        slice: impl FnOnce(&mut Job<LineResult>) -> Option<LineResult>,
    ) -> Option<LineResult> {
        let running = self.running.as_mut()?;
        running.slices += 1;
        slice(&mut running.job)
    }

    /// Applies the result of a complete line and prints its output. If the page has changed the playground meanwhile,
    /// starts the line again instead.
    pub fn finish(&mut self, playground: &mut Playground, ran: LineResult) {
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

    /// Interrupts the running line and discards the queued ones.
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

    /// Clears the screen.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// Stores a file, and prints the name under which lines can use it.
    pub fn add_file(&mut self, name: &str, text: String) {
        // Store it under a name that needs no quotes; the original name may contain any character.
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let name: String = name.chars().map(plain).collect();
        let size = text.len().to_string();
        if self.running.is_some() {
            self.added.push((name.clone(), text.clone()));
        }
        self.terminal.files_mut().insert(name.clone(), text);
        self.note(&say("{0} is there now, {1} bytes: file://{0}", &[&name, &size]));
    }

    /// Prints the lines that are equivalent to an action elsewhere on the page.
    pub fn echo(&mut self, step: &Step) {
        for echo in step.echoes.iter() {
            self.echo_line(&echo.line);
        }
    }

    /// Prints the line that is equivalent to an action elsewhere on the page.
    pub fn echo_line(&mut self, line: &str) {
        self.print(Origin::Elsewhere, line, Output::default());
    }

    /// Returns the history line before the one in the input. If the input shows no history line, `text` becomes the
    /// draft.
    pub fn older(&mut self, text: &str) -> Option<String> {
        let (at, draft) = match self.recalled.take() {
            Some((at, draft)) => (at, draft),
            None => (self.terminal.history().len(), text.to_owned()),
        };
        let wanted = at.saturating_sub(1);
        self.recalled = Some((wanted, draft));
        self.terminal.history().get(wanted).filter(|_| at > 0).cloned()
    }

    /// Returns the history line after the one in the input; after the newest line, the draft.
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

    /// Returns the newest history line that contains this text. Each further call continues the same search: it
    /// ignores its argument and returns the next older match. An empty text finds nothing: the page then asks for a
    /// text, because a line that the user did not search for must not end up in the input.
    pub fn find(&mut self, text: &str) -> Option<String> {
        let search = self.search.take().filter(|search| !search.text.is_empty());
        let mut search = search.unwrap_or_else(|| Search {
            text: text.to_owned(),
            at: self.terminal.history().len(),
            is_exhausted: false,
        });
        if search.text.is_empty() {
            self.search = Some(search);
            return None;
        }
        let found = self.terminal.search(&search.text, search.at);
        search.is_exhausted = found.is_none();
        search.at = found.unwrap_or(search.at);
        self.search = Some(search);
        found.and_then(|at| self.terminal.history().get(at)).cloned()
    }

    /// Ends the search and clears the completion candidates.
    pub fn clear_search_and_candidates(&mut self) {
        self.search = None;
        self.candidates.clear();
    }

    /// Completes the word at the cursor as far as all candidates agree. Returns `None` if there is no candidate.
    pub fn complete(&mut self, playground: &Playground, text: &str, cursor: usize) -> Option<CompletedLine> {
        let found = self.terminal.complete(playground, text, cursor);
        self.candidates.clear();
        let first = found.candidates.first()?;
        let mut common = first.as_str();
        for other in &found.candidates {
            let equal = common.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            // Do not cut inside a character.
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
        // Quoted candidates may share a prefix shorter than the typed word, which then stays unchanged.
        if word.len() < typed.len() {
            word = typed.to_owned();
        }
        Some(CompletedLine { cursor: before.len() + word.len(), text: format!("{before}{word}{after}") })
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

/// Splits a text into chunks of `LINES_IN_PIECE` lines.
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
