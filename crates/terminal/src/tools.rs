//! Commands other than `aws`: small tools for text, requests, DNS, Envoys, Kubernetes, and the playground itself.
//!
//! Each is a row of [`TOOLS`], which serves for lookup, help and suggestions. Like the real tools, they take words and
//! return text; they make changes through commands of the store.

mod awk;
mod cert;
mod condition;
mod curl;
mod date;
mod dig;
mod direct;
mod envoy;
mod files;
mod grep;
mod jq;
mod kubectl;
mod lines;
mod options;
mod playground;
mod regular;
mod sed;
mod sort;
mod stats;
mod text;
mod url;

pub(super) use cert::all as certificates;

use app_mesh_engine::{environment::ObjectKey, model::TextMap};
use mesh_documents::echo::FORMS;
use mesh_text::{nearest::nearest, sorting};

use super::{
    command::{Context, Output},
    shell::{BUILTINS, plain_path},
};

pub(crate) use condition::{State, compared, evaluate};
pub(crate) use date::run as date;
pub(crate) use mesh_text::pattern::Pattern;
pub(crate) use options::{NOTHING, before_command, wrong};
pub(crate) use text::escapes;

/// Escapes a string for use in a regular expression.
pub(crate) fn escaped(text: &str) -> String {
    regex_lite::escape(text)
}

/// An invocation of a command.
pub(super) struct Call<'a, 'c> {
    /// Environment in which it runs.
    pub context: &'a mut Context<'c>,
    /// Virtual node beside whose Envoy it runs; `None` if it runs outside of any node.
    pub node: Option<&'a str>,
    /// Pod in which it runs.
    pub pod: Option<&'a ObjectKey>,
    /// Command that the shell runs next, in a pod or beside a node.
    pub inside: Option<Inside>,
    /// Name of the command.
    pub name: &'a str,
    /// Arguments of the command.
    pub words: &'a [String],
    /// Current time of the shell, in milliseconds since 1970.
    pub now: i64,
    /// Budget and work done, in steps of the shell. A step takes about ten microseconds.
    pub work: &'a mut Work,
}

/// Where a command runs: in a pod, or beside the application of a virtual node.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Virtual node or gateway whose Envoy is there.
    pub node: Option<String>,
    /// The pod.
    pub pod: Option<ObjectKey>,
}

/// A command that runs at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Inside {
    /// Where it runs.
    pub place: Place,
    /// Its environment; `None` keeps that of the shell.
    pub variables: Option<TextMap>,
    /// The command.
    pub words: Vec<String>,
    /// Command that the shell runs outside afterwards; the status remains.
    pub after: Vec<String>,
}

/// Budget of a command, and the work that it did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    /// Remaining steps of the shell.
    pub left: u32,
    /// Steps taken, without those for input and output.
    pub done: u32,
}

impl Work {
    /// Number of small steps, of filters and patterns, per step of the shell.
    pub const SMALL: u32 = 40;

    /// Adds small steps to the work done.
    pub fn counts(&mut self, small: usize) {
        self.done = self.done.saturating_add(u32::try_from(small / Self::SMALL as usize).unwrap_or(u32::MAX));
    }

    /// Adds small steps to the work done; returns whether the budget has room for them.
    pub fn affords(&mut self, small: usize) -> bool {
        self.counts(small);
        self.done = self.done.min(self.left);
        self.done < self.left
    }
}

/// A tool.
pub(super) struct Tool {
    /// Name of the tool.
    pub name: &'static str,
    /// Usage and purpose, in one line.
    pub usage: &'static str,
    run: fn(&mut Call) -> Output,
}

const fn tool(name: &'static str, run: fn(&mut Call) -> Output, usage: &'static str) -> Tool {
    Tool { name, usage, run }
}

/// Every tool, by name.
pub(super) const TOOLS: &[Tool] = &[
    tool(
        "[",
        condition::test,
        "[ A = B ]: compare; also !=, -eq -ne -lt -le -gt -ge, -n, -z, -f; [[ A == B* ]] takes patterns",
    ),
    tool("account", playground::run, ""),
    tool("app", playground::run, ""),
    tool(
        "aws",
        aws,
        "aws SERVICE COMMAND …: the AWS CLI, for App Mesh and what goes with it; aws help tells more",
    ),
    tool("awk", awk::run, "awk [-F MARK] 'CONDITION {print $1, $NF}' [FILE …]: print columns"),
    tool("base64", lines::base64, "base64 [-d] [FILE …]: write bytes as text, or read them"),
    tool("basename", files::part, "basename PATH [END]: the last part of a path"),
    tool("cat", text::cat, "cat [FILE …]: print files"),
    tool("cert", playground::run, ""),
    tool("chmod", files::chmod, "chmod +x FILE …: let files be run by their paths"),
    tool("clear", text::clear, "clear: empty the screen"),
    tool("cloudmap", playground::run, ""),
    tool("cluster", playground::run, ""),
    tool("cp", files::copy, "cp [-r] FILE … NEW: copy a file or a folder, or files into a folder"),
    tool(
        "curl",
        curl::run,
        "curl [-svi] [-X M] [-H H] [-d D] [-o F | -O] [-w T] URL: send a request to http://GATEWAY/PATH",
    ),
    tool("dig", dig::run, "dig [+short] HOST [A|AAAA|ANY]: ask DNS"),
    tool("cut", lines::cut, "cut -d MARK -f N [FILE …]: print some fields of lines"),
    tool("dirname", files::part, "dirname PATH: a path without its last part"),
    tool("dns", playground::run, ""),
    tool("echo", text::echo, "echo [-n] [-e] WORD …: print words"),
    tool("envsubst", lines::envsubst, "envsubst [NAMES]: put variables into what is piped in"),
    tool(
        "envoy",
        envoy::run,
        "envoy NODE config_dump|clusters|listeners|stats|server_info: what the admin port of an Envoy tells",
    ),
    tool(
        "exec",
        kubectl::exec,
        "exec NODE -- COMMAND …: run a command beside the application of a virtual node",
    ),
    tool("fault", playground::run, ""),
    tool("egrep", grep::run, ""),
    tool("fgrep", grep::run, ""),
    tool(
        "grep",
        grep::run,
        "grep [-EFivwxcnoqlr] [-A N] [-B N] [-e PATTERN] PATTERN [FILE …]: print the lines that match",
    ),
    tool("head", text::ends, "head [-n N | -c N] [-qv] [FILE …]: print the first lines or bytes"),
    tool("help", help, "help [COMMAND]: this list"),
    tool("intercept", playground::run, ""),
    tool(
        "jq",
        jq::run,
        "jq [-r] [-c] [-n] [-s] [--arg NAME VALUE] FILTER [FILE …]: pick from JSON, and make some",
    ),
    tool(
        "kubectl",
        kubectl::run,
        "kubectl apply -f FILE, get KIND, describe, logs, exec POD -- COMMAND …: a cluster with the App Mesh controller",
    ),
    tool("ls", files::ls, "ls [-l] [FILE …]: list files"),
    tool("hostname", files::who, ""),
    tool("mkdir", files::mkdir, "mkdir [-p] FOLDER …: make folders"),
    tool("mktemp", files::mktemp, ""),
    tool("mv", files::copy, "mv FILE … NEW: rename a file or a folder, or put files into a folder"),
    tool("namespace", playground::run, ""),
    tool("nslookup", dig::nslookup, "nslookup [-type=T] HOST: ask DNS"),
    tool("organization", playground::run, ""),
    tool("printenv", lines::printenv, ""),
    tool("printf", text::printf, "printf FORMAT [WORD …]: print words in a form"),
    tool("quotas", playground::run, ""),
    tool("readlink", files::real, ""),
    tool("realpath", files::real, "realpath PATH …: absolute paths"),
    tool("redo", playground::travel, "redo: do again what was undone"),
    tool("retries", playground::run, ""),
    tool("rev", lines::rev, ""),
    tool("rm", files::rm, "rm [-rf] FILE …: remove files and folders"),
    tool("rmdir", files::rmdir, ""),
    tool("scenario", playground::run, ""),
    tool(
        "sed",
        sed::run,
        "sed [-nEs] [-i[SUFFIX]] 's/A/B/g' [FILE …]: edit lines; also p, d, q, labels and addresses",
    ),
    tool("selector", playground::run, ""),
    tool("seq", lines::seq, "seq [-w] [-s MARK] [-f FORMAT] [FIRST [STEP]] LAST: count"),
    tool("sharing", playground::run, ""),
    tool(
        "sort",
        sort::run,
        "sort [-runVhfbc] [-t MARK] [-k FROM,TO] [-o FILE] [FILE …]: print lines in order",
    ),
    tool("tac", lines::rev, ""),
    tool("tail", text::ends, "tail [-n N | -c N] [-qv] [FILE …]: print the last lines or bytes"),
    tool("task", playground::run, ""),
    tool("tee", text::tee, "tee [-a] FILE …: print what is piped in, and keep it"),
    tool("test", condition::test, "test A = B: as [ A = B ]"),
    tool("touch", files::touch, "touch FILE …: make files"),
    tool("tr", lines::tr, "tr [-d] [-s] [-c] SET [SET]: replace or leave out characters"),
    tool("uname", files::who, ""),
    tool("undo", playground::travel, "undo: take back the last step"),
    tool("uniq", lines::uniq, "uniq [-cdui] [-f N] [FILE]: print equal neighbours once"),
    tool("wc", text::wc, "wc [-lwcmL] [FILE …]: count lines, words, bytes"),
    tool("whoami", files::who, ""),
];

/// Runs a command, given as its name and arguments. Some commands return another one for the shell to run.
pub(super) fn run(
    context: &mut Context,
    place: Option<&Place>,
    now: i64,
    words: &[String],
    work: &mut Work,
) -> (Output, Option<Inside>) {
    let Some((name, words)) = words.split_first() else { return (Output::default(), None) };
    let name = name.strip_prefix("/usr/bin/").unwrap_or(name);
    match TOOLS.iter().find(|tool| tool.name == name) {
        Some(tool) => {
            let node = place.and_then(|place| place.node.as_deref());
            let pod = place.and_then(|place| place.pod.as_ref());
            let mut call = Call { context, node, pod, inside: None, name, words, now, work };
            let output = (tool.run)(&mut call);
            (output, call.inside)
        }
        None => {
            // The search for a similar name compares it with the names of all tools: fuzzing timed it at 80 µs.
            work.done += 10;
            (Output::failed(127, unknown(name)), None)
        }
    }
}

/// Returns the names of all commands, in order.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = TOOLS.iter().map(|tool| tool.name).collect();
    names.extend(BUILTINS.iter().map(|(name, _)| *name));
    sorting::sort(&mut names);
    names
}

fn unknown(name: &str) -> String {
    let mut text = ["bash: ", name, ": command not found\n"].concat();
    // No name is similar to such a long string, and the search would take long.
    if name.len() > 64 {
        return text;
    }
    let names = names();
    // Two swapped characters are two edits, which is more than `nearest` accepts in a short word.
    let letters = |word: &str| {
        let mut letters: Vec<_> = word.chars().collect();
        sorting::sort(&mut letters);
        letters
    };
    let near = nearest(name, &names);
    let near = near.or_else(|| names.iter().copied().find(|known| letters(known) == letters(name)));
    if let Some(near) = near {
        text.push_str(&["did you mean `", near, "`?\n"].concat());
    }
    text
}

fn aws(call: &mut Call) -> Output {
    let (output, work) = super::aws::run_counting(call.context, call.words, &mut |_, _| {});
    // The scan of the words also takes time.
    let work = work.saturating_add(call.words.len() / 16);
    call.work.done = call.work.done.saturating_add(u32::try_from(work).unwrap_or(u32::MAX));
    // After the command, an object of the cluster may no longer have to wait.
    kubectl::settle(call);
    output
}

fn help(call: &mut Call) -> Output {
    let wanted = call.words.first().map(String::as_str);
    let mut lines: Vec<(&str, String)> = TOOLS
        .iter()
        .filter(|tool| !tool.usage.is_empty())
        .map(|tool| (tool.name, tool.usage.to_owned()))
        .chain(
            BUILTINS
                .iter()
                .filter(|(_, usage)| !usage.is_empty())
                .map(|(name, usage)| (*name, (*usage).to_owned())),
        )
        .chain(FORMS.iter().map(|form| (form.tool(), form.usage())))
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name))
        .collect();
    sorting::sort(&mut lines);
    match (wanted, lines.is_empty()) {
        (Some(name), true) => Output::failed(1, unknown(name)),
        _ => Output::printed(lines.into_iter().map(|(_, line)| line + "\n").collect::<String>()),
    }
}
