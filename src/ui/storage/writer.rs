//! Synchronises the journal and the vault when a page loads, and writes each later save to the vault.
//!
//! Only one change of the vault runs at a time; saves in the meantime go into the next change. Two attributes of the
//! document show the progress: `data-kept` is `pending`, `disk`, or `journal` without a vault; `data-kept-steps` is the
//! number of undo steps of the history on disk.

use std::rc::Rc;

use yew::platform::spawn_local;

use super::{
    SESSION, Session,
    disk::{DatabaseError, HistoryWrite, VaultDatabase},
    hooks::send,
};
use crate::{
    document,
    projects::{self, Batch, HistoryIndex, Storage, project_of},
    store::{Command, History, Recall, Recorder, Recording, Step, record},
    ui::{
        effects,
        slices::{TimeSlice, pause},
    },
    world::World,
};

/// The number of unrecorded steps above which an entry is written before its history.
const FEW_STEPS: usize = 8;
/// The length of a document in bytes above which its history is recorded in a separate task.
const LONG: usize = 100_000;
/// The maximum number of attempts for a change of the vault.
const TRIES: u32 = 3;

/// The state of the vault in a session.
#[derive(Default)]
pub(super) enum Vault {
    /// There is no vault.
    #[default]
    None,
    /// Not examined yet.
    Unknown,
    /// Synchronisation is in progress.
    Awaited,
    /// Saves are written to it.
    Open(Rc<VaultDatabase>),
}

/// The vault's part of the history of the open project.
#[derive(Default)]
pub(super) struct StoredHistory {
    recorder: Recorder,
    /// The entry with a stored history, and that history; the history is empty if part of it is missing.
    written: Option<(String, Rc<History>)>,
    /// The number of stored undo steps.
    steps: usize,
}

/// The next task of a session with the vault.
pub(super) enum VaultTask {
    Synchronize,
    Recall(Rc<VaultDatabase>),
    Write(Rc<VaultDatabase>),
}

impl VaultTask {
    /// Starts the task, for the session with this number.
    pub(super) fn begin(self, number: u32) {
        spawn_local(async move {
            match self {
                Self::Synchronize => synchronize(number).await,
                Self::Recall(disk) => recall(number, &disk).await,
                Self::Write(disk) => write_all(number, disk).await,
            }
        });
    }
}

/// Runs a function with the session with this number; `None` if another session has replaced it.
fn with_numbered_session<T>(number: u32, run: impl FnOnce(&mut Session) -> T) -> Option<T> {
    let is_there = SESSION.with_borrow(|session| session.as_ref().is_some_and(|own| own.number == number));
    is_there.then(|| super::with_session(run))
}

/// Synchronises with the vault: restores entries that the storage lost, and writes those that the vault lacks.
async fn synchronize(number: u32) {
    let met = async {
        let disk = Rc::new(VaultDatabase::open().await?);
        let (entries, removed) = disk.keys().await?;
        let lost = with_numbered_session(number, |session| session.lost(&entries, &removed))
            .ok_or(DatabaseError)??;
        let lost = disk.texts(&lost).await?;
        let command = with_numbered_session(number, |session| {
            let taken = session.journal.sync_with_vault(&lost, &entries, &removed);
            session.vault = Vault::Open(disk.clone());
            session.has_unread_history = true;
            taken.ok().and_then(|()| session.follow_vault(!lost.is_empty()))
        });
        command.flatten().into_iter().for_each(send);
        Ok::<_, DatabaseError>(disk)
    };
    let Ok(disk) = met.await else {
        with_numbered_session(number, Session::go_without_vault);
        return;
    };
    // Nothing depends on this, so yield to the page first.
    pause().await;
    if let Some(Ok(stored)) = with_numbered_session(number, |session| session.journal.keys()) {
        // If this fails, the next page tries again.
        let _ = disk.sweep(|held| projects::find_garbage(held, &stored, effects::env().now.0)).await;
    }
}

/// Reads the history of the open project, as it was on an earlier visit.
async fn recall(number: u32, disk: &VaultDatabase) {
    let Some(Some((key, present))) =
        with_numbered_session(number, |session| session.entry().zip(session.present()))
    else {
        with_numbered_session(number, |session| session.has_unread_history = false);
        return;
    };
    let found = read_history(disk, &key, &present).await;
    let command = with_numbered_session(number, |session| {
        session.has_unread_history = false;
        let is_same = session.entry().is_some_and(|now| project_of(&now) == project_of(&key));
        let (records, earlier) = found.filter(|_| is_same)?;
        session.records = records;
        Some(Command::Recall { earlier, ended: present.0 })
    });
    command.flatten().into_iter().for_each(send);
}

async fn read_history(
    disk: &VaultDatabase,
    key: &str,
    present: &(Rc<World>, Rc<str>),
) -> Option<(StoredHistory, Rc<History>)> {
    let id = project_of(key)?;
    let mut recall = Recall::default();
    let (of, place, is_older) = match disk.place(key).await.ok()? {
        Some(place) => (key.to_owned(), place, false),
        None => {
            // The browser exited between the save and the write to the vault: the changes between them become one step.
            let (of, text, place) = disk.last_place(id).await.ok()??;
            let last = Step::unrecorded(present.0.clone());
            recall.add_done(&record(&last, projects::document_of(&text), &present.1)?);
            (of, HistoryIndex { undone: Vec::new(), ..place }, true)
        }
    };
    let mut slice = TimeSlice::begin();
    let mut known = [Vec::new(), Vec::new()];
    for (side, words) in [&place.done, &place.undone].into_iter().enumerate() {
        for (text, word) in disk.records(id, words).await.ok()?.into_iter().zip(words) {
            let is_read = if side == 0 { recall.add_done(&text) } else { recall.add_undone(&text) };
            if !is_read {
                break;
            }
            known[side].push((Rc::from(word.as_str()), text.len()));
            slice.pause().await;
        }
    }
    let history = Rc::new(recall.history(&present.1));
    let [done, undone] = known;
    let recorder = Recorder::of(&history, usize::from(is_older), done, undone, present.clone());
    let written = if is_older { Rc::default() } else { history.clone() };
    let steps = history.done().len() - usize::from(is_older);
    Some((StoredHistory { recorder, written: Some((of, written)), steps }, history))
}

/// One change of the vault.
struct Change {
    batch: Batch,
    chapter: Option<Draft>,
}

/// A history to be recorded.
struct Draft {
    key: String,
    left: Option<String>,
    history: Rc<History>,
    recording: Recording,
}

/// Writes to the vault until no change waits.
async fn write_all(number: u32, mut disk: Rc<VaultDatabase>) {
    let mut tries = 0;
    while let Some(Some(change)) = with_numbered_session(number, |session| session.next_change(tries == 0)) {
        let Change { batch, mut chapter } = change;
        // The current task of the page wrote the whole document. Comparing it with the previous document takes as long,
        // so yield first.
        if chapter.as_ref().is_some_and(|draft| draft.recording.length() > LONG) {
            pause().await;
        }
        let mut slice = TimeSlice::begin();
        // With many unrecorded steps, write the state first.
        let is_ahead = chapter
            .as_ref()
            .is_some_and(|draft| !batch.added.is_empty() && draft.recording.missing() > FEW_STEPS);
        while !is_ahead && chapter.as_mut().is_some_and(|draft| draft.recording.advance(new_word)) {
            slice.pause().await;
        }
        let now = effects::env().now.0;
        let finished = chapter.map(|draft| {
            let recording = draft.recording;
            let (recorded, recorder) =
                if is_ahead { recording.ahead(new_word()) } else { recording.finish() };
            let words = |words: &[Rc<str>]| words.iter().map(|word| word.to_string()).collect();
            let place =
                HistoryIndex { saved: now, done: words(&recorded.done), undone: words(&recorded.undone) };
            let (added, dropped, steps) = (recorded.added, recorded.dropped, recorded.done.len());
            let history = if is_ahead { Rc::default() } else { draft.history };
            let written = Some((draft.key.clone(), history));
            let records = StoredHistory { recorder, written, steps };
            (HistoryWrite { key: draft.key, left: draft.left, place, added, dropped }, records)
        });
        let (chapter, records) = finished.unzip();
        match disk.write(&batch, chapter.as_ref(), now).await {
            Ok(()) => {
                tries = 0;
                with_numbered_session(number, |session| session.finish_write(&batch, records));
            }
            Err(DatabaseError) => {
                tries += 1;
                with_numbered_session(number, |session| session.journal.requeue(batch));
                match VaultDatabase::open().await {
                    // A browser that lacked room or closed the connection may accept it now.
                    Ok(again) if tries < TRIES => disk = Rc::new(again),
                    _ => {
                        with_numbered_session(number, Session::go_without_vault);
                        break;
                    }
                }
            }
        }
    }
    with_numbered_session(number, |session| {
        session.is_writing = false;
        if let Vault::Open(own) = &mut session.vault {
            *own = disk;
        }
    });
}

/// Returns a new unique word for a record.
fn new_word() -> Rc<str> {
    let seed = effects::env().seed;
    projects::encode_base36(seed).into()
}

impl Session {
    /// Takes the next task with the vault and marks it as started.
    pub(super) fn next_task(&mut self) -> Option<VaultTask> {
        match &self.vault {
            Vault::Unknown => {
                self.vault = Vault::Awaited;
                Some(VaultTask::Synchronize)
            }
            Vault::Open(disk) => {
                let disk = disk.clone();
                if self.has_unread_history && !self.is_reading_history {
                    self.is_reading_history = true;
                    return Some(VaultTask::Recall(disk));
                }
                if !self.has_unread_history {
                    self.is_reading_history = false;
                }
                // Read the stored history before deleting any of it.
                let is_free = !self.is_writing && !self.has_unread_history;
                if is_free && (self.journal.is_waiting() || self.is_history_due()) {
                    self.is_writing = true;
                    return Some(VaultTask::Write(disk));
                }
                None
            }
            Vault::None | Vault::Awaited => None,
        }
    }

    fn lost(&self, entries: &[String], removed: &[String]) -> Result<Vec<String>, DatabaseError> {
        let lost = self.journal.lost(entries, removed).map_err(|_| DatabaseError)?;
        Ok(lost.into_iter().map(str::to_owned).collect())
    }

    /// Returns the key of the open entry, if any.
    pub(super) fn entry(&self) -> Option<String> {
        if self.is_guest { None } else { self.tab.open_key() }
    }

    /// Returns the saved world and its document.
    pub(super) fn present(&self) -> Option<(Rc<World>, Rc<str>)> {
        let kept = self.saved_world.as_ref()?;
        let known = self.text.as_ref().filter(|(world, _)| Rc::ptr_eq(world, kept));
        let text = known.map_or_else(|| document::save(kept).into(), |(_, text)| text.clone());
        Some((kept.clone(), text))
    }

    /// Returns the history of the saved state, without later steps.
    fn saved_history(&self) -> Option<&Rc<History>> {
        let kept = self.saved_world.as_ref()?;
        let current = self.current.as_ref().map(|state| (&state.world, &state.history));
        let last = self.last_save.as_ref().map(|(world, history)| (world, history));
        let found = current.into_iter().chain(last).find(|(world, _)| Rc::ptr_eq(world, kept));
        found.map(|(_, history)| history)
    }

    /// Returns whether the vault lacks the history of the saved state.
    fn is_history_due(&self) -> bool {
        let Some(history) = self.saved_history().filter(|_| !self.has_unread_history) else { return false };
        let Some(key) = self.entry() else { return false };
        let written = self.records.written.as_ref();
        !written.is_some_and(|(of, written)| *of == key && Rc::ptr_eq(written, history))
    }

    fn next_change(&mut self, with_history: bool) -> Option<Change> {
        let chapter = if with_history && self.is_history_due() { self.draft() } else { None };
        if !self.journal.is_waiting() && chapter.is_none() {
            return None;
        }
        Some(Change { batch: self.journal.batch().ok()?, chapter })
    }

    fn draft(&mut self) -> Option<Draft> {
        let (key, present) = (self.entry()?, self.present()?);
        let history = self.saved_history()?.clone();
        let written = self.records.written.as_ref().map(|(of, _)| of.clone());
        if written.as_deref().and_then(project_of) != project_of(&key) {
            // Another project has other records.
            self.records = StoredHistory::default();
        }
        let left = self.records.written.as_ref().map(|(of, _)| of.clone()).filter(|left| *left != key);
        let recording = self.records.recorder.recording(&history, present);
        Some(Draft { key, left, history, recording })
    }

    fn finish_write(&mut self, batch: &Batch, records: Option<StoredHistory>) {
        self.journal.confirm(batch);
        let Some(records) = records else { return };
        let own = self.entry();
        let of = records.written.as_ref().map(|(of, _)| of.as_str());
        // Another project may have been opened in the meantime.
        if own.as_deref().and_then(project_of) == of.and_then(project_of) {
            self.records = records;
        }
    }

    fn go_without_vault(&mut self) {
        self.vault = Vault::None;
        self.has_unread_history = false;
        self.journal.drop_vault();
    }

    /// Publishes the state of the storage as attributes of the document.
    pub(super) fn publish_status(&mut self) {
        let is_kept = match (&self.current, &self.saved_world) {
            (Some(state), Some(kept)) => Rc::ptr_eq(&state.world, kept),
            _ => true,
        };
        let is_pending = !is_kept || self.is_due || self.is_writing || self.has_unread_history;
        let words = match &self.vault {
            _ if self.is_guest || self.is_in_memory => "",
            Vault::Unknown | Vault::Awaited => "pending",
            _ if is_pending || self.journal.is_waiting() || self.is_history_due() => "pending",
            Vault::None => "journal",
            Vault::Open(_) => "disk",
        };
        let steps = self.records.steps;
        if std::mem::replace(&mut self.published_status, (words, steps)) != (words, steps)
            && let Some(root) = gloo::utils::document().document_element()
        {
            // If the document accepts no attributes, nothing reads them.
            let _ = root.set_attribute("data-kept-steps", &steps.to_string());
            let _ = root.set_attribute("data-kept", words);
        }
    }
}
