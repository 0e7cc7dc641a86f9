//! What certificates cost in a cluster. A pod measures it, with the program `tests/programs/issuance`; this creates the
//! pod.

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

/// Builds what is missing. The static binaries must exist.
pub fn prepare(workspace: &Workspace, steps: &Steps) -> bool {
    prepare::root(workspace, steps, OTP) && steps.run("issuance", |log| log.run(&mut cargo_build(workspace)))
}

/// Measures and prints, on the cluster that is up, or on one that is brought up and ended.
pub fn measure(workspace: &Workspace, rounds: Option<usize>) -> Result<()> {
    let layout = Layout::new(workspace);
    let steps = Steps::new(workspace);
    let was_up = Namespaces::find(&layout).is_some();
    if !was_up {
        ensure!(up::bring_up(&layout, &steps)?, "there is no cluster to measure on");
    }
    let namespaces = Namespaces::find(&layout).context("the cluster has ended")?;
    let site = Site { workspace, layout: &layout, namespaces: &namespaces };
    let measured = site.measure(&steps, rounds);
    if was_up {
        site.clear()?;
    } else {
        namespaces::remove(&layout)?;
    }
    measured
}

/// The cluster that is measured.
struct Site<'a> {
    workspace: &'a Workspace,
    layout: &'a Layout,
    namespaces: &'a Namespaces,
}

impl Site<'_> {
    fn measure(&self, steps: &Steps, rounds: Option<usize>) -> Result<()> {
        let mut sizes = Vec::new();
        let prepared = steps.run("images", |log| {
            sizes = self.sizes(log)?;
            images::app(self.workspace, self.layout, OTP, log)?.load(self.layout, self.namespaces, log)?;
            self.image(rounds, log)?.load(self.layout, self.namespaces, log)
        }) && steps.run("namespace", |log| self.make_namespace(log));
        ensure!(prepared, "the cluster could not be prepared");
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
        ensure!(
            output.status.success(),
            "the pod did not run to the end: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// The sizes of the archives of both images, in megabytes.
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

    /// Builds an image of Debian with openssl, curl and jq, and everything that is measured.
    fn image(&self, rounds: Option<usize>, log: &Log) -> Result<Archive> {
        let layer = self.layout.images().join(".root-bench");
        for (from, name) in [
            (musl::binary(self.workspace, "podcert"), "podcert"),
            (musl::binary(self.workspace, "examples/issuance"), "issuance"),
            (self.sources().join("obtain.sh"), "obtain.sh"),
            (environment::find("time").context("there is no `time` on PATH")?, "time"),
        ] {
            image::copy(&from, &layer.join("bench").join(name))?;
        }
        let rounds = rounds.map(|rounds| rounds.to_string());
        let arguments = rounds.as_ref().map(|rounds| ["--rounds", rounds]);
        let image = Image {
            name: "bench",
            tag: "1",
            layers: vec![otp::root(self.workspace, OTP), layer.clone()],
            entrypoint: vec!["/bench/issuance".to_owned()],
            arguments: arguments.as_ref().map_or(&[], |arguments| &arguments[..]),
            environment: &["PATH=/usr/sbin:/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"],
            user: image::USER.to_owned(),
        };
        let archive = image.archive(self.layout, log)?;
        fs::remove_dir_all(&layer)?;
        Ok(archive)
    }

    /// Creates the namespace with everything in it; the pod last, since it starts measuring at once.
    fn make_namespace(&self, log: &Log) -> Result<()> {
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

    /// Removes everything, including what an interrupted run left behind.
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

/// The release in the pods that start a BEAM.
const OTP: &otp::Release = &otp::RELEASES[1];

const NAMESPACE: &str = "podcert-bench";

/// The chart with its defaults and the required settings, but without pods: those that are measured are created from its
/// template.
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

/// In megabytes.
const SIZE_AIM: f64 = 6.0;
