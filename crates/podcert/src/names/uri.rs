//! URIs for certificates: a subset that no text file, shell or Erlang term can misread.

use std::fmt;
use std::str::FromStr;

use crate::diagnose;

/// A URI such as `spiffe://cluster.local/ns/shop/sa/web`: a scheme, a colon, then ASCII characters that
/// RFC 3986 allows, except the single quote. URIs are compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    /// The URI as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uri {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let error = |problem| Error { text: text.to_owned(), problem };
        if text.len() > MAX_LENGTH {
            return Err(error("it is longer than 2048 characters"));
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(error("it lacks a scheme, as in spiffe://"));
        };
        if !is_scheme(scheme) {
            return Err(error("a scheme is a letter, then letters, digits, plus signs, hyphens and dots"));
        }
        if rest.trim_start_matches('/').is_empty() {
            return Err(error("nothing follows the scheme"));
        }
        if !rest.bytes().all(is_allowed) {
            return Err(error("it has a character that must be percent-encoded"));
        }
        if !escapes_are_whole(rest) {
            return Err(error("a percent sign must be followed by two hexadecimal digits"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a URI that we accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a URI for a certificate: {problem}")]
pub struct Error {
    text: String,
    problem: &'static str,
}

diagnose!(Error { Self { .. } => Usage() });

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&()*+,;=%".contains(&byte)
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        [digits.next(), digits.next()].iter().all(|digit| digit.is_some_and(|byte| byte.is_ascii_hexdigit()))
    })
}

const MAX_LENGTH: usize = 2048;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn uris_are_not_changed() {
        for text in ["spiffe://cluster.local/ns/shop/sa/web", "urn:uuid:1", "https://a.example/%7Eb?c=d#e"] {
            assert_eq!(text.parse::<Uri>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn an_error_names_the_problem() {
        let long = format!("urn:{}", "a".repeat(2048));
        for (text, expected) in [
            ("", "lacks a scheme"),
            ("cluster.local/ns", "lacks a scheme"),
            ("1a://b", "a scheme is"),
            (":b", "a scheme is"),
            ("spiffe://", "nothing follows"),
            ("urn:a b", "percent-encoded"),
            ("urn:a\nb", "percent-encoded"),
            ("urn:a'b", "percent-encoded"),
            ("urn:a\"b", "percent-encoded"),
            ("urn:a\\b", "percent-encoded"),
            ("urn:\u{fc}", "percent-encoded"),
            ("urn:a%2", "two hexadecimal"),
            ("urn:a%zz", "two hexadecimal"),
            (&long, "2048"),
        ] {
            let error = text.parse::<Uri>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_parsed_uri_is_safe_in_any_text_file(text in "\\PC{0,40}|[a-z]{1,5}:[a-zA-Z0-9%/'\"\\\\ \\n{}<>.-]{0,30}") {
            if let Ok(uri) = text.parse::<Uri>() {
                let safe = |byte: u8| byte.is_ascii_graphic() && !b"'\"\\<>{}|^`".contains(&byte);
                prop_assert!(uri.as_str().bytes().all(safe));
            }
        }
    }
}
