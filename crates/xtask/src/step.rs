//! Steps: each has its own log, is shown on the screen, and counts in the summary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Result, anyhow};
use testbed::{Log, Workspace, environment};

use crate::results;
use crate::screen::Screen;
use crate::summary::TestSummary;

/// Runs steps, also from several threads, and sums up their results.
pub struct Steps<'a> {
    workspace: &'a Workspace,
    screen: Screen,
    summary: Mutex<TestSummary>,
}

/// Finds the results of tests in a log.
pub type Count = fn(&str) -> TestSummary;

impl<'a> Steps<'a> {
    /// No step has run yet.
    pub fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, screen: Screen::new(), summary: Mutex::default() }
    }

    /// Runs a step that counts as one test. True if it passed.
    pub fn run(&self, name: &str, work: impl FnOnce(&Log) -> Result<()>) -> bool {
        self.execute(name, work, None)
    }

    /// Runs a step that consists of tests: `count` finds them in the log. It fails if there are none.
    pub fn run_tests(&self, name: &str, count: Count, work: impl FnOnce(&Log) -> Result<()>) -> bool {
        self.execute(name, work, Some(count))
    }

    /// Records that a step cannot be run here, and why.
    pub fn skip(&self, name: &str, reason: &str) {
        self.screen.finish(name, &format!("  skip  {name}: {reason}"));
        self.add(name, TestSummary { skipped: vec![reason.to_owned()], ..TestSummary::default() });
    }

    /// Prints all reasons and the closing line.
    pub fn close(self) -> ExitCode {
        let summary = self.summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        println!("\n{summary}");
        summary.exit_code(environment::in_ci())
    }

    fn execute(&self, name: &str, work: impl FnOnce(&Log) -> Result<()>, count: Option<Count>) -> bool {
        let since = Instant::now();
        self.screen.start(name);
        let path = logs(self.workspace).join(name).with_extension("log");
        let mut result = Log::create(path.clone()).and_then(|log| work(&log));
        let mut summary = match count {
            Some(count) => count(&contents(&path)),
            None => TestSummary { passed: usize::from(result.is_ok()), ..TestSummary::default() },
        };
        if result.is_ok() && summary.is_empty() {
            result = Err(anyhow!("no test was run"));
        }
        if let Err(error) = &result
            && summary.failed.is_empty()
        {
            summary.failed.push(format!("{error:#}"));
        }
        self.screen.finish(name, &self.outcome(name, since, &path, &result, &summary));
        self.add(name, summary);
        result.is_ok()
    }

    fn outcome(
        &self,
        name: &str,
        since: Instant,
        log: &Path,
        result: &Result<()>,
        summary: &TestSummary,
    ) -> String {
        let seconds = since.elapsed().as_secs_f32();
        let Err(error) = result else {
            let tests =
                if summary.passed == 1 { String::new() } else { format!("  {} tests", summary.passed) };
            return format!("  ok    {name:<18}{seconds:>7.1} s{tests}");
        };
        let mut text = format!("  FAIL  {name:<18}{seconds:>7.1} s\n");
        for line in results::excerpt(&contents(log)) {
            text += &format!("        | {line}\n");
        }
        text + &format!("        {error:#}\n        log: {}", self.workspace.shown(log))
    }

    /// Adds the results, with the step's name in front of each reason.
    fn add(&self, name: &str, mut summary: TestSummary) {
        for reason in summary.failed.iter_mut().chain(&mut summary.skipped) {
            *reason = format!("{name}: {reason}");
        }
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).add(summary);
    }
}

/// The directory with the logs of all steps.
pub fn logs(workspace: &Workspace) -> PathBuf {
    workspace.target.join("xtask/logs")
}

/// Lossy, since a test may print invalid UTF-8, and its result must be counted nevertheless.
fn contents(log: &Path) -> String {
    fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
