//! The four effects of a preference on one node or gateway, as lanes: value, explanation, provenance.

use mesh_text::words::{say, t};

use crate::{
    control_plane::Mesh,
    environment::{Environment, Family},
    resolve::{
        DnsLookupFamily, EffectivePreference, Effects, FamilyOrder, ListenerBind, Provenance, effects,
        gateway_preference,
    },
    traffic::{Discovery, DiscoveryMethod, discovery_method, reach},
};

/// One effect of a preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectRow {
    /// Name of the setting: `DNS resolver`.
    pub name: &'static str,
    /// Value of the setting, such as Envoy's `AUTO` or `::`.
    pub value: String,
    /// Explanation of the value, with the addresses of this resource.
    pub text: String,
    /// Whether the setting affects this resource.
    pub is_used: bool,
}

/// Effects of a preference on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectTable {
    /// Preference in force, and the level that sets it.
    pub preference: EffectivePreference,
    /// The effects in this order: DNS resolver, Cloud Map address, local app endpoint, listener bind.
    pub rows: [EffectRow; 4],
}

/// Describes the level at which a preference is set.
pub fn provenance_words(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::SetHere => t("set here"),
        Provenance::InheritedFromMesh => t("inherited from the mesh"),
        Provenance::NoPreference => t("no preference"),
    }
}

/// Returns the effects on a virtual node; `None` if the node does not exist.
pub fn node_effects(environment: &Environment, mesh: &Mesh, node: &str) -> Option<EffectTable> {
    let reach = reach(environment, mesh, node)?;
    let discovery = discovery_method(mesh.virtual_node(node)?);
    let effects = reach.effects;
    let answer = match &reach.discovery {
        Discovery::Found { address, .. } => say("callers use {0}", &[&address.to_string()]),
        Discovery::Empty { .. } => t("callers find no address").to_owned(),
        Discovery::Undiscoverable => t("callers cannot find this node").to_owned(),
    };
    let (uses_dns, uses_cloud_map) = match &discovery {
        Some(DiscoveryMethod::Dns(_)) => (true, false),
        Some(DiscoveryMethod::CloudMap(_)) => (false, true),
        None => (false, false),
    };
    let found = |is_used: bool, what: String, other: &str| match is_used {
        true => say("{0}: {1}", &[&what, &answer]),
        false => say("{0}; not used, {1}", &[&what, other]),
    };
    let other = |is_other: bool, name: &str| match is_other {
        true => say("this node is found by {0}", &[name]),
        false => t("this node has no service discovery").to_owned(),
    };
    let application = reach.application.map_or_else(
        || t("no task is known behind this node").to_owned(),
        |hop| say("the application listens on {0}", &[hop.listens_on.words()]),
    );
    let port = reach.port;
    let lanes = [
        EffectRow {
            name: t("DNS resolver"),
            value: effects.dns_lookup_family.as_str().to_owned(),
            text: found(uses_dns, dns_words(effects.dns_lookup_family), &other(uses_cloud_map, "Cloud Map")),
            is_used: uses_dns,
        },
        EffectRow {
            name: t("Cloud Map address"),
            value: order_value(effects.cloud_map),
            text: found(uses_cloud_map, order_words(effects.cloud_map), &other(uses_dns, "DNS")),
            is_used: uses_cloud_map,
        },
        EffectRow {
            name: t("Local app endpoint"),
            value: endpoint(effects.local_endpoint, port),
            text: say("the one address Envoy connects to, never a fallback: {0}", &[&application]),
            is_used: true,
        },
        bind_lane(&effects),
    ];
    Some(EffectTable { preference: reach.preference, rows: lanes })
}

/// Returns the effects on a virtual gateway. A gateway uses the mesh's preference, which affects only its listeners.
pub fn gateway_effects(mesh: &Mesh) -> EffectTable {
    let preference = gateway_preference(mesh);
    let effects = effects(preference.preference);
    let follows = |name, text: &str| EffectRow {
        name,
        value: t("each target's own").to_owned(),
        text: text.to_owned(),
        is_used: false,
    };
    let lanes = [
        follows(t("DNS resolver"), t("how a target is looked up follows the preference of that target")),
        follows(t("Cloud Map address"), t("which address is used follows the preference of that target")),
        EffectRow {
            name: t("Local app endpoint"),
            value: t("none").to_owned(),
            text: t("a gateway has no application beside it").to_owned(),
            is_used: false,
        },
        bind_lane(&effects),
    ];
    EffectTable { preference, rows: lanes }
}

fn bind_lane(effects: &Effects) -> EffectRow {
    let text = match effects.listener_bind {
        ListenerBind::Ipv4 => t("Envoy listens on IPv4 only; IPv6 connections are refused"),
        ListenerBind::DualStack => t("Envoy listens on IPv6 and IPv4 (ipv4_compat)"),
    };
    EffectRow {
        name: t("Listener bind"),
        value: effects.listener_bind.address().to_owned(),
        text: text.to_owned(),
        is_used: true,
    }
}

fn dns_words(family: DnsLookupFamily) -> String {
    match family {
        DnsLookupFamily::Auto => t("asks for AAAA, and for A only if there is no AAAA"),
        DnsLookupFamily::V4Preferred => t("asks for A, and for AAAA only if there is no A"),
        DnsLookupFamily::V6Only => t("asks for AAAA only"),
        DnsLookupFamily::V4Only => t("asks for A only"),
    }
    .to_owned()
}

fn order_value(order: FamilyOrder) -> String {
    match order.otherwise {
        Some(other) => say("{0}, else {1}", &[order.first.as_str(), other.as_str()]),
        None => say("{0} only", &[order.first.as_str()]),
    }
}

fn order_words(order: FamilyOrder) -> String {
    match order.otherwise {
        Some(_) => say("uses an instance's {0} address if it has one", &[order.first.as_str()]),
        None => say("uses {0} addresses and no others", &[order.first.as_str()]),
    }
}

fn endpoint(family: Family, port: i64) -> String {
    match (family, port) {
        (Family::V4, 0) => "127.0.0.1".to_owned(),
        (Family::V6, 0) => "::1".to_owned(),
        (Family::V4, port) => format!("127.0.0.1:{port}"),
        (Family::V6, port) => format!("[::1]:{port}"),
    }
}
