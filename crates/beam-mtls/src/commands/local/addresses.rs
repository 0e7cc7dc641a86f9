//! Loopback addresses for the nodes, and a port that is free on all of them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};

use podcert::diagnose;

/// The last byte of the first node's address: far from 127.0.0.1, on which others listen.
const FIRST: u8 = 11;

/// How often a port that is free on the first address may turn out to be taken on another.
const PORT_TRIES: usize = 20;

/// Addresses that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No port was free on every address.
    #[error("no port is free on all of the loopback addresses")]
    NoPort,
    /// An address that this machine does not have; on macOS only 127.0.0.1 is there.
    #[error("{} missing on this machine", plural(addresses))]
    Missing {
        /// All that are missing.
        addresses: Vec<Ipv4Addr>,
        /// The cause.
        source: io::Error,
    },
}

diagnose!(Error {
    Self::NoPort => Settings(),
    Self::Missing { addresses, .. } => Settings("add {} and try again:\n{}", if addresses.len() == 1 { "it" } else { "them" }, commands(addresses)),
});

/// `count` addresses, and one port that is free on each.
pub fn choose(count: u8) -> Result<(Vec<IpAddr>, u16), Error> {
    let addresses: Vec<Ipv4Addr> =
        (FIRST..FIRST + count).map(|last| Ipv4Addr::new(127, 0, 0, last)).collect();
    let port = free_port(&addresses)?;
    Ok((addresses.into_iter().map(IpAddr::V4).collect(), port))
}

fn free_port(addresses: &[Ipv4Addr]) -> Result<u16, Error> {
    let mut missing = Vec::new();
    let mut cause = None;
    for address in addresses {
        if let Err(error) = TcpListener::bind((*address, 0)) {
            missing.push(*address);
            cause = Some(error);
        }
    }
    if let Some(source) = cause {
        return Err(Error::Missing { addresses: missing, source });
    }
    (0..PORT_TRIES).find_map(|_| port_on_all(addresses).ok()).ok_or(Error::NoPort)
}

fn port_on_all(addresses: &[Ipv4Addr]) -> io::Result<u16> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in addresses {
        let port = listeners.first().map_or(Ok(0), |first| Ok::<_, io::Error>(first.local_addr()?.port()))?;
        listeners.push(TcpListener::bind((*address, port))?);
    }
    listeners.first().ok_or(io::ErrorKind::InvalidInput)?.local_addr().map(|address| address.port())
}

fn plural(addresses: &[Ipv4Addr]) -> String {
    let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    format!("{} {}", list.join(", "), if addresses.len() == 1 { "is" } else { "are" })
}

fn commands(addresses: &[Ipv4Addr]) -> String {
    let command = |address: &Ipv4Addr| {
        if cfg!(target_os = "macos") {
            format!("  sudo ifconfig lo0 alias {address} up")
        } else {
            format!("  sudo ip address add {address}/8 dev lo")
        }
    };
    addresses.iter().map(command).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use podcert::diagnose::explain;

    use super::*;

    #[test]
    fn a_missing_address_comes_with_the_command_that_adds_it() {
        let addresses = vec![Ipv4Addr::new(127, 0, 0, 11), Ipv4Addr::new(127, 0, 0, 12)];
        let error = Error::Missing { addresses, source: io::ErrorKind::AddrNotAvailable.into() };
        let text = explain(&error);
        assert!(text.starts_with("127.0.0.11, 127.0.0.12 are missing"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
}
