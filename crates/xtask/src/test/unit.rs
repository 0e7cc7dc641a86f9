//! The part that needs no Erlang: what each change has to pass.

use testbed::{Workspace, environment, packages};

use crate::step::Steps;
use crate::{chart, deny, results, tidy};

/// Runs all steps, even if one fails.
pub fn run(workspace: &Workspace, steps: &Steps) {
    let cargo = |arguments: &[&str]| {
        let mut cargo = environment::cargo();
        cargo.args(arguments).current_dir(&workspace.root).env("CARGO_TERM_COLOR", "never");
        cargo
    };
    steps.run("fmt", |log| log.run(&mut cargo(&["fmt", "--all", "--check", "--", "--color", "never"])));
    steps.run("tidy", |log| tidy::check(workspace, log));
    deny::run(workspace, steps);
    steps.run("chart", |log| chart::check(workspace, log));
    steps.run("clippy", |log| {
        log.run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    });
    match packages::missing(&packages::UNIT) {
        missing if missing.is_empty() => {
            steps.run_tests("tests", results::libtest, |log| {
                // Scenarios belong to other parts: only the library of their package is tested here.
                let rest = log.run(&mut cargo(&[
                    "test",
                    "--locked",
                    "--no-fail-fast",
                    "--package",
                    "scenarios",
                    "--lib",
                ]));
                let all = ["test", "--locked", "--no-fail-fast", "--workspace", "--exclude", "scenarios"];
                log.run(&mut cargo(&all)).and(rest)
            });
        }
        missing => steps.skip("tests", &packages::advice(&missing)),
    }
    steps.run("doc", |log| {
        let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
        log.run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
}
