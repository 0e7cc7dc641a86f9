//! The baseline: OTP alone admits what the other scenarios see refused. Without this difference they prove nothing.

use podcert_testkit::TestCa;

use super::Needs::EachPairing;
use super::Scenario;
use crate::nodes::credentials::Credentials;
use crate::nodes::foreign_node::{ForeignNode, PeerVerification};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] =
    &[Scenario::new("otp-alone-admits-impostors", EachPairing(impostor))];

fn impostor(bed: &mut TestBed, server: Otp, client: Otp) {
    let (ca, other_ca) = (TestCa::new(), TestCa::new());
    let mut stock = ForeignNode::start(bed, server, 11);
    let host = bed.address(11).to_string();
    let name = format!("app@{host}");
    stock.become_node(bed, &name, &Credentials::good(&ca, &host), PeerVerification::Stock);

    let mut foreign = ForeignNode::start(bed, client, 66);
    let (own, claimed) = (bed.address(66).to_string(), format!("app@{}", bed.address(12)));
    foreign.become_node(bed, &claimed, &Credentials::good(&ca, &own), PeerVerification::None);
    assert_eq!(foreign.ping(&name), "pong");
    stock.expect("nodes()", &format!("['{claimed}']"));

    // What OTP alone does check.
    foreign.become_node(bed, &claimed, &Credentials::good(&other_ca, &own), PeerVerification::None);
    assert_eq!(foreign.ping(&name), "pang");
}
