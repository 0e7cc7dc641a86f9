//! DNS names for certificates.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::diagnose;

/// A host name: lower case, at most 253 characters, no wildcard, no trailing dot. Parsing converts it to lower case;
/// anything else that is wrong is an error.
///
/// Parsing an IP address fails, because it is usually a mistake; only the conversion makes a DNS name of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(String);

impl DnsName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DnsName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let error = |problem| Error { text: text.to_owned(), problem };
        if text.is_empty() {
            return Err(error("it is empty"));
        }
        if text.len() > MAX_LENGTH {
            return Err(error("it is longer than 253 characters"));
        }
        if text.contains('*') {
            return Err(error("a wildcard does not identify a single pod"));
        }
        if text.ends_with('.') {
            return Err(error("leave out the trailing dot"));
        }
        for label in text.split('.') {
            if label.is_empty() || label.len() > MAX_LABEL_LENGTH {
                return Err(error("each part between dots must have 1 to 63 characters"));
            }
            if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return Err(error("only letters, digits, hyphens and dots are allowed"));
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Err(error("a part between dots must not start or end with a hyphen"));
            }
        }
        if text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(error(
                "the last part is a number, as in an IP address; IP addresses have a setting of their own",
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// An address as a DNS name, for peers that look for it only there.
impl From<IpAddr> for DnsName {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical().to_string())
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a DNS name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a DNS name: {problem}")]
pub struct Error {
    text: String,
    problem: &'static str,
}

diagnose!(Error { Self { .. } => Usage() });

const MAX_LABEL_LENGTH: usize = 63;
const MAX_LENGTH: usize = 253;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_converted_to_lower_case() {
        for (text, name) in
            [("web-0", "web-0"), ("Web-0.Web.NS.svc", "web-0.web.ns.svc"), ("1.2.3.a", "1.2.3.a")]
        {
            assert_eq!(text.parse::<DnsName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn an_error_names_the_problem() {
        let long = format!("{}.a", "a".repeat(252));
        for (text, expected) in [
            ("", "empty"),
            (&*long, "253"),
            (&"a".repeat(64), "63"),
            ("*.example", "wildcard"),
            ("example.", "trailing dot"),
            (".example", "1 to 63"),
            ("a..b", "1 to 63"),
            ("a_b", "only letters"),
            ("a b", "only letters"),
            ("b\u{fc}cher", "only letters"),
            ("-a.b", "hyphen"),
            ("a-.b", "hyphen"),
            ("10.0.0.1", "IP address"),
            ("7", "IP address"),
        ] {
            let error = text.parse::<DnsName>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_is_converted_in_its_shortest_form() {
        for (address, name) in [("::ffff:10.0.0.1", "10.0.0.1"), ("FD00:0::1", "fd00::1")] {
            assert_eq!(DnsName::from(address.parse::<IpAddr>().unwrap()).as_str(), name);
        }
    }

    proptest! {
        #[test]
        fn a_parsed_name_is_safe_in_any_text_file(text in "\\PC{0,40}|[a-zA-Z0-9.*_\\n'\"-]{0,80}") {
            if let Ok(name) = text.parse::<DnsName>() {
                prop_assert!(name.as_str().bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')));
                prop_assert!(!name.as_str().is_empty() && name.as_str().len() <= 253);
                prop_assert_eq!(name.as_str().parse::<DnsName>().unwrap(), name);
            }
        }
    }
}
