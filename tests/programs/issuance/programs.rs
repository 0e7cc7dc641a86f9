//! The programs that obtain a certificate, each time into a directory that is empty.

use std::cell::Cell;
use std::process::Stdio;

use tokio::process::Command;

/// Counts the directories.
#[derive(Default)]
pub struct Programs {
    started: Cell<usize>,
}

/// How a certificate is obtained.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// `podcert obtain`, as an init container calls it.
    Podcert,
    /// What users write without podcert.
    Script,
}

impl Programs {
    /// A program with its arguments.
    pub fn command(&self, program: Program) -> Command {
        let (file, arguments) = self.words(program);
        quiet(Command::new(file), &arguments)
    }

    /// The same, run by `time`, which writes its report to a file.
    pub fn timed(&self, program: Program, report: &str) -> Command {
        let (file, arguments) = self.words(program);
        let mut time = Command::new("/bench/time");
        time.args(["--format=%M", "--output", report, file]);
        quiet(time, &arguments)
    }

    fn words(&self, program: Program) -> (&'static str, Vec<String>) {
        let number = self.started.get();
        self.started.set(number + 1);
        let directory = format!("{DIRECTORY}/{number}");
        match program {
            // The default of two minutes is for one pod, not for a thousand requests at once.
            Program::Podcert => {
                let words = ["obtain", "--issuer", ISSUER, "--deadline", "1h", "--directory", &directory];
                ("/bench/podcert", words.map(str::to_owned).to_vec())
            }
            Program::Script => ("/bench/obtain.sh", vec![directory, ISSUER.to_owned()]),
        }
    }
}

/// Runs it to its end.
pub async fn succeed(mut command: Command) {
    let output = command.output().await.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}, {stderr}", output.status);
}

fn quiet(mut command: Command, arguments: &[String]) -> Command {
    command.args(arguments).stdin(Stdio::null());
    command
}

/// An Issuer in the namespace of this pod.
pub const ISSUER: &str = "ca";

/// In memory, as the chart mounts it.
pub const DIRECTORY: &str = "/run/bench";
