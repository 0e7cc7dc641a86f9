//! The CAs that peers are checked against.

use std::fmt::Display;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use crate::diagnose;
use crate::support::pem::{self, Limits};
use crate::support::x509;

/// One or more CA certificates, each of them a CA and, when parsed, within its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustBundle {
    anchors: Vec<Anchor>,
}

impl TrustBundle {
    /// Takes the CAs out of PEM, each once. One that is not valid now is left out with a warning, as
    /// long as another one remains; one that is no CA is an error, since somebody meant to trust it.
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

    /// The bundle as PEM text.
    pub fn pem(&self) -> String {
        pem::encode(self.anchors.iter().map(|anchor| &anchor.der))
    }

    /// The CA, if there is only one.
    pub(crate) fn only(&self) -> Option<&Anchor> {
        match self.anchors.as_slice() {
            [anchor] => Some(anchor),
            _ => None,
        }
    }

    /// The subject of a CA that another one has certified, if there is one.
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

/// Warns if somebody has left a private key among CAs that are from `origin`.
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
    /// How many intermediate certificates may follow.
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

/// A text that is no trust bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// All expired, or not yet valid.
    #[error("no CA is valid at {now}: {anchors}")]
    NoneValid {
        /// Each CA and its validity.
        anchors: String,
        /// When it was read.
        now: Timestamp,
    },
    /// A leaf, perhaps.
    #[error("certificate {position}, {subject:?}, is not a CA")]
    NotACa {
        /// Whose certificate it is.
        subject: String,
        /// Which one, from 1.
        position: usize,
    },
    /// Bytes that are no certificate.
    #[error("certificate {position} cannot be read")]
    NotACertificate {
        /// Which one, from 1.
        position: usize,
    },
    /// Not usable as PEM.
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
