//! `cargo xtask cluster`: brings up the test bed's Kubernetes, uses it and ends it.

mod plan;
pub mod up;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Subcommand;
use testbed::Workspace;
use testbed::kubernetes::{Layout, Namespaces, namespaces, programs, restart};

use crate::step::Steps;

/// What can be done with the cluster.
#[derive(Subcommand)]
pub enum Action {
    /// Build what is missing and start the cluster, unless it is up (needs root; 20 min when cold, half a minute when warm)
    Up,
    /// End the cluster and remove everything that belongs to it, but not what was built
    Down,
    /// Print the shell commands that give access to the cluster
    Env,
    /// Run kubectl on the cluster
    #[command(disable_help_flag = true)]
    Kubectl {
        /// Arguments of kubectl
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Kill a program of the control plane, start it again, and wait until the API server is ready
    Restart {
        /// The program
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
        Action::Restart { program } => restart(workspace, &layout, &program),
    }
}

fn down(layout: &Layout) -> Result<ExitCode> {
    let _lock = layout.lock()?;
    println!("{}", if namespaces::remove(layout)? { "the cluster is down" } else { "there is no cluster" });
    Ok(ExitCode::SUCCESS)
}

/// Everything on standard output is for a shell to evaluate.
fn env(layout: &Layout) -> Result<ExitCode> {
    let namespaces = find(layout)?;
    println!("export KUBECONFIG='{}'", layout.kubeconfig().display());
    println!("export KUBECACHEDIR='{}'", layout.kubectl_cache().display());
    println!(
        "# The cluster has its own network. To run a command in it: {} COMMAND",
        namespaces.entrance().join(" ")
    );
    Ok(ExitCode::SUCCESS)
}

/// Becomes kubectl, in the cluster's network but with the caller's files.
fn kubectl(layout: &Layout, arguments: &[OsString]) -> Result<ExitCode> {
    let mut kubectl = find(layout)?.client(layout, "kubectl");
    kubectl.args(arguments);
    Err(Command::exec(&mut kubectl)).context("cannot run nsenter")
}

fn restart(workspace: &Workspace, layout: &Layout, program: &str) -> Result<ExitCode> {
    let namespaces = find(layout)?;
    let _lock = layout.lock()?;
    let steps = Steps::new(workspace);
    steps.run("restart", |log| restart::program(layout, &namespaces, program, log));
    Ok(steps.close())
}

fn find(layout: &Layout) -> Result<Namespaces> {
    Namespaces::find(layout).context("the cluster is not up: run `cargo xtask cluster up`")
}
