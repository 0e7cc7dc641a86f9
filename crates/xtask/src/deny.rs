//! The steps that check licenses, bans and sources of all dependencies against `deny.toml`. cargo-deny is built once, below
//! `target/tools`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use testbed::{Log, Workspace, environment};

use crate::step::Steps;

/// The version, as its `--version` prints it.
pub const VERSION: &str = "0.20.2";

/// Builds cargo-deny if needed, and runs it. Two steps, so that the time of the build shows.
pub fn run(workspace: &Workspace, steps: &Steps) {
    if !is_installed(workspace) && !steps.run("cargo-deny", |log| install(workspace, log)) {
        return steps.skip("deny", "needs cargo-deny");
    }
    steps.run("deny", |log| check(workspace, log));
}

/// Whether this version was built.
pub fn is_installed(workspace: &Workspace) -> bool {
    let output = Command::new(program(workspace)).arg("--version").output();
    output.is_ok_and(|output| output.stdout == format!("cargo-deny {VERSION}\n").into_bytes())
}

/// Where it is built, and stays.
pub fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target.join("tools")
}

fn install(workspace: &Workspace, log: &Log) -> Result<()> {
    let build = directory(workspace).join("build");
    // Without optimization it builds in a quarter of the time, and still takes less than a second to check.
    let mut cargo = environment::cargo();
    cargo.args(["install", "--locked", "--debug", "--force", "--root"]).arg(directory(workspace));
    cargo.arg("--target-dir").arg(&build).arg(format!("cargo-deny@{VERSION}"));
    log.run(cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TERM_COLOR", "never"))?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
}

/// Advisories are not among the checks: their database is in no package registry.
fn check(workspace: &Workspace, log: &Log) -> Result<()> {
    let mut deny = Command::new(program(workspace));
    deny.args(["--locked", "--color", "never", "check", "licenses", "bans", "sources"]);
    log.run(deny.current_dir(&workspace.root))
        .context("use a different crate, or change deny.toml and give the reason there")
}

fn program(workspace: &Workspace) -> PathBuf {
    directory(workspace).join("bin/cargo-deny")
}
