//! The contents of the other node's certificate, which TLS has verified.

use std::net::IpAddr;

use jiff::Timestamp;
use podcert::names::Uri;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Its names, and when it expires.
#[derive(Debug)]
pub(crate) struct PeerCertificate {
    /// DNS names and addresses, as they may occur in a node's name.
    hosts: Vec<String>,
    uris: Vec<String>,
    /// The end of its validity.
    pub(crate) not_after: Timestamp,
    /// Its serial number, in hexadecimal.
    pub(crate) serial: String,
}

impl PeerCertificate {
    /// None if it cannot be read.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        // X.509's last second is beyond jiff's range.
        let not_after = Timestamp::from_second(certificate.validity().not_after.timestamp());
        let mut parsed = Self {
            hosts: Vec::new(),
            uris: Vec::new(),
            not_after: not_after.unwrap_or(Timestamp::MAX),
            serial: certificate.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let names = certificate.subject_alternative_name().ok()?;
        for name in names.map_or(&[][..], |names| &names.value.general_names) {
            match name {
                GeneralName::DNSName(name) => parsed.hosts.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => parsed.hosts.extend(address(bytes)),
                GeneralName::URI(uri) => parsed.uris.push((*uri).to_owned()),
                _ => {}
            }
        }
        Some(parsed)
    }

    /// Whether a node with this certificate may have this name.
    pub(crate) fn names_host_of(&self, node: &str) -> bool {
        node.split_once('@').is_some_and(|(_, host)| self.hosts.iter().any(|name| name == host))
    }

    /// Whether it has one of these URIs; if there are none, any will do.
    pub(crate) fn is_among(&self, peers: &[Uri]) -> bool {
        peers.is_empty() || peers.iter().any(|peer| self.uris.iter().any(|uri| uri == peer.as_str()))
    }

    /// The hosts that it names, fit for a terminal.
    pub(crate) fn hosts(&self) -> String {
        listed(&self.hosts)
    }

    /// Its URIs, fit for a terminal.
    pub(crate) fn uris(&self) -> String {
        listed(&self.uris)
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| name.escape_debug().to_string()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok().map(|address| address.to_string())
}
