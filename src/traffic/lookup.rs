//! The first thing an application does: it asks DNS for the name it calls, itself, before any Envoy sees a byte.
//!
//! A virtual service's name is a name like any other: without a record the application has no address to dial, and no
//! egress filter or backend changes that. Which address the record has does not matter to an HTTP listener, so the
//! maintainers advise a placeholder such as 10.10.10.10. Source: user guide, page "virtual_services"; fact sheet on
//! Envoy, section 5, where every request is dialled by an address.

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
/// The same of IPv6, in the range for documentation.
pub const PLACEHOLDER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, 0xa);

/// What an application gets when it looks up what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// The address it dials.
    Found(IpAddr),
    /// The name has records, but none of a family that its task has an address of.
    OtherFamily(Family),
    /// The name has no record.
    Missing,
}

/// The address written as a host, with or without the brackets of IPv6.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// What the application of a node gets for a host: the address itself, else IPv4 where there is a record of it.
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

/// The families of the task beside a node; both where no task is known.
fn families_of(environment: &Environment, node: View<VirtualNodeSpec>) -> Families {
    let registered = Registered::of(environment, node);
    let task = registered.find_any(|address| environment.task_at(address));
    let of_task = |task: &Task| Families { ipv4: task.ipv4.is_some(), ipv6: task.ipv6.is_some() };
    task.map_or(Families::BOTH, |(_, task)| of_task(task))
}

/// The records of a name, in whatever case, with or without the dot at its end; `None` where it has none.
///
/// What has no record in the environment and is no name of these meshes may be one of the internet. Such a name has an
/// address of its own there; here an address for documentation stands for it, always the same.
///
/// ```
/// use mesh_playground::{environment::Environment, traffic::records};
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
    // A name whose records were all withdrawn is as good as none.
    (!found.a.is_empty() || !found.aaaa.is_empty()).then_some(&**found)
}

/// Whether a mesh has a virtual service of this name, or a node that is found by it.
fn is_of_mesh(mesh: &Mesh, host: &str) -> bool {
    let is = |name: &str| name.eq_ignore_ascii_case(host);
    mesh.of_kind(Kind::VirtualService).any(|service| is(&service.id.key.name))
        || mesh.of_kind(Kind::VirtualNode).any(|node| {
            let SpecView::VirtualNode(spec) = node.spec.view() else { return false };
            let dns = spec.service_discovery().and_then(|discovery| discovery.dns());
            dns.is_some_and(|dns| is(dns.hostname()))
        })
}

/// Whether a name can be one of the public internet: its last label is a top-level domain of a country, or a common
/// one. Names of a cluster or a VPC (`.local`, `.internal`, a word alone) never are.
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

/// An address of 198.51.100.0/24, which is for documentation, made of the name.
fn stand_in(host: &str) -> Ipv4Addr {
    let sum =
        host.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.to_ascii_lowercase()));
    Ipv4Addr::new(198, 51, 100, sum.clamp(1, 254))
}

/// Whether packets to an address can only go to a task: it is private, of a link, or a placeholder.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(PLACEHOLDER_V6) => true,
        IpAddr::V6(address) => matches!(address.segments()[0], 0xfc00..=0xfdff | 0xfe80..=0xfebf),
    }
}
