//! What a certificate is wanted for.

use std::time::Duration;

use super::KeyAlgorithm;
use crate::identity::Identity;
use crate::names::{self, SubjectNames};

/// The certificate that a pod wants, whoever provides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Names in addition to those that the provider finds.
    pub additional: Identity,
    /// Names that the program needs which will use the certificate. It checks a certificate from elsewhere itself.
    pub needed: Identity,
    /// Certify each IP address as a DNS name too.
    pub ip_addresses_as_dns_names: bool,
    /// How long the certificate is to be valid.
    pub duration: Duration,
    /// The kind of key.
    pub key_algorithm: KeyAlgorithm,
    /// Obtain a new certificate even if the existing one is good, or damaged.
    pub renew: bool,
}

impl Wanted {
    /// The names that a certificate must have, given those that the provider found.
    pub fn names(&self, found: &Identity) -> Result<SubjectNames, names::Error> {
        let identity = found.clone().and(&self.additional).and(&self.needed);
        if self.ip_addresses_as_dns_names {
            identity.with_ip_addresses_as_dns_names().names()
        } else {
            identity.names()
        }
    }
}
