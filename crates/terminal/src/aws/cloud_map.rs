//! `aws servicediscovery`: the part of Cloud Map that App Mesh reads: namespaces, services and instances.
//!
//! The environment stores services with their instances, by name. Therefore the ids of Cloud Map are derived from
//! names, and a namespace without services is stored as one service with an empty name. Every change takes effect at
//! once, so `GetOperation` reports success for any operation id.

use std::{net::IpAddr, rc::Rc};

use crate::Context;
use app_mesh_engine::{
    environment::{CloudMapService, Environment, Instance},
    model::{
        Declared, List, TextMap,
        declare::{integer, structure_by},
    },
};
use mesh_text::sorting;

use super::{
    arguments::digits_of,
    data::{Data, Members, member, named},
    service::{Asked, Declaration, Refusal},
};

/// The simulated operations.
pub const OPERATIONS: &[Declaration] = &[
    Declaration {
        name: "CreateHttpNamespace",
        input: HttpNamespace::SHAPE,
        list: None,
        run: create_namespace,
    },
    Declaration {
        name: "CreatePrivateDnsNamespace",
        input: DnsNamespace::SHAPE,
        list: None,
        run: create_namespace,
    },
    Declaration { name: "CreateService", input: NewService::SHAPE, list: None, run: create_service },
    Declaration { name: "DeleteNamespace", input: ById::SHAPE, list: None, run: delete_namespace },
    Declaration { name: "DeleteService", input: ById::SHAPE, list: None, run: delete_service },
    Declaration { name: "DeregisterInstance", input: OneInstance::SHAPE, list: None, run: deregister },
    Declaration { name: "DiscoverInstances", input: Discovery::SHAPE, list: None, run: discover },
    Declaration { name: "GetInstance", input: OneInstance::SHAPE, list: None, run: get_instance },
    Declaration { name: "GetNamespace", input: ById::SHAPE, list: None, run: get_namespace },
    Declaration { name: "GetOperation", input: OneOperation::SHAPE, list: None, run: get_operation },
    Declaration { name: "GetService", input: ById::SHAPE, list: None, run: get_service },
    Declaration {
        name: "ListInstances",
        input: Instances::SHAPE,
        list: Some("Instances"),
        run: list_instances,
    },
    Declaration {
        name: "ListNamespaces",
        input: Listing::SHAPE,
        list: Some("Namespaces"),
        run: list_namespaces,
    },
    Declaration { name: "ListServices", input: Listing::SHAPE, list: Some("Services"), run: list_services },
    Declaration { name: "RegisterInstance", input: Registration::SHAPE, list: None, run: register },
];

structure_by! {
    /// Source: API shape `CreateHttpNamespaceRequest` of Cloud Map.
    HttpNamespace by HttpNamespaceMembers {
        /// The namespace's name.
        "Name" name: String,
        /// Ignored.
        "CreatorRequestId" creator_request_id: Option<String>,
        /// Not stored.
        "Description" description: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `CreatePrivateDnsNamespaceRequest` of Cloud Map.
    DnsNamespace by DnsNamespaceMembers {
        /// The namespace's name.
        "Name" name: String,
        /// Ignored.
        "CreatorRequestId" creator_request_id: Option<String>,
        /// Not stored.
        "Description" description: Option<String>,
        /// Ignored: there is only one network.
        "Vpc" vpc: String,
    }
}

structure_by! {
    /// Source: API shape `CreateServiceRequest` of Cloud Map.
    NewService by NewServiceMembers {
        /// The service's name.
        "Name" name: String,
        /// The namespace's id.
        "NamespaceId" namespace_id: Option<String>,
        /// Ignored.
        "CreatorRequestId" creator_request_id: Option<String>,
        /// Not stored.
        "Description" description: Option<String>,
        /// May contain the namespace's id; no DNS records are created from it.
        "DnsConfig" dns_config: Option<DnsConfig>,
        /// Ignored.
        "HealthCheckCustomConfig" health_check_custom_config: Option<HealthCheckCustomConfig>,
    }
}

structure_by! {
    /// Source: API shape of this name.
    DnsConfig by DnsConfigMembers {
        /// The namespace's id.
        "NamespaceId" namespace_id: Option<String>,
        /// Ignored.
        "RoutingPolicy" routing_policy: Option<String>,
        /// Ignored.
        "DnsRecords" dns_records: List<DnsRecord>,
    }
}

structure_by! {
    /// Source: API shape of this name.
    DnsRecord by DnsRecordMembers {
        /// Type of the record: A or AAAA.
        "Type" kind: String,
        /// Time to live, in seconds.
        "TTL" ttl: i64,
    }
}

structure_by! {
    /// Source: API shape of this name.
    HealthCheckCustomConfig by HealthCheckCustomConfigMembers {
        /// Ignored.
        "FailureThreshold" failure_threshold: Option<FailureThreshold>,
    }
}

integer! {
    /// Source: API shape of this name.
    FailureThreshold 1..=10
}

structure_by! {
    /// Source: API shapes of Cloud Map with only an id, such as `GetServiceRequest`.
    ById by ByIdMembers {
        /// The id.
        "Id" id: String,
    }
}

structure_by! {
    /// Source: API shape `RegisterInstanceRequest` of Cloud Map.
    Registration by RegistrationMembers {
        /// The service's id.
        "ServiceId" service_id: String,
        /// The instance's id.
        "InstanceId" instance_id: String,
        /// Ignored.
        "CreatorRequestId" creator_request_id: Option<String>,
        /// Attributes of the instance; AWS_INSTANCE_IPV4 and AWS_INSTANCE_IPV6 are its addresses.
        "Attributes" attributes: serde_json::Value,
    }
}

structure_by! {
    /// Source: API shapes `DeregisterInstanceRequest` and `GetInstanceRequest` of Cloud Map.
    OneInstance by OneInstanceMembers {
        /// The service's id.
        "ServiceId" service_id: String,
        /// The instance's id.
        "InstanceId" instance_id: String,
    }
}

structure_by! {
    /// Source: API shape `GetOperationRequest` of Cloud Map.
    OneOperation by OneOperationMembers {
        /// The operation's id.
        "OperationId" operation_id: String,
        /// Ignored.
        "OwnerAccount" owner_account: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `DiscoverInstancesRequest` of Cloud Map.
    Discovery by DiscoveryMembers {
        /// The namespace's name.
        "NamespaceName" namespace_name: String,
        /// The service's name.
        "ServiceName" service_name: String,
        /// Ignored.
        "MaxResults" max_results: Option<Limit>,
        /// Only instances with all of these attributes.
        "QueryParameters" query_parameters: Option<serde_json::Value>,
        /// Preferred attributes: if any instance has all of them, only such instances are returned.
        "OptionalParameters" optional_parameters: Option<serde_json::Value>,
        /// Ignored: all instances are healthy.
        "HealthStatus" health_status: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `ListInstancesRequest` of Cloud Map.
    Instances by InstancesMembers {
        /// The service's id.
        "ServiceId" service_id: String,
        /// Ignored.
        "NextToken" next_token: Option<String>,
        /// Ignored: all items are on one page.
        "MaxResults" max_results: Option<Limit>,
    }
}

structure_by! {
    /// Source: API shapes `ListNamespacesRequest` and `ListServicesRequest` of Cloud Map.
    Listing by ListingMembers {
        /// Ignored.
        "NextToken" next_token: Option<String>,
        /// Ignored: all items are on one page.
        "MaxResults" max_results: Option<Limit>,
        /// Filters, by namespace id or by name.
        "Filters" filters: Option<List<Filter>>,
    }
}

structure_by! {
    /// Source: API shapes `NamespaceFilter` and `ServiceFilter` of Cloud Map.
    Filter by FilterMembers {
        /// Property to filter by.
        "Name" name: String,
        /// Accepted values of the property.
        "Values" values: List<String>,
        /// Ignored.
        "Condition" condition: Option<String>,
    }
}

integer! {
    /// Source: API shape `MaxResults` of Cloud Map.
    Limit 1..=100
}

/// Names of the attributes that hold addresses.
const IPV4: &str = "AWS_INSTANCE_IPV4";
const IPV6: &str = "AWS_INSTANCE_IPV6";

fn create_namespace(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let name = asked.text("Name");
    change(context, asked, &["Create the namespace ", name].concat(), &mut |environment| {
        let exists = environment.cloud_map.iter().any(|(service, _)| *service.namespace == *name);
        if exists || name.is_empty() {
            return Err(Refusal::new(
                "NamespaceAlreadyExists",
                ["The namespace ", name, " exists already"].concat(),
            ));
        }
        environment.cloud_map.insert(key(name, ""), Rc::default());
        Ok(operation("create-namespace", name))
    })
}

fn create_service(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let name = asked.text("Name");
    let inner =
        asked.input.get("DnsConfig").and_then(|config| config.get("NamespaceId")).and_then(Data::as_str);
    let id = asked.input.get("NamespaceId").and_then(Data::as_str).or(inner).unwrap_or_default();
    let namespace = namespace(environment(context), id)?;
    let made = key(&namespace, name);
    change(context, asked, &["Create the Cloud Map service ", name].concat(), &mut |environment| {
        if name.is_empty() || environment.cloud_map.contains_key(&made) {
            return Err(Refusal::new(
                "ServiceAlreadyExists",
                ["A service with the name ", name, " already exists."].concat(),
            ));
        }
        environment.cloud_map.remove(&key(&namespace, ""));
        environment.cloud_map.insert(made.clone(), Rc::default());
        Ok(Data::Null)
    })?;
    service_told(context, asked, &made)
}

fn delete_namespace(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let namespace = namespace(environment(context), asked.text("Id"))?;
    change(context, asked, &["Delete the namespace ", &namespace].concat(), &mut |environment| {
        let has_services =
            |service: &CloudMapService| *service.namespace == *namespace && !service.service.is_empty();
        if environment.cloud_map.iter().any(|(service, _)| has_services(service)) {
            return Err(Refusal::new("ResourceInUse", "The namespace has services; delete them first"));
        }
        environment.cloud_map.remove(&key(&namespace, ""));
        Ok(operation("delete-namespace", &namespace))
    })
}

fn delete_service(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = service(environment(context), asked.text("Id"))?;
    change(
        context,
        asked,
        &["Delete the Cloud Map service ", &service.service].concat(),
        &mut |environment| {
            if environment.cloud_map.get(&service).is_some_and(|instances| !instances.is_empty()) {
                return Err(Refusal::new(
                    "ResourceInUse",
                    "The service has instances; deregister them first",
                ));
            }
            environment.cloud_map.remove(&service);
            // The namespace still exists without its last service.
            if !environment.cloud_map.iter().any(|(other, _)| other.namespace == service.namespace) {
                environment.cloud_map.insert(key(&service.namespace, ""), Rc::default());
            }
            Ok(Data::map(Vec::new()))
        },
    )
}

fn register(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = service(environment(context), asked.text("ServiceId"))?;
    let id = asked.text("InstanceId");
    let mut instance = Instance { id: id.into(), ipv4: None, ipv6: None, attributes: TextMap::new() };
    let Some(Data::Map(attributes)) = asked.input.get("Attributes") else { return Err(bad_address("")) };
    for (name, value) in attributes.iter() {
        let value = value.as_str().unwrap_or_default();
        match (&**name, value.parse()) {
            (IPV4, Ok(IpAddr::V4(address))) => instance.ipv4 = Some(address),
            (IPV6, Ok(IpAddr::V6(address))) => instance.ipv6 = Some(address),
            (IPV4 | IPV6, _) => return Err(bad_address(value)),
            _ => {
                instance.attributes.insert(name.to_string(), value.to_owned());
            }
        }
    }
    change(context, asked, &["Register the instance ", id].concat(), &mut |environment| {
        if let Some(instances) = environment.cloud_map.get_mut(&service) {
            let instances = Rc::make_mut(instances);
            instances.retain(|known| *known.id != *id);
            instances.push(instance.clone());
        }
        Ok(operation("register-instance", id))
    })
}

fn bad_address(value: &str) -> Refusal {
    Refusal::new("InvalidInput", ["The address '", value, "' is not one of its family"].concat())
}

fn deregister(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = service(environment(context), asked.text("ServiceId"))?;
    let id = asked.text("InstanceId");
    instance(environment(context), &service, id)?;
    change(context, asked, &["Deregister the instance ", id].concat(), &mut |environment| {
        if let Some(instances) = environment.cloud_map.get_mut(&service) {
            Rc::make_mut(instances).retain(|known| *known.id != *id);
        }
        Ok(operation("deregister-instance", id))
    })
}

fn discover(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = key(asked.text("NamespaceName"), asked.text("ServiceName"));
    let Some(instances) =
        environment(context).cloud_map.get(&service).filter(|_| !service.service.is_empty())
    else {
        return Err(Refusal::new("ServiceNotFound", ["No service found: ", &*service.service].concat()));
    };
    let told: Vec<_> = instances.iter().map(|instance| (instance, attributes(instance))).collect();
    let fits = |attributes: &Data, member: &str| match asked.input.get(member) {
        Some(Data::Map(wanted)) => wanted.iter().all(|(name, value)| attributes.get(name) == Some(value)),
        _ => true,
    };
    let wanted: Vec<_> = told.iter().filter(|(_, attributes)| fits(attributes, "QueryParameters")).collect();
    let better: Vec<_> =
        wanted.iter().copied().filter(|(_, attributes)| fits(attributes, "OptionalParameters")).collect();
    let found = if better.is_empty() { wanted } else { better };
    let found = found.into_iter().map(|(instance, attributes)| {
        Data::map(vec![
            member("InstanceId", &instance.id),
            member("NamespaceName", &service.namespace),
            member("ServiceName", &service.service),
            member("HealthStatus", "HEALTHY"),
            named("Attributes", attributes.clone()),
        ])
    });
    Ok(Data::map(vec![
        named("Instances", Data::list(found.collect())),
        named("InstancesRevision", Data::whole(1)),
    ]))
}

fn get_instance(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = service(environment(context), asked.text("ServiceId"))?;
    let instance = instance(environment(context), &service, asked.text("InstanceId"))?;
    Ok(Data::map(vec![
        member("ResourceOwner", asked.account.as_str()),
        named("Instance", instance_told(instance)),
    ]))
}

fn get_namespace(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let namespace = namespace(environment(context), asked.text("Id"))?;
    Ok(Data::map(vec![named("Namespace", namespace_told(context, asked, &namespace))]))
}

fn get_operation(_: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let operation = vec![member("Id", asked.text("OperationId")), member("Status", "SUCCESS")];
    Ok(Data::map(vec![named("Operation", Data::map(operation))]))
}

fn get_service(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = service(environment(context), asked.text("Id"))?;
    service_told(context, asked, &service)
}

fn list_instances(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let service = service(environment(context), asked.text("ServiceId"))?;
    let instances = environment(context).cloud_map.get(&service).map(|instances| instances.iter());
    let told = instances.into_iter().flatten().map(instance_told).collect();
    Ok(Data::map(vec![member("ResourceOwner", asked.account.as_str()), named("Instances", Data::list(told))]))
}

fn list_namespaces(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let mut names: Vec<_> =
        environment(context).cloud_map.iter().map(|(service, _)| service.namespace.clone()).collect();
    names.dedup();
    names.retain(|name| passes(asked, "NAME", name));
    let told = names.iter().map(|name| namespace_told(context, asked, name)).collect();
    Ok(Data::map(vec![named("Namespaces", Data::list(told))]))
}

fn list_services(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let services = environment(context).cloud_map.iter().filter(|(service, _)| {
        !service.service.is_empty() && passes(asked, "NAMESPACE_ID", &namespace_id(&service.namespace))
    });
    let told = services.map(|(service, instances)| {
        let mut members = service_members(context, asked, service, instances.len());
        // A service summary has no namespace id.
        members.retain(|(name, _)| **name != *"NamespaceId");
        Data::map(members)
    });
    Ok(Data::map(vec![named("Services", Data::list(told.collect()))]))
}

/// Returns whether the value passes all filters of this name; true without such filters.
fn passes(asked: &Asked, name: &str, value: &str) -> bool {
    let filters = asked.input.get("Filters").map(Data::items).unwrap_or_default();
    filters.iter().filter(|filter| filter.get("Name").and_then(Data::as_str) == Some(name)).all(|filter| {
        let values = filter.get("Values").map(Data::items).unwrap_or_default();
        values.iter().any(|wanted| wanted.as_str() == Some(value))
    })
}

/// Changes the environment as one step of the history.
fn change(
    context: &mut Context,
    asked: &Asked,
    label: &str,
    change: &mut dyn FnMut(&mut Environment) -> Result<Data, Refusal>,
) -> Result<Data, Refusal> {
    let (mut world, _) = context.playground.begin();
    let changed = change(Rc::make_mut(&mut world.environment))?;
    context.playground.commit(world, label, asked.line)?;
    Ok(changed)
}

fn environment<'c>(context: &'c Context) -> &'c Environment {
    &context.playground.world().environment
}

fn key(namespace: &str, service: &str) -> CloudMapService {
    CloudMapService { namespace: namespace.into(), service: service.into() }
}

/// Returns the name of the namespace with this id.
fn namespace(environment: &Environment, id: &str) -> Result<Rc<str>, Refusal> {
    let mut names = environment.cloud_map.iter().map(|(service, _)| &service.namespace);
    let found = names.find(|name| namespace_id(name) == id).cloned();
    found.ok_or_else(|| Refusal::new("NamespaceNotFound", ["No namespace found: ", id].concat()))
}

/// Returns the service with this id.
fn service(environment: &Environment, id: &str) -> Result<CloudMapService, Refusal> {
    let mut services = environment.cloud_map.iter().map(|(service, _)| service);
    let found = services.find(|service| !service.service.is_empty() && service_id(service) == id).cloned();
    found.ok_or_else(|| Refusal::new("ServiceNotFound", ["Service not found: ", id].concat()))
}

fn instance<'e>(
    environment: &'e Environment,
    service: &CloudMapService,
    id: &str,
) -> Result<&'e Instance, Refusal> {
    let instances = environment.cloud_map.get(service);
    let found = instances.and_then(|instances| instances.iter().find(|instance| *instance.id == *id));
    found.ok_or_else(|| Refusal::new("InstanceNotFound", ["Instance not found: ", id].concat()))
}

fn namespace_id(name: &str) -> String {
    ["ns-", &hash(&[name])].concat()
}

fn service_id(service: &CloudMapService) -> String {
    ["srv-", &hash(&[&service.namespace, "/", &service.service])].concat()
}

/// Hashes names to 16 hexadecimal digits with FNV-1a.
fn hash(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes());
    digits_of(
        bytes.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        }),
    )
}

fn operation(what: &str, name: &str) -> Data {
    Data::map(vec![member("OperationId", &hash(&[what, "/", name]))])
}

fn arn(context: &Context, asked: &Asked, rest: &str) -> String {
    let region = &context.playground.world().region;
    ["arn:aws:servicediscovery:", region, ":", asked.account.as_str(), ":", rest].concat()
}

fn namespace_told(context: &Context, asked: &Asked, name: &str) -> Data {
    let id = namespace_id(name);
    let is_in = |service: &CloudMapService| *service.namespace == *name && !service.service.is_empty();
    let count = environment(context).cloud_map.iter().filter(|(service, _)| is_in(service)).count();
    Data::map(vec![
        member("Id", &id),
        member("Arn", &arn(context, asked, &["namespace/", &id].concat())),
        member("ResourceOwner", asked.account.as_str()),
        member("Name", name),
        member("Type", "DNS_PRIVATE"),
        named("ServiceCount", Data::Number(count.to_string().into())),
    ])
}

fn service_members(context: &Context, asked: &Asked, service: &CloudMapService, count: usize) -> Members {
    let id = service_id(service);
    vec![
        member("Id", &id),
        member("Arn", &arn(context, asked, &["service/", &id].concat())),
        member("ResourceOwner", asked.account.as_str()),
        member("Name", &service.service),
        member("NamespaceId", &namespace_id(&service.namespace)),
        named("InstanceCount", Data::Number(count.to_string().into())),
        member("Type", "DNS_HTTP"),
    ]
}

fn service_told(context: &Context, asked: &Asked, service: &CloudMapService) -> Result<Data, Refusal> {
    let count = environment(context).cloud_map.get(service).map_or(0, |instances| instances.len());
    Ok(Data::map(vec![named("Service", Data::map(service_members(context, asked, service, count)))]))
}

fn instance_told(instance: &Instance) -> Data {
    Data::map(vec![member("Id", &instance.id), named("Attributes", attributes(instance))])
}

fn attributes(instance: &Instance) -> Data {
    let mut members = Members::new();
    members.extend(instance.ipv4.map(|address| member(IPV4, &address.to_string())));
    members.extend(instance.ipv6.map(|address| member(IPV6, &address.to_string())));
    members.extend(instance.attributes.iter().map(|(name, value)| member(name, value)));
    sorting::sort_by(&mut members, |a, b| a.0.cmp(&b.0));
    Data::map(members)
}
