//! The wire API on a loopback port, for clients that can only use HTTP.
//!
//! It implements HTTP/1.1 as far as the AWS SDKs use it: one request per connection, with a body that has a
//! `Content-Length`. It must not know the meaning of a request, which [`api::handle`] interprets.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

use mesh_playground::{
    api,
    control_plane::Timestamp,
    playground::{Fault, Playground},
};

/// A request with this header fails with the failure it names, so that a script can request one.
const FAULT_HEADER: &str = "x-playground-fault";

/// The state of the bridge's thread; a playground cannot be shared between threads.
pub struct Door {
    /// The playground behind the port.
    pub playground: Playground,
    /// Method, path and query of every request so far.
    pub requests: Vec<String>,
    /// Bodies of these requests.
    pub bodies: Vec<Vec<u8>>,
    /// Time of every response; if `None`, the machine's own time.
    pub clock: Option<Timestamp>,
    /// Response to every request, regardless of the request.
    pub failing: Option<Fault>,
}

/// A function to run in the bridge's thread, between two requests.
type Work = Box<dyn FnOnce(&mut Door) + Send>;

/// A playground that serves requests on a port of 127.0.0.1 until it is dropped.
pub struct Bridge {
    address: SocketAddr,
    /// `None` while the bridge shuts down.
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Bridge {
    /// Starts an empty playground behind a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (work, given) = mpsc::channel();
        let thread = std::thread::spawn(move || serve(&listener, &given));
        Self { address, work: Some(work), thread: Some(thread) }
    }

    /// Returns the address for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Calls a function with the playground, before any later request.
    pub fn with<T: Send + 'static>(&self, act: impl FnOnce(&mut Door) -> T + Send + 'static) -> T {
        let (answer, answered) = mpsc::channel();
        let work: Work = Box::new(move |door| answer.send(act(door)).unwrap());
        self.work.as_ref().unwrap().send(work).unwrap();
        self.wake();
        answered.recv().unwrap()
    }

    /// Wakes the thread, which waits for connections, with a connection without a request.
    fn wake(&self) {
        drop(TcpStream::connect(self.address));
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.work = None;
        self.wake();
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the bridge panicked");
    }
}

fn serve(listener: &TcpListener, work: &mpsc::Receiver<Work>) {
    let mut door = Door {
        playground: Playground::empty().unwrap(),
        requests: Vec::new(),
        bodies: Vec::new(),
        clock: None,
        failing: None,
    };
    for stream in listener.incoming() {
        loop {
            match work.try_recv() {
                Ok(act) => act(&mut door),
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Disconnected) => return,
            }
        }
        let Ok(stream) = stream else { continue };
        // A client that sends nothing must not block the others forever.
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let Some(request) = read(&stream) else { continue };
        let response = door.answer(request);
        // Errors of a client that has already disconnected are ignored.
        let _ = write(&stream, &response);
    }
}

impl Door {
    fn answer(&mut self, request: api::Request) -> api::Response {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let now = Timestamp(i64::try_from(since.as_millis()).unwrap());
        self.playground.set_time(self.clock.unwrap_or(now));
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        self.requests.push(format!("{} {}{query}", request.method, request.path));
        self.bodies.push(request.body.clone());
        if let Some((_, fault)) = request.headers.iter().find(|(name, _)| name == FAULT_HEADER) {
            self.playground.fail_next(match fault.as_str() {
                "TooManyRequestsException" => Fault::TooManyRequests,
                "InternalServerErrorException" => Fault::InternalServerError,
                "ServiceUnavailableException" => Fault::ServiceUnavailable,
                other => panic!("no fault is called {other}"),
            });
        }
        if let Some(fault) = self.failing {
            self.playground.fail_next(fault);
        }
        api::handle(&mut self.playground, request)
    }
}

/// Reads the only request of a connection; `None` if there is none, or only part of one.
fn read(stream: &TcpStream) -> Option<api::Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let (method, rest) = first.split_once(' ')?;
    let (target, _) = rest.split_once(' ')?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(Some(0), |(_, length)| length.parse().ok())?];
    reader.read_exact(&mut body).ok()?;
    Some(api::Request { method: method.into(), path: path.into(), query: query.into(), headers, body })
}

fn write(mut stream: &TcpStream, response: &api::Response) -> std::io::Result<()> {
    // The reason phrase is for people; clients use the status.
    let mut head = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", response.status);
    for (name, value) in &response.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", response.body.len());
    stream.write_all(&[head.as_bytes(), &response.body].concat())
}

/// Returns the command for a client with the bridge's region and credentials, and without settings of the machine.
pub fn client(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    let settings = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-west-2"),
        ("AWS_DEFAULT_REGION", "us-west-2"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_PAGER", ""),
        // A failure is reported at once; the test of retries overrides this.
        ("AWS_MAX_ATTEMPTS", "1"),
        ("NO_PROXY", "127.0.0.1"),
        ("no_proxy", "127.0.0.1"),
    ];
    command.envs(settings);
    command
}
