//! The static builds for the other architecture that images are made for: cross-built, looked at, and run where an
//! emulator is there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::packages::{self, Package};
use crate::step::{Log, Steps};
use crate::workspace::Workspace;
use crate::{environment, musl};

/// The target.
pub const TARGET: &str = "aarch64-unknown-linux-musl";

/// What it takes: a compiler for the parts that are written in C, with headers, and something that runs the result.
pub const PACKAGES: [Package; 3] = [
    Package { name: "gcc-aarch64-linux-gnu", command: COMPILER },
    Package { name: "libc6-dev-arm64-cross", command: "/usr/aarch64-linux-gnu/include/stdlib.h" },
    Package { name: "qemu-user-static", command: EMULATOR },
];

const COMPILER: &str = "aarch64-linux-gnu-gcc";

const EMULATOR: &str = "qemu-aarch64-static";

/// Builds and looks as a step, or says what is missing for that.
pub fn step(workspace: &Workspace, steps: &Steps) {
    let missing = packages::missing(&PACKAGES);
    if missing.is_empty() {
        steps.run("arm64", |log| build(workspace, log).and_then(|()| look(workspace, log)));
    } else {
        steps.skip("arm64", &packages::advice(&missing));
    }
}

fn build(workspace: &Workspace, log: &Log) -> Result<()> {
    musl::ensure_target(TARGET, log)?;
    log.run(
        environment::cargo()
            .args(["build", "--release", "--locked", "--package", "beam-mtls", "--package", "podcert-cli"])
            .args(["--target", TARGET])
            .current_dir(&workspace.root)
            .env("CC_aarch64_unknown_linux_musl", COMPILER)
            // Rust brings all that is linked.
            .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld"),
    )
}

/// They run without a library of the machine's, and do their main work: a key, a request, a certificate, verified.
fn look(workspace: &Workspace, log: &Log) -> Result<()> {
    for name in ["beam-mtls", "podcert"] {
        let binary = binary(workspace, name);
        let header = fs::read(&binary)?;
        let [machine, kind] = [18, 16].map(|at| header.get(at).copied());
        ensure!(
            machine == Some(EM_AARCH64) && kind == Some(ET_EXEC),
            "{} is no static program for arm64",
            name
        );
        log.run(Command::new(EMULATOR).arg(&binary).arg("--version"))?;
    }
    let place = workspace.target.join(TARGET).join("obtained");
    // There may be none.
    let _ = fs::remove_dir_all(&place);
    log.run(
        Command::new(EMULATOR)
            .arg(binary(workspace, "podcert"))
            .args(["obtain", "--source", "local", "--dns-names", "node.example", "--directory"])
            .arg(place.join("certificate"))
            .env("XDG_STATE_HOME", &place),
    )?;
    ensure!(place.join("certificate/tls.crt").exists(), "podcert published nothing");
    Ok(())
}

fn binary(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target.join(TARGET).join("release").join(name)
}

/// `e_machine` of the ELF header.
const EM_AARCH64: u8 = 183;

/// `e_type` of a program that is not linked anew when it starts.
const ET_EXEC: u8 = 2;
