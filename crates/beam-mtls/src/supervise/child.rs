//! The command, as our child.

use std::process;

use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group};

use super::terminal;

/// A running command, the leader of its process group.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
}

impl Child {
    /// Lends the terminal to a command that was just started.
    pub fn of(process: &process::Child) -> Self {
        let child = Self { pid: Pid::from_child(process) };
        terminal::lend(child.pid);
        child
    }

    /// Its process, and its group.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Passes a signal on; to the whole group if it stops or continues a job, whose processes may read from the terminal.
    pub fn forward(&self, signal: Signal) {
        let sent = match signal {
            Signal::CONT => return self.resume(),
            Signal::TSTP => kill_process_group(self.pid, signal),
            _ => kill_process(self.pid, signal),
        };
        // A program that has changed its user may be out of reach.
        if let Err(error) = sent {
            tracing::warn!("signal {} cannot be forwarded: {error}", signal.as_raw());
        }
    }

    /// Reacts to a stop of the command. Without us, a shell would see its job stopped, and a container's first process
    /// would not stop at all, since nothing could continue it.
    pub fn stopped(&self, by: Signal) {
        match by {
            // It asked for the terminal a moment before it could have it.
            Signal::TTIN | Signal::TTOU if terminal::is_in_reach(self.pid) => self.resume(),
            // The signal that continues us is forwarded.
            Signal::TTIN | Signal::TTOU => stop_self(),
            Signal::TSTP => {
                stop_self();
                self.resume();
            }
            // SIGSTOP was sent to the command alone, and its sender can continue it.
            _ => {}
        }
    }

    /// Continues the command with everything that the terminal has stopped, as a shell continues a job.
    fn resume(&self) {
        terminal::lend(self.pid);
        if let Err(error) = kill_process_group(self.pid, Signal::CONT) {
            tracing::warn!("the command cannot be continued: {error}");
        }
    }
}

/// Stops this process, unless the kernel finds that nothing could continue it: it is PID 1, or its group is orphaned.
/// SIGTTIN has that effect, and it is not among the signals that we catch.
fn stop_self() {
    if let Err(error) = kill_process(getpid(), Signal::TTIN) {
        tracing::warn!("this process cannot be stopped: {error}");
    }
}
