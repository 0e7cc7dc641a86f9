//! `podcert check`: checks everything that a certificate depends on, and changes nothing.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ArgMatches;
use podcert::diagnose::ErrorClass;
use podcert::identity::Identity;
use podcert::support::clock::{Clock, SystemClock};

use super::PROGRAM;
use crate::check::{Subject, check, fault_findings, setting_findings};
use crate::cli::{self, CheckArgs};
use crate::diagnostics::Report;
use crate::exit::{self, fail_with};
use crate::process::block_on;

/// Prints a report, and returns its exit code.
pub fn run(args: CheckArgs, matches: &ArgMatches) -> ExitCode {
    let (json, directory) = (args.json, args.obtain.directory());
    let mut findings = setting_findings(&cli::command(), matches);
    let settings = cli::settings(args.obtain);
    findings.extend(settings.as_ref().err().map(fault_findings).unwrap_or_default());
    let needed = Identity::default();
    let subject =
        Subject { settings: settings.as_ref().ok(), directory: &directory, needed: &needed, reader: None };
    findings.extend(block_on(check(&subject, SystemClock.now())));
    print(PROGRAM, &Report(findings), json)
}

/// Prints a report as a table or as JSON, and returns its exit code.
pub fn print(program: &str, report: &Report, json: bool) -> ExitCode {
    let text = if json { report.json() } else { report.table() };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => report.exit_code().into(),
        Err(error) => {
            let text = format!("the report cannot be written: {error}");
            fail_with(program, &text, exit::code(ErrorClass::CannotWrite))
        }
    }
}
