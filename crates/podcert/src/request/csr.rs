//! A new key and the request to certify it. The key is made for this one request and is never reused.

use std::fmt;
use std::time::Duration;

use rcgen::{
    CertificateParams, CertificateSigningRequest, DistinguishedName, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType,
};

use crate::diagnose;
use crate::names::SubjectNames;
use crate::request::KeyAlgorithm;
use crate::support::secret::Secret;

/// A new key, and what is requested for it: names, a lifetime, and usage both as server and as client. The subject is
/// empty, which is why the names are critical.
pub struct SigningRequest {
    key: Secret<KeyPair>,
    csr: CertificateSigningRequest,
    csr_pem: String,
    public_key: Vec<u8>,
    names: SubjectNames,
    duration: Duration,
}

impl SigningRequest {
    /// Generates a key and signs the request with it.
    pub fn new(names: SubjectNames, algorithm: KeyAlgorithm, duration: Duration) -> Result<Self, Error> {
        let failed = |source| Error::Key { algorithm, source };
        let key = algorithm.generate().map_err(failed)?;
        let csr = params(&names)
            .and_then(|params| params.serialize_request(key.expose()))
            .map_err(|source| Error::Request { names: names.to_string(), source })?;
        let csr_pem = csr.pem().map_err(failed)?;
        let public_key = key.expose().subject_public_key_info();
        Ok(Self { key, csr, csr_pem, public_key, names, duration })
    }

    /// The request for a signer, PKCS#10 in DER.
    pub fn csr_der(&self) -> &[u8] {
        self.csr.der()
    }

    /// The request for a signer, PKCS#10 in PEM.
    pub fn csr_pem(&self) -> &str {
        &self.csr_pem
    }

    /// The requested names.
    pub fn names(&self) -> &SubjectNames {
        &self.names
    }

    /// The requested lifetime. A signer may shorten it.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The public key, a SubjectPublicKeyInfo in DER.
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key
    }

    pub(crate) fn key_pem(&self) -> Secret<String> {
        Secret::new(self.key.expose().serialize_pem())
    }
}

impl fmt::Debug for SigningRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningRequest")
            .field("names", &self.names)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

/// Why a request could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No key was generated: the system has no randomness.
    #[error("cannot generate a key of type {algorithm}")]
    Key {
        /// The requested algorithm.
        algorithm: KeyAlgorithm,
        /// The cause.
        source: rcgen::Error,
    },
    /// The names cannot be put into a request.
    #[error("cannot create a signing request for {names}")]
    Request {
        /// The requested names.
        names: String,
        /// The cause.
        source: rcgen::Error,
    },
}

diagnose!(Error {
    Self::Key { .. } => Unavailable("check that the system provides random numbers"),
    Self::Request { .. } => Settings("change the names"),
});

/// The names in rcgen's form.
pub(crate) fn subject_alt_names(names: &SubjectNames) -> Result<Vec<SanType>, rcgen::Error> {
    let mut all = Vec::new();
    for name in names.dns_names() {
        all.push(SanType::DnsName(name.as_str().try_into()?));
    }
    all.extend(names.ip_addresses().iter().map(|address| SanType::IpAddress(*address)));
    for uri in names.uris() {
        all.push(SanType::URI(uri.as_str().try_into()?));
    }
    Ok(all)
}

fn params(names: &SubjectNames) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = subject_alt_names(names)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}
