//! Nodes that are refused, why, and that only the certificate makes the difference: after each refusal the same node dials
//! under the same name with the right certificate, and is admitted.

mod certificates;
mod impostors;
mod names;

use podcert_testkit::TestCa;

use super::Needs::{EachOtp, EachPairing};
use super::Scenario;
use crate::nodes::credentials::Credentials;
use crate::nodes::foreign_node::{ForeignNode, PeerVerification};
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("absent-node", EachPairing(impostors::of_an_absent_node)),
    Scenario::new("absent-node-over-ipv6", EachOtp(impostors::of_an_absent_node_over_ipv6)),
    Scenario::new("departed-node", EachPairing(impostors::of_a_node_that_left)),
    Scenario::new("connected-node", EachPairing(impostors::of_a_connected_node)),
    Scenario::new("no-trust", EachPairing(certificates::without_trust)),
    Scenario::new("other-uses", EachPairing(certificates::for_other_uses)),
    Scenario::new("other-workloads", EachPairing(certificates::of_other_workloads)),
    Scenario::new("letter-by-letter", EachPairing(names::letter_by_letter)),
    Scenario::new("addresses", EachPairing(names::addresses)),
    Scenario::new("many-names", EachPairing(names::many)),
];

/// A node, and a foreign node that dials it.
struct Parties<'a> {
    bed: &'a TestBed,
    ca: TestCa,
    server: Node,
    foreign: ForeignNode,
    foreign_otp: Otp,
}

impl<'a> Parties<'a> {
    fn meet(bed: &'a TestBed, server: Otp, client: Otp) -> Self {
        let server = Node::start(bed, server, "app", 11);
        let foreign = ForeignNode::start(bed, client, FOREIGN);
        Self { bed, ca: bed.ca(), server, foreign, foreign_otp: client }
    }

    /// The host of a node that ends in `last`.
    fn host(&self, last: u8) -> String {
        self.bed.node_address(last).to_string()
    }

    /// Asserts that `name` is refused with these credentials, and that the server logs why.
    fn refused(&mut self, name: &str, case: &Case<'_>) {
        let Case { what, credentials, reason } = case;
        self.foreign.become_node(self.bed, name, credentials, PeerVerification::None);
        let mark = self.server.log().mark();
        let answer = self.foreign.ping(&self.server.name);
        assert_eq!(answer, "pang", "{name} with a certificate {what:?} should be refused: {reason}");
        self.server.expect_logged(mark, reason);
    }

    /// Asserts that `name` is admitted with these credentials. It leaves again.
    fn admitted(&mut self, name: &str, credentials: &Credentials) {
        self.foreign.become_node(self.bed, name, credentials, PeerVerification::None);
        assert_eq!(self.foreign.ping(&self.server.name), "pong", "{name} should be admitted");
        let is_connected = format!("lists:member('{name}', nodes(connected))");
        self.server.await_value(&is_connected, "true");
        self.foreign.leave();
        self.server.await_value(&is_connected, "false");
    }
}

/// Credentials that should be refused.
struct Case<'a> {
    /// What is wrong with them.
    what: &'a str,
    credentials: Credentials,
    /// What the server's log says.
    reason: &'a str,
}

/// The last byte of the foreign node's real address.
const FOREIGN: u8 = 66;
