//! Every exception of the API's model, as the SDK's typed error.
//!
//! `ForbiddenException` and the `ConflictException` of a token are tested together with sharing and tokens.

use aws_sdk_appmesh::{
    error::ProvideErrorMetadata,
    operation::{
        RequestId, create_gateway_route::CreateGatewayRouteError, create_mesh::CreateMeshError,
        create_route::CreateRouteError, create_virtual_gateway::CreateVirtualGatewayError,
        create_virtual_node::CreateVirtualNodeError, create_virtual_service::CreateVirtualServiceError,
        delete_mesh::DeleteMeshError, delete_virtual_gateway::DeleteVirtualGatewayError,
        delete_virtual_node::DeleteVirtualNodeError, delete_virtual_router::DeleteVirtualRouterError,
        delete_virtual_service::DeleteVirtualServiceError, describe_mesh::DescribeMeshError,
        describe_route::DescribeRouteError, list_meshes::ListMeshesError,
        list_tags_for_resource::ListTagsForResourceError, list_virtual_nodes::ListVirtualNodesError,
        tag_resource::TagResourceError, untag_resource::UntagResourceError, update_mesh::UpdateMeshError,
        update_virtual_node::UpdateVirtualNodeError, update_virtual_router::UpdateVirtualRouterError,
    },
    types::*,
};
use mesh_playground::playground::Fault;

use super::{
    service::{Service, done, fail_next},
    specs::{self, of},
};
use crate::{furnish, tag};

#[test]
fn what_is_in_use_is_not_deleted() {
    let service = Service::new();
    furnish(&service);
    let client = &service.client;
    let route = specs::plain_routes().remove(0);
    ok!(client.create_route().mesh_name("mesh").virtual_router_name("router").route_name("r").spec(route));
    let spec = specs::virtual_services().remove(1);
    ok!(client.create_virtual_service().mesh_name("mesh").virtual_service_name("routed").spec(spec));
    ok!(client.delete_virtual_service().mesh_name("mesh").virtual_service_name("one.local"));
    let target = of!(try GatewayRouteVirtualService { virtual_service_name: "routed" });
    let action = of!(GrpcGatewayRouteAction { target: of!(GatewayRouteTarget { virtual_service: target }) });
    let route =
        of!(GrpcGatewayRoute { r#match: of!(GrpcGatewayRouteMatch { service_name: "s" }), action: action });
    let spec = of!(GatewayRouteSpec { grpc_route: route });
    let call = client.create_gateway_route().mesh_name("mesh").virtual_gateway_name("gate");
    ok!(call.gateway_route_name("g").spec(spec));

    let kinds = "VirtualNodes, VirtualRouters, VirtualServices, Routes, VirtualGateways, GatewayRoutes";
    let message = format!(
        "Mesh mesh for account 123456789012 has active {kinds}, please delete {kinds} before deleting the Mesh"
    );
    refused!(client.delete_mesh().mesh_name("mesh"), DeleteMeshError::ResourceInUseException, 409, &*message);
    let node = client.delete_virtual_node().mesh_name("mesh");
    refused!(
        node.clone().virtual_node_name("one"),
        DeleteVirtualNodeError::ResourceInUseException,
        409,
        "VirtualNode with name one cannot be deleted because it is the target of one or more routes."
    );
    refused!(
        node.virtual_node_name("many"),
        DeleteVirtualNodeError::ResourceInUseException,
        409,
        "VirtualNode with name many cannot be deleted because it is a VirtualService provider"
    );
    refused!(
        client.delete_virtual_router().mesh_name("mesh").virtual_router_name("router"),
        DeleteVirtualRouterError::ResourceInUseException,
        409,
        "VirtualRouter with name router cannot be deleted because it is a VirtualService provider"
    );
    refused!(
        client.delete_virtual_service().mesh_name("mesh").virtual_service_name("routed"),
        DeleteVirtualServiceError::ResourceInUseException,
        409,
        "VirtualService routed is being referenced in the following: GATEWAY_ROUTE: [g]"
    );
    refused!(
        client.delete_virtual_gateway().mesh_name("mesh").virtual_gateway_name("gate"),
        DeleteVirtualGatewayError::ResourceInUseException,
        409,
        "VirtualGateway with name gate cannot be deleted because it has active GatewayRoutes"
    );
}

#[test]
fn what_is_not_there_is_not_found() {
    let service = Service::new();
    furnish(&service);
    let client = &service.client;
    let of_mesh = |name: &str| format!("Mesh with name {name} is not present for account 123456789012");
    let inside = |what: &str| format!("{what} mesh mesh for account 123456789012");
    refused!(
        client.describe_mesh().mesh_name("Mesh"),
        DescribeMeshError::NotFoundException,
        404,
        &*of_mesh("Mesh")
    );
    refused!(
        client.list_virtual_nodes().mesh_name("no mesh"),
        ListVirtualNodesError::NotFoundException,
        404,
        &*of_mesh("no mesh")
    );
    let route = client.describe_route().mesh_name("mesh").virtual_router_name("router").route_name("r");
    refused!(
        route,
        DescribeRouteError::NotFoundException,
        404,
        &*inside("Route with name r is not present under VirtualRouter router in")
    );
    let node = of!(try VirtualNodeServiceProvider { virtual_node_name: "none" });
    let spec = of!(VirtualServiceSpec { provider: VirtualServiceProvider::VirtualNode(node) });
    let call = client.create_virtual_service().mesh_name("mesh").virtual_service_name("s");
    refused!(
        call.spec(spec),
        CreateVirtualServiceError::NotFoundException,
        404,
        &*inside("VirtualNode with name none is not present under")
    );
    let spec = specs::plain_routes().remove(0);
    let call = client.create_route().mesh_name("mesh").virtual_router_name("none").route_name("r").spec(spec);
    refused!(
        call,
        CreateRouteError::NotFoundException,
        404,
        &*inside("VirtualRouter with name none is not present under")
    );
    let target = of!(try GatewayRouteVirtualService { virtual_service_name: "none" });
    let action = of!(HttpGatewayRouteAction { target: of!(GatewayRouteTarget { virtual_service: target }) });
    let route = of!(HttpGatewayRoute { r#match: of!(HttpGatewayRouteMatch { prefix: "/" }), action: action });
    let call = client.create_gateway_route().mesh_name("mesh").virtual_gateway_name("gate");
    refused!(
        call.gateway_route_name("g").spec(of!(GatewayRouteSpec { http_route: route })),
        CreateGatewayRouteError::NotFoundException,
        404,
        &*inside("VirtualService with name none is not present under")
    );
    let arn = "arn:aws:appmesh:us-west-2:123456789012:mesh/mesh/virtualRouter/router/route/r";
    let message = inside("Route with name r is not present under VirtualRouter router in");
    let call = client.tag_resource().resource_arn(arn).tags(tag("a", "b"));
    refused!(call, TagResourceError::NotFoundException, 404, &*message);
    let call = client.untag_resource().resource_arn(arn).tag_keys("a");
    refused!(call, UntagResourceError::NotFoundException, 404, &*message);
}

#[test]
fn what_breaks_a_rule_is_a_bad_request() {
    let service = Service::new();
    furnish(&service);
    let client = &service.client;
    refused!(
        client.create_mesh().mesh_name("a/b"),
        CreateMeshError::BadRequestException,
        400,
        "meshName may have only letters, digits, hyphens and underscores, not `/`"
    );
    refused!(
        client.list_meshes().limit(101),
        ListMeshesError::BadRequestException,
        400,
        "limit must be from 1 to 100, not 101"
    );
    refused!(
        client.list_meshes().next_token("made up"),
        ListMeshesError::BadRequestException,
        400,
        "nextToken is not a token of this list; leave it out to begin anew"
    );
    refused!(
        client.list_tags_for_resource().resource_arn("arn:aws:s3:::bucket"),
        ListTagsForResourceError::BadRequestException,
        400,
        "resourceArn is not the ARN of a mesh or of something in one: `arn:aws:s3:::bucket`"
    );
    // The SDK passes on a word that its version does not know.
    let preference = of!(MeshServiceDiscovery { ip_preference: IpPreference::from("IPv5_ONLY") });
    refused!(
        client.update_mesh().mesh_name("mesh").spec(of!(MeshSpec { service_discovery: preference })),
        UpdateMeshError::BadRequestException,
        400,
        "spec.serviceDiscovery.ipPreference must be one of IPv6_PREFERRED, IPv4_PREFERRED, IPv4_ONLY, \
         IPv6_ONLY, not `IPv5_ONLY`; did you mean IPv4_ONLY?"
    );
    let dns = ServiceDiscovery::Dns(of!(try DnsServiceDiscovery { hostname: "h" }));
    let call = client.create_virtual_node().mesh_name("mesh").virtual_node_name("n");
    refused!(
        call.spec(of!(VirtualNodeSpec { service_discovery: dns })),
        CreateVirtualNodeError::BadRequestException,
        400,
        "Service Discovery can't be set without a listener."
    );
    let route = specs::plain_routes().remove(0);
    let call = client.create_route().mesh_name("mesh").virtual_router_name("junction").route_name("r");
    refused!(
        call.spec(route.clone()),
        CreateRouteError::BadRequestException,
        400,
        "Route must define a port match criteria if the Virtual Router has multiple listeners"
    );
    ok!(client.create_route().mesh_name("mesh").virtual_router_name("router").route_name("r").spec(route));
    let call = client.update_virtual_router().mesh_name("mesh").virtual_router_name("router");
    refused!(
        call.spec(specs::virtual_routers().remove(1)),
        UpdateVirtualRouterError::BadRequestException,
        400,
        "All Routes for this Virtual Router must define a port match before adding multiple listeners to this \
         Virtual Router. 1 Route(s) are missing port. Listing up to 5 route names: [r]"
    );
}

#[test]
fn quotas_are_limits() {
    let service = Service::new();
    furnish(&service);
    let client = &service.client;
    for i in 1..15 {
        ok!(client.create_mesh().mesh_name(format!("m-{i}")));
    }
    refused!(
        client.create_mesh().mesh_name("m-15"),
        CreateMeshError::LimitExceededException,
        400,
        "The quota of 15 Meshes of account 123456789012 is reached"
    );
    let spec = specs::virtual_gateways().remove(0);
    let call = client.create_virtual_gateway().mesh_name("mesh").spec(spec);
    ok!(call.clone().virtual_gateway_name("third"));
    refused!(
        call.virtual_gateway_name("fourth"),
        CreateVirtualGatewayError::LimitExceededException,
        400,
        "The quota of 3 VirtualGateways in mesh mesh is reached"
    );
    let backends = |count| {
        let backend = |i| of!(try VirtualServiceBackend { virtual_service_name: format!("s-{i}") });
        let backends = (0..count).map(|i| Backend::VirtualService(backend(i)));
        VirtualNodeSpec::builder().set_backends(Some(backends.collect())).build()
    };
    let call = client.create_virtual_node().mesh_name("mesh").virtual_node_name("n");
    ok!(call.spec(backends(50)));
    refused!(
        client.update_virtual_node().mesh_name("mesh").virtual_node_name("n").spec(backends(51)),
        UpdateVirtualNodeError::LimitExceededException,
        400,
        "The quota of 50 backends of VirtualNode n is reached"
    );
    let arn = "arn:aws:appmesh:us-west-2:123456789012:mesh/mesh";
    let tags = (0..50).map(|i| tag(format!("{i}"), "")).collect();
    ok!(client.tag_resource().resource_arn(arn).set_tags(Some(tags)));
    ok!(client.tag_resource().resource_arn(arn).tags(tag("0", "the same key again")));
    refused!(
        client.tag_resource().resource_arn(arn).tags(tag("50", "")),
        TagResourceError::TooManyTagsException,
        400,
        "A resource can have up to 50 tags, this one would have 51"
    );
    assert_eq!(ok!(client.list_tags_for_resource().resource_arn(arn)).tags.len(), 50);
}

/// Each fault of the service: its status and message.
const FAULTS: [(Fault, u16, &str); 3] = [
    (Fault::TooManyRequests, 429, "Rate exceeded"),
    (Fault::InternalServerError, 500, "Internal failure"),
    (Fault::ServiceUnavailable, 503, "Service unavailable"),
];

#[test]
fn a_fault_is_a_typed_error_for_one_request() {
    let service = Service::new();
    let client = &service.client;
    for (fault, status, message) in FAULTS {
        fail_next(fault);
        let error = done(client.create_mesh().mesh_name("m").send()).unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), status);
        assert_eq!(error.message(), Some(message));
        let error = error.into_service_error();
        let is_typed = match fault {
            Fault::TooManyRequests => error.is_too_many_requests_exception(),
            Fault::InternalServerError => error.is_internal_server_error_exception(),
            Fault::ServiceUnavailable => error.is_service_unavailable_exception(),
        };
        assert!(is_typed, "{error:?}");
        // Nothing was created, and the next request succeeds.
        assert_eq!(ok!(client.list_meshes()).meshes, []);
        assert_eq!(service.statuses(), [status, 200]);
    }
    assert_eq!(service.waits(), 0);
}

#[test]
fn a_client_that_retries_gets_its_answer_after_a_fault() {
    let service = Service::retried();
    let client = &service.client;
    for (i, (fault, status, _)) in (0..).zip(FAULTS) {
        let name = format!("m-{i}");
        fail_next(fault);
        assert_eq!(ok!(client.create_mesh().mesh_name(&name)).mesh.unwrap().mesh_name, name);
        assert_eq!(service.statuses(), [status, 200], "{fault:?}");
        assert_eq!(service.waits(), 2 * i + 1);
        fail_next(fault);
        let node = client.create_virtual_node().mesh_name(&name).virtual_node_name("n");
        assert_eq!(
            ok!(node.spec(of!(VirtualNodeSpec {}))).virtual_node.unwrap().metadata.unwrap().version,
            1
        );
        service.statuses();
    }
    // A refusal is not retried.
    refused!(
        client.create_mesh().mesh_name("m-0"),
        CreateMeshError::ConflictException,
        409,
        "Mesh with name m-0 already exists"
    );
    assert_eq!(service.statuses(), [409]);
}
