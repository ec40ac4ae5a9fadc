//! Lists, names, tokens and shared meshes: everything that does not depend on the kind of resource.

use aws_sdk_appmesh::{
    error::ProvideErrorMetadata,
    operation::{
        RequestId, create_mesh::CreateMeshError, create_virtual_service::CreateVirtualServiceError,
        delete_virtual_service::DeleteVirtualServiceError, describe_mesh::DescribeMeshError,
        list_virtual_gateways::ListVirtualGatewaysError, update_mesh::UpdateMeshError,
        update_virtual_node::UpdateVirtualNodeError,
    },
    types::*,
};
use mesh_playground::{
    model::{AccountId, MeshId},
    store::Command,
    world::{FIRST_ACCOUNT, SECOND_ACCOUNT},
};

use super::{
    service::{Service, done, playground, set_clock},
    specs::of,
};
use crate::{furnish, tag};

#[test]
fn a_mesh_needs_no_spec_and_updating_it_without_one_clears_it() {
    let client = Service::new().client;
    let created = ok!(client.create_mesh().mesh_name("m")).mesh.unwrap();
    assert_eq!(created.spec, Some(of!(MeshSpec {})));
    let egress = of!(try EgressFilter { r#type: EgressFilterType::AllowAll });
    ok!(client.update_mesh().mesh_name("m").spec(of!(MeshSpec { egress_filter: egress })));
    let updated = ok!(client.update_mesh().mesh_name("m")).mesh.unwrap();
    assert_eq!(updated.spec, Some(of!(MeshSpec {})));
    assert_eq!(updated.metadata.unwrap().version, 3);
}

#[test]
fn lists_have_as_many_pages_as_they_need() {
    let service = Service::unlimited();
    let client = &service.client;
    ok!(client.create_mesh().mesh_name("m"));
    let names: Vec<_> = (0..101).map(|i| format!("r-{i:03}")).collect();
    for name in &names {
        let spec = of!(VirtualRouterSpec {});
        ok!(client.create_virtual_router().mesh_name("m").virtual_router_name(name).spec(spec));
    }
    // The limit, and the sizes of the pages; without a limit, a page has 100 items.
    let rows: [(Option<i32>, &[usize]); 5] = [
        (None, &[100, 1]),
        (Some(100), &[100, 1]),
        (Some(51), &[51, 50]),
        (Some(50), &[50, 50, 1]),
        (Some(1), &[1; 101]),
    ];
    for (limit, sizes) in rows {
        let pages = client.list_virtual_routers().mesh_name("m").set_limit(limit).into_paginator().send();
        let pages: Vec<_> = done(pages.collect::<Result<_, _>>()).unwrap();
        assert_eq!(pages.iter().map(|page| page.virtual_routers.len()).collect::<Vec<_>>(), sizes);
        let listed = pages.into_iter().flat_map(|page| page.virtual_routers);
        assert_eq!(listed.map(|item| item.virtual_router_name).collect::<Vec<_>>(), names, "{limit:?}");
    }
    // A page continues after the last name of the previous one, regardless of resources created or deleted in between.
    let first = ok!(client.list_virtual_routers().mesh_name("m").limit(50));
    ok!(client.delete_virtual_router().mesh_name("m").virtual_router_name("r-049"));
    let rest = client.list_virtual_routers().mesh_name("m").set_next_token(first.next_token);
    assert_eq!(ok!(rest).virtual_routers[0].virtual_router_name, "r-050");
}

#[test]
fn tags_have_pages_too() {
    let service = Service::new();
    let client = &service.client;
    let tags: Vec<_> = (0..50).map(|i| tag(format!("key {i:02}"), "ü".repeat(256))).collect();
    let mesh = ok!(client.create_mesh().mesh_name("m").set_tags(Some(tags.clone()))).mesh.unwrap();
    let arn = mesh.metadata.unwrap().arn;
    service.statuses();
    let items =
        client.list_tags_for_resource().resource_arn(&arn).into_paginator().page_size(20).items().send();
    assert_eq!(done(items.collect::<Result<Vec<_>, _>>()).unwrap(), tags);
    assert_eq!(service.statuses(), [200, 200, 200]);
    let value = tag("key 07", "");
    ok!(client.tag_resource().resource_arn(&arn).tags(value.clone()));
    assert_eq!(ok!(client.list_tags_for_resource().resource_arn(&arn)).tags[7], value);
}

#[test]
fn virtual_services_have_any_name_without_a_slash() {
    let service = Service::new();
    furnish(&service);
    let client = &service.client;
    let rows = [
        ("red.local", "red.local"),
        ("with space", "with%20space"),
        ("müller.example", "m%C3%BCller.example"),
        ("日本", "%E6%97%A5%E6%9C%AC"),
        ("100%25+a&b=c?d#e", "100%2525%2Ba%26b%3Dc%3Fd%23e"),
        ("*.local", "%2A.local"),
        ("a:b", "a%3Ab"),
    ];
    for (name, encoded) in rows {
        let spec = of!(VirtualServiceSpec {});
        let call = client.create_virtual_service().mesh_name("mesh").virtual_service_name(name);
        let created = ok!(call.spec(spec.clone())).virtual_service.unwrap();
        assert_eq!(created.virtual_service_name, name);
        let call = client.describe_virtual_service().mesh_name("mesh").virtual_service_name(name);
        assert_eq!(ok!(call).virtual_service.unwrap(), created);
        let path = format!("/v20190125/meshes/mesh/virtualServices/{encoded}");
        assert_eq!(service.last_request(), ("GET".to_owned(), path));
        let arn = created.metadata.unwrap().arn;
        assert!(arn.ends_with(&format!(":mesh/mesh/virtualService/{name}")), "{arn}");
        ok!(client.tag_resource().resource_arn(&arn).tags(tag(name, name)));
        assert_eq!(ok!(client.list_tags_for_resource().resource_arn(&arn)).tags, [tag(name, name)]);
        // A gateway route can also refer to it.
        let target = of!(try GatewayRouteVirtualService { virtual_service_name: name });
        let action =
            of!(HttpGatewayRouteAction { target: of!(GatewayRouteTarget { virtual_service: target }) });
        let route =
            of!(HttpGatewayRoute { r#match: of!(HttpGatewayRouteMatch { prefix: "/" }), action: action });
        let route = of!(GatewayRouteSpec { http_route: route });
        let call = client.create_gateway_route().mesh_name("mesh").virtual_gateway_name("gate");
        let routed = ok!(call.gateway_route_name("r").spec(route.clone())).gateway_route.unwrap();
        assert_eq!(routed.spec, Some(route));
        let call = client.delete_virtual_service().mesh_name("mesh").virtual_service_name(name);
        let message =
            format!("VirtualService {name} is being referenced in the following: GATEWAY_ROUTE: [r]");
        refused!(call.clone(), DeleteVirtualServiceError::ResourceInUseException, 409, &*message);
        let routed = client.delete_gateway_route().mesh_name("mesh").virtual_gateway_name("gate");
        ok!(routed.gateway_route_name("r"));
        ok!(call);
    }
    let call = client.create_virtual_service().mesh_name("mesh").virtual_service_name("a/b");
    let message = "virtualServiceName may have only characters other than /, not `/`";
    refused!(
        call.spec(of!(VirtualServiceSpec {})),
        CreateVirtualServiceError::BadRequestException,
        400,
        message
    );
}

#[test]
fn a_client_token_makes_asking_twice_safe() {
    let service = Service::new();
    let client = &service.client;
    let preference = |preference| {
        of!(MeshSpec { service_discovery: of!(MeshServiceDiscovery { ip_preference: preference }) })
    };
    let (six, four) = (preference(IpPreference::IPv6Only), preference(IpPreference::IPv4Only));
    set_clock(1);
    let create = client.create_mesh().mesh_name("m").spec(six.clone()).client_token("one");
    let first = ok!(create.clone()).mesh;
    set_clock(2);
    assert_eq!(ok!(create.clone()).mesh, first);
    let message = "The client token one was used before, with another specification";
    refused!(create.clone().spec(four.clone()), CreateMeshError::ConflictException, 409, message);
    refused!(create.mesh_name("n"), CreateMeshError::ConflictException, 409, message);
    // Without a token, the SDK generates one, so this is a new request, for an existing resource.
    let again = client.create_mesh().mesh_name("m").spec(six.clone());
    refused!(again, CreateMeshError::ConflictException, 409, "Mesh with name m already exists");

    // Update and create have separate tokens.
    let update = client.update_mesh().mesh_name("m").spec(four.clone()).client_token("one");
    let updated = ok!(update.clone()).mesh;
    assert_eq!(updated.as_ref().unwrap().metadata.as_ref().unwrap().version, 2);
    assert_eq!(ok!(update.clone()).mesh, updated);
    refused!(update.spec(six), UpdateMeshError::ConflictException, 409, message);
    assert_eq!(ok!(client.describe_mesh().mesh_name("m")).mesh, updated);
    let again = ok!(client.update_mesh().mesh_name("m").spec(four)).mesh.unwrap();
    assert_eq!(again.metadata.unwrap().version, 3);
}

/// Runs a command that must change something, like a click on the page.
fn run(command: Command) {
    let update = playground(|playground| playground.run(command));
    assert_eq!((update.refusal, update.events.len()), (None, 1));
}

fn switch_account(account: &str) {
    run(Command::SwitchAccount(account.parse().unwrap()));
}

fn share(mesh: &str, with: &str) {
    let mesh = MeshId { owner: FIRST_ACCOUNT.parse::<AccountId>().unwrap(), name: mesh.into() };
    run(Command::Share { mesh, with: with.parse().unwrap() });
}

#[test]
fn a_shared_mesh_is_used_by_its_owners_account_number() {
    let service = Service::new();
    furnish(&service);
    let client = &service.client;
    let empty = of!(VirtualNodeSpec {});

    switch_account(SECOND_ACCOUNT);
    let message = "Account 210987654321 is not authorized to do this to Mesh mesh of mesh owner 123456789012";
    let describe = client.describe_mesh().mesh_name("mesh").mesh_owner(FIRST_ACCOUNT);
    refused!(describe.clone(), DescribeMeshError::ForbiddenException, 403, message);
    switch_account(FIRST_ACCOUNT);
    share("mesh", SECOND_ACCOUNT);
    switch_account(SECOND_ACCOUNT);
    assert_eq!(ok!(describe).mesh.unwrap().metadata.unwrap().resource_owner, FIRST_ACCOUNT);
    // Without the owner, the request is for a mesh of the caller's account, which may exist beside the other one.
    let own = client.describe_mesh().mesh_name("mesh");
    let message = "Mesh with name mesh is not present for account 210987654321";
    refused!(own, DescribeMeshError::NotFoundException, 404, message);
    ok!(client.create_mesh().mesh_name("mesh"));
    let meshes = ok!(client.list_meshes()).meshes;
    let meshes: Vec<_> = meshes.iter().map(|mesh| (&*mesh.mesh_name, &*mesh.mesh_owner)).collect();
    assert_eq!(meshes, [("mesh", FIRST_ACCOUNT), ("mesh", SECOND_ACCOUNT)]);

    let create =
        client.create_virtual_node().mesh_name("mesh").virtual_node_name("guest").spec(empty.clone());
    let created = ok!(create.mesh_owner(FIRST_ACCOUNT)).virtual_node.unwrap().metadata.unwrap();
    assert_eq!(created.arn, "arn:aws:appmesh:us-west-2:210987654321:mesh/mesh/virtualNode/guest");
    assert_eq!((&*created.mesh_owner, &*created.resource_owner), (FIRST_ACCOUNT, SECOND_ACCOUNT));
    let list = client.list_virtual_nodes().mesh_name("mesh");
    let nodes = ok!(list.clone().mesh_owner(FIRST_ACCOUNT)).virtual_nodes;
    let nodes: Vec<_> = nodes.iter().map(|node| (&*node.virtual_node_name, &*node.resource_owner)).collect();
    let expected = [("guest", SECOND_ACCOUNT), ("many", FIRST_ACCOUNT), ("one", FIRST_ACCOUNT)];
    assert_eq!(nodes, expected);
    assert_eq!(ok!(list).virtual_nodes, []);
    ok!(client.tag_resource().resource_arn(&created.arn).tags(tag("by", "guest")));

    // The guest cannot change the owner's resources.
    let update = client.update_virtual_node().mesh_name("mesh").mesh_owner(FIRST_ACCOUNT).spec(empty);
    let message =
        "Account 210987654321 is not authorized to do this to VirtualNode one of mesh owner 123456789012";
    refused!(
        update.clone().virtual_node_name("one"),
        UpdateVirtualNodeError::ForbiddenException,
        403,
        message
    );
    assert_eq!(
        ok!(update.clone().virtual_node_name("guest")).virtual_node.unwrap().metadata.unwrap().version,
        2
    );
    let message = "Account 210987654321 is not authorized to do this to Mesh mesh of mesh owner 123456789012";
    let gateways = client.list_virtual_gateways().mesh_name("mesh").mesh_owner(FIRST_ACCOUNT);
    refused!(gateways, ListVirtualGatewaysError::ForbiddenException, 403, message);
    // The model does not contain this exception, so the SDK has no type for it: it is IAM's response to an ARN of
    // another account.
    let foreign = "arn:aws:appmesh:us-west-2:123456789012:mesh/mesh/virtualNode/one";
    let error = done(client.list_tags_for_resource().resource_arn(foreign).send()).unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 403);
    assert_eq!(error.code(), Some("AccessDeniedException"));
    let message =
        format!("{foreign} is an invalid ARN. Invalid account id in the ARN provided : 123456789012");
    assert_eq!(error.message(), Some(&*message));

    // The owner reads and deletes resources of a guest, but cannot change them.
    switch_account(FIRST_ACCOUNT);
    let message =
        "Account 123456789012 is not authorized to do this to VirtualNode guest of mesh owner 123456789012";
    refused!(update.virtual_node_name("guest"), UpdateVirtualNodeError::ForbiddenException, 403, message);
    ok!(client.delete_virtual_node().mesh_name("mesh").virtual_node_name("guest"));
}
