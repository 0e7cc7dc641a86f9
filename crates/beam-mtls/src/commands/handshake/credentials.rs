//! The certificate that we present and the CAs that we trust, as podcert has published them.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use podcert::diagnose;
use podcert::names::SubjectNames;
use podcert::store::{self, Store};
use podcert::support::pem::pkcs8_key;
use podcert::verify::{self, ParsedLeaf, VerifiedCertificate};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{PrivatePkcs8KeyDer, UnixTime};
use rustls::server::VerifierBuilderError;
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, SignatureScheme, version};

/// This node's certificate, in the forms that TLS needs.
pub(crate) struct ClientCredentials {
    provider: Arc<CryptoProvider>,
    verifier: Arc<WebPkiServerVerifier>,
    key: Arc<CertifiedKey>,
    time: Arc<FixedTime>,
    names: SubjectNames,
    serial: String,
}

/// A certificate that cannot be presented.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is there.
    #[error("no certificate is published in {}", .0.display())]
    Missing(PathBuf),
    /// No node could be named by it.
    #[error("the certificate in {} contains no host, so no node would accept it", .0.display())]
    NoHost(PathBuf),
    /// The directory.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// TLS refuses it.
    #[error("TLS cannot use the certificate in {}", directory.display())]
    Tls {
        /// Where it is.
        directory: PathBuf,
        /// The cause.
        source: TlsError,
    },
    /// What is published is not good.
    #[error(transparent)]
    Verify(#[from] verify::Error),
}

diagnose!(Error {
    Self::Missing(_) => Settings("run it where a node runs, or set --directory (PODCERT_DIRECTORY)"),
    Self::NoHost(_) => Data(),
    Self::Store(error) => of(error),
    Self::Tls { .. } => Data(),
    Self::Verify(error) => of(error),
});

/// TLS's objection to a certificate that podcert found good.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Chain(#[from] verify::Error),
    #[error("its private key is not PKCS#8")]
    Key,
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    #[error(transparent)]
    Verifier(#[from] VerifierBuilderError),
}

impl ClientCredentials {
    /// Reads all of it from one set, and checks it as podcert does.
    pub(crate) fn read(directory: &Path, now: Timestamp) -> Result<Self, Error> {
        let stored =
            Store::open(directory)?.current()?.ok_or_else(|| Error::Missing(directory.to_owned()))?;
        let certificate = verify::published(&stored, now)?;
        let names = certificate.names();
        if names.ip_addresses().is_empty() && names.dns_names().is_empty() {
            return Err(Error::NoHost(directory.to_owned()));
        }
        Self::of(&certificate, now).map_err(|source| Error::Tls { directory: directory.to_owned(), source })
    }

    fn of(certificate: &VerifiedCertificate, now: Timestamp) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        for anchor in certificate.trust().anchors() {
            roots.add(anchor.der.clone())?;
        }
        let chain = ParsedLeaf::parse("tls.crt", certificate.chain_pem().as_bytes())?;
        let key = pkcs8_key(certificate.key_pem()).ok_or(TlsError::Key)?;
        let key = PrivatePkcs8KeyDer::from(key.expose().as_slice()).clone_key();
        let key = provider.key_provider.load_private_key(key.into())?;
        let since_epoch = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0));
        Ok(Self {
            verifier: WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build()?,
            key: Arc::new(CertifiedKey::new(chain.chain().to_vec(), key)),
            time: Arc::new(FixedTime(UnixTime::since_unix_epoch(since_epoch))),
            names: certificate.names().clone(),
            serial: certificate.serial().to_owned(),
            provider,
        })
    }

    /// The names in the certificate.
    pub(crate) fn names(&self) -> &SubjectNames {
        &self.names
    }

    /// Its serial number, in hexadecimal.
    pub(crate) fn serial(&self) -> &str {
        &self.serial
    }

    /// The name of a node that dials from an address. Its host has to be in our certificate; OTP accepts an address
    /// only if the connection comes from it, and a DNS name from anywhere.
    pub(crate) fn node_name(&self, dialing_from: IpAddr) -> String {
        let addresses: &BTreeSet<IpAddr> = self.names.ip_addresses();
        let host = addresses.get(&dialing_from.to_canonical()).map(ToString::to_string);
        let host = host.or_else(|| self.names.dns_names().first().map(ToString::to_string));
        let host = host.or_else(|| addresses.first().map(ToString::to_string));
        format!("{BASE}@{}", host.unwrap_or_default())
    }

    /// TLS for one connection. `Shown` records whether the server has asked for our certificate.
    pub(crate) fn tls(&self) -> Result<(Arc<ClientConfig>, Arc<Shown>), rustls::Error> {
        let shown = Arc::new(Shown { key: self.key.clone(), asked: AtomicBool::new(false) });
        let config = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_protocol_versions(&[&version::TLS13])?
            .with_webpki_verifier(self.verifier.clone())
            .with_client_cert_resolver(shown.clone());
        Ok((Arc::new(config), shown))
    }
}

/// The part before the @ in the name that we use.
const BASE: &str = "handshake";

/// Presents the certificate to any server that asks, and remembers that it did.
#[derive(Debug)]
pub(crate) struct Shown {
    key: Arc<CertifiedKey>,
    asked: AtomicBool,
}

impl Shown {
    /// Whether the server has asked for it.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        Some(self.key.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The time at which we were started.
#[derive(Debug)]
struct FixedTime(UnixTime);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}
