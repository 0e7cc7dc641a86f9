//! `cargo xtask cluster up`: from nothing, or from what is there, to a cluster that signs certificates.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Result, bail};

use super::layout::Layout;
use super::plan::Plan;
use super::sandbox::{self, Sandbox};
use super::{addons, build, node, pki};
use crate::environment;
use crate::packages::{self, Package};
use crate::step::Steps;
use crate::workspace::Workspace;

/// Says what it will do, and does it.
pub fn run(workspace: &Workspace, layout: &Layout) -> Result<ExitCode> {
    let steps = prepare(workspace, layout, &[&packages::CLUSTER])?;
    if bring_up(layout, &steps)? {
        println!("\ncargo xtask cluster kubectl get pods --all-namespaces\ncargo xtask cluster down");
    }
    Ok(steps.close())
}

/// Says what will be done, and sees to it that the packages for it are there.
pub fn prepare<'a>(workspace: &'a Workspace, layout: &Layout, needed: &[&[Package]]) -> Result<Steps<'a>> {
    if let Some(reason) = obstacle() {
        bail!("{reason}");
    }
    // What is needed for several reasons is named once.
    let missing = || -> Vec<_> {
        let names = needed.iter().flat_map(|packages| packages::missing(packages));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let before = missing();
    println!("{}", Plan::new(workspace, layout, &before));
    let steps = Steps::new(workspace);
    if !before.is_empty() && packages::may_install(&before)? {
        steps.run("packages", |log| packages::install(&before, log));
    }
    let after = missing();
    if !after.is_empty() {
        bail!("{}", packages::advice(&after));
    }
    Ok(steps)
}

/// Why there can be no cluster on this machine.
pub fn obstacle() -> Option<String> {
    if !environment::is_root() {
        return Some("the cluster needs root, for namespaces and cgroups".to_owned());
    }
    if build::go_program().is_none() {
        return Some("the cluster is built with Go 1.26 or newer, which is not on PATH".to_owned());
    }
    let private = Command::new("unshare").args(["--mount", "--net", "--pid", "--fork", "true"]).output();
    let allowed = private.is_ok_and(|output| output.status.success());
    (!allowed).then(|| {
        "the cluster needs namespaces of its own (CAP_SYS_ADMIN), which this container lacks".to_owned()
    })
}

/// True when there is a cluster at the end; one that is there and whole is used again.
pub fn bring_up(layout: &Layout, steps: &Steps) -> Result<bool> {
    let _lock = layout.lock()?;
    let built = build::build_all(layout, steps);
    let mut runs = false;
    if let Some(sandbox) = Sandbox::find(layout).filter(|_| layout.up().join(COMPLETE).exists()) {
        steps.run("running", |log| {
            runs = addons::works(&sandbox, log);
            Ok(())
        });
    }
    Ok(runs || built && start(layout, steps))
}

fn start(layout: &Layout, steps: &Steps) -> bool {
    let mut made = None;
    let prepared = steps.run("sandbox", |log| {
        sandbox::remove(layout)?;
        if layout.logs().exists() {
            fs::remove_dir_all(layout.logs())?;
        }
        for directory in [layout.logs(), layout.up().join("home")] {
            fs::create_dir_all(directory)?;
        }
        node::configure(layout)?;
        pki::make(layout, log)?;
        made = Some(Sandbox::make(layout, log)?);
        Ok(())
    });
    let Some(sandbox) = made.filter(|_| prepared) else { return false };
    // The API server takes as long to start as containerd to unpack images.
    at_once(
        || steps.run("containerd", |log| node::start_containerd(layout, &sandbox, log)),
        || steps.run("control-plane", |log| node::start_control_plane(layout, &sandbox, log)),
    ) && steps.run("node", |log| node::start_node(layout, &sandbox, log))
        && at_once(
            || steps.run("coredns", |log| addons::install_coredns(&sandbox, log)),
            || steps.run("cert-manager", |log| addons::install_cert_manager(layout, &sandbox, log)),
        )
        && steps.run("issuers", |log| {
            addons::install_issuers(layout, &sandbox, log)?;
            fs::write(layout.up().join(COMPLETE), "")?;
            Ok(())
        })
}

/// True when both are.
fn at_once(one: impl FnOnce() -> bool + Send, other: impl FnOnce() -> bool) -> bool {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        one.join().unwrap_or(false) && other
    })
}

/// Written when the last step has passed.
const COMPLETE: &str = "complete";
