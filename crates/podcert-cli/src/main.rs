//! Reads the command line, obtains, and turns an error into a text and an exit code.

mod cli;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;
use podcert::exit::{ExitClass, chain};
use podcert::identity::Identity;
use podcert::settings::Settings;
use podcert::source::obtain_as_set;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, Subcommand};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_command_line(&error),
    };
    log_to_stderr();
    let Subcommand::Obtain(args) = cli.subcommand;
    match cli::settings(*args) {
        Ok(settings) => obtain(&settings),
        Err(faults) => fail(&faults, faults.exit_class()),
    }
}

fn obtain(settings: &Settings) -> ExitCode {
    // Everything waits for one thing at a time, so one thread will do.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Fails only where the kernel grants no file descriptors, when nothing else would work either.
    let runtime = runtime.expect("a runtime can be made");
    match runtime.block_on(obtain_as_set(settings, &Identity::default(), now())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(&error, error.exit_class()),
    }
}

/// What we say ourselves. kube logs each attempt that fails, which we tell once and with its reason.
fn log_to_stderr() {
    let ours = Targets::new().with_target("podcert", LevelFilter::INFO);
    let lines = fmt().with_writer(io::stderr).without_time().with_target(false).finish();
    lines.with(ours).init();
}

#[expect(
    clippy::disallowed_methods,
    reason = "the door for the time; everything below takes it as an argument"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// clap would exit with 2, which means something else to sysexits and to shells.
fn refuse_command_line(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell when this fails.
    let _ = error.print();
    if error.use_stderr() { ExitClass::Usage.into() } else { ExitCode::SUCCESS }
}

fn fail(error: &dyn Error, class: ExitClass) -> ExitCode {
    for line in chain(error).lines() {
        eprintln!("podcert: {line}");
    }
    class.into()
}
