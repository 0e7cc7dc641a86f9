//! Who this pod is. Nothing here reads a file or a variable: everything is a pure function of a text, which the caller
//! reads.
//!
//! In a pod nothing has to be configured: [`token`] contains the namespace, the pod and the service account, [`hosts`] the
//! addresses and the fully qualified name, [`resolv_conf`] the cluster domain.

pub mod hosts;
pub mod object_name;
pub mod pod;
pub mod resolv_conf;
pub mod token;

use std::collections::BTreeSet;
use std::net::IpAddr;

pub use hosts::PodHosts;
pub use object_name::{ObjectName, Uid};
pub use pod::Pod;

use crate::names::{self, DnsName, SubjectNames, Uri};

/// Names that were found or configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Host names.
    pub dns_names: BTreeSet<DnsName>,
    /// Addresses that peers connect to.
    pub ip_addresses: BTreeSet<IpAddr>,
    /// Names such as `spiffe://cluster.local/ns/shop/sa/web`.
    pub uris: BTreeSet<Uri>,
}

impl Identity {
    /// This identity with the names of `other` added.
    pub fn and(mut self, other: &Self) -> Self {
        self.dns_names.extend(other.dns_names.iter().cloned());
        self.ip_addresses.extend(&other.ip_addresses);
        self.uris.extend(other.uris.iter().cloned());
        self
    }

    /// This identity with each address as a DNS name too.
    pub fn with_ip_addresses_as_dns_names(mut self) -> Self {
        self.dns_names.extend(self.ip_addresses.iter().copied().map(DnsName::from));
        self
    }

    /// The names that a certificate for this identity must have.
    pub fn names(self) -> Result<SubjectNames, names::Error> {
        SubjectNames::new(self.dns_names, self.ip_addresses, self.uris)
    }
}
