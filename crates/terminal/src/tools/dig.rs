//! `dig` and `nslookup`, which query the DNS of the playground.

use crate::command::Output;

use super::{Call, direct};

/// Address of the resolver: in a VPC, the base address plus two.
const SERVER: &str = "10.0.0.2";

/// Answers to a query, each as type and address.
type Answers = Vec<(&'static str, String)>;

/// Returns the full name and the answers to a query; `None` if the name does not exist.
fn answers(call: &Call, host: &str, kind: &str, is_searched: bool) -> Option<(String, Answers)> {
    let bare = host.strip_suffix('.').unwrap_or(host);
    let absolute = [bare, "."].concat();
    let (name, records) = direct::records(call, if is_searched { host } else { &absolute })?;
    let wants = |own: &str| kind == own || kind == "ANY";
    let v4 = records.a.iter().filter(|_| wants("A")).map(|address| ("A", address.to_string()));
    let v6 = records.aaaa.iter().filter(|_| wants("AAAA")).map(|address| ("AAAA", address.to_string()));
    let name = if is_searched { name } else { host.to_owned() };
    Some((name, v4.chain(v6).collect()))
}

/// Returns the address of the resolver: a pod asks that of the cluster.
fn server(call: &Call) -> &'static str {
    if call.pod.is_some() { direct::CLUSTER_DNS } else { SERVER }
}

const TYPES: [&str; 8] = ["A", "AAAA", "ANY", "CNAME", "MX", "NS", "SRV", "TXT"];

pub(super) fn run(call: &mut Call) -> Output {
    let (mut host, mut kind) = (None, "A".to_owned());
    let (mut is_short, mut is_answer, mut is_searched) = (false, false, false);
    let mut words = call.words.iter();
    while let Some(word) = words.next() {
        let upper = word.to_ascii_uppercase();
        match word.as_str() {
            "+short" => is_short = true,
            "+noall" => is_answer = true,
            // Unlike the other tools, dig uses the search domains only when asked.
            "+search" => is_searched = true,
            "-t" => kind = words.next().map(|word| word.to_ascii_uppercase()).unwrap_or_default(),
            "-q" => host = words.next().or(host),
            option if option.starts_with(['+', '-', '@']) => {}
            _ if host.is_some() && TYPES.contains(&&*upper) => kind = upper,
            _ if TYPES.contains(&&*upper) && upper == *word => kind = upper,
            _ if host.is_none() => host = Some(word),
            _ => {}
        }
    }
    let host = host.map_or(".", String::as_str);
    direct::charge(call);
    let found = answers(call, host, &kind, is_searched);
    let (host, found) = found.map_or((host.to_owned(), None), |(name, found)| (name, Some(found)));
    let name = if host.ends_with('.') { host } else { [&*host, "."].concat() };
    let server = server(call);
    let mut lines = String::new();
    for (kind, address) in found.iter().flatten() {
        match is_short {
            true => lines.push_str(&[&**address, "\n"].concat()),
            false => lines.push_str(&[&*name, "\t\t300\tIN\t", kind, "\t", address, "\n"].concat()),
        }
    }
    if is_short || is_answer {
        return Output::printed(lines);
    }
    let status = if found.is_some() { "NOERROR" } else { "NXDOMAIN" };
    let count = found.map_or(0, |found| found.len());
    let section = if count == 0 { String::new() } else { [";; ANSWER SECTION:\n", &lines, "\n"].concat() };
    let words = call.words.join(" ");
    Output::printed(format!(
        "\n; <<>> DiG 9.18.28 <<>> {words}\n;; global options: +cmd\n;; Got answer:\n\
         ;; ->>HEADER<<- opcode: QUERY, status: {status}, id: 4711\n\
         ;; flags: qr rd ra; QUERY: 1, ANSWER: {count}, AUTHORITY: 0, ADDITIONAL: 1\n\n\
         ;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n\
         ;; QUESTION SECTION:\n;{name}\t\tIN\t{kind}\n\n{section}\
         ;; Query time: 0 msec\n;; SERVER: {server}#53({server}) (UDP)\n\n"
    ))
}

pub(super) fn nslookup(call: &mut Call) -> Output {
    let mut kind = "ANY".to_owned();
    let mut host = None;
    for word in call.words {
        match word.strip_prefix("-type=").or_else(|| word.strip_prefix("-query=")) {
            Some(given) => kind = given.to_ascii_uppercase(),
            None if host.is_none() && !word.starts_with('-') => host = Some(word.as_str()),
            None => {}
        }
    }
    let Some(host) = host else { return Output::failed(1, "usage: nslookup [-type=T] HOST\n") };
    let server = server(call);
    let mut text = ["Server:\t\t", server, "\nAddress:\t", server, "#53\n\n"].concat();
    direct::charge(call);
    let found = answers(call, host, &kind, true);
    let (host, found) = found.map_or((host.to_owned(), None), |(name, found)| (name, Some(found)));
    let host = host.strip_suffix('.').filter(|host| !host.is_empty()).unwrap_or(&host);
    let (end, exit_code) = match found.as_deref() {
        None => (["** server can't find ", host, ": NXDOMAIN\n\n"].concat(), 1),
        Some([]) => (["*** Can't find ", host, ": No answer\n\n"].concat(), 0),
        Some(found) => {
            text.push_str("Non-authoritative answer:\n");
            let lines = found.iter().flat_map(|(_, address)| ["Name:\t", host, "\nAddress: ", address, "\n"]);
            (lines.chain(["\n"]).collect(), 0)
        }
    };
    Output { stdout: text + &end, stderr: String::new(), exit_code }
}
