//! Static builds of beam-mtls and podcert, which go into images of any distribution.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment;
use crate::log::Log;
use crate::workspace::Workspace;

/// The target of static builds on this machine.
pub fn target() -> String {
    format!("{ARCH}-unknown-linux-musl")
}

/// Whether the toolchain can build for a target.
pub fn is_installed(target: &str) -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// The directory in which [`build`] leaves the binaries.
pub fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target.join(target()).join("release")
}

/// The path of one of these binaries.
pub fn binary(workspace: &Workspace, name: &str) -> PathBuf {
    directory(workspace).join(name)
}

/// Installs a target with rustup if the toolchain lacks it.
pub fn ensure_target(target: &str, log: &Log) -> Result<()> {
    if is_installed(target) {
        return Ok(());
    }
    log.run(Command::new("rustup").args(["target", "add", target]))
        .with_context(|| format!("the Rust toolchain lacks the target {target}"))
}

/// Builds the binaries.
pub fn build(workspace: &Workspace, log: &Log) -> Result<()> {
    ensure_target(&target(), log)?;
    log.run(
        environment::cargo()
            .args(["build", "--release", "--package", "beam-mtls", "--package", "podcert-cli"])
            .args(["--target", &target()])
            .current_dir(&workspace.root),
    )
}
