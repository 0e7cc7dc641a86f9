//! Flags and variables as typed.

use clap::{ArgMatches, CommandFactory};
use podcert::check::origins;
use podcert::report::{EXIT_CODES, Finding};
use podcert::settings::{Args, Faults, Settings, known_variables, refuse_unknown_variables};

/// The command line.
#[derive(Debug, clap::Parser)]
#[command(name = "podcert", version, about, max_term_width = 110)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) subcommand: Subcommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
    /// Obtain a certificate for this pod, publish it in a directory, and end: the init container
    #[command(after_help = AFTER_HELP)]
    Obtain(Box<Args>),
    /// Look at all that a certificate depends on, tell what is wrong and what to do, and change nothing
    #[command(after_help = EXIT_CODES)]
    Check(Box<CheckArgs>),
}

/// What was typed for `check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Write JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,

    /// The settings of `obtain`.
    #[command(flatten)]
    pub(crate) obtain: Args,
}

/// The settings, or everything that is wrong with them.
pub(crate) fn settings(args: Args) -> Result<Settings, Faults> {
    let mut faults = Faults::default();
    let known: Vec<String> = Cli::command().get_subcommands().flat_map(known_variables).collect();
    refuse_unknown_variables(variable_names(), "PODCERT_", &known, &mut faults);
    let settings = args.into_settings(&mut faults);
    settings.filter(|_| faults.is_empty()).ok_or(faults)
}

/// Where each setting of `check` came from.
pub(crate) fn origins_of_check(matches: &ArgMatches) -> Vec<Finding> {
    let command = Cli::command();
    let check = command.find_subcommand("check").zip(matches.subcommand_matches("check"));
    check.map_or_else(Vec::new, |(command, matches)| origins(command, matches))
}

#[expect(clippy::disallowed_methods, reason = "the door for the names of variables that nobody knows")]
fn variable_names() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

const AFTER_HELP: &str = "\
The directory then holds tls.crt, tls.key and ca.crt. Mount a memory-backed emptyDir there, in this container \
and in those that use the certificate. The key has mode 0400; on a volume with fsGroup 0440, so that \
containers that run as other users can read it. What is there and good is kept.

With cert-manager the pod's service account needs a Role that may create, get and watch certificaterequests \
in group cert-manager.io.

Exit codes: 64 usage, 65 certificate or key wrong, 69 API server or issuer unavailable, 73 cannot write, 75 \
deadline passed (try again), 77 refused, 78 settings lack or contradict something.";
