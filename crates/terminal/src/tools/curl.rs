//! `curl`: sends a request into the mesh, and shows what the client sees of the outcome.
//!
//! [`traffic::simulate`] computes the outcome; this module has curl's options, messages and exit codes, and the headers
//! that Envoy sends (docs/facts/envoy.md#outcomes, docs/facts/envoy.md#egress).

mod written;

use crate::{command::Output, shell::plain_path};
use app_mesh_engine::{
    control_plane::{Mesh, Timestamp},
    model::{HttpMethod, HttpScheme, Kind, ListenerTlsMode, Name},
    traffic::{self, Client, Egress, End, Event, Outcome, Protocol, Request, RouteHop},
};
use mesh_documents::scenario::{COLOURS, node_name};

use written::{finished, resolve_entry};

use super::{
    Call, cert,
    direct::{self, Target},
    envoy,
    url::{ADMIN_PORT, Url, find},
};

const VERSION: &str = "curl/8.5.0";

/// Parsed options.
#[derive(Default)]
struct Asked<'w> {
    urls: Vec<&'w str>,
    method: Option<&'w str>,
    headers: Vec<(Name, Name)>,
    host: Option<Name>,
    data: Option<String>,
    file: Option<String>,
    form: Option<&'w str>,
    /// Letters of the options without values: `s`, `v`, `i`, `f` and others.
    letters: String,
    is_http2: bool,
    /// `--cacert`: the file of trusted authorities; `--cert`: the client's own certificate.
    trust: Option<&'w str>,
    certificate: Option<&'w str>,
    referer: Option<&'w str>,
    /// The entries of `--resolve`: host, port and address.
    addresses: Vec<(&'w str, &'w str, &'w str)>,
}

impl<'w> Asked<'w> {
    /// Returns the address that `--resolve` gives to the host of a URL.
    fn resolved(&self, url: &Url) -> Option<&'w str> {
        let port = url.usual_port().to_string();
        let mut found = self
            .addresses
            .iter()
            .filter(|(host, own, _)| (*host == "*" || host.eq_ignore_ascii_case(&url.host)) && *own == port);
        found.next_back().map(|(.., address)| *address).filter(|address| !address.is_empty())
    }
}

/// Response to a request.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// Port of the connection.
    port: i64,
    /// Results of the proxies' certificate checks, for `-v`.
    notes: String,
}

/// curl's exit code and error message.
type Failure = (u8, String);

/// Maximum size of a request body, and of the expansion of one `--write-out` variable, in bytes.
const MOST: usize = 1 << 20;

/// Returns curl's error for a string that exceeds the limit.
fn too_long() -> Failure {
    (27, "Out of memory".to_owned())
}

pub(super) fn run(call: &mut Call) -> Output {
    let asked = match read(call) {
        Ok(asked) => asked,
        Err((code, text)) => return Output::failed(code, ["curl: ", &text, "\n"].concat()),
    };
    if asked.letters.contains('V') {
        return Output::printed([VERSION.replace('/', " ").as_str(), " (playground)\n"].concat());
    }
    if asked.urls.is_empty() {
        let text =
            "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n";
        return Output::failed(2, text);
    }
    let mut output = Output::default();
    for (index, text) in asked.urls.iter().enumerate() {
        // Each request is charged to the budget, and the output of all requests is limited like that of one command.
        call.work.done += 1;
        let printed = (output.stdout.len() + output.stderr.len()) / 1024;
        if u32::try_from(printed).unwrap_or(u32::MAX).saturating_add(call.work.done) > call.work.left {
            call.work.done = call.work.left;
            break;
        }
        // Each `-O` applies to one URL, in their order.
        let is_saved = index < asked.letters.matches('O').count();
        let one = match (is_saved, remote_name(text)) {
            (false, _) => transfer(call, &asked, text, asked.file.as_deref()),
            (true, Some(name)) => transfer(call, &asked, text, Some(name)),
            (true, None) => {
                let message = "curl: Remote file name has no length!\n\
                    curl: (23) Failed writing received data to disk/application\n";
                Output::failed(23, if asked.letters.contains('s') { "" } else { message })
            }
        };
        output.stdout.push_str(&one.stdout);
        output.stderr.push_str(&one.stderr);
        output.exit_code = one.exit_code;
    }
    output
}

/// Options with a value that have no effect here.
const IDLE: &[&str] =
    &["-m", "--max-time", "--connect-timeout", "-A", "--user-agent", "-u", "--user", "--key", "--retry"];
/// Long options without values, with their letters; a space marks an option without effect here.
const LONG: &[(&str, char)] = &[
    ("--verbose", 'v'),
    ("--silent", 's'),
    ("--show-error", 'S'),
    ("--include", 'i'),
    ("--head", 'I'),
    ("--fail", 'f'),
    ("--get", 'G'),
    ("--version", 'V'),
    ("--remote-name", 'O'),
    ("--location", ' '),
    ("--insecure", 'k'),
    ("--compressed", ' '),
    ("--no-progress-meter", ' '),
    ("--globoff", ' '),
    ("--ipv4", ' '),
    ("--ipv6", ' '),
];

fn read<'w>(call: &Call<'w, '_>) -> Result<Asked<'w>, Failure> {
    let mut asked = Asked::default();
    let mut words = call.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "-" || !word.starts_with('-') {
            asked.urls.push(word);
            continue;
        }
        if let Some((_, letter)) = LONG.iter().find(|(name, _)| *name == word) {
            asked.letters.push(*letter);
            continue;
        }
        if word.starts_with("--http2") {
            asked.is_http2 = true;
            continue;
        }
        // Letters may be combined, and a value may directly follow its letter.
        let (option, mut glued) = match word.strip_prefix("--") {
            Some(_) => (word.to_owned(), None),
            None => {
                let letters = word.get(1..).unwrap_or_default();
                let valued = letters.find(|c| "XHdowmAuEe".contains(c));
                let (flags, rest) = letters.split_at(valued.unwrap_or(letters.len()));
                if let Some(unknown) = flags.chars().find(|c| !"svSifIGLOkgV46N#".contains(*c)) {
                    let text = format!("option -{unknown}: is unknown");
                    return Err((2, text + "\ncurl: try 'curl --help' for more information"));
                }
                asked.letters.push_str(flags);
                let mut rest = rest.chars();
                let Some(letter) = rest.next() else { continue };
                (format!("-{letter}"), Some(rest.as_str()).filter(|rest| !rest.is_empty()))
            }
        };
        let mut value = || {
            let missing = || (2, [&*option, ": requires parameter"].concat());
            glued
                .take()
                .or_else(|| words.next())
                .ok_or_else(|| (missing().0, ["option ", &missing().1].concat()))
        };
        match option.as_str() {
            "-X" | "--request" => asked.method = Some(value()?),
            "-H" | "--header" => {
                let written = value()?;
                let Some((name, text)) = written.split_once(':') else { continue };
                match name.eq_ignore_ascii_case("host") {
                    true => asked.host = Some(text.trim().into()),
                    false => asked.headers.push((name.trim().into(), text.trim().into())),
                }
            }
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--json" => {
                let written = value()?;
                let text = match written.strip_prefix('@').filter(|_| option != "--data-raw") {
                    Some("-") => call.context.stdin.read().to_owned(),
                    Some(path) => match call.context.files.get(plain_path(path)) {
                        Some(text) => text.clone(),
                        None => {
                            return Err((
                                2,
                                format!(
                                    "Failed to open {path}\ncurl: option {option}: error encountered when reading a file\n\
                                     curl: try 'curl --help' or 'curl --manual' for more information"
                                ),
                            ));
                        }
                    },
                    None => written.to_owned(),
                };
                if asked.data.as_ref().map_or(0, String::len) + text.len() > MOST {
                    return Err(too_long());
                }
                asked.data = Some(match asked.data {
                    Some(before) => [&*before, "&", &text].concat(),
                    None => text,
                });
            }
            "-o" | "--output" => asked.file = Some(value()?.to_owned()),
            "-w" | "--write-out" => asked.form = Some(value()?),
            "-e" | "--referer" => {
                let written = value()?;
                asked.referer = Some(written.strip_suffix(";auto").unwrap_or(written));
            }
            "--resolve" => {
                let written = value()?;
                let entry = resolve_entry(written);
                let wrong = || (49, ["(49) Couldn't parse CURLOPT_RESOLVE entry '", written, "'"].concat());
                asked.addresses.push(entry.ok_or_else(wrong)?);
            }
            "--cacert" => asked.trust = Some(value()?),
            "-E" | "--cert" => asked.certificate = Some(value()?),
            other if IDLE.contains(&other) => drop(value()?),
            "--url" => asked.urls.push(value()?),
            _ => {
                let text =
                    ["option ", word, ": is unknown\ncurl: try 'curl --help' for more information"].concat();
                return Err((2, text));
            }
        }
    }
    Ok(asked)
}

/// Returns the last segment of a URL's path: the name of the file that `-O` writes.
fn remote_name(url: &str) -> Option<&str> {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (path, _) = url.split_once(['?', '#']).unwrap_or((url, ""));
    let (_, name) = path.rsplit_once('/')?;
    Some(name).filter(|name| !name.is_empty())
}

fn transfer(call: &mut Call, asked: &Asked, text: &str, file: Option<&str>) -> Output {
    let mut output = Output::default();
    let has = |letter| asked.letters.contains(letter);
    let answer = Url::read(text).and_then(|url| {
        let request = request(asked, &url)?;
        let answer = send(call, asked, &url, &request);
        if has('v') {
            let port = answer.as_ref().map_or(url.usual_port(), |answer| answer.port);
            let address = asked.resolved(&url).map(str::to_owned).or_else(|| address_of(call, &url));
            let address = address.filter(|_| !matches!(answer, Err((6, _))));
            let text = match address {
                Some(to) => sent(&url, &request, (&to, port), answer.is_ok() || is_cut(&answer), asked),
                None => ["* Could not resolve host: ", &url.host, "\n* Closing connection\n"].concat(),
            };
            output.stderr.push_str(&text);
        }
        answer
    });
    let mut told_headers = Vec::new();
    let (code, size) = match answer {
        Err((code, why)) => {
            if has('v') && is_cut(&Err((code, String::new()))) {
                output.stderr.push_str(&["* ", &why, "\n* Closing connection\n"].concat());
            }
            if !has('s') || has('S') {
                output.stderr.push_str(&format!("curl: ({code}) {why}\n"));
            }
            output.exit_code = code;
            (0, 0)
        }
        Ok(answer) => {
            let told = headers(&answer, asked.is_http2);
            if has('v') {
                output.stderr.push_str(&answer.notes);
                let lines: String = told.lines().flat_map(|line| ["< ", line, "\n"]).collect();
                let end = ["* Connection #0 to host ", url_host(text), " left intact\n"].concat();
                output.stderr.push_str(&[&*lines, &*end].concat());
            }
            let is_head = has('I');
            let mut body = if has('i') || is_head { told.replace('\n', "\r\n") } else { String::new() };
            if !is_head {
                body.push_str(&answer.body);
            }
            if has('f') && answer.status >= 400 {
                body.clear();
                output.exit_code = 22;
                if !has('s') || has('S') {
                    let text = format!("curl: (22) The requested URL returned error: {}\n", answer.status);
                    output.stderr.push_str(&text);
                }
            }
            match file {
                Some("/dev/null") => {}
                Some(path) if path != "-" => {
                    if let Err(why) = call.context.files.write(path, &body, false) {
                        output
                            .stderr
                            .push_str(&format!("curl: (23) Failed to open the file {path}: {why}\n"));
                        output.exit_code = 23;
                    }
                }
                _ => output.stdout.push_str(&body),
            }
            told_headers = answer.headers;
            (answer.status, answer.body.len())
        }
    };
    if let Some(form) = asked.form {
        let exit_code = output.exit_code;
        let transfer = finished(call, asked, text, (code, size, exit_code), &told_headers);
        if transfer.write(form, &mut output).is_err() {
            let (code, why) = too_long();
            return Output::failed(code, format!("curl: ({code}) {why}\n"));
        }
    }
    output
}

fn url_host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default()
}

/// Returns whether a connection was opened but ended without a response.
const fn is_cut(answer: &Result<Answer, Failure>) -> bool {
    matches!(answer, Err((35 | 52 | 56 | 60, _)))
}

fn request(asked: &Asked, url: &Url) -> Result<Request, Failure> {
    let is_get = asked.letters.contains('G');
    let usual = match (asked.letters.contains('I'), &asked.data) {
        (true, _) => "HEAD",
        (false, Some(_)) if !is_get => "POST",
        _ => "GET",
    };
    let method = asked.method.unwrap_or(usual);
    let Ok(method) = method.parse() else {
        return Err((2, ["the method ", method, " is not known here"].concat()));
    };
    let mut headers = vec![("user-agent".into(), VERSION.into()), ("accept".into(), "*/*".into())];
    if let Some(referer) = asked.referer.filter(|referer| !referer.is_empty()) {
        headers.push(("referer".into(), referer.into()));
    }
    if asked.data.is_some() && !is_get {
        headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    }
    // A given header replaces the one that curl sends by default.
    headers.retain(|(name, _): &(Name, Name)| {
        !asked.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    });
    headers.extend(asked.headers.iter().cloned());
    let is_v6 = url.host.contains(':');
    let host = if is_v6 { ["[", &url.host, "]"].concat() } else { url.host.clone() };
    let is_usual = url.port.is_none_or(|port| Url { port: None, ..url.clone() }.usual_port() == port);
    let written = if is_usual { host } else { format!("{host}:{}", url.usual_port()) };
    let mut path = url.path.clone();
    if let Some(data) = asked.data.as_ref().filter(|_| is_get) {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(data);
    }
    Ok(Request {
        // Placeholder: the client is known once the host is looked up.
        client: Client::Gateway(url.host.as_str().into()),
        host: Some(asked.host.clone().unwrap_or_else(|| written.into())),
        path,
        method,
        headers,
        scheme: url.scheme,
        certificate: asked.certificate.map(Name::from),
        protocol: if asked.is_http2 { Protocol::Http2 } else { Protocol::Http },
        port: url.port,
    })
}

fn send(call: &mut Call, asked: &Asked, url: &Url, request: &Request) -> Result<Answer, Failure> {
    let node = call.node.and_then(|node| find(call.context.playground, &[Kind::VirtualNode], node));
    let is_local = (call.node.is_some() || call.pod.is_some())
        && matches!(&*url.host, "localhost" | "127.0.0.1" | "::1");
    let wanted = if is_local { call.node.unwrap_or_default() } else { &url.host };
    if url.port == Some(ADMIN_PORT) {
        let found = find(call.context.playground, &[Kind::VirtualNode, Kind::VirtualGateway], wanted);
        let found = found.ok_or_else(|| unresolved(&url.host))?;
        call.work.done = call.work.done.saturating_add(30);
        let is_post = request.method == HttpMethod::Post;
        let (status, body) = envoy::admin(call, &found, &url.path, is_post);
        let kind = if body.starts_with('{') { "application/json" } else { "text/plain; charset=UTF-8" };
        let headers = vec![
            ("content-type", kind.to_owned()),
            ("cache-control", "no-cache, max-age=0".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("date", date(call)),
            ("server", "envoy".to_owned()),
        ];
        return Ok(Answer { status, headers, body, port: ADMIN_PORT, notes: String::new() });
    }
    if is_local {
        return beside(call, node, url, request);
    }
    let is_outside = call.node.is_none() && call.pod.is_none();
    direct::charge(call);
    let own = Url { host: asked.resolved(url).unwrap_or(&url.host).to_owned(), ..url.clone() };
    let gateway = || find(call.context.playground, &[Kind::VirtualGateway], &own.host);
    let (id, mesh, client, port) = match (node, is_outside.then(gateway).flatten()) {
        // Without a port, an application connects to 80 or 443, whether or not anything listens there.
        (Some((id, mesh, key)), _) => {
            let full = direct::records(call, &own.host).map(|(name, _)| name);
            let service = full.as_deref().unwrap_or(&own.host).into();
            (id, mesh, Client::Node { node: key.name, service }, Some(url.usual_port()))
        }
        // The load balancer in front of a gateway selects its port, unless the URL names one.
        (None, Some((id, mesh, key))) => (id, mesh, Client::Gateway(key.name), url.port),
        (None, None) => {
            let addresses = direct::addresses(call, &own.host);
            let is_address = own.host.parse::<std::net::IpAddr>().is_ok();
            // Outside the cluster, the names of its own DNS do not exist.
            if addresses.is_empty() || (is_outside && !is_address && !direct::is_balancer(call, &own.host)) {
                return Err(unresolved(&url.host));
            }
            let target =
                addresses.into_iter().find_map(|address| direct::target(call, address, url.usual_port()));
            let (kind, name, port) = match target {
                None => return Err(not_connected(url)),
                Some(Target::Envoy(kind, name, port)) => (kind, name, port),
                Some(Target::Pod(name)) => return Ok(plain(call, url, request, application_answer(&name))),
                Some(Target::Outside) => return Ok(plain(call, url, request, url.host.clone())),
            };
            let found = find(call.context.playground, &[kind], &name).filter(|(.., key)| *key.name == *name);
            let Some((id, mesh, key)) = found else { return Err(not_connected(url)) };
            if kind == Kind::VirtualNode {
                let is_checked = !asked.letters.contains('k');
                return through(call, &mesh, &key.name, (url, port), request, is_checked);
            }
            (id, mesh, Client::Gateway(key.name), Some(port))
        }
    };
    let is_own_name = asked.host.is_none()
        && request.host.as_deref() == Some(&*url.host)
        && !direct::is_balancer(call, &url.host);
    let mut request = Request { client, port, ..request.clone() };
    if is_own_name && is_outside {
        // Without an explicit host, the request names the gateway itself, whatever alias the URL uses.
        request.host = None;
    }
    let env = call.context.playground.next_env();
    let environment = &call.context.playground.world().environment;
    let outcome = traffic::simulate(environment, &mesh, &request, env.seed);
    let is_checked = request.scheme == HttpScheme::Https && !asked.letters.contains('k');
    let certificates = &environment.certificates;
    let refused = || cert::refused(certificates, &mesh, &outcome, asked.trust, &request, url);
    if let Some(why) = is_checked.then(refused).flatten() {
        return Err((60, why));
    }
    call.context.playground.counters.count(&id, &mesh, &request, &outcome);
    let answer = told(call, url, &request, &outcome);
    let size = answer.as_ref().map_or(0, |answer| answer.body.len());
    let environment = call.context.playground.world().environment.clone();
    let logs = &mut call.context.playground.logs;
    logs.record(&environment, (&id, &mesh), (&request, &outcome), size, env.now);
    answer
}

/// Sends a request within the task. It is not redirected to Envoy, so the application itself responds, on the ports of
/// the node's listeners.
fn beside(
    call: &mut Call,
    node: Option<envoy::Found>,
    url: &Url,
    request: &Request,
) -> Result<Answer, Failure> {
    let Some((_, mesh, key)) = node else { return Err(not_connected(url)) };
    let spec = mesh.virtual_node(&key.name);
    let listeners = spec.and_then(|spec| spec.listeners()).unwrap_or_default();
    let has_port = listeners.iter().any(|listener| listener.port_mapping().port() == url.usual_port());
    let environment = &call.context.playground.world().environment;
    let application = traffic::reach(environment, &mesh, &key.name).and_then(|reach| reach.application);
    let is_there = application.is_some_and(|hop| match &*url.host {
        "127.0.0.1" => hop.listens_on.ipv4,
        "::1" => hop.listens_on.ipv6,
        _ => hop.listens_on.ipv4 || hop.listens_on.ipv6,
    });
    if !has_port || !is_there {
        return Err(not_connected(url));
    }
    Ok(plain(call, url, request, application_answer(&key.name)))
}

/// Returns the response of an application without an Envoy.
fn plain(call: &mut Call, url: &Url, request: &Request, body: String) -> Answer {
    let headers = vec![
        ("date", date(call)),
        ("content-length", body.len().to_string()),
        ("content-type", "text/plain; charset=utf-8".to_owned()),
    ];
    let body = if request.method == HttpMethod::Head { String::new() } else { body };
    Answer { status: 200, headers, body, port: url.usual_port(), notes: String::new() }
}

/// Sends a request from a pod outside the mesh to the Envoy of a virtual node, which forwards it to its application.
fn through(
    call: &mut Call,
    mesh: &Mesh,
    node: &str,
    (url, port): (&Url, i64),
    request: &Request,
    is_checked: bool,
) -> Result<Answer, Failure> {
    let listeners = mesh.virtual_node(node).and_then(|spec| spec.listeners()).unwrap_or_default();
    let listener = listeners.iter().find(|listener| listener.port_mapping().port() == port);
    let Some(listener) = listener else { return Err(not_connected(url)) };
    let mode = listener.tls().map(|tls| tls.mode());
    match (request.scheme, mode) {
        // With TLS, the client would have to know the certificates of the mesh.
        (HttpScheme::Https, None | Some(ListenerTlsMode::Disabled)) => {
            return Err((35, "error:0A00010B:SSL routines::wrong version number".to_owned()));
        }
        (HttpScheme::Https, Some(_)) if is_checked => {
            let text = "SSL certificate problem: unable to get local issuer certificate";
            return Err((60, [text, cert::MORE].concat()));
        }
        (HttpScheme::Http, Some(ListenerTlsMode::Strict)) => {
            return Err((56, "Recv failure: Connection reset by peer".to_owned()));
        }
        (HttpScheme::Http | HttpScheme::Https, _) => {}
    }
    let mut answer = plain(call, url, request, application_answer(node));
    answer.headers.push(("x-envoy-upstream-service-time", "1".to_owned()));
    answer.headers.push(("server", "envoy".to_owned()));
    Ok(answer)
}

fn unresolved(host: &str) -> Failure {
    (6, ["Could not resolve host: ", host].concat())
}

fn not_connected(url: &Url) -> Failure {
    (
        7,
        format!(
            "Failed to connect to {} port {} after 0 ms: Couldn't connect to server",
            url.host,
            url.usual_port()
        ),
    )
}

/// Converts an outcome to the response or error that the client sees.
fn told(call: &mut Call, url: &Url, request: &Request, outcome: &Outcome) -> Result<Answer, Failure> {
    let mut port = url.usual_port();
    // Whether an Envoy only forwards bytes, and so adds no headers.
    let mut is_bytes = outcome.route == RouteHop::Outside;
    for event in &outcome.events {
        match event {
            Event::Gateway { port: Some(found), .. } => port = *found,
            Event::Egress(Egress::Backend { port: found, is_tcp, .. }) => {
                port = *found;
                is_bytes |= *is_tcp;
            }
            _ => {}
        }
    }
    let is_gateway = matches!(request.client, Client::Gateway(_));
    match outcome.end {
        End::Unresolved => return Err(unresolved(&url.host)),
        End::Refused => return Err(not_connected(&Url { port: Some(port), ..url.clone() })),
        End::Closed if request.scheme == HttpScheme::Https && !is_dropped(outcome) => {
            return Err(cert::closed(outcome));
        }
        // Envoy closes a connection with an invalid handshake gracefully; it resets one that no filter chain matches.
        End::Closed if request.scheme == HttpScheme::Https => {
            return Err((35, "Recv failure: Connection reset by peer".to_owned()));
        }
        End::Closed if is_gateway => return Err((52, "Empty reply from server".to_owned())),
        End::Closed => return Err((56, "Recv failure: Connection reset by peer".to_owned())),
        End::Answered | End::EnvoyAnswered => {}
    }
    let reply = &outcome.reply;
    let is_upstream = reply.caller_details == "via_upstream" && !is_bytes;
    let body = match (outcome.end, &outcome.service) {
        (End::Answered, Some(service)) => application_answer(&service.node),
        (End::Answered, None) => url.host.clone(),
        _ => reply.body.to_owned(),
    };
    let status = outcome.status().unwrap_or(200);
    let length = body.len().to_string();
    let mut headers = vec![("date", date(call))];
    if outcome.end == End::Answered {
        headers.push(("content-length", length));
        headers.push(("content-type", "text/plain; charset=utf-8".to_owned()));
    } else if !body.is_empty() {
        headers.splice(0..0, [("content-length", length), ("content-type", "text/plain".to_owned())]);
    }
    if is_upstream {
        headers.push(("x-envoy-upstream-service-time", "1".to_owned()));
    }
    if !is_bytes {
        headers.push(("server", "envoy".to_owned()));
    }
    if outcome.end != End::Answered && body.is_empty() {
        headers.push(("content-length", "0".to_owned()));
    }
    let body = if request.method == HttpMethod::Head { String::new() } else { body };
    Ok(Answer { status, headers, body, port, notes: cert::notes(outcome) })
}

/// Returns whether no filter chain matched the connection.
fn is_dropped(outcome: &Outcome) -> bool {
    outcome.events.iter().any(|event| matches!(event, Event::Egress(Egress::Dropped { .. })))
}

/// Returns the address that a host resolves to beside a virtual node; outside, returns the host itself.
fn address_of(call: &Call, url: &Url) -> Option<String> {
    let is_inside = call.node.is_some() || call.pod.is_some();
    if is_inside && url.host.eq_ignore_ascii_case("localhost") {
        return Some("127.0.0.1".to_owned());
    }
    if !is_inside && !direct::is_balancer(call, &url.host) {
        return Some(url.host.clone());
    }
    direct::addresses(call, &url.host).first().map(ToString::to_string)
}

/// Returns the response body of an application: the colour of a walkthrough node, or else the name of the node.
fn application_answer(node: &str) -> String {
    let colour = COLOURS.iter().find(|colour| node_name(colour.name) == node);
    colour.map_or(node, |colour| colour.name).to_owned()
}

/// Returns the time in the format of HTTP: `Wed, 06 Apr 2022 13:45:50 GMT`.
fn date(call: &mut Call) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Timestamp(millis) = call.context.playground.next_env().now;
    let day = usize::try_from(millis.div_euclid(86_400_000).rem_euclid(7)).unwrap_or_default();
    let written = Timestamp(millis).to_string();
    let part = |from: usize, to: usize| written.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1).saturating_sub(1);
    let names = [DAYS.get(day), MONTHS.get(month)].map(|name| name.copied().unwrap_or_default());
    [names[0], ", ", part(8, 10), " ", names[1], " ", part(0, 4), " ", part(11, 19), " GMT"].concat()
}

/// Returns the lines of `-v` before the response.
fn sent(
    url: &Url,
    request: &Request,
    (address, port): (&str, i64),
    is_connected: bool,
    asked: &Asked,
) -> String {
    let host = &url.host;
    let written = if address.contains(':') { ["[", address, "]"].concat() } else { address.to_owned() };
    let mut text = format!("*   Trying {written}:{port}...\n");
    if !is_connected {
        return text;
    }
    text.push_str(&format!("* Connected to {host} ({address}) port {port}\n"));
    let version = if asked.is_http2 { "HTTP/2" } else { "HTTP/1.1" };
    let named = request.host.as_deref().unwrap_or(host);
    text.push_str(&format!("> {} {} {version}\n> Host: {named}\n", request.method.as_str(), request.path));
    for (name, value) in &request.headers {
        let name = match &**name {
            "user-agent" => "User-Agent",
            "accept" => "Accept",
            "content-type" => "Content-Type",
            "referer" => "Referer",
            other => other,
        };
        text.push_str(&["> ", name, ": ", value, "\n"].concat());
    }
    if let Some(data) = asked.data.as_ref().filter(|_| !asked.letters.contains('G')) {
        text.push_str(&format!("> Content-Length: {}\n", data.len()));
    }
    text.push_str("> \n");
    text
}

/// Returns the status line and the headers, followed by an empty line.
fn headers(answer: &Answer, is_http2: bool) -> String {
    const REASONS: [(u16, &str); 7] = [
        (200, "OK"),
        (400, "Bad Request"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (501, "Not Implemented"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    ];
    let reason =
        REASONS.iter().find(|(status, _)| *status == answer.status).map_or("", |(_, reason)| *reason);
    let mut text = match is_http2 {
        true => format!("HTTP/2 {} \n", answer.status),
        false => format!("HTTP/1.1 {} {reason}\n", answer.status),
    };
    for (name, value) in &answer.headers {
        text.push_str(&[name, ": ", value, "\n"].concat());
    }
    text.push('\n');
    text
}
