//! What a scenario did, to be shown when it fails.

use std::io::{self, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::{self, Deadline};

/// Commands with what they printed.
#[derive(Debug, Default)]
pub struct Transcript(Mutex<String>);

impl Transcript {
    /// Runs a command to its end: what it wrote to its output, or, if it failed, to its errors.
    pub fn run(&self, mut command: Command, input: Option<&str>) -> Result<String, String> {
        let shown = shown(&command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown} does not start: {error}"));
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), input) {
            // A process that does not read it says why in its output.
            let _ = pipe.write_all(text.as_bytes());
        }
        let output = output(child).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        self.push(&format!("$ {shown}\n{said}\n{errors}"));
        if output.status.success() { Ok(said) } else { Err(format!("{shown}: {}\n{errors}", output.status)) }
    }

    /// The last of it.
    pub fn tail(&self) -> String {
        let text = self.0.lock().expect("a transcript that is not poisoned");
        let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    fn push(&self, text: &str) {
        self.0.lock().expect("a transcript that is not poisoned").push_str(text);
    }
}

/// What a process has printed, and how it ended. One that hangs is killed.
fn output(child: Child) -> io::Result<Output> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    let collector = thread::spawn(move || child.wait_with_output());
    if !wait::holds_before(Deadline::after(PATIENCE), || collector.is_finished()) {
        // It may have ended at this very moment.
        let _ = kill_process(pid, Signal::KILL);
    }
    collector.join().expect("a collector that did not panic")
}

const TAIL: usize = 80;

/// Longer than anything that is waited for by kubectl or Helm.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn shown(command: &Command) -> String {
    let name = command.get_program().to_string_lossy();
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    [name].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}
