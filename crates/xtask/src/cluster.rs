//! `cargo xtask cluster`: a real Kubernetes, built from Go modules, in namespaces of its own on this machine.

mod addons;
pub mod build;
mod cgroups;
mod containerfile;
pub mod family;
pub mod image;
pub mod images;
pub mod layout;
mod node;
mod pki;
mod plan;
mod programs;
mod restart;
pub mod sandbox;
pub mod traces;
pub mod up;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::workspace::Workspace;
use layout::Layout;
use sandbox::Sandbox;

/// What can be done with the cluster.
#[derive(Subcommand)]
pub enum Action {
    /// Build what is missing and start the cluster, unless it runs (needs root; 20 min when cold, half a minute when warm)
    Up,
    /// End the cluster and leave nothing of it but what was built
    Down,
    /// Print what a shell needs to use the cluster
    Env,
    /// Run kubectl on the cluster
    #[command(disable_help_flag = true)]
    Kubectl {
        /// What kubectl gets
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// End a program of the control plane as a crash would, start it again, and wait until the API is served
    Restart {
        /// Which one
        #[arg(value_parser = programs::CONTROL_PLANE.map(|(name, _)| name))]
        program: String,
    },
}

/// `cargo xtask cluster`
pub fn run(workspace: &Workspace, action: Action) -> Result<ExitCode> {
    let layout = Layout::new(workspace);
    match action {
        Action::Up => up::run(workspace, &layout),
        Action::Down => down(&layout),
        Action::Env => env(&layout),
        Action::Kubectl { arguments } => kubectl(&layout, &arguments),
        Action::Restart { program } => restart::run(workspace, &layout, &running(&layout)?, &program),
    }
}

fn down(layout: &Layout) -> Result<ExitCode> {
    let _lock = layout.lock()?;
    println!("{}", if sandbox::remove(layout)? { "the cluster is down" } else { "there is no cluster" });
    Ok(ExitCode::SUCCESS)
}

/// Only what goes into a shell is on standard output.
fn env(layout: &Layout) -> Result<ExitCode> {
    let sandbox = running(layout)?;
    println!("export KUBECONFIG='{}'", layout.kubeconfig().display());
    println!("export KUBECACHEDIR='{}'", layout.kubectl_cache().display());
    println!(
        "# The cluster has a network of its own, which a command enters so: {} COMMAND",
        sandbox.entrance().join(" ")
    );
    Ok(ExitCode::SUCCESS)
}

/// Becomes kubectl, in the cluster's network but with the files of where it was called.
fn kubectl(layout: &Layout, arguments: &[OsString]) -> Result<ExitCode> {
    let mut kubectl = running(layout)?.client(layout, "kubectl");
    kubectl.args(arguments);
    Err(Command::exec(&mut kubectl)).context("cannot run nsenter")
}

fn running(layout: &Layout) -> Result<Sandbox> {
    Sandbox::find(layout).context("the cluster does not run: cargo xtask cluster up")
}
