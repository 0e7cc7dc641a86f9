//! The program `podcert`.

use std::process::ExitCode;

use clap::FromArgMatches;
use podcert_cli::cli::{Cli, Subcommand, command};
use podcert_cli::commands::{check, obtain, renew};
use podcert_cli::exit::refuse_command_line;
use podcert_cli::process::log_to_stderr;

fn main() -> ExitCode {
    let parsed = command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse_command_line(error),
    };
    log_to_stderr(&["podcert", "podcert_cli"]);
    match cli.subcommand {
        Subcommand::Obtain(args) => obtain::run(*args),
        Subcommand::Renew(args) => renew::run(*args),
        Subcommand::Check(args) => check::run(*args, &matches),
    }
}
