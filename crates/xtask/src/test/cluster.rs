//! The part with a real Kubernetes: brings it up, runs the scenarios in pods, and looks what it leaves behind.

use std::env::{current_exe, join_paths};
use std::thread;

use anyhow::Result;

use crate::cluster::family::Family;
use crate::cluster::images;
use crate::cluster::layout::Layout;
use crate::cluster::sandbox::{self, Sandbox};
use crate::cluster::traces::Traces;
use crate::cluster::{build, up};
use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{environment, musl, otp, packages, results};

/// Leaves a cluster as it was found: a developer's goes on running.
pub fn run(workspace: &Workspace, steps: &Steps) -> Result<()> {
    let missing = packages::missing(&packages::CLUSTER);
    let lacking = (!missing.is_empty()).then(|| packages::advice(&missing));
    if let Some(reason) = up::obstacle().or(lacking) {
        steps.skip("cluster", &reason);
        return Ok(());
    }
    let layout = Layout::new(workspace);
    // Root file systems are downloads and small writes: they are made while Go has the processors.
    let (built, rooted) = thread::scope(|scope| {
        let rooted = scope.spawn(|| make_roots(workspace, steps));
        let built = build::build_all(&layout, steps) && musl::step(workspace, steps);
        (built, rooted.join().unwrap_or(false))
    });
    if !built || !rooted {
        steps.skip("cluster", "needs its programs, ours, and the root file systems");
        return Ok(());
    }
    let ran_already = Sandbox::find(&layout).is_some();
    let before = Traces::look(&layout)?;
    let mut family = Family::default();
    if up::bring_up(&layout, steps)?
        && let Some(sandbox) = Sandbox::find(&layout)
    {
        if load_images(workspace, steps, &layout, &sandbox) {
            play(workspace, steps, &layout, &sandbox)?;
        } else {
            steps.skip("pods", "needs the images");
        }
        family = Family::of(sandbox.pid)?;
    } else {
        steps.skip("pods", "needs the cluster");
    }
    if ran_already {
        steps.skip("traces", "the cluster was up before and stays up");
        return Ok(());
    }
    steps.run("traces", |log| {
        sandbox::remove(&layout)?;
        family.has_ended(log)?;
        before.compare(&Traces::look(&layout)?, log)
    });
    Ok(())
}

fn make_roots(workspace: &Workspace, steps: &Steps) -> bool {
    match otp::obstacle() {
        None => otp::make_all(workspace, steps),
        Some(reason) => {
            steps.skip("otp", &reason);
            false
        }
    }
}

fn load_images(workspace: &Workspace, steps: &Steps, layout: &Layout, sandbox: &Sandbox) -> bool {
    steps.run("images", |log| {
        images::podcert(workspace, layout, log)?.load(layout, sandbox, log)?;
        for release in &otp::RELEASES {
            images::app(workspace, layout, release, log)?.load(layout, sandbox, log)?;
        }
        Ok(())
    })
}

/// Runs the scenarios. They see the files of this machine, and the network of the cluster.
fn play(workspace: &Workspace, steps: &Steps, layout: &Layout, sandbox: &Sandbox) -> Result<()> {
    let xtask = current_exe()?;
    let helms = join_paths(["helm", "helm-3/helm"].map(|program| layout.binary(program)))?;
    steps.run_tests("pods", results::libtest, |log| {
        log.run(
            environment::cargo()
                .args(["test", "--locked", "--package", "scenarios", "--test", "cluster", "--config"])
                .arg(format!("target.'cfg(unix)'.runner={:?}", sandbox.entrance()))
                .current_dir(&workspace.root)
                .env("CARGO_TERM_COLOR", "never")
                .env("KUBECONFIG", layout.kubeconfig())
                .env("KUBECACHEDIR", layout.kubectl_cache())
                .env("CLUSTER_KUBECTL", layout.binary("kubectl"))
                .env("CLUSTER_HELMS", &helms)
                .env("CLUSTER_XTASK", &xtask),
        )
    });
    Ok(())
}
