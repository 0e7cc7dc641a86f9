//! The part with a real Kubernetes: brings up the cluster, runs the scenarios in pods, and checks what it leaves behind. Or
//! runs the scenarios that stay within their namespaces on the user's own cluster.

use std::env::{current_exe, join_paths};
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};
use testbed::kubernetes::host_snapshot::HostSnapshot;
use testbed::kubernetes::process_tree::ProcessTree;
use testbed::kubernetes::{self, Layout, Namespaces, images, namespaces};
use testbed::{Log, Workspace, environment, packages};

use crate::bench;
use crate::cluster::up;
use crate::step::Steps;
use crate::{prepare, results};

/// Runs the default scenarios, all launchers, or both. A cluster that was up before stays up.
pub fn run(workspace: &Workspace, steps: &Steps, pods: bool, launchers: bool) -> Result<()> {
    let missing = packages::missing(&packages::CLUSTER);
    let lacking = (!missing.is_empty()).then(|| packages::advice(&missing));
    if let Some(reason) = kubernetes::obstacle().or(lacking) {
        steps.skip("cluster", &reason);
        return Ok(());
    }
    let layout = Layout::new(workspace);
    // Root file systems need the network and the disk: they are made while Go uses the processors.
    let (built, rooted) = thread::scope(|scope| {
        let rooted = scope.spawn(|| prepare::roots(workspace, steps));
        let built = prepare::cluster_programs(&layout, steps) && prepare::binaries(workspace, steps);
        (built, rooted.join().unwrap_or(false))
    });
    if !built || !rooted {
        steps.skip("cluster", "needs the cluster's programs, our binaries and the root file systems");
        return Ok(());
    }
    let was_up = Namespaces::find(&layout).is_some();
    let before = HostSnapshot::take(&layout)?;
    let mut processes = ProcessTree::default();
    if up::bring_up(&layout, steps)?
        && let Some(namespaces) = Namespaces::find(&layout)
    {
        let loaded = steps.run("images", |log| {
            images::all(workspace, &layout, log, |archive| archive.load(&layout, &namespaces, log))
        });
        if loaded {
            if pods {
                run_on_ours(workspace, steps, &layout, &namespaces, PODS)?;
                bench::run_once(steps, bench::Part::Cluster);
            }
            if launchers {
                run_on_ours(workspace, steps, &layout, &namespaces, LAUNCHERS)?;
            }
        } else {
            steps.skip("pods", "needs the images");
        }
        processes = ProcessTree::of(namespaces.pid)?;
    } else {
        steps.skip("pods", "needs the cluster");
    }
    if was_up {
        steps.skip("host-snapshot", "the cluster was up before, and stays up");
        return Ok(());
    }
    steps.run("host-snapshot", |log| {
        namespaces::remove(&layout)?;
        processes.await_end(log)?;
        before.compare(&HostSnapshot::take(&layout)?, log)
    });
    Ok(())
}

/// Runs the scenarios that stay within their namespaces on the user's own cluster.
pub fn run_on(cluster: &UserCluster, workspace: &Workspace, steps: &Steps) -> Result<()> {
    let layout = Layout::new(workspace);
    if !prepare::binaries(workspace, steps) || !prepare::roots(workspace, steps) {
        steps.skip("pods", "needs our binaries and the root file systems");
        return Ok(());
    }
    let loaded = steps.run("images", |log| {
        images::all(workspace, &layout, log, |archive| cluster.load(archive.path(), log))
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
    run_scenarios(workspace, steps, PODS, |cargo| {
        cargo.env("CLUSTER_CONTEXT", &cluster.context);
        cargo.env("CLUSTER_KUBECTL", kubectl).env("CLUSTER_HELMS", helm);
    });
    Ok(())
}

/// The user's own cluster, which is only used if its context is named.
pub struct UserCluster {
    /// The context in the user's kubeconfig.
    pub context: String,
    /// The command that loads an archive into the cluster. Without it, the user has done so.
    pub load: Option<String>,
}

impl UserCluster {
    fn load(&self, archive: &Path, log: &Log) -> Result<()> {
        let Some(load) = &self.load else {
            return log.write(&format!("{} is assumed to be loaded", archive.display()));
        };
        let mut words = load.split_whitespace();
        let program = words.next().context("--load is empty: give a command")?;
        log.run(Command::new(program).args(words).arg(archive))
    }
}

/// The scenarios have the files of this machine and the network of the cluster.
fn run_on_ours(
    workspace: &Workspace,
    steps: &Steps,
    layout: &Layout,
    namespaces: &Namespaces,
    step: &str,
) -> Result<()> {
    let xtask = current_exe()?;
    let helms = join_paths(["helm", "helm-3/helm"].map(|program| layout.binary(program)))?;
    run_scenarios(workspace, steps, step, |cargo| {
        cargo.arg("--config").arg(format!("target.'cfg(unix)'.runner={:?}", namespaces.entrance()));
        cargo.env("KUBECONFIG", layout.kubeconfig()).env("KUBECACHEDIR", layout.kubectl_cache());
        cargo.env("CLUSTER_KUBECTL", layout.binary("kubectl")).env("CLUSTER_HELMS", helms);
        cargo.env("CLUSTER_XTASK", xtask);
    });
    Ok(())
}

fn run_scenarios(workspace: &Workspace, steps: &Steps, step: &str, connect: impl FnOnce(&mut Command)) {
    steps.run_tests(step, results::libtest, |log| {
        let mut cargo = environment::cargo();
        cargo.args(["test", "--locked", "--no-fail-fast", "--package", "scenarios"]);
        cargo.args(["--test", "chart", "--test", "cluster"]);
        cargo.current_dir(&workspace.root).env("CARGO_TERM_COLOR", "never");
        connect(&mut cargo);
        if step == LAUNCHERS {
            cargo.env("CLUSTER_FULL_MATRIX", "1").args(["--", "launchers/"]);
        }
        log.run(&mut cargo)
    });
}

/// The step that runs the default scenarios.
const PODS: &str = "pods";

/// The step that runs all launchers.
const LAUNCHERS: &str = "launchers";
