//! The configuration of every Envoy of a mesh, and the setting that wrote each line of it.
//!
//! A pure function of a snapshot: what App Mesh's server sent to the proxies of a mesh, as one file from which Envoy
//! itself starts. It may use specs, the effects of a preference from [`crate::resolve`], and what is registered; it
//! must not know the outcome of a request. Start at [`bootstrap`]; templates of Envoy's configuration are constants
//! in the modules.
//!
//! Sources: published App Mesh configurations, the user guide, real Envoys (docs/facts/envoy.md).

mod builder;
mod cause;
mod cluster;
mod listener;
mod matching;
mod route;
#[cfg(test)]
mod tests;
mod tls;
mod tree;
mod write;

pub use cause::{Cause, Setting};
pub use tree::Tree;
pub use write::{Line, json_lines, to_json, yaml_lines};

use builder::Builder;
use cause::At;

use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{Key, Kind, MeshId},
};

/// The configuration of one Envoy.
#[derive(Clone, Debug)]
pub struct Config {
    node: String,
    listeners: Vec<Tree>,
    clusters: Vec<Tree>,
    routes: Vec<Tree>,
    endpoints: Vec<Tree>,
}

impl Config {
    /// Returns the whole configuration as a bootstrap file, which `envoy --config-path` reads.
    pub fn tree(&self) -> Tree {
        // Without this layer, Envoy refuses regular expressions that the API accepts: its own limit for them is low.
        const BOOTSTRAP: &str = "{node:{id:$0,cluster:$1},admin:{address:{socket_address:{address:0.0.0.0,\
            port_value:9901}}},layered_runtime:{layers:[{name:static,static_layer:{\
            re2.max_program_size.error_level:4294967295}}]},static_resources:{listeners:$2,clusters:$3}}";
        let [listeners, clusters] = [&self.listeners, &self.clusters].map(|list| Tree::of(list));
        let node = || Tree::text(&self.node);
        Tree::fill(BOOTSTRAP, &mut [node(), node(), listeners, clusters])
    }

    /// Returns the listeners, each a `Listener` of Envoy's API.
    pub fn listeners(&self) -> &[Tree] {
        &self.listeners
    }

    /// Returns the clusters, each a `Cluster`.
    pub fn clusters(&self) -> &[Tree] {
        &self.clusters
    }

    /// Returns the routes, each a `RouteConfiguration`; listeners contain the same ones.
    pub fn routes(&self) -> &[Tree] {
        &self.routes
    }

    /// Returns the endpoints, each a `ClusterLoadAssignment`; clusters contain the same ones.
    pub fn endpoints(&self) -> &[Tree] {
        &self.endpoints
    }
}

/// Builds the configuration of the Envoy of a virtual node or a virtual gateway; `None` for any other resource.
pub fn bootstrap(environment: &Environment, mesh_id: &MeshId, mesh: &Mesh, key: &Key) -> Option<Config> {
    let resource = mesh.get(key)?;
    let kind = key.kind;
    let mut builder = Builder {
        environment,
        mesh_id,
        mesh,
        own: At::spec(resource),
        listeners: Vec::new(),
        clusters: Vec::new(),
        routes: Vec::new(),
        endpoints: Vec::new(),
        egress: Vec::new(),
        needs_secrets: false,
    };
    match kind {
        Kind::VirtualNode => {
            builder.node_ingress();
            builder.node_egress();
        }
        Kind::VirtualGateway => builder.gateway(),
        _ => return None,
    }
    if builder.needs_secrets {
        builder.clusters.push(tls::secrets_cluster());
    }
    let owner = &resource.metadata.resource_owner;
    // The node id names the mesh owner, if that is not the resource owner. Source: howto-cross-account.
    let shared = if *owner == mesh_id.owner { String::new() } else { format!("@{}", mesh_id.owner) };
    let node = format!("mesh/{}{shared}/{}/{}", mesh_id.name, kind.declaration().member, key.name);
    let Builder { listeners, clusters, routes, endpoints, .. } = builder;
    Some(Config { node, listeners, clusters, routes, endpoints })
}

/// Returns the keys of all resources that have an Envoy: virtual nodes, then virtual gateways.
pub fn envoys(mesh: &Mesh) -> impl Iterator<Item = &Key> {
    let kinds = [Kind::VirtualNode, Kind::VirtualGateway];
    kinds.into_iter().flat_map(|kind| mesh.of_kind(kind)).map(|resource| &resource.id.key)
}

/// Returns the Envoys with lines that a setting wrote, and the indexes of those lines in [`json_lines`] of their
/// bootstrap.
///
/// The setting is a path in the spec of `key`, with everything inside it; `spec` is the whole spec.
pub fn touched(
    environment: &Environment,
    mesh_id: &MeshId,
    mesh: &Mesh,
    key: &Key,
    path: &str,
) -> Vec<(Key, Vec<usize>)> {
    let lines = |envoy: &Key| -> Option<(Key, Vec<usize>)> {
        let tree = bootstrap(environment, mesh_id, mesh, envoy)?.tree();
        let lines = json_lines(&tree);
        let is_touched = |line: &Line| match &line.cause {
            Some(Cause::Setting(setting)) => setting.is_within(key, path),
            _ => false,
        };
        let places: Vec<_> =
            lines.iter().zip(0..).filter(|(line, _)| is_touched(line)).map(|(_, i)| i).collect();
        (!places.is_empty()).then(|| (envoy.clone(), places))
    };
    envoys(mesh).filter_map(lines).collect()
}
