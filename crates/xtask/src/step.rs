//! Steps: each runs with a log of its own, is shown on the screen and counted in the report.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};

use crate::report::Report;
use crate::screen::Screen;
use crate::workspace::Workspace;
use crate::{environment, results};

/// Runs steps, from several threads if need be, and adds up what they count.
pub struct Steps<'a> {
    workspace: &'a Workspace,
    screen: Screen,
    report: Mutex<Report>,
}

/// Finds the results of tests in a log.
pub type Count = fn(&str) -> Report;

impl<'a> Steps<'a> {
    /// No step has run yet.
    pub fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, screen: Screen::new(), report: Mutex::default() }
    }

    /// A step that counts as one. True when it passed.
    pub fn run(&self, name: &str, work: impl FnOnce(&Log) -> Result<()>) -> bool {
        self.execute(name, work, None)
    }

    /// A step that runs tests: `count` finds them in the log, and there have to be some.
    pub fn run_tests(&self, name: &str, count: Count, work: impl FnOnce(&Log) -> Result<()>) -> bool {
        self.execute(name, work, Some(count))
    }

    /// A step that cannot be run here, and why.
    pub fn skip(&self, name: &str, reason: &str) {
        self.screen.finish(name, &format!("  skip  {name}: {reason}"));
        self.add(name, Report { skipped: vec![reason.to_owned()], ..Report::default() });
    }

    /// Prints all reasons and the closing line.
    pub fn close(self) -> ExitCode {
        let report = self.report.into_inner().unwrap_or_else(PoisonError::into_inner);
        println!("\n{report}");
        report.exit_code(environment::in_ci())
    }

    fn execute(&self, name: &str, work: impl FnOnce(&Log) -> Result<()>, count: Option<Count>) -> bool {
        let since = Instant::now();
        self.screen.start(name);
        let path = logs(self.workspace).join(name).with_extension("log");
        let mut result = Log::create(path.clone()).and_then(|log| work(&log));
        let mut report = match count {
            Some(count) => count(&contents(&path)),
            None => Report { passed: usize::from(result.is_ok()), ..Report::default() },
        };
        if result.is_ok() && report.is_empty() {
            result = Err(anyhow!("no test was run"));
        }
        if let Err(error) = &result
            && report.failed.is_empty()
        {
            report.failed.push(format!("{error:#}"));
        }
        self.screen.finish(name, &self.outcome(name, since, &path, &result, &report));
        self.add(name, report);
        result.is_ok()
    }

    fn outcome(
        &self,
        name: &str,
        since: Instant,
        log: &Path,
        result: &Result<()>,
        report: &Report,
    ) -> String {
        let seconds = since.elapsed().as_secs_f32();
        let Err(error) = result else {
            let tests = if report.passed == 1 { String::new() } else { format!("  {} tests", report.passed) };
            return format!("  ok    {name:<14}{seconds:>7.1} s{tests}");
        };
        let mut text = format!("  FAIL  {name:<14}{seconds:>7.1} s\n");
        for line in results::excerpt(&contents(log)) {
            text += &format!("        | {line}\n");
        }
        text + &format!("        {error:#}\n        log: {}", self.workspace.shown(log))
    }

    /// Adds up, with the step's name before each reason.
    fn add(&self, name: &str, mut report: Report) {
        for reason in report.failed.iter_mut().chain(&mut report.skipped) {
            *reason = format!("{name}: {reason}");
        }
        self.report.lock().unwrap_or_else(PoisonError::into_inner).add(report);
    }
}

/// The complete output of one step.
pub struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    fn create(path: PathBuf) -> Result<Self> {
        let create = || {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            File::create(&path)
        };
        let file = create().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, file })
    }

    /// Runs a command to its end with its output in the log. It stays in our process group, so Ctrl-C reaches it too.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let shown = shown(command);
        self.write(&format!("$ {shown}"))?;
        let status = command
            .stdin(Stdio::null())
            .stdout(self.file.try_clone()?)
            .stderr(self.file.try_clone()?)
            .status()
            .with_context(|| format!("cannot run {shown}"))?;
        if !status.success() {
            bail!("{shown}: {status}");
        }
        Ok(())
    }

    /// A line of our own.
    pub fn write(&self, line: &str) -> Result<()> {
        writeln!(&self.file, "{line}").with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Where the logs of all steps lie.
pub fn logs(workspace: &Workspace) -> PathBuf {
    workspace.target.join("xtask/logs")
}

/// A test may print what is not UTF-8; its result must be counted all the same.
fn contents(log: &Path) -> String {
    fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn shown(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
