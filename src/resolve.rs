//! What an IP version preference sets: effective preference, and from it the four effects.
//!
//! Pure functions of a snapshot. They know specs and preferences; they must not know whether any address exists
//! or any request arrives (that is `traffic`). Start at [`effects`].
//!
//! Source of the table: docs/facts/ip-preference.md#effects, from the user guide and real Envoys.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::{
    control_plane::Mesh,
    environment::Family,
    model::{IpPreference, Spec, SpecView, View, VirtualNodeSpec, object},
};

/// Where an effective preference comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// The resource itself sets it.
    SetHere,
    /// The mesh sets it.
    InheritedFromMesh,
    /// Nobody sets any: the fifth state.
    NoPreference,
}

/// The preference that holds for a resource, and who set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EffectivePreference {
    /// `None` is no preference, a state of its own.
    pub preference: Option<IpPreference>,
    /// Who set it.
    pub provenance: Provenance,
}

/// What Envoy asks DNS for. `Display` text is Envoy's enum `Cluster.DnsLookupFamily`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnsLookupFamily {
    /// AAAA; A only if there is no AAAA.
    Auto,
    /// A; AAAA only if there is no A.
    V4Preferred,
    /// AAAA only.
    V6Only,
    /// A only.
    V4Only,
}

impl DnsLookupFamily {
    /// Envoy's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "AUTO",
            Self::V4Preferred => "V4_PREFERRED",
            Self::V6Only => "V6_ONLY",
            Self::V4Only => "V4_ONLY",
        }
    }
}

/// An order in which address families are tried; the second only when the first has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FamilyOrder {
    /// Taken when there is an address of it.
    pub first: Family,
    /// Taken otherwise; `None` means an empty result.
    pub otherwise: Option<Family>,
}

impl FamilyOrder {
    const fn new(first: Family, otherwise: Option<Family>) -> Self {
        Self { first, otherwise }
    }

    /// The families in this order.
    pub fn families(self) -> impl Iterator<Item = Family> {
        std::iter::once(self.first).chain(self.otherwise)
    }
}

/// Where an Envoy listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListenerBind {
    /// `0.0.0.0`: IPv4 only.
    Ipv4,
    /// `::` with `ipv4_compat: true`: IPv6 and IPv4.
    DualStack,
}

impl ListenerBind {
    /// The address of Envoy's `socket_address`.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Ipv4 => "0.0.0.0",
            Self::DualStack => "::",
        }
    }

    /// Whether a connection of this family is accepted.
    pub const fn accepts(self, family: Family) -> bool {
        match self {
            Self::Ipv4 => matches!(family, Family::V4),
            Self::DualStack => true,
        }
    }
}

/// The four effects of a preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effects {
    /// The `dns_lookup_family` of the cluster for this node, in every Envoy that sends to it.
    pub dns_lookup_family: DnsLookupFamily,
    /// Which address of a Cloud Map instance those Envoys use.
    pub cloud_map: FamilyOrder,
    /// The family of the one loopback address at which this node's Envoy reaches its application.
    pub local_endpoint: Family,
    /// Where this node's Envoy listens, inbound and outbound.
    pub listener_bind: ListenerBind,
}

/// The table: what each of the five preferences sets.
///
/// ```
/// use mesh_playground::{model::IpPreference, resolve::{effects, ListenerBind}};
/// // Any value at all opens dual-stack listeners, even IPv4_ONLY.
/// assert_eq!(effects(None).listener_bind, ListenerBind::Ipv4);
/// assert_eq!(effects(Some(IpPreference::Ipv4Only)).listener_bind, ListenerBind::DualStack);
/// ```
pub const fn effects(preference: Option<IpPreference>) -> Effects {
    use Family::{V4, V6};
    let (dns_lookup_family, cloud_map, local_endpoint) = match preference {
        None => (DnsLookupFamily::Auto, FamilyOrder::new(V4, Some(V6)), V4),
        Some(IpPreference::Ipv6Preferred) => (DnsLookupFamily::Auto, FamilyOrder::new(V6, Some(V4)), V6),
        Some(IpPreference::Ipv4Preferred) => {
            (DnsLookupFamily::V4Preferred, FamilyOrder::new(V4, Some(V6)), V4)
        }
        Some(IpPreference::Ipv6Only) => (DnsLookupFamily::V6Only, FamilyOrder::new(V6, None), V6),
        Some(IpPreference::Ipv4Only) => (DnsLookupFamily::V4Only, FamilyOrder::new(V4, None), V4),
    };
    let listener_bind = match preference {
        None => ListenerBind::Ipv4,
        Some(_) => ListenerBind::DualStack,
    };
    Effects { dns_lookup_family, cloud_map, local_endpoint, listener_bind }
}

impl DnsLookupFamily {
    /// The questions asked, in order. Measured: docs/facts/ip-preference.md#effects.
    pub const fn order(self) -> FamilyOrder {
        match self {
            Self::Auto => FamilyOrder::new(Family::V6, Some(Family::V4)),
            Self::V4Preferred => FamilyOrder::new(Family::V4, Some(Family::V6)),
            Self::V6Only => FamilyOrder::new(Family::V6, None),
            Self::V4Only => FamilyOrder::new(Family::V4, None),
        }
    }
}

/// The preference a mesh sets for all that is in it.
pub fn mesh_preference(mesh: &Mesh) -> Option<IpPreference> {
    mesh.spec()?.service_discovery()?.ip_preference()
}

/// The preference a virtual node sets for itself, in its DNS or Cloud Map discovery.
pub fn own_preference(node: View<VirtualNodeSpec>) -> Option<IpPreference> {
    let discovery = node.service_discovery()?;
    let dns = discovery.dns().and_then(|dns| dns.ip_preference());
    dns.or_else(|| discovery.aws_cloud_map()?.ip_preference())
}

/// The preference that a spec of any kind sets by itself.
pub fn preference_of(spec: &Spec) -> Option<IpPreference> {
    match spec.view() {
        SpecView::Mesh(mesh) => mesh.service_discovery()?.ip_preference(),
        SpecView::VirtualNode(node) => own_preference(node),
        _ => None,
    }
}

/// The preference that holds where one may be set here and one by the mesh.
pub fn effective_preference(own: Option<IpPreference>, mesh: Option<IpPreference>) -> EffectivePreference {
    let provenance = match (own, mesh) {
        (Some(_), _) => Provenance::SetHere,
        (None, Some(_)) => Provenance::InheritedFromMesh,
        (None, None) => Provenance::NoPreference,
    };
    EffectivePreference { preference: own.or(mesh), provenance }
}

/// The preference that holds for a virtual node: its own, else the mesh's, else none.
pub fn node_preference(mesh: &Mesh, node: View<VirtualNodeSpec>) -> EffectivePreference {
    effective_preference(own_preference(node), mesh_preference(mesh))
}

/// The preference that holds for a virtual gateway: it has none of its own and takes the mesh's.
pub fn gateway_preference(mesh: &Mesh) -> EffectivePreference {
    effective_preference(None, mesh_preference(mesh))
}

/// The same spec with another preference: of a mesh, or of a virtual node's own discovery.
///
/// `None` where the kind, or a node without service discovery, has no place for one.
pub fn with_preference(spec: &Spec, preference: Option<IpPreference>) -> Option<Spec> {
    let word = preference.map(|preference| Value::from(preference.as_str()));
    match spec.view() {
        SpecView::Mesh(_) => {
            let discovery = word.as_ref().map(|word| object(&[("ipPreference", word)]));
            Some(spec.with(&["serviceDiscovery"], discovery))
        }
        SpecView::VirtualNode(node) => {
            let is_dns = node.service_discovery()?.dns().is_some();
            let method = if is_dns { "dns" } else { "awsCloudMap" };
            Some(spec.with(&["serviceDiscovery", method, "ipPreference"], word))
        }
        _ => None,
    }
}
