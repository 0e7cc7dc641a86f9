//! What all scenarios run on: root file systems, the static binary, and a part of 127.0.0.0/8 that no other run of
//! them uses at the same time.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;

use crate::nodes::networks::Networks;
use crate::nodes::otp::Otp;

/// The fixtures, one for all scenarios of a run.
#[derive(Debug)]
pub struct Fixtures {
    roots: PathBuf,
    binary: PathBuf,
    networks: Mutex<Networks>,
}

impl Fixtures {
    /// The fixtures that the environment names, or what is missing, with the command that makes it.
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
        Ok(Self { roots, binary, networks: Mutex::new(Networks::claim()?) })
    }

    /// The root file system with a release.
    pub fn root(&self, otp: Otp) -> PathBuf {
        self.roots.join(otp.release())
    }

    /// The binary under test.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The first three bytes of addresses that no other test bed has.
    pub(crate) fn claim_subnet(&self) -> [u8; 3] {
        let mut networks = self.networks.lock().expect("networks that is not poisoned");
        networks.subnet().unwrap_or_else(|problem| panic!("{problem}"))
    }
}

/// The real time: nodes know no other.
#[expect(clippy::disallowed_methods, reason = "the door for the time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The port of the distribution, on all nodes.
pub const PORT: u16 = 9100;

const ROOTS: &str = "BEAM_MTLS_OTP_ROOTS";
const BINARY: &str = "BEAM_MTLS_BINARY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_the_command_that_makes_it() {
        let error = Fixtures::new(PathBuf::new(), PathBuf::new()).expect_err("nothing is there");
        assert!(error.starts_with(BINARY) && error.contains("cargo xtask test beam"), "{error}");
        let error = Fixtures::new(PathBuf::new(), "/bin/sh".into()).expect_err("no roots");
        assert!(error.starts_with(ROOTS) && error.contains("otp25"), "{error}");
    }
}
