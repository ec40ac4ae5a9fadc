//! Scripts with their output in bash: the constructs of published scripts, one by one.
//!
//! `scripts.txt` and, for the tools for text and files, `tools.txt` have the scripts with the standard output, standard error and exit status of the real bash;
//! `UPDATE_SCRIPTS=1` rewrites it.

use std::{fs, path::Path, process::Command};

use super::Desk;

const SCRIPTS: &[(&str, &str)] =
    &[("scripts.txt", include_str!("scripts.txt")), ("tools.txt", include_str!("tools.txt"))];

/// Output, errors and status of a script.
type Told = (String, String, i32);

fn cases(scripts: &'static str) -> Vec<(&'static str, Told)> {
    let case = |text: &'static str| {
        let (script, rest) = text.split_once("\n--- out\n").unwrap();
        let (stdout, rest) = rest.split_once("--- err\n").unwrap();
        let (stderr, status) = rest.rsplit_once("--- status ").unwrap();
        let stdout = stdout.replace("<no newline>\n", "");
        (script, (stdout, stderr.to_owned(), status.trim().parse().unwrap()))
    };
    scripts.split("####\n").map(case).collect()
}

/// Runs the script with bash, as a file in its own home folder.
fn bash(folder: &Path, script: &str) -> Option<Told> {
    let home = folder.join("home");
    _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("s"), [script, "\n"].concat()).unwrap();
    let mut command = Command::new("bash");
    command.arg("./s").current_dir(&home).stdin(std::process::Stdio::null());
    command.env_clear().env("HOME", &home).env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
    let output = command.output().ok()?;
    let [stdout, stderr] = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).replace(home.to_str().unwrap(), "/home/playground"));
    Some((stdout, stderr, output.status.code()?))
}

#[test]
fn scripts_print_what_they_print_in_bash() {
    let mut wrong = Vec::new();
    for (script, expected) in SCRIPTS.iter().flat_map(|(_, scripts)| cases(scripts)) {
        let mut desk = Desk::new();
        desk.terminal.files_mut().insert("s".to_owned(), [script, "\n"].concat());
        let output = desk.run("bash ./s");
        let told = (output.stdout, output.stderr, i32::from(output.exit_code));
        if told != expected {
            wrong.push(format!("{script}\n  ours {told:?}\n  bash {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// Compares the file with real bash if version 5.2 is installed; other versions word some errors differently.
#[test]
fn bash_prints_what_the_scripts_expect() {
    let version = Command::new("bash").args(["-c", "echo ${BASH_VERSION%.*}"]).output();
    if !version.is_ok_and(|output| output.stdout == b"5.2\n") {
        println!("skipped: there is no bash 5.2");
        return;
    }
    let folder = std::env::temp_dir().join(format!("mesh-playground-scripts-{}", std::process::id()));
    for (name, scripts) in SCRIPTS {
        let mut made = Vec::new();
        for (script, expected) in cases(scripts) {
            let told = bash(&folder, script).unwrap();
            if std::env::var_os("UPDATE_SCRIPTS").is_none() {
                assert_eq!(told, expected, "{script}");
            }
            let (stdout, stderr, status) = told;
            let end = if stdout.is_empty() || stdout.ends_with('\n') { "" } else { "<no newline>\n" };
            made.push(format!("{script}\n--- out\n{stdout}{end}--- err\n{stderr}--- status {status}\n"));
        }
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/shell/tests");
            fs::write(folder.join(name), made.join("####\n")).unwrap();
        }
    }
    _ = fs::remove_dir_all(&folder);
}
