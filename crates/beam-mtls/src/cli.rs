//! The command line of `beam-mtls`, and the flags that several of its commands share.

use std::sync::LazyLock;

use clap::{Command, CommandFactory};
use podcert_cli::diagnostics::EXIT_CODES;
use podcert_cli::given;
use podcert_cli::settings::{
    Faults, Given, Recorded, finish, hidden, known_variables, refuse_unknown_variables,
};

use crate::commands::console::{ConsoleArgs, RpcArgs};
use crate::commands::doctor::DoctorArgs;
use crate::commands::handshake::HandshakeArgs;
use crate::commands::local::LocalArgs;
use crate::commands::run::RunArgs;
use crate::distribution::cookie::COOKIE_VARIABLE;
use crate::environment::Environment;
use crate::support::plain_path::PlainPath;

/// The command line.
#[derive(Debug, clap::Parser)]
#[command(name = "beam-mtls", version = VERSION.as_str(), about, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub subcommand: Subcommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Obtain a certificate, render ssl_dist.conf and vm.args, and exec COMMAND
    Run(Box<RunArgs>),
    /// Run a cluster of nodes on this machine, each with its own certificate from a local CA
    Local(LocalArgs),
    /// Open an Erlang shell on the node running here
    Remote(ConsoleArgs),
    /// Evaluate an Erlang expression on the node running here, and print its value
    Rpc(RpcArgs),
    /// Check everything the node needs and suggest fixes, without changing anything
    #[command(after_help = doctor_help(), mut_arg("renew", hidden), mut_arg("supervise", hidden))]
    Doctor(Box<DoctorArgs>),
    /// Dial every address of a host as a node would, and report which nodes answer
    Handshake(HandshakeArgs),
}

/// `--config-directory`, which every command that finds a node's files has.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigDirectoryArgs {
    /// Absolute path of the directory for ssl_dist.conf, vm.args and the cookie
    #[arg(
        long,
        env = "BEAM_MTLS_CONFIG_DIRECTORY",
        value_name = "DIRECTORY",
        default_value = "/run/beam-mtls"
    )]
    pub config_directory: Given<PlainPath>,
}

impl ConfigDirectoryArgs {
    /// The directory.
    pub fn into_path(self, faults: &mut Faults) -> Result<PlainPath, Recorded> {
        given!(self.config_directory, faults)
    }
}

/// The whole command line, completed.
pub fn command() -> Command {
    finish(Cli::command())
}

/// An empty list of faults, or one that has the variables that look like ours and are not.
pub fn faults(environment: &Environment) -> Faults {
    let command = command();
    let mut known = known_variables(&command);
    known.push(COOKIE_VARIABLE.to_owned());
    let mut faults = Faults::of(&command);
    for prefix in ["BEAM_MTLS_", "PODCERT_"] {
        refuse_unknown_variables(environment.names().map(Into::into), prefix, &known, &mut faults);
    }
    faults
}

/// What `--version` prints after the name.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{}, tested with OTP {}", podcert_cli::VERSION, env!("BEAM_MTLS_TESTED_OTP")));

fn doctor_help() -> String {
    format!("{DOCTOR_HELP}\n\n{EXIT_CODES}")
}

const DOCTOR_HELP: &str = "\
In a pod: `kubectl exec POD -- /beam-mtls doctor`. It reads the variables in the pod's specification, and \
everything else from the node's files. To have the launcher and the release checked too, give the command that \
starts the node after --. Nodes are dialed as by a remote console that disconnects at once, so they must have the \
same cookie.";
