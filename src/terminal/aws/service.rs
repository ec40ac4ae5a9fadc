//! The services and their operations: what each takes, how it pages, and who answers.

use std::cell::RefCell;

use super::{cloud_map, cloudformation, data::Data, names, ram, sts};
use crate::{
    control_plane::{Action, Error, Request},
    model::{AccountId, Kind, Member, Shape},
    sorting,
    terminal::{Context, echo::kebab},
};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// App Mesh, or its preview.
    AppMesh,
    /// CloudFormation: stacks.
    CloudFormation,
    /// Resource Access Manager: sharing.
    Ram,
    /// Cloud Map.
    CloudMap,
    /// Who one is.
    Sts,
}

/// The command words of the simulated services; `names` lists the several hundred others of the real tool.
pub const SERVICES: &[(&str, Service)] = &[
    ("appmesh", Service::AppMesh),
    ("appmesh-preview", Service::AppMesh),
    ("cloudformation", Service::CloudFormation),
    ("ram", Service::Ram),
    ("servicediscovery", Service::CloudMap),
    ("sts", Service::Sts),
];

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the API: `CreateMesh`.
    pub name: String,
    /// Its command word: `create-mesh`.
    pub command: String,
    /// What it takes, in the order of its model.
    pub members: Vec<Member>,
    /// How its answer comes in pages, if it does.
    pub pages: Option<Pages>,
    /// Who answers it.
    pub run: Run,
}

/// The members by which an operation pages.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// The list in the answer.
    pub list: &'static str,
    /// The token, in the input and in the answer.
    pub token: &'static str,
    /// How many items a page has at most.
    pub limit: &'static str,
}

/// Who answers an operation.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// The control plane.
    AppMesh(Action),
    /// A function of this module's.
    Here(Answerer),
    /// The same for plain text, printed verbatim. A refusal without a code is an error of the tool itself.
    Plain(Answerer),
}

/// Answers an operation of a service that is here only as far as App Mesh needs it.
pub type Answerer = fn(&mut Context, &Asked) -> Result<Data, Refusal>;

/// What such an operation is asked.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub account: &'a AccountId,
    /// The input.
    pub input: &'a Data,
    /// The line as it was typed, for the history.
    pub line: &'a str,
    /// Remarks of the playground about the answer, for standard error.
    pub remarks: RefCell<String>,
}

impl Asked<'_> {
    /// A text of the input; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.input.get(name).and_then(Data::as_str).unwrap_or_default()
    }

    /// The texts of a list of the input.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.input.get(name).map(Data::items).unwrap_or_default().iter().filter_map(Data::as_str).collect()
    }
}

/// A service's refusal: its exception, and the message.
#[derive(Debug)]
pub struct Refusal {
    /// The exception's name.
    pub code: &'static str,
    /// The message.
    pub message: String,
    /// The output before the failure.
    pub printed: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), printed: String::new() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl Service {
    /// The operations of the service in the real tool, simulated or not; empty when all are simulated.
    pub fn names(self) -> &'static str {
        match self {
            Self::AppMesh => "",
            Self::CloudFormation => names::CLOUDFORMATION,
            Self::Ram => names::RAM,
            Self::CloudMap => names::CLOUD_MAP,
            Self::Sts => names::STS,
        }
    }

    /// Its operations, in the order of their names.
    pub fn operations(self) -> Vec<Operation> {
        let table = match self {
            Self::AppMesh => {
                let mut operations: Vec<_> = Action::all().map(app_mesh).collect();
                sorting::sort_by(&mut operations, |a, b| a.name.cmp(&b.name));
                return operations;
            }
            Self::CloudFormation => {
                let mut operations: Vec<_> =
                    cloudformation::OPERATIONS.iter().map(Declaration::operation).collect();
                operations.push(cloudformation::DEPLOY.plain());
                sorting::sort_by(&mut operations, |a, b| a.name.cmp(&b.name));
                return operations;
            }
            Self::Ram => ram::OPERATIONS,
            Self::CloudMap => cloud_map::OPERATIONS,
            Self::Sts => sts::OPERATIONS,
        };
        table.iter().map(Declaration::operation).collect()
    }
}

/// An operation as a table has it.
pub struct Declaration {
    /// Its name in the API.
    pub name: &'static str,
    /// Its input.
    pub input: &'static Shape,
    /// The list of an answer that comes in pages; all are on one page here.
    pub list: Option<&'static str>,
    /// Who answers it.
    pub run: Answerer,
}

impl Declaration {
    /// An operation of the tool itself, which prints text.
    pub fn plain(&self) -> Operation {
        Operation { run: Run::Plain(self.run), ..self.operation() }
    }

    fn operation(&self) -> Operation {
        let members = match self.input {
            Shape::Structure(structure) => structure.members.to_vec(),
            _ => Vec::new(),
        };
        // Some services begin their members with a capital.
        let [token, limit] = if members.iter().any(|member| member.name == "NextToken") {
            ["NextToken", "MaxResults"]
        } else {
            ["nextToken", "maxResults"]
        };
        let pages = self.list.map(|list| Pages { list, token, limit });
        let command = kebab(self.name).trim_start_matches('-').to_owned();
        Operation { name: self.name.to_owned(), command, members, pages, run: Run::Here(self.run) }
    }
}

fn app_mesh(action: Action) -> Operation {
    let name = action.name();
    let list = match action {
        Action::List(kind) => Some(kind.declaration().collection),
        Action::ListTagsForResource => Some("tags"),
        _ => None,
    };
    Operation {
        command: kebab(&name).trim_start_matches('-').to_owned(),
        name,
        members: action.members(),
        pages: list.map(|list| Pages { list, token: "nextToken", limit: "limit" }),
        run: Run::AppMesh(action),
    }
}

/// Asks the control plane. The answer is what the wire carries, under the member that the API's payload has in SDKs.
///
/// # Errors
/// What the service refuses.
pub fn ask(context: &mut Context, action: Action, asked: &Asked) -> Result<Data, Refusal> {
    let input = serde_json::Value::from(asked.input);
    let request = Request::parse(action, &input, asked.account).map_err(Error::Invalid)?;
    let answer = context.playground.answer_as(&request, asked.account)?;
    let body = Data::from(&answer.body(&context.playground.world().region));
    let wrapped = |kind: Kind| Data::map(vec![(kind.declaration().member.into(), body.clone())]);
    Ok(match action {
        Action::Create(kind) | Action::Describe(kind) | Action::Update(kind) | Action::Delete(kind) => {
            wrapped(kind)
        }
        _ => body,
    })
}
