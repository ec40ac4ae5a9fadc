"""Tests all 38 operations, 8 paginators, 10 exceptions and every member of the specs of App Mesh with boto3.

usage: boto3_walk.py URL. The engine must serve the API at the URL. Another account must own the meshes `shared`, which
it shares with the caller, and `foreign`, which it does not share. `conformance/tests/cli.rs` starts this script.

Every response is also compared, as raw JSON, with the API model that boto3 contains, because boto3 silently drops
unknown members and does not report missing ones.
"""

import json
import re
import sys
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

OWNER, CONSUMER = "123456789012", "210987654321"
LISTENERS = [{"portMapping": {"port": 80, "protocol": "http"}}]


def is_true(condition, told):
    # Not `assert`, which is disabled under -O and does not print the values.
    if not condition:
        raise AssertionError(told)


def is_equal(found, expected):
    is_true(found == expected, f"{found!r} is not {expected!r}")


# --- Every response against the model -------------------------------------------------------------------------


def check_shape(value, shape, path):
    """Checks raw JSON against a botocore shape: members, types, enums, patterns, sizes."""
    metadata = shape.metadata
    types = {
        "structure": dict,
        "list": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "timestamp": (int, float),
    }
    is_true(type(value) is not bool or shape.type_name == "boolean", f"{path}: {value!r}")
    is_true(isinstance(value, types[shape.type_name]), f"{path}: {value!r} is no {shape.type_name}")
    if shape.type_name == "structure":
        unknown = set(value) - set(shape.members)
        is_true(not unknown, f"{path} has unknown {unknown}")
        missing = set(shape.required_members) - set(value)
        is_true(not missing, f"{path} lacks {missing}")
        if getattr(shape, "is_tagged_union", False):
            is_equal(len(value), 1)
        for name, member in value.items():
            check_shape(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            check_shape(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "string":
        is_true(not shape.enum or value in shape.enum, f"{path}: {value!r} is none of {shape.enum}")
        pattern = metadata.get("pattern")
        is_true(not pattern or re.search(pattern, value), f"{path}: {value!r} does not match {pattern}")
    size = value if shape.type_name in ("integer", "long") else None
    size = len(value) if shape.type_name in ("list", "string") else size
    if size is not None:
        is_true(metadata.get("min", size) <= size <= metadata.get("max", size), f"{path}: {value!r} has no good size")


class Walk:
    """A client that records the called operations and the raised exceptions, and can request faults from the service."""

    def __init__(self, url):
        self.called, self.met, self.faults = set(), set(), []
        self.client = boto3.client("appmesh", endpoint_url=url, config=Config(retries={"total_max_attempts": 2}))
        self.model = self.client.meta.service_model
        events = self.client.meta.events
        service = self.model.service_id.hyphenize()
        events.register(f"before-send.{service}", self.before_send)
        events.register(f"after-call.{service}", self.after_call)

    def before_send(self, request, **_):
        if self.faults:
            request.headers["x-playground-fault"] = self.faults.pop()

    def after_call(self, http_response, parsed, model, **_):
        is_equal(http_response.headers["content-type"], "application/json")
        is_true(re.fullmatch("[0-9a-f-]{36}", http_response.headers["x-amzn-requestid"]), "the request id")
        is_equal(parsed["ResponseMetadata"]["RequestId"], http_response.headers["x-amzn-requestid"])
        raw = json.loads(http_response.content)
        if http_response.status_code != 200:
            is_equal(list(raw), ["message"])
            return
        self.called.add(model.name)
        shape = model.output_shape
        payload = shape.serialization.get("payload")
        check_shape(raw, shape.members[payload] if payload else shape, model.name)

    def refused(self, code, call, message=None, typed=True, **arguments):
        """Checks that a call fails with this exception of the client, and returns the error response."""
        expected = getattr(self.client.exceptions, code) if typed else ClientError
        try:
            call(**arguments)
        except expected as error:
            answer = error.response
            is_true(typed or type(error) is ClientError, type(error))
            is_equal(answer["Error"]["Code"], code)
            is_true(message is None or answer["Error"]["Message"] == message, answer["Error"]["Message"])
            if typed:
                shape = next(shape for shape in self.model.error_shapes if shape.name == code)
                is_equal(answer["ResponseMetadata"]["HTTPStatusCode"], shape.metadata["error"]["httpStatusCode"])
                self.met.add(code)
            return answer
        raise AssertionError(f"{code} was not raised")


# --- Five of each kind: created, read, changed, listed and deleted ---------------------------------------------

# Kind, name in Python, name of the parent, number: a mesh has a quota of three gateways.
IN_MESH = [
    ("virtualNode", "virtual_node", None, 5),
    ("virtualService", "virtual_service", None, 5),
    ("virtualRouter", "virtual_router", None, 5),
    ("virtualGateway", "virtual_gateway", None, 3),
    ("route", "route", "virtualRouterName", 5),
    ("gatewayRoute", "gateway_route", "virtualGatewayName", 5),
]


def spec(member, variant):
    listeners = [{"portMapping": {"port": 80 + variant, "protocol": "http"}}]
    match = {"prefix": f"/{variant}"}
    return {
        # With a backend: a node without one is described with an empty list, as in the service.
        "virtualNode": {
            "backends": [{"virtualService": {"virtualServiceName": "n0"}}],
            "listeners": listeners,
            "serviceDiscovery": {"dns": {"hostname": "n.local"}},
        },
        "virtualService": {"provider": {"virtualNode": {"virtualNodeName": f"n{variant}"}}},
        "virtualRouter": {"listeners": listeners},
        "virtualGateway": {"listeners": listeners},
        "route": {
            "httpRoute": {"match": match, "action": {"weightedTargets": [{"virtualNode": "n0", "weight": 1}]}},
            "priority": variant,
        },
        "gatewayRoute": {
            "httpRoute": {
                "match": match,
                "action": {"target": {"virtualService": {"virtualServiceName": "n0"}}},
            }
        },
    }[member]


def check_resource(data, name, version, status="ACTIVE"):
    metadata = data["metadata"]
    is_equal((metadata["version"], data["status"]["status"]), (version, status))
    is_equal((metadata["meshOwner"], metadata["resourceOwner"]), (OWNER, OWNER))
    is_true(metadata["arn"].startswith(f"arn:aws:appmesh:us-west-2:{OWNER}:mesh/m"), metadata["arn"])
    is_true(metadata["arn"].endswith(f"/{name}"), metadata["arn"])
    is_true(metadata["createdAt"] <= metadata["lastUpdatedAt"] <= datetime.now(timezone.utc), metadata)


def check_pages(walk, operation, key, names, name_of, **arguments):
    """Checks a list with two items per page, and a list cut by `MaxItems` and continued. Returns the operation."""
    is_true(walk.client.can_paginate(operation), operation)
    pager = walk.client.get_paginator(operation)
    pages = [page[key] for page in pager.paginate(**arguments, PaginationConfig={"PageSize": 2})]
    sizes = [2] * (len(names) // 2) + [1] * (len(names) % 2)
    is_equal([len(page) for page in pages], sizes)
    is_equal([item[name_of] for page in pages for item in page], names)
    # Truncated in the middle of a page, and continued there.
    cut = pager.paginate(**arguments, PaginationConfig={"PageSize": 2, "MaxItems": 1}).build_full_result()
    is_equal([item[name_of] for item in cut[key]], names[:1])
    token = cut["NextToken"]
    rest = pager.paginate(**arguments, PaginationConfig={"StartingToken": token}).build_full_result()
    is_equal([item[name_of] for item in rest[key]], names[1:])
    is_true("NextToken" not in rest, rest)
    return operation


def main(url):
    walk = Walk(url)
    client = walk.client
    paged = set()

    # Meshes: three own ones, and the shared one.
    for i in range(3):
        made = client.create_mesh(meshName=f"m{i}", tags=[{"key": "k", "value": "v"}])["mesh"]
        check_resource(made, f"m{i}", 1)
        is_equal(made["spec"], {})
    changed = client.update_mesh(meshName="m0", spec={"serviceDiscovery": {"ipPreference": "IPv6_ONLY"}})["mesh"]
    check_resource(changed, "m0", 2)
    is_equal(client.describe_mesh(meshName="m0")["mesh"], changed)
    is_equal(client.describe_mesh(meshName="shared", meshOwner=CONSUMER)["mesh"]["metadata"]["meshOwner"], CONSUMER)
    paged.add(check_pages(walk, "list_meshes", "meshes", ["m0", "m1", "m2", "shared"], "meshName"))

    # Resources in a mesh. Parents come before their children.
    for member, word, parent, count in IN_MESH:
        name = f"{member}Name"
        place = {"meshName": "m0"} | ({parent: "n0"} if parent else {})
        call = lambda verb: getattr(client, f"{verb}_{word}")
        for i in range(count):
            made = call("create")(**place, **{name: f"n{i}"}, spec=spec(member, i))[member]
            check_resource(made, f"n{i}", 1)
            is_equal(made["spec"], spec(member, i))
            is_equal({key: made[key] for key in place}, place)
        last = {name: f"n{count - 1}"}
        changed = call("update")(**place, **last, spec=spec(member, 0))[member]
        check_resource(changed, last[name], 2)
        is_equal(changed["spec"], spec(member, 0))
        is_equal(call("describe")(**place, **last, meshOwner=OWNER)[member], changed)
        names = [f"n{i}" for i in range(count)]
        paged.add(check_pages(walk, f"list_{word}s", f"{member}s", names, name, **place))

    # More than one page of the service's default size.
    for i in range(5, 120):
        client.create_virtual_service(meshName="m0", virtualServiceName=f"n{i}", spec={})
    page = client.list_virtual_services(meshName="m0")
    is_equal((len(page["virtualServices"]), "nextToken" in page), (100, True))
    pages = client.get_paginator("list_virtual_services").paginate(meshName="m0")
    is_equal([len(page["virtualServices"]) for page in pages], [100, 20])

    # Tags.
    arn = client.describe_virtual_node(meshName="m0", virtualNodeName="n0")["virtualNode"]["metadata"]["arn"]
    tags = [{"key": f"k{i}", "value": f"v {i}/ü"} for i in range(5)]
    client.tag_resource(resourceArn=arn, tags=tags)
    is_equal(client.list_tags_for_resource(resourceArn=arn)["tags"], tags)
    keys = [tag["key"] for tag in tags]
    paged.add(check_pages(walk, "list_tags_for_resource", "tags", keys, "key", resourceArn=arn))
    client.untag_resource(resourceArn=arn, tagKeys=keys[1:])
    is_equal(client.list_tags_for_resource(resourceArn=arn)["tags"], tags[:1])

    check_exceptions(walk, arn)
    spec_parts = check_specs(walk)

    # Delete all, children first; a node is a target of a route until the routes are deleted.
    order = [*reversed([row for row in IN_MESH if row[2]]), IN_MESH[1], IN_MESH[2], IN_MESH[3], IN_MESH[0]]
    is_equal(sorted(order), sorted(IN_MESH))
    for member, word, parent, count in order:
        place = {"meshName": "m0"} | ({parent: "n0"} if parent else {})
        pager = client.get_paginator(f"list_{word}s")
        found = [item[f"{member}Name"] for page in pager.paginate(**place) for item in page[f"{member}s"]]
        is_true(len(found) >= count, found)
        for name in found:
            gone = getattr(client, f"delete_{word}")(**place, **{f"{member}Name": name})[member]
            is_equal(gone["status"]["status"], "DELETED")
        is_equal(getattr(client, f"list_{word}s")(**place)[f"{member}s"], [])
    for i in range(3):
        is_equal(client.delete_mesh(meshName=f"m{i}")["mesh"]["status"]["status"], "DELETED")
    is_equal([mesh["meshName"] for mesh in client.list_meshes()["meshes"]], ["shared"])

    # Every operation and exception was covered.
    is_equal(walk.called, set(walk.model.operation_names))
    is_equal(walk.met, {shape.name for shape in walk.model.error_shapes})
    counts = [f"{len(walk.called)} operations", f"{len(paged)} paginators", f"{len(walk.met)} exceptions"]
    print(", ".join(counts) + f", {spec_parts} members and values of specs")


# --- Every member and every value of the specs ------------------------------------------------------------------

# The model has no union here, but the service did: at most one of each group.
EXCLUSIVE = [
    {"httpRoute", "http2Route", "grpcRoute", "tcpRoute"},
    {"path", "prefix"},
    {"exact", "regex"},
    {"exact", "suffix"},
    {"defaultPrefix", "value"},
]
# Values that must match others, or satisfy rules that the model does not contain.
FITTING = {
    "port": 80,
    "start": 1,
    "end": 2,
    "prefix": "/",
    "exact": "/",
    "value": "/n0/",
    "HttpRetryPolicyEvent": "server-error",
}


def alternatives(shape):
    """Returns the sets of members that a structure may have at the same time."""
    names = set(shape.members)
    if getattr(shape, "is_tagged_union", False):
        return [{name} for name in shape.members]
    for group in EXCLUSIVE:
        found = names & group
        if len(found) > 1:
            return [names - found | {one} for one in sorted(found)]
    return [names]


def zipped(members):
    """Returns the fewest structures that contain every value of every member; each structure has every member."""
    count = max((len(values) for values in members.values()), default=1)
    return [{name: values[i % len(values)] for name, values in members.items()} for i in range(count)]


def examples(shape, name=""):
    """Returns values of a shape that together contain every member, every alternative and every enum value."""
    if shape.type_name == "structure":
        found = []
        for names in alternatives(shape):
            members = {name: examples(shape.members[name], name) for name in names}
            if "httpRoute" in members:
                # Only for HTTP/2, which has the same shape.
                for route in members["httpRoute"]:
                    route["match"].pop("scheme", None)
            if "portMapping" in members and "tls" in members:
                found += listeners_of_each_protocol(members)
            else:
                found += zipped(members)
        return found
    if shape.type_name == "list":
        return [[item] for item in examples(shape.member, name)]
    if shape.type_name == "boolean":
        return [True, False]
    for key in (name, shape.name):
        if key in FITTING and type(FITTING[key]) is (str if shape.type_name == "string" else int):
            return [FITTING[key]]
    return list(shape.enum) or ["n0"] if shape.type_name == "string" else [max(shape.metadata.get("min", 1), 1)]


def listeners_of_each_protocol(members):
    """Returns listeners for each protocol; their settings for a protocol belong to the listener's own protocol."""
    found = []
    for protocol in ["http", "http2", "grpc", "tcp"]:
        if any(mapping["protocol"] == protocol for mapping in members["portMapping"]):
            fitting = {name: members[name] for name in members}
            fitting["portMapping"] = [{"port": 80, "protocol": protocol}]
            for name in {"connectionPool", "timeout"} & set(members):
                fitting[name] = [union for union in members[name] if protocol in union]
            if protocol not in ("http2", "grpc"):
                # Only these two protocols allow a gRPC health check.
                fitting["healthCheck"] = [check for check in members["healthCheck"] if check["protocol"] != "grpc"]
            found += zipped({name: values for name, values in fitting.items() if values})
    return found


def parts(shape, value=None):
    """Yields the names of all members and enum values of a shape, or only of those in a value."""
    if shape.type_name == "structure":
        for name in shape.members if value is None else value:
            yield f"{shape.name}.{name}"
            yield from parts(shape.members[name], None if value is None else value[name])
    elif shape.type_name == "list":
        for item in [None] if value is None else value:
            yield from parts(shape.member, item)
    elif shape.type_name == "string":
        for one in shape.enum if value is None else {value} & set(shape.enum):
            yield f"{shape.name}: {one}"


def check_specs(walk):
    """Checks that every spec is returned unchanged. Returns the number of members and enum values tested."""
    client, all_parts = walk.client, set()
    client.create_mesh(meshName="specs")
    places = {member: {"meshName": "specs"} | ({parent: "n0"} if parent else {}) for member, _, parent, _ in IN_MESH}
    # The targets of the specs, and their parents.
    around = [(member, word) for member, word, parent, _ in IN_MESH if not parent]
    for member, word in around:
        getattr(client, f"create_{word}")(**places[member], **{f"{member}Name": "n0"}, spec=spec(member, 0))
    for member, word, *_ in [("mesh", "mesh"), *IN_MESH]:
        place = places.get(member, {})
        shape = walk.model.operation_model(f"Create{member[0].upper()}{member[1:]}").input_shape.members["spec"]
        sent = examples(shape)
        for given in sent:
            made = getattr(client, f"create_{word}")(**place, **{f"{member}Name": "spec"}, spec=given)[member]
            is_equal(made["spec"], given)
            gone = getattr(client, f"delete_{word}")(**place, **{f"{member}Name": "spec"})[member]
            is_equal(gone["spec"], given)
        covered = {part for given in sent for part in parts(shape, given)}
        is_equal(set(parts(shape)) - covered, set())
        all_parts |= covered
    # A node last, because it is the provider of the service.
    for member, word in [*around[1:], around[0]]:
        getattr(client, f"delete_{word}")(**places[member], **{f"{member}Name": "n0"})
    client.delete_mesh(meshName="specs")
    return len(all_parts)


# --- Every exception -----------------------------------------------------------------------------------------


def check_exceptions(walk, arn):
    client = walk.client
    walk.refused(
        "BadRequestException",
        client.create_mesh,
        "spec.serviceDiscovery.ipPreference must be one of IPv6_PREFERRED, IPv4_PREFERRED, IPv4_ONLY, IPv6_ONLY, not `BOGUS`",
        meshName="x",
        spec={"serviceDiscovery": {"ipPreference": "BOGUS"}},
    )
    walk.refused("BadRequestException", client.list_meshes, limit=101)
    walk.refused("BadRequestException", client.list_meshes, nextToken="nonsense")
    walk.refused("ForbiddenException", client.describe_mesh, meshName="foreign", meshOwner=CONSUMER)
    walk.refused(
        "ForbiddenException", client.list_virtual_gateways, meshName="shared", meshOwner=CONSUMER
    )
    walk.refused(
        "NotFoundException",
        client.describe_route,
        f"Route with name ghost is not present under VirtualRouter n0 in mesh m0 for account {OWNER}",
        meshName="m0",
        virtualRouterName="n0",
        routeName="ghost",
    )
    # The name is one segment of the path, regardless of its characters.
    walk.refused("NotFoundException", client.describe_virtual_service, meshName="m0", virtualServiceName="a/b?c#d %")

    # A retry with the same token is the same request; with another spec it is not.
    first = client.create_mesh(meshName="token", clientToken="t")["mesh"]
    is_equal(client.create_mesh(meshName="token", clientToken="t")["mesh"], first)
    changed = {"egressFilter": {"type": "ALLOW_ALL"}}
    walk.refused("ConflictException", client.create_mesh, meshName="token", clientToken="t", spec=changed)
    walk.refused("ConflictException", client.create_mesh, "Mesh with name token already exists", meshName="token")
    client.delete_mesh(meshName="token")

    walk.refused(
        "ResourceInUseException",
        client.delete_virtual_node,
        "VirtualNode with name n0 cannot be deleted because it is the target of one or more routes.",
        meshName="m0",
        virtualNodeName="n0",
    )
    walk.refused(
        "LimitExceededException",
        client.create_virtual_gateway,
        meshName="m0",
        virtualGatewayName="more",
        spec={"listeners": LISTENERS},
    )
    many = [{"key": f"more{i}", "value": ""} for i in range(50)]
    walk.refused("TooManyTagsException", client.tag_resource, resourceArn=arn, tags=many)
    # The model does not contain this exception, so the client does not either.
    foreign = f"arn:aws:appmesh:us-west-2:{CONSUMER}:mesh/shared"
    walk.refused("AccessDeniedException", client.list_tags_for_resource, typed=False, resourceArn=foreign)

    for code in ["TooManyRequestsException", "InternalServerErrorException", "ServiceUnavailableException"]:
        walk.faults = [code] * 2
        answer = walk.refused(code, client.list_meshes)
        is_equal((answer["ResponseMetadata"]["RetryAttempts"], walk.faults), (1, []))
    walk.faults = ["TooManyRequestsException"]
    is_equal(client.describe_mesh(meshName="m0")["ResponseMetadata"]["RetryAttempts"], 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
