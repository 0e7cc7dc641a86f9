//! The part with real nodes: root file systems, a static binary, the shipped object files, then the scenarios.

use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{cross, environment, erlang, musl, otp, results};

/// Makes the root file systems; true when all are there.
pub fn make_roots(workspace: &Workspace, steps: &Steps) -> bool {
    match otp::obstacle() {
        Some(reason) => {
            steps.skip("otp", &reason);
            false
        }
        None => otp::make_all(workspace, steps),
    }
}

/// Builds, waits for the root file systems, and runs what needs both.
pub fn run(workspace: &Workspace, steps: &Steps, roots: impl FnOnce() -> bool) {
    let built = musl::step(workspace, steps);
    cross::step(workspace, steps);
    if !roots() {
        for step in ["erlang", "eunit", "scenarios"] {
            steps.skip(step, "needs the root file systems");
        }
        return;
    }
    steps.run("erlang", |log| erlang::check(workspace, log));
    for release in &otp::RELEASES {
        steps.run_tests(&format!("eunit-{}", release.otp), results::eunit, |log| {
            erlang::unit_tests(workspace, release, log)
        });
    }
    if !built {
        return steps.skip("scenarios", "needs the static binary");
    }
    steps.run_tests("scenarios", results::libtest, |log| {
        log.run(
            environment::cargo()
                .args(["test", "--locked", "--package", "scenarios", "--test", "beam"])
                .current_dir(&workspace.root)
                .env("CARGO_TERM_COLOR", "never")
                .env("BEAM_MTLS_OTP_ROOTS", otp::directory(workspace))
                .env("BEAM_MTLS_BINARY", musl::binary(workspace, "beam-mtls")),
        )
    });
}
