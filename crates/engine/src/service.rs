//! Services that answer the requests on the wire: App Mesh as one value.

use crate::{
    control_plane::{Answer, Env, Error, Request, Timestamp},
    world::World,
};

/// App Mesh, as used by [`api::handle`](crate::api::handle).
pub trait Service {
    /// Returns the current world.
    fn world(&self) -> &World;

    /// Answers one request as the current account.
    ///
    /// # Errors
    /// Returns the error of the service; then nothing has changed.
    fn answer(&mut self, request: &Request) -> Result<Answer, Error>;

    /// Returns the id of the next request; the same calls give the same ids.
    fn request_id(&self) -> Box<str>;

    /// Takes the simulated failure with which the next request is answered, regardless of the request; `None` if there
    /// is none.
    fn take_fault(&mut self) -> Option<Fault>;
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
    /// Returns the failure with a status, given as a string.
    pub fn of(status: &str) -> Option<Self> {
        let all = [Self::TooManyRequests, Self::InternalServerError, Self::ServiceUnavailable];
        all.into_iter().find(|fault| fault.status().to_string() == status)
    }

    /// Returns the HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::TooManyRequests => 429,
            Self::InternalServerError => 500,
            Self::ServiceUnavailable => 503,
        }
    }

    /// Returns the name of the exception.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooManyRequests => "TooManyRequestsException",
            Self::InternalServerError => "InternalServerErrorException",
            Self::ServiceUnavailable => "ServiceUnavailableException",
        }
    }

    /// Returns the message.
    pub const fn message(self) -> &'static str {
        match self {
            Self::TooManyRequests => "Rate exceeded",
            Self::InternalServerError => "Internal failure",
            Self::ServiceUnavailable => "Service unavailable",
        }
    }
}

/// A service in memory. Its clock does not advance until it is set, so a script of requests always gives the same
/// bytes.
#[derive(Clone, Debug)]
pub struct MemoryService {
    world: World,
    env: Env,
    fault: Option<Fault>,
}

impl MemoryService {
    /// Creates a service with this world. Its clock is at the start of 2026 until it is set.
    pub fn new(world: World) -> Self {
        Self { world, env: Env { now: Timestamp::START_OF_2026, seed: 0 }, fault: None }
    }

    /// Creates a service with two empty accounts; see [`World::empty`].
    pub fn empty() -> Option<Self> {
        World::empty().map(Self::new)
    }

    /// Returns the current world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Sets the clock.
    pub fn set_time(&mut self, now: Timestamp) {
        self.env.now = now;
    }

    /// Makes the next request on the wire fail with this failure of the service.
    pub fn fail_next(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }
}

impl Service for MemoryService {
    fn world(&self) -> &World {
        &self.world
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, Error> {
        self.env = self.env.next();
        let account = self.world.account.clone();
        let mut world = self.world.clone();
        let answer = world.answer(request, &account, &self.env)?;
        self.world = world;
        Ok(answer)
    }

    fn request_id(&self) -> Box<str> {
        self.env.request_id()
    }

    fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }
}
