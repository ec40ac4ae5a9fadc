//! From the words of options to the input of an operation, and what the real tool says of it before it asks the service.
//!
//! Only what its model checks is checked here: types, names, what is required, and the lower bounds; everything else is
//! for the service. Sources: `awscli/argprocess.py`, `botocore/validate.py`.

use super::{
    arguments::{not_whole, whole},
    data::{Data, Members},
    json, shorthand,
};
use crate::{
    model::{Declared, Member, Shape, Structure},
    terminal::Files,
};

/// Why a line ends without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The words are no line of the tool: its usage is told, too, and the line ends with 2.
    Usage(String),
    /// Words are left over: its usage is told, too.
    Unknown(String),
    /// A value is not written as it must be; which option it is of is not known yet.
    Syntax(String),
    /// Anything else.
    Plain(String),
}

impl Failure {
    /// The same, about an option.
    pub fn about(self, option: &str) -> Self {
        match self {
            Self::Syntax(text) => Self::Plain(["Error parsing parameter '", option, "': ", &text].concat()),
            other => other,
        }
    }
}

/// The files that options can name.
#[derive(Debug)]
pub struct Reader<'f> {
    /// By their names.
    pub files: &'f Files,
    /// What is piped into the line: the file `/dev/stdin`.
    pub stdin: &'f str,
}

impl Reader<'_> {
    /// The text behind `file://…`; `None` where the word is no such name. `from_web` says whether a web address is one.
    ///
    /// # Errors
    /// When there is no such file.
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
        match found.or_else(|| (path == "/dev/stdin").then_some(self.stdin)) {
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

/// One value of an input.
#[derive(Clone, Debug)]
pub struct Given {
    /// The member's name.
    pub name: std::rc::Rc<str>,
    /// Its value.
    pub value: Data,
    /// Whether its objects remember their order in Python, which texts about them tell.
    pub is_ordered: bool,
}

/// The value of an option.
///
/// # Errors
/// What is wrong with how it is written.
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
                // A file is one text, and then not in a list.
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
                // A file's text without brackets is a list of its letters to Python.
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

/// A structure: in JSON, or in the short way.
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

/// Adds the members of `--cli-input-json` that no option gives.
///
/// # Errors
/// When it is no JSON, or no object.
pub fn add_whole(given: &mut Vec<Given>, text: &str, is_yaml: bool, files: &Reader) -> Result<(), Failure> {
    let option = if is_yaml { "--cli-input-yaml" } else { "--cli-input-json" };
    let loaded = files.load(text, true).map_err(|failure| failure.about(option))?;
    let text = loaded.as_deref().unwrap_or(text);
    let value = if is_yaml {
        let read = crate::words::in_english(|| crate::document::yaml::parse(text));
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

/// Everything that is wrong with an input, a line each.
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
    /// Nesting is bounded by the shape's.
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
                // More digits than these are out of any bounds, and only a lower one is looked at.
                let is_low = number.parse::<i64>().map_or(number.starts_with('-'), |number| number < *min);
                if is_low && *min > i64::MIN {
                    self.bound("value", number, &min.to_string(), path);
                }
            }
            // To Python a truth is a number, too.
            (Shape::Integer { min, .. }, Data::Bool(truth)) => {
                if i64::from(*truth) < *min {
                    self.bound("value", &value.python(false), &min.to_string(), path);
                }
            }
            // Of any value it is known here that it is an object of texts.
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
                // The space that is missing is missing in the tool.
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

/// An input with something in each place, to fill in.
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
