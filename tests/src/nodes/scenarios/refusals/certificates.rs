//! Certificates that are refused under the very name that they certify; a good one for it is let in.

use std::time::Duration;

use podcert_testkit::{LeafBuilder, TestCa, Usage};

use super::{Case, Parties};
use crate::nodes::credentials::{Credentials, good_leaf, valid_now};
use crate::nodes::fixtures::now;
use crate::nodes::node::URI;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) fn without_trust(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let host = parties.host(LAST);
    let ca_pem = parties.ca.pem().to_owned();
    let of_another_ca = Credentials { ca_pem: ca_pem.clone(), ..Credentials::good(&TestCa::new(), &host) };
    let none = Credentials { leaf: None, ca_pem };
    let expired = good(parties, |leaf| leaf.validity(now() - DAY, now() - HOUR));
    let not_yet_valid = good(parties, |leaf| leaf.validity(now() + HOUR, now() + DAY));
    let self_signed = good(parties, LeafBuilder::self_signed);
    each_refused(
        parties,
        vec![
            Case { what: "of another CA", credentials: of_another_ca, reason: "unknown_ca" },
            Case { what: "self-signed", credentials: self_signed, reason: "selfsigned_peer" },
            Case { what: "none", credentials: none, reason: "certificate_required" },
            Case { what: "expired", credentials: expired, reason: "Certificate Expired" },
            // OTP has one alert for both ends of the validity.
            Case { what: "not yet valid", credentials: not_yet_valid, reason: "Certificate Expired" },
        ],
    );
}

pub(super) fn for_other_uses(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let only_server = good(parties, |leaf| leaf.usage(Usage::Server));
    // OTP 25 spells it invalid_ext_key_usage, later releases invalid_ext_keyusage.
    each_refused(
        parties,
        vec![Case { what: "server only", credentials: only_server, reason: "invalid_ext_key" }],
    );
    // These do not weaken the binding, so they are left to the CA.
    let name = parties.name();
    for harmless in [Usage::Client, Usage::None] {
        let credentials = good(parties, |leaf| leaf.usage(harmless));
        parties.admitted(&name, &credentials);
    }
    let of_a_ca = good(parties, LeafBuilder::ca);
    parties.admitted(&name, &of_a_ca);
}

pub(super) fn of_other_workloads(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let host = parties.host(LAST);
    let mut cases = Vec::new();
    let shorter = &URI[..URI.len() - 1];
    let longer = format!("{URI}/x");
    let upper = URI.to_uppercase();
    for (what, uri) in [
        ("another URI", "spiffe://scenario.test/ns/shop/sa/db"),
        ("a shorter URI", shorter),
        ("a longer URI", &longer),
        ("an upper case URI", &upper),
    ] {
        let leaf = valid_now(parties.ca.leaf()).dns(&host).ip(&host).uri(uri);
        cases.push((what, leaf, NO_PEER));
    }
    let leaf = || valid_now(parties.ca.leaf());
    cases.push(("no URI", leaf().dns(&host).ip(&host), NO_PEER));
    cases.push(("the URI as a DNS name", leaf().dns(&host).ip(&host).dns(URI), NO_PEER));
    cases.push(("a URI and no host", leaf().uri(URI), NO_HOST));
    // OTP 25 would look for the host in the subject.
    cases.push(("a host as common name only", leaf().common_name(&host).uri(URI), NO_HOST));
    cases.push(("no names but a common name", leaf().common_name(&host), NO_PEER));
    let cases = cases.into_iter().map(|(what, leaf, reason)| Case {
        what,
        credentials: Credentials::of(leaf, &parties.ca),
        reason,
    });
    each_refused(parties, cases.collect());

    // One matching URI is enough.
    let several = leaf_with_uris(parties, &["spiffe://scenario.test/ns/shop/sa/db", URI]);
    let name = parties.name();
    parties.admitted(&name, &several);
}

fn leaf_with_uris(parties: &Parties<'_>, uris: &[&str]) -> Credentials {
    let host = parties.host(LAST);
    let leaf = valid_now(parties.ca.leaf()).dns(&host).ip(&host);
    Credentials::of(uris.iter().fold(leaf, |leaf, uri| leaf.uri(uri)), &parties.ca)
}

/// A valid certificate with a change.
fn good(parties: &Parties<'_>, change: impl FnOnce(LeafBuilder) -> LeafBuilder) -> Credentials {
    Credentials::of(change(good_leaf(&parties.ca, &parties.host(LAST))), &parties.ca)
}

fn each_refused(parties: &mut Parties<'_>, cases: Vec<Case>) {
    let name = parties.name();
    let good = Credentials::good(&parties.ca, &parties.host(LAST));
    for case in cases {
        parties.refused(&name, &case);
        parties.admitted(&name, &good);
    }
}

impl Parties<'_> {
    /// The name that all of these claim.
    fn name(&self) -> String {
        format!("app@{}", self.host(LAST))
    }
}

const LAST: u8 = 12;
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NO_HOST: &str = "no_host_in_certificate";
const NO_PEER: &str = "uri_not_among_peers";
