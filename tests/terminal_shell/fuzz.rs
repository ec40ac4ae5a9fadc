//! Arbitrary input: no line panics, hangs or uses unbounded memory, and every change can be undone.

use mesh_playground::terminal::Terminal;
use proptest::prelude::*;

use super::{Desk, work::made};

/// Maximum number of bytes that a line may allocate, in total and at one time.
const MOST_MADE: u64 = 4 << 30;
const MOST_KEPT: u64 = 128 << 20;

/// Lines of every kind, to be cut into pieces and recombined.
const CORPUS: &[&str] = &[
    "aws appmesh create-mesh --mesh-name m --spec serviceDiscovery={ipPreference=IPv6_ONLY}",
    "aws appmesh list-meshes --query 'meshes[].meshName' --output text | sort | uniq -c",
    "for x in a b c; do echo \"<$x>\" >> f; done; cat f | wc -l",
    "if [ -f f ]; then cat f; else echo ${NO:-else}; fi",
    "i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; echo $(echo $(echo $i))",
    "cat > f <<EOF\n$(echo a) `echo b` ${x}\nEOF",
    "(export AWS_PROFILE=210987654321; aws sts get-caller-identity) 2>&1 | jq -r '.Account, (keys | length)'",
    "scenario dns; curl -sv -H 'a: b' -w '%{http_code}\\n' http://colorgateway-vg:9080/red",
    "exec colorteller-red-vn -- curl -s http://[::1]:9901/config_dump | jq '.configs[] | select(.a == \"b\")'",
    "dns add a.local AAAA ::1 && dig +short a.local ANY; nslookup -type=A a.local",
    "task t add 10.0.0.1,::2; app t listens ipv4,ipv6; task t stop; undo; redo",
    "kubectl apply -f - <<E\napiVersion: appmesh.k8s.aws/v1beta2\nkind: Mesh\nmetadata: {name: k}\nspec: {}\nE",
    "kubectl get meshes -A -o yaml | grep -n '[a-z]' | head -3 | tail -n +2",
    "envoy colorgateway-vg clusters | grep -E 'health|hostname' | tee g > /dev/null",
    "printf '%s\\n' 'a\\tb' \"c\\\"d\" e\\ f; echo -e 'x\\ny' | grep -ioc x",
    "history; help; selector m 'a in (b, c)'; sharing add m 210987654321; quotas off",
    "jq -n -c '[{\"a\": 1}, \"b\", null] | map(type) | .[1:] // empty, \"é\"'",
    "x=a; y=$x$x; unset x; set; env; ls -l; rm -f f; ! true && false || : # end",
    "bash -c 'echo $1; exit 3'; . ./none; sh < f; echo é | wc -c; seq 3 1; break; continue; exit",
];

/// Generates pieces of the corpus, separated by characters with a meaning in the shell.
fn any_line() -> impl Strategy<Value = String> {
    let piece =
        (0..CORPUS.len(), any::<prop::sample::Index>(), 1..60usize).prop_map(|(line, start, length)| {
            let characters: Vec<_> = CORPUS[line].chars().collect();
            let start = start.index(characters.len());
            characters.iter().skip(start).take(length).collect::<String>()
        });
    let sign = prop::sample::select(vec![
        "", " ", "\n", "'", "\"", "\\", "`", "$", "$(", ")", "${", "}", "|", "||", "&&", ";", "<<", "<<E\n",
        "E\n", ">", "<", "2>&1", "#", "do ", "done", "fi", "then ", "é", "\u{0}", "$((", "))", "(", "{ ",
        "*", "=", "~", "\r\n", "😀",
    ]);
    prop::collection::vec((piece, sign), 1..8)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, sign)| piece + sign).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_lines_end_and_can_be_taken_back(
        lines in prop::collection::vec(any_line(), 1..6),
        cursor in 0..200usize,
    ) {
        let mut desk = Desk::new();
        let first = desk.playground.world().clone();
        for line in &lines {
            let (output, made) = made(|| desk.run(line));
            prop_assert!(made.total < MOST_MADE && made.most < MOST_KEPT, "{:?} makes {:?}", line, made);
            prop_assert!(output.stdout.len() + output.stderr.len() < 32 * 1024 * 1024);
            let found = desk.terminal.complete(&desk.playground, line, cursor);
            prop_assert!(found.start <= found.end && line.get(found.start..found.end).is_some());
            // Every command that `Terminal::lines` returns occurs in the line, in order.
            let mut rest = line.as_str();
            for part in Terminal::lines(line) {
                let at = rest.find(&part);
                prop_assert!(at.is_some(), "{:?} is not in {:?}", part, line);
                rest = &rest[at.unwrap() + part.len()..];
            }
            Terminal::is_complete(line);
        }
        while desk.run("undo").exit_code == 0 {}
        prop_assert_eq!(desk.playground.world(), &first);
    }

    #[test]
    fn any_text_ends(text in "\\PC{0,200}") {
        Desk::new().run(&text);
        Terminal::lines(&text);
    }
}

#[test]
fn the_corpus_itself_runs() {
    let mut desk = Desk::new();
    for line in CORPUS {
        let output = desk.run(line);
        assert!(!output.stderr.contains("syntax error"), "{line}: {}", output.stderr);
    }
}

/// Lines whose work could grow quadratically or without bound.
#[test]
fn long_lines_make_little() {
    let big = "x ".repeat(100_000);
    let lines = [
        ["echo ", &big, "| wc -w"].concat(),
        ["echo '", &big, "' > f"].concat(),
        "a; ".repeat(30_000),
        "x=1\n".repeat(30_000),
        "( ".repeat(30_000),
        "$(".repeat(30_000),
        "\"$(".repeat(30_000),
        "if ".repeat(30_000),
        "echo a | ".repeat(30_000),
        "cat <<E\n".repeat(10_000),
        "${a:-".repeat(30_000),
        "a=".repeat(30_000),
        "`".repeat(30_001),
        "echo \"".repeat(30_001),
        "while true; do x=$x$x$x; done".to_owned(),
        "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa > f; while cat f f f f > g && cat g > f; do :; done"
            .to_owned(),
        "while echo a >> f; do cat f; done".to_owned(),
        "for a in $(seq 9999); do for b in $(seq 9999); do for c in $(seq 9999); do :; done; done; done"
            .to_owned(),
        ["x='", &big, "'; while true; do (y=$x); done"].concat(),
        ["x='", &big, "'; while true; do y=1 :; done"].concat(),
        ["echo '", &big, "' > f; while true; do grep -q z f; done"].concat(),
        "bash -c 'bash -c \"while :; do :; done\"; echo more'; echo more".to_owned(),
        "echo 'bash s; bash s' > s; bash s".to_owned(),
        "echo '. ./s; . ./s' > s; . ./s".to_owned(),
        ["jq -n '[", &"1,".repeat(30_000), "1] | map(. + 1) | add'"].concat(),
        "while aws appmesh create-mesh --mesh-name m; do aws appmesh delete-mesh --mesh-name m; done"
            .to_owned(),
        "scenario dns; while envoy colorgateway-vg config_dump; do :; done".to_owned(),
        "scenario dns; while envoy colorgateway-vg config_dump > /dev/null; do :; done".to_owned(),
        "scenario dns; while true; do envoy colorgateway-vg stats | grep -q x; done".to_owned(),
    ];
    for line in &lines {
        let mut desk = Desk::new();
        let (output, made) = made(|| desk.run(line));
        assert!(output.stdout.len() + output.stderr.len() < 32 * 1024 * 1024);
        Terminal::lines(line);
        Terminal::is_complete(line);
        desk.terminal.complete(&desk.playground, line, line.len());
        let start_of_line: String = line.chars().take(40).collect();
        println!("{} MB, {} MB at one time: {start_of_line}", made.total >> 20, made.most >> 20);
        assert!(made.total < MOST_MADE && made.most < MOST_KEPT, "{start_of_line} makes {made:?}");
    }
}
