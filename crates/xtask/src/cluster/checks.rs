//! What every test on the cluster takes for granted: pods run, find each other by name, and get certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::layout::Layout;
use super::sandbox::Sandbox;
use crate::step::Log;

/// A pod resolves the names of a headless service to the address of the pod behind it.
pub fn names(layout: &Layout, sandbox: &Sandbox, log: &Log) -> Result<()> {
    log.run(kubectl(sandbox).args(["create", "namespace", NAMESPACE]))?;
    log.run(&mut apply(layout, sandbox, &place(layout, "names.yaml")?))?;
    let succeeded = ["wait", "pod/asker", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"];
    log.run(kubectl(sandbox).args(succeeded))?;
    let answers = read(kubectl(sandbox).args(["logs", "asker"]))?;
    log.write(&answers)?;
    let address = pod_address(sandbox)?;
    let both = answers.matches(&format!("[{address}]")).count() == 2;
    ensure!(both, "the names do not resolve to {address}: {answers}");
    Ok(())
}

/// The ClusterIssuer signs a request that names the address of a pod; openssl agrees with what comes back.
pub fn request(layout: &Layout, sandbox: &Sandbox, log: &Log) -> Result<()> {
    let address = pod_address(sandbox)?;
    let directory = layout.up().join("checks");
    fs::create_dir_all(&directory)?;
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=member", "-addext"])
        .arg(format!("subjectAltName=IP:{address},DNS:member.members.{NAMESPACE}.svc.cluster.local"))
        .arg("-config")
        .arg(layout.sources.join("config/openssl.cnf"));
    log.run(openssl.current_dir(&directory))?;
    let encoded = ["base64", "-A", "-in", "request.pem"];
    let encoded = read(Command::new("openssl").args(encoded).current_dir(&directory))?;
    let manifest = place(layout, "request.yaml")?;
    fs::write(&manifest, fs::read_to_string(&manifest)?.replace("REQUEST", &encoded))?;
    log.run(&mut apply(layout, sandbox, &manifest))?;
    log.run(kubectl(sandbox).args([
        "wait",
        "certificaterequest/member",
        "--for=condition=Ready",
        "--timeout=60s",
    ]))?;
    for (field, file) in [("certificate", "certificate.pem"), ("ca", "ca.pem")] {
        let template = format!("go-template={{{{.status.{field} | base64decode}}}}");
        let get = ["get", "certificaterequest/member", "--output", &template];
        fs::write(directory.join(file), read(kubectl(sandbox).args(get))?)?;
    }
    let verify = ["verify", "-verify_ip", &address, "-CAfile", "ca.pem", "certificate.pem"];
    log.run(Command::new("openssl").args(verify).current_dir(&directory))
}

/// Removes what the checks made.
pub fn clean(sandbox: &Sandbox, log: &Log) -> Result<()> {
    log.run(kubectl(sandbox).args(["delete", "namespace", NAMESPACE, "--timeout=60s"]))
}

fn pod_address(sandbox: &Sandbox) -> Result<String> {
    let get = ["get", "pod/member", "--output", "jsonpath={.status.podIP}"];
    read(kubectl(sandbox).args(get))
}

/// A manifest, copied to where kubectl can read it.
fn place(layout: &Layout, manifest: &str) -> Result<PathBuf> {
    let to = layout.up().join("config").join(manifest);
    fs::copy(layout.sources.join("checks").join(manifest), &to)?;
    Ok(to)
}

fn apply(layout: &Layout, sandbox: &Sandbox, manifest: &Path) -> Command {
    let mut apply = kubectl(sandbox);
    apply.args(["apply", "--filename"]).arg(layout.inside(manifest));
    apply
}

fn kubectl(sandbox: &Sandbox) -> Command {
    let mut kubectl = sandbox.command("kubectl");
    kubectl.args(["--namespace", NAMESPACE]);
    kubectl
}

fn read(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot run nsenter or openssl")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

const NAMESPACE: &str = "checks";
