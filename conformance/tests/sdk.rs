//! The official Rust SDK, with a playground in place of its network: the calls of an application, typed.
//!
//! The SDK is generated from Amazon's own model of the API, so the requests that it sends and the responses that it
//! accepts are independent of this project. Facts: docs/facts/api-resources.md, docs/facts/api-operations.md,
//! docs/facts/api-errors.md. See `sdk/service.rs` for the wiring.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // A test may panic.

use aws_sdk_appmesh::types::*;

/// Sends a request that must succeed.
macro_rules! ok {
    ($call:expr) => {
        done($call.send()).unwrap()
    };
}

/// Sends a request that must be refused, with this typed error, this status and this message.
macro_rules! refused {
    ($call:expr, $error:ident::$variant:ident, $status:literal, $message:expr) => {{
        let error = done($call.send()).unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), $status, "{error:?}");
        assert!(error.request_id().is_some());
        let error = error.into_service_error();
        assert_eq!(error.meta().code(), Some(stringify!($variant)), "{error:?}");
        assert_eq!(error.meta().message(), Some($message));
        assert!(matches!(error, $error::$variant(_)), "{error:?}");
    }};
}

mod sdk {
    pub mod coverage;
    pub mod lives;
    pub mod refusals;
    pub mod requests;
    pub mod service;
    pub mod specs;
}

use sdk::{
    service::{Service, done},
    specs::of,
};

fn tag(key: impl Into<String>, value: impl Into<String>) -> TagRef {
    of!(try TagRef { key: key, value: value })
}

/// Creates a mesh `mesh` with all targets of the specs.
fn furnish(service: &Service) {
    let client = &service.client;
    ok!(client.create_mesh().mesh_name("mesh"));
    let port = |port, protocol| of!(try PortMapping { port: port, protocol: protocol });
    let dns = || ServiceDiscovery::Dns(of!(try DnsServiceDiscovery { hostname: "one.local" }));
    let ports = [
        port(8080, PortProtocol::Http),
        port(8081, PortProtocol::Http2),
        port(8082, PortProtocol::Grpc),
        port(8083, PortProtocol::Tcp),
    ];
    for (node, router, gateway, used) in [("one", "router", "gate", 1), ("many", "junction", "gates", 4)] {
        let mut spec = VirtualNodeSpec::builder().service_discovery(dns());
        let mut routed = VirtualRouterSpec::builder();
        for port in &ports[..used] {
            spec = spec.listeners(of!(Listener { port_mapping: port.clone() }));
            routed = routed.listeners(of!(VirtualRouterListener { port_mapping: port.clone() }));
        }
        ok!(client.create_virtual_node().mesh_name("mesh").virtual_node_name(node).spec(spec.build()));
        ok!(client
            .create_virtual_router()
            .mesh_name("mesh")
            .virtual_router_name(router)
            .spec(routed.build()));
        let provider = of!(try VirtualNodeServiceProvider { virtual_node_name: node });
        let spec = of!(VirtualServiceSpec { provider: VirtualServiceProvider::VirtualNode(provider) });
        let name = format!("{node}.local");
        ok!(client.create_virtual_service().mesh_name("mesh").virtual_service_name(name).spec(spec));
        let mut spec = VirtualGatewaySpec::builder();
        // A gateway does not support TCP.
        for port in &ports[..used.min(3)] {
            let protocol = VirtualGatewayPortProtocol::from(port.protocol.as_str());
            let mapping = of!(try VirtualGatewayPortMapping { port: port.port, protocol: protocol });
            spec = spec.listeners(of!(VirtualGatewayListener { port_mapping: mapping }));
        }
        let spec = spec.build().unwrap();
        ok!(client.create_virtual_gateway().mesh_name("mesh").virtual_gateway_name(gateway).spec(spec));
    }
}
