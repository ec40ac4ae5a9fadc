//! `kubectl config`: one context, whose default namespace is kept in the file `~/.kube/config`.

use app_mesh_engine::model::object;
use mesh_text::data::Data;
use serde_json::{Map, Value};

use crate::{aws::format, command::Output, files::HOME, tools::Call};

use super::{USAGE, arguments::Arguments, jsonpath, print::aligned};

/// Name of the context, the cluster and the user.
const CONTEXT: &str = "playground";
/// Maximum length of the file that is read, in bytes.
const LONGEST: usize = 1 << 16;

fn path() -> String {
    [HOME, "/.kube/config"].concat()
}

/// Returns the default namespace.
pub(super) fn namespace(call: &Call) -> String {
    let text = call.context.files.get(&path()).filter(|text| text.len() <= LONGEST);
    let mut lines = text.map_or("", String::as_str).lines();
    let found = lines.find_map(|line| line.trim().strip_prefix("namespace:"));
    let name = found.map_or("", |name| name.trim().trim_matches(['"', '\'']));
    if name.is_empty() { "default" } else { name }.to_owned()
}

/// Returns the whole configuration with this default namespace; an empty one is left out.
fn whole(namespace: &str) -> Value {
    let list =
        |member: &str, value: &Value| Value::Array(vec![object(&[("name", &CONTEXT), (member, value)])]);
    let context = object(&[
        ("cluster", &CONTEXT),
        ("namespace", &Some(namespace).filter(|name| !name.is_empty())),
        ("user", &CONTEXT),
    ]);
    let empty = Value::Object(Map::new());
    object(&[
        ("apiVersion", &"v1"),
        ("clusters", &list("cluster", &object(&[("server", &"https://playground.invalid")]))),
        ("contexts", &list("context", &context)),
        ("current-context", &CONTEXT),
        ("kind", &"Config"),
        ("preferences", &empty),
        ("users", &list("user", &empty)),
    ])
}

fn yaml(value: &Value) -> String {
    format::printed("yaml", "", &Data::from(value)).unwrap_or_default()
}

/// Runs `kubectl config`.
pub(super) fn run(call: &mut Call, arguments: &Arguments, operands: &[&str]) -> Output {
    let unknown =
        |name: &str| Output::failed(1, ["error: no context exists with the name: \"", name, "\"\n"].concat());
    let current = namespace(call);
    let current = if current == "default" { "" } else { &current };
    match operands {
        ["current-context"] => Output::printed([CONTEXT, "\n"].concat()),
        ["get-contexts"] | ["get-contexts", CONTEXT] => {
            if arguments.form == "name" {
                return Output::printed([CONTEXT, "\n"].concat());
            }
            let mut rows = vec![["*", CONTEXT, CONTEXT, CONTEXT, current].map(str::to_owned).to_vec()];
            if !arguments.has("no-headers") {
                let heading = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
                rows.insert(0, heading.map(str::to_owned).to_vec());
            }
            Output::printed(aligned(&rows))
        }
        ["get-contexts", name] => Output::failed(1, ["error: context ", name, " not found\n"].concat()),
        ["get-clusters" | "get-users"] => Output::printed(["NAME\n", CONTEXT, "\n"].concat()),
        ["use-context" | "use", CONTEXT] => {
            Output::printed(["Switched to context \"", CONTEXT, "\".\n"].concat())
        }
        ["use-context" | "use", name] => unknown(name),
        ["set-context", name @ ..] => {
            let is_own = match name {
                [] => arguments.has("current"),
                name => *name == [CONTEXT] && !arguments.has("current"),
            };
            if !is_own {
                return match name {
                    [name] if !arguments.has("current") => Output::failed(
                        1,
                        [
                            "error: there is one cluster here, with the context \"",
                            CONTEXT,
                            "\"; \"",
                            name,
                            "\" cannot be added\n",
                        ]
                        .concat(),
                    ),
                    _ => Output::failed(1, "error: you must specify a non-empty context name or --current\n"),
                };
            }
            let Some(wanted) = arguments.namespace else {
                return Output::failed(1, "error: only --namespace of a context can be set here\n");
            };
            let text = yaml(&whole(wanted));
            let folder = [HOME, "/.kube"].concat();
            let files = &mut call.context.files;
            let done = files.make_folder(&folder, true).and_then(|()| files.write(&path(), &text, false));
            match done {
                Ok(()) => Output::printed(["Context \"", CONTEXT, "\" modified.\n"].concat()),
                Err(why) => Output::failed(1, format!("error: {}: {why}\n", path())),
            }
        }
        ["view"] => {
            let value = whole(current);
            let (word, rest) = arguments.form.split_once('=').unwrap_or((arguments.form, ""));
            match word {
                "" | "yaml" => Output::printed(yaml(&value)),
                "json" => {
                    Output::printed(format::printed("json", "", &Data::from(&value)).unwrap_or_default())
                }
                "jsonpath" => match jsonpath::print(rest, &value) {
                    Ok(text) => Output::printed(text),
                    Err(why) => Output::failed(1, why.told(rest, &value)),
                },
                other => Output::failed(
                    1,
                    [
                        "error: unable to match a printer suitable for the output format \"",
                        other,
                        "\", allowed formats are: json,jsonpath,yaml\n",
                    ]
                    .concat(),
                ),
            }
        }
        [] => Output::failed(1, USAGE),
        [verb, ..] => Output::failed(
            1,
            ["error: kubectl config ", verb, " is not simulated: there is one cluster here\n"].concat(),
        ),
    }
}
