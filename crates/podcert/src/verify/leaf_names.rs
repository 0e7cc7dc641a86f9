//! The names of an existing certificate, as types.

use std::collections::BTreeSet;
use std::net::IpAddr;

use x509_parser::extensions::GeneralName;

use super::checks::{LIMITS, address};
use crate::names::{DnsName, SubjectNames};
use crate::support::{pem, x509};

/// The names of the leaf; `None` if it cannot be read, or has names that we never request: of a different kind, or an
/// address as a DNS name that is not among its IP addresses.
pub(super) fn of_chain(chain_pem: &[u8]) -> Option<SubjectNames> {
    let chain = pem::certificates(chain_pem, LIMITS).ok()?;
    let leaf = x509::parse(chain.first()?)?;
    let extension = leaf.subject_alternative_name().ok()??;
    let (mut dns_names, mut ip_addresses, mut uris) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut as_dns_names = BTreeSet::new();
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => {
                dns_names.insert(match name.parse::<IpAddr>() {
                    Ok(address) => {
                        as_dns_names.insert(address);
                        DnsName::from(address)
                    }
                    Err(_) => name.parse().ok()?,
                });
            }
            GeneralName::IPAddress(bytes) => {
                ip_addresses.insert(address(bytes)?);
            }
            GeneralName::URI(uri) => {
                uris.insert(uri.parse().ok()?);
            }
            _ => return None,
        }
    }
    if !as_dns_names.is_subset(&ip_addresses) {
        return None;
    }
    SubjectNames::new(dns_names, ip_addresses, uris).ok()
}

#[cfg(test)]
mod tests {
    use podcert_testkit::TestCa;

    use super::*;

    #[test]
    fn names_of_the_kinds_that_we_request_are_read() {
        let ca = TestCa::new();
        let leaf =
            ca.leaf().dns("a.b").dns("10.0.0.1").ip("10.0.0.1").ip("fd00::1").uri("spiffe://a/b").sign();
        assert_eq!(
            of_chain(leaf.chain_pem.as_bytes()).unwrap().to_string(),
            "DNS:10.0.0.1, DNS:a.b, IP:10.0.0.1, IP:fd00::1, URI:spiffe://a/b"
        );
    }

    #[test]
    fn other_names_and_other_texts_are_refused() {
        let ca = TestCa::new();
        let different_address = ca.leaf().dns("10.0.0.2").ip("10.0.0.1");
        for leaf in [ca.leaf(), ca.leaf().dns("*.a.b"), ca.leaf().dns("10.0.0.1"), different_address] {
            assert_eq!(of_chain(leaf.sign().chain_pem.as_bytes()), None);
        }
        assert_eq!(of_chain(b"nonsense"), None);
    }
}
