//! Service discovery: the addresses of a node, as every Envoy that sends to it receives them.
//!
//! Source: docs/facts/discovery.md. Rule numbers are those of docs/facts/api-rules.md.

use std::{net::IpAddr, rc::Rc};

use crate::{
    environment::{CloudMapService, DnsRecords, Environment, Families, Family, Instance},
    model::{
        AwsCloudMapInstanceAttribute, AwsCloudMapServiceDiscovery, DnsResponseType, Items, View,
        VirtualNodeSpec,
    },
    resolve::{Effects, FamilyOrder},
};

/// How callers find a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DiscoveryMethod {
    /// By a DNS lookup of this host name.
    Dns(Rc<str>),
    /// By the instances of this Cloud Map service.
    CloudMap(CloudMapService),
}

/// Result of service discovery for a caller's Envoy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// An address to connect to.
    Found {
        /// How it was found.
        by: DiscoveryMethod,
        /// The families queried, in order; the last query returned the address.
        asked: Vec<Family>,
        /// All addresses that may be used, in the order in which they are used.
        hosts: Vec<IpAddr>,
        /// Whether all addresses belong to one host, whose next address is tried if one does not answer
        /// (`LOGICAL_DNS`). Otherwise each address is a host, and the hosts take turns (`STRICT_DNS`, Cloud Map).
        is_one_host: bool,
        /// The address to connect to.
        address: IpAddr,
    },
    /// No address of a family that the preference allows: Envoy has no host.
    Empty {
        /// How it was looked up.
        by: DiscoveryMethod,
        /// The families queried, in order.
        asked: Vec<Family>,
        /// The families with a registered address.
        available: Families,
    },
    /// The node has no service discovery, so no client can send to it.
    Undiscoverable,
}

/// Returns how a node is found; `None` if it has no service discovery.
pub fn discovery_method(spec: View<VirtualNodeSpec>) -> Option<DiscoveryMethod> {
    let discovery = spec.service_discovery()?;
    match discovery.dns() {
        Some(dns) => Some(DiscoveryMethod::Dns(dns.hostname().into())),
        None => Some(DiscoveryMethod::CloudMap(cloud_map_service(discovery.aws_cloud_map()?))),
    }
}

/// Returns the addresses that callers of a node use under these effects, in order. With DNS, these are all answers of
/// the one family that is used. With Cloud Map, they are one address of each instance that has every attribute the
/// node names (N23) and an address of an allowed family.
pub fn addresses(environment: &Environment, spec: View<VirtualNodeSpec>, effects: &Effects) -> Vec<IpAddr> {
    Registered::of(environment, spec).addresses(effects)
}

/// Returns the instances of a Cloud Map service that belong to a node: those with every attribute it names (N23).
pub fn instances<'e>(
    environment: &'e Environment,
    discovery: View<'e, AwsCloudMapServiceDiscovery>,
) -> impl Iterator<Item = &'e Instance> {
    with_attributes(all_instances(environment, discovery), discovery.attributes().unwrap_or_default())
}

/// Returns the address of an instance that callers use: that of the preferred family, otherwise the other one if the
/// preference allows it. Each instance is resolved separately.
pub fn instance_address(instance: &Instance, order: FamilyOrder) -> Option<IpAddr> {
    order.families().find_map(|family| match family {
        Family::V4 => instance.ipv4.map(IpAddr::V4),
        Family::V6 => instance.ipv6.map(IpAddr::V6),
    })
}

/// Addresses registered for a node, borrowed from the environment so that querying them five times costs little.
#[derive(Clone, Copy)]
pub(super) enum Registered<'e> {
    /// No service discovery.
    Nothing,
    /// DNS, with the records of the host name, if any.
    Dns { records: Option<&'e DnsRecords>, is_one_host: bool },
    /// Cloud Map.
    CloudMap { instances: &'e [Instance], wanted: Items<'e, AwsCloudMapInstanceAttribute> },
}

impl<'e> Registered<'e> {
    pub(super) fn of(environment: &'e Environment, spec: View<'e, VirtualNodeSpec>) -> Self {
        let Some(discovery) = spec.service_discovery() else { return Self::Nothing };
        if let Some(dns) = discovery.dns() {
            // N22: absent means `LOADBALANCER`.
            let is_one_host = dns.response_type() != Some(DnsResponseType::Endpoints);
            let records = environment.dns.get(dns.hostname()).map(|records| &**records);
            return Self::Dns { records, is_one_host };
        }
        let Some(discovery) = discovery.aws_cloud_map() else { return Self::Nothing };
        let wanted = discovery.attributes().unwrap_or_default();
        Self::CloudMap { instances: all_instances(environment, discovery), wanted }
    }

    /// Returns the addresses to connect to under these effects, in order.
    pub(super) fn addresses(&self, effects: &Effects) -> Vec<IpAddr> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Dns { records, .. } => {
                let families = effects.dns_lookup_family.order().families();
                let mut answers = families.map(|family| of_family(*records, family).collect::<Vec<_>>());
                answers.find(|answer| !answer.is_empty()).unwrap_or_default()
            }
            Self::CloudMap { .. } => self
                .instances()
                .filter_map(|instance| instance_address(instance, effects.cloud_map))
                .collect(),
        }
    }

    /// Returns the address that the first request uses, without collecting all addresses.
    ///
    /// Measured: `LOGICAL_DNS` treats all answers of one family as one host, and skips a dead one.
    pub(super) fn first(&self, effects: &Effects, is_there: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        match self {
            Self::Nothing => None,
            Self::Dns { records, is_one_host } => {
                let mut families = effects.dns_lookup_family.order().families();
                families.find_map(|family| {
                    let first = of_family(*records, family).next()?;
                    // With a single address, it does not matter whether a task runs there.
                    let has_more = *is_one_host && of_family(*records, family).nth(1).is_some();
                    let alive = || of_family(*records, family).find(|address| is_there(*address));
                    Some(if has_more { alive().unwrap_or(first) } else { first })
                })
            }
            Self::CloudMap { .. } => {
                self.instances().find_map(|instance| instance_address(instance, effects.cloud_map))
            }
        }
    }

    /// Returns whether Envoy treats all addresses as one host.
    pub(super) const fn is_one_host(&self) -> bool {
        matches!(self, Self::Dns { is_one_host: true, .. })
    }

    /// Returns the order in which this kind of discovery tries address families.
    pub(super) const fn order(&self, effects: &Effects) -> FamilyOrder {
        match self {
            Self::CloudMap { .. } => effects.cloud_map,
            _ => effects.dns_lookup_family.order(),
        }
    }

    /// Calls `found` with every registered address, usable or not, until it returns a result.
    pub(super) fn find_any<T>(&self, mut found: impl FnMut(IpAddr) -> Option<T>) -> Option<T> {
        let mut of = |family| match self {
            Self::Nothing => None,
            Self::Dns { records, .. } => of_family(*records, family).find_map(&mut found),
            Self::CloudMap { .. } => self.instances().find_map(|instance| {
                found(instance_address(instance, FamilyOrder { first: family, otherwise: None })?)
            }),
        };
        of(Family::V4).or_else(|| of(Family::V6))
    }

    /// Returns the families with a registered address.
    pub(super) fn families(&self) -> Families {
        let mut families = Families::default();
        // The search never finds anything, so that it visits every address.
        self.find_any(|address| -> Option<()> {
            families = families.with(Family::of(address), true);
            None
        });
        families
    }

    fn instances(&self) -> impl Iterator<Item = &'e Instance> {
        let (instances, wanted) = match *self {
            Self::CloudMap { instances, wanted } => (instances, wanted),
            _ => (&[][..], Items::default()),
        };
        with_attributes(instances, wanted)
    }
}

fn of_family(records: Option<&DnsRecords>, family: Family) -> impl Iterator<Item = IpAddr> {
    let v4 = records.filter(|_| family == Family::V4).map_or(&[][..], |records| &records.a);
    let v6 = records.filter(|_| family == Family::V6).map_or(&[][..], |records| &records.aaaa);
    v4.iter().copied().map(IpAddr::V4).chain(v6.iter().copied().map(IpAddr::V6))
}

/// Returns the Cloud Map service that a node's discovery names.
fn cloud_map_service(discovery: View<AwsCloudMapServiceDiscovery>) -> CloudMapService {
    CloudMapService { namespace: discovery.namespace_name().into(), service: discovery.service_name().into() }
}

fn all_instances<'e>(
    environment: &'e Environment,
    discovery: View<AwsCloudMapServiceDiscovery>,
) -> &'e [Instance] {
    environment.cloud_map.get(&cloud_map_service(discovery)).map_or(&[], |instances| instances)
}

fn with_attributes<'e>(
    instances: &'e [Instance],
    wanted: Items<'e, AwsCloudMapInstanceAttribute>,
) -> impl Iterator<Item = &'e Instance> {
    instances.iter().filter(move |instance| {
        let has = |wanted: View<AwsCloudMapInstanceAttribute>| {
            instance.attributes.get(wanted.key()).map(String::as_str) == Some(wanted.value())
        };
        wanted.iter().all(has)
    })
}
