//! What a file without a PEM certificate may be instead, and the command that converts it to PEM.

use std::fmt;

use x509_parser::asn1_rs::{Any, FromDer, Oid, oid};

use crate::support::x509;

/// A file that holds certificates in a different form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Container {
    /// One certificate in DER.
    Der,
    /// PKCS#7 in DER.
    Pkcs7Der,
    /// PKCS#7 in PEM.
    Pkcs7Pem,
    /// PKCS#12.
    Pkcs12,
    /// Text in UTF-16.
    Utf16,
}

impl Container {
    /// Recognizes a file by its bytes and the labels of its PEM sections.
    pub(super) fn of(file: &[u8], labels: &[String]) -> Option<Self> {
        if labels.iter().any(|label| PKCS7_LABELS.contains(&label.as_str())) {
            return Some(Self::Pkcs7Pem);
        }
        if UTF_16.iter().any(|mark| file.starts_with(mark)) {
            return Some(Self::Utf16);
        }
        if x509::parse(file).is_some() {
            return Some(Self::Der);
        }
        let (_, outer) = Any::from_der(file).ok()?;
        let (rest, first) = Any::from_der(outer.data).ok()?;
        if first.clone().oid().is_ok_and(|kind| kind == SIGNED_DATA) {
            return Some(Self::Pkcs7Der);
        }
        // PKCS#12 starts with a version, followed by the content.
        let (_, content) = Any::from_der(rest).ok()?;
        let (_, kind) = Oid::from_der(content.data).ok()?;
        (first.u32() == Ok(3) && [DATA, SIGNED_DATA].contains(&kind)).then_some(Self::Pkcs12)
    }

    /// The command that converts it to PEM.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Der => "openssl x509 -inform DER -in FILE -out PEM-FILE",
            Self::Pkcs7Der => "openssl pkcs7 -inform DER -in FILE -print_certs -out PEM-FILE",
            Self::Pkcs7Pem => "openssl pkcs7 -in FILE -print_certs -out PEM-FILE",
            Self::Pkcs12 => "openssl pkcs12 -in FILE -nokeys -out PEM-FILE",
            Self::Utf16 => "iconv -f UTF-16 -t UTF-8 -o PEM-FILE FILE",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Der => "a certificate in DER",
            Self::Pkcs7Der | Self::Pkcs7Pem => "a PKCS#7 file",
            Self::Pkcs12 => "a PKCS#12 file",
            Self::Utf16 => "UTF-16 text",
        })
    }
}

const DATA: Oid<'static> = oid!(1.2.840.113549.1.7.1);
const SIGNED_DATA: Oid<'static> = oid!(1.2.840.113549.1.7.2);
const PKCS7_LABELS: [&str; 2] = ["PKCS7", "PKCS #7 SIGNED DATA"];
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
