//! Tasks as network namespaces on one bridge, with App Mesh's redirection, and the processes in them.

use std::{
    ffi::OsStr,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::PART;

/// The address of a virtual service, which no task has. Requests of an application to it are redirected to its Envoy.
pub const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
/// Address of the DNS server.
pub const RESOLVER: &str = "10.0.0.1:53";

const REDIRECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/redirect.py");

/// Traffic of a task that is redirected to its Envoy.
#[derive(Clone, Copy)]
pub enum Redirected {
    /// Inbound traffic to port 9080.
    In,
    /// Outbound traffic to [`SERVICE`], port 9080.
    Out,
    /// Outbound traffic to [`SERVICE`], any port.
    All,
    /// Traffic from an application beside the Envoy to this address, any port. The application runs in a namespace
    /// behind that of the task, so that Envoy's own traffic to the address is not redirected. App Mesh distinguishes
    /// the two by user, but here there is only one user.
    Behind(Ipv4Addr),
    /// No traffic: a gateway.
    Nothing,
}

/// A task, with the processes that run in it until it is dropped.
pub struct Task {
    name: String,
    /// Namespace of its clients.
    client: String,
    /// IPv4 address of the task.
    pub ipv4: Ipv4Addr,
    /// IPv6 address of the task.
    pub ipv6: Ipv6Addr,
    processes: Vec<Child>,
}

/// Returns a script with the kinds of kernel operations that [`begin`] and the tasks need. If it fails, the test cannot
/// run.
pub fn probe() -> String {
    format!(
        "mount -t tmpfs none /run
        ip link set lo up
        ip link add br0 type bridge
        ip -6 addr add fd00::1/64 dev br0 nodad
        ip netns add n1
        ip link add v1 master br0 type veth peer name eth0 netns n1
        ip netns exec n1 python3 {REDIRECT} in 9080 15000"
    )
}

/// Creates the bridge, and a resolver file that names the DNS server. This is the whole environment of Envoy.
pub fn begin(folder: &str) {
    let resolver = format!("{folder}/resolv.conf");
    std::fs::write(&resolver, "nameserver 10.0.0.1\n").unwrap();
    shell(&format!(
        "mount -t tmpfs none /run
        mount --bind {resolver} /etc/resolv.conf
        ip link set lo up
        ip link add br0 type bridge
        ip addr add 10.0.0.1/16 dev br0
        ip -6 addr add fd00::1/64 dev br0 nodad
        ip link set br0 up"
    ));
}

fn shell(script: &str) {
    let output = Command::new("sh").args(["-ec", script]).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
}

impl Task {
    /// Creates the task with this number, from which its addresses are derived.
    pub fn new(number: u8, redirected: Redirected) -> Self {
        let name = format!("t{number}");
        let (ipv4, ipv6) = (
            Ipv4Addr::new(10, 0, 1, number),
            Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, u16::from(number) + 0x100),
        );
        let redirect = match redirected {
            Redirected::In => format!("ip netns exec {name} python3 {REDIRECT} in 9080 15000"),
            Redirected::Out => format!("ip netns exec {name} python3 {REDIRECT} out 9080 15001 {SERVICE}"),
            Redirected::All => format!("ip netns exec {name} python3 {REDIRECT} out 0 15001 {SERVICE}"),
            Redirected::Behind(address) => format!(
                "ip netns exec {name} python3 {REDIRECT} in 0 15001 {address}
                ip netns add a{number}
                ip -n {name} link add eth1 type veth peer name eth0 netns a{number}
                ip -n {name} addr add 10.200.{number}.1/24 dev eth1
                ip -n {name} link set eth1 up
                ip -n a{number} addr add 10.200.{number}.2/24 dev eth0
                ip -n a{number} link set eth0 up
                ip -n a{number} route add default via 10.200.{number}.1"
            ),
            Redirected::Nothing => String::new(),
        };
        shell(&format!(
            "ip netns add {name}
            ip link add v{number} type veth peer name eth0 netns {name}
            ip link set v{number} master br0 up
            ip -n {name} addr add {ipv4}/16 dev eth0
            ip -n {name} -6 addr add {ipv6}/64 dev eth0 nodad
            ip -n {name} link set lo up
            ip -n {name} link set eth0 up
            ip -n {name} route add default via 10.0.0.1
            ip netns exec {name} sh -c 'echo 1 > /proc/sys/net/ipv6/bindv6only'
            {redirect}"
        ));
        let client =
            if matches!(redirected, Redirected::Behind(_)) { format!("a{number}") } else { name.clone() };
        Self { name, client, ipv4, ipv6, processes: Vec::new() }
    }

    fn command(&self, program: &OsStr) -> Command {
        Self::command_in(&self.name, program)
    }

    fn command_in(namespace: &str, program: &OsStr) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(program);
        command
    }

    /// Starts this test as the application of the task, on these families: `4`, `6` or `46`. It responds with the name
    /// `says`.
    pub fn start_application(&mut self, families: &str, says: &str) {
        let mut command = self.command(std::env::current_exe().unwrap().as_os_str());
        command
            .args(["--exact", "part", "--nocapture"])
            .env(PART, "app")
            .env("APP", families)
            .env("SAYS", says);
        self.processes.push(command.stdout(Stdio::null()).spawn().unwrap());
    }

    /// Starts Envoy with this unchanged configuration.
    pub fn start_envoy(&mut self, file: &str) {
        let envoy = crate::proxy::envoy().unwrap();
        let mut command = self.command(envoy.as_os_str());
        command.args(["--concurrency", "1", "--disable-hot-restart", "-l", "error"]);
        command.args(["--file-flush-interval-msec", "50", "-c", file]);
        self.processes.push(command.spawn().unwrap());
    }

    /// Starts a program that runs in the task until the task is dropped.
    pub fn start(&mut self, program: &str, arguments: &[&str]) {
        let mut command = self.command(OsStr::new(program));
        self.processes.push(command.args(arguments).spawn().unwrap());
    }

    /// Runs a program in the task until it exits, and returns its output.
    pub fn output(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(OsStr::new(program)).args(arguments).output().unwrap()
    }

    /// Waits until Envoy reports that it is ready.
    pub fn wait_for_envoy(&self) {
        let until = Instant::now() + Duration::from_secs(30);
        let admin = SocketAddr::from((self.ipv4, 9901));
        let is_live = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect_timeout(&admin, Duration::from_secs(1))?;
            stream.write_all(b"GET /ready HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer.contains("LIVE"))
        };
        while !is_live().unwrap_or(false) {
            assert!(Instant::now() < until, "the Envoy of {} is not ready", self.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs this test as a client in the task. For each line `id address host path`, returns the id with the status and
    /// the body.
    pub fn request_all(&self, requests: &[String]) -> Vec<(String, String)> {
        let mut command = Self::command_in(&self.client, std::env::current_exe().unwrap().as_os_str());
        command
            .args(["--exact", "part", "--nocapture"])
            .env(PART, "requests")
            .env("REQUESTS", requests.join("\n"));
        let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
        // The first line may follow the output of the test harness.
        let answers = printed.lines().filter_map(|line| line.split_once("answer ")?.1.split_once(' '));
        answers.map(|(id, told)| (id.to_owned(), told.to_owned())).collect()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
