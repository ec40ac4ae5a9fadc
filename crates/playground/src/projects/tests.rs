//! Projects in a storage in memory. Interactions of two tabs are in `two_tabs`, killed browsers in `killed`.

mod killed;
mod place;
mod two_tabs;

use app_mesh_engine::control_plane::{Env, Timestamp};
use mesh_documents::scenario::{self, Variant};
use mesh_text::job::Job;

use super::*;

fn env(seed: u64) -> Env {
    Env { now: Timestamp(seed.cast_signed() * 1000), seed }
}

fn names(shelf: &dyn Storage) -> Vec<String> {
    listing(shelf).unwrap().into_iter().map(|listed| listed.name).collect()
}

fn named(shelf: &dyn Storage, name: &str) -> ProjectInfo {
    listing(shelf).unwrap().into_iter().find(|listed| listed.name == name).unwrap()
}

/// A storage with room for a fixed number of bytes.
struct Small(MemoryStorage, usize);

impl Storage for Small {
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        self.0.keys()
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.0.get(key)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        let others = self.0.keys()?.into_iter().filter(|other| other != key);
        let taken: usize = others.map(|key| key.len() + self.0.get(&key).unwrap().unwrap().len()).sum();
        if taken + key.len() + text.len() > self.1 { Err(StorageError::Full) } else { self.0.set(key, text) }
    }

    fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[test]
fn names_are_one_line_for_people() {
    for (typed, expected) in [
        ("  Shop ", Ok("Shop")),
        ("東京 ☂", Ok("東京 ☂")),
        ("", Err("Give the project a name.")),
        (" \t ", Err("Give the project a name.")),
        ("a\nb", Err("A name is one line of text.")),
    ] {
        assert_eq!(checked_name(typed), expected.map_err(str::to_owned), "{typed:?}");
    }
    assert_eq!(checked_name(&"ü".repeat(80)).map(str::len), Ok(160));
    let error = "A name may have 80 characters; this one has 81.".to_owned();
    assert_eq!(checked_name(&"ü".repeat(81)), Err(error));
}

#[test]
fn a_taken_name_gets_the_first_free_number() {
    for (wanted, taken, expected) in [
        ("A", &[][..], "A"),
        ("A", &["A"], "A (2)"),
        ("A", &["A", "A (2)", "A (4)"], "A (3)"),
        ("A (2)", &["A (2)"], "A (3)"),
        ("A (x)", &["A (x)"], "A (x) (2)"),
        ("(2)", &["(2)"], "(2) (2)"),
    ] {
        assert_eq!(unique_name(wanted, |name| taken.contains(&name)), expected);
    }
    // The numbered variant of the longest name is also valid.
    let long = "ü".repeat(80);
    let numbered = unique_name(&long, |name| name == long);
    assert_eq!(checked_name(&numbered), Ok(&*numbered));
}

#[test]
fn a_project_is_kept_as_one_entry_whatever_is_saved() {
    let mut shelf = MemoryStorage::default();
    let mut tab = Tab::new(&env(1));
    assert_eq!(tab.check_for_changes(&mut shelf, &env(1)), Ok(ExternalChange::Same));
    for (revision, text) in [(1, "one"), (2, "two"), (3, "one")] {
        assert_eq!(tab.save(&mut shelf, text, &env(revision)), Ok(SaveOutcome::Saved));
        assert_eq!(tab.base().unwrap().revision, revision);
        assert_eq!(shelf.keys().unwrap().len(), 1);
        assert_eq!(tab.check_for_changes(&mut shelf, &env(1)), Ok(ExternalChange::Same));
    }
    // A later visit finds it.
    let mut later = Tab::new(&env(9));
    let listed = named(&shelf, "My playground");
    assert_eq!((listed.saved, listed.size, listed.is_damaged), (3000, 3, false));
    assert_eq!(later.open(&mut shelf, &listed, &env(9)), Ok(Some("one".to_owned())));
    assert_eq!(later.project(), tab.project());
}

#[test]
fn projects_are_made_renamed_copied_deleted_and_brought_back() {
    let mut shelf = MemoryStorage::default();
    let mut tab = Tab::new(&env(1));
    tab.save(&mut shelf, "first", &env(1)).unwrap();
    tab.start(&shelf, "Shop", &env(2)).unwrap();
    assert_eq!(names(&shelf), ["My playground"], "a project is kept with its first save");
    tab.save(&mut shelf, "shop", &env(3)).unwrap();
    assert_eq!(names(&shelf), ["Shop", "My playground"], "the last saved first");

    let name = tab.add(&mut shelf, "Shop", "copy", &env(4)).unwrap();
    assert_eq!(name, "Shop (2)");
    assert_eq!(tab.project().name, "Shop", "a copy is not opened");

    // Both the open project and another one are renamed; a name that is taken gets a number.
    let other = named(&shelf, "My playground");
    assert_eq!(tab.rename(&mut shelf, &other, "Shop", &env(5)), Ok(Some("Shop (3)".to_owned())));
    assert_eq!(tab.project().name, "Shop");
    let own = named(&shelf, "Shop");
    assert_eq!(tab.rename(&mut shelf, &own, "Store", &env(6)), Ok(Some("Store".to_owned())));
    assert_eq!(tab.project().name, "Store");
    assert_eq!(tab.check_for_changes(&mut shelf, &env(6)), Ok(ExternalChange::Same));
    assert_eq!(tab.rename(&mut shelf, &own, "Late", &env(6)), Ok(None), "it has another state now");
    let own = named(&shelf, "Store");
    assert_eq!(tab.rename(&mut shelf, &own, "Store", &env(6)), Ok(Some("Store".to_owned())));

    let gone = named(&shelf, "Shop (2)");
    let before = shelf.clone();
    let deleted = Tab::delete(&mut shelf, &gone).unwrap();
    assert_eq!(deleted.name, "Shop (2)");
    assert!(!names(&shelf).contains(&"Shop (2)".to_owned()));
    assert_eq!(tab.open(&mut shelf, &gone, &env(7)), Ok(None));
    restore_deleted(&mut shelf, &deleted).unwrap();
    assert_eq!(shelf, before);
}

#[test]
fn what_a_crash_left_between_adding_and_taking_away_is_no_project() {
    let mut shelf = MemoryStorage::default();
    let mut tab = Tab::new(&env(1));
    tab.save(&mut shelf, "one", &env(1)).unwrap();
    let one = shelf.clone();
    tab.save(&mut shelf, "two", &env(2)).unwrap();
    for key in one.keys().unwrap() {
        shelf.set(&key, &one.get(&key).unwrap().unwrap()).unwrap();
    }
    let found = listing(&shelf).unwrap();
    assert_eq!(found.len(), 1);
    let mut later = Tab::new(&env(9));
    assert_eq!(later.open(&mut shelf, &found[0], &env(9)), Ok(Some("two".to_owned())));
    assert_eq!(later.check_for_changes(&mut shelf, &env(9)), Ok(ExternalChange::Same));
    later.save(&mut shelf, "three", &env(10)).unwrap();
    assert_eq!(shelf.keys().unwrap().len(), 1);
}

/// A storage that counts its operations.
#[derive(Default)]
struct Counted(MemoryStorage, std::cell::Cell<usize>);

impl Storage for Counted {
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        self.1.set(self.1.get() + 1);
        self.0.keys()
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.1.set(self.1.get() + 1);
        self.0.get(key)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        self.1.set(self.1.get() + 1);
        self.0.set(key, text)
    }

    fn remove(&mut self, key: &str) {
        self.1.set(self.1.get() + 1);
        self.0.remove(key);
    }
}

#[test]
fn five_thousand_projects_are_listed_and_added_by_asking_once_for_each() {
    let mut shelf = Counted::default();
    let tab = Tab::new(&env(1));
    let projects = (0..5000).map(|index| (format!("Project {}", index % 2500), "{}".to_owned()));
    let (mut adding, mut seed) = (tab.project_adder(&shelf).unwrap(), 10);
    for (name, document) in projects {
        seed += 1;
        adding.add(&mut shelf, &name, &document, &env(seed)).unwrap();
    }
    assert!(shelf.1.get() < 4 * 5000, "{} calls to add them", shelf.1.get());
    shelf.1.set(0);
    let all = listing(&shelf).unwrap();
    assert_eq!(all.len(), 5000);
    assert_eq!(shelf.1.get(), 5001);
    let mut names: Vec<_> = all.iter().map(|listed| &listed.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5000, "each has a name of its own");
    // Simulates a crash that left each of them next to its successor.
    for listed in &all {
        let next = format!("{PREFIX}{}/2-x", listed.id);
        let text = format!("{{\"name\":\"next\",\"parent\":\"{}\",\"saved\":9}}\n{{}}", listed.stamp);
        shelf.set(&next, &text).unwrap();
    }
    let continued = listing(&shelf).unwrap();
    assert_eq!(continued.len(), 5000);
    assert!(continued.iter().all(|listed| listed.name == "next" && !listed.is_fork));
}

#[test]
fn a_journal_reads_each_entry_once_and_forgets_those_that_are_gone() {
    let mut journal = Journal::without_vault(Counted::default());
    let mut tab = Tab::new(&env(1));
    for seed in 0..100 {
        tab.add(&mut journal, "P", "{}", &env(seed)).unwrap();
    }
    listing(&journal).unwrap();
    let calls = |journal: &Journal<Counted>| journal.below().1.replace(0);
    calls(&journal);
    assert_eq!(listing(&journal).unwrap().len(), 100);
    assert_eq!(calls(&journal), 1, "only the keys");
    // Renames one and deletes one.
    let all = listing(&journal).unwrap();
    tab.rename(&mut journal, &all[0], "Other", &env(1)).unwrap();
    Tab::delete(&mut journal, &all[1]).unwrap();
    calls(&journal);
    let now = listing(&journal).unwrap();
    assert_eq!((now.len(), calls(&journal)), (99, 2), "the keys and the new entry");
    assert!(
        now.iter().any(|listed| listed.name == "Other") && now.iter().all(|listed| listed.id != all[1].id)
    );
    // Another tab deletes one.
    journal.below_mut().remove(&now[0].key());
    assert_eq!(listing(&journal).unwrap().len(), 98);
}

#[test]
fn a_file_of_projects_is_read_the_same_in_slices() {
    let dns = mesh_documents::save(&scenario::six_colours(Variant::Dns, &env(1)).unwrap());
    let bad = bundle(&[("good", &dns), ("bad", "{\"version\":1}")]);
    for text in [bundle(&vec![("P", &*dns); 20]), dns.clone(), bad, "{".to_owned()] {
        let own = text.clone();
        let mut job = Job::new(|pace| async move { read_bundle_paced(&own, &pace).await });
        let mut slices = 1;
        let result = loop {
            match job.advance(50) {
                Some(result) => break result,
                None => slices += 1,
            }
        };
        assert_eq!(result, read_bundle(&text));
        assert!(text.len() < 10 || slices > 10, "{slices} slices");
    }
}

#[test]
fn where_there_is_no_room_what_was_kept_is_still_kept() {
    let mut shelf = Small(MemoryStorage::default(), 400);
    let mut tab = Tab::new(&env(1));
    tab.save(&mut shelf, "small", &env(1)).unwrap();
    let before = shelf.0.clone();
    let large = "x".repeat(500);
    assert_eq!(tab.save(&mut shelf, &large, &env(2)), Err(StorageError::Full));
    assert_eq!(tab.add(&mut shelf, "Copy", &large, &env(2)), Err(StorageError::Full));
    tab.start(&shelf, "Next", &env(2)).unwrap();
    assert_eq!(tab.save(&mut shelf, &large, &env(2)), Err(StorageError::Full));
    assert_eq!(shelf.0, before);
    assert_eq!(
        tab.save(&mut shelf, "less", &env(3)),
        Ok(SaveOutcome::Saved),
        "and goes on when there is room again"
    );
}

#[test]
fn damaged_entries_are_listed_and_touch_no_others() {
    let mut shelf = MemoryStorage::default();
    let mut tab = Tab::new(&env(1));
    tab.save(&mut shelf, "whole", &env(1)).unwrap();
    for (key, text) in [
        ("mesh-playground/project/a/1-x", ""),
        ("mesh-playground/project/b/2-x", "{\"name\":\"half"),
        ("mesh-playground/project/c/3-x", "{}\n{}"),
        ("mesh-playground/project/d/4-x", "{\"name\":7}\nrest"),
        ("mesh-playground/project/e/99999999999999999999-x", "no key of ours"),
        ("mesh-playground/project/f", "nor this"),
        ("mesh-playground/project//1-", "{\"name\":\"nameless id\"}\n"),
        ("mesh-playground/theme", "dark"),
    ] {
        shelf.set(key, text).unwrap();
    }
    let found = listing(&shelf).unwrap();
    let told: Vec<_> = found.iter().map(|listed| (&*listed.name, listed.is_damaged)).collect();
    assert_eq!(
        told,
        [
            ("My playground", false),
            ("nameless id", false),
            ("Damaged project", true),
            ("Damaged project", true),
            ("Damaged project", true),
            ("Damaged project", true),
        ]
    );
    for listed in &found {
        let deleted = Tab::delete(&mut shelf, listed).unwrap();
        restore_deleted(&mut shelf, &deleted).unwrap();
        assert!(tab.clone().open(&mut shelf, listed, &env(5)).unwrap().is_some(), "its text can be had");
    }
    tab.save(&mut shelf, "still", &env(6)).unwrap();
}

#[test]
fn the_playground_of_an_earlier_version_becomes_a_project() {
    let world = scenario::six_colours(Variant::Dns, &env(1)).unwrap();
    let text = mesh_documents::save(&world);
    let mut shelf = MemoryStorage::default();
    assert_eq!(import_legacy(&mut shelf, &env(1)), Ok(LegacyPlayground::Nothing));
    shelf.set("mesh-playground/world", &text).unwrap();
    let mut twin = shelf.clone();
    assert_eq!(import_legacy(&mut shelf, &env(2)), Ok(LegacyPlayground::Imported));
    assert_eq!(import_legacy(&mut shelf, &env(3)), Ok(LegacyPlayground::Nothing));
    let listed = named(&shelf, "My playground");
    assert_eq!(Tab::new(&env(4)).open(&mut shelf, &listed, &env(4)), Ok(Some(text.clone())));
    // Another tab that does this at the same time writes the same entry.
    assert_eq!(import_legacy(&mut twin, &env(5)), Ok(LegacyPlayground::Imported));
    assert_eq!(twin.keys(), shelf.keys());
    // An old page that is still open continues to store its own playground.
    shelf.set("mesh-playground/world", &text).unwrap();
    assert_eq!(import_legacy(&mut shelf, &env(6)), Ok(LegacyPlayground::Imported));
    assert_eq!(names(&shelf), ["My playground (2)", "My playground"]);

    let mut small = Small(MemoryStorage::default(), text.len() + 100);
    small.set("mesh-playground/world", &text).unwrap();
    assert_eq!(import_legacy(&mut small, &env(1)), Ok(LegacyPlayground::NoRoom(text.clone())));
    assert_eq!(small.get("mesh-playground/world"), Ok(Some(text)));
}

#[test]
fn a_damaged_playground_of_an_earlier_version_is_kept_for_download() {
    let mut shelf = MemoryStorage::default();
    shelf.set("mesh-playground/world", "{half").unwrap();
    let key = "mesh-playground/damaged";
    let found = import_legacy(&mut shelf, &env(1)).unwrap();
    assert!(
        matches!(&found, LegacyPlayground::Damaged { key: at, text, .. } if *at == key && text == "{half")
    );
    assert_eq!(shelf.get("mesh-playground/world"), Ok(None));
    assert!(
        matches!(import_legacy(&mut shelf, &env(1)), Ok(LegacyPlayground::Damaged { .. })),
        "told until discarded"
    );
    // A second damaged playground does not replace the first.
    shelf.set("mesh-playground/world", "{more").unwrap();
    let found = import_legacy(&mut shelf, &env(1)).unwrap();
    assert!(
        matches!(&found, LegacyPlayground::Damaged { key: "mesh-playground/world", text, .. } if text == "{more")
    );
    assert_eq!(shelf.get(key), Ok(Some("{half".to_owned())));
}

#[test]
fn all_projects_go_into_one_file_and_come_out_of_it() {
    let dns = mesh_documents::save(&scenario::six_colours(Variant::Dns, &env(1)).unwrap());
    let cloud_map = mesh_documents::save(&scenario::six_colours(Variant::CloudMap, &env(2)).unwrap());
    let text = bundle(&[("A \"b\" \\ \n", &dns), ("東京", &cloud_map)]);
    let expected =
        vec![(Some("A \"b\" \\ \n".to_owned()), dns.clone()), (Some("東京".to_owned()), cloud_map)];
    assert_eq!(read_bundle(&text), Ok(expected));
    assert_eq!(read_bundle(&bundle(&[])), Ok(Vec::new()));
    assert_eq!(read_bundle(&dns), Ok(vec![(None, dns.clone())]), "one playground is a file, too");
}

#[test]
fn a_wrong_file_of_projects_is_told_with_its_place() {
    let dns = mesh_documents::save(&scenario::six_colours(Variant::Dns, &env(1)).unwrap());
    let format = "\"format\":\"mesh-playground-projects\"";
    for (text, expected) in [
        ("", "nothing"),
        ("{", "line 1"),
        ("[]", "version"),
        (&format!("{{{format},\"version\":2}}"), "version 2"),
        (&format!("{{{format},\"version\":1}}"), "projects must be a list"),
        (&format!("{{{format},\"projects\":[7]}}"), "projects[0] must have a `name`"),
        (&bundle(&[("good", &dns), ("bad", "{\"version\":1}")]), "projects[1].document.account"),
        (&bundle(&[("new", "{\"version\":9}")]), "version 9"),
    ] {
        let error = read_bundle(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:.80}: {error}");
    }
}
