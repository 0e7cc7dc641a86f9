//! Good leaf certificates and all kinds of bad ones.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType,
    SubjectPublicKeyInfo,
};

use crate::NOW;
use crate::ca::set_validity;

/// A leaf that is about to be signed. Its settings are not checked.
pub struct LeafBuilder {
    params: CertificateParams,
    issuer: Arc<Issuer<'static, KeyPair>>,
    intermediates: String,
    public_key: Option<SubjectPublicKeyInfo>,
    self_signed: bool,
}

/// What a leaf may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Both ends of a connection.
    Both,
    /// Only a client.
    Client,
    /// Anything: the extension is absent.
    None,
    /// Only a server.
    Server,
}

impl LeafBuilder {
    pub(crate) fn new(issuer: Arc<Issuer<'static, KeyPair>>, intermediates: String) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, NOW - HOUR, NOW + HOUR * 24);
        let leaf = Self { params, issuer, intermediates, public_key: None, self_signed: false };
        leaf.usage(Usage::Both)
    }

    /// Adds a DNS name, which may be any ASCII text.
    pub fn dns(self, name: &str) -> Self {
        self.name(SanType::DnsName(name.try_into().expect("ASCII")))
    }

    /// Adds an IP address; an IPv4-mapped one is not converted.
    pub fn ip(self, address: &str) -> Self {
        self.name(SanType::IpAddress(address.parse::<IpAddr>().expect("an IP address")))
    }

    /// Adds a URI, which may be any ASCII text.
    pub fn uri(self, uri: &str) -> Self {
        self.name(SanType::URI(uri.try_into().expect("ASCII")))
    }

    /// Adds a name of any kind.
    pub fn name(mut self, name: SanType) -> Self {
        self.params.subject_alt_names.push(name);
        self
    }

    /// Sets the common name of the subject, which is empty by default.
    pub fn common_name(mut self, name: &str) -> Self {
        self.params.distinguished_name.push(DnType::CommonName, name);
        self
    }

    /// Sets what it may be used for; both ends by default.
    pub fn usage(mut self, usage: Usage) -> Self {
        let (server, client) = (ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth);
        self.params.extended_key_usages = match usage {
            Usage::Both => vec![server, client],
            Usage::Client => vec![client],
            Usage::None => vec![],
            Usage::Server => vec![server],
        };
        self
    }

    /// Sets its validity; from an hour before [`NOW`] to a day after by default.
    pub fn validity(mut self, not_before: Timestamp, not_after: Timestamp) -> Self {
        set_validity(&mut self.params, not_before, not_after);
        self
    }

    /// Changes anything else.
    pub fn with(mut self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        change(&mut self.params);
        self
    }

    /// Makes it a CA.
    pub fn ca(mut self) -> Self {
        self.params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self
    }

    /// Certifies this key, a SubjectPublicKeyInfo in DER, instead of a new one.
    pub fn public_key(mut self, der: &[u8]) -> Self {
        self.public_key = Some(SubjectPublicKeyInfo::from_der(der).expect("a public key"));
        self
    }

    /// Certifies the key and the names of a signing request in PEM.
    pub fn csr(mut self, pem: &str) -> Self {
        let csr = CertificateSigningRequestParams::from_pem(pem).expect("a signing request");
        self.params.subject_alt_names = csr.params.subject_alt_names;
        self.public_key(&csr.public_key.subject_public_key_info())
    }

    /// Makes it sign itself.
    pub fn self_signed(mut self) -> Self {
        self.self_signed = true;
        self
    }

    /// Signs it.
    pub fn sign(self) -> Leaf {
        let key = KeyPair::generate().expect("a key");
        let certificate = match (&self.public_key, self.self_signed) {
            (_, true) => self.params.self_signed(&key),
            (Some(public_key), false) => self.params.signed_by(public_key, &self.issuer),
            (None, false) => self.params.signed_by(&key, &self.issuer),
        };
        let chain_pem = certificate.expect("a certificate").pem() + &self.intermediates;
        Leaf { chain_pem, key_pem: key.serialize_pem() }
    }
}

/// A certificate with its intermediates, and a key, which does not belong to it if a public key was set.
pub struct Leaf {
    /// The certificate, then its intermediates.
    pub chain_pem: String,
    /// The key.
    pub key_pem: String,
}

impl Leaf {
    /// Writes `tls.crt`, `tls.key` and `ca.crt` into a directory, replacing existing files.
    pub fn write(&self, directory: &Path, ca_pem: &str) {
        for (name, text, mode) in [
            ("tls.crt", self.chain_pem.as_str(), 0o444),
            ("tls.key", &self.key_pem, 0o400),
            ("ca.crt", ca_pem, 0o444),
        ] {
            let path = directory.join(name);
            // It may not exist.
            let _ = fs::remove_file(&path);
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(mode).open(&path).expect("a new file");
            file.write_all(text.as_bytes()).expect("a written file");
        }
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
