//! `beam-mtls handshake`: what it reports about nodes, and that nodes do not notice it.

use std::time::Duration;

use podcert_testkit::TestCa;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::credentials::{Credentials, good_leaf, valid_now};
use crate::nodes::fixtures::{PORT, now};
use crate::nodes::foreign_node::{self, ForeignNode, PeerVerification};
use crate::nodes::node::{Node, URI};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};
use crate::process::Process;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("nodes", EachOtp(nodes)),
    Scenario::new("over-ipv6", EachOtp(nodes_over_ipv6)),
    Scenario::new("other-uri", EachOtp(another_uri)),
    Scenario::new("foreign-nodes", EachOtp(foreign_nodes)),
    Scenario::new("plain-tcp", EachOtp(plain_tcp)),
];

fn nodes(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let other = Node::start(bed, otp, "app", 12);
    let mark = node.log().mark();
    node.expect("net_kernel:monitor_nodes(true, [{node_type, all}])", "ok");
    // Several times: none may leave anything behind that disturbs the next.
    for _ in 0..5 {
        for dialed in [&node, &other] {
            let (code, output) = handshake(bed, &other, &dialed.host, &[]);
            assert_eq!(code, Some(0), "{output}");
            for part in [dialed.name.as_str(), "TLS 1.3", "X25519", URI] {
                assert!(output.contains(part), "{part} is not in\n{output}");
            }
        }
    }
    node.await_peers(&[]);
    node.expect("receive Message -> Message after 0 -> none end", "none");
    assert_eq!(node.log().since(mark), "", "the node has logged something");
    assert_eq!(node.ping(&other.name), "pong");

    let (code, output) = handshake(bed, &other, &node.host, &["--at-least=2"]);
    assert_eq!(code, Some(69), "{output}");
    assert!(output.contains(&node.name) && output.contains("--at-least 2"), "{output}");
    let (code, output) = handshake(bed, &other, &bed.node_address(13).to_string(), &[]);
    assert_eq!(code, Some(69), "{output}");
    assert!(output.contains("refused"), "{output}");
}

fn nodes_over_ipv6(bed: &mut TestBed, otp: Otp) {
    bed.enter_own_network();
    nodes(bed, otp);
}

fn another_uri(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let other = Node::builder(bed, otp, "db", 12).uri("spiffe://scenario.test/ns/shop/sa/db").start();
    let (code, output) = handshake(bed, &other, &node.host, &[]);
    assert_eq!(code, Some(65), "{output}");
    assert!(output.contains("none of the URIs") && output.contains(URI), "{output}");

    // Only the node objects.
    let mark = node.log().mark();
    let (code, output) = handshake(bed, &other, &node.host, &["--peers=any"]);
    assert_eq!(code, Some(77), "{output}");
    assert!(output.contains("it refuses our certificate"), "{output}");
    node.expect_logged(mark, "uri_not_among_peers");
}

fn foreign_nodes(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let mut foreign = ForeignNode::start(bed, otp, 12);
    let ca = bed.ca();
    let (host, other) = (bed.address(12).to_string(), bed.address(13).to_string());
    let expired = good_leaf(&ca, &host).validity(now() - HOUR * 2, now() - HOUR);
    let both = valid_now(ca.leaf()).ip(&host).dns("other.test").uri(URI);
    let cases = [
        ("app", &host, Credentials::of(expired, &ca), PeerVerification::Stock, 65, "has expired"),
        (
            "app",
            &host,
            Credentials::good(&TestCa::new(), &host),
            PeerVerification::Stock,
            65,
            "issued by none of the CAs",
        ),
        (
            "app",
            &host,
            Credentials::good(&ca, &other),
            PeerVerification::Stock,
            65,
            "does not name this address",
        ),
        (
            "app",
            &host,
            Credentials::good(&ca, &host),
            PeerVerification::None,
            65,
            "does not ask for a certificate",
        ),
        (
            "app",
            &other,
            Credentials::of(both, &ca),
            PeerVerification::Stock,
            65,
            "but its certificate does not contain that host",
        ),
    ];
    for (base, claimed, credentials, verification, expected, reason) in cases {
        foreign.become_node(bed, &format!("{base}@{claimed}"), &credentials, verification);
        let (code, output) = handshake(bed, &node, &host, &[]);
        assert_eq!(code, Some(expected), "{reason}: {output}");
        assert!(output.contains(reason), "{reason:?} is not in\n{output}");
    }
}

fn plain_tcp(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let host = bed.address(12).to_string();
    let plain = foreign_node::plain_tcp(bed, otp, &format!("plain@{host}"), 12);
    let mark = plain.log().mark();
    let (code, output) = handshake(bed, &node, &host, &[]);
    assert_eq!(code, Some(69), "{output}");
    assert!(
        output.contains(&format!("it is plain@{host}, but speaks Erlang's distribution without TLS")),
        "{output}"
    );
    assert_eq!(plain.log().since(mark), "", "the node has logged something");
}

/// With the certificate of a node, from its side: exit code, table and errors.
fn handshake(bed: &TestBed, of: &Node, host: &str, settings: &[&str]) -> (Option<i32>, String) {
    let mut command = bed.command(of.otp, &format!("{INSIDE}/beam-mtls"));
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    command.args(["handshake", "--directory", &format!("{}/certificate", of.directory)]);
    command.args(settings).arg(format!("{host}:{PORT}"));
    Process::run_until_answered(command)
}

const HOUR: Duration = Duration::from_secs(60 * 60);
