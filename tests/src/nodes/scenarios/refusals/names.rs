//! Names that look alike: host and certificate are compared letter by letter, as the documentation says.

use podcert_testkit::LeafBuilder;

use super::super::disallowed;
use super::{Case, FOREIGN, Parties};
use crate::nodes::credentials::{Credentials, valid_now};
use crate::nodes::node::URI;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

/// Whether a node with this host is admitted with a certificate for this name, or what the log says.
const DNS_NAMES: [(&str, &str, Result<(), Refused>); 15] = [
    ("pod-0.shop.test", "pod-0.shop.test", Ok(())),
    // Case counts, on both sides.
    ("pod-0.shop.test", "POD-0.shop.test", Err(Refused::ByName)),
    ("POD-0.shop.test", "pod-0.shop.test", Err(Refused::ByName)),
    ("POD-0.shop.test", "POD-0.shop.test", Ok(())),
    // So does a dot at the end.
    ("pod-0.shop.test", "pod-0.shop.test.", Err(Refused::ByName)),
    ("pod-0.shop.test.", "pod-0.shop.test", Err(Refused::ByName)),
    ("pod-0.shop.test.", "pod-0.shop.test.", Ok(())),
    // Neither a domain nor a part of a name is the name.
    ("pod-0.shop.test", "shop.test", Err(Refused::ByName)),
    ("pod-0.shop.test", "pod-0", Err(Refused::ByName)),
    // A wildcard is not a host, not even literally.
    ("pod-0.shop.test", "*.shop.test", Err(Refused::NoHost)),
    ("*.shop.test", "*.shop.test", Err(Refused::NoHost)),
    // Characters that are not allowed in a host.
    ("pod-0.shop.test", "pod-0.shop.test ", Err(Refused::NoHost)),
    ("pod-0.shop.test", "pod-0.shop.test\0.evil.test", Err(Refused::NoHost)),
    ("pod-0.shop.test", "app@pod-0.shop.test", Err(Refused::NoHost)),
    // An address as a DNS name is the spelling, not the address.
    ("fd00::1", "FD00::1", Err(Refused::ByName)),
];

#[derive(Clone, Copy)]
enum Refused {
    ByName,
    NoHost,
}

pub(super) fn letter_by_letter(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let good = DNS_NAMES[0];
    for (host, in_certificate, outcome) in DNS_NAMES {
        let name = format!("app@{host}");
        let credentials = parties.credentials(|leaf| leaf.dns(in_certificate));
        match outcome {
            Ok(()) => parties.admitted(&name, &credentials),
            Err(refused) => {
                let reason = match refused {
                    Refused::ByName => disallowed(&name),
                    Refused::NoHost => "no_host_in_certificate".to_owned(),
                };
                parties.refused(&name, &Case { what: in_certificate, credentials, reason: &reason });
            }
        }
    }
    let credentials = parties.credentials(|leaf| leaf.dns(good.1));
    parties.admitted(&format!("app@{}", good.0), &credentials);
}

/// An address that is certified as an address, and not as a DNS name too, counts only if it is the address from
/// which the connection comes. It is compared as bytes, and the node's name has to spell it as OTP does.
pub(super) fn addresses(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let (own, other) = (parties.host(FOREIGN), parties.host(12));
    let (own_name, other_name) = (format!("app@{own}"), format!("app@{other}"));
    let of_own = parties.credentials(|leaf| leaf.ip(&own));
    let of_other = parties.credentials(|leaf| leaf.ip(&other));
    let mapped = format!("::ffff:{own}");
    let of_mapped = parties.credentials(|leaf| leaf.ip(&mapped));
    let nowhere = "Connection attempt from disallowed node(s)";

    parties.admitted(&own_name, &of_own);
    parties.refused(&own_name, &Case { what: "another address", credentials: of_other, reason: nowhere });
    let of_other = parties.credentials(|leaf| leaf.ip(&other));
    parties.refused(
        &other_name,
        &Case { what: "its address, elsewhere", credentials: of_other, reason: nowhere },
    );
    parties.refused(&own_name, &Case { what: "mapped", credentials: of_mapped, reason: nowhere });
    let name = format!("app@{mapped}");
    parties.refused(&name, &Case { what: "mapped name", credentials: of_own, reason: &disallowed(&name) });
}

/// Reading a certificate costs its reader, so it may have 32 names, and a name 253 characters.
pub(super) fn many(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let host = parties.host(FOREIGN);
    let name = format!("app@{host}");
    let with_names = |parties: &Parties<'_>, count: usize| {
        // The URI and the host are two of them.
        parties
            .credentials(|leaf| (2..count).fold(leaf, |leaf, n| leaf.dns(&format!("n{n}.test"))).dns(&host))
    };
    for count in [33, 500] {
        let credentials = with_names(parties, count);
        parties.refused(&name, &Case { what: "too many", credentials, reason: "too_many_names" });
    }
    let credentials = with_names(parties, 32);
    parties.admitted(&name, &credentials);

    let long = "a".repeat(254);
    let credentials = parties.credentials(|leaf| leaf.dns(&long));
    parties.refused(&name, &Case { what: "a long name", credentials, reason: "no_host_in_certificate" });
}

impl Parties<'_> {
    fn credentials(&self, names: impl FnOnce(LeafBuilder) -> LeafBuilder) -> Credentials {
        Credentials::of(names(valid_now(self.ca.leaf()).uri(URI)), &self.ca)
    }
}
