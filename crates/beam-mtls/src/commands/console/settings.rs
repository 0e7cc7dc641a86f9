//! The settings of `beam-mtls remote` and `beam-mtls rpc`.

use podcert_cli::given;
use podcert_cli::settings::{Faults, Given};

use crate::cli::{self, ConfigDirectoryArgs};
use crate::distribution::NodeName;
use crate::environment::Environment;
use crate::support::plain_path::PlainPath;

/// The flags of `remote`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ConsoleArgs {
    #[command(flatten)]
    config_directory: ConfigDirectoryArgs,

    /// The node to connect to [default: the one that was started here]
    #[arg(long, value_name = "NAME@HOST")]
    node: Option<Given<NodeName>>,
}

/// The flags of `rpc`.
#[derive(Debug, clap::Args)]
pub struct RpcArgs {
    /// Where the node is.
    #[command(flatten)]
    pub console: ConsoleArgs,

    /// Erlang expressions, separated by commas
    #[arg(value_name = "EXPR")]
    pub expression: String,
}

/// The settings.
#[derive(Debug)]
pub struct Console {
    /// Where the node's files are.
    pub config_directory: PlainPath,
    /// The node; none means the one that was started here.
    pub node: Option<NodeName>,
}

impl ConsoleArgs {
    /// The settings, or everything that is wrong with them.
    pub fn into_settings(self, environment: &Environment) -> Result<Console, Faults> {
        let mut faults = cli::faults(environment);
        let config_directory = self.config_directory.into_path(&mut faults);
        let node = given!(optional self.node, &mut faults);
        let settings =
            config_directory.and_then(|config_directory| Ok(Console { config_directory, node: node? }));
        faults.none_or(settings)
    }
}

const AFTER_HELP: &str = "\
Runs the `erl` found in PATH, with the node's certificate and cookie and without a listener. The corresponding \
commands of releases, such as `bin/app remote`, work too.

Exit codes: those of erl; before it runs 64 usage error, 69 no node was started here, 126 erl \
not executable, 127 erl not found.";
