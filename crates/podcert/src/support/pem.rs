//! Reads certificates from PEM, and writes PEM that contains nothing else. Input is bytes as people have them: with a byte
//! order mark, comments in any encoding, any line endings, and openssl's older labels.

mod container;
mod error;
mod openssl_trust;
mod sections;

use pem::{EncodeConfig, LineEnding, Pem};
use rustls_pki_types::CertificateDer;

pub use error::Error;

use self::container::Container;
use self::sections::{Section, sections};
use super::secret::Secret;

/// All certificates in a PEM file; other sections, and text between sections, are ignored.
pub(crate) fn certificates(file: &[u8], limits: Limits) -> Result<Vec<CertificateDer<'static>>, Error> {
    if file.len() > limits.bytes {
        return Err(Error::TooLong { bytes: file.len(), limit: limits.bytes });
    }
    let mut certificates = Vec::new();
    let mut labels = Vec::new();
    for section in sections(file) {
        let section = section?;
        match section.label.as_str() {
            CERTIFICATE | "X509 CERTIFICATE" => certificates.push(decode(&section)?.into()),
            "TRUSTED CERTIFICATE" => {
                let position = certificates.len() + 1;
                certificates.push(openssl_trust::certificate(decode(&section)?, position)?.into());
            }
            label => labels.push(label.to_owned()),
        }
    }
    match certificates.len() {
        0 => Err(no_certificate(file, labels)),
        count if count > limits.certificates => {
            Err(Error::TooManyCertificates { count, limit: limits.certificates })
        }
        _ => Ok(certificates),
    }
}

/// Whether a PEM file contains a private key. The key is not decoded.
pub fn holds_private_key(file: &[u8]) -> bool {
    sections(file).flatten().any(|section| section.label.ends_with("PRIVATE KEY"))
}

/// The DER of a private key, if it is PKCS#8 in PEM, as a store holds it.
pub fn pkcs8_key(file: &Secret<String>) -> Option<Secret<Vec<u8>>> {
    let key = pem::parse(file.expose()).ok().filter(|key| key.tag() == "PRIVATE KEY")?;
    Some(Secret::new(key.into_contents()))
}

/// Certificates as PEM, in the given order.
pub(crate) fn encode<'a>(certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    let encode = |der: &CertificateDer<'_>| pem::encode_config(&Pem::new(CERTIFICATE, der.to_vec()), config);
    certificates.into_iter().map(encode).collect()
}

/// The largest PEM file that is read.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) certificates: usize,
}

/// Decodes a section. The library's errors are dropped, because they contain what was read.
fn decode(section: &Section) -> Result<Vec<u8>, Error> {
    pem::parse(&section.text).map(Pem::into_contents).map_err(|_| Error::Garbled)
}

fn no_certificate(file: &[u8], labels: Vec<String>) -> Error {
    match Container::of(file, &labels) {
        Some(container) => Error::Container(container),
        None => Error::NoCertificate { labels },
    }
}

const CERTIFICATE: &str = "CERTIFICATE";
