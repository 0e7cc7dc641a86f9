//! Why a certificate was not obtained.

use std::io;
use std::path::PathBuf;

use crate::diagnose;
use crate::kube::client;
use crate::request::csr;
use crate::signer::local;
use crate::{names, signer, store, trust, verify};

/// Why a certificate was not obtained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// The API server cannot be called.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// A request could not be created.
    #[error(transparent)]
    Csr(#[from] csr::Error),
    /// The published certificate is damaged.
    #[error("the certificate in {} is damaged", directory.display())]
    Existing { directory: PathBuf, source: verify::Error },
    /// The published certificate lacks names.
    #[error("the certificate in {} is for {has}, but the settings require {wanted}", directory.display())]
    Lacks { directory: PathBuf, has: String, wanted: String },
    /// The published certificate lacks its IP addresses as DNS names.
    #[error("the certificate in {} is for {has}, but its IP addresses are required as DNS names too", directory.display())]
    LacksIpAddresses { directory: PathBuf, has: String },
    /// The local CA cannot be used.
    #[error(transparent)]
    LocalCa(#[from] local::Error),
    /// A certificate cannot have these names.
    #[error(transparent)]
    Names(#[from] names::Error),
    /// The CA that was returned is not a root. It may be replaced at any time, and peers with a different intermediate would
    /// not be trusted.
    #[error("the CA that was returned with the certificate, {subject:?}, is an intermediate")]
    NotARoot { subject: String },
    /// It is unknown which CAs to trust.
    #[error("signer {signer} returned no CA certificate")]
    NoTrust { signer: signer::Origin },
    /// The published certificate is not good.
    #[error(transparent)]
    Published(#[from] verify::Error),
    /// The request was not certified.
    #[error(transparent)]
    Signer(#[from] signer::Error),
    /// The directory cannot be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The CA certificates that the signer returned cannot be used.
    #[error("the CA certificates that were returned with the certificate cannot be used")]
    Trust(#[source] trust::Error),
    /// The file with the CAs to trust cannot be used.
    #[error(transparent)]
    TrustFile(#[from] TrustFileError),
    /// There was a published certificate when the settings were read, but it is gone.
    #[error("the certificate in {} has been removed in the meantime", directory.display())]
    Vanished { directory: PathBuf },
}

diagnose!(Error {
    Self::Client(error) => of(error),
    Self::Csr(error) => of(error),
    Self::Existing { .. } => Data("replace it with --renew (PODCERT_RENEW=true)"),
    Self::Lacks { .. } => Settings("add these names where the certificate is obtained, for example on the init container"),
    Self::LacksIpAddresses { .. } => Settings(
        "set --ip-addresses-as-dns-names (PODCERT_IP_ADDRESSES_AS_DNS_NAMES=true) where the certificate is obtained, for \
         example on the init container"
    ),
    Self::LocalCa(error) => of(error),
    Self::Names(error) => of(error),
    Self::NotARoot { .. } => Settings("mount the root CA's certificate and set --trust (PODCERT_TRUST) to its file"),
    Self::NoTrust { .. } => Settings("mount the root CA's certificate and set --trust (PODCERT_TRUST) to its file"),
    Self::Published(error) => of(error),
    Self::Signer(error) => of(error),
    Self::Store(error) => of(error),
    Self::Trust(error) => of(error),
    Self::TrustFile(error) => of(error),
    Self::Vanished { .. } => Data("try again"),
});

/// Why a file with the CAs to trust cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum TrustFileError {
    /// The certificate file of the local CA does not contain a CA that can be trusted.
    #[error("the local CA's certificate {} cannot be used", path.display())]
    LocalCa { path: PathBuf, source: trust::Error },
    /// It cannot be read.
    #[error("the file set by --trust (PODCERT_TRUST), {}, cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// It does not contain a CA that can be trusted.
    #[error("the file set by --trust (PODCERT_TRUST), {}, cannot be used", path.display())]
    Unusable { path: PathBuf, source: trust::Error },
}

diagnose!(TrustFileError {
    Self::Read { .. } => Settings("mount the CA certificates there, or correct the setting"),
    Self::LocalCa { source, .. } => of(source),
    Self::Unusable { source, .. } => of(source),
});
