//! What can be wrong with a PEM file. Nothing of its content is repeated but labels.

use crate::diagnose;

pub use super::container::Container;

/// A file that is not usable PEM.
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
    /// Something that is not base64, or a broken line -----BEGIN.
    #[error("it is not valid PEM")]
    Garbled,
    /// Nothing in it, or nothing but other things.
    #[error("it does not contain a certificate{}", instead(labels))]
    NoCertificate { labels: Vec<String> },
    /// openssl is told not to trust it at both ends of a connection.
    #[error(
        "certificate {position} is a TRUSTED CERTIFICATE that openssl does not trust for both TLS servers and clients"
    )]
    NotTrustedForTls { position: usize },
    /// Longer than we read.
    #[error("it has {bytes} bytes, but at most {limit} are read")]
    TooLong { bytes: usize, limit: usize },
    /// More than we read.
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

/// The labels that are in the file instead. They may be anybody's text.
fn instead(labels: &[String]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let shown: String = labels.join(", ").escape_default().take(MAX_LABELS).collect();
    format!(", only {shown}")
}

const MAX_LABELS: usize = 100;
