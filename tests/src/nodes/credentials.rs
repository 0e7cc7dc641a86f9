//! Certificates of foreign nodes, signed by the test bed's CA unless that is what is wrong with them.

use std::time::Duration;

use podcert_testkit::{Leaf, LeafBuilder, TestCa};

use crate::nodes::fixtures::now;
use crate::nodes::node::URI;

/// A certificate, its key, and the CA that its owner trusts.
pub struct Credentials {
    /// The certificate that it shows, if any.
    pub leaf: Option<Leaf>,
    /// What it trusts.
    pub ca_pem: String,
}

impl Credentials {
    /// Those of a leaf.
    pub fn of(leaf: LeafBuilder, ca: &TestCa) -> Self {
        Self { leaf: Some(leaf.sign()), ca_pem: ca.pem().to_owned() }
    }

    /// Good ones for a host.
    pub fn good(ca: &TestCa, host: &str) -> Self {
        Self::of(good_leaf(ca, host), ca)
    }
}

/// The leaf that the local CA would issue for a host that is an address: OTP 25 looks for an address among the DNS
/// names, later releases want it as an address.
pub fn good_leaf(ca: &TestCa, host: &str) -> LeafBuilder {
    valid_now(ca.leaf()).dns(host).ip(host).uri(URI)
}

/// A leaf that is valid by the real clock.
pub fn valid_now(leaf: LeafBuilder) -> LeafBuilder {
    leaf.validity(now() - HOUR, now() + HOUR)
}

const HOUR: Duration = Duration::from_secs(60 * 60);
