//! Locations of histories, and cleanup of the vault.

use crate::projects::{HISTORIES, HistoryIndex, VaultContents, find_garbage};

const HOUR: i64 = 60 * 60 * 1000;
const NOW: i64 = 100 * HOUR;

fn key(id: &str, stamp: &str) -> String {
    format!("mesh-playground/project/{id}/{stamp}")
}

fn place(saved: i64, done: &[&str], undone: &[&str]) -> String {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    HistoryIndex { saved, done: words(done), undone: words(undone) }.text()
}

#[test]
fn a_place_goes_through_text() {
    for (done, undone) in [(&[][..], &[][..]), (&["a"], &[]), (&[], &["b", "c"]), (&["a", "b"], &["c"])] {
        let text = place(7, done, undone);
        let read = HistoryIndex::read(&text).unwrap();
        assert_eq!((read.saved, read.done.len(), read.undone.len()), (7, done.len(), undone.len()));
        assert_eq!(read.text(), text);
    }
    for damaged in ["", "x", "7", "7\na b", "\n\n"] {
        assert_eq!(HistoryIndex::read(damaged), None, "{damaged:?}");
    }
}

#[test]
fn what_nobody_needs_is_swept_away_and_nothing_else() {
    let held = VaultContents {
        entries: vec![key("a", "2-x"), key("b", "5-y"), key("c", "1-z")],
        removed: vec![
            (key("a", "1-x"), NOW - 2 * HOUR),
            (key("b", "4-y"), NOW - 1000),
            // It reappeared in the storage; the next page that sees it removes it again.
            (key("b", "3-y"), NOW - 2 * HOUR),
            // Removals that were undone long ago, and just now.
            (key("d", "1-w"), -(NOW - 2 * HOUR)),
            (key("e", "1-w"), -(NOW - 1000)),
            // Removed, and written again by a page with stale data.
            (key("c", "1-z"), NOW - 1000),
        ],
        places: vec![
            (key("a", "2-x"), place(5, &["one", "two"], &["three"])),
            (key("a", "1-x"), place(4, &["one"], &[])),
            (key("b", "5-y"), "damaged".to_owned()),
            // So far only in the first storage.
            (key("f", "1-v"), place(6, &["one"], &[])),
        ],
        records: ["a/one", "a/two", "a/three", "a/four", "b/one", "f/one", "g/one"]
            .map(str::to_owned)
            .to_vec(),
    };
    let stored = [key("a", "2-x"), key("b", "3-y"), key("f", "1-v")];
    let waste = find_garbage(&held, &stored, NOW);
    assert_eq!(waste.entries, [key("c", "1-z")]);
    let removed: Vec<_> = waste.removed.into_iter().map(|(key, _)| key).collect();
    assert_eq!(removed, [key("a", "1-x"), key("d", "1-w")]);
    let places: Vec<_> = waste.places.into_iter().map(|(key, _)| key).collect();
    assert_eq!(places, [key("a", "1-x"), key("b", "5-y")]);
    assert_eq!(waste.records, ["a/four", "b/one", "g/one"]);
}

#[test]
fn the_projects_saved_last_have_their_history_kept() {
    let count = HISTORIES + 10;
    let name = |index: usize| format!("p{index}");
    let held = VaultContents {
        entries: (0..count).map(|index| key(&name(index), "1-x")).collect(),
        places: (0..count)
            .map(|index| (key(&name(index), "1-x"), place(i64::try_from(index).unwrap(), &["w"], &[])))
            .collect(),
        records: (0..count).map(|index| format!("{}/w", name(index))).collect(),
        ..VaultContents::default()
    };
    let waste = find_garbage(&held, &[], NOW);
    assert!(waste.entries.is_empty(), "the projects themselves stay");
    assert_eq!(waste.places.len(), 10);
    assert_eq!(waste.records, (0..10).map(|index| format!("p{index}/w")).collect::<Vec<_>>());
}
