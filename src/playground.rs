//! One playground as a value: its state, and what the outside world gives to each request.

use std::rc::Rc;

use crate::{
    control_plane::{Answer, Env, Error, Request, Timestamp},
    model::AccountId,
    store::{self, AppState, Command, Update},
    terminal::Logs,
    traffic::Counters,
    world::World,
};

/// A whole playground, as the doors for programs take it: the [wire](crate::api), and tests.
///
/// It keeps the clock and the seed that a pure engine has to be given, so a script of requests always gives the same
/// bytes; set the clock with [`set_time`](Self::set_time) to follow the real one.
#[derive(Clone, Debug)]
pub struct Playground {
    state: Rc<AppState>,
    now: Timestamp,
    seed: u64,
    /// What the next request on the wire is answered with, whatever it asks.
    pub(crate) fault: Option<Fault>,
    /// The log lines of proxies and applications about the requests of the running terminal.
    pub(crate) logs: Logs,
    /// The Envoys' counters of the requests sent: not part of the world or of the history.
    pub(crate) counters: Counters,
}

/// A simulated failure of the service, to test clients. Source: docs/facts/api-errors.md#codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `TooManyRequestsException`, 429.
    TooManyRequests,
    /// `InternalServerErrorException`, 500.
    InternalServerError,
    /// `ServiceUnavailableException`, 503.
    ServiceUnavailable,
}

impl Fault {
    /// The failure with a status, as it is typed.
    pub fn of(status: &str) -> Option<Self> {
        let all = [Self::TooManyRequests, Self::InternalServerError, Self::ServiceUnavailable];
        all.into_iter().find(|fault| fault.told().0.to_string() == status)
    }

    /// Its status, exception and message.
    pub const fn told(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::TooManyRequests => (429, "TooManyRequestsException", "Rate exceeded"),
            Self::InternalServerError => (500, "InternalServerErrorException", "Internal failure"),
            Self::ServiceUnavailable => (503, "ServiceUnavailableException", "Service unavailable"),
        }
    }
}

impl Playground {
    /// A playground with this world and no history. Its clock stands at the start of 2026 until it is set.
    pub fn new(world: World) -> Self {
        Self {
            state: Rc::new(AppState::new(world)),
            now: Timestamp(1_767_225_600_000),
            seed: 0,
            fault: None,
            logs: Logs::default(),
            counters: Counters::default(),
        }
    }

    /// A playground that goes on from a state, as the page does for each line of the terminal.
    pub fn of_state(state: Rc<AppState>, env: &Env) -> Self {
        Self {
            state,
            now: env.now,
            seed: env.seed,
            fault: None,
            logs: Logs::default(),
            counters: Counters::default(),
        }
    }

    /// A playground with two accounts and nothing in them; see [`World::empty`].
    pub fn empty() -> Option<Self> {
        World::empty().map(Self::new)
    }

    /// The present snapshot.
    pub fn state(&self) -> &Rc<AppState> {
        &self.state
    }

    /// The present world.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// The current time of the clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The environment from which the ids of the next request are derived.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets the clock.
    pub fn set_time(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Lets the next request on the wire fail as if the service did.
    pub fn fail_next(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    /// Runs a command, as a click does.
    pub fn run(&mut self, command: Command) -> Update {
        let env = self.next_env();
        let update = store::update(&self.state, command, &env);
        self.state = update.state.clone();
        update
    }

    /// Answers one request of the API as the current account. What changes something is a step of the history.
    ///
    /// # Errors
    /// What the service would refuse, and then nothing has changed.
    pub fn answer(&mut self, request: &Request) -> Result<Answer, Error> {
        let account = self.world().account.clone();
        self.answer_as(request, &account)
    }

    /// The same as another account, which does not become the current one.
    ///
    /// # Errors
    /// What the service would refuse, and then nothing has changed.
    pub fn answer_as(&mut self, request: &Request, account: &AccountId) -> Result<Answer, Error> {
        let env = self.next_env();
        let (update, answer) = store::answer(&self.state, request, account, &env);
        self.state = update.state;
        answer
    }

    /// The world to change in a way that no request of the API does, and what the outside world gives to it.
    /// [`commit`](Self::commit) makes it the present.
    pub(crate) fn begin(&mut self) -> (World, Env) {
        let env = self.next_env();
        (World::clone(self.world()), env)
    }

    /// Makes a changed world the present, as one step of the history. `line` is what was typed.
    ///
    /// # Errors
    /// Where nothing may be changed.
    pub(crate) fn commit(&mut self, world: World, label: &str, line: &str) -> Result<(), Error> {
        let update = store::replace(&self.state, world, label.to_owned(), line.to_owned());
        self.state = update.state;
        // A world that is there already breaks no rule; it may only be one that must not change.
        if update.refusal.is_some() { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// An id for a request; the same script gives the same ids.
    pub(crate) fn request_id(&self) -> Box<str> {
        // Apart from the ids of resources, which are made from the seed itself.
        Env { now: self.now, seed: !self.seed }.uid()
    }

    /// The time, and a seed that is used once.
    pub(crate) fn next_env(&mut self) -> Env {
        self.seed = self.seed.wrapping_add(1);
        Env { now: self.now, seed: self.seed }
    }
}
