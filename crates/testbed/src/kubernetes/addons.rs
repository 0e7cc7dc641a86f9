//! What runs on the cluster before any test does: CoreDNS, cert-manager, and issuers.

use anyhow::Result;

use super::layout::{INSIDE, Layout};
use super::namespaces::Namespaces;
use super::{modules, node};
use crate::log::Log;

/// Returns when names can be resolved.
pub fn install_coredns(namespaces: &Namespaces, log: &Log) -> Result<()> {
    apply(namespaces, "coredns.yaml", log)?;
    wait(namespaces, &["deployment/coredns", "--namespace=kube-system", "--for=condition=Available"], log)
}

/// Installs the chart. Returns when its programs are up.
pub fn install_cert_manager(layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
    let chart = layout.inside(&modules::chart(layout));
    log.run(
        namespaces
            .command("helm")
            .args(["install", "cert-manager"])
            .arg(chart)
            .args(["--namespace=cert-manager", "--create-namespace", "--wait", "--timeout=2m", "--values"])
            .arg(format!("{INSIDE}/up/config/cert-manager.yaml")),
    )
}

/// Returns when all issuers are ready.
pub fn install_issuers(layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
    // The webhook is up, but the API server does not trust it until cainjector has injected its CA.
    node::until(log, "cert-manager does not accept issuers", "pods", layout, || {
        apply(namespaces, "issuers.yaml", log)
    })?;
    for issuer in ["clusterissuer/self-signed", "clusterissuer/cluster-ca", "issuer/apps-ca"] {
        wait(namespaces, &[issuer, "--namespace=apps", "--for=condition=Ready"], log)?;
    }
    Ok(())
}

/// Whether the cluster still works: its issuer is ready.
pub fn works(namespaces: &Namespaces, log: &Log) -> bool {
    let arguments = ["clusterissuer/cluster-ca", "--for=condition=Ready", "--timeout=10s"];
    log.run(namespaces.command("kubectl").arg("wait").args(arguments)).is_ok()
}

fn apply(namespaces: &Namespaces, manifest: &str, log: &Log) -> Result<()> {
    let path = format!("{INSIDE}/up/config/{manifest}");
    log.run(namespaces.command("kubectl").args(["apply", "--filename", &path]))
}

fn wait(namespaces: &Namespaces, arguments: &[&str], log: &Log) -> Result<()> {
    log.run(namespaces.command("kubectl").args(["wait", "--timeout=60s"]).args(arguments))
}
