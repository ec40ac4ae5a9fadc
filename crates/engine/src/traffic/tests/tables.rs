//! One target node under every preference: the 240 measured cells, and related cases.

use std::net::IpAddr;

use super::*;
use crate::environment::{Family, Interception};

/// Result of step 1: the family used, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step1 {
    V4,
    V6,
    V6Refused,
    NoHost,
}
use Step1::{NoHost, V4, V6, V6Refused};

/// "The address the client Envoy uses, and whether the target's Envoy accepts it." Columns: A only; AAAA only;
/// both, DNS; both, Cloud Map; neither.
const STEP_1: [[Step1; 5]; 5] = [
    [V4, V6Refused, V6Refused, V4, NoHost],
    [V4, V6, V6, V6, NoHost],
    [V4, V6, V4, V4, NoHost],
    [NoHost, V6, V6, V6, NoHost],
    [V4, NoHost, V4, V4, NoHost],
];

const RECORDS: [Families; 4] =
    [Families::V4, Families::V6, Families::BOTH, Families { ipv4: false, ipv6: false }];

fn step_1(row: usize, records: usize, by: By) -> Step1 {
    let column = match (records, by) {
        (0 | 1, _) => records,
        (2, By::Dns) => 2,
        (2, By::CloudMap) => 3,
        _ => 4,
    };
    STEP_1[row][column]
}

/// Step 2: the application must listen on `127.0.0.1` (no preference, `IPv4_*`) or `::1` (`IPv6_*`).
const LOCAL: [&str; 5] = ["127.0.0.1", "::1", "127.0.0.1", "::1", "127.0.0.1"];

const REFUSED: &str = "upstream connect error or disconnect/reset before headers. \
    reset reason: remote connection failure";
const REFUSED_RETRIED: &str = "upstream connect error or disconnect/reset before headers. \
    retried and the latest reset reason: remote connection failure";
const REFUSED_DETAILS: &str = "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}";

/// Fault met, status, body, flags and details of the caller's Envoy, flags of the target's, attempts.
type Row<'r> = (Option<Fault>, u16, &'r str, &'r str, &'r str, Option<&'r str>, u32);

const OK: Row = (None, 200, "", "-", "via_upstream", Some("-"), 1);
const NO_HOST: Row =
    (Some(Fault::Discovery), 503, "no healthy upstream", "UH", "no_healthy_upstream", None, 1);
/// Without and with the default retry policy.
const LISTENER: [Row; 2] = [
    (Some(Fault::Listener), 503, REFUSED, "UF", REFUSED_DETAILS, None, 1),
    (Some(Fault::Listener), 503, REFUSED_RETRIED, "URX,UF", REFUSED_DETAILS, None, 3),
];
const APPLICATION: [Row; 2] = [
    (Some(Fault::Application), 503, REFUSED, "-", "via_upstream", Some("UF"), 1),
    (Some(Fault::Application), 503, REFUSED, "URX", "via_upstream", Some("UF"), 3),
];

fn row(reach: &Reach) -> Row<'_> {
    let Reply { status, body, caller_flags, caller_details, target_flags, attempts, .. } = &reach.reply;
    (reach.met(), *status, body, caller_flags, caller_details, *target_flags, *attempts)
}

fn address_used(reach: &Reach) -> Option<IpAddr> {
    match &reach.discovery {
        Discovery::Found { address, .. } => Some(*address),
        _ => None,
    }
}

#[test]
fn every_measured_cell_comes_out_as_measured() {
    let mut cells = 0;
    for (i, preference) in PREFERENCES.into_iter().enumerate() {
        let local: IpAddr = LOCAL[i].parse().unwrap();
        for by in BOTH_WAYS {
            // The mesh's preference, and the target's own against another one of the mesh, have the same effect.
            let meshes = [(preference, None), (Some(IpPreference::Ipv4Only), preference)];
            let meshes = meshes.into_iter().take(if preference.is_some() { 2 } else { 1 });
            for (which, (of_mesh, own)) in meshes.enumerate() {
                let mesh = target_mesh(by, of_mesh, own);
                for (r, records) in RECORDS.into_iter().enumerate() {
                    for app in [Families::V4, Families::V6, Families::BOTH] {
                        for (c, request) in both_clients().iter().enumerate() {
                            cells += usize::from(which == 0);
                            for retries in [false, true] {
                                let mut environment = environment(records, app);
                                environment.default_retries = retries;
                                let outcome = send(&environment, &mesh, request);
                                let reach = outcome.reach.as_ref().unwrap();
                                let told = format!("{preference:?} {by:?} {records:?} {app:?} client {c}");
                                let step_1 = step_1(i, r, by);
                                let expected = match step_1 {
                                    NoHost => NO_HOST,
                                    V6Refused => LISTENER[usize::from(retries)],
                                    V4 | V6 if app.has(Family::of(local)) => OK,
                                    V4 | V6 => APPLICATION[usize::from(retries)],
                                };
                                assert_eq!(row(reach), expected, "{told}");
                                assert_eq!(outcome.status(), Some(expected.1), "{told}");
                                assert_eq!(outcome.arrives(), expected.1 == 200, "{told}");
                                let used = match step_1 {
                                    NoHost => None,
                                    V4 => Some("10.0.0.1".parse().unwrap()),
                                    V6 | V6Refused => Some("2001:db8::1".parse().unwrap()),
                                };
                                assert_eq!(address_used(reach), used, "{told}");
                                if let Some(hop) = reach.application {
                                    assert_eq!(hop.endpoint, local, "{told}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(cells, 240);
}

/// Families that are queried under each preference, in order, if there is nothing to find. Source:
/// docs/facts/ip-preference.md#effects.
const ASKED: [[&str; 2]; 5] = [
    ["AAAA A", "IPv4 IPv6"],
    ["AAAA A", "IPv6 IPv4"],
    ["A AAAA", "IPv4 IPv6"],
    ["AAAA", "IPv6"],
    ["A", "IPv4"],
];

#[test]
fn questions_are_asked_in_the_measured_order() {
    let nothing = Environment::default();
    for (preference, [dns, cloud_map]) in PREFERENCES.into_iter().zip(ASKED) {
        for (by, expected) in [(By::Dns, dns), (By::CloudMap, cloud_map)] {
            let reach = reach(&nothing, &target_mesh(by, preference, None), "target").unwrap();
            let Discovery::Empty { asked, available, .. } = &reach.discovery else { panic!("{reach:?}") };
            let word = |family: &Family| match (by, family) {
                (By::Dns, Family::V4) => "A",
                (By::Dns, Family::V6) => "AAAA",
                (By::CloudMap, family) => family.as_str(),
            };
            assert_eq!(
                asked.iter().map(word).collect::<Vec<_>>().join(" "),
                expected,
                "{preference:?} {by:?}"
            );
            assert_eq!(*available, Families::default());
        }
    }
}

/// Checks a preference, records and an application with interception of IPv4 only: connection, local address, fault
/// met, target's flags. An application that listens on IPv6 at the service port answers without its Envoy
/// (docs/facts/ip-preference.md#interception).
#[track_caller]
fn check_bypass(
    preference: Option<IpPreference>,
    records: Families,
    app: Families,
    expected: (Connection, &str, Option<Fault>, Option<&str>),
) {
    for by in BOTH_WAYS {
        if by == By::CloudMap && preference.is_none() && records == Families::BOTH {
            continue; // Cloud Map prefers IPv4 here: see the later cases.
        }
        let mesh = target_mesh(by, preference, None);
        let mut environment = environment(records, app);
        environment.interception = Interception::Ipv4Only;
        let reach = reach(&environment, &mesh, "target").unwrap();
        let (connection, endpoint, fault, flags) = expected;
        assert_eq!((reach.connection, reach.met()), (Some(connection), fault), "{by:?}");
        assert_eq!(reach.application.unwrap().endpoint.to_string(), endpoint, "{by:?}");
        assert_eq!(reach.reply.target_flags, flags, "{by:?}");
        assert_eq!(reach.reply.status, if fault.is_none() { 200 } else { 503 }, "{by:?}");
        let bypasses = connection == Connection::BypassesEnvoy;
        assert_eq!(reach.bypasses_envoy(), bypasses && fault.is_none(), "{by:?}");
        if bypasses && fault.is_some() {
            // The application itself refused, so the caller's Envoy saw no connection.
            assert_eq!((reach.reply.caller_flags, reach.reply.body), ("URX,UF", REFUSED_RETRIED));
        }
    }
}

#[test]
fn without_ipv6_interception_an_ipv6_connection_passes_envoy_by() {
    use Connection::{Accepted, BypassesEnvoy};
    let direct = "2001:db8::1";
    let app_fails = Some(Fault::Application);
    for preference in [None, Some(IpPreference::Ipv6Preferred), Some(IpPreference::Ipv6Only)] {
        for records in [Families::V6, Families::BOTH] {
            check_bypass(preference, records, Families::V6, (BypassesEnvoy, direct, None, None));
            check_bypass(preference, records, Families::BOTH, (BypassesEnvoy, direct, None, None));
            check_bypass(preference, records, Families::V4, (BypassesEnvoy, direct, app_fails, None));
        }
    }
    // IPv4 is still redirected.
    let v4 = Some(IpPreference::Ipv4Preferred);
    check_bypass(v4, Families::BOTH, Families::V4, (Accepted, "127.0.0.1", None, Some("-")));
    check_bypass(v4, Families::BOTH, Families::V6, (Accepted, "127.0.0.1", app_fails, Some("UF")));
    check_bypass(None, Families::V4, Families::V4, (Accepted, "127.0.0.1", None, Some("-")));
    let v6 = Some(IpPreference::Ipv6Preferred);
    check_bypass(v6, Families::V4, Families::V4, (Accepted, "::1", app_fails, Some("UF")));
}

#[test]
fn an_address_without_a_task_times_out() {
    for by in BOTH_WAYS {
        for (retries, flags, attempts) in [(false, "UF", 1), (true, "URX,UF", 3)] {
            let mut environment = environment(Families::V4, Families::BOTH);
            environment.tasks.clear();
            environment.default_retries = retries;
            let reach = reach(&environment, &target_mesh(by, None, None), "target").unwrap();
            assert_eq!((reach.met(), reach.connection), (Some(Fault::Address), Some(Connection::Vanishes)));
            assert_eq!((reach.task.as_ref(), reach.application), (None, None));
            assert_eq!((reach.reply.status, reach.reply.attempts), (503, attempts));
            assert_eq!((reach.reply.caller_flags, reach.reply.target_flags), (flags, None));
            assert!(reach.reply.body.ends_with("reset reason: connection timeout"), "{}", reach.reply.body);
            assert_eq!(
                reach.reply.caller_details,
                "upstream_reset_before_response_started{connection_timeout}"
            );
        }
    }
}

/// Measured with two AAAA records, the first of them dead: 200 (docs/facts/envoy.md#next-address).
#[test]
fn within_one_family_dns_moves_on_to_the_next_address() {
    let mut environment = environment(Families::BOTH, Families::BOTH);
    let records = DnsRecords {
        a: vec!["10.0.0.99".parse().unwrap(), "10.0.0.1".parse().unwrap()],
        aaaa: vec!["2001:db8::99".parse().unwrap(), "2001:db8::1".parse().unwrap()],
    };
    environment.dns.insert("target.local".into(), Rc::new(records));
    for preference in [IpPreference::Ipv6Only, IpPreference::Ipv4Only] {
        let reach = reach(&environment, &target_mesh(By::Dns, Some(preference), None), "target").unwrap();
        assert_eq!((reach.met(), reach.reply.status), (None, 200), "{preference}");
    }
}

/// A failed connection never makes Envoy use the other family (docs/facts/envoy.md#fallback).
#[test]
fn a_dead_address_is_not_cured_by_one_of_the_other_family() {
    let mut environment = environment(Families::BOTH, Families::BOTH);
    let records =
        DnsRecords { a: vec!["10.0.0.1".parse().unwrap()], aaaa: vec!["2001:db8::99".parse().unwrap()] };
    environment.dns.insert("target.local".into(), Rc::new(records));
    for (preference, expected) in [
        (None, Some(Fault::Address)),
        (Some(IpPreference::Ipv6Preferred), Some(Fault::Address)),
        (Some(IpPreference::Ipv4Preferred), None),
    ] {
        let mesh = target_mesh(By::Dns, preference, None);
        assert_eq!(reach(&environment, &mesh, "target").unwrap().met(), expected, "{preference:?}");
    }
}

/// Both a discovery and an application failure are reported; the first is the one met (DESIGN.md).
#[test]
fn what_lies_behind_a_failure_is_told_too() {
    for (preference, by, records, app, expected) in [
        (Some(IpPreference::Ipv6Only), By::Dns, Families::V4, Families::V4, "Discovery+[Application]"),
        (Some(IpPreference::Ipv6Only), By::CloudMap, Families::V4, Families::V4, "Discovery+[Application]"),
        (Some(IpPreference::Ipv6Only), By::Dns, Families::V4, Families::V6, "Discovery"),
        (None, By::Dns, Families::BOTH, Families::V6, "Listener+[Application]"),
        (None, By::Dns, Families::BOTH, Families::V4, "Listener"),
        (None, By::CloudMap, Families::BOTH, Families::V6, "Application"),
        (None, By::CloudMap, Families::BOTH, Families::V4, ""),
    ] {
        let reach = reach(&environment(records, app), &target_mesh(by, preference, None), "target").unwrap();
        let words = reach.failures.iter().map(|failure| match failure.is_met {
            true => format!("{:?}", failure.fault),
            false => format!("[{:?}]", failure.fault),
        });
        assert_eq!(words.collect::<Vec<_>>().join("+"), expected, "{preference:?} {by:?}");
    }
}

/// Checks which of two instances, `10.0.0.1` and `10.0.0.2`, is found, given the attributes that a node requires and
/// those of the instances.
#[track_caller]
fn check_attributes(wanted: &[(&str, &str)], instances: [&[(&str, &str)]; 2], expected: Option<&str>) {
    let (kind, mut input) = node("target", By::CloudMap, None, &[]);
    let wanted: Vec<_> = wanted.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    input["spec"]["serviceDiscovery"]["awsCloudMap"]["attributes"] = json!(wanted);
    let mesh = mesh(&[mesh_input(None), (kind, input)]);
    let mut environment = environment(Families::V4, Families::V4);
    let instances = instances.into_iter().zip(1u8..).map(|(attributes, number)| Instance {
        id: format!("i-{number}").into(),
        ipv4: Some([10, 0, 0, number].into()),
        ipv6: None,
        attributes: attributes.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
    });
    environment.cloud_map.insert(cloud_map_target(), Rc::new(instances.collect()));
    let found = address_used(&reach(&environment, &mesh, "target").unwrap()).map(|found| found.to_string());
    assert_eq!(found.as_deref(), expected);
}

#[test]
fn cloud_map_instances_must_have_every_attribute() {
    let (blue, green) = (("stage", "blue"), ("stage", "green"));
    let big = ("size", "big");
    check_attributes(&[], [&[], &[blue]], Some("10.0.0.1"));
    check_attributes(&[blue], [&[green], &[blue]], Some("10.0.0.2"));
    check_attributes(&[blue], [&[], &[blue, big]], Some("10.0.0.2"));
    check_attributes(&[blue, big], [&[blue], &[big]], None);
    check_attributes(&[blue, big], [&[blue], &[big, blue]], Some("10.0.0.2"));
    check_attributes(&[blue], [&[green], &[green]], None);
    check_attributes(&[("Stage", "blue")], [&[blue], &[blue]], None);
}

/// Checks the preferences that, set on the node, let requests through; those that prefer a family come first.
#[track_caller]
fn check_fixes(by: By, records: Families, app: Families, expected: &[&str]) {
    for of_mesh in PREFERENCES {
        let mesh = target_mesh(by, of_mesh, Some(IpPreference::Ipv6Only));
        let environment = environment(records, app);
        let fixes = fixes(&environment, &mesh, "target");
        assert_eq!(fixes.iter().map(|fix| fix.as_str()).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn fixes_are_the_preferences_under_which_requests_arrive() {
    for by in BOTH_WAYS {
        let all = ["IPv6_PREFERRED", "IPv4_PREFERRED", "IPv4_ONLY", "IPv6_ONLY"];
        let nothing = Families::default();
        check_fixes(by, Families::V4, Families::V4, &["IPv4_PREFERRED", "IPv4_ONLY"]);
        check_fixes(by, Families::V4, Families::V6, &["IPv6_PREFERRED"]);
        check_fixes(by, Families::V4, Families::BOTH, &["IPv6_PREFERRED", "IPv4_PREFERRED", "IPv4_ONLY"]);
        check_fixes(by, Families::V6, Families::V4, &["IPv4_PREFERRED"]);
        check_fixes(by, Families::V6, Families::V6, &["IPv6_PREFERRED", "IPv6_ONLY"]);
        check_fixes(by, Families::BOTH, Families::V4, &["IPv4_PREFERRED", "IPv4_ONLY"]);
        check_fixes(by, Families::BOTH, Families::V6, &["IPv6_PREFERRED", "IPv6_ONLY"]);
        check_fixes(by, Families::BOTH, Families::BOTH, &all);
        check_fixes(by, Families::BOTH, nothing, &[]);
        check_fixes(by, nothing, Families::BOTH, &[]);
    }
}

#[test]
fn a_node_without_discovery_cannot_be_found_nor_fixed() {
    let (kind, _) = node("target", By::Dns, None, &[]);
    let mesh = mesh(&[mesh_input(None), (kind, json!({"virtualNodeName": "target", "spec": {}}))]);
    let environment = environment(Families::BOTH, Families::BOTH);
    let found = reach(&environment, &mesh, "target").unwrap();
    assert_eq!((found.discovery, found.connection), (Discovery::Undiscoverable, None));
    assert_eq!((found.failures[0].fault, found.reply.status), (Fault::Discovery, 503));
    assert_eq!(fixes(&environment, &mesh, "target"), []);
    assert_eq!(reach(&environment, &mesh, "ghost"), None);
    assert_eq!(fixes(&environment, &mesh, "ghost"), []);
}

#[test]
fn a_preview_is_what_the_change_would_give() {
    let environment = environment(Families::BOTH, Families::V4);
    for by in BOTH_WAYS {
        for own in PREFERENCES {
            let mesh = target_mesh(by, Some(IpPreference::Ipv6Only), own);
            for preference in PREFERENCES {
                let previewed = reach_if(&environment, &mesh, "target", preference);
                let changed = reach(&environment, &target_mesh(by, preference, own), "target");
                assert_eq!(previewed, changed, "{by:?} {own:?} {preference:?}");
            }
        }
    }
}
