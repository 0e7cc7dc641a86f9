//! Subject alternative names, each a type that exists only if the name is right. What the names are for, and whose they
//! are, belongs elsewhere.

pub mod dns;
pub mod uri;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

pub use dns::DnsName;
pub use uri::Uri;

use crate::diagnose;

/// The names of one certificate: at least one, at most [`MAX_NAMES`].
///
/// An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) becomes the IPv4 address, because peers connect to the latter and
/// compare bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectNames {
    dns_names: BTreeSet<DnsName>,
    ip_addresses: BTreeSet<IpAddr>,
    uris: BTreeSet<Uri>,
}

impl SubjectNames {
    /// The names of a certificate, if it can hold them.
    pub fn new(
        dns_names: BTreeSet<DnsName>,
        ip_addresses: BTreeSet<IpAddr>,
        uris: BTreeSet<Uri>,
    ) -> Result<Self, Error> {
        let ip_addresses: BTreeSet<IpAddr> = ip_addresses.iter().map(IpAddr::to_canonical).collect();
        match dns_names.len() + ip_addresses.len() + uris.len() {
            0 => Err(Error::NoName),
            1..=MAX_NAMES => Ok(Self { dns_names, ip_addresses, uris }),
            count => Err(Error::TooManyNames { count }),
        }
    }

    /// The DNS names.
    pub fn dns_names(&self) -> &BTreeSet<DnsName> {
        &self.dns_names
    }

    /// The IP addresses, none of them IPv4-mapped.
    pub fn ip_addresses(&self) -> &BTreeSet<IpAddr> {
        &self.ip_addresses
    }

    /// The URIs.
    pub fn uris(&self) -> &BTreeSet<Uri> {
        &self.uris
    }

    /// Whether each IP address is among the DNS names too.
    pub(crate) fn has_ip_addresses_as_dns_names(&self) -> bool {
        self.ip_addresses.iter().all(|address| self.dns_names.contains(&DnsName::from(*address)))
    }

    /// Each name with its kind, as in `DNS:web-0`.
    pub fn labeled(&self) -> BTreeSet<String> {
        let dns_names = self.dns_names.iter().map(|name| format!("DNS:{name}"));
        let ip_addresses = self.ip_addresses.iter().map(|address| format!("IP:{address}"));
        let uris = self.uris.iter().map(|uri| format!("URI:{uri}"));
        dns_names.chain(ip_addresses).chain(uris).collect()
    }
}

impl fmt::Display for SubjectNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&self.labeled()))
    }
}

/// Why a certificate cannot have these names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are none.
    #[error("there is no name to certify")]
    NoName,
    /// There are more than [`MAX_NAMES`].
    #[error("one certificate cannot hold {count} names")]
    TooManyNames {
        /// How many were requested.
        count: usize,
    },
}

diagnose!(Error {
    Self::NoName => Settings("give at least one DNS name, IP address or URI"),
    Self::TooManyNames { .. } => Settings("give at most {MAX_NAMES}"),
});

/// Labeled names on one line.
pub fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The maximum number of names in one certificate.
pub const MAX_NAMES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dns_names: &[&str], ip_addresses: &[&str], uris: &[&str]) -> Result<SubjectNames, Error> {
        SubjectNames::new(
            dns_names.iter().map(|name| name.parse().unwrap()).collect(),
            ip_addresses.iter().map(|address| address.parse().unwrap()).collect(),
            uris.iter().map(|uri| uri.parse().unwrap()).collect(),
        )
    }

    #[test]
    fn names_are_listed_with_their_kind() {
        let uri = "spiffe://cluster.local/ns/a/sa/b";
        let names = names(&["B.example", "a"], &["fd00::1", "10.0.0.1"], &[uri]).unwrap();
        assert_eq!(
            names.to_string(),
            "DNS:a, DNS:b.example, IP:10.0.0.1, IP:fd00::1, URI:spiffe://cluster.local/ns/a/sa/b"
        );
    }

    #[test]
    fn an_ipv4_mapped_address_becomes_ipv4() {
        let names = names(&[], &["::ffff:10.0.0.1", "10.0.0.1"], &[]).unwrap();
        assert_eq!(names.to_string(), "IP:10.0.0.1");
    }

    #[test]
    fn no_name_and_too_many_names_are_refused() {
        assert_eq!(names(&[], &[], &[]), Err(Error::NoName));
        let many: Vec<String> = (0..33).map(|n| format!("n{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(names(&many[..32], &[], &[]).is_ok());
        assert_eq!(names(&many, &[], &[]), Err(Error::TooManyNames { count: 33 }));
    }
}
