//! A process that a scenario talks to. Dropping it ends it.

use std::borrow::BorrowMut;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::wait::{self, Deadline};

/// A process in its own process group, with its output and the answers in it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    log: Log,
    answers: Receiver<String>,
    collectors: Vec<JoinHandle<()>>,
}

/// What a process has written so far, except for answers.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Process {
    /// Starts a command. Its input is a pipe.
    pub fn start(mut command: impl BorrowMut<Command>) -> Self {
        let command = command.borrow_mut();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let (sender, answers) = channel();
        let log = Log::default();
        let (output, errors) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let collectors = vec![collect(output, log.clone(), Some(sender)), collect(errors, log.clone(), None)];
        Self { input: child.stdin.take(), child, log, answers, collectors }
    }

    /// Its id, also that of its group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// All that it has written, once it has ended.
    pub fn log_to_end(&mut self) -> String {
        wait::until("the process closes its output", || self.collectors.iter().all(JoinHandle::is_finished));
        for collector in self.collectors.drain(..) {
            collector.join().expect("a collector that did not panic");
        }
        self.log.text()
    }

    /// Writes a line to its input.
    pub fn write_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an input that is open");
        // A process that has ended does not answer; that is reported when the answer is read.
        let _ = input.write_all(format!("{line}\n").as_bytes());
    }

    /// The next line of its output that starts with [`ANSWER`].
    pub fn answer(&self) -> Option<String> {
        let mut deadline = Deadline::default();
        loop {
            match self.answers.recv_timeout(POLL) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) if !deadline.has_passed() => {}
                Err(_) => return None,
            }
        }
    }

    /// Runs a command of `beam-mtls` to its end: its exit code and all that it has written.
    ///
    /// It gives a peer five seconds to answer, which is not enough on a busy machine: then it is run again.
    pub fn run_until_answered(mut command: Command) -> (Option<i32>, String) {
        let mut result = (None, String::new());
        wait::holds(|| {
            let mut process = Self::start(&mut command);
            result = (process.end().code(), process.log_to_end());
            !result.1.contains("does not answer in time")
        });
        result
    }

    /// Closes its input and waits until it has ended.
    pub fn end(&mut self) -> ExitStatus {
        self.input = None;
        self.wait()
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait::until("the process ends", || {
            status = self.child.try_wait().expect("a status");
            status.is_some()
        });
        status.expect("a status")
    }

    /// Whether it is still there.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_none()
    }

    /// Sends a signal to it and to all that it has started.
    pub fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process id");
        // It may have ended by itself.
        let _ = kill_process_group(group, signal);
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        // Nothing else can have waited for it.
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        self.0.lock().expect("a log that is not poisoned").clone()
    }

    /// How long it is now, so that only what comes later can be examined.
    pub fn mark(&self) -> usize {
        self.0.lock().expect("a log that is not poisoned").len()
    }

    /// What was written after a mark.
    pub fn since(&self, mark: usize) -> String {
        self.text().split_off(mark)
    }

    /// The last lines.
    pub fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    fn push(&self, line: &str) {
        let mut text = self.0.lock().expect("a log that is not poisoned");
        text.push_str(line);
        text.push('\n');
    }
}

/// The beginning of a line that is an answer.
pub const ANSWER: &str = "@answer ";

const TAIL: usize = 40;

const POLL: Duration = Duration::from_millis(100);

fn collect(stream: impl Read + Send + 'static, log: Log, answers: Option<Sender<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut lines = BufReader::new(stream).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            let line = String::from_utf8_lossy(&line);
            match (line.strip_prefix(ANSWER), &answers) {
                (Some(answer), Some(answers)) => {
                    // The receiver is gone while the process is being dropped.
                    let _ = answers.send(answer.to_owned());
                }
                _ if line.is_empty() => {}
                _ => log.push(&line),
            }
        }
    })
}
