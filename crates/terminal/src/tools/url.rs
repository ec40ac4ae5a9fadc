//! URLs of requests, and the resources they refer to.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::Mesh,
    model::{HttpScheme, Key, Kind, MeshId},
};
use mesh_text::sorting;
use playground_core::playground::Playground;

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `http` or `https`.
    pub scheme: HttpScheme,
    /// The host, without the brackets of an IPv6 address.
    pub host: String,
    /// The port, if the URL contains one.
    pub port: Option<i64>,
    /// The path and query, including the leading slash.
    pub path: String,
}

impl Url {
    /// Parses a URL; the default scheme is `http`.
    ///
    /// # Errors
    /// Returns curl's exit code and message if the URL is invalid.
    pub fn read(text: &str) -> Result<Self, (u8, String)> {
        let (scheme, rest) = match text.split_once("://") {
            None => (HttpScheme::Http, text),
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => (HttpScheme::Http, rest),
                "https" => (HttpScheme::Https, rest),
                other => return Err((1, ["Protocol \"", other, "\" not supported"].concat())),
            },
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port = match port.filter(|port| !port.is_empty()) {
            None => None,
            Some(port) => match port.parse::<u16>() {
                Ok(port) if port > 0 => Some(i64::from(port)),
                _ => return Err((3, "URL using bad/illegal format or missing URL".to_owned())),
            },
        };
        if host.is_empty() || host.contains(char::is_whitespace) || path.contains(char::is_whitespace) {
            return Err((3, "URL using bad/illegal format or missing URL".to_owned()));
        }
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { ["/", path].concat() };
        Ok(Self { scheme, host: host.to_owned(), port, path })
    }

    /// Returns the port of the URL, or else the default port of its scheme.
    pub fn usual_port(&self) -> i64 {
        self.port.unwrap_or(if self.scheme == HttpScheme::Https { 443 } else { 80 })
    }
}

/// Finds a resource of one of these kinds by name: first in the mesh that is shown, then in any that the account sees.
///
/// `NAME.mesh` and `NAME.<name of the mesh>` refer to the same resource. So does the name `NAME` of a Kubernetes object
/// whose resource the controller calls `NAME_<namespace>` in App Mesh.
pub(super) fn find(playground: &Playground, kinds: &[Kind], name: &str) -> Option<(MeshId, Rc<Mesh>, Key)> {
    let world = playground.world();
    let shown = playground.state().view.mesh.as_ref();
    let mut meshes: Vec<_> = world.control_plane.visible_to(&world.account).collect();
    sorting::sort_by_key(&mut meshes, |(id, _)| Some(*id) != shown);
    // An exact match takes precedence over a prefix match.
    for is_whole in [true, false] {
        let measure = |wanted: &str, known: &str| {
            let is_start = known.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
            let rest = known.get(wanted.len()..).unwrap_or_default();
            is_start && (rest.is_empty() == is_whole) && (is_whole || rest.starts_with(['_', '-']))
        };
        for (id, mesh) in &meshes {
            let bare = name.strip_suffix(".mesh");
            let bare = bare.or_else(|| name.strip_suffix(&*id.name).and_then(|rest| rest.strip_suffix('.')));
            let resources = kinds.iter().flat_map(|kind| mesh.of_kind(*kind));
            for key in resources.map(|resource| &resource.id.key) {
                if measure(name, &key.name) || bare.is_some_and(|bare| measure(bare, &key.name)) {
                    return Some(((*id).clone(), Rc::clone(mesh), key.clone()));
                }
            }
        }
    }
    None
}

/// Admin port of every Envoy.
pub(super) const ADMIN_PORT: i64 = 9901;
