//! Finds the results of tests in the output of test runners.

use crate::summary::TestSummary;

/// Sums the results of all test binaries in the output of `cargo test`.
pub fn libtest(output: &str) -> TestSummary {
    let mut summary = TestSummary::default();
    let (mut failed, mut ignored) = (0, 0);
    for line in output.lines() {
        if let Some(counts) = line.strip_prefix("test result: ") {
            summary.passed += before(counts, "passed");
            failed += before(counts, "failed");
            ignored += before(counts, "ignored");
        } else if let Some((name, verdict)) =
            line.strip_prefix("test ").and_then(|test| test.rsplit_once(" ... "))
        {
            if verdict == "FAILED" {
                summary.failed.push(name.trim_end().to_owned());
            } else if let Some(reason) = verdict.strip_prefix("ignored") {
                let reason = reason.strip_prefix(", ").unwrap_or("marked as ignored");
                summary.skipped.push(format!("{}: {reason}", name.trim_end()));
            }
        }
    }
    counts_decide(summary, failed, ignored)
}

/// Reads the summary of a verbose `eunit:test`.
pub fn eunit(output: &str) -> TestSummary {
    let mut summary = TestSummary::default();
    let (mut failed, mut skipped) = (0, 0);
    for line in output.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once("...*failed*") {
            summary.failed.push(name.to_owned());
        } else if line == "Test passed." {
            summary.passed = 1;
        } else if let Some(count) =
            line.strip_prefix("All ").and_then(|rest| rest.strip_suffix(" tests passed."))
        {
            summary.passed = count.parse().unwrap_or(0);
        } else if line.starts_with("Failed: ") {
            failed = after(line, "Failed:");
            skipped = after(line, "Skipped:");
            summary.passed = after(line, "Passed:");
        }
    }
    counts_decide(summary, failed, skipped)
}

/// The most useful lines of a failed step's log: libtest's section about failures, or else the end.
pub fn excerpt(log: &str) -> Vec<&str> {
    let mut failing = false;
    let failures = log.lines().filter(|line| {
        let ends = line.starts_with("test result: ");
        let shown = failing;
        failing = (failing || *line == "failures:") && !ends;
        shown
    });
    let failures: Vec<_> = failures.collect();
    if !failures.is_empty() {
        return failures.into_iter().take(EXCERPT).collect();
    }
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(EXCERPT)..].to_vec()
}

/// Names can be lost when a test writes into its result line. The counts are correct nevertheless.
fn counts_decide(mut summary: TestSummary, failed: usize, skipped: usize) -> TestSummary {
    summary.failed.resize_with(failed, || "a test whose name is in the log".to_owned());
    summary.skipped.resize_with(skipped, || "a test whose name is in the log".to_owned());
    summary
}

/// The number before a word: "ok. 3 passed; 0 failed; ...".
fn before(counts: &str, word: &str) -> usize {
    let words = words(counts);
    words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// The number after a word: "Failed: 1.  Skipped: 0.  Passed: 3."
fn after(counts: &str, word: &str) -> usize {
    let words = words(counts);
    words.windows(2).find(|pair| pair[0] == word).and_then(|pair| pair[1].parse().ok()).unwrap_or(0)
}

fn words(counts: &str) -> Vec<&str> {
    counts.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect()
}

const EXCERPT: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_binaries_are_summed_up() {
        let summary = libtest(
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
        assert_eq!(summary.passed, 3);
        assert_eq!(summary.failed, ["an_impostor"]);
        assert_eq!(summary.skipped, ["a_slow_one: needs an hour"]);
    }

    #[test]
    fn an_ignored_test_without_a_reason_is_named() {
        let summary = libtest(
            "test src/lib.rs - f (line 3) ... ignored\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured\n",
        );
        assert_eq!(summary.skipped, ["src/lib.rs - f (line 3): marked as ignored"]);
    }

    #[test]
    fn a_failure_whose_name_was_lost_is_counted() {
        let summary =
            libtest("test x ... hello\nFAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored\n");
        assert_eq!(summary.failed.len(), 1);
    }

    #[test]
    fn output_without_tests_is_empty() {
        assert!(libtest("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured\n").is_empty());
        assert!(libtest("error: could not compile\n").is_empty());
        assert!(eunit("  There were no tests to run.\n").is_empty());
    }

    #[test]
    fn the_section_about_failed_tests_is_shown() {
        let log = "test a ... FAILED\n\nfailures:\n\n---- a stdout ----\nboom\n\ntest result: FAILED. 0 passed\nRunning b\n";
        assert_eq!(excerpt(log), ["", "---- a stdout ----", "boom", "", "test result: FAILED. 0 passed"]);
    }

    #[test]
    fn the_end_of_other_logs_is_shown() {
        let log: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(excerpt(&log).len(), EXCERPT);
        assert_eq!(excerpt(&log).last(), Some(&"99"));
    }

    #[test]
    fn all_kinds_of_eunit_summaries_are_read() {
        assert_eq!(eunit("  Test passed.\n").passed, 1);
        assert_eq!(eunit("  All 12 tests passed.\n").passed, 12);
        let summary = eunit("m_tests: a_test...*failed*\n  Failed: 1.  Skipped: 1.  Passed: 3.\n");
        assert_eq!(summary.passed, 3);
        assert_eq!(summary.failed, ["m_tests: a_test"]);
        assert_eq!(summary.skipped.len(), 1);
    }
}
