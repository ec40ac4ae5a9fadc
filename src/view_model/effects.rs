//! The four effects of a preference on one node or gateway, as lanes: value, explanation, provenance.

use crate::{
    control_plane::Mesh,
    environment::{Environment, Family},
    resolve::{
        DnsLookupFamily, EffectivePreference, Effects, FamilyOrder, ListenerBind, Provenance, effects,
        gateway_preference,
    },
    traffic::{Discovery, DiscoveryMethod, discovery_method, reach},
};

/// One effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// What is set: `DNS resolver`.
    pub name: &'static str,
    /// To what, as Envoy writes it: `AUTO`, `::`.
    pub value: String,
    /// What that means, with this resource's own addresses.
    pub text: String,
    /// Whether it plays a part for this resource.
    pub is_used: bool,
}

/// The effects on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// The preference that holds, and who set it.
    pub preference: EffectivePreference,
    /// DNS resolver, Cloud Map address, local app endpoint, listener bind.
    pub lanes: [Lane; 4],
}

/// Where a preference comes from, in words.
pub const fn provenance_words(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::SetHere => "set here",
        Provenance::InheritedFromMesh => "inherited from the mesh",
        Provenance::NoPreference => "no preference",
    }
}

/// The effects on a virtual node; `None` when there is no such node.
pub fn node_lanes(environment: &Environment, mesh: &Mesh, node: &str) -> Option<Lanes> {
    let reach = reach(environment, mesh, node)?;
    let discovery = discovery_method(mesh.virtual_node(node)?);
    let effects = reach.effects;
    let answer = match &reach.discovery {
        Discovery::Found { address, .. } => format!("callers use {address}"),
        Discovery::Empty { .. } => "callers find no address".to_owned(),
        Discovery::Undiscoverable => "callers cannot find this node".to_owned(),
    };
    let (uses_dns, uses_cloud_map) = match &discovery {
        Some(DiscoveryMethod::Dns(_)) => (true, false),
        Some(DiscoveryMethod::CloudMap(_)) => (false, true),
        None => (false, false),
    };
    let found = |is_used: bool, what: String, other: &str| {
        if is_used { format!("{what}: {answer}") } else { format!("{what}; not used, {other}") }
    };
    let other = |is_other: bool, name: &str| match is_other {
        true => format!("this node is found by {name}"),
        false => "this node has no service discovery".to_owned(),
    };
    let application = reach.application.map_or_else(
        || "no task is known behind this node".to_owned(),
        |hop| format!("the application listens on {}", hop.listens_on.as_str()),
    );
    let port = reach.port;
    let lanes = [
        Lane {
            name: "DNS resolver",
            value: effects.dns_lookup_family.as_str().to_owned(),
            text: found(uses_dns, dns_words(effects.dns_lookup_family), &other(uses_cloud_map, "Cloud Map")),
            is_used: uses_dns,
        },
        Lane {
            name: "Cloud Map address",
            value: order_value(effects.cloud_map),
            text: found(uses_cloud_map, order_words(effects.cloud_map), &other(uses_dns, "DNS")),
            is_used: uses_cloud_map,
        },
        Lane {
            name: "Local app endpoint",
            value: endpoint(effects.local_endpoint, port),
            text: format!("the one address Envoy connects to, never a fallback: {application}"),
            is_used: true,
        },
        bind_lane(&effects),
    ];
    Some(Lanes { preference: reach.preference, lanes })
}

/// The effects on a virtual gateway: it takes the mesh's preference, and only its listeners depend on it.
pub fn gateway_lanes(mesh: &Mesh) -> Lanes {
    let preference = gateway_preference(mesh);
    let effects = effects(preference.preference);
    let follows = |name, text: &str| Lane {
        name,
        value: "each target's own".to_owned(),
        text: text.to_owned(),
        is_used: false,
    };
    let lanes = [
        follows("DNS resolver", "how a target is looked up follows the preference of that target"),
        follows("Cloud Map address", "which address is used follows the preference of that target"),
        Lane {
            name: "Local app endpoint",
            value: "none".to_owned(),
            text: "a gateway has no application beside it".to_owned(),
            is_used: false,
        },
        bind_lane(&effects),
    ];
    Lanes { preference, lanes }
}

fn bind_lane(effects: &Effects) -> Lane {
    let text = match effects.listener_bind {
        ListenerBind::Ipv4 => "Envoy listens on IPv4 only; IPv6 connections are refused",
        ListenerBind::DualStack => "Envoy listens on IPv6 and IPv4 (ipv4_compat)",
    };
    Lane {
        name: "Listener bind",
        value: effects.listener_bind.address().to_owned(),
        text: text.to_owned(),
        is_used: true,
    }
}

fn dns_words(family: DnsLookupFamily) -> String {
    match family {
        DnsLookupFamily::Auto => "asks for AAAA, and for A only if there is no AAAA",
        DnsLookupFamily::V4Preferred => "asks for A, and for AAAA only if there is no A",
        DnsLookupFamily::V6Only => "asks for AAAA only",
        DnsLookupFamily::V4Only => "asks for A only",
    }
    .to_owned()
}

fn order_value(order: FamilyOrder) -> String {
    match order.otherwise {
        Some(other) => format!("{}, else {}", order.first.as_str(), other.as_str()),
        None => format!("{} only", order.first.as_str()),
    }
}

fn order_words(order: FamilyOrder) -> String {
    match order.otherwise {
        Some(_) => format!("uses an instance's {} address if it has one", order.first.as_str()),
        None => format!("uses {} addresses and no others", order.first.as_str()),
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
