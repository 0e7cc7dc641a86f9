//! Where a certificate comes from. Each kind of source is one file that implements [`Provider`], and one arm of
//! [`Source::provider`], the only place that tells them apart. What a provider hands out is verified by the same rules
//! and ends in the same store.

mod cert_manager;
mod error;
mod local;
mod obtained;
mod published;
mod signing;

use std::fmt::Debug;
use std::future;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use cert_manager::CertManagerProvider;
pub use error::{Error, TrustFileError};
pub use local::LocalProvider;
pub use obtained::{Obtained, Outcome, Reason};
pub use published::PublishedProvider;
pub use signing::obtain_signed;

use crate::kube::client;
use crate::names::{self, SubjectNames};
use crate::request::{SigningRequest, Wanted};
use crate::signer::{Origin, cert_manager as cert_manager_signer};
use crate::store::Store;
use crate::support::clock::Attempt;
use crate::support::pem::holds_private_key;
use crate::trust::{self, TrustBundle};

/// Where certificates come from, as settings say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An issuer, asked by cert-manager's CertificateRequests.
    CertManager(Box<CertManagerProvider>),
    /// A CA on this machine.
    Local(LocalProvider),
    /// What podcert has published in the directory already, as an init container does.
    Published(PublishedProvider),
}

impl Source {
    /// The provider for this source.
    pub fn provider(&self) -> &dyn Provider {
        match self {
            Self::CertManager(provider) => &**provider,
            Self::Local(provider) => provider,
            Self::Published(provider) => provider,
        }
    }
}

/// One kind of source.
pub trait Provider: Debug + Send + Sync {
    /// What it is, for people: the issuer, or the place.
    fn describe(&self) -> String;

    /// The mark beside certificates from here; none if what is published is good whatever it is from.
    fn origin(&self) -> Option<Origin>;

    /// The names that a certificate from here must have; none if any will do.
    fn names(&self, wanted: &Wanted) -> Option<Result<SubjectNames, names::Error>>;

    /// The CAs that are known before anything is obtained, read without changing anything.
    fn known_trust(&self, _now: Timestamp) -> Option<KnownTrust> {
        None
    }

    /// Sees to it that a good certificate is published in the store, and returns it.
    fn obtain<'a>(
        &'a self,
        wanted: &'a Wanted,
        store: &'a Store,
        attempt: &'a Attempt<'a>,
    ) -> BoxFuture<'a, Result<Obtained, Error>>;

    /// What the API server says beforehand, without creating anything; none if the source has nothing to do with it.
    fn inspect_api<'a>(
        &'a self,
        _request: Option<&'a SigningRequest>,
    ) -> BoxFuture<'a, Option<Result<ApiInspection<'a>, client::Error>>> {
        Box::pin(future::ready(None))
    }
}

/// CAs that are known beforehand.
#[derive(Debug)]
pub struct KnownTrust {
    /// What they are, as in `local CA`.
    pub name: &'static str,
    /// The file that holds them.
    pub path: PathBuf,
    /// The CAs; none if the file is yet to be made.
    pub bundle: Result<Option<TrustBundle>, TrustFileError>,
    /// Whether somebody has left a private key among them.
    pub holds_private_key: bool,
}

impl KnownTrust {
    /// CAs in PEM, as they were read from a file.
    fn parse(
        name: &'static str,
        path: PathBuf,
        pem: &[u8],
        now: Timestamp,
        unusable: fn(PathBuf, trust::Error) -> TrustFileError,
    ) -> Self {
        let bundle = TrustBundle::parse(pem, now).map(Some);
        let bundle = bundle.map_err(|source| unusable(path.clone(), source));
        Self { name, path, bundle, holds_private_key: holds_private_key(pem) }
    }

    /// A file that holds nothing, or cannot be read.
    fn unread(
        name: &'static str,
        path: PathBuf,
        bundle: Result<Option<TrustBundle>, TrustFileError>,
    ) -> Self {
        Self { name, path, bundle, holds_private_key: false }
    }
}

/// What the API server says about requests of a pod to an issuer.
#[derive(Debug)]
pub struct ApiInspection<'a> {
    /// Whom the pod asks, and in whose name.
    pub asks: &'a CertManagerProvider,
    /// What it says.
    pub inspection: cert_manager_signer::inspect::Inspection,
}

/// Sees to it that a good certificate is published in the store, and that its owner can read the key. It needs a
/// runtime of tokio's with time and I/O.
pub async fn obtain(
    source: &Source,
    wanted: &Wanted,
    store: &Store,
    attempt: &Attempt<'_>,
) -> Result<Obtained, Error> {
    let obtained = source.provider().obtain(wanted, store, attempt).await?;
    store.ensure_ownership()?;
    Ok(obtained)
}
