//! The part with a real Kubernetes: brings it up, tries what all tests on it need, and looks what it leaves behind.

use anyhow::Result;

use crate::cluster::family::Family;
use crate::cluster::layout::Layout;
use crate::cluster::sandbox::{self, Sandbox};
use crate::cluster::traces::Traces;
use crate::cluster::{build, checks, up};
use crate::packages;
use crate::step::Steps;
use crate::workspace::Workspace;

/// Leaves a cluster as it was found: a developer's goes on running.
pub fn run(workspace: &Workspace, steps: &Steps) -> Result<()> {
    let missing = packages::missing(&packages::CLUSTER);
    let lacking = (!missing.is_empty()).then(|| packages::advice(&missing));
    if let Some(reason) = up::obstacle().or(lacking) {
        steps.skip("cluster", &reason);
        return Ok(());
    }
    let layout = Layout::new(workspace);
    if !build::build_all(&layout, steps) {
        steps.skip("cluster", "needs its programs");
        return Ok(());
    }
    let ran_already = Sandbox::find(&layout).is_some();
    let before = Traces::look(&layout)?;
    let mut family = Family::default();
    if up::bring_up(&layout, steps)?
        && let Some(sandbox) = Sandbox::find(&layout)
    {
        steps.run("pod-names", |log| checks::names(&layout, &sandbox, log));
        steps.run("pod-certificate", |log| checks::request(&layout, &sandbox, log));
        if ran_already {
            steps.run("pod-end", |log| checks::clean(&sandbox, log));
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
