//! What a scenario did, to be told when it fails.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;

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
            // Whoever does not read it tells why in its output.
            let _ = pipe.write_all(text.as_bytes());
        }
        let output = child.wait_with_output().unwrap_or_else(|error| panic!("{shown}: {error}"));
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        self.push(&format!("$ {shown}\n{said}\n{errors}"));
        if output.status.success() { Ok(said) } else { Err(format!("{shown}: {}\n{errors}", output.status)) }
    }

    /// The last of it.
    pub fn tail(&self) -> String {
        let text = self.0.lock().expect("a transcript that nobody broke");
        let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    fn push(&self, text: &str) {
        self.0.lock().expect("a transcript that nobody broke").push_str(text);
    }
}

const TAIL: usize = 80;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn shown(command: &Command) -> String {
    let name = command.get_program().to_string_lossy();
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    [name].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}
