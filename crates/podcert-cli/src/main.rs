//! Reads the command line, obtains or looks, and turns an error into a text and an exit code.

mod cli;

use std::future::Future;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use jiff::Timestamp;
use podcert::check::{Subject, faults};
use podcert::exit::{ExitClass, fail, refuse_command_line};
use podcert::identity::Identity;
use podcert::report::{Finding, Report};
use podcert::settings::Settings;
use podcert::source::obtain_as_set;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{CheckArgs, Cli, Subcommand};

/// What stands before each line of an error.
const PROGRAM: &str = "podcert";

fn main() -> ExitCode {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return refuse_command_line(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return refuse_command_line(&error),
    };
    log_to_stderr();
    match cli.subcommand {
        Subcommand::Obtain(args) => match cli::settings(*args) {
            Ok(settings) => obtain(&settings),
            Err(faults) => fail(PROGRAM, &faults, faults.exit_class()),
        },
        Subcommand::Check(args) => check(*args, cli::origins_of_check(&matches)),
    }
}

fn obtain(settings: &Settings) -> ExitCode {
    match block_on(obtain_as_set(settings, &Identity::default(), now())) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(PROGRAM, &error, error.exit_class()),
    }
}

fn check(args: CheckArgs, mut findings: Vec<Finding>) -> ExitCode {
    let (json, directory) = (args.json, args.obtain.directory());
    let settings = cli::settings(args.obtain);
    findings.extend(settings.as_ref().err().map(faults).unwrap_or_default());
    let own = Identity::default();
    let subject =
        Subject { settings: settings.as_ref().ok(), directory: &directory, own: &own, reader: None };
    findings.extend(block_on(podcert::check::check(&subject, now())));
    let report = Report(findings);
    let text = if json { report.json() } else { report.table() };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => report.exit_code().into(),
        Err(error) => fail(PROGRAM, &error, ExitClass::CannotWrite),
    }
}

/// Everything waits for one thing at a time, so one thread will do.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Fails only where the kernel grants no file descriptors, when nothing else would work either.
    runtime.expect("a runtime can be made").block_on(future)
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
