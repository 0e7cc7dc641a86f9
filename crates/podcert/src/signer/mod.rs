//! Who certifies a request. Each signer is a file of its own; all share one error, by outcome.

pub mod local;

use std::fmt;
use std::future::Future;
use std::str::FromStr;

use jiff::Timestamp;

pub use local::LocalCa;

use crate::csr::SigningRequest;
use crate::exit::ExitClass;
use crate::trust::TrustBundle;

/// Something that certifies a request.
pub trait Signer {
    /// Which kind of signer this is. It is written beside the certificate.
    fn kind(&self) -> Kind;

    /// The CAs that are trusted, if they are known before anything is signed. A certificate on disk that
    /// was published with other ones is replaced.
    fn trust(&self) -> Option<&TrustBundle>;

    /// Has the request certified. The answer is as it came: [`verify`](crate::verify) checks it.
    fn sign(
        &self,
        request: &SigningRequest,
        now: Timestamp,
    ) -> impl Future<Output = Result<Issued, Error>> + Send;
}

/// The kinds of signers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A CA of our own on this machine, for development.
    Local,
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        match text {
            "local" => Ok(Self::Local),
            _ => Err(UnknownKind { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "local",
        })
    }
}

/// A text that names no kind of signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no signer that this version knows")]
pub struct UnknownKind {
    text: String,
}

/// What a signer answered, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate and its intermediates in PEM, leaf first.
    pub chain_pem: String,
    /// The CA certificates in PEM, if the signer told them.
    pub ca_pem: Option<String>,
}

/// A request that was not certified, by outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The signer tried and could not.
    #[error("{signer} could not sign the request for {names}")]
    Failed {
        /// Who should have signed.
        signer: String,
        /// What was asked for.
        names: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// The class that decides the exit code.
    pub fn exit_class(&self) -> ExitClass {
        match self {
            Self::Failed { .. } => ExitClass::Unavailable,
        }
    }
}
