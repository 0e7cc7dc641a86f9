//! The part with a real Kubernetes: brings it up, plays the scenarios in pods, and looks what it leaves behind. Or plays
//! those of them that disturb nobody on a cluster of the user's.

use std::env::{current_exe, join_paths};
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};

use crate::cluster::family::Family;
use crate::cluster::images;
use crate::cluster::layout::Layout;
use crate::cluster::sandbox::{self, Sandbox};
use crate::cluster::traces::Traces;
use crate::cluster::{build, up};
use crate::step::{Log, Steps};
use crate::workspace::Workspace;
use crate::{environment, musl, otp, packages, results};

/// Plays the usual scenarios, all launchers, or both. Leaves a cluster as it was found: a developer's goes on running.
pub fn run(workspace: &Workspace, steps: &Steps, usual: bool, launchers: bool) -> Result<()> {
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
        let loaded = steps.run("images", |log| {
            images::all(workspace, &layout, log, |archive| archive.load(&layout, &sandbox, log))
        });
        if loaded {
            if usual {
                play_on_ours(workspace, steps, &layout, &sandbox, PODS)?;
            }
            if launchers {
                play_on_ours(workspace, steps, &layout, &sandbox, LAUNCHERS)?;
            }
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

/// Plays the scenarios that stay within namespaces of their own on a cluster of the user's.
pub fn run_on(theirs: &Theirs, workspace: &Workspace, steps: &Steps) -> Result<()> {
    let layout = Layout::new(workspace);
    if !musl::step(workspace, steps) || !make_roots(workspace, steps) {
        steps.skip("pods", "needs our programs, and the root file systems");
        return Ok(());
    }
    let loaded = steps.run("images", |log| {
        images::all(workspace, &layout, log, |archive| theirs.load(archive.path(), log))
    });
    if !loaded {
        steps.skip("pods", "needs the images");
        return Ok(());
    }
    let ours = |name: &str| Some(layout.binary(name)).filter(|path| path.exists());
    let find = |name: &str| environment::find(name).or_else(|| ours(name));
    let (Some(kubectl), Some(helm)) = (find("kubectl"), find("helm")) else {
        steps.skip("pods", "needs kubectl and helm on PATH");
        return Ok(());
    };
    play(workspace, steps, PODS, |cargo| {
        cargo.env("CLUSTER_CONTEXT", &theirs.context);
        cargo.env("CLUSTER_KUBECTL", kubectl).env("CLUSTER_HELMS", helm);
    });
    Ok(())
}

/// A cluster of the user's, only ever used by name.
pub struct Theirs {
    /// The context in their kubeconfig.
    pub context: String,
    /// What gives an archive to the cluster; without it, they have done so.
    pub load: Option<String>,
}

impl Theirs {
    fn load(&self, archive: &Path, log: &Log) -> Result<()> {
        let Some(load) = &self.load else {
            return log.write(&format!("{} is taken to be there", archive.display()));
        };
        let mut words = load.split_whitespace();
        let program = words.next().context("--load: it is empty; give a command")?;
        log.run(Command::new(program).args(words).arg(archive))
    }
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

/// The scenarios see the files of this machine, and the network of the cluster.
fn play_on_ours(
    workspace: &Workspace,
    steps: &Steps,
    layout: &Layout,
    sandbox: &Sandbox,
    played: &str,
) -> Result<()> {
    let xtask = current_exe()?;
    let helms = join_paths(["helm", "helm-3/helm"].map(|program| layout.binary(program)))?;
    play(workspace, steps, played, |cargo| {
        cargo.arg("--config").arg(format!("target.'cfg(unix)'.runner={:?}", sandbox.entrance()));
        cargo.env("KUBECONFIG", layout.kubeconfig()).env("KUBECACHEDIR", layout.kubectl_cache());
        cargo.env("CLUSTER_KUBECTL", layout.binary("kubectl")).env("CLUSTER_HELMS", helms);
        cargo.env("CLUSTER_XTASK", xtask);
    });
    Ok(())
}

fn play(workspace: &Workspace, steps: &Steps, played: &str, reach: impl FnOnce(&mut Command)) {
    steps.run_tests(played, results::libtest, |log| {
        let mut cargo = environment::cargo();
        cargo.args(["test", "--locked", "--no-fail-fast", "--package", "scenarios"]);
        cargo.args(["--test", "chart", "--test", "cluster"]);
        cargo.current_dir(&workspace.root).env("CARGO_TERM_COLOR", "never");
        reach(&mut cargo);
        if played == LAUNCHERS {
            cargo.env("CLUSTER_WHOLE", "1").args(["--", "launchers/"]);
        }
        log.run(&mut cargo)
    });
}

/// The step that plays the scenarios.
const PODS: &str = "pods";

/// The one that plays those of launchers, all of them.
const LAUNCHERS: &str = "launchers";
