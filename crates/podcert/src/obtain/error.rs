//! Why a certificate was not obtained.

use std::path::PathBuf;

use crate::exit::ExitClass;
use crate::{csr, names, signer, store, trust, verify};

/// A certificate that was not obtained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No request could be made.
    #[error(transparent)]
    Csr(#[from] csr::Error),
    /// What is published is damaged.
    #[error("the certificate in {} is damaged; replace it with --renew (PODCERT_RENEW=true)", directory.display())]
    Existing {
        /// Where it is.
        directory: PathBuf,
        /// What is wrong with it.
        source: verify::Error,
    },
    /// The names make no certificate.
    #[error(transparent)]
    Names(#[from] names::Error),
    /// The CA that came along may be replaced by another one at any time, and trusts less than it should.
    #[error(
        "the CA that came with the certificate, {subject:?}, is an intermediate; mount the root CA's \
         certificate and set --trust (PODCERT_TRUST) to its file"
    )]
    NotARoot {
        /// Whose certificate came along.
        subject: String,
    },
    /// Nobody told whom to trust.
    #[error(
        "the signer {signer} told no CA certificate; mount the root CA's certificate and set --trust \
         (PODCERT_TRUST) to its file"
    )]
    NoTrust {
        /// Who signed.
        signer: signer::Origin,
    },
    /// The request was not certified.
    #[error(transparent)]
    Signer(#[from] signer::Error),
    /// The directory cannot be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The CA certificates that came with the answer are unusable.
    #[error("the CA certificates that came with the certificate cannot be used")]
    Trust(#[source] trust::Error),
    /// What was issued is wrong.
    #[error(transparent)]
    Verify(#[from] verify::Error),
}

impl Error {
    /// The class that decides the exit code.
    pub fn exit_class(&self) -> ExitClass {
        match self {
            Self::Csr(error) => error.exit_class(),
            Self::Existing { source, .. } => source.exit_class(),
            Self::Names(error) => error.exit_class(),
            Self::NoTrust { .. } | Self::NotARoot { .. } => ExitClass::Settings,
            Self::Signer(error) => error.exit_class(),
            Self::Store(error) => error.exit_class(),
            Self::Trust(error) => error.exit_class(),
            Self::Verify(error) => error.exit_class(),
        }
    }
}
