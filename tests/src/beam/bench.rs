//! What all scenarios run on: root file systems, the static binary, and a part of 127.0.0.0/8 that no other run of
//! them uses at the same time.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use jiff::Timestamp;

use crate::beam::otp::Otp;

/// The bench, one for all scenarios of a run.
#[derive(Debug)]
pub struct Bench {
    roots: PathBuf,
    binary: PathBuf,
    network: u8,
    next_subnet: AtomicU8,
    /// Held as long as the network is ours.
    _claim: TcpListener,
}

impl Bench {
    /// The bench that the environment names, or what is missing, with the command that makes it.
    #[expect(clippy::disallowed_methods, reason = "the door for the environment")]
    pub fn from_environment() -> Result<Self, String> {
        Self::new(
            std::env::var_os(ROOTS).unwrap_or_default().into(),
            std::env::var_os(BINARY).unwrap_or_default().into(),
        )
    }

    fn new(roots: PathBuf, binary: PathBuf) -> Result<Self, String> {
        let advice = "run `cargo xtask test beam`, which makes it";
        if !binary.is_absolute() || !binary.is_file() {
            return Err(format!(
                "{BINARY} ({}) is not the absolute path of a binary; {advice}",
                binary.display()
            ));
        }
        for otp in Otp::ALL {
            let erl = roots.join(otp.release()).join("usr/bin/erl");
            if !roots.is_absolute() || !erl.exists() {
                return Err(format!("{ROOTS} ({}) has no root of {otp}; {advice}", roots.display()));
            }
        }
        let (network, claim) = (FIRST_NETWORK..=u8::MAX)
            .find_map(|network| Some((network, TcpListener::bind((claimed(network), PORT)).ok()?)))
            .ok_or_else(|| format!("all of 127.0.0.0/8 is in use at port {PORT}; end the other runs"))?;
        Ok(Self { roots, binary, network, next_subnet: AtomicU8::new(1), _claim: claim })
    }

    /// The root file system with a release.
    pub fn root(&self, otp: Otp) -> PathBuf {
        self.roots.join(otp.release())
    }

    /// The binary under test.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Three bytes of addresses that nobody else has.
    pub(crate) fn claim_subnet(&self) -> [u8; 3] {
        let subnet = self.next_subnet.fetch_add(1, Ordering::Relaxed);
        assert!(subnet < u8::MAX, "there are too many scenarios for one network");
        [127, self.network, subnet]
    }
}

/// The real time: nodes know no other.
#[expect(clippy::disallowed_methods, reason = "the door for the time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The port of the distribution, on all nodes.
pub const PORT: u16 = 9100;

/// An address of a network that nodes never use: who listens there has the network.
fn claimed(network: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, network, u8::MAX, 254)
}

const ROOTS: &str = "BEAM_MTLS_OTP_ROOTS";
const BINARY: &str = "BEAM_MTLS_BINARY";
const FIRST_NETWORK: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_the_command_that_makes_it() {
        let error = Bench::new(PathBuf::new(), PathBuf::new()).expect_err("nothing is there");
        assert!(error.starts_with(BINARY) && error.contains("cargo xtask test beam"), "{error}");
        let error = Bench::new(PathBuf::new(), "/bin/sh".into()).expect_err("no roots");
        assert!(error.starts_with(ROOTS) && error.contains("otp25"), "{error}");
    }
}
