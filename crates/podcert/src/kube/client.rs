//! The client for the API server of the cluster that this pod runs in. kube itself reads the variables and files that
//! Kubernetes puts into every pod, and reads the token again whenever it is about to expire.

use std::time::Duration;

use kube::{Client, Config};

use crate::diagnose;

/// A client with the pod's own rights. It does not retry: that is up to the caller.
pub(crate) fn client() -> Result<Client, Error> {
    let mut config = Config::incluster().map_err(|error| Error::NotInPod { reason: error.to_string() })?;
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    Client::try_from(config).map_err(|error| Error::Credentials { reason: error.to_string() })
}

/// Why there is no client. kube's texts include their causes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// The token or the CA cannot be used.
    #[error("the pod's credentials for the API server cannot be used: {reason}")]
    Credentials { reason: String },
    /// A variable or file that every pod has is missing.
    #[error("this is not a pod, or the token of its service account is not mounted: {reason}")]
    NotInPod { reason: String },
}

diagnose!(Error {
    Self::Credentials { .. } => Settings("have the token of the service account mounted (automountServiceAccountToken)"),
    Self::NotInPod { .. } => Settings("run it in a pod with automountServiceAccountToken"),
});

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
