//! Flags and variables of `remote` and `rpc` as typed.

use podcert::settings::Faults;

use super::args::{parse, refuse_unknown};
use super::parts::config_directory;
use crate::environment::Environment;
use crate::node_name::NodeName;
use crate::plain_path::PlainPath;

/// What was typed for `remote`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ConsoleArgs {
    /// Absolute path of the directory that the node's files are in
    #[arg(
        long,
        env = "BEAM_MTLS_CONFIG_DIRECTORY",
        hide_env_values = true,
        value_name = "DIRECTORY",
        default_value = "/run/beam-mtls"
    )]
    config_directory: String,

    /// Another node than the one that was started here
    #[arg(long, value_name = "NAME@HOST")]
    node: Option<String>,
}

/// What was typed for `rpc`.
#[derive(Debug, clap::Args)]
pub struct RpcArgs {
    /// Where the node is.
    #[command(flatten)]
    pub console: ConsoleArgs,

    /// Erlang expressions, separated by commas
    #[arg(value_name = "EXPR")]
    pub expression: String,
}

/// Settings of `beam-mtls remote` and `beam-mtls rpc`.
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
        let mut faults = Faults::default();
        refuse_unknown(environment, &mut faults);
        let directory = config_directory(&self.config_directory, &mut faults);
        let node = self.node.map(|node| parse("--node", &node, &mut faults));
        match directory {
            Some(config_directory) if faults.is_empty() => {
                Ok(Console { config_directory, node: node.flatten() })
            }
            _ => Err(faults),
        }
    }
}

const AFTER_HELP: &str = "\
It is the `erl` in PATH that connects, with the node's own certificate and cookie, and without a listener of its own. \
Releases have commands of the same kind, which work too: `bin/app remote`.

Exit codes: those of erl; before it runs 64 usage, 69 no node was started here, 126 and 127 erl was not found.";
