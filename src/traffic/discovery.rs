//! Where callers find a node: its addresses, as its discovery gives them to every Envoy that sends to it.
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
    /// By asking DNS for this host name.
    Dns(Rc<str>),
    /// By the instances of this Cloud Map service.
    CloudMap(CloudMapService),
}

/// What discovery gives a caller's Envoy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Discovery {
    /// An address to connect to.
    Found {
        /// How it was found.
        by: DiscoveryMethod,
        /// The families asked for, in order; the last one answered.
        asked: Vec<Family>,
        /// Every address that may be connected to, in the order in which hosts take turns.
        hosts: Vec<IpAddr>,
        /// Whether they are all one host, of which the next is tried when one does not answer (`LOGICAL_DNS`), and
        /// not hosts that take turns (`STRICT_DNS`, Cloud Map).
        is_one_host: bool,
        /// The one connected to.
        address: IpAddr,
    },
    /// No address of a family that the preference allows: Envoy has no host.
    Empty {
        /// How it was looked for.
        by: DiscoveryMethod,
        /// The families asked for, in order.
        asked: Vec<Family>,
        /// The families there would have been an address of.
        available: Families,
    },
    /// The node has no service discovery, so nobody can send to it.
    Undiscoverable,
}

/// How a node is found; `None` for one that has no service discovery.
pub fn discovery_method(spec: View<VirtualNodeSpec>) -> Option<DiscoveryMethod> {
    let discovery = spec.service_discovery()?;
    match discovery.dns() {
        Some(dns) => Some(DiscoveryMethod::Dns(dns.hostname().into())),
        None => Some(DiscoveryMethod::CloudMap(cloud_map_service(discovery.aws_cloud_map()?))),
    }
}

/// The addresses that callers of a node use under these effects, in order: of DNS all answers of the one family
/// that is used, of Cloud Map one address of each instance that has every attribute the node names (N23) and one to
/// use.
pub fn addresses(environment: &Environment, spec: View<VirtualNodeSpec>, effects: &Effects) -> Vec<IpAddr> {
    Registered::of(environment, spec).addresses(effects)
}

/// The instances of a Cloud Map service that stand for a node: those with every attribute it names (N23).
pub fn instances<'e>(
    environment: &'e Environment,
    discovery: View<'e, AwsCloudMapServiceDiscovery>,
) -> impl Iterator<Item = &'e Instance> {
    with_attributes(all_instances(environment, discovery), discovery.attributes().unwrap_or_default())
}

/// The address of an instance that callers use: its preferred one, else its other where the preference allows it.
/// Each instance is asked for itself.
pub fn instance_address(instance: &Instance, order: FamilyOrder) -> Option<IpAddr> {
    order.families().find_map(|family| match family {
        Family::V4 => instance.ipv4.map(IpAddr::V4),
        Family::V6 => instance.ipv6.map(IpAddr::V6),
    })
}

/// What is registered for a node, borrowed from where it lies, so that asking it five times costs little.
#[derive(Clone, Copy)]
pub(super) enum Registered<'e> {
    /// There is no service discovery.
    Nothing,
    /// DNS, with the records of the host name, if it has any.
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

    /// The addresses to connect to under these effects, in order.
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

    /// The address that the first request uses; nothing is collected on the way.
    ///
    /// Measured: `LOGICAL_DNS` keeps all answers of one family as one host and moves on from a dead one.
    pub(super) fn first(&self, effects: &Effects, is_there: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        match self {
            Self::Nothing => None,
            Self::Dns { records, is_one_host } => {
                let mut families = effects.dns_lookup_family.order().families();
                families.find_map(|family| {
                    let first = of_family(*records, family).next()?;
                    // Where there is but one, it does not matter who is there.
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

    /// Whether all addresses are one host to Envoy.
    pub(super) const fn is_one_host(&self) -> bool {
        matches!(self, Self::Dns { is_one_host: true, .. })
    }

    /// The order in which this kind of discovery looks at families.
    pub(super) const fn order(&self, effects: &Effects) -> FamilyOrder {
        match self {
            Self::CloudMap { .. } => effects.cloud_map,
            _ => effects.dns_lookup_family.order(),
        }
    }

    /// Every address registered, whether or not it may be used.
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

    /// The families something is registered under.
    pub(super) fn families(&self) -> Families {
        let mut families = Families::default();
        // Found by looking for what is never found.
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

/// The Cloud Map service that a node's discovery names.
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
