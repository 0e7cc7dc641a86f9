//! The command line of `podcert`.

use clap::{Command, CommandFactory};

use crate::VERSION;
use crate::diagnostics::EXIT_CODES;
use crate::renewal::{Renewal, RenewalArgs};
use crate::settings::{
    Args, Faults, Settings, finish, hidden, known_variables, refuse_unknown_variables, variable_names,
};

/// Obtain a certificate for this pod and publish it in a directory, for any program that reads PEM files
#[derive(Debug, clap::Parser)]
#[command(name = "podcert", version = VERSION, about, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub subcommand: Subcommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Obtain a certificate for this pod, publish it in a directory, and exit: for an init container
    #[command(after_help = AFTER_HELP)]
    Obtain(Box<Args>),
    /// Obtain a certificate and keep renewing it: for a sidecar
    #[command(after_help = RENEW_HELP)]
    Renew(Box<RenewArgs>),
    /// Check everything a certificate depends on and suggest fixes, without changing anything
    #[command(after_help = EXIT_CODES, mut_arg("renew", hidden))]
    Check(Box<CheckArgs>),
}

/// The flags of `renew`.
#[derive(Debug, clap::Args)]
pub struct RenewArgs {
    /// The settings of `obtain`.
    #[command(flatten)]
    pub obtain: Args,

    /// The settings of renewal.
    #[command(flatten, next_help_heading = "Renewal")]
    pub renewal: RenewalArgs,
}

/// The flags of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Write JSON instead of a table
    #[arg(long)]
    pub json: bool,

    /// The settings of `obtain`.
    #[command(flatten)]
    pub obtain: Args,
}

/// The whole command line, completed.
pub fn command() -> Command {
    finish(Cli::command())
}

/// The settings, or everything that is wrong with them.
pub fn settings(args: Args) -> Result<Settings, Faults> {
    let mut faults = faults();
    let settings = args.into_settings(&mut faults);
    faults.none_or(settings)
}

/// The settings of `renew`.
pub fn renew_settings(args: RenewArgs) -> Result<(Settings, Renewal), Faults> {
    let mut faults = faults();
    let settings = args.obtain.into_settings(&mut faults);
    let renewal = args.renewal.into_settings(&mut faults);
    let both = settings.and_then(|settings| Ok((settings, renewal?)));
    faults.none_or(both)
}

/// Faults, beginning with unknown variables.
fn faults() -> Faults {
    let mut faults = Faults::of(&command());
    let known = known_variables(&command());
    refuse_unknown_variables(variable_names(), "PODCERT_", &known, &mut faults);
    faults
}

const AFTER_HELP: &str = "\
The directory then contains tls.crt, tls.key and ca.crt. Mount a memory-backed emptyDir there, in this container \
and in those that use the certificate. The key has mode 0400, or 0440 on a volume with an fsGroup, so that \
containers running as other users can read it. An existing certificate is kept if it is still good.

With cert-manager, the pod's service account needs a Role that allows create, get and watch on \
certificaterequests in the API group cert-manager.io.

Exit codes: 64 usage error, 65 bad certificate or key, 69 API server or issuer unavailable, 73 cannot \
write, 75 deadline exceeded (try again), 77 refused, 78 settings missing or in conflict.";

const RENEW_HELP: &str = "\
A certificate is renewed at a random point between one third and two thirds of its lifetime. If renewal fails, the old \
certificate stays in place and renewal is retried. Run this as a native sidecar (an init container with restartPolicy: \
Always) with /readyz as its startup probe; it then replaces `podcert obtain`.

Exit codes: 0 when stopped by SIGTERM or SIGINT; those of `obtain` if the first certificate cannot be obtained.";
