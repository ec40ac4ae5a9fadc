//! `curl --write-out`: the variables of a finished transfer; and the entries of `--resolve`.

use mesh_text::json::compact;
use serde_json::{Map, Value};

use app_mesh_engine::model::HttpScheme;

use crate::{
    command::Output,
    tools::{Call, url::Url},
};

use super::{Asked, MOST, address_of};

/// A finished transfer.
pub(super) struct Transfer<'t> {
    /// Its variables with values, by name. Variables of [`EMPTY`] that are missing are empty.
    pub values: Vec<(&'static str, String)>,
    /// The headers of the response.
    pub headers: &'t [(&'static str, String)],
    /// Whether it failed.
    pub has_failed: bool,
}

/// Further variables that curl knows.
const EMPTY: &[&str] = &[
    "certs",
    "content_type",
    "errormsg",
    "filename_effective",
    "ftp_entry_path",
    "local_ip",
    "redirect_url",
    "referer",
    "remote_ip",
    "url.fragment",
    "url.options",
    "url.password",
    "url.query",
    "url.user",
    "url.zoneid",
];
/// Variables that are zero here: nothing is redirected, and no proxy or certificate is shown.
const ZERO: &[&str] = &[
    "http_connect",
    "local_port",
    "num_certs",
    "num_redirects",
    "proxy_ssl_verify_result",
    "remote_port",
    "speed_download",
    "speed_upload",
    "ssl_verify_result",
];
/// Variables that are a time of zero here.
const TIMES: &[&str] =
    &["time_appconnect", "time_connect", "time_namelookup", "time_pretransfer", "time_redirect"];
/// Variables of numbers, which JSON writes without quotation marks.
const NUMBERS: &[&str] = &[
    "exitcode",
    "http_code",
    "num_",
    "port",
    "response_code",
    "size_",
    "speed_",
    "time_",
    "urlnum",
    "verify",
];

impl Transfer<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let known = self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        known.or_else(|| match name {
            _ if EMPTY.contains(&name) => Some(String::new()),
            _ if ZERO.contains(&name) => Some(if name == "http_connect" { "000" } else { "0" }.to_owned()),
            _ if TIMES.contains(&name) => Some("0.000000".to_owned()),
            "header_json" => Some(self.header_json()),
            "json" => Some(self.json()),
            _ => None,
        })
    }

    fn header_json(&self) -> String {
        let mut names = Map::new();
        for (name, value) in self.headers {
            names.insert((*name).to_owned(), Value::Array(vec![Value::from(&**value)]));
        }
        compact(&Value::Object(names))
    }

    fn json(&self) -> String {
        let own = self.values.iter().map(|(name, _)| *name);
        let names = own.chain(EMPTY.iter().copied()).chain(ZERO.iter().copied()).chain(TIMES.iter().copied());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with("url.")).collect();
        mesh_text::sorting::sort(&mut names);
        names.dedup();
        let members = names.into_iter().map(|name| {
            let value = self.value(name).unwrap_or_default();
            let value = match () {
                () if NUMBERS.iter().any(|part| name.contains(part)) => match value.trim_start_matches('0') {
                    "" => "0".to_owned(),
                    short if short.starts_with('.') => ["0", short].concat(),
                    short => short.to_owned(),
                },
                () if value.is_empty() => "null".to_owned(),
                () => compact(&Value::from(value)),
            };
            ["\"", name, "\":", &value].concat()
        });
        ["{", &*members.collect::<Vec<_>>().join(","), "}"].concat()
    }

    /// Appends the text of `--write-out` to the output.
    ///
    /// # Errors
    /// Returns `Err` if the text is too long.
    pub(super) fn write(&self, form: &str, output: &mut Output) -> Result<(), ()> {
        let mut is_error = false;
        let mut rest = form;
        while let Some(at) = rest.find(['%', '\\']) {
            let (before, behind) = rest.split_at(at);
            let mut add = |text: &str| {
                let place = if is_error { &mut output.stderr } else { &mut output.stdout };
                place.push_str(text);
                place.len() <= MOST
            };
            if !add(before) {
                return Err(());
            }
            let mut letters = behind.chars();
            let (mark, next) = (letters.next(), letters.next());
            let after = letters.as_str();
            rest = after;
            let is_added = match (mark, next) {
                (Some('\\'), Some('n')) => add("\n"),
                (Some('\\'), Some('r')) => add("\r"),
                (Some('\\'), Some('t')) => add("\t"),
                (Some('%'), Some('%')) => add("%"),
                (Some('%'), Some('{')) => match after.split_once('}') {
                    Some((name, after)) => {
                        rest = after;
                        match name {
                            "stderr" | "stdout" => {
                                is_error = name == "stderr";
                                true
                            }
                            "onerror" if !self.has_failed => return Ok(()),
                            "onerror" => true,
                            name => match self.value(name) {
                                Some(value) => add(&value),
                                None => {
                                    let text = ["curl: unknown --write-out variable: '", name, "'\n"];
                                    output.stderr.push_str(&text.concat());
                                    output.stderr.len() <= MOST
                                }
                            },
                        }
                    }
                    None => add("%{"),
                },
                (Some('%'), _) if behind.starts_with("%header{") => {
                    let (name, after) =
                        behind.get(8..).unwrap_or_default().split_once('}').unwrap_or_default();
                    rest = after;
                    let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                    add(found.map_or("", |(_, value)| value))
                }
                (Some(mark), next) => {
                    let mut text = String::from(mark);
                    text.extend(next);
                    add(&text)
                }
                (None, _) => true,
            };
            if !is_added {
                return Err(());
            }
        }
        let place = if is_error { &mut output.stderr } else { &mut output.stdout };
        place.push_str(rest);
        Ok(())
    }
}

/// Returns the variables of a finished transfer, from its status, the size of its response and the exit code.
pub(super) fn finished<'t>(
    call: &Call,
    asked: &Asked,
    text: &str,
    (status, size, exit_code): (u16, usize, u8),
    headers: &'t [(&'static str, String)],
) -> Transfer<'t> {
    let url = Url::read(text).ok();
    let mut values: Vec<(&'static str, String)> = Vec::new();
    let mut add = |name, value: String| values.push((name, value));
    let status = format!("{status:03}");
    let is_answered = status != "000";
    add("response_code", status.clone());
    add("http_code", status);
    add("size_download", size.to_string());
    add("exitcode", exit_code.to_string());
    add("url_effective", text.to_owned());
    add("url", text.to_owned());
    add("urlnum", asked.urls.iter().position(|url| *url == text).unwrap_or_default().to_string());
    add("time_total", "0.001000".to_owned());
    add("time_starttransfer", if is_answered { "0.001000" } else { "0.000000" }.to_owned());
    add("num_connects", u8::from(is_answered).to_string());
    add("num_headers", headers.len().to_string());
    let lengths = headers.iter().map(|(name, value)| name.len() + value.len() + 4);
    let first = if is_answered { "HTTP/1.1 200 OK\r\n\r\n".len() } else { 0 };
    add("size_header", (first + lengths.sum::<usize>()).to_string());
    add("size_upload", asked.data.as_ref().filter(|_| is_answered).map_or(0, String::len).to_string());
    let version = if asked.is_http2 { "2" } else { "1.1" };
    add("http_version", if is_answered { version } else { "0" }.to_owned());
    let method = asked.method.unwrap_or(match (asked.letters.contains('I'), &asked.data) {
        (true, _) => "HEAD",
        (false, Some(_)) if !asked.letters.contains('G') => "POST",
        _ => "GET",
    });
    add("method", method.to_owned());
    let kind = headers.iter().find(|(name, _)| *name == "content-type");
    add("content_type", kind.map_or_else(String::new, |(_, kind)| kind.clone()));
    add("filename_effective", asked.file.clone().unwrap_or_default());
    add("referer", asked.referer.unwrap_or_default().to_owned());
    add("curl_version", "libcurl/8.5.0".to_owned());
    if let Some(url) = url {
        let is_https = url.scheme == HttpScheme::Https;
        add("scheme", if is_https { "HTTPS" } else { "HTTP" }.to_owned());
        add("url.scheme", if is_https { "https" } else { "http" }.to_owned());
        add("url.host", url.host.clone());
        add("url.port", url.usual_port().to_string());
        let (path, query) = url.path.split_once('?').unwrap_or((&url.path, ""));
        add("url.path", path.to_owned());
        add("url.query", query.to_owned());
        let address = asked.resolved(&url).map(str::to_owned).or_else(|| address_of(call, &url));
        // A gateway outside the cluster is known by its name only.
        let address = address.filter(|text| is_answered && text.parse::<std::net::IpAddr>().is_ok());
        if let Some(address) = address {
            add("remote_ip", address);
        }
        if is_answered {
            add("remote_port", url.usual_port().to_string());
        }
        if is_https && is_answered {
            add("time_appconnect", "0.001000".to_owned());
        }
    }
    Transfer { values, headers, has_failed: exit_code != 0 }
}

/// Parses an entry of `--resolve`: `HOST:PORT:ADDRESS`, or `-HOST:PORT`, which removes an entry.
pub(super) fn resolve_entry(entry: &str) -> Option<(&str, &str, &str)> {
    let (entry, is_removed) = entry
        .strip_prefix('-')
        .map_or_else(|| (entry.strip_prefix('+').unwrap_or(entry), false), |rest| (rest, true));
    let (host, rest) = entry.split_once(':')?;
    let (port, addresses) = match rest.split_once(':') {
        Some((port, addresses)) => (port, addresses),
        None if is_removed => (rest, ""),
        None => return None,
    };
    port.parse::<u16>().ok()?;
    if is_removed {
        return Some((host, port, ""));
    }
    let first = addresses.split(',').next()?;
    let address = first.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(first);
    address.parse::<std::net::IpAddr>().ok()?;
    Some((host, port, address))
}
