//! The CAs that peers are checked against.

use std::fmt::Display;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use crate::diagnose;
use crate::support::pem::{self, Limits};
use crate::support::x509;

/// One or more CA certificates, each of which was valid when it was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustBundle {
    anchors: Vec<Anchor>,
}

impl TrustBundle {
    /// Parses the CA certificates in a PEM file and removes duplicates. A CA that is not valid now is ignored with a warning,
    /// unless none is valid; a certificate that is not a CA is an error, because somebody meant to trust it.
    pub fn parse(pem: impl AsRef<[u8]>, now: Timestamp) -> Result<Self, Error> {
        let mut anchors: Vec<Anchor> = Vec::new();
        let mut skipped = Vec::new();
        let certificates = pem::certificates(pem.as_ref(), LIMITS).map_err(Error::Pem)?;
        for (index, der) in certificates.into_iter().enumerate() {
            let anchor = Anchor::parse(der, index + 1)?;
            if anchors.contains(&anchor) {
                continue;
            }
            if anchor.is_valid_at(now) {
                anchors.push(anchor);
            } else {
                skipped
                    .push(format!("{} from {} to {}", anchor.subject, anchor.not_before, anchor.not_after));
            }
        }
        if anchors.is_empty() {
            return Err(Error::NoneValid { anchors: skipped.join(", "), now });
        }
        for anchor in skipped {
            tracing::warn!(%anchor, "ignoring a CA in the trust bundle that is not valid now");
        }
        Ok(Self { anchors })
    }

    /// The bundle in PEM.
    pub fn pem(&self) -> String {
        pem::encode(self.anchors.iter().map(|anchor| &anchor.der))
    }

    /// The CA, if there is exactly one.
    pub(crate) fn only(&self) -> Option<&Anchor> {
        match self.anchors.as_slice() {
            [anchor] => Some(anchor),
            _ => None,
        }
    }

    /// The subject of an intermediate CA, if the bundle has one.
    pub(crate) fn intermediate(&self) -> Option<&str> {
        self.anchors.iter().find(|anchor| !anchor.is_root).map(|anchor| anchor.subject.as_str())
    }

    /// All CAs.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    pub(crate) fn valid_at(&self, now: Timestamp) -> impl Iterator<Item = &Anchor> {
        self.anchors.iter().filter(move |anchor| anchor.is_valid_at(now))
    }
}

/// Warns if the PEM file from `origin` contains a private key.
pub(crate) fn warn_of_private_key(origin: &dyn Display, pem: &[u8]) {
    if pem::holds_private_key(pem) {
        tracing::warn!(%origin, "the file of CA certificates contains a private key; remove it, because such files are not kept secret");
    }
}

/// A CA certificate that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// How many intermediate certificates may follow it in a chain.
    pub path_length: Option<u32>,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// Its subject.
    pub subject: String,
    is_root: bool,
}

impl Anchor {
    fn parse(der: CertificateDer<'static>, position: usize) -> Result<Self, Error> {
        let certificate = x509::parse(&der).ok_or(Error::NotACertificate { position })?;
        let subject = certificate.subject().to_string();
        if !x509::is_ca(&certificate) {
            return Err(Error::NotACa { subject, position });
        }
        let constraints = certificate.basic_constraints().ok().flatten();
        let path_length = constraints.and_then(|it| it.value.path_len_constraint);
        let (not_before, not_after) = x509::validity(&certificate);
        let is_root = certificate.subject() == certificate.issuer();
        Ok(Self { der, path_length, not_after, is_root, not_before, subject })
    }

    fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// Why a file is not a trust bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Every CA has expired or is not valid yet.
    #[error("no CA is valid at {now}: {anchors}")]
    NoneValid {
        /// Each CA and its validity.
        anchors: String,
        /// The time at which it was read.
        now: Timestamp,
    },
    /// It is not a CA: a leaf, perhaps.
    #[error("certificate {position}, {subject:?}, is not a CA")]
    NotACa {
        /// The subject of the certificate.
        subject: String,
        /// Its position, starting at 1.
        position: usize,
    },
    /// It is not a certificate.
    #[error("certificate {position} cannot be read")]
    NotACertificate {
        /// Its position, starting at 1.
        position: usize,
    },
    /// It is not valid PEM.
    #[error("it is not a PEM bundle of CA certificates")]
    Pem(#[source] pem::Error),
}

diagnose!(Error {
    Self::NoneValid { .. } => Data("renew the CA, or correct the clock"),
    Self::NotACa { .. } => Data("remove it, or trust the CA that signed it"),
    Self::NotACertificate { .. } => Data("replace it"),
    Self::Pem(error) => of(error),
});

const LIMITS: Limits = Limits { bytes: 1024 * 1024, certificates: 1000 };
