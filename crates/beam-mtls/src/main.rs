//! Reads the command line, picks what to do, and turns an error into a text and an exit code.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::io;
use std::process::ExitCode;

use beam_mtls::environment::Environment;
use beam_mtls::settings::{Cli, RunArgs, Subcommand};
use beam_mtls::{local, run};
use clap::Parser;
use jiff::Timestamp;
use podcert::exit::{ExitClass, chain};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_command_line(&error),
    };
    log_to_stderr();
    let environment = Environment::of_process();
    match cli.subcommand {
        Subcommand::Local(args) => match block_on(local::local(args, &environment)) {
            Ok(code) => code,
            Err(error) => fail(&error, error.exit_code()),
        },
        Subcommand::Run(args) => match start(*args, &environment) {
            Ok(never) => match never {},
            Err(code) => code,
        },
    }
}

fn start(args: RunArgs, environment: &Environment) -> Result<Infallible, ExitCode> {
    let settings =
        args.into_settings(environment).map_err(|faults| fail(&faults, faults.exit_class().code()))?;
    block_on(run::run(settings, environment, now())).map_err(|error| fail(&error, error.exit_code()))
}

/// Everything waits for one thing at a time, so one thread will do.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Fails only where the kernel grants no file descriptors, when nothing else would work either.
    runtime.expect("a runtime can be made").block_on(future)
}

/// What we say ourselves. kube logs each attempt that fails, which we tell once and with its reason.
fn log_to_stderr() {
    let ours =
        Targets::new().with_target("beam_mtls", LevelFilter::INFO).with_target("podcert", LevelFilter::INFO);
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

fn fail(error: &dyn Error, code: u8) -> ExitCode {
    for line in chain(error).lines() {
        eprintln!("beam-mtls: {line}");
    }
    ExitCode::from(code)
}
