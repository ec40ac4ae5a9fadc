//! Redirections, and simple commands with their assignments and words.

use std::borrow::Cow;

use super::{
    input::Input,
    names::Saved,
    run::{COMMAND, Shell, Stop},
    syntax::{Assignment, Command, How, Part, Piece, Redirection, Stream, Value, What, Word},
};

/// Destination of a stream.
#[derive(Clone, Debug)]
pub enum Place {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
    /// A file.
    File(String),
    /// Discarded.
    Nowhere,
}

/// Redirection of a script's streams by `exec`.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The destinations of its output and errors.
    pub places: [Place; 2],
    /// The length of output and errors before the redirection, in bytes.
    pub before: [usize; 2],
    /// The nesting depth of captures at that time.
    pub captures: u32,
}

impl Shell<'_> {
    /// Runs a command with its redirections.
    pub async fn command(&mut self, command: &Command) {
        self.pauses().await;
        if self.is_late {
            self.stop = Some(Stop::Exit);
        }
        if !self.copies(COMMAND) || self.is_late {
            return;
        }
        self.line = command.line;
        // Like bash, names a subshell only if its failure runs a trap.
        let is_named = !matches!(command.what, What::Group { .. }) || self.traps.contains_key("ERR");
        if !command.written.is_empty() && is_named && !self.is_trapped {
            self.written = command.written.clone();
        }
        let pipes = self.pipes.len();
        if command.redirections.is_empty() {
            self.plain(&command.what).await;
        } else {
            self.redirected(command).await;
        }
        self.moves();
        // The files of `<(…)` exist for one command only.
        for path in self.pipes.split_off(pipes) {
            drop(self.files.remove(&path));
        }
    }

    async fn redirected(&mut self, command: &Command) {
        let mut input = None;
        let mut places = self.opened.clone();
        places.resize(10, Place::Nowhere);
        if let [_, output, errors, ..] = &mut *places {
            (*output, *errors) = (Place::Output, Place::Errors);
        }
        for redirection in &command.redirections {
            if !self.redirects(redirection, &mut input, &mut places) {
                self.is_refused = true;
                return;
            }
        }
        let opened = places.clone();
        let mut places = places.into_iter().skip(1);
        let places = [places.next().unwrap_or(Place::Output), places.next().unwrap_or(Place::Errors)];
        if let What::Simple { words, .. } = &command.what
            && let [word] = &**words
            && let [Part { piece: Piece::Text(text), .. }] = &**word
            && text == "exec"
        {
            self.status = 0;
            self.moves();
            self.opened = opened;
            self.input = input.unwrap_or_else(|| self.input.clone());
            let moves_own = !matches!(places, [Place::Output, Place::Errors]);
            let before = [self.output.len(), self.errors.len()];
            self.moved = moves_own.then_some(Moved { places, before, captures: self.captures });
            return;
        }
        let is_simple = matches!(command.what, What::Simple { .. } | What::Declare { .. });
        let before = self.apart.take();
        self.apart = (is_simple && self.options.is_traced).then(String::new);
        let errors = std::mem::take(&mut self.errors);
        let run = async |shell: &mut Self| match input {
            Some(input) => shell.fed(input, async |shell| shell.plain(&command.what).await).await,
            None => shell.plain(&command.what).await,
        };
        let printed = self.captured(run).await;
        let said = std::mem::replace(&mut self.errors, errors);
        if let Some(traced) = std::mem::replace(&mut self.apart, before) {
            self.errors.push_str(&traced);
        }
        for (place, text) in places.into_iter().zip([printed, said]) {
            self.puts_at(&place, &text);
        }
    }

    /// Writes a string to a destination.
    pub fn puts_at(&mut self, place: &Place, text: &str) {
        match place {
            Place::Output => self.output.push_str(text),
            Place::Errors => self.errors.push_str(text),
            Place::Nowhere => {}
            Place::File(_) if text.is_empty() => {}
            Place::File(path) => drop(self.writes(path, text, false)),
        }
    }

    /// Opens one redirection; prints an error and returns `false` on failure.
    pub fn redirects(
        &mut self,
        redirection: &Redirection,
        input: &mut Option<Input>,
        places: &mut [Place],
    ) -> bool {
        let Redirection { stream, how, target } = redirection;
        let number = match stream {
            Stream::Input => 0,
            Stream::Output | Stream::Both => 1,
            Stream::Errors => 2,
            Stream::Other(number) => usize::from(*number),
        };
        let path = self.text(target);
        let set = |places: &mut [Place], place: Place| {
            let also = (*stream == Stream::Both).then_some(2);
            for number in [Some(number), also].into_iter().flatten() {
                if let Some(known) = places.get_mut(number) {
                    *known = place.clone();
                }
            }
        };
        match how {
            How::Text => *input = Some(Input::new(path)),
            How::Read if matches!(path.as_str(), "/dev/stdin" | "/dev/fd/0") => {}
            How::Read if path == "/dev/null" && number == 0 => *input = Some(Input::default()),
            How::Read => match self.files.get(&path) {
                Some(text) if number == 0 => {
                    let size = text.len();
                    *input = Some(Input::file(text));
                    return self.copies(size);
                }
                Some(_) => {}
                None => {
                    let why = self.files.why_not(&path);
                    self.fail(&format!("{path}: {why}"));
                    return false;
                }
            },
            How::Same => match path.parse::<usize>() {
                Ok(other) if number > 0 => {
                    let place = places.get(other).cloned().unwrap_or(Place::Nowhere);
                    set(places, place);
                }
                Ok(_) => {}
                Err(_) if path.starts_with('-') => set(places, Place::Nowhere),
                // `>&file` redirects both streams.
                Err(_) => {
                    if !self.writes(&path, "", true) {
                        return false;
                    }
                    for number in [1, 2] {
                        if let Some(known) = places.get_mut(number) {
                            *known = Place::File(path.clone());
                        }
                    }
                }
            },
            How::Write | How::Over | How::Append => {
                let place = match path.as_str() {
                    "/dev/null" => Place::Nowhere,
                    "/dev/stdout" | "/dev/fd/1" => places.get(1).cloned().unwrap_or(Place::Output),
                    "/dev/stderr" | "/dev/fd/2" | "/dev/tty" => {
                        places.get(2).cloned().unwrap_or(Place::Errors)
                    }
                    _ => {
                        if *how == How::Write && self.options.keeps_files && self.files.get(&path).is_some() {
                            self.fail(&[&*path, ": cannot overwrite existing file"].concat());
                            return false;
                        }
                        if !self.writes(&path, "", *how != How::Append) {
                            return false;
                        }
                        Place::File(self.files.absolute(&path))
                    }
                };
                set(places, place);
            }
        }
        true
    }

    /// Appends to a file, or overwrites it if `is_new`; prints an error on failure.
    pub fn writes(&mut self, path: &str, text: &str, is_new: bool) -> bool {
        match self.files.write(path, text, !is_new) {
            Ok(()) => true,
            Err(why) => {
                self.fail(&format!("{path}: {why}"));
                false
            }
        }
    }

    /// Runs a simple command.
    pub async fn simple(&mut self, assignments: &[Assignment], words: &[Word]) {
        let unaliased = self.unaliased(words);
        let (more, words) = unaliased.as_ref().map_or((&[][..], words), |(more, words)| (&**more, &**words));
        let assignments =
            &*if more.is_empty() { assignments.into() } else { Cow::from([assignments, more].concat()) };
        let words = self.fields(words);
        if self.stop.is_some() {
            return;
        }
        let Some((_, arguments)) = words.split_first() else {
            // The status is that of the last substitution, else success.
            let is_output = |part: &Part| matches!(part.piece, Piece::Output(_));
            let has_output = |assignment: &Assignment| match &assignment.value {
                Value::Text(word) => word.iter().any(is_output),
                Value::Array(elements, _) => elements.iter().any(|(_, word)| word.iter().any(is_output)),
            };
            let status = if assignments.iter().any(has_output) { None } else { Some(0) };
            for assignment in assignments {
                let is_set = self.assigns(assignment);
                if !is_set && self.subscripts > 0 {
                    // A failed assignment terminates a script.
                    self.stop = self.stop.or(Some(Stop::Exit));
                }
                if !is_set || self.stop.is_some() {
                    return;
                }
            }
            self.status = status.unwrap_or(self.status);
            return;
        };
        // The size of files named as arguments is charged to the budget, too.
        let read = |word: &String| self.files.get(word).map_or(0, String::len);
        let read = arguments.iter().map(read).sum::<usize>();
        if read > 0 && !self.counts(read) {
            return;
        }
        let kept = self.assigns_all(assignments);
        self.traces_words(&words);
        // Traces of nested commands go to the standard error of those commands.
        let apart = self.apart.take();
        self.invoke(&words).await;
        self.apart = apart;
        if let Some(last) = words.last() {
            self.last_word.clone_from(last);
        }
        for (name, saved) in kept.into_iter().rev() {
            self.names.put_back(name, saved);
        }
    }

    /// Sets the variables of one command; returns their previous state.
    fn assigns_all<'a>(&mut self, assignments: &'a [Assignment]) -> Vec<(&'a String, Saved)> {
        let mut kept = Vec::new();
        for assignment in assignments {
            let name = &assignment.name;
            // The saved values are charged to the budget, too: one name may be set a thousand times.
            if self.stop.is_some() || !self.copies(self.weight(name)) {
                break;
            }
            kept.push((name, self.names.saved(name)));
            let subshells = self.subshells;
            // An `AWS_PROFILE` for one command must not switch the acting account of the shell.
            self.subshells += 1;
            let is_set = self.assigns(assignment);
            self.subshells = subshells;
            if is_set {
                self.names.mark(name, super::names::EXPORTED, true);
            }
        }
        kept
    }

    /// Executes an assignment; returns whether it succeeded.
    pub fn assigns(&mut self, assignment: &Assignment) -> bool {
        if let Some(assignment) = self.referred_assignment(assignment) {
            return self.assigns(&assignment);
        }
        let Assignment { name, index, is_added, value } = assignment;
        match value {
            Value::Text(word) => {
                let value = self.assigned_text(word);
                if self.stop.is_some() {
                    return false;
                }
                self.traces_assignment(assignment, &value);
                match index {
                    Some(index) => {
                        let written = self.text(index);
                        self.sets_element(name, &written, value, *is_added)
                    }
                    None if *is_added => {
                        let before = self.value(name).unwrap_or_default();
                        let is_integer = self.names.marks(name) & super::names::INTEGER != 0;
                        let sum = if is_integer { [&*before, "+", &value].concat() } else { before + &value };
                        self.copies(sum.len()) && self.sets(name, sum)
                    }
                    None => self.sets(name, value),
                }
            }
            Value::Array(elements, _) => self.assigns_array(assignment, elements),
        }
    }

    /// Expands the value of an assignment, in which `~` is also the home folder after colons.
    pub fn assigned_text(&mut self, word: &[Part]) -> String {
        let is_plain = |part: &Part| match part {
            Part { is_quoted: false, piece: Piece::Text(text) } => {
                !text.contains(":~") && !text.starts_with("~:")
            }
            _ => true,
        };
        if word.iter().all(is_plain) {
            return self.text(word);
        }
        let home = self.value("HOME").map_or(0, |home| home.len());
        let mut expanded = Vec::new();
        for (index, part) in word.iter().enumerate() {
            let Part { is_quoted: false, piece: Piece::Text(text) } = part else {
                expanded.push(part.clone());
                continue;
            };
            if !self.copies(home.saturating_mul(text.matches('~').count())) {
                return String::new();
            }
            let (is_first, is_last) = (index == 0, index + 1 == word.len());
            let count = text.split(':').count();
            let segments = text.split(':').enumerate().map(|(at, segment)| match at > 0 || is_first {
                true => self.home(segment, at + 1 < count || is_last),
                false => segment.to_owned(),
            });
            let text = segments.collect::<Vec<_>>().join(":");
            expanded.push(Part { is_quoted: true, piece: Piece::Text(text) });
        }
        self.text(&expanded)
    }

    fn assigns_array(&mut self, assignment: &Assignment, elements: &[(Option<Word>, Word)]) -> bool {
        let name = &assignment.name;
        let is_map = self.names.arrays.get(name).is_some_and(|array| array.is_map);
        self.traces_assignment(assignment, "");
        // Expand all values before the assignment: `a=("${a[@]}" x)`.
        let mut made: Vec<(Option<String>, String)> = Vec::new();
        let mut pending: Option<String> = None;
        for (index, word) in elements {
            if let Some(index) = index {
                let written = self.text(index);
                made.push((Some(written), self.text(word)));
            } else {
                let mut fields = Vec::new();
                self.field(word, &mut fields);
                if is_map {
                    // Names and values alternate.
                    for field in fields {
                        match pending.take() {
                            Some(name) => made.push((Some(name), field)),
                            None => pending = Some(field),
                        }
                    }
                } else {
                    made.extend(fields.into_iter().map(|field| (None, field)));
                }
            }
            if self.stop.is_some() {
                return false;
            }
        }
        made.extend(pending.map(|name| (Some(name), String::new())));
        if self.names.marks(name) & super::names::READONLY != 0 {
            self.fail(&[name, ": readonly variable"].concat());
            return false;
        }
        if !self.counts(made.iter().map(|(_, value)| value.len() + 64).sum()) {
            return false;
        }
        if !assignment.is_added {
            let marks = self.names.marks(name);
            drop(self.names.take(name));
            if marks != 0 {
                self.names.mark(name, marks, true);
            }
        }
        self.array(name, is_map);
        for (index, value) in made {
            let written = match index {
                Some(written) => written,
                None => match self.names.arrays.get(name).and_then(|array| array.items.last()) {
                    Some(((place, _), _)) => (place + 1).to_string(),
                    None => "0".to_owned(),
                },
            };
            if !self.sets_element(name, &written, value, false) {
                return false;
            }
        }
        true
    }
}
