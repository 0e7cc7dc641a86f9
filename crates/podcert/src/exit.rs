//! Exit codes before the program proper runs: the classes of sysexits.h that we use.

use std::error::Error;
use std::process::ExitCode;

/// The class of an error, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExitClass {
    /// A flag or variable that cannot be understood.
    Usage = 64,
    /// A certificate or key that is wrong.
    Data = 65,
    /// The signer cannot be reached or did not answer as it should.
    Unavailable = 69,
    /// Something cannot be written.
    CannotWrite = 73,
    /// The deadline passed; a new try may succeed.
    Deadline = 75,
    /// The request was refused.
    Refused = 77,
    /// Settings that contradict each other, or lack something.
    Settings = 78,
}

impl ExitClass {
    /// The exit code of this class.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitClass> for ExitCode {
    fn from(class: ExitClass) -> Self {
        Self::from(class.code())
    }
}

/// Tells an error, and why the program ends with it.
pub fn fail(program: &str, error: &dyn Error, code: impl Into<ExitCode>) -> ExitCode {
    for line in chain(error).lines() {
        eprintln!("{program}: {line}");
    }
    code.into()
}

/// Tells what clap has found, help included. clap would exit with 2, which means something else to sysexits and to
/// shells.
pub fn refuse_command_line(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell when this fails.
    let _ = error.print();
    if error.use_stderr() { ExitClass::Usage.into() } else { ExitCode::SUCCESS }
}

/// An error with its causes, as one line: what failed, then why.
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
