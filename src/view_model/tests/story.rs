//! Tests of the events of requests, and of configurations with their settings and diffs.

use super::*;
use crate::{
    envoy::{Line, bootstrap, json_lines},
    model::{Key, Kind},
    traffic::{Client, Request},
};

fn told(path: &str) -> Vec<String> {
    let (world, _, mesh) = world(Variant::Dns, None);
    let request = Request::get(Client::Gateway("colorgateway-vg".into()), path);
    let story = event_log(&world.environment, &mesh, &request, 1);
    let row = |event: &EventRow| {
        let object = event.object.as_ref().map_or_else(String::new, |key| format!(" @{}", key.name));
        format!("{} {}: {}{object}", event.mark.sign(), event.name, event.text)
    };
    story.events.iter().map(row).chain([story.result.clone()]).collect()
}

#[test]
fn a_request_is_told_event_by_event() {
    let rows = told("/red");
    assert_eq!(rows.last().unwrap(), "200");
    let taken = "✓ Gateway route: gateway route colorgateway-route-red takes it";
    assert!(rows.iter().any(|row| row.starts_with(taken)), "{rows:#?}");
    assert!(rows.iter().all(|row| !row.starts_with('✕')), "{rows:#?}");
    let rows = told("/green");
    assert!(rows.last().unwrap().starts_with("503: upstream connect error"), "{rows:#?}");
    let refused = rows.iter().filter(|row| row.starts_with("✕ Connect: attempt")).count();
    assert_eq!(refused, 3, "{rows:#?}");
    let rows = told("/nowhere");
    assert_eq!(rows.last().unwrap(), "404");
    let missed = "✕ Gateway route: no gateway route of colorgateway-vg matches";
    assert!(rows.iter().any(|row| row.starts_with(missed)), "{rows:#?}");
}

#[test]
fn each_candidate_says_why_it_does_not_match() {
    let (world, _, mesh) = world(Variant::Dns, None);
    let request = Request::get(Client::Gateway("colorgateway-vg".into()), "/yellow");
    let story = event_log(&world.environment, &mesh, &request, 1);
    let matched = story.events.iter().find(|event| event.name == "Gateway route").unwrap();
    assert_eq!(matched.details.len(), 6);
    let is_yellow = |words: &String| words.starts_with("colorgateway-route-yellow");
    let yellow = matched.details.iter().find(|(_, words)| is_yellow(words)).unwrap();
    assert_eq!(yellow.0, Mark::Passed);
    assert!(yellow.1.contains("✓ path starts with /yellow, is /yellow"), "{}", yellow.1);
    assert!(matched.details.iter().any(|(mark, words)| *mark == Mark::Failed && words.contains("✕ path")));
}

#[test]
fn a_change_of_preference_rewrites_every_envoy_and_no_change_none() {
    let (world, id, mesh) = world(Variant::Dns, None);
    let changed = with_mesh_preference(&world, &id, Some(IpPreference::Ipv4Only));
    let rows = configuration_changes(&world, &changed, &id);
    assert_eq!(rows.len(), mesh.of_kind(Kind::VirtualNode).count() + 1);
    assert!(configuration_changes(&world, &world, &id).is_empty());
    // The counts equal those of the displayed diff.
    for row in rows {
        let lines = |world: &World| {
            configuration(&world.environment, &id, world.visible_mesh(&id).unwrap(), &row.key)
        };
        let difference = diff(&lines(&world), &lines(&changed));
        let count = |mark: char| difference.iter().filter(|line| line.mark == mark).count();
        assert_eq!((row.removed, row.added), (count('-'), count('+')), "{}", row.key);
    }
}

#[test]
fn settings_count_the_lines_they_wrote() {
    let (world, id, mesh) = world(Variant::Dns, Some(IpPreference::Ipv6Only));
    let gateway = Key::new(Kind::VirtualGateway, "colorgateway-vg");
    let config = bootstrap(&world.environment, &id, &mesh, &gateway).unwrap();
    let rows = settings(&json_lines(&config.tree()));
    let preference = rows.iter().find(|row| row.path == "spec.serviceDiscovery.ipPreference").unwrap();
    assert_eq!(preference.key.kind, Kind::Mesh);
    // Six clusters, and the address and compatibility of two listeners.
    assert_eq!(preference.lines, 6 + 4);
}

#[test]
fn a_difference_shows_what_is_around_it() {
    let lines = |text: &str| -> Vec<Line> {
        text.split_whitespace().map(|word| Line { text: word.to_owned(), cause: None }).collect()
    };
    let shown = |before: &str, after: &str| -> String {
        let rows = diff(&lines(before), &lines(after));
        rows.iter().map(|row| format!("{}{}", row.mark, row.text)).collect::<Vec<_>>().join("|")
    };
    let rows = [
        ("", "", ""),
        ("a b", "a b", "…"),
        ("a b c", "a x c", " a|-b|+x| c"),
        ("1 2 3 4 5 6 7 8 9", "1 2 3 4 x 6 7 8 9", "…| 2| 3| 4|-5|+x| 6| 7| 8|…"),
        ("a b c d", "b c d e", "-a| b| c| d|+e"),
        ("", "a", "+a"),
        ("a", "", "-a"),
    ];
    for (before, after, expected) in rows {
        assert_eq!(shown(before, after), expected, "{before} | {after}");
    }
}
