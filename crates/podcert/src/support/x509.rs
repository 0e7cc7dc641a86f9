//! What the trust bundle and verification both need from x509-parser.

use jiff::Timestamp;
use ring::digest;
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use super::hex;

/// A certificate's fields, if the bytes are exactly one certificate.
pub(crate) fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Some(certificate),
        Ok(_) | Err(_) => None,
    }
}

/// Whether it may sign certificates: its basic constraints say so, and so does its key usage, if it has one.
pub(crate) fn is_ca(certificate: &X509Certificate<'_>) -> bool {
    let constraints = certificate.basic_constraints().ok().flatten();
    let usage_allows =
        certificate.key_usage().is_ok_and(|usage| usage.is_none_or(|it| it.value.key_cert_sign()));
    constraints.is_some_and(|it| it.value.ca) && usage_allows
}

/// A time of X.509 in jiff's range. X.509's last second, 9999-12-31T23:59:59Z, is beyond it and becomes jiff's last.
pub(crate) fn timestamp(time: ASN1Time) -> Timestamp {
    let outermost = if time.timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(time.timestamp()).unwrap_or(outermost)
}

/// The SHA-256 hash of a certificate, in hexadecimal.
pub(crate) fn fingerprint(der: &CertificateDer<'_>) -> String {
    hex::encode(digest::digest(&digest::SHA256, der).as_ref())
}

/// The start and the end of a certificate's validity.
pub(crate) fn validity(certificate: &X509Certificate<'_>) -> (Timestamp, Timestamp) {
    let validity = certificate.validity();
    (timestamp(validity.not_before), timestamp(validity.not_after))
}
