//! A node that dials checks the certificate of its peer: the first thing it sends may be a secret.

use std::time::Duration;

use podcert_testkit::{TestCa, Usage};

use super::Needs::EachPairing;
use super::Scenario;
use crate::nodes::credentials::{Credentials, good_leaf, valid_now};
use crate::nodes::fixtures::now;
use crate::nodes::foreign_node::{ForeignNode, PeerVerification};
use crate::nodes::node::{Node, URI};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[Scenario::new("wrong-certificates", EachPairing(wrong_servers))];

fn wrong_servers(bed: &mut TestBed, server: Otp, client: Otp) {
    let mut node = Node::start(bed, client, "app", 11);
    let mut foreign = ForeignNode::start(bed, server, 12);
    let ca = bed.ca();
    let (host, other) = (bed.address(12).to_string(), bed.address(13).to_string());
    let name = format!("app@{host}");
    let leaf = || valid_now(ca.leaf());
    let good = || good_leaf(&ca, &host);
    let of = |leaf| Credentials::of(leaf, &ca);
    let cases = [
        ("another host's", Credentials::good(&ca, &other), "hostname_check_failed"),
        (
            "another workload's",
            of(leaf().dns(&host).ip(&host).uri(&format!("{URI}-2"))),
            "uri_not_among_peers",
        ),
        ("of no workload", of(leaf().dns(&host).ip(&host)), "uri_not_among_peers"),
        ("without a host", of(leaf().common_name(&host).uri(URI)), "hostname_check_failed"),
        ("of another CA", Credentials::good(&TestCa::new(), &host), "unknown_ca"),
        ("self-signed", of(good().self_signed()), "selfsigned_peer"),
        ("for clients only", of(good().usage(Usage::Client)), "ext_key"),
        ("expired", of(good().validity(now() - HOUR * 2, now() - HOUR)), "Certificate Expired"),
    ];
    for (what, credentials, reason) in cases {
        foreign.become_node(bed, &name, &credentials, PeerVerification::None);
        let mark = node.log().mark();
        assert_eq!(node.ping(&name), "pang", "a server whose certificate is {what}");
        node.expect_logged(mark, reason);
        foreign.expect("nodes(connected)", "[]");

        foreign.become_node(bed, &name, &Credentials::good(&ca, &host), PeerVerification::None);
        assert_eq!(node.ping(&name), "pong", "the same server with the right certificate ({what} before)");
        foreign.leave();
        node.await_peers(&[]);
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
