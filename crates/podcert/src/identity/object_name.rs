//! Names and UIDs of Kubernetes objects. They are types of their own because they become part of paths, labels and names.

use std::fmt;
use std::str::FromStr;

use crate::diagnose;

/// The name of a Kubernetes object: lower-case letters, digits, hyphens and dots, at most 253 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName(String);

/// The UID of a Kubernetes object: letters, digits and hyphens, at most 63 characters, so that it fits into a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uid(String);

impl ObjectName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Uid {
    /// The UID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        if is_name(text, 253, allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Name(text.to_owned()))
        }
    }
}

impl FromStr for Uid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if is_name(text, 63, allowed) { Ok(Self(text.to_owned())) } else { Err(Error::Uid(text.to_owned())) }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a name or a UID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not a name.
    #[error("{0:?} is not the name of a Kubernetes object")]
    Name(String),
    /// It is not a UID.
    #[error("{0:?} is not the UID of a Kubernetes object")]
    Uid(String),
}

diagnose!(Error {
    Self::Name(_) => Usage("use lower-case letters, digits, hyphens and dots"),
    Self::Uid(_) => Usage("use letters, digits and hyphens"),
});

fn is_name(text: &str, longest: usize, allowed: impl Fn(u8) -> bool) -> bool {
    let ends_well = |end: Option<u8>| end.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= longest
        && text.bytes().all(allowed)
        && ends_well(text.bytes().next())
        && ends_well(text.bytes().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_uids_of_kubernetes_are_accepted() {
        for text in ["web-0", "7", "a.b", &"a".repeat(253)] {
            assert_eq!(text.parse::<ObjectName>().unwrap().as_str(), text);
        }
        for text in ["0b1e7a1c-34a5-4a0e-9d8d-0d4d5c2f9a11", "f1d2d2f924e986ac86fdf7b36c94bcdf"] {
            assert_eq!(text.parse::<Uid>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "A", "a/b", "a b", "-a", "a-", "a.", "..", "\u{fc}", "a\n", &"a".repeat(254)] {
            assert_eq!(text.parse::<ObjectName>(), Err(Error::Name(text.to_owned())));
        }
        for text in ["", "a.b", "a/b", "-a", "a\n", &"a".repeat(64)] {
            assert_eq!(text.parse::<Uid>(), Err(Error::Uid(text.to_owned())));
        }
    }
}
