//! Commands for developers: `cargo xtask <command>`. Each command is a module; what they share lies beside them.

mod bench;
mod chart;
mod cluster;
mod cross;
mod demo;
mod environment;
mod erlang;
mod example;
mod licences;
mod musl;
mod otp;
mod packages;
mod release;
mod report;
mod results;
mod screen;
mod step;
mod test;
mod tidy;
mod workbench;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Commands for developers of podcert and beam-mtls.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure what beam-mtls costs, against doing without it
    Bench {
        /// All parts when none is named
        parts: Vec<bench::Part>,
    },
    /// Write the chart's schema and the tables in its README from its values.yaml
    Chart {
        /// Write nothing: fail when a file differs
        #[arg(long)]
        check: bool,
    },
    /// A real Kubernetes cluster with cert-manager on this machine, for the tests (needs root)
    Cluster {
        #[command(subcommand)]
        action: cluster::Action,
    },
    /// Start three nodes with certificates of their own on this machine; needs no root and no cluster
    Demo {
        /// What `beam-mtls local` gets instead of `--nodes 3 --check`
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Compile the distribution module with OTP 25 and write the object files that are committed
    Erlang {
        /// Write nothing: fail when a committed object file differs
        #[arg(long)]
        check: bool,
    },
    /// Start a folder of `examples` on the cluster of the tests, which is brought up unless it runs (needs root)
    Example {
        /// The folder
        name: String,
    },
    /// Make the root file systems with OTP 25, 27 and 29 that the scenarios start nodes in (needs root)
    Otp,
    /// Run every test that this machine can run
    Test {
        /// All parts when none is named
        parts: Vec<test::Part>,
        /// Instead of these: the scenarios in pods, as far as they stay within namespaces of their own, on a cluster of yours
        /// that has cert-manager
        #[arg(long, value_name = "NAME", conflicts_with = "parts")]
        context: Option<String>,
        /// What loads an image archive into that cluster, as in "kind load image-archive"; the path is put after it
        #[arg(long, value_name = "COMMAND", requires = "context")]
        load: Option<String>,
    },
    /// Check the rules of the house that clippy cannot
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
        Command::Bench { parts } => bench::run(&workspace, &parts),
        Command::Chart { check } => chart::run(&workspace, check),
        Command::Cluster { action } => cluster::run(&workspace, action),
        Command::Demo { arguments } => demo::run(&workspace, arguments),
        Command::Erlang { check } => erlang::run(&workspace, check),
        Command::Example { name } => example::run(&workspace, &name),
        Command::Otp => otp::run(&workspace),
        Command::Test { context: Some(context), load, .. } => test::run_on(&workspace, context, load),
        Command::Test { parts, .. } => test::run(&workspace, &parts),
        Command::Tidy => tidy::run(&workspace),
    }
}
