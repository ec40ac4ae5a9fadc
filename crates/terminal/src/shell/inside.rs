//! Commands in a pod or beside a virtual node: `kubectl exec POD -- COMMAND`.

use crate::tools::Inside;

use super::{
    builtins::{DEEPEST, nested},
    input::Input,
    names::{EXPORTED, Names},
    run::Shell,
};

/// Builtins of this shell that are programs in a container.
const PROGRAMS: [&str; 13] = [
    "bash", "date", "env", "false", "nohup", "pwd", "sh", "sleep", "timeout", "true", "watch", "which",
    "xargs",
];

impl Shell<'_> {
    /// Runs a command at its place, with the variables there and without the functions of this shell.
    pub async fn enters(&mut self, inside: Inside) {
        if self.scripts >= DEEPEST {
            return self.fail("scripts run scripts too deep");
        }
        // The variables are set aside, not copied, but the shell inside copies its own.
        if !self.counts(inside.words.iter().map(String::len).sum()) {
            return;
        }
        let variables = inside.variables.map(|texts| {
            let marks = texts.keys().map(|name| (name.clone(), EXPORTED)).collect();
            Names { texts, marks, is_of_pod: true, ..Names::default() }
        });
        let names = variables.map(|variables| std::mem::replace(self.names, variables));
        let functions = std::mem::take(self.functions);
        let options = std::mem::take(self.options);
        let traps = std::mem::take(&mut self.traps);
        let place = self.place.replace(inside.place);
        let folder = self.files.folder().to_owned();
        // A word of the shell that is no program, such as `cd`, is not found in a container.
        let name = inside.words.first().map_or("", String::as_str);
        let name = name.rsplit('/').next().unwrap_or_default();
        let is_program = PROGRAMS.contains(&name) || !super::BUILTINS.iter().any(|(known, _)| *known == name);
        self.subshells += 1;
        if is_program {
            nested(self, async |shell| shell.invoke(&inside.words).await).await;
        } else {
            let text = ["error: exec: \"", name, "\": executable file not found in $PATH\n"].concat();
            self.errors.push_str(&text);
            self.status = 127;
        }
        self.subshells -= 1;
        _ = self.files.enter(&folder);
        self.place = place;
        self.traps = traps;
        *self.options = options;
        *self.functions = functions;
        if let Some(names) = names {
            *self.names = names;
        }
        self.stop = self.stop.filter(|_| self.steps == 0);
        if !inside.after.is_empty() && self.steps > 0 {
            let status = self.status;
            let after = async |shell: &mut Shell<'_>| shell.invoke(&inside.after).await;
            self.fed(Input::default(), async |shell| nested(shell, after).await).await;
            if self.steps > 0 {
                self.status = status;
            }
        }
    }
}
