//! Requests of clients and their answers: the four operations on a resource, lists, tags, and the tokens that make it
//! safe to repeat a request.
//!
//! The wire and the terminal use this module; forms and documents, which have no tokens and no pages, call
//! [`ControlPlane::apply`] directly.

use std::rc::Rc;

use mesh_text::words::english;
use serde_json::{Map, Value};

use super::{
    Action, ControlPlane, Env, Error, Operation, Resource, Response, Verb,
    resource::{self, Form},
    rules,
};
use crate::model::{
    AccountId, Declared, Key, Kind, MeshId, Name, Problem, ResourceId, Rule, TagKey, TagList, TextMap, View,
    check, declare::structure, object, parse,
};

/// Maximum number of tags of a resource. Source: API shape `TagList`.
const MOST_TAGS: usize = 50;
/// The maximum number of characters of a client token.
const LONGEST_TOKEN: usize = 36;
/// Maximum number of stored receipts: a token is meant for a retry within minutes.
const KEPT_RECEIPTS: usize = 100;

/// A request with its input, checked against the declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// An operation on one resource.
    Resource {
        /// The operation.
        operation: Operation,
        /// Token for retries: the same token with the same operation returns the first response again.
        client_token: Option<Box<str>>,
    },
    /// `List…`
    List {
        /// Kind of the listed resources.
        kind: Kind,
        /// The mesh whose resources are listed; `None` lists the meshes themselves.
        mesh: Option<MeshId>,
        /// The router or gateway whose routes are listed.
        parent: Option<Name>,
        /// The requested part of the list.
        page: Page,
    },
    /// `ListTagsForResource`
    ListTags {
        /// The resource.
        arn: Box<str>,
        /// The requested part of the list.
        page: Page,
    },
    /// `TagResource`
    Tag {
        /// The resource.
        arn: Box<str>,
        /// The tags to set; other tags stay.
        tags: TextMap,
    },
    /// `UntagResource`
    Untag {
        /// The resource.
        arn: Box<str>,
        /// The keys of the tags to remove.
        keys: Vec<Box<str>>,
    },
}

/// Requested part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Maximum number of items, 1 to 100.
    pub limit: usize,
    /// The `nextToken` of the previous page.
    pub after: Option<Box<str>>,
}

structure! {
    /// Input of every list. Source: API shapes `ListMeshesInput` and its counterparts.
    ListInput {
        /// How many items at most.
        "limit" limit: Option<ListLimit>,
        /// The token of the page before.
        "nextToken" next_token: Option<String>,
    }
}

crate::model::declare::integer! {
    /// Maximum number of items of a page. Source: API shape `ListMeshesLimit` and its counterparts.
    ListLimit 1..=100
}

structure! {
    /// Input of `ListTagsForResource`. Source: API shape `ListTagsForResourceInput`.
    ListTagsInput {
        /// How many tags at most.
        "limit" limit: Option<TagsLimit>,
        /// The token of the page before.
        "nextToken" next_token: Option<String>,
        /// The resource.
        "resourceArn" resource_arn: String,
    }
}

crate::model::declare::integer! {
    /// Maximum number of tags of a page. Source: API shape `TagsLimit`.
    TagsLimit 1..=50
}

structure! {
    /// Input of `TagResource`. Source: API shape `TagResourceInput`.
    TagInput {
        /// The resource.
        "resourceArn" resource_arn: String,
        /// The tags.
        "tags" tags: TagList,
    }
}

structure! {
    /// Input of `UntagResource`. Source: API shape `UntagResourceInput`.
    UntagInput {
        /// The resource.
        "resourceArn" resource_arn: String,
        /// The keys.
        "tagKeys" tag_keys: crate::model::Bounded<TagKey, 0, 50>,
    }
}

impl Request {
    /// Parses the members of a request's input, including those of the path and the query.
    ///
    /// ```
    /// use app_mesh_engine::{control_plane::{Action, Request}, model::Kind};
    /// let caller = "123456789012".parse().unwrap();
    /// let input = serde_json::json!({"meshName": "m", "limit": 101});
    /// let problems = Request::parse(Action::List(Kind::Route), &input, &caller).unwrap_err();
    /// let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    /// assert_eq!(texts, ["limit must be from 1 to 100, not 101", "virtualRouterName is required"]);
    /// ```
    ///
    /// # Errors
    /// Every rule that the input breaks, each with its path.
    pub fn parse(action: Action, input: &Value, caller: &AccountId) -> Result<Self, Vec<Problem>> {
        match action {
            Action::Create(kind) => Self::resource(Verb::Create, kind, input, caller),
            Action::Describe(kind) => Self::resource(Verb::Describe, kind, input, caller),
            Action::Update(kind) => Self::resource(Verb::Update, kind, input, caller),
            Action::Delete(kind) => Self::resource(Verb::Delete, kind, input, caller),
            Action::List(kind) => {
                let mut problems = Vec::new();
                check(ListInput::SHAPE, input, "", &mut problems);
                let (mesh, parent) = super::operation::read_place(kind, input, caller, &mut problems);
                let view = View::<ListInput>::new(input);
                let page = Page::new(view.limit(), view.next_token());
                if problems.is_empty() { Ok(Self::List { kind, mesh, parent, page }) } else { Err(problems) }
            }
            Action::ListTagsForResource => {
                let view = parse::<ListTagsInput>(input, "")?;
                let page = Page::new(view.limit(), view.next_token());
                Ok(Self::ListTags { arn: view.resource_arn().into(), page })
            }
            Action::TagResource => {
                let view = parse::<TagInput>(input, "")?;
                let mut problems = Vec::new();
                let tags = super::operation::read_tags(Some(&input["tags"]), &mut problems);
                if problems.is_empty() {
                    Ok(Self::Tag { arn: view.resource_arn().into(), tags })
                } else {
                    Err(problems)
                }
            }
            Action::UntagResource => {
                let view = parse::<UntagInput>(input, "")?;
                let mut problems = Vec::new();
                for (i, key) in view.tag_keys().iter().enumerate() {
                    super::operation::check_tag_key(key, &format!("tagKeys[{i}]"), &mut problems);
                }
                let keys = view.tag_keys().iter().map(Box::from).collect();
                let arn = view.resource_arn().into();
                if problems.is_empty() { Ok(Self::Untag { arn, keys }) } else { Err(problems) }
            }
        }
    }

    /// Returns whether the request changes nothing, and so adds no step to the history.
    pub fn only_reads(&self) -> bool {
        match self {
            Self::Resource { operation, .. } => operation.verb() == Verb::Describe,
            Self::List { .. } | Self::ListTags { .. } => true,
            Self::Tag { .. } | Self::Untag { .. } => false,
        }
    }

    fn resource(verb: Verb, kind: Kind, input: &Value, caller: &AccountId) -> Result<Self, Vec<Problem>> {
        // Create, update and delete of a mesh have no `meshOwner` in the model; unknown members are ignored.
        let is_own = kind == Kind::Mesh && verb != Verb::Describe;
        let without_owner = match input {
            Value::Object(members) if is_own && members.contains_key("meshOwner") => {
                let others = members.iter().filter(|(name, _)| *name != "meshOwner");
                Some(Value::Object(others.map(|(name, value)| (name.clone(), value.clone())).collect()))
            }
            _ => None,
        };
        let operation = Operation::parse(verb, kind, without_owner.as_ref().unwrap_or(input), caller)?;
        let takes_token = matches!(verb, Verb::Create | Verb::Update);
        let client_token = match input.get("clientToken").filter(|token| takes_token && !token.is_null()) {
            None => None,
            Some(token) => Some(client_token(parse::<String>(token, "clientToken")?)?),
        };
        Ok(Self::Resource { operation, client_token })
    }
}

/// Parses a client token: at most 36 letters, digits, hyphens and underscores. Source: the API reference's text for
/// `clientToken`; the shape itself has no bound, so clients send any string.
fn client_token(token: &str) -> Result<Box<str>, Vec<Problem>> {
    let found = token.chars().count();
    let other = token.chars().find(|c| !rules::is_name_character(*c));
    let rule = match other {
        _ if found > LONGEST_TOKEN => Rule::Length { min: 0, max: LONGEST_TOKEN, found },
        Some(found) => {
            Rule::Characters { allowed: english("letters, digits, hyphens and underscores"), found }
        }
        None => return Ok(token.into()),
    };
    Err(vec![Problem { path: "clientToken".to_owned(), rule }])
}

impl Page {
    /// Returns the page that the members of a list's input request.
    pub fn new(limit: Option<i64>, after: Option<&str>) -> Self {
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100);
        Self { limit, after: after.map(Box::from) }
    }

    /// Returns the first page.
    pub fn first() -> Self {
        Self::new(None, None)
    }
}

/// Record of the response to a request with a client token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    caller: AccountId,
    token: Box<str>,
    operation: Operation,
    response: Response,
}

/// Answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One resource.
    Resource(Response),
    /// A page of a list.
    List {
        /// Kind of the listed resources.
        kind: Kind,
        /// The resources, in the order of their keys.
        items: Vec<Rc<Resource>>,
        /// The token of the next page, if there is one.
        next: Option<String>,
    },
    /// A page of tags.
    Tags {
        /// Keys and values.
        tags: Vec<(String, String)>,
        /// The token of the next page, if there is one.
        next: Option<String>,
    },
    /// No content: tags were set or removed.
    Done,
}

impl Answer {
    /// Returns the response body; one resource is not wrapped in a member: docs/facts/api-operations.md#bodies.
    pub fn body(&self, region: &str) -> Value {
        match self {
            Self::Resource(response) => response.resource.answer_as(region, response.status, resource::wire),
            _ => self.members(region, resource::wire),
        }
    }

    /// Returns the JSON that the AWS CLI shows; one resource is wrapped in its payload key.
    pub fn shown(&self, region: &str) -> Value {
        match self {
            Self::Resource(response) => response.answer(region),
            _ => self.members(region, resource::shown),
        }
    }

    fn members(&self, region: &str, form: Form) -> Value {
        match self {
            Self::Resource(_) | Self::Done => Value::Object(Map::new()),
            Self::List { kind, items, next } => {
                let items = items.iter().map(|item| item.list_item(region, form)).collect();
                object(&[(kind.declaration().collection, &Value::Array(items)), ("nextToken", next)])
            }
            Self::Tags { tags, next } => {
                let tags = tags.iter().map(|(key, value)| object(&[("key", key), ("value", value)]));
                object(&[("nextToken", next), ("tags", &Value::Array(tags.collect()))])
            }
        }
    }
}

impl ControlPlane {
    /// Answers one request of one account in a region.
    ///
    /// # Errors
    /// When the service would reject the request; the state is then unchanged.
    pub fn answer(
        &mut self,
        request: &Request,
        caller: &AccountId,
        region: &str,
        env: &Env,
    ) -> Result<Answer, Error> {
        match request {
            Request::Resource { operation, client_token: None } => {
                self.apply(operation, caller, env).map(Answer::Resource)
            }
            Request::Resource { operation, client_token: Some(token) } => {
                self.apply_once(operation, token, caller, env).map(Answer::Resource)
            }
            Request::List { kind, mesh, parent, page } => {
                self.list(*kind, mesh.as_ref(), parent.as_ref(), page, caller)
            }
            Request::ListTags { arn, page } => {
                let resource = self.tagged(arn, caller, region)?;
                let list =
                    List { text: tags_text(&resource.id), holds: &|key| resource.tags.contains_key(key) };
                let after =
                    page.after.as_deref().map(|token| self.place_in(&list, token, caller)).transpose()?;
                let mut tags =
                    resource.tags.iter().filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after));
                let found: Vec<_> =
                    tags.by_ref().take(page.limit).map(|(key, value)| (key.clone(), value.clone())).collect();
                let is_more = tags.next().is_some();
                let next = found.last().filter(|_| is_more).map(|(key, _)| self.token(&list, key, caller));
                Ok(Answer::Tags { tags: found, next })
            }
            Request::Tag { arn, tags } => {
                let mut resource = Resource::clone(&*self.tagged(arn, caller, region)?);
                for (key, value) in tags.iter() {
                    resource.tags.insert(key.clone(), value.clone());
                }
                if resource.tags.len() > MOST_TAGS {
                    return Err(Error::TooManyTags { found: resource.tags.len() });
                }
                self.put(resource);
                Ok(Answer::Done)
            }
            Request::Untag { arn, keys } => {
                let mut resource = Resource::clone(&*self.tagged(arn, caller, region)?);
                for key in keys {
                    resource.tags.remove(&**key);
                }
                self.put(resource);
                Ok(Answer::Done)
            }
        }
    }

    /// Applies an operation with a client token. A repeated request returns the first response; a different request
    /// with the same token is rejected. Tokens of different callers and of different operations are independent.
    fn apply_once(
        &mut self,
        operation: &Operation,
        token: &str,
        caller: &AccountId,
        env: &Env,
    ) -> Result<Response, Error> {
        let is_same = |receipt: &&Rc<Receipt>| {
            let (old, new) = (&receipt.operation, operation);
            *receipt.token == *token
                && receipt.caller == *caller
                && (old.verb(), old.id().key.kind) == (new.verb(), new.id().key.kind)
        };
        if let Some(receipt) = self.receipts.iter().find(is_same) {
            return match receipt.operation == *operation {
                true => Ok(receipt.response.clone()),
                false => Err(Error::TokenReused(token.into())),
            };
        }
        let response = self.apply(operation, caller, env)?;
        let receipt = Receipt {
            caller: caller.clone(),
            token: token.into(),
            operation: operation.clone(),
            response: response.clone(),
        };
        let start = (self.receipts.len() + 1).saturating_sub(KEPT_RECEIPTS);
        let kept = self.receipts.get(start..).unwrap_or_default();
        self.receipts = kept.iter().cloned().chain([Rc::new(receipt)]).collect();
        Ok(response)
    }

    fn list(
        &self,
        kind: Kind,
        mesh: Option<&MeshId>,
        parent: Option<&Name>,
        page: &Page,
        caller: &AccountId,
    ) -> Result<Answer, Error> {
        let place = |resource: &Resource| match mesh {
            None => [resource.id.mesh.owner.as_str(), "/", &resource.id.mesh.name].concat(),
            Some(_) => resource.id.key.name.to_string(),
        };
        let holds = |name: &str| {
            let key = Key { kind, parent: parent.cloned(), name: name.into() };
            // A position in another format is not in this list.
            mesh.map_or(name.contains('/'), |mesh| {
                self.mesh(mesh).is_some_and(|mesh| mesh.get(&key).is_some())
            })
        };
        let list = List { text: list_text(kind, mesh, parent), holds: &holds };
        let after = page.after.as_deref().map(|token| self.place_in(&list, token, caller)).transpose()?;
        let mut items: Box<dyn Iterator<Item = &Rc<Resource>>> = match mesh {
            None => {
                let after = after.as_deref().map(mesh_of).transpose()?;
                let meshes = self
                    .visible_to(caller)
                    .filter(move |(id, _)| after.as_ref().is_none_or(|after| *id > after));
                Box::new(meshes.filter_map(|(_, mesh)| mesh.of_kind(Kind::Mesh).next()))
            }
            Some(mesh_id) => {
                let mesh = rules::check_listing(self, kind, mesh_id, caller)?;
                if let Some((parent_kind, name)) = kind.declaration().parent.zip(parent) {
                    let key = Key::new(parent_kind, name.clone());
                    self.existing(&ResourceId { mesh: mesh_id.clone(), key })?;
                }
                let first =
                    Key { kind, parent: parent.cloned(), name: after.as_deref().unwrap_or_default().into() };
                let items = mesh.starting_at(&first).iter();
                let within = items
                    .take_while(move |item| item.id.key.kind == kind && item.id.key.parent == first.parent);
                // The page begins after the last name of the previous page.
                Box::new(
                    within.filter(move |item| after.as_ref().is_none_or(|after| *item.id.key.name > **after)),
                )
            }
        };
        let found: Vec<_> = items.by_ref().take(page.limit).cloned().collect();
        let is_more = items.next().is_some();
        let next = found.last().filter(|_| is_more).map(|last| self.token(&list, &place(last), caller));
        Ok(Answer::List { kind, items: found, next })
    }

    /// Returns the token for the items after a position in a list.
    fn token(&self, list: &List, place: &str, caller: &AccountId) -> String {
        // Several resources often share a tag key, so a position that is also in another list of tags is not treated as
        // ambiguous.
        match self.is_elsewhere(list, place, caller, !list.text.starts_with(TAGS)) {
            true => encoded(&[place, LIST_MARK, &list.text].concat()),
            false => encoded(place),
        }
    }

    /// Decodes the position in a token of a list. Rejects a token of another list: one that names another list, or
    /// whose position is not in this list but in another one.
    fn place_in(&self, list: &List, token: &str, caller: &AccountId) -> Result<String, Error> {
        let place = decoded(token)?;
        let (place, is_own) = match place.split_once(LIST_MARK) {
            Some((place, text)) => (place, *text == *list.text),
            // An item that no list contains was removed after the token was issued.
            None => (&*place, (list.holds)(&place) || !self.is_elsewhere(list, &place, caller, true)),
        };
        if is_own { Ok(place.to_owned()) } else { Err(bad_token()) }
    }

    /// Returns whether another list that the caller may request has an item at a position.
    fn is_elsewhere(&self, list: &List, place: &str, caller: &AccountId, and_in_tags: bool) -> bool {
        self.visible_to(caller).any(|(id, mesh)| {
            let is_mesh = place.strip_prefix(id.owner.as_str()).and_then(|rest| rest.strip_prefix('/'));
            is_mesh
                .is_some_and(|name| *name == *id.name && *list.text != *Kind::Mesh.declaration().collection)
                || mesh.resources().any(|resource| {
                    let Key { kind, parent, name } = &resource.id.key;
                    let is_named = *kind != Kind::Mesh
                        && **name == *place
                        && list_text(*kind, Some(id), parent.as_ref()) != list.text;
                    is_named
                        || (and_in_tags
                            && resource.tags.contains_key(place)
                            && list.text != tags_text(&resource.id))
                })
        })
    }

    /// Returns the resource with this ARN, which only its own account may request: docs/facts/sharing.md#permissions.
    ///
    /// Rejects ARNs of another partition or another region. The service's messages for these are not known; they follow
    /// its message for an account (docs/facts/api-errors.md#texts).
    fn tagged(&self, arn: &str, caller: &AccountId, region: &str) -> Result<Rc<Resource>, Error> {
        let invalid = || {
            let rule = Rule::Service(format!("is not the ARN of a mesh or of something in one: `{arn}`"));
            Error::Invalid(vec![Problem { path: "resourceArn".to_owned(), rule }])
        };
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let &["arn", partition, "appmesh", in_region, account, path] = &*parts else { return Err(invalid()) };
        for (part, found, expected) in [("partition", partition, "aws"), ("region", in_region, region)] {
            if found != expected {
                let text = format!("{arn} is an invalid ARN. Invalid {part} in the ARN provided : {found}");
                return Err(Error::Invalid(vec![Problem {
                    path: String::new(),
                    rule: Rule::Verbatim(text),
                }]));
            }
        }
        if account != caller.as_str() {
            return Err(Error::ForeignArn { arn: arn.into(), account: account.into() });
        }
        let (mesh, key) = key_of(path).ok_or_else(invalid)?;
        // The ARN contains the account that owns the resource; another account may own the mesh.
        let here = |id: &MeshId| id.name == mesh;
        let mut homes = self.visible_to(caller).filter(|(id, _)| here(id));
        let own = |found: &&Rc<Resource>| found.metadata.resource_owner == *caller;
        homes.find_map(|(_, mesh)| mesh.get(&key).filter(own)).cloned().ok_or_else(|| {
            let mesh = MeshId { owner: caller.clone(), name: mesh };
            Error::NotFound { mesh, key }
        })
    }
}

/// Parses a path such as `mesh/m/virtualRouter/r/route/x`: returns the mesh, and the key of the resource in it.
fn key_of(path: &str) -> Option<(Name, Key)> {
    let kind_of = |member: &str| Kind::ALL.into_iter().find(|kind| kind.declaration().member == member);
    let mut parts = path.split('/');
    let (mut kind, mut name) = (kind_of(parts.next()?)?, parts.next()?);
    let (mesh, mut parent) = (Name::from(name), None);
    if kind != Kind::Mesh {
        return None;
    }
    while let Some(member) = parts.next() {
        let inner = kind_of(member)?;
        let expected = if kind == Kind::Mesh { None } else { Some(kind) };
        if inner == Kind::Mesh || inner.declaration().parent != expected {
            return None;
        }
        parent = expected.map(|_| Name::from(name));
        (kind, name) = (inner, parts.next()?);
    }
    (!name.is_empty()).then(|| (mesh, Key { kind, parent, name: name.into() }))
}

/// The parts of a list that its tokens need.
struct List<'l> {
    /// The kind, mesh and parent of the list, or the resource of its tags: unique for each list.
    text: String,
    /// Whether the list contains a position.
    holds: &'l dyn Fn(&str) -> bool,
}

/// Separator of position and list in a token whose position alone is ambiguous.
const LIST_MARK: &str = "\0";

fn list_text(kind: Kind, mesh: Option<&MeshId>, parent: Option<&Name>) -> String {
    let collection = kind.declaration().collection;
    match mesh {
        None => collection.to_owned(),
        Some(MeshId { owner, name }) => {
            let parent = parent.map_or("", |parent| parent);
            [collection, "/", owner.as_str(), "/", name, "/", parent].concat()
        }
    }
}

/// Prefix of the `text` of a list of tags.
const TAGS: &str = "tags/";

fn tags_text(id: &ResourceId) -> String {
    let list = list_text(id.key.kind, Some(&id.mesh), id.key.parent.as_ref());
    [TAGS, &list, "/", &id.key.name].concat()
}

/// Encodes the position at which a page ended, so that a list that changes between two pages repeats nothing and loses
/// nothing. The token is opaque to clients: hexadecimal digits with a checksum that detects mistyped tokens.
fn encoded(place: &str) -> String {
    let mut token = format!("{:02x}", sum(place.as_bytes()));
    for byte in place.bytes() {
        token.push_str(&format!("{byte:02x}"));
    }
    token
}

fn decoded(token: &str) -> Result<String, Error> {
    let digits = token.as_bytes().chunks(2);
    let bytes = digits.map(|pair| {
        let digit = |place: usize| char::from(*pair.get(place)?).to_digit(16);
        u8::try_from(digit(0)? * 16 + digit(1)?).ok()
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    let place = bytes.and_then(|bytes| {
        let (first, rest) = bytes.split_first()?;
        (*first == sum(rest)).then(|| String::from_utf8(rest.to_vec()).ok()).flatten()
    });
    place.ok_or_else(bad_token)
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0x6d, |sum: u8, byte| sum.rotate_left(3) ^ byte)
}

/// Returns the error for an invalid token. Source: not known; a bad request is the only error that the model has for it
/// (docs/facts/api-operations.md#pages).
fn bad_token() -> Error {
    let rule = Rule::Service("is not a token of this list; leave it out to begin anew".to_owned());
    Error::Invalid(vec![Problem { path: "nextToken".to_owned(), rule }])
}

fn mesh_of(place: &str) -> Result<MeshId, Error> {
    let (owner, name) = place.split_once('/').ok_or_else(bad_token)?;
    Ok(MeshId { owner: owner.parse().map_err(|_| bad_token())?, name: name.into() })
}
