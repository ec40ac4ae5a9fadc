//! Completion at the cursor.

use super::*;

/// The cursor is at the end of each line.
#[test]
fn the_next_word_is_offered() {
    let mut desk = Desk::new();
    desk.run("echo a > notes.txt; echo b > node.json; MINE=1");
    for (line, expected) in [
        ("cur", "curl"),
        ("echo a | gr", "grep"),
        ("for x in a; do ec", "echo"),
        ("X=1 ec", "echo"),
        ("aws appm", "appmesh appmesh-preview"),
        (
            "aws appmesh create-v",
            "create-virtual-gateway create-virtual-node create-virtual-router create-virtual-service",
        ),
        ("aws appmesh describe-mesh --mesh-", "--mesh-name --mesh-owner"),
        ("aws appmesh describe-mesh --mesh-name ", "colors"),
        (
            "aws appmesh describe-virtual-node --mesh-name colors --virtual-node-name colorteller-r",
            "colorteller-red-vn",
        ),
        ("aws appmesh describe-virtual-node --mesh-name none --virtual-node-name c", ""),
        (
            "aws appmesh describe-gateway-route --mesh-name colors --virtual-gateway-name none --gateway-route-name c",
            "",
        ),
        ("aws appmesh list-meshes --output t", "table text"),
        ("aws appmesh list-meshes --profile 2", "210987654321"),
        ("aws appmesh create-virtual-node --spec ", "file://node.json file://notes.txt"),
        (
            "aws appmesh tag-resource --resource-arn arn:aws:appmesh:us-west-2:123456789012:mesh/colors/virtualGateway/colorgateway-vg/gatewayRoute/colorgateway-route-r",
            "arn:aws:appmesh:us-west-2:123456789012:mesh/colors/virtualGateway/colorgateway-vg/gatewayRoute/colorgateway-route-red",
        ),
        ("cat no", "node.json notes.txt"),
        ("cat 'no", "node.json notes.txt"),
        ("cat < no", "node.json notes.txt"),
        ("echo $MI", "$MINE"),
        ("echo ${MI", "${MINE}"),
        ("curl http://colorgateway-vg/r", "http://colorgateway-vg/red"),
        ("dig colorteller-red", "colorteller-red.default.svc.cluster.local.dns"),
        ("envoy colorga", "colorgateway-vg"),
        ("envoy colorgateway-vg c", "clusters config_dump"),
        ("exec colorteller-red-vn -- cur", "curl"),
        ("app colorteller-red listens ipv4", "ipv4 ipv4,ipv6"),
        ("app colorteller-re", "colorteller-red"),
        ("task colorteller-red st", "start stop"),
        ("scenario ", "cloudmap dns"),
        ("kubectl get virtualn", "virtualnodes"),
        ("export AWS_P", "AWS_PROFILE= AWS_PROFILE=123456789012 AWS_PROFILE=210987654321"),
        ("zzz", ""),
    ] {
        let found = desk.terminal.complete(&desk.playground, line, line.len());
        assert_eq!(found.candidates.join(" "), expected, "{line}");
        assert_eq!(found.end, line.len());
    }
    let found = desk.terminal.complete(&desk.playground, "cur http://x", 3);
    assert_eq!((found.start, found.end, &*found.candidates), (0, 3, &["curl".to_owned()][..]));
}

#[test]
fn the_history_is_searched_from_the_newest_line() {
    let mut desk = Desk::new();
    for line in ["echo a", "echo b", "echo b", "", "ls"] {
        desk.run(line);
    }
    assert_eq!(desk.terminal.history(), ["echo a", "echo b", "ls"]);
    assert_eq!(desk.terminal.search("echo", 3), Some(1));
    assert_eq!(desk.terminal.search("echo", 1), Some(0));
    assert_eq!(desk.terminal.search("none", 3), None);
}
