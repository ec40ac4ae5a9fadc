//! App Mesh for the SDK: a playground on this thread in place of the network.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use aws_sdk_appmesh::{
    Client, Config,
    config::{
        AsyncSleep, BehaviorVersion, ConfigBag, Credentials, IdentityCache, Intercept, Region,
        RuntimeComponents, Sleep, StalledStreamProtectionConfig,
        http::{HttpRequest, HttpResponse},
        interceptors::AfterDeserializationInterceptorContextRef,
        retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::BoxError,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::Metadata,
};
use mesh_playground::{
    api,
    control_plane::Timestamp,
    playground::{Fault, Playground},
    world::World,
};

thread_local! {
    // The SDK requires a connector that any thread may call, but a playground stays on its thread. So each test uses
    // the playground of its thread, and `done` runs the SDK there.
    static PLAYGROUND: RefCell<Playground> = RefCell::new(Playground::empty().unwrap());
}

/// Calls a function with the playground behind the service of this thread.
pub fn playground<T>(work: impl FnOnce(&mut Playground) -> T) -> T {
    PLAYGROUND.with_borrow_mut(work)
}

/// Runs a future of the SDK to completion. Nothing here waits for external events, so a future that is not ready soon
/// hangs.
pub fn done<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let polls = (0..1000).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    });
    polls.unwrap()
}

/// A client with a new, empty App Mesh, which replaces the previous one on this thread.
pub struct Service {
    /// The client.
    pub client: Client,
    log: Arc<Log>,
}

/// Record of the client's actions.
#[derive(Debug, Default)]
struct Log {
    /// The SDK's names of the operations that succeeded.
    operations: Mutex<BTreeSet<String>>,
    /// Method, path and status of every request on the wire.
    exchanges: Mutex<Vec<(String, String, u16)>>,
    /// Time that the client waited before each retry.
    waits: Mutex<Vec<Duration>>,
}

impl Service {
    /// Creates a service with the default quotas, and a client without retries.
    pub fn new() -> Self {
        Self::start(true, RetryConfig::disabled())
    }

    /// Creates a service without quotas.
    pub fn unlimited() -> Self {
        Self::start(false, RetryConfig::disabled())
    }

    /// Creates a service whose client has the SDK's default number of retries: two.
    pub fn retried() -> Self {
        Self::start(true, RetryConfig::standard())
    }

    fn start(enforces_quotas: bool, retries: RetryConfig) -> Self {
        let mut world = World::empty().unwrap();
        world.control_plane.enforces_quotas = enforces_quotas;
        playground(|playground| *playground = Playground::new(world));
        let log = Arc::new(Log::default());
        let wire = SharedHttpConnector::new(Wire(log.clone()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "the test"))
            .identity_cache(IdentityCache::no_cache())
            .http_client(http_client_fn(move |_, _| wire.clone()))
            .interceptor(Recorder(log.clone()))
            .sleep_impl(Recorder(log.clone()))
            .retry_config(retries)
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Self { client: Client::from_conf(config.build()), log }
    }

    /// Returns the SDK's names of the operations that succeeded.
    pub fn operations(&self) -> BTreeSet<String> {
        self.log.operations.lock().unwrap().clone()
    }

    /// Returns the statuses of all responses since the last call.
    pub fn statuses(&self) -> Vec<u16> {
        self.log.exchanges.lock().unwrap().drain(..).map(|(_, _, status)| status).collect()
    }

    /// Returns method and path of the last request.
    pub fn last_request(&self) -> (String, String) {
        let exchanges = self.log.exchanges.lock().unwrap();
        exchanges.last().map(|(method, path, _)| (method.clone(), path.clone())).unwrap()
    }

    /// Returns the number of times the client waited before a retry.
    pub fn waits(&self) -> usize {
        self.log.waits.lock().unwrap().len()
    }
}

/// Sets the clock to this number of half seconds after the start of 2026, which the wire's fractions represent exactly.
pub fn set_clock(halves: i64) {
    playground(|playground| playground.set_time(Timestamp(1_767_225_600_000 + halves * 500)));
}

/// Makes the next response a failure of the service.
pub fn fail_next(fault: Fault) {
    playground(|playground| playground.fail_next(fault));
}

/// Replaces the network.
#[derive(Debug)]
struct Wire(Arc<Log>);

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri();
        let rest = uri.strip_prefix("https://appmesh.us-west-2.amazonaws.com").unwrap();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let asked = api::Request {
            method: request.method().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: request.headers().iter().map(|(name, value)| (name.into(), value.into())).collect(),
            body: request.body().bytes().unwrap().to_vec(),
        };
        let exchange = (asked.method.clone(), asked.path.clone());
        let answer = playground(|playground| api::handle(playground, asked));
        self.0.exchanges.lock().unwrap().push((exchange.0, exchange.1, answer.status));
        let mut response = HttpResponse::new(answer.status.try_into().unwrap(), answer.body.into());
        for (name, value) in answer.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Records the operations that the SDK calls and the times that it waits, and returns from each wait at once.
#[derive(Debug)]
struct Recorder(Arc<Log>);

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.output_or_error().is_ok() {
            let operation = config.load::<Metadata>().unwrap().name().to_owned();
            self.0.operations.lock().unwrap().insert(operation);
        }
        Ok(())
    }
}

impl AsyncSleep for Recorder {
    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.waits.lock().unwrap().push(duration);
        Sleep::new(std::future::ready(()))
    }
}
