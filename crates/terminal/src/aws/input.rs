//! Converts the words of options to the input of an operation, and validates it as the real tool does before it sends a
//! request.
//!
//! The validation covers only what the tool's model checks: types, names, required members and lower bounds. The
//! service checks everything else. Sources: `awscli/argprocess.py`, `botocore/validate.py`.

use crate::{Files, Stdin};
use app_mesh_engine::model::{Declared, Member, Shape, Structure};

use super::{
    arguments::{not_whole, whole},
    data::{Data, Members},
    json, shorthand,
};

/// Reason why a command line fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Bad command line: prints the usage and exits with status 2.
    Usage(String),
    /// Unknown options: prints the usage and exits with status 255.
    Unknown(String),
    /// Malformed value of an option; [`Failure::about`] adds the name of the option.
    Syntax(String),
    /// Any other failure.
    Plain(String),
}

impl Failure {
    /// Adds the name of an option to a syntax error.
    pub fn about(self, option: &str) -> Self {
        match self {
            Self::Syntax(text) => Self::Plain(["Error parsing parameter '", option, "': ", &text].concat()),
            other => other,
        }
    }
}

/// Files that options can refer to.
#[derive(Debug)]
pub struct Reader<'f> {
    /// Files, by name.
    pub files: &'f Files,
    /// Standard input of the command line, available as the file `/dev/stdin`.
    pub stdin: &'f Stdin<'f>,
}

impl Reader<'_> {
    /// Returns the text of the file that a word of the form `file://…` refers to; `None` for any other word. If
    /// `from_web`, a web address is an error, because it cannot be fetched.
    ///
    /// # Errors
    /// When the file does not exist, or the word is a web address that is treated as a file.
    pub fn load(&self, word: &str, from_web: bool) -> Result<Option<String>, Failure> {
        let Some(path) = word.strip_prefix("file://").or_else(|| word.strip_prefix("fileb://")) else {
            return match word.starts_with("http://") || word.starts_with("https://") {
                true if from_web => Err(Failure::Syntax(
                    ["Unable to retrieve ", word, ": Could not connect to the endpoint URL: \"", word, "\""]
                        .concat(),
                )),
                _ => Ok(None),
            };
        };
        let found = self.files.get(path).map(String::as_str);
        match found.or_else(|| (path == "/dev/stdin").then(|| self.stdin.read())) {
            Some(text) => Ok(Some(text.to_owned())),
            None => {
                let path = super::data::python_string(path);
                let text =
                    ["Unable to load paramfile ", word, ": [Errno 2] No such file or directory: ", &path];
                Err(Failure::Syntax(text.concat()))
            }
        }
    }
}

/// One member of an input.
#[derive(Clone, Debug)]
pub struct Given {
    /// Name of the member.
    pub name: std::rc::Rc<str>,
    /// Value of the member.
    pub value: Data,
    /// Whether Python represents its objects as `OrderedDict`, which error messages show.
    pub is_ordered: bool,
}

/// Parses the value of an option.
///
/// # Errors
/// When the value is malformed, or a file that it refers to does not exist.
pub fn unpack(member: &Member, option: &str, words: &[String], files: &Reader) -> Result<Given, Failure> {
    let read = || -> Result<(Data, bool), Failure> {
        let loaded = match words {
            [one] => files.load(one, true)?,
            _ => None,
        };
        let first = loaded.as_deref().or(words.first().map(String::as_str));
        match member.shape {
            Shape::Structure(_) | Shape::Any => complex(member.shape, first.unwrap_or_default(), files),
            Shape::List { of: Shape::Structure(_), .. } if !first.is_some_and(is_json) => {
                // A file is parsed as one value, which is not wrapped in a list.
                let value = match &loaded {
                    Some(text) => shorthand::parse(text, files)?,
                    None => {
                        let items = words.iter().map(|word| shorthand::parse(word, files));
                        shorthand::typed(member.shape, &Data::list(items.collect::<Result<_, _>>()?))?
                    }
                };
                Ok((value, false))
            }
            Shape::List { .. }
                if words.len() == 1 && first.is_some_and(|text| text.trim().starts_with('[')) =>
            {
                from_json(first.unwrap_or_default())
            }
            Shape::List { of, .. } => {
                // Python treats the text of a file without brackets as a list of its characters.
                let letters =
                    loaded.as_deref().map(|text| text.chars().map(String::from).collect::<Vec<_>>());
                let items = letters.as_deref().unwrap_or(words).iter();
                let items = items.map(|word| match of {
                    Shape::Structure(_) => python_object(word).map(|(value, _)| value),
                    _ => Ok(Data::text(word)),
                });
                Ok((Data::list(items.collect::<Result<_, _>>()?), true))
            }
            Shape::Integer { .. } => {
                let text = first.unwrap_or_default();
                let number = whole(text).ok_or_else(|| Failure::Plain(not_whole(text)))?;
                Ok((Data::Number(number.into()), false))
            }
            Shape::Boolean => Ok((Data::Bool(first.is_none_or(|word| word != "false")), false)),
            _ => Ok((Data::text(first.unwrap_or_default()), false)),
        }
    };
    let (value, is_ordered) = read().map_err(|failure| failure.about(option))?;
    Ok(Given { name: member.name.into(), value, is_ordered })
}

/// Parses a structure, in JSON or in shorthand syntax.
fn complex(shape: &Shape, text: &str, files: &Reader) -> Result<(Data, bool), Failure> {
    if is_json(text) {
        return python_object(text);
    }
    Ok((shorthand::typed(shape, &shorthand::parse(text, files)?)?, false))
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{'])
}

fn python_object(text: &str) -> Result<(Data, bool), Failure> {
    match text.trim_start().chars().next() {
        None => Err(Failure::Plain("string index out of range".to_owned())),
        Some('{') => from_json(text),
        Some(_) => Err(Failure::Syntax(["Invalid JSON:\n", text].concat())),
    }
}

fn from_json(text: &str) -> Result<(Data, bool), Failure> {
    let value = json::read(text)
        .map_err(|wrong| Failure::Syntax(["Invalid JSON: ", &wrong, "\nJSON received: ", text].concat()))?;
    Ok((value, true))
}

/// Adds the members of `--cli-input-json` or `--cli-input-yaml` that no option sets.
///
/// # Errors
/// When the text is not valid JSON or YAML, or is not an object.
pub fn add_whole(given: &mut Vec<Given>, text: &str, is_yaml: bool, files: &Reader) -> Result<(), Failure> {
    let option = if is_yaml { "--cli-input-yaml" } else { "--cli-input-json" };
    let loaded = files.load(text, true).map_err(|failure| failure.about(option))?;
    let text = loaded.as_deref().unwrap_or(text);
    let value = if is_yaml {
        let read = mesh_text::words::in_english(|| mesh_text::yaml::parse(text));
        read.map(|value| Data::from(&value)).map_err(|error| {
            Failure::Syntax(["Invalid YAML received: ", &error.to_string()].concat()).about("cli-input-yaml")
        })
    } else {
        from_json(text).map(|(value, _)| value).map_err(|failure| failure.about("cli-input-json"))
    };
    let value = value?;
    let Data::Map(members) = &value else {
        let text = ["'", value.python_type(false), "' object has no attribute 'keys'"].concat();
        return Err(Failure::Plain(text));
    };
    let own = given.len();
    for (name, value) in members.iter() {
        if !given.iter().take(own).any(|known| known.name == *name) {
            given.push(Given { name: name.clone(), value: value.clone(), is_ordered: false });
        }
    }
    Ok(())
}

/// Returns all problems of an input, one line for each.
pub fn validate(members: &[Member], given: &[Given]) -> Vec<String> {
    let mut problems = Vec::new();
    let names: Vec<_> = given.iter().map(|given| &*given.name).collect();
    check_names(members, &names, "input", &mut problems);
    for given in given {
        if let Some(member) = members.iter().find(|member| *member.name == *given.name) {
            Check { is_ordered: given.is_ordered, problems: &mut problems }.value(
                member.shape,
                &given.value,
                &given.name,
            );
        }
    }
    problems
}

fn check_names(members: &[Member], names: &[&str], path: &str, problems: &mut Vec<String>) {
    for member in members.iter().filter(|member| member.required && !names.contains(&member.name)) {
        problems.push(["Missing required parameter in ", path, ": \"", member.name, "\""].concat());
    }
    for name in names {
        if !members.iter().any(|member| member.name == *name) {
            let text = ["Unknown parameter in ", path, ": \"", name, "\", must be one of: "];
            problems.push([&text.concat(), &*joined(members)].concat());
        }
    }
}

fn joined(members: &[Member]) -> String {
    members.iter().map(|member| member.name).collect::<Vec<_>>().join(", ")
}

struct Check<'c> {
    is_ordered: bool,
    problems: &'c mut Vec<String>,
}

impl Check<'_> {
    /// Checks a value. The depth of the shape bounds the recursion.
    fn value(&mut self, shape: &Shape, value: &Data, path: &str) {
        match (shape, value) {
            (Shape::Structure(structure), Data::Map(members)) => self.structure(structure, members, path),
            (Shape::List { of, min, .. }, Data::List(items)) => {
                self.length(items.len(), *min, path);
                for (i, item) in items.iter().enumerate() {
                    self.value(of, item, &format!("{path}[{i}]"));
                }
            }
            (Shape::Text { min, .. }, Data::Text(text)) => self.length(text.chars().count(), *min, path),
            (Shape::Integer { min, .. }, Data::Number(number)) if !super::data::is_fraction(number) => {
                // A number that exceeds an `i64` is outside all bounds; only the lower bound is checked.
                let is_low = number.parse::<i64>().map_or(number.starts_with('-'), |number| number < *min);
                if is_low && *min > i64::MIN {
                    self.bound("value", number, &min.to_string(), path);
                }
            }
            // In Python, a boolean is also an integer.
            (Shape::Integer { min, .. }, Data::Bool(truth)) => {
                if i64::from(*truth) < *min {
                    self.bound("value", &value.python(false), &min.to_string(), path);
                }
            }
            // `Shape::Any` is always an object of strings here.
            (Shape::Any, Data::Map(members)) => {
                for (name, value) in members.iter() {
                    self.value(String::SHAPE, value, &[path, ".", name].concat());
                }
            }
            (Shape::Boolean, Data::Bool(_)) | (Shape::Choice(_), Data::Text(_)) => {}
            _ => {
                let types = match shape {
                    Shape::Structure(_) | Shape::Any => "<class 'dict'>",
                    Shape::List { .. } => "<class 'list'>, <class 'tuple'>",
                    Shape::Integer { .. } => "<class 'int'>",
                    Shape::Boolean => "<class 'bool'>",
                    _ => "<class 'str'>",
                };
                self.problems.push(format!(
                    "Invalid type for parameter {path}, value: {}, type: <class '{}'>, valid types: {types}",
                    value.plain(self.is_ordered),
                    value.python_type(self.is_ordered),
                ));
            }
        }
    }

    fn structure(&mut self, structure: &Structure, members: &Members, path: &str) {
        if structure.one_of && members.len() != 1 {
            let names = joined(structure.members);
            self.problems.push(if members.is_empty() {
                // The real tool's message lacks the same space.
                ["Must set one of the following keys for tagged unionstructure ", path, ": ", &names, "."]
                    .concat()
            } else {
                [
                    "Invalid number of parameters set for tagged union structure ",
                    path,
                    ". Can only set one of the following keys: ",
                    &names,
                    ".",
                ]
                .concat()
            });
        }
        let names: Vec<_> = members.iter().map(|(name, _)| &**name).collect();
        check_names(structure.members, &names, path, self.problems);
        for (name, value) in members {
            if let Some(member) = structure.member(name) {
                self.value(member.shape, value, &[path, ".", name].concat());
            }
        }
    }

    fn length(&mut self, length: usize, min: usize, path: &str) {
        if length < min {
            self.bound("length", &length.to_string(), &min.to_string(), path);
        }
    }

    fn bound(&mut self, what: &str, found: &str, min: &str, path: &str) {
        let text =
            ["Invalid ", what, " for parameter ", path, ", value: ", found, ", valid min ", what, ": ", min];
        self.problems.push(text.concat());
    }
}

/// Returns an input with a placeholder for each member, to fill in.
pub fn skeleton(members: &[Member]) -> Data {
    Data::map(members.iter().map(|member| (member.name.into(), placeholder(member.shape))).collect())
}

fn placeholder(shape: &Shape) -> Data {
    match shape {
        Shape::Structure(structure) => skeleton(structure.members),
        Shape::List { of, .. } => Data::list(vec![placeholder(of)]),
        Shape::Integer { .. } => Data::whole(0),
        Shape::Boolean => Data::Bool(true),
        Shape::Choice(words) => Data::text(words.first().copied().unwrap_or_default()),
        Shape::Any => Data::map(vec![("KeyName".into(), Data::text(""))]),
        Shape::Text { .. } => Data::text(""),
    }
}
