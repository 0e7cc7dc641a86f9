//! The Debian packages whose commands we call.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::environment;
use crate::log::Log;

/// A package, recognized as installed by one of its files.
pub struct Package {
    /// Its name in Debian and its derivatives.
    pub name: &'static str,
    /// The command that we call, or the absolute path of a file.
    pub command: &'static str,
}

/// For the unit tests: strace shows the order of writes, openssl checks certificates independently of our code.
pub const UNIT: [Package; 2] =
    [Package { name: "openssl", command: "openssl" }, Package { name: "strace", command: "strace" }];

/// For the root file systems, and for networks with IPv6 addresses for nodes in them. debootstrap downloads with wget.
pub const OTP: [Package; 3] = [
    Package { name: "debootstrap", command: "debootstrap" },
    Package { name: "iproute2", command: "ip" },
    Package { name: "wget", command: "wget" },
];

/// For the parts of the static binaries that are written in C.
pub const MUSL: [Package; 1] = [Package { name: "musl-tools", command: "musl-gcc" }];

/// For the benchmarks: shows how much memory a process uses.
pub const BENCH: [Package; 1] = [Package { name: "time", command: "time" }];

/// For the cluster: what its programs call, and what makes its namespaces and certificates.
pub const CLUSTER: [Package; 5] = [
    // CNI plugins are not on PATH.
    Package { name: "containernetworking-plugins", command: "/usr/lib/cni/ptp" },
    Package { name: "iproute2", command: "ip" },
    Package { name: "nftables", command: "nft" },
    Package { name: "openssl", command: "openssl" },
    Package { name: "runc", command: "runc" },
];

/// The names of the packages that are not installed.
pub fn missing(packages: &[Package]) -> Vec<&'static str> {
    packages.iter().filter(|package| !is_installed(package.command)).map(|package| package.name).collect()
}

fn is_installed(file: &str) -> bool {
    if file.starts_with('/') { Path::new(file).exists() } else { environment::find(file).is_some() }
}

/// Whether we can install packages.
pub fn can_install() -> bool {
    environment::is_root() && environment::find("apt-get").is_some()
}

/// Installs packages.
pub fn install(names: &[&str], log: &Log) -> Result<()> {
    // A third-party repository may be down. What matters is whether the packages can be installed.
    if let Err(error) = log.run(apt_get().arg("update")) {
        log.write(&format!("{error:#}"))?;
    }
    log.run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(names))
}

/// What to do if we cannot install them.
pub fn advice(names: &[&str]) -> String {
    format!("needs Debian packages: apt-get install {}", names.join(" "))
}

fn apt_get() -> Command {
    let mut apt_get = Command::new("apt-get");
    apt_get.env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}
