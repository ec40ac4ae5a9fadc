//! Clicks and lines, mixed; all are undone and redone, and every state on the way must be identical to the earlier one.

#![allow(clippy::unwrap_used)] // a test fails by panicking

use mesh_playground::{
    document,
    model::{IpPreference, Key, Kind, MeshId, ResourceId},
    playground::Playground,
    scenario::{self, Variant},
    store::{Command, EnvironmentChange},
    terminal::Terminal,
};

/// An act of the user: a click or a line.
enum Act {
    Click(Command),
    Line(String),
}

/// Returns fifty acts, each of which changes something at its position.
fn acts() -> Vec<Act> {
    let colors = MeshId { owner: "123456789012".parse().unwrap(), name: "colors".into() };
    let mesh = ResourceId::of_mesh(colors.clone());
    let node = |colour: &str| ResourceId {
        mesh: colors.clone(),
        key: Key::new(Kind::VirtualNode, scenario::node_name(colour)),
    };
    let set = |id: ResourceId, preference| Act::Click(Command::SetPreference { id, preference });
    let colours = ["red", "orange", "yellow", "green", "blue", "purple"];
    let mut acts = Vec::new();
    for colour in colours {
        acts.push(set(node(colour), Some(IpPreference::Ipv4Preferred)));
        acts.push(Act::Line(format!(
            "aws appmesh create-mesh --mesh-name {colour}-mesh --tags key=c,value={colour}"
        )));
        acts.push(set(mesh.clone(), Some(IpPreference::Ipv6Only)));
        acts.push(Act::Line(format!("app colorteller-{colour} listens nothing")));
        let change = EnvironmentChange::Run { task: format!("colorteller-{colour}").into(), on: false };
        acts.push(Act::Click(Command::ChangeEnvironment(change)));
        acts.push(Act::Line("aws appmesh update-mesh --mesh-name colors --spec '{}' > /dev/null".to_owned()));
        acts.push(Act::Line(format!(
            "aws appmesh create-virtual-router --mesh-name {colour}-mesh --virtual-router-name r \
             --spec 'listeners=[{{portMapping={{port=80,protocol=http}}}}]' --query virtualRouter.status"
        )));
        acts.push(Act::Line(format!("dns add {colour}.local A 10.1.2.3; echo $?")));
    }
    acts.push(Act::Click(Command::EnforceQuotas(false)));
    acts.push(Act::Line("account add 555555555555".to_owned()));
    acts
}

#[test]
fn fifty_clicks_and_lines_are_undone_to_the_start_and_done_again_to_the_end() {
    let acts = acts();
    assert_eq!(acts.len(), 50);
    let mut playground = Playground::new(
        scenario::six_colours(
            Variant::Dns,
            &mesh_playground::control_plane::Env {
                now: mesh_playground::control_plane::Timestamp(0),
                seed: 7,
            },
        )
        .unwrap(),
    );
    playground.run(Command::EnforceQuotas(true));
    let mut terminal = Terminal::default();
    let begun = playground.state().history.done().len();
    let mut states = vec![document::save(playground.world())];
    for act in acts {
        match act {
            Act::Click(command) => assert_eq!(playground.run(command).refusal, None),
            Act::Line(line) => assert_eq!(terminal.run(&mut playground, &line).exit_code, 0, "{line}"),
        }
        states.push(document::save(playground.world()));
        assert_eq!(playground.state().history.done().len(), begun + states.len() - 1, "one step each");
    }
    for (place, state) in states.iter().enumerate().rev().skip(1) {
        // Alternates between a click and a line.
        match place % 2 {
            0 => drop(playground.run(Command::Undo)),
            _ => drop(terminal.run(&mut playground, "undo")),
        }
        assert_eq!(document::save(playground.world()), *state, "back at {place}");
    }
    for (place, state) in states.iter().enumerate().skip(1) {
        match place % 2 {
            0 => drop(playground.run(Command::Redo)),
            _ => drop(terminal.run(&mut playground, "redo")),
        }
        assert_eq!(document::save(playground.world()), *state, "forward at {place}");
    }
    for place in [0, 50, 25, 13, 49] {
        playground.run(Command::GoTo(begun + place));
        assert_eq!(document::save(playground.world()), states[place], "at {place}");
    }
}
