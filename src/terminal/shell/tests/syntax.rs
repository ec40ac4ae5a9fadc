//! Quoting, expansion, operators, loops, redirections: as POSIX has them. What bash prints was compared with bash.

use super::*;

/// Every line of this table, run by bash, prints the same.
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

#[test]
fn lines_print_what_they_print_in_bash() {
    check_all(AS_BASH);
}

/// The table is held against the real one, where it is installed.
#[test]
fn bash_prints_the_same() {
    let folder = std::env::temp_dir().join(format!("mesh-playground-shell-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (line, expected) in AS_BASH {
        let bash = std::process::Command::new("bash").args(["-c", line]).current_dir(&folder).output();
        let Ok(output) = bash else {
            println!("skipped: there is no bash");
            return;
        };
        let mut told = String::from_utf8(output.stdout).unwrap();
        if output.status.code() != Some(0) {
            told.push_str(&format!("={}", output.status.code().unwrap()));
        }
        assert_eq!(told, *expected, "{line}");
        for file in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
    std::fs::remove_dir(&folder).unwrap();
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
