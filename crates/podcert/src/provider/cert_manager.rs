//! cert-manager as a source: an issuer that signs the requests of a pod.

use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{ApiInspection, Error, KnownTrust, Obtained, Provider, TrustFileError, obtain_signed};
use crate::identity::Pod;
use crate::kube::client;
use crate::names::{self, SubjectNames};
use crate::request::{SigningRequest, Wanted};
use crate::signer::Origin;
use crate::signer::cert_manager::inspect::inspect;
use crate::signer::cert_manager::{CertManager, IssuerRef};
use crate::store::Store;
use crate::support::clock::Attempt;
use crate::support::durable_file;
use crate::trust::{TrustBundle, warn_of_private_key};

/// An issuer, used on behalf of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertManagerProvider {
    /// The issuer that signs.
    pub issuer: IssuerRef,
    /// The pod that requests certificates.
    pub pod: Pod,
    /// The file with the CAs to trust, instead of those that the issuer returns.
    pub trust: Option<PathBuf>,
}

impl Provider for CertManagerProvider {
    fn describe(&self) -> String {
        format!("cert-manager {} for pod {}/{}", self.issuer, self.pod.namespace, self.pod.name)
    }

    fn origin(&self) -> Option<Origin> {
        Some(Origin::CertManager(Some(self.issuer.clone())))
    }

    fn names(&self, wanted: &Wanted) -> Option<Result<SubjectNames, names::Error>> {
        Some(wanted.names(&self.pod.identity()))
    }

    fn known_trust(&self, now: Timestamp) -> Option<KnownTrust> {
        let path = self.trust.clone()?;
        Some(match read_trust(&path) {
            Err(error) => KnownTrust::unread(NAME, path, Err(error)),
            Ok(pem) => KnownTrust::parse(NAME, path, &pem, now, |path, source| TrustFileError::Unusable {
                path,
                source,
            }),
        })
    }

    fn trust_file(&self) -> Option<PathBuf> {
        self.trust.clone()
    }

    fn obtain<'a>(
        &'a self,
        wanted: &'a Wanted,
        store: &'a Store,
        attempt: &'a Attempt<'a>,
    ) -> BoxFuture<'a, Result<Obtained, Error>> {
        async move {
            let trust = self.trust.as_deref().map(|path| trust(path, attempt.now())).transpose()?;
            let signer = CertManager::new(client::client()?, self.pod.clone(), self.issuer.clone(), trust);
            obtain_signed(&signer, &self.pod.identity(), wanted, store, attempt).await
        }
        .boxed()
    }

    fn inspect_api<'a>(
        &'a self,
        request: Option<&'a SigningRequest>,
    ) -> BoxFuture<'a, Option<Result<ApiInspection<'a>, client::Error>>> {
        async move {
            let client = match client::client() {
                Ok(client) => client,
                Err(error) => return Some(Err(error)),
            };
            let inspection = inspect(client, &self.pod, &self.issuer, request).await;
            Some(Ok(ApiInspection { asks: self, inspection }))
        }
        .boxed()
    }
}

fn trust(path: &Path, now: Timestamp) -> Result<TrustBundle, TrustFileError> {
    let pem = read_trust(path)?;
    warn_of_private_key(&path.display(), &pem);
    TrustBundle::parse(&pem, now).map_err(|source| TrustFileError::Unusable { path: path.to_owned(), source })
}

fn read_trust(path: &Path) -> Result<Vec<u8>, TrustFileError> {
    let read = durable_file::read_bytes(path).map(|(pem, _)| pem);
    read.map_err(|source| TrustFileError::Read { path: path.to_owned(), source })
}

const NAME: &str = "trust";
