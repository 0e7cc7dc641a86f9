//! `--tls-versions`: which versions of TLS the distribution speaks.

use std::fmt;
use std::str::FromStr;

use podcert_cli::settings::Problem;

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

/// Versions, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsVersions(pub Vec<TlsVersion>);

impl fmt::Display for TlsVersion {
    /// As Erlang's module `ssl` writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1_2 => "tlsv1.2",
            Self::V1_3 => "tlsv1.3",
        })
    }
}

impl FromStr for TlsVersions {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let version = |item: &str| match item.trim() {
            "1.2" => Ok(TlsVersion::V1_2),
            "1.3" => Ok(TlsVersion::V1_3),
            other => Err(Problem::new(format!("{other:?} is neither 1.2 nor 1.3"))),
        };
        let mut versions = text.split(',').map(version).collect::<Result<Vec<_>, _>>()?;
        versions.sort_by(|a, b| b.cmp(a));
        versions.dedup();
        Ok(Self(versions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first() {
        let both = Ok(TlsVersions(vec![TlsVersion::V1_3, TlsVersion::V1_2]));
        assert_eq!("1.2, 1.3".parse(), both);
        assert_eq!("1.3,1.2,1.3".parse(), both);
        for text in ["", "1.1", "1.3,", "tlsv1.3"] {
            assert!(text.parse::<TlsVersions>().is_err(), "{text:?}");
        }
    }
}
