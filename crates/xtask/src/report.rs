//! What was counted: tests that passed, failed and were skipped, with their reasons, down to the closing line.

use std::fmt;
use std::process::ExitCode;

/// Counts of a step, or of all of them.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    /// How many passed.
    pub passed: usize,
    /// What failed, each with its reason or the place of its log.
    pub failed: Vec<String>,
    /// What was not run, each with its reason.
    pub skipped: Vec<String>,
}

impl Report {
    /// Takes over what another one counted.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
    }

    /// Whether no test was seen at all.
    pub fn is_empty(&self) -> bool {
        self.passed == 0 && self.failed.is_empty() && self.skipped.is_empty()
    }

    /// What is not run is not passed: where nobody watches, a skip counts as a failure.
    pub fn exit_code(&self, in_ci: bool) -> ExitCode {
        let complete = self.skipped.is_empty() || !in_ci;
        if self.failed.is_empty() && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failed {
            writeln!(f, "failed: {failure}")?;
        }
        for skip in &self.skipped {
            writeln!(f, "skipped: {skip}")?;
        }
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_stands_alone_below_the_reasons() {
        let report = Report {
            passed: 7,
            failed: vec!["clippy: see its log".into()],
            skipped: vec!["otp: no root".into()],
        };
        assert_eq!(
            report.to_string(),
            "failed: clippy: see its log\nskipped: otp: no root\n7 passed, 1 failed, 1 skipped"
        );
    }

    #[test]
    fn a_skip_fails_only_where_nobody_watches() {
        let report = Report { passed: 1, failed: vec![], skipped: vec!["otp: no root".into()] };
        assert_eq!(report.exit_code(false), ExitCode::SUCCESS);
        assert_eq!(report.exit_code(true), ExitCode::FAILURE);
    }
}
