//! `HOST[:PORT]`: a host to dial.

use std::net::Ipv6Addr;
use std::str::FromStr;

use podcert_cli::settings::Problem;

/// A host, by name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl FromStr for Target {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if let Some(host) = host_alone(text) {
            return Ok(Self { host, port: DEFAULT_PORT });
        }
        let target = text.rsplit_once(':').and_then(|(host, port)| {
            let port = port.parse().ok().filter(|port| *port != 0)?;
            Some(Self { host: host_of(host)?, port })
        });
        target.ok_or_else(|| {
            let found = format!("{text:?} is not HOST[:PORT]");
            Problem::with_remedy(found, "write it as in nodes, 10.0.0.1:9100 or [fd00::1]:9100")
        })
    }
}

/// A host without a port. An IPv6 address is one with brackets or without.
fn host_alone(text: &str) -> Option<String> {
    match text.parse::<Ipv6Addr>() {
        Ok(address) => Some(address.to_string()),
        Err(_) => host_of(text),
    }
}

fn host_of(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[') {
        return Some(address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?.to_string());
    }
    // An IPv6 address without brackets has no end that could be seen.
    let is_name = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    is_name.then(|| text.to_owned())
}

/// That of `--listen` if none is set.
const DEFAULT_PORT: u16 = 9100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_hosts() {
        for (text, host) in [
            ("nodes.shop.svc.cluster.local:9100", "nodes.shop.svc.cluster.local"),
            ("10.0.0.1:9100", "10.0.0.1"),
            ("[fd00::1]:9100", "fd00::1"),
            ("nodes", "nodes"),
            ("fd00::1", "fd00::1"),
            ("[fd00::1]", "fd00::1"),
        ] {
            assert_eq!(text.parse(), Ok(Target { host: host.to_owned(), port: 9100 }), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["", "nodes:", ":9100", "nodes:0", "nodes:65536", "fd00::1::9100", "[nodes]:9100", "a b:1"]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
