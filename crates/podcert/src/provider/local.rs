//! The local CA as a source.

use std::path::PathBuf;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{Error, KnownTrust, Obtained, Provider, TrustFileError, obtain_signed};
use crate::identity::Identity;
use crate::names::{self, SubjectNames};
use crate::request::Wanted;
use crate::signer::Origin;
use crate::signer::local::{LocalCa, certificate_path};
use crate::store::Store;
use crate::support::clock::Attempt;
use crate::support::durable_file;

/// A CA on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalProvider {
    /// The directory that holds it.
    pub state_directory: PathBuf,
}

impl Provider for LocalProvider {
    fn describe(&self) -> String {
        format!("the local CA in {}", self.state_directory.display())
    }

    fn origin(&self) -> Option<Origin> {
        Some(Origin::Local)
    }

    fn names(&self, wanted: &Wanted) -> Option<Result<SubjectNames, names::Error>> {
        Some(wanted.names(&Identity::default()))
    }

    /// The file is read without opening the CA, which would create it.
    fn known_trust(&self, now: Timestamp) -> Option<KnownTrust> {
        let path = certificate_path(&self.state_directory);
        Some(match durable_file::read_bytes(&path) {
            Err(_) => KnownTrust::unread(NAME, path, Ok(None)),
            Ok((pem, _)) => KnownTrust::parse(NAME, path, &pem, now, |path, source| {
                TrustFileError::LocalCa { path, source }
            }),
        })
    }

    fn trust_file(&self) -> Option<PathBuf> {
        Some(certificate_path(&self.state_directory))
    }

    fn obtain<'a>(
        &'a self,
        wanted: &'a Wanted,
        store: &'a Store,
        attempt: &'a Attempt<'a>,
    ) -> BoxFuture<'a, Result<Obtained, Error>> {
        async move {
            let signer = LocalCa::open(&self.state_directory, attempt).await?;
            obtain_signed(&signer, &Identity::default(), wanted, store, attempt).await
        }
        .boxed()
    }
}

const NAME: &str = "local CA";
