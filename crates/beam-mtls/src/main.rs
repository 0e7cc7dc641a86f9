//! Reads the command line, picks what to do, and turns an error into a text and an exit code.

use std::future::Future;
use std::io::{self, Write};
use std::process::ExitCode;

use beam_mtls::console::{self, Task};
use beam_mtls::doctor::{self, Diagnosis};
use beam_mtls::environment::Environment;
use beam_mtls::settings::{Cli, Console, HandshakeArgs, Subcommand};
use beam_mtls::{handshake, local, run};
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use jiff::Timestamp;
use podcert::check::origins;
use podcert::exit::{ExitClass, fail, refuse_command_line};
use podcert::report::Finding;
use podcert::settings::Faults;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What stands before each line of an error.
const PROGRAM: &str = "beam-mtls";

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
    let environment = Environment::of_process();
    match cli.subcommand {
        Subcommand::Doctor(args) => {
            let origins = origins_of_doctor(&matches);
            diagnose(&block_on(doctor::doctor(*args, origins, &environment, now())))
        }
        Subcommand::Handshake(args) => match dial(args, &environment) {
            Ok(()) => ExitCode::SUCCESS,
            Err(code) => code,
        },
        Subcommand::Local(args) => match block_on(local::local(args, &environment)) {
            Ok(code) => code,
            Err(error) => fail(PROGRAM, &error, error.exit_code()),
        },
        Subcommand::Remote(args) => become_erl(args.into_settings(&environment), Task::Shell, &environment),
        Subcommand::Rpc(args) => become_erl(
            args.console.into_settings(&environment),
            Task::Evaluate(args.expression),
            &environment,
        ),
        Subcommand::Run(args) => match block_on(run::run(*args, &environment, now())) {
            Ok(never) => match never {},
            Err(error) => fail(PROGRAM, &error, error.exit_code()),
        },
    }
}

/// Where each setting of `doctor` came from.
fn origins_of_doctor(matches: &ArgMatches) -> Vec<Finding> {
    let command = Cli::command();
    let doctor = command.find_subcommand("doctor").zip(matches.subcommand_matches("doctor"));
    doctor.map_or_else(Vec::new, |(command, matches)| origins(command, matches))
}

fn diagnose(diagnosis: &Diagnosis) -> ExitCode {
    let report = &diagnosis.report;
    let text = if diagnosis.json { report.json() } else { report.table() };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => report.exit_code().into(),
        Err(error) => fail(PROGRAM, &error, ExitClass::CannotWrite),
    }
}

fn become_erl(settings: Result<Console, Faults>, task: Task, environment: &Environment) -> ExitCode {
    let settings = match settings {
        Ok(settings) => settings,
        Err(faults) => return fail(PROGRAM, &faults, faults.exit_class()),
    };
    match console::console(settings, task, environment) {
        Ok(never) => match never {},
        Err(error) => fail(PROGRAM, &error, error.exit_code()),
    }
}

fn dial(args: HandshakeArgs, environment: &Environment) -> Result<(), ExitCode> {
    let settings =
        args.into_settings(environment).map_err(|faults| fail(PROGRAM, &faults, faults.exit_class()))?;
    handshake::handshake(&settings, now()).map_err(|error| fail(PROGRAM, &error, error.exit_class()))
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
