//! Counts of tests that passed, failed and were skipped, with the reasons, and the closing line.

use std::fmt;
use std::process::ExitCode;

/// Counts of a step, or of all steps.
#[derive(Debug, Default, PartialEq)]
pub struct TestSummary {
    /// How many passed.
    pub passed: usize,
    /// What failed, each with its reason or the path of its log.
    pub failed: Vec<String>,
    /// What was not run, each with the reason.
    pub skipped: Vec<String>,
}

impl TestSummary {
    /// Adds the counts of another summary.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
    }

    /// Whether no test was found at all.
    pub fn is_empty(&self) -> bool {
        self.passed == 0 && self.failed.is_empty() && self.skipped.is_empty()
    }

    /// A skipped test did not pass: in an unattended run it counts as a failure.
    pub fn exit_code(&self, in_ci: bool) -> ExitCode {
        let complete = self.skipped.is_empty() || !in_ci;
        if self.failed.is_empty() && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl fmt::Display for TestSummary {
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
    fn the_closing_line_follows_the_reasons() {
        let summary = TestSummary {
            passed: 7,
            failed: vec!["clippy: see its log".into()],
            skipped: vec!["otp: no root".into()],
        };
        assert_eq!(
            summary.to_string(),
            "failed: clippy: see its log\nskipped: otp: no root\n7 passed, 1 failed, 1 skipped"
        );
    }

    #[test]
    fn a_skipped_test_fails_only_unattended_runs() {
        let summary = TestSummary { passed: 1, failed: vec![], skipped: vec!["otp: no root".into()] };
        assert_eq!(summary.exit_code(false), ExitCode::SUCCESS);
        assert_eq!(summary.exit_code(true), ExitCode::FAILURE);
    }
}
