//! An existing certificate with everything that is wrong with it, for people. Nothing can be published from it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::CertificateDer;

use super::checks::{Common, labeled, parse};
use super::error::Error;
use crate::support::secret::Secret;
use crate::support::{hex, x509};
use crate::trust::TrustBundle;

/// The leaf of a chain that could be parsed.
pub struct ParsedLeaf {
    path: String,
    chain: Vec<CertificateDer<'static>>,
    public_key: Vec<u8>,
    /// Its names with their kinds, for example `DNS:web-0`.
    pub names: BTreeSet<String>,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// SHA-256 of it in hexadecimal.
    pub fingerprint: String,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
}

impl ParsedLeaf {
    /// Parses a chain; errors name it by `path`.
    pub fn parse(path: &str, chain_pem: &[u8]) -> Result<Self, Error> {
        let chain = parse(path, chain_pem)?;
        let unreadable = || Error::NotACertificate { certificate: path.to_owned() };
        let leaf = chain.first().and_then(|der| x509::parse(der)).ok_or_else(unreadable)?;
        let names = leaf.subject_alternative_name().map_err(|_| unreadable())?;
        let names = names.map_or(&[][..], |names| &names.value.general_names).iter().map(labeled).collect();
        let (not_before, not_after) = x509::validity(&leaf);
        let serial = hex::encode(leaf.raw_serial());
        let public_key = leaf.public_key().raw.to_owned();
        let fingerprint = x509::fingerprint(&chain[0]);
        Ok(Self {
            path: path.to_owned(),
            public_key,
            names,
            serial,
            fingerprint,
            not_before,
            not_after,
            chain,
        })
    }

    /// The certificates, leaf first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// Everything that is wrong with it. The key is optional, because the user may not be able to read it; without it,
    /// whether both belong together is not checked.
    pub fn faults(
        &self,
        key: Option<(&str, &Secret<String>)>,
        trust: &TrustBundle,
        now: Timestamp,
    ) -> Vec<Error> {
        let mut faults = Vec::new();
        let mut public_key = self.public_key.clone();
        if let Some((path, pem)) = key {
            match KeyPair::from_pem(pem.expose()).map(Secret::new) {
                Ok(key) => public_key = key.expose().subject_public_key_info(),
                Err(source) => faults.push(Error::Key { key: path.to_owned(), source }),
            }
        }
        let common = Common { certificate: &self.path, public_key: &public_key, trust };
        faults.extend(common.faults(&self.chain, now));
        faults
    }
}
