//! Tracks which steps of a history have records in a storage, and creates the missing ones.

use std::rc::Rc;

use app_mesh_engine::world::World;

use super::{History, Past, RECORDED_BYTES, RECORDED_STEPS, Step, record};

/// A step that has a record.
#[derive(Clone, Debug)]
struct Known {
    step: Rc<Step>,
    /// Name of the record.
    word: Rc<str>,
    /// Length of the record in bytes.
    size: usize,
}

/// The records of one project in the storage, as far as this page wrote or read them.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    known: Vec<Known>,
    /// World recorded or read last, with its document.
    last: Option<(Past, Rc<str>)>,
}

/// Changes for a storage to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// New records with their names.
    pub added: Vec<(Rc<str>, String)>,
    /// Names of records to delete.
    pub dropped: Vec<Rc<str>>,
    /// Names of the steps done, newest first.
    pub done: Vec<Rc<str>>,
    /// Names of the steps undone; the next to redo is first.
    pub undone: Vec<Rc<str>>,
}

impl Recorder {
    /// Creates a recorder for a restored history. `done` and `undone` are the names and lengths of its records, those
    /// next to the current world first. The last `unrecorded` steps done have no record.
    pub fn of(
        history: &History,
        unrecorded: usize,
        done: Vec<(Rc<str>, usize)>,
        undone: Vec<(Rc<str>, usize)>,
        present: (Rc<World>, Rc<str>),
    ) -> Self {
        let steps = history
            .done()
            .iter()
            .rev()
            .skip(unrecorded)
            .zip(done)
            .chain(history.undone().iter().rev().zip(undone));
        let known = |(step, (word, size)): (&Rc<Step>, _)| Known { step: step.clone(), word, size };
        Self { known: steps.map(known).collect(), last: Some((Past::Here(present.0), present.1)) }
    }

    /// Starts to record a history whose current world has this document.
    pub fn recording(&self, history: &History, present: (Rc<World>, Rc<str>)) -> Recording {
        let find = |step: &Rc<Step>| {
            let known = self.known.iter().find(|known| Rc::ptr_eq(&known.step, step)).cloned();
            (step.clone(), known)
        };
        let steps = history.done().iter().chain(history.undone().iter().rev()).map(find).collect();
        Recording {
            before: self.known.clone(),
            steps,
            done: history.done().len(),
            present,
            last: self.last.clone(),
            added: Vec::new(),
            next: 0,
        }
    }
}

/// Records one step at a time, because a large world takes a while.
pub struct Recording {
    /// The existing records.
    before: Vec<Known>,
    /// The steps, oldest first.
    steps: Vec<(Rc<Step>, Option<Known>)>,
    done: usize,
    present: (Rc<World>, Rc<str>),
    last: Option<(Past, Rc<str>)>,
    added: Vec<(Rc<str>, String)>,
    next: usize,
}

impl Recording {
    /// Returns the number of steps without a record.
    pub fn missing(&self) -> usize {
        self.steps[self.next.min(self.steps.len())..].iter().filter(|(_, known)| known.is_none()).count()
    }

    /// Returns the length of the current document in bytes.
    pub fn length(&self) -> usize {
        self.present.1.len()
    }

    /// Records the next step that has no record, under a name from `word`. Returns false if no step is left.
    pub fn advance(&mut self, mut word: impl FnMut() -> Rc<str>) -> bool {
        while let Some((step, known)) = self.steps.get(self.next) {
            let (step, is_known) = (step.clone(), known.is_some());
            self.next += 1;
            if is_known {
                continue;
            }
            let texts = self.document(&step.before).zip(self.document(&step.after));
            let text = texts.as_ref().and_then(|(before, after)| record(&step, before, after));
            self.last = texts.map(|(_, after)| (step.after.clone(), after));
            if let Some(text) = text {
                let word = word();
                let known = Known { step, word: word.clone(), size: text.len() };
                self.steps[self.next - 1].1 = Some(known);
                self.added.push((word, text));
            }
            return true;
        }
        false
    }

    fn document(&self, past: &Past) -> Option<Rc<str>> {
        match &self.last {
            _ if past.is(&self.present.0) => Some(self.present.1.clone()),
            Some((last, text)) if last.is_same(past) => Some(text.clone()),
            _ => past.document(),
        }
    }

    /// Returns the changes to write when time is short: one record named `word` replaces all steps without a record.
    /// These steps are still unrecorded afterwards, and undone steps are omitted until they are recorded.
    pub fn ahead(mut self, word: Rc<str>) -> (Recorded, Recorder) {
        let known = self.steps[..self.done].iter().map_while(|(_, known)| known.clone());
        let known: Vec<_> = known.collect();
        let first = self.steps[..self.done].get(known.len()).map(|(step, _)| step.before.clone());
        let before = first.and_then(|first| self.document(&first));
        let step = Rc::new(Step::unrecorded(self.present.0.clone()));
        let text = before.and_then(|before| record(&step, &before, &self.present.1));
        let mut recorded = Recorded::default();
        if let Some(text) = text {
            recorded.done.push(word.clone());
            recorded.done.extend(known.iter().rev().map(|known| known.word.clone()));
            self.before.push(Known { step, word: word.clone(), size: text.len() });
            recorded.added.push((word, text));
        }
        (recorded, Recorder { known: self.before, last: self.last })
    }

    /// Returns the changes to write, and the recorder for later changes. Stores the steps nearest to the current world;
    /// done steps have priority over undone ones.
    pub fn finish(self) -> (Recorded, Recorder) {
        let mut room = (RECORDED_STEPS, RECORDED_BYTES);
        let mut fits = |entry: &&(Rc<Step>, Option<Known>)| {
            let Some(size) = entry.1.as_ref().map(|known| known.size) else { return false };
            match (room.0.checked_sub(1), room.1.checked_sub(size)) {
                (Some(steps), Some(bytes)) => {
                    room = (steps, bytes);
                    true
                }
                _ => false,
            }
        };
        let known = |(_, known): &(Rc<Step>, Option<Known>)| known.clone();
        let done: Vec<_> =
            self.steps[..self.done].iter().rev().take_while(&mut fits).filter_map(known).collect();
        let undone: Vec<_> = self.steps[self.done..].iter().take_while(&mut fits).filter_map(known).collect();
        let words = |known: &[Known]| known.iter().map(|known| known.word.clone()).collect::<Vec<_>>();
        let (done_words, undone_words) = (words(&done), words(&undone));
        let is_needed = |word: &Rc<str>| done_words.contains(word) || undone_words.contains(word);
        let recorded = Recorded {
            added: self.added.into_iter().filter(|(word, _)| is_needed(word)).collect(),
            dropped: self
                .before
                .into_iter()
                .map(|known| known.word)
                .filter(|word| !is_needed(word))
                .collect(),
            done: done_words,
            undone: undone_words,
        };
        let last = Some((Past::Here(self.present.0), self.present.1));
        (recorded, Recorder { known: done.into_iter().chain(undone).collect(), last })
    }
}
