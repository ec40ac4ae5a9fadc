//! Tabs that see each other's changes late: in any order, no committed step is lost.

use std::{cell::RefCell, rc::Rc};

use litemap::LiteMap;
use proptest::prelude::*;

use super::{env, names};
use crate::projects::*;

/// A change of the storage by a tab: a key with its text, or without one if it was removed.
pub(super) type Change = (String, Option<String>);

/// A browser whose tabs run in separate processes: each tab has a copy of the storage and reads only that. Its writes
/// reach the others later, in the same order for all.
#[derive(Default)]
pub(super) struct Browser {
    /// All changes that have left their tab, each with the tab.
    pub(super) order: Vec<(usize, Change)>,
    pub(super) copies: Vec<TabCopy>,
    is_full: bool,
}

#[derive(Default)]
pub(super) struct TabCopy {
    texts: LiteMap<String, String>,
    /// Changes that have not left the tab.
    unsent: Vec<Change>,
    /// Number of changes that this tab has seen.
    seen: usize,
}

impl TabCopy {
    /// Returns the view of a tab that starts with these texts, after this number of changes.
    pub(super) fn begun(texts: LiteMap<String, String>, seen: usize) -> Self {
        Self { texts, unsent: Vec::new(), seen }
    }
}

impl Browser {
    pub(super) fn send(&mut self, tab: usize) {
        if !self.copies[tab].unsent.is_empty() {
            let change = self.copies[tab].unsent.remove(0);
            self.order.push((tab, change));
        }
    }

    /// Delivers the next change to a tab. Returns whether another tab made it.
    pub(super) fn deliver(&mut self, tab: usize) -> bool {
        let copy = &mut self.copies[tab];
        let Some((by, (key, text))) = self.order.get(copy.seen) else { return false };
        copy.seen += 1;
        if *by == tab {
            return false;
        }
        // The tab's own changes that others have not seen yet stay.
        if !copy.unsent.iter().any(|(own, _)| own == key) {
            match text {
                Some(text) => drop(copy.texts.insert(key.clone(), text.clone())),
                None => drop(copy.texts.remove(key)),
            }
        }
        true
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.copies.iter().all(|copy| copy.unsent.is_empty() && copy.seen == self.order.len())
    }
}

/// Access of one tab to the storage.
pub(super) struct Door(pub(super) Rc<RefCell<Browser>>, pub(super) usize);

impl Door {
    fn change(&self, key: &str, text: Option<&str>) {
        let copy = &mut self.0.borrow_mut().copies[self.1];
        match text {
            Some(text) => drop(copy.texts.insert(key.to_owned(), text.to_owned())),
            None => drop(copy.texts.remove(key)),
        }
        copy.unsent.push((key.to_owned(), text.map(str::to_owned)));
    }
}

impl Storage for Door {
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.0.borrow().copies[self.1].texts.keys().cloned().collect())
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        Ok(self.0.borrow().copies[self.1].texts.get(key).cloned())
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        if self.0.borrow().is_full {
            return Err(StorageError::Full);
        }
        self.change(key, Some(text));
        Ok(())
    }

    fn remove(&mut self, key: &str) {
        self.change(key, None);
    }
}

/// A page: what it shows, and whether that is stored.
struct Page {
    tab: Tab,
    door: Door,
    text: String,
    is_kept: bool,
    is_closed: bool,
}

impl Page {
    fn save(&mut self, seed: u64) {
        if !self.is_kept {
            self.is_kept = self.tab.save(&mut self.door, &self.text, &env(seed)).is_ok();
        }
    }

    /// Does what the page does when it receives a storage event.
    fn hear(&mut self, seed: u64) {
        self.save(seed);
        if self.is_closed || !self.is_kept {
            return;
        }
        if let Ok(ExternalChange::Changed(text)) = self.tab.check_for_changes(&mut self.door, &env(seed)) {
            self.text = text;
        }
    }
}

/// The next event, and the tab in which it occurs.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Edit,
    Send,
    Deliver,
    Close,
    Reload,
    Fill,
    Empty,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        8 => Just(Edit), 8 => Just(Send), 8 => Just(Deliver), 1 => Just(Close), 1 => Just(Reload), 1 => Just(Fill),
        2 => Just(Empty)
    ]
}

const TABS: usize = 3;

fn pages() -> (Rc<RefCell<Browser>>, Vec<Page>) {
    let browser = Rc::new(RefCell::new(Browser::default()));
    let page = |index: usize| {
        browser.borrow_mut().copies.push(TabCopy::default());
        let (tab, door) = (Tab::new(&env(1000 + index as u64)), Door(browser.clone(), index));
        Page { tab, door, text: String::new(), is_kept: true, is_closed: false }
    };
    let pages = (0..TABS).map(page).collect();
    (browser, pages)
}

/// Delivers every change to every tab, and notifies every open page.
fn settle(browser: &RefCell<Browser>, pages: &mut [Page]) {
    browser.borrow_mut().is_full = false;
    pages.iter_mut().for_each(|page| page.save(7));
    for round in 0.. {
        assert!(round < 1000, "they go on for ever");
        for (index, page) in pages.iter_mut().enumerate() {
            browser.borrow_mut().send(index);
            let is_news = browser.borrow_mut().deliver(index);
            if is_news {
                page.hear(10_000 + round);
            }
        }
        if browser.borrow().is_quiet() {
            return;
        }
    }
}

/// Returns all stored documents, as read by the tab with this door.
fn kept(door: &Door) -> Vec<String> {
    let entries = listing(door).unwrap();
    entries.iter().map(|listed| document_of(&door.get(&listed.key()).unwrap().unwrap()).to_owned()).collect()
}

fn check(script: &[(usize, Happening)]) {
    let (browser, mut pages) = pages();
    let mut committed = Vec::new();
    for (step, (index, happening)) in script.iter().enumerate() {
        let (page, seed) = (&mut pages[*index], 100_000 + step as u64);
        match happening {
            Happening::Edit if !page.is_closed => {
                let mark = format!("<{step}>");
                page.text.push_str(&mark);
                page.is_kept = false;
                page.save(seed);
                committed.push((*index, mark, page.is_kept));
            }
            Happening::Send => browser.borrow_mut().send(*index),
            Happening::Deliver => {
                let is_news = browser.borrow_mut().deliver(*index);
                if is_news {
                    page.hear(seed);
                }
            }
            // A document that was never stored is lost with the page; the page has warned the user.
            Happening::Close | Happening::Reload if page.is_kept => {
                page.is_closed = matches!(happening, Happening::Close);
                if let Some(newest) = listing(&page.door).unwrap().first()
                    && !page.is_closed
                {
                    page.tab = Tab::new(&env(seed));
                    page.text = page
                        .tab
                        .open(&mut page.door, newest, &env(seed))
                        .unwrap_or_default()
                        .unwrap_or_default();
                }
            }
            Happening::Fill => browser.borrow_mut().is_full = true,
            Happening::Empty => browser.borrow_mut().is_full = false,
            _ => {}
        }
    }
    settle(&browser, &mut pages);
    let all = kept(&pages[0].door);
    for page in &pages {
        assert_eq!(kept(&page.door), all, "all tabs see the same in the end");
        if !page.is_closed && page.tab.base().is_some() {
            assert!(all.contains(&page.text), "what an open page shows is kept: {} in {all:?}", page.text);
        }
    }
    for (tab, mark, _) in &committed {
        assert!(all.iter().any(|text| text.contains(mark.as_str())), "{mark} of tab {tab} is lost: {all:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn no_step_is_lost_in_any_order(script in prop::collection::vec((0..TABS, happening()), 0..60)) {
        check(&script);
    }
}

/// Runs steps of two tabs that see each other's changes at once, as tabs of one process do.
fn promptly(tabs: &[usize]) -> (Vec<Page>, Vec<String>) {
    let (browser, mut pages) = pages();
    for (step, index) in tabs.iter().enumerate() {
        pages[*index].text.push_str(&format!("<{step}>"));
        pages[*index].is_kept = false;
        pages[*index].save(step as u64);
        settle(&browser, &mut pages);
    }
    let all = kept(&pages[0].door);
    (pages, all)
}

#[test]
fn a_tab_that_did_nothing_goes_on_from_what_another_did() {
    let (pages, all) = promptly(&[0, 1, 0, 2, 2, 1]);
    assert_eq!(all, ["<0><1><2><3><4><5>"]);
    assert!(pages.iter().all(|page| page.text == all[0] && page.tab.project().name == "My playground"));
}

#[test]
fn two_that_save_at_one_time_end_in_two_projects() {
    let (browser, mut pages) = pages();
    for index in [0, 1] {
        pages[index].text = format!("of {index}");
        pages[index].is_kept = false;
        pages[index].save(index as u64);
    }
    settle(&browser, &mut pages);
    let mut all = names(&pages[0].door);
    all.sort();
    assert_eq!(all, ["My playground", "My playground (from another tab)"]);
    let stays = pages.iter().filter(|page| page.tab.project().name == "My playground");
    assert_eq!(stays.count(), 2, "one of the two, and the third, which did nothing");
    for index in [0, 1] {
        assert_eq!(pages[index].text, format!("of {index}"), "nobody's work is swapped under their eyes");
    }
}

#[test]
fn who_finds_the_project_changed_when_saving_moves_to_one_of_their_own() {
    let mut shelf = MemoryStorage::default();
    let (mut a, mut b) = (Tab::new(&env(1)), Tab::new(&env(2)));
    a.save(&mut shelf, "one", &env(1)).unwrap();
    assert_eq!(b.check_for_changes(&mut shelf, &env(1)), Ok(ExternalChange::Changed("one".to_owned())));
    a.save(&mut shelf, "one two", &env(2)).unwrap();
    let left = a.project().clone();
    assert_eq!(b.save(&mut shelf, "one three", &env(3)), Ok(SaveOutcome::Forked(left)));
    assert_eq!(b.project().name, "My playground (from another tab)");
    assert_eq!(a.check_for_changes(&mut shelf, &env(4)), Ok(ExternalChange::Same));
    assert_eq!(b.check_for_changes(&mut shelf, &env(4)), Ok(ExternalChange::Same));
    // The same document in both is no conflict.
    let mut c = Tab::new(&env(3));
    assert_eq!(c.save(&mut shelf, "one two", &env(5)), Ok(SaveOutcome::Saved));
    assert_eq!(c.base(), a.base());
}

#[test]
fn a_name_given_in_another_tab_is_taken_over() {
    let mut shelf = MemoryStorage::default();
    let (mut a, mut b) = (Tab::new(&env(1)), Tab::new(&env(2)));
    a.save(&mut shelf, "same", &env(1)).unwrap();
    b.check_for_changes(&mut shelf, &env(1)).unwrap();
    let listed = super::named(&shelf, "My playground");
    a.rename(&mut shelf, &listed, "Shop", &env(2)).unwrap();
    assert_eq!(b.check_for_changes(&mut shelf, &env(3)), Ok(ExternalChange::Changed("same".to_owned())));
    assert_eq!(b.project().name, "Shop");
}

#[test]
fn a_project_deleted_in_another_tab_comes_back_with_the_next_save() {
    let mut shelf = MemoryStorage::default();
    let (mut a, mut b) = (Tab::new(&env(1)), Tab::new(&env(2)));
    a.save(&mut shelf, "one", &env(1)).unwrap();
    b.check_for_changes(&mut shelf, &env(1)).unwrap();
    let listed = super::named(&shelf, "My playground");
    let deleted = Tab::delete(&mut shelf, &listed).unwrap();
    assert_eq!(b.check_for_changes(&mut shelf, &env(2)), Ok(ExternalChange::Gone));
    b.save(&mut shelf, "one two", &env(3)).unwrap();
    assert_eq!(names(&shelf), ["My playground"]);
    // Undoing the deletion does not undo later changes.
    restore_deleted(&mut shelf, &deleted).unwrap();
    assert_eq!(names(&shelf), ["My playground"]);
    assert_eq!(listing(&shelf).unwrap()[0].size, "one two".len());
}

#[test]
fn of_two_states_that_closed_tabs_left_both_are_listed_and_open() {
    let (browser, mut pages) = pages();
    for index in [0, 1] {
        pages[index].text = format!("of {index}");
        pages[index].is_kept = false;
        pages[index].save(index as u64);
        pages[index].is_closed = true;
    }
    settle(&browser, &mut pages);
    let door = &mut pages[2].door;
    assert_eq!(names(door).len(), 2);
    let other = super::named(door, "My playground (from another tab)");
    let mut tab = Tab::new(&env(50));
    let text = tab.open(door, &other, &env(50)).unwrap().unwrap();
    assert_eq!(tab.project().name, "My playground (from another tab)");
    assert_ne!(tab.project().id, other.id, "opened, it is a project of its own");
    tab.save(door, &format!("{text}, more"), &env(51)).unwrap();
    assert_eq!(names(door).len(), 2);
}
