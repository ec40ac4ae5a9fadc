//! `find`: the files below folders that fit an expression, and what to do with them.

use super::{glob, run::Shell};
use crate::{Files, Output};

/// Maximum nesting of parentheses and negations.
const DEEPEST: u32 = 30;

/// Test of a path.
enum Test {
    Name {
        glob: String,
        ignores_case: bool,
        is_path: bool,
    },
    Folder(bool),
    Empty,
    Is(bool),
    Not(Box<Test>),
    /// Alternatives, each a list of tests that must all hold.
    Any(Vec<Vec<Test>>),
}

/// Term of the expression outside of parentheses.
enum Term {
    Test(Test),
    Print(char),
    Delete,
    Prune,
    Quit,
    /// Command to run for each path.
    Execute(Vec<String>),
    /// Command to run at the end with all paths, and the paths so far.
    ExecuteOnce(Vec<String>, Vec<String>),
}

/// Parsed command line.
struct Search {
    /// Alternatives, each a list of terms that must all hold.
    terms: Vec<Vec<Term>>,
    depths: (usize, usize),
    is_reversed: bool,
}

/// Parser of the expression.
struct Reader<'w> {
    words: &'w [String],
    depths: (usize, usize),
    is_reversed: bool,
    depth: u32,
}

/// Runs `find`.
pub async fn run(shell: &mut Shell<'_>, arguments: &[String]) {
    let is_start = |word: &String| word.starts_with('-') || matches!(word.as_str(), "(" | ")" | "!");
    let count = arguments.iter().position(is_start).unwrap_or(arguments.len());
    let (starts, words) = arguments.split_at_checked(count).unwrap_or_default();
    let reader = Reader { words, depths: (0, usize::MAX), is_reversed: false, depth: 0 };
    let search = match reader.search() {
        Ok(search) => search,
        Err(why) => return shell.tells(Output::failed(1, ["find: ", &why, "\n"].concat())),
    };
    let Search { mut terms, depths, is_reversed } = search;
    let here = [".".to_owned()];
    let starts = if starts.is_empty() { &here[..] } else { starts };
    let mut progress = Progress::default();
    'all: for start in starts {
        if shell.files.get(start).is_none() && !shell.files.is_folder(start) {
            progress.fail(shell, &["'", start, "': No such file or directory"]);
            continue;
        }
        let Some(mut paths) = below(shell, start, depths) else { return };
        if is_reversed {
            paths.reverse();
        }
        progress.pruned = None;
        for (path, is_folder) in paths {
            if progress.pruned.as_ref().is_some_and(|pruned| path.starts_with(&**pruned)) {
                continue;
            }
            visit(shell, &mut terms, (&path, is_folder), &mut progress).await;
            if shell.stop.is_some() {
                return;
            }
            if progress.has_quit {
                break 'all;
            }
        }
    }
    for term in terms.into_iter().flatten() {
        if let Term::ExecuteOnce(command, paths) = term
            && !paths.is_empty()
        {
            let line: Vec<String> = command.into_iter().chain(paths).collect();
            shell.pauses().await;
            shell.invoke(&line).await;
            progress.status = progress.status.max(u8::from(shell.status != 0));
            if shell.stop.is_some() {
                return;
            }
        }
    }
    shell.status = progress.status;
}

/// State of a search.
#[derive(Default)]
struct Progress {
    status: u8,
    /// Start of the paths that `-prune` leaves out.
    pruned: Option<String>,
    has_quit: bool,
}

impl Progress {
    /// Reports an error, which does not end the search.
    fn fail(&mut self, shell: &mut Shell<'_>, why: &[&str]) {
        let text = ["find: ", &why.concat(), "\n"].concat();
        shell.tells(Output { stderr: text, ..Output::default() });
        self.status = 1;
    }
}

/// Evaluates the alternatives for a path until one holds. Ends early if the line is stopped.
async fn visit(
    shell: &mut Shell<'_>,
    terms: &mut [Vec<Term>],
    (path, is_folder): (&str, bool),
    progress: &mut Progress,
) {
    for alternative in terms {
        let mut holds = true;
        for term in alternative {
            holds = shell.counts(path.len() + 16) && term.holds(shell, (path, is_folder), progress).await;
            if shell.stop.is_some() || progress.has_quit {
                return;
            }
            if !holds {
                break;
            }
        }
        if holds {
            return;
        }
    }
}

impl Term {
    /// Evaluates the term for a path: performs an action, and returns whether it succeeds.
    async fn holds(
        &mut self,
        shell: &mut Shell<'_>,
        (path, is_folder): (&str, bool),
        progress: &mut Progress,
    ) -> bool {
        match self {
            Self::Test(test) => test.holds(shell.files, path, is_folder),
            Self::Print(end) => {
                shell.tells(Output::printed([path, end.encode_utf8(&mut [0; 4])].concat()));
                true
            }
            Self::Delete => {
                let error = match is_folder {
                    true => shell.files.remove_folder(path, false).err(),
                    false if shell.files.remove(path).is_some() => None,
                    false => Some(shell.files.why_not(path)),
                };
                if let Some(why) = error {
                    progress.fail(shell, &["cannot delete '", path, "': ", &why.to_string()]);
                }
                error.is_none()
            }
            Self::Prune => {
                progress.pruned = Some([path, "/"].concat());
                true
            }
            Self::Quit => {
                progress.has_quit = true;
                true
            }
            Self::ExecuteOnce(_, paths) => {
                paths.push(path.to_owned());
                true
            }
            Self::Execute(command) => {
                let line: Vec<String> = command.iter().map(|word| word.replace("{}", path)).collect();
                if !shell.counts(line.iter().map(String::len).sum()) {
                    return false;
                }
                shell.pauses().await;
                shell.invoke(&line).await;
                shell.status == 0
            }
        }
    }
}

/// Returns the paths below a start, each with whether it is a folder; a folder comes before its content.
fn below(shell: &mut Shell<'_>, start: &str, (least, most): (usize, usize)) -> Option<Vec<(String, bool)>> {
    let mut found = Vec::new();
    let mut open = vec![(start.to_owned(), shell.files.is_folder(start), 0)];
    while let Some((path, is_folder, depth)) = open.pop() {
        if !shell.counts(256 + shell.files.count() * usize::from(is_folder) * 8) {
            return None;
        }
        if is_folder && depth < most {
            let children = shell.files.children(&path).into_iter().rev();
            open.extend(children.map(|(name, is_folder)| {
                ([path.trim_end_matches('/'), "/", name].concat(), is_folder, depth + 1)
            }));
        }
        if depth >= least {
            found.push((path, is_folder));
        }
    }
    Some(found)
}

impl Test {
    fn holds(&self, files: &Files, path: &str, is_folder: bool) -> bool {
        match self {
            Self::Name { glob, ignores_case, is_path } => {
                let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let text = if *is_path { path } else { name };
                match ignores_case {
                    true => glob::matches(&glob.to_lowercase(), &text.to_lowercase()),
                    false => glob::matches(glob, text),
                }
            }
            Self::Folder(wanted) => is_folder == *wanted,
            Self::Empty if is_folder => files.children(path).is_empty(),
            Self::Empty => files.get(path).is_some_and(String::is_empty),
            Self::Is(is) => *is,
            Self::Not(test) => !test.holds(files, path, is_folder),
            Self::Any(alternatives) => {
                alternatives.iter().any(|tests| tests.iter().all(|test| test.holds(files, path, is_folder)))
            }
        }
    }
}

impl<'w> Reader<'w> {
    fn search(mut self) -> Result<Search, String> {
        let mut terms = vec![Vec::new()];
        while let Some(word) = self.next() {
            if matches!(word, "-o" | "-or") {
                terms.push(Vec::new());
            } else if !matches!(word, "-a" | "-and") {
                let term = self.term(word)?;
                if let Some(last) = terms.last_mut() {
                    last.extend(term);
                }
            }
        }
        if terms.len() > 1 && terms.iter().any(Vec::is_empty) {
            return Err(
                "invalid expression; you have used a binary operator '-o' with nothing before it.".to_owned()
            );
        }
        // Without an action, the paths are printed.
        if !terms.iter().flatten().any(|term| !matches!(term, Term::Test(_) | Term::Prune)) {
            let has_prune = terms.iter().flatten().any(|term| matches!(term, Term::Prune));
            if !has_prune {
                for alternative in &mut terms {
                    alternative.push(Term::Print('\n'));
                }
            } else if let Some(last) = terms.last_mut() {
                last.push(Term::Print('\n'));
            }
        }
        Ok(Search { terms, depths: self.depths, is_reversed: self.is_reversed })
    }

    fn next(&mut self) -> Option<&'w str> {
        let (word, rest) = self.words.split_first()?;
        self.words = rest;
        Some(word)
    }

    fn term(&mut self, word: &str) -> Result<Option<Term>, String> {
        Ok(Some(match word {
            "-print" => Term::Print('\n'),
            "-print0" => Term::Print('\0'),
            "-prune" => Term::Prune,
            "-quit" => Term::Quit,
            "-delete" => {
                self.is_reversed = true;
                Term::Delete
            }
            "-exec" => {
                let mut command: Vec<String> = Vec::new();
                loop {
                    match self.next() {
                        Some(";") => break,
                        Some("+") if command.last().is_some_and(|word| word == "{}") => {
                            command.pop();
                            return Ok(Some(Term::ExecuteOnce(command, Vec::new())));
                        }
                        Some(word) => command.push(word.to_owned()),
                        None => return Err("missing argument to `-exec'".to_owned()),
                    }
                }
                if command.is_empty() {
                    return Err("missing argument to `-exec'".to_owned());
                }
                Term::Execute(command)
            }
            "-depth" | "-d" => {
                self.is_reversed = true;
                return Ok(None);
            }
            "-maxdepth" | "-mindepth" => {
                let name = word.to_owned();
                let value = self.next().ok_or_else(|| ["missing argument to `", &name, "'"].concat())?;
                let wrong = || {
                    ["Expected a positive decimal integer argument to ", &name, ", but got '", value, "'"]
                        .concat()
                };
                let depth: usize = value.parse().map_err(|_| wrong())?;
                if name == "-maxdepth" {
                    self.depths.1 = depth
                } else {
                    self.depths.0 = depth
                }
                return Ok(None);
            }
            word => Term::Test(self.test(word)?),
        }))
    }

    fn test(&mut self, word: &str) -> Result<Test, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the expression is too deep".to_owned());
        }
        let test = match word {
            "!" | "-not" => {
                let next = self.next().map(str::to_owned);
                let next = next.ok_or_else(|| ["expected an expression after '", word, "'"].concat())?;
                Test::Not(Box::new(self.test(&next)?))
            }
            "(" => {
                let mut alternatives = vec![Vec::new()];
                loop {
                    let next = self.next().map(str::to_owned);
                    match next.as_deref() {
                        Some(")") => break,
                        Some("-o" | "-or") => alternatives.push(Vec::new()),
                        Some("-a" | "-and") => {}
                        Some(word) => {
                            let test = self.test(word)?;
                            if let Some(last) = alternatives.last_mut() {
                                last.push(test);
                            }
                        }
                        None => return Err("invalid expression; I was expecting to find a ')' somewhere but did not see one.".to_owned()),
                    }
                }
                Test::Any(alternatives)
            }
            "-true" => Test::Is(true),
            "-false" => Test::Is(false),
            "-empty" => Test::Empty,
            "-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-type" => {
                let value = self.next().map(str::to_owned);
                let value = value.ok_or_else(|| ["missing argument to `", word, "'"].concat())?;
                match (word, value.as_str()) {
                    ("-type", "f") => Test::Folder(false),
                    ("-type", "d") => Test::Folder(true),
                    // There are no links, devices and sockets here.
                    ("-type", "l" | "b" | "c" | "p" | "s") => Test::Is(false),
                    ("-type", _) => return Err(["Unknown argument to -type: ", &value].concat()),
                    _ => Test::Name {
                        glob: value,
                        ignores_case: word.starts_with("-i"),
                        is_path: word.ends_with("path") || word == "-wholename",
                    },
                }
            }
            "-print" | "-print0" | "-exec" | "-delete" | "-prune" | "-quit" => {
                return Err([word, " is not supported here in parentheses or after a negation"].concat());
            }
            ")" => return Err("invalid expression; you have too many ')'".to_owned()),
            word if word.starts_with('-') => return Err(["unknown predicate `", word, "'"].concat()),
            word => return Err(["paths must precede expression: `", word, "'"].concat()),
        };
        self.depth -= 1;
        Ok(test)
    }
}
