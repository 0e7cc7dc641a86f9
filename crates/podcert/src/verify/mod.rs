//! The checks that every certificate has to pass, from any signer. This folder alone makes a [`VerifiedCertificate`], and
//! only that can be published. Time is an argument; nothing here reads a file.

mod checks;
mod error;
mod leaf_names;
mod parsed_leaf;
mod published_set;

use std::fmt;

use jiff::Timestamp;
use rcgen::{KeyPair, PublicKeyData};

pub use error::{Error, MAX_WAIT};
pub use parsed_leaf::ParsedLeaf;
pub use published_set::PublishedSet;

use self::checks::{Common, Expectation};
use crate::names::SubjectNames;
use crate::request::SigningRequest;
use crate::signer::Issued;
use crate::support::pem;
use crate::support::secret::Secret;
use crate::trust::TrustBundle;

/// A key, its certificate chain and the CAs to check peers against. All of them belong together.
pub struct VerifiedCertificate {
    key_pem: Secret<String>,
    chain_pem: String,
    trust: TrustBundle,
    names: SubjectNames,
    serial: String,
    fingerprint: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl VerifiedCertificate {
    /// The same key and chain with different CAs, if they trust it.
    pub fn with_trust(&self, trust: &TrustBundle, now: Timestamp) -> Result<Self, Error> {
        let key = KeyPair::from_pem(self.key_pem.expose())
            .map(Secret::new)
            .map_err(|source| Error::Key { key: "the key".to_owned(), source })?;
        let common = Common {
            certificate: "the certificate",
            public_key: &key.expose().subject_public_key_info(),
            trust,
        };
        let expectation = Expectation { common, names: &self.names };
        let key_pem = Secret::new(self.key_pem.expose().clone());
        complete(&expectation, self.chain_pem.as_bytes(), key_pem, now)
    }

    /// The private key, PKCS#8 in PEM.
    pub fn key_pem(&self) -> &Secret<String> {
        &self.key_pem
    }

    /// The certificate and its intermediates in PEM, leaf first.
    pub fn chain_pem(&self) -> &str {
        &self.chain_pem
    }

    /// The CAs to check peers against.
    pub fn trust(&self) -> &TrustBundle {
        &self.trust
    }

    /// The names in the certificate.
    pub fn names(&self) -> &SubjectNames {
        &self.names
    }

    /// The serial number in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// SHA-256 of the certificate in hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The start of its validity.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The end of its validity.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl fmt::Debug for VerifiedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedCertificate")
            .field("names", &self.names)
            .field("serial", &self.serial)
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// Checks what a signer returned for a request.
pub fn verify(
    request: &SigningRequest,
    issued: &Issued,
    trust: &TrustBundle,
    now: Timestamp,
) -> Result<VerifiedCertificate, Error> {
    let common =
        Common { certificate: "the issued certificate", public_key: request.public_key_der(), trust };
    let expectation = Expectation { common, names: request.names() };
    complete(&expectation, issued.chain_pem.as_bytes(), request.key_pem(), now)
}

/// Checks a set that was read back from disk, and that it has the names that are wanted now.
pub fn existing(
    stored: &PublishedSet,
    names: &SubjectNames,
    now: Timestamp,
) -> Result<VerifiedCertificate, Error> {
    let key = KeyPair::from_pem(stored.key_pem.expose())
        .map(Secret::new)
        .map_err(|source| Error::Key { key: stored.path("tls.key"), source })?;
    let trust = TrustBundle::parse(&stored.trust_pem, now)
        .map_err(|source| Error::Trust { bundle: stored.path("ca.crt"), source })?;
    let common = Common {
        certificate: &stored.path("tls.crt"),
        public_key: &key.expose().subject_public_key_info(),
        trust: &trust,
    };
    let expectation = Expectation { common, names };
    let key_pem = Secret::new(stored.key_pem.expose().clone());
    complete(&expectation, &stored.chain_pem, key_pem, now)
}

/// Checks a set that was read back from disk, with any names.
pub fn published(stored: &PublishedSet, now: Timestamp) -> Result<VerifiedCertificate, Error> {
    let names = leaf_names::of_chain(&stored.chain_pem)
        .ok_or_else(|| Error::NotACertificate { certificate: stored.path("tls.crt") })?;
    existing(stored, &names, now)
}

fn complete(
    expectation: &Expectation<'_>,
    chain_pem: &[u8],
    key_pem: Secret<String>,
    now: Timestamp,
) -> Result<VerifiedCertificate, Error> {
    let checked = expectation.check(chain_pem, now)?;
    Ok(VerifiedCertificate {
        key_pem,
        chain_pem: pem::encode(&checked.chain),
        trust: expectation.common.trust.clone(),
        names: expectation.names.clone(),
        serial: checked.serial,
        fingerprint: checked.fingerprint,
        not_before: checked.not_before,
        not_after: checked.not_after,
    })
}
