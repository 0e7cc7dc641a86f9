//! What `podcert obtain` does on a real API server: what it publishes in a pod, whose its request is, and how it ends
//! where nothing comes of it.

use std::path::Path;

use anyhow::{Result, ensure};

use super::image;
use super::namespace::Namespace;

/// The namespace of these checks.
pub const NAMESPACE: &str = "obtaining";

/// Makes the namespace and the image that its pods run.
pub fn prepare(namespace: &Namespace, podcert: &Path) -> Result<()> {
    image::of_program(podcert, "1", namespace.layout, namespace.sandbox, namespace.log)?;
    namespace.create()?;
    namespace.apply("rights.yaml", &[("NAMESPACE", NAMESPACE)])
}

/// The files have the modes that let other users of the pod read them, and name the pod and its address.
pub fn publishes(namespace: &Namespace) -> Result<()> {
    namespace.apply("obtain.yaml", &[])?;
    // The second init container has read them as another user.
    namespace.wait("pod/holder", ".status.phase", "Running")?;
    let directory = format!(
        "/run/cluster/up/kubelet/pods/{}/volumes/kubernetes.io~empty-dir/certificate",
        namespace.field("pod/holder", ".metadata.uid")?
    );
    let files = ["tls.crt", "tls.key", "ca.crt"].map(|name| format!("{directory}/{name}"));
    let [certificate, _, ca] = &files;
    let modes =
        inside(namespace, "stat", &[&["--dereference", "--format=%a %u:%g"], &*texts(&files)].concat())?;
    let expected = "444 65532:4000\n440 65532:4000\n444 65532:4000";
    ensure!(modes == expected, "certificate, key and CA have modes and owners {modes}");

    let address = namespace.field("pod/holder", ".status.podIP")?;
    inside(namespace, "openssl", &["verify", "-verify_ip", &address, "-CAfile", ca, certificate])?;
    let names = ["x509", "-noout", "-ext", "subjectAltName", "-in", certificate];
    let names = inside(namespace, "openssl", &names)?;
    let identity = format!("URI:spiffe://cluster.local/ns/{NAMESPACE}/sa/app");
    ensure!(names.contains(&identity), "the certificate does not have {identity}: {names}");
    Ok(())
}

/// The request belongs to the pod, and goes with it.
pub fn is_collected(namespace: &Namespace) -> Result<()> {
    let pod = namespace.field("pod/holder", ".metadata.uid")?;
    let label = format!("--selector=podcert.local/pod-uid={pod}");
    let requests = namespace.read(&["get", "certificaterequests", &label, "--output=name"])?;
    ensure!(requests.lines().count() == 1, "the pod has made other requests than one: {requests}");
    let owners = namespace.field(&requests, ".metadata.ownerReferences[*].uid")?;
    ensure!(owners == pod, "{requests} belongs to {owners} instead of {pod}");
    namespace.run(&["delete", "pod/holder", "--timeout=60s"])?;
    // It may take the collector half a minute to see that there are CertificateRequests.
    namespace.run(&["wait", &requests, "--for=delete", "--timeout=120s"])
}

/// Without rights it ends with 77, without an issuer with 75, and says why.
pub fn is_refused(namespace: &Namespace) -> Result<()> {
    namespace.apply("refusals.yaml", &[])?;
    for (pod, code, reason) in [
        ("powerless", "77", "cannot create resource \"certificaterequests\""),
        ("unanswered", "75", "within 10s: Referenced \"ClusterIssuer\" not found"),
    ] {
        let object = format!("pod/{pod}");
        namespace.wait(&object, ".status.phase", "Failed")?;
        let ended = namespace.field(&object, ".status.containerStatuses[0].state.terminated.exitCode")?;
        let said = namespace.read(&["logs", pod])?;
        namespace.log.write(&said)?;
        ensure!(ended == code, "{pod} ended with {ended} instead of {code}");
        ensure!(said.contains(reason), "{pod} does not say: {reason}");
    }
    Ok(())
}

/// What a program prints that sees the cluster's files.
fn inside(namespace: &Namespace, program: &str, arguments: &[&str]) -> Result<String> {
    let output = namespace.sandbox.command(program).args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?.trim().to_owned();
    namespace.log.write(&format!("{program} says: {text}"))?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(text)
}

fn texts(files: &[String]) -> Vec<&str> {
    files.iter().map(String::as_str).collect()
}
