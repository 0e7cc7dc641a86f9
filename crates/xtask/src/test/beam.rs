//! The part with real nodes: root file systems, static binaries, the shipped object files, then the scenarios.

use testbed::builds::musl;
use testbed::roots::otp;
use testbed::{Workspace, environment};

use crate::bench::{self, Part};
use crate::step::Steps;
use crate::{erlang, prepare, results};

/// Builds the binaries, waits for the root file systems, and runs what needs both.
pub fn run(workspace: &Workspace, steps: &Steps, roots: impl FnOnce() -> bool) {
    let built = prepare::binaries(workspace, steps);
    prepare::arm64_binaries(workspace, steps);
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
    for part in [Part::Startup, Part::Distribution, Part::Launchers] {
        bench::run_once(steps, part);
    }
}
