//! Quoting, expansion, operators, loops and redirections, as POSIX defines them. The tables are compared with bash.

use super::*;

/// Lines with their output, which is the same in bash.
pub const AS_BASH: &[(&str, &str)] = &[
    ("", ""),
    ("   ", ""),
    ("# a comment", ""),
    ("echo a # b", "a\n"),
    ("echo a#b", "a#b\n"),
    ("echo  a   'b  c'  \"d  e\"", "a b  c d  e\n"),
    ("echo 'it'\\''s'", "it's\n"),
    ("echo \"a\\\"b\\\\c\\d\"", "a\"b\\c\\d\n"),
    ("echo a\\ b", "a b\n"),
    ("echo ''", "\n"),
    ("echo \"\" x", " x\n"),
    ("X=1; echo $X \"$X\" '$X' ${X}0 $X0", "1 1 $X 10\n"),
    ("X='a  b'; echo $X; echo \"$X\"", "a b\na  b\n"),
    ("X=' a '; echo [$X]; echo [\"$X\"]", "[ a ]\n[ a ]\n"),
    ("X=; echo a $X b", "a b\n"),
    ("echo ${NO:-else} ${NO:-} ${NO-x y}", "else x y\n"),
    ("X=1; echo ${X:-else}", "1\n"),
    ("echo $ a$ \"$\"", "$ a$ $\n"),
    ("false; echo $?", "1\n"),
    ("true; echo $?", "0\n"),
    ("! true; echo $?", "1\n"),
    ("echo $(echo a; echo b)", "a b\n"),
    ("echo \"$(echo a; echo b)\"", "a\nb\n"),
    ("echo `echo a`b", "ab\n"),
    ("echo $(echo $(echo deep))", "deep\n"),
    ("echo \"$(echo \"in $(echo quotes)\")\"", "in quotes\n"),
    ("echo a b | wc -w", "2\n"),
    ("printf 'a\\nb\\nc\\n' | grep -v b | wc -l", "2\n"),
    ("true && echo yes || echo no", "yes\n"),
    ("false && echo yes || echo no", "no\n"),
    ("true &&\necho next", "next\n"),
    ("echo a |\ncat", "a\n"),
    ("echo a \\\n  b", "a b\n"),
    ("for x in a 'b c' d; do echo \"<$x>\"; done", "<a>\n<b c>\n<d>\n"),
    ("for x in $(echo 1 2); do for y in a b; do echo $x$y; done; done", "1a\n1b\n2a\n2b\n"),
    ("for x in 1 2 3; do if [ $x = 2 ]; then continue; fi; echo $x; done", "1\n3\n"),
    ("for x in 1 2 3; do [ $x = 2 ] && break; echo $x; done", "1\n"),
    ("if false; then echo a; elif true; then echo b; else echo c; fi", "b\n"),
    ("i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done", "1\n2\n3\n"),
    ("i=3; until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i", "0\n"),
    ("echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7 / 2)) $((7 % 4)) $((-2 - -3))", "7 9 3 3 1\n"),
    ("(X=1; echo $X); echo [$X]", "1\n[]\n"),
    ("{ X=1; echo a; }; echo $X", "a\n1\n"),
    ("echo a > f; echo b >> f; cat f; cat < f", "a\nb\na\nb\n"),
    ("cat > f <<EOF\na $((1+1)) 'q'\nEOF\ncat f", "a 2 'q'\n"),
    ("X=1; cat <<'EOF'\n$X `a`\nEOF", "$X `a`\n"),
    ("cat <<-EOF\n\ta\n\t\tb\n\tEOF\necho c", "a\nb\nc\n"),
    ("cat <<A; cat <<B\n1\nA\n2\nB", "1\n2\n"),
    ("cat <<EOF | wc -l\na\nb\nEOF", "2\n"),
    ("cat <<EOF\na \\\nb \\$X\nEOF", "a b $X\n"),
    ("cat <<< 'a b'", "a b\n"),
    ("for x in a b; do cat <<EOF\n$x\nEOF\ndone", "a\nb\n"),
    ("echo $(cat <<EOF\nin\nEOF\n)", "in\n"),
    ("X=1 Y=2; echo $X$Y", "12\n"),
    ("X=1; X=2 true; echo $X", "1\n"),
    ("X=$(false); echo $?", "1\n"),
    ("X=1; X=2; unset X; echo [$X]", "[]\n"),
    ("export X=1 Y='a b'; echo \"$X $Y\"", "1 a b\n"),
    ("echo one; { echo two >&2; } 2>/dev/null", "one\n"),
    ("{ { echo a; cat no; } >&2 2>&1; } 2>/dev/null | wc -l", "0\n"),
    ("{ echo out; echo err >&2; } > f 2>&1; cat f", "out\nerr\n"),
    ("echo a > /dev/null; echo b", "b\n"),
    ("cat no 2>/dev/null || echo $?", "1\n"),
    ("echo -n a; echo b", "ab\n"),
    ("echo -e 'a\\tb'", "a\tb\n"),
    ("echo - -n", "- -n\n"),
    ("printf '%s-%s\\n' a b c d", "a-b\nc-d\n"),
    ("printf 'b\\na\\nb\\n' | sort | uniq -c | sed_is_not_here 2>/dev/null; echo $?", "127\n"),
    ("printf '3\\n1\\n2\\n' | sort -r | head -n 2", "3\n2\n"),
    ("seq 5 | tail -n 2; seq 5 | tail -n +4; seq 2 3", "4\n5\n4\n5\n2\n3\n"),
    ("seq 9 | head -3 | tail -1", "3\n"),
    ("printf 'a1\\nb2\\n' | grep -o '[0-9]'", "1\n2\n"),
    ("printf 'a\\nB\\n' | grep -ci b; printf 'a\\n' | grep -q z; echo $?", "1\n1\n"),
    (
        "printf 'a+b\nab\nc|d\n' | grep 'a+b\\|c|d'; printf 'ab\n(\n' | grep -E 'a+b|[(]'; echo 'x(y)' | grep 'x(y)'",
        "a+b\nc|d\nab\n(\nx(y)\n",
    ),
    ("[ -z '' ] && [ -n a ] && [ a != b ] && test 2 -gt 1 && echo ok", "ok\n"),
    ("[ -n '' -a -n a -o -n b ]; echo $?; [ -n '' -a '(' -n a -o -n b ')' ]; echo $?", "0\n1\n"),
    ("[ ! 1 = 2 -a 1 -lt 2 -a ! -d no ] && [ a -a b ] && [ '' -o b ] && ! [ a -a '' ] && echo all", "all\n"),
    ("x=1; [ -n a -a -v x ] && ! [ -v x -a -v y ] && [ ! ! -n a ] && [ -n -a -n ] && echo set", "set\n"),
    (
        "[ '(' a = a ')' ] && [ ! '(' -z a ')' ] && [ '(' ! a = b ')' -a ! ! ! a = b ] && echo nested",
        "nested\n",
    ),
    (
        "for words in '-n a -o' 'a b c d' '-q b' 'a b' 'a b c' '( a = a -a b' '( a = a -a b c' '1 -eq x' '-n a -o -b' \
         '1 = 1 -a -z' '1 = 1 -q 1' '1 = 1 -a' 'a -a b -o' '-q a -a b'; do\n\
         test $words 2>&1 | sed 's/.*test: //'; done",
        "a: binary operator expected\ntoo many arguments\n-q: unary operator expected\na: unary operator expected\n\
         b: binary operator expected\n`)' expected\n`)' expected, found c\nx: integer expression expected\n\
         syntax error: `-q' unexpected\nargument expected\nargument expected\ntoo many arguments\n",
    ),
    (
        "y=a/b/c; echo ${y////_} ${y///_} ${y//\\//_} ${y/#/_} ${y/%/_} ${y//}",
        "a_b_c a/b/c a_b_c _a/b/c a/b/c_ a/b/c\n",
    ),
    (
        "HOME=/h; x=~:~; y=/x:~/y:a~:~b; z=~; echo $x $y $z a:~; export q=~/a:~; local_() { local l=a:~; echo $l; }; local_\n\
         w=\"~:~\":~'x':~; echo $q $w",
        "/h:/h /x:/h/y:a~:~b /h a:~\na:/h\n/h/a:/h ~:~:~x:/h\n",
    ),
    (
        "printf abcdef | head -c 3; echo; printf abcdef | tail -c 2; echo; printf abcdef | tail -c +5",
        "abc\nef\nef",
    ),
    (
        "seq 4 | head -n -3; seq 4 | head -n -9; printf abcdef | head -c -4; seq 2000 | head -c 1k | wc -c",
        "1\nab1024\n",
    ),
    (
        "seq 3 > a; seq 2 > b; head -n 1 a b; tail -qn 1 a b; head -v -n 1 b; seq 2 | tail -n 1 - a",
        "==> a <==\n1\n\n==> b <==\n1\n3\n2\n==> b <==\n1\n==> standard input <==\n2\n\n==> a <==\n3\n",
    ),
    ("seq 9 | head -n x 2> e; echo $?; seq 9 | tail -c 1z 2> e; echo $?", "1\n1\n"),
    ("echo a > f; [ -f f ] && rm f; [ -f f ]; echo $?", "1\n"),
    ("echo 'a b' | tee g | wc -c; cat g", "4\na b\n"),
    ("bash -c 'echo $X; X=2'; echo $X", "\n\n"),
    ("cat > s <<'E'\nfor i in 1 2\ndo\n  echo $i\ndone\nE\nbash s; . ./s", "1\n2\n1\n2\n"),
    ("exit 3; echo no", "=3"),
    ("(exit 3); echo $?", "3\n"),
    ("[[ a == a ]] && [[ -n b ]] && ! [ -d no ] && cd . && echo yes", "yes\n"),
    ("if true\nthen\necho a\nfi", "a\n"),
    ("a=b=c; echo $a", "b=c\n"),
    ("echo a=1 x", "a=1 x\n"),
    ("echo done for if", "done for if\n"),
    ("echo \"a\nb\"", "a\nb\n"),
    ("echo 'a'\"b\"c\\d", "abcd\n"),
    ("echo a&&echo b;echo c||echo d", "a\nb\nc\n"),
];

/// Lines with the constructs of scripts, whose output is the same in bash: functions, `case`, `read`, patterns, and
/// tools.
pub const SCRIPTS_AS_BASH: &[(&str, &str)] = &[
    ("case abc in a*) echo yes;; *) echo no;; esac", "yes\n"),
    (
        "case $X in '') echo none;; esac; case 'a*' in 'a*') echo lit;; esac; case ax in 'a*') echo a;; [xy]|ax) echo b;; esac",
        "none\nlit\nb\n",
    ),
    ("case update in create|new) echo c ;; update) echo u; echo v ;; esac", "u\nv\n"),
    ("f() { echo \"$1-$2-$#\"; return 3; }; f a 'b c'; echo $?", "a-b c-2\n3\n"),
    ("f() { local x=1; y=2; echo $x; }; x=0; f; echo $x$y", "1\n02\n"),
    ("function g { echo g; }; g; g() { echo \"again $@\"; }; g 1 2", "g\nagain 1 2\n"),
    ("f() { for a in \"$@\"; do echo \"<$a>\"; done; }; f 'a b' c; f", "<a b>\n<c>\n"),
    ("f() { echo \"$*\"; shift; echo $1 $#; }; f a b c", "a b c\nb 2\n"),
    ("f() { if [ $1 -gt 0 ]; then echo $1; f $(($1 - 1)); fi; }; f 3", "3\n2\n1\n"),
    ("printf 'a b c\\nd e f\\n' | while read x y; do echo \"$y<$x\"; done", "b c<a\ne f<d\n"),
    (
        "printf 'a b\\nc\\n' > f; while read -r line; do echo \"[$line]\"; done < f; read x < f; echo $x",
        "[a b]\n[c]\na b\n",
    ),
    ("echo a:b:c | { IFS=: read x y z; echo $z$y$x; }", "cba\n"),
    ("while read k v; do case $k in a) echo \"A$v\";; esac; done <<< 'a 1'", "A1\n"),
    (
        "touch a.json b.json c.yaml; for f in *.json; do echo $f; done; echo *.none ./*.yaml '*.json' [ab].json ?.yaml",
        "a.json\nb.json\n*.none ./c.yaml *.json a.json b.json c.yaml\n",
    ),
    ("touch a.json; f=a; echo \"$f*\" $f*", "a* a.json\n"),
    (
        "x=/a/b/c.tar.gz; echo ${x##*/} ${x#*/} ${x%.*} ${x%%.*} ${x%/*} ${#x}",
        "c.tar.gz a/b/c.tar.gz /a/b/c.tar /a/b/c /a/b 13\n",
    ),
    ("x=aXbXc; echo ${x/X/-} ${x//X/-} ${x//X}", "a-bXc a-b-c abc\n"),
    (
        "x=hello; echo ${x:1:3} ${x:2} ${x: -2} ${x^^} ${x^} ; y=ABC; echo ${y,,}",
        "ell llo lo HELLO Hello\nabc\n",
    ),
    ("echo ${a:=1} $a ${a:+set} ${b:+set} ${b-x}", "1 1 set x\n"),
    (
        "[[ abc == a* && -n x ]] && echo 1; [[ a == b || ( b == b && ! -z x ) ]] && echo 2; [[ abc == 'a*' ]] || echo 3",
        "1\n2\n3\n",
    ),
    (
        "[[ arn:aws:x =~ ^arn:([a-z]+): ]] && echo yes; [[ abc =~ 'b.' ]] || echo no; [[ a < b ]] && echo less",
        "yes\nno\nless\n",
    ),
    (
        "x='a b'; [[ $x == 'a b' ]] && echo same; [[ -z $none ]] && echo empty; [[ 3 -gt 2 ]] && echo more",
        "same\nempty\nmore\n",
    ),
    (
        "[ a = a -a b = b ] && echo both; [ a = b -o b = b ] && echo either; [ ! -f none ] && echo gone",
        "both\neither\ngone\n",
    ),
    (
        "echo 'a b a' | sed 's/a/x/'; echo 'a b a' | sed 's/a/x/g; s/b/[&]/'; echo abc | sed -E 's/(a)(b)/\\2\\1/'",
        "x b a\nx [b] x\nbac\n",
    ),
    (
        "printf '1\\n2\\n3\\n4\\n' | sed -n '2,3p'; printf '1\\n2\\n3\\n' | sed 2d; printf '1\\n2\\n' | sed '$d'; printf 'a\\nb\\n' | sed '/a/d'; printf 'a\\nb\\nc\\n' | sed -n '/b/,$p'",
        "2\n3\n1\n3\n1\nb\nb\nc\n",
    ),
    (
        "echo '/a/b' | sed 's|/|-|g'; echo a > f; sed -i 's/a/b/' f; cat f; printf '1\\n2\\n3\\n' | sed 1q; echo aB | sed 's/b/x/I'",
        "-a-b\nb\n1\nax\n",
    ),
    (
        "printf 'a b c\\nd e\\n' | awk '{print $1, $NF}'; echo a:b | awk -F: '{print $2 \"-\" $1}'; printf 'x 1\\ny 2\\n' | awk '/y/ {print $2}'",
        "a c\nd e\nb-a\n2\n",
    ),
    (
        "printf 'x 1\\ny 2\\n' | awk 'NR==1 {print NR, NF}'; printf 'x 1\\ny 2\\n' | awk '$2 > 1 {print $1}'; printf 'x\\ny\\n' | awk 'END {print NR}'; echo a | awk -v n=z '{print n $0}'",
        "1 2\ny\n2\nza\n",
    ),
    (
        "echo a:b:c | cut -d: -f2; echo a:b:c | cut -d: -f1,3; echo abcdef | cut -c2-4; echo a:b:c | cut -d : -f 2-",
        "b\na:c\nbcd\nb:c\n",
    ),
    (
        "echo abc | tr a-c A-C; echo abc | tr -d b; echo 'a  b' | tr -s ' '; echo 'a b' | tr ' ' '\\n'; echo aB | tr '[:upper:]' '[:lower:]'; echo a1b2 | tr -cd 0-9; echo",
        "ABC\nac\na b\na\nb\nab\n12\n",
    ),
    (
        "printf '10\\n9\\n1\\n' | sort -n; printf 'b 1\\na 2\\n' | sort -k2; printf 'b:1\\na:2\\n' | sort -t: -k1,1 -r; printf 'a\\na\\nb\\n' | sort -u; printf 'a\\na\\nb\\n' | uniq -d",
        "1\n9\n10\nb 1\na 2\nb:1\na:2\na\nb\na\n",
    ),
    (
        "echo a b c | xargs echo x; printf 'a\\nb\\n' | xargs -n1 echo; printf 'a\\nb\\n' | xargs -I{} echo '<{}>'; echo | xargs -r echo no",
        "x a b c\na\nb\n<a>\n<b>\n",
    ),
    (
        "seq 1 2 7; seq 3 -1 1; basename /a/b.json .json; dirname /a/b; dirname a",
        "1\n3\n5\n7\n3\n2\n1\nb\n/a\n.\n",
    ),
    (
        "printf '%-5s|%3d|%03d\\n' ab 7 7; printf '%5s|%.2s|%%\\n' ab abc; printf '%s %s\\n' a b c",
        "ab   |  7|007\n   ab|ab|%\na b\nc \n",
    ),
    ("echo hi | base64; echo aGkK | base64 -d; echo 'a b' | base64 -w0", "aGkK\nhi\nYSBiCg=="),
    ("set -- a 'b c'; echo $# \"$2\"; shift; echo $1", "2 b c\nb c\n"),
    ("eval 'x=1; echo $x'; x='echo a b'; $x", "1\na b\n"),
    ("type nothing_here 2>/dev/null || echo none; command -v cat > /dev/null && echo is", "none\nis\n"),
    ("bash -c 'echo $1' name one; cat > s <<'E'\necho \"$1 $#\"\nE\nbash s a b", "one\na 2\n"),
    (
        "cat > s <<'E'\nset -e\nf() { false; }\nif f; then echo no; fi\nf || echo caught\n! true\nfalse\necho never\nE\nbash s; echo $?",
        "caught\n1\n",
    ),
    (
        "cat > s <<'E'\nerr() { echo \"Error: $1\" >&2; exit ${2:-1}; }\n[ -z \"$NONE\" ] && err 'no' 4\necho never\nE\nbash s 2>/dev/null; echo $?",
        "4\n",
    ),
    ("mkdir -p d; touch d/x; cp d/x y; mv y z; [ -d d ] && ls z; [ -e d/x ] && echo there", "z\nthere\n"),
    (
        "for a in 1 2; do for b in x y; do [ $b = y ] && continue; echo $a$b; done; done; i=0; until [ $i = 2 ]; do i=$((i+1)); done; echo $i",
        "1x\n2x\n2\n",
    ),
    (
        "echo abc | grep -w abc; printf 'ab\\nabc\\n' | grep -x ab; echo a > f; echo b > g; grep -l a f g; grep -h . f g",
        "abc\nab\nf\na\nb\n",
    ),
    (
        "x=5; echo $((x > 3)) $((x == 5 && x < 9)) $((!x)) $((x ? 1 : 2)) $(( (x + 1) * 2 % 5 ))",
        "1 1 0 1 2\n",
    ),
    (
        "i=0; while [ $i -lt 3 ]; do ((i++)); done; echo $i; ((i > 2)) && echo big; (( i += 5 )); echo $i; for ((j = 0; j < 3; j++)); do echo $j; done",
        "3\nbig\n8\n0\n1\n2\n",
    ),
    ("f() {\n  cat <<E\nin $1\nE\n}\nf x", "in x\n"),
    ("[ \"$1\" == delete ] || echo other; X=${1:-none}; echo $X", "other\nnone\n"),
    ("a=1 b=2; echo \"${a}${b}\" \"$(( a + b ))\" \"${a:-$b}\"", "12 3 1\n"),
    ("echo {a,b}.json x{1..3}y \"{a,b}\" {a,b}{1,2}", "a.json b.json x1y x2y x3y {a,b} a1 a2 b1 b2\n"),
];

#[test]
fn lines_print_what_they_print_in_bash() {
    check_all(AS_BASH);
    let mut wrong = Vec::new();
    for (line, expected) in SCRIPTS_AS_BASH {
        let output = Desk::new().run(line);
        let status = if output.exit_code == 0 { String::new() } else { format!("={}", output.exit_code) };
        let told = output.stdout + &status;
        if told != *expected {
            wrong.push(format!("{line}\n  ours {told:?} {:?}\n  bash {expected:?}", output.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compares the tables with the real bash, if it is installed.
#[test]
fn bash_prints_the_same() {
    let folder = std::env::temp_dir().join(format!("mesh-playground-shell-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (line, expected) in AS_BASH.iter().chain(SCRIPTS_AS_BASH) {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let bash = std::process::Command::new("bash").args(["-c", line]).current_dir(&folder).output();
        let Ok(output) = bash else {
            crate::outside::skipped("our shell beside the real one, as there is no bash");
            return;
        };
        let mut told = String::from_utf8(output.stdout).unwrap();
        if output.status.code() != Some(0) {
            told.push_str(&format!("={}", output.status.code().unwrap()));
        }
        assert_eq!(told, *expected, "{line}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn mistakes_are_told_in_the_words_of_bash() {
    check_all(&[
        (
            "echo 'a",
            "!bash: unexpected EOF while looking for matching `''\nbash: syntax error: unexpected end of file\n=2",
        ),
        (
            "echo \"a",
            "!bash: unexpected EOF while looking for matching `\"'\nbash: syntax error: unexpected end of file\n=2",
        ),
        (
            "echo $(echo a",
            "!bash: unexpected EOF while looking for matching `)'\nbash: syntax error: unexpected end of file\n=2",
        ),
        ("| a", "!bash: syntax error near unexpected token `|'\n=2"),
        ("a ;; b", "!bash: syntax error near unexpected token `;;'\n=2"),
        ("a )", "!bash: syntax error near unexpected token `)'\n=2"),
        ("for x in a; do echo", "!bash: syntax error: unexpected end of file\n=2"),
        ("done", "!bash: syntax error near unexpected token `done'\n=2"),
        ("echo ${a!b}", "!bash: ${a!b}: bad substitution\n=2"),
        (
            "cat <<E\na",
            "!bash: here-document delimited by end-of-file (wanted `E')\nbash: syntax error: unexpected end of file\n=2",
        ),
        ("crul x", "!bash: crul: command not found\ndid you mean `curl`?\n=127"),
        ("zzz", "!bash: zzz: command not found\n=127"),
        ("cat < no", "!bash: no: No such file or directory\n=1"),
        ("cat no", "!cat: no: No such file or directory\n=1"),
        ("export 1a=2", "!bash: export: `1a=2': not a valid identifier\n=1"),
        ("echo $((1 / 0))", "\n!bash: 1 / 0: division by 0\n"),
        ("while true; do :; done", "!bash: stopped: this line does more than 10000 steps\n=124"),
        (
            "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done",
            "!bash: stopped: this line does more than 10000 steps\n=124",
        ),
        (&"eval ".repeat(1_000), "!bash: scripts run scripts too deep\n=1"),
        (&["command ".repeat(10_000).as_str(), "true"].concat(), "!bash: scripts run scripts too deep\n=1"),
        ("f() { f; }; f", "!bash: functions call functions too deep\n=1"),
        ("echo '. ./s' > s; . ./s", "!bash: scripts run scripts too deep\n=1"),
    ]);
    let deep = "$(".repeat(1000);
    check_all(&[(&*["echo ", &deep].concat(), "!bash: this is nested too deep\n=2")]);
    check_all(&[(&*"(".repeat(100_000), "!bash: this is nested too deep\n=2")]);
    check_all(&[(&*"${a:-".repeat(100_000), "!bash: this is nested too deep\n=2")]);
    let output = Desk::new().run(&["echo $((", &"-".repeat(100_000), "1))"].concat());
    assert!(output.stderr.ends_with("expression recursion level exceeded\n"));
}

#[test]
fn a_script_is_cut_into_complete_commands() {
    for (script, expected) in [
        ("a\nb\n", &["a\n", "b\n"][..]),
        ("a \\\n b\nc", &["a \\\n b\n", "c"]),
        ("# only\n\n  \na", &["a"]),
        ("cat <<E\nx\nE\nb", &["cat <<E\nx\nE\n", "b"]),
        ("for x in 1\ndo\n  a\ndone\nb", &["for x in 1\ndo\n  a\ndone\n", "b"]),
        ("a 'b\nc' d\ne", &["a 'b\nc' d\n", "e"]),
        ("a )\nb", &["a )\n", "b"]),
        ("a\n'b\nc", &["a\n", "'b\nc"]),
        ("a;b && c\n", &["a;b && c\n"]),
    ] {
        assert_eq!(Terminal::lines(script), expected, "{script}");
    }
    for (text, expected) in [
        ("a", true),
        ("a \\", false),
        ("a '", false),
        ("cat <<E\nx", false),
        ("for x in a; do", false),
        ("a )", true),
        ("a &&", false),
    ] {
        assert_eq!(Terminal::is_complete(text), expected, "{text}");
    }
}

/// Where the shell is not bash, it says so.
#[test]
fn what_is_not_simulated_is_refused() {
    check_all(&[
        ("echo a > >(cat)", "!bash: >(…): a command cannot write to a process here; use a pipe\n=2"),
        (
            "alias k='echo a; echo'; k x 2>/dev/null",
            "!bash: alias: k: an alias stands for words only here; a function runs any commands\n=127",
        ),
        (
            "alias k='kubectl -n x' e=echo; e a; (e b); f() { e c; }; f; bash -c 'e d' 2>/dev/null",
            "a\nb\nc\n=127",
        ),
        ("f() { :; }; readonly -f f", "!bash: readonly: -f: a function cannot be made read-only here\n=1"),
        ("f() { if true; then echo a; fi; }; declare -f f", "f () \n{ if true; then echo a; fi; }\n"),
        (
            "timeout --nothing 1 true",
            "!timeout: unrecognized option '--nothing'\nTry 'timeout --help' for more information.\n=125",
        ),
        (
            "timeout x true",
            "!timeout: invalid time interval 'x'\nTry 'timeout --help' for more information.\n=125",
        ),
        ("timeout -s KILL 1 sleep 2; echo $?; timeout -s INT --preserve-status 1 sleep 2", "137\n=130"),
        ("a=$(date +%s); timeout 5 sleep 9; echo $?; echo $(($(date +%s) - a))", "124\n5\n"),
        ("echo a | { jq -n 1; cat; }; echo '1 2' | { jq -n '[inputs] | add'; cat; }", "1\na\n3\n"),
    ]);
}
