//! An operator at a terminal: a program with a pseudo-terminal, and what it shows there.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::wait;

/// A program at a terminal; it ends when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
}

impl Terminal {
    /// Starts a program at its own terminal.
    pub fn start(mut command: Command) -> Self {
        let (ours, theirs) = pair().expect("a pseudo-terminal");
        let theirs = || theirs.try_clone().expect("another file descriptor");
        command.stdin(theirs()).stdout(theirs()).stderr(theirs()).env("TERM", "dumb");
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let keyboard = File::from(ours);
        let mut output = keyboard.try_clone().expect("another file descriptor");
        let screen = Arc::new(Mutex::new(String::new()));
        let shown = screen.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // It ends with an error when the program has gone.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..read]);
                shown.lock().expect("a screen that is not poisoned").push_str(&text);
            }
        });
        Self { child, keyboard, screen }
    }

    /// Waits until a text is on the screen that was not there before.
    pub fn awaits(&self, text: &str, seen: usize) -> usize {
        let mut end = None;
        let appears = wait::holds(|| {
            let at = self.screen().get(seen..).and_then(|new| new.find(text));
            end = at.map(|at| seen + at + text.len());
            end.is_some()
        });
        assert!(appears, "{text:?} does not appear on the terminal:\n{}", self.screen());
        end.expect("where it ends")
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\r").as_bytes()).expect("a terminal that takes keys");
    }

    /// All that was shown.
    pub fn screen(&self) -> String {
        self.screen.lock().expect("a screen that is not poisoned").clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pair() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let theirs = open(ptsname(&ours, Vec::new())?, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
    Ok((ours, theirs))
}
