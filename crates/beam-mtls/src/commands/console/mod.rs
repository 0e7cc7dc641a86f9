//! `beam-mtls remote` and `beam-mtls rpc`: an `erl` that connects to the node, for those that have no console of
//! their own. It has the node's certificate and cookie, no listener, and a temporary name.

mod settings;

use std::convert::Infallible;
use std::ffi::OsString;
use std::process;

use podcert::diagnose;
use podcert::diagnose::Diagnose;
use podcert_cli::exit;

pub use self::settings::{Console, ConsoleArgs, RpcArgs};
use crate::artifacts::directory;
use crate::artifacts::modules;
use crate::artifacts::render::REMOTE_VM_ARGS;
use crate::command::{self, Command};
use crate::distribution::cookie::COOKIE_VARIABLE;
use crate::environment::Environment;
use crate::launcher::variables::{homes, remote_flags, trapped};
use crate::support::plain_path::PlainPath;

/// What to do there.
#[derive(Debug)]
pub enum Task {
    /// Evaluate an expression.
    Evaluate(String),
    /// Open a shell.
    Shell,
}

/// Why `erl` did not take our place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `erl` was not found.
    #[error(transparent)]
    Command(#[from] command::Error),
    /// No node was started.
    #[error("no node was started with {0}")]
    NoNode(PlainPath),
}

diagnose!(Error {
    Self::Command(error) => of(error),
    Self::NoNode(_) => Unavailable(
        "start one, or set --config-directory (BEAM_MTLS_CONFIG_DIRECTORY) to the directory of the node"
    ),
});

impl Error {
    /// What the process exits with: 126 or 127 without an `erl` that can be run, as a shell would.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Command(error) => error.exit_code(),
            error => exit::code(error.class()),
        }
    }
}

/// Becomes an `erl` that does it. Returns only on failure.
pub fn console(settings: Console, task: Task, environment: &Environment) -> Result<Infallible, Error> {
    let directory = &settings.config_directory;
    let started =
        directory::attachable_node(directory.as_path()).ok_or_else(|| Error::NoNode(directory.clone()))?;
    let node = settings.node.as_ref().unwrap_or(&started).to_string();

    // The pod's specification may hold them, and given twice they end the boot.
    let environment = environment.without_flags("ERL_ZFLAGS", &remote_flags(directory));
    let mut arguments: Vec<OsString> =
        ["-args_file".into(), directory.as_path().join(REMOTE_VM_ARGS).into()].into();
    // The certificate is for this host, and no other process has our number.
    let name = format!("remote-{}@{}", process::id(), started.host());
    arguments.extend(["-name".into(), name.into()]);
    match task {
        Task::Shell => arguments.extend(["-remsh".into(), node.into()]),
        Task::Evaluate(expression) => arguments.extend(
            // What starts the user's shell may write to standard output.
            [
                "-noinput",
                "-boot",
                "no_dot_erlang",
                "-pa",
                directory.as_str(),
                "-s",
                modules::RPC,
                "-extra",
                &node,
                &expression,
            ]
            .map(OsString::from),
        ),
    }
    let erl = Command::find("erl".into(), arguments, environment.get("PATH"))?;
    let mut variables = trapped("", &environment);
    // Dumps would be written to the current directory, which can be any.
    variables.push(("ERL_CRASH_DUMP_SECONDS".into(), "0".into()));
    variables.extend(homes(directory, &environment));
    Err(erl.exec(variables, &[COOKIE_VARIABLE]).into())
}
