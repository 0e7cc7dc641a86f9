//! Commands for developers: `cargo xtask <command>`. Each command is a module; what they share is beside them.

mod bench;
mod chart;
mod cluster;
mod demo;
mod deny;
mod erlang;
mod example;
mod install;

mod prepare;
mod results;
mod roots;
mod screen;
mod step;
mod summary;
mod test;
mod tidy;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use testbed::Workspace;

/// Commands for developers of podcert and beam-mtls.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure what beam-mtls costs, compared with the same setup without it
    Bench {
        /// What to measure [default: all]
        parts: Vec<bench::Part>,
        /// Measure this many rounds [default: as many as the figures need]
        #[arg(long, value_name = "NUMBER")]
        rounds: Option<NonZeroUsize>,
        /// Measure the startup of this build of beam-mtls as well, in turns with the current one
        #[arg(long, value_name = "BINARY")]
        against: Option<PathBuf>,
    },
    /// Write the chart's schema and the tables in its README from its values.yaml
    Chart {
        /// Write nothing, and fail if a file differs
        #[arg(long)]
        check: bool,
    },
    /// Run a real Kubernetes cluster with cert-manager on this machine, for the tests (needs root)
    Cluster {
        #[command(subcommand)]
        action: cluster::Action,
    },
    /// Connect three nodes, each with its own certificate, on this machine (needs neither root nor a cluster)
    Demo {
        /// Arguments for `beam-mtls local` [default: --nodes 3 --check]
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Compile the shipped Erlang modules with OTP 25 and write the object files that are committed (needs root)
    Erlang {
        /// Write nothing, and fail if a committed object file differs
        #[arg(long)]
        check: bool,
    },
    /// Start an example on the tests' cluster, which is brought up if needed (needs root)
    Example {
        /// Its folder in `examples`
        name: String,
    },
    /// Make the root file systems with OTP 25, 27 and 29 in which the scenarios start nodes (needs root)
    Otp,
    /// Run every test that this machine can run
    Test {
        /// What to run [default: unit beam cluster]
        parts: Vec<test::Part>,
        /// Run only the scenarios in pods that stay within their own namespaces, on your own cluster with cert-manager, which
        /// is this context of your kubeconfig
        #[arg(long, value_name = "NAME", conflicts_with = "parts")]
        context: Option<String>,
        /// Command that loads an image archive into that cluster, for example "kind load image-archive"; the path is appended
        #[arg(long, value_name = "COMMAND", requires = "context")]
        load: Option<String>,
    },
    /// Check the rules that clippy cannot check
    Tidy,
}

fn main() -> ExitCode {
    run(Cli::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match cli.command {
        Command::Bench { parts, rounds, against } => {
            bench::run(&workspace, &parts, rounds.map(NonZeroUsize::get), against.as_deref())
        }
        Command::Chart { check } => chart::run(&workspace, check),
        Command::Cluster { action } => cluster::run(&workspace, action),
        Command::Demo { arguments } => demo::run(&workspace, arguments),
        Command::Erlang { check } => erlang::run(&workspace, check),
        Command::Example { name } => example::run(&workspace, &name),
        Command::Otp => roots::run(&workspace),
        Command::Test { context: Some(context), load, .. } => test::run_on(&workspace, context, load),
        Command::Test { parts, .. } => test::run(&workspace, &parts),
        Command::Tidy => tidy::run(&workspace),
    }
}
