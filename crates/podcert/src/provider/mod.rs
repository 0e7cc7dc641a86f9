//! Where a certificate comes from: one file per kind of source, which implements [`Provider`], and its arm in
//! [`Source::provider`], the only place that distinguishes sources. All certificates are verified by the same rules and end
//! up in the same store, so verification and publishing do not belong here.

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

/// Where certificates come from, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An issuer of cert-manager, by CertificateRequests.
    CertManager(Box<CertManagerProvider>),
    /// A CA on this machine.
    Local(LocalProvider),
    /// What podcert has already published in the directory, for example in an init container.
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
    /// A description for people: the issuer, or the directory.
    fn describe(&self) -> String;

    /// The origin that is recorded with certificates from here; `None` if published certificates of any origin are accepted.
    fn origin(&self) -> Option<Origin>;

    /// The names that a certificate from here must have; `None` if any names are accepted.
    fn names(&self, wanted: &Wanted) -> Option<Result<SubjectNames, names::Error>>;

    /// The CAs that are known before a certificate is obtained. Finding them changes nothing.
    fn known_trust(&self, _now: Timestamp) -> Option<KnownTrust> {
        None
    }

    /// The file that contains the CAs to trust, if there is one. It may change during the lifetime of a certificate.
    fn trust_file(&self) -> Option<PathBuf> {
        None
    }

    /// Ensures that a good certificate is published in the store, and returns it.
    fn obtain<'a>(
        &'a self,
        wanted: &'a Wanted,
        store: &'a Store,
        attempt: &'a Attempt<'a>,
    ) -> BoxFuture<'a, Result<Obtained, Error>>;

    /// Whether the API server would accept a request, found out without creating one; `None` if the source does not use it.
    fn inspect_api<'a>(
        &'a self,
        _request: Option<&'a SigningRequest>,
    ) -> BoxFuture<'a, Option<Result<ApiInspection<'a>, client::Error>>> {
        Box::pin(future::ready(None))
    }
}

/// CAs that are known before a certificate is obtained.
#[derive(Debug)]
pub struct KnownTrust {
    /// What they are, for example `local CA`.
    pub name: &'static str,
    /// The file that contains them.
    pub path: PathBuf,
    /// The CAs; `None` if the file does not exist yet.
    pub bundle: Result<Option<TrustBundle>, TrustFileError>,
    /// Whether the file contains a private key too.
    pub holds_private_key: bool,
}

impl KnownTrust {
    /// CAs that were read from a file.
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

    /// CAs whose file does not exist or cannot be read.
    fn unread(
        name: &'static str,
        path: PathBuf,
        bundle: Result<Option<TrustBundle>, TrustFileError>,
    ) -> Self {
        Self { name, path, bundle, holds_private_key: false }
    }
}

/// What the API server says about a pod's requests to an issuer.
#[derive(Debug)]
pub struct ApiInspection<'a> {
    /// The issuer and the pod.
    pub asks: &'a CertManagerProvider,
    /// What it says.
    pub inspection: cert_manager_signer::inspect::Inspection,
}

/// Ensures that a good certificate is published in the store and that its owner can read the key. It needs a tokio runtime
/// with time and I/O.
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
