//! The Debian packages that the tests call commands from.

use std::io::{IsTerminal, Write, stdin, stdout};
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::environment;
use crate::step::Log;

/// A package, known to be there by a file that it brings.
pub struct Package {
    /// Its name in Debian and its derivatives.
    pub name: &'static str,
    /// The command that we call, or a file by its path.
    pub command: &'static str,
}

/// What the unit tests call: strace sees the order of writes, openssl is the second opinion on certificates.
pub const UNIT: [Package; 2] =
    [Package { name: "openssl", command: "openssl" }, Package { name: "strace", command: "strace" }];

/// What makes the root file systems, and networks with IPv6 addresses for nodes in them; debootstrap fetches with
/// wget.
pub const OTP: [Package; 3] = [
    Package { name: "debootstrap", command: "debootstrap" },
    Package { name: "iproute2", command: "ip" },
    Package { name: "wget", command: "wget" },
];

/// What compiles the parts of the static binaries that are written in C.
pub const MUSL: [Package; 1] = [Package { name: "musl-tools", command: "musl-gcc" }];

/// What the cluster's programs call, and what makes its namespaces and certificates.
pub const CLUSTER: [Package; 5] = [
    // CNI plugins are on nobody's PATH.
    Package { name: "containernetworking-plugins", command: "/usr/lib/cni/ptp" },
    Package { name: "iproute2", command: "ip" },
    Package { name: "nftables", command: "nft" },
    Package { name: "openssl", command: "openssl" },
    Package { name: "runc", command: "runc" },
];

/// Those whose command is not found, by name.
pub fn missing(packages: &[Package]) -> Vec<&'static str> {
    packages.iter().filter(|package| !is_there(package.command)).map(|package| package.name).collect()
}

fn is_there(file: &str) -> bool {
    if file.starts_with('/') { Path::new(file).exists() } else { environment::find(file).is_some() }
}

/// Whether we may install them.
pub fn can_install() -> bool {
    environment::is_root() && environment::find("apt-get").is_some()
}

/// Asks where somebody can answer; otherwise the plan has said it.
pub fn may_install(missing: &[&str]) -> Result<bool> {
    if !can_install() {
        return Ok(false);
    }
    if environment::in_ci() || !stdin().is_terminal() {
        return Ok(true);
    }
    print!("Install {} with apt-get now? [y/N] ", missing.join(", "));
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
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
