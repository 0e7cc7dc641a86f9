//! Steps that prepare what tests, benchmarks and examples run on: the test bed's builds, root file systems and programs.

use std::thread;

use testbed::builds::{cross, musl};
use testbed::kubernetes::{Layout, modules};
use testbed::roots::otp::{self, Release};
use testbed::{Workspace, packages};

use crate::step::Steps;

/// Makes the root file systems, or skips them with the reason. True if all exist afterwards.
pub fn roots(workspace: &Workspace, steps: &Steps) -> bool {
    if let Some(reason) = otp::obstacle() {
        steps.skip("otp", &reason);
        return false;
    }
    // All at the same time: they mostly wait for downloads.
    thread::scope(|scope| {
        let make = |release| move || root(workspace, steps, release);
        let threads = otp::RELEASES.each_ref().map(|release| scope.spawn(make(release)));
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    })
}

/// Makes one root file system, or checks the existing one. True if it exists afterwards.
pub fn root(workspace: &Workspace, steps: &Steps, release: &Release) -> bool {
    steps.run(&format!("otp-{}", release.otp), |log| otp::make(workspace, release, log))
}

/// Builds the static binaries, or skips them with the reason. True if they exist afterwards.
pub fn binaries(workspace: &Workspace, steps: &Steps) -> bool {
    let missing = packages::missing(&packages::MUSL);
    if missing.is_empty() {
        return steps.run("musl", |log| musl::build(workspace, log));
    }
    steps.skip("musl", &packages::advice(&missing));
    false
}

/// Builds and checks the binaries for arm64, or skips them with the reason.
pub fn arm64_binaries(workspace: &Workspace, steps: &Steps) {
    let missing = packages::missing(&cross::PACKAGES);
    if missing.is_empty() {
        steps.run("arm64", |log| {
            cross::build(workspace, log)?;
            cross::check(workspace, log)
        });
    } else {
        steps.skip("arm64", &packages::advice(&missing));
    }
}

/// Builds the programs of the cluster that are not up to date, one step per module. True if all exist afterwards.
pub fn cluster_programs(layout: &Layout, steps: &Steps) -> bool {
    modules::MODULES
        .iter()
        .filter(|module| !module.is_built(layout))
        .all(|module| steps.run(&format!("go-{}", module.name), |log| module.build(layout, log)))
}
