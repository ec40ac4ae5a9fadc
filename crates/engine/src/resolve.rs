//! IP version preferences: the effective preference, and its four effects.
//!
//! Pure functions of a snapshot. They may use specs and preferences; they must not know whether any address exists or
//! any request arrives (that is `traffic`). Start at [`effects`].
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
    /// No preference is set: the fifth state.
    NoPreference,
}

/// The preference in effect for a resource, and where it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EffectivePreference {
    /// `None` means no preference, which is a separate state.
    pub preference: Option<IpPreference>,
    /// Where it is set.
    pub provenance: Provenance,
}

/// Address families that Envoy looks up in DNS. [`Self::as_str`] is the value of Envoy's enum
/// `Cluster.DnsLookupFamily`.
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
    /// Returns Envoy's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "AUTO",
            Self::V4Preferred => "V4_PREFERRED",
            Self::V6Only => "V6_ONLY",
            Self::V4Only => "V4_ONLY",
        }
    }
}

/// Order in which address families are tried; the second only if the first has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FamilyOrder {
    /// The family used if it has an address.
    pub first: Family,
    /// The family used otherwise; `None` means an empty result.
    pub otherwise: Option<Family>,
}

impl FamilyOrder {
    const fn new(first: Family, otherwise: Option<Family>) -> Self {
        Self { first, otherwise }
    }

    /// Returns the families in this order.
    pub fn families(self) -> impl Iterator<Item = Family> {
        std::iter::once(self.first).chain(self.otherwise)
    }
}

/// Address on which an Envoy listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListenerBind {
    /// `0.0.0.0`: IPv4 only.
    Ipv4,
    /// `::` with `ipv4_compat: true`: IPv6 and IPv4.
    DualStack,
}

impl ListenerBind {
    /// Returns the address of Envoy's `socket_address`.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Ipv4 => "0.0.0.0",
            Self::DualStack => "::",
        }
    }

    /// Returns whether a connection of this family is accepted.
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
    /// The order in which those Envoys choose an address of a Cloud Map instance.
    pub cloud_map: FamilyOrder,
    /// The family of the one loopback address at which this node's Envoy reaches its application.
    pub local_endpoint: Family,
    /// The address on which this node's Envoy listens, inbound and outbound.
    pub listener_bind: ListenerBind,
}

/// Returns the effects of each of the five preferences.
///
/// ```
/// use app_mesh_engine::{model::IpPreference, resolve::{effects, ListenerBind}};
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
    /// Returns the order of DNS queries. Measured: docs/facts/ip-preference.md#effects.
    pub const fn order(self) -> FamilyOrder {
        match self {
            Self::Auto => FamilyOrder::new(Family::V6, Some(Family::V4)),
            Self::V4Preferred => FamilyOrder::new(Family::V4, Some(Family::V6)),
            Self::V6Only => FamilyOrder::new(Family::V6, None),
            Self::V4Only => FamilyOrder::new(Family::V4, None),
        }
    }
}

/// Returns the preference that a mesh sets for all resources in it.
pub fn mesh_preference(mesh: &Mesh) -> Option<IpPreference> {
    mesh.spec()?.service_discovery()?.ip_preference()
}

/// Returns the preference that a virtual node sets for itself, in its DNS or Cloud Map discovery.
pub fn own_preference(node: View<VirtualNodeSpec>) -> Option<IpPreference> {
    let discovery = node.service_discovery()?;
    let dns = discovery.dns().and_then(|dns| dns.ip_preference());
    dns.or_else(|| discovery.aws_cloud_map()?.ip_preference())
}

/// Returns the preference that a spec of any kind sets itself.
pub fn preference_of(spec: &Spec) -> Option<IpPreference> {
    match spec.view() {
        SpecView::Mesh(mesh) => mesh.service_discovery()?.ip_preference(),
        SpecView::VirtualNode(node) => own_preference(node),
        _ => None,
    }
}

/// Returns the preference in effect, given the resource's own and the mesh's.
pub fn effective_preference(own: Option<IpPreference>, mesh: Option<IpPreference>) -> EffectivePreference {
    let provenance = match (own, mesh) {
        (Some(_), _) => Provenance::SetHere,
        (None, Some(_)) => Provenance::InheritedFromMesh,
        (None, None) => Provenance::NoPreference,
    };
    EffectivePreference { preference: own.or(mesh), provenance }
}

/// Returns the preference in effect for a virtual node: its own, otherwise the mesh's, otherwise none.
pub fn node_preference(mesh: &Mesh, node: View<VirtualNodeSpec>) -> EffectivePreference {
    effective_preference(own_preference(node), mesh_preference(mesh))
}

/// Returns the preference in effect for a virtual gateway: it cannot set one itself, and takes the mesh's.
pub fn gateway_preference(mesh: &Mesh) -> EffectivePreference {
    effective_preference(None, mesh_preference(mesh))
}

/// Returns the spec with another preference: that of a mesh, or that of a virtual node's own discovery.
///
/// `None` if the kind, or a node without service discovery, has no member for one.
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
