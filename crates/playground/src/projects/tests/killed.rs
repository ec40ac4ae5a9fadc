//! A killed browser restarts with an older state of the storage, and with everything that the vault reported on disk.

use std::{cell::RefCell, rc::Rc};

use litemap::LiteMap;
use proptest::prelude::*;

use super::{
    env, named, names,
    two_tabs::{Browser, Door, TabCopy},
};
use crate::projects::*;

/// A vault that applies changes one after the other and has them on disk at once.
#[derive(Clone, Debug, Default)]
struct Vault {
    entries: LiteMap<String, String>,
    /// Whether a key is removed; absent if that was never recorded.
    removed: LiteMap<String, bool>,
}

impl Vault {
    fn make(&mut self, batch: &Batch) {
        for (key, text) in &batch.added {
            self.entries.insert(key.clone(), text.clone());
        }
        for key in &batch.restored {
            self.removed.insert(key.clone(), false);
        }
        let left = batch.leftover.iter().filter(|key| self.removed.get(*key).is_none());
        for key in batch.removed.iter().chain(left).cloned().collect::<Vec<_>>() {
            self.entries.remove(&key);
            self.removed.insert(key, true);
        }
    }

    fn keys(&self) -> (Vec<String>, Vec<String>) {
        let removed = self.removed.iter().filter(|(_, is_removed)| **is_removed);
        (self.entries.keys().cloned().collect(), removed.map(|(key, _)| key.clone()).collect())
    }

    /// Synchronises a storage and the vault, as a page does when it loads.
    fn meet<S: Storage>(&self, journal: &mut Journal<S>) {
        let (entries, removed) = self.keys();
        let lost = journal.lost(&entries, &removed).unwrap();
        let lost: Vec<_> =
            lost.into_iter().map(|key| (key.to_owned(), self.entries.get(key).unwrap().clone())).collect();
        journal.sync_with_vault(&lost, &entries, &removed).unwrap();
    }
}

struct Page {
    tab: Tab,
    journal: Journal<Door>,
    text: String,
    /// The batch in progress.
    under_way: Option<Batch>,
    /// Whether the page has synchronised with the vault.
    has_met: bool,
    is_closed: bool,
}

impl Page {
    fn new(browser: &Rc<RefCell<Browser>>, index: usize, seed: u64) -> Self {
        let mut page = Self {
            tab: Tab::new(&env(seed)),
            journal: Journal::with_vault(Door(browser.clone(), index)),
            text: String::new(),
            under_way: None,
            has_met: false,
            is_closed: false,
        };
        page.open_newest(seed);
        page
    }

    fn open_newest(&mut self, seed: u64) {
        if let Some(newest) = listing(&self.journal).unwrap().first()
            && let Some(text) = self.tab.open(&mut self.journal, newest, &env(seed)).unwrap()
        {
            self.text = text;
        }
    }

    fn hear(&mut self, seed: u64) {
        self.journal.repeat_removals();
        if let Ok(ExternalChange::Changed(text)) = self.tab.check_for_changes(&mut self.journal, &env(seed)) {
            self.text = text;
        }
    }

    fn meet(&mut self, vault: &Vault, seed: u64) {
        if !std::mem::replace(&mut self.has_met, true) {
            vault.meet(&mut self.journal);
            self.hear(seed);
        }
    }

    /// Writes to the vault. Returns whether everything is on disk now.
    fn write(&mut self, vault: &mut Vault) -> bool {
        if !self.has_met {
            return false;
        }
        match self.under_way.take() {
            None => self.under_way = Some(self.journal.batch().unwrap()).filter(|batch| !batch.is_empty()),
            Some(batch) => {
                vault.make(&batch);
                self.journal.confirm(&batch);
            }
        }
        self.under_way.is_none() && !self.journal.is_waiting()
    }
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    Edit,
    Delete,
    Send,
    Deliver,
    Meet,
    Write,
    Close,
    /// The browser is killed; this part of the storage's unwritten changes still reaches the disk.
    Kill(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        8 => Just(Edit), 1 => Just(Delete), 8 => Just(Send), 8 => Just(Deliver), 4 => Just(Meet), 12 => Just(Write),
        1 => Just(Close), 2 => any::<u8>().prop_map(Kill)
    ]
}

const TABS: usize = 3;

struct World {
    browser: Rc<RefCell<Browser>>,
    vault: Vault,
    pages: Vec<Page>,
    /// Every step with its tab, and whether it was reported as on disk.
    steps: Vec<(usize, String, bool)>,
    /// The deleted keys with the tab, and whether the deletion was reported as on disk.
    deleted: Vec<(usize, String, bool)>,
    /// Number of changes of the storage that are on disk.
    on_disk: usize,
}

impl World {
    fn new() -> Self {
        let browser = Rc::new(RefCell::new(Browser::default()));
        let page = |index: usize| {
            browser.borrow_mut().copies.push(TabCopy::default());
            Page::new(&browser, index, 1000 + index as u64)
        };
        let pages = (0..TABS).map(page).collect();
        Self { browser, vault: Vault::default(), pages, steps: vec![], deleted: vec![], on_disk: 0 }
    }

    fn happen(&mut self, index: usize, happening: Happening, step: u64) {
        let page = &mut self.pages[index];
        match happening {
            Happening::Edit if !page.is_closed => {
                let mark = format!("<{step}>");
                page.text.push_str(&mark);
                page.tab.save(&mut page.journal, &page.text, &env(step)).unwrap();
                self.steps.push((index, mark, false));
            }
            Happening::Delete if !page.is_closed => {
                let all = listing(&page.journal).unwrap();
                let Some(open) = all.iter().find(|listed| page.tab.has_open(listed)) else { return };
                Tab::delete(&mut page.journal, open).unwrap();
                self.deleted.push((index, open.key(), false));
                // Its steps are no longer expected.
                self.steps.retain(|(_, mark, _)| !page.text.contains(mark.as_str()));
                page.tab = Tab::new(&env(step));
                page.text.clear();
                page.open_newest(step);
            }
            Happening::Send => self.browser.borrow_mut().send(index),
            Happening::Deliver => {
                let is_news = self.browser.borrow_mut().deliver(index);
                if is_news && !page.is_closed {
                    page.hear(step);
                }
            }
            Happening::Meet if !page.is_closed => page.meet(&self.vault, step),
            Happening::Write if !page.is_closed && page.write(&mut self.vault) => {
                let of_tab = |(tab, ..): &&mut (usize, String, bool)| *tab == index;
                self.steps.iter_mut().filter(of_tab).for_each(|(.., is_on_disk)| *is_on_disk = true);
                self.deleted.iter_mut().filter(of_tab).for_each(|(.., is_on_disk)| *is_on_disk = true);
            }
            Happening::Close => page.is_closed = true,
            Happening::Kill(part) => self.kill(usize::from(part), step),
            _ => {}
        }
    }

    fn kill(&mut self, part: usize, step: u64) {
        let changes = self.browser.borrow().order.len();
        self.on_disk += (changes - self.on_disk) * part / 255;
        let mut texts = LiteMap::<String, String>::new();
        for (_, (key, text)) in &self.browser.borrow().order[..self.on_disk] {
            match text {
                Some(text) => drop(texts.insert(key.clone(), text.clone())),
                None => drop(texts.remove(key)),
            }
        }
        let order: Vec<_> = texts
            .iter()
            .map(|(key, text): (&String, &String)| (TABS, (key.clone(), Some(text.clone()))))
            .collect();
        *self.browser.borrow_mut() = Browser::default();
        self.browser.borrow_mut().order = order;
        self.on_disk = texts.len();
        for _ in 0..TABS {
            self.browser.borrow_mut().copies.push(TabCopy::begun(texts.clone(), self.on_disk));
        }
        let page = |index| Page::new(&self.browser, index, step * 10 + index as u64);
        self.pages = (0..TABS).map(page).collect();
        self.steps.retain(|(.., is_on_disk)| *is_on_disk);
        self.deleted.retain(|(.., is_on_disk)| *is_on_disk);
        // The tab no longer matters.
        for (tab, ..) in self.steps.iter_mut().chain(&mut self.deleted) {
            *tab = TABS;
        }
    }

    /// Delivers all events and writes everything to disk.
    fn settle(&mut self) {
        if self.pages.iter().all(|page| page.is_closed) {
            // At least one page must be open to see the stored state.
            self.pages[0] = Page::new(&self.browser, 0, 40_000);
        }
        for round in 0.. {
            assert!(round < 2000, "they go on for ever");
            for index in 0..TABS {
                for happening in [Happening::Meet, Happening::Send, Happening::Deliver, Happening::Write] {
                    self.happen(index, happening, 50_000 + round);
                }
            }
            let is_done =
                |page: &Page| page.is_closed || (page.under_way.is_none() && !page.journal.is_waiting());
            if round > 3 && self.browser.borrow().is_quiet() && self.pages.iter().all(is_done) {
                return;
            }
        }
    }

    fn kept(&self) -> Vec<(String, String)> {
        let journal = &self.pages[0].journal;
        let entries = listing(journal).unwrap();
        let text = |listed: &ProjectInfo| {
            (listed.key(), document_of(&journal.get(&listed.key()).unwrap().unwrap()).to_owned())
        };
        entries.iter().map(text).collect()
    }

    fn check(&self) {
        let kept = self.kept();
        for (tab, mark, _) in &self.steps {
            let is_kept = kept.iter().any(|(_, text)| text.contains(mark.as_str()));
            assert!(is_kept, "{mark} of tab {tab} is lost: {kept:?}");
        }
        for (_, key, is_on_disk) in &self.deleted {
            assert!(!is_on_disk || !kept.iter().any(|(other, _)| other == key), "{key} came back: {kept:?}");
        }
        for (key, text) in &kept {
            let continued = kept.iter().find(|(other, longer)| {
                other != key && project_of(other) == project_of(key) && longer.starts_with(text.as_str())
            });
            assert!(continued.is_none(), "{key} is listed, which {continued:?} continues: {kept:?}");
        }
    }
}

fn check(script: &[(usize, Happening)]) {
    let mut world = World::new();
    for (step, (index, happening)) in script.iter().enumerate() {
        world.happen(*index, *happening, 100 + step as u64);
    }
    world.settle();
    world.check();
    // The same after a kill in which the storage loses all unwritten changes.
    world.kill(0, 90_000);
    world.settle();
    world.check();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn what_is_on_disk_outlives_any_kill(script in prop::collection::vec((0..TABS, happening()), 0..80)) {
        check(&script);
    }
}

#[test]
fn a_removal_left_by_a_closed_page_is_repeated_when_a_stale_tab_restores_the_entry() {
    use Happening::*;
    check(&[
        (0, Edit),
        (0, Meet),
        (0, Write),
        (0, Edit),
        (0, Edit),
        (0, Edit),
        (0, Write),
        (0, Edit),
        (1, Meet),
        (0, Send),
        (0, Close),
        (0, Edit),
        (2, Close),
        (1, Close),
    ]);
}

/// Returns a storage with these texts, saved one after the other.
fn saved(texts: &[&str]) -> (Journal<MemoryStorage>, Tab) {
    let mut journal = Journal::with_vault(MemoryStorage::default());
    let mut tab = Tab::new(&env(1));
    for (text, seed) in texts.iter().zip(1..) {
        tab.save(&mut journal, text, &env(seed)).unwrap();
    }
    (journal, tab)
}

fn write<S: Storage>(journal: &mut Journal<S>, vault: &mut Vault) {
    while journal.is_waiting() {
        let batch = journal.batch().unwrap();
        vault.make(&batch);
        journal.confirm(&batch);
    }
}

#[test]
fn a_storage_that_lost_everything_gets_the_last_state_back() {
    let (mut journal, _) = saved(&["one", "two", "three"]);
    let mut vault = Vault::default();
    write(&mut journal, &mut vault);
    assert_eq!(vault.entries.len(), 1);
    let mut again = Journal::with_vault(MemoryStorage::default());
    vault.meet(&mut again);
    assert_eq!(names(&again), ["My playground"]);
    let mut tab = Tab::new(&env(9));
    let listed = named(&again, "My playground");
    assert_eq!(tab.open(&mut again, &listed, &env(9)), Ok(Some("three".to_owned())));
    assert!(!again.is_waiting(), "the vault has it already");
}

#[test]
fn projects_of_a_page_without_a_vault_are_taken_over_in_pieces() {
    let mut shelf = MemoryStorage::default();
    let tab = Tab::new(&env(1));
    for seed in 0..40 {
        tab.add(&mut shelf, "Old", &"x".repeat(60_000), &env(seed * 1000)).unwrap();
    }
    let mut journal = Journal::with_vault(shelf.clone());
    let mut vault = Vault::default();
    vault.meet(&mut journal);
    let mut batches = 0;
    while journal.is_waiting() {
        let batch = journal.batch().unwrap();
        assert!(batch.added.iter().map(|(_, text)| text.len()).sum::<usize>() <= 512 * 1024);
        vault.make(&batch);
        journal.confirm(&batch);
        batches += 1;
    }
    assert_eq!(vault.entries.len(), 40);
    assert!(batches > 3, "{batches}");
    for key in shelf.keys().unwrap() {
        assert_eq!(vault.entries.get(&key).cloned(), shelf.get(&key).unwrap());
    }
}

#[test]
fn what_the_vault_could_not_do_waits_and_later_changes_stay_later() {
    let (mut journal, mut tab) = saved(&["one"]);
    let batch = journal.batch().unwrap();
    assert_eq!(batch.added.len(), 1);
    tab.save(&mut journal, "two", &env(2)).unwrap();
    journal.requeue(batch);
    let mut vault = Vault::default();
    write(&mut journal, &mut vault);
    let (entries, removed) = vault.keys();
    assert_eq!((entries.len(), removed.len()), (1, 1), "one is gone and two is there");
    assert_eq!(journal.stored_keys().len(), 1, "no mark is left");
}

#[test]
fn a_deletion_outlives_the_page_and_so_does_taking_it_back() {
    for (is_written, is_restored) in [(false, false), (true, false), (false, true), (true, true)] {
        let (mut journal, _) = saved(&["one", "two"]);
        let mut vault = Vault::default();
        write(&mut journal, &mut vault);
        let listed = named(&journal, "My playground");
        let deleted = Tab::delete(&mut journal, &listed).unwrap();
        if is_written {
            write(&mut journal, &mut vault);
        }
        if is_restored {
            restore_deleted(&mut journal, &deleted).unwrap();
            // Another page that loads now reports its outdated state.
            let (key, _) = journal.batch().unwrap().added[0].clone();
            vault.make(&Batch { restored: vec![key.clone()], ..Batch::default() });
            vault.make(&Batch { leftover: vec![key.clone()], ..Batch::default() });
            assert_eq!(vault.removed.get(&key), Some(&false));
        }
        let expected = usize::from(is_restored);
        // A page loads with what the first one left, whether or not the vault has its changes.
        let mut again = journal;
        again.waiting_is_lost();
        vault.meet(&mut again);
        assert_eq!(names(&again).len(), expected, "{is_written} {is_restored}");
        write(&mut again, &mut vault);
        assert_eq!(vault.entries.len(), expected);
        let mut later = Journal::with_vault(MemoryStorage::default());
        vault.meet(&mut later);
        assert_eq!(names(&later).len(), expected);
    }
}

#[test]
fn without_a_vault_nothing_waits_and_nothing_is_marked() {
    let mut journal = Journal::without_vault(MemoryStorage::default());
    let mut tab = Tab::new(&env(1));
    for (text, seed) in ["one", "two"].iter().zip(1..) {
        tab.save(&mut journal, text, &env(seed)).unwrap();
    }
    assert!(!journal.is_waiting());
    assert_eq!(journal.keys().unwrap().len(), 1);
    let (mut journal, _) = saved(&["one", "two"]);
    journal.drop_vault();
    assert!(!journal.is_waiting());
}
