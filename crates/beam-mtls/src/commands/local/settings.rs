//! The flags of `beam-mtls local`. None of them is a variable: it is started by hand.

use std::ffi::OsString;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct LocalArgs {
    /// Number of nodes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=50))]
    pub nodes: u8,

    /// Check the cluster and that impostors are refused, print a report, and exit
    #[arg(long)]
    pub check: bool,

    /// Write JSON instead of a table
    #[arg(long)]
    pub json: bool,

    /// The command that each node runs [default: erl]
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}
