//! The Debian packages that the tests call commands from.

use std::process::Command;

use anyhow::Result;

use crate::environment;
use crate::step::Log;

/// A package, known to be there by a command that it brings.
pub struct Package {
    /// Its name in Debian and its derivatives.
    pub name: &'static str,
    /// The command that we call.
    pub command: &'static str,
}

/// What the unit tests call: strace sees the order of writes, openssl is the second opinion on certificates.
pub const UNIT: [Package; 2] =
    [Package { name: "openssl", command: "openssl" }, Package { name: "strace", command: "strace" }];

/// What makes the root file systems; debootstrap fetches with wget.
pub const OTP: [Package; 2] =
    [Package { name: "debootstrap", command: "debootstrap" }, Package { name: "wget", command: "wget" }];

/// What compiles the parts of the static binary that are written in C.
pub const MUSL: [Package; 1] = [Package { name: "musl-tools", command: "musl-gcc" }];

/// Those whose command is not found, by name.
pub fn missing(packages: &[Package]) -> Vec<&'static str> {
    packages
        .iter()
        .filter(|package| environment::find(package.command).is_none())
        .map(|package| package.name)
        .collect()
}

/// Whether we may install them.
pub fn can_install() -> bool {
    environment::is_root() && environment::find("apt-get").is_some()
}

/// Installs packages.
pub fn install(names: &[&str], log: &Log) -> Result<()> {
    // A foreign repository that is down need not matter: what counts is whether the packages come.
    if let Err(error) = log.run(apt_get().arg("update")) {
        log.write(&format!("{error:#}"))?;
    }
    log.run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(names))
}

/// How someone else can install them.
pub fn advice(names: &[&str]) -> String {
    format!("needs Debian packages: apt-get install {}", names.join(" "))
}

fn apt_get() -> Command {
    let mut apt_get = Command::new("apt-get");
    apt_get.env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}
