//! `--listen`: the distribution's port, and the address if it is only one.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use podcert_cli::settings::Problem;

/// The port if none is set.
pub const DEFAULT_LISTEN: &str = "9100";

/// Where the distribution listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The only address to listen on; none means all of the node's address family.
    pub interface: Option<IpAddr>,
    /// The port, and without epmd the port of every peer.
    pub port: u16,
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.interface {
            Some(address) => SocketAddr::new(address, self.port).fmt(f),
            None => self.port.fmt(f),
        }
    }
}

impl FromStr for Listen {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let listen = match text.parse::<SocketAddr>() {
            Ok(address) => Self { interface: Some(address.ip()), port: address.port() },
            Err(_) => {
                let port = text.parse().map_err(|_| {
                    let found = format!("{text:?} is neither a port nor ADDRESS:PORT");
                    Problem::with_remedy(found, "write it as in 9100, 10.0.0.1:9100 or [fd00::1]:9100")
                })?;
                Self { interface: None, port }
            }
        };
        // Port 0 would be a different one at each start, which peers could not know.
        if listen.port == 0 {
            Err(Problem::with_remedy("port 0 is not a port to listen on", "choose one from 1 to 65535"))
        } else {
            Ok(listen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_or_after_an_address_is_accepted() {
        assert_eq!("9100".parse(), Ok(Listen { interface: None, port: 9100 }));
        let v4 = Listen { interface: Some(IpAddr::from([127, 0, 0, 11])), port: 1 };
        assert_eq!("127.0.0.11:1".parse(), Ok(v4));
        assert!("[fd00::1]:9100".parse::<Listen>().is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "0", "65536", "host:9100", "127.0.0.1", "fd00::1:", "9100 "] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }
}
