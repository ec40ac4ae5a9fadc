//! The live proof: real Envoys, started from the unchanged generated configurations, behave as the simulation predicts.
//!
//! Every task is a separate network namespace with an Envoy, an application and App Mesh's real redirection (15000,
//! 15001), so that the configurations need no change for the test: ports, addresses, listeners and access logs are
//! those of the product. A DNS server and a resolver file that names it complete the environment. One request is sent
//! for each preference, kind of records, kind of discovery, application and client; the client's result and the logs of
//! the Envoys on both sides must match the prediction of `traffic`.
//!
//! The test runs itself: first in new namespaces (`unshare`), then as application and as client in those of the tasks.
//! It needs Linux, the permission to create namespaces, `ip`, Python, curl and Envoy; if one is missing, the test is
//! skipped with a message. Start at [`proof`].

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "live/admin.rs"]
mod admin;
#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "live/dns.rs"]
mod dns;
#[path = "live/egress.rs"]
mod egress;
#[allow(dead_code)]
#[path = "envoy/meshes.rs"]
mod meshes;
#[path = "live/names.rs"]
mod names;
#[path = "live/network.rs"]
mod network;
#[path = "envoy/proxy.rs"]
mod proxy;
#[allow(dead_code)]
#[path = "../../tests/properties/specs.rs"]
mod specs;
#[path = "live/table.rs"]
mod table;

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

/// Role of the test when it runs itself: `proof`, `app` or `requests`.
const PART: &str = "MESH_PLAYGROUND_LIVE_PART";

/// Runs all parts in namespaces that exist only during the test.
#[test]
fn proof() {
    if std::env::var_os(PART).is_some() {
        return;
    }
    let Some(envoy) = proxy::envoy() else { return };
    let network = network::probe();
    for (what, program, arguments) in [
        ("the right to make namespaces", "unshare", &["-rnm", "true"][..]),
        ("ip, of iproute2", "ip", &["-V"]),
        ("Python", "python3", &["-V"]),
        ("curl", "curl", &["-V"]),
        ("network with bridges, IPv6 and redirection", "unshare", &["-rnm", "sh", "-ec", &network]),
    ] {
        if !Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success()) {
            common::skipped(&format!("the live proof, as there is no {what} here"));
            return;
        }
    }
    let started = Instant::now();
    let mut inside = Command::new("unshare");
    inside.arg("-rnm").arg(std::env::current_exe().unwrap());
    inside.args(["--exact", "part", "--nocapture"]).env(PART, "proof").env("ENVOY", envoy);
    assert!(inside.status().unwrap().success(), "see above");
    println!("{} s", started.elapsed().as_secs());
}

/// Plays a role when the test runs itself.
#[test]
fn part() {
    match std::env::var(PART).as_deref() {
        Ok("proof") => {
            let folder = std::env::temp_dir().join(format!("mesh-playground-live-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            network::begin(folder.to_str().unwrap());
            table::prove(folder.to_str().unwrap());
            egress::prove(folder.to_str().unwrap());
            names::prove(folder.to_str().unwrap());
            admin::prove(folder.to_str().unwrap());
            std::fs::remove_dir_all(&folder).unwrap();
        }
        Ok("app") => serve(),
        Ok("requests") => request_all(),
        _ => {}
    }
}

/// Runs an application that responds to every request on ports 9080 and 9081 of the families in APP, with the family of
/// the connection and the text in SAYS.
fn serve() {
    let families = std::env::var("APP").unwrap();
    let mut listeners = Vec::new();
    for (family, address) in [("4", "0.0.0.0"), ("6", "::")] {
        for port in [9080, 9081].into_iter().filter(|_| families.contains(family)) {
            let says = format!("IPv{family}{}", std::env::var("SAYS").unwrap());
            let address: IpAddr = address.parse().unwrap();
            // The kernel is configured so that :: accepts IPv6 only: network.rs.
            listeners.push((says, TcpListener::bind((address, port)).unwrap()));
        }
    }
    let threads = listeners.into_iter().map(|(says, listener)| {
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let says = says.clone();
                std::thread::spawn(move || answer(stream, &says));
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
}

fn answer(mut stream: TcpStream, body: &str) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all((head + body).as_bytes());
}

/// Runs a client that sends a request for each line `id address host path`, and prints `id status body`.
fn request_all() {
    for line in std::env::var("REQUESTS").unwrap().lines() {
        let words: Vec<_> = line.split(' ').collect();
        let told = request(words[1].parse().unwrap(), words[0], words[2], words[3]);
        println!("answer {} {told}", words[0]);
    }
}

fn request(to: SocketAddr, id: &str, host: &str, path: &str) -> String {
    let read = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nx-case: {id}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let (mut answer, mut buffer) = (String::new(), [0; 4096]);
        // Does not read until the connection closes: Envoy keeps a connection open for a second after a local reply.
        while !is_whole(&answer) {
            match stream.read(&mut buffer)? {
                0 => break,
                read => answer.push_str(&String::from_utf8_lossy(&buffer[..read])),
            }
        }
        Ok(answer)
    };
    match read() {
        Ok(answer) => {
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
            let status = head.split(' ').nth(1).unwrap_or("none");
            format!("{status} {body}")
        }
        Err(error) => format!("none {error}"),
    }
}

/// Returns whether a response has its whole body.
fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| body.len() >= length)
}
