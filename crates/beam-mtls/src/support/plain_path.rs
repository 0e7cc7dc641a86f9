//! A directory whose name means the same to a shell, an args file and Erlang.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use podcert::diagnose;

/// An absolute path of letters, digits and `. _ @ : / , + = -`: the characters that neither an args file nor
/// a launcher's shell reads as something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainPath(String);

/// A path that is not plain.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} must be an absolute path of letters, digits and . _ @ : / , + = - only")]
pub struct Error(String);

diagnose!(Error { Self(_) => Usage() });

impl PlainPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl FromStr for PlainPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._@:/,+=-".contains(&b);
        if !text.starts_with('/') || !text.bytes().all(allowed) {
            return Err(Error(text.to_owned()));
        }
        // A repeated or trailing slash would be a different spelling of the same path.
        let tidied: PathBuf = Path::new(text).components().collect();
        Ok(Self(tidied.to_string_lossy().into_owned()))
    }
}

impl fmt::Display for PlainPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_is_taken_and_tidied() {
        assert_eq!("/run//beam-mtls/".parse::<PlainPath>().expect("plain").as_str(), "/run/beam-mtls");
    }

    #[test]
    fn what_a_shell_or_an_args_file_could_read_otherwise_is_refused() {
        for path in ["run", "", "/run/a b", "/run/$x", "/run/#", "/run/\"", "/run/{a}", "/run/ä", "/run/a\n"]
        {
            assert_eq!(path.parse::<PlainPath>(), Err(Error(path.into())));
        }
    }
}
