//! Progress on the terminal: one line for each finished step, and while something runs a last line that is rewritten.

use std::io::{IsTerminal, Write, stdout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// Shared by all threads; what is not a terminal only gets the finished lines.
pub struct Screen {
    running: Arc<Mutex<Running>>,
    rewrites: bool,
}

impl Screen {
    /// Starts the clock of the rewritten line where there is a terminal.
    pub fn new() -> Self {
        let screen = Self { running: Arc::default(), rewrites: stdout().is_terminal() };
        if screen.rewrites {
            let running = Arc::downgrade(&screen.running);
            thread::spawn(move || tick(&running));
        }
        screen
    }

    /// A step has begun.
    pub fn start(&self, step: &str) {
        lock(&self.running).0.push((step.to_owned(), Instant::now()));
    }

    /// A step has ended: its line, and whatever else is to be read about it.
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
            // A terminal that has gone away is no reason to stop the tests.
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
