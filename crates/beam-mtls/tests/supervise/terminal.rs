//! At a terminal: keys reach the command as without a supervisor, and the shell that has started it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::release::{supervise, supervise_behind};
use crate::supervised::{READ, until};

#[test]
fn the_command_reads_lines_from_the_start() {
    for _ in 0..20 {
        let mut terminal =
            Terminal::start(&supervise_behind(SESSION, &["sh", "-c", "read line; echo got $line"]));
        terminal.types("a line\n");
        terminal.shows("got a line");
        assert_eq!(terminal.end(), Some(0));
    }
}

#[test]
fn the_group_of_the_command_is_in_the_foreground_although_it_has_not_read() {
    // Fields of proc_pid_stat(5): the process group, and the one in the foreground of the terminal.
    let field = |number| format!("\"$(cut -d ' ' -f {number} /proc/self/stat)\"");
    let script = format!("until [ {} = {} ]; do sleep 0.01; done; echo in front", field(5), field(8));
    let mut terminal = Terminal::start(&supervise_behind(SESSION, &["sh", "-c", &script]));
    terminal.shows("in front");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn a_ctrl_c_reaches_the_command_once() {
    let script = format!("trap 'echo interrupted' INT; {READ}; exit 4");
    let mut terminal = Terminal::start(&supervise_behind(SESSION, &["sh", "-c", &script]));
    terminal.shows("ready");
    terminal.types("\u{3}");
    terminal.shows("interrupted");
    terminal.types("end\n");
    assert_eq!(terminal.end(), Some(4));
    assert_eq!(terminal.screen().matches("interrupted").count(), 1, "{}", terminal.screen());
}

#[test]
fn a_ctrl_z_stops_nothing_that_no_shell_could_continue() {
    let mut terminal = Terminal::start(&supervise_behind(SESSION, &["sh", "-c", READ_ONE]));
    terminal.shows("ready");
    terminal.types("\u{1a}");
    terminal.shows("^Z");
    terminal.types("on\n");
    terminal.shows("got on");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn a_shell_stops_and_continues_the_command() {
    // Three processes, all of which are stopped.
    let command = shell_words(&supervise(&["sh", "-c", &format!("{{ {READ_ONE}; }} | cat")]));
    let mut terminal = Terminal::start(&session(&["sh", "-im"]));
    terminal.types(&format!("{command}\n"));
    terminal.shows("ready");
    terminal.types("\u{1a}");
    terminal.shows("Stopped");
    terminal.types("echo in the $((40 + 2))nd shell\n");
    terminal.shows("in the 42nd shell");
    terminal.types("fg\n");
    terminal.types("on\n");
    terminal.shows("got on");
    terminal.types("exit 6\n");
    assert_eq!(terminal.end(), Some(6));
}

#[test]
fn a_command_in_the_background_waits_for_the_terminal() {
    let command = shell_words(&supervise(&["sh", "-c", READ_ONE]));
    let mut terminal = Terminal::start(&session(&["sh", "-im"]));
    terminal.types(&format!("{command} &\n"));
    terminal.shows("ready");
    terminal.types("echo still the $((40 + 2))nd shell\n");
    terminal.shows("still the 42nd shell");
    terminal.types("fg\n");
    terminal.types("on\n");
    terminal.shows("got on");
    terminal.types("exit 6\n");
    assert_eq!(terminal.end(), Some(6));
}

#[test]
fn a_script_has_the_terminal_back_after_the_command() {
    let command = shell_words(&supervise(&["true"]));
    let mut terminal = Terminal::start(&session(&["sh", "-c", &format!("{command}; {READ_ONE}; exit 5")]));
    terminal.shows("ready");
    terminal.types("on\n");
    terminal.shows("got on");
    assert_eq!(terminal.end(), Some(5));
}

/// Reads a line. The quotes keep what is typed apart from what is printed.
const READ_ONE: &str = "echo re''ady; read -r line; echo got $line";

/// Makes what follows the leader of a session at the terminal, as a container's first process is.
const SESSION: &[&str] = &["setsid", "--ctty"];

fn session(words: &[&str]) -> Command {
    let mut command = Command::new(SESSION[0]);
    command.args(&SESSION[1..]).args(words).env_clear().env("PATH", "/usr/bin:/bin");
    command
}

fn shell_words(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| format!("'{}' ", word.to_str().expect("UTF-8").replace('\'', "'\\''"))).collect()
}

/// A program at a pseudo-terminal.
struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    seen: usize,
}

impl Terminal {
    fn start(command: &Command) -> Self {
        let (ours, theirs) = pair().expect("a pseudo-terminal");
        let theirs = || theirs.try_clone().expect("another file descriptor");
        let mut start = Command::new(command.get_program());
        start
            .args(command.get_args())
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("PS1", "$ ");
        let child = start.stdin(theirs()).stdout(theirs()).stderr(theirs()).spawn().expect("a program");
        let keyboard = File::from(ours);
        let mut output = keyboard.try_clone().expect("another file descriptor");
        let screen = Arc::new(Mutex::new(String::new()));
        let shown = screen.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // It ends with an error when the program has gone.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..read]);
                shown.lock().expect("a screen that nobody broke").push_str(&text);
            }
        });
        Self { child, keyboard, screen, seen: 0 }
    }

    fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("a terminal that takes keys");
    }

    /// Waits until a text is there that comes after what was waited for before.
    fn shows(&mut self, text: &str) {
        let mut found = None;
        let screen = self.screen.clone();
        let seen = self.seen;
        until(&format!("{text:?} on the terminal"), || {
            let screen = screen.lock().expect("a screen that nobody broke");
            found = screen[seen..].find(text).map(|at| seen + at + text.len());
            found.is_some()
        });
        self.seen = found.expect("a place");
    }

    fn screen(&self) -> String {
        self.screen.lock().expect("a screen that nobody broke").clone()
    }

    fn end(&mut self) -> Option<i32> {
        self.child.wait().expect("a status").code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the terminal shows:\n{}", self.screen());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pair() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = open(ptsname(&ours, Vec::new())?, flags, Mode::empty())?;
    Ok((ours, theirs))
}
