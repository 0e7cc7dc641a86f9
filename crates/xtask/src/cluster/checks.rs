//! What every test on the cluster takes for granted: pods run, find each other by name, and get certificates.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::namespace::Namespace;

/// The namespace of these checks.
pub const NAMESPACE: &str = "checks";

/// A pod resolves the names of a headless service to the address of the pod behind it.
pub fn names(namespace: &Namespace) -> Result<()> {
    namespace.create()?;
    namespace.apply("names.yaml", &[])?;
    namespace.wait("pod/asker", ".status.phase", "Succeeded")?;
    let answers = namespace.read(&["logs", "asker"])?;
    namespace.log.write(&answers)?;
    let address = pod_address(namespace)?;
    let both = answers.matches(&format!("[{address}]")).count() == 2;
    ensure!(both, "the names do not resolve to {address}: {answers}");
    Ok(())
}

/// The ClusterIssuer signs a request that names the address of a pod; openssl agrees with what comes back.
pub fn request(namespace: &Namespace) -> Result<()> {
    let (layout, log) = (namespace.layout, namespace.log);
    let address = pod_address(namespace)?;
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
    let encoded = Command::new("openssl").args(encoded).current_dir(&directory).output();
    let encoded = String::from_utf8(encoded.context("cannot run openssl")?.stdout)?;
    namespace.apply("request.yaml", &[("REQUEST", &encoded)])?;
    let ready = ["wait", "certificaterequest/member", "--for=condition=Ready", "--timeout=60s"];
    namespace.run(&ready)?;
    for (field, file) in [("certificate", "certificate.pem"), ("ca", "ca.pem")] {
        let template = format!("go-template={{{{.status.{field} | base64decode}}}}");
        let text = namespace.read(&["get", "certificaterequest/member", "--output", &template])?;
        fs::write(directory.join(file), text)?;
    }
    let verify = ["verify", "-verify_ip", &address, "-CAfile", "ca.pem", "certificate.pem"];
    log.run(Command::new("openssl").args(verify).current_dir(&directory))
}

fn pod_address(namespace: &Namespace) -> Result<String> {
    namespace.field("pod/member", ".status.podIP")
}
