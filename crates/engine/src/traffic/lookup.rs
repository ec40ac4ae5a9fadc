//! DNS lookup by the application: the first step of a request, before any Envoy sees a byte.
//!
//! A virtual service's name needs a record like any other: without one the application has no address, and no
//! egress filter or backend changes that. Which address the record has does not matter to an HTTP listener, so the
//! maintainers advise a placeholder such as 10.10.10.10. Source: docs/facts/discovery.md#virtual-service-names.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::discovery::Registered;
use crate::{
    control_plane::Mesh,
    environment::{DnsRecords, Environment, Families, Family, Task},
    model::{Kind, SpecView, View, VirtualNodeSpec},
};

/// The placeholder for the record of a virtual service's name: an address that no task has.
pub const PLACEHOLDER: Ipv4Addr = Ipv4Addr::new(10, 10, 10, 10);
/// The placeholder for IPv6, in the range for documentation.
pub const PLACEHOLDER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, 0xa);

/// Result of an application's DNS lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// The address to which it connects.
    Found(IpAddr),
    /// The name has records, but none of an address family that the task has.
    OtherFamily(Family),
    /// The name has no record.
    Missing,
}

/// Parses a host that is a literal address, with or without the brackets of IPv6.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// Looks up a host for a node's application. A literal address is returned as is; otherwise an IPv4 record is
/// preferred.
pub(super) fn lookup(
    environment: &Environment,
    mesh: &Mesh,
    node: View<VirtualNodeSpec>,
    host: &str,
) -> Lookup {
    if host.eq_ignore_ascii_case("localhost") {
        return Lookup::Found(Ipv4Addr::LOCALHOST.into());
    }
    if let Some(address) = literal(host) {
        return Lookup::Found(address);
    }
    let Some(records) = records(environment, &[mesh], host) else { return Lookup::Missing };
    let v4 = records.a.first().map(|address| IpAddr::V4(*address));
    let v6 = records.aaaa.first().map(|address| IpAddr::V6(*address));
    let own = families_of(environment, node);
    let usable = [v4, v6].into_iter().flatten().find(|address| own.has(Family::of(*address)));
    match (usable, v4.or(v6)) {
        (Some(address), _) => Lookup::Found(address),
        (None, Some(address)) => Lookup::OtherFamily(Family::of(address)),
        (None, None) => Lookup::Missing,
    }
}

/// Returns the address families of a node's task; both if no task is known.
fn families_of(environment: &Environment, node: View<VirtualNodeSpec>) -> Families {
    let registered = Registered::of(environment, node);
    let task = registered.find_any(|address| environment.task_at(address));
    let of_task = |task: &Task| Families { ipv4: task.ipv4.is_some(), ipv6: task.ipv6.is_some() };
    task.map_or(Families::BOTH, |(_, task)| of_task(task))
}

/// Returns the records of a name, ignoring case and a trailing dot; `None` if it has none.
///
/// A name that has no record in the environment and does not belong to one of these meshes may be an internet name.
/// Such a name gets a fixed address of the documentation range, in place of its real one.
///
/// ```
/// use app_mesh_engine::{environment::Environment, traffic::records};
/// let environment = Environment::default();
/// assert!(records(&environment, &[], "example.com").is_some());
/// assert!(records(&environment, &[], "a.local").is_none());
/// ```
pub fn records<'e>(
    environment: &'e Environment,
    meshes: &[&Mesh],
    host: &str,
) -> Option<Cow<'e, DnsRecords>> {
    let bare = host.strip_suffix('.').unwrap_or(host);
    if let Some(records) = own_records(environment, bare) {
        return Some(Cow::Borrowed(records));
    }
    let is_outside = is_public(bare) && !meshes.iter().any(|mesh| is_of_mesh(mesh, bare));
    is_outside.then(|| Cow::Owned(DnsRecords { a: vec![stand_in(bare)], aaaa: Vec::new() }))
}

fn own_records<'e>(environment: &'e Environment, host: &str) -> Option<&'e DnsRecords> {
    let in_any_case = || environment.dns.iter().find(|(known, _)| known.eq_ignore_ascii_case(host));
    let found = environment.dns.get(host).or_else(|| in_any_case().map(|(_, records)| records))?;
    // A name whose records were all withdrawn counts as missing.
    (!found.a.is_empty() || !found.aaaa.is_empty()).then_some(&**found)
}

/// Returns whether a mesh has a virtual service with this name, or a node with this DNS host name.
fn is_of_mesh(mesh: &Mesh, host: &str) -> bool {
    let is = |name: &str| name.eq_ignore_ascii_case(host);
    mesh.of_kind(Kind::VirtualService).any(|service| is(&service.id.key.name))
        || mesh.of_kind(Kind::VirtualNode).any(|node| {
            let SpecView::VirtualNode(spec) = node.spec.view() else { return false };
            let dns = spec.service_discovery().and_then(|discovery| discovery.dns());
            dns.is_some_and(|dns| is(dns.hostname()))
        })
}

/// Returns whether a name can be a public internet name: its last label is the top-level domain of a country, or a
/// common one. Names of a cluster or a VPC (`.local`, `.internal`, a single label) never are.
fn is_public(host: &str) -> bool {
    const COMMON: [&str; 18] = [
        "app", "aws", "biz", "cloud", "com", "dev", "edu", "gov", "info", "int", "mil", "net", "online",
        "org", "page", "site", "tech", "xyz",
    ];
    let Some((rest, last)) = host.rsplit_once('.') else { return false };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_country = last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    rest.split('.').all(is_label)
        && (is_country || COMMON.iter().any(|known| known.eq_ignore_ascii_case(last)))
}

/// Returns an address of the documentation range 198.51.100.0/24, derived from the name.
fn stand_in(host: &str) -> Ipv4Addr {
    let sum =
        host.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.to_ascii_lowercase()));
    Ipv4Addr::new(198, 51, 100, sum.clamp(1, 254))
}

/// Returns whether only a task can have an address: it is private, link-local, or a placeholder.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(PLACEHOLDER_V6) => true,
        IpAddr::V6(address) => matches!(address.segments()[0], 0xfc00..=0xfdff | 0xfe80..=0xfebf),
    }
}
