//! What runs on the cluster before any test does: CoreDNS, cert-manager, and issuers.

use anyhow::Result;

use super::layout::{INSIDE, Layout};
use super::namespaces::Namespaces;
use super::{modules, node};
use crate::log::Log;

/// Returns when names are resolved.
pub fn install_coredns(sandbox: &Namespaces, log: &Log) -> Result<()> {
    apply(sandbox, "coredns.yaml", log)?;
    wait(sandbox, &["deployment/coredns", "--namespace=kube-system", "--for=condition=Available"], log)
}

/// Installs the chart. Returns when its programs run.
pub fn install_cert_manager(layout: &Layout, sandbox: &Namespaces, log: &Log) -> Result<()> {
    let chart = layout.inside(&modules::chart(layout));
    log.run(
        sandbox
            .command("helm")
            .args(["install", "cert-manager"])
            .arg(chart)
            .args(["--namespace=cert-manager", "--create-namespace", "--wait", "--timeout=2m", "--values"])
            .arg(format!("{INSIDE}/up/config/cert-manager.yaml")),
    )
}

/// Returns when all issuers are ready.
pub fn install_issuers(layout: &Layout, sandbox: &Namespaces, log: &Log) -> Result<()> {
    // The webhook runs, but the API server only trusts it when cainjector has told it to.
    node::until(log, "cert-manager takes no issuers", "pods", layout, || {
        apply(sandbox, "issuers.yaml", log)
    })?;
    for issuer in ["clusterissuer/self-signed", "clusterissuer/cluster-ca", "issuer/apps-ca"] {
        wait(sandbox, &[issuer, "--namespace=apps", "--for=condition=Ready"], log)?;
    }
    Ok(())
}

/// Whether the cluster still does what it is there for.
pub fn works(sandbox: &Namespaces, log: &Log) -> bool {
    let arguments = ["clusterissuer/cluster-ca", "--for=condition=Ready", "--timeout=10s"];
    log.run(sandbox.command("kubectl").arg("wait").args(arguments)).is_ok()
}

fn apply(sandbox: &Namespaces, manifest: &str, log: &Log) -> Result<()> {
    let path = format!("{INSIDE}/up/config/{manifest}");
    log.run(sandbox.command("kubectl").args(["apply", "--filename", &path]))
}

fn wait(sandbox: &Namespaces, arguments: &[&str], log: &Log) -> Result<()> {
    log.run(sandbox.command("kubectl").args(["wait", "--timeout=60s"]).args(arguments))
}
