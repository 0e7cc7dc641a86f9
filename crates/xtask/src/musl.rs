//! The static build of beam-mtls, as it is put into images of any distribution.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment;
use crate::step::Log;
use crate::workspace::Workspace;

/// The target of static builds on this machine.
pub fn target() -> String {
    format!("{ARCH}-unknown-linux-musl")
}

/// Whether the toolchain can build for it.
pub fn target_is_installed() -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", &target()]).output();
    output.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// Where `build` leaves the binary.
pub fn binary(workspace: &Workspace) -> PathBuf {
    workspace.target.join(target()).join("release/beam-mtls")
}

/// Builds the binary, with a target from rustup when the toolchain lacks it.
pub fn build(workspace: &Workspace, log: &Log) -> Result<()> {
    if !target_is_installed() {
        log.run(Command::new("rustup").args(["target", "add", &target()]))
            .with_context(|| format!("the Rust toolchain has no target {}", target()))?;
    }
    log.run(
        environment::cargo()
            .args(["build", "--release", "--package", "beam-mtls", "--target", &target()])
            .current_dir(&workspace.root),
    )
}
