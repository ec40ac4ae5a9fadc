//! A playground as one value: its state, and the clock and seed for each request.

#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use app_mesh_engine::service::Fault;
use app_mesh_engine::service::Service;

use crate::logs::Logs;
use app_mesh_engine::{
    control_plane::{Answer, Env, Error, Request, Timestamp},
    model::AccountId,
    traffic::Counters,
    world::World,
};

use crate::store::{self, AppState, Command, Update};

/// A whole playground, as used by programs: the [wire](app_mesh_engine::api), and tests.
///
/// ```
/// use {app_mesh_engine::api, playground_core::playground::Playground};
/// let mut playground = Playground::empty().unwrap();
/// let request = api::Request { method: "GET".into(), path: "/v20190125/meshes".into(), ..api::Request::default() };
/// assert_eq!(api::handle(&mut playground, request).body, br#"{"meshes":[]}"#);
/// ```
///
/// It contains the clock and the seed that the pure engine needs as input, so a script of requests always gives the
/// same bytes. To follow the real time, set the clock with [`set_time`](Self::set_time).
#[derive(Clone, Debug)]
pub struct Playground {
    state: Rc<AppState>,
    now: Timestamp,
    seed: u64,
    /// Response to the next request on the wire, regardless of the request.
    pub fault: Option<Fault>,
    /// Log lines of proxies and applications for the requests of the running terminal.
    pub logs: Logs,
    /// Counters of the Envoys for the requests sent; not part of the world or of the history.
    pub counters: Counters,
}

impl Playground {
    /// Creates a playground with this world and no history. Its clock is at the start of 2026 until it is set.
    pub fn new(world: World) -> Self {
        Self {
            state: Rc::new(AppState::new(world)),
            now: Timestamp::START_OF_2026,
            seed: 0,
            fault: None,
            logs: Logs::default(),
            counters: Counters::default(),
        }
    }

    /// Creates a playground that continues from a state, as the page does for each terminal line.
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

    /// Creates a playground with two empty accounts; see [`World::empty`].
    pub fn empty() -> Option<Self> {
        World::empty().map(Self::new)
    }

    /// Returns the current state.
    pub fn state(&self) -> &Rc<AppState> {
        &self.state
    }

    /// Returns the current world.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// Returns the current time of the clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the current seed. Each request increments it before its ids are derived.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets the clock.
    pub fn set_time(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Makes the next request on the wire fail with this failure of the service.
    pub fn fail_next(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    /// Executes a command, like a click on the page.
    pub fn run(&mut self, command: Command) -> Update {
        let env = self.next_env();
        let update = store::update(&self.state, command, &env);
        self.state = update.state.clone();
        update
    }

    /// Answers one API request as the current account. A request that changes something adds a step to the history.
    ///
    /// # Errors
    /// Returns the error of the service; then nothing has changed.
    pub fn answer(&mut self, request: &Request) -> Result<Answer, Error> {
        let account = self.world().account.clone();
        self.answer_as(request, &account)
    }

    /// Like [`answer`](Self::answer), but as another account, which does not become the current one.
    ///
    /// # Errors
    /// Returns the error of the service; then nothing has changed.
    pub fn answer_as(&mut self, request: &Request, account: &AccountId) -> Result<Answer, Error> {
        let env = self.next_env();
        let (update, answer) = store::answer(&self.state, request, account, &env);
        self.state = update.state;
        answer
    }

    /// Returns a copy of the world for a change that no API request makes, and the `Env` for it.
    /// [`commit`](Self::commit) makes the changed world the current one.
    pub fn begin(&mut self) -> (World, Env) {
        let env = self.next_env();
        (World::clone(self.world()), env)
    }

    /// Makes a changed world the current one, as one step of the history. `line` is the typed line.
    ///
    /// # Errors
    /// Returns an error if the playground is read-only.
    pub fn commit(&mut self, world: World, label: &str, line: &str) -> Result<(), Error> {
        let update = store::replace(&self.state, world, label.to_owned(), line.to_owned());
        self.state = update.state;
        // An existing world violates no rule, so the only possible refusal is a read-only playground.
        if update.refusal.is_some() { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// Returns an id for a request; the same script gives the same ids.
    pub fn request_id(&self) -> Box<str> {
        Env { now: self.now, seed: self.seed }.request_id()
    }

    /// Returns the time with a seed that is used only once.
    pub fn next_env(&mut self) -> Env {
        self.seed = self.seed.wrapping_add(1);
        Env { now: self.now, seed: self.seed }
    }
}

impl Service for Playground {
    fn world(&self) -> &World {
        self.world()
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, Error> {
        self.answer(request)
    }

    fn request_id(&self) -> Box<str> {
        self.request_id()
    }

    fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }
}
