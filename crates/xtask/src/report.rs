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
    /// Sums the results of all test binaries in the output of `cargo test`.
    pub fn of_libtest(output: &str) -> Self {
        let mut report = Self::default();
        let (mut failures, mut ignored) = (0, 0);
        for line in output.lines() {
            if let Some(counts) = line.strip_prefix("test result: ") {
                report.passed += count(counts, "passed");
                failures += count(counts, "failed");
                ignored += count(counts, "ignored");
            } else if let Some((name, verdict)) =
                line.strip_prefix("test ").and_then(|test| test.rsplit_once(" ... "))
            {
                if verdict == "FAILED" {
                    report.failed.push(name.trim_end().to_owned());
                } else if let Some(reason) = verdict.strip_prefix("ignored") {
                    let reason = reason.strip_prefix(", ").unwrap_or("marked as ignored");
                    report.skipped.push(format!("{}: {reason}", name.trim_end()));
                }
            }
        }
        // The counts decide; a name can be lost when a test writes into its own line.
        report.failed.resize_with(failures, || "a test whose name was not understood".to_owned());
        report.skipped.resize_with(ignored, || "a test whose name was not understood".to_owned());
        report
    }

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

/// The number in front of `what` in "ok. 3 passed; 0 failed; ...".
fn count(counts: &str, what: &str) -> usize {
    let words: Vec<_> = counts.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_binaries_are_summed() {
        let report = Report::of_libtest(
            "\
     Running unittests src/lib.rs
running 2 tests
test names::a_name ... ok
test names::another - should panic ... ok

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
running 3 tests
test a_node_joins     ... ok
test an_impostor      ... FAILED
test a_slow_one       ... ignored, needs an hour

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
",
        );
        assert_eq!(report.passed, 3);
        assert_eq!(report.failed, ["an_impostor"]);
        assert_eq!(report.skipped, ["a_slow_one: needs an hour"]);
    }

    #[test]
    fn an_ignored_test_without_a_reason_is_named() {
        let report = Report::of_libtest(
            "test src/lib.rs - f (line 3) ... ignored\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured\n",
        );
        assert_eq!(report.skipped, ["src/lib.rs - f (line 3): marked as ignored"]);
    }

    #[test]
    fn a_failure_whose_name_was_lost_is_counted() {
        let report = Report::of_libtest(
            "test x ... hello\nFAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored\n",
        );
        assert_eq!(report.failed.len(), 1);
    }

    #[test]
    fn output_without_tests_is_empty() {
        assert!(
            Report::of_libtest("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured\n").is_empty()
        );
        assert!(Report::of_libtest("error: could not compile\n").is_empty());
    }

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
