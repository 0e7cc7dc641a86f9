//! Reads the command line, obtains, and turns an error into a text and an exit code.

mod cli;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;
use podcert::exit::{fail, refuse_command_line};
use podcert::identity::Identity;
use podcert::settings::Settings;
use podcert::source::obtain_as_set;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, Subcommand};

/// What stands before each line of an error.
const PROGRAM: &str = "podcert";

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_command_line(&error),
    };
    log_to_stderr();
    let Subcommand::Obtain(args) = cli.subcommand;
    match cli::settings(*args) {
        Ok(settings) => obtain(&settings),
        Err(faults) => fail(PROGRAM, &faults, faults.exit_class()),
    }
}

fn obtain(settings: &Settings) -> ExitCode {
    // Everything waits for one thing at a time, so one thread will do.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Fails only where the kernel grants no file descriptors, when nothing else would work either.
    let runtime = runtime.expect("a runtime can be made");
    match runtime.block_on(obtain_as_set(settings, &Identity::default(), now())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(PROGRAM, &error, error.exit_class()),
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
