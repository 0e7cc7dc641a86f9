//! Nodes in pods, with certificates of cert-manager: they reach each other by address, and let no other workload in.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::image;
use super::namespace::Namespace;

/// The namespace of these checks.
pub const NAMESPACE: &str = "nodes";

/// Makes the namespace, the image with an OTP, and a node that others can dial.
pub fn prepare(namespace: &Namespace, otp: PathBuf, beam_mtls: &Path) -> Result<()> {
    let Namespace { layout, sandbox, log, .. } = namespace;
    let environment = ["PATH=/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"];
    image::of_program_on(vec![otp], beam_mtls, "otp-27", &environment, layout, sandbox, log)?;
    namespace.create()?;
    namespace.apply("rights.yaml", &[("NAMESPACE", NAMESPACE)])?;
    start(namespace, LISTENER, "app", "own", "")?;
    namespace.wait("pod/listener", ".status.phase", "Running")
}

/// Another pod of the workload is let in, over TLS.
pub fn meet(namespace: &Namespace) -> Result<()> {
    start(namespace, &Node { pod: "colleague", tries: "30" }, "app", "own", &listener(namespace)?)?;
    let ended = namespace.wait("pod/colleague", ".status.phase", "Succeeded");
    let said = said(namespace, "colleague")?;
    ended?;
    ensure!(said.contains("connected {net_address,") && said.contains(",tls,"), "not connected over TLS");
    Ok(())
}

/// A pod of another service account, whose certificate is as good, is not. Its own side would let anybody in.
pub fn refuse(namespace: &Namespace) -> Result<()> {
    start(namespace, &Node { pod: "stranger", tries: "3" }, "other", "any", &listener(namespace)?)?;
    let ended = namespace.wait("pod/stranger", ".status.phase", "Failed");
    let said_by_stranger = said(namespace, "stranger")?;
    ended?;
    ensure!(said_by_stranger.contains("refused"), "the stranger was not refused, or did not come to dial");
    ensure!(said(namespace, LISTENER.pod)?.contains("uri_not_among_peers"), "the listener does not say why");
    Ok(())
}

struct Node {
    pod: &'static str,
    /// How often it dials, with a second between.
    tries: &'static str,
}

fn start(namespace: &Namespace, node: &Node, account: &str, peers: &str, address: &str) -> Result<()> {
    namespace.apply(
        "node.yaml",
        &[
            ("POD", node.pod),
            ("ACCOUNT", account),
            ("PEERS", peers),
            ("ADDRESS", address),
            ("TRIES", node.tries),
        ],
    )
}

fn listener(namespace: &Namespace) -> Result<String> {
    namespace.field("pod/listener", ".status.podIP")
}

fn said(namespace: &Namespace, pod: &str) -> Result<String> {
    let said = namespace.read(&["logs", pod])?;
    namespace.log.write(&said)?;
    Ok(said)
}

const LISTENER: &Node = &Node { pod: "listener", tries: "0" };
