//! The part with a real Kubernetes: brings it up, tries what all tests on it need, then what podcert and
//! beam-mtls do on it, and looks what it leaves behind.

use anyhow::Result;

use crate::cluster::family::Family;
use crate::cluster::layout::Layout;
use crate::cluster::namespace::Namespace;
use crate::cluster::sandbox::{self, Sandbox};
use crate::cluster::traces::Traces;
use crate::cluster::{build, checks, nodes, obtaining, up};
use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{musl, otp, packages};

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
    let ours_are_built = musl::step(workspace, steps);
    let otp_is_made = match otp::obstacle() {
        None => otp::make_one(workspace, steps, otp::IN_PODS),
        Some(reason) => {
            steps.skip("otp", &reason);
            false
        }
    };
    let ran_already = Sandbox::find(&layout).is_some();
    let before = Traces::look(&layout)?;
    let mut family = Family::default();
    if up::bring_up(&layout, steps)?
        && let Some(sandbox) = Sandbox::find(&layout)
    {
        check_pods(steps, &layout, &sandbox);
        if ours_are_built {
            check_podcert(workspace, steps, &layout, &sandbox);
        } else {
            steps.skip("podcert", "needs the static binaries");
        }
        if ours_are_built && otp_is_made {
            check_nodes(workspace, steps, &layout, &sandbox);
        } else {
            steps.skip("nodes", "needs the static binaries and a root file system");
        }
        if ran_already {
            remove(steps, &layout, &sandbox);
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

fn check_pods(steps: &Steps, layout: &Layout, sandbox: &Sandbox) {
    let within = Within { name: checks::NAMESPACE, layout, sandbox };
    within.step(steps, "pod-names", checks::names);
    within.step(steps, "pod-certificate", checks::request);
}

fn check_podcert(workspace: &Workspace, steps: &Steps, layout: &Layout, sandbox: &Sandbox) {
    let within = Within { name: obtaining::NAMESPACE, layout, sandbox };
    let program = musl::binary(workspace, "podcert");
    if within.step(steps, "podcert-image", |namespace| obtaining::prepare(namespace, &program)) {
        let obtained = within.step(steps, "podcert-obtain", obtaining::publishes);
        within.step(steps, "podcert-exits", obtaining::is_refused);
        // The last one: a young cluster's collector is not ready before.
        if obtained {
            within.step(steps, "podcert-owner", obtaining::is_collected);
        }
    }
}

fn check_nodes(workspace: &Workspace, steps: &Steps, layout: &Layout, sandbox: &Sandbox) {
    let within = Within { name: nodes::NAMESPACE, layout, sandbox };
    let (root, program) = (otp::root(workspace, otp::IN_PODS), musl::binary(workspace, "beam-mtls"));
    // Who is refused only counts beside somebody who is not.
    if within.step(steps, "nodes-image", |namespace| nodes::prepare(namespace, root, &program))
        && within.step(steps, "nodes-meet", nodes::meet)
    {
        within.step(steps, "nodes-refuse", nodes::refuse);
    }
}

fn remove(steps: &Steps, layout: &Layout, sandbox: &Sandbox) {
    for name in [checks::NAMESPACE, obtaining::NAMESPACE, nodes::NAMESPACE] {
        let within = Within { name, layout, sandbox };
        within.step(steps, &format!("end-{name}"), |namespace| namespace.delete());
    }
}

/// A namespace that several steps work in.
struct Within<'a> {
    name: &'static str,
    layout: &'a Layout,
    sandbox: &'a Sandbox,
}

impl Within<'_> {
    fn step(&self, steps: &Steps, step: &str, check: impl FnOnce(&Namespace) -> Result<()>) -> bool {
        let Self { name, layout, sandbox } = self;
        steps.run(step, |log| check(&Namespace { name, layout, sandbox, log }))
    }
}
