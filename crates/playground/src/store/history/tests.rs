//! Differences of strings, and round trips of histories through records.
#![allow(clippy::unwrap_used)] // A test may panic.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::{Env, Timestamp},
    model::IpPreference,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::store::{AppState, Command, Refusal, update};

fn env(seed: u64) -> Env {
    Env { now: Timestamp(seed.cast_signed() * 1000), seed }
}

#[track_caller]
fn check_delta(old: &str, new: &str, longest: usize) {
    let there = delta::between(old, new);
    assert_eq!(delta::apply(old, &there).as_deref(), Some(new), "{there}");
    assert!(there.len() <= longest, "{} bytes: {there}", there.len());
}

#[test]
fn a_difference_makes_one_text_of_the_other() {
    let items = |numbers: std::ops::Range<u32>| {
        numbers.map(|number| format!("{{\"name\":\"node-{number}\"}},")).collect::<String>()
    };
    let all = items(0..1000);
    for (old, new, longest) in [
        ("", "", 17),
        ("", "x", 21),
        ("x", "", 17),
        ("same", "same", 30),
        ("東京},", "東},京", 40),
        (&all, &all, 40),
        (&all, &items(0..999), 60),
        (&items(1..1000), &all, 60),
        // Two distant changes, and a moved part.
        (&all, &all.replace("node-1\"", "other\"").replace("node-900\"", "another\""), 150),
        (&all, &(items(500..1000) + &items(0..500)), 100),
    ] {
        check_delta(old, new, longest);
    }
}

#[test]
fn a_difference_of_another_text_or_a_damaged_one_gives_nothing() {
    let there = delta::between("{a},{b},", "{a},{c},");
    assert_eq!(delta::apply("{a},{x},", &there), None);
    let sum = there.split_once('\n').unwrap().0;
    for wrong in ["", "x", "=0,99\n", "=1\n", "=18446744073709551615,1\n", "+5\nab", "+-1\n", "?0\n", "=0,4"]
    {
        let damaged = format!("{sum}\n{wrong}");
        assert_eq!(delta::apply("{a},{b},", &damaged), (wrong.is_empty()).then(String::new), "{wrong:?}");
    }
    assert_eq!(delta::apply("", "no sum"), None);
    // An oversized copy is refused, too.
    let many = delta::between("", "") + "";
    assert_eq!(delta::apply("", &many).as_deref(), Some(""));
    let old = "x".repeat(1_000_000);
    let greedy = delta::between(&old, "").trim_end().to_owned() + "\n" + &"=0,1000000\n".repeat(100);
    assert_eq!(delta::apply(&old, &greedy), None, "a damaged difference does not fill the memory");
}

proptest! {
    #[test]
    fn any_texts_differ_in_what_makes_one_of_the_other(
        old in "([a-c},]|東){0,60}", new in "([a-c},]|東){0,60}", other in "([a-c},]|東){0,10}",
    ) {
        let there = delta::between(&old, &new);
        prop_assert_eq!(delta::apply(&old, &there), Some(new));
        if other != old {
            prop_assert_eq!(delta::apply(&other, &there), None);
        }
    }
}

/// Returns a state with this number of steps, all with different worlds.
fn worked(steps: u64) -> Rc<AppState> {
    let mut state = Rc::new(AppState::first_visit(&env(1)).unwrap());
    for step in 0..steps {
        let command = match step % 3 {
            0 => Command::Call {
                verb: app_mesh_engine::control_plane::Verb::Create,
                kind: app_mesh_engine::model::Kind::Mesh,
                input: json!({"meshName": format!("mesh-{step}")}),
            },
            1 => Command::SetPreference {
                id: mesh_resource(&state),
                preference: Some([IpPreference::Ipv4Only, IpPreference::Ipv6Only][step as usize % 2]),
            },
            _ => Command::AddAccount(format!("{:012}", 500_000_000_000 + step).parse().unwrap()),
        };
        let next = update(&state, command, &env(step + 2));
        assert_eq!(next.refusal, None);
        state = next.state;
    }
    state
}

fn mesh_resource(state: &AppState) -> app_mesh_engine::model::ResourceId {
    let mesh = state.view.mesh.clone().unwrap();
    state
        .world
        .control_plane
        .mesh(&mesh)
        .unwrap()
        .of_kind(app_mesh_engine::model::Kind::Mesh)
        .next()
        .unwrap()
        .id
        .clone()
}

/// Returns the records of a history, as in a storage: steps done, oldest first; and steps undone, the next to redo
/// first.
fn records(history: &History) -> (Vec<String>, Vec<String>) {
    let text = |step: &Rc<Step>| {
        let (before, after) = (step.before.document().unwrap(), step.after.document().unwrap());
        record(step, &before, &after).unwrap()
    };
    (history.done().iter().map(text).collect(), history.undone().iter().rev().map(text).collect())
}

/// Returns the same state on a later visit.
fn visited_again(state: &Rc<AppState>) -> Rc<AppState> {
    let text = mesh_documents::save(&state.world);
    let world = Rc::new(mesh_documents::restore_text(&text).unwrap());
    let again = Rc::new(AppState { world: world.clone(), ..AppState::new(World::clone(&world)) });
    let (done, undone) = records(&state.history);
    let mut recall = Recall::default();
    assert!(done.iter().rev().all(|text| recall.add_done(text)));
    assert!(undone.iter().all(|text| recall.add_undone(text)));
    let earlier = Rc::new(recall.history(&text));
    update(&again, Command::Recall { earlier, ended: world }, &env(0)).state
}

fn run(state: &Rc<AppState>, command: Command) -> Rc<AppState> {
    let update = update(state, command, &env(9));
    assert_eq!(update.refusal, None);
    update.state
}

/// Returns all worlds, from the current one back to the first and forward to the last.
fn tour(state: &Rc<AppState>) -> Vec<Rc<World>> {
    let mut state = state.clone();
    let mut worlds = vec![state.world.clone()];
    for way in [Command::Undo, Command::Redo] {
        loop {
            let next = update(&state, way.clone(), &env(9));
            if next.refusal.is_some() {
                assert_eq!(next.refusal, Some(Refusal::NoStep));
                break;
            }
            state = next.state;
            worlds.push(state.world.clone());
        }
    }
    worlds
}

#[test]
fn a_history_is_the_same_after_a_reload_both_ways() {
    for (steps, undone) in [(0, 0), (1, 0), (1, 1), (12, 0), (12, 5), (12, 12)] {
        let mut state = worked(steps);
        for _ in 0..undone {
            state = run(&state, Command::Undo);
        }
        let again = visited_again(&state);
        let labels = |steps: &[Rc<Step>]| {
            steps.iter().map(|s| (s.label.clone(), s.echoes.clone())).collect::<Vec<_>>()
        };
        assert_eq!(labels(again.history.done()), labels(state.history.done()));
        assert_eq!(labels(again.history.undone()), labels(state.history.undone()));
        assert_eq!(tour(&again), tour(&state));
        // The same after another reload, from the current position.
        assert_eq!(tour(&visited_again(&again)), tour(&state));
    }
}

#[test]
fn steps_after_a_reload_stand_on_those_before_it() {
    let state = run(&worked(6), Command::Undo);
    let again = visited_again(&state);
    assert_eq!((again.history.done().len(), again.history.undone().len()), (5, 1));
    let more = run(&again, Command::AddAccount("999999999999".parse().unwrap()));
    assert_eq!((more.history.done().len(), more.history.undone().len()), (6, 0));
    let back = run(&more, Command::GoTo(0));
    assert_eq!(back.world, run(&state, Command::GoTo(0)).world);
    assert_eq!(run(&back, Command::GoTo(6)).world, more.world);
    assert_eq!(run(&back, Command::GoTo(3)).world, run(&state, Command::GoTo(3)).world);
}

#[test]
fn what_was_done_before_the_history_was_there_stays_above_it() {
    let state = worked(4);
    let text = mesh_documents::save(&state.world);
    let world = Rc::new(mesh_documents::restore_text(&text).unwrap());
    let mut recall = Recall::default();
    assert!(records(&state.history).0.iter().rev().all(|text| recall.add_done(text)));
    let earlier = Rc::new(recall.history(&text));
    let begun = Rc::new(AppState { world: world.clone(), ..AppState::new(World::clone(&world)) });
    let recall = Command::Recall { earlier: earlier.clone(), ended: world };
    let more = run(&begun, Command::AddAccount("999999999999".parse().unwrap()));
    let whole = run(&more, recall.clone());
    assert_eq!(whole.history.done().len(), 5);
    assert_eq!(run(&whole, Command::GoTo(0)).world, run(&state, Command::GoTo(0)).world);
    // A step undone in the meantime can still be redone.
    let undone = run(&run(&more, Command::Undo), recall.clone());
    assert_eq!((undone.history.done().len(), undone.history.undone().len()), (4, 1));
    // If another project is open in the meantime, nothing is added.
    let other = worked(1);
    assert!(Rc::ptr_eq(&run(&other, recall.clone()), &other));
    let fresh = worked(0);
    assert!(Rc::ptr_eq(&run(&fresh, recall), &fresh));
}

#[test]
fn a_damaged_record_ends_the_history_there() {
    let state = worked(5);
    let (done, _) = records(&state.history);
    for damage in ["", "{}", "7", &done[2][..done[2].len() / 2], "{\"label\":\"x\",\"echoes\":[7]}"] {
        let mut recall = Recall::default();
        assert!(recall.add_done(&done[4]) && recall.add_done(&done[3]));
        assert!(!recall.add_done(damage), "{damage}");
        let text = mesh_documents::save(&state.world);
        assert_eq!(recall.history(&text).done().len(), 2);
    }
    // A valid record for another text is refused on access, and nothing changes.
    let mut recall = Recall::default();
    assert!(recall.add_done(&done[1]));
    let earlier = Rc::new(recall.history(&mesh_documents::save(&state.world)));
    let fresh = Rc::new(AppState { history: Rc::default(), ..AppState::clone(&state) });
    let ended = fresh.world.clone();
    let again = run(&fresh, Command::Recall { earlier, ended });
    let refused = update(&again, Command::Undo, &env(9));
    assert_eq!(refused.refusal, Some(Refusal::Unreadable));
    assert!(Rc::ptr_eq(&refused.state, &again));
}

#[test]
fn a_record_of_a_large_step_has_no_answers_and_a_larger_one_is_none() {
    let world = Rc::new(World::empty().unwrap());
    let echo = |length: usize| Echo { line: "aws".to_owned(), answer: Some(json!("x".repeat(length))) };
    let step = |echoes: Vec<Echo>| Step {
        label: "Large".to_owned(),
        echoes: echoes.into(),
        before: Past::Here(world.clone()),
        after: Past::Here(world.clone()),
    };
    let small = record(&step(vec![echo(10)]), "a", "b").unwrap();
    let mut recall = Recall::default();
    assert!(recall.add_done(&small));
    assert_eq!(recall.history("b").done()[0].echoes[0].answer, Some(json!("xxxxxxxxxx")));
    let large = record(&step(vec![echo(2_000_000)]), "a", "b").unwrap();
    assert!(large.len() < 1000);
    let mut recall = Recall::default();
    assert!(recall.add_done(&large));
    assert_eq!(recall.history("b").done()[0].echoes[0].answer, None);
    assert_eq!(record(&step(vec![]), "a", &"b".repeat(2_000_000)), None);
}

#[test]
fn a_hundred_steps_of_a_large_world_are_a_small_part_of_its_documents() {
    let mut world = World::empty().unwrap();
    world.control_plane.enforces_quotas = false;
    let account = world.account.clone();
    for index in 0..300 {
        let name = format!("mesh-{index}");
        let input = json!({"meshName": name});
        let operation = app_mesh_engine::control_plane::Operation::parse(
            app_mesh_engine::control_plane::Verb::Create,
            app_mesh_engine::model::Kind::Mesh,
            &input,
            &account,
        );
        world.control_plane.apply(&operation.unwrap(), &account, &env(index)).unwrap();
    }
    let mut state = Rc::new(AppState::new(world));
    for step in 0..100 {
        let preference = Some([IpPreference::Ipv4Only, IpPreference::Ipv6Only][step % 2]);
        state = run(&state, Command::SetPreference { id: mesh_resource(&state), preference });
    }
    let document = mesh_documents::save(&state.world).len();
    let (done, _) = records(&state.history);
    let records: usize = done.iter().map(String::len).sum();
    assert!(records < 3 * document, "{records} bytes for 100 steps of {document} bytes");
    assert!(tour(&visited_again(&state)) == tour(&state));
}

/// The stored part of a history.
#[derive(Default)]
struct Stored {
    records: std::collections::BTreeMap<Rc<str>, String>,
    done: Vec<Rc<str>>,
    undone: Vec<Rc<str>>,
}

impl Stored {
    /// Records a state; returns the number of new and of deleted records.
    fn record(&mut self, recorder: &mut Recorder, state: &AppState) -> (usize, usize) {
        let text: Rc<str> = mesh_documents::save(&state.world).into();
        let mut recording = recorder.recording(&state.history, (state.world.clone(), text));
        let mut words = self.records.len();
        let mut word = || {
            words += 1;
            Rc::from(format!("{words}-{}", state.history.done().len()))
        };
        let missing = recording.missing();
        let mut count = 0;
        while recording.advance(&mut word) {
            count += 1;
        }
        assert_eq!(count, missing);
        let (recorded, next) = recording.finish();
        *recorder = next;
        let counts = (recorded.added.len(), recorded.dropped.len());
        self.records.extend(recorded.added);
        for word in recorded.dropped {
            assert!(self.records.remove(&word).is_some());
        }
        (self.done, self.undone) = (recorded.done, recorded.undone);
        counts
    }

    /// Returns the state on a later visit, and its recorder.
    fn visit(&self, state: &Rc<AppState>) -> (Rc<AppState>, Recorder) {
        let text: Rc<str> = mesh_documents::save(&state.world).into();
        let world = Rc::new(mesh_documents::restore_text(&text).unwrap());
        let mut recall = Recall::default();
        let sizes = |words: &[Rc<str>]| {
            words.iter().map(|word| (word.clone(), self.records[word].len())).collect::<Vec<_>>()
        };
        assert!(self.done.iter().all(|word| recall.add_done(&self.records[word])));
        assert!(self.undone.iter().all(|word| recall.add_undone(&self.records[word])));
        let earlier = Rc::new(recall.history(&text));
        let (done, undone) = (sizes(&self.done), sizes(&self.undone));
        let recorder = Recorder::of(&earlier, 0, done, undone, (world.clone(), text));
        let again = Rc::new(AppState { world: world.clone(), ..AppState::new(World::clone(&world)) });
        (run(&again, Command::Recall { earlier, ended: world }), recorder)
    }
}

#[test]
fn each_step_is_recorded_once_however_often_one_goes_back_and_forth() {
    let (mut stored, mut recorder) = (Stored::default(), Recorder::default());
    let mut state = worked(5);
    assert_eq!(stored.record(&mut recorder, &state), (5, 0));
    assert_eq!(stored.record(&mut recorder, &state), (0, 0));
    state = run(&run(&state, Command::Undo), Command::Undo);
    assert_eq!(stored.record(&mut recorder, &state), (0, 0));
    assert_eq!((stored.done.len(), stored.undone.len()), (3, 2));
    let (again, mut later) = stored.visit(&state);
    assert_eq!(tour(&again), tour(&state));
    assert_eq!(stored.record(&mut later, &again), (0, 0), "what was read is known");
    // A new step discards the undone ones.
    let more = run(&again, Command::AddAccount("999999999999".parse().unwrap()));
    assert_eq!(stored.record(&mut later, &more), (1, 2));
    assert_eq!(stored.records.len(), 4);
    let (last, _) = stored.visit(&more);
    assert_eq!(tour(&last), tour(&more));
}

#[test]
fn no_more_steps_are_recorded_than_fit() {
    let mut state = worked(0);
    for number in 0..RECORDED_STEPS as u64 + 20 {
        let preference = Some([IpPreference::Ipv4Only, IpPreference::Ipv6Only][number as usize % 2]);
        state = run(&state, Command::SetPreference { id: mesh_resource(&state), preference });
    }
    let (mut stored, mut recorder) = (Stored::default(), Recorder::default());
    stored.record(&mut recorder, &state);
    assert!(stored.done.len() <= RECORDED_STEPS);
    let bytes: usize = stored.records.values().map(String::len).sum();
    assert!(bytes <= RECORDED_BYTES);
    let (again, _) = stored.visit(&state);
    assert_eq!(again.history.done().len(), stored.done.len());
    assert!(run(&again, Command::GoTo(0)).world == run(&state, Command::GoTo(0)).world);
    // Large steps displace older ones.
    let large = |number: usize| Step {
        label: number.to_string(),
        echoes: [Echo { line: "x".repeat(900_000), answer: None }].into(),
        before: Past::Here(Rc::new(World::empty().unwrap())),
        after: Past::Here(Rc::new(World::empty().unwrap())),
    };
    let history =
        History { done: (0..10).map(|number| Rc::new(large(number))).collect(), undone: Vec::new() };
    let state = AppState { history: Rc::new(history), ..AppState::clone(&state) };
    let (mut stored, mut recorder) = (Stored::default(), Recorder::default());
    stored.record(&mut recorder, &state);
    assert_eq!(stored.done.len(), 4);
}

#[test]
fn one_record_stands_for_many_steps_until_they_are_recorded() {
    for (recorded, more) in [(0, 3), (4, 3), (5, 1)] {
        let (mut stored, mut recorder) = (Stored::default(), Recorder::default());
        let mut state = worked(recorded);
        stored.record(&mut recorder, &state);
        let earlier = state.clone();
        for number in 0..more {
            let account = format!("{:012}", 900_000_000_000_u64 + number);
            state = run(&state, Command::AddAccount(account.parse().unwrap()));
        }
        let text: Rc<str> = mesh_documents::save(&state.world).into();
        let recording = recorder.recording(&state.history, (state.world.clone(), text));
        let (ahead, mut later) = recording.ahead("ahead".into());
        assert!(ahead.dropped.is_empty());
        stored.records.extend(ahead.added);
        (stored.done, stored.undone) = (ahead.done, ahead.undone);
        let (again, _) = stored.visit(&state);
        assert_eq!(again.history.done().len() as u64, recorded + 1);
        assert_eq!(run(&again, Command::Undo).world, earlier.world);
        assert_eq!(run(&again, Command::GoTo(0)).world, run(&state, Command::GoTo(0)).world);
        // Now they are recorded, and the placeholder is deleted.
        assert_eq!(stored.record(&mut later, &state), (more as usize, 1));
        let (again, _) = stored.visit(&state);
        assert_eq!(tour(&again), tour(&state));
    }
}
