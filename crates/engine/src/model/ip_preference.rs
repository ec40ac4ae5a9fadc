//! The IP version preference, the central setting of the playground.

use super::declare::choice;

choice! {
    /// IP version that a mesh or a virtual node prefers. Absence is a fifth state, not one of these.
    ///
    /// Source: API shape `IpPreference`; user guide, pages "meshes" and "virtual nodes".
    ///
    /// ```
    /// use app_mesh_engine::model::IpPreference;
    /// assert_eq!("IPv6_ONLY".parse(), Ok(IpPreference::Ipv6Only));
    /// ```
    IpPreference {
        /// IPv6 where there is one, else IPv4.
        Ipv6Preferred "IPv6_PREFERRED",
        /// IPv4 where there is one, else IPv6.
        Ipv4Preferred "IPv4_PREFERRED",
        /// IPv4 only.
        Ipv4Only "IPv4_ONLY",
        /// IPv6 only.
        Ipv6Only "IPv6_ONLY",
    }
}
