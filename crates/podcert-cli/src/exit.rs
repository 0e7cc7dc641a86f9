//! How a program ends: the exit codes of sysexits.h that we use, and the last words before them.

use std::process::ExitCode;

use podcert::diagnose::{Diagnose, ErrorClass, explain};

/// The exit code of a class of errors.
pub fn code(class: ErrorClass) -> u8 {
    match class {
        ErrorClass::Usage => 64,
        ErrorClass::Data => 65,
        ErrorClass::Unavailable => 69,
        ErrorClass::CannotWrite => 73,
        ErrorClass::Deadline => 75,
        ErrorClass::Refused => 77,
        ErrorClass::Settings => 78,
    }
}

/// Prints an error with its causes and its remedy, and returns the exit code of its class.
pub fn fail<E: Diagnose + ?Sized>(program: &str, error: &E) -> ExitCode {
    fail_with(program, &explain(error), code(error.class()))
}

/// Prints a text, and returns the exit code.
pub fn fail_with(program: &str, text: &str, code: u8) -> ExitCode {
    for line in text.lines() {
        eprintln!("{program}: {line}");
    }
    ExitCode::from(code)
}

/// Prints what clap has found, help included. clap would exit with 2, which means something else to sysexits and to
/// shells.
pub fn refuse_command_line(error: &clap::Error) -> ExitCode {
    // Nobody is left to read it when this fails.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(code(ErrorClass::Usage)) } else { ExitCode::SUCCESS }
}
