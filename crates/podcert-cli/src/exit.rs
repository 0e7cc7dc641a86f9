//! How a program exits: the exit codes of sysexits.h that we use, and the error message before them.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use podcert::diagnose::{Diagnose, ErrorClass, explain};

use crate::settings::is_near;

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

/// Prints clap's errors and help. clap would exit with 2, which has a different meaning in sysexits and shells.
pub fn refuse_command_line(mut error: clap::Error) -> ExitCode {
    keep_near_suggestion(&mut error);
    // If this fails, there is no one left to report it to.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(code(ErrorClass::Usage)) } else { ExitCode::SUCCESS }
}

/// clap suggests `--version` for `--verbose`, since they begin alike. A flag has to be as near as a variable.
fn keep_near_suggestion(error: &mut clap::Error) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    if let (Some(given), Some(suggested)) = (text(ContextKind::InvalidArg), text(ContextKind::SuggestedArg))
        && !is_near(&given, &suggested)
    {
        error.remove(ContextKind::SuggestedArg);
        // That of the suggestion.
        error.remove(ContextKind::Usage);
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn refused(argument: &str) -> String {
        let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let command = Command::new("test").version("1").arg(switch("json"));
        let mut error = command.try_get_matches_from(["test", argument]).unwrap_err();
        keep_near_suggestion(&mut error);
        error.to_string()
    }

    #[test]
    fn only_a_flag_that_is_nearly_the_same_is_suggested() {
        let text = refused("--verbose");
        assert!(text.contains("'--verbose'") && !text.contains("--version"), "{text}");
        assert!(text.contains("try '--help'"), "{text}");
        for (typed, meant) in [("--versoin", "'--version'"), ("--jsn", "'--json'")] {
            assert!(refused(typed).contains(meant), "{}", refused(typed));
        }
    }
}
