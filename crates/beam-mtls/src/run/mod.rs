//! `beam-mtls run`: find out what the command starts, and become it with what that wants. A node is obtained a
//! certificate for, and files are rendered for it (`start`); a command that talks to a node finds those
//! files; one that needs no distribution finds nothing of ours.

mod start;

use std::convert::Infallible;

use jiff::Timestamp;
use podcert::exit::ExitClass;
use podcert::settings::Faults;
use podcert::source;

use crate::command::{self, Command};
use crate::config_directory;
use crate::cookie;
use crate::environment::Environment;
use crate::flags;
use crate::launcher::variables::{self, remote_flags};
use crate::launcher::{self, Action, Launch, args_file};
use crate::plain_path::PlainPath;
use crate::settings::{COOKIE_VARIABLE, RunArgs};

/// Why the command did not take our place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The release's args file.
    #[error(transparent)]
    ArgsFile(#[from] args_file::Error),
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] source::Error),
    /// The command.
    #[error(transparent)]
    Command(#[from] command::Error),
    /// The directory of the rendered files.
    #[error(transparent)]
    ConfigDirectory(#[from] config_directory::Error),
    /// The cookie.
    #[error(transparent)]
    Cookie(#[from] cookie::Error),
    /// Another port where a release looks for it.
    #[error(
        "ERL_DIST_PORT is {value}, and the node listens on {port}: remove the variable, or set --listen \
         (BEAM_MTLS_LISTEN) to it"
    )]
    DistPort {
        /// What the variable says.
        value: String,
        /// Our port.
        port: u16,
    },
    /// Flags that the BEAM is told elsewhere.
    #[error(transparent)]
    Flags(#[from] flags::Error),
    /// A certificate with which no peer would take us for this node.
    #[error("the certificate is for {names}, not for the host of {node}; no peer would let this node in")]
    HostNotCertified {
        /// The node.
        node: String,
        /// What the certificate names.
        names: String,
    },
    /// What the command is.
    #[error(transparent)]
    Launcher(#[from] launcher::Error),
    /// A console without a node.
    #[error(
        "`{word}` talks to a node, and none was started with {directory}: start it first, or set \
         --config-directory (BEAM_MTLS_CONFIG_DIRECTORY) to the directory of the node"
    )]
    NoNode {
        /// What the command was told.
        word: String,
        /// Where its files would be.
        directory: PlainPath,
    },
    /// A template that failed.
    #[error("the files for the BEAM could not be rendered")]
    Render(#[from] askama::Error),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] Faults),
}

impl Error {
    /// What the process exits with.
    pub fn exit_code(&self) -> u8 {
        let class = match self {
            Self::Command(error) => return error.exit_code(),
            Self::ConfigDirectory(error) => error.exit_class(),
            Self::Cookie(error) => error.exit_class(),
            Self::Flags(error) => error.exit_class(),
            Self::HostNotCertified { .. } => ExitClass::Data,
            Self::Certificate(error) => error.exit_class(),
            Self::ArgsFile(_) | Self::DistPort { .. } | Self::Launcher(_) => ExitClass::Settings,
            Self::NoNode { .. } => ExitClass::Unavailable,
            Self::Render(_) => ExitClass::CannotWrite,
            Self::Settings(faults) => faults.exit_class(),
        };
        class.code()
    }
}

/// Becomes the command. Returns only on failure.
pub async fn run(args: RunArgs, environment: &Environment, now: Timestamp) -> Result<Infallible, Error> {
    let (program, arguments) = args.command()?;
    let command = Command::find(program, arguments, environment.get("PATH"))?;
    let directory = args.config_directory()?;
    let launch = launcher::recognise(&command, args.launcher(), environment)?;
    // A pod's specification may hold them, for consoles.
    let environment = environment.without_flags("ERL_ZFLAGS", &remote_flags(&directory));
    match launch.action {
        Action::Start => start::start(args, command, &launch, &environment, now).await,
        Action::Attach => attach(command, &launch, &directory, &environment),
        Action::Offline => offline(command, &launch, &directory, &environment),
    }
}

fn attach(
    command: Command,
    launch: &Launch,
    directory: &PlainPath,
    environment: &Environment,
) -> Result<Infallible, Error> {
    let Some(node) = config_directory::attachable_node(directory.as_path()) else {
        return Err(Error::NoNode { word: launch.shown(), directory: directory.clone() });
    };
    let variables = variables::attach(launch, &node.to_string(), directory, environment);
    Err(command.exec(variables, &[COOKIE_VARIABLE]).into())
}

fn offline(
    command: Command,
    launch: &Launch,
    directory: &PlainPath,
    environment: &Environment,
) -> Result<Infallible, Error> {
    tracing::info!("`{}` needs no distribution: it runs without a certificate", launch.shown());
    Err(command.exec(variables::offline(launch, directory, environment), &[COOKIE_VARIABLE]).into())
}
