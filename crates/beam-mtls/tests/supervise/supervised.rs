//! A command that is supervised, and what it prints.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A running supervisor whose command ends when it reads `end`.
#[derive(Debug)]
pub struct Supervised {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Supervised {
    /// Starts it and waits until the command prints `ready`.
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process =
            command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let supervised = Self { input: process.stdin.take(), process, lines };
        assert_eq!(supervised.line(), "ready");
        supervised
    }

    /// The supervisor.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// The command.
    pub fn command(&self) -> Pid {
        let children = children(self.pid());
        assert!(!children.is_empty(), "there is no command");
        children[0]
    }

    /// Sends a signal to the supervisor.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a process that takes signals");
    }

    /// The next line that the command prints.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    /// The lines that are left, once no process has the output open any longer.
    pub fn rest(&self) -> Vec<String> {
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("a process still has the output open"),
            }
        }
    }

    /// Has the command end, and waits for the supervisor.
    pub fn end(&mut self) -> ExitStatus {
        self.end_command();
        self.wait()
    }

    /// Waits for the supervisor while the command still reads.
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait().expect("a status")
    }

    fn end_command(&mut self) {
        if let Some(mut input) = self.input.take() {
            // It may have ended by itself.
            let _ = input.write_all(b"end\n");
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.end_command();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a shell does between traps, each of which ends a `read`.
pub const READ: &str = "echo ready; until [ \"$line\" = end ]; do read -r line; done";

/// The children of a process.
pub fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero();
    let tasks =
        fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).expect("a living process");
    tasks.split_ascii_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

/// A line of `/proc/PID/status`, without its name.
pub fn status(pid: Pid, name: &str) -> String {
    let status =
        fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).expect("a living process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {status}")).trim().to_owned()
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not in time");
        thread::sleep(Duration::from_millis(5));
    }
}

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(120);
