//! Starts the programs, and waits until the machine is a node that can run pods.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::layout::Layout;
use super::namespaces::Namespaces;
use super::{cgroups, image, programs};
use crate::log::Log;

/// Starts etcd, the API server and its controllers. Returns when the API server is ready.
pub fn start_control_plane(layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
    for (name, arguments) in programs::CONTROL_PLANE {
        namespaces.start(layout, name, arguments, log)?;
    }
    await_api(layout, namespaces, log)
}

/// Returns when the API server is ready.
pub fn await_api(layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
    until(log, "the API server is not ready", "kube-apiserver.log", layout, || {
        log.run(namespaces.command("kubectl").args(["get", "--raw", "/readyz"]))
    })
}

/// Starts containerd and loads the images that kubelet needs from the start.
pub fn start_containerd(layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
    let (name, arguments) = programs::CONTAINERD;
    namespaces.start(layout, name, arguments, log)?;
    until(log, "containerd is not ready", "containerd.log", layout, || {
        log.run(namespaces.command("ctr").arg("version"))
    })?;
    for (program, tag) in IMAGES {
        image::of_program(&layout.binary(program), tag, layout, log)?.load(layout, namespaces, log)?;
    }
    Ok(())
}

/// Starts kubelet and kube-proxy. Returns when the node is ready.
pub fn start_node(layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
    let (name, arguments) = programs::PROXY;
    namespaces.start(layout, name, arguments, log)?;
    let (name, arguments) = programs::KUBELET;
    let cgroup = format!("--cgroup-root=/{}", cgroups::name(layout)?);
    namespaces.start(layout, name, &[arguments, &[&cgroup]].concat(), log)?;
    until(log, "the node is not ready", "kubelet.log", layout, || {
        log.run(namespaces.command("kubectl").args([
            "wait",
            "--for=condition=Ready",
            "node/podcert",
            "--timeout=10s",
        ]))
    })
}

/// Copies the configurations to where the programs read them.
pub fn configure(layout: &Layout) -> Result<()> {
    let config = layout.up().join("config");
    let network = layout.up().join("cni-config");
    for directory in [&config, &network] {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    }
    for entry in fs::read_dir(layout.sources.join("config"))? {
        let entry = entry?;
        // containerd reads every file in its directory as a network.
        let to = if entry.file_name() == "cni.conflist" { &network } else { &config };
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Tries until it works, for a minute at most. The error names the log to read.
pub fn until(
    log: &Log,
    fault: &str,
    program_log: &str,
    layout: &Layout,
    mut attempt: impl FnMut() -> Result<()>,
) -> Result<()> {
    let since = Instant::now();
    loop {
        let Err(error) = attempt() else { return Ok(()) };
        if since.elapsed() > Duration::from_secs(60) {
            log.write(&format!("{error:#}"))?;
            bail!("{fault} after a minute, see {}", layout.logs().join(program_log).display());
        }
        sleep(Duration::from_millis(200));
    }
}

/// Programs that run in pods, each in a separate image. Those of cert-manager have the tag that its chart uses.
const IMAGES: [(&str, &str); 5] = [
    ("pause", "1"),
    ("coredns", "1"),
    ("cert-manager-controller", "v1.21.2"),
    ("cert-manager-webhook", "v1.21.2"),
    ("cert-manager-cainjector", "v1.21.2"),
];
