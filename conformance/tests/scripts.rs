//! Runs complete published scripts: in bash with the AWS CLI on the wire API, and in the terminal on an equal
//! playground.
//!
//! `MESH_PLAYGROUND_SCRIPTS` names a folder with a copy of such a repository (aws/aws-app-mesh-examples, which is not
//! part of this one). Without it, the scripts in `conformance/tests/data/scripts` run, which use the same constructs.
//! Both outputs must be equal line by line, except for times and ids.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[allow(dead_code)] // Contains more than this test uses.
mod bridge;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use bridge::{Bridge, client};
use mesh_playground::{playground::Playground, terminal::Terminal};

/// A script, its variables, and the arguments of consecutive runs.
struct Case {
    script: &'static str,
    variables: &'static [(&'static str, &'static str)],
    runs: &'static [&'static str],
}

const GIVEN: &[(&str, &str)] = &[
    ("MESH_NAME", "colors"),
    ("SERVICES_DOMAIN", "default.svc.cluster.local"),
    ("AWS_DEFAULT_REGION", "us-west-2"),
];

/// The scripts of aws/aws-app-mesh-examples that create meshes only with the AWS CLI.
const PUBLISHED: &[Case] = &[
    Case {
        script: "walkthroughs/howto-circuit-breakers/mesh/mesh.sh",
        variables: GIVEN,
        runs: &[
            "up",
            "update vnode colorteller-white",
            "update vnode colorteller-black",
            "update vgateway colorgateway",
            "update nothing",
            "down",
            "",
            "nonsense",
        ],
    },
    Case {
        script: "walkthroughs/howto-ingress-gateway/mesh/mesh.sh",
        variables: GIVEN,
        runs: &["up", "partial_tls_up", "full_tls_up", "up", "down", "down"],
    },
    Case {
        script: "walkthroughs/howto-match-and-rewrite-at-ingress/mesh/mesh.sh",
        variables: GIVEN,
        runs: &[
            "up",
            "configure-query-parameter-match-rewrite",
            "disable-default-prefix-rewrite",
            "configure-hostname-match",
            "down",
        ],
    },
    Case {
        script: "walkthroughs/howto-multiple-listeners/mesh/mesh.sh",
        variables: GIVEN,
        runs: &["up", "down"],
    },
    Case {
        script: "walkthroughs/howto-outlier-detection/mesh.sh",
        variables: GIVEN,
        runs: &["up", "add-outlier-detection", "remove-outlier-detection", "down"],
    },
    Case {
        script: "walkthroughs/howto-timeout-policy/mesh/mesh.sh",
        variables: GIVEN,
        runs: &[
            "up",
            "add_virtual_gateway",
            "add_red_node_and_routes",
            "update_colorteller-white-vn $PWD/colorteller-vn.json",
            "update_colorteller-red-vn ./none.json",
            "update_colorgateway-vn $PWD/colorgateway-vn.json",
            "delete_virtual_gateway_and_red_node_and_routes",
            "down",
        ],
    },
    Case {
        script: "walkthroughs/howto-mutual-tls-file-provided/mesh/mesh.sh",
        variables: GIVEN,
        runs: &[
            "up",
            "update_1_strict_tls",
            "update_2_client_policy_bad_san",
            "update_3_client_policy_good_san",
            "update_4_require_client_cert",
            "update_5_client_cert",
            "down",
        ],
    },
    Case {
        script: "walkthroughs/howto-tls-file-provided/mesh/mesh.sh",
        variables: GIVEN,
        runs: &["up", "addGreen", "disable", "down"],
    },
    Case {
        script: "walkthroughs/tls-with-acm/mesh/mesh.sh",
        variables: GIVEN,
        runs: &["up", "addGreen", "down"],
    },
    Case { script: "walkthroughs/howto-circuit-breakers/mesh/mesh.sh", variables: &[], runs: &["up"] },
    Case { script: "walkthroughs/howto-circuit-breakers/mesh/mesh.sh", variables: GIVEN, runs: &["up"] },
    Case { script: "examples/infrastructure/wipe_out_mesh.sh", variables: GIVEN, runs: &[""] },
];

/// The scripts of this repository.
const OWN: &[Case] = &[Case {
    script: "colors/mesh.sh",
    variables: GIVEN,
    runs: &["", "up", "up", "retry", "timeout", "list", "wipe", "down", "nonsense"],
}];

/// Returns a `PATH` on which `aws` is version 1: from the cache of the tests, or from the `PATH`.
fn programs() -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let tools = std::env::home_dir()?.join(".cache/mesh-playground");
    let mut own: Vec<PathBuf> = fs::read_dir(tools)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("aws").is_file())
        .collect();
    own.extend(std::env::split_paths(&path));
    let path = std::env::join_paths(own).ok()?.into_string().ok()?;
    let works = |program: &str, words: &[&str], start: &str| {
        let output = Command::new("env").arg(["PATH=", &path].concat()).arg(program).args(words).output();
        output.is_ok_and(|output| {
            let told = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&told).starts_with(start)
        })
    };
    let is_there = works("aws", &["--version"], "aws-cli/1.")
        && works("bash", &["--version"], "GNU bash")
        && works("jq", &["--version"], "jq-");
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "bash, jq and version 1 of the AWS CLI are needed");
        println!("skipped: there is no bash, no jq or no AWS CLI of version 1");
    }
    is_there.then_some(path)
}

/// Sorts adjacent trace lines of subshells (`++ aws …`, `++ jq …`): bash runs the stages of a pipeline in parallel, so
/// their order differs between runs.
fn without_order(text: &str) -> String {
    let is_trace = |line: &str| line.starts_with("++");
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.chunk_by_mut(|a, b| is_trace(a) && is_trace(b)).for_each(<[&str]>::sort_unstable);
    lines.concat()
}

/// Returns the output without parts that differ between runs: ids, times, dates in brackets, and the order of traces.
fn blurred(text: &str) -> String {
    let mut made = String::new();
    for line in without_order(text).split_inclusive('\n') {
        let mut line = line.to_owned();
        while let Some(start) = uid(&line) {
            line.replace_range(start..start + 36, "UID");
        }
        if let Some(rest) = line.strip_prefix('[')
            && let Some((date, rest)) = rest.split_once(']')
            && date.split_whitespace().count() == 6
        {
            line = ["[DATE]", rest].concat();
        }
        for member in ["\"createdAt\": ", "\"lastUpdatedAt\": "] {
            if let Some((before, _)) = line.split_once(member) {
                line = [before, member, "TIME\n"].concat();
            }
        }
        made.push_str(&line);
    }
    made
}

/// Returns the position of an id: hexadecimal digits in groups of 8, 4, 4, 4 and 12.
fn uid(line: &str) -> Option<usize> {
    (0..line.len()).find(|start| {
        let Some(part) = line.get(*start..start + 36) else { return false };
        part.chars().enumerate().all(|(place, c)| match place {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Puts the text files of a folder into a terminal.
fn put(terminal: &mut Terminal, from: &Path, to: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{to}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            put(terminal, &path, &name);
        } else if let Ok(text) = fs::read_to_string(&path) {
            terminal.files_mut().insert(name, text);
        }
    }
}

/// Runs the cases in bash and in the terminal. Returns the number of equal lines.
fn check(root: &Path, cases: &[Case]) -> usize {
    let Some(path) = programs() else { return 0 };
    let bridge = Bridge::start();
    let (mut terminal, mut playground) = (Terminal::default(), Playground::empty().unwrap());
    // Each list of cases has a separate folder, because tests run in parallel.
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "scripts-{}-{}",
        std::process::id(),
        cases.len()
    ));
    let (mut lines, mut wrong) = (0, Vec::new());
    for case in cases {
        // Copy the whole folder of a script, because scripts read the files next to them.
        let folder = root.join(case.script).parent().unwrap().to_owned();
        let name = case.script.rsplit('/').next().unwrap();
        let work = home.join("work");
        _ = fs::remove_dir_all(&work);
        copy(&folder, &work);
        terminal.run(&mut playground, "cd; rm -rf work");
        put(&mut terminal, &folder, "work");
        for words in case.runs {
            let mut command = client("bash");
            command.args(["-c", &format!("bash ./{name} {words}")]).current_dir(&work).env("PATH", &path);
            command
                .env("AWS_ENDPOINT_URL", bridge.url())
                .env("HOME", &home)
                .env("LC_ALL", "C")
                .env("TZ", "UTC");
            command.env_remove("MESH_NAME").env_remove("SERVICES_DOMAIN").env_remove("AWS_MAX_ATTEMPTS");
            let output = command.envs(case.variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
            let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| {
                blurred(&String::from_utf8_lossy(bytes).replace(home.to_str().unwrap(), "/home/playground"))
            });
            let real = (stdout, stderr, output.status.code().unwrap());
            let given: String =
                case.variables.iter().map(|(name, value)| format!("{name}={value} ")).collect();
            terminal.run(&mut playground, "cd ~/work");
            let output = terminal.run(&mut playground, &format!("{given}bash ./{name} {words}"));
            let ours = (blurred(&output.stdout), blurred(&output.stderr), i32::from(output.exit_code));
            lines += real.0.lines().count() + real.1.lines().count();
            println!("{} {words}: {}", case.script, if ours == real { "equal" } else { "not equal" });
            if ours != real {
                wrong.push(difference(case.script, words, &ours, &real));
            }
        }
    }
    _ = fs::remove_dir_all(&home);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{lines} lines are equal");
    lines
}

type Told = (String, String, i32);

/// Returns the first lines that differ.
fn difference(script: &str, words: &str, ours: &Told, real: &Told) -> String {
    let mut text = format!("{script} {words}: status {} and {}\n", ours.2, real.2);
    for (ours, real) in [(&ours.0, &real.0), (&ours.1, &real.1)] {
        let (mut left, mut right) = (ours.lines(), real.lines());
        loop {
            match (left.next(), right.next()) {
                (None, None) => break,
                (a, b) if a == b => {}
                (a, b) => {
                    text.push_str(&format!(
                        "  ours {:.600}\n  real {:.600}\n",
                        a.unwrap_or("-"),
                        b.unwrap_or("-")
                    ));
                    break;
                }
            }
        }
    }
    text
}

#[test]
fn only_traces_of_subshells_lose_their_order() {
    let [one, other] = ["+ up\n++ jq\n++ aws\nout\n", "+ up\n++ aws\n++ jq\nout\n"].map(without_order);
    assert_eq!(one, other);
    assert_ne!(without_order("+ a\n+ b\n"), without_order("+ b\n+ a\n"));
}

#[test]
fn scripts_of_the_same_kind_print_what_they_print_in_bash() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scripts");
    let lines = check(&root, OWN);
    assert!(lines == 0 || lines >= 50, "{lines}");
}

#[test]
fn published_scripts_print_what_they_print_in_bash() {
    let Some(root) = std::env::var_os("MESH_PLAYGROUND_SCRIPTS").map(PathBuf::from) else {
        println!("skipped: MESH_PLAYGROUND_SCRIPTS names no copy of aws/aws-app-mesh-examples");
        return;
    };
    check(&root, PUBLISHED);
}
