//! The program `beam-mtls`: reads the command line and runs the command.

use std::process::ExitCode;

use beam_mtls::cli::{self, Cli, Subcommand};
use beam_mtls::commands::console::{self, Console, Task};
use beam_mtls::commands::handshake::{self, HandshakeArgs};
use beam_mtls::commands::{doctor, local, run};
use beam_mtls::environment::Environment;
use clap::FromArgMatches;
use podcert::diagnose::explain;
use podcert::support::clock::{Clock, SystemClock};
use podcert_cli::check::setting_findings;
use podcert_cli::commands::check::print;
use podcert_cli::exit::{fail, fail_with, refuse_command_line};
use podcert_cli::process::{block_on, log_to_stderr};
use podcert_cli::settings::Faults;

/// The prefix of each line of an error.
const PROGRAM: &str = "beam-mtls";

fn main() -> ExitCode {
    let parsed = cli::command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse_command_line(error),
    };
    log_to_stderr(&["beam_mtls", "podcert", "podcert_cli"]);
    let environment = Environment::of_process();
    match cli.subcommand {
        Subcommand::Doctor(args) => {
            let findings = setting_findings(&cli::command(), &matches);
            let diagnosis = block_on(doctor::doctor(*args, findings, &environment, SystemClock.now()));
            print(PROGRAM, &diagnosis.report, diagnosis.json)
        }
        Subcommand::Handshake(args) => dial(args, &environment),
        Subcommand::Local(args) => match block_on(local::local(args, &environment)) {
            Ok(code) => code,
            Err(error) => fail_with(PROGRAM, &explain(&error), error.exit_code()),
        },
        Subcommand::Remote(args) => become_erl(args.into_settings(&environment), Task::Shell, &environment),
        Subcommand::Rpc(args) => become_erl(
            args.console.into_settings(&environment),
            Task::Evaluate(args.expression),
            &environment,
        ),
        Subcommand::Run(args) => match block_on(run::run(*args, &environment, &SystemClock)) {
            Ok(code) => code,
            Err(error) => fail_with(PROGRAM, &explain(&error), error.exit_code()),
        },
    }
}

fn become_erl(settings: Result<Console, Faults>, task: Task, environment: &Environment) -> ExitCode {
    let settings = match settings {
        Ok(settings) => settings,
        Err(faults) => return fail(PROGRAM, &faults),
    };
    match console::console(settings, task, environment) {
        Ok(never) => match never {},
        Err(error) => fail_with(PROGRAM, &explain(&error), error.exit_code()),
    }
}

fn dial(args: HandshakeArgs, environment: &Environment) -> ExitCode {
    let settings = match args.into_settings(environment) {
        Ok(settings) => settings,
        Err(faults) => return fail(PROGRAM, &faults),
    };
    match handshake::handshake(&settings, SystemClock.now()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(PROGRAM, &error),
    }
}
