//! What can be wrong with a PEM file. Errors repeat only labels, nothing else of its content.

use crate::diagnose;

pub use super::container::Container;

/// Why a file is not usable PEM.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// It holds certificates in a different form.
    #[error("it is {0}, not PEM")]
    Container(Container),
    /// It ends too early.
    #[error("it is truncated: an -----END line is missing")]
    CutOff,
    /// It contains something that is not base64, or a broken -----BEGIN line.
    #[error("it is not valid PEM")]
    Garbled,
    /// It is empty, or contains only other things.
    #[error("it does not contain a certificate{}", instead(labels))]
    NoCertificate { labels: Vec<String> },
    /// It contains a setting by which openssl does not trust it at both ends of a connection.
    #[error(
        "certificate {position} is a TRUSTED CERTIFICATE that openssl does not trust for both TLS servers and clients"
    )]
    NotTrustedForTls { position: usize },
    /// It is longer than the limit.
    #[error("it has {bytes} bytes, but at most {limit} are read")]
    TooLong { bytes: usize, limit: usize },
    /// It has more certificates than the limit.
    #[error("it has {count} certificates, but at most {limit} are read")]
    TooManyCertificates { count: usize, limit: usize },
}

diagnose!(Error {
    Self::Container(container) => Data("convert it with `{}`", container.command()),
    Self::CutOff => Data("copy the whole file again"),
    Self::Garbled => Data("copy the file again"),
    Self::NoCertificate { .. } => Data("use a file that contains -----BEGIN CERTIFICATE-----"),
    Self::NotTrustedForTls { .. } => Data("remove it"),
    Self::TooLong { .. } => Data("remove what is not needed"),
    Self::TooManyCertificates { .. } => Data("remove the certificates that are not needed"),
});

/// The labels in the file. They may be any text, so they are escaped and shortened.
fn instead(labels: &[String]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let shown: String = labels.join(", ").escape_default().take(MAX_LABELS).collect();
    format!(", only {shown}")
}

const MAX_LABELS: usize = 100;
