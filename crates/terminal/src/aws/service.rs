//! The services and their operations: input, pagination and handler of each operation.

use std::cell::RefCell;

use crate::Context;
use app_mesh_engine::{
    control_plane::{Action, Error, Request},
    model::{AccountId, Kind, Member, Shape},
};
use mesh_documents::echo::kebab;
use mesh_text::sorting;

use super::{cloud_map, cloudformation, data::Data, names, ram, sts};

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
    /// Security Token Service: the identity of the caller.
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
    /// Name in the API: `CreateMesh`.
    pub name: String,
    /// Command word: `create-mesh`.
    pub command: String,
    /// Members of the input, in the order of the API model.
    pub members: Vec<Member>,
    /// Members used for pagination, if the response is paginated.
    pub pages: Option<Pages>,
    /// Handler of the operation.
    pub run: Run,
}

/// Names of the members that an operation uses for pagination.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// List in the response.
    pub list: &'static str,
    /// Token, in the input and in the response.
    pub token: &'static str,
    /// Maximum number of items per page, in the input.
    pub limit: &'static str,
}

/// Handler of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// The control plane.
    AppMesh(Action),
    /// A function of a module for a partly simulated service.
    Here(Answerer),
    /// A function that returns plain text, printed verbatim. A refusal without a code is an error of the tool itself.
    Plain(Answerer),
}

/// Handles an operation of a service that is simulated only as far as App Mesh needs it.
pub type Answerer = fn(&mut Context, &Asked) -> Result<Data, Refusal>;

/// Request to an [`Answerer`].
#[derive(Debug)]
pub struct Asked<'a> {
    /// Calling account.
    pub account: &'a AccountId,
    /// The input.
    pub input: &'a Data,
    /// Command line, for the history.
    pub line: &'a str,
    /// Remarks of the playground about the response, for standard error.
    pub remarks: RefCell<String>,
}

impl Asked<'_> {
    /// Returns a string of the input; empty if it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.input.get(name).and_then(Data::as_str).unwrap_or_default()
    }

    /// Returns the strings of a list of the input.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.input.get(name).map(Data::items).unwrap_or_default().iter().filter_map(Data::as_str).collect()
    }
}

/// Error response of a service: exception and message.
#[derive(Debug)]
pub struct Refusal {
    /// Name of the exception.
    pub code: &'static str,
    /// The message.
    pub message: String,
    /// Output printed before the failure.
    pub printed: String,
}

impl Refusal {
    /// Creates a refusal without output.
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
    /// Returns the operations of the service in the real tool, simulated or not; empty if all are simulated.
    pub fn names(self) -> &'static str {
        match self {
            Self::AppMesh => "",
            Self::CloudFormation => names::CLOUDFORMATION,
            Self::Ram => names::RAM,
            Self::CloudMap => names::CLOUD_MAP,
            Self::Sts => names::STS,
        }
    }

    /// Returns the simulated operations of the service, sorted by name.
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

/// Declaration of an operation in the table of a service.
pub struct Declaration {
    /// Name in the API.
    pub name: &'static str,
    /// Shape of the input.
    pub input: &'static Shape,
    /// List in the response, if it is paginated; all items are on one page here.
    pub list: Option<&'static str>,
    /// Handler of the operation.
    pub run: Answerer,
}

impl Declaration {
    /// Returns the operation as one of the tool itself, which prints plain text.
    pub fn plain(&self) -> Operation {
        Operation { run: Run::Plain(self.run), ..self.operation() }
    }

    fn operation(&self) -> Operation {
        let members = match self.input {
            Shape::Structure(structure) => structure.members.to_vec(),
            _ => Vec::new(),
        };
        // The member names of some services start with a capital letter.
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

/// Sends a request to the control plane. Returns the response body, wrapped in the member that SDKs use for the API's
/// payload.
///
/// # Errors
/// When the service refuses the request.
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
