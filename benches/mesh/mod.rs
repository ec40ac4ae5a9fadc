//! A mesh of any size for the benchmarks of the data plane, with callers, and with all nodes registered.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use mesh_playground::{
    control_plane::{Env, Mesh, Operation, Timestamp, Verb},
    environment::{DnsRecords, Environment, Families, Task},
    model::{Kind, MeshId},
    world::World,
};
use serde_json::{Value, json};

/// Builds a mesh of this number of virtual nodes. Each node provides a virtual service, and has three of these
/// services as backends.
pub fn mesh(nodes: u32) -> Option<(Environment, MeshId, Rc<Mesh>)> {
    let mut world = World::empty()?;
    world.control_plane.enforces_quotas = false;
    let account = world.account.clone();
    let mut seed = 0;
    let mut create = |kind: Kind, mut input: Value| {
        input["meshName"] = json!("bench");
        seed += 1;
        let operation = Operation::parse(Verb::Create, kind, &input, &account).ok()?;
        world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed }).ok()
    };
    create(Kind::Mesh, json!({}))?;
    let mut environment = Environment::default();
    for i in 0..nodes {
        let host = format!("node-{i}.local");
        let backends: Vec<_> = (1..=3)
            .map(|step| format!("service-{}.local", (i + step * 7) % nodes))
            .map(|service| json!({"virtualService": {"virtualServiceName": service}}))
            .collect();
        let spec = json!({
            "listeners": [{"portMapping": {"port": 8080, "protocol": "http"}}],
            "serviceDiscovery": {"dns": {"hostname": host}},
            "backends": backends,
        });
        create(Kind::VirtualNode, json!({"virtualNodeName": format!("node-{i}"), "spec": spec}))?;
        let provider = json!({"provider": {"virtualNode": {"virtualNodeName": format!("node-{i}")}}});
        let service = json!({"virtualServiceName": format!("service-{i}.local"), "spec": provider});
        create(Kind::VirtualService, service)?;
        let ipv4 = Ipv4Addr::from(0x0a00_0000 + i);
        let ipv6 = Ipv6Addr::from(0x2001_0db8_0000_0000_0000_0000_0000_0000 + u128::from(i));
        let task = Task::new(Some(ipv4), Some(ipv6), if i % 2 == 0 { Families::V4 } else { Families::BOTH });
        environment.tasks.insert(format!("task-{i}").into(), Rc::new(task));
        environment.dns.insert(host.into(), Rc::new(DnsRecords { a: vec![ipv4], aaaa: vec![ipv6] }));
    }
    let (id, mesh) = world.control_plane.meshes().next()?;
    Some((environment, id.clone(), mesh.clone()))
}
