//! A process that is started, talked to, and gone when it is dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::wait;

/// A process in a group of its own, its output, and the answers among it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    log: Log,
    answers: Receiver<String>,
    collectors: Vec<JoinHandle<()>>,
}

/// What a process has written so far, answers apart.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Process {
    /// Starts it; its input is a pipe.
    pub fn start(mut command: Command) -> Self {
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
        for collector in self.collectors.drain(..) {
            collector.join().expect("a collector that did not panic");
        }
        self.log.text()
    }

    /// Writes a line to its input.
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an input that is open");
        // Whoever has ended gives no answer, which is told then.
        let _ = input.write_all(format!("{line}\n").as_bytes());
    }

    /// The next line of its output that starts with [`ANSWER`].
    pub fn answer(&self, patience: Duration) -> Option<String> {
        self.answers.recv_timeout(patience).ok()
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

    /// Ends it the hard way.
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
        self.0.lock().expect("a log that nobody broke").clone()
    }

    /// How long it is, to look only at what comes later.
    pub fn mark(&self) -> usize {
        self.0.lock().expect("a log that nobody broke").len()
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
        let mut text = self.0.lock().expect("a log that nobody broke");
        text.push_str(line);
        text.push('\n');
    }
}

/// How a line begins that answers what was told.
pub const ANSWER: &str = "@answer ";

const TAIL: usize = 40;

fn collect(stream: impl Read + Send + 'static, log: Log, answers: Option<Sender<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut lines = BufReader::new(stream).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            let line = String::from_utf8_lossy(&line);
            match (line.strip_prefix(ANSWER), &answers) {
                (Some(answer), Some(answers)) => {
                    // Nobody waits for it once the process is being dropped.
                    let _ = answers.send(answer.to_owned());
                }
                _ if line.is_empty() => {}
                _ => log.push(&line),
            }
        }
    })
}
