//! `cargo xtask cluster up`: brings up a cluster that issues certificates, or uses the one that is up.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;
use std::thread;

use anyhow::{Result, bail};
use testbed::Workspace;
use testbed::kubernetes::{self, Layout, Namespaces, addons, node};
use testbed::packages::{self, Package};

use super::plan::Plan;
use crate::step::Steps;
use crate::{install, prepare};

/// Prints the plan and carries it out.
pub fn run(workspace: &Workspace, layout: &Layout) -> Result<ExitCode> {
    let steps = announce(workspace, layout, &[&packages::CLUSTER])?;
    if bring_up(layout, &steps)? {
        println!("\ncargo xtask cluster kubectl get pods --all-namespaces\ncargo xtask cluster down");
    }
    Ok(steps.close())
}

/// Prints the plan and installs the packages that are needed.
pub fn announce<'a>(workspace: &'a Workspace, layout: &Layout, needed: &[&[Package]]) -> Result<Steps<'a>> {
    if let Some(reason) = kubernetes::obstacle() {
        bail!("{reason}");
    }
    // A set, since several lists can contain the same package.
    let missing = || -> Vec<_> {
        let names = needed.iter().flat_map(|packages| packages::missing(packages));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let before = missing();
    println!("{}", Plan::new(workspace, layout, &before));
    let steps = Steps::new(workspace);
    if !before.is_empty() && install::is_allowed(&before)? {
        steps.run("packages", |log| packages::install(&before, log));
    }
    let after = missing();
    if !after.is_empty() {
        bail!("{}", packages::advice(&after));
    }
    Ok(steps)
}

/// Brings the cluster up, unless one that works is up. True if there is a cluster afterwards.
pub fn bring_up(layout: &Layout, steps: &Steps) -> Result<bool> {
    let _lock = layout.lock()?;
    let built = prepare::cluster_programs(layout, steps);
    let mut works = false;
    if let Some(namespaces) = Namespaces::find(layout).filter(|_| layout.up().join(COMPLETE).exists()) {
        steps.run("running", |log| {
            works = addons::works(&namespaces, log);
            Ok(())
        });
    }
    Ok(works || built && start(layout, steps))
}

fn start(layout: &Layout, steps: &Steps) -> bool {
    let mut made = None;
    let prepared = steps.run("namespaces", |log| {
        made = Some(kubernetes::make_namespaces(layout, log)?);
        Ok(())
    });
    let Some(namespaces) = made.filter(|_| prepared) else { return false };
    // The API server takes about as long to start as containerd takes to unpack images.
    both(
        || steps.run("containerd", |log| node::start_containerd(layout, &namespaces, log)),
        || steps.run("control-plane", |log| node::start_control_plane(layout, &namespaces, log)),
    ) && steps.run("node", |log| node::start_node(layout, &namespaces, log))
        && both(
            || steps.run("coredns", |log| addons::install_coredns(&namespaces, log)),
            || steps.run("cert-manager", |log| addons::install_cert_manager(layout, &namespaces, log)),
        )
        && steps.run("issuers", |log| {
            addons::install_issuers(layout, &namespaces, log)?;
            fs::write(layout.up().join(COMPLETE), "")?;
            Ok(())
        })
}

/// Runs both at the same time. True if both succeed.
fn both(one: impl FnOnce() -> bool + Send, other: impl FnOnce() -> bool) -> bool {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        one.join().unwrap_or(false) && other
    })
}

/// The file that is written when the last step has passed.
const COMPLETE: &str = "complete";
