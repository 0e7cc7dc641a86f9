//! Why the command did not take our place.

use podcert::diagnose::Diagnose;
use podcert::{diagnose, provider, store};
use podcert_cli::exit;
use podcert_cli::settings::Faults;

use crate::artifacts::directory;
use crate::command;
use crate::distribution::cookie;
use crate::flags;
use crate::launcher::{self, args_file};
use crate::supervise;
use crate::support::plain_path::PlainPath;

/// Why the command did not take our place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The release's args file.
    #[error(transparent)]
    ArgsFile(#[from] args_file::Error),
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] provider::Error),
    /// The command.
    #[error(transparent)]
    Command(#[from] command::Error),
    /// The directory of the rendered files.
    #[error(transparent)]
    ConfigDirectory(#[from] directory::Error),
    /// The cookie.
    #[error(transparent)]
    Cookie(#[from] cookie::Error),
    /// A different port in the variable that a release reads.
    #[error("ERL_DIST_PORT is {value}, but the node listens on {port}")]
    DistPort {
        /// What the variable says.
        value: String,
        /// Our port.
        port: u16,
    },
    /// Flags that are set elsewhere.
    #[error(transparent)]
    Flags(#[from] flags::Error),
    /// A certificate with which no peer would take us for this node.
    #[error("the certificate is for {names}, not for the host of {node}, so no peer would accept this node")]
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
    #[error("`{word}` talks to a node, but none was started with {directory}")]
    NoNode {
        /// The subcommand.
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
    /// The directory of the certificate.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A command that could not be started as our child.
    #[error(transparent)]
    Supervise(#[from] supervise::Error),
}

diagnose!(Error {
    Self::ArgsFile(error) => of(error),
    Self::Certificate(error) => of(error),
    Self::Command(error) => of(error),
    Self::ConfigDirectory(error) => of(error),
    Self::Cookie(error) => of(error),
    Self::DistPort { .. } => Settings("remove the variable, or set --listen (BEAM_MTLS_LISTEN) to it"),
    Self::Flags(error) => of(error),
    Self::HostNotCertified { .. } => Data(
        "have the host certified, by --dns-names or --ip-addresses where the certificate is obtained, or use a \
            host in the node's name that is certified"
    ),
    Self::Launcher(error) => of(error),
    Self::NoNode { .. } => Unavailable(
        "start it first, or set --config-directory (BEAM_MTLS_CONFIG_DIRECTORY) to the directory of the node"
    ),
    Self::Render(_) => CannotWrite(),
    Self::Settings(faults) => of(faults),
    Self::Store(error) => of(error),
    Self::Supervise(error) => of(error),
});

impl Error {
    /// What the process exits with: 126 or 127 for a command that cannot be run, as a shell would.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Command(error) | Self::Supervise(supervise::Error::Command(error)) => error.exit_code(),
            error => exit::code(error.class()),
        }
    }
}
