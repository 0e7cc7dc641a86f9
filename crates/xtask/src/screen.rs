//! Progress on the terminal: a line for each finished step, and a last line that shows which steps are running.

use std::io::{IsTerminal, Write, stdout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Shared by all threads. If standard output is not a terminal, only finished steps are printed.
pub struct Screen {
    running: Arc<Mutex<Running>>,
    rewrites: bool,
}

impl Screen {
    /// On a terminal, starts the thread that rewrites the last line.
    pub fn new() -> Self {
        let screen = Self { running: Arc::default(), rewrites: stdout().is_terminal() };
        if screen.rewrites {
            let running = Arc::downgrade(&screen.running);
            thread::spawn(move || tick(&running));
        }
        screen
    }

    /// Records that a step has started.
    pub fn start(&self, step: &str) {
        lock(&self.running).0.push((step.to_owned(), Instant::now()));
    }

    /// Records that a step has ended, and prints a text about it.
    pub fn finish(&self, step: &str, text: &str) {
        let mut running = lock(&self.running);
        running.0.retain(|(name, _)| name != step);
        println!("{}{text}", if self.rewrites { CLEAR_LINE } else { "" });
    }
}

#[derive(Default)]
struct Running(Vec<(String, Instant)>);

impl Running {
    fn line(&self) -> String {
        let steps = self.0.iter().map(|(name, since)| format!("{name} {} s", since.elapsed().as_secs()));
        format!("  ...   {}", steps.collect::<Vec<_>>().join(", "))
    }
}

fn tick(running: &Weak<Mutex<Running>>) {
    while let Some(running) = running.upgrade() {
        let running = lock(&running);
        if !running.0.is_empty() {
            print!("{CLEAR_LINE}{}", running.line());
            // A terminal that has been closed must not stop the tests.
            let _ = stdout().flush();
        }
        drop(running);
        thread::sleep(Duration::from_millis(500));
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

const CLEAR_LINE: &str = "\r\x1b[2K";
