//! What certificates cost in a cluster: a pod measures, and this puts it there. Its program is
//! `tests/programs/issuance`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use testbed::builds::musl;
use testbed::kubernetes::image::{self, Archive, Image};
use testbed::kubernetes::{Layout, Namespaces, images, namespaces};
use testbed::roots::otp;
use testbed::{Log, Workspace, environment};

use crate::cluster::up;
use crate::prepare;
use crate::step::Steps;

/// Builds all that is not there. The static binaries are.
pub fn prepare(workspace: &Workspace, steps: &Steps) -> bool {
    prepare::root(workspace, steps, OTP) && steps.run("issuance", |log| log.run(&mut cargo_build(workspace)))
}

/// Measures and prints, on the cluster that runs or on one that goes again.
pub fn measure(workspace: &Workspace) -> Result<()> {
    let layout = Layout::new(workspace);
    let steps = Steps::new(workspace);
    let ran_already = Namespaces::find(&layout).is_some();
    if !ran_already {
        ensure!(up::bring_up(&layout, &steps)?, "there is no cluster to measure on");
    }
    let namespaces = Namespaces::find(&layout).context("the cluster has ended")?;
    let site = Site { workspace, layout: &layout, namespaces: &namespaces };
    let measured = site.measure(&steps);
    if ran_already {
        site.clear()?;
    } else {
        namespaces::remove(&layout)?;
    }
    measured
}

/// Where it takes place.
struct Site<'a> {
    workspace: &'a Workspace,
    layout: &'a Layout,
    namespaces: &'a Namespaces,
}

impl Site<'_> {
    fn measure(&self, steps: &Steps) -> Result<()> {
        let mut sizes = Vec::new();
        let prepared = steps.run("images", |log| {
            sizes = self.sizes(log)?;
            images::app(self.workspace, self.layout, OTP, log)?.load(self.layout, self.namespaces, log)?;
            self.image(log)?.load(self.layout, self.namespaces, log)
        }) && steps.run("namespace", |log| self.furnish(log));
        ensure!(prepared, "nothing could be measured");
        println!();
        for (name, size) in sizes {
            let verdict = if size <= SIZE_AIM { "met" } else { "MISSED" };
            println!("Image of {name:<10}{size:>6.2} MB   aim: {SIZE_AIM} MB, {verdict}");
        }
        println!();
        let status = self.kubectl().args(["logs", "--follow", "pod/bench"]).status()?;
        ensure!(status.success(), "kubectl logs: {status}");
        let succeeded = ["wait", "pod/bench", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s"];
        let output = self.kubectl().args(succeeded).output()?;
        ensure!(output.status.success(), "not all was measured: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Of the archives of both images, in megabytes.
    fn sizes(&self, log: &Log) -> Result<Vec<(&'static str, f64)>> {
        let file = self.workspace.root.join("crates/beam-mtls/Containerfile");
        let context = musl::directory(self.workspace);
        let beam_mtls = image::of_containerfile("beam-mtls", "1", &file, &context, self.layout, log)?;
        let podcert = images::podcert(self.workspace, self.layout, log)?;
        let sized = [("podcert", podcert), ("beam-mtls", beam_mtls)].map(|(name, archive)| {
            let size = fs::metadata(archive.path())?.len() as f64 / 1e6;
            Ok((name, size))
        });
        sized.into_iter().collect()
    }

    /// Debian with openssl, curl and jq, and with all that is measured.
    fn image(&self, log: &Log) -> Result<Archive> {
        let layer = self.layout.images().join(".root-bench");
        for (from, name) in [
            (musl::binary(self.workspace, "podcert"), "podcert"),
            (musl::binary(self.workspace, "examples/issuance"), "issuance"),
            (self.sources().join("obtain.sh"), "obtain.sh"),
            (environment::find("time").context("there is no `time` on PATH")?, "time"),
        ] {
            image::copy(&from, &layer.join("bench").join(name))?;
        }
        let image = Image {
            name: "bench",
            tag: "1",
            layers: vec![otp::root(self.workspace, OTP), layer.clone()],
            entrypoint: vec!["/bench/issuance".to_owned()],
            arguments: &[],
            environment: &["PATH=/usr/sbin:/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"],
            user: image::USER.to_owned(),
        };
        let archive = image.archive(self.layout, log)?;
        fs::remove_dir_all(&layer)?;
        Ok(archive)
    }

    /// Makes the namespace with everything in it; the pod last, since it begins at once.
    fn furnish(&self, log: &Log) -> Result<()> {
        self.clear()?;
        log.run(self.kubectl().arg("apply").arg("--filename").arg(self.sources().join("bench.yaml")))?;
        log.run(self.kubectl().args(["wait", "issuer/ca", "--for=condition=Ready", "--timeout=120s"]))?;
        let mut helm = self.namespaces.client(self.layout, "helm");
        helm.args(["install", "bench"]).arg(self.workspace.root.join("helm/clustered-app"));
        log.run(helm.args(["--namespace", NAMESPACE]).args(VALUES))?;
        log.run(self.kubectl().arg("apply").arg("--filename").arg(self.sources().join("pod.yaml")))?;
        log.run(self.kubectl().args([
            "wait",
            "pod/bench",
            "--for=jsonpath={.status.phase}=Running",
            "--timeout=120s",
        ]))
    }

    /// Removes everything, also what an interrupted run has left.
    fn clear(&self) -> Result<()> {
        let objects =
            ["namespace/podcert-bench", "clusterrole/podcert-bench", "clusterrolebinding/podcert-bench"];
        let output = self.kubectl().args(["delete", "--ignore-not-found"]).args(objects).output()?;
        ensure!(output.status.success(), "kubectl delete: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn kubectl(&self) -> Command {
        let mut kubectl = self.namespaces.client(self.layout, "kubectl");
        kubectl.args(["--namespace", NAMESPACE]);
        kubectl
    }

    fn sources(&self) -> PathBuf {
        self.workspace.root.join("tests/programs/issuance")
    }
}

fn cargo_build(workspace: &Workspace) -> Command {
    let mut cargo = environment::cargo();
    cargo
        .args(["build", "--locked", "--release", "--package", "scenarios", "--example", "issuance"])
        .args(["--target", &musl::target()])
        .current_dir(&workspace.root);
    cargo
}

/// Of the pods that start a BEAM.
const OTP: &otp::Release = &otp::RELEASES[1];

const NAMESPACE: &str = "podcert-bench";

/// The chart as it is, but for what everybody has to set, and without pods: those that are measured are made from what it
/// makes.
const VALUES: [&str; 10] = [
    "--set",
    "image.repository=podcert.local/test/app",
    "--set",
    "image.tag=otp-27",
    "--set",
    "issuer=ca",
    "--set",
    "replicas=0",
    "--set-json",
    r#"args=["erl","-noshell","-eval","io:put_chars(\"the BEAM runs\\n\"), halt()."]"#,
];

/// Megabytes.
const SIZE_AIM: f64 = 6.0;
