//! PEM from outside becomes certificates, and certificates become PEM that holds nothing else.

use pem::{EncodeConfig, LineEnding, Pem};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{self as reader, PemObject};

/// All certificates of a PEM text; sections of other kinds and text between them are left out.
pub(crate) fn certificates(text: &str, limits: Limits) -> Result<Vec<CertificateDer<'static>>, Error> {
    if text.len() > limits.bytes {
        return Err(Error::TooLong { bytes: text.len(), limit: limits.bytes });
    }
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(syntax)?;
    match certificates.len() {
        0 => Err(Error::NoCertificate),
        count if count > limits.certificates => {
            Err(Error::TooManyCertificates { count, limit: limits.certificates })
        }
        _ => Ok(certificates),
    }
}

/// Certificates as PEM, in the order given.
pub(crate) fn encode<'a>(certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    let encode =
        |der: &CertificateDer<'_>| pem::encode_config(&Pem::new("CERTIFICATE", der.to_vec()), config);
    certificates.into_iter().map(encode).collect()
}

/// How much PEM is read before it is refused.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) certificates: usize,
}

/// A text that is not usable PEM.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It ends too early.
    #[error("it is cut off: a line -----END is missing")]
    CutOff,
    /// Something that is no base64, or a broken line -----BEGIN.
    #[error("it is garbled")]
    Garbled,
    /// Nothing in it.
    #[error("no certificate is in it; it must hold -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// Longer than we read.
    #[error("its {bytes} bytes are more than the {limit} that are read")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How much is read.
        limit: usize,
    },
    /// More than we read.
    #[error("its {count} certificates are more than the {limit} that are read")]
    TooManyCertificates {
        /// How many there are.
        count: usize,
        /// How many are read.
        limit: usize,
    },
}

/// The lower library's texts would put what it read, byte by byte, into a log.
fn syntax(error: reader::Error) -> Error {
    match error {
        reader::Error::MissingSectionEnd { .. } => Error::CutOff,
        _ => Error::Garbled,
    }
}
