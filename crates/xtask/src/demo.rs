//! `cargo xtask demo`: builds beam-mtls, finds Erlang or unpacks it below `target/demo`, and connects three nodes.

mod debian;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use testbed::{Workspace, environment};

/// Becomes `beam-mtls local`, whose output and exit code are the demo's.
pub fn run(workspace: &Workspace, arguments: Vec<OsString>) -> Result<ExitCode> {
    println!("demo: building beam-mtls (1 min when cold)");
    let build = environment::cargo()
        .args(["build", "--locked", "--package", "beam-mtls"])
        .current_dir(&workspace.root)
        .status()
        .context("cannot run cargo")?;
    ensure!(build.success(), "beam-mtls was not built");

    let erl = erlang(workspace)?;
    let arguments = if arguments.is_empty() { DEFAULT.map(OsString::from).to_vec() } else { arguments };
    let mut local = Command::new(workspace.target.join("debug/beam-mtls"));
    local.arg("local").args(&arguments).env("PATH", environment::path_with(&erl)?);
    println!("demo: beam-mtls local {}", arguments.join(" ".as_ref()).to_string_lossy());
    Err(local.exec()).context("cannot run beam-mtls")
}

/// The directory of an `erl` that can start ssl.
fn erlang(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(directory) = environment::find("erl").as_deref().and_then(Path::parent)
        && starts_ssl(directory)
    {
        println!("demo: Erlang from {}", directory.display());
        return Ok(directory.to_owned());
    }
    if !debian::is_supported() {
        bail!("no Erlang with ssl on PATH: {ADVICE}");
    }
    let unpacked = workspace.target.join("demo/erlang");
    let directory = unpacked.join("bin");
    if !starts_ssl(&directory) {
        println!(
            "demo: no Erlang on PATH; unpacking Debian's packages into {} without installing them",
            workspace.shown(&unpacked)
        );
        debian::unpack(&unpacked).with_context(|| ADVICE)?;
        ensure!(
            starts_ssl(&directory),
            "the Erlang in {} cannot start ssl: {ADVICE}",
            workspace.shown(&unpacked)
        );
    }
    Ok(directory)
}

fn starts_ssl(directory: &Path) -> bool {
    let check = "{ok, _} = application:ensure_all_started(ssl), halt().";
    let mut erl = Command::new(directory.join("erl"));
    erl.args(["-noshell", "-eval", check]).env("ERL_CRASH_DUMP_SECONDS", "0");
    erl.output().is_ok_and(|output| output.status.success())
}

const DEFAULT: [&str; 3] = ["--nodes", "3", "--check"];

const ADVICE: &str = "install Erlang/OTP 25 or newer (Debian: apt-get install erlang-base erlang-ssl)";
