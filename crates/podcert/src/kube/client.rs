//! The API server of the cluster that this pod runs in. A door: kube reads the variables and files that
//! Kubernetes puts into every pod, and reads the token afresh while it is in use.

use std::time::Duration;

use kube::{Client, Config};

use crate::diagnose;

/// A client with the pod's own rights. What is tried again, and how long, is not its business.
pub(crate) fn client() -> Result<Client, Error> {
    let mut config = Config::incluster().map_err(|error| Error::NotInPod { reason: error.to_string() })?;
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    Client::try_from(config).map_err(|error| Error::Credentials { reason: error.to_string() })
}

/// No way to the API server. kube's texts hold their causes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// Token or CA are unusable.
    #[error("the pod's credentials for the API server cannot be used: {reason}")]
    Credentials { reason: String },
    /// Something is missing that every pod has.
    #[error("this is not a pod, or the token of its service account is not mounted: {reason}")]
    NotInPod { reason: String },
}

diagnose!(Error {
    Self::Credentials { .. } => Settings("have the token of the service account mounted (automountServiceAccountToken)"),
    Self::NotInPod { .. } => Settings("run it in a pod with automountServiceAccountToken"),
});

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
