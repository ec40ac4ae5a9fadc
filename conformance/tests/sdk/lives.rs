//! The life cycle of every kind of resource, from creation to deletion, with every spec.

use std::collections::BTreeSet;

use aws_sdk_appmesh::{operation::RequestId, primitives::DateTime, types::*};
use mesh_playground::{control_plane::Action, model::Kind, world::FIRST_ACCOUNT};

use super::{
    coverage::Coverage,
    service::{Service, done, playground, set_clock},
    specs,
};
use crate::{furnish, tag};

/// Returns the spec of a virtual node as in the response to describe and delete, with the members that the service
/// adds: docs/facts/api-resources.md#specs.
fn described_node(mut spec: VirtualNodeSpec) -> VirtualNodeSpec {
    spec.backends.get_or_insert_default();
    for listener in spec.listeners.iter_mut().flatten() {
        let port = listener.port_mapping.as_ref().map(|mapping| mapping.port);
        if let Some(check) = &mut listener.health_check {
            check.port = check.port.or(port);
        }
    }
    spec
}

fn described_gateway(mut spec: VirtualGatewaySpec) -> VirtualGatewaySpec {
    for listener in &mut spec.listeners {
        let port = listener.port_mapping.as_ref().map(|mapping| mapping.port);
        if let Some(check) = &mut listener.health_check {
            check.port = check.port.or(port);
        }
    }
    spec
}

/// Result of a life cycle.
struct Life {
    kind: Kind,
    /// The SDK's names of the operations that succeeded.
    operations: BTreeSet<String>,
    coverage: Coverage,
}

/// Runs the life cycle of a resource for each spec of a kind: it is created, described, listed, tagged, updated with
/// the next spec, and deleted. At every step, the SDK's typed output must equal its typed input.
macro_rules! life {
    (
        $life:ident: $kind:ident {
            $create:ident, $describe:ident, $update:ident, $delete:ident, $list:ident,
            $member:ident, $name:ident
        } in { $($place:ident: $value:literal),* } with arn $arn:literal,
        $specs:expr, described by $described:expr, status by $status:expr
    ) => {
        fn $life() -> Life {
            let service = Service::unlimited();
            furnish(&service);
            let client = &service.client;
            let described: fn(_) -> _ = $described;
            let specs = $specs;
            let names: Vec<_> = (0..specs.len()).map(|i| format!("x-{i:03}")).collect();
            let times = |halves: i64| DateTime::from_millis(1_767_225_600_000 + halves * 500);
            let mut known = Vec::new();

            set_clock(1);
            for (name, spec) in names.iter().zip(&specs) {
                let call = client.$create().$name(name)$(.$place($value))*.spec(spec.clone()).tags(tag("name", name));
                let output = ok!(call);
                assert!(output.request_id().is_some());
                let created = output.$member.unwrap();
                assert_eq!(created.spec.as_ref(), Some(spec), "created {name}");
                assert_eq!(created.$name, *name);
                $(assert_eq!(created.$place, $value);)*
                assert_eq!($status(created.status.as_ref().unwrap()), "ACTIVE");
                let metadata = created.metadata.clone().unwrap();
                assert_eq!(metadata.arn, format!("arn:aws:appmesh:us-west-2:123456789012:{}{name}", $arn));
                assert_eq!((&*metadata.mesh_owner, &*metadata.resource_owner), (FIRST_ACCOUNT, FIRST_ACCOUNT));
                assert_eq!((metadata.created_at, metadata.last_updated_at), (times(1), times(1)));
                assert_eq!(metadata.version, 1);

                let found = ok!(client.$describe().$name(name)$(.$place($value))*).$member.unwrap();
                assert_eq!(found.spec, Some(described(spec.clone())), "described {name}");
                assert_eq!((&found.metadata, &found.status), (&created.metadata, &created.status));
                known.push(metadata);
            }
            let uids: BTreeSet<_> = known.iter().map(|metadata| &metadata.uid).collect();
            assert_eq!(uids.len(), known.len());
            let coverage = playground(|playground| Coverage::of(playground.world(), Kind::$kind));

            // Two per page, sorted by name; other resources of the kind are among them.
            service.statuses();
            let pages = client.$list()$(.$place($value))*.into_paginator().page_size(2).items().send();
            let items: Vec<_> = done(pages.collect::<Result<_, _>>()).unwrap();
            assert_eq!(service.statuses(), vec![200; items.len().div_ceil(2)]);
            assert!(items.iter().map(|item| &item.$name).is_sorted());
            let listed: Vec<_> = items.iter().filter(|item| names.contains(&item.$name)).collect();
            assert_eq!(listed.len(), names.len());
            for ((item, name), metadata) in listed.into_iter().zip(&names).zip(&known) {
                assert_eq!(item.$name, *name);
                $(assert_eq!(item.$place, $value);)*
                assert_eq!((&item.arn, item.version), (&metadata.arn, 1));
                assert_eq!((item.created_at, item.last_updated_at), (times(1), times(1)));
                assert_eq!((&item.mesh_owner, &item.resource_owner), (&metadata.mesh_owner, &metadata.resource_owner));
            }

            for (i, (name, metadata)) in names.iter().zip(&known).enumerate() {
                let tags = || ok!(client.list_tags_for_resource().resource_arn(&metadata.arn)).tags;
                ok!(client.tag_resource().resource_arn(&metadata.arn).tags(tag("Zoë", "a/b")).tags(tag("b", "")));
                assert_eq!(tags(), [tag("Zoë", "a/b"), tag("b", ""), tag("name", name)], "tagged {name}");
                ok!(client.untag_resource().resource_arn(&metadata.arn).tag_keys("b").tag_keys("absent"));
                assert_eq!(tags(), [tag("Zoë", "a/b"), tag("name", name)], "untagged {name}");

                set_clock(2);
                let spec = &specs[(i + 1) % specs.len()];
                let call = client.$update().$name(name)$(.$place($value))*.spec(spec.clone());
                let updated = ok!(call).$member.unwrap();
                assert_eq!(updated.spec.as_ref(), Some(spec), "updated {name}");
                let mut expected = metadata.clone();
                expected.version = 2;
                expected.last_updated_at = times(2);
                assert_eq!(updated.metadata.as_ref(), Some(&expected));
                let found = ok!(client.$describe().$name(name)$(.$place($value))*).$member.unwrap();
                assert_eq!(found.spec, Some(described(spec.clone())), "described {name} after its update");
                assert_eq!(found.metadata, Some(expected.clone()));

                set_clock(3);
                let gone = ok!(client.$delete().$name(name)$(.$place($value))*).$member.unwrap();
                assert_eq!(gone.spec, Some(described(spec.clone())), "deleted {name}");
                assert_eq!($status(gone.status.as_ref().unwrap()), "DELETED");
                // The version of a mesh does not increase: docs/facts/api-resources.md#versions.
                expected.version = if Kind::$kind == Kind::Mesh { 2 } else { 3 };
                expected.last_updated_at = times(3);
                assert_eq!(gone.metadata, Some(expected));
                let error = done(client.$describe().$name(name)$(.$place($value))*.send()).unwrap_err();
                assert!(error.into_service_error().is_not_found_exception());
                let error = done(client.list_tags_for_resource().resource_arn(&metadata.arn).send()).unwrap_err();
                assert!(error.into_service_error().is_not_found_exception());
            }
            Life { kind: Kind::$kind, operations: service.operations(), coverage }
        }
    };
}

/// Returns the API's word for a status member that its shape requires.
macro_rules! word {
    ($status:ident) => {
        |status: &$status| status.status.as_str().to_owned()
    };
}

life! {
    meshes: Mesh {
        create_mesh, describe_mesh, update_mesh, delete_mesh, list_meshes, mesh, mesh_name
    } in {} with arn "mesh/",
    specs::meshes(), described by |spec| spec,
    status by |status: &MeshStatus| status.status.as_ref().unwrap().as_str().to_owned()
}
life! {
    virtual_nodes: VirtualNode {
        create_virtual_node, describe_virtual_node, update_virtual_node, delete_virtual_node, list_virtual_nodes,
        virtual_node, virtual_node_name
    } in { mesh_name: "mesh" } with arn "mesh/mesh/virtualNode/",
    specs::virtual_nodes(), described by described_node, status by word!(VirtualNodeStatus)
}
life! {
    virtual_routers: VirtualRouter {
        create_virtual_router, describe_virtual_router, update_virtual_router, delete_virtual_router,
        list_virtual_routers, virtual_router, virtual_router_name
    } in { mesh_name: "mesh" } with arn "mesh/mesh/virtualRouter/",
    specs::virtual_routers(), described by |spec| spec, status by word!(VirtualRouterStatus)
}
life! {
    virtual_services: VirtualService {
        create_virtual_service, describe_virtual_service, update_virtual_service, delete_virtual_service,
        list_virtual_services, virtual_service, virtual_service_name
    } in { mesh_name: "mesh" } with arn "mesh/mesh/virtualService/",
    specs::virtual_services(), described by |spec| spec, status by word!(VirtualServiceStatus)
}
life! {
    plain_routes: Route {
        create_route, describe_route, update_route, delete_route, list_routes, route, route_name
    } in { mesh_name: "mesh", virtual_router_name: "router" } with arn "mesh/mesh/virtualRouter/router/route/",
    specs::plain_routes(), described by |spec| spec, status by word!(RouteStatus)
}
life! {
    routes: Route {
        create_route, describe_route, update_route, delete_route, list_routes, route, route_name
    } in { mesh_name: "mesh", virtual_router_name: "junction" } with arn "mesh/mesh/virtualRouter/junction/route/",
    specs::routes(), described by |spec| spec, status by word!(RouteStatus)
}
life! {
    virtual_gateways: VirtualGateway {
        create_virtual_gateway, describe_virtual_gateway, update_virtual_gateway, delete_virtual_gateway,
        list_virtual_gateways, virtual_gateway, virtual_gateway_name
    } in { mesh_name: "mesh" } with arn "mesh/mesh/virtualGateway/",
    specs::virtual_gateways(), described by described_gateway, status by word!(VirtualGatewayStatus)
}
life! {
    gateway_routes: GatewayRoute {
        create_gateway_route, describe_gateway_route, update_gateway_route, delete_gateway_route,
        list_gateway_routes, gateway_route, gateway_route_name
    } in { mesh_name: "mesh", virtual_gateway_name: "gates" }
    with arn "mesh/mesh/virtualGateway/gates/gatewayRoute/",
    specs::gateway_routes(), described by |spec| spec, status by word!(GatewayRouteStatus)
}

/// The life cycles of all kinds. Routes have two: for a router with one listener, and for one with several.
const LIVES: [fn() -> Life; 8] = [
    meshes,
    virtual_nodes,
    virtual_routers,
    virtual_services,
    plain_routes,
    routes,
    virtual_gateways,
    gateway_routes,
];

/// Members that no accepted request can contain: a scheme is only for HTTP/2 routes.
const IMPOSSIBLE: [&str; 1] = ["Route spec.httpRoute.match.scheme"];

#[test]
fn every_kind_lives_by_all_38_operations_with_every_member_of_the_api() {
    let mut called = BTreeSet::new();
    let mut had = Coverage::default();
    for life in LIVES {
        let Life { kind, operations, coverage } = life();
        let of_kind = |action: &Action| match action {
            Action::Create(of) | Action::Describe(of) | Action::Update(of) => *of == kind,
            Action::Delete(of) | Action::List(of) => *of == kind,
            Action::ListTagsForResource | Action::TagResource | Action::UntagResource => true,
        };
        let names = Action::all().filter(of_kind).map(Action::name);
        let missing: Vec<_> = names.filter(|name| !operations.contains(name)).collect();
        assert!(missing.is_empty(), "{kind:?}: {missing:?}");
        called.extend(operations);
        had.extend(coverage);
    }
    // The SDK's names on one side, the playground's on the other.
    assert_eq!(called, Action::all().map(Action::name).collect());
    assert_eq!(called.len(), 38);
    assert_eq!(Coverage::complete().without(&had), IMPOSSIBLE);
}
