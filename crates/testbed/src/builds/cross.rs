//! Static builds for the other architecture that images are published for: cross-built, checked, and run by an emulator.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::musl;
use crate::environment;
use crate::log::Log;
use crate::packages::Package;
use crate::workspace::Workspace;

/// The target.
pub const TARGET: &str = "aarch64-unknown-linux-musl";

/// A compiler for the parts that are written in C, its headers, and an emulator that runs the result.
pub const PACKAGES: [Package; 3] = [
    Package { name: "gcc-aarch64-linux-gnu", command: COMPILER },
    Package { name: "libc6-dev-arm64-cross", command: "/usr/aarch64-linux-gnu/include/stdlib.h" },
    Package { name: "qemu-user-static", command: EMULATOR },
];

const COMPILER: &str = "aarch64-linux-gnu-gcc";

const EMULATOR: &str = "qemu-aarch64-static";

/// Builds the binaries.
pub fn build(workspace: &Workspace, log: &Log) -> Result<()> {
    musl::ensure_target(TARGET, log)?;
    log.run(
        environment::cargo()
            .args(["build", "--release", "--locked", "--package", "beam-mtls", "--package", "podcert-cli"])
            .args(["--target", TARGET])
            .current_dir(&workspace.root)
            .env("CC_aarch64_unknown_linux_musl", COMPILER)
            // Rust provides everything else that is linked.
            .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld"),
    )
}

/// Checks that the binaries need no library of the machine, and that they do their main work: a key, a request, and a
/// certificate that is verified.
pub fn check(workspace: &Workspace, log: &Log) -> Result<()> {
    for name in ["beam-mtls", "podcert"] {
        let binary = binary(workspace, name);
        let header = fs::read(&binary)?;
        let [machine, kind] = [18, 16].map(|at| header.get(at).copied());
        ensure!(
            machine == Some(EM_AARCH64) && kind == Some(ET_EXEC),
            "{name} is not a static program for arm64"
        );
        log.run(Command::new(EMULATOR).arg(&binary).arg("--version"))?;
    }
    let directory = workspace.target.join(TARGET).join("obtained");
    // It exists only after an earlier run.
    let _ = fs::remove_dir_all(&directory);
    log.run(
        Command::new(EMULATOR)
            .arg(binary(workspace, "podcert"))
            .args(["obtain", "--source", "local", "--dns-names", "node.example", "--directory"])
            .arg(directory.join("certificate"))
            .env("XDG_STATE_HOME", &directory),
    )?;
    ensure!(directory.join("certificate/tls.crt").exists(), "podcert published nothing");
    Ok(())
}

fn binary(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target.join(TARGET).join("release").join(name)
}

/// `e_machine` of the ELF header.
const EM_AARCH64: u8 = 183;

/// `e_type` of a program that is linked to a fixed address, as only static ones are.
const ET_EXEC: u8 = 2;
