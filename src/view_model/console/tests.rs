use super::*;

fn playground() -> Playground {
    Playground::empty().unwrap()
}

/// Runs all queued lines. Returns a string for each entry on the screen: exit status, line, and output.
fn screen(console: &mut Console, playground: &mut Playground) -> Vec<String> {
    while console.is_busy() {
        console.step(playground);
    }
    let text = |pieces: &[Rc<str>]| pieces.iter().map(|piece| &**piece).collect::<String>();
    let row = |entry: &Rc<Entry>| {
        format!("{} {} -> {}{}", entry.exit_code, entry.line, text(&entry.stdout), text(&entry.stderr))
    };
    console.entries().map(row).collect()
}

#[test]
fn lines_run_one_after_another_and_stop() {
    let (mut console, mut playground) = (Console::default(), playground());
    assert!(console.submit("echo a; echo b\nfalse\n# nothing\necho c \\\n d"));
    assert_eq!(
        screen(&mut console, &mut playground),
        ["0 echo a; echo b -> a\nb", "1 false -> ", "0 echo c \\\n d -> c d"]
    );
    assert!(!console.submit("cat <<E\nnot ended"), "an open here-document waits for its end");
    assert!(!console.is_busy());
    console.clear();
    assert!(console.submit("echo 1\necho 2\necho 3"));
    console.step(&mut playground);
    console.stop();
    assert_eq!(
        screen(&mut console, &mut playground),
        ["0 echo 1 -> 1", "0  -> Stopped: 2 lines were not run."]
    );
}

#[test]
fn clear_empties_the_screen_and_keeps_what_comes_after() {
    let (mut console, mut playground) = (Console::default(), playground());
    console.submit("echo a\nclear");
    assert_eq!(screen(&mut console, &mut playground), [""; 0]);
    console.submit("echo a\nclear; echo b");
    assert_eq!(screen(&mut console, &mut playground), ["0 clear; echo b -> b"]);
}

#[test]
fn long_output_stands_in_pieces_and_the_oldest_goes() {
    let (mut console, mut playground) = (Console::default(), playground());
    let file: String = (0..120).map(|i| format!("{i}\n")).collect();
    console.add_file("a b.txt", file.clone());
    console.submit("cat a_b.txt");
    screen(&mut console, &mut playground);
    let pieces: Vec<_> =
        console.entries().last().unwrap().stdout.iter().map(|piece| piece.lines().count()).collect();
    assert_eq!(pieces, [50, 50, 20]);
    console.add_file("long", "x".repeat(400_000));
    console.submit("cat long\ncat long\ncat long");
    screen(&mut console, &mut playground);
    assert_eq!(console.entries().count(), 2, "three of them are more than is kept");
}

#[test]
fn lines_are_called_back_and_what_was_typed_is_not_lost() {
    let (mut console, mut playground) = (Console::default(), playground());
    console.submit("echo one\necho two\necho three");
    screen(&mut console, &mut playground);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(console.older("dra"), some("echo three"));
    assert_eq!(console.older("echo three"), some("echo two"));
    assert_eq!(console.newer(), some("echo three"));
    assert_eq!(console.newer(), some("dra"));
    assert_eq!(console.newer(), None);
    for _ in 0..2 {
        console.older("x");
    }
    assert_eq!(console.older("x"), some("echo one"));
    assert_eq!(console.older("x"), None, "there is nothing older");
    // A search starts at the newest line.
    assert_eq!(console.find("o t"), some("echo three"));
    assert_eq!(console.find("echo three"), some("echo two"), "what stands in the line now is not the text");
    assert_eq!(console.find("echo two"), None);
    assert!(console.search().unwrap().is_exhausted);
    console.clear_search_and_candidates();
    assert_eq!(console.find("one"), some("echo one"));
    console.clear_search_and_candidates();
    assert_eq!(console.find(""), None, "an empty text finds nothing");
    assert_eq!(console.find("two"), some("echo two"), "the next text is searched for");
}

#[test]
fn completion_goes_as_far_as_is_certain() {
    let (mut console, playground) = (Console::default(), playground());
    let mut complete = |text: &str| {
        let done = console.complete(&playground, text, text.len());
        (done.map(|done| (done.text, done.cursor)), console.candidates().len())
    };
    let some = |text: &str| Some((text.to_owned(), text.len()));
    assert_eq!(complete("aws appmesh create-me"), (some("aws appmesh create-mesh "), 0));
    assert_eq!(complete("aws appmesh create-virtual-"), (some("aws appmesh create-virtual-"), 4));
    assert_eq!(complete("aws appmesh cr"), (some("aws appmesh create-"), 7));
    assert_eq!(complete("nothing-like-it"), (None, 0));
    let done = console.complete(&playground, "aws appmesh create-me --x", 21).unwrap();
    assert_eq!((&*done.text, done.cursor), ("aws appmesh create-mesh  --x", 24));
}

/// Advances the running line by one slice, as the page does between two frames.
fn slice(console: &mut Console, playground: &mut Playground) {
    console.begin(|| playground.clone());
    if let Some(ran) = console.work(|job| job.advance(1)) {
        console.finish(playground, ran);
    }
}

const MESHES: &str =
    "for i in $(seq 12); do aws appmesh create-mesh --mesh-name m$i; done > made; wc -l < made";

fn meshes(playground: &Playground) -> usize {
    playground.world().control_plane.meshes().count()
}

#[test]
fn a_long_line_runs_in_slices_with_its_progress() {
    let (mut console, mut playground) = (Console::default(), playground());
    console.submit(MESHES);
    let mut reached = Vec::new();
    while console.is_busy() {
        assert_eq!(meshes(&playground), 0, "nothing changes before the line is complete");
        slice(&mut console, &mut playground);
        reached.extend(console.progress().map(|progress| progress.done));
    }
    assert!(reached.len() > 2, "{} slices", reached.len());
    assert!(reached.is_sorted() && reached.first() < reached.last(), "{reached:?}");
    assert_eq!(meshes(&playground), 12);
    assert_eq!(screen(&mut console, &mut playground), [format!("0 {MESHES} -> 216")]);
}

#[test]
fn a_stopped_line_keeps_what_it_did_and_has_status_130() {
    let (mut console, mut playground) = (Console::default(), playground());
    console.submit(&[MESHES, "\necho never\n"].concat());
    for _ in 0..8 {
        slice(&mut console, &mut playground);
    }
    console.stop();
    assert_eq!(
        screen(&mut console, &mut playground),
        [format!("130 {MESHES} -> ^C"), "0  -> Stopped: 1 lines were not run.".to_owned()]
    );
    let made = meshes(&playground);
    assert!((1..12).contains(&made), "{made}");
    console.submit("echo $?");
    assert_eq!(screen(&mut console, &mut playground)[2], "0 echo $? -> 130");
}

#[test]
fn a_line_starts_again_when_the_page_changes_the_playground_meanwhile() {
    let (mut console, mut playground) = (Console::default(), playground());
    console.submit("x=$((x + 1)); for i in 1 2 3 4 5 6; do aws appmesh list-meshes > list; done; grep -c meshName list; echo $x");
    for _ in 0..4 {
        slice(&mut console, &mut playground);
    }
    console.add_file("added", "text".to_owned());
    Terminal::default().run(&mut playground, "aws appmesh create-mesh --mesh-name elsewhere");
    while console.is_busy() {
        slice(&mut console, &mut playground);
    }
    console.submit("cat added");
    let screen = screen(&mut console, &mut playground);
    assert!(screen[0].contains("added is there now"), "{screen:?}");
    assert!(screen[1].ends_with("-> 1\n1"), "the mesh is listed, and the line ran once: {screen:?}");
    assert_eq!(screen[2], "0 cat added -> text");
}
