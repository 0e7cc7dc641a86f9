//! What a certificate must be like.

use std::time::Duration;

use super::KeyAlgorithm;
use crate::identity::Identity;
use crate::names::{self, SubjectNames};

/// The certificate that a pod wants, from any provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Names in addition to those that the provider knows.
    pub additional: Identity,
    /// Names that the program using the certificate needs. The program itself checks a certificate that was obtained elsewhere.
    pub needed: Identity,
    /// Whether each IP address is certified as a DNS name too.
    pub ip_addresses_as_dns_names: bool,
    /// The lifetime of the certificate.
    pub duration: Duration,
    /// The algorithm of the key.
    pub key_algorithm: KeyAlgorithm,
    /// Whether to obtain a new certificate even if the existing one is good or damaged.
    pub renew: bool,
}

impl Wanted {
    /// The names that a certificate must have, given those that the provider knows.
    pub fn names(&self, found: &Identity) -> Result<SubjectNames, names::Error> {
        let identity = found.clone().and(&self.additional).and(&self.needed);
        if self.ip_addresses_as_dns_names {
            identity.with_ip_addresses_as_dns_names().names()
        } else {
            identity.names()
        }
    }
}
