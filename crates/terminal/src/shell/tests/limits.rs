//! Lines that would run forever, or use far more resources than they seem to, terminate with a message and within a
//! limited number of bytes.

use crate::Terminal;

use super::Desk;
use crate::work::made;

/// Runs a callback and checks the limits of the bytes that it allocates: in total, and at one time.
#[track_caller]
fn bounded<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let (result, made) = made(run);
    println!("{} MB, {} MB at one time: {what:.60}", made.total >> 20, made.most >> 20);
    assert!(made.total < 2 << 30 && made.most < 64 << 20, "{what:.60} allocates {made:?}");
    result
}

#[test]
fn loops_of_what_is_dear_end_soon() {
    let mut desk = Desk::new();
    desk.run("seq 9999 > f");
    for line in [
        "x=$(cat f); while true; do y=${x//1/2}; done",
        "x=$(cat f); while true; do y=${x//a*b/2}; done",
        "x=$(cat f); while true; do y=${x%%*z*}; done",
        "while true; do scenario dns; done",
        "while true; do jq -s add f; done",
        "while true; do jq -s sort f; done",
        "while true; do jq -n '[range(1e9)]'; done",
        "while true; do envoy colorgateway-vg stats > /dev/null; done",
        "while true; do kubectl get virtualnodes -A; done",
        "while true; do echo {1..999} > /dev/null; done",
        "while true; do aws appmesh list-virtual-nodes --mesh-name colors --query 'length(virtualNodes)'; done",
    ] {
        let output = bounded(line, || desk.run(line));
        assert!(output.stderr.contains("this line does more than 10000 steps"), "{line}: {output:?}");
    }
}

/// Steps of the shell itself cost less than commands, so that loops of some thousand turns end.
#[test]
fn counting_loops_end_themselves() {
    let mut desk = Desk::new();
    desk.check("n=0; while [ $n -lt 4000 ]; do n=$((n+1)); done; echo $n", "4000\n");
    desk.check("for ((i = 0; i < 5000; i++)); do :; done; echo $i", "5000\n");
    desk.check("n=0; for i in {1..4000}; do (( n += i )); done; echo $n", "8002000\n");
    let output = bounded("endless", || desk.run("while :; do n=$((n+1)); done"));
    assert!(output.stderr.contains("this line does more than 10000 steps"), "{output:?}");
}

/// A request is charged by the size of its response.
#[test]
fn large_answers_count_as_much_as_they_have() {
    let mut desk = Desk::new();
    let loops =
        "i=0; while true; do i=$((i+1)); aws appmesh list-meshes --query 'length(meshes)' > /dev/null; done";
    let turns = |desk: &mut Desk| -> u32 {
        desk.run(loops);
        desk.run("echo $i").stdout.trim().parse().unwrap()
    };
    let few = turns(&mut desk);
    desk.run("quotas off");
    desk.run("for i in $(seq 300); do aws appmesh create-mesh --mesh-name m$i > /dev/null; done");
    let many = turns(&mut desk);
    assert!(many * 5 < few, "{few} turns before, {many} turns after");
}

/// Found by fuzzing: a loop of requests, or of invalid or unknown commands, took twice as long as others to terminate.
#[test]
fn requests_and_errors_pay_for_their_work() {
    for (turn, most) in [
        ("aws appmesh create-mesh --mesh-name m && aws appmesh delete-mesh --mesh-name m", 700),
        ("aws appmesh list-meshes", 1_300),
        ("aws ecss list", 700),
        ("nonsense", 800),
        ("aws appmesh untag-resource --Tag-keys", 700),
        ("aws appmesh create-mesh --mesh-name /", 700),
    ] {
        let mut desk = Desk::new();
        desk.run(&format!("i=0; while true; do {{ {turn}; }} > /dev/null 2>&1; i=$((i+1)); done"));
        let turns: usize = desk.run("echo $i").stdout.trim().parse().unwrap();
        assert!(turns < most && turns > 100, "{turn}: {turns} turns");
    }
}

/// Found by fuzzing: thousands of short words, most of them empty, took three times as long as their length suggests.
#[test]
fn short_and_empty_words_count() {
    for (word, most) in [("$none ", 200), ("[ $none ", 100), ("x ", 200)] {
        let mut desk = Desk::new();
        let words = word.repeat(2_000);
        desk.run(&format!("i=0; while true; do i=$((i+1)); : {words}; done"));
        let turns: usize = desk.run("echo $i").stdout.trim().parse().unwrap();
        assert!(turns < most && turns > 20, "{word}: {turns} turns");
    }
}

/// Parts that are shared grow faster than the query that shares them.
#[test]
fn a_query_makes_no_more_than_fits() {
    let mut desk = Desk::new();
    for step in
        ["[@,@]", "[@,@][]", "{a:@,b:@}", "[@,@]|[?@==@]", "map(&@,[@,@])", "[to_string(@),to_string(@)]"]
    {
        let query = [step; 60].join("|");
        let output = bounded(step, || desk.run(&format!("aws appmesh list-meshes --query '{query}'")));
        assert_eq!(
            (&*output.stderr, output.exit_code),
            ("\nThis query makes too much of the answer\n", 255),
            "{step}"
        );
    }
}

#[test]
fn a_service_fails_until_it_is_told_not_to() {
    let mut desk = Desk::new();
    let list = "aws appmesh list-meshes --query meshes[].meshName --output text";
    let failed = "!\nAn error occurred (ServiceUnavailableException) when calling the ListMeshes operation (reached max \
        retries: 4): Service unavailable\n=255";
    desk.check("fault 503", "");
    desk.check(list, failed);
    // A fault is not a step of the history.
    desk.check("undo", "!undo: there is no step to go to\n=1");
    desk.check("aws appmesh create-mesh --mesh-name m > f; echo $?", "255\n!\nAn error occurred (ServiceUnavailableException) when calling the CreateMesh operation (reached max retries: 4): Service unavailable\n");
    desk.check("fault off; aws appmesh list-meshes --query meshes[].meshName --output text", "colors\n");
    // Like any variable, it can be set for one command only.
    desk.check(&format!("APPMESH_FAULT=503 {list}"), failed);
    desk.check(list, "colors\n");
    desk.check("fault 404", "!usage: fault 429|500|503|off\n=2");
    desk.check("aws sts get-caller-identity --query Account", "\"123456789012\"\n");
}

#[test]
fn what_the_shell_itself_tells_counts_too() {
    // Found by fuzzing: thousands of `history` commands printed 114 MB.
    let mut desk = Desk::new();
    for _ in 0..50 {
        desk.run(&["# ", &"x".repeat(4_000)].concat());
    }
    desk.run(&["export x=", &"x".repeat(100_000)].concat());
    for line in ["history; ", "set; ", "env; "] {
        let output = desk.run(&line.repeat(500));
        assert!(output.stderr.contains("this line does more than 10000 steps"), "{line}");
        assert!(output.stdout.len() < 16 << 20, "{line} prints {} bytes", output.stdout.len());
    }
}

/// Found by fuzzing: `-w` with a long string for each of thousands of URLs printed 300 MB.
#[test]
fn a_command_that_is_given_much_tells_no_more_than_others() {
    let mut desk = Desk::new();
    let long = "x".repeat(30_000);
    let urls = " http://a".repeat(10_000);
    desk.run(&["echo ", &long, " > long"].concat());
    let data = " -d @long".repeat(1_000);
    for (line, told) in [
        (["curl -s -w ", &long, &urls].concat(), "this line does more than 10000 steps"),
        (["curl -s -w '", &"%{url}".repeat(5_000), "' http://", &long].concat(), "curl: (27) Out of memory"),
        (["curl -s", &data, " http://a"].concat(), "Out of memory"),
        (["x=", &long, "; echo ", &"$x".repeat(20_000)].concat(), "this line does more than 10000 steps"),
        (["x='", &"y ".repeat(15_000), "'; echo ", &"$x".repeat(2_000)].concat(), "this line does more than"),
    ] {
        let output = bounded(&line, || desk.run(&line));
        let shown: String = line.chars().take(30).collect();
        assert!(output.stderr.contains(told), "{shown}: {:.300}", output.stderr);
        assert!(output.stdout.len() < 16 << 20, "{shown} prints {} bytes", output.stdout.len());
    }
}

/// Found by fuzzing: a syntax error at the end of thousands of continued lines was parsed again from each of them.
#[test]
fn what_is_wrong_is_read_once() {
    for (part, end) in
        [("echo a |\n", ";;"), ("true &&\n", ")"), ("echo \\\n", ")"), ("if a\n", "fi"), ("(\n", "}")]
    {
        let script = [&part.repeat(5_000), end, "\necho b\n"].concat();
        let lines = bounded(part, || Terminal::lines(&script));
        assert_eq!(lines.concat(), script);
        let told = Desk::new().run(&lines[0]).stderr;
        assert!(told.contains("syntax error") || told.contains("too deep"), "{part:?}: {told:.200}");
    }
    assert_eq!(Terminal::lines("echo a |\n;;\necho b\n"), ["echo a |\n;;\n", "echo b\n"]);
}

/// Found by fuzzing: lines of a here-document whose text is wrong were parsed as commands, each with the rest of the text
/// as its here-document.
#[test]
fn a_wrong_here_document_is_read_once() {
    let document = ["x <<E\n".repeat(40_000), "${\nE\n".to_owned()].concat();
    let script = [&*document, "echo b\n"].concat();
    let lines = bounded("here-document", || Terminal::lines(&script));
    assert_eq!(lines, [&*document, "echo b\n"]);
    let message = Desk::new().run(&document).stderr;
    assert!(message.contains("bad substitution"), "{message:.200}");
}

/// Found by fuzzing: a command that names one object thousands of times copied or changed it as often.
#[test]
fn objects_named_again_count() {
    let manifest = [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: large\n  annotations:\n    note: ",
        &"a".repeat(200_000),
        "\nspec:\n  selector:\n    matchLabels:\n      app: a\n  template:\n    metadata:\n      labels:\n        app: a\n",
    ];
    let mut desk = Desk::new();
    desk.run("kubectl create namespace web");
    desk.terminal.files_mut().write("large.yaml", &manifest.concat(), false).unwrap();
    desk.check("kubectl apply -f large.yaml", "deployment.apps/large created\n");
    let labels: String = (0..3_000).map(|index| format!(" k{index}=v")).collect();
    for line in [
        ["kubectl label ns", &" web".repeat(3_000), &labels].concat(),
        ["kubectl label deploy", &" large".repeat(3_000), " a=b --overwrite"].concat(),
        ["kubectl get -o yaml", &" deploy/large".repeat(3_000)].concat(),
        ["kubectl describe deploy", &" large".repeat(3_000)].concat(),
        ["kubectl delete deploy", &" large".repeat(3_000)].concat(),
    ] {
        bounded(&line, || desk.run(&line));
    }
    desk.check("kubectl label ns web a=b", "namespace/web labeled\n");
}

/// Found by fuzzing: the expansion of many braces in a long word, and a long line that is parsed repeatedly.
#[test]
fn long_words_are_not_made_often() {
    let mut desk = Desk::new();
    for line in [
        ["echo ", &"$x{1..9}\"a\"".repeat(5_000)].concat(),
        ["echo {1..900}", &"a".repeat(90_000), "{1..900}"].concat(),
        ["eval ".repeat(20_000), "echo".to_owned()].concat(),
        ["x=abc; echo ${x/X", &"[[ ( ".repeat(10_000), "/y}"].concat(),
        ["echo a > f; while true; do grep -q '", &"{a:".repeat(1_500), "' f; done"].concat(),
        ["echo a > f; while true; do sed 's/", &"a|b".repeat(600), "/x/' f; done"].concat(),
        ["while true; do [[ a =~ ", &"a+".repeat(900), " ]]; done"].concat(),
        ["seq 9999 > f; echo a | ", &"sort -n f | ".repeat(500), "wc -l"].concat(),
        ["seq 9999 | cat", &" -".repeat(5_000)].concat(),
        ["f() { f", &" f".repeat(10_000), "; }; f"].concat(),
        ["i=3; while true; do i=$((", &"i-".repeat(10_000), "1)); done"].concat(),
        ["x=", &"a".repeat(64), "; while true; do x=", &"$x".repeat(10_000), "; done"].concat(),
        ["while true; do x=", &"$none".repeat(10_000), "; done"].concat(),
        ["while true; do echo *", &"$none".repeat(10_000), "; done"].concat(),
        ["case a in *", &"[".repeat(20_000), ") ;; esac"].concat(),
    ] {
        let output = bounded(&line, || desk.run(&line));
        assert!(output.stdout.len() < 4 << 20, "{line:.40} prints {} bytes", output.stdout.len());
    }
    desk.check("echo {1..3}{a,b} | wc -w", "6\n");
}

#[test]
fn braces_make_many_words_but_not_any_number() {
    let mut desk = Desk::new();
    let told = "!bash: brace expansion: these braces make too many words\n=1";
    for word in ["{1..30000}", "{1..200}{1..200}", "{0..9223372036854775807}", "{a,{1..30000}}"] {
        desk.check(&format!("echo {word}; echo not"), told);
    }
    for line in [
        ["echo ".to_owned(), "{1..9999} ".repeat(5_000)].concat(),
        [
            "f() { false && echo ".to_owned(),
            "{1..9999} ".repeat(100),
            "; }; while true; do f; done".to_owned(),
        ]
        .concat(),
        ["while true; do echo {".to_owned(), "a,".repeat(400), "}; done".to_owned()].concat(),
    ] {
        let output = bounded(&line, || desk.run(&line));
        assert!(output.stderr.contains("this line does more than 10000 steps"), "{line:.40}");
    }
}

#[test]
fn thousands_of_braces_are_letters() {
    // Found by fuzzing: each was parsed in the call for the one before it, until the stack overflowed.
    let braces = "{1,2b}".repeat(20_000);
    let mut desk = Desk::new();
    desk.check(&format!("echo {braces} | wc -c"), &format!("{}\n", braces.len() + 1));
    desk.check("echo {a,b}{1..3}", "a1 a2 a3 b1 b2 b3\n");
}

/// Comparisons, searches and sorts are charged per element, however short the filter is.
#[test]
fn filters_pay_for_each_element() {
    let mut desk = Desk::new();
    let list = "[range(3000)] as $x | $x";
    let map = "[range(3000) | {key: tostring, value: .}] | from_entries as $m | [range(3000)]";
    let text = "(\"ab\" * 15000) as $t | [range(3000)]";
    for (start, step) in [
        (list, ". as $y | $x | index($y)"),
        (list, ". as $y | $x | rindex($y)"),
        (list, ". as $y | $x | indices([$y, $y + 1])"),
        (list, "$x[[.]]"),
        (list, "$x - [.]"),
        (list, "[.] - $x"),
        (list, ". as $y | $x | contains([$y])"),
        (list, "[.] | inside($x)"),
        (list, "$x | unique | length"),
        (list, "$x | sort | length"),
        (list, "$x | group_by(.) | length"),
        (list, "$x | min_by(.)"),
        (list, "$x | add"),
        (list, "$x | tojson | length"),
        (list, "$x | join(\",\") | length"),
        (list, "$x == $x"),
        (list, "$x[1:] | length"),
        (list, "try ($x | tonumber) catch length"),
        (map, "$m[tostring]"),
        (map, "tostring as $k | $m | has($k)"),
        (map, "$m == $m"),
        (map, "$m + {a: .} | length"),
        (text, "$t | index(\"c\")"),
        (text, "$t | test(\"c\")"),
        (text, "$t | contains(\"c\")"),
        (text, "$t | split(\"b\") | length"),
        (text, "$t | ascii_upcase | length"),
    ] {
        let output = desk.run(&format!("jq -n '{start} | map({step}) | length'"));
        let is_stopped = ["this filter does too much", "this line does more than 10000 steps"];
        assert!(is_stopped.iter().any(|why| output.stderr.contains(why)), "{step}: {output:?}");
    }
}

/// Found by fuzzing: the value before each assignment was stored until the end of the command without being charged to
/// the budget, even after the line was stopped.
#[test]
fn values_that_are_kept_for_later_count() {
    let assignments = "x=$x$x$x ".repeat(2_000);
    let large = "x=$(seq 9999); x=$x$x$x; ";
    let mut desk = Desk::new();
    for line in [
        format!("x=12345; {assignments} true"),
        format!("{large} {} true", "x=1 x=$x ".repeat(2_000)),
        format!("{large} f() {{ {} }}; f", "local x; ".repeat(2_000)),
        format!("{large} env {} true", "x=$x ".repeat(2_000)),
        format!("{large} export {}", "x=$x ".repeat(2_000)),
        format!("{large} a=($x $x $x); {} true", "a=1 a=$x ".repeat(2_000)),
    ] {
        bounded(&line, || desk.run(&line));
    }
}

/// Output of nested shells is charged to the budget of the line that started them.
#[test]
fn what_is_piped_through_shells_counts() {
    let mut desk = Desk::new();
    for line in [
        "seq 9999 | xargs -n1 -I{} sh -c 'seq 9999'",
        "for i in $(seq 9999); do (seq 9999); done",
        "for i in $(seq 9999); do seq 9999 | cat | cat; done",
        "f() { seq 9999; }; while true; do f | f | f; done",
        "a=($(seq 2000)); while true; do b=(\"${a[@]}\"); done",
        "a=($(seq 2000)); while true; do a+=(x); (:); done",
        "declare -A m; while true; do m[$((i++))]=x; done",
        "a=($(seq 900)); while true; do echo \"${a[@]/1/2}\" > /dev/null; done",
        "while true; do mapfile -t a < <(seq 9999); done",
        "set -x; while true; do : \"$(seq 999)\"; done",
        "x='x+1'; x=x; while true; do : $((x)); done",
        "trap 'false' ERR; while true; do false; done",
        "mkdir -p d/{1..900}; while true; do ls d > /dev/null; done",
        "while true; do echo */* > /dev/null; done",
        "while true; do date > /dev/null; done",
        "seq 9999 > f; while true; do tr a-zA-Z0-9 A-Za-z9-0 < f > /dev/null; done",
        "seq 9999 > f; while true; do cut -c1-2,3,4,5,6,7,8 f > /dev/null; done",
    ] {
        let output = desk.run(line);
        assert!(
            output.stderr.contains("this line does more than 10000 steps"),
            "{line}: {:.300}",
            output.stderr
        );
        assert!(output.stdout.len() < 5 << 20, "{line} prints {} bytes", output.stdout.len());
    }
}

/// No recursion may overflow the stack.
#[test]
fn what_asks_for_itself_ends() {
    let mut desk = Desk::new();
    for line in [
        &["a=(1 2); echo $((", &"a[".repeat(5_000), &"]".repeat(5_000), "))"].concat(),
        "x='a[x]'; a=(1); echo $((x)); echo ${a[x]}",
        "x=y; y=x; echo $((x))",
        "x='!x'; echo ${!x}; x=x; echo ${!x}",
        &["printf ", &"-v a ".repeat(10_000), "x"].concat(),
        &"exec env ".repeat(5_000),
        &"time ! ".repeat(5_000),
        &["a=(", &"(".repeat(5_000)].concat(),
        &["a[", &"a[".repeat(5_000), "=1"].concat(),
        &["echo ", &"<(".repeat(5_000)].concat(),
        &["echo ", &"`".repeat(5_000)].concat(),
        &["echo ", &"{a,".repeat(16), &"}".repeat(16)].concat(),
        &["echo {", &"{1..9}".repeat(5), ",}"].concat(),
        "echo {-9223372036854775808..9223372036854775807} {1..5..0} {a..Z}",
        "x=abc; echo ${x:9223372036854775807:1} ${x: -9223372036854775807} ${x:1:-9223372036854775807}",
        "a[9223372036854775807]=x; a+=(y); a[-1]=z; echo ${!a[@]} ${a[@]: -1}; a[-99]=b",
        "declare -n a=b; declare -n b=c; declare -n c=a; a=1; echo $a ${!b} ${c[1]} $((a)); unset a; a[1]=2; read b <<< x",
        "declare -n r='s[0]'; declare -n s='r[0]'; r=1; echo $r ${s[0]} ${!r}; s=(1 2); r+=1; for r in s r; do s=1; done",
        "alias a='a b ' b='b a ' c='a a a a '; c c c c c; a b a b a",
        "alias x='y y y y y '; alias y='x x x x x '; x x x x x y y y y",
        "f() { timeout 1 f; }; timeout 9 f; timeout 1 timeout 1 timeout 1 sleep 2; sleep 1; echo $?",
        "trap 'false' ERR; set -E; f() { f; }; f; trap 'f' ERR; false; trap 'exit' ERR; (false); caller 99999999999999999999",
        "f() { f; declare -f f; }; declare -f; f; echo ${x^^[} ${x,,*} ${PATH^^*[!a-z]}; printf '%(%' 1; printf '%()T%(%s)T' x",
        "exec < /dev/stdin; cat < /dev/stdin; echo $(</dev/stdin) $(<) `<none`; bash -s < /dev/null; echo cat | bash | bash -s -- a",
        "trap 'exit' EXIT; exit; trap 'trap x ERR; false' ERR; false",
        "PS4='$(false) '; set -x; true",
        "sleep 99999999999999999999d; date; SECONDS=-99999999999; echo $SECONDS; date -d '99999999999 years'",
        "date -d @99999999999999; date -d '-9223372036854775808 days'; date '+%'; date -d '2024-13-45'",
        "printf '%*d|%.999999s|%99999d|%5$s|%' 99999 1 2 3; printf '%d' -9223372036854775808",
        "exec > f; (exec > g; echo a); echo b; { exec > h; } > i; echo c; exec 9>&8 7< f",
        &["sed '/", &"[{a=".repeat(10_000), "/d' /dev/null"].concat(),
        &["sed 's/", &"[a]".repeat(5_000), &"[[:a".repeat(5_000), "]/x/' /dev/null"].concat(),
        "echo 'a]b:' | sed -n 's/[]:[:alpha:][.].]]/x/gp; s/[[=b=]]/y/p; /[/p'",
        "cd; mkdir -p a/b; cd a/b; rm -r ../../a; echo x > y; pwd; cd ..; ls; mktemp -d; mktemp aXXXXX",
        "getopts; getopts a; OPTIND=99999999999999999999 getopts a: x -a; OPTIND=7 getopts a x -a; read -n; mapfile -n x",
        "declare -A m=(a); declare -i i='1/0'; declare -p; local; unset 'm[' 'm[]'; export -p; ${m[}",
        "set -o; set +o; shopt; shopt -p; set -o nothing; set -; set --; trap; trap -p; type; command; eval; .",
    ] {
        let output = desk.run(line);
        assert!(output.stdout.len() < 4 << 20, "{line:.40}");
    }
}
