//! Why an address has not answered as it should, as a line of the table.

use std::fmt;
use std::io;

use podcert::diagnose::ErrorClass;
use rustls::{AlertDescription, CertificateError};

use super::distribution;

/// What went wrong with one address.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It ended TLS, before it had seen our certificate or after.
    Alert { alert: AlertDescription, has_seen_ours: bool },
    /// Its certificate is wrong.
    Certificate(String),
    /// It has a different cookie.
    Cookie { node: String },
    /// No connection, or one that broke.
    Io(io::Error),
    /// It did not ask for our certificate.
    NoRequest,
    /// It answers, but not as a node does.
    NotDistribution,
    /// It answers, but not in TLS.
    NotTls,
    /// It has the certificate of a different node.
    OtherName { node: String },
    /// A node without TLS.
    PlainTcp { node: String },
    /// It does not let us in under this name.
    Refused { name: String, status: String },
    /// Something else of TLS.
    Tls(rustls::Error),
    /// Its certificate belongs to a different workload.
    Uris(String),
}

impl Failure {
    /// The class that decides the exit code.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            Self::Certificate(_) | Self::NoRequest | Self::OtherName { .. } | Self::Uris(_) => {
                ErrorClass::Data
            }
            Self::Alert { has_seen_ours: true, .. } | Self::Cookie { .. } | Self::Refused { .. } => {
                ErrorClass::Refused
            }
            Self::Alert { .. }
            | Self::Io(_)
            | Self::NotDistribution
            | Self::NotTls
            | Self::PlainTcp { .. }
            | Self::Tls(_) => ErrorClass::Unavailable,
        }
    }

    /// What became of the first step of Erlang's handshake, inside of TLS.
    pub(super) fn of_introduction(error: distribution::Error, name: String) -> Self {
        match error {
            distribution::Error::Io(error) => match Self::from(error) {
                Self::Alert { alert, .. } => Self::Alert { alert, has_seen_ours: true },
                failure => failure,
            },
            distribution::Error::NotDistribution => Self::NotDistribution,
            distribution::Error::Refused(status) => Self::Refused { name, status },
        }
    }
}

impl From<io::Error> for Failure {
    /// rustls wraps its errors in those of its stream.
    fn from(error: io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => error.clone().into(),
            None => Self::Io(error),
        }
    }
}

impl From<rustls::Error> for Failure {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::AlertReceived(alert) => Self::Alert { alert, has_seen_ours: false },
            rustls::Error::InvalidCertificate(error) => Self::Certificate(certificate_error(&error)),
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            error => Self::Tls(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert { alert, has_seen_ours: true } => {
                write!(f, "it refuses our certificate{} (TLS alert {alert:?})", why(*alert))
            }
            Self::Alert { alert, has_seen_ours: false } => write!(f, "it refuses TLS (alert {alert:?})"),
            Self::Certificate(problem) => write!(f, "its certificate {problem}"),
            Self::Cookie { node } => write!(f, "it is {node}, but its cookie differs from ours"),
            Self::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
                f.write_str("it does not answer in time")
            }
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("it closed the connection without giving a reason; its log may say why")
            }
            Self::Io(error) => write!(f, "{error}"),
            Self::NoRequest => {
                f.write_str("it does not ask for a certificate, so it would accept any client")
            }
            Self::NotDistribution => f.write_str("it speaks TLS, but not Erlang's distribution"),
            Self::NotTls => f.write_str("it does not speak TLS"),
            Self::OtherName { node } => {
                write!(f, "it claims to be {node}, but its certificate does not contain that host")
            }
            Self::PlainTcp { node } => {
                write!(f, "it is {node}, but speaks Erlang's distribution without TLS")
            }
            Self::Refused { name, status } => {
                write!(f, "it refuses {name}: {status}; its log may say why")
            }
            Self::Tls(error) => f.write_str(&clean(error)),
            Self::Uris(uris) => {
                write!(f, "its certificate has none of the URIs of --peers (BEAM_MTLS_PEERS), but {uris}")
            }
        }
    }
}

/// The other side's reason, if its alert gives one. Its log always does.
fn why(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::UnknownCA => ", whose CA it does not know",
        AlertDescription::CertificateExpired => ", which has expired by its clock",
        _ => "; its log says why",
    }
}

fn certificate_error(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "is not for servers".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "does not name this address".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet".to_owned()
        }
        CertificateError::UnknownIssuer => "was issued by none of the CAs in ca.crt".to_owned(),
        other => format!("is wrong: {}", clean(other)),
    }
}

/// Errors may hold what the other side wrote.
fn clean(text: &impl ToString) -> String {
    text.to_string().escape_debug().to_string()
}
