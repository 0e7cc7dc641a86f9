//! A node's name, `base@host`, parsed once. Only long names (`-name`) are supported: certificates do not contain the
//! host of a short name.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use podcert::diagnose;
use podcert::identity::Identity;
use podcert::names::DnsName;

/// A node's name as Erlang's `-name` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeName {
    base: BaseName,
    host: Host,
}

/// The part before the `@`: letters, digits, `_` and `-` (the rule of OTP's `net_kernel`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseName(String);

/// The part after the `@`: the host by which the node is reached, and which its certificate must contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A fully qualified name.
    Fqdn(DnsName),
    /// An address.
    Ip(IpAddr),
}

/// A text that is not a node name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The part before the `@`.
    #[error(
        "{0:?} is not a base name: it may contain only letters, digits, `_` and `-`, and must be neither empty nor `undefined`"
    )]
    Base(String),
    /// The part after the `@`.
    #[error(
        "the host {0:?} is neither an IP address nor a fully qualified name (lower case, with a dot, without \
         one at the end)"
    )]
    Host(String),
    /// An address that Erlang writes differently, so that two names would mean the same node.
    #[error("the host {0} must be written as {1}: nodes compare names letter by letter")]
    NotCanonical(String, IpAddr),
    /// No `@`, or more than one.
    #[error("{0:?} is not a node name")]
    Shape(String),
}

diagnose!(Error {
    Self::Base(_) => Usage(),
    Self::Host(_) => Usage(),
    Self::NotCanonical(..) => Usage(),
    Self::Shape(_) => Usage("write it as NAME@HOST, with one @"),
});

impl NodeName {
    /// Joins a base name and a host.
    pub fn new(base: BaseName, host: Host) -> Self {
        Self { base, host }
    }

    /// The part before the `@`.
    pub fn base(&self) -> &BaseName {
        &self.base
    }

    /// The part after the `@`.
    pub fn host(&self) -> &Host {
        &self.host
    }
}

impl Host {
    /// Whether it leads to the same machine wherever it is looked up.
    pub fn is_loopback(&self) -> bool {
        matches!(self, Self::Ip(address) if address.is_loopback())
    }
}

impl FromStr for NodeName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once('@') {
            Some((base, host)) if !host.contains('@') && !host.is_empty() => {
                Ok(Self { base: base.parse()?, host: host.parse()? })
            }
            _ => Err(Error::Shape(text.to_owned())),
        }
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.base.0, self.host)
    }
}

impl fmt::Display for BaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BaseName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        // To OTP `undefined` means a name that a peer chooses, and no listener. An atom holds 255 characters, the
        // host's among them; OTP reports it only at boot.
        if text.is_empty() || text == "undefined" || text.len() > 100 || !text.chars().all(allowed) {
            return Err(Error::Base(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Host {
    /// What a certificate names it by.
    pub fn identity(&self) -> Identity {
        match self {
            Self::Fqdn(name) => Identity { dns_names: BTreeSet::from([name.clone()]), ..Identity::default() },
            Self::Ip(address) => Identity { ip_addresses: BTreeSet::from([*address]), ..Identity::default() },
        }
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(address) = text.parse::<IpAddr>() {
            // `inet:ntoa/1` and this library write addresses alike (RFC 5952), mapped ones excepted.
            let canonical = address.to_canonical();
            if canonical.to_string() != text {
                return Err(Error::NotCanonical(text.to_owned(), canonical));
            }
            return Ok(Self::Ip(address));
        }
        match text.parse::<DnsName>() {
            Ok(name) if name.as_str() == text && text.contains('.') => Ok(Self::Fqdn(name)),
            _ => Err(Error::Host(text.to_owned())),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fqdn(name) => write!(f, "{name}"),
            Self::Ip(address) => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> Error {
        text.parse::<NodeName>().expect_err(text)
    }

    #[test]
    fn addresses_and_fully_qualified_names_are_hosts() {
        for text in ["app@10.0.0.1", "app@fd00::1", "my-app_1@pod-0.app.ns.svc.cluster.local"] {
            assert_eq!(text.parse::<NodeName>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn a_name_without_a_host_is_refused() {
        assert_eq!(error("app"), Error::Shape("app".into()));
        assert_eq!(error("app@"), Error::Shape("app@".into()));
        assert_eq!(error("a@b.c@d.e"), Error::Shape("a@b.c@d.e".into()));
    }

    #[test]
    fn a_host_without_a_dot_or_in_upper_case_is_refused() {
        for host in ["localhost", "Pod.ns.svc", "pod.ns.svc.", "*.ns.svc", "pod ns.svc", "pod.ns\n"] {
            assert_eq!(error(&format!("app@{host}")), Error::Host(host.into()));
        }
    }

    #[test]
    fn a_base_that_a_shell_or_erlang_could_read_otherwise_is_refused() {
        for base in ["", "undefined", "a b", "$(id)", "a\"b", "a'b", "ä", "a\nb", "{a}"] {
            assert_eq!(error(&format!("{base}@10.0.0.1")), Error::Base(base.into()));
        }
    }

    #[test]
    fn an_address_has_one_spelling() {
        assert!(matches!(error("app@fd00:0::1"), Error::NotCanonical(_, _)));
        assert!(matches!(error("app@FD00::1"), Error::NotCanonical(_, _)));
        assert!(matches!(error("app@::ffff:10.0.0.1"), Error::NotCanonical(_, _)));
    }
}
